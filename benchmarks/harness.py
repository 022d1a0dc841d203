"""Running ours and a peer in turns, and writing down what came out.

A claim is a ratio of medians measured A B A B in one process on one machine; absolute seconds drift.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
ROUNDS = 5


@dataclass(frozen=True)
class Result:
    """One row of results.json."""

    row: str
    instance: str
    peer: str
    peer_s: float
    ours_s: float
    ratio: float
    equal: bool
    command: str
    memory_mb: int
    ours_mb: int | None = None
    rounds: int = ROUNDS


def in_turns(
    row: str, instance: str, peer: str, ours: Callable[[], object], theirs: Callable[[], object],
    equal: Callable[[object, object], bool], rounds: int = ROUNDS,
) -> Result:  # fmt: skip
    """Medians of `rounds` runs each, in turns, after one warm-up of both; answers compared once.

    `memory_mb` is the peak of the whole process, the peer's included; `peak_mb` measures ours alone.
    """
    same = equal(ours(), theirs())
    mine: list[float] = []
    other: list[float] = []
    for _ in range(rounds):
        for work, seconds in ((theirs, other), (ours, mine)):
            start = time.perf_counter()
            work()
            seconds.append(time.perf_counter() - start)
    peer_s, ours_s = statistics.median(other), statistics.median(mine)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return Result(
        row, instance, peer, round(peer_s, 6), round(ours_s, 6), round(peer_s / ours_s, 2), same,
        f"python -m benchmarks {row}", memory, None, rounds,
    )  # fmt: skip


def peak_mb(module: str, *arguments: str) -> int:
    """Peak resident memory of `python -m module arguments` in a process of its own, mapped files included."""
    code = (
        "import resource, runpy, sys; sys.argv = sys.argv[1:];"
        "runpy.run_module(sys.argv[0], run_name='__main__');"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, module, *arguments], capture_output=True, text=True, check=True
    )
    return int(done.stdout.splitlines()[-1])


def _memory(row: dict[str, object]) -> str:
    ours, rounds = row.get("ours_mb"), row.get("rounds", ROUNDS)
    shown = f"{row['memory_mb']}" if ours is None else f"{row['memory_mb']} / {ours}"
    return shown if rounds == ROUNDS else f"{shown} ({rounds} runs)"


def _key(row: dict[str, object]) -> tuple[str, str]:
    return str(row["row"]), str(row["instance"]).split(" (")[0]


def write(results: list[Result]) -> None:
    """Merge into results.json by row and instance, and write RESULTS.md from it.

    What an instance has in brackets was measured with it and does not tell it from others.
    """
    path = HERE / "results.json"
    held = {_key(r): r for r in json.loads(path.read_text())} if path.exists() else {}
    for result in results:
        held[_key(asdict(result))] = asdict(result)
    rows = [held[key] for key in sorted(held)]
    path.write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    lines = [
        "# Results",
        "",
        f"Machine: {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}.",
        "Medians of five runs each (or as many as stand in brackets), ours and the peer in turns in one",
        "process. Quote the ratio, not the seconds. Memory is the peak of the process, peer included; after",
        "a slash of ours alone in a process of its own, mapped files included.",
        "",
        "| row | instance | peer | peer, s | ours, s | ratio | equal | memory, MB | repeat |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {r['row']} | {r['instance']} | {r['peer']} | {r['peer_s']:.4f} | {r['ours_s']:.4f} "
        f"| {r['ratio']:.1f} | {'yes' if r['equal'] else 'NO'} | {_memory(r)} | `{r['command']}` |"
        for r in rows
    ]
    from benchmarks import cold, doors, osm, page

    lines += doors.table() + page.table() + osm.table() + cold.table()
    (HERE / "RESULTS.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
