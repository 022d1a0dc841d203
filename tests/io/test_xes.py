"""XES: exact counts, pairs of start and complete, round trips that lose nothing, hostile files refused."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from logs_help import full_row, gathered, said, taken_in
from lxml import etree

from daliz.errors import BadValue, DalizError, Refused
from daliz.io import xes
from daliz.io.mapping import Mapping

if TYPE_CHECKING:
    from collections.abc import Callable

SHARED = Path(__file__).parents[3] / "shared" / "data"

COUNTS = {
    "event_logs/running-example.xes": (42, 6),
    "remaining_time/test_Helpdesk.xes.gz": (4411, 0),
    "remaining_time/test_SEPSIS.xes.gz": (2936, 0),
    "remaining_time/test_env_permit.xes.gz": (1589, 0),
    "remaining_time/train_val_Helpdesk.xes.gz": (16937, 0),
    "remaining_time/train_val_SEPSIS.xes.gz": (12254, 0),
    "remaining_time/train_val_env_permit.xes.gz": (6988, 0),
}

LOG = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849-2016" xmlns="http://www.xes-standard.org/">
  <extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
  <global scope="event"><string key="concept:name" value="none"/></global>
  <classifier name="by name" scope="event" keys="concept:name lifecycle:transition"/>
  <string key="origin" value="терминал &quot;Қорғас&quot;"><int key="nested" value="3"/></string>
  <trace><string key="concept:name" value="empty one"/></trace>
  <trace>
    <string key="concept:name" value="MSKU1234565"/>
    <date key="deadline" value="2025-03-05T00:00:00.000+05:00"/>
    <list key="seals"><values><string key="seal" value="A1"/><string key="seal" value="A2"/></values></list>
    <event>
      <string key="concept:name" value="customs"/>
      <date key="time:timestamp" value="2025-03-01T09:00:00.000+05:00"/>
      <string key="lifecycle:transition" value="start"/><string key="org:resource" value="Айгүл"/>
    </event>
    <event>
      <string key="concept:name" value="queue"/><date key="time:timestamp" value="2025-03-01T09:30:00+05:00"/>
      <string key="lifecycle:transition" value="schedule"/>
    </event>
    <event>
      <string key="concept:name" value="customs"/>
      <date key="time:timestamp" value="2025-03-01T11:00:00.000+05:00"/>
      <string key="lifecycle:transition" value="complete"/><string key="org:resource" value="Болат"/>
      <float key="cost:total" value="150.5"/><string key="cost:currency" value="KZT"/>
      <container key="check"><boolean key="passed" value="true"/><id key="ref" value="x-1"/></container>
    </event>
    <event>
      <string key="concept:name" value="weigh"/><date key="time:timestamp" value="2025-03-01T12:00:00.000Z"/>
      <string key="lifecycle:transition" value="start"/>
    </event>
  </trace>
  <trace>
    <string key="concept:name" value="MSKU1234565"/>
    <event><string key="concept:name" value="gate"/>
      <date key="time:timestamp" value="2025-03-02T12:00:00.000+06:00"/>
      <id key="identity:id" value="g-1"/></event>
  </trace>
  <trace><event><string key="concept:name" value="gate"/></event></trace>
  <string key="late" value="behind"/>
</log>
"""


def written(tmp_path: Path, text: str, name: str = "log.xes") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode())
    return path


def canonical(path: Path) -> Any:
    """A log as nested tuples: attributes in any order, traces, events and members of lists in theirs."""
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()

    ordered_names = ("values", "trace", "event")

    def one(node: Any) -> Any:
        name = node.tag.rpartition("}")[2]
        attributes = tuple(sorted(node.items()))
        if not len(node):
            return name, attributes, (), ()
        children = [one(child) for child in node if isinstance(child.tag, str)]
        if name == "values":
            return name, attributes, (), tuple(children)
        ordered = tuple(child for child in children if child[0] in ordered_names)
        return name, attributes, tuple(sorted(c for c in children if c[0] not in ordered_names)), ordered

    return one(etree.fromstring(raw))


def events(*inner: str) -> str:
    return "<log><trace><string key='concept:name' value='c'/>" + "".join(inner) + "</trace></log>"


def event(name: str, time: str, life: str = "", more: str = "") -> str:
    life = f"<string key='lifecycle:transition' value='{life}'/>" if life else ""
    named = f"<string key='concept:name' value='{name}'/><date key='time:timestamp' value='{time}'/>"
    return f"<event>{named}{life}{more}</event>"


@pytest.mark.shared
@pytest.mark.parametrize(("name", "count"), COUNTS.items())
def test_every_shared_log_is_read_whole_and_written_back_equal(
    name: str, count: tuple[int, int], tmp_path: Path
) -> None:
    """Each shared log gives its exact number of events, no reject, and an equal log after writing."""
    path = SHARED / name
    assert xes.sniff(path.read_bytes()[:4096], path.name)
    rows, rejects = gathered(xes.read(path))
    assert (len(rows), len(rejects)) == (count[0], 0)
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    assert len(rows) == raw.count(b"<event>")
    if count[1]:
        assert len({row["shipment"] for row in rows}) == count[1]
    out = tmp_path / "back.xes.gz"
    assert xes.write(taken_in(rows), out) == len(rows)
    assert canonical(out) == canonical(path)


@pytest.mark.shared
def test_deadlines_of_the_permit_log_are_on_every_event() -> None:
    """Every event of the permit log carries the deadline of its case."""
    rows, _ = gathered(xes.read(SHARED / "remaining_time/test_env_permit.xes.gz"))
    assert sum(row["deadline"] is not None for row in rows) == 1589
    assert rows[0]["deadline"] == "2011-11-14 01:06:40+01:00"


def test_start_and_complete_are_one_event(tmp_path: Path) -> None:
    """The pair of the example is one row with start and end; a lone start is open, the rest are instants."""
    rows, rejects = gathered(xes.read(written(tmp_path, LOG)))
    assert rejects == []
    shown = [(row["shipment"], row["activity_text"], row["start"], row["end"]) for row in rows]
    case = "MSKU1234565"
    assert shown == [
        (case, "customs", "2025-03-01T09:00:00.000+05:00", "2025-03-01T11:00:00.000+05:00"),
        (case, "queue", None, "2025-03-01T09:30:00+05:00"),
        (case, "weigh", "2025-03-01T12:00:00.000Z", None),
        (case, "gate", None, "2025-03-02T12:00:00.000+06:00"),
        ("log.xes#4", "gate", None, None),
    ]
    assert [row["zone"] for row in rows] == ["+05:00", "+05:00", "Z", "+06:00", None]
    assert (rows[0]["actor"], rows[0]["official_amount"], rows[0]["official_currency"]) == (
        "Болат",
        "150.5",
        "KZT",
    )
    assert {row["deadline"] for row in rows[:3]} == {"2025-03-05T00:00:00.000+05:00"}
    assert rows[3]["log_id"] == "g-1"
    assert rows[0]["locator"] == "trace 2 event 1"


@pytest.mark.parametrize("through", [lambda rows: rows, taken_in], ids=["raw", "events"])
def test_a_log_with_everything_comes_back_equal(tmp_path: Path, through: Callable[..., Any]) -> None:
    """Nested attributes, lists, globals, classifiers, empty and nameless traces, pairs: all stand again."""
    path = written(tmp_path, LOG)
    rows, _ = gathered(xes.read(path))
    out = tmp_path / "out.xes"
    xes.write(through(rows), out)
    assert canonical(out) == canonical(path)
    again, _ = gathered(xes.read(out))
    assert [said(row, "shipment") for row in again] == [said(row, "shipment") for row in rows]


def test_pairs_follow_instances_and_the_oldest_first(tmp_path: Path) -> None:
    """Interleaved activities of one name pair by concept:instance; without one the oldest start closes."""
    one, two = ("<string key='concept:instance' value='%s'/>" % n for n in "12")  # noqa: UP031
    log = events(
        event("a", "2025-01-01T01:00:00Z", "start", one),
        event("a", "2025-01-01T02:00:00Z", "start", two),
        event("a", "2025-01-01T03:00:00Z", "complete", two),
        event("a", "2025-01-01T04:00:00Z", "COMPLETE", one),
        event("b", "2025-01-01T05:00:00Z", "start"),
        event("b", "2025-01-01T06:00:00Z", "start"),
        event("b", "2025-01-01T07:00:00Z", "complete"),
        event("b", "2025-01-01T08:00:00Z", "complete"),
        event("b", "2025-01-01T09:00:00Z", "complete"),
        event("b", "2025-01-01T10:00:00Z", "ate_abort"),
    )
    rows, _ = gathered(xes.read(written(tmp_path, log)))
    hours = [(row["activity_text"], (row["start"] or "")[11:13], (row["end"] or "")[11:13]) for row in rows]
    assert hours == [
        ("a", "01", "04"),
        ("a", "02", "03"),
        ("b", "05", "07"),
        ("b", "06", "08"),
        ("b", "", "09"),
        ("b", "", "10"),
    ]


def test_a_bad_time_rejects_its_event_alone(tmp_path: Path) -> None:
    """An impossible time is a reject with its value, place and attributes; the others are read."""
    log = events(
        event("a", "2025-02-31T01:00:00Z"),
        event("b", "2025-02-28T01:00:00Z"),
        event("c", "yesterday"),
        event("d", "2025-02-28T24:01:00Z"),
    )
    rows, rejects = gathered(xes.read(written(tmp_path, log)))
    assert [row["activity_text"] for row in rows] == ["b"]
    assert [(one.locator, one.column, one.values["value"]) for one in rejects] == [
        ("trace 1 event 1", "end", "2025-02-31T01:00:00Z"),
        ("trace 1 event 3", "end", "yesterday"),
        ("trace 1 event 4", "end", "2025-02-28T24:01:00Z"),
    ]
    assert {one.reason for one in rejects} == {"finding.instant"}
    assert rejects[0].raw["concept:name"] == "a"


def test_a_mapping_names_further_attributes(tmp_path: Path) -> None:
    """Attributes of event and trace fill our columns, constants the rest, and naive times get the zone."""
    log = events(event("a", "2025-02-28T01:00:00", more="<string key='Location' value='Достық'/>"))
    mapping = Mapping({"place_text": "Location"}, {"mode": "rail"}, zone="Asia/Almaty")
    (row,), _ = gathered(xes.read(written(tmp_path, log), mapping))
    assert (row["place_text"], row["mode"], row["zone"]) == ("Достық", "rail", "Asia/Almaty")


def test_batches_are_bounded_in_a_trace_that_never_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One trace of many batches is handed on in pieces, every event once and in order."""
    monkeypatch.setattr("daliz.io.xes.reading.BATCH_ROWS", 1_000)
    count = 2_500
    path = tmp_path / "long.xes"
    with path.open("w") as out:
        out.write(
            "<log><trace><string key='concept:name' value='c'/>"
            + event("open", "2025-01-01T00:00:00Z", "start")
        )
        out.writelines(
            f"<event><int key='n' value='{n}'/><string key='concept:name' value='a'/></event>"
            for n in range(count)
        )
        out.write("</trace></log>")
    batches = list(xes.read(path))
    assert max(batch.rows.height for batch in batches) <= 1_000
    rows, _ = gathered(batches)
    numbers = [
        json.loads(row["extra"])["xes"]["attributes"][0][2] for row in rows if row["activity_text"] == "a"
    ]
    assert numbers == [str(n) for n in range(count)]
    assert sum(row["activity_text"] == "open" for row in rows) == 1


BOMB = (
    "<!DOCTYPE log [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>]>"
    "<log><trace><string key='concept:name' value='&b;'/></trace></log>"
)
OUTSIDE = "<!DOCTYPE log SYSTEM 'file:///etc/passwd'>" + events(event("a", "2025-01-01T00:00:00Z"))


@pytest.mark.parametrize("text", [BOMB, OUTSIDE], ids=["entities", "outside"])
def test_a_document_type_is_refused(tmp_path: Path, text: str) -> None:
    """Entity bombs and references to other files are refused before they are used."""
    with pytest.raises(Refused, match="DOCTYPE"):
        gathered(xes.read(written(tmp_path, text)))


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.99])
def test_a_log_cut_off_is_a_clear_error(tmp_path: Path, cut: float) -> None:
    """A truncated log, plain or packed, names the file and the place."""
    whole = LOG.encode()
    path = tmp_path / "cut.xes"
    path.write_bytes(whole[: int(len(whole) * cut)])
    with pytest.raises(BadValue, match=r"cut\.xes.*XML:\d+"):
        gathered(xes.read(path))
    packed = tmp_path / "cut.xes.gz"
    data = gzip.compress(whole, mtime=0)
    packed.write_bytes(data[: int(len(data) * cut)])
    with pytest.raises(BadValue, match=r"cut\.xes\.gz"):
        gathered(xes.read(packed))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no xml",
        b"<other/>",
        LOG.encode("cp1251", "ignore"),
        LOG.replace("UTF-8", "ASCII").encode(),
        b"\x1f\x8b\x08.",
    ],
    ids=["empty", "text", "root", "cp1251", "ascii", "gzip"],
)
def test_what_is_no_log_is_a_clear_error(tmp_path: Path, raw: bytes) -> None:
    """Empty files, other documents and wrong encodings are refused with the name of the file."""
    path = tmp_path / "strange.xes"
    path.write_bytes(raw)
    with pytest.raises(DalizError, match=r"strange\.xes"):
        gathered(xes.read(path))


def test_a_gzip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file that unpacks without end is stopped by its ratio."""
    monkeypatch.setattr("daliz.io.streams.SMALL_BYTES", 1 << 20)
    path = tmp_path / "bomb.xes.gz"
    one = event("a", "2025-01-01T00:00:00Z")
    path.write_bytes(gzip.compress(("<log><trace>" + one * 60_000).encode()))
    with pytest.raises(Refused, match=r"bomb\.xes\.gz"):
        gathered(xes.read(path))


def test_rows_of_another_origin_come_back_column_for_column(tmp_path: Path) -> None:
    """Every column of ours, `extra` and hostile text among them, survives XES; pairs stay pairs."""
    rows = [
        full_row(1),
        full_row(2, start=None),
        full_row(3, end=None),
        full_row(4, activity=None, zone="Asia/Almaty"),
        full_row(5, place_text=None, extra=None, actor=None, deadline=None),
    ]
    out = tmp_path / "ours.xes"
    assert xes.write(taken_in(rows), out) == 5
    again, rejects = gathered(xes.read(out))
    assert rejects == []
    assert [said(row) for row in again] == [
        said(row) for row in sorted(rows, key=lambda row: row["shipment"])
    ]
    names = [
        node.get("value") for node in etree.parse(out).iterfind(".//{*}event/{*}string[@key='concept:name']")
    ]
    assert len(names) == 8


def test_simulated_events_stay_simulated(tmp_path: Path) -> None:
    """A row of quality simulated says so in the file and hands it to intake when it is read again."""
    out = tmp_path / "simulated.xes"
    xes.write(taken_in([full_row(1, extra=None)], quality="simulated"), out)
    (row,), _ = gathered(xes.read(out))
    assert (row["quality"], row["extra"]) == ("simulated", None)
    foreign, _ = gathered(xes.read(written(tmp_path, LOG)))
    xes.write(taken_in(foreign, quality="simulated"), out)
    assert out.read_text().count('key="daliz:quality" value="simulated"') == 6
    better = Mapping({"quality": "org:resource"}, {"quality": "measured"})
    again, _ = gathered(xes.read(out, better))
    assert [row["quality"] for row in again] == ["simulated"] * 5


def test_two_logs_in_one_file_keep_both_headers(tmp_path: Path) -> None:
    """Rows of two logs are written under the extensions and attributes of both."""
    first, _ = gathered(xes.read(written(tmp_path, LOG)))
    second, _ = gathered(
        xes.read(
            written(
                tmp_path,
                "<log><string key='who' value='other'/>" + events(event("a", "2025-01-01T00:00:00Z"))[5:],
            )
        )
    )
    out = tmp_path / "both.xes"
    assert xes.write([*first, *second], out) == 6
    text = out.read_text()
    assert 'value="other"' in text
    assert "терминал" in text


def test_a_killed_write_leaves_the_old_file(tmp_path: Path) -> None:
    """An error in the middle of writing leaves what was there before, and nothing beside it."""
    out = tmp_path / "old.xes"
    out.write_text("before")

    def failing() -> Any:
        yield full_row(1)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        xes.write(failing(), out)
    assert out.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["old.xes"]


WORDS = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufffe\uffff"),
    min_size=1,
    max_size=12,
)
ATTRIBUTE = st.recursive(
    st.tuples(
        st.sampled_from(["string", "int", "float", "boolean", "id", "date"]), WORDS, WORDS, st.just([])
    ),
    lambda inner: st.tuples(st.just("string"), WORDS, WORDS, st.lists(inner, max_size=3)),
    max_leaves=6,
)


TIMES = st.tuples(
    st.datetimes(dt.datetime(1990, 1, 2), dt.datetime(2099, 1, 1)),  # noqa: DTZ001
    st.sampled_from(["auto", "milliseconds", "microseconds", "seconds"]),
    st.sampled_from(["", "Z", "+00:00", "-00:00", "+05:30", "-03:00"]),
).map(lambda one: one[0].isoformat(timespec=one[1]) + one[2])


def _put(parent: Any, found: Any) -> None:
    kind, key, value, nested = found
    node = etree.SubElement(parent, kind, key="x" + key, value=value)
    for one in nested:
        _put(node, one)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            WORDS,
            st.lists(ATTRIBUTE, max_size=3),
            st.lists(
                st.tuples(
                    st.sampled_from(["a", "b"]),
                    TIMES,
                    st.sampled_from(["start", "complete", "schedule", None]),
                    st.lists(ATTRIBUTE, max_size=3),
                ),
                max_size=6,
            ),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_any_log_comes_back_equal(tmp_path: Path, traces: list[Any]) -> None:
    """Whatever attributes, lives and times a log has, reading and writing give the same log."""
    log = etree.Element("log")
    for name, attributes, happened in traces:
        trace = etree.SubElement(log, "trace")
        etree.SubElement(trace, "string", key="concept:name", value=name)
        for one in attributes:
            _put(trace, one)
        for activity, time, life, more in happened:
            node = etree.SubElement(trace, "event")
            etree.SubElement(node, "string", key="concept:name", value=activity)
            etree.SubElement(node, "date", key="time:timestamp", value=time)
            if life:
                etree.SubElement(node, "string", key="lifecycle:transition", value=life)
            for one in more:
                _put(node, one)
    path = tmp_path / "any.xes"
    path.write_bytes(etree.tostring(log, encoding="utf-8"))
    rows, rejects = gathered(xes.read(path))
    assert rejects == []
    if rows:
        out = tmp_path / "back.xes"
        xes.write(rows, out)
        assert canonical(out) == canonical(path)


@pytest.mark.parametrize(
    ("head", "name", "yes"),
    [
        (LOG.encode(), "a.xes", True),
        (gzip.compress(LOG.encode(), mtime=0), "a.xes.gz", True),
        (LOG.encode(), "a.xml", True),
        (b"<log><object-types/></log>", "a.xml", False),
        (b'{"a": 1}', "a.xes", False),
        (b"", "a.xes", False),
        (b"\xef\xbb\xbf" + LOG.encode(), "a.xes", True),
    ],
)
def test_sniff_knows_xes(head: bytes, name: str, yes: bool) -> None:
    """XES is known by its root and its name, packed or not; OCEL in XML is not taken for it."""
    assert xes.sniff(head, name) is yes
