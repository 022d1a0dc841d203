"""Which objects of an extract are ours, and their tags as one row.

Question: is this way a line of freight, of which mode and class, and what do its tags say?
In and out: the tags of one object in; its mode and class, or the word under which it is counted as left
out; a row of table `osm_edges` without ends and length, and what could not be read, out.
Method: closed lists of classes; the tag that speaks of lorries most closely decides over those that speak
of more.
Limits: railways without `usage` are kept, because most main lines of the area have none. Turn
restrictions, lanes and conditional tags are not read.

"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from daliz.io.osm import tags as read

if TYPE_CHECKING:
    from collections.abc import Callable

    from daliz.schema import Row

__all__ = ["MODES", "Options", "Tags", "kind_of", "line", "row_of"]

MODES = ("rail", "road", "ferry")
"""Modes in the order of their numbers in arrays."""

RAIL = ("rail", "narrow_gauge")
ROADS = tuple(
    f"{name}{end}" for name in ("motorway", "trunk", "primary", "secondary") for end in ("", "_link")
)
USAGES = ("main", "branch", "")
SIDE_TRACKS = ("yard", "siding", "spur", "crossover")
GONE = ("disused", "abandoned", "construction", "proposed")

KINDS = (
    ("barrier", "border_control", "border_control"), ("railway", "border", "border_rail"),
    ("amenity", "customs", "customs"), ("government", "customs", "customs"),
    ("railway", "station", "station"), ("railway", "halt", "halt"), ("railway", "yard", "yard"),
    ("amenity", "ferry_terminal", "ferry_terminal"), ("landuse", "port", "port"),
    ("industrial", "port", "port"), ("landuse", "harbour", "port"), ("harbour", "yes", "port"),
    ("industrial", "container_terminal", "terminal"),
    ("industrial", "intermodal_freight_terminal", "terminal"),
)  # fmt: skip
"""Key and value of a point or area that is a border control or a facility, and our word for it."""

_LORRY_TAGS = ("hgv", "goods", "motor_vehicle", "vehicle", "access")


class Tags(Protocol):
    """Tags of one object, as a dictionary or as pyosmium hands them over."""

    def get(self, key: str, default: str) -> str:
        """The value of a key, else the default."""


@dataclass(frozen=True)
class Options:
    """What to take: modes, and whether tracks of yards, sidings, spurs and other usages are wanted too."""

    modes: tuple[str, ...] = MODES
    side_tracks: bool = False


def line(tags: Tags, options: Options) -> tuple[str, str, str]:
    """(mode, class, "") of a way that is kept; ("", "", word to count it by) of one left out."""
    railway, highway = tags.get("railway", ""), tags.get("highway", "")
    if tags.get("route", "") == "ferry" or highway == "ferry":
        return _asked("ferry", "ferry", options)
    if railway in RAIL:
        return _track(tags, railway, options)
    if highway in ROADS:
        gone = next((word for word in GONE if tags.get(word, "") == "yes"), "")
        if gone or tags.get("area", "") == "yes":
            return "", "", f"{gone or 'area'}=yes"
        return _asked("road", highway, options)
    named = (("railway", railway), ("highway", highway), ("route", tags.get("route", "")))
    return "", "", next((f"{key}={value}" for key, value in named if value), "")


def _asked(mode: str, name: str, options: Options) -> tuple[str, str, str]:
    return (mode, name, "") if mode in options.modes else ("", "", f"mode={mode}")


def _track(tags: Tags, railway: str, options: Options) -> tuple[str, str, str]:
    gone = next((word for word in GONE if tags.get(word, "") == "yes"), "")
    if gone:
        return "", "", f"{gone}=yes"
    if not options.side_tracks:
        if (service := tags.get("service", "")) in SIDE_TRACKS:
            return "", "", f"service={service}"
        if (usage := tags.get("usage", "")) not in USAGES:
            return "", "", f"usage={usage}"
    return _asked("rail", railway, options)


def kind_of(tags: Tags) -> str:
    """Our word for a border control or facility; "" for any other object."""
    return next((kind for key, value, kind in KINDS if tags.get(key, "") == value), "")


def row_of(tags: Tags, mode: str, name: str) -> tuple[Row, list[tuple[str, str, str]]]:
    """The row of a kept way and (tag, value, message key) of each value that was not read.

    `oneway` is 1, 0 or -1 here: the scan turns a way that runs against its nodes.
    """
    ask = _Asker(tags)
    row: Row = {
        "mode": mode,
        "class": name,
        "oneway": ask("oneway", read.oneway, 0),
        "roundabout": "yes" if tags.get("junction", "") == "roundabout" else "no",
        "ref": tags.get("ref", "") or None,
        "name": tags.get("name", "") or None,
        **{f"name_{lang}": tags.get(f"name:{lang}", "") or None for lang in ("kk", "ru", "en")},
    }
    if not tags.get("oneway", "") and (row["roundabout"] == "yes" or name == "motorway"):
        row["oneway"] = 1
    if mode == "rail":
        row |= _rail(tags, ask)
    else:
        row |= _lorry(ask)
    row["maxspeed_kmh"], row["maxspeed_code"] = _speed(tags, ask)
    if mode == "ferry":
        row["duration_h"] = ask("duration", read.hours, None)
    return row, ask.found


class _Asker:
    """Asks the tags of one object and remembers what was not read."""

    def __init__(self, tags: Tags) -> None:
        self.tags = tags
        self.found: list[tuple[str, str, str]] = []

    def __call__(self, key: str, reader: Callable[[str], tuple[Any, str]], empty: object) -> Any:
        raw = self.tags.get(key, "")
        if not raw:
            return empty
        value, problem = reader(raw)
        if problem:
            self.found.append((key, raw, problem))
        return value


def _rail(tags: Tags, ask: _Asker) -> Row:
    lines = "passenger_lines" if tags.get("passenger_lines", "") else "tracks"
    return {
        "gauges_mm": [str(gauge) for gauge in ask("gauge", read.gauges_mm, ())],
        "electrified": list(ask("electrified", read.electrified, ())),
        "voltage_v": [f"{value:g}" for value in ask("voltage", _volts, ())],
        "frequency_hz": [f"{value:g}" for value in ask("frequency", _hertz, ())],
        "tracks": ask(lines, read.tracks, None),
        "usage": tags.get("usage", "") or None,
        "service": tags.get("service", "") or None,
    }


def _volts(raw: str) -> tuple[tuple[float, ...], str]:
    return read.numbers(raw, "V", 100_000)


def _hertz(raw: str) -> tuple[tuple[float, ...], str]:
    return read.numbers(raw, "Hz", 100)


def _lorry(ask: _Asker) -> Row:
    said = next((word for key in _LORRY_TAGS if (word := ask(key, read.lorry, ""))), "")
    return {
        "lorry": said or None,
        "maxweight_t": ask("maxweight", read.weight_t, None),
        "maxheight_m": ask("maxheight", read.height_m, None),
    }


def _speed(tags: Tags, ask: _Asker) -> tuple[float | None, str | None]:
    raw = tags.get("maxspeed", "")
    if not raw:
        return None, None
    value, code, problem = read.speed_kmh(raw)
    if problem:
        ask.found.append(("maxspeed", raw, problem))
    return value, code or None
