"""The network as declared tables.

Question: what does a user hold who edits places, links and procedures?
In and out: a folder of curated CSV files, or the tables of a built store, in; a frozen holder out.
Method: polars inside, pandas at the door (`network.places`); nothing is changed in place:
`with_rows` gives a new network.
Limits: tables fit in memory; base graphs stay in the store.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from daliz.schema import load_folder, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import pandas as pd
    import polars as pl

__all__ = ["CURATED", "DERIVED", "FOUND", "GIVEN", "KEPT", "LOGGED", "Network"]

CURATED = (
    "sources", "countries", "places", "crossings", "links", "sailings", "facilities", "services",
    "speeds", "tariffs", "emissions", "eligibility", "activity_codes", "procedures", "step_values",
    "published_times", "corridors", "chord_decisions", "bridges", "shapes", "distances", "charges",
    "hub_energy", "checklists", "checklist_items", "recognitions", "barriers", "fx_rates", "indicators",
    "trains", "evidence_documents", "evidence_voices", "evidence_commitments", "evidence_systems",
    "evidence_risks", "evidence_criteria", "evidence_positions", "programmes", "measures",
    "measure_evidence", "plan_edits", "projects", "project_amounts", "planned_works",
    "competence_programmes", "competence_records", "goods_lists", "goods_list_items",
)  # fmt: skip
"""Tables that people author; every row has a source and a quality class."""

DERIVED = (
    "legs", "attachments", "built_bridges", "cut_arcs", "country_disagreements", "calibrations",
    "calibrated_steps", "build_findings",
)  # fmt: skip
"""Tables that the build makes from the curated ones and the base graph."""

GIVEN = (
    "scenario_edits", "trade", "claims", "observations", "measure_links", "milestones", "measure_progress",
    "targets", "incidents", "incident_exposures", "reporting_changes", "hazard_warnings",
)  # fmt: skip
"""Tables that a user hands in with a question or keeps in the registers; none of their rows is shipped."""

KEPT = (
    "programmes", "measures", "measure_links", "milestones", "measure_progress", "measure_evidence",
    "targets", "observations", "plan_edits", "projects", "project_amounts", "planned_works", "incidents",
    "incident_exposures", "reporting_changes", "hazard_warnings", "competence_programmes",
    "competence_records", "goods_lists", "goods_list_items", "trade",
)  # fmt: skip
"""Tables of the registers, to which a secretariat adds rows of its own beside those that are shipped."""

LOGGED = ("events", "quarantine")
"""Tables that logs fill; they lie in the event store, not in the built network."""

FOUND = (
    "visits", "visit_steps", "breaches", "batch_results", "osm_nodes", "osm_edges", "osm_ferries",
    "osm_facilities", "osm_findings", "osm_joins",
)  # fmt: skip
"""Tables that a topic hands to another or to a door, or that an import writes; no store holds them."""


@dataclass(frozen=True)
class Network:
    """All tables by name; `frames[name]` is polars, `network.table(name)` is pandas."""

    frames: Mapping[str, pl.DataFrame]

    @classmethod
    def from_folder(cls, folder: Path) -> Network:
        """Read and validate `folder/<table>/*.csv`; BadTable names file, row, column and repair."""
        frames, _ = load_folder(folder)
        return cls(frames)

    def table(self, name: str) -> pd.DataFrame:
        """One table as a pandas frame (a copy); KeyError when it is not declared."""
        import pandas as pd

        frame = self.frames[name]
        return pd.DataFrame(frame.to_dict(as_series=False), columns=frame.columns)

    def rows(self, name: str) -> Iterable[dict[str, object]]:
        """Rows of one table as dictionaries."""
        return self.frames[name].iter_rows(named=True)

    def with_rows(self, name: str, rows: Iterable[Mapping[str, object]]) -> Network:
        """A network whose table `name` holds `rows` instead."""
        return replace(self, frames={**self.frames, name: table(name).frame(rows)})

    @property
    def places(self) -> pd.DataFrame:
        """The places as a pandas frame."""
        return self.table("places")

    @property
    def crossings(self) -> pd.DataFrame:
        """The border crossings as a pandas frame."""
        return self.table("crossings")
