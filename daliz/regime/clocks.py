"""Calendars of the regime as spans of running time.

Question: between two instants, when does a clock with these hours, in this zone, on these holidays run?
In and out: hours in the grammar of the schema, an IANA zone and a state in; arrays of seconds UTC out.
Method: the local week of `daliz.model.hours`, laid over each week by the pinned zone rules, so that a
change of summer time makes a night shift an hour shorter or longer, as it is on the spot.
Limits: public holidays are those of the package `holidays`; transferred working days of one post are not
known to it.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from daliz.engine.clock import Spans
from daliz.model.hours import opening_hours

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["spans_s"]

_KEPT = 4096


def spans_s(hours: str, zone: str, holidays_of: str, first_s: int, last_s: int) -> Spans:
    """Running time from `first_s` to `last_s` of a clock with `hours` in `zone`.

    Parameters
    ----------
    hours
        `24/7` or rules such as `Mo-Fr 09:00-18:00; Sa 09:00-13:00`.
    zone
        IANA zone in which the hours are meant.
    holidays_of
        ISO code of the state on whose public holidays the clock stands; empty for none.
    first_s, last_s
        Seconds UTC; the spans are cut to them.

    Returns
    -------
    Spans (begin_s, end_s): int64[m] each, sorted and disjoint.

    Examples
    --------
    A working day in Almaty (UTC+5) from nine to six is four to thirteen in UTC:

    >>> day = 1_741_564_800  # Monday 10 March 2025, 00:00 UTC
    >>> begin, end = spans_s("Mo-Fr 09:00-18:00", "Asia/Almaty", "", day, day + 86400)
    >>> ((begin - day) / 3600, (end - day) / 3600)
    (array([4.]), array([13.]))
    """
    begin_s, end_s = _spans(hours, zone, holidays_of, int(first_s), int(last_s))
    return Spans(begin_s.copy(), end_s.copy())


@lru_cache(maxsize=_KEPT)
def _spans(
    hours: str, zone: str, holidays_of: str, first_s: int, last_s: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    start = dt.datetime.fromtimestamp(first_s, dt.UTC)
    found = opening_hours(hours, zone, holidays_of).open_h(start, max(0, last_s - first_s) / 3600)
    edges = np.rint(np.array(found, dtype=np.float64).reshape(-1, 2) * 3600).astype(np.int64) + first_s
    edges = np.clip(edges, first_s, max(first_s, last_s))
    edges = edges[edges[:, 1] > edges[:, 0]]
    return edges[:, 0], edges[:, 1]
