"""EPCIS written and read again says the same; a row of any format becomes EPCIS and comes back."""

from __future__ import annotations

import datetime as dt
import json
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

import pytest
from epcis_samples import FULL, LOADED, OTHERS, SPACES, WRONG, document, extra, hashes, put, put_xml, rows
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daliz.errors import BadValue
from daliz.io import epcis
from daliz.io.epcis.tidy import tidy
from daliz.model.events import RAW

if TYPE_CHECKING:
    from pathlib import Path

FORMS = ["json", "xml"]


@pytest.mark.parametrize("form", FORMS)
def test_every_event_comes_back_as_it_was(tmp_path: Path, form: Any) -> None:
    """All fields, all extensions, all types: read, written and read again, the rows are equal."""
    first = rows(put(tmp_path / "a.json", FULL, *OTHERS, WRONG, LOADED))
    assert epcis.write(first, tmp_path / "b", form) == len(first) == 8
    second = rows(tmp_path / "b")
    for one, other in zip(first, second, strict=True):
        left, right = extra(one), extra(other)
        assert left["epcis"] == right["epcis"]
        assert left == right
        skipped = ("extra", "locator")
        assert {k: v for k, v in one.items() if k not in skipped} == {
            k: v for k, v in other.items() if k not in skipped
        }
    assert extra(first[0])["epcis"] == tidy(FULL)


def test_json_to_xml_to_json_keeps_the_document(tmp_path: Path) -> None:
    """The way through the other form loses neither a field nor a type of value."""
    first = put(tmp_path / "a.json", FULL, *OTHERS, WRONG)
    epcis.write(rows(first), tmp_path / "b.xml", "xml")
    epcis.write(rows(tmp_path / "b.xml"), tmp_path / "c.json", "json")
    events = json.loads((tmp_path / "c.json").read_text(encoding="utf-8"))["epcisBody"]["eventList"]
    assert events == [tidy(event) for event in (FULL, *OTHERS, WRONG)]
    assert hashes(tmp_path / "c.json") == hashes(first)


def test_xml_keeps_attributes_and_text_of_extensions(tmp_path: Path) -> None:
    """An attribute stays an attribute, mixed text stays text, a repeated element stays repeated."""
    inner = (
        "<eventTime>2026-03-01T17:30:00Z</eventTime><eventTimeZoneOffset>+06:00</eventTimeZoneOffset>"
        '<action>ADD</action><ex:lane ex:side="left" no="2">Ж<ex:sub/></ex:lane>'
        '<ex:tag>a</ex:tag><ex:tag>b</ex:tag><bare>1</bare><o:other xmlns:o="urn:o:" o:q="1"/>'
    )
    first = put_xml(tmp_path / "a.xml", f"<ObjectEvent>{inner}</ObjectEvent>")
    epcis.write(rows(first), tmp_path / "b.xml", "xml")
    ours = "{http://ns.example.com/epcis/}"
    event = ET.parse(tmp_path / "b.xml").getroot().find(".//ObjectEvent")  # noqa: S314 - written by the test
    assert event is not None
    lane = event.find(f"{ours}lane")
    assert lane is not None
    assert (lane.attrib, lane.text) == ({f"{ours}side": "left", "no": "2"}, "Ж")
    assert [tag.text for tag in event.findall(f"{ours}tag")] == ["a", "b"]
    assert event.findtext("bare") == "1"
    assert rows(first) == [{**row, "locator": rows(first)[0]["locator"]} for row in rows(tmp_path / "b.xml")]
    epcis.write(rows(first), tmp_path / "c.json", "json")
    assert hashes(tmp_path / "c.json") == hashes(first)


def test_prefixes_that_mean_two_things_are_kept_apart(tmp_path: Path) -> None:
    """Two files may call two namespaces `ex`; written into one, each event keeps its meaning."""
    one = put(tmp_path / "a.json", {**LOADED, "ex:a": "1"})
    other = put(tmp_path / "b.json", {**LOADED, "ex:a": "1"}, context=[{"ex": "urn:other:"}])
    both = rows(one) + rows(other)
    assert len(set(hashes(one) + hashes(other))) == 2
    for form in FORMS:
        epcis.write(both, tmp_path / "c", form)  # type: ignore[arg-type]
        assert hashes(tmp_path / "c") == hashes(one) + hashes(other)


def test_contexts_of_every_kind_are_kept(tmp_path: Path) -> None:
    """Whole and typed terms, a vocabulary, absolute keys, a context by address, undeclared prefixes."""
    context = [
        "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        "https://example.com/other-context.jsonld",
        {"ex": "http://ns.example.com/epcis/", "seal": "ex:seal", "unused": "urn:unused:",
         "axles": {"@id": "ex:axles", "@type": "xsd:integer"}, "@vocab": "urn:vocabulary:"},
    ]  # fmt: skip
    event = {**LOADED, "seal": "1", "axles": 4, "own": "2", "http://abs.example.com/x#y": "3", "zz:q": "4"}
    path = put(tmp_path / "a.json", event, context=context)
    (row,) = rows(path)
    kept = extra(row)["context"]
    assert kept[0] == "https://example.com/other-context.jsonld"
    assert set(kept[1]) == {"ex", "seal", "axles", "@vocab"}
    for form in FORMS:
        epcis.write([row], tmp_path / "b", form)  # type: ignore[arg-type]
        assert hashes(tmp_path / "b") == hashes(path)
    spelled = put(tmp_path / "c.json", {
        **LOADED, "ex:seal": "1", "ex:axles": 4, "v:own": "2", "abs:y": "3", "zz:q": "4",
    }, context=[{**SPACES, "v": "urn:vocabulary:", "abs": "http://abs.example.com/x#"}])  # fmt: skip
    assert hashes(spelled) == hashes(path)


def _row(**change: object) -> dict[str, object]:
    moment = dt.datetime(2026, 3, 1, 17, 30, 0, 123456, tzinfo=dt.UTC)
    return {
        "event": "0" * 32,
        "shipment": "CIM 44/7",
        "consignment": "SMGS-1",
        "unit": "CSQU3054383",
        "unit_kind": "container",
        "place": "altynkol",
        "place_text": "Алтынкөл",
        "mode": "rail",
        "direction": "in",
        "service": None,
        "cargo_class": "any",
        "activity": "rail_customs",
        "activity_text": "Таможня",
        "start": moment,
        "end": moment + dt.timedelta(hours=3),
        "zone": "Asia/Almaty",
        "official_amount": 12.5,
        "official_currency": "USD",
        "unofficial_amount": 0.0,
        "unofficial_currency": "KZT",
        "distance_km": None,
        "tonnes": 0.1,
        "teu": 2.0,
        "deadline": None,
        "actor": "КТЖ",
        "country": "KZ",
        "source": "ktz-log",
        "quality": "measured",
        "status": "stands",
        "corrects": None,
        "log_id": "17",
        "format": "csv",
        "file": "f" * 16,
        "locator": "12",
        "extra": '{"line": "a\\u0000b", "n": 0.10}',
        **change,
    }


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "change",
    [
        {},
        {"end": None},
        {"start": None, "zone": None, "unit": "94321234", "unit_kind": "wagon", "log_id": "urn:uuid:1"},
        {
            "consignment": None,
            "unit": None,
            "place_text": None,
            "place": None,
            "extra": None,
            "zone": "+05:30",
        },
        {
            "activity": None,
            "activity_text": "Ждать\tочереди",
            "shipment": "a&b<c>\"'\x01",
            "zone": "No/Where",
        },
    ],
)
def test_a_row_of_another_format_comes_back_as_it_was(
    tmp_path: Path, form: Any, change: dict[str, object]
) -> None:
    """Interval, money, mode, names in any script: every column that a log can fill comes back."""
    row = _row(**change)
    assert epcis.write([row], tmp_path / "a", form) == 1
    (back,) = rows(tmp_path / "a")
    for name in RAW:
        if name == "locator":
            continue
        given_value = row[name]
        if isinstance(given_value, dt.datetime):
            given_value = given_value.isoformat(timespec="microseconds")
        expected = None if given_value is None else str(given_value)
        assert back[name] == expected, name


def test_a_row_of_another_format_says_what_others_can_read(tmp_path: Path) -> None:
    """Instant in the clock of the log, container as EPC, names as URNs: nothing in our extension alone."""
    epcis.write([_row()], tmp_path / "a.json", "json")
    (event,) = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["epcisBody"]["eventList"]
    told = {name: value for name, value in event.items() if not name.startswith("daliz:")}
    assert told == {
        "type": "ObjectEvent",
        "eventTime": "2026-03-02T01:30:00.123456+05:00",
        "eventTimeZoneOffset": "+05:00",
        "eventID": "urn:daliz:log:17",
        "epcList": ["urn:epc:id:bic:CSQU3054383"],
        "action": "OBSERVE",
        "bizStep": "urn:daliz:step:rail_customs",
        "readPoint": {"id": "urn:daliz:place:%D0%90%D0%BB%D1%82%D1%8B%D0%BD%D0%BA%D3%A9%D0%BB"},
        "bizTransactionList": [
            {"bizTransaction": "urn:daliz:shipment:CIM%2044%2F7"},
            {"type": "bol", "bizTransaction": "urn:daliz:consignment:SMGS-1"},
        ],
    }


def test_our_urns_are_read_as_words_when_others_drop_the_extension(tmp_path: Path) -> None:
    """A partner that keeps standard fields alone still gives us names, not URNs."""
    epcis.write([_row()], tmp_path / "a.json", "json")
    whole = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    for event in whole["epcisBody"]["eventList"]:
        del event["daliz:row"]
    (tmp_path / "a.json").write_text(json.dumps(whole), encoding="utf-8")
    (row,) = rows(tmp_path / "a.json")
    told = (row["shipment"], row["unit"], row["place_text"], row["activity_text"], row["end"])
    assert told == ("SMGS-1", "CSQU3054383", "Алтынкөл", "rail_customs", "2026-03-01T20:30:00.123456+00:00")


@pytest.mark.parametrize("form", FORMS)
def test_what_is_simulated_says_so(tmp_path: Path, form: Any) -> None:
    """The label stands in every written event and comes back in extra, for rows of EPCIS and of others."""
    (native,) = rows(put(tmp_path / "a.json", LOADED))
    epcis.write([_row(quality="simulated"), {**native, "quality": "simulated"}], tmp_path / "b", form)
    assert (tmp_path / "b").read_text(encoding="utf-8").count("simulated") >= 2
    assert [extra(row)["quality"] for row in rows(tmp_path / "b")] == ["simulated", "simulated"]


@pytest.mark.parametrize(
    "told", ['{"shipment": 1', "[]", '{"spam": "x", "shipment": "1"}', '{"shipment": ["x"]}', "{}"]
)
def test_a_forged_row_in_an_event_is_not_taken(tmp_path: Path, told: str) -> None:
    """What is not a row of ours in our extension leaves the event what it says itself."""
    event = {**LOADED, "d:row": told}
    (row,) = rows(put(tmp_path / "a.json", event, context=[{"d": "urn:daliz:epcis:"}]))
    assert row["unit"] == "CSQU3054383"
    (row,) = rows(
        put(tmp_path / "a.json", {**LOADED, "d:row": '{"shipment": "x"}'}, context=[{"d": "urn:d:"}])
    )
    assert row["unit"] == "CSQU3054383"


def test_a_row_without_an_instant_or_with_damaged_extra(tmp_path: Path) -> None:
    """No instant is refused with the row named; an extra that is no JSON is carried as text."""
    with pytest.raises(BadValue, match="r17"):
        epcis.write([_row(start=None, end=None, event="r17")], tmp_path / "a.json", "json")
    assert list(tmp_path.iterdir()) == []
    for damaged in ("{", '{"epcis": 5}', '{"epcis": {"type": "ObjectEvent", "eventTime": "x"}}', "[]"):
        epcis.write([_row(extra=damaged)], tmp_path / "a.json", "json")
        (row,) = rows(tmp_path / "a.json")
        assert row["extra"] == damaged


@pytest.mark.parametrize(
    "change", [{"ex:a b": "1"}, {"ex:1": "1"}, {"ex:a": "\x01"}, {"a\u0000": "1"}, {"ex:": "x"}]
)
def test_what_xml_cannot_hold_is_refused_and_json_takes_it(tmp_path: Path, change: dict[str, str]) -> None:
    """Names with blanks and control signs: no half-written XML; as JSON the event comes back."""
    path = put(tmp_path / "a.json", {**LOADED, **change})
    with pytest.raises(BadValue, match="export it as JSON"):
        epcis.write(rows(path), tmp_path / "b.xml", "xml")
    assert not (tmp_path / "b.xml").exists()
    epcis.write(rows(path), tmp_path / "b.json", "json")
    assert hashes(tmp_path / "b.json") == hashes(path)


def test_numbers_keep_their_digits(tmp_path: Path) -> None:
    """Digits beyond a float and integers beyond 64 bits come back as they were, in both forms."""
    text = json.dumps(document({**LOADED, "ex:n": 7, "ex:m": 8}))
    text = text.replace("7,", "0.12345678901234567890123,").replace(
        '"ex:m": 8', '"ex:m": 123456789012345678901234567890'
    )
    path = tmp_path / "a.json"
    path.write_text(text, encoding="utf-8")
    for form in FORMS:
        epcis.write(rows(path), tmp_path / "b", form)  # type: ignore[arg-type]
        written = (tmp_path / "b").read_text(encoding="utf-8")
        assert "0.12345678901234567890123" in written
        assert "123456789012345678901234567890" in written
        assert hashes(tmp_path / "b") == hashes(path)


_NAMES = st.sampled_from(["ex:a", "ex:b", "rail:c", "plain"])
_SCALARS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co")), max_size=12),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner.filter(lambda value: not isinstance(value, list)), min_size=2, max_size=3),
        st.dictionaries(_NAMES, inner, min_size=1, max_size=3),
    ),
    max_leaves=8,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    extensions=st.dictionaries(_NAMES, _VALUES, max_size=3), place=st.sampled_from(["", "readPoint", "ilmd"])
)
def test_any_extension_comes_back(tmp_path: Path, extensions: dict[str, Any], place: str) -> None:
    """Extensions of any shape: equal through JSON, the same hash through XML and back."""
    event = json.loads(json.dumps({**LOADED, "action": "ADD", "ilmd": {}}))
    (event[place] if place else event).update(extensions)
    path = put(tmp_path / "a.json", event)
    epcis.write(rows(path), tmp_path / "b.json", "json")
    (written,) = json.loads((tmp_path / "b.json").read_text(encoding="utf-8"))["epcisBody"]["eventList"]
    assert written == tidy(event)
    epcis.write(rows(path), tmp_path / "c.xml", "xml")
    assert hashes(tmp_path / "c.xml") == hashes(path)
