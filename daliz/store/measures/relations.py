"""Relations that every measure is built from: lines, visits, legs, trips and the rest, in Ibis.

Question: what is a visit, a movement, a trip, a day at a post, in terms of table `events`?
In and out: declared tables (schemas in `INPUTS`) in; Ibis expressions out, which run on DuckDB, Spark and
PostgreSQL alike.

Method: the rules below are the reference for every engine and for the kernels.

- **Events that count** have status `stands`. An event is *timed* with start and end, *open* with a start
  alone (never counted as done), a *point* with an end alone (no hours of its own).
- **Seconds** are whole: both instants are cut to the second, the hours of an event are
  `end_s - begin_s`. Sums of whole seconds are exact on every engine.
- **Order** in a shipment: begin (start, else end), then end (else begin), then event id.
- **Movement**: `activity = 'move'`. A movement is *complete* when it is timed and has `distance_km`.
- **Place** of a stop: `place`, else `place_text`, else empty.
- **Run**: rows of a shipment in order, cut where the place changes and before and after every movement.
- **Visit**: the rows of one run that are not movements, of one mode and one direction (empty is a
  value). Its hours are the sum of its timed rows, its stay is last end minus first begin. It is open when
  a row is, untimed when no row is timed. A border visit has direction `in` or `out`.
- **Trip**: all rows of a shipment, or those of one mode or state when asked by these. Kilometres and
  moving seconds come from complete movements; a trip is complete when every movement is, kilometres and
  moving seconds are above zero and nothing is open. Only complete trips have speeds and unit costs.
- **Cargo** of a shipment: the greatest tonnes, TEU and deadline that its rows name.
- **Money**: `amount / units_per_usd` at the last rate of table `fx_rates` not after the day of the
  event; none or unknown currency: the row is *unconverted*, and a visit or trip that holds one has no
  cost (it is counted, and said). Official and unofficial amounts are never added. A visit has a cost
  where it is over and its shipment records money anywhere; a trip has one where a movement names its
  official amount (carriage).
- **Period** of a visit or trip: that of its last instant, UTC. By place or direction a trip belongs
  to each place or direction that it visits; by corridor to each corridor it runs along (two of the
  corridor's places or more, and half of the places it visits or more).

Limits: overlapping activities of a visit are added up, as CPMM adds them; hours that no activity names are
seen in the stay alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from daliz.schema import table

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BASES", "CORRIDOR_LEAST", "CORRIDOR_SHARE_PER_CENT", "INPUTS", "MOVE", "inputs"]

MOVE = "move"
"""Activity code of a movement."""

CORRIDOR_LEAST, CORRIDOR_SHARE_PER_CENT = 2, 50
"""A shipment runs along a corridor that holds so many of its places, and this share of them."""

QUALITIES = table("events")["quality"].values
"""Classes of an event, best first."""

GROUPS = ("control", "document", "handling", "movement", "waiting")
"""Groups of activity codes; any other code is of group `other`."""

_IBIS = {"float": "float64", "int": "int64", "instant": "timestamp('UTC')", "date": "date"}


def _declared(name: str) -> dict[str, str]:
    return {column.name: _IBIS.get(column.type, "string") for column in table(name).columns}


INPUTS: dict[str, dict[str, str]] = {
    "events": _declared("events"),
    "activities": {"code": "string", "cause": "string"},
    "rates": {"currency": "string", "from_s": "int64", "to_s": "int64", "units_per_usd": "float64"},
    "corridor_places": {"corridor": "string", "corridor_place": "string"},
    "factors": {"factor_service": "string", "factor_country": "string", "g_per_tkm": "float64"},
    "hubs": {"hub_place": "string", "kg_per_teu": "float64"},
    "capacities": {"capacity_place": "string", "teu_per_day": "float64", "vehicles_per_day": "float64"},
    "sides": {"crossing": "string", "side_mode": "string", "out_post": "string", "in_post": "string"},
    "time_values": {"value_mode": "string", "usd_per_t_h": "float64"},
    "trade": _declared("trade"),
}  # fmt: skip
"""Tables that the expressions read, with their Ibis types; all but `events` and `trade` are small."""


def inputs() -> dict[str, Any]:
    """Every input as an unbound table."""
    return {name: ibis.table(schema, name=name) for name, schema in INPUTS.items()}


def whole_s(instant: Any) -> Any:
    """Seconds since 1970 of an instant, cut to the second."""
    return instant.truncate("s").epoch_seconds().cast("int64")


def flag(condition: Any) -> Any:
    """1 where the condition holds, 0 where it does not or is unknown."""
    return condition.fill_null(False).ifelse(1, 0).cast("int64")


def times(condition: Any) -> Any:
    """How often the condition holds."""
    return flag(condition).sum().cast("int64")


def weakness(quality: Any) -> Any:
    """Place of a quality class in `QUALITIES`: the greatest of several is the weakest."""
    return ibis.cases(*((quality == name, at) for at, name in enumerate(QUALITIES)), else_=0).cast("int64")


def lines(t: Mapping[str, Any]) -> Any:
    """One row an event that stands, with seconds, dollars, cause and the cargo of its shipment."""
    events = t["events"].filter(t["events"].status == "stands")
    begin, end = ibis.coalesce(events.start, events.end), ibis.coalesce(events.end, events.start)
    is_move = flag(events.activity == MOVE)
    timed = flag(events.start.notnull() & events.end.notnull())
    whole = ibis.window(group_by=events.shipment)
    cleaned = events.select(
        "event", "shipment", "unit", "activity", "service", "quality", "source",
        known_place=events.place,
        place=ibis.coalesce(events.place, events.place_text, ""),
        mode=ibis.coalesce(events.mode, ""), direction=ibis.coalesce(events.direction, ""),
        country=ibis.coalesce(events.country, ""),
        is_move=is_move, timed=timed, open=flag(events.end.isnull()),
        begin_s=whole_s(begin), end_s=whole_s(end), done=end,
        seconds=(timed == 1).ifelse(whole_s(end) - whole_s(begin), 0).cast("int64"),
        km=events.distance_km,
        complete=flag((timed == 1) & events.distance_km.notnull()),
        tonnes=events.tonnes.max().over(whole), teu=events.teu.max().over(whole),
        deadline_s=whole_s(events.deadline.max().over(whole)),
        weak=weakness(events.quality),
        moneyed=flag(events.official_amount.notnull() | events.unofficial_amount.notnull()).max().over(whole),
        official_amount=events.official_amount, official_currency=events.official_currency,
        unofficial_amount=events.unofficial_amount, unofficial_currency=events.unofficial_currency,
    )  # fmt: skip
    priced = _in_usd(_in_usd(cleaned, t["rates"], "official"), t["rates"], "unofficial")
    codes = t["activities"]
    caused = priced.left_join(codes, priced.activity == codes.code)
    caused = caused.mutate(
        cause=ibis.coalesce(codes.cause, "other"),
        unconverted=ibis.greatest(caused.official_unconverted, caused.unofficial_unconverted),
        carriage=flag((caused.is_move == 1) & caused.official_amount.notnull()),
    )
    kept = [name for name in caused.columns if name not in _DROPPED]
    return _in_runs(caused.select(*kept))


_DROPPED = (
    "code", "official_amount", "official_currency", "unofficial_amount", "unofficial_currency",
    "official_unconverted", "unofficial_unconverted",
)  # fmt: skip


def _in_usd(rows: Any, rates: Any, kind: str) -> Any:
    """`<kind>_usd` and `<kind>_unconverted` beside the amount of one kind."""
    mine = rates.select(
        rate_currency=rates.currency, rate_from_s=rates.from_s, rate_to_s=rates.to_s, rate=rates.units_per_usd
    )
    currency = rows[f"{kind}_currency"]
    joined = rows.left_join(
        mine,
        [currency == mine.rate_currency, rows.end_s >= mine.rate_from_s, rows.end_s < mine.rate_to_s],
    )
    money = joined[f"{kind}_amount"]
    owed = money.fill_null(0.0) != 0.0
    made = {
        f"{kind}_usd": owed.ifelse(money / joined.rate, 0.0).fill_null(0.0),
        f"{kind}_unconverted": flag(owed & joined.rate.isnull()),
    }
    return joined.mutate(**made).drop("rate_currency", "rate_from_s", "rate_to_s", "rate")


def _in_runs(rows: Any) -> Any:
    """Number the runs of each shipment; a movement is a run of its own."""
    order: list[Any] = [rows.begin_s, rows.end_s, rows.event]
    before = ibis.window(group_by=rows.shipment, order_by=order)
    marked = rows.mutate(was=rows.place.lag().over(before), moved=rows.is_move.lag().over(before))
    same = (marked.was == marked.place) & (marked.moved == 0) & (marked.is_move == 0)
    marked = marked.mutate(cut=1 - flag(same))
    upto = ibis.window(
        group_by=marked.shipment, order_by=[marked.begin_s, marked.end_s, marked.event],
        preceding=None, following=0,
    )  # fmt: skip
    return marked.mutate(run=marked.cut.sum().over(upto).cast("int64")).drop("was", "moved", "cut")


def visits(t: Mapping[str, Any]) -> Any:
    """One row a visit: shipment, run, place, mode and direction."""
    rows = t["lines"].filter(t["lines"].is_move == 0)
    spent = {
        f"{cause}_s": ((rows.cause == cause).ifelse(rows.seconds, 0)).sum().cast("int64") for cause in GROUPS
    }
    grouped = rows.group_by("shipment", "run", "place", "mode", "direction").agg(
        known_place=rows.known_place.max(), country=rows.country.max(),
        arrived_s=rows.begin_s.min(), left_s=rows.end_s.max(), done=rows.done.max(),
        seconds=rows.seconds.sum().cast("int64"), activities=rows.count(),
        timed=rows.timed.sum().cast("int64"),
        kinds=rows.activity.nunique(), open=rows.open.max(),
        official_usd=rows.official_usd.sum(), unofficial_usd=rows.unofficial_usd.sum(),
        unconverted=rows.unconverted.max(), moneyed=rows.moneyed.max(),
        tonnes=rows.tonnes.max(), teu=rows.teu.max(),
        controls=times(rows.cause == "control"), documents=times(rows.cause == "document"),
        gauge_s=(rows.activity.startswith("gauge_change").ifelse(rows.seconds, 0)).sum().cast("int64"),
        gauges=times(rows.activity.startswith("gauge_change")),
        weak=rows.weak.max(), **spent,
    )  # fmt: skip
    return grouped.mutate(
        stay_s=grouped.left_s - grouped.arrived_s,
        border=flag(grouped.direction.isin(["in", "out"])),
    )


def parts(t: Mapping[str, Any]) -> Any:
    """One row a shipment, mode and state: what trips add up."""
    rows = t["lines"]
    moving, still = rows.is_move == 1, rows.is_move == 0
    full = rows.complete == 1
    return rows.group_by("shipment", "mode", "country").agg(
        km=(moving & full).ifelse(rows.km, 0.0).sum(),
        all_km=moving.ifelse(rows.km.fill_null(0.0), 0.0).sum(),
        moving_s=(moving & full).ifelse(rows.seconds, 0).sum().cast("int64"),
        stop_s=still.ifelse(rows.seconds, 0).sum().cast("int64"),
        border_s=(still & rows.direction.isin(["in", "out"])).ifelse(rows.seconds, 0).sum().cast("int64"),
        waiting_s=(still & (rows.cause == "waiting")).ifelse(rows.seconds, 0).sum().cast("int64"),
        moves=times(moving), moves_short=times(moving & (rows.complete == 0)),
        handlings=times(still & (rows.cause == "handling")),
        entries=times(still & (rows.direction == "in")), exits=times(still & (rows.direction == "out")),
        open=rows.open.max(), unconverted=rows.unconverted.max(), carriage=rows.carriage.max(),
        carriage_usd=moving.ifelse(rows.official_usd, 0.0).sum(),
        stop_usd=still.ifelse(rows.official_usd, 0.0).sum(),
        unofficial_usd=rows.unofficial_usd.sum(),
        tonnes=rows.tonnes.max(), teu=rows.teu.max(), deadline_s=rows.deadline_s.max(),
        first_s=rows.begin_s.min(), last_s=rows.end_s.max(), done=rows.done.max(),
        weak=rows.weak.max(),
    )  # fmt: skip


def alongs(t: Mapping[str, Any]) -> Any:
    """Which shipment runs along which corridor."""
    rows = t["lines"]
    seen = rows.filter(rows.known_place.notnull()).select("shipment", "known_place").distinct()
    every = seen.group_by("shipment").agg(places=seen.count())
    on = t["corridor_places"]
    both = seen.inner_join(on, seen.known_place == on.corridor_place)
    held = both.group_by("shipment", "corridor").agg(held=both.count())
    joined = held.inner_join(every, "shipment")
    enough = (joined.held >= CORRIDOR_LEAST) & (joined.held * 100 >= joined.places * CORRIDOR_SHARE_PER_CENT)
    return joined.filter(enough).select("shipment", "corridor")


def points(t: Mapping[str, Any]) -> Any:
    """One row a visit at a known place: kilometres and official dollars up to there, hours of both ends."""
    rows = t["lines"]
    upto = ibis.window(
        group_by=rows.shipment, order_by=[rows.begin_s, rows.end_s, rows.event], preceding=None, following=0
    )
    whole = rows.mutate(
        so_far_km=((rows.is_move == 1).ifelse(rows.km.fill_null(0.0), 0.0)).sum().over(upto),
        so_far_usd=rows.official_usd.sum().over(upto),
    )
    still = whole.filter((whole.is_move == 0) & whole.known_place.notnull())
    return still.group_by("shipment", "run", "known_place").agg(
        arrived_s=still.begin_s.min(), left_s=still.end_s.max(), km=still.so_far_km.max(),
        arrived_usd=(still.so_far_usd - still.official_usd).min(), left_usd=still.so_far_usd.max(),
        open=still.open.max(), unconverted=still.unconverted.max(), done=still.done.max(),
        weak=still.weak.max(),
    )  # fmt: skip


def steps(t: Mapping[str, Any]) -> Any:
    """One row a visit and activity at a known place: hours and dollars of a step where it occurred."""
    rows = t["lines"]
    still = rows.filter((rows.is_move == 0) & rows.known_place.notnull() & (rows.direction != ""))
    return still.group_by("shipment", "run", "known_place", "mode", "direction", "activity", "service").agg(
        seconds=still.seconds.sum().cast("int64"), timed=still.timed.min(), open=still.open.max(),
        official_usd=still.official_usd.sum(), unofficial_usd=still.unofficial_usd.sum(),
        unconverted=still.unconverted.max(), moneyed=still.moneyed.max(), weak=still.weak.max(),
        source=still.source.max(), end_s=still.end_s.max(),
    )  # fmt: skip


BASES = {"lines": lines, "visits": visits, "parts": parts, "alongs": alongs}
"""Relations made once for a log and kept; each reads the inputs and those before it."""
