"""What a measure should change by the engines there are: its network edit applied and the same trips asked.

Question: what would hours and costs be if the measure did to the network what its edit says?
In and out: an `Atlas` and rows of `plan_edits` of one measure in; an `Expected` out.
Method: the edits are carried out as a scenario; the trips are the corridors that pass a place the edit
touches, from end to end. Flows over capacity are not here yet: the answer says which input is missing.
Limits: an edit says what is assumed of a measure, with its class; it is no finding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from daliz.errors import BadTable, DalizError
from daliz.routing import Request
from daliz.scenario import apply, checked, compare

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from daliz.routing import Atlas
    from daliz.scenario import Edited
    from daliz.schema import Row

__all__ = ["MISSING", "Expected", "expected"]

MISSING = ("loads",)
"""Inputs of the effect on flows that no engine gives yet."""

_MOST = 4
_SKIPPED = ("plan_edit", "subject_kind", "subject", "source", "quality", "note")


@dataclass(frozen=True)
class Expected:
    """Trips with hours and dollars before and after, what was edited, and what was refused."""

    trips: tuple[Row, ...]
    edits: tuple[Row, ...]
    changes: int
    refused: tuple[str, ...]

    @property
    def hours_share(self) -> float | None:
        """Mean change of the fastest way's hours over the trips, as a share; None without a trip."""
        shares = [row["hours_after"] / row["hours_before"] - 1 for row in self.trips if row["hours_before"]]
        return sum(shares) / len(shares) if shares else None


def expected(atlas: Atlas, edits: Sequence[Row], lang: str) -> Expected:
    """Before and after for the trips that an edit concerns."""
    records = [_record(row) for row in edits]
    try:
        edited = apply(atlas.frames, checked(records, "plan_edits"))
    except BadTable as refusal:
        return Expected((), tuple(edits), 0, tuple(one.text(lang) for one in refusal.findings))
    refused = tuple(one.text(lang) for one in edited.refusals)
    trips = []
    for corridor in _concerned(atlas, edits)[:_MOST]:
        trip = _trip(atlas, edited, corridor, lang)
        if trip is not None:
            trips.append(trip)
    return Expected(tuple(trips), tuple(edits), len(edited.changes), refused)


def _record(row: Row) -> dict[str, object]:
    cells = {
        name: ";".join(value) if isinstance(value, list) else str(value)
        for name, value in row.items()
        if name not in _SKIPPED and value not in (None, "", [])
    }
    return {"edit": row["plan_edit"], **cells}


def _concerned(atlas: Atlas, edits: Iterable[Row]) -> list[str]:
    """Open corridors through a place of the edits, a post of their crossing, or the home of a facility."""
    crossings = atlas.gazetteer.crossings
    held = atlas.frames["facilities"].select("facility", "place").iter_rows()
    facilities = dict(held)
    places: set[str] = set()
    for row in edits:
        target = str(row["target"])
        if target in crossings:
            places |= {str(crossings[target]["post_a"]), str(crossings[target]["post_b"])}
        places.add(facilities.get(target, target))
    rows: Mapping[str, Row] = atlas.gazetteer.corridors
    return [
        key
        for key, row in rows.items()
        if row["status"] == "open" and (places & set(row["via"]) or key in places)
    ]


def _trip(atlas: Atlas, edited: Edited, corridor: str, lang: str) -> Row | None:
    row = atlas.gazetteer.corridors[corridor]
    via = [str(place) for place in row["via"]]
    try:
        found = compare(atlas, edited, Request(via[0], via[-1], tuple(via[1:-1])[:2], lang=lang))
    except DalizError:
        return None  # a corridor that no single trip follows shows nothing here
    if not found.differences:
        return None
    one = found.differences[0]
    return {
        "corridor": corridor,
        "name": row[f"name_{lang}"],
        "origin": via[0],
        "destination": via[-1],
        "label": one.label,
        "hours_before": one.today.time_mean_h,
        "hours_after": one.edited.time_mean_h,
        "usd_before": one.today.cost_usd,
        "usd_after": one.edited.cost_usd,
    }
