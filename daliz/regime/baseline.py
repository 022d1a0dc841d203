"""Checklists that follow from the procedures, for every place that has no curated one.

Question: where nobody has written the checklist down, what does the network already say of it?
In and out: frames with `procedures`, `step_values`, `activity_codes` and `crossings` in; a `Regime` out.
Method: one checklist for each service and cargo class told apart at a place, and one for a shipment of which
neither is known. It asks for what is mandatory for all whom it concerns and lets the rest happen. A step
whose code occurs in several rows may happen as often. Mandatory controls and documents follow each other as
in the procedure; those that only some shipments meet come when they are called for. A standard is taken only
from a value with the basis `sla`, from the first day of its year, as a new version.
Limits: no standard is made up: most items have none. The first day is a convention where the rows tell none.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING

from daliz.regime.holder import DERIVED, Checklist, Regime

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import polars as pl

    from daliz.schema import Row

__all__ = ["FIRST_DAY", "baseline"]

FIRST_DAY = dt.date(2000, 1, 1)
"""First day of a derived checklist whose rows tell none."""

SOURCE = "daliz-derivation"
_ORDERED = ("control", "document")
_CLASSES = ("measured", "published", "derived", "assumed")
_Process = tuple[str, str, str]


def baseline(frames: Mapping[str, pl.DataFrame]) -> Regime:
    """Checklists of rank derived for every place, mode and direction of `procedures`."""
    groups = dict(zip(frames["activity_codes"]["code"], frames["activity_codes"]["group"], strict=True))
    standards = _standards(frames["step_values"])
    calendars = _calendars(frames["crossings"])
    processes: dict[_Process, list[Row]] = defaultdict(list)
    for row in frames["procedures"].sort("place", "mode", "direction", "seq").iter_rows(named=True):
        processes[row["place"], row["mode"], row["direction"]].append(row)
    lists: list[Checklist] = []
    for process, rows in processes.items():
        for service, cargo_class in _told_apart(rows):
            maker = _Maker(process, service, cargo_class, groups, calendars.get(process[:2]))
            lists += maker.versions(rows, standards)
    return Regime(tuple(lists))


def _standards(values: pl.DataFrame) -> dict[str, list[Row]]:
    """Values with the basis `sla` by procedure."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in values.iter_rows(named=True):
        if row["basis"] == "sla" and row["quantity"] == "time_h":
            found[row["procedure"]].append(row)
    return found


def _calendars(crossings: pl.DataFrame) -> dict[tuple[str, str], tuple[str, str]]:
    """Opening hours that a source tells, by post and mode; posts whose crossings disagree are left out."""
    told: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for row in crossings.iter_rows(named=True):
        for side in ("a", "b"):
            shut = "yes" if row["closed_on_holidays"] in (side, "both") else "no"
            known = row["hours_quality"] != "assumed"
            told[row[f"post_{side}"], row["mode"]].add(
                (row[f"hours_{side}"], shut) if known else ("24/7", "no")
            )
    return {post: next(iter(hours)) for post, hours in told.items() if len(hours) == 1}


def _told_apart(rows: Iterable[Row]) -> list[tuple[str, str]]:
    pairs = {("*", "any")}
    for row in rows:
        pairs |= {(row["service"], "any"), (row["service"], row["cargo_class"])}
    return sorted(pairs)


class _Maker:
    """Versions of the checklist of one service and cargo class at one process."""

    def __init__(
        self,
        process: _Process,
        service: str,
        cargo_class: str,
        groups: Mapping[str, str],
        calendar: tuple[str, str] | None,
    ) -> None:
        self.process, self.service, self.cargo_class = process, service, cargo_class
        self.groups = groups
        self.calendar, self.shut = calendar or ("24/7", "no")

    def versions(self, rows: list[Row], standards: Mapping[str, list[Row]]) -> list[Checklist]:
        """A version for each stretch of days in which the steps and their standards stay the same."""
        mine = [row for row in rows if self._may_concern(row)]
        days = _turning_days(mine, standards)
        stretches: list[tuple[dt.date, list[Row]]] = []
        for day in days:
            here = [row for row in mine if _holds(row, day)]
            items = self._items(here, {row["service"] for row in rows if _holds(row, day)} - {"*"})
            items = [item | _standard(item.pop("_rows"), standards, day) for item in items]
            if not stretches or stretches[-1][1] != items:
                stretches.append((day, items))
        ends = [day - dt.timedelta(days=1) for day, _ in stretches[1:]]
        return [
            self._checklist(number, day, end, items)
            for number, ((day, items), end) in enumerate(zip(stretches, [*ends, None], strict=True), start=1)
            if items
        ]

    def _may_concern(self, row: Row) -> bool:
        return (self.service == "*" or row["service"] in ("*", self.service)) and (
            self.cargo_class == "any" or row["cargo_class"] in ("any", self.cargo_class)
        )

    def _items(self, here: list[Row], services: set[str]) -> list[Row]:
        by_code: dict[str, list[Row]] = defaultdict(list)
        for row in here:
            by_code[row["code"]].append(row)
        items: list[Row] = []
        before = ""
        for code, same in by_code.items():
            asked = self._asked_of_all(same, services)
            first = next((row for row in same if row["mandatory"] == "mandatory"), same[0])
            ordered = self.groups.get(code) in _ORDERED
            times = max(sum(1 for row in same if row["service"] in ("*", one)) for one in services or {"*"})
            items.append(
                {
                    "code": code, "party": first["party"],
                    "mandatory": "mandatory" if asked else "conditional", "hs": [],
                    "after": [before] if ordered and asked and before else [], "most_times": max(1, times),
                    "sla_h": None, "calendar": self.calendar, "closed_on_holidays": self.shut, "stops": [],
                    "escalate_h": None, "escalate_to": None, "source": first["source"],
                    "quality": first["quality"], "note": first["note"], "_rows": same,
                }
            )  # fmt: skip
            if ordered and asked:
                before = code
        return items

    def _asked_of_all(self, same: list[Row], services: set[str]) -> bool:
        """Whether every shipment that this checklist may meet must pass the step."""
        asked = {
            row["service"]
            for row in same
            if row["mandatory"] == "mandatory" and row["cargo_class"] in ("any", self.cargo_class)
        }
        wanted = services if self.service == "*" else {self.service}
        return "*" in asked or (bool(wanted) and wanted <= asked)

    def _checklist(self, version: int, first: dt.date, last: dt.date | None, items: list[Row]) -> Checklist:
        place, mode, direction = self.process
        parts = [place, mode, direction]
        parts += [part for part in (self.service, self.cargo_class) if part not in ("*", "any")]
        name = "-".join([*parts, f"v{version}"])
        worst = max((item["quality"] for item in items), key=_CLASSES.index)
        row = {
            "checklist": name, "place": place, "mode": mode, "direction": direction, "service": self.service,
            "cargo_class": self.cargo_class, "version": version, "valid_from": first, "valid_to": last,
            "total_sla_h": None, "calendar": self.calendar, "closed_on_holidays": self.shut, "source": SOURCE,
            "quality": worst, "note": None,
        }  # fmt: skip
        numbered = [
            {"item": f"{name}-{item['code']}", "checklist": name, "seq": seq} | item
            for seq, item in enumerate(items, start=1)
        ]
        return Checklist(row, tuple(numbered), DERIVED)


def _turning_days(rows: Iterable[Row], standards: Mapping[str, list[Row]]) -> list[dt.date]:
    """Days from which steps or standards change, the first day of all among them."""
    days = {FIRST_DAY}
    for row in rows:
        days |= {row["valid_from"]} if row["valid_from"] else set()
        days |= {row["valid_to"] + dt.timedelta(days=1)} if row["valid_to"] else set()
        days |= {dt.date(value["year"], 1, 1) for value in standards.get(row["procedure"], ())}
    return sorted(days)


def _holds(row: Row, day: dt.date) -> bool:
    first, last = row["valid_from"], row["valid_to"]
    return (first is None or first <= day) and (last is None or day <= last)


def _standard(rows: Iterable[Row], standards: Mapping[str, list[Row]], day: dt.date) -> Row:
    """The latest standard known for the step by then; of several of one year the most lenient."""
    told = [
        value for row in rows for value in standards.get(row["procedure"], ()) if value["year"] <= day.year
    ]
    if not told:
        return {}
    value = max(told, key=lambda one: (one["year"], one["mean"]))
    if not value["mean"] > 0:
        return {}
    return {
        "sla_h": value["mean"], "source": value["source"], "quality": value["quality"], "note": value["note"]
    }  # fmt: skip
