"""Projects and their money: sums as intervals, delay, concentration, declared beside registered, edits."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daliz.errors import UnknownPlace
from daliz.portfolio import Portfolio, report
from daliz.portfolio.money import Rates, added
from daliz.scenario import apply, checked
from daliz.schema import table

if TYPE_CHECKING:
    import polars as pl

AT = dt.date(2026, 11, 1)
DAY = dt.date.fromisoformat


def project(key: str, **more: Any) -> dict[str, Any]:
    """A project of KZ and RU under construction."""
    days = {k: DAY(v) for k, v in more.items() if k.startswith(("start", "end"))}
    return {
        "project": key,
        "title_kk": key,
        "title_ru": key,
        "title_en": key,
        "sector": "rail",
        "stage": "construction",
        "states": ["KZ", "RU"],
        "sponsors": [],
        "hva": "unknown",
        "places": [],
        "links": [],
        "source": "s",
        "quality": "published",
        **more,
        **days,
    }


def amount(owner: str, value: float, kind: str = "estimate", **more: Any) -> dict[str, Any]:
    """An amount in dollars."""
    on = more.pop("on", None)
    return {
        "amount": f"{owner}-{kind}-{value}-{more.get('currency')}-{on}",
        "project": owner,
        "kind": kind,
        "value": value,
        "currency": "USD",
        "comparator": "=",
        "source": "s",
        "quality": "published",
        "on": on and DAY(on),
        **more,
    }


def book(projects: list[dict[str, Any]], amounts: list[dict[str, Any]], **more: Any) -> Portfolio:
    """A register."""
    rows = {"projects": projects, "project_amounts": amounts, **more}
    return Portfolio.from_frames({name: table(name).frame(held) for name, held in rows.items()})


RATES = [
    {
        "rate": "kzt",
        "currency": "KZT",
        "valid_from": DAY("2026-01-01"),
        "units_per_usd": 500.0,
        "source": "s",
        "quality": "published",
    }
]


def test_the_declared_totals_by_hand() -> None:
    """21 and over 4.5 come to over 25.5 billion: a lower bound without an upper end."""
    found = added([{"comparator": "=", "value": 21.0}, {"comparator": ">", "value": 4.5}])
    assert (found.low, found.high, found.n) == (25.5, None, 2)
    upto = added([{"comparator": "<=", "value": 5000.0}, {"comparator": "=", "value": 100.0}])
    assert (upto.low, upto.high) == (100.0, 5100.0)


rows = st.lists(
    st.fixed_dictionaries(
        {"comparator": st.sampled_from(["=", ">", ">=", "<", "<=", "~"]), "value": st.floats(0, 1e9)}
    ),
    max_size=12,
)


@given(rows, rows)
def test_a_sum_never_falls_when_a_row_is_added(
    first: list[dict[str, Any]], more: list[dict[str, Any]]
) -> None:
    """Neither end goes down; an end that is open stays open; the interval is never upside down."""
    one, both = added(first), added([*first, *more])
    assert both.low >= one.low - 1e-6
    assert one.high is not None or both.high is None
    if both.high is not None:
        assert both.high >= both.low - 1e-6
        assert one.high is not None
        assert both.high >= one.high - 1e-6


def test_currencies_and_prices_stay_apart() -> None:
    """Dollars, tenge and dollars of 2020 are three sums; kinds are never added to each other."""
    amounts = [
        amount("a", 10.0),
        amount("a", 5.0, currency="KZT"),
        amount("a", 1.0, price_year=2020),
        amount("a", 2.0, "pledged"),
        amount("b", 30.0),
    ]
    found = book([project("a"), project("b")], amounts).totals()
    assert [
        (row["kind"], row["currency"], row["price_year"], row["low"], row["projects"]) for row in found
    ] == [
        ("estimate", "KZT", None, 5.0, 1),
        ("estimate", "USD", None, 40.0, 2),
        ("estimate", "USD", 2020, 1.0, 1),
        ("pledged", "USD", None, 2.0, 1),
    ]


def test_dollars_need_a_rate_of_the_day() -> None:
    """1,000 tenge at 500 are two dollars; without a day, or with an old rate, they stay apart."""
    rates = Rates.of(RATES)
    assert rates.per_usd("KZT", DAY("2026-06-01")) == 500.0
    assert rates.per_usd("KZT", DAY("2025-12-31")) is None
    assert rates.per_usd("KZT", DAY("2027-06-01")) is None
    amounts = [amount("a", 1000.0, currency="KZT", on="2026-06-01"), amount("a", 7.0, currency="KZT")]
    money, left = book([project("a")], amounts, fx_rates=RATES).usd("estimate")
    assert money.low == 2.0
    assert left == [amounts[1]["amount"]]


@pytest.mark.parametrize(
    ("parts", "hhi", "effective"), [((50.0, 30.0, 20.0), 0.38, 2.632), ((90.0, 10.0), 0.82, 1.220)]
)
def test_concentration_is_that_of_the_reference_cases(
    parts: tuple[float, ...], hhi: float, effective: float
) -> None:
    """HHI of .5, .3, .2 is .38 with 2.632 effective sponsors; of .9, .1 it is .82 (REFERENCE_CASES, risk)."""
    names = [f"p{at}" for at in range(len(parts))]
    held = [project(name, sponsors=[name]) for name in names]
    found = book(held, [amount(name, part) for name, part in zip(names, parts, strict=True)]).concentration()
    assert found["sponsor"]["hhi"] == pytest.approx(hhi)
    assert found["sponsor"]["effective"] == pytest.approx(effective, abs=5e-4)
    assert found["sector"]["hhi"] == 1.0


def test_delay_by_hand() -> None:
    """Slips of 31 and -10 days have a median of 10.5; one project is past its end and not done."""
    held = [
        project("a", end_baseline="2026-12-01", end_planned="2027-01-01"),
        project("b", end_baseline="2026-05-11", end_actual="2026-05-01", stage="completed"),
        project("c", end_planned="2026-10-22"),
    ]
    found = book(held, []).delay(AT)
    assert found["slip_d"] == {"a": 31, "b": -10}
    assert found["median_slip_d"] == 10.5
    assert found["late_d"] == {"c": 10}


def test_declared_stands_beside_registered_and_the_gap_is_not_filled(frames: dict[str, pl.DataFrame]) -> None:
    """114 and 33 projects, 21 and over 4.5 billion: each beside the rows of both states at those stages."""
    found = {row["commitment"]: row for row in Portfolio.from_frames(frames).stated(AT)}
    assert (found["C-05"]["declared"], found["C-07"]["declared"]) == (114, 33)
    assert found["C-08"]["comparator"] == ">"
    assert found["C-05"]["registered"] + found["C-05"]["missing"]["least"] == 114
    assert found["C-08"]["missing"]["most"] is None
    assert found["C-05"]["states"] == ["KZ", "RU"]


def test_only_dated_money_of_high_value_projects_goes_to_the_criterion() -> None:
    """Two bound amounts in two years add up; an estimate, an undated amount and another project do not."""
    held = [project("a", hva="yes"), project("b", hva="no")]
    amounts = [
        amount("a", 10.0, "committed", on="2025-03-01"),
        amount("a", 5.0, "committed", on="2026-03-01"),
        amount("a", 99.0, on="2025-01-01"),
        amount("a", 1.0, "committed"),
        amount("b", 7.0, "committed", on="2025-01-01"),
        amount("a", 3.0, "committed", on="2026-12-01"),
    ]
    found = book(held, amounts).observations(AT)
    assert [(row["series"], row["on"].year, row["value"], row["unit"]) for row in found] == [
        ("hva_capital_committed", 2025, 10.0, "USD"),
        ("hva_capital_committed", 2026, 15.0, "USD"),
    ]
    table("observations").frame(found)


def test_rows_at_odds_are_findings() -> None:
    """An end before the start, a day to come, a stage the days deny, more paid than bound."""
    held = [
        project("a", start_planned="2026-05-01", end_planned="2026-04-01"),
        project("b", stage="preparation", start_actual="2026-12-24"),
    ]
    amounts = [amount("a", 5.0, "committed"), amount("a", 6.0, "disbursed")]
    assert {one.message for one in book(held, amounts).check(AT)} == {
        "finding.plan_order",
        "finding.plan_future",
        "finding.project_stage",
        "finding.project_paid",
    }


def test_the_shipped_portfolio_has_no_errors_and_every_edit_acts(
    frames: dict[str, pl.DataFrame], atlas: Any
) -> None:
    """Names of places, links and states are known; each planned edit parses and changes the network."""
    assert [one for one in Portfolio.from_frames(frames).check(AT) if one.level == "error"] == []
    kept = set(table("scenario_edits").polars_schema())
    for row in frames["plan_edits"].iter_rows(named=True):
        words = {k: v for k, v in row.items() if k in kept and v not in (None, [], "")}
        record = {
            "edit": row["plan_edit"],
            **{k: ";".join(v) if isinstance(v, list) else str(v) for k, v in words.items()},
        }
        edited = apply(atlas.frames, checked([record]))
        assert all(one.level == "note" for one in edited.findings), row["plan_edit"]
        assert edited.changes, row["plan_edit"]


def test_an_unknown_word_names_what_there_is() -> None:
    """A state nobody named is refused with those that are."""
    with pytest.raises(UnknownPlace, match="KZ"):
        book([project("a")], []).select(state="FR")


def test_the_command(ask_daliz: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """`daliz projects --json` has all its parts; the table is worded in Kazakh."""
    monkeypatch.setenv("DALIZ_REGISTERS", str(tmp_path / "none"))
    done = ask_daliz("projects", "--json", "--at", "2026-11-01")
    found = json.loads(done.stdout)
    assert done.returncode == 0
    assert {"projects", "totals", "funnel", "declared", "delay", "concentration", "findings"} <= found.keys()
    assert all(row["source"] and row["quality"] for row in found["projects"])
    assert ask_daliz("projects", "--state", "XX").returncode == 2
    assert "құрылыс" in ask_daliz("projects", "--lang", "kk").stdout


@pytest.mark.parametrize("lang", ["kk", "ru", "en"])
def test_the_report_is_worded(lang: str) -> None:
    """No key stands where a word should."""
    assert "portfolio." not in json.dumps(report(book([project("a")], []), AT, lang), ensure_ascii=False)
