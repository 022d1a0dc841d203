"""A log and tables small enough for sums by hand: two trains and a lorry that is still in the queue."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import daliz
from daliz.schema import read_table, table

if TYPE_CHECKING:
    import polars as pl

DATA = Path(daliz.__file__).parent / "data"
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
COMMON = {"source": "book", "quality": "published"}
NAMED = {"name_en": "x", "name_ru": "x", "name_kk": "x"}


def at(hours: float) -> dt.datetime:
    """An instant so many hours into 2026."""
    return START + dt.timedelta(hours=hours)


def event(
    shipment: str, activity: str, start: float | None, end: float | None, **cells: Any
) -> dict[str, Any]:
    """One event; hours into 2026."""
    given = {
        "event": f"{shipment}-{activity}-{start}-{end}", "shipment": shipment, "activity": activity,
        "start": None if start is None else at(start), "end": None if end is None else at(end),
        "status": "stands", "quality": "measured", "source": "office", "format": "csv", "file": "f" * 16,
        "locator": "1",
    }  # fmt: skip
    return given | cells


def usd(amount: float, unofficial: float | None = None) -> dict[str, Any]:
    """Amounts in dollars."""
    paid: dict[str, Any] = {"official_amount": amount, "official_currency": "USD"}
    if unofficial is not None:
        paid |= {"unofficial_amount": unofficial, "unofficial_currency": "USD"}
    return paid


def rows() -> list[dict[str, Any]]:
    """Two trains over Dostyk and a lorry that waits."""
    rail = {"mode": "rail"}
    out = rail | {"place": "kz-dostyk", "direction": "out", "country": "KZ"}
    into = rail | {"place": "cn-alashankou", "direction": "in", "country": "CN"}
    gate = {"mode": "road", "place": "kz-nur-zholy", "direction": "out", "country": "KZ"}
    tenge = {"official_amount": 10_000.0, "official_currency": "KZT"}
    one, two, three = {"tonnes": 20.0, "teu": 2.0}, {"tonnes": 40.0, "teu": 4.0}, {"tonnes": 10.0, "teu": 1.0}
    return [
        event("s1", "move", 0, 10, distance_km=500.0, country="KZ", deadline=at(30), **rail, **one,
              **usd(600)),
        event("s1", "rail_customs", 10, 13, **out, **usd(40, 5)),
        event("s1", "rail_documents", 13, 15, **out, **tenge),
        event("s1", "move", 15, 16, distance_km=12.0, country="CN", **rail),
        event("s1", "rail_customs", 16, 20, **into),
        event("s1", "gauge_change_transload", 20, 24, **into, **usd(100)),
        event("s2", "move", 100, 112.5, distance_km=500.0, country="KZ", deadline=at(120), **rail, **two,
              **usd(1000)),
        event("s2", "rail_customs", 112.5, 113.5, **out),
        event("s2", "rail_no_wagons", 113.5, 119.5, **out),
        event("s2", "move", 119.5, 120, distance_km=12.0, country="CN", **rail),
        event("s2", "rail_customs", 120, 122, **into, **usd(30)),
        event("s3", "move", 200, 204, distance_km=200.0, country="KZ", mode="road", **three, **usd(300)),
        event("s3", "customs_clearance", 204, 206, **gate, **usd(15)),
        event("s3", "waiting_queue", 206, None, **gate),
    ]  # fmt: skip


def log(extra: list[dict[str, Any]] | None = None) -> pl.DataFrame:
    """The rows as table `events`."""
    return table("events").frame([*rows(), *(extra or [])])


def trade() -> pl.DataFrame:
    """Four rows of statistics and one mirror row."""
    base = {"source": "office", "quality": "published"}
    said = [
        (2025, "KZ", "CN", "export", "2603", 80.0, 40.0, "USD"),
        (2025, "KZ", "UZ", "export", "8703", 20.0, 5.0, "KZT"),
        (2026, "KZ", "CN", "export", "2603", 120.0, 50.0, "CNY"),
        (2026, "KZ", "CN", "import", "8517", 60.0, 3.0, "USD"),
        (2026, "CN", "KZ", "import", "2603", 150.0, 50.0, None),
    ]
    names = ("year", "reporter", "partner", "flow", "hs", "value_usd", "tonnes", "currency")
    return table("trade").frame(
        [{"trade": str(n)} | dict(zip(names, row, strict=True)) | base for n, row in enumerate(said)]
    )


def frames(**instead: list[dict[str, Any]]) -> dict[str, pl.DataFrame]:
    """Tables of a small network; keyword arguments put other rows in place of a table's own."""
    curated = {
        name: [row for path in (DATA / name).glob("*.csv") for row in read_table(name, path)[0]]
        for name in ("indicators", "activity_codes")
    }
    month = {"currency": "KZT", "valid_from": dt.date(2026, 1, 1), "units_per_usd": 500.0}
    made: dict[str, list[dict[str, Any]]] = {
        **curated,
        "fx_rates": [{"rate": "kzt", **month, **COMMON}],
        "corridors": [
            {"corridor": "east", "family": "carec", "status": "open", "modes": ["rail"],
             "leg_modes": ["rail"],
             "via": ["kz-aktogay", "kz-dostyk", "cn-alashankou"], "aliases": [], "colour": "#000",
             **NAMED, **COMMON}
        ],
        "emissions": [
            {"emission": key, "service": service, "country": state, "co2e_g_per_tkm": grams, **COMMON}
            for key, service, state, grams in (
                ("a", "block_train", "*", 20.0), ("b", "block_train", "CN", 30.0),
                ("c", "road_tir", "*", 60.0),
            )
        ],
        "facilities": [
            {"facility": "yard", "place": "cn-alashankou", "kind": "crane_transload", "from_mode": "rail",
             "to_mode": "rail", "capacity": 3650.0, "capacity_unit": "TEU a year", "handling_h": 3.0,
             **COMMON}
        ],
        "hub_energy": [
            {"hub": "h", "kind": "crane_transload", "electric_kwh_per_teu": 4.0,
             "diesel_co2e_kg_per_teu": 1.0, **COMMON}
        ],
        "countries": [
            {"country": state, "currency": "USD", "grid_co2e_g_per_kwh": 500.0, **NAMED, **COMMON}
            for state in ("KZ", "CN")
        ],
        "places": [
            {"place": place, "kind": "border_post", "country": place[:2].upper(), "aliases": [], "lat": 45.0,
             "lon": 80.0, "modes": ["rail"], "gauges_mm": [], "timezone": "Asia/Almaty", **NAMED, **COMMON}
            for place in ("kz-dostyk", "cn-alashankou", "kz-nur-zholy", "kz-aktogay")
        ],
        "crossings": [
            {"crossing": "kz-cn-dostyk", "mode": "rail", "post_a": "kz-dostyk", "post_b": "cn-alashankou",
             "control": "customs", "status": "open", **NAMED, **COMMON},
            {"crossing": "kz-cn-khorgos", "mode": "road", "post_a": "kz-nur-zholy", "post_b": "cn-khorgos",
             "control": "customs", "status": "open", "quota_per_day": 50.0, "quota_unit": "trucks", **NAMED,
             **COMMON},
        ],
        "charges": [
            {"charge": "v", "code": "value_of_time", "basis": "per_t_h", "modes": ["rail", "road"],
             "amount": 0.5,
             "currency": "USD", **NAMED, **COMMON}
        ],
    }  # fmt: skip
    return {name: table(name).frame(held) for name, held in {**made, **instead}.items()} | {"trade": trade()}
