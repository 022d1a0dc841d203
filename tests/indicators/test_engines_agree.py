"""One declaration, several engines: DuckDB and a real Spark agree, and an independent count in Python too."""

from __future__ import annotations

import shutil
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from indicator_log import at, event, frames, log
from pandas.testing import assert_frame_equal as assert_same
from polars.testing import assert_frame_equal

from daliz.indicators import Question, measure
from daliz.indicators.inputs import small_tables
from daliz.schema import table
from daliz.store.measures import DIMENSIONS, MEASURES, Duck, Log, Spark, Window, cells
from daliz.store.measures.engines import sql_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    import polars as pl

EXACT = ("n", "left_out", "shipments", "weak", "indicator")
TOLERANCE = 1e-9
PLACES = (("kz-dostyk", "out", "KZ"), ("cn-alashankou", "in", "CN"), ("kz-nur-zholy", "out", "KZ"))
CODES = ("rail_customs", "rail_documents", "rail_no_wagons", "gauge_change_transload", "of_their_own")


def random_log(seed: int, shipments: int) -> pl.DataFrame:
    """Trips with every trouble: open and point events, two currencies, fractions of seconds, null cells."""
    rng = np.random.default_rng(seed)
    made: list[dict[str, Any]] = []
    for number in range(shipments):
        name, hour = f"s{number}", float(rng.uniform(0, 4000))
        mode = str(rng.choice(["rail", "road", "sea"]))
        cargo = (
            {"tonnes": float(rng.integers(1, 60)), "teu": float(rng.integers(1, 5))}
            if rng.random() < 0.9
            else {}
        )
        for _stage in range(int(rng.integers(1, 5))):
            hours = float(rng.gamma(2, 5))
            km = None if rng.random() < 0.05 else round(float(rng.uniform(10, 900)), 1)
            paid = {"official_amount": round(float(rng.uniform(0, 900)), 2), "official_currency": "USD"}
            made.append(event(name, "move", hour, hour + hours, distance_km=km, mode=mode, country="KZ",
                              **cargo, **(paid if rng.random() < 0.7 else {})))  # fmt: skip
            hour += hours
            place, direction, country = PLACES[int(rng.integers(len(PLACES)))]
            for _ in range(int(rng.integers(0, 4))):
                hours = float(rng.gamma(1.5, 3))
                end = None if rng.random() < 0.02 else hour + hours
                start = None if end is not None and rng.random() < 0.1 else hour
                money = {
                    "official_amount": round(float(rng.uniform(0, 9000)), 2),
                    "official_currency": str(rng.choice(["USD", "KZT", "XXX"], p=[0.5, 0.45, 0.05])),
                }
                there = {"place": place, "direction": direction, "country": country, "deadline": at(3000)}
                there |= money if rng.random() < 0.5 else {}
                quality, locator = str(rng.choice(["measured", "simulated"])), str(len(made))
                made.append(event(
                    name, str(rng.choice(CODES)), start, end, mode=mode if rng.random() < 0.95 else None,
                    quality=quality, locator=locator, **there,
                ))  # fmt: skip
                hour += hours
    for number, row in enumerate(made):
        row["event"] = f"e{number:06d}"
    return table("events").frame(made)


def found_by(engine: Any, by: tuple[str, ...]) -> pl.DataFrame:
    """Every measure that can be asked by these dimensions, sorted."""
    import polars as pl

    keys = [key for key, one in MEASURES.items() if set(by) <= set(DIMENSIONS[one.grain])]
    with Log(engine) as made:
        parts = [made.rows(cells(samples, by)) for samples in made.samples(keys, by, Window()).values()]
    return pl.concat(parts).sort("indicator", *by)


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """A local Spark with one core and nothing but what it needs."""
    if shutil.which("java") is None:
        pytest.skip("Java is not here")
    sql = pytest.importorskip("pyspark.sql", reason="pyspark is not here")
    wanted = {
        "spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "1", "spark.default.parallelism": "1",
        "spark.sql.session.timeZone": "UTC", "spark.driver.memory": "1g",
        "spark.sql.adaptive.enabled": "false", "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    }  # fmt: skip
    builder = sql.SparkSession.builder.master("local[1]").appName("daliz-tests")
    for name, value in wanted.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.mark.spark
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_spark_and_duckdb_give_the_same_cells(spark: Any) -> None:
    """All measures by mode: counts equal to the last digit, whole seconds too, fractions within 1e-9."""
    events, small = random_log(7, 60), small_tables(frames())
    one, two = found_by(Duck(events, small), ("mode",)), found_by(Spark(spark, events, small), ("mode",))
    assert one.height > 100
    assert_frame_equal(one.select(EXACT), two.select(EXACT))
    whole = ["tfi1", "delay_share", "tfi1_pair", "stay", "delay_by_cause"]
    seconds, same = (found.filter(found["indicator"].is_in(whole)) for found in (one, two))
    sums = ["top", "bottom", "p10", "p50", "p90"]
    assert_frame_equal(seconds.select(sums), same.select(sums), check_exact=True)
    assert_frame_equal(one, two, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


@pytest.mark.spark
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_spark_reads_the_parts_of_the_event_store(spark: Any, tmp_path: Any) -> None:
    """Parquet parts go to Spark as they lie; the answer with intervals is that of DuckDB over the frame."""
    halves = random_log(11, 40)
    paths = []
    for number, half in enumerate((halves.head(100), halves.slice(100))):
        paths.append(tmp_path / f"{number}.parquet")
        half.write_parquet(paths[-1])
    asked = Question(("tfi1",), ("place",))
    beyond = measure(paths, frames(), asked, lambda events, small: Spark(spark, events, small))
    embedded = measure(paths, frames(), asked)
    assert_same(beyond.table, embedded.table, rtol=TOLERANCE)
    assert [cell.n for cell in beyond.cells] == [cell.n for cell in embedded.cells]
    assert measure(halves, frames(), asked) == embedded


def test_the_sql_of_postgresql_can_be_written() -> None:
    """Every measure has its PostgreSQL text, with nothing that only another engine knows."""
    with Log(Duck(log(), small_tables(frames()))) as made:
        for samples in made.samples(list(MEASURES), (), Window(0, 10**10)).values():
            written = sql_of(cells(samples, ()), "postgres")
            assert "ROW_NUMBER() OVER" in written
            assert "DATE_DIFF" not in written
            assert "READ_PARQUET" not in written.upper()


def counted_in_python(events: pl.DataFrame) -> dict[str, tuple[int, float, float]]:
    """TFI1, SWOD and SWD by the definitions, with loops and nothing else: n, top and bottom."""
    by_shipment: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in events.iter_rows(named=True):
        by_shipment[row["shipment"]].append(row)

    def whole(instant: dt.datetime) -> int:
        return int(instant.timestamp())

    def seconds(row: dict[str, Any]) -> int:
        return whole(row["end"]) - whole(row["start"])

    tfi1, trips = [], []
    for rows in by_shipment.values():
        rows.sort(key=lambda r: (whole(r["start"] or r["end"]), whole(r["end"] or r["start"]), r["event"]))
        visits: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
        run, was = 0, None
        for row in rows:
            moving = row["activity"] == "move"
            if moving or row["place"] != was:
                run += 1
            was = None if moving else row["place"]
            if not moving:
                visits[run, row["place"], row["mode"], row["direction"]].append(row)
        for rows_there in visits.values():
            timed = [r for r in rows_there if r["start"] and r["end"]]
            if timed and all(r["end"] for r in rows_there):
                tfi1.append(sum(map(seconds, timed)))
        moves = [r for r in rows if r["activity"] == "move"]
        stops = [r for r in rows if r["activity"] != "move" and r["start"] and r["end"]]
        if all(r["distance_km"] is not None for r in moves) and all(r["end"] for r in rows):
            km, moving_s = sum(r["distance_km"] for r in moves), sum(map(seconds, moves))
            trips.append((km, moving_s, moving_s + sum(map(seconds, stops))))
    km = sum(trip[0] for trip in trips)
    return {
        "tfi1": (len(tfi1), sum(tfi1), len(tfi1)),
        "swod": (len(trips), km, sum(trip[1] for trip in trips)),
        "swd": (len(trips), km, sum(trip[2] for trip in trips)),
    }


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**20))
def test_a_count_in_plain_python_agrees_and_delay_never_speeds_up(seed: int) -> None:
    """On any log: n and seconds equal, km within 1e-12; SWD <= SWOD in each cell, however it is added."""
    events = random_log(seed, 25)
    with Log(Duck(events, small_tables(frames()))) as made:
        rows = {}
        for samples in made.samples(["tfi1", "swod", "swd"], (), Window()).values():
            rows |= {row["indicator"]: row for row in made.rows(cells(samples, ())).iter_rows(named=True)}
        for samples in made.samples(["swod", "swd"], ("mode", "place"), Window()).values():
            told = made.rows(cells(samples, ("mode", "place")))
    for key, (n, top, bottom) in counted_in_python(events).items():
        if n:
            assert (rows[key]["n"], rows[key]["bottom"]) == (n, bottom), key
            assert rows[key]["top"] == pytest.approx(top, rel=1e-12)
    free = {(r["mode"], r["place"]): r for r in told.iter_rows(named=True) if r["indicator"] == "swod"}
    for row in told.iter_rows(named=True):
        held = free[row["mode"], row["place"]]
        if row["indicator"] == "swd" and row["n"]:
            assert row["n"] == held["n"]
            assert row["top"] / row["bottom"] <= held["top"] / held["bottom"]
            assert row["ratios"] <= held["ratios"]
