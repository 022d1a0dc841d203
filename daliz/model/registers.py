"""What a file gives to the registers: rows by table, what was refused, and what it says beyond our columns.

Question: in which form do readers of plans and projects hand over what they read?
In and out: a `Taken` from a reader, put into the registers by `store.registers`.
Method: rows are typed rows of declared tables; a refusal keeps the raw words with the place, the reason
and the repair; what a format says that we have no column for is kept as text by the key of the row it
belongs to.
Limits: nothing is judged here.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from daliz.schema import table

if TYPE_CHECKING:
    from daliz.schema import Row

__all__ = ["Refusal", "Taken", "cells", "slug"]


@dataclass(frozen=True)
class Refusal:
    """A row that was not taken: file, place in it, column, raw cells, keys of reason and repair."""

    table: str
    file: str
    at: str
    column: str
    raw: dict[str, str]
    message: str
    repair: str
    values: dict[str, str] = field(default_factory=dict)


@dataclass
class Taken:
    """What one file gave. `carried` is text by (format, key); `read` counts rows that were looked at."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    refused: list[Refusal] = field(default_factory=list)
    carried: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def read(self) -> int:
        """Rows looked at: given and refused."""
        return sum(len(rows) for rows in self.rows.values()) + len(self.refused)

    def add(self, name: str, row: Row) -> None:
        """One more row of a table."""
        self.rows.setdefault(name, []).append(row)


def cells(name: str, row: Row) -> dict[str, str]:
    """The row as text by column, without empty cells."""
    found = {}
    for column in table(name).columns:
        value = row.get(column.name)
        if value is None or value == []:
            continue
        if isinstance(value, list):
            found[column.name] = ";".join(value)
        elif isinstance(value, dt.datetime):
            found[column.name] = value.isoformat()
        elif isinstance(value, float):
            found[column.name] = repr(value)
        else:
            found[column.name] = str(value)
    return found


def slug(word: str) -> str:
    """An identifier of another system as one of ours: small letters, digits and hyphens.

    >>> slug("GB-GOV-1/300 123")
    'gb-gov-1-300-123'
    """
    return re.sub(r"[^a-z0-9]+", "-", word.lower()).strip("-") or "x"
