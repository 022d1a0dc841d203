"""Rows `temporal_conformance` and `conformance`: logs judged, against PM4Py and against DuckDB.

`temporal_conformance` needs a Python that has PM4Py 2.7.23, in an environment of its own, named by
PM4PY_PYTHON. The peer runs as a subprocess and times its own work, so that neither its start nor its reading
counts. Its deviations are compared one by one. `CONFORM_EVENTS` sets the size of the row `conformance`
(default 10 million).
"""

from __future__ import annotations

import datetime as dt
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb
import numpy as np
import polars as pl

from benchmarks.harness import Result
from daliz.conformance import conform, conform_parts
from daliz.engine.temporal import Deviations, temporal_deviations, temporal_profile
from daliz.engine.visits import ordered
from daliz.regime import Regime
from daliz.schema import table

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

ROUNDS = 3
TEMPORAL_EVENTS = 50_000
LARGE_EVENTS = 1_000_000
K = 1.0
"""Deviations allowed: the default of PM4Py."""
STEPS = ("rail_arrival_inspection", "rail_customs", "rail_phytosanitary", "gauge_change_transload")
SLA_H = {
    "rail_arrival_inspection": 2.0,
    "rail_customs": 4.0,
    "rail_phytosanitary": 3.0,
    "gauge_change_transload": 6.0,
}
HERE, THERE = "kz-altynkol", "cn-khorgos"
GAP_H = 720


def made_log(events: int, seed: int = 7) -> pl.DataFrame:
    """A simulated log: shipments of ten events, four steps at each of two posts and two movements.

    One in thirty plant checks is a second customs control instead, so that steps are skipped and repeated.
    """
    random = np.random.default_rng(seed)
    shipments = events // 10
    at = dt.datetime(2026, 1, 15, tzinfo=dt.UTC).timestamp() * 1e6 + random.random(shipments) * 300 * 86400e6
    number = np.arange(shipments)
    words = pl.Series((*STEPS, "movement"))
    parts = []
    for post in (0, 1):
        for step in range(5):
            moving = step == 4
            took = np.full(shipments, 7200e6) if moving else random.lognormal(0.3, 0.8, shipments) * 3600e6
            code = np.full(shipments, step)
            if step == 2:
                code[random.random(shipments) < 1 / 30] = 1
            start = at.astype(np.int64)
            parts.append(
                pl.DataFrame(
                    {"s": number, "p": post, "c": code, "start": start, "end": (at + took).astype(np.int64)}
                )
            )
            at = at + took + (random.random(shipments) * 3600e6 if not moving else 600e6)
    frame = pl.concat(parts).sort("start")
    moving = pl.col("activity") == "movement"
    return frame.select(
        pl.format("event-{}", pl.int_range(pl.len())).alias("event"),
        pl.format("ship-{}", "s").alias("shipment"),
        pl.Series("place", (THERE, HERE)).gather(frame["p"]), words.gather(frame["c"]).alias("activity"),
        pl.Series("direction", ("out", "in")).gather(frame["p"]),
        pl.col("start", "end").cast(pl.Datetime("us", "UTC")),
    ).with_columns(
        pl.when(~moving).then("place").alias("place"), pl.when(moving).then(300.0).alias("distance_km"),
        pl.lit("rail").alias("mode"), pl.lit("simulated").alias("quality"), pl.lit("stands").alias("status"),
        pl.lit("benchmark").alias("source"), pl.lit(20.0).alias("tonnes"), pl.lit("any").alias("cargo_class"),
        *(
            pl.lit(None, kind).alias(name)
            for name, kind in table("events").polars_schema().items()
            if name in ("service", "deadline", "official_amount", "official_currency", "unofficial_amount",
                        "unofficial_currency")
        ),
    )  # fmt: skip


def rules() -> tuple[Regime, dict[str, pl.DataFrame]]:
    """One checklist of four steps in order at the second post, and the tables that conformance asks for."""
    items: list[dict[str, Any]] = [
        {
            "item": f"post-{seq}", "checklist": "post", "seq": seq, "code": code, "party": "customs",
            "mandatory": "mandatory", "hs": [], "after": [], "most_times": 1, "sla_h": SLA_H[code],
            "calendar": "24/7", "closed_on_holidays": "no", "stops": [],
        }
        for seq, code in enumerate(STEPS, start=1)
    ]  # fmt: skip
    row = {
        "checklist": "post", "place": HERE, "mode": "rail", "direction": "in", "service": "*", "cargo_class":
        "any", "version": 1, "valid_from": dt.date(2026, 1, 1), "calendar": "24/7", "closed_on_holidays":
        "no",
    }  # fmt: skip
    regime = Regime.from_tables(
        {
            "checklists": table("checklists").frame([row]),
            "checklist_items": table("checklist_items").frame(items),
        }
    )
    frames = {name: table(name).empty() for name in ("crossings", "corridors", "charges", "activity_codes")}
    places = [
        {"place": HERE, "timezone": "Asia/Almaty", "country": "KZ"},
        {"place": THERE, "timezone": "Asia/Shanghai", "country": "CN"},
    ]
    return regime, frames | {"places": table("places").frame(places)}


def by_sql(path: Path) -> dict[str, int]:
    """Breaches by kind with window functions in DuckDB: the same visits and rules, said in SQL."""
    standards = ", ".join(f"('{code}', {hours})" for code, hours in SLA_H.items())
    # Every value put in is a constant of this module or a path made by it.
    query = f"""
        with sla(activity, sla_h) as (values {standards}),
        marked as (
            select *, lag(place) over shipment as before_place, lag(direction) over shipment as
            before_direction,
                lag(distance_km) over shipment as before_km, lag("end") over shipment as before_end
            from '{path}' window shipment as (partition by shipment order by start, "end")
        ),
        cut as (
            select *, sum(case when place is null or before_place is distinct from place or before_km > 0
                or before_direction <> direction or start - before_end > interval {GAP_H} hours
                then 1 else 0 end) over (partition by shipment order by start, "end") as visit
            from marked
        ),
        stay as (select * from cut where place = '{HERE}'),
        numbered as (
            select *, row_number() over (partition by shipment, visit, activity order by start, "end") as time
            from stay
        ),
        missing as (
            select 4 - count(distinct activity) as skipped from stay group by shipment, visit
        )
        select 'late', count(*) from numbered join sla using (activity)
            where time = 1 and epoch_us("end") - epoch_us(start) > sla_h * 3600000000
        union all select 'repeated', count(*) from numbered where time > 1
        union all select 'skipped', sum(skipped) from missing
        """
    rows = duckdb.sql(query).fetchall()
    return {kind: int(count) for kind, count in rows if count}


def conformance() -> Result:
    """The whole answer (breaches with event ids, attainment, losses) against the counts alone in SQL."""
    events = int(os.environ.get("CONFORM_EVENTS", "10000000"))
    regime, frames = rules()
    conform(made_log(1000), regime, frames).attainment("step")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.parquet"
        made_log(events).write_parquet(path)

        def ours() -> dict[str, int]:
            found = conform_parts(pl.scan_parquet(path), regime, frames)
            found.attainment("step")
            found.losses("step")
            return dict(found.breaches.group_by("kind").len().rows())

        return _timed(
            "conformance", f"simulated, {events:,} events from Parquet",
            f"DuckDB {duckdb.__version__}, counts alone",
            _clocked(ours), _clocked(lambda: by_sql(path)), 1,
        )  # fmt: skip


def peer_python() -> str | None:
    """A Python that has PM4Py, None where none is named."""
    return os.environ.get("PM4PY_PYTHON")


def _clocked(work: Callable[[], object]) -> Callable[[], tuple[float, object]]:
    def run() -> tuple[float, object]:
        start = time.perf_counter()
        found = work()
        return time.perf_counter() - start, found

    return run


def _worked(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds of one core, which do not count what else the machine does."""
    start = time.process_time()
    found = work()
    return time.process_time() - start, found


def _timed(
    row: str, instance: str, peer: str, ours: Callable[[], tuple[float, object]],
    theirs: Callable[[], tuple[float, object]], rounds: int,
) -> Result:  # fmt: skip
    """Medians of runs in turns; each run tells its own seconds and its answer."""
    mine, other = [], []
    same = True
    for _ in range(rounds):
        theirs_s, theirs_found = theirs()
        ours_s, ours_found = ours()
        other.append(theirs_s)
        mine.append(ours_s)
        same &= theirs_found == ours_found
    peer_s, ours_s = statistics.median(other), statistics.median(mine)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return Result(
        row, instance, peer, round(peer_s, 6), round(ours_s, 6), round(peer_s / ours_s, 2), same,
        f"python -m benchmarks {row}", memory,
    )  # fmt: skip


PEER = """
import json, sys, time, warnings
warnings.filterwarnings("ignore")
import pandas as pd
from pm4py.algo.conformance.temporal_profile.variants import dataframe as conformance
from pm4py.algo.discovery.temporal_profile.variants import dataframe as discovery
log = pd.read_csv(sys.argv[1])
for name in ("start_timestamp", "time:timestamp"):
    log[name] = pd.to_datetime(log[name], unit="s", utc=True)
log["case:concept:name"] = log["case:concept:name"].astype(str)
start = time.process_time()
begin = discovery.Parameters.START_TIMESTAMP_KEY
profile = discovery.apply(log, parameters={begin: "start_timestamp"})
keys = conformance.Parameters
limits = {keys.START_TIMESTAMP_KEY: "start_timestamp", keys.ZETA: K}
found = conformance.apply(log, profile, parameters=limits)
seconds = time.process_time() - start
print(json.dumps([seconds, [(a, b, s) for case in found for a, b, s, _ in case]]))
"""


def _temporal_log(events: int) -> pl.DataFrame:
    """Whole seconds, so that both programs add up the same numbers."""
    log = made_log(events)
    return log.select(
        pl.col("shipment").str.strip_prefix("ship-").cast(pl.UInt32), "activity",
        (pl.col("start").to_physical() // 1_000_000).alias("start"), (pl.col("end").to_physical() //
        1_000_000).alias("end"),
    )  # fmt: skip


def _laid_out(log: pl.DataFrame) -> tuple[Any, ...]:
    """Cases as runs, activities as small integers."""
    words = sorted(log["activity"].unique().to_list())
    start, end = (log[name].to_numpy() for name in ("start", "end"))
    shipment = log["shipment"].to_numpy()
    order, first = ordered(shipment, start, end, int(shipment.max()) + 1)
    activity = log["activity"].cast(pl.Enum(words)).to_physical().to_numpy().astype(np.int32)
    return words, first, activity[order], start[order].astype(np.float64), end[order].astype(np.float64)


def _beyond(laid: tuple[Any, ...]) -> Deviations:
    words, first, activity, begin, end = laid
    profile = temporal_profile(first, activity, begin, end, len(words))
    return temporal_deviations(first, activity, begin, end, profile, K)


def _named(laid: tuple[Any, ...], found: Deviations) -> list[tuple[str, str, float]]:
    names, activity = np.array(laid[0]), laid[2]
    pairs = zip(names[activity[found.source]], names[activity[found.target]], found.passed_s, strict=True)
    return sorted((str(a), str(b), float(s)) for a, b, s in pairs)


def temporal_conformance() -> Result:
    """Deviations beyond one sigma: from from arrays by case, against PM4Py."""
    log = _temporal_log(TEMPORAL_EVENTS)
    _beyond(_laid_out(log.head(1000)))
    large = _laid_out(_temporal_log(LARGE_EVENTS))
    large_s = min(_worked(lambda: _beyond(large))[0] for _ in range(ROUNDS))
    laid = _laid_out(log)
    laying_s = min(_worked(lambda: _laid_out(log))[0] for _ in range(ROUNDS))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.csv"
        names = {"shipment": "case:concept:name", "activity": "concept:name", "start": "start_timestamp",
                 "end": "time:timestamp"}  # fmt: skip
        log.rename(names).write_csv(path)

        def theirs() -> tuple[float, object]:
            python = peer_python()
            if not python:
                sys.exit("PM4PY_PYTHON must name a Python that has PM4Py 2.7.23")
            script = PEER.replace("ZETA: K", f"ZETA: {K}")
            done = subprocess.run(
                [python, "-c", script, str(path)], capture_output=True, text=True, check=True, timeout=600
            )
            seconds, found = json.loads(done.stdout.splitlines()[-1])
            return seconds, sorted((a, b, float(s)) for a, b, s in found)

        def ours() -> tuple[float, object]:
            seconds, found = _worked(lambda: _beyond(laid))
            return seconds, _named(laid, found)

        return _timed(
            "temporal_conformance",
            f"simulated, {TEMPORAL_EVENTS:,} events laid out, k = {K:g}, CPU seconds "
            f"(laying out {laying_s:.3f} s; "
            f"{LARGE_EVENTS:,} events laid out: {large_s:.3f} s)",
            "PM4Py 2.7.23", ours, theirs, ROUNDS,
        )  # fmt: skip


ROWS: dict[str, Callable[[], Result]] = {
    "temporal_conformance": temporal_conformance, "conformance": conformance,
}  # fmt: skip
