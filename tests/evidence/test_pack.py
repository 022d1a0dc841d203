"""The shipped pack: all rows, typed numbers, three languages of our own, and rows that stay apart."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from daliz.errors import BadValue
from daliz.evidence import REGISTERS, Evidence, Quantity
from daliz.i18n import LANGUAGES
from daliz.schema import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daliz.schema import Row

TEN = ["K-01", "K-02", "K-03", "K-04", "K-05", "K-06", "K-07", "K-09", "K-10", "K-11"]
TOLD = ("name", "gloss", "themes", "stance", "actor_note", "indicator", "caveat")
KAZAKH_ONLY = re.compile(r"[ӘәҒғҚқҢңӨөҰұҮүҺһІі]")


def _rows(pack: Evidence) -> Iterator[tuple[str, Row]]:
    for name, key in REGISTERS.items():
        for row in getattr(pack, name):
            yield row[key], row


def _words(row: Row, stems: tuple[str, ...] = TOLD) -> Iterator[tuple[str, dict[str, str | None]]]:
    for stem in stems:
        if f"{stem}_en" in row:
            yield stem, {lang: row[f"{stem}_{lang}"] for lang in LANGUAGES}


def test_every_row_of_the_five_registers_ships(pack: Evidence) -> None:
    """83 systems, 70 commitments, 49 risks, 31 criteria, 25 positions, numbered without a gap."""
    declared = pack.select(provenance="declared")
    wanted = {"commitments": ("C", 70), "systems": ("SYS", 83), "risks": ("R", 49), "criteria": ("K", 31)}
    for name, (mark, count) in (wanted | {"positions": ("P", 25)}).items():
        ids = [row[REGISTERS[name]] for row in getattr(declared, name)]
        assert ids == [f"{mark}-{number:02d}" for number in range(1, count + 1)], name


def test_splits_of_the_registers(pack: Evidence) -> None:
    """Kinds of commitment, verdicts of systems and what can be measured, as counted when they were read."""

    def count(rows: tuple[Row, ...], column: str) -> dict[str, int]:
        values = [row[column] for row in rows]
        return {value: values.count(value) for value in set(values)}

    declared = pack.select(provenance="declared").commitments
    assert count(declared, "kind") == {
        "measure": 44, "statistic": 6, "programme": 5, "project_portfolio": 4, "event": 4, "target": 2,
        "context": 5,
    }  # fmt: skip
    assert count(declared, "monitorable") == {"yes": 34, "partly": 24, "no": 12}
    assert count(pack.systems, "verdict") == {"core": 36, "register": 31, "not_software": 16}
    assert count(pack.systems, "priority") == {"P0": 16, "P1": 20, "P2": 18, "P3": 13, "none": 16}
    assert count(pack.risks, "monitorable") == {"yes": 31, "partly": 11, "no": 7}
    assert count(pack.criteria, "monitorable") == {"yes": 24, "partly": 7}
    assert [row["criterion"] for row in pack.criteria if row["front"] == "yes"] == TEN


def test_every_number_has_comparator_unit_and_year_basis(pack: Evidence) -> None:
    """What states a number says how it bounds, what it counts, and where its year is from, if it has one."""
    numbers = [row for row in (*pack.commitments, *pack.criteria) if row["value"] is not None]
    assert len(numbers) == 24 + 10 + 1
    for row in numbers:
        assert row["comparator"] != "none"
        assert row["unit"]
        assert isinstance(row["value"], float)
        assert Quantity.of(row) is not None
    for row in pack.commitments:
        years = row["year_from"] is not None or row["year_to"] is not None
        assert years == (row["year_basis"] != "none"), row["commitment"]
        assert years == (row["dated"] == "yes"), row["commitment"]
        assert row["value"] is not None or row["comparator"] == "none" or years, row["commitment"]


def test_lower_bounds_stay_lower_bounds(pack: Evidence) -> None:
    """All that was said as "more than" is an open interval; none has become the number itself."""
    rows = {row["commitment"]: Quantity.of(row) for row in pack.commitments}
    over = {"C-02": 50, "C-03": 50, "C-08": 4.5, "C-09": 16_000, "C-10": 35, "C-13": 400_000, "C-37": 50}
    for key, value in over.items():
        quantity = rows[key]
        assert quantity is not None
        assert not quantity.contains(value), key
        assert quantity.contains(value * 1.01), key
    horizon = rows["C-18"]
    assert horizon is not None
    assert (horizon.contains(2), horizon.contains(3), horizon.contains(3.1)) == (True, True, False)


def test_every_row_has_a_place_or_a_source(pack: Evidence) -> None:
    """A declared row names document and line; a row of the record names its own source and no line."""
    for key, row in _rows(pack):
        source = pack.sources[row["source"]]
        if row["provenance"] == "declared":
            assert row["document"] in pack.documents, key
            assert pack.documents[row["document"]]["source"] == row["source"], key
        else:
            assert row["provenance"] == "public_record"
            assert row["document"] is None, key
            assert source["url"], key
            assert row["beside"], key
            assert row["relation"], key
    assert len({row["provenance"] for _, row in _rows(pack)}) == 2


def test_the_pack_hangs_together(pack: Evidence) -> None:
    """No finding on the shipped rows."""
    assert [finding.text() for finding in pack.check()] == []


def test_three_languages_are_told_and_each_is_its_own(pack: Evidence) -> None:
    """Each gloss is there in three languages, no two alike; other words are there in three or in none."""
    glosses: dict[str, set[str]] = {lang: set() for lang in LANGUAGES}
    for key, row in _rows(pack):
        for stem, words in _words(row):
            if stem in {"name", "gloss", "themes"}:
                assert all(words.values()), (key, stem)
            assert len({bool(word) for word in words.values()}) == 1, (key, stem)
            if all(words.values()):
                short = len(re.findall(r"\w{2,}", str(words["kk"]))) < 2
                assert len(set(words.values())) == 3 or short, (key, stem, words)
        if "gloss_en" in row:
            for lang in LANGUAGES:
                glosses[lang].add(row[f"gloss_{lang}"])
    rows = sum(1 for _, row in _rows(pack) if "gloss_en" in row)
    for lang in LANGUAGES:
        assert len(glosses[lang]) >= rows - 3, f"{lang} repeats glosses"


def test_no_word_mixes_alphabets_and_no_language_borrows_letters(pack: Evidence) -> None:
    """Kazakh and Russian words are Cyrillic throughout, Russian has no Kazakh letter, English no Cyrillic."""
    for key, row in _rows(pack):
        for stem, words in _words(row):
            for lang in ("kk", "ru"):
                for word in re.findall(r"[^\W\d_]+", words[lang] or ""):
                    mixed = re.search(r"[A-Za-z]", word) and re.search(r"[\u0400-\u04ff]", word)
                    assert not mixed, (key, stem, word)
            assert not KAZAKH_ONLY.search(words["ru"] or ""), (key, stem, words["ru"])
            assert not re.search(r"[\u0400-\u04ff]", words["en"] or ""), (key, stem, words["en"])


def test_kazakh_is_kazakh(pack: Evidence) -> None:
    """Every Kazakh gloss has a letter that only Kazakh has."""
    without = [
        key for key, row in _rows(pack) if "gloss_kk" in row and not KAZAKH_ONLY.search(row["gloss_kk"])
    ]
    assert without == []


def test_a_gloss_is_told_and_not_quoted(pack: Evidence) -> None:
    """Quotation marks stand only around names of things: three words at most, never a sentence."""
    for key, row in _rows(pack):
        for stem, words in _words(row, ("name", "gloss", "themes", "stance")):
            for word in words.values():
                for quoted in re.findall(r"[«\"“](.*?)[»\"”]", word or ""):
                    assert len(re.findall(r"\w+", quoted)) <= 3, (key, stem, quoted)


def test_two_plans_are_not_merged(pack: Evidence) -> None:
    """One plan has two citations (C-02 and C-37, with C-36 and C-38); the plan to 2026 is another subject."""
    rows = {row["commitment"]: row for row in pack.commitments}
    assert {rows[key]["subject"] for key in ("C-02", "C-36", "C-37", "C-38")} == {"plan-summit-2025"}
    assert rows["C-37"]["same_as"] == "C-02"
    assert rows["C-02"]["document"] != rows["C-37"]["document"]
    assert rows["C-19"]["subject"] == "plan-cis-2026"
    assert rows["C-19"]["same_as"] is None
    assert "C-02" in rows["C-19"]["caveat_en"]


def test_sixteen_thousand_is_one_figure_with_its_parts_beside_it(pack: Evidence) -> None:
    """The declared figure stays whole with its caveat; repair and new build stand beside it and add up."""
    (declared,) = (row for row in pack.commitments if row["commitment"] == "C-09")
    assert (declared["comparator"], declared["value"], declared["year_to"]) == (">", 16_000, 2030)
    parts = [Quantity.of(row) for row in pack.beside("C-09")]
    unit = "km of railway"
    assert parts == [Quantity("=", 11_000, unit=unit), Quantity("<=", 5_000, unit=unit)]
    assert all("11" in declared[f"caveat_{lang}"] and "5" in declared[f"caveat_{lang}"] for lang in LANGUAGES)
    (found,) = (pair for pair in pack.disagreements() if pair["declared"] == "C-09")
    assert found["relation"] == "part"
    assert found["quantities"][1] == Quantity("range", 11_000, 16_000, unit)
    assert found["gap"] == 0


def test_three_figures_for_one_trade_stand_side_by_side(pack: Evidence) -> None:
    """Over 50, over 45 and 44.7 billion for 2024, each with its own source; 44.7 contradicts both others."""
    (declared,) = (row for row in pack.commitments if row["commitment"] == "C-03")
    rows = (declared, *pack.beside("C-03"))
    assert [(row["comparator"], row["value"]) for row in rows] == [(">", 50), (">", 45), ("=", 44.7)]
    assert {(row["year_from"], row["year_to"], row["unit"]) for row in rows} == {(2024, 2024, "billion USD")}
    assert len({row["source"] for row in rows}) == 3
    found = [(*pair["ids"], pair["gap"]) for pair in pack.disagreements() if pair["declared"] == "C-03"]
    assert found == [
        (["C-03"], ["C-03-P2"], pytest.approx(5.3)),
        (["C-03-P1"], ["C-03-P2"], pytest.approx(0.3)),
    ]


def test_a_disagreement_is_only_where_no_number_fits(pack: Evidence) -> None:
    """Both citations of the plan agree; surroundings are not compared; bounds alone give a gap of zero."""
    found = {(pair["declared"], pair["gap"] == 0) for pair in pack.disagreements()}
    assert found == {("C-03", False), ("C-06", True), ("C-09", True), ("C-10", True)}
    assert pack.beside("C-33")
    assert pack.beside("C-02")


def test_proposers_are_kept_apart(pack: Evidence) -> None:
    """Regulation and bonds are the author's, map Tokayev's, centres Mirziyoyev's, monitoring Lebedev's."""
    who = {row["commitment"]: row["proposer"] for row in pack.commitments}
    assert {who[key] for key in ("C-47", "C-48", "C-17", "C-18")} == {"author-dushanbe"}
    assert {who[key] for key in ("C-40", "C-41", "C-42", "C-43")} == {"tokayev"}
    assert {who[key] for key in ("C-53", "C-54", "C-56")} == {"mirziyoyev"}
    assert who["C-62"] == "lebedev"
    systems = {row["system"]: row["proposer"] for row in pack.systems}
    assert (systems["SYS-12"], systems["SYS-02"], systems["SYS-20"]) == (
        *("author-dushanbe", "tokayev", "mirziyoyev"),
    )
    kinds = {key: row["kind"] for key, row in pack.voices.items()}
    assert {kinds[row["speaker"]] for row in pack.positions if row["speaker"]} <= {"leader", "official"}


def test_selection_keeps_what_was_asked_and_nothing_else(pack: Evidence) -> None:
    """State, topic, measurability and provenance, one by one and together."""
    gas = pack.select(actor="UZ", topic="gas")
    assert [row["commitment"] for row in gas.commitments] == ["C-11"]
    transport = pack.select(topic="transport")
    assert {row["commitment"] for row in transport.commitments} >= {"C-09", "C-40", "C-47"}
    assert all("transport" in row["themes"] or row.get("topic") == "transport" for _, row in _rows(transport))
    assert all(row["monitorable"] == "yes" for row in pack.select(monitorable="yes").risks)
    assert pack.select(monitorable="yes").systems == ()
    record = pack.select(provenance="public_record")
    assert len(record.commitments) == 10
    assert record.risks == ()
    assert pack.select() == pack
    assert pack.select(provenance="example").commitments == ()


@pytest.mark.parametrize(("asked", "value"), [({"topic": "football"}, "football"), ({"actor": "XX"}, "XX")])
def test_a_topic_or_state_that_nobody_names_is_refused(
    pack: Evidence, asked: dict[str, str], value: str
) -> None:
    """The refusal names what was asked and what there is, in three languages."""
    with pytest.raises(BadValue) as refused:
        pack.select(**asked)
    for lang in LANGUAGES:
        assert value in refused.value.text(lang)
        assert ("KZ" if "actor" in asked else "transport") in refused.value.text(lang)


SPOILT = [
    ("finding.evidence_locator", {"document": None}),
    ("finding.evidence_locator", {"lines": []}),
    ("finding.evidence_line", {"lines": ["75"]}),
    ("finding.evidence_line", {"lines": ["nine"]}),
    ("finding.evidence_actor", {"actors": ["KZ", "ZZ"]}),
    ("finding.evidence_comparator", {"comparator": "none"}),
    ("finding.evidence_comparator", {"value": None, "year_from": None, "year_to": None}),
    ("finding.evidence_range", {"comparator": "range", "value_max": None}),
    ("finding.evidence_range", {"value_max": 60.0}),
    ("finding.evidence_unit", {"unit": None}),
    ("finding.evidence_years", {"year_from": 2027, "year_to": 2025}),
]


@pytest.mark.parametrize(("key", "cells"), SPOILT, ids=[f"{case[0]} {case[1]}" for case in SPOILT])
def test_a_row_that_does_not_hang_together_is_found(
    pack: Evidence, key: str, cells: dict[str, object]
) -> None:
    """One spoilt row gives one finding that names it, with its repair, in three languages."""
    row = pack.commitments[1] | cells
    (finding,) = replace(pack, commitments=(row,), systems=(), risks=(), criteria=(), positions=()).check()
    assert (finding.message, finding.row, finding.level) == (key, "C-02", "error")
    worded = {finding.text(lang) for lang in LANGUAGES}
    assert len(worded) == 3
    assert all("{" not in sentence for sentence in worded)


def test_plain_data_says_all_and_only_what_json_can_hold(pack: Evidence) -> None:
    """Keys that doors promise; whole numbers whole; words in three languages whatever language is asked."""
    plain = pack.as_dict("kk")
    assert set(REGISTERS) | {"matrix", "disagreements", "documents", "counts", "findings"} == set(plain)
    rows = {row["id"]: row for name in REGISTERS for row in plain[name]}
    one = rows["C-02"]
    assert (one["value"], one["comparator"], one["unit"]) == (50, ">", "measures")
    assert isinstance(one["value"], int)
    assert rows["C-08"]["value"] == 4.5
    assert set(one["gloss"]) == set(LANGUAGES)
    assert one["value_text"] == "50 іс-шарадан астам"
    assert one["locator"]["lines"] == [9]
    assert one["locator"]["text"] == "A:9"
    assert rows["C-03-P2"]["locator"]["url"].startswith("https://")
    assert rows["SYS-02"]["locator"]["also"]["lines"] == [57]
    assert rows["P-05"]["stance_locator"]["text"] == "A:37"
    assert rows["P-20"]["stance_locator"] is None
    assert rows["P-21"]["voice"] is None
    assert plain["counts"] == {"commitments": 80, "systems": 83, "risks": 49, "criteria": 31, "positions": 25}
    assert set(pack.as_dict("ru", "risks")) == {"risks", "documents", "counts", "findings"}


def test_years_are_said_as_they_were_given(pack: Evidence) -> None:
    """One year, a span, a deadline, a beginning and an open end, in English and in Kazakh."""
    for lang, wanted in {
        "en": {"C-01": "2025", "C-20": "2026–2028", "C-22": "to 2030", "C-02": "from 2025",
               "C-31": "2030 and beyond", "C-05": None},
        "kk": {"C-01": "2025", "C-20": "2026–2028", "C-22": "2030 жылға дейін", "C-02": "2025 жылдан бастап",
               "C-31": "2030 жыл және одан әрі", "C-05": None},
    }.items():  # fmt: skip
        rows = {row["id"]: row["years_text"] for row in pack.as_dict(lang, "commitments")["commitments"]}
        assert {key: rows[key] for key in wanted} == wanted


def test_themes_of_all_tables_are_one_list() -> None:
    """Commitments, systems, risks, criteria and positions are tagged from the same closed list."""
    lists = {table(f"evidence_{name}")["themes"].values for name in REGISTERS}
    assert len(lists) == 1
