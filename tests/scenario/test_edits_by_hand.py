"""Each action on a network of five places, worked out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from daliz.freeze import freeze
from daliz.model.frozen import Cargo
from daliz.scenario import apply
from daliz.schema import table

if TYPE_CHECKING:
    from collections.abc import Callable

    from daliz.scenario import Edited

    Row = Callable[..., dict[str, Any]]
    Edit = Callable[..., Edited]

KEYS = {"crossings": "crossing", "links": "link", "legs": "leg", "sailings": "sailing"}
FULL_T = 100 * (7.7 + 2.3)
"""Tonnes of a ship full of a hundred boxes of 7.7 t in tares of 2.3 t."""


def cell(edited: Edited, table_name: str, key: str, column: str) -> Any:
    """One cell of the edited network."""
    frame = edited.frames[table_name]
    return frame.filter(pl.col(frame.columns[0]) == key)[column].item()


def status(edited: Edited) -> dict[str, str]:
    """Status of everything that has one, by id."""
    return {
        row[key]: row["status"]
        for name, key in KEYS.items()
        for row in edited.frames[name].iter_rows(named=True)
    }  # fmt: skip


@pytest.mark.parametrize(
    ("target", "columns", "shut"),
    [
        ("Mill", {}, {"mill-gate"}),
        ("Gates", {}, {"aa-bb-rail", "gates"}),
        ("bb-cc-sea", {}, {"bb-cc-sea", "sea", "boxes", "bulk"}),
        ("gate-harbour", {}, {"gate-harbour"}),
        ("boxes", {}, {"boxes"}),
        ("Land AA", {}, {"mill-gate", "gates", "aa-bb-rail"}),
        ("Harbour", {}, {"gate-harbour", "bb-cc-sea", "sea", "boxes", "bulk"}),
        ("Harbour", {"mode": "rail"}, {"gate-harbour"}),
    ],
)
def test_closing_shuts_what_runs_there_and_nothing_else(
    edit_small: Edit, target: str, columns: dict[str, object], shut: set[str]
) -> None:
    """A place, crossing, link, leg, sailing or state takes its legs, crossings and sailings with it."""
    after = status(edit_small("close", target, **columns))
    assert {key for key, word in after.items() if word == "closed"} == shut
    assert set(after.values()) <= {"open", "closed"}


def test_closing_writes_down_each_cell(edit_small: Edit) -> None:
    """A change names edit, table, row, column, before and after."""
    changes = [change.as_dict() for change in edit_small("close", "gate-harbour").changes]
    assert changes == [
        {"edit": "e1", "table": "legs", "row": "gate-harbour", "kind": "changed", "column": "status",
         "before": "open", "after": "closed"}
    ]  # fmt: skip


def test_the_frames_given_stay_as_they_are(small: dict[str, pl.DataFrame], edit_row: Row) -> None:
    """Every action at once leaves the frames handed in equal to copies made before."""
    before = {name: frame.clone() for name, frame in small.items()}
    given = dict(small)
    edited = apply(
        small,
        [
            edit_row("remove_step", "aa-gate", edit="a", code="rail_customs"),
            edit_row("slow", "Land AA", edit="b", factor=2.0),
            edit_row("draught", "Harbour", edit="c", change_cm=-10.0),
            edit_row("price", "feeder", edit="d", factor=2.0),
            edit_row("close", "Mill", edit="e"),
        ],
    )
    assert not edited.refusals
    assert {change.edit for change in edited.changes} == set("abcde")
    assert all(small[name] is given[name] and small[name].equals(before[name]) for name in before)


def test_slowing_a_state_multiplies_its_legs(edit_small: Edit) -> None:
    """Legs inside the state and over its border take twice as long; the sea does not."""
    edited = edit_small("slow", "BB", factor=2.0)
    assert dict(edited.frames["legs"].select("leg", "time_factor").iter_rows()) == {
        "mill-gate": None, "gates": 2.0, "gate-harbour": 2.0, "sea": None,
    }  # fmt: skip
    assert set(edited.frames["sailings"]["sailing_h"]) == {20.0}


def test_slowing_twice_multiplies_twice(small: dict[str, pl.DataFrame], edit_row: Row) -> None:
    """An edit sees what those before it did."""
    twice = [edit_row("slow", "gates", edit=key, factor=1.5) for key in ("a", "b")]
    assert cell(apply(small, twice), "legs", "gates", "time_factor") == pytest.approx(2.25)


@pytest.mark.parametrize(("target", "columns"), [("bb-cc-sea", {}), ("CC", {"mode": "sea"})])
def test_slowing_the_sea_multiplies_sailing_times(
    edit_small: Edit, target: str, columns: dict[str, object]
) -> None:
    """A sea link, or a state with mode sea, slows its ships."""
    edited = edit_small("slow", target, factor=1.5, **columns)
    assert set(edited.frames["sailings"]["sailing_h"]) == {30.0}


def test_hours_of_a_crossing_are_set_at_both_posts_and_assumed(edit_small: Edit) -> None:
    """The crossing takes new hours on both sides; a post takes them on its own side."""
    fresh = "Mo-Fr 09:00-18:00"
    both = edit_small("hours", "Gates", hours=fresh)
    one = edit_small("hours", "aa-gate", hours=fresh)
    assert [cell(both, "crossings", "aa-bb-rail", f"hours_{side}") for side in "ab"] == [fresh, fresh]
    assert [cell(one, "crossings", "aa-bb-rail", f"hours_{side}") for side in "ab"] == [fresh, "24/7"]
    assert cell(one, "crossings", "aa-bb-rail", "hours_quality") == "assumed"


def test_a_removed_step_goes_with_its_times(edit_small: Edit) -> None:
    """At both posts of a crossing, or at one post in one direction."""
    both = edit_small("remove_step", "Gates", code="rail_customs")
    one = edit_small("remove_step", "aa-gate", code="rail_customs", direction="out")
    assert not {"a-customs", "b-customs"} & set(both.frames["procedures"]["procedure"])
    assert not {"a-customs", "b-customs"} & set(both.frames["calibrated_steps"]["procedure"])
    assert "b-customs" in set(one.frames["procedures"]["procedure"])
    assert "a-customs" not in set(one.frames["procedures"]["procedure"])


def test_a_step_removed_for_one_service_stays_for_others(edit_small: Edit) -> None:
    """A row for every service loses the times of the one named and keeps the others."""
    edited = edit_small("remove_step", "aa-gate", code="rail_customs", service="block_train")
    times = edited.frames["calibrated_steps"].filter(pl.col("procedure") == "a-customs")
    assert list(times["service"]) == ["wagonload"]
    assert "a-customs" in set(edited.frames["procedures"]["procedure"])


def test_an_added_step_is_assumed_and_stands_last(edit_small: Edit) -> None:
    """It has the hours asked for under every service of its mode, and the spread of its code."""
    edited = edit_small(
        "add_step", "bb-gate2", mode="rail", direction="in", code="rail_customs", mean_h=6.0,
        probability=0.5, party="customs",
    )  # fmt: skip
    step = edited.frames["procedures"].row(-1, named=True)
    times = edited.frames["calibrated_steps"].filter(pl.col("procedure") == step["procedure"])
    assert (step["seq"], step["mandatory"], step["probability"], step["quality"]) == (
        2, "conditional", 0.5, "assumed",
    )  # fmt: skip
    assert set(times["service"]) == {"wagonload", "block_train"}
    assert set(times["mean_h"]) == {6.0}
    assert set(times["cv"]) == {0.8}
    assert set(times["quality"]) == set(times["basis"]) == {"assumed"}


def test_a_second_server_shortens_the_queue_by_erlang(edit_small: Edit) -> None:
    """One lane busy 85 per cent to two: 3.89 per cent of the wait; the SLA and the customs stay."""
    edited = edit_small("add_capacity", "bb-gate2", servers=1, servers_now=1)
    ratio = (0.425**2 / (1 - 0.425**2)) / (0.85 / 0.15)
    assert cell(edited, "calibrated_steps", "b-busy|wagonload|", "mean_h") == pytest.approx(10 * ratio)
    assert cell(edited, "calibrated_steps", "b-busy|wagonload|", "quality") == "assumed"
    assert cell(edited, "step_values", "busy-measured", "mean") == pytest.approx(12 * ratio)
    assert cell(edited, "step_values", "busy-sla", "mean") == 5.0
    assert cell(edited, "calibrated_steps", "b-customs|wagonload|", "mean_h") == 4.0
    (note,) = edited.notes
    assert note.message == "finding.edit_arrivals"
    assert note.values["utilisation"] == 0.85


def test_berths_of_a_facility_are_its_servers(edit_small: Edit) -> None:
    """Two berths become three: dwell by Erlang's ratio at the stated load, weather as it was."""
    edited = edit_small("add_capacity", "bb-harbour-berths", servers=1, utilisation=0.5)
    two = 0.5**2 / (1 - 0.5**2)
    three = (1 / 11) / 2  # one erlang on three: 1/4 over 1 + 1 + 1/2 + 1/4 wait, each half a service
    assert cell(edited, "facilities", "bb-harbour-berths", "capacity") == 3.0
    assert cell(edited, "calibrated_steps", "dwell|feeder|", "mean_h") == pytest.approx(40 * three / two)
    assert cell(edited, "calibrated_steps", "weather|feeder|", "mean_h") == 6.0


def test_less_water_costs_tonnes_then_dollars_and_wait(edit_small: Edit) -> None:
    """Twenty centimetres of 10 t take 200 t of a thousand: a quarter dearer, a quarter longer to wait."""
    edited = edit_small("draught", "boxes", change_cm=-20.0)
    ratio = FULL_T / (FULL_T - 200)
    assert ratio == 1.25
    assert cell(edited, "sailings", "boxes", "capacity") == pytest.approx(80)
    assert cell(edited, "sailings", "boxes", "draught_m") == pytest.approx(3.8)
    assert cell(edited, "sailings", "boxes", "vessel_wait_h") == pytest.approx(37.5)
    assert cell(edited, "sailings", "bulk", "capacity") == 2000
    mean = (3 * 1.25 + 1 * 1) / 4  # three departures a week of boxes, one of bulk
    own = edited.frames["tariffs"].filter(pl.col("link") == "bb-cc-sea").row(0, named=True)
    assert (own["amount"], own["country"], own["quality"]) == (pytest.approx(0.6 * mean), None, "assumed")
    assert cell(edited, "tariffs", "feeder-all", "amount") == 0.6
    assert cell(edited, "calibrated_steps", "dwell|feeder|", "mean_h") == pytest.approx(40 * mean)
    assert cell(edited, "calibrated_steps", "dwell|ro_ro|", "mean_h") == 50
    assert [note.message for note in edited.notes] == ["finding.edit_draught"]


def test_less_water_at_a_port_touches_all_its_ships(edit_small: Edit) -> None:
    """Both sailings lose cargo: 200 t of a thousand, 200 t of two thousand."""
    edited = edit_small("draught", "Harbour", change_cm=-20.0)
    assert dict(edited.frames["sailings"].select("sailing", "capacity").iter_rows()) == pytest.approx(
        {"boxes": 80, "bulk": 1800}
    )


def test_more_water_fills_bulk_ships_and_is_refused_for_boxes(edit_small: Edit) -> None:
    """A ship of counted places carries no more of them; the rest of the edit acts and says so."""
    edited = edit_small("draught", "Harbour", change_cm=20.0)
    assert cell(edited, "sailings", "bulk", "capacity") == pytest.approx(2200)
    assert cell(edited, "sailings", "boxes", "capacity") == 100
    assert [(finding.level, finding.message) for finding in edited.refusals] == [
        ("warning", "finding.edit_slots")
    ]


def test_a_sailing_without_figures_is_refused(small: dict[str, pl.DataFrame], edit_row: Row) -> None:
    """Winter notes alone do not tell tonnes: the edit is refused, with what to fill in."""
    bare = small["sailings"].with_columns(pl.lit(None, dtype=pl.Float64).alias("payload_t_per_cm"))
    edited = apply({**small, "sailings": bare}, [edit_row("draught", "boxes", change_cm=-20.0)])
    assert [(finding.level, finding.message) for finding in edited.refusals] == [
        ("warning", "finding.edit_no_draught"), ("error", "finding.edit_nothing"),
    ]  # fmt: skip
    assert not edited.changes
    assert "payload_t_per_cm" in edited.refusals[0].text("en")


def test_a_price_change_scales_what_it_names(edit_small: Edit) -> None:
    """A service scales its tariffs; a state or link gets its own row from the tariff for everywhere."""
    service = edit_small("price", "block_train", factor=1.2)
    state = edit_small("price", "BB", factor=1.5, service="block_train")
    link = edit_small("price", "bb-cc-sea", factor=0.5)
    assert cell(service, "tariffs", "train-all", "amount") == pytest.approx(0.36)
    assert cell(state, "tariffs", "train-all-bb-e1", "amount") == pytest.approx(0.45)
    assert cell(state, "tariffs", "train-all-bb-e1", "country") == "BB"
    assert cell(link, "tariffs", "feeder-all-bb-cc-sea-e1", "amount") == pytest.approx(0.3)
    assert cell(link, "tariffs", "feeder-all-bb-cc-sea-e1", "country") is None


REFUSED = [
    ("slow", "gates", {}, "finding.edit_lacks"),
    ("close", "Mill", {"factor": 2.0}, "finding.edit_unused"),
    ("close", "Nowhere", {}, "finding.edit_unknown"),
    ("close", "block_train", {}, "finding.edit_kind"),
    ("close", "Mill", {"mode": "road"}, "finding.edit_nothing"),
    ("slow", "Mill", {"factor": 2.0}, "finding.edit_kind"),
    ("slow", "gates", {"factor": 1.0}, "finding.edit_no_change"),
    ("slow", "boxes", {"factor": 0.01}, "finding.edit_limit"),
    ("hours", "Mill", {"hours": "24/7"}, "finding.edit_no_change"),
    ("remove_step", "Mill", {"code": "rail_customs"}, "finding.edit_nothing"),
    ("remove_step", "Harbour", {"code": "port_weather", "direction": "in"}, "finding.edit_last_step"),
    ("add_step", "Mill", {"mode": "rail", "direction": "in"}, "finding.edit_no_process"),
    ("add_step", "Harbour", {"mode": "rail", "direction": "through"}, "finding.edit_first_step"),
    ("add_step", "aa-gate", {"mode": "rail", "direction": "out", "code": "no_such"}, "finding.edit_code"),
    ("add_step", "aa-gate", {"mode": "rail", "direction": "out", "code": "port_dwell"},
     "finding.edit_code_mode"),
    ("add_step", "aa-gate", {"mode": "rail", "direction": "out", "service": "feeder"}, "finding.enum"),
    ("add_capacity", "bb-gate2", {"servers": 1}, "finding.edit_servers"),
    ("add_capacity", "aa-gate", {"servers": 1, "servers_now": 1}, "finding.edit_no_waiting"),
    ("add_capacity", "Harbour", {"servers": 1, "code": "port_weather"}, "finding.edit_weather"),
    ("draught", "Mill", {"change_cm": -10.0}, "finding.edit_nothing"),
    ("draught", "boxes", {"change_cm": -60.0}, "finding.edit_no_payload"),
    ("price", "BB", {"factor": 2.0, "service": "feeder"}, "finding.edit_nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("action", "target", "columns", "reason"), REFUSED)
def test_what_an_edit_cannot_act_on_is_refused_with_reason_and_repair(
    small: dict[str, pl.DataFrame],
    edit_row: Row,
    action: str,
    target: str,
    columns: dict[str, object],
    reason: str,
) -> None:
    """Nothing changes; the finding names the file, row and column, the reason and what to do."""
    extra = {"code": "rail_customs", "mean_h": 1.0, "party": "customs"} if action == "add_step" else {}
    edited = apply(small, [edit_row(action, target, **{**extra, **columns})])
    assert not edited.changes
    assert all(edited.frames[name].equals(small[name]) for name in small)
    found = {finding.message: finding for finding in edited.refusals}
    assert reason in found
    assert "error" in {finding.level for finding in edited.refusals}
    assert found[reason].row.startswith("by-hand.csv:2:")
    for lang in ("kk", "ru", "en"):
        worded = found[reason].text(lang)
        assert "→" in worded
        assert "{" not in worded
        assert "finding." not in worded
        assert "repair." not in worded


def test_a_refused_edit_does_not_stop_the_others(small: dict[str, pl.DataFrame], edit_row: Row) -> None:
    """The edits before and after one that is refused are made."""
    edited = apply(
        small,
        [edit_row("close", "boxes", edit="a"), edit_row("close", "Nowhere", edit="b"),
         edit_row("close", "bulk", edit="c")],
    )  # fmt: skip
    assert {change.edit for change in edited.changes} == {"a", "c"}
    assert len(edited.refusals) == 1


def test_an_added_step_is_met_at_the_border(edit_small: Edit) -> None:
    """The router's network has it at the post, after the steps that were there."""
    added = edit_small(
        "add_step", "bb-gate2", mode="rail", direction="in", code="rail_customs", mean_h=6.0, party="customs"
    )
    arcs = freeze({**added.frames, "speeds": _speeds()}, Cargo(mode="rail")).arcs
    (border,) = [arc for arc in arcs if arc.crossing and not arc.backward]
    assert [step.mean_h for step in border.steps] == [1.0, 2.0, 6.0]


def _speeds() -> pl.DataFrame:
    train = {"speed": "train", "service": "block_train", "country": "*", "speed_kmh": 50.0, "cv": 0.1}
    return table("speeds").frame([{**train, "source": "s", "quality": "assumed"}])
