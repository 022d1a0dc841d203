"""OCEL documents as streams: types, objects and events of a JSON or XML file, one at a time.

Question: how is a document larger than memory walked through?
In and out: a path in; a source with `types()`, `objects()` and `events()` out, all in the form of JSON.
Method: JSON is decoded value by value from a sliding piece of text; XML with lxml's incremental parser
without entities and network. Each walk reads the file anew.
Limits: one object or event must fit into memory (`_LONGEST` characters).
"""

from __future__ import annotations

import codecs
import json
import re
from typing import IO, TYPE_CHECKING, Any, Protocol

from daliz.errors import BadValue
from daliz.io.streams import opened
from daliz.io.xmlsafe import refuse_doctype, walked
from daliz.store.ocel import OcelFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from daliz.schema import Row

__all__ = ["JsonDocument", "Source", "SqliteDocument", "XmlDocument", "xml_text"]

_CHUNK = 1 << 16
_LONGEST = 1 << 26
_SPACE = re.compile(r"[ \t\n\r]*")
_READ_AS: dict[str, Callable[[str], object]] = {
    "integer": int, "float": float, "boolean": {"true": True, "false": False}.get,
}  # fmt: skip
_DECODE = json.JSONDecoder().raw_decode


class Source(Protocol):
    """A log in one of its forms."""

    def types(self, kind: str) -> list[Row]:
        """Declared types; `kind` is event or object."""

    def maps(self) -> dict[str, dict[str, str]]:
        """Names of the tables of types, where the form has tables."""

    def objects(self) -> Iterator[Any]:
        """Objects in the order of the file."""

    def events(self) -> Iterator[Any]:
        """Events in the order of the file."""


class _Text:
    """A sliding piece of a text stream."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self.stream, self.name = stream, name
        self.decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self.text, self.at, self.gone, self.ended = "", 0, 0, False

    def more(self) -> bool:
        if self.ended:
            return False
        raw = self.stream.read(_CHUNK)
        self.ended = not raw
        try:
            fresh = self.decoder.decode(raw, final=self.ended)
        except UnicodeDecodeError:
            self.broken()
        self.gone += self.at
        self.text, self.at = self.text[self.at :] + fresh, 0
        return True

    def broken(self) -> None:
        raise BadValue("error.log_broken", file=self.name, where=f"JSON:{self.gone + self.at + 1}") from None

    def peek(self) -> str:
        """The next character that is no space; "" at the end."""
        while True:
            found = _SPACE.match(self.text, self.at)
            self.at = found.end() if found else self.at
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.more():
                return ""

    def sign(self, wanted: str) -> str:
        found = self.peek()
        if not found or found not in wanted:
            self.broken()
        self.at += 1
        return found

    def value(self) -> Any:
        """The next value, however long."""
        self.peek()
        wanted = _CHUNK
        while True:
            try:
                found, end = _DECODE(self.text, self.at)
            except (ValueError, RecursionError):
                found, end = None, -1
            # a number at the edge of the piece may go on behind it
            if end >= 0 and (self.ended or end < len(self.text) or self.text[end - 1] in '"]}'):
                self.at = end
                return found
            if self.ended or len(self.text) - self.at > _LONGEST:
                self.broken()
            self.more()
            while len(self.text) - self.at < wanted and self.more():
                pass
            wanted *= 2


class JsonDocument:
    """OCEL 2.0 JSON."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._kept: dict[str, Any] = {}
        for key, value in self._walk(keep=("objectTypes", "eventTypes")):
            self._kept[key] = value
        if any(key.startswith("ocel:") for key in self._seen):
            raise BadValue("error.log_old", file=path.name)
        for key in ("objects", "events"):
            if key not in self._seen:
                raise BadValue("error.log_lacks", file=path.name, part=key)

    def _walk(self, keep: tuple[str, ...] = (), each: str = "") -> Iterator[tuple[str, Any]]:
        self._seen: list[str] = []
        with opened(self.path) as stream:
            text = _Text(stream, self.path.name)
            if text.peek() != "{":
                raise BadValue("error.log_other", file=self.path.name, format="OCEL 2.0")
            text.sign("{")
            if text.peek() == "}":
                return
            while True:
                key = text.value()
                if not isinstance(key, str):
                    text.broken()
                text.sign(":")
                self._seen.append(key)
                if key in ("objects", "events") and text.peek() == "[":
                    yield from ((key, one) for one in self._items(text) if key == each)
                else:
                    value = text.value()
                    if key in keep:
                        yield key, value
                if text.sign(",}") == "}":
                    break
            if text.peek():
                text.broken()

    @staticmethod
    def _items(text: _Text) -> Iterator[Any]:
        text.sign("[")
        if text.peek() == "]":
            text.sign("]")
            return
        while True:
            yield text.value()
            if text.sign(",]") == "]":
                return

    def types(self, kind: str) -> list[Row]:
        """Declared types."""
        found = self._kept.get(f"{kind}Types") or []
        if not isinstance(found, list) or not all(isinstance(one, dict) and "name" in one for one in found):
            raise BadValue("error.log_lacks", file=self.path.name, part=f"{kind}Types.name")
        return found

    def maps(self) -> dict[str, dict[str, str]]:
        """No tables."""
        return {}

    def objects(self) -> Iterator[Any]:
        """Objects in the order of the file."""
        return (one for _, one in self._walk(each="objects"))

    def events(self) -> Iterator[Any]:
        """Events in the order of the file."""
        return (one for _, one in self._walk(each="events"))


class SqliteDocument:
    """OCEL 2.0 SQLite."""

    def __init__(self, path: Path) -> None:
        self._file = OcelFile(path)
        self._maps = {kind: self._file.maps(kind) for kind in ("event", "object")}

    def types(self, kind: str) -> list[Row]:
        """Declared types."""
        return self._file.types(kind)

    def maps(self) -> dict[str, dict[str, str]]:
        """Names of the tables of types."""
        return self._maps

    def objects(self) -> Iterator[Any]:
        """Objects in the order of table `object`."""
        return self._file.objects()

    def events(self) -> Iterator[Any]:
        """Events in the order of table `event`."""
        return self._file.events()


class XmlDocument:
    """OCEL 2.0 XML."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._types: dict[str, list[Row]] = {"object": [], "event": []}
        self._declared: dict[tuple[str, str, str], str] = {}
        seen = set()
        for tag, node in self._walk(("object-type", "event-type", "objects", "events", "event", "object")):
            seen.add(tag)
            if tag in ("object-type", "event-type"):
                kind = tag.partition("-")[0]
                listed = [dict(one.attrib) for one in node.iter("{*}attribute")]
                self._types[kind].append({"name": node.get("name", ""), "attributes": listed})
        for tag in ("objects", "events"):
            if tag not in seen:
                raise BadValue("error.log_lacks", file=path.name, part=tag)

    def _walk(self, tags: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
        from lxml import etree

        with opened(self.path) as stream:
            walk = walked(stream)
            depth = 0
            try:
                for action, node in walk:
                    tag = node.tag.rpartition("}")[2]
                    if action == "start":
                        depth += 1
                        if depth == 1:
                            self._root(node, tag)
                        continue
                    depth -= 1
                    if depth in (1, 2) and tag in tags and not (depth == 2 and tag in ("objects", "events")):
                        yield tag, node
                    if depth in (1, 2):
                        node.clear(keep_tail=True)
                        while node.getprevious() is not None:
                            del node.getparent()[0]
            except etree.XMLSyntaxError as error:
                raise BadValue("error.log_broken", file=self.path.name, where=f"XML:{error.lineno}") from None

    def _root(self, node: Any, tag: str) -> None:
        refuse_doctype(node, self.path.name)
        if tag != "log":
            raise BadValue("error.log_other", file=self.path.name, format="OCEL 2.0")

    def types(self, kind: str) -> list[Row]:
        """Declared types."""
        return self._types[kind]

    def maps(self) -> dict[str, dict[str, str]]:
        """No tables."""
        return {}

    def _value(self, kind: str, node: Any, one: Any) -> object:
        """The value of an attribute as its declared type says, where its text is the usual one of it."""
        if not self._declared:
            self._declared = {
                (kind, found["name"], attribute.get("name", "")): attribute.get("type", "string")
                for kind, types in self._types.items()
                for found in types
                for attribute in found["attributes"]
            }
        text = one.text or ""
        declared = self._declared.get((kind, node.get("type", ""), one.get("name", "")), "string")
        value: object = text
        try:
            if declared in _READ_AS:
                value = _READ_AS[declared](text)
        except ValueError:
            return text
        return value if value is not None and xml_text(value) == text else text

    def objects(self) -> Iterator[Any]:
        """Objects in the order of the file."""
        for _, node in self._walk(("object",)):
            yield {
                "id": node.get("id"), "type": node.get("type"),
                "attributes": [
                    {"name": one.get("name"), "time": one.get("time"),
                     "value": self._value("object", node, one)}
                    for one in node.iterfind("{*}attributes/{*}attribute")
                ],
                "relationships": _links(node),
            }  # fmt: skip

    def events(self) -> Iterator[Any]:
        """Events in the order of the file."""
        for _, node in self._walk(("event",)):
            yield {
                "id": node.get("id"), "type": node.get("type"), "time": node.get("time"),
                "attributes": [
                    {"name": one.get("name"), "value": self._value("event", node, one)}
                    for one in node.iterfind("{*}attributes/{*}attribute")
                ],
                "relationships": _links(node),
            }  # fmt: skip


def xml_text(value: object) -> str:
    """A value as the text of an XML element."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


def _links(node: Any) -> list[Row]:
    return [
        {"objectId": one.get("object-id"), "qualifier": one.get("qualifier", one.get("relationship"))}
        for one in node.iterfind("{*}objects/*")
    ]
