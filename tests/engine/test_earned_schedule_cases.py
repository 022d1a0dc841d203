"""Earned schedule: the cases of REFERENCE_CASES.md and what must always hold."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daliz.engine.earned import LEAST_PERIODS, earned, earned_schedule, progress

PLAN = np.array([10.0, 25, 45, 65, 80, 90, 100])


@pytest.mark.parametrize(
    ("at", "value", "schedule", "spi_t"), [(1, 8, 0.8, 0.8), (3, 36, 2.55, 0.85), (9, 100, 7.0, 0.7778)]
)
def test_reference_cases(at: float, value: float, schedule: float, spi_t: float) -> None:
    """(1, 8), (3, 36) and (9, 100) on the reference plan, to four digits."""
    found = earned(PLAN, np.array([float(value)]), np.array([float(at)]))
    assert found.schedule == pytest.approx(schedule)
    assert found.spi_t == pytest.approx(spi_t, abs=5e-5)


def test_the_index_in_money_forgives_all_delay_at_the_end() -> None:
    """All earned two periods late: SPI is 1.0 while SPI(t) is 0.7778."""
    found = earned(PLAN, np.array([100.0]), np.array([9.0]))
    assert found.spi == 1.0
    assert found.done
    assert found.duration == 9.0


def test_progress_counts_either_way() -> None:
    """23 to 18 with 15 aimed at is 0.625; up from 2 to 5 with 6 aimed at is 0.75; no way is no number."""
    assert progress(18, 23, 15) == 0.625
    assert progress(5, 2, 6) == 0.75
    assert math.isnan(progress(5, 2, 2))


def test_forecast_by_hand() -> None:
    """At SPI(t) 0.85 a plan of seven periods takes 7 / 0.85, at CPI 0.9 it costs 100 / 0.9."""
    found = earned(PLAN, np.array([36.0]), np.array([3.0]), np.array([40.0]))
    assert found.duration == pytest.approx(7 / 0.85)
    assert found.cost == pytest.approx(100 / 0.9)
    assert math.isnan(found.duration_low)


def test_an_interval_needs_history_and_holds_the_forecast() -> None:
    """Four periods of uneven work give an interval around the forecast; three give none."""
    value, at = np.array([8.0, 20, 41, 50]), np.arange(1.0, 5)
    found = earned(PLAN, value, at)
    assert len(value) == LEAST_PERIODS
    assert found.duration_low < found.duration < found.duration_high
    assert math.isnan(earned(PLAN, value[:3], at[:3]).duration_low)


def test_steady_work_is_forecast_for_certain() -> None:
    """The same SPI(t) in every period leaves no spread."""
    plan = np.arange(1.0, 11) * 10
    found = earned(plan, np.arange(1.0, 6) * 8, np.arange(1.0, 6))
    assert found.duration == pytest.approx(12.5)
    assert found.duration_low == pytest.approx(12.5)
    assert found.duration_high == pytest.approx(12.5)


def test_a_pause_in_the_plan_is_no_delay() -> None:
    """Work that earned all due before a pause is at its end; all earned is the end of the work."""
    plan = np.array([10.0, 10, 10, 20, 20])
    assert earned_schedule(plan, 10.0) == 3.0
    assert earned_schedule(plan, 20.0) == 4.0


rising = st.lists(st.floats(0, 100), min_size=1, max_size=20).map(lambda one: np.cumsum(one) + 1.0)


@given(rising, st.floats(0, 1))
def test_earned_schedule_turns_the_plan_round(plan: np.ndarray, share: float) -> None:
    """Reading the plan at the earned schedule gives back what is earned."""
    value = share * plan[-1]
    at = earned_schedule(plan, value)
    assert 0 <= at <= len(plan)
    assert np.interp(at, np.arange(len(plan) + 1), np.concatenate(([0.0], plan))) == pytest.approx(
        value, abs=1e-6
    )


def test_refusals() -> None:
    """A falling plan, no report, or times that do not grow are errors."""
    with pytest.raises(ValueError, match="fall"):
        earned_schedule(np.array([5.0, 3.0]), 1.0)
    with pytest.raises(ValueError, match="growing"):
        earned(PLAN, np.array([]), np.array([]))
    with pytest.raises(ValueError, match="growing"):
        earned(PLAN, np.array([1.0, 2.0]), np.array([2.0, 2.0]))
