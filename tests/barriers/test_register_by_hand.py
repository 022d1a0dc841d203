"""The register of barriers: stock, cost and time to removal by hand, and lives that do not hang together."""

from __future__ import annotations

import datetime as dt
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from daliz.barriers import AGES, GROUPS, STAGES, Register
from daliz.engine.survival import kaplan_meier
from daliz.errors import BadTable, BadValue
from daliz.i18n import LANGUAGES
from daliz.schema import load_folder, table

if TYPE_CHECKING:
    import polars as pl

DAY = dt.date(2025, 1, 1)


def barrier(key: str, reported: str, removed: str | None = None, **more: Any) -> dict[str, Any]:
    day = dt.date.fromisoformat
    row = {
        "barrier": key, **dict.fromkeys(("name_en", "name_ru", "name_kk"), key), "kind": "queue",
        "country": "AA", "partner": "BB", "place": None, "crossing": None, "mode": "road", "hs": [],
        "reported": day(reported), "acknowledged": None, "in_progress": None,
        "removed": day(removed) if removed else None, "status": "removed" if removed else "reported",
        "owner": "customs", "hours_lost": None, "usd_lost": None, "shipments_per_year": None,
        "loss_source": None, "loss_quality": None, "source": "s", "quality": "published", "note": None,
    }  # fmt: skip
    return row | more


FOUR = Register(
    (
        barrier("old", "2020-01-01", usd_lost=10.0, hours_lost=2.0, shipments_per_year=1000.0, country="CC",
                owner="transport", loss_source="s", loss_quality="measured"),
        barrier("new", "2024-12-02", hours_lost=5.0, loss_source="s", loss_quality="assumed"),
        barrier("gone", "2023-01-01", "2024-01-01", hours_lost=1.0, shipments_per_year=730.5, loss_source="s",
                loss_quality="measured"),
        barrier("later", "2025-06-01"),
    )
)  # fmt: skip


def test_the_stock_of_a_day_is_what_stands_on_it() -> None:
    """Removed and not yet reported barriers do not stand; the oldest comes first with its age in days."""
    told = [(row["barrier"], row["age_days"], row["age"]) for row in FOUR.standing(DAY)]
    assert told == [("old", 1827, "older"), ("new", 30, "under_90_d")]
    assert [row["barrier"] for row in FOUR.standing(dt.date(2023, 6, 1))] == ["old", "gone"]
    assert [row["barrier"] for row in FOUR.standing(dt.date(2023, 12, 31))] == ["old", "gone"]
    assert [row["barrier"] for row in FOUR.standing(dt.date(2024, 1, 1))] == ["old"]


def test_the_stage_of_a_day_is_the_last_one_reached() -> None:
    """What is removed today was still in progress the year before."""
    row = barrier(
        "x", "2020-01-01", "2024-01-01", acknowledged=dt.date(2021, 1, 1), in_progress=dt.date(2022, 1, 1)
    )
    days = [dt.date(year, 6, 1) for year in (2020, 2021, 2022)]
    assert [Register((row,)).standing(day)[0]["stage"] for day in days] == list(STAGES[:3])


def test_the_stock_is_counted_by_age_owner_and_state() -> None:
    """Ages in their order, others by number; the oldest of each group beside its count."""
    assert FOUR.stock(DAY, "age") == [
        {"age": "under_90_d", "count": 1, "oldest_days": 30},
        {"age": "older", "count": 1, "oldest_days": 1827},
    ]
    assert FOUR.stock(DAY, "owner") == [
        {"owner": "customs", "count": 1, "oldest_days": 30},
        {"owner": "transport", "count": 1, "oldest_days": 1827},
    ]
    assert [row["country"] for row in FOUR.of_country("CC").stock(DAY, "country")] == ["CC"]
    assert len(FOUR.of_country("BB").rows) == 4


def test_what_a_barrier_costs_is_loss_times_exposure_by_hand() -> None:
    """1000 a year for 1827 days at 2 h and 10 USD; 730.5 a year for 365 days; unknown stays so."""
    cost = {row["barrier"]: row for row in FOUR.burden(DAY)}
    years = 1827 / 365.25
    assert cost["old"]["hours"] == pytest.approx(2000 * years)
    assert cost["old"]["usd"] == pytest.approx(10_000 * years)
    assert cost["old"]["hours_per_year"] == 2000
    assert cost["gone"]["hours"] == pytest.approx(730)
    assert (cost["new"]["hours"], cost["new"]["basis"]) == (None, "unknown")
    assert "later" not in cost


def test_shipments_of_a_log_come_before_the_registers_own_figure() -> None:
    """Three shipments seen at 2 h are 6 h, whatever the register says; its yearly hours stay."""
    cost = {row["barrier"]: row for row in FOUR.burden(DAY, {"old": 3, "new": 0})}
    assert (cost["old"]["hours"], cost["old"]["basis"], cost["old"]["hours_per_year"]) == (
        6.0,
        "events",
        2000.0,
    )
    assert (cost["new"]["hours"], cost["new"]["basis"]) == (0.0, "events")


def test_shipments_are_counted_in_a_log_while_the_barrier_stood() -> None:
    """At either post, in the mode, between the first and the last day, each shipment once, none retracted."""

    def event(
        shipment: str, place: str, start: str, mode: str = "road", status: str = "stands"
    ) -> dict[str, Any]:
        return {"event": f"{shipment}{place}{start}", "shipment": shipment, "place": place, "mode": mode,
                "start": dt.datetime.fromisoformat(start + "+00:00"), "status": status}  # fmt: skip

    events = table("events").frame(
        [
            event("s1", "aa-post", "2024-05-01T08:00"),
            event("s1", "bb-post", "2024-05-01T12:00"),
            event("s2", "bb-post", "2024-06-30T23:00"),
            event("s3", "bb-post", "2024-07-01T00:30"),
            event("s4", "elsewhere", "2024-05-01T08:00"),
            event("s5", "aa-post", "2024-05-01T08:00", mode="rail"),
            event("s6", "aa-post", "2024-05-01T08:00", status="retracted"),
            event("s7", "aa-post", "2024-04-30T08:00"),
        ]
    )
    crossings = table("crossings").frame([{"crossing": "x", "post_a": "aa-post", "post_b": "bb-post"}])
    rows = (
        barrier("at", "2024-05-01", "2024-06-30", crossing="x"),
        barrier("open", "2024-05-01", place="bb-post", mode="any"),
        barrier("nowhere", "2024-05-01"),
    )
    assert Register(rows).seen_in(events, crossings, DAY) == {"at": 2, "open": 3}


def test_time_to_removal_counts_what_still_stands_as_cut_off() -> None:
    """Removed after 365 days, cut off after 1827 and 30: at 365 two were at risk, so half is left."""
    removal = FOUR.removal(DAY)
    assert removal.curve.at_risk.tolist() == [2]
    assert removal.curve.survival.tolist() == [0.5]
    told = removal.as_dict()
    assert (told["n"], told["removed"], told["median_days"], told["median_high_days"]) == (3, 1, 365.0, None)
    assert [(row["country"], row["n"], row["removed"]) for row in told["groups"]] == [
        ("AA", 2, 1),
        ("CC", 1, 0),
    ]
    whole = kaplan_meier(np.array([365.0, 1827, 30]), np.array([True, False, False]))
    assert whole.survival.tolist() == removal.curve.survival.tolist()


def test_an_empty_register_has_no_stock_and_no_curve() -> None:
    """Nothing reported is no barrier, no cost and no time."""
    empty = Register(())
    assert empty.standing(DAY) == []
    assert empty.removal(DAY).as_dict()["n"] == 0
    assert empty.as_dict(DAY, "en")["known_hours"] == 0


LIVES = {
    "finding.barrier_order": barrier("x", "2024-01-01", "2023-01-01"),
    "finding.barrier_future": barrier("x", "2025-02-01"),
    "finding.barrier_status": barrier("x", "2024-01-01", status="in_progress"),
    "finding.barrier_self": barrier("x", "2024-01-01", partner="AA"),
    "finding.barrier_loss": barrier("x", "2024-01-01", hours_lost=3.0),
    "finding.barrier_mode": barrier("x", "2024-01-01", crossing="rail-x"),
}


@pytest.mark.parametrize("message", LIVES)
def test_a_life_that_does_not_hang_together_is_found(message: str) -> None:
    """Days out of order or to come, a status the days deny, a state against itself, figures of nobody."""
    crossings = table("crossings").frame([{"crossing": "rail-x", "mode": "rail"}])
    found = Register((LIVES[message],)).check(DAY, {"crossings": crossings})
    assert message in {finding.message for finding in found}
    for lang in LANGUAGES:
        assert "{" not in found[0].text(lang)
    assert Register((barrier("x", "2024-01-01"),)).check(DAY) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_register_is_worded(lang: str) -> None:
    """Kinds, ages, stages and bases stand in the reader's language, dates as text."""
    told = FOUR.as_dict(DAY, lang)
    assert told["unknown_exposure"] == 1
    for row in told["standing"]:
        assert row["reported"] in ("2020-01-01", "2024-12-02")
        assert not any("barriers." in row[f"{name}_text"] for name in ("kind", "age", "stage", "basis"))
    assert told["known_hours"] == pytest.approx(2000 * 1827 / 365.25)


def shipped() -> dict[str, pl.DataFrame]:
    return load_folder(Path(str(files("daliz") / "data")))[0]


def test_the_shipped_register_is_sourced_and_hangs_together() -> None:
    """No finding today; removed and standing barriers among them, every kind worded."""
    frames = shipped()
    register = Register.from_frames(frames)
    today = dt.datetime.now(dt.UTC).date()
    assert register.check(today, frames) == []
    assert len(register.rows) >= 10
    removal = register.removal(today)
    assert 5 <= removal.curve.ends < removal.curve.n
    assert set(GROUPS) <= set(frames["barriers"].columns)
    for lang in LANGUAGES:
        for kind in table("barriers")["kind"].values:
            row = barrier("x", "2020-01-01", kind=kind)
            assert "barriers." not in Register((row,)).as_dict(DAY, lang)["standing"][0]["kind_text"]
    assert list(AGES) == ["under_90_d", "under_1_y", "under_3_y", "older"]


def test_a_known_life_is_as_its_sources_tell() -> None:
    """The checks of autumn 2017 stood from 10 October to 4 December: 55 days, 388 lorries a day."""
    register = Register.from_frames(shipped())
    row = next(row for row in register.rows if row["barrier"] == "kz-kg-checks-2017")
    assert (row["removed"] - row["reported"]).days == 55
    assert row["shipments_per_year"] == 388 * 365
    assert row["hours_lost"] is None


def write(folder: Path, *lines: str) -> Path:
    path = folder / "mine.csv"
    head = "barrier,name_en,name_ru,name_kk,kind,country,mode,reported,status,owner,source,quality"
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return path


GOOD = "b1,Queue,Очередь,Кезек,queue,KZ,road,2024-01-01,reported,me,mine,assumed"


def test_a_file_of_ones_own_is_read(tmp_path: Path) -> None:
    """The columns of the table that are given are enough; a source of one's own is not refused."""
    register = Register.from_file(write(tmp_path, GOOD), shipped())
    assert [row["barrier"] for row in register.rows] == ["b1"]
    assert register.rows[0]["hs"] == []


@pytest.mark.parametrize(
    ("line", "where"),
    [
        (GOOD.replace("queue", "quene"), "mine.csv:2:kind"),
        (GOOD.replace("2024-01-01", "2024-31-01"), "mine.csv:2:reported"),
        (GOOD + "\n" + GOOD, "mine.csv:3:barrier"),
        (GOOD.replace("KZ", "XX"), "b1"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_by_row_and_column(tmp_path: Path, line: str, where: str) -> None:
    """Words, days, ids said twice and states that are none."""
    with pytest.raises(BadTable) as refused:
        Register.from_file(write(tmp_path, line), shipped())
    assert [finding.row.rpartition("/")[2] for finding in refused.value.findings] == [where]


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """One sentence in each language."""
    with pytest.raises(BadValue) as refused:
        Register.from_file(tmp_path / "no.csv")
    for lang in LANGUAGES:
        assert "no.csv" in refused.value.text(lang)
