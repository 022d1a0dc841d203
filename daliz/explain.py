"""Corridors side by side, and what a word means.

Question: how do two corridors differ in time by component, cost, sureness, emissions and borders; and
what is meant by a term of the answers?
In and out: an `Atlas` and names of corridors in, a `Comparison` out; a word in, a `Term` out.
Method: a corridor is walked on the whole network through all its places in order; its own line is the
shortest one by its stated modes (as `daliz.corridors` traces it), and hours off that line weigh five
times as much in the search, so that the way leaves it only where a track, berth or gauge facility is
lacking. Pieces are those of `daliz.routing.explain`. Terms are the indicators (table `indicators`), the rows
of `i18n/terms.csv` and the words of the glossary; folded spellings in any of three languages find them.
Limits: corridors end in different places, so their totals compare trips and their rates per 1000 km
compare ways; a name that stands for several branches means the first that is open.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from daliz.corridors import shortest_km
from daliz.engine.pareto import gate_wait
from daliz.engine.search import search
from daliz.errors import BadValue, NoRoute, UnknownPlace
from daliz.gazetteer import fold
from daliz.i18n import LANGUAGES, glossary, text
from daliz.routing.explain import COMPONENTS, breakdown, handovers
from daliz.routing.finder import Way, clocks_of
from daliz.routing.option import Option, Surety, make_option
from daliz.schema import read_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daliz.model.frozen import Cargo, FrozenNetwork
    from daliz.routing import Atlas
    from daliz.schema import Row

__all__ = ["Comparison", "Side", "Term", "compare", "term", "terms"]

FEWEST, MOST = 2, 4
OFF_LINE_WEIGHT = 5.0
"""How much an hour off the corridor's own line weighs in the search; a choice of method, not a figure."""

_BORDER = ("name", "hours", "share_of_spread", "quality")
_NEAREST = 5


@dataclass(frozen=True)
class Side:
    """One corridor of a comparison; `branches` are the other corridors its name may mean."""

    asked: str
    corridor: str
    branches: tuple[str, ...]
    option: Option
    off_line_km: float


@dataclass(frozen=True)
class Comparison:
    """Corridors side by side; `as_dict` is the JSON of the door."""

    sides: tuple[Side, ...]
    cargo: Cargo
    seed: int
    atlas: Atlas

    def as_dict(self, lang: str) -> Row:
        """Plain data with names in `lang`."""
        return {
            "reference_date": self.atlas.reference_date.isoformat(), "seed": self.seed,
            "teu": self.cargo.teu, "counts": text("compare.counts", lang), "notes": self._notes(lang),
            "corridors": [self._side_dict(side, lang) for side in self.sides],
        }  # fmt: skip

    def _notes(self, lang: str) -> list[str]:
        notes = []
        rows = self.atlas.gazetteer.corridors
        for side in self.sides:
            name = _name(rows[side.corridor], lang)
            if side.branches:
                others = ", ".join(side.branches)
                notes.append(text("compare.branches", lang, asked=side.asked, name=name, others=others))
            if rows[side.corridor]["status"] != "open":
                notes.append(text("compare.planned", lang, name=name))
            if side.off_line_km >= 1:
                notes.append(text("compare.off_line", lang, name=name, km=round(side.off_line_km)))
        ends = {(s.option.arcs[0].from_place, s.option.arcs[-1].to_place) for s in self.sides}
        if len(ends) > 1:
            notes.append(text("compare.ends_differ", lang))
        return notes

    def _side_dict(self, side: Side, lang: str) -> Row:
        option, atlas = side.option, self.atlas
        row, name = atlas.gazetteer.corridors[side.corridor], atlas.gazetteer.name
        km = option.distance_km
        parts = breakdown(option, atlas)
        risks = [one.as_dict(atlas, lang) for one in handovers(option, atlas, self.seed)]
        order = [arc.crossing for arc in option.arcs if arc.crossing]
        borders = sorted(
            (one for one in risks if one["kind"] == "border"), key=lambda one: order.index(one["where"])
        )
        return {
            "asked": side.asked, "corridor": side.corridor, "name": _name(row, lang),
            "status": row["status"], "branches": list(side.branches),
            "from": name(option.arcs[0].from_place, lang), "to": name(option.arcs[-1].to_place, lang),
            "service": option.service, "distance_km": round(km, 1),
            "off_line_km": round(side.off_line_km, 1),
            "time_mean_h": round(option.time_mean_h, 2), "time_p50_h": round(option.time_p50_h, 2),
            "time_p90_h": round(option.time_p90_h, 2),
            "p90_over_p50": round(option.time_p90_h / option.time_p50_h, 3),
            "cost_usd": round(option.cost_usd, 2), "co2e_kg": round(option.co2e_kg, 1),
            "speed_kmh": round(km / option.time_mean_h, 2),
            "speed_moving_kmh": round(km / parts["moving"][0], 2),
            "usd_per_teu_1000km": round(option.cost_usd / self.cargo.teu / km * 1000, 2),
            "co2e_kg_per_teu_1000km": round(option.co2e_kg / self.cargo.teu / km * 1000, 2),
            "components": [
                {
                    "component": component, "name": text(COMPONENTS[component], lang),
                    "hours": round(hours, 2), "cost_usd": round(usd, 2), "co2e_kg": round(kg, 1),
                }
                for component, (hours, usd, kg) in parts.items()
            ],
            "borders": [
                {"crossing": one["where"]} | {column: one[column] for column in _BORDER}
                for one in borders
            ],
            "share_by_quality": _shares(option), "source": row["source"], "quality": row["quality"],
        }  # fmt: skip


def _name(row: Row, lang: str) -> str:
    return str(row.get(f"name_{lang}") or row["name_en"])


def _shares(option: Option) -> dict[str, float]:
    hours: dict[str, float] = defaultdict(float)
    for arc, wait_h in zip(option.arcs, option.waits_h, strict=True):
        hours[arc.quality] += arc.move_h
        hours[arc.wait_quality] += wait_h
        for step in arc.steps:
            hours[step.quality] += step.hours
    total = sum(hours.values())
    return {name: round(value / total, 4) for name, value in sorted(hours.items()) if value}


def compare(atlas: Atlas, names: Sequence[str], cargo: Cargo, seed: int = 0) -> Comparison:
    """Corridors called `names`, each from its first to its last place, leaving on the reference date.

    Raises
    ------
    BadValue
        when there are fewer than two or more than four names.
    UnknownPlace
        when no corridor answers to a name.
    NoRoute
        when a corridor does not connect; names the last place reached.
    """
    if not FEWEST <= len(names) <= MOST:
        raise BadValue("error.compare_count", given=len(names))
    sides = []
    rows = atlas.gazetteer.corridors
    for asked in names:
        found = atlas.gazetteer.corridor(asked)
        if not found:
            raise UnknownPlace("error.unknown_corridor", name=asked)
        chosen = next((key for key in found if rows[key]["status"] == "open"), found[0])
        option, off_line_km = _along(atlas, chosen, cargo, seed)
        branches = tuple(key for key in found if key != chosen)
        sides.append(Side(asked, chosen, branches, option, off_line_km))
    return Comparison(tuple(sides), cargo, seed, atlas)


def _along(atlas: Atlas, corridor: str, cargo: Cargo, seed: int) -> tuple[Option, float]:
    """The way along one corridor, and its kilometres off the corridor's own line."""
    row = atlas.gazetteer.corridors[corridor]
    cargo = replace(cargo, mode="any", planned=row["status"] != "open")
    frozen, via = atlas.frozen(cargo), [str(place) for place in row["via"]]
    modes, own = _own_line(atlas, row, cargo)
    usable = [arc.kind == "transfer" or arc.mode in modes for arc in frozen.arcs]
    on_line = [
        arc.kind == "transfer" or (arc.mode, frozenset((arc.from_place, arc.to_place))) in own
        for arc in frozen.arcs
    ]
    hours = [value if use else float("inf") for value, use in zip(frozen.graph.hours, usable, strict=True)]
    weight = [value * (1.0 if line else OFF_LINE_WEIGHT) for value, line in zip(hours, on_line, strict=True)]
    stages = [frozenset(frozen.at_place.get(place, ())) for place in via[1:]]
    found, reached = search(
        frozen.graph, weight, lambda _gate, _at: 0.0, frozen.at_place.get(via[0], ()), stages
    )
    if found is None:
        last = [place for place in via if reached & set(frozen.at_place.get(place, ()))]
        name = atlas.gazetteer.name((last or via)[-1], "en")
        raise NoRoute("error.corridor_breaks", name=corridor, place=name)
    way = _timed(frozen, found.arcs, atlas)
    off_line_km = sum(frozen.arcs[number].distance_km for number in found.arcs if not on_line[number])
    return make_option("corridor", frozen, way, Surety(seed)), off_line_km


def _own_line(atlas: Atlas, row: Row, cargo: Cargo) -> tuple[set[str], set[tuple[str, frozenset[str]]]]:
    """Modes of a corridor, and mode and ends of every leg of its shortest line by those modes."""
    via, modes = row["via"], row["leg_modes"]
    modes = modes * (len(via) - 1) if len(modes) == 1 else modes
    own: set[tuple[str, frozenset[str]]] = set()
    for start, end, mode in zip(via, via[1:], modes, strict=False):
        network = atlas.frozen(replace(cargo, mode=mode))
        for arc in shortest_km(network, start, end) or ():
            own.add((arc.mode, frozenset((arc.from_place, arc.to_place))))
    return set(modes), own


def _timed(frozen: FrozenNetwork, arcs: tuple[int, ...], atlas: Atlas) -> Way:
    """A chain of arcs with the waits that it meets when it leaves on the reference date."""
    depart = dt.datetime.combine(atlas.reference_date, dt.time(0), tzinfo=dt.UTC)
    clocks, at_h, waits = clocks_of(frozen, depart), 0.0, []
    for number in arcs:
        gate, wait_h = frozen.graph.gate[number], 0.0
        if gate >= 0:
            wait_h = float(
                gate_wait(gate, at_h, clocks.first, clocks.second, clocks.between_h, clocks.ptr,
                          clocks.start, clocks.end)
            )  # fmt: skip
        waits.append(wait_h + frozen.arcs[number].fixed_wait_h)
        at_h += wait_h + frozen.graph.hours[number]
    return Way(
        arcs, tuple(waits), at_h,
        sum(frozen.arcs[number].spread_h for number in arcs),
        sum(frozen.cost_usd[number] for number in arcs),
        sum(frozen.co2e_kg[number] for number in arcs),
    )  # fmt: skip


@dataclass(frozen=True)
class Term:
    """A word of the answers. `definition` is empty for words that the glossary only translates."""

    key: str
    names: dict[str, str]
    definitions: dict[str, str]
    formula: str
    unit: str
    source: str
    code: str

    def as_dict(self, lang: str) -> Row:
        """Plain data; the name and definition in `lang`, and in all three languages."""
        return {
            "term": self.key, "name": self.names[lang], "definition": self.definitions.get(lang) or None,
            "names": self.names, "definitions": self.definitions, "formula": self.formula or None,
            "unit": self.unit or None, "source": self.source or None, "code": self.code or None,
        }  # fmt: skip


@cache
def _rows() -> list[dict[str, str]]:
    """Indicators and defined words in one form; a key stands in one of the two only."""
    with (Path(__file__).parent / "i18n" / "terms.csv").open(encoding="utf-8", newline="") as lines:
        words = list(csv.DictReader(lines))
    files = sorted((Path(__file__).parent / "data" / "indicators").glob("*.csv"))
    declared = [row for path in files for row in read_table("indicators", path)[0]]
    return [_as_term(row) for row in declared] + words


def _as_term(row: Row) -> dict[str, str]:
    same = {name: str(row[name]) for name in ("formula", "unit", "source", "code")}
    said = {
        f"{part}_{lang}": str(row[f"{part}_{lang}"]) for part in ("name", "definition") for lang in LANGUAGES
    }
    return same | said | {"term": str(row["indicator"]), "aliases": ";".join(row["aliases"])}


@cache
def terms() -> dict[str, Term]:
    """All terms by key: those with a definition, then the other words of the glossary."""
    rows = _rows()
    words = glossary()
    found = {}
    for row in rows:
        names = {lang: row[f"name_{lang}"] or words[row["term"]][lang] for lang in LANGUAGES}
        definitions = {lang: row[f"definition_{lang}"] for lang in LANGUAGES}
        found[row["term"]] = Term(
            row["term"], names, definitions, row["formula"], row["unit"], row["source"], row["code"]
        )
    for key, word in words.items():
        if key not in found:
            found[key] = Term(key, {lang: word[lang] for lang in LANGUAGES}, {}, "", "", "", "")
    return found


@cache
def _spellings() -> dict[str, str]:
    """Folded spelling to the key of its term; keys and names first, then aliases."""
    found: dict[str, str] = {}
    for key, one in terms().items():
        for word in (key, *one.names.values()):
            found.setdefault(fold(word.replace("_", " ")), key)
    for row in _rows():
        for alias in filter(None, row["aliases"].split(";")):
            found.setdefault(fold(alias), row["term"])
    return found


def term(word: str) -> Term:
    """What `word` means, in any of three languages.

    Raises
    ------
    UnknownPlace
        when it is not a term; offers the nearest ones.

    Examples
    --------
    >>> term("tfi1").unit
    'h'
    """
    from rapidfuzz import fuzz, process

    spellings = _spellings()
    folded = fold(word.replace("_", " "))
    if folded in spellings:
        return terms()[spellings[folded]]
    hits = process.extract(folded, spellings.keys(), scorer=fuzz.WRatio, limit=4 * _NEAREST, score_cutoff=50)
    nearest = list(dict.fromkeys(terms()[spellings[hit]].key for hit, _, _ in hits))[:_NEAREST]
    raise UnknownPlace("error.unknown_term", name=word, nearest=", ".join(nearest) or "–")
