"""Hours on a clock that runs in given spans and stands during given stops.

Question: how many hours of each interval lie in working time, less the waits that the clock stands for?
In and out: intervals, spans of running time and stops as whole seconds UTC in; hours a row out.
Method: with C(t) the running seconds before t, an interval counts C(end) - C(begin); C is found by binary
search in running sums of the spans. Stops of a row are cut to it and joined into disjoint pieces, so that
no second is taken off twice; each piece takes off what the clock would have counted in it.
Limits: spans must be sorted and disjoint and reach over all intervals: outside them the clock stands. An
interval that ends before it begins counts nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Spans", "Stops", "counted_h", "joined", "without"]

_HOUR_S = 3600.0


class Spans(NamedTuple):
    """Running time of a clock: `begin_s`, `end_s` int64[m], sorted and disjoint, seconds UTC."""

    begin_s: NDArray[np.int64]
    end_s: NDArray[np.int64]


class Stops(NamedTuple):
    """Stops by row (CSR): those of row i are `first[i]:first[i + 1]`, in any order, overlapping or not.

    `first` int64[n + 1]; `begin_s`, `end_s` int64[k], seconds UTC.
    """

    first: NDArray[np.int64]
    begin_s: NDArray[np.int64]
    end_s: NDArray[np.int64]


def counted_h(
    begin_s: NDArray[np.int64],
    end_s: NDArray[np.int64],
    span_begin_s: NDArray[np.int64],
    span_end_s: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Hours of each of n intervals in which the clock runs.

    Parameters
    ----------
    begin_s, end_s
        int64[n], seconds UTC.
    span_begin_s, span_end_s
        int64[m], seconds UTC, sorted and disjoint.

    Returns
    -------
    float64[n], hours.

    Examples
    --------
    An interval of ten hours with a break of one:

    >>> at = lambda *hours: np.array(hours, dtype=np.int64) * 3600
    >>> counted_h(at(8), at(18), at(8, 13), at(12, 18))
    array([9.])
    """
    running = np.concatenate([[0], np.cumsum(span_end_s - span_begin_s)])
    seconds = _before(end_s, span_begin_s, span_end_s, running) - _before(
        begin_s, span_begin_s, span_end_s, running
    )
    hours: NDArray[np.float64] = np.maximum(seconds, 0) / _HOUR_S
    return hours


def _before(
    at_s: NDArray[np.int64],
    span_begin_s: NDArray[np.int64],
    span_end_s: NDArray[np.int64],
    running_s: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Running seconds before each instant."""
    if not span_begin_s.size:
        return np.zeros(at_s.shape, dtype=np.int64)
    begun = np.searchsorted(span_begin_s, at_s, side="right")
    last = np.maximum(begun - 1, 0)
    left: NDArray[np.int64] = np.where(begun > 0, np.maximum(span_end_s[last] - at_s, 0), 0)
    return running_s[begun] - left


def joined(begin_s: NDArray[np.int64], end_s: NDArray[np.int64], stops: Stops) -> Stops:
    """The stops cut to their intervals, sorted and made disjoint: each second of a row stands once.

    Rows of no length are dropped; `first` counts what is left.
    """
    rows = np.repeat(np.arange(begin_s.size), np.diff(stops.first))
    from_s = np.maximum(stops.begin_s, begin_s[rows]) - begin_s[rows]
    to_s = np.minimum(stops.end_s, end_s[rows]) - begin_s[rows]
    real = to_s > from_s
    rows, from_s, to_s = rows[real], from_s[real], to_s[real]
    order = np.lexsort((from_s, rows))
    rows, from_s, to_s = rows[order], from_s[order], to_s[order]
    if rows.size:
        # Rows are moved apart by more than the longest, so that one running maximum serves them all.
        apart = rows * (int(to_s.max()) + 1)
        reached = np.maximum.accumulate(to_s + apart)
        earlier = np.concatenate([[-1], reached[:-1]]) - apart
        from_s = np.maximum(from_s, np.where(np.concatenate([[False], rows[1:] == rows[:-1]]), earlier, 0))
        real = to_s > from_s
        rows, from_s, to_s = rows[real], from_s[real], to_s[real]
    first = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=begin_s.size))]).astype(np.int64)
    return Stops(first, from_s + begin_s[rows], to_s + begin_s[rows])


def without(
    begin_s: NDArray[np.int64], end_s: NDArray[np.int64], spans: Spans, stops: Stops
) -> NDArray[np.float64]:
    """Hours of each interval in which the clock runs and no stop of its row stands.

    Parameters
    ----------
    begin_s, end_s
        int64[n], seconds UTC.
    spans
        Running time of the clock, for all rows.
    stops
        Stops of each row; they may overlap and reach outside the interval.

    Returns
    -------
    float64[n], hours, never below nothing.

    Examples
    --------
    Ten hours with stops from the 2nd to the 5th and from the 4th to the 6th hour:

    >>> at = lambda *hours: np.array(hours, dtype=np.int64) * 3600
    >>> without(at(0), at(10), Spans(at(0), at(24)), Stops(np.array([0, 2]), at(2, 4), at(5, 6)))
    array([6.])
    """
    counted = counted_h(begin_s, end_s, *spans)
    apart = joined(begin_s, end_s, stops)
    taken = counted_h(apart.begin_s, apart.end_s, *spans)
    running = np.concatenate([[0.0], np.cumsum(taken)])
    off = running[apart.first[1:]] - running[apart.first[:-1]]
    left: NDArray[np.float64] = np.maximum(counted - off, 0.0)
    return left
