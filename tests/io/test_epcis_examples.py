"""Every example that GS1 publishes with EPCIS 2.0: exact counts, round trips, schema, duplicates."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from epcis_samples import extra, hashes, identities, rows

from daliz.errors import BadValue, DalizError
from daliz.io import epcis

pytestmark = pytest.mark.shared

EXAMPLES = Path(__file__).parent.parent.parent.parent / "shared" / "data" / "epcis"
SEVEN = [
    f"XML/WithEventHashID/event_with_identical_hash_id_{n}.{'json' if n == 7 else 'xml'}" for n in range(1, 8)
]

READ = {
    **{f"JSON/AssociationEvent/AssociationEvent-{letter}.jsonld": 1 for letter in "abcdefgh"},
    "JSON/EPCISQueryDocument.jsonld": 2,
    "JSON/Example-TransactionEvents-2020_07_03y.jsonld": 2,
    "JSON/Example-Type-sourceOrDestination,measurement,bizTransaction.jsonld": 1,
    "JSON/Example_9.6.1-ObjectEvent-with-pseudo-SBDH-headers.jsonld": 2,
    "JSON/Example_9.6.1-ObjectEvent.jsonld": 2,
    "JSON/Example_9.6.1-with-comment.jsonld": 2,
    "JSON/Example_9.6.2-ObjectEvent.jsonld": 1,
    "JSON/Example_9.6.3-AggregationEvent.jsonld": 1,
    "JSON/Example_9.6.4-TransformationEvent.jsonld": 1,
    "JSON/PersistentDisposition-example.jsonld": 2,
    "JSON/WithDigitalLinkID/Example_9.6.1-ObjectEventWithDigitalLink.jsonld": 2,
    "JSON/WithDigitalLinkID/Example_9.6.2-ObjectEventWithDigitalLink.jsonld": 1,
    "JSON/WithDigitalLinkID/Example_9.6.3-AggregationEventWithDigitalLink.jsonld": 1,
    "JSON/WithDigitalLinkID/Example_9.6.4-TransformationEventWithDigitalLink.jsonld": 1,
    "JSON/WithErrorDeclaration/ErrorDeclarationAndCorrectiveEvent.jsonld": 2,
    "JSON/WithErrorDeclaration/Example_9.6.1-ObjectEvent-with-error-declaration.jsonld": 2,
    **{f"JSON/WithSensorData/SensorDataExample{n}.jsonld": 1 for n in (*range(1, 18), "1b")},
    "XML/AssociationEvent/AssociationEventExamples.xml": 8,
    "XML/CBV/CBV-11.1-2020-06-16a.xml": 1,
    "XML/CBV/CBV-11.2-2020-06-16a.xml": 1,
    "XML/CBV/CBV-11.3-2020-06-16a.xml": 1,
    "XML/Example-PersistentDisposition.xml": 2,
    "XML/Example-TransactionEvent-2020_07_03y.xml": 2,
    "XML/Example_9.6.1-ObjectEvent-2020_06_18a.xml": 2,
    "XML/Mimasu/Example-associatonEvent-sensor.xml": 8,
    "XML/Mimasu/Example1.xml": 2,
    "XML/Mimasu/Example2.xml": 1,
    "XML/Mimasu/Example3.xml": 1,
    "XML/Mimasu/Example4.xml": 1,
    "XML/WithErrorDeclaration/ErrorDeclarationAndCorrectiveEvent.xml": 2,
    **dict.fromkeys(SEVEN, 1),
    "XML/WithExtension/AggregationEvent.xml": 1,
    "XML/WithExtension/AssociationEvent.xml": 1,
    "XML/WithExtension/ObjectEvent.xml": 2,
    "XML/WithExtension/TransactionEvent.xml": 1,
    "XML/WithExtension/TransformationEvent.xml": 1,
    "XML/WithSensorData/SensorDataExamples.xml": 14,
}
"""Events of each file; all are accepted, none rejected."""

REFUSED = {
    "XML/CBV/CBV-11.4-2020-06-16a.xml": "error.epcis_master_data",
    "XML/Mimasu/Example-masterData.xml": "error.epcis_master_data",
    "XML/CaptureJob/Example-CaptureJobRunning.xml": "error.epcis_capture_job",
    "XML/CaptureJob/Example-CaptureJobSuccess.xml": "error.epcis_capture_job",
    "XML/CaptureJob/Example-CaptureJobWithErrorFile.xml": "error.epcis_capture_job",
    "XML/CaptureJob/Example-CaptureJobWithErrors.xml": "error.epcis_capture_job",
}
"""Documents of the family that hold no events."""


def test_the_lists_here_name_every_example() -> None:
    """No file of the folder is left out: 42 of JSON-LD and 32 of XML and JSON beside it; 110 events."""
    files = {
        str(path.relative_to(EXAMPLES))
        for path in EXAMPLES.rglob("*")
        if path.suffix in {".json", ".jsonld", ".xml"} and "Schema" not in path.name
    }
    assert files == {*READ, *REFUSED}
    assert sum(READ.values()) == 110


@pytest.mark.parametrize("name", READ)
def test_every_event_of_an_example_is_read(name: str) -> None:
    """Read is accepted plus rejected; rejected is none; the head is known for EPCIS."""
    batches = list(epcis.read(EXAMPLES / name))
    accepted = sum(batch.rows.height for batch in batches)
    rejected = sum(len(batch.rejects) for batch in batches)
    assert (accepted, rejected, sum(batch.read for batch in batches)) == (READ[name], 0, READ[name])
    assert epcis.sniff((EXAMPLES / name).read_bytes()[:4096], name)


@pytest.mark.parametrize("name", REFUSED)
def test_an_example_without_events_is_refused(name: str) -> None:
    """A capture job and a document of master data say what they are."""
    assert epcis.sniff((EXAMPLES / name).read_bytes()[:4096], name)
    with pytest.raises(BadValue) as refused:
        list(epcis.read(EXAMPLES / name))
    assert refused.value.key == REFUSED[name]


@pytest.fixture(scope="module")
def schema() -> Any:
    """The JSON schema that GS1 publishes."""
    from jsonschema import Draft7Validator

    return Draft7Validator(json.loads((EXAMPLES / "EPCIS-JSON-Schema.json").read_text(encoding="utf-8")))


LACKS_TYPE = "XML/WithSensorData/SensorDataExamples.xml"
"""Its ninth event has sensor reports without a type, which JSON must have and XML need not."""


@pytest.mark.parametrize("name", READ)
def test_what_is_written_is_valid_and_comes_back(name: str, tmp_path: Path, schema: Any) -> None:
    """JSON and XML, each way and through the other: events, hashes and identities are equal."""
    first = rows(EXAMPLES / name)
    kept = [{**extra(row), "other_ids": None} for row in first]
    told, way = tmp_path / "a.json", tmp_path / "a.xml"
    assert epcis.write(first, told, "json") == READ[name]
    errors = [
        str(error.message) for error in schema.iter_errors(json.loads(told.read_text(encoding="utf-8")))
    ]
    assert errors == (["'type' is a required property"] * 2 if name == LACKS_TYPE else [])
    assert epcis.write(first, way, "xml") == READ[name]
    same = way if name.endswith(".xml") else told
    assert [{**extra(row), "other_ids": None} for row in rows(same)] == kept
    assert hashes(told) == hashes(way) == [one["event_hash"] for one in kept]
    assert identities(told) == identities(way) == [one["hash"] for one in kept]
    epcis.write(rows(way), tmp_path / "b.json", "json")
    assert hashes(tmp_path / "b.json") == hashes(told)


def test_one_event_in_seven_files_is_one_event() -> None:
    """Other clock, order, prefix or form: one identity. The CBV hash differs where the clock does."""
    assert len({one for name in SEVEN for one in identities(EXAMPLES / name)}) == 1
    six = {one for name in SEVEN if not name.endswith("_2.xml") for one in hashes(EXAMPLES / name)}
    assert len(six) == 1
    assert set(hashes(EXAMPLES / SEVEN[1])).isdisjoint(six)


def test_the_examples_of_the_standard_agree_between_json_and_xml() -> None:
    """Association and sensor examples that GS1 gives in both forms have one hash each."""
    folder = "JSON/AssociationEvent/AssociationEvent-"
    in_json = [hashes(EXAMPLES / f"{folder}{letter}.jsonld")[0] for letter in "abcdefgh"]
    assert hashes(EXAMPLES / "XML/AssociationEvent/AssociationEventExamples.xml") == in_json
    sensors = hashes(EXAMPLES / "XML/WithSensorData/SensorDataExamples.xml")
    for n in (1, 2, 3, 5):
        assert hashes(EXAMPLES / f"JSON/WithSensorData/SensorDataExample{n}.jsonld")[0] in sensors


# Hashes that the reference program in its last release (epcis-event-hash-generator 1.9.3) gives for examples
# without sensors and persistent dispositions, where that release and the rules of today agree.
REFERENCE = {
    "JSON/Example_9.6.1-ObjectEvent.jsonld": ["df652366", "32547b23"],
    "JSON/Example_9.6.3-AggregationEvent.jsonld": ["96b6bf98"],
    "JSON/Example_9.6.4-TransformationEvent.jsonld": ["c794227a"],
    "JSON/WithErrorDeclaration/ErrorDeclarationAndCorrectiveEvent.jsonld": ["db50dd61", "e74d8397"],
    "JSON/WithDigitalLinkID/Example_9.6.3-AggregationEventWithDigitalLink.jsonld": ["c6d04a3b"],
    "JSON/WithSensorData/SensorDataExample16.jsonld": ["e1c13af8"],
    "XML/CBV/CBV-11.1-2020-06-16a.xml": ["fa47e63d"],
    "XML/CBV/CBV-11.2-2020-06-16a.xml": ["8a6fb104"],
    "XML/CBV/CBV-11.3-2020-06-16a.xml": ["feb646da"],
    "XML/Mimasu/Example1.xml": ["df652366", "e340d1f9"],
    "XML/Mimasu/Example3.xml": ["4fb84baf"],
    "XML/Mimasu/Example4.xml": ["4385a08d"],
    "XML/WithExtension/AggregationEvent.xml": ["46711c65"],
    "XML/WithExtension/AssociationEvent.xml": ["2b3d5610"],
    "XML/WithExtension/ObjectEvent.xml": ["cc284e89", "9df647af"],
}


@pytest.mark.parametrize("name", REFERENCE)
def test_the_reference_program_gives_the_same_hash(name: str) -> None:
    """First eight digits as the reference program printed them."""
    assert [one.removeprefix("ni:///sha-256;")[:8] for one in hashes(EXAMPLES / name)] == REFERENCE[name]


def test_corrupted_copies_of_every_example(tmp_path: Path) -> None:
    """Cut, flipped and recoded copies of every file: rejects or a refusal, and the counts add up."""
    rnd, path = random.Random(4), tmp_path / "copy"
    outcomes = {"read": 0, "refused": 0}
    for name in [*READ, *REFUSED]:
        data = (EXAMPLES / name).read_bytes()
        copies = [data[: rnd.randrange(len(data))] for _ in range(6)]
        for _ in range(6):
            changed = bytearray(data)
            changed[rnd.randrange(len(changed))] = rnd.randrange(256)
            copies.append(bytes(changed))
        copies += [data.decode().encode(encoding, "replace") for encoding in ("utf-16", "cp1251", "cp037")]
        for copy in copies:
            path.write_bytes(copy)
            try:
                for batch in epcis.read(path):
                    assert batch.read == batch.rows.height + len(batch.rejects)
                outcomes["read"] += 1
            except DalizError as refused:
                outcomes["refused"] += refused.text("ru") != refused.key
    assert min(outcomes.values()) > 200
