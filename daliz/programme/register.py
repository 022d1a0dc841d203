"""The register of plans: programmes, measures and what belongs to them, as a typed holder.

Question: what was promised in which plan, by whom, by when, and what shows that it was done?
In and out: frames of the register in; a `Plan`, its findings and its `PlanStatus` on a day out.
Method: rows are kept as they stand; a day cuts off what came later. Declared totals are kept with their
comparator and stand beside the rows that are registered.
Limits: nothing is invented to fill the gap between what was declared and what is registered.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from daliz.errors import Finding, UnknownPlace

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    import polars as pl

    from daliz.programme.status import PlanStatus
    from daliz.schema import Row

    Frame = pl.DataFrame | pl.LazyFrame

__all__ = ["TABLES", "Plan"]

TABLES = (
    "programmes", "measures", "measure_links", "milestones", "measure_progress", "measure_evidence",
    "targets", "observations", "evidence_commitments", "indicators", "corridors", "places", "countries",
)  # fmt: skip
"""Tables that `Plan.from_frames` asks for; those that are not there count as empty."""


@dataclass(frozen=True)
class Plan:
    """Rows of the register; nothing in it changes. `observations` may be lazy: only what is asked is read."""

    programmes: tuple[Row, ...]
    measures: tuple[Row, ...]
    links: tuple[Row, ...]
    milestones: tuple[Row, ...]
    reports: tuple[Row, ...]
    evidence: tuple[Row, ...]
    targets: tuple[Row, ...]
    declared: Mapping[str, Row]
    known: Mapping[str, frozenset[str]]
    observations: Frame | None = None

    @classmethod
    def from_frames(cls, frames: Mapping[str, Frame]) -> Plan:
        """The register of a store."""

        def rows(name: str) -> tuple[Row, ...]:
            frame = frames.get(name)
            return () if frame is None else tuple(frame.lazy().collect().iter_rows(named=True))

        def keys(name: str, column: str) -> frozenset[str]:
            return frozenset(str(row[column]) for row in rows(name))

        known = {
            "indicator": keys("indicators", "indicator"), "place": keys("places", "place"),
            "corridor": keys("corridors", "corridor"), "state": keys("countries", "country"),
        }  # fmt: skip
        return cls(
            rows("programmes"), rows("measures"), rows("measure_links"), rows("milestones"),
            rows("measure_progress"), rows("measure_evidence"),
            tuple(row for row in rows("targets") if row["subject_kind"] in ("measure", "programme")),
            {str(row["commitment"]): row for row in rows("evidence_commitments")}, known,
            frames.get("observations"),
        )  # fmt: skip

    def select(self, programme: str = "", state: str = "") -> Plan:
        """Measures of one programme, or of one state as lead or partner; empty words are not asked.

        Raises
        ------
        UnknownPlace
            when there is no such programme or no measure of that state; names those there are.
        """
        if programme and programme not in {row["programme"] for row in self.programmes}:
            known = ", ".join(sorted(str(row["programme"]) for row in self.programmes))
            raise UnknownPlace("error.no_programme", value=programme, known=known)
        states = {one for row in self.measures for one in _states(row)}
        if state and state not in states:
            raise UnknownPlace("error.no_state_in_plan", value=state, known=", ".join(sorted(states)))
        kept = tuple(
            row
            for row in self.measures
            if (not programme or row["programme"] == programme) and (not state or state in _states(row))
        )
        plans = tuple(row for row in self.programmes if not programme or row["programme"] == programme)
        return replace(self, programmes=plans, measures=kept)

    def as_of(self, at: dt.date) -> Plan:
        """The register as it stood on a day: starts, ends, milestones and words of later days are unseen."""

        def cut(row: Row, *columns: str) -> Row:
            late = {name: None for name in columns if row[name] is not None and row[name] > at}
            return {**row, **late}

        def said(row: Row) -> Row:
            unsaid = row["declared_on"] is not None and row["declared_on"] > at
            return {**row, "declared_status": None} if unsaid else row

        return replace(
            self,
            measures=tuple(said(cut(row, "started", "done")) for row in self.measures),
            milestones=tuple(cut(row, "actual") for row in self.milestones),
            reports=tuple(row for row in self.reports if row["on"] <= at),
            evidence=tuple(row for row in self.evidence if row["dated"] is None or row["dated"] <= at),
        )

    def status(self, at: dt.date) -> PlanStatus:
        """Where every measure stands on a day.

        Raises
        ------
        BadTable
            when predecessors run in a circle.
        """
        from daliz.programme.status import status_of

        return status_of(self, at)

    def check(self, at: dt.date) -> list[Finding]:
        """What does not hang together: days out of order or to come, words that rows deny, unknown names."""
        found = list(self._days(at))
        found += self._parents()
        found += self._names()
        return found

    def _days(self, at: dt.date) -> Iterator[Finding]:
        for row in self.measures:
            key = str(row["measure"])
            for first, second in (("start", "due"), ("baseline_start", "baseline_due"), ("started", "done")):
                if row[first] is not None and row[second] is not None and row[second] < row[first]:
                    values = {
                        "first": first,
                        "second": second,
                        "one": str(row[first]),
                        "two": str(row[second]),
                    }
                    yield Finding("error", "measures", key, "finding.plan_order", "repair.plan_order", values)
            for column in ("started", "done", "declared_on"):
                if row[column] is not None and row[column] > at:
                    values = {"column": column, "date": str(row[column])}
                    yield Finding(
                        "warning", "measures", key, "finding.plan_future", "repair.plan_future", values
                    )
            if row["declared_status"] in ("not_started", "under_way") and row["done"] is not None:
                values = {"declared": row["declared_status"], "date": str(row["done"])}
                yield Finding("error", "measures", key, "finding.plan_denied", "repair.plan_denied", values)
        opened: dict[str, list[str]] = defaultdict(list)
        for stone in self.milestones:
            if stone["actual"] is None:
                opened[str(stone["measure"])].append(str(stone["milestone"]))
        for row in self.measures:
            key = str(row["measure"])
            if key in opened and (row["done"] is not None or row["declared_status"] == "done"):
                values = {"milestones": ", ".join(opened[key])}
                yield Finding("warning", "measures", key, "finding.plan_open", "repair.plan_open", values)

    def _parents(self) -> Iterator[Finding]:
        parent = {str(row["measure"]): row["parent"] for row in self.measures}
        home = {str(row["measure"]): row["programme"] for row in self.measures}
        for key, above in parent.items():
            seen, step = {key}, above
            while step is not None and step in parent and step not in seen:
                seen.add(step)
                step = parent[step]
            if step == key:
                yield Finding("error", "measures", key, "finding.plan_own_parent", "repair.plan_own_parent")
            if above in home and home[above] != home[key]:
                values = {"parent": above, "one": home[key], "two": home[above]}
                yield Finding("error", "measures", key, "finding.plan_parent_home", "repair.plan_parent_home",
                              values)  # fmt: skip
        for link in self.links:
            if link["predecessor"] == link["successor"]:
                key = str(link["link"])
                yield Finding("error", "measure_links", key, "finding.plan_self", "repair.plan_self")

    def _names(self) -> Iterator[Finding]:
        for row in self.measures:
            lists = (("place", row["places"]), ("corridor", row["corridors"]), ("state", _states(row)))
            for kind, names in lists:
                for name in names or ():
                    if self.known[kind] and name not in self.known[kind]:
                        values = {"value": name}
                        yield Finding("error", "measures", str(row["measure"]), "finding.plan_name",
                                      "repair.plan_name", values)  # fmt: skip
        for row in self.evidence:
            indicator = row["indicator"]
            if row["kind"] == "document":
                if not row["url"]:
                    yield Finding("warning", "measure_evidence", str(row["evidence"]), "finding.plan_no_url",
                                  "repair.plan_no_url")  # fmt: skip
            elif self.known["indicator"] and indicator not in self.known["indicator"]:
                yield Finding("error", "measure_evidence", str(row["evidence"]), "finding.plan_indicator",
                              "repair.plan_indicator", {"value": indicator or "–"})  # fmt: skip

    def counts(self) -> Counter[str]:
        """Registered measures by programme, those that are part of another not counted again."""
        return Counter(str(row["programme"]) for row in self.measures if row["parent"] is None)


def _states(row: Row) -> list[str]:
    lead = [row["lead"]] if row["lead"] else []
    return [*lead, *(one for one in row["partners"] or () if one not in lead)]
