"""The rules of the auditor, each declared once, and a remark that one of them makes.

Question: what does a rule check, how far does it let things go, and what did it find?
In and out: `rules.csv` in; `Rule`s by id and `Remark`s that word themselves in kk, ru and en out.
Method: tolerance, level and certainty are read from the declaration, never written in code.
Limits: a rule of certainty `certain` contradicts itself by arithmetic; `suspicious` asks for a look.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from daliz.auditor.claims import Claim
from daliz.auditor.interval import Interval, shown
from daliz.auditor.quantities import Said
from daliz.i18n import LANGUAGES, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from daliz.errors import Level
    from daliz.schema import Row

__all__ = ["Remark", "Rule", "rules"]


@dataclass(frozen=True)
class Rule:
    """One declared rule; `tolerance` and `floor` are zero where the rule needs none."""

    id: str
    level: Level
    certainty: str
    tolerance: Fraction
    floor: Fraction
    tolerance_unit: str
    names: Mapping[str, str]
    checks: Mapping[str, str]
    source: str
    quality: str
    note: str

    def as_dict(self, lang: str) -> Row:
        """Plain data with name and check in `lang`."""
        return {
            "rule": self.id, "name": self.names[lang], "checks": self.checks[lang], "level": self.level,
            "certainty": self.certainty, "tolerance": float(self.tolerance) or None,
            "floor": float(self.floor) or None, "tolerance_unit": self.tolerance_unit or None,
            "source": self.source, "quality": self.quality, "note": self.note or None,
        }  # fmt: skip


@cache
def rules() -> dict[str, Rule]:
    """All rules by id, in the order of their declaration.

    Examples
    --------
    >>> rules()["growth"].certainty
    'certain'
    """
    with (Path(__file__).parent / "rules.csv").open(encoding="utf-8", newline="") as lines:
        return {row["rule"]: _rule(row) for row in csv.DictReader(lines)}


def _rule(row: dict[str, str]) -> Rule:
    levels: dict[str, Level] = {"error": "error", "warning": "warning", "note": "note"}
    return Rule(
        row["rule"], levels[row["level"]], row["certainty"], Fraction(row["tolerance"] or 0),
        Fraction(row["floor"] or 0), row["tolerance_unit"],
        {lang: row[f"name_{lang}"] for lang in LANGUAGES},
        {lang: row[f"checks_{lang}"] for lang in LANGUAGES},
        row["source"], row["quality"], row["note"],
    )  # fmt: skip


@dataclass(frozen=True)
class Remark:
    """One finding of the audit.

    `stated` is what the text says and `follows` what arithmetic gives, both with the rounding of the
    printed digits, in `unit`; `message` and `repair` are keys that `values` fill.
    """

    rule: Rule
    claims: tuple[Claim, ...]
    message: str
    repair: str
    values: Mapping[str, object] = field(default_factory=dict)
    stated: Interval | None = None
    follows: Interval | None = None
    unit: str = ""
    certainty: str = ""

    @property
    def off(self) -> Fraction | None:
        """How far what is stated lies beyond all that rounding explains, in `unit`."""
        return None if self.stated is None or self.follows is None else self.stated.gap(self.follows)

    def text(self, lang: str = "en") -> str:
        """Name of the rule, what is wrong, and the repair."""
        values = self._values(lang)
        return f"{self.rule.names[lang]}: {text(self.message, lang, **values)} → " + text(
            self.repair, lang, **values
        )

    def as_dict(self, lang: str = "en") -> Row:
        """Plain data: rule, level, certainty, claims, stated, follows, off, message and repair in `lang`."""
        values = self._values(lang)
        return {
            "rule": self.rule.id, "name": self.rule.names[lang], "level": self.rule.level,
            "certainty": self.certainty or self.rule.certainty,
            "claims": [claim.id for claim in self.claims],
            "message": text(self.message, lang, **values), "repair": text(self.repair, lang, **values),
            "stated": _ends(self.stated), "follows": _ends(self.follows),
            "off": None if self.off is None else float(self.off), "unit": self.unit or None,
        }  # fmt: skip

    def _values(self, lang: str) -> dict[str, object]:
        return {name: _worded(value, lang) for name, value in self.values.items()}


def _ends(interval: Interval | None) -> Row | None:
    if interval is None:
        return None
    return {
        "low": None if interval.low is None else float(interval.low),
        "high": None if interval.high is None else float(interval.high),
    }


def _worded(value: object, lang: str) -> object:
    if isinstance(value, Claim):
        return value.label(lang)
    if isinstance(value, Said):
        return value.word(lang)
    if isinstance(value, tuple):
        return "; ".join(str(_worded(one, lang)) for one in value)
    if isinstance(value, Fraction):
        return shown(value)
    if isinstance(value, Interval):
        low = "\u2212∞" if value.low is None else shown(value.low)
        return low if value.low == value.high else f"{low}…{shown(value.high)}"
    return value
