"""The registers: shipped rows of plans, projects, incidents and trade, and the rows a secretariat adds.

Question: which rows does a register hold now, whose are they, and from which file did each come?
In and out: names of tables of `KEPT` and `CURATED` in; frames with shipped and added rows out.
Method: added rows lie in `registers/<table>.parquet` beside the store, because a build replaces that one
whole; an added row takes the place of a shipped one of the same key.
Limits: one writer at a time.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from daliz.model.network import CURATED
from daliz.schema import table
from daliz.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

__all__ = ["Registers"]


@dataclass(frozen=True)
class Registers:
    """The registers of one store: `store` holds the shipped rows, `folder` the added ones."""

    store: Path
    folder: Path

    @classmethod
    def beside(cls, store: Path) -> Registers:
        """The registers of a store: `DALIZ_REGISTERS`, else the folder `registers` beside it."""
        named = os.environ.get("DALIZ_REGISTERS")
        return cls(store, Path(named) if named else store.parent / "registers")

    def frame(self, name: str) -> pl.DataFrame:
        """Shipped rows of table `name` (when it is a curated one) and added rows, the added ones first.

        Raises
        ------
        MissingStore, BadValue
            when the store is not there or is damaged.
        KeyError
            when the table is not declared.
        """
        import polars as pl

        declared = table(name)
        shipped = Store(self.store).frame(name) if name in CURATED else declared.empty()
        path = self.folder / f"{name}.parquet"
        if not path.exists():
            return shipped
        added = pl.read_parquet(path)
        return pl.concat([added, shipped.join(added, on=declared.primary, how="anti")])

    def scan(self, name: str) -> pl.LazyFrame:
        """Table `name` read as far as it is asked for; the same rows as `frame`."""
        import polars as pl

        declared = table(name)
        shipped = Store(self.store).frame(name) if name in CURATED else declared.empty()
        path = self.folder / f"{name}.parquet"
        if not path.exists():
            return shipped.lazy()
        added = pl.scan_parquet(path)
        if not shipped.height:
            return added
        kept = shipped.lazy().join(added, on=declared.primary, how="anti")
        return pl.concat([added, kept])

    def frames(self, names: Iterable[str]) -> dict[str, pl.DataFrame]:
        """Several tables by name."""
        return {name: self.frame(name) for name in names}
