"""What may be said of one series, rule by rule and by hand."""

from __future__ import annotations

import datetime as dt

import pytest

from daliz.scorecard.judge import Baseline, Goal, Point, judge

AT = dt.date(2026, 11, 1)


def year(number: int, value: float, half: float | None = 1.0) -> Point:
    """A yearly point with an interval of `half` on each side."""
    low, high = (None, None) if half is None else (value - half, value + half)
    return Point(dt.date(number, 12, 31), value, low, high, 100)


def test_without_a_point_nothing_is_said() -> None:
    """No data comes before every other reason."""
    found = judge((), "lower", AT)
    assert (found.status, found.reason) == ("cannot_judge", "no_data")
    assert found.latest is found.trend is None


def test_without_a_baseline_the_figure_stands_and_is_not_judged() -> None:
    """A figure and its trend are shown; no word of better or worse is."""
    run = [year(2021 + at, 50 - at) for at in range(5)]
    found = judge(run, "lower", AT)
    assert (found.status, found.reason) == ("cannot_judge", "no_baseline")
    assert found.latest == run[-1]
    assert found.change is None
    assert found.trend is not None
    assert found.trend.value == pytest.approx(-1, abs=0.01)


def test_points_after_the_day_are_not_seen() -> None:
    """On an earlier day the later point does not exist."""
    found = judge([year(2022, 50), year(2025, 40)], "lower", dt.date(2024, 1, 1), Baseline(year(2022, 50)))
    assert (found.status, found.reason) == ("cannot_judge", "not_after")


def test_change_and_its_interval_by_hand() -> None:
    """50 +- 3 to 40 +- 4: the change is -10 +- 5."""
    found = judge([year(2025, 40, 4)], "lower", AT, Baseline(year(2022, 50, 3)))
    assert found.status == "better"
    assert (found.change, found.change_low, found.change_high) == pytest.approx((-10, -15, -5))
    assert judge([year(2025, 40, 4)], "higher", AT, Baseline(year(2022, 50, 3))).status == "worse"


def test_a_change_within_its_interval_is_no_clear_change() -> None:
    """50 +- 3 to 48 +- 4 may be nothing."""
    assert judge([year(2025, 48, 4)], "lower", AT, Baseline(year(2022, 50, 3))).status == "unclear"


def test_without_intervals_the_value_is_taken_at_its_word_and_it_is_said() -> None:
    """A figure without an interval is judged, and `sure` is False."""
    found = judge([year(2025, 48, None)], "lower", AT, Baseline(year(2022, 50, None)))
    assert found.status == "better"
    assert not found.sure


def test_a_target_is_reached_by_the_whole_interval_only() -> None:
    """14 +- 2 does not surely meet 15; 12 +- 2 does; an equals sign means at least that good."""
    base, goal = Baseline(year(2022, 23, 1)), Goal("=", 15, dt.date(2027, 12, 31))
    assert judge([year(2025, 14, 2)], "lower", AT, base, goal).status == "on_track"
    assert judge([year(2025, 12, 2)], "lower", AT, base, goal).status == "reached"
    assert judge([year(2025, 15, None)], "lower", AT, base, Goal("<", 15)).status == "better"


def test_progress_is_that_of_the_reference_case() -> None:
    """23 to 18 with 15 aimed at is 0.625 of the way (REFERENCE_CASES, monitoring)."""
    found = judge(
        [year(2025, 18)], "lower", AT, Baseline(year(2022, 23)), Goal("=", 15, dt.date(2027, 12, 31))
    )
    assert found.progress == pytest.approx(0.625)
    assert found.status == "on_track"  # three of five years are gone: 0.6


def test_behind_the_straight_line() -> None:
    """A fifth of the way after three of five years is behind; away from the aim beyond doubt is worse."""
    base, goal = Baseline(year(2022, 23, 0.5)), Goal("=", 13, dt.date(2027, 12, 31))
    assert judge([year(2025, 21, 0.5)], "lower", AT, base, goal).status == "behind"
    assert judge([year(2025, 26, 0.5)], "lower", AT, base, goal).status == "worse"


def test_no_comparison_over_a_change_of_reporting() -> None:
    """Counts of before and after are not compared, and the trend starts after the change."""
    run = [year(number, 10 + number - 2018) for number in range(2018, 2026)]
    cut = [dt.date(2021, 6, 1)]
    found = judge(run, "lower", AT, Baseline(run[0]), None, cut)
    assert (found.status, found.reason) == ("cannot_judge", "reporting_changed")
    assert found.trend is not None
    assert found.trend.n == 5


def test_two_and_three_years_on() -> None:
    """The columns +2 and +3 years hold the point of the year that ends there, once it has come."""
    run = [year(number, float(number)) for number in range(2022, 2026)]
    found = judge(run, "lower", AT, Baseline(run[0]))
    assert [point and point.on.year for point in found.later] == [2024, 2025]
    sooner = judge(run[:3], "lower", AT, Baseline(run[0]))
    assert [point and point.on.year for point in sooner.later] == [2024, None]


def test_an_old_figure_is_marked() -> None:
    """After eighteen months a yearly figure has missed its turn."""
    assert judge([year(2024, 5)], "lower", AT).stale
    assert not judge([year(2025, 5)], "lower", AT).stale
