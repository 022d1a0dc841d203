"""Many questions in one call: matrices, reach, and a month of departures.

Question: how long and how dear is every pair, what lies within some hours or dollars, which day is best?
In and out: an `Atlas`, names and a cargo in; rows out, one a pair, place or day.
Method: one search from each origin to everywhere (`engine.earliest`); for the month the exact front of
each day on opening hours computed once and shifted.
Limits: a matrix row is the best way by one criterion with the other figures of that way; the spread of
single trips is left to `route`.
"""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from daliz.engine.earliest import everywhere
from daliz.errors import BadTable, BadValue, DalizError, Finding
from daliz.routing.ask import choose, prepare
from daliz.routing.finder import HORIZON_H, Finder, clocks_of, weighted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from daliz.engine.pareto import Clocks
    from daliz.model.frozen import Cargo
    from daliz.routing.atlas import Atlas
    from daliz.routing.request import Request
    from daliz.schema import Row

__all__ = ["Pair", "matrix", "month", "reach", "read_pairs"]

CRITERION = {"hours": 0, "usd": 2, "co2e": 3}


@dataclass(frozen=True)
class Pair:
    """One pair of a matrix as its file names it, with the row it stands in."""

    origin: str
    destination: str
    row: int


def read_pairs(path: Path) -> list[Pair]:
    """Pairs of a CSV file with columns `from` and `to`, or every pair of a column `place`.

    Raises
    ------
    BadTable
        naming file, row, column and repair.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            header, rows = reader.fieldnames or [], list(reader)
    except (OSError, UnicodeDecodeError) as error:
        raise BadValue("error.unreadable", path=str(path), reason=str(error)) from None
    wanted = ("place",) if "place" in header else ("from", "to")
    findings = [
        Finding(
            "error", "pairs", f"{path.name}:1:{column}", "finding.missing_column", "repair.missing_column",
            {"column": column},
        )
        for column in wanted
        if column not in header
    ]  # fmt: skip
    if not findings:
        findings = [
            Finding(
                "error", "pairs", f"{path.name}:{number}:{column}", "finding.required", "repair.required",
                {"column": column},
            )
            for number, row in enumerate(rows, start=2)
            for column in wanted
            if not (row.get(column) or "").strip()
        ]  # fmt: skip
    if findings:
        raise BadTable(findings)
    if wanted == ("place",):
        names = [row["place"].strip() for row in rows]
        return [Pair(a, b, at + 2) for at, a in enumerate(names) for b in names if a != b]
    return [Pair(row["from"].strip(), row["to"].strip(), at + 2) for at, row in enumerate(rows)]


def matrix(atlas: Atlas, pairs: Sequence[Pair], cargo: Cargo, by: str = "hours") -> list[Row]:
    """One row a pair: hours, cost_usd, co2e_kg and distance of the best way by `by`, or why there is none.

    Raises
    ------
    BadTable
        when names are not places, with the row of each.
    """
    ids: dict[str, str] = {}
    findings = []
    for pair in pairs:
        for column, name in (("from", pair.origin), ("to", pair.destination)):
            if name in ids:
                continue
            try:
                ids[name] = atlas.gazetteer.place(name, cargo.mode)
            except DalizError as error:
                findings.append(
                    Finding("error", "pairs", f"{pair.row}:{column}", error.key, "repair.name", error.values)
                )
    if findings:
        raise BadTable(findings)
    frozen = atlas.frozen(cargo)
    graph = weighted(frozen)
    clocks = clocks_of(frozen, midnight(atlas.reference_date))
    rows: list[Row] = []
    values: dict[str, np.ndarray] = {}
    for pair in pairs:
        origin, destination = ids[pair.origin], ids[pair.destination]
        if origin not in values:
            sources = frozen.at_place.get(origin, ())
            values[origin], _ = everywhere(graph, clocks, sources, CRITERION[by])
        nodes = list(frozen.at_place.get(destination, ()))
        row: Row = {
            "from": pair.origin,
            "to": pair.destination,
            "from_place": origin,
            "to_place": destination,
        }
        best = min(nodes, key=lambda n: values[origin][n, CRITERION[by]], default=None)
        if best is None or not np.isfinite(values[origin][best, 0]):
            rows.append(row | {"time_mean_h": None, "cost_usd": None, "co2e_kg": None})
            continue
        hours, _, usd, co2e = values[origin][best].tolist()
        rows.append(
            row | {"time_mean_h": round(hours, 2), "cost_usd": round(usd, 2), "co2e_kg": round(co2e, 1)}
        )
    return rows


def midnight(day: dt.date) -> dt.datetime:
    """The start of a day in UTC."""
    return dt.datetime.combine(day, dt.time(0), tzinfo=dt.UTC)


def reach(
    atlas: Atlas, origin: str, cargo: Cargo, hours: float | None = None, usd: float | None = None
) -> list[Row]:
    """Places within `hours`, within `usd`, or within both, nearest first, with all figures of the way.

    Raises
    ------
    BadValue
        when neither limit is given, or one is not positive.
    """
    if hours is None and usd is None:
        raise BadValue("error.reach_limit")
    for option, limit in (("hours", hours), ("usd", usd)):
        if limit is not None and not limit > 0:
            raise BadValue("error.positive", option=option, value=limit)
    frozen = atlas.frozen(cargo)
    start = atlas.gazetteer.place(origin, cargo.mode)
    by = CRITERION["hours"] if hours is not None else CRITERION["usd"]
    clocks = clocks_of(frozen, midnight(atlas.reference_date))
    values, _ = everywhere(weighted(frozen), clocks, frozen.at_place.get(start, ()), by)
    rows: list[Row] = []
    for place, nodes in frozen.at_place.items():
        best = min(nodes, key=lambda node: values[node, by])
        spent_h, _, spent_usd, co2e = values[best].tolist()
        inside = (hours is None or spent_h <= hours) and (usd is None or spent_usd <= usd)
        if place != start and np.isfinite(spent_h) and inside:
            rows.append(
                {"place": place, "time_mean_h": round(spent_h, 2), "cost_usd": round(spent_usd, 2),
                 "co2e_kg": round(co2e, 1)}
            )  # fmt: skip
    return sorted(rows, key=lambda row: (row["time_mean_h"], row["place"]))


def month(atlas: Atlas, request: Request, days: int = 30) -> list[Row]:
    """The best ways of each day of departure, one row a day and label.

    Opening hours are laid out once and shifted; what each way costs and emits does not depend on the day.
    """
    asked = prepare(atlas, request)
    laid = clocks_of(asked.frozen, asked.depart, HORIZON_H + 24.0 * days)
    rows: list[Row] = []
    for day in range(days):
        finder = Finder(asked.frozen, _shifted(laid, 24.0 * day), asked.sources, asked.stages)
        for label, way in choose(asked.frozen, finder.ways(), asked.total_usd, request.alternatives):
            rows.append(
                {
                    "depart": (asked.depart + dt.timedelta(days=day)).isoformat(), "label": label,
                    "time_mean_h": round(way.hours, 2), "waiting_h": round(sum(way.waits_h), 2),
                    "cost_usd": round(asked.total_usd(way), 2), "co2e_kg": round(way.co2e_kg, 1),
                }
            )  # fmt: skip
    return rows


def _shifted(clocks: Clocks, hours: float) -> Clocks:
    return replace(clocks, start=clocks.start - hours, end=clocks.end - hours)
