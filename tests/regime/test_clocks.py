"""Calendars as spans: local zones, summer time, holidays, nights, all against dates worked out by hand."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from daliz.engine.clock import Stops, counted_h, without
from daliz.regime import spans_s


def at(text: str) -> int:
    """Seconds of a moment written as UTC."""
    return int(dt.datetime.fromisoformat(text + "+00:00").timestamp())


def shown(second: int) -> str:
    return dt.datetime.fromtimestamp(second, dt.UTC).isoformat()[5:16]


def told(hours: str, zone: str, first: str, last: str, holidays_of: str = "") -> list[tuple[str, str]]:
    begin, end = spans_s(hours, zone, holidays_of, at(first), at(last))
    return [(shown(a), shown(b)) for a, b in zip(begin.tolist(), end.tolist(), strict=True)]


def counted(hours: str, zone: str, first: str, last: str, holidays_of: str = "") -> float:
    begin, end = np.array([at(first)]), np.array([at(last)])
    return float(counted_h(begin, end, *spans_s(hours, zone, holidays_of, at(first), at(last)))[0])


def test_a_week_in_almaty_is_five_days_in_its_own_clock() -> None:
    """Nine to six in Almaty is four to thirteen UTC since 1 March 2024; Friday evening to Monday is free."""
    assert told("Mo-Fr 09:00-18:00", "Asia/Almaty", "2025-03-14T00:00", "2025-03-18T00:00") == [
        ("03-14T04:00", "03-14T13:00"),
        ("03-17T04:00", "03-17T13:00"),
    ]


def test_kazakhstan_moved_its_clock_on_the_first_of_march_2024() -> None:
    """Almaty kept UTC+6 until the last day of February 2024 and UTC+5 from the next."""
    assert told("Mo-Su 09:00-18:00", "Asia/Almaty", "2024-02-28T20:00", "2024-03-01T20:00") == [
        ("02-29T03:00", "02-29T12:00"),
        ("03-01T04:00", "03-01T13:00"),
    ]


def test_a_night_shift_in_warsaw_is_shorter_in_march_and_longer_in_october() -> None:
    """22:00 to 06:00 is eight hours, seven when clocks go forward, nine when they go back."""
    night = ("Mo-Su 22:00-06:00", "Europe/Warsaw")
    assert counted(*night, "2025-03-22T12:00", "2025-03-23T12:00") == 8
    assert counted(*night, "2025-03-29T12:00", "2025-03-30T12:00") == 7
    assert counted(*night, "2025-10-25T12:00", "2025-10-26T12:00") == 9


def test_a_round_the_clock_week_with_the_change_of_summer_time_has_its_true_hours() -> None:
    """The week of the change has 167 hours by any clock that never stands."""
    assert counted("24/7", "Europe/Warsaw", "2025-03-23T23:00", "2025-03-30T22:00") == 167


def test_nauryz_stops_the_clock_where_it_is_told_to() -> None:
    """21 to 23 March are holidays of Kazakhstan; in 2025 the 24th and 25th are days off instead of two."""
    week = ("Mo-Fr 09:00-18:00", "Asia/Almaty", "2025-03-20T00:00", "2025-03-29T00:00")
    assert counted(*week) == 7 * 9
    assert counted(*week, holidays_of="KZ") == (1 + 3) * 9


def test_a_holiday_cuts_a_night_shift_at_midnight() -> None:
    """On Independence Day, 16 December, no hour runs: the shift before ends at its midnight."""
    spans = told("Mo-Su 22:00-06:00", "Asia/Almaty", "2025-12-15T10:00", "2025-12-17T10:00", "KZ")
    # 15 December 22:00 to 24:00 local is 17:00 to 19:00 UTC; 17 December 00:00 to 06:00 is 19:00 to 01:00.
    assert spans == [("12-15T17:00", "12-15T19:00"), ("12-16T19:00", "12-17T01:00")]


def test_a_clock_that_never_stops_but_on_holidays() -> None:
    """24/7 with holidays loses the whole local day: of 15 to 18 December 2025 three days are left."""
    assert counted("24/7", "Asia/Almaty", "2025-12-14T19:00", "2025-12-18T19:00", "KZ") == 3 * 24


@pytest.mark.parametrize("last", ["2025-03-10T00:00", "2025-03-09T00:00"])
def test_no_time_has_no_spans(last: str) -> None:
    """From an instant to itself, or backwards, no clock runs."""
    assert told("24/7", "Asia/Almaty", "2025-03-10T00:00", last) == []


def test_a_stop_in_working_hours_is_taken_off_and_one_at_night_is_not() -> None:
    """Customs nine to six in Almaty 10:00 to 12:00 next day: 8 + 3 h, less two hours' wait for papers."""
    begin, end = np.array([at("2025-03-11T05:00")]), np.array([at("2025-03-12T07:00")])
    spans = spans_s("Mo-Fr 09:00-18:00", "Asia/Almaty", "", at("2025-03-10T00:00"), at("2025-03-15T00:00"))
    wait = (at("2025-03-11T07:00"), at("2025-03-11T09:00"))
    night = (at("2025-03-11T14:00"), at("2025-03-12T02:00"))
    stops = Stops(np.array([0, 2]), np.array([wait[0], night[0]]), np.array([wait[1], night[1]]))
    assert without(begin, end, spans, stops).tolist() == [9.0]


def test_what_a_caller_does_to_spans_changes_no_later_answer() -> None:
    """The arrays are the caller's own."""
    first = spans_s("24/7", "Asia/Almaty", "", 0, 7200)
    first.begin_s[0] = 3600
    assert spans_s("24/7", "Asia/Almaty", "", 0, 7200).begin_s.tolist() == [0]
