"""Draught and prices.

Question: what do fewer centimetres of water do to what a ship carries, and so to price and wait?
In and out: an edit on a bench in; changed sailings, tariffs and dwell steps on the bench out, or refusals.
Method: tonnes lost are payload per centimetre times centimetres; the sailing carries so much less, the
same voyage is paid by fewer units, so its tariff grows by old over new capacity, and the wait for space
with it: the sailing's own, and the dwell step of both ports by the mean over their departures.
Limits: payload is lost only where the draught a full ship needs exceeds the one allowed; the allowed one is
not known, so ships are assumed to be full to the water there is today, which is said with every edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from daliz.scenario.bench import CannotAct
from daliz.scenario.steps import scale_steps
from daliz.scenario.target import resolve

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from daliz.scenario.bench import Bench
    from daliz.schema import Row

__all__ = ["draught", "price"]

TRUCK_T = 38.0
"""Loaded truck on deck, within the usual limit of 40 t; assumed."""

WAGON_T = 85.0
"""Loaded four-axle wagon of 1520 mm on a rail ferry, within 23.5 t an axle; assumed."""

LARGEST_LOSS = 0.5
"""Share of the load beyond which payload per centimetre is not extrapolated: such a ship was not full to
the water, or would not sail; assumed."""

BOX_TARE_T = 2.3
"""Empty 20-foot container, added to the payload of the service; assumed."""


def draught(bench: Bench) -> None:
    """Change what ships carry at a port, on a link or on one sailing, with tariff and wait."""
    target = resolve(bench)
    links = {str(row["link"]): row for row in bench.rows("links")}
    running = [row for row in bench.rows("sailings") if row["status"] != "closed"]
    ratios: dict[str, float] = {}
    concerned = [row for row in running if _concerns(row, target.kind, target.keys, links)]
    for row in concerned:
        if bench.edit["service"] in (None, row["service"]):
            ratio = _old_over_new(bench, row)
            if ratio is not None:
                ratios[str(row["sailing"])] = ratio
    if not ratios:
        raise CannotAct(
            "finding.edit_nothing", "repair.edit_nothing", target=bench.edit["target"],
            action=bench.edit["action"],
        )  # fmt: skip
    changed = [row for row in concerned if row["sailing"] in ratios]
    bench.put("sailings", {str(row["sailing"]): _loaded(bench, row, ratios) for row in changed})
    for service, link in sorted({(str(row["service"]), str(row["link"])) for row in changed}):
        alike = [row for row in running if (row["service"], row["link"]) == (service, link)]
        scale_tariff(bench, service, "link", link, _mean_ratio(alike, ratios))
    ports = {
        (str(links[str(row["link"])][end]), str(row["service"]))
        for row in changed for end in ("from_place", "to_place")
    }  # fmt: skip
    for port, service in sorted(ports):
        calls = [
            row for row in running
            if row["service"] == service and port in _ends(links[str(row["link"])])
        ]  # fmt: skip
        scale_steps(bench, _dwells(bench, port), service, _mean_ratio(calls, ratios))
    bench.remark(
        "note", "finding.edit_draught", "repair.edit_draught", "change_cm",
        truck=TRUCK_T, wagon=WAGON_T, tare=BOX_TARE_T,
    )  # fmt: skip


def _ends(link: Row) -> tuple[str, str]:
    return str(link["from_place"]), str(link["to_place"])


def _concerns(sailing: Row, kind: str, keys: tuple[str, ...], links: Mapping[str, Row]) -> bool:
    if kind == "sailing":
        return sailing["sailing"] in keys
    if kind == "link":
        return sailing["link"] in keys
    return any(end in keys for end in _ends(links[str(sailing["link"])]))


def _old_over_new(bench: Bench, row: Row) -> float | None:
    """Capacity of today over that of the scenario; None, with a remark, where it cannot be told."""
    change_cm = float(bench.edit["change_cm"])
    sailing, unit = str(row["sailing"]), str(row["capacity_unit"])
    unit_t = _unit_t(bench, str(row["service"]), unit)
    if not (row["draught_m"] and row["payload_t_per_cm"] and row["capacity"] and unit_t):
        bench.remark("warning", "finding.edit_no_draught", "repair.edit_no_draught", sailing=sailing)
        return None
    if change_cm > 0 and unit != "t":
        bench.remark(
            "warning", "finding.edit_slots", "repair.edit_slots", "change_cm", sailing=sailing,
            capacity=row["capacity"], unit=unit,
        )  # fmt: skip
        return None
    today_t = float(row["capacity"]) * unit_t
    new_t = today_t + float(row["payload_t_per_cm"]) * change_cm
    if new_t < (1 - LARGEST_LOSS) * today_t:
        bench.remark(
            "warning", "finding.edit_no_payload", "repair.edit_no_payload", "change_cm", sailing=sailing,
            change_cm=change_cm, loss=f"{min(1.0, 1 - new_t / today_t):.0%}",
        )  # fmt: skip
        return None
    return today_t / new_t


def _unit_t(bench: Bench, service: str, unit: str) -> float | None:
    """Tonnes on board of one unit of capacity."""
    if unit == "TEU":
        payload = {str(row["service"]): row["payload_t_per_teu"] for row in bench.rows("services")}
        return float(payload[service]) + BOX_TARE_T
    return {"t": 1.0, "trucks": TRUCK_T, "wagons": WAGON_T}.get(unit)


def _loaded(bench: Bench, row: Row, ratios: Mapping[str, float]) -> dict[str, object]:
    ratio = ratios[str(row["sailing"])]
    cells: dict[str, object] = {
        "capacity": float(row["capacity"]) / ratio,
        "draught_m": float(row["draught_m"]) + float(bench.edit["change_cm"]) / 100,
    }
    if row["vessel_wait_h"]:
        cells["vessel_wait_h"] = float(row["vessel_wait_h"]) * ratio
    return cells


def _mean_ratio(sailings: Iterable[Row], ratios: Mapping[str, float]) -> float:
    """Mean of old over new capacity by departures; a sailing without change counts as 1."""
    weighed = [(float(row["frequency_per_week"]), ratios.get(str(row["sailing"]), 1.0)) for row in sailings]
    return sum(often * ratio for often, ratio in weighed) / sum(often for often, _ in weighed)


def _dwells(bench: Bench, port: str) -> set[str]:
    """Steps in which cargo waits for a vessel at a port; there stands the wait that sailings leave out."""
    return {
        str(row["procedure"]) for row in bench.rows("procedures")
        if (row["place"], row["mode"], row["direction"], row["code"]) == (port, "sea", "out", "port_dwell")
    }  # fmt: skip


def price(bench: Bench) -> None:
    """Multiply the tariffs of a service, of the services in a state, or of those on a sea link."""
    target, edit = resolve(bench), bench.edit
    factor = float(edit["factor"])
    wanted = [
        str(row["service"]) for row in bench.rows("services")
        if edit["service"] in (None, row["service"]) and edit["mode"] in (None, row["mode"])
    ]  # fmt: skip
    if target.kind == "service":
        tariffs = [row for row in bench.rows("tariffs") if row["service"] in set(target.keys) & set(wanted)]
        bench.put(
            "tariffs", {str(row["tariff"]): {"amount": float(row["amount"]) * factor} for row in tariffs}
        )
        return
    if target.kind == "link":
        running = {str(row["service"]) for row in bench.rows("sailings") if row["link"] in target.keys}
    else:
        running = {str(row["service"]) for row in bench.rows("services") if row["mode"] != "sea"}
    if not running & set(wanted):
        raise CannotAct(
            "finding.edit_nothing", "repair.edit_nothing", target=edit["target"], action=edit["action"]
        )
    for key in target.keys:
        for service in sorted(running & set(wanted)):
            scale_tariff(bench, service, target.kind, key, factor)


def scale_tariff(bench: Bench, service: str, column: str, key: str, ratio: float) -> None:
    """Multiply the tariff of a service on one link or in one country.

    Where only the tariff for everywhere applies, a row of its own is made from it, class assumed.
    """
    mine = [row for row in bench.rows("tariffs") if row["service"] == service]
    own = [row for row in mine if row[column] == key]
    if own:
        bench.put("tariffs", {str(row["tariff"]): {"amount": float(row["amount"]) * ratio} for row in own})
        return
    general = [row for row in mine if not row["link"] and row["country"] in (None, "*")]
    bench.add(
        "tariffs",
        [
            {**row, "country": None, "link": None, column: key, "amount": float(row["amount"]) * ratio,
             "tariff": f"{row['tariff']}-{key.casefold()}-{bench.edit['edit']}", "quality": "assumed",
             "note": bench.edit["note"]}
            for row in general
        ],
    )  # fmt: skip
