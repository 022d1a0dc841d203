"""A scenario file as typed edits.

Question: is this file a table of edits, and does each row give what its action needs?
In and out: a CSV file, or JSON with the same columns (a list of objects, or an object with `edits`), in;
rows of `scenario_edits` and findings with file, row and column out.
Method: cells by the declared schema; then, by action, what must be there and what means nothing to it.
Limits: whether the network knows the names is found when the edits are applied.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from daliz.errors import BadTable, BadValue, Finding
from daliz.schema import read_table, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from daliz.schema import Row

__all__ = ["ACTIONS", "TABLE", "Needs", "checked", "checked_rows", "load", "misuse", "parse", "read", "where"]

TABLE = "scenario_edits"


@dataclass(frozen=True)
class Needs:
    """Columns that an action must have, those it may have, and the kinds of target it acts on."""

    must: tuple[str, ...]
    may: tuple[str, ...]
    kinds: tuple[str, ...]


ACTIONS = {
    "close": Needs(
        (), ("section", "mode"), ("country", "crossing", "place", "link", "leg", "sailing", "corridor")
    ),
    "slow": Needs(
        ("factor",), ("section", "mode"), ("country", "crossing", "link", "leg", "sailing", "corridor")
    ),
    "hours": Needs(("hours",), ("mode",), ("crossing", "place")),
    "remove_step": Needs(("code",), ("mode", "direction", "service"), ("crossing", "place")),
    "add_step": Needs(
        ("mode", "direction", "code", "mean_h", "party"), ("probability", "service"), ("place",)
    ),
    "add_capacity": Needs(
        ("servers",), ("servers_now", "utilisation", "mode", "direction", "code"), ("facility", "place")
    ),
    "draught": Needs(("change_cm",), ("service",), ("place", "link", "sailing")),
    "price": Needs(("factor",), ("mode", "service"), ("country", "link", "service")),
}
_ALWAYS = {"edit", "action", "target", "target_kind", "note"}


def where(edit: Mapping[str, Any], column: str = "target") -> str:
    """File, row and column of an edit, as findings name them."""
    return f"{edit.get('_file', TABLE)}:{edit.get('_row', edit['edit'])}:{column}"


def load(path: Path) -> tuple[Row, ...]:
    """The edits of a scenario file, in order.

    Raises
    ------
    BadValue
        when the file cannot be read or holds no edit.
    BadTable
        when rows do not fit; names file, row, column and repair.
    """
    edits, findings = read(path)
    if findings:
        raise BadTable(findings)
    return tuple(edits)


def read(path: Path) -> tuple[list[Row], list[Finding]]:
    """The edits of a scenario file that fit, and a finding for each cell that does not.

    Raises
    ------
    BadValue
        when the file cannot be read or holds no edit.
    """
    try:
        rows, findings = _json_rows(path) if path.suffix.casefold() == ".json" else _csv_rows(path)
    except (OSError, UnicodeDecodeError, csv.Error, json.JSONDecodeError) as error:
        raise BadValue("error.scenario_file", path=str(path), reason=str(error)) from None
    if not rows and not findings:
        raise BadValue("error.scenario_empty", path=str(path))
    return rows, [*findings, *checked_rows(rows)]


def checked_rows(rows: list[Row]) -> list[Finding]:
    """What typed edits lack, hold for nothing or name twice."""
    return [*_twice(rows), *(finding for row in rows for finding in misuse(row))]


def checked(records: Iterable[Mapping[str, object]], name: str = TABLE) -> tuple[Row, ...]:
    """Edits from plain data, in order; `name` stands for the file in findings.

    Raises
    ------
    BadTable
        when rows do not fit; names row, column and repair.
    """
    rows, findings = parse(records, name)
    findings += checked_rows(rows)
    if findings:
        raise BadTable(findings)
    return tuple(rows)


def _twice(rows: list[Row]) -> list[Finding]:
    findings: list[Finding] = []
    seen: dict[object, str] = {}
    for row in rows:
        here = where(row, "edit")
        if row["edit"] in seen:
            findings.append(
                Finding("error", TABLE, here, "finding.duplicate", "repair.duplicate",
                        {"value": row["edit"], "other": seen[row["edit"]]})
            )  # fmt: skip
        seen.setdefault(row["edit"], here)
    return findings


def _csv_rows(path: Path) -> tuple[list[Row], list[Finding]]:
    return read_table(TABLE, path)


def _json_rows(path: Path) -> tuple[list[Row], list[Finding]]:
    data = json.loads(path.read_text(encoding="utf-8-sig"))
    records = data.get("edits") if isinstance(data, dict) else data
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise BadValue("error.scenario_shape", path=str(path))
    return parse(records, path.name)


def parse(records: Iterable[Mapping[str, object]], name: str) -> tuple[list[Row], list[Finding]]:
    """Typed edits from plain data, and a finding for each cell that does not fit; the first edit is row 1."""
    declared = table(TABLE)
    known = {column.name for column in declared.columns}
    rows: list[Row] = []
    findings: list[Finding] = []
    for number, record in enumerate(records, start=1):
        row: Row = {"_file": name, "_row": number}
        misfits = [
            Finding("error", TABLE, f"{name}:{number}:{word}", "finding.unknown_column",
                    "repair.unknown_column", {"column": word})
            for word in record if word not in known
        ]  # fmt: skip
        for column in declared.columns:
            try:
                row[column.name] = column.parse(_cell(record.get(column.name)))
            except ValueError as misfit:  # the schema says its key first and holds the values beside it
                key, values = str(misfit.args[0]), getattr(misfit, "values", {})
                misfits.append(
                    Finding("error", TABLE, f"{name}:{number}:{column.name}", key,
                            f"repair.{key.removeprefix('finding.')}", {"column": column.name, **values})
                )  # fmt: skip
        findings += misfits
        if not misfits:
            rows.append(row)
    return rows, findings


def _cell(value: object) -> str:
    if value is None:
        return ""
    return ";".join(str(word) for word in value) if isinstance(value, list) else str(value)


def misuse(edit: Row) -> list[Finding]:
    """What the action lacks, and what it was given for nothing."""
    needs = ACTIONS[str(edit["action"])]
    found = [
        Finding("error", TABLE, where(edit, name), "finding.edit_lacks", "repair.edit_lacks",
                {"column": name, "action": edit["action"]})
        for name in needs.must if edit[name] in (None, [])
    ]  # fmt: skip
    allowed = ", ".join((*needs.must, *needs.may))
    for column in table(TABLE).columns:
        name = column.name
        if name not in _ALWAYS and name not in (*needs.must, *needs.may) and edit[name] not in (None, []):
            found.append(
                Finding("error", TABLE, where(edit, name), "finding.edit_unused", "repair.edit_unused",
                        {"column": name, "action": edit["action"], "allowed": allowed})
            )  # fmt: skip
    kind = edit["target_kind"]
    if kind and kind not in needs.kinds:
        found.append(
            Finding("error", TABLE, where(edit, "target_kind"), "finding.edit_kind", "repair.edit_kind",
                    {"target": edit["target"], "found": kind, "action": edit["action"],
                     "allowed": ", ".join(needs.kinds)})
        )  # fmt: skip
    return found
