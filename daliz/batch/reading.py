"""A file of scenarios: rows of edits with the scenario each belongs to.

Question: which scenarios does the file hold, and do the rows of each give what their actions need?
In and out: a CSV file, or JSON (a list of objects, or an object with `edits`), in; `Scenario`s in the order
in which they first appear out, `today` always first.
Method: cells by the declared table `scenario_edits`; a file that is no such table is refused whole, a row
that does not fit refuses its scenario alone. Columns that `quarantine` adds are passed over.
Limits: whether the network knows the names is found when the edits are applied.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from daliz.errors import BadTable, BadValue, Finding
from daliz.scenario import checked_rows
from daliz.schema import table, typed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from daliz.schema import Row

__all__ = ["NOTES", "SCENARIO", "TODAY", "Scenario", "read_scenarios"]

SCENARIO = "scenario"
TODAY = "today"
"""Name of the scenario without edits."""
NOTES = ("refused_at", "refusal", "repair")
"""Columns that say why a row was refused; they are not read."""
_TABLE = "scenario_edits"


@dataclass(frozen=True)
class Scenario:
    """Edits in order; `cells` are its rows as they were read, `findings` what does not fit in them."""

    name: str
    edits: tuple[Row, ...]
    cells: tuple[tuple[int, Mapping[str, str]], ...] = ()
    findings: tuple[Finding, ...] = ()


def read_scenarios(path: Path) -> tuple[Scenario, ...]:
    """The scenarios of a file, `today` first.

    Raises
    ------
    BadValue
        when the file cannot be read or holds no scenario.
    BadTable
        when its columns are not those of edits, or a row names no scenario; names file, row and column.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
        records = _of_json(path, text) if path.suffix.casefold() == ".json" else _of_csv(path, text)
    except (OSError, UnicodeDecodeError, csv.Error, json.JSONDecodeError) as error:
        raise BadValue("error.scenario_file", path=str(path), reason=str(error)) from None
    by_name: dict[str, list[tuple[int, dict[str, str]]]] = {}
    findings: list[Finding] = []
    for number, cells in records:
        name = cells.get(SCENARIO, "").strip()
        if not name:
            findings.append(_finding(path, number, SCENARIO, "finding.required", "repair.required"))
        by_name.setdefault(name, []).append((number, cells))
    if any(not _empty(cells) for _, cells in by_name.get(TODAY, ())):
        number = by_name[TODAY][0][0]
        findings.append(_finding(path, number, SCENARIO, "finding.batch_today", "repair.batch_today"))
    if findings:
        raise BadTable(findings)
    if not by_name:
        raise BadValue("error.batch_empty", path=str(path))
    by_name.pop(TODAY, None)
    return (Scenario(TODAY, ()), *(_scenario(path, name, rows) for name, rows in by_name.items()))


def _scenario(path: Path, name: str, rows: list[tuple[int, dict[str, str]]]) -> Scenario:
    if len(rows) == 1 and _empty(rows[0][1]):
        return Scenario(name, (), tuple(rows))
    edits: list[Row] = []
    findings: list[Finding] = []
    for number, cells in rows:
        row, misfits = typed(_TABLE, cells)
        findings += [
            _finding(path, number, column, key, f"repair.{key.removeprefix('finding.')}", **values)
            for column, key, values in misfits
        ]
        if not misfits:
            edits.append(row | {"_file": path.name, "_row": number})
    return Scenario(name, tuple(edits), tuple(rows), (*findings, *checked_rows(edits)))


def _empty(cells: Mapping[str, str]) -> bool:
    """Whether a row names a scenario and no edit."""
    return not any(cells.get(column, "").strip() for column in ("edit", "action", "target"))


def _finding(path: Path, number: int, column: str, key: str, repair: str, **values: object) -> Finding:
    return Finding(
        "error", _TABLE, f"{path.name}:{number}:{column}", key, repair, {"column": column, **values}
    )


def _of_csv(path: Path, text: str) -> list[tuple[int, dict[str, str]]]:
    with io.StringIO(text, newline="") as lines:
        reader = csv.DictReader(lines, restkey="_extra", strict=True)
        header = list(reader.fieldnames or [])
        _refuse_columns(path, header)
        records = []
        for number, raw in enumerate(reader, start=2):
            extra: Any = raw.pop("_extra", None)
            if extra is not None:
                raise BadTable(
                    [_finding(path, number, "", "finding.extra_cells", "repair.extra_cells", value=extra)]
                )
            records.append((number, {column: cell or "" for column, cell in raw.items()}))
    return records


def _of_json(path: Path, text: str) -> list[tuple[int, dict[str, str]]]:
    data = json.loads(text)
    records = data.get("edits") if isinstance(data, dict) else data
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise BadValue("error.scenario_shape", path=str(path))
    _refuse_columns(path, list(dict.fromkeys(key for record in records for key in record)) or [SCENARIO])
    return [
        (number, {key: _cell(value) for key, value in record.items()})
        for number, record in enumerate(records, start=1)
    ]


def _cell(value: object) -> str:
    if value is None:
        return ""
    return ";".join(str(word) for word in value) if isinstance(value, list) else str(value)


def _refuse_columns(path: Path, header: list[str]) -> None:
    known = {column.name for column in table(_TABLE).columns} | {SCENARIO, *NOTES}
    findings = [
        _finding(path, 1, word, "finding.unknown_column", "repair.unknown_column")
        for word in header
        if word not in known
    ]
    findings += [
        _finding(path, 1, word, "finding.column_twice", "repair.column_twice")
        for word in sorted({word for word in header if header.count(word) > 1})
    ]
    if SCENARIO not in header:
        findings.append(_finding(path, 1, SCENARIO, "finding.missing_column", "repair.missing_column"))
    if findings:
        raise BadTable(findings)
