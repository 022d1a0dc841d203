"""A batch of a table, in its own columns, turned into raw rows, a column at a time.

Question: how do millions of rows become ours without touching each?
In and out: a polars frame with the columns of the file, the numbers of its rows and a mapping in; a
`Batch` out.
Method: polars expressions. Typed instants stay typed (UTC where they have a zone, else local text); text
instants are read as ISO 8601, then as 31.12.2025 14:05, then by the formats of the mapping; numbers may
have spaces, thin spaces or apostrophes between thousands and a decimal comma. A row whose instant or
number does not fit is rejected. `lifecycle:transition` = start makes the time of a row its start.
Limits: `12/31/2025` needs a format in the mapping, for either part may be the day; so does a number like
1,234 where neither the mapping nor the delimiter tells the decimal sign. NaN is a missing value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from json import dumps
from typing import TYPE_CHECKING

from daliz.model.events import INSTANTS, RAW, Batch, Reject
from daliz.schema import table

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from daliz.io.mapping import Mapping

__all__ = ["LIFE", "Plan", "transform"]

LIFE = "lifecycle:transition"

_FLOATS = tuple(column.name for column in table("events").columns if column.type == "float")
_ISO = (
    r"^(\d{4}-\d{2}-\d{2})(?:[T ]+([0-2]\d:[0-5]\d(?::[0-5]\d(?:[.,]\d{1,9})?)?))?"
    r"\s*(Z|z|UTC|[+-]\d{2}:?\d{2}|[+-]\d{2})?$"
)
_DOTS = (
    r"^(\d{1,2})\.(\d{1,2})\.(\d{4})(?:[T, ]+(\d{1,2}):([0-5]\d)(?::([0-5]\d))?)?\s*(Z|[+-]\d{2}:?\d{2})?$"
)
_SLASHES = r"^\d{1,4}[/]\d{1,2}[/]\d{1,4}(?:\D|$)"
_GAPS = r"[\s\u00a0\u2007\u2009\u202f'’_]"
_NUMBER = r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$"


@dataclass(frozen=True)
class Plan:
    """What is constant over the batches of a file.

    `decimal` is the decimal sign where it is known; `own`: the file was written by Daliz, so that its
    columns `extra` and `status` mean what ours do.
    """

    mapping: Mapping
    header: tuple[str, ...]
    decimal: str | None = None
    own: bool = False

    @property
    def rest(self) -> tuple[str, ...]:
        """Columns of the file that no column of ours takes."""
        taken = set(self.mapping.columns.values())
        own = {"extra", "status"} if self.own else set()
        return tuple(name for name in self.header if name not in taken | own)


def transform(frame: pl.DataFrame, numbers: pl.Series, plan: Plan) -> Batch:
    """Raw rows and rejects of one batch; `numbers` are the rows' numbers in the file."""
    import polars as pl

    columns = plan.mapping.columns
    made: dict[str, pl.Series] = {}
    faults: list[tuple[str, str, pl.Series]] = []
    for ours in RAW:
        theirs = columns.get(ours)
        if theirs is not None:
            series = frame[theirs]
            if ours in INSTANTS:
                made[ours], bad = _instants(series, plan.mapping)
                faults += [(ours, key, mask) for key, mask in bad]
            elif ours in _FLOATS:
                made[ours], bad = _numbers(series, plan.decimal)
                faults += [(ours, key, mask) for key, mask in bad]
            else:
                made[ours] = _words(series)
        if ours in plan.mapping.constants:
            value = plan.mapping.constants[ours]
            made[ours] = made[ours].fill_null(value) if ours in made else _one(value, frame.height)
    _life(frame, made)
    _zone(frame, made, plan)
    made["locator"] = pl.select(pl.concat_str(pl.lit("row "), numbers.cast(pl.String))).to_series()
    made["extra"] = _extra(frame, plan)
    whole = pl.DataFrame(
        [(made[name] if name in made else _one(None, frame.height)).alias(name) for name in RAW]
    )
    if not faults:
        return Batch(whole)
    return _without(whole, frame, numbers, faults, columns)


def _one(value: str | None, height: int) -> pl.Series:
    import polars as pl

    return pl.Series([value], dtype=pl.String).new_from_index(0, height)


def _words(series: pl.Series) -> pl.Series:
    import polars as pl

    if series.dtype != pl.String:
        series = _as_text(series)
    bare = series.str.strip_chars()
    return bare.to_frame("v").select(pl.when(pl.col("v") != "").then(pl.col("v"))).to_series()


def _as_text(series: pl.Series) -> pl.Series:
    """Any column as text: whole floats without a point, instants as ISO 8601, NaN as missing."""
    import polars as pl

    kind = series.dtype
    if kind in (pl.Float64, pl.Float32):
        value = pl.col("v").fill_nan(None)
        whole = value.cast(pl.Int64, strict=False)
        text = (
            pl.when(whole.cast(pl.Float64) == value)
            .then(whole.cast(pl.String))
            .otherwise(value.cast(pl.String))
        )
        return series.to_frame("v").select(text).to_series()
    if isinstance(kind, pl.Datetime):
        return _typed_text(series)
    if isinstance(kind, pl.Binary):
        return series.bin.encode("hex")
    if isinstance(kind, pl.List | pl.Struct | pl.Array):
        return series.to_frame("v").select(pl.struct(pl.col("v")).struct.json_encode()).to_series()
    return series.cast(pl.String)


def _typed_text(series: pl.Series) -> pl.Series:
    kind = series.dtype
    digits = {"ms": "%.3f", "us": "%.6f", "ns": "%.9f"}[kind.time_unit]  # type: ignore[attr-defined]
    if kind.time_zone is not None:  # type: ignore[attr-defined]
        return series.dt.convert_time_zone("UTC").dt.strftime(f"%Y-%m-%dT%H:%M:%S{digits}+00:00")
    return series.dt.strftime(f"%Y-%m-%dT%H:%M:%S{digits}")


def _instants(series: pl.Series, mapping: Mapping) -> tuple[pl.Series, list[tuple[str, pl.Series]]]:
    import polars as pl

    kind = series.dtype
    if isinstance(kind, pl.Datetime):
        if kind.time_zone is not None:
            return series.dt.convert_time_zone("UTC").dt.cast_time_unit("us"), []
        return series.dt.cast_time_unit("us").dt.strftime("%Y-%m-%dT%H:%M:%S%.6f"), []
    if kind == pl.Date:
        return series.cast(pl.String), []
    text = _words(series)
    text = text.to_frame("v").select(
        pl.when(~pl.col("v").str.to_lowercase().is_in(["nan", "nat", "null", "none"])).then(pl.col("v"))
    ).to_series()  # fmt: skip
    found = _iso(text)
    open_ = found.is_null() & text.is_not_null()
    if open_.any():
        found = found.zip_with(~open_, _dots(text))
    for form in mapping.dates:
        open_ = found.is_null() & text.is_not_null()
        if open_.any():
            found = found.zip_with(~open_, _formatted(text, form))
    open_ = found.is_null() & text.is_not_null()
    if not open_.any():
        return found, []
    slashes = text.str.contains(_SLASHES).fill_null(value=False) & open_
    return found, [("finding.instant_order", slashes), ("finding.instant", open_ & ~slashes)]


def _iso(text: pl.Series) -> pl.Series:
    import polars as pl

    groups = text.str.extract_groups(_ISO).struct.unnest()
    day, clock, zone = (pl.col(name) for name in groups.columns)
    sound = day.str.to_date("%Y-%m-%d", strict=False).is_not_null() & (
        clock.is_null() | (clock.str.slice(0, 2) < "24")
    )
    zone = pl.when(zone.is_in(["z", "UTC"])).then(pl.lit("Z")).otherwise(zone)
    zone = pl.when(zone.str.len_chars() == 3).then(zone + ":00").otherwise(zone)
    clock = clock.str.replace(",", ".", literal=True)
    whole = day + pl.when(clock.is_not_null()).then("T" + clock).otherwise(pl.lit("")) + zone.fill_null("")
    return groups.select(pl.when(sound).then(whole)).to_series()


def _dots(text: pl.Series) -> pl.Series:
    import polars as pl

    groups = text.str.extract_groups(_DOTS).struct.unnest()
    day, month, year, hour, minute, second, zone = (pl.col(name) for name in groups.columns)
    date = year + "-" + month.str.zfill(2) + "-" + day.str.zfill(2)
    sound = date.str.to_date("%Y-%m-%d", strict=False).is_not_null() & (
        hour.is_null() | (hour.str.zfill(2) < "24")
    )
    clock = "T" + hour.str.zfill(2) + ":" + minute + ":" + second.fill_null("00")
    whole = date + pl.when(hour.is_not_null()).then(clock).otherwise(pl.lit("")) + zone.fill_null("")
    return groups.select(pl.when(sound).then(whole)).to_series()


def _formatted(text: pl.Series, form: str) -> pl.Series:
    """Text read by a format of strptime; polars where it knows the format, else value by value."""
    import datetime as dt

    import polars as pl

    def one(value: str) -> str | None:
        try:
            return dt.datetime.strptime(value, form).isoformat()  # noqa: DTZ007
        except ValueError:
            return None

    return pl.Series([None if value is None else one(value) for value in text], dtype=pl.String)


def _numbers(series: pl.Series, decimal: str | None) -> tuple[pl.Series, list[tuple[str, pl.Series]]]:
    import polars as pl

    if series.dtype.is_numeric():
        value = pl.col("v").fill_nan(None) if series.dtype.is_float() else pl.col("v")
        return series.to_frame("v").select(value.cast(pl.String)).to_series(), []
    text = _words(series)
    plain = text.str.contains(_NUMBER).fill_null(value=True)
    if plain.all():
        return text, []
    bare = text.str.replace_all(_GAPS, "")
    v = pl.col("v")
    comma, point = v.str.count_matches(",", literal=True), v.str.count_matches(".", literal=True)
    as_comma = v.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    as_point = v.str.replace_all(",", "", literal=True)
    last_comma = v.str.contains(r",[^.,]*$") & (point > 0)
    both = pl.when(last_comma).then(as_comma).otherwise(as_point)
    known = (as_comma if decimal == "," else as_point) if decimal else None
    lone = as_comma if decimal != "." else as_point
    with_both = known if known is not None else both
    with_comma = pl.when(comma == 1).then(lone).otherwise(as_point)
    found = pl.when((comma > 0) & (point > 0)).then(with_both).when(comma > 0).then(with_comma).otherwise(v)
    made = bare.to_frame("v").select(found).to_series()
    unsure = (
        bare.str.contains(r"^[+-]?\d{1,3},\d{3}$").fill_null(value=False)
        if decimal is None
        else pl.Series([False]).new_from_index(0, len(bare))
    )
    missing = text.str.to_lowercase().is_in(["nan", "null", "none", "-", "–"]).fill_null(value=False)
    bad = ~made.str.contains(_NUMBER).fill_null(value=True) & ~missing
    made = made.zip_with(
        ~(missing | bad | unsure), pl.Series([None], dtype=pl.String).new_from_index(0, len(made))
    )
    return made, [("finding.number", bad), ("finding.number_comma", unsure)]


def _life(frame: pl.DataFrame, made: dict[str, pl.Series]) -> None:
    """A row that says of itself that it is a start has its time as start, not as end."""
    import polars as pl

    if LIFE not in frame.columns or "end" not in made:
        return
    begins = frame[LIFE].cast(pl.String).str.to_lowercase().eq("start").fill_null(value=False)
    if not begins.any():
        return
    end = made["end"]
    nothing = pl.Series([None], dtype=end.dtype).new_from_index(0, len(end))
    start = made.get("start", nothing)
    if start.dtype != end.dtype:
        return
    made["start"] = end.zip_with(begins & start.is_null(), start)
    made["end"] = nothing.zip_with(begins, end)


def _zone(frame: pl.DataFrame, made: dict[str, pl.Series], plan: Plan) -> None:
    """The clock of the log: told by a column, by the type of an instant, by its text, or by the mapping."""
    import polars as pl

    if plan.own:
        return
    known = made.get("zone", _one(None, frame.height))
    for ours in ("end", "start"):
        theirs = plan.mapping.columns.get(ours)
        if theirs is None:
            continue
        kind = frame[theirs].dtype
        if isinstance(kind, pl.Datetime):
            if kind.time_zone is not None:
                known = known.fill_null(kind.time_zone)
        elif kind == pl.String and known.null_count():
            offset = made[ours].str.extract(r"T.*(Z|[+-]\d{2}:?\d{2})$")
            known = known.zip_with(known.is_not_null(), offset)
    if plan.mapping.zone:
        known = known.fill_null(plan.mapping.zone)
    made["zone"] = known


def _extra(frame: pl.DataFrame, plan: Plan) -> pl.Series:
    import polars as pl

    rest = plan.rest
    if plan.own:
        return _own_extra(frame, rest)
    if not rest:
        return _one(None, frame.height)
    json = frame.select(pl.struct(*map(_jsonable(frame), rest)).struct.json_encode().alias("j"))["j"]
    empty = pl.all_horizontal(pl.col(name).is_null() for name in rest)
    told = pl.concat_str(pl.lit('{"columns":'), pl.lit(_without_nulls(frame, json, rest)), pl.lit("}"))
    return frame.select(pl.when(~empty).then(told)).to_series()


def _without_nulls(frame: pl.DataFrame, json: pl.Series, rest: tuple[str, ...]) -> pl.Series:
    """JSON objects without their members that are null.

    A quote within a text is escaped, so `,"name":null` can only be a member; a name that could end a text
    and begin a member at once, and nested columns, are left alone.
    """
    names = [name for name in rest if frame[name].null_count()]
    nested = any(frame.schema[name].is_nested() for name in rest)
    if not names or nested or any(name[:1] in (",", "}", "") for name in names):
        return json
    member = "(?:" + "|".join(re.escape(dumps(name, ensure_ascii=False)) for name in names) + "):null"
    return json.str.replace_all("," + member, "").str.replace("^\\{" + member + ",?", "{")


def _jsonable(frame: pl.DataFrame) -> Callable[[str], pl.Expr]:
    """Columns as JSON can hold them."""
    import polars as pl

    def one(name: str) -> pl.Expr:
        series, column = frame.schema[name], pl.col(name)
        if isinstance(series, pl.Datetime):
            return pl.lit(_typed_text(frame[name])).alias(name)
        if series.is_float():
            return column.fill_nan(None)
        if isinstance(
            series, pl.Binary | pl.Decimal | pl.Date | pl.Time | pl.Categorical | pl.Enum | pl.Duration
        ):
            return pl.lit(_as_text(frame[name])).alias(name)
        return column

    return one


def _own_extra(frame: pl.DataFrame, rest: tuple[str, ...]) -> pl.Series:
    """`extra` of a file that Daliz wrote, with its columns and what it says of status put back."""
    import polars as pl

    from daliz.io.carry import pack, unpack

    said = [name for name in ("status",) if name in frame.columns]
    if not said and not rest:
        return _words(frame["extra"])
    told: list[str | None] = []
    for row in frame.select("extra", *said, *map(_jsonable(frame), rest)).iter_rows(named=True):
        extra = unpack(row["extra"])
        own = {name: row[name] for name in said if row[name] not in (None, "", "stands")}
        columns = {name: row[name] for name in rest if row[name] is not None}
        if own:
            extra["daliz"] = own
        if columns:
            known = extra.get("columns")
            extra["columns"] = {**columns, **(known if isinstance(known, dict) else {})}
        told.append(pack(extra))
    return pl.Series(told, dtype=pl.String)


def _without(
    whole: pl.DataFrame, frame: pl.DataFrame, numbers: pl.Series, faults: list[tuple[str, str, pl.Series]],
    columns: dict[str, str],
) -> Batch:  # fmt: skip
    """The batch without the rows that do not fit, each with the first thing that is wrong with it."""
    import polars as pl

    bad = pl.Series([False]).new_from_index(0, whole.height)
    rejects: dict[int, Reject] = {}
    for column, reason, mask in faults:
        for at in mask.arg_true().to_list():
            if at in rejects:
                continue
            raw = {name: str(value) for name, value in frame.row(at, named=True).items() if value is not None}
            told = {"column": column, "value": raw.get(columns[column], "")}
            rejects[at] = Reject(f"row {numbers[at]}", column, reason, told, raw)
        bad |= mask.fill_null(value=False)
    return Batch(whole.filter(~bad), tuple(rejects[at] for at in sorted(rejects)))
