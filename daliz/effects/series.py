"""Monthly series of an indicator, from the log or from observations.

Question: what was measured, month by month, where a measure acts and elsewhere?
In and out: a log with the tables of the network, or rows of `observations`, and conditions in; `Monthly`
series out.
Method: the log is asked for the indicator by month and the dimensions that the conditions name;
observations are taken by series and subject, the latest vintage of each month.
Limits: the month that is not over on the last day of the log is left out.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from daliz.errors import BadValue
from daliz.indicators import BY, Question, measure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import polars as pl
    from numpy.typing import NDArray

    from daliz.schema import Row

__all__ = ["Monthly", "from_log", "from_observations", "month_of", "month_text"]


@dataclass(frozen=True)
class Monthly:
    """Values by month.

    `months` int64[n] as year * 12 + month - 1, `values` float64[n], `n` int64[n], nothing where it is not
    told.
    """

    name: str
    months: NDArray[np.int64]
    values: NDArray[np.float64]
    n: NDArray[np.int64]
    unit: str
    quality: str

    def within(self, first: int | None, last: int | None) -> Monthly:
        """Only months from the first to the last, both counted."""
        kept = np.ones(len(self.months), dtype=bool)
        if first is not None:
            kept &= self.months >= first
        if last is not None:
            kept &= self.months <= last
        return self._kept(kept)

    def without(self, month: int) -> Monthly:
        """All months but one."""
        return self._kept(self.months != month)

    def _kept(self, kept: NDArray[np.bool_]) -> Monthly:
        return Monthly(self.name, self.months[kept], self.values[kept], self.n[kept], self.unit, self.quality)


def month_of(day: dt.date) -> int:
    """Months since the year nought."""
    return day.year * 12 + day.month - 1


def month_text(month: int) -> str:
    """`2026-03`."""
    return f"{month // 12}-{month % 12 + 1:02d}"


def from_log(
    events: Any,
    frames: Mapping[str, pl.DataFrame],
    indicator: str,
    where: Mapping[str, str],
    places: Sequence[str] = (),
) -> dict[str, Monthly]:
    """Series of an indicator by month, one for all that meets the conditions or one for each of `places`.

    Raises
    ------
    BadValue
        when a condition is no dimension of the indicator or the indicator cannot be told from this log.
    """
    names = [name for name in where if name not in ("since", "until")]
    for name in names:
        if name not in BY:
            raise BadValue("error.choice", option="query", value=name, allowed=", ".join(BY))
    by = tuple(dict.fromkeys([*names, *(["place"] if places else []), "month"]))
    found = measure(events, frames, Question((indicator,), by, intervals=False))
    if found.missing:
        raise BadValue("error.effect_missing", indicator=indicator, why=found.missing[0].text("en"))
    unit = str(found.rows[indicator]["unit"])
    rows: dict[str, list[tuple[int, float, int, str]]] = {}
    for cell in found.cells:
        month = cell.at.get("month")
        if month is None or cell.value is None or any(cell.at.get(name) != where[name] for name in names):
            continue
        key = str(cell.at["place"]) if places else ""
        if places and key not in places:
            continue
        year, _, number = month.partition("-")
        at = int(year) * 12 + int(number) - 1
        rows.setdefault(key, []).append((at, float(cell.value), int(cell.n or 0), cell.quality))
    return {key: _made(key, held, unit) for key, held in rows.items()}


def from_observations(rows: Iterable[Row], series: str, subjects: Sequence[str]) -> dict[str, Monthly]:
    """Series of observations by month, one for each subject that has any."""
    latest: dict[tuple[str, int], Row] = {}
    for row in rows:
        subject = str(row["subject"] or "")
        if row["series"] != series or subject not in subjects:
            continue
        key, vintage = (subject, month_of(row["on"])), row["vintage"] or dt.date.min
        if key not in latest or vintage >= (latest[key]["vintage"] or dt.date.min):
            latest[key] = row
    held: dict[str, list[tuple[int, float, int, str]]] = {}
    for (subject, month), row in sorted(latest.items()):
        held.setdefault(subject, []).append(
            (month, float(row["value"]), int(row["n"] or 0), str(row["quality"]))
        )
    unit = str(next((row["unit"] for row in latest.values() if row["unit"]), ""))
    return {subject: _made(subject, points, unit) for subject, points in held.items()}


def _made(name: str, points: list[tuple[int, float, int, str]], unit: str) -> Monthly:
    points.sort()
    order = ("measured", "published", "derived", "assumed", "simulated")
    months, values, counts, classes = zip(*points, strict=True)
    return Monthly(
        name,
        np.array(months, dtype=np.int64),
        np.array(values, dtype=np.float64),
        np.array(counts, dtype=np.int64),
        unit,
        max(classes, key=order.index),
    )
