"""The CPMM form: what a carrier or forwarder fills in, one line an activity at a stop or a movement.

Question: which events does a filled form tell?
In and out: a CSV or Excel file with headers in Kazakh, Russian or English in; batches of raw rows out.
Method: a line of at least six known headers, trip, activity and begin among them, is the header; in a
workbook every sheet that has one is read. The begin and the end are a clock at the date of the line or
a whole time; Excel's own dates and numbers of days are understood. Words for mode, direction, kind and
class of cargo are those of any of the three languages. A line whose trip begins with the word for
example is passed over. Cells that we have no column for stand in `extra.form`.
Limits: a date like 31.02.2025 and a word that is not in the list reject the line; whether the end is
before the begin is judged by `intake`. An end after midnight needs its whole date. Empty cells are not
filled from the line above (merged cells are).
"""

from __future__ import annotations

import datetime as dt
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from daliz.errors import BadValue
from daliz.i18n import LANGUAGES, text
from daliz.io.carry import pack
from daliz.io.mapping import Mapping, fold
from daliz.io.sheets.cells import Line, excel_lines, find_encoding, shown, text_lines
from daliz.io.sheets.columns import Plan, transform
from daliz.io.streams import opened
from daliz.model.events import RAW, Batch, Reject
from daliz.schema import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from daliz.schema import Row

__all__ = ["COLUMNS", "MOVEMENT", "WORDS", "read_form", "recognise", "word"]

COLUMNS = {
    "trip": "shipment", "note": "consignment", "date": "", "mode": "mode", "cargo": "",
    "cargo_class": "cargo_class", "tonnes": "tonnes", "teu": "teu", "unit": "unit", "unit_kind": "unit_kind",
    "place": "place_text", "from": "", "to": "", "direction": "direction", "activity": "activity_text",
    "start": "start", "end": "end", "zone": "zone", "official": "official_amount",
    "official_currency": "official_currency", "unofficial": "unofficial_amount",
    "unofficial_currency": "unofficial_currency", "distance": "distance_km", "actor": "actor", "remarks": "",
}  # fmt: skip
"""Columns of the form in order, and the column of ours that each fills; "" goes to `extra.form`."""

MOVEMENT = "movement"
"""Activity of a line that tells a movement between two stops."""

WORDS = {
    name: tuple(value for value in table("events")[name].values if value)
    for name in ("mode", "direction", "unit_kind", "cargo_class")
}
"""Columns with a list of words, and the values that the words stand for."""

_NEEDED = {"trip", "activity", "start"}
_AT_LEAST = 6
_HEADER_WITHIN = 20
_CLOCK = re.compile(r"(\d{1,2})[:.](\d{2})(?::(\d{2}))?")
_DOTS = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_OFFSET = re.compile(r"T.*(Z|[+-]\d{2}:?\d{2})$")
_FIRST_SERIAL, _LAST_SERIAL = 20_000, 80_000
_EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001


def word(column: str, value: str, lang: str) -> str:
    """The word for a value of a column with a list, in one of the three languages."""
    if column in ("mode", "direction"):
        return text(f"{column}.{value}", lang)
    return text(f"form.{column}_{value}", lang)


@cache
def _headers() -> dict[str, str]:
    return {fold(text(f"form.{key}", lang)): key for key in COLUMNS for lang in LANGUAGES}


@cache
def _values(column: str) -> dict[str, str]:
    said = {fold(word(column, value, lang)): value for value in WORDS[column] for lang in LANGUAGES}
    return {**said, **{fold(value): value for value in WORDS[column]}}


def recognise(cells: Sequence[object]) -> dict[int, str] | None:
    """Column of the form by place, when the cells are the header of one; else None."""
    found: dict[int, str] = {}
    for at, cell in enumerate(cells):
        key = _headers().get(fold(shown(cell)))
        if key is not None and key not in found.values():
            found[at] = key
    return found if len(found) >= _AT_LEAST and set(found.values()) >= _NEEDED else None


def read_form(path: Path, codes: Iterable[Row] = ()) -> Iterator[Batch]:
    """Batches of raw rows of a filled CPMM form; one a sheet.

    `codes` are rows of `activity_codes`: an activity that is the name or code of exactly one of them gets
    its code at once.

    Raises
    ------
    BadValue
        when the file is no table, or no line of it is the header of the form.
    Refused
        when a workbook unpacks without end.
    """
    path = Path(path)
    known = _activities(codes)
    read = False
    for sheet, lines in _sheets(path):
        batch = _read_sheet(sheet, lines, known)
        if batch is not None:
            read = True
            yield batch
    if not read:
        raise BadValue("error.no_form", file=path.name)


def _sheets(path: Path) -> Iterator[tuple[str, Iterable[Line | Reject]]]:
    with opened(path) as stream:
        is_book = stream.read(4).startswith(b"PK\x03\x04")
    if is_book:
        yield from excel_lines(path)
    else:
        yield "", text_lines(path, find_encoding(path), _delimiter(path))


def _delimiter(path: Path) -> str | None:
    """A form may have lines of words above its header, so the delimiter is that under which one appears."""
    encoding = find_encoding(path)
    for sign in (";", ",", "\t", "|"):
        for number, line in enumerate(text_lines(path, encoding, sign)):
            if number >= _HEADER_WITHIN:
                break
            if isinstance(line, Line) and recognise(line.cells) is not None:
                return sign
    return None


def _activities(codes: Iterable[Row]) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for row in codes:
        for name in ("code", "name_en", "name_ru", "name_kk"):
            found.setdefault(fold(str(row[name])), set()).add(str(row["code"]))
    once = {name: next(iter(code)) for name, code in found.items() if len(code) == 1}
    return {**once, **{fold(text("form.movement", lang)): MOVEMENT for lang in LANGUAGES}}


def _read_sheet(sheet: str, lines: Iterable[Line | Reject], known: dict[str, str]) -> Batch | None:
    import polars as pl

    header: dict[int, str] | None = None
    names: list[str] = []
    rows: list[Row] = []
    numbers: list[int] = []
    raws: dict[int, Row] = {}
    rejects: list[Reject] = []
    before = f"{sheet} " if sheet else ""
    for seen, line in enumerate(lines):
        if isinstance(line, Reject):
            rejects.append(line)
            continue
        if header is None:
            if seen >= _HEADER_WITHIN:
                return None
            header = recognise(line.cells)
            names = [shown(cell) for cell in line.cells]
            continue
        raw = {names[at] if at < len(names) and names[at] else f"column {at + 1}": shown(cell)
               for at, cell in enumerate(line.cells) if shown(cell)}  # fmt: skip
        told = {key: line.cells[at] for at, key in header.items() if at < len(line.cells)}
        if _nothing(told):
            continue
        made = _row(told, known)
        if isinstance(made, Reject):
            rejects.append(Reject(f"{before}row {line.number}", made.column, made.reason, made.values, raw))
            continue
        beyond = {names[at] if at < len(names) and names[at] else f"column {at + 1}": shown(cell)
                  for at, cell in enumerate(line.cells) if at not in header and shown(cell)}  # fmt: skip
        form = {
            key: shown(told[key]) for key in ("cargo", "from", "to", "remarks") if shown(told.get(key, ""))
        }
        made["extra"] = pack({"form": form, "columns": beyond})
        rows.append(made)
        numbers.append(line.number)
        raws[line.number] = raw
    if header is None:
        return None
    columns = {name: name for name in RAW if name not in ("locator", "extra")}
    frame = pl.DataFrame({name: [row.get(name) for row in rows] for name in (*columns, "extra")},
                         schema=dict.fromkeys((*columns, "extra"), pl.String))  # fmt: skip
    plan = Plan(Mapping(columns=columns), tuple(frame.columns), _decimal(names), own=True)
    batch = transform(frame, pl.Series(numbers, dtype=pl.Int64), plan)
    named = batch.rows.with_columns(pl.concat_str(pl.lit(before), pl.col("locator")).alias("locator"))
    for one in batch.rejects:
        number = int(one.locator.rpartition(" ")[2])
        rejects.append(Reject(before + one.locator, one.column, one.reason, one.values, raws[number]))
    return Batch(named, tuple(rejects))


def _decimal(names: list[str]) -> str | None:
    """Kazakh and Russian forms have a decimal comma."""
    english = {fold(text(f"form.{key}", "en")) for key in COLUMNS}
    return None if sum(fold(name) in english for name in names) > len(names) / 2 else ","


def _nothing(told: dict[str, object]) -> bool:
    trip = fold(shown(told.get("trip", "")))
    example = any(trip.startswith(fold(text("form.example", lang))) for lang in LANGUAGES)
    return example or not any(shown(cell) for cell in told.values())


def _row(told: dict[str, object], known: dict[str, str]) -> Row | Reject:
    """Our columns as text, or what is wrong with the line."""
    row: Row = {ours: shown(told[key]) for key, ours in COLUMNS.items() if ours and key in told}
    for column, values in WORDS.items():
        said = row.get(column)
        if not said:
            continue
        value = _values(column).get(fold(said))
        if value is None:
            allowed = ", ".join(word(column, value, lang) for lang in LANGUAGES for value in values)
            return Reject(
                "", column, "finding.enum", {"column": column, "value": said, "allowed": allowed}, {}
            )
        row[column] = value
    for column in ("start", "end"):
        row[column] = _when(told.get("date", ""), told.get(column, ""))
        if row[column] is None:
            return Reject(
                "", column, "finding.form_date", {"column": column, "value": shown(told[column])}, {}
            )
        offset = _OFFSET.search(row[column])
        if offset and not row.get("zone"):
            row["zone"] = offset[1]
    activity = known.get(fold(row.get("activity_text", "")))
    moves = shown(told.get("from", "")) and shown(told.get("to", "")) and not row.get("place_text")
    if activity is None and moves and not row.get("activity_text"):
        activity = MOVEMENT
    if activity:
        row["activity"] = activity
    for column in ("official_currency", "unofficial_currency"):
        row[column] = (row.get(column) or "").upper()
    return row


def _when(date: object, cell: object) -> str | None:
    """A time of the form as text; "" when there is none, None when a clock has no date."""
    cell = _typed(cell)
    if isinstance(cell, dt.datetime) and cell.year > 1901:
        return cell.isoformat(timespec="seconds")
    clock = cell.time() if isinstance(cell, dt.datetime) else cell if isinstance(cell, dt.time) else None
    said = shown(cell)
    if clock is None:
        found = _CLOCK.fullmatch(said)
        if found is None:
            return said
        if int(found[1]) > 23 or int(found[2]) > 59 or int(found[3] or 0) > 59:
            return said
        clock = dt.time(int(found[1]), int(found[2]), int(found[3] or 0))
    day = _typed(date)
    if isinstance(day, dt.date):
        words = day.isoformat()[:10]
    else:
        words = shown(day)
        dots = _DOTS.fullmatch(words)
        if dots is not None:
            words = f"{dots[3]}-{int(dots[2]):02d}-{int(dots[1]):02d}"
    return f"{words}T{clock.isoformat(timespec='seconds')}" if words else None


def _typed(cell: object) -> object:
    """A cell with Excel's number of days read as what it shows."""
    if isinstance(cell, dt.timedelta):
        return (_EPOCH + cell).time() if dt.timedelta(0) <= cell < dt.timedelta(days=1) else _EPOCH + cell
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        if 0 <= cell < 1:
            return (_EPOCH + dt.timedelta(seconds=round(cell * 86_400))).time()
        if _FIRST_SERIAL <= cell <= _LAST_SERIAL:
            return _EPOCH + dt.timedelta(seconds=round(cell * 86_400))
    return cell
