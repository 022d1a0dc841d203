"""Training and research by hand: counts that are not added, money at home, gaps, shipped rows."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest

from daliz.competence import CLUSTERS, Competence
from daliz.schema import table

if TYPE_CHECKING:
    import polars as pl

AT = dt.date(2026, 11, 1)


def programme(key: str, **more: Any) -> dict[str, Any]:
    """A joint training programme of KZ and RU."""
    return {
        "competence": key,
        "title_kk": key,
        "title_ru": key,
        "title_en": key,
        "kind": "training",
        "cluster": "nuclear",
        "states": ["KZ", "RU"],
        "joint": "yes",
        "source": "s",
        "quality": "published",
        **more,
    }


def record(key: str, owner: str = "a", **more: Any) -> dict[str, Any]:
    """A record of KZ in 2025."""
    return {
        "record": key,
        "competence": owner,
        "state": "KZ",
        "year": 2025,
        "comparator": "=",
        "source": "s",
        "quality": "published",
        **more,
    }


def book(programmes: list[dict[str, Any]], records: list[dict[str, Any]]) -> Competence:
    """Registers with these rows."""
    return Competence.from_frames(
        {
            "competence_programmes": table("competence_programmes").frame(programmes),
            "competence_records": table("competence_records").frame(records),
        }
    )


def test_four_counts_stay_four_counts() -> None:
    """Places, covered, enrolled and completed are told apart; what nobody told is None and not nothing."""
    (row,) = book(
        [programme("a")], [record("1", places=100, enrolled=80), record("2", enrolled=20, completed=15)]
    ).totals()
    assert row["places"] == {"low": 100, "high": 100, "rows": 1}
    assert row["enrolled"] == {"low": 100, "high": 100, "rows": 2}
    assert row["completed"] == {"low": 15, "high": 15, "rows": 1}
    assert row["covered"] is None


def test_over_400_thousand_covered_is_a_lower_bound_without_a_year(frames: dict[str, pl.DataFrame]) -> None:
    """C-13: covered, in no year, neither enrolled nor completed."""
    rows = [row for row in Competence.from_frames(frames).totals() if row["covered"]]
    assert [(row["year"], row["covered"]["low"], row["covered"]["high"]) for row in rows] == [
        (None, 400000, None)
    ]
    assert rows[0]["enrolled"] is rows[0]["completed"] is None


def test_the_share_spent_at_home_is_weighted_by_money_that_was_placed() -> None:
    """100 at 50 per cent and 300 at 90 per cent is 80 per cent; 50 of unknown place stands apart."""
    rows = [
        record("1", spend=100.0, currency="KZT", local_share=0.5),
        record("2", spend=300.0, currency="KZT", local_share=0.9),
        record("3", spend=50.0, currency="KZT"),
        record("4", spend=7.0, currency="USD", local_share=1.0),
    ]
    found = {row["currency"]: row for row in book([programme("a", kind="research")], rows).research()}
    assert found["KZT"]["share"] == pytest.approx(0.8)
    assert found["KZT"]["unplaced"] == 50
    assert found["USD"]["share"] == 1.0


def test_gaps_name_every_cluster_of_every_state() -> None:
    """A cluster without a programme is a row with nothing, for each state of the register."""
    rows = book([programme("a")], []).gaps()
    assert len(rows) == 2 * len(CLUSTERS)
    assert [row["training"] for row in rows if row["cluster"] == "nuclear"] == [1, 1]
    assert all(row["training"] == 0 for row in rows if row["cluster"] == "ai")


def test_recognition_counts_pairs_of_states() -> None:
    """An agreement of three states covers three of the six pairs of four states."""
    rows = [programme("a", kind="recognition", states=["KZ", "RU", "UZ"]), programme("b", states=["KG"])]
    assert book(rows, []).recognition() == {"pairs": 6, "recognised": 3, "share": 0.5}


def test_only_joint_training_goes_to_the_criterion() -> None:
    """Enrolled and completed of joint programmes by year, no future years, no programmes of one state."""
    rows = [
        record("1", enrolled=10, completed=4),
        record("2", "b", enrolled=99),
        record("3", year=2027, enrolled=5),
        record("4", year=None, enrolled=7),
    ]
    found = book([programme("a"), programme("b", joint="no")], rows).observations(AT)
    assert {(row["series"], row["value"]) for row in found} == {
        ("joint_training_enrolled", 10.0),
        ("joint_training_completed", 4.0),
    }
    table("observations").frame(found)


def test_rows_at_odds_are_findings() -> None:
    """More finished than began; money without a currency."""
    rows = [record("1", enrolled=5, completed=6), record("2", spend=1.0)]
    assert [one.message for one in book([programme("a")], rows).check()] == [
        "finding.competence_more",
        "finding.competence_currency",
    ]


def test_the_command(ask_daliz: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """`daliz competence --json` has totals, gaps and recognition; the table shows the lower bound."""
    monkeypatch.setenv("DALIZ_REGISTERS", str(tmp_path / "none"))
    found = json.loads(ask_daliz("competence", "--json").stdout)
    assert {"programmes", "totals", "gaps", "recognition", "findings"} <= found.keys()
    assert "> 400\u202f000" in ask_daliz("competence", "--lang", "kk").stdout
