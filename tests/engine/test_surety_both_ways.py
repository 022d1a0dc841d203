"""How sure a trip is, two ways: draws against convolution, and the chance told against trips that follow.

The trips that follow are simulated here, part by part, by another generator: N of them a trip.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from daliz.engine.spread import DRAWS, RHO, convolved, draws_h, quantiles
from daliz.model.frozen import Cargo
from daliz.routing import Request, route
from daliz.routing.option import events, parts

if TYPE_CHECKING:
    from daliz.routing import Atlas

N = 20_000
"""Trips simulated a check: the standard error of a share is at most 0.35 of a point."""

WITHIN = 0.02
ONE_DAY = 0.03
POINTS = 0.03
CHANCES = (0.5, 0.8, 0.9)
TRIPS = (
    ("Altynkol", "Brest", "rail"),
    ("Altynkol", "Poti", "any"),
    ("Chongqing", "Duisburg", "rail"),
    ("Almaty", "Tashkent", "road"),
    ("Shanghai", "Rotterdam", "sea"),
)
Parts = tuple[list[float], list[float], list[float]]
BY_HAND: dict[str, Parts] = {
    "one even part": ([100.0], [0.3], [1.0]),
    "many small parts": ([5.0] * 30, [0.6] * 30, [1.0] * 30),
    "a rare long stop": ([50.0, 60.0], [0.2, 0.5], [1.0, 0.25]),
    "one part that is wild": ([80.0, 10.0, 6.0], [0.9, 0.3, 0.5], [1.0, 0.6, 0.4]),
    "nothing spreads but one": ([200.0, 40.0, 12.0], [0.0, 0.7, 0.0], [1.0, 1.0, 1.0]),
}


def real_parts(atlas: Atlas, origin: str, destination: str, mode: str) -> list[Parts]:
    """Parts of every option of a trip on the network that ships."""
    answer = route(atlas, Request(origin, destination, cargo=Cargo(mode=mode)))
    return [parts(option.arcs, option.waits_h) for option in answer.options]


def convolved_h(trip: Parts, chance: float) -> float:
    """Hours within which the trip ends at this chance, by convolution."""
    hours, within = convolved(*trip)
    return float(np.interp(chance, within, hours))


def share_in_time(trip: Parts, due_h: float, seed: int) -> float:
    """Share of N trips within `due_h`; each part lognormal, one bad-day factor a trip, drawn part by part."""
    draw = np.random.Generator(np.random.MT19937(seed))
    factor = draw.normal(0.0, math.sqrt(RHO), N)
    hours = np.zeros(N)
    for mean, cv, chance in zip(*trip, strict=True):
        sigma = math.sqrt(math.log(1 + cv**2))
        own = draw.normal(0.0, math.sqrt(1 - RHO), N)
        median = mean / math.sqrt(1 + cv**2)
        hours += np.where(draw.uniform(size=N) < chance, median * np.exp(sigma * (factor + own)), 0.0)
    return float(np.mean(hours <= due_h))


def chance_told(trip: Parts, chance: float) -> tuple[float, float]:
    """A due time that is told to be met at about `chance`, and the chance told."""
    due_h = float(np.quantile(draws_h(*trip, seed=0), chance))
    told = quantiles(*trip, seed=0, due_h=due_h)[2]
    assert told is not None
    return due_h, told


@pytest.mark.parametrize("name", BY_HAND)
def test_p90_of_hand_made_parts_agrees_both_ways(name: str) -> None:
    """P90 by draws, the mean of five seeds, is within 2 per cent of P90 by convolution."""
    trip = BY_HAND[name]
    p90 = float(np.mean([quantiles(*trip, seed=seed)[1] for seed in range(5)]))
    assert p90 == pytest.approx(convolved_h(trip, 0.9), rel=WITHIN)


@pytest.mark.parametrize(("origin", "destination", "mode"), TRIPS)
def test_quantiles_of_real_trips_agree_both_ways(
    atlas: Atlas, origin: str, destination: str, mode: str
) -> None:
    """P50 and P90 by draws are within 2 per cent of those by convolution, for every option, over ten days.

    What is shown is drawn anew each day, with a standard error of about 0.7 per cent: one day may be off by
    four of them, the mean of ten days by WITHIN.
    """
    for option in route(atlas, Request(origin, destination, cargo=Cargo(mode=mode))).options:
        trip = parts(option.arcs, option.waits_h)
        exact = np.array([convolved_h(trip, chance) for chance in (0.5, 0.9)])
        days = [events(option.arcs, option.waits_h, option.day + later) for later in range(10)]
        drawn = np.array([quantiles(*trip, seed=0, events=day)[:2] for day in days])
        shown = (option.time_p50_h, option.time_p90_h)
        assert shown == pytest.approx(tuple(exact), rel=ONE_DAY)
        assert tuple(drawn.mean(axis=0)) == pytest.approx(tuple(exact), rel=WITHIN)


@pytest.mark.parametrize(("origin", "destination", "mode"), TRIPS)
def test_an_option_shows_the_quantiles_of_its_parts(
    atlas: Atlas, origin: str, destination: str, mode: str
) -> None:
    """P50 and P90 of an option are those of its parts, whose expected sum is the mean it shows."""
    for option in route(atlas, Request(origin, destination, cargo=Cargo(mode=mode), seed=3)).options:
        trip = parts(option.arcs, option.waits_h)
        shared = events(option.arcs, option.waits_h, option.day)
        assert (option.time_p50_h, option.time_p90_h) == quantiles(*trip, seed=3, events=shared)[:2]
        expected = sum(mean * chance for mean, _, chance in zip(*trip, strict=True))
        assert expected == pytest.approx(option.time_mean_h, rel=1e-9)


@pytest.mark.parametrize("chance", CHANCES)
@pytest.mark.parametrize("name", BY_HAND)
def test_the_chance_told_is_the_share_that_follows(name: str, chance: float) -> None:
    """Hand-made parts: of 20,000 trips drawn anew the share in time is within 3 points of the chance."""
    trip = BY_HAND[name]
    due_h, told = chance_told(trip, chance)
    assert told == pytest.approx(chance, abs=1 / DRAWS + 1e-12)
    assert share_in_time(trip, due_h, seed=20_261_123) == pytest.approx(told, abs=POINTS)


@pytest.mark.parametrize("chance", CHANCES)
def test_the_chance_told_on_real_trips_is_kept(atlas: Atlas, chance: float) -> None:
    """Of 5 x 20,000 real trips the share in time is within 3 points of the chance told; each within chance.

    A single trip is allowed four standard errors of both samples: 4,000 draws told it, N check it.
    """
    chance_error = math.sqrt(chance * (1 - chance) * (1 / DRAWS + 1 / N))
    kept, said = [], []
    for number, (origin, destination, mode) in enumerate(TRIPS):
        trip = real_parts(atlas, origin, destination, mode)[0]
        due_h, told = chance_told(trip, chance)
        kept.append(share_in_time(trip, due_h, seed=1000 + number))
        said.append(told)
        assert kept[-1] == pytest.approx(told, abs=max(POINTS, 4 * chance_error))
    assert float(np.mean(kept)) == pytest.approx(float(np.mean(said)), abs=POINTS)


def test_without_the_shared_factor_the_chance_would_be_wrong() -> None:
    """The check can fail: told as if bad days were not shared, nine in ten are kept in far fewer cases."""
    trip = BY_HAND["many small parts"]
    apart = np.random.default_rng(5)
    sigma = math.sqrt(math.log(1 + 0.6**2))
    alone = (5 * np.exp(sigma * apart.standard_normal((N, 30)) - sigma**2 / 2)).sum(axis=1)
    assert abs(share_in_time(trip, float(np.quantile(alone, 0.9)), seed=9) - 0.9) > POINTS


def test_due_by_way_of_the_request_is_the_share_of_the_parts(atlas: Atlas) -> None:
    """An arrival asked for ten days after departure: the chance shown is that of the parts in 240 h."""
    asked = Request(
        "Altynkol", "Brest", depart="2026-12-01", arrive_by="2026-12-11", cargo=Cargo(mode="rail"), seed=2
    )
    for option in route(atlas, asked).options:
        trip = parts(option.arcs, option.waits_h)
        shared = events(option.arcs, option.waits_h, dt.date(2026, 12, 1).toordinal())
        assert option.on_time == quantiles(*trip, seed=2, due_h=240.0, events=shared)[2]
        assert option.on_time == pytest.approx(share_in_time(trip, 240.0, seed=77), abs=POINTS)
