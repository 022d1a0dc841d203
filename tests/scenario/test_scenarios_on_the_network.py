"""Scenarios on the network that ships, through the router."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from daliz.model.frozen import Cargo
from daliz.routing import Atlas, Request, route
from daliz.scenario import apply, compare, differences, load

if TYPE_CHECKING:
    from collections.abc import Callable

    from daliz.routing import Answer

    Row = Callable[..., dict[str, Any]]

EXAMPLES = Path(__file__).parents[2] / "examples" / "scenarios"
AKTAU = {"kz-aktau", "kz-aktau-port", "kz-aktau-north-terminal"}
FIGURES = ("time_mean_h", "time_p90_h", "cost_usd", "co2e_kg")
BEST_BY = {"fastest": "time_mean_h", "cheapest": "cost_usd", "cleanest": "co2e_kg"}


def places_of(answer: Answer) -> set[str]:
    """Every place that an option touches."""
    return {
        place for option in answer.options for arc in option.arcs for place in (arc.from_place, arc.to_place)
    }


def best(answer: Answer, label: str) -> float:
    """Figure of the option that is best at `label`."""
    (option,) = [option for option in answer.options if label in option.label.split("+")]
    return float(getattr(option, BEST_BY[label]))


@pytest.mark.parametrize("path", sorted(EXAMPLES.iterdir()), ids=lambda path: path.stem)
def test_every_edit_of_the_examples_acts(atlas: Atlas, path: Path) -> None:
    """No edit of an example that ships is refused, and each changes something."""
    edits = load(path)
    edited = apply(atlas.frames, edits)
    assert [finding for finding in edited.refusals if finding.level == "error"] == []
    assert {change.edit for change in edited.changes} == {edit["edit"] for edit in edits}


@pytest.mark.parametrize("avoid", [(), ("Russia", "Turkmenistan")])
def test_closing_aktau_leaves_another_caspian_way_or_the_north(atlas: Atlas, avoid: tuple[str, ...]) -> None:
    """No leg through Aktau; nothing is better for it, something is worse; another sea or Russia serves."""
    found = compare(
        atlas, apply(atlas.frames, load(EXAMPLES / "close_aktau.csv")),
        Request("Altynkol", "Alat port", avoid=avoid),
    )  # fmt: skip
    assert found.edited is not None
    assert places_of(found.today) & AKTAU
    assert not places_of(found.edited) & AKTAU
    worse = [best(found.edited, label) - best(found.today, label) for label in BEST_BY]
    assert min(worse) >= -1e-9
    assert max(worse) > 1
    seas = {arc.leg for option in found.edited.options for arc in option.arcs if arc.kind == "sea"}
    north = any(arc.country == "RU" for option in found.edited.options for arc in option.arcs)
    assert seas & {"sea-kuryk-alat", "sea-turkmenbashi-alat"} or north


def test_closing_what_is_fastest_adds_hours(atlas: Atlas, edit_row: Row) -> None:
    """Where the fastest way runs by one sea, closing that sea makes the fastest slower."""
    request = Request("Altynkol", "Alat port", avoid=("Russia", "Turkmenistan"))
    (fastest,) = [o for o in route(atlas, request).options if "fastest" in o.label.split("+")]
    (sea,) = [arc.leg for arc in fastest.arcs if arc.kind == "sea"]
    found = compare(atlas, apply(atlas.frames, [edit_row("close", sea)]), request)
    (row,) = [row for row in found.differences if "fastest" in row.label.split("+")]
    assert row.edited.time_mean_h > row.today.time_mean_h + 1


def test_a_scenario_leaves_the_atlas_of_today_as_it_was(atlas: Atlas) -> None:
    """The same question of today's atlas has the same answer after every example was applied and asked."""
    request = Request("Altynkol", "Poti")
    before, frames = route(atlas, request).as_dict(), dict(atlas.frames)
    for path in EXAMPLES.iterdir():
        compare(atlas, apply(atlas.frames, load(path)), request)
    assert route(atlas, request).as_dict() == before
    assert all(atlas.frames[name] is frame for name, frame in frames.items())


def test_half_a_metre_less_costs_what_tonnes_say(atlas: Atlas) -> None:
    """Between Aktau and Alat the sea leg of boxes pays old over new capacity, and hours grow."""
    edited = apply(atlas.frames, load(EXAMPLES / "low_caspian.csv"))
    was, now = (
        frames["sailings"].row(by_predicate=pl.col("sailing") == "aktau-alat-feeder", named=True)
        for frames in (atlas.frames, edited.frames)
    )
    payload = {row["service"]: row["payload_t_per_teu"] for row in atlas.frames["services"].to_dicts()}
    full_t = was["capacity"] * (payload["feeder"] + 2.3)
    assert now["capacity"] / was["capacity"] == pytest.approx(1 - was["payload_t_per_cm"] * 50 / full_t)
    request = Request("Aktau port", "Alat port", cargo=Cargo(mode="sea"))
    found = compare(atlas, edited, request)
    for row in found.differences:
        ships = [next(arc for arc in option.arcs if arc.kind == "sea") for option in (row.today, row.edited)]
        if all(ship.service == "feeder" for ship in ships):
            assert ships[1].cost_usd / ships[0].cost_usd == pytest.approx(was["capacity"] / now["capacity"])
    assert found.differences
    assert all(row.edited.time_mean_h >= row.today.time_mean_h - 1e-9 for row in found.differences)


def test_one_inspection_less_saves_its_hours(atlas: Atlas) -> None:
    """The road to Tashkent is shorter by the customs hours of the Kazakh post, if it stays on its border."""
    request = Request("Almaty", "Tashkent", cargo=Cargo(mode="road"))
    found = compare(atlas, apply(atlas.frames, load(EXAMPLES / "one_customs_inspection.csv")), request)
    row = found.differences[0]
    (border,) = [arc for arc in row.today.arcs if arc.crossing]
    gone = [s.hours for s in border.steps if s.code == "customs_clearance" and s.place == border.from_place]
    assert not row.borders_gained
    assert len(gone) == 1
    assert row.today.time_mean_h - row.edited.time_mean_h == pytest.approx(gone[0])


def test_hours_of_a_post_are_waited_for(atlas: Atlas, edit_row: Row) -> None:
    """A border open on Mondays only, on a way with no other, keeps the shipment waiting at its gate."""
    request = Request("Altynkol", "Khorgos (China, rail)", cargo=Cargo(mode="rail"), depart="2026-12-01")
    today = route(atlas, request).options[0]
    crossing = next(arc.crossing for arc in today.arcs if arc.crossing)
    edited = apply(atlas.frames, [edit_row("hours", crossing, hours="Mo 09:00-18:00")])
    found = compare(atlas, edited, request)
    same = [row for row in found.differences if not row.borders_gained]
    assert same
    assert all(sum(row.edited.waits_h) > sum(row.today.waits_h) + 24 for row in same)


def test_slowing_a_state_slows_its_trains(atlas: Atlas, edit_row: Row) -> None:
    """With Kazakhstan at half speed its moving hours double, and those elsewhere stay."""
    request = Request("Altynkol", "Aktobe", cargo=Cargo(mode="rail"))
    row = compare(
        atlas, apply(atlas.frames, [edit_row("slow", "Kazakhstan", mode="rail", factor=2.0)]), request
    ).differences[0]
    moving = [sum(arc.move_h for arc in option.arcs) for option in (row.today, row.edited)]
    assert moving[1] == pytest.approx(2 * moving[0])


def test_a_section_of_a_corridor_is_closed_alone(atlas: Atlas, edit_row: Row) -> None:
    """Between two of its places legs shut; before and after them the corridor stays open."""
    corridor = next(
        row for row in atlas.frames["corridors"].to_dicts()
        if row["status"] == "open" and set(row["leg_modes"]) == {"rail"} and len(row["via"]) > 4
    )  # fmt: skip
    ends = corridor["via"][1:3]
    edited = apply(atlas.frames, [edit_row("close", corridor["corridor"], section=ends)])
    whole = apply(atlas.frames, [edit_row("close", corridor["corridor"])])
    assert not edited.refusals
    shut = {change.row for change in edited.changes if change.table == "legs"}
    assert shut
    assert shut < {change.row for change in whole.changes if change.table == "legs"}
    wrong = apply(atlas.frames, [edit_row("close", corridor["corridor"], section=ends[:1])])
    assert [finding.message for finding in wrong.refusals] == ["finding.edit_section"]


def test_a_scenario_without_a_way_says_where_the_network_breaks(atlas: Atlas, edit_row: Row) -> None:
    """Closing the destination is no error: the answer of today stays, and the refusal is given beside it."""
    edited = apply(atlas.frames, [edit_row("close", "Poti port")])
    found = compare(atlas, edited, Request("Altynkol", "Poti port"))
    assert found.edited is None
    assert found.differences == ()
    assert found.as_dict()["no_way"]


def test_differences_are_the_scenario_less_today(atlas: Atlas) -> None:
    """Each label of today stands once, and its figures subtract; borders are gained and lost by set."""
    request = Request("Altynkol", "Alat port", alternatives=2)
    edited = atlas.with_frames(apply(atlas.frames, load(EXAMPLES / "close_aktau.csv")).frames)
    today, after = route(atlas, request), route(edited, request)
    rows = differences(today, after)
    labels = [label for row in rows for label in row.label.split("+")]
    assert sorted(labels) == sorted(
        {label for option in today.options for label in option.label.split("+")} - {"alternative"}
    )
    for row in rows:
        plain = row.as_dict(atlas, "en")
        for figure in FIGURES:
            assert plain["difference"][figure] == pytest.approx(
                plain["edited"][figure] - plain["today"][figure], abs=0.02
            )
        was, now = ({arc.crossing for arc in option.arcs} - {""} for option in (row.today, row.edited))
        assert set(row.borders_gained) == now - was
        assert set(row.borders_lost) == was - now


def test_a_berth_for_trucks_shortens_the_dwell_of_trucks_alone(atlas: Atlas, edit_row: Row) -> None:
    """A third truck berth at Kuryk leaves the dwell of railcars as it was."""
    edited = apply(atlas.frames, [edit_row("add_capacity", "kz-kuryk-ro-ro", servers=1, servers_now=2)])
    touched = {change.row for change in edited.changes if change.table == "calibrated_steps"}
    assert touched
    assert all(row.split("|")[1] == "ro_ro" for row in touched)
