"""The state of plans: each rule by hand, load, gaps, slippage, circles, refusals and the command."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest

from daliz.errors import BadTable, UnknownPlace
from daliz.i18n import LANGUAGES
from daliz.programme import STATUSES, Plan
from daliz.programme.rules import RULES
from daliz.schema import table

if TYPE_CHECKING:
    import polars as pl

AT = dt.date(2026, 11, 1)
DAY = dt.date.fromisoformat


def measure(key: str, **more: Any) -> dict[str, Any]:
    """A measure of plan `p`; days as text."""
    days = {k: DAY(v) for k, v in more.items() if isinstance(v, str) and v[:2] == "20" and k != "programme"}
    return {
        "measure": key,
        "programme": "p",
        "kind": "measure",
        "title_kk": key,
        "title_ru": key,
        "title_en": key,
        "weight": 1.0,
        "partners": [],
        "axes": [],
        "areas": [],
        "criteria": [],
        "places": [],
        "corridors": [],
        "source": "s",
        "quality": "published",
        **more,
        **days,
    }


def proof(key: str, proves: str = "completion", accepted: str = "yes", **more: Any) -> dict[str, Any]:
    """A document about a measure."""
    return {
        "evidence": f"{key}-{proves}-{accepted}",
        "measure": key,
        "kind": "document",
        "url": "u",
        "title_kk": "x",
        "title_ru": "x",
        "title_en": "x",
        "proves": proves,
        "accepted": accepted,
        "source": "s",
        "quality": "published",
        **more,
    }


def link(first: str, second: str, kind: str = "fs", lag_d: float = 0.0) -> dict[str, Any]:
    """A link between two measures."""
    return {
        "link": f"{first}-{second}",
        "predecessor": first,
        "successor": second,
        "kind": kind,
        "lag_d": lag_d,
        "source": "s",
        "quality": "published",
    }


def plan(measures: list[dict[str, Any]], **more: list[dict[str, Any]]) -> Plan:
    """A register of one plan that declares more than fifty measures."""
    programme = {
        "programme": "p",
        "kind": "plan",
        "field": "general",
        "title_kk": "p",
        "title_ru": "p",
        "title_en": "p",
        "forum": "summit",
        "states": ["KZ"],
        "declared": "C-02",
        "year_from": 2025,
        "source": "s",
        "quality": "published",
    }
    told = {"commitment": "C-02", "comparator": ">", "value": 50.0, "unit": "measures"}
    rows: dict[str, list[dict[str, Any]]] = {
        "programmes": [programme],
        "measures": measures,
        "evidence_commitments": [told],
        **more,
    }
    return Plan.from_frames({name: table(name).frame(held) for name, held in rows.items()})


@pytest.mark.parametrize(
    ("row", "status"),
    [
        ({"due": "2026-10-01"}, "overdue"),
        ({"due": "2026-12-01", "start": "2026-10-01"}, "at_risk"),
        ({"due": "2026-12-01", "started": "2026-10-01"}, "under_way"),
        ({"due": "2027-12-01", "start": "2027-01-01"}, "not_started"),
        ({}, "undated"),
        ({"declared_status": "under_way"}, "under_way"),
        ({"declared_status": "suspended", "due": "2026-01-01"}, "suspended"),
        ({"declared_status": "cancelled", "due": "2026-01-01"}, "cancelled"),
        ({"declared_status": "done"}, "done_unproven"),
        ({"done": "2026-09-01"}, "done_unproven"),
        ({"done": "2026-12-24", "due": "2026-10-01"}, "overdue"),
    ],
)
def test_each_rule(row: dict[str, Any], status: str) -> None:
    """One measure for each rule; a day of completion that has not come is not seen."""
    (one,) = plan([measure("a", **row)]).status(AT).measures
    assert one.rule.status == status


def test_only_accepted_evidence_of_completion_makes_it_done() -> None:
    """Pending evidence, or evidence of a start, leaves it done on paper; accepted completion does it."""
    rows = [measure(key, done="2026-09-01") for key in "abc"]
    proofs = [proof("a"), proof("b", accepted="pending"), proof("c", proves="start")]
    found = plan(rows, measure_evidence=proofs).status(AT)
    assert [one.rule.status for one in found.measures] == ["done", "done_unproven", "done_unproven"]
    assert found.as_dict("en")["without_evidence"] == ["b", "c"]


def test_evidence_of_a_later_day_is_not_seen() -> None:
    """A document dated after the day proves nothing on it."""
    rows, late = [measure("a", done="2026-09-01")], proof("a", dated=DAY("2026-11-15"))
    assert plan(rows, measure_evidence=[late]).status(AT).measures[0].rule.status == "done_unproven"
    assert plan(rows, measure_evidence=[late]).status(DAY("2026-12-01")).measures[0].rule.status == "done"


def test_a_late_predecessor_puts_its_follower_at_risk() -> None:
    """A is 31 days late and unfinished; B of 60 days waits for it and cannot meet its own day."""
    rows = [
        measure("a", start="2026-06-01", due="2026-10-01", started="2026-06-01"),
        measure("b", start="2026-10-02", due="2026-12-01"),
    ]
    found = plan(rows, measure_links=[link("a", "b")]).status(AT)
    first, second = found.measures
    assert (first.rule.status, first.days_late) == ("overdue", 31)
    assert second.rule.status == "at_risk"
    assert second.place is not None
    assert second.place.pushed_by == "a"
    assert second.place.finish == DAY("2026-12-31")
    assert [one.row["measure"] for one in found.critical] == ["a", "b"]
    reason = next(row["reason"] for row in found.as_dict("en")["measures"] if row["measure"] == "b")
    assert "waits for a" in reason


def test_slippage_is_counted_from_the_first_plan() -> None:
    """Due 90 days after the first plan; done 10 days after the present one: slips of 90 and 100."""
    rows = [
        measure("a", due="2026-12-30", baseline_due="2026-10-01"),
        measure("b", due="2026-09-29", baseline_due="2026-07-01", done="2026-10-09"),
    ]
    found = plan(rows).status(AT)
    assert [one.slip_d for one in found.measures] == [90, 100]
    assert [one.days_late for one in found.measures] == [0, 10]


def test_the_declared_total_stands_beside_the_rows_and_is_not_filled_in() -> None:
    """Over fifty declared, three registered (a part is not counted): at least 47 are not registered."""
    rows = [measure("a"), measure("b"), measure("c"), measure("c1", parent="c")]
    (row,) = plan(rows).status(AT).as_dict("en")["programmes"]
    assert (row["declared"], row["declared_comparator"], row["registered"]) == (50, ">", 3)
    assert row["missing"] == {"least": 47, "most": None}
    assert "50" in row["declared_text"]


def test_load_counts_leads_and_partners_apart() -> None:
    """KZ leads two and shares one; done work is no load; quarters are those of the due day."""
    rows = [
        measure("a", lead="KZ", due="2026-10-01"),
        measure("b", lead="KZ", partners=["RU"], due="2026-12-01"),
        measure("c", lead="RU", partners=["KZ"]),
        measure("d", lead="KZ", done="2026-01-01"),
    ]
    load = {row["state"]: row for row in plan(rows).status(AT).load()}
    assert (load["KZ"]["leads"], load["KZ"]["shares"], load["KZ"]["overdue"]) == (2, 1, 1)
    assert load["KZ"]["due"] == {"2026-Q4": 2}
    assert (load["RU"]["leads"], load["RU"]["shares"]) == (1, 1)


def test_parts_and_milestones_roll_up_by_weight() -> None:
    """One of three points of parts is done; two of four points of milestones are reached."""
    rows = [
        measure("a"),
        measure("a1", parent="a", weight=1.0, done="2026-01-01"),
        measure("a2", parent="a", weight=2.0),
        measure("b"),
    ]
    stones = [
        {
            "milestone": f"b{at}",
            "measure": "b",
            "title_kk": "x",
            "title_ru": "x",
            "title_en": "x",
            "weight": weight,
            "actual": day and DAY(day),
            "baseline": DAY("2026-09-01"),
            "source": "s",
            "quality": "published",
        }
        for at, (weight, day) in enumerate([(2.0, "2026-10-01"), (1.0, None), (1.0, None)])
    ]
    found = plan(rows, milestones=stones).status(AT)
    shares = {one.row["measure"]: one.share for one in found.measures}
    assert shares["a"] == pytest.approx(1 / 3)
    assert shares["b"] == 0.5
    slips = found.as_dict("kk")["milestones"]
    assert [(row["milestone"], row["slip_d"], row["days_late"]) for row in slips] == [
        ("b1", None, 61),
        ("b2", None, 61),
        ("b0", 30, 0),
    ]


def test_a_slip_that_blocks_another_axis_is_told() -> None:
    """An overdue measure of transport blocks one of energy; the same axis is no crossing."""
    rows = [
        measure("a", axes=["transport_logistics"], due="2026-01-01"),
        measure("b", axes=["energy"]),
        measure("c", axes=["transport_logistics"]),
    ]
    (row,) = plan(rows, measure_links=[link("a", "b"), link("a", "c")]).status(AT).crossings()
    assert (row["predecessor"], row["successor"], row["blocks"]) == ("a", "b", True)


def test_earned_schedule_of_a_measure_is_the_reference_case() -> None:
    """Reports each 30 days: 36 earned at the third is an earned schedule of 2.55 and SPI(t) of 0.85."""
    values = [10.0, 25, 45, 65, 80, 90, 100]
    reports = [
        {
            "progress": f"a{at}",
            "measure": "a",
            "on": DAY("2026-01-01") + dt.timedelta(days=30 * at),
            "planned_value": value,
            "earned_value": {1: 9.0, 2: 20.0, 3: 36.0}.get(at),
            "unit": "points",
            "source": "s",
            "quality": "published",
        }
        for at, value in enumerate(values, 1)
    ]
    rows = [measure("a", start="2026-01-01", due="2026-07-30")]
    (row,) = plan(rows, measure_progress=reports).status(DAY("2026-12-01")).as_dict("en")["earned"]
    assert row["earned_schedule"] == 2.55
    assert row["spi_t"] == 0.85
    assert row["finish"] == (DAY("2026-01-01") + dt.timedelta(days=round(7 / 0.85 * 30))).isoformat()


def test_targets_take_the_latest_observation_of_their_own_place() -> None:
    """23 to 18 with 15 aimed at is 0.625; another place and a later vintage are not mixed in."""
    goal = {
        "target": "t",
        "subject_kind": "measure",
        "subject": "a",
        "series": "tfi1",
        "where": "place=dostyk",
        "unit": "h",
        "better": "lower",
        "baseline_value": 23.0,
        "comparator": "=",
        "target_value": 15.0,
        "source": "s",
        "quality": "published",
    }
    seen = [
        ("dostyk", "2026-06-30", 20.0, None),
        ("dostyk", "2026-09-30", 19.0, "2026-10-05"),
        ("dostyk", "2026-09-30", 18.0, "2026-10-20"),
        ("dostyk", "2026-09-30", 3.0, "2026-12-01"),
        ("kuryk", "2026-09-30", 1.0, None),
    ]
    rows = [
        {
            "observation": str(at),
            "series": "tfi1",
            "subject": place,
            "on": DAY(on),
            "value": value,
            "vintage": vintage and DAY(vintage),
            "source": "s",
            "quality": "measured",
        }
        for at, (place, on, value, vintage) in enumerate(seen)
    ]
    found = plan([measure("a")], targets=[goal], observations=rows).status(AT)
    (row,) = found.as_dict("en")["targets"]
    assert (row["value"], row["progress"], row["met"]) == (18.0, 0.625, False)
    told = found.shares()
    asked = ("n", "owner_and_day", "indicator", "target", "observed")
    assert [told[key] for key in asked] == [1, 0, 1, 1, 1]


def test_a_circle_is_refused_with_the_measures_in_it() -> None:
    """a, b, c wait for each other: the refusal names them."""
    links = [link("a", "b"), link("b", "c"), link("c", "a")]
    with pytest.raises(BadTable, match="→") as refused:
        plan([measure(key) for key in "abc"], measure_links=links).status(AT)
    assert all(key in str(refused.value) for key in "abc")


def test_rows_at_odds_are_findings() -> None:
    """Due before start, a day to come, done with open milestones, its own parent, a strange state."""
    rows = [
        measure("a", start="2026-05-01", due="2026-04-01"),
        measure("b", done="2026-12-24"),
        measure("c", declared_status="under_way", done="2026-01-01"),
        measure("d", parent="d"),
    ]
    found = {finding.message for finding in plan(rows).check(AT)}
    assert found == {
        "finding.plan_order",
        "finding.plan_future",
        "finding.plan_denied",
        "finding.plan_own_parent",
    }


def test_an_unknown_programme_or_state_names_those_there_are() -> None:
    """The refusal lists what could be asked."""
    with pytest.raises(UnknownPlace, match="p"):
        plan([measure("a", lead="KZ")]).select(programme="q")
    with pytest.raises(UnknownPlace, match="KZ"):
        plan([measure("a", lead="KZ")]).select(state="FR")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_status_and_reason_has_words(lang: str) -> None:
    """No key stands where a word should."""
    from daliz.i18n import text

    for rule in RULES:
        assert text(rule.reason, lang) != rule.reason
        assert text(STATUSES[rule.status], lang) != STATUSES[rule.status]


def test_the_shipped_register_keeps_the_two_plans_apart(frames: dict[str, pl.DataFrame]) -> None:
    """Over fifty of the summit's plan beside what the articles name; the CIS plan has no total."""
    rows = {row["programme"]: row for row in Plan.from_frames(frames).status(AT).as_dict("kk")["programmes"]}
    summit, cis = rows["plan-summit-2025"], rows["plan-cis-2026"]
    assert (summit["declared_comparator"], summit["declared"]) == (">", 50)
    assert summit["missing"]["least"] == 50 - summit["registered"] > 0
    assert summit["missing"]["most"] is None
    assert cis["declared"] is None
    assert [rows[key]["year_to"] for key in ("cis-counter-terror", "cis-border-security")] == [2028, 2030]


def test_every_measure_of_the_articles_is_registered(frames: dict[str, pl.DataFrame]) -> None:
    """Each commitment of kind measure that can be measured stands in the register once, or names a plan."""
    told = {
        row["commitment"]
        for row in frames["evidence_commitments"].iter_rows(named=True)
        if row["kind"] == "measure" and row["provenance"] == "declared" and not row["subject"]
    }
    held = set(frames["measures"]["commitment"].to_list()) | set(frames["programmes"]["commitment"].to_list())
    assert told - held <= {"C-09"}


def test_the_command(ask_daliz: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """`daliz plan status --json` has measures with status and reason; the table is worded in Kazakh."""
    monkeypatch.setenv("DALIZ_REGISTERS", str(tmp_path / "none"))
    done = ask_daliz("plan", "status", "--at", "2026-11-01", "--json", "--lang", "kk")
    report = json.loads(done.stdout)
    assert done.returncode == 0
    assert {"programmes", "measures", "load", "critical_path", "earned", "findings"} <= report.keys()
    assert all(row["reason"] for row in report["measures"])
    late = ask_daliz("plan", "status", "--at", "2029-01-01", "--status", "overdue", "--json")
    assert late.returncode == 1
    assert {row["status"] for row in json.loads(late.stdout)["measures"]} == {"overdue"}
    assert ask_daliz("plan", "status", "--programme", "no-such").returncode == 2
    shown = ask_daliz("plan", "status", "--at", "2026-11-01", "--lang", "kk").stdout
    assert "мерзімсіз" in shown
