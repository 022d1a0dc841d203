"""Quantiles of a trip against the closed forms of the lognormal and the normal."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daliz.engine.spread import (
    DRAWS,
    RHO,
    convolved,
    cumulative_h,
    draws_h,
    part_draws_h,
    quantiles,
    spread_shares,
)

PROPERTY = settings(deadline=None, derandomize=True, max_examples=40)
Z90 = 1.2815515655446004
DENSITY = {0.5: 0.3989422804, 0.9: 0.1754983319}
"""Standard normal density at the median and at the ninth decile."""


def _sigma(cv: float) -> float:
    return math.sqrt(math.log(1 + cv * cv))


@pytest.mark.parametrize("cv", [0.1, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_one_part_has_the_quantiles_of_its_lognormal(cv: float, seed: int) -> None:
    """P50 and P90 lie within four standard errors of m / sqrt(1 + cv^2) exp(z sigma)."""
    sigma = _sigma(cv)
    found = quantiles([40.0], [cv], [1.0], seed)[:2]
    for level, z, got in zip((0.5, 0.9), (0.0, Z90), found, strict=True):
        exact = 40 / math.sqrt(1 + cv * cv) * math.exp(z * sigma)
        error = sigma * math.sqrt(level * (1 - level) / DRAWS) / DENSITY[level]
        assert abs(math.log(got / exact)) < 4 * error


def test_the_mean_of_the_draws_is_the_mean_that_went_in() -> None:
    """The lognormal is centred on its mean, not on its median; a part of chance one half counts half."""
    total = draws_h([10.0, 30.0], [0.4, 0.6], [1.0, 0.5], 3)
    assert total.shape == (DRAWS,)
    assert float(total.mean()) == pytest.approx(10 + 15, abs=4 * float(total.std()) / math.sqrt(DRAWS))


def test_parts_share_bad_days() -> None:
    """Twenty equal parts: P90 is that of correlated parts (rho), well over that of independent ones."""
    n, cv = 20, 0.1
    p90 = quantiles([1.0] * n, [cv] * n, [1.0] * n, 5)[1]
    together = n + Z90 * cv * math.sqrt(n + n * (n - 1) * RHO)
    apart = n + Z90 * cv * math.sqrt(n)
    assert p90 == pytest.approx(together, rel=0.01)
    assert p90 - n > 2 * (apart - n)


def test_a_part_that_happens_half_the_time() -> None:
    """A certain 10 h and a further 4 h every other time: 10 or 14 h, each in about half of the draws."""
    total = draws_h([10.0, 4.0], [0.0, 0.0], [1.0, 0.5], 11)
    assert sorted(set(total.tolist())) == [10.0, 14.0]
    assert float(np.mean(total == 10)) == pytest.approx(0.5, abs=4 * 0.5 / math.sqrt(DRAWS))


def test_parts_of_probability_nought_and_one() -> None:
    """What never happens adds nothing, what always happens adds all of it."""
    assert quantiles([7.0, 100.0], [0.0, 0.0], [1.0, 0.0], 1)[:2] == pytest.approx((7, 7))
    assert quantiles([7.0, 100.0], [0.0, 0.0], [1.0, 1.0], 1)[:2] == pytest.approx((107, 107))


def test_the_chance_to_be_in_time_is_the_share_of_draws() -> None:
    """At the median half of the trips are in time, at P90 nine tenths; without a due time none is told."""
    trip = ([20.0, 5.0], [0.3, 1.0], [1.0, 0.4], 0)
    p50, p90, said = quantiles(*trip)
    assert said is None
    assert quantiles(*trip, due_h=p50)[2] == pytest.approx(0.5, abs=1 / DRAWS)
    assert quantiles(*trip, due_h=p90)[2] == pytest.approx(0.9, abs=1 / DRAWS)
    assert quantiles(*trip, due_h=0.0)[2] == 0


def test_a_trip_of_no_parts_takes_no_time() -> None:
    """No parts: zero hours at P50 and P90, and in time whatever is due."""
    assert quantiles([], [], [], 0) == (0.0, 0.0, None)
    assert quantiles([], [], [], 0, due_h=0.0) == (0.0, 0.0, 1.0)


trips = st.lists(
    st.tuples(st.floats(0.1, 300), st.floats(0.05, 2), st.floats(0.05, 1)), min_size=1, max_size=8
)


@PROPERTY
@given(trips, st.integers(0, 2**32 - 1))
def test_the_same_seed_gives_the_same_answer(trip: list[tuple[float, float, float]], seed: int) -> None:
    """Equal seeds agree to the last bit, and P50 is never over P90."""
    mean, cv, probability = (list(column) for column in zip(*trip, strict=True))
    first = quantiles(mean, cv, probability, seed)
    assert quantiles(mean, cv, probability, seed) == first
    assert 0 <= first[0] <= first[1]


def test_p50_is_below_p90_and_seeds_matter() -> None:
    """A trip with a certain, spread part has P50 under P90; another seed draws another sample."""
    first = quantiles([20.0, 5.0], [0.3, 1.0], [1.0, 0.4], 0)
    assert first[0] < first[1]
    assert quantiles([20.0, 5.0], [0.3, 1.0], [1.0, 0.4], 1) != first


@pytest.mark.parametrize("cv", [0.2, 0.8, 1.5])
def test_the_convolution_of_one_part_is_its_lognormal(cv: float) -> None:
    """Chance within each hour of the grid against the closed distribution function of the lognormal."""
    hours, within = convolved([30.0], [cv], [1.0])
    sigma, location = _sigma(cv), math.log(30 / math.sqrt(1 + cv * cv))
    for hour in (5.0, 15.0, 30.0, 60.0, 120.0):
        exact = 0.5 * (1 + math.erf((math.log(hour) - location) / sigma / math.sqrt(2)))
        assert float(np.interp(hour, hours, within)) == pytest.approx(exact, abs=0.01)


tame = st.lists(st.tuples(st.floats(5, 60), st.floats(0.1, 0.9), st.floats(0.2, 1)), min_size=1, max_size=4)


@PROPERTY
@given(tame, st.integers(0, 2**32 - 1))
def test_the_draws_agree_with_the_convolution(trip: list[tuple[float, float, float]], seed: int) -> None:
    """Two ways to one distribution: drawn and convolved shares in time differ by no more than chance.

    Kolmogorov's bound at one in 100 million is 3.1 / sqrt(draws); a hundredth is left to grid and quadrature.
    """
    mean, cv, probability = (list(column) for column in zip(*trip, strict=True))
    hours, within = convolved(mean, cv, probability, step_h=0.1)
    total = np.sort(draws_h(mean, cv, probability, seed))
    at = np.linspace(0.5, 2.5 * sum(mean), 50)
    drawn = np.searchsorted(total, at, side="right") / DRAWS
    assert np.abs(drawn - np.interp(at, hours, within)).max() < 3.1 / math.sqrt(DRAWS) + 0.01


def test_shares_of_the_spread_by_hand() -> None:
    """Independent columns of variance 1, 4 and 0 take a fifth, four fifths and nothing; the sum is one."""
    one, two = np.array([1.0, 1.0, -1.0, -1.0]), np.array([2.0, -2.0, 2.0, -2.0])
    table = np.column_stack([one, two, np.full(4, 9.0)])
    assert spread_shares(table).tolist() == pytest.approx([0.2, 0.8, 0.0])
    assert spread_shares(np.ones((4, 3))).tolist() == [0.0, 0.0, 0.0]


def test_cumulative_hours_end_at_those_of_the_trip() -> None:
    """P10 and P90 after each part rise, keep their order, and end at those of the whole sum."""
    trip = ([10.0, 5.0, 20.0], [0.3, 0.5, 0.2], [1.0, 1.0, 1.0], 4)
    low, high = cumulative_h(part_draws_h(*trip))
    assert low.shape == high.shape == (3,)
    assert np.all(low < high)
    assert np.all(np.diff(low) > 0)
    assert [low[-1], high[-1]] == pytest.approx(np.quantile(draws_h(*trip), (0.1, 0.9)).tolist())
