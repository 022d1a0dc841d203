"""Interrupted series: against closed forms, and planted effects found as often as they should be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from benchmarks.effects import difference, interrupted
from daliz.engine.interrupted import design, fit_ar1, ljung_box


def test_with_no_memory_it_is_least_squares() -> None:
    """At a memory of nothing the estimate is that of ordinary least squares, and the error close to it."""
    rng = np.random.default_rng(7)
    times = np.arange(300.0)
    columns, contrast = design(times, 150, season=False, slope=False)
    y = 2 + 0.3 * columns[:, 1] - 0.5 * columns[:, 2] + rng.normal(size=300)
    fit = fit_ar1(y, columns, contrast, times)
    plain = np.linalg.lstsq(columns, y, rcond=None)[0]
    assert abs(fit.memory[0]) < 0.15
    assert fit.estimate[0] == pytest.approx(plain @ contrast, abs=0.05)
    rest = y - columns @ plain
    se = np.sqrt(rest @ rest / 297 * (contrast @ np.linalg.solve(columns.T @ columns, contrast)))
    assert fit.se[0] == pytest.approx(se, rel=0.2)


def test_generalised_least_squares_by_the_whole_matrix() -> None:
    """The estimate and its error are those of the full covariance matrix at the memory found, with gaps."""
    rng = np.random.default_rng(8)
    times = np.array([*range(12), *range(15, 30), 33, 34, 36], dtype=np.float64)
    columns, contrast = design(times, 18, season=False)
    y = rng.normal(size=len(times)).cumsum() * 0.2 + columns @ np.array([1.0, 0.2, -0.7, 0.1])
    fit = fit_ar1(y, columns, contrast, times)
    memory = fit.memory[0]
    gaps = np.abs(times[:, None] - times[None, :])
    inverse = np.linalg.inv(np.sign(memory) ** gaps * np.abs(memory) ** gaps)
    gram = columns.T @ inverse @ columns
    beta = np.linalg.solve(gram, columns.T @ inverse @ y)
    rest = y - columns @ beta
    scale = rest @ inverse @ rest / (len(y) - columns.shape[1])
    assert fit.beta[:, 0] == pytest.approx(beta, rel=1e-6)
    assert fit.se[0] == pytest.approx(np.sqrt(scale * (contrast @ np.linalg.solve(gram, contrast))), rel=1e-6)


@given(st.integers(0, 2**32 - 1), st.floats(-3, 3), st.floats(0.1, 10))
def test_shifting_and_stretching_does_the_same_to_the_effect(seed: int, shift: float, scale: float) -> None:
    """A constant changes nothing; another unit multiplies estimate and error, not the chance."""
    rng = np.random.default_rng(seed)
    times = np.arange(30.0)
    columns, contrast = design(times, 20, season=False)
    y = rng.normal(size=30)
    one, two = fit_ar1(y, columns, contrast, times), fit_ar1(scale * y + shift, columns, contrast, times)
    assert two.estimate[0] == pytest.approx(scale * one.estimate[0], rel=1e-5, abs=1e-7)
    assert two.se[0] == pytest.approx(scale * one.se[0], rel=1e-4)
    assert two.p[0] == pytest.approx(one.p[0], rel=1e-3, abs=1e-6)


def test_the_contrast_is_the_mean_change_after() -> None:
    """A level of -1 and a slope of -1 a year over the 12 months after: the mean change is -1 - 5.5 / 12."""
    times = np.arange(36.0)
    _columns, contrast = design(times, 24, season=False)
    assert contrast @ np.array([0, 0, -1.0, -1.0]) == pytest.approx(-1 - 5.5 / 12)


@pytest.mark.parametrize("study", [interrupted, difference])
@pytest.mark.parametrize("memory", [0.0, 0.3, 0.6])
def test_nothing_is_found_where_nothing_is(study: object, memory: float) -> None:
    """Over 1,000 seeds a null effect is rejected in 2 to 9 of 100, and intervals hold the truth."""
    cell = study(0.0, memory, 24, 12)  # type: ignore[operator]
    assert 0.02 <= cell["rejected"] <= 0.09
    assert cell["covered"] >= 0.91


@pytest.mark.parametrize("study", [interrupted, difference])
def test_power_grows_with_the_effect_and_the_months(study: object) -> None:
    """5, 10 and 20 per cent are found ever more often, and more often with more months."""
    short = [study(effect, 0.3, 24, 12)["rejected"] for effect in (0.05, 0.10, 0.20)]  # type: ignore[operator]
    long = [study(effect, 0.3, 40, 20)["rejected"] for effect in (0.05, 0.10, 0.20)]  # type: ignore[operator]
    assert short[0] < short[1] < short[2]
    assert all(one < two for one, two in zip(short, long, strict=True))
    assert long[2] > 0.95


def test_ljung_box_is_uniform_over_white_noise() -> None:
    """Over white series the chance is near uniform; over a series with memory it is near nothing."""
    rng = np.random.default_rng(9)
    chances = [ljung_box(rng.normal(size=120), 6) for _ in range(300)]
    assert stats.kstest(chances, "uniform").statistic < 0.25
    walk = np.empty(120)
    walk[0] = 0
    for at in range(1, 120):
        walk[at] = 0.8 * walk[at - 1] + rng.normal()
    assert ljung_box(walk, 6) < 1e-4


def test_too_few_points_are_refused() -> None:
    """As many columns as points, or columns that depend on each other, are errors."""
    columns, contrast = design(np.arange(4.0), 2, season=False)
    with pytest.raises(ValueError, match="more points"):
        fit_ar1(np.ones(4), columns, contrast, np.arange(4.0))
