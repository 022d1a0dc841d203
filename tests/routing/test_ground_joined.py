"""The whole ground: as the overlay between places, and open to every point of the rails and roads."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from daliz.build import keep_order
from daliz.engine.earliest import everywhere
from daliz.engine.hierarchy import FAR
from daliz.errors import BadValue, UnknownPlace
from daliz.model.frozen import Cargo
from daliz.routing.finder import clocks_of
from daliz.routing.ground import CRITERIA, Ground
from daliz.routing.layers import weighted
from daliz.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from daliz.routing import Atlas

ROUNDING_H = 0.2
"""Two thousand arcs rounded to a thousandth of an hour each, and lengths of legs to a metre."""


@pytest.fixture(scope="module")
def ground(built_store: Path, atlas: Atlas) -> Ground:
    """The ground for a 40-foot box by any mode."""
    return Ground(Store(built_store), atlas, Cargo())


@pytest.mark.parametrize(("by", "row"), [("hours", 0), ("usd", 2), ("co2e", 3)])
def test_between_platforms_the_ground_is_as_the_overlay(ground: Ground, by: str, row: int) -> None:
    """Never more than the overlay's search without clocks, and less only where base lines cut a corner."""
    graph = weighted(ground.frozen)
    graph = dataclasses.replace(graph, gate=np.full(len(graph.head), -1))
    clocks = clocks_of(ground.frozen, dt.datetime(2026, 1, 5, tzinfo=dt.UTC))
    metric, unit = ground.metric(by)
    first = ground.nodes - len(ground.frozen.platforms)
    chosen = np.random.default_rng(6).choice(len(ground.frozen.platforms), 12, replace=False)
    found = metric.matrix(first + chosen, first + np.arange(len(ground.frozen.platforms)))
    scale = {"hours": 1.0, "usd": 40.0, "co2e": 40.0}[by]
    for at, source in enumerate(chosen.tolist()):
        values = everywhere(graph, clocks, [source], row)[0][:, row]
        reached = np.isfinite(values)
        mine = found[at] * unit
        assert np.array_equal(found[at] < FAR, reached)
        assert (mine[reached] <= values[reached] + ROUNDING_H * scale).all()
        alike = np.abs(mine[reached] - values[reached]) <= ROUNDING_H * scale + 0.002 * values[reached]
        assert alike.mean() > 0.97


def test_figures_of_a_line_are_those_of_its_arcs(ground: Ground) -> None:
    for by in CRITERIA:
        (line,) = ground.lines("Алматы", "43.35,77.45", by)
        assert line.total("km") == pytest.approx(ground.km[line.arcs].sum())
        metric, unit = ground.metric(by)
        total = line.total("co2e_kg" if by == "co2e" else by)
        assert metric.weights[line.arcs].sum() * unit == pytest.approx(total, abs=len(line.arcs) * unit)
        assert np.array_equal(ground.head[line.arcs[:-1]], ground.tail[line.arcs[1:]])


def test_no_base_line_crosses_a_border(ground: Ground) -> None:
    """States change on crossings and sailings of the overlay only."""
    lines = ground.lines("51.1,71.4", "41.3,69.2", most=3)
    assert lines
    for line in lines:
        states = [s.country for s in line.stretches if s.country and (s.arc is None or s.arc.kind == "leg")]
        assert states[0] == "KZ"
        assert states[-1] == "UZ"
        assert len(line.crossings) >= 1


def test_a_closed_post_is_gone_round(ground: Ground) -> None:
    before = ground.lines("Алматы", "Ташкент")[0]
    after = ground.lines("Алматы", "Ташкент", close=before.crossings)[0]
    assert not set(before.crossings) & set(after.crossings)
    assert after.total("hours") > before.total("hours")
    again = ground.lines("Алматы", "Ташкент")[0]
    assert again.total("hours") == before.total("hours")


def test_alternatives_leave_by_other_posts_or_lines(ground: Ground) -> None:
    lines = ground.lines("Алматы", "Москва", most=3)
    assert len(lines) >= 2
    assert lines[0].total("hours") <= lines[1].total("hours") <= 1.26 * lines[0].total("hours")
    assert not np.array_equal(lines[0].arcs, lines[1].arcs)


def test_a_mode_keeps_to_its_lines(built_store: Path, atlas: Atlas) -> None:
    rail = Ground(Store(built_store), atlas, Cargo(mode="rail"))
    (line,) = rail.lines("43.3,76.9", "Актау")
    assert {stretch.mode for stretch in line.stretches} == {"rail"}


@pytest.mark.parametrize(
    ("asked", "key"),
    [
        (("0,0", "Алматы"), "error.no_line_near"),
        (("95,0", "Алматы"), "error.coordinates"),
        (("Алматы", "Астана", "speed"), "error.choice"),
    ],
)
def test_what_cannot_be_asked_is_refused(ground: Ground, asked: tuple[str, ...], key: str) -> None:
    with pytest.raises((BadValue, UnknownPlace)) as refused:
        ground.lines(*asked)
    assert refused.value.key == key
    with pytest.raises((BadValue, UnknownPlace)) as refused:
        ground.lines("Алматы", "Астана", close=["nothing"])
    assert refused.value.key == "error.ground_close"


def test_the_kept_order_gives_the_same_answers(built_store: Path, atlas: Atlas, tmp_path: Path) -> None:
    """An order is made once, kept beside the tables, and fitted to another cargo's platforms."""
    folder = tmp_path / "store"
    shutil.copytree(built_store, folder, ignore=shutil.ignore_patterns("ground-order.npz"))
    store = Store(folder)
    before = Ground(store, atlas, Cargo())
    assert not before.kept
    told = before.lines("Алматы", "Поти")[0].total("hours")
    assert keep_order(store)
    assert not keep_order(store)
    after = Ground(store, atlas, Cargo())
    assert after.topology.arcs != before.topology.arcs
    assert after.lines("Алматы", "Поти")[0].total("hours") == pytest.approx(told, abs=ROUNDING_H)
    road = Ground(store, atlas, Cargo(mode="road"))
    assert road.lines("Алматы", "Москва")[0].total("km") > 3000
    (folder / "ground-order.npz").write_bytes(b"not an order")
    assert Ground(store, atlas, Cargo()).lines("Алматы", "Поти")


def test_line_command_tells_stretches_json_and_geojson(ask_daliz: Callable[..., object]) -> None:
    table = ask_daliz("line", "Алматы", "Ақтау", "--lang", "kk")
    assert table.returncode == 0
    assert "теміржол" in table.stdout
    plain = json.loads(ask_daliz("line", "43.2,76.9", "Poti", "--json").stdout)
    (line,) = plain["lines"]
    assert line["hours"] == pytest.approx(sum(s["hours"] for s in line["stretches"]), abs=0.1)
    assert all(stretch["source"] and stretch["quality"] for stretch in line["stretches"])
    drawn = json.loads(ask_daliz("line", "43.2,76.9", "Poti", "--geojson").stdout)
    points = drawn["features"][0]["geometry"]["coordinates"]
    assert points[0] == pytest.approx([76.9, 43.2], abs=0.2)
    assert ask_daliz("line", "0,0", "Poti", "--lang", "ru").returncode == 2
