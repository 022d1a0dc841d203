"""The event store: one immutable part a file read, a quarantine, and what has been replayed.

Question: which events are known, from which file and row, and what was refused?
In and out: typed rows in, batch by batch, through a `Writer`; lazy frames of tables `events` and
`quarantine` and the summaries of the imports out.
Method: an import is a folder `imports/<hash of the file>` with `events.parquet`, `ids.npy` (sorted halves
of the event hashes), `quarantine.parquet` and `summary.json`, written beside and renamed when whole: a
killed import leaves nothing, and the same import makes the same bytes. An event is known by the MD5 of
what it says (computed by DuckDB, not as a secret but as a name); the first half of it is compared, so
that among fifty million events two that differ count as one with a chance of one in ten thousand.
Limits: one writer at a time (a lock); a part is never changed, so corrections act when events are read.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from daliz.errors import BadValue, UnknownPlace
from daliz.schema import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from daliz.schema import Row

__all__ = ["EventStore", "Summary", "Writer", "file_key"]

FORMAT = 1
_SAID = (
    "shipment", "consignment", "unit", "unit_kind", "place", "place_text", "mode", "direction", "service",
    "cargo_class", "activity", "start", "end", "official_amount", "official_currency", "unofficial_amount",
    "unofficial_currency", "distance_km", "tonnes", "teu", "deadline", "actor", "country", "corrects",
    "log_id", "quality", "extra",
)  # fmt: skip
"""What an event says: the columns that make its identity."""

_CHUNK = 1 << 20


def file_key(path: Path) -> str:
    """First 16 hexadecimal digits of the SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as lines:
        while chunk := lines.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()[:16]


@dataclass
class Summary:
    """What one import did: read = accepted + duplicates + rejected, always."""

    file: str
    name: str
    format: str
    read: int = 0
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    simulated: int = 0
    mended: dict[str, str] = field(default_factory=dict)
    asked: dict[str, list[str]] = field(default_factory=dict)
    foreign_places: dict[str, int] = field(default_factory=dict)
    foreign_activities: dict[str, int] = field(default_factory=dict)
    replays: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class EventStore:
    """A folder of imports; reading needs no lock."""

    folder: Path

    @classmethod
    def beside(cls, store: Path) -> EventStore:
        """The event store of a network: `DALIZ_EVENTS`, else the folder `events` beside its store."""
        named = os.environ.get("DALIZ_EVENTS")
        return cls(Path(named) if named else Path(store).parent / "events")

    @property
    def _imports(self) -> Path:
        return self.folder / "imports"

    def keys(self) -> list[str]:
        """Keys of the files read, sorted."""
        if not self._imports.is_dir():
            return []
        whole = (p for p in self._imports.iterdir() if not p.name.startswith("."))
        return sorted(p.name for p in whole if (p / "summary.json").exists())

    def parts(self) -> list[Path]:
        """Parquet files that hold events, in the order of their keys."""
        found = (self._imports / key / "events.parquet" for key in self.keys())
        return [path for path in found if path.exists()]

    def summary(self, key: str) -> Summary:
        """What the import of one file did."""
        held = json.loads((self._imports / key / "summary.json").read_text(encoding="utf-8"))
        return Summary(**held)

    def summaries(self) -> list[Summary]:
        """All imports in the order of their keys."""
        return [self.summary(key) for key in self.keys()]

    def scan(self, standing: bool = True) -> pl.LazyFrame:
        """Events of all imports, lazily; `standing` leaves out what was corrected or declared wrong.

        An event that another one corrects (column `corrects`, by the id of the log) does not stand even
        when its own part, read earlier, says so.
        """
        import polars as pl

        parts = self.parts()
        if not parts:
            return table("events").empty().lazy()
        events = pl.scan_parquet(parts)
        wrong = self._wrong()
        if wrong:
            # an event without an id of its own is named by the hash of its format
            hashed = pl.col("extra").str.json_path_match("$.event_hash")
            known = pl.coalesce(pl.col("log_id"), hashed) if _by_hash(wrong) else pl.col("log_id")
            struck = known.is_in(list(wrong)) & (pl.col("status") == "stands") & pl.col("corrects").is_null()
            status = pl.when(struck).then(known.replace(wrong)).otherwise(pl.col("status"))
            events = events.with_columns(status.alias("status"))
        return events.filter(pl.col("status") == "stands") if standing else events

    def _wrong(self) -> dict[str, str]:
        """Log ids of events that another event corrects (corrected) or declares wrong (retracted)."""
        import polars as pl

        found: dict[str, str] = {}
        for key in self.keys():
            path = self._imports / key / "corrections.parquet"
            if path.exists():
                rows = pl.read_parquet(path)
                found |= dict(zip(rows["corrects"], rows["becomes"], strict=True))
        return found

    def frame(self) -> pl.DataFrame:
        """Standing events as a frame."""
        return self.scan().collect()

    def quarantine(self) -> pl.DataFrame:
        """Rows refused, as table `quarantine`, with what has become of each."""
        import polars as pl

        held = [self._imports / key / "quarantine.parquet" for key in self.keys()]
        frames = [pl.read_parquet(path) for path in held if path.exists()]
        if not frames:
            return table("quarantine").empty()
        states = self._states()
        rows = pl.concat(frames)
        state = [states.get(row, "waiting") for row in rows["row"].to_list()]
        return rows.with_columns(pl.Series("state", state, dtype=pl.String))

    def _states(self) -> dict[str, str]:
        states = {row: "replayed" for summary in self.summaries() for row in summary.replays}
        path = self.folder / "dropped.jsonl"
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                states.setdefault(json.loads(line)["row"], "dropped")
        return states

    def drop(self, row: str, author: str) -> None:
        """Give up a row of the quarantine; the row stays readable and says who gave it up.

        Raises
        ------
        UnknownPlace
            when the quarantine holds no such row.
        """
        if row not in self.quarantine()["row"].to_list():
            raise UnknownPlace("error.no_quarantine_row", row=row)
        with self.locked(), (self.folder / "dropped.jsonl").open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({"row": row, "author": author}, ensure_ascii=False) + "\n")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the store for writing.

        Raises
        ------
        BadValue
            when another import holds it, or the folder cannot be written.
        """
        try:
            self._imports.mkdir(parents=True, exist_ok=True)
            lock = (self.folder / ".lock").open("ab")
        except OSError:
            raise BadValue("error.events_folder", folder=str(self.folder)) from None
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise BadValue("error.events_locked", folder=str(self.folder)) from None
            yield

    @contextmanager
    def writing(self, key: str, name: str, form: str) -> Iterator[Writer]:
        """A writer for one file; what it wrote takes its place when the block ends, else leaves no trace."""
        with self.locked():
            for stale in self._imports.glob(".new-*"):
                shutil.rmtree(stale, ignore_errors=True)
            fresh = self._imports / f".new-{key}"
            fresh.mkdir()
            try:
                writer = Writer(fresh, Summary(key, name, form), self._known_ids())
                yield writer
                writer.close()
                fresh.rename(self._imports / key)
            finally:
                shutil.rmtree(fresh, ignore_errors=True)

    def _known_ids(self) -> list[NDArray[np.uint64]]:
        import numpy as np

        paths = (self._imports / key / "ids.npy" for key in self.keys())
        return [np.load(path, mmap_mode="r") for path in paths if path.exists()]


class Writer:
    """Takes batches of typed rows and rejects; counts them and keeps only what is new."""

    def __init__(self, folder: Path, summary: Summary, known: list[NDArray[np.uint64]]) -> None:
        self._folder, self.summary, self._known = folder, summary, known
        self._mine: list[NDArray[np.uint64]] = []
        self._parquet: object = None
        self._refused: list[Row] = []
        self._wrong: dict[str, str] = {}

    def add(self, rows: pl.DataFrame) -> None:
        """Typed rows of `events` without identity; those known already are counted as duplicates."""
        import polars as pl

        if rows.is_empty():
            return
        summary = self.summary
        event, half = _identities(rows)
        fresh = self._fresh(half)
        summary.accepted += int(fresh.sum())
        summary.duplicates += len(fresh) - int(fresh.sum())
        summary.read += len(fresh)
        whole = rows.with_columns(event, file=pl.lit(summary.file), format=pl.lit(summary.format))
        columns = [column.name for column in table("events").columns]
        kept = whole.select(columns).filter(pl.Series(fresh))
        summary.simulated += kept.filter(pl.col("quality") == "simulated").height
        for row in kept.filter(pl.col("corrects").is_not_null()).select("corrects", "status").iter_rows():
            self._wrong[row[0]] = "corrected" if row[1] == "stands" else row[1]
        self._write(kept)

    def refuse(self, rejects: list[Row]) -> None:
        """Rows of the quarantine: locator, column, reason, values, raw."""
        self.summary.read += len(rejects)
        self.summary.rejected += len(rejects)
        for row in rejects:
            number = len(self._refused) + 1
            self._refused.append(
                {
                    **row, "row": f"{self.summary.file}:{number}", "file": self.summary.file,
                    "name": self.summary.name, "format": self.summary.format, "state": "waiting",
                }
            )  # fmt: skip

    def _fresh(self, half: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Which of the identities are met for the first time, and keep them."""
        import numpy as np

        fresh = np.zeros(len(half), dtype=bool)
        fresh[np.unique(half, return_index=True)[1]] = True
        for sorted_ids in (*self._known, *self._mine):
            at = np.minimum(np.searchsorted(sorted_ids, half), len(sorted_ids) - 1)
            fresh &= sorted_ids[at] != half
        new = np.sort(half[fresh])
        while self._mine and len(self._mine[-1]) <= 2 * len(new):
            new = np.sort(np.concatenate([self._mine.pop(), new]), kind="stable")
        if len(new):
            self._mine.append(new)
        return fresh

    def _write(self, rows: pl.DataFrame) -> None:
        import pyarrow.parquet as pq

        data = rows.to_arrow()
        if self._parquet is None:
            self._parquet = pq.ParquetWriter(self._folder / "events.parquet", data.schema, compression="zstd")
        self._parquet.write_table(data)  # type: ignore[attr-defined]

    def close(self) -> None:
        """Put everything on the disk; the summary comes last."""
        import numpy as np
        import polars as pl

        if self._parquet is not None:
            self._parquet.close()  # type: ignore[attr-defined]
            np.save(self._folder / "ids.npy", np.sort(np.concatenate([*self._mine, _no_ids()])))
        if self._refused:
            table("quarantine").frame(self._refused).write_parquet(self._folder / "quarantine.parquet")
        if self._wrong:
            rows = {"corrects": list(self._wrong), "becomes": list(self._wrong.values())}
            pl.DataFrame(rows).write_parquet(self._folder / "corrections.parquet")
        held = json.dumps(asdict(self.summary), ensure_ascii=False, indent=1, sort_keys=True)
        (self._folder / "summary.json").write_text(held + "\n", encoding="utf-8")
        for path in self._folder.iterdir():
            with path.open("rb") as written:
                os.fsync(written.fileno())


def _by_hash(wrong: dict[str, str]) -> bool:
    return any(key.startswith("ni:") for key in wrong)


def _no_ids() -> NDArray[np.uint64]:
    import numpy as np

    return np.zeros(0, dtype=np.uint64)


def _identities(rows: pl.DataFrame) -> tuple[pl.Series, NDArray[np.uint64]]:
    """Column `event` and the first halves of the hashes.

    An event whose format gives a hash of its own (`hash` in `extra`) is known by that; any other by all
    that it says.
    """
    import duckdb
    import numpy as np
    import polars as pl

    said = rows.select(
        [pl.col(name) for name in _SAID if name in rows.columns and name not in ("start", "end", "deadline")]
        + [pl.col(name).dt.epoch("us").alias(name) for name in ("start", "end", "deadline")]
    ).to_arrow()
    columns = ", chr(30), ".join(f"coalesce(cast(\"{name}\" as varchar), '')" for name in _SAID)
    own = "case when json_valid(extra) then json_extract_string(extra, '$.hash') end"
    query = (
        f"with named as (select md5(coalesce({own}, concat({columns}))) as event from said) "  # noqa: S608 - fixed names
        "select event, cast('0x' || event[1:16] as ubigint) as half from named"
    )
    with duckdb.connect() as connection:
        connection.register("said", said)
        found = connection.execute(query).pl()
    event = found["event"]
    half = np.asarray(found["half"].to_numpy(), dtype=np.uint64)
    return event, half
