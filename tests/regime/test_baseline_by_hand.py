"""Checklists that follow from procedures: by hand on a small border, by rule on the shipped tables."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from regime_made import DAY, crossing, frames, step

from daliz.model.network import Network
from daliz.regime import Regime, baseline

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    import polars as pl

    from daliz.regime import Checklist


def told(one: Checklist | None) -> list[tuple[str, str, list[str]]]:
    assert one is not None
    return [(item["code"], item["mandatory"], item["after"]) for item in one.items]


def test_steps_become_items_in_their_order() -> None:
    """Mandatory controls and documents wait for the one before; the queue and the vet wait for none."""
    out = baseline(frames()).valid("aa-post", "road", "out", DAY)
    assert told(out) == [
        ("waiting_queue", "conditional", []),
        ("customs_clearance", "mandatory", []),
        ("border_security", "mandatory", ["customs_clearance"]),
        ("veterinary", "conditional", []),
    ]
    into = baseline(frames()).valid("bb-post", "road", "in", DAY)
    assert told(into) == [
        ("border_security", "mandatory", []),
        ("veterinary", "conditional", []),
        ("customs_clearance", "mandatory", ["border_security"]),
        ("vehicle_registration", "mandatory", ["customs_clearance"]),
    ]


TRAINS = [
    step("aa-post", "rail", "in", 1, "rail_customs", service="wagonload"),
    step("aa-post", "rail", "in", 2, "rail_customs", service="block_train"),
    step(
        "aa-post", "rail", "in", 3, "gauge_change_transload", service="block_train", cargo_class="container"
    ),
    step("aa-post", "rail", "in", 4, "rail_locomotive", service="wagonload"),
    step("aa-post", "rail", "in", 5, "rail_locomotive", mandatory="conditional", quality="assumed"),
]


def test_a_service_is_asked_for_its_own_steps_and_an_unknown_one_for_those_of_all() -> None:
    """What both services must do is mandatory for whoever comes; what one must do may happen."""
    made = baseline(frames(procedures=TRAINS))
    at = ("aa-post", "rail", "in", DAY)
    assert told(made.valid(*at)) == [
        ("rail_customs", "mandatory", []),
        ("gauge_change_transload", "conditional", []),
        ("rail_locomotive", "conditional", []),
    ]
    assert told(made.valid(*at, "block_train")) == [
        ("rail_customs", "mandatory", []),
        ("gauge_change_transload", "conditional", []),
        ("rail_locomotive", "conditional", []),
    ]
    assert told(made.valid(*at, "block_train", "container")) == [
        ("rail_customs", "mandatory", []),
        ("gauge_change_transload", "mandatory", []),
        ("rail_locomotive", "conditional", []),
    ]
    wagons = made.valid(*at, "wagonload")
    assert told(wagons) == [("rail_customs", "mandatory", []), ("rail_locomotive", "mandatory", [])]
    assert wagons.item("rail_locomotive")["most_times"] == 2  # type: ignore[union-attr, index]
    assert wagons.row["quality"] == "published"  # type: ignore[union-attr]


def standard(procedure: str, mean: float, year: int, basis: str = "sla") -> dict[str, Any]:
    return {"value": f"{procedure}-{year}-{mean}", "procedure": procedure, "quantity": "time_h",
            "basis": basis, "mean": mean, "cv": None, "year": year, "n": None, "source": "norm",
            "quality": "derived", "note": "told"}  # fmt: skip


def test_a_standard_makes_a_new_version_from_its_year_and_nothing_else_is_one() -> None:
    """No standard before 2018, 2 h and 3 h of one year leave 3 h; a published mean is no standard."""
    values = [
        standard("bb-post-road-in-3", 2.0, 2018),
        standard("bb-post-road-in-3", 3.0, 2018),
        standard("bb-post-road-in-3", 1.0, 2024),
        standard("bb-post-road-in-1", 7.0, 2019, "published"),
    ]
    made = baseline(frames(step_values=values))
    lists = [one for one in made.checklists if one.row["place"] == "bb-post"]
    assert [(one.row["version"], one.row["valid_from"].year, one.row["valid_to"]) for one in lists] == [
        (1, 2000, dt.date(2017, 12, 31)),
        (2, 2018, dt.date(2023, 12, 31)),
        (3, 2024, None),
    ]
    assert [one.item("customs_clearance")["sla_h"] for one in lists] == [None, 3.0, 1.0]  # type: ignore[index]
    assert lists[1].item("customs_clearance")["source"] == "norm"  # type: ignore[index]
    assert lists[1].item("border_security")["sla_h"] is None  # type: ignore[index]


def test_steps_that_come_and_go_make_versions() -> None:
    """A step valid for two years is asked in them alone."""
    rows = [
        step("aa-post", "road", "in", 1, "border_security"),
        step(
            "aa-post",
            "road",
            "in",
            2,
            "veterinary",
            valid_from=dt.date(2021, 1, 1),
            valid_to=dt.date(2022, 12, 31),
        ),
    ]
    made = baseline(frames(procedures=rows))
    asked = [
        [item["code"] for item in made.valid("aa-post", "road", "in", dt.date(year, 6, 1)).items]  # type: ignore[union-attr]
        for year in (2020, 2022, 2023)
    ]
    assert asked == [["border_security"], ["border_security", "veterinary"], ["border_security"]]


@pytest.mark.parametrize(("quality", "calendar"), [("published", "Mo-Fr 09:00-18:00"), ("assumed", "24/7")])
def test_the_clock_runs_in_opening_hours_that_a_source_tells(quality: str, calendar: str) -> None:
    """Assumed opening hours stop no clock."""
    hours = crossing("road", hours_b="Mo-Fr 09:00-18:00", hours_quality=quality, closed_on_holidays="b")
    one = baseline(frames(crossings=[hours])).valid("bb-post", "road", "in", DAY)
    assert one is not None
    assert one.row["calendar"] == one.items[0]["calendar"] == calendar
    assert one.row["closed_on_holidays"] == ("yes" if quality == "published" else "no")


@pytest.fixture(scope="module")
def shipped() -> Mapping[str, pl.DataFrame]:
    from importlib.resources import files
    from pathlib import Path

    return Network.from_folder(Path(str(files("daliz") / "data"))).frames


def test_every_process_of_the_network_has_a_checklist(shipped: Mapping[str, pl.DataFrame]) -> None:
    """Each place, mode and direction with procedures answers with steps today, and none is made up."""
    whole = Regime.from_frames(shipped)
    processes = shipped["procedures"].select("place", "mode", "direction").unique()
    assert processes.height > 1000
    for place, mode, direction in processes.iter_rows():
        found = whole.valid(place, mode, direction, dt.date(2026, 1, 1))
        assert found is not None, (place, mode, direction)
        assert found.items


def test_every_standard_of_a_derived_checklist_is_one_of_the_table(
    shipped: Mapping[str, pl.DataFrame],
) -> None:
    """A standard stands in `step_values` with the basis sla, or there is none."""
    known = {
        row["mean"] for row in shipped["step_values"].iter_rows(named=True) if row["basis"] == "sla"
    }  # fmt: skip
    told = {item["sla_h"] for one in baseline(shipped).checklists for item in one.items} - {None}
    assert told
    assert told <= known


def test_the_shipped_regime_is_at_odds_with_nothing(shipped: Mapping[str, pl.DataFrame]) -> None:
    """No finding on curated and derived checklists; ten places and several in two versions, all sourced."""
    whole = Regime.from_frames(shipped)
    assert whole.check(shipped) == []
    curated = Regime.from_tables(shipped).checklists
    assert len({one.row["place"] for one in curated}) >= 10
    assert sum(1 for one in curated if one.row["version"] > 1) >= 10
    assert all(one.row["source"] in set(shipped["sources"]["source"]) for one in curated)


def test_the_norms_of_the_curated_checklists_are_those_that_were_published(
    shipped: Mapping[str, pl.DataFrame],
) -> None:
    """Dostyk 9 h, then 4 h 15; a vessel at Alat 30 h; Zamyn-Uud 3 h, then 1 h 05; release 4 h since 2018."""
    whole = Regime.from_frames(shipped)

    def at(place: str, movement: str, day: str, service: str = "*") -> Checklist:
        mode, direction = movement.split(":")
        found = whole.valid(place, mode, direction, dt.date.fromisoformat(day), service)
        assert found is not None
        return found

    assert at("kz-dostyk", "rail:in", "2015-06-01", "block_train").row["total_sla_h"] == 9
    assert at("kz-dostyk", "rail:in", "2017-06-01", "block_train").row["total_sla_h"] == 4.25
    assert at("az-alat-port", "sea:in", "2025-06-01", "feeder").row["total_sla_h"] == 30
    assert at("mn-zamyn-uud", "rail:out", "2020-06-01").row["total_sla_h"] == 3
    assert at("mn-zamyn-uud", "rail:out", "2021-06-01").row["total_sla_h"] == pytest.approx(65 / 60, abs=1e-3)
    assert at("de-frankfurt-oder", "rail:in", "2030-12-31").row["total_sla_h"] is None
    assert at("de-frankfurt-oder", "rail:in", "2031-01-01").row["total_sla_h"] == pytest.approx(
        25 / 60, abs=1e-3
    )
    nur_zholy = [
        at("kz-nur-zholy", "road:in", day).item("customs_clearance") for day in ("2017-12-31", "2018-01-01")
    ]
    assert [item["sla_h"] for item in nur_zholy if item] == [None, 4.0]
    turn = at("kz-altynkol", "rail:in", "2020-01-01", "wagonload").item("rail_locomotive")
    assert turn is not None
    assert turn["sla_h"] == 3


def test_customs_left_the_inner_borders_on_the_days_it_did(shipped: Mapping[str, pl.DataFrame]) -> None:
    """Kazakhstan with Russia on 1 July 2011, with Kyrgyzstan on 12 August 2015."""
    whole = Regime.from_frames(shipped)
    for place, last in (("kz-syrym", dt.date(2011, 6, 30)), ("kz-kordai", dt.date(2015, 8, 11))):
        before = whole.valid(place, "road", "in", last)
        after = whole.valid(place, "road", "in", last + dt.timedelta(days=1))
        assert before is not None
        assert after is not None
        assert before.item("customs_clearance") is not None
        assert after.item("customs_clearance") is None
