"""What happened: events as readers find them, before names and clocks are resolved.

Question: in which one form does every log arrive, whatever its format?
In and out: a reader of `daliz.io` yields `Batch`es of raw rows and of rows it could not read; `intake`
turns them into rows of table `events`, a writer turns rows of `events` back into a file.
Method: a raw row has the columns of `RAW`, all text except instants that the format types itself; what
a format says beyond these columns stands in `extra` as JSON and is put back by its writer.
Limits: a batch is bounded (`BATCH_ROWS`), so a reader holds no more than that of a file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from daliz.schema import table

if TYPE_CHECKING:
    import polars as pl

    from daliz.schema import Row

__all__ = ["BATCH_ROWS", "INSTANTS", "MADE", "RAW", "Batch", "Reject", "raw_frame"]

BATCH_ROWS = 50_000
"""Rows that a reader gathers before it hands them on."""

INSTANTS = ("start", "end", "deadline")
"""Columns that hold instants: ISO 8601 text, or typed by the format (microseconds, UTC)."""

MADE = ("event", "place", "file", "format", "status")
"""Columns of `events` that intake makes; a reader does not fill them."""

RAW = tuple(column.name for column in table("events").columns if column.name not in MADE)
"""Columns of a raw row: those of `events` that a log can fill. `place_text` and `activity_text` carry names
as the log has them; `activity` is filled by intake, or by a reader that knows our code."""


@dataclass(frozen=True)
class Reject:
    """A row that a reader could not read.

    `reason` is a catalogue key `finding.*` with its `repair.*`; `values` fill both; `raw` is the row as
    found.
    """

    locator: str
    column: str
    reason: str
    values: Row
    raw: Row


@dataclass(frozen=True)
class Batch:
    """Raw rows in file order (columns `RAW`) and rows that could not be read; `read` counts both."""

    rows: pl.DataFrame
    rejects: tuple[Reject, ...] = field(default=())

    @property
    def read(self) -> int:
        """Rows taken from the file."""
        return self.rows.height + len(self.rejects)


def raw_frame(rows: list[Row]) -> pl.DataFrame:
    """Raw rows as a frame with every column of `RAW`, text throughout; missing values are null."""
    import polars as pl

    columns = {name: [_text(row.get(name)) for row in rows] for name in RAW}
    return pl.DataFrame(columns, schema=dict.fromkeys(RAW, pl.String))


def _text(value: object) -> str | None:
    if value is None or value == "":
        return None
    return value if isinstance(value, str) else repr(value) if isinstance(value, float) else str(value)
