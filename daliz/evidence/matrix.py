"""Who named which theme: the matrix of positions, where voices agree and which measures answer.

Question: on which themes do the states speak with one voice, which theme has a single voice, and what was
promised on it?
In and out: rows of `evidence_positions` and `evidence_commitments` in; a `Matrix` out.
Method: a theme has the voice of a state when one of its positions names it; consensus is the number of voices
over all voices heard in that part of that forum. A measure answers a theme that it is tagged with.
Limits: naming a theme is not agreeing on it; tags of measures are our reading.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daliz.i18n import text
from daliz.schema import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from daliz.schema import Row

__all__ = ["ANSWERING", "CIS", "Matrix"]

CIS = "CIS"
"""Column of a voice that speaks for no one state: the executive of the Commonwealth."""

ANSWERING = ("measure", "programme", "target")
"""Kinds of commitment that answer a theme."""

_THEMES = {
    "economy": "evidence.theme_economy",
    "transport": "evidence.theme_transport",
    "energy": "evidence.theme_energy",
    "innovation_digital": "evidence.theme_innovation_digital",
    "humanitarian": "evidence.theme_humanitarian",
    "security": "evidence.theme_security",
    "national_currency": "evidence.theme_national_currency",
    "barriers_movement": "evidence.theme_barriers_movement",
    "tourism": "evidence.theme_tourism",
    "ecology": "evidence.theme_ecology",
    "partnership": "evidence.theme_partnership",
    "caspian": "evidence.theme_caspian",
    "nuclear": "evidence.theme_nuclear",
    "standards": "evidence.theme_standards",
    "risk_climate": "evidence.theme_risk_climate",
    "institutional": "evidence.theme_institutional",
    "education": "evidence.theme_education",
    "data_ip": "evidence.theme_data_ip",
    "shock_response": "evidence.theme_shock_response",
    "investment": "evidence.theme_investment",
    "peace": "evidence.theme_peace",
    "monitoring": "evidence.theme_monitoring",
}


def theme_text(theme: str, lang: str) -> str:
    """A theme in words."""
    return text(_THEMES[theme], lang)


@dataclass(frozen=True)
class Matrix:
    """Themes by voice.

    `columns` are the voices heard (ISO 3166 codes and CIS); `cells[theme][voice]` the positions that name the
    theme; `answers[theme]` the commitments tagged with it.
    """

    columns: tuple[str, ...]
    cells: Mapping[str, Mapping[str, tuple[str, ...]]]
    answers: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, positions: Iterable[Row], commitments: Iterable[Row]) -> Matrix:
        """Count positions; commitments that repeat another row or stand beside it do not answer twice."""
        heard: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        columns: set[str] = set()
        for row in positions:
            voices = row["actors"] or [CIS]
            columns.update(voices)
            for theme in row["themes"]:
                for voice in voices:
                    heard[theme][voice].append(row["position"])
        answers: dict[str, list[str]] = defaultdict(list)
        for row in commitments:
            if row["kind"] in ANSWERING and not row["same_as"] and not row["beside"]:
                for theme in row["themes"]:
                    answers[theme].append(row["commitment"])
        order = table("evidence_positions")["themes"].values
        themes = sorted(heard, key=lambda theme: (-len(heard[theme]), order.index(theme)))
        return cls(
            tuple(sorted(columns, key=lambda voice: (voice == CIS, voice))),
            {theme: {voice: tuple(ids) for voice, ids in sorted(heard[theme].items())} for theme in themes},
            {theme: tuple(answers[theme]) for theme in themes},
        )

    def voices(self, theme: str) -> tuple[str, ...]:
        """Voices that named a theme; none for a theme that nobody named."""
        return tuple(voice for voice in self.columns if voice in self.cells.get(theme, {}))

    def consensus(self, theme: str) -> float:
        """Share of the voices heard that named a theme, 0 to 1."""
        return len(self.voices(theme)) / len(self.columns) if self.columns else 0.0

    @property
    def single(self) -> tuple[str, ...]:
        """Themes with one voice only."""
        return tuple(theme for theme in self.cells if len(self.voices(theme)) == 1)

    @property
    def unanswered(self) -> tuple[str, ...]:
        """Themes that were named and have no commitment."""
        return tuple(theme for theme in self.cells if not self.answers[theme])

    def as_dict(self, lang: str) -> Row:
        """Plain data, the most voices first, with words in `lang`."""
        return {
            "columns": list(self.columns),
            "themes": [
                {
                    "theme": theme, "name": theme_text(theme, lang), "count": len(self.voices(theme)),
                    "share": self.consensus(theme), "voices": list(self.voices(theme)),
                    "positions": {voice: list(ids) for voice, ids in self.cells[theme].items()},
                    "measures": list(self.answers[theme]),
                }
                for theme in self.cells
            ],
            "single": list(self.single),
            "unanswered": list(self.unanswered),
        }  # fmt: skip
