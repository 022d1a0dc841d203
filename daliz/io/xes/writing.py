"""Writing XES: rows of any origin as traces of events.

Question: how do rows become a log that process mining tools read, and an XES log the one it was?
In and out: rows of `events` in any order and a path in; the number of rows written out.
Method: events are put down in a spool as they come, then the traces are written one by one, in the order
of the log they come from or of their first row; a row of an XES log gives its events back as they were,
another row gives a complete event (and a start event before it) with our columns as `daliz:` attributes.
Limits: where each event lies in the spool is held in memory (about 40 bytes an event).
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, cast

from daliz.io.carry import carried, moment, pack, stamp, unpack
from daliz.io.streams import written
from daliz.io.xes.reading import MARK, OWN_HEADER, PREFIX
from daliz.io.xmlsafe import escaped
from daliz.model.events import INSTANTS
from daliz.schema import table

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from daliz.schema import Row

__all__ = ["write"]

_FAR = 1 << 62
_FLOATS = frozenset(column.name for column in table("events").columns if column.type == "float")

Attribute = list[Any]


@dataclass
class _Written:
    """What is known of one trace before it is written."""

    order: int
    name: str | None
    attributes: list[Attribute] | None = None
    late: list[Attribute] = field(default_factory=list)
    places: list[tuple[int, int, int]] = field(default_factory=list)


def write(rows: Iterable[Row], path: Path) -> int:
    """Write rows of `events` as XES (gzip where the name ends in .gz); the number of rows."""
    count = 0
    with tempfile.TemporaryFile() as spool:
        log = _Log(spool)
        for row in rows:
            log.add(row)
            count += 1
        with written(path) as out:
            log.write(out)
    return count


class _Log:
    def __init__(self, spool: IO[bytes]) -> None:
        self.spool = spool
        self.end = 0
        self.traces: dict[tuple[str | None, int], _Written] = {}
        self.empty: list[_Written] = []
        self.headers: list[dict[str, Any]] = []
        self.behind: list[Any] = []

    def add(self, row: Row) -> None:
        extra = unpack(row.get("extra"))
        said = cast("dict[str, Any]", extra.get("xes") or {})
        part = int(said.get("part", 1))
        key = (row.get("shipment"), part)
        trace = self.traces.get(key)
        if trace is None:
            trace = self.traces[key] = _Written(_FAR, row.get("shipment"))
        if "trace" in said:
            trace.order = min(trace.order, int(said["trace"].get("n", _FAR)))
            trace.attributes = said["trace"].get("attributes", trace.attributes)
        trace.late += said.get("late", [])
        self.empty += [
            _Written(int(one.get("n", _FAR)), None, attributes=one.get("attributes") or [])
            for one in said.get("empty", [])
        ]
        if "log" in said and said["log"] not in self.headers:
            self.headers.append(said["log"])
        self.behind += [one for one in said.get("behind", []) if one not in self.behind]
        events = self.events_back(row, said) if "at" in said else self.events_new(row, extra)
        for place, attributes in events:
            text = "".join(("<event>", *map(_attribute, attributes), "</event>\n")).encode()
            self.spool.write(text)
            trace.places.append((place, self.end, len(text)))
            self.end += len(text)

    def events_back(self, row: Row, said: dict[str, Any]) -> Iterator[tuple[int, list[Attribute]]]:
        """The events of an XES log as they were."""
        at = list(said["at"])
        if "start" in said:
            yield at[0], _whole(row, said["start"], "start", pair=True)
        if "attributes" in said:
            yield at[-1], _whole(row, said["attributes"], "end", pair="start" in said)

    def events_new(self, row: Row, extra: dict[str, object]) -> Iterator[tuple[int, list[Attribute]]]:
        """Events for a row that does not come from XES."""
        ours = carried(row)
        beyond = {key: value for key, value in extra.items() if key != "daliz"}
        beyond.pop("xes", None)
        if beyond:
            ours["extra"] = pack(beyond) or ""
        start, end = ours.get("start"), ours.get("end")
        name: list[Attribute] = [
            ["string", "concept:name", ours.get("activity_text") or ours.get("activity", "")]
        ]
        mine: list[Attribute] = [[_kind(column), PREFIX + column, value] for column, value in ours.items()]
        told: list[Attribute] = [
            [kind, key, ours[column]]
            for kind, key, column in (
                ("string", "org:resource", "actor"), ("float", "cost:total", "official_amount"),
                ("string", "cost:currency", "official_currency"),
            )
            if column in ours
        ]  # fmt: skip
        if start and end:
            instance = ["string", "concept:instance", str(self.end)]
            begin = [["date", "time:timestamp", start], ["string", "lifecycle:transition", "start"], instance]
            yield _order(start), [*name, *begin, ["string", MARK, "start"]]
            name = [*name, instance]
        time: list[Attribute] = [["date", "time:timestamp", end or start]] if end or start else []
        life = ["string", "lifecycle:transition", "complete" if end else "start"]
        yield _order(end or start or ""), [*name, *time, life, *told, ["string", MARK, "row"], *mine]

    def write(self, out: IO[bytes]) -> None:
        header = self.headers[0] if self.headers else OWN_HEADER
        children = list(cast("list[Any]", header["children"]))
        for other in self.headers[1:]:
            children += [child for child in other["children"] if child not in children]
        rank = {"extension": 0, "global": 1, "classifier": 2}
        children.sort(key=lambda child: rank.get(str(child[0]), 3))
        attrib = dict(cast("dict[str, str]", header["attrib"]))
        if header["space"]:
            attrib["xmlns"] = str(header["space"])
        out.write(b'<?xml version="1.0" encoding="UTF-8"?>\n<log')
        out.write(
            "".join(f' {_name(key)}="{escaped(value)}"' for key, value in attrib.items()).encode() + b">\n"
        )
        for child in children:
            out.write(_element(child).encode() + b"\n")
        traces = [*self.traces.values(), *self.empty]
        traces.sort(key=lambda trace: trace.order)
        for trace in traces:
            self.write_trace(out, trace)
        for child in self.behind:
            out.write(_element(child).encode() + b"\n")
        out.write(b"</log>\n")

    def write_trace(self, out: IO[bytes], trace: _Written) -> None:
        bare = trace.name is None and trace.places
        attributes = trace.attributes
        if attributes is None:
            attributes = [["string", "concept:name", trace.name]] if trace.name is not None else []
        if not bare:
            out.write(b"<trace>" + "".join(map(_attribute, attributes)).encode() + b"\n")
        for _, start, length in sorted(trace.places):
            self.spool.seek(start)
            out.write(self.spool.read(length))
        if not bare:
            out.write("".join(map(_attribute, trace.late)).encode() + b"</trace>\n")


def _whole(row: Row, rest: list[Attribute], column: str, *, pair: bool) -> list[Attribute]:
    """The attributes of an event: those in columns first, then those in `extra`."""
    keys = {found[1] for found in rest}
    whole: list[Attribute] = []
    if row.get("activity_text") and "concept:name" not in keys:
        whole.append(["string", "concept:name", row["activity_text"]])
    time = stamp(row.get(column), row.get("zone"))
    if time and "time:timestamp" not in keys:
        whole.append(["date", "time:timestamp", time])
    if not pair:
        for kind, key, name in (
            ("string", "org:resource", "actor"), ("id", "identity:id", "log_id"),
            ("float", "cost:total", "official_amount"), ("string", "cost:currency", "official_currency"),
        ):  # fmt: skip
            told = key in keys or (name == "official_amount" and "cost:amount" in keys)
            if row.get(name) not in (None, "") and not told:
                value = row[name]
                whole.append([kind, key, repr(float(value)) if kind == "float" else str(value)])
    if row.get("quality") == "simulated" and PREFIX + "quality" not in keys:
        whole.append(["string", PREFIX + "quality", "simulated"])
    for found in rest:
        if found[1] == "time:timestamp" and time and not _same(found[2], row.get(column)):
            whole.append(["date", "time:timestamp", time])
        else:
            whole.append(found)
    return whole


def _same(text: object, value: object) -> bool:
    """Whether the words of the log still tell the time of the column."""
    said = moment(str(text))
    now = value if not isinstance(value, str) else moment(value)
    if said is None or now is None:
        return str(text) == str(value)
    if said.tzinfo is None or cast("dt.datetime", now).tzinfo is None:
        return True
    return said == now


def _order(text: str) -> int:
    at = moment(text)
    if at is None:
        return _FAR
    days = at.toordinal() * 86_400_000_000
    shift = at.utcoffset()
    clock = ((at.hour * 60 + at.minute) * 60 + at.second) * 1_000_000 + at.microsecond
    return (1 << 50) + days + clock - (int(shift.total_seconds() * 1_000_000) if shift else 0)


def _kind(column: str) -> str:
    return "date" if column in INSTANTS else "float" if column in _FLOATS else "string"


def _name(key: str) -> str:
    """A name with its namespace, where it has one, in the only form that needs no prefix elsewhere."""
    if key.startswith("{http://www.w3.org/XML/1998/namespace}"):
        return "xml:" + key.rpartition("}")[2]
    return key.rpartition("}")[2]


def _attribute(found: Attribute) -> str:
    kind, key, value, *more = found
    nested = more[0] if more else []
    others = more[1] if len(more) > 1 else {}
    head = kind
    if key is not None:
        head += f' key="{escaped(key)}"'
    if value is not None:
        head += f' value="{escaped(value)}"'
    head += "".join(f' {_name(name)}="{escaped(text)}"' for name, text in others.items())
    return f"<{head}>{''.join(map(_attribute, nested))}</{kind}>" if nested else f"<{head}/>"


def _element(found: list[Any]) -> str:
    tag, attrib, *more = found
    head = tag + "".join(f' {_name(key)}="{escaped(value)}"' for key, value in attrib.items())
    return f"<{head}>{''.join(map(_element, more[0]))}</{tag}>" if more else f"<{head}/>"
