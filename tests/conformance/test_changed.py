"""What changed between two periods: a real change is found, noise is not, few cases are not tested."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest
from made import at, checklist, event, events, frames, item, regime

from daliz.conformance import Conformance, conform
from daliz.errors import BadValue

JANUARY, FEBRUARY = (at("01-01"), at("02-01")), (at("02-01"), at("03-01"))
CODES = ("rail_customs", "rail_documents", "rail_border_security", "rail_arrival_inspection")


def judged(slower: float, count: int = 60, seed: int = 1) -> Conformance:
    """Customs takes `slower` times as long in February; three other steps stay as they were."""
    random = np.random.default_rng(seed)
    rows = []
    for month, factor in ((JANUARY, 1.0), (FEBRUARY, slower)):
        for number in range(count):
            begin = month[0] + dt.timedelta(hours=float(random.uniform(0, 24 * 27)))
            for code in CODES:
                hours = float(random.lognormal(1.0, 0.6)) * (factor if code == "rail_customs" else 1.0)
                name = f"{month[0].month}-{number}"
                rows.append(event(f"{name}-{code}", name, code, begin, begin + dt.timedelta(hours=hours)))
    plan = regime(checklist("post", [item(code, "customs", sla_h=4.0) for code in CODES]))
    return conform(events(rows), plan, frames())


def test_a_step_that_slowed_down_is_named_and_the_others_are_not() -> None:
    """Customs takes 60 per cent longer: it alone is changed, by about the 1.9 h that were put in."""
    found = judged(1.6).changed(JANUARY, FEBRUARY)
    assert found.filter("changed")["code"].to_list() == ["rail_customs"]
    row = found.row(0, named=True)
    assert (row["code"], row["n_a"], row["n_b"], row["open_b"]) == ("rail_customs", 60, 60, 0)
    assert row["mean_low"] < 0.6 * np.exp(1.18) < row["mean_high"]
    assert 0 < row["median_low"] < row["median_diff"] < row["median_high"]
    assert row["mean_diff"] == pytest.approx(row["mean_b"] - row["mean_a"])
    assert (found["p_holm"] >= found["p"]).all()


def test_noise_raises_few_alarms() -> None:
    """In 40 logs where nothing changed Holm lets at most 6 raise any alarm (2 are expected at 5 per cent)."""
    alarms = sum(judged(1.0, 30, seed).changed(JANUARY, FEBRUARY)["changed"].any() for seed in range(40))
    assert alarms <= 6


def test_too_few_cases_are_not_tested() -> None:
    """Nineteen in each month are below the least number; with a smaller least they are tested."""
    log = judged(1.6, 19)
    assert log.changed(JANUARY, FEBRUARY).is_empty()
    assert log.changed(JANUARY, FEBRUARY, fewest=10).height == len(CODES)


def test_open_steps_are_counted_and_not_measured() -> None:
    """Of 25 February shipments five still stand with customs: 20 are measured, five are shown beside them."""
    rows = []
    for month in (1, 2):
        for number in range(25):
            begin = dt.datetime(2026, month, 1 + number, 6, tzinfo=dt.UTC)
            stands = month == 2 and number >= 20
            end = None if stands else begin + dt.timedelta(hours=1 + number % 3)
            rows.append(event(f"{month}-{number}", f"{month}-{number}", "rail_customs", begin, end))
    plan = regime(checklist("post", [item("rail_customs", "customs")]))
    found = conform(events(rows), plan, frames(), at("03-01")).changed(JANUARY, FEBRUARY)
    assert found.select("n_a", "n_b", "open_b", "changed").rows() == [(25, 20, 5, False)]


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    """Swapped ends are named, not answered with an empty table."""
    with pytest.raises(BadValue):
        judged(1.0, 2).changed((JANUARY[1], JANUARY[0]), FEBRUARY)


def test_no_overlap_of_steps_gives_an_empty_table() -> None:
    """Nothing in the second period: the columns are there, the rows are not."""
    empty = judged(1.0, 25).changed(JANUARY, (at("06-01"), at("07-01")))
    assert empty.is_empty()
    assert empty.schema["changed"] == pl.Boolean
