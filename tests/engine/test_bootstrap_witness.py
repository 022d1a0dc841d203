"""Intervals by resampling: the same as scipy's where that can do it, and of the width that theory says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import bootstrap

from daliz.engine.bootstrap import LEVEL, MOST_CLUSTERS, Sample, interval


def sample_of(values: np.ndarray, cluster: np.ndarray | None = None) -> Sample:
    """Values over one, each a cluster of its own unless said otherwise."""
    own = np.arange(len(values)) if cluster is None else cluster
    return Sample(values.astype(np.float64), np.ones(len(values)), own.astype(np.int64))


def test_the_interval_of_a_mean_is_that_of_scipy() -> None:
    """BCa of a skewed sample of 80 within 3 per cent of the width of scipy.stats.bootstrap."""
    values = np.random.default_rng(3).lognormal(1, 0.8, 80)
    ours = interval(sample_of(values), "ratio_of_sums", seed=1, draws=9999)
    witness = bootstrap((values,), np.mean, n_resamples=9999, method="BCa", rng=2).confidence_interval
    assert ours is not None
    assert ours.method == "bca"
    width = witness.high - witness.low
    assert ours.low == pytest.approx(witness.low, abs=0.03 * width)
    assert ours.high == pytest.approx(witness.high, abs=0.03 * width)


def test_a_ratio_of_sums_has_the_interval_of_scipy_over_pairs() -> None:
    """BCa of sum(km)/sum(h) over paired draws agrees with scipy's paired bootstrap."""
    rng = np.random.default_rng(4)
    hours = rng.gamma(3, 5, 60)
    km = hours * rng.uniform(10, 40, 60)
    ours = interval(Sample(km, hours, np.arange(60)), "ratio_of_sums", seed=1, draws=9999)
    witness = bootstrap(
        (km, hours), lambda a, b, axis: a.sum(axis) / b.sum(axis), paired=True, n_resamples=9999, rng=5
    ).confidence_interval
    assert ours is not None
    width = witness.high - witness.low
    assert (ours.low, ours.high) == pytest.approx((witness.low, witness.high), abs=0.04 * width)


@pytest.mark.parametrize(("statistic", "q"), [("p50", 0.5), ("p90", 0.9)])
def test_quantiles_have_the_percentile_interval_of_scipy(statistic: str, q: float) -> None:
    """Nearest-rank median and P90 by percentile draws: each end within two ranks of scipy's."""
    values = np.sort(np.random.default_rng(6).gamma(2, 10, 101))
    ours = interval(sample_of(values), statistic, seed=1, draws=4999)
    witness = bootstrap(
        (values,), lambda x, axis: np.quantile(x, q, axis=axis, method="inverted_cdf"),
        n_resamples=4999, method="percentile", rng=2,
    ).confidence_interval  # fmt: skip
    assert ours is not None
    for end, other in ((ours.low, witness.low), (ours.high, witness.high)):
        assert abs(np.searchsorted(values, end) - np.searchsorted(values, other)) <= 2


def test_a_weighted_quantile_is_the_nearest_rank() -> None:
    """Of 1, 2, 3, 4 the median is 2 and P90 is 4, as the measures of the store have them."""
    sample = sample_of(np.array([4.0, 1.0, 3.0, 2.0]))
    assert (sample.value("p50"), sample.value("p90"), sample.value("p90_over_p50")) == (2, 4, 2)


def test_observations_of_one_shipment_are_drawn_together() -> None:
    """Ten copies of each value tell no more than one: the interval stays that of the clusters."""
    values = np.random.default_rng(8).lognormal(0, 1, 30)
    alone = interval(sample_of(values), "mean_of_ratios", seed=1)
    tenfold = sample_of(np.repeat(values, 10), np.repeat(np.arange(30), 10))
    copied = interval(tenfold, "mean_of_ratios", seed=1)
    naive = interval(sample_of(np.repeat(values, 10)), "mean_of_ratios", seed=1)
    assert alone is not None
    assert copied is not None
    assert naive is not None
    assert (copied.low, copied.high) == pytest.approx((alone.low, alone.high))
    assert naive.high - naive.low < 0.5 * (copied.high - copied.low)


def test_the_same_seed_gives_the_same_interval_and_one_cluster_gives_none() -> None:
    """Seeded; another seed differs a little; a single cluster has no interval."""
    values = np.random.default_rng(9).gamma(2, 3, 40)
    first, again, other = (interval(sample_of(values), "ratio_of_sums", seed=s) for s in (5, 5, 6))
    assert first == again
    assert first != other
    assert interval(sample_of(values, np.zeros(40)), "ratio_of_sums", seed=1) is None


def test_it_covers_the_true_mean_about_as_often_as_it_says() -> None:
    """Of the intervals of 300 samples of 40 lognormal hours, 88 to 97 per cent hold the true mean."""
    rng = np.random.default_rng(10)
    true, held = float(np.exp(0.18)), 0
    for trial in range(300):
        values = rng.lognormal(0, 0.6, 40)
        found = interval(sample_of(values), "ratio_of_sums", seed=trial, draws=499)
        assert found is not None
        held += found.low <= true <= found.high
    assert LEVEL == 0.95
    assert 0.88 <= held / 300 <= 0.97


def test_large_samples_are_not_drawn_but_agree_with_drawing() -> None:
    """Above the limit of clusters: normal and rank intervals within 10 per cent of the drawn width."""
    count = MOST_CLUSTERS + 1000
    values = np.random.default_rng(12).gamma(3, 4, count)
    for statistic, method in (("ratio_of_sums", "normal"), ("p90", "ranks")):
        large = interval(sample_of(values), statistic, seed=1)
        assert large is not None
        assert large.method == method
        small = bootstrap(
            (values,),
            np.mean if statistic == "ratio_of_sums" else lambda x, axis: np.quantile(x, 0.9, axis=axis),
            n_resamples=999, method="percentile", rng=3, batch=50,
        ).confidence_interval  # fmt: skip
        width = small.high - small.low
        assert (large.low, large.high) == pytest.approx((small.low, small.high), abs=0.15 * width)
