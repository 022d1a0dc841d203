"""What a printed number can have been before it was rounded.

Question: which exact values are consistent with the digits that stand on paper?
In and out: a number as printed, how it is meant and its step of rounding in; an `Interval` of fractions out.
Method: exact arithmetic on `fractions.Fraction`; half a step of the last printed digit to each side, both
ends included (so that halves rounded up, down or to even are all explained); `> 50` is [50, ∞), `< 50` is
(-∞, 50], `~ 50` reaches one step of the last digit that is not a zero to each side.
Limits: zeros at the end of a whole number count as printed to the unit; column `rounding` says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

__all__ = ["Interval", "decimals", "printed", "shown"]


@dataclass(frozen=True)
class Interval:
    """All values from `low` to `high`, both included; None is without end."""

    low: Fraction | None
    high: Fraction | None

    @classmethod
    def exactly(cls, value: Fraction | int) -> Interval:
        """One value."""
        return cls(Fraction(value), Fraction(value))

    @property
    def middle(self) -> Fraction:
        """The middle; the finite end of a half-line; zero of the whole line."""
        if self.low is None or self.high is None:
            return self.low if self.low is not None else self.high or Fraction(0)
        return (self.low + self.high) / 2

    @property
    def bounded(self) -> bool:
        """True when both ends are finite."""
        return self.low is not None and self.high is not None

    def gap(self, other: Interval) -> Fraction:
        """Distance between the two; zero when they meet."""
        if self.low is not None and other.high is not None and self.low > other.high:
            return self.low - other.high
        if other.low is not None and self.high is not None and other.low > self.high:
            return other.low - self.high
        return Fraction(0)

    def meets(self, other: Interval) -> bool:
        """True when one value lies in both."""
        return self.gap(other) == 0

    def surely_over(self, other: Interval) -> bool:
        """True when each value here exceeds each value there."""
        return self.low is not None and other.high is not None and self.low > other.high

    def times(self, factor: Fraction) -> Interval:
        """Every value times a factor."""
        ends = (
            None if self.low is None else self.low * factor,
            None if self.high is None else self.high * factor,
        )
        return Interval(*ends) if factor >= 0 else Interval(ends[1], ends[0])

    def plus(self, other: Interval) -> Interval:
        """Every sum."""
        return Interval(
            None if self.low is None or other.low is None else self.low + other.low,
            None if self.high is None or other.high is None else self.high + other.high,
        )

    def minus(self, other: Interval) -> Interval:
        """Every difference."""
        return self.plus(other.times(Fraction(-1)))

    def over(self, other: Interval) -> Interval | None:
        """Every quotient of values from zero upwards by values above zero; None where that is not so."""
        if other.low is None or other.low <= 0 or self.low is None or self.low < 0:
            return None
        low = Fraction(0) if other.high is None else self.low / other.high
        return Interval(low, None if self.high is None else self.high / other.low)

    def size(self) -> Interval:
        """Every absolute value."""
        if self.low is not None and self.low >= 0:
            return self
        if self.high is not None and self.high <= 0:
            return self.times(Fraction(-1))
        ends = [abs(end) for end in (self.low, self.high) if end is not None]
        return Interval(Fraction(0), max(ends) if self.bounded else None)


def decimals(text: str) -> int:
    """Digits after the point."""
    return len(text.partition(".")[2])


def printed(text: str, comparator: str = "=", rounding: str | None = None) -> Interval:
    """The values that may stand behind a printed number.

    Examples
    --------
    >>> printed("57.2").low, printed("57.2").high
    (Fraction(1143, 20), Fraction(229, 4))
    """
    value = Fraction(text)
    if comparator in (">", ">="):
        return Interval(value, None)
    if comparator in ("<", "<="):
        return Interval(None, value)
    half = (Fraction(rounding) if rounding else Fraction(1, 10 ** decimals(text))) / 2
    if comparator == "~":
        half = max(half, _last_digit(text))
    return Interval(value - half, value + half)


def _last_digit(text: str) -> Fraction:
    """Step of the last digit that is not a zero."""
    whole, _, part = text.lstrip("+-").partition(".")
    if part.strip("0"):
        return Fraction(1, 10 ** len(part.rstrip("0")))
    return Fraction(10 ** (len(whole) - len(whole.rstrip("0")))) if whole.strip("0") else Fraction(1)


def shown(value: Fraction | None, digits: int = 5) -> str:
    """A value in a sentence with so many significant digits, without zeros at the end."""
    if value is None:
        return "∞"
    text = f"{float(value):.{digits}g}"
    if "e" in text:
        text = f"{float(value):.0f}"
    return text.replace("-", "\u2212")
