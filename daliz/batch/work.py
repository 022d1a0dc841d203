"""One scenario over one block of pairs.

Question: what does each trip of a block come to in a scenario, and how does that differ from today?
In and out: a `Question` and the numbers of a scenario and a block in; a `Part` (rows and refusals) out.
Method: the block is asked of today once; of a scenario only those pairs are searched again whose way of
today may no longer be the best one (`reuse`), the others keep their row.
Limits: one process; the searches of today are kept for the block asked for last.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from daliz.batch.corridor import taken
from daliz.batch.reuse import CLOSE, Matched, compared
from daliz.engine.earliest import tied
from daliz.errors import BadTable
from daliz.routing import Atlas
from daliz.routing.everywhere import NO_WAY, Everywhere
from daliz.routing.many import CRITERION, placed
from daliz.scenario import under
from daliz.store import Store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from daliz.batch.corridor import Lines
    from daliz.batch.reading import Scenario
    from daliz.batch.reuse import Changes
    from daliz.engine.pareto import Weighted
    from daliz.errors import Finding
    from daliz.model.frozen import Arc, Cargo
    from daliz.routing.everywhere import Found
    from daliz.routing.layers import Plan
    from daliz.routing.many import Pair
    from daliz.schema import Row

__all__ = ["BLOCK", "Part", "Question", "Worker", "blocks"]

BLOCK = 1000
"""Pairs of one block: so many searches of today are kept, a tenth of a megabyte each."""
_CLASSES = ("measured", "published", "derived", "assumed", "simulated")
_DIFFERENCES = (
    ("time_difference_h", "time_mean_h", 2), ("cost_difference_usd", "cost_usd", 2),
    ("co2e_difference_kg", "co2e_kg", 1),
)  # fmt: skip


@dataclass(frozen=True)
class Question:
    """What a batch is about: a store, scenarios (`today` first), pairs, cargo and criterion ."""

    store: Path
    scenarios: Sequence[Scenario]
    pairs: Sequence[Pair]
    cargo: Cargo
    by: str = "hours"


@dataclass(frozen=True)
class Part:
    """Rows of `batch_results` in the order of the pairs, and why edits were refused."""

    rows: tuple[Row, ...]
    refusals: tuple[Finding, ...] = ()


def blocks(pairs: int) -> list[range]:
    """Numbers of the pairs of each block."""
    return [range(first, min(first + BLOCK, pairs)) for first in range(0, pairs, BLOCK)]


@dataclass(frozen=True)
class _Searched:
    """What is kept of a search of today: layout, closed graph and the least value at each node."""

    plan: Plan
    graph: Weighted
    least: np.ndarray


@dataclass
class _Today:
    """A block asked of today: rows without differences, arcs and searches of the ways by pair of places."""

    facts: dict[tuple[str, str], Row] = field(default_factory=dict)
    arcs: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)
    alone: dict[tuple[str, str], bool] = field(default_factory=dict)
    search: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    searched: dict[tuple[str, int], _Searched] = field(default_factory=dict)


class Worker:
    """Computes parts of a batch over one store, opened once."""

    def __init__(self, question: Question, over: Lines, *, reuse: bool = True) -> None:
        self._question, self._over, self._reuse = question, over, reuse
        self._atlas = Atlas(Store(question.store))
        self._ids = placed(self._atlas, question.pairs, question.cargo)
        self._here = Everywhere(self._atlas, question.cargo, CRITERION[question.by])
        self._matched = Matched(self._here.frozen)
        self._blocks = blocks(len(question.pairs))
        self._kept: tuple[int, _Today] | None = None
        self._last: tuple[int, Everywhere | None, Changes | None, tuple[Finding, ...]] | None = None

    def part(self, scenario: int, block: int) -> Part:
        """Rows of a scenario over a block, by their numbers."""
        today = self._today(block)
        if scenario == 0:
            return self._part(scenario, block, today, today.facts)
        there, changes, refusals = self._scenario(scenario)
        if there is None:
            return self._part(scenario, block, today, None, refusals)
        return self._part(scenario, block, today, self._asked(there, changes, today), refusals)

    def _scenario(self, number: int) -> tuple[Everywhere | None, Changes | None, tuple[Finding, ...]]:
        """The network of a scenario and what it changes; without a network when an edit is refused."""
        if self._last is None or self._last[0] != number:
            self._last = (number, *self._made(number))
        return self._last[1:]

    def _made(self, number: int) -> tuple[Everywhere | None, Changes | None, tuple[Finding, ...]]:
        scenario = self._question.scenarios[number]
        if scenario.findings:
            return None, None, scenario.findings
        if not scenario.edits:
            return self._here, None, ()
        try:
            atlas = under(self._atlas, scenario.edits)
        except BadTable as refused:
            return None, None, tuple(refused.findings)
        there = Everywhere(atlas, self._question.cargo, self._here.by, self._here)
        changes = compared(self._matched, there.frozen, self._here.by) if self._reuse else None
        return there, changes, ()

    def _ends(self, block: int) -> list[tuple[str, str]]:
        pairs = self._question.pairs
        return [(self._ids[pairs[at].origin], self._ids[pairs[at].destination]) for at in self._blocks[block]]

    def _today(self, block: int) -> _Today:
        if self._kept is None or self._kept[0] != block:
            self._kept = (block, self._asked_today(self._ends(block)))
        return self._kept[1]

    def _asked_today(self, wanted: Sequence[tuple[str, str]]) -> _Today:
        here, today = self._here, _Today()
        numbers: dict[int, int] = {}
        shut = {ends: here.shut(*ends) for ends in dict.fromkeys(wanted)}
        alone: np.ndarray | None = None
        for ends in sorted(shut, key=lambda ends: (numbers.setdefault(id(shut[ends]), len(numbers)), ends)):
            key = (ends[0], numbers[id(shut[ends])])
            found = here.from_place(ends[0], shut[ends])
            if key not in today.searched:
                least = found.values[:, here.by].copy()
                today.searched[key] = _Searched(found.plan, found.graph, least)
                both = (found.values, found.reached_by)
                alone = ~tied(found.graph, here.clocks, both, here.by, CLOSE)
            figures, arcs = here.way(*ends)
            today.facts[ends] = self._facts(figures, [here.frozen.arcs[number] for number in reversed(arcs)])
            today.arcs[ends] = np.array(arcs, dtype=np.int64)
            today.alone[ends] = self._only(found, ends[1], alone)
            today.search[ends] = key
        return today

    def _only(self, found: Found, destination: str, alone: np.ndarray | None) -> bool:
        """Whether no other way comes to a place within `CLOSE` of the best one."""
        by, platforms = self._here.by, self._here.frozen.at_place.get(destination, ())
        best = found.best(platforms, by)
        if best is None:
            return True
        values = found.values[found.plan.copies(platforms), by]
        if alone is None or np.count_nonzero(values <= found.values[best, by] + CLOSE) > 1:
            return False
        way = found.nodes(best)
        return len(way) > 0 and bool(alone[way].all())

    def _asked(self, there: Everywhere, changes: Changes | None, today: _Today) -> dict[tuple[str, str], Row]:
        """Facts of every pair of a block in a scenario."""
        if there is self._here:
            return today.facts
        facts: dict[tuple[str, str], Row] = {}
        open_ends = list(today.facts)
        if changes is not None:
            holds = {
                key: changes.holds(one.plan, one.graph, one.least) for key, one in today.searched.items()
            }
            open_ends = []
            for ends, kept in today.facts.items():
                same = holds[today.search[ends]] and today.alone[ends]
                if same and not changes.touched[today.arcs[ends]].any():
                    facts[ends] = kept
                else:
                    open_ends.append(ends)
        for ends in sorted(open_ends, key=lambda ends: (id(there.shut(*ends)), ends)):
            figures, arcs = there.way(*ends)
            facts[ends] = self._facts(figures, [there.frozen.arcs[number] for number in reversed(arcs)])
        return facts

    def _facts(self, figures: Row, arcs: Sequence[Arc]) -> Row:
        """Figures of a way with corridor, crossings, sources and class."""
        if figures["time_mean_h"] is None:
            return {"status": "no_way", "note": "batch.no_way", **figures}
        crossings = list(dict.fromkeys(arc.crossing for arc in arcs if arc.crossing))
        corridor = taken(arcs, self._over)
        grounds = {(arc.source, arc.quality) for arc in arcs}
        grounds |= {(step.source, step.quality) for arc in arcs for step in arc.steps}
        classes = [_CLASSES.index(quality) for _, quality in grounds]
        return {
            "status": "ok",
            **figures,
            "corridor": corridor[0] if corridor else "+".join(crossings) or None,
            "corridor_share": corridor[1] if corridor else None,
            "crossings": crossings,
            "sources": sorted({source for source, _ in grounds}),
            "quality": _CLASSES[max(classes)] if classes else None,
        }

    def _part(
        self, scenario: int, block: int, today: _Today, facts: dict[tuple[str, str], Row] | None,
        refusals: tuple[Finding, ...] = (),
    ) -> Part:  # fmt: skip
        name = self._question.scenarios[scenario].name
        refused = {"status": "refused_edit", "note": refusals[0].message, **NO_WAY} if facts is None else {}
        rows = []
        for number, ends in zip(self._blocks[block], self._ends(block), strict=True):
            pair = self._question.pairs[number]
            head = {
                "result": f"{name}/{number + 1}", "scenario": name, "from": pair.origin,
                "to": pair.destination, "from_place": ends[0], "to_place": ends[1],
            }  # fmt: skip
            found = refused if facts is None else facts[ends]
            rows.append(head | found | _differences(found, today.facts[ends]))
        return Part(tuple(rows), refusals)


def _differences(row: Row, today: Row) -> Row:
    """Figures of a row less those of today; nothing where one of them has no way."""
    if row["status"] != "ok" or today["status"] != "ok":
        return {}
    changed = "yes" if row["corridor"] != today["corridor"] else "no"
    found: Row = {"corridor_changed": changed}
    for name, of, digits in _DIFFERENCES:
        found[name] = round(row[of] - today[of], digits)
    return found
