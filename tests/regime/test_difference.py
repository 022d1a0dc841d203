"""What two checklists do not have in common, worked out by hand and by the least number of moves."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from regime_made import checklist, frames, item

from daliz.i18n import LANGUAGES
from daliz.regime import Regime, diff

if TYPE_CHECKING:
    from daliz.regime import Checklist

PROPERTY = settings(deadline=None, derandomize=True, max_examples=100)


def made(
    key: str, codes: list[str], whole: dict[str, Any] | None = None, **more: dict[str, Any]
) -> Checklist:
    items = [item(key, seq, code, **more.get(code, {})) for seq, code in enumerate(codes, start=1)]
    tables = frames(checklists=[checklist(key, **(whole or {}))], checklist_items=items)
    return Regime.from_tables(tables).checklists[0]


def kinds(old: Checklist, new: Checklist) -> list[tuple[str, str, object, object]]:
    return [(change.kind, change.code, change.before, change.after) for change in diff([old], [new]).changes]


CODES = ["waiting_queue", "border_security", "customs_clearance", "veterinary"]


def test_the_same_checklist_under_another_name_differs_in_nothing() -> None:
    """Ids, versions and days are not a difference of what is asked."""
    one, other = made("a", CODES), made("b", CODES, {"version": 2})
    assert diff([one], [other]).same
    assert diff([one], [other]).table.empty


def test_each_kind_of_change_is_told_by_hand() -> None:
    """A step gone, one new, another party, a standard set and one withdrawn, calendars, goods, stops."""
    old = made("a", CODES, {"total_sla_h": 4.0}, customs_clearance={"sla_h": 2.0}, veterinary={"hs": ["01"]})
    new = made(
        "b",
        ["waiting_queue", "customs_clearance", "veterinary", "phytosanitary"],
        {"calendar": "Mo-Fr 09:00-18:00"},
        customs_clearance={"party": "broker", "closed_on_holidays": "yes", "escalate_h": 1.0, "sla_h": 1.0},
        veterinary={"mandatory": "conditional", "stops": ["waiting_queue"], "after": ["customs_clearance"],
                    "most_times": 2},
    )  # fmt: skip
    assert kinds(old, new) == [
        ("standard", "", 4.0, None),
        ("calendar", "", "24/7", "Mo-Fr 09:00-18:00"),
        ("removed", "border_security", "customs", None),
        ("added", "phytosanitary", None, "customs"),
        ("party", "customs_clearance", "customs", "broker"),
        ("standard", "customs_clearance", 2.0, 1.0),
        ("calendar", "customs_clearance", "no", "yes"),
        ("escalation", "customs_clearance", None, 1.0),
        ("mandatory", "veterinary", "mandatory", "conditional"),
        ("order", "veterinary", [], ["customs_clearance"]),
        ("stops", "veterinary", [], ["waiting_queue"]),
        ("goods", "veterinary", ["01"], []),
        ("repeat", "veterinary", 1, 2),
    ]


def test_a_step_put_last_is_one_move() -> None:
    """The others have not moved because one left its place among them."""
    old, new = made("a", CODES), made("b", [*CODES[1:], CODES[0]])
    assert kinds(old, new) == [("moved", "waiting_queue", 1, 4)]


@PROPERTY
@given(st.permutations(["a1", "b2", "c3", "d4", "e5"]))
def test_moves_are_the_fewest_that_bring_the_order_back(order: list[str]) -> None:
    """The steps not told as moved are a longest common order, found by trying all."""
    first = sorted(order)
    moved = {change.code for change in diff([made("a", first)], [made("b", order)]).changes}
    most = max(
        size
        for size in range(6)
        for kept in combinations(first, size)
        if [code for code in order if code in kept] == list(kept)
    )
    assert len(moved) == 5 - most
    kept = [code for code in order if code not in moved]
    assert kept == sorted(kept)


def test_sets_are_matched_by_what_they_are_for() -> None:
    """A checklist on one side only is added or removed; those for the same movement are compared."""
    old = [made("a", CODES), made("c", CODES, {"direction": "out"})]
    new = [made("b", CODES[:3]), made("d", CODES, {"service": "block_train"})]
    assert [(change.kind, change.before_id, change.after_id) for change in diff(old, new).changes] == [
        ("removed", "a", "b"),
        ("checklist_added", "", "d"),
        ("checklist_removed", "c", ""),
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_changes_are_worded(lang: str) -> None:
    """Every kind has its words, steps their names, and the whole visit is called so."""
    old, new = made("a", CODES, {"total_sla_h": 4.0}), made("b", CODES[1:])
    codes = {"waiting_queue": {f"name_{one}": f"queue-{one}" for one in LANGUAGES}}
    told = diff([old], [new]).as_dict(lang, codes)
    assert told["same"] is False
    assert [change["step"] for change in told["changes"]][1] == f"queue-{lang}"
    assert all("regime." not in change["kind_text"] + change["step"] for change in told["changes"])


def test_the_table_has_a_row_for_each_change() -> None:
    """The frame of pandas holds the columns of a change."""
    shown = diff([made("a", CODES)], [made("b", CODES[1:])]).table
    assert list(shown.columns) == ["before_id", "after_id", "kind", "code", "column", "before", "after"]
    assert shown["kind"].tolist() == ["removed"]
