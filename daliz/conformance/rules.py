"""Checklists of the regime as arrays, and which one is in force for a visit.

Question: what do the checklists say, in a form that a kernel reads?
In and out: a `Regime` and the table `places` in; frozen `Rules` out.
Method: items of a checklist are numbered by their print order; orders become bit masks closed under
transitivity. A checklist is in force from its first day in the clock of its place; of several the one
that `Regime.valid` would take is taken, but for all days and visits at once.
Limits: 64 items a checklist. A mode or direction that the log does not tell is taken from the checklists of
the place when they leave one choice.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from daliz.engine.align import MOST_ITEMS, closed_order
from daliz.errors import BadValue
from daliz.model.hours import pinned_zone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl
    from numpy.typing import NDArray

    from daliz.regime import Checklist, Regime
    from daliz.schema import Row

__all__ = ["ALWAYS", "DIRECTIONS", "FOREVER", "MODES", "Rules"]

MODES = ("rail", "road", "sea")
DIRECTIONS = ("in", "out", "through")
ALWAYS = 0
"""Number of the calendar that never stands."""

FOREVER = np.iinfo(np.int64).max
_ANY_TIME = ("24/7", "UTC", "")


def instant_us(day: dt.date, zone: str) -> int:
    """Microseconds UTC of the begin of a day in a zone."""
    midnight = dt.datetime.combine(day, dt.time(0), tzinfo=pinned_zone(zone))
    return round(midnight.timestamp() * 1_000_000)


@dataclass(frozen=True)
class Rules:
    """Compiled checklists, in the order of `lists`.

    Arrays by list and item have shape (lists, 64); float ones hold NaN where the table is empty.
    """

    lists: tuple[Checklist, ...]
    recognitions: tuple[Row, ...]
    zones: Mapping[str, str]
    countries: Mapping[str, str]

    @classmethod
    def of(cls, regime: Regime, places: pl.DataFrame) -> Rules:
        """Compile a regime for places (columns `place`, `timezone`, `country`).

        Raises
        ------
        BadValue
            when a checklist has more than 64 items or its order runs in a circle.
        """
        for one in regime.checklists:
            if len(one.items) > MOST_ITEMS:
                raise BadValue("error.list_too_long", checklist=one.id, most=MOST_ITEMS)
        return cls(
            tuple(regime.checklists),
            tuple(row for row in regime.recognitions if row["status"] == "in_force"),
            dict(zip(places["place"], places["timezone"], strict=True)),
            dict(zip(places["place"], places["country"], strict=True)),
        )

    @property
    def items(self) -> tuple[tuple[Row, ...], ...]:
        """Items of each checklist in order."""
        return tuple(one.items for one in self.lists)

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """Activity codes that the checklists name, as steps or as stops of clocks, and those recognised."""
        named = {row["code"] for items in self.items for row in items}
        named |= {row["partner_code"] for row in self.recognitions}
        return tuple(sorted(named.union(*(row["stops"] or () for items in self.items for row in items))))

    @cached_property
    def parties(self) -> tuple[str, ...]:
        """Responsible parties."""
        return tuple(sorted({row["party"] for items in self.items for row in items}))

    @cached_property
    def item_of(self) -> NDArray[np.int8]:
        """Item by list and code, shape (lists, codes + 1), -1 for none; the last column is any other word."""
        table = np.full((len(self.lists), len(self.codes) + 1), -1, dtype=np.int8)
        number = {code: at for at, code in enumerate(self.codes)}
        for at, items in enumerate(self.items):
            for item, row in enumerate(items):
                table[at, number[row["code"]]] = item
        return table

    @cached_property
    def after(self) -> NDArray[np.uint64]:
        """Masks of items that come before, closed under transitivity."""
        masks = np.zeros((len(self.lists), MOST_ITEMS), dtype=np.uint64)
        for at, items in enumerate(self.items):
            number = {row["code"]: item for item, row in enumerate(items)}
            plain = [
                sum(1 << number[code] for code in set(row["after"] or ()) if code in number) for row in items
            ]
            try:
                masks[at, : len(items)] = closed_order(np.array(plain, dtype=np.uint64))
            except ValueError:
                raise BadValue("error.list_in_a_circle", checklist=self.lists[at].id) from None
        return masks

    @cached_property
    def most(self) -> NDArray[np.int16]:
        """How often an item may happen in one visit."""
        table: NDArray[np.int16] = self._by_item("most_times", np.int16, 1)
        return table

    @cached_property
    def sla_h(self) -> NDArray[np.float64]:
        """Time standards in hours."""
        table: NDArray[np.float64] = self._by_item("sla_h", np.float64, np.nan)
        return table

    @cached_property
    def escalate_h(self) -> NDArray[np.float64]:
        """Hours over the standard after which the next instance is told."""
        table: NDArray[np.float64] = self._by_item("escalate_h", np.float64, np.nan)
        return table

    @cached_property
    def party(self) -> NDArray[np.int16]:
        """Number of the responsible party."""
        table = np.full((len(self.lists), MOST_ITEMS), -1, dtype=np.int16)
        for at, items in enumerate(self.items):
            table[at, : len(items)] = [self.parties.index(row["party"]) for row in items]
        return table

    @cached_property
    def code(self) -> NDArray[np.int16]:
        """Number of the code of an item."""
        table = np.full((len(self.lists), MOST_ITEMS), -1, dtype=np.int16)
        for at, items in enumerate(self.items):
            table[at, : len(items)] = [self.codes.index(row["code"]) for row in items]
        return table

    @cached_property
    def total_sla_h(self) -> NDArray[np.float64]:
        """Time standards of whole visits, shape (lists,)."""
        return np.array(
            [np.nan if one.row["total_sla_h"] is None else one.row["total_sla_h"] for one in self.lists],
            dtype=np.float64,
        )

    @cached_property
    def stops(self) -> NDArray[np.bool_]:
        """Whether a code stops the clock of an item, shape (lists, 64, codes + 1)."""
        table = np.zeros((len(self.lists), MOST_ITEMS, len(self.codes) + 1), dtype=np.bool_)
        number = {code: at for at, code in enumerate(self.codes)}
        for at, items in enumerate(self.items):
            for item, row in enumerate(items):
                table[at, item, [number[code] for code in row["stops"] or ()]] = True
        return table

    @cached_property
    def calendars(self) -> tuple[tuple[str, str, str], ...]:
        """Hours, zone and state of holidays of each clock; the first one never stands."""
        found = {_ANY_TIME: None}
        for at, one in enumerate(self.lists):
            found |= {self._calendar(at, each): None for each in (one.row, *one.items)}
        return tuple(found)

    @cached_property
    def clock(self) -> NDArray[np.int32]:
        """Number of the calendar of an item."""
        table = np.zeros((len(self.lists), MOST_ITEMS), dtype=np.int32)
        number = {calendar: at for at, calendar in enumerate(self.calendars)}
        for at, items in enumerate(self.items):
            table[at, : len(items)] = [number[self._calendar(at, row)] for row in items]
        return table

    @cached_property
    def total_clock(self) -> NDArray[np.int32]:
        """Number of the calendar of a whole visit, shape (lists,)."""
        number = {calendar: at for at, calendar in enumerate(self.calendars)}
        return np.array([number[self._calendar(at, one.row)] for at, one in enumerate(self.lists)], np.int32)

    def _calendar(self, at: int, row: Mapping[str, Any]) -> tuple[str, str, str]:
        place = self.lists[at].row["place"]
        hours = row["calendar"] or "24/7"
        state = self.countries.get(place, "") if row["closed_on_holidays"] == "yes" else ""
        return _ANY_TIME if (hours, state) == ("24/7", "") else (hours, self.zones.get(place, "UTC"), state)

    def _by_item(self, column: str, kind: Any, empty: float) -> Any:
        table = np.full((len(self.lists), MOST_ITEMS), empty, dtype=kind)
        for at, items in enumerate(self.items):
            table[at, : len(items)] = [empty if row[column] is None else row[column] for row in items]
        return table

    def needed(self, goods: str | None) -> NDArray[np.uint64]:
        """Masks of items that a shipment of these goods (HS code, None for not known) must pass: (lists,).

        An item for certain goods is asked of those alone: of unknown goods of none.
        """
        return np.array(
            [
                sum(
                    1 << item for item, row in enumerate(items)
                    if row["mandatory"] == "mandatory"
                    and (not row["hs"] or (goods is not None and goods.startswith(tuple(row["hs"]))))
                )
                for items in self.items
            ],
            dtype=np.uint64,
        )  # fmt: skip

    def choose(self, keys: Sequence[tuple[str, int, int, str, str]]) -> list[Segments]:
        """For each (place, mode, direction, service, cargo class) the checklists in force, over time.

        Mode and direction are numbers in `MODES` and `DIRECTIONS`, -1 for unknown.
        """
        by_place: dict[str, list[int]] = {}
        for at, one in enumerate(self.lists):
            by_place.setdefault(one.row["place"], []).append(at)
        return [self._segments(by_place.get(key[0], []), key) for key in keys]

    def _segments(self, candidates: list[int], key: tuple[str, int, int, str, str]) -> Segments:
        _, mode, direction, service, cargo = key
        fitting = [
            at
            for at in candidates
            if (mode < 0 or self.lists[at].row["mode"] == MODES[mode])
            and (direction < 0 or self.lists[at].row["direction"] == DIRECTIONS[direction])
            and self.lists[at].fits(service, cargo)
        ]
        if len({(self.lists[at].row["mode"], self.lists[at].row["direction"]) for at in fitting}) > 1:
            fitting = []
        edges = sorted({edge for at in fitting for edge in self._span(at)})
        chosen = []
        for edge in edges:
            alive = [at for at in fitting if self._span(at)[0] <= edge < self._span(at)[1]]
            chosen.append(max(alive, key=self._precedence, default=-1))
        return Segments(np.array(edges, dtype=np.int64), np.array(chosen, dtype=np.int32))

    def _precedence(self, at: int) -> tuple[int, int, int]:
        one = self.lists[at]
        special = 2 * (one.row["service"] != "*") + (one.row["cargo_class"] != "any")
        return one.rank, special, int(one.row["version"])

    def _span(self, at: int) -> tuple[int, int]:
        row = self.lists[at].row
        zone = self.zones.get(row["place"], "UTC")
        to = row["valid_to"]
        ends = FOREVER if to is None else instant_us(to + dt.timedelta(days=1), zone)
        return instant_us(row["valid_from"], zone), ends


@dataclass(frozen=True)
class Segments:
    """A checklist number (-1 for none) from each edge (microseconds UTC) to the next."""

    edges_us: NDArray[np.int64]
    chosen: NDArray[np.int32]

    def at(self, instants_us: NDArray[np.int64]) -> NDArray[np.int32]:
        """Checklist at each instant, -1 for none."""
        if not len(self.edges_us):
            return np.full(len(instants_us), -1, dtype=np.int32)
        before = np.searchsorted(self.edges_us, instants_us, side="right")
        return np.where(before > 0, self.chosen[np.maximum(before - 1, 0)], -1).astype(np.int32)
