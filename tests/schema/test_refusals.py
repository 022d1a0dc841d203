"""Bad tables are refused cell by cell: file, row, column and repair, in three languages."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from daliz.errors import BadTable, BadValue, Finding
from daliz.i18n import LANGUAGES, catalogue, text
from daliz.model.network import Network
from daliz.schema import check_keys, load_folder, read_table, table
from daliz.schema.__main__ import main

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SOURCE = ["source,citation,licence,retrieved", "s1,A body 2026,facts only,2026-01-02"]
COUNTRY = [
    "country,name_en,name_ru,name_kk,currency,source,quality",
    "KZ,Kazakhstan,Казахстан,Қазақстан,KZT,s1,published",
]
PLACE_HEADER = "place,kind,name_en,name_ru,name_kk,country,lat,lon,modes,gauges_mm,timezone,source,quality"
PLACE = "kz-a,station,A,А,А,KZ,43.5,77,rail;road,1520,Asia/Almaty,s1,published"


def _write(folder: Path, name: str, lines: Iterable[str], file: str = "mine.csv") -> Path:
    path = folder / name / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _folder(folder: Path, places: Iterable[str] = (PLACE_HEADER, PLACE)) -> Path:
    _write(folder, "sources", SOURCE)
    _write(folder, "countries", COUNTRY)
    _write(folder, "places", places)
    return folder


def _place(**cells: str) -> str:
    row = dict(zip(PLACE_HEADER.split(","), PLACE.split(","), strict=True)) | cells
    return ",".join(row.values())


def _assert_worded(finding: Finding, *said: str) -> None:
    """The finding is worded in each language, its own words in each, with all that it must say."""
    worded = {lang: finding.text(lang) for lang in LANGUAGES}
    assert len(set(worded.values())) == 3
    for lang, sentence in worded.items():
        for key in (finding.message, finding.repair):
            assert key in catalogue(lang), f"{lang} has no {key}"
        assert text(finding.repair, lang, **finding.values) in sentence
        assert "{" not in sentence
        assert "None" not in sentence
        for word in said:
            assert word in sentence, f"{lang}: {word!r} is not in {sentence!r}"


CELLS = [
    ("required, empty", "places", {"name_kk": " "}, "name_kk", "finding.required", ""),
    ("key, empty", "places", {"place": ""}, "place", "finding.required", ""),
    ("slug", "places", {"place": "KZ A"}, "place", "finding.slug", "KZ A"),
    ("number", "places", {"lat": "43°30"}, "lat", "finding.number", "43°30"),
    ("decimal comma", "places", {"lat": '"43,5"'}, "lat", "finding.number", "43,5"),
    ("not a number", "places", {"lon": "nan"}, "lon", "finding.number", "nan"),
    ("infinite", "places", {"lon": "1e999"}, "lon", "finding.number", "1e999"),
    ("over the range", "places", {"lat": "91"}, "lat", "finding.range", "91"),
    ("under the range", "places", {"lon": "-180.5"}, "lon", "finding.range", "-180.5"),
    ("enum", "places", {"kind": "depot"}, "kind", "finding.enum", "depot"),
    ("word of a list", "places", {"modes": "rail;canal"}, "modes", "finding.enum", "canal"),
    ("required list of nothing", "places", {"modes": ";"}, "modes", "finding.required", ""),
]


@pytest.mark.parametrize(
    ("cells", "column", "key", "value"), [case[2:] for case in CELLS], ids=[case[0] for case in CELLS]
)
def test_a_bad_cell_is_named_with_its_repair(
    tmp_path: Path, cells: dict[str, str], column: str, key: str, value: str
) -> None:
    """File, row, column, value and repair in three languages; the bad row is left out, the good ones stay."""
    path = _write(tmp_path, "places", [PLACE_HEADER, PLACE, _place(**{"place": "kz-b", **cells})])
    rows, findings = read_table("places", path)
    assert [row["place"] for row in rows] == ["kz-a"]
    (finding,) = findings
    assert (finding.level, finding.table, finding.message) == ("error", "places", key)
    assert finding.row == f"places/mine.csv:3:{column}"
    _assert_worded(finding, "places/mine.csv:3", column, value)


@pytest.mark.parametrize(
    ("name", "column", "raw", "key"),
    [
        ("sources", "retrieved", "2.1.2026", "finding.date"),
        ("sources", "retrieved", "2026-02-30", "finding.date"),
        ("published_times", "year", "2024.5", "finding.integer"),
        ("published_times", "year", "1999", "finding.range"),
        ("published_times", "n", "0", "finding.range"),
        ("facilities", "capacity", "-1", "finding.range"),
        ("crossings", "hours_a", "9-18", "finding.hours"),
        ("crossings", "hours_a", "Mo-Fr 09:00-25:00", "finding.hours"),
        ("crossings", "hours_a", "Mo-Fr 09:60-18:00", "finding.hours"),
        ("crossings", "hours_a", "Mo-Fr 09:00-18:00; ", "finding.hours"),
        ("crossings", "hours_a", "Пн-Пт 09:00-18:00", "finding.hours"),
        ("links", "shape", "43.2 77.1; 43.3", "finding.shape"),
        ("links", "shape", "43.2 277.1", "finding.shape"),
        ("links", "shape", "43.2,77.1", "finding.shape"),
        ("links", "gauge_mm", "1524", "finding.enum"),
        ("procedures", "service", "block train", "finding.slug"),
    ],
)
def test_every_type_of_column_refuses_what_is_not_its_own(
    tmp_path: Path, name: str, column: str, raw: str, key: str
) -> None:
    """Dates, whole numbers, open-ended ranges, hours, shapes and slugs: each misfit is found and worded."""
    required = [other.name for other in table(name).columns if other.required and other.name != column]
    row = ",".join([f'"{raw}"', *("" for _ in required)])
    path = _write(tmp_path, name, [",".join([column, *required]), row])
    _, findings = read_table(name, path)
    (finding,) = (found for found in findings if found.row.endswith(f":{column}"))
    assert finding.message == key
    assert finding.row == f"{name}/mine.csv:2:{column}"
    _assert_worded(finding, finding.row)


def test_a_column_that_is_not_declared_is_refused(tmp_path: Path) -> None:
    """A header word that the table does not know is named; nothing of the file is taken."""
    path = _write(tmp_path, "places", [PLACE_HEADER + ",altitude_m", PLACE + ",600"])
    rows, findings = read_table("places", path)
    assert rows == []
    assert [found.message for found in findings] == ["finding.unknown_column"]
    _assert_worded(findings[0], "places/mine.csv:1", "altitude_m")


def test_a_required_column_that_is_missing_is_refused(tmp_path: Path) -> None:
    """Every required column without a default must be in the header; optional ones need not."""
    path = _write(
        tmp_path, "places", [PLACE_HEADER.replace(",timezone", ""), PLACE.replace(",Asia/Almaty", "")]
    )
    rows, findings = read_table("places", path)
    assert rows == []
    assert [found.message for found in findings] == ["finding.missing_column"]
    _assert_worded(findings[0], "places/mine.csv:1", "timezone")


def test_a_column_that_stands_twice_is_refused(tmp_path: Path) -> None:
    """Of two columns of one name the first would be lost in silence; the header is refused instead."""
    path = _write(tmp_path, "places", [PLACE_HEADER + ",lat", PLACE + ",10"])
    rows, findings = read_table("places", path)
    assert rows == []
    assert findings
    _assert_worded(findings[0], "places/mine.csv:1", "lat")


def test_more_cells_than_the_header_are_refused(tmp_path: Path) -> None:
    """A comma without quotes shifts cells; the row is refused, not cut off."""
    path = _write(tmp_path, "places", [PLACE_HEADER, PLACE, PLACE.replace("kz-a", "kz-b") + ",extra"])
    rows, findings = read_table("places", path)
    assert [row["place"] for row in rows] == ["kz-a"]
    assert [found.message for found in findings] == ["finding.extra_cells"]
    _assert_worded(findings[0], "places/mine.csv:3")


def test_every_bad_cell_of_a_row_is_named_at_once(tmp_path: Path) -> None:
    """Three bad cells give three findings, so that a row is mended in one go."""
    path = _write(tmp_path, "places", [PLACE_HEADER, _place(kind="depot", lat="95", name_ru="")])
    _, findings = read_table("places", path)
    assert [found.row.rpartition(":")[2] for found in findings] == ["kind", "name_ru", "lat"]


def test_a_file_that_is_not_utf_8_is_refused_and_not_a_traceback(tmp_path: Path) -> None:
    """A table saved in the old Windows code page is a finding that names the file."""
    path = _write(tmp_path, "places", [PLACE_HEADER])
    path.write_bytes(f"{PLACE_HEADER}\n{_place(name_ru='Алматы', name_kk='Алматы')}\n".encode("cp1251"))
    rows, findings = read_table("places", path)
    assert rows == []
    assert findings
    _assert_worded(findings[0], "places/mine.csv")


def test_a_byte_order_mark_is_not_part_of_the_first_column(tmp_path: Path) -> None:
    """UTF-8 as spreadsheets save it, with a mark in front, reads like any other."""
    path = _write(tmp_path, "places", [PLACE_HEADER])
    path.write_bytes(f"{PLACE_HEADER}\r\n{PLACE}\r\n".encode("utf-8-sig"))
    rows, findings = read_table("places", path)
    assert findings == []
    assert rows[0]["place"] == "kz-a"


def test_cells_become_typed_values_and_empty_ones_their_defaults(tmp_path: Path) -> None:
    """Numbers, lists, dates and defaults as declared; an empty cell is None, an empty list no words."""
    (row,), _ = read_table("places", _write(tmp_path, "places", [PLACE_HEADER, PLACE]))
    assert (row["lat"], row["modes"], row["gauges_mm"]) == (43.5, ["rail", "road"], ["1520"])
    assert (row["aliases"], row["unlocode"]) == ([], None)
    (source,), _ = read_table("sources", _write(tmp_path, "sources", SOURCE))
    assert source["retrieved"] == dt.date(2026, 1, 2)
    (country,), _ = read_table("countries", _write(tmp_path, "countries", COUNTRY))
    assert (country["bloc"], country["grid_co2e_g_per_kwh"]) == ("none", None)


def test_a_sound_folder_loads_without_findings(tmp_path: Path) -> None:
    """The small folder of these tests is itself clean, so that each refusal is owed to its one fault."""
    frames, findings = load_folder(_folder(tmp_path))
    assert findings == []
    assert frames["places"]["place"].to_list() == ["kz-a"]
    assert frames["procedures"].height == 0


def _assert_located(finding: Finding, file: str, number: int, column: str) -> None:
    assert finding.row == f"places/{file}:{number}:{column}"
    _assert_worded(finding, finding.row)


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    """The second row of a key is named by file, row and column, with the place of the first."""
    _folder(tmp_path)
    _write(tmp_path, "places", [PLACE_HEADER, _place(name_en="Twin")], "second.csv")
    frames, findings = load_folder(tmp_path, strict=False)
    assert frames["places"]["name_en"].to_list() == ["A"]
    assert [found.message for found in findings] == ["finding.duplicate"]
    _assert_worded(findings[0], "kz-a", "mine.csv:2")
    _assert_located(findings[0], "second.csv", 2, "place")


def test_a_key_that_points_nowhere_is_refused(tmp_path: Path) -> None:
    """A dangling key is named by file, row and column, with the value and the table it should be in."""
    _folder(tmp_path, [PLACE_HEADER, PLACE, _place(place="kz-b", country="XX")])
    _, findings = load_folder(tmp_path, strict=False)
    assert [(found.message, found.level) for found in findings] == [("finding.dangling", "error")]
    _assert_worded(findings[0], "XX", "countries")
    _assert_located(findings[0], "mine.csv", 3, "country")


def test_check_keys_on_frames_names_row_column_value_and_target() -> None:
    """Frames have no file: the row is named by its key; an empty foreign key is not dangling."""
    frames = {name: table(name).empty() for name in ("places", "crossings", "links", "sources", "legs")}
    frames["places"] = table("places").frame([{"place": "kz-a", "source": "s9"}])
    frames["legs"] = table("legs").frame([{"leg": "l", "from_place": "kz-a", "to_place": "kz-a"}])
    (finding,) = check_keys(frames)
    assert finding.row == "kz-a"
    _assert_worded(finding, "kz-a", "source", "s9", "sources")


def test_strict_loading_raises_all_of_it_at_once(tmp_path: Path) -> None:
    """BadTable carries every finding, is a ValueError, and counts its rows in the reader's language."""
    _folder(tmp_path, [PLACE_HEADER, _place(lat="91"), _place(place="kz-b", kind="depot")])
    with pytest.raises(BadTable) as caught:
        Network.from_folder(tmp_path)
    assert isinstance(caught.value, ValueError)
    assert caught.value.exit_status == 2
    assert [found.row for found in caught.value.findings] == [
        "places/mine.csv:2:lat",
        "places/mine.csv:3:kind",
    ]
    assert caught.value.text("ru").startswith("2 строки")
    for lang in LANGUAGES:
        assert "places/mine.csv:2:lat" in caught.value.text(lang)


@pytest.mark.parametrize("what", ["nothing", "a file"])
def test_what_is_not_a_folder_of_tables_is_refused(tmp_path: Path, what: str) -> None:
    """A mistyped folder is an error that names it, in three languages, and not a network without rows."""
    folder = tmp_path / "tabels"
    if what == "a file":
        folder.write_text("", encoding="utf-8")
    with pytest.raises(BadValue) as caught:
        Network.from_folder(folder)
    assert caught.value.key == "error.not_a_folder"
    worded = {caught.value.text(lang) for lang in LANGUAGES}
    assert len(worded) == 3
    assert all(str(folder) in sentence for sentence in worded)


def test_the_shell_check_prints_findings_and_its_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`python -m daliz.schema FOLDER` is 0 for a sound folder and 1, with the finding, for a bad one."""
    assert main(str(_folder(tmp_path / "good"))) == 0
    assert "0 findings" in capsys.readouterr().out
    assert main(str(_folder(tmp_path / "bad", [PLACE_HEADER, _place(lat="91")]))) == 1
    assert "places/mine.csv:2:lat" in capsys.readouterr().out


def test_the_tables_that_ship_are_clean() -> None:
    """The curated folder of the package has no misfit, no duplicate and no dangling key."""
    from daliz.build import curated_folder

    _, findings = load_folder(curated_folder(), strict=False)
    assert [found.text() for found in findings] == []
