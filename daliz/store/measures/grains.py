"""Grains: what one observation of an indicator is, in Ibis.

Question: over which units is an indicator counted when it is asked by place, mode, corridor or period?
In and out: kept relations and the dimensions asked for in; one row an observation out, with the columns
of the dimensions, the shipment it belongs to (`cluster`) and the fields that measures read.
Method: `BUILDERS[grain](t, by)`; own dimensions are columns of the rows, others are memberships: a trip
is counted at each place, direction and corridor that it belongs to.
Limits: a dimension outside `DIMENSIONS[grain]` is refused by the caller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from daliz.store.measures.relations import flag, weakness

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["BUILDERS", "DIMENSIONS", "PERIODS"]

PERIODS = ("year", "quarter", "month")
"""Columns of a period: 2026, 20261 (first quarter), 202601 (January), by UTC."""

_FREIGHT = ("place", "direction", "mode", "country", "corridor", *PERIODS)
_TRADE = ("year", "reporter", "partner", "flow", "product")
DIMENSIONS: dict[str, tuple[str, ...]] = {
    "event": (*_FREIGHT, "cause", "activity"),
    "visit": _FREIGHT,
    "trip": _FREIGHT,
    "leg": _FREIGHT,
    "day": ("place", "direction", "mode", "country", *PERIODS),
    "pair": ("crossing", "mode", "corridor", *PERIODS),
    "trade": _TRADE,
    "trade_partners": ("year", "reporter", "flow", "product"),
    "trade_products": ("year", "reporter", "partner", "flow"),
    "trade_mirror": ("year", "reporter", "partner", "product"),
    "trade_growth": _TRADE,
}
"""By which dimensions the units of a grain can be told apart."""

DEFAULT_SERVICE = {"rail": "block_train", "road": "road_tir", "sea": "feeder"}
"""Service class of a movement whose log names none."""

_OF_A_TRIP = (
    "open",
    "unconverted",
    "carriage",
    "tonnes",
    "teu",
    "deadline_s",
    "last_s",
    "done",
    "weak",
)


def _dated(rows: Any) -> Any:
    done = rows.done
    year, month = done.year().cast("int64"), done.month().cast("int64")
    quarter = done.quarter().cast("int64")
    return rows.mutate(year=year, quarter=year * 10 + quarter, month=year * 100 + month)


def _along(rows: Any, t: Mapping[str, Any], by: Sequence[str]) -> Any:
    """Rows once for each corridor of their shipment, when corridors are asked for."""
    return rows.inner_join(t["alongs"], "shipment") if "corridor" in by else rows


def _seen_at(rows: Any, t: Mapping[str, Any], by: Sequence[str], own: Sequence[str]) -> Any:
    """Rows once for each place and direction that their shipment (in that mode or state) visits."""
    seen = [name for name in ("place", "direction") if name in by]
    if not seen:
        return rows
    at = t["visits"].select("shipment", *own, *seen).distinct()
    return rows.inner_join(at, ["shipment", *own])


def _events(t: Mapping[str, Any], by: Sequence[str]) -> Any:
    rows = t["lines"].filter(t["lines"].is_move == 0)
    worth = t["time_values"]
    joined = rows.left_join(worth, rows.mode == worth.value_mode).drop("value_mode")
    return _along(_dated(joined).mutate(cluster=joined.shipment), t, by)


def _visits(t: Mapping[str, Any], by: Sequence[str]) -> Any:
    rows, hubs = t["visits"], t["hubs"]
    joined = rows.left_join(hubs, rows.known_place == hubs.hub_place).drop("hub_place")
    return _along(_dated(joined).mutate(cluster=joined.shipment), t, by)


def _trips(t: Mapping[str, Any], by: Sequence[str]) -> Any:
    """Shipments, or their share by one mode or in one state."""
    own = [name for name in ("mode", "country") if name in by]
    parts = t["parts"]
    apart = ("shipment", "mode", "country", "first_s", *_OF_A_TRIP)
    made = {n: parts[n].sum().cast(parts[n].type()) for n in parts.columns if n not in apart}
    made |= {name: parts[name].max() for name in _OF_A_TRIP} | {"first_s": parts.first_s.min()}
    trips = parts.group_by("shipment", *own).agg(**made)
    moved = (trips.moves > 0) & (trips.moves_short == 0) & (trips.km > 0) & (trips.moving_s > 0)
    whole = trips.mutate(
        complete=flag(moved & (trips.open == 0)),
        stay_s=trips.last_s - trips.first_s,
        priced=flag((trips.carriage == 1) & (trips.unconverted == 0)),
        cluster=trips.shipment,
    )
    return _along(_seen_at(_dated(whole), t, by, own), t, by)


def _legs(t: Mapping[str, Any], by: Sequence[str]) -> Any:
    """Movements with their emission factor: of the service in the state, else of the service anywhere."""
    rows = t["lines"].filter(t["lines"].is_move == 1).drop("place", "direction")
    usual = ibis.cases(*((rows.mode == mode, service) for mode, service in DEFAULT_SERVICE.items()), else_="")
    rows = rows.mutate(service=ibis.coalesce(rows.service, usual), anywhere=ibis.literal("*"),
                       by_road=ibis.literal(DEFAULT_SERVICE["road"]))  # fmt: skip
    named = {
        "here": ("service", "country"),
        "usual": ("service", "anywhere"),
        "road": ("by_road", "anywhere"),
    }
    for name, (service, country) in named.items():
        factors = t["factors"].select(
            **{f"{name}_s": t["factors"].factor_service, f"{name}_c": t["factors"].factor_country,
               f"{name}_g": t["factors"].g_per_tkm}
        )  # fmt: skip
        keys = [rows[service] == factors[f"{name}_s"], rows[country] == factors[f"{name}_c"]]
        rows = rows.left_join(factors, keys).drop(f"{name}_s", f"{name}_c")
    made = rows.mutate(g_per_tkm=ibis.coalesce(rows.here_g, rows.usual_g), cluster=rows.shipment)
    own = [name for name in ("mode", "country") if name in by]
    return _along(_seen_at(_dated(made), t, by, own), t, by)


def _days(t: Mapping[str, Any], by: Sequence[str]) -> Any:
    """Days at a place on which a shipment arrived; each stay counts once, on the day it began."""
    own = [name for name in ("mode", "direction") if name in by]
    rows = t["visits"].filter(t["visits"].known_place.notnull())
    stays = rows.group_by("shipment", "run", "place", *own).agg(
        country=rows.country.max(), arrived_s=rows.arrived_s.min(), left_s=rows.left_s.max(),
        done=rows.done.min(), tonnes=rows.tonnes.max(), teu=rows.teu.max(), open=rows.open.max(),
        lorry=flag(rows.mode == "road").max(), weak=rows.weak.max(),
    )  # fmt: skip
    stays = stays.mutate(day=stays.arrived_s // 86400, stay_s=stays.left_s - stays.arrived_s)
    days = stays.group_by("place", "day", *own).agg(
        country=stays.country.max(), done=stays.done.min(), stays=stays.count(),
        lorries=stays.lorry.sum().cast("int64"), open=stays.open.max(),
        tonnes=stays.tonnes.sum(), teu=stays.teu.sum(), stay_s=stays.stay_s.sum().cast("int64"),
        weak=stays.weak.max(),
    )  # fmt: skip
    limits = t["capacities"]
    joined = days.left_join(limits, days.place == limits.capacity_place).drop("capacity_place")
    return _dated(joined).mutate(cluster=joined.place + " " + joined.day.cast("string"))


def _pairs(t: Mapping[str, Any], by: Sequence[str]) -> Any:
    """Shipments that left by the one post of a crossing and entered by the other."""
    visits, sides = t["visits"], t["sides"]

    def side(direction: str, post: str, name: str) -> Any:
        rows = visits.filter(visits.direction == direction)
        met = rows.inner_join(sides, [rows.known_place == sides[post], rows.mode == sides.side_mode])
        return met.group_by("shipment", "mode", "crossing", "out_post").agg(
            **{
                f"{name}_s": met.seconds.sum().cast("int64"), f"{name}_n": met.count(),
                f"{name}_open": met.open.max(), f"{name}_timed": met.timed.min(),
                f"{name}_done": met.done.max(), f"{name}_weak": met.weak.max(),
            }
        )  # fmt: skip

    out, into = side("out", "out_post", "out"), side("in", "in_post", "into")
    both = out.inner_join(into, ["shipment", "mode", "crossing", "out_post"])
    made = both.mutate(
        seconds=both.out_s + both.into_s, passes=ibis.least(both.out_n, both.into_n),
        open=ibis.greatest(both.out_open, both.into_open), timed=ibis.least(both.out_timed, both.into_timed),
        done=ibis.greatest(both.out_done, both.into_done),
        weak=ibis.greatest(both.out_weak, both.into_weak), cluster=both.shipment,
    )  # fmt: skip
    return _along(_dated(made), t, by)


def _trade(t: Mapping[str, Any]) -> Any:
    rows = t["trade"]
    return rows.mutate(
        product=ibis.coalesce(rows.hs.substr(0, 2), ""), cluster=rows.trade,
        weak=weakness(rows.quality),
    )  # fmt: skip


def _totals(t: Mapping[str, Any], keys: Sequence[str]) -> Any:
    rows = _trade(t)
    made = rows.group_by(*keys).agg(value_usd=rows.value_usd.sum(), weak=rows.weak.max())
    return made.mutate(cluster=_worded(made, keys))


def _worded(rows: Any, keys: Sequence[str]) -> Any:
    word: Any = ibis.literal("")
    for key in keys:
        word = word + rows[key].cast("string") + " "
    return word


def _mirror(t: Mapping[str, Any], by: Sequence[str]) -> Any:
    """Exports as the exporter reports them beside the same as the importer reports them."""
    product = ["product"] if "product" in by else []
    totals = _totals(t, ["year", "reporter", "partner", "flow", *product])
    sent = totals.filter(totals.flow == "export")
    taken = totals.filter(totals.flow == "import")
    taken = taken.select(
        "year", *product, reporter=taken.partner, partner=taken.reporter, taken_usd=taken.value_usd,
    )  # fmt: skip
    return sent.inner_join(taken, ["year", "reporter", "partner", *product])


def _growth(t: Mapping[str, Any], by: Sequence[str]) -> Any:
    """A year beside the year before, of what is asked for."""
    keys = [name for name in by if name != "year"]
    totals = _totals(t, ["year", *keys])
    before = totals.select(*keys, year=totals.year + 1, before_usd=totals.value_usd)
    return totals.inner_join(before, ["year", *keys])


BUILDERS: dict[str, Callable[[Mapping[str, Any], Sequence[str]], Any]] = {
    "event": _events, "visit": _visits, "trip": _trips, "leg": _legs, "day": _days, "pair": _pairs,
    "trade": lambda t, _by: _trade(t),
    "trade_partners": lambda t, by: _totals(t, [*by, "partner"]),
    "trade_products": lambda t, by: _totals(t, [*by, "product"]),
    "trade_mirror": _mirror, "trade_growth": _growth,
}  # fmt: skip
"""Grain to the maker of its observations from the kept relations and the dimensions asked for."""
