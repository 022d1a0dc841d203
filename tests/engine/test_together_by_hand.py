"""Events that all shipments of a day meet: drawn by their own stream, and what they do to the joint chance.

The witness draws days and shipments one by one with another generator.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from daliz.engine.spread import (
    DRAWS,
    RHO,
    Events,
    convolved,
    draws_h,
    part_draws_h,
    quantiles,
    together,
)

TRIP = ([100.0, 30.0, 40.0, 8.0], [0.2, 0.6, 1.0, 0.8], [1.0, 1.0, 0.3, 0.5])
STORM = Events(740_000, [-1, -1, 77, -1])
SIDE = 4 * 0.5 / math.sqrt(DRAWS)
"""Four standard errors of a share of DRAWS draws."""


def counted(events: Events, due_h: float, shipments: int, days: int = 40_000) -> float:
    """Share of days on which all shipments are in time, shipment by shipment and part by part."""
    draw = np.random.Generator(np.random.MT19937(4))
    factor = draw.normal(0.0, math.sqrt(RHO), days)
    shared = {
        at: (draw.normal(0.0, math.sqrt(1 - RHO), days), draw.uniform(size=days))
        for at, stream in enumerate(events.stream)
        if stream >= 0
    }
    in_time = np.ones(days, dtype=bool)
    for _ in range(shipments):
        hours = np.zeros(days)
        for at, (mean, cv, chance) in enumerate(zip(*TRIP, strict=True)):
            own, met = shared.get(at) or (draw.normal(0.0, math.sqrt(1 - RHO), days), draw.uniform(size=days))
            sigma = math.sqrt(math.log(1 + cv**2))
            hours += np.where(met < chance, mean / math.sqrt(1 + cv**2) * np.exp(sigma * (factor + own)), 0.0)
        in_time &= hours <= due_h
    return float(np.mean(in_time))


@pytest.mark.parametrize("shipments", [2, 3, 8])
@pytest.mark.parametrize("due_h", [140.0, 170.0, 220.0])
def test_the_joint_chance_is_that_of_days_counted_one_by_one(due_h: float, shipments: int) -> None:
    """Of 40,000 days drawn by another generator all shipments are in time on as many as was told."""
    told = together(*TRIP, seed=0, due_h=due_h, events=STORM, shipments=shipments)
    assert told == pytest.approx(counted(STORM, due_h, shipments), abs=SIDE + 0.01)


def test_shared_events_make_the_joint_chance_larger_than_the_product() -> None:
    """Three shipments under one storm are all in time more often than three under storms of their own."""
    due_h = float(np.quantile(draws_h(*TRIP, seed=0, events=STORM), 0.8))
    alone = quantiles(*TRIP, seed=0, due_h=due_h, events=STORM)[2]
    assert alone is not None
    joint = together(*TRIP, seed=0, due_h=due_h, events=STORM, shipments=3)
    apart = together(*TRIP, seed=0, due_h=due_h, events=Events(740_000, [-1] * 4), shipments=3)
    assert alone**3 + SIDE < joint < alone
    assert apart + SIDE < joint


def test_an_event_shared_wholly_is_met_by_all_or_none() -> None:
    """A certain 10 h and a storm of 5 h on three days in ten: all nine in time as often as one is."""
    trip, events = ([10.0, 5.0], [0.0, 0.0], [1.0, 0.3]), Events(1, [-1, 5])
    one = quantiles(*trip, seed=3, due_h=12.0, events=events)[2]
    assert one == pytest.approx(0.7, abs=SIDE)
    assert together(*trip, seed=3, due_h=12.0, events=events, shipments=9) == one
    apart = together(*trip, seed=3, due_h=12.0, events=Events(1, [-1, -1]), shipments=9)
    assert apart == pytest.approx(0.7**9, abs=SIDE)


def test_an_event_does_not_depend_on_its_position() -> None:
    """The storm of a port is drawn alike as first part of one way and as last of another, by seed and day."""
    first = part_draws_h([40.0, 3.0], [1.0, 0.5], [0.3, 1.0], 6, Events(9, [77, -1]))[:, 0]
    last = part_draws_h([3.0, 5.0, 40.0], [0.5, 0.5, 1.0], [1.0, 1.0, 0.3], 6, Events(9, [-1, -1, 77]))[:, 2]
    assert np.array_equal(first, last)
    other_seed = part_draws_h([40.0, 3.0], [1.0, 0.5], [0.3, 1.0], 7, Events(9, [77, -1]))[:, 0]
    other_event = part_draws_h([40.0, 3.0], [1.0, 0.5], [0.3, 1.0], 6, Events(9, [78, -1]))[:, 0]
    assert not np.array_equal(first, other_seed)
    assert not np.array_equal(first, other_event)


def test_events_leave_the_distribution_of_one_shipment_alone() -> None:
    """For one shipment it does not matter who else meets the storm: P90 agrees with the convolution."""
    p90 = float(np.mean([quantiles(*TRIP, seed=seed, events=STORM)[1] for seed in range(5)]))
    hours, within = convolved(*TRIP)
    assert p90 == pytest.approx(float(np.interp(0.9, within, hours)), rel=0.02)


def test_more_shipments_than_are_drawn_on_all_days() -> None:
    """Four hundred shipments are drawn on fewer days; the chance only falls with their number."""
    chances = [together(*TRIP, seed=0, due_h=400.0, events=STORM, shipments=n) for n in (1, 4, 40, 400)]
    assert all(one >= other - SIDE for one, other in zip(chances, chances[1:], strict=False))
    assert chances[0] == quantiles(*TRIP, seed=0, due_h=400.0, events=STORM)[2]
