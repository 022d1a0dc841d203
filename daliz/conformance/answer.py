"""The answer of conformance: visits, steps and breaches, and what they add up to.

Question: how well does a log keep to the regime, and where is it lost?
In and out: judged parts of a log in; declared tables, measures by group and plain data in three languages
out. Method: parts are readings of disjoint shipments; what adds up is added up, tables are put one below the
other. Limits: see the modules of this folder.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from daliz.conformance.ahead import NextStep, next_steps
from daliz.conformance.deadlines import CASE
from daliz.conformance.judge import VISIT
from daliz.conformance.measures import FEWEST, By, Span, attainment, changed, losses
from daliz.conformance.part import Part, Slim
from daliz.errors import BadValue, UnknownPlace
from daliz.i18n import name_column, text
from daliz.schema import table

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import polars as pl

    from daliz.conformance.log import Window
    from daliz.schema import Row

__all__ = ["Conformance"]


@dataclass(frozen=True)
class Conformance:
    """How a log keeps to the regime at a moment; `frames` are the tables of the network it was judged by."""

    at: dt.datetime
    parts: tuple[Part | Slim, ...]
    frames: Mapping[str, pl.DataFrame]

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """Events = not_standing + undated + later + movement + no_place + in_visits; visits and cases."""
        total: Counter[str] = Counter()
        for part in self.parts:
            total.update(part.counts)
        return dict(total)

    @cached_property
    def simulated(self) -> bool:
        """Whether any event was made by a generator; then every print says so."""
        return any(part.simulated for part in self.parts)

    @cached_property
    def breaches(self) -> pl.DataFrame:
        """Table `breaches`."""
        return self._joined([part.breaches for part in self.parts], "breaches")

    @property
    def table(self) -> pl.DataFrame:
        """The breaches."""
        return self.breaches

    @cached_property
    def visits(self) -> pl.DataFrame:
        """Table `visits`; BadValue where only measures were kept."""
        return self._joined([part.visits for part in self._whole()], "visits")

    @cached_property
    def steps(self) -> pl.DataFrame:
        """Table `visit_steps`; BadValue where only measures were kept."""
        return self._joined([part.steps for part in self._whole()], "visit_steps")

    def _whole(self) -> list[Part]:
        whole = [part for part in self.parts if isinstance(part, Part)]
        if len(whole) < len(self.parts):
            raise BadValue("error.conform_slim")
        return whole

    def _joined(self, tables: list[pl.DataFrame], name: str) -> pl.DataFrame:
        import polars as pl

        return pl.concat(tables) if tables else table(name).empty()

    @cached_property
    def _measured(self) -> pl.DataFrame:
        import polars as pl

        return pl.concat([part.measured for part in self.parts])

    @cached_property
    def _lost(self) -> pl.DataFrame:
        import polars as pl

        return pl.concat([part.lost for part in self.parts])

    def attainment(self, by: By = "step", level: float = 0.95) -> pl.DataFrame:
        """Share of steps within their standard by group, with intervals; see `measures.attainment`."""
        return attainment(self._measured, by, self.frames["corridors"], level)

    def losses(self, by: By = "step") -> pl.DataFrame:
        """Hours and USD lost by group, dearest first; see `measures.losses`."""
        return losses(self._lost, by, self.frames)[0]

    @property
    def sources(self) -> tuple[str, ...]:
        """Rows of `charges` that give the value of time."""
        return losses(self._lost, "step", self.frames)[1]

    def changed(self, before: Span, after: Span, fewest: int = FEWEST) -> pl.DataFrame:
        """What differs between two periods beyond noise; see `measures.changed`."""
        return changed(self._measured, before, after, fewest=fewest)

    def next_step(self, shipment: str) -> tuple[NextStep, ...]:
        """Steps in progress and due of a shipment now, with the time left on their clocks.

        Raises
        ------
        UnknownPlace
            when the log tells nothing of the shipment.
        """
        whole = self._whole()
        if not any(shipment in part.log.shipments for part in whole):
            raise UnknownPlace("error.unknown_shipment", name=shipment)
        return tuple(step for part in whole for step in next_steps(part, shipment))

    def only(self, window: Window) -> Conformance:
        """Breaches and measures of some visits alone; counts stay those of the log.

        A whole reading becomes a slim one; promises of cases, which have no place and no arrival, stay only
        in a window that names neither.
        """
        return Conformance(self.at, tuple(part.slim(window) for part in self._whole()), self.frames)

    def names(self, lang: str) -> dict[str, str]:
        """Names of places, activities, corridors and parties, of the whole visit and the whole case."""
        column = name_column(lang)
        found = {VISIT: text("conform.whole_visit", lang), CASE: text("conform.whole_case", lang)}
        for kind, key in (("places", "place"), ("activity_codes", "code"), ("corridors", "corridor")):
            frame = self.frames[kind]
            found |= dict(zip(frame[key].to_list(), frame[column].to_list(), strict=True))
        parties = table("checklist_items")["party"].values
        return found | {party: text(f"party.{party}", lang) for party in parties}

    def as_dict(self, lang: str, by: By | None = None, most: int | None = None) -> Row:
        """Plain data: counts, breaches by kind, attainment and losses by group, the `most` worst breaches."""
        import polars as pl

        names = self.names(lang)
        kinds = self.breaches.group_by("kind").len().sort("kind")
        data: Row = {
            "at": self.at.isoformat(), "simulated": self.simulated, "counts": dict(self.counts),
            "notes": self.notes(lang),
            "breaches_by_kind": dict(zip(kinds["kind"], kinds["len"], strict=True)),
        }  # fmt: skip
        if by is not None:
            data |= {
                "by": by, "attainment": _named(self.attainment(by), names),
                "losses": _named(self.losses(by), names), "value_of_time": list(self.sources),
            }  # fmt: skip
        worst = self.breaches.sort(pl.col("over_h"), descending=True, nulls_last=True, maintain_order=True)
        worst = worst.head(most) if most is not None else worst
        data["breaches"] = [
            row | {
                "place_name": names.get(row["place"]), "code_name": names.get(row["code"]),
                "party_name": names.get(row["party"]), "kind_name": text(f"breach.{row['kind']}", lang),
            }
            for row in worst.iter_rows(named=True)
        ]  # fmt: skip
        return data

    def notes(self, lang: str) -> list[str]:
        """What a reader of the figures must know."""
        counts = self.counts
        said = [text("conform.simulated", lang)] if self.simulated else []
        if counts.get("open"):
            said.append(text("conform.open", lang, count=counts["open"]))
        if counts.get("without_checklist"):
            said.append(text("conform.no_checklist", lang, count=counts["without_checklist"]))
        if counts.get("unproven"):
            said.append(text("conform.unproven", lang, count=counts["unproven"]))
        return said


def _named(frame: pl.DataFrame, names: Mapping[str, str]) -> list[Row]:
    return [row | {"name": names.get(row["key"])} for row in frame.iter_rows(named=True)]
