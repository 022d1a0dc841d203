"""The workbook: every table in three languages out and back, forms, and rows that do not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from daliz.errors import BadValue
from daliz.i18n import LANGUAGES, text
from daliz.io import workbook
from daliz.model.registers import cells
from daliz.schema import table

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

NAMES = [name for name in workbook.TABLES if name != "sources"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_shipped_row_goes_out_and_comes_back_the_same(
    frames: dict[str, pl.DataFrame], tmp_path: Path, lang: str
) -> None:
    """All tables of the registers, headed in this language, every column."""
    mine = {name: frames[name] for name in workbook.TABLES if name in frames}
    path = tmp_path / "all.xlsx"
    workbook.write(path, mine, lang)
    taken = workbook.read(path, "x")
    assert list(taken.refused) == []
    for name, frame in mine.items():
        before = [cells(name, row) for row in frame.iter_rows(named=True)]
        assert [cells(name, row) for row in taken.rows[name]] == before, name


def test_csv_files_go_out_and_come_back_the_same(frames: dict[str, pl.DataFrame], tmp_path: Path) -> None:
    """A folder of CSV files named after the tables."""
    mine = {name: frames[name] for name in ("programmes", "measures", "projects")}
    workbook.write_csv(tmp_path / "csv", mine)
    taken = workbook.read(tmp_path / "csv", "x")
    for name, frame in mine.items():
        assert table(name).frame(taken.rows[name]).equals(frame)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_headings_alone_are_enough(tmp_path: Path, lang: str) -> None:
    """Without the row of keys, a sheet named and headed in one language is read."""
    import xlsxwriter

    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet(text("sheet.project_amounts", lang))
        names = ("amount", "project", "kind", "value", "currency")
        sheet.write_row(0, 0, [workbook.heading(name, lang) for name in names])
        sheet.write_row(1, 0, ["a-1", "cku-railway", "pledged", 12.5, "USD"])
    (row,) = workbook.read(path, "file-x").rows["project_amounts"]
    assert (row["value"], row["currency"], row["source"]) == (12.5, "USD", "file-x")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_form_has_a_heading_for_every_column_and_holds_nothing(tmp_path: Path, lang: str) -> None:
    """Words in the language, one for each column of a sheet and no two the same."""
    path = tmp_path / "form.xlsx"
    workbook.write(path, {name: table(name).empty() for name in workbook.TABLES}, lang)
    assert workbook.read(path, "x").read == 0
    for name in workbook.TABLES:
        heads = [workbook.heading(column.name, lang) for column in table(name).columns]
        assert len(set(map(str.casefold, heads))) == len(heads), name
        assert not any(head.startswith("field.") for head in heads)


def test_what_does_not_fit_names_sheet_row_column_and_repair(tmp_path: Path) -> None:
    """A wrong day, a wrong word and a heading nobody knows; the good row is kept."""
    path = tmp_path / "milestones.csv"
    path.write_text(
        "milestone,measure,title_kk,title_ru,title_en,planned,colour\n"
        "a,c-11,a,a,a,2026-02-31,red\nb,c-11,b,b,b,2026-02-28,red\n"
    )
    taken = workbook.read(path, "x")
    assert [(one.at, one.column, one.message) for one in taken.refused] == [
        ("1", "colour", "finding.book_heading"), ("2", "planned", "finding.date"),
    ]  # fmt: skip
    assert [row["milestone"] for row in taken.rows["milestones"]] == ["b"]


def test_strangers_are_refused(tmp_path: Path) -> None:
    """A file that is no workbook, and one whose sheets are named after no table."""
    path = tmp_path / "x.xlsx"
    path.write_bytes(b"PK not really")
    with pytest.raises(BadValue, match="cannot be read"):
        workbook.read(path, "x")
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n")
    with pytest.raises(BadValue, match="named after a table"):
        workbook.read(other, "x")
