"""The checklists in force, as tables, as YAML and by day.

Question: which checklist does a shipment of this service and cargo class meet at this place on this day, and
do all of them together make sense?
In and out: the tables `checklists`, `checklist_items` and `recognitions` (frames, a CSV folder or YAML) in;
a frozen `Regime` out, and from it one `Checklist` by day, tables, YAML and findings.
Method: of the checklists whose service and cargo class fit, what a user hands in comes before what is
curated, and that before what is derived from procedures; then the more specific one; then the later version.
Limits: a checklist names one place; a rule for a whole state is written once for each of its posts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from daliz.errors import BadTable, Finding
from daliz.schema import Row, check_keys, table

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    import polars as pl

__all__ = ["CURATED", "DERIVED", "OWN", "TABLES", "Checklist", "Regime"]

TABLES = ("checklists", "checklist_items", "recognitions")
DERIVED, CURATED, OWN = 0, 1, 2
"""Ranks of a checklist: put together from procedures, curated with a source, handed in by the user."""


@dataclass(frozen=True)
class Checklist:
    """One version of a checklist: its row, its items in order, and its rank."""

    row: Mapping[str, Any]
    items: tuple[Row, ...]
    rank: int = CURATED

    @property
    def id(self) -> str:
        """Identifier."""
        return str(self.row["checklist"])

    @property
    def key(self) -> tuple[str, str, str]:
        """Mode with direction, service class, cargo class: what it is for at its place."""
        return (f"{self.row['mode']}:{self.row['direction']}", self.row["service"], self.row["cargo_class"])

    def item(self, code: str) -> Row | None:
        """The item with an activity code, or None."""
        return next((item for item in self.items if item["code"] == code), None)

    def in_force(self, day: dt.date) -> bool:
        """Whether the day lies between its first and its last."""
        last = self.row["valid_to"]
        return bool(self.row["valid_from"] <= day and (last is None or day <= last))

    def fits(self, service: str, cargo_class: str) -> bool:
        """Whether it is for this service and class, or for all."""
        return self.row["service"] in ("*", service) and self.row["cargo_class"] in ("any", cargo_class)

    @property
    def _precedence(self) -> tuple[int, int, int]:
        special = 2 * (self.row["service"] != "*") + (self.row["cargo_class"] != "any")
        return self.rank, special, int(self.row["version"])


@dataclass(frozen=True)
class Regime:
    """Checklists and recognition agreements; nothing in it changes.

    `recognitions` are rows of the table of that name.
    """

    checklists: tuple[Checklist, ...]
    recognitions: tuple[Row, ...] = ()

    @classmethod
    def from_frames(cls, frames: Mapping[str, pl.DataFrame]) -> Regime:
        """The curated checklists over those derived from `procedures`, where these are among the frames."""
        from daliz.regime.baseline import baseline

        own = cls.from_tables(frames, CURATED)
        return own.over(baseline(frames)) if "procedures" in frames else own

    @classmethod
    def from_tables(cls, frames: Mapping[str, pl.DataFrame], rank: int = CURATED) -> Regime:
        """The three tables as they are; an absent one is empty."""
        items: dict[str, list[Row]] = defaultdict(list)
        for item in _rows(frames, "checklist_items"):
            items[item["checklist"]].append(item)
        lists = tuple(
            Checklist(row, tuple(sorted(items[row["checklist"]], key=lambda item: item["seq"])), rank)
            for row in _rows(frames, "checklists")
        )
        return cls(lists, tuple(_rows(frames, "recognitions")))

    @classmethod
    def from_file(cls, path: Path) -> Regime:
        """A YAML file, a CSV folder or the `checklists.csv` of one, of the user's own.

        Raises
        ------
        BadTable
            when something does not fit; names file, line, item, column and repair.
        BadValue
            when the file cannot be read.
        """
        from daliz.regime.sheet import read

        tables, findings = read(path)
        if findings:
            raise BadTable(findings)
        return cls.from_tables(tables, OWN)

    def over(self, other: Regime) -> Regime:
        """Both together; a checklist of `other` with an id of ours gives way."""
        ours = {one.id for one in self.checklists}
        kept = {row["recognition"] for row in self.recognitions}
        return Regime(
            self.checklists + tuple(one for one in other.checklists if one.id not in ours),
            self.recognitions + tuple(row for row in other.recognitions if row["recognition"] not in kept),
        )

    def to_tables(self) -> dict[str, pl.DataFrame]:
        """The three declared tables."""
        rows: dict[str, Iterable[Mapping[str, object]]] = {
            "checklists": [one.row for one in self.checklists],
            "checklist_items": [item for one in self.checklists for item in one.items],
            "recognitions": self.recognitions,
        }
        return {name: table(name).frame(rows[name]) for name in TABLES}

    def to_yaml(self) -> str:
        """One document a checklist or agreement, as `from_file` reads it."""
        from daliz.regime.sheet import write

        return write(self)

    @cached_property
    def _at(self) -> dict[tuple[str, str, str], list[Checklist]]:
        found: dict[tuple[str, str, str], list[Checklist]] = defaultdict(list)
        for one in self.checklists:
            found[one.row["place"], one.row["mode"], one.row["direction"]].append(one)
        return found

    def valid(
        self,
        place: str,
        mode: str,
        direction: str,
        day: dt.date,
        service: str = "*",
        cargo_class: str = "any",
    ) -> Checklist | None:
        """The checklist that holds at a place on a day, or None where there is none.

        Parameters
        ----------
        place, mode, direction
            Place id, `rail|road|sea`, `in|out|through`.
        day
            Day of arrival in the clock of the place.
        service, cargo_class
            What the shipment is; `*` and `any` where that is not known: then only checklists for all count.
        """
        fitting = [
            one
            for one in self._at.get((place, mode, direction), ())
            if one.in_force(day) and one.fits(service, cargo_class)
        ]
        return max(fitting, key=lambda one: one._precedence, default=None)  # noqa: SLF001

    def at(self, place: str, day: dt.date, movement: str = "") -> tuple[Checklist, ...]:
        """All checklists that hold at a place on a day, one for each service and class told apart there.

        `movement` keeps one mode or one mode with its direction: `rail`, `rail:in`.
        """
        held: dict[str, Checklist] = {}
        for (where, mode, direction), lists in self._at.items():
            if where != place or not f"{mode}:{direction}:".startswith(f"{movement}:" if movement else ""):
                continue
            for service, cargo_class in sorted({one.key[1:] for one in lists}):
                best = self.valid(place, mode, direction, day, service, cargo_class)
                if best is not None:
                    held[best.id] = best
        return tuple(sorted(held.values(), key=lambda one: one.key))

    def check(self, frames: Mapping[str, pl.DataFrame] | None = None) -> list[Finding]:
        """What does not make sense in it; with the `frames` of a network also names it does not know."""
        found = [finding for one in self.checklists for finding in _misfits(one)]
        found += self._overlaps()
        for row in self.recognitions:
            if row["country"] == row["partner"]:
                found.append(_finding("error", "recognitions", row["recognition"], "self", {}))
            if row["valid_to"] is not None and row["valid_to"] < row["valid_from"]:
                found.append(_finding("error", "recognitions", row["recognition"], "days", {}))
        if frames is not None:
            found += self._unknown(frames)
        return found

    def _overlaps(self) -> Iterator[Finding]:
        versions: dict[tuple[object, ...], list[Checklist]] = defaultdict(list)
        for one in self.checklists:
            versions[one.row["place"], *one.key, one.rank].append(one)
        for lists in versions.values():
            for earlier, later in pairwise(sorted(lists, key=lambda one: (one.row["version"], one.id))):
                values = {"other": earlier.id, "date": str(later.row["valid_from"])}
                if earlier.row["version"] == later.row["version"]:
                    if _meet(earlier, later):
                        yield _finding("error", "checklists", later.id, "version_twice", values)
                elif later.row["valid_from"] <= earlier.row["valid_from"]:
                    yield _finding("error", "checklists", later.id, "version_order", values)
                elif earlier.row["valid_to"] is not None and _meet(earlier, later):
                    yield _finding("warning", "checklists", later.id, "overlap", values)

    def _unknown(self, frames: Mapping[str, pl.DataFrame]) -> Iterator[Finding]:
        tables = self.to_tables()
        for finding in check_keys({**frames, **tables}):
            if finding.table in TABLES:
                yield replace(finding, level="warning") if finding.values["column"] == "source" else finding
        codes = set(frames["activity_codes"]["code"].to_list())
        for one in self.checklists:
            for item in one.items:
                for column in ("after", "stops"):
                    for code in [code for code in item[column] or [] if code not in codes]:
                        values = {"column": column, "value": code, "target": "activity_codes"}
                        yield Finding(
                            "error", "checklist_items", item["item"], "finding.dangling",
                            "repair.dangling", values,
                        )  # fmt: skip


def _rows(frames: Mapping[str, pl.DataFrame], name: str) -> Iterable[Row]:
    return frames[name].iter_rows(named=True) if name in frames else ()


def _meet(one: Checklist, other: Checklist) -> bool:
    """Whether some day lies in both."""
    first = max(one.row["valid_from"], other.row["valid_from"])
    return one.in_force(first) and other.in_force(first)


_KEYS = {
    "no_items": ("finding.regime_no_items", "repair.regime_no_items"),
    "days": ("finding.regime_days", "repair.regime_days"),
    "self": ("finding.regime_self", "repair.regime_self"),
    "code_twice": ("finding.regime_code_twice", "repair.regime_code_twice"),
    "after_absent": ("finding.regime_after_absent", "repair.regime_after_absent"),
    "circle": ("finding.regime_circle", "repair.regime_circle"),
    "longer": ("finding.regime_longer", "repair.regime_longer"),
    "escalation": ("finding.regime_escalation", "repair.regime_escalation"),
    "version_twice": ("finding.regime_version_twice", "repair.regime_version_twice"),
    "version_order": ("finding.regime_version_order", "repair.regime_version_order"),
    "overlap": ("finding.regime_overlap", "repair.regime_overlap"),
}


def _finding(level: str, name: str, row: str, kind: str, values: Mapping[str, object]) -> Finding:
    message, repair = _KEYS[kind]
    return Finding("error" if level == "error" else "warning", name, row, message, repair, values)


def _misfits(one: Checklist) -> Iterator[Finding]:
    """What a checklist says against itself."""
    last, total = one.row["valid_to"], one.row["total_sla_h"]
    if last is not None and last < one.row["valid_from"]:
        yield _finding("error", "checklists", one.id, "days", {})
    if not one.items:
        yield _finding("error", "checklists", one.id, "no_items", {})
    codes = Counter(item["code"] for item in one.items)
    for item in one.items:
        where = item["item"]
        if codes[item["code"]] > 1:
            yield _finding("error", "checklist_items", where, "code_twice", {"code": item["code"]})
        for code in [code for code in item["after"] or [] if code not in codes]:
            yield _finding("error", "checklist_items", where, "after_absent", {"code": code})
        if item["sla_h"] is not None and total is not None and item["sla_h"] > total:
            values = {"sla_h": item["sla_h"], "total_h": total}
            yield _finding("warning", "checklist_items", where, "longer", values)
        if item["escalate_h"] is not None and item["sla_h"] is None:
            yield _finding("error", "checklist_items", where, "escalation", {})
    circle = _circle({item["code"]: item["after"] or [] for item in one.items})
    if circle:
        yield _finding("error", "checklists", one.id, "circle", {"codes": ", ".join(circle)})


def _circle(after: Mapping[str, list[str]]) -> list[str]:
    """Codes that wait for each other, or none."""
    left = dict(after)
    while True:
        free = [code for code, waits in left.items() if not any(other in left for other in waits)]
        if not free:
            return sorted(left)
        for code in free:
            del left[code]
