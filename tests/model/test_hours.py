"""Opening hours: rules read as a user means them, waits that no later comer overtakes."""

from __future__ import annotations

import datetime as dt
import os
import struct
import subprocess
import sys
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from daliz.model.hours import opening_hours

if TYPE_CHECKING:
    from pathlib import Path

PROPERTY = settings(deadline=None, derandomize=True, max_examples=100)
DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
WEEK_MIN = 7 * 24 * 60
SECOND_H = 1 / 3600
MONDAY = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)


def _utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "text", ["24/7", "Mo-Su 00:00-24:00", "Mo-Su 00:00-12:00,12:00-24:00", "Mo-Su 00:00-00:00"]
)
def test_a_post_that_never_closes_never_makes_wait(text: str) -> None:
    """Every way of writing round the clock is always open, and its mean wait is nought."""
    hours = opening_hours(text, "Asia/Almaty")
    assert hours.always
    assert hours.mean_wait_h() == 0
    assert hours.wait_h(_utc("2026-06-03T21:59:59")) == 0


@pytest.mark.parametrize(
    ("text", "zone", "instant", "wait_h"),
    [
        ("Mo-Su 08:00-20:00", "Asia/Almaty", "2026-06-03T02:00:00", 1),
        ("Mo-Su 08:00-20:00", "Asia/Almaty", "2026-06-03T03:00:00", 0),
        ("Mo-Su 08:00-20:00", "Asia/Almaty", "2026-06-03T14:59:00", 0),
        ("Mo-Su 08:00-20:00", "Asia/Almaty", "2026-06-03T15:00:00", 12),
        ("Mo-Su 08:00-20:00", "Asia/Shanghai", "2026-06-03T15:00:00", 9),
        ("Mo-Fr 09:00-18:00", "Asia/Tashkent", "2026-06-05T13:00:00", 63),
        ("Mo-Fr 09:00-18:00", "Asia/Kabul", "2026-06-05T13:30:00", 63),
        ("Mo-Fr 09:00-18:00; Sa 09:00-13:00", "Asia/Tashkent", "2026-06-05T13:00:00", 15),
        ("Mo-Fr 09:00-18:00; Sa 09:00-13:00", "Asia/Tashkent", "2026-06-06T08:00:00", 44),
        ("Mo-Fr 09:00-13:00,14:00-18:00", "Asia/Bishkek", "2026-06-03T07:30:00", 0.5),
        ("Mo,We,Fr 10:00-16:00", "Asia/Baku", "2026-06-01T12:00:00", 42),
        ("Mo-Tu,Fr-Su 10:00-16:00", "Asia/Baku", "2026-06-02T12:00:00", 66),
        ("Sa-Mo 10:00-16:00", "Asia/Baku", "2026-05-31T12:00:00", 18),
        ("Fr 22:00-06:00", "Asia/Almaty", "2026-06-05T23:00:00", 0),
        ("Fr 22:00-06:00", "Asia/Almaty", "2026-06-06T01:00:00", 7 * 24 - 8),
        ("Su 22:00-06:00", "Asia/Almaty", "2026-05-31T23:30:00", 0),
        ("Su 22:00-06:00", "Asia/Almaty", "2026-06-01T01:00:00", 7 * 24 - 8),
        ("Mo-Su 22:00-06:00", "Asia/Almaty", "2026-06-03T08:15:30", 8.75 - 30 / 3600),
    ],
)
def test_waits_worked_by_hand(text: str, zone: str, instant: str, wait_h: float) -> None:
    """Waits at posts of several clocks; Almaty is at UTC+5 in 2026 and Chinese posts keep Beijing time."""
    assert opening_hours(text, zone).wait_h(_utc(instant)) == pytest.approx(wait_h, abs=SECOND_H)


def test_the_zone_of_the_instant_does_not_matter() -> None:
    """One instant written in two zones waits the same."""
    hours = opening_hours("Mo-Fr 09:00-18:00", "Asia/Almaty")
    instant = _utc("2026-06-07T19:00:00")
    assert hours.wait_h(instant) == hours.wait_h(instant.astimezone(ZoneInfo("America/New_York"))) == 9


@st.composite
def rule_texts(draw: st.DrawFn) -> str:
    """Texts of the grammar: ranges of days may run over Sunday, spans of hours over midnight."""
    rules = []
    for _ in range(draw(st.integers(1, 3))):
        days = draw(
            st.lists(st.tuples(st.sampled_from(DAYS), st.sampled_from([None, *DAYS])), min_size=1, max_size=2)
        )
        clocks = draw(st.lists(st.tuples(st.integers(0, 95), st.integers(0, 96)), min_size=1, max_size=2))
        rules.append(
            ",".join(first if last is None else f"{first}-{last}" for first, last in days)
            + " "
            + ",".join(f"{a // 4:02}:{a % 4 * 15:02}-{b // 4:02}:{b % 4 * 15:02}" for a, b in clocks)
        )
    return "; ".join(rules)


def _open_by_reading(text: str, minute: int) -> bool:
    """Whether minute of the week `minute` is open, read off the text rule by rule and day by day."""
    for rule in text.split(";"):
        days, clocks = rule.strip().split(" ", 1)
        for part in days.split(","):
            first, _, last = part.partition("-")
            day = DAYS.index(first)
            while True:
                for clock in clocks.split(","):
                    start, end = (int(word[:2]) * 60 + int(word[3:]) for word in clock.split("-"))
                    length = end - start if end > start else end - start + 24 * 60
                    if (minute - day * 24 * 60 - start) % WEEK_MIN < length:
                        return True
                if DAYS[day] == (last or first):
                    break
                day = (day + 1) % 7
    return False


@PROPERTY
@given(rule_texts())
def test_the_intervals_are_what_the_text_says(text: str) -> None:
    """Every quarter of an hour of the week is open, or waits as long, as a reading of the rules says."""
    hours = opening_hours(text, "Asia/Almaty")
    quarters = [_open_by_reading(text, minute) for minute in range(0, WEEK_MIN, 15)]
    for number, is_open in enumerate(quarters):
        instant = MONDAY - dt.timedelta(hours=5) + dt.timedelta(minutes=15 * number)
        steps = next(k for k in range(len(quarters)) if quarters[(number + k) % len(quarters)])
        assert hours.wait_h(instant) == pytest.approx(steps / 4)
        assert (steps == 0) == is_open


@PROPERTY
@given(rule_texts())
def test_the_mean_wait_is_the_integral_of_the_wait(text: str) -> None:
    """Half the sum of squared gaps over the week equals the wait averaged over its quarters of an hour."""
    hours = opening_hours(text, "Asia/Almaty")
    step = dt.timedelta(minutes=15)
    waits = [hours.wait_h(MONDAY + step / 2 + number * step) for number in range(WEEK_MIN // 15)]
    assert hours.mean_wait_h() == pytest.approx(sum(waits) / len(waits), abs=1e-9)


def test_the_mean_wait_by_hand() -> None:
    """Closed twelve hours of each day: half wait six hours; one open hour a week: 167² / 336 = 83 h."""
    assert opening_hours("Mo-Su 08:00-20:00", "Asia/Almaty").mean_wait_h() == pytest.approx(3)
    assert opening_hours("We 10:00-11:00", "Asia/Almaty").mean_wait_h() == pytest.approx(167**2 / 2 / 168)


instants = st.datetimes(
    dt.datetime(2026, 1, 1),  # noqa: DTZ001
    dt.datetime(2026, 12, 31),  # noqa: DTZ001
    timezones=st.just(dt.UTC),
)
gaps = st.one_of(
    st.timedeltas(dt.timedelta(0), dt.timedelta(days=8)),
    st.timedeltas(dt.timedelta(0), dt.timedelta(seconds=2)),
)


@PROPERTY
@given(rule_texts(), st.sampled_from(["Asia/Almaty", "Asia/Shanghai", "Asia/Kabul"]), instants, gaps)
def test_a_later_comer_never_leaves_earlier(
    text: str, zone: str, instant: dt.datetime, gap: dt.timedelta
) -> None:
    """First come, first gone: arrival plus wait never falls as the arrival gets later, to the microsecond."""
    hours = opening_hours(text, zone)
    first = instant + dt.timedelta(hours=hours.wait_h(instant))
    second = instant + gap + dt.timedelta(hours=hours.wait_h(instant + gap))
    assert second - first >= -dt.timedelta(microseconds=10)


def test_a_fraction_of_a_second_before_opening_is_not_overtaken() -> None:
    """Nine tenths of a second past 07:59:59 the wait is a tenth of a second, not a whole one."""
    hours = opening_hours("Mo-Su 08:00-20:00", "Asia/Almaty")
    instant = _utc("2026-06-03T02:59:59") + dt.timedelta(milliseconds=900)
    assert hours.wait_h(instant) * 3600 == pytest.approx(0.1, abs=1e-4)


@PROPERTY
@given(rule_texts(), instants)
def test_after_the_wait_the_post_is_open(text: str, instant: dt.datetime) -> None:
    """Whoever waits as long as told finds the post open, and is not told to wait when it already is."""
    hours = opening_hours(text, "Asia/Almaty")
    wait_h = hours.wait_h(instant)
    opens = instant + dt.timedelta(hours=wait_h)
    local = (opens + dt.timedelta(milliseconds=1)).astimezone(ZoneInfo("Asia/Almaty"))
    assert _open_by_reading(text, local.weekday() * 24 * 60 + local.hour * 60 + local.minute)
    if wait_h > 0:
        before = (opens - dt.timedelta(seconds=1)).astimezone(ZoneInfo("Asia/Almaty"))
        assume(before >= instant)
        assert not _open_by_reading(text, before.weekday() * 24 * 60 + before.hour * 60 + before.minute)


@pytest.mark.parametrize(
    ("text", "instant", "wait_h"),
    [
        ("Mo-Su 09:00-18:00", "2026-03-28T17:00:00", 14),
        ("Mo-Su 09:00-18:00", "2026-10-24T17:00:00", 15),
    ],
    ids=["night of 23 hours", "night of 25 hours"],
)
def test_a_wait_over_the_change_of_summer_time(text: str, instant: str, wait_h: float) -> None:
    """From 18:00 or 19:00 in Warsaw to 09:00 the clock's night is an hour shorter or longer."""
    assert opening_hours(text, "Europe/Warsaw").wait_h(_utc(instant)) == pytest.approx(wait_h)


@pytest.mark.parametrize(
    ("text", "earlier", "later"),
    [
        ("Mo-Su 02:30-12:00", "2026-03-29T00:00:00", "2026-03-29T01:00:00"),
        ("Mo-Su 00:00-02:30", "2026-10-25T00:45:00", "2026-10-25T01:15:00"),
    ],
    ids=["opens in the hour that is left out", "closes in the hour that comes twice"],
)
def test_nobody_overtakes_in_the_night_of_the_change(text: str, earlier: str, later: str) -> None:
    """In Warsaw's nights of change too, who comes later does not leave earlier."""
    hours = opening_hours(text, "Europe/Warsaw")
    first, second = _utc(earlier), _utc(later)
    left_first = first + dt.timedelta(hours=hours.wait_h(first))
    assert left_first <= second + dt.timedelta(hours=hours.wait_h(second))


def test_the_clock_is_the_pinned_one_and_not_the_machine_s(tmp_path: Path) -> None:
    """On a machine whose own zone files are old (Almaty at UTC+6) the wait is still that of UTC+5."""
    stale = tmp_path / "Asia" / "Almaty"
    stale.parent.mkdir()
    header = b"TZif\0" + bytes(15) + struct.pack(">6l", 0, 0, 0, 0, 1, 4)
    stale.write_bytes(header + struct.pack(">lbB", 6 * 3600, 0, 0) + b"+06\0")
    code = (
        "import datetime as dt\n"
        "from zoneinfo import ZoneInfo\n"
        "from daliz.model.hours import opening_hours\n"
        "at = dt.datetime(2026, 6, 3, 2, tzinfo=dt.timezone.utc)\n"
        "print(opening_hours('Mo-Su 08:00-20:00', 'Asia/Almaty').wait_h(at))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONTZPATH": str(tmp_path)},
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert done.stdout.split() == ["1.0"]


@pytest.mark.parametrize("text", ["", "Mo-Fr", "Xx 09:00-18:00"])
def test_text_outside_the_grammar_is_refused(text: str) -> None:
    """Text that names no day or no hour raises ValueError, at the latest when asked for a wait."""
    with pytest.raises(ValueError, match=r"."):
        opening_hours(text, "Asia/Almaty").wait_h(MONDAY)
