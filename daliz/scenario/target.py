"""What the target of an edit is.

Question: which place, crossing, link, leg, sailing, facility, corridor, country or service is meant?
In and out: an edit on a bench in; ids of one kind, or the legs they stand for, out; or a refusal with
the nearest names.
Method: an id of a kind the action takes, else a name in any of three languages; a corridor is traced in
its stated modes and may be cut to a section between two of its places.
Limits: a name that fits several kinds means the widest that the action takes, unless target_kind says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from daliz.corridors import shortest_km
from daliz.errors import DalizError, UnknownPlace
from daliz.freeze import freeze
from daliz.model.frozen import Cargo
from daliz.scenario.bench import CannotAct
from daliz.scenario.edits import ACTIONS

if TYPE_CHECKING:
    from daliz.scenario.bench import Bench

__all__ = ["Target", "legs_of", "one_place", "resolve"]

_TABLES = {
    "country": "countries", "crossing": "crossings", "place": "places", "link": "links", "leg": "legs",
    "sailing": "sailings", "facility": "facilities", "corridor": "corridors", "service": "services",
}  # fmt: skip


@dataclass(frozen=True)
class Target:
    """Ids of one kind."""

    kind: str
    keys: tuple[str, ...]


def resolve(bench: Bench) -> Target:
    """What the edit on the bench is about.

    Raises
    ------
    CannotAct
        when nothing has the name, or what has it is of a kind that the action does not act on.
    """
    edit = bench.edit
    name, action = str(edit["target"]), str(edit["action"])
    allowed = ACTIONS[action].kinds
    kinds = (str(edit["target_kind"]),) if edit["target_kind"] else allowed
    found = _find(bench, name, kinds)
    if found is not None:
        return found
    other = _find(bench, name, tuple(_TABLES))
    if other is None:
        raise CannotAct(
            "finding.edit_unknown", "repair.edit_unknown", target=name,
            nearest=", ".join(bench.gazetteer.nearest(name)) or "–",
        )  # fmt: skip
    raise CannotAct(
        "finding.edit_kind", "repair.edit_kind", target=name, found=other.kind, action=action,
        allowed=", ".join(kinds),
    )  # fmt: skip


def _find(bench: Bench, name: str, kinds: tuple[str, ...]) -> Target | None:
    for kind in kinds:
        table_name = _TABLES[kind]
        if name in bench.frames[table_name][kind]:
            return Target(kind, (name,))
    try:
        named = bench.gazetteer.targets(name)
    except UnknownPlace:
        named = {}
    named = {**named, "corridors": bench.gazetteer.corridor(name)}
    for kind in kinds:
        keys = named.get(_TABLES[kind], [])
        if keys:
            return Target(kind, tuple(keys))
    return None


def one_place(bench: Bench, mode: str) -> str:
    """The one place that the edit names.

    Raises
    ------
    CannotAct
        when the name is unknown or means places far from each other.
    """
    resolve(bench)
    name = str(bench.edit["target"])
    try:
        return bench.gazetteer.place(name, mode)
    except DalizError as error:
        raise CannotAct(
            "finding.edit_ambiguous", "repair.edit_ambiguous", target=name,
            candidates=error.values.get("candidates", "–"),
        ) from None  # fmt: skip


def legs_of(bench: Bench, target: Target) -> pl.DataFrame:
    """Legs that the target stands for, of the mode of the edit where it names one."""
    keys = list(target.keys)
    legs = bench.frames["legs"]
    if target.kind == "corridor":
        keys = [leg for corridor in target.keys for leg in _corridor_legs(bench, corridor)]
    chosen = {
        "place": pl.col("from_place").is_in(keys) | pl.col("to_place").is_in(keys),
        "country": pl.col("country_a").is_in(keys) | pl.col("country_b").is_in(keys),
        "crossing": pl.col("crossing").is_in(keys),
        "link": pl.col("link").is_in(keys),
        "leg": pl.col("leg").is_in(keys),
        "corridor": pl.col("leg").is_in(keys),
    }[target.kind]
    found = legs.filter(chosen)
    return found.filter(pl.col("mode") == bench.edit["mode"]) if bench.edit["mode"] else found


def _corridor_legs(bench: Bench, corridor: str) -> list[str]:
    row = next(r for r in bench.rows("corridors") if r["corridor"] == corridor)
    via, modes = list(row["via"]), list(row["leg_modes"])
    if len(modes) == 1:
        modes *= len(via) - 1
    first, last = _section(bench, via)
    legs: list[str] = []
    planned = row["status"] != "open"
    networks = {
        mode: freeze(bench.frames, Cargo(mode=mode, planned=planned)) for mode in set(modes[first:last])
    }
    for at in range(first, last):
        found = shortest_km(networks[modes[at]], via[at], via[at + 1])
        if found is None:
            bench.remark(
                "warning", "finding.corridor_gap", "repair.corridor_gap",
                start=via[at], end=via[at + 1], mode=modes[at],
            )  # fmt: skip
            continue
        legs += [arc.leg for arc in found if arc.kind != "transfer"]
    return legs


def _section(bench: Bench, via: list[str]) -> tuple[int, int]:
    """Positions in the chain between which the edit acts."""
    ends: list[str] = bench.edit["section"] or []
    if not ends:
        return 0, len(via) - 1
    places = [set(bench.gazetteer.targets(name)["places"]) for name in ends if _known(bench, name)]
    at = [next((n for n, place in enumerate(via) if place in found), None) for found in places]
    positions = sorted(n for n in at if n is not None)
    if len(ends) != 2 or len(set(positions)) != 2:
        raise CannotAct(
            "finding.edit_section", "repair.edit_section", "section",
            section=" – ".join(ends), via=", ".join(bench.gazetteer.name(place, "en") for place in via),
        )  # fmt: skip
    return positions[0], positions[1]


def _known(bench: Bench, name: str) -> bool:
    return _find(bench, name, ("place",)) is not None
