"""Promised times of cases.

Question: which cases ended after the time that the log promised, and which stand after it without an end?
In and out: a `Log` (its column `deadline`) in; rows of `breaches` and counts out.
Method: a case ends with its last event, unless a visit of it is open or its last event is in progress; or at
the instant that the caller tells by case. A case without an end by the moment asked about is censored there:
after its promised time it is a breach whose hours are a lower bound, before it it is neither kept nor broken.
Limits: the last promise that the log tells of a case is taken.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import numpy as np

from daliz.conformance.log import QUALITIES
from daliz.errors import BadValue
from daliz.model.hours import pinned_zone

if TYPE_CHECKING:
    import polars as pl

    from daliz.conformance.log import Log

__all__ = ["CASE", "case_ends", "deadlines"]

CASE = "case"
"""What stands for the code where the whole case is meant."""


def deadlines(log: Log, case_ends: pl.DataFrame | None) -> tuple[pl.DataFrame, dict[str, int]]:
    """Breaches of promised times, and how many cases have one, kept it, broke it, or are open on either side.

    `case_ends` has columns `shipment`, `ended` (null for a case that has not ended).
    """
    import polars as pl

    cases = _cases(log, case_ends)
    at = pl.lit(log.at_us).cast(pl.Datetime("us", "UTC"))
    cases = cases.with_columns(
        pl.coalesce("ended", at).alias("_until"), pl.col("ended").is_null().alias("_open")
    )
    late = cases.filter(pl.col("_until") > pl.col("deadline"))
    counts = {
        "promised": cases.height,
        "promise_broken": late.filter(~pl.col("_open")).height,
        "promise_broken_open": late.filter(pl.col("_open")).height,
        "promise_open": cases.filter(pl.col("_open")).height - late.filter(pl.col("_open")).height,
    }
    counts["promise_kept"] = counts["promised"] - sum(list(counts.values())[1:])
    none = pl.lit(None, pl.Float64)
    text = pl.lit(None, pl.String)
    kind = pl.when(pl.col("_open")).then(pl.lit("deadline_open")).otherwise(pl.lit("deadline"))
    over = (pl.col("_until") - pl.col("deadline")).dt.total_microseconds() / 3_600_000_000
    return late.sort("shipment").select(
        pl.format("{}:{}:{}", "shipment", pl.lit(CASE), kind).alias("breach"),
        text.alias("visit"), "shipment",
        text.alias("place"), pl.lit(CASE).alias("code"), text.alias("party"), kind.alias("kind"),
        none.alias("sla_h"), none.alias("counted_h"), over.alias("over_h"), pl.lit("no").alias("escalated"),
        "events", "quality",
    ), counts  # fmt: skip


def _cases(log: Log, case_ends: pl.DataFrame | None) -> pl.DataFrame:
    """One row a case with a promise: shipment, deadline, ended (null while open), events, quality."""
    import polars as pl

    promised = log.frame.filter(pl.col("deadline").is_not_null()).select("shipment").unique()
    frame = log.frame.join(promised, on="shipment", how="semi", maintain_order="left")
    order = pl.Enum(QUALITIES)
    moment = pl.coalesce("end", "start")
    latest = frame.with_columns(moment.alias("_moment"), pl.coalesce("start", "end").alias("_begin")).sort(
        "_begin", "_moment", maintain_order=True
    )
    at = pl.lit(log.at_us).cast(pl.Datetime("us", "UTC"))
    running = (pl.col("end").is_null() | (pl.col("end") > at)).last()
    cases = latest.group_by("shipment", maintain_order=True).agg(
        pl.col("deadline").drop_nulls().last(), pl.col("_moment").max().alias("ended"),
        running.alias("_running"), pl.col("event").sort_by("_moment", "_begin").last().alias("_event"),
        pl.col("quality").cast(order).to_physical().max().alias("_quality"),
    )  # fmt: skip
    names = pl.Series(QUALITIES)
    cases = cases.with_columns(
        names.gather(cases["_quality"]).alias("quality"), pl.concat_list("_event").alias("events")
    )
    if case_ends is None:
        open_of = log.shipments.gather(np.unique(log.shipment[log.aligned.open]))
        is_open = pl.col("_running") | pl.col("shipment").is_in(open_of.to_list())
        return cases.with_columns(pl.when(is_open).then(None).otherwise(pl.col("ended")).alias("ended"))
    told = case_ends.select("shipment", pl.col("ended").cast(pl.Datetime("us", "UTC")))
    joined = cases.drop("ended").join(told, on="shipment", how="left", maintain_order="left")
    return joined.with_columns(pl.when(pl.col("ended") <= at).then(pl.col("ended")).alias("ended"))


def case_ends(events: pl.DataFrame, attribute: str) -> pl.DataFrame:
    """When cases ended, by an attribute of the log that stands in `extra` (such as `case:enddate`).

    Takes rows of `events` with `shipment`, `extra` and `zone`; gives `shipment`, `ended`, null for a case
    without the attribute: it is open. A time without a zone is read in the clock of the log, else as UTC.

    Raises
    ------
    BadValue
        when no event has the attribute, or one is not an instant.
    """
    import polars as pl

    rows = []
    for row in (
        events.select("shipment", "extra", "zone").unique("shipment", keep="first").iter_rows(named=True)
    ):
        told = _told(json.loads(row["extra"]) if row["extra"] else None, attribute)
        rows.append({"shipment": row["shipment"], "ended": _ended(told, row["zone"], attribute)})
    if all(row["ended"] is None for row in rows):
        raise BadValue("error.conform_case_end", attribute=attribute)
    return pl.DataFrame(rows, schema={"shipment": pl.String, "ended": pl.Datetime("us", "UTC")})


def _told(said: object, attribute: str) -> str | None:
    """The attribute at any depth of what the log said beyond our columns."""
    if not isinstance(said, dict):
        return None
    found = said.get(attribute)
    if found is not None and not isinstance(found, dict):
        return str(found)
    return next((deep for one in said.values() if (deep := _told(one, attribute)) is not None), None)


def _ended(told: str | None, zone: str | None, attribute: str) -> dt.datetime | None:
    if not told:
        return None
    try:
        ended = dt.datetime.fromisoformat(told)
    except ValueError:
        raise BadValue("error.conform_case_end_value", attribute=attribute, value=told) from None
    if ended.tzinfo is None:
        named = zone is not None and "/" in zone
        ended = ended.replace(tzinfo=pinned_zone(zone) if named and zone else dt.UTC)
    return ended.astimezone(dt.UTC)
