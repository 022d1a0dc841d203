"""Reading OCEL: one row an event, its shipment chosen among its objects.

Question: which rows does the log hold, and which object is followed?
In and out: a path and a mapping in; batches out.
Method: objects are read first, then a piece of the events to choose the case type, then all events.
Limits: what is said in `daliz.io.ocel`.
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daliz.errors import BadValue
from daliz.io.carry import OURS, frame_of, moment, pack, stamp, unpack
from daliz.io.mapping import Mapping
from daliz.io.ocel.documents import JsonDocument, Source, SqliteDocument, XmlDocument
from daliz.io.streams import opened, plain_head
from daliz.model.events import BATCH_ROWS, INSTANTS, Batch, Reject
from daliz.store.ocel import MAGIC

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daliz.schema import Row

__all__ = ["MARK", "PREFIX", "read", "sniff"]

PREFIX = "daliz:"
MARK = "daliz:row"
"""Attribute of an event that Daliz wrote from a row of another origin, and of the objects made for it."""

_LOOKED_AT = 10_000


def sniff(head: bytes, name: str) -> bool:
    """Whether a file that begins with `head` and is called `name` is OCEL (of version 1 or 2)."""
    if head.startswith(MAGIC):
        return True
    start = plain_head(head).lstrip(b"\xef\xbb\xbf \t\r\n")
    name = name.lower().removesuffix(".gz")
    if start.startswith(b"{"):
        return (
            name.endswith(".jsonocel")
            or any(word in start for word in (b'"objectTypes"', b'"eventTypes"', b'"ocel:global-log"'))
            or (b'"relationships"' in start and b'"objectId"' in start)
        )
    return start.startswith(b"<") and (
        name.endswith(".xmlocel") or b"<object-types" in start or b"<event-types" in start
    )


@dataclass
class _Objects:
    """Objects by id until the first row that names them."""

    kinds: dict[str, str] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)

    def take(self, ids: list[str]) -> list[Row]:
        return [unpack(self.waiting.pop(key)) for key in ids if key in self.waiting]

    def rest(self) -> list[Row]:
        return self.take(list(self.waiting))


def read(path: Path, mapping: Mapping | None = None) -> Iterator[Batch]:
    """Batches of raw rows of an OCEL 2.0 file, in its order.

    Raises
    ------
    BadValue
        when the file is not OCEL 2.0, lacks a part or is cut off, or the case type is not in it.
    Refused
        when its XML declares a document type, or it unpacks without end.
    """
    path, mapping = Path(path), mapping or Mapping()
    source = _source(path)
    objects, rejects = _objects(source)
    declared = [str(one["name"]) for one in source.types("object")]
    case = mapping.case or _case_type(source, objects, declared)
    if mapping.case and mapping.case not in {*declared, *objects.kinds.values()}:
        raise BadValue("error.mapping_absent", column="case", name=mapping.case, found=", ".join(declared))
    reader = _Reader(mapping, objects, case, _header(source))
    reader.rejects += rejects
    for number, event in enumerate(source.events(), start=1):
        reader.take(number, event)
        while len(reader.rows) > BATCH_ROWS or len(reader.rejects) >= BATCH_ROWS:
            yield reader.batch(keep=1)
    reader.finish()
    while len(reader.rows) > BATCH_ROWS:
        yield reader.batch(keep=0)
    yield reader.batch(keep=0)


def _source(path: Path) -> Source:
    with opened(path) as stream:
        head = stream.read(4096)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(MAGIC):
        return SqliteDocument(path)
    if start.startswith(b"<"):
        return XmlDocument(path)
    if start.startswith(b"{"):
        return JsonDocument(path)
    raise BadValue("error.log_other", file=path.name, format="OCEL 2.0")


def _objects(source: Source) -> tuple[_Objects, list[Reject]]:
    found, rejects = _Objects(), []
    for number, one in enumerate(source.objects(), start=1):
        fits = isinstance(one, dict) and isinstance(one.get("id"), str) and isinstance(one.get("type"), str)
        if not fits or one["id"] in found.kinds:
            rejects.append(_shapeless(f"object {number}", one, "id" if not fits else "id×2"))
            continue
        found.kinds[one["id"]] = one["type"]
        ours = any(
            isinstance(said, dict) and said.get("name") == MARK for said in one.get("attributes") or ()
        )
        if not ours:
            kept = {key: value for key, value in one.items() if value not in ([], None)}
            found.waiting[one["id"]] = pack(kept) or ""
    return found, rejects


def _shapeless(locator: str, one: object, part: str) -> Reject:
    raw = one if isinstance(one, dict) else {"value": one}
    return Reject(locator, part, "finding.log_shape", {"part": part}, raw)


def _case_type(source: Source, objects: _Objects, declared: list[str]) -> str | None:
    """The object type that most of the first events are about."""
    seen: Counter[str] = Counter()
    for event in itertools.islice(source.events(), _LOOKED_AT):
        if isinstance(event, dict):
            seen.update({objects.kinds[key] for key, _ in _relations(event) if key in objects.kinds})
    rank = {name: number for number, name in enumerate(declared)}
    return min(seen, key=lambda name: (-seen[name], rank.get(name, len(rank)), name), default=None)


def _relations(event: Row) -> list[tuple[str, Any]]:
    listed = event.get("relationships")
    if not isinstance(listed, list):
        return []
    return [(str(one.get("objectId")), one.get("qualifier")) for one in listed if isinstance(one, dict)]


def _header(source: Source) -> Row:
    """Types and names of tables, without those that only Daliz made."""
    types = {
        kind: [
            {**one, "attributes": [a for a in one.get("attributes") or [] if not _is_ours(a)]}
            for one in source.types(kind)
            if not any(_is_ours(a) for a in one.get("attributes") or [])
            or any(not _is_ours(a) for a in one.get("attributes") or [])
        ]
        for kind in ("object", "event")
    }
    if not any(types.values()):
        return {}
    return {"types": types, **({"maps": source.maps()} if source.maps() else {})}


def _is_ours(attribute: Row) -> bool:
    return str(attribute.get("name", "")).startswith(PREFIX)


@dataclass
class _Reader:
    mapping: Mapping
    objects: _Objects
    case: str | None
    header: Row
    rows: list[Row] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)

    def take(self, number: int, event: Any) -> None:
        locator = f"event {number}"
        fits = (
            isinstance(event, dict)
            and isinstance(event.get("id"), str)
            and isinstance(event.get("type"), str)
        )
        listed = event.get("attributes") or [] if fits else []
        if not fits or not all(isinstance(one, dict) and "name" in one for one in listed):
            self.rejects.append(_shapeless(locator, event, "id, type, attributes"))
            return
        values = {str(one["name"]): one.get("value") for one in listed}
        time = event.get("time")
        if time is not None and moment(str(time)) is None:
            self.reject(locator, "end", time, event)
            return
        if MARK in values:
            self.own(locator, values, event)
            return
        related = _relations(event)
        row: Row = {
            "activity_text": event["type"], "log_id": event["id"], "locator": locator,
            "end": None if time is None else str(time),
        }  # fmt: skip
        zone = self.zone(row["end"])
        if zone:
            row["zone"] = zone
        if values.get(PREFIX + "quality"):
            row["quality"] = str(values[PREFIX + "quality"])
        if not self.told(row, values, related, event):
            return
        said: Row = {
            "type": event["type"],
            "attributes": listed,
            "relationships": [list(one) for one in related],
        }
        if row["end"] != stamp(row["end"], zone):
            said["time"] = row["end"]
        shipments = [key for key, _ in related if self.objects.kinds.get(key) == self.case]
        shipments = list(dict.fromkeys(shipments)) or [key for key, _ in related[:1]]
        if not self.mapping.case:
            shipments = shipments[:1]
        said["objects"] = self.objects.take([key for key, _ in related])
        if self.header:
            said |= self.header
            self.header = {}
        for copy, shipment in enumerate(shipments or [None]):
            extra = {key: value for key, value in said.items() if value not in ([], None)}
            if copy:
                extra = {
                    "copy": copy,
                    **{k: v for k, v in extra.items() if k not in ("objects", "types", "maps")},
                }
            self.rows.append({"shipment": shipment, **row, "extra": {"ocel": extra}})

    def zone(self, time: str | None) -> str | None:
        at = moment(time) if time else None
        if at is None or time is None:
            return None
        if at.tzinfo is None:
            return self.mapping.zone
        return "Z" if time[-1] in "Zz" else at.isoformat()[-6:]

    def told(self, row: Row, values: Row, related: list[tuple[str, Any]], event: Row) -> bool:
        """Fill what the mapping tells; False when an instant does not fit."""
        for ours, theirs in self.mapping.columns.items():
            if theirs.startswith("object:"):
                kind = theirs.removeprefix("object:")
                value = next((key for key, _ in related if self.objects.kinds.get(key) == kind), None)
            else:
                value = values.get(theirs)
            if value in (None, "") or (ours == "quality" and row.get("quality") == "simulated"):
                continue
            if ours in INSTANTS and moment(str(value)) is None:
                self.reject(row["locator"], ours, value, event)
                return False
            row[ours] = repr(value) if isinstance(value, float) else str(value)
        for name, value in self.mapping.constants.items():
            row[name] = row.get(name) or value
        return True

    def own(self, locator: str, values: Row, event: Row) -> None:
        """An event that Daliz wrote from a row: our columns back as they were."""
        row: Row = {}
        for name in OURS:
            value = values.get(PREFIX + name)
            if value not in (None, ""):
                row[name] = repr(value) if isinstance(value, float) else str(value)
        for column in INSTANTS:
            if row.get(column) and moment(row[column]) is None:
                self.reject(locator, column, row[column], event)
                return
        said = {"status": row.pop("status")} if "status" in row else {}
        extra = unpack(values.get(PREFIX + "extra"))
        beyond: Row = {"daliz": said} if said else {}
        self.rows.append({**row, "locator": locator, "extra": {**extra, **beyond}})

    def reject(self, locator: str, column: str, value: object, event: Row) -> None:
        self.rejects.append(
            Reject(locator, column, "finding.instant", {"column": column, "value": value}, event)
        )

    def finish(self) -> None:
        """Objects that no event names, and types that no row could carry, go with the last row."""
        left = self.objects.rest()
        if self.rows and (left or self.header):
            said = self.rows[-1]["extra"].setdefault("ocel", {})
            said["objects"] = [*said.get("objects", []), *left]
            said |= self.header

    def batch(self, keep: int) -> Batch:
        cut = min(max(0, len(self.rows) - keep), BATCH_ROWS)
        going, self.rows = self.rows[:cut], self.rows[cut:]
        rejects, self.rejects = tuple(self.rejects), []
        for row in going:
            row["extra"] = pack(row["extra"])
        return Batch(frame_of(going), rejects)
