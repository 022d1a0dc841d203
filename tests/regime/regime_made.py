"""A border small enough to work out by hand: Aa (state AA) and Bb (state BB), a road and a railway."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from daliz.schema import table

if TYPE_CHECKING:
    import polars as pl

WHO = {"source": "s", "quality": "published"}
DAY = dt.date(2025, 3, 1)


def checklist(key: str, version: int = 1, first: str = "2020-01-01", **more: Any) -> dict[str, Any]:
    day = dt.date.fromisoformat
    row = {
        "checklist": key, "place": "aa-post", "mode": "road", "direction": "in", "service": "*",
        "cargo_class": "any", "version": version, "valid_from": day(first), "valid_to": None,
        "total_sla_h": None, "calendar": "24/7", "closed_on_holidays": "no", "note": None, **WHO,
    }  # fmt: skip
    if more.get("valid_to"):
        more["valid_to"] = day(more["valid_to"])
    return row | more


def item(key: str, seq: int, code: str, **more: Any) -> dict[str, Any]:
    return {
        "item": f"{key}-{code}", "checklist": key, "seq": seq, "code": code, "party": "customs",
        "mandatory": "mandatory", "hs": [], "after": [], "most_times": 1, "sla_h": None, "calendar": "24/7",
        "closed_on_holidays": "no", "stops": [], "escalate_h": None, "escalate_to": None, "note": None, **WHO,
    } | more  # fmt: skip


def recognition(key: str, code: str, **more: Any) -> dict[str, Any]:
    return {
        "recognition": key, "country": "BB", "partner": "AA", "partner_code": code, "code": code, "modes": [],
        "hs": [], "cargo_class": "any", "valid_from": dt.date(2020, 1, 1), "valid_to": None,
        "status": "in_force", "note": None, **WHO,
    } | more  # fmt: skip


def frames(**rows: list[dict[str, Any]]) -> dict[str, pl.DataFrame]:
    """Tables of these rows, the rest of the border as it stands."""
    return {name: table(name).frame(rows.get(name, BORDER.get(name, []))) for name in NAMES}


NAMES = (
    "places", "crossings", "procedures", "step_values", "activity_codes", "calibrated_steps", "checklists",
    "checklist_items", "recognitions", "countries", "sources",
)  # fmt: skip


def place(key: str) -> dict[str, Any]:
    names = dict.fromkeys(("name_en", "name_ru", "name_kk"), key)
    return {"place": key, "kind": "border_post", **names, "country": key[:2].upper(), "lat": 45.0,
            "lon": 60.0, "modes": ["road", "rail"], "aliases": [], "timezone": "Asia/Almaty",
            **WHO}  # fmt: skip


def crossing(mode: str, **more: Any) -> dict[str, Any]:
    names = dict.fromkeys(("name_en", "name_ru", "name_kk"), f"Aa - Bb ({mode})")
    return {"crossing": f"aa-bb-{mode}", **names, "mode": mode, "post_a": "aa-post", "post_b": "bb-post",
            "control": "customs", "hours_a": "24/7", "hours_b": "24/7", "hours_quality": "assumed",
            "closed_on_holidays": "none", "directions": "both", "status": "open", "gauge_change": "none",
            **WHO} | more  # fmt: skip


def step(at: str, mode: str, direction: str, seq: int, code: str, **more: Any) -> dict[str, Any]:
    key = f"{at}-{mode}-{direction}-{seq}"
    return {"procedure": key, "place": at, "mode": mode, "direction": direction, "service": "*",
            "cargo_class": "any", "seq": seq, "code": code, "party": "customs", "mandatory": "mandatory",
            "probability": 1.0, "weight": 1.0, "valid_from": None, "valid_to": None, "note": None,
            **WHO} | more  # fmt: skip


def code(key: str, group: str) -> dict[str, Any]:
    names = dict.fromkeys(("name_en", "name_ru", "name_kk"), key)
    return {"code": key, "mode": "any", "group": group, **names, "prior_mean_h": 1.0, "prior_cv": 1.0,
            "prior_log_sd": 0.5, "prior_cost_usd": 0.0, **WHO}  # fmt: skip


def timed(procedure: str, service: str, mean_h: float, year: int | None = None) -> dict[str, Any]:
    return {"calibrated": f"{procedure}|{service}|{year or ''}", "procedure": procedure, "service": service,
            "year": year, "mean_h": mean_h, "cv": 1.0, "basis": "assumed", **WHO}  # fmt: skip


BORDER: dict[str, list[dict[str, Any]]] = {
    "places": [place("aa-post"), place("bb-post")],
    "crossings": [crossing("road"), crossing("rail")],
    "activity_codes": [
        code("waiting_queue", "waiting"), code("border_security", "control"),
        code("customs_clearance", "control"), code("veterinary", "control"), code("phytosanitary", "control"),
        code("vehicle_registration", "document"), code("rail_customs", "control"),
        code("rail_locomotive", "movement"), code("gauge_change_transload", "handling"),
    ],
    "countries": [
        {"country": key, "name_en": key, "name_ru": key, "name_kk": key, **WHO} for key in ("AA", "BB")
    ],
    "sources": [{"source": "s", "citation": "s", "licence": "s", "retrieved": DAY}],
    "procedures": [
        step("aa-post", "road", "out", 1, "waiting_queue", mandatory="conditional"),
        step("aa-post", "road", "out", 2, "customs_clearance"),
        step("aa-post", "road", "out", 3, "border_security", party="border_guard"),
        step("aa-post", "road", "out", 4, "veterinary", mandatory="conditional", probability=0.1),
        step("bb-post", "road", "in", 1, "border_security", party="border_guard"),
        step("bb-post", "road", "in", 2, "veterinary", mandatory="conditional", probability=0.5),
        step("bb-post", "road", "in", 3, "customs_clearance"),
        step("bb-post", "road", "in", 4, "vehicle_registration"),
    ],
    "calibrated_steps": [
        timed("aa-post-road-out-2", "*", 4.0), timed("aa-post-road-out-3", "*", 0.5),
        timed("aa-post-road-out-4", "*", 2.0), timed("bb-post-road-in-1", "*", 1.0),
        timed("bb-post-road-in-2", "*", 3.0), timed("bb-post-road-in-3", "*", 9.0, 2019),
        timed("bb-post-road-in-3", "*", 6.0, 2022), timed("bb-post-road-in-4", "*", 1.0),
    ],
}  # fmt: skip
