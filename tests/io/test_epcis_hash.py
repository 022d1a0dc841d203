"""The event hash of CBV 2.0 against published values, and what it must and must not depend on."""

from __future__ import annotations

import copy
import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from epcis_samples import FULL, LOADED, OTHERS, WRONG, hashes, identities, put, put_xml, rows
from hypothesis import given, settings
from hypothesis import strategies as st

from daliz.io import epcis
from daliz.io.epcis.links import canonical, check_digit, container, element_string
from daliz.io.epcis.names import Context, number
from daliz.io.epcis.prehash import hash_id, identity, instant, pre_hash
from daliz.io.epcis.tidy import tidy

if TYPE_CHECKING:
    import random
    from pathlib import Path

SPACE = Context({"example": "https://ns.example.com/epcis/"})

# Worked examples 1 to 3 of the README of the reference program (RalphTro/epcis-event-hash-generator, MIT,
# edition of 2026) and files of its tests, with the hashes it expects for CBV 2.0.
DEPARTING: dict[str, Any] = {
    "type": "ObjectEvent", "eventTime": "2020-03-04T11:00:30.000+01:00", "eventTimeZoneOffset": "+01:00",
    "recordTime": "2020-03-04T11:00:30.999+01:00",
    "epcList": [f"urn:epc:id:sscc:4012345.0000000{number}" for number in (333, 111, 222)],
    "action": "OBSERVE", "bizStep": "departing", "readPoint": {"id": "urn:epc:id:sgln:4012345.00011.987"},
    "example:myField1": {"example:mySubField1": "2", "example:mySubField2": "5"}, "example:myField2": "0",
    "example:myField3": {"example:mySubField3": ["3", "1"]},
}  # fmt: skip
INSPECTING: dict[str, Any] = {
    "type": "ObjectEvent", "eventTime": "2020-04-01T15:00:00+01:00", "eventTimeZoneOffset": "+01:00",
    "epcList": ["urn:epc:id:sgtin:4012345.011111.9876"], "action": "OBSERVE", "bizStep": "inspecting",
    "readPoint": {"id": "urn:epc:id:sgln:4012345.00005.0"},
    "sensorElementList": [{
        "sensorMetadata": {
            "deviceID": "urn:epc:id:giai:4000001.111", "deviceMetadata": "https://id.gs1.org/8004/4000001111",
        },
        "sensorReport": [
            {"type": "Temperature", "value": 26, "sDev": 0.1, "uom": "CEL"},
            {"type": "AbsoluteHumidity", "value": 12.1, "uom": "A93"},
            {"type": "Dimensionless", "microorganism": "https://www.ncbi.nlm.nih.gov/taxonomy/1126011",
             "value": 0.05, "uom": "C35"},
            {"type": "Dimensionless", "value": 0.18, "uom": "C35",
             "chemicalSubstance": "https://identifiers.org/inchikey:CZMRCDWAGMRECN-UGDNZRGBSA-N"},
        ],
    }],
}  # fmt: skip
TRADED: dict[str, Any] = {
    "type": "ObjectEvent", "eventTime": "2020-03-04T11:00:30+01:00", "eventTimeZoneOffset": "+01:00",
    "epcList": ["urn:epc:id:sgtin:0614141.011111.987"], "action": "OBSERVE", "bizStep": "departing",
    "disposition": "in_transit",
    "readPoint": {"id": "urn:epc:id:sgln:4012345.00011.0", "example:myField1": "AB-12"},
    "bizTransactionList": [{"type": "po", "bizTransaction": "urn:epc:id:gdti:4012345.11111.123"}],
    "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:4012345.00000"}],
    "destinationList": [{"type": "owning_party", "destination": "urn:epc:id:pgln:0614141.00000"}],
    "example:userExt": "CD-34",
}  # fmt: skip
KEYS: dict[str, Any] = {
    "type": "ObjectEvent", "eventTime": "2023-03-27T11:30:00.0Z", "eventTimeZoneOffset": "+01:00",
    "epcList": [
        "urn:epc:id:sgtin:4012345.012345.12", "urn:epc:id:sscc:4012345.0000000333",
        "https://id.gs1.org/00/040123450000003338", "urn:epc:id:grai:4012345.66666.87",
        "urn:epc:id:giai:4012345.AAbb",
        "urn:epc:id:gsrn:4012345.9876540000", "urn:epc:id:gsrnp:4012345.0000098765",
        "urn:epc:id:gdti:4012345.55555.98",
        "urn:epc:id:cpi:4012345.ABC.123", "urn:epc:id:sgcn:4012345.99999.44", "urn:epc:id:ginc:4012345.333",
        "urn:epc:id:gsin:4012345.999987654", "urn:epc:id:itip:4012345.012345.01.02.999",
        "urn:epc:id:upui:4012345.012345.AB12",
    ],
    "quantityList": [{"epcClass": f"urn:epc:{end}"} for end in (
        "class:lgtin:4054739.099914.20160711", "idpat:sgtin:4054739.099914.*", "idpat:grai:4012345.66666.*",
        "idpat:gdti:4012345.55555.*", "idpat:sgcn:4012345.99999.*", "idpat:cpi:4012345.ABC.*",
        "idpat:itip:4012345.012345.01.02.*",
    )],
    "action": "OBSERVE", "bizStep": "other", "readPoint": {"id": "urn:epc:id:sgln:4012345.00011.987"},
}  # fmt: skip
_SHIPPED: dict[str, Any] = {
    "type": "ObjectEvent", "eventTime": "2023-02-02T11:04:03.1415Z", "eventTimeZoneOffset": "+01:00",
    "epcList": ["https://id.gs1.de/00/040123451111111110"], "action": "OBSERVE", "bizStep": "shipping",
    "disposition": "in_transit", "readPoint": {"id": "https://id.gs1.de/414/4012345000115"},
}  # fmt: skip
_MOVED = {name: value for name, value in _SHIPPED.items() if name != "disposition"} | {
    "eventTime": "2023-02-02T11:04:03.1414Z", "bizStep": "transporting",
    "readPoint": {"id": "geo:50.947573340894124,6.922120147375441"},
}  # fmt: skip
_RECEIVED = _SHIPPED | {
    "eventTime": "2023-02-12T11:04:03.1415Z", "bizStep": "receiving", "disposition": "in_progress",
    "certificationInfo": "https://accreditation-council.example.org/certificate/ABC12345",
    "epcList": ["https://id.gs1.de/01/04012345999990/21/XYZ-1234"],
    "sensorElementList": [{
        "sensorMetadata": {
            "time": "2023-02-12T11:04:03.1007Z", "bizRules": "https://id.example.com/253/4012345000054987",
        },
        "sensorReport": [{
            "type": "Dimensionless", "exception": "ALARM_CONDITION",
            "coordinateReferenceSystem": "http://www.opengis.net/def/crs/EPSG/0/27700",
        }],
    }],
}  # fmt: skip


@pytest.mark.parametrize(
    ("event", "digest"),
    [
        (DEPARTING, "6ae96341e0acc6d7a261364751f60e68278a81cdf51da0abb6b4e617014e39d7"),
        (INSPECTING, "271565c346ae2fb28c4583c4dca4ab4772d465eb4e0b6e548d77d8b49377d95c"),
        (TRADED, "3ae14c02c4bdc220cc31942cf804f6845eb8dec96ba6483391c92a9b165f9329"),
        (KEYS, "40744f32beff53a4bf5bb5956d465cb52de5bbcc9f131409d8efb903b04d9351"),
        (_SHIPPED, "af7658e711574363633f20b3dadc7bc4c13c6f612cf96d95e03c421c0e58f3c6"),
        (_MOVED, "0550df44527332c1fe417c5837fe61b9e71eaa93307b88519dac549bf2d4dcf9"),
        (_RECEIVED, "bf052637920f56c28bd6bc4ce10bb296203fcddc543f1e293d5a77b07592dcec"),
    ],
)
def test_the_hash_is_the_published_one(event: dict[str, Any], digest: str) -> None:
    """Extensions, sensors, transactions, every GS1 key, rounding of time: seven published hashes."""
    assert hash_id(tidy(event), SPACE) == f"ni:///sha-256;{digest}?ver=CBV2.0"


def test_the_pre_hash_string_by_hand() -> None:
    """The string of a small event, written out by the rules of CBV 2.0 section 8.9."""
    event = {
        "type": "ObjectEvent", "eventTime": "2026-03-01T23:30:00+06:00", "eventTimeZoneOffset": "+06:00",
        "epcList": ["urn:epc:id:sscc:0614141.1234567890", " urn:x:b "],
        "quantityList": [{"epcClass": "urn:x:c", "quantity": 2.50, "uom": "KGM"}, {"epcClass": "urn:x:a"}],
        "action": "ADD", "bizStep": "packing", "ex:b": "1", "ex:a": {"ex:z": ["2.0", "10"], "plain": True},
    }  # fmt: skip
    assert pre_hash(tidy(event), Context({"ex": "http://ex/"})) == (
        "eventType=ObjectEventeventTime=2026-03-01T17:30:00.000ZeventTimeZoneOffset=+06:00"
        "epcListepc=https://id.gs1.org/00/106141412345678908epc=urn:x:b"
        "quantityListquantityElementepcClass=urn:x:aquantityElementepcClass=urn:x:cquantity=2.5uom=KGM"
        "action=ADDbizStep=https://ref.gs1.org/cbv/BizStep-packing"
        "{http://ex/}aplain=true{http://ex/}z=10{http://ex/}z=2{http://ex/}b=1"
    )
    sha = hashlib.sha256(pre_hash(tidy(event), Context({"ex": "http://ex/"})).encode()).hexdigest()
    assert hash_id(tidy(event), Context({"ex": "http://ex/"})) == f"ni:///sha-256;{sha}?ver=CBV2.0"


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False))
def test_order_does_not_change_the_hash(rnd: random.Random) -> None:
    """Fields, list members, extensions and reports in any order: one hash, one identity."""

    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            keys = list(value)
            rnd.shuffle(keys)
            return {key: shuffled(value[key]) for key in keys}
        if isinstance(value, list):
            mixed = [shuffled(one) for one in value]
            rnd.shuffle(mixed)
            return mixed
        return value

    context = Context({"ex": "http://ns.example.com/epcis/", "rail": "urn:example:rail:"})
    for event in (FULL, *OTHERS, WRONG):
        assert identity(tidy(shuffled(event)), context) == identity(tidy(event), context)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [place for key, inner in value.items() for place in _places(inner, (*path, key))]
    if isinstance(value, list):
        return [place for at, inner in enumerate(value) for place in _places(inner, (*path, at))]
    return [path]


def test_every_value_that_is_hashed_changes_the_hash() -> None:
    """Each of the leaves of a full event changes it, except id, record time and certificate."""
    context = Context({"ex": "http://ns.example.com/epcis/", "rail": "urn:example:rail:"})
    whole = tidy(FULL)
    silent = set()
    for place in _places(whole):
        changed = copy.deepcopy(whole)
        holder: Any = changed
        for step in place[:-1]:
            holder = holder[step]
        old = holder[place[-1]]
        if isinstance(old, bool):
            holder[place[-1]] = not old
        elif isinstance(old, int | float):
            holder[place[-1]] = old + 1
        else:
            holder[place[-1]] = "2001-01-01T00:00:00Z" if "ime" in str(place[-1]) else f"{old}x"
        if hash_id(changed, context) == hash_id(whole, context):
            silent.add(place[0])
    assert silent == {"eventID", "recordTime", "certificationInfo"}


def test_the_same_event_in_json_and_xml_has_one_hash(tmp_path: Path) -> None:
    """Every type of event, with everything that it can hold, in both forms and with other prefixes."""
    path = put(tmp_path / "a.json", FULL, *OTHERS, WRONG)
    epcis.write(rows(path), tmp_path / "a.xml", "xml")
    assert hashes(tmp_path / "a.xml") == hashes(path)
    xml = (
        (tmp_path / "a.xml")
        .read_text(encoding="utf-8")
        .replace("xmlns:rail", "xmlns:bahn")
        .replace("rail:p", "bahn:p")
    )
    xml = xml.replace("rail:v", "bahn:v").replace("rail:a", "bahn:a")
    (tmp_path / "b.xml").write_text(xml, encoding="utf-8")
    assert hashes(tmp_path / "b.xml") == hashes(path)


def test_a_type_told_by_the_schema_is_no_part_of_the_event(tmp_path: Path) -> None:
    """`xsi:type` says how text is to be read: 10, "10" with a type, and 10.0 are one value."""
    head = "<eventTime>2026-03-01T17:30:00Z</eventTime><eventTimeZoneOffset>+06:00</eventTimeZoneOffset>"
    head += "<action>ADD</action>"
    typed = '<ex:n xsi:type="xsd:integer">10</ex:n><ex:f xsi:type="xsd:double">20.0</ex:f>'
    typed += '<ex:s xsi:type="xsd:string">t</ex:s>'
    plain = "<ex:s>t</ex:s><ex:n>10</ex:n><ex:f>20</ex:f>"
    first = put_xml(tmp_path / "a.xml", f"<ObjectEvent>{head}{typed}</ObjectEvent>")
    second = put_xml(tmp_path / "b.xml", f"<ObjectEvent>{head}{plain}</ObjectEvent>")
    event = {"type": "ObjectEvent", "eventTime": "2026-03-01T17:30:00Z", "eventTimeZoneOffset": "+06:00",
             "action": "ADD", "ex:n": 10, "ex:f": 20.0, "ex:s": "t"}  # fmt: skip
    third = put(tmp_path / "c.json", event)
    assert hashes(first) == hashes(second) == hashes(third)


def test_identity_is_the_event_and_not_how_it_is_told(tmp_path: Path) -> None:
    """Another clock, a hash for an id, no id: the same. Another id, a declaration, another instant: not."""
    (whole,) = identities(put(tmp_path / "a.json", LOADED))

    def told(**change: object) -> str:
        return identities(put(tmp_path / "b.json", {**LOADED, **change}))[0]

    assert told(eventTime="2026-03-01T22:30:00.250+05:00", eventTimeZoneOffset="+05:00") == whole
    assert told(eventID="ni:///sha-256;00?ver=CBV2.0") == whole
    assert told(recordTime="2026-05-01T00:00:00Z") == whole
    assert told(eventID="urn:uuid:1") != whole
    assert told(eventID="urn:uuid:1") != told(eventID="urn:uuid:2")
    assert told(errorDeclaration={"declarationTime": "2026-05-01T00:00:00Z"}) != whole
    assert told(errorDeclaration={"declarationTime": "2026-05-01T00:00:00Z"}) == told(
        errorDeclaration={"declarationTime": "2026-05-01T05:00:00.0+05:00"}
    )
    assert told(eventTime="2026-03-01T23:30:00.251+06:00") != whole
    assert len(whole) == 32
    assert int(whole, 16) >= 0


@pytest.mark.parametrize(
    ("uri", "link"),
    [
        ("urn:epc:id:sgln:4012345.00005.122", "https://id.gs1.org/414/4012345000054/254/122"),
        ("urn:epc:id:gdti:987659999999..9", "https://id.gs1.org/253/98765999999929"),
        ("urn:epc:id:pgln:999999999999.", "https://id.gs1.org/417/9999999999994"),
        (
            "urn:epc:id:sgtin:0614141.812345.6789%2F%26%25%22!%3F()",
            "https://id.gs1.org/01/80614141123458/21/6789%2F%26%25%22!%3F()",
        ),
        ("urn:epc:id:sgtin:415056789012.0.987654", "https://id.gs1.org/01/04150567890128/21/987654"),
        ("urn:epc:idpat:upui:4012345.012345.*", "https://id.gs1.org/01/04012345123456"),
        (
            "https://example.com/a/gtin/9780345418913/lot/L1/ser/765tz?x=1#y",
            "https://id.gs1.org/01/09780345418913/21/765tz",
        ),
        ("https://id.gs1.org/01/09780345418913/22/2A/10/L1", "https://id.gs1.org/01/09780345418913/10/L1"),
        ("http://example.com/414/4012345000115/254/7", "https://id.gs1.org/414/4012345000115/254/7"),
        ("https://example.org/8004/401234599999", "https://id.gs1.org/8004/401234599999"),
        ("urn:epc:id:bic:CSQU3054383", None),
        ("urn:epc:id:sgtin:0614141.10734.1", None),
        ("urn:epc:id:sgtin:0614141.107346", None),
        ("urn:epc:id:sscc:0614141.12345678x0", None),
        ("urn:epc:id:sscc:0614141.1234567890.1", None),
        ("urn:epc:id:sgtin:06141٤1.107346.1", None),
        ("urn:epc:id", None),
        ("https://example.com/orders/12345678", None),
        ("https://example.com/01/12", None),
        ("http", None),
    ],
)  # fmt: skip
def test_an_identifier_has_one_canonical_link(uri: str, link: str | None) -> None:
    """EPC, class and pattern URIs and Digital Links by hand and from the reference; others have none."""
    assert canonical(uri) == link
    if link is not None:
        assert canonical(link) == link
        told = element_string(uri)
        assert told is not None
        assert told[1].startswith(f"({told[0]})")


@given(st.text("0123456789", min_size=1, max_size=20))
def test_a_check_digit_makes_the_weighted_sum_a_multiple_of_ten(digits: str) -> None:
    """Rule of the GS1 General Specifications, section 7.9.1, checked from the other side."""
    whole = digits + check_digit(digits)
    assert sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(reversed(whole))) % 10 == 0


def test_container_check_digits_by_hand() -> None:
    """CSQU3054383 is the example of ISO 6346; a remainder of ten counts as zero."""
    assert container("x:CSQU3054383") == "CSQU3054383"
    assert container("x:CSQU3054382") is None
    assert container("x:MSKU9070323") == "MSKU9070323"
    zero = next(f"ABCU{n:06}0" for n in range(1000) if container(f"x:ABCU{n:06}0"))
    total = sum(v * 2**i for i, v in enumerate([10, 12, 13, 32, *map(int, zero[4:10])]))
    assert total % 11 in {0, 10}


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**15), max_value=10**15))
def test_a_number_is_read_without_loss(value: Any) -> None:
    """Whatever digits a file has, the number read says the same."""
    from decimal import Decimal

    read = number(format(value, "f"))
    assert Decimal(repr(read) if isinstance(read, float) else read) == value


@pytest.mark.parametrize("text", ["", "1,5", "NaN", "Infinity", "0x10", "1e9999999", "١", "1_0"])
def test_what_is_no_number_is_not_read_as_one(text: str) -> None:
    """Names of other number systems, signs and huge exponents are refused."""
    with pytest.raises(ValueError, match=r".*"):
        number(text)


@pytest.mark.parametrize("text", ["2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "0000-01-01T00:00:00Z",
                                  "2026-01-01T00:00:60Z", "2026-01-01 00:00:00Z", "20260101T000000Z",
                                  "2026-01-01T00:00:00+05:60", "0001-01-01T00:00:00+05:00"])  # fmt: skip
def test_what_is_no_instant_is_not_read_as_one(text: str) -> None:
    """Days that do not exist, other forms of ISO 8601 and years outside the calendar."""
    with pytest.raises(ValueError, match=r".*"):
        instant(text)
