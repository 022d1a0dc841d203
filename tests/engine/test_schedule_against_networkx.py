"""Critical paths by hand, against networkx and against a plain relaxation of all links."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daliz.engine.schedule import Links, cycle_of, schedule

NAN = float("nan")


def links(*rows: tuple[int, int, int, float]) -> Links:
    """Links from (first, second, kind, lag)."""
    cells = np.array(rows, dtype=np.float64).reshape(-1, 4)
    return Links(*(cells[:, at].astype(np.int64) for at in range(3)), cells[:, 3])


def plain(duration: list[float], linked: Links, **more: Any) -> Any:
    """A schedule with nothing begun yet and no first days."""
    n = len(duration)
    none = np.full(n, NAN)
    free = more.pop("not_before", np.full(n, -np.inf))
    started, done = more.pop("started", none), more.pop("done", none)
    return schedule(np.array(duration, dtype=np.float64), linked, free, started, done, **more)


def test_a_network_worked_by_hand() -> None:
    """A(3) then B(4) and C(2), then D(5): the end is day 12 by A, B, D; C has two days of float."""
    found = plain([3, 4, 2, 5], links((0, 1, 0, 0), (0, 2, 0, 0), (1, 3, 0, 0), (2, 3, 0, 0)), now=0.0)
    assert found.early_finish.tolist() == [3, 7, 5, 12]
    assert found.late_start.tolist() == [0, 3, 5, 7]
    assert found.total_float_d.tolist() == [0, 0, 2, 0]
    assert found.free_float_d.tolist() == [0, 0, 2, 0]
    assert found.critical.tolist() == [True, True, False, True]
    assert found.driver.tolist() == [-1, 0, 1, 2]


@pytest.mark.parametrize(
    ("kind", "lag", "start"), [(0, 0, 5), (0, -2, 3), (1, 1, 1), (2, 0, 2), (2, 4, 6), (3, 6, 3), (3, 0, 0)]
)
def test_each_kind_of_link(kind: int, lag: float, start: float) -> None:
    """Five days then three: where the second may begin under each kind, worked by hand."""
    found = plain([5, 3], links((0, 1, kind, lag)), now=0.0)
    assert found.early_start.tolist() == [0, start]


def test_what_is_done_keeps_its_days_and_the_rest_waits_for_today() -> None:
    """A was done late on day 6; B waits; with today at day 10 nothing unfinished ends before it."""
    found = plain(
        [3, 4], links((0, 1, 0, 0)), started=np.array([1.0, NAN]), done=np.array([6.0, NAN]), now=10.0
    )
    assert found.early_start.tolist() == [1, 10]
    assert found.early_finish.tolist() == [6, 14]
    assert found.critical.tolist() == [False, True]


def test_started_work_ends_no_earlier_than_today() -> None:
    """Begun on day 0 with three days of work and not done on day 9: it ends on day 9 at the earliest."""
    found = plain([3], links(), started=np.array([0.0]), now=9.0)
    assert found.early_finish.tolist() == [9]


def test_a_circle_is_named_in_order() -> None:
    """1 -> 2 -> 3 -> 1 is found whatever hangs on it, and cannot be scheduled."""
    ring = links((0, 1, 0, 0), (1, 2, 0, 0), (2, 3, 1, 0), (3, 1, 0, 0), (3, 4, 0, 0))
    found = cycle_of(5, ring).tolist()
    assert sorted(found) == [1, 2, 3]
    pairs = set(zip(found, [*found[1:], found[0]], strict=True))
    assert pairs == {(1, 2), (2, 3), (3, 1)}
    with pytest.raises(ValueError, match="circle"):
        plain([1.0] * 5, ring)
    assert cycle_of(3, links((0, 1, 0, 0))).tolist() == []
    assert cycle_of(1, links((0, 0, 0, 0))).tolist() == [0]


acyclic = st.integers(1, 9).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(0, 6), min_size=n, max_size=n),
        st.lists(
            st.tuples(st.integers(0, n - 1), st.integers(0, n - 1), st.integers(0, 3), st.integers(-3, 4)),
            max_size=14,
        ),
    )
)


@settings(max_examples=200)
@given(acyclic)
def test_early_days_are_the_least_that_meet_every_link(case: Any) -> None:
    """Relaxing all links until nothing moves gives the same early days; a day less of any breaks a link."""
    duration, raw = case
    rows = [(min(a, b), max(a, b), kind, lag) for a, b, kind, lag in raw if a != b]
    found = plain([float(one) for one in duration], links(*rows), now=0.0)
    start = [0.0] * len(duration)
    for _ in range(len(duration) + 1):
        for first, second, kind, lag in rows:
            base = start[first] + (duration[first] if kind in (0, 2) else 0)
            bound = base + lag - (duration[second] if kind in (2, 3) else 0)
            start[second] = max(start[second], bound)
    assert found.early_start.tolist() == start
    assert (found.total_float_d >= -1e-9).all()
    assert (found.free_float_d <= found.total_float_d + 1e-9).all()
    assert found.critical.any()


@settings(max_examples=60)
@given(st.integers(2, 40), st.integers(0, 2**32 - 1))
def test_the_end_is_the_longest_path_of_networkx(n: int, seed: int) -> None:
    """With finish-start links and no lags the end is the longest path, and the critical set holds it."""
    rng = np.random.default_rng(seed)
    duration = rng.integers(1, 20, n).astype(float)
    rows = [(a, b, 0, 0.0) for a in range(n) for b in range(a + 1, n) if rng.random() < 3 / n]
    found = plain(duration.tolist(), links(*rows), now=0.0)
    graph = nx.DiGraph()
    graph.add_nodes_from(range(n))
    graph.add_node("end")
    graph.add_weighted_edges_from((a, b, duration[a]) for a, b, _, _ in rows)
    graph.add_weighted_edges_from((a, "end", duration[a]) for a in range(n))
    assert found.early_finish.max() == nx.dag_longest_path_length(graph)
    longest = [node for node in nx.dag_longest_path(graph) if node != "end"]
    assert found.critical[longest].all()


@given(acyclic, st.integers(1, 5))
def test_slipping_within_the_float_keeps_the_end(case: Any, more: int) -> None:
    """An activity that takes as much longer as its total float allows does not move the end."""
    duration, raw = case
    rows = [(min(a, b), max(a, b), 0, float(lag)) for a, b, _, lag in raw if a != b]
    found = plain([float(one) for one in duration], links(*rows), now=0.0)
    longer = [float(one) for one in duration]
    at = more % len(duration)
    longer[at] += found.total_float_d[at]
    again = plain(longer, links(*rows), now=0.0)
    assert again.early_finish.max() == pytest.approx(found.early_finish.max())
