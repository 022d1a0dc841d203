"""The rules by which a measure has its status, each declared once.

Question: is this measure late, done, done on paper only, in danger, or can nobody say?
In and out: a measure with its evidence and its place in the schedule in; a status with its reason out.
Method: rules are asked in order and the first that holds decides. What the owner declares is one input and
never the answer: it stands beside the status and a contradiction is a finding.
Limits: a measure without a due day cannot be late and is called undated, which is a gap and not a praise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from daliz.schema import Row

__all__ = ["CLOSED", "RULES", "STATUSES", "Seen", "decide"]

STATUSES = {
    "overdue": "programme.overdue",
    "at_risk": "programme.at_risk",
    "done_unproven": "programme.done_unproven",
    "under_way": "programme.under_way",
    "not_started": "programme.not_started",
    "undated": "programme.undated",
    "suspended": "programme.suspended",
    "done": "programme.done",
    "cancelled": "programme.cancelled",
}
"""Status to the key of its words, the most urgent first."""

CLOSED = ("done", "done_unproven", "cancelled")
"""Statuses of measures that ask for no more work."""


@dataclass(frozen=True)
class Seen:
    """What the rules may look at.

    `row` is the measure as of the day: days to come are None. `proven` whether accepted evidence shows
    completion, `begun` whether any shows a start; `finish` the early finish by the schedule, `pushed_by`
    the measure that sets it.
    """

    row: Row
    at: dt.date
    proven: bool
    begun: bool
    finish: dt.date | None
    pushed_by: str | None


@dataclass(frozen=True)
class Rule:
    """A rule: the status it gives, the key of its reason, and when it holds."""

    status: str
    reason: str
    holds: Callable[[Seen], bool]


def _declared(*words: str) -> Callable[[Seen], bool]:
    return lambda seen: seen.row["declared_status"] in words


def _finished(seen: Seen) -> bool:
    return seen.row["done"] is not None or seen.proven or seen.row["declared_status"] == "done"


def _dateless(seen: Seen) -> bool:
    return seen.row["due"] is None


def _past(seen: Seen) -> bool:
    return seen.row["due"] is not None and bool(seen.row["due"] < seen.at)


def _beyond(seen: Seen) -> bool:
    return seen.row["due"] is not None and seen.finish is not None and bool(seen.finish > seen.row["due"])


def _running(seen: Seen) -> bool:
    return seen.row["started"] is not None or seen.begun or seen.row["declared_status"] == "under_way"


def _should_run(seen: Seen) -> bool:
    return seen.row["start"] is not None and bool(seen.row["start"] < seen.at) and not _running(seen)


RULES = (
    Rule("cancelled", "programme.why_cancelled", _declared("cancelled")),
    Rule("done", "programme.why_done", lambda seen: _finished(seen) and seen.proven),
    Rule("done_unproven", "programme.why_unproven", _finished),
    Rule("suspended", "programme.why_suspended", _declared("suspended")),
    Rule("overdue", "programme.why_overdue", _past),
    Rule("at_risk", "programme.why_pushed", lambda seen: _beyond(seen) and seen.pushed_by is not None),
    Rule("at_risk", "programme.why_beyond", _beyond),
    Rule("at_risk", "programme.why_start", lambda seen: _should_run(seen) and not _dateless(seen)),
    Rule("under_way", "programme.why_under_way", lambda seen: _running(seen) and not _dateless(seen)),
    Rule("under_way", "programme.why_under_way_undated", _running),
    Rule("undated", "programme.why_undated", _dateless),
    Rule("not_started", "programme.why_not_started", lambda _seen: True),
)
"""Asked in this order; the last always holds."""


def decide(seen: Seen) -> Rule:
    """The first rule that holds."""
    return next(rule for rule in RULES if rule.holds(seen))
