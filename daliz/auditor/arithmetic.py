"""What published figures say against themselves.

Question: which figures contradict each other by arithmetic, beyond all that rounding explains?
In and out: `Claims` in; remarks out, one small rule a function.
Method: every printed number is an interval of fractions; a rule speaks only where the interval of what is
stated and that of what follows do not meet. Means with weights take the extreme values of a fractional
linear programme, which lie at corners: large weights above a threshold, small ones below.
Limits: figures of different samples may differ without contradiction; a rule on pairs takes one source.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING

from daliz.auditor.interval import Interval, decimals, printed
from daliz.auditor.quantities import SLIPS, Said, unit_of
from daliz.auditor.rules import Remark, rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from daliz.auditor.claims import Claim, Claims

__all__ = ["ARITHMETIC", "MEASURES", "measure", "slip"]

MEASURES = frozenset({"tfi1", "tfi2", "tfi3", "tfi4", "swod", "swd", "own_clearance"})
"""Indicators that are means over shipments."""

_HUNDRED = Fraction(100)
_NEAR = Fraction(1, 50)
_NOT_NEGATIVE = frozenset({"time", "speed", "mass", "money", "boxes"})
_SPANS = frozenset({"before", "after"})


def measure(claim: Claim) -> str:
    """Name of the indicator without its unit: `swod` of `SWOD_kmh`."""
    name = claim.indicator.casefold()
    for suffix in ("_h", "_kmh", "_usd", "_mean", "_average"):
        name = name.removesuffix(suffix)
    return name


def _source(claim: Claim) -> str:
    return str(claim.get("source") or "")


def _when(claim: Claim) -> tuple[object, ...]:
    return claim.year, str(claim.get("period") or "")


def swapped_speeds(claims: Claims) -> Iterator[Remark]:
    """Speed with delay above speed without delay; one remark for all years of a subject and source."""
    found: dict[tuple[object, ...], dict[tuple[object, ...], dict[str, Claim]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    for claim in claims.all:
        if measure(claim) in ("swod", "swd") and claim.kind in ("level", "mean"):
            found[(*claim.about[1:], _source(claim))][_when(claim)].setdefault(measure(claim), claim)
    for by_year in found.values():
        pairs = [pair for pair in by_year.values() if len(pair) == 2]
        bad = [pair for pair in pairs if pair["swd"].interval.surely_over(pair["swod"].interval)]
        if not bad:
            continue
        first = bad[0]
        values = {
            "claim": first["swd"], "swd": first["swd"].quoted(), "swod": first["swod"].quoted(),
            "bad": len(bad), "pairs": len(pairs),
        }  # fmt: skip
        every = tuple(pair[name] for pair in bad for name in ("swod", "swd"))
        yield Remark(
            rules()["swapped_speeds"], every, "audit.swapped_speeds", "audit.repair_swapped_speeds", values,
            first["swd"].interval, Interval(Fraction(0), first["swod"].interval.high), "km/h",
        )  # fmt: skip


def growth(claims: Claims) -> Iterator[Remark]:
    """Change in per cent, difference and direction against the base."""
    for claim in claims.all:
        base = claims.base(claim)
        if base is None or base.unit.dimension != claim.unit.dimension:
            continue
        yield from _percent(claim, base)
        yield from _difference(claim, base)
        yield from _direction(claim, base)


def _signed(claim: Claim, column: str) -> Interval | None:
    """A stated change; what is said to fall by 8 changes by -8."""
    text = claim.get(column)
    if text is None:
        return None
    stated = printed(text)
    return stated.times(Fraction(-1)) if claim.get("trend") == "fell" and stated.middle > 0 else stated


def _percent(claim: Claim, base: Claim) -> Iterator[Remark]:
    stated, ratio = _signed(claim, "stated_change_pct"), claim.interval.over(base.interval)
    if stated is None or ratio is None:
        return
    follows = ratio.plus(Interval.exactly(-1)).times(_HUNDRED)
    if stated.meets(follows):
        return
    values: dict[str, object] = {
        "claim": claim, "base": base.quoted(), "value": claim.quoted(), "stated": stated.middle,
        "low": follows, "off": stated.gap(follows),
    }  # fmt: skip
    known = claim.interval.bounded and base.interval.bounded and base.interval.middle > 0
    if claim.unit.dimension == "share" and claim.interval.minus(base.interval).meets(stated):
        yield Remark(
            rules()["percentage_points"], (base, claim), "audit.percentage_points",
            "audit.repair_percentage_points", values, stated, follows, "%",
        )  # fmt: skip
        return
    repair, message = "audit.repair_growth_bound", "audit.growth_bound"
    if known:
        growth_of = 1 + stated.middle / _HUNDRED
        right = (claim.interval.middle / base.interval.middle - 1) * _HUNDRED
        values["right"] = right
        digits = decimals(claim.get("stated_change_pct"))
        values["write"] = f"{float(right):.{digits}f}".replace("-", "\u2212")
        values["would_be"] = claim.unit_value(base.interval.middle * growth_of)
        values["would_come"] = claim.unit_value(claim.interval.middle / growth_of) if growth_of > 0 else "∞"
        repair, message = "audit.repair_growth", "audit.growth"
    yield Remark(rules()["growth"], (base, claim), message, repair, values, stated, follows, "%")


def _difference(claim: Claim, base: Claim) -> Iterator[Remark]:
    stated = _signed(claim, "stated_change")
    if stated is None:
        return
    stated = stated.times(claim.unit.factor)
    follows = claim.interval.minus(base.interval)
    if not stated.meets(follows):
        values = {
            "claim": claim, "base": base.quoted(), "value": claim.quoted(),
            "stated": stated.times(1 / claim.unit.factor).middle,
            "low": follows.times(1 / claim.unit.factor), "unit": Said("", claim.unit.sign),
        }  # fmt: skip
        yield Remark(
            rules()["change"], (base, claim), "audit.change", "audit.repair_change", values,
            stated.times(1 / claim.unit.factor), follows.times(1 / claim.unit.factor), claim.unit.sign,
        )  # fmt: skip


def _direction(claim: Claim, base: Claim) -> Iterator[Remark]:
    wrong = {
        "rose": base.interval.surely_over(claim.interval),
        "fell": claim.interval.surely_over(base.interval),
        "same": not claim.interval.meets(base.interval),
    }.get(str(claim.get("trend")), False)
    if wrong:
        words = {"rose": "audit.rose", "fell": "audit.fell", "same": "audit.same"}
        values = {"claim": claim, "base": base.quoted(), "value": claim.quoted()}
        yield Remark(
            rules()["trend"], (base, claim), words[str(claim.get("trend"))], "audit.repair_trend", values,
            claim.interval.minus(base.interval).times(1 / claim.unit.factor),
            {"rose": Interval(Fraction(0), None), "fell": Interval(None, Fraction(0))}.get(
                str(claim.get("trend")), Interval.exactly(0)
            ),
            claim.unit.sign,
        )  # fmt: skip


def weighted(values: list[Interval], weights: list[Interval]) -> Interval:
    """All weighted means of values and weights within their intervals; weights are not negative."""
    return Interval(
        -_highest([value.times(Fraction(-1)) for value in values], weights), _highest(values, weights)
    )


def _highest(values: list[Interval], weights: list[Interval]) -> Fraction:
    ends = sorted(
        ((value.high or Fraction(0), weight) for value, weight in zip(values, weights, strict=True)),
        key=lambda pair: -pair[0],
    )
    best: Fraction | None = None
    for above in range(1, len(ends) + 1):
        taken = [
            (value, (weight.high if at < above else weight.low) or Fraction(0))
            for at, (value, weight) in enumerate(ends)
        ]
        total = sum((weight for _, weight in taken), Fraction(0))
        if total > 0:
            mean = sum((value * weight for value, weight in taken), Fraction(0)) / total
            best = mean if best is None else max(best, mean)
    return ends[0][0] if best is None else best


def means(claims: Claims) -> Iterator[Remark]:
    """Means outside the range of their parts, named ones and those of the two directions."""
    for claim in claims.all:
        parts = claims.parts(claim)
        if parts and claim.kind in ("level", "mean", "rate"):
            yield from _mean(claim, parts)
    for whole, parts in _directions(claims):
        yield from _mean(whole, parts)


def _directions(claims: Claims) -> Iterator[tuple[Claim, list[Claim]]]:
    """Each figure for both directions with those of in and out, of one source, year and subject."""
    found: dict[tuple[object, ...], dict[str, Claim]] = defaultdict(dict)
    for claim in claims.all:
        direction = claim.get("direction")
        if direction and measure(claim) in MEASURES and claim.kind in ("level", "mean"):
            key = (*claim.about[:3], *_when(claim), _source(claim))
            found[key].setdefault(direction, claim)
    for by_direction in found.values():
        if {"in", "out", "both"} <= by_direction.keys() and not by_direction["both"].get("parts"):
            yield by_direction["both"], [by_direction["in"], by_direction["out"]]


def _mean(claim: Claim, parts: list[Claim]) -> Iterator[Remark]:
    if any(part.unit.dimension != claim.unit.dimension for part in parts):
        return
    values = [part.interval for part in parts]
    weights = [part.weight for part in parts]
    bounded = all(value.bounded for value in values)
    message = "audit.mean_outside"
    if bounded and all(weight is not None for weight in weights):
        follows = weighted(values, [weight for weight in weights if weight is not None])
        message = "audit.mean_weighted"
    else:
        lows, highs = [value.low for value in values], [value.high for value in values]
        follows = Interval(
            None if None in lows else min(low for low in lows if low is not None),
            None if None in highs else max(high for high in highs if high is not None),
        )
    if claim.interval.meets(follows):
        return
    here = 1 / claim.unit.factor
    yield Remark(
        rules()["mean_outside_parts"], (claim, *parts), message, "audit.repair_mean",
        {"claim": claim, "value": claim.quoted(), "low": follows.times(here),
         "parts": tuple(part.quoted() for part in parts), "unit": Said("", claim.unit.sign)},
        claim.interval.times(here), follows.times(here), claim.unit.sign,
    )  # fmt: skip


def totals(claims: Claims) -> Iterator[Remark]:
    """Totals that are not the sum of their parts; says which part explains the difference, if one does."""
    for claim in claims.all:
        parts = claims.parts(claim)
        if not parts or claim.kind != "total":
            continue
        if any(part.unit.dimension != claim.unit.dimension for part in parts):
            continue
        here = 1 / claim.unit.factor
        follows = _sum(part.interval for part in parts)
        if claim.interval.meets(follows):
            continue
        short = follows.minus(claim.interval)
        twice = next((part for part in parts if part.interval.meets(short)), None)
        values = {
            "claim": claim, "value": claim.quoted(), "low": follows.times(here), "number": len(parts),
            "sum": follows.times(here).middle, "unit": Said("", claim.unit.sign), "part": twice,
            "difference": short.times(here).middle,
        }  # fmt: skip
        yield Remark(
            rules()["total_not_sum"], (claim, *parts), "audit.total",
            "audit.repair_total_part" if twice else "audit.repair_total", values,
            claim.interval.times(here), follows.times(here), claim.unit.sign,
        )  # fmt: skip


def _sum(intervals: Iterable[Interval]) -> Interval:
    total = Interval.exactly(0)
    for interval in intervals:
        total = total.plus(interval)
    return total


def shares(claims: Claims) -> Iterator[Remark]:
    """Complete lists of shares that do not add up to 100 per cent."""
    groups: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims.all:
        if claim.get("group") and claim.kind == "share":
            groups[str(claim.get("group"))].append(claim)
    for name, parts in groups.items():
        total = _sum(part.interval for part in parts)
        whole = Interval.exactly(100 if any(part.unit.dimension == "share" for part in parts) else 1)
        if not total.meets(whole):
            yield Remark(
                rules()["shares_not_100"], tuple(parts), "audit.shares", "audit.repair_shares",
                {"group": name, "number": len(parts), "sum": total.middle, "low": total,
                 "whole": whole.middle, "difference": whole.middle - total.middle},
                whole, total, parts[0].unit.sign,
            )  # fmt: skip


def bounds(claims: Claims) -> Iterator[Remark]:
    """Values that cannot be: negative hours, shares above 100 per cent; units of another dimension."""
    for claim in claims.all:
        own = unit_of(None, claim.indicator)
        if (
            own.sign
            and claim.get("unit")
            and own.dimension != claim.unit.dimension
            and claim.kind != "change"
        ):
            yield Remark(
                rules()["unit_mismatch"], (claim,), "audit.unit_mismatch", "audit.repair_unit_mismatch",
                {"claim": claim, "unit": claim.get("unit"), "own": Said("", own.sign)},
            )  # fmt: skip
            continue
        base = claims.base(claim)
        if base is not None and base.unit.dimension != claim.unit.dimension:
            yield Remark(
                rules()["unit_mismatch"], (base, claim), "audit.unit_base", "audit.repair_unit_mismatch",
                {"claim": claim, "unit": Said("", claim.unit.sign or "–"),
                 "own": Said("", base.unit.sign or "–")},
            )  # fmt: skip
        if claim.kind in ("change", "rate"):
            continue
        allowed = None
        if claim.unit.dimension in _NOT_NEGATIVE:
            allowed = Interval(Fraction(0), None)
        elif claim.kind == "share" and claim.unit.dimension == "share":
            allowed = Interval(Fraction(0), _HUNDRED)
        if allowed is not None and not claim.interval.meets(allowed):
            yield Remark(
                rules()["out_of_bounds"], (claim,), "audit.out_of_bounds", "audit.repair_out_of_bounds",
                {"claim": claim, "value": claim.quoted(), "low": allowed}, claim.interval, allowed,
                claim.unit.sign,
            )  # fmt: skip


def rates(claims: Claims) -> Iterator[Remark]:
    """A yearly rate over a span against the whole change over a span that contains it."""
    for rate in claims.all:
        if rate.kind != "rate" or (span := _span(rate)) is None:
            continue
        for change in claims.all:
            if change.kind == "change" and change.about == rate.about and _comparable(rate, change):
                yield from _rate(rate, change, span)


def _comparable(rate: Claim, change: Claim) -> bool:
    trends = {rate.get("trend"), change.get("trend")} - {None}
    return rate.unit.dimension == change.unit.dimension and len(trends) < 2


def _span(claim: Claim) -> Interval | None:
    """Years of a span: as stated, or between two years, of which the months are not known."""
    if claim.get("span_years") is not None:
        return Interval.exactly(Fraction(str(claim.get("span_years"))))
    first = claim.get("from_year")
    if first is None or claim.year is None:
        return None
    return Interval(Fraction(max(claim.year - first - 1, 0)), Fraction(claim.year - first + 1))


def _rate(rate: Claim, change: Claim, span: Interval) -> Iterator[Remark]:
    size, whole = rate.interval.size(), change.interval.size()
    if size.low is None or span.low is None:
        return
    follows = Interval(
        size.low * span.low, None if size.high is None or span.high is None else size.high * span.high
    )
    other = _span(change)
    same = other is not None and other.meets(span)
    contains = other is None or same or other.surely_over(span)
    if not (contains and follows.surely_over(whole)) and not (same and whole.surely_over(follows)):
        return
    here = 1 / change.unit.factor
    values: dict[str, object] = {
        "claim": rate, "rate": rate.quoted(), "years": span.middle, "implied": (follows.times(here)).middle,
        "low": follows.times(here), "unit": Said("", change.unit.sign), "change": change.quoted(),
        "since": change.get("from_year") or "–",
    }  # fmt: skip
    repair = "audit.repair_rate"
    if other is not None and other.middle > 0:
        values["mean_rate"] = whole.middle / other.middle / rate.unit.factor
        values["rate_unit"] = Said("", rate.unit.sign)
        repair = "audit.repair_rate_mean"
    yield Remark(
        rules()["rate_times_span"], (rate, change), "audit.rate", repair, values, whole.times(here),
        follows.times(here), change.unit.sign, "certain" if same else "suspicious",
    )  # fmt: skip


def basis(claims: Claims) -> Iterator[Remark]:
    """Comparisons of unlike things: another quantity, another part of a year, a base that is not earlier."""
    for claim in claims.all:
        base = claims.base(claim)
        if base is None or base.id not in claims.by_id:
            continue
        message, values = "", {"claim": claim, "base": base}
        periods = {str(one.get("period") or "").casefold() for one in (claim, base)}
        kinds = {_part_of_year(period) for period in periods}
        if claim.about != base.about:
            message = "audit.basis_other"
        elif len(kinds) > 1 and not periods <= _SPANS | {""}:
            message = "audit.basis_period"
        elif claim.year is not None and base.year is not None and base.year > claim.year:
            message = "audit.basis_order"
        elif claim.get("base_year") is not None and base.year not in (None, claim.get("base_year")):
            message = "audit.basis_year"
            values["year"] = claim.get("base_year")
        if message:
            yield Remark(rules()["basis"], (base, claim), message, "audit.repair_basis", values)


def _part_of_year(period: str) -> str:
    """`q1` of `Q1` and `2023-Q1`: the part of the year without its year."""
    return "".join(word for word in period.replace("-", " ").split() if not word.isdigit())


def slip(first: Interval, second: Interval, dimension: str) -> int | None:
    """The factor of a slip of unit that takes one value to the other within a fiftieth, if there is one."""
    small, large = sorted((first, second), key=lambda one: one.middle)
    if small.middle <= 0 or not (small.bounded and large.bounded):
        return None
    ratio = large.middle / small.middle
    return next((f for f in SLIPS.get(dimension, ()) if abs(ratio / f - 1) <= _NEAR), None)


def conflicts(claims: Claims) -> Iterator[Remark]:
    """Figures for one quantity and year that do not meet: of one source, and of several, side by side."""
    for series, found in claims.series.items():
        by_when: dict[tuple[object, ...], list[Claim]] = defaultdict(list)
        for claim in found:
            if claim.year is not None and claim.kind != "rate":
                by_when[claim.year, claim.get("from_year")].append(claim)
        for same in by_when.values():
            apart = [(a, b) for a, b in combinations(same, 2) if not a.interval.meets(b.interval)]
            within = [pair for pair in apart if _source(pair[0]) and _source(pair[0]) == _source(pair[1])]
            across = [pair for pair in apart if pair not in within]
            if within:
                yield _conflict("said_twice", within, same, found, series[5])
            if across:
                yield _conflict("conflicting_sources", across, same, found, series[5])


def _conflict(
    rule: str, pairs: list[tuple[Claim, Claim]], same: list[Claim], found: list[Claim], dimension: str
) -> Remark:
    """All figures side by side, the widest gap among them, and a slip of unit or year that explains it."""
    first, second = max(pairs, key=lambda pair: pair[0].interval.gap(pair[1].interval))
    listed = same if rule == "conflicting_sources" else list(dict.fromkeys(c for pair in pairs for c in pair))
    said = [Said(claim.quoted().number, f"{claim.unit.sign} ({_source(claim) or '–'})") for claim in listed]
    here = 1 / first.unit.factor
    values: dict[str, object] = {
        "claim": first, "values": tuple(dict.fromkeys(said)), "source": _source(first),
        "off": first.interval.gap(second.interval) * here, "unit": Said("", first.unit.sign),
    }  # fmt: skip
    repair = "audit.repair_twice" if rule == "said_twice" else "audit.repair_sources"
    factor = slip(first.interval, second.interval, dimension)
    other = _other_year(first, second, found) or _other_year(second, first, found)
    if factor is not None:
        values["factor"] = factor
        repair = "audit.repair_factor"
    elif other is not None:
        values["year"] = other.year
        repair = "audit.repair_year"
    messages = {"said_twice": "audit.said_twice", "conflicting_sources": "audit.sources"}
    return Remark(
        rules()[rule], tuple(listed), messages[rule], repair, values, first.interval.times(here),
        second.interval.times(here), first.unit.sign,
    )  # fmt: skip


def _other_year(claim: Claim, against: Claim, found: list[Claim]) -> Claim | None:
    """A figure of another source for a year beside, which is exactly what this source gives for this year."""
    return next(
        (
            other for other in found
            if other.year is not None and claim.year is not None and abs(other.year - claim.year) == 1
            and _source(other) == _source(against) and other.value == claim.value and len(claim.value) > 3
        ),
        None,
    )  # fmt: skip


ARITHMETIC: tuple[Callable[[Claims], Iterator[Remark]], ...] = (
    swapped_speeds, growth, means, totals, shares, bounds, rates, basis, conflicts,
)  # fmt: skip
