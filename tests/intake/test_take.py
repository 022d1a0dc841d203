"""A whole file taken in: read = accepted + known already + refused; mended; read twice; killed."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from daliz.errors import BadValue
from daliz.gazetteer import fold
from daliz.intake import (
    Defaults,
    Options,
    export,
    export_quarantine,
    quarantined,
    read_answers,
    replay,
    take,
    write_template,
)
from daliz.store.events import EventStore

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from daliz.store.events import Summary

    Run = Callable[..., subprocess.CompletedProcess[str]]

HEAD = (
    "shipment", "unit", "place_text", "mode", "direction", "activity_text", "start", "end",
    "official_amount", "official_currency",
)  # fmt: skip
DOSTYK = {"place_text": "Dostyk", "mode": "rail", "direction": "in", "activity_text": "rail_customs"}


def line(**cells: str) -> tuple[str, ...]:
    """One line of a log: customs of a train at Dostyk on 1 March, but for the cells given."""
    said = {**DOSTYK, "start": "2025-03-01 10:00", **cells}
    return tuple(said.get(name, "") for name in HEAD)


GOOD = [
    line(shipment="T1", unit="CSQU3054383", place_text="Достық", end="2025-03-01 14:30"),
    line(
        shipment="T1", unit="CSQU3054383", activity_text="Bogie exchange", start="2025-03-01 15:00",
        end="2025-03-01 21:00", official_amount="120", official_currency="USD",
    ),
    line(shipment="T2", unit="54123369", place_text="Altynkoll", start="2025-03-02T10:00+05:00"),
]  # fmt: skip
BAD = {
    "check digit": line(shipment="T3", unit="CSQU3054384"),
    "31 February": line(shipment="T4", start="2025-02-31 10:00"),
    "end first": line(shipment="T5", end="2025-03-01 09:00"),
    "no clock": line(shipment="T6", place_text="Nowhere-on-Sea"),
    "no currency": line(shipment="T7", official_amount="100"),
    "mode": line(shipment="T8", mode="train"),
    "no shipment": line(),
    "no time": line(shipment="T9", start=""),
}
REASONS = {
    "T3": "finding.check_digit", "T4": "finding.instant", "T5": "finding.end_first", "T6": "finding.no_zone",
    "T7": "finding.no_currency", "T8": "finding.enum", "": "finding.required", "T9": "finding.no_time",
}  # fmt: skip


def log_of(path: Path, rows: list[tuple[str, ...]], head: tuple[str, ...] = HEAD) -> Path:
    with path.open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines).writerows([head, *rows])
    return path


def counts(summary: Summary) -> tuple[int, int, int, int]:
    return summary.read, summary.accepted, summary.duplicates, summary.rejected


@pytest.fixture
def store(tmp_path: Path) -> EventStore:
    return EventStore(tmp_path / "events")


def test_each_row_is_accepted_or_refused_with_its_reason(
    store: EventStore, frames: dict[str, pl.DataFrame], tmp_path: Path
) -> None:
    """Three good rows and eight bad ones: every bad row waits with its own reason, in words."""
    log = log_of(tmp_path / "log.csv", [*GOOD, *BAD.values()])
    summary = take(store, frames, log)
    assert counts(summary) == (11, 3, 0, 8)
    assert summary.mended == {"Altynkoll": "kz-altynkol"}
    held = {row["raw"].get("shipment", ""): row["key"] for row in quarantined(store, "en")}
    assert held == REASONS
    for lang in ("kk", "ru", "en"):
        for row in quarantined(store, lang):
            assert "{" not in row["reason"] + row["repair"]
    rows = store.frame().sort("start").to_dicts()
    assert [row["place"] for row in rows] == ["kz-dostyk", "kz-dostyk", "kz-altynkol"]
    assert [row["activity"] for row in rows] == ["rail_customs", "gauge_change_bogie", "rail_customs"]
    assert [row["start"].isoformat()[:16] for row in rows] == [
        "2025-03-01T05:00", "2025-03-01T10:00", "2025-03-02T05:00",
    ]  # fmt: skip
    assert [row["unit_kind"] for row in rows] == ["container", "container", "wagon"]
    assert {row["country"] for row in rows} == {"KZ"}
    assert {row["quality"] for row in rows} == {"measured"}


def test_the_same_file_twice_changes_nothing(
    store: EventStore, frames: dict[str, pl.DataFrame], tmp_path: Path
) -> None:
    """The second time all rows are known; so are they under another name and in another order."""
    log = log_of(tmp_path / "log.csv", [*GOOD, *BAD.values()])
    take(store, frames, log)
    before = {p: p.read_bytes() for p in store.folder.rglob("*") if p.is_file()}
    again = take(store, frames, log)
    assert (again.accepted, again.rejected, again.duplicates) == (0, 0, again.read)
    assert {p: p.read_bytes() for p in store.folder.rglob("*") if p.is_file()} == before
    turned = take(store, frames, log_of(tmp_path / "turned.csv", GOOD[::-1]))
    assert counts(turned) == (3, 0, 3, 0)


def test_mended_rows_come_back(store: EventStore, frames: dict[str, pl.DataFrame], tmp_path: Path) -> None:
    """Export, mend four cells, replay: four rows are accepted, the others wait as they are now."""
    take(store, frames, log_of(tmp_path / "log.csv", [*GOOD, *BAD.values()]))
    table = tmp_path / "quarantine.csv"
    assert export_quarantine(store, table, "kk") == 8
    with table.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    mends = {
        "T3": {"unit": "CSQU3054383"},
        "T4": {"start": "2025-02-28 10:00"},
        "T6": {"zone": "Asia/Tashkent"},
        "T7": {"official_currency": "KZT"},
    }
    for row in rows:
        row.update(mends.get(row["shipment"], {}))
    with table.open("w", encoding="utf-8-sig", newline="") as lines:
        out = csv.DictWriter(lines, list(rows[0]))
        out.writeheader()
        out.writerows(rows)
    done = replay(store, frames, table)
    assert counts(done) == (8, 4, 0, 4)
    assert store.frame().height == 7
    waiting = quarantined(store, "en")
    assert sorted(row["key"] for row in waiting) == sorted(
        REASONS[shipment] for shipment in ("T5", "T8", "", "T9")
    )
    assert len(quarantined(store, "en", every=True)) == 12
    total = sum(s.read for s in store.summaries())
    assert total == sum(s.accepted + s.duplicates + s.rejected for s in store.summaries()) == 19


def test_a_table_that_is_not_of_the_quarantine_is_refused(
    store: EventStore, frames: dict[str, pl.DataFrame], tmp_path: Path
) -> None:
    """Without the column row, or with rows that do not wait, nothing is taken."""
    with pytest.raises(BadValue, match="no column row"):
        replay(store, frames, log_of(tmp_path / "other.csv", GOOD))
    with pytest.raises(BadValue, match="abc:1"):
        replay(store, frames, log_of(tmp_path / "row.csv", [("abc:1", "T1")], ("row", "shipment")))
    assert store.keys() == []


def test_no_cell_of_a_log_becomes_a_formula(
    store: EventStore, frames: dict[str, pl.DataFrame], tmp_path: Path
) -> None:
    """A cell that begins like a formula is written as text, and comes back as it was."""
    evil = line(shipment="=HYPERLINK(1)", start="2025-02-31 10:00")
    take(store, frames, log_of(tmp_path / "log.csv", [evil]))
    table = tmp_path / "q.csv"
    export_quarantine(store, table, "en")
    with table.open(encoding="utf-8-sig", newline="") as lines:
        assert next(csv.DictReader(lines))["shipment"] == "'=HYPERLINK(1)"
    text = table.read_text(encoding="utf-8-sig").replace("2025-02-31", "2025-02-28")
    table.write_text(text, encoding="utf-8-sig")
    replay(store, frames, table)
    assert store.frame()["shipment"].to_list() == ["=HYPERLINK(1)"]


def test_a_simulated_log_stays_simulated(
    store: EventStore, frames: dict[str, pl.DataFrame], tmp_path: Path
) -> None:
    """Read as simulated: no way leads back to measured, not even by the quarantine."""
    options = Options(defaults=Defaults(quality="simulated"))
    take(store, frames, log_of(tmp_path / "log.csv", [*GOOD, BAD["31 February"]]), options)
    table = tmp_path / "q.csv"
    export_quarantine(store, table, "en")
    text = table.read_text(encoding="utf-8-sig").replace("2025-02-31", "2025-02-28")
    table.write_text(text, encoding="utf-8-sig")
    replay(store, frames, table)
    assert store.frame()["quality"].to_list() == ["simulated"] * 4


def test_answers_settle_what_a_name_means(
    store: EventStore, frames: dict[str, pl.DataFrame], tmp_path: Path
) -> None:
    """A file of answers turns a foreign name into a place of ours; a broken one is refused by its row."""
    answers = tmp_path / "answers.csv"
    answers.write_text("kind,name,answer\nplace,Nowhere-on-Sea,kz-aktau\n", encoding="utf-8")
    held = read_answers(answers)
    assert held == {("place", fold("Nowhere-on-Sea")): "kz-aktau"}
    take(store, frames, log_of(tmp_path / "log.csv", [BAD["no clock"]]), Options(answers=held))
    assert store.frame()["place"].to_list() == ["kz-aktau"]
    answers.write_text("kind,name,answer\nplaice,x,y\n", encoding="utf-8")
    with pytest.raises(BadValue, match="row 2"):
        read_answers(answers)


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".xes", ".jsonocel", ".sqlite", ".jsonld", ".xml"])
def test_what_goes_out_comes_in_again(
    store: EventStore, frames: dict[str, pl.DataFrame], tmp_path: Path, ending: str
) -> None:
    """Export in each format, read into another store: the same events in all that our columns hold."""
    take(store, frames, log_of(tmp_path / "log.csv", GOOD[:2]))
    simulated = Options(defaults=Defaults(quality="simulated"))
    take(store, frames, log_of(tmp_path / "simulated.csv", GOOD[2:]), simulated)
    out = tmp_path / f"out{ending}"
    assert export(store, out) == 3
    other = EventStore(tmp_path / "other")
    summary = take(other, frames, out)
    assert counts(summary) == (3, 3, 0, 0)
    columns = [
        "shipment", "unit", "unit_kind", "place", "mode", "direction", "activity", "start", "end",
        "official_amount", "official_currency", "country", "quality",
    ]  # fmt: skip
    sent, came = (s.frame().select(columns).sort("shipment", "activity").to_dicts() for s in (store, other))
    assert came == sent
    assert sorted(row["quality"] for row in came) == ["measured", "measured", "simulated"]


def test_an_unknown_ending_or_file_is_said(
    store: EventStore, frames: dict[str, pl.DataFrame], tmp_path: Path
) -> None:
    """No format, no file, a folder that is not there: each in words."""
    with pytest.raises(BadValue, match="tells no format"):
        export(store, tmp_path / "out.docx")
    with pytest.raises(BadValue, match="cannot be read"):
        take(store, frames, tmp_path / "none.csv")
    (tmp_path / "noise.bin").write_bytes(bytes(range(256)) * 10)
    with pytest.raises(BadValue, match="format"):
        take(store, frames, tmp_path / "noise.bin")


@pytest.mark.parametrize("lang", ["kk", "ru", "en"])
@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_an_empty_form_reads_as_nothing(
    store: EventStore, frames: dict[str, pl.DataFrame], tmp_path: Path, lang: str, ending: str
) -> None:
    """The form of each language is known by its headings; its example row is not an event."""
    form = tmp_path / f"form{ending}"
    write_template(form, lang, frames)
    assert counts(take(store, frames, form)) == (0, 0, 0, 0)


def test_a_killed_import_leaves_the_store_as_it_was(
    frames: dict[str, pl.DataFrame], built_store: Path, tmp_path: Path
) -> None:
    """SIGKILL at each step of an import, then once more: the same bytes as an import never disturbed."""
    rows = [line(shipment=f"K{n}", start=f"2025-03-{1 + n % 28:02d} 10:00") for n in range(90)]
    log = log_of(tmp_path / "log.csv", [*rows, BAD["31 February"]])
    program = str(Path(__file__).with_name("killed_import.py"))

    def run(folder: str, fatal: int) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, program, str(tmp_path / folder), str(log), str(built_store), str(fatal)]
        return subprocess.run(words, capture_output=True, text=True, check=False)

    def bytes_of(folder: str) -> dict[str, bytes]:
        root = tmp_path / folder
        return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}

    whole = run("whole", 0)
    assert whole.returncode == 0, whole.stderr
    steps = int(whole.stdout)
    assert steps >= 7
    for fatal in {1, 2, steps - 4, steps - 1, steps}:
        assert run("killed", fatal).returncode == -9
        assert EventStore(tmp_path / "killed").keys() == []
    assert run("killed", 0).returncode == 0
    assert bytes_of("killed") == bytes_of("whole")
    assert EventStore(tmp_path / "killed").frame().height == 90
    assert frames


def test_the_commands_do_the_same(run_daliz: Run, tmp_path: Path) -> None:
    """import, quarantine, export and replay over the command line, with their counts as JSON."""
    log = log_of(tmp_path / "log.csv", [*GOOD, *BAD.values()])
    there = {"DALIZ_EVENTS": str(tmp_path / "events")}
    done = run_daliz("events", "import", str(log), "--json", **there)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert [answer[name] for name in ("read", "accepted", "rejected", "duplicates")] == [11, 3, 8, 0]
    again = json.loads(run_daliz("events", "import", str(log), "--json", **there).stdout)
    assert (again["accepted"], again["duplicates"], again["rejected"]) == (0, 11, 0)
    rows = json.loads(run_daliz("events", "quarantine", "--json", "--lang", "ru", **there).stdout)["rows"]
    assert len(rows) == 8
    table = tmp_path / "q.csv"
    assert run_daliz("events", "quarantine", "--export", str(table), **there).returncode == 0
    still = run_daliz("events", "replay", str(table), "--json", **there)
    assert still.returncode == 1
    assert json.loads(still.stdout)["rejected"] == 8
    out = tmp_path / "out.xes"
    assert json.loads(run_daliz("events", "export", str(out), "--json", **there).stdout)["written"] == 3
    listed = json.loads(run_daliz("events", "list", "--json", **there).stdout)["imports"]
    assert [one["format"] for one in sorted(listed, key=lambda one: one["format"])] == ["csv", "replay"]
    for lang in ("kk", "ru", "en"):
        shown = run_daliz("events", "quarantine", "--lang", lang, **there)
        assert shown.returncode == 0
        assert "{" not in shown.stdout
