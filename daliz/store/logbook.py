"""Logbooks: the events of a store as compact columns on disk, opened without reading them.

Question: where do the fixed measures get fifty million events from, in less than 20 bytes each?
In and out: a lazy frame of table `events` (or an event store) in; a folder of `.npy` columns and small
Parquet tables of what their codes mean, out; opened memory-mapped as a `Logbook`, which gives cells.
Method: events are read in batches and turned into codes, whole seconds, USD cents and metres in files
beside; these are grouped by shipment (`engine.logbook.grouping`) into the columns, and the folder takes its
name when whole. The key of a logbook is the hash of the parts and rates it was made from: other parts,
another key, a new logbook.
Limits: an event without any instant, with an end before its start, or beyond the range of a column is
refused: the event store holds none. Amounts in a currency without a rate are not converted, and what
holds one has no cost. Money is rounded to the cent of USD, lengths to the metre.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from daliz.errors import BadValue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from daliz.engine.logbook import Cells, Columns, Cut, Kinds

__all__ = ["FORMAT", "RAW_COLUMNS", "Logbook", "Reader", "build_logbook", "logbook_of", "read_raw"]

FORMAT = 1
BATCH_ROWS = 2_000_000
MOVE = "move"
"""Activity code of a movement."""

PERIODS = ("", "year", "quarter", "month")
_NEEDED = (
    "event", "shipment", "place", "place_text", "mode", "direction", "country", "activity", "start", "end",
    "official_amount", "official_currency", "unofficial_amount", "unofficial_currency", "distance_km",
    "tonnes", "status",
)  # fmt: skip
_TIE_DIGITS = 14
_DAY_S = 86_400
RAW_COLUMNS = {
    "shipment": "u4", "begin_s": "u4", "seconds": "u4", "kind": "i4", "activity": "u4", "flags": "u1",
    "official_cents": "u4", "km_m": "u4", "unofficial_cents": "u4", "tie": "u8",
}  # fmt: skip


class Parts(Protocol):
    """What an event store says of itself."""

    def parts(self) -> Sequence[Path]:
        """Its files, whose names and sizes tell one content from another."""

    def scan(self) -> pl.LazyFrame:
        """Its standing events."""


@dataclass(frozen=True)
class Logbook:
    """A folder of columns; `columns` are memory-mapped, so that opening costs nothing."""

    folder: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Key, rows, shipments and bytes; BadValue when the folder is no logbook of this version."""
        try:
            held: dict[str, Any] = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise BadValue("error.store_damaged", store=str(self.folder), file="manifest.json") from None
        if held.get("format") != FORMAT:
            raise BadValue("error.store_format", store=str(self.folder), found=held.get("format"))
        return held

    @cached_property
    def columns(self) -> Columns:
        """The columns of `engine.logbook.Columns`."""
        import numpy as np

        from daliz.engine.logbook import Columns

        return Columns(
            **{one.name: np.load(self.folder / f"{one.name}.npy", mmap_mode="r") for one in fields(Columns)}
        )

    @cached_property
    def kinds(self) -> pl.DataFrame:
        """What the codes `kind` mean: place, known, mode, direction, country, move."""
        return self._table("kinds")

    def _table(self, name: str) -> pl.DataFrame:
        import polars as pl

        return pl.read_parquet(self.folder / f"{name}.parquet")

    @property
    def activities(self) -> list[str]:
        """Activity of each code."""
        return self._table("activities")["activity"].to_list()

    @property
    def shipments(self) -> pl.Series:
        """Shipment of each number."""
        return self._table("shipments")["shipment"]

    def measures(
        self, corridor_places: pl.DataFrame | None = None, period: str = "month", threads: int = 0
    ) -> dict[str, pl.DataFrame]:
        """Cells by place, direction, mode and period (`posts`), and by corridor, state, mode and period.

        A row is an indicator and a cell with n, left_out, top, bottom, ratios, sd, least, most, p10, p50, p90
        in the units of the declared measures: seconds, kilometres, tonnes, USD. `corridor_places` has
        columns corridor and corridor_place; without it there are no corridors. `period` is one of
        `PERIODS`; `threads` 0 means all processors.
        """
        from daliz.engine.logbook import along_corridors, at_posts, tally

        if period not in PERIODS:
            raise BadValue("error.choice", option="period", value=period, allowed=", ".join(PERIODS[1:]))
        many = threads or os.cpu_count() or 1
        named = _Names(self.kinds)
        cut, labels, corridors = _cut(self.manifest["span_s"], named, period, corridor_places)
        records = tally(self.columns, named.kinds, cut, many)
        posts = _framed(at_posts(records, many), named.visits, ("place", "mode", "direction"), labels)
        along = _framed(
            along_corridors(records, len(corridors), many),
            named.parts,
            ("mode", "country"),
            labels,
            corridors,
        )
        return {"posts": posts, "corridors": along}


class _Names:
    """The table of kinds as arrays for the engine, and the names behind its visits and parts."""

    visits: list[tuple[str, ...]]
    parts: list[tuple[str, ...]]
    places: list[str]

    def __init__(self, kinds: pl.DataFrame) -> None:
        import numpy as np

        from daliz.engine.logbook import Kinds

        rows = list(kinds.select("place", "known", "mode", "direction", "country", "move").iter_rows())
        places: dict[str, int] = {}
        visits: dict[tuple[str, ...], int] = {}
        parts: dict[tuple[str, ...], int] = {}
        made = [
            (
                move, places.setdefault(place, len(places)), places[place] if known else -1,
                visits.setdefault((place, mode, direction), len(visits)),
                parts.setdefault((mode, country), len(parts)), direction in ("in", "out"),
            )
            for place, known, mode, direction, country, move in rows
        ]  # fmt: skip
        table = np.array(made, dtype=np.int32).reshape(-1, 6)
        place, known, visit, part = (table[:, at].copy() for at in range(1, 5))
        move, border = (table[:, at].astype(np.uint8) for at in (0, 5))
        self.kinds: Kinds = Kinds(move, place, known, visit, part, border)
        self.visits, self.parts, self.places = list(visits), list(parts), list(places)


def _cut(
    span_s: Sequence[int], named: _Names, period: str, corridor_places: pl.DataFrame | None
) -> tuple[Cut, list[int], list[str]]:
    """Periods of the days that the log spans, and the corridors as bits of its places."""
    import numpy as np

    from daliz.engine.logbook import Cut

    first, last = (instant // _DAY_S for instant in span_s)
    labels: dict[int, int] = {}
    epoch = dt.date(1970, 1, 1)
    days = [
        labels.setdefault(_period(epoch + dt.timedelta(days=day), period), len(labels))
        for day in range(first, last + 1)
    ]
    rows = [] if corridor_places is None else corridor_places.select("corridor", "corridor_place").rows()
    corridors = sorted({corridor for corridor, _ in rows})
    number = {name: at for at, name in enumerate(corridors)}
    at_place = {name: at for at, name in enumerate(named.places)}
    bits = np.zeros((max(1, len(named.places)), max(1, -(-len(corridors) // 64))), dtype=np.uint64)
    for corridor, place in rows:
        if place in at_place:
            word, bit = divmod(number[corridor], 64)
            bits[at_place[place], word] |= np.uint64(1) << np.uint64(bit)
    return Cut(first, np.array(days, dtype=np.int32), len(labels), bits), list(labels), corridors


def _period(day: dt.date, period: str) -> int:
    quarter = (day.month + 2) // 3
    labels = {"year": day.year, "quarter": day.year * 10 + quarter, "month": day.year * 100 + day.month}
    return labels.get(period, 0)


def _framed(
    cells: Cells, keys: Sequence[tuple[str, ...]], columns: Sequence[str], labels: Sequence[int],
    corridors: Sequence[str] | None = None,
) -> pl.DataFrame:  # fmt: skip
    """Cells as a frame, one row an indicator and cell, sorted."""
    import numpy as np
    import polars as pl

    named: dict[str, Any] = {
        name: [keys[key][at] for key in cells.key.tolist()] for at, name in enumerate(columns)
    }
    if corridors is not None:
        named["corridor"] = [corridors[at] for at in cells.corridor.tolist()]
    named["period"] = np.array(labels, dtype=np.int64)[cells.period] if labels else cells.period
    texts = {name: pl.String for name in named if name != "period"}
    frames = []
    for indicator, stats in cells.measures.items():
        values = {one.name: getattr(stats, one.name) for one in fields(stats)}
        frame = pl.DataFrame(named | values, schema_overrides=texts, nan_to_null=True)
        frames.append(frame.select(pl.lit(indicator).alias("indicator"), pl.all()))
    return pl.concat(frames).sort("indicator", *named)


def logbook_of(store: Parts, folder: Path, rates: pl.DataFrame | None = None) -> Logbook:
    """The logbook of an event store in `folder`, built again only when the parts or rates are others."""
    key = _key(store.parts(), rates)
    held = Logbook(folder)
    if (folder / "manifest.json").exists():
        try:
            if held.manifest["key"] == key:
                return held
        except BadValue:
            pass
    return build_logbook(store.scan(), folder, rates, key)


def _key(parts: Sequence[Path], rates: pl.DataFrame | None) -> str:
    """Hash of the names and sizes of parts, and of the rates."""
    said = [FORMAT, sorted((part.parent.name, part.name, part.stat().st_size) for part in parts)]
    said.append([] if rates is None else sorted(rates.rows()))
    return hashlib.sha256(json.dumps(said, default=str).encode()).hexdigest()[:16]


def build_logbook(
    events: pl.LazyFrame, folder: Path, rates: pl.DataFrame | None = None, key: str = "", threads: int = 0
) -> Logbook:
    """Write a logbook of `events` to `folder` (all or nothing) and open it.

    `rates` has columns currency, from_s, to_s and units_per_usd: a rate holds for ends from `from_s` to
    before `to_s` (seconds since 1970). Without it only USD is converted.

    Raises
    ------
    BadValue
        when an event has no instant or does not fit a column.
    """
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        raw = fresh / "raw"
        raw.mkdir()
        reader = read_raw(events, raw, rates)
        _grouped(reader, fresh, key, threads or os.cpu_count() or 1)
        shutil.rmtree(raw)
        fresh.chmod(0o755)
        old = folder.with_name(f".{folder.name}-old-{os.getpid()}")
        if folder.exists():
            if any(folder.iterdir()) and not (folder / "manifest.json").exists():
                raise BadValue("error.not_a_store", store=str(folder))
            folder.rename(old)
        fresh.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return Logbook(folder)


def read_raw(events: pl.LazyFrame, folder: Path, rates: pl.DataFrame | None = None) -> Reader:
    """Events turned into raw columns in files of `folder`, before they are grouped: the parsing."""
    reader = Reader(folder, rates)
    try:
        for frame in _batches(events):
            reader.take(frame)
    finally:
        reader.close()
    return reader


def _batches(events: pl.LazyFrame) -> Iterator[pl.DataFrame]:
    import polars as pl

    held = events.collect_schema()
    if "status" in held:
        events = events.filter(pl.col("status") == "stands")
    wanted = [name for name in _NEEDED if name in held and name != "status"]
    yield from events.select(wanted).collect_batches(chunk_size=BATCH_ROWS)


class _Codes:
    """Texts as numbers by first appearance, over all batches."""

    def __init__(self) -> None:
        import polars as pl

        self._type = pl.Categorical(pl.Categories.random())
        self._texts: list[pl.DataFrame] = []
        self._held = pl.Series([], dtype=self._type)  # polars forgets codes that no series holds
        self.count = 0

    def of(self, texts: pl.Series) -> NDArray[np.uint32]:
        """Code of each text, (n,)."""
        import polars as pl

        coded = texts.cast(self._type)
        self._held = coded.clear()
        codes = coded.to_physical()
        highest = codes.max()
        if isinstance(highest, int) and highest >= self.count:
            pair = pl.DataFrame({"code": codes, "text": coded}).filter(pl.col("code") >= self.count)
            fresh = pair.unique("code").sort("code").with_columns(pl.col("text").cast(pl.String))
            self._texts.append(fresh)
            self.count += fresh.height
        found: NDArray[np.uint32] = codes.to_numpy()
        return found

    def texts(self) -> pl.Series:
        """Text of each code."""
        import polars as pl

        if not self._texts:
            return pl.Series("text", [], dtype=pl.String)
        return pl.concat(self._texts)["text"]


class Reader:
    """Batches of events turned into raw columns in files beside the logbook."""

    _BITS: ClassVar[tuple[int, int, int, int]] = (32, 12, 8, 8)

    def __init__(self, folder: Path, rates: pl.DataFrame | None) -> None:
        import numpy as np

        self._folder, self._rates = folder, rates
        self._files = {name: (folder / name).open("wb") for name in RAW_COLUMNS}
        self.shipments, self.activities, self.places = _Codes(), _Codes(), _Codes()
        self._countries, self._modes, self._directions = _Codes(), _Codes(), _Codes()
        self._kinds: NDArray[np.uint64] = np.empty(0, dtype=np.uint64)
        self.tonnes: NDArray[np.float64] = np.empty(0)
        self.moneyed: NDArray[np.uint8] = np.empty(0, dtype=np.uint8)
        self.span_s = [0, 0]
        self.rows = self.km_rows = self.unofficial_rows = 0

    def take(self, frame: pl.DataFrame) -> None:
        """Append the rows of one batch."""
        import numpy as np

        from daliz.engine.logbook import Flag, dense_codes, greatest

        if frame.height == 0:
            return
        rows = _plain(frame, self._rates)
        shipment = self.shipments.of(frame["shipment"])
        key = np.zeros(frame.height, dtype=np.uint64)
        for bits, codes, name in (
            (0, self.places, "place_key"), (12, self._countries, "country_key"), (8, self._modes, "mode_key"),
            (8, self._directions, "direction_key"), (1, None, "known"), (1, None, "move"),
        ):  # fmt: skip
            values = rows[name].to_numpy() if codes is None else codes.of(rows[name])
            key = (key << np.uint64(bits)) | values.astype(np.uint64)
        if self._countries.count > 1 << 12 or max(self._modes.count, self._directions.count) > 1 << 8:
            raise BadValue("error.logbook_codes", column="country, mode, direction")
        kind, self._kinds = dense_codes(key, self._kinds)
        activity = self.activities.of(frame["activity"])
        if len(self._kinds) > 1 << 16 or self.activities.count > 1 << 16:
            raise BadValue("error.logbook_codes", column="place, activity")
        grown = self.shipments.count - len(self.tonnes)
        self.tonnes = np.concatenate([self.tonnes, np.full(grown, np.nan)])
        self.moneyed = np.concatenate([self.moneyed, np.zeros(grown, dtype=np.uint8)])
        greatest(shipment, rows["tonnes"].to_numpy(), rows["moneyed"].to_numpy(), self.tonnes, self.moneyed)
        made = {name: rows[name].to_numpy() for name in RAW_COLUMNS if name in rows.columns}
        made |= {"shipment": shipment, "kind": kind, "activity": activity}
        for name, dtype in RAW_COLUMNS.items():
            made[name].astype(dtype, copy=False).tofile(self._files[name])
        ends = made["begin_s"].astype(np.int64) + made["seconds"]
        first, last = int(made["begin_s"].min()), int(ends.max())
        self.span_s = [min(self.span_s[0], first), max(self.span_s[1], last)] if self.rows else [first, last]
        self.rows += frame.height
        self.km_rows += int(np.count_nonzero(made["flags"] & Flag.KM))
        self.unofficial_rows += int(np.count_nonzero(made["flags"] & Flag.UNOFFICIAL))

    def close(self) -> None:
        """Finish the files."""
        for file in self._files.values():
            file.close()

    def raw(self, name: str) -> Any:
        """One raw column, memory-mapped."""
        import numpy as np

        if not self.rows:
            return np.empty(0, dtype=RAW_COLUMNS[name])
        return np.memmap(self._folder / name, dtype=RAW_COLUMNS[name], mode="r")

    def kinds(self) -> pl.DataFrame:
        """What each kind means."""
        import numpy as np
        import polars as pl

        key = self._kinds

        def cut(shift: int, bits: int) -> pl.Series:
            return pl.Series((key >> np.uint64(shift)) & np.uint64((1 << bits) - 1))

        return pl.DataFrame(
            {
                "place": self.places.texts().gather(cut(30, 32)),
                "known": cut(1, 1) == 1,
                "mode": self._modes.texts().gather(cut(10, 8)),
                "direction": self._directions.texts().gather(cut(2, 8)),
                "country": self._countries.texts().gather(cut(18, 12)),
                "move": cut(0, 1) == 1,
            }
        )


def _plain(frame: pl.DataFrame, rates: pl.DataFrame | None) -> pl.DataFrame:
    """Whole seconds, cents, metres, flags and key texts of events; refuses what does not fit."""
    import polars as pl

    from daliz.engine.logbook import Flag

    def either(*names: str) -> pl.Expr:
        return pl.coalesce(*(pl.col(name) for name in names if name in frame.columns), pl.lit(""))

    missing = {
        name: pl.lit(None, dtype=kind)
        for name, kind in (
            ("official_amount", pl.Float64), ("unofficial_amount", pl.Float64), ("distance_km", pl.Float64),
            ("tonnes", pl.Float64), ("official_currency", pl.String), ("unofficial_currency", pl.String),
            ("place", pl.String),
        )
        if name not in frame.columns
    }  # fmt: skip
    frame = frame.with_columns(**missing)
    start, end = (pl.col(name).dt.epoch("us").floordiv(1_000_000) for name in ("start", "end"))
    timed = pl.col("start").is_not_null() & pl.col("end").is_not_null()
    rows = frame.with_columns(
        begin=pl.coalesce(start, end), until=pl.coalesce(end, start),
        span=pl.when(timed).then(end - start).otherwise(0),
    )  # fmt: skip
    if rows["begin"].null_count():
        raise BadValue("error.logbook_instant", rows=rows["begin"].null_count())
    rows = _in_usd(_in_usd(rows, "official", rates), "unofficial", rates)
    cents = {f"{kind}_cents": (pl.col(f"{kind}_usd") * 100).round() for kind in ("official", "unofficial")}
    bits = {
        Flag.TIMED: timed, Flag.OPEN: pl.col("end").is_null(), Flag.KM: pl.col("distance_km").is_not_null(),
        Flag.OFFICIAL: pl.col("official_amount").is_not_null(),
        Flag.UNOFFICIAL: cents["unofficial_cents"] > 0,
        Flag.UNCONVERTED: pl.col("official_lost") | pl.col("unofficial_lost"),
    }  # fmt: skip
    flags = pl.sum_horizontal([bit.cast(pl.UInt8) * int(flag) for flag, bit in bits.items()])
    tie = (
        pl.col("event")
        .str.slice(0, _TIE_DIGITS)
        .str.to_integer(base=16, dtype=pl.UInt64, strict=False)
        .fill_null(0)
        if "event" in frame.columns
        else pl.lit(0, dtype=pl.UInt64)
    )
    try:
        return rows.select(
            begin_s=pl.col("begin").cast(pl.UInt32), seconds=pl.col("span").cast(pl.UInt32),
            flags=flags.cast(pl.UInt8),
            km_m=(pl.col("distance_km") * 1000).round().fill_null(0).cast(pl.UInt32),
            **{name: one.cast(pl.UInt32) for name, one in cents.items()},
            tie=tie, tonnes=pl.col("tonnes"),
            moneyed=(pl.col("official_amount").is_not_null() | pl.col("unofficial_amount").is_not_null())
            .cast(pl.UInt8),
            place_key=either("place", "place_text"), mode_key=either("mode"),
            direction_key=either("direction"), country_key=either("country"),
            known=pl.col("place").is_not_null().cast(pl.UInt8),
            move=(pl.col("activity") == MOVE).cast(pl.UInt8),
        )  # fmt: skip
    except pl.exceptions.PolarsError as error:
        raise BadValue("error.logbook_range", reason=str(error).partition("\n")[0]) from None


def _in_usd(rows: pl.DataFrame, kind: str, rates: pl.DataFrame | None) -> pl.DataFrame:
    """Columns `<kind>_usd` and `<kind>_lost` (an amount without a rate) beside the amount of one kind."""
    import polars as pl

    amount, currency = pl.col(f"{kind}_amount"), pl.col(f"{kind}_currency")
    owed = amount.fill_null(0.0) != 0.0
    if rates is None:
        rate = pl.when(currency == "USD").then(1.0)
    else:
        known = rates.select(
            pl.col("currency").alias(f"{kind}_currency"), pl.col("from_s", "to_s"), pl.col("units_per_usd")
        ).sort("from_s")
        rows = (
            rows.with_row_index("at")
            .sort("until")
            .join_asof(
                known, left_on="until", right_on="from_s", by=f"{kind}_currency", check_sortedness=False
            )
            .sort("at")
            .drop("at", "from_s")
        )
        rate = pl.when(pl.col("until") < pl.col("to_s")).then(pl.col("units_per_usd"))
    made = rows.with_columns(rate.alias("rate")).with_columns(
        pl.when(owed & pl.col("rate").is_not_null()).then(amount / pl.col("rate")).otherwise(0.0)
        .alias(f"{kind}_usd"),
        (owed & pl.col("rate").is_null()).alias(f"{kind}_lost"),
    )  # fmt: skip
    return made.drop("rate", *(name for name in ("to_s", "units_per_usd") if name in made.columns))


def _grouped(reader: Reader, folder: Path, key: str, threads: int) -> None:
    """Raw columns by shipment into `.npy` columns, with the tables of codes and the manifest."""
    import numpy as np
    import polars as pl
    from numpy.lib.format import open_memmap

    from daliz.engine.logbook import Columns, RawColumns, group, shipment_ptr

    shipments, rows = reader.shipments.count, reader.rows
    kinds = reader.kinds()

    def small(count: int) -> str:
        return "u1" if count <= 1 << 8 else "u2"

    shapes: dict[str, tuple[str, int]] = {
        "begin_s": ("u4", rows), "seconds": ("u4", rows), "kind": ("u2", rows),
        "activity": (small(reader.activities.count), rows), "flags": ("u1", rows),
        "official_cents": ("u4", rows), "km_m": ("u4", reader.km_rows),
        "unofficial_cents": ("u4", reader.unofficial_rows), "ptr": ("i8", shipments + 1),
        "km_ptr": ("i8", shipments + 1), "unofficial_ptr": ("i8", shipments + 1), "tonnes": ("f8", shipments),
        "moneyed": ("u1", shipments),
    }  # fmt: skip

    def column(name: str) -> Any:
        dtype, length = shapes[name]
        path = folder / f"{name}.npy"
        if length == 0:
            np.save(path, np.empty(0, dtype=dtype))
            return np.empty(0, dtype=dtype)
        return open_memmap(path, mode="w+", dtype=dtype, shape=(length,))

    out = Columns(**{name: column(name) for name in shapes})
    out.tonnes[:], out.moneyed[:] = reader.tonnes, reader.moneyed
    raw = RawColumns(**{name: np.asarray(reader.raw(name)) for name in RAW_COLUMNS})
    group(raw, shipment_ptr(raw.shipment, shipments, threads), out, threads)
    for one in fields(Columns):
        held = getattr(out, one.name)
        if isinstance(held, np.memmap):
            held.flush()
    kinds.write_parquet(folder / "kinds.parquet")
    pl.DataFrame({"activity": reader.activities.texts()}).write_parquet(folder / "activities.parquet")
    pl.DataFrame({"shipment": reader.shipments.texts()}).write_parquet(folder / "shipments.parquet")
    manifest: Mapping[str, Any] = {
        "format": FORMAT, "key": key, "events": rows, "shipments": shipments, "bytes": out.nbytes,
        "bytes_per_event": round(out.nbytes / rows, 2) if rows else 0.0, "span_s": reader.span_s,
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2), encoding="utf-8")
