"""The curated points: enough of them, apart from each other, named in three languages, on the right clock."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

FEWEST_PLACES = 350
FEWEST_CROSSINGS = 70
KAZAKH_LETTERS = "әғқңөұүһі"
RUSSIAN_ALPHABET = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"


def test_there_are_enough_places(frames: Mapping[str, pl.DataFrame]) -> None:
    """At least 350 places, each with its own pair of coordinates."""
    places = frames["places"]
    assert places.height >= FEWEST_PLACES
    points = set(zip(places["lat"].to_list(), places["lon"].to_list(), strict=True))
    assert len(points) == places.height


def test_there_are_enough_crossings_and_each_is_a_pair(frames: Mapping[str, pl.DataFrame]) -> None:
    """At least 70 crossings, each between two posts of two states that serve its mode."""
    places = {row["place"]: row for row in frames["places"].iter_rows(named=True)}
    crossings = frames["crossings"].to_dicts()
    assert len(crossings) >= FEWEST_CROSSINGS
    odd = [
        row["crossing"]
        for row in crossings
        if places[row["post_a"]]["country"] == places[row["post_b"]]["country"]
        or any(row["mode"] not in places[row[post]]["modes"] for post in ("post_a", "post_b"))
    ]
    assert odd == []


def test_no_two_crossings_join_the_same_posts(frames: Mapping[str, pl.DataFrame]) -> None:
    """A pair of posts is one crossing a mode, never counted twice."""
    pairs = [(row["mode"], *sorted((row["post_a"], row["post_b"]))) for row in frames["crossings"].to_dicts()]
    assert len(pairs) == len(set(pairs))


def test_names_are_there_in_three_languages(frames: Mapping[str, pl.DataFrame]) -> None:
    """Every place has a Latin English name and Cyrillic Russian and Kazakh ones."""
    odd = []
    for row in frames["places"].iter_rows(named=True):
        english, russian, kazakh = (row[f"name_{lang}"] for lang in ("en", "ru", "kk"))
        if re.search("[Ѐ-ӿ]", english) or not all(re.search("[Ѐ-ӿ]", name) for name in (russian, kazakh)):
            odd.append(row["place"])
    assert odd == []


def test_russian_names_use_russian_letters(frames: Mapping[str, pl.DataFrame]) -> None:
    """No Russian name holds a letter of another Cyrillic alphabet."""
    odd = [
        row["name_ru"]
        for row in frames["places"].iter_rows(named=True)
        if any(
            "Ѐ" <= letter <= "ӿ" and letter not in RUSSIAN_ALPHABET for letter in row["name_ru"].casefold()
        )
    ]
    assert odd == []


def test_kazakh_names_use_kazakh_letters(frames: Mapping[str, pl.DataFrame]) -> None:
    """Kazakh names hold only letters of the Kazakh alphabet, and a third of ours use its own letters."""
    rows = frames["places"].to_dicts()
    alphabet = RUSSIAN_ALPHABET + KAZAKH_LETTERS
    foreign = [
        row["name_kk"]
        for row in rows
        if any("Ѐ" <= letter <= "ӿ" and letter not in alphabet for letter in row["name_kk"].casefold())
    ]
    assert foreign == []
    ours = [row["name_kk"].casefold() for row in rows if row["country"] == "KZ"]
    own = [name for name in ours if set(name) & set(KAZAKH_LETTERS)]
    assert len(own) > len(ours) / 3


def test_well_known_kazakh_names_are_spelled_right(frames: Mapping[str, pl.DataFrame]) -> None:
    """Names that every reader of Kazakh knows: state onomastics, not transliterated Russian."""
    known = {
        "kz-aktau": "Ақтау", "kz-almaty": "Алматы", "kz-altynkol": "Алтынкөл", "kz-dostyk": "Достық",
        "kz-kyzylorda": "Қызылорда", "kz-aktobe": "Ақтөбе", "kz-shymkent": "Шымкент",
        "kz-atyrau": "Атырау", "ru-moscow": "Мәскеу", "kz-zhetygen": "Жетіген",
    }  # fmt: skip
    names = dict(zip(frames["places"]["place"], frames["places"]["name_kk"], strict=True))
    assert {place: names[place] for place in known} == known


def test_rail_places_have_gauges(frames: Mapping[str, pl.DataFrame]) -> None:
    """Every place served by rail names the gauges of its yard, and no other place does."""
    odd = [
        row["place"]
        for row in frames["places"].iter_rows(named=True)
        if ("rail" in row["modes"]) != bool(row["gauges_mm"])
    ]
    assert odd == []


def test_gauge_breaks_have_two_gauges(frames: Mapping[str, pl.DataFrame]) -> None:
    """The yards where 1520 meets 1435 hold both gauges at one of the two posts at least."""
    gauges = {row["place"]: set(row["gauges_mm"]) for row in frames["places"].iter_rows(named=True)}
    for pair in (
        ("kz-dostyk", "cn-alashankou"), ("kz-altynkol", "cn-khorgos"), ("by-brest", "pl-malaszewicze"),
        ("ru-zabaikalsk", "cn-manzhouli"), ("mn-zamyn-uud", "cn-erenhot"), ("tm-sarahs", "ir-sarakhs"),
    ):  # fmt: skip
        assert any({"1520", "1435"} <= gauges[post] for post in pair), pair


def test_chinese_posts_keep_beijing_time(frames: Mapping[str, pl.DataFrame]) -> None:
    """Every Chinese place keeps Asia/Shanghai, those of Xinjiang among them."""
    chinese = frames["places"].filter(frames["places"]["country"] == "CN")
    assert {"cn-alashankou", "cn-khorgos", "cn-khorgos-road", "cn-urumqi"} <= set(chinese["place"])
    assert set(chinese["timezone"]) == {"Asia/Shanghai"}


def test_kazakhstan_is_on_one_clock(frames: Mapping[str, pl.DataFrame]) -> None:
    """Since March 2024 all of Kazakhstan is at UTC+5; the zones of our places agree."""
    zones = set(frames["places"].filter(frames["places"]["country"] == "KZ")["timezone"])
    winter, summer = dt.datetime(2025, 1, 15, tzinfo=dt.UTC), dt.datetime(2025, 7, 15, tzinfo=dt.UTC)
    offsets = {
        instant.astimezone(ZoneInfo(zone)).utcoffset() for zone in zones for instant in (winter, summer)
    }
    assert offsets == {dt.timedelta(hours=5)}


def test_zones_exist(frames: Mapping[str, pl.DataFrame]) -> None:
    """Every clock of a place is a zone of the pinned tz data."""
    offsets = [
        dt.datetime(2026, 1, 1, tzinfo=ZoneInfo(zone)).utcoffset()
        for zone in set(frames["places"]["timezone"])
    ]
    assert len(offsets) > 20
    assert None not in offsets


def test_planned_lines_carry_status_and_year(frames: Mapping[str, pl.DataFrame]) -> None:
    """A planned line or one under construction says in which year it is to open."""
    future = [
        row
        for row in frames["links"].to_dicts()
        if row["status"] in ("planned", "construction") and row["mode"] != "sea"
    ]
    assert len(future) >= 6
    assert [row["link"] for row in future if not row["open_from"]] == []
