"""Rows `plan-status` and `observations`: a hundred thousand measures and ten million observations.

The register is simulated: measures with days, durations and links of all four kinds, observations by series,
subject, month and vintage. `DALIZ_BENCH_MEASURES` and `DALIZ_BENCH_OBSERVATIONS` set the sizes.
"""

from __future__ import annotations

import datetime as dt
import os
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import networkx as nx
import numpy as np
import polars as pl

from benchmarks.harness import Result, in_turns
from daliz.engine.schedule import Links, schedule
from daliz.programme import Plan
from daliz.programme.targets import progressed
from daliz.schema import table

if TYPE_CHECKING:
    from collections.abc import Callable

MEASURES = int(float(os.environ.get("DALIZ_BENCH_MEASURES", "1e5")))
OBSERVATIONS = int(float(os.environ.get("DALIZ_BENCH_OBSERVATIONS", "1e7")))
ROUNDS = int(os.environ.get("DALIZ_BENCH_ROUNDS", "3"))
AT = dt.date(2026, 11, 1)
TARGETS = 500


@cache
def network() -> tuple[np.ndarray[Any, Any], Links]:
    """Durations and links of a simulated plan: each measure waits for two earlier ones near it."""
    rng = np.random.default_rng(1)
    second = np.repeat(np.arange(1, MEASURES), 2)
    first = np.maximum(second - rng.integers(1, 200, len(second)), 0)
    zero = np.zeros(len(first), dtype=np.int64)
    return rng.integers(5, 90, MEASURES).astype(float), Links(first, second, zero, np.zeros(len(first)))


def plan_status() -> Result:
    """The critical path of the plan; the whole status of the register is timed beside it."""
    duration, links = network()
    none = np.full(MEASURES, np.nan)
    free = np.full(MEASURES, -np.inf)
    graph = nx.DiGraph()
    graph.add_nodes_from(range(MEASURES))
    pairs = zip(links.first.tolist(), links.second.tolist(), strict=True)
    graph.add_weighted_edges_from((a, b, duration[a]) for a, b in pairs)
    status_s = _status_s()

    def ours() -> float:
        return float(schedule(duration, links, free, none, none, now=0.0).early_finish.max())

    def theirs() -> float:
        ends = {}
        for node in nx.topological_sort(graph):
            before = graph.pred[node]
            ends[node] = max((ends[one] for one in before), default=0.0) + duration[node]
        return max(ends.values())

    return in_turns(
        "plan-status",
        f"simulated, {MEASURES:,} measures, {len(links.first):,} links (whole status: {status_s:.1f} s)",
        "networkx 3, forward pass alone",
        ours,
        theirs,
        lambda a, b: bool(np.isclose(a, b)),
        ROUNDS,
    )


def _status_s() -> float:
    """Seconds for the whole status of a register of that size, from frames to plain data."""
    duration, links = network()
    start = dt.date(2024, 1, 1)
    days = [
        start + dt.timedelta(days=int(day)) for day in np.random.default_rng(2).integers(0, 1500, MEASURES)
    ]
    rows = [
        {
            "measure": f"m{at}",
            "programme": "simulated",
            "kind": "measure",
            "title_kk": "x",
            "title_ru": "x",
            "title_en": "x",
            "lead": "KZ",
            "partners": ["UZ"],
            "start": day,
            "due": day + dt.timedelta(days=int(duration[at])),
            "weight": 1.0,
            "source": "simulated",
            "quality": "simulated",
        }
        for at, day in enumerate(days)
    ]
    linked = [
        {
            "link": str(at),
            "predecessor": f"m{first}",
            "successor": f"m{second}",
            "kind": "fs",
            "lag_d": 0.0,
            "source": "simulated",
            "quality": "simulated",
        }
        for at, (first, second) in enumerate(zip(links.first.tolist(), links.second.tolist(), strict=True))
    ]
    frames = {
        "measures": table("measures").frame(rows),
        "measure_links": table("measure_links").frame(linked),
    }
    begun = time.perf_counter()
    Plan.from_frames(frames).status(AT).as_dict("kk")
    return time.perf_counter() - begun


@cache
def observed() -> Path:
    """Simulated observations as one Parquet file, made once."""
    path = Path(os.environ.get("DALIZ_BENCH", tempfile.gettempdir())) / f"observations-{OBSERVATIONS}.parquet"
    if not path.exists():
        rng = np.random.default_rng(3)
        number = np.arange(OBSERVATIONS)
        day = dt.date(2015, 3, 1).toordinal() - dt.date(1970, 1, 1).toordinal()
        frame = pl.DataFrame(
            {
                "series": (number % 200).astype(str),
                "subject": (number // 200 % 400).astype(str),
                "on": (number // 80_000 % 125 * 30 + day).astype("datetime64[D]"),
                "vintage": (rng.integers(3600, 4200, OBSERVATIONS) + day).astype("datetime64[D]"),
                "value": rng.normal(50, 10, OBSERVATIONS),
            }
        )
        empty = table("observations").empty()
        absent = [(name, kind) for name, kind in empty.schema.items() if name not in frame.columns]
        more = [pl.lit(None).cast(kind).alias(name) for name, kind in absent]
        frame.with_columns(more).select(empty.columns).write_parquet(path)
    return path


def observations() -> Result:
    """Progress of 500 targets by the latest vintage of the latest period, over all observations."""
    rng = np.random.default_rng(4)
    targets = [
        {
            "target": str(at),
            "series": str(rng.integers(0, 200)),
            "subject": f"measure-{at}",
            "where": f"place={rng.integers(0, 400)}",
            "baseline_value": 60.0,
            "target_value": 40.0,
            "comparator": "=",
            "better": "lower",
        }
        for at in range(TARGETS)
    ]
    path = observed()
    asked = pl.DataFrame(
        [(t["target"], t["series"], t["where"][6:]) for t in targets],
        schema=["target", "series", "subject"],
        orient="row",
    )
    query = (
        f'select a.target, arg_max(o.value, (o."on", o.vintage)) '
        f"from read_parquet('{path}') o join asked a "
        "using (series, subject) "
        f"where o.\"on\" <= date '{AT}' and o.vintage <= date '{AT}' group by a.target"
    )

    def ours() -> dict[str, float]:
        found = progressed(targets, pl.scan_parquet(path), AT)
        return {key: row["value"] for key, row in found.items() if row["value"] is not None}

    def theirs() -> dict[str, float]:
        with duckdb.connect() as base:
            base.register("asked", asked.to_arrow())
            return dict(base.execute(query).fetchall())

    return in_turns(
        "observations",
        f"simulated, {OBSERVATIONS:,} observations, {TARGETS} targets",
        f"DuckDB {duckdb.__version__} over the same Parquet",
        ours,
        theirs,
        lambda a, b: a == b,
        ROUNDS,
    )


ROWS: dict[str, Callable[[], Result]] = {"plan-status": plan_status, "observations": observations}
