"""The tables of one store, read once.

Question: what do the routes of a session share?
In and out: a store in; frames, names, sources and frozen networks out.
Method: frozen networks are kept for the cargoes asked for lately; nothing in an atlas changes an
earlier answer, so the same question gives the same answer after any other.
Limits: one process; a rebuilt store needs a new atlas.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING

from daliz.freeze import TABLES, freeze
from daliz.gazetteer import Gazetteer
from daliz.routing.costs import searched

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import polars as pl

    from daliz.model.frozen import Cargo, FrozenNetwork
    from daliz.schema import Row
    from daliz.store import Store

__all__ = ["Atlas"]

_KEPT = 16


def _in_force(frame: pl.DataFrame, day: dt.date) -> pl.DataFrame:
    """Rows of a table with `valid_from` and `valid_to` that hold on `day`."""
    started = frame["valid_from"].fill_null(day) <= day
    holds = started & (frame["valid_to"].fill_null(day) >= day)
    return frame if holds.all() else frame.filter(holds)  # the same frame tells that nothing has changed


class Atlas:
    """Frames of a store and what is derived from them; safe to read from many threads."""

    def __init__(self, store: Store) -> None:
        manifest = store.manifest()
        self._take(store.frames(TABLES), dt.date.fromisoformat(str(manifest["reference_date"])), manifest)

    def _take(
        self, frames: Mapping[str, pl.DataFrame], day: dt.date, manifest: Row, like: Atlas | None = None
    ) -> None:
        frames = {**frames, **{name: _in_force(frames[name], day) for name in ("procedures", "trains")}}
        self.frames = frames
        self.built: Atlas = like or self
        self.reference_date = day
        self.manifest = manifest
        self.gazetteer: Gazetteer = Gazetteer(frames, like.gazetteer if like else None)
        self.sources = {row["source"]: row for row in frames["sources"].iter_rows(named=True)}
        self.services = {row["service"]: row for row in frames["services"].iter_rows(named=True)}
        self.trains = {row["train"]: row for row in frames["trains"].iter_rows(named=True)}
        self.codes = {row["code"]: row for row in frames["activity_codes"].iter_rows(named=True)}

        @lru_cache(maxsize=_KEPT)
        def made(cargo: Cargo) -> FrozenNetwork:
            other = like.frozen(cargo) if like else None
            return searched(freeze(frames, cargo, other), frames, other)

        making = Lock()

        def frozen(cargo: Cargo) -> FrozenNetwork:
            with making:  # whoever asks for what another thread is making waits for it
                return made(cargo)

        self.frozen: Callable[[Cargo], FrozenNetwork] = frozen

    def with_frames(self, frames: Mapping[str, pl.DataFrame]) -> Atlas:
        """Another atlas over edited frames (a scenario); this one is left as it is.

        Edits of edits too share most with the tables as built, whose networks say how they were made.
        """
        other = object.__new__(Atlas)
        other._take(frames, self.reference_date, self.manifest, self.built)
        return other
