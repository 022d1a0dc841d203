"""What a log says beyond our columns, and our columns in a log that has no place for them.

Question: how does an event go from one format to another and back without losing a word?
In and out: rows of `events` (or raw rows) in; text for a writer out; `extra` as a dict and back.
Method: `extra` is a JSON object with one key for each origin. A reader fills the key of its format, a
writer uses the key of its format up and carries the others as they are:

- `xes`, `ocel`: what an XES or OCEL log says beyond our columns; the module of the format tells how.
- `columns`: columns of a table that we have no column for, by name. `form`: cells of a CPMM form.
- `daliz`: what a file written by Daliz says of `status`, which only `intake` may set. Its `quality` is a
  column like others: a log of simulated events stays simulated wherever it has been.

What belongs to a whole file (extensions, types, objects, cases without events) travels with the first
row of the file or with the first row that names it, inside the key of its format.
Our columns stand in a foreign format as attributes `daliz:<column>`, and the whole of `extra` that is
not of that format as `daliz:extra`; an event so written carries the mark `daliz:row`.
Limits: `locator` is a position in a file and is made anew by each reader. Characters that XML cannot
hold (control characters) become U+FFFD in XML. Of two equal events (see `intake`) one row stays, and
what only the other one carried goes with it.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from functools import cache
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from daliz.model.events import INSTANTS, RAW
from daliz.schema import table

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from daliz.schema import Row

__all__ = ["OURS", "carried", "frame_of", "moment", "pack", "stamp", "unpack"]

OURS = (*(name for name in RAW if name not in ("locator", "extra")), "status")
"""Columns of `events` that a file of another format carries for us."""

_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_DEFAULT = {"cargo_class": "any", "quality": "measured", "status": "stands"}
_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})")


def pack(extra: Mapping[str, object]) -> str | None:
    """`extra` as text, its keys in order; None when nothing stands in it."""
    kept = {key: extra[key] for key in sorted(extra) if extra[key] not in (None, {}, [])}
    return _ENCODE(kept) if kept else None


def unpack(extra: object) -> dict[str, object]:
    """`extra` as a dict; text that is no JSON object is kept under `text`."""
    if not extra:
        return {}
    try:
        loaded = json.loads(str(extra))
    except ValueError:
        loaded = None
    return loaded if isinstance(loaded, dict) else {"text": str(extra)}


def frame_of(rows: list[Row]) -> pl.DataFrame:
    """Raw rows of text as a frame with every column of `RAW`; a fast path of `model.events.raw_frame`."""
    import polars as pl

    used: set[str] = set().union(*rows)
    columns = {
        name: pl.Series(name, [row.get(name) or None for row in rows], dtype=pl.String)
        if name in used
        else pl.Series(name, [None], dtype=pl.String).new_from_index(0, len(rows))
        for name in RAW
    }
    return pl.DataFrame(columns)


def moment(text: str) -> dt.datetime | None:
    """The instant or local time that ISO 8601 text tells; None when it tells none."""
    try:
        return dt.datetime.fromisoformat(text.strip())
    except ValueError:
        return None


def stamp(value: object, zone: object = None) -> str | None:
    """An instant as ISO 8601 text in the clock `zone` (IANA or an offset), to the millisecond or finer.

    A local time stays without offset; text that is no time stays as it is.

    >>> stamp("2026-11-25T09:30:00+00:00", "+05:00")
    '2026-11-25T14:30:00.000+05:00'
    """
    if value is None or value == "":
        return None
    at = value if isinstance(value, dt.datetime) else moment(str(value))
    if at is None:
        return str(value)
    clock = _clock(str(zone)) if zone else None
    if at.tzinfo is not None:
        at = at.astimezone(clock or dt.UTC) if clock or isinstance(value, dt.datetime) else at
    text = at.isoformat(timespec="microseconds" if at.microsecond % 1000 else "milliseconds")
    return text[:-6] + "Z" if zone == "Z" and text.endswith("+00:00") else text


@cache
def _clock(zone: str) -> dt.tzinfo | None:
    if zone in ("Z", "UTC"):
        return dt.UTC
    if (offset := _OFFSET.fullmatch(zone)) is not None:
        minutes = int(offset[2]) * 60 + int(offset[3])
        if minutes < 24 * 60:
            return dt.timezone(dt.timedelta(minutes=-minutes if offset[1] == "-" else minutes))
        return None
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def carried(row: Row) -> dict[str, str]:
    """Our columns of a row as text, without those that are empty or at their default.

    A place known to us alone stands for its name; words of the log that were not recognised as an
    activity are told once, as `activity_text`.
    """
    said = unpack(row.get("extra")).get("daliz")
    row = {
        **(cast("Row", said) if isinstance(said, dict) else {}),
        **{k: v for k, v in row.items() if v is not None},
    }
    zone = row.get("zone")
    texts = {name: _text(name, row.get(name), zone) for name in OURS}
    texts["place_text"] = texts["place_text"] or _text("place", row.get("place"), zone)
    if texts["activity"] == texts["activity_text"]:
        texts["activity"] = None
    return {name: text for name, text in texts.items() if text and _DEFAULT.get(name) != text}


def _text(name: str, value: object, zone: object) -> str | None:
    if value is None or value == "":
        return None
    if name in INSTANTS:
        return stamp(value, zone)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else None
    if isinstance(value, int) and name in _FLOATS:
        return repr(float(value))
    return str(value)


_FLOATS = frozenset(column.name for column in table("events").columns if column.type == "float")
