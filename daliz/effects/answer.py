"""The effect of one measure: what was measured, what was expected, what else came, in the reader's language.

Question: did this measure work, and what does its edit of the network promise?
In and out: the register, the log and the network of a store, a measure and a `Question` in; an `Answer` out.
Method: the indicator is that of the question, else of the first evidence of the measure that asks the log;
its conditions are those of that evidence, else of the question. See the modules of this folder.
Limits: one indicator at a time; a measure that is not done can only be asked with a day.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daliz.effects.expected import MISSING, Expected, expected
from daliz.effects.judge import Effect, judge_effect
from daliz.effects.series import Monthly, from_log, from_observations, month_of, month_text
from daliz.errors import BadValue
from daliz.i18n import text
from daliz.indicators.inputs import TABLES as INDICATOR_TABLES
from daliz.programme import TABLES as PLAN_TABLES
from daliz.programme import Plan
from daliz.routing import Atlas
from daliz.store import Store
from daliz.store.events import EventStore
from daliz.store.registers import Registers

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from daliz.schema import Row

__all__ = ["Answer", "Question", "effect_of"]

_CLASSES = ("measured", "published", "derived", "assumed", "simulated")

NEAR_D = 92
"""Days within which another measure at the same place may be what moved the indicator."""

REASONS = {
    "no_series": "effects.no_series",
    "few_before": "effects.few_before",
    "few_after": "effects.few_after",
    "pre_trend": "effects.pre_trend",
}

SETTLES = {
    "no_series": "effects.settle_series",
    "few_before": "effects.settle_before",
    "few_after": "effects.settle_after",
    "pre_trend": "effects.settle_controls",
}


@dataclass(frozen=True)
class Question:
    """What is asked of a measure.

    `indicator` of the log or a series of observations; `where` conditions (place, mode, direction, corridor);
    `controls` places without the measure; `at` its day where the register has none; `transition` months
    left out.
    """

    measure: str
    indicator: str = ""
    where: tuple[tuple[str, str], ...] = ()
    controls: tuple[str, ...] = ()
    at: dt.date | None = None
    transition: int = 0
    walk: bool = True


@dataclass(frozen=True)
class Answer:
    """The effect measured and expected, with what may confound it."""

    measure: Row
    indicator: str
    where: Mapping[str, str]
    day: dt.date
    better: str
    effect: Effect
    expected: Expected | None
    near: tuple[str, ...]

    @property
    def table(self) -> pd.DataFrame:
        """By month what was observed, fitted, and what would have been with its interval."""
        import pandas as pd

        columns = ["month", "observed", "fitted", "without", "low", "high"]
        rows = [(month_text(month), *rest) for month, *rest in self.effect.rows]
        return pd.DataFrame(rows, columns=columns)

    def as_dict(self, lang: str) -> Row:
        """Plain data, worded in `lang`."""
        one = self.effect
        settles = text(SETTLES[one.reason], lang, **self._asked()) if one.reason else None
        return {
            "measure": self.measure["measure"],
            "title": self.measure[f"title_{lang}"],
            "indicator": self.indicator,
            "where": dict(self.where),
            "on": self.day.isoformat(),
            "method": one.method,
            "judged": not one.reason,
            "verdict": self._verdict(lang),
            "reason": one.reason or None,
            "settles": settles,
            "months_before": one.before,
            "months_after": one.after,
            "relative": one.relative,
            "unit": "1" if one.relative else one.unit,
            "change": _figure(one.change),
            "low": _figure(one.low),
            "high": _figure(one.high),
            "p": _figure(one.p),
            "smallest_seen": _figure(one.smallest),
            "quality": one.quality,
            "controls": list(one.controls),
            "diagnostics": {
                "memory": _figure(one.memory),
                "white_p": _figure(one.white_p),
                "pre_trend_p": _figure(one.pre_trend_p),
                "placebo_p": _figure(one.placebo_p),
                "placebos": one.placebos,
                "place_p": _figure(one.place_p),
                "seasonal": one.seasonal,
                "outliers": [month_text(month) for month in one.outliers],
                "n_after_over_before": _figure(one.composition),
            },
            "notes": self._notes(lang),
            "near": list(self.near),
            "expected": self._expected(lang),
            "series": [
                {
                    "month": month_text(month),
                    "observed": observed,
                    "fitted": fitted,
                    "without": without,
                    "low": low,
                    "high": high,
                }
                for month, observed, fitted, without, low, high in one.rows
            ],
        }

    def _asked(self) -> dict[str, object]:
        where = "; ".join(f"{name}={value}" for name, value in self.where.items())
        return {
            "indicator": self.indicator,
            "where": where or "–",
            "before": self.effect.before,
            "after": self.effect.after,
        }

    def _verdict(self, lang: str) -> str:
        one = self.effect
        if one.reason or one.change is None:
            return text(REASONS[one.reason or "no_series"], lang, **self._asked())
        figures = {
            "change": _signed(one.change, one.relative),
            "low": _signed(one.low, one.relative),
            "high": _signed(one.high, one.relative),
            "smallest": _signed(one.smallest, one.relative),
            "indicator": self.indicator,
        }
        if not one.moved:
            return text("effects.unclear", lang, **figures)
        down = one.change < 0
        if self.better == "neither":
            return text("effects.moved", lang, **figures)
        good = down == (self.better == "lower")
        return text("effects.better" if good else "effects.worse", lang, **figures)

    def _notes(self, lang: str) -> list[str]:
        one = self.effect
        notes = []
        if one.quality == "simulated":
            notes.append(text("effects.simulated", lang))
        if self.near:
            notes.append(text("effects.near", lang, measures=", ".join(self.near)))
        if one.white_p is not None and one.white_p < 0.01:
            notes.append(text("effects.not_white", lang))
        if one.outliers:
            notes.append(text("effects.outliers", lang, months=", ".join(map(month_text, one.outliers))))
        if one.composition is not None and not 0.5 <= one.composition <= 2.0:
            notes.append(text("effects.composition", lang, ratio=f"{one.composition:.1f}"))
        if one.placebo_p is not None and one.moved and one.placebo_p > 0.2:
            notes.append(text("effects.placebo", lang, share=f"{one.placebo_p:.0%}"))
        if one.method == "its" and one.rows and not one.seasonal:
            notes.append(text("effects.no_season", lang))
        if one.controls and "corridor" in self.where:
            notes.append(text("effects.spill", lang))
        return notes

    def _expected(self, lang: str) -> Row | None:
        if self.expected is None:
            return None
        share, one = self.expected.hours_share, self.effect
        inside = None
        if share is not None and one.low is not None and one.high is not None and one.relative:
            inside = one.low <= share <= one.high
        return {
            "trips": list(self.expected.trips),
            "edits": len(self.expected.edits),
            "changes": self.expected.changes,
            "refused": list(self.expected.refused),
            "hours_share": _figure(share),
            "within_measured": inside,
            "missing": [text("effects.missing_flows", lang)] if MISSING else [],
            "quality": "assumed"
            if any(row["quality"] == "assumed" for row in self.expected.edits)
            else "derived",
        }


def effect_of(store: Path, question: Question, lang: str = "en") -> Answer:
    """The effect of a measure by what a store, its log and its registers hold.

    Raises
    ------
    BadValue
        when there is no such measure, it has no day and none was given, or nothing says which indicator.
    """
    registers = Registers.beside(store)
    frames = registers.frames([name for name in PLAN_TABLES if name != "observations"])
    plan = Plan.from_frames(frames)
    row = next((one for one in plan.measures if one["measure"] == question.measure), None)
    if row is None:
        near = _near_names(question.measure, [str(one["measure"]) for one in plan.measures])
        raise BadValue("error.no_measure", value=question.measure, near=near)
    day = question.at or row["done"]
    if day is None:
        raise BadValue("error.effect_day", measure=question.measure)
    indicator, where = _asked(plan, row, question)
    series, controls = _series(store, registers, indicator, where, question)
    first = month_of(day)
    if day.day > 1:  # a month that was half before and half after counts for neither
        series = None if series is None else series.without(first)
        controls, first = [one.without(first) for one in controls], first + 1
    rows = {str(one["indicator"]): one for one in frames["indicators"].iter_rows(named=True)}
    better = str(rows[indicator]["better"]) if indicator in rows else "neither"
    edits = [
        one
        for one in registers.frame("plan_edits").iter_rows(named=True)
        if one["subject_kind"] == "measure" and one["subject"] == question.measure
    ]
    promise = expected(Atlas(Store(store)), edits, lang) if edits and question.walk else None
    return Answer(
        row,
        indicator,
        where,
        day,
        better,
        judge_effect(series, first, controls, question.transition),
        promise,
        _near(plan, row, day),
    )


def _asked(plan: Plan, row: Row, question: Question) -> tuple[str, dict[str, str]]:
    """Indicator and conditions: the reader's words, else those of the first evidence that asks the log."""
    from daliz.programme.targets import conditions

    proof = next(
        (one for one in plan.evidence if one["measure"] == row["measure"] and one["kind"] != "document"), None
    )
    indicator = question.indicator or (str(proof["indicator"]) if proof else "")
    if not indicator:
        raise BadValue("error.effect_indicator", measure=question.measure)
    told = conditions(proof["query"]) if proof and proof["indicator"] == indicator else {}
    return indicator, {**told, **dict(question.where)}


def _series(
    store: Path, registers: Registers, indicator: str, where: Mapping[str, str], question: Question
) -> tuple[Monthly | None, list[Monthly]]:
    """The series of the measure and of its controls: from the log, else from observations."""
    frames = registers.frames(INDICATOR_TABLES)
    log = EventStore.beside(store)
    if indicator in frames["indicators"]["indicator"].to_list() and log.parts():
        alone = from_log(log.scan(), frames, indicator, where)
        rest = {name: value for name, value in where.items() if name != "place"}
        others = from_log(log.scan(), frames, indicator, rest, question.controls) if question.controls else {}
        return alone.get(""), [others[name] for name in question.controls if name in others]
    subjects = [where.get("place") or where.get("corridor") or "", *question.controls]
    rows = registers.scan("observations").collect().iter_rows(named=True)
    found = from_observations(rows, indicator, subjects)
    return found.get(subjects[0]), [found[name] for name in question.controls if name in found]


def _near(plan: Plan, row: Row, day: dt.date) -> tuple[str, ...]:
    """Other measures done within a quarter that touch a place or corridor of this one, or name none."""
    mine = {*(row["places"] or ()), *(row["corridors"] or ())}
    found = []
    for one in plan.measures:
        theirs = {*(one["places"] or ()), *(one["corridors"] or ())}
        close = one["done"] is not None and abs((one["done"] - day).days) <= NEAR_D
        if one["measure"] != row["measure"] and close and (not mine or not theirs or mine & theirs):
            found.append(str(one["measure"]))
    return tuple(found)


def _near_names(word: str, known: Sequence[str]) -> str:
    from rapidfuzz import process

    return ", ".join(hit for hit, _, _ in process.extract(word, known, limit=5))


def _figure(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(value, 6)


def _signed(value: float | None, relative: bool) -> str:
    if value is None:
        return "–"
    return f"{value:+.1%}" if relative else f"{value:+.3g}"
