"""Logs of any format taken into the event store, each row once, each refusal with its reason.

Question: how does a file that an office drops in become events that can be judged?
In and out: a file, the network and an `EventStore` in; a `Summary` out, whose counts add up.
Method: the format is told from the first bytes; its reader gives batches of raw rows; names, clocks and
numbers are made ours; the store keeps what is new. A file read before is not read again. Rows of the
quarantine go out as a table, are mended there and come back by `replay`.
Limits: one file at a time; memory is that of one batch and eight bytes an event.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from daliz.errors import BadValue
from daliz.gazetteer import Gazetteer, fold
from daliz.intake.names import Answers, Names
from daliz.intake.rows import Defaults, Heard, text_of, typed
from daliz.io import formats
from daliz.model.events import BATCH_ROWS, RAW, Batch, Reject, raw_frame
from daliz.schema import table
from daliz.store.events import EventStore, Summary, file_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    import polars as pl

    from daliz.errors import Finding
    from daliz.schema import Row
    from daliz.store.events import Writer

__all__ = [
    "Defaults", "Options", "export", "export_quarantine", "published", "quarantined", "read_answers",
    "replay", "take", "write_template",
]  # fmt: skip


@dataclass(frozen=True)
class Options:
    """How a file is to be read.

    `form` names the format when the first bytes do not; `mapping` is a file that says which of their
    columns is which of ours; `answers` say what ambiguous names mean.
    """

    form: str | None = None
    mapping: Path | None = None
    answers: Answers = field(default_factory=dict)
    defaults: Defaults = field(default_factory=Defaults)


def _silent(_: int) -> None:
    return None


def take(
    events: EventStore,
    frames: Mapping[str, pl.DataFrame],
    path: Path,
    options: Options | None = None,
    progress: Callable[[int], None] = _silent,
) -> Summary:
    """Read a file into the store; `progress` hears how many rows were read so far.

    Raises
    ------
    BadValue
        when the file is not there, is of no known format, or cannot be read as what it claims to be;
        nothing is kept of it then.
    """
    options = options or Options()
    key = _key(path)
    if key in events.keys():  # noqa: SIM118 - keys() is the list of files read
        held = events.summary(key)
        return Summary(key, path.name, held.format, read=held.read, duplicates=held.read)
    form = options.form or formats.sniff(path)
    batches = formats.read(path, form, options.mapping)
    with events.writing(key, path.name, form) as writer:
        _fill(writer, batches, frames, options, progress)
    return writer.summary


def _key(path: Path) -> str:
    if not path.is_file():
        raise BadValue("error.no_file", file=str(path))
    try:
        return file_key(path)
    except OSError:
        raise BadValue("error.no_file", file=str(path)) from None


def _fill(
    writer: Writer,
    batches: Iterable[Batch],
    frames: Mapping[str, pl.DataFrame],
    options: Options,
    progress: Callable[[int], None],
) -> None:
    gazetteer = Gazetteer(frames)
    codes = {row["code"]: row for row in frames["activity_codes"].iter_rows(named=True)}
    names, heard = Names(gazetteer, codes, options.answers), Heard()
    zones = {place: str(row["timezone"]) for place, row in gazetteer.places.items()}
    for batch in batches:
        rows, rejects = typed(batch, names, options.defaults, heard, zones)
        writer.add(rows)
        writer.refuse([_quarantined(reject) for reject in rejects])
        progress(writer.summary.read)
    summary = writer.summary
    summary.mended, summary.asked = dict(heard.mended), {k: list(v) for k, v in heard.asked.items()}
    summary.foreign_places, summary.foreign_activities = heard.foreign_places, heard.foreign_activities


def _quarantined(reject: Reject) -> Row:
    values = json.dumps(reject.values, ensure_ascii=False, sort_keys=True, default=str)
    return {
        "locator": reject.locator, "column": reject.column, "reason": reject.reason, "values": values,
        "raw": text_of(reject.raw),
    }  # fmt: skip


def read_answers(path: Path) -> Answers:
    """What ambiguous names mean: a CSV file with the columns kind (place or activity), name, answer.

    Raises
    ------
    BadValue
        when the file is not such a table.
    """
    answers: Answers = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            for number, row in enumerate(csv.DictReader(lines), start=2):
                kind, name = (row.get("kind") or "").strip(), (row.get("name") or "").strip()
                if kind not in ("place", "activity") or not name:
                    raise BadValue("error.answers_row", file=path.name, row=number)
                answers[kind, fold(name)] = (row.get("answer") or "").strip()
    except (OSError, UnicodeDecodeError):
        raise BadValue("error.no_file", file=str(path)) from None
    return answers


def export_quarantine(events: EventStore, path: Path, lang: str) -> int:
    """Write the rows that wait as a table to be mended: reason and repair in words, then the cells.

    Columns of the log that are not ours keep their names behind ours. Returns the number of rows.
    """
    waiting = quarantined(events, lang)
    theirs = sorted({name for row in waiting for name in row["raw"]} - set(RAW))
    head = ["row", "name", "locator", "column", "reason", "repair", *RAW, *theirs]
    with path.open("w", encoding="utf-8-sig", newline="") as lines:
        out = csv.DictWriter(lines, head, extrasaction="ignore")
        out.writeheader()
        for row in waiting:
            out.writerow({name: _inert(cell) for name, cell in {**row["raw"], **row}.items()})
    return len(waiting)


_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _inert(cell: object) -> object:
    """A cell that no spreadsheet takes for a formula; `_mended` takes the mark off."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def quarantined(events: EventStore, lang: str, every: bool = False) -> list[Row]:
    """Rows of the quarantine in words: those that wait, or `every` one with what became of it."""
    from daliz.i18n import text

    found: list[Row] = []
    for row in events.quarantine().iter_rows(named=True):
        if row["state"] != "waiting" and not every:
            continue
        values = json.loads(row["values"] or "{}")
        repair = f"repair.{row['reason'].removeprefix('finding.')}"
        found.append(
            {
                "row": row["row"], "file": row["file"], "name": row["name"], "format": row["format"],
                "locator": row["locator"], "column": row["column"], "key": row["reason"],
                "reason": text(row["reason"], lang, **values), "repair": text(repair, lang, **values),
                "state": row["state"], "raw": json.loads(row["raw"]),
            }
        )  # fmt: skip
    return found


def export(events: EventStore, path: Path, form: str | None = None) -> int:
    """Write the events that stand in a format (told by the ending of the name where it is not given).

    Raises
    ------
    BadValue
        when the format is not told, or the file cannot be written.
    """
    form = form or _ENDINGS.get(path.suffix.lower())
    if form is None:
        raise BadValue("error.export_format", file=path.name, allowed=", ".join(formats.WRITABLE))
    try:
        return formats.write(_rows(events), path, form)
    except OSError:
        raise BadValue("error.cannot_write", file=str(path)) from None


_ENDINGS = {
    ".csv": "csv", ".parquet": "parquet", ".xes": "xes", ".jsonocel": "ocel", ".xmlocel": "ocel",
    ".sqlite": "ocel", ".json": "epcis", ".jsonld": "epcis", ".xml": "epcis",
}  # fmt: skip


def _rows(events: EventStore) -> Iterator[Row]:
    """Standing events one by one, part by part."""
    for batch in events.scan().sort("file", "locator").collect_batches(chunk_size=BATCH_ROWS):
        yield from batch.iter_rows(named=True)


def published(
    path: Path, frames: Mapping[str, pl.DataFrame], source: str, target: Path | None = None
) -> tuple[list[Row], list[Finding]]:
    """Figures of the published CPMM table as rows of `published_times`, and findings on its lines.

    Posts are found by their names in any of three languages. With a `target` the rows are written as a
    curated file that `daliz build --tables` reads.

    Raises
    ------
    BadValue
        when the file is no such table, or the target cannot be written.
    """
    from daliz.io.sheets import read_published

    gazetteer = Gazetteer(frames)
    rows, findings = read_published(path, gazetteer.post, source)
    if target is not None:
        columns = [column.name for column in table("published_times").columns]
        try:
            with target.open("w", encoding="utf-8", newline="") as lines:
                out = csv.DictWriter(lines, columns, extrasaction="ignore")
                out.writeheader()
                out.writerows(rows)
        except OSError:
            raise BadValue("error.cannot_write", file=str(target)) from None
    return rows, findings


def write_template(path: Path, lang: str, frames: Mapping[str, pl.DataFrame]) -> None:
    """Write an empty form of one row a stop activity, with headings in the language (CSV or Excel)."""
    from daliz.io import sheets

    codes = frames["activity_codes"].to_dicts()
    places = frames["places"].to_dicts()
    sheets.write_template(path, lang, codes, places)


def replay(
    events: EventStore,
    frames: Mapping[str, pl.DataFrame],
    path: Path,
    options: Options | None = None,
) -> Summary:
    """Take mended rows of the quarantine (the table of `export_quarantine`) into the store.

    A row that is accepted, or is known already, leaves the quarantine; one that still does not fit waits
    there as it is now, in place of what it was. A table with rows that do not wait is refused as a whole.

    Raises
    ------
    BadValue
        when the table lacks the column `row`, or names rows that do not wait.
    """
    options = options or Options()
    key = _key(path)
    if key in events.keys():  # noqa: SIM118 - keys() is the list of files read
        held = events.summary(key)
        return Summary(key, path.name, "replay", read=held.read, duplicates=held.read)
    quarantine = events.quarantine()
    waiting = {row["row"]: row for row in quarantine.iter_rows(named=True) if row["state"] == "waiting"}
    mended = _mended(path)
    strangers = [row for row in mended if row not in waiting]
    if strangers:
        raise BadValue("error.replay_rows", file=path.name, rows=", ".join(strangers[:5]))
    simulated = {s.file for s in events.summaries() if s.simulated}
    with events.writing(key, path.name, "replay") as writer:
        for batch in _batches(mended, waiting, simulated):
            _fill(writer, [batch], frames, options, _silent)
        writer.summary.replays = sorted(mended)
    return writer.summary


def _mended(path: Path) -> dict[str, Row]:
    """Rows of the table by their id in the quarantine; empty cells fall away."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            if "row" not in (reader.fieldnames or []):
                raise BadValue("error.replay_table", file=path.name)
            rows = list(reader)
    except (OSError, UnicodeDecodeError):
        raise BadValue("error.no_file", file=str(path)) from None
    return {
        str(row["row"]): {
            name: cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell
            for name, cell in row.items()
            if name and cell and name not in ("row", "name", "column", "reason", "repair")
        }
        for row in rows
        if row.get("row")
    }  # fmt: skip


def _batches(mended: Mapping[str, Row], waiting: Mapping[str, Row], simulated: set[str]) -> Iterator[Batch]:
    """Mended rows as raw rows; cells that are not ours go to `extra`, and what was simulated stays so."""
    raws: list[Row] = []
    for key, cells in mended.items():
        ours = {name: cell for name, cell in cells.items() if name in RAW}
        theirs = {name: cell for name, cell in cells.items() if name not in RAW}
        if theirs:
            held = json.loads(str(ours.get("extra") or "{}"))
            ours["extra"] = json.dumps({**held, **theirs}, ensure_ascii=False, sort_keys=True)
        if waiting[key]["file"] in simulated:
            ours["quality"] = "simulated"
        raws.append({**ours, "locator": key})
    for first in range(0, len(raws), BATCH_ROWS):
        yield Batch(raw_frame(raws[first : first + BATCH_ROWS]))
