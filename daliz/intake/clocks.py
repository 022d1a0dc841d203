"""Times of a log to instants in UTC, column by column.

Question: which instant does the log mean, by whose clock?
In and out: a column of text or typed times and a column of zones in; instants in UTC, and for each row
the reason why there is none, out.
Method: dates with an offset are taken as they are; local times are read in the zone of the row (an IANA
name or an offset). A time that a change of clocks skips is refused, one that it repeats is the first.
Limits: to the microsecond; years 1990 to 2100; day before month where points or slashes part them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from daliz.units import FIRST_YEAR, LAST_YEAR

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["instants", "known_zone"]

UTC_TYPE = pl.Datetime("us", "UTC")
_FORM = (
    r"^\s*(?:(\d{4})-?(\d{2})-?(\d{2})|(\d{1,2})[./](\d{1,2})[./](\d{4}))"
    r"(?:[T\s]+(\d{1,2}):?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?)?"
    r"\s*(Z|z|[+-]\d{2}:?\d{2}|[+-]\d{2})?\s*$"
)
_OFFSET = r"^(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?$"


def known_zone(zone: str) -> bool:
    """Whether a zone is an offset or a name of the tz database."""
    import re
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    if re.fullmatch(_OFFSET, zone) or zone in ("Z", "UTC"):
        return True
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def instants(times: pl.Series, zones: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Instants of a column and, row by row, a key `finding.*` where the text is no instant.

    Shapes (n,). An empty cell gives neither. `zones` holds an IANA name, an offset, or nothing.
    """
    if isinstance(times.dtype, pl.Datetime) and times.dtype.time_zone:
        typed = times.dt.convert_time_zone("UTC").cast(UTC_TYPE)
        return _in_range(typed, times.is_not_null())
    if isinstance(times.dtype, pl.Datetime):
        times = times.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f")
    frame = pl.DataFrame({"text": times.cast(pl.String), "zone": zones.cast(pl.String)}).with_columns(
        part=pl.col("text").str.extract_groups(_FORM)
    )
    part = [pl.col("part").struct.field(str(number)) for number in range(1, 12)]
    date = pl.concat_str(
        pl.coalesce(part[0], part[5]), pl.coalesce(part[1], part[4].str.zfill(2)),
        pl.coalesce(part[2], part[3].str.zfill(2)), separator="-",
    )  # fmt: skip
    clock = pl.concat_str(
        part[6].fill_null("00").str.zfill(2), part[7].fill_null("00"), part[8].fill_null("00"),
        separator=":",
    )  # fmt: skip
    micros = part[9].fill_null("0").str.pad_end(6, "0").str.slice(0, 6).cast(pl.Int64, strict=False)
    frame = frame.with_columns(
        wall=(date + "T" + clock).str.to_datetime("%Y-%m-%dT%H:%M:%S", time_unit="us", strict=False),
        micros=micros,
        offset=pl.coalesce(_offset_min(part[10]), _offset_min(pl.col("zone"))),
        given=part[10].is_not_null(),
    )
    frame = frame.with_columns(wall=pl.col("wall") + pl.duration(microseconds="micros"))
    by_offset = (pl.col("wall") - pl.duration(minutes="offset")).dt.replace_time_zone("UTC")
    frame = frame.with_columns(at=pl.when(pl.col("offset").is_not_null()).then(by_offset))
    frame = frame.with_columns(at=_by_zone(frame)).with_columns(pl.col("at").cast(UTC_TYPE))
    found, wanted = frame["at"], frame["text"].is_not_null()
    at, reason = _in_range(found, wanted)
    skipped = frame["wall"].is_not_null() & found.is_null() & wanted
    zoneless = skipped & frame["zone"].is_null() & ~frame["given"]
    reason = _put(reason, skipped, "finding.skipped_time")
    return at, _put(reason, zoneless, "finding.no_zone")


def _put(reason: pl.Series, where: pl.Series, key: str) -> pl.Series:
    chosen = pl.when(pl.col("w")).then(pl.lit(key)).otherwise(pl.col("r")).alias("reason")
    return pl.DataFrame({"r": reason, "w": where}).select(chosen)["reason"]


def _in_range(at: pl.Series, wanted: pl.Series) -> tuple[pl.Series, pl.Series]:
    inside = at.dt.year().is_between(FIRST_YEAR, LAST_YEAR).fill_null(value=False)
    held = pl.DataFrame({"at": at, "in": inside}).select(pl.when(pl.col("in")).then(pl.col("at")))["at"]
    return held, _put(
        pl.repeat(None, len(at), dtype=pl.String, eager=True), wanted & ~inside, "finding.instant"
    )


def _offset_min(text: pl.Expr) -> pl.Expr:
    """Minutes east of UTC of an offset; null for a name."""
    parts = [text.str.extract(_OFFSET, number) for number in (1, 2, 3)]
    minutes = parts[1].cast(pl.Int64) * 60 + parts[2].fill_null("0").cast(pl.Int64)
    signed = pl.when(parts[0] == "-").then(-minutes).otherwise(minutes)
    return pl.when(text.is_in(["Z", "z", "UTC"])).then(0).when(parts[0].is_not_null()).then(signed)


def _by_zone(frame: pl.DataFrame) -> pl.Series:
    """Instants of the rows whose zone is a name; the others keep what they have."""
    at = frame["at"]
    waits = pl.col("wall").is_not_null() & pl.col("offset").is_null()
    named: Iterable[str] = frame.filter(waits)["zone"].drop_nulls().unique().sort()
    for zone in named:
        if not known_zone(zone):
            continue
        local = frame["wall"].dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
        mine = (frame["zone"] == zone).fill_null(value=False) & at.is_null()
        both = pl.DataFrame({"at": at, "local": local.dt.convert_time_zone("UTC"), "mine": mine})
        at = both.select(pl.when(pl.col("mine")).then(pl.col("local")).otherwise(pl.col("at")))["local"]
    return at
