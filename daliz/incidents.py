"""Incidents and warnings: how many per exposure, is it more than usual, and how fast was the answer.

Question: do cyber and environmental incidents become rarer, is this month unusual, who was warned and
acted when?
In and out: frames of `incidents`, `incident_exposures`, `reporting_changes` and `hazard_warnings` in; an
`Incidents` with rates, ratios, alarms and times out.
Method: rates are counts over exposure with exact intervals; years that a change of reporting lies between are
not compared. Unusual counts are judged by month against comparable months (`engine.counts`). Times to
close, to acknowledge and to act count what is still open as cut off (Kaplan and Meier).
Limits: a register holds what was reported; better reporting raises counts. Without exposure there is a
count and no rate. Severity is shown by class and never folded into one number.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from daliz.engine.counts import LEAST, poisson_interval, rate_ratio, unusual
from daliz.engine.survival import kaplan_meier
from daliz.errors import Finding
from daliz.i18n import text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import polars as pl

    from daliz.schema import Row

__all__ = ["KINDS", "TABLES", "Incidents"]

TABLES = ("incidents", "incident_exposures", "reporting_changes", "hazard_warnings")
"""Tables that `Incidents.from_frames` asks for."""

KINDS = {"cyber": "incidents.cyber", "environmental": "incidents.environmental"}
"""Kind of incident to the key of its words."""

SEVERITIES = (1, 2, 3, 4, 5)
_HOUR_S = 3600.0


@dataclass(frozen=True)
class Incidents:
    """Rows of the four registers; nothing in them changes."""

    rows: tuple[Row, ...]
    exposures: tuple[Row, ...]
    changes: tuple[Row, ...]
    warnings: tuple[Row, ...]

    @classmethod
    def from_frames(cls, frames: Mapping[str, pl.DataFrame]) -> Incidents:
        """The registers of a store."""
        return cls(*(tuple(frames[name].iter_rows(named=True)) for name in TABLES))

    def of(self, kind: str = "", state: str = "") -> Incidents:
        """Rows of one kind, of one state; empty words are not asked."""

        def kept(rows: Sequence[Row], kinded: bool = True) -> tuple[Row, ...]:
            return tuple(
                row
                for row in rows
                if (not kind or not kinded or row["kind"] == kind) and (not state or row["state"] == state)
            )

        return Incidents(
            kept(self.rows), kept(self.exposures), kept(self.changes), kept(self.warnings, False)
        )

    def rates(self, at: dt.date) -> list[Row]:
        """By kind and whole year up to the day: count, exposure, rate with interval, counts by severity.

        Exposures of one year in one unit are added over states, and only incidents of states with an exposure
        count towards the rate; `counted` is how many those are.
        """
        found = []
        for kind in KINDS:
            rows = [row for row in self.rows if row["kind"] == kind and row["occurred"] <= at]
            years = sorted({row["occurred"].year for row in rows} | {year for year, _ in self._exposed(kind)})
            for year in years:
                if dt.date(year, 12, 31) > at:
                    continue
                mine = [row for row in rows if row["occurred"].year == year]
                exposure, unit, states = self._exposure(kind, year)
                counted = sum(1 for row in mine if row["state"] in states)
                low, high = poisson_interval(counted)
                classes = Counter(row["severity"] for row in mine)
                found.append(
                    {
                        "kind": kind,
                        "year": year,
                        "n": len(mine),
                        "counted": counted,
                        "exposure": exposure,
                        "unit": unit,
                        "rate": None if not exposure else counted / exposure,
                        "low": None if not exposure else low / exposure,
                        "high": None if not exposure else high / exposure,
                        "severity": {str(one): classes[one] for one in SEVERITIES},
                        "quality": _weakest(mine + self._rows_of(kind, year)),
                    }
                )
        return found

    def _exposed(self, kind: str) -> set[tuple[int, str]]:
        return {(row["to_on"].year, row["unit"]) for row in self.exposures if row["kind"] == kind}

    def _rows_of(self, kind: str, year: int) -> list[Row]:
        """Exposures that cover a whole year."""
        first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
        return [
            row
            for row in self.exposures
            if row["kind"] == kind and row["from_on"] <= first and row["to_on"] >= last
        ]

    def _exposure(self, kind: str, year: int) -> tuple[float | None, str | None, set[str]]:
        """Exposure of a year in the unit that most states tell it in, and which states those are."""
        rows = self._rows_of(kind, year)
        if not rows:
            return None, None, set()
        unit = Counter(row["unit"] for row in rows).most_common(1)[0][0]
        mine = [row for row in rows if row["unit"] == unit]
        days = [(row["to_on"] - row["from_on"]).days + 1 for row in mine]
        whole = (dt.date(year, 12, 31) - dt.date(year, 1, 1)).days + 1
        value = sum(row["value"] * whole / one for row, one in zip(mine, days, strict=True))
        return value, str(unit), {str(row["state"]) for row in mine}

    def ratios(self, at: dt.date) -> list[Row]:
        """Each year's rate against the one before, where both have an exposure and no change lies between."""
        found = []
        by_kind: dict[str, list[Row]] = defaultdict(list)
        for row in self.rates(at):
            if row["exposure"]:
                by_kind[row["kind"]].append(row)
        for kind, rows in by_kind.items():
            for before, after in zip(rows, rows[1:], strict=False):
                cut = [
                    one["on"].isoformat()
                    for one in self.changes
                    if one["kind"] == kind
                    and dt.date(before["year"], 1, 1) < one["on"] <= dt.date(after["year"], 12, 31)
                ]
                row = {"kind": kind, "from": before["year"], "to": after["year"], "cut_by": cut}
                if cut or before["unit"] != after["unit"]:
                    found.append(row | {"ratio": None, "low": None, "high": None, "p": None})
                    continue
                one = rate_ratio(before["counted"], before["exposure"], after["counted"], after["exposure"])
                found.append(
                    row
                    | {
                        "ratio": _finite(one.value),
                        "low": _finite(one.low),
                        "high": _finite(one.high),
                        "p": one.p,
                    }
                )
        return found

    def alarms(self, at: dt.date) -> list[Row]:
        """By kind and state the last whole month against those since the last change of reporting.

        `status` is unusual, usual, or short where the history is too short; months of the last half year are
        left out of the history, so that a slow rise does not hide itself.
        """
        end = at.replace(day=1) - dt.timedelta(days=1)
        found = []
        groups = sorted({(row["kind"], row["state"]) for row in self.rows if row["occurred"] <= end})
        for kind, state in groups:
            rows = [row for row in self.rows if (row["kind"], row["state"]) == (kind, state)]
            since = max(
                [
                    row["on"]
                    for row in self.changes
                    if (row["kind"], row["state"]) == (kind, state) and row["on"] <= end
                ],
                default=min(row["occurred"] for row in rows),
            )
            first = _month(since) + (0 if since.day == 1 else 1)
            now = _month(end)
            counts = Counter(_month(row["occurred"]) for row in rows)
            history = list(range(first, now - 6))
            bound = unusual(
                np.array([counts[month] for month in history], dtype=np.float64),
                np.array(history, dtype=np.float64),
                np.ones(len(history)),
                float(now),
                1.0,
            )
            seen = counts[now]
            status = "short" if bound is None else "unusual" if seen > bound.upper and seen > 1 else "usual"
            found.append(
                {
                    "kind": kind,
                    "state": state,
                    "month": f"{end.year}-{end.month:02d}",
                    "n": seen,
                    "expected": None if bound is None else bound.expected,
                    "upper": None if bound is None else bound.upper,
                    "months": len(history),
                    "asks": LEAST,
                    "status": status,
                }
            )
        return found

    def response(self, at: dt.date) -> list[Row]:
        """By kind median days to report and to close, what is open cut off on the day."""
        found = []
        for kind in KINDS:
            rows = [row for row in self.rows if row["kind"] == kind and row["occurred"] <= at]
            if not rows:
                continue
            row: Row = {"kind": kind, "n": len(rows)}
            for column in ("reported", "closed"):
                row[column] = _median(
                    [((one[column] or at) - one["occurred"]).days for one in rows],
                    [one[column] is not None and one[column] <= at for one in rows],
                )
            found.append(row)
        return found

    def answered(self, at: dt.datetime) -> Row:
        """Median hours from warning to acknowledgement, and on to the first action; warnings open by age."""
        rows = [row for row in self.warnings if row["issued"] <= at]
        found: Row = {"n": len(rows)}
        for name, first, second in (
            ("acknowledged", "issued", "acknowledged"),
            ("acted", "issued", "acted"),
            ("acknowledged_to_acted", "acknowledged", "acted"),
        ):
            mine = [row for row in rows if row[first] is not None]
            found[name] = _median(
                [((row[second] or at) - row[first]).total_seconds() / _HOUR_S for row in mine],
                [row[second] is not None and row[second] <= at for row in mine],
            )
        opened = [row for row in rows if row["closed"] is None or row["closed"] > at]
        found["open"] = [
            {
                "warning": row["warning"],
                "hazard": row["hazard"],
                "state": row["state"],
                "addressee": row["addressee"],
                "hours": (at - row["issued"]).total_seconds() / _HOUR_S,
                "acknowledged": row["acknowledged"] is not None,
                "acted": row["acted"] is not None,
            }
            for row in sorted(opened, key=lambda row: row["issued"])
        ]
        return found

    def observations(self, at: dt.date) -> list[Row]:
        """Rows of `observations`: the rate of each kind by year."""
        return [
            {
                "observation": f"{row['kind']}_incident_rate:{row['year']}",
                "series": f"{row['kind']}_incident_rate",
                "subject": "",
                "on": dt.date(row["year"], 12, 31),
                "value": row["rate"],
                "low": row["low"],
                "high": row["high"],
                "n": row["counted"],
                "unit": f"1/({row['unit']})",
                "source": "incidents",
                "quality": row["quality"],
            }
            for row in self.rates(at)
            if row["rate"] is not None
        ]

    def check(self, at: dt.date) -> list[Finding]:
        """Days out of order or to come, exposures that end before they begin, actions before warnings."""
        return [*self._days(at), *self._orders()]

    def _days(self, at: dt.date) -> Iterator[Finding]:
        for row in self.rows:
            key = str(row["incident"])
            for column in ("reported", "closed"):
                if row[column] is not None and row[column] < row["occurred"]:
                    values = {"column": column, "date": str(row[column]), "occurred": str(row["occurred"])}
                    yield Finding(
                        "error", "incidents", key, "finding.incident_order", "repair.incident_order", values
                    )
            if row["occurred"] > at:
                values = {"date": str(row["occurred"])}
                yield Finding(
                    "error", "incidents", key, "finding.incident_future", "repair.incident_future", values
                )

    def _orders(self) -> Iterator[Finding]:
        for row in self.exposures:
            if row["to_on"] < row["from_on"]:
                yield Finding(
                    "error",
                    "incident_exposures",
                    str(row["exposure"]),
                    "finding.exposure_order",
                    "repair.exposure_order",
                )
        for row in self.warnings:
            told = [
                row[name] for name in ("issued", "acknowledged", "acted", "closed") if row[name] is not None
            ]
            if told != sorted(told):
                yield Finding(
                    "error",
                    "hazard_warnings",
                    str(row["warning"]),
                    "finding.warning_order",
                    "repair.warning_order",
                )

    def listed(self, place: str, lang: str) -> list[Row]:
        """Single incidents for a map or a card, newest first; of every place when none is named."""
        rows = [row for row in self.rows if not place or row["place"] == place]
        rows.sort(key=lambda row: row["occurred"], reverse=True)
        return [
            {
                "incident": row["incident"], "title": row["title"], "began": row["occurred"].isoformat(),
                "kind": row["kind"], "kind_text": text(KINDS[row["kind"]], lang), "severity": row["severity"],
                "severity_text": text("incidents.severity_of", lang, severity=row["severity"]),
                "place": row["place"], "lat": row["latitude"], "lon": row["longitude"],
                "source": row["source"], "quality": row["quality"],
            }
            for row in rows
        ]  # fmt: skip

    def as_dict(self, at: dt.date, lang: str) -> Row:
        """Everything as plain data, worded in `lang`."""
        now = dt.datetime.combine(at, dt.time(23, 59, 59), tzinfo=dt.UTC)
        kinds = {kind: text(key, lang) for kind, key in KINDS.items()}
        return {
            "on": at.isoformat(),
            "n": len(self.rows),
            "rates": [row | {"kind_text": kinds[row["kind"]]} for row in self.rates(at)],
            "ratios": [row | {"kind_text": kinds[row["kind"]]} for row in self.ratios(at)],
            "alarms": [
                row | {"kind_text": kinds[row["kind"]], "status_text": text(ALARMS[row["status"]], lang)}
                for row in self.alarms(at)
            ],
            "response": [row | {"kind_text": kinds[row["kind"]]} for row in self.response(at)],
            "warnings": self.answered(now),
            "reporting_changes": [
                {
                    "kind": row["kind"],
                    "state": row["state"],
                    "on": row["on"].isoformat(),
                    "title": row[f"title_{lang}"],
                    "source": row["source"],
                }
                for row in self.changes
            ],
            "findings": [finding.as_dict(lang) for finding in self.check(at)],
        }


ALARMS = {"unusual": "incidents.unusual", "usual": "incidents.usual", "short": "incidents.short"}
"""Status of a month to the key of its words."""


def _month(day: dt.date) -> int:
    return day.year * 12 + day.month - 1


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _median(times: Sequence[float], ended: Sequence[bool]) -> Row:
    """Median of times of which some are cut off; None where half has not ended yet."""
    if not times:
        return {"median": None, "low": None, "high": None, "n": 0, "open": 0}
    curve = kaplan_meier(np.array(times, dtype=np.float64), np.array(ended, dtype=bool))
    half = curve.median
    return {
        "median": _finite(half.value),
        "low": _finite(half.low),
        "high": _finite(half.high),
        "n": len(times),
        "open": len(times) - sum(ended),
    }


def _weakest(rows: Sequence[Row]) -> str:
    order = ("measured", "published", "derived", "assumed", "simulated")
    return max((str(row["quality"]) for row in rows), key=order.index, default="measured")
