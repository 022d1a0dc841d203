"""The registers as a workbook or a folder of CSV files, with headings in the reader's language.

Question: how does a secretariat fill in plans and projects in Excel, and get back what it sent?
In and out: a workbook or CSV files in, a `Taken` out; frames in, a workbook or CSV files out.
Method: a sheet for each table; the first row has headings in one of three languages, the second (small,
grey) the keys of the columns; drop-down lists give the allowed words, a note on each heading says what the
column holds. Columns are known by key or by heading in any of the three languages. Dates are dates of
Excel, numbers are numbers.
Limits: a sheet has at most a million rows; formulas are read by the values last computed.
"""

from __future__ import annotations

import csv
import datetime as dt
from functools import cache
from typing import TYPE_CHECKING, Any

from daliz.errors import BadValue
from daliz.i18n import LANGUAGES, text
from daliz.model.registers import Refusal, Taken, cells
from daliz.schema import Column, table, typed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import polars as pl

__all__ = ["TABLES", "heading", "read", "write", "write_csv"]

TABLES = (
    "programmes",
    "measures",
    "measure_links",
    "milestones",
    "measure_progress",
    "measure_evidence",
    "targets",
    "observations",
    "plan_edits",
    "projects",
    "project_amounts",
    "planned_works",
    "incidents",
    "incident_exposures",
    "reporting_changes",
    "hazard_warnings",
    "competence_programmes",
    "competence_records",
    "goods_lists",
    "goods_list_items",
    "trade",
    "sources",
)
"""Tables that a workbook may hold, in the order of its sheets."""

_FIRST_ROW = 2
_DROP_ROWS = 2000


def heading(column: str, lang: str) -> str:
    """The heading of a column."""
    return text(f"field.{column}", lang)


def _sheet(name: str, lang: str) -> str:
    return text(f"sheet.{name}", lang)[:31]


def write(path: Path, frames: Mapping[str, pl.DataFrame], lang: str) -> int:
    """Write a workbook with the rows of `frames`; an empty frame gives a form. Returns rows written."""
    import xlsxwriter

    count = 0
    with xlsxwriter.Workbook(
        str(path), {"default_date_format": "yyyy-mm-dd", "remove_timezone": True}
    ) as book:
        styles = {
            "head": book.add_format(
                {"bold": True, "bg_color": "#DCE6F1", "text_wrap": True, "valign": "top"}
            ),
            "must": book.add_format(
                {"bold": True, "bg_color": "#F8CBAD", "text_wrap": True, "valign": "top"}
            ),
            "key": book.add_format({"font_color": "#808080", "font_size": 8, "italic": True}),
            "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        for name in TABLES:
            if name in frames:
                sheet = book.add_worksheet(_sheet(name, lang))
                count += _filled(sheet, name, frames[name], lang, styles)
    return count


def _filled(sheet: Any, name: str, frame: pl.DataFrame, lang: str, styles: Mapping[str, Any]) -> int:
    for at, column in enumerate(table(name).columns):
        sheet.write_string(0, at, heading(column.name, lang), styles["must" if column.required else "head"])
        sheet.write_string(1, at, column.name, styles["key"])
        note = f"{column.name}: {column.description}" + (f" [{column.unit}]" if column.unit else "")
        sheet.write_comment(0, at, note)
        sheet.set_column(at, at, max(12, min(40, len(heading(column.name, lang)) + 2)))
        words = [word for word in column.values if word]
        if column.type == "enum" and sum(map(len, words)) + len(words) < 250:
            sheet.data_validation(_FIRST_ROW, at, _DROP_ROWS, at, {"validate": "list", "source": words})
    sheet.freeze_panes(_FIRST_ROW, 1)
    for number, row in enumerate(frame.iter_rows(named=True), start=_FIRST_ROW):
        for at, column in enumerate(table(name).columns):
            _cell(sheet, number, at, row[column.name], styles["day"])
    return frame.height


def _cell(sheet: Any, row: int, column: int, value: object, day: Any) -> None:
    if value is None or value == []:
        return
    if isinstance(value, list):
        sheet.write_string(row, column, ";".join(value))
    elif isinstance(value, dt.datetime):
        sheet.write_string(row, column, value.isoformat())
    elif isinstance(value, dt.date):
        sheet.write_datetime(row, column, dt.datetime.combine(value, dt.time()), day)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)
    else:
        sheet.write_string(row, column, str(value))


def write_csv(folder: Path, frames: Mapping[str, pl.DataFrame]) -> int:
    """Write `<table>.csv` for each frame, headed by the keys of the columns; returns rows written."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for name, frame in frames.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as lines:
            writer = csv.DictWriter(
                lines, [column.name for column in table(name).columns], lineterminator="\n"
            )
            writer.writeheader()
            for row in frame.iter_rows(named=True):
                writer.writerow(cells(name, row))
                count += 1
    return count


def read(path: Path, source: str) -> Taken:
    """Rows of a workbook, of one CSV file named after its table, or of a folder of such files.

    Raises
    ------
    BadValue
        when it is none of these, or no sheet or file is named after a table.
    """
    taken = Taken()
    found = list(
        _folder(path) if path.is_dir() else _book(path) if _is_book(path) else _folder(path.parent, path)
    )
    if not found:
        raise BadValue("error.book_tables", path=str(path), known=", ".join(TABLES))
    for name, where, rows in found:
        _sheet_rows(name, where, rows, source, taken)
    return taken


def _is_book(path: Path) -> bool:
    return path.suffix.lower() in (".xlsx", ".xlsm", ".ods")


def _book(path: Path) -> Iterator[tuple[str, str, Sequence[Sequence[object]]]]:
    """(table, where, rows) of each sheet whose name is that of a table in any language."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(path))
    except (CalamineError, OSError, ValueError) as error:
        raise BadValue("error.book_file", path=str(path), why=str(error)) from None
    named = {_fold(_sheet(name, lang)): name for name in TABLES for lang in LANGUAGES}
    named |= {_fold(name): name for name in TABLES}
    for sheet in book.sheet_names:
        if _fold(sheet) in named:
            rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
            yield named[_fold(sheet)], f"{path.name}!{sheet}", rows


def _folder(folder: Path, only: Path | None = None) -> Iterator[tuple[str, str, Sequence[Sequence[object]]]]:
    for path in [only] if only else sorted(folder.glob("*.csv")):
        name = path.stem.lower()
        name = next((one for one in TABLES if name == one or name.startswith(f"{one}-")), "")
        if not name or path.suffix.lower() != ".csv":
            continue
        try:
            with path.open(encoding="utf-8-sig", newline="") as lines:
                yield name, path.name, list(csv.reader(lines))
        except (UnicodeDecodeError, csv.Error) as error:
            raise BadValue("error.book_file", path=str(path), why=str(error)) from None


def _fold(word: object) -> str:
    return " ".join(str(word).casefold().split())


@cache
def _headings(name: str) -> dict[str, str]:
    """Key of a column by its heading in any of three languages, and by itself."""
    found = {}
    for column in table(name).columns:
        for lang in LANGUAGES:
            found[_fold(heading(column.name, lang))] = column.name
        found[_fold(column.name)] = column.name
    return found


def _sheet_rows(name: str, where: str, rows: Sequence[Sequence[object]], source: str, taken: Taken) -> None:
    if not rows:
        return
    known = _headings(name)
    head = [known.get(_fold(cell), "") for cell in rows[0]]
    first = 1
    if (
        len(rows) > 1
        and sum(_fold(cell) in {_fold(c.name) for c in table(name).columns} for cell in rows[1]) > 1
    ):
        head, first = [known.get(_fold(cell), "") for cell in rows[1]], 2
    unknown = [
        str(cell) for cell, key in zip(rows[first - 1], head, strict=False) if str(cell).strip() and not key
    ]
    for word in unknown:
        taken.refused.append(
            Refusal(
                name,
                where,
                "1",
                word,
                {},
                "finding.book_heading",
                "repair.book_heading",
                {"value": word, "known": ", ".join(column.name for column in table(name).columns)},
            )
        )
    columns = {column.name: column for column in table(name).columns}
    for number, cells_ in enumerate(rows[first:], start=first + 1):
        raw = {
            key: _word(cell, columns[key])
            for key, cell in zip(head, cells_, strict=False)
            if key and _word(cell, columns[key]) != ""
        }
        if raw:
            _take(name, where, number, raw, source, taken)


def _take(name: str, where: str, number: int, raw: dict[str, str], source: str, taken: Taken) -> None:
    columns = {column.name for column in table(name).columns}
    if "source" in columns and name != "sources" and not raw.get("source"):
        raw["source"] = source
    if "quality" in columns and not raw.get("quality"):
        raw["quality"] = "published"
    key = table(name).primary
    if name == "observations" and not raw.get(key):
        raw[key] = ":".join(raw.get(one, "") for one in ("series", "subject", "unit", "on", "vintage"))
    row, misfits = typed(name, raw)
    if misfits:
        column, message, values = misfits[0]
        told = {"column": column, **{one: str(value) for one, value in values.items()}}
        repair = f"repair.{message.removeprefix('finding.')}"
        taken.refused.append(Refusal(name, where, str(number), column, raw, message, repair, told))
    else:
        taken.add(name, row)


def _word(cell: object, column: Column) -> str:
    """A cell as the text that a CSV file would have."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if column.type == "date" else cell.isoformat()
    if isinstance(cell, dt.date):
        return cell.isoformat()
    if isinstance(cell, float) and cell == int(cell) and column.type != "float":
        return str(int(cell))
    return repr(cell) if isinstance(cell, float) else str(cell).strip()


def fields(names: Iterable[str] = TABLES) -> list[str]:
    """Every column of these tables, once."""
    return list(dict.fromkeys(column.name for name in names for column in table(name).columns))
