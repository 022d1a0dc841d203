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
    "epcis": "daliz.io.epcis", "xes": "daliz.io.xes", "ocel": "daliz.io.ocel", "parquet": "daliz.io.sheets",
    "cpmm": "daliz.io.sheets", "csv": "daliz.io.sheets", "xlsx": "daliz.io.sheets",
}  # fmt: skip
READABLE = tuple(_MODULES)
WRITABLE = ("epcis", "xes", "ocel", "csv", "parquet")
_TABLES = ("csv", "parquet", "xlsx", "cpmm")
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
    for form in ("epcis", "xes", "ocel"):
        if _module(form).sniff(head, path.name):
            return form
    if _module("csv").sniff(head, path.name):
        return "parquet" if head.startswith(b"PAR1") else "xlsx" if head.startswith(b"PK") else "csv"
    raise BadValue("error.unknown_format", file=path.name, allowed=", ".join(READABLE))


def read(path: Path, form: str, mapping: Path | None = None) -> Iterator[Batch]:
    """Batches of raw rows of a file; a `mapping` of columns is for tables and XES."""
    if form == "cpmm":
        from daliz.io.sheets import read_form

        return read_form(path)
    module = _module(form)
    if mapping is None:
        found: Iterator[Batch] = module.read(path)
        return found
    if form not in (*_TABLES, "xes"):
        raise BadValue("error.mapping_format", format=form)
    from daliz.io.mapping import load

    mapped: Iterator[Batch] = module.read(path, load(mapping))
    return mapped


def write(rows: Iterable[Row], path: Path, form: str) -> int:
    """Write rows of table `events` in a format; the number written."""
    if form not in WRITABLE:
        raise BadValue("error.choice", option="format", value=form, allowed=", ".join(WRITABLE))
    if form == "epcis":
        from daliz.io.epcis import write as write_epcis

        return write_epcis(rows, path, "xml" if path.suffix.lower() == ".xml" else "json")
    written: int = _module(form).write(rows, path)
    return written
