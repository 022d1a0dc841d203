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

from daliz.engine.pareto import front
from daliz.errors import BadTable, BadValue, DalizError, Finding
from daliz.routing.ask import choose, prepare
from daliz.routing.everywhere import Everywhere
from daliz.routing.request import LARGEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from daliz.model.frozen import Cargo
    from daliz.routing.atlas import Atlas
    from daliz.routing.request import Request
    from daliz.schema import Row

__all__ = ["CRITERION", "Pair", "matrix", "month", "placed", "reach", "read_pairs"]

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
    ids = placed(atlas, pairs, cargo)
    here = Everywhere(atlas, cargo, CRITERION[by])
    # Pairs that share a search follow one another, so that each is made once and few are kept.
    wanted = dict.fromkeys((ids[pair.origin], ids[pair.destination]) for pair in pairs)
    alike = sorted(wanted, key=lambda ends: (id(here.shut(*ends)), ends[0]))
    found = {ends: here.figures(*ends) for ends in alike}
    return [
        {"from": pair.origin, "to": pair.destination, "from_place": ids[pair.origin],
         "to_place": ids[pair.destination], **found[ids[pair.origin], ids[pair.destination]]}
        for pair in pairs
    ]  # fmt: skip


def placed(atlas: Atlas, pairs: Iterable[Pair], cargo: Cargo) -> dict[str, str]:
    """Place of every name in the pairs.

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
                where = f"{pair.file}:{pair.row}:{column}"
                findings.append(Finding("error", "pairs", where, error.key, "repair.name", error.values))
    if findings:
        raise BadTable(findings)
    return ids


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
    fastest = Everywhere(atlas, cargo, CRITERION["hours"])
    cheapest = Everywhere(atlas, cargo, CRITERION["usd"])
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
    search: Everywhere, start: str, place: str, hours: float, usd: float, tries: Sequence[Row]
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
