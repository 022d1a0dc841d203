"""What of today still holds in a scenario, proved arc by arc.

Question: for which pairs is the best way of today the best way of the scenario too, to the last digit?
In and out: the network of today and that of a scenario in; a `Changes` out, which answers by search and way.
Method: the arcs of both networks are matched by their platforms and what they stand for. The way found today
stays the only best one when (1) none of its arcs changed, (2) no node of it was reached by another way
within `CLOSE` of the same value, and (3) no arc that may have become better reaches its head sooner than
today. The values of today are then still a lower bound at every node, and the way still attains them.
Limits: when arcs or trains are new, or their order is another one, nothing is claimed and all is searched.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daliz.engine.pareto import Weighted
    from daliz.model.frozen import FrozenNetwork
    from daliz.routing.layers import Plan

__all__ = ["CLOSE", "Changes", "Matched", "compared"]

CLOSE = 1e-6
"""Hours, dollars or kilograms within which two ways count as equally good; far above rounding of sums."""


class Matched:
    """A network whose arcs can be found in another one."""

    def __init__(self, frozen: FrozenNetwork) -> None:
        self.frozen = frozen
        self.number = {key: at for at, key in enumerate(_keys(frozen))}


def _keys(frozen: FrozenNetwork) -> list[tuple[object, ...]]:
    """What each arc stands for; a second one of the same is told apart by its count."""
    platforms, head, indptr = frozen.platforms, frozen.graph.head, frozen.graph.indptr
    keys: list[tuple[object, ...]] = []
    for node, platform in enumerate(platforms):
        seen: dict[tuple[object, ...], int] = {}
        for number in range(indptr[node], indptr[node + 1]):
            arc = frozen.arcs[number]
            key = (platform, platforms[head[number]], arc.kind, arc.leg, arc.service, arc.backward)
            count = seen.get(key, 0)
            seen[key] = count + 1
            keys.append((*key, count) if count else key)
    return keys


@dataclass(frozen=True)
class Changes:
    """Arcs of today that a scenario changes or takes away, and those it may make better.

    `touched` has shape (arcs of today,); `better` are arc numbers of today and `least` the value of each in
    the scenario by the criterion asked for, without waits.
    """

    touched: np.ndarray
    better: np.ndarray
    least: np.ndarray

    def holds(self, plan: Plan, graph: Weighted, least: np.ndarray) -> bool:
        """Whether the least values of a search of today, shape (nodes,), are lower bounds still."""
        if not len(self.better):
            return True
        mine = np.full(len(self.touched), -1.0)
        mine[self.better] = self.least
        at = np.flatnonzero(mine[plan.arc] >= 0)
        at = at[np.isfinite(graph.weight[0, at]) & np.isfinite(least[plan.tail[at]])]
        return bool(np.all(least[plan.tail[at]] + mine[plan.arc[at]] > least[graph.head[at]] + CLOSE))


def compared(today: Matched, frozen: FrozenNetwork, by: int) -> Changes | None:
    """What a scenario changes for searches by one criterion; None where nothing can be claimed."""
    was = today.frozen
    if _aligned(was, frozen):
        number = list(range(len(frozen.arcs)))
    else:
        number = [today.number.get(key, -1) for key in _keys(frozen)]
    at = np.array(number, dtype=np.int64)
    if (len(at) and at.min() < 0) or not _in_order(at, frozen) or not _same_trains(was, frozen, number):
        return None
    touched = np.ones(len(was.arcs), dtype=bool)
    touched[at] = False
    weights = [
        (np.array(old)[at], np.array(new))
        for old, new in (
            (was.graph.hours, frozen.graph.hours), (was.cost_usd, frozen.cost_usd),
            (was.co2e_kg, frozen.co2e_kg),
        )
    ]  # fmt: skip
    differs = np.zeros(len(at), dtype=bool)
    for old, new in weights:
        differs |= old != new
    gates = np.zeros(len(at), dtype=bool)
    for mine, theirs in enumerate(number):
        if frozen.arcs[mine] is not was.arcs[theirs] and frozen.arcs[mine] != was.arcs[theirs]:
            differs[mine] = True
        if frozen.graph.gate[mine] >= 0 or was.graph.gate[theirs] >= 0:
            gates[mine] = _gate(frozen, mine) != _gate(was, theirs)
    touched[at[differs | gates]] = True
    old, new = weights[{0: 0, 2: 1, 3: 2}[by]]
    better = (new < old) | gates if by == 0 else new < old
    return Changes(touched, at[better], new[better])


def _aligned(was: FrozenNetwork, now: FrozenNetwork) -> bool:
    """Whether the arcs of both stand for the same things, one by one; tells in a moment where they do."""
    return (
        was.platforms == now.platforms
        and was.graph.indptr == now.graph.indptr
        and was.graph.head == now.graph.head
        and all(
            one is two or (one.kind, one.leg, one.service, one.backward)
            == (two.kind, two.leg, two.service, two.backward)
            for one, two in zip(was.arcs, now.arcs, strict=True)
        )
    )  # fmt: skip


def _gate(frozen: FrozenNetwork, number: int) -> object:
    gate = frozen.graph.gate[number]
    return frozen.gates[gate] if gate >= 0 else None


def _in_order(at: np.ndarray, frozen: FrozenNetwork) -> bool:
    """Whether arcs that leave one platform follow each other as they do today."""
    tail = np.repeat(np.arange(len(frozen.platforms)), np.diff(np.asarray(frozen.graph.indptr)))
    return bool(np.all((np.diff(at) > 0) | (np.diff(tail) > 0)))


def _same_trains(was: FrozenNetwork, now: FrozenNetwork, number: Sequence[int]) -> bool:
    """Whether the same trains leave from the same platforms for the same ones, past the same ones."""

    def told(frozen: FrozenNetwork, arcs: Sequence[int] | None) -> list[object]:
        named = frozen.platforms

        def platforms(nodes: frozenset[int]) -> frozenset[tuple[str, str]]:
            return frozenset(named[node] for node in nodes)

        return [
            (
                platforms(boarding.nodes),
                [
                    (
                        [at if arcs is None else arcs[at] for at in run.departures],
                        platforms(run.last), platforms(run.passes),
                    )
                    for run in boarding.runs
                ],
            )
            for boarding in frozen.boardings
        ]  # fmt: skip

    departing = [at for boarding in now.boardings for run in boarding.runs for at in run.departures]
    return told(was, None) == told(now, number) and all(
        was.arcs[number[at]] == now.arcs[at] and _gate(was, number[at]) == _gate(now, at) for at in departing
    )
