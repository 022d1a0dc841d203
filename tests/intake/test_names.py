"""Names of logs, in three languages and with typing errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from daliz.errors import BadValue
from daliz.gazetteer import Gazetteer, fold
from daliz.intake.names import Names

if TYPE_CHECKING:
    import polars as pl


@pytest.fixture(scope="module")
def names(frames: dict[str, pl.DataFrame]) -> Names:
    codes = {row["code"]: row for row in frames["activity_codes"].iter_rows(named=True)}
    return Names(Gazetteer(frames), codes)


@pytest.mark.parametrize("spelling", ["Dostyk", "Достык", "Достық", "kz-dostyk", "DOSTYK"])
def test_a_place_is_known_in_every_language(names: Names, spelling: str) -> None:
    """Id, English, Russian and Kazakh all mean the one place."""
    assert (names.place(spelling, "rail").how, names.place(spelling, "rail").id) == ("sure", "kz-dostyk")


@pytest.mark.parametrize(("wrong", "place"), [("Altynkoll", "kz-altynkol"), ("Алтынкөлл", "kz-altynkol")])
def test_a_typing_error_is_mended_and_said(names: Names, wrong: str, place: str) -> None:
    """One letter off, and no other place near: taken, and marked as mended."""
    meaning = names.place(wrong, "")
    assert (meaning.how, meaning.id) == ("mended", place)


def test_a_name_of_several_places_is_asked_about(frames: dict[str, pl.DataFrame]) -> None:
    """Two places far apart with one name: no guess, both are offered; an answer settles it."""
    import polars as pl

    rows = frames["places"].filter(pl.col("place").is_in(["kz-dostyk", "kz-altynkol", "ru-moscow"]))
    twice = rows.with_columns(
        name_en=pl.when(pl.col("place") == "ru-moscow").then(pl.lit("Moscow")).otherwise(pl.lit("Twintown"))
    )
    codes = {row["code"]: row for row in frames["activity_codes"].iter_rows(named=True)}
    gazetteer = Gazetteer({**frames, "places": twice})
    meaning = Names(gazetteer, codes).place("Twintown", "rail")
    assert meaning.how == "ask"
    assert len(meaning.candidates) == 2
    settled = Names(gazetteer, codes, {("place", fold("Twintown")): "kz-dostyk"})
    assert settled.place("twintown", "rail").id == "kz-dostyk"


def test_a_foreign_name_stays_foreign(names: Names) -> None:
    """A name near nothing, a short one, and an identifier of another system are not forced on ours."""
    for word in ("Gotham warehouse 7", "Ab", "urn:epc:id:sgln:0614141.07346.1234"):
        assert names.place(word, "").how == "foreign"
    assert names.activity("T02 Check confirmation of receipt", "").how == "foreign"


@pytest.mark.parametrize(
    ("word", "mode", "code"),
    [
        ("customs_clearance", "road", "customs_clearance"),
        ("Кедендік рәсімдеу", "road", "customs_clearance"),
        ("Таможенное оформление", "road", "customs_clearance"),
        ("Bogie exchange", "rail", "gauge_change_bogie"),
        ("Bogie exchangee", "rail", "gauge_change_bogie"),
        ("движение", "rail", "move"),
    ],
)
def test_an_activity_is_known_in_every_language(names: Names, word: str, mode: str, code: str) -> None:
    """Codes, the three names, a typing error, and the words for a movement."""
    assert names.activity(word, mode).id == code


def test_an_answer_that_is_no_id_is_refused(frames: dict[str, pl.DataFrame]) -> None:
    """Answers are checked before the first row is read."""
    codes = {row["code"]: row for row in frames["activity_codes"].iter_rows(named=True)}
    with pytest.raises(BadValue, match="kz-nowhere"):
        Names(Gazetteer(frames), codes, {("place", "x"): "kz-nowhere"})
