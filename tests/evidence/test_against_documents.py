"""The pack against the registers and the documents it was read from: locators, numbers, quotes, own words."""

from __future__ import annotations

import csv
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from kazakh_numerals import bounded_below, numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daliz.evidence import Evidence
    from daliz.schema import Row

SHARED = Path(__file__).parent.parent.parent.parent / "shared"
REGISTERS = {
    "commitments": "commitment", "systems": "system", "risks": "risk", "criteria": "criterion",
    "positions": "position",
}  # fmt: skip
SCALE = {"billion USD": 1e9}
YEAR_BASIS = {"": "none", "quote": "quote", "year_quote_kk": "nearby", "inferred": "inferred"}
LONGEST_RUN = 4
"""Words in a row that a gloss may share with the document it tells of: names of things, not sentences."""

shared = pytest.mark.shared


def test_the_numeral_parser_reads_what_kazakh_prose_writes() -> None:
    """Decimal commas, scale words with endings, ordinals, Roman digits and ranges, by hand."""
    cases = {
        "4,5 миллиардтан": [4.5e9], "16 мың": [16_000], "400 мыңнан": [400_000], "23,3 мың тонна": [23_300],
        "50-ден астам": [50], "28 миллиарды": [28e9], "35 миллиард": [35e9], "екінші": [2], "үшжақты": [3],
        "алғашқы": [1], "бірінші": [1], "үш": [3], "үш онжылдықтағы": [3], "екі жылдық": [2], "III": [3],
        "16 000 шақырым": [16_000], "сөз": [],
    }  # fmt: skip
    assert {phrase: numbers(phrase) for phrase in cases} == cases
    assert bounded_below("50 миллиард доллардан асты")
    assert bounded_below("50-ден астам іс-шара")
    assert not bounded_below("114 инвестициялық жоба")


def _register(name: str) -> list[dict[str, str]]:
    with (SHARED / "registers" / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _lines(file: str) -> list[str]:
    return (SHARED / "seeds" / file).read_text(encoding="utf-8").split("\n")


def _cited(row: dict[str, str], prefix: str = "") -> list[str]:
    lines = _lines(row[f"{prefix}seed_file"])
    return [lines[int(number) - 1] for number in row[f"{prefix}seed_lines"].split(";")]


def _pairs(pack: Evidence, name: str) -> Iterator[tuple[dict[str, str], Row]]:
    ours = {row[REGISTERS[name]]: row for row in getattr(pack, name)}
    for row in _register(name):
        yield row, ours[row["id"]]


@shared
def test_the_documents_are_those_whose_lines_are_counted(pack: Evidence) -> None:
    """Digest and number of lines of both documents are those that the table of documents holds."""
    for row in pack.documents.values():
        text = (SHARED / "seeds" / row["file"]).read_bytes()
        assert hashlib.sha256(text).hexdigest() == row["sha256"]
        assert len(text.decode("utf-8").rstrip("\n").split("\n")) == row["line_count"]


@shared
@pytest.mark.parametrize("name", ["commitments", "systems", "risks", "criteria"])
def test_every_locator_is_the_registers_and_exists(pack: Evidence, name: str) -> None:
    """Document and lines of each row are those of the register and lie inside the document."""
    for row, ours in _pairs(pack, name):
        document = pack.documents[ours["document"]]
        assert (document["file"], ours["lines"]) == (row["seed_file"], row["seed_lines"].split(";")), row[
            "id"
        ]
        assert all(line.strip() for line in _cited(row)), row["id"]
        if row.get("also_seed_file"):
            also = pack.documents[ours["also_document"]]["file"], ";".join(ours["also_lines"])
            assert also == (row["also_seed_file"], row["also_seed_lines"]), row["id"]


@shared
def test_positions_are_the_registers(pack: Evidence) -> None:
    """Forum, states, themes and lines of each position, and its speaker's name in English."""
    for row, ours in _pairs(pack, "positions"):
        assert ours["actors"] == [state for state in row["country_iso3166"].split(";") if state], row["id"]
        assert ours["themes"] == row["theme_codes"].split(";"), row["id"]
        assert ours["themes_lines"] == [row["themes_seed_lines"]], row["id"]
        assert ours["stance_lines"] == [line for line in [row["stance_seed_lines"]] if line], row["id"]
        assert (ours["forum"] == "cis") == row["forum"].startswith("CIS"), row["id"]
        name = pack.voices[ours["speaker"]]["name_en"] if ours["speaker"] else ""
        assert name.split(",")[0] == row["speaker_en"].split(" (")[0], row["id"]


@shared
@pytest.mark.parametrize("name", list(REGISTERS))
def test_every_quote_of_the_registers_stands_in_its_line(name: str) -> None:
    """Each quote, second quote, theme and stance is verbatim in the line it is cited from."""
    checked = 0
    for row in _register(name):
        for quote, lines in (
            ("quote_kk", _cited(row) if "seed_lines" in row else []),
            ("year_quote_kk", _cited(row) if row.get("year_quote_kk") else []),
            ("also_quote_kk", _cited(row, "also_") if row.get("also_quote_kk") else []),
            ("themes_quote_kk", _position(row, "themes_seed_lines")),
            ("stance_quote_kk", _position(row, "stance_seed_lines")),
        ):
            if row.get(quote):
                checked += 1
                assert any(row[quote] in line for line in lines), (row["id"], quote)
    assert checked >= len(_register(name))


def _position(row: dict[str, str], column: str) -> list[str]:
    if not row.get(column):
        return []
    return [_lines(row["seed_file"])[int(row[column]) - 1]]


@shared
def test_numbers_of_the_pack_are_those_of_the_registers(pack: Evidence) -> None:
    """Comparator, value, upper value, unit, years, states and basis of each commitment and criterion."""
    for name in ("commitments", "criteria"):
        for row, ours in _pairs(pack, name):
            assert ours["comparator"] == (row["comparator"] or "none"), row["id"]
            for column in ("value", "value_max"):
                assert ours[column] == (float(row[column]) if row[column] else None), row["id"]
            assert (ours["unit"] or "") == row["unit"], row["id"]
            assert ours["actors"] == [state for state in row["actors_iso3166"].split(";") if state], row["id"]
            assert ours["monitorable"] == row["monitorable"], row["id"]
            if name == "commitments":
                years = [int(row[column]) if row[column] else None for column in ("year_from", "year_to")]
                assert [ours["year_from"], ours["year_to"]] == years, row["id"]
                assert (ours["dated"], ours["year_basis"]) == (row["dated"], YEAR_BASIS[row["year_basis"]])
                assert ours["kind"] == row["kind"].replace(" ", "_"), row["id"]


@shared
def test_every_number_is_found_in_the_cited_line(pack: Evidence) -> None:
    """The number written in the line, read as Kazakh, is our value in our unit, with our bound."""
    checked = 0
    for name in ("commitments", "criteria"):
        for row, ours in _pairs(pack, name):
            written = row["value_as_written"]
            if ours["value"] is None or not written:
                continue
            checked += 1
            (line,) = _cited(row)
            at = line.index(written)
            found = numbers(written)
            if ours["value_max"] is not None:
                assert found == [ours["value"]] or written == f"{ours['value']:g}-{ours['value_max']:g}"
            else:
                assert ours["value"] * SCALE.get(ours["unit"], 1) in found, (row["id"], found)
            near = line[at : at + len(written) + 25]
            assert bounded_below(near) == (ours["comparator"] == ">"), (row["id"], near)
    assert checked == 23 + 1


@shared
def test_the_count_made_by_us_is_the_length_of_the_list(pack: Evidence) -> None:
    """The one number that no line writes, five fields of the road map, is the length of the list cited."""
    for row, ours in _pairs(pack, "commitments"):
        if ours["value"] is not None and not row["value_as_written"]:
            listed = row["quote_kk"].split(" байланыстарды")[0]
            assert len(re.split(r", | және ", listed)) == ours["value"]
            assert ours["quality"] == "derived"


@shared
def test_years_stand_where_their_basis_says(pack: Evidence) -> None:
    """A quoted year is in the phrase, a nearby one in its own phrase, an inferred one in neither."""
    for row, ours in _pairs(pack, "commitments"):
        years = [str(year) for year in (ours["year_from"], ours["year_to"]) if year is not None]
        phrase = f"{row['quote_kk']} {row['value_as_written']}"
        if ours["year_basis"] == "quote":
            assert all(year in phrase for year in years), row["id"]
        elif ours["year_basis"] == "nearby":
            assert all(year in row["year_quote_kk"] for year in years), row["id"]
            assert row["year_quote_kk"] in _cited(row)[0], row["id"]
        elif ours["year_basis"] == "inferred":
            assert not any(year in phrase for year in years), row["id"]


@shared
def test_numbers_beside_the_declared_ones_are_in_the_record_that_was_read(pack: Evidence) -> None:
    """Each companion's number is in the notes on the public record, as they write it."""
    notes = (SHARED / "registers" / "READING.md").read_text(encoding="utf-8")
    notes += "".join(row["caveat"] for row in _register("commitments"))
    written = {
        "C-02-P1": "2025-2027", "C-03-P1": "45+", "C-03-P2": "44.7", "C-06-P1": "over 21",
        "C-09-P1": "11,000", "C-09-P2": "up to 5,000", "C-10-P1": "35 billion over the last 15 years",
        "C-33-P1": "21,000-22,500", "C-51-P1": "nearly 2.5 Mt", "C-51-P2": "double by 2027",
    }  # fmt: skip
    rows = {row["commitment"]: row for row in pack.select(provenance="public_record").commitments}
    assert set(rows) == set(written)
    for key, phrase in written.items():
        assert phrase in notes, key


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower())


def _longest_run(ours: list[str], theirs: list[str]) -> int:
    """Most words in a row that two texts share."""
    best, before = 0, [0] * (len(theirs) + 1)
    for word in ours:
        now = [0] * (len(theirs) + 1)
        for at, other in enumerate(theirs, start=1):
            if word == other:
                now[at] = before[at - 1] + 1
        best, before = max(best, *now), now
    return best


def test_the_longest_common_run_by_hand() -> None:
    """Three words in a row count, not the scattered fourth."""
    assert _longest_run(list("абвгд"), list("хбвгөд")) == 3
    assert _longest_run(["а"], ["б"]) == 0


@shared
@pytest.mark.parametrize("name", list(REGISTERS))
def test_the_pack_is_told_in_our_own_words(pack: Evidence, name: str) -> None:
    """No Kazakh sentence of ours shares more than a few words in a row with the lines it tells of."""
    stems = ("name", "gloss", "themes", "stance", "indicator", "caveat")
    copied = []
    for row in getattr(pack, name):
        if not row["document"]:
            continue
        lines = _lines(pack.documents[row["document"]]["file"])
        numbers_cited = [*row.get("lines", []), *row.get("themes_lines", []), *row.get("stance_lines", [])]
        cited = _words(" ".join(lines[int(number) - 1] for number in numbers_cited))
        for stem in stems:
            words = _words(row.get(f"{stem}_kk") or "")
            if _longest_run(words, cited) > LONGEST_RUN:
                copied.append((row[REGISTERS[name]], stem, " ".join(words)))
    assert copied == []
