"""Which arcs the rules close, asked again and again over one network.

Question: which arcs may this cargo not use between two states?
In and out: an `Atlas`, a cargo and a day in; numbers of closed arcs of a frozen network out.
Method: what a ban says of an arc (`rules.covers`) depends on its mode and the states at its ends alone, so
arcs are told apart by these three and a pair of states is judged once for each kind.
Limits: which rule closes an arc is left to `rules.blocked`, whose answer this is without the reasons.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from daliz.routing.rules import binding, countries, covers

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from daliz.model.frozen import Arc, Cargo
    from daliz.routing.atlas import Atlas

__all__ = ["Bans", "Closed"]


class Bans:
    """The bans on one cargo on one day, by kind of arc; kinds stay known from network to network."""

    def __init__(self, atlas: Atlas, cargo: Cargo, day: dt.date) -> None:
        self._atlas, self._cargo, self._day = atlas, cargo, day
        self.country = countries(atlas)
        self._kinds: dict[tuple[str, str, str], int] = {}
        self._one: list[Arc] = []
        self._shut: dict[tuple[str, str], list[bool]] = {}
        self._first: tuple[Sequence[Arc], dict[int, int]] = ((), {})

    def kinds(self, arcs: Sequence[Arc]) -> np.ndarray:
        """The kind of each arc, shape (arcs,)."""
        known = self._first[1]
        found = []
        for arc in arcs:
            kind = known.get(id(arc))
            if kind is None:
                key = (arc.mode, self.country[arc.from_place], self.country[arc.to_place])
                if key not in self._kinds:
                    self._kinds[key] = len(self._kinds)
                    self._one.append(arc)
                kind = self._kinds[key]
            found.append(kind)
        if not known:
            # Arcs of the first network are held, so that no other one takes their identity.
            self._first = arcs, {id(arc): kind for arc, kind in zip(arcs, found, strict=True)}
        return np.array(found, dtype=np.int64)

    def shut(self, start: str, end: str) -> list[bool]:
        """For each kind known so far, whether a ban closes it between two states."""
        known = self._shut.setdefault((start, end), [])
        if len(known) < len(self._one):
            bans = [
                row
                for row in binding(self._atlas, self._cargo, start, end, self._day)
                if row["action"] == "ban"
            ]
            known += [
                any(covers(row, arc, self.country, start, end) for row in bans)
                for arc in self._one[len(known) :]
            ]
        return known

    def over(self, arcs: Sequence[Arc]) -> Closed:
        """The bans as they fall on the arcs of one network."""
        return Closed(self, self.kinds(arcs))


class Closed:
    """Closed arcs of one network by pair of states; pairs for which the same arcs are closed share a set."""

    def __init__(self, bans: Bans, kinds: np.ndarray) -> None:
        self._bans, self._kinds = bans, kinds
        self._pairs: dict[tuple[str, str], frozenset[int]] = {}
        self._sets: dict[bytes, frozenset[int]] = {}

    def between(self, start: str, end: str) -> frozenset[int]:
        """Numbers of the arcs that are closed to cargo from one state to another."""
        if (start, end) not in self._pairs:
            shut = np.array(self._bans.shut(start, end), dtype=bool)
            mark = shut.tobytes()
            if mark not in self._sets:
                closed = shut[self._kinds] if len(self._kinds) else np.empty(0, dtype=bool)
                self._sets[mark] = frozenset(np.flatnonzero(closed).tolist())
            self._pairs[start, end] = self._sets[mark]
        return self._pairs[start, end]
