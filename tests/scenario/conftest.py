"""A network small enough to edit by hand: a mill, a border, a port, a sea."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from daliz.freeze import TABLES
from daliz.scenario import apply
from daliz.scenario.edits import TABLE
from daliz.schema import table

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from daliz.scenario import Edited

WHO = {"source": "s", "quality": "published"}


def _place(key: str, lat: float, modes: list[str]) -> dict[str, Any]:
    names = {f"name_{lang}": key.partition("-")[2].capitalize() for lang in ("en", "ru", "kk")}
    return {"place": key, "kind": "station", **names, "aliases": [], "country": key[:2].upper(), "lat": lat,
            "lon": 60.0, "modes": modes, "gauges_mm": ["1520"], "timezone": "Asia/Almaty", **WHO}  # fmt: skip


def _leg(key: str, mode: str, start: str, end: str, **more: object) -> dict[str, Any]:
    return {"leg": key, "kind": "leg", "mode": mode, "from_place": start, "to_place": end,
            "distance_km": 100.0, "country_a": start[:2].upper(), "country_b": end[:2].upper(),
            "status": "open", "shape": "0 60;1 60", "gauge_mm": 1520 if mode == "rail" else None,
            **WHO, **more}  # fmt: skip


def _step(key: str, place: str, mode: str, direction: str, code: str, service: str = "*") -> dict[str, Any]:
    return {"procedure": key, "place": place, "mode": mode, "direction": direction, "service": service,
            "cargo_class": "any", "seq": 1, "code": code, "party": "customs", "mandatory": "mandatory",
            "probability": 1.0, "weight": 1.0, **WHO}  # fmt: skip


def _time(procedure: str, service: str, mean_h: float) -> dict[str, Any]:
    return {"calibrated": f"{procedure}|{service}|", "procedure": procedure, "service": service,
            "mean_h": mean_h, "cv": 1.0, "basis": "derived", **WHO}  # fmt: skip


def _code(code: str, mode: str, group: str) -> dict[str, Any]:
    return {"code": code, "mode": mode, "group": group, "name_en": code, "name_ru": code,
            "name_kk": code, "prior_mean_h": 2.0, "prior_cv": 0.8, "prior_log_sd": 0.5,
            "prior_cost_usd": 0.0, **WHO}  # fmt: skip


def _sailing(key: str, service: str, capacity: float, unit: str, often: float) -> dict[str, Any]:
    return {"sailing": key, "link": "bb-cc-sea", "service": service, "sailing_h": 20.0,
            "frequency_per_week": often, "vessel_wait_h": 30.0, "capacity": capacity, "capacity_unit": unit,
            "draught_m": 4.0, "payload_t_per_cm": 10.0, "winter_factor": 1.0, "status": "open",
            **WHO}  # fmt: skip


ROWS: dict[str, list[dict[str, Any]]] = {
    "countries": [
        {"country": key, "name_en": f"Land {key}", "name_ru": f"Land {key}", "name_kk": f"Land {key}"}
        for key in ("AA", "BB", "CC")
    ],
    "places": [
        _place("aa-mill", 0.0, ["rail"]), _place("aa-gate", 10.0, ["rail"]),
        _place("bb-gate2", 20.0, ["rail"]), _place("bb-harbour", 30.0, ["rail", "sea"]),
        _place("cc-quay", 40.0, ["sea"]),
    ],
    "crossings": [
        {"crossing": "aa-bb-rail", "name_en": "Gates", "name_ru": "Gates", "name_kk": "Gates", "mode": "rail",
         "post_a": "aa-gate", "post_b": "bb-gate2", "control": "customs", "hours_a": "24/7",
         "hours_b": "24/7", "hours_quality": "published", "directions": "both", "status": "open", **WHO},
    ],
    "links": [
        {"link": "bb-cc-sea", "mode": "sea", "from_place": "bb-harbour", "to_place": "cc-quay",
         "distance_km": 400.0, "basis": "sea", "status": "open", **WHO},
    ],
    "legs": [
        _leg("mill-gate", "rail", "aa-mill", "aa-gate"),
        _leg("gates", "rail", "aa-gate", "bb-gate2", kind="crossing", crossing="aa-bb-rail"),
        _leg("gate-harbour", "rail", "bb-gate2", "bb-harbour"),
        _leg("sea", "sea", "bb-harbour", "cc-quay", kind="link", link="bb-cc-sea"),
    ],
    "sailings": [
        _sailing("boxes", "feeder", 100.0, "TEU", 3.0), _sailing("bulk", "feeder", 2000.0, "t", 1.0),
    ],
    "facilities": [
        {"facility": "bb-harbour-berths", "place": "bb-harbour", "kind": "port_terminal", "from_mode": "rail",
         "to_mode": "sea", "capacity": 2.0, "capacity_unit": "berths", "handling_h": 8.0, "handling_cv": 0.5,
         **WHO},
    ],
    "services": [
        {"service": key, "mode": mode, "name_en": key, "name_ru": key, "name_kk": key, "cargo_class": "any",
         "payload_t_per_teu": 7.7, "daily_driving_h": 24.0, "stop_h_per_1000_km": 0.0, **WHO}
        for key, mode in (("block_train", "rail"), ("wagonload", "rail"), ("feeder", "sea"))
    ],
    "tariffs": [
        {"tariff": "train-all", "service": "block_train", "country": "*", "amount": 0.3, "unit": "per_teu_km",
         "currency": "USD", "price_year": 2024, **WHO},
        {"tariff": "feeder-all", "service": "feeder", "country": "*", "amount": 0.6, "unit": "per_teu_km",
         "currency": "USD", "price_year": 2024, **WHO},
    ],
    "activity_codes": [
        _code("rail_customs", "rail", "control"), _code("rail_busy_facility", "rail", "waiting"),
        _code("port_dwell", "sea", "waiting"), _code("port_weather", "sea", "waiting"),
        _code("terminal_lift", "any", "handling"),
    ],
    "procedures": [
        _step("a-customs", "aa-gate", "rail", "out", "rail_customs"),
        _step("b-customs", "bb-gate2", "rail", "in", "rail_customs"),
        _step("b-busy", "bb-gate2", "rail", "in", "rail_busy_facility", "wagonload"),
        _step("dwell", "bb-harbour", "sea", "out", "port_dwell"),
        _step("weather", "bb-harbour", "sea", "out", "port_weather"),
        _step("alone", "bb-harbour", "sea", "in", "port_weather"),
    ],
    "calibrated_steps": [
        _time("a-customs", "wagonload", 3.0), _time("a-customs", "block_train", 1.0),
        _time("b-customs", "wagonload", 4.0), _time("b-customs", "block_train", 2.0),
        _time("b-busy", "wagonload", 10.0), _time("dwell", "feeder", 40.0), _time("dwell", "ro_ro", 50.0),
        _time("weather", "feeder", 6.0),
    ],
    "step_values": [
        {"value": "busy-measured", "procedure": "b-busy", "quantity": "time_h", "basis": "measured",
         "mean": 12.0, "year": 2024, **WHO},
        {"value": "busy-sla", "procedure": "b-busy", "quantity": "time_h", "basis": "sla", "mean": 5.0,
         "year": 2024, **WHO},
    ],
    "sources": [{"source": key} for key in ("s", "daliz-assumption")],
}  # fmt: skip


@pytest.fixture
def small() -> dict[str, pl.DataFrame]:
    """Frames of the small network."""
    return {name: table(name).frame(ROWS.get(name, [])) for name in TABLES}


@pytest.fixture
def edit_small(small: dict[str, pl.DataFrame]) -> Callable[..., Edited]:
    """Apply one edit, given by its columns, to the small network."""

    def edit(action: str, target: str, **columns: object) -> Edited:
        return apply(small, [_edit_row(action, target, **columns)])

    return edit


@pytest.fixture
def edit_row() -> Callable[..., dict[str, Any]]:
    """Makes one row of a scenario from the columns named; the others are empty."""
    return _edit_row


def _edit_row(action: str, target: str, **columns: object) -> dict[str, Any]:
    names = [column.name for column in table(TABLE).columns]
    row: dict[str, Any] = {"edit": "e1", "action": action, "target": target, **columns}
    return {**dict.fromkeys(names), **row, "_file": "by-hand.csv", "_row": 2}
