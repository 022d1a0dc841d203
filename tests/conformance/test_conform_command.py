"""`daliz conform` on an event store: what it prints, in which language, and what it refuses."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from click.testing import CliRunner
from made import ABROAD, small_log, small_regime

from daliz.cli.group import daliz
from daliz.store.events import EventStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]

AT = "2026-03-16T10:00Z"


@pytest.fixture
def run_here(built_store: Path) -> Run:
    """Run the command in this process on the built store; keyword arguments are environment variables."""

    def run(*words: str, **environment: str) -> Result:
        return CliRunner().invoke(daliz, words, env={"DALIZ_STORE": str(built_store), **environment})

    return run


@pytest.fixture
def judged(run_here: Run, tmp_path: Path) -> Run:
    """Run `daliz conform` on the small log and its own checklists."""
    _stored(tmp_path / "events", small_log())
    checklists = tmp_path / "small.yaml"
    checklists.write_text(small_regime().to_yaml(), encoding="utf-8")

    def run(*words: str) -> Result:
        common = ("conform", "--regime", str(checklists), "--at", AT)
        return run_here(*common, *words, DALIZ_EVENTS=str(tmp_path / "events"))

    return run


def _stored(folder: Path, log: pl.DataFrame) -> None:
    with EventStore(folder).writing("0" * 16, "small", "csv") as writer:
        writer.add(log.drop("event", "file", "format"))


def _json(done: Result) -> Any:
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def test_json_has_the_breaches_found_by_hand(judged: Run) -> None:
    """Fourteen breaches by kind, counts, attainment and losses; each breach names events of the store."""
    found = _json(judged("--json"))
    # The Chinese post has a checklist of the network, which the two lines of its log do not fulfil.
    here = Counter(row["kind"] for row in found["breaches"] if row["place"] != ABROAD)
    assert here == {
        "deadline": 1, "deadline_open": 1, "late": 5, "late_open": 2, "out_of_order": 1, "repeated": 1,
        "skipped": 2, "unknown": 1,
    }  # fmt: skip
    assert found["counts"]["in_visits"] == 36
    customs = next(row for row in found["attainment"] if row["key"] == "rail_customs")
    assert (customs["n"], customs["within"], customs["over"], customs["open_over"]) == (9, 5, 3, 1)
    assert found["value_of_time"]
    assert found["breaches"][0]["over_h"] == 48.0
    assert all(len(event) == 32 for row in found["breaches"] for event in row["events"])
    assert found["simulated"] is False
    assert found["at"] == "2026-03-16T10:00:00+00:00"


def test_a_window_keeps_its_visits_alone(judged: Run) -> None:
    """Arrivals at Altynkol on 11 and 12 March: S7 late and S8 without its check; of 2 February S2, thrice."""
    found = _json(judged("--place", "Altynkol", "--since", "2026-03-11", "--until", "2026-03-12", "--json"))
    assert found["breaches_by_kind"] == {"late": 1, "skipped": 1}
    assert sum(row["n"] for row in found["attainment"]) == 6
    assert _json(judged("--place", "Altynkol", "--until", "2026-02-02", "--json"))["breaches_by_kind"] == {
        "late": 3
    }


def test_one_shipment_with_its_next_steps(judged: Run) -> None:
    """S6 stands with customs, five hours over."""
    found = _json(judged("--shipment", "S6", "--json"))
    (step,) = found["next"]
    assert (step["code"], step["party"], step["left_h"]) == ("rail_customs", "customs", -5.0)
    assert set(found["breaches_by_kind"]) == {"deadline_open", "late_open"}


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ("repeated", "customs", "the whole visit", "Next steps")),
        ("ru", ("повторено", "таможня", "стоянка целиком", "Следующие шаги")),
        ("kk", ("қайталанды", "кеден", "аялдаудың бәрі", "Келесі қадамдар")),
    ],
)
def test_the_report_is_worded_in_three_languages(judged: Run, lang: str, words: tuple[str, ...]) -> None:
    """Kinds, parties, the whole visit and headings are words of the language asked for."""
    printed = " ".join(judged("--lang", lang).stdout.split())
    shipment = " ".join(judged("--lang", lang, "--shipment", "S6").stdout.split())
    plain = _unwrapped(printed + " " + shipment)
    assert [word for word in words if _unwrapped(word) not in plain] == []


def _unwrapped(text: str) -> str:
    return "".join(char for char in text if char.isalpha())


@pytest.mark.parametrize("by", ["party", "corridor", "period"])
def test_every_grouping_can_be_asked_for(judged: Run, by: str) -> None:
    """Each grouping gives attainment and losses by named groups."""
    found = _json(judged("--by", by, "--json"))
    assert found["by"] == by
    assert found["attainment"]
    assert found["losses"]


def test_simulated_events_are_named_so(run_here: Run, tmp_path: Path) -> None:
    """A store of simulated events says so in the print and in the JSON, in each language."""
    _stored(tmp_path / "events", small_log().with_columns(pl.lit("simulated").alias("quality")))
    folder = str(tmp_path / "events")
    for lang, word in (("en", "simulated"), ("ru", "смоделированы"), ("kk", "модельденген")):
        assert word in run_here("conform", "--lang", lang, DALIZ_EVENTS=folder).stdout
    assert _json(run_here("conform", "--json", DALIZ_EVENTS=folder))["simulated"] is True


def test_an_empty_store_has_no_breaches(run_here: Run, tmp_path: Path) -> None:
    """Nothing imported yet: no breaches, status 0."""
    done = run_here("conform", DALIZ_EVENTS=str(tmp_path))
    assert done.exit_code == 0, done.stderr
    assert "No breaches" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--shipment", "S0"), "S0"), (("--place", "Nowhereville"), "Nowhereville"),
        (("--at", "yesterday"), "yesterday"), (("--case-end", "case:enddate"), "case:enddate"),
        (("--regime", "/no/such.yaml"), "no/such"),
    ],
)  # fmt: skip
def test_what_is_refused(judged: Run, words: tuple[str, ...], said: str) -> None:
    """Unknown shipments, places, moments, attributes and files end with 2 and name what was given."""
    done = judged(*words)
    assert done.exit_code == 2
    assert said in done.stderr
    assert done.exception is None or isinstance(done.exception, SystemExit)


def test_the_end_of_a_case_is_read_from_its_attribute(run_here: Run, tmp_path: Path) -> None:
    """A naive end is read in the clock of the log; the case without one is open at the end of the log."""
    extra = {"S1": '{"columns": {"case:enddate": "2026-02-02T17:59"}}'}
    log = small_log().filter(pl.col("shipment").is_in(["S1", "S3"]) & (pl.col("status") == "stands"))
    log = log.with_columns(
        pl.col("shipment").replace_strict(extra, default=None).alias("extra"),
        pl.lit("Asia/Almaty").alias("zone"),
    )
    _stored(tmp_path / "events", log)
    found = _json(
        run_here(
            "conform",
            "--case-end",
            "case:enddate",
            "--at",
            AT,
            "--json",
            DALIZ_EVENTS=str(tmp_path / "events"),
        )
    )
    # S1 ended at 12:59 UTC, a minute before its promise of 13:00; S3 promised 10 February and has no end.
    assert found["breaches_by_kind"].get("deadline") is None
    assert found["breaches_by_kind"]["deadline_open"] == 1
    assert found["counts"]["promise_kept"] == 1
