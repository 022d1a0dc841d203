"""Small EPCIS documents of our own, and how the tests read and write them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from daliz.io import epcis
from daliz.io.epcis.names import CONTEXT

if TYPE_CHECKING:
    from pathlib import Path

    from daliz.model.events import Reject
    from daliz.schema import Row

SPACES = {"ex": "http://ns.example.com/epcis/", "rail": "urn:example:rail:"}

LOADED: dict[str, Any] = {
    "type": "ObjectEvent",
    "eventTime": "2026-03-01T23:30:00.250+06:00",
    "eventTimeZoneOffset": "+06:00",
    "epcList": ["urn:epc:id:sgtin:0614141.107346.2017", "urn:epc:id:bic:CSQU3054383"],
    "action": "OBSERVE",
    "bizStep": "loading",
    "disposition": "in_transit",
    "readPoint": {"id": "urn:epc:id:sgln:4012345.00011.987"},
    "bizLocation": {"id": "https://id.gs1.org/414/4012345000115"},
    "bizTransactionList": [
        {"type": "po", "bizTransaction": "http://transaction.example.com/po/7"},
        {"type": "bol", "bizTransaction": "urn:epcglobal:cbv:bt:4012345000009:CIM-44"},
    ],
}
"""A container loaded under a purchase order and a bill of lading."""

FULL: dict[str, Any] = {
    "type": "ObjectEvent",
    "eventID": "urn:uuid:11111111-2222-4333-8444-555555555555",
    "eventTime": "2026-03-01T23:30:00.250+06:00",
    "recordTime": "2026-03-02T00:00:00Z",
    "eventTimeZoneOffset": "+06:00",
    "certificationInfo": "https://cert.example.org/1",
    "epcList": ["urn:epc:id:sscc:0614141.1234567890", "https://id.gs1.org/01/10614141073464/21/2017"],
    "quantityList": [
        {"epcClass": "urn:epc:class:lgtin:4012345.012345.998877", "quantity": 200.5, "uom": "KGM"},
        {"epcClass": "urn:epc:idpat:sgtin:4012345.098765.*", "quantity": 10},
    ],
    "action": "ADD",
    "bizStep": "commissioning",
    "disposition": "urn:example:disp:sealed",
    "persistentDisposition": {"unset": ["completeness_inferred"], "set": ["completeness_verified"]},
    "readPoint": {"id": "geo:43.25,76.95", "ex:gate": "7"},
    "bizLocation": {"id": "urn:epc:id:sgln:4012345.00012.0", "ex:yard": {"ex:row": "B", "ex:slot": "12"}},
    "bizTransactionList": [{"bizTransaction": "urn:epc:id:gdti:4012345.11111.123"}],
    "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:4012345.00000"}],
    "destinationList": [{"type": "location", "destination": "urn:epc:id:sgln:0614141.00777.0"}],
    "sensorElementList": [
        {
            "sensorMetadata": {
                "time": "2026-03-01T17:00:00Z",
                "startTime": "2026-03-01T16:00:00Z",
                "endTime": "2026-03-01T17:00:00Z",
                "deviceID": "urn:epc:id:giai:4000001.111",
                "deviceMetadata": "https://id.gs1.org/8004/4000001111",
                "rawData": "https://example.org/8004/401234599999",
                "dataProcessingMethod": "https://example.com/253/4012345000054987",
                "bizRules": "https://example.com/253/4012345000054987",
                "ex:firmware": "2.1",
            },
            "sensorReport": [
                {
                    "type": "Temperature",
                    "value": -18.25,
                    "minValue": -19,
                    "maxValue": -17.5,
                    "meanValue": -18.1,
                    "sDev": 0.1,
                    "percRank": 50,
                    "percValue": 12.7,
                    "uom": "CEL",
                    "component": "x",
                    "deviceID": "urn:epc:id:giai:4000001.111",
                    "deviceMetadata": "https://id.gs1.org/8004/4000001111",
                    "rawData": "https://example.org/8004/401234599999",
                    "dataProcessingMethod": "https://example.com/253/4012345000054987",
                    "time": "2026-03-01T17:00:00Z",
                    "coordinateReferenceSystem": "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
                    "ex:cv": "1",
                },
                {
                    "type": "ex:Seal",
                    "exception": "ALARM_CONDITION",
                    "booleanValue": True,
                    "stringValue": "opened",
                    "hexBinaryValue": "f0f0",
                    "uriValue": "https://example.org/seal/1",
                    "microorganism": "https://www.ncbi.nlm.nih.gov/taxonomy/1126011",
                    "chemicalSubstance": "https://identifiers.org/inchikey:CZMRCDWAGMRECN-UGDNZRGBSA-N",
                },
            ],
            "ex:note": ["a", "b"],
        }
    ],
    "ilmd": {"cbvmda:lotNumber": "L1", "ex:weights": {"ex:net": 12.5, "ex:pieces": 3, "ex:whole": True}},
    "rail:vehicle": [{"rail:position": "1", "rail:axles": 4}, {"rail:position": "2", "rail:axles": 6}],
    "ex:remark": "Ақтау → Баку",
}
"""An event with every standard field of an ObjectEvent and extensions wherever EPCIS lets them stand."""

OTHERS: list[dict[str, Any]] = [
    {
        "type": "AggregationEvent", "eventTime": "2026-03-02T01:00:00Z", "eventTimeZoneOffset": "+05:00",
        "parentID": "urn:epc:id:sscc:0614141.1234567890", "childEPCs": ["urn:epc:id:bic:CSQU3054383"],
        "childQuantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.012345.1", "quantity": 4}],
        "action": "ADD", "bizStep": "packing",
    },
    {
        "type": "TransactionEvent", "eventTime": "2026-03-02T02:00:00Z", "eventTimeZoneOffset": "+05:00",
        "bizTransactionList": [{"type": "po", "bizTransaction": "http://transaction.example.com/po/7"}],
        "parentID": "urn:epc:id:grai:4012345.55555.987", "epcList": ["urn:epc:id:giai:952005385.w2"],
        "quantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.012345.1"}], "action": "ADD",
    },
    {
        "type": "TransformationEvent", "eventTime": "2026-03-02T03:00:00Z", "eventTimeZoneOffset": "-00:30",
        "inputEPCList": ["urn:epc:id:sgtin:4012345.011122.25"],
        "inputQuantityList": [
            {"epcClass": "urn:epc:class:lgtin:4012345.011111.4444", "quantity": 10, "uom": "KGM"},
        ],
        "outputEPCList": ["urn:epc:id:sgtin:4012345.077889.25"],
        "outputQuantityList": [{"epcClass": "urn:epc:idpat:sgtin:4012345.044444.*", "quantity": 2}],
        "transformationID": "urn:epc:id:gdti:0614141.12345.400", "bizStep": "repackaging",
    },
    {
        "type": "AssociationEvent", "eventTime": "2026-03-02T04:00:00Z", "eventTimeZoneOffset": "+14:00",
        "parentID": "urn:epc:id:grai:4012345.55555.987", "childEPCs": ["urn:epc:id:giai:4000001.12345"],
        "action": "DELETE", "bizStep": "removing",
    },
    {
        "type": "ex:CustomsEvent", "eventTime": "2026-03-02T05:00:00Z", "eventTimeZoneOffset": "+05:00",
        "eventID": "urn:uuid:11111111-2222-4333-8444-000000000009", "ex:lane": "red",
    },
]  # fmt: skip
"""One event of each other type, and one of a type of its own."""

WRONG: dict[str, Any] = {
    **LOADED,
    "eventID": "urn:uuid:aaaaaaaa-0000-4000-8000-000000000001",
    "errorDeclaration": {
        "declarationTime": "2026-03-05T10:00:00+06:00",
        "reason": "incorrect_data",
        "correctiveEventIDs": ["urn:uuid:aaaaaaaa-0000-4000-8000-000000000002"],
        "ex:clerk": "17",
    },
}
"""The declaration that an event was wrong, with the event in its place named."""


def document(*events: object, context: object = None) -> dict[str, Any]:
    """An EPCISDocument of events."""
    return {
        "@context": [CONTEXT, SPACES] if context is None else context,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-03-10T00:00:00Z",
        "epcisBody": {"eventList": list(events)},
    }


def put(path: Path, *events: object, context: object = None) -> Path:
    """Write a document of events to a path."""
    path.write_text(json.dumps(document(*events, context=context), ensure_ascii=False), encoding="utf-8")
    return path


XML = """<?xml version="1.0" encoding="UTF-8"?>
<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:{version}" xmlns:ex="http://ns.example.com/epcis/"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  schemaVersion="{version}" creationDate="2026-03-10T00:00:00Z">
<EPCISBody><EventList>{events}</EventList></EPCISBody></epcis:EPCISDocument>
"""


def put_xml(path: Path, events: str, version: str = "2") -> Path:
    """Write an XML document around events."""
    path.write_text(XML.format(events=events, version=version), encoding="utf-8")
    return path


def rows(path: Path) -> list[Row]:
    """Raw rows of a file in which nothing is rejected."""
    found: list[Row] = []
    for batch in epcis.read(path):
        assert batch.rejects == ()
        found.extend(batch.rows.to_dicts())
    return found


def rejects(path: Path) -> list[Reject]:
    """What could not be read of a file."""
    return [reject for batch in epcis.read(path) for reject in batch.rejects]


def extra(row: Row) -> dict[str, Any]:
    """What a row keeps of its event."""
    kept: dict[str, Any] = json.loads(str(row["extra"]))
    return kept


def hashes(path: Path) -> list[str]:
    """Event hash ids of a file."""
    return [extra(row)["event_hash"] for row in rows(path)]


def identities(path: Path) -> list[str]:
    """Identities of the events of a file."""
    return [extra(row)["hash"] for row in rows(path)]
