"""Door-to-door cases with published answers: what we miss, and what simpler routers miss.

Peers: plain shortest path (least kilometres on the same network at moving speed, no procedures, no waits:
what a map router gives), for legs by sea the package searoute, and hum-router on the same graph
(`benchmarks/hum.py`, which needs an environment of its own). `python -m benchmarks doors`.
Each published range is taken at its middle; hours missed are answer less middle. The tests of
`tests/routing/test_door_to_door.py` read the same cases.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daliz.config import Settings
from daliz.corridors import shortest_km
from daliz.model.frozen import Cargo
from daliz.routing import Atlas, Request, route
from daliz.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from daliz.routing import Option

HERE = Path(__file__).parent
SEA_KNOTS = 14.0


@dataclass(frozen=True)
class Case:
    """A published door-to-door time: range in days, and how the service is asked for."""

    key: str
    origin: str
    destination: str
    low_days: float
    high_days: float
    mode: str
    source: str
    via: tuple[str, ...] = ()
    label: str = "fastest"

    def best(self, atlas: Atlas) -> Option:
        """Our answer: the best option by the measure that the service is asked for by."""
        asked = Request(self.origin, self.destination, via=self.via, cargo=Cargo(mode=self.mode))
        return next(o for o in route(atlas, asked).options if self.label in o.label.split("+"))


MIDDLE = ("Aktau port", "Baku port (Alat)")
CASES = (
    Case("D-01", "Altynkol", "Brest", 6, 9, "rail", "ERAI index1520: 7.31 days in July 2024; tolerance ours"),
    Case("D-02", "Xi'an", "Malaszewicze", 12, 14, "rail", "navisgroup 2025-08"),
    Case("D-03", "Chongqing", "Duisburg", 16, 18, "rail", "navisgroup 2025-08"),
    Case("D-04", "Altynkol", "Absheron", 7, 12, "any", "trend.az 3906462: norm 9 days", MIDDLE, "cheapest"),
    Case("D-05", "Altynkol", "Poti", 9, 16, "any", "trend.az 3906462: norm 12 days", MIDDLE, "cheapest"),
    Case(
        "D-06",
        "Altynkol",
        "Constanta",
        18,
        34,
        "any",
        "trend.az: 20-22 and 31-34; navisgroup: 18-25",
        (*MIDDLE, "Poti"),
        "cheapest",
    ),
    Case("D-07", "Aktau port", "Baku port (Alat)", 1, 4, "sea", "mc-status; silkroute.news; tolerance ours"),
    Case("D-08", "Nhava Sheva", "Moscow", 26, 44, "any", "COMCEC, page 175", (), "cheapest"),
    Case("D-09", "Mumbai", "St Petersburg", 15, 24, "any", "valdaiclub"),
    Case("D-10", "Shanghai", "Rotterdam", 28, 35, "sea", "canxansa"),
)


def doors() -> list[dict[str, Any]]:
    """One row a case: published middle, ours and the peers, in hours."""
    atlas = Atlas(Store(Settings().store))
    rows = []
    for case in CASES:
        option = case.best(atlas)
        middle_h = (case.low_days + case.high_days) * 12
        rows.append(
            {
                "case": case.key, "trip": f"{case.origin} - {case.destination}", "source": case.source,
                "published_days": f"{case.low_days:g}-{case.high_days:g}",
                "ours_days": round(option.time_mean_h / 24, 1),
                "inside": case.low_days * 24 <= option.time_mean_h <= case.high_days * 24,
                "p90_over_p50": round(option.time_p90_h / option.time_p50_h, 2),
                "ours_missed_h": round(option.time_mean_h - middle_h),
                "shortest_missed_h": _missed(_plain_h(atlas, case), middle_h),
                "searoute_missed_h": _missed(_searoute_h(atlas, case), middle_h),
                "hum_missed_h": _missed(_hum_h(case), middle_h),
            }
        )  # fmt: skip
    return rows


def _missed(hours: float | None, middle_h: float) -> int | None:
    return None if hours is None else round(hours - middle_h)


def _plain_h(atlas: Atlas, case: Case) -> float | None:
    frozen = atlas.frozen(Cargo(mode=case.mode))
    stops = [atlas.gazetteer.place(name, case.mode) for name in (case.origin, *case.via, case.destination)]
    hours = 0.0
    for start, end in zip(stops, stops[1:], strict=False):
        arcs = shortest_km(frozen, start, end)
        if arcs is None:
            return None
        hours += sum(arc.move_h for arc in arcs if arc.kind != "transfer")
    return hours


def _hum_h(case: Case) -> float | None:
    path = HERE / "hum.json"
    found = json.loads(path.read_text(encoding="utf-8")).get(case.key) if path.exists() else None
    return None if found is None else float(found["hours"])


def _searoute_h(atlas: Atlas, case: Case) -> float | None:
    if case.mode != "sea":
        return None
    try:
        import searoute
    except ImportError:
        return None
    ends = [atlas.gazetteer.places[atlas.gazetteer.place(n, "sea")] for n in (case.origin, case.destination)]
    way: Any = searoute.searoute(*[[end["lon"], end["lat"]] for end in ends], speed_knot=SEA_KNOTS)
    return float(way.properties["duration_hours"])


def write(rows: list[dict[str, Any]]) -> None:
    """Keep the table for RESULTS.md."""
    (HERE / "doors.json").write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _means(rows: list[dict[str, Any]]) -> str:
    """Mean size of what each router misses, over the cases that it answers."""
    said = []
    for name in ("ours", "shortest", "searoute", "hum"):
        missed = [abs(row[f"{name}_missed_h"]) for row in rows if row.get(f"{name}_missed_h") is not None]
        if missed:
            said.append(f"{name} {sum(missed) / len(missed):.0f} h ({len(missed)} cases)")
    return ", ".join(said)


def table() -> list[str]:
    """The table as Markdown lines; empty when the cases were never run."""
    path = HERE / "doors.json"
    if not path.exists():
        return []
    rows = json.loads(path.read_text(encoding="utf-8"))
    inside = sum(row["inside"] for row in rows)
    shown: Callable[[object], object] = lambda value: "" if value is None else value  # noqa: E731
    return [
        "",
        "## Door to door",
        "",
        f"{inside} of {len(rows)} published cases inside their range (`python -m benchmarks doors`).",
        "Hours missed are the answer less the middle of the published range. Shortest path is least",
        "kilometres on the same network at moving speed; searoute 1.6.0 answers legs by sea only.",
        "hum-router 0.4.8 was given our rail and road graph as OpenStreetMap tables (`benchmarks/hum.py`,",
        "repeatable): it counts movement at its own speeds (rail 30 km/h where no gauge is told, primary",
        "roads 60 km/h day and night, ships 14 knots), 48 h at a port and 12 h from rail to road, but no",
        "borders, procedures, gauges or clocks. Where it drives round a sea that the case sails it is far",
        "too early.",
        f"Mean of the hours missed, sign aside: {_means(rows)}.",
        "",
        "| case | trip | published, days | ours, days | P90/P50 | ours, h | shortest | searoute | hum |",
        "|---|---|---|---|---|---|---|---|---|",
        *[
            f"| {r['case']} | {r['trip']} | {r['published_days']} | {r['ours_days']} | {r['p90_over_p50']} "
            f"| {r['ours_missed_h']} | {shown(r['shortest_missed_h'])} | {shown(r['searoute_missed_h'])} "
            f"| {shown(r.get('hum_missed_h'))} |"
            for r in rows
        ],
    ]  # fmt: skip
