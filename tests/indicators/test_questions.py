"""What is asked and how it is answered: dimensions, refusals, intervals, shrinkage, sharing, the chart."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import polars as pl
import pytest
from indicator_log import COMMON, event, frames, log

from daliz.errors import BadValue, UnknownPlace
from daliz.i18n import LANGUAGES
from daliz.indicators import CPMM, Question, measure, timeline
from daliz.indicators.inputs import RATE_DAYS, small_tables
from daliz.schema import table


def border(counts: dict[str, int], hours: dict[str, float] | None = None) -> pl.DataFrame:
    """So many shipments at each post, each of the hours named (else 1, 2, 3, ...)."""
    made: list[dict[str, Any]] = []
    for place, count in counts.items():
        for number in range(count):
            taken = (hours or {}).get(place, number % 7 + 1)
            made.append(event(f"{place}-{number}", "rail_customs", number, number + taken, place=place,
                              direction="out", mode="rail", country=place[:2].upper()))  # fmt: skip
    return table("events").frame(made)


def test_cpmm_by_place_and_mode_is_plain_data_in_three_languages() -> None:
    """The answer can be written as JSON; each cell has n, unit, aggregation, quality; names are worded."""
    found = measure(log(), frames(), Question(("cpmm",), ("place", "mode")))
    seen = set()
    for lang in LANGUAGES:
        plain = json.loads(json.dumps(found.as_dict(lang), ensure_ascii=False))
        assert {row["indicator"] for row in plain["cells"]} == set(CPMM)
        assert all(
            {"place", "mode", "n", "unit", "aggregation", "quality"} <= set(row) for row in plain["cells"]
        )
        seen.add(next(one["definition"] for one in plain["indicators"] if one["indicator"] == "tfi1"))
    assert len(seen) == 3
    frame = found.table
    assert frame.shape[0] == len(found.cells)
    assert {"indicator", "place", "mode", "value", "n", "low", "high"} <= set(frame.columns)
    assert "swd kz-dostyk rail: 22.26 km/h (n 2)" in str(found)
    assert found.inputs["fx_rates"]["sources"] == ["book"]


def test_intervals_hold_the_value_and_do_not_hang_on_the_company() -> None:
    """Low <= value <= high; a cell has the same interval whether asked alone or with all others."""
    events = border({"kz-dostyk": 40, "kz-aktogay": 25})
    both = measure(events, frames(), Question(("tfi1", "stay"), ("place",)))
    for cell in both.cells:
        assert cell.low is not None
        assert cell.low <= cell.value <= cell.high
        assert cell.method == "bca"
    alone = measure(events, frames(), Question(("tfi1",), ("place",)))
    assert alone.cells == tuple(cell for cell in both.cells if cell.indicator == "tfi1")
    assert measure(events, frames(), Question(("tfi1",), ("place",), seed=1)).cells != alone.cells


def test_small_cells_are_drawn_to_their_group_and_show_raw_and_weight() -> None:
    """A post of two shipments at 50 h among posts at 4 h moves towards them; the others hardly move."""
    counts = {"kz-dostyk": 60, "kz-aktogay": 50, "kz-nur-zholy": 40, "cn-alashankou": 2}
    events = border(counts)
    wild = events.with_columns(
        end=events["end"].zip_with(
            events["place"] != "cn-alashankou", events["start"] + dt.timedelta(hours=50)
        )
    )
    cells = {c.at["place"]: c for c in measure(wild, frames(), Question(("tfi1",), ("place",))).cells}
    small, large = cells["cn-alashankou"], cells["kz-dostyk"]
    assert small.value == 50
    assert small.shrunk < 0.9 * small.value
    assert abs(large.shrunk - large.value) < 0.1 * large.value
    assert 0 <= small.weight < 1
    assert measure(wild, frames(), Question(("tfi1",))).cells[0].shrunk is None


def test_sharing_hides_small_cells_and_what_gives_them_away() -> None:
    """3 shipments at one post are hidden with their smallest neighbour; hidden cells have no figure."""
    counts = {"kz-dostyk": 3, "kz-aktogay": 30, "kz-nur-zholy": 9, "cn-alashankou": 20}
    asked = Question(("tfi1",), ("place",), share=True)
    found = measure(border(counts), frames(), asked)
    hidden = {cell.at["place"] for cell in found.cells if cell.suppressed}
    assert hidden == {"kz-dostyk", "kz-nur-zholy"}
    for cell in found.cells:
        if cell.suppressed:
            assert (cell.value, cell.n, cell.p50, cell.low, cell.shrunk, cell.left_out) == (None,) * 6
    assert "2" in found.as_dict("ru")["notes"][-1]
    assert not any(cell.suppressed for cell in measure(border(counts), frames(), Question(("tfi1",))).cells)


def test_a_state_is_a_total_that_others_may_hold() -> None:
    """The one small post of a state cannot hide behind another state: its compatriot is hidden with it."""
    counts = {"kz-dostyk": 3, "kz-aktogay": 30, "cn-alashankou": 9, "cn-khorgos": 8}
    tables = frames()
    extra = tables["places"].to_dicts()[1] | {"place": "cn-khorgos", "country": "CN"}
    tables["places"] = table("places").frame([*tables["places"].to_dicts(), extra])
    found = measure(border(counts), tables, Question(("tfi1",), ("place",), share=True))
    assert {cell.at["place"] for cell in found.cells if cell.suppressed} == {"kz-dostyk", "kz-aktogay"}


def test_what_cannot_be_asked_is_refused_with_the_nearest() -> None:
    """Unknown indicators, dimensions, aggregations and windows that end too early name the repair."""
    for asked, hint in (
        (Question(("tfi9",)), "tfi"),
        (Question(("tfi1",), ("plaice",)), "place"),
        (Question(("tfi1",), aggregation="mean"), "mean_of_ratios"),
    ):
        with pytest.raises(BadValue, match=hint):
            measure(log(), frames(), asked)
    window = Question(("tfi1",), since=dt.date(2026, 2, 1), until=dt.date(2026, 1, 1))
    with pytest.raises(BadValue, match="2026-01-01"):
        measure(log(), frames(), window)


def test_an_indicator_that_knows_nothing_of_a_dimension_says_so() -> None:
    """Trade cannot be told by place, border time not by partner; the rest of the answer stands."""
    found = measure(log(), frames(), Question(("tfi1", "exports"), ("place",)))
    assert {cell.indicator for cell in found.cells} == {"tfi1"}
    assert [(one.indicator, one.dimensions) for one in found.missing] == [("exports", ("place",))]


def test_trade_by_reporter_and_year() -> None:
    """Exports of Kazakhstan 100 in 2025 and 120 in 2026; the window picks years."""
    found = measure(log(), frames(), Question(("exports",), ("reporter", "year")))
    assert {(c.at["reporter"], c.at["year"]): c.value for c in found.cells} == {
        ("KZ", "2025"): 100, ("KZ", "2026"): 120,
    }  # fmt: skip
    late = measure(log(), frames(), Question(("exports",), since=dt.date(2026, 1, 1)))
    assert late.cells[0].value == 120


def test_a_rate_holds_to_the_next_and_at_most_a_year() -> None:
    """Two rates make two spans that meet; the last ends after a year; dollars always convert."""
    day, later = dt.date(2025, 1, 1), dt.date(2025, 3, 1)
    rows = [
        {"rate": f"r{n}", "currency": "KZT", "valid_from": when, "units_per_usd": units, **COMMON}
        for n, (when, units) in enumerate(((later, 480.0), (day, 520.0)))
    ]
    spans = small_tables(frames(fx_rates=rows))["rates"].filter(currency="KZT").rows()
    assert [units for *_, units in spans] == [520, 480]
    assert spans[0][2] == spans[1][1]
    assert spans[1][2] - spans[1][1] == RATE_DAYS * 86400
    assert small_tables({})["rates"].height == 1


def test_the_chart_has_bands_and_counts_at_each_place() -> None:
    """From Dostyk: s1 arrives at 0 h, leaves at 5 h, is at Alashankou from 6 to 14 h; s2 0, 7, 7.5, 9.5 h."""
    found = timeline(log(), frames(), "east", Question())
    assert (found.origin, found.shipments) == ("kz-dostyk", 2)
    first, second = found.points
    assert (first.place, second.place, second.n) == ("kz-dostyk", "cn-alashankou", 2)
    assert first.left_h == (5, 5, 7)
    assert second.arrived_h == (6, 6, 7.5)
    assert second.left_h == (9.5, 9.5, 14)
    assert second.distance_km == 12
    assert first.left_usd == (0, 0, 60)
    assert second.left_usd == (30, 30, 160)
    assert found.table.shape[0] == 2
    assert found.as_dict("kk")["points"][1]["left_h_p90"] == 14


def test_the_chart_read_backward_or_of_nothing_is_refused_plainly() -> None:
    """Backward no shipment goes on from Dostyk; unknown corridors and empty windows are refused."""
    back = timeline(log(), frames(), "east", Question(), "kz-dostyk", backward=True)
    assert [point.place for point in back.points] == ["kz-dostyk"]
    with pytest.raises(UnknownPlace, match="nowhere"):
        timeline(log(), frames(), "nowhere", Question())
    with pytest.raises(BadValue, match="east"):
        timeline(log(), frames(), "east", Question(until=dt.date(2025, 1, 1)))
    with pytest.raises(BadValue, match="kz-almaty"):
        timeline(log(), frames(), "east", Question(), origin="kz-almaty")


def test_simulated_charts_say_so() -> None:
    """A chart of simulated events carries the mark."""
    fake = log().with_columns(pl.lit("simulated").alias("quality"))
    found = timeline(fake, frames(), "east", Question())
    assert found.quality == "simulated"
    assert "СМОДЕЛИРОВАНО" in found.as_dict("ru")["notes"][0]
