"""Departures by timetable and posts that close on public holidays."""

from __future__ import annotations

import datetime as dt

import pytest

from daliz.model.hours import departures, is_holiday, opening_hours


def _utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def test_a_ship_is_waited_for_until_its_next_departure() -> None:
    """Ships on Tuesday and Wednesday at 18:00 in Baku (14:00 UTC): each is met, and then the next week."""
    timetable = departures("Tu,We 18:00", "Asia/Baku")
    assert timetable.wait_h(_utc("2026-12-01T10:00")) == pytest.approx(4.0)
    assert timetable.wait_h(_utc("2026-12-01T15:00")) == pytest.approx(23.0)
    assert timetable.wait_h(_utc("2026-12-02T15:00")) == pytest.approx(6 * 24 - 1)


def test_a_departure_at_the_last_minute_of_the_day() -> None:
    """23:59 is a departure too: its minute runs over midnight."""
    assert departures("Mo 23:59", "UTC").wait_h(_utc("2026-11-30T23:00")) == pytest.approx(59 / 60)


def test_a_post_closed_on_holidays_is_waited_for_over_the_first_days_of_october() -> None:
    """Chinese National Day, 1 to 3 October (Thursday to Saturday in 2026): it opens on a working day."""
    assert all(is_holiday("CN", dt.date(2026, 10, day)) for day in (1, 2, 3))
    hours = opening_hours("Mo-Fr 10:00-18:00", "Asia/Shanghai", "CN")
    at = _utc("2026-10-01T02:00")
    opens = at + dt.timedelta(hours=hours.wait_h(at))
    local = opens.astimezone(dt.timezone(dt.timedelta(hours=8)))
    assert local.hour == 10
    assert local.date() > dt.date(2026, 10, 3)
    assert not is_holiday("CN", local.date())
    assert local.weekday() < 5


def test_a_post_open_day_and_night_still_closes_on_holidays() -> None:
    """24/7 with holidays is not always open, and without them it is."""
    assert opening_hours("24/7", "Asia/Shanghai").always
    shut = opening_hours("24/7", "Asia/Shanghai", "CN")
    assert not shut.always
    assert shut.wait_h(_utc("2026-09-30T10:00")) == 0
    assert shut.wait_h(_utc("2026-10-01T02:00")) > 12
