"""The report: a PDF in three languages, words that are not commands, a map and charts."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daliz.i18n import LANGUAGES
from daliz.report import Sheet, monitoring_report
from daliz.report.drawings import bars, network_map
from daliz.report.typeset import literal

if TYPE_CHECKING:
    from pathlib import Path

AT = dt.date(2026, 11, 1)


@pytest.fixture(autouse=True)
def _no_registers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DALIZ_REGISTERS", str(tmp_path / "none"))
    monkeypatch.setenv("DALIZ_EVENTS", str(tmp_path / "no-events"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_report_is_a_pdf_in_the_language(built_store: Path, lang: str) -> None:
    """All chapters, with the map and charts, and no key where a word should stand."""
    sheet = monitoring_report(built_store, AT, lang, walk=False)
    source = sheet.source()
    assert len(sheet.pictures) >= 3
    assert source.count("#heading(level: 1") == 6
    keys = re.findall(
        r'"((?:report|col|programme|portfolio|docking|scorecard|trade|incidents)\.[a-z_]+)"', source
    )
    assert keys == []
    made = sheet.pdf()
    assert made.startswith(b"%PDF-")
    assert len(made) > 50_000


def test_the_same_store_and_day_give_the_same_source(built_store: Path) -> None:
    """Nothing of the clock or of chance is in it."""
    one, two = (monitoring_report(built_store, AT, "kk", walk=False) for _ in range(2))
    assert one.source() == two.source()
    assert one.pictures == two.pictures


@settings(max_examples=15, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30))
def test_no_word_is_taken_for_a_command(word: str) -> None:
    """Any text in a heading, a paragraph and a table compiles and stays text."""
    sheet = Sheet("t", "s", "f", "en")
    sheet.heading(word)
    sheet.words(word)
    sheet.table(["a", "b"], [(word, "#panic()")])
    assert sheet.pdf().startswith(b"%PDF-")


def test_quotes_and_backslashes_are_escaped() -> None:
    """What could end a literal does not."""
    assert literal('a"b\\c\nd') == '"a\\"b\\\\c\\nd"'


def test_the_map_draws_open_and_planned_lines_apart() -> None:
    """A planned line has its class and its year; a line far away is not on the paper; names are escaped."""
    legs = [
        {"mode": "rail", "status": "open", "shape": "45 60;46 62", "link": None, "open_from": None},
        {"mode": "rail", "status": "planned", "shape": "41 70;42 72", "link": "x", "open_from": None},
        {"mode": "rail", "status": "planned", "shape": "-30 20;-31 21", "link": None, "open_from": 2031},
        {"mode": "road", "status": "planned", "shape": "41 70;42 72", "link": None, "open_from": 2032},
    ]
    svg = network_map(legs, {"x": {"year_to": 2029}}, [("A<B", 43.0, 65.0)], "kk")
    assert svg.count('class="planned"/>') == 2  # the line and its sign in the key
    assert ">2029<" in svg
    assert "2031" not in svg
    assert "2032" not in svg
    assert "A&lt;B" in svg


def test_bars_name_what_they_show() -> None:
    """Each colour that occurs stands in the legend, in the order given."""
    svg = bars(
        [{"a": "x", "n": 2, "c": "late"}, {"a": "y", "n": 1, "c": "done"}],
        ("a", "n", "c"),
        ("n", "c"),
        ["late", "never", "done"],
    )
    assert "late" in svg
    assert "done" in svg
    assert "never" not in svg


def test_the_command(ask_daliz: Any, tmp_path: Path) -> None:
    """`daliz report -o FILE` writes it; a folder that is not there is refused."""
    path = tmp_path / "r.pdf"
    assert (
        ask_daliz("report", "-o", str(path), "--no-walk", "--lang", "ru", "--at", "2026-11-01").returncode
        == 0
    )
    assert path.read_bytes().startswith(b"%PDF-")
    assert ask_daliz("report", "-o", str(tmp_path / "no" / "r.pdf")).returncode == 2
