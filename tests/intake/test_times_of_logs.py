"""Times of logs become instants, or say why they do not."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daliz.intake.clocks import instants, known_zone

UTC = dt.UTC


def one(text: str | None, zone: str | None = None) -> tuple[dt.datetime | None, str | None]:
    at, reason = instants(pl.Series([text], dtype=pl.String), pl.Series([zone], dtype=pl.String))
    return at[0], reason[0]


@pytest.mark.parametrize(
    ("text", "zone", "instant"),
    [
        ("2025-02-28T10:00:01.5+05:00", None, dt.datetime(2025, 2, 28, 5, 0, 1, 500000, UTC)),
        ("2025-02-28 10:00", "Asia/Almaty", dt.datetime(2025, 2, 28, 5, 0, tzinfo=UTC)),
        ("2023-02-28 10:00", "Asia/Almaty", dt.datetime(2023, 2, 28, 4, 0, tzinfo=UTC)),
        ("31.12.2025 14:05", "+06:00", dt.datetime(2025, 12, 31, 8, 5, tzinfo=UTC)),
        ("3/1/2025", "Z", dt.datetime(2025, 1, 3, tzinfo=UTC)),
        ("20250101T1200Z", None, dt.datetime(2025, 1, 1, 12, tzinfo=UTC)),
        ("2025-06-01T10:00:00,123456789Z", None, dt.datetime(2025, 6, 1, 10, 0, 0, 123456, UTC)),
        ("2025-10-26 02:30", "Europe/Berlin", dt.datetime(2025, 10, 26, 0, 30, tzinfo=UTC)),
        ("2025-01-01T10:00-03", None, dt.datetime(2025, 1, 1, 13, tzinfo=UTC)),
    ],
)
def test_an_instant_is_read_by_its_own_clock(text: str, zone: str | None, instant: dt.datetime) -> None:
    """Offsets win over zones, zones know their history (Kazakhstan left UTC+6 in 2024), days come first."""
    assert one(text, zone) == (instant, None)


@pytest.mark.parametrize(
    ("text", "zone", "reason"),
    [
        ("2025-02-31T10:00Z", None, "finding.instant"),
        ("2025-13-01", "UTC", "finding.instant"),
        ("2025-01-01 25:00", "UTC", "finding.instant"),
        ("yesterday", "UTC", "finding.instant"),
        ("1789-07-14T10:00Z", None, "finding.instant"),
        ("2025-01-01 10:00", None, "finding.no_zone"),
        ("2025-03-30 02:30", "Europe/Berlin", "finding.skipped_time"),
    ],
)
def test_a_time_that_is_none_says_why(text: str, zone: str | None, reason: str) -> None:
    """31 February, hour 25, words, lost centuries, no clock, and the hour that summer time skips."""
    assert one(text, zone) == (None, reason)


@pytest.mark.parametrize("zone", ["Asia/Almaty", "Z", "UTC", "+05:00", "GMT+5", None])
def test_an_empty_cell_is_no_fault(zone: str | None) -> None:
    """Open activities have no end, whatever clock the log keeps; a word is no time in any of them."""
    assert one(None, zone) == (None, None)
    assert one("yesterday", zone) == (None, "finding.instant")


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    st.datetimes(dt.datetime(1991, 1, 1), dt.datetime(2099, 1, 1)),  # noqa: DTZ001 - a wall clock
    st.integers(-14 * 60, 14 * 60),
)
def test_any_offset_is_what_python_makes_of_it(wall: dt.datetime, minutes: int) -> None:
    """The witness is the standard library."""
    zone = dt.timezone(dt.timedelta(minutes=minutes))
    text = wall.replace(tzinfo=zone).isoformat()
    assert one(text)[0] == dt.datetime.fromisoformat(text).astimezone(UTC)


def test_typed_columns_are_taken_as_they_are() -> None:
    """Aware columns keep their instants; naive ones are read in the zone of their row."""
    aware = pl.Series([dt.datetime(2025, 1, 1, 12, tzinfo=UTC)], dtype=pl.Datetime("us", "UTC"))
    naive = pl.Series([dt.datetime(2025, 1, 1, 12)], dtype=pl.Datetime("ns"))  # noqa: DTZ001
    nowhere = pl.Series([None], dtype=pl.String)
    assert instants(aware, nowhere)[0][0] == dt.datetime(2025, 1, 1, 12, tzinfo=UTC)
    assert instants(naive, pl.Series(["+05:00"]))[0][0] == dt.datetime(2025, 1, 1, 7, tzinfo=UTC)
    assert instants(naive, nowhere)[1][0] == "finding.no_zone"


def test_zones_are_names_or_offsets() -> None:
    """Anything else is refused by name."""
    assert [known_zone(z) for z in ("Asia/Almaty", "+05:00", "UTC+5", "Z")] == [True] * 4
    assert [known_zone(z) for z in ("Almaty", "5 hours", "../etc/passwd", "")] == [False] * 4
