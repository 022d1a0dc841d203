"""Steps tilted to a published total: the total is met, and what is known tightly stays."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from daliz.engine.calibrate import Spread, spread, tilt

PROPERTY = settings(deadline=None, derandomize=True, max_examples=200)

steps = st.lists(
    st.tuples(st.floats(0.01, 1), st.floats(0.05, 50), st.floats(0.1, 2)), min_size=1, max_size=12
)


def _columns(rows: list[tuple[float, float, float]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    table = np.array(rows, dtype=np.float64)
    return table[:, 0], table[:, 1], table[:, 2]


@PROPERTY
@given(steps, st.floats(0.1, 400))
def test_tilted_steps_sum_to_the_total(rows: list[tuple[float, float, float]], total_h: float) -> None:
    """Probability times calibrated mean sums to the total within 1e-9 of it."""
    probability, prior_h, log_sd = _columns(rows)
    assert float(probability @ tilt(probability, prior_h, log_sd, total_h)) == pytest.approx(
        total_h, rel=1e-9
    )


@PROPERTY
@given(steps, st.floats(0.1, 400))
def test_pinned_steps_stay_and_the_others_take_the_difference(
    rows: list[tuple[float, float, float]], extra_h: float
) -> None:
    """A step of no spread keeps its prior to the last bit while the total is still met."""
    probability, prior_h, log_sd = _columns([(1.0, 3.25, 0.0), *rows])
    fitted = tilt(probability, prior_h, log_sd, 3.25 + extra_h)
    assert fitted[0] == 3.25
    assert float(probability @ fitted) == pytest.approx(3.25 + extra_h, rel=1e-9)


@PROPERTY
@given(steps, st.floats(0.2, 300))
def test_loose_steps_move_first(rows: list[tuple[float, float, float]], total_h: float) -> None:
    """All steps move the same way, and the log move grows with the prior log standard deviation."""
    probability, prior_h, log_sd = _columns(rows)
    expected_h = float(probability @ prior_h)
    assume(abs(total_h / expected_h - 1) > 1e-6)
    fitted = tilt(probability, prior_h, log_sd, total_h)
    move = np.log(fitted / prior_h) * (1 if total_h > expected_h else -1)
    assert np.all(move >= 0)
    order = np.argsort(log_sd, kind="stable")
    assert np.all(np.diff(move[order]) >= -1e-9)


def test_tilt_by_another_root_finder() -> None:
    """The same multiplier as scipy's brentq finds for sum p m exp(mu s^2) = T, on a post of five steps."""
    probability = np.array([1, 1, 0.6, 0.15, 1])
    prior_h = np.array([2.0, 4.5, 6.0, 12.0, 20.0])
    log_sd = np.array([0.2, 0.3, 0.5, 0.6, 1.2])
    for total_h in (8.0, 31.9, 60.0, 250.0):
        mu = brentq(
            lambda m, t=total_h: float(probability @ (prior_h * np.exp(m * log_sd**2))) - t, -200, 200
        )
        wanted = prior_h * np.exp(mu * log_sd**2)
        assert tilt(probability, prior_h, log_sd, total_h).tolist() == pytest.approx(
            wanted.tolist(), rel=1e-9
        )


def test_equal_spreads_scale_all_steps_alike() -> None:
    """By hand: steps of 1, 2 and 3 h with one spread, published at 12 h, double."""
    fitted = tilt(np.ones(3), np.array([1.0, 2.0, 3.0]), np.full(3, 0.4), 12.0)
    assert fitted.tolist() == pytest.approx([2, 4, 6], rel=1e-12)


def test_tilt_keeps_a_split_that_already_agrees() -> None:
    """A total equal to the expected prior changes no step."""
    prior_h = np.array([1.0, 5.0, 9.0])
    fitted = tilt(np.array([1, 0.5, 0.1]), prior_h, np.array([0.1, 0.9, 1.4]), 1 + 2.5 + 0.9)
    assert fitted.tolist() == pytest.approx(prior_h.tolist(), rel=1e-12)


def test_all_pinned_steps_are_returned_as_they_are_and_not_by_reference() -> None:
    """Nothing can move: the priors come back, as another array, so that no caller changes its argument."""
    prior_h = np.array([1.0, 2.0])
    fitted = tilt(np.ones(2), prior_h, np.zeros(2), 99.0)
    assert fitted.tolist() == [1.0, 2.0]
    assert fitted is not prior_h


def test_a_total_below_the_pinned_steps_gives_the_nearest_reachable() -> None:
    """Pinned 10 h against a published 6 h: the loose step goes to almost nothing, the pinned one stays."""
    fitted = tilt(np.ones(2), np.array([10.0, 5.0]), np.array([0.0, 1.0]), 6.0)
    assert fitted[0] == 10.0
    assert 0 < fitted[1] < 1e-9


@pytest.mark.parametrize(
    ("prior_h", "total_h"),
    [([], 5.0), ([1.0], 0.0), ([1.0], -3.0), ([1.0, 0.0], 5.0), ([1.0, -2.0], 5.0)],
    ids=["no steps", "zero total", "negative total", "zero prior", "negative prior"],
)
def test_tilt_refuses_what_has_no_answer(prior_h: list[float], total_h: float) -> None:
    """Empty processes and hours that are not positive are refused."""
    prior = np.array(prior_h, dtype=np.float64)
    with pytest.raises(ValueError, match="positive"):
        tilt(np.ones(len(prior)), prior, np.ones(len(prior)), total_h)


def test_spread_is_the_root_mean_square_of_log_ratios() -> None:
    """By hand: posts at e and 1/e of their level have a log spread of exactly 1, whatever the level."""
    found = spread(np.array([math.e * 10, 7 / math.e]), np.array([10.0, 7.0]))
    assert found.log_sd == pytest.approx(1.0)
    assert found.count == 2


def test_spread_does_not_fall_below_its_floor() -> None:
    """Posts that happen to agree do not make the next one certain; without posts the spread is wide."""
    assert spread(np.array([5.0, 8.0]), np.array([5.0, 8.0])) == Spread(0.5, 2)
    assert spread(np.array([5.0]), np.array([5.0]), floor=0.2).log_sd == 0.2
    assert spread(np.zeros(0), np.zeros(0)) == Spread(1.0, 0)


def test_an_interval_is_even_in_ratio_and_widens_with_fewer_posts() -> None:
    """Low and high lie the same factor from the level; one post makes that factor wider than ten."""
    low, high = Spread(0.5, 10).interval(20.0)
    assert low * high == pytest.approx(400)
    assert math.log(high / 20) == pytest.approx(1.645 * 0.5 * math.sqrt(1.1))
    assert Spread(0.5, 1).interval(20.0)[1] > high
