"""EPCIS in JSON-LD, read and written one event at a time.

Question: which events does a JSON file hold, when the file is larger than the memory or is damaged?
In and out: a path in; events, or the text of what is none, in file order out; events in, a file out.
Method: a scanner walks the document and decodes one element of the event list at a time; what is no
event (master data in the header) is stepped over without being held. A first pass finds type and
context, because JSON lets them follow the events; it stops at the body when they stand before it.
Limits: one event may have `MOST_CHARACTERS` and nest `DEEPEST` levels. UTF-8, or UTF-16 and UTF-32 with
a byte order mark. After damage in the middle of the list the rest is given up as one.
"""

from __future__ import annotations

import codecs
import datetime as dt
import json
import re
import shutil
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any, BinaryIO

from daliz.io.epcis.names import CONTEXT, Misfit, dump, field_name, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from daliz.io.epcis.rows import Event

__all__ = ["DEEPEST", "MOST_CHARACTERS", "Broken", "found", "outline", "write"]

MOST_CHARACTERS = 16 * 1024 * 1024
"""Longest text of one event; a longer one is put aside unread."""

DEEPEST = 64
"""Deepest nesting of one event; a deeper one is put aside unread."""

_CHUNK = 1 << 20
_SPACE = re.compile(r"[ \t\n\r]*")
_OUTSIDE = re.compile(r'["{}\[\],]')
_INSIDE = re.compile(r'["\\]')
_SCALAR_END = re.compile(r"[\s,\]}]")
_LONGEST_KEY = 1 << 16
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Broken(ValueError):
    """The document itself is damaged at a line: what follows cannot be told apart."""

    def __init__(self, line: int) -> None:
        self.line = line
        super().__init__(str(line))


class _Twice(ValueError):
    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(key)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        for key in list(made):
            values = [value for name, value in pairs if name == key]
            if any(value != values[-1] for value in values):
                if key != "eventID":
                    raise _Twice(key)
                made["@ids"] = [value for value in values[:-1] if value != values[-1]]
    return made


def _no_constant(name: str) -> None:
    raise ValueError(name)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=number, parse_int=number, parse_constant=_no_constant
)


class _Scanner:
    """A window over the text of a file: `text[at]` is the next character, `line` that of `text[0]`."""

    def __init__(self, stream: BinaryIO) -> None:
        head = stream.read(4)
        encoding = next((name for mark, name in _MARKS if head.startswith(mark)), "utf-8")
        self._decode = codecs.getincrementaldecoder(encoding)("strict").decode
        self._stream, self._head, self._ended = stream, head, False
        self.text, self.at, self._line = "", 0, 1

    @property
    def line(self) -> int:
        """Line of the next character, from 1."""
        return self._line + self.text.count("\n", 0, self.at)

    def broken(self) -> Broken:
        return Broken(self.line)

    def more(self) -> bool:
        """Draw the next piece of the file; False at its end."""
        if self._ended:
            return False
        data = self._head + self._stream.read(_CHUNK)
        self._head = b""
        try:
            piece = self._decode(data, not data)
        except UnicodeDecodeError:
            raise self.broken() from None
        self._ended = not data
        if self.at:
            self._line += self.text.count("\n", 0, self.at)
            self.text, self.at = self.text[self.at :], 0
        self.text += piece
        return True

    def peek(self) -> str:
        """The next character that is no blank; "" at the end."""
        while True:
            self.at = _SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.more():
                return ""

    def take(self, *wanted: str) -> str:
        """Step over one of the wanted characters."""
        sign = self.peek()
        if not sign or sign not in wanted:
            raise self.broken()
        self.at += 1
        return sign

    def key(self) -> str:
        """A key and its colon."""
        if self.peek() != '"':
            raise self.broken()
        while True:
            try:
                name, end = scanstring(self.text, self.at + 1, True)
            except ValueError:
                if len(self.text) - self.at > _LONGEST_KEY or not self.more():
                    raise self.broken() from None
                continue
            self.at = end
            self.take(":")
            return str(name)

    def members(self) -> Iterator[str]:
        """Keys of the object that begins here; the caller consumes each value."""
        self.take("{")
        if self.peek() == "}":
            self.at += 1
            return
        while True:
            yield self.key()
            if self.take(",", "}") == "}":
                return

    def value(self) -> tuple[Any, str | None]:
        """The value that begins here, decoded, and None; or None and its text where it is not read.

        Raises
        ------
        Broken
            when the file ends inside it.
        Misfit
            when it is longer than `MOST_CHARACTERS`; it has been stepped over.
        """
        if self.peek() not in {"{", "["}:
            text = self._scalar()
        else:
            try:
                made, end = _DECODER.raw_decode(self.text, self.at)
            except (ValueError, RecursionError):
                text = self._extent()
            else:
                shallow = _shallow(self.text, self.at, end)
                if shallow:
                    self.at = end
                    return made, None
                text = self.text[self.at : end]
                self.at = end
        return None, text

    def _scalar(self) -> str:
        if self.text[self.at] == '"':
            return self._extent()
        while (end := _SCALAR_END.search(self.text, self.at)) is None:
            if len(self.text) - self.at > _LONGEST_KEY or not self.more():
                raise self.broken()
        text = self.text[self.at : end.start()]
        if not text:
            raise self.broken()
        self.at = end.start()
        return text

    def _extent(self) -> str:
        """Text of the value that begins here, found by its brackets and quotes."""
        place, depth, quoted = self.at, 0, False
        while True:
            found = (_INSIDE if quoted else _OUTSIDE).search(self.text, place)
            if found is None:
                if len(self.text) - self.at > MOST_CHARACTERS:
                    self._step_over(depth, quoted)
                    raise Misfit("extra", "finding.epcis_large", most=MOST_CHARACTERS)
                place = len(self.text) - self.at
                if not self.more():
                    raise self.broken()
                place += self.at
                continue
            sign, place = found.group(), found.end()
            if sign == "\\":
                while place >= len(self.text):
                    ahead = place - self.at
                    if not self.more():
                        raise self.broken()
                    place = ahead + self.at
                place += 1
            elif sign == '"':
                quoted = not quoted
            elif not quoted and sign != ",":
                depth += 1 if sign in "{[" else -1
            if depth <= 0 and not quoted and sign != ",":
                text = self.text[self.at : place]
                self.at = place
                return text

    def skip(self) -> None:
        """Step over the value that begins here without holding it."""
        if self.peek() in {"{", "[", '"'}:
            self._step_over(0, False, begun=False)
        else:
            self._scalar()

    def _step_over(self, depth: int, quoted: bool, *, begun: bool = True) -> None:
        """Step over the rest of a value; with `begun`, everything in the window is already behind."""
        if begun:
            self.at = len(self.text)
        while True:
            found = (_INSIDE if quoted else _OUTSIDE).search(self.text, self.at)
            if found is None:
                self.at = len(self.text)
                if not self.more():
                    raise self.broken()
                continue
            sign, self.at = found.group(), found.end()
            if sign == "\\":
                while self.at >= len(self.text):
                    if not self.more():
                        raise self.broken()
                self.at += 1
            elif sign == '"':
                quoted = not quoted
            elif not quoted and sign != ",":
                depth += 1 if sign in "{[" else -1
            if depth <= 0 and not quoted and sign != ",":
                return


def _shallow(text: str, start: int, end: int) -> bool:
    if text.count("{", start, end) + text.count("[", start, end) <= DEEPEST:
        return True
    depth, quoted, place = 0, False, start
    while (found := (_INSIDE if quoted else _OUTSIDE).search(text, place, end)) is not None:
        sign, place = found.group(), found.end()
        if sign == "\\":
            place += 1
        elif sign == '"':
            quoted = not quoted
        elif sign in "{[":
            depth += 1
            if depth > DEEPEST:
                return False
        elif sign in "}]":
            depth -= 1
    return True


def outline(path: Path) -> dict[str, Any]:
    """What a document says beside its events: `type`, `@context` and other short fields, by short name.

    `body` is True where it holds an event list. What stands behind a damaged place is not seen.
    """
    seen: dict[str, Any] = {}
    with path.open("rb") as stream:
        scanner = _Scanner(stream)
        if scanner.peek() == "[":
            return {"body": True}
        try:
            for key in scanner.members():
                name = field_name(key)
                if name in {"epcisBody", "eventList"}:
                    seen["body"] = True
                    if "@context" in seen:
                        return seen
                    scanner.skip()
                elif name in {"epcisHeader", "vocabularyList"}:
                    seen[name] = True
                    scanner.skip()
                else:
                    try:
                        seen[name], _ = scanner.value()
                        if seen[name] is None:
                            seen[name] = _decoded(_ or "null")
                    except (Misfit, ValueError, RecursionError) as refused:
                        if isinstance(refused, Broken):
                            raise
        except Broken:
            if not seen.get("body"):
                raise
    return seen


def _decoded(text: str) -> Any:
    made = _DECODER.decode(text)
    if not _shallow(text, 0, len(text)):
        raise RecursionError
    return made


def found(path: Path) -> Iterator[tuple[str, Any, Misfit | None]]:
    """Locator and event of each element of the event list; of one that is none, its text and the reason.

    Raises
    ------
    Broken
        when the document breaks off or is damaged; the elements before have been given.
    """
    with path.open("rb") as stream:
        scanner = _Scanner(stream)
        if scanner.peek() == "[":
            yield from _elements(scanner)
        else:
            yield from _document(scanner)
        if scanner.peek():
            raise scanner.broken()


def _document(scanner: _Scanner) -> Iterator[tuple[str, Any, Misfit | None]]:
    for key in scanner.members():
        name = field_name(key)
        if name in {"epcisBody", "queryResults", "resultsBody"} and scanner.peek() == "{":
            yield from _document(scanner)
        elif name == "eventList" and scanner.peek() == "[":
            yield from _elements(scanner)
        elif name in {"event", "eventList"} and scanner.peek() == "{":
            yield _element(scanner, "event")
        else:
            scanner.skip()


def bare(path: Path) -> Iterator[tuple[str, Any, Misfit | None]]:
    """The one event of a file that holds an event and no document."""
    with path.open("rb") as stream:
        scanner = _Scanner(stream)
        yield _element(scanner, "event")
        if scanner.peek():
            raise scanner.broken()


def _elements(scanner: _Scanner) -> Iterator[tuple[str, Any, Misfit | None]]:
    scanner.take("[")
    if scanner.peek() == "]":
        scanner.at += 1
        return
    index = 0
    while True:
        yield _element(scanner, f"eventList[{index}]")
        index += 1
        if scanner.take(",", "]") == "]":
            return


def _element(scanner: _Scanner, locator: str) -> tuple[str, Any, Misfit | None]:
    try:
        made, text = scanner.value()
    except Misfit as refused:
        return locator, None, refused
    if text is None:
        return locator, made, None
    try:
        return locator, _decoded(text), None
    except _Twice as twice:
        return locator, text, Misfit("extra", "finding.epcis_twice", field=twice.key)
    except RecursionError:
        return locator, text, Misfit("extra", "finding.epcis_deep", most=DEEPEST)
    except ValueError:
        return locator, text, Misfit("extra", "finding.epcis_syntax")


def write(events: Iterable[Event], path: Path) -> int:
    """Write an EPCISDocument with one event a line; the file appears whole or not at all.

    Prefixes of all events stand in the context of the document; an event that means another namespace by
    the same prefix carries its own context.
    """
    body, whole = path.with_name(f"{path.name}.body"), path.with_name(f"{path.name}.part")
    prefixes: dict[str, Any] = {}
    urls: list[str] = []
    count = 0
    try:
        with body.open("w", encoding="utf-8", newline="\n") as lines:
            for event in events:
                own = {}
                for key, meaning in {**event.context.prefixes, **event.context.terms}.items():
                    if prefixes.setdefault(key, meaning) != meaning:
                        own[key] = meaning
                urls.extend(url for url in event.context.urls if url not in urls)
                told = _for_json(event.body)
                lines.write(",\n" if count else "")
                lines.write(dump({**told, "@context": [own]} if own else told))
                count += 1
        with whole.open("wb") as target, body.open("rb") as source:
            target.write(_head([CONTEXT, *urls, *([prefixes] if prefixes else [])]).encode())
            shutil.copyfileobj(source, target, _CHUNK)
            target.write(b"\n]}}\n")
        whole.replace(path)
    finally:
        body.unlink(missing_ok=True)
        whole.unlink(missing_ok=True)
    return count


def _head(context: list[Any]) -> str:
    now = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    fields = {"@context": context, "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": now}
    return dump(fields)[:-1] + ',"epcisBody":{"eventList":[\n'


def _for_json(value: Any) -> Any:
    """Without the signs by which an attribute of XML is told from an element."""
    if isinstance(value, dict):
        return {
            (
                key[1:] if key.startswith("@") and key[1:] not in value and key != "@context" else key
            ): _for_json(one)
            for key, one in value.items()
        }
    return [_for_json(one) for one in value] if isinstance(value, list) else value
