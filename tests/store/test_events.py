"""The event store: whole imports or none, every event once, every refusal readable."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daliz.errors import BadValue, UnknownPlace
from daliz.intake.names import Names
from daliz.intake.rows import Defaults, Heard, typed
from daliz.model.events import Batch, raw_frame
from daliz.schema import table
from daliz.store.events import EventStore, Writer

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

ZONES = {"kz-dostyk": "Asia/Almaty"}


@pytest.fixture(scope="module")
def names(frames: dict[str, pl.DataFrame]) -> Names:
    from daliz.gazetteer import Gazetteer

    codes = {row["code"]: row for row in frames["activity_codes"].iter_rows(named=True)}
    return Names(Gazetteer(frames), codes)


def rows_of(names: Names, *raws: dict[str, object]) -> pl.DataFrame:
    given_rows = [
        {"shipment": "S1", "activity_text": "rail_customs", "zone": "+05:00", **raw} for raw in raws
    ]
    rows, rejects = typed(Batch(raw_frame(given_rows)), names, Defaults(), Heard(), ZONES)
    assert rejects == []
    return rows


def put(store: EventStore, key: str, *frames: pl.DataFrame) -> Writer:
    with store.writing(key, f"{key}.csv", "csv") as writer:
        for frame in frames:
            writer.add(frame)
    return writer


def test_an_event_is_kept_once(tmp_path: Path, names: Names) -> None:
    """Within a batch, across batches, and across files the same event is a duplicate; counts add up."""
    store = EventStore(tmp_path)
    a, b = ({"start": f"2025-01-0{day} 10:00"} for day in (1, 2))
    first = put(store, "aaaa", rows_of(names, a, a), rows_of(names, a, b)).summary
    assert (first.read, first.accepted, first.duplicates, first.rejected) == (4, 2, 2, 0)
    second = put(store, "bbbb", rows_of(names, b, {"start": "2025-01-03 10:00"})).summary
    assert (second.read, second.accepted, second.duplicates) == (2, 1, 1)
    assert store.frame().height == 3
    assert store.frame()["event"].n_unique() == 3


def test_what_differs_in_any_word_is_another_event(tmp_path: Path, names: Names) -> None:
    """Same shipment, place and hour, but another actor, amount, class or remark: two events."""
    same = {"start": "2025-01-01 10:00"}
    others = [
        {"actor": "shift 2"}, {"official_amount": "5", "official_currency": "KZT"},
        {"quality": "simulated"}, {"extra": '{"remark": "seal broken"}'},
    ]  # fmt: skip
    writer = put(EventStore(tmp_path), "aaaa", rows_of(names, same, *({**same, **o} for o in others)))
    assert writer.summary.accepted == 5
    assert writer.summary.simulated == 1


def test_an_event_with_a_hash_of_its_own_is_known_by_it(tmp_path: Path, names: Names) -> None:
    """Two wordings of one EPCIS event carry the same canonical hash and count once."""
    one, two = (
        {"start": "2025-01-01 10:00", "actor": actor, "extra": '{"hash": "ni:///x"}'} for actor in "ab"
    )
    assert put(EventStore(tmp_path), "aaaa", rows_of(names, one, two)).summary.accepted == 1


def test_the_identity_is_the_md5_of_what_is_said(tmp_path: Path, names: Names) -> None:
    """The witness is hashlib over the same words parted by the record separator."""
    store = EventStore(tmp_path)
    put(store, "aaaa", rows_of(names, {"start": "2025-01-01 10:00", "place_text": "Dostyk"}))
    row = store.frame().row(0, named=True)
    from daliz.store.events import _SAID

    def said(name: str) -> str:
        value = row[name]
        if isinstance(value, dt.datetime):
            return str(int(value.timestamp() * 1_000_000))
        return "" if value is None else str(value)

    words = "\x1e".join(said(name) for name in _SAID)
    assert row["event"] == hashlib.md5(words.encode(), usedforsecurity=False).hexdigest()


def test_the_same_import_makes_the_same_bytes(tmp_path: Path, names: Names) -> None:
    """Nothing of the clock or of chance enters a part."""
    rows = rows_of(names, {"start": "2025-01-01 10:00"}, {"start": "2025-01-02 10:00"})
    reject = {"locator": "3", "column": "end", "reason": "finding.no_time", "values": "{}", "raw": "{}"}
    for folder in ("one", "two"):
        with EventStore(tmp_path / folder).writing("aaaa", "a.csv", "csv") as writer:
            writer.add(rows)
            writer.refuse([reject])
    one, two = (sorted((tmp_path / folder / "imports" / "aaaa").iterdir()) for folder in ("one", "two"))
    assert [p.name for p in one] == ["events.parquet", "ids.npy", "quarantine.parquet", "summary.json"]
    assert [p.read_bytes() for p in one] == [p.read_bytes() for p in two]


def test_an_import_that_breaks_leaves_nothing(tmp_path: Path, names: Names) -> None:
    """After an error in the middle the store is as before, and the next import clears what was left."""
    store = EventStore(tmp_path)
    put(store, "aaaa", rows_of(names, {"start": "2025-01-01 10:00"}))

    def break_off() -> None:
        with store.writing("bbbb", "b.csv", "csv") as writer:
            writer.add(rows_of(names, {"start": "2025-01-02 10:00"}))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_off()
    (tmp_path / "imports" / ".new-cccc").mkdir()
    assert store.keys() == ["aaaa"]
    put(store, "dddd", rows_of(names, {"start": "2025-01-02 10:00"}))
    assert sorted(p.name for p in (tmp_path / "imports").iterdir()) == ["aaaa", "dddd"]


def test_two_imports_at_once_are_refused(tmp_path: Path) -> None:
    """The second one is told that the first writes."""
    store = EventStore(tmp_path)
    with store.locked(), pytest.raises(BadValue, match=str(tmp_path)), store.locked():
        pass


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """A file in the way of the folder is a refusal in words, not a traceback."""
    (tmp_path / "events").write_text("in the way")
    with pytest.raises(BadValue, match="cannot be written"), EventStore(tmp_path / "events").locked():
        pass


def test_an_event_that_is_corrected_no_longer_stands(tmp_path: Path, names: Names) -> None:
    """A corrective event in a later file takes the place of an earlier one, which stays readable."""
    store = EventStore(tmp_path)
    put(store, "aaaa", rows_of(names, {"start": "2025-01-01 10:00", "log_id": "e1"}))
    assert store.frame().height == 1
    put(store, "bbbb", rows_of(names, {"start": "2025-01-01 12:00", "log_id": "e2", "corrects": "e1"}))
    assert store.frame()["log_id"].to_list() == ["e2"]
    whole = store.scan(standing=False).collect().sort("log_id")
    assert whole["status"].to_list() == ["corrected", "stands"]


def test_a_row_of_the_quarantine_is_given_up_by_name(tmp_path: Path) -> None:
    """It stays readable with its new state; an unknown row is refused."""
    store = EventStore(tmp_path)
    reject = {"locator": "3", "column": "end", "reason": "finding.no_time", "values": "{}", "raw": "{}"}
    with store.writing("aaaa", "a.csv", "csv") as writer:
        writer.refuse([reject, reject])
    assert store.quarantine()["state"].to_list() == ["waiting", "waiting"]
    store.drop("aaaa:2", "A. Clerk")
    assert store.quarantine()["state"].to_list() == ["waiting", "dropped"]
    with pytest.raises(UnknownPlace):
        store.drop("aaaa:9", "A. Clerk")
    assert store.scan().collect().height == 0


@settings(deadline=None, max_examples=30, derandomize=True)
@given(st.lists(st.lists(st.integers(0, 60), max_size=25), max_size=8))
def test_fresh_identities_are_those_of_a_set(batches: list[list[int]]) -> None:
    """Over any batches the writer accepts what a Python set would."""
    writer = object.__new__(Writer)
    writer._known, writer._mine = [np.array([7, 9], dtype=np.uint64)], []
    seen = {7, 9}
    for batch in batches:
        fresh = writer._fresh(np.array(batch, dtype=np.uint64))
        wanted = []
        for value in batch:
            wanted.append(value not in seen)
            seen.add(value)
        assert fresh.tolist() == wanted


def test_an_empty_store_has_the_tables(tmp_path: Path) -> None:
    """Nothing read yet: both tables are there, with no rows."""
    store = EventStore(tmp_path / "none")
    assert store.frame().columns == [column.name for column in table("events").columns]
    assert store.quarantine().height == 0
    assert store.summaries() == []
