"""Working-hours clocks and stops, against counting second by second and against sums by hand."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daliz.engine.clock import Spans, Stops, counted_h, joined, without

PROPERTY = settings(deadline=None, derandomize=True, max_examples=150)
LAST = 60


def seconds(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def hours(*values: float) -> np.ndarray:
    return (np.array(values) * 3600).astype(np.int64)


SHIFTS = Spans(hours(9, 33, 57), hours(18, 42, 66))
"""Three days of nine to six."""


def test_a_night_between_two_days_is_not_counted() -> None:
    """From 17:00 to 10:00 next day two hours count; inside a shift all; at night nothing."""
    begin, end = hours(17, 10, 19), hours(34, 16.5, 32)
    assert counted_h(begin, end, *SHIFTS).tolist() == [2.0, 6.5, 0.0]


def test_an_interval_over_all_spans_counts_them_all() -> None:
    """Before the first span and after the last one the clock stands; the wrong way round counts nothing."""
    assert counted_h(hours(0, 50), hours(500, 40), *SHIFTS).tolist() == [27.0, 0.0]


def test_no_spans_count_nothing() -> None:
    """A clock that never runs counts no hour."""
    assert counted_h(hours(0), hours(9), seconds(), seconds()).tolist() == [0.0]


def test_overlapping_stops_are_taken_off_once() -> None:
    """10-12, 11-13 and 11:30-11:45 together stop three hours of the nine, in any order."""
    stops = Stops(seconds(0, 3), hours(11, 10, 11.5), hours(13, 12, 11.75))
    assert without(hours(0), hours(24), SHIFTS, stops).tolist() == [6.0]


def test_a_stop_outside_the_interval_or_the_shift_takes_nothing_off() -> None:
    """A stop at night, one before the begin and one after the end leave the hours as they are."""
    stops = Stops(seconds(0, 4), hours(19, 0, 41, 17), hours(32, 10, 90, 20))
    # 10:00 to 41:00 is 8 + 8 hours; the stop 17-20 takes one of them.
    assert without(hours(10), hours(41), SHIFTS, stops).tolist() == [15.0]


def test_stops_belong_to_their_row() -> None:
    """Rows without stops keep their hours, whatever stands beside them."""
    begin, end = hours(9, 9, 9, 9), hours(18, 18, 18, 18)
    stops = Stops(seconds(0, 0, 1, 1, 2), hours(8, 12), hours(10, 99))
    assert without(begin, end, SHIFTS, stops).tolist() == [9.0, 8.0, 9.0, 3.0]


@st.composite
def _cases(draw: st.DrawFn) -> tuple[Spans, np.ndarray, np.ndarray, Stops]:
    edges = sorted(draw(st.sets(st.integers(0, LAST), max_size=12)))
    edges = edges[: len(edges) // 2 * 2]
    instants = st.integers(-5, LAST + 5)
    rows = draw(st.lists(st.tuples(instants, instants), min_size=1, max_size=4))
    stops = [draw(st.lists(st.tuples(instants, instants), max_size=4)) for _ in rows]
    flat = [stop for row in stops for stop in row]
    return (
        Spans(seconds(*edges[::2]), seconds(*edges[1::2])),
        seconds(*(min(row) for row in rows)),
        seconds(*(max(row) for row in rows)),
        Stops(
            np.concatenate([[0], np.cumsum([len(row) for row in stops])]).astype(np.int64),
            seconds(*(min(stop) for stop in flat)),
            seconds(*(max(stop) for stop in flat)),
        ),
    )


@PROPERTY
@given(_cases())
def test_the_arrays_count_as_one_counts_second_by_second(
    case: tuple[Spans, np.ndarray, np.ndarray, Stops],
) -> None:
    """For any spans, intervals and stops the hours are those of ticking through every second."""
    spans, begin, end, stops = case
    runs = {
        second
        for first, last in zip(*map(np.ndarray.tolist, spans), strict=True)
        for second in range(first, last)
    }
    for row in range(begin.size):
        ticks = set(range(begin[row], end[row])) & runs
        stood: set[int] = set()
        for at in range(stops.first[row], stops.first[row + 1]):
            stood |= set(range(stops.begin_s[at], stops.end_s[at]))
        assert counted_h(begin, end, *spans)[row] * 3600 == pytest.approx(len(ticks))
        assert without(begin, end, spans, stops)[row] * 3600 == pytest.approx(len(ticks - stood))


@PROPERTY
@given(_cases())
def test_joined_stops_are_disjoint_and_lie_in_their_interval(
    case: tuple[Spans, np.ndarray, np.ndarray, Stops],
) -> None:
    """What is left of the stops of a row is sorted, disjoint, of some length and inside the row."""
    _, begin, end, stops = case
    apart = joined(begin, end, stops)
    assert apart.first[-1] == apart.begin_s.size
    for row in range(begin.size):
        mine = slice(apart.first[row], apart.first[row + 1])
        edges = np.stack([apart.begin_s[mine], apart.end_s[mine]], axis=1).ravel()
        assert (np.diff(edges)[::2] > 0).all()
        assert (np.diff(edges)[1::2] >= 0).all()
        assert ((edges >= begin[row]) & (edges <= end[row])).all()


def test_a_million_intervals_are_counted_in_seconds() -> None:
    """A million intervals over eleven years of working days take a second or so, never a minute."""
    days = np.arange(4000, dtype=np.int64) * 86_400
    spans = Spans(days + 9 * 3600, days + 18 * 3600)
    draw = np.random.default_rng(7)
    begin = draw.integers(0, days[-1], 1_000_000)
    started = time.perf_counter()
    counted = counted_h(begin, begin + 86_400, *spans)
    assert time.perf_counter() - started < 20
    assert np.unique(counted.round(6)).tolist() == [9.0]
