"""Rows that tell only a start or only a complete, joined into activities.

Question: how does a table with `lifecycle:transition` become rows with start and end?
In and out: batches of a table that has the column in; batches out, in which the row of a start waits for
the complete with the same shipment, activity and `concept:instance` (or both without), the oldest first.
Method: the row of the complete stays, takes the start, and carries the other columns of the start row in
`extra.begin`. What none completes comes last, still open. Batches without a start, while none waits,
pass untouched.
Limits: starts that wait are held in memory; a table whose starts never end holds them all.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from daliz.io.carry import pack, unpack
from daliz.io.sheets.columns import LIFE
from daliz.model.events import Batch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import polars as pl

    from daliz.schema import Row

__all__ = ["paired"]

_INSTANCE = "concept:instance"
_Key = tuple[object, object, object]


def paired(batches: Iterable[Batch]) -> Iterator[Batch]:
    """Batches with the starts and completes of a table joined."""
    waiting: dict[_Key, deque[Row]] = {}
    kind: pl.DataType | None = None
    for batch in batches:
        begins = batch.rows["start"].is_not_null() & batch.rows["end"].is_null()
        if not begins.any() and not waiting:
            yield batch
            continue
        kind = kind or batch.rows["start"].dtype
        rows: list[Row] = []
        for row in batch.rows.iter_rows(named=True):
            key, life = _key(row)
            if life == "start" and row["end"] is None:
                waiting.setdefault(key, deque()).append(row)
            elif life == "complete" and row["start"] is None and key in waiting:
                rows.append(_joined(waiting[key].popleft(), row))
                if not waiting[key]:
                    del waiting[key]
            else:
                rows.append(row)
        yield Batch(_frame(rows, batch, kind), batch.rejects)
        last = batch
    left = [row for rows in waiting.values() for row in rows]
    if left:
        yield Batch(_frame(left, last, kind))


def _key(row: Row) -> tuple[_Key, str]:
    columns = unpack(row["extra"]).get("columns")
    said = columns if isinstance(columns, dict) else {}
    return (row["shipment"], row["activity_text"], said.get(_INSTANCE)), str(said.get(LIFE, "")).casefold()


def _joined(begin: Row, end: Row) -> Row:
    filled = {name: end[name] if end[name] is not None else value for name, value in begin.items()}
    extra = unpack(end["extra"])
    told = unpack(begin["extra"])
    extra["begin"] = {
        "locator": begin["locator"],
        **{name: value for name, value in told.items() if name == "columns"},
        **{
            name: value
            for name, value in begin.items()
            if name not in ("locator", "extra", "start", "zone") and value not in (None, filled[name])
        },
    }
    if "types" in told:
        extra["types"] = told["types"]
    return {**filled, "start": begin["start"], "locator": end["locator"], "extra": pack(extra)}


def _frame(rows: list[Row], like: Batch, kind: pl.DataType | None) -> pl.DataFrame:
    import polars as pl

    schema = dict(like.rows.schema)
    for name in ("start", "end"):
        if kind is not None and schema[name] == pl.String:
            schema[name] = kind
    return pl.DataFrame(rows, schema=schema, orient="row")
