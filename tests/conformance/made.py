"""A post, its checklists, an agreement and a log small enough to judge with a pencil."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from daliz.regime import Regime
from daliz.schema import table

if TYPE_CHECKING:
    import polars as pl

POST, ABROAD = "kz-altynkol", "cn-khorgos"
"""Clocks of both are whole hours from UTC: +5 and +8."""


def at(day: str, clock: str = "00:00") -> dt.datetime:
    """A moment of 2026 in UTC: `02-03`, `04:30`."""
    return dt.datetime.fromisoformat(f"2026-{day}T{clock}:00+00:00")


def frames() -> dict[str, pl.DataFrame]:
    """Two posts that face each other, a corridor through both, a value of time, a few activities."""
    places = [
        {"place": POST, "name_en": "Altynkol", "name_ru": "Алтынколь", "name_kk": "Алтынкөл", "country": "KZ",
         "timezone": "Asia/Almaty"},
        {"place": ABROAD, "name_en": "Khorgos", "name_ru": "Хоргос", "name_kk": "Қорғас", "country": "CN",
         "timezone": "Asia/Shanghai"},
    ]  # fmt: skip
    return {
        "places": table("places").frame(places),
        "crossings": table("crossings").frame([{"crossing": "kz-cn", "post_a": POST, "post_b": ABROAD}]),
        "corridors": table("corridors").frame(
            [{"corridor": "middle", "name_en": "Middle", "name_ru": "Средний", "name_kk": "Орта",
              "via": [ABROAD, POST]}]
        ),
        "charges": table("charges").frame(
            [{"charge": "time-rail", "code": "value_of_time", "basis": "per_t_h", "modes": ["rail"],
              "amount": 0.5}]
        ),
        "activity_codes": table("activity_codes").frame(
            [{"code": "rail_customs", "name_en": "Customs control of the train",
              "name_ru": "Таможенный контроль поезда", "name_kk": "Пойыздың кедендік бақылауы"}]
        ),
    }  # fmt: skip


def item(code: str, party: str, **more: Any) -> dict[str, Any]:
    """An item of a checklist; its list and number are added later."""
    plain = {
        "code": code, "party": party, "mandatory": "mandatory", "hs": [], "after": [], "most_times": 1,
        "calendar": "24/7", "closed_on_holidays": "no", "stops": [],
        "quality": "assumed", "source": "daliz-assumption",
    }  # fmt: skip
    return plain | more


def checklist(
    name: str, items: list[dict[str, Any]], **more: Any
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A checklist of the post for trains that come in, and its items."""
    row = {
        "checklist": name, "place": POST, "mode": "rail", "direction": "in", "service": "*", "cargo_class":
        "any", "version": 1, "valid_from": dt.date(2026, 1, 1), "valid_to": None, "total_sla_h": None,
        "calendar": "24/7", "closed_on_holidays": "no", "quality": "assumed",
        "source": "daliz-assumption",
    }  # fmt: skip
    numbered = [
        {**one, "item": f"{name}-{seq}", "checklist": name, "seq": seq}
        for seq, one in enumerate(items, start=1)
    ]
    return row | more, numbered


def regime(*lists: tuple[dict[str, Any], list[dict[str, Any]]], recognitions: Any = ()) -> Regime:
    """A regime of some checklists."""
    return Regime.from_tables(
        {
            "checklists": table("checklists").frame([row for row, _ in lists]),
            "checklist_items": table("checklist_items").frame([one for _, items in lists for one in items]),
            "recognitions": table("recognitions").frame(recognitions),
        }
    )


CALENDAR = "Mo-Fr 09:00-18:00"
"""04:00 to 13:00 UTC at the post."""


def small_regime() -> Regime:
    """Five steps; from March customs has three hours, not four; from 10 March China's plant check counts."""

    def items(customs_h: float) -> list[dict[str, Any]]:
        return [
            item("rail_arrival_inspection", "railway", sla_h=2.0),
            item("rail_customs", "customs", sla_h=customs_h, after=["rail_arrival_inspection"],
                 calendar=CALENDAR,
                 stops=["rail_document_errors"], escalate_h=4.5, escalate_to="customs department"),
            item("rail_phytosanitary", "phytosanitary", sla_h=3.0, after=["rail_arrival_inspection"]),
            item("gauge_change_transload", "terminal_operator", sla_h=6.0,
                 after=["rail_customs", "rail_phytosanitary"]),
            item("rail_document_errors", "carrier", mandatory="conditional", most_times=2),
        ]  # fmt: skip

    agreement = {
        "recognition": "kz-cn-plants", "country": "KZ", "partner": "CN", "partner_code": "rail_phytosanitary",
        "code": "rail_phytosanitary", "modes": ["rail"], "hs": [], "cargo_class": "any",
        "valid_from": dt.date(2026, 3, 10), "valid_to": None, "status": "in_force", "quality": "assumed",
        "source": "daliz-assumption",
    }  # fmt: skip
    return regime(
        checklist("post-1", items(4.0), total_sla_h=24.0),
        checklist("post-2", items(3.0), total_sla_h=24.0, version=2, valid_from=dt.date(2026, 3, 1)),
        recognitions=[agreement],
    )


def event(name: str, shipment: str, activity: str, start: Any, end: Any, **more: Any) -> dict[str, Any]:
    """An event at the post, coming in by rail."""
    plain = {
        "event": name, "shipment": shipment, "place": POST, "mode": "rail", "direction": "in",
        "cargo_class": "any", "activity": activity, "start": start, "end": end, "source": "a log",
        "quality": "measured", "status": "stands", "format": "csv", "file": "0", "locator": name,
    }  # fmt: skip
    return plain | more


def events(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows as a frame of the table."""
    return table("events").frame(rows)


CODES = {
    "arrival": "rail_arrival_inspection", "customs": "rail_customs", "plants": "rail_phytosanitary",
    "transload": "gauge_change_transload", "errors": "rail_document_errors",
}  # fmt: skip

LOG = """
S1 02-02 arrival 04:00 05:30 customs 05:30 08:30 plants 05:30 07:00 transload 08:30 13:30
S2 02-02 arrival 09:00 10:00 customs 10:00 +07:30 plants 10:00 14:00 transload +07:30 +12:30
S3 02-03 arrival 03:00 04:00 plants 04:00 05:00 customs 04:00 12:00 errors 06:00 09:00 transload 12:00 17:00
S4 02-04 arrival 04:00 05:00 customs 05:00 07:00 customs 07:00 08:00 wash 08:00 09:00 transload 09:00 12:00
S5 02-05 arrival 04:00 05:00 plants 05:00 06:00 transload 06:00 09:00 customs 09:00 11:00
S6 03-13 arrival 10:00 11:00 customs 11:00 -
S7 03-11 arrival 03:00 04:00 customs 04:00 07:30 transload 07:30 12:00
S8 03-11 arrival 03:00 04:00 customs 04:00 06:00 transload 06:00 07:00
S9 02-06 arrival 04:00 - customs 05:00 06:00 plants 05:00 06:00 transload 06:00 07:00
"""
"""Shipment, day, then activity, begin and end; `+` is the next day, `-` was never logged."""

ASKED_AT = at("03-16", "10:00")
"""A Monday, 15:00 at the post."""


def small_log() -> pl.DataFrame:
    """The log above; S7 was checked for plants in China, S8 by customs there; S4 goes on by a movement."""
    rows = []
    for line in LOG.strip().splitlines():
        shipment, day, *words = line.split()
        for number in range(0, len(words), 3):
            activity, begin, end = words[number : number + 3]
            name = f"{shipment}-{number // 3 + 1}"
            rows.append(
                event(name, shipment, CODES.get(activity, activity), _moment(day, begin), _moment(day, end))
            )
    rows += [
        event("S7-cn", "S7", "rail_phytosanitary", at("03-11", "00:00"), at("03-11", "01:00"), place=ABROAD,
              direction="out"),
        event("S8-cn", "S8", "rail_customs", at("03-11", "00:00"), at("03-11", "01:00"), place=ABROAD,
              direction="out"),
        event("S4-go", "S4", "movement", at("02-04", "13:00"), at("02-05", "13:00"), place=None,
              distance_km=293.0),
        event("late", "S1", "rail_customs", at("03-17"), at("03-18")),
        event("wrong", "S1", "rail_customs", at("02-02"), at("02-03"), status="retracted"),
    ]  # fmt: skip
    promised = {"S1": at("02-02", "13:00"), "S3": at("02-10"), "S6": at("03-15", "10:00")}
    return events([row | {"deadline": promised.get(row["shipment"])} for row in rows])


def _moment(day: str, clock: str) -> dt.datetime | None:
    if clock == "-":
        return None
    return at(day, clock.lstrip("+")) + dt.timedelta(days=clock.startswith("+"))
