"""Alignments of small visits against all there are, and against PM4Py where it can be had."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daliz.engine.align import (
    DONE,
    NEVER,
    OUT_OF_ORDER,
    REPEATED,
    UNKNOWN,
    Aligned,
    align,
    closed_order,
)

WITNESS = Path(__file__).parent / "witness_alignments.py"


def laid(case: dict[str, Any], open_visit: bool = False, most_nodes: int = 200_000) -> Aligned:
    """One visit aligned; `case` has `after` (masks), `most`, `needed`, `events` (item, begin, end)."""
    size = len(case["after"])
    after, most = np.zeros((1, 64), dtype=np.uint64), np.ones((1, 64), dtype=np.int16)
    after[0, :size] = closed_order(np.array(case["after"], dtype=np.uint64))
    most[0, :size] = case["most"]
    item, begin, end = (np.array(column, dtype=np.int64) for column in zip(*case["events"], strict=True))
    visits = (
        np.array([0, len(item)]), np.zeros(1, np.int32), np.array([case["needed"]], np.uint64),
        np.array([open_visit]), np.array([open_visit]),
    )  # fmt: skip
    return align(visits, (item.astype(np.int8), begin, end), (after, most), most_nodes)


def cheapest(case: dict[str, Any]) -> int:
    """Least cost over all sets of kept events, straight from the definition."""
    size = len(case["after"])
    closed = [int(mask) for mask in closed_order(np.array(case["after"], dtype=np.uint64))]
    events = case["events"]
    known = [at for at, (item, _, _) in enumerate(events) if item >= 0]
    best = None
    for kept_flags in itertools.product((False, True), repeat=len(known)):
        kept = [at for at, flag in zip(known, kept_flags, strict=True) if flag]
        times = [[at for at in kept if events[at][0] == item] for item in range(size)]
        if any(len(times[item]) > case["most"][item] for item in range(size)):
            continue
        # The first of each kept item begins after the first of each kept predecessor has ended.
        if any(
            closed[s] >> p & 1 and times[s] and times[p]
            and events[times[p][0]][2] > events[times[s][0]][1]
            for s in range(size) for p in range(size)
        ):  # fmt: skip
            continue
        skipped = sum(1 for item in range(size) if case["needed"] >> item & 1 and not times[item])
        cost = len(events) - len(kept) + skipped
        best = cost if best is None else min(best, cost)
    assert best is not None
    return best


@st.composite
def cases(draw: st.DrawFn, points: bool = False) -> dict[str, Any]:
    """Up to five items in any partial order, up to eight events that may overlap."""
    size = draw(st.integers(1, 5))
    after = [draw(st.integers(0, 2**item - 1)) for item in range(size)]
    events = []
    for _ in range(draw(st.integers(1, 8))):
        begin = draw(st.integers(0, 12))
        events.append(
            (draw(st.integers(-1, size - 1)), begin, begin if points else begin + draw(st.integers(0, 5)))
        )
    if points:
        events = [(item, at, at) for at, (item, _, _) in enumerate(events)]
    return {
        "after": after, "most": [draw(st.integers(1, 3)) for _ in range(size)],
        "needed": draw(st.integers(0, 2**size - 1)), "events": sorted(events, key=lambda one: one[1:]),
    }  # fmt: skip


@given(cases())
@settings(max_examples=400, deadline=None)
def test_the_cost_is_the_least_of_all(case: dict[str, Any]) -> None:
    """The aligned cost equals the minimum over every set of kept events, overlapping events included."""
    found = laid(case)
    assert int(found.cost[0]) == cheapest(case)
    assert found.proven[0]


@given(cases())
@settings(max_examples=300, deadline=None)
def test_the_labels_are_worth_their_cost(case: dict[str, Any]) -> None:
    """Kept events keep the order and their number; the rest and what is missing add up to the cost."""
    found = laid(case)
    label = found.label.tolist()
    size = len(case["after"])
    closed = closed_order(np.array(case["after"], dtype=np.uint64)).tolist()
    items = [item for item, _, _ in case["events"]]
    kept = [
        [at for at in range(len(items)) if items[at] == item and label[at] == DONE] for item in range(size)
    ]
    missing = sum(1 for item in range(size) if case["needed"] >> item & 1 and not kept[item])
    assert sum(one != DONE for one in label) + missing == found.cost[0]
    for s in range(size):
        assert len(kept[s]) <= case["most"][s]
        for p in range(size):
            if closed[s] >> p & 1 and kept[s] and kept[p]:
                assert case["events"][kept[p][0]][2] <= case["events"][kept[s][0]][1]
    for at, item in enumerate(items):
        assert (label[at] == UNKNOWN) == (item < 0)
        if label[at] == REPEATED:
            assert len(kept[item]) == case["most"][item]
        if label[at] == OUT_OF_ORDER:
            assert len(kept[item]) < case["most"][item]


@given(cases())
@settings(max_examples=300, deadline=None)
def test_the_fast_path_is_taken_only_where_it_is_optimal(case: dict[str, Any]) -> None:
    """Where nothing was searched the cost of the single pass is the least, and nothing is out of order."""
    found = laid(case)
    if not found.searched[0]:
        assert int(found.cost[0]) == cheapest(case)
        assert OUT_OF_ORDER not in found.label.tolist()


def test_a_late_predecessor_is_given_up_for_three_early_steps() -> None:
    """1 2 3 0 where 0 comes first: dropping the one late step (2) beats dropping three (6)."""
    chain = {"after": [0, 1, 1, 1], "most": [1] * 4, "needed": 15}
    found = laid(chain | {"events": [(1, 0, 1), (2, 1, 2), (3, 2, 3), (0, 3, 4)]})
    assert found.label.tolist() == [DONE, DONE, DONE, OUT_OF_ORDER]
    assert int(found.cost[0]) == 2
    assert found.searched[0]


def test_of_two_steps_in_the_wrong_order_the_early_one_is_named() -> None:
    """Either could be dropped at the same cost; the one that began before its predecessor was done is."""
    found = laid({"after": [0, 1], "most": [1, 1], "needed": 3, "events": [(1, 0, 1), (0, 1, 2)]})
    assert found.label.tolist() == [OUT_OF_ORDER, DONE]


def test_what_is_done_once_more_in_order_makes_the_early_one_a_repeat() -> None:
    """Customs begun too early and done again afterwards costs one edit, not two."""
    found = laid({"after": [0, 1], "most": [1, 1], "needed": 3, "events": [(1, 0, 1), (0, 1, 2), (1, 2, 3)]})
    assert found.label.tolist() == [REPEATED, DONE, DONE]
    assert int(found.cost[0]) == 1


def test_steps_that_overlap_are_not_in_order() -> None:
    """A step that begins while the one before it still runs began too early; at its very end it did not."""
    plan = {"after": [0, 1], "most": [1, 1], "needed": 3}
    assert int(laid(plan | {"events": [(0, 0, 2), (1, 1, 3)]}).cost[0]) == 2
    assert int(laid(plan | {"events": [(0, 0, 2), (1, 2, 3)]}).cost[0]) == 0


def test_an_open_visit_still_waits_for_what_may_come() -> None:
    """What nothing has passed over is pending; what a later step has passed over is left out already."""
    plan = {"after": [0, 0, 2], "most": [1] * 3, "needed": 7, "events": [(2, 0, 1)]}
    over, still = laid(plan), laid(plan, open_visit=True)
    assert (int(over.skipped[0]), int(over.pending[0]), bool(over.open[0])) == (0b011, 0, False)
    assert (int(still.skipped[0]), int(still.pending[0]), bool(still.open[0])) == (0b010, 0b001, True)


def test_an_event_without_an_end_is_in_progress_until_something_follows_it() -> None:
    """In the last visit it runs; once its successor has begun its end was merely not logged."""
    plan = {"after": [0, 1], "most": [1, 1], "needed": 3}
    assert laid(plan | {"events": [(0, 0, NEVER)]}, open_visit=True).running.tolist() == [True]
    assert laid(plan | {"events": [(0, 0, NEVER)]}).running.tolist() == [False]
    followed = laid(plan | {"events": [(0, 0, NEVER), (1, 1, 2)]}, open_visit=True)
    assert followed.running.tolist() == [False, False]
    assert (int(followed.cost[0]), bool(followed.open[0])) == (0, False)


def test_an_order_in_a_circle_is_refused() -> None:
    """A list that no sequence fulfils has no alignment."""
    with pytest.raises(ValueError, match="before itself"):
        closed_order(np.array([0b10, 0b01], dtype=np.uint64))


def test_sixty_four_items_backwards_are_proven() -> None:
    """A whole chain of 64 in reverse: one step is kept, 63 are dropped and skipped."""
    size = 64
    plan = {"after": [(1 << item) - 1 for item in range(size)], "most": [1] * size, "needed": (1 << size) - 1}
    found = laid(plan | {"events": [(size - 1 - at, at, at) for at in range(size)]})
    assert (int(found.cost[0]), bool(found.proven[0])) == (126, True)


def test_a_search_that_is_cut_off_says_so() -> None:
    """With two nodes there is an alignment that keeps the order, not known to be the cheapest."""
    chain = {"after": [0, 1, 1, 1], "most": [1] * 4, "needed": 15}
    found = laid(chain | {"events": [(1, 0, 1), (2, 1, 2), (3, 2, 3), (0, 3, 4)]}, most_nodes=2)
    assert not found.proven[0]
    assert int(found.cost[0]) == 6


def fixed_cases() -> list[dict[str, Any]]:
    """Two hundred drawn cases with point events, the same every time."""
    random = np.random.default_rng(20)
    found = []
    for _ in range(200):
        size = int(random.integers(1, 6))
        count = int(random.integers(1, 8))
        found.append(
            {
                "after": [int(random.integers(0, 2**item)) for item in range(size)],
                "most": [int(random.integers(1, 3)) for _ in range(size)],
                "needed": int(random.integers(0, 2**size)),
                "events": [(int(random.integers(-1, size)), at, at) for at in range(count)],
            }
        )
    return found


@pytest.mark.skipif("PM4PY_PYTHON" not in os.environ, reason="PM4PY_PYTHON names no Python with PM4Py")
def test_costs_are_those_of_pm4py() -> None:
    """On 200 drawn visits PM4Py's optimal alignments with the same unit costs cost the same."""
    drawn = fixed_cases()
    done = subprocess.run(
        [os.environ["PM4PY_PYTHON"], str(WITNESS)], input=json.dumps(drawn), capture_output=True, text=True,
        check=True, timeout=300,
    )  # fmt: skip
    assert json.loads(done.stdout.splitlines()[-1]) == [int(laid(case).cost[0]) for case in drawn]


def test_the_fixed_cases_are_hard_enough() -> None:
    """Of the drawn visits at least forty need the search, and each costs what enumeration says."""
    drawn = fixed_cases()
    found = [laid(case) for case in drawn]
    assert sum(bool(one.searched[0]) for one in found) >= 40
    assert [int(one.cost[0]) for one in found] == [cheapest(case) for case in drawn]
