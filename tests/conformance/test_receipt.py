"""A real permit log with promised times (WABO, CoSeLoG; 4TU, CC BY 4.0)."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from made import events, frames, regime

from daliz.conformance import Options, conform
from daliz.schema import table

LOG = Path(__file__).parent.parent.parent.parent / "shared/data/event_logs/receipt.parquet"
ZONE = "Europe/Amsterdam"


def _events() -> tuple[pl.DataFrame, pl.DataFrame]:
    """The log as table `events`, naive times read as Amsterdam's; and when each case ended."""
    log = pl.read_parquet(LOG).with_row_index()
    local = {
        name: pl.col(column).dt.cast_time_unit("us").dt.replace_time_zone(ZONE).dt.convert_time_zone("UTC")
        for name, column in (
            ("end", "time:timestamp"),
            ("deadline", "case:deadline"),
            ("ended", "case:enddate"),
        )
    }
    rows = log.select(
        pl.format("receipt-{}", "index").alias("event"), pl.col("case:concept:name").alias("shipment"),
        pl.col("concept:name").alias("activity"), local["end"].alias("end"),
        local["deadline"].alias("deadline"),
        pl.lit("receipt").alias("source"), pl.lit("measured").alias("quality"),
        pl.lit("stands").alias("status"), pl.lit(ZONE).alias("zone"), pl.col("org:resource").alias("actor"),
    )  # fmt: skip
    empty = table("events").empty()
    ends = log.group_by(pl.col("case:concept:name").alias("shipment")).agg(
        local["ended"].first().alias("ended")
    )
    return pl.concat([empty, rows], how="diagonal_relaxed"), ends


@pytest.mark.shared
def test_promised_times_of_the_permit_log() -> None:
    """Of 1,434 cases 952 kept the promise, 377 broke it; of 105 without an end 39 are over, 66 not yet."""
    log, ends = _events()
    found = conform(log, regime(), frames(), options=Options(case_ends=ends))
    counts = found.counts
    assert (log.height, counts["promised"]) == (8577, 1434)
    assert counts["promise_broken"] == 377
    assert counts["promise_broken_open"] == 39
    assert counts["promise_open"] == 66
    assert counts["promise_kept"] == 952
    kinds = dict(found.breaches.group_by("kind").len().rows())
    assert kinds == {"deadline": 377, "deadline_open": 39}
    assert found.at.isoformat() == "2012-01-23T14:42:54.644000+00:00"


@pytest.mark.shared
def test_the_permit_breaches_are_those_of_a_plain_comparison() -> None:
    """The same cases and hours as end, or end of the log, less promise, compared row by row in local time."""
    log, ends = _events()
    found = conform(log, regime(), frames(), options=Options(case_ends=ends)).breaches
    raw = pl.read_parquet(LOG)
    last = raw["time:timestamp"].max()
    plain = raw.group_by("case:concept:name").agg(pl.col("case:deadline", "case:enddate").first())
    until = pl.col("case:enddate").fill_null(last)
    late = plain.filter(until > pl.col("case:deadline"))
    assert sorted(found["shipment"]) == sorted(late["case:concept:name"])
    kind = dict(found.select("shipment", "kind").rows())
    for case, ended in late.select("case:concept:name", "case:enddate").rows():
        assert kind[case] == ("deadline" if ended else "deadline_open")


@pytest.mark.shared
def test_without_ends_a_case_ends_with_its_last_event() -> None:
    """By its last event 92 of the 1,434 cases are past their promise: later ends are not in the events."""
    log, _ = _events()
    counts = conform(log, regime(), frames()).counts
    assert (counts["promised"], counts["promise_broken"], counts["promise_broken_open"]) == (1434, 92, 0)


def test_a_local_promise_is_kept_across_the_change_of_summer_time() -> None:
    """From 01:59 of summer time to 03:00 of winter time on 30 October 2011 are 2 h 1 min."""
    rows = [
        {
            "event": "1",
            "shipment": "A",
            "activity": "x",
            "quality": "measured",
            "status": "stands",
            "source": "s",
        }
    ]
    log = events(rows).with_columns(
        pl.lit("2011-10-30T03:00").str.to_datetime(time_unit="us").dt.replace_time_zone(ZONE)
        .dt.convert_time_zone("UTC").alias("end"),
        pl.lit("2011-10-30T01:59").str.to_datetime(time_unit="us").dt.replace_time_zone(ZONE)
        .dt.convert_time_zone("UTC").alias("deadline"),
    )  # fmt: skip
    (over_h,) = conform(log, regime(), frames()).breaches["over_h"]
    assert over_h == pytest.approx(2 + 1 / 60)
