"""The scorecard: ten criteria, whatever is known of them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from daliz.i18n import LANGUAGES
from daliz.schema import table
from daliz.scorecard import CRITERIA, score
from daliz.scorecard.gather import agreement, barriers

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

AT = dt.date(2026, 11, 1)
TEN = ["K-01", "K-02", "K-03", "K-04", "K-05", "K-06", "K-07", "K-09", "K-10", "K-11"]


def seen(series: str, year: int, value: float, subject: str = "", **more: Any) -> dict[str, Any]:
    """A yearly row of `observations`."""
    on = dt.date(year, 12, 31)
    return {
        "observation": f"{series}:{subject}:{year}:{more.get('vintage')}",
        "series": series,
        "subject": subject,
        "on": on,
        "value": value,
        "unit": "1",
        "source": "test",
        "quality": "published",
        **more,
    }


def aim(criterion: str, series: str, **more: Any) -> dict[str, Any]:
    """A row of `targets`."""
    row = {
        "target": f"{criterion}-{series}",
        "subject_kind": "criterion",
        "subject": criterion,
        "unit": "1",
        "series": series,
        "better": "higher",
        "source": "test",
        "quality": "published",
    }
    return row | more


def card(
    frames: Mapping[str, pl.DataFrame],
    rows: list[dict[str, Any]],
    goals: list[dict[str, Any]] | None = None,
    **more: Any,
) -> Any:
    """The scorecard of some rows."""
    words = frames["evidence_criteria"].iter_rows(named=True)
    return score(words, table("observations").frame(rows), table("targets").frame(goals or []), AT, **more)


def test_the_ten_are_those_of_the_front_page(frames: Mapping[str, pl.DataFrame]) -> None:
    """Exactly the criteria that the evidence pack marks for the front page, in order."""
    front = [r["criterion"] for r in frames["evidence_criteria"].iter_rows(named=True) if r["front"] == "yes"]
    assert [one.id for one in CRITERIA] == TEN == sorted(front)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_with_nothing_known_each_says_what_would_settle_it(
    frames: Mapping[str, pl.DataFrame], lang: str
) -> None:
    """All ten stand there, none is judged, and each asks for its own data."""
    report = card(frames, []).as_dict(lang)
    assert [row["id"] for row in report["criteria"]] == TEN
    assert report["judged"] == 0
    assert {row["reason"] for row in report["criteria"]} == {"no_data"}
    assert len({row["settles"] for row in report["criteria"]}) == len(TEN)
    for row in report["criteria"]:
        assert row["value"] is None
        assert row["definition"]
        assert row["title"]
        assert not row["measure"].startswith("scorecard.")
        assert not row["settles"].startswith("scorecard.")


def test_two_lists_of_goods_are_two_labelled_results(frames: Mapping[str, pl.DataFrame]) -> None:
    """No list is chosen silently: the criterion has no single value, both stand beside each other."""
    rows = [seen("hva_share", y, v, s) for s, v in (("list-a", 0.2), ("list-b", 0.3)) for y in (2022, 2025)]
    base = {"baseline_on": dt.date(2022, 12, 31)}
    row = _row(card(frames, rows, [aim("K-03", "hva_share", **base)]), "K-03")
    assert row["value"] is None
    assert [(one["subject"], one["value"]) for one in row["results"]] == [("list-a", 0.2), ("list-b", 0.3)]
    assert row["status"] == "unclear"


def test_lists_that_disagree_make_no_verdict(frames: Mapping[str, pl.DataFrame]) -> None:
    """Better by one list and worse by the other is said so."""
    rows = [
        seen("hva_share", 2022, 0.2, "list-a"),
        seen("hva_share", 2025, 0.3, "list-a"),
        seen("hva_share", 2022, 0.3, "list-b"),
        seen("hva_share", 2025, 0.2, "list-b"),
    ]
    row = _row(card(frames, rows, baseline_on=dt.date(2023, 1, 1)), "K-03")
    assert row["status"] == "mixed"
    assert all(one["baseline"]["chosen"] for one in row["results"])


def test_a_later_vintage_replaces_an_earlier_one(frames: Mapping[str, pl.DataFrame]) -> None:
    """Of one period the latest figure that was out by the day counts; later ones are not seen yet."""
    rows = [
        seen("hva_share", 2025, 0.20, vintage=dt.date(2026, 2, 1)),
        seen("hva_share", 2025, 0.25, vintage=dt.date(2026, 8, 1)),
        seen("hva_share", 2025, 0.40, vintage=dt.date(2026, 12, 1)),
    ]
    assert _row(card(frames, rows), "K-03")["value"] == 0.25


def test_simulated_figures_say_so(frames: Mapping[str, pl.DataFrame]) -> None:
    """The class of a figure goes with it to the front page."""
    row = _row(card(frames, [seen("hva_share", 2025, 0.2, quality="simulated")]), "K-03")
    assert row["quality"] == "simulated"


def test_a_declared_baseline_wins_over_the_reader(frames: Mapping[str, pl.DataFrame]) -> None:
    """A row of targets with its own value is the baseline; the reader's day is for where none stands."""
    goal = aim("K-03", "hva_share", baseline_value=0.1, baseline_on=dt.date(2020, 12, 31), target_value=0.5)
    rows = [seen("hva_share", 2022, 0.2), seen("hva_share", 2025, 0.3)]
    row = _row(card(frames, rows, [goal], baseline_on=dt.date(2023, 1, 1)), "K-03")
    assert row["baseline"]["value"] == 0.1
    assert not row["baseline"]["chosen"]
    assert row["results"][0]["progress"] == pytest.approx(0.5)


def test_a_target_nobody_judges_by_is_a_finding(frames: Mapping[str, pl.DataFrame]) -> None:
    """A wrong criterion, a wrong series and a baseline without its day each name the row and the repair."""
    goals = [
        aim("K-99", "hva_share"),
        aim("K-03", "transit_p50_h"),
        aim("K-11", "hva_capital_pledged", baseline_value=1.0),
    ]
    found = card(frames, [], goals).as_dict("kk")["findings"]
    assert [one["row"] for one in found] == [goal["target"] for goal in goals]
    assert all(one["repair"] and not one["repair"].startswith("repair.") for one in found)


def test_barriers_speak_for_themselves(frames: Mapping[str, pl.DataFrame]) -> None:
    """The shipped register gives the number that stands on the day, as `daliz barriers` counts it."""
    from daliz.barriers import Register

    rows = [row for row in barriers(frames, AT) if row["series"] == "barriers_open" and row["on"] == AT]
    assert [row["value"] for row in rows] == [len(Register.from_frames(frames).standing(AT))]


def test_agreement_of_checklists_lies_between_nothing_and_one(frames: Mapping[str, pl.DataFrame]) -> None:
    """Every crossing whose two posts have checklists counts once."""
    (row,) = agreement(frames, AT)
    assert 0 < row["low"] < row["value"] < row["high"] < 1
    assert 100 < row["n"] <= frames["crossings"].height


def test_the_command_prints_the_ten(ask_daliz: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """`daliz scorecard --json` has criteria with the fields of the front page; the table names each."""
    import json

    monkeypatch.setenv("DALIZ_REGISTERS", str(tmp_path / "none"))
    monkeypatch.setenv("DALIZ_EVENTS", str(tmp_path / "no-events"))
    done = ask_daliz("scorecard", "--json", "--at", "2026-11-01", "--no-walk")
    report = json.loads(done.stdout)
    assert done.returncode == 0
    assert [row["id"] for row in report["criteria"]] == TEN
    for name in ("definition", "value", "n", "interval", "trend", "target", "status", "settles"):
        assert all(name in row for row in report["criteria"])
    shown = ask_daliz("scorecard", "--at", "2026-11-01", "--no-walk", "--lang", "kk").stdout
    assert all(name in shown for name in TEN)


def _row(found: Any, criterion: str) -> dict[str, Any]:
    return next(row for row in found.as_dict("en")["criteria"] if row["id"] == criterion)


def test_registers_of_every_topic_reach_the_card(
    ask_daliz: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trade, training, incidents and money of the registers are judged on the front page."""
    import json

    folder = tmp_path / "registers"
    folder.mkdir()
    monkeypatch.setenv("DALIZ_REGISTERS", str(folder))
    monkeypatch.setenv("DALIZ_EVENTS", str(tmp_path / "no-events"))
    common = {"source": "simulated", "quality": "simulated"}
    rows: dict[str, list[dict[str, Any]]] = {
        "trade": [
            {
                "trade": f"{year}{hs}",
                "year": year,
                "reporter": "KZ",
                "partner": "RU",
                "flow": "export",
                "hs": hs,
                "value_usd": value,
                **common,
            }
            for year, share in ((2022, 10.0), (2025, 30.0))
            for hs, value in (("8701", share), ("2709", 100 - share))
        ],
        "competence_programmes": [
            {
                "competence": "sim",
                "title_kk": "s",
                "title_ru": "s",
                "title_en": "s",
                "kind": "training",
                "cluster": "ai",
                "states": ["KZ", "RU"],
                "joint": "yes",
                **common,
            }
        ],
        "competence_records": [
            {
                "record": str(year),
                "competence": "sim",
                "year": year,
                "state": "KZ",
                "comparator": "=",
                "completed": count,
                **common,
            }
            for year, count in ((2022, 50), (2025, 90))
        ],
        "incident_exposures": [
            {
                "exposure": str(year),
                "kind": "cyber",
                "state": "KZ",
                "from_on": dt.date(year, 1, 1),
                "to_on": dt.date(year, 12, 31),
                "value": 10.0,
                "unit": "system years",
                **common,
            }
            for year in (2022, 2025)
        ],
        "incidents": [
            {
                "incident": f"{year}-{at}",
                "kind": "cyber",
                "type": "malware",
                "title": "simulated",
                "state": "KZ",
                "occurred": dt.date(year, 5, 1),
                "severity": 1,
                **common,
            }
            for year, count in ((2022, 60), (2025, 6))
            for at in range(count)
        ],
        "project_amounts": [
            {
                "amount": str(year),
                "project": "npp-balkhash",
                "kind": "committed",
                "comparator": "=",
                "value": value,
                "currency": "USD",
                "on": dt.date(year, 6, 1),
                **common,
            }
            for year, value in ((2022, 1e9), (2025, 2e9))
        ],
    }
    for name, held in rows.items():
        table(name).frame(held).write_parquet(folder / f"{name}.parquet")
    asked = ("scorecard", "--json", "--at", "2026-11-01", "--baseline", "2023-01-01", "--no-walk")
    found = {row["id"]: row for row in json.loads(ask_daliz(*asked).stdout)["criteria"]}
    assert {key: found[key]["status"] for key in ("K-05", "K-06", "K-11")} == dict.fromkeys(
        ("K-05", "K-06", "K-11"), "better"
    )
    shares = {row["subject"]: row["status"] for row in found["K-03"]["results"]}
    assert shares["hva-machinery-1"] == "better"
    assert found["K-06"]["quality"] == "simulated"
    assert found["K-06"]["low"] < found["K-06"]["value"] < found["K-06"]["high"]
