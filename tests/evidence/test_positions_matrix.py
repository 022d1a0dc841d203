"""The matrix of positions: who named which theme, where all agree, who stands alone, what answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from daliz.evidence import Evidence, Matrix
from daliz.i18n import LANGUAGES, catalogue
from daliz.schema import table

if TYPE_CHECKING:
    from daliz.schema import Row

SUMMIT = {
    "transport": {"KG", "KZ", "RU", "TM", "UZ"},
    "economy": {"KZ", "RU", "TJ"},
    "energy": {"KG", "KZ", "RU"},
    "humanitarian": {"KZ", "TJ"},
    "security": {"KZ", "TJ"},
    "partnership": {"TJ", "UZ"},
    "innovation_digital": {"KZ"},
    "national_currency": {"RU"},
    "barriers_movement": {"KG"},
    "tourism": {"KG"},
    "ecology": {"KG"},
    "caspian": {"TM"},
}
"""Voices of the table of six speakers, counted by hand from the article."""

CIS_COUNTS = {
    "transport": 6, "economy": 5, "institutional": 4, "security": 4, "energy": 4, "standards": 2,
    "innovation_digital": 2, "monitoring": 1, "data_ip": 1,
}  # fmt: skip


def test_the_summit_table_as_counted_by_hand(pack: Evidence) -> None:
    """Six speakers: transport five (all but Tajikistan), economy and energy three, six single voices."""
    matrix = pack.matrix("summit", "table")
    assert matrix.columns == ("KG", "KZ", "RU", "TJ", "TM", "UZ")
    assert {theme: set(matrix.voices(theme)) for theme in matrix.cells} == SUMMIT
    assert matrix.consensus("transport") == pytest.approx(5 / 6)
    assert set(matrix.single) == {theme for theme, voices in SUMMIT.items() if len(voices) == 1}
    assert {"national_currency", "ecology"} <= set(matrix.single)
    assert next(iter(matrix.cells)) == "transport"


def test_the_cis_paragraphs_as_counted_by_hand(pack: Evidence) -> None:
    """Nine states and the executive: transport six with the executive; monitoring and data one each."""
    matrix = pack.matrix("cis", "paragraph")
    assert matrix.columns == ("AM", "AZ", "BY", "KG", "KZ", "RU", "TJ", "TM", "UZ", "CIS")
    assert {theme: len(matrix.voices(theme)) for theme in CIS_COUNTS} == CIS_COUNTS
    assert set(matrix.voices("transport")) == {"AM", "KG", "KZ", "TM", "UZ", "CIS"}
    assert matrix.voices("monitoring") == ("CIS",)
    assert matrix.voices("data_ip") == ("KZ",)
    assert matrix.consensus("economy") == pytest.approx(0.5)


def _position(key: str, actors: list[str], themes: list[str]) -> Row:
    return {"position": key, "actors": actors, "themes": themes}


def _commitment(key: str, kind: str, themes: list[str], **cells: str) -> Row:
    return {"commitment": key, "kind": kind, "themes": themes, "same_as": None, "beside": None, **cells}


def test_a_small_matrix_by_hand() -> None:
    """Twice by one state is one voice; two states are two; repeats and contexts do not answer."""
    matrix = Matrix.of(
        [
            _position("P-1", ["KZ"], ["energy", "transport"]),
            _position("P-2", ["KZ"], ["energy"]),
            _position("P-3", ["RU", "UZ"], ["transport"]),
            _position("P-4", [], ["monitoring"]),
        ],
        [
            _commitment("C-1", "measure", ["energy"]),
            _commitment("C-2", "measure", ["energy"], same_as="C-1"),
            _commitment("C-3", "measure", ["energy"], beside="C-1"),
            _commitment("C-4", "context", ["energy"]),
            _commitment("C-5", "target", ["transport", "energy"]),
            _commitment("C-6", "measure", ["tourism"]),
        ],
    )
    assert matrix.columns == ("KZ", "RU", "UZ", "CIS")
    assert matrix.cells["energy"] == {"KZ": ("P-1", "P-2")}
    assert matrix.voices("transport") == ("KZ", "RU", "UZ")
    assert matrix.consensus("transport") == pytest.approx(3 / 4)
    assert matrix.voices("tourism") == ()
    assert matrix.consensus("tourism") == 0
    assert list(matrix.cells) == ["transport", "energy", "monitoring"]
    assert matrix.single == ("energy", "monitoring")
    assert matrix.answers == {"transport": ("C-5",), "energy": ("C-1", "C-5"), "monitoring": ()}
    assert matrix.unanswered == ("monitoring",)
    assert Matrix.of([], []).consensus("energy") == 0


def test_measures_answer_the_themes_they_are_tagged_with(pack: Evidence) -> None:
    """The map answers transport, the move to national currencies its theme; tourism has no answer."""
    matrix = pack.matrix()
    assert "C-40" in matrix.answers["transport"]
    assert matrix.answers["national_currency"] == ("C-49",)
    assert matrix.answers["barriers_movement"] == ("C-59",)
    assert "C-37" not in matrix.answers["monitoring"]
    assert "tourism" in matrix.unanswered
    declared = {row["commitment"] for row in pack.commitments if row["provenance"] == "declared"}
    assert {key for keys in matrix.answers.values() for key in keys} <= declared


def test_plain_data_of_the_matrix_counts_what_it_lists(pack: Evidence) -> None:
    """Counts, shares and the list of voices say the same; themes are worded in three languages."""
    for lang in LANGUAGES:
        plain = pack.as_dict(lang, "positions")["matrix"]
        assert set(plain) == {"summit", "cis", "all"}
        for matrix in plain.values():
            for row in matrix["themes"]:
                assert row["count"] == len(row["voices"]) == len(row["positions"])
                assert row["share"] == pytest.approx(row["count"] / len(matrix["columns"]))
                assert not row["name"].startswith("evidence.")


def test_every_theme_has_words() -> None:
    """The closed list of themes and the catalogue name the same themes."""
    themes = set(table("evidence_positions")["themes"].values)
    for lang in LANGUAGES:
        assert {key.removeprefix("evidence.theme_") for key in catalogue(lang) if "theme_" in key} >= themes
