"""Networks other than the built one: with the user's own figures, with edits, with both.

Question: which network is a question about, and how is it not made anew each time?
In and out: whether own figures count, and edits as plain rows, in; an `Atlas` out.
Method: the file of own figures is known by its time and size, edits by their text; the few networks asked
for lately are kept.
Limits: one process; frozen networks are made anew for each of them.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Any

from daliz import scenario
from daliz.model.frozen import Cargo
from daliz.model.network import CURATED
from daliz.own import Book, apply, own_file
from daliz.routing.ground import Ground

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from daliz.routing import Atlas, Request
    from daliz.store import Store

__all__ = ["Networks"]

_KEPT = 4
_GROUNDS = 2
"""Grounds kept: each holds the whole of the base graphs."""


class Networks:
    """The built network of a store and what is derived from it on request; safe to use from many threads."""

    def __init__(self, atlas: Atlas, store: Store) -> None:
        self.built = atlas
        self._store = store
        self._kept: OrderedDict[tuple[object, ...], Atlas] = OrderedDict()
        self._lock = Lock()
        self._tables: Mapping[str, Any] = {}
        self._grounds: OrderedDict[str, Ground] = OrderedDict()
        self._ground_lock = Lock()

    def ground(self, mode: str, by: str) -> Ground:
        """The ground for a 40-foot box by a mode, its weights for a criterion ready.

        Whoever asks first waits while it is made, and others with it: it is made once.
        """
        with self._ground_lock:
            ground = self._grounds.get(mode)
            if ground is None:
                ground = Ground(self._store, self.built, Cargo(mode=mode))
            self._grounds[mode] = ground
            self._grounds.move_to_end(mode)
            while len(self._grounds) > _GROUNDS:
                self._grounds.popitem(last=False)
            ground.metric(by)
            return ground

    def book(self) -> Book:
        """The own figures as they stand now."""
        return Book.read(own_file(self._store.folder))

    def tables(self) -> Mapping[str, Any]:
        """Every table that an own figure or a remark may be about."""
        if not self._tables:
            self._tables = self._store.frames((*CURATED, "calibrated_steps"))
        return self._tables

    def named(self, request: Request) -> None:
        """Refuse names that no place has, before a network is made for them.

        Raises
        ------
        UnknownPlace, AmbiguousPlace
            as `routing.route`.
        """
        for name in (request.origin, request.destination):
            self.built.gazetteer.place(name, request.cargo.mode, request.lang)

    def asked(self, request: Request, own: bool, edits: Sequence[Mapping[str, Any]]) -> Atlas:
        """The network for a request, with own figures in force and edits made.

        Raises
        ------
        UnknownPlace, AmbiguousPlace
            when the trip itself cannot be asked.
        BadTable
            when an edit does not fit its table or cannot act; each with row, column and repair.
        """
        if not own and not edits:
            return self.built
        self.named(request)
        rows = scenario.checked(edits) if edits else ()
        key = (self._stamp() if own else None, json.dumps(edits, sort_keys=True, default=str))
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        atlas = self.built
        if own:
            atlas = atlas.with_frames(apply(atlas.frames, self.book().figures))
        if rows:
            atlas = scenario.under(atlas, rows)
        with self._lock:
            self._kept[key] = atlas
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return atlas

    def _stamp(self) -> tuple[int, int]:
        path = own_file(self._store.folder)
        if not path.exists():
            return (0, 0)
        found = path.stat()
        return found.st_mtime_ns, found.st_size
