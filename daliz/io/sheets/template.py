"""The empty CPMM form, as a workbook with lists to choose from or as a CSV.

Question: what does an office send to a carrier, so that what comes back can be read?
In and out: a path, a language, activity codes and places in; a file out.
Method: xlsxwriter; headers, lists, an example and instructions are in the language. Date and time cells
are text, so that no spreadsheet turns 01.02.2026 into another day. The lists stand on a sheet of their
own. Text that a spreadsheet could take for a formula is made harmless.
Limits: the lists reach over the first `LINES` lines. A CSV has no lists: it has the headers and the
example.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daliz.errors import BadValue
from daliz.i18n import LANGUAGES, kk_sort_key, name_column, text
from daliz.io.sheets.form import COLUMNS, WORDS, word
from daliz.io.sheets.writing import guarded
from daliz.io.streams import written

if TYPE_CHECKING:
    from collections.abc import Iterable

    from daliz.schema import Row

__all__ = ["CURRENCIES", "HELP_LINES", "LINES", "write_template"]

LINES = 2_000
"""Lines of the form that have lists to choose from."""

CURRENCIES = (
    "KZT", "RUB", "USD", "EUR", "CNY", "UZS", "KGS", "TJS", "TMT", "AZN", "GEL", "AMD", "BYN", "IRR", "AFN",
    "PKR", "MNT", "TRY", "INR",
)  # fmt: skip
"""Currencies offered (ISO 4217); another one may be written."""

_AS_TEXT = ("date", "start", "end", "zone", "trip", "note", "unit")
HELP_LINES = 9
"""Lines of the instruction."""


def write_template(path: Path, lang: str, codes: Iterable[Row], places: Iterable[Row]) -> None:
    """Write the empty form: a workbook where the name ends in .xlsx, else a CSV.

    `codes` are rows of `activity_codes`, `places` rows of `places`.

    Raises
    ------
    BadValue
        when the language is not one of kk, ru, en.
    """
    path = Path(path)
    if lang not in LANGUAGES:
        raise BadValue("error.choice", option="lang", value=lang, allowed=", ".join(LANGUAGES))
    name = name_column(lang)
    activities = [str(row[name]) for row in codes]
    named = sorted({str(row[name]) for row in places}, key=kk_sort_key)
    lists: dict[str, list[str]] = {
        "activity": [text("form.movement", lang), *dict.fromkeys(activities)],
        "place": named, "from": named, "to": named,
        "official_currency": list(CURRENCIES), "unofficial_currency": list(CURRENCIES),
        **{column: [word(column, value, lang) for value in WORDS[column]] for column in WORDS},
    }  # fmt: skip
    example = _example(lang, lists)
    if path.name.lower().endswith(".xlsx"):
        _book(path, lang, lists, example)
        return
    with written(path) as out:
        lines = io.StringIO(newline="")
        sheet = csv.writer(lines, delimiter="," if lang == "en" else ";", lineterminator="\r\n")
        sheet.writerow([guarded(text(f"form.{key}", lang)) for key in COLUMNS])
        sheet.writerow([guarded(example.get(key, "")) for key in COLUMNS])
        out.write(("\ufeff" + lines.getvalue()).encode())


def _example(lang: str, lists: dict[str, list[str]]) -> dict[str, str]:
    """A line that shows how to fill the form; its numbers are made up and it is passed over in reading."""
    comma = "." if lang == "en" else ","
    return {
        "trip": text("form.example", lang), "date": "31.12.2025", "mode": word("mode", "road", lang),
        "cargo_class": word("cargo_class", "general", lang), "tonnes": f"20{comma}5",
        "unit_kind": word("unit_kind", "truck", lang), "place": next(iter(lists["place"]), ""),
        "direction": word("direction", "out", lang), "activity": lists["activity"][-1],
        "start": "14:05", "end": "31.12.2025 16:40", "official": "15000", "official_currency": "KZT",
        "unofficial": "0", "unofficial_currency": "KZT", "remarks": text("form.example_remark", lang),
    }  # fmt: skip


def _book(path: Path, lang: str, lists: dict[str, list[str]], example: dict[str, str]) -> None:
    import xlsxwriter

    with written(path) as out:
        book = xlsxwriter.Workbook(
            out,
            {
                "in_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        form = book.add_worksheet(text("form.sheet_form", lang))
        guide = book.add_worksheet(text("form.sheet_help", lang))
        choice = book.add_worksheet(text("form.sheet_lists", lang))
        _fill_form(book, form, lang, example)
        ranges = _fill_lists(choice, lists)
        for at, key in enumerate(COLUMNS):
            if key in ranges:
                free = key in ("place", "from", "to", "activity", "official_currency", "unofficial_currency")
                form.data_validation(
                    2, at, LINES + 1, at,
                    {"validate": "list", "source": f"='{text('form.sheet_lists', lang)}'!{ranges[key]}",
                     "error_type": "warning" if free else "stop"},
                )  # fmt: skip
        guide.set_column(0, 0, 110)
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        for number in range(HELP_LINES):
            line = f"help_{number + 1}"
            guide.write_string(number, 0, text(f"form.{line}", lang), wrap)
        book.close()


def _fill_form(book: Any, form: Any, lang: str, example: dict[str, str]) -> None:
    head = book.add_format(
        {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E8EEF4", "border": 1}
    )
    plain = book.add_format({"num_format": "@"})
    shown = book.add_format({"italic": True, "font_color": "#6B6B6B", "num_format": "@"})
    for at, key in enumerate(COLUMNS):
        form.set_column(at, at, 18, plain if key in _AS_TEXT else None)
        form.write_string(0, at, text(f"form.{key}", lang), head)
        form.write_string(1, at, guarded(example.get(key, "")), shown)
    form.freeze_panes(1, 1)


def _fill_lists(choice: Any, lists: dict[str, list[str]]) -> dict[str, str]:
    """Write each list into a column; the ranges that they take."""
    ranges: dict[str, str] = {}
    for at, (key, words) in enumerate(lists.items()):
        choice.write_string(0, at, key)
        for row, said in enumerate(words, start=1):
            choice.write_string(row, at, guarded(said))
        if words:
            letter = chr(ord("A") + at)
            ranges[key] = f"${letter}$2:${letter}${len(words) + 1}"
    choice.hide()
    return ranges
