"""Writing rows as a table: CSV for people and spreadsheets, Parquet for programs.

Question: how do rows leave as columns without losing what stands beside them?
In and out: rows of `events` and a path in; the number of rows written out.
Method: our columns, then the columns that the rows of the first batch carry in `extra.columns` under
their own names, then `extra` with all the rest; written batch by batch to a file beside the target. A
cell of a CSV that a spreadsheet could take for a formula gets an apostrophe before it, which `read`
takes off again; numbers and clock offsets are left as they are.
Limits: a carried column that has the name of one of ours, or first appears after the first batch, stays
inside `extra`. CSV has the mark of UTF-8 at its head, without which Excel garbles Cyrillic.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from daliz.io.carry import OURS, carried, moment, pack, unpack
from daliz.io.streams import written
from daliz.model.events import BATCH_ROWS, INSTANTS, RAW
from daliz.schema import table

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Iterator

    import polars as pl

    from daliz.schema import Row

__all__ = ["guarded", "write"]

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_HARMLESS = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?|[+-]\d{2}:\d{2}")
_FLOATS = frozenset(column.name for column in table("events").columns if column.type == "float")
_TAKEN = {*RAW, *OURS, "place", "event", "file", "format"}


def guarded(text: str) -> str:
    """A cell that no spreadsheet takes for a formula.

    >>> guarded("=1+1"), guarded("-5.2"), guarded("+05:00")
    ("'=1+1", '-5.2', '+05:00')
    """
    if _FORMULA.match(text) is None or _HARMLESS.fullmatch(text) is not None:
        return text
    return "'" + text


def write(rows: Iterable[Row], path: Path) -> int:
    """Write rows of `events` as Parquet where the name ends in .parquet, else as CSV; the number of rows."""
    path = Path(path)
    batches = _batches(rows)
    first = next(batches, [])
    beside = _beside(first)
    whole = itertools.chain([first], batches) if first else iter(())
    if path.name.lower().endswith(".parquet"):
        return _parquet(whole, beside, path)
    return _csv(whole, beside, path)


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    flow = iter(rows)
    while batch := list(itertools.islice(flow, BATCH_ROWS)):
        yield batch


def _beside(rows: list[Row]) -> list[str]:
    names: dict[str, None] = {}
    for row in rows:
        if '"columns"' in str(row.get("extra") or ""):
            columns = unpack(row.get("extra")).get("columns")
            names.update(dict.fromkeys(columns) if isinstance(columns, dict) else {})
    return [name for name in names if name not in _TAKEN]


def _parts(
    row: Row, beside: list[str], fits: Callable[[str, object], bool] = lambda _name, _value: True
) -> tuple[dict[str, object], str | None]:
    """Values of carried columns that fit their column, and what is left of `extra`."""
    extra = unpack(row.get("extra"))
    extra.pop("daliz", None)
    columns = extra.get("columns")
    if not isinstance(columns, dict):
        return {}, pack(extra)
    told = {name: columns.pop(name) for name in beside if name in columns and fits(name, columns[name])}
    extra["columns"] = {name: value for name, value in columns.items() if value is not None}
    return told, pack(extra)


def _csv(batches: Iterable[list[Row]], beside: list[str], path: Path) -> int:
    count = 0
    with written(path) as out:
        text = io.TextIOWrapper(out, encoding="utf-8", errors="replace", newline="", write_through=True)
        text.write("\ufeff")
        lines = csv.writer(text, lineterminator="\n")
        lines.writerow([*OURS, *map(guarded, beside), "extra"])
        for batch in batches:
            for row in batch:
                ours = carried(row)
                told, extra = _parts(row, beside)
                cells = [ours.get(name, "") for name in OURS]
                cells += ["" if told.get(name) is None else _cell(told[name]) for name in beside]
                lines.writerow([*map(guarded, cells), extra or ""])
                count += 1
        text.flush()
        text.detach()
    return count


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return pack({"v": value})[5:-1] if isinstance(value, dict | list) else str(value)  # type: ignore[index]


def _parquet(batches: Iterable[list[Row]], beside: list[str], path: Path) -> int:
    from pyarrow import parquet

    count = 0
    writer = None
    schema: dict[str, Any] | None = None
    types: dict[str, str] = {}
    with written(path) as out:
        for batch in batches:
            for row in batch:
                if '"types"' in str(row.get("extra") or ""):
                    types |= cast("dict[str, str]", unpack(row.get("extra")).get("types") or {})
            frame = _frame(batch, beside, types, schema)
            schema = dict(frame.schema) if schema is None else schema
            data = frame.to_arrow()
            if writer is None:
                writer = parquet.ParquetWriter(out, data.schema, compression="zstd")
            writer.write_table(data.cast(writer.schema))
            count += len(batch)
        if writer is None:
            data = _frame([], beside, types, None).to_arrow()
            writer = parquet.ParquetWriter(out, data.schema, compression="zstd")
        writer.close()
    return count


def _frame(
    rows: list[Row], beside: list[str], types: dict[str, str], schema: dict[str, Any] | None
) -> pl.DataFrame:
    import polars as pl

    ours = [carried(row) for row in rows]
    parts = [_parts(row, beside, partial(_fits, schema)) if schema else _parts(row, beside) for row in rows]
    columns: list[pl.Series] = []
    for name in OURS:
        texts = [row.get(name) for row in ours]
        if name in _FLOATS:
            columns.append(pl.Series(name, [_float(text) for text in texts], dtype=pl.Float64))
        elif name in INSTANTS and (schema[name] != pl.String if schema else _aware(texts)):
            moments = [None if text is None else moment(text) for text in texts]
            columns.append(pl.Series(name, moments, dtype=pl.Datetime("us", "UTC")))
        else:
            columns.append(pl.Series(name, texts, dtype=pl.String))
    for name in beside:
        values = [told.get(name) for told, _ in parts]
        columns.append(_carried_column(name, values, types.get(name), schema))
    columns.append(pl.Series("extra", [extra for _, extra in parts], dtype=pl.String))
    return pl.DataFrame(columns)


def _float(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None


def _aware(texts: list[str | None]) -> bool:
    return all(text is None or ((at := moment(text)) is not None and at.tzinfo is not None) for text in texts)


def _fits(schema: dict[str, Any], name: str, value: object) -> bool:
    """Whether a value can stand in the column that the first batch made; else it stays in `extra`."""
    import polars as pl

    kind = schema[name]
    if value is None or kind == pl.String:
        return value is None or isinstance(value, str)
    if isinstance(kind, pl.Datetime):
        at = moment(str(value)) if isinstance(value, str) else None
        return at is not None and (at.tzinfo is None) == (kind.time_zone is None)
    if kind == pl.Date:
        return isinstance(value, str) and moment(value) is not None
    if kind == pl.Boolean or isinstance(value, bool):
        return kind == pl.Boolean and isinstance(value, bool)
    return isinstance(value, int) or (kind == pl.Float64 and isinstance(value, float))


def _carried_column(
    name: str, values: list[object], kind: str | None, schema: dict[str, Any] | None
) -> pl.Series:
    """A column of theirs with the type it had; text where its values do not agree on one."""
    import polars as pl

    texts = [None if value is None else _cell(value) for value in values]
    wanted = schema[name] if schema else _wanted(values, texts, kind)
    if isinstance(wanted, pl.Datetime):
        return pl.Series(name, [None if text is None else moment(text) for text in texts], dtype=wanted)
    if wanted == pl.Date:
        days = [None if text is None else cast("dt.datetime", moment(text)).date() for text in texts]
        return pl.Series(name, days, dtype=pl.Date)
    return pl.Series(name, texts if wanted == pl.String else values, dtype=wanted)


def _wanted(values: list[object], texts: list[str | None], kind: str | None) -> Any:
    import polars as pl

    if kind:
        zone = kind.removeprefix("instant").strip() or None
        moments = [moment(text) for text in texts if text is not None]
        if all(at is not None and (at.tzinfo is None) == (zone is None or kind == "date") for at in moments):
            return pl.Date if kind == "date" else pl.Datetime("us", zone)
    kinds = {type(value) for value in values if value is not None}
    for allowed, found in (({bool}, pl.Boolean), ({int}, pl.Int64), ({int, float}, pl.Float64)):
        if kinds and kinds <= allowed:
            return found
    return pl.String
