"""`daliz scenario check` and `daliz scenario apply` as a planner uses them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    Run = Callable[..., subprocess.CompletedProcess[str]]

EXAMPLES = Path(__file__).parents[2] / "examples" / "scenarios"


def write(folder: Path, *lines: str) -> str:
    """A scenario file of these lines."""
    path = folder / "case.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def test_a_good_file_is_clean(run_daliz: Run) -> None:
    """Status 0, no findings, and the number of edits."""
    done = run_daliz("scenario", "check", str(EXAMPLES / "close_aktau.csv"), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"edits": 1, "findings": []}


def test_findings_name_row_and_column_and_the_status_is_one(run_daliz: Run, tmp_path: Path) -> None:
    """A bad cell, then, in a file whose cells fit, a name that the network lacks."""
    cell = write(tmp_path, "edit,action,target,factor", "e1,slow,KZ,2", "e2,slow,KZ,fast")
    done = run_daliz("scenario", "check", cell, "--json")
    assert done.returncode == 1
    (finding,) = json.loads(done.stdout)["findings"]
    assert finding["row"].endswith("case.csv:3:factor")
    name = write(tmp_path, "edit,action,target", "e1,close,Aktau", "e2,close,Aktavu port")
    done = run_daliz("scenario", "check", name, "--json", "--lang", "en")
    assert done.returncode == 1
    (finding,) = json.loads(done.stdout)["findings"]
    assert finding["row"] == "case.csv:3:target"
    assert "Aktau" in finding["repair"]


@pytest.mark.parametrize("command", ["check", "apply"])
def test_a_file_that_cannot_be_read_is_status_two(run_daliz: Run, command: str) -> None:
    """One sentence on standard error, nothing on standard output."""
    done = run_daliz("scenario", command, "no-such-file.csv")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "no-such-file.csv" in done.stderr
    assert "Traceback" not in done.stderr


def test_apply_refuses_a_file_with_a_bad_cell(run_daliz: Run, tmp_path: Path) -> None:
    """Status 2, naming row and column."""
    done = run_daliz("scenario", "apply", write(tmp_path, "edit,action,target", "e1,shut,Aktau"))
    assert done.returncode == 2
    assert "case.csv:2:action" in done.stderr


def test_apply_prints_today_the_scenario_and_the_difference(run_daliz: Run) -> None:
    """For each label: figures of both, their difference, borders; and every cell that was changed."""
    trip = ("--from", "Altynkol", "--to", "Alat port")
    done = run_daliz("scenario", "apply", str(EXAMPLES / "close_aktau.csv"), *trip, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert {"table": "sailings", "row": "aktau-alat-feeder", "column": "status"}.items() <= {
        key: value for change in report["changes"] if change["row"] == "aktau-alat-feeder"
        for key, value in change.items()
    }.items()  # fmt: skip
    assert report["refusals"] == []
    labels = [label for row in report["differences"] for label in row["label"].split("+")]
    assert sorted(labels) == ["cheapest", "cleanest", "fastest", "surest"]
    for row in report["differences"]:
        assert set(row["difference"]) == {"time_mean_h", "time_p90_h", "cost_usd", "co2e_kg"}
        assert {"borders_gained", "borders_lost", "today", "edited"} <= set(row)


def test_apply_without_a_trip_lists_the_changes(run_daliz: Run) -> None:
    """A draught says in words what it assumes; one end of a trip alone is refused."""
    path = str(EXAMPLES / "low_caspian.csv")
    done = run_daliz("scenario", "apply", path, "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert "aktau-alat-feeder" in done.stdout
    assert "assumed" in done.stdout
    assert run_daliz("scenario", "apply", path, "--from", "Altynkol").returncode == 2


def test_an_edit_refused_makes_status_one_and_the_rest_is_shown(run_daliz: Run, tmp_path: Path) -> None:
    """What could be done is done and shown beside what could not."""
    path = write(tmp_path, "edit,action,target", "e1,close,aktau-alat-feeder", "e2,close,block_train")
    done = run_daliz("scenario", "apply", path, "--json")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert [change["row"] for change in report["changes"]] == ["aktau-alat-feeder"]
    assert [finding["row"] for finding in report["refusals"]] == ["case.csv:3:target"]
