"""Unusual times between activities: by hand, by the plain definition, and by PM4Py where it can be had."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daliz.engine.temporal import temporal_deviations, temporal_profile

WITNESS = Path(__file__).parent / "witness_temporal.py"


def arrays(cases: list[list[tuple[int, int, int]]]) -> tuple[Any, ...]:
    """Cases of (activity, begin, end) as the engine wants them."""
    ordered = [sorted(case, key=lambda one: (one[1], one[2])) for case in cases]
    first = np.cumsum([0, *map(len, ordered)])
    flat = [one for case in ordered for one in case]
    activity, begin, end = (np.array(column) for column in zip(*flat, strict=True))
    return first, activity.astype(np.int32), begin.astype(float), end.astype(float)


def plainly(cases: list[list[tuple[int, int, int]]], k: float) -> list[tuple[int, int, float]]:
    """The definition, pair by pair: (activity, activity, seconds) beyond k sample deviations."""
    passed: dict[tuple[int, int], list[float]] = {}
    pairs = []
    for case in cases:
        ordered = sorted(case, key=lambda one: (one[1], one[2]))
        for i, (a, _, end) in enumerate(ordered):
            for b, begin, _ in ordered[i + 1 :]:
                if begin >= end:
                    passed.setdefault((a, b), []).append(begin - end)
                    pairs.append((a, b, begin - end))
    usual = {
        pair: (statistics.fmean(times), statistics.stdev(times) if len(times) > 1 else 0.0)
        for pair, times in passed.items()
    }
    return sorted(
        (a, b, float(time))
        for a, b, time in pairs
        if not usual[a, b][0] - k * usual[a, b][1] <= time <= usual[a, b][0] + k * usual[a, b][1]
    )


def found(cases: list[list[tuple[int, int, int]]], k: float) -> list[tuple[int, int, float]]:
    """The same by the engine."""
    first, activity, begin, end = arrays(cases)
    profile = temporal_profile(first, activity, begin, end, 4)
    beyond = temporal_deviations(first, activity, begin, end, profile, k)
    return sorted(
        (int(activity[i]), int(activity[j]), float(s))
        for i, j, s in zip(beyond.source, beyond.target, beyond.passed_s, strict=True)
    )


def test_one_case_that_took_longer() -> None:
    """Times 10, 10, 10 and 30: mean 15, deviation 10; 30 lies 1.5 deviations off and is named at k = 1.2."""
    cases = [[(0, 0, 5), (1, 15, 16)]] * 3 + [[(0, 0, 5), (1, 35, 36)]]
    first, activity, begin, end = arrays(cases)
    profile = temporal_profile(first, activity, begin, end, 2)
    assert (profile.n[0, 1], profile.mean_s[0, 1], profile.sd_s[0, 1]) == (4, 15.0, 10.0)
    beyond = temporal_deviations(first, activity, begin, end, profile, 1.2)
    assert beyond.source.tolist() == [6]
    assert beyond.target.tolist() == [7]
    assert beyond.zeta.tolist() == [1.5]
    assert temporal_deviations(first, activity, begin, end, profile, 1.6).zeta.tolist() == []


def test_steps_that_overlap_are_no_pair() -> None:
    """A step that began before the other ended tells no time between them; at its end it tells nothing."""
    first, activity, begin, end = arrays([[(0, 0, 10), (1, 5, 12), (1, 10, 12)]])
    profile = temporal_profile(first, activity, begin, end, 2)
    assert (profile.n[0, 1], profile.mean_s[0, 1]) == (1, 0.0)


def test_a_pair_against_a_profile_without_spread_is_infinitely_far() -> None:
    """A profile of one log used on another: 11 s where all took 10."""
    first, activity, begin, end = arrays([[(0, 0, 0), (1, 10, 10)]])
    profile = temporal_profile(first, activity, begin, end, 3)
    other = arrays([[(0, 0, 0), (1, 11, 11), (2, 50, 50)]])
    assert temporal_deviations(*other, profile, 6.0).zeta.tolist() == [float("inf")]


many = st.lists(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 50), st.integers(0, 9)).map(
            lambda e: (e[0], e[1], e[1] + e[2])
        ),
        min_size=1, max_size=7,
    ),
    min_size=1, max_size=6,
)  # fmt: skip


@given(many, st.sampled_from((0.7, 1.3, 2.1)))
@settings(max_examples=150, deadline=None)
def test_deviations_are_those_of_the_definition(cases: list[list[tuple[int, int, int]]], k: float) -> None:
    """Same pairs and seconds as the definition applied pair by pair with the statistics module."""
    assert found(cases, k) == plainly(cases, k)


@pytest.mark.skipif("PM4PY_PYTHON" not in os.environ, reason="PM4PY_PYTHON names no Python with PM4Py")
def test_deviations_are_those_of_pm4py() -> None:
    """On 300 drawn cases PM4Py's profile names the same pairs with the same seconds."""
    random = np.random.default_rng(5)
    cases = []
    for _ in range(300):
        begins = np.cumsum(random.integers(1, 500, size=int(random.integers(2, 9))))
        cases.append(
            [(int(random.integers(0, 4)), int(at), int(at + random.integers(0, 60))) for at in begins]
        )
    done = subprocess.run(
        [os.environ["PM4PY_PYTHON"], str(WITNESS)], input=json.dumps({"cases": cases, "k": 1.5}),
        capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    theirs = sorted((a, b, s) for a, b, s in json.loads(done.stdout.splitlines()[-1]))
    assert theirs == found(cases, 1.5)
    assert len(theirs) > 100
