"""National plans docked: works by year, pace, and works that end at a border where nobody goes on.

Question: what will be open in which year, is it built fast enough, and which plan ends at a wall?
In and out: frames of `planned_works` and `links` in; a `Docking` out: works by year, lines open by a year,
pace and findings.
Method: classes of work are counted apart and never added to each other; a work that is part of another
counts once. Pace is what is done a year since the start against what is left a year until the end. A work
that names a border is docked when it names a crossing that is open already, or when a work of the other
state names the same border, opens no later and has the same gauge.
Limits: years, not days: plans of states are told by year. Lengths told as "up to" make an interval.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daliz.errors import Finding
from daliz.i18n import LANGUAGES, text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    import polars as pl

    from daliz.schema import Row

__all__ = ["CLASSES", "TABLES", "Docking"]

TABLES = ("planned_works", "links", "crossings", "places", "countries", "sources", "evidence_commitments")
"""Tables that `Docking.from_frames` asks for."""

CLASSES = {
    "new": "docking.new",
    "second_track": "docking.second_track",
    "electrification": "docking.electrification",
    "repair": "docking.repair",
    "capacity": "docking.capacity",
    "berth": "docking.berth",
}
"""Class of work to the key of its words."""

UNDOCKED = {
    "no_partner": "docking.no_partner",
    "years_apart": "docking.years_apart",
    "gauges_differ": "docking.gauges_differ",
    "not_back": "docking.not_back",
}
"""Why a work is not docked to the key of its words."""

_FOUND = {
    "no_partner": ("finding.dock_no_partner", "repair.dock_no_partner"),
    "years_apart": ("finding.dock_years_apart", "repair.dock_years_apart"),
    "gauges_differ": ("finding.dock_gauges_differ", "repair.dock_gauges_differ"),
    "not_back": ("finding.dock_not_back", "repair.dock_not_back"),
}

_YEAR_D = 365.25


@dataclass(frozen=True)
class Docking:
    """Rows of the register of works and the planned links of the network; nothing in it changes."""

    works: tuple[Row, ...]
    links: Mapping[str, Row]
    crossings: Mapping[str, str]
    declared: Mapping[str, Row]

    @classmethod
    def from_frames(cls, frames: Mapping[str, pl.DataFrame]) -> Docking:
        """The register of a store."""

        def rows(name: str) -> list[Row]:
            return list(frames[name].iter_rows(named=True)) if name in frames else []

        return cls(
            tuple(rows("planned_works")),
            {str(row["link"]): row for row in rows("links")},
            {str(row["crossing"]): str(row["status"]) for row in rows("crossings")},
            {str(row["commitment"]): row for row in rows("evidence_commitments")},
        )

    @property
    def whole(self) -> list[Row]:
        """Works that are not part of another registered one."""
        there = {row["work"] for row in self.works}
        return [row for row in self.works if row["part_of"] not in there]

    def open_by(self, year: int) -> frozenset[str]:
        """Links of the network that are open now or planned to be by a year."""
        works = {row["link"]: row["year_to"] for row in self.works if row["link"] and row["year_to"]}
        found = set()
        for key, link in self.links.items():
            opens = link["open_from"] if link["open_from"] is not None else works.get(key)
            planned = link["status"] in ("planned", "construction")
            if link["status"] in ("open", "limited") or (planned and opens is not None and opens <= year):
                found.add(key)
        return frozenset(found)

    def by_year(self) -> list[Row]:
        """Kilometres that come into use by year, state, mode and class, each an interval."""
        groups: dict[tuple[int, str, str, str], list[Row]] = defaultdict(list)
        for row in self.whole:
            if row["year_to"] is not None:
                groups[row["year_to"], row["state"], row["mode"], row["class"]].append(row)
        return [
            {"year": year, "state": state, "mode": mode, "class": kind, "works": len(rows), **_lengths(rows)}
            for (year, state, mode, kind), rows in sorted(groups.items())
        ]

    def pace(self, at: dt.date) -> list[Row]:
        """By work with a length and a last year: kilometres a year so far and asked for from now on.

        Where nobody told what is done, the pace asked for is that of all of it: `at_most`. A work whose last
        year is over and whose length is not done asks for what cannot be: None with `late`.
        """
        found = []
        for row in self.works:
            if row["length_km"] is None or row["year_to"] is None or row["class"] == "berth":
                continue
            done, on = row["done_km"], row["done_on"]
            start, end = row["year_from"], row["year_to"]
            years_gone = None if on is None or start is None else (on.toordinal() - _first(start)) / _YEAR_D
            left_years = (_first(end + 1) - (on or at).toordinal()) / _YEAR_D
            left_km = row["length_km"] - (done or 0.0)
            so_far = done / years_gone if done is not None and years_gone and years_gone > 0 else None
            asked = left_km / left_years if left_years > 0 else None
            found.append(
                {
                    "work": row["work"],
                    "state": row["state"],
                    "class": row["class"],
                    "length_km": row["length_km"],
                    "comparator": row["comparator"] or "=",
                    "done_km": done,
                    "done_on": None if on is None else on.isoformat(),
                    "by_year": end,
                    "km_a_year": so_far,
                    "km_a_year_asked": asked if left_km > 0 else 0.0,
                    "at_most": done is None,
                    "late": bool(left_km > 0 and left_years <= 0),
                    "enough": None if so_far is None or asked is None else so_far >= asked,
                }
            )
        return found

    def undocked(self) -> list[Row]:
        """Works that end at a border and do not meet a work of the other side, with why and by how much."""
        by_key = {str(row["work"]): row for row in self.works}
        found = []
        for row in self.works:
            if row["border_with"] is None:
                continue
            partner = by_key.get(row["partner_work"] or "")
            for why, years in self._apart(row, partner):
                found.append(
                    {
                        "work": row["work"],
                        "state": row["state"],
                        "border_with": row["border_with"],
                        "crossing": row["crossing"],
                        "partner_work": row["partner_work"],
                        "why": why,
                        "years": years,
                    }
                )
        return found

    def _apart(self, row: Row, partner: Row | None) -> Iterator[tuple[str, int | None]]:
        if partner is None:
            if self.crossings.get(row["crossing"] or "") not in ("open", "limited"):
                yield "no_partner", None
            return
        if partner["border_with"] != row["state"] or partner["state"] != row["border_with"]:
            yield "not_back", None
        if (
            row["year_to"] is not None
            and partner["year_to"] is not None
            and row["year_to"] < partner["year_to"]
        ):
            yield "years_apart", partner["year_to"] - row["year_to"]
        gauges = [
            self.links[one["link"]]["gauge_mm"] if one["link"] in self.links else None
            for one in (row, partner)
        ]
        if None not in gauges and gauges[0] != gauges[1]:
            yield "gauges_differ", None

    def check(self) -> list[Finding]:
        """Undocked works, links the network lacks, parts longer than the whole, years that disagree."""
        found = []
        for row in self.undocked():
            values = {"state": row["border_with"], "years": row["years"], "partner": row["partner_work"]}
            message, repair = _FOUND[row["why"]]
            found.append(Finding("warning", "planned_works", str(row["work"]), message, repair, values))
        parts: dict[str, float] = defaultdict(float)
        for row in self.works:
            key = str(row["work"])
            parts[str(row["part_of"])] += row["length_km"] or 0.0
            link = self.links.get(row["link"] or "")
            opens = None if link is None else link["open_from"]
            if opens is not None and row["year_to"] is not None and opens != row["year_to"]:
                values = {"work": row["year_to"], "link": opens, "name": row["link"]}
                found.append(
                    Finding(
                        "warning",
                        "planned_works",
                        key,
                        "finding.dock_link_year",
                        "repair.dock_link_year",
                        values,
                    )
                )
            if row["year_from"] and row["year_to"] and row["year_to"] < row["year_from"]:
                values = {"one": row["year_from"], "two": row["year_to"]}
                found.append(
                    Finding("error", "planned_works", key, "finding.dock_years", "repair.dock_years", values)
                )
        for row in self.works:
            whole, most = row["length_km"], (row["comparator"] or "=") in ("=", "<", "<=")
            if whole is not None and most and parts[str(row["work"])] > whole + 1e-9:
                values = {"parts": round(parts[str(row["work"])], 1), "whole": whole}
                found.append(
                    Finding(
                        "warning",
                        "planned_works",
                        str(row["work"]),
                        "finding.dock_parts",
                        "repair.dock_parts",
                        values,
                    )
                )
        return found

    def as_dict(self, at: dt.date, lang: str) -> Row:
        """Everything as plain data, worded in `lang`."""
        kept = (
            "work",
            "state",
            "mode",
            "class",
            "from_place",
            "to_place",
            "border_with",
            "crossing",
            "partner_work",
            "comparator",
            "length_km",
            "year_from",
            "year_to",
            "done_km",
            "part_of",
            "link",
            "project",
            "commitment",
            "source",
            "quality",
        )
        return {
            "on": at.isoformat(),
            "works": [
                {
                    **{name: row[name] for name in kept},
                    "title": row[f"title_{lang}"],
                    "titles": {code: row[f"title_{code}"] for code in LANGUAGES},
                    "class_text": text(CLASSES[row["class"]], lang),
                }
                for row in self.works
            ],
            "by_year": [row | {"class_text": text(CLASSES[row["class"]], lang)} for row in self.by_year()],
            "pace": self.pace(at),
            "undocked": [row | {"why_text": text(UNDOCKED[row["why"]], lang)} for row in self.undocked()],
            "findings": [finding.as_dict(lang) for finding in self.check()],
        }


def _lengths(rows: list[Row]) -> Row:
    """Kilometres of works of one class: at least, at most; works without a length are counted apart."""
    low = sum(row["length_km"] for row in rows if row["length_km"] and row["comparator"] not in ("<", "<="))
    high = sum(row["length_km"] for row in rows if row["length_km"])
    endless = any(row["length_km"] and row["comparator"] in (">", ">=") for row in rows)
    return {
        "km_low": low,
        "km_high": None if endless else high,
        "without_length": sum(1 for row in rows if not row["length_km"]),
    }


def _first(year: int) -> int:
    """Ordinal of the first day of a year."""
    import datetime as dt

    return dt.date(year, 1, 1).toordinal()
