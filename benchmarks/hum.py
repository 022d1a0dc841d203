"""The door-to-door cases by hum-router 0.4.8, on the same rail and road graph as ours.

hum-router wants OpenStreetMap tables of the whole area. We give it our base graph in that form: every arc
is a way of two nodes, railways by gauge unknown, roads as primary; its own sea lanes come with it. After
its first stage the length of each arc is set to ours, since ours are chords of known length. It needs
Python 3.12 or newer and pins other packages than we do, so it has an environment of its own:

    python -m benchmarks.hum export /tmp/hum            # with Daliz: tables and pairs
    python3.12 -m venv /tmp/hum/env
    /tmp/hum/env/bin/pip install hum-router==0.4.8
    /tmp/hum/env/bin/python benchmarks/hum.py route /tmp/hum   # writes benchmarks/hum.json
    python -m benchmarks doors

What it counts: movement at its own speeds (rail 30 km/h where the gauge is not told, roads 60, ships 14
knots) and its own hours for a change of mode; no border, no procedure, no clock. A case by rail is its best
way by rail, one by sea its best by sea, any other the best it finds, by time or by cost as the case asks.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

OUT = Path(__file__).parent / "hum.json"
MODES = {"rail": {"road", "rail"}, "sea": {"road", "sea"}, "any": {"road", "rail", "sea", "ferry"}}
IMPEDANCE = {"fastest": "time", "cheapest": "cost"}


def export(folder: Path) -> None:
    """Write OSM-like tables of both graphs, their lengths, and the cases with coordinates."""
    import numpy as np
    import polars as pl
    from scipy.spatial import cKDTree

    from benchmarks.doors import CASES
    from daliz.config import Settings
    from daliz.routing import Atlas
    from daliz.store import Store

    store = Store(Settings().store)
    places = Atlas(store).gazetteer
    folder.mkdir(parents=True, exist_ok=True)
    for mode, first in (("rail", 1), ("road", 1_000_000)):
        lat, lon, country, tail, head, km = (
            np.asarray(store.array(mode, name)) for name in ("lat", "lon", "country", "tail", "head", "km")
        )
        node = np.arange(len(lat)) + first
        nodes = {"node_id": node, "lon": lon, "lat": lat, "source_country": country.astype(str)}
        pl.DataFrame(nodes).write_parquet(folder / f"osm_{mode}_nodes.parquet")
        ways = pl.DataFrame(
            {
                "way_id": np.arange(len(tail)) + first,
                "refs": np.column_stack([node[tail], node[head]]).tolist(),
                "source_country": country[tail].astype(str),
            },
            schema_overrides={"refs": pl.List(pl.Int64)},
        )
        text = {
            "rail": {"railway": "rail", "gauge": None, "name": None},
            "road": {"highway": "primary", "oneway": None},
        }
        columns = [pl.lit(value, dtype=pl.String).alias(name) for name, value in text[mode].items()]
        ways.with_columns(columns).write_parquet(folder / f"osm_{mode}_ways.parquet")
        pl.DataFrame({"way_id": np.arange(len(tail)) + first, "km": km}).write_parquet(
            folder / f"km_{mode}.parquet"
        )
        if mode == "rail":
            rows = [row for row in places.places.values() if "rail" in row["modes"]]
            tree = cKDTree(np.column_stack([lat, lon]))
            _, near = tree.query([[row["lat"], row["lon"]] for row in rows])
            pl.DataFrame(
                {
                    "station_id": node[near], "lon": lon[near], "lat": lat[near],
                    "name": [row["name_en"] for row in rows], "railway": ["station"] * len(rows),
                    "source_country": country[near].astype(str),
                }
            ).unique("station_id").write_parquet(folder / "osm_rail_stations.parquet")  # fmt: skip
    cases = []
    for case in CASES:
        stops = [
            places.places[places.place(name, case.mode)]
            for name in (case.origin, *case.via, case.destination)
        ]
        cases.append(
            {"case": case.key, "mode": case.mode, "label": case.label,
             "stops": [[stop["lon"], stop["lat"]] for stop in stops]}
        )  # fmt: skip
    (folder / "cases.json").write_text(json.dumps(cases), encoding="utf-8")


def route(folder: Path) -> None:
    """Build the graph of hum-router from the tables, and ask it every case."""
    import duckdb
    from multimodal_router import stages
    from multimodal_router.engine import RouteRequest, RoutingEngine

    modes, graph = folder / "modes", folder / "graph"
    stages.build_modes(folder, modes, modes={"rail", "sea"})
    with duckdb.connect() as db:
        for mode in ("rail", "road"):
            edges = modes / f"{mode}_edges.parquet"
            db.execute(
                f"CREATE OR REPLACE TABLE e AS SELECT e.* REPLACE (k.km AS distance_km, "
                "CASE WHEN e.distance_km > 0 THEN e.transit_time_hours * k.km / e.distance_km "
                "ELSE e.transit_time_hours END AS transit_time_hours) "
                f"FROM '{edges}' e JOIN '{folder / f'km_{mode}.parquet'}' k USING (way_id)"
            )
            db.execute(f"COPY e TO '{edges}' (FORMAT PARQUET)")
    stages.build_unified(modes, graph)
    stages.build_cch(graph)
    engine = RoutingEngine(graph)
    found = {}
    for case in json.loads((folder / "cases.json").read_text(encoding="utf-8")):
        (o_lon, o_lat), *between, (d_lon, d_lat) = case["stops"]
        answer = engine.route(
            RouteRequest(
                o_lon, o_lat, d_lon, d_lat, impedance=IMPEDANCE[case["label"]],
                modes=frozenset(MODES[case["mode"]]), waypoints=[tuple(stop) for stop in between],
            )
        )  # fmt: skip
        found[case["case"]] = _best(answer.options, case["mode"])
    OUT.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def _best(options: list[Any], mode: str) -> dict[str, Any] | None:
    """The first option that uses the mode asked for, with what it counts."""
    fit = [option for option in options if mode == "any" or mode in option.modes]
    if not fit:
        return None
    return {
        "hours": round(fit[0].total_time_hours, 1), "km": round(fit[0].total_distance_km),
        "label": fit[0].label, "modes": list(fit[0].modes),
    }  # fmt: skip


if __name__ == "__main__":
    {"export": export, "route": route}[sys.argv[1]](Path(sys.argv[2]))
