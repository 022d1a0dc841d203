"""OC4IDS 0.9.5 projects: read into rows of the registers, and written from them.

Question: how do infrastructure projects go to and come from those who publish by the open contracting
standard?
In and out: a JSON package in, a `Taken` out; frames in, a package out.
Method: what the standard has a place for goes there; the whole row goes beside it under `x_daliz`. A
project of ours gives back its rows with title, period and status as the file now has them; any other
becomes a project with its amounts, and the whole of it is carried, so that an export writes it again.
Limits: the standard has the currency's money by finance entries; contracting processes, parties and
metrics of others are carried and not modelled.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from daliz.errors import BadValue
from daliz.model.registers import Refusal, Taken, cells, slug
from daliz.schema import typed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import polars as pl

    from daliz.schema import Row

__all__ = ["TABLES", "read", "write"]

TABLES = ("projects", "project_amounts")
"""Tables whose rows a project carries."""

VERSION = "0.9"
_OURS = "x_daliz"
_STATUS = {
    "idea": "identification",
    "preparation": "preparation",
    "procurement": "preparation",
    "construction": "implementation",
    "operation": "maintenance",
    "completed": "completion",
    "suspended": "implementation",
    "cancelled": "cancelled",
}
_STAGE = {
    "identification": "idea",
    "preparation": "preparation",
    "implementation": "construction",
    "completion": "completed",
    "maintenance": "operation",
    "decommissioning": "completed",
    "decommissioned": "completed",
    "cancelled": "cancelled",
}
_SECTORS = {
    "rail": ["transport", "transport.rail"],
    "road": ["transport", "transport.road"],
    "port": ["transport", "transport.water"],
    "sea": ["transport", "transport.water"],
    "border": ["governance"],
    "terminal": ["transport"],
    "gas": ["energy"],
    "oil": ["energy"],
    "power": ["energy"],
    "nuclear": ["energy"],
    "uranium": ["energy"],
    "water": ["waterAndWaste"],
    "digital": ["communications"],
    "industry": ["economy"],
    "education": ["education"],
    "other": ["economy"],
}
_OF_SECTOR = {
    "transport.rail": "rail",
    "transport.road": "road",
    "transport.water": "port",
    "transport": "other",
    "energy": "power",
    "waterAndWaste": "water",
    "communications": "digital",
    "education": "education",
    "economy": "industry",
}
_FINANCE = {"pledged": "pledged", "committed": "committed", "disbursed": "disbursed"}


def read(path: Path, source: str) -> Taken:
    """Rows of a package of projects (or of one project, or of a list of them).

    Raises
    ------
    BadValue
        when it is no JSON or holds no projects.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadValue("error.oc4ids_json", path=str(path), why=str(error)) from None
    projects = document.get("projects") if isinstance(document, dict) else document
    if projects is None and isinstance(document, dict) and "id" in document:
        projects = [document]
    if not isinstance(projects, list):
        raise BadValue("error.oc4ids_projects", path=str(path))
    taken = Taken()
    for number, one in enumerate(projects):
        _project(one, f"projects/{number}", path.name, source, taken)
    return taken


def rows_of(project: Mapping[str, Any], source: str) -> Taken:
    """Rows of one project."""
    taken = Taken()
    _project(project, "", "", source, taken)
    return taken


def _project(one: Any, at: str, file: str, source: str, taken: Taken) -> None:
    if not isinstance(one, dict) or not isinstance(one.get("id"), str) or not one["id"].strip():
        raw = {"project": json.dumps(one, ensure_ascii=False)}
        taken.refused.append(
            Refusal("projects", file, at, "id", raw, "finding.oc4ids_id", "repair.oc4ids_id")
        )
        return
    ours = one.get(_OURS)
    held = ours.get("rows") if isinstance(ours, dict) else None
    try:
        raws = _held(one, held) if held else [("projects", _foreign(one, source)), *_finances(one, source)]
    except (AttributeError, TypeError, KeyError, ValueError):
        raw = {"project": json.dumps(one, ensure_ascii=False)}
        taken.refused.append(
            Refusal("projects", file, at, "", raw, "finding.oc4ids_shape", "repair.oc4ids_shape")
        )
        return
    made = []
    for name, raw in raws:
        row, misfits = typed(name, raw)
        if misfits:
            column, message, values = misfits[0]
            told = {"column": column, **{key: str(value) for key, value in values.items()}}
            repair = f"repair.{message.removeprefix('finding.')}"
            taken.refused.append(Refusal(name, file, at, column, raw, message, repair, told))
            if name == "projects":
                return
        else:
            made.append((name, row))
    for name, row in made:
        taken.add(name, row)
    if not held:
        taken.carried["oc4ids", slug(one["id"])] = json.dumps(one, ensure_ascii=False, sort_keys=True)


def _held(one: Mapping[str, Any], held: list[Mapping[str, Any]]) -> list[tuple[str, dict[str, str]]]:
    """Rows of ours; the project's title, period and status as the file now has them."""
    found = [(str(row["table"]), {str(key): str(word) for key, word in row["cells"].items()}) for row in held]
    cells_ = found[0][1]
    if one.get("title"):
        cells_["title_en"] = one["title"]
    if one.get("status") and _STATUS.get(cells_.get("stage", "")) != one["status"]:
        cells_["stage"] = _STAGE[one["status"]]
    return found


def _foreign(one: Mapping[str, Any], source: str) -> dict[str, str]:
    """Cells of a project of another publisher."""
    period = one.get("period") or {}
    title = str(one.get("title") or one["id"])
    sectors = [str(word) for word in one.get("sector") or ()]
    known = [_OF_SECTOR[word] for word in reversed(sectors) if word in _OF_SECTOR]
    parties = [
        str(party.get("name") or party.get("id") or "").replace(";", ",")
        for party in one.get("parties") or ()
        if set(party.get("roles") or ()) & {"funder", "publicAuthority", "buyer"}
    ]
    countries = [
        str(
            (place.get("address") or {}).get("countryCode")
            or (place.get("address") or {}).get("country")
            or ""
        )
        for place in one.get("locations") or ()
    ]
    states = [code.upper() for code in dict.fromkeys(countries) if len(code) == 2]
    return {
        "project": slug(one["id"]),
        "source": source,
        "quality": "published",
        **{f"title_{lang}": title for lang in ("kk", "ru", "en")},
        "sector": known[0] if known else "other",
        "stage": _STAGE.get(str(one.get("status")), "idea"),
        "states": ";".join(states) or "XX",
        "sponsors": ";".join(filter(None, dict.fromkeys(parties))),
        "start_planned": str(period.get("startDate") or "")[:10],
        "end_planned": str(period.get("endDate") or "")[:10],
        "note": str(one["id"]),
    }


def _finances(one: Mapping[str, Any], source: str) -> list[tuple[str, dict[str, str]]]:
    """Cells of its budget and of the money behind it."""
    key, budget = slug(one["id"]), one.get("budget") or {}
    told = [("estimate", budget.get("amount"), budget.get("approvalDate") or budget.get("requestDate"), "")]
    told += [
        ("committed", entry.get("value"), None, str((entry.get("financingParty") or {}).get("name") or ""))
        for entry in budget.get("finance") or ()
    ]
    return [
        (
            "project_amounts",
            {
                "amount": f"{key}-oc4ids-{number}",
                "project": key,
                "kind": kind,
                "value": str(value["amount"]),
                "currency": str(value["currency"]),
                "on": str(day or "")[:10],
                "financier": who,
                "source": source,
                "quality": "published",
            },
        )
        for number, (kind, value, day, who) in enumerate(told, 1)
        if value and value.get("amount") is not None and value.get("currency")
    ]


def write(
    frames: Mapping[str, pl.DataFrame],
    path: Path,
    now: dt.datetime,
    publisher: str = "Daliz",
    carried: Mapping[str, str] | None = None,
) -> int:
    """Write the projects of `frames` as a package; returns how many.

    Parameters
    ----------
    frames
        Tables `projects` and `project_amounts`; `places` gives their coordinates where it is there.
    path
        File to write.
    now
        Instant of the export (UTC).
    publisher
        Name of the publisher.
    carried
        Projects as they came, by key.
    """
    amounts = list(frames["project_amounts"].iter_rows(named=True)) if "project_amounts" in frames else []
    places = (
        {row["place"]: row for row in frames["places"].iter_rows(named=True)} if "places" in frames else {}
    )
    projects = []
    for row in frames["projects"].iter_rows(named=True):
        mine = [one for one in amounts if one["project"] == row["project"]]
        came = json.loads(carried[row["project"]]) if carried and row["project"] in carried else None
        if came is not None and _same(came, row, mine):
            projects.append(came)
        else:
            projects.append((came or {}) | _made(row, mine, places, came))
    stamp = now.astimezone(dt.UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
    package = {
        "version": VERSION,
        "uri": "https://daliz.org/registers/projects.json",
        "publishedDate": stamp,
        "publisher": {"name": publisher},
        "projects": projects,
    }
    path.write_text(json.dumps(package, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return len(projects)


def _same(came: Mapping[str, Any], row: Row, amounts: list[Row]) -> bool:
    taken = rows_of(came, str(row["source"]))
    mine = [cells("projects", row), *(cells("project_amounts", one) for one in amounts)]
    theirs = [cells(name, one) for name in TABLES for one in taken.rows.get(name, [])]
    return sorted(map(str, mine)) == sorted(map(str, theirs))


def _made(
    row: Row, amounts: list[Row], places: Mapping[str, Row], came: Mapping[str, Any] | None
) -> dict[str, Any]:
    key = came["id"] if came else f"daliz-{row['project']}"
    made: dict[str, Any] = {
        "id": key,
        "title": row["title_en"],
        "status": _STATUS[row["stage"]],
        "sector": _SECTORS[row["sector"]],
    }
    if row["note"]:
        made["description"] = row["note"]
    period = {
        name: f"{day.isoformat()}T00:00:00Z"
        for name, day in (
            ("startDate", row["start_actual"] or row["start_planned"]),
            ("endDate", row["end_actual"] or row["end_planned"]),
        )
        if day is not None
    }
    if period:
        made["period"] = period
    points = [places[name] for name in row["places"] or () if name in places]
    if points:
        made["locations"] = [
            {
                "id": str(one["place"]),
                "description": str(one["name_en"]),
                "geometry": {"type": "Point", "coordinates": [one["lon"], one["lat"]]},
                "address": {"countryName": str(one["country"])},
            }
            for one in points
        ]
    if row["sponsors"]:
        made["parties"] = [
            {"id": slug(name), "name": name, "roles": ["funder"]} for name in dict.fromkeys(row["sponsors"])
        ]
    budget = _budget(amounts)
    if budget:
        made["budget"] = budget
    made[_OURS] = {
        "rows": [
            {"table": name, "cells": cells(name, one)}
            for name, one in [("projects", row), *(("project_amounts", amount) for amount in amounts)]
        ]
    }
    return made


def _budget(amounts: list[Row]) -> dict[str, Any]:
    """The estimate as the budget, money pledged, bound and paid as finance."""
    made: dict[str, Any] = {}
    estimate = next((one for one in amounts if one["kind"] == "estimate"), None)
    if estimate is not None:
        made["amount"] = {"amount": estimate["value"], "currency": estimate["currency"]}
        if estimate["on"] is not None:
            made["approvalDate"] = f"{estimate['on'].isoformat()}T00:00:00Z"
    finance = [
        {
            "id": str(one["amount"]),
            "title": _FINANCE[one["kind"]],
            "value": {"amount": one["value"], "currency": one["currency"]},
            **({"financingParty": {"name": str(one["financier"])}} if one["financier"] else {}),
        }
        for one in amounts
        if one["kind"] in _FINANCE
    ]
    if finance:
        made["finance"] = finance
    return made
