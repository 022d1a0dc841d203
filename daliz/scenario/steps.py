"""Removing and adding steps, and adding servers where shipments queue.

Question: what does a step more or less do to a process, and how far do more lanes or cranes shorten a wait?
In and out: an edit on a bench in; changed rows of procedures, calibrated_steps, step_values and facilities
on the bench out, or a refusal.
Method: a step goes with its times and values; an added one is of class assumed. Queueing steps scale by
Wq(after) / Wq(before) (`engine.queues`), arrivals taken from the declared share of busy time.
Limits: the other steps keep the hours they were calibrated to; arrivals stay as they are when the wait
falls, and all of a dwell is taken to be a queue; a weather wait is none, and waits for wagons or on the
neighbour are only scaled when named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from daliz.calibration import SERVICES
from daliz.engine.queues import relative_wait
from daliz.freeze import BERTH_SERVICES
from daliz.scenario.bench import CannotAct
from daliz.scenario.target import one_place, resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from daliz.scenario.bench import Bench
    from daliz.schema import Row

__all__ = ["DEFAULT_UTILISATION", "add_capacity", "add_step", "remove_step", "scale_steps"]

DEFAULT_UTILISATION = 0.85
"""Share of its time that a server is busy where no flow is known; assumed."""

QUEUE_CODES = ("waiting_queue", "rail_busy_facility", "port_dwell", "terminal_dwell")
"""Waiting that a queue for servers causes; other waiting codes scale only when the edit names them."""

WEATHER_CODES = ("port_weather",)
"""Waiting that no server shortens."""

_ASSUMED = {"basis": "assumed", "quality": "assumed", "source": "daliz-assumption"}


def remove_step(bench: Bench) -> None:
    """Take a step out of the processes of a place, or of both posts of a crossing."""
    edit, target = bench.edit, resolve(bench)
    posts: set[tuple[str, str | None]] = {(place, None) for place in target.keys}
    if target.kind == "crossing":
        posts = {
            (str(row[post]), str(row["mode"]))
            for row in bench.rows("crossings") if row["crossing"] in target.keys
            for post in ("post_a", "post_b")
        }  # fmt: skip
    times = {(row["procedure"], row["service"]): row for row in bench.rows("calibrated_steps")}
    whole: list[Row] = []
    parts: list[str] = []
    for row in bench.rows("procedures"):
        if row["code"] != edit["code"] or not ({(row["place"], None), (row["place"], row["mode"])} & posts):
            continue
        if edit["mode"] not in (None, row["mode"]) or edit["direction"] not in (None, row["direction"]):
            continue
        if edit["service"] in (None, row["service"]):
            whole.append(row)
        elif row["service"] == "*" and (row["procedure"], edit["service"]) in times:
            parts.append(str(row["procedure"]))
    if not whole and not parts:
        raise CannotAct(
            "finding.edit_nothing", "repair.edit_nothing", "code", target=edit["target"],
            action=edit["action"],
        )  # fmt: skip
    gone = {str(row["procedure"]) for row in whole}
    for row in whole:
        _keep_terminal(bench, row, gone)
    bench.remove("procedures", sorted(gone))
    for name in ("calibrated_steps", "step_values"):
        _remove_where(bench, name, lambda row: row["procedure"] in gone)
    _remove_where(
        bench, "calibrated_steps", lambda r: r["procedure"] in parts and r["service"] == edit["service"]
    )


def _remove_where(bench: Bench, name: str, chosen: Callable[[Row], bool]) -> None:
    key = {"calibrated_steps": "calibrated", "step_values": "value"}[name]
    bench.remove(name, [str(row[key]) for row in bench.rows(name) if chosen(row)])


def _keep_terminal(bench: Bench, removed: Row, gone: Collection[str]) -> None:
    """Refuse to empty a process at a facility: its handling hours would come back in its place."""
    place, mode, direction = removed["place"], removed["mode"], removed["direction"]
    if not _at_facility(bench, removed):
        return
    change = str(removed["code"]).startswith("gauge_change")
    for row in bench.rows("procedures"):
        alike = (row["place"], row["mode"], row["direction"]) == (place, mode, direction)
        kindred = not change or str(row["code"]).startswith("gauge_change")
        if alike and kindred and row["procedure"] not in gone:
            return
    raise CannotAct(
        "finding.edit_last_step", "repair.edit_last_step", "code", place=place, mode=mode, direction=direction
    )


def _at_facility(bench: Bench, row: Row) -> bool:
    """Whether the step stands for the handling at a facility rather than for a border post."""
    modes = {
        mode for facility in bench.rows("facilities") if facility["place"] == row["place"]
        for mode in (facility["from_mode"], facility["to_mode"])
    }  # fmt: skip
    if row["mode"] == "sea":
        return "sea" in modes
    return bool(modes) and (row["direction"] == "through" or str(row["code"]).startswith("gauge_change"))


def add_step(bench: Bench) -> None:
    """Put a step at the end of a process of one post, port or terminal."""
    edit = bench.edit
    mode, direction, code = (str(edit[name]) for name in ("mode", "direction", "code"))
    place = one_place(bench, mode)
    prior = _code(bench, code, mode)
    service = str(edit["service"] or "*")
    if service not in ("*", *SERVICES[mode]):
        raise CannotAct(
            "finding.enum", "repair.enum", "service", column="service", value=service,
            allowed=", ".join(dict.fromkeys(("*", *SERVICES[mode]))),
        )  # fmt: skip
    process = [
        row for row in bench.rows("procedures")
        if (row["place"], row["mode"], row["direction"]) == (place, mode, direction)
    ]  # fmt: skip
    step: Row = {
        "procedure": f"{place}-{mode}-{direction}-{edit['edit']}-{code}", "place": place, "mode": mode,
        "direction": direction, "service": service, "cargo_class": "any",
        "seq": 1 + max((int(row["seq"]) for row in process), default=0), "code": code,
        "party": edit["party"], "probability": edit["probability"] or 1.0,
        "mandatory": "conditional" if (edit["probability"] or 1.0) < 1 else "mandatory",
        "weight": float(edit["mean_h"]) / float(prior["prior_mean_h"]),
        "source": "daliz-assumption", "quality": "assumed", "note": edit["note"],
    }  # fmt: skip
    _passed(bench, step, process)
    bench.add("procedures", [step])
    bench.add(
        "calibrated_steps",
        [
            {"calibrated": f"{step['procedure']}|{name}|", "procedure": step["procedure"], "service": name,
             "year": None, "mean_h": float(edit["mean_h"]), "cv": float(prior["prior_cv"]), **_ASSUMED}
            for name in (SERVICES[mode] if service == "*" else (service,))
        ],
    )  # fmt: skip


def _code(bench: Bench, code: str, mode: str) -> Row:
    codes = {str(row["code"]): row for row in bench.rows("activity_codes")}
    if code not in codes:
        raise CannotAct(
            "finding.edit_code", "repair.edit_code", "code", code=code,
            allowed=", ".join(key for key, row in codes.items() if row["mode"] in (mode, "any")),
        )  # fmt: skip
    if codes[code]["mode"] not in (mode, "any"):
        raise CannotAct(
            "finding.edit_code_mode", "repair.edit_code", "code", code=code, found=codes[code]["mode"],
            mode=mode,
            allowed=", ".join(key for key, row in codes.items() if row["mode"] in (mode, "any")),
        )  # fmt: skip
    return codes[code]


def _passed(bench: Bench, step: Row, process: list[Row]) -> None:
    """Refuse a step that no shipment would meet, or that would stand alone for a facility's handling."""
    place, mode, direction = step["place"], step["mode"], step["direction"]
    change = str(step["code"]).startswith("gauge_change")
    if _at_facility(bench, step):
        if change:
            process = [row for row in process if str(row["code"]).startswith("gauge_change")]
        if not process:
            raise CannotAct(
                "finding.edit_first_step", "repair.edit_first_step", "direction",
                place=place, mode=mode, direction=direction,
            )  # fmt: skip
        return
    posts = {
        row[post] for row in bench.rows("crossings") if row["mode"] == mode for post in ("post_a", "post_b")
    }
    if direction == "through" or mode == "sea" or change or place not in posts:
        raise CannotAct(
            "finding.edit_no_process", "repair.edit_no_process", "direction",
            place=place, mode=mode, direction=direction,
        )  # fmt: skip


def add_capacity(bench: Bench) -> None:
    """Shorten the queueing steps of a place, or of the modes of one facility, by more servers."""
    edit, target = bench.edit, resolve(bench)
    facilities = [
        row for row in bench.rows("facilities")
        if row["facility" if target.kind == "facility" else "place"] in target.keys
    ]  # fmt: skip
    places = {str(row["place"]) for row in facilities} if target.kind == "facility" else set(target.keys)
    modes = {str(row[end]) for row in facilities for end in ("from_mode", "to_mode")}
    named = str(edit["code"]) if edit["code"] else None
    if named in WEATHER_CODES:
        raise CannotAct("finding.edit_weather", "repair.edit_weather", "code", code=named)
    codes = {
        str(row["code"]) for row in bench.rows("activity_codes")
        if row["group"] == "waiting" and row["code"] in ((named,) if named else QUEUE_CODES)
    }  # fmt: skip
    queueing = [
        str(row["procedure"]) for row in bench.rows("procedures")
        if row["place"] in places and row["code"] in codes
        and edit["mode"] in (None, row["mode"]) and edit["direction"] in (None, row["direction"])
        and (target.kind == "place" or row["mode"] in modes)
    ]  # fmt: skip
    if not queueing:
        raise CannotAct(
            "finding.edit_no_waiting", "repair.edit_no_waiting", target=edit["target"],
            codes=", ".join((named,) if named else QUEUE_CODES),
        )  # fmt: skip
    servers, added = _servers_now(bench, facilities), int(edit["servers"])
    utilisation = float(edit["utilisation"] or DEFAULT_UTILISATION)
    ratio = relative_wait(servers, added, utilisation)
    ships = BERTH_SERVICES.get(str(facilities[0]["kind"])) if target.kind == "facility" else None
    for service in ships or (None,):
        scale_steps(bench, queueing, service, ratio)
    if len(facilities) == 1 and facilities[0]["capacity"]:
        capacity = float(facilities[0]["capacity"]) * (servers + added) / servers
        bench.put("facilities", {str(facilities[0]["facility"]): {"capacity": capacity}})
    bench.remark(
        "note", "finding.edit_arrivals", "repair.edit_arrivals", "utilisation", utilisation=utilisation,
        servers=servers, target=edit["target"], ratio=f"{ratio:.1%}",
    )  # fmt: skip


def _servers_now(bench: Bench, facilities: list[Row]) -> int:
    """Servers of today: as the edit says, else the berths of the one facility there is."""
    if bench.edit["servers_now"]:
        return int(bench.edit["servers_now"])
    berths = [row["capacity"] for row in facilities if row["capacity_unit"] == "berths" and row["capacity"]]
    if len(facilities) != 1 or len(berths) != 1:
        raise CannotAct(
            "finding.edit_servers", "repair.edit_servers", "servers_now", target=bench.edit["target"]
        )
    return int(berths[0])


def scale_steps(bench: Bench, procedures: Collection[str], service: str | None, ratio: float) -> None:
    """Multiply the hours of steps, for one service class or all; what results is assumed.

    Values measured or published for the step itself scale with it, so that every ground shows the edit;
    an SLA is a promise and stays.
    """
    bench.put(
        "calibrated_steps",
        {
            str(row["calibrated"]): {"mean_h": float(row["mean_h"]) * ratio, **_ASSUMED}
            for row in bench.rows("calibrated_steps")
            if row["procedure"] in procedures and service in (None, row["service"])
        },
    )
    if service is None:
        bench.put(
            "step_values",
            {
                str(row["value"]): {"mean": float(row["mean"]) * ratio, "quality": "assumed"}
                for row in bench.rows("step_values")
                if row["procedure"] in procedures and row["quantity"] == "time_h" and row["basis"] != "sla"
            },
        )
