"""One event put into one form: short names, bare CBV words, lists where lists belong; or told why not.

Question: is this an event of EPCIS, and what does it say in the form of EPCIS 2.0 JSON-LD?
In and out: an event as JSON or XML gave it in; the same event with the same fields in the one form, or
a `Misfit` naming field and reason, out.
Method: each standard field has a shape; the shapes are those of the GS1 JSON schema, with the liberties
that JSON-LD takes (one value for a list of one, keywords, CURIEs). Extensions are left as they are.
Limits: what the shapes allow is taken, so combinations that the schema forbids (an ILMD in an event
that observes) pass; nothing of an event is thrown away but empty values and comments of XML.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from daliz.io.epcis.names import EVENTS, Misfit, _clip, field_name, short_term
from daliz.io.epcis.prehash import instant

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["tidy"]

_ZONE = re.compile(r"[+-]((0\d|1[0-3]):[0-5]\d|14:00)", re.ASCII)
_ACTIONS = {"ADD", "OBSERVE", "DELETE"}
_NUMBERS = {"value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"}
_SENSOR_TIMES = {"time", "startTime", "endTime"}


def tidy(raw: object) -> dict[str, Any]:
    """The event in the one form; its `type` stands first.

    Raises
    ------
    Misfit
        for the first field that does not fit.
    """
    if not isinstance(raw, dict):
        raise Misfit("extra", "finding.epcis_shape", field="eventList", found=_clip(raw))
    named: dict[str, Any] = {}
    for key, value in raw.items():
        name = field_name(key)
        if name in named and named[name] != value:
            raise Misfit("extra", "finding.epcis_twice", field=name)
        named[name] = value
    kind = named.pop("type", None)
    if isinstance(kind, list) and len(kind) == 1:
        kind = kind[0]
    if not isinstance(kind, str):
        raise Misfit("activity_text", "finding.epcis_missing", field="type")
    kind = field_name(kind.strip())
    if kind not in EVENTS and ":" not in kind:
        raise Misfit("activity_text", "finding.epcis_event_type", value=_clip(kind))
    event: dict[str, Any] = {"type": kind}
    for name, value in named.items():
        shape = _SHAPES.get(name)
        if shape is None:
            event[name] = value
        elif value is not None:
            event[name] = shape(name, value)
    _complete(event)
    return event


def _complete(event: dict[str, Any]) -> None:
    """What an event cannot do without: its time with offset, its clock, its action."""
    for name, column in (("eventTime", "end"), ("eventTimeZoneOffset", "zone")):
        if name not in event:
            raise Misfit(column, "finding.epcis_missing", field=name)
    if not _ZONE.fullmatch(event["eventTimeZoneOffset"]):
        raise Misfit("zone", "finding.epcis_zone", value=_clip(event["eventTimeZoneOffset"]))
    action = event.get("action")
    if action is None and event["type"] in EVENTS and event["type"] != "TransformationEvent":
        raise Misfit("activity_text", "finding.epcis_missing", field="action")
    if action is not None and action not in _ACTIONS:
        raise Misfit("activity_text", "finding.epcis_action", value=_clip(action))


def _wrong(name: str, found: object, column: str = "extra") -> Misfit:
    return Misfit(column, "finding.epcis_shape", field=name, found=_clip(found))


def _text(name: str, value: object) -> str:
    if isinstance(value, dict) and set(value) <= {"@id", "id", "@value"} and len(value) == 1:
        value = next(iter(value.values()))
    if not isinstance(value, str) or not value.strip():
        raise _wrong(name, value)
    return value.strip()


def _stamp(name: str, value: object) -> str:
    text = _text(name, value)
    try:
        instant(text)
    except ValueError:
        column = "end" if name == "eventTime" else "extra"
        raise Misfit(column, "finding.instant", column=name, value=_clip(text)) from None
    return text


def _number(name: str, value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise _wrong(name, value)
    return value


def _many(name: str, value: object) -> list[Any]:
    if isinstance(value, list):
        return value
    if isinstance(value, str | dict):
        return [value]
    raise _wrong(name, value)


def _texts(name: str, value: object) -> list[str]:
    return [_text(name, one) for one in _many(name, value)]


def _object(name: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(name, value)
    return {field_name(key): inner for key, inner in value.items()}


def _term(kind: str) -> Callable[[str, object], str]:
    def shape(name: str, value: object) -> str:
        return short_term(kind, _text(name, value))

    return shape


def _point(name: str, value: object) -> dict[str, Any]:
    point = {"id": value} if isinstance(value, str) else _object(name, value)
    if "id" not in point:
        raise Misfit("place_text", "finding.epcis_missing", field=f"{name}.id")
    return {"id": _text(name, point.pop("id")), **point}


def _quantities(name: str, value: object) -> list[dict[str, Any]]:
    found = []
    for one in _many(name, value):
        element = _object(name, one)
        if "epcClass" not in element:
            raise Misfit("extra", "finding.epcis_missing", field=f"{name}.epcClass")
        element["epcClass"] = _text(f"{name}.epcClass", element["epcClass"])
        if element.get("quantity") is not None:
            _number(f"{name}.quantity", element["quantity"])
        if element.get("uom") is not None:
            element["uom"] = _text(f"{name}.uom", element["uom"])
        found.append({key: inner for key, inner in element.items() if inner is not None})
    return found


def _typed(kind: str, value_name: str) -> Callable[[str, object], list[dict[str, Any]]]:
    def shape(name: str, value: object) -> list[dict[str, Any]]:
        found = []
        for one in _many(name, value):
            element = {value_name: one} if isinstance(one, str) else _object(name, one)
            if value_name not in element:
                raise Misfit("shipment", "finding.epcis_missing", field=f"{name}.{value_name}")
            element[value_name] = _text(name, element[value_name])
            if element.get("type") is None:
                element.pop("type", None)
            else:
                element["type"] = short_term(kind, _text(f"{name}.type", element["type"]))
            found.append(element)
        return found

    return shape


def _persistent(name: str, value: object) -> dict[str, Any]:
    sides = _object(name, value)
    for side in sides:
        if side not in {"set", "unset"}:
            raise _wrong(name, side)
    return {
        side: [short_term("disposition", one) for one in _texts(name, inner)] for side, inner in sides.items()
    }


def _declaration(name: str, value: object) -> dict[str, Any]:
    found = _object(name, value)
    if "declarationTime" not in found:
        raise Misfit("corrects", "finding.epcis_missing", field=f"{name}.declarationTime")
    found["declarationTime"] = _stamp("declarationTime", found["declarationTime"])
    if found.get("reason") is not None:
        found["reason"] = short_term("reason", _text(f"{name}.reason", found["reason"]))
    if found.get("correctiveEventIDs") is not None:
        found["correctiveEventIDs"] = _texts("correctiveEventIDs", found["correctiveEventIDs"])
    return {key: inner for key, inner in found.items() if inner is not None}


def _sensors(name: str, value: object) -> list[dict[str, Any]]:
    found = []
    for one in _many(name, value):
        element = _object(name, one)
        if element.get("sensorMetadata") is not None:
            element["sensorMetadata"] = _readings("sensorMetadata", element["sensorMetadata"])
        reports = _many("sensorReport", element.get("sensorReport", []))
        element["sensorReport"] = [_readings("sensorReport", report) for report in reports]
        found.append({key: inner for key, inner in element.items() if inner is not None})
    return found


def _readings(name: str, value: object) -> dict[str, Any]:
    fields = _object(name, value)
    for key, inner in fields.items():
        where = f"{name}.{key}"
        if key in _SENSOR_TIMES:
            fields[key] = _stamp(where, inner)
        elif name == "sensorReport" and key in _NUMBERS:
            _number(where, inner)
        elif name == "sensorReport" and key == "booleanValue":
            if not isinstance(inner, bool):
                raise _wrong(where, inner)
        elif name == "sensorReport" and key in {"type", "exception"}:
            fields[key] = short_term("measurement", _text(where, inner))
        elif name == "sensorReport" and key == "component":
            fields[key] = short_term("component", _text(where, inner))
        elif key in _SENSOR_TEXTS and not isinstance(inner, str):
            raise _wrong(where, inner)
    return fields


_SENSOR_TEXTS = {
    "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules", "microorganism",
    "chemicalSubstance", "stringValue", "hexBinaryValue", "uriValue", "uom", "coordinateReferenceSystem",
}  # fmt: skip


def _certificates(name: str, value: object) -> object:
    return _texts(name, value) if isinstance(value, list) else _text(name, value)


_SHAPES: dict[str, Callable[[str, object], Any]] = {
    "eventTime": _stamp, "recordTime": _stamp, "eventTimeZoneOffset": _text, "eventID": _text,
    "errorDeclaration": _declaration, "certificationInfo": _certificates, "action": _text, "parentID": _text,
    "transformationID": _text, "epcList": _texts, "childEPCs": _texts, "inputEPCList": _texts,
    "outputEPCList": _texts, "quantityList": _quantities, "childQuantityList": _quantities,
    "inputQuantityList": _quantities, "outputQuantityList": _quantities, "bizStep": _term("bizStep"),
    "disposition": _term("disposition"), "persistentDisposition": _persistent, "readPoint": _point,
    "bizLocation": _point, "bizTransactionList": _typed("bizTransaction", "bizTransaction"),
    "sourceList": _typed("place", "source"), "destinationList": _typed("place", "destination"),
    "sensorElementList": _sensors, "ilmd": _object,
}  # fmt: skip
