"""What was measured, with how many observations and how surely.

Question: what does the reader get to see of a measured figure?
In and out: cells in; tables, plain data and one line a figure out.
Method: frozen; `.table` is pandas with a row a cell, `.as_dict(lang)` the JSON of the doors. A hidden cell
keeps its name and nothing else. A figure that holds simulated events says so in its row and in the head.
Limits: figures are in the unit of their indicator; nothing is rounded before `as_dict`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from daliz.i18n import name_column, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from daliz.schema import Row

__all__ = ["Cell", "Missing", "Result"]

FIGURES = ("value", "p50", "p90", "cv", "low", "high", "shrunk", "weight", "n", "shipments", "left_out")


@dataclass(frozen=True)
class Cell:
    """One figure. `at` are the dimensions asked for; None stands where a thing is not known or is hidden.

    `value` is by `aggregation`; `p50`, `p90` are nearest ranks of the single observations, `cv` their
    standard deviation over their mean; `low` and `high` the interval of `value` by `method`;
    `shrunk` is the value drawn towards its group, of which `weight` is its own share. `left_out` counts
    observations that lack an input. `quality` is the weakest class of the events behind it.
    """

    indicator: str
    at: Mapping[str, str | None]
    aggregation: str
    value: float | None
    n: int | None
    shipments: int | None = None
    left_out: int | None = None
    p50: float | None = None
    p90: float | None = None
    cv: float | None = None
    low: float | None = None
    high: float | None = None
    method: str | None = None
    shrunk: float | None = None
    weight: float | None = None
    suppressed: bool = False
    quality: str = "measured"


@dataclass(frozen=True)
class Missing:
    """An indicator that this log cannot give: inputs that lack, or dimensions it knows nothing of."""

    indicator: str
    inputs: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = ()

    def text(self, lang: str = "en") -> str:
        """Why, in the reader's language."""
        if self.dimensions:
            return text("indicators.not_by", lang, dimensions=", ".join(self.dimensions))
        return text("indicators.missing", lang, inputs=", ".join(self.inputs))


@dataclass(frozen=True)
class Result:
    """Figures, what could not be computed, and what stands behind them.

    `unconverted` counts rows of the log without a rate; `totals_tell` warns that the totals of a shared table
    would give a hidden cell away, so that either the table or its totals may be shared.
    """

    cells: tuple[Cell, ...]
    missing: tuple[Missing, ...]
    rows: Mapping[str, Row]
    by: tuple[str, ...]
    since: str | None = None
    until: str | None = None
    threshold: int | None = None
    unconverted: int = 0
    totals_tell: bool = False
    inputs: Mapping[str, Row] = field(default_factory=dict)

    @property
    def simulated(self) -> bool:
        """True when any figure rests on simulated events."""
        return any(cell.quality == "simulated" for cell in self.cells)

    @property
    def table(self) -> pd.DataFrame:
        """A row a cell, pandas."""
        import pandas as pd

        rows = [
            {"indicator": cell.indicator} | {name: cell.at[name] for name in self.by}
            | {"value": cell.value, "unit": self.rows[cell.indicator]["unit"]}
            | {"aggregation": cell.aggregation}
            | {name: getattr(cell, name) for name in FIGURES if name != "value"}
            | {"method": cell.method, "suppressed": cell.suppressed, "quality": cell.quality}
            for cell in self.cells
        ]  # fmt: skip
        return pd.DataFrame(rows)

    @property
    def sources(self) -> list[str]:
        """Source keys of the definitions and of the tables behind the figures."""
        keys = {str(self.rows[cell.indicator]["source"]) for cell in self.cells}
        return sorted(keys.union(*(held["sources"] for held in self.inputs.values())))

    def as_dict(self, lang: str = "en") -> Row:
        """Plain data for JSON, worded in `lang`."""
        return {
            "by": list(self.by), "since": self.since, "until": self.until,
            "simulated": self.simulated, "shared": self.threshold is not None,
            "suppressed_below": self.threshold, "notes": self.notes(lang),
            "indicators": [
                self._indicator(key, lang) for key in dict.fromkeys(c.indicator for c in self.cells)
            ],
            "cells": [self._cell(cell) for cell in self.cells],
            "not_computable": [
                {"indicator": one.indicator, "name": self._name(one.indicator, lang),
                 "missing": list(one.inputs), "not_by": list(one.dimensions), "reason": one.text(lang)}
                for one in self.missing
            ],
            "inputs": {name: dict(held) for name, held in self.inputs.items()},
            "sources": self.sources,
        }  # fmt: skip

    def notes(self, lang: str = "en") -> list[str]:
        """What must be said beside the figures."""
        said = []
        if self.simulated:
            said.append(text("indicators.simulated", lang))
        if self.unconverted:
            said.append(text("indicators.unconverted", lang, count=self.unconverted))
        if self.threshold is not None:
            hidden = sum(cell.suppressed for cell in self.cells)
            said.append(text("indicators.suppressed", lang, count=hidden, least=self.threshold))
        if self.totals_tell:
            said.append(text("indicators.totals_tell", lang))
        return said

    def _name(self, key: str, lang: str) -> str:
        return str(self.rows[key][name_column(lang)])

    def _indicator(self, key: str, lang: str) -> Row:
        row = self.rows[key]
        return {
            "indicator": key, "name": self._name(key, lang), "definition": row[f"definition_{lang}"],
            **{name: row[name] for name in ("group", "formula", "unit", "better", "source", "quality")},
        }  # fmt: skip

    def _cell(self, cell: Cell) -> Row:
        rounded = {name: _rounded(getattr(cell, name)) for name in FIGURES}
        return {
            "indicator": cell.indicator, **cell.at, "unit": self.rows[cell.indicator]["unit"],
            "aggregation": cell.aggregation, **rounded, "interval": cell.method,
            "suppressed": cell.suppressed, "quality": cell.quality,
        }  # fmt: skip

    def __str__(self) -> str:
        lines = []
        for cell in self.cells:
            where = " ".join(str(value) for value in cell.at.values() if value)
            shown = "–" if cell.value is None else f"{cell.value:.4g} {self.rows[cell.indicator]['unit']}"
            lines.append(f"{cell.indicator} {where}: {shown} (n {cell.n if cell.n is not None else '–'})")
        return "\n".join(lines)


def _rounded(value: float | None) -> float | None:
    return float(f"{value:.6g}") if isinstance(value, float) else value
