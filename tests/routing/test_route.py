"""Ways through the network that ships: sums, closures, clocks, grounds and names."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import TYPE_CHECKING

import pytest

from daliz.errors import AmbiguousPlace, BadValue, NoRoute, UnknownPlace
from daliz.freeze import freeze
from daliz.model.frozen import Cargo
from daliz.model.hours import opening_hours
from daliz.routing import Atlas, Request, route
from daliz.routing.costs import searched

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

PAIRS = (
    ("Altynkol", "Brest", "rail"),
    ("Altynkol", "Poti", "any"),
    ("Xi'an", "Malaszewicze", "rail"),
    ("Almaty", "Tashkent", "road"),
    ("Aktau port", "Alat port", "sea"),
    ("Tashkent", "Istanbul", "any"),
)
RAIL = Cargo(mode="rail")
ROAD = Cargo(mode="road")


def options(atlas: Atlas, origin: str, destination: str, **asked: Any) -> list[dict[str, Any]]:
    """Options as the doors give them; `cargo` and the words of a request by name."""
    found: list[dict[str, Any]] = route(atlas, Request(origin, destination, **asked)).as_dict()["options"]
    return found


def places_of(option: dict[str, Any]) -> list[str]:
    """Every place at the end of a leg of the option."""
    return [leg[end] for leg in option["legs"] for end in ("from_place", "to_place")]


def through(atlas: Atlas, origin: str, destination: str, **asked: Any) -> Iterator[set[str]]:
    """All places that each option touches, those inside a leg among them."""
    for option in route(atlas, Request(origin, destination, **asked)).options:
        yield {place for arc in option.arcs for place in (arc.from_place, arc.to_place)}


@pytest.mark.parametrize(("origin", "destination", "mode"), PAIRS)
def test_hours_are_the_sum_of_moves_waits_and_steps(
    atlas: Atlas, origin: str, destination: str, mode: str
) -> None:
    """The mean time of an option is the hours of its legs, waits and steps, added up by the reader."""
    for option in options(atlas, origin, destination, cargo=Cargo(mode=mode)):
        parts = [
            leg["move_h"] + leg["wait_h"] + sum(s["hours"] for s in leg["steps"]) for leg in option["legs"]
        ]
        assert sum(parts) == pytest.approx(option["time_mean_h"], abs=0.05)


@pytest.mark.parametrize(("origin", "destination", "mode"), PAIRS)
def test_dollars_kilometres_and_emissions_are_sums_over_legs(
    atlas: Atlas, origin: str, destination: str, mode: str
) -> None:
    """Cost is the bill, distance and emissions are those of the legs, and none is negative."""
    for option in options(atlas, origin, destination, cargo=Cargo(mode=mode)):
        legs = option["legs"]
        paid = sum(line["usd"] for line in option["cost_lines"] if line["in_total"])
        assert paid == pytest.approx(option["cost_usd"], abs=0.01 * len(option["cost_lines"]))
        assert sum(leg["distance_km"] for leg in legs) == pytest.approx(option["distance_km"], abs=0.1)
        assert sum(leg["co2e_kg"] for leg in legs) == pytest.approx(option["co2e_kg"], abs=0.2)
        assert min(option["cost_usd"], option["co2e_kg"], option["distance_km"]) > 0


@pytest.mark.parametrize(("origin", "destination", "mode"), PAIRS)
def test_shares_by_quality_sum_to_one(atlas: Atlas, origin: str, destination: str, mode: str) -> None:
    """The hours are split over the four classes of ground without rest."""
    for option in options(atlas, origin, destination, cargo=Cargo(mode=mode)):
        shares = option["share_by_quality"]
        assert set(shares) == {"measured", "published", "derived", "assumed"}
        assert sum(shares.values()) == pytest.approx(1, abs=0.001)
        steps = [step for leg in option["legs"] for step in leg["steps"]]
        assumed = sum(step["hours"] for step in steps if step["quality"] == "assumed")
        assert shares["assumed"] * option["time_mean_h"] >= assumed - 0.1


@pytest.mark.parametrize(("origin", "destination", "mode"), PAIRS)
def test_legs_follow_one_another(atlas: Atlas, origin: str, destination: str, mode: str) -> None:
    """Each leg starts where the one before ends, from the origin to the destination."""
    answer = route(atlas, Request(origin, destination, cargo=Cargo(mode=mode)))
    for option in answer.as_dict()["options"]:
        ends = [(leg["from_place"], leg["to_place"]) for leg in option["legs"]]
        assert ends[0][0] == answer.origin
        assert ends[-1][1] == answer.destination
        assert all(a[1] == b[0] for a, b in itertools.pairwise(ends))


@pytest.mark.parametrize(("origin", "destination", "mode"), PAIRS)
def test_each_label_is_best_by_its_own_measure(
    atlas: Atlas, origin: str, destination: str, mode: str
) -> None:
    """No other option is faster than the fastest, cheaper than the cheapest or cleaner than the cleanest."""
    found = options(atlas, origin, destination, cargo=Cargo(mode=mode), alternatives=2)
    for label, measure in (("fastest", "time_mean_h"), ("cheapest", "cost_usd"), ("cleanest", "co2e_kg")):
        best = next(option for option in found if label in option["label"].split("+"))
        assert best[measure] <= min(option[measure] for option in found) + 0.05


@pytest.mark.parametrize(("origin", "destination", "mode"), PAIRS)
def test_quantiles_are_in_order(atlas: Atlas, origin: str, destination: str, mode: str) -> None:
    """Half of the trips arrive before nine tenths do, and the mean lies between a tenth and the ninth."""
    for option in options(atlas, origin, destination, cargo=Cargo(mode=mode)):
        assert 0 < option["time_p50_h"] <= option["time_p90_h"]
        assert option["time_p50_h"] * 0.8 < option["time_mean_h"] < option["time_p90_h"] * 1.2


def test_the_same_question_has_the_same_answer_after_others(atlas: Atlas) -> None:
    """Nothing is kept from other queries: with the same seed the answer is the same to the last digit."""
    asked = Request("Altynkol", "Poti", seed=7, alternatives=2)
    first = route(atlas, asked).as_dict()
    for close in (("Aktau",), ("Georgia",), ()):
        route(atlas, Request("Almaty", "Moscow", close=close, seed=3, cargo=Cargo(teu=4, vintage=2019)))
    route(atlas, Request("Poti", "Altynkol", via=("Tbilisi",), seed=7))
    assert route(atlas, asked).as_dict() == first
    fresh = Atlas.__new__(Atlas)
    fresh.__dict__.update(atlas.__dict__)
    fresh.frozen = lambda cargo: searched(freeze(atlas.frames, cargo), atlas.frames)
    assert route(fresh, asked).as_dict() == first


def test_another_seed_moves_the_quantiles_only(atlas: Atlas) -> None:
    """The seed belongs to the spread: ways, means and costs do not depend on it."""
    one, two = (options(atlas, "Altynkol", "Brest", seed=seed, cargo=RAIL)[0] for seed in (1, 2))
    assert one["time_p90_h"] != two["time_p90_h"]
    assert one["time_p90_h"] == pytest.approx(two["time_p90_h"], rel=0.05)
    for name in ("time_p50_h", "time_p90_h"):
        one.pop(name)
        two.pop(name)
    assert one == two


def test_closing_aktau_leaves_no_leg_through_it(atlas: Atlas) -> None:
    """With Aktau closed no option touches the port, not even in passing, and the sea is left or moved."""
    ports = {"kz-aktau", "kz-aktau-port", "kz-aktau-north-terminal"}
    asked = {"via": ("Alat port",), "cargo": Cargo(mode="any")}
    assert any(ports & seen for seen in through(atlas, "Altynkol", "Poti", **asked))
    assert not any(
        {"kz-aktau", "kz-aktau-port"} & seen
        for seen in through(atlas, "Altynkol", "Poti", close=("Aktau",), **asked)
    )


def test_avoid_keeps_a_country_out(atlas: Atlas) -> None:
    """`--avoid Russia` gives a way to Poti that never enters Russia, in any of its names."""
    assert any("RU" in option["countries"] for option in options(atlas, "Altynkol", "Poti"))
    for name in ("Russia", "Россия", "Ресей"):
        assert all(
            "RU" not in option["countries"] for option in options(atlas, "Altynkol", "Poti", avoid=(name,))
        )


def test_closing_a_crossing_moves_the_route_to_another(atlas: Atlas) -> None:
    """A closed crossing is not used, by its id; the next best one is, and it is not faster."""
    free = options(atlas, "Xi'an", "Almaty", cargo=RAIL)[0]
    used = free["borders"][0]["crossing"]
    other = options(atlas, "Xi'an", "Almaty", cargo=RAIL, close=(used,))
    assert all(used not in [border["crossing"] for border in option["borders"]] for option in other)
    assert other[0]["time_mean_h"] >= free["time_mean_h"]


def test_via_places_are_passed_in_order(atlas: Atlas) -> None:
    """Places to pass are passed, each after the one before, and turning them round changes the way."""
    via = ("Shymkent", "Karaganda")
    seen = []
    for order in (via, via[::-1]):
        option = route(atlas, Request("Almaty", "Aktobe", via=order, cargo=RAIL)).options[0]
        path = [option.arcs[0].from_place, *[arc.to_place for arc in option.arcs]]
        at = 0
        for name in order:
            at = path.index(atlas.gazetteer.place(name), at)
        seen.append(option.distance_km)
    free = route(atlas, Request("Almaty", "Aktobe", cargo=RAIL)).options[0]
    assert min(seen) > free.distance_km
    assert seen[0] != pytest.approx(seen[1])


def test_closed_crossings_are_not_used(atlas: Atlas) -> None:
    """No arc of any frozen network leads over a crossing that is closed or planned."""
    closed = {
        key for key, row in atlas.gazetteer.crossings.items() if row["status"] not in ("open", "limited")
    }
    assert len(closed) >= 10
    assert closed.isdisjoint(arc.crossing for arc in atlas.frozen(Cargo()).arcs)


def test_psou_is_closed_and_the_way_to_sochi_goes_round(atlas: Atlas) -> None:
    """Georgia to Sochi by rail does not pass the closed line at Psou."""
    assert all("ge-psou" not in seen for seen in through(atlas, "Tbilisi", "Moscow"))


def test_planned_lines_carry_traffic_only_when_asked_for(atlas: Atlas) -> None:
    """Kashgar to Jalal-Abad by rail is a long way round today and 486 km by the line under construction."""
    today = options(atlas, "cn-kashgar", "kg-jalal-abad", cargo=RAIL)[0]
    later = options(atlas, "cn-kashgar", "kg-jalal-abad", cargo=Cargo(mode="rail", planned=True))[0]
    assert later["distance_km"] == pytest.approx(486, rel=0.05)
    assert today["distance_km"] > 3 * later["distance_km"]
    status = {row["link"]: row["status"] for row in atlas.frames["links"].iter_rows(named=True)}
    used = {arc.leg for arc in atlas.frozen(Cargo()).arcs}
    assert not [link for link in used if status.get(link, "open") not in ("open", "limited")]


def _wait_at(atlas: Atlas, depart: dt.datetime) -> float:
    """Wait over the road crossing of Torugart for a truck that leaves its Kyrgyz post at `depart`."""
    closed = ("kg-cn-irkeshtam-road", "kg-cn-bedel-road", "Kazakhstan", "Tajikistan")
    asked = Request("kg-torugart", "cn-torugart", depart=depart.isoformat(), close=closed, cargo=ROAD)
    option = route(atlas, asked).options[0]
    assert [arc.crossing for arc in option.arcs] == ["kg-cn-torugart-road"]
    return option.waits_h[0]


def test_route_waits_at_a_closed_border(atlas: Atlas) -> None:
    """At Torugart on a Saturday a truck waits until Monday morning in the clocks of the two posts."""
    crossing = atlas.gazetteer.crossings["kg-cn-torugart-road"]
    clock_a = opening_hours(crossing["hours_a"], "Asia/Bishkek")
    clock_b = opening_hours(crossing["hours_b"], "Asia/Shanghai")
    assert not clock_a.always
    assert not clock_b.always
    monday, saturday = dt.datetime(2027, 3, 1, 4, tzinfo=dt.UTC), dt.datetime(2027, 3, 6, 4, tzinfo=dt.UTC)
    open_wait, shut_wait = _wait_at(atlas, monday), _wait_at(atlas, saturday)
    until_monday = (dt.datetime(2027, 3, 8, 2, tzinfo=dt.UTC) - saturday).total_seconds() / 3600
    assert clock_a.wait_h(saturday) == pytest.approx(until_monday), "08:00 in Bishkek is 02:00 UTC"
    assert shut_wait >= until_monday
    assert open_wait < 24 < shut_wait


def test_a_later_departure_never_arrives_earlier(atlas: Atlas) -> None:
    """Waiting for the clock never overtakes: leaving later by six hours never arrives before."""
    start = dt.datetime(2027, 3, 5, tzinfo=dt.UTC)
    arrivals = []
    for step in range(0, 96, 6):
        depart = start + dt.timedelta(hours=step)
        asked = Request("Bishkek", "Kashgar", depart=depart.isoformat(), cargo=ROAD)
        best = route(atlas, asked).options[0]
        arrivals.append(depart + dt.timedelta(hours=best.time_mean_h))
    assert arrivals == sorted(arrivals)


def test_chinese_hours_are_read_in_beijing_time() -> None:
    """A post open from 10:00 to 20:00 in Beijing opens at 02:00 UTC, though it lies near 75 east."""
    clock = opening_hours("Mo-Fr 10:00-20:00", "Asia/Shanghai")
    assert clock.wait_h(dt.datetime(2027, 3, 1, 1, tzinfo=dt.UTC)) == pytest.approx(1)
    assert clock.wait_h(dt.datetime(2027, 3, 1, 11, 59, tzinfo=dt.UTC)) == 0
    assert clock.wait_h(dt.datetime(2027, 3, 1, 12, 30, tzinfo=dt.UTC)) == pytest.approx(13.5)


def test_vintage_chooses_the_published_year(atlas: Atlas) -> None:
    """Dostyk inbound was published at 46.5 h for 2019 and 79.5 h for 2022: the figures follow the year."""
    hours = {}
    for year in (2019, 2022, 2024):
        cargo = Cargo(mode="rail", service="wagonload", vintage=year)
        option = options(atlas, "cn-alashankou", "kz-dostyk", cargo=cargo)[0]
        steps = [s for leg in option["legs"] for s in leg["steps"] if s["place"] == "kz-dostyk"]
        assert {s["year"] for s in steps if s["basis"] == "derived"} == {year}
        hours[year] = sum(step["hours"] for step in steps)
    assert hours[2022] > hours[2024] > hours[2019]
    assert hours[2022] <= 79.5
    assert hours[2022] - hours[2019] > 0.5 * (79.5 - 46.5), "the change of gauge may be left out at the end"


def test_ground_chooses_the_agreed_time(atlas: Atlas) -> None:
    """On the ground `sla` the unloading at Baku port is the 30 h of its protocol, else 20.1 h."""
    hours = {}
    for ground in ("published", "sla"):
        closed = ("Russia", "Turkmenistan", "Uzbekistan", "Iran")
        cargo = Cargo(ground=ground, service="feeder")
        option = options(atlas, "Aktau port", "Tbilisi", avoid=closed, cargo=cargo)[0]
        step = next(
            s for leg in option["legs"] for s in leg["steps"]
            if (s["place"], s["code"]) == ("az-alat-port", "port_unloading")
        )  # fmt: skip
        assert step["basis"] == ground
        hours[ground] = step["hours"]
    assert hours == {"published": pytest.approx(20.1, abs=0.3), "sla": pytest.approx(30, abs=0.01)}


def test_port_steps_are_counted_once(atlas: Atlas) -> None:
    """Over Aktau and Alat each step of each port process stands once in the answer."""
    option = next(
        o for o in options(atlas, "Altynkol", "Poti", via=("Alat port",)) if "kz-aktau-port" in places_of(o)
    )
    steps = [(s["place"], s["party"], s["code"]) for leg in option["legs"] for s in leg["steps"]]
    ports = [step for step in steps if step[0] in ("kz-aktau-port", "az-alat-port")]
    assert len(ports) > 10
    for place in ("kz-aktau-port", "az-alat-port"):
        for code in ("port_loading", "port_unloading", "port_dwell"):
            assert [step[2] for step in ports if step[0] == place].count(code) <= 1
    assert [step[2] for step in ports].count("port_loading") == 1
    assert [step[2] for step in ports].count("port_unloading") == 1


@pytest.mark.parametrize(
    ("origin", "destination", "breaks"),
    [("Xi'an", "Almaty", 1), ("Xi'an", "Moscow", 1), ("Xi'an", "Warsaw", 2), ("Almaty", "Moscow", 0)],
)
def test_gauge_is_changed_once_a_break(atlas: Atlas, origin: str, destination: str, breaks: int) -> None:
    """From 1435 to 1520 one change, on to 1435 again a second, along 1520 none."""
    option = options(atlas, origin, destination, cargo=RAIL)[0]
    changes = [
        leg for leg in option["legs"]
        if any(step["code"].startswith("gauge_change") for step in leg["steps"])
    ]  # fmt: skip
    assert len(changes) == breaks
    for leg in changes:
        assert leg["kind"] == "transfer"
    gauges = [leg["gauge_mm"] for leg in option["legs"] if leg["mode"] == "rail"]
    assert sum(a != b for a, b in itertools.pairwise(gauges)) == breaks


def test_gauge_change_is_part_of_its_border_on_either_side(atlas: Atlas) -> None:
    """The hours of a border hold the change of gauge whether it is done before the line or after it."""
    found = options(atlas, "Xi'an", "Almaty", cargo=RAIL, close=("Khorgos Gateway",))
    assert len(found) > 1, "one way changes gauge in China, the other in Kazakhstan"
    for option in found:
        over = [leg for leg in option["legs"] if leg["kind"] == "crossing"]
        posts = {leg[end] for leg in over for end in ("from_place", "to_place")}
        change = [leg for leg in option["legs"] if leg["kind"] == "transfer" and leg["from_place"] in posts]
        assert len(change) == 1
        hours = sum(leg["wait_h"] + sum(s["hours"] for s in leg["steps"]) for leg in over)
        hours += sum(leg["move_h"] + sum(s["hours"] for s in leg["steps"]) for leg in change)
        assert sum(border["hours"] for border in option["borders"]) == pytest.approx(hours, abs=0.05)


def test_aktau_to_alat_takes_twenty_to_twenty_two_hours_at_sea(atlas: Atlas) -> None:
    """Moving between berths takes 20 to 22 h over the Caspian (operators), D-07; in all 1 to 4 days."""
    for origin, destination in (("Aktau port", "Alat port"), ("Alat port", "Aktau port")):
        option = options(atlas, origin, destination, cargo=Cargo(mode="sea"))[0]
        assert [leg["mode"] for leg in option["legs"]] == ["sea"]
        assert 20 <= option["legs"][0]["move_h"] <= 22
        assert option["distance_km"] == pytest.approx(468, rel=0.05)
        assert 24 <= option["time_mean_h"] <= 96


def test_the_sea_never_leads_through_the_volga_and_the_don(atlas: Atlas) -> None:
    """No ship goes from the Caspian to the Black Sea: by sea alone Aktau and Poti are not connected."""
    with pytest.raises(NoRoute):
        route(atlas, Request("Aktau port", "Poti", cargo=Cargo(mode="sea")))
    caspian = {"KZ", "AZ", "TM", "IR"}
    rivers = {"ru-astrakhan-port", "ru-olya-port", "ru-makhachkala-port"}
    state = {key: row["country"] for key, row in atlas.gazetteer.places.items()}
    for arc in atlas.frozen(Cargo(mode="sea")).arcs:
        if arc.kind != "sea":
            continue
        inside = [
            state[place] in caspian - {"IR"}
            or place in rivers
            or place in ("ir-anzali-port", "ir-amirabad-port", "ir-nowshahr-port", "ir-caspian-port")
            for place in (arc.from_place, arc.to_place)
        ]
        assert len(set(inside)) == 1, arc.leg


@pytest.mark.parametrize(
    ("names", "cargo"),
    [
        ((("Altynkol", "Brest"), ("Алтынколь", "Брест"), ("Алтынкөл", "Брест")), RAIL),
        ((("Almaty", "Tashkent"), ("Алматы", "Ташкент"), ("ALMATY", "tashkent")), ROAD),
        ((("St Petersburg", "Moscow"), ("Санкт-Петербург", "Москва"), ("Санкт–Петербург", "Мәскеу"),
          ("САНКТ — ПЕТЕРБУРГ", "москва"), ("санкт петербург", "Moscow")), RAIL),
        ((("Boyuk Kesik", "Gardabani"), ("Boyuk-Kesik", "Gardabani"), ("Беюк-Кясик", "Гардабани")), RAIL),
    ],
)  # fmt: skip
def test_names_in_three_languages_and_any_dash_are_one_place(
    atlas: Atlas, names: tuple[tuple[str, str], ...], cargo: Cargo
) -> None:
    """The same question in kk, ru or en, with any dash, case or space, has the same answer."""
    answers = [route(atlas, Request(*pair, cargo=cargo)).as_dict() for pair in names]
    assert all(answer == answers[0] for answer in answers)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("Khorgos", ("kz-altynkol", "cn-khorgos", "kz-khorgos-gateway", "cn-khorgos-road", "kz-nur-zholy")),
        ("Turkmenbashi", ("tm-turkmenbashi",)),
        ("Туркменбаши", ("tm-turkmenbashi",)),
        ("Kuryk", ("kz-kuryk", "kz-kuryk-port")),
        ("Курык", ("kz-kuryk", "kz-kuryk-port")),
        ("Poti", ("ge-poti-port", "ge-poti")),
        ("Constanta", ("ro-constanta",)),
        ("Baku", ("az-baku",)),
    ],
)
def test_common_names_are_known(atlas: Atlas, name: str, place: tuple[str, ...]) -> None:
    """The plain name of a town that freight knows finds its place."""
    assert atlas.gazetteer.place(name) in place


def test_a_town_with_a_port_is_served_by_its_port(atlas: Atlas) -> None:
    """Aktau to Alat by sea, by the names that everybody uses, is the ferry over the Caspian."""
    option = options(atlas, "Aktau", "Alat", cargo=Cargo(mode="sea"))[0]
    assert 20 <= sum(leg["move_h"] for leg in option["legs"] if leg["mode"] == "sea") <= 22


def test_altynkol_to_brest_takes_six_to_nine_days(atlas: Atlas) -> None:
    """D-01: container block train on 1520, 7.31 days published (ERAI, July 2024); both handovers left out."""
    option = options(atlas, "Altynkol", "Brest", cargo=RAIL)[0]
    assert option["service"] == "block_train"
    assert 6 <= option["time_mean_h"] / 24 <= 9
    assert option["countries"] == ["KZ", "RU", "BY"]


def test_xian_to_malaszewicze_takes_twelve_to_fourteen_days(atlas: Atlas) -> None:
    """D-02: container block train, terminal to terminal, 12 to 14 days (forwarder's schedule, 2025)."""
    option = options(atlas, "Xi'an", "Malaszewicze", cargo=RAIL)[0]
    assert 12 <= option["time_mean_h"] / 24 <= 14


def test_northern_route_is_faster_than_the_middle_one(atlas: Atlas) -> None:
    """From Altynkol to the edge of Europe the northern way is faster than the Caspian one, as published."""
    north = options(atlas, "Altynkol", "Brest", cargo=RAIL)[0]
    middle = options(atlas, "Altynkol", "Constanta", via=("Aktau port", "Poti"))[0]
    assert north["time_mean_h"] < middle["time_mean_h"]


def test_middle_corridor_days_are_in_the_published_ranges(atlas: Atlas) -> None:
    """D-04 and D-05: Altynkol to Absheron 7 to 12 days, to Poti 9 to 16, by Aktau and the sea."""
    baku = options(atlas, "Altynkol", "Baku", via=("Aktau port",), avoid=("Russia", "Turkmenistan", "Iran"))[
        0
    ]
    poti = options(atlas, "Altynkol", "Poti", via=("Aktau port", "Alat port"))[0]
    assert 7 <= baku["time_mean_h"] / 24 <= 12
    assert 9 <= poti["time_mean_h"] / 24 <= 16


def test_more_boxes_cost_more_and_take_as_long(atlas: Atlas) -> None:
    """Four times the boxes cost about four times as much; hours and way stay."""
    one, four = (options(atlas, "Altynkol", "Brest", cargo=Cargo(mode="rail", teu=teu))[0] for teu in (2, 8))
    assert four["time_mean_h"] == pytest.approx(one["time_mean_h"])
    assert four["cost_usd"] == pytest.approx(4 * one["cost_usd"], rel=0.05)
    assert four["co2e_kg"] == pytest.approx(4 * one["co2e_kg"], rel=0.01)


def test_arrive_by_sets_the_departure(atlas: Atlas) -> None:
    """Asked to arrive by a day, the answer departs so early that the mean time just fits."""
    deadline = dt.datetime(2027, 6, 30, 12, tzinfo=dt.UTC)
    answer = route(atlas, Request("Altynkol", "Brest", arrive_by=deadline.isoformat(), cargo=RAIL))
    arrival = answer.depart + dt.timedelta(hours=answer.options[0].time_mean_h)
    assert abs((arrival - deadline).total_seconds()) < 3 * 3600


def test_a_past_departure_is_a_note(atlas: Atlas) -> None:
    """A departure before the store's day is answered, with a note; the default is that day."""
    answer = route(atlas, Request("Almaty", "Astana", depart="2020-01-01"))
    assert answer.options
    assert len(answer.notes) == 1
    today = route(atlas, Request("Almaty", "Astana"))
    assert today.notes == ()
    assert today.depart.date() == atlas.reference_date


def test_alternatives_use_other_borders(atlas: Atlas) -> None:
    """Alternatives differ from the fastest way in the borders or seas they pass, and are not faster."""
    found = options(atlas, "Almaty", "Moscow", cargo=RAIL, alternatives=3)
    fastest = found[0]
    others = [option for option in found if "alternative" in option["label"]]
    assert len(others) >= 2
    crossed = [tuple(border["crossing"] for border in option["borders"]) for option in (fastest, *others)]
    assert len(set(crossed)) == len(crossed)
    assert all(option["time_mean_h"] >= fastest["time_mean_h"] for option in others)


def test_rail_only_and_road_only_keep_to_their_mode(atlas: Atlas) -> None:
    """A mode asked for is the only one used, transfers inside it apart."""
    for mode in ("rail", "road"):
        for option in options(atlas, "Almaty", "Tashkent", cargo=Cargo(mode=mode)):
            assert {leg["mode"] for leg in option["legs"]} <= {mode, "transfer"}


def test_bad_questions_are_refused_with_their_reason(atlas: Atlas) -> None:
    """Unknown, ambiguous, identical, and out-of-range questions are refusals of their own kind."""
    with pytest.raises(UnknownPlace) as unknown:
        route(atlas, Request("Almatty", "Brest"))
    assert "Almaty" in unknown.value.text("en")
    with pytest.raises(AmbiguousPlace) as several:
        route(atlas, Request("Druzhba", "Brest"))
    assert "kz-dostyk" in several.value.text("en")
    with pytest.raises(BadValue):
        route(atlas, Request("Almaty", "Алматы"))
    with pytest.raises(BadValue):
        route(atlas, Request("Almaty", "Brest", cargo=Cargo(teu=-1)))
    with pytest.raises(BadValue):
        route(atlas, Request("Almaty", "Brest", depart="yesterday"))
    with pytest.raises(BadValue):
        route(atlas, Request("Almaty", "Brest", close=("Almaty",)))
    with pytest.raises(BadValue):
        route(atlas, Request("Almaty", "Brest", cargo=Cargo(service="teleport")))


def test_an_impossible_pair_says_where_the_network_breaks(atlas: Atlas) -> None:
    """Kazakhstan to Baku by rail with Russia, Turkmenistan, Uzbekistan and China shut breaks somewhere."""
    with pytest.raises(NoRoute) as refused:
        route(
            atlas,
            Request(
                "Almaty",
                "Baku",
                avoid=("Russia", "Turkmenistan", "Uzbekistan", "China", "Kyrgyzstan"),
                cargo=RAIL,
            ),
        )
    assert refused.value.values["km"] > 100
    assert str(refused.value.values["near"]) in refused.value.text("ru")
    assert str(refused.value.values["far"]) in refused.value.text("ru")
