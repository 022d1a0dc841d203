"""Figures that are true and only rounded are never called wrong; bounds are as tight as every corner says."""

from __future__ import annotations

from decimal import ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from daliz.auditor import Claims, audit
from daliz.auditor.arithmetic import weighted
from daliz.auditor.interval import Interval, printed
from daliz.schema import table

if TYPE_CHECKING:
    from collections.abc import Callable

    Printer = Callable[[Fraction, int], str]

TRUE = st.fractions(min_value=Fraction(1, 20), max_value=5000, max_denominator=997)
MODES = st.sampled_from((ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_HALF_DOWN))


def rounded(value: Fraction, digits: int, mode: str) -> str:
    """A number as somebody prints it: so many digits, halves by one of three habits."""
    step = Fraction(1, 10**digits)
    whole = value / step
    exact = Decimal(whole.numerator) / Decimal(whole.denominator)
    count = int(exact.quantize(Decimal(1), rounding=mode))
    return f"{Decimal(count).scaleb(-digits):f}"


def claim(key: str, value: str, **cells: object) -> dict[str, object]:
    columns = table("claims").columns
    row = {column.name: None if column.required else column.parse("") for column in columns}
    return row | {"claim": key, "indicator": "x", "value": value, "unit": "h"} | cells


@settings(max_examples=150, deadline=None)
@given(TRUE, TRUE, st.integers(0, 2), st.integers(0, 2), st.integers(0, 2), MODES)
def test_true_changes_are_never_flagged(
    before: Fraction, after: Fraction, d_base: int, d_value: int, d_pct: int, mode: str
) -> None:
    """Level, base, per cent, difference and direction of two true numbers, each rounded as it likes."""
    trend = "rose" if after > before else "fell" if after < before else "same"
    found = audit(
        Claims.of(
            [
                claim("a", rounded(before, d_base, mode), year=2000),
                claim(
                    "b", rounded(after, d_value, mode), year=2010, base="a", trend=trend,
                    stated_change_pct=rounded((after / before - 1) * 100, d_pct, mode),
                    stated_change=rounded(after - before, d_value, mode),
                ),
            ]
        )
    )  # fmt: skip
    assert found.remarks == ()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(TRUE, TRUE), min_size=2, max_size=5), st.integers(0, 2), MODES)
def test_true_wholes_are_never_flagged(
    parts: list[tuple[Fraction, Fraction]], digits: int, mode: str
) -> None:
    """Mean by weights, sum, and shares in per cent of true parts, all rounded."""
    total = sum(value for value, _ in parts)
    mean = sum(value * weight for value, weight in parts) / sum(weight for _, weight in parts)
    ids = [f"p{at}" for at in range(len(parts))]
    rows = [
        claim(key, rounded(value, digits, mode), weight=rounded(weight, 1, mode), subject=key)
        for key, (value, weight) in zip(ids, parts, strict=True)
    ]
    rows += [
        claim(f"s{at}", rounded(value / total * 100, digits, mode), kind="share", unit="%", group="pie",
              indicator=f"share {at}")
        for at, (value, _) in enumerate(parts)
    ]  # fmt: skip
    rows.append(claim("mean", rounded(mean, digits, mode), kind="mean", parts=ids, n=9999, subject="m"))
    rows.append(claim("sum", rounded(total, digits, mode), kind="total", parts=ids, subject="t"))
    assert audit(Claims.of(rows)).remarks == ()


@settings(max_examples=40, deadline=None)
@given(
    st.fractions(min_value=5, max_value=90, max_denominator=50), st.floats(0.3, 1.0),
    st.lists(st.floats(0.95, 1.05), min_size=6, max_size=6), st.integers(1, 2), MODES,
)  # fmt: skip
def test_a_quiet_table_yields_nothing(
    speed: Fraction, delay: float, noise: list[float], digits: int, mode: str
) -> None:
    """Six quiet years of SWOD, SWD, and TFI1 by direction, with samples: no remark at all."""
    rows = []
    for at, factor in enumerate(noise):
        year, swod = 2015 + at, speed * Fraction(factor)
        hours = {"in": 40 * Fraction(factor), "out": 8 * Fraction(factor)}
        cells = {"subject": "KZ", "mode": "road", "year": year, "n": 800, "source": f"report {year}"}
        values = {
            ("swod_kmh", "both"): swod, ("swd_kmh", "both"): swod * Fraction(delay),
            ("tfi1_h", "in"): hours["in"], ("tfi1_h", "out"): hours["out"],
            ("tfi1_h", "both"): hours["in"] * Fraction(3, 4) + hours["out"] / 4,
        }  # fmt: skip
        rows += [
            claim(f"{name}{way}{year}", rounded(value, digits, mode), indicator=name, unit="", direction=way)
            | cells
            for (name, way), value in values.items()
        ]
    assert [remark.text() for remark in audit(Claims.of(rows)).remarks] == []


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(-50, 50), st.integers(0, 9), st.integers(0, 50), st.integers(0, 9)),
        min_size=1, max_size=5,
    )
)  # fmt: skip
def test_weighted_bounds_are_those_of_all_corners(parts: list[tuple[int, int, int, int]]) -> None:
    """The extreme means over all 2^k corners of the weights, by enumeration, are the ends of the interval."""
    values = [Interval(Fraction(low), Fraction(low + more)) for low, more, _, _ in parts]
    weights = [Interval(Fraction(low), Fraction(low + more)) for _, _, low, more in parts]
    means = {"low": [], "high": []}  # type: ignore[var-annotated]
    for corner in product(*((weight.low, weight.high) for weight in weights)):
        if sum(corner):
            for end, found in means.items():
                found.append(
                    sum(getattr(v, end) * w for v, w in zip(values, corner, strict=True)) / sum(corner)
                )
    if means["low"]:
        assert weighted(values, weights) == Interval(min(means["low"]), max(means["high"]))


@given(st.integers(-(10**6), 10**6), st.integers(0, 4), MODES)
def test_a_printed_number_covers_what_prints_to_it(count: int, digits: int, mode: str) -> None:
    """An end of the interval moved inwards by a trifle prints to the number; moved outwards, it does not."""
    text = f"{Decimal(count).scaleb(-digits):f}"
    interval = printed(text)
    trifle = Fraction(1, 10**9)
    assert interval.low is not None
    assert interval.high is not None
    for end, way in ((interval.low, 1), (interval.high, -1)):
        assert Fraction(rounded(end + way * trifle, digits, mode)) == Fraction(text)
        assert Fraction(rounded(end - way * trifle, digits, mode)) != Fraction(text)
