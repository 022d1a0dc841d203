"""What two checklists, or two sets of them, do not have in common.

Question: what changed between two versions, and where do the checklists of two states differ?
In and out: checklists in; a `Difference` out, with a table and plain data worded in a language.
Method: steps are matched by activity code, checklists by movement, service and cargo class; where each side
has one checklist they are compared whatever they are for. Of the steps on both sides those outside a longest
common order have moved, which is the least number of moves.
Limits: a step that changed its code is one removed and one added.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daliz.i18n import text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pandas as pd

    from daliz.regime.holder import Checklist
    from daliz.schema import Row

__all__ = ["Change", "Difference", "diff"]

_ITEM = {
    "party": ("party",),
    "mandatory": ("mandatory",),
    "order": ("after",),
    "standard": ("sla_h",),
    "calendar": ("calendar", "closed_on_holidays"),
    "stops": ("stops",),
    "goods": ("hs",),
    "repeat": ("most_times",),
    "escalation": ("escalate_h", "escalate_to"),
}
"""Kind of change to the columns of an item whose change it is."""

_WHOLE = {"standard": ("total_sla_h",), "calendar": ("calendar", "closed_on_holidays")}
"""The same for the row of a checklist."""

_WORDS = {
    "added": "regime.added",
    "removed": "regime.removed",
    "moved": "regime.moved",
    "party": "regime.party",
    "mandatory": "regime.mandatory",
    "order": "regime.order",
    "standard": "regime.standard",
    "calendar": "regime.calendar",
    "stops": "regime.stops",
    "goods": "regime.goods",
    "repeat": "regime.repeat",
    "escalation": "regime.escalation",
    "checklist_added": "regime.checklist_added",
    "checklist_removed": "regime.checklist_removed",
}


@dataclass(frozen=True)
class Change:
    """One difference: in which pair of checklists, of what kind, at which step (empty: the whole visit)."""

    before_id: str
    after_id: str
    kind: str
    code: str
    column: str
    before: object
    after: object


@dataclass(frozen=True)
class Difference:
    """All changes from one side to the other, in the order of the checklists."""

    changes: tuple[Change, ...]

    @property
    def same(self) -> bool:
        """True when nothing differs."""
        return not self.changes

    @property
    def table(self) -> pd.DataFrame:
        """A row for each change."""
        import pandas as pd

        return pd.DataFrame([vars(change) for change in self.changes], columns=list(Change.__annotations__))

    def as_dict(self, lang: str, codes: Mapping[str, Row] | None = None) -> Row:
        """Plain data with kinds and steps in `lang`; `codes` are the rows of `activity_codes` by code."""
        return {
            "same": self.same,
            "changes": [
                vars(change)
                | {"kind_text": text(_WORDS[change.kind], lang), "step": _name(change.code, lang, codes)}
                for change in self.changes
            ],
        }


def _name(code: str, lang: str, codes: Mapping[str, Row] | None) -> str:
    if not code:
        return text("regime.whole_visit", lang)
    return str(codes[code][f"name_{lang}"]) if codes and code in codes else code


def diff(before: Iterable[Checklist], after: Iterable[Checklist]) -> Difference:
    """What the checklists of `after` have otherwise than those of `before`.

    Each side holds one version of a checklist at most for each movement, service and cargo class.
    """
    old, new = list(before), list(after)
    if len(old) == len(new) == 1:
        return Difference(tuple(_changes(old[0], new[0])))
    ours, theirs = ({one.key: one for one in side} for side in (old, new))
    changes: list[Change] = []
    for key in sorted(ours.keys() | theirs.keys()):
        if key not in theirs:
            changes.append(Change(ours[key].id, "", "checklist_removed", "", "", " ".join(key), None))
        elif key not in ours:
            changes.append(Change("", theirs[key].id, "checklist_added", "", "", None, " ".join(key)))
        else:
            changes += _changes(ours[key], theirs[key])
    return Difference(tuple(changes))


def _changes(old: Checklist, new: Checklist) -> Iterator[Change]:
    pair = (old.id, new.id)
    yield from _cells(pair, "", _WHOLE, old.row, new.row)
    ours, theirs = ({item["code"]: item for item in one.items} for one in (old, new))
    for code in ours:
        if code not in theirs:
            yield Change(*pair, "removed", code, "", ours[code]["party"], None)
    for code in theirs:
        if code not in ours:
            yield Change(*pair, "added", code, "", None, theirs[code]["party"])
    common = [code for code in theirs if code in ours]
    place = {code: at for at, code in enumerate(code for code in ours if code in theirs)}
    kept = _longest_order([place[code] for code in common])
    for at, code in enumerate(common):
        if at not in kept:
            yield Change(*pair, "moved", code, "seq", ours[code]["seq"], theirs[code]["seq"])
        yield from _cells(pair, code, _ITEM, ours[code], theirs[code])


def _cells(
    pair: tuple[str, str],
    code: str,
    kinds: Mapping[str, tuple[str, ...]],
    old: Mapping[str, object],
    new: Mapping[str, object],
) -> Iterator[Change]:
    for kind, columns in kinds.items():
        for column in columns:
            if (old[column] or None) != (new[column] or None):
                yield Change(*pair, kind, code, column, old[column], new[column])


def _longest_order(places: list[int]) -> set[int]:
    """Positions of a longest run of growing places (patience sorting)."""
    tops: list[int] = []
    at_top: list[int] = []
    back: list[int] = []
    for position, place in enumerate(places):
        pile = bisect_left(tops, place)
        back.append(at_top[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [place]
        at_top[pile : pile + 1] = [position]
    kept: set[int] = set()
    position = at_top[-1] if at_top else -1
    while position >= 0:
        kept.add(position)
        position = back[position]
    return kept
