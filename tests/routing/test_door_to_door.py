"""Published door-to-door times against ours, and the order of the three ways from China to Europe.

Ranges in days, retyped as facts from the source named at each case of `benchmarks/doors.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.doors import CASES, MIDDLE
from daliz.model.frozen import Cargo
from daliz.routing import Request, route

if TYPE_CHECKING:
    from daliz.routing import Atlas, Option

KEYS = {case.key: case for case in CASES}
ENDS = (("Xi'an", "Duisburg"), ("Xi'an", "Hamburg"), ("Chongqing", "Duisburg"), ("Chongqing", "Hamburg"))
OVER_AKTAU = ("Aktau port", "Constanta")
BY_OCEAN = ("Shanghai", "Hamburg port")


def best(atlas: Atlas, asked: Request, label: str) -> Option:
    """The best option of a request by one measure."""
    return next(option for option in route(atlas, asked).options if label in option.label.split("+"))


def seas(option: Option) -> list[str]:
    """Legs by sea, in order."""
    return [arc.leg for arc in option.arcs if arc.kind == "sea"]


def three_ways(atlas: Atlas, origin: str, destination: str) -> tuple[Option, Option, Option]:
    """Rail over the north, the Middle Corridor over Aktau and Constanta, and the ocean from Shanghai."""
    north = best(atlas, Request(origin, destination, cargo=Cargo(mode="rail")), "fastest")
    middle = best(atlas, Request(origin, destination, via=OVER_AKTAU), "cheapest")
    ocean = best(atlas, Request(origin, destination, via=BY_OCEAN), "cheapest")
    return north, middle, ocean


def test_eight_of_ten_published_times_hold(atlas: Atlas) -> None:
    """At least 8 of the 10 published times hold our mean (ERAI, navisgroup, trend.az, COMCEC and others)."""
    days = {key: case.best(atlas).time_mean_h / 24 for key, case in KEYS.items()}
    inside = [key for key, case in KEYS.items() if case.low_days <= days[key] <= case.high_days]
    assert len(inside) >= 8, {key: round(value, 1) for key, value in days.items() if key not in inside}


@pytest.mark.parametrize("key", KEYS)
def test_a_bad_trip_is_longer_but_not_absurd(atlas: Atlas, key: str) -> None:
    """Nine tenths of such trips end within 1.1 to 2.5 times the hours of half of them."""
    option = KEYS[key].best(atlas)
    assert 1.1 <= option.time_p90_h / option.time_p50_h <= 2.5


@pytest.mark.parametrize("key", [key for key, case in KEYS.items() if case.via])
def test_the_middle_corridor_is_asked_for_and_taken(atlas: Atlas, key: str) -> None:
    """A case of the Middle Corridor sails from Aktau to Alat and touches neither Russia nor Iran."""
    option = KEYS[key].best(atlas)
    assert "sea-aktau-alat" in seas(option)
    assert not {"RU", "IR"} & {arc.country for arc in option.arcs}


@pytest.mark.parametrize(("origin", "destination"), ENDS)
def test_the_three_ways_are_what_they_are_called(atlas: Atlas, origin: str, destination: str) -> None:
    """North crosses Russia on rails, middle sails two inland seas, ocean sails from Shanghai."""
    north, middle, ocean = three_ways(atlas, origin, destination)
    assert "RU" in {arc.country for arc in north.arcs}
    assert seas(north) == []
    assert "RU" not in {arc.country for arc in middle.arcs}
    assert len(seas(middle)) == 2
    assert any(leg.startswith("oce-shanghai-") for leg in seas(ocean))
    assert not {"RU", "KZ"} & {arc.country for arc in ocean.arcs}


@pytest.mark.parametrize(("origin", "destination"), ENDS)
def test_north_is_faster_than_middle_and_middle_than_sea(atlas: Atlas, origin: str, destination: str) -> None:
    """By time north < middle < sea between the same ends, as published (COMCEC; navisgroup; canxansa)."""
    north, middle, ocean = three_ways(atlas, origin, destination)
    assert north.time_mean_h < middle.time_mean_h < ocean.time_mean_h


@pytest.mark.parametrize(("origin", "destination"), ENDS)
def test_the_middle_way_is_the_dearest(atlas: Atlas, origin: str, destination: str) -> None:
    """By cost sea and north are each below middle, about 1.5 times the cost of others as published."""
    north, middle, ocean = three_ways(atlas, origin, destination)
    assert max(north.cost_usd, ocean.cost_usd) < middle.cost_usd


def test_the_way_by_sea_alone_is_cheaper_than_the_middle(atlas: Atlas) -> None:
    """Port to port from Shanghai to Hamburg costs less than the Middle Corridor from Xi'an to Hamburg."""
    ocean = best(atlas, Request("Shanghai", "Hamburg", cargo=Cargo(mode="sea")), "fastest")
    middle = best(atlas, Request("Xi'an", "Hamburg", via=OVER_AKTAU), "cheapest")
    north = best(atlas, Request("Xi'an", "Hamburg", cargo=Cargo(mode="rail")), "fastest")
    assert ocean.cost_usd < middle.cost_usd
    assert north.time_mean_h < ocean.time_mean_h


def test_when_aktau_to_alat_does_not_sail_another_way_is_offered(atlas: Atlas) -> None:
    """Without its sea link the same stops take longer than before, over another Caspian sea or the north."""
    asked = Request("Altynkol", "Poti", via=MIDDLE, cargo=Cargo(mode="any"), alternatives=4)
    before = [option for option in route(atlas, asked).options if "sea-aktau-alat" in seas(option)]
    assert before
    legs = atlas.frames["legs"]
    shut = atlas.with_frames({**atlas.frames, "legs": legs.filter(legs["leg"] != "sea-aktau-alat")})
    after = route(shut, asked).options
    assert not any("sea-aktau-alat" in seas(option) for option in after)
    others = [option for option in after if seas(option)]
    north = [option for option in after if "RU" in {arc.country for arc in option.arcs}]
    assert others or north
    clean = best(shut, asked, "cleanest")
    assert clean.time_mean_h > min(option.time_mean_h for option in before)
    assert clean.co2e_kg > min(option.co2e_kg for option in before)
