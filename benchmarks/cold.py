"""Row-less figures `cold`: from nothing to the first answer, time and peak memory of each step.

Kernels are compiled into an empty cache, the store is built into an empty folder; data packages are
downloaded into an empty cache. Each step is a process of its own.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from benchmarks.harness import HERE

_KEPT = HERE / "cold.json"
_CHILD = (
    "import resource, subprocess, sys;"
    "code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode;"
    "print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)"
)
TRIP = {"origin": "kz-altynkol", "destination": "ge-poti-port"}


def cold() -> dict[str, Any]:
    """All figures: seconds and MB."""
    with tempfile.TemporaryDirectory() as held:
        folder = Path(held)
        environment = {
            **os.environ, "DALIZ_STORE": str(folder / "store"), "DALIZ_CACHE": str(folder / "cache"),
            "NUMBA_CACHE_DIR": str(folder / "kernels"),
        }  # fmt: skip
        daliz = str(Path(sys.executable).parent / "daliz")
        steps = {
            "import daliz": [sys.executable, "-c", "import daliz"],
            "daliz --help": [daliz, "--help"],
            "build, packages downloaded": [daliz, "build"],
            "build again": [daliz, "build"],
            "warm: kernels compiled, ground ordered": [daliz, "warm"],
            "warm again": [daliz, "warm"],
            "first line over the ground": [daliz, "line", "43.25,76.95", "Poti", "--json"],
            "first route": [daliz, "route", "Altynkol", "Poti", "--json"],
        }  # fmt: skip
        found = {name: _step(command, environment) for name, command in steps.items()}
        found["server ready"], found["first answer of the server"] = _server(daliz, environment)
    return found


def _step(command: list[str], environment: dict[str, str]) -> dict[str, float]:
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, *command], capture_output=True, text=True, check=True, env=environment
    )
    seconds = time.perf_counter() - begun
    code, memory = done.stdout.split()
    if code != "0":
        raise RuntimeError(f"{command} ended with {code}")
    return {"seconds": round(seconds, 2), "memory_mb": int(memory)}


def _server(daliz: str, environment: dict[str, str]) -> tuple[dict[str, float], dict[str, float]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [daliz, "up", "--port", str(port), "--no-browser"]
    begun = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment) as server:
        try:
            while True:
                try:
                    urllib.request.urlopen(f"{url}/health", timeout=2).close()  # noqa: S310
                    break
                except OSError:
                    time.sleep(0.05)
            ready = time.perf_counter() - begun
            body = json.dumps(TRIP).encode()
            asked = urllib.request.Request(  # noqa: S310
                f"{url}/routes", data=body, headers={"Content-Type": "application/json"}
            )
            begun = time.perf_counter()
            urllib.request.urlopen(asked, timeout=60).close()  # noqa: S310
            answered = time.perf_counter() - begun
            status = Path(f"/proc/{server.pid}/status")
            lines = status.read_text().splitlines() if status.exists() else []
            peak = next((int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM")), 0)
        finally:
            server.terminate()
    return (
        {"seconds": round(ready, 2), "memory_mb": peak}, {"seconds": round(answered, 2), "memory_mb": peak}
    )  # fmt: skip


def write(found: dict[str, Any]) -> None:
    """Keep the figures for RESULTS.md."""
    _KEPT.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def table() -> list[str]:
    """Lines for RESULTS.md."""
    if not _KEPT.exists():
        return []
    held = json.loads(_KEPT.read_text(encoding="utf-8"))
    lines = ["", "## From nothing to the first answer", "", "| step | seconds | peak memory, MB |"]
    lines.append("|---|---|---|")
    lines += [f"| {name} | {row['seconds']:g} | {row['memory_mb']} |" for name, row in held.items()]
    return [*lines, "", "Repeat: `python -m benchmarks cold`."]
