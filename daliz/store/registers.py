"""The registers: shipped rows of plans, projects, incidents and trade, and the rows a secretariat adds.

Question: which rows does a register hold now, whose are they, and from which file did each come?
In and out: names of tables in, frames with shipped and added rows out; what a file gave in, a `Receipt` out.
Method: added rows lie in `<table>.parquet` beside the store, because a build replaces that one whole; an
added row takes the place of a shipped one of the same key. Each file is a batch by the hash of its bytes:
a row that says what is known already is counted and changes nothing, a row that takes another's place
leaves the former one in `history.parquet`. What is refused stands in `quarantine.parquet` with its cells,
reason and repair. Files are written beside and renamed; one writer at a time holds a lock.
Limits: rows are replaced whole, never cell by cell.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from daliz.errors import BadValue
from daliz.model.network import CURATED, KEPT
from daliz.model.registers import Refusal, Taken, cells
from daliz.schema import table
from daliz.store import Store

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping

    import polars as pl

    from daliz.schema import Row

__all__ = ["Receipt", "Registers"]

_HISTORY = {"table": str, "key": str, "batch": str, "replaced_at": str, "row": str}
_QUARANTINE = ("batch", "table", "file", "at", "column", "raw", "message", "repair", "values")


@dataclass(frozen=True)
class Receipt:
    """What became of the rows of a file: read = accepted + known + refused, always."""

    batch: str
    file: str
    read: int
    accepted: int
    replaced: int
    known: int
    refused: int
    by_table: dict[str, int]


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
        return self.scan(name).collect()

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

    def added(self, name: str) -> pl.DataFrame:
        """Added rows of table `name` alone."""
        import polars as pl

        path = self.folder / f"{name}.parquet"
        return pl.read_parquet(path) if path.exists() else table(name).empty()

    def frames(self, names: Iterable[str]) -> dict[str, pl.DataFrame]:
        """Several tables by name."""
        return {name: self.frame(name) for name in names}

    def add(self, taken: Taken, file: Path, batch: str, now: dt.datetime) -> Receipt:
        """Take in what a file gave.

        Rows whose source no table of sources holds get one that names the file. Rows that point at nothing
        are refused with what they point at.

        Raises
        ------
        BadValue
            when the folder cannot be written or another import is at work.
        """
        with self._lock():
            rows = self._sourced(taken, file, batch, now)
            refused = [*taken.refused]
            kept, dangling = self._pointing(rows, file)
            refused += dangling
            by_table, replaced, known = {}, 0, 0
            for name, mine in kept.items():
                fresh, old, same = self._sorted(name, mine, source_key(batch))
                known += same
                replaced += len(old)
                if fresh:
                    self._merge(name, fresh)
                    self._remember(name, old, batch, now)
                by_table[name] = len(fresh)
            self._quarantine(refused, batch)
            self._carry(taken.carried)
        by_table = {name: count for name, count in by_table.items() if count}
        accepted = sum(len(one) for one in kept.values()) - known
        return Receipt(
            batch,
            file.name,
            sum(map(len, rows.values())) + len(taken.refused),
            accepted,
            replaced,
            known,
            len(refused),
            by_table,
        )

    def _sourced(self, taken: Taken, file: Path, batch: str, now: dt.datetime) -> dict[str, list[Row]]:
        """Rows with a known source each; one is made for the file where a row names none that is known."""
        sources = set(self.frame("sources")["source"].to_list())
        sources |= {str(row["source"]) for row in taken.rows.get("sources", [])}
        key = source_key(batch)
        rows = {name: list(mine) for name, mine in taken.rows.items() if mine}
        asked = False
        for name, mine in rows.items():
            if name != "sources" and table(name)["source"].foreign is not None:
                for row in mine:
                    asked |= row["source"] == key or row["source"] not in sources
                    row["source"] = row["source"] if row["source"] in sources else key
        if asked and key not in sources:
            self._merge(
                "sources",
                [
                    {
                        "source": key,
                        "citation": file.name,
                        "url": None,
                        "licence": "as the file says",
                        "retrieved": now.date(),
                        "recheck_by": None,
                        "note": f"added from a file, batch {batch}",
                    }
                ],
            )
        return rows

    def _pointing(
        self, rows: Mapping[str, list[Row]], file: Path
    ) -> tuple[dict[str, list[Row]], list[Refusal]]:
        """Rows whose foreign keys point at rows that are there or come with them, and the others."""
        kept = {name: list(mine) for name, mine in rows.items()}
        refused: list[Refusal] = []
        held: dict[str, set[str]] = {}
        moved = True
        while moved:  # a refused row may have been what another one points at
            moved = False
            for name, mine in list(kept.items()):
                for column in table(name).columns:
                    if column.foreign is None or column.name == "source":
                        continue
                    target, key = column.foreign
                    if target not in held:
                        known = target in CURATED or target in KEPT
                        held[target] = set(map(str, self.frame(target)[key].to_list())) if known else set()
                    there = held[target] | {str(row[key]) for row in kept.get(target, [])}
                    bad = [
                        row
                        for row in mine
                        if row[column.name] is not None and str(row[column.name]) not in there
                    ]
                    if bad:
                        moved = True
                        mine = [row for row in mine if row not in bad]  # noqa: PLW2901
                        kept[name] = mine
                        refused += [
                            Refusal(
                                name,
                                file.name,
                                str(row[table(name).primary]),
                                column.name,
                                cells(name, row),
                                "finding.dangling",
                                "repair.dangling",
                                {"column": column.name, "value": str(row[column.name]), "target": target},
                            )
                            for row in bad
                        ]
        return kept, refused

    def _sorted(self, name: str, rows: list[Row], own: str) -> tuple[list[Row], list[Row], int]:
        """Rows that say something new, the rows they replace, and how many say what is known.

        A row that names no source of its own (it has that of the file) is known where all else is.
        """
        key = table(name).primary
        held = {str(row[key]): row for row in self.frame(name).iter_rows(named=True)}
        fresh: dict[str, Row] = {}
        old, same = [], 0
        for row in rows:
            word = str(row[key])
            before = fresh.get(word) or held.get(word)
            mine = row if row.get("source") != own or before is None else {**row, "source": before["source"]}
            if before is not None and cells(name, before) == cells(name, mine):
                same += 1
                continue
            if word in held and word not in fresh:
                old.append(held[word])
            same += word in fresh
            fresh[word] = row
        return list(fresh.values()), old, same

    def _merge(self, name: str, rows: list[Row]) -> None:
        import polars as pl

        key, path = table(name).primary, self.folder / f"{name}.parquet"
        fresh = table(name).frame(rows).unique(key, keep="last", maintain_order=True)
        if path.exists():
            before = pl.read_parquet(path)
            fresh = pl.concat([before.join(fresh, on=key, how="anti"), fresh])
        self._put(fresh, path)

    def _remember(self, name: str, rows: list[Row], batch: str, now: dt.datetime) -> None:
        key = table(name).primary
        self._append(
            "history",
            [
                {
                    "table": name,
                    "key": str(row[key]),
                    "batch": batch,
                    "replaced_at": now.isoformat(),
                    "row": json.dumps(cells(name, row), ensure_ascii=False),
                }
                for row in rows
            ],
        )

    def _quarantine(self, refused: list[Refusal], batch: str) -> None:
        rows = [
            {
                "batch": batch,
                "table": one.table,
                "file": one.file,
                "at": one.at,
                "column": one.column,
                "raw": json.dumps(one.raw, ensure_ascii=False),
                "message": one.message,
                "repair": one.repair,
                "values": json.dumps(one.values, ensure_ascii=False),
            }
            for one in refused
        ]
        held = {tuple(row.values()) for row in self._table("quarantine")}
        self._append("quarantine", [row for row in rows if tuple(row.values()) not in held])

    def _carry(self, carried: Mapping[tuple[str, str], str]) -> None:
        if carried:
            before = {(row["format"], row["key"]): row["text"] for row in self._table("carried")}
            rows = [
                {"format": form, "key": key, "text": word}
                for (form, key), word in {**before, **carried}.items()
            ]
            self._write("carried", rows)

    def carried(self, form: str) -> dict[str, str]:
        """What a format said beyond our columns, by key."""
        return {row["key"]: row["text"] for row in self._table("carried") if row["format"] == form}

    def history(self) -> list[Row]:
        """Rows that were replaced, with the batch and the instant."""
        return self._table("history")

    def quarantine(self) -> list[Refusal]:
        """What was refused and not mended yet."""
        return [
            Refusal(
                row["table"],
                row["file"],
                row["at"],
                row["column"],
                json.loads(row["raw"]),
                row["message"],
                row["repair"],
                json.loads(row["values"]),
            )
            for row in self._table("quarantine")
        ]

    def release(self, mended: Iterable[tuple[str, str]]) -> None:
        """Take rows out of the quarantine that were mended: (table, raw cells as JSON)."""
        gone = set(mended)
        with self._lock():
            rows = self._table("quarantine")
            self._write("quarantine", [row for row in rows if (row["table"], row["raw"]) not in gone])

    def _table(self, name: str) -> list[Row]:
        import polars as pl

        path = self.folder / f"{name}.parquet"
        return pl.read_parquet(path).to_dicts() if path.exists() else []

    def _append(self, name: str, rows: list[Row]) -> None:
        if rows:
            self._write(name, [*self._table(name), *rows])

    def _write(self, name: str, rows: list[Row]) -> None:
        import polars as pl

        columns = {
            "history": list(_HISTORY),
            "quarantine": list(_QUARANTINE),
            "carried": ["format", "key", "text"],
        }
        frame = pl.DataFrame(rows, schema=dict.fromkeys(columns[name], pl.String), orient="row")
        self._put(frame, self.folder / f"{name}.parquet")

    def _put(self, frame: pl.DataFrame, path: Path) -> None:
        beside = path.with_suffix(".part")
        frame.write_parquet(beside)
        beside.replace(path)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = (self.folder / ".lock").open("w")
        except OSError:
            raise BadValue("error.registers_folder", folder=str(self.folder)) from None
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise BadValue("error.registers_busy", folder=str(self.folder)) from None
            yield


def batch_of(path: Path) -> str:
    """The name of a file's batch: the hash of its bytes, or of those of the files in a folder."""
    digest = hashlib.sha256()
    for one in sorted(path.glob("*.csv")) if path.is_dir() else [path]:
        with one.open("rb") as stream:
            for block in iter(lambda: stream.read(1 << 20), b""):
                digest.update(block)
    return digest.hexdigest()[:16]


def source_key(batch: str) -> str:
    """Source key of the rows of a batch that name no source of their own."""
    return f"file-{batch}"


def receipt_dict(receipt: Receipt) -> Row:
    """A receipt as plain data."""
    return asdict(receipt)
