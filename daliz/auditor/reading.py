"""A file of published figures becomes claims.

Question: is this file a list of claims, a table of indicators or text, and does every cell fit?
In and out: a CSV, TSV, JSON, YAML, text or Markdown file in; `Claims` out, or a refusal that names file, row,
column and repair.
Method: a header with `claim` and `value` is a list of claims; any other table is read as indicators, long (a
column `indicator` and a `value`) or wide (a column a measure, such as `tfi1_inbound_average`, or a column a
year). Numbers are kept as printed: JSON and YAML are read without turning them into floats.
Limits: one table a file, up to 32 MB; spreadsheets are saved as CSV first. YAML may not use anchors, so that
a small file cannot unfold into a large one. `tfi4` is read as speed with delay, as CPMM publishes it beside
`swod`.
"""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any

from daliz.auditor.claims import Claim, Claims
from daliz.errors import BadTable, BadValue, Finding
from daliz.gazetteer import fold
from daliz.schema import read_table, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import polars as pl

    from daliz.schema import Row

__all__ = ["form_of", "read_claims", "read_indicators", "read_measured", "read_rows", "read_text"]

TABLE = "claims"
MOST_BYTES = 32 * 2**20
TEXT = (".txt", ".md", ".rst", ".html")
_MEMBERS = frozenset(("AF", "AZ", "CN", "GE", "KZ", "KG", "MN", "PK", "TJ", "TM", "UZ"))
"""States of the region that CPMM reports on."""

_SUBJECT = ("bcp_name", "place", "post", "key", "subject", "corridor", "country_code", "country", "region")
_ALIASES = {
    "transport_mode": "mode", "sample": "n", "count": "n", "samples": "n", "unit": "unit", "n": "n",
    "source": "source", "mode": "mode", "direction": "direction", "year": "year", "period": "period",
    "note": "text", "text": "text", "scope": "scope", "figure": "claim", "id": "claim",
    "comparator": "comparator", "quality": "",
}  # fmt: skip
_MEASURES = {
    "tfi1": "tfi1_h", "tfi2": "tfi2_usd", "tfi3": "tfi3_usd", "tfi4": "swd_kmh", "swod": "swod_kmh",
    "swd": "swd_kmh", "tfi1_h": "tfi1_h", "tfi2_usd": "tfi2_usd", "tfi3_usd": "tfi3_usd",
    "swod_kmh": "swod_kmh", "swd_kmh": "swd_kmh",
}  # fmt: skip
_WORDS = {
    "inbound": "in", "outbound": "out", "overall": "both", "in": "in", "out": "out", "both": "both",
    "average": "", "mean": "", "avg": "",
}  # fmt: skip
_MODES = {"railway": "rail", "train": "rail", "truck": "road", "ferry": "sea", "ship": "sea"}
_DIRECTIONS = {"inbound": "in", "outbound": "out", "overall": "both", "import": "in", "export": "out"}
_BLANK = frozenset({"", "-", "–", "—", "n/a", "na", "nan", "null", "none", "...", "…", "~"})
_YEAR = re.compile(r"(?:19|20)\d\d")
_COMMA = re.compile(r"[+-]?\d+,\d{1,2}|[+-]?\d{1,3},\d")


def read_text(path: Path) -> str:
    """The text of a file.

    Raises
    ------
    BadValue
        when it cannot be read, is larger than 32 MB, or is not UTF-8.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadValue("error.audit_large", path=str(path), most=MOST_BYTES // 2**20)
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise BadTable([_finding(path, line, "", "finding.encoding", {})]) from None
    except OSError as error:
        raise BadValue("error.audit_file", path=str(path), reason=error.strerror or str(error)) from None


def form_of(path: Path) -> str:
    """`text`, `claims` or `table`, from the ending of the name and the columns."""
    if path.is_dir():
        return "table"
    if path.suffix.casefold() in TEXT:
        return "text"
    header, _ = read_rows(path)
    return "claims" if {"claim", "value", "indicator"} <= set(header) else "table"


def read_rows(path: Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """Column names, and the rows with their numbers, each cell as it is printed.

    Raises
    ------
    BadValue
        when the file cannot be read or is no table.
    """
    kind, text = path.suffix.casefold(), read_text(path)
    if kind in (".csv", ".tsv"):
        return _csv_rows(path, text)
    if kind not in (".json", ".yaml", ".yml"):
        raise BadValue("error.audit_kind", path=str(path), kinds="csv, tsv, json, yaml, txt, md")
    try:
        data = _json(text) if kind == ".json" else _yaml(text)
    except (ValueError, RecursionError) as error:
        raise BadValue("error.audit_file", path=str(path), reason=str(error)) from None
    records = next((data[name] for name in ("claims", "rows", "data") if name in data), None) if isinstance(
        data, dict) else data  # fmt: skip
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise BadValue("error.audit_shape", path=str(path))
    rows = [
        (number, {str(name): _cell(value) for name, value in record.items()})
        for number, record in enumerate(records, start=1)
    ]
    header = list(dict.fromkeys(name for _, row in rows for name in row))
    return header, rows


def _csv_rows(path: Path, text: str) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    first = text.partition("\n")[0]
    mark = "\t" if path.suffix.casefold() == ".tsv" else max(",;\t", key=first.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=mark, restkey="_extra", strict=True)
    rows: list[tuple[int, dict[str, str]]] = []
    try:
        header = [word.strip() for word in reader.fieldnames or []]
        reader.fieldnames = header
        for row in reader:
            if "_extra" in row:
                raise BadTable(
                    [_finding(path, reader.line_num, "", "finding.extra_cells", {"value": row["_extra"]})]
                )
            rows.append((reader.line_num, {name: value or "" for name, value in row.items()}))
    except csv.Error as error:
        reason = f"{reader.line_num}: {error}"
        raise BadValue("error.audit_file", path=str(path), reason=reason) from None
    twice = sorted({word for word in header if header.count(word) > 1})
    if twice:
        raise BadTable([_finding(path, 1, word, "finding.column_twice", {}) for word in twice])
    return header, rows


def _json(text: str) -> Any:
    return json.loads(text, parse_float=str, parse_int=str, parse_constant=str)


def _yaml(text: str) -> Any:
    """Plain YAML with every scalar as printed; anchors are refused before anything is built."""
    import yaml

    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.BaseLoader)):
            msg = "anchors are not read"
            raise ValueError(msg)
        return yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506  builds strings, lists and mappings only
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from None


def _cell(value: object) -> str:
    if value is None or value in ("null", "~"):
        return ""
    return ";".join(str(word) for word in value) if isinstance(value, list) else str(value)


def read_claims(path: Path) -> Claims:
    """The claims of a file of table `claims`.

    Raises
    ------
    BadTable
        when cells do not fit, a name is missing or stands twice, or parts name each other in a circle.
    BadValue
        when the file cannot be read or holds no claim.
    """
    if path.suffix.casefold() == ".csv" and "," in read_text(path).partition("\n")[0]:
        try:
            rows, findings = read_table(TABLE, path)
        except csv.Error as error:
            raise BadValue("error.audit_file", path=str(path), reason=str(error)) from None
    else:
        header, raw = read_rows(path)
        known = {column.name for column in table(TABLE).columns}
        findings = [
            _finding(path, 1, word, "finding.unknown_column", {}) for word in header if word not in known
        ]
        rows = []
        if not findings:
            rows, findings = _parse(raw, path)
    if findings:
        raise BadTable(findings)
    if not rows:
        raise BadValue("error.audit_empty", path=str(path))
    broken = _references(rows, path)
    if broken:
        raise BadTable(broken)
    return Claims(path.name, tuple(Claim(row) for row in rows))


def _parse(raw: Iterable[tuple[int, Mapping[str, str]]], path: Path) -> tuple[list[Row], list[Finding]]:
    """Typed claims of printed cells, and a finding for each cell that does not fit."""
    rows: list[Row] = []
    findings: list[Finding] = []
    for number, record in raw:
        row: Row = {"_file": path.name, "_row": number}
        bad = len(findings)
        for column in table(TABLE).columns:
            try:
                row[column.name] = column.parse(record.get(column.name, ""))
            except ValueError as misfit:  # the schema says its key first and holds the values beside it
                key, values = str(misfit.args[0]), getattr(misfit, "values", {})
                findings.append(_finding(path, number, column.name, key, values))
        if len(findings) == bad:
            rows.append(row)
    return rows, findings


def _finding(path: Path, number: int, column: str, key: str, values: Mapping[str, object]) -> Finding:
    return Finding(
        "error", TABLE, f"{path.name}:{number}:{column}", key, f"repair.{key.removeprefix('finding.')}",
        {"column": column, **values},
    )  # fmt: skip


def _references(rows: list[Row], path: Path) -> list[Finding]:
    """Names that stand twice, bases and parts that are not there, parts that are their own whole."""
    findings: list[Finding] = []
    ids: dict[str, Row] = {}
    for row in rows:
        if row["claim"] in ids:
            other = f"{path.name}:{ids[row['claim']]['_row']}"
            findings.append(
                _finding(path, row["_row"], "claim", "finding.duplicate",
                         {"value": row["claim"], "other": other})
            )  # fmt: skip
        ids.setdefault(str(row["claim"]), row)
    for row in rows:
        lost = [("parts", part) for part in row["parts"] if part not in ids]
        if row["base"] and row["base"] not in ids and not _is_number(str(row["base"])):
            lost.append(("base", row["base"]))
        for column, name in lost:
            findings.append(
                _finding(path, row["_row"], column, "finding.dangling", {"value": name, "target": TABLE})
            )
        if row["claim"] in (*row["parts"], row["base"]):
            findings.append(
                Finding("error", TABLE, f"{path.name}:{row['_row']}:parts", "finding.audit_own_part",
                        "repair.audit_own_part", {"column": "parts"})
            )  # fmt: skip
    return findings


def _is_number(text: str) -> bool:
    try:
        table(TABLE)["value"].parse(text)
    except ValueError:
        return False
    return True


def read_indicators(path: Path) -> Claims:
    """The claims of a table of published indicators, long or wide; a folder is all its CSV files together.

    Raises
    ------
    BadTable
        when a cell of a value or a year does not fit; names file, row and column.
    BadValue
        when no column holds a value.
    """
    files = sorted(path.glob("*.csv")) if path.is_dir() else [path]
    rows: list[Row] = []
    findings: list[Finding] = []
    ignored: list[str] = []
    blank = 0
    for file in files:
        cells, unused, empty = _cells(file, f"{file.stem}:" if path.is_dir() else "")
        fresh, misfits = _parse(cells, file)
        rows, findings, ignored = rows + fresh, findings + misfits, ignored + unused
        blank += empty
    if not findings:
        findings = _references(rows, path)
    if findings:
        raise BadTable(findings)
    if not rows:
        raise BadValue("error.audit_empty", path=str(path))
    return Claims(path.name, tuple(Claim(row) for row in rows), tuple(dict.fromkeys(ignored)), blank)


def _cells(path: Path, prefix: str) -> tuple[list[tuple[int, dict[str, str]]], list[str], int]:
    """Every value of one table as the cells of a claim, the columns not used, and how many are blank."""
    header, raw = read_rows(path)
    names = {column: column.strip().casefold().replace(" ", "_") for column in header}
    measures = _value_columns(names)
    if not measures:
        raise BadValue("error.audit_no_values", path=str(path), columns=", ".join(header) or "–")
    meant = {column: _ALIASES.get(name) for column, name in names.items()}
    subjects = [c for wanted in _SUBJECT for c, name in names.items() if name == wanted]
    cells: list[tuple[int, dict[str, str]]] = []
    blank = 0
    for number, row in raw:
        common = _common(row, meant, subjects, names)
        for column, extra in measures.items():
            printed = row.get(column, "").strip()
            if printed.casefold() in _BLANK:
                blank += 1
                continue
            indicator = extra.get("indicator") or _long_indicator(row, names)
            claim = {**common, **extra, "indicator": indicator, "value": printed}
            own = common.get("claim") if len(measures) == 1 else None
            claim["claim"] = own or f"{prefix}{number}:{column}"
            cells.append((number, claim))
    used = {*measures, *subjects, *(c for c, name in meant.items() if name is not None)}
    used |= {c for c, name in names.items() if name == "indicator"}
    return cells, [column for column in header if column not in used], blank


def _value_columns(names: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Columns that hold values, with the indicator, direction or year that their heading says."""
    found: dict[str, dict[str, str]] = {}
    for column, name in names.items():
        if name == "value" and "indicator" in names.values():
            found[column] = {}
        elif _YEAR.fullmatch(name) and "indicator" in names.values():
            found[column] = {"year": name}
        elif (heading := _heading(name)) is not None:
            found[column] = heading
    return found


def _heading(name: str) -> dict[str, str] | None:
    """Indicator and direction of a heading such as `tfi1_inbound_average`."""
    words = name.split("_")
    if words[0] not in _MEASURES:
        return None
    rest = [word for word in words[1:] if word not in ("h", "usd", "kmh")]
    if any(word not in _WORDS for word in rest):
        return None
    direction = next((_WORDS[word] for word in rest if _WORDS[word]), "")
    return {"indicator": _MEASURES[words[0]]} | ({"direction": direction} if direction else {})


def _long_indicator(row: Mapping[str, str], names: Mapping[str, str]) -> str:
    column = next(column for column, name in names.items() if name == "indicator")
    name = row.get(column, "").strip()
    return _MEASURES.get(name.casefold(), name)


def _common(
    row: Mapping[str, str], meant: Mapping[str, str | None], subjects: list[str], names: Mapping[str, str]
) -> dict[str, str]:
    """The columns of a claim that every value of a row shares."""
    common = {name: row.get(column, "").strip() for column, name in meant.items() if name}
    mode, direction = common.get("mode", "").casefold(), common.get("direction", "").casefold()
    common["mode"] = _MODES.get(mode, mode)
    common["direction"] = _DIRECTIONS.get(direction, direction)
    named = [
        (names[column], row.get(column, "").strip()) for column in subjects if row.get(column, "").strip()
    ]
    if named:
        common["subject"] = named[0][1]
        common["within"] = _whole(named, common.get("scope", ""))
    return common


def _whole(named: list[tuple[str, str]], scope: str) -> str:
    """The state of a post (from its column, or the first letters of its id), the region of a state."""
    kind, subject = named[0]
    state = next((value for name, value in named[1:] if name in ("country_code", "country")), "")
    if state and fold(state) != fold(subject):
        return state
    prefix = subject.partition("-")[0].upper()
    if scope == "post" and prefix in _MEMBERS:
        return prefix
    if subject.upper() in _MEMBERS and (scope == "country" or kind in ("country", "country_code")):
        return "CAREC"
    return ""


def read_measured(path: Path) -> pl.DataFrame:
    """A file of measured indicators, every cell as printed.

    Raises
    ------
    BadValue
        when it cannot be read, or lacks a column that is needed.
    """
    import polars as pl

    header, rows = read_rows(path)
    lacking = [column for column in ("indicator", "value", "low", "high") if column not in header]
    if lacking:
        raise BadTable([_finding(path, 1, column, "finding.missing_column", {}) for column in lacking])
    return pl.DataFrame([row for _, row in rows], schema=dict.fromkeys(header, pl.String))
