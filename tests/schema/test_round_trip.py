"""Typed rows survive the frame and the file: nothing is lost or changed on the way."""

from __future__ import annotations

import csv
import datetime as dt
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daliz.build import curated_folder
from daliz.model.network import CURATED, Network
from daliz.schema import Column, read_table, table, table_names

if TYPE_CHECKING:
    from pathlib import Path

PROPERTY = settings(deadline=None, derandomize=True, max_examples=10)
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=8)


def _values(column: Column) -> st.SearchStrategy[object]:
    by_type: dict[str, st.SearchStrategy[object]] = {
        "float": st.floats(allow_nan=False, allow_infinity=False),
        "int": st.integers(-(2**63), 2**63 - 1),
        "date": st.dates(dt.date(1900, 1, 1), dt.date(2200, 1, 1)),
        "instant": st.datetimes(timezones=st.just(dt.UTC)),
        "list": st.lists(words, max_size=3),
    }
    return st.one_of(st.none(), by_type.get(column.type, words))


@pytest.mark.parametrize("name", table_names())
@PROPERTY
@given(data=st.data())
def test_rows_come_back_from_a_frame_as_they_went_in(name: str, data: st.DataObject) -> None:
    """Any typed rows, None included, are the same rows after `frame`; columns keep their order."""
    columns = table(name).columns
    row = st.fixed_dictionaries({column.name: _values(column) for column in columns})
    rows = data.draw(st.lists(row, max_size=3))
    frame = table(name).frame(rows)
    assert frame.columns == [column.name for column in columns]
    assert list(frame.iter_rows(named=True)) == rows


def test_a_frame_fills_what_a_row_leaves_out_and_drops_what_is_not_declared() -> None:
    """Missing columns are None; bookkeeping such as the file and row number does not enter the frame."""
    frame = table("distances").frame([{"distance": "d", "_row": 4, "_file": "f"}])
    assert frame.to_dicts() == [
        {column.name: "d" if column.name == "distance" else None for column in table("distances").columns}
    ]


def _cell(value: object) -> str:
    if value is None:
        return ""
    return ";".join(value) if isinstance(value, list) else str(value)


@pytest.mark.parametrize("name", CURATED)
def test_curated_rows_written_out_read_back_the_same(name: str, tmp_path: Path) -> None:
    """Every shipped row, typed, put into a frame, written as CSV and read again, is the same row."""
    rows = [
        row for path in sorted((curated_folder() / name).glob("*.csv")) for row in read_table(name, path)[0]
    ]
    assert rows, f"no rows ship for {name}"
    header = [column.name for column in table(name).columns]
    path = tmp_path / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(header)
        for row in table(name).frame(rows).iter_rows(named=True):
            writer.writerow([_cell(row[column]) for column in header])
    again, findings = read_table(name, path)
    assert [finding.text() for finding in findings] == []
    assert [[row[column] for column in header] for row in again] == [
        [row[column] for column in header] for row in rows
    ]


def test_with_rows_makes_a_new_network_and_leaves_the_old(tmp_path: Path) -> None:
    """An edit is a new network: the old one keeps its rows, and the pandas copy is only a copy."""
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "a.csv").write_text(
        "source,citation,licence,retrieved\ns1,A,facts,2026-01-02\n", encoding="utf-8"
    )
    network = Network.from_folder(tmp_path)
    edited = network.with_rows("sources", [{**row, "source": "s2"} for row in network.rows("sources")])
    assert [row["source"] for row in network.rows("sources")] == ["s1"]
    assert [row["source"] for row in edited.rows("sources")] == ["s2"]
    copy = network.table("sources")
    copy.loc[0, "source"] = "changed"
    assert network.table("sources")["source"].tolist() == ["s1"]
