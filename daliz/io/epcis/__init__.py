"""GS1 EPCIS 2.0 (and XML 1.2): visibility events read into raw rows, and rows written as EPCIS.

Question: which events does an EPCIS file hold, and what does each say in our columns?
In and out: a path in, `Batch`es of raw rows and `Reject`s out (`read`); rows of `events` in, an EPCIS
document in JSON-LD or XML out (`write`); the head of a file in, whether it is EPCIS out (`sniff`).
Method: one event is one row; the whole event stands in `extra`, so that `write` gives it back. Read as
JSON-LD (document, query document, event, list of events) and as XML of EPCIS 1.2 and 2.0, streaming.
`extra` carries `hash`, the identity by which the same event in two files is one: CBV 2.0 event hash without
the clock of the offset, with the error declaration, with an event id that is no hash (`prehash`).
Limits: master data (in the header, or a document of its own) are not events: those of a header are
stepped over and not counted, a document of them is refused, as is a capture job. Damage before the
first event refuses the file; later, the events before it are read and the rest is one `Reject`.

Error declarations, for whoever makes `status` of it. An event with `errorDeclaration` says that the event
with the same event id (`corrects`; with the same `extra.event_hash` where it has no id) was wrong.
`extra.declared.by` names the events in its place. So: the event declared wrong and the declaration itself
are `corrected` when `by` names one, `retracted` when it names none; an event whose `log_id` or
`event_hash` is in `by` stands, and `corrects` the event declared wrong. The two may come in any order
and in different files. Nothing is taken away: all of them stay rows.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, Any, Literal

from daliz.errors import BadValue
from daliz.io.epcis import json_form, rows, xml_form
from daliz.io.epcis.json_form import MOST_CHARACTERS, Broken
from daliz.io.epcis.names import EVENTS, Context, Misfit
from daliz.io.epcis.tidy import tidy
from daliz.model.events import BATCH_ROWS, Batch, Reject, raw_frame

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from daliz.schema import Row

__all__ = ["read", "sniff", "write"]

_BATCH_CHARACTERS = 16 * 1024 * 1024
"""Text of rows gathered before they are handed on, whatever their number."""

_ROOTS = {"EPCISDocument", "EPCISQueryDocument"}
_JSON_HEAD = re.compile(
    r'"(@?type|isA)"\s*:\s*\[?\s*"(epcis:|https?://[^"]*/)?'
    rf'(EPCIS[A-Za-z]*|{"|".join(EVENTS)})"|epcis-context\.jsonld|"epcisBody"|"captureID"'
)
_XML_HEAD = re.compile(r"<([\w.-]+:)?EPCIS(Query|MasterData)?Document\b|<([\w.-]+:)?EPCISCaptureJob\b")


def sniff(head: bytes, name: str) -> bool:  # noqa: ARG001
    """Whether the first bytes of a file (a few kilobytes) are those of EPCIS, whatever the file is called.

    True also for the documents of the family that hold no events, so that `read` can say what they are.
    """
    text = _decoded(head).lstrip("\ufeff \t\r\n")
    if text.startswith("<"):
        return _XML_HEAD.search(text) is not None
    return text[:1] in {"{", "["} and _JSON_HEAD.search(text) is not None


def _decoded(head: bytes) -> str:
    for mark, encoding in (
        (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
    ):  # fmt: skip
        if head.startswith(mark):
            return head.decode(encoding, errors="replace")
    return head.decode("utf-8", errors="replace")


def read(path: Path) -> Iterator[Batch]:
    """Events of an EPCIS file as raw rows, and what could not be read, in file order and bounded batches.

    Raises
    ------
    BadValue
        when the file cannot be opened, is no EPCIS, holds no events by its kind (master data, capture job),
        declares entities, or is damaged before its first event; says the file and the line.
    """
    try:
        yield from _batches(path)
    except OSError as refused:
        raise BadValue("error.epcis_open", path=str(path), reason=refused.strerror or "?") from None


def _batches(path: Path) -> Iterator[Batch]:
    gathered: list[Row] = []
    rejects: list[Reject] = []
    characters, count = 0, 0
    try:
        for found in _found(path):
            count += 1
            if isinstance(found, Reject):
                rejects.append(found)
                characters += len(str(found.raw.get("extra", "")))
            else:
                gathered.append(found)
                characters += len(str(found.get("extra", "")))
            if len(gathered) + len(rejects) >= BATCH_ROWS or characters >= _BATCH_CHARACTERS:
                yield Batch(raw_frame(gathered), tuple(rejects))
                gathered, rejects, characters = [], [], 0
    except Broken as broken:
        if not count:
            raise BadValue("error.epcis_broken", path=str(path), line=broken.line) from None
        line = {"line": broken.line}
        rejects.append(Reject(f"line {broken.line}", "extra", "finding.epcis_rest", line, line))
    if gathered or rejects:
        yield Batch(raw_frame(gathered), tuple(rejects))


def _found(path: Path) -> Iterator[Row | Reject]:
    with path.open("rb") as stream:
        head = _decoded(stream.read(4096)).lstrip("\ufeff \t\r\n")
    if head.startswith("<"):
        _expect(path, xml_form.root_name(path))
        for locator, made, refused, context in xml_form.found(path):
            yield _row(locator, made, refused, context)
    elif head[:1] in {"{", "["}:
        yield from _found_json(path)
    else:
        raise BadValue("error.epcis_not", path=str(path))


def _found_json(path: Path) -> Iterator[Row | Reject]:
    seen = json_form.outline(path)
    kind = seen.get("type")
    kind = kind[0] if isinstance(kind, list) and kind else kind
    kind = kind.rpartition("/")[2].rpartition(":")[2] if isinstance(kind, str) else ""
    try:
        context = Context().joined(seen.get("@context"))
    except Misfit:
        context = Context()
    if seen.get("body"):
        _expect(path, kind or "EPCISDocument")
        elements = json_form.found(path)
    elif kind in EVENTS or "eventTime" in seen:
        elements = json_form.bare(path)
    elif "captureID" in seen:
        raise BadValue("error.epcis_capture_job", path=str(path))
    else:
        _expect(path, kind)
        raise BadValue("error.epcis_no_list", path=str(path))
    for locator, made, refused in elements:
        yield _row(locator, made, refused, context)


def _expect(path: Path, root: str) -> None:
    if root == "EPCISCaptureJob":
        raise BadValue("error.epcis_capture_job", path=str(path))
    if root == "EPCISMasterDataDocument":
        raise BadValue("error.epcis_master_data", path=str(path))
    if root not in _ROOTS:
        raise BadValue("error.epcis_not", path=str(path))


def _row(locator: str, made: Any, refused: Misfit | None, context: Context) -> Row | Reject:
    if refused is not None:
        return _reject(locator, made, refused, context)
    raw = made
    try:
        others: tuple[str, ...] = ()
        if isinstance(made, dict):
            others = tuple(map(str, made.pop("@ids", ())))
            if "@context" in made:
                context = context.joined(made.pop("@context"))
        raw = made = tidy(made)
        row = rows.row_of(rows.Event(made, context, others), locator)
        _check(row)
    except Misfit as misfit:
        return _reject(locator, raw, misfit, context)
    return row


def _reject(locator: str, raw: object, misfit: Misfit, context: Context) -> Reject:
    found = rows.text_row(raw, context, locator)
    return Reject(locator, misfit.column, misfit.reason, _sayable(misfit.values), _sayable(found))


def _check(row: Row) -> None:
    """Hold a row to what can be stored: bounded, and whole characters, of which JSON may name halves."""
    if len(str(row.get("extra", ""))) > MOST_CHARACTERS:
        raise Misfit("extra", "finding.epcis_large", most=MOST_CHARACTERS)
    try:
        for value in row.values():
            if isinstance(value, str):
                value.encode()
    except UnicodeEncodeError:
        raise Misfit("extra", "finding.epcis_text") from None


def _sayable(values: Row) -> Row:
    """Values that UTF-8 can hold: halves of characters become question marks."""
    return {
        key: value.encode(errors="replace").decode() if isinstance(value, str) else value
        for key, value in values.items()
    }


def write(rows_in: Iterable[Row], path: Path, form: Literal["json", "xml"]) -> int:
    """Write rows of `events`, of any format, as an EPCIS 2.0 document; returns the number of events.

    A row read from EPCIS gives its event back; another becomes an ObjectEvent that carries its columns.

    Raises
    ------
    BadValue
        for a form that is neither `json` nor `xml`, for a row that tells no instant, for text that XML cannot
        hold, and when the file cannot be written.
    """
    if form not in {"json", "xml"}:
        raise BadValue("error.choice", option="form", value=form, allowed="json, xml")
    try:
        writer = json_form.write if form == "json" else xml_form.write
        return writer(_events(rows_in), path)
    except OSError as refused:
        raise BadValue("error.epcis_save", path=str(path), reason=refused.strerror or "?") from None


def _events(rows_in: Iterable[Row]) -> Iterator[rows.Event]:
    for number, row in enumerate(rows_in, start=1):
        try:
            yield rows.event_of(row)
        except Misfit:
            raise BadValue("error.epcis_no_instant", row=str(row.get("event") or number)) from None
