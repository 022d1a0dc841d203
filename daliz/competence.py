"""Training and research: who was taught, who finished, and where the money for research was spent.

Question: how many people did joint programmes take in and see through, how much research is done at home, and
which clusters does no state teach?
In and out: frames of `competence_programmes` and `competence_records` in; a `Competence` out.
Method: places, covered, enrolled and completed are four counts that are never added to each other; counts
with "over" are lower bounds; money stays apart by currency and price year. The localised share is weighted
by money.
Limits: a record without a year stands in no series. A share nobody told is not taken as nothing.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from daliz.errors import Finding
from daliz.i18n import LANGUAGES, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import polars as pl

    from daliz.schema import Row

__all__ = ["CLUSTERS", "COUNTS", "TABLES", "Competence"]

TABLES = ("competence_programmes", "competence_records", "sources")
"""Tables that `Competence.from_frames` asks for."""

COUNTS = ("places", "covered", "enrolled", "completed")
"""Counts of people, each of its own kind."""

CLUSTERS = {
    "nuclear": "competence.nuclear",
    "ai": "competence.ai",
    "digital": "competence.digital",
    "transport": "competence.transport",
    "energy": "competence.energy",
    "ecology": "competence.ecology",
    "general": "competence.general",
}
"""Cluster to the key of its words."""


@dataclass(frozen=True)
class Competence:
    """Rows of the two registers; nothing in them changes."""

    programmes: tuple[Row, ...]
    records: tuple[Row, ...]

    @classmethod
    def from_frames(cls, frames: Mapping[str, pl.DataFrame]) -> Competence:
        """The registers of a store."""
        return cls(*(tuple(frames[name].iter_rows(named=True)) for name in TABLES[:2]))

    def totals(self) -> list[Row]:
        """By state, cluster and year each count as an interval (None where nobody told it)."""
        home = {str(row["competence"]): row for row in self.programmes}
        groups: dict[tuple[str, str, int | None], list[Row]] = defaultdict(list)
        for row in self.records:
            groups[row["state"], home[row["competence"]]["cluster"], row["year"]].append(row)
        return [
            {
                "state": state,
                "cluster": cluster,
                "year": year,
                **{name: _people(rows, name) for name in COUNTS},
                "person_hours": sum(row["person_hours"] or 0.0 for row in rows) or None,
                "sources": sorted({str(row["source"]) for row in rows}),
                "quality": _weakest(rows),
            }
            for (state, cluster, year), rows in sorted(
                groups.items(), key=lambda one: (*one[0][:2], one[0][2] or 0)
            )
        ]

    def research(self) -> list[Row]:
        """By currency, price year and year what was spent on research and what share of it at home.

        The share is over the money whose place was told; `unplaced` is the rest.
        """
        home = {str(row["competence"]): row for row in self.programmes}
        groups: dict[tuple[str, int | None, int | None], list[Row]] = defaultdict(list)
        for row in self.records:
            if home[row["competence"]]["kind"] == "research" and row["spend"] is not None:
                groups[row["currency"], row["price_year"], row["year"]].append(row)
        found = []
        for (currency, prices, year), rows in sorted(groups.items(), key=lambda one: str(one[0])):
            placed = [row for row in rows if row["local_share"] is not None]
            money = sum(row["spend"] for row in placed)
            at_home = sum(row["spend"] * row["local_share"] for row in placed)
            found.append(
                {
                    "currency": currency,
                    "price_year": prices,
                    "year": year,
                    "spend": sum(row["spend"] for row in rows),
                    "localised": at_home if placed else None,
                    "share": at_home / money if money else None,
                    "unplaced": sum(row["spend"] for row in rows) - money,
                    "n": len(rows),
                    "staff_fte": sum(row["staff_fte"] or 0.0 for row in rows) or None,
                    "quality": _weakest(rows),
                }
            )
        return found

    def gaps(self) -> list[Row]:
        """Clusters by state: how many programmes of training and of research it has a part in."""
        states = sorted({state for row in self.programmes for state in row["states"]})
        return [
            {
                "cluster": cluster,
                "state": state,
                **{
                    kind: sum(
                        1
                        for row in self.programmes
                        if row["cluster"] == cluster and row["kind"] == kind and state in row["states"]
                    )
                    for kind in ("training", "research")
                },
            }
            for cluster in CLUSTERS
            for state in states
        ]

    def recognition(self) -> Row:
        """Pairs of states whose diplomas a registered agreement recognises, of all pairs."""
        states = sorted({state for row in self.programmes for state in row["states"]})
        pairs = set(combinations(states, 2))
        held = {
            pair
            for row in self.programmes
            if row["kind"] == "recognition"
            for pair in combinations(sorted(row["states"]), 2)
        }
        return {
            "pairs": len(pairs),
            "recognised": len(held & pairs),
            "share": len(held & pairs) / len(pairs) if pairs else None,
        }

    def observations(self, at: dt.date) -> list[Row]:
        """Rows of `observations`: people of joint programmes by year, research money spent at home."""
        joint = {
            str(row["competence"])
            for row in self.programmes
            if row["joint"] == "yes" and row["kind"] == "training"
        }
        found: list[Row] = []
        years = sorted({row["year"] for row in self.records if row["year"] is not None})
        for year in years:
            on = dt.date(year, 12, 31)
            if on > at:
                continue
            rows = [row for row in self.records if row["year"] == year and row["competence"] in joint]
            for name in ("completed", "enrolled"):
                people = _people(rows, name)
                if people is not None:
                    found.append(_seen(f"joint_training_{name}", "", on, people["low"], "people", rows))
        for row in self.research():
            if (
                row["year"] is not None
                and row["localised"] is not None
                and dt.date(row["year"], 12, 31) <= at
            ):
                unit = row["currency"] + (f" {row['price_year']}" if row["price_year"] else "")
                on = dt.date(row["year"], 12, 31)
                found.append(_seen("localised_rd", "", on, row["localised"], unit, [row]))
        return found

    def check(self) -> list[Finding]:
        """More finished than began, money without a currency."""
        return list(self._misfits())

    def _misfits(self) -> Iterator[Finding]:
        for row in self.records:
            key = str(row["record"])
            if (
                row["enrolled"] is not None
                and row["completed"] is not None
                and row["completed"] > row["enrolled"]
            ):
                values = {"completed": row["completed"], "enrolled": row["enrolled"]}
                yield Finding(
                    "error",
                    "competence_records",
                    key,
                    "finding.competence_more",
                    "repair.competence_more",
                    values,
                )
            if row["spend"] is not None and not row["currency"]:
                yield Finding(
                    "error",
                    "competence_records",
                    key,
                    "finding.competence_currency",
                    "repair.competence_currency",
                )

    def as_dict(self, lang: str) -> Row:
        """Everything as plain data, worded in `lang`."""
        words = {cluster: text(key, lang) for cluster, key in CLUSTERS.items()}
        return {
            "programmes": [
                {
                    "competence": row["competence"],
                    "title": row[f"title_{lang}"],
                    "titles": {code: row[f"title_{code}"] for code in LANGUAGES},
                    "kind": row["kind"],
                    "cluster": row["cluster"],
                    "cluster_text": words[row["cluster"]],
                    "states": row["states"],
                    "joint": row["joint"],
                    "host": row["host"],
                    "commitment": row["commitment"],
                    "source": row["source"],
                    "quality": row["quality"],
                }
                for row in self.programmes
            ],
            "totals": [row | {"cluster_text": words[row["cluster"]]} for row in self.totals()],
            "research": self.research(),
            "gaps": [row | {"cluster_text": words[row["cluster"]]} for row in self.gaps()],
            "recognition": self.recognition(),
            "findings": [finding.as_dict(lang) for finding in self.check()],
        }


def _people(rows: Sequence[Row], name: str) -> Row | None:
    """A count over rows as an interval; None where no row tells it."""
    told = [row for row in rows if row[name] is not None]
    if not told:
        return None
    low = sum(row[name] for row in told if row["comparator"] not in ("<", "<="))
    endless = any(row["comparator"] in (">", ">=") for row in told)
    return {"low": low, "high": None if endless else sum(row[name] for row in told), "rows": len(told)}


def _seen(series: str, subject: str, on: dt.date, value: float, unit: str, rows: Sequence[Row]) -> Row:
    return {
        "observation": f"{series}:{unit}:{on.isoformat()}",
        "series": series,
        "subject": subject,
        "on": on,
        "value": float(value),
        "unit": unit,
        "n": len(rows),
        "source": "competence",
        "quality": _weakest(rows),
    }


def _weakest(rows: Sequence[Row]) -> str:
    order = ("measured", "published", "derived", "assumed", "simulated")
    return max((str(row["quality"]) for row in rows), key=order.index, default="published")
