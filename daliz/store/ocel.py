"""OCEL 2.0 as an SQLite file: the one place where its SQL stands.

Question: which types, objects and events does such a file hold, and how is one made?
In and out: a path in; plain dicts in the form of OCEL JSON out (`objectTypes`, `eventTypes`, objects,
events); the same dicts in, a file out.
Method: the file is a stranger's: it is opened read-only and immutable, nothing but reading of its real
tables is allowed (no views, no virtual tables, no functions of the schema), and what SQLite finds
damaged is refused. Events come in the order of table `event`: each table is walked once, in that order.
Limits: SQLite sorts on disk where an index is missing, which takes the file's size again in temporary
space. Values are those of SQLite (text, integer, real); a blob is given as hexadecimal text.
"""

from __future__ import annotations

import heapq
import itertools
import json
import re
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from daliz.errors import BadValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from daliz.schema import Row

__all__ = ["MAGIC", "OcelFile", "write"]

MAGIC = b"SQLite format 3\x00"

_NEEDED = ("event", "object", "event_object", "event_map_type", "object_map_type")
_TYPES = {
    "INTEGER": "integer", "INT": "integer", "REAL": "float", "FLOAT": "float", "DOUBLE": "float",
    "TIMESTAMP": "time", "DATETIME": "time", "BOOLEAN": "boolean",
}  # fmt: skip
_SQL_TYPES = {"integer": "INTEGER", "float": "REAL", "time": "TIMESTAMP", "boolean": "BOOLEAN"}
_READING = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_PRAGMA, sqlite3.SQLITE_RECURSIVE}
_OWN = ("ocel_id", "ocel_time", "ocel_changed_field")
_EPOCH = "1970-01-01 00:00:00"


class OcelFile:
    """An OCEL 2.0 SQLite file, opened for reading.

    Raises
    ------
    BadValue
        when the file is no SQLite database, lacks a table or column of OCEL 2.0, or is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.is_file():
            raise BadValue("error.log_unreadable", file=path.name)
        with path.open("rb") as stream:
            if stream.read(16) != MAGIC:
                raise BadValue("error.log_other", file=path.name, format="SQLite")
        with self._reading():
            self._tables: dict[str, list[tuple[str, str]]] = self._look()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(
                sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
            ) as found:
                found.execute("PRAGMA trusted_schema = OFF")
                found.execute("PRAGMA cell_size_check = ON")
                found.execute("PRAGMA query_only = ON")
                found.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 1 << 26)
                found.set_authorizer(_only_reading)
                found.text_factory = _text
                yield found
        except (sqlite3.DatabaseError, sqlite3.Warning, OverflowError):
            raise BadValue("error.log_broken", file=self.path.name, where="SQLite") from None

    def _look(self) -> dict[str, list[tuple[str, str]]]:
        tables: dict[str, list[tuple[str, str]]] = {}
        with self._reading() as found:
            listed = found.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
            for name, sql in listed:
                if re.match(r"\s*CREATE\s+VIRTUAL", str(sql), re.IGNORECASE):
                    continue
                columns = found.execute(f"PRAGMA table_info({_quoted(name)})").fetchall()
                tables[name] = [(str(column[1]), str(column[2]).upper()) for column in columns]
        for name in _NEEDED:
            if name not in tables:
                raise BadValue("error.log_lacks", file=self.path.name, part=name)
        wanted = {
            "event": ("ocel_id", "ocel_type"), "object": ("ocel_id", "ocel_type"),
            "event_object": ("ocel_event_id", "ocel_object_id", "ocel_qualifier"),
            "event_map_type": ("ocel_type", "ocel_type_map"),
            "object_map_type": ("ocel_type", "ocel_type_map"),
        }  # fmt: skip
        for name, needed in wanted.items():
            for column in needed:
                if column not in [known for known, _ in tables[name]]:
                    raise BadValue("error.log_lacks", file=self.path.name, part=f"{name}.{column}")
        return tables

    def maps(self, kind: str) -> dict[str, str]:
        """Type to the end of its table's name; `kind` is event or object."""
        with self._reading() as found:
            rows = found.execute(f"SELECT ocel_type, ocel_type_map FROM {kind}_map_type").fetchall()  # noqa: S608
        for _, short in rows:
            if f"{kind}_{short}" not in self._tables:
                raise BadValue("error.log_lacks", file=self.path.name, part=f"{kind}_{short}")
        return {str(name): str(short) for name, short in rows}

    def types(self, kind: str) -> list[Row]:
        """Types with their attributes as OCEL JSON declares them."""
        return [
            {
                "name": name,
                "attributes": [
                    {"name": column, "type": _TYPES.get(sql, "string")}
                    for column, sql in self._tables[f"{kind}_{short}"]
                    if column not in ("ocel_id", "ocel_time", "ocel_changed_field")
                ],
            }
            for name, short in self.maps(kind).items()
        ]

    def _walk(self, name: str, key: str, order: str) -> Iterator[tuple[Any, ...]]:
        """Rows of a table in the order of table `order`, each with its place there before it."""
        columns = ", ".join(f"t.{_quoted(column)}" for column, _ in self._tables[name])
        with self._reading() as found:
            yield from found.execute(
                f"SELECT o.rowid, {columns} FROM {_quoted(order)} o JOIN {_quoted(name)} t"  # noqa: S608
                f" ON t.{_quoted(key)} = o.ocel_id ORDER BY o.rowid, t.rowid"
            )

    def _ranked(
        self, rank: int, name: str, key: str, order: str
    ) -> Iterator[tuple[int, int, str, tuple[Any, ...]]]:
        return ((row[0], rank, name, row[1:]) for row in self._walk(name, key, order))

    def _values(self, name: str, row: tuple[Any, ...]) -> dict[str, Any]:
        values = (value.hex() if isinstance(value, bytes) else value for value in row)
        return dict(zip((column for column, _ in self._tables[name]), values, strict=True))

    def _grouped(
        self, kind: str, links: str, source: str
    ) -> Iterator[tuple[tuple[str, str], list[Row], list[Row]]]:
        """((id, type), rows of its type's table, rows of its links) in the order of table `kind`."""
        walks: list[Iterator[tuple[int, int, str, tuple[Any, ...]]]] = [
            self._ranked(0, kind, "ocel_id", kind)
        ]
        walks += [self._ranked(1, f"{kind}_{short}", "ocel_id", kind) for short in self.maps(kind).values()]
        if links in self._tables:
            walks.append(self._ranked(2, links, source, kind))
        merged = heapq.merge(*walks, key=lambda row: (row[0], row[1]))
        for _, group in itertools.groupby(merged, key=lambda row: row[0]):
            head: tuple[str, str] | None = None
            told: list[Row] = []
            linked: list[Row] = []
            for _, rank, name, row in group:
                values = self._values(name, row)
                if rank == 0:
                    head = (str(values["ocel_id"]), str(values["ocel_type"]))
                else:
                    (told if rank == 1 else linked).append(values)
            if head is not None:
                yield head, told, linked

    def objects(self) -> Iterator[Row]:
        """Objects with their attributes over time and the objects they are related to."""
        for (key, kind), told, linked in self._grouped("object", "object_object", "ocel_source_id"):
            found: Row = {"id": key, "type": kind, "attributes": []}
            for row in told:
                row.pop("ocel_id", None)
                time, changed = row.pop("ocel_time", None), row.pop("ocel_changed_field", None)
                names = [changed] if changed in row else [n for n, v in row.items() if v is not None]
                found["attributes"] += [{"name": name, "time": time, "value": row[name]} for name in names]
                if changed is None and not names:
                    found["time"] = time
            found["relationships"] = [
                {"objectId": row["ocel_target_id"], "qualifier": row.get("ocel_qualifier")} for row in linked
            ]
            yield found

    def events(self) -> Iterator[Row]:
        """Events with their attributes and the objects they are about."""
        for (key, kind), told, linked in self._grouped("event", "event_object", "ocel_event_id"):
            row = told[0] if told else {}
            row.pop("ocel_id", None)
            yield {
                "id": key, "type": kind, "time": row.pop("ocel_time", None),
                "attributes": [{"name": n, "value": v} for n, v in row.items() if v is not None],
                "relationships": [
                    {"objectId": found["ocel_object_id"], "qualifier": found["ocel_qualifier"]}
                    for found in linked
                ],
            }  # fmt: skip


def _only_reading(
    action: int, first: str | None, _second: str | None, _base: str | None, _via: str | None
) -> int:
    if action not in _READING or (action == sqlite3.SQLITE_PRAGMA and first != "table_info"):
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", errors="replace")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def write(
    path: Path, types: dict[str, list[Row]], maps: dict[str, dict[str, str]],
    objects: Iterable[Row], events: Iterable[Row],
) -> None:  # fmt: skip
    """Make an OCEL 2.0 SQLite file of types, objects and events; `path` must not exist.

    `types` has `object` and `event`; `maps` gives the names of tables where they are known. An attribute
    that its type does not declare is declared as text.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as out:
        out.execute("PRAGMA journal_mode = OFF")
        out.execute("PRAGMA synchronous = OFF")
        out.execute("BEGIN")
        out.execute("CREATE TABLE event (ocel_id TEXT PRIMARY KEY, ocel_type TEXT)")
        out.execute("CREATE TABLE object (ocel_id TEXT PRIMARY KEY, ocel_type TEXT)")
        out.execute(
            "CREATE TABLE event_object (ocel_event_id TEXT, ocel_object_id TEXT, ocel_qualifier TEXT)"
        )
        out.execute(
            "CREATE TABLE object_object (ocel_source_id TEXT, ocel_target_id TEXT, ocel_qualifier TEXT)"
        )
        tables = {kind: _Tables(out, kind, types[kind], maps.get(kind, {})) for kind in ("event", "object")}
        for found in objects:
            _write_object(out, tables["object"], found)
        for found in events:
            out.execute("INSERT INTO event VALUES (?, ?)", (found["id"], found["type"]))
            values = {one["name"]: one.get("value") for one in found.get("attributes", ())}
            own = {"ocel_id": found["id"], "ocel_time": found.get("time")}
            tables["event"].add(found["type"], own, values)
            out.executemany(
                "INSERT INTO event_object VALUES (?, ?, ?)",
                [
                    (found["id"], one.get("objectId"), one.get("qualifier"))
                    for one in found.get("relationships", ())
                ],
            )
        out.execute("COMMIT")


class _Tables:
    """The tables of one kind (event or object), one a type; columns are added when they are met."""

    def __init__(self, out: sqlite3.Connection, kind: str, types: list[Row], maps: dict[str, str]) -> None:
        self.out, self.kind = out, kind
        self.columns: dict[str, dict[str, str]] = {}
        self.names: dict[str, str] = {}
        self.maps = maps
        out.execute(f"CREATE TABLE {kind}_map_type (ocel_type TEXT PRIMARY KEY, ocel_type_map TEXT)")
        for found in types:
            self.make(found["name"], found.get("attributes", ()))

    def make(self, name: str, attributes: Iterable[Row]) -> None:
        if name in self.names:
            for found in attributes:
                self.column(name, found["name"], found.get("type", "string"))
            return
        taken = {table.casefold() for table in self.names.values()} | {"map_type"}
        short = self.maps.get(name) or re.sub(r"\W+", "", name) or "type"
        while short.casefold() in taken or (self.kind == "event" and short.casefold() == "object"):
            short += "_"
        self.names[name] = short
        self.columns[name] = {}
        self.out.execute(
            f"CREATE TABLE {_quoted(f'{self.kind}_{short}')} (ocel_id TEXT, ocel_time TIMESTAMP)"
        )
        self.out.execute(f"INSERT INTO {self.kind}_map_type VALUES (?, ?)", (name, short))  # noqa: S608
        if self.kind == "object":
            self.out.execute(f"ALTER TABLE {self.table(name)} ADD COLUMN ocel_changed_field TEXT")
        for found in attributes:
            self.column(name, found["name"], found.get("type", "string"))

    def table(self, name: str) -> str:
        return _quoted(f"{self.kind}_{self.names[name]}")

    def column(self, name: str, attribute: str, kind: str) -> str:
        """The column of an attribute, made where it is not there yet; SQL sees no capitals."""
        known = self.columns[name]
        if attribute not in known:
            taken = {column.casefold() for column in (*known.values(), *_OWN)}
            column = attribute
            while column.casefold() in taken:
                column += "_"
            known[attribute] = column
            kind = _SQL_TYPES.get(kind, "TEXT")
            self.out.execute(f"ALTER TABLE {self.table(name)} ADD COLUMN {_quoted(column)} {kind}")
        return known[attribute]

    def add(self, name: str, own: Row, attributes: Row) -> None:
        self.make(name, ())
        columns = [*own, *(self.column(name, attribute, "string") for attribute in attributes)]
        values = [*own.values(), *map(_bindable, attributes.values())]
        listed, marks = ", ".join(map(_quoted, columns)), ", ".join("?" * len(columns))
        self.out.execute(f"INSERT INTO {self.table(name)} ({listed}) VALUES ({marks})", values)  # noqa: S608

    def name_of(self, name: str, attribute: str) -> str:
        self.make(name, ())
        return self.column(name, attribute, "string")


def _bindable(value: object) -> object:
    """A value as SQLite can hold it: lists and whole numbers beyond 64 bits as text."""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
        return str(value)
    return value


def _write_object(out: sqlite3.Connection, tables: _Tables, found: Row) -> None:
    key, kind = found["id"], found["type"]
    out.execute("INSERT INTO object VALUES (?, ?)", (key, kind))
    out.executemany(
        "INSERT INTO object_object VALUES (?, ?, ?)",
        [(key, one.get("objectId"), one.get("qualifier")) for one in found.get("relationships") or ()],
    )
    first: Row = {}
    later: list[Row] = []
    attributes = found.get("attributes") or []
    times = [one.get("time") for one in attributes]
    begin = found.get("time") or (times[0] if times else _EPOCH)
    for one in attributes:
        if one.get("time") == begin and one["name"] not in first:
            first[one["name"]] = one.get("value")
        else:
            later.append(one)
    tables.add(kind, {"ocel_id": key, "ocel_time": begin}, first)
    for one in later:
        changed = tables.name_of(kind, one["name"])
        own = {"ocel_id": key, "ocel_time": one.get("time"), "ocel_changed_field": changed}
        tables.add(kind, own, {one["name"]: one.get("value")})
