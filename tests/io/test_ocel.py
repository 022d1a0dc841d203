"""OCEL 2.0: exact counts, one shipment an event, the three forms of one log, hostile databases refused."""

from __future__ import annotations

import gzip
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from logs_help import full_row, gathered, said, taken_in

from daliz.errors import BadValue, DalizError, Refused
from daliz.io import ocel
from daliz.io.mapping import Mapping

if TYPE_CHECKING:
    from daliz.schema import Row

LOGS = Path(__file__).parents[3] / "shared" / "data" / "event_logs"

COUNTS = {
    "ocel20_example.jsonocel": 13,
    "ocel20_example.sqlite": 13,
    "ocel2_container_logistics.sqlite": 8727,
}

LOG: dict[str, Any] = {
    "objectTypes": [
        {
            "name": "Container",
            "attributes": [{"name": "weight", "type": "float"}, {"name": "full", "type": "boolean"}],
        },
        {"name": "Truck", "attributes": []},
        {"name": "Never seen", "attributes": [{"name": "x", "type": "string"}]},
    ],
    "eventTypes": [
        {
            "name": "Load truck",
            "attributes": [{"name": "weigher", "type": "string"}, {"name": "lifts", "type": "integer"}],
        },
        {"name": "Depart", "attributes": []},
    ],
    "objects": [
        {
            "id": "c1",
            "type": "Container",
            "attributes": [
                {"name": "weight", "time": "1970-01-01T00:00:00Z", "value": 2.25},
                {"name": "full", "time": "1970-01-01T00:00:00Z", "value": False},
                {"name": "full", "time": "2025-03-01T10:00:00+05:00", "value": True},
            ],
            "relationships": [
                {"objectId": "t1", "qualifier": "on"},
                {"objectId": "t1", "qualifier": "booked for"},
            ],
        },
        {"id": "c2", "type": "Container", "attributes": [], "relationships": []},
        {"id": "t1", "type": "Truck", "attributes": [], "relationships": []},
        {
            "id": "nobody",
            "type": "Truck",
            "attributes": [],
            "relationships": [{"objectId": "c2", "qualifier": "sees"}],
        },
    ],
    "events": [
        {
            "id": "e1",
            "type": "Load truck",
            "time": "2025-03-01T09:00:00.000+05:00",
            "attributes": [{"name": "weigher", "value": 'Айгүл "А" <1>'}, {"name": "lifts", "value": 2}],
            "relationships": [
                {"objectId": "t1", "qualifier": "onto"},
                {"objectId": "c1", "qualifier": "lifted"},
                {"objectId": "c2", "qualifier": "lifted"},
            ],
        },
        {
            "id": "e2",
            "type": "Depart",
            "time": "2025-03-01T11:00:00Z",
            "attributes": [],
            "relationships": [
                {"objectId": "t1", "qualifier": "departs"},
                {"objectId": "ghost", "qualifier": None},
            ],
        },
        {
            "id": "e3",
            "type": "Depart",
            "time": "2025-03-02T11:00:00Z",
            "attributes": [],
            "relationships": [{"objectId": "c2", "qualifier": "departs"}],
        },
    ],
}


def document(tmp_path: Path, log: object = LOG, name: str = "log.jsonocel") -> Path:
    path = tmp_path / name
    path.write_text(json.dumps(log, ensure_ascii=False), encoding="utf-8")
    return path


def canonical(path: Path) -> Any:
    """A JSON log with absent lists as empty ones and items in order of their ids."""
    raw = path.read_bytes()
    log = json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)
    for key in ("objects", "events"):
        log[key] = sorted(
            (
                {
                    **one,
                    "attributes": one.get("attributes", []),
                    "relationships": one.get("relationships", []),
                }
                for one in log[key]
            ),
            key=lambda one: one["id"],
        )
    for key in ("objectTypes", "eventTypes"):
        log[key] = sorted(log[key], key=lambda one: one["name"])
    return log


def content(path: Path) -> dict[str, list[str]]:
    """Every table of a database: its rows with the columns that are not null."""
    found = {}
    with closing(sqlite3.connect(path)) as base:
        for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            rows = base.execute(f'SELECT * FROM "{name}"')  # noqa: S608
            names = [column[0] for column in rows.description]
            found[name] = sorted(
                repr(sorted((k, v) for k, v in zip(names, row, strict=True) if v is not None)) for row in rows
            )
    return found


@pytest.mark.shared
@pytest.mark.parametrize(("name", "count"), COUNTS.items())
def test_every_shared_log_is_read_whole_and_written_back_equal(name: str, count: int, tmp_path: Path) -> None:
    """Each shared log gives its exact number of events and the same tables or document after writing."""
    path = LOGS / name
    assert ocel.sniff(path.read_bytes()[:4096], path.name)
    rows, rejects = gathered(ocel.read(path))
    assert (len(rows), rejects) == (count, [])
    out = tmp_path / f"back{path.suffix}"
    assert ocel.write(taken_in(rows), out) == count
    if path.suffix == ".sqlite":
        assert content(out) == content(path)
    else:
        assert canonical(out) == canonical(path)


@pytest.mark.shared
def test_events_of_the_container_log_by_container() -> None:
    """Followed by container, each event about several containers is a row for each: the relations counted."""
    path = LOGS / "ocel2_container_logistics.sqlite"
    with closing(sqlite3.connect(path)) as base:
        about, events = base.execute(
            "SELECT count(*), count(DISTINCT ocel_event_id) FROM event_object"
            " JOIN object ON ocel_id = ocel_object_id WHERE ocel_type = 'Container'"
        ).fetchone()
    rows, _ = gathered(ocel.read(path, Mapping(case="Container", zone="Europe/Berlin")))
    assert len(rows) == about + (8727 - events)
    assert {row["zone"] for row in rows} == {"Europe/Berlin"}


def test_the_shipment_is_of_the_type_most_events_are_about(tmp_path: Path) -> None:
    """Two events are about a truck and two about a container: the type declared first is followed."""
    rows, rejects = gathered(ocel.read(document(tmp_path)))
    assert rejects == []
    assert [(row["shipment"], row["activity_text"], row["log_id"]) for row in rows] == [
        ("c1", "Load truck", "e1"),
        ("t1", "Depart", "e2"),
        ("c2", "Depart", "e3"),
    ]
    assert [row["zone"] for row in rows] == ["+05:00", "Z", "Z"]
    assert rows[0]["end"] == "2025-03-01T09:00:00.000+05:00"


def test_a_case_type_gives_a_row_for_each_object_and_one_event_back(tmp_path: Path) -> None:
    """The event about two containers is two rows of one id, and once again one event when written."""
    path = document(tmp_path)
    rows, _ = gathered(ocel.read(path, Mapping(case="Container")))
    assert [(row["shipment"], row["log_id"]) for row in rows] == [
        ("c1", "e1"),
        ("c2", "e1"),
        ("t1", "e2"),
        ("c2", "e3"),
    ]
    out = tmp_path / "out.jsonocel"
    assert ocel.write(rows, out) == 4
    assert canonical(out) == canonical(path)
    with pytest.raises(BadValue, match="Ship"):
        gathered(ocel.read(path, Mapping(case="Ship")))


def test_a_mapping_names_attributes_and_objects(tmp_path: Path) -> None:
    """An event attribute and the related object of a type fill our columns."""
    mapping = Mapping({"actor": "weigher", "unit": "object:Truck"}, {"unit_kind": "truck"})
    rows, _ = gathered(ocel.read(document(tmp_path), mapping))
    assert [(row["actor"], row["unit"], row["unit_kind"]) for row in rows] == [
        ('Айгүл "А" <1>', "t1", "truck"),
        (None, "t1", "truck"),
        (None, None, "truck"),
    ]


@pytest.mark.parametrize("name", ["o.jsonocel", "o.json.gz", "o.xmlocel", "o.xml.gz", "o.sqlite"])
def test_one_log_in_every_form(tmp_path: Path, name: str) -> None:
    """Types, objects, changes, relations, qualifiers and typed values survive each form and the way back."""
    path = document(tmp_path)
    rows, _ = gathered(ocel.read(path))
    out = tmp_path / name
    assert ocel.write(taken_in(rows), out) == 3
    assert ocel.sniff(out.read_bytes()[:4096], name)
    again, rejects = gathered(ocel.read(out))
    assert rejects == []
    assert [said(row, "extra") for row in again] == [said(row, "extra") for row in rows]
    back = tmp_path / "back.jsonocel"
    ocel.write(again, back)
    wanted, found = canonical(path), canonical(back)
    if name == "o.sqlite":  # SQLite has no truth values
        found = json.loads(
            json.dumps(found)
            .replace('"value": 0}', '"value": false}')
            .replace('"value": 1}', '"value": true}')
        )
    assert found == wanted


def test_rows_of_another_origin_come_back_column_for_column(tmp_path: Path) -> None:
    """Every column of ours survives each form; objects made for them leave no trace."""
    rows = [
        full_row(1),
        full_row(2, start=None),
        full_row(3, end=None, extra=None),
        full_row(4, unit=None, unit_kind=None),
    ]
    for name in ("o.jsonocel", "o.xmlocel", "o.sqlite"):
        out = tmp_path / name
        assert ocel.write(taken_in(rows), out) == 4
        again, rejects = gathered(ocel.read(out))
        assert rejects == []
        assert [said(row) for row in again] == [said(row) for row in rows], name
    log = json.loads((tmp_path / "o.jsonocel").read_text(encoding="utf-8"))
    assert {one["type"] for one in log["objects"]} == {"Shipment", "Container", "Consignment", "Place"}
    assert [link["qualifier"] for link in log["events"][0]["relationships"]] == [
        "shipment",
        "unit",
        "consignment",
        "place",
    ]


def test_simulated_events_stay_simulated(tmp_path: Path) -> None:
    """A row of quality simulated says so in the file and hands it to intake when it is read again."""
    out = tmp_path / "o.jsonocel"
    ocel.write(taken_in([full_row(1, extra=None)], quality="simulated"), out)
    (row,), _ = gathered(ocel.read(out))
    assert (row["quality"], row["extra"]) == ("simulated", None)
    foreign, _ = gathered(ocel.read(document(tmp_path)))
    for name in ("o.jsonocel", "o.xmlocel", "o.sqlite"):
        ocel.write(taken_in(foreign, quality="simulated"), tmp_path / name)
        again, _ = gathered(
            ocel.read(tmp_path / name, Mapping({"quality": "weigher"}, {"quality": "measured"}))
        )
        assert [row["quality"] for row in again] == ["simulated"] * 3


def test_one_id_for_two_events_is_told_apart(tmp_path: Path) -> None:
    """Two logs that both have an event e1 are written with two ids."""
    rows, _ = gathered(ocel.read(document(tmp_path)))
    out = tmp_path / "both.jsonocel"
    assert ocel.write([*rows, *rows], out) == 6
    ids = [one["id"] for one in json.loads(out.read_text(encoding="utf-8"))["events"]]
    assert ids == ["e1", "e2", "e3", "e1#2", "e2#2", "e3#2"]


def broken(**changed: object) -> dict[str, Any]:
    log = json.loads(json.dumps(LOG))
    log["events"][1] = {**log["events"][1], **changed}
    return log


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        (broken(time="2025-02-31T11:00:00Z"), "finding.instant"),
        (broken(time="soon"), "finding.instant"),
        (broken(id=7), "finding.log_shape"),
        (broken(type=None), "finding.log_shape"),
        (broken(attributes=["weigher"]), "finding.log_shape"),
        ({**LOG, "events": [*LOG["events"], "e4"]}, "finding.log_shape"),
        ({**LOG, "objects": [*LOG["objects"], {"id": "c1", "type": "Truck"}]}, "finding.log_shape"),
    ],
)
def test_what_does_not_fit_is_rejected_alone(tmp_path: Path, log: object, reason: str) -> None:
    """A bad time, a missing id or type, a second object of one id: one reject, the rest is read."""
    rows, rejects = gathered(ocel.read(document(tmp_path, log)))
    assert [one.reason for one in rejects] == [reason]
    total = len(log["events"]) if isinstance(log, dict) else 0
    extra_objects = len(log["objects"]) - len(LOG["objects"]) if isinstance(log, dict) else 0
    assert len(rows) + len(rejects) == total + extra_objects
    json.dumps(rejects[0].raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        b'{"objects": []}',
        b'{"ocel:global-log": {}, "ocel:events": {}}',
        b"{" * 100_000,
        b'{"events":' + b"[" * 200_000,
        json.dumps(LOG).encode()[:-200],
        json.dumps(LOG).encode() + b"x",
        json.dumps(LOG, ensure_ascii=False).encode("cp1251", "replace"),
        json.dumps(LOG).encode("utf-16"),
        gzip.compress(json.dumps(LOG).encode(), mtime=0)[:-20],
        b"<log/>",
        b"<html></html>",
        b"<log><object-types/><event-types/><objects/><events><event id='a'",
        b"SQLite format 3\x00",
        b"SQLite format 3\x00" + b"\x10\x00\x01\x01\x00" + bytes(range(256)) * 40,
    ],
)
def test_what_is_no_log_is_a_clear_error(tmp_path: Path, raw: bytes) -> None:
    """Empty, cut off, nested without end, of another version or encoding: an error that names the file."""
    path = tmp_path / "strange.ocel"
    path.write_bytes(raw)
    with pytest.raises(DalizError, match=r"strange\.ocel"):
        gathered(ocel.read(path))


def test_an_xml_document_type_is_refused(tmp_path: Path) -> None:
    """An entity bomb is refused before it is used."""
    path = tmp_path / "bomb.xmlocel"
    path.write_text("<!DOCTYPE log [<!ENTITY a 'aaaa'>]><log><objects>&a;</objects><events/></log>")
    with pytest.raises(Refused, match="DOCTYPE"):
        gathered(ocel.read(path))


def database(tmp_path: Path) -> Path:
    rows, _ = gathered(ocel.read(document(tmp_path)))
    path = tmp_path / "log.sqlite"
    ocel.write(rows, path)
    return path


@pytest.mark.parametrize(
    "table", ["event", "object", "event_object", "event_map_type", "object_Container", "event_Depart"]
)
def test_a_database_without_a_table_says_which(tmp_path: Path, table: str) -> None:
    """A missing table is named."""
    path = database(tmp_path)
    with closing(sqlite3.connect(path)) as base:
        base.execute(f"DROP TABLE {table}")
    with pytest.raises(BadValue, match=table):
        gathered(ocel.read(path))


def test_a_database_with_swapped_columns_is_rejected_row_by_row(tmp_path: Path) -> None:
    """Times that are words are rejects of their events; the others are read."""
    path = database(tmp_path)
    with closing(sqlite3.connect(path)) as base:
        base.execute("UPDATE event_Depart SET ocel_time = 'Depart'")
        base.commit()
    rows, rejects = gathered(ocel.read(path))
    assert (len(rows), [one.reason for one in rejects]) == (1, ["finding.instant"] * 2)


@pytest.mark.parametrize(
    "trap",
    [
        (
            "CREATE VIEW event AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
            "SELECT i AS ocel_id, 'x' AS ocel_type FROM n"
        ),
        "CREATE VIRTUAL TABLE event USING fts5(ocel_id, ocel_type)",
    ],
    ids=["view", "virtual"],
)
def test_a_database_that_is_a_trap_is_refused(tmp_path: Path, trap: str) -> None:
    """A view that never ends and a virtual table are no tables of a log."""
    path = database(tmp_path)
    with closing(sqlite3.connect(path)) as base:
        base.execute("DROP TABLE event")
        base.execute(trap)
    with pytest.raises(BadValue, match="event"):
        gathered(ocel.read(path))


def test_reading_a_database_leaves_it_as_it_was(tmp_path: Path) -> None:
    """Not a byte of the file changes and nothing appears beside it."""
    path = database(tmp_path)
    before, beside = path.read_bytes(), sorted(tmp_path.iterdir())
    gathered(ocel.read(path))
    assert (path.read_bytes(), sorted(tmp_path.iterdir())) == (before, beside)


def test_a_document_in_many_pieces_is_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However small the pieces read, values that lie over their edges come out whole, batches bounded."""
    rows, _ = gathered(ocel.read(document(tmp_path)))
    monkeypatch.setattr("daliz.io.ocel.documents._CHUNK", 7)
    monkeypatch.setattr("daliz.io.ocel.reading.BATCH_ROWS", 1)
    batches = list(ocel.read(document(tmp_path)))
    assert gathered(batches)[0] == rows
    assert max(batch.rows.height for batch in batches) == 1


WORDS = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufffe\uffff"),
    min_size=1,
    max_size=8,
)
VALUES = st.one_of(
    WORDS, st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False), st.booleans()
)
TIMES = st.datetimes().map(lambda at: at.isoformat() + "Z")


@st.composite
def logs(draw: st.DrawFn) -> Row:
    ids = draw(st.lists(WORDS, min_size=1, max_size=5, unique=True))
    links = st.lists(st.tuples(st.sampled_from(ids), WORDS), max_size=3)
    kinds = draw(st.lists(WORDS, min_size=1, max_size=3, unique=True))
    names = draw(st.lists(WORDS, min_size=1, max_size=3, unique=True))

    def related() -> list[Row]:
        return [{"objectId": key, "qualifier": word} for key, word in draw(links)]

    def attributes(*, timed: bool) -> list[Row]:
        listed = draw(
            st.lists(st.tuples(st.sampled_from(names), VALUES), max_size=3, unique_by=lambda one: one[0])
        )
        return [{"name": n, **({"time": draw(TIMES)} if timed else {}), "value": v} for n, v in listed]

    types = [{"name": kind, "attributes": [{"name": n, "type": "string"} for n in names]} for kind in kinds]
    return {
        "objectTypes": types,
        "eventTypes": types,
        "objects": [
            {
                "id": key,
                "type": draw(st.sampled_from(kinds)),
                "attributes": attributes(timed=True),
                "relationships": related(),
            }
            for key in ids
        ],
        "events": [
            {
                "id": f"e{n}",
                "type": draw(st.sampled_from(kinds)),
                "time": draw(TIMES),
                "attributes": attributes(timed=False),
                "relationships": related(),
            }
            for n in range(draw(st.integers(1, 4)))
        ],
    }


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(logs())
def test_any_log_comes_back_equal_and_survives_sqlite(tmp_path: Path, log: Row) -> None:
    """Any JSON log is equal after writing; through SQLite all events and objects keep their ids."""
    path = document(tmp_path, log)
    rows, rejects = gathered(ocel.read(path))
    assert rejects == []
    out = tmp_path / "back.jsonocel"
    ocel.write(rows, out)
    assert canonical(out) == canonical(path)
    ocel.write(rows, tmp_path / "through.sqlite")
    again, rejects = gathered(ocel.read(tmp_path / "through.sqlite"))
    assert rejects == []
    assert [(r["log_id"], r["activity_text"], r["end"]) for r in again] == [
        (r["log_id"], r["activity_text"], r["end"]) for r in rows
    ]
    with closing(sqlite3.connect(tmp_path / "through.sqlite")) as base:
        found = {key for (key,) in base.execute("SELECT ocel_id FROM object")}
    assert found == {one["id"] for one in log["objects"]}


@pytest.mark.parametrize(
    ("head", "name", "yes"),
    [
        (b"SQLite format 3\x00", "x", True),
        (b'{"objectTypes": []}', "x.json", True),
        (b"{}", "x.jsonocel", True),
        (b'{"type": "EPCISDocument"}', "x.json", False),
        (b"<log><object-types>", "x.xml", True),
        (b"<log><trace>", "x.xes", False),
        (gzip.compress(b'{"eventTypes": []}', mtime=0), "x.json.gz", True),
        (b"a,b", "x.csv", False),
    ],
)
def test_sniff_knows_ocel(head: bytes, name: str, yes: bool) -> None:
    """OCEL is known by its content in each form, packed or not, of either version."""
    assert ocel.sniff(head, name) is yes
