"""The event hash of CBV 2.0: the same event has the same id, however and wherever it is written.

Question: are two events the same event, in XML or JSON, with URNs or web links, in any order?
In and out: a tidy event and its context in; the canonical pre-hash string, the hash id
`ni:///sha-256;…?ver=CBV2.0`, and the identity by which Daliz tells events apart out.
Method: CBV 2.0 section 8.9, read as the reference program in Python and that of OpenEPCIS in Java read it
since 2026: the type of a transaction, source or destination stands before its value; `sensorElementList` is
not named; extensions inside standard fields follow `ilmd` at the end; `gs1:` is the web vocabulary
https://ref.gs1.org/voc/. Outside the hash: eventID, recordTime, errorDeclaration, certificationInfo and
comments.
Limits: event ids printed in older GS1 examples were made before identifiers were turned into Digital
Links and cannot be reproduced by this version of the rules. Prefixes of a document are resolved in keys,
not in values, as in both programs.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from daliz.io.epcis.links import canonical
from daliz.io.epcis.names import dump, long_term, standard

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from daliz.io.epcis.names import Context

__all__ = ["hash_id", "identity", "instant", "pre_hash"]

_QUANTITY = ("epcClass", "quantity", "uom")
_ORDER = (
    "eventTime", "eventTimeZoneOffset", "epcList", "parentID", "inputEPCList", "childEPCs", "quantityList",
    "childQuantityList", "inputQuantityList", "outputEPCList", "outputQuantityList", "action",
    "transformationID", "bizStep", "disposition", "persistentDisposition", "readPoint", "bizLocation",
    "bizTransactionList", "sourceList", "destinationList", "sensorElementList",
)  # fmt: skip
"""Canonical property order, after the event type."""

_METADATA = (
    "time", "startTime", "endTime", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod",
    "bizRules",
)  # fmt: skip
_REPORT = (
    "type", "exception", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "time",
    "microorganism", "chemicalSubstance", "value", "component", "stringValue", "booleanValue",
    "hexBinaryValue", "uriValue", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue", "uom",
    "coordinateReferenceSystem",
)  # fmt: skip
_EPCS = frozenset({"epcList", "childEPCs", "inputEPCList", "outputEPCList"})
_POINTS = frozenset({"readPoint", "bizLocation"})
_STEPS = frozenset({"bizStep", "disposition"})
_METADATA_SET, _REPORT_SET = frozenset(_METADATA), frozenset(_REPORT)
_SENSOR_SET, _POINT_SET = frozenset({"sensorMetadata", "sensorReport"}), frozenset({"id"})
_TIMES = {"time", "startTime", "endTime"}
_KIND = {"type": "measurement", "exception": "measurement", "component": "component"}
_LEFT_OUT = {"comment", "#text", "@context"}
_RDFS = "http://www.w3.org/2000/01/rdf-schema#"
_URNS = {"bizstep": "BizStep", "disp": "Disp", "btt": "BTT", "sdt": "SDT", "er": "ER"}
_URN = re.compile(r"urn:epcglobal:cbv:(bizstep|disp|btt|sdt|er):")
_CURIES = {
    "gs1:": "https://ref.gs1.org/voc/",
    "cbv:": "https://ref.gs1.org/cbv/",
    "epcis:": "https://ref.gs1.org/epcis/",
}
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?", re.ASCII)
_STAMP = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:([Zz])|([+-])(\d\d):(\d\d))",
    re.ASCII,
)


@lru_cache(maxsize=4096)
def instant(text: str) -> tuple[dt.datetime, str]:
    """The instant of an `xsd:dateTimeStamp` in UTC, to the second, and the digits of its fraction.

    Raises
    ------
    ValueError
        without an offset, or for a day or hour that does not exist.
    """
    found = _STAMP.fullmatch(text.strip())
    if found is None:
        raise ValueError(text[:40])
    year, month, day, hour, minute, second, fraction, _, sign, zone_h, zone_m = found.groups()
    midnight = hour == "24" and minute == second == "00" and not (fraction or "").strip("0")
    moment = dt.datetime(
        int(year), int(month), int(day), 0 if midnight else int(hour), int(minute), int(second), tzinfo=dt.UTC
    )
    try:
        if midnight:
            moment += dt.timedelta(days=1)
        if sign:
            if int(zone_h) > _FURTHEST_H or int(zone_m) > 59:
                raise ValueError(text[:40])
            ahead = dt.timedelta(hours=int(zone_h), minutes=int(zone_m))
            moment = moment - ahead if sign == "+" else moment + ahead
    except OverflowError:
        raise ValueError(text[:40]) from None
    return moment, fraction or ""


_FURTHEST_H = 14


@lru_cache(maxsize=4096)
def _time(text: str) -> str:
    """UTC with milliseconds, the fourth digit rounded half up (rules 8 and 9)."""
    try:
        moment, fraction = instant(text)
        digits = fraction[:4].ljust(4, "0")
        milliseconds = int(digits[:3]) + (digits[3] >= "5")
        moment += dt.timedelta(milliseconds=milliseconds)
    except (ValueError, OverflowError):
        return text.strip()
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


@lru_cache(maxsize=16384)
def _canon(text: str) -> str:
    """A text without outer blanks, terms and identifiers as web addresses, numbers without zeros."""
    text = text.strip()
    if text.startswith(("urn:epc:", "http")):
        return canonical(text) or text
    head = text[:1]
    if head.isdigit() or head in "+-.":
        return _plain(Decimal(text)) if _NUMBER.fullmatch(text) else text
    for curie, root in _CURIES.items():
        if text.startswith(curie):
            return root + text[len(curie) :]
    return _URN.sub(lambda found: f"https://ref.gs1.org/cbv/{_URNS[found.group(1)]}-", text)


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _value(value: object) -> str:
    if isinstance(value, str):
        return _canon(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else _canon(repr(value))
    return _canon(str(value))


def pre_hash(event: Mapping[str, Any], context: Context) -> str:
    """The canonical pre-hash string of a tidy event."""
    parts = [f"eventType={event['type']}"]
    for name in _ORDER:
        if name in event:
            parts.append(_standard(name, event[name]))
    ilmd = event.get("ilmd")
    if ilmd is not None:
        parts.append("ilmd" + _extensions(ilmd, context))
    for name in ("readPoint", "bizLocation"):
        point = event.get(name)
        if point is not None and len(point) > 1:
            own = _extensions(point, context, _POINT_SET)
            parts.append(name + own if own else "")
    parts.append("".join(sorted(_sensor_extensions(event, context))))
    parts.append("".join(sorted(_event_extensions(event, context))))
    return "".join(parts)


def hash_id(event: Mapping[str, Any], context: Context) -> str:
    """The event hash id: `ni:///sha-256;` and 64 hexadecimal digits `?ver=CBV2.0`."""
    return _ni(pre_hash(event, context))


def _ni(text: str) -> str:
    return f"ni:///sha-256;{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}?ver=CBV2.0"


def identity(event: Mapping[str, Any], context: Context) -> tuple[str, str]:
    """Identity of an event for de-duplication (32 hexadecimal digits) and its event hash id.

    The identity is made of the pre-hash string without `eventTimeZoneOffset` (the instant decides, not the
    clock it is told in), of the error declaration, so that the declaration is not taken for the event that
    it declares wrong, and of an event id that is not itself a hash: two events with two such ids are two.
    """
    full = pre_hash(event, context)
    offset = f"eventTimeZoneOffset={_value(event.get('eventTimeZoneOffset'))}"
    parts = [full.replace(offset, "", 1)]
    declared = event.get("errorDeclaration")
    if declared is not None:
        when = {"declarationTime": _time(str(declared.get("declarationTime", "")))}
        parts.append("errorDeclaration" + _extensions({**declared, **when}, context))
    name = event.get("eventID")
    if isinstance(name, str) and not name.startswith("ni:///"):
        parts.append(f"eventID={name.strip()}")
    text = "\n".join(parts)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32], _ni(full)


def _standard(name: str, value: Any) -> str:
    if isinstance(value, str):
        if name == "eventTime":
            return f"eventTime={_time(value)}"
        return _pair(name, long_term(name, value) if name in _STEPS else value)
    if name in _EPCS:
        inner = "".join(sorted(_pair("epc", one) for one in value))
    elif name in _POINTS:
        inner = _pair("id", value.get("id"))
    elif name == "bizTransactionList":
        inner = "".join(sorted(_typed("bizTransaction", "bizTransaction", one) for one in value))
    elif name == "sensorElementList":
        return "".join(sorted(map(_sensor, value)))
    elif name == "persistentDisposition":
        sides = ((side, value.get(side, ())) for side in ("set", "unset"))
        terms = (sorted(_pair(side, long_term("disposition", one)) for one in many) for side, many in sides)
        inner = "".join(map("".join, terms))
    elif name in {"sourceList", "destinationList"}:
        inner = "".join(sorted(_typed("place", name[:-4], one) for one in value))
    else:
        parts = ("".join(_pair(key, one.get(key)) for key in _QUANTITY) for one in value)
        inner = "".join(sorted("quantityElement" + part for part in parts))
    return name + inner if inner else ""


def _pair(name: str, value: object) -> str:
    text = _value(value)
    return f"{name}={text}" if text else ""


def _typed(kind: str, name: str, one: Mapping[str, Any]) -> str:
    told = one.get("type")
    return ("" if told is None else _pair("type", long_term(kind, told))) + _pair(name, one.get(name))


def _sensor(element: Mapping[str, Any]) -> str:
    metadata = element.get("sensorMetadata") or {}
    told = "".join(_field(name, metadata[name]) for name in _METADATA if name in metadata)
    reports = [
        "".join(_field(name, report[name]) for name in _REPORT if name in report)
        for report in element.get("sensorReport", ())
    ]
    inner = "sensorMetadata" + told if told else ""
    inner += "".join(sorted("sensorReport" + one for one in reports if one))
    return "sensorElement" + inner if inner else ""


def _field(name: str, value: object) -> str:
    if name in _TIMES:
        return f"{name}={_time(str(value))}"
    if name in _KIND and isinstance(value, str):
        value = long_term(_KIND[name], value)
    return _pair(name, value)


def _sensor_extensions(event: Mapping[str, Any], context: Context) -> Iterator[str]:
    for element in event.get("sensorElementList", ()):
        metadata = _extensions(element.get("sensorMetadata") or {}, context, _METADATA_SET)
        inner = "sensorMetadata" + metadata if metadata else ""
        reports = [_extensions(report, context, _REPORT_SET) for report in element.get("sensorReport", ())]
        inner += "".join(sorted("sensorReport" + one for one in reports if one))
        inner += _extensions(element, context, _SENSOR_SET)
        if inner:
            yield "sensorElement" + inner


def _event_extensions(event: Mapping[str, Any], context: Context) -> Iterator[str]:
    for key, value in event.items():
        if not standard(key):
            yield from _extension(key, value, context)


def _extensions(fields: Mapping[str, Any], context: Context, but: frozenset[str] = frozenset()) -> str:
    found: list[str] = []
    for key, value in fields.items():
        if key not in but:
            found.extend(_extension(key, value, context))
    return "".join(sorted(found)) if found else ""


def _extension(key: str, value: Any, context: Context) -> Iterator[str]:
    """Each value of one key as `{namespace}name=value` with its children sorted behind it (rule 20)."""
    if key in _LEFT_OUT:
        return
    space, local = context.expand(key)
    if space == _RDFS and local == "comment":
        return
    name = f"{{{space}}}{local}" if space else local
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict):
            text = _value(one.get("#text"))
            yield name + (f"={text}" if text else "") + _extensions(one, context)
        elif isinstance(one, list):
            yield f"{name}={dump(one)}"
        else:
            text = _value(one)
            yield f"{name}={text}" if text else name
