"""The published CPMM table: border posts by year, with averages, as rows of `published_times`.

Question: which figures does a published table hold, about which of our places?
In and out: a CSV with the columns country_code, transport_mode, bcp_name, year and averages in, and a
function that knows names of places; rows of `published_times` and findings out.
Method: tfi1_inbound_average and tfi1_overall_average are hours at the post, inbound and in both
directions; tfi4_overall_average is the speed with delay and swod_overall_average the speed without, km/h
(TFI4 is speed; CPMM prints SWOD beside it). A line without bcp_name is about its state.
Limits: speed with delay above speed without is impossible by definition, so both are left out with a
finding. What a name means is the caller's knowledge; an unknown name is a finding with the nearest ones.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING

from daliz.errors import AmbiguousPlace, BadValue, Finding, UnknownPlace
from daliz.io.mapping import fold
from daliz.io.sheets.cells import Line, find_encoding, text_lines
from daliz.schema import table

if TYPE_CHECKING:
    from collections.abc import Callable

    from daliz.model.events import Reject
    from daliz.schema import Row

__all__ = ["read_published"]

_FIGURES = {
    "tfi1_inbound_average": ("tfi1_h", "in"),
    "tfi1_outbound_average": ("tfi1_h", "out"),
    "tfi1_overall_average": ("tfi1_h", "both"),
    "tfi4_overall_average": ("swd_kmh", "both"),
    "swod_overall_average": ("swod_kmh", "both"),
}
_TABLE = "published_times"
_KEYS = ("country_code", "transport_mode", "bcp_name", "year")
_MODES = {
    "road": "road", "truck": "road", "rail": "rail", "railway": "rail", "train": "rail", "sea": "sea",
    "maritime": "sea",
}  # fmt: skip
_STATES = {
    "AFG": "AF", "AZE": "AZ", "PRC": "CN", "CHN": "CN", "GEO": "GE", "KAZ": "KZ", "KGZ": "KG", "MON": "MN",
    "MNG": "MN", "PAK": "PK", "TAJ": "TJ", "TJK": "TJ", "TKM": "TM", "UZB": "UZ",
}  # fmt: skip
"""Codes of three letters (ISO 3166 and those of the Asian Development Bank) of the eleven CAREC states."""

_EMPTY = ("", "na", "n/a", "nan", "-", "–", "…", "...")


def read_published(
    path: Path, place_of: Callable[[str, str, str], str], source: str
) -> tuple[list[Row], list[Finding]]:
    """Rows of `published_times` and findings of a published CPMM table.

    `place_of(name, mode, state)` gives the id of a place, on the side of that state where it can, or raises
    UnknownPlace or AmbiguousPlace; `source` is the key of the source that the rows will carry.

    Raises
    ------
    BadValue
        when the file is no text table or lacks a column.
    """
    path = Path(path)
    lines = text_lines(path, find_encoding(path))
    header = next((line for line in lines if isinstance(line, Line)), None)
    if header is None:
        raise BadValue("error.table_empty", file=path.name)
    names = {fold(str(cell)): at for at, cell in enumerate(header.cells)}
    for key in _KEYS:
        if fold(key) not in names:
            found = ", ".join(map(str, header.cells))
            raise BadValue("error.mapping_absent", column=key, name=key, found=found)
    if not any(fold(figure) in names for figure in _FIGURES):
        raise BadValue(
            "error.mapping_absent", column="value", name=" / ".join(_FIGURES), found=", ".join(names)
        )
    book = _Book(path.name, place_of, source)
    for line in lines:
        book.take(line, names, len(header.cells))
    return list(book.rows.values()), book.findings


class _Book:
    def __init__(self, file: str, place_of: Callable[[str, str, str], str], source: str) -> None:
        self.file, self.place_of, self.source = file, place_of, source
        self.rows: dict[str, Row] = {}
        self.homes: dict[str, str] = {}
        self.findings: list[Finding] = []

    def take(self, line: Line | Reject, names: dict[str, int], width: int) -> None:
        if not isinstance(line, Line):
            where = f"{self.file}:{line.locator.removeprefix('row ')}:"
            self.findings.append(
                Finding(
                    "error",
                    "published_times",
                    where,
                    "finding.line",
                    "repair.line",
                    {"value": line.raw["line"]},
                )
            )
            return
        if len(line.cells) != width:
            self.findings.append(
                Finding("error", _TABLE, f"{self.file}:{line.number}:", "finding.ragged", "repair.ragged",
                        {"found": len(line.cells), "wanted": width})
            )  # fmt: skip
            return
        cells = {key: str(line.cells[at]).strip() for key, at in names.items()}
        mode = _MODES.get(fold(cells[fold("transport_mode")]))
        year = self.number(line, "year", cells[fold("year")])
        if mode is None:
            self.finding_of_mode(line, cells[fold("transport_mode")])
        about = self.about(line, cells, mode) if mode and year is not None else None
        if mode is None or year is None or about is None:
            return
        values = {
            figure: value
            for figure in _FIGURES
            if (text := cells.get(fold(figure), "")).casefold() not in _EMPTY
            and (value := self.number(line, figure, text)) is not None
        }
        slow, fast = values.get("tfi4_overall_average"), values.get("swod_overall_average")
        if slow is not None and fast is not None and slow > fast:
            self.findings.append(
                Finding("error", _TABLE, f"{self.file}:{line.number}:tfi4_overall_average",
                        "finding.published_speeds", "repair.published_speeds", {"swd": slow, "swod": fast})
            )  # fmt: skip
            values = {k: v for k, v in values.items() if not k.startswith(("tfi4", "swod"))}
        for figure, value in values.items():
            self.add(line, about, mode, int(year), figure, value)

    def finding_of_mode(self, line: Line, value: str) -> None:
        where = f"{self.file}:{line.number}:transport_mode"
        self.findings.append(
            Finding("error", _TABLE, where, "finding.enum", "repair.enum",
                    {"column": "transport_mode", "value": value, "allowed": ", ".join(_MODES)})
        )  # fmt: skip

    def about(self, line: Line, cells: dict[str, str], mode: str) -> tuple[str, str] | None:
        """(scope, key) of a line."""
        code = cells[fold("country_code")].upper()
        state = _STATES.get(code, code)
        name = cells[fold("bcp_name")]
        where = f"{self.file}:{line.number}:bcp_name"
        if not name:
            if re.fullmatch("[A-Z]{2}", state):
                return "country", state
            self.findings.append(
                Finding("error", _TABLE, f"{self.file}:{line.number}:country_code", "finding.required",
                        "repair.required", {"column": "bcp_name"})
            )  # fmt: skip
            return None
        try:
            place = self.place_of(name, mode, state)
        except (UnknownPlace, AmbiguousPlace) as error:
            nearest = str(error.values.get("nearest", error.values.get("candidates", "–")))
            self.findings.append(
                Finding("error", _TABLE, where, "finding.published_place", "repair.published_place",
                        {"value": name, "nearest": nearest})
            )  # fmt: skip
            return None
        if place[:2].upper() != state:
            self.findings.append(
                Finding("warning", _TABLE, where, "finding.published_state", "repair.published_state",
                        {"value": name, "place": place, "state": code})
            )  # fmt: skip
        return "post", place

    def number(self, line: Line, column: str, text: str) -> float | None:
        """A number within the bounds of its declared column, or a finding."""
        declared = table(_TABLE)["year" if column == "year" else "value"]
        where = f"{self.file}:{line.number}:{column}"
        try:
            value = float(re.sub(r"\s", "", text).replace(",", "."))
        except ValueError:
            value = math.nan
        if not math.isfinite(value) or (column == "year" and value != int(value)):
            self.findings.append(
                Finding("error", _TABLE, where, "finding.number", "repair.number",
                        {"column": column, "value": text})
            )  # fmt: skip
            return None
        low, high = declared.minimum or 0, declared.maximum or math.inf
        if not low <= value <= high:
            self.findings.append(
                Finding("error", _TABLE, where, "finding.range", "repair.range",
                        {"column": column, "value": value, "min": low, "max": high})
            )  # fmt: skip
            return None
        return value

    def add(
        self, line: Line, about: tuple[str, str], mode: str, year: int, figure: str, value: float
    ) -> None:
        indicator, direction = _FIGURES[figure]
        scope, key = about
        slug = "-".join((key.lower(), mode, direction, indicator.replace("_", "-"), str(year)))
        here = f"{self.file}:{line.number}:{figure}"
        if slug in self.rows:
            if self.rows[slug]["value"] != value:
                self.findings.append(
                    Finding("error", _TABLE, here, "finding.duplicate", "repair.duplicate",
                            {"column": figure, "value": slug, "other": self.homes[slug]})
                )  # fmt: skip
            return
        self.homes[slug] = here
        self.rows[slug] = {
            "figure": slug, "scope": scope, "key": key, "mode": mode, "direction": direction,
            "indicator": indicator, "value": value, "year": year, "n": None, "source": self.source,
            "quality": "published", "note": None,
        }  # fmt: skip
