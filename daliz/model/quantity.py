"""A number as it was stated: with its comparator, its bounds and its words.

Question: what does "over 50" allow, does it contradict 44.7, and how is it said in three languages?
In and out: comparator, value, upper value and unit in; bounds, answers, sums, ratios and a sentence out.
Method: each comparator is an interval with open or closed ends; quantities contradict each other when their
intervals do not meet. Sums and ratios are those of intervals.
Limits: what is counted is never below zero. A range is closed, so an open end of a sum of two bounds is lost
when both ends are finite; that can only hide a contradiction at the very edge, never invent one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daliz.errors import BadValue
from daliz.i18n import text

if TYPE_CHECKING:
    from daliz.schema import Row

__all__ = ["COMPARATORS", "Quantity", "years_text"]

COMPARATORS = ("=", ">", ">=", "<", "<=", "range")
"""Ways in which a stated number bounds what is meant."""

_PATTERNS = {
    ">": "evidence.more_than",
    ">=": "evidence.at_least",
    "<": "evidence.less_than",
    "<=": "evidence.at_most",
}

_UNITS = {
    "measures": ("evidence.measures", "evidence.of_measures"),
    "projects": ("evidence.projects", "evidence.of_projects"),
    "billion USD": ("evidence.billion_usd", "evidence.of_billion_usd"),
    "million USD": ("evidence.million_usd", "evidence.of_million_usd"),
    "km of railway": ("evidence.railway_km", "evidence.of_railway_km"),
    "students": ("evidence.students", "evidence.of_students"),
    "tonnes of uranium": ("evidence.uranium_t", "evidence.of_uranium_t"),
    "million tonnes": ("evidence.million_t", "evidence.of_million_t"),
    "times": ("evidence.times", "evidence.of_times"),
    "states": ("evidence.states", "evidence.of_states"),
    "threats": ("evidence.threats", "evidence.of_threats"),
    "axes": ("evidence.axes", "evidence.of_axes"),
    "decades": ("evidence.decades", "evidence.of_decades"),
    "areas of the plan": ("evidence.plan_areas", "evidence.of_plan_areas"),
    "nuclear power plant": ("evidence.power_plants", "evidence.of_power_plants"),
    "border section": ("evidence.border_sections", "evidence.of_border_sections"),
    "ordinal": ("evidence.ordinal", "evidence.ordinal"),
    "years": ("evidence.years", "evidence.of_years"),
    "years (horizon)": ("evidence.years", "evidence.of_years"),
    "years (plan length)": ("evidence.years", "evidence.of_years"),
}
"""Unit to its counted words: after a bare number, and after a word that governs the next case."""

_GOVERNS = {"ru": (">", ">=", "<", "<="), "kk": (">", "<"), "en": ()}
"""Comparators after (or before) which the noun changes its case: genitive in Russian, ablative in Kazakh."""

_ABLATIVE = {
    0: "ден", 1: "ден", 2: "ден", 3: "тен", 4: "тен", 5: "тен", 6: "дан", 7: "ден", 8: "ден", 9: "дан",
    10: "нан", 20: "дан", 30: "дан", 40: "тан", 50: "ден", 60: "тан", 70: "тен", 80: "нен", 90: "нан",
    100: "ден", 1000: "нан", 10**6: "нан", 10**9: "тан",
}  # fmt: skip
"""Ending of the last word of a Kazakh number in the ablative."""


@dataclass(frozen=True)
class _Bounds:
    low: float
    high: float
    low_open: bool = False
    high_open: bool = False

    def before(self, other: _Bounds) -> bool:
        """Whether all of it lies below the other."""
        if self.high == other.low:
            return self.high_open or other.low_open
        return self.high < other.low


@dataclass(frozen=True)
class Quantity:
    """A stated number: comparator, value, upper value of a range, and unit (empty for a bare number)."""

    comparator: str
    value: float
    value_max: float | None = None
    unit: str = ""

    def __post_init__(self) -> None:
        """Refuse a comparator that is not one and a range without an upper end above its lower."""
        whole = self.comparator != "range" or (self.value_max is not None and self.value_max > self.value)
        if self.comparator not in COMPARATORS or self.value < 0 or not whole:
            said = f"{self.comparator} {self.value} {self.value_max or ''}".strip()
            raise BadValue("error.evidence_quantity", value=said, known=", ".join(COMPARATORS))

    @classmethod
    def of(cls, row: Row) -> Quantity | None:
        """The number of a row of the registers; None where it states none."""
        if row.get("value") is None:
            return None
        return cls(row["comparator"], row["value"], row["value_max"], row["unit"] or "")

    @property
    def _bounds(self) -> _Bounds:
        value = self.value
        return {
            "=": _Bounds(value, value),
            ">": _Bounds(value, math.inf, low_open=True),
            ">=": _Bounds(value, math.inf),
            "<": _Bounds(0.0, value, high_open=True),
            "<=": _Bounds(0.0, value),
            "range": _Bounds(value, self.value_max or value),
        }[self.comparator]

    @classmethod
    def _within(cls, bounds: _Bounds, unit: str) -> Quantity:
        if bounds.low == bounds.high:
            return cls("=", bounds.low, None, unit)
        if math.isinf(bounds.high):
            return cls(">" if bounds.low_open else ">=", bounds.low, None, unit)
        if bounds.low == 0:
            return cls("<" if bounds.high_open else "<=", bounds.high, None, unit)
        return cls("range", bounds.low, bounds.high, unit)

    @property
    def least(self) -> float:
        """Lower end, open or not."""
        return self._bounds.low

    @property
    def most(self) -> float | None:
        """Upper end, open or not; None where there is none."""
        high = self._bounds.high
        return None if math.isinf(high) else high

    def contains(self, number: float) -> bool:
        """Whether a bare number, in the same unit, is one that the statement allows.

        >>> Quantity(">", 50).contains(51), Quantity(">", 50).contains(50)
        (True, False)
        """
        point = _Bounds(number, number)
        return not (self._bounds.before(point) or point.before(self._bounds))

    def gap(self, other: Quantity) -> float | None:
        """How far apart two statements are; 0 when only bounds differ, None when some number satisfies both.

        >>> stated = Quantity(">", 50)
        >>> [stated.gap(Quantity(*other)) for other in ((">", 45), ("=", 50), ("=", 44))]
        [None, 0.0, 6.0]
        """
        if not self.contradicts(other):
            return None
        first, second = sorted((self._bounds, other._bounds), key=lambda bounds: bounds.high)
        return round(second.low - first.high, 9)

    def contradicts(self, other: Quantity) -> bool:
        """Whether no number satisfies both; BadValue when they count different things.

        >>> stated = Quantity(">", 50)
        >>> stated.contradicts(Quantity("=", 44.7)), stated.contradicts(Quantity(">", 45))
        (True, False)
        """
        self._same_unit(other)
        return self._bounds.before(other._bounds) or other._bounds.before(self._bounds)

    def __add__(self, other: Quantity) -> Quantity:
        """The sum, as far as the bounds allow it; BadValue when they count different things."""
        self._same_unit(other)
        a, b = self._bounds, other._bounds
        opened = a.low_open or b.low_open, a.high_open or b.high_open
        return self._within(_Bounds(a.low + b.low, a.high + b.high, *opened), self.unit)

    def per(self, other: Quantity, unit: str = "", scale: float = 1.0) -> Quantity:
        """The ratio to another, in `unit`, times `scale`; BadValue when the other may be zero.

        >>> Quantity("=", 28).per(Quantity(">", 50), scale=100)
        Quantity(comparator='<', value=56.0, value_max=None, unit='')
        """
        a, b = self._bounds, other._bounds
        if b.low <= 0:
            raise BadValue("error.evidence_divisor", value=other.text("en"))
        low = 0.0 if math.isinf(b.high) else a.low / b.high
        opened = a.low_open or b.high_open, a.high_open or b.low_open
        return self._within(_Bounds(low * scale, a.high * scale / b.low, *opened), unit)

    def text(self, lang: str) -> str:
        """The statement in words: number, unit and comparator as the language says them.

        >>> [Quantity(">", 50).text(lang) for lang in ("kk", "ru", "en")]
        ['50-ден астам', 'более 50', 'over 50']
        """
        last = self.value if self.value_max is None else self.value_max
        number = _number(self.value, lang)
        if self.value_max is not None:
            number = f"{number}–{_number(self.value_max, lang)}"
        governed = self.comparator in _GOVERNS.get(lang, ())
        if self.unit:
            key = _UNITS[self.unit][governed]
            count = int(last) if last == int(last) else 2
            said = text(key, lang, value=number, count=count)
        else:
            said = f"{number}-{_ablative(last)}" if governed and lang == "kk" else number
        pattern = _PATTERNS.get(self.comparator)
        return text(pattern, lang, what=said) if pattern else said

    def _same_unit(self, other: Quantity) -> None:
        if self.unit != other.unit:
            raise BadValue("error.evidence_units", first=self.unit or "1", second=other.unit or "1")


def _number(value: float, lang: str) -> str:
    """Digits with the marks of the language: 16 000 and 4,5 in Kazakh and Russian, else 16,000 and 4.5."""
    plain = f"{value:,.0f}" if value == int(value) else f"{value:,.10g}"
    if lang == "en":
        return plain
    return plain.translate(str.maketrans(",.", "\u202f,"))


def _ablative(value: float) -> str:
    digits = f"{value:.10g}".partition(".")[2]
    whole = int(digits) if digits else int(value)
    for power in (10**9, 10**6, 1000, 100):
        if whole and whole % power == 0:
            return _ABLATIVE[power]
    return _ABLATIVE[whole % 100 if whole and whole % 10 == 0 else whole % 10]


def years_text(row: Row, lang: str) -> str:
    """The years of a row: one, a span, a deadline, a beginning, or an open end; empty where none is given."""
    first, last = row["year_from"], row["year_to"]
    if first is None and last is None:
        return ""
    if row["value"] is None and row["comparator"] == ">=":
        return text("evidence.year_on", lang, year=last)
    if first is None:
        return text("evidence.year_until", lang, year=last)
    if last is None:
        return text("evidence.year_since", lang, year=first)
    return str(first) if first == last else f"{first}–{last}"
