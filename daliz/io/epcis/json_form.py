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
import contextlib
import datetime as dt
import json
import re
import shutil
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

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
_PIECE = 1 << 12
_SPACE = re.compile(r"[ \t\n\r]*")
_ESCAPE = re.compile(r"\\.", re.DOTALL)
_SCALAR_END = re.compile(r"[\s,\]}]")
_LONGEST_KEY = 1 << 16
_RAW_CHARACTERS = 4000
_OPENING = frozenset('{["')
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


class _Unread(ValueError):
    """A value that was stepped over: its text, or the start of it, and why it was not read."""

    def __init__(self, text: str, misfit: Misfit) -> None:
        self.text = text[:_RAW_CHARACTERS]
        self.misfit = misfit
        super().__init__(misfit.reason)


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

    def value(self) -> Any:
        """The value that begins here, decoded.

        Raises
        ------
        Broken
            when the file ends inside it.
        _Unread
            when it cannot be decoded; it has been stepped over.
        """
        sign = self.peek()
        if sign in {"{", "["}:
            try:
                made, end = _DECODER.raw_decode(self.text, self.at)
            except (ValueError, RecursionError):
                pass  # damaged, or it ends behind the window: find out where it ends
            else:
                if _shallow(self.text, self.at, end):
                    self.at = end
                    return made
        return _decoded(self._extent() if sign in _OPENING else self._scalar())

    def _scalar(self) -> str:
        """Text of the number or word that begins here."""
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
        span, place = _Span(), self.at
        while (end := self._end(span, place)) < 0:
            scanned = len(self.text) - self.at
            if scanned > MOST_CHARACTERS:
                start = self.text[self.at : self.at + _RAW_CHARACTERS]
                self._step_over(span, len(self.text))
                raise _Unread(start, Misfit("extra", "finding.epcis_large", most=MOST_CHARACTERS))
            if not self.more():
                raise self.broken()
            place = self.at + scanned
        text = self.text[self.at : end]
        self.at = end
        return text

    def _end(self, span: _Span, place: int) -> int:
        """Index behind the end of the value, looked for from `place` on in pieces that grow, else -1."""
        ahead = place - self.at
        while self.text.endswith("\\", self.at + ahead) and self.more():
            pass  # a window must not end in the middle of an escape
        place, piece = self.at + ahead, _PIECE
        while place < len(self.text):
            stop = min(place + piece, len(self.text))
            while self.text[stop - 1] == "\\" and stop < len(self.text):
                stop += 1
            if (end := span.end(self.text, place, stop)) >= 0:
                return end
            place, piece = stop, min(2 * piece, _CHUNK)
        return -1

    def skip(self) -> None:
        """Step over the value that begins here without holding it."""
        if self.peek() in _OPENING:
            self._step_over(_Span(), self.at)
        else:
            self._scalar()

    def _step_over(self, span: _Span, place: int) -> None:
        """Step over the rest of a value of which everything before `place` is behind."""
        self.at = place
        while (end := self._end(span, self.at)) < 0:
            self.at = len(self.text)
            if not self.more():
                raise self.broken()
        self.at = end


class _Span:
    """Where a JSON value ends, told piece by piece from its brackets and quotes."""

    def __init__(self) -> None:
        self.depth, self.deepest, self._quoted = 0, 0, False

    def end(self, text: str, start: int, stop: int) -> int:
        """Index behind the end of the value when it lies in this piece of text, else -1."""
        piece = text[start:stop]
        if "\\" in piece:
            piece = _ESCAPE.sub("__", piece)
        signs = np.frombuffer(piece.encode("latin-1", "replace"), dtype=np.uint8)
        quotes = signs == ord('"')
        inside = (np.cumsum(quotes) + self._quoted) & 1 == 1
        opens = ((signs == ord("{")) | (signs == ord("["))) & ~inside
        closes = ((signs == ord("}")) | (signs == ord("]"))) & ~inside
        depth = self.depth + np.cumsum(opens.astype(np.int32) - closes)
        over = np.flatnonzero((closes | (quotes & ~inside)) & (depth <= 0))
        last = int(over[0]) if over.size else len(piece) - 1
        if last >= 0:
            self.deepest = max(self.deepest, int(depth[: last + 1].max()))
            self.depth, self._quoted = int(depth[last]), bool(inside[last])
        return start + last + 1 if over.size else -1


def _shallow(text: str, start: int, end: int) -> bool:
    if text.count("{", start, end) + text.count("[", start, end) <= DEEPEST:
        return True
    span = _Span()
    span.end(text, start, end)
    return span.deepest <= DEEPEST


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
                    with contextlib.suppress(_Unread):
                        seen[name] = scanner.value()
        except Broken:
            if not seen.get("body"):
                raise
    return seen


def _decoded(text: str) -> Any:
    deep = Misfit("extra", "finding.epcis_deep", most=DEEPEST)
    try:
        made = _DECODER.decode(text)
    except _Twice as twice:
        raise _Unread(text, Misfit("extra", "finding.epcis_twice", field=twice.key)) from None
    except RecursionError:
        raise _Unread(text, deep) from None
    except ValueError:
        raise _Unread(text, Misfit("extra", "finding.epcis_syntax")) from None
    if not _shallow(text, 0, len(text)):
        raise _Unread(text, deep)
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
        return locator, scanner.value(), None
    except _Unread as unread:
        return locator, unread.text, unread.misfit


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
        with body.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as lines:
            for event in events:
                meant = {**event.context.prefixes, **event.context.terms}
                own = {key: one for key, one in meant.items() if prefixes.setdefault(key, one) != one}
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
