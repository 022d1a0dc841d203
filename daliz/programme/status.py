"""The state of all plans on a day.

Question: what is late, what is done on paper only, what sets the end, and who carries how much?
In and out: a `Plan` and a day in; a `PlanStatus` out.
Method: measures are put on the calendar (`timing`), each is judged by the rules (`rules`), and rows are
counted by programme, state, quarter and tag. Reports of value earned give the earned schedule.
Limits: see the modules that do the work; nothing here is estimated.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from daliz.engine.earned import Earned, earned
from daliz.errors import Finding
from daliz.model.quantity import Quantity
from daliz.programme.answer import as_dict, table_of
from daliz.programme.rules import CLOSED, Rule, Seen, decide
from daliz.programme.targets import progressed
from daliz.programme.timing import Place, on_calendar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from daliz.programme.register import Plan
    from daliz.schema import Row

__all__ = ["Judged", "PlanStatus", "Reported", "status_of"]


@dataclass(frozen=True)
class Judged:
    """One measure on the day: its row, the rule that holds, its place on the calendar, what proves it.

    `days_late` is counted to the day of completion or to the day of judgement; `slip_d` is the present due
    day less that of the first plan; `share` the weighted share of its parts (or milestones) that is done.
    """

    row: Row
    rule: Rule
    place: Place | None
    evidence: tuple[Row, ...]
    days_late: int | None
    slip_d: int | None
    share: float | None


@dataclass(frozen=True)
class Reported:
    """Earned value of a measure or programme: unit, day of start, length of a period in days, and state."""

    subject: str
    unit: str
    start: dt.date
    period_d: float
    state: Earned

    def day(self, periods: float) -> dt.date | None:
        """A time in periods as a day."""
        if not math.isfinite(periods):
            return None
        return self.start + dt.timedelta(days=round(periods * self.period_d))


@dataclass(frozen=True)
class PlanStatus:
    """Everything that can be said of the plans on `at`; `table` and `as_dict(lang)` show it."""

    at: dt.date
    plan: Plan
    measures: tuple[Judged, ...]
    reports: tuple[Reported, ...]
    progress: Mapping[str, Row]
    findings: tuple[Finding, ...]

    def __str__(self) -> str:
        """Counts by status."""
        counts = Counter(one.rule.status for one in self.measures)
        return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))

    @property
    def table(self) -> pd.DataFrame:
        """A row for each measure."""
        return table_of(self)

    def as_dict(self, lang: str) -> Row:
        """Plain data with words in `lang`."""
        return as_dict(self, lang)

    def of(self, status: str) -> PlanStatus:
        """Only measures of one status."""
        return replace(self, measures=tuple(one for one in self.measures if one.rule.status == status))

    @property
    def critical(self) -> list[Judged]:
        """Linked measures without room, in the order of their days."""
        found = [one for one in self.measures if one.place is not None and one.place.critical]
        return sorted(found, key=lambda one: (one.place.start if one.place else self.at, one.row["measure"]))

    def declared(self) -> list[Row]:
        """By programme what was declared beside what is registered, and the gap as an interval."""
        counts = self.plan.counts()
        found = []
        for row in self.plan.programmes:
            told = self.plan.declared.get(row["declared"] or "")
            stated = None if told is None else Quantity.of(told)
            count = counts[str(row["programme"])]
            found.append({"programme": row["programme"], "registered": count, "stated": stated,
                          "gap": _gap(stated, count)})  # fmt: skip
        return found

    def load(self) -> list[Row]:
        """By state: measures led and shared that are open, overdue, and due by quarter."""
        led, shared, late = Counter[str](), Counter[str](), Counter[str]()
        quarters: dict[str, Counter[str]] = defaultdict(Counter)
        for one in self.measures:
            if one.rule.status in CLOSED:
                continue
            lead, partners = one.row["lead"], one.row["partners"] or ()
            if lead:
                led[lead] += 1
            shared.update(state for state in partners if state != lead)
            for state in {lead, *partners} - {None}:
                late[state] += one.rule.status == "overdue"
                if one.row["due"] is not None:
                    quarters[state][f"{one.row['due'].year}-Q{(one.row['due'].month + 2) // 3}"] += 1
        states = sorted({*led, *shared}, key=lambda state: (-led[state] - shared[state], state))
        return [
            {"state": state, "leads": led[state], "shares": shared[state], "overdue": late[state],
             "due": dict(sorted(quarters[state].items()))}
            for state in states
        ]  # fmt: skip

    def crossings(self) -> list[Row]:
        """Links between measures of different axes, and whether the first one blocks the second now."""
        by_key = {str(one.row["measure"]): one for one in self.measures}
        found = []
        for link in self.plan.links:
            first, second = by_key.get(str(link["predecessor"])), by_key.get(str(link["successor"]))
            if first is None or second is None:
                continue
            apart = set(first.row["axes"] or ()) ^ set(second.row["axes"] or ())
            if apart and first.row["axes"] and second.row["axes"]:
                blocks = first.rule.status in ("overdue", "suspended", "at_risk")
                found.append({
                    "predecessor": link["predecessor"], "successor": link["successor"],
                    "from_axes": first.row["axes"], "to_axes": second.row["axes"],
                    "blocks": blocks and second.rule.status not in CLOSED,
                })  # fmt: skip
        return found

    def shares(self) -> Row:
        """Measures that can be steered: with owner and day, co-owner, indicator, target, observation."""
        rows = [one.row for one in self.measures if one.row["kind"] == "measure"]
        aims: dict[str, list[Row]] = defaultdict(list)
        for target in self.plan.targets:
            aims[str(target["subject"])].append(target)
        by_query = {str(row["measure"]) for row in self.plan.evidence if row["kind"] != "document"}
        held = {
            "owner_and_day": [bool(row["lead"] and row["due"]) for row in rows],
            "co_owners": [bool(row["lead"] and row["partners"]) for row in rows],
            "indicator": [str(row["measure"]) in by_query or str(row["measure"]) in aims for row in rows],
            "target": [_aimed(aims.get(str(row["measure"]), ())) for row in rows],
            "observed": [self._observed(aims.get(str(row["measure"]), ())) for row in rows],
        }
        return {"n": len(rows), **{name: sum(found) for name, found in held.items()}}

    def _observed(self, targets: Sequence[Row]) -> bool:
        return any(self.progress[str(row["target"])]["value"] is not None for row in targets)


def status_of(plan: Plan, at: dt.date) -> PlanStatus:
    """Where every measure stands on a day; BadTable when predecessors run in a circle."""
    findings = plan.check(at)
    now = plan.as_of(at)
    alive = [row for row in now.measures if row["declared_status"] != "cancelled"]
    places = on_calendar(alive, now.links, at)
    proofs: dict[str, list[Row]] = defaultdict(list)
    for row in now.evidence:
        proofs[str(row["measure"])].append(row)
    parts = _parts(now.measures, "parent")
    stones = _parts(now.milestones, "measure")
    judged = []
    for row in now.measures:
        key = str(row["measure"])
        shown = {one["proves"] for one in proofs[key] if one["accepted"] == "yes"}
        place = places.get(key)
        linked = None if place is None else place.pushed_by
        rule = decide(Seen(row, at, "completion" in shown, "start" in shown or "progress" in shown,
                           None if place is None else place.finish, linked))  # fmt: skip
        judged.append(Judged(row, rule, place, tuple(proofs[key]), _late(row, rule, at), _slip(row), None))
    statuses = {str(one.row["measure"]): one.rule.status for one in judged}
    judged = [replace(one, share=_share(one, parts, stones, statuses)) for one in judged]
    findings += _contradictions(judged)
    reports, refused = _reports(now)
    return PlanStatus(
        at, now, tuple(judged), tuple(reports), progressed(now.targets, now.observations, at),
        (*findings, *refused),
    )  # fmt: skip


def _late(row: Row, rule: Rule, at: dt.date) -> int | None:
    """Days from the due day to completion, or to the day where it is not done; None without a due day."""
    if row["due"] is None or rule.status == "cancelled":
        return None
    end = row["done"] or (at if rule.status not in CLOSED else None)
    return None if end is None else max(0, (end - row["due"]).days)


def _slip(row: Row) -> int | None:
    if row["baseline_due"] is None or row["due"] is None:
        return None
    return int(((row["done"] or row["due"]) - row["baseline_due"]).days)


def _parts(rows: Sequence[Row], column: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row[column] is not None:
            found[str(row[column])].append(row)
    return found


def _share(
    one: Judged, parts: Mapping[str, Sequence[Row]], stones: Mapping[str, Sequence[Row]],
    statuses: Mapping[str, str],
) -> float | None:  # fmt: skip
    """Weighted share done of the parts of a measure; of its milestones where it has no parts."""
    key = str(one.row["measure"])
    rows = parts.get(key) or ()
    done = [statuses.get(str(row["measure"])) in ("done", "done_unproven") for row in rows]
    if not rows:
        rows = stones.get(key, ())
        done = [stone["actual"] is not None for stone in rows]
    weight = sum(_weight(row) for row in rows)
    return (
        sum(_weight(row) for row, is_done in zip(rows, done, strict=True) if is_done) / weight
        if weight
        else None
    )


def _weight(row: Row) -> float:
    return 1.0 if row["weight"] is None else float(row["weight"])


def _contradictions(judged: Sequence[Judged]) -> list[Finding]:
    """Where the owner's word and the rows disagree."""
    found = []
    for one in judged:
        said, key = one.row["declared_status"], str(one.row["measure"])
        if said == "done" and one.rule.status == "done_unproven":
            found.append(Finding("warning", "measures", key, "finding.plan_unproven", "repair.plan_unproven"))
        elif said == "not_started" and (one.row["started"] is not None or one.rule.status == "done"):
            found.append(Finding("warning", "measures", key, "finding.plan_said", "repair.plan_said",
                                 {"declared": said}))  # fmt: skip
    return found


def _gap(stated: Quantity | None, count: int) -> tuple[float, float | None] | None:
    """How many declared measures are not registered: at least, at most (None without an upper end)."""
    if stated is None:
        return None
    low, high = stated.least, stated.most
    return max(0.0, low - count), None if high is None else max(0.0, high - count)


def _aimed(targets: Sequence[Row]) -> bool:
    return any(row["target_value"] is not None for row in targets)


def _reports(plan: Plan) -> tuple[list[Reported], list[Finding]]:
    """Earned schedule of every subject that reports value; those that cannot be read are findings."""
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in plan.reports:
        groups[str(row["measure"] or row["programme"]), str(row["unit"])].append(row)
    start = {str(row["measure"]): row["baseline_start"] or row["start"] for row in plan.measures}
    start |= {str(row["programme"]): _new_year(row["year_from"]) for row in plan.programmes}
    found, refused = [], []
    for (subject, unit), rows in sorted(groups.items()):
        rows.sort(key=lambda row: row["on"])
        began = start.get(subject)
        planned = [row for row in rows if row["planned_value"] is not None]
        worth = [row for row in rows if row["earned_value"] is not None]
        try:
            found.append(_reported(subject, unit, began, planned, worth))
        except ValueError:
            refused.append(Finding("error", "measure_progress", subject, "finding.plan_report",
                                   "repair.plan_report"))  # fmt: skip
    return found, refused


def _reported(
    subject: str, unit: str, began: dt.date | None, planned: Sequence[Row], worth: Sequence[Row]
) -> Reported:
    """State in periods of the mean length between reports of the plan, whose values are read in between."""
    if began is None or not planned or not worth:
        raise ValueError("a start, planned and earned values")
    days = np.array([(row["on"] - began).days for row in planned], dtype=np.float64)
    period_d = float(days[-1] / len(days))
    if period_d <= 0:
        raise ValueError("planned values lie after the start")
    grid = np.arange(1, len(days) + 1) * period_d
    plan = np.interp(grid, np.concatenate(([0.0], days)), [0.0, *(row["planned_value"] for row in planned)])
    at = np.array([(row["on"] - began).days for row in worth], dtype=np.float64) / period_d
    costs = [row["actual_cost"] for row in worth]
    cost = None if costs[-1] is None else np.array([np.nan if one is None else one for one in costs])
    value = np.array([row["earned_value"] for row in worth], dtype=np.float64)
    return Reported(subject, unit, began, period_d, earned(plan, value, at, cost))


def _new_year(year: int | None) -> dt.date | None:
    return None if year is None else dt.date(year, 1, 1)
