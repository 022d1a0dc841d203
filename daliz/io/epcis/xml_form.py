"""EPCIS in XML 1.2 and 2.0, read and written one event at a time.

Question: which events does an XML file hold, and how is an event told in XML?
In and out: a path in; events in the form of EPCIS 2.0 JSON-LD out, in file order; events in, a file out.
Method: lxml's iterparse without entities, external DTD, network or huge trees; every element is let go
as soon as its event has been given. `<extension>` and `<baseExtension>` of EPCIS 1.2 are taken away, so
that both versions give one form. An extension element becomes a key with prefix; its attributes become
keys with `@`; `xsi:type` becomes the type of the value.
Limits: a file with entity declarations is refused; an event has at most `MOST_ELEMENTS` elements, and
elements nest at most 256 deep. Comments, processing instructions and the order of extension elements
with different names are not kept.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import deque
from typing import TYPE_CHECKING, Any

from lxml import etree

from daliz.errors import BadValue
from daliz.io.epcis.json_form import Broken
from daliz.io.epcis.names import EVENTS, FIELDS, Context, Misfit, _clip, long_term, number, standard

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from daliz.io.epcis.rows import Event

__all__ = ["MOST_ELEMENTS", "found", "root_name", "write"]

MOST_ELEMENTS = 200_000
"""Most elements of one event; an event with more is put aside unread."""

_EPCIS = re.compile(r"urn:epcglobal:epcis(-query)?:xsd:\d+")
_SPACE_2 = "urn:epcglobal:epcis:xsd:2"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_WRAPPERS = {"extension", "baseExtension"}
_TEXT_LISTS = {"epcList": "epc", "childEPCs": "epc", "inputEPCList": "epc", "outputEPCList": "epc"}
_QUANTITIES = {"quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"}
_TYPED = {
    "bizTransactionList": ("bizTransaction", "bizTransaction"),
    "sourceList": ("source", "place"),
    "destinationList": ("destination", "place"),
}
_NUMBERS = {"value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"}
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_INTEGERS = {
    "integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger", "unsignedInt",
    "unsignedLong",
}  # fmt: skip
_FLOATS = {"double", "float", "decimal"}


def _iterate(path: Path) -> Iterator[tuple[str, Any]]:
    """Starts and ends of elements; `Broken` with the line where the file is damaged."""
    with path.open("rb") as stream:
        parser = etree.iterparse(
            stream, events=("start", "end"), resolve_entities=False, load_dtd=False, no_network=True,
            huge_tree=False, remove_comments=True, remove_pis=True,
        )  # fmt: skip
        checked = False
        try:
            for event, element in parser:
                if not checked:
                    _no_entities(element, path)
                    checked = True
                yield event, element
        except etree.XMLSyntaxError as refused:
            raise Broken((refused.position or (1, 1))[0] or 1) from None


def _no_entities(root: Any, path: Path) -> None:
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and next(iter(dtd.iterentities()), None) is not None:
        raise BadValue("error.epcis_entities", path=str(path))


def root_name(path: Path) -> str:
    """Local name of the root element.

    Raises
    ------
    Broken
        when there is none.
    BadValue
        when the file declares entities.
    """
    for _, element in _iterate(path):
        return _local(element)[1]
    raise Broken(1)


def _local(element: Any) -> tuple[str, str]:
    """Namespace ("" for none and for EPCIS) and local name."""
    space, local = _split(element.tag) if isinstance(element.tag, str) else ("", "")
    return ("" if _EPCIS.fullmatch(space) else space), local


def found(path: Path) -> Iterator[tuple[str, Any, Misfit | None, Context]]:
    """Locator, event, reason why it is none, and context of each element of the event lists.

    Raises
    ------
    Broken
        when the file breaks off or is damaged; the elements before have been given.
    BadValue
        when the file declares entities.
    """
    path_in: deque[str] = deque()
    index, within, elements, list_depth = 0, 0, 0, 0
    for event, element in _iterate(path):
        if event == "start":
            path_in.append(_local(element)[1])
            depth = len(path_in)
            if within:
                elements += 1
            elif list_depth and path_in[-1] not in _WRAPPERS:
                within, elements = depth, 1
            elif not list_depth and path_in[-1] == "EventList":
                list_depth = depth
            continue
        depth = len(path_in)
        name = path_in.pop()
        if within and depth > within:
            if elements > MOST_ELEMENTS:
                _let_go(element)
            continue
        if within == depth:
            within = 0
            locator = f"EventList[{index}] line {element.sourceline}"
            index += 1
            if elements > MOST_ELEMENTS:
                yield locator, None, Misfit("extra", "finding.epcis_many", most=MOST_ELEMENTS), Context()
            else:
                yield locator, *_event(element)
        if depth == list_depth and name == "EventList":
            list_depth = 0
        _let_go(element)


def _let_go(element: Any) -> None:
    element.clear()
    parent = element.getparent()
    if parent is not None:
        while element.getprevious() is not None:
            del parent[0]


def _event(element: Any) -> tuple[Any, Misfit | None, Context]:
    reader = _Reader()
    try:
        body = reader.event(element)
    except Misfit as refused:
        return _source(element), refused, Context()
    return body, None, Context(reader.prefixes)


def _source(element: Any) -> str:
    text = etree.tostring(element, encoding="unicode", with_tail=False)
    return str(text)[:2000]


class _Reader:
    """One event out of its element; gathers the prefixes that its extensions need."""

    def __init__(self) -> None:
        self.prefixes: dict[str, str] = {}

    def key(self, space: str, local: str, prefix: str | None) -> str:
        """The key of an extension: `prefix:local`, the prefix made unlike others where it is taken."""
        if not space:
            return local
        name = prefix or "ns"
        spare = 1
        while self.prefixes.setdefault(name, space) != space:
            spare += 1
            name = f"{prefix or 'ns'}{spare}"
        return f"{name}:{local}"

    def event(self, element: Any) -> dict[str, Any]:
        space, local = _local(element)
        body: dict[str, Any] = {"type": self.key(space, local, element.prefix)}
        for child in _children(element):
            space, name = _local(child)
            if space or not standard(name):
                self._extend(body, child)
                continue
            value = self._standard(name, child)
            if value is None:
                continue
            if name in body:
                raise Misfit("extra", "finding.epcis_twice", field=name)
            body[name] = value
        return body

    def _standard(self, name: str, child: Any) -> Any:  # noqa: PLR0911 - one form for each kind of field
        if name in _TEXT_LISTS:
            return [text for one in _children(child) if (text := _text(one))]
        if name in _QUANTITIES:
            return [_quantity(name, one) for one in _children(child)]
        if name in _TYPED:
            return [_typed(_TYPED[name][0], one) for one in _children(child)]
        if name in {"readPoint", "bizLocation"}:
            return self._fields(child, {"id": _text})
        if name == "persistentDisposition":
            sides: dict[str, Any] = {}
            for one in _children(child):
                sides.setdefault(_local(one)[1], []).append(_text(one))
            return sides
        if name == "sensorElementList":
            return [self._sensor(one) for one in _children(child)]
        if name == "errorDeclaration":
            ids = {"correctiveEventIDs": lambda one: [_text(part) for part in one]}
            return self._fields(child, {"declarationTime": _text, "reason": _text, **ids})
        if name == "ilmd":
            return self._fields(child, {})
        return _text(child) or None

    def _fields(self, element: Any, known: dict[str, Any]) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for one in _children(element):
            space, name = _local(one)
            if not space and name in known:
                fields[name] = known[name](one)
            else:
                self._extend(fields, one)
        return fields

    def _sensor(self, element: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for one in _children(element):
            space, name = _local(one)
            if not space and name == "sensorMetadata":
                found[name] = self._attributes(one)
            elif not space and name == "sensorReport":
                found.setdefault(name, []).append(self._attributes(one))
            else:
                self._extend(found, one)
        return found

    def _attributes(self, element: Any) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for name, text in element.attrib.items():
            space, local = _split(name)
            if space == _XSI:
                continue
            key = self.key(space, local, _prefix(element, space))
            fields[key] = _reading(key, text)
        for one in element:
            self._extend(fields, one)
        return fields

    def _extend(self, fields: dict[str, Any], element: Any) -> None:
        """Add an extension element under its key; a second one of the name makes a list."""
        space, local = _local(element)
        key = self.key(space, local, element.prefix)
        value = self._extension(element)
        if key not in fields:
            fields[key] = [value] if isinstance(value, list) else value
        elif isinstance(fields[key], list):
            fields[key].append(value)
        else:
            fields[key] = [fields[key], value]

    def _extension(self, element: Any) -> Any:
        fields: dict[str, Any] = {}
        kind = None
        for name, text in element.attrib.items():
            space, local = _split(name)
            if space == _XSI:
                kind = text if local == "type" else kind
                continue
            fields["@" + self.key(space, local, _prefix(element, space))] = text
        for one in element:
            self._extend(fields, one)
        text = element.text or ""
        if not len(element):
            value = _as_type(text, kind, element)
            return value if not fields else {**fields, **({"#text": value} if value != "" else {})}
        if text.strip():
            fields["#text"] = text.strip()
        return fields


def _children(element: Any) -> Iterator[Any]:
    """Children, with those of the wrappers of EPCIS 1.2 in place of the wrapper."""
    for child in element:
        if not isinstance(child.tag, str):
            continue
        space, name = _local(child)
        if not space and name in _WRAPPERS:
            yield from _children(child)
        else:
            yield child


def _split(name: str) -> tuple[str, str]:
    if name.startswith("{"):
        space, _, local = name[1:].partition("}")
        return space, local
    return "", name


def _prefix(element: Any, space: str) -> str | None:
    return next((prefix for prefix, uri in element.nsmap.items() if uri == space and prefix), None)


def _text(element: Any) -> str:
    return "".join(element.itertext()).strip() if len(element) else (element.text or "").strip()


def _quantity(name: str, element: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in _children(element):
        key, text = _local(one)[1], _text(one)
        if key == "quantity" and text:
            try:
                found[key] = number(text)
            except ValueError:
                raise Misfit(
                    "extra", "finding.epcis_shape", field=f"{name}.quantity", found=_clip(text)
                ) from None
        elif text:
            found[key] = text
    return found


def _typed(name: str, element: Any) -> dict[str, Any]:
    kind = element.get("type")
    return {**({"type": kind} if kind else {}), name: _text(element)}


def _reading(key: str, text: str) -> Any:
    try:
        if key in _NUMBERS:
            return number(text.strip())
        if key == "booleanValue":
            return _BOOLEANS[text.strip()]
    except (ValueError, KeyError):
        raise Misfit("extra", "finding.epcis_shape", field=key, found=_clip(text)) from None
    return text


def _as_type(text: str, kind: str | None, element: Any) -> Any:
    """The value of an extension element by its `xsi:type`; text without one."""
    if kind is None:
        return text
    local = kind.rpartition(":")[2]
    try:
        if local in _INTEGERS or local in _FLOATS:
            return number(text.strip())
        if local == "boolean":
            return _BOOLEANS[text.strip()]
    except (ValueError, KeyError):
        field = _local(element)[1]
        raise Misfit("extra", "finding.epcis_shape", field=field, found=_clip(text)) from None
    return text


# --- writing ---------------------------------------------------------------------------------------------


def write(events: Iterable[Event], path: Path) -> int:
    """Write an EPCISDocument of EPCIS 2.0; the file appears whole or not at all.

    Raises
    ------
    BadValue
        when a key or a text of an event has characters that XML cannot hold.
    """
    whole = path.with_name(f"{path.name}.part")
    now = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    spaces = {"epcis": _SPACE_2, "xsi": _XSI, "xsd": "http://www.w3.org/2001/XMLSchema"}
    count = 0
    try:
        with whole.open("wb") as target, etree.xmlfile(target, encoding="UTF-8") as out:
            out.write_declaration()
            root = f"{{{_SPACE_2}}}EPCISDocument"
            head = out.element(root, {"schemaVersion": "2.0", "creationDate": now}, nsmap=spaces)
            with head, out.element("EPCISBody"), out.element("EventList"):
                for event in events:
                    try:
                        element = _Writer(event.context).event(event.body)
                    except ValueError:
                        name = event.body.get("eventID") or event.body.get("eventTime")
                        raise BadValue("error.epcis_xml_text", event=_clip(name)) from None
                    out.write(element)
                    count += 1
        whole.replace(path)
    finally:
        whole.unlink(missing_ok=True)
    return count


class _Writer:
    def __init__(self, context: Context) -> None:
        self.context = context
        self.spaces: dict[str, str] = {}

    def event(self, body: dict[str, Any]) -> Any:
        kind = body["type"]
        first = FIELDS.get(kind, FIELDS["ObjectEvent"])
        fields = [*first, *(name for name in body if name not in first and standard(name))]
        for key in _keys(body):
            self._name(key)
        tag = kind if kind in EVENTS else self._name(kind)
        element = etree.Element(tag, nsmap=self._map())
        for name in fields:
            if name != "type" and name in body:
                self._standard(element, name, body[name])
        for key, value in body.items():
            if key not in fields:
                self._extend(element, key, value)
        return element

    def _map(self) -> dict[str, str] | None:
        return {prefix: space for space, prefix in self.spaces.items()} or None

    def _name(self, key: str) -> str:
        space, local = self.context.expand(key)
        if not space:
            return local
        if space not in self.spaces:
            prefix = key.removeprefix("@").partition(":")[0]
            taken = {*self.spaces.values(), "xsi", "xsd", "epcis", "xml"}
            fits = ":" in key and re.fullmatch(r"[A-Za-z_][\w.-]*", prefix) and prefix not in taken
            self.spaces[space] = (
                prefix if fits and prefix not in {"http", "https", "urn"} else f"ns{len(self.spaces) + 1}"
            )
        return f"{{{space}}}{local}"

    def _standard(self, parent: Any, name: str, value: Any) -> None:
        if name == "certificationInfo" and isinstance(value, list):
            for one in value:
                _leaf(parent, name, one)
            return
        element = etree.SubElement(parent, name)
        if name in _TEXT_LISTS:
            for one in value:
                _leaf(element, _TEXT_LISTS[name], one)
        elif name in _QUANTITIES:
            for one in value:
                inner = etree.SubElement(element, "quantityElement")
                for key in ("epcClass", "quantity", "uom"):
                    if key in one:
                        _leaf(inner, key, one[key])
        elif name in _TYPED:
            tag, kind = _TYPED[name]
            for one in value:
                inner = _leaf(element, tag, one[tag])
                if "type" in one:
                    inner.set("type", long_term(kind, one["type"], urn=True))
        elif name in {"readPoint", "bizLocation"}:
            _leaf(element, "id", value["id"])
            self._rest(element, value, {"id"})
        elif name == "persistentDisposition":
            for side in ("unset", "set"):
                for one in value.get(side, ()):
                    _leaf(element, side, long_term("disposition", one, urn=True))
        elif name == "sensorElementList":
            for one in value:
                self._sensor(etree.SubElement(element, "sensorElement"), one)
        elif name == "errorDeclaration":
            _leaf(element, "declarationTime", value["declarationTime"])
            if "reason" in value:
                _leaf(element, "reason", long_term("reason", value["reason"], urn=True))
            if "correctiveEventIDs" in value:
                ids = etree.SubElement(element, "correctiveEventIDs")
                for one in value["correctiveEventIDs"]:
                    _leaf(ids, "correctiveEventID", one)
            self._rest(element, value, {"declarationTime", "reason", "correctiveEventIDs"})
        elif name == "ilmd":
            self._rest(element, value, set())
        else:
            element.text = (
                long_term(name, value, urn=True) if name in {"bizStep", "disposition"} else _as_text(value)
            )

    def _sensor(self, element: Any, told: dict[str, Any]) -> None:
        if "sensorMetadata" in told:
            self._readings(etree.SubElement(element, "sensorMetadata"), told["sensorMetadata"])
        for report in told.get("sensorReport", ()):
            self._readings(etree.SubElement(element, "sensorReport"), report)
        self._rest(element, told, {"sensorMetadata", "sensorReport"})

    def _readings(self, element: Any, fields: dict[str, Any]) -> None:
        for key, value in fields.items():
            if key in {"type", "exception"} and isinstance(value, str):
                element.set(key, long_term("measurement", value, urn=True))
            elif key == "component" and isinstance(value, str):
                element.set(key, long_term("component", value))
            elif isinstance(value, dict | list):
                self._extend(element, key, value)
            else:
                element.set(self._name(key) if ":" in key else key, _as_text(value))

    def _rest(self, element: Any, fields: dict[str, Any], but: set[str]) -> None:
        for key, value in fields.items():
            if key not in but:
                self._extend(element, key, value)

    def _extend(self, parent: Any, key: str, value: Any) -> None:
        if isinstance(value, list):
            for one in value:
                self._extend(parent, key, one)
            return
        element = etree.SubElement(parent, self._name(key))
        if not isinstance(value, dict):
            _typed_text(element, value)
            return
        for name, one in value.items():
            if name == "#text":
                _typed_text(element, one)
            elif name.startswith("@"):
                element.set(self._name(name), _as_text(one))
            else:
                self._extend(element, name, one)


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if ":" in key:
                yield key
            yield from _keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _keys(inner)


def _leaf(parent: Any, name: str, value: Any) -> Any:
    element = etree.SubElement(parent, name)
    element.text = _as_text(value)
    return element


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else value if isinstance(value, str) else str(value)


def _typed_text(element: Any, value: Any) -> None:
    element.text = _as_text(value)
    if isinstance(value, bool):
        element.set(f"{{{_XSI}}}type", "xsd:boolean")
    elif isinstance(value, int):
        element.set(f"{{{_XSI}}}type", "xsd:integer")
    elif value is not None and not isinstance(value, str):
        element.set(f"{{{_XSI}}}type", "xsd:double")
