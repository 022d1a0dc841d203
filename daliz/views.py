"""What the doors show: plain data about places, corridors, sources and layers, in one language.

Question: what does a reader see of a place, a corridor or a map layer?
In and out: an `Atlas` and an id or layer name in; plain dictionaries out, ready for JSON.
Method: rows of declared tables joined and named in kk, ru or en; nothing is computed that a topic owns.
Limits: layers are whole; the map draws the network itself from `daliz.tiles`.
"""

from __future__ import annotations

from collections import defaultdict
from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from daliz.corridors import trace_all
from daliz.errors import BadValue, UnknownPlace
from daliz.freeze import TABLES
from daliz.i18n import text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from daliz.corridors import Trace
    from daliz.routing import Atlas
    from daliz.routing.ground import Line
    from daliz.scenario import Edited
    from daliz.schema import Row

__all__ = [
    "LAYERS",
    "corridor_list",
    "layer",
    "leg_card",
    "line_feature",
    "line_row",
    "place_card",
    "place_hits",
    "sources",
    "touched",
    "vintages",
]

_LINE_FIGURES = ("km", "hours", "usd", "co2e_kg")
LAYERS = ("legs", "places", "crossings", "corridors")
_LONGEST_NUMBER = 9
_POINT_OF = {
    "procedures": ("procedures", "procedure", "place"),
    "calibrated_steps": ("procedures", "procedure", "place"),
    "facilities": ("facilities", "facility", "place"),
    "sailings": ("sailings", "sailing", "link"),
}
"""Where the point of a changed row is told: table, key, column."""
_traces: WeakKeyDictionary[Atlas, dict[str, Trace]] = WeakKeyDictionary()
_walking = Lock()


def _name(row: Row, lang: str) -> str:
    return str(row.get(f"name_{lang}") or row["name_en"])


def _names(row: Row) -> Row:
    return {lang: row[f"name_{lang}"] for lang in ("kk", "ru", "en")}


def _plain(row: Row) -> Row:
    return {
        key: value if isinstance(value, str | int | float | list | None) else str(value)
        for key, value in row.items()
    }


def sources(atlas: Atlas, keys: Iterable[str] | None = None) -> Row:
    """Source cards by key; all of them when no keys are given."""
    wanted = atlas.sources if keys is None else [key for key in dict.fromkeys(keys) if key in atlas.sources]
    return {
        key: {
            name: None if atlas.sources[key][name] is None else str(atlas.sources[key][name])
            for name in ("citation", "url", "licence", "retrieved", "recheck_by", "note")
        }
        for key in wanted
    }


def place_hits(atlas: Atlas, query: str, lang: str, limit: int) -> list[Row]:
    """Places for a search box, best first."""
    return [_place_row(atlas, key, lang) for key in atlas.gazetteer.search(query, limit)]


def _place_row(atlas: Atlas, key: str, lang: str) -> Row:
    row = atlas.gazetteer.places[key]
    kept = ("place", "kind", "country", "lat", "lon", "modes", "unlocode")
    return {name: row[name] for name in kept} | {"name": _name(row, lang), "names": _names(row)}


def place_card(atlas: Atlas, name: str, lang: str) -> Row:
    """Everything known of one place: crossings, processes with calibration, facilities, sources."""
    key = atlas.gazetteer.place(name, lang=lang)
    place = atlas.gazetteer.places[key]
    crossings = [
        _plain(row) | {"name": _name(row, lang)}
        for row in atlas.gazetteer.crossings.values()
        if key in (row["post_a"], row["post_b"])
    ]
    facilities = [
        _plain(row) for row in atlas.frames["facilities"].iter_rows(named=True) if row["place"] == key
    ]
    processes = _processes(atlas, key, lang)
    used = [str(place["source"]), *(str(row["source"]) for row in (*crossings, *facilities))]
    for process in processes:
        used += [str(step["source"]) for step in process["steps"]]
        used += [str(step["step_source"]) for step in process["steps"]]
    return {
        "place": _plain(place) | {"name": _name(place, lang), "names": _names(place)},
        "crossings": crossings,
        "processes": processes,
        "facilities": facilities,
        "sources": sources(atlas, used),
    }


def _processes(atlas: Atlas, key: str, lang: str) -> list[Row]:
    procedures = {
        row["procedure"]: row
        for row in atlas.frames["procedures"].sort("seq").iter_rows(named=True)
        if row["place"] == key
    }
    values: dict[str, list[Row]] = defaultdict(list)
    for value in atlas.frames["step_values"].iter_rows(named=True):
        if value["procedure"] in procedures:
            values[value["procedure"]].append(_plain(value))
    calibrations = [row for row in atlas.frames["calibrations"].iter_rows(named=True) if row["place"] == key]
    newest: dict[tuple[str, str, str], Row] = {}
    for row in calibrations:
        held = newest.get((row["mode"], row["direction"], row["service"]))
        if held is None or (row["year"] or 0) > (held["year"] or 0):
            newest[row["mode"], row["direction"], row["service"]] = row
    timed = {
        (row["procedure"], row["service"], row["year"]): row
        for row in atlas.frames["calibrated_steps"].iter_rows(named=True)
        if row["procedure"] in procedures
    }
    cards = []
    for (mode, direction, service), calibration in sorted(newest.items()):
        steps = []
        for procedure, row in procedures.items():
            time = timed.get((procedure, service, calibration["year"]))
            if time is None or (row["mode"], row["direction"]) != (mode, direction):
                continue
            code = atlas.codes[row["code"]]
            steps.append(
                {
                    "procedure": procedure, "code": row["code"], "name": _name(code, lang),
                    "party": row["party"], "mandatory": row["mandatory"], "probability": row["probability"],
                    "hours": round(row["probability"] * time["mean_h"], 3),
                    "mean_h": round(time["mean_h"], 3), "cv": time["cv"],
                    "cost_usd": round(row["probability"] * code["prior_cost_usd"], 2),
                    "source": time["source"], "quality": time["quality"], "basis": time["basis"],
                    "split": "assumed" if time["basis"] == "derived" else time["quality"],
                    "year": time["year"], "n": None, "note": row["note"],
                    "step_source": row["source"], "step_quality": row["quality"],
                    "values": values.get(procedure, []),
                }
            )  # fmt: skip
        cards.append(
            {
                "mode": mode, "direction": direction, "service": service,
                "total_h": round(float(calibration["fitted_h"]), 2),
                "calibration": _plain(calibration) if calibration["basis"] == "fitted" else None,
                "basis": calibration["basis"], "low_h": calibration["low_h"], "high_h": calibration["high_h"],
                "opening_wait_h": calibration["opening_wait_h"],
                "steps": steps,
            }
        )  # fmt: skip
    return cards


def _traced(atlas: Atlas) -> dict[str, Trace]:
    """Corridor traces of an atlas, walked once."""
    # A page asks for the list and the layer at once; the second waits for the walk of the first.
    with _walking:
        if atlas not in _traces:
            _traces[atlas] = trace_all({name: atlas.frames[name] for name in TABLES})
        return _traces[atlas]


def corridor_list(atlas: Atlas, lang: str, name: str | None = None) -> list[Row]:
    """All corridors, or those that answer to `name` in any spelling.

    Raises
    ------
    UnknownPlace
        when no corridor answers to the name.
    """
    wanted = list(atlas.gazetteer.corridors) if name is None else atlas.gazetteer.corridor(name)
    if not wanted:
        raise UnknownPlace("error.unknown_corridor", name=name)
    traces = _traced(atlas)
    rows = []
    for key in wanted:
        row = atlas.gazetteer.corridors[key]
        trace = traces[key]
        via = [{"place": p, "name": atlas.gazetteer.name(p, lang)} for p in row["via"]]
        rows.append(
            {
                "corridor": key, "name": _name(row, lang), "names": _names(row), "aliases": row["aliases"],
                "family": row["family"], "status": row["status"], "modes": row["modes"], "via": via,
                "leg_modes": row["leg_modes"], "colour": row["colour"],
                "distance_km": round(trace.distance_km, 1), "connected": not trace.gaps,
                "gaps": [list(gap) for gap in trace.gaps],
                "source": row["source"], "quality": row["quality"], "note": row["note"],
            }
        )  # fmt: skip
    return rows


def touched(atlas: Atlas, edited: Edited, lang: str) -> Row:
    """What an edit reaches: corridors on whose own line it lies, and numbers of legs as in the tiles."""
    rows = atlas.frames["legs"]["leg"]
    changed = {change.row for change in edited.changes if change.table == "legs"}
    names = {_point_of(atlas, edited, change.table, change.row.split(" ")[0]) for change in edited.changes}
    corridors = []
    for key, trace in _traced(atlas).items():
        passed = {
            name for arc in trace.arcs for name in (arc.leg, arc.crossing, arc.from_place, arc.to_place)
        }
        if passed & names - {None}:
            corridors.append({"corridor": key, "name": _name(atlas.gazetteer.corridors[key], lang)})
    return {"corridors": corridors, "leg_numbers": rows.is_in(changed).arg_true().to_list()}


def _point_of(atlas: Atlas, edited: Edited, table: str, row: str) -> str:
    """Leg, crossing or place of a changed row, as arcs name it; the row may be there before or after only."""
    if table not in _POINT_OF:
        return row
    name, key, told = _POINT_OF[table]
    for frames in (edited.frames, atlas.frames):
        found = frames[name].filter(frames[name][key] == row)[told].to_list()
        if found:
            return str(found[0])
    return row


def vintages(atlas: Atlas) -> list[int]:
    """Years for which any step of a process has figures, oldest first."""
    return sorted(int(year) for year in atlas.frames["calibrated_steps"]["year"].drop_nulls().unique())


def leg_card(atlas: Atlas, leg: str, lang: str) -> Row:
    """Everything known of one leg, by its id or its number in the tiles; a middle point for its shape.

    Raises
    ------
    UnknownPlace
        when there is no such leg.
    """
    rows = atlas.frames["legs"]
    number = int(leg) if leg.isdecimal() and len(leg) < _LONGEST_NUMBER else rows["leg"].index_of(leg)
    if number is None or number >= rows.height:
        raise UnknownPlace("error.unknown_leg", name=leg)
    row = rows.row(number, named=True)
    points = _points(row["shape"])
    name = atlas.gazetteer.name
    return _leg_properties(row) | {
        "number": number, "at": points[len(points) // 2],
        "from_name": name(row["from_place"], lang), "to_name": name(row["to_place"], lang),
    }  # fmt: skip


def layer(atlas: Atlas, name: str, lang: str) -> Row:
    """One map layer as a GeoJSON feature collection."""
    makers = {"legs": _leg_features, "places": _place_features, "crossings": _crossing_features,
              "corridors": _corridor_features}  # fmt: skip
    if name not in makers:
        raise BadValue("error.unknown_layer", name=name, allowed=", ".join(LAYERS))
    return {
        "type": "FeatureCollection",
        "attribution": atlas.manifest["attribution"],
        "border_policy": text("policy.borders", lang),
        "features": makers[name](atlas, lang),
    }


def _points(shape: str) -> list[list[float]]:
    return [[float(v) for v in point.split()][::-1] for point in shape.split(";") if point]


def _feature(kind: str, coordinates: object, properties: Row) -> Row:
    return {
        "type": "Feature",
        "geometry": {"type": kind, "coordinates": coordinates},
        "properties": properties,
    }


def _leg_features(atlas: Atlas, lang: str) -> list[Row]:
    """Every leg as a line; places by id (the layer `places` names them), empty properties left out."""
    del lang
    features = []
    for row in atlas.frames["legs"].iter_rows(named=True):
        points = [[round(lon, 3), round(lat, 3)] for lon, lat in _points(row["shape"])]
        features.append(_feature("LineString", points, _leg_properties(row)))
    return features


def _leg_properties(row: Row) -> Row:
    """A leg by what a card shows; empty properties left out."""
    properties = {
        "id": row["leg"],
        "kind": row["kind"],
        "mode": row["mode"],
        "gauge_mm": row["gauge_mm"],
        "status": row["status"],
        "distance_km": round(row["distance_km"], 1),
        "from": row["from_place"],
        "to": row["to_place"],
        "electrified": row["electrified"],
        "open_from": row["open_from"],
        "source": row["source"],
        "quality": row["quality"],
    }
    return {name: _json(value) for name, value in properties.items() if value is not None}


def _json(value: object) -> object:
    return value if isinstance(value, str | int | float) else str(value)


def _place_features(atlas: Atlas, lang: str) -> list[Row]:
    return [
        _feature(
            "Point", [row["lon"], row["lat"]],
            {
                "id": key, "kind": row["kind"], "name": _name(row, lang), "country": row["country"],
                "modes": ";".join(row["modes"]),
                "source": row["source"], "quality": row["quality"], "note": row["note"],
            },
        )
        for key, row in atlas.gazetteer.places.items()
    ]  # fmt: skip


def _crossing_features(atlas: Atlas, lang: str) -> list[Row]:
    features = []
    places = atlas.gazetteer.places
    kept = ("mode", "status", "control", "hours_a", "hours_b", "hours_quality", "gauge_change", "directions",
            "quota_per_day", "quota_unit", "source", "quality", "note")  # fmt: skip
    for key, row in atlas.gazetteer.crossings.items():
        a, b = places[str(row["post_a"])], places[str(row["post_b"])]
        properties: Row = {"id": key, "name": _name(row, lang)} | {column: row[column] for column in kept}
        for side, post in (("a", a), ("b", b)):
            properties |= {
                f"timezone_{side}": post["timezone"],
                f"post_{side}": post["place"],
                f"post_{side}_name": _name(post, lang),
                f"country_{side}": post["country"],
            }
        for column in ("status_from", "status_to"):
            properties[column] = None if row[column] is None else str(row[column])
        features.append(_feature("Point", [a["lon"], a["lat"]], properties))
    return features


def _corridor_features(atlas: Atlas, lang: str) -> list[Row]:
    features = []
    for key, trace in _traced(atlas).items():
        row = atlas.gazetteer.corridors[key]
        lines = [_points(arc.shape) for arc in trace.arcs if arc.shape]
        properties: Row = {
            "id": key, "name": _name(row, lang), "colour": row["colour"], "status": row["status"],
            "family": row["family"],
        }  # fmt: skip
        features.append(_feature("MultiLineString", lines, properties))
    return features


def line_row(line: Line, atlas: Atlas, lang: str, geometry: bool = False) -> Row:
    """A line over the ground with its stretches; with `geometry` their points as [lon, lat]."""
    stretches = []
    for stretch in line.stretches:
        arc = stretch.arc
        row: Row = {
            "kind": arc.kind if arc else "line", "mode": stretch.mode, "country": stretch.country,
            "places": list(stretch.places),
            "names": [atlas.gazetteer.name(place, lang) for place in stretch.places],
            "crossing": arc.crossing if arc else "",
            **{name: round(getattr(stretch, name), 2) for name in _LINE_FIGURES},
            "source": arc.source if arc else "osm-scgraph", "quality": arc.quality if arc else "derived",
        }  # fmt: skip
        if geometry:
            row["geometry"] = [[lon, lat] for lat, lon in stretch.points]
        stretches.append(row)
    totals = {name: round(line.total(name), 2) for name in _LINE_FIGURES}
    return {**totals, "crossings": list(line.crossings), "stretches": stretches}


def line_feature(line: Line) -> Row:
    """A line over the ground as one GeoJSON line with its totals."""
    points = [[lon, lat] for stretch in line.stretches for lat, lon in stretch.points]
    totals = {name: round(line.total(name), 2) for name in _LINE_FIGURES}
    return _feature("LineString", points, {"by": line.by, **totals, "crossings": list(line.crossings)})
