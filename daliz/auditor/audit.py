"""One audit from file to report.

Question: which published figures of this file cannot all be true, and which ask for a look?
In and out: a file, or claims already read, and rows of measured indicators in; an `Audit` out.
Method: every rule once over all claims; errors first, then warnings and notes, in the order of the claims.
Limits: it finds what disagrees, not what is true; figures that agree may all be wrong.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from daliz.auditor.arithmetic import ARITHMETIC
from daliz.auditor.measured import beside
from daliz.auditor.plausible import PLAUSIBLE
from daliz.auditor.reading import form_of, read_claims, read_indicators, read_measured, read_text
from daliz.auditor.sentences import Heard, hear

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from daliz.auditor.claims import Claims
    from daliz.auditor.rules import Remark
    from daliz.schema import Row

__all__ = ["Audit", "audit", "audit_file"]

_ORDER = {"error": 0, "warning": 1, "note": 2}


@dataclass(frozen=True)
class Audit:
    """The remarks of one audit. `heard` is what was read from sentences, else None."""

    claims: Claims
    remarks: tuple[Remark, ...]
    heard: Heard | None = None
    inside: int = 0
    alone: int = 0

    @property
    def ok(self) -> bool:
        """True when no remark is of level error."""
        return all(remark.rule.level != "error" for remark in self.remarks)

    def of(self, rule: str) -> tuple[Remark, ...]:
        """The remarks of one rule."""
        return tuple(remark for remark in self.remarks if remark.rule.id == rule)

    def as_dict(self, lang: str = "en") -> Row:
        """Plain data for JSON, worded in `lang`."""
        levels = Counter(remark.rule.level for remark in self.remarks)
        return {
            "file": self.claims.name, "claims": len(self.claims.all), "blank_cells": self.claims.blank,
            "ignored_columns": list(self.claims.ignored),
            "counts": {level: levels[level] for level in ("error", "warning", "note")},
            "measured": {"inside": self.inside, "outside": len(self.of("against_measured")),
                         "without": self.alone},
            "findings": [remark.as_dict(lang) for remark in self.remarks],
            "sentences": None if self.heard is None else self.heard.as_dict(lang),
        }  # fmt: skip


def audit(claims: Claims, against: pl.DataFrame | None = None) -> Audit:
    """Every rule over all claims; with `against`, also beside what is measured.

    `against` has columns indicator, value, low, high and, where they apply, subject, mode, direction, year,
    period, unit and n; one row a measured indicator.

    Raises
    ------
    BadValue
        when a measured row does not fit.
    """
    remarks = [remark for rule in (*ARITHMETIC, *PLAUSIBLE) for remark in rule(claims)]
    inside = alone = 0
    if against is not None:
        outside, inside, alone = beside(claims, against.iter_rows(named=True))
        remarks += outside
    at = {claim.id: number for number, claim in enumerate(claims.all)}
    remarks.sort(key=lambda remark: (_ORDER[remark.rule.level], at.get(remark.claims[0].id, -1)))
    return Audit(claims, tuple(remarks), None, inside, alone)


def audit_file(path: Path, against: Path | None = None, form: str = "") -> Audit:
    """Read a file of claims, indicators or sentences and audit it; `form` says which where the file does not.

    `against` is a file of measured indicators with the columns that `audit` names.

    Raises
    ------
    BadTable
        when cells do not fit; names file, row, column and repair.
    BadValue
        when a file cannot be read or holds no figure.
    """
    form = form or form_of(path)
    measured = read_measured(against) if against is not None else None
    if form == "text":
        heard = hear(read_text(path), path.name)
        return replace(audit(heard.claims, measured), heard=heard)
    return audit(read_claims(path) if form == "claims" else read_indicators(path), measured)
