"""The observatory in a real browser: when it can be used, how heavy it is, how it pans, how fast tiles come.

`python -m benchmarks page` starts the server and Chromium (software drawing) and writes page.json and a
table into RESULTS.md. There is no peer: the bounds are ours (usable in 2 s, 500 KB of scripts, 30 frames a
second, tiles in 50 ms).
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from daliz.config import Settings
from daliz.engine.mvt import world
from daliz.store import Store

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HERE = Path(__file__).parent
FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
ROUNDS = 5
ZOOMS = (4, 6, 8)
SIZES = ((1440, 900), (1000, 600))
TILES = 400

FRAMES = """() => new Promise((resolve) => {
  const times = [];
  const tick = (now) => {
    times.push(now);
    if (now - times[0] < 3000) requestAnimationFrame(tick); else resolve(times);
  };
  requestAnimationFrame(tick);
})"""


def page() -> dict[str, Any]:
    """All figures, measured on a server of our own."""
    from playwright.sync_api import sync_playwright

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [str(Path(sys.executable).parent / "daliz"), "up", "--port", str(port), "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ}) as server:
        try:
            begun = time.perf_counter()
            while True:
                try:
                    urllib.request.urlopen(f"{url}/health", timeout=2).close()  # noqa: S310
                    break
                except OSError:
                    time.sleep(0.05)
            found: dict[str, Any] = {"server_ready_s": round(time.perf_counter() - begun, 2)}
            found |= tiles(url)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
                found |= first_view(browser, url) | {"frames_per_s": panning(browser, url)}
                browser.close()
            return found
        finally:
            server.terminate()


def tiles(url: str) -> dict[str, float]:
    """Tiles of the network under its own nodes, asked for the first time and again, in ms."""
    store = Store(Settings().store)
    lon, lat = np.asarray(store.array("rail", "lon")), np.asarray(store.array("rail", "lat"))
    x, y = world(lon, lat)
    draw = np.random.default_rng(5)
    asked = []
    for node in draw.choice(len(x), TILES, replace=False).tolist():
        zoom = int(draw.integers(4, 11))
        asked.append(f"{url}/tiles/network/{zoom}/{x[node] >> (30 - zoom)}/{y[node] >> (30 - zoom)}")
    found = {}
    for name in ("cold", "warm"):
        took = []
        for address in dict.fromkeys(asked):
            begun = time.perf_counter()
            with urllib.request.urlopen(address, timeout=30) as answer:  # noqa: S310
                answer.read()
            took.append((time.perf_counter() - begun) * 1000)
        found[f"tile_{name}_p50_ms"], found[f"tile_{name}_p95_ms"], found[f"tile_{name}_max_ms"] = (
            round(float(value), 2) for value in np.quantile(took, (0.5, 0.95, 1.0))
        )
    return found


def first_view(browser: Browser, url: str) -> dict[str, float]:
    """From an empty cache: until the search field can be used, until the map stands; bytes of scripts."""
    usable, drawn, scripts = [], [], 0
    for _ in range(ROUNDS):
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        client = context.new_cdp_session(page)
        client.send("Network.enable")
        weights: dict[str, float] = {}
        kinds: dict[str, str] = {}
        client.on("Network.responseReceived", partial(_kind, kinds))
        client.on("Network.loadingFinished", partial(_weight, weights))
        begun = time.perf_counter()
        page.goto(f"{url}/?lang=kk", wait_until="commit")
        page.locator("#from").click()
        usable.append(time.perf_counter() - begun)
        page.wait_for_selector("[data-testid=map][data-ready=yes]", timeout=60_000)
        drawn.append(time.perf_counter() - begun)
        scripts = int(sum(size for key, size in weights.items() if "javascript" in kinds.get(key, "")))
        context.close()
    return {
        "interactive_s": round(statistics.median(usable), 2),
        "map_idle_s": round(statistics.median(drawn), 2),
        "script_kb": round(scripts / 1000),
    }


def _kind(kinds: dict[str, str], event: dict[str, Any]) -> None:
    kinds[event["requestId"]] = event["response"]["mimeType"]


def _weight(weights: dict[str, float], event: dict[str, Any]) -> None:
    weights[event["requestId"]] = event["encodedDataLength"]


def panning(browser: Browser, url: str) -> dict[str, float]:
    """Frames a second while the mouse drags the map to and fro, by zoom and size of the window."""
    found = {}
    for width, height, zoom in [(*size, zoom) for size in SIZES for zoom in ZOOMS]:
        context = browser.new_context(viewport={"width": width, "height": height})
        page = context.new_page()
        page.goto(f"{url}/?lang=kk&map={zoom}/48/60")
        page.wait_for_selector("[data-testid=map][data-ready=yes]", timeout=60_000)
        page.wait_for_timeout(1500)
        box = page.locator("canvas").bounding_box()
        if box is None:
            raise SystemExit("the map has no canvas")
        at_x, at_y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.evaluate(f"() => {{ window.frames_ = ({FRAMES})(); }}")
        page.mouse.move(at_x, at_y)
        page.mouse.down()
        begun = time.perf_counter()
        step = 0
        while time.perf_counter() - begun < 3.0:
            step += 1
            page.mouse.move(at_x + 200 * np.sin(step / 12), at_y + 120 * np.cos(step / 17))
        page.mouse.up()
        times = page.evaluate("() => window.frames_")
        found[f"zoom {zoom}, {width} x {height}"] = round((len(times) - 1) / (times[-1] - times[0]) * 1000, 1)
        context.close()
    return found


def write(found: dict[str, Any]) -> None:
    """Keep the figures for the table of RESULTS.md."""
    (HERE / "page.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def table() -> list[str]:
    """The figures as lines of RESULTS.md; none before they were measured."""
    path = HERE / "page.json"
    if not path.exists():
        return []
    found = json.loads(path.read_text(encoding="utf-8"))
    frames = found.pop("frames_per_s")
    lines = ["", "## The observatory in Chromium, software drawing", "", "| figure | value |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in found.items()]
    lines += [f"| frames a second while dragging, {zoom} | {value} |" for zoom, value in frames.items()]
    return [*lines, "", "Repeat: `python -m benchmarks page`."]
