"""What an EPCIS event says in our columns, and what is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from epcis_samples import FULL, LOADED, OTHERS, WRONG, document, extra, put, put_xml, rejects, rows

from daliz.errors import BadValue
from daliz.i18n import LANGUAGES
from daliz.io import epcis
from daliz.model.events import RAW

if TYPE_CHECKING:
    from pathlib import Path


def test_an_event_is_one_row_in_our_columns(tmp_path: Path) -> None:
    """Bill of lading is the shipment, box the unit, read point the place, the instant the end in UTC."""
    (row,) = rows(put(tmp_path / "a.jsonld", LOADED))
    assert list(row) == list(RAW)
    told = {name: value for name, value in row.items() if value is not None and name != "extra"}
    assert told == {
        "shipment": "urn:epcglobal:cbv:bt:4012345000009:CIM-44",
        "unit": "CSQU3054383",
        "unit_kind": "container",
        "place_text": "(414)4012345000115(254)987",
        "activity_text": "loading",
        "end": "2026-03-01T17:30:00.250000+00:00",
        "zone": "+06:00",
        "locator": "eventList[0]",
    }


ORDER = "http://transaction.example.com/po/7"
BOX = "CSQU3054383"
EPC = "urn:epc:id:"


@pytest.mark.parametrize(
    ("change", "shipment", "unit", "consignment"),
    [
        ({"bizTransactionList": LOADED["bizTransactionList"][:1]}, ORDER, BOX, None),
        ({"bizTransactionList": [{"bizTransaction": f"urn:x:{n}"} for n in (1, 2)]}, "urn:x:1", BOX, None),
        (
            {"epcList": [f"{EPC}sgtin:0614141.107346.1", f"{EPC}gsin:4012345.999987654"]},
            "(402)40123459999876541", "(01)10614141073464(21)1", "(402)40123459999876541",
        ),
        (
            {"epcList": [f"{EPC}sscc:0614141.1234567890", f"{EPC}ginc:4012345.333"]},
            "(401)4012345333", "(00)106141412345678908", "(401)4012345333",
        ),
        (
            {"epcList": [f"{EPC}sgtin:0614141.107346.1", "https://example.com/sscc/106141412345678908"]},
            "(00)106141412345678908", "(00)106141412345678908", None,
        ),
        ({"epcList": [f"{EPC}giai:952005385.w2"]}, "(8004)952005385w2", "(8004)952005385w2", None),
        (
            {"epcList": [], "quantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.012345.998877"}]},
            "(01)04012345123456(10)998877", None, None,
        ),
        ({"epcList": [], "eventID": "urn:uuid:1"}, "urn:uuid:1", None, None),
    ],
)  # fmt: skip
def test_the_rule_for_shipment_unit_and_consignment(
    tmp_path: Path, change: dict[str, object], shipment: str, unit: str | None, consignment: str | None
) -> None:
    """Transaction by type, any transaction, GSIN, GINC, SSCC, first EPC, class, event id, in this order."""
    (row,) = rows(put(tmp_path / "a.json", {**LOADED, "bizTransactionList": [], **change}))
    assert (row["shipment"], row["unit"], row["consignment"]) == (shipment, unit, consignment)


def test_an_event_of_nothing_has_its_hash_for_a_shipment(tmp_path: Path) -> None:
    """A sensor at a place belongs to no shipment; its event is a case of its own."""
    event = {**LOADED, "bizTransactionList": [], "epcList": []}
    (row,) = rows(put(tmp_path / "a.json", event))
    assert row["shipment"] == extra(row)["event_hash"]


def test_a_container_is_known_in_a_urn_and_at_the_end_of_any_uri(tmp_path: Path) -> None:
    """Scheme bic, or an end that passes ISO 6346; a wrong digit outside bic is no container."""
    ends = {
        "urn:epc:id:bic:CSQU3054384": ("CSQU3054384", "container"),
        "https://id.gs1.org/8004/4012345CSQU3054383": ("(8004)4012345CSQU3054383", None),
        "https://boxes.example.com/CSQU3054383": ("CSQU3054383", "container"),
        "https://boxes.example.com/CSQU3054384": ("https://boxes.example.com/CSQU3054384", None),
        "https://id.gs1.org/8004/4012345-CSQU3054383": ("CSQU3054383", "container"),
    }
    for uri, expected in ends.items():
        (row,) = rows(put(tmp_path / "a.json", {**LOADED, "epcList": [uri]}))
        if uri.endswith("45CSQU3054383"):
            assert row["unit"] == "CSQU3054383"
        else:
            assert (row["unit"], row["unit_kind"]) == expected


def test_every_type_of_event_is_read_in_both_forms(tmp_path: Path) -> None:
    """Five types of EPCIS 2.0 and a type of its own give their step, or their type and action."""
    steps = ["packing", "transaction_event_add", "repackaging", "removing", "ex:customs_event"]
    path = put(tmp_path / "a.json", *OTHERS)
    assert [row["activity_text"] for row in rows(path)] == steps
    epcis.write(rows(path), tmp_path / "a.xml", "xml")
    assert [row["activity_text"] for row in rows(tmp_path / "a.xml")] == steps


@pytest.mark.parametrize(
    "spelled",
    ["receiving", "cbv:BizStep-receiving", "urn:epcglobal:cbv:bizstep:receiving",
     "https://ref.gs1.org/cbv/BizStep-receiving", {"@id": "https://ns.gs1.org/cbv/BizStep-receiving"}],
)  # fmt: skip
def test_a_term_is_the_same_however_it_is_spelled(tmp_path: Path, spelled: object) -> None:
    """Bare word, CURIE, URN, web address and JSON-LD node give one step and one hash."""
    (row,) = rows(put(tmp_path / "a.json", {**LOADED, "bizStep": spelled}))
    (bare,) = rows(put(tmp_path / "b.json", {**LOADED, "bizStep": "receiving"}))
    assert (row["activity_text"], extra(row)) == ("receiving", extra(bare))


def test_json_ld_may_spell_fields_and_lists_in_its_ways(tmp_path: Path) -> None:
    """Keywords, CURIEs and web addresses as keys, one value for a list of one, a point as text."""
    spelled = {
        "@type": "https://ref.gs1.org/epcis/ObjectEvent",
        "epcis:eventTime": LOADED["eventTime"],
        "https://ref.gs1.org/epcis/eventTimeZoneOffset": "+06:00",
        "epcList": "urn:epc:id:bic:CSQU3054383",
        "action": "OBSERVE",
        "readPoint": "urn:epc:id:sgln:4012345.00011.987",
    }
    plain = {
        "type": "ObjectEvent",
        "eventTime": LOADED["eventTime"],
        "eventTimeZoneOffset": "+06:00",
        "epcList": ["urn:epc:id:bic:CSQU3054383"],
        "action": "OBSERVE",
        "readPoint": {"id": "urn:epc:id:sgln:4012345.00011.987"},
    }
    assert rows(put(tmp_path / "a.json", spelled)) == rows(put(tmp_path / "b.json", plain))


def test_a_step_outside_the_vocabulary_is_told_by_its_last_word(tmp_path: Path) -> None:
    """The reader sees the short name; the whole stays in the event."""
    (row,) = rows(put(tmp_path / "a.json", {**LOADED, "bizStep": "https://example.com/steps/gauge_change"}))
    assert row["activity_text"] == "gauge_change"
    assert extra(row)["epcis"]["bizStep"] == "https://example.com/steps/gauge_change"


def test_xml_of_version_1_2_gives_the_event_of_version_2(tmp_path: Path) -> None:
    """The nested extensions of EPCIS 1.2 and the flat form of 2.0 are one event, with one hash."""
    inner = (
        "<eventTime>2026-03-01T17:30:00Z</eventTime>{0}<eventTimeZoneOffset>+06:00</eventTimeZoneOffset>{1}"
        "<epcList><epc>urn:epc:id:sscc:0614141.1234567890</epc></epcList><action>ADD</action>"
        "<bizStep>urn:epcglobal:cbv:bizstep:packing</bizStep>{2}<ex:remark>r</ex:remark>"
    )
    quantity = (
        "<quantityList><quantityElement><epcClass>urn:epc:class:lgtin:4012345.012345.1</epcClass>"
        "<quantity>2.50</quantity></quantityElement></quantityList>"
    )
    ilmd = "<ilmd><ex:lot>1</ex:lot></ilmd>"
    named = "<eventID>urn:uuid:1</eventID>"
    nested = f"<extension>{quantity}<extension>{ilmd}</extension></extension>"
    old = inner.format("", f"<baseExtension>{named}</baseExtension>", nested)
    new = inner.format("", named, quantity + ilmd)
    first = put_xml(tmp_path / "a.xml", f"<ObjectEvent>{old}</ObjectEvent>", "1")
    second = put_xml(tmp_path / "b.xml", f"<ObjectEvent>{new}</ObjectEvent>", "2")
    assert [extra(row) for row in rows(first)] == [extra(row) for row in rows(second)]
    assert extra(rows(first)[0])["epcis"]["quantityList"][0]["quantity"] == 2.5
    wrapped = "<AggregationEvent>" + inner.format("", "", "") + "</AggregationEvent>"
    twice = put_xml(tmp_path / "c.xml", f"<extension><extension>{wrapped}</extension></extension>", "1")
    assert rows(twice)[0]["activity_text"] == "packing"


def test_every_container_of_events_is_read(tmp_path: Path) -> None:
    """Query document, bare event, list of events, and a document with the context behind the events."""
    whole = document(FULL)
    body = whole.pop("epcisBody")
    results = {"queryName": "Q", "subscriptionID": "1", "resultsBody": body}
    forms = {
        "query": {**whole, "type": "EPCISQueryDocument", "epcisBody": {"queryResults": results}},
        "event": {**FULL, "@context": whole["@context"]},
        "list": [{**FULL, "@context": whole["@context"]}],
        "late": {"epcisBody": body, **whole},
        "single": {**whole, "epcisBody": {"event": FULL}},
    }
    expected = extra(rows(put(tmp_path / "a.json", FULL))[0])
    for name, form in forms.items():
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(form), encoding="utf-8")
        assert [extra(row) for row in rows(path)] == [expected], name
        assert epcis.sniff(path.read_bytes()[:4096], path.name), name
    query = tmp_path / "q.xml"
    query.write_text(
        '<q:EPCISQueryDocument xmlns:q="urn:epcglobal:epcis-query:xsd:1"><EPCISBody><q:QueryResults>'
        "<resultsBody><EventList><ObjectEvent><eventTime>2026-03-01T17:30:00Z</eventTime><eventTimeZoneOffset>+06:00"
        "</eventTimeZoneOffset><action>ADD</action></ObjectEvent></EventList></resultsBody></q:QueryResults>"
        "</EPCISBody></q:EPCISQueryDocument>",
        encoding="utf-8",
    )  # fmt: skip
    assert rows(query)[0]["activity_text"] == "object_event_add"


def test_master_data_of_the_header_are_stepped_over_and_not_counted(tmp_path: Path) -> None:
    """A header with a thousand places and one event counts one."""
    place = {"id": "urn:epc:id:sgln:0037000.00729.0", "attributes": [{"id": "a", "attribute": '"}]'}]}
    header = {"epcisMasterData": {"vocabularyList": [{"type": "t", "vocabularyElementList": [place] * 1000}]}}
    path = tmp_path / "a.json"
    whole = document(LOADED)
    path.write_text(json.dumps({"epcisHeader": header, **whole}), encoding="utf-8")
    assert sum(batch.read for batch in epcis.read(path)) == 1
    xml = put_xml(tmp_path / "a.xml", "").read_text(encoding="utf-8")
    vocabulary = (
        '<VocabularyElement id="x"><attribute id="y">ObjectEvent</attribute></VocabularyElement>' * 1000
    )
    (tmp_path / "b.xml").write_text(
        xml.replace(
            "<EPCISBody>", f"<EPCISHeader><extension>{vocabulary}</extension></EPCISHeader><EPCISBody>"
        ),
        encoding="utf-8",
    )
    assert sum(batch.read for batch in epcis.read(tmp_path / "b.xml")) == 0


def test_a_declaration_names_what_it_declares_wrong_and_what_stands_instead(tmp_path: Path) -> None:
    """`corrects` is the id declared wrong, or the hash of an event without id; `declared.by` the new ones."""
    (row,) = rows(put(tmp_path / "a.json", WRONG))
    assert row["corrects"] == WRONG["eventID"]
    assert extra(row)["declared"] == {
        "time": "2026-03-05T04:00:00.000000+00:00",
        "reason": "incorrect_data",
        "by": ["urn:uuid:aaaaaaaa-0000-4000-8000-000000000002"],
    }
    nameless = {name: value for name, value in WRONG.items() if name != "eventID"}
    (row,) = rows(put(tmp_path / "b.json", nameless))
    (original,) = rows(put(tmp_path / "c.json", LOADED))
    assert row["corrects"] == extra(original)["event_hash"] == extra(row)["event_hash"]
    assert extra(row)["hash"] != extra(original)["hash"]
    assert original["corrects"] is None
    assert "declared" not in extra(original)


def test_a_second_event_id_is_kept_and_any_other_repeated_key_is_rejected(tmp_path: Path) -> None:
    """Of two ids the last is the event's, the first stands in extra; two actions leave nothing to choose."""
    text = json.dumps(document(WRONG))
    path = tmp_path / "a.json"
    path.write_text(text.replace('"eventID"', '"eventID": "urn:x:first", "eventID"', 1), encoding="utf-8")
    (row,) = rows(path)
    assert (row["log_id"], extra(row)["other_ids"]) == (WRONG["eventID"], ["urn:x:first"])
    path.write_text(text.replace('"action"', '"action": "ADD", "action"', 1), encoding="utf-8")
    (reject,) = rejects(path)
    assert (reject.reason, reject.values) == ("finding.epcis_twice", {"field": "action"})
    path.write_text(text.replace('"action"', '"action": "OBSERVE", "action"', 1), encoding="utf-8")
    assert len(rows(path)) == 1


@pytest.mark.parametrize(
    ("change", "column", "reason"),
    [
        ({"eventTime": "2026-02-31T10:00:00Z"}, "end", "finding.instant"),
        ({"eventTime": "2026-03-01T10:00:00"}, "end", "finding.instant"),
        ({"eventTime": "2026-03-01"}, "end", "finding.instant"),
        ({"eventTime": "2026-03-01T25:00:00Z"}, "end", "finding.instant"),
        ({"eventTime": "2026-03-01T10:00:00+15:00"}, "end", "finding.instant"),
        ({"eventTime": "9999-12-31T23:59:59-10:00"}, "end", "finding.instant"),
        ({"eventTime": 1772000000}, "extra", "finding.epcis_shape"),
        ({"eventTime": None}, "end", "finding.epcis_missing"),
        ({"eventTimeZoneOffset": None}, "zone", "finding.epcis_missing"),
        ({"eventTimeZoneOffset": "Asia/Almaty"}, "zone", "finding.epcis_zone"),
        ({"eventTimeZoneOffset": "+15:00"}, "zone", "finding.epcis_zone"),
        ({"type": "ObjectEvnt"}, "activity_text", "finding.epcis_event_type"),
        ({"type": 7}, "activity_text", "finding.epcis_missing"),
        ({"action": "SEEN"}, "activity_text", "finding.epcis_action"),
        ({"action": None}, "activity_text", "finding.epcis_missing"),
        ({"epcList": 5}, "extra", "finding.epcis_shape"),
        ({"epcList": [5]}, "extra", "finding.epcis_shape"),
        ({"epcList": [""]}, "extra", "finding.epcis_shape"),
        ({"bizStep": ["loading"]}, "extra", "finding.epcis_shape"),
        ({"readPoint": {}}, "place_text", "finding.epcis_missing"),
        ({"readPoint": [1]}, "extra", "finding.epcis_shape"),
        ({"bizTransactionList": [{"type": "po"}]}, "shipment", "finding.epcis_missing"),
        ({"quantityList": [{"quantity": 4}]}, "extra", "finding.epcis_missing"),
        ({"quantityList": [{"epcClass": "urn:x:1", "quantity": "4"}]}, "extra", "finding.epcis_shape"),
        ({"persistentDisposition": {"put": ["expired"]}}, "extra", "finding.epcis_shape"),
        ({"errorDeclaration": {"reason": "incorrect_data"}}, "corrects", "finding.epcis_missing"),
        ({"errorDeclaration": {"declarationTime": "yesterday"}}, "extra", "finding.instant"),
        ({"sensorElementList": [{"sensorReport": [{"value": "cold"}]}]}, "extra", "finding.epcis_shape"),
        ({"sensorElementList": [{"sensorReport": {"booleanValue": "yes"}}]}, "extra", "finding.epcis_shape"),
        ({"sensorElementList": [{"sensorMetadata": {"time": "noon"}}]}, "extra", "finding.instant"),
        ({"sensorElementList": [3]}, "extra", "finding.epcis_shape"),
        ({"ilmd": "x"}, "extra", "finding.epcis_shape"),
        ({"ex:half": "\ud800"}, "extra", "finding.epcis_text"),
        ({"@context": 5}, "extra", "finding.epcis_shape"),
    ],
)  # fmt: skip
def test_an_event_that_does_not_fit_is_rejected_with_its_reason(
    tmp_path: Path, change: dict[str, object], column: str, reason: str
) -> None:
    """The other events are read; the reject names position, column and reason and keeps the event."""
    event = {name: value for name, value in {**LOADED, **change}.items() if value is not None}
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document(LOADED, event, WRONG)), encoding="utf-8")
    (batch,) = epcis.read(path)
    assert (batch.read, batch.rows.height) == (3, 2)
    (reject,) = batch.rejects
    assert (reject.locator, reject.column, reject.reason) == ("eventList[1]", column, reason)
    assert json.loads(str(reject.raw["extra"]))["epcis"]["epcList" if "epcList" not in change else "action"]
    for lang in LANGUAGES:
        from daliz.i18n import text

        sentence = text(reason, lang, **reject.values)
        assert "{" not in sentence.replace(str(reject.values.get("found")), "")
        assert text(reason.replace("finding.", "repair."), lang) != reason.replace("finding.", "repair.")


def test_a_mended_reject_becomes_a_valid_event(tmp_path: Path) -> None:
    """The raw row of a reject, with its end put right, is written as the event with that instant."""
    (reject,) = rejects(put(tmp_path / "a.json", {**FULL, "eventTime": "2026-02-31T10:00:00Z"}))
    assert reject.raw["end"] == "2026-02-31T10:00:00Z"
    mended = {**reject.raw, "end": "2026-02-28T10:00:00+00:00"}
    assert epcis.write([mended], tmp_path / "b.json", "json") == 1
    (row,) = rows(tmp_path / "b.json")
    assert row["end"] == "2026-02-28T10:00:00.000000+00:00"
    assert extra(row)["epcis"]["sensorElementList"] == FULL["sensorElementList"]


def test_midnight_at_the_end_of_a_day_is_the_next_day(tmp_path: Path) -> None:
    """`24:00:00` of XML Schema is an instant; 24:00:01 is none."""
    (row,) = rows(put(tmp_path / "a.json", {**LOADED, "eventTime": "2026-02-28T24:00:00+00:00"}))
    assert row["end"] == "2026-03-01T00:00:00.000000+00:00"
    (reject,) = rejects(put(tmp_path / "a.json", {**LOADED, "eventTime": "2026-02-28T24:00:01Z"}))
    assert reject.reason == "finding.instant"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "error.epcis_not"),
        ("shipment,place\n1,2\n", "error.epcis_not"),
        ("<log xes.version='1849'/>", "error.epcis_not"),
        ('{"a": 1}', "error.epcis_not"),
        ('{"type": "EPCISDocument", "schemaVersion": "2.0"}', "error.epcis_no_list"),
        ('{"captureID": "1", "running": true, "success": false}', "error.epcis_capture_job"),
        ("<e:EPCISCaptureJob xmlns:e='urn:epcglobal:epcis:xsd:2'/>", "error.epcis_capture_job"),
        ("<EPCISMasterDataDocument xmlns='urn:epcglobal:epcis:xsd:2'/>", "error.epcis_master_data"),
        ('{"type": "EPCISDocument", "epcisBody": {"eventList": [{"type"', "error.epcis_broken"),
        ("<EPCISDocument><EPCISBody><EventList><ObjectEvent><eventTi", "error.epcis_broken"),
    ],
)  # fmt: skip
def test_a_file_without_events_is_refused_with_what_it_is(tmp_path: Path, text: str, key: str) -> None:
    """Another format, a capture job, master data, no list, damage before the first event: each is said."""
    path = tmp_path / "file"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadValue) as refused:
        list(epcis.read(path))
    assert refused.value.key == key
    assert all(str(path) in refused.value.text(lang) for lang in LANGUAGES)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """No traceback of the operating system, in reading or in writing."""
    with pytest.raises(BadValue, match="cannot read"):
        list(epcis.read(tmp_path / "none.json"))
    with pytest.raises(BadValue, match="cannot write"):
        epcis.write([], tmp_path / "none" / "a.json", "json")
    with pytest.raises(BadValue, match="form"):
        epcis.write([], tmp_path / "a.json", "yaml")  # type: ignore[arg-type]


def test_an_empty_list_holds_no_event(tmp_path: Path) -> None:
    """A document with an empty event list is valid and counts nothing."""
    assert list(epcis.read(put(tmp_path / "a.json"))) == []
    assert epcis.write([], tmp_path / "b.xml", "xml") == 0
    assert list(epcis.read(tmp_path / "b.xml")) == []


@pytest.mark.parametrize(
    ("head", "is_epcis"),
    [
        (b'\xef\xbb\xbf {"@context": [], "type": "EPCISDocument"', True),
        ('{"type": "EPCISQueryDocument"'.encode("utf-16"), True),
        (b'[{"eventTime": "2026", "@type": "epcis:AggregationEvent"', True),
        (b'{"isA": "ObjectEvent"', True),
        (
            b'<?xml version="1.0"?>\n<!-- c --><epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:1"',
            True,
        ),
        (b"<EPCISQueryDocument>", True),
        (b"<x:EPCISCaptureJob ", True),
        (b'{"eventTypes": [], "objectTypes": [], "events": [{"type": "load"}]}', False),
        (b'{"type": "FeatureCollection", "features": []}', False),
        (b"<log xes.version='1849.2016'>", False),
        (b"EPCISDocument", False),
        (b"", False),
        (b"\xff\xfe", False),
    ],
)
def test_sniff_knows_epcis_by_its_head(head: bytes, is_epcis: bool) -> None:
    """JSON and XML of the family in any encoding; other logs, maps and text are not taken for it."""
    assert epcis.sniff(head, "file") is is_epcis
