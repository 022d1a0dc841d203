"""SDMX 2.1: observations as a structure and a generic data message, read and written.

Question: how do figures of the registers go to and come from statistical offices?
In and out: an SDMX-ML file (structure-specific or generic data) or SDMX-CSV in, a `Taken` out; a frame of
`observations` in, a message with its structure or its data out.
Method: the dimensions are SERIES, SUBJECT, UNIT_MEASURE and TIME_PERIOD; the value is OBS_VALUE; the rest are
attributes of the observation. Foreign messages are read by these names and by those of the cross-domain
concepts (INDICATOR, REF_AREA); other dimensions become part of the subject, so that no two observations
become one.
Limits: days, months, quarters and years as periods; a period is kept by its last day.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from daliz.errors import BadValue
from daliz.io.xmlsafe import refuse_doctype, walked
from daliz.model.registers import Refusal, Taken
from daliz.schema import typed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import polars as pl

    from daliz.schema import Row

__all__ = ["TABLES", "read", "write", "write_structure"]

TABLES = ("observations",)
"""The table whose rows a data message carries."""

_MESSAGE = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message"
_STRUCTURE = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/structure"
_COMMON = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/common"
_GENERIC = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/data/generic"
AGENCY, FLOW, VERSION = "DALIZ", "OBSERVATIONS", "1.0"

DIMENSIONS = {"SERIES": "series", "SUBJECT": "subject", "UNIT_MEASURE": "unit"}
ATTRIBUTES = {
    "OBS_N": "n",
    "OBS_LOW": "low",
    "OBS_HIGH": "high",
    "VINTAGE": "vintage",
    "SOURCE": "source",
    "QUALITY": "quality",
    "OBSERVATION": "observation",
    "EXACT_DAY": "on",
}
_AS = {
    "series": ("SERIES", "INDICATOR", "SUBJECT_CODE", "MEASURE"),
    "subject": ("SUBJECT", "REF_AREA", "AREA", "GEO"),
    "unit": ("UNIT_MEASURE", "UNIT"),
    "value": ("OBS_VALUE", "VALUE"),
    "period": ("TIME_PERIOD", "TIME"),
}
_NOTHING = "_Z"
"""Code of a dimension that does not apply."""


def read(path: Path, source: str) -> Taken:
    """Observations of a file.

    Raises
    ------
    BadValue
        when it is neither an SDMX-ML data message nor SDMX-CSV.
    """
    with path.open("rb") as stream:
        head = stream.read(256).lstrip(b"\xef\xbb\xbf \r\n\t")
    taken = Taken()
    if head.startswith(b"<"):
        _xml(path, source, taken)
    elif b"," in head or b";" in head:
        _csv(path, source, taken)
    else:
        raise BadValue("error.sdmx_file", path=str(path))
    return taken


def _xml(path: Path, source: str, taken: Taken) -> None:
    from lxml.etree import XMLSyntaxError

    series: dict[str, str] = {}
    number, first = 0, True
    try:
        with path.open("rb") as stream:
            for event, element in walked(stream):
                if first:
                    refuse_doctype(element, path.name)
                    if not str(element.tag).endswith(("GenericData", "StructureSpecificData", "CompactData")):
                        raise BadValue("error.sdmx_file", path=str(path))
                    first = False
                name = str(element.tag).rpartition("}")[2]
                if name == "Series" and event == "start":
                    series = {key: word for key, word in element.attrib.items() if not key.startswith("{")}
                elif name == "SeriesKey" and event == "end":
                    series |= _values(element)
                elif name == "Obs" and event == "end":
                    number += 1
                    _take(series | _observed(element), path.name, f"obs {number}", source, taken)
                elif name == "Series" and event == "end":
                    element.clear()
                    series = {}
    except XMLSyntaxError as error:
        raise BadValue("error.sdmx_xml", path=str(path), why=str(error)) from None


def _values(element: Any) -> dict[str, str]:
    return {one.get("id"): one.get("value") for one in element if one.get("id")}


def _observed(element: Any) -> dict[str, str]:
    """Cells of an observation, generic or structure-specific."""
    found = {key: word for key, word in element.attrib.items() if not key.startswith("{")}
    for one in element:
        name = str(one.tag).rpartition("}")[2]
        if name in ("ObsDimension", "ObsValue"):
            found[one.get("id") or ("TIME_PERIOD" if name == "ObsDimension" else "OBS_VALUE")] = one.get(
                "value"
            )
        elif name in ("ObsKey", "Attributes"):
            found |= _values(one)
    return found


def _csv(path: Path, source: str, taken: Taken) -> None:
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            for number, raw in enumerate(csv.DictReader(lines), start=2):
                kept = {
                    str(key).split(":")[0].strip(): (word or "").strip() for key, word in raw.items() if key
                }
                _take(kept, path.name, str(number), source, taken)
    except UnicodeDecodeError:
        raise BadValue("error.sdmx_file", path=str(path)) from None


def _take(raw: Mapping[str, str], file: str, at: str, source: str, taken: Taken) -> None:
    """One observation: typed, or refused with the place and the repair."""
    row = _row(raw, source)
    on = last_day(row.pop("period"))
    if on is None and "on" not in row:
        taken.refused.append(
            Refusal(
                "observations",
                file,
                at,
                "TIME_PERIOD",
                dict(raw),
                "finding.sdmx_period",
                "repair.sdmx_period",
                {"value": raw.get("TIME_PERIOD", "")},
            )
        )
        return
    row.setdefault("on", "" if on is None else on.isoformat())
    key = ":".join(
        (row["series"], row.get("subject", ""), row.get("unit", ""), row["on"], row.get("vintage", ""))
    )
    row.setdefault("observation", key)
    made, misfits = typed("observations", row)
    if misfits:
        column, message, values = misfits[0]
        told = {"column": column, **{name: str(value) for name, value in values.items()}}
        repair = f"repair.{message.removeprefix('finding.')}"
        taken.refused.append(Refusal("observations", file, at, column, dict(raw), message, repair, told))
        return
    taken.add("observations", made)


def _row(raw: Mapping[str, str], source: str) -> dict[str, str]:
    """Cells by our columns; dimensions that we do not know join the subject."""
    row = {"source": source, "quality": "published", "period": ""}
    used = {"DATAFLOW", "STRUCTURE", "STRUCTURE_ID", "ACTION", "FREQ"}
    for column, names in _AS.items():
        found = next((name for name in names if raw.get(name) not in (None, "")), None)
        if found is not None:
            row[column] = "" if raw[found] == _NOTHING else raw[found]
            used.add(found)
    for name, column in ATTRIBUTES.items():
        if raw.get(name):
            row[column] = raw[name]
        used.add(name)
    rest = [
        f"{name}={word}" for name, word in sorted(raw.items()) if name not in used and word and name.isupper()
    ]
    if rest and row.get("observation") is None:
        row["subject"] = ",".join(filter(None, [row.get("subject", ""), *rest]))
    row.setdefault("series", "")
    return row


def last_day(period: str) -> dt.date | None:
    """Last day of a period of SDMX; None where it is none.

    >>> last_day("2026-Q3"), last_day("2024-02")
    (datetime.date(2026, 9, 30), datetime.date(2024, 2, 29))
    """
    word = period.strip()
    found = re.fullmatch(r"(\d{4})(?:-(?:Q([1-4])|S([12])|M?(\d{2})(?:-(\d{2}))?))?(?:T00:00:00)?", word)
    if not found:
        return None
    year, quarter, half, month, day = found.groups()
    try:
        if day:
            return dt.date(int(year), int(month), int(day))
        last = int(month) if month else 3 * int(quarter) if quarter else 6 * int(half) if half else 12
        return dt.date(int(year) + last // 12, last % 12 + 1, 1) - dt.timedelta(days=1)
    except ValueError:
        return None


def write(frames: Mapping[str, pl.DataFrame], path: Path, now: dt.datetime, publisher: str = AGENCY) -> int:
    """Write observations as a generic data message; returns how many."""
    from lxml import etree

    root = etree.Element(
        f"{{{_MESSAGE}}}GenericData", nsmap={"mes": _MESSAGE, "gen": _GENERIC, "com": _COMMON}
    )
    _header(root, now, publisher, FLOW)
    data = etree.SubElement(root, f"{{{_MESSAGE}}}DataSet", structureRef=FLOW, action="Replace")
    count = 0
    for key, rows in _by_series(frames["observations"]):
        series = etree.SubElement(data, f"{{{_GENERIC}}}Series")
        told = etree.SubElement(series, f"{{{_GENERIC}}}SeriesKey")
        for name, word in zip(DIMENSIONS, key, strict=True):
            etree.SubElement(told, f"{{{_GENERIC}}}Value", id=name, value=word or _NOTHING)
        for row in rows:
            one = etree.SubElement(series, f"{{{_GENERIC}}}Obs")
            etree.SubElement(one, f"{{{_GENERIC}}}ObsDimension", value=row["on"].isoformat())
            etree.SubElement(one, f"{{{_GENERIC}}}ObsValue", value=repr(row["value"]))
            more = etree.SubElement(one, f"{{{_GENERIC}}}Attributes")
            for name, column in ATTRIBUTES.items():
                if row[column] is not None and name != "EXACT_DAY":
                    value = row[column]
                    word = repr(value) if isinstance(value, float) else str(value)
                    etree.SubElement(more, f"{{{_GENERIC}}}Value", id=name, value=word)
            count += 1
    etree.ElementTree(root).write(str(path), encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return count


def _by_series(frame: pl.DataFrame) -> Iterator[tuple[tuple[str, ...], list[Row]]]:
    columns = list(DIMENSIONS.values())
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in frame.sort("series", "subject", "unit", "on").iter_rows(named=True):
        groups.setdefault(tuple(str(row[name] or "") for name in columns), []).append(row)
    yield from groups.items()


def _header(root: Any, now: dt.datetime, publisher: str, structure: str) -> None:
    from lxml import etree

    header = etree.SubElement(root, f"{{{_MESSAGE}}}Header")
    etree.SubElement(header, f"{{{_MESSAGE}}}ID").text = f"{publisher}-{now:%Y%m%d%H%M%S}"
    etree.SubElement(header, f"{{{_MESSAGE}}}Test").text = "false"
    etree.SubElement(header, f"{{{_MESSAGE}}}Prepared").text = now.replace(microsecond=0).isoformat()
    etree.SubElement(header, f"{{{_MESSAGE}}}Sender", id=publisher)
    if structure:
        told = etree.SubElement(
            header, f"{{{_MESSAGE}}}Structure", structureID=structure, dimensionAtObservation="TIME_PERIOD"
        )
        ref = etree.SubElement(told, f"{{{_COMMON}}}Structure")
        etree.SubElement(
            ref, "Ref", attrib={"agencyID": AGENCY, "id": FLOW, "version": VERSION, "class": "DataStructure"}
        )


def write_structure(path: Path, now: dt.datetime, publisher: str = AGENCY) -> None:
    """Write the structure: code list of quality classes, concepts, data structure and data flow."""
    from lxml import etree

    from daliz.schema import table

    root = etree.Element(
        f"{{{_MESSAGE}}}Structure", nsmap={"mes": _MESSAGE, "str": _STRUCTURE, "com": _COMMON}
    )
    _header(root, now, publisher, "")
    parts = etree.SubElement(root, f"{{{_MESSAGE}}}Structures")

    def item(parent: Any, tag: str, key: str, words: str) -> Any:
        made = etree.SubElement(parent, f"{{{_STRUCTURE}}}{tag}", id=key)
        etree.SubElement(made, f"{{{_COMMON}}}Name").text = words
        return made

    def scheme(group: str, tag: str, key: str, words: str) -> Any:
        made = item(etree.SubElement(parts, f"{{{_STRUCTURE}}}{group}"), tag, key, words)
        made.set("agencyID", AGENCY)
        made.set("version", VERSION)
        return made

    flow = scheme("Dataflows", "Dataflow", FLOW, "Observations of the registers")
    _ref(etree.SubElement(flow, f"{{{_STRUCTURE}}}Structure"), FLOW, "DataStructure", "datastructure")
    codes = scheme("Codelists", "Codelist", "CL_QUALITY", "Quality class")
    for word in table("observations")["quality"].values:
        item(codes, "Code", word, word)
    concepts = scheme("Concepts", "ConceptScheme", "CS_OBSERVATIONS", "Concepts of observations")
    described = {column.name: column.description for column in table("observations").columns}
    for name, column in {**DIMENSIONS, "TIME_PERIOD": "on", "OBS_VALUE": "value", **ATTRIBUTES}.items():
        item(concepts, "Concept", name, described[column])
    shape = scheme("DataStructures", "DataStructure", FLOW, "Observations of the registers")
    _components(shape)
    etree.ElementTree(root).write(str(path), encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _ref(parent: Any, key: str, kind: str, package: str, **more: str) -> None:
    from lxml import etree

    attributes = {"id": key, "agencyID": AGENCY, "class": kind, "package": package, **more}
    if kind != "Concept":
        attributes["version"] = VERSION
    etree.SubElement(parent, "Ref", attrib=attributes)


def _components(shape: Any) -> None:
    from lxml import etree

    parts = etree.SubElement(shape, f"{{{_STRUCTURE}}}DataStructureComponents")

    def component(parent: Any, tag: str, name: str, **attributes: str) -> Any:
        made = etree.SubElement(parent, f"{{{_STRUCTURE}}}{tag}", id=name, **attributes)
        identity = etree.SubElement(made, f"{{{_STRUCTURE}}}ConceptIdentity")
        _ref(
            identity,
            name,
            "Concept",
            "conceptscheme",
            maintainableParentID="CS_OBSERVATIONS",
            maintainableParentVersion=VERSION,
        )
        return made

    keys = etree.SubElement(parts, f"{{{_STRUCTURE}}}DimensionList", id="DimensionDescriptor")
    for place, name in enumerate(DIMENSIONS, 1):
        component(keys, "Dimension", name, position=str(place))
    time = component(keys, "TimeDimension", "TIME_PERIOD", position=str(len(DIMENSIONS) + 1))
    shape_of = etree.SubElement(time, f"{{{_STRUCTURE}}}LocalRepresentation")
    etree.SubElement(shape_of, f"{{{_STRUCTURE}}}TextFormat", textType="ObservationalTimePeriod")
    rest = etree.SubElement(parts, f"{{{_STRUCTURE}}}AttributeList", id="AttributeDescriptor")
    for name in ATTRIBUTES:
        made = component(rest, "Attribute", name, assignmentStatus="Conditional")
        if name == "QUALITY":
            listed = etree.SubElement(made, f"{{{_STRUCTURE}}}LocalRepresentation")
            _ref(
                etree.SubElement(listed, f"{{{_STRUCTURE}}}Enumeration"), "CL_QUALITY", "Codelist", "codelist"
            )
        told = etree.SubElement(made, f"{{{_STRUCTURE}}}AttributeRelationship")
        measure = etree.SubElement(told, f"{{{_STRUCTURE}}}PrimaryMeasure")
        etree.SubElement(measure, "Ref", id="OBS_VALUE")
    values = etree.SubElement(parts, f"{{{_STRUCTURE}}}MeasureList", id="MeasureDescriptor")
    component(values, "PrimaryMeasure", "OBS_VALUE")
