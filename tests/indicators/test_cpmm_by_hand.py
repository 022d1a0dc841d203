"""TFI1 to TFI4, SWOD and SWD of a small log, worked by hand.

The log (hours, official USD; KZT at 500):

    s1, 20 t: move 500 km 10 h, 600 | Dostyk out: customs 3 h, 40 (5 unofficial), papers 2 h, 10000 KZT = 20
              move  12 km  1 h      | Alashankou in: customs 4 h, transfer 4 h, 100
    s2, 40 t: move 500 km 12.5 h, 1000 | Dostyk out: customs 1 h, waiting 6 h
              move  12 km  0.5 h       | Alashankou in: customs 2 h, 30
    s3, 10 t: move 200 km 4 h, 300 | Nur Zholy out: customs 2 h, 15, then a queue that is not over

s3 is open: no border time, no payment of its visit, no speed and no unit cost may count it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from indicator_log import event, frames, log, usd

from daliz.indicators import Question, measure

if TYPE_CHECKING:
    from daliz.indicators import Result
    from daliz.indicators.result import Cell


@pytest.fixture(scope="module")
def whole() -> Result:
    return measure(log(), frames(), Question(("cpmm",)))


@pytest.fixture(scope="module")
def by_place() -> Result:
    return measure(log(), frames(), Question(("tfi1", "tfi2", "tfi2_unofficial"), ("place", "mode")))


def cell(result: Result, key: str, **where: str) -> Cell:
    (found,) = [
        one for one in result.cells
        if one.indicator == key and all(one.at[name] == value for name, value in where.items())
    ]  # fmt: skip
    return found


def test_tfi1_is_the_mean_of_the_hours_of_border_visits(whole: Result, by_place: Result) -> None:
    """Dostyk out (5 + 7)/2 = 6, Alashankou in (8 + 2)/2 = 5, all (5 + 7 + 8 + 2)/4 = 5.5; s3 is left out."""
    assert cell(by_place, "tfi1", place="kz-dostyk").value == 6
    assert cell(by_place, "tfi1", place="cn-alashankou").value == 5
    all_of_them = cell(whole, "tfi1")
    assert (all_of_them.value, all_of_them.n, all_of_them.left_out) == (5.5, 4, 1)
    waiting = cell(by_place, "tfi1", place="kz-nur-zholy", mode="road")
    assert (waiting.value, waiting.n, waiting.left_out) == (None, 0, 1)


def test_median_and_p90_are_nearest_ranks_and_cv_is_of_the_sample(whole: Result) -> None:
    """Of 2, 5, 7, 8: second of four is 5, fourth is 8; variance (3.5^2 + 0.5^2 + 1.5^2 + 2.5^2)/3 = 7."""
    found = cell(whole, "tfi1")
    assert (found.p50, found.p90) == (5, 8)
    assert found.cv == pytest.approx(7**0.5 / 5.5, rel=1e-12)


def test_tfi2_is_the_mean_of_payments_with_currencies_converted(by_place: Result) -> None:
    """Dostyk (40 + 20 + 0)/2 = 30, Alashankou (100 + 30)/2 = 65; unofficial 5/2 apart, never added."""
    assert cell(by_place, "tfi2", place="kz-dostyk").value == pytest.approx(30)
    assert cell(by_place, "tfi2", place="cn-alashankou").value == pytest.approx(65)
    assert cell(by_place, "tfi2_unofficial", place="kz-dostyk").value == 2.5


def test_tfi3_by_both_aggregations() -> None:
    """s1 760*500/512 = 742.1875, s2 1030*(500/512)*(20/40) = 502.93; of sums 17.9e6/30720 = 582.68."""
    sums = cell(measure(log(), frames(), Question(("tfi3",))), "tfi3")
    assert (sums.aggregation, sums.n, sums.left_out) == ("ratio_of_sums", 2, 1)
    assert sums.value == pytest.approx((760 + 1030) * 10_000 / (512 * 20 + 512 * 40), rel=1e-12)
    asked = Question(("tfi3",), aggregation="mean_of_ratios")
    mean = cell(measure(log(), frames(), asked), "tfi3")
    assert mean.aggregation == "mean_of_ratios"
    assert mean.value == pytest.approx((742.1875 + 502.9296875) / 2, rel=1e-12)


def test_speeds_of_complete_trips(whole: Result) -> None:
    """SWOD 1024/(11 + 13), SWD 1024/(24 + 22), TFI4 = SWD, share of delay (13 + 9)/46; s3 counts nowhere."""
    assert cell(whole, "swod").value == pytest.approx(1024 / 24, rel=1e-12)
    assert cell(whole, "swd").value == pytest.approx(1024 / 46, rel=1e-12)
    assert cell(whole, "tfi4").value == cell(whole, "swd").value
    assert cell(whole, "delay_share").value == pytest.approx(22 / 46, rel=1e-12)
    assert cell(whole, "swd").n == 2
    mean = measure(log(), frames(), Question(("swd",), aggregation="mean_of_ratios"))
    assert cell(mean, "swd").value == pytest.approx((512 / 24 + 512 / 22) / 2, rel=1e-12)


def test_cells_by_direction_corridor_country_and_month() -> None:
    """In 5 h and out 6 h; both trains run along the corridor; Kazakhstan's leg is 500 km; all in January."""
    ways = measure(log(), frames(), Question(("tfi1",), ("direction",)))
    assert [cell(ways, "tfi1", direction=way).value for way in ("in", "out")] == [5, 6]
    along = measure(log(), frames(), Question(("swd", "tfi1"), ("corridor", "month")))
    assert cell(along, "swd", corridor="east", month="2026-01").value == pytest.approx(1024 / 46)
    assert cell(along, "tfi1", corridor="east").n == 4
    states = measure(log(), frames(), Question(("swod",), ("country",)))
    assert cell(states, "swod", country="KZ").value == pytest.approx(1000 / 22.5)
    assert cell(states, "swod", country="CN").value == pytest.approx(24 / 1.5)


def test_a_trip_is_counted_at_each_place_it_visits() -> None:
    """By place the speed is that of the shipments seen there: both trains at both posts."""
    found = measure(log(), frames(), Question(("swd",), ("place", "mode")))
    for place in ("kz-dostyk", "cn-alashankou"):
        assert cell(found, "swd", place=place, mode="rail").value == pytest.approx(1024 / 46)


def test_a_second_visit_is_another_visit() -> None:
    """A shipment that comes back to a post after a movement has two visits there, not one long one."""
    back = [
        event("s1", "move", 24, 25, mode="rail", distance_km=12.0, country="CN"),
        event("s1", "rail_customs", 25, 26, mode="rail", place="kz-dostyk", direction="out", country="KZ"),
    ]
    found = cell(measure(log(back), frames(), Question(("tfi1",), ("place",))), "tfi1", place="kz-dostyk")
    assert (found.n, found.value) == (3, pytest.approx((5 + 7 + 1) / 3))


def test_an_unknown_currency_takes_its_visit_and_trip_out_of_costs_and_is_said() -> None:
    """One amount without a rate: the trip and visit that hold it have no cost; the answer says one row."""
    strange = usd(7) | {"official_currency": "XXX"}
    paid = [event("s1", "rail_border_security", 23, 24, mode="rail", place="cn-alashankou", direction="in",
                  country="CN", **strange)]  # fmt: skip
    found = measure(log(paid), frames(), Question(("tfi2", "tfi3", "tfi1")))
    assert found.unconverted == 1
    assert (cell(found, "tfi2").n, cell(found, "tfi3").n, cell(found, "tfi1").n) == (3, 1, 4)
    assert any("1" in note for note in found.as_dict("kk")["notes"])


def test_a_retracted_event_does_not_count() -> None:
    """Events that do not stand change nothing."""
    wrong = [event("s1", "rail_customs", 24, 90, mode="rail", place="cn-alashankou", direction="in",
                   country="CN", status="retracted")]  # fmt: skip
    assert cell(measure(log(wrong), frames(), Question(("tfi1",))), "tfi1").value == 5.5


def test_the_window_counts_by_the_last_instant() -> None:
    """Until 3 January only s1 is over; since 4 January s2 and s3 alone."""
    import datetime as dt

    early = measure(log(), frames(), Question(("shipments",), until=dt.date(2026, 1, 3)))
    late = measure(log(), frames(), Question(("shipments",), since=dt.date(2026, 1, 4)))
    assert (cell(early, "shipments").value, cell(late, "shipments").value) == (1, 2)
