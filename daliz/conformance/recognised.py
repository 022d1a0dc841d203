"""Checks of the neighbour that stand for ours.

Question: which needed steps of a visit need not be done, because the partner state did them already?
In and out: visits with their checklists and all events in; masks of waived items and their proofs out.
Method: an agreement in force on the day of arrival, for this mode, class of cargo and goods, waives its check
when the shipment passed the partner's one in that state before. Where the log tells nothing of the shipment
there, it also waives on entry at a post that faces the partner; where the log does tell and the check is not
in it, the check is still needed.
Limits: goods are known only as far as the caller tells their HS codes; an agreement for certain goods is
silent about others.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from daliz.conformance.rules import MODES, Rules, instant_us
from daliz.engine.align import NEVER

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl
    from numpy.typing import NDArray

    from daliz.engine.visits import Visits
    from daliz.schema import Row

__all__ = ["CARGOS", "Stays", "waived_items"]

CARGOS = ("container", "general", "perishable", "dangerous")


@dataclass(frozen=True)
class Stays:
    """What recognition asks of visits, all by visit.

    `shipment`, `place` and `cargo` are numbers, `arrived` microseconds UTC, `chosen` the checklist, `needed`
    the items that must be done.
    """

    shipment: NDArray[np.int64]
    place: NDArray[np.int32]
    arrived: NDArray[np.int64]
    visits: Visits
    chosen: NDArray[np.int32]
    cargo: NDArray[np.int32]
    needed: NDArray[np.uint64]


def waived_items(
    rules: Rules,
    stays: Stays,
    events: tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]],
    words: tuple[tuple[str, ...], pl.Series, Mapping[str, str] | None],
    crossings: pl.DataFrame,
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Items for which a recognised check of the neighbour stands, and its proofs.

    It stands when the shipment passed it in the partner state before; or, where the log tells nothing of
    the shipment in that state, when it enters from there at a crossing between the two.
    """
    waived = np.zeros(len(stays.chosen), dtype=np.uint64)
    proofs = [np.zeros((0, 3), dtype=np.int64)]
    if not len(stays.chosen):
        return waived, np.zeros((0, 3), dtype=np.int64)
    places, shipments, _ = words
    code, end, row = events
    states = np.array([rules.countries.get(place, "") for place in places])
    visit_of = np.repeat(np.arange(len(stays.chosen)), np.diff(stays.visits.first))
    for one in rules.recognitions:
        asked = _asked(rules, one, stays, words)
        if not asked.any():
            continue
        item = rules.item_of[stays.chosen[asked], rules.codes.index(one["code"])]
        visits = np.flatnonzero(asked)
        abroad = states[stays.place] == one["partner"]
        number = rules.codes.index(one["partner_code"]) if one["partner_code"] in rules.codes else -1
        visits_abroad = np.flatnonzero(abroad)
        passed = abroad[visit_of] & (code == number) & (end != NEVER)
        proof = _earliest(len(shipments), stays.shipment[visit_of[passed]], end[passed], row[passed])
        heard, _ = _earliest(len(shipments), stays.shipment[abroad], stays.arrived[abroad], visits_abroad)
        who = stays.shipment[visits]
        arrived = stays.arrived[visits]
        proven = proof[0][who] <= arrived
        from_there = _beside(places, one, rules, crossings)[stays.place[visits]]
        unheard = (heard[who] > arrived) & from_there & (stays.visits.direction[visits] == 0)
        stands = proven | unheard
        waived[visits[stands]] |= np.uint64(1) << item[stands].astype(np.uint64)
        found = (visits, item, np.where(proven, proof[1][who], -1))
        proofs.append(np.stack([column[stands].astype(np.int64) for column in found], axis=1))
    return waived, np.concatenate(proofs)


def _asked(
    rules: Rules, one: Row, stays: Stays, words: tuple[tuple[str, ...], pl.Series, Mapping[str, str] | None]
) -> NDArray[np.bool_]:
    """Visits in which the recognition may speak for a needed item."""
    places, shipments, goods = words
    states = np.array([rules.countries.get(place, "") for place in places])
    zones = [rules.zones.get(place, "UTC") for place in places]
    asked: NDArray[np.bool_] = (stays.chosen >= 0) & (states[stays.place] == one["country"])
    if not asked.any() or one["code"] not in rules.codes:
        return np.zeros(len(asked), dtype=np.bool_)
    item = rules.item_of[stays.chosen, rules.codes.index(one["code"])].astype(np.int64)
    asked &= item >= 0
    asked &= (stays.needed >> np.maximum(item, 0).astype(np.uint64) & np.uint64(1)) != 0
    if one["modes"]:
        asked &= np.isin(stays.visits.mode, [MODES.index(mode) for mode in one["modes"]])
    if one["cargo_class"] not in (None, "any"):
        asked &= stays.cargo == CARGOS.index(one["cargo_class"])
    begins = np.array([instant_us(one["valid_from"], zone) for zone in zones])
    asked &= stays.arrived >= begins[stays.place]
    if one["valid_to"] is not None:
        over = one["valid_to"] + dt.timedelta(days=1)
        asked &= stays.arrived < np.array([instant_us(over, zone) for zone in zones])[stays.place]
    if one["hs"]:
        fit = [name for name, code in (goods or {}).items() if code.startswith(tuple(one["hs"]))]
        asked &= np.asarray(shipments.is_in(fit).to_numpy())[stays.shipment]
    return asked


def _earliest(
    count: int, who: NDArray[np.int64], end: NDArray[np.int64], row: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Earliest end and its row by shipment."""
    first, proof = np.full(count, NEVER, dtype=np.int64), np.full(count, -1, dtype=np.int64)
    order = np.argsort(end, kind="stable")[::-1]
    first[who[order]], proof[who[order]] = end[order], row[order]
    return first, proof


def _beside(places: tuple[str, ...], one: Row, rules: Rules, crossings: pl.DataFrame) -> NDArray[np.bool_]:
    """Whether a place is a post that faces the partner state."""
    facing = set()
    for a, b in zip(crossings["post_a"], crossings["post_b"], strict=True):
        for here, there in ((a, b), (b, a)):
            if rules.countries.get(there) == one["partner"]:
                facing.add(here)
    return np.array([place in facing for place in places], dtype=np.bool_)
