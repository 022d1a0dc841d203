"""Reading tables of events, whatever they are kept in.

Question: is this a table of events, in what, and which rows does it hold?
In and out: a path and a mapping in; batches of raw rows out.
Method: the header is matched by name (`daliz.io.mapping`), then lines or row groups are handled a batch
at a time in columns. A line with more or fewer cells than the header is rejected with its cells.
Limits: two columns of one name are told apart by `#2`; a column without a name is called by its place.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from daliz.errors import BadValue
from daliz.io.carry import pack, unpack
from daliz.io.mapping import Mapping, detect
from daliz.io.sheets.cells import (
    DELIMITERS,
    Line,
    excel_lines,
    find_delimiter,
    find_encoding,
    shown,
    text_lines,
)
from daliz.io.sheets.columns import Plan, transform
from daliz.io.sheets.form import read_form, recognise
from daliz.io.sheets.pairs import paired
from daliz.io.streams import opened, plain_head
from daliz.model.events import BATCH_ROWS, Batch, Reject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import polars as pl

__all__ = ["read", "sniff"]

_PARQUET = b"PAR1"
_ZIP = b"PK\x03\x04"
_OWN = {"shipment", "activity", "extra"}
_MOST_REJECTS = 1_000
_GUARDED = r"^'('*[=+\-@\t\r])"
"""A cell with the apostrophe that keeps a spreadsheet from seeing a formula in it."""

_HEADER_WITHIN = 20


def sniff(head: bytes, name: str) -> bool:
    """Whether a file that begins with `head` and is called `name` is a table: CSV, Parquet or Excel."""
    name = name.lower().removesuffix(".gz")
    if head.startswith(_PARQUET):
        return True
    if head.startswith(_ZIP):
        return name.endswith((".xlsx", ".xlsm")) or b"xl/" in head or b"[Content_Types].xml" in head
    start = plain_head(head)
    if name.endswith((".csv", ".tsv", ".txt")):
        return not start.startswith((b"{", b"<"))
    first = start.partition(b"\n")[0]
    return b"\0" not in first and not first.startswith((b"{", b"<", b"[")) and any(
        first.count(sign.encode()) >= 2 for sign in DELIMITERS
    )  # fmt: skip


def read(path: Path, mapping: Mapping | None = None) -> Iterator[Batch]:
    """Batches of raw rows of a table of events.

    Raises
    ------
    BadValue
        when the file is no table, its encoding is unknown, or nothing names the shipment, the activity or
        a time.
    Refused
        when it unpacks without end.
    """
    path, told = Path(path), mapping or Mapping()
    with opened(path) as stream:
        head = stream.read(8)
    if head.startswith(_PARQUET):
        yield from paired(_parquet(path, told))
    elif head.startswith(_ZIP):
        yield from paired(_excel(path, told))
    else:
        encoding = told.encoding or find_encoding(path)
        if not told.columns and _is_form(text_lines(path, encoding, told.delimiter)):
            yield from read_form(path)
        else:
            yield from paired(_text(path, encoding, told))


def _is_form(lines: Iterable[Line | Reject]) -> bool:
    for number, line in enumerate(lines):
        if number >= _HEADER_WITHIN:
            return False
        if isinstance(line, Line) and recognise(line.cells) is not None:
            return True
    return False


def _names(cells: list[object]) -> list[str]:
    names: list[str] = []
    for number, cell in enumerate(cells, start=1):
        name = re.sub(_GUARDED, r"\1", shown(cell)) or f"column {number}"
        found, twice = name, 1
        while found in names:
            twice += 1
            found = f"{name}#{twice}"
        names.append(found)
    return names


def _text(path: Path, encoding: str, told: Mapping) -> Iterator[Batch]:
    lines = text_lines(path, encoding, told.delimiter)
    rejects: list[Reject] = []
    header = None
    for line in lines:
        if isinstance(line, Line):
            header = line
            break
        rejects.append(line)
    if header is None:
        raise BadValue("error.table_empty", file=path.name)
    decimal = told.decimal or ("," if _semicolon(path, encoding, told) else None)
    yield from _table(_names(header.cells), lines, told, decimal, rejects)


def _semicolon(path: Path, encoding: str, told: Mapping) -> bool:
    """A table with semicolons comes from a program whose decimal sign is the comma."""
    if told.delimiter:
        return told.delimiter == ";"
    with opened(path) as stream:
        first = stream.read(1 << 16).decode(encoding, errors="replace").partition("\n")[0]
    return find_delimiter(first) == ";"


def _excel(path: Path, told: Mapping) -> Iterator[Batch]:
    sheets = [(name, lines) for name, lines in excel_lines(path) if lines]
    if not sheets:
        raise BadValue("error.table_empty", file=path.name)
    if not told.columns and any(_is_form(lines) for _, lines in sheets):
        yield from read_form(path)
        return
    _, lines = sheets[0]
    header = _names(lines[0].cells)
    while header and header[-1] == f"column {len(header)}":
        header.pop()
    cut = (Line(line.number, [shown(cell) for cell in line.cells[: len(header)]]) for line in lines[1:])
    yield from _table(header, cut, told, told.decimal, [])


def _table(
    header: list[str],
    lines: Iterable[Line | Reject],
    told: Mapping,
    decimal: str | None,
    rejects: list[Reject],
) -> Iterator[Batch]:
    plan = Plan(detect(header, told), tuple(header), decimal, own=set(header) >= _OWN)
    rows: list[list[object]] = []
    numbers: list[int] = []
    for line in lines:
        if isinstance(line, Reject):
            rejects.append(line)
        elif len(line.cells) != len(header):
            raw = {"cells": line.cells}
            found = {"found": len(line.cells), "wanted": len(header)}
            rejects.append(Reject(f"row {line.number}", "", "finding.ragged", found, raw))
        else:
            rows.append(line.cells)
            numbers.append(line.number)
        if len(rows) >= BATCH_ROWS or len(rejects) >= _MOST_REJECTS:
            yield _batch(rows, numbers, plan, rejects)
            rows, numbers, rejects = [], [], []
    yield _batch(rows, numbers, plan, rejects)


def _batch(rows: list[list[object]], numbers: list[int], plan: Plan, rejects: list[Reject]) -> Batch:
    import polars as pl

    cells = zip(*rows, strict=True) if rows else [()] * len(plan.header)
    frame = pl.DataFrame(
        [
            pl.Series(name, values, dtype=pl.String)
            for name, values in zip(plan.header, cells, strict=True)
        ]
    )  # fmt: skip
    frame = frame.select(_bare(frame, name) for name in plan.header)
    made = transform(frame, pl.Series(numbers, dtype=pl.Int64), plan)
    return Batch(made.rows, (*rejects, *made.rejects))


def _bare(frame: pl.DataFrame, name: str) -> pl.Expr:
    """A column without empty cells, and without the apostrophe that keeps Excel from seeing a formula."""
    import polars as pl

    column = pl.col(name)
    if frame[name].str.starts_with("'").any():
        column = column.str.replace(_GUARDED, "$1")
    return pl.when(column != "").then(column).alias(name)


def _parquet(path: Path, told: Mapping) -> Iterator[Batch]:
    import polars as pl
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as source:
            names = list(source.schema_arrow.names)
            if len(set(names)) < len(names):
                twice = next(name for name in names if names.count(name) > 1)
                raise BadValue("error.table_twice", file=path.name, column=twice)
            plan = Plan(detect(names, told), tuple(names), told.decimal, own=set(names) >= _OWN)
            first = 1
            for piece in source.iter_batches(batch_size=BATCH_ROWS):
                frame = pl.DataFrame(pl.from_arrow(pa.Table.from_batches([piece])))
                numbers = pl.int_range(first, first + frame.height, eager=True)
                made = transform(frame, numbers, plan)
                yield _with_types(made, frame, plan) if first == 1 else made
                first += frame.height
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError, pl.exceptions.PolarsError):
        raise BadValue("error.log_broken", file=path.name, where="Parquet") from None


def _with_types(batch: Batch, frame: pl.DataFrame, plan: Plan) -> Batch:
    """The types of columns that JSON does not know travel with the first row."""
    import polars as pl

    types = {
        name: str(kind.time_zone or "") if isinstance(kind, pl.Datetime) else "date"
        for name, kind in frame.schema.items()
        if name in plan.rest and isinstance(kind, pl.Datetime | pl.Date)
    }
    if not types or batch.rows.height == 0 or plan.own:
        return batch
    extra = unpack(batch.rows["extra"][0])
    extra["types"] = {
        name: f"instant {zone}".strip() if zone != "date" else "date" for name, zone in types.items()
    }
    told = batch.rows["extra"].to_list()
    told[0] = pack(extra)
    return Batch(batch.rows.with_columns(pl.Series("extra", told, dtype=pl.String)), batch.rejects)
