"""Names of a log to ids of the network: places and activities, in three languages, typing errors allowed.

Question: which place and which activity of ours does the log mean?
In and out: a name as the log has it in; a `Meaning` out: sure, mended, to be asked about, or not ours.
Method: ids, names and aliases first, by the folding of the gazetteer; then the one spelling that is near
while no other place is. Two near ones are a question for the user, whose answers are taken as given.
Limits: short names (under five letters) and codes are never mended; a foreign log keeps its own words.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from daliz.errors import AmbiguousPlace, BadValue, UnknownPlace
from daliz.gazetteer import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from daliz.gazetteer import Gazetteer
    from daliz.schema import Row

__all__ = ["MOVE", "Answers", "Meaning", "Names"]

MOVE = "move"
"""Activity of a movement between two places: it carries kilometres and its carriage as the payment."""

_MOVES = ("move", "moving", "movement", "in transit", "движение", "в пути", "перегон", "қозғалыс", "жолда")
SURE, NEAR, APART = 87.0, 78.0, 6.0
"""Closeness from which a lone spelling is taken, from which it is asked about, and the lead it needs."""
_SHORTEST = 5


@dataclass(frozen=True)
class Meaning:
    """What a name means. `how`: sure, mended (a typing error), ask (several are near), or foreign."""

    how: Literal["sure", "mended", "ask", "foreign"]
    id: str | None = None
    candidates: tuple[str, ...] = ()


Answers = dict[tuple[str, str], str]
"""What the user said a name means: (place or activity, folded name) to our id, or empty for not ours."""


class Names:
    """Meanings of the names of one log; each name is looked up once."""

    def __init__(
        self, gazetteer: Gazetteer, codes: Mapping[str, Row], answers: Answers | None = None
    ) -> None:
        self._gazetteer, self._codes = gazetteer, codes
        self._answers = dict(answers or {})
        self._spellings: dict[str, list[str]] = defaultdict(list)
        for code, row in codes.items():
            for word in (code, row["name_en"], row["name_ru"], row["name_kk"]):
                if code not in self._spellings[fold(str(word))]:
                    self._spellings[fold(str(word))].append(code)
        for word in _MOVES:
            self._spellings[fold(word)] = [MOVE]
        self._check_answers()
        self._places: dict[tuple[str, str], Meaning] = {}
        self._activities: dict[tuple[str, str], Meaning] = {}

    def _check_answers(self) -> None:
        for (kind, name), answer in self._answers.items():
            known: Iterable[str] = self._gazetteer.places if kind == "place" else (*self._codes, MOVE)
            if answer and answer not in known:
                raise BadValue("error.answer_unknown", kind=kind, name=name, answer=answer)

    def place(self, name: str, mode: str) -> Meaning:
        """The place that `name` means to a shipment by `mode` (empty when the log does not say)."""
        key = (name, mode)
        if key not in self._places:
            self._places[key] = self._place(name, mode or "any")
        return self._places[key]

    def _place(self, name: str, mode: str) -> Meaning:
        answer = self._answers.get(("place", fold(name)))
        if answer is not None:
            return Meaning("sure", answer) if answer else Meaning("foreign")
        if name in self._gazetteer.places:
            return Meaning("sure", name)
        if _is_code(name):
            return Meaning("foreign")
        try:
            return Meaning("sure", self._gazetteer.place(name, mode))
        except AmbiguousPlace as error:
            return Meaning("ask", None, tuple(str(error.values["candidates"]).split(", ")))
        except UnknownPlace:
            return self._near_place(name, mode)

    def _near_place(self, name: str, mode: str) -> Meaning:
        if len(fold(name)) < _SHORTEST:
            return Meaning("foreign")
        towns: dict[str, float] = {}
        for closeness, keys in self._gazetteer.alike(name, NEAR):
            for key in keys:
                town = self._gazetteer.place(str(self._gazetteer.places[key]["name_en"]), mode)
                towns[town] = max(closeness, towns.get(town, 0.0))
        return _judged(towns)

    def activity(self, name: str, mode: str) -> Meaning:
        """The activity code that `name` means to a shipment by `mode`."""
        key = (name, mode)
        if key not in self._activities:
            self._activities[key] = self._activity(name, mode)
        return self._activities[key]

    def _activity(self, name: str, mode: str) -> Meaning:
        answer = self._answers.get(("activity", fold(name)))
        if answer is not None:
            return Meaning("sure", answer) if answer else Meaning("foreign")
        if name in self._codes or name == MOVE:
            return Meaning("sure", name)
        found = self._of_mode(self._spellings.get(fold(name), []), mode)
        if len(found) == 1:
            return Meaning("sure", found[0])
        if found:
            return Meaning("ask", None, tuple(found))
        if len(fold(name)) < _SHORTEST or _is_code(name):
            return Meaning("foreign")
        from rapidfuzz import fuzz, process

        near: dict[str, float] = {}
        hits = process.extract(fold(name), self._spellings.keys(), scorer=fuzz.ratio, score_cutoff=NEAR)
        for spelling, closeness, _ in hits:
            for code in self._of_mode(self._spellings[spelling], mode):
                near[code] = max(closeness, near.get(code, 0.0))
        return _judged(near)

    def _of_mode(self, codes: list[str], mode: str) -> list[str]:
        fitting = [
            code for code in codes if not mode or code == MOVE or self._codes[code]["mode"] in (mode, "any")
        ]
        return fitting or codes


def _is_code(name: str) -> bool:
    return name.startswith("urn:") or "://" in name or name.isdigit()


def _judged(near: Mapping[str, float]) -> Meaning:
    """One near spelling with a clear lead is taken; several, or a doubtful one, are asked about."""
    if not near:
        return Meaning("foreign")
    ranked = sorted(near, key=lambda key: (-near[key], key))
    rivals = [key for key in ranked if near[key] > near[ranked[0]] - APART]
    if len(rivals) == 1 and near[ranked[0]] >= SURE:
        return Meaning("mended", ranked[0])
    return Meaning("ask", None, tuple(rivals))
