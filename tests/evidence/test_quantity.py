"""Stated numbers as intervals: what they allow, what they contradict, and how they are said."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daliz.errors import BadValue
from daliz.evidence import Quantity
from daliz.model.quantity import COMPARATORS
from daliz.schema import table

PROPERTY = settings(deadline=None, derandomize=True, max_examples=150)
numbers = st.integers(0, 60)


@st.composite
def quantities(draw: st.DrawFn) -> Quantity:
    comparator = draw(st.sampled_from(COMPARATORS))
    value = draw(numbers)
    upper = value + draw(st.integers(1, 20)) if comparator == "range" else None
    return Quantity(comparator, value, upper, "measures")


def _allows(quantity: Quantity, number: float) -> bool:
    """The comparator read as a Python comparison: the witness of `contains`."""
    return {
        "=": number == quantity.value,
        ">": number > quantity.value,
        ">=": number >= quantity.value,
        "<": number < quantity.value,
        "<=": number <= quantity.value,
        "range": quantity.value <= number <= (quantity.value_max or 0),
    }[quantity.comparator]


GRID = [number / 2 for number in range(400)]
"""Halves from 0 to 200: between and beyond all whole bounds drawn here."""


@PROPERTY
@given(quantity=quantities())
def test_contains_is_the_plain_comparison(quantity: Quantity) -> None:
    """A number is allowed when the comparator, written in Python, says so."""
    assert [quantity.contains(number) for number in GRID] == [_allows(quantity, number) for number in GRID]


@PROPERTY
@given(first=quantities(), second=quantities())
def test_two_contradict_when_no_number_satisfies_both(first: Quantity, second: Quantity) -> None:
    """Tried on a grid finer than the bounds; contradiction is mutual, and the gap is zero or more."""
    both = [number for number in GRID if _allows(first, number) and _allows(second, number)]
    assert first.contradicts(second) == second.contradicts(first) == (not both)
    gap = first.gap(second)
    assert (gap is None) == bool(both)
    assert gap is None or gap == second.gap(first) >= 0


@PROPERTY
@given(first=quantities(), second=quantities(), data=st.data())
def test_a_sum_holds_every_sum_of_what_its_parts_allow(
    first: Quantity, second: Quantity, data: st.DataObject
) -> None:
    """Whatever number each part allows, their sum is allowed by the sum of the parts."""
    some = [[number for number in GRID if _allows(one, number)] for one in (first, second)]
    if not all(some):
        return
    a, b = (data.draw(st.sampled_from(allowed)) for allowed in some)
    assert (first + second).contains(a + b)


@PROPERTY
@given(first=quantities(), second=quantities(), data=st.data())
def test_a_ratio_holds_every_ratio_of_what_its_parts_allow(
    first: Quantity, second: Quantity, data: st.DataObject
) -> None:
    """The same for a ratio whose divisor cannot be zero; one that can is refused in three languages."""
    if second.contains(0) or (second.comparator == ">" and second.value == 0):
        with pytest.raises(BadValue) as refused:
            first.per(second)
        assert len({refused.value.text(lang) for lang in ("kk", "ru", "en")}) == 3
        return
    some = [[number for number in GRID if _allows(one, number)] for one in (first, second)]
    if not all(some):
        return
    a, b = (data.draw(st.sampled_from(allowed)) for allowed in some)
    found = first.per(second)
    upper = found.value_max if found.value_max is not None else found.value
    near = any(math.isclose(a / b, end) for end in (found.value, upper))
    assert found.contains(a / b) or near


def test_over_fifty_never_contradicts_fifty_one_and_does_contradict_44_7() -> None:
    """The lower bound of the plan and the conflict of the trade figures, by hand."""
    over = Quantity(">", 50, unit="billion USD")
    assert not over.contradicts(Quantity("=", 51, unit="billion USD"))
    assert not over.contradicts(Quantity(">", 45, unit="billion USD"))
    assert over.gap(Quantity("=", 44.7, unit="billion USD")) == pytest.approx(5.3)
    assert over.gap(Quantity("=", 50, unit="billion USD")) == 0


def test_totals_and_means_of_the_declared_projects() -> None:
    """147 projects, over 25.5 billion; means of 184 and over 136 million; 28 of over 50 is under 56%."""
    done, running = Quantity("=", 114, unit="projects"), Quantity("=", 33, unit="projects")
    worth, more = Quantity("=", 21, unit="billion USD"), Quantity(">", 4.5, unit="billion USD")
    assert done + running == Quantity("=", 147, unit="projects")
    assert worth + more == Quantity(">", 25.5, unit="billion USD")
    assert worth.per(done, "million USD", 1000).value == pytest.approx(184.2, abs=0.05)
    mean = more.per(running, "million USD", 1000)
    assert (mean.comparator, mean.value) == (">", pytest.approx(136.4, abs=0.05))
    share = Quantity("=", 28, unit="billion USD").per(Quantity(">", 50, unit="billion USD"), scale=100)
    assert (share.comparator, share.value) == ("<", pytest.approx(56))


def test_things_of_different_kinds_are_not_compared_or_added() -> None:
    """Projects against dollars is refused, naming both units, in three languages."""
    for attempt in (Quantity.contradicts, Quantity.__add__):
        with pytest.raises(BadValue) as refused:
            attempt(Quantity("=", 114, unit="projects"), Quantity("=", 21, unit="billion USD"))
        for lang in ("kk", "ru", "en"):
            assert "projects" in refused.value.text(lang)
            assert "billion USD" in refused.value.text(lang)


@pytest.mark.parametrize(
    "bad", [("about", 5, None), ("range", 5, None), ("range", 5, 5), ("=", -1, None), ("none", 5, None)]
)
def test_what_is_not_a_bound_is_refused(bad: tuple[str, float, float | None]) -> None:
    """An unknown comparator, a range without an upper end above its lower, a number below zero."""
    with pytest.raises(BadValue) as refused:
        Quantity(*bad)
    assert refused.value.key == "error.evidence_quantity"


SAID = [
    (Quantity(">", 50), "50-ден астам", "более 50", "over 50"),
    (Quantity(">", 4.5), "4,5-тен астам", "более 4,5", "over 4.5"),
    (Quantity(">", 400_000), "400\u202f000-нан астам", "более 400\u202f000", "over 400,000"),
    (Quantity(">=", 50), "кемінде 50", "не менее 50", "at least 50"),
    (Quantity("<=", 50), "ең көбі 50", "не более 50", "at most 50"),
    (Quantity("<", 56), "56-дан аз", "менее 56", "under 56"),
    (Quantity("range", 2, 3, "years"), "2–3 жыл", "2–3 года", "2–3 years"),
    (Quantity(">", 50, unit="measures"), "50 іс-шарадан астам", "более 50 мероприятий", "over 50 measures"),
    (Quantity("=", 33, unit="projects"), "33 жоба", "33 проекта", "33 projects"),
    (Quantity(">", 33, unit="projects"), "33 жобадан астам", "более 33 проектов", "over 33 projects"),
    (Quantity("=", 114, unit="projects"), "114 жоба", "114 проектов", "114 projects"),
    (Quantity("=", 21, unit="projects"), "21 жоба", "21 проект", "21 projects"),
    (Quantity("=", 2.5, unit="projects"), "2,5 жоба", "2,5 проекта", "2.5 projects"),
    (Quantity("=", 2, unit="ordinal"), "№ 2", "№ 2", "no. 2"),
    (
        Quantity(">", 4.5, unit="billion USD"),
        "4,5 млрд АҚШ долларынан астам",
        "более 4,5 млрд долл. США",
        "over 4.5 billion USD",
    ),
    (
        Quantity(">", 16_000, unit="km of railway"),
        "16\u202f000 км теміржолдан астам",
        "более 16\u202f000 км железных дорог",
        "over 16,000 km of railway",
    ),
]


@pytest.mark.parametrize(("quantity", "kk", "ru", "en"), SAID, ids=[str(case[0]) for case in SAID])
def test_a_number_is_said_as_each_language_says_it(quantity: Quantity, kk: str, ru: str, en: str) -> None:
    """Case endings, plural forms, decimal marks and the place of the comparator, written by hand."""
    assert [quantity.text(lang) for lang in ("kk", "ru", "en")] == [kk, ru, en]


ENDINGS = {
    "ден": (1, 2, 7, 8, 50, 100, 21, 148, 1100), "тен": (3, 4, 5, 70, 15, 213),
    "дан": (6, 9, 20, 30, 19, 106), "тан": (40, 60, 140, 10**9), "нан": (10, 90, 1000, 10**6, 2010, 300_000),
    "нен": (80, 1980),
}  # fmt: skip


def test_kazakh_numbers_take_the_ablative_of_their_last_word() -> None:
    """Front and back vowels, voiced, voiceless and nasal ends: each last word has its own ending."""
    for ending, values in ENDINGS.items():
        for value in values:
            said = Quantity(">", value).text("kk")
            assert re.sub(r"[\d\u202f]+-", "", said) == f"{ending} астам", value


def test_every_unit_of_the_registers_can_be_said() -> None:
    """A unit that the tables allow has words in three languages, with and without a governing word."""
    units = {*table("evidence_commitments")["unit"].values, *table("evidence_criteria")["unit"].values}
    for unit in units:
        for comparator in ("=", ">", ">=", "<", "<="):
            said = [Quantity(comparator, 5, unit=unit).text(lang) for lang in ("kk", "ru", "en")]
            assert all("5" in one and "{" not in one and "evidence." not in one for one in said), unit
            assert len(set(said)) == 3 or unit == "ordinal", unit
