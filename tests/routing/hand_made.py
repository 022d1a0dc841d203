"""A small world for sums by hand: a dozen places, their states, and arcs made one by one."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from daliz.freeze import TABLES
from daliz.model.frozen import Arc, Step
from daliz.routing import Atlas, Option
from daliz.schema import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import polars as pl

DAY = dt.date(2026, 11, 23)
LATER = dt.date(2027, 6, 30)

STATES = {
    "KZ": "EAEU", "RU": "EAEU", "BY": "EAEU", "PL": "EU", "DE": "EU", "CN": "none", "AZ": "none",
    "LT": "EU", "TR": "none",
}  # fmt: skip
PLACES = {
    "kz-almaty": "city", "kz-aktau": "port", "kz-post": "border_post", "cn-xian": "city",
    "cn-post": "border_post",
    "ru-moscow": "city", "ru-port": "port", "by-brest": "border_post", "pl-post": "border_post",
    "pl-warsaw": "city", "pl-gdansk": "port", "de-berlin": "city", "az-alat": "port", "lt-vilnius": "city",
    "tr-kars": "city",
}  # fmt: skip
CROSSINGS = {
    "by-pl-rail": ("rail", "by-brest", "pl-post", "customs"),
    "by-pl-road": ("road", "by-brest", "pl-post", "customs"),
    "cn-kz-road": ("road", "cn-post", "kz-post", "customs"),
    "kz-ru-road": ("road", "kz-post", "ru-moscow", "eaeu_internal"),
    "kz-ru-rail": ("rail", "kz-post", "ru-moscow", "eaeu_internal"),
    "ru-by-rail": ("rail", "ru-moscow", "by-brest", "eaeu_internal"),
}
SERVICES = {"block_train": "rail", "road_tir": "road", "road_general": "road", "feeder": "sea"}
COMMON = {"source": "book", "quality": "published"}


class HandStore:
    """What an atlas asks of a store."""

    def __init__(self, frames: Mapping[str, pl.DataFrame]) -> None:
        self._frames = frames

    def manifest(self) -> dict[str, object]:
        """The reference date."""
        return {"reference_date": DAY.isoformat()}

    def frames(self, names: Iterable[str]) -> dict[str, pl.DataFrame]:
        """Frames by name."""
        return {name: self._frames[name] for name in names}


def _named(key: str) -> dict[str, str]:
    return {"name_en": key, "name_ru": f"{key} (ru)", "name_kk": f"{key} (kk)"}


def world() -> dict[str, list[dict[str, Any]]]:
    """Rows of the small world by table; tables not named are empty."""
    return {
        "sources": [
            {"source": "book", "citation": "Book", "licence": "facts", "retrieved": DAY},
            {"source": "old-book", "citation": "Old", "licence": "facts", "retrieved": DAY,
             "recheck_by": dt.date(2026, 1, 1)},
        ],
        "countries": [
            {"country": state, "bloc": bloc, "currency": "USD", "grid_co2e_g_per_kwh": 500.0,
             "electrified_share": 0.5, **_named(state), **COMMON}
            for state, bloc in STATES.items()
        ],
        "places": [
            {"place": place, "kind": kind, "country": place[:2].upper(), "aliases": [], "lat": 40.0 + at,
             "lon": 50.0, "modes": ["rail", "road"], "gauges_mm": [], "timezone": "Asia/Almaty",
             **_named(place), **COMMON}
            for at, (place, kind) in enumerate(PLACES.items())
        ],
        "crossings": [
            {"crossing": key, "mode": mode, "post_a": a, "post_b": b, "control": control, "hours_a": "24/7",
             "hours_b": "24/7", "hours_quality": "assumed", "directions": "both", "status": "open",
             "gauge_change": "none", **_named(key), **COMMON}
            for key, (mode, a, b, control) in CROSSINGS.items()
        ],
        "services": [
            {"service": key, "mode": mode, "cargo_class": "any", "stop_h_per_1000_km": 0.0,
             "daily_driving_h": 24.0, "payload_t_per_teu": 14.0, **_named(key), **COMMON}
            for key, mode in SERVICES.items()
        ],
    }  # fmt: skip


def atlas_of(**tables: list[dict[str, Any]]) -> Atlas:
    """An atlas of the small world with the rows of some tables put in their place."""
    rows = {**world(), **tables}
    return Atlas(HandStore({name: table(name).frame(rows.get(name, [])) for name in TABLES}))  # type: ignore[arg-type]


def charge(key: str, basis: str, amount: float, **cells: Any) -> dict[str, Any]:
    """One row of `charges`."""
    return {
        "charge": key, "code": "broker", "basis": basis, "trip": "any", "services": [], "modes": [],
        "states": [], "partners": [], "amount": amount, "currency": "USD", "free_days": 0.0,
        "price_year": 2025, "valid_until": LATER, "in_total": "yes", **_named(key), **COMMON, **cells,
    }  # fmt: skip


def rule(key: str, movement: str, state: list[str], **cells: Any) -> dict[str, Any]:
    """One row of `eligibility`."""
    return {
        "rule": key, "action": "ban", "hs": [], "movement": movement, "state": state, "partner": [],
        "partner_side": "either", "modes": [], "valid_from": dt.date(2020, 1, 1), **COMMON, **cells,
    }  # fmt: skip


def step(code: str, hours: float, usd: float = 0.0, place: str = "kz-aktau", procedure: str = "p") -> Step:
    """A step that always occurs."""
    return Step(procedure, place, code, "customs", 1.0, hours, 0.5, usd, "book", "published", "assumed",
                "published", 2025)  # fmt: skip


def arc(kind: str, mode: str, start: str, end: str, **cells: Any) -> Arc:
    """An arc of 1000 km, 10 h and 100 USD unless said otherwise; transfers are free and still."""
    still = kind == "transfer"
    given: dict[str, Any] = {
        "service": "" if still else {"rail": "block_train", "road": "road_tir", "sea": "feeder"}[mode],
        "leg": f"{mode}-{start}-{end}", "crossing": "", "distance_km": 0.0 if still else 1000.0,
        "move_h": 0.0 if still else 10.0, "fixed_wait_h": 0.0, "move_cv": 0.2,
        "cost_usd": 0.0 if still else 100.0, "co2e_kg": 0.0, "gauge_mm": None,
        "country": start[:2].upper() if kind in ("leg", "crossing") else "", "steps": (), "source": "book",
        "quality": "published", "wait_quality": "assumed", "tariff_source": "book",
        "tariff_quality": "derived", "shape": "", "backward": False, **cells,
    }  # fmt: skip
    return Arc(kind=kind, mode=mode, from_place=start, to_place=end, **given)


def option(*arcs: Arc, waits_h: tuple[float, ...] | None = None) -> Option:
    """An option over these arcs with the sums of their figures."""
    waits = waits_h or tuple(a.fixed_wait_h for a in arcs)
    hours = sum(a.move_h + sum(s.hours for s in a.steps) for a in arcs) + sum(waits)
    usd = sum(a.cost_usd + sum(s.cost_usd for s in a.steps) for a in arcs)
    return Option("fastest", arcs, waits, hours, hours, hours, usd, sum(a.co2e_kg for a in arcs))
