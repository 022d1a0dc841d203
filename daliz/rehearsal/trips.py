"""The trips that are simulated: what happens on the way, in order, by route.

Question: which trips are typical of the named corridors, and of which parts does each consist?
In and out: an `Atlas` and pairs of places (or none) in; `Trip`s out.
Method: each open corridor gives its whole length and its halves, both ways, with every land service that
its modes carry; a few of its places are passed as via so that the trip keeps to the corridor. The route is
the fastest by mean hours and mean waits for opening (`engine.search`) after the router's own rules
(`routing.ask.prepare`).
Consecutive legs of one state, mode and service are one movement, as carriers report them.
Limits: at most `MOST_TRIPS` routes; a pair without a way under the rules is left out, and so is a way that
comes back to a post it has left.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from daliz.engine.search import search
from daliz.errors import NoRoute
from daliz.freeze import DEFAULT_SERVICE
from daliz.model.frozen import HEADWAY_CV, Cargo
from daliz.routing import Request
from daliz.routing.ask import prepare

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from daliz.model.frozen import Arc, Gate, Step
    from daliz.model.hours import OpeningHours
    from daliz.routing import Atlas
    from daliz.schema import Row

__all__ = ["MOVEMENT", "Part", "Trip", "trips"]

MOST_TRIPS = 200
MOST_VIA = 5
MOVEMENT = "move"
"""Activity of a movement; it has kilometres, and its official amount is the carriage."""

SERVICES = {"rail": ("block_train", "wagonload"), "road": ("road_tir", "road_general")}
WAITING = {
    "rail": "rail_entry_restriction", "road": "waiting_queue", "sea": "port_dwell", "any": "terminal_dwell",
}  # fmt: skip
"""Activity under which a wait for opening or departure is logged, by mode."""

HANDLING = "terminal_lift"
"""Activity of a transfer for which the tables name no steps."""


@dataclass(frozen=True)
class Part:
    """One thing that may happen on a trip and would be one row of a log.

    `hours` is the mean when it happens; `clock` makes it a wait until open instead. Parts of one `factor`
    share their spread: a slow train is slow on every leg. `wait` tells waits from steps of procedures.
    """

    place: str
    country: str
    mode: str
    direction: str
    service: str
    activity: str
    hours: float
    cv: float
    probability: float
    usd: float
    km: float
    to: str = ""
    factor: str = ""
    wait: str = ""
    clock: OpeningHours | None = None
    procedure: str = ""


@dataclass(frozen=True)
class Trip:
    """One route with its parts in order; `box` is what the unit number names."""

    origin: str
    destination: str
    service: str
    unit_kind: str
    cargo_class: str
    parts: tuple[Part, ...]

    @property
    def rows(self) -> float:
        """Mean number of events of a trip; a wait for opening counts as half."""
        return sum(0.5 if part.clock is not None else part.probability for part in self.parts)

    @property
    def hours(self) -> float:
        """Mean hours without waits for opening."""
        return sum(part.probability * part.hours for part in self.parts)


def trips(
    atlas: Atlas, pairs: Sequence[tuple[str, str, str]] | None = None, most: int = MOST_TRIPS
) -> tuple[Trip, ...]:
    """Up to `most` routes of `pairs` (from, to, mode), or of the named corridors.

    Raises
    ------
    NoRoute
        when none of them has a way.
    """
    procedures = {row["procedure"]: row for row in atlas.frames["procedures"].iter_rows(named=True)}
    found: list[Trip] = []
    known: set[tuple[str, str, str]] = set()
    last: NoRoute | None = None
    for origin, destination, via, cargo in _asked(atlas, pairs):
        if len(found) >= most:
            break
        try:
            trip = _trip(atlas, procedures, (origin, *via, destination), cargo)
        except NoRoute as error:
            last = error
            continue
        key = (trip.origin, trip.destination, ";".join(part.place for part in trip.parts) + trip.service)
        if key not in known and trip.parts and not _returns(trip):
            known.add(key)
            found.append(trip)
    if not found and last is not None:
        raise last
    return tuple(found)


def _returns(trip: Trip) -> bool:
    """Whether the trip comes back to a post that it has left: a detour to a via place, driven by nobody."""
    left: set[str] = set()
    here = ""
    for part in trip.parts:
        if part.km > 0:
            left.add(part.place)
            here = ""
        elif part.place != here:
            if part.place in left:
                return True
            here = part.place
    return False


def _asked(
    atlas: Atlas, pairs: Sequence[tuple[str, str, str]] | None
) -> Iterator[tuple[str, str, tuple[str, ...], Cargo]]:
    """Pairs to route: a round takes one of each corridor, family by family, so that few routes cover all."""
    if pairs is not None:
        for origin, destination, mode in pairs:
            for service in SERVICES.get(mode, (None,)):
                yield origin, destination, (), Cargo(mode=mode, service=service)
        return
    ranked: dict[str, int] = {}
    queues = []
    for row in atlas.frames["corridors"].sort("corridor").iter_rows(named=True):
        if row["status"] in ("open", "partial"):
            rank = ranked[str(row["family"])] = ranked.get(str(row["family"]), 0) + 1
            queues.append((rank, str(row["family"]), list(_of_corridor(row))))
    queues.sort(key=lambda one: one[:2])
    for number in range(max((len(queue) for *_, queue in queues), default=0)):
        yield from (queue[number] for *_, queue in queues if number < len(queue))


def _of_corridor(row: Row) -> Iterator[tuple[str, str, tuple[str, ...], Cargo]]:
    """The whole corridor, then its halves: there and back, with each land service of its modes."""
    via, modes = [str(place) for place in row["via"]], [str(mode) for mode in row["leg_modes"]]
    if len(modes) == 1:
        modes *= len(via) - 1
    middle = len(via) // 2
    for places, legs in (
        (via, modes),
        (via[: middle + 1], modes[:middle]),
        (via[middle:], modes[middle:]),
    ):
        land = {mode for mode in legs if mode != "sea"}
        mode = next(iter(land)) if len(set(legs)) == 1 and land else "any"
        passed = _passed(places, legs)
        for kind in sorted(land):
            for service in SERVICES[kind]:
                cargo = Cargo(mode=mode, service=service)
                yield places[0], places[-1], passed, cargo
                yield places[-1], places[0], passed[::-1], cargo


def _passed(places: Sequence[str], legs: Sequence[str]) -> tuple[str, ...]:
    """Inner places that hold a trip to the corridor: both ends of a voyage first, then evenly spread ones."""
    inner = range(1, len(places) - 1)
    wanted = [at for at in inner if legs[at - 1] != legs[at]]
    step = max(1, len(places) // (MOST_VIA + 1))
    spread = [at for at in inner if at % step == 0]
    kept = sorted({*wanted, *spread[: max(0, MOST_VIA - len(wanted))]})
    return tuple(places[at] for at in kept)


def _trip(atlas: Atlas, procedures: dict[object, Row], stops: tuple[str, ...], cargo: Cargo) -> Trip:
    asked = prepare(atlas, Request(stops[0], stops[-1], via=stops[1:-1], cargo=cargo))
    graph = asked.frozen.graph
    waits = [gate.first.mean_wait_h() + gate.second.mean_wait_h() for gate in asked.frozen.gates]
    found, _ = search(graph, None, lambda gate, _hours: waits[gate], asked.sources, list(asked.stages))
    if found is None or found.hours == float("inf"):
        raise NoRoute("error.not_served", name=asked.destination, mode=cargo.mode)
    parts: list[Part] = []
    for number in found.arcs:
        arc, gate = asked.frozen.arcs[number], graph.gate[number]
        parts += _parts(arc, None if gate < 0 else asked.frozen.gates[gate], procedures, atlas)
    service = cargo.service or DEFAULT_SERVICE.get(cargo.mode, "block_train")
    kinds = {"block_train": "container", "wagonload": "wagon"}
    return Trip(
        asked.origin, asked.destination, service, kinds.get(service, "truck"),
        "container" if service == "block_train" else "general", tuple(_merged(parts)),
    )  # fmt: skip


def _merged(parts: Sequence[Part]) -> Iterator[Part]:
    held: Part | None = None
    for part in parts:
        if held is not None and part.km > 0 and held.km > 0 and _same_way(held, part):
            held = replace(
                held, hours=held.hours + part.hours, km=held.km + part.km, usd=held.usd + part.usd, to=part.to
            )
            continue
        if held is not None:
            yield held
        held = part
    if held is not None:
        yield held


def _same_way(one: Part, other: Part) -> bool:
    return (one.country, one.mode, one.service) == (other.country, other.mode, other.service)


def _parts(arc: Arc, gate: Gate | None, procedures: dict[object, Row], atlas: Atlas) -> Iterator[Part]:
    """Parts of one arc: work at the first post, the movement, work at the second; waits where clocks rule."""
    places = atlas.gazetteer.places

    def blank(place: str, mode: str, direction: str) -> Part:
        return Part(
            place, str(places[place]["country"]), mode, direction, arc.service, "", 0.0, 0.0, 1.0, 0.0, 0.0
        )

    def step(one: Step) -> Part:
        row = procedures[one.procedure]
        return replace(
            blank(one.place, str(row["mode"]), str(row["direction"])), activity=one.code, hours=one.mean_h,
            cv=one.cv, probability=one.probability, usd=one.cost_usd / one.probability,
            procedure=one.procedure,
        )  # fmt: skip

    mode = "any" if arc.kind == "transfer" else arc.mode
    if gate is not None:
        yield _opening(blank(arc.from_place, mode, "out"), gate.first)
    if arc.fixed_wait_h > 0:
        yield replace(
            blank(arc.from_place, mode, "out"), activity=WAITING[mode], hours=arc.fixed_wait_h,
            cv=HEADWAY_CV, wait="departure",
        )  # fmt: skip
    here = [one for one in arc.steps if arc.kind != "crossing" or one.place == arc.from_place]
    yield from (step(one) for one in here if one.probability > 0)
    if arc.kind == "transfer" and arc.move_h > 0:
        yield replace(
            blank(arc.from_place, "", "through"), activity=HANDLING, hours=arc.move_h, cv=arc.move_cv,
            usd=arc.cost_usd,
        )  # fmt: skip
    if arc.distance_km > 0:
        yield replace(
            blank(arc.from_place, mode, "through"), country=arc.country or places[arc.from_place]["country"],
            activity=MOVEMENT, hours=arc.move_h, cv=arc.move_cv, usd=arc.cost_usd, km=arc.distance_km,
            to=arc.to_place, factor=arc.service,
        )  # fmt: skip
    if gate is not None and arc.kind == "crossing":
        yield _opening(blank(arc.to_place, mode, "in"), gate.second)
    yield from (step(one) for one in arc.steps if one not in here and one.probability > 0)


def _opening(part: Part, clock: OpeningHours) -> Part:
    return replace(part, activity=WAITING[part.mode], clock=clock, wait="opening")
