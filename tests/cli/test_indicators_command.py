"""`daliz indicators`: figures, list, sharing, trade, chart and refusals on the terminal and as JSON."""

from __future__ import annotations

import csv
import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest

from daliz.schema import table

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., subprocess.CompletedProcess[str]]

START = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)


def _event(number: int, activity: str, start: float, hours: float, **cells: Any) -> dict[str, Any]:
    begin = START + dt.timedelta(hours=start)
    return {
        "event": f"{number}-{activity}-{start}", "shipment": f"s{number}", "activity": activity,
        "mode": "rail",
        "start": begin, "end": begin + dt.timedelta(hours=hours), "status": "stands",
        "quality": "simulated", "source": "generator", "format": "generated", "file": "f" * 16,
        "locator": "1", "tonnes": 20.0, **cells,
    }  # fmt: skip


@pytest.fixture
def events(tmp_path: Path) -> str:
    """An event store: twelve trains from Aktogay over Dostyk into China, two of them over Altynkol."""
    from daliz.store.events import EventStore

    rows = []
    for n in range(12):
        post, other = ("kz-dostyk", "cn-alashankou") if n < 10 else ("kz-altynkol", "cn-khorgos-rail")
        rows += [
            _event(
                n, "rail_classification", 24 * n, 2, place="kz-aktogay", direction="through", country="KZ"
            ),
            _event(n, "move", 24 * n + 2, 10, country="KZ", distance_km=309.0),
            _event(n, "rail_customs", 24 * n + 12, 3 + n % 4, place=post, direction="out", country="KZ"),
            _event(n, "move", 24 * n + 20, 1, country="CN", distance_km=12.0),
            _event(n, "rail_customs", 24 * n + 21, 2, place=other, direction="in", country="CN"),
        ]
    folder = tmp_path / "events"
    with EventStore(folder).writing("a" * 16, "log.csv", "csv") as writer:
        writer.add(table("events").frame(rows))
    return str(folder)


def test_cpmm_by_place_and_mode(run_daliz: Run, events: str) -> None:
    """The words of the issue work; figures carry n and say that the log is simulated."""
    done = run_daliz("indicators", "cpmm", "--by", "place,mode", "--json", DALIZ_EVENTS=events)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["simulated"]
    assert "SIMULATED" in answer["notes"][0]
    cells = {(c["indicator"], c["place"]): c for c in answer["cells"]}
    assert cells["tfi1", "kz-dostyk"]["n"] == 10
    assert cells["tfi1", "kz-dostyk"]["value"] == pytest.approx(43 / 10)
    assert cells["swd", "kz-dostyk"]["value"] < cells["swod", "kz-dostyk"]["value"]
    assert {one["indicator"] for one in answer["not_computable"]} >= {"tfi2", "tfi3"}


def test_the_table_on_the_terminal_in_kazakh(run_daliz: Run, events: str) -> None:
    """Headings, class and notes are in the reader's language; a missing input is named."""
    done = run_daliz(
        "indicators", "tfi1", "tfi2", "--by", "place,period", "--lang", "kk", DALIZ_EVENTS=events
    )
    assert done.returncode == 0, done.stderr
    assert "МОДЕЛЬДЕНГЕН" in done.stdout
    assert "2026-Q3" in done.stdout
    assert "модельденген" in done.stdout
    assert "tfi2: есептелмейді: events.official_amount жоқ" in done.stdout


def test_share_hides_small_cells(run_daliz: Run, events: str) -> None:
    """Two trains over Altynkol are hidden, and with them the post that would give them away."""
    done = run_daliz("indicators", "tfi1", "--by", "place", "--share", "--json", DALIZ_EVENTS=events)
    answer = json.loads(done.stdout)
    hidden = {c["place"] for c in answer["cells"] if c["suppressed"]}
    assert {"kz-altynkol", "kz-dostyk"} <= hidden
    assert all(c["value"] is None and c["n"] is None for c in answer["cells"] if c["suppressed"])


def test_the_list_needs_no_log(run_daliz: Run, tmp_path: Path) -> None:
    """`daliz indicators list` names them all without any log."""
    nothing = str(tmp_path / "none")
    done = run_daliz("indicators", "list", "--json", DALIZ_EVENTS=nothing)
    assert len(json.loads(done.stdout)["indicators"]) >= 48
    shown = run_daliz("indicators", "list", "--lang", "ru", DALIZ_EVENTS=nothing)
    assert "скорость с задержками" in shown.stdout
    refused = run_daliz("indicators", "cpmm", DALIZ_EVENTS=nothing)
    assert refused.returncode == 2
    assert "daliz events import" in refused.stderr


def test_trade_from_a_file(run_daliz: Run, tmp_path: Path) -> None:
    """A CSV of table `trade` gives the trade group; a broken cell is named with file, row and column."""
    path = tmp_path / "trade.csv"
    header = [column.name for column in table("trade").columns]
    row = ["1", "2025", "KZ", "CN", "export", "2603", "80", "40", "USD", "office", "published"]
    with path.open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines).writerows([header, row])
    nothing = str(tmp_path / "none")
    asked = ("indicators", "exports", "unit_value", "--by", "reporter", "--trade", str(path))
    done = run_daliz(*asked, "--json", DALIZ_EVENTS=nothing)
    assert done.returncode == 0, done.stderr
    cells = {c["indicator"]: c for c in json.loads(done.stdout)["cells"]}
    assert (cells["exports"]["value"], cells["unit_value"]["value"]) == (80, 2)
    assert cells["exports"]["quality"] == "published"
    path.write_text(path.read_text(encoding="utf-8").replace("export", "sold"), encoding="utf-8")
    broken = run_daliz("indicators", "exports", "--trade", str(path), DALIZ_EVENTS=nothing)
    assert broken.returncode == 2
    assert "flow" in broken.stderr
    assert "Traceback" not in broken.stderr


def test_the_chart_along_a_corridor(run_daliz: Run, events: str) -> None:
    """`--along` with a name in any language gives hours over kilometres with bands and n."""
    asked = ("indicators", "--along", "ОАӨЭЫ 1a", "--origin", "Aktogay")
    done = run_daliz(*asked, "--json", DALIZ_EVENTS=events)
    assert done.returncode == 0, done.stderr
    points = {p["place"]: p for p in json.loads(done.stdout)["points"]}
    assert points["kz-dostyk"]["distance_km"] == 309
    assert points["kz-dostyk"]["n"] == 10
    assert points["kz-dostyk"]["arrived_h_p50"] == 12
    shown = run_daliz(*asked, DALIZ_EVENTS=events)
    assert "309.0" in shown.stdout


def test_an_unknown_word_is_refused_with_the_nearest(run_daliz: Run, events: str) -> None:
    """A slip in a key or dimension names what is near, in the language asked for."""
    done = run_daliz("indicators", "swdd", "--lang", "ru", DALIZ_EVENTS=events)
    assert done.returncode == 2
    assert "swd" in done.stderr
    done = run_daliz("indicators", "swd", "--by", "corridors", DALIZ_EVENTS=events)
    assert done.returncode == 2
    assert "corridor" in done.stderr
