"""Scheduled trains on a network of six places, against every way of it counted out one by one.

The rule, worked here by its own code: a ride on rails that begins where trains leave, and comes to the
last place of one of them, has waited for a train that runs there.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from hand_made import COMMON, LATER, atlas_of

from daliz.model.frozen import HEADWAY_CV, Cargo
from daliz.routing import Request, route
from daliz.routing.finder import Finder, clocks_of
from daliz.routing.many import Pair, matrix
from daliz.routing.option import parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daliz.model.frozen import FrozenNetwork
    from daliz.routing import Atlas

A, X, B, C, PORT, SIDE = "kz-almaty", "kz-post", "ru-moscow", "by-brest", "kz-aktau", "cn-xian"
RAILS = ((A, X, 400), (X, B, 2000), (X, C, 2600), (B, C, 1000), (A, B, 3500), (SIDE, A, 900), (SIDE, X, 1500))
ROADS = ((PORT, A, 700), (PORT, X, 1200), (A, B, 2300))
ZONE = dt.timezone(dt.timedelta(hours=5))
"""Clock of Almaty in 2026."""
DEPARTURES = tuple(
    dt.datetime(2026, 12, 1, tzinfo=dt.UTC) + dt.timedelta(hours=hours) for hours in (0, 6.5, 7, 31, 100)
)


def legs(mode: str, rows: tuple[tuple[str, str, int], ...]) -> list[dict[str, Any]]:
    """Open legs of one mode."""
    return [
        {"leg": f"{mode}-{a}-{b}", "kind": "leg", "mode": mode, "from_place": a, "to_place": b,
         "gauge_mm": 1520 if mode == "rail" else None, "distance_km": float(km), "country_a": a[:2].upper(),
         "country_b": a[:2].upper(), "status": "open", "shape": "40 50; 41 50", **COMMON}
        for a, b, km in rows
    ]  # fmt: skip


def train(key: str, start: str, end: str, per_week: float, timetable: str | None = None) -> dict[str, Any]:
    """One row of `trains`."""
    return {
        "train": key, "name_en": key, "name_ru": key, "name_kk": key, "from_place": start, "to_place": end,
        "service": "block_train", "frequency_per_week": per_week, "timetable": timetable, **COMMON,
    }  # fmt: skip


TRAINS = [
    train("to-b-tuesdays", A, B, 1, "Tu 12:00"),
    train("to-b", A, B, 3), train("to-b-too", A, B, 1),
    train("to-c", A, C, 14),
    train("from-the-side", SIDE, C, 1, "Th 00:00"),
]  # fmt: skip


def small(trains: list[dict[str, Any]]) -> Atlas:
    """Six places, their rails and roads, terminals in Almaty and at the post, and these trains."""
    speeds = [
        {"speed": key, "service": key, "country": "*", "speed_kmh": kmh, "cv": 0.2, **COMMON}
        for key, kmh in (("block_train", 50.0), ("road_tir", 70.0))
    ]
    tariffs = [
        {"tariff": key, "service": key, "amount": usd, "unit": "per_teu_km", "currency": "USD",
         "price_year": 2025, "valid_until": LATER, **COMMON}
        for key, usd in (("block_train", 0.4), ("road_tir", 1.1))
    ]  # fmt: skip
    terminals = [
        {"facility": f"terminal-{place}", "place": place, "kind": "intermodal_terminal", "from_mode": "rail",
         "to_mode": "road", "handling_h": 8.0, "handling_cv": 0.5, **COMMON}
        for place in (A, X)
    ]  # fmt: skip
    return atlas_of(
        legs=legs("rail", RAILS) + legs("road", ROADS), speeds=speeds, tariffs=tariffs, facilities=terminals,
        trains=trains,
    )  # fmt: skip


def simple_ways(frozen: FrozenNetwork, at: int, ends: set[int], passed: tuple[int, ...]) -> Iterator[Any]:
    """Every way without a platform twice, departures of trains left out, as arc numbers."""
    if at in ends:
        yield ()
        return
    for number in range(frozen.graph.indptr[at], frozen.graph.indptr[at + 1]):
        head = frozen.graph.head[number]
        if frozen.arcs[number].kind != "departure" and head not in passed:
            for rest in simple_ways(frozen, head, ends, (*passed, head)):
                yield (number, *rest)


def waits_h(trains: list[dict[str, Any]], start: str, visited: list[str], now: dt.datetime) -> list[float]:
    """Waits from which a ride may choose: [0] when it comes to no last place of a train from its start."""
    runs: dict[str, list[dict[str, Any]]] = {}
    for row in trains:
        if row["from_place"] == start:
            runs.setdefault(row["to_place"], []).append(row)
    met = {place for place in visited if place in runs}
    if not met:
        return [0.0]
    found = []
    for end, rows in runs.items():
        on_the_way = {B} if (start, end) == (SIDE, C) else set()
        if not met <= {end} | on_the_way:
            continue
        for row in rows:
            if row["timetable"]:
                day = ("Mo", "Tu", "We", "Th").index(row["timetable"][:2])
                local = now.astimezone(ZONE)
                leaves = dt.datetime.combine(
                    local.date() + dt.timedelta(days=(day - local.weekday()) % 7),
                    dt.time(int(row["timetable"][3:5])), tzinfo=ZONE,
                )  # fmt: skip
                if leaves < now:
                    leaves += dt.timedelta(days=7)
                found.append((leaves - now) / dt.timedelta(hours=1))
        often = sum(row["frequency_per_week"] for row in rows if not row["timetable"])
        if often:
            found.append(168 / often / 2)
    return found


def counted_out_h(
    atlas: Atlas, trains: list[dict[str, Any]], pair: tuple[str, str], now: dt.datetime
) -> float:
    """Hours of the fastest of all ways, each ride waited for by the rule."""
    frozen = atlas.frozen(Cargo(winter=now.month in (11, 12, 1, 2, 3)))
    best = float("inf")
    for source in frozen.at_place[pair[0]]:
        for way in simple_ways(frozen, source, set(frozen.at_place[pair[1]]), (source,)):
            clocks = {0.0}
            riding = False
            for at, number in enumerate(way):
                arc = frozen.arcs[number]
                if arc.mode == "rail" and not riding:
                    riding = True
                    ride = []
                    for later in way[at:]:
                        if frozen.arcs[later].mode != "rail":
                            break
                        ride.append(frozen.arcs[later].to_place)
                    clocks = {
                        clock + wait for clock in clocks
                        for wait in waits_h(trains, arc.from_place, ride, now + dt.timedelta(hours=clock))
                    }  # fmt: skip
                riding = arc.mode == "rail"
                clocks = {clock + arc.move_h for clock in clocks}
            best = min((best, *clocks))
    return best


PAIRS = ((A, B), (A, C), (A, X), (PORT, B), (PORT, C), (SIDE, B), (SIDE, C), (X, B), (B, A), (SIDE, PORT))


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("now", DEPARTURES)
def test_the_fastest_way_is_the_fastest_of_all_counted_out(pair: tuple[str, str], now: dt.datetime) -> None:
    """With timetables and headways mixed, the search finds the hours that trying every way finds."""
    atlas = small(TRAINS)
    found = route(atlas, Request(*pair, depart=now.isoformat())).options
    fastest = min(option.time_mean_h for option in found)
    assert fastest == pytest.approx(counted_out_h(atlas, TRAINS, pair, now), abs=1 / 60)


def test_a_shipment_waits_for_the_train_of_the_timetable() -> None:
    """Tuesday 12:00 in Almaty is 07:00 UTC: at 06:30 it waits half an hour, at 07:02 nearly a week."""
    atlas = small([train("tuesdays", A, B, 1, "Tu 12:00")])
    waits = []
    for clock in ("06:30", "07:02"):
        asked = Request(A, B, cargo=Cargo(mode="rail"), depart=f"2026-12-01T{clock}+00:00")
        option = route(atlas, asked).options[0]
        assert option.arcs[0].kind == "departure"
        waits.append(option.waits_h[0])
        leg = route(atlas, asked).as_dict()["options"][0]["legs"][0]
        assert leg["train"]["train"] == "tuesdays"
        assert (leg["from_place"], leg["to_place"], leg["kind"]) == (A, A, "departure")
    assert waits == pytest.approx([0.5, 168 - 2 / 60], abs=1 / 60)


def test_trains_without_timetable_share_their_headway() -> None:
    """Three and one trains a week to one place are four: half the headway is 21 h, spread over 0 to 42."""
    atlas = small([train("often", A, B, 3), train("seldom", A, B, 1)])
    option = route(atlas, Request(A, B, cargo=Cargo(mode="rail"))).options[0]
    assert option.waits_h[0] == pytest.approx(21.0)
    assert option.arcs[0].wait_quality == "derived"
    mean_h, cv, _ = parts(option.arcs, option.waits_h)
    assert (mean_h[0], cv[0]) == pytest.approx((21.0, HEADWAY_CV))


def test_a_timetable_does_not_spread() -> None:
    """The hour of a departure by the clock is known: the wait for it has no spread of its own."""
    atlas = small([train("tuesdays", A, B, 1, "Tu 12:00")])
    option = route(atlas, Request(A, B, cargo=Cargo(mode="rail"))).options[0]
    mean_h, cv, _ = parts(option.arcs, option.waits_h)
    assert mean_h[0] > 0
    assert cv[0] == 0


def test_a_ride_under_way_does_not_wait() -> None:
    """Through Almaty from the side, and to places no train is declared for, nothing is waited for."""
    trains = [train("to-b", A, B, 1)]
    for pair in ((SIDE, B), (A, X), (B, A)):
        now = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
        option = route(
            small(trains), Request(*pair, cargo=Cargo(mode="rail"), depart=now.isoformat())
        ).options[0]
        assert sum(option.waits_h) == 0, pair
        plain = route(small([]), Request(*pair, cargo=Cargo(mode="rail"), depart=now.isoformat())).options[0]
        assert (option.time_mean_h, option.cost_usd) == (plain.time_mean_h, plain.cost_usd)


def test_boxes_off_a_lorry_wait_for_the_train() -> None:
    """By road to Almaty and on by rail: the ride begins in Almaty and waits there for its train."""
    atlas = small([train("to-c", A, C, 1), train("post-to-c", X, C, 1)])
    option = min(route(atlas, Request(PORT, C)).options, key=lambda one: one.cost_usd)
    kinds = [arc.kind for arc in option.arcs]
    assert kinds.index("departure") == kinds.index("transfer") + 1
    assert option.waits_h[kinds.index("departure")] == pytest.approx(84.0)


def test_another_service_or_day_does_not_know_the_train() -> None:
    """A train of another service class, or not yet or no longer running, changes nothing."""
    plain = route(small([]), Request(A, B, cargo=Cargo(mode="rail"))).options[0].time_mean_h
    for cells in (
        {"service": "road_tir"}, {"valid_from": dt.date(2027, 1, 1)}, {"valid_to": dt.date(2026, 1, 1)},
    ):  # fmt: skip
        atlas = small([train("to-b", A, B, 1) | cells])
        assert route(atlas, Request(A, B, cargo=Cargo(mode="rail"))).options[0].time_mean_h == plain


def test_a_via_place_keeps_the_ride() -> None:
    """Almaty to Moscow over the post by name is still a ride from Almaty to Moscow, and waits."""
    atlas = small([train("to-b", A, B, 1)])
    option = route(atlas, Request(A, B, via=(X,), cargo=Cargo(mode="rail"))).options[0]
    assert sum(option.waits_h) == pytest.approx(84.0)


def test_the_matrix_waits_as_the_route_does() -> None:
    """Hours of a pair in a matrix are those of the fastest option on the reference date."""
    atlas = small(TRAINS)
    pairs = [Pair(a, b, at) for at, (a, b) in enumerate(PAIRS, start=2)]
    for pair, row in zip(pairs, matrix(atlas, pairs, Cargo()), strict=True):
        asked = Request(pair.origin, pair.destination)
        fastest = min(option.time_mean_h for option in route(atlas, asked).options)
        assert row["time_mean_h"] == pytest.approx(fastest, abs=0.01)


def test_every_way_of_the_front_keeps_the_rule() -> None:
    """No way found, by any criterion, rides from Almaty to Moscow or Brest without a departure there."""
    frozen = small(TRAINS).frozen(Cargo())
    clocks = clocks_of(frozen, DEPARTURES[0])
    ways = Finder(frozen, clocks, frozen.at_place[A], [frozenset(frozen.at_place[B])]).ways()
    assert len(ways) > 1
    for way in ways:
        arcs = [frozen.arcs[number] for number in way.arcs]
        rail_start = next((at for at, arc in enumerate(arcs) if arc.mode == "rail"), None)
        if rail_start is not None and arcs[rail_start].from_place == A:
            assert arcs[rail_start].kind == "departure", [arc.leg for arc in arcs]


def test_a_shipped_train_is_waited_for(atlas: Atlas) -> None:
    """Vladivostok to Moscow on the shipped network waits half the headway of 13.5 trains a week."""
    option = route(atlas, Request("Vladivostok", "Moscow", cargo=Cargo(mode="rail"))).options[0]
    assert option.arcs[0].leg == "vladivostok-moscow"
    assert option.waits_h[0] == pytest.approx(168 / 13.5 / 2)


def test_every_shipped_train_runs(atlas: Atlas) -> None:
    """Each row of table trains in force has a way on rails and a departure in the frozen network."""
    frozen = atlas.frozen(Cargo())
    said = {arc.leg for arc in frozen.arcs if arc.kind == "departure"}
    pairs = {(row["from_place"], row["to_place"]) for row in atlas.trains.values()}
    told = {(atlas.trains[leg]["from_place"], atlas.trains[leg]["to_place"]) for leg in said}
    assert told == pairs
