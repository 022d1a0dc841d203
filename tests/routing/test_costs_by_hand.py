"""Every line of a bill worked out by hand, and the cheapest way kept by the search."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from typing import Any

import pytest
from hand_made import LATER, arc, atlas_of, charge, option, step

from daliz.engine.search import Graph
from daliz.errors import BadTable
from daliz.model.frozen import Cargo, FrozenNetwork
from daliz.routing import Atlas, Option, Request, route
from daliz.routing.costs import cost_lines, priced, searched, with_charges
from daliz.routing.finder import Way

TWO = Cargo(teu=2.0)
RAIL_INTO_EU = arc("crossing", "rail", "by-brest", "pl-post", crossing="by-pl-rail")
ROAD_INTO_EU = arc("crossing", "road", "by-brest", "pl-post", crossing="by-pl-road")


def dollars(found: Option, rows: list[dict[str, Any]], cargo: Cargo = TWO) -> dict[str, float]:
    """Dollars by charge of the hand-made rows."""
    lines = cost_lines(found, atlas_of(charges=rows), cargo)
    return {line.subject[0]: line.usd for line in lines if line.code == "broker"}


def test_freight_is_one_line_a_service_and_state_with_its_tariff() -> None:
    """Two Kazakh legs of 100 and 50 USD are one line of 150 with price year and last day of the tariff."""
    tariff = {
        "tariff": "t", "service": "block_train", "country": "KZ", "amount": 0.3, "unit": "per_teu_km",
        "currency": "USD", "price_year": 2024, "valid_until": dt.date(2026, 1, 1), "source": "book",
        "quality": "derived",
    }  # fmt: skip
    atlas = atlas_of(tariffs=[tariff])
    way = option(
        arc("leg", "rail", "kz-almaty", "kz-post"),
        arc("leg", "rail", "kz-post", "kz-aktau", cost_usd=50.0),
        arc("leg", "rail", "ru-moscow", "ru-port", cost_usd=7.0, tariff_source="old-book"),
    )
    kazakh, russian = cost_lines(way, atlas, TWO)
    assert (kazakh.code, kazakh.usd, kazakh.price_year) == ("freight", 150.0, 2024)
    assert kazakh.valid_until == dt.date(2026, 1, 1)
    assert kazakh.stale, "the tariff ended before the reference date"
    assert (russian.usd, russian.price_year, russian.stale) == (7.0, None, True)
    assert kazakh.name(atlas, "en") == "Freight: block_train, KZ"


def test_official_and_unofficial_payments_at_a_border_stand_apart() -> None:
    """A step of 80 USD with 30 official to 10 unofficial is a line of 60 and a line of 20."""
    values = [
        {"value": f"v-{quantity}", "procedure": "p", "quantity": quantity, "basis": "published", "mean": mean,
         "year": 2022, "source": "book", "quality": "published"}
        for quantity, mean in (("official_usd", 30.0), ("unofficial_usd", 10.0))
    ]  # fmt: skip
    atlas = atlas_of(step_values=values)
    crossing = arc(
        "crossing", "road", "by-brest", "pl-post", crossing="by-pl-road", cost_usd=0.0,
        steps=(step("customs_clearance", 2.0, 80.0),),
    )  # fmt: skip
    found = {line.code: line for line in cost_lines(option(crossing), atlas, TWO)}
    assert {code: line.usd for code, line in found.items()} == {"border": 60.0, "border_unofficial": 20.0}
    assert found["border"].price_year == 2022
    assert found["border_unofficial"].subject == ("by-pl-road",)


def test_a_payment_without_a_value_of_its_own_is_assumed() -> None:
    """The prior of an activity code is an assumed payment, whatever the source of the time says."""
    crossing = arc(
        "crossing", "road", "by-brest", "pl-post", crossing="by-pl-road", cost_usd=0.0,
        steps=(step("customs_clearance", 2.0, 40.0),),
    )  # fmt: skip
    (line,) = cost_lines(option(crossing), atlas_of(), TWO)
    assert (line.code, line.usd, line.source, line.quality) == ("border", 40.0, "daliz-assumption", "assumed")


def test_handling_is_summed_by_place() -> None:
    """A facility charge of 70 and a loading step of 30 at one port are 100 USD of handling there."""
    way = option(
        arc("transfer", "transfer", "kz-aktau", "kz-aktau", cost_usd=70.0,
            steps=(step("port_loading", 8.0, 30.0),))
    )  # fmt: skip
    lines = cost_lines(way, atlas_of(), TWO)
    assert {line.subject for line in lines} == {("kz-aktau",)}
    assert sum(line.usd for line in lines if line.code == "handling") == 100.0


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (charge("c", "per_trip", 150.0), 150.0),
        (charge("c", "per_shipment", 70.0), 140.0),
        (charge("c", "per_teu", 300.0), 900.0),
        (charge("c", "per_cent_of_value", 0.3), 300.0),
        (charge("c", "per_cent_of_value_day", 0.6), 600.0 * 240 / 24),
        (charge("c", "per_teu_day_over_trip", 6.0, free_days=4.0), 3 * 6.0 * (240 / 24 - 4)),
        (charge("c", "per_teu_day_over_trip", 6.0, free_days=10.0), None),
    ],
)
def test_a_charge_of_the_trip_by_basis(row: dict[str, Any], expected: float | None) -> None:
    """Three TEU (two shipments) worth 100 000 USD and 240 hours on the way, each basis by hand."""
    way = option(arc("leg", "rail", "kz-almaty", "kz-post", move_h=240.0))
    assert dollars(way, [row], Cargo(teu=3.0, value_usd=100_000.0)).get("c") == (
        None if expected is None else pytest.approx(expected)
    )


def test_insurance_is_paid_only_on_a_value_that_is_given() -> None:
    """Without a value there is no line of insurance."""
    way = option(arc("leg", "rail", "kz-almaty", "kz-post"))
    assert dollars(way, [charge("c", "per_cent_of_value", 0.3)]) == {}


def test_a_crossing_charge_is_paid_at_each_customs_border_of_its_service() -> None:
    """Two shipments under TIR over two customs borders pay 2 x 2 x 30; a border inside the EAEU is free."""
    tir = charge("tir", "per_shipment_crossing", 30.0, services=["road_tir"], modes=["road"])
    way = option(
        arc("crossing", "road", "cn-post", "kz-post", crossing="cn-kz-road"),
        arc("crossing", "road", "kz-post", "ru-moscow", crossing="kz-ru-road"),
        ROAD_INTO_EU,
    )
    assert dollars(way, [tir], Cargo(teu=4.0)) == {"tir": 120.0}
    assert dollars(option(RAIL_INTO_EU), [tir]) == {}


def test_reconsignment_is_paid_by_rail_into_the_union_only() -> None:
    """Rail from Belarus into Poland pays once a shipment; the other way and the road pay nothing."""
    row = charge("r", "per_shipment_crossing", 45.0, modes=["rail"], states=["PL"], partners=["BY"])
    back = arc("crossing", "rail", "pl-post", "by-brest", crossing="by-pl-rail")
    assert dollars(option(RAIL_INTO_EU), [row]) == {"r": 45.0}
    assert dollars(option(back), [row]) == {}
    assert dollars(option(ROAD_INTO_EU), [row]) == {}


def test_demurrage_counts_the_days_of_one_port_beyond_the_free_ones() -> None:
    """Yard steps of 168 h with 5 free days are 2 days: 2 TEU x 12 USD x 2; a ship awaited 144 h is 1 day."""
    row = charge("d", "per_teu_day_over_port", 12.0, states=["KZ"], free_days=5.0)
    yard = arc("transfer", "transfer", "kz-aktau", "kz-aktau", steps=(step("port_dwell", 168.0),))
    ship = arc("sea", "sea", "kz-aktau", "az-alat", fixed_wait_h=144.0)
    elsewhere = arc("transfer", "transfer", "az-alat", "az-alat", steps=(step("port_dwell", 400.0),))
    assert dollars(option(yard), [row]) == {"d": 48.0}
    assert dollars(option(ship), [row]) == {"d": 24.0}
    assert dollars(option(elsewhere), [row]) == {}


def test_transit_into_the_union_is_paid_for_an_inland_place_only() -> None:
    """From Kazakhstan to Warsaw one pays T1; to a port or post in Poland or from Berlin one does not."""
    row = charge("t1", "per_shipment", 70.0, trip="eu_inland")
    for start, end, paid in (
        ("kz-almaty", "pl-warsaw", True), ("kz-almaty", "pl-gdansk", False),
        ("kz-almaty", "pl-post", False), ("de-berlin", "pl-warsaw", False), ("pl-warsaw", "kz-almaty", False),
    ):  # fmt: skip
        assert bool(dollars(option(arc("leg", "rail", start, end)), [row])) is paid, (start, end)


def test_a_broker_is_paid_between_two_customs_territories_only() -> None:
    """Almaty to Moscow needs no declaration, Almaty to Warsaw does, Alat to Xi'an does."""
    row = charge("b", "per_trip", 150.0, trip="customs")
    for start, end, paid in (
        ("kz-almaty", "ru-moscow", False), ("kz-almaty", "pl-warsaw", True),
        ("de-berlin", "pl-warsaw", False), ("az-alat", "cn-xian", True), ("kz-almaty", "kz-post", False),
    ):  # fmt: skip
        assert bool(dollars(option(arc("leg", "rail", start, end)), [row])) is paid, (start, end)


def test_empty_return_goes_by_origin_and_destination() -> None:
    """From China to Kazakhstan 2 TEU pay 300 each; back they pay nothing of this row."""
    row = charge("e", "per_teu", 300.0, states=["KZ"], partners=["CN"])
    assert dollars(option(arc("leg", "road", "cn-xian", "kz-almaty")), [row]) == {"e": 600.0}
    assert dollars(option(arc("leg", "road", "kz-almaty", "cn-xian")), [row]) == {}


def test_value_of_time_is_beside_the_total_and_counts_hours_by_mode() -> None:
    """28 t on a train for 10 h, 2 h of waiting and a 3 h step at 0.38 is 159.6 USD, not in the total."""
    row = charge("v", "per_t_h", 0.38, modes=["rail"], in_total="no")
    train = arc(
        "crossing", "rail", "by-brest", "pl-post", crossing="by-pl-rail", steps=(step("rail_customs", 3.0),)
    )
    way = option(train, arc("leg", "road", "pl-post", "pl-warsaw"), waits_h=(2.0, 0.0))
    atlas = atlas_of(charges=[row])
    lines = cost_lines(way, atlas, TWO)
    (shown,) = [line for line in lines if not line.in_total]
    assert shown.usd == pytest.approx(0.38 * 28 * 15)
    assert with_charges(way, lines).cost_usd == pytest.approx(200.0)


def test_a_charge_past_its_last_day_is_stale_and_still_paid() -> None:
    """A charge valid to the end of 2025 is stale in November 2026; one valid to 2027 is not."""
    rows = [charge("old", "per_trip", 1.0, valid_until=dt.date(2025, 12, 31)), charge("new", "per_trip", 1.0)]
    lines = cost_lines(option(arc("leg", "rail", "kz-almaty", "kz-post")), atlas_of(charges=rows), TWO)
    by_name = {line.subject[0]: line for line in lines if line.code == "broker"}
    assert (by_name["old"].stale, by_name["new"].stale) == (True, False)
    assert by_name["new"].valid_until == LATER


@pytest.mark.parametrize("cells", [{"modes": ["rail"]}, {"services": ["road_tir"]}])
def test_a_charge_that_could_hide_the_cheapest_way_is_refused(cells: dict[str, Any]) -> None:
    """A charge of the trip in the total that names modes or services is an error with its row and repair."""
    atlas = atlas_of(charges=[charge("bad", "per_teu", 10.0, **cells)])
    with pytest.raises(BadTable) as refused:
        cost_lines(option(RAIL_INTO_EU), atlas, TWO)
    assert refused.value.findings[0].row == "bad"


def test_hours_by_mode_are_refused_in_the_total() -> None:
    """Value of time in the total would count waits that belong to no arc, so it is refused."""
    atlas = atlas_of(charges=[charge("bad", "per_t_h", 0.4, modes=["rail"])])
    with pytest.raises(BadTable):
        priced(atlas, TWO, "kz-almaty", "pl-warsaw")


ROWS = [
    charge("det", "per_teu_day_over_trip", 6.0, free_days=3.0), charge("ins", "per_cent_of_value", 0.3),
    charge("t1", "per_shipment", 70.0, trip="eu_inland"), charge("broker", "per_trip", 150.0, trip="customs"),
    charge("tir", "per_shipment_crossing", 30.0, services=["road_tir"]),
    charge("smgs", "per_teu_crossing", 45.0, modes=["rail"], states=["PL"]),
    charge("dem", "per_teu_day_over_port", 12.0, free_days=1.0),
]  # fmt: skip


def test_a_way_beaten_in_hours_and_dollars_is_beaten_in_the_total() -> None:
    """Of a thousand random ways the cheapest in all is among those not beaten in hours and dollars."""
    total = priced(atlas_of(charges=ROWS), Cargo(teu=3.0, value_usd=5e4), "kz-almaty", "pl-warsaw")
    draw = random.Random(7)
    ways = [
        Way((number,), (0.0,), draw.uniform(10, 900), 1.0, draw.uniform(100, 9000), 1.0)
        for number in range(1000)
    ]
    kept = [
        way
        for way in ways
        if not any(
            other.hours <= way.hours and other.cost_usd <= way.cost_usd and other is not way for other in ways
        )
    ]
    assert len(kept) < 50
    assert min(map(total, kept)) == min(map(total, ways))
    for a, b in itertools.pairwise(sorted(ways, key=lambda way: way.hours)):
        same_dollars = Way(b.arcs, b.waits_h, b.hours, 1.0, a.cost_usd, 1.0)
        assert total(a) <= total(same_dollars)


def test_the_search_sees_the_charges_of_single_arcs() -> None:
    """Dollars of a searched network and the charges of the trip are the lines of the way."""
    arcs = [
        arc("leg", "road", "kz-almaty", "kz-aktau"),
        arc("transfer", "transfer", "kz-aktau", "kz-aktau", cost_usd=9.0,
            steps=(step("port_dwell", 99.0, 4.0),)),
        ROAD_INTO_EU, RAIL_INTO_EU, arc("leg", "rail", "pl-post", "pl-warsaw"),
    ]  # fmt: skip
    cargo = Cargo(teu=3.0, value_usd=5e4)
    atlas = atlas_of(charges=ROWS)
    plain = [a.cost_usd + sum(s.cost_usd for s in a.steps) for a in arcs]
    graph = Graph([0, len(arcs)], [0] * len(arcs), [1.0] * len(arcs), [-1] * len(arcs))
    nothing = [0.0] * len(arcs)
    frozen = FrozenNetwork(
        cargo, [("kz-almaty", "road")], {}, graph, arcs, [], spread_h=nothing, cost_usd=plain, co2e_kg=nothing
    )
    seen = searched(frozen, atlas.frames)
    assert [round(a - b, 6) for a, b in zip(seen.cost_usd, plain, strict=True)] == [
        0.0, 3 * 12.0 * (99 / 24 - 1), 2 * 30.0, 3 * 45.0, 0.0,
    ]  # fmt: skip
    way = option(*arcs)
    total = priced(atlas, cargo, "kz-almaty", "pl-warsaw")(
        Way(tuple(range(5)), way.waits_h, way.time_mean_h, 1.0, sum(seen.cost_usd), 0.0)
    )
    assert with_charges(way, cost_lines(way, atlas, cargo)).cost_usd == pytest.approx(total)


@pytest.mark.parametrize(
    ("origin", "destination"), [("Altynkol", "Poti"), ("Xi'an", "Malaszewicze"), ("Almaty", "Warsaw")]
)
def test_lines_of_the_shipped_network_add_up(atlas: Atlas, origin: str, destination: str) -> None:
    """On the shipped tables every payment of an option is in exactly one line, and each names its source."""
    cargo = Cargo(teu=4.0, value_usd=80_000.0)
    for found in route(atlas, Request(origin, destination, cargo=cargo)).options:
        lines = cost_lines(found, atlas, cargo)
        moved = sum(a.cost_usd + sum(s.cost_usd for s in a.steps) for a in found.arcs)
        paid = sum(line.usd for line in lines if line.code.startswith(("freight", "handling", "border")))
        assert paid == pytest.approx(moved, rel=1e-9)
        assert {"insurance", "broker"} <= {line.code for line in lines if line.in_total}
        assert all(line.source in atlas.sources for line in lines)
        assert {line.code for line in lines if not line.in_total} == {"value_of_time", "time_cost"}
        assert all(line.as_dict(atlas, "kk")["name"] for line in lines)
