"""Events read into arrays, cut into visits and given the checklist of their day.

Question: which stays at which places does a log tell of, and which checklist holds for each?
In and out: a frame of table `events` and `Rules` in; a `Log` of arrays and the counts of every event out.
Method: an event counts from its begin, else from its end. Events of no place and those with kilometres are
movements: they end a visit and belong to none. What lies after the moment asked about is left out, and what
ends after it has not ended yet. A visit is over when its shipment is heard of again elsewhere, when
everything needed is done or passed over, or after a silence longer than the gap with nothing in progress.
Limits: the state of goods is what the caller tells: events carry no HS code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from daliz.conformance.recognised import CARGOS, Stays, waived_items
from daliz.conformance.rules import DIRECTIONS, MODES, Rules
from daliz.engine.align import NEVER, Aligned, align
from daliz.engine.visits import Visits, cut, first_known, ordered, since_before
from daliz.errors import BadValue

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import polars as pl
    from numpy.typing import NDArray


__all__ = ["HOUR_US", "QUALITIES", "Log", "Options", "Window", "read"]

HOUR_US = 3_600_000_000
QUALITIES = ("measured", "published", "derived", "assumed", "simulated")
"""Quality classes from the strongest to the weakest."""

COLUMNS = (
    "event", "shipment", "place", "mode", "direction", "service", "cargo_class", "activity", "start", "end",
    "distance_km", "tonnes", "deadline", "official_amount", "official_currency", "unofficial_amount",
    "unofficial_currency", "quality", "status", "source",
)  # fmt: skip
"""Columns of `events` that conformance reads."""


@dataclass(frozen=True)
class Window:
    """Visits of one place, and those that began from `since` to before `until` (aware); None for all."""

    place: str | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None


@dataclass(frozen=True)
class Options:
    """What is not in the tables.

    `gap_h`: longest silence within a visit, a choice of method (30 days); `goods`: HS code by shipment;
    `case_ends`: frame (shipment, ended) where the log says when cases ended, a case without an instant
    being open: otherwise a case ends with its last event unless a visit or step is open; `window` keeps, in
    `conform_parts`, breaches and measures of some visits alone.
    """

    gap_h: float = 720.0
    goods: Mapping[str, str] | None = None
    case_ends: pl.DataFrame | None = None
    window: Window | None = None

    def __post_init__(self) -> None:
        if not self.gap_h > 0:
            raise BadValue("error.conform_gap", gap=self.gap_h)


@dataclass(frozen=True)
class Log:
    """Events in visit order and the visits; instants in microseconds UTC, `NEVER` for none.

    `row` int64[n] are rows of `frame`; `quality` numbers in `QUALITIES`; `since` is `begin`, or the latest
    end before it where the log tells one instant alone. By visit: `place`, `shipment` (numbers in `places`,
    `shipments`), `chosen` checklist,
    `needed` and `waived` items. `proofs` are (visit, item, row of the partner's event or -1).
    """

    frame: pl.DataFrame
    counts: dict[str, int]
    at_us: int
    rules: Rules
    quality: NDArray[np.int32]
    places: tuple[str, ...]
    shipments: pl.Series
    visits: Visits
    place: NDArray[np.int32]
    shipment: NDArray[np.int64]
    chosen: NDArray[np.int32]
    waived: NDArray[np.uint64]
    proofs: NDArray[np.int64]
    cargo: NDArray[np.int32]
    row: NDArray[np.int64]
    code: NDArray[np.int32]
    item: NDArray[np.int8]
    begin: NDArray[np.int64]
    end: NDArray[np.int64]
    since: NDArray[np.int64]
    aligned: Aligned

    @property
    def visit_of(self) -> NDArray[np.int64]:
        """Visit of each event, int64[n]."""
        return np.repeat(np.arange(len(self.place)), np.diff(self.visits.first))

    @property
    def until(self) -> NDArray[np.int64]:
        """End of each event; of one in progress the moment asked about; else `NEVER`."""
        return np.where(self.aligned.running, self.at_us, self.end)


@dataclass(frozen=True)
class _Words:
    """Columns of words as numbers, -1 for null or a word that is not known; and the words."""

    numbers: pl.DataFrame
    known: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, frame: pl.DataFrame, known: Mapping[str, tuple[str, ...] | None]) -> _Words:
        """Columns by name with the words to be known, None for all that occur."""
        import polars as pl

        free = [name for name, words in known.items() if words is None]
        found = frame.select(pl.col(name).unique().drop_nulls().sort().implode() for name in free)
        words = {
            name: tuple(found[name][0].to_list()) if given is None else given for name, given in known.items()
        }
        numbers = frame.select(
            pl.col(name).cast(pl.Enum(words[name]), strict=False).to_physical().cast(pl.Int32).fill_null(-1)
            for name in words
        )
        return cls(numbers, words)

    def __getitem__(self, name: str) -> NDArray[np.int32]:
        return np.asarray(self.numbers[name].to_numpy())


def read(
    events: pl.DataFrame, rules: Rules, at: dt.datetime | None, options: Options, crossings: pl.DataFrame
) -> Log:
    """Read a frame with the columns `COLUMNS` of table `events`; cut, choose and align.

    `at` is the moment asked about, by default the last instant of the log.
    """
    import polars as pl

    frame, counts, at_us = _kept(events, at)
    start, end = (_instants(frame[name]) for name in ("start", "end"))
    begin = np.where(start != NEVER, start, end)
    told = (start != NEVER) & (start != end)
    end = np.where(end <= at_us, end, NEVER)
    known = np.where(end != NEVER, end, begin)
    words = _Words.of(
        frame,
        {
            "shipment": None, "place": None, "mode": MODES, "direction": DIRECTIONS, "service": None,
            "cargo_class": CARGOS, "activity": rules.codes, "quality": QUALITIES,
        },
    )  # fmt: skip
    places, services = words.known["place"], words.known["service"]
    shipments = pl.Series("shipment", words.known["shipment"], dtype=pl.String)
    shipment = words["shipment"].astype(np.uint32)
    place = words["place"]
    moving = (frame["distance_km"].fill_null(0.0) > 0).to_numpy()
    counts["movement"] = int(moving.sum())
    counts["no_place"] = int((~moving & (place < 0)).sum())
    place = np.where(moving, -1, place)
    mode, direction = (words[name].astype(np.int8) for name in ("mode", "direction"))
    order, first = ordered(shipment, begin, np.where(end == NEVER, known, end), len(shipments))
    gap = round(options.gap_h * HOUR_US)
    visits = cut(order, first, (place, mode, direction), (begin, known), gap)
    row = visits.event
    counts["in_visits"] = len(row)
    counts["visits"] = len(visits.mode)
    begin, end, known, told = begin[row], end[row], known[row], told[row]
    where, who = place[row[visits.first[:-1]]], shipment[row[visits.first[:-1]]].astype(np.int64)
    service, cargo = (first_known(visits.first, words[name][row]) for name in ("service", "cargo_class"))
    arrived = begin[visits.first[:-1]]
    chosen = _choose(rules, (where, visits.mode, visits.direction, service, cargo), arrived,
                     (places, services, CARGOS))  # fmt: skip
    code = words["activity"][row]
    code = np.where(code < 0, len(rules.codes), code).astype(np.int32)
    lists = np.repeat(chosen, np.diff(visits.first))
    item = np.where(lists >= 0, rules.item_of[lists, code], -1).astype(np.int8) if rules.lists else (
        np.full(len(row), -1, dtype=np.int8)
    )  # fmt: skip
    needed = _needed(rules, chosen, who, shipments, options.goods)
    stays = Stays(who, where, arrived, visits, chosen, cargo, needed)
    waived, proofs = waived_items(
        rules, stays, (code, end, row), (places, shipments, options.goods), crossings
    )
    needed &= ~waived
    fresh = np.zeros(len(chosen), dtype=np.bool_)
    if len(row):
        fresh = at_us - np.maximum.reduceat(known, visits.first[:-1]) <= gap
    aligned = align(
        (visits.first, chosen, needed, visits.last, fresh), (item, begin, end), (rules.after, rules.most)
    )  # fmt: skip
    counts |= {
        "open": int(aligned.open.sum()), "without_checklist": int((chosen < 0).sum()),
        "searched": int(aligned.searched.sum()), "unproven": int((~aligned.proven).sum()),
    }  # fmt: skip
    since = since_before(visits.first, begin, end, told, NEVER)
    return Log(
        frame, counts, at_us, rules, words["quality"][row], places, shipments, visits,
        where, who, chosen, waived, proofs, cargo,
        row, code, item, begin, end, since, aligned,
    )  # fmt: skip


def _kept(events: pl.DataFrame, at: dt.datetime | None) -> tuple[pl.DataFrame, dict[str, int], int]:
    import polars as pl

    counts = {"events": events.height}
    frame = events.filter(pl.col("status") == "stands")
    counts["not_standing"] = events.height - frame.height
    dated = frame.filter(pl.col("start").is_not_null() | pl.col("end").is_not_null())
    counts["undated"] = frame.height - dated.height
    if at is None:
        at = dated.select(pl.max_horizontal(pl.col("start", "end").max())).item()
    if at is None:
        return dated, counts | {"later": 0}, 0
    frame = dated.filter(pl.coalesce("start", "end") <= at)
    counts["later"] = dated.height - frame.height
    return frame, counts, round(at.timestamp() * 1_000_000)


def _instants(column: pl.Series) -> NDArray[np.int64]:
    import polars as pl

    plain = column.cast(pl.Datetime("us", "UTC")).to_physical().fill_null(NEVER)
    return np.asarray(plain.to_numpy(), dtype=np.int64)


def _choose(
    rules: Rules,
    key: tuple[NDArray[Any], ...],
    arrived: NDArray[np.int64],
    words: tuple[tuple[str, ...], ...],
) -> NDArray[np.int32]:
    """Number of the checklist of each visit, -1 for none."""
    chosen = np.full(len(arrived), -1, dtype=np.int32)
    if not len(arrived) or not rules.lists:
        return chosen
    places, services, cargos = words
    packed = np.zeros(len(arrived), dtype=np.int64)
    sizes = (len(places) + 1, len(MODES) + 1, len(DIRECTIONS) + 1, len(services) + 1, len(cargos) + 1)
    for part, size in zip(key, sizes, strict=True):
        packed = packed * size + part + 1
    order = np.argsort(packed, kind="stable")
    edges = np.flatnonzero(np.diff(packed[order], prepend=packed[order[0]] - 1, append=packed.max() + 1))
    heads = order[edges[:-1]]
    keys = [
        (
            places[key[0][at]], int(key[1][at]), int(key[2][at]),
            services[key[3][at]] if key[3][at] >= 0 else "*",
            cargos[key[4][at]] if key[4][at] >= 0 else "any",
        )
        for at in heads
    ]  # fmt: skip
    for segments, lo, hi in zip(rules.choose(keys), edges[:-1], edges[1:], strict=True):
        chosen[order[lo:hi]] = segments.at(arrived[order[lo:hi]])
    return chosen


def _needed(
    rules: Rules, chosen: NDArray[np.int32], who: NDArray[np.int64], shipments: pl.Series,
    goods: Mapping[str, str] | None,
) -> NDArray[np.uint64]:  # fmt: skip
    """Items that each visit must pass."""
    needed = np.zeros(len(chosen), dtype=np.uint64)
    listed = chosen >= 0
    if not rules.lists:
        return needed
    needed[listed] = rules.needed(None)[chosen[listed]]
    if goods:
        codes = np.array([goods.get(name, "") for name in shipments.to_list()])[who]
        for code in sorted(set(codes[listed].tolist()) - {""}):
            these = listed & (codes == code)
            needed[these] = rules.needed(code)[chosen[these]]
    return needed
