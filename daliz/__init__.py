"""Daliz: freight corridors with the procedures of every border, and a way through.

The shop window: the names below are the public Python API. They are imported when they are first
used, so that `import daliz` costs nothing.

>>> import daliz
>>> atlas = daliz.Atlas(daliz.Store("store"))  # doctest: +SKIP
>>> print(daliz.route(atlas, daliz.Request("Altynkol", "Poti")))  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from daliz.build import build
    from daliz.check import check
    from daliz.model.network import Network
    from daliz.routing import Atlas, Request, route
    from daliz.store import Store

__version__ = "0.1.0"
__all__ = ["Atlas", "Network", "Request", "Store", "build", "check", "route"]

_HOMES = {
    "Atlas": "daliz.routing",
    "Network": "daliz.model.network",
    "Request": "daliz.routing",
    "Store": "daliz.store",
    "build": "daliz.build",
    "check": "daliz.check",
    "route": "daliz.routing",
}


def __getattr__(name: str) -> object:
    """Import a public name on first use."""
    if name not in _HOMES:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
