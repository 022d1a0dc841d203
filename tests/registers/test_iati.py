"""IATI 2.03: what should pass passes, what should fail fails with line and repair, nothing is lost."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from daliz.errors import BadValue, Refused
from daliz.io import iati
from daliz.io.iati.grammar import problems
from daliz.model.registers import cells
from daliz.schema import table
from tests.registers.activities import ALSO_WHOLE, BROKEN, WHOLE, changed, document

SHARED = Path(__file__).parents[3] / "shared"
NOW = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)


def read(tmp_path: Path, text: str) -> Any:
    """What a file with this text gives."""
    path = tmp_path / "activities.xml"
    path.write_text(text, encoding="utf-8")
    return iati.read(path, "file-x")


@pytest.mark.parametrize("name", [*ALSO_WHOLE, ""])
def test_what_should_pass_passes(tmp_path: Path, name: str) -> None:
    """Optional parts, extensions and zones of dates are allowed."""
    taken = read(tmp_path, document(changed(ALSO_WHOLE[name]) if name else WHOLE))
    assert taken.refused == []
    assert len(taken.rows["projects"]) == 1


@pytest.mark.parametrize("name", BROKEN)
def test_what_should_fail_fails_with_place_and_repair(tmp_path: Path, name: str) -> None:
    """One broken thing refuses its activity and not the next, with line, name and repair in words."""
    taken = read(tmp_path, document(changed(BROKEN[name]), WHOLE.replace("XX-TEST-1", "XX-TEST-2")))
    (one,) = taken.refused
    assert int(one.at) >= 2
    assert one.message.startswith("finding.iati_")
    assert "XX-TEST-1" in one.raw["activity"]
    assert [row["project"] for row in taken.rows["projects"]] == ["xx-test-2"]


@pytest.mark.shared
@pytest.mark.parametrize("name", [*BROKEN, *ALSO_WHOLE, ""])
def test_the_grammar_judges_as_the_published_schema(name: str) -> None:
    """For each case the published XSD says the same: valid or not."""
    schema = etree.XMLSchema(etree.parse(str(SHARED / "data/iati/iati-activities-schema.xsd")))
    change = {**BROKEN, **ALSO_WHOLE}.get(name)
    text = document(changed(change) if change else WHOLE)
    root = etree.fromstring(text)
    ours = list(problems(root, "iati-activities"))
    assert schema.validate(root) == (not ours)


@pytest.mark.shared
@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 60), st.integers(0, 60), st.sampled_from(["drop", "double", "swap", "attribute", "text"])
)
def test_any_change_is_judged_as_the_published_schema(first: int, second: int, what: str) -> None:
    """Elements dropped, doubled and swapped, attributes dropped, text put in: the XSD agrees each time."""
    schema = _schema()
    root = etree.fromstring(document(WHOLE))
    nodes = list(root.iter())[1:]
    one, other = nodes[first % len(nodes)], nodes[second % len(nodes)]
    if what == "drop":
        one.getparent().remove(one)
    elif what == "double":
        one.addnext(etree.fromstring(etree.tostring(one)))
    elif what == "swap" and one.getnext() is not None:
        one.getnext().addnext(one)
    elif what == "attribute" and other.attrib:
        del other.attrib[min(other.attrib)]
    elif what == "text":
        other.text = "words"
    assert schema.validate(root) == (not list(problems(root, "iati-activities")))


_HELD: dict[str, Any] = {}


def _schema() -> Any:
    if not _HELD:
        _HELD["xsd"] = etree.XMLSchema(etree.parse(str(SHARED / "data/iati/iati-activities-schema.xsd")))
    return _HELD["xsd"]


@pytest.mark.shared
def test_the_shipped_grammar_is_that_of_the_published_schema() -> None:
    """Elements, order, types and attributes are those of the XSD, to the letter."""
    from tests.registers.iati_grammar import Grammar

    shipped = (Path(iati.__file__).parent / "grammar.csv").read_text(encoding="utf-8")
    assert Grammar(SHARED / "data/iati").table() == shipped


def test_a_foreign_activity_becomes_a_project_with_its_money(tmp_path: Path) -> None:
    """Title by language, sector, stage, states, days, estimate and commitment; the rest is carried."""
    taken = read(tmp_path, document(WHOLE))
    (row,) = taken.rows["projects"]
    assert (row["title_en"], row["title_ru"]) == ("A dry port", "Сухой порт")
    assert (row["sector"], row["stage"], row["states"]) == ("rail", "construction", ["KZ"])
    assert (row["start_planned"], row["end_planned"]) == (dt.date(2025, 3, 1), dt.date(2027, 9, 30))
    assert [(one["kind"], one["value"], one["currency"]) for one in taken.rows["project_amounts"]] == [
        ("estimate", 1500000.5, "USD"),
        ("committed", 900000.0, "USD"),
    ]
    assert ("iati", "xx-test-1") in taken.carried


def test_a_foreign_activity_goes_out_as_it_came(tmp_path: Path) -> None:
    """Not changed here, every element and attribute of it is written again."""
    taken = read(tmp_path, document(WHOLE))
    again = _written(tmp_path, taken)
    assert _canonical(again[0]) == _canonical(etree.fromstring(WHOLE))


def test_what_was_changed_here_keeps_what_we_do_not_model(tmp_path: Path) -> None:
    """With a new stage the activity has the new status, and still its scope, aid type and results."""
    taken = read(tmp_path, document(WHOLE))
    taken.rows["projects"][0]["stage"] = "completed"
    (again,) = _written(tmp_path, taken)
    assert again.find("activity-status").get("code") == "4"
    assert again.findtext("iati-identifier") == "XX-TEST-1"
    assert again.find("activity-scope").get("code") == "4"
    assert again.find("default-aid-type").get("code") == "C01"
    assert again.find("result/indicator/period/actual").get("value") == "4"
    assert list(problems(again)) == []


def _written(tmp_path: Path, taken: Any) -> list[Any]:
    frames = {name: table(name).frame(rows) for name, rows in taken.rows.items()}
    path = tmp_path / "out.xml"
    iati.write(frames, path, NOW, carried={key: word for (_, key), word in taken.carried.items()})
    return etree.parse(str(path)).getroot().findall("iati-activity")


def _canonical(element: Any) -> bytes:
    text = etree.tostring(element, with_tail=False)
    parser = etree.XMLParser(remove_blank_text=True)
    root = etree.fromstring(text, parser)
    etree.cleanup_namespaces(root)
    return etree.tostring(root, method="c14n")


def test_the_shipped_registers_go_out_and_come_back_the_same(
    frames: dict[str, pl.DataFrame], tmp_path: Path
) -> None:
    """Every row and column of plans and projects through IATI and back; the file keeps to the standard."""
    mine = {name: frames[name] for name in iati.TABLES if name in frames}
    path = tmp_path / "all.xml"
    iati.write(mine, path, NOW)
    root = etree.parse(str(path)).getroot()
    assert list(problems(root, "iati-activities")) == []
    taken = iati.read(path, "file-x")
    assert taken.refused == []
    for name, frame in mine.items():
        before = sorted(str(cells(name, row)) for row in frame.iter_rows(named=True))
        after = sorted(str(cells(name, row)) for row in taken.rows.get(name, []))
        assert after == before, name


@pytest.mark.shared
def test_the_export_is_valid_by_the_published_schema(frames: dict[str, pl.DataFrame], tmp_path: Path) -> None:
    """Zero errors against the XSD of IATI 2.03."""
    path = tmp_path / "all.xml"
    iati.write({name: frames[name] for name in iati.TABLES if name in frames}, path, NOW)
    schema = _schema()
    schema.validate(etree.parse(str(path)))
    assert list(schema.error_log) == []


def test_a_day_changed_elsewhere_is_taken_over(frames: dict[str, pl.DataFrame], tmp_path: Path) -> None:
    """Another program moves the planned end in the IATI element: our row follows it."""
    one = frames["projects"].filter(pl.col("project") == "darbaza-maktaaral")
    path = tmp_path / "one.xml"
    iati.write({"projects": one}, path, NOW)
    path.write_text(
        path.read_text().replace('type="3" iso-date="2026-12-31"', 'type="3" iso-date="2027-06-30"')
    )
    assert iati.read(path, "x").rows["projects"][0]["end_planned"] == dt.date(2027, 6, 30)


def test_strangers_are_refused(tmp_path: Path) -> None:
    """Another root, another version, damaged XML, and an entity attack: each is refused in words."""
    with pytest.raises(BadValue, match="iati-activities"):
        read(tmp_path, "<other/>")
    with pytest.raises(BadValue, match="2\\.02"):
        read(tmp_path, document(WHOLE).replace("2.03", "2.02"))
    with pytest.raises(BadValue, match="damaged"):
        read(tmp_path, document(WHOLE)[:-40])
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + document(WHOLE).replace(
        "A dry port", "&b;"
    )
    with pytest.raises(Refused):
        read(tmp_path, bomb)
