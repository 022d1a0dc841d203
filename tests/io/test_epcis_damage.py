"""Damaged and hostile EPCIS files end in rejects or a refusal, never in a traceback or in much memory."""

from __future__ import annotations

import io
import json
import random
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from epcis_samples import FULL, LOADED, OTHERS, WRONG, document, extra, put, put_xml, rows
from hypothesis import given, settings
from hypothesis import strategies as st

from daliz.errors import BadValue, DalizError
from daliz.io import epcis
from daliz.io.epcis import json_form, xml_form

if TYPE_CHECKING:
    from pathlib import Path

HEAD = (
    "<eventTime>2026-03-01T17:30:00Z</eventTime><eventTimeZoneOffset>+06:00</eventTimeZoneOffset>"
    "<epcList><epc>urn:x:1</epc></epcList><action>ADD</action>"
)
EVENT = f"<ObjectEvent>{HEAD}</ObjectEvent>"


def _read(path: Path) -> tuple[list[str], list[str]]:
    """Hashes of what is read and reasons of what is not; counts must add up."""
    found: list[str] = []
    reasons: list[str] = []
    for batch in epcis.read(path):
        assert batch.read == batch.rows.height + len(batch.rejects)
        found += [extra(row)["event_hash"] for row in batch.rows.to_dicts()]
        reasons += [reject.reason for reject in batch.rejects]
    return found, reasons


@pytest.fixture(params=["json", "xml"])
def whole(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A sound file with eight events."""
    path = tmp_path / f"whole.{request.param}"
    epcis.write(rows(put(tmp_path / "a.json", FULL, *OTHERS, WRONG, LOADED)), path, request.param)
    return path


def test_a_file_cut_anywhere_gives_the_events_before_the_cut(whole: Path, tmp_path: Path) -> None:
    """Every event read is one of the whole, in order, and one reject says that the rest is missing."""
    data = whole.read_bytes()
    events, _ = _read(whole)
    cut = tmp_path / f"cut{whole.suffix}"
    seen, keys = set(), set()
    end = len(data.rstrip())
    for length in (*range(1, end, 29), end - 1):
        cut.write_bytes(data[:length])
        try:
            found, reasons = _read(cut)
        except BadValue as refused:
            keys.add(refused.key)
            seen.add(0)
            continue
        assert found == events[: len(found)]
        assert reasons == ["finding.epcis_rest"]
        seen.add(len(found))
    assert seen == set(range(9))
    assert keys <= {"error.epcis_broken", "error.epcis_not", "error.epcis_no_list"}


def test_flipped_bytes_never_raise_anything_else(whole: Path, tmp_path: Path) -> None:
    """Three hundred copies with bytes changed or lost: rejects or a refusal that says where."""
    data, rnd = whole.read_bytes(), random.Random(20261125)
    path = tmp_path / "flipped"
    refused = 0
    for _ in range(300):
        changed = bytearray(data)
        for _ in range(rnd.choice([1, 1, 4])):
            at = rnd.randrange(len(changed))
            if rnd.random() < 0.3:
                del changed[at : at + rnd.randrange(1, 20)]
            else:
                changed[at] = rnd.randrange(256)
        path.write_bytes(changed)
        try:
            _read(path)
        except DalizError as error:
            refused += error.text("kk") != error.key
    assert 0 < refused < 300


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_marked_encodings_are_read(whole: Path, tmp_path: Path, encoding: str) -> None:
    """UTF-8 and UTF-16 with their marks say the same."""
    text = whole.read_text(encoding="utf-8").replace("encoding='UTF-8'", "")
    (tmp_path / "b").write_bytes(text.encode(encoding))
    assert _read(tmp_path / "b") == _read(whole)


def test_a_wrong_encoding_is_refused_or_ends_the_file(whole: Path, tmp_path: Path) -> None:
    """Cyrillic of Windows in a file of UTF-8: the first event has it, so the file is refused."""
    text = whole.read_text(encoding="utf-8").replace("қ", "к")
    (tmp_path / "b").write_bytes(text.encode("cp1251", "replace"))
    with pytest.raises(BadValue) as refused:
        _read(tmp_path / "b")
    assert refused.value.key == "error.epcis_broken"
    assert refused.value.values["line"] in {1, 2, 3}


def test_a_damaged_event_of_json_costs_only_itself(tmp_path: Path) -> None:
    """A missing comma inside one event: the next one is read, and the text of the damaged one is kept."""
    text = json.dumps(document(LOADED, FULL, WRONG)).replace('"recordTime"', "recordTime", 1)
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    (batch,) = epcis.read(tmp_path / "a.json")
    assert batch.rows["locator"].to_list() == ["eventList[0]", "eventList[2]"]
    (reject,) = batch.rejects
    assert (reject.locator, reject.reason) == ("eventList[1]", "finding.epcis_syntax")
    assert str(reject.raw["text"]).startswith('{"type": "ObjectEvent"')


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("[" * 200 + "]" * 200, "finding.epcis_deep"),
        ("[" * 20000 + "]" * 20000, "finding.epcis_deep"),
        ('{"a":' * 65 + "1" + "}" * 65, "finding.epcis_deep"),
        ("NaN", "finding.epcis_syntax"),
        ("-Infinity", "finding.epcis_syntax"),
        ("1e99999999999", "finding.epcis_syntax"),
        ("tru", "finding.epcis_syntax"),
        ('"\\q"', "finding.epcis_syntax"),
        ('"\\ud83d"', "finding.epcis_text"),
        ('{"a": 1, "a": 2}', "finding.epcis_twice"),
        ("9" * 5000, "finding.epcis_syntax"),
        ("9" * 900, None),
        ("1e99999", None),
        ('"\\u0000"', None),
        ("[" * 50 + "]" * 50, None),
    ],
)
def test_a_hostile_value_costs_only_its_event(tmp_path: Path, value: str, reason: str | None) -> None:
    """Deep nesting, names that are no JSON, half characters, repeated keys; large numbers are kept."""
    text = json.dumps(document(LOADED, {**LOADED, "ex:v": "@"}, WRONG)).replace('"@"', value)
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    found, reasons = _read(tmp_path / "a.json")
    assert (len(found), reasons) == ((3, []) if reason is None else (2, [reason]))


@pytest.mark.parametrize(
    "text", ["[" * 300_000, '{"a":' * 300_000, '{"type": ["' * 100_000, '["' + "\\" * 99_999]
)
def test_a_file_of_opening_brackets_is_refused(tmp_path: Path, text: str) -> None:
    """No recursion, no traceback: the damage is named."""
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    with pytest.raises(BadValue) as refused:
        _read(tmp_path / "a.json")
    assert refused.value.key in {"error.epcis_broken", "error.epcis_not"}


def test_an_event_that_is_too_long_is_stepped_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a limit of 64 kB an event of 1 MB is a reject, wherever it is cut, and the next one is read."""
    monkeypatch.setattr(json_form, "MOST_CHARACTERS", 65536)
    monkeypatch.setattr(json_form, "_CHUNK", 4096)
    for filling in ("x" * 1_000_000, '\\"]}{[' * 150_000):
        text = json.dumps(document(LOADED, {**LOADED, "ex:v": "@"}, WRONG)).replace('"@"', f'"{filling}"')
        (tmp_path / "a.json").write_text(text, encoding="utf-8")
        found, reasons = _read(tmp_path / "a.json")
        assert (len(found), reasons) == (2, ["finding.epcis_large"])


BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha"}">' for n in range(10))


@pytest.mark.parametrize(
    "dtd",
    [f"<!DOCTYPE x [{BOMB}]>", '<!DOCTYPE x [<!ENTITY e9 SYSTEM "file:///etc/passwd">]>',
     '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>'],
)  # fmt: skip
def test_entities_are_refused(tmp_path: Path, dtd: str) -> None:
    """Billion laughs, a file of the machine, a parameter entity: refused before any is used."""
    path = put_xml(tmp_path / "a.xml", f"<ObjectEvent>{HEAD}<ex:v>&e9;</ex:v></ObjectEvent>")
    text = path.read_text(encoding="utf-8").replace("?>\n", f"?>{dtd}\n", 1)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadValue) as refused:
        _read(path)
    assert refused.value.key == "error.epcis_entities"
    path.write_text(text.replace('schemaVersion="2"', 'schemaVersion="&e9;"'), encoding="utf-8")
    with pytest.raises(BadValue):
        _read(path)


def test_a_document_type_without_entities_is_no_danger(tmp_path: Path) -> None:
    """GS1 writes `<!DOCTYPE project>` itself; a DTD elsewhere is not fetched."""
    path = put_xml(tmp_path / "a.xml", EVENT)
    text = path.read_text(encoding="utf-8")
    for dtd in ("<!DOCTYPE project>", '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'):
        path.write_text(text.replace("?>\n", f"?>{dtd}\n", 1), encoding="utf-8")
        assert len(rows(path)) == 1


def test_deep_wide_and_long_xml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deeper than libxml2 goes ends the file; more elements than allowed, or longer text, costs the event."""
    deep = f"<ObjectEvent>{HEAD}{'<a>' * 5000}{'</a>' * 5000}</ObjectEvent>"
    assert _read(put_xml(tmp_path / "a.xml", EVENT + deep + EVENT))[1] == ["finding.epcis_rest"]
    monkeypatch.setattr(xml_form, "MOST_ELEMENTS", 1000)
    wide = f"<ObjectEvent>{HEAD}{'<a/>' * 3000}</ObjectEvent>"
    found, reasons = _read(put_xml(tmp_path / "a.xml", EVENT + wide + EVENT))
    assert (len(found), reasons) == (2, ["finding.epcis_many"])
    monkeypatch.setattr(epcis, "MOST_CHARACTERS", 10_000)
    long = f'<ObjectEvent>{HEAD}<a b="{"x" * 20_000}"/></ObjectEvent>'
    found, reasons = _read(put_xml(tmp_path / "a.xml", EVENT + long + EVENT))
    assert (len(found), reasons) == (2, ["finding.epcis_large"])


QUANTITY = "<quantityElement><epcClass>urn:x:1</epcClass><quantity>much</quantity></quantityElement>"
SENSOR = "<sensorElementList><sensorElement><sensorReport {}/></sensorElement></sensorElementList>"


@pytest.mark.parametrize(
    ("inner", "reason"),
    [
        (
            f"<quantityList>{QUANTITY}</quantityList>",
            "finding.epcis_shape",
        ),
        (SENSOR.format('value="cold"'), "finding.epcis_shape"),
        (SENSOR.format('booleanValue="yes"'), "finding.epcis_shape"),
        ('<ex:v xsi:type="xsd:integer">one</ex:v>', "finding.epcis_shape"),
        ("<action>DELETE</action>", "finding.epcis_twice"),
        ("<eventTime>2026-03-02T17:30:00Z</eventTime>", "finding.epcis_twice"),
        ("<errorDeclaration><declarationTime>soon</declarationTime></errorDeclaration>", "finding.instant"),
        ("<readPoint/>", "finding.epcis_missing"),
    ],
)  # fmt: skip
def test_an_event_of_xml_that_does_not_fit_is_rejected(tmp_path: Path, inner: str, reason: str) -> None:
    """Wrong numbers, repeated fields, bad times: a reject with the place, and the next event is read."""
    path = put_xml(tmp_path / "a.xml", f"{EVENT}\n<ObjectEvent>{HEAD}{inner}</ObjectEvent>{EVENT}")
    (batch,) = epcis.read(path)
    (reject,) = batch.rejects
    assert (batch.rows.height, reject.reason, reject.locator) == (2, reason, "EventList[1] line 6")
    assert reject.raw


def test_memory_stays_bounded_whatever_the_file_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three thousand events behind a header of two megabytes: what is held does not grow with the file."""
    monkeypatch.setattr(epcis, "BATCH_ROWS", 500)
    place = {"id": "urn:epc:id:sgln:0037000.00729.0", "attributes": [{"id": "a", "attribute": "b" * 40}]}
    header = {
        "epcisMasterData": {"vocabularyList": [{"type": "t", "vocabularyElementList": [place] * 20_000}]}
    }
    whole = {"epcisHeader": header, **document()}
    start, end = json.dumps(whole).split('"eventList": []')
    path = tmp_path / "a.json"

    def peak(count: int) -> int:
        with path.open("w", encoding="utf-8") as lines:
            lines.write(f'{start}"eventList": [')
            lines.writelines(f"{',' if n else ''}{json.dumps({**LOADED, 'ex:n': n})}" for n in range(count))
            lines.write(f"]{end}")
        tracemalloc.start()
        try:
            assert sum(batch.read for batch in epcis.read(path)) == count
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10)
    few, many = peak(1_000), peak(3_000)
    assert many < few + 4_000_000
    assert many < 40_000_000


def _texts() -> st.SearchStrategy[str]:
    return st.text(st.sampled_from('\\"{}[],:aé\n 0'), max_size=12)


_JSON = st.recursive(
    st.one_of(_texts(), st.integers(), st.booleans()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_texts(), inner, max_size=4)),
    max_leaves=12,
)


@settings(max_examples=80, deadline=None)
@given(
    values=st.lists(_JSON, min_size=1, max_size=5),
    chunk=st.integers(1, 40),
    ascii_only=st.booleans(),
    data=st.data(),
)
def test_the_scanner_finds_the_ends_that_json_finds(
    values: list[Any], chunk: int, ascii_only: bool, data: st.DataObject
) -> None:
    """Witness: the json module. Values read or stepped over from pieces of any size come out equal."""
    kept = json_form._CHUNK, json_form._PIECE
    json_form._CHUNK, json_form._PIECE = chunk, max(1, chunk // 3)
    try:
        scanner = json_form._Scanner(io.BytesIO(json.dumps(values, ensure_ascii=ascii_only).encode()))
        scanner.take("[")
        for value in values:
            way = data.draw(st.sampled_from(["value", "skip", "extent"]))
            if way == "skip":
                scanner.skip()
            elif way == "extent" and scanner.peek() in '{["':
                assert json.loads(scanner._extent()) == value
            else:
                assert scanner.value() == value
            last = scanner.take(",", "]")
        assert last == "]"
        assert scanner.peek() == ""
    finally:
        json_form._CHUNK, json_form._PIECE = kept
