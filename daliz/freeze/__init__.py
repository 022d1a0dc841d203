"""The one place where tables become arrays.

Question: for this cargo and these choices, what may move where, and what does each arc cost?
In and out: frames of a store and a `Cargo` in; a `FrozenNetwork` out.
Method: `rates` says what movement, handling and steps come to, `network` joins platforms by arcs,
`trains` adds the departures of scheduled trains.
Limits: one service class per mode and query.
"""

from __future__ import annotations

from daliz.freeze.drawn import Drawn
from daliz.freeze.network import BERTH_SERVICES, DEFAULT_SERVICE, TABLES, freeze

__all__ = ["BERTH_SERVICES", "DEFAULT_SERVICE", "TABLES", "Drawn", "freeze"]
