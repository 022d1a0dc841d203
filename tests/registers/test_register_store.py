"""The registers at rest: counts that add up, history, quarantine mended, locks, and the commands."""

from __future__ import annotations

import csv
import datetime as dt
import fcntl
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from daliz.errors import BadValue
from daliz.model.registers import Taken
from daliz.schema import typed
from tests.registers.activities import BROKEN, WHOLE, changed, document

if TYPE_CHECKING:
    from daliz.store.registers import Registers

NOW = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)


def stone(key: str, measure: str = "c-11", **more: str) -> dict[str, Any]:
    """A typed milestone."""
    raw = {
        "milestone": key,
        "measure": measure,
        "title_kk": key,
        "title_ru": key,
        "title_en": key,
        "source": "unknown-source",
        "quality": "published",
        **more,
    }
    row, misfits = typed("milestones", raw)
    assert misfits == []
    return row


def taken(*rows: dict[str, Any]) -> Taken:
    """What a file with these milestones gives."""
    return Taken({"milestones": list(rows)})


def test_read_is_accepted_known_and_refused(registers: Registers) -> None:
    """Two new, then one known, one replaced and one that points at nothing: the counts add up each time."""
    first = registers.add(taken(stone("a"), stone("b")), Path("x.csv"), "1", NOW)
    assert (first.read, first.accepted, first.known, first.refused) == (2, 2, 0, 0)
    second = registers.add(
        taken(stone("a"), stone("b", note="new"), stone("c", "no-such")), Path("y.csv"), "2", NOW
    )
    assert (second.read, second.accepted, second.known, second.refused, second.replaced) == (3, 1, 1, 1, 1)
    assert second.read == second.accepted + second.known + second.refused
    held = {row["milestone"]: row["note"] for row in registers.frame("milestones").iter_rows(named=True)}
    assert held == {"a": None, "b": "new"}


def test_the_former_row_is_kept_as_history(registers: Registers) -> None:
    """What was replaced stands in the history with batch and instant."""
    registers.add(taken(stone("a", note="old")), Path("x.csv"), "1", NOW)
    registers.add(taken(stone("a", note="new")), Path("y.csv"), "2", NOW)
    (row,) = registers.history()
    assert (row["table"], row["key"], row["batch"], row["replaced_at"]) == (
        "milestones",
        "a",
        "2",
        NOW.isoformat(),
    )
    assert json.loads(row["row"])["note"] == "old"


def test_an_added_row_takes_the_place_of_a_shipped_one(registers: Registers) -> None:
    """A shipped project with a new stage is read with the new stage, once."""
    before = registers.frame("projects")
    row = before.row(0, named=True) | {"stage": "cancelled"}
    registers.add(Taken({"projects": [row]}), Path("x.csv"), "1", NOW)
    after = registers.frame("projects")
    assert after.height == before.height
    assert dict(after.select("project", "stage").iter_rows())[row["project"]] == "cancelled"
    assert registers.added("projects").height == 1


def test_rows_without_a_known_source_get_that_of_the_file(registers: Registers) -> None:
    """The source names the file and the batch, and stands in the sources."""
    registers.add(taken(stone("a")), Path("plans.csv"), "abc", NOW)
    (row,) = registers.frame("milestones").to_dicts()
    assert row["source"] == "file-abc"
    sources = {one["source"]: one["citation"] for one in registers.frame("sources").iter_rows(named=True)}
    assert sources["file-abc"] == "plans.csv"


def test_a_row_may_point_at_one_that_comes_with_it_and_falls_with_it(registers: Registers) -> None:
    """A measure comes with its milestone; where its programme is missing, both are refused."""

    def measure(key: str, programme: str) -> dict[str, Any]:
        return typed(
            "measures",
            {
                "measure": key,
                "programme": programme,
                "kind": "measure",
                "title_kk": "x",
                "title_ru": "x",
                "title_en": "x",
                "source": "s",
                "quality": "published",
            },
        )[0]

    bad = Taken({"measures": [measure("m1", "nowhere")], "milestones": [stone("a", "m1")]})
    receipt = registers.add(bad, Path("x.csv"), "1", NOW)
    assert (receipt.read, receipt.accepted, receipt.refused) == (2, 0, 2)
    assert {one.column for one in registers.quarantine()} == {"programme", "measure"}
    good = Taken({"measures": [measure("m1", "plan-cis-2026")], "milestones": [stone("a", "m1")]})
    assert registers.add(good, Path("y.csv"), "2", NOW).accepted == 2


def test_two_writers_do_not_meet(registers: Registers) -> None:
    """While one holds the lock the other is refused in words."""
    registers.folder.mkdir()
    with (registers.folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(BadValue, match="another import"):
            registers.add(taken(stone("a")), Path("x.csv"), "1", NOW)


@pytest.mark.usefixtures("registers")
def test_a_refused_row_is_exported_mended_and_taken_in(ask_daliz: Any, tmp_path: Path) -> None:
    """A wrong day goes to the quarantine, is mended in the CSV, replayed, and the quarantine is empty."""
    path = tmp_path / "milestones.csv"
    path.write_text("milestone,measure,title_kk,title_ru,title_en,planned\na,c-11,a,a,a,2026-02-31\n")
    done = ask_daliz("plan", "import", str(path), "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["refused"] == 1
    shown = json.loads(ask_daliz("plan", "quarantine", "--json", "--lang", "kk").stdout)["refused"]
    assert (shown[0]["file"], shown[0]["at"], shown[0]["column"]) == ("milestones.csv", "2", "planned")
    assert shown[0]["repair"]
    out = tmp_path / "mend.csv"
    ask_daliz("plan", "quarantine", "-o", str(out))
    with out.open(encoding="utf-8", newline="") as lines:
        (row,) = csv.DictReader(lines)
    row["cells"] = row["cells"].replace("2026-02-31", "2026-02-28")
    with out.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, list(row))
        writer.writeheader()
        writer.writerow(row)
    assert ask_daliz("plan", "quarantine", "--replay", str(out)).returncode == 0
    assert json.loads(ask_daliz("plan", "quarantine", "--json").stdout)["refused"] == []


@pytest.mark.parametrize("form", ["iati", "oc4ids", "sdmx", "xlsx", "csv"])
@pytest.mark.usefixtures("registers")
def test_each_format_goes_out_and_a_second_import_adds_nothing(
    ask_daliz: Any, tmp_path: Path, form: str
) -> None:
    """What is exported is known already when it comes back: accepted 0."""
    path = tmp_path / (
        "out"
        if form == "csv"
        else f"out.{ {'iati': 'xml', 'oc4ids': 'json', 'sdmx': 'xml', 'xlsx': 'xlsx'}[form] }"
    )
    done = ask_daliz("plan", "export", str(path), "--format", form, "--json")
    assert done.returncode == 0
    again = ask_daliz("plan", "import", str(path), "--format", form, "--json")
    receipt = json.loads(again.stdout)
    assert receipt["accepted"] == receipt["refused"] == 0
    assert receipt["known"] == receipt["read"]
    assert form == "sdmx" or receipt["read"] > 20


@pytest.mark.usefixtures("registers")
def test_an_activity_of_another_publisher_comes_and_goes(ask_daliz: Any, tmp_path: Path) -> None:
    """Imported it is a project beside ours; exported alone it is what it was, without the broken one."""
    path = tmp_path / "in.xml"
    path.write_text(document(WHOLE, changed(BROKEN["value-in-words"]).replace("XX-TEST-1", "XX-TEST-2")))
    assert ask_daliz("plan", "import", str(path)).returncode == 1
    projects = json.loads(ask_daliz("projects", "--json").stdout)["projects"]
    assert "xx-test-1" in {row["project"] for row in projects}
    out = tmp_path / "out.xml"
    ask_daliz("plan", "export", str(out), "--added")
    assert '<default-aid-type code="C01"/>' in out.read_text()
    assert "value-in-words" not in out.read_text()


@pytest.mark.usefixtures("registers")
def test_the_form_is_filled_in_and_taken(ask_daliz: Any, tmp_path: Path) -> None:
    """`daliz plan template --lang kk` gives a workbook that imports as nothing."""
    path = tmp_path / "form.xlsx"
    assert ask_daliz("plan", "template", "-o", str(path), "--lang", "kk").returncode == 0
    assert json.loads(ask_daliz("plan", "import", str(path), "--json").stdout)["read"] == 0
    assert ask_daliz("plan", "import", str(tmp_path / "no.xml")).returncode == 2
    assert ask_daliz("plan", "import", str(tmp_path), "--format", "iati").returncode == 2
