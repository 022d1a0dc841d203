"""The measures: what is divided by what, over which observations.

Question: how is each indicator of table `indicators` computed?
In and out: the relation of a grain in; expressions `top` and `bottom` of one observation out.
Method: an observation has a ratio top/bottom. The ratio of sums is sum(top)/sum(bottom), the mean of ratios
mean(top/bottom); where bottom is nothing, the sum is sum(top). `scope` says which observations the
indicator is about, `valid` which of these it can be computed for; the others are counted as left out.
Figures are kept in seconds, kilometres, tonnes and dollars; `scale` turns the result into the unit said.
Limits: `scale` applies after the division, so that whole seconds stay exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from daliz.store.measures.relations import flag

if TYPE_CHECKING:
    from collections.abc import Callable

    Expression = Callable[[Any], Any]

__all__ = ["GROUPS", "MEASURES", "Measure"]

HOUR = 1 / 3600
SPEED = 3600.0


@dataclass(frozen=True)
class Measure:
    """One measure. `top`, `bottom`, `scope`, `valid` take the relation of the grain and give columns."""

    grain: str
    top: Expression
    bottom: Expression | None = None
    valid: Expression | None = None
    scope: Expression | None = None
    scale: float = 1.0


def _one(t: Any) -> Any:
    return t.weak * 0 + 1


def _border(t: Any) -> Any:
    return t.border == 1


def _closed(t: Any) -> Any:
    return (t.open == 0) & (t.timed > 0)


def _ended(t: Any) -> Any:
    return t.open == 0


def _complete(t: Any) -> Any:
    return t.complete == 1


def _paid(t: Any) -> Any:
    return (t.moneyed == 1) & (t.unconverted == 0) & (t.open == 0)


def _priced(t: Any) -> Any:
    return (t.complete == 1) & (t.priced == 1)


def _hauled(t: Any) -> Any:
    return (t.complete == 1) & (t.tonnes > 0)


def _factored(t: Any) -> Any:
    return t.km.notnull() & t.tonnes.notnull() & t.g_per_tkm.notnull()


def _all_s(t: Any) -> Any:
    return t.moving_s + t.stop_s


def _tkm(t: Any) -> Any:
    return t.km * t.tonnes


def _g(t: Any) -> Any:
    return t.km * t.tonnes * t.g_per_tkm


def _due(t: Any) -> Any:
    return t.deadline_s.notnull()


def _of(name: str) -> Expression:
    return lambda t: t[name]


def _known(*names: str) -> Expression:
    def all_known(t: Any) -> Any:
        known = t[names[0]].notnull()
        for name in names[1:]:
            known &= t[name].notnull()
        return known

    return all_known


def _if(condition: Expression, value: Expression) -> Expression:
    return lambda t: condition(t).fill_null(False).ifelse(value(t), 0.0)


def _flow(name: str) -> Expression:
    return lambda t: t.flow == name


def _by_cause(cause: str) -> Measure:
    """Mean hours at a border that one group of activities takes."""
    return Measure("visit", _of(f"{cause}_s"), _one, _closed, _border, HOUR)


MACHINERY = tuple(str(chapter) for chapter in range(84, 91))
"""Chapters of the Harmonized System: machinery, electronics, vehicles, instruments."""

HARD = ("USD", "EUR")

_VOLUME = {
    "shipments": Measure("trip", _one),
    "visits": Measure("visit", _one),
    "border_passages": Measure("visit", _one, scope=_border),
    "tonnes_shipped": Measure("trip", _of("tonnes"), valid=_known("tonnes")),
    "teu_shipped": Measure("trip", _of("teu"), valid=_known("teu")),
    "tonne_km": Measure("leg", _tkm, valid=_known("km", "tonnes")),
    "teu_km": Measure("leg", lambda t: t.km * t.teu, valid=_known("km", "teu")),
    "stays_per_day": Measure("day", _of("stays"), _one),
    "peak_day": Measure("day", _of("stays"), _one),
    "present": Measure("day", _of("stay_s"), _one, _ended, scale=1 / 86400),
    "facility_use": Measure("day", _of("teu"), _of("teu_per_day"), _known("teu", "teu_per_day")),
    "crossing_use": Measure("day", _of("lorries"), _of("vehicles_per_day"), _known("vehicles_per_day")),
}

_TIME = {
    "tfi1": Measure("visit", _of("seconds"), _one, _closed, _border, HOUR),
    "tfi1_pair": Measure("pair", _of("seconds"), _of("passes"), _closed, scale=HOUR),
    "stay": Measure("visit", _of("stay_s"), _one, _ended, scale=HOUR),
    "border_waiting": _by_cause("waiting"),
    "border_control": _by_cause("control"),
    "border_documents": _by_cause("document"),
    "border_handling": _by_cause("handling"),
    "delay_by_cause": Measure(
        "event", _of("seconds"), _one, lambda t: t.timed == 1, scale=HOUR
    ),
    "gauge_change_hours": Measure("visit", _of("gauge_s"), _one, _closed, lambda t: t.gauges > 0, HOUR),
    "unexplained": Measure("visit", lambda t: t.stay_s - t.seconds, _one,
                           lambda t: (t.open == 0) & (t.stay_s >= t.seconds), scale=HOUR),
    "transit": Measure("trip", _of("stay_s"), _one, _complete, scale=HOUR),
    "moving": Measure("trip", _of("moving_s"), _one, _complete, scale=HOUR),
    "stopped": Measure("trip", _of("stop_s"), _one, _complete, scale=HOUR),
    "delay_share": Measure("trip", _of("stop_s"), _all_s, _complete),
    "border_share": Measure("trip", _of("border_s"), _of("stay_s"), lambda t: _complete(t) & (t.stay_s > 0)),
    "delay_per_1000_km": Measure("trip", _of("stop_s"), _of("km"), _complete, scale=1000 * HOUR),
    "punctuality": Measure("trip", lambda t: flag(t.last_s <= t.deadline_s), _one, _ended, _due),
    "lateness": Measure("trip", lambda t: t.last_s - t.deadline_s, _one, _ended,
                        lambda t: _due(t) & (t.last_s > t.deadline_s), HOUR),
    "predictability_of_transit": Measure("trip", _of("stay_s"), _one, _complete, scale=HOUR),
}  # fmt: skip

_COST = {
    "tfi2": Measure("visit", _of("official_usd"), _one, _paid, _border),
    "tfi2_unofficial": Measure("visit", _of("unofficial_usd"), _one, _paid, _border),
    "tfi3": Measure("trip", lambda t: t.carriage_usd + t.stop_usd, _tkm,
                    lambda t: _priced(t) & (t.tonnes > 0), scale=500.0 * 20.0),
    "tfi3_unofficial": Measure("trip", _of("unofficial_usd"), _tkm,
                               lambda t: _priced(t) & (t.tonnes > 0), scale=500.0 * 20.0),
    "carriage_per_tkm": Measure("trip", _of("carriage_usd"), _tkm, lambda t: _priced(t) & (t.tonnes > 0)),
    "carriage_per_teu_km": Measure("trip", _of("carriage_usd"), lambda t: t.km * t.teu,
                                   lambda t: _priced(t) & (t.teu > 0)),
    "carriage_per_km": Measure("trip", _of("carriage_usd"), _of("km"), _priced),
    "cost_per_tkm": Measure("trip", lambda t: t.carriage_usd + t.stop_usd, _tkm,
                            lambda t: _priced(t) & (t.tonnes > 0)),
    "stop_cost_share": Measure("trip", _of("stop_usd"), lambda t: t.carriage_usd + t.stop_usd,
                               lambda t: _priced(t) & (t.carriage_usd + t.stop_usd > 0)),
    "unofficial_ratio": Measure("visit", _of("unofficial_usd"), _of("official_usd"),
                                lambda t: _paid(t) & (t.official_usd > 0)),
    "paid_per_hour": Measure("visit", _of("official_usd"), _of("seconds"),
                             lambda t: _paid(t) & _closed(t) & (t.seconds > 0), _border, 3600.0),
    "time_cost": Measure("event", lambda t: t.seconds * t.tonnes * t.usd_per_t_h, None,
                            lambda t: (t.timed == 1) & _known("tonnes", "usd_per_t_h")(t), scale=HOUR),
}  # fmt: skip

_EFFICIENCY = {
    "swod": Measure("trip", _of("km"), _of("moving_s"), _complete, scale=SPEED),
    "swd": Measure("trip", _of("km"), _all_s, _complete, scale=SPEED),
    "tfi4": Measure("trip", _of("km"), _all_s, _complete, scale=SPEED),
    "door_speed": Measure("trip", _of("km"), _of("stay_s"), lambda t: _complete(t) & (t.stay_s > 0),
                          scale=SPEED),
    "load_per_teu": Measure("trip", _of("tonnes"), _of("teu"), lambda t: t.tonnes.notnull() & (t.teu > 0)),
    "controls_per_border": Measure("visit", _of("controls"), _one, _ended, _border),
    "repeats": Measure("visit", lambda t: t.activities - t.kinds, _of("activities"), _ended),
    "handlings_per_trip": Measure("trip", _of("handlings"), _one, _ended),
    "transit_share": Measure("trip", lambda t: flag((t.entries > 0) & (t.exits > 0)), _one,
                             scope=lambda t: (t.entries > 0) | (t.exits > 0)),
}  # fmt: skip

_EMISSIONS = {
    "co2e": Measure("leg", _g, valid=_factored, scale=1 / 1000),
    "co2e_per_tkm": Measure("leg", _g, _tkm, lambda t: _factored(t) & (t.km * t.tonnes > 0)),
    "co2e_per_teu_km": Measure("leg", _g, lambda t: t.km * t.teu,
                               lambda t: _factored(t) & (t.km * t.teu > 0)),
    "rail_share": Measure("leg", _if(lambda t: t["mode"] == "rail", _tkm), _tkm,
                          lambda t: _known("km", "tonnes")(t) & (t.km * t.tonnes > 0)),
    "sea_share": Measure("leg", _if(lambda t: t["mode"] == "sea", _tkm), _tkm,
                         lambda t: _known("km", "tonnes")(t) & (t.km * t.tonnes > 0)),
    "co2e_beside_road": Measure("leg", _g, lambda t: _tkm(t) * t.road_g,
                                lambda t: _factored(t) & (t.km * t.tonnes * t.road_g > 0)),
    "hub_co2e": Measure("visit", lambda t: t.teu * t.kg_per_teu, valid=_known("teu", "kg_per_teu"),
                        scope=lambda t: t.handling_s > 0),
}  # fmt: skip

_TRADE = {
    "exports": Measure("trade", _of("value_usd"), None, _known("value_usd"), _flow("export")),
    "imports": Measure("trade", _of("value_usd"), None, _known("value_usd"), _flow("import")),
    "trade_balance": Measure("trade", lambda t: (t.flow == "export").ifelse(t.value_usd, -t.value_usd), None,
                             _known("value_usd")),
    "trade_weight": Measure("trade", _of("tonnes"), None, _known("tonnes")),
    "unit_value": Measure("trade", _of("value_usd"), _of("tonnes"),
                          lambda t: t.value_usd.notnull() & (t.tonnes > 0)),
    "partner_concentration": Measure("trade_partners", _of("value_usd")),
    "product_concentration": Measure("trade_products", _of("value_usd")),
    "machinery_share": Measure("trade", _if(lambda t: t["product"].isin(MACHINERY), _of("value_usd")),
                               _of("value_usd"), lambda t: (t.value_usd > 0) & (t["product"] != "")),
    "outside_dollar_euro": Measure("trade", _if(lambda t: t.currency.notin(HARD), _of("value_usd")),
                                 _of("value_usd"), lambda t: (t.value_usd > 0) & t.currency.notnull()),
    "mirror_gap": Measure("trade_mirror", lambda t: (t.value_usd - t.taken_usd).abs(), _of("value_usd"),
                          lambda t: t.value_usd > 0),
    "trade_growth": Measure("trade_growth", lambda t: t.value_usd - t.before_usd, _of("before_usd"),
                            lambda t: t.before_usd > 0),
}  # fmt: skip

GROUPS: dict[str, dict[str, Measure]] = {
    "volume": _VOLUME, "time": _TIME, "cost": _COST, "efficiency": _EFFICIENCY,
    "emissions": _EMISSIONS, "trade": _TRADE,
}  # fmt: skip
"""Measures by the group of table `indicators` that they belong to."""

MEASURES: dict[str, Measure] = {key: one for group in GROUPS.values() for key, one in group.items()}
"""Every measure by the key of table `indicators`."""
