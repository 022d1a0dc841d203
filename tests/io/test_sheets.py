"""Tables of events: exact counts, mappings, dates, numbers, encodings, the CPMM form, the published table."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
import zipfile
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from logs_help import full_row, gathered, said, taken_in

import daliz
from daliz.errors import AmbiguousPlace, BadValue, DalizError, Refused, UnknownPlace
from daliz.i18n import LANGUAGES, catalogue, text
from daliz.io import ocel, sheets, xes
from daliz.io.mapping import Mapping, load
from daliz.io.sheets.form import COLUMNS
from daliz.io.sheets.writing import guarded
from daliz.schema import load_folder, table

LOGS = Path(__file__).parents[3] / "shared" / "data" / "event_logs"

CODES = [
    {
        "code": "customs_clearance",
        "name_en": "Customs clearance",
        "name_ru": "Таможенное оформление",
        "name_kk": "Кедендік рәсімдеу",
    },
    {
        "code": "waiting_queue",
        "name_en": "Waiting in the queue",
        "name_ru": "Ожидание в очереди",
        "name_kk": "Кезек күту",
    },
]
PLACES = [
    {"name_en": "Khorgos", "name_ru": "Хоргос", "name_kk": "Қорғас"},
    {"name_en": "=Dostyk", "name_ru": "=Достык", "name_kk": "=Достық"},
]


def local(*parts: int) -> dt.datetime:
    return dt.datetime(*parts)  # noqa: DTZ001


def lines(tmp_path: Path, *rows: str, name: str = "log.csv", encoding: str = "utf-8") -> Path:
    path = tmp_path / name
    path.write_bytes("\n".join(rows).encode(encoding))
    return path


def book(path: Path, *rows: list[object], merge: tuple[int, int, int, int] | None = None) -> Path:
    with xlsxwriter.Workbook(path) as out:
        sheet = out.add_worksheet("Рейсы")
        day = out.add_format({"num_format": "dd.mm.yyyy hh:mm"})
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, dt.datetime | dt.date | dt.time):
                    sheet.write_datetime(at, column, cell, day)
                elif cell is not None:
                    sheet.write(at, column, cell)
        if merge:
            sheet.merge_range(*merge, rows[merge[0]][merge[1]])
    return path


# -- tables


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "count", "cases", "offsets"),
    [
        ("receipt.parquet", 8577, 1434, {None}),
        ("roadtraffic100traces.csv", 390, 100, {"+01:00", "+02:00"}),
        ("interval_event_log.csv", 8109, 1266, {"+00:00"}),
    ],
)
def test_every_shared_table_is_read_whole(
    name: str, count: int, cases: int, offsets: set[str | None], tmp_path: Path
) -> None:
    """Each shared table gives its exact rows and cases, as polars counts them, and the same after writing."""
    path = LOGS / name
    assert sheets.sniff(path.read_bytes()[:4096], path.name)
    rows, rejects = gathered(sheets.read(path))
    assert (len(rows), rejects) == (count, [])
    frame = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema=False)
    assert (frame.height, frame["case:concept:name"].n_unique()) == (count, cases)
    assert len({row["shipment"] for row in rows}) == cases
    assert {row["zone"] for row in rows} == offsets
    for form in ("back.csv", "back.parquet"):
        out = tmp_path / form
        assert sheets.write(taken_in(rows), out) == count
        again, rejects = gathered(sheets.read(out))
        assert rejects == []
        assert [said(row, "extra") for row in again] == [said(row, "extra") for row in rows]


@pytest.mark.shared
def test_the_permit_log_in_columns_keeps_its_types_and_its_local_times(tmp_path: Path) -> None:
    """Naive times stay without zone, deadlines are there, Parquet gives carried columns their types back."""
    path = LOGS / "receipt.parquet"
    rows, _ = gathered(sheets.read(path))
    assert rows[0]["end"] == "2011-10-11T13:45:40.276000"
    assert sum(row["deadline"] is not None for row in rows) == 8577
    zoned, _ = gathered(sheets.read(path, Mapping(zone="Europe/Amsterdam")))
    assert {row["zone"] for row in zoned} == {"Europe/Amsterdam"}
    out = tmp_path / "back.parquet"
    sheets.write(rows, out)
    was, now = pl.read_parquet(path), pl.read_parquet(out)
    carried = [name for name in was.columns if name in now.columns]
    assert len(carried) == 10
    for name in carried:
        assert was[name].cast(now[name].dtype).to_list() == now[name].to_list(), name
    assert now["case:enddate"].dtype == pl.Datetime("us")


def test_dates_and_numbers_as_people_write_them(tmp_path: Path) -> None:
    """31.12.2025 14:05, decimal commas, thin spaces and empty cells come out as ISO and plain numbers."""
    path = lines(
        tmp_path,
        "Shipment;Activity;Start;End;Tonnes;Official amount",
        "1;a;31.12.2025 14:05;01.01.2026;1 234,5;12\u2009000",
        "2;a;2025-12-31 14:05:06.5+05:00;2026-01-01T00:00Z;20,5;-1.5e3",
        "3;a;;1.2.2026 7:30:15;;1'234,75",
    )
    rows, rejects = gathered(sheets.read(path))
    assert rejects == []
    assert [(row["start"], row["end"]) for row in rows] == [
        ("2025-12-31T14:05:00", "2026-01-01"),
        ("2025-12-31T14:05:06.5+05:00", "2026-01-01T00:00Z"),
        (None, "2026-02-01T07:30:15"),
    ]
    assert [(row["tonnes"], row["official_amount"]) for row in rows] == [
        ("1234.5", "12000"),
        ("20.5", "-1.5e3"),
        (None, "1234.75"),
    ]
    assert [row["zone"] for row in rows] == [None, "Z", None]


def test_what_does_not_fit_is_rejected_with_its_row_and_reason(tmp_path: Path) -> None:
    """Impossible and ambiguous dates and numbers, ragged and unclosed rows: each row is counted once."""
    path = lines(
        tmp_path,
        "case,activity,end,tonnes,teu",
        "1,a,31.02.2025,1,1",
        "2,a,03/04/2025,1,1",
        '3,a,2025-01-01,"1,234",1',
        "4,a,2025-01-01,heavy,1",
        "5,a,2025-01-01,1",
        "6,a,2025-01-01,1,1,1",
        '7,"a,2025-01-01,1,1',
        "8,a,2025-01-01T25:00,1,1",
        "9,b,2025-01-01T23:59:59,1,1",
        "",
        '10,"b ""quoted"", and long',
        'over two lines",2025-01-02,2,2',
    )
    rows, rejects = gathered(sheets.read(path))
    assert [
        (one.locator, one.column, one.reason) for one in sorted(rejects, key=lambda one: int(one.locator[4:]))
    ] == [
        ("row 2", "end", "finding.instant"),
        ("row 3", "end", "finding.instant_order"),
        ("row 4", "tonnes", "finding.number_comma"),
        ("row 5", "tonnes", "finding.number"),
        ("row 6", "", "finding.ragged"),
        ("row 7", "", "finding.ragged"),
        ("row 8", "", "finding.quote"),
        ("row 9", "end", "finding.instant"),
    ]
    assert [(row["shipment"], row["locator"]) for row in rows] == [("9", "row 10"), ("10", "row 12")]
    assert rows[1]["activity_text"] == 'b "quoted", and long\nover two lines'
    assert next(one for one in rejects if one.reason == "finding.instant").raw["case"] == "1"


def test_a_mapping_tells_columns_constants_dates_and_clock(tmp_path: Path) -> None:
    """A YAML mapping fills our columns from theirs, a constant, a format of dates, the clock and the sign."""
    path = lines(tmp_path, "Рейс|Что|Когда|Вес", "7|Весы|12/31/2025 2:05 PM|1,234", encoding="cp1251")
    told = tmp_path / "map.yaml"
    told.write_text(
        "columns: {shipment: Рейс, activity_text: Что, end: Когда, tonnes: Вес}\n"
        "constants: {mode: road, source: scales-2}\nzone: Asia/Almaty\n"
        "dates: ['%m/%d/%Y %I:%M %p']\ndecimal: '.'\ndelimiter: '|'\nencoding: cp1251\n",
        encoding="utf-8",
    )
    (row,), rejects = gathered(sheets.read(path, load(told)))
    assert rejects == []
    assert said(row) == {
        "shipment": "7",
        "activity_text": "Весы",
        "end": dt.datetime(2025, 12, 31, 14, 5, tzinfo=dt.UTC),
        "tonnes": 1234.0,
        "mode": "road",
        "source": "scales-2",
        "zone": "Asia/Almaty",
    }


@pytest.mark.parametrize(
    ("yaml", "names"),
    [
        ("columns: {colour: x}", "colour"),
        ("constants: {extra: x}", "extra"),
        ("decimal: ';'", "decimal"),
        ("delimiter: ab", "delimiter"),
        ("- a", "map.yaml"),
        ("a: [", "map.yaml"),
        ("cols: {}", "cols"),
        ("columns: x", "columns"),
        ("dates: 7", "dates"),
        ("zone: 5", "zone"),
    ],
)
def test_a_mapping_that_means_nothing_is_refused(tmp_path: Path, yaml: str, names: str) -> None:
    """What a mapping cannot mean is named in a clear error."""
    told = tmp_path / "map.yaml"
    told.write_text(yaml)
    with pytest.raises(BadValue, match=names):
        load(told)


@pytest.mark.parametrize(
    ("header", "mapping", "names"),
    [
        ("a,b,c", Mapping(), "shipment"),
        ("case,b,time:timestamp", Mapping(), "activity"),
        ("case,task,c", Mapping(), "end"),
        ("case,task,end", Mapping({"actor": "Who"}), "Who"),
    ],
)
def test_a_table_without_what_is_needed_says_what_it_has(
    tmp_path: Path, header: str, mapping: Mapping, names: str
) -> None:
    """The error names our column and lists the columns of the file."""
    with pytest.raises(BadValue, match=names) as caught:
        gathered(sheets.read(lines(tmp_path, header, "1,2,3"), mapping))
    assert header.split(",", maxsplit=1)[0] in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
def test_encodings_of_the_region_are_recognised(tmp_path: Path, encoding: str) -> None:
    """UTF-8 with and without its mark, Windows-1251 and UTF-16 give the same Russian words."""
    path = lines(
        tmp_path, "case;activity;end", "1;Ожидание в очереди — ворота №2;2025-01-01", encoding=encoding
    )
    (row,), _ = gathered(sheets.read(path))
    assert row["activity_text"] == "Ожидание в очереди — ворота №2"


def test_an_unknown_encoding_is_refused_with_row_and_byte(tmp_path: Path) -> None:
    """Latin-1 is not taken for Cyrillic: the error gives the row and the byte in the file."""
    path = lines(
        tmp_path, "case,activity,end", "1,gate,2025-01-01", "2,Übergabe café,2025-01-01", encoding="latin-1"
    )
    with pytest.raises(BadValue, match=r"row 3.*number 39"):
        gathered(sheets.read(path))
    assert path.read_bytes()[38:39] == b"\xdc"


def test_a_damaged_byte_rejects_its_row_alone(tmp_path: Path) -> None:
    """One broken letter in a UTF-8 table: its row is rejected with the byte, the others are read."""
    path = tmp_path / "log.csv"
    path.write_bytes(
        "case,activity,end\n1,қақпа,2025-01-01\n2,қ".encode() + b"\xff" + b",2025-01-01\n3,a,2025-01-01"
    )
    rows, rejects = gathered(sheets.read(path))
    assert [row["shipment"] for row in rows] == ["1", "3"]
    assert [(one.locator, one.reason, one.values) for one in rejects] == [
        ("row 3", "finding.bytes", {"byte": 5})
    ]
    json.dumps(rejects[0].raw)


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, sign: str) -> None:
    """Commas, semicolons, tabs and bars are found in the header, other signs within quotes left alone."""
    path = lines(
        tmp_path,
        sign.join(["case", '"activity, or; so"', "end", "task"]),
        sign.join(["1", "x", "2025-01-01", "a"]),
    )
    (row,), _ = gathered(sheets.read(path))
    assert row["activity_text"] == "a"
    assert json.loads(row["extra"]) == {"columns": {"activity, or; so": "x"}}


def test_starts_and_completes_in_rows_are_one_event(tmp_path: Path) -> None:
    """Starts and completes pair by case, activity and instance; a lone start stays open."""
    header = (
        "case:concept:name,concept:name,time:timestamp,lifecycle:transition,concept:instance,org:resource"
    )
    path = lines(
        tmp_path,
        header,
        "1,a,2025-01-01T01:00Z,start,x,Ann",
        "2,a,2025-01-01T02:00Z,complete,,",
        "1,a,2025-01-01T03:00Z,start,y,Bob",
        "1,a,2025-01-01T04:00Z,complete,y,Cid",
        "1,a,2025-01-01T05:00Z,complete,x,Ann",
        "3,b,2025-01-01T06:00Z,start,,",
    )
    rows, rejects = gathered(sheets.read(path))
    assert rejects == []
    assert [
        (row["shipment"], (row["start"] or "")[11:13], (row["end"] or "")[11:13], row["actor"])
        for row in rows
    ] == [
        ("2", "", "02", None),
        ("1", "03", "04", "Cid"),
        ("1", "01", "05", "Ann"),
        ("3", "06", "", None),
    ]
    begin = json.loads(rows[1]["extra"])["begin"]
    assert (begin["locator"], begin["actor"]) == ("row 4", "Bob")
    frame = pl.read_csv(path).with_columns(
        pl.col("time:timestamp").str.to_datetime("%Y-%m-%dT%H:%MZ", time_zone="UTC")
    )
    frame.write_parquet(tmp_path / "log.parquet")
    typed, _ = gathered(sheets.read(tmp_path / "log.parquet"))
    assert [said(row, "extra", "zone") for row in typed] == [said(row, "extra", "zone") for row in rows]


def test_typed_instants_stay_typed(tmp_path: Path) -> None:
    """Parquet instants with a zone come as UTC microseconds, the zone beside; dates and floats as text."""
    frame = pl.DataFrame(
        {
            "case": [1, 2],
            "task": ["a", None],
            "end": [dt.datetime(2025, 1, 1, 12, tzinfo=dt.UTC), None],
            "deadline": [dt.date(2025, 2, 1), None],
            "tonnes": [20.5, float("nan")],
            "teu": [2, None],
            "price": [1.5, None],
            "ok": [True, False],
            "list": [[1, 2], []],
            "blob": [b"\x01", None],
        },
        schema_overrides={"end": pl.Datetime("ms", "UTC")},
    ).with_columns(pl.col("end").dt.convert_time_zone("Asia/Almaty"))
    path = tmp_path / "log.parquet"
    frame.write_parquet(path)
    (batch,) = sheets.read(path)
    assert batch.rows.schema["end"] == pl.Datetime("us", "UTC")
    first, second = batch.rows.to_dicts()
    assert first["end"] == dt.datetime(2025, 1, 1, 12, tzinfo=dt.UTC)
    assert (first["shipment"], first["zone"], first["deadline"], first["tonnes"], first["teu"]) == (
        "1",
        "Asia/Almaty",
        "2025-02-01",
        "20.5",
        "2",
    )
    assert (second["tonnes"], second["teu"], second["activity_text"]) == (None, None, None)
    assert json.loads(first["extra"])["columns"] == {"price": 1.5, "ok": True, "list": [1, 2], "blob": "01"}


def test_columns_without_a_value_are_not_carried(tmp_path: Path) -> None:
    """Empty cells leave no member in `extra`, whatever quotes and commas the others hold."""
    path = lines(
        tmp_path,
        'case,task,end,a,b,"c"",d"',
        '1,x,2025-01-01,,"y"",""b"":null",',
        "2,x,2025-01-01,,,",
        "3,x,2025-01-01,,,z",
    )
    rows, _ = gathered(sheets.read(path))
    extras = [row["extra"] and json.loads(row["extra"]) for row in rows]
    assert extras == [{"columns": {"b": 'y","b":null'}}, None, {"columns": {'c",d': "z"}}]


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"", "a.csv"),
        (b"PAR1junkjunkPAR1", "a.parquet"),
        (b"PAR1", "a.parquet"),
        (b"PK\x03\x04junk", "a.xlsx"),
        (gzip.compress(b"case,task,end\n1,a,2025-01-01\n" * 50, mtime=0)[:-9], "a.csv.gz"),
        (bytes(range(256)) * 40, "a.csv"),
    ],
)
def test_what_is_no_table_is_a_clear_error(tmp_path: Path, raw: bytes, name: str) -> None:
    """Empty, cut off or other files are refused with their name."""
    path = tmp_path / name
    path.write_bytes(raw)
    with pytest.raises(DalizError, match=r"a\.\w+"):
        gathered(sheets.read(path))


def test_a_parquet_file_cut_off_is_a_clear_error(tmp_path: Path) -> None:
    """Without its foot, and with a damaged middle, a Parquet file is refused."""
    path = tmp_path / "log.parquet"
    pl.DataFrame({"case": ["1"] * 9000, "task": ["a"] * 9000, "end": ["2025-01-01"] * 9000}).write_parquet(
        path
    )
    whole = path.read_bytes()
    for raw in (whole[: len(whole) // 2], whole[:40] + b"\xff" * 40 + whole[80:]):
        path.write_bytes(raw)
        with pytest.raises(BadValue, match=r"log\.parquet"):
            gathered(sheets.read(path))


def test_swapped_columns_end_in_rejects(tmp_path: Path) -> None:
    """When time and activity have changed places every row is rejected for its time."""
    path = lines(tmp_path, "case,end,activity", "1,queue,2025-01-01", "2,gate,2025-01-02")
    rows, rejects = gathered(sheets.read(path))
    assert (rows, [one.reason for one in rejects]) == ([], ["finding.instant"] * 2)


def test_an_excel_bomb_is_refused(tmp_path: Path) -> None:
    """A workbook that unpacks beyond all measure is refused before it is opened."""
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (80 << 20))
    with pytest.raises(Refused, match=r"bomb\.xlsx"):
        gathered(sheets.read(path))


def test_an_excel_table_is_read_by_its_header(tmp_path: Path) -> None:
    """A workbook of events with typed dates and numbers is read as a table."""
    path = book(
        tmp_path / "log.xlsx",
        ["case", "activity", "start", "tonnes", "lane"],
        [17, "gate", local(2025, 3, 1, 9, 30), 20.5, "A"],
        [None] * 5,
        ["18", "gate", "31.02.2025", 1, None],
    )
    (row,), (reject,) = gathered(sheets.read(path))
    assert (row["shipment"], row["start"], row["tonnes"]) == ("17", "2025-03-01T09:30:00", "20.5")
    assert json.loads(row["extra"]) == {"columns": {"lane": "A"}}
    assert (reject.locator, reject.reason) == ("row 4", "finding.instant")


# -- writing


def test_rows_go_through_every_format_and_back(tmp_path: Path) -> None:
    """CSV, XES, OCEL in three forms, Parquet and CSV again: every column of ours and `extra` is the same."""
    rows = [full_row(n) for n in range(1, 4)] + [
        full_row(4, start=None, unit=None, unit_kind=None, extra=None)
    ]
    flow = rows
    for name, module in (
        ("1.csv", sheets),
        ("2.xes", xes),
        ("3.jsonocel", ocel),
        ("4.xmlocel", ocel),
        ("5.sqlite", ocel),
        ("6.parquet", sheets),
        ("7.xes.gz", xes),
        ("8.csv.gz", sheets),
    ):
        path = tmp_path / name
        assert module.write(taken_in(flow), path) == 4
        flow, rejects = gathered(module.read(path))
        assert rejects == []
        assert [said(row, "extra") for row in flow] == [said(row, "extra") for row in rows], name
        extras = [row["extra"] and json.loads(row["extra"]) for row in flow]
        assert extras == [row["extra"] and json.loads(row["extra"]) for row in rows], name


@pytest.mark.parametrize("name", ["o.csv", "o.parquet"])
def test_simulated_and_retracted_rows_say_so(tmp_path: Path, name: str) -> None:
    """Quality and status other than the usual ones are in the file and reach intake through `extra`."""
    rows = taken_in([full_row(1, extra=None)], quality="simulated", status="retracted")
    sheets.write(rows, tmp_path / name)
    (row,), _ = gathered(sheets.read(tmp_path / name))
    assert row["quality"] == "simulated"
    assert json.loads(row["extra"]) == {"daliz": {"status": "retracted"}}
    sheets.write([row], tmp_path / name)
    (again,), _ = gathered(sheets.read(tmp_path / name))
    assert said(again) == said(row)


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    """No cell of a CSV begins like a formula unless it is a number or an offset; reading restores it."""
    evil = ["=1+1", "+cmd", "-x", "@sum", "\tx", "'=1", "''+a", "-5", "+05:00", "'quoted'"]
    rows = [full_row(1, actor=word, place_text=word, extra=None) for word in evil]
    path = tmp_path / "o.csv"
    sheets.write(rows, path)
    with path.open(encoding="utf-8-sig", newline="") as source:
        cells = [cell for line in csv.reader(source) for cell in line]
    assert {cell for cell in cells if cell[:1] in "=+-@\t\r" and cell} == {"-5", "+05:00"}
    again, _ = gathered(sheets.read(path))
    assert [row["actor"] for row in again] == [word.strip() for word in evil]


@given(st.text(max_size=6))
def test_guarding_can_be_undone(word: str) -> None:
    """Whatever a cell holds, what reading takes off is what writing put before it."""
    import re

    assert re.sub(r"^'('*[=+\-@\t\r])", r"\1", guarded(word)) == word or word.startswith("'")
    assert re.sub(r"^'('*[=+\-@\t\r])", r"\1", guarded(word)) == word or guarded(word) == word


CELL = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=8).map(str.strip)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.dictionaries(st.sampled_from(["place_text", "actor", "service", "log_id"]), CELL),
        min_size=1,
        max_size=5,
    )
)
def test_any_text_survives_csv_and_parquet(tmp_path: Path, told: list[dict[str, str]]) -> None:
    """Any words in our text columns are the same after CSV and after Parquet."""
    rows = [full_row(1, **{name: word or None for name, word in row.items()}) for row in told]
    for name in ("o.csv", "o.parquet"):
        sheets.write(rows, tmp_path / name)
        again, rejects = gathered(sheets.read(tmp_path / name))
        assert rejects == []
        assert [said(row) for row in again] == [said(row) for row in rows]


def test_carried_columns_that_do_not_fit_stay_in_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A value that the column made by the first batch cannot hold is kept, not lost."""
    monkeypatch.setattr("daliz.io.sheets.writing.BATCH_ROWS", 1)
    extras = [
        {"columns": {"n": 1, "source": "theirs"}},
        {"columns": {"n": "many", "new": [1]}},
        {"text": "x"},
    ]
    rows = [full_row(n, extra=json.dumps(extra)) for n, extra in enumerate(extras, start=1)]
    sheets.write(rows, tmp_path / "o.parquet")
    again, _ = gathered(sheets.read(tmp_path / "o.parquet"))
    assert [json.loads(row["extra"]) for row in again] == extras
    assert pl.read_parquet(tmp_path / "o.parquet")["n"].to_list() == [1, None, None]


# -- the CPMM form


def filled(lang: str, *rows: dict[str, object], header: bool = True) -> list[list[object]]:
    found: list[list[object]] = [[text(f"form.{key}", lang) for key in COLUMNS]] if header else []
    return found + [[row.get(key) for key in COLUMNS] for row in rows]


STOP = {
    "trip": "7",
    "date": "31.12.2025",
    "start": "14:05",
    "end": "16:40",
    "tonnes": "20,5",
    "place": "Қорғас",
    "official": "15 000",
    "official_currency": "kzt",
    "unofficial": "5",
    "unofficial_currency": "USD",
}
WORDS = {
    "kk": {
        "mode": "автожол",
        "direction": "шығу",
        "unit_kind": "жүк көлігі",
        "activity": "Кедендік рәсімдеу",
        "cargo_class": "жалпы",
    },
    "ru": {
        "mode": "Автодорога",
        "direction": "ВЫЕЗД",
        "unit_kind": "грузовик",
        "activity": "таможенное оформление",
        "cargo_class": "обычный",
    },
    "en": {
        "mode": "road",
        "direction": "leaving",
        "unit_kind": "truck",
        "activity": "customs_clearance",
        "cargo_class": "general",
    },
}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_form_in_each_language_tells_the_same(tmp_path: Path, lang: str, kind: str) -> None:
    """Headers, words and activity of three languages, in CSV and Excel, give one and the same event."""
    row = {
        **STOP,
        **WORDS[lang],
        "cargo": "қауын",
        "remarks": "жаңбыр",
        "tonnes": "20.5" if lang == "en" else "20,5",
    }
    grid = [*filled(lang, row), []]
    grid[0].append("Пломба")
    grid[1].append("A-1")
    path = tmp_path / f"form.{kind}"
    if kind == "xlsx":
        book(path, *grid)
    else:
        with path.open("w", encoding="utf-8-sig", newline="") as out:
            csv.writer(out, delimiter=";").writerows(grid)
    rows, rejects = gathered(sheets.read_form(path, CODES))
    assert rejects == []
    wanted = {
        "shipment": "7",
        "mode": "road",
        "direction": "out",
        "unit_kind": "truck",
        "cargo_class": "general",
        "activity": "customs_clearance",
        "activity_text": WORDS[lang]["activity"],
        "place_text": "Қорғас",
        "tonnes": 20.5,
        "start": dt.datetime(2025, 12, 31, 14, 5, tzinfo=dt.UTC),
        "end": dt.datetime(2025, 12, 31, 16, 40, tzinfo=dt.UTC),
        "official_amount": 15000.0,
        "official_currency": "KZT",
        "unofficial_amount": 5.0,
        "unofficial_currency": "USD",
    }
    assert [said(row, "extra") for row in rows] == [wanted]
    assert json.loads(rows[0]["extra"]) == {
        "form": {"cargo": "қауын", "remarks": "жаңбыр"},
        "columns": {"Пломба": "A-1"},
    }
    assert rows[0]["start"] == "2025-12-31T14:05:00"
    (same,), _ = gathered(sheets.read(path))
    assert same["activity"] is None
    assert said(same, "activity") == said(rows[0], "activity")


def test_excel_dates_clocks_numbers_and_merged_cells(tmp_path: Path) -> None:
    """Typed dates and clocks, numbers of days, and a trip merged over three lines are read as they show."""
    day = local(2025, 12, 31)
    grid = filled(
        "ru",
        {**STOP, **WORDS["ru"], "date": day, "start": dt.time(14, 5), "end": local(2026, 1, 1, 0, 30)},
        {**STOP, **WORDS["ru"], "trip": None, "date": 46022, "start": 0.25, "end": 46022.75},
        {**STOP, **WORDS["ru"], "trip": None, "date": "2025-12-31", "start": "7.30", "end": None},
    )
    path = book(tmp_path / "form.xlsx", ["Форма CPMM"], [], *grid, merge=(3, 0, 5, 0))
    rows, rejects = gathered(sheets.read_form(path))
    assert rejects == []
    assert [(row["shipment"], row["start"], row["end"]) for row in rows] == [
        ("7", "2025-12-31T14:05:00", "2026-01-01T00:30:00"),
        ("7", "2025-12-31T06:00:00", "2025-12-31T18:00:00"),
        ("7", "2025-12-31T07:30:00", None),
    ]
    assert [row["locator"] for row in rows] == ["Рейсы row 4", "Рейсы row 5", "Рейсы row 6"]


def test_movements_between_stops(tmp_path: Path) -> None:
    """A line with from, to and distance is a movement, whether the word is written or not."""
    base = {
        "trip": "7",
        "date": "31.12.2025",
        "start": "14:05",
        "from": "Алматы",
        "to": "Қорғас",
        "distance": "334",
    }
    grid = filled(
        "kk", {**base, "activity": "Қозғалыс"}, {**base, "official": "200000", "official_currency": "KZT"}
    )
    path = book(tmp_path / "form.xlsx", *grid)
    rows, _ = gathered(sheets.read_form(path))
    assert [(row["activity"], row["distance_km"], row["place_text"]) for row in rows] == [
        ("movement", "334", None)
    ] * 2
    assert json.loads(rows[0]["extra"]) == {"form": {"from": "Алматы", "to": "Қорғас"}}


def test_lines_of_a_form_that_do_not_fit_are_rejected(tmp_path: Path) -> None:
    """31.02.2025, a clock without a date, a strange word, a number that is none: each is one reject."""
    stop = {**STOP, **WORDS["ru"]}
    grid = filled(
        "ru",
        {**stop, "date": "31.02.2025"},
        {**stop, "date": None},
        {**stop, "mode": "осёл"},
        {**stop, "tonnes": "много"},
        stop,
        {**stop, "start": "25:70"},
    )
    path = book(tmp_path / "form.xlsx", *grid)
    rows, rejects = gathered(sheets.read_form(path))
    assert len(rows) == 1
    assert sorted((one.locator, one.column, one.reason) for one in rejects) == [
        ("Рейсы row 2", "start", "finding.instant"),
        ("Рейсы row 3", "start", "finding.form_date"),
        ("Рейсы row 4", "mode", "finding.enum"),
        ("Рейсы row 5", "tonnes", "finding.number"),
        ("Рейсы row 7", "start", "finding.instant"),
    ]
    assert all(one.raw["№ рейса или отправки"] == "7" for one in rejects)
    enum = next(one for one in rejects if one.reason == "finding.enum")
    assert "автожол" in str(enum.values["allowed"])


def test_a_file_without_the_headers_is_no_form(tmp_path: Path) -> None:
    """A table of events is not taken for a form, and a form reader says what it wanted."""
    with pytest.raises(BadValue, match="events template"):
        gathered(sheets.read_form(lines(tmp_path, "case,activity,end", "1,a,2025-01-01")))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_template_is_in_its_language_and_its_example_is_not_read(
    tmp_path: Path, lang: str, kind: str
) -> None:
    """The empty form has headers and an example that is passed over; a line added under it is read."""
    path = tmp_path / f"form.{kind}"
    sheets.write_template(path, lang, CODES, PLACES)
    assert sheets.sniff(path.read_bytes()[:4096], path.name)
    assert gathered(sheets.read(path)) == ([], [])
    if kind == "csv":
        raw = path.read_text(encoding="utf-8-sig")
        sign = "," if lang == "en" else ";"
        added = io.StringIO()
        csv.writer(added, delimiter=sign).writerows(
            filled(lang, {**STOP, **WORDS[lang], "tonnes": "20"}, header=False)
        )
        path.write_text(raw + added.getvalue(), encoding="utf-8-sig")
        (row,), _ = gathered(sheets.read(path))
        assert row["shipment"] == "7"
        return
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        strings = archive.read("xl/sharedStrings.xml").decode()
        hidden = archive.read("xl/workbook.xml").decode()
    assert len([name for name in names if name.startswith("xl/worksheets/sheet")]) == 3
    assert 'state="hidden"' in hidden
    assert sheet.count("<dataValidation ") == 10
    assert "<f>" not in sheet.replace("<formula1>", "")
    said_words = [text(f"form.{key}", lang) for key in COLUMNS] + [
        text(f"form.help_{n}", lang) for n in range(1, 10)
    ]
    assert [word for word in said_words if word.replace("&", "&amp;") not in strings] == []
    assert f"'{PLACES[1][f'name_{lang}']}" in strings


def test_the_template_of_all_codes_reads_every_activity(tmp_path: Path) -> None:
    """Each activity name of ours in each language, written in a form, is known again or left to be asked."""
    path = Path(daliz.__file__).parent / "data" / "activity_codes" / "core.csv"
    with path.open(encoding="utf-8", newline="") as source:
        codes = list(csv.DictReader(source))
    for lang in LANGUAGES:
        rows = [
            {**STOP, "trip": row["code"], "activity": row[f"name_{lang}"], "tonnes": None} for row in codes
        ]
        grid = filled(lang, *rows)
        found, rejects = gathered(sheets.read_form(book(tmp_path / f"{lang}.xlsx", *grid), codes))
        assert rejects == []
        assert [row["shipment"] for row in found if row["activity"] not in (None, row["shipment"])] == []
        assert sum(row["activity"] is not None for row in found) > 0.9 * len(codes)


def test_an_unknown_language_is_refused(tmp_path: Path) -> None:
    """The form is in Kazakh, Russian or English."""
    with pytest.raises(BadValue, match="fr"):
        sheets.write_template(tmp_path / "form.csv", "fr", CODES, PLACES)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_headers_of_the_form_are_told_apart(lang: str) -> None:
    """No header of one column is a header of another, in the same language or in another one."""
    from daliz.io.mapping import fold

    owners: dict[str, set[str]] = {}
    for other in LANGUAGES:
        for key in COLUMNS:
            owners.setdefault(fold(text(f"form.{key}", other)), set()).add(key)
    assert {word: keys for word, keys in owners.items() if len(keys) > 1} == {}
    assert len({text(f"form.{key}", lang) for key in COLUMNS}) == len(COLUMNS)
    assert all(f"form.{key}" in catalogue(lang) for key in COLUMNS)


# -- the published table

PUBLISHED = (
    "country_code,transport_mode,bcp_name,year,"
    "tfi1_inbound_average,tfi1_overall_average,tfi4_overall_average,swod_overall_average"
)


def place_of(name: str, mode: str, _state: str) -> str:
    """A small gazetteer that knows three names."""
    known = {
        ("Khorgos", "road"): "kz-khorgos",
        ("Dostyk", "rail"): "kz-dostyk",
        ("Sarpi", "road"): "ge-sarpi",
    }
    if name == "Alashankou":
        raise AmbiguousPlace("error.ambiguous_place", name=name, candidates="cn-a, cn-b")
    if (name, mode) not in known:
        raise UnknownPlace("error.unknown_place", name=name, nearest="Khorgos, Dostyk")
    return known[name, mode]


def test_the_published_table_gives_rows_of_published_times(tmp_path: Path) -> None:
    """Four averages of a post are four figures with their direction; a line without a post is its state's."""
    path = lines(
        tmp_path,
        PUBLISHED,
        "KAZ,Road,Khorgos,2023,4.5,6.2,21.5,43.1",
        "KAZ,Rail,Dostyk,2023,,60,n/a,",
        "PRC,road,,2022,7,,,",
    )
    rows, findings = sheets.read_published(path, place_of, "cpmm-2023")
    assert findings == []
    assert [(r["figure"], r["scope"], r["key"], r["value"]) for r in rows] == [
        ("kz-khorgos-road-in-tfi1-h-2023", "post", "kz-khorgos", 4.5),
        ("kz-khorgos-road-both-tfi1-h-2023", "post", "kz-khorgos", 6.2),
        ("kz-khorgos-road-both-swd-kmh-2023", "post", "kz-khorgos", 21.5),
        ("kz-khorgos-road-both-swod-kmh-2023", "post", "kz-khorgos", 43.1),
        ("kz-dostyk-rail-both-tfi1-h-2023", "post", "kz-dostyk", 60.0),
        ("cn-road-in-tfi1-h-2022", "country", "CN", 7.0),
    ]
    declared = table("published_times")
    for row in rows:
        for column in declared.columns:
            value = "" if row[column.name] is None else str(row[column.name])
            column.parse(value)
    assert declared.frame(rows).height == 6


def test_what_is_wrong_with_a_published_table_is_found(tmp_path: Path) -> None:
    """Unknown and shared names, swapped speeds, a state not of the post, bad numbers: each a finding."""
    path = lines(
        tmp_path,
        PUBLISHED,
        "KAZ,road,Khorgoz,2023,4.5,,,",
        "CHN,road,Alashankou,2023,4.5,,,",
        "KAZ,road,Khorgos,2023,4.5,,49.9,28.6",
        "KAZ,road,Sarpi,2023,4.5,,,",
        "KAZ,road,Khorgos,2022,x,9999,,",
        "KAZ,donkey,Khorgos,2022,1,,,",
        "KAZ,road,Khorgos,1890,1,,,",
        "KAZ,road,Khorgos,2023,5.5,,,",
        "KAZ,road,Khorgos,2021,5",
        "KAZ,road,Khorgos,2023,4.5,,,",
        ",road,,2023,4.5,,,",
    )
    rows, findings = sheets.read_published(path, place_of, "cpmm-2023")
    assert [(one.row.split(":")[1], one.message, one.level) for one in findings] == [
        ("2", "finding.published_place", "error"),
        ("3", "finding.published_place", "error"),
        ("4", "finding.published_speeds", "error"),
        ("5", "finding.published_state", "warning"),
        ("6", "finding.number", "error"),
        ("6", "finding.range", "error"),
        ("7", "finding.enum", "error"),
        ("8", "finding.range", "error"),
        ("9", "finding.duplicate", "error"),
        ("10", "finding.ragged", "error"),
        ("12", "finding.required", "error"),
    ]
    assert "Khorgos, Dostyk" in findings[0].text("kk")
    assert "cn-a, cn-b" in findings[1].text("ru")
    assert [row["figure"] for row in rows] == [
        "kz-khorgos-road-in-tfi1-h-2023",
        "ge-sarpi-road-in-tfi1-h-2023",
    ]
    for lang in LANGUAGES:
        assert not any("{" in one.text(lang) for one in findings)


def test_a_table_without_its_columns_is_not_the_published_one(tmp_path: Path) -> None:
    """The missing column is named."""
    with pytest.raises(BadValue, match="bcp_name"):
        sheets.read_published(
            lines(tmp_path, "country_code,transport_mode,year", "KAZ,road,2023"), place_of, "x"
        )


def test_published_names_resolve_through_the_gazetteer(tmp_path: Path) -> None:
    """With the real gazetteer, posts are found by name and mode, and a misspelt one gets its neighbours."""
    from daliz.gazetteer import Gazetteer

    frames, _ = load_folder(Path(daliz.__file__).parent / "data", strict=False)
    gazetteer = Gazetteer(frames)
    path = lines(tmp_path, PUBLISHED, "KAZ,rail,Dostyk,2023,60,,,", "KAZ,rail,Dostik,2023,60,,,")
    rows, findings = sheets.read_published(
        path, lambda name, mode, _: gazetteer.place(name, mode), "cpmm-2023"
    )
    assert [row["key"] for row in rows] == ["kz-dostyk"]
    assert [
        "Dostyk" in str(one.values["nearest"]) or "Достык" in str(one.values["nearest"]) for one in findings
    ] == [True]


@pytest.mark.parametrize(
    ("head", "name", "yes"),
    [
        (b"a,b,c\n1,2,3", "x.dat", True),
        (b"a;b", "x.csv", True),
        (b"PAR1....", "x", True),
        (b"PK\x03\x04[Content_Types].xml", "x", True),
        (b"<log>", "x.csv", False),
        (b'{"a": 1}', "x.txt", False),
        (b"hello", "x.bin", False),
        (gzip.compress(b"a,b,c\n", mtime=0), "x.csv.gz", True),
        (b"PK\x03\x04stuff", "x.zip", False),
    ],
)
def test_sniff_knows_tables(head: bytes, name: str, yes: bool) -> None:
    """Tables are known by magic, by name, or by delimiters in their first line."""
    assert sheets.sniff(head, name) is yes


def test_every_reject_has_its_words() -> None:
    """Each reason that a reader of logs gives has a sentence and a repair in three languages."""
    reasons = {
        "quote",
        "bytes",
        "ragged",
        "instant",
        "instant_order",
        "number",
        "number_comma",
        "log_shape",
        "form_date",
        "enum",
    }
    for lang in LANGUAGES:
        for reason in reasons:
            assert f"finding.{reason}" in catalogue(lang)
            assert f"repair.{reason}" in catalogue(lang)
