"""Opening hours in a local clock, and waiting for them.

Question: is a post open now, how long until it opens, and how long does a shipment that comes at any
time of the week wait on average?
In and out: text such as `24/7` or `Mo-Fr 09:00-18:00; Sa 09:00-13:00` and an IANA zone in; hours out.
Method: open minutes of the week as merged intervals; the mean wait of a uniform arrival is the sum of
squared gaps over twice the week.
Limits: the mean wait leaves holidays out. A wait is found in the local clock, so a change of summer
time inside the wait is carried by the zone, not ignored.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

__all__ = ["OpeningHours", "departures", "is_holiday", "opening_hours", "pinned_zone"]

_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_DAY_MIN = 24 * 60
_WEEK_MIN = 7 * _DAY_MIN
_WEEK_H = 168.0
_HORIZON_H = 2 * _WEEK_H


@cache
def pinned_zone(name: str) -> ZoneInfo:
    """The zone as the pinned package tzdata has it, whatever the machine's own files say."""
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as rules:
        return ZoneInfo.from_file(rules, key=name)


@dataclass(frozen=True)
class OpeningHours:
    """Open intervals in minutes of the local week (Monday 00:00 is 0), sorted and disjoint."""

    intervals: tuple[tuple[int, int], ...]
    zone: str
    holidays_of: str = ""

    @property
    def always(self) -> bool:
        """True when the post never closes."""
        return self.intervals == ((0, _WEEK_MIN),) and not self.holidays_of

    def wait_h(self, instant: dt.datetime) -> float:
        """Hours from an aware instant until the post is open; 0 when it is. Never overtakes: FIFO."""
        for begins, ends in self.open_h(instant, _HORIZON_H):
            if ends > 0:
                return max(0.0, begins)
        msg = "opening hours without an interval"
        raise ValueError(msg)

    def open_h(self, start: dt.datetime, horizon_h: float) -> list[tuple[float, float]]:
        """Open intervals in hours after an aware instant, up to a horizon, sorted and disjoint.

        Both ends are moments of the local clock, so a change of summer time moves them with it.
        """
        if self.always:
            return [(0.0, horizon_h)]
        zone = pinned_zone(self.zone)
        local = start.astimezone(zone)
        monday = dt.datetime.combine(local.date() - dt.timedelta(days=local.weekday() + 7), dt.time(0))
        spans: list[tuple[float, float]] = []
        for week in range(int(horizon_h // _WEEK_H) + 3):
            for edges in self._kept((monday + dt.timedelta(weeks=week)).date()):
                begins, ends = (
                    ((monday + dt.timedelta(weeks=week, minutes=edge)).replace(tzinfo=zone) - start)
                    / dt.timedelta(hours=1)
                    for edge in edges
                )
                if ends <= max(0.0, begins) or begins >= horizon_h:
                    continue
                if spans and begins <= spans[-1][1]:
                    spans[-1] = (spans[-1][0], max(ends, spans[-1][1]))
                else:
                    spans.append((begins, ends))
        return spans

    def _kept(self, monday: dt.date) -> Iterator[tuple[int, int]]:
        """Intervals of one week without the public holidays of the state."""
        if not self.holidays_of:
            yield from self.intervals
            return
        for begins, ends in self.intervals:
            for day in range(begins // _DAY_MIN, (ends - 1) // _DAY_MIN + 1):
                if not is_holiday(self.holidays_of, monday + dt.timedelta(days=day)):
                    yield max(begins, day * _DAY_MIN), min(ends, (day + 1) * _DAY_MIN)

    def mean_wait_h(self) -> float:
        """Mean wait in hours of a shipment that arrives at a uniform minute of the week."""
        gaps = [b[0] - a[1] for a, b in zip(self.intervals, self.intervals[1:], strict=False)]
        gaps.append(self.intervals[0][0] + _WEEK_MIN - self.intervals[-1][1])
        return sum(gap * gap for gap in gaps) / (2 * _WEEK_MIN) / 60


@cache
def _calendar(country: str, year: int) -> Container[dt.date]:
    import holidays

    found: Container[dt.date] = holidays.country_holidays(country, years=year)
    return found


def is_holiday(country: str, day: dt.date) -> bool:
    """Whether the day is a public holiday of the state, by the package `holidays`."""
    return day in _calendar(country, day.year)


@cache
def departures(text: str, zone: str) -> OpeningHours:
    """Parse the grammar of the schema type `departures`: a minute's window at each departure.

    >>> departures("Tu,Fr 18:00", "Asia/Baku").intervals
    ((2520, 2521), (6840, 6841))
    """
    windows = re.sub(r"(\d{2}):(\d{2})", lambda m: f"{m[0]}-{_minute_after(m[0])}", text)
    return opening_hours(windows, zone)


def _minute_after(clock: str) -> str:
    minute = (int(clock[:2]) * 60 + int(clock[3:]) + 1) % _DAY_MIN
    return f"{minute // 60:02d}:{minute % 60:02d}"


@cache
def opening_hours(text: str, zone: str, holidays_of: str = "") -> OpeningHours:
    """Parse the grammar of the schema type `hours`; closed on the public holidays of a state if named.

    >>> opening_hours("Mo-Su 08:00-20:00", "Asia/Almaty").mean_wait_h()
    3.0
    """
    open_minutes: list[tuple[int, int]] = []
    for rule in text.split(";"):
        if rule.strip() == "24/7":
            return OpeningHours(((0, _WEEK_MIN),), zone, holidays_of)
        days, _, clocks = rule.strip().partition(" ")
        for first, _, last in (part.partition("-") for part in days.split(",")):
            start_day, end_day = _DAYS.index(first), _DAYS.index(last or first)
            for day in range(start_day, end_day + 1 + (7 if end_day < start_day else 0)):
                open_minutes += _spans(day % 7, clocks)
    return OpeningHours(_merged(open_minutes), zone, holidays_of)


def _spans(day: int, clocks: str) -> list[tuple[int, int]]:
    spans = []
    for match in re.finditer(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})", clocks):
        start, end = (int(match[i]) * 60 + int(match[i + 1]) for i in (1, 3))
        if end <= start:
            end += _DAY_MIN
        begin, finish = day * _DAY_MIN + start, day * _DAY_MIN + end
        if finish > _WEEK_MIN:
            spans += [(begin, _WEEK_MIN), (0, finish - _WEEK_MIN)]
        else:
            spans.append((begin, finish))
    return spans


def _merged(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
