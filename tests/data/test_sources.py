"""Where every figure comes from: sources with licence and date, classes that are earned."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING

import polars as pl
import pytest

from daliz.check import step_vectors
from daliz.model.network import CURATED

if TYPE_CHECKING:
    from collections.abc import Mapping

FIRST_SHARE_NOT_ASSUMED = 0.60
MOST_IDENTICAL = 0.10
OWN_ASSUMPTION = "daliz-assumption"


def test_every_source_has_citation_licence_and_date(frames: Mapping[str, pl.DataFrame]) -> None:
    """Every source says who wrote it, on what terms it is used and on which day it was read."""
    poor = [
        row["source"]
        for row in frames["sources"].iter_rows(named=True)
        if not (row["citation"] or "").strip()
        or not (row["licence"] or "").strip()
        or not isinstance(row["retrieved"], dt.date)
    ]
    assert poor == []


def test_no_source_was_read_in_the_future(frames: Mapping[str, pl.DataFrame]) -> None:
    """A source is read on a day that has come, and is looked up again after that day."""
    today = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)
    odd = [
        row["source"]
        for row in frames["sources"].iter_rows(named=True)
        if row["retrieved"] > today
        or (row["recheck_by"] is not None and row["recheck_by"] <= row["retrieved"])
    ]
    assert odd == []


@pytest.mark.parametrize("name", [name for name in CURATED if name != "sources"])
def test_every_curated_row_names_a_known_source(frames: Mapping[str, pl.DataFrame], name: str) -> None:
    """Every row of a curated table names a source that the table of sources holds."""
    known = set(frames["sources"]["source"].to_list())
    assert frames[name].height > 0
    assert set(frames[name]["source"].to_list()) <= known


@pytest.mark.parametrize("name", [name for name in CURATED if name != "sources"])
def test_no_shipped_row_is_simulated(frames: Mapping[str, pl.DataFrame], name: str) -> None:
    """Simulated rows are for a user's own registers; what is shipped was read or is assumed."""
    assert "simulated" not in frames[name]["quality"].to_list()


@pytest.mark.parametrize("name", [name for name in CURATED if name != "sources"])
def test_our_own_assumption_is_never_called_knowledge(frames: Mapping[str, pl.DataFrame], name: str) -> None:
    """A row that rests on our own assumption is of class assumed, whatever its table."""
    frame = frames[name]
    dressed = frame.filter((pl.col("source") == OWN_ASSUMPTION) & (pl.col("quality") != "assumed"))
    assert dressed.rows() == []


def test_calibrated_steps_do_not_dress_assumptions_as_knowledge(frames: Mapping[str, pl.DataFrame]) -> None:
    """A step time that no published total or own value stands behind is of class assumed."""
    frame = frames["calibrated_steps"]
    dressed = frame.filter((pl.col("source") == OWN_ASSUMPTION) & (pl.col("quality") != "assumed"))
    assert dressed.rows() == []


def test_most_curated_rows_rest_on_a_source(frames: Mapping[str, pl.DataFrame]) -> None:
    """At least 60 per cent of the rows of all curated tables with a class are not assumed."""
    classes = Counter(
        quality
        for name in CURATED
        if "quality" in frames[name].columns
        for quality in frames[name]["quality"].to_list()
    )
    assert classes.total() > 5000
    assert 1 - classes["assumed"] / classes.total() >= FIRST_SHARE_NOT_ASSUMED


def test_processes_are_not_copies_of_a_template(frames: Mapping[str, pl.DataFrame]) -> None:
    """Under 10 per cent of procedure rows stand in processes whose steps equal those of another."""
    vectors = step_vectors(frames)
    times = Counter(vectors.values())
    rows = sum(len(vector) for vector in vectors.values())
    copied = sum(len(vector) for vector in vectors.values() if times[vector] > 1)
    assert rows == frames["procedures"].height
    assert copied / rows < MOST_IDENTICAL


def test_processes_differ_in_their_steps_and_not_only_in_weights(frames: Mapping[str, pl.DataFrame]) -> None:
    """Fewer than half of the procedure rows stand in a process with the codes and services of another."""
    bare = {
        process: tuple((code, service) for code, service, *_ in vector)
        for process, vector in step_vectors(frames).items()
    }
    times = Counter(bare.values())
    rows = sum(len(vector) for vector in bare.values())
    assert sum(len(vector) for vector in bare.values() if times[vector] > 1) / rows < 0.5


def test_assumed_tariffs_say_currency_price_year_and_end(frames: Mapping[str, pl.DataFrame]) -> None:
    """Every tariff carries its currency, its price year and the day until which it is believed."""
    poor = [
        row["tariff"]
        for row in frames["tariffs"].iter_rows(named=True)
        if not row["currency"] or not row["price_year"] or row["valid_until"] is None
    ]
    assert poor == []
