"""Which checklist holds on a day, and what a set of checklists says against itself."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from regime_made import DAY, checklist, frames, item, recognition

from daliz.regime import Regime

if TYPE_CHECKING:
    from collections.abc import Sequence

PROPERTY = settings(deadline=None, derandomize=True, max_examples=100)


def regime(lists: Sequence[dict[str, Any]], items: Sequence[dict[str, Any]] = (), **more: Any) -> Regime:
    """Curated checklists alone; each without items of its own gets one."""
    have = {one["checklist"] for one in items}
    filled = [
        *items,
        *(item(one["checklist"], 1, "customs_clearance") for one in lists if one["checklist"] not in have),
    ]
    return Regime.from_tables(frames(checklists=list(lists), checklist_items=filled, **more))


def held(of: Regime, day: str, service: str = "*", cargo_class: str = "any") -> str | None:
    found = of.valid("aa-post", "road", "in", dt.date.fromisoformat(day), service, cargo_class)
    return found.id if found else None


def test_a_version_holds_from_its_first_day_to_the_next_version() -> None:
    """Before the first there is none; a later version takes the place of an earlier without an end."""
    two = regime([checklist("v1"), checklist("v2", 2, "2024-07-01")])
    assert held(two, "2019-12-31") is None
    assert held(two, "2020-01-01") == "v1"
    assert held(two, "2024-06-30") == "v1"
    assert held(two, "2024-07-01") == "v2"


def test_a_version_with_a_last_day_gives_way_to_the_one_before() -> None:
    """Version 2 holds for one summer; after it the first holds again."""
    two = regime([checklist("v1"), checklist("v2", 2, "2024-06-01", valid_to="2024-08-31")])
    assert [held(two, day) for day in ("2024-05-31", "2024-08-31", "2024-09-01")] == ["v1", "v2", "v1"]


def test_the_more_specific_checklist_comes_first_whatever_its_version() -> None:
    """Service tells more than class, both more than one, and what is asked of others does not hold."""
    lists = regime(
        [
            checklist("all", 9),
            checklist("class", cargo_class="dangerous"),
            checklist("service", service="block_train"),
            checklist("both", service="block_train", cargo_class="dangerous"),
        ]
    )
    assert held(lists, "2025-01-01") == "all"
    assert held(lists, "2025-01-01", cargo_class="dangerous") == "class"
    assert held(lists, "2025-01-01", "block_train", "container") == "service"
    assert held(lists, "2025-01-01", "block_train", "dangerous") == "both"
    assert held(lists, "2025-01-01", "wagonload", "general") == "all"


def test_a_curated_checklist_comes_before_a_derived_one_and_the_users_own_before_both() -> None:
    """Rank comes before anything else; where the higher says nothing on a day the lower holds."""
    derived = Regime.from_frames(frames())
    assert derived.valid("bb-post", "road", "in", DAY).id == "bb-post-road-in-v1"  # type: ignore[union-attr]
    curated = Regime.from_frames(
        frames(checklists=[checklist("law", place="bb-post", first="2024-01-01")],
               checklist_items=[item("law", 1, "customs_clearance")])
    )  # fmt: skip
    assert curated.valid("bb-post", "road", "in", DAY).id == "law"  # type: ignore[union-attr]
    before = curated.valid("bb-post", "road", "in", dt.date(2023, 12, 31))
    assert before is not None
    assert before.id == "bb-post-road-in-v1"


def test_all_that_hold_at_a_place_are_listed_once() -> None:
    """At a place each movement, service and class told apart stands with the version of the day."""
    lists = regime(
        [
            checklist("v1"),
            checklist("v2", 2, "2025-01-01"),
            checklist("train", mode="rail", service="block_train"),
            checklist("out", direction="out"),
            checklist("there", place="bb-post"),
        ]
    )
    assert [one.id for one in lists.at("aa-post", DAY)] == ["train", "v2", "out"]
    assert [one.id for one in lists.at("aa-post", DAY, "road")] == ["v2", "out"]
    assert [one.id for one in lists.at("aa-post", DAY, "road:in")] == ["v2"]


BROKEN = {
    "finding.regime_days": [checklist("a", valid_to="2019-01-01")],
    "finding.regime_version_twice": [checklist("a"), checklist("b")],
    "finding.regime_version_order": [checklist("a"), checklist("b", 2)],
    "finding.regime_overlap": [checklist("a", valid_to="2025-06-30"), checklist("b", 2, "2025-01-01")],
}


@pytest.mark.parametrize("message", BROKEN)
def test_versions_that_do_not_hang_together_are_found(message: str) -> None:
    """Days the wrong way round, one version twice, versions out of order, and overlaps, each by name."""
    assert [finding.message for finding in regime(BROKEN[message]).check()] == [message]


def test_versions_that_follow_each_other_are_clean() -> None:
    """An end on the day before, no end at all, and the same version for another service are all right."""
    lists = [
        checklist("a", valid_to="2024-12-31"),
        checklist("b", 2, "2025-01-01"),
        checklist("c", 3, "2026-01-01"),
        checklist("d", service="block_train"),
        checklist("e", 1, "2019-01-01", valid_to="2019-12-31", direction="out"),
    ]
    assert regime(lists).check() == []


ITEMS = {
    "finding.regime_after_absent": [item("a", 1, "customs_clearance", after=["veterinary"])],
    "finding.regime_circle": [
        item("a", 1, "customs_clearance", after=["veterinary"]),
        item("a", 2, "veterinary", after=["customs_clearance"]),
    ],
    "finding.regime_longer": [item("a", 1, "customs_clearance", sla_h=9.0)],
    "finding.regime_escalation": [item("a", 1, "customs_clearance", escalate_h=2.0)],
}


@pytest.mark.parametrize("message", ITEMS)
def test_items_that_do_not_hang_together_are_found(message: str) -> None:
    """A step that waits for none, two that wait for each other, a standard beyond the whole, and so on."""
    found = regime([checklist("a", total_sla_h=4.0)], ITEMS[message]).check()
    assert [finding.message for finding in found] == [message]


def test_a_code_that_stands_twice_is_found_at_both_items() -> None:
    """An activity belongs in a checklist once; how often it may happen is a column."""
    twice = [item("a", 1, "veterinary"), item("a", 2, "veterinary", item="a-other")]
    found = regime([checklist("a")], twice).check()
    assert [finding.row for finding in found] == ["a-veterinary", "a-other"]


def test_a_checklist_without_steps_is_found() -> None:
    """A checklist that asks for nothing is a mistake, not a free passage."""
    empty = Regime.from_tables(frames(checklists=[checklist("a")]))
    assert [finding.message for finding in empty.check()] == ["finding.regime_no_items"]


def test_names_the_network_does_not_know_are_found() -> None:
    """Places and codes are errors, sources of the user's own are not; lists of codes are looked into."""
    lists = [checklist("a", place="nowhere", source="mine")]
    items = [item("a", 1, "customs_clearance", stops=["tea_break"]), item("a", 2, "sauna")]
    network = frames()
    found = regime(lists, items).check(network)
    told = {(finding.level, finding.values["column"], finding.values["value"]) for finding in found}
    assert told == {
        ("error", "place", "nowhere"),
        ("warning", "source", "mine"),
        ("error", "code", "sauna"),
        ("error", "stops", "tea_break"),
    }


def test_an_agreement_with_oneself_or_without_a_day_is_found() -> None:
    """A state does not recognise itself, and an agreement does not end before it begins."""
    rows = [
        recognition("self", "veterinary", partner="BB"),
        recognition("days", "veterinary", valid_to=dt.date(2019, 1, 1)),
    ]
    found = Regime.from_tables(frames(recognitions=rows)).check()
    assert [(finding.row, finding.message) for finding in found] == [
        ("self", "finding.regime_self"),
        ("days", "finding.regime_days"),
    ]


@st.composite
def _versions(draw: st.DrawFn) -> list[dict[str, Any]]:
    count = draw(st.integers(1, 5))
    lists = []
    for number in range(count):
        first = dt.date(2020, 1, 1) + dt.timedelta(days=draw(st.integers(0, 40)))
        lasting = draw(st.none() | st.integers(0, 30))
        last = None if lasting is None else (first + dt.timedelta(days=lasting)).isoformat()
        service = draw(st.sampled_from(["*", "block_train"]))
        version = draw(st.integers(1, 3))
        lists.append(checklist(f"c{number}", version, first.isoformat(), valid_to=last, service=service))
    return lists


@PROPERTY
@given(_versions(), st.integers(-5, 80), st.sampled_from(["*", "block_train", "wagonload"]))
def test_what_holds_is_in_force_and_fits_and_nothing_better_does(
    lists: list[dict[str, Any]], offset: int, service: str
) -> None:
    """For any versions and day: the answer is in force, fits, and none in force and fitting outranks it."""
    day = dt.date(2020, 1, 1) + dt.timedelta(days=offset)
    found = regime(lists).valid("aa-post", "road", "in", day, service)
    fitting = [
        (one["service"] != "*", one["version"])
        for one in lists
        if one["service"] in ("*", service)
        and one["valid_from"] <= day
        and (one["valid_to"] is None or day <= one["valid_to"])
    ]
    assert (found is None) == (not fitting)
    if found is not None:
        assert (found.row["service"] != "*", found.row["version"]) == max(fitting)


def test_tables_come_back_as_they_were() -> None:
    """From tables and to tables is the same tables."""
    given_tables = frames(
        checklists=[checklist("a"), checklist("b", 2, "2025-01-01")],
        checklist_items=[item("a", 1, "customs_clearance"), item("b", 1, "veterinary", hs=["0201"])],
        recognitions=[recognition("r", "veterinary")],
    )
    for name, frame in Regime.from_tables(given_tables).to_tables().items():
        assert frame.equals(given_tables[name])
        assert isinstance(frame, pl.DataFrame)
