"""Row `batch`: a hundred scenarios over a hundred pairs, against applying and asking a matrix one by one."""

from __future__ import annotations

import os
import resource
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from benchmarks.harness import Result
from daliz.batch import Question, read_scenarios, run
from daliz.batch.parallel import spread
from daliz.config import Settings
from daliz.model.frozen import Cargo
from daliz.routing import Atlas
from daliz.routing.many import Pair, matrix
from daliz.scenario import under
from daliz.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

SCENARIOS, SIDE, ROUNDS, PART = 100, 10, 3, 10
FIGURES = ("time_mean_h", "cost_usd", "co2e_kg", "distance_km")


def _asked(store: Store, folder: Path) -> Question:
    """Every tenth scenario closes a crossing, the others slow a state or change a price; pairs of ports."""
    rng = np.random.default_rng(3)
    frames = store.frames(("crossings", "places"))
    posts = frames["crossings"].filter(pl.col("status") == "open")["crossing"].to_list()
    lines = ["scenario,edit,action,target,target_kind,factor"]
    for number in range(SCENARIOS):
        if number % 10 == 0:
            lines.append(f"s{number},e1,close,{posts[int(rng.integers(len(posts)))]},crossing,")
        elif number % 2:
            lines.append(f"s{number},e1,slow,{rng.choice(['KZ', 'RU', 'CN', 'TR'])},country,1.{number:02}")
        else:
            lines.append(f"s{number},e1,price,{rng.choice(['KZ', 'RU', 'CN', 'TR'])},country,0.{number:02}")
    file = folder / "scenarios.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    cities = frames["places"].filter(pl.col("kind") == "city")["place"].sort().to_list()
    names = [cities[at] for at in rng.choice(len(cities), 2 * SIDE, replace=False).tolist()]
    pairs = [Pair(a, b, at) for at, (a, b) in enumerate((a, b) for a in names[:SIDE] for b in names[SIDE:])]
    return Question(store.folder, read_scenarios(file), pairs, Cargo(), "hours")


def batch() -> Result:
    """Ours with both processors; the peer does a tenth of the scenarios, one after another, times ten."""
    store = Store(Settings().store)
    with tempfile.TemporaryDirectory() as held:
        folder = Path(held)
        asked = _asked(store, folder)
        atlas = Atlas(store)
        chosen = asked.scenarios[1 :: len(asked.scenarios) // PART][:PART]
        mine, peer = [], []
        rows: list[dict[str, Any]] = []
        for turn in range(ROUNDS):
            begun = time.perf_counter()
            rows = [row for one in chosen for row in matrix(under(atlas, one.edits), asked.pairs, Cargo())]
            peer.append((time.perf_counter() - begun) * SCENARIOS / PART)
            begun = time.perf_counter()
            run(asked, folder / f"{turn}.parquet", by=spread(os.cpu_count() or 1))
            mine.append(time.perf_counter() - begun)
        found = pl.read_parquet(folder / "0.parquet")
        names = [one.name for one in chosen]
        ours = [found.filter(pl.col("scenario") == name).select(FIGURES) for name in names]
        theirs = pl.DataFrame([{name: row[name] for name in FIGURES} for row in rows])
        equal = pl.concat(ours).equals(theirs)
    peer_s, ours_s = statistics.median(peer), statistics.median(mine)
    return Result(
        "batch", f"{SCENARIOS} scenarios x {SIDE * SIDE} pairs (peer: {PART} of them, scaled)",
        "scenario apply and matrix, once a scenario", round(peer_s, 3), round(ours_s, 3),
        round(peer_s / ours_s, 2), bool(equal), "python -m benchmarks batch",
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, None, ROUNDS,
    )  # fmt: skip


ROWS: dict[str, Callable[[], Result]] = {"batch": batch}
