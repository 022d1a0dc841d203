"""The declarations themselves: every schema CSV is well-formed and points at what exists."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import polars as pl
import pytest

import daliz.schema
from daliz.model.network import CURATED, DERIVED, FOUND, GIVEN, KEPT, LOGGED
from daliz.schema import table, table_names

FOLDER = Path(daliz.schema.__file__).parent
HEADER = ["column", "type", "unit", "key", "required", "values", "default", "min", "max", "description"]
TYPES = {
    *("text", "slug", "float", "int", "date", "enum", "list", "hours", "departures", "shape", "instant"),
    "figure",
}
UNITS = {"km": "km", "h": "h", "kmh": "km/h", "usd": "USD", "mm": "mm", "m": "m", "year": "year"}
"""Last word of a column name to the unit it must declare; ratios (`_per_`) are worded by their rows."""

every_table = pytest.mark.parametrize("name", table_names())


def _raw(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, strict=True))


def test_the_declared_tables_are_those_the_network_holds() -> None:
    """Each declared table is curated or derived, never both, and none of those lacks a declaration."""
    assert sorted([*CURATED, *DERIVED, *GIVEN, *LOGGED, *FOUND]) == list(table_names())


def test_a_table_that_is_not_declared_is_a_key_error() -> None:
    """Asking for an undeclared table names it."""
    with pytest.raises(KeyError, match="no_such_table"):
        table("no_such_table")


@every_table
def test_a_declaration_uses_known_words_only(name: str) -> None:
    """The header is the agreed one; types are known; required is yes or no; every column says what it is."""
    rows = _raw(name)
    assert list(rows[0]) == HEADER
    assert len({row["column"] for row in rows}) == len(rows)
    for row in rows:
        assert None not in row, row["column"]
        assert row["type"] in TYPES, row["column"]
        assert row["required"] in {"yes", "no"}, row["column"]
        assert re.fullmatch(r"[a-z][a-z0-9_]*", row["column"])
        assert row["description"].strip() == row["description"] != ""
        assert bool(row["values"]) == (row["type"] == "enum") or row["type"] == "list", row["column"]
        if row["min"] or row["max"]:
            assert row["type"] in {"float", "int"}, row["column"]
        if row["min"] and row["max"]:
            assert float(row["min"]) < float(row["max"]), row["column"]


@every_table
def test_a_table_has_one_required_primary_key_in_front(name: str) -> None:
    """Exactly one pk, the first column, required, of text or slug."""
    declared = table(name)
    assert [column.key for column in declared.columns].count("pk") == 1
    first = declared.columns[0]
    assert declared.primary == first.name
    assert first.required
    assert first.type in {"slug", "text"}


@every_table
def test_foreign_keys_point_at_the_primary_key_of_a_declared_table(name: str) -> None:
    """Every fk names table and column that exist, the column is a primary key, and the types agree."""
    for column in table(name).columns:
        if column.key in {"", "pk"}:
            assert column.foreign is None
            continue
        assert column.foreign is not None, column.name
        target, key = column.foreign
        assert target in table_names(), column.name
        assert table(target).primary == key, column.name
        assert table(target)[key].type == column.type, column.name


@every_table
def test_a_default_is_a_value_of_its_own_column(name: str) -> None:
    """Defaults parse and keep to their limits; a required column does not hide behind a default."""
    for column in table(name).columns:
        if column.default:
            assert column.parse("") == column.parse(column.default) is not None, column.name
            assert not column.required, column.name


@every_table
def test_the_unit_in_the_name_is_the_unit_declared(name: str) -> None:
    """A column whose name ends in a unit declares that unit."""
    for column in table(name).columns:
        last = column.name.rpartition("_")[2]
        if last in UNITS and "_per_" not in column.name:
            assert column.unit == UNITS[last], column.name


@pytest.mark.parametrize("name", CURATED)
def test_a_curated_table_carries_source_and_class(name: str) -> None:
    """No number without a source: both columns are there and required (sources are their own source)."""
    if name == "sources":
        return
    declared = table(name)
    assert declared["source"].required
    assert declared["source"].foreign == ("sources", "source")
    kept = ("simulated",) if name in KEPT else ()
    assert declared["quality"].values == ("measured", "published", "derived", "assumed", *kept)
    assert declared["quality"].required


@every_table
def test_the_frame_has_the_declared_columns_and_types(name: str) -> None:
    """The empty frame has the declared columns in order and their polars types."""
    declared = table(name)
    types = {
        "float": pl.Float64,
        "int": pl.Int64,
        "date": pl.Date,
        "instant": pl.Datetime("us", "UTC"),
        "list": pl.List(pl.String),
    }
    frame = declared.empty()
    assert frame.height == 0
    assert dict(frame.schema) == {
        column.name: types.get(column.type, pl.String) for column in declared.columns
    }
