"""What an option may do and must show: no way round a gauge facility, stops at via places, third states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hand_made import COMMON, LATER, atlas_of

from daliz.model.frozen import Cargo
from daliz.routing import Request, route

if TYPE_CHECKING:
    from daliz.routing import Atlas

ANY = Cargo()


def gauge_world(*facilities: dict[str, Any]) -> Atlas:
    """Moscow to Brest on 1520 mm, Brest to Warsaw on 1435 mm, a road beside the second, these facilities."""
    legs = [
        {"leg": f"{mode}-{a}-{b}", "kind": "leg", "mode": mode, "from_place": a, "to_place": b,
         "gauge_mm": gauge, "distance_km": km, "country_a": a[:2].upper(), "country_b": a[:2].upper(),
         "status": "open", "shape": "40 50; 41 50", **COMMON}
        for mode, a, b, gauge, km in (
            ("rail", "ru-moscow", "by-brest", 1520, 1000.0), ("rail", "by-brest", "pl-warsaw", 1435, 200.0),
            ("road", "by-brest", "pl-warsaw", None, 2100.0), ("road", "by-brest", "lt-vilnius", None, 90.0),
        )
    ]  # fmt: skip
    speeds = [
        {"speed": key, "service": key, "country": "*", "speed_kmh": 50.0, "cv": 0.2, **COMMON}
        for key in ("block_train", "road_tir")
    ]
    tariffs = [
        {"tariff": key, "service": key, "amount": usd, "unit": "per_teu_km", "currency": "USD",
         "price_year": 2025, "valid_until": LATER, **COMMON}
        for key, usd in (("block_train", 0.4), ("road_tir", 1.1))
    ]  # fmt: skip
    return atlas_of(legs=legs, speeds=speeds, tariffs=tariffs, facilities=list(facilities))


TERMINAL = {
    "facility": "brest-terminal", "place": "by-brest", "kind": "intermodal_terminal", "from_mode": "rail",
    "to_mode": "road", "handling_h": 2.0, "handling_cv": 0.5, **COMMON,
}  # fmt: skip
BOGIES = {
    "facility": "brest-bogies", "place": "by-brest", "kind": "bogie_exchange", "from_mode": "rail",
    "to_mode": "rail", "from_gauge_mm": "1520", "to_gauge_mm": "1435", "handling_h": 30.0,
    "handling_cv": 0.5, **COMMON,
}  # fmt: skip


def test_the_gauge_is_changed_at_its_facility_only() -> None:
    """Twice 2 h over the yard would beat 30 h of bogie exchange; the way by rail takes the 30 h."""
    options = route(gauge_world(TERMINAL, BOGIES), Request("ru-moscow", "pl-warsaw")).options
    by_rail = [option for option in options if {arc.mode for arc in option.arcs} <= {"rail", "transfer"}]
    assert by_rail
    assert by_rail[0].time_mean_h == pytest.approx(20 + 30 + 4)
    for option in options:
        assert sum(arc.kind == "transfer" for arc in option.arcs) == 1


def test_without_a_gauge_facility_rails_end_there() -> None:
    """With the yard alone the way goes on by road, however long, and never back on rails in Brest."""
    (option,) = route(gauge_world(TERMINAL), Request("ru-moscow", "pl-warsaw")).options
    assert [arc.mode for arc in option.arcs] == ["rail", "transfer", "road"]


def test_cargo_off_a_train_may_leave_by_any_road() -> None:
    """The platform for cargo taken off rails has every road of its place, and cargo may end there."""
    atlas = gauge_world(TERMINAL)
    assert [arc.mode for arc in route(atlas, Request("ru-moscow", "lt-vilnius")).options[0].arcs] == [
        "rail", "transfer", "road",
    ]  # fmt: skip
    assert route(atlas, Request("lt-vilnius", "ru-moscow")).options[0].arcs[1].kind == "transfer"


def test_no_platform_off_rails_leads_back_onto_them(atlas: Atlas) -> None:
    """On the shipped network nothing leads from cargo taken off rails to rails of the same place."""
    frozen = atlas.frozen(ANY)
    off = [node for node, (_, track) in enumerate(frozen.platforms) if track == "road_off"]
    assert len(off) > 5
    for node in off:
        heads = frozen.graph.head[frozen.graph.indptr[node] : frozen.graph.indptr[node + 1]]
        assert not [head for head in heads if frozen.platforms[head][1].startswith("rail")]


def test_a_via_place_ends_a_leg(atlas: Atlas) -> None:
    """Altynkol to Astana over Almaty by name has a leg that ends in Almaty; unasked it runs through."""
    plain = route(atlas, Request("Altynkol", "Astana", cargo=Cargo(mode="rail"))).as_dict()["options"][0]
    asked = route(atlas, Request("Altynkol", "Astana", via=("Almaty",), cargo=Cargo(mode="rail")))
    legs = asked.as_dict()["options"][0]["legs"]
    assert "kz-almaty" not in {leg["to_place"] for leg in plain["legs"]}
    at = [leg["to_place"] for leg in legs].index("kz-almaty")
    assert legs[at + 1]["from_place"] == "kz-almaty"
    assert sum(leg["move_h"] for leg in legs) == pytest.approx(
        sum(arc.move_h for arc in asked.options[0].arcs), abs=0.01
    )


def test_a_dead_end_via_is_entered_and_left_with_a_stop(atlas: Atlas) -> None:
    """Aktau port on the way from Almaty to Aktobe: in, a stop with nothing counted, out, and a note."""
    request = Request("Almaty", "Aktobe", via=("Aktau port",), cargo=Cargo(mode="rail"))
    option = route(atlas, request).as_dict(geometry=True)["options"][0]
    kinds = [(leg["kind"], leg["from_place"], leg["to_place"]) for leg in option["legs"]]
    at = kinds.index(("stop", "kz-aktau-port", "kz-aktau-port"))
    assert kinds[at - 1][2] == kinds[at + 1][1] == "kz-aktau-port"
    stop = option["legs"][at]
    assert (stop["distance_km"], stop["move_h"], stop["wait_h"], stop["cost_usd"]) == (0, 0, 0, 0)
    assert any("Aktau" in note for note in option["notes"])
    assert sum(leg["distance_km"] for leg in option["legs"]) == pytest.approx(option["distance_km"], abs=0.5)


def test_a_state_come_back_to_is_noted(atlas: Atlas) -> None:
    """Vladivostok to Moscow through China says so in each language; Altynkol to Brest has nothing to say."""
    for lang, name in (("en", "China"), ("ru", "Китай"), ("kk", "Қытай")):
        asked = Request("Vladivostok", "Moscow", cargo=Cargo(mode="rail"), lang=lang)
        answer = route(atlas, asked).as_dict()
        for option in answer["options"]:
            through = "CN" in option["countries"]
            assert any(name in note for note in option["notes"]) is through
        assert any("CN" in option["countries"] for option in answer["options"])
    (plain, *_) = route(atlas, Request("Altynkol", "Brest", cargo=Cargo(mode="rail"))).as_dict()["options"]
    assert plain["notes"] == []


LANES = (
    ("Xi'an", "Almaty", True), ("Shanghai", "Moscow", True), ("Chongqing", "Duisburg", True),
    ("Almaty", "Xi'an", True), ("Almaty", "Moscow", False), ("Tashkent", "Poti", False),
    ("Almaty", "Budapest", False), ("Mumbai", "St Petersburg", False), ("Vladivostok", "Moscow", False),
    ("Tashkent", "Almaty", False), ("Moscow", "Baku", False),
)  # fmt: skip


@pytest.mark.parametrize(("origin", "destination", "paid"), LANES)
def test_empty_return_is_paid_on_the_lanes_of_china_only(
    atlas: Atlas, origin: str, destination: str, paid: bool
) -> None:
    """Boxes that come from China (or go there from Central Asia) pay their return, no other trip does."""
    for option in route(atlas, Request(origin, destination)).as_dict()["options"]:
        codes = {line["code"] for line in option["cost_lines"]}
        assert ("empty_return" in codes) is paid
