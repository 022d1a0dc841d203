"""A network made from one that differs little is the same to the last digit as one made from nothing."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from daliz.freeze import Drawn, freeze
from daliz.model.frozen import Cargo
from daliz.routing.costs import searched
from daliz.scenario import apply, load
from daliz.scenario.edits import TABLE
from daliz.schema import table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from daliz.model.frozen import FrozenNetwork
    from daliz.routing import Atlas
    from daliz.schema import Row

EXAMPLES = sorted((Path(__file__).parents[2] / "examples" / "scenarios").iterdir())
CARGOES = (Cargo(), Cargo(mode="rail", teu=6), Cargo(mode="road"), Cargo(planned=True, winter=True))


def alike(one: FrozenNetwork, two: FrozenNetwork) -> None:
    for part in fields(one):
        if part.compare:
            assert getattr(one, part.name) == getattr(two, part.name), part.name


def again(atlas: Atlas, frames: Mapping[str, pl.DataFrame], cargo: Cargo) -> FrozenNetwork:
    """Made from the network of today and from nothing; both alike."""
    today = atlas.frozen(cargo)
    assert isinstance(today.drawn, Drawn)
    fresh = searched(freeze(frames, cargo), frames)
    made = searched(freeze(frames, cargo, today), frames, today)
    alike(made, fresh)
    assert made.drawn is None
    return made


def edit(number: int, action: str, target: str, **more: object) -> Row:
    empty = dict.fromkeys(column.name for column in table(TABLE).columns)
    return {**empty, "edit": f"e{number}", "action": action, "target": target, **more}


@pytest.mark.parametrize("cargo", CARGOES, ids=lambda cargo: f"{cargo.mode}-{cargo.planned}")
def test_nothing_changed_is_today(atlas: Atlas, cargo: Cargo) -> None:
    made = again(atlas, atlas.frames, cargo)
    alike(made, atlas.frozen(cargo))
    shared = {id(arc) for arc in atlas.frozen(cargo).arcs if arc.kind in ("leg", "crossing", "transfer")}
    assert {id(arc) for arc in made.arcs if arc.kind in ("leg", "crossing", "transfer")} == shared


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_as_from_nothing(atlas: Atlas, path: Path) -> None:
    frames = apply(atlas.frames, load(path)).frames
    made = again(atlas, frames, Cargo())
    assert made != atlas.frozen(Cargo())


@pytest.mark.parametrize("seed", range(8))
def test_several_edits_are_as_from_nothing(atlas: Atlas, seed: int) -> None:
    """Two to five random edits of every kind that any place, post or state can bear."""
    rng = np.random.default_rng(seed)
    posts = atlas.frames["crossings"].filter(pl.col("status") == "open")["crossing"].to_list()
    places, states = atlas.frames["places"]["place"].to_list(), ["KZ", "RU", "CN", "GE", "AZ", "UZ"]
    edits = []
    for number in range(int(rng.integers(2, 6))):
        post, place, state = (str(rng.choice(names)) for names in (posts, places, states))
        mode = str(rng.choice(["rail", "road"]))
        edits.append(
            (
                edit(number, "close", post, target_kind="crossing"),
                edit(number, "close", place, target_kind="place"),
                edit(number, "slow", state, target_kind="country", mode=mode, factor=1.25),
                edit(number, "price", state, target_kind="country", factor=0.5),
                edit(number, "hours", post, target_kind="crossing", hours="Mo-Fr 08:00-17:00"),
                edit(number, "close", state, target_kind="country", mode=mode),
            )[int(rng.integers(6))]
        )
    edited = apply(atlas.frames, edits)
    assert edited.changes
    again(atlas, edited.frames, Cargo())


@pytest.mark.parametrize(
    ("name", "column", "cargo"),
    [
        ("speeds", "speed_kmh", Cargo()), ("tariffs", "amount", Cargo()), ("charges", "amount", Cargo()),
        ("calibrated_steps", "mean_h", Cargo()), ("emissions", "co2e_g_per_tkm", Cargo(mode="road")),
        ("facilities", "handling_h", Cargo()), ("hub_energy", "electric_kwh_per_teu", Cargo()),
        ("services", "payload_t_per_teu", Cargo()), ("countries", "grid_co2e_g_per_kwh", Cargo()),
    ],
)  # fmt: skip
def test_a_changed_figure_reaches_the_arcs(atlas: Atlas, name: str, column: str, cargo: Cargo) -> None:
    """Half of the rows of a table changed: the network is as from nothing, and not that of today."""
    half = pl.int_range(pl.len()) % 2 == 0
    value = pl.col(column)
    frames = {
        **atlas.frames,
        name: atlas.frames[name].with_columns(pl.when(half).then(value * 1.5).otherwise(value).alias(column)),
    }
    assert again(atlas, frames, cargo) != atlas.frozen(cargo)


def test_another_cargo_is_made_from_nothing(atlas: Atlas) -> None:
    """A network of another cargo lends nothing."""
    heavy = Cargo(teu=40)
    alike(freeze(atlas.frames, heavy, atlas.frozen(Cargo())), freeze(atlas.frames, heavy))


def test_edits_of_edits_share_with_the_network_of_today(atlas: Atlas) -> None:
    """An atlas made from an edited one is as from nothing, and keeps what neither touched."""
    slow = apply(
        atlas.frames, [edit(1, "slow", "KZ", target_kind="country", mode="rail", factor=1.25)]
    ).frames
    both = apply(slow, [edit(2, "price", "RU", target_kind="country", factor=0.5)]).frames
    made = atlas.with_frames(slow).with_frames(both).frozen(Cargo())
    alike(made, searched(freeze(both, Cargo()), both))
    today = {id(arc) for arc in atlas.frozen(Cargo()).arcs}
    assert sum(id(arc) in today for arc in made.arcs) > len(made.arcs) / 4
