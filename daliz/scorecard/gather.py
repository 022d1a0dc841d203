"""Observations for the criteria, from whatever the store, its log and its registers hold.

Question: which figures are there for each criterion, and how good are they?
In and out: frames of the network and of the registers, a log, and rows of trade in; rows of table
`observations` out, those of the registers first.
Method: each topic is asked for its own series; where the log says nothing of time and cost, corridors are
walked on the tables and the figures are marked derived. Nothing is filled in that no topic gives.
Limits: walked figures are those of the reference date and have no history; a log tells of what it logged.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from daliz.barriers import Register
from daliz.explain import compare
from daliz.indicators import Question, measure
from daliz.model.frozen import Cargo
from daliz.regime import Regime, diff
from daliz.schema import table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import polars as pl

    from daliz.regime import Checklist
    from daliz.routing import Atlas
    from daliz.schema import Row

__all__ = ["agreement", "barriers", "logged", "walked"]

OURS = "daliz-derivation"
"""Source key of what we compute."""

WALKED = ("tc-altynkol-poti", "northern-altynkol-iletsk", "wcwe", "ns-west")
"""Corridors walked where no log speaks: one branch of each that the mission names."""

_LOG = {
    "transit_p50_h": ("transit", "p50", "p50_low", "p50_high"),
    "transit_p90_h": ("transit", "p90", "p90_low", "p90_high"),
    "border_h": ("tfi1", "value", "low", "high"),
    "cost_20t_500km_usd": ("tfi3", "value", "low", "high"),
    "cost_teu_km_usd": ("carriage_per_teu_km", "value", "low", "high"),
}
"""Series to the indicator and its columns."""

_UNITS = {
    "transit_p50_h": "h",
    "transit_p90_h": "h",
    "border_h": "h",
    "cost_20t_500km_usd": "USD",
    "cost_teu_km_usd": "USD/TEU km",
    "barrier_removal_median_d": "d",
    "barriers_open": "barriers",
    "checklist_agreement": "1",
}


def _row(series: str, subject: str, on: dt.date, value: float, **more: Any) -> Row:
    return {
        "observation": f"{series}:{subject}:{on.isoformat()}", "series": series, "subject": subject, "on": on,
        "value": value, "unit": _UNITS[series], "source": OURS, "quality": "derived", **more,
    }  # fmt: skip


def logged(events: Any, frames: Mapping[str, pl.DataFrame], at: dt.date) -> list[Row]:
    """Time and cost by quarter from a log, of all trips together and of each corridor; `at` cuts it off.

    A quarter that is not over yet is left out, because its long trips have not ended.
    """
    keys = tuple(dict.fromkeys(name for name, *_ in _LOG.values()))
    rows: list[Row] = []
    for by in (("quarter",), ("corridor", "quarter")):
        found = measure(events, frames, Question(keys, by, until=at))
        for cell in found.cells:
            on = _quarter_end(cell.at["quarter"])
            subject = cell.at.get("corridor", "") if "corridor" in by else ""
            if on is None or on > at or subject is None:
                continue
            for series, (name, *columns) in _LOG.items():
                if cell.indicator != name:
                    continue
                value, low, high = (getattr(cell, column) for column in columns)
                if value is not None:
                    rows.append(
                        _row(series, subject, on, value, low=low, high=high, n=cell.n, quality=cell.quality,
                             source="event-log")
                    )  # fmt: skip
    return rows


def _quarter_end(word: str | None) -> dt.date | None:
    if word is None:
        return None
    year, _, quarter = word.partition("-Q")
    month = 3 * int(quarter)
    first_after = dt.date(int(year) + month // 12, month % 12 + 1, 1)
    return first_after - dt.timedelta(days=1)


def walked(atlas: Atlas) -> list[Row]:
    """Time and cost of the named corridors on the tables, for two containers of one TEU each, derived."""
    rows: list[Row] = []
    on = atlas.reference_date
    for side in compare(atlas, WALKED, Cargo()).as_dict("en")["corridors"]:
        subject = side["corridor"]
        rows += [
            _row("transit_p50_h", subject, on, side["time_p50_h"]),
            _row("transit_p90_h", subject, on, side["time_p90_h"]),
            _row("border_h", subject, on, sum(one["hours"] for one in side["borders"])),
            _row("cost_teu_km_usd", subject, on, side["usd_per_teu_1000km"] / 1000),
        ]
    return rows


def barriers(frames: Mapping[str, pl.DataFrame], at: dt.date) -> list[Row]:
    """Median days to removal and barriers that stand, at the end of each year and on the day."""
    register = Register.from_frames(frames)
    if not register.rows:
        return []
    first = min(row["reported"] for row in register.rows).year
    ends = [dt.date(year, 12, 31) for year in range(first + 2, at.year)]
    weakest = _weakest(row["quality"] for row in register.rows)
    rows: list[Row] = []
    for day in (*ends, at):
        median = register.removal(day).curve.median
        n = sum(1 for row in register.rows if row["reported"] <= day)
        if n and median.value != float("inf"):
            rows.append(
                _row("barrier_removal_median_d", "", day, median.value, n=n, low=_finite(median.low),
                     high=_finite(median.high), quality=weakest, source="barriers")
            )  # fmt: skip
        if n:
            rows.append(
                _row("barriers_open", "", day, float(len(register.standing(day))), n=n, quality=weakest,
                     source="barriers")
            )  # fmt: skip
    return rows


def _finite(value: float) -> float | None:
    return value if abs(value) != float("inf") else None


def _weakest(classes: Iterator[str]) -> str:
    order = table("observations")["quality"].values
    return max(classes, key=order.index)


def agreement(frames: Mapping[str, pl.DataFrame], at: dt.date) -> list[Row]:
    """How alike the checklists of the two posts of a crossing are, over all crossings that have both.

    Of the steps that either side asks for, the share asked for by both with nothing that differs; leaving
    one state is compared with entering the other, both ways. The mean over crossings, with its interval from
    the spread over crossings.
    """
    regime = Regime.from_frames(frames)
    shares: list[float] = []
    for crossing in frames["crossings"].iter_rows(named=True):
        ends, mode = (crossing["post_a"], crossing["post_b"]), crossing["mode"]
        both = (_alike(regime, *way, mode, at) for way in (ends, ends[::-1]))
        pair = [share for share in both if share is not None]
        if pair:
            shares.append(sum(pair) / len(pair))
    if not shares:
        return []
    mean = sum(shares) / len(shares)
    spread = (sum((one - mean) ** 2 for one in shares) / max(1, len(shares) - 1)) ** 0.5
    half = 1.96 * spread / len(shares) ** 0.5
    return [
        _row("checklist_agreement", "", at, mean, low=max(0.0, mean - half), high=min(1.0, mean + half),
             n=len(shares))
    ]  # fmt: skip


def _alike(regime: Regime, out: str, into: str, mode: str, at: dt.date) -> float | None:
    """Share of steps alike of the list for leaving at one post and that for entering at the other."""
    leaving, entering = regime.valid(out, mode, "out", at), regime.valid(into, mode, "in", at)
    if leaving is None or entering is None:
        return None
    asked = _codes(leaving) | _codes(entering)
    if not asked:
        return None
    differing: dict[str, int] = defaultdict(int)
    for change in diff([leaving], [entering]).changes:
        differing[change.code] += 1
    return sum(1 for code in asked if code not in differing) / len(asked)


def _codes(one: Checklist) -> set[str]:
    return {item["code"] for item in one.items}
