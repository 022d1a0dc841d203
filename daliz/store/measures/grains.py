"""Grains: what one observation of an indicator is, in Ibis.

Question: over which units is an indicator counted when it is asked by place, mode, corridor or period?
In and out: kept relations and the dimensions asked for in; one row an observation out, with the columns
of the dimensions, the shipment it belongs to (`cluster`) and the fields that measures read.
Method: `BUILDERS[grain](t, by)`; own dimensions are columns of the rows, others are memberships: a trip
is counted at each place, direction and corridor that it belongs to.
Limits: a dimension outside `DIMENSIONS[grain]` is refused by the caller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from daliz.store.measures.relations import flag

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import ibis.expr.types as ir

__all__ = ["BUILDERS", "DIMENSIONS", "PERIODS"]

PERIODS = ("year", "quarter", "month")
"""Columns of a period: 2026, 20261 (first quarter), 202601 (January), by UTC."""

_FREIGHT = ("place", "direction", "mode", "country", "corridor", *PERIODS)
DIMENSIONS: dict[str, tuple[str, ...]] = {
    "event": (*_FREIGHT, "cause", "activity"),
    "visit": _FREIGHT,
    "trip": _FREIGHT,
    "leg": _FREIGHT,
    "day": ("place", "direction", "mode", "country", *PERIODS),
    "pair": ("crossing", "mode", "corridor", *PERIODS),
    "trade": ("year", "reporter", "partner", "flow", "product"),
}
"""By which dimensions the units of a grain can be told apart."""


def _dated(rows: ir.Table) -> ir.Table:
    done = rows.done
    year = done.year().cast("int64")
    return rows.mutate(
        year=year,
        quarter=year * 10 + done.quarter().cast("int64"),
        month=year * 100 + done.month().cast("int64"),
    )


def _along(rows: ir.Table, t: Mapping[str, ir.Table], by: Sequence[str]) -> ir.Table:
    """Rows once for each corridor of their shipment, when corridors are asked for."""
    if "corridor" not in by:
        return rows
    on = t["alongs"]
    return rows.inner_join(on, "shipment")


def _events(t: Mapping[str, ir.Table], by: Sequence[str]) -> ir.Table:
    rows = t["lines"].filter(t["lines"].is_move == 0)
    return _along(_dated(rows).mutate(cluster=rows.shipment), t, by)


def _visits(t: Mapping[str, ir.Table], by: Sequence[str]) -> ir.Table:
    rows = t["visits"]
    hubs = t["hubs"]
    joined = rows.left_join(hubs, rows.known_place == hubs.hub_place).drop("hub_place")
    return _along(_dated(joined).mutate(cluster=joined.shipment), t, by)


def _trips(t: Mapping[str, ir.Table], by: Sequence[str]) -> ir.Table:
    """Shipments, or their share by one mode or in one state; at each place and direction they visit."""
    own = [name for name in ("mode", "country") if name in by]
    parts = t["parts"]
    least, most = (
        ("first_s",),
        ("open", "unconverted", "carriage", "tonnes", "teu", "deadline_s", "last_s", "done"),
    )
    summed = [name for name in parts.columns if name not in ("shipment", "mode", "country", *least, *most)]
    made = {name: parts[name].sum().cast(parts[name].type()) for name in summed}
    made |= {name: parts[name].max() for name in most} | {name: parts[name].min() for name in least}
    trips = parts.group_by("shipment", *own).agg(**made)
    if "mode" not in by:
        trips = trips.mutate(_whole=ibis.literal(1))
    stays = t["visits"]
    seen = [name for name in ("place", "direction") if name in by]
    whole = trips.mutate(
        complete=flag(
            (trips.moves > 0)
            & (trips.moves_short == 0)
            & (trips.km > 0)
            & (trips.moving_s > 0)
            & (trips.open == 0)
        ),
        stay_s=trips.last_s - trips.first_s,
        priced=flag((trips.carriage == 1) & (trips.unconverted == 0)),
        cluster=trips.shipment,
    )
    dated = _dated(whole)
    if seen:
        keys = ["shipment", *(name for name in own), *seen]
        dated = dated.inner_join(stays.select(*keys).distinct(), ["shipment", *own])
    return _along(dated, t, by)


BUILDERS: dict[str, Callable[[Mapping[str, ir.Table], Sequence[str]], ir.Table]] = {
    "event": _events, "visit": _visits, "trip": _trips,
}  # fmt: skip
