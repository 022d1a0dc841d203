"""Every table is declared once, in `schema/<table>.csv`; everything else is derived from it.

Question: which columns, types, units, keys and limits does a table have, and does a file keep to them?
In and out: CSV files by table folder in; polars frames and findings (file, row, column, repair) out.
Method: row-wise typed parsing with the csv module so that each refusal can name its cell; keys are
checked over all tables once they are loaded.
Limits: curated tables are thousands of rows, not millions; logs are read by `daliz.io`.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daliz.errors import BadTable, BadValue, Finding
from daliz.units import parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import polars as pl

__all__ = [
    "Column", "Row", "Table", "check_keys", "load_folder", "read_table", "table", "table_names", "typed",
]  # fmt: skip

Row = dict[str, Any]
"""One row of a declared table: column name to the value its declared type says."""

_FOLDER = Path(__file__).parent
_SLUG = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*")
_FIGURE = re.compile(r"[+-]?(?:\d{1,18}|\d{1,3}(?:[ \u00a0\u202f]\d{3}){1,5})(?:\.\d{1,12})?")
_HOURS_DAY = r"(?:Mo|Tu|We|Th|Fr|Sa|Su)"
_HOURS_RULE = re.compile(
    rf"(?:24/7|{_HOURS_DAY}(?:-{_HOURS_DAY})?(?:,{_HOURS_DAY}(?:-{_HOURS_DAY})?)*"
    r" \d{2}:\d{2}-\d{2}:\d{2}(?:,\d{2}:\d{2}-\d{2}:\d{2})*)"
)


@dataclass(frozen=True)
class Column:
    """One declared column. `values` are the allowed words of an enum or list; units are in `unit`."""

    name: str
    type: str
    unit: str
    key: str
    required: bool
    values: tuple[str, ...]
    default: str
    minimum: float | None
    maximum: float | None
    description: str

    @property
    def foreign(self) -> tuple[str, str] | None:
        """(table, column) that the values must exist in, or None."""
        if not self.key.startswith("fk:"):
            return None
        target, column = self.key[3:].split(".")
        return target, column

    def parse(self, raw: str) -> object:
        """The typed value of one cell; ValueError(key, values) when it does not fit."""
        text = raw.strip() or self.default
        if text == "":
            if self.required:
                raise _Misfit("finding.required", {})
            return [] if self.type == "list" else None
        value = self._within(_PARSERS[self.type](text, self))
        if value == [] and self.required:
            raise _Misfit("finding.required", {})
        return value

    def _within(self, value: object) -> object:
        if isinstance(value, int | float):
            low, high = self.minimum, self.maximum
            if (low is not None and value < low) or (high is not None and value > high):
                limits = {"min": "−∞" if low is None else low, "max": "∞" if high is None else high}
                raise _Misfit("finding.range", {"value": value, **limits})
        return value


class _Misfit(ValueError):
    def __init__(self, key: str, values: dict[str, object]) -> None:
        self.key = key
        self.values = values
        super().__init__(key)


def _text(text: str, _: Column) -> str:
    return text


def _slug(text: str, column: Column) -> str:
    if text == "*" and column.default == "*":
        return text
    if not _SLUG.fullmatch(text):
        raise _Misfit("finding.slug", {"value": text})
    return text


def _float(text: str, _: Column) -> float:
    try:
        number = float(text)
    except ValueError:
        raise _Misfit("finding.number", {"value": text}) from None
    if not math.isfinite(number):
        raise _Misfit("finding.number", {"value": text})
    return number


def _int(text: str, column: Column) -> int:
    number = _float(text, column)
    if number != int(number):
        raise _Misfit("finding.integer", {"value": text})
    return int(number)


def _figure(text: str, _: Column) -> str:
    """A number kept as it is printed, because its digits say how it was rounded."""
    printed = text.replace("\u2212", "-")
    if not _FIGURE.fullmatch(printed):
        raise _Misfit("finding.number", {"value": text})
    return re.sub(r"\s", "", printed)


def _date(text: str, _: Column) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise _Misfit("finding.date", {"value": text}) from None


def _instant(text: str, _: Column) -> dt.datetime:
    try:
        return parse_instant(text)
    except ValueError:
        raise _Misfit("finding.instant", {"value": text}) from None


def _enum(text: str, column: Column) -> str:
    if text not in column.values:
        raise _Misfit("finding.enum", {"value": text, "allowed": ", ".join(filter(None, column.values))})
    return text


def _list(text: str, column: Column) -> list[str]:
    words = [word.strip() for word in text.split(";") if word.strip()]
    if column.values:
        for word in words:
            _enum(word, column)
    return words


def _hours(text: str, _: Column) -> str:
    for rule in text.split(";"):
        if not _HOURS_RULE.fullmatch(rule.strip()):
            raise _Misfit("finding.hours", {"value": text})
        for clock in re.findall(r"(\d{2}):(\d{2})", rule):
            if int(clock[0]) * 60 + int(clock[1]) > 24 * 60 or int(clock[1]) > 59:
                raise _Misfit("finding.hours", {"value": text})
    return "; ".join(rule.strip() for rule in text.split(";"))


def _departures(text: str, column: Column) -> str:
    for rule in text.split(";"):
        days, _, clocks = rule.strip().partition(" ")
        spans = ",".join(f"{clock}-{clock}" for clock in clocks.split(","))
        _hours(f"{days} {spans}", column)
    return "; ".join(rule.strip() for rule in text.split(";"))


def _shape(text: str, _: Column) -> str:
    for point in text.split(";"):
        parts = point.split()
        try:
            lat, lon = (float(part) for part in parts)
        except ValueError:
            raise _Misfit("finding.shape", {"value": point.strip()}) from None
        if not (-90 <= lat <= 90 and -180 <= lon <= 180):
            raise _Misfit("finding.shape", {"value": point.strip()})
    return text


_PARSERS = {
    "text": _text, "slug": _slug, "float": _float, "int": _int, "date": _date,
    "instant": _instant, "enum": _enum, "list": _list, "hours": _hours, "departures": _departures,
    "shape": _shape, "figure": _figure,
}  # fmt: skip


@dataclass(frozen=True)
class Table:
    """One declared table: its name and its columns in order."""

    name: str
    columns: tuple[Column, ...]

    @property
    def primary(self) -> str:
        """Name of the primary key column."""
        return next(column.name for column in self.columns if column.key == "pk")

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def polars_schema(self) -> dict[str, pl.DataType | type[pl.DataType]]:
        """Column types as polars names them; text for words, lists of text for lists."""
        import polars as pl

        types: dict[str, Any] = {
            "float": pl.Float64,
            "int": pl.Int64,
            "date": pl.Date,
            "instant": pl.Datetime("us", "UTC"),
            "list": pl.List(pl.String),
        }
        return {column.name: types.get(column.type, pl.String) for column in self.columns}

    def frame(self, rows: Iterable[Mapping[str, object]]) -> pl.DataFrame:
        """A polars frame of typed rows with every declared column, in order."""
        import polars as pl

        schema = self.polars_schema()
        data = [{name: row.get(name) for name in schema} for row in rows]
        return pl.DataFrame(data, schema=schema, orient="row")

    def empty(self) -> pl.DataFrame:
        """The table with no rows."""
        return self.frame([])


@cache
def table_names() -> tuple[str, ...]:
    """Names of all declared tables, sorted."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.csv")))


@cache
def table(name: str) -> Table:
    """The declaration of one table; KeyError when it is not declared."""
    path = _FOLDER / f"{name}.csv"
    if not path.exists():
        raise KeyError(name)
    with path.open(encoding="utf-8", newline="") as lines:
        return Table(name, tuple(_column(row) for row in csv.DictReader(lines)))


def _column(row: dict[str, str]) -> Column:
    return Column(
        name=row["column"],
        type=row["type"],
        unit=row["unit"],
        key=row["key"],
        required=row["required"] == "yes",
        values=tuple(row["values"].split("|")) if row["values"] else (),
        default=row["default"],
        minimum=float(row["min"]) if row["min"] else None,
        maximum=float(row["max"]) if row["max"] else None,
        description=row["description"],
    )


def read_table(name: str, path: Path) -> tuple[list[dict[str, object]], list[Finding]]:
    """Typed rows of one CSV file of table `name`, and a finding for each cell that does not fit.

    A row with a misfit is left out of the rows; the caller decides whether that stops the work.
    """
    declared = table(name)
    findings: list[Finding] = []
    rows: list[dict[str, object]] = []
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return [], [_misfit(name, path, line, "", _Misfit("finding.encoding", {}))]
    with io.StringIO(text, newline="") as lines:
        reader = csv.DictReader(lines, restkey="_extra")
        header = reader.fieldnames or []
        known = {column.name for column in declared.columns}
        for unknown in (word for word in header if word not in known):
            findings.append(_misfit(name, path, 1, unknown, _Misfit("finding.unknown_column", {})))
        for twice in sorted({word for word in header if header.count(word) > 1}):
            findings.append(_misfit(name, path, 1, twice, _Misfit("finding.column_twice", {})))
        for column in declared.columns:
            if column.required and not column.default and column.name not in header:
                findings.append(_misfit(name, path, 1, column.name, _Misfit("finding.missing_column", {})))
        if findings:
            return [], findings
        for number, raw in enumerate(reader, start=2):
            row, misfits = _typed_row(declared, raw)
            if misfits:
                findings += [_misfit(name, path, number, column, misfit) for column, misfit in misfits]
            else:
                rows.append(row | {"_file": path.name, "_row": number})
    return rows, findings


def typed(name: str, raw: Mapping[str, object]) -> tuple[Row, list[tuple[str, str, dict[str, object]]]]:
    """The typed row of table `name` from its cells as text, and (column, message key, values) of each misfit.

    Columns that are not among the cells are empty; cells of other names are not looked at.
    """
    row, misfits = _typed_row(table(name), dict(raw))
    return row, [(column, misfit.key, misfit.values) for column, misfit in misfits]


def _typed_row(
    declared: Table, raw: dict[str, object]
) -> tuple[dict[str, object], list[tuple[str, _Misfit]]]:
    misfits: list[tuple[str, _Misfit]] = []
    row: dict[str, object] = {}
    if "_extra" in raw:
        misfits.append(("", _Misfit("finding.extra_cells", {"value": raw["_extra"]})))
    for column in declared.columns:
        try:
            row[column.name] = column.parse(str(raw.get(column.name) or ""))
        except _Misfit as misfit:
            misfits.append((column.name, misfit))
    return row, misfits


def _misfit(table_name: str, path: Path, number: int, column: str, misfit: _Misfit) -> Finding:
    where = f"{path.parent.name}/{path.name}:{number}:{column}"
    return Finding(
        "error", table_name, where, misfit.key, f"repair.{misfit.key.removeprefix('finding.')}",
        {"column": column, **misfit.values},
    )  # fmt: skip


def load_folder(folder: Path, strict: bool = True) -> tuple[dict[str, pl.DataFrame], list[Finding]]:
    """All tables of `folder/<table>/*.csv` as typed frames, and the findings on rows and keys.

    With `strict` the first table with misfits raises BadTable instead of dropping rows in silence.
    Duplicate primary keys and dangling foreign keys are findings of level error.
    """
    if not folder.is_dir() or not any((folder / name).is_dir() for name in table_names()):
        raise BadValue("error.not_a_folder", folder=str(folder))
    frames: dict[str, pl.DataFrame] = {}
    findings: list[Finding] = []
    home: dict[tuple[str, str], str] = {}
    for name in table_names():
        rows: list[dict[str, object]] = []
        key = table(name).primary
        for path in sorted((folder / name).glob("*.csv")):
            try:
                fresh, misfits = read_table(name, path)
            except OSError as error:
                findings.append(
                    _misfit(name, path, 0, "", _Misfit("finding.unreadable", {"reason": error.strerror}))
                )
                continue
            findings += misfits
            for row in fresh:
                here, value = f"{name}/{path.name}:{row['_row']}", str(row[key])
                if (name, value) in home:
                    twice = _Misfit("finding.duplicate", {"value": value, "other": home[name, value]})
                    findings.append(_misfit(name, path, int(str(row["_row"])), key, twice))
                    continue
                home[name, value] = here
                rows.append(row)
        frames[name] = table(name).frame(rows)
    for dangling in check_keys(frames):
        where = f"{home[dangling.table, dangling.row]}:{dangling.values['column']}"
        findings.append(replace(dangling, row=where))
    if strict and any(finding.level == "error" for finding in findings):
        raise BadTable([finding for finding in findings if finding.level == "error"])
    return frames, findings


def check_keys(frames: Mapping[str, pl.DataFrame]) -> list[Finding]:
    """A finding for every foreign key that points at no row."""
    findings: list[Finding] = []
    for name, frame in frames.items():
        declared = table(name)
        for column in declared.columns:
            if column.foreign is None or column.foreign[0] not in frames:
                continue
            target, target_column = column.foreign
            known = set(frames[target][target_column].to_list())
            for key, value in zip(frame[declared.primary], frame[column.name], strict=True):
                if value is not None and value not in known:
                    findings.append(
                        Finding("error", name, str(key), "finding.dangling", "repair.dangling",
                                {"column": column.name, "value": value, "target": target})
                    )  # fmt: skip
    return findings
