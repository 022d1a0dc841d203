"""National plans docked: by year, pace, partners at borders, and routes over what opens by a year."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from daliz.docking import Docking
from daliz.model.frozen import Cargo
from daliz.routing import Request, route
from daliz.schema import table

if TYPE_CHECKING:
    import polars as pl

AT = dt.date(2026, 1, 1)


def work(key: str, **more: Any) -> dict[str, Any]:
    """A new line of KZ."""
    return {
        "work": key,
        "state": "KZ",
        "mode": "rail",
        "class": "new",
        "title_kk": key,
        "title_ru": key,
        "title_en": key,
        "comparator": "=",
        "source": "s",
        "quality": "published",
        **more,
    }


def book(works: list[dict[str, Any]], links: list[dict[str, Any]] | None = None, **more: Any) -> Docking:
    """A register of works."""
    rows = {"planned_works": works, "links": links or [], **more}
    return Docking.from_frames({name: table(name).frame(held) for name, held in rows.items()})


def link(key: str, **more: Any) -> dict[str, Any]:
    """A planned rail link."""
    return {
        "link": key,
        "mode": "rail",
        "from_place": "a",
        "to_place": "b",
        "distance_km": 10.0,
        "basis": "planned",
        "status": "planned",
        "gauge_mm": "1520",
        "source": "s",
        "quality": "published",
        **more,
    }


def test_classes_are_never_added_and_parts_count_once() -> None:
    """11,000 km of repair and up to 5,000 km new, of which 152 is a part: two rows, not 16,152 km."""
    works = [
        work("r", length_km=11000.0, year_to=2030, **{"class": "repair"}),
        work("n", length_km=5000.0, comparator="<=", year_to=2030),
        work("d", length_km=152.0, year_to=2030, part_of="n"),
    ]
    found = {row["class"]: row for row in book(works).by_year()}
    assert (found["repair"]["km_low"], found["repair"]["km_high"]) == (11000, 11000)
    assert (found["new"]["km_low"], found["new"]["km_high"], found["new"]["works"]) == (0, 5000, 1)


def test_pace_by_hand() -> None:
    """400 of 1,000 km in the two years 2024 and 2025 is 200 a year; 600 in the two left asks for 300."""
    one = work(
        "a", length_km=1000.0, year_from=2024, year_to=2027, done_km=400.0, done_on=dt.date(2026, 1, 1)
    )
    (row,) = book([one]).pace(AT)
    assert row["km_a_year"] == pytest.approx(200, rel=2e-3)
    assert row["km_a_year_asked"] == pytest.approx(300, rel=2e-3)
    assert row["enough"] is False


def test_pace_of_what_nobody_told_is_at_most_and_of_what_is_over_is_late() -> None:
    """Unknown progress is not taken for none; a year that has passed asks for no pace."""
    rows = book(
        [work("a", length_km=100.0, year_to=2026), work("b", length_km=100.0, year_to=2024, done_km=10.0)]
    )
    first, second = rows.pace(AT)
    assert first["at_most"]
    assert first["done_km"] is None
    assert (second["late"], second["km_a_year_asked"]) == (True, None)


@pytest.mark.parametrize(
    ("works", "why"),
    [
        ([work("a", border_with="CN")], ["no_partner"]),
        (
            [
                work("a", border_with="CN", partner_work="b", year_to=2027),
                work("b", state="CN", border_with="KZ", partner_work="a", year_to=2030),
            ],
            ["years_apart"],
        ),
        ([work("a", border_with="CN", partner_work="b"), work("b", state="CN")], ["not_back"]),
        (
            [
                work("a", border_with="CN", partner_work="b", link="x"),
                work("b", state="CN", border_with="KZ", partner_work="a", link="y"),
            ],
            ["gauges_differ", "gauges_differ"],
        ),
        (
            [
                work("a", border_with="CN", partner_work="b", year_to=2030),
                work("b", state="CN", border_with="KZ", partner_work="a", year_to=2030),
            ],
            [],
        ),
        ([work("a", border_with="CN", crossing="open-one")], []),
        ([work("a")], []),
    ],
)
def test_plans_that_end_at_a_border(works: list[dict[str, Any]], why: list[str]) -> None:
    """A partner, its year, its gauge, its word back; or a crossing that is open already."""
    crossing = {"crossing": "open-one", "status": "open"}
    found = book(works, [link("x"), link("y", gauge_mm="1435")], crossings=[crossing])
    assert [row["why"] for row in found.undocked()] == why
    assert len(found.check()) >= len(why)


def test_lines_open_by_a_year() -> None:
    """Open lines always, planned ones from their year, those without a year by the plan that names them."""
    links = [
        link("now", status="open"),
        link("soon", open_from=2027),
        link("late", open_from=2035),
        link("told"),
        link("never"),
    ]
    found = book([work("a", link="told", year_to=2028)], links)
    assert found.open_by(2026) == {"now"}
    assert found.open_by(2028) == {"now", "soon", "told"}
    assert found.open_by(2040) == {"now", "soon", "told", "late"}


def test_rows_at_odds_are_findings() -> None:
    """Years the wrong way round, parts longer than the whole, a link with another year."""
    works = [
        work("a", year_from=2030, year_to=2028),
        work("n", length_km=100.0),
        work("p", length_km=150.0, part_of="n"),
        work("l", link="x", year_to=2028),
    ]
    found = {one.message for one in book(works, [link("x", open_from=2030)]).check()}
    assert found == {"finding.dock_years", "finding.dock_parts", "finding.dock_link_year"}


def test_the_shipped_works_keep_the_two_classes_of_rail_2030_apart(frames: dict[str, pl.DataFrame]) -> None:
    """The 16 thousand km are told as 11,000 km of repair and up to 5,000 km new (READING.md, C-09)."""
    found = Docking.from_frames(frames)
    rows = {(row["class"], row["state"]): row for row in found.by_year() if row["year"] == 2030}
    assert rows["repair", "KZ"]["km_low"] == 11000
    assert (rows["new", "KZ"]["km_low"], rows["new", "KZ"]["km_high"]) == (0, 5000)
    assert not any(row["class"] == "all" for row in found.by_year())
    assert "kz-ayagoz-bakhty" in {row["work"] for row in found.undocked()}
    assert [one for one in found.check() if one.level == "error"] == []


def test_a_line_that_opens_by_the_year_changes_the_way(atlas: Any) -> None:
    """Kashgar to Jalal-Abad by rail: no direct line by 2029, and the new railway from 2030."""
    cargo = Cargo(mode="rail")

    def km(year: int) -> float:
        found = route(atlas, _asked(replace(cargo, by_year=year)))
        return min(option.distance_km for option in found.options)

    assert km(2029) > 2 * km(2030)
    assert km(2030) == pytest.approx(486, rel=0.05)


def _asked(cargo: Cargo) -> Request:
    return Request("Kashgar", "Jalal-Abad", cargo=cargo)


def test_the_command(ask_daliz: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """`daliz works --json` has works, years, pace and what is not docked."""
    monkeypatch.setenv("DALIZ_REGISTERS", str(tmp_path / "none"))
    done = ask_daliz("works", "--json", "--at", "2026-11-01", "--lang", "kk")
    found = json.loads(done.stdout)
    assert done.returncode == 0
    assert {"works", "by_year", "pace", "undocked", "findings"} <= found.keys()
    assert "жөндеу" in ask_daliz("works", "--lang", "kk").stdout
