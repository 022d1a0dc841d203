"""Many questions in one call: matrices, reach, and a month of departures.

Question: how long and how dear is every pair, what lies within some hours or dollars, which day is best?
In and out: an `Atlas`, names and a cargo in; rows out, one a pair, place or day.
Method: one search from each origin to everywhere (`engine.earliest`), on the reference date; for the
month the exact front of each day.
Limits: a matrix row is the best way by one criterion with the other figures of that way; by dollars,
charges on the trip as a whole are added after the search; the spread of trips is left to `route`.
"""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from daliz.engine.earliest import everywhere
from daliz.engine.pareto import front
from daliz.errors import BadTable, BadValue, DalizError, Finding
from daliz.routing.ask import WINTER_MONTHS, choose, prepare
from daliz.routing.costs import priced
from daliz.routing.finder import Way, clocks_of, closed
from daliz.routing.layers import laid
from daliz.routing.request import LARGEST
from daliz.routing.rules import blocked

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from daliz.model.frozen import Cargo
    from daliz.routing.atlas import Atlas
    from daliz.routing.layers import Laid
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
    file: str = ""


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
        return [Pair(a, b, at + 2, path.name) for at, a in enumerate(names) for b in names if a != b]
    return [Pair(row["from"].strip(), row["to"].strip(), at + 2, path.name) for at, row in enumerate(rows)]


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
                    Finding(
                        "error",
                        "pairs",
                        f"{pair.file}:{pair.row}:{column}",
                        error.key,
                        "repair.name",
                        error.values,
                    )
                )
    if findings:
        raise BadTable(findings)
    here = _Everywhere(atlas, cargo, CRITERION[by])
    rows: list[Row] = []
    for pair in pairs:
        origin, destination = ids[pair.origin], ids[pair.destination]
        row: Row = {
            "from": pair.origin,
            "to": pair.destination,
            "from_place": origin,
            "to_place": destination,
        }
        rows.append(row | here.figures(origin, destination))
    return rows


class _Everywhere:
    """Searches from one origin to everywhere on the reference date, kept for the pairs that share them."""

    def __init__(self, atlas: Atlas, cargo: Cargo, by: int) -> None:
        self._atlas, self._by = atlas, by
        self._day = atlas.reference_date
        self._cargo = replace(cargo, winter=self._day.month in WINTER_MONTHS)
        self.frozen = atlas.frozen(self._cargo)
        self.clocks = clocks_of(self.frozen, midnight(self._day))
        self._shut: dict[tuple[str, str], frozenset[int]] = {}
        self._kept: dict[tuple[str, frozenset[int]], tuple[Laid, np.ndarray, np.ndarray]] = {}

    def from_place(self, origin: str, shut: frozenset[int]) -> tuple[Laid, np.ndarray, np.ndarray]:
        """The graph from a place with some arcs closed, its values, and the arc each node was reached by."""
        if (origin, shut) not in self._kept:
            one = self.laid(origin, (), shut)
            self._kept[origin, shut] = (
                one,
                *everywhere(one.graph, self.clocks, one.sources.tolist(), self._by),
            )
        return self._kept[origin, shut]

    def laid(self, origin: str, targets: Sequence[int], shut: frozenset[int]) -> Laid:
        """The graph from a place to some platforms, with some arcs closed."""
        network = closed(self.frozen, shut) if shut else self.frozen
        return laid(network, self.frozen.at_place.get(origin, ()), (frozenset(targets),))

    def shut(self, origin: str, destination: str) -> frozenset[int]:
        """Arcs that the rules close between two places."""
        start, end = (self._atlas.gazetteer.places[p]["country"] for p in (origin, destination))
        if (start, end) not in self._shut:
            banned = blocked(self._atlas, self.frozen.arcs, self._cargo, start, end, self._day)
            self._shut[start, end] = frozenset(banned)
        return self._shut[start, end]

    def figures(self, origin: str, destination: str) -> Row:
        """Hours, dollars with the charges on the whole trip, emissions and kilometres; None without a way."""
        one, values, reached_by = self.from_place(origin, self.shut(origin, destination))
        nodes = one.copies(self.frozen.at_place.get(destination, ())).tolist()
        best = min(nodes, key=lambda node: values[node, self._by], default=None)
        if best is None or not np.isfinite(values[best, 0]):
            return {"time_mean_h": None, "cost_usd": None, "co2e_kg": None, "distance_km": None}
        return self.row(origin, destination, values[best].tolist(), self._km(best, one, reached_by))

    def row(self, origin: str, destination: str, values: Sequence[float], km: float) -> Row:
        """Four values of a way as a row."""
        total = priced(self._atlas, self._cargo, origin, destination)
        hours, spread, usd, co2e = values
        return {
            "time_mean_h": round(hours, 2),
            "cost_usd": round(total(Way((), (), hours, spread, usd, co2e)), 2),
            "co2e_kg": round(co2e, 1),
            "distance_km": round(km, 1),
        }

    def _km(self, node: int, one: Laid, reached_by: np.ndarray) -> float:
        km = 0.0
        while reached_by[node] >= 0:
            arc = int(reached_by[node])
            km += self.frozen.arcs[int(one.arc[arc])].distance_km
            node = int(np.searchsorted(one.graph.indptr, arc, side="right")) - 1
        return km


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
        if limit is not None and not 0 < limit < LARGEST:
            raise BadValue("error.positive", option=option, value=limit)
    start = atlas.gazetteer.place(origin, cargo.mode)
    fastest = _Everywhere(atlas, cargo, CRITERION["hours"])
    cheapest = _Everywhere(atlas, cargo, CRITERION["usd"])
    rows: list[Row] = []
    for place in fastest.frozen.at_place:
        if place == start:
            continue
        tries = [search.figures(start, place) for search in (fastest, cheapest)]
        if hours is None:
            tries.reverse()
        row = next((found for found in tries if _inside(found, hours, usd)), None)
        if row is None and hours is not None and usd is not None:
            row = _between(fastest, start, place, hours, usd, tries)
        if row is not None:
            rows.append({"place": place} | row)
    return sorted(rows, key=lambda row: (row["time_mean_h"], row["place"]))


def _inside(row: Row, hours: float | None, usd: float | None) -> bool:
    if row["time_mean_h"] is None:
        return False
    return (hours is None or row["time_mean_h"] <= hours) and (usd is None or row["cost_usd"] <= usd)


def _between(
    search: _Everywhere, start: str, place: str, hours: float, usd: float, tries: Sequence[Row]
) -> Row | None:
    """A way that keeps both limits where neither the fastest nor the cheapest does, by the exact front."""
    fastest, cheapest = tries
    if fastest["time_mean_h"] is None or fastest["time_mean_h"] > hours or cheapest["cost_usd"] > usd:
        return None
    one = search.laid(start, search.frozen.at_place[place], search.shut(start, place))
    ends = one.sources.tolist(), one.targets.tolist()
    found = front(one.graph, search.clocks, *ends, (hours, np.inf, usd, np.inf))
    for values, arcs in zip(found.values.tolist(), found.arcs, strict=True):
        km = sum(search.frozen.arcs[number].distance_km for number in one.arc[list(arcs)].tolist())
        row = search.row(start, place, values, km)
        if _inside(row, hours, usd):
            return row
    return None


def month(atlas: Atlas, request: Request, days: int = 30) -> list[Row]:
    """The best ways of each day of departure, one row a day and label; as `route` on that day.

    Raises
    ------
    NoRoute
        when a day has no way, as `route`.
    """
    first = prepare(atlas, request).depart
    rows: list[Row] = []
    for day in range(days):
        depart = first + dt.timedelta(days=day)
        asked = prepare(atlas, replace(request, depart=depart.isoformat()))
        for label, way in choose(asked.frozen, asked.ways(depart), asked.total_usd, request.alternatives):
            rows.append(
                {
                    "depart": depart.isoformat(),
                    "label": label,
                    "time_mean_h": round(way.hours, 2),
                    "waiting_h": round(sum(way.waits_h), 2),
                    "cost_usd": round(asked.total_usd(way), 2),
                    "co2e_kg": round(way.co2e_kg, 1),
                }
            )
    return rows
