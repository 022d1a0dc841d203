"""What published figures make one ask.

Question: which figures are possible on paper but hard to believe beside the others?
In and out: `Claims` in; remarks out, one small rule a function.
Method: each figure against the others of its own series (other years, other direction, other mode) or against
a declared limit; changes are taken in logarithms, so that doubling and halving weigh the same.
Limits: a series of fewer than three years says little; a real break looks like a changed sample, and both
deserve a note beside the figure.
"""

from __future__ import annotations

import math
from collections import defaultdict
from fractions import Fraction
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from daliz.auditor.arithmetic import MEASURES, measure
from daliz.auditor.interval import Interval, decimals
from daliz.auditor.quantities import SLIPS, Said
from daliz.auditor.rules import Remark, rules
from daliz.gazetteer import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from daliz.auditor.claims import Claim, Claims

__all__ = ["PLAUSIBLE"]

_SLIP_BEYOND = 5.0
_SLIP_AGREE = 2.0
_FEW_CHANGES = 2
_DOUBLE = math.log(2)
_FAR = 2
"""Years further apart than this are not one step of a series."""

_SMALL_BASE = 200
"""Above this n every printed percentage is a share of some whole number."""


def _yearly(claims: list[Claim]) -> list[Claim]:
    """One usable level a year, oldest first; the first named where a year has several."""
    found: dict[int, Claim] = {}
    for claim in claims:
        usable = claim.kind in ("level", "mean", "total") and claim.interval.bounded
        if usable and claim.year is not None and (claim.interval.low or 0) > 0:
            found.setdefault(claim.year, claim)
    return [found[year] for year in sorted(found)]


def _size(claim: Claim) -> float:
    return float(claim.interval.middle)


def unit_slips(claims: Claims) -> Iterator[Remark]:
    """A value far beyond the other years that a factor of 60, 24, 1000, 100 or 10 takes back among them."""
    rule = rules()["unit_slip"]
    for series in claims.series.values():
        years = _yearly(series)
        for claim in years:
            others = [_size(other) for other in years if other is not claim]
            if len(others) < rule.floor or max(others) > _SLIP_AGREE * min(others):
                continue
            factor = _factor(_size(claim), min(others), max(others), claim.unit.dimension)
            if factor is None:
                continue
            large = _size(claim) > max(others)
            right = claim.interval.middle / factor if large else claim.interval.middle * factor
            here = 1 / claim.unit.factor
            span = Interval(Fraction(min(others)) * here, Fraction(max(others)) * here)
            yield Remark(
                rule, (claim,), "audit.unit_slip", "audit.repair_unit_slip",
                {"claim": claim, "value": claim.quoted(), "low": span, "number": len(others),
                 "unit": Said("", claim.unit.sign), "factor": factor, "right": claim.unit_value(right)},
                claim.stated, span, claim.unit.sign,
            )  # fmt: skip


def _factor(value: float, low: float, high: float, dimension: str) -> int | None:
    """The factor that brings a value nearest to the middle of the others, within a quarter of their range."""
    tolerance = float(rules()["unit_slip"].tolerance)
    beyond = max(value / high, low / value)
    if beyond < _SLIP_BEYOND:
        return None
    middle = math.log(math.sqrt(low * high))
    fits = [
        (abs(math.log(back) - middle), factor)
        for factor in SLIPS.get(dimension, (1000, 100, 10))
        if low / tolerance <= (back := value / factor if value > high else value * factor) <= high * tolerance
    ]
    return min(fits)[1] if fits else None


def jumps(claims: Claims) -> Iterator[Remark]:
    """Years that leave their series: a step, or a spike that comes back."""
    explained = (*unit_slips(claims), *swapped_directions(claims))
    slipped = {claim.id for remark in explained for claim in remark.claims}
    rule = rules()["jump"]
    least, times = math.log(rule.floor), float(rule.tolerance)
    for series in claims.series.values():
        years = [claim for claim in _yearly(series) if claim.id not in slipped]
        steps = [(a, b, _step(a, b)) for a, b in pairwise(years) if (b.year or 0) - (a.year or 0) <= _FAR]
        spikes = set()
        for (a, claim, up), (same, b, down) in pairwise(steps):
            if same is not claim:
                continue
            usual = abs(math.log(_size(b) / _size(a)))
            if up * down < 0 and min(abs(up), abs(down)) > max(least, times * usual):
                spikes.add(claim.id)
                yield _jump("audit.spike", (a, claim, b), usual)
        for at, (a, b, step) in enumerate(steps):
            if {a.id, b.id} & spikes or abs(step) <= least:
                continue
            others = [
                abs(math.log(_size(later) / _size(earlier)))
                for k, (earlier, later, _) in enumerate(steps) if k != at
            ]  # fmt: skip
            usual = median(others) if len(others) >= _FEW_CHANGES else _DOUBLE / times
            if abs(step) > times * usual:
                message = "audit.jump" if len(others) >= _FEW_CHANGES else "audit.jump_short"
                yield _jump(message, (a, b), usual)


def _step(before: Claim, after: Claim) -> float:
    """Logarithm of the smallest change that rounding leaves between two figures; zero if they may be one."""
    first, second = before.interval, after.interval
    if first.low is None or first.high is None or second.low is None or second.high is None:
        return 0.0
    if second.low > first.high:
        return math.log(second.low / first.high)
    return math.log(second.high / first.low) if first.low > second.high else 0.0


def _jump(message: str, claims: tuple[Claim, ...], usual: float) -> Remark:
    before, claim = claims[0], claims[1]
    step = abs(math.log(_size(claim) / _size(before)))
    samples = [one.get("n") for one in (before, claim)]
    changed = None not in samples and max(samples) > 2 * min(samples)
    here = 1 / claim.unit.factor
    allowed = math.exp(max(math.log(rules()["jump"].floor), float(rules()["jump"].tolerance) * usual))
    low = Fraction(_size(before) / allowed) * here
    high = Fraction(_size(before) * allowed) * here
    values = {
        "claim": claim, "before": before.quoted(), "year": before.year, "value": claim.quoted(),
        "after": claims[-1].quoted(), "next": claims[-1].year,
        "factor": Fraction(math.exp(step)), "usual": Fraction(math.exp(usual)),
        "n_before": samples[0], "n": samples[1],
    }  # fmt: skip
    return Remark(
        rules()["jump"], claims, message, "audit.repair_jump_n" if changed else "audit.repair_jump", values,
        claim.stated, Interval(low, high), claim.unit.sign,
    )  # fmt: skip


def swapped_directions(claims: Claims) -> Iterator[Remark]:
    """Years whose in and out fit the other years better when exchanged."""
    rule = rules()["swapped_directions"]
    pairs: dict[tuple[str, ...], dict[str, dict[int, Claim]]] = defaultdict(dict)
    for series, found in claims.series.items():
        if series[3] in ("in", "out"):
            by_year = {claim.year: claim for claim in _yearly(found) if claim.year is not None}
            pairs[(*series[:3], *series[4:])][series[3]] = by_year
    for by_direction in pairs.values():
        if len(by_direction) < 2:
            continue
        ins, outs = by_direction["in"], by_direction["out"]
        both = sorted(ins.keys() & outs.keys())
        for year in both:
            others = [other for other in both if other != year]
            if len(others) < rule.floor:
                continue
            rest_in, rest_out = [ins[y] for y in others], [outs[y] for y in others]
            apart = (_excess(ins[year], rest_in), _excess(outs[year], rest_out))
            swapped = _excess(outs[year], rest_in) + _excess(ins[year], rest_out)
            if min(apart) > 0 and swapped <= float(rule.tolerance) * sum(apart):
                yield Remark(
                    rule, (ins[year], outs[year]), "audit.swapped_directions",
                    "audit.repair_swapped_directions",
                    {"claim": ins[year], "value_in": ins[year].quoted(), "value_out": outs[year].quoted(),
                     "low_in": _range(rest_in), "low_out": _range(rest_out), "number": len(others)},
                    ins[year].stated, _range(rest_in), ins[year].unit.sign,
                )  # fmt: skip


def _range(claims: list[Claim]) -> Interval:
    here = 1 / claims[0].unit.factor
    values = [claim.interval.middle * here for claim in claims]
    return Interval(min(values), max(values))


def _excess(claim: Claim, others: list[Claim]) -> float:
    """Logarithm by which a value lies beyond the range of others; zero inside it."""
    sizes = [_size(other) for other in others]
    value = _size(claim)
    return max(math.log(value / max(sizes)), math.log(min(sizes) / value), 0.0)


def implied_shares(claims: Claims) -> Iterator[Remark]:
    """Posts so far above the mean of their state that hardly any shipment can have passed there."""
    rule = rules()["implied_share"]
    wholes: dict[tuple[object, ...], list[Claim]] = defaultdict(list)
    for claim in claims.all:
        if claim.kind in ("level", "mean"):
            wholes[claim.about[0], claim.about[1], claim.about[2], claim.year].append(claim)
    for claim in claims.all:
        within = claim.get("within")
        if within is None or claim.kind not in ("level", "mean") or claim.unit.dimension == "share":
            continue
        found = wholes[claim.about[0], fold(str(within)), claim.about[2], claim.year]
        same = [one for one in found if one.about[3] == claim.about[3]]
        wider = [one for one in found if one.about[3] in ("", "both")]
        for whole in (same or wider)[:1]:
            share = whole.interval.over(claim.interval)
            if share is None or share.high is None or share.high >= rule.tolerance:
                continue
            yield Remark(
                rule, (claim, whole), "audit.implied_share", "audit.repair_implied_share",
                {"claim": claim, "value": claim.quoted(), "whole": whole, "mean": whole.quoted(),
                 "share": share.high * 100},
                Interval(rule.tolerance * 100, None), share.times(Fraction(100)), "%",
            )  # fmt: skip


def speeds(claims: Claims) -> Iterator[Remark]:
    """Speeds beyond what the mode can do, and speeds next to nothing."""
    for claim in claims.all:
        if claim.unit.dimension != "speed" or claim.kind not in ("level", "mean"):
            continue
        mode = claim.get("mode")
        rule = rules()[f"speed_{mode if mode in ('road', 'rail', 'sea') else 'rail'}"]
        floor = rules()["speed_floor"]
        values = {"claim": claim, "value": claim.quoted(), "limit": rule.tolerance, "least": floor.tolerance}
        if claim.interval.surely_over(Interval.exactly(rule.tolerance)):
            yield Remark(
                rule, (claim,), "audit.speed_over", "audit.repair_speed_over", values, claim.interval,
                Interval(None, rule.tolerance), "km/h",
            )  # fmt: skip
        elif Interval.exactly(floor.tolerance).surely_over(claim.interval):
            yield Remark(
                floor, (claim,), "audit.speed_under", "audit.repair_speed_over", values, claim.interval,
                Interval(floor.tolerance, None), "km/h",
            )  # fmt: skip


def samples(claims: Claims) -> Iterator[Remark]:
    """Means over a handful of shipments, and means that do not say over how many."""
    unstated: dict[str, list[Claim]] = defaultdict(list)
    least = rules()["sample_small"].tolerance
    for claim in claims.all:
        if claim.kind != "mean" and not (claim.kind == "level" and measure(claim) in MEASURES):
            continue
        n = claim.get("n")
        if n is None:
            unstated[str(claim.get("source") or "–")].append(claim)
        elif n < least:
            yield Remark(
                rules()["sample_small"], (claim,), "audit.sample_small", "audit.repair_sample_small",
                {"claim": claim, "value": claim.quoted(), "n": n, "least": least},
                Interval.exactly(n), Interval(least, None),
            )  # fmt: skip
    for source, found in unstated.items():
        yield Remark(
            rules()["sample_unstated"], tuple(found), "audit.sample_unstated",
            "audit.repair_sample_unstated", {"source": source, "number": len(found)},
        )  # fmt: skip


def shares_of_n(claims: Claims) -> Iterator[Remark]:
    """Percentages that no whole number of the sample gives."""
    for claim in claims.all:
        n = claim.get("n")
        if claim.kind != "share" or claim.unit.dimension != "share" or n is None or n > _SMALL_BASE:
            continue
        low, high = claim.interval.low, claim.interval.high
        if low is None or high is None:
            continue
        k = math.ceil(low * n / 100)
        if Fraction(100 * k, n) <= high:
            continue
        near = [Fraction(100 * count, n) for count in (k - 1, k)]
        yield Remark(
            rules()["share_of_n"], (claim,), "audit.share_of_n", "audit.repair_share_of_n",
            {"claim": claim, "value": claim.quoted(), "n": n, "below": near[0], "above": near[1]},
            claim.interval, Interval.exactly(min(near, key=lambda one: abs(one - claim.interval.middle))),
            "%",
        )  # fmt: skip


def identical(claims: Claims) -> Iterator[Remark]:
    """Two modes with one value for one subject and year."""
    least = rules()["identical"].tolerance
    found: dict[tuple[object, ...], dict[str, Claim]] = defaultdict(dict)
    for claim in claims.all:
        digits = claim.value.lstrip("+-0").replace(".", "")
        exact = claim.get("comparator") in (None, "=")
        if claim.get("mode") and claim.year is not None and exact and len(digits.rstrip("0")) >= least:
            key = (*claim.series[:2], *claim.series[3:], claim.year, claim.value, decimals(claim.value))
            found[key].setdefault(str(claim.get("mode")), claim)
    for by_mode in found.values():
        if len(by_mode) < 2:
            continue
        first, second = list(by_mode.values())[:2]
        yield Remark(
            rules()["identical"], tuple(by_mode.values()), "audit.identical", "audit.repair_identical",
            {"claim": first, "other": second, "value": first.quoted()},
        )  # fmt: skip


PLAUSIBLE: tuple[Callable[[Claims], Iterator[Remark]], ...] = (
    swapped_directions, implied_shares, speeds, unit_slips, jumps, identical, samples, shares_of_n,
)  # fmt: skip
