"""Writing OCEL 2.0: rows of any origin as events about objects, in JSON, XML or SQLite.

Question: how do rows become a log that object-centric tools read, and an OCEL log the one it was?
In and out: rows of `events` and a path in; the number of rows written out.
Method: events are put down in a spool while types and objects are gathered, then the form is written. A
row of an OCEL log gives its event back; another row gives an event about objects made for it (shipment,
unit, consignment, place) with our columns as `daliz:` attributes.
Limits: objects are held in memory; two logs that use one id for different events get `#2` behind it.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from daliz.io.carry import carried, moment, pack, stamp, unpack
from daliz.io.ocel.documents import xml_text
from daliz.io.ocel.reading import MARK, PREFIX
from daliz.io.streams import written
from daliz.io.xmlsafe import escaped
from daliz.model.events import INSTANTS
from daliz.schema import table
from daliz.store.ocel import write as write_sqlite

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from daliz.schema import Row

__all__ = ["write"]

_FLOATS = frozenset(column.name for column in table("events").columns if column.type == "float")
_EPOCH = "1970-01-01T00:00:00Z"
_SQLITE = (".sqlite", ".sqlite3", ".db")
_MADE = (
    ("shipment", "Shipment", ""),
    ("unit", "Unit", "unit:"),
    ("consignment", "Consignment", "consignment:"),
    ("place_text", "Place", "place:"),
)
"""Our columns that objects are made of: column, type, what stands before the id."""


def write(rows: Iterable[Row], path: Path) -> int:
    """Write rows of `events` as OCEL 2.0 in the form that the name asks for; the number of rows."""
    path = Path(path)
    count = 0
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="surrogatepass", newline="\n") as spool:
        log = _Log(spool)
        for row in rows:
            log.add(row)
            count += 1
        form = path.name.lower().removesuffix(".gz")
        if form.endswith(_SQLITE):
            _write_sqlite(log, path)
        else:
            with written(path) as out:
                (_write_xml if form.endswith((".xml", ".xmlocel")) else _write_json)(log, out)
    return count


class _Log:
    def __init__(self, spool: IO[str]) -> None:
        self.spool = spool
        self.ids: set[str] = set()
        self.types: dict[str, dict[str, dict[str, str]]] = {"object": {}, "event": {}}
        self.beside: dict[tuple[str, str], Row] = {}
        self.maps: dict[str, dict[str, str]] = {}
        self.objects: dict[str, Row] = {}

    def add(self, row: Row) -> None:
        extra = unpack(row.get("extra"))
        said = cast("Row", extra.get("ocel") or {})
        for kind, types in (said.get("types") or {}).items():
            for one in types:
                attributes = {
                    str(a["name"]): str(a.get("type", "string")) for a in one.get("attributes") or []
                }
                self.declare(kind, str(one["name"]), attributes)
        for kind, names in (said.get("maps") or {}).items():
            self.maps.setdefault(kind, {}).update(names)
        for one in said.get("objects") or []:
            self.keep(one)
        event = self.event_back(row, said) if "type" in said else self.event_new(row, extra)
        if said.get("copy") and event["id"] in self.ids:
            return
        event["id"] = self.unused(str(event["id"]))
        self.spool.write(json.dumps(event, ensure_ascii=False) + "\n")

    def unused(self, key: str) -> str:
        found, number = key, 1
        while found in self.ids:
            number += 1
            found = f"{key}#{number}"
        self.ids.add(found)
        return found

    def declare(self, kind: str, name: str, attributes: dict[str, str]) -> None:
        known = self.types[kind].setdefault(name, {})
        for attribute, declared in attributes.items():
            known.setdefault(attribute, declared)

    def keep(self, one: Row) -> None:
        known = self.objects.get(one["id"])
        if known is None:
            self.objects[one["id"]] = {**one, "attributes": list(one.get("attributes") or []),
                                       "relationships": list(one.get("relationships") or [])}  # fmt: skip
        else:
            for part in ("attributes", "relationships"):
                known[part] += [found for found in one.get(part) or [] if found not in known[part]]
        names = [str(found["name"]) for found in one.get("attributes") or []]
        self.declare("object", one["type"], dict.fromkeys(names, "string"))

    def event_back(self, row: Row, said: Row) -> Row:
        """The event of an OCEL log as it was."""
        time = said.get("time")
        if time is None or not _same(time, row.get("end")):
            time = stamp(row.get("end"), row.get("zone"))
        attributes = list(said.get("attributes") or [])
        names = [str(one["name"]) for one in attributes]
        if row.get("quality") == "simulated" and PREFIX + "quality" not in names:
            attributes.append({"name": PREFIX + "quality", "value": "simulated"})
            names.append(PREFIX + "quality")
        self.declare("event", said["type"], dict.fromkeys(names, "string"))
        return {
            "id": row.get("log_id") or row.get("event") or "event", "type": said["type"], "time": time,
            "attributes": attributes,
            "relationships": [
                {"objectId": key, "qualifier": qualifier}
                for key, qualifier in said.get("relationships") or []
            ],
        }  # fmt: skip

    def event_new(self, row: Row, extra: dict[str, object]) -> Row:
        """An event for a row that does not come from OCEL."""
        ours = carried(row)
        beyond = {key: value for key, value in extra.items() if key not in ("daliz", "ocel")}
        if beyond:
            ours["extra"] = pack(beyond) or ""
        name = ours.get("activity_text") or ours.get("activity") or "?"
        attributes: list[Row] = [{"name": MARK, "value": "row"}]
        for column, text in ours.items():
            value = float(text) if column in _FLOATS and _number(text) else text
            attributes.append({"name": PREFIX + column, "value": value})
        declared = {MARK: "string", **{PREFIX + column: _declared(column) for column in ours}}
        self.declare("event", name, declared)
        relations = []
        mark = [{"name": MARK, "time": _EPOCH, "value": "object"}]
        for column, usual, before in _MADE:
            if column in ours:
                key = before + ours[column]
                kind = ours.get("unit_kind", usual).capitalize() if column == "unit" else usual
                self.keep({"id": key, "type": kind, "attributes": mark})
                relations.append({"objectId": key, "qualifier": column.removesuffix("_text")})
        return {
            "id": ours.get("log_id") or row.get("event") or f"daliz-{len(self.ids) + 1}", "type": name,
            "time": ours.get("end") or ours.get("start"), "attributes": attributes,
            "relationships": relations,
        }  # fmt: skip

    def listed(self, kind: str) -> list[Row]:
        """Types as OCEL JSON declares them."""
        return [
            {"name": name, "attributes": [{"name": a, "type": t} for a, t in attributes.items()]}
            for name, attributes in self.types[kind].items()
        ]

    def events(self) -> Iterator[Row]:
        self.spool.seek(0)
        for line in self.spool:
            yield json.loads(line)


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _declared(column: str) -> str:
    return "time" if column in INSTANTS else "float" if column in _FLOATS else "string"


def _same(text: object, value: object) -> bool:
    """Whether the words of the log still tell the time of the column."""
    said = moment(str(text))
    now: Any = value if not isinstance(value, str) else moment(value)
    if said is None or now is None:
        return str(text) == str(value)
    return said.tzinfo is None or now.tzinfo is None or said == now


def _write_json(log: _Log, out: IO[bytes]) -> None:
    def put(value: object) -> bytes:
        return json.dumps(value, ensure_ascii=False).encode("utf-8", errors="replace")

    out.write(b'{"objectTypes":' + put(log.listed("object")) + b',\n"eventTypes":' + put(log.listed("event")))
    for key, found in (("objects", iter(log.objects.values())), ("events", log.events())):
        out.write(f',\n"{key}":['.encode())
        for number, one in enumerate(found):
            shown = {k: v for k, v in one.items() if k != "time" or key == "events"}
            out.write((b",\n" if number else b"\n") + put(shown))
        out.write(b"]")
    out.write(b"}\n")


def _write_xml(log: _Log, out: IO[bytes]) -> None:
    out.write(b'<?xml version="1.0" encoding="UTF-8"?>\n<log>\n')
    for kind in ("object", "event"):
        out.write(f"<{kind}-types>\n".encode())
        for one in log.listed(kind):
            listed = "".join(
                f'<attribute name="{escaped(a["name"])}" type="{escaped(a["type"])}"/>'
                for a in one["attributes"]
            )
            name = escaped(one["name"])
            out.write(
                f'<{kind}-type name="{name}"><attributes>{listed}</attributes></{kind}-type>\n'.encode()
            )
        out.write(f"</{kind}-types>\n".encode())
    for kind, found in (("object", iter(log.objects.values())), ("event", log.events())):
        out.write(f"<{kind}s>\n".encode())
        for one in found:
            out.write(_xml_item(kind, one).encode())
        out.write(f"</{kind}s>\n".encode())
    out.write(b"</log>\n")


def _xml_item(kind: str, one: Row) -> str:
    time = f' time="{escaped(one["time"])}"' if kind == "event" and one.get("time") else ""
    attributes = "".join(
        f'<attribute name="{escaped(a["name"])}"'
        + (f' time="{escaped(a["time"])}"' if a.get("time") is not None else "")
        + f">{escaped(xml_text(a.get('value')))}</attribute>"
        for a in one.get("attributes") or []
    )
    links = "".join(
        f'<relationship object-id="{escaped(r["objectId"])}"'
        + (f' qualifier="{escaped(r["qualifier"])}"' if r.get("qualifier") is not None else "")
        + "/>"
        for r in one.get("relationships") or []
    )
    return (
        f'<{kind} id="{escaped(one["id"])}" type="{escaped(one["type"])}"{time}>'
        f"<attributes>{attributes}</attributes><objects>{links}</objects></{kind}>\n"
    )


def _write_sqlite(log: _Log, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as folder:
        fresh = Path(folder) / "log.sqlite"
        types = {kind: log.listed(kind) for kind in ("object", "event")}
        write_sqlite(fresh, types, log.maps, log.objects.values(), log.events())
        os.replace(fresh, path)  # noqa: PTH105
