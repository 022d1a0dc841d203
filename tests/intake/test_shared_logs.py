"""Shared logs through the whole way: taken in, taken in again, written out of the store as they were."""

from __future__ import annotations

import gzip
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree

from daliz.intake import Defaults, Options, export, take
from daliz.store.events import EventStore

if TYPE_CHECKING:
    import polars as pl

DATA = Path(__file__).parents[3] / "shared" / "data"
DUTCH = Options(defaults=Defaults(zone="Europe/Amsterdam"))

COUNTS = {
    "event_logs/running-example.xes": 42,
    "event_logs/ocel20_example.jsonocel": 13,
    "event_logs/ocel20_example.sqlite": 13,
    "event_logs/ocel2_container_logistics.sqlite": 8727,
    "event_logs/receipt.parquet": 8577,
    "event_logs/roadtraffic100traces.csv": 390,
    "event_logs/interval_event_log.csv": 8109,
    "remaining_time/test_Helpdesk.xes.gz": 4411,
    "remaining_time/test_env_permit.xes.gz": 1589,
}


def content(path: Path) -> Any:
    """What a log says, whatever the order of its attributes and ids."""
    raw = path.read_bytes()
    raw = gzip.decompress(raw) if path.suffix == ".gz" else raw
    if path.suffix == ".sqlite":
        found = {}
        with closing(sqlite3.connect(path)) as base:
            for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                rows = base.execute(f'SELECT * FROM "{name}"')  # noqa: S608
                names = [column[0] for column in rows.description]
                found[name] = sorted(
                    repr(sorted((k, v) for k, v in zip(names, row, strict=True) if v is not None))
                    for row in rows
                )
        return found
    if path.suffix == ".jsonocel":
        return {
            kind: sorted(
                json.dumps({"attributes": [], "relationships": [], **one}, sort_keys=True) for one in listed
            )
            for kind, listed in json.loads(raw).items()
        }
    return _of_xes(etree.fromstring(raw))


def _of_xes(node: Any) -> Any:
    name = node.tag.rpartition("}")[2]
    children = [_of_xes(child) for child in node]
    happened = tuple(child for child in children if child[0] in ("trace", "event"))
    told = tuple(sorted(child for child in children if child[0] not in ("trace", "event")))
    return name, tuple(sorted(node.items())), told, happened


@pytest.mark.shared
@pytest.mark.parametrize(("name", "count"), COUNTS.items())
def test_a_shared_log_is_taken_in_whole_once_and_comes_out_equal(
    name: str, count: int, frames: dict[str, pl.DataFrame], tmp_path: Path
) -> None:
    """Every event is accepted, a second import accepts none, and the log written is the log read."""
    path, events = DATA / name, EventStore(tmp_path / "events")
    summary = take(events, frames, path, DUTCH)
    assert (summary.read, summary.accepted, summary.duplicates, summary.rejected) == (count, count, 0, 0)
    again = take(events, frames, path, DUTCH)
    assert (again.read, again.accepted, again.duplicates) == (count, 0, count)
    suffix = path.suffixes[0]
    if suffix in (".xes", ".jsonocel", ".sqlite"):
        out = tmp_path / f"out{suffix}"
        assert export(events, out) == count
        assert content(out) == content(path)


@pytest.mark.parametrize(
    "ending", [".csv", ".parquet", ".xes", ".jsonocel", ".xmlocel", ".sqlite", ".jsonld", ".xml"]
)
def test_no_format_makes_a_simulated_log_measured(
    ending: str, frames: dict[str, pl.DataFrame], tmp_path: Path
) -> None:
    """Written in any format and read as an ordinary log, a simulated event is simulated still."""
    log = tmp_path / "log.csv"
    log.write_text("shipment,place,mode,activity,end\nT1,Dostyk,rail,rail_customs,2025-03-01T10:00Z\n")
    events = EventStore(tmp_path / "events")
    take(events, frames, log, Options(defaults=Defaults(quality="simulated")))
    out = tmp_path / f"out{ending}"
    assert export(events, out) == 1
    other = EventStore(tmp_path / "other")
    summary = take(other, frames, out)
    assert (summary.read, summary.accepted) == (1, 1)
    assert other.frame()["quality"].to_list() == ["simulated"]
