"""Amounts with comparators, added as intervals, and rates by which they become dollars.

Question: what do "over 4.5 billion" and "21 billion" come to together, and what is that in dollars?
In and out: rows with comparator and value in; a `Sum` out. Rows of `fx_rates` in; units for a dollar out.
Method: each comparator is an interval; ends are added. A rate is the last one of the currency that began
by the day and is at most `HELD_D` days old.
Limits: a sum of an amount without an upper end has none.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from daliz.schema import Row

__all__ = ["HELD_D", "Rates", "Sum", "added"]

HELD_D = 366
"""Days for which a rate holds where no later one stands."""


@dataclass(frozen=True)
class Sum:
    """An interval of money: at least `low`, at most `high` (None where there is none), over `n` rows."""

    low: float
    high: float | None
    n: int

    @property
    def exact(self) -> bool:
        """Whether both ends are one."""
        return self.high is not None and self.low == self.high

    def as_dict(self) -> Row:
        """Plain data."""
        return {"low": self.low, "high": self.high, "n": self.n}


def added(rows: Iterable[Mapping[str, object]]) -> Sum:
    """The sum of amounts by their comparators; `~` is taken as the number itself.

    Examples
    --------
    >>> added([{"comparator": ">", "value": 4.5}, {"comparator": "=", "value": 21.0}])
    Sum(low=25.5, high=None, n=2)
    """
    low, high, count = 0.0, 0.0, 0
    endless = False
    for row in rows:
        value, comparator = float(str(row["value"])), row["comparator"] or "="
        low += 0.0 if comparator in ("<", "<=") else value
        endless |= comparator in (">", ">=")
        high += value
        count += 1
    return Sum(low, None if endless else high, count)


@dataclass(frozen=True)
class Rates:
    """Rates by currency, each a list of days and one of units for a dollar."""

    by_currency: Mapping[str, tuple[Sequence[dt.date], Sequence[float]]]

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Rates:
        """From rows of `fx_rates`."""
        found: dict[str, list[tuple[dt.date, float]]] = {}
        for row in rows:
            found.setdefault(str(row["currency"]), []).append((row["valid_from"], row["units_per_usd"]))
        made = {}
        for currency, pairs in found.items():
            pairs.sort()
            made[currency] = ([day for day, _ in pairs], [units for _, units in pairs])
        return cls(made)

    def per_usd(self, currency: str, on: dt.date | None) -> float | None:
        """Units of a currency for a dollar on a day; None where no rate holds or the day is not known."""
        if currency == "USD":
            return 1.0
        if on is None or currency not in self.by_currency:
            return None
        days, units = self.by_currency[currency]
        at = bisect_right(days, on) - 1
        return units[at] if at >= 0 and (on - days[at]).days <= HELD_D else None
