"""A logbook on disk: small, whole or not there, renewed with its parts, refusing what does not fit."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from daliz.engine.logbook import dense_codes
from daliz.errors import BadValue
from daliz.rehearsal import Plan, generate, write_log
from daliz.store import logbook as module
from daliz.store.logbook import Logbook, build_logbook, logbook_of

if TYPE_CHECKING:
    from pathlib import Path

    from daliz.routing import Atlas

PAIRS = (("kz-altynkol", "by-brest", "rail"), ("ru-vladikavkaz", "ge-gori", "road"))
BYTES_AN_EVENT = 20.0


def test_codes_are_dense_and_kept_over_batches() -> None:
    """Thousands of values, batch by batch: numbered by first appearance, as a dictionary would."""
    draw = np.random.default_rng(1)
    known, numbers = np.empty(0, dtype=np.uint64), {}
    for _ in range(6):
        values = draw.integers(0, 1 << 62, 3000, dtype=np.uint64) >> np.uint64(draw.integers(20, 52))
        codes, known = dense_codes(values, known)
        assert codes.tolist() == [numbers.setdefault(value, len(numbers)) for value in values.tolist()]
        assert known.tolist() == list(numbers)


@pytest.fixture(scope="module")
def log(atlas: Atlas, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated log of 60,000 events as Parquet."""
    path = tmp_path_factory.mktemp("log") / "simulated.parquet"
    frames = generate(atlas, 60_000, 3, dt.date(2026, 1, 1), 6, Plan(pairs=PAIRS))
    write_log(frames, path)
    return path


def test_an_event_takes_less_than_twenty_bytes(log: Path, tmp_path: Path) -> None:
    """All columns and pointers together, as held and as on disk; opening maps them and reads nothing."""
    book = build_logbook(pl.scan_parquet(log), tmp_path / "book")
    columns = book.columns
    assert columns.events == 60_000
    assert columns.nbytes / columns.events <= BYTES_AN_EVENT
    on_disk = sum(path.stat().st_size for path in (tmp_path / "book").glob("*.npy"))
    assert on_disk / columns.events <= BYTES_AN_EVENT + 0.1
    assert isinstance(columns.begin_s, np.memmap)
    assert not columns.begin_s.flags.writeable


def test_every_event_is_there_once_in_order(log: Path, tmp_path: Path) -> None:
    """Decoded, the columns are the events of the log: by shipment, in order of begin and end."""
    book = build_logbook(pl.scan_parquet(log), tmp_path / "book")
    c, events = book.columns, pl.read_parquet(log)
    shipment = np.repeat(np.arange(c.shipments), np.diff(c.ptr))
    km = np.full(c.events, np.nan)
    km[(c.flags & 4) > 0] = c.km_m / 1000
    decoded = pl.DataFrame(
        {
            "shipment": book.shipments.gather(shipment), "begin": np.asarray(c.begin_s).astype(np.int64),
            "seconds": np.asarray(c.seconds).astype(np.int64),
            "place": book.kinds["place"].gather(np.asarray(c.kind).astype(np.int64)),
            "country": book.kinds["country"].gather(np.asarray(c.kind).astype(np.int64)),
            "activity": pl.Series(book.activities).gather(np.asarray(c.activity).astype(np.int64)),
            "usd": np.asarray(c.official_cents) / 100, "km": km,
            "tonnes": np.repeat(c.tonnes, np.diff(c.ptr)),
        }
    )  # fmt: skip
    wanted = events.select(
        "shipment", begin=pl.col("start").dt.epoch("s"),
        seconds=(pl.col("end") - pl.col("start")).dt.total_seconds(), place="place", country="country",
        activity="activity", usd=pl.col("official_amount").fill_null(0.0), km=pl.col("distance_km"),
        tonnes="tonnes",
    )  # fmt: skip
    keys = ["shipment", "begin", "seconds", "activity", "place"]
    left, right = decoded.with_columns(pl.col("km").fill_nan(None)).sort(keys), wanted.sort(keys)
    assert left.equals(right)
    same = shipment[1:] == shipment[:-1]
    assert (np.diff(np.asarray(c.begin_s).astype(np.int64))[same] >= 0).all()


def test_batches_and_ranges_do_not_show(log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read in small batches and grouped in small ranges by three threads, the columns are the same bytes."""
    from daliz.engine.logbook import grouping

    build_logbook(pl.scan_parquet(log), tmp_path / "one", threads=1)
    monkeypatch.setattr(module, "BATCH_ROWS", 7_001)
    monkeypatch.setattr(grouping, "RANGE_ROWS", 9_000)
    build_logbook(pl.scan_parquet(log), tmp_path / "other", threads=3)
    names = sorted(path.name for path in (tmp_path / "one").glob("*.npy"))
    assert len(names) == 13
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes(), name


class _Parts:
    """An event store of one part a file."""

    def __init__(self, *paths: Path) -> None:
        self._paths = paths

    def parts(self) -> list[Path]:
        return list(self._paths)

    def scan(self) -> pl.LazyFrame:
        return pl.scan_parquet(self._paths)


def test_a_logbook_is_made_again_when_the_parts_change(log: Path, tmp_path: Path) -> None:
    """The same parts open what is there; another part, or other rates, make another one."""
    folder = tmp_path / "book"
    first = logbook_of(_Parts(log), folder)
    cents = int(first.columns.official_cents.sum())
    stamp = (folder / "manifest.json").stat().st_mtime_ns
    assert logbook_of(_Parts(log), folder).manifest == first.manifest
    assert (folder / "manifest.json").stat().st_mtime_ns == stamp
    more = tmp_path / "more.parquet"
    pl.read_parquet(log).head(10).write_parquet(more)
    assert logbook_of(_Parts(log, more), folder).columns.events == 60_010
    rates = pl.DataFrame({"currency": ["USD"], "from_s": [0], "to_s": [10**11], "units_per_usd": [2.0]})
    halved = logbook_of(_Parts(log, more), folder, rates)
    assert halved.columns.official_cents.sum() == pytest.approx(cents / 2, rel=1e-2)


def test_a_build_that_fails_leaves_the_old_logbook(log: Path, tmp_path: Path) -> None:
    """Nothing half made bears the name, nothing is left beside it."""
    folder = tmp_path / "book"
    build_logbook(pl.scan_parquet(log), folder, key="old")
    bad = pl.scan_parquet(log).with_columns(end=pl.col("start") - dt.timedelta(hours=1))
    with pytest.raises(BadValue, match="1970"):
        build_logbook(bad, folder, key="new")
    assert Logbook(folder).manifest["key"] == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["book"]
    never = pl.lit(None, dtype=pl.Datetime("us", "UTC"))
    timeless = pl.scan_parquet(log).with_columns(start=never, end=never)
    with pytest.raises(BadValue, match="60000"):
        build_logbook(timeless, tmp_path / "other")


def test_a_folder_of_others_is_not_replaced_and_an_old_version_is_refused(log: Path, tmp_path: Path) -> None:
    """A folder with other files stays; a manifest of another version says what to do."""
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "letter.txt").write_text("mine")
    with pytest.raises(BadValue):
        build_logbook(pl.scan_parquet(log), tmp_path / "theirs")
    assert (tmp_path / "theirs" / "letter.txt").read_text() == "mine"
    book = build_logbook(pl.scan_parquet(log).head(5), tmp_path / "book")
    manifest = book.folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"format": 1', '"format": 0'))
    with pytest.raises(BadValue):
        _ = Logbook(book.folder).manifest
    with pytest.raises(BadValue):
        book.measures(period="week")


def test_an_empty_log_has_no_cells(log: Path, tmp_path: Path) -> None:
    """Nothing in, nothing out, no refusal."""
    book = build_logbook(pl.scan_parquet(log).head(0), tmp_path / "book")
    assert {name: frame.height for name, frame in book.measures().items()} == {"posts": 0, "corridors": 0}


def test_periods_nest(log: Path, tmp_path: Path, atlas: Atlas) -> None:
    """Counts and exact sums of months add up to quarters, years and the whole; quantiles lie between."""
    book = build_logbook(pl.scan_parquet(log), tmp_path / "book")
    places = atlas.frames["corridors"].select("corridor", corridor_place="via").explode("corridor_place")
    whole = book.measures(places, "")
    for period in ("year", "quarter", "month"):
        cut = book.measures(places, period)
        for name, keys in (
            ("posts", ["place", "mode", "direction"]),
            ("corridors", ["corridor", "mode", "country"]),
        ):
            summed = (
                cut[name]
                .group_by("indicator", *keys)
                .agg(
                    pl.col("n", "left_out", "top", "bottom").sum(),
                    pl.col("least").min(),
                    pl.col("most").max(),
                )
            )
            both = summed.join(whole[name], on=["indicator", *keys])
            assert both.height == whole[name].height > 0
            for column in ("n", "left_out", "least", "most"):
                assert (both[column] == both[f"{column}_right"]).fill_null(True).all()
            for column in ("top", "bottom"):
                assert np.allclose(both[column], both[f"{column}_right"], rtol=1e-12)
        good = cut["corridors"].filter(pl.col("n") > 0)
        assert (good["least"] <= good["p10"]).all()
        assert (good["p50"] <= good["p90"]).all()
        assert (good["p90"] <= good["most"]).all()
    assert whole["corridors"]["n"].max() > 100
