"""A published figure as a claim: what it is about, what it says, and what may stand behind its digits.

Question: are two figures about one quantity, and in one unit?
In and out: rows of table `claims` in; `Claim`s with intervals in base units, and the whole `Claims`, out.
Method: names are folded (case, dashes, spaces); the quantity of a claim is indicator, subject, mode,
direction and kind; values become exact intervals in the base unit of their dimension.
Limits: a claim without a subject is about the same unnamed subject as the others of its file.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from daliz.auditor.interval import Interval, printed, shown
from daliz.auditor.quantities import Said, Unit, unit_of
from daliz.gazetteer import fold
from daliz.i18n import text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from daliz.schema import Row

__all__ = ["Claim", "Claims"]

_DIRECTIONS = {
    "in": "audit.direction_in", "out": "audit.direction_out", "both": "audit.direction_both",
    "through": "audit.direction_through",
}  # fmt: skip


@dataclass(frozen=True)
class Claim:
    """One figure as published. `row` has every column of table `claims`."""

    row: Row = field(hash=False)

    @property
    def id(self) -> str:
        """Identifier within the file."""
        return str(self.row["claim"])

    def get(self, column: str) -> Any:
        """A cell of the row; empty text and an empty cell are both None."""
        value = self.row.get(column)
        return None if value in ("", []) else value

    @cached_property
    def unit(self) -> Unit:
        """Unit as printed, or that of the indicator."""
        return unit_of(self.get("unit"), self.indicator)

    @property
    def indicator(self) -> str:
        """Name of the quantity."""
        return str(self.row["indicator"])

    @property
    def kind(self) -> str:
        """level, change, share, total, mean or rate."""
        return str(self.get("kind") or "level")

    @property
    def year(self) -> int | None:
        """Year of the figure."""
        year: int | None = self.get("year")
        return year

    @property
    def value(self) -> str:
        """The number as printed."""
        return str(self.row["value"])

    @cached_property
    def stated(self) -> Interval:
        """What may stand behind the printed number, in its own unit."""
        return printed(self.value, str(self.get("comparator") or "="), self.get("rounding"))

    @cached_property
    def interval(self) -> Interval:
        """The same in the base unit of the dimension."""
        return self.stated.times(self.unit.factor)

    @cached_property
    def about(self) -> tuple[str, ...]:
        """Indicator, subject, mode and direction: what is measured, whatever the year and the source."""
        parts = (self.indicator, self.get("subject"), self.get("mode"), self.get("direction"))
        return tuple(fold(str(part or "")) for part in parts)

    @cached_property
    def series(self) -> tuple[str, ...]:
        """The quantity over the years: what is measured, as a level or a share, in which part of a year."""
        kind = self.kind if self.kind in ("change", "rate", "share") else "level"
        return (*self.about, kind, self.unit.dimension, fold(str(self.get("period") or "")))

    @cached_property
    def weight(self) -> Interval | None:
        """Weight of this part in its mean, if stated; rounding never makes it negative."""
        if self.get("weight") is None:
            return None
        found = printed(self.row["weight"])
        return Interval(max(found.low or Fraction(0), Fraction(0)), found.high)

    def unit_value(self, value: Fraction) -> Said:
        """A value in base units, said in the unit of this claim."""
        return Said(shown(value / self.unit.factor, 4), self.unit.sign)

    def quoted(self) -> Said:
        """The number with its sign and unit, such as `> 50` or `57.2 h`."""
        sign = str(self.get("comparator") or "=")
        number = self.value.replace("-", "\u2212")
        return Said(number if sign == "=" else f"{sign} {number}", self.unit.sign)

    def label(self, lang: str) -> str:
        """Subject, mode, direction, indicator and year, for a sentence."""
        words = [self.get("subject")]
        mode, direction, year = self.get("mode"), self.get("direction"), self.year
        if mode in ("rail", "road", "sea"):
            words.append(text(f"mode.{mode}", lang))
        elif mode:
            words.append(mode)
        if direction:
            words.append(text(_DIRECTIONS[direction], lang))
        part = self.get("period")
        words += [self.indicator, None if part in ("before", "after") else part, year]
        return " ".join(str(word) for word in words if word)


@dataclass(frozen=True)
class Claims:
    """All claims of one audit; `name` is the file, `ignored` are columns that no rule looks at."""

    name: str
    all: tuple[Claim, ...]
    ignored: tuple[str, ...] = ()
    blank: int = 0

    @classmethod
    def of(cls, rows: Iterable[Row], name: str = "claims") -> Claims:
        """Claims of typed rows."""
        return cls(name, tuple(Claim(row) for row in rows))

    @cached_property
    def by_id(self) -> dict[str, Claim]:
        """Claims by identifier."""
        return {claim.id: claim for claim in self.all}

    @cached_property
    def series(self) -> dict[tuple[str, ...], list[Claim]]:
        """Claims of one quantity and kind over the years, oldest first; those without a year stand last."""
        found: dict[tuple[str, ...], list[Claim]] = defaultdict(list)
        for claim in self.all:
            found[claim.series].append(claim)
        for claims in found.values():
            claims.sort(key=lambda claim: (claim.year is None, claim.year or 0))
        return dict(found)

    def base(self, claim: Claim) -> Claim | None:
        """What a claim is compared with: a claim, a number as printed, or the one figure of `base_year`."""
        base = claim.get("base")
        if base in self.by_id:
            return self.by_id[base]
        if base is not None:
            row = {**claim.row, "claim": f"{claim.id}:base", "value": base, "year": claim.get("base_year")}
            alone = (
                "base",
                "base_year",
                "stated_change_pct",
                "stated_change",
                "trend",
                "n",
                "parts",
                "group",
            )
            return Claim({**row, "comparator": "=", **dict.fromkeys(alone)})
        year = claim.get("base_year")
        if year is None and claim.year is not None and _speaks_of_change(claim):
            year = claim.year - 1
        found = [other for other in self.series[claim.series] if other.year == year and year is not None]
        same = [other for other in found if other.get("source") == claim.get("source")]
        return same[0] if len(same) == 1 else found[0] if len(found) == 1 else None

    def parts(self, claim: Claim) -> list[Claim]:
        """The claims that a claim is the mean or the sum of."""
        return [self.by_id[part] for part in claim.get("parts") or ()]


def _speaks_of_change(claim: Claim) -> bool:
    return any(claim.get(column) is not None for column in ("stated_change_pct", "stated_change", "trend"))
