"""The formats of logs: which one a file is of, its reader and its writer.

Question: what is this file, and who reads or writes it?
In and out: a path in; the name of a format, batches of raw rows, or a written file out.
Method: each format module says by the first bytes and the name whether a file is its own; the more
particular ones are asked first. Modules are imported when they are asked.
Limits: a file that two formats could claim goes to the first; `--format` decides otherwise.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from daliz.errors import BadValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from daliz.model.events import Batch
    from daliz.schema import Row

__all__ = ["READABLE", "WRITABLE", "read", "sniff", "write"]

_MODULES = {
    "epcis": "daliz.io.epcis", "xes": "daliz.io.xes", "ocel": "daliz.io.ocel", "cpmm": "daliz.io.cpmm",
    "parquet": "daliz.io.parquet", "csv": "daliz.io.csvlog",
}  # fmt: skip
READABLE = tuple(_MODULES)
WRITABLE = ("epcis", "xes", "ocel", "csv", "parquet")
_HEAD_BYTES = 65536


def _module(form: str) -> Any:
    if form not in _MODULES:
        raise BadValue("error.choice", option="format", value=form, allowed=", ".join(READABLE))
    return import_module(_MODULES[form])


def sniff(path: Path) -> str:
    """Name of the format of a file.

    Raises
    ------
    BadValue
        when no format claims it.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    for form in READABLE:
        if _module(form).sniff(head, path.name):
            return form
    raise BadValue("error.unknown_format", file=path.name, allowed=", ".join(READABLE))


def read(path: Path, form: str, mapping: Path | None = None) -> Iterator[Batch]:
    """Batches of raw rows of a file; a `mapping` is for the formats that have columns."""
    module = _module(form)
    if mapping is None:
        found: Iterator[Batch] = module.read(path)
        return found
    if form not in ("csv", "parquet"):
        raise BadValue("error.mapping_format", format=form)
    mapped: Iterator[Batch] = module.read(path, mapping)
    return mapped


def write(rows: Iterable[Row], path: Path, form: str) -> int:
    """Write rows of table `events` in a format; the number written."""
    if form not in WRITABLE:
        raise BadValue("error.choice", option="format", value=form, allowed=", ".join(WRITABLE))
    written: int = _module(form).write(rows, path)
    return written
