"""What a reader means by `Dostyk:rail:in@2025-03-01`, a checklist id or a file.

Question: which checklists does this word of the command line stand for?
In and out: a regime, the names of a network, a word and a day in; checklists out.
Method: a file that exists is read; a known id is that checklist; else the part before the first colon is a
place by any of its names, then come mode and direction, and after @ the day instead of today.
Limits: a file stands for the checklists of it that hold on the day, or for all when none does.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from daliz.errors import BadValue, UnknownPlace
from daliz.regime.holder import Checklist, Regime
from daliz.schema import table

if TYPE_CHECKING:
    from daliz.gazetteer import Gazetteer

__all__ = ["named"]

_FILES = (".yaml", ".yml", ".csv")


def named(regime: Regime, gazetteer: Gazetteer, word: str, today: dt.date) -> tuple[Checklist, ...]:
    """The checklists that `word` stands for.

    Raises
    ------
    UnknownPlace, AmbiguousPlace
        when no checklist and not one place answers to the name.
    BadValue, BadTable
        when the day, mode or direction is not one, or the file does not fit.
    """
    path = Path(word)
    if path.is_dir() or path.suffix.casefold() in _FILES:
        return _of_file(Regime.from_file(path), today)
    known = {one.id: one for one in regime.checklists}
    if word in known:
        return (known[word],)
    name, _, day = word.partition("@")
    name, _, movement = name.partition(":")
    on = _day(day, word) if day else today
    if movement:
        _movement(movement, word)
    place = gazetteer.place(name, movement.partition(":")[0] or "any")
    found = regime.at(place, on, movement)
    if not found:
        raise UnknownPlace("error.regime_none", place=place, date=on.isoformat())
    return found


def _of_file(own: Regime, today: dt.date) -> tuple[Checklist, ...]:
    places = sorted({str(one.row["place"]) for one in own.checklists})
    held = tuple(one for place in places for one in own.at(place, today))
    return held or own.checklists


def _day(text: str, word: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise BadValue("error.regime_word", word=word, part=text, allowed="2026-03-01") from None


def _movement(text: str, word: str) -> None:
    mode, _, direction = text.partition(":")
    declared = table("checklists")
    for part, column in ((mode, "mode"), (direction, "direction")):
        allowed = declared[column].values
        if part not in allowed and (part or column == "mode"):
            raise BadValue("error.regime_word", word=word, part=part, allowed=", ".join(allowed))
