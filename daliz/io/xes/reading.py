"""Reading XES: events in the order of the file, a trace at a time.

Question: which rows does the log hold?
In and out: a path and a mapping in; batches out.
Method: lxml's incremental parser without entities, network and huge nodes; what has been read is freed.
Limits: the steps of one trace that are still open are held until it ends; other rows are handed on.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daliz.errors import BadValue
from daliz.io.carry import OURS, frame_of, moment, pack, unpack
from daliz.io.mapping import Mapping
from daliz.io.streams import opened, plain_head
from daliz.io.xmlsafe import refuse_doctype, walked
from daliz.model.events import BATCH_ROWS, INSTANTS, Batch, Reject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daliz.schema import Row

__all__ = ["MARK", "OWN_HEADER", "PREFIX", "read", "sniff"]

PREFIX = "daliz:"
"""Before the name of our column in a foreign format."""

MARK = "daliz:row"
"""Attribute of an event that Daliz wrote from a row of another origin."""

_TAGS = ("{*}log", "{*}trace", "{*}event")
_NAME, _TIME, _LIFE, _INSTANCE = "concept:name", "time:timestamp", "lifecycle:transition", "concept:instance"
_TAKEN = {
    ("string", "org:resource"): "actor",
    ("id", "identity:id"): "log_id",
    ("string", "cost:currency"): "official_currency",
}
_SEEN = {
    _NAME: "", _TIME: "",
    "org:resource": "actor", "identity:id": "log_id", "cost:currency": "official_currency",
    "cost:total": "official_amount", "cost:amount": "official_amount", PREFIX + "quality": "quality",
}  # fmt: skip
"""Attributes of an event that fill a column; `one` itself sees to the name and the time."""

_USUAL_TIME = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.(?:\d{3}|\d{3}(?!000)\d{3})(?:Z|\+\d\d:\d\d|-(?!00:00)\d\d:\d\d)"
)
"""Times that `stamp` tells again as they were."""

OWN_HEADER: dict[str, object] = {
    "attrib": {"xes.version": "1849-2016", "xes.features": ""},
    "space": "http://www.xes-standard.org/",
    "children": [
        *(
            ["extension", {"name": name, "prefix": prefix, "uri": f"http://www.xes-standard.org/{prefix}.xesext"}]
            for name, prefix in (("Concept", "concept"), ("Time", "time"), ("Lifecycle", "lifecycle"),
                                 ("Organizational", "org"), ("Cost", "cost"))
        ),
        ["global", {"scope": "trace"}, [["string", {"key": "concept:name", "value": ""}]]],
        ["global", {"scope": "event"}, [["string", {"key": "concept:name", "value": ""}]]],
        ["classifier", {"name": "Activity", "scope": "event", "keys": "concept:name"}],
        ["string", {"key": "creator", "value": "Daliz"}],
    ],
}  # fmt: skip
"""What Daliz writes above traces that carry no header of their own."""

_DEADLINES = ("deadline", "case:deadline")
_DEADLINES_SET = frozenset(_DEADLINES)

Attribute = list[Any]
"""[type, key, value] and, where there are any, nested attributes."""


def sniff(head: bytes, name: str) -> bool:
    """Whether a file that begins with `head` and is called `name` is XES."""
    start = plain_head(head).lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start.startswith(b"<"):
        return False
    named = name.lower().removesuffix(".gz").endswith(".xes")
    return (named or b"<trace" in start or b"xes." in start) and b"<log" in start[: 1 << 15]


@dataclass
class _Gathered:
    """Rows and rejects on their way into a batch; the last row waits for what stands behind it."""

    rows: list[Row] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    header: dict[str, object] | None = None
    empty: list[dict[str, object]] = field(default_factory=list)

    def add(self, rows: list[Row]) -> None:
        if rows and self.empty:
            rows[0]["extra"]["xes"].setdefault("empty", []).extend(self.empty)
            self.empty = []
        if rows and self.header is not None:
            rows[0]["extra"]["xes"]["log"] = self.header
            self.header = None
        self.rows += rows

    def add_empty(self, trace: dict[str, object]) -> None:
        if self.rows:
            self.rows[-1]["extra"]["xes"].setdefault("empty", []).append(trace)
        else:
            self.empty.append(trace)

    def batch(self, keep: int) -> Batch:
        cut = min(max(0, len(self.rows) - keep), BATCH_ROWS)
        going, self.rows = self.rows[:cut], self.rows[cut:]
        rejects, self.rejects = tuple(self.rejects), []
        for row in going:
            if not row["extra"].get("xes"):
                row["extra"].pop("xes", None)
            row["extra"] = pack(row["extra"])
        return Batch(frame_of(going), rejects)


@dataclass
class _Trace:
    """The trace that is being read."""

    number: int
    shipment: str = ""
    part: int = 1
    attributes: list[Attribute] | None = None
    values: dict[str, str] = field(default_factory=dict)
    deadline: str | None = None
    events: int = 0
    handed: bool = False
    rows: list[Row] = field(default_factory=list)
    open: dict[tuple[str | None, str | None], deque[Row]] = field(default_factory=dict)


def read(path: Path, mapping: Mapping | None = None) -> Iterator[Batch]:
    """Batches of raw rows of an XES file, in its order (an activity stands where it began).

    Raises
    ------
    BadValue
        when the file is no XML, is cut off, or has another root than `log`.
    Refused
        when it declares a document type, or unpacks without end.
    """
    from lxml import etree

    path = Path(path)
    reader = _Reader(path.name, mapping or Mapping())
    gathered = reader.gathered
    with opened(path) as stream:
        events = walked(stream, _TAGS)
        try:
            for action, node in events:
                if action == "start" and node.tag.endswith("event"):
                    continue
                reader.take(action, node)
                while len(gathered.rows) > BATCH_ROWS or len(gathered.rejects) >= BATCH_ROWS:
                    yield gathered.batch(keep=1)
        except etree.XMLSyntaxError as error:
            line = error.lineno if error.lineno is not None else 0
            raise BadValue("error.log_broken", file=path.name, where=f"XML:{line}") from None
    if not reader.root:
        raise BadValue("error.log_other", file=path.name, format="XES")
    while len(gathered.rows) > BATCH_ROWS:
        yield gathered.batch(keep=0)
    yield gathered.batch(keep=0)


class _Reader:
    """What happens at each element."""

    def __init__(self, name: str, mapping: Mapping) -> None:
        self.name, self.mapping = name, mapping
        self.gathered = _Gathered()
        self.root = self.headed = False
        self.trace: _Trace | None = None
        self.traces = 0
        self.names: dict[str, int] = {}
        self.tags: dict[str, str] = {}
        self.columns = _SEEN
        self.telling = bool(mapping.columns or mapping.constants)

    def take(self, action: str, node: Any) -> None:
        tag = self.local(node.tag)
        if action == "start":
            if not self.root:
                self.begin(node, tag)
            elif tag == "trace" and self.trace is None:
                self.head(node)
                self.traces += 1
                self.trace = _Trace(self.traces)
        elif tag == "event":
            self.event(node)
        elif tag == "trace":
            self.end_trace(node)
        else:
            self.end_log(node)

    def local(self, tag: str) -> str:
        found = self.tags.get(tag)
        if found is None:
            found = self.tags[tag] = tag.rpartition("}")[2]
        return found

    def begin(self, node: Any, tag: str) -> None:
        refuse_doctype(node, self.name)
        if tag != "log" or node.getparent() is not None:
            raise BadValue("error.log_other", file=self.name, format="XES")
        self.root = True

    # -- what belongs to the log

    def head(self, first: Any) -> None:
        """Take what stands before the first trace or event; a header of ours says nothing new."""
        if self.headed:
            return
        self.headed = True
        log = first.getparent()
        children = [self.element(child) for child in self.children(log, first)]
        space = log.tag[1:].partition("}")[0] if log.tag.startswith("{") else ""
        header = {"attrib": dict(log.attrib), "space": space, "children": children}
        if header != OWN_HEADER:
            self.gathered.header = header

    def children(self, node: Any, before: Any | None) -> Iterator[Any]:
        for child in node:
            if child is before:
                return
            if isinstance(child.tag, str) and self.local(child.tag) not in ("trace", "event"):
                yield child

    def element(self, node: Any) -> list[Any]:
        nested = [self.element(child) for child in node if isinstance(child.tag, str)]
        return [self.local(node.tag), dict(node.attrib), *([nested] if nested else [])]

    def end_log(self, node: Any) -> None:
        behind = [self.element(child) for child in self.children(node, None)]
        if behind and self.gathered.rows:
            self.gathered.rows[-1]["extra"]["xes"]["behind"] = behind

    # -- what belongs to a trace

    def attribute(self, node: Any) -> Attribute:
        nested = [self.attribute(child) for child in node if isinstance(child.tag, str)] if len(node) else []
        found = [self.local(node.tag), node.get("key"), node.get("value")]
        others = (
            {k: v for k, v in node.attrib.items() if k not in ("key", "value")}
            if len(node.attrib) > 2
            else None
        )
        if nested or others:
            found.append(nested)
        if others:
            found.append(others)
        return found

    def open_trace(self, trace: _Trace, node: Any, first: Any | None) -> None:
        trace.attributes = [self.attribute(child) for child in self.children(node, first)]
        for kind, key, value, *_ in trace.attributes:
            if key is not None and value is not None and kind not in ("list", "container"):
                trace.values.setdefault(key, value)
        trace.shipment = trace.values.get(_NAME) or f"{self.name}#{trace.number}"
        trace.part = self.names.get(trace.shipment, 0) + 1
        self.names[trace.shipment] = trace.part
        told = self.mapping.columns.get("deadline")
        trace.deadline = next(
            (
                value
                for key in ((told,) if told else _DEADLINES)
                if (value := self.instant(trace.values.get(key)))
            ),
            None,
        )

    @staticmethod
    def instant(text: str | None) -> str | None:
        return text if text and moment(text) is not None else None

    def end_trace(self, node: Any) -> None:
        trace, self.trace = self.trace, None
        if trace is None:
            return
        if trace.attributes is None:
            self.open_trace(trace, node, None)
            late: list[Attribute] = []
        else:
            late = [self.attribute(child) for child in self.children(node, None)]
        _free(node)
        if not trace.rows and not trace.handed:
            if trace.events == 0:
                self.gathered.add_empty({"n": trace.number, "attributes": trace.attributes})
            return
        if late and trace.rows:
            trace.rows[-1]["extra"]["xes"]["late"] = late
        self.hand(trace, trace.rows)

    def hand(self, trace: _Trace, rows: list[Row]) -> None:
        if rows and not trace.handed:
            trace.handed = True
            said = rows[0]["extra"]["xes"]
            usual = trace.attributes == [["string", _NAME, trace.shipment]]
            if "at" in said or not usual:
                said["trace"] = {"n": trace.number, **({} if usual else {"attributes": trace.attributes})}
        self.gathered.add(rows)

    # -- what belongs to an event

    def event(self, node: Any) -> None:
        trace = self.trace
        if trace is None:
            self.head(node)
            trace = _Trace(self.traces, attributes=[])
            self.one(trace, node)
            self.gathered.add(trace.rows)
        else:
            if trace.attributes is None:
                self.open_trace(trace, node.getparent(), node)
            self.one(trace, node)
            if len(trace.rows) > BATCH_ROWS:
                waiting = {id(row) for rows in trace.open.values() for row in rows}
                self.hand(trace, [row for row in trace.rows if id(row) not in waiting])
                trace.rows = [row for row in trace.rows if id(row) in waiting]
        _free(node)

    def one(self, trace: _Trace, node: Any) -> None:
        position = trace.events
        trace.events += 1
        rest, noted, values = self.attributes(node)
        locator = f"trace {trace.number} event {position + 1}"
        time = values.get(_TIME)
        at = moment(time) if time else None
        if time and at is None:
            self.reject(locator, "end", time, values, trace)
            return
        if MARK in values:
            self.own(trace, values, locator)
            return
        life = values.get(_LIFE, "").casefold()
        key = (values.get(_NAME), values.get(_INSTANCE))
        begins, waiting = life == "start", trace.open.get(key) if life == "complete" else None
        row: Row = dict(waiting[0]) if waiting else {
            "shipment": trace.shipment or None, "activity_text": key[0], "locator": locator,
            "deadline": trace.deadline,
        }  # fmt: skip
        zone = self.zone(at, time)
        if zone and not waiting:
            row["zone"] = zone
        row["start" if begins else "end"] = time
        for found in noted:
            column = self.columns[found[1]]
            if column and found[2]:
                row[column] = found[2]
        telling = self.telling or not _DEADLINES_SET.isdisjoint(values)
        if telling and not self.told(trace, row, values):
            return
        usual = zone == row.get("zone")
        rest += [
            found
            for found in noted
            if not _in_columns(found, row, usual=usual, paired=begins or waiting is not None)
        ]
        if waiting:
            begun = waiting.popleft()
            begun.update(row)
            begun["extra"]["xes"]["at"].append(position)
            begun["extra"]["xes"]["attributes"] = rest
            return
        said: dict[str, object] = {"at": [position], "start" if begins else "attributes": rest}
        if trace.part > 1:
            said["part"] = trace.part
        row["extra"] = {"xes": said}
        if begins:
            trace.open.setdefault(key, deque()).append(row)
        trace.rows.append(row)

    def attributes(self, node: Any) -> tuple[list[Attribute], list[Attribute], dict[str, str]]:
        """Attributes of an event: those that no column knows, those that one does, and values by key."""
        rest: list[Attribute] = []
        noted: list[Attribute] = []
        values: dict[str, str] = {}
        tags, columns = self.tags, self.columns
        for child in node:
            items = child.items()
            if len(items) == 2 and items[0][0] == "key" and items[1][0] == "value" and not len(child):
                key, value = items[0][1], items[1][1]
                tag = child.tag
                found: Attribute = [tags[tag] if tag in tags else self.local(tag), key, value]
            else:
                found = self.attribute(child)
                key, value = found[1], found[2]
            if value is not None:
                values[key] = value
            (noted if key in columns else rest).append(found)
        return rest, noted, values

    def told(self, trace: _Trace, row: Row, values: dict[str, str]) -> bool:
        """Fill what the mapping and the deadlines of the event tell; False when an instant does not fit."""
        for ours, theirs in self.mapping.columns.items():
            value = values.get(theirs, trace.values.get(theirs))
            if value is None or (ours == "quality" and row.get("quality") == "simulated"):
                continue
            if ours in INSTANTS and moment(value) is None:
                self.reject(str(row["locator"]), ours, value, values, trace)
                return False
            row[ours] = value
        if "deadline" in values or "case:deadline" in values:
            own = next((found for name in _DEADLINES if (found := self.instant(values.get(name)))), None)
            row["deadline"] = (
                row["deadline"] if "deadline" in self.mapping.columns else own or row["deadline"]
            )
        for name, value in self.mapping.constants.items():
            if not row.get(name):
                row[name] = value
        return True

    def zone(self, at: Any, time: str | None) -> str | None:
        if at is None or time is None:
            return None
        if at.tzinfo is None:
            return self.mapping.zone
        if time[-3] == ":" and time[-6] in "+-":
            return time[-6:] if time[-6:] != "-00:00" else "+00:00"
        return "Z" if time[-1] in "Zz" else at.isoformat()[-6:]

    def own(self, trace: _Trace, values: dict[str, str], locator: str) -> None:
        """An event that Daliz wrote from a row: our columns back as they were, its begin is told in it."""
        if values[MARK] == "start":
            return
        row: Row = {name: values[PREFIX + name] for name in OURS if PREFIX + name in values}
        for column in INSTANTS:
            if row.get(column) and moment(row[column]) is None:
                self.reject(locator, column, row[column], values, trace)
                return
        said = {"status": row.pop("status")} if "status" in row else {}
        extra = unpack(values.get(PREFIX + "extra"))
        row["locator"] = locator
        row["extra"] = {**extra, **({"daliz": said} if said else {}), "xes": {}}
        trace.rows.append(row)

    def reject(self, locator: str, column: str, value: str, values: dict[str, str], trace: _Trace) -> None:
        self.gathered.rejects.append(
            Reject(
                locator, column, "finding.instant", {"column": column, "value": value},
                {"case:concept:name": trace.shipment, **values},
            )
        )  # fmt: skip


def _free(node: Any) -> None:
    """Give back what has been read: the content of `node` and all that stands before it."""
    node.clear(keep_tail=True)
    parent = node.getparent()
    while node.getprevious() is not None:
        del parent[0]


def _in_columns(found: Attribute, row: Row, *, usual: bool, paired: bool) -> bool:
    """Whether an attribute can be told again from the columns alone, so that `extra` need not.

    `usual`: the time is in the clock of the row; `paired`: the row is a start and a complete.
    """
    if len(found) > 3 or not found[2]:
        return False
    kind, key, value = found
    if key == _NAME:
        return bool(kind == "string")
    if key == _TIME:
        return kind == "date" and usual and _USUAL_TIME.fullmatch(value) is not None
    if paired:
        return False
    if key == "cost:total":
        return kind == "float" and _canonical(value)
    column = _TAKEN.get((kind, key))
    return column is not None and row.get(column) == value


def _canonical(value: str | None) -> bool:
    try:
        return value is not None and repr(float(value)) == value
    except ValueError:
        return False
