"""Departures of scheduled trains, and which rides have to wait for them.

Question: from which places do trains leave by timetable or headway, and who may not go without one?
In and out: rows of table `trains`, arcs joined so far and their platforms in; arcs of kind `departure`
and, once arcs are numbered, `Boarding`s out.
Method: the way of a train is the fastest on rails between its two places, gauge changes included. A train
with a timetable has a departure of its own; trains between the same two places without one share the
headway of all of them. The search (`routing.layers`) lets a ride that begins at the first place come to
the last place only by such a departure.
Limits: trains run as fast as any of their service; a ride to a place that no train is declared for, and
a ride that is under way when it comes by, does not wait.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from typing import TYPE_CHECKING

from daliz.model.frozen import Arc, Boarding, Gate, Run
from daliz.model.hours import departures, opening_hours
from daliz.units import HOURS_PER_WEEK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from daliz.schema import Row

    Joined = Sequence[tuple[int, int, Arc, Gate | None]]

__all__ = ["Planned", "boardings", "headway", "planned"]


def headway(timetable: str | None, per_week: float, zone: str) -> tuple[float, Gate | None]:
    """Mean wait in hours and the gate of a departure: by the clock with a timetable, else half the headway.

    Examples
    --------
    >>> headway(None, 2.0, "Asia/Almaty")
    (42.0, None)
    """
    if timetable:
        return 0.0, Gate(departures(timetable, zone), opening_hours("24/7", zone), 0.0)
    return HOURS_PER_WEEK / per_week / 2, None


class Planned:
    """One run before arcs are numbered: its platforms, the platforms on its way, and its departure arcs."""

    def __init__(self, way: Sequence[int], last: frozenset[int], rows: Sequence[Row]) -> None:
        self.way, self.last, self.rows = way, last, rows

    def arcs(self, service: str, places: Mapping[str, Row]) -> Iterator[tuple[Arc, Gate | None]]:
        """A departure for each timetable, and one for all trains without."""
        place = str(self.rows[0]["from_place"])
        zone = str(places[place]["timezone"])
        timed = [row for row in self.rows if row["timetable"]]
        others = sorted(
            (row for row in self.rows if not row["timetable"]), key=lambda row: -row["frequency_per_week"]
        )
        for rows in (*([row] for row in timed), others):
            if not rows:
                continue
            row = rows[0]
            wait_h, gate = headway(row["timetable"], sum(r["frequency_per_week"] for r in rows), zone)
            weakest = max(rows, key=lambda r: _CLASSES.index(str(r["quality"])))
            quality = str(weakest["quality"])
            if gate is None and quality in ("measured", "published"):
                quality = "derived"
            yield Arc(
                "departure", "rail", service, place, place, str(row["train"]), "", 0.0, 0.0, wait_h, 0.0,
                0.0, 0.0, None, str(places[place]["country"]), (), str(weakest["source"]), quality, quality,
                str(weakest["source"]), quality, "", False,
            ), gate  # fmt: skip


_CLASSES = ("measured", "published", "derived", "assumed")


def planned(
    rows: Iterable[Row], joined: Joined, platforms: Mapping[tuple[str, str], int], service: str
) -> list[Planned]:
    """Runs of the trains of `service` whose two places rails join, by first and last place."""
    between: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if row["service"] == service:
            between[str(row["from_place"]), str(row["to_place"])].append(row)
    if not between:
        return []
    rails: dict[str, list[int]] = defaultdict(list)
    for (place, track), node in platforms.items():
        if track.startswith("rail"):
            rails[place].append(node)
    on_rails = {node for nodes in rails.values() for node in nodes}
    ahead: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for tail, head, arc, _ in joined:
        if tail in on_rails and head in on_rails:
            ahead[tail].append((head, arc.hours))
    found = []
    for (start, end), trains in between.items():
        way = _fastest(ahead, rails[start], frozenset(rails[end]))
        if way:
            found.append(Planned(way, frozenset(rails[end]), trains))
    return found


def _fastest(
    ahead: Mapping[int, Sequence[tuple[int, float]]], sources: Iterable[int], targets: frozenset[int]
) -> tuple[int, ...]:
    """Nodes of the fastest way (Dijkstra), without waits for opening; empty when there is none."""
    least = dict.fromkeys(sources, 0.0)
    before: dict[int, int] = {}
    queue = [(0.0, node) for node in least]
    while queue:
        hours, node = heapq.heappop(queue)
        if hours > least[node]:
            continue
        if node in targets:
            way = [node]
            while way[-1] in before:
                way.append(before[way[-1]])
            return tuple(reversed(way))
        for head, more in ahead.get(node, ()):
            reach = hours + more
            if reach < least.get(head, float("inf")):
                least[head], before[head] = reach, node
                heapq.heappush(queue, (reach, head))
    return ()


def boardings(
    runs: Sequence[Planned], platforms: Mapping[tuple[str, str], int], arcs: Sequence[Arc]
) -> tuple[Boarding, ...]:
    """Runs by first place, once every arc has its number."""
    number = {arc.leg: at for at, arc in enumerate(arcs) if arc.kind == "departure"}
    by_place: dict[str, list[Planned]] = defaultdict(list)
    for run in runs:
        by_place[str(run.rows[0]["from_place"])].append(run)
    found = []
    for place, mine in by_place.items():
        nodes = frozenset(
            node for (at, track), node in platforms.items() if at == place and track.startswith("rail")
        )
        lasts = frozenset(node for run in mine for node in run.last)
        found.append(
            Boarding(
                nodes,
                tuple(
                    Run(
                        tuple(number[str(row["train"])] for row in run.rows if str(row["train"]) in number),
                        run.last,
                        (lasts & frozenset(run.way)) - run.last,
                    )
                    for run in mine
                ),
            )
        )
    return tuple(found)
