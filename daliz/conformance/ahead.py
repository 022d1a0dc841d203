"""What comes next for a shipment that is under way.

Question: which step is due now, whose is it, and how much time is left on its clock?
In and out: a `Part` and a shipment in; the next steps of its open visit out.
Method: steps in progress, then needed items that have no event and whose predecessors are done or need not be
done. The time left is the standard less the hours counted so far; the moment at which it ends is found on the
calendar of the item.
Limits: a stop that begins later pushes that moment back; it is told as the calendar stands now.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from daliz.conformance.judge import OPEN
from daliz.engine.align import DONE, NEVER, OUT_OF_ORDER
from daliz.model.hours import opening_hours

if TYPE_CHECKING:
    from daliz.conformance.part import Part

__all__ = ["NextStep", "next_steps"]

_HORIZON_H = 24.0 * 366


@dataclass(frozen=True)
class NextStep:
    """A step in progress or due: `left_h` on its clock, negative when over; None where it has no standard.

    `due` is the moment at which the time ends by the calendar; None when it ended already or there is no
    standard, or the step has not begun. `needed`: whether it must be done.
    """

    shipment: str
    visit: str
    place: str
    code: str
    party: str
    begun: dt.datetime | None
    counted_h: float
    sla_h: float | None
    left_h: float | None
    due: dt.datetime | None
    needed: bool


def next_steps(part: Part, shipment: str) -> tuple[NextStep, ...]:
    """Steps of the open visit of a shipment; empty when it has none, or its visit has no checklist."""
    log, judged = part.log, part.judged
    who = int(log.shipments.search_sorted(shipment)) if len(log.shipments) else 0
    if who >= len(log.shipments) or log.shipments[who] != shipment:
        return ()
    visits = np.flatnonzero((log.shipment == who) & log.aligned.open & (log.chosen >= 0))
    if not len(visits):
        return ()
    visit = int(visits[-1])
    chosen = int(log.chosen[visit])
    events = range(int(log.visits.first[visit]), int(log.visits.first[visit + 1]))
    done = running = 0
    found = []
    missing = int(log.aligned.pending[visit])
    needed = int(log.rules.needed(None)[chosen]) | missing
    for at in events:
        item = int(log.item[at])
        if item < 0:
            continue
        if log.aligned.running[at] and judged.state[at] in (OPEN, OUT_OF_ORDER):
            running |= 1 << item
            counted = float(np.nan_to_num(judged.counted_h[at]))
            found.append(_step(part, visit, item, int(log.since[at]), counted, bool(needed >> item & 1)))
        elif judged.state[at] in (DONE, OUT_OF_ORDER):
            done |= 1 << item
    for item in range(len(log.rules.items[chosen])):
        waits_for = int(log.rules.after[chosen, item]) & (missing | running) & ~done
        if missing >> item & 1 and not waits_for:
            found.append(_step(part, visit, item, NEVER, 0.0, needed=True))
    return tuple(found)


def _step(part: Part, visit: int, item: int, since: int, counted_h: float, needed: bool) -> NextStep:
    log = part.log
    chosen = int(log.chosen[visit])
    row = log.rules.items[chosen][item]
    sla_h = row["sla_h"]
    left_h = None if sla_h is None else sla_h - counted_h
    begun = None if since == NEVER else _moment(since)
    due = None
    if left_h is not None and left_h > 0 and begun is not None:
        due = _after(part, int(log.rules.clock[chosen, item]), left_h)
    return NextStep(
        log.shipments[int(log.shipment[visit])], part.visits["visit"][visit],
        log.places[int(log.place[visit])],
        row["code"], row["party"], begun, counted_h, sla_h, left_h, due, needed,
    )  # fmt: skip


def _after(part: Part, calendar: int, hours: float) -> dt.datetime | None:
    """The moment at which the clock has run `hours` from the moment asked about."""
    at = _moment(part.log.at_us)
    for begins, ends in opening_hours(*part.log.rules.calendars[calendar]).open_h(at, _HORIZON_H):
        open_h = ends - max(0.0, begins)
        if open_h >= hours:
            return at + dt.timedelta(hours=max(0.0, begins) + hours)
        hours -= max(0.0, open_h)
    return None


def _moment(us: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(0, dt.UTC) + dt.timedelta(microseconds=us)
