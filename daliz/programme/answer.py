"""The state of plans as plain data, worded in the reader's language.

Question: what does a reader get to see of the state of all plans?
In and out: a `PlanStatus` and a language in; dictionaries ready for JSON, or a pandas frame, out.
Method: words of statuses and reasons come from the catalogue with the figures of the measure in them.
Limits: nothing is computed here that `status` has not.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from daliz.i18n import LANGUAGES, text
from daliz.programme.rules import STATUSES

if TYPE_CHECKING:
    import pandas as pd

    from daliz.model.quantity import Quantity
    from daliz.programme.status import Judged, PlanStatus, Reported
    from daliz.schema import Row

__all__ = ["as_dict", "table_of"]

_PLAIN = (
    "measure", "programme", "parent", "kind", "lead", "partners", "body", "axes", "areas", "criteria",
    "places", "corridors", "weight", "commitment", "source", "quality", "declared_status",
)  # fmt: skip
_DAYS = ("start", "due", "baseline_start", "baseline_due", "started", "done", "declared_on")


def table_of(found: PlanStatus) -> pd.DataFrame:
    """A row for each measure with its status and figures."""
    import pandas as pd

    rows = [_measure(one, "en") for one in found.measures]
    return pd.DataFrame([{**row, "title": row["titles"]["en"]} for row in rows])


def as_dict(found: PlanStatus, lang: str) -> Row:
    """The JSON of the door."""
    counts = Counter(one.rule.status for one in found.measures)
    return {
        "on": found.at.isoformat(),
        "counts": {status: counts[status] for status in STATUSES if counts[status]},
        "programmes": _programmes(found, lang),
        "measures": [_measure(one, lang) for one in _ordered(found)],
        "late": [str(one.row["measure"]) for one in _ordered(found) if one.rule.status == "overdue"],
        "without_evidence": [
            str(one.row["measure"]) for one in found.measures if one.rule.status == "done_unproven"
        ],
        "critical_path": [_critical(one, lang) for one in found.critical],
        "load": found.load(),
        "axes": dict(Counter(axis for one in found.measures for axis in one.row["axes"] or ())),
        "areas": dict(Counter(area for one in found.measures for area in one.row["areas"] or ())),
        "across_axes": found.crossings(),
        "shares": found.shares(),
        "milestones": _milestones(found, lang),
        "earned": [_earned(one) for one in found.reports],
        "targets": _targets(found),
        "findings": [finding.as_dict(lang) for finding in found.findings],
    }


def _ordered(found: PlanStatus) -> list[Judged]:
    """The most urgent first, then the latest."""
    order = {status: at for at, status in enumerate(STATUSES)}
    return sorted(
        found.measures,
        key=lambda one: (order[one.rule.status], -(one.days_late or 0), str(one.row["measure"])),
    )


def _programmes(found: PlanStatus, lang: str) -> list[Row]:
    declared = {row["programme"]: row for row in found.declared()}
    rows = []
    for row in found.plan.programmes:
        key = row["programme"]
        told = declared[key]
        stated: Quantity | None = told["stated"]
        counts = Counter(one.rule.status for one in found.measures if one.row["programme"] == key)
        rows.append({
            "programme": key, "kind": row["kind"], "kind_text": text(_KINDS[row["kind"]], lang),
            "field": row["field"], "title": row[f"title_{lang}"],
            "titles": {code: row[f"title_{code}"] for code in LANGUAGES},
            "forum": row["forum"], "states": row["states"], "owner": row["owner"],
            "year_from": row["year_from"], "year_to": row["year_to"],
            "declared": None if stated is None else stated.value,
            "declared_comparator": None if stated is None else stated.comparator,
            "declared_text": None if stated is None else stated.text(lang),
            "declared_by": row["declared"], "registered": told["registered"],
            "missing": None if told["gap"] is None else {"least": told["gap"][0], "most": told["gap"][1]},
            "counts": dict(counts), "source": row["source"], "quality": row["quality"],
        })  # fmt: skip
    return rows


_KINDS = {
    "plan": "programme.kind_plan",
    "programme": "programme.kind_programme",
    "concept": "programme.kind_concept",
    "announcements": "programme.kind_announcements",
    "proposals": "programme.kind_proposals",
}


def _measure(one: Judged, lang: str) -> Row:
    row, place = one.row, one.place
    days = {name: None if row[name] is None else row[name].isoformat() for name in _DAYS}
    shown: dict[str, object] = {
        "days": one.days_late, "due": days["due"], "done": days["done"],
        "finish": None if place is None else place.finish.isoformat(),
        "by": None if place is None else place.pushed_by, "start": days["start"], "started": days["started"],
    }  # fmt: skip
    return {
        **{name: row[name] for name in _PLAIN}, **days,
        "title": row[f"title_{lang}"], "titles": {code: row[f"title_{code}"] for code in LANGUAGES},
        "status": one.rule.status, "status_text": text(STATUSES[one.rule.status], lang),
        "reason": text(one.rule.reason, lang, **shown),
        "days_late": one.days_late, "slip_d": one.slip_d, "share_done": one.share,
        "finish": shown["finish"], "float_d": None if place is None else place.total_float_d,
        "critical": place is not None and place.critical,
        "pushed_by": None if place is None else place.pushed_by,
        "evidence": [
            {
                "evidence": proof["evidence"], "kind": proof["kind"], "proves": proof["proves"],
                "title": proof[f"title_{lang}"], "url": proof["url"], "accepted": proof["accepted"],
                "dated": None if proof["dated"] is None else proof["dated"].isoformat(),
                "indicator": proof["indicator"], "query": proof["query"], "source": proof["source"],
                "quality": proof["quality"],
            }
            for proof in one.evidence
        ],
    }  # fmt: skip


def _critical(one: Judged, lang: str) -> Row:
    place = one.place
    return {
        "measure": one.row["measure"], "title": one.row[f"title_{lang}"],
        "start": None if place is None else place.start.isoformat(),
        "finish": None if place is None else place.finish.isoformat(),
        "float_d": None if place is None else place.total_float_d,
    }  # fmt: skip


def _milestones(found: PlanStatus, lang: str) -> list[Row]:
    """Milestones that slipped or are past their day, the most days first."""
    rows = []
    for stone in found.plan.milestones:
        due, planned = stone["baseline"], stone["actual"] or stone["planned"]
        slip = None if due is None or planned is None else (planned - due).days
        day = stone["planned"] or due
        late = 0 if stone["actual"] is not None or day is None else max(0, (found.at - day).days)
        if slip or late:
            rows.append({"milestone": stone["milestone"], "measure": stone["measure"],
                         "title": stone[f"title_{lang}"], "slip_d": slip, "days_late": late})  # fmt: skip
    return sorted(rows, key=lambda row: (-row["days_late"], -(row["slip_d"] or 0), str(row["milestone"])))


def _earned(one: Reported) -> Row:
    state = one.state
    return {
        "subject": one.subject, "unit": one.unit, "period_d": round(one.period_d, 2),
        "earned_schedule": _figure(state.schedule), "spi_t": _figure(state.spi_t), "spi": _figure(state.spi),
        "cpi": _figure(state.cpi), "sv_t": _figure(state.sv_t), "done": state.done,
        "finish": _day(one, state.duration), "finish_low": _day(one, state.duration_low),
        "finish_high": _day(one, state.duration_high), "cost": _figure(state.cost),
    }  # fmt: skip


def _day(one: Reported, periods: float) -> str | None:
    day = one.day(periods)
    return None if day is None else day.isoformat()


def _figure(value: float) -> float | None:
    return round(value, 4) if value == value and abs(value) != float("inf") else None  # noqa: PLR0124


def _targets(found: PlanStatus) -> list[Row]:
    rows = []
    for target in found.plan.targets:
        seen = found.progress[str(target["target"])]
        rows.append({
            "target": target["target"], "subject": target["subject"], "series": target["series"],
            "unit": target["unit"], "better": target["better"], "baseline": target["baseline_value"],
            "comparator": target["comparator"], "aim": target["target_value"],
            "by": None if target["target_on"] is None else target["target_on"].isoformat(),
            **seen, "on": None if seen["on"] is None else seen["on"].isoformat(),
        })  # fmt: skip
    return rows
