"""Scenario files: what is read, and what is refused by file, row and column."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from daliz.errors import BadTable, BadValue, Finding
from daliz.scenario import load, read
from daliz.scenario.edits import ACTIONS, TABLE
from daliz.schema import table

EXAMPLES = sorted((Path(__file__).parents[2] / "examples" / "scenarios").iterdir())
GOOD = [
    {"edit": "e1", "action": "close", "target": "Aktau"},
    {"edit": "e2", "action": "slow", "target": "KZ", "mode": "rail", "factor": 1.5},
    {"edit": "e3", "action": "close", "target": "ns-east", "section": ["Uzen", "Gorgan"]},
]


def write_csv(folder: Path, *lines: str) -> Path:
    """A scenario file of these lines."""
    path = folder / "case.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def columns_of(finding: Finding) -> tuple[str, ...]:
    """File, row and column that a finding names."""
    return tuple(finding.row.rpartition("/")[2].split(":"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_read_without_a_finding(path: Path) -> None:
    """Each example that ships is a table of edits."""
    edits, findings = read(path)
    assert edits
    assert findings == []


def test_a_json_file_says_the_same_as_csv(tmp_path: Path) -> None:
    """A list, or an object with edits, gives the rows that the CSV of the same cells gives."""
    csv_path = write_csv(
        tmp_path, "edit,action,target,mode,factor,section", "e1,close,Aktau,,,", "e2,slow,KZ,rail,1.5,",
        "e3,close,ns-east,,,Uzen;Gorgan",
    )  # fmt: skip
    for name, data in (("list", GOOD), ("object", {"edits": GOOD})):
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(data), encoding="utf-8")
        got = [{key: cell for key, cell in row.items() if key[0] != "_"} for row in load(path)]
        assert got == [{key: cell for key, cell in row.items() if key[0] != "_"} for row in load(csv_path)]


@pytest.mark.parametrize(
    ("header", "row", "column", "message"),
    [
        ("edit,action,target", "e1,shut,Aktau", "action", "finding.enum"),
        ("edit,action,target", "E 1,close,Aktau", "edit", "finding.slug"),
        ("edit,action,target", "e1,close,", "target", "finding.required"),
        ("edit,action,target,factor", "e1,slow,KZ,much", "factor", "finding.number"),
        ("edit,action,target,factor", "e1,slow,KZ,0", "factor", "finding.range"),
        ("edit,action,target,factor", "e1,slow,KZ,", "factor", "finding.edit_lacks"),
        ("edit,action,target,factor", "e1,close,KZ,2", "factor", "finding.edit_unused"),
        ("edit,action,target,hours", "e1,hours,Dostyk,9 to 5", "hours", "finding.hours"),
        ("edit,action,target,target_kind", "e1,close,Aktau,service", "target_kind", "finding.edit_kind"),
        ("edit,action,target,change_cm", "e1,draught,Aktau,-0.5m", "change_cm", "finding.number"),
    ],
)
def test_a_bad_cell_is_named_by_file_row_and_column(
    tmp_path: Path, header: str, row: str, column: str, message: str
) -> None:
    """The second line of the file is row 2; the column is its heading; JSON counts its edits from 1."""
    from_csv = read(write_csv(tmp_path, header, row))[1]
    path = tmp_path / "case.json"
    path.write_text(json.dumps([dict(zip(header.split(","), row.split(","), strict=True))]), encoding="utf-8")
    from_json = read(path)[1]
    assert [(columns_of(f), f.message) for f in from_csv] == [(("case.csv", "2", column), message)]
    assert [(columns_of(f), f.message) for f in from_json] == [(("case.json", "1", column), message)]
    for finding in (*from_csv, *from_json):
        for lang in ("kk", "ru", "en"):
            assert "{" not in finding.text(lang)


def test_an_unknown_column_is_named(tmp_path: Path) -> None:
    """A heading or a key that no edit has is a finding, in both formats."""
    (from_csv,) = read(write_csv(tmp_path, "edit,action,target,speed", "e1,close,Aktau,1"))[1]
    path = tmp_path / "case.json"
    path.write_text(json.dumps([{**GOOD[0], "speed": 1}]), encoding="utf-8")
    (from_json,) = read(path)[1]
    assert columns_of(from_csv) == ("case.csv", "1", "speed")
    assert columns_of(from_json) == ("case.json", "1", "speed")


def test_an_id_twice_is_named_at_its_second_place(tmp_path: Path) -> None:
    """Two edits of one id are refused together."""
    path = write_csv(tmp_path, "edit,action,target", "e1,close,Aktau", "e1,close,Kuryk")
    with pytest.raises(BadTable) as refused:
        load(path)
    assert [columns_of(finding) for finding in refused.value.findings] == [("case.csv", "3", "edit")]


@pytest.mark.parametrize(
    ("name", "content"),
    [("none.csv", None), ("empty.csv", b"edit,action,target\n"), ("latin.json", b'["\xe9"]'),
     ("broken.json", b"[{]"), ("word.json", b'"close"'), ("list.json", b"[1]"), ("nothing.json", b"[]")],
)  # fmt: skip
def test_a_file_that_is_no_scenario_is_refused_with_its_name(
    tmp_path: Path, name: str, content: bytes | None
) -> None:
    """Absent, empty, not UTF-8, not JSON, or not a list of edits."""
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadValue) as refused:
        load(path)
    assert name in refused.value.text("en")


def test_every_declared_action_has_its_needs_and_every_column_an_action() -> None:
    """The schema's actions are those the code knows; no column is read by none."""
    declared = table(TABLE)
    assert set(ACTIONS) == set(declared["action"].values)
    read_by_some = {name for needs in ACTIONS.values() for name in (*needs.must, *needs.may)}
    columns = {column.name for column in declared.columns}
    assert columns - read_by_some == {"edit", "action", "target", "target_kind", "note"}
    kinds = {kind for needs in ACTIONS.values() for kind in needs.kinds}
    assert kinds == set(declared["target_kind"].values) - {""}
