"""The overlay on graphs small enough to work by hand: two states, AA west of 50 east and BB east of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daliz.engine.geodesy import distance_km
from daliz.io.basegraph import BaseGraph
from daliz.model.network import CURATED
from daliz.overlay import assemble
from daliz.overlay.assemble import gauges_between
from daliz.overlay.attach import Point, attach
from daliz.overlay.borders import Lines, bridge, classify
from daliz.overlay.contract import Contractor
from daliz.schema import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from daliz.overlay import Overlay

Node = tuple[float, float]
TRUE_OVER_STRAIGHT = 1.1


def two_states(lat: NDArray[np.float64], lon: NDArray[np.float64]) -> NDArray[np.str_]:
    """AA west of 50 degrees east, BB east of it."""
    del lat
    return np.where(np.asarray(lon) < 50, "AA", "BB")


def enclave(lat: NDArray[np.float64], lon: NDArray[np.float64]) -> NDArray[np.str_]:
    """BB between 49.4 and 49.6 degrees east, AA on both sides."""
    del lat
    return np.where((np.asarray(lon) > 49.4) & (np.asarray(lon) < 49.6), "BB", "AA")


def straight_km(a: Node, b: Node) -> float:
    return float(distance_km(*a, *b))


def base(
    nodes: Sequence[Node], arcs: Iterable[tuple[int, int, float | None]], mode: str = "road"
) -> BaseGraph:
    """A base graph; an arc without km is a tenth longer than its great circle."""
    listed = [(a, b, km or TRUE_OVER_STRAIGHT * straight_km(nodes[a], nodes[b])) for a, b, km in arcs]
    return BaseGraph(
        mode, np.array([n[0] for n in nodes]), np.array([n[1] for n in nodes]),
        np.array([a for a, *_ in listed]), np.array([b for _, b, _ in listed]),
        np.array([km for *_, km in listed]), 0, 0,
    )  # fmt: skip


def lines_of(graph: BaseGraph) -> Lines:
    return classify(graph, two_states, ["AA", "BB"], [])[0]


def place(name: str, at: Node, **values: object) -> dict[str, object]:
    return {
        "place": name, "kind": "city", "name_en": name, "country": name[:2].upper(), "lat": at[0],
        "lon": at[1], "modes": ["road"], "gauges_mm": [], "timezone": "UTC", **values,
    }  # fmt: skip


def crossing(post_a: str, post_b: str, **values: object) -> dict[str, object]:
    return {
        "crossing": f"{post_a}-{post_b}", "mode": "road", "post_a": post_a, "post_b": post_b,
        "control": "customs", "hours_a": "24/7", "hours_b": "24/7", "directions": "both", "status": "open",
        "source": "s", "quality": "published", **values,
    }  # fmt: skip


def made_of(graph: BaseGraph, places: list[dict[str, object]], **tables: list[dict[str, object]]) -> Overlay:
    frames = {name: table(name).empty() for name in CURATED} | {"places": table("places").frame(places)}
    frames |= {name: table(name).frame(rows) for name, rows in tables.items()}
    return assemble(frames, [graph], two_states)


def by_pair(overlay: Overlay) -> Mapping[frozenset[object], dict[str, object]]:
    return {frozenset((leg["from_place"], leg["to_place"])): leg for leg in overlay.legs}


ROAD = [(45.0, 48.0), (45.0, 49.5), (45.0, 50.5), (45.0, 52.0)]
TOWNS = [place("aa-town", ROAD[0]), place("bb-town", ROAD[3])]
POSTS = [place("aa-post", (45.0, 49.2)), place("bb-post", (45.0, 50.9))]


def test_an_arc_over_a_border_is_cut_and_put_back_between_the_posts() -> None:
    """Town, post, post, town: one crossing leg joins the states, and the km of the road are conserved."""
    road = base(ROAD, [(0, 1, None), (1, 2, None), (2, 3, None)])
    overlay = made_of(road, TOWNS + POSTS, crossings=[crossing("aa-post", "bb-post")])
    legs = by_pair(overlay)
    assert set(legs) == {
        frozenset(("aa-town", "aa-post")),
        frozenset(("aa-post", "bb-post")),
        frozenset(("bb-post", "bb-town")),
    }
    over = legs[frozenset(("aa-post", "bb-post"))]
    assert (over["kind"], over["crossing"]) == ("crossing", "aa-post-bb-post")
    total = sum(float(str(leg["distance_km"])) for leg in legs.values())
    assert total == pytest.approx(float(road.km.sum()), abs=0.01)
    assert over["distance_km"] == pytest.approx(
        TRUE_OVER_STRAIGHT * straight_km((45.0, 49.2), (45.0, 50.9)), rel=0.001
    )
    assert [row["fate"] for row in overlay.cut_arcs] == ["crossing"]
    assert overlay.findings == []


def test_without_a_crossing_no_leg_leaves_its_state() -> None:
    """The same road without a curated crossing stays cut at the border."""
    road = base(ROAD, [(0, 1, None), (1, 2, None), (2, 3, None)])
    legs = made_of(road, TOWNS + POSTS).legs
    assert len(legs) == 2
    assert all(leg["country_a"] == leg["country_b"] for leg in legs)


def test_a_crossing_uses_one_border_arc_and_no_third_state() -> None:
    """With two roads over the border the crossing takes the shortest way that changes state once."""
    nodes = [*ROAD, (45.3, 49.5), (45.3, 50.5)]
    road = base(nodes, [(0, 1, None), (1, 2, 95.0), (2, 3, None), (1, 4, None), (2, 5, None), (4, 5, 300.0)])
    overlay = made_of(road, TOWNS + POSTS, crossings=[crossing("aa-post", "bb-post")])
    near = TRUE_OVER_STRAIGHT * straight_km((45.0, 49.2), (45.0, 49.5))
    far = TRUE_OVER_STRAIGHT * straight_km((45.0, 50.5), (45.0, 50.9))
    over = by_pair(overlay)[frozenset(("aa-post", "bb-post"))]
    assert over["distance_km"] == pytest.approx(near + 95.0 + far, abs=0.2)


def test_a_closed_crossing_keeps_its_status_on_the_leg() -> None:
    """The leg of a closed crossing is there and is closed."""
    road = base(ROAD, [(0, 1, None), (1, 2, None), (2, 3, None)])
    overlay = made_of(road, TOWNS + POSTS, crossings=[crossing("aa-post", "bb-post", status="closed")])
    assert by_pair(overlay)[frozenset(("aa-post", "bb-post"))]["status"] == "closed"


def test_an_open_crossing_without_a_line_is_an_error() -> None:
    """A curated crossing that no road leads over is a finding of level error with its row."""
    road = base(ROAD, [(0, 1, None), (2, 3, None)])
    overlay = made_of(road, TOWNS + POSTS, crossings=[crossing("aa-post", "bb-post")])
    assert [(f.level, f.row) for f in overlay.findings] == [("error", "aa-post-bb-post")]


def test_a_place_off_every_line_is_an_error() -> None:
    """A place 80 km from the only road is reported by its id, not silently moved to the road."""
    road = base(ROAD, [(0, 1, None)])
    overlay = made_of(road, [TOWNS[0], place("aa-far", (45.8, 48.7))])
    assert [(f.level, f.table, f.row) for f in overlay.findings] == [("error", "places", "aa-far")]
    assert [row["place"] for row in overlay.attachments] == ["aa-town"]
    assert overlay.legs == []


@pytest.mark.parametrize(
    ("verdict", "kept", "levels"),
    [("artefact", 1, []), ("transit", 0, []), ("removed", 0, []), (None, 0, ["error"])],
)
def test_a_chord_through_another_state_follows_its_verdict(
    verdict: str | None, kept: int, levels: list[str]
) -> None:
    """Artefact stays, transit and removed go, and an undecided chord is cut and reported as an error."""
    graph = base([(45.0, 49.0), (45.0, 50.0)], [(0, 1, None)])
    decisions = [
        {"mode": "road", "lat_a": 45.0, "lon_a": 49.0, "lat_b": 45.0, "lon_b": 50.0, "verdict": verdict,
         "reason": "r"}
    ]  # fmt: skip
    lines, cut, findings = classify(graph, enclave, ["AA", "BB"], decisions if verdict else [])
    assert len(lines.km) == kept
    assert [row["fate"] for row in cut] == [verdict or "undecided"]
    assert [finding.level for finding in findings] == levels
    assert cut[0]["third"] == "BB"
    assert cut[0]["outside_km"] == pytest.approx(straight_km((45.0, 49.4), (45.0, 49.6)), abs=1.5)


def test_a_verdict_is_found_in_either_direction_and_only_for_its_mode() -> None:
    """The ends of a decision may stand in either order; a decision on rail says nothing of road."""
    graph = base([(45.0, 49.0), (45.0, 50.0)], [(0, 1, None)])
    turned = {
        "lat_a": 45.0,
        "lon_a": 50.0,
        "lat_b": 45.0,
        "lon_b": 49.0,
        "verdict": "artefact",
        "reason": "r",
    }
    assert len(classify(graph, enclave, ["AA", "BB"], [turned | {"mode": "road"}])[0].km) == 1
    assert len(classify(graph, enclave, ["AA", "BB"], [turned | {"mode": "rail"}])[0].km) == 0


def test_odd_lengths_are_reported() -> None:
    """An arc shorter than its great circle and one over three times as long are named, not dropped."""
    nodes = [(45.0, 48.0), (45.0, 48.2), (45.0, 48.4), (45.0, 48.6)]
    lines, _, findings = classify(
        base(nodes, [(0, 1, 10.0), (1, 2, 60.0), (2, 3, 16.0)]), two_states, ["AA", "BB"], []
    )
    assert sorted(finding.message for finding in findings) == ["finding.arc_long", "finding.arc_short"]
    assert len(lines.km) == 3


@given(
    fractions=st.lists(st.floats(0.05, 0.95), min_size=1, max_size=6, unique_by=lambda f: round(f, 2)),
    stretch=st.floats(1.02, 2.5),
)
def test_splitting_by_chainage_conserves_km(fractions: list[float], stretch: float) -> None:
    """However many places lie on an arc, its pieces add up to its length and lie in order."""
    a, b = (45.0, 48.0), (45.0, 49.0)
    length = stretch * straight_km(a, b)
    points = [Point(f"aa-{n}", "AA", 45.0, 48.0 + fraction) for n, fraction in enumerate(sorted(fractions))]
    attached = attach(lines_of(base([a, b], [(0, 1, length)])), points)
    assert float(attached.lines.km.sum()) == pytest.approx(length)
    assert len(attached.lines.km) == len(points) + 1
    assert set(attached.node) == {point.place for point in points}
    chainages = [row["chainage_km"] for row in attached.rows]
    assert chainages == sorted(chainages)
    for row, fraction in zip(attached.rows, sorted(fractions), strict=True):
        assert row["chainage_km"] == pytest.approx(fraction * length, rel=0.01)


def test_a_station_off_the_chord_splits_the_line_by_distances_to_its_ends() -> None:
    """A line of 100 km bulges away from its chord of 79 km: a place on the bulge is put by chainage."""
    a, b, at = (45.0, 48.0), (45.0, 49.0), (45.2, 48.4)
    attached = attach(lines_of(base([a, b], [(0, 1, 100.0)])), [Point("aa-bulge", "AA", *at)])
    to_a, to_b = straight_km(a, at), straight_km(at, b)
    assert sorted(attached.lines.km.tolist()) == pytest.approx(
        sorted([100 * to_a / (to_a + to_b), 100 * to_b / (to_a + to_b)])
    )
    assert attached.rows[0]["spur_km"] == 0


def test_a_place_beyond_the_reach_of_its_line_is_joined_by_a_spur() -> None:
    """A line as short as its chord cannot pass a place 15 km aside: the gap is a spur and adds its km."""
    a, b, at = (45.0, 48.0), (45.0, 49.0), (45.135, 48.5)
    length = straight_km(a, b) * 1.001
    attached = attach(lines_of(base([a, b], [(0, 1, length)])), [Point("aa-side", "AA", *at)])
    spur = float(str(attached.rows[0]["spur_km"]))
    assert spur == pytest.approx(15.0, abs=0.3)
    assert float(attached.lines.km.sum()) == pytest.approx(length + spur, abs=0.01)


def test_lines_that_meet_at_a_station_share_its_node() -> None:
    """Two lines that pass one station are split at one node, so that nothing slips past a closed place."""
    nodes = [(45.0, 48.0), (45.0, 49.0), (44.5, 48.5), (45.5, 48.5)]
    attached = attach(
        lines_of(base(nodes, [(0, 1, None), (2, 3, None)])), [Point("aa-cross", "AA", 45.0, 48.5)]
    )
    node = attached.node["aa-cross"]
    assert int(np.sum((attached.lines.tail == node) | (attached.lines.head == node))) == 4


def _contractor(track_km: float) -> Contractor:
    """Three stations on one line of 2 x 40 km, and a second arc from end to end past the middle one."""
    nodes = [(45.0, 48.0), (45.0, 48.5), (45.0, 49.0)]
    lines = lines_of(base(nodes, [(0, 1, 40.0), (1, 2, 40.0), (0, 2, track_km)]))
    points = [Point(f"aa-{n}", "AA", *at) for n, at in enumerate(nodes)]
    attached = attach(lines, points[:1] + points[2:])
    attached.node["aa-1"] = 1
    return Contractor(attached, {})


def test_a_second_track_is_not_a_way_around_a_station() -> None:
    """An arc as long as the line beside it is its second track: it makes no leg past the station."""
    contractor = _contractor(track_km=79.0)
    assert contractor.parallel_tracks == 1
    pairs = {(way.from_place, way.to_place): way.distance_km for way in contractor.legs()}
    assert pairs == {("aa-0", "aa-1"): pytest.approx(40.0), ("aa-1", "aa-2"): pytest.approx(40.0)}


def test_a_shorter_line_past_a_station_is_a_line_of_its_own() -> None:
    """An arc that is a tenth shorter than the way through the station is a real bypass and stays."""
    contractor = _contractor(track_km=72.0)
    assert contractor.parallel_tracks == 0
    assert ("aa-0", "aa-2") in {(way.from_place, way.to_place) for way in contractor.legs()}


def test_a_leg_never_jumps_over_a_place() -> None:
    """On one line of four places there are three legs, each between neighbours."""
    nodes = [(45.0, 48.0), (45.0, 48.3), (45.0, 48.6), (45.0, 48.9)]
    lines = lines_of(base(nodes, [(0, 1, None), (1, 2, None), (2, 3, None)]))
    attached = attach(lines, [Point(f"aa-{n}", "AA", *at) for n, at in enumerate(nodes)])
    assert {(way.from_place, way.to_place) for way in Contractor(attached, {}).legs()} == {
        ("aa-0", "aa-1"), ("aa-1", "aa-2"), ("aa-2", "aa-3")
    }  # fmt: skip


def _two_pieces(gap_east_deg: float, start: float = 48.0) -> Lines:
    nodes = [(45.0, start), (45.0, start + 0.5), (45.0, start + 0.5 + gap_east_deg), (45.0, start + 1.2)]
    return lines_of(base(nodes, [(0, 1, None), (2, 3, None)]))


def test_a_dead_end_is_bridged_inside_its_state() -> None:
    """Two pieces 1.2 km apart in one state are joined by a bridge of that length, as a row with a reason."""
    lines, rows = bridge(_two_pieces(0.015), [], two_states)
    assert len(rows) == 1
    assert rows[0]["distance_km"] == pytest.approx(straight_km((45.0, 48.5), (45.0, 48.515)), abs=0.01)
    assert rows[0]["reason"]
    assert rows[0]["source"]
    assert lines.origin.tolist().count("bridge") == 1


def test_a_dead_end_is_never_bridged_over_a_border() -> None:
    """The same gap with the border inside it stays a gap."""
    lines, rows = bridge(_two_pieces(0.015, start=49.49), [], two_states)
    assert rows == []
    assert "bridge" not in lines.origin.tolist()


def test_a_wide_gap_is_not_bridged() -> None:
    """Pieces 4 km apart are left to a curated bridge."""
    assert bridge(_two_pieces(0.05), [], two_states)[1] == []


def test_one_piece_is_not_bridged_to_itself() -> None:
    """Two dead ends of one piece, a kilometre apart, get no short cut."""
    nodes = [(45.0, 48.0), (45.2, 48.0), (45.2, 48.013), (45.0, 48.013)]
    assert bridge(lines_of(base(nodes, [(0, 1, None), (1, 2, None), (2, 3, None)])), [], two_states)[1] == []


def test_a_curated_bridge_mends_a_wide_gap() -> None:
    """A curated bridge joins the pieces over 12 km with the length and the reason of its row."""
    given_row = {
        "mode": "road", "lat_a": 45.0, "lon_a": 48.5, "lat_b": 45.0, "lon_b": 48.65, "distance_km": 14.0,
        "reason": "a new bridge", "source": "s",
    }  # fmt: skip
    lines, rows = bridge(_two_pieces(0.15), [given_row], two_states)
    assert [(row["distance_km"], row["reason"]) for row in rows] == [(14.0, "a new bridge")]
    assert float(lines.km[lines.origin == "bridge"].sum()) == 14.0


def test_gauges_of_a_leg_are_those_that_both_yards_have() -> None:
    """1520 with 1520, nothing between 1520 and 1435, both between two dual yards of a border pair."""
    dual_kz = {"gauges_mm": ["1520", "1435"], "country": "KZ"}
    dual_cn = {"gauges_mm": ["1435", "1520"], "country": "CN"}
    broad, standard = {"gauges_mm": ["1520"], "country": "KZ"}, {"gauges_mm": ["1435"], "country": "CN"}
    assert gauges_between(broad, dual_kz, 300, 1520) == [1520]
    assert gauges_between(broad, standard, 5, None) == []
    assert gauges_between(dual_kz, dual_cn, 12, None) == [1520, 1435]


def test_two_dual_yards_far_apart_are_joined_by_the_main_gauge_only() -> None:
    """A dual-gauge yard at either end of 300 km does not make 300 km of dual-gauge track."""
    yard = {"gauges_mm": ["1520", "1435"], "country": "KZ"}
    assert gauges_between(yard, yard, 300, 1520) == [1520]
    assert gauges_between(yard, yard, 6, 1520) == [1520, 1435]


def test_rail_legs_carry_their_gauge_and_roads_carry_none() -> None:
    """Legs of the rail overlay name the gauge in id and column; a break between yards is a finding."""
    nodes = [(45.0, 48.0), (45.0, 48.5), (45.0, 49.0)]
    graph = base(nodes, [(0, 1, None), (1, 2, None)], mode="rail")
    gauges = (["1520"], ["1520"], ["1435"])
    places = [
        place(f"aa-{n}", at, modes=["rail"], gauges_mm=gauge)
        for n, (at, gauge) in enumerate(zip(nodes, gauges, strict=True))
    ]
    overlay = made_of(graph, places)
    assert [(leg["leg"], leg["gauge_mm"]) for leg in overlay.legs] == [("rail1520-aa-0-aa-1", 1520)]
    assert [finding.message for finding in overlay.findings] == ["finding.gauge_gap"]
