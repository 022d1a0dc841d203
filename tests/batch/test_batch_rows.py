"""A batch has the rows of `under` and `matrix`, whatever computes them and in whatever order."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from daliz.batch import Question, read_scenarios, run, stopped_at
from daliz.batch.corridor import lines
from daliz.batch.parallel import spread
from daliz.batch.work import Worker
from daliz.corridors import trace_all
from daliz.errors import BadTable
from daliz.model.frozen import Cargo
from daliz.routing.many import Pair, matrix
from daliz.scenario import under

if TYPE_CHECKING:
    from collections.abc import Callable

    from daliz.batch import Event
    from daliz.routing import Atlas

HEADER = "scenario,edit,action,target,factor,hours,change_cm,mode"
EDITS = (
    "none,,,,,,,", "shut,e1,close,Altynkol,,,,", "slow,e1,slow,KZ,1.2,,,", "fast,e1,slow,KZ,0.8,,,rail",
    "cheap,e1,price,KZ,0.5,,,", "low,e1,draught,Aktau,,,-50,", "shut,e2,close,Aktau,,,,",
)  # fmt: skip
PAIRS = [
    Pair(a, b, number)
    for number, (a, b) in enumerate(
        (("Altynkol", "Poti"), ("cn-xian", "de-duisburg"), ("kz-dostyk", "by-brest"), ("Almaty", "Moscow"),
         ("ru-vladivostok", "ru-moscow"), ("Aktau", "Baku"), ("Almaty", "Almaty")), start=2,
    )
]  # fmt: skip


def write(path: Path, rows: tuple[str, ...]) -> Path:
    path.write_text("\n".join((HEADER, *rows)) + "\n", encoding="utf-8")
    return path


def question(store: Path, folder: Path, rows: tuple[str, ...] = EDITS, by: str = "hours") -> Question:
    return Question(store, read_scenarios(write(folder / "s.csv", rows)), PAIRS, Cargo(), by)


@pytest.mark.parametrize("by", ["hours", "usd", "co2e"])
def test_each_row_is_that_of_a_scenario_and_a_matrix(
    built_store: Path, atlas: Atlas, tmp_path: Path, by: str
) -> None:
    """The witness is the old path: apply the edits, then ask a matrix; figures equal to the last digit."""
    asked = question(built_store, tmp_path, by=by)
    worker = Worker(asked, lines(trace_all(atlas.frames)))
    searched = Worker(asked, lines(trace_all(atlas.frames)), reuse=False)
    for number, scenario in enumerate(asked.scenarios):
        rows = worker.part(number, 0).rows
        assert rows == searched.part(number, 0).rows
        for row, witness in zip(rows, matrix(under(atlas, scenario.edits), PAIRS, Cargo(), by), strict=True):
            assert {name: row[name] for name in witness} == witness


def test_rows_are_the_same_from_one_process_and_two(built_store: Path, tmp_path: Path) -> None:
    """The files of one and of two processes are the same bytes."""
    asked = question(built_store, tmp_path)
    one, two = tmp_path / "one.parquet", tmp_path / "two.parquet"
    run(asked, one)
    run(asked, two, by=spread(2))
    assert one.read_bytes() == two.read_bytes()
    frame = pl.read_parquet(one)
    assert frame.height == len(PAIRS) * len(asked.scenarios)
    assert frame["scenario"][0] == "today"
    assert not Path(f"{one}.parts").exists()


def test_a_stopped_run_goes_on_and_another_question_starts_anew(built_store: Path, tmp_path: Path) -> None:
    """Parts before the stop are kept and not computed again; a changed pair says so."""
    asked, out, whole = question(built_store, tmp_path), tmp_path / "out.parquet", tmp_path / "whole.parquet"

    def stop(event: Event) -> None:
        if event.kind == "part" and event.done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(asked, out, stop)
    assert stopped_at(out) == (3, len(asked.scenarios))
    shutil.copytree(f"{out}.parts", tmp_path / "other.parquet.parts")
    heard: list[Event] = []
    run(asked, out, heard.append)
    run(asked, whole)
    assert (heard[0].kind, heard[0].done) == ("resumed", 3)
    assert out.read_bytes() == whole.read_bytes()
    other = Question(asked.store, asked.scenarios, PAIRS[:3], asked.cargo)
    heard.clear()
    run(other, tmp_path / "other.parquet", heard.append)
    assert heard[0].kind == "anew"


def test_refused_edits_are_mended_and_replayed(
    ask_daliz: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    """A refused scenario has rows without figures, lies in quarantine and can be replayed."""
    pairs = tmp_path / "p.csv"
    pairs.write_text("from,to\nAltynkol,Poti\n", encoding="utf-8")
    rows = ("good,e1,slow,KZ,1.2,,,", "bad,e1,close,Atlantis,,,,", "worse,e1,slow,KZ,many,,,")
    out = tmp_path / "out.parquet"
    done = ask_daliz("batch", str(write(tmp_path / "s.csv", rows)), str(pairs), "-o", str(out), "--json")
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert told["status"] == {"ok": 2, "refused_edit": 2}
    assert [finding["row"] for finding in told["findings"]] == ["s.csv:3:target", "s.csv:4:factor"]
    beside = Path(told["quarantine"])
    with beside.open(encoding="utf-8", newline="") as file:
        held = list(csv.DictReader(file))
    assert [row["scenario"] for row in held] == ["bad", "worse"]
    assert all(row["refusal"] and row["repair"] for row in held)
    beside.write_text(
        beside.read_text(encoding="utf-8").replace("Atlantis", "Aktau", 1).replace("many", "1.1", 1),
        encoding="utf-8",
    )
    again = ask_daliz("batch", str(beside), str(pairs), "-o", str(tmp_path / "again.csv"), "--quiet")
    assert again.returncode == 0, again.stdout
    assert len((tmp_path / "again.csv").read_text(encoding="utf-8").splitlines()) == 4


def test_a_scenario_called_today_has_no_edits(tmp_path: Path) -> None:
    """Edits under the name of the base row are refused with the row."""
    with pytest.raises(BadTable) as refused:
        read_scenarios(write(tmp_path / "s.csv", ("today,e1,close,Aktau,,,,",)))
    assert refused.value.findings[0].row == "s.csv:2:scenario"


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT is sent otherwise there")
def test_ctrl_c_keeps_parts_and_the_same_command_goes_on(built_store: Path, tmp_path: Path) -> None:
    """A real process stopped by SIGINT leaves parts; run again it ends with the rows of an unbroken run."""
    rows = tuple(f"s{number},e1,slow,KZ,{1 + number / 100},,," for number in range(1, 13))
    scenarios, pairs, out = write(tmp_path / "s.csv", rows), tmp_path / "p.csv", tmp_path / "out.parquet"
    pairs.write_text("from,to\nAltynkol,Poti\nAlmaty,Moscow\n", encoding="utf-8")
    command = [
        sys.executable, "-c", "from daliz.cli import main; main()", "batch", str(scenarios), str(pairs),
        "-o", str(out), "--jobs", "2", "--lang", "en",
    ]  # fmt: skip
    environment: dict[str, Any] = {**os.environ, "DALIZ_STORE": str(built_store)}
    with subprocess.Popen(
        command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as begun:
        for _ in range(1200):
            if stopped_at(out)[0] >= 2:
                break
            time.sleep(0.05)
        begun.send_signal(signal.SIGINT)
        _, said = begun.communicate(timeout=120)
    assert begun.returncode == 130, said
    assert "goes on" in said
    kept = stopped_at(out)[0]
    assert 2 <= kept < 13
    again = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert again.returncode == 0, again.stderr
    assert f"{kept} of 13" in again.stderr
    assert pl.read_parquet(out)["scenario"].unique(maintain_order=True).to_list() == [
        "today", *(f"s{number}" for number in range(1, 13))
    ]  # fmt: skip
