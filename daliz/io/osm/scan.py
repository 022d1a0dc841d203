"""The two passes over an extract: ways and points, then the nodes that they use.

Question: which ways are ours and which nodes do they use, and where do those lie?
In and out: an extract (.osm.pbf, .osm, also compressed) in; raw arrays and parts of tables in a folder
out.
Method: pyosmium reads and filters in C++, so that Python sees only objects with a key of ours, and in the
second pass only nodes that are used. References go to a file of 8-byte numbers, rows to Parquet parts of
50,000.
Limits: memory is 8 bytes a used node twice while the numbers are made unique, then 16 bytes a used node
and 26 a way, and the reader's set of node numbers, which takes a bit for each number in every stretch of
33 million that is used: 0.9 GB for Andorra, at most 1.7 GB for anything.
Relations are counted, not read.

"""

from __future__ import annotations

import hashlib
import json
from array import array
from collections import Counter
from contextlib import contextmanager
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from daliz.errors import BadValue
from daliz.io.osm.stages import Findings
from daliz.io.osm.ways import KINDS, MODES, kind_of, line, row_of
from daliz.schema import table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from daliz.io.osm.ways import Options, Tags
    from daliz.schema import Row

    Count = Callable[[int], None]

__all__ = ["scan_nodes", "scan_ways"]

ROWS_A_PART = 50_000
_TOLD = 100_000
_REFS = 4_000_000
_NAMES = ("name", "name:kk", "name:ru", "name:en")


@contextmanager
def readable(file: Path) -> Iterator[None]:
    """Turns the refusals of the reader into one of ours."""
    try:
        yield
    except RuntimeError as error:
        raise BadValue("osm.unreadable", file=str(file), reason=str(error)) from None


class _Ways:
    """Kept ways as they come: references to a file, rows to parts, the rest in flat arrays."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.refs = (folder / "refs.i64").open("wb")
        self.buffer = array("q")
        self.ends = array("q", [0])
        self.numbers = {"mode": array("b"), "oneway": array("b"), "alike": array("q"), "way": array("q")}
        self.rows: list[Row] = []
        self.parts = 0

    def add(self, way: int, refs: list[int], row: Row) -> None:
        """One way; one that runs against its nodes is turned."""
        if row["oneway"] == -1:
            refs.reverse()
        self.buffer.extend(refs)
        self.ends.append(self.ends[-1] + len(refs))
        told = [*(row | {"oneway": abs(row["oneway"])}).values(), way if row["mode"] == "ferry" else 0]
        alike = hashlib.blake2b(repr(told).encode(), digest_size=8).digest()
        for name, value in (
            ("mode", MODES.index(row["mode"])), ("oneway", abs(row["oneway"])),
            ("alike", int.from_bytes(alike, "little", signed=True)), ("way", way),
        ):  # fmt: skip
            self.numbers[name].append(value)
        self.rows.append(row | {"oneway": "yes" if row["oneway"] else "no", "osm_way": way})
        if len(self.rows) >= ROWS_A_PART:
            self.flush()

    def flush(self) -> None:
        """Write the rows and references held."""
        self.buffer.tofile(self.refs)
        self.buffer = array("q")
        if self.rows:
            self.parts += 1
            table("osm_edges").frame(self.rows).write_parquet(self.folder / f"rows-{self.parts:05}.parquet")
            self.rows = []

    def close(self) -> None:
        """Write all that is held."""
        self.flush()
        self.refs.close()
        np.save(self.folder / "ends.npy", np.array(self.ends, dtype=np.int64))
        for name, values in self.numbers.items():
            np.save(self.folder / f"{name}.npy", np.array(values))


def scan_ways(file: Path, options: Options, folder: Path, count: Count) -> None:
    """Pass one: kept ways, points and areas into `folder`; `count` hears how many objects were looked at.

    Raises
    ------
    BadValue
        when the file is no extract or is cut short.
    """
    import osmium
    from osmium.osm import NODE, RELATION, WAY

    keys = {key for key, _, _ in KINDS} | {"highway", "railway", "route"}
    kinds = [(key, value) for key, value, _ in KINDS]
    ways, findings = _Ways(folder), Findings(folder)
    points: list[Row] = []
    counts: dict[str, Counter[str]] = {"kept": Counter(), "left_out": Counter()}
    with readable(file), ways.refs:
        source = osmium.FileProcessor(str(file), NODE | WAY | RELATION)
        header = _header(source.header)
        lines, marks = (
            osmium.filter.KeyFilter(*sorted(keys)),
            osmium.filter.TagFilter(*kinds, ("route", "ferry")),
        )
        lines.enable_for(WAY)
        marks.enable_for(NODE | RELATION)
        source.with_filter(lines).with_filter(marks)
        things: Iterator[Any] = iter(source)
        for seen, thing in enumerate(things, start=1):
            if thing.is_way():
                _way(thing, options, ways, points, (counts, findings))
            elif thing.is_node():
                _point(thing, points, findings)
            else:
                _relation(thing, counts, findings)
            if seen % _TOLD == 0:
                count(seen)
        ways.close()
    findings.close()
    (folder / "points.json").write_text(json.dumps(points, ensure_ascii=False), encoding="utf-8")
    facts = {"header": header, **{name: dict(sorted(held.items())) for name, held in counts.items()}}
    (folder / "facts.json").write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")


def _header(header: Any) -> Row:
    box = header.box()
    corners = None
    if box.valid():
        corners = [box.bottom_left.lat, box.bottom_left.lon, box.top_right.lat, box.top_right.lon]
    return {
        "reference_date": header.get("osmosis_replication_timestamp") or header.get("timestamp") or None,
        "generator": header.get("generator") or None,
        "box": corners,
    }


def _way(thing: Any, options: Options, ways: _Ways, points: list[Row], told: tuple[Any, Findings]) -> None:
    counts, findings = told
    tags: Tags = thing.tags
    mode, name, left_out = line(tags, options)
    if mode:
        refs = [ref for ref, _ in groupby(node.ref for node in thing.nodes)]
        row, unread = row_of(tags, mode, name)
        for tag, value, message in unread:
            findings.add(f"way/{thing.id}", tag, value, message)
        if len(refs) < 2:
            findings.add(f"way/{thing.id}", "", str(len(refs)), "osm.no_length")
            return
        ways.add(thing.id, refs, row)
        counts["kept"][mode] += 1
        return
    if left_out:
        counts["left_out"][left_out] += 1
    if kind := kind_of(tags):
        refs = list(dict.fromkeys(node.ref for node in thing.nodes))
        points.append({"object": f"w{thing.id}", "kind": kind, "refs": refs, **_named(tags)})


def _point(thing: Any, points: list[Row], findings: Findings) -> None:
    if not (kind := kind_of(thing.tags)):
        return
    if not thing.location.valid():
        findings.add(f"node/{thing.id}", "", "", "osm.no_position")
        return
    where = {"lat": thing.lat, "lon": thing.lon, "refs": [thing.id]}
    points.append({"object": f"n{thing.id}", "kind": kind, **where, **_named(thing.tags)})


def _relation(thing: Any, counts: dict[str, Counter[str]], findings: Findings) -> None:
    kind = kind_of(thing.tags)
    counts["left_out"][f"relation {kind or 'route=ferry'}"] += 1
    if kind:
        key, value = next((key, value) for key, value, _ in KINDS if thing.tags.get(key, "") == value)
        findings.add(f"relation/{thing.id}", key, value, "osm.relation_unread")


def _named(tags: Tags) -> Row:
    return {key.replace(":", "_"): tags.get(key, "") or None for key in _NAMES}


def _used(ways: Path) -> NDArray[np.int64]:
    """Numbers of all nodes that ways and areas use, sorted, each once."""
    points = json.loads((ways / "points.json").read_text(encoding="utf-8"))
    used = np.unique(np.array([ref for point in points for ref in point["refs"]], dtype=np.int64))
    with (ways / "refs.i64").open("rb") as stream:
        while len(some := np.fromfile(stream, dtype=np.int64, count=_REFS)):
            used = np.union1d(used, some)
    return used


def scan_nodes(file: Path, ways: Path, folder: Path, count: Count) -> None:
    """Pass two: numbers and positions (1e-7 degrees) of the nodes used, sorted by number, into `folder`.

    Nodes that the extract lacks are not among them.
    """
    import osmium

    used = _used(ways)
    ids, x, y = array("q"), array("i"), array("i")
    with readable(file):
        kept = osmium.filter.IdFilter(int(ref) for ref in used)
        kept.enable_for(osmium.osm.NODE)
        source: Iterator[Any] = iter(osmium.FileProcessor(str(file), osmium.osm.NODE).with_filter(kept))
        for seen, node in enumerate(source, start=1):
            place = node.location
            if place.valid():
                ids.append(node.id)
                x.append(place.x)
                y.append(place.y)
            if seen % _TOLD == 0:
                count(seen)
    number = np.array(ids, dtype=np.int64)
    number, first = np.unique(number, return_index=True)
    for name, values in (
        ("ids", number), ("x", np.array(x, dtype=np.int32)[first]), ("y", np.array(y, dtype=np.int32)[first])
    ):  # fmt: skip
        np.save(folder / f"{name}.npy", values)
