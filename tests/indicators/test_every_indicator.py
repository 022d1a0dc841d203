"""Every declared indicator is computed, has a hand-worked value on a small log, and is explained.

The log is that of `indicator_log`. Trips: s1 (20 t, 2 TEU, 512 km, 11 h moving, 13 h stopped, 24 h in all),
s2 (40 t, 4 TEU, 512 km, 13 h, 9 h, 22 h) and s3 (10 t, 1 TEU, 200 km, 4 h moving, still open).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from indicator_log import event, frames, log

import daliz
from daliz.explain import term
from daliz.i18n import LANGUAGES
from daliz.indicators import Question, measure
from daliz.schema import read_table, table, table_names
from daliz.store.measures import GROUPS, MEASURES

if TYPE_CHECKING:
    from daliz.indicators import Result

ROWS = {
    row["indicator"]: row
    for path in sorted((Path(daliz.__file__).parent / "data" / "indicators").glob("*.csv"))
    for row in read_table("indicators", path)[0]
}
TKM = 512 * 20 + 512 * 40
ALL_TKM = TKM + 200 * 10
ALL_G = 20 * (500 * 20 + 500 * 40) + 30 * (12 * 20 + 12 * 40) + 60 * 200 * 10
"""Grams: 20 g in Kazakhstan (the factor for anywhere), 30 g in China (its own), 60 g on the road."""

BY_HAND = {
    "shipments": 3, "visits": 5, "border_passages": 5, "tonnes_shipped": 70, "teu_shipped": 7,
    "tonne_km": ALL_TKM, "teu_km": 512 * 2 + 512 * 4 + 200,
    # arrivals: Dostyk 1 and 5 January, Alashankou 1 and 6 January, Nur Zholy 9 January, one a day
    "stays_per_day": 1, "peak_day": 1,
    # stays 5 + 7 + 8 + 2 h on four days; the lorry is not over
    "present": 22 / 24 / 4,
    # 2 + 4 TEU on two days with 10 TEU of capacity each; one lorry of 50
    "facility_use": 6 / 20, "crossing_use": 1 / 50,
    "tfi1": 5.5, "tfi1_pair": (13 + 9) / 2, "stay": 22 / 4, "border_waiting": 6 / 4,
    "border_control": (3 + 4 + 1 + 2) / 4, "border_documents": 2 / 4, "border_handling": 4 / 4,
    # eight timed activities: 3, 2, 4, 4, 1, 6, 2 and the lorry's 2 h
    "delay_by_cause": 24 / 8,
    "gauge_change_hours": 4, "unexplained": 0, "transit": 23, "moving": 12, "stopped": 11,
    "delay_share": 22 / 46,
    "border_share": 22 / 46, "delay_per_1000_km": 22 / 1.024,
    # s1 ends at 24 h, due 30; s2 at 122 h, due 120
    "punctuality": 0.5, "lateness": 2, "predictability_of_transit": 24 / 22,
    "tfi2": (60 + 100 + 0 + 30) / 4, "tfi2_unofficial": 5 / 4, "tfi3": 1790 * 10_000 / TKM,
    "tfi3_unofficial": 5 * 10_000 / TKM, "carriage_per_tkm": 1600 / TKM,
    "carriage_per_teu_km": 1600 / (512 * 6), "carriage_per_km": 1600 / 1024, "cost_per_tkm": 1790 / TKM,
    "stop_cost_share": 190 / 1790, "unofficial_ratio": 5 / 190, "paid_per_hour": 190 / 22,
    # 0.5 USD a tonne-hour: 13 h of 20 t, 9 h of 40 t, 2 h of 10 t
    "time_cost": 0.5 * (13 * 20 + 9 * 40 + 2 * 10),
    "swod": 1024 / 24, "swd": 1024 / 46, "tfi4": 1024 / 46, "door_speed": 1024 / 46, "load_per_teu": 10,
    "controls_per_border": 4 / 4, "repeats": 0, "handlings_per_trip": 1 / 2, "transit_share": 2 / 3,
    "co2e": ALL_G / 1000, "co2e_per_tkm": ALL_G / ALL_TKM, "co2e_per_teu_km": ALL_G / (512 * 6 + 200),
    "rail_share": TKM / ALL_TKM, "sea_share": 0, "co2e_beside_road": ALL_G / (60 * ALL_TKM),
    # 2 TEU handled at Alashankou: 4 kWh at 500 g and 1 kg of diesel
    "hub_co2e": 2 * 3,
    # export 80 + 20 + 120, import 60 + 150
    "exports": 220, "imports": 210, "trade_balance": 10, "trade_weight": 148, "unit_value": 430 / 148,
    "partner_concentration": (260**2 + 20**2 + 150**2) / 430**2,
    "product_concentration": (350**2 + 20**2 + 60**2) / 430**2,
    "machinery_share": 80 / 430, "outside_dollar_euro": 140 / 280,
    # China says 150 for the 120 of 2026; the export of 2025 has no mirror
    "mirror_gap": 30 / 120, "trade_growth": (330 - 100) / 100,
}  # fmt: skip
"""Indicator to its value over the whole log, worked by hand."""


@pytest.fixture(scope="module")
def everything() -> Result:
    return measure(log(), frames(), Question(intervals=False))


def test_there_are_at_least_48_in_six_groups_and_each_is_computed_by_code() -> None:
    """Table and code name the same indicators, in the same groups and grains; no row is dead."""
    assert len(ROWS) >= 48
    assert set(ROWS) == set(MEASURES) == set(BY_HAND)
    assert {row["group"] for row in ROWS.values()} == set(GROUPS)
    for group, measures in GROUPS.items():
        assert len(measures) >= 6
        assert {ROWS[key]["group"] for key in measures} == {group}
    for key, one in MEASURES.items():
        assert ROWS[key]["grain"] == one.grain.partition("_")[0], key


def test_tfi4_is_the_only_second_name() -> None:
    """The count does not live on doubles: apart from TFI4 = SWD no two indicators share formula and unit."""
    said = [(row["formula"], row["unit"]) for row in ROWS.values()]
    assert len(set(said)) == len(said)


@pytest.mark.parametrize("key", sorted(BY_HAND))
def test_its_value_is_the_one_worked_by_hand(key: str, everything: Result) -> None:
    """The figure over the whole log is the one beside it in `BY_HAND`."""
    (found,) = [cell for cell in everything.cells if cell.indicator == key]
    assert found.n
    assert found.value == pytest.approx(BY_HAND[key], rel=1e-12, abs=1e-12)


def test_every_need_is_a_declared_table_or_column() -> None:
    """What an indicator needs is there to be named: tables and columns that are declared."""
    for row in ROWS.values():
        assert row["needs"]
        for need in row["needs"]:
            name, _, column = need.partition(".")
            assert name in table_names(), need
            assert not column or column in {one.name for one in table(name).columns}, need


def test_without_its_inputs_each_says_what_is_missing() -> None:
    """On a log of one bare event and no tables, each indicator is computed or names the input it lacks."""
    bare = table("events").frame([event("s", "x", None, 1)])
    found = measure(bare, {"indicators": frames()["indicators"]}, Question(intervals=False))
    missing = {one.indicator: one.inputs for one in found.missing}
    assert set(missing) | {cell.indicator for cell in found.cells} == set(ROWS)
    assert missing["swd"] == ("events.distance_km", "events.start")
    assert missing["exports"] == ("trade.value_usd",)
    assert missing["tfi2"] == ("events.direction", "events.official_amount", "fx_rates")
    assert missing["co2e"] == ("events.tonnes", "events.distance_km", "emissions")
    assert "shipments" not in missing
    said = {one["indicator"]: one["reason"] for one in found.as_dict("ru")["not_computable"]}
    assert said["exports"] == "не вычислить: нет trade.value_usd"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_explain_finds_each_by_key_and_name(lang: str) -> None:
    """`daliz explain` knows every indicator by its key, its name in each language and its other spellings."""
    for key, row in ROWS.items():
        for word in (key, row[f"name_{lang}"], *row["aliases"]):
            assert term(word).key == key, word
        card = term(key).as_dict(lang)
        assert card["definition"] == row[f"definition_{lang}"]
        assert card["formula"] == row["formula"]
        assert card["code"].endswith(key)


def test_the_three_languages_differ_and_keep_their_letters() -> None:
    """No definition is a copy of another language, and Kazakh and Russian words hold no Latin look-alikes."""
    import re

    for key, row in ROWS.items():
        definitions = [row[f"definition_{lang}"] for lang in LANGUAGES]
        assert len(set(definitions)) == 3, key
        for lang in ("kk", "ru"):
            for word in re.findall(r"[^\W\d_]+", f"{row[f'name_{lang}']} {row[f'definition_{lang}']}"):
                latin, cyrillic = re.search("[A-Za-z]", word), re.search("[\u0400-\u04ff]", word)
                assert not (latin and cyrillic), f"{key} {lang} {word}"
        assert not re.search("[ӘәҒғҚқҢңӨөҰұҮүҺһІі]", row["definition_ru"]), key


def test_the_weakest_class_of_the_events_is_that_of_the_figure() -> None:
    """One simulated event makes the figures it is in simulated, and the answer says so in three languages."""
    fake = [event("s9", "rail_customs", 0, 1, place="kz-dostyk", direction="out", mode="rail", country="KZ",
                  quality="simulated")]  # fmt: skip
    found = measure(log(fake), frames(), Question(("tfi1", "swd"), ("mode",), intervals=False))
    assert {(c.indicator, c.at["mode"]): c.quality for c in found.cells}["tfi1", "rail"] == "simulated"
    assert found.simulated
    assert "SIMULATED" in found.as_dict("en")["notes"][0]
    assert "МОДЕЛЬДЕНГЕН" in found.as_dict("kk")["notes"][0]
    assert not measure(log(), frames(), Question(("tfi1",), intervals=False)).simulated
