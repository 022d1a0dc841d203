"""Rows of table `events` out of EPCIS events, and EPCIS events out of rows.

Question: which shipment, unit, place, step and instant does an EPCIS event speak of, and how does a row
of any format become a valid EPCIS event?
In and out: a tidy event with its context in, a raw row out; a row of `events` in, an event out.
Method: one row an event. Which EPC stands in which column is the rule written at `SHIPMENT`, `_unit`
and `_place`; the whole event stands in `extra`, so that the way back loses nothing. A row of another
format becomes an ObjectEvent whose extension `daliz:row` holds its columns as JSON, and comes back as
the row it was.
Limits: an event with several EPCs is one row with the first container (or SSCC, or EPC) as its unit; an
EPCIS event is an instant, so `start` is empty. A mended `end`, `zone` or `log_id` of a row goes into its
event; other columns of a row that came from EPCIS are told by the event, not by the column.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from daliz.io.epcis.links import container, element_string
from daliz.io.epcis.names import Context, Misfit, dump, number
from daliz.io.epcis.prehash import identity, instant
from daliz.io.epcis.tidy import tidy
from daliz.model.events import RAW

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from daliz.schema import Row

__all__ = ["SHIPMENT", "Event", "event_of", "row_of", "text_row"]

SHIPMENT = ("bol", "desadv", "po", "inv", "recadv", "prodorder", "poc", "rma", "pedigree", "cert")
"""The shipment of an event: its first business transaction of the first of these types that it has, else
its first business transaction; else its first GSIN, GINC or SSCC; else its parent, its first EPC, its
first EPC class; else its event id, else its event hash. Identifiers of GS1 are told as element strings,
`(00)106141412345678908`, whether the file has them as URN or web link; containers as their number."""

_NAMESPACE = "urn:daliz:epcis:"
_PREFIX = "daliz"
_OWN_ROW = f"{_PREFIX}:row"
_OWN_QUALITY = f"{_PREFIX}:quality"
_URN = "urn:daliz:"
_EPC_LISTS = ("epcList", "childEPCs", "outputEPCList", "inputEPCList")
_CLASS_LISTS = ("quantityList", "childQuantityList", "outputQuantityList", "inputQuantityList")
_INSTANT_COLUMNS = ("start", "end", "deadline")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")


@dataclass(frozen=True)
class Event:
    """A tidy event, the context of its extensions, and further event ids that the file gave it."""

    body: dict[str, Any]
    context: Context = field(default_factory=Context)
    other_ids: tuple[str, ...] = ()


def row_of(event: Event, locator: str) -> Row:
    """The raw row of an event: columns of `RAW`, instants in UTC with microseconds.

    `extra` is JSON with `hash` (identity, 32 hexadecimal digits), `event_hash` (CBV 2.0), `epcis` (the
    event), `context` where extensions need one, `declared` where the event declares an event wrong
    (`time`, `reason`, `by`: ids of the events in its place), `other_ids`.
    """
    body, text = event.body, dump(event.body)
    context = event.context.used(text)
    own = _restored(body, context)
    if own is not None:
        return {**own, "locator": locator}
    row = _columns(body)
    key, event_hash = identity(body, context)
    extra: dict[str, Any] = {"hash": key, "event_hash": event_hash}
    declared = body.get("errorDeclaration")
    if declared is not None:
        row["corrects"] = body.get("eventID", event_hash)
        extra["declared"] = {
            "time": _utc(declared["declarationTime"]),
            "reason": declared.get("reason"),
            "by": declared.get("correctiveEventIDs", []),
        }
    if event.other_ids:
        extra["other_ids"] = list(event.other_ids)
    if _ours(body, context, "quality") == "simulated":
        extra["quality"] = "simulated"
    row["shipment"] = row["shipment"] or body.get("eventID") or event_hash
    row.update(locator=locator, end=_utc(body["eventTime"]), extra=_extra(text, context, extra))
    return row


def text_row(raw: object, context: Context, locator: str) -> Row:
    """A row of what can be told of an event that does not fit, for the quarantine: as found, mendable."""
    if not isinstance(raw, dict):
        return {"text": (raw if isinstance(raw, str) else dump(raw))[:_RAW_CHARACTERS]}
    row: Row = {}
    with contextlib.suppress(AttributeError, KeyError, TypeError, ValueError):
        row = _columns({"type": "?", **raw})
    row.update(
        end=raw.get("eventTime"),
        zone=raw.get("eventTimeZoneOffset"),
        log_id=raw.get("eventID"),
        locator=locator,
        extra=_extra(dump(raw), context, {}),
    )
    told = {name: value for name, value in row.items() if value not in (None, "")}
    return {name: value if isinstance(value, str) else dump(value) for name, value in told.items()}


_RAW_CHARACTERS = 2000


def _extra(event: str, context: Context, extra: dict[str, Any]) -> str:
    """JSON of what is known of an event, with its own JSON text set in."""
    entries = context.as_list()
    told = {**extra, **({"context": entries} if entries else {})}
    return f'{dump(told)[:-1]}{"," if told else ""}"epcis":{event}}}'


def _columns(body: Mapping[str, Any]) -> Row:
    epcs = list(_epcs(body))
    told = [(uri, element_string(uri)) for uri in epcs]
    transactions = [one["bizTransaction"] for one in body.get("bizTransactionList", ())]
    named = [*told, *((uri, element_string(uri)) for uri in transactions)]
    consignment = next((gs1[1] for key in ("401", "402") for _, gs1 in named if gs1 and gs1[0] == key), None)
    unit, kind = _unit(told)
    step = body.get("bizStep")
    return {
        "shipment": _shipment(body, told),
        "consignment": consignment,
        "unit": unit,
        "unit_kind": kind,
        "place_text": _place(body),
        "activity_text": _last(step) if step else _snake(f"{body['type']} {body.get('action', '')}"),
        "zone": body.get("eventTimeZoneOffset"),
        "log_id": body.get("eventID"),
    }


def _epcs(body: Mapping[str, Any]) -> Iterator[str]:
    if "parentID" in body:
        yield body["parentID"]
    for name in _EPC_LISTS:
        yield from body.get(name, ())


def _shipment(body: Mapping[str, Any], told: list[tuple[str, tuple[str, str] | None]]) -> str | None:
    transactions = body.get("bizTransactionList", ())
    for kind in SHIPMENT:
        for one in transactions:
            if one.get("type") == kind:
                return _name(one["bizTransaction"])
    if transactions:
        return _name(transactions[0]["bizTransaction"])
    for key in ("402", "401", "00"):
        for _, gs1 in told:
            if gs1 and gs1[0] == key:
                return gs1[1]
    if told:
        return _name(told[0][0])
    classes = [one["epcClass"] for name in _CLASS_LISTS for one in body.get(name, ())]
    return _name(classes[0]) if classes else None


def _unit(told: list[tuple[str, tuple[str, str] | None]]) -> tuple[str | None, str | None]:
    """The first container; else the first SSCC; else the first EPC."""
    for uri, _ in told:
        if (number := container(uri)) is not None:
            return number, "container"
    for _, gs1 in told:
        if gs1 and gs1[0] == "00":
            return gs1[1], None
    return (_name(told[0][0]), None) if told else (None, None)


def _place(body: Mapping[str, Any]) -> str | None:
    """Where it was read, else where it is afterwards."""
    for name in ("readPoint", "bizLocation"):
        if name in body:
            return _name(body[name]["id"])
    return None


def _name(uri: str) -> str:
    """What a reader sees of an identifier: container number, element string, our own word, or the URI."""
    if uri.startswith(_URN):
        return unquote(uri[len(_URN) :].partition(":")[2])
    boxed = container(uri)
    if boxed is not None:
        return boxed
    gs1 = element_string(uri)
    return gs1[1] if gs1 else uri


def _last(step: str) -> str:
    """The short name of a business step: its last word where it is a URI."""
    return unquote(re.split(r"[/:#]", step.rstrip("/:#"))[-1]) or step


def _snake(words: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", words.strip()).replace(" ", "_").lower()


def _utc(stamp: str) -> str:
    moment, fraction = instant(stamp)
    moment = moment.replace(microsecond=int(fraction[:6].ljust(6, "0")))
    return moment.isoformat(timespec="microseconds")


# --- from rows -------------------------------------------------------------------------------------------


def event_of(row: Mapping[str, object]) -> Event:
    """The event of a row: what `extra` keeps, mended where the row was; else one made of its columns.

    Raises
    ------
    Misfit
        when the row tells no instant.
    """
    kept = _kept(row.get("extra"))
    event = (_as_it_came(row, kept) if "epcis" in kept else None) or _made(row)
    if row.get("quality") == "simulated" and _OWN_ROW not in event.body:
        return Event({**event.body, _OWN_QUALITY: "simulated"}, event.context.joined({_PREFIX: _NAMESPACE}))
    return event


def _kept(extra: object) -> dict[str, Any]:
    try:
        kept = loads(extra) if isinstance(extra, str) and extra else extra
    except (ValueError, RecursionError):
        return {}
    if not isinstance(kept, dict):
        return {}
    body = kept.get("epcis")
    fits = isinstance(body, dict) and isinstance(body.get("type"), str) and "eventTime" in body
    return kept if fits else {key: value for key, value in kept.items() if key != "epcis"}


def loads(text: str) -> Any:
    """JSON with its numbers kept exact."""
    return json.loads(text, parse_float=number)


def _as_it_came(row: Mapping[str, object], kept: dict[str, Any]) -> Event | None:
    """The event that a row keeps, with what was mended; None where it is still no valid event."""
    body, context = dict(kept["epcis"]), Context().joined(kept.get("context", []))
    ended = _moment(row.get("end"))
    if ended is not None and not _same_instant(str(body["eventTime"]), ended):
        body["eventTime"] = _stamp(ended, str(body.get("eventTimeZoneOffset", "+00:00")))
    zone = row.get("zone")
    if isinstance(zone, str) and _OFFSET.fullmatch(zone):
        body["eventTimeZoneOffset"] = zone
    if isinstance(row.get("log_id"), str) and row["log_id"] and row["log_id"] != body.get("eventID"):
        body["eventID"] = row["log_id"]
    try:
        return Event(tidy(body), context)
    except Misfit:
        return None


def _same_instant(stamp: str, ended: dt.datetime) -> bool:
    try:
        return _utc(stamp) == ended.astimezone(dt.UTC).isoformat(timespec="microseconds")
    except ValueError:
        return False


def _made(row: Mapping[str, object]) -> Event:
    told = {name: _plain(row[name]) for name in RAW if name != "locator" and row.get(name) not in (None, "")}
    moment = _moment(row.get("end")) or _moment(row.get("start"))
    if moment is None:
        raise Misfit("end", "finding.epcis_missing", field="end")
    offset = _offset(row.get("zone"), moment)
    body: dict[str, Any] = {
        "type": "ObjectEvent",
        "eventTime": _stamp(moment, offset),
        "eventTimeZoneOffset": offset,
    }
    name = row.get("log_id")
    if name:
        body["eventID"] = name if isinstance(name, str) and _URI.fullmatch(name) else _own("log", name)
    elif row.get("event"):
        body["eventID"] = _own("event", row["event"])
    unit = row.get("unit")
    body["epcList"] = [_unit_uri(str(unit), row.get("unit_kind"))] if unit else []
    body["action"] = "OBSERVE"
    body["bizStep"] = _own("step", row.get("activity") or row.get("activity_text") or "event")
    if place := row.get("place_text") or row.get("place"):
        body["readPoint"] = {"id": _own("place", place)}
    transactions = []
    if shipment := row.get("shipment"):
        transactions.append({"bizTransaction": _own("shipment", shipment)})
    if consignment := row.get("consignment"):
        transactions.append({"type": "bol", "bizTransaction": _own("consignment", consignment)})
    if transactions:
        body["bizTransactionList"] = transactions
    body[_OWN_ROW] = dump(told)
    if row.get("quality"):
        body[_OWN_QUALITY] = str(row["quality"])
    return Event(body, Context({_PREFIX: _NAMESPACE}))


def _restored(body: Mapping[str, Any], context: Context) -> Row | None:
    """The row of another format that an event was made of."""
    text = _ours(body, context, "row")
    if text is None:
        return None
    try:
        told = loads(text)
    except (TypeError, ValueError, RecursionError):
        return None
    if not isinstance(told, dict) or not set(told) <= set(RAW) or not told.get("shipment"):
        return None
    if any(isinstance(value, dict | list) for value in told.values()):
        return None
    if _ours(body, context, "quality") == "simulated":
        told["extra"] = dump({**_kept(told.get("extra")), "quality": "simulated"})
    return dict(told)


def _ours(body: Mapping[str, Any], context: Context, name: str) -> Any:
    """The value of an extension of our own namespace, whatever its prefix."""
    if _NAMESPACE not in context.prefixes.values():
        return None
    found = (key for key in body if key.endswith(f":{name}") and context.expand(key) == (_NAMESPACE, name))
    return next((body[key] for key in found), None)


def _plain(value: object) -> object:
    return value.isoformat(timespec="microseconds") if isinstance(value, dt.datetime) else value


def _own(kind: str, value: object) -> str:
    return f"{_URN}{kind}:{quote(str(value), safe='')}"


def _unit_uri(unit: str, kind: object) -> str:
    boxed = f"urn:epc:id:bic:{unit}"
    return boxed if kind == "container" and re.fullmatch(r"[A-Z]{4}[0-9]{7}", unit) else _own("unit", unit)


_OFFSET = re.compile(r"[+-]((0\d|1[0-3]):[0-5]\d|14:00)", re.ASCII)


def _moment(value: object) -> dt.datetime | None:
    if isinstance(value, str) and value:
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, dt.datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=dt.UTC)


def _offset(zone: object, moment: dt.datetime) -> str:
    """The offset of a clock (an offset or an IANA name) at a moment; `+00:00` where it is not known."""
    if isinstance(zone, str) and _OFFSET.fullmatch(zone):
        return zone
    if isinstance(zone, str) and zone:
        from zoneinfo import ZoneInfo

        try:
            local = moment.astimezone(ZoneInfo(zone))
        except (KeyError, ValueError, OSError):
            return "+00:00"
        text = local.isoformat(timespec="minutes")[-6:]
        return text if _OFFSET.fullmatch(text) else "+00:00"
    return "+00:00"


def _stamp(moment: dt.datetime, offset: str) -> str:
    """The moment told in the clock of an offset, with as many digits as it has."""
    sign = -1 if offset.startswith("-") else 1
    ahead = sign * dt.timedelta(hours=int(offset[1:3]), minutes=int(offset[4:6]))
    local = moment.astimezone(dt.timezone(ahead))
    spec = "microseconds" if local.microsecond % 1000 else "milliseconds"
    return local.isoformat(timespec=spec)
