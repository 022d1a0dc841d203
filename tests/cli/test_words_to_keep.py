"""The words of the command that others build on: options, keys of the JSON, exit codes and refusals."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import polars as pl
import pytest

from daliz.build import curated_folder
from daliz.cli.group import COMMANDS, daliz

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    Run = Callable[..., subprocess.CompletedProcess[str]]

DASHES = ("-", " - ", "–", " – ", "—", " ")
OPTION_KEYS = {
    "label", "service", "time_mean_h", "time_p50_h", "time_p90_h", "cost_usd", "co2e_kg", "distance_km",
    "countries", "borders", "legs", "share_by_quality",
}  # fmt: skip
LEG_KEYS = {"mode", "from", "to", "distance_km", "move_h", "wait_h", "steps"}
STEP_KEYS = {"code", "hours", "cost_usd", "source", "quality"}


def answer(done: subprocess.CompletedProcess[str], status: int = 0) -> Any:
    """The JSON on standard output of a command that ended with `status`."""
    assert done.returncode == status, done.stderr
    return json.loads(done.stdout)


def test_check_gives_counts_and_findings(run_daliz: Run) -> None:
    """`daliz check --json` counts the network, words each finding with its repair, and finds no error."""
    report = answer(run_daliz("check", "--json"))
    assert report["counts"]["places"] >= 350
    assert report["counts"]["crossings"] >= 70
    assert report["counts"]["corridors"] >= 15
    assert report["findings"], "a real network has something to remark"
    for finding in report["findings"]:
        assert set(finding) == {"level", "table", "row", "message", "repair"}
        assert finding["level"] in ("warning", "note"), finding
        assert finding["message"]
        assert finding["repair"]
        assert "{" not in finding["message"] + finding["repair"]
        assert not finding["message"].startswith("finding.")


def test_check_is_worded_in_the_language_asked_for(run_daliz: Run) -> None:
    """The same findings in kk, ru and en differ in words and agree in rows."""
    reports = [answer(run_daliz("check", "--json", "--lang", lang)) for lang in ("kk", "ru", "en")]
    rows = [[(f["level"], f["table"], f["row"]) for f in report["findings"]] for report in reports]
    assert rows[0] == rows[1] == rows[2]
    assert len({report["findings"][0]["message"] for report in reports}) == 3


def test_check_ends_with_one_when_something_is_an_error(
    run_daliz: Run, built_store: Path, tmp_path: Path
) -> None:
    """A store with an error in it is reported with status 1."""
    store = tmp_path / "store"
    shutil.copytree(built_store, store)
    path = store / "tables" / "places.parquet"
    places = pl.read_parquet(path)
    moved = places.with_columns(lat=pl.lit(places["lat"][0]), lon=pl.lit(places["lon"][0]))
    pl.concat([places[:1], moved[1:2], places[2:]]).write_parquet(path)
    report = answer(run_daliz("check", "--json", DALIZ_STORE=str(store)), status=1)
    assert [f["row"] for f in report["findings"] if f["level"] == "error"] == [places["place"][1]]


def test_corridors_lists_them_all(run_daliz: Run) -> None:
    """`daliz corridors --json` lists every named corridor with its places, and open ones connect."""
    rows = answer(run_daliz("corridors", "--json"))["corridors"]
    families = {row["family"] for row in rows}
    assert families == {
        "north_south", "trans_caspian", "west_china_west_europe", "northern", "southern", "traceca", "carec",
        "planned",
    }  # fmt: skip
    assert sum(row["family"] == "north_south" for row in rows) >= 3
    assert [row["corridor"] for row in rows if row["status"] == "open" and not row["connected"]] == []
    assert all(len(row["via"]) >= 2 and row["distance_km"] > 0 for row in rows if row["status"] == "open")
    for word in ("CAREC 1", "CAREC 2", "CAREC 3", "CAREC 4", "CAREC 5", "CAREC 6"):
        assert any(
            word in (row["names"]["en"], *row["aliases"]) or word in row["names"]["en"] for row in rows
        )


@pytest.mark.parametrize(
    ("parts", "family"),
    [
        (("North", "South"), "north_south"), (("Север", "Юг"), "north_south"),
        (("Солтүстік", "Оңтүстік"), "north_south"), (("East", "West"), "trans_caspian"),
        (("Восток", "Запад"), "trans_caspian"), (("Шығыс", "Батыс"), "trans_caspian"),
        (("Middle", "Corridor"), "trans_caspian"), (("Срединный", "коридор"), "trans_caspian"),
        (("Орта", "дәліз"), "trans_caspian"), (("Western Europe", "Western China"), "west_china_west_europe"),
        (("West China", "West Europe"), "west_china_west_europe"),
        (("Западный Китай", "Западная Европа"), "west_china_west_europe"),
        (("Батыс Қытай", "Батыс Еуропа"), "west_china_west_europe"),
        (("CAREC", "1b"), "carec"), (("ЦАРЭС", "1b"), "carec"),
    ],
)  # fmt: skip
def test_corridors_are_found_by_every_spelling(atlas: Any, parts: tuple[str, str], family: str) -> None:
    """A corridor answers to its name in three languages with any of the dashes in use, in any case."""
    keys = {tuple(atlas.gazetteer.corridor(dash.join(parts))) for dash in DASHES}
    keys.add(tuple(atlas.gazetteer.corridor("-".join(parts).upper())))
    assert len(keys) == 1
    assert {atlas.gazetteer.corridors[key]["family"] for key in keys.pop()} == {family}


@pytest.mark.parametrize(
    "name", ["TRACECA", "ТРАСЕКА", "TITR", "ТМТМ", "CKU", "TRIPP", "Zangezur corridor", "Северный коридор"]
)
def test_corridors_take_a_name_on_the_command_line(run_daliz: Run, name: str) -> None:
    """`daliz corridors NAME --json` gives the corridors that answer to the name."""
    assert answer(run_daliz("corridors", name, "--json"))["corridors"]


def test_unknown_corridor_is_refused(run_daliz: Run) -> None:
    """A corridor that nobody knows is a refusal with status 2."""
    done = run_daliz("corridors", "Atlantis", "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Atlantis" in done.stderr


@pytest.mark.parametrize("name", ["Altynkol", "Алтынколь", "Алтынкөл", "kz-altynkol"])
def test_place_shows_procedures_and_sources(run_daliz: Run, name: str) -> None:
    """`daliz place NAME --json` gives crossings with hours, timed steps and the cards of their sources."""
    card = answer(run_daliz("place", name, "--json"))
    assert card["place"]["place"] == "kz-altynkol"
    assert card["crossings"][0]["hours_a"]
    directions = {(process["mode"], process["direction"]) for process in card["processes"]}
    assert {("rail", "in"), ("rail", "out")} <= directions
    for process in card["processes"]:
        total = sum(step["hours"] for step in process["steps"])
        assert total == pytest.approx(process["total_h"] - process["opening_wait_h"], abs=0.1)
        for step in process["steps"]:
            assert {step["source"], step["step_source"]} <= set(card["sources"])
    assert all(source["citation"] and source["licence"] for source in card["sources"].values())


def test_route_has_every_promised_key(run_daliz: Run) -> None:
    """`daliz route --json` carries all keys of the contract, on every option, leg, border and step."""
    done = run_daliz("route", "Altynkol", "Brest", "--mode", "rail", "--seed", "5", "--json")
    found = answer(done)
    assert found["seed"] == 5
    assert found["reference_date"]
    assert found["options"]
    for option in found["options"]:
        assert set(option) >= OPTION_KEYS
        assert option["borders"]
        assert all(set(border) >= {"name", "hours"} for border in option["borders"])
        for leg in option["legs"]:
            assert set(leg) >= LEG_KEYS
            assert all(set(step) >= STEP_KEYS for step in leg["steps"])


def test_route_takes_every_promised_option(run_daliz: Run) -> None:
    """Every option of the contract is accepted, alone and together."""
    done = run_daliz(
        "route", "Xi'an", "Warsaw", "--mode", "rail", "--service", "block_train", "--via", "Moscow",
        "--avoid", "Ukraine", "--close", "Altynkol", "--depart", "2027-03-01T08:00:00+05:00", "--teu", "4",
        "--tonnes", "40", "--value-usd", "100000", "--hs", "8703", "--with", "sla", "--vintage", "2022",
        "--planned", "--seed", "11", "--alternatives", "1", "--lang", "ru", "--json",
    )  # fmt: skip
    found = answer(done)
    assert found["depart"] == "2027-03-01T03:00:00+00:00"
    assert found["origin"]["name"] == "Сиань"
    assert all("UA" not in option["countries"] for option in found["options"])
    later = run_daliz("route", "Almaty", "Astana", "--arrive-by", "2027-03-01T08:00:00+05:00", "--json")
    assert answer(later)["depart"] < "2027-03-01T03:00:00+00:00"


def test_route_is_the_same_from_one_run_to_the_next(run_daliz: Run) -> None:
    """Two runs with one seed print the same bytes."""
    words = ("route", "Altynkol", "Poti", "--seed", "3", "--alternatives", "2", "--json")
    assert run_daliz(*words).stdout == run_daliz(*words).stdout


def test_route_prints_a_table_for_people(run_daliz: Run) -> None:
    """Without `--json` the answer is a table in the reader's language, not JSON."""
    done = run_daliz("route", "Алматы", "Ташкент", "--lang", "ru")
    assert done.returncode == 0, done.stderr
    assert "Ташкент" in done.stdout
    assert not done.stdout.lstrip().startswith("{")


def test_past_departure_is_a_note(run_daliz: Run) -> None:
    """A departure in the past is answered with status 0 and a note."""
    found = answer(run_daliz("route", "Almaty", "Astana", "--depart", "2020-01-01", "--json"))
    assert len(found["notes"]) == 1


@pytest.mark.parametrize(
    ("typo", "offered"), [("Almatty", "Almaty"), ("Алматта", "Алматы"), ("Қызылордда", "Қызылорда")]
)
def test_unknown_place_offers_the_nearest_names(run_daliz: Run, typo: str, offered: str) -> None:
    """A name with a slip, Latin, Russian or Kazakh, is refused with the nearest names in its script."""
    done = run_daliz("route", typo, "Brest", "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert typo in done.stderr
    assert offered in done.stderr


def test_impossible_pair_says_where_the_network_breaks(run_daliz: Run) -> None:
    """By road alone there is no way over the Caspian when its shores are shut: both edges are named."""
    shut = [
        word
        for name in ("Russia", "Turkmenistan", "Uzbekistan", "China", "Kyrgyzstan")
        for word in ("--avoid", name)
    ]
    done = run_daliz("route", "Almaty", "Baku", "--mode", "road", *shut, "--lang", "en")
    assert (done.returncode, done.stdout) == (2, "")
    assert "breaks between" in done.stderr
    assert "km" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("route", "Almaty", "Almaty"), ("route", "Almaty"), ("route", "Almaty", "Brest", "--mode", "air"),
        ("route", "Almaty", "Brest", "--teu", "-3"), ("route", "Almaty", "Brest", "--depart", "soon"),
        ("route", "Almaty", "Brest", "--service", "rocket"), ("place", "Atlantis"), ("fly",),
        ("route", "Almaty", "Brest", "--with", "hope"), ("route", "Almaty", "Brest", "--close", "Atlantis"),
    ],
)  # fmt: skip
def test_bad_input_ends_with_two(run_daliz: Run, words: tuple[str, ...]) -> None:
    """Whatever is wrong with a question, it is refused with status 2, a reason and no traceback."""
    done = run_daliz(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr


def _broken(tmp_path: Path, column: str, value: str) -> tuple[Path, Path, int]:
    """A copy of the curated tables with one bad cell: folder, file and row as a person counts it."""
    tables = tmp_path / "tables"
    shutil.copytree(curated_folder(), tables)
    path = tables / "crossings" / "kazakhstan.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines))
    rows[3][rows[0].index(column)] = value
    with path.open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines, lineterminator="\n").writerows(rows)
    return tables, path, 4


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("status", "sometimes"),
        ("hours_a", "9 to 5"),
        ("post_a", "kz-nowhere"),
        ("mode", ""),
        ("source", "hearsay"),
    ],
)
def test_malformed_row_is_named_and_nothing_is_written(
    run_daliz: Run, tmp_path: Path, column: str, value: str
) -> None:
    """A bad cell stops the build with file, row, column and repair, status 2, and no store appears."""
    tables, path, row = _broken(tmp_path, column, value)
    store = tmp_path / "new-store"
    done = run_daliz("build", "--tables", str(tables), "--quiet", DALIZ_STORE=str(store), DALIZ_LANG="en")
    assert (done.returncode, done.stdout) == (2, "")
    assert column in done.stderr
    assert "→" in done.stderr, "the repair follows the finding"
    assert path.name in done.stderr
    assert str(row) in done.stderr.replace(path.name, "", 1)
    assert not store.exists()
    assert sorted(found.name for found in tmp_path.iterdir()) == ["tables"]


def test_malformed_row_leaves_the_old_store_whole(run_daliz: Run, built_store: Path, tmp_path: Path) -> None:
    """A refused build does not touch the store that is there."""
    tables, _, _ = _broken(tmp_path, "status", "sometimes")
    store = tmp_path / "store"
    shutil.copytree(built_store, store)
    before = (store / "manifest.json").read_bytes()
    done = run_daliz("build", "--tables", str(tables), "--quiet", DALIZ_STORE=str(store))
    assert done.returncode == 2
    assert (store / "manifest.json").read_bytes() == before
    assert answer(run_daliz("diff", str(built_store), str(store), "--json"))["changes"] == []


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "example.org"])  # noqa: S104
def test_up_refuses_to_listen_beyond_this_machine(run_daliz: Run, host: str) -> None:
    """Asked to bind anywhere but loopback the server does not start, says why, and ends with 2."""
    done = run_daliz("up", "--host", host, "--no-browser", "--lang", "en")
    assert done.returncode == 2
    assert host in done.stderr
    assert "account" in done.stderr


@pytest.mark.parametrize(
    "words", [("check",), ("corridors",), ("place", "Almaty"), ("route", "Almaty", "Brest")]
)
def test_missing_store_says_how_to_get_one(run_daliz: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    """Without a store each command is refused with the folder and the command that builds it."""
    done = run_daliz(*words, DALIZ_STORE=str(tmp_path / "none"), DALIZ_LANG="en")
    assert (done.returncode, done.stdout) == (2, "")
    assert str(tmp_path / "none") in done.stderr
    assert "build" in done.stderr


def test_diff_of_a_store_with_itself_is_empty(run_daliz: Run, built_store: Path) -> None:
    """Nothing changed between a store and itself: status 0."""
    assert answer(run_daliz("diff", str(built_store), str(built_store), "--json")) == {"changes": []}


def test_diff_names_the_cell_that_changed(run_daliz: Run, built_store: Path, tmp_path: Path) -> None:
    """One edited cell, one row taken away and one added are three changes, with status 1."""
    other = tmp_path / "other"
    shutil.copytree(built_store, other)
    path = other / "tables" / "crossings.parquet"
    rows = pl.read_parquet(path)
    edited = rows[:1].with_columns(status=pl.lit("closed"), note=pl.lit("shut by a flood"))
    added = rows[1:2].with_columns(crossing=pl.lit("zz-new-road"))
    pl.concat([edited, rows[2:], added]).write_parquet(path)
    found = answer(run_daliz("diff", str(built_store), str(other), "--json"), status=1)["changes"]
    first, second = rows["crossing"][0], rows["crossing"][1]
    assert {(c["table"], c["row"], c["kind"], c["column"]) for c in found} == {
        ("crossings", first, "changed", "status"), ("crossings", first, "changed", "note"),
        ("crossings", second, "removed", ""), ("crossings", "zz-new-road", "added", ""),
    }  # fmt: skip
    status = next(change for change in found if change["column"] == "status")
    assert (status["before"], status["after"]) == (rows["status"][0], "closed")


@pytest.mark.parametrize(
    "statement",
    ["import daliz", "from daliz.cli.group import daliz; daliz(['--help'], standalone_mode=False)"],
)
def test_start_imports_nothing_heavy(statement: str) -> None:
    """`import daliz` and `daliz --help` load neither tables nor kernels nor the server."""
    heavy = "{'polars', 'pandas', 'numba', 'numpy', 'scipy', 'shapely', 'fastapi', 'pydantic', 'rich'}"
    code = f"{statement}\nimport sys\nprint(sorted({heavy} & set(sys.modules)), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr.strip() == "[]"


def test_help_names_every_command_in_three_languages(run_daliz: Run) -> None:
    """`daliz --help` lists every command with words of the reader's language, not keys."""
    texts = [run_daliz("--help", DALIZ_LANG=lang).stdout for lang in ("kk", "ru", "en")]
    assert len(set(texts)) == 3
    for text in texts:
        assert all(command in text for command in COMMANDS)
        assert "cli." not in text


@pytest.mark.parametrize("command", sorted(COMMANDS))
@pytest.mark.parametrize("lang", ["kk", "ru", "en"])
def test_help_of_a_command_is_worded(
    command: str, lang: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """Every option of every command is explained in the reader's language."""
    monkeypatch.setenv("DALIZ_LANG", lang)
    monkeypatch.setattr(sys, "argv", ["daliz", command, "--help"])
    daliz([command, "--help"], standalone_mode=False)
    shown = capsys.readouterr().out
    assert shown.strip()
    assert "cli." not in shown


def test_completion_is_offered(run_daliz: Run) -> None:
    """The shell is told the commands and the options of `route`."""
    script = run_daliz(_DALIZ_COMPLETE="bash_source")
    assert "_DALIZ_COMPLETE" in script.stdout
    words = run_daliz(_DALIZ_COMPLETE="bash_complete", COMP_WORDS="daliz rou", COMP_CWORD="1")
    assert "route" in words.stdout
