"""Rows `kpi*` and `ingest*`: logs of millions of events, counted and taken in.

The log is simulated (daliz.rehearsal) and kept between runs in `DALIZ_BENCH` (a folder, else the temporary
one). `DALIZ_BENCH_EVENTS` sets the size (5 million when it is not set) and `DALIZ_BENCH_ROUNDS` the turns.
Peers are written as well as we can write them for this log: they need no windows, because no shipment of it
comes twice to one post; that makes them faster than the rules ask for, and the answers are still compared.
`python -m benchmarks.logs FOLDER` counts one logbook once, so that its memory can be measured.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import polars as pl

from benchmarks.harness import ROUNDS, Result, in_turns, peak_mb
from daliz.config import Settings
from daliz.engine.logbook import Columns, RawColumns, group, shipment_ptr
from daliz.rehearsal import SIMULATED, generate, write_log
from daliz.routing import Atlas
from daliz.store import Store
from daliz.store.logbook import RAW_COLUMNS, Logbook, build_logbook, read_raw

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(os.environ.get("DALIZ_BENCH", Path(tempfile.gettempdir()) / "daliz-bench"))
SEED, START, MONTHS = 1, dt.date(2026, 1, 1), 12
FIGURES = ("n", "left_out", "top", "bottom", "ratios", "sd", "least", "most", "p10", "p50", "p90")


EVENTS = int(float(os.environ.get("DALIZ_BENCH_EVENTS", "5e6")))
TURNS = int(os.environ.get("DALIZ_BENCH_ROUNDS", ROUNDS))


@cache
def log(count: int) -> Path:
    """A simulated log of `count` events as one Parquet file, made once."""
    path = FOLDER / f"{SIMULATED}-{count}-{SEED}.parquet"
    if not path.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        write_log(generate(Atlas(Store(Settings().store)), count, SEED, START, MONTHS), path)
    return path


@cache
def corridor_places() -> pl.DataFrame:
    """Which place lies on which corridor."""
    rows = Store(Settings().store).frame("corridors")
    return rows.select("corridor", corridor_place="via").explode("corridor_place").unique()


def empty_columns(rows: int, shipments: int, km_rows: int, unofficial_rows: int) -> Columns:
    """Columns in memory with room for so many rows."""
    return Columns(
        np.empty(rows, "u4"), np.empty(rows, "u4"), np.empty(rows, "u2"), np.empty(rows, "u1"),
        np.empty(rows, "u1"), np.empty(rows, "u4"), np.empty(km_rows, "u4"), np.empty(unofficial_rows, "u4"),
        np.empty(shipments + 1, "i8"), np.empty(shipments + 1, "i8"), np.empty(shipments + 1, "i8"),
        np.empty(shipments), np.empty(shipments, "u1"),
    )  # fmt: skip


_EVENTS = """
SELECT shipment, place, coalesce(mode, '') AS mode, direction, country, activity = 'move' AS moved,
       "end" AS done,
       date_diff('second', start, "end") AS seconds, coalesce(official_amount, 0) AS usd,
       coalesce(unofficial_amount, 0) AS unofficial, official_amount IS NOT NULL AS paid, distance_km, tonnes
FROM read_parquet('{path}')
"""
_FIGURES = {
    "n": "count({r})", "left_out": "count(*) - count({r})", "top": "coalesce(sum({t}), 0)",
    "bottom": "coalesce(sum({b}), 0)", "ratios": "coalesce(sum({r}), 0)", "sd": "stddev_samp({r})",
    "least": "min({r})", "most": "max({r})", "q": "quantile_disc({r}, [0.1, 0.5, 0.9])",
}  # fmt: skip
_POSTS = """
WITH visits AS (
    SELECT shipment, place, mode, direction, max(done) AS last, sum(seconds)::DOUBLE AS s, sum(usd) AS usd,
        sum(unofficial) AS unofficial
    FROM {events} WHERE NOT moved AND direction IN ('in', 'out') GROUP BY shipment, place, mode, direction),
moneyed AS (SELECT DISTINCT shipment FROM {events} WHERE paid),
billed AS (
    SELECT visits.*, CASE WHEN moneyed.shipment IS NOT NULL THEN usd END AS o,
        CASE WHEN moneyed.shipment IS NOT NULL THEN unofficial END AS u
    FROM visits LEFT JOIN moneyed USING (shipment))
SELECT place, mode, direction, year(last) * 100 + month(last) AS period, {tfi1}, {tfi2}, {tfi2_unofficial}
FROM billed GROUP BY ALL
"""
_CORRIDORS = """
WITH rows AS (FROM {events}),
parts AS (
    SELECT shipment, mode, country, max(done) AS last,
        sum(CASE WHEN moved THEN distance_km END) AS km, max(tonnes) AS tonnes,
        sum(CASE WHEN moved THEN seconds ELSE 0 END)::DOUBLE AS moving, sum(usd) AS usd,
        sum(CASE WHEN moved THEN 0 ELSE seconds END)::DOUBLE AS stop,
        bool_or(moved) AND bool_and(NOT moved OR distance_km IS NOT NULL) AS complete,
        bool_or(moved AND paid) AS carried
    FROM rows GROUP BY shipment, mode, country),
seen AS (SELECT DISTINCT shipment, place FROM rows),
every AS (SELECT shipment, count(*) AS places FROM seen GROUP BY shipment),
held AS (SELECT shipment, corridor, count(*) AS held FROM seen JOIN corridor_places ON place = corridor_place
    GROUP BY shipment, corridor),
alongs AS (SELECT shipment, corridor FROM held JOIN every USING (shipment)
    WHERE held >= 2 AND held * 100 >= places * 50),
rated AS (
    SELECT mode, country, shipment, year(last) * 100 + month(last) AS period,
        complete AND km > 0 AND moving > 0 AS whole, whole AND carried AND tonnes > 0 AS priced,
        CASE WHEN priced THEN usd END AS t3, CASE WHEN priced THEN km * tonnes END AS b3, t3 / b3 AS tfi3,
        CASE WHEN whole THEN km END AS t4, CASE WHEN whole THEN moving END AS b4, t4 / b4 AS swod,
        CASE WHEN whole THEN moving + stop END AS b5, t4 / b5 AS swd,
        CASE WHEN whole THEN stop END AS t6, t6 / b5 AS delay_share
    FROM parts)
SELECT mode, country, corridor, period, {tfi3}, {swod}, {swd}, {delay_share}
FROM rated JOIN alongs USING (shipment) GROUP BY ALL
"""


def _figures(name: str, top: str, bottom: str, ratio: str) -> str:
    """SQL of all figures of one measure."""
    return ", ".join(
        f"{sql.format(t=top, b=bottom, r=ratio)} AS {name}_{column}" for column, sql in _FIGURES.items()
    )


POST_MEASURES = {
    "tfi1": ("s", "CASE WHEN s IS NOT NULL THEN 1 END", "s"),
    "tfi2": ("o", "CASE WHEN o IS NOT NULL THEN 1 END", "o"),
    "tfi2_unofficial": ("u", "CASE WHEN u IS NOT NULL THEN 1 END", "u"),
}  # fmt: skip
CORRIDOR_MEASURES = {
    "tfi3": ("t3", "b3", "tfi3"), "swod": ("t4", "b4", "swod"), "swd": ("t4", "b5", "swd"),
    "delay_share": ("t6", "b5", "delay_share"),
}  # fmt: skip


def _sql(events_sql: str) -> tuple[str, str]:
    posts = _POSTS.format(events=events_sql, **{k: _figures(k, *v) for k, v in POST_MEASURES.items()})
    along = _CORRIDORS.format(events=events_sql, **{k: _figures(k, *v) for k, v in CORRIDOR_MEASURES.items()})
    return posts, along


def _duck(events_sql: str, prepare: str = "") -> tuple[duckdb.DuckDBPyConnection, Callable[[], Any]]:
    """A connection and the question to ask it."""
    connection = duckdb.connect(str(FOLDER / "prepared.duckdb") if prepare else ":memory:")
    connection.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = false")
    connection.register("corridor_places", corridor_places().to_arrow())
    if prepare:
        connection.execute(prepare)
    posts, along = _sql(events_sql)
    return connection, lambda: (connection.execute(posts).pl(), connection.execute(along).pl())


def duckdb_raw(path: Path) -> Callable[[], Any]:
    """DuckDB over the Parquet file."""
    return _duck(f"({_EVENTS.format(path=path)})")[1]


def duckdb_prepared(path: Path) -> Callable[[], Any]:
    """DuckDB over a table of its own, sorted by shipment and begin, in small types."""
    (FOLDER / "prepared.duckdb").unlink(missing_ok=True)
    prepare = f"""
    CREATE TYPE place AS ENUM (SELECT DISTINCT place FROM read_parquet('{path}') ORDER BY 1);
    CREATE TYPE mode AS ENUM ('', 'rail', 'road', 'sea');
    CREATE TYPE direction AS ENUM ('in', 'out', 'through');
    CREATE TYPE country AS ENUM (SELECT DISTINCT country FROM read_parquet('{path}') ORDER BY 1);
    CREATE TABLE ready AS
    SELECT (dense_rank() OVER (ORDER BY shipment))::UINTEGER AS shipment, place::place AS place,
        mode::mode AS mode, direction::direction AS direction, country::country AS country, moved, done,
        seconds::UINTEGER AS seconds, usd,
        unofficial, paid, distance_km, tonnes
    FROM ({_EVENTS.format(path=path)}) ORDER BY shipment, done;
    CREATE TABLE places AS SELECT corridor, corridor_place::place AS corridor_place FROM corridor_places
        WHERE corridor_place IN (SELECT DISTINCT place::VARCHAR FROM ready);
    """
    connection, _ = _duck("ready", prepare)
    posts, along = _sql("ready")
    along = along.replace("JOIN corridor_places", "JOIN places")
    return lambda: (connection.execute(posts).pl(), connection.execute(along).pl())


def polars_raw(path: Path) -> Callable[[], Any]:
    """Polars, lazily over the Parquet file, streaming."""
    rows = pl.scan_parquet(path).select(
        "shipment", "place", pl.col("mode").fill_null(""), "direction", "country",
        moved=pl.col("activity") == "move", done="end",
        seconds=(pl.col("end") - pl.col("start")).dt.total_seconds(),
        usd=pl.col("official_amount").fill_null(0.0),
        unofficial=pl.col("unofficial_amount").fill_null(0.0), paid=pl.col("official_amount").is_not_null(),
        km="distance_km", tonnes="tonnes",
    )  # fmt: skip

    def figures(name: str, top: pl.Expr, bottom: pl.Expr, ratio: pl.Expr) -> list[pl.Expr]:
        made = {
            "n": ratio.count(), "left_out": ratio.null_count(), "top": top.sum(), "bottom": bottom.sum(),
            "ratios": ratio.sum(), "sd": ratio.std(), "least": ratio.min(), "most": ratio.max(),
        } | {f"p{q}": ratio.drop_nulls().quantile(q / 100, "nearest") for q in (10, 50, 90)}  # fmt: skip
        return [expression.alias(f"{name}_{column}") for column, expression in made.items()]

    period = pl.col("done").dt.year().cast(pl.Int64) * 100 + pl.col("done").dt.month()
    visits = (
        rows.filter(~pl.col("moved") & pl.col("direction").is_in(["in", "out"]))
        .group_by("shipment", "place", "mode", "direction")
        .agg(pl.col("done").max(), s=pl.col("seconds").sum().cast(pl.Float64), o=pl.col("usd").sum(),
             u=pl.col("unofficial").sum())
    )  # fmt: skip
    moneyed = rows.filter("paid").select("shipment").unique().with_columns(moneyed=pl.lit(value=True))
    visits = visits.join(moneyed, on="shipment", how="left").with_columns(
        pl.when("moneyed").then(name).alias(name) for name in ("o", "u")
    )
    posts = visits.group_by("place", "mode", "direction", period.alias("period")).agg(
        figure
        for name, column in {"tfi1": "s", "tfi2": "o", "tfi2_unofficial": "u"}.items()
        for figure in figures(
            name, pl.col(column), pl.col(column).is_not_null().cast(pl.Float64), pl.col(column)
        )
    )
    moved = pl.col("moved")
    parts = rows.group_by("shipment", "mode", "country").agg(
        pl.col("done").max(), pl.col("tonnes").max(), km=pl.col("km").filter(moved).sum(),
        moving=pl.col("seconds").filter(moved).sum().cast(pl.Float64), usd=pl.col("usd").sum(),
        stop=pl.col("seconds").filter(~moved).sum().cast(pl.Float64), moves=moved.any(),
        short=(moved & pl.col("km").is_null()).any(), carried=(moved & pl.col("paid")).any(),
    )  # fmt: skip
    seen = rows.select("shipment", "place").unique()
    every = seen.group_by("shipment").agg(places=pl.len())
    on = corridor_places().lazy()
    alongs = (
        seen.join(on, left_on="place", right_on="corridor_place").group_by("shipment", "corridor")
        .agg(held=pl.len()).join(every, on="shipment")
        .filter((pl.col("held") >= 2) & (pl.col("held") * 100 >= pl.col("places") * 50))
        .select("shipment", "corridor")
    )  # fmt: skip
    whole = pl.col("moves") & ~pl.col("short") & (pl.col("km") > 0) & (pl.col("moving") > 0)
    priced = whole & pl.col("carried") & (pl.col("tonnes") > 0)
    hours = pl.col("moving") + pl.col("stop")
    rated = parts.with_columns(
        t3=pl.when(priced).then("usd"), b3=pl.when(priced).then(pl.col("km") * pl.col("tonnes")),
        t4=pl.when(whole).then("km"), b4=pl.when(whole).then("moving"), b5=pl.when(whole).then(hours),
        t6=pl.when(whole).then("stop"),
    )  # fmt: skip
    along = rated.join(alongs, on="shipment").group_by(
        "mode", "country", "corridor", period.alias("period")
    ).agg(
        figure
        for name, (top, bottom) in {
            "tfi3": ("t3", "b3"), "swod": ("t4", "b4"), "swd": ("t4", "b5"), "delay_share": ("t6", "b5"),
        }.items()
        for figure in figures(name, pl.col(top), pl.col(bottom), pl.col(top) / pl.col(bottom))
    )  # fmt: skip
    return lambda: (posts.collect(engine="streaming"), along.collect(engine="streaming"))


def _long(frame: pl.DataFrame, keys: list[str], measures: list[str]) -> pl.DataFrame:
    """A peer's wide frame as ours: one row an indicator and cell."""
    made = []
    for name in measures:
        if f"{name}_q" in frame.columns:
            lists = pl.col(f"{name}_q")
            frame = frame.with_columns(
                lists.list.get(at, null_on_oob=True).alias(f"{name}_p{q}")
                for at, q in enumerate((10, 50, 90))
            )
        made.append(
            frame.select(
                pl.lit(name).alias("indicator"), *(pl.col(key) for key in keys),
                *(pl.col(f"{name}_{figure}").cast(pl.Float64).alias(figure) for figure in FIGURES),
            )
        )  # fmt: skip
    texts = [pl.col(key).cast(pl.String) for key in keys if key != "period"]
    return (
        pl.concat(made)
        .with_columns(texts)
        .with_columns(pl.col("period").cast(pl.Int64))
        .sort("indicator", *keys)
    )


def same(
    ours: dict[str, pl.DataFrame], theirs: tuple[pl.DataFrame, pl.DataFrame], exact: bool = True
) -> bool:
    """Same cells, counts and quantiles equal, sums within 1e-9; `exact` False leaves quantiles out."""
    for name, frame, keys, measures in (
        ("posts", theirs[0], ["place", "mode", "direction", "period"], list(POST_MEASURES)),
        ("corridors", theirs[1], ["mode", "country", "corridor", "period"], list(CORRIDOR_MEASURES)),
    ):
        mine = ours[name].select("indicator", *keys, *(pl.col(f).cast(pl.Float64) for f in FIGURES))
        mine = mine.sort("indicator", *keys)
        other = _long(frame, keys, measures)
        if not mine.select("indicator", *keys).equals(other.select("indicator", *keys)):
            return False
        for figure in FIGURES:
            if figure.startswith("p") and not exact:
                continue
            a, b = (f[figure].to_numpy() for f in (mine, other))
            loose = {"rtol": 1e-6 if figure == "sd" else 1e-9, "atol": 1e-9, "equal_nan": True}
            if not np.allclose(a, b, **loose):
                worst = np.nanmax(np.abs(a - b) / np.maximum(np.abs(b), 1e-12))
                print(f"{name} {figure} differs by up to {worst}")
                return False
    return True


@cache
def book() -> Logbook:
    """The logbook of the log, made once."""
    folder = FOLDER / f"book-{EVENTS}"
    return Logbook(folder) if folder.exists() else build_logbook(pl.scan_parquet(log(EVENTS)), folder)


def _instance() -> str:
    return f"{EVENTS / 1e6:g} million simulated events; 7 measures by post and by corridor, state, month"


def _kpi(row: str, peer: str, theirs: Callable[[], Any], exact: bool = True) -> Result:
    found = in_turns(
        row, _instance(), peer, lambda: book().measures(corridor_places()), theirs,
        lambda a, b: same(a, b, exact),  # type: ignore[arg-type]
        TURNS,
    )  # fmt: skip
    return replace(found, ours_mb=peak_mb("benchmarks.logs", str(book().folder)))


def kpi_raw() -> Result:
    """All cells from the logbook against DuckDB over the Parquet file."""
    return _kpi("kpi", f"DuckDB {duckdb.__version__} over Parquet", duckdb_raw(log(EVENTS)))


def kpi_prepared() -> Result:
    """All cells from the logbook against DuckDB over its own table, sorted and in small types."""
    return _kpi("kpi-prepared", f"DuckDB {duckdb.__version__}, sorted table", duckdb_prepared(log(EVENTS)))


def kpi_polars() -> Result:
    """All cells from the logbook against polars; its quantiles know no nearest rank and are not compared."""
    return _kpi("kpi-polars", f"polars {pl.__version__} over Parquet", polars_raw(log(EVENTS)), exact=False)


def ingest() -> Result:
    """Rows already read and coded, brought together by shipment, against a stable sort by polars."""
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        reader = read_raw(pl.scan_parquet(log(EVENTS)), Path(folder))
        raw = {name: np.array(reader.raw(name)) for name in RAW_COLUMNS}
        km, unofficial, shipments = reader.km_rows, reader.unofficial_rows, reader.shipments.count
    columns = RawColumns(**raw)
    frame = pl.DataFrame(raw)
    out = empty_columns(len(raw["shipment"]), shipments, km, unofficial)

    def ours() -> Any:
        group(columns, shipment_ptr(columns.shipment, shipments, 2), out, 2)
        return out

    def equal(mine: Any, other: pl.DataFrame) -> bool:
        pairs = ("begin_s", "seconds", "kind", "activity", "flags", "official_cents")
        metres = other.filter(pl.col("flags") & 4 > 0)["km_m"].to_numpy()
        return bool(np.array_equal(mine.km_m, metres)) and all(
            np.array_equal(getattr(mine, name), other[name].to_numpy()) for name in pairs
        )

    return in_turns(
        "ingest", f"{EVENTS / 1e6:g} million rows read and coded, by shipment and time",
        f"polars {pl.__version__} sort", ours,
        lambda: frame.sort("shipment", "begin_s", "seconds", "tie", maintain_order=True), equal, TURNS,
    )  # fmt: skip


def ingest_whole() -> Result:
    """From the Parquet file to the layout on disk, reading included, against DuckDB's sorted table."""
    path = log(EVENTS)

    def ours() -> int:
        with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
            return build_logbook(pl.scan_parquet(path), Path(folder) / "book").columns.events

    def theirs() -> int:
        connection = duckdb.connect(str(FOLDER / "ingest.duckdb"))
        connection.execute(
            f"CREATE OR REPLACE TABLE ready AS FROM ({_EVENTS.format(path=path)}) ORDER BY shipment, done"
        )
        rows = connection.execute("SELECT count(*) FROM ready").fetchone()
        connection.close()
        return int(rows[0]) if rows else 0

    return in_turns(
        "ingest-whole", f"{EVENTS / 1e6:g} million events from Parquet to disk, sorted",
        f"DuckDB {duckdb.__version__} CREATE TABLE ORDER BY", ours, theirs, lambda a, b: a == b,
        min(TURNS, 3),
    )  # fmt: skip


ROWS: dict[str, Callable[[], Result]] = {
    "kpi": kpi_raw, "kpi-prepared": kpi_prepared, "kpi-polars": kpi_polars, "ingest": ingest,
    "ingest-whole": ingest_whole,
}  # fmt: skip


if __name__ == "__main__":
    print(sum(frame.height for frame in Logbook(Path(sys.argv[1])).measures(corridor_places()).values()))
