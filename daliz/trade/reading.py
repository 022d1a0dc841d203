"""Trade statistics of a user: our columns, or those of UN Comtrade.

Question: how does a file of trade become rows of table `trade`?
In and out: a CSV file in; a frame of `trade` out.
Method: a file with the columns of Comtrade (reporterISO, partnerISO, flowCode, cmdCode, primaryValue,
refYear, netWgt) is turned row by row; any other file must have our columns.
Limits: states are told by ISO 3166-1 codes of two or three letters; totals over goods (TOTAL) and partners
(W00) are left out, because the rows below them add up to them.
"""

from __future__ import annotations

import csv
from functools import cache
from typing import TYPE_CHECKING

from daliz.errors import BadTable, BadValue, Finding
from daliz.schema import Row, read_table, table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import polars as pl


__all__ = ["read"]

_ASKED = ("reporterISO", "partnerISO", "flowCode", "cmdCode", "primaryValue", "refYear")
_FLOWS = {"X": "export", "M": "import", "RX": None, "RM": None, "DX": None, "FM": None}
_TOTALS = ("TOTAL", "AG2", "AG4", "AG6")
_WORLD = ("W00", "WLD")


def read(path: Path) -> pl.DataFrame:
    """Rows of table `trade` of a CSV file.

    Raises
    ------
    BadValue
        when there is no such file or it is not text.
    BadTable
        when rows do not fit; names file, row, column and repair.
    """
    if not path.is_file():
        raise BadValue("error.trade_file", path=str(path))
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            head = reader.fieldnames or []
            if all(name in head for name in _ASKED):
                return _comtrade(path, reader)
    except UnicodeDecodeError:
        raise BadValue("error.trade_file", path=str(path)) from None
    rows, findings = read_table("trade", path)
    if findings:
        raise BadTable(findings)
    return table("trade").frame(rows)


@cache
def _codes() -> dict[str, str]:
    """ISO 3166-1 codes of three letters to those of two, as the calendar package lists them."""
    from holidays.registry import COUNTRIES

    return {row[2]: row[1] for row in COUNTRIES.values()}


def _comtrade(path: Path, reader: csv.DictReader[str]) -> pl.DataFrame:
    rows, codes = list[Row](), _codes()
    findings: list[Finding] = []
    for number, raw in enumerate(reader, start=2):
        if (
            raw["cmdCode"] in _TOTALS
            or raw["partnerISO"] in _WORLD
            or _FLOWS.get(raw["flowCode"], "") is None
        ):
            continue
        row, wrong = _row(raw, codes, f"{path.stem}-{number}")
        if wrong:
            where = f"{path.name}:{number}:{wrong[0]}"
            findings.append(
                Finding(
                    "error",
                    "trade",
                    where,
                    "finding.trade_cell",
                    "repair.trade_cell",
                    {"column": wrong[0], "value": wrong[1]},
                )
            )
        else:
            rows.append(row)
    if findings:
        raise BadTable(findings)
    return table("trade").frame(rows)


def _row(raw: Mapping[str, str], codes: Mapping[str, str], key: str) -> tuple[Row, tuple[str, str] | None]:
    """One row of ours, or the column that does not fit with its value."""
    states = []
    for column in ("reporterISO", "partnerISO"):
        code = raw[column].strip().upper()
        code = codes.get(code, code)
        if len(code) != 2:
            return {}, (column, raw[column])
        states.append(code)
    flow = _FLOWS.get(raw["flowCode"].strip())
    if flow is None:
        return {}, ("flowCode", raw["flowCode"])
    if not raw["cmdCode"].strip().isdigit():
        return {}, ("cmdCode", raw["cmdCode"])
    numbers = {}
    for column, needed in (("primaryValue", True), ("refYear", True), ("netWgt", False)):
        word = (raw.get(column) or "").strip()
        try:
            numbers[column] = float(word) if word or needed else None
        except ValueError:
            return {}, (column, word)
    year, weight = numbers["refYear"], numbers["netWgt"]
    return {
        "trade": key,
        "year": int(year or 0),
        "reporter": states[0],
        "partner": states[1],
        "flow": flow,
        "hs": raw["cmdCode"].strip(),
        "value_usd": numbers["primaryValue"],
        "tonnes": None if weight is None else weight / 1000,
        "currency": None,
        "source": "un-comtrade",
        "quality": "published",
    }, None
