"""The scorecard: ten criteria with what is known of each on a day.

Question: where does each success criterion stand, or why can nobody say?
In and out: the rows of `evidence_criteria`, `observations` and `targets` in; a `Scorecard` out.
Method: observations of a later vintage replace earlier ones; each subject (a corridor, a list of goods, a
currency; empty for all) is judged by itself with the baseline and the goal declared for it or for all.
A criterion takes the status of its first series that has figures: of its figure for all, or of its only
subject; where several subjects stand side by side and none speaks for all, the criterion lists them and has
their status where they agree.
Limits: figures of different units or subjects are never averaged.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daliz.errors import Finding
from daliz.i18n import LANGUAGES, text
from daliz.schema import table
from daliz.scorecard.declared import CRITERIA, Criterion, Series
from daliz.scorecard.judge import Baseline, Goal, Judgement, Point, judge

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd
    import polars as pl

    from daliz.schema import Row

__all__ = ["Result", "Scorecard", "score"]

STATUSES = {
    "reached": "scorecard.reached",
    "on_track": "scorecard.on_track",
    "behind": "scorecard.behind",
    "better": "scorecard.better",
    "worse": "scorecard.worse",
    "unclear": "scorecard.unclear",
    "cannot_judge": "scorecard.cannot_judge",
    "mixed": "scorecard.mixed",
}

REASONS = {
    "no_data": "scorecard.no_data",
    "no_baseline": "scorecard.no_baseline",
    "not_after": "scorecard.not_after",
    "reporting_changed": "scorecard.reporting_changed",
}

_SHOWN = 6
"""Digits after which a figure of the JSON is rounded."""


@dataclass(frozen=True)
class Result:
    """One series about one subject, judged."""

    series: Series
    subject: str
    unit: str
    judgement: Judgement


@dataclass(frozen=True)
class Scorecard:
    """Criteria in the order of the front page, each with its results, the speaking ones first."""

    at: dt.date
    criteria: tuple[tuple[Criterion, Row, tuple[Result, ...]], ...]
    names: Mapping[str, Mapping[str, str]]
    findings: tuple[Finding, ...] = ()

    def __str__(self) -> str:
        """A line for each criterion."""
        return "\n".join(
            f"{row['id']}  {row['status_text']}  {row['title']}" for row in self.as_dict("en")["criteria"]
        )

    @property
    def table(self) -> pd.DataFrame:
        """A row for each result: criterion, series, subject, value, interval, status."""
        import pandas as pd

        rows = [
            {"criterion": one.id, **_plain(result, self.names, "en")}
            for one, _, results in self.criteria
            for result in results
        ]
        return pd.DataFrame(rows)

    def as_dict(self, lang: str) -> Row:
        """Plain data with words in `lang`; titles and definitions in all three languages too."""
        listed = [self._criterion(*one, lang) for one in self.criteria]
        return {
            "on": self.at.isoformat(),
            "judged": sum(1 for row in listed if row["status"] != "cannot_judge"),
            "criteria": listed,
            "findings": [finding.as_dict(lang) for finding in self.findings],
        }

    def _criterion(self, one: Criterion, words: Row, results: tuple[Result, ...], lang: str) -> Row:
        speaking = results[0].series
        first = [result for result in results if result.series == speaking]
        head = _speaker(first)
        status, reason = _overall(first, head)
        plain = None if head is None else _plain(head, self.names, lang)
        kept = ("value", "unit", "n", "low", "high", "interval", "trend", "target", "baseline", "change",
                "plus_2y", "plus_3y", "quality", "source", "date", "sure", "stale")  # fmt: skip
        return {
            "id": one.id,
            "title": words[f"gloss_{lang}"],
            "titles": {code: words[f"gloss_{code}"] for code in LANGUAGES},
            "definition": words[f"indicator_{lang}"],
            "definitions": {code: words[f"indicator_{code}"] for code in LANGUAGES},
            "series": speaking.name,
            "measure": text(speaking.label, lang),
            **{name: None if plain is None else plain[name] for name in kept},
            "status": status,
            "status_text": text(STATUSES[status], lang),
            "reason": reason or None,
            "reason_text": text(REASONS[reason], lang) if reason else None,
            "settles": text(one.settles, lang) if status == "cannot_judge" else None,
            "results": [_plain(result, self.names, lang) for result in results],
        }


def score(
    words: Iterable[Row], observations: pl.DataFrame, targets: pl.DataFrame, at: dt.date,
    baseline_on: dt.date | None = None, frames: Mapping[str, pl.DataFrame] | None = None,
) -> Scorecard:  # fmt: skip
    """Where the ten criteria stand on a day.

    Parameters
    ----------
    words
        Rows of `evidence_criteria`; the ten are picked by id.
    observations, targets
        Rows of the tables of these names.
    at
        Day of the judgement; later observations and vintages are not seen.
    baseline_on
        Where no baseline is declared: take the last observation on or before this day, and say that the
        reader chose it.
    frames
        Tables `reporting_changes`, `corridors` and `goods_lists`, where there are any: breaks and names.
    """
    held = frames or {}
    told = {str(row["criterion"]): row for row in words}
    points = _points(observations, at)
    declared = [row for row in targets.iter_rows(named=True) if row["subject_kind"] == "criterion"]
    breaks = _breaks(held)
    found = []
    for one in CRITERIA:
        results: list[Result] = []
        for series in one.series:
            mine = {key[1:]: run for key, run in points.items() if key[0] == series.name}
            for (subject, unit), run in sorted(mine.items()):
                base, goal = _declared(declared, one.id, series.name, subject, run, baseline_on)
                judged = judge(run, series.better, at, base, goal, breaks.get(one.breaks, ()))
                results.append(Result(series, subject, unit, judged))
        if not results:
            results = [Result(one.series[0], "", one.series[0].unit, judge((), one.series[0].better, at))]
        found.append((one, told[one.id], tuple(results)))
    return Scorecard(at, tuple(found), _names(held), tuple(_misfits(declared)))


def _points(observations: pl.DataFrame, at: dt.date) -> dict[tuple[str, str, str], list[Point]]:
    """Points by series, subject and unit; of one period the latest vintage that was out by `at`."""
    latest: dict[tuple[str, str, str, dt.date], Row] = {}
    for row in observations.iter_rows(named=True):
        vintage = row["vintage"] or dt.date.min
        if row["on"] > at or vintage > at:
            continue
        key = (str(row["series"]), str(row["subject"] or ""), str(row["unit"] or ""), row["on"])
        if key not in latest or vintage >= (latest[key]["vintage"] or dt.date.min):
            latest[key] = row
    points: dict[tuple[str, str, str], list[Point]] = defaultdict(list)
    for (series, subject, unit, on), row in latest.items():
        point = Point(
            on, row["value"], row["low"], row["high"], row["n"], str(row["quality"]), str(row["source"])
        )
        points[series, subject, unit].append(point)
    return points


def _declared(
    rows: Sequence[Row], criterion: str, series: str, subject: str, run: Sequence[Point],
    baseline_on: dt.date | None,
) -> tuple[Baseline | None, Goal | None]:  # fmt: skip
    """Baseline and goal of a subject: a row that names it, else one for all; else the reader's day."""
    fitting = [row for row in rows if row["subject"] == criterion and row["series"] == series]
    named = [row for row in fitting if subject and subject in _conditions(row["where"]).values()]
    row = next(iter(named or [row for row in fitting if not row["where"]]), None)
    base = None if row is None else _baseline(row, run)
    if base is None and baseline_on is not None:
        before = [one for one in run if one.on <= baseline_on]
        base = Baseline(max(before, key=lambda one: one.on), chosen=True) if before else None
    goal = None
    if row is not None and row["target_value"] is not None:
        goal = Goal(str(row["comparator"] or "="), row["target_value"], row["target_on"])
    return base, goal


def _conditions(where: str | None) -> dict[str, str]:
    pairs = (word.partition("=") for word in (where or "").split(";") if word.strip())
    return {name.strip(): value.strip() for name, _, value in pairs}


def _baseline(row: Row, run: Sequence[Point]) -> Baseline | None:
    on = row["baseline_on"]
    if row["baseline_value"] is not None and on is not None:
        return Baseline(Point(on, row["baseline_value"], n=row["baseline_n"], quality=row["quality"],
                              source=row["source"]))  # fmt: skip
    before = [one for one in run if on is not None and one.on <= on]
    return Baseline(max(before, key=lambda one: one.on)) if before else None


def _breaks(frames: Mapping[str, pl.DataFrame]) -> dict[str, list[dt.date]]:
    found: dict[str, list[dt.date]] = defaultdict(list)
    if "reporting_changes" in frames:
        for row in frames["reporting_changes"].iter_rows(named=True):
            found[str(row["kind"])].append(row["on"])
    return found


def _names(frames: Mapping[str, pl.DataFrame]) -> dict[str, dict[str, str]]:
    """Names of subjects that are rows of a table, by language."""
    found: dict[str, dict[str, str]] = {}
    for name in ("corridors", "goods_lists"):
        if name in frames:
            key = table(name).primary
            for row in frames[name].iter_rows(named=True):
                found[str(row[key])] = {lang: str(row[f"name_{lang}"]) for lang in LANGUAGES}
    return found


def _speaker(first: Sequence[Result]) -> Result | None:
    """The result that speaks for a criterion: that for all, or the only one."""
    whole = [result for result in first if not result.subject]
    if len(whole) == 1:
        return whole[0]
    return first[0] if len(first) == 1 else None


def _overall(first: Sequence[Result], head: Result | None) -> tuple[str, str]:
    if head is not None:
        return head.judgement.status, head.judgement.reason
    statuses = {result.judgement.status for result in first}
    reasons = {result.judgement.reason for result in first}
    if len(statuses) == 1:
        return statuses.pop(), max(reasons)
    return "mixed", ""


def _plain(result: Result, names: Mapping[str, Mapping[str, str]], lang: str) -> Row:
    judged = result.judgement
    latest, base, trend = judged.latest, judged.baseline, judged.trend
    return {
        "series": result.series.name,
        "measure": text(result.series.label, lang),
        "subject": result.subject or None,
        "subject_name": names.get(result.subject, {}).get(lang, result.subject) or None,
        "better": result.series.better,
        "value": _figure(None if latest is None else latest.value),
        "unit": result.unit or result.series.unit,
        "n": None if latest is None else latest.n,
        "low": _figure(None if latest is None else latest.low),
        "high": _figure(None if latest is None else latest.high),
        "interval": _interval(latest),
        "date": None if latest is None else latest.on.isoformat(),
        "quality": None if latest is None else latest.quality,
        "quality_text": None if latest is None else text(f"quality.{latest.quality}", lang),
        "source": None if latest is None else latest.source,
        "baseline": None if base is None else {**_point(base.point), "chosen": base.chosen},
        "target": None if judged.goal is None else {
            "comparator": judged.goal.comparator, "value": judged.goal.value,
            "on": None if judged.goal.on is None else judged.goal.on.isoformat(),
        },
        "plus_2y": None if judged.later[0] is None else _point(judged.later[0]),
        "plus_3y": None if judged.later[1] is None else _point(judged.later[1]),
        "change": _figure(judged.change), "change_low": _figure(judged.change_low),
        "change_high": _figure(judged.change_high), "progress": _figure(judged.progress),
        "trend": None if trend is None else {
            "per_year": _figure(trend.value), "low": _figure(trend.low), "high": _figure(trend.high),
            "p": round(trend.p, 4), "n": trend.n,
        },
        "status": judged.status, "status_text": text(STATUSES[judged.status], lang),
        "reason": judged.reason or None,
        "reason_text": text(REASONS[judged.reason], lang) if judged.reason else None,
        "sure": judged.sure, "stale": judged.stale,
    }  # fmt: skip


def _point(point: Point) -> Row:
    return {
        "value": _figure(point.value), "on": point.on.isoformat(), "low": _figure(point.low),
        "high": _figure(point.high), "n": point.n, "quality": point.quality, "source": point.source or None,
    }  # fmt: skip


def _interval(point: Point | None) -> list[float | None] | None:
    if point is None or point.low is None or point.high is None:
        return None
    return [_figure(point.low), _figure(point.high)]


def _figure(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(float(value), _SHOWN)


def _misfits(rows: Sequence[Row]) -> Iterable[Finding]:
    """Targets of criteria that nobody judges by."""
    known = {one.id: {series.name for series in one.series} for one in CRITERIA}
    for row in rows:
        key = str(row["target"])
        if row["subject"] not in known:
            values = {"value": row["subject"], "known": ", ".join(known)}
            yield Finding("error", "targets", key, "finding.no_criterion", "repair.no_criterion", values)
        elif row["series"] not in known[row["subject"]]:
            values = {"value": row["series"], "known": ", ".join(sorted(known[row["subject"]]))}
            yield Finding("error", "targets", key, "finding.no_series", "repair.no_series", values)
        elif row["baseline_value"] is not None and row["baseline_on"] is None:
            yield Finding("error", "targets", key, "finding.baseline_day", "repair.baseline_day")
