"""What the law and the network let through: bans, papers, quotas, shortages.

Question: which arcs may this cargo not use on this day, what has to be shown on the way, what is scarce?
In and out: an `Atlas`, arcs or an `Option`, the cargo, both states and the day in; blocked arc numbers
with the rule that blocks each, rows of rules to be shown, and `Availability` out.
Method: table `eligibility`. A rule with goods codes binds only cargo whose HS code begins with one of
them. transit: the arcs in a state that is neither origin nor destination; import and export: the arcs
over the border of the destination or origin state; border: the crossings between a state and a partner
whatever is carried; any: every arc in the state. Only `ban` closes arcs; licence, escort and limit are
shown, and rules about carriers, registration and people are of those kinds: the cargo may go on.
Limits: origin is where the cargo is loaded, which may differ from the origin of the goods in law; the
codes of a rule may be wider or narrower than the legal list, which its note says. A quota is a note: the
arrivals against it are not known, and the queue that it makes is part of the published hours of the post, to
which its queueing steps are fitted, so a wait computed from the quota would count it twice.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from daliz.i18n import text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from daliz.model.frozen import Arc, Cargo
    from daliz.routing.atlas import Atlas
    from daliz.routing.option import Option
    from daliz.schema import Row

__all__ = ["Availability", "availability", "binding", "blocked", "in_doubt", "rules_met", "said"]

SHORTAGES = ("rail_no_wagons", "rail_busy_facility", "rail_entry_restriction")
"""Steps that are waits for something scarce: wagons and platforms, a crane or yard, a neighbour's leave."""


QUALITIES = ("measured", "published", "derived", "assumed")
"""From the strongest class to the weakest."""


@dataclass(frozen=True)
class Availability:
    """Something scarce on the way. `kind` is quota or an activity code; `subject` a crossing or a place.

    `per_day` and `unit` are the limit of a quota, `hours` the queue that the steps of both posts count for
    it: a quota adds no wait of its own. Of a wait, `probability` and `hours` (expected) are its own.
    """

    kind: str
    subject: str
    per_day: float | None
    unit: str | None
    probability: float | None
    hours: float | None
    source: str
    quality: str
    note: str | None

    def as_dict(self, atlas: Atlas, lang: str) -> Row:
        """Plain data for JSON, named in the reader's language."""
        if self.kind == "quota":
            row = atlas.gazetteer.crossings[self.subject]
            name = row.get(f"name_{lang}") or row["name_en"]
        else:
            name = atlas.gazetteer.name(self.subject, lang)
        code = atlas.codes.get(self.kind)
        return {
            "kind": self.kind, "kind_name": None if code is None else code.get(f"name_{lang}"),
            "subject": self.subject, "name": name, "per_day": self.per_day, "unit": self.unit,
            "probability": self.probability, "hours": None if self.hours is None else round(self.hours, 2),
            "source": self.source, "quality": self.quality, "note": self.note,
            "text": self._said(str(name), atlas, lang),
        }  # fmt: skip

    def _said(self, name: str, atlas: Atlas, lang: str) -> str:
        if self.kind == "quota":
            limit, unit = f"{self.per_day or 0:g}", self.unit or ""
            if not self.hours:
                return text("availability.quota_uncounted", lang, name=name, limit=limit, unit=unit)
            hours = f"{self.hours:.1f}"
            return text("availability.quota_counted", lang, name=name, limit=limit, unit=unit, hours=hours)
        return text(
            "availability.wait", lang, place=name, code=str(atlas.codes[self.kind][f"name_{lang}"]),
            share=f"{self.probability or 0:.0%}", hours=f"{self.hours or 0:.1f}",
        )  # fmt: skip


def blocked(
    atlas: Atlas,
    frozen_arcs: Sequence[Arc],
    cargo: Cargo,
    origin_state: str,
    destination_state: str,
    day: dt.date,
) -> dict[int, str]:
    """Numbers of the arcs that a ban closes on `day`, each with the first rule that closes it."""
    bans = [
        row for row in binding(atlas, cargo, origin_state, destination_state, day) if row["action"] == "ban"
    ]
    if not bans:
        return {}
    country = countries(atlas)
    alike: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for number, arc in enumerate(frozen_arcs):
        alike[arc.mode, country[arc.from_place], country[arc.to_place]].append(number)
    found: dict[int, str] = {}
    for numbers in alike.values():
        arc = frozen_arcs[numbers[0]]
        for row in bans:
            if covers(row, arc, country, origin_state, destination_state):
                found |= dict.fromkeys(numbers, str(row["rule"]))
                break
    return found


def binding(
    atlas: Atlas, cargo: Cargo, origin_state: str, destination_state: str, day: dt.date
) -> tuple[Row, ...]:
    """Rules in force on `day` that speak of this cargo between these states, of whatever action."""
    return tuple(
        row
        for row in _in_force(atlas, origin_state, destination_state, day)
        if _names_the_goods(row, cargo.hs)
    )


def in_doubt(
    atlas: Atlas, cargo: Cargo, origin_state: str, destination_state: str, day: dt.date
) -> tuple[Row, ...]:
    """Bans that would bind a longer code beginning with the one asked for: more digits are needed."""
    digits = _digits(cargo.hs)
    return tuple(
        row
        for row in _in_force(atlas, origin_state, destination_state, day)
        if digits
        and row["action"] == "ban"
        and not _names_the_goods(row, cargo.hs)
        and any(prefix.startswith(digits) for prefix in row["hs"])
    )


def said(row: Row, how: Literal["blocked", "met", "in_doubt"], cargo: Cargo, lang: str) -> str:
    """A rule in one sentence: as what closes the way, is met on it, or needs more digits of the code."""
    rule, note = row["rule"], row["note"] or ""
    if how == "blocked":
        return text("note.rule_blocked", lang, rule=rule, note=note)
    if how == "met":
        return text("note.rule_met", lang, rule=rule, note=note)
    return text("note.rule_needs_digits", lang, rule=rule, hs=cargo.hs or "")


def _in_force(atlas: Atlas, start: str, end: str, day: dt.date) -> Iterator[Row]:
    for row in atlas.frames["eligibility"].iter_rows(named=True):
        last = row["valid_until"]
        if row["valid_from"] <= day and (last is None or day <= last) and _speaks_of(row, start, end):
            yield row


def rules_met(atlas: Atlas, option: Option, cargo: Cargo, day: dt.date) -> tuple[Row, ...]:
    """Licences, escorts and limits that the option meets on its way, to be shown with it."""
    country = countries(atlas)
    start, end = country[option.arcs[0].from_place], country[option.arcs[-1].to_place]
    return tuple(
        row
        for row in binding(atlas, cargo, start, end, day)
        if row["action"] != "ban" and any(covers(row, arc, country, start, end) for arc in option.arcs)
    )


def countries(atlas: Atlas) -> dict[str, str]:
    """State of every place."""
    return {place: str(row["country"]) for place, row in atlas.gazetteer.places.items()}


def _digits(hs: str | None) -> str:
    return "".join(sign for sign in hs or "" if sign.isdigit())


def _names_the_goods(row: Row, hs: str | None) -> bool:
    """True for a rule on all goods, or when the digits of the code asked for begin with a named prefix."""
    if not row["hs"]:
        return True
    digits = _digits(hs)
    return bool(digits) and any(digits.startswith(prefix) for prefix in row["hs"])


def _speaks_of(row: Row, start: str, end: str) -> bool:
    """Whether the movement, the states and the partners of a rule fit a trip between two states."""
    states, partners, movement = row["state"], row["partner"], row["movement"]
    if movement == "border":
        return True
    others: tuple[str, ...] = (start, end)
    if movement == "transit":
        binds = any(state not in (start, end) for state in states)
    elif movement == "import":
        binds, others = start != end and end in states, (start,)
    elif movement == "export":
        binds, others = start != end and start in states, (end,)
    else:
        binds = True
    if row["partner_side"] == "origin":
        others = (start,)
    elif row["partner_side"] == "destination":
        others = (end,)
    return binds and (not partners or any(other in partners for other in others))


def covers(row: Row, arc: Arc, country: Mapping[str, str], start: str, end: str) -> bool:
    """Whether an arc lies where a rule that binds the trip is in force."""
    if row["modes"] and arc.mode not in row["modes"]:
        return False
    ends = (country[arc.from_place], country[arc.to_place])
    movement = row["movement"]
    if movement == "border":
        return ends[0] != ends[1] and any(
            a in row["state"] and b in row["partner"] for a, b in (ends, ends[::-1])
        )
    if movement == "import":
        return ends[0] != ends[1] and ends[1] == end
    if movement == "export":
        return ends[0] != ends[1] and ends[0] == start
    inside = [state for state in ends if state in row["state"]]
    if movement == "transit":
        return any(state not in (start, end) for state in inside)
    return bool(inside)


def availability(option: Option, atlas: Atlas) -> tuple[Availability, ...]:
    """Quotas of the crossings on the way and waits for what is scarce, in the order of the way."""
    found: dict[tuple[str, str], Availability] = {}
    notes = _procedure_notes(atlas, option)
    for arc in option.arcs:
        if arc.crossing:
            crossing = atlas.gazetteer.crossings[arc.crossing]
            if crossing["quota_per_day"] is not None:
                found["quota", arc.crossing] = Availability(
                    "quota", arc.crossing, float(crossing["quota_per_day"]), crossing["quota_unit"],
                    None, _queue_h(arc, atlas), str(crossing["source"]), str(crossing["quality"]),
                    crossing["note"],
                )  # fmt: skip
        for step in arc.steps:
            if step.code in SHORTAGES:
                key = (step.code, step.place)
                fresh = Availability(
                    *key, None, None, step.probability, step.hours, step.source, step.quality,
                    notes.get(step.procedure),
                )  # fmt: skip
                found[key] = _together(found[key], fresh) if key in found else fresh
    return tuple(found.values())


def _queue_h(arc: Arc, atlas: Atlas) -> float:
    """Expected hours that the steps of both posts wait on an arc."""
    waiting = {code for code, row in atlas.codes.items() if row["group"] == "waiting"}
    return math.fsum(step.hours for step in arc.steps if step.code in waiting)


def _together(a: Availability, b: Availability) -> Availability:
    """Two waits for the same thing at one place: either may occur, hours add, the weaker class stands."""
    weaker = max(a, b, key=lambda wait: QUALITIES.index(wait.quality))
    return replace(
        weaker,
        probability=1 - (1 - (a.probability or 0)) * (1 - (b.probability or 0)),
        hours=(a.hours or 0) + (b.hours or 0),
        note="; ".join(dict.fromkeys(note for note in (a.note, b.note) if note)) or None,
    )


def _procedure_notes(atlas: Atlas, option: Option) -> dict[str, str]:
    wanted = {step.procedure for arc in option.arcs for step in arc.steps if step.code in SHORTAGES}
    if not wanted:
        return {}
    rows: Iterable[Row] = atlas.frames["procedures"].iter_rows(named=True)
    return {str(r["procedure"]): str(r["note"]) for r in rows if r["procedure"] in wanted and r["note"]}
