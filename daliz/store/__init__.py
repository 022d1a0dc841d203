"""The built network at rest: one folder of Parquet tables, base graph arrays and a manifest.

Question: how does a built network survive the program, and what changed between two builds?
In and out: frames and arrays in, a folder out, and back; two folders in, differences out.
Method: everything is written to a folder beside the target, which then takes its name, so that a
killed build leaves the old store whole. Base arrays are memory-mapped `.npy` files.
Limits: one writer at a time. There is no SQL yet because nothing here needs a query (ADR 0003).
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from daliz.errors import BadValue, MissingStore
from daliz.schema import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

__all__ = ["FORMAT", "Change", "Store", "diff"]

FORMAT = 7
"""Version of the folder layout; a store of another version is refused with the repair."""


@dataclass(frozen=True)
class Store:
    """A store folder; reading is lazy, one file per table."""

    folder: Path

    def __post_init__(self) -> None:
        """Take a path as text too."""
        object.__setattr__(self, "folder", Path(self.folder))

    @property
    def exists(self) -> bool:
        """True when a finished store is there."""
        return (self.folder / "manifest.json").exists()

    def manifest(self) -> dict[str, object]:
        """Version, reference date, row counts and build figures.

        Raises
        ------
        MissingStore
            when no finished store is there.
        """
        if not self.exists:
            raise MissingStore("error.no_store", store=str(self.folder))
        try:
            loaded: dict[str, object] = json.loads(
                (self.folder / "manifest.json").read_text(encoding="utf-8")
            )
        except ValueError:
            raise BadValue("error.store_damaged", store=str(self.folder), file="manifest.json") from None
        if loaded.get("format") != FORMAT:
            raise BadValue("error.store_format", store=str(self.folder), found=loaded.get("format"))
        return loaded

    def frame(self, name: str) -> pl.DataFrame:
        """One table."""
        import polars as pl

        self.manifest()
        path = self.folder / "tables" / f"{name}.parquet"
        try:
            return pl.read_parquet(path)
        except (FileNotFoundError, pl.exceptions.PolarsError):
            raise BadValue("error.store_damaged", store=str(self.folder), file=path.name) from None

    def frames(self, names: Iterable[str]) -> dict[str, pl.DataFrame]:
        """Several tables by name."""
        return {name: self.frame(name) for name in names}

    def array(self, group: str, name: str) -> NDArray[np.generic]:
        """One array of a base graph, memory-mapped and read-only."""
        import numpy as np

        loaded: NDArray[np.generic] = np.load(self.folder / "base" / f"{group}-{name}.npy", mmap_mode="r")
        return loaded

    def write(
        self,
        frames: Mapping[str, pl.DataFrame],
        arrays: Mapping[str, Mapping[str, NDArray[np.generic]]],
        manifest: Mapping[str, object],
    ) -> None:
        """Replace the store by these tables and arrays, all or nothing."""
        import numpy as np

        self.folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{self.folder.name}-", dir=self.folder.parent))
        try:
            (fresh / "tables").mkdir()
            (fresh / "base").mkdir()
            for name, frame in frames.items():
                frame.write_parquet(fresh / "tables" / f"{name}.parquet")
            for group, named in arrays.items():
                for name, values in named.items():
                    np.save(fresh / "base" / f"{group}-{name}.npy", values)
            whole = {"format": FORMAT, "rows": {n: f.height for n, f in frames.items()}, **manifest}
            (fresh / "manifest.json").write_text(
                json.dumps(whole, indent=2, ensure_ascii=False, default=str), encoding="utf-8"
            )
            fresh.chmod(0o755)
            old = self.folder.with_name(f".{self.folder.name}-old-{os.getpid()}")
            if self.folder.exists():
                self._refuse_stranger()
                self.folder.rename(old)
            fresh.rename(self.folder)
            shutil.rmtree(old, ignore_errors=True)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def _refuse_stranger(self) -> None:
        """Never replace a folder that is not a store."""
        if any(self.folder.iterdir()) and not self.exists:
            raise BadValue("error.not_a_store", store=str(self.folder))


@dataclass(frozen=True)
class Change:
    """One difference between two stores: a row added, removed, or a cell changed."""

    table: str
    row: str
    kind: str
    column: str
    before: object
    after: object

    def as_dict(self) -> dict[str, object]:
        """Plain data for JSON."""
        return {
            "table": self.table, "row": self.row, "kind": self.kind, "column": self.column,
            "before": _plain(self.before), "after": _plain(self.after),
        }  # fmt: skip


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, int | float | str | list) else str(value)


def diff(before: Store, after: Store, names: Iterable[str]) -> list[Change]:
    """What changed from one build to another, row by row and cell by cell, in table order."""
    changes: list[Change] = []
    for name in names:
        old, new = before.frame(name), after.frame(name)
        key = table(name).primary
        old_rows = {str(row[key]): row for row in old.iter_rows(named=True)}
        new_rows = {str(row[key]): row for row in new.iter_rows(named=True)}
        changes += [Change(name, row, "removed", "", None, None) for row in old_rows.keys() - new_rows.keys()]
        changes += [Change(name, row, "added", "", None, None) for row in new_rows.keys() - old_rows.keys()]
        for row in old_rows.keys() & new_rows.keys():
            for column in sorted(old_rows[row].keys() | new_rows[row].keys()):
                was, now = old_rows[row].get(column), new_rows[row].get(column)
                if was != now:
                    changes.append(Change(name, row, "changed", column, was, now))
    return sorted(changes, key=lambda change: (change.table, change.row, change.column))
