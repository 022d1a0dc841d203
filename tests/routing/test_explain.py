"""Why one option beats another: differences, hand-overs, charts and missing data add up to the options."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from daliz.engine.spread import draws_h, part_draws_h, spread_shares
from daliz.i18n import LANGUAGES
from daliz.model.frozen import Cargo
from daliz.routing import Request, route
from daliz.routing.explain import COMPONENTS, breakdown, chart, difference, explained, handovers, missing
from daliz.routing.option import events, parts

if TYPE_CHECKING:
    from daliz.routing import Atlas, Option

PAIRS = (("Altynkol", "Poti", "any"), ("Xi'an", "Malaszewicze", "rail"), ("Almaty", "Tashkent", "road"))
SEED = 7

every_pair = pytest.mark.parametrize(("origin", "destination", "mode"), PAIRS)


def found(atlas: Atlas, origin: str, destination: str, mode: str) -> tuple[Option, ...]:
    """Options of a pair with up to three alternatives."""
    return route(
        atlas, Request(origin, destination, cargo=Cargo(mode=mode), seed=SEED, alternatives=3)
    ).options


def by_sea(atlas: Atlas) -> Option:
    """An option over the Caspian."""
    asked = Request("Altynkol", "Poti", avoid=("Russia", "Turkmenistan"), via=("Aktau port",), seed=SEED)
    return route(atlas, asked).options[0]


def ports(option: Option) -> set[str]:
    """Places between which the option sails."""
    return {place for arc in option.arcs if arc.kind == "sea" for place in (arc.from_place, arc.to_place)}


@every_pair
def test_components_add_up_to_the_option(atlas: Atlas, origin: str, destination: str, mode: str) -> None:
    """Hours, dollars and emissions by component are those of the option, and each component has a name."""
    for option in found(atlas, origin, destination, mode):
        sums = breakdown(option, atlas)
        assert set(sums) <= set(COMPONENTS)
        for figure, whole in enumerate((option.time_mean_h, option.cost_usd, option.co2e_kg)):
            assert sum(values[figure] for values in sums.values()) == pytest.approx(whole, rel=1e-9)


def test_components_of_a_sea_way_are_told_apart(atlas: Atlas) -> None:
    """Over the Caspian the port, the wait for a ship and the clearance each take hours of their own."""
    sums = breakdown(by_sea(atlas), atlas)
    for name in ("moving", "port", "waiting_departure", "clearance"):
        assert sums[name][0] > 1, name


@every_pair
def test_a_difference_sums_exactly(atlas: Atlas, origin: str, destination: str, mode: str) -> None:
    """Lines, components and places each add up, to the last digit, to the difference of the figures shown."""
    options = found(atlas, origin, destination, mode)
    for a, b in itertools.permutations(options, 2):
        told = difference(a, b, atlas)
        shown = (
            round(b.time_mean_h * 100) - round(a.time_mean_h * 100),
            round(b.cost_usd * 100) - round(a.cost_usd * 100),
            round(b.co2e_kg * 10) - round(a.co2e_kg * 10),
        )
        assert told.total == shown
        for figure in range(3):
            assert sum(line.units[figure] for line in told.lines) == shown[figure]
            assert sum(units[figure] for _, units in told.by_component()) == shown[figure]
            assert sum(units[figure] for _, units in told.by_place()) == shown[figure]


def test_the_largest_effect_stands_first(atlas: Atlas) -> None:
    """Lines, components and places are sorted by what they weigh in hours, dollars and emissions."""
    a, b, *_ = found(atlas, *PAIRS[0])
    told = difference(a, b, atlas)
    for units in (
        [line.units for line in told.lines],
        [units for _, units in told.by_component()],
        [units for _, units in told.by_place()],
    ):
        effects = [told.effect(one) for one in units]
        assert effects == sorted(effects, reverse=True)
        assert effects[0] > 0


def test_an_option_does_not_differ_from_itself(atlas: Atlas) -> None:
    """The difference of an option and itself has no line, and its sentence says that they are alike."""
    option = found(atlas, *PAIRS[2])[0]
    told = difference(option, option, atlas)
    assert told.lines == ()
    assert told.total == (0, 0, 0)
    assert "same" in told.sentence("en")


def test_a_difference_the_other_way_round_is_its_negative(atlas: Atlas) -> None:
    """What B takes more than A, A takes less than B; the sentence names the same winner."""
    a, b, *_ = found(atlas, *PAIRS[0])
    there, back = difference(a, b, atlas), difference(b, a, atlas)
    assert there.total == tuple(-unit for unit in back.total)
    assert there.sentence("en") == back.sentence("en")


def test_a_step_that_is_dearer_shows_as_that_step(atlas: Atlas) -> None:
    """Five hours and nine dollars put on one step are one line, of its place and code."""
    option = by_sea(atlas)
    number, arc = next((n, arc) for n, arc in enumerate(option.arcs) if arc.kind == "crossing" and arc.steps)
    step = arc.steps[0]
    slower = replace(step, mean_h=step.mean_h + 5 / step.probability, cost_usd=step.cost_usd + 9)
    arcs = list(option.arcs)
    arcs[number] = replace(arc, steps=(slower, *arc.steps[1:]))
    other = replace(
        option, arcs=tuple(arcs), time_mean_h=option.time_mean_h + 5, cost_usd=option.cost_usd + 9
    )
    (line,) = difference(option, other, atlas).lines
    assert (line.where, line.code, line.component) == (step.place, step.code, "clearance")
    assert line.units == (500, 900, 0)


def test_the_sentence_is_said_in_three_languages(atlas: Atlas) -> None:
    """Each language has its own sentence, filled in and without a bare key."""
    a, b, *_ = found(atlas, *PAIRS[0])
    sentences = [difference(a, b, atlas).sentence(lang) for lang in LANGUAGES]
    assert len(set(sentences)) == len(LANGUAGES)
    for sentence in sentences:
        assert "{" not in sentence
        assert "component." not in sentence
        assert sentence.endswith(".")


def test_draws_of_parts_are_those_of_the_option(atlas: Atlas) -> None:
    """The parts drawn one by one add up to the draws behind P50 and P90."""
    option = by_sea(atlas)
    shared = events(option.arcs, option.waits_h, option.day)
    one_by_one = part_draws_h(*parts(option.arcs, option.waits_h), seed=SEED, events=shared)
    together = draws_h(*parts(option.arcs, option.waits_h), seed=SEED, events=shared)
    assert float(np.quantile(together, 0.9)) == option.time_p90_h
    assert one_by_one.sum(axis=1) == pytest.approx(together)
    assert spread_shares(one_by_one).sum() == pytest.approx(1)


@every_pair
def test_a_chart_ends_at_the_totals(atlas: Atlas, origin: str, destination: str, mode: str) -> None:
    """The last point holds kilometres, hours, P90, dollars and emissions of the option."""
    for option in found(atlas, origin, destination, mode):
        points = chart(option, atlas, SEED)
        last = points[-1]
        assert last.km == pytest.approx(option.distance_km)
        assert last.hours == pytest.approx(option.time_mean_h)
        assert last.p90_h == pytest.approx(option.time_p90_h)
        assert last.cost_usd == pytest.approx(option.cost_usd)
        assert last.co2e_kg == pytest.approx(option.co2e_kg)
        assert last.place == option.arcs[-1].to_place
        assert (points[0].km, points[0].hours, points[0].place) == (0, 0, option.arcs[0].from_place)


def test_a_chart_never_goes_back_and_stands_still_at_steps(atlas: Atlas) -> None:
    """Kilometres and hours only grow; at a step kilometres stand; P10 is below P90."""
    option = by_sea(atlas)
    points = chart(option, atlas, SEED)
    for before, after in itertools.pairwise(points):
        assert after.km >= before.km
        assert after.hours >= before.hours
        assert after.p10_h <= after.p90_h
        assert not after.step or after.km == before.km
    stops = {point.place for point in points if point.step}
    assert ports(option) <= stops


def test_handovers_name_borders_seas_and_ports_with_their_share(atlas: Atlas) -> None:
    """Each border, sea and port of the way is there; shares are below one together, the riskiest first."""
    option = by_sea(atlas)
    risks = handovers(option, atlas, SEED)
    assert ports(option)
    assert {one.where for one in risks if one.kind == "border"} == {
        arc.crossing for arc in option.arcs if arc.crossing
    }
    assert {one.where for one in risks if one.kind == "sea"} == {
        arc.leg for arc in option.arcs if arc.kind == "sea"
    }
    assert ports(option) <= {one.where for one in risks if one.kind == "port"}
    shares = [one.share_of_spread for one in risks]
    assert shares == sorted(shares, reverse=True)
    assert 0 < sum(shares) <= 1.000001
    assert {one.quality for one in risks} <= {"measured", "published", "derived", "assumed"}


def test_missing_names_the_largest_assumed_part(atlas: Atlas) -> None:
    """A step of 500 assumed hours is the first thing to measure, by post, mode and direction."""
    option = by_sea(atlas)
    number, arc = next((n, arc) for n, arc in enumerate(option.arcs) if arc.kind == "crossing" and arc.steps)
    step = replace(arc.steps[0], mean_h=500.0, probability=1.0, quality="assumed")
    arcs = list(option.arcs)
    arcs[number] = replace(arc, steps=(step, *arc.steps[1:]))
    hours = option.time_mean_h + 500 - arc.steps[0].hours
    first = missing(replace(option, arcs=tuple(arcs), time_mean_h=hours), atlas, SEED)[0]
    assert (first.kind, first.about[0]) == ("post_log", step.place)
    assert first.hours >= 500
    assert atlas.gazetteer.name(step.place, "en") in first.settled_by(atlas, "en")


@every_pair
def test_missing_counts_every_assumed_hour_once(
    atlas: Atlas, origin: str, destination: str, mode: str
) -> None:
    """Hours of all gaps are the assumed hours of the option; the heaviest gap stands first."""
    for option in found(atlas, origin, destination, mode):
        gaps = missing(option, atlas, SEED)
        assumed = sum(
            (arc.move_h if arc.quality == "assumed" else 0.0)
            + (wait_h if arc.wait_quality == "assumed" else 0.0)
            + sum(step.hours for step in arc.steps if step.quality == "assumed")
            for arc, wait_h in zip(option.arcs, option.waits_h, strict=True)
        )
        assert sum(gap.hours for gap in gaps) == pytest.approx(assumed)
        weights = [gap.weight for gap in gaps]
        assert weights == sorted(weights, reverse=True)
        for gap, lang in itertools.product(gaps, LANGUAGES):
            assert "{" not in gap.settled_by(atlas, lang)


def test_explained_is_plain_data_against_the_first(atlas: Atlas) -> None:
    """One entry an option, one difference for each beyond the first, the same again with the same seed."""
    options = found(atlas, *PAIRS[0])
    told = explained(options, atlas, SEED, "kk")
    assert len(told["options"]) == len(options)
    assert len(told["against_first"]) == len(options) - 1
    assert {entry["a"] for entry in told["against_first"]} == {options[0].label}
    assert told == explained(options, atlas, SEED, "kk")
