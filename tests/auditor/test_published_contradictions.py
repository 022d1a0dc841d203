"""Contradictions that stand in published texts are found, each with the numbers worked out by hand."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from daliz.auditor import Claims, Remark, audit, rules
from daliz.i18n import LANGUAGES
from daliz.schema import table

if TYPE_CHECKING:
    from daliz.auditor import Audit


def claim(key: str, indicator: str, value: str, **cells: object) -> dict[str, object]:
    """A typed row of table claims."""
    columns = table("claims").columns
    row = {column.name: None if column.required else column.parse("") for column in columns}
    return row | {"claim": key, "indicator": indicator, "value": value} | cells


def audited(*rows: dict[str, object]) -> Audit:
    return audit(Claims.of(rows))


def only(found: Audit, rule: str) -> Remark:
    """The one remark of a rule; worded in three languages without a gap."""
    (remark,) = found.of(rule)
    said = {remark.text(lang) for lang in LANGUAGES}
    assert len(said) == 3
    assert not any("{" in sentence or "Fraction" in sentence or "Said(" in sentence for sentence in said)
    return remark


def test_swod_and_swd_that_are_swapped() -> None:
    """SWOD 28.6 -> 31.2 with SWD 49.9 -> 51.1: at least 49.85 against at most 28.65, 21.2 km/h too much."""
    found = audited(
        claim("a", "swod_kmh", "28.6", year=2019), claim("b", "swod_kmh", "31.2", year=2020),
        claim("c", "swd_kmh", "49.9", year=2019), claim("d", "swd_kmh", "51.1", year=2020),
    )  # fmt: skip
    remark = only(found, "swapped_speeds")
    assert sorted(one.id for one in remark.claims) == ["a", "b", "c", "d"]
    assert remark.off == Fraction("49.85") - Fraction("28.65") == Fraction("21.2")
    assert remark.as_dict()["certainty"] == "certain"
    assert not found.ok
    assert "2 of 2" in remark.text("en")


def test_swd_that_rounds_to_swod_is_no_swap() -> None:
    """31.2 with delay and 31 without may be 31.2 and 31.4."""
    assert not audited(claim("a", "swod_kmh", "31"), claim("b", "swd_kmh", "31.2")).of("swapped_speeds")


def test_growth_of_57_to_67_is_not_15_7() -> None:
    """57.2 -> 67.4 is 67.35/57.25 to 67.45/57.15, that is 17.64 to 18.02 per cent, and 17.8 in the middle."""
    remark = only(
        audited(
            claim("a", "tfi1_h", "57.2", year=2021),
            claim("b", "tfi1_h", "67.4", year=2022, base="a", stated_change_pct="15.7"),
        ),
        "growth",
    )
    assert remark.follows is not None
    assert remark.follows.low == (Fraction("67.35") / Fraction("57.25") - 1) * 100
    assert remark.follows.high == (Fraction("67.45") / Fraction("57.15") - 1) * 100
    assert float(remark.off or 0) == pytest.approx(17.6419 - 15.75, abs=1e-4)
    assert "17.832%" in remark.text("en")
    assert "66.18 h" in remark.text("en")
    assert "66.18 сағ" in remark.text("kk")


@pytest.mark.parametrize(
    ("stated", "wrong"), [("17.8", False), ("17.6", False), ("18", False), ("18.1", True)]
)
def test_growth_takes_all_that_rounding_explains_and_no_more(stated: str, wrong: bool) -> None:
    """17.64 to 18.02: 17.6 reaches 17.65, 18 reaches 17.5 to 18.5; 18.1 begins at 18.05."""
    found = audited(claim("b", "tfi1_h", "67.4", base="57.2", stated_change_pct=stated))
    assert bool(found.of("growth")) is wrong


def test_growth_of_21_to_23_is_not_8_3_by_a_hair() -> None:
    """21.5 -> 23.4 is at least 23.35/21.55 - 1 = 8.3527 per cent; 8.3 reaches 8.35: off by 0.0027."""
    remark = only(audited(claim("b", "swd_kmh", "23.4", base="21.5", stated_change_pct="8.3")), "growth")
    assert remark.off == (Fraction(2335, 2155) - 1) * 100 - Fraction("8.35") == Fraction(23, 8620)
    assert "8.8372%" in remark.text("en")
    assert "write 8.8%" in remark.text("en")
    assert not audited(claim("b", "swd_kmh", "23.4", base="21.5", stated_change_pct="8.8")).of("growth")
    assert not audited(claim("b", "swd_kmh", "23.4", base="21.5", stated_change_pct="8.4")).of("growth")


def test_one_post_at_50_hours_beside_a_mean_of_2() -> None:
    """2.15/50.05 = 4.30 per cent: no more of the shipments can have passed the post."""
    found = audited(
        claim("post", "tfi1_h", "50.1", subject="kg-torugart", within="KG", direction="out", year=2022),
        claim("state", "tfi1_h", "2.1", subject="KG", direction="out", year=2022),
    )  # fmt: skip
    remark = only(found, "implied_share")
    assert remark.follows is not None
    assert remark.follows.high == Fraction("2.15") / Fraction("50.05") * 100
    assert "4.2957%" in remark.text("en")
    assert found.ok


def test_twenty_centimetres_a_year_for_two_decades_beside_two_metres() -> None:
    """19.5 to 20.5 cm times 20 is 3.9 to 4.1 m; 2.3 m reaches 2.35 m: 1.55 m too much."""
    rate = claim("rate", "sea level", "20", unit="cm", kind="rate", span_years=20.0, trend="fell")
    change = claim("change", "sea level", "2.3", unit="m", kind="change", from_year=1996)
    remark = only(audited(rate, change), "rate_times_span")
    assert remark.off == Fraction("3.9") - Fraction("2.35")
    assert remark.as_dict()["follows"] == {"low": 3.9, "high": 4.1}
    assert remark.as_dict()["certainty"] == "suspicious"
    dated = only(audited(rate, change | {"year": 2025}), "rate_times_span")
    assert f"{230 / 29:.4f}"[:5] in dated.text("en")
    assert not audited(rate, change | {"value": "4.0"}).of("rate_times_span")


def test_rates_over_one_span_contradict_for_certain() -> None:
    """20 cm a year over the same 20 years is neither 2.3 m nor 5 m."""
    rate = claim("rate", "level", "20", unit="cm", kind="rate", span_years=20.0)
    for value in ("2.3", "5.0"):
        change = claim("change", "level", value, unit="m", kind="change", from_year=2000, year=2020)
        assert only(audited(rate, change), "rate_times_span").as_dict()["certainty"] == "certain"


def test_regional_rail_jumps_from_23_to_52() -> None:
    """20.6, 23.0, 51.9, 40.6: a change by 2.257 where the median of the others is 1.195, cubed 1.705."""
    values = {2019: "20.6", 2020: "23.0", 2021: "51.9", 2022: "40.6"}
    rows = [claim(f"y{year}", "tfi1_h", value, year=year, n=500) for year, value in values.items()]
    remark = only(audited(*rows), "jump")
    assert [one.id for one in remark.claims] == ["y2020", "y2021"]
    assert "2.2565" in remark.text("en")
    assert "1.1947" in remark.text("en")
    assert remark.follows is not None
    middle = ((23.0 / 20.6) * (51.9 / 40.6)) ** 0.5
    assert float(remark.follows.high or 0) == pytest.approx(23.0 * middle**3, rel=1e-6)
    changed = [row | {"n": 100 if row["year"] < 2021 else 900} for row in rows]  # type: ignore[operator]
    assert "from 100 to 900" in only(audited(*changed), "jump").text("en")
    short = only(audited(*rows[1:3]), "jump")
    assert "too short" in short.text("en")


def test_rail_that_equals_road_to_the_decimal() -> None:
    """SWOD 41.6 by rail and by road in one year."""
    found = audited(
        claim("a", "swod_kmh", "41.6", mode="rail", year=2021),
        claim("b", "swod_kmh", "41.6", mode="road", year=2021),
        claim("c", "swod_kmh", "42.2", mode="rail", year=2020),
    )  # fmt: skip
    assert [one.id for one in only(found, "identical").claims] == ["a", "b"]


def test_trade_by_three_sources_stands_side_by_side() -> None:
    """Over 50 and over 45 do not contradict each other or 51; 44.7 contradicts both, most of all over 50."""
    over = [
        claim("a", "trade", "50", comparator=">", year=2024, source="x", unit="billion USD"),
        claim("b", "trade", "45", comparator=">", year=2024, source="y", unit="billion USD"),
    ]
    third = claim("c", "trade", "44.7", year=2024, source="z", unit="billion USD")
    remark = only(audited(*over, third), "conflicting_sources")
    assert [one.id for one in remark.claims] == ["a", "b", "c"]
    assert remark.off == Fraction("50") - Fraction("44.75")
    assert "5.25" in remark.text("en")
    assert all(value in remark.text("ru") for value in ("> 50 млрд USD (x)", "> 45 млрд USD (y)", "44.7"))
    assert not audited(*over, third | {"value": "51"}).remarks


def test_a_bound_allows_only_what_it_allows() -> None:
    """From over 50 to 60 is at most 60.5/50 - 1 = 21 per cent."""
    row = claim("b", "trade", "60", base="a", stated_change_pct="25", year=2024)
    low = claim("a", "trade", "50", comparator=">", year=2023)
    remark = only(audited(low, row), "growth")
    assert remark.follows is not None
    assert remark.follows.high == 21
    assert not audited(low, row | {"stated_change_pct": "3"}).of("growth")


def test_what_is_said_to_rise_and_falls() -> None:
    """Speed said to rise from 21.9 to 21.2."""
    found = audited(claim("b", "swod_kmh", "21.2", base="21.9", trend="rose"))
    assert only(found, "trend").off == Fraction("0.6")
    assert not audited(claim("b", "swod_kmh", "21", base="21.4", trend="rose")).of("trend")


def test_a_difference_that_is_not_one() -> None:
    """31.2 - 28.6 is 2.5 to 2.7, not 3.6; a fall of 2.6 is no rise of 2.6."""
    rose = claim("b", "swod_kmh", "31.2", base="28.6", stated_change="3.6")
    assert only(audited(rose), "change").off == Fraction("0.85")
    assert not audited(rose | {"stated_change": "2.6"}).remarks[:-1]
    assert audited(rose | {"stated_change": "2.6", "trend": "fell"}).of("change")


def test_points_called_per_cent() -> None:
    """A share that goes from 40 to 45 per cent rises by 5 points, which is 12.5 per cent."""
    rows = (
        claim("a", "share of rail", "40", unit="%", kind="share", year=2020),
        claim("b", "share of rail", "45", unit="%", kind="share", year=2021, base="a", stated_change_pct="5"),
    )
    assert only(audited(*rows), "percentage_points").as_dict()["follows"]["low"] < 12.5


def test_means_lie_between_their_parts() -> None:
    """Parts of 2.1 and 8.9 allow 2.05 to 8.95; with weights 1 and 3 they allow about 7.2."""
    parts = [claim("p", "x_h", "2.1", weight="1"), claim("q", "x_h", "8.9", weight="3")]
    mean = claim("m", "x_h", "9.2", kind="mean", parts=["p", "q"], n=99)
    bare = [part | {"weight": None} for part in parts]
    assert only(audited(*bare, mean), "mean_outside_parts").off == Fraction("0.2")
    assert not audited(*bare, mean | {"value": "8.9"}).remarks
    weighted = only(audited(*parts, mean | {"value": "8.9"}), "mean_outside_parts")
    assert weighted.follows is not None
    highest = (Fraction("2.15") * Fraction("0.5") + Fraction("8.95") * Fraction("3.5")) / 4
    assert weighted.follows.high == highest
    assert not audited(*parts, mean | {"value": "7.2"}).remarks


def test_both_directions_lie_between_the_two() -> None:
    """Both 9.9 cannot be with in 5.0 and out 1.5 of one source; of two sources it may."""
    rows = [
        claim(d, "tfi1_h", v, direction=d, year=2020, source="s", n=50)
        for d, v in (("in", "5.0"), ("out", "1.5"), ("both", "9.9"))
    ]
    assert only(audited(*rows), "mean_outside_parts").off == Fraction("9.85") - Fraction("5.05")
    assert not audited(*rows[:2], rows[2] | {"source": "t"}).of("mean_outside_parts")


def test_totals_are_sums() -> None:
    """2.7 and 1.4 are 4.0 to 4.2, not 3.3; with 0.8 left out of 4.9 the part is named."""
    parts = [claim("p", "volume", "2.7", unit="Mt"), claim("q", "volume", "1.4", unit="Mt")]
    total = claim("t", "volume", "3.3", unit="Mt", kind="total", parts=["p", "q"])
    assert only(audited(*parts, total), "total_not_sum").off == Fraction("0.65")
    assert not audited(*parts, total | {"value": "4.2"}).remarks
    third = claim("r", "volume", "800", unit="kt", subject="third")
    left_out = only(
        audited(*parts, third, total | {"value": "4.1", "parts": ["p", "q", "r"]}), "total_not_sum"
    )
    assert "leave it out" in left_out.text("en")
    assert "third" in left_out.text("en")


def test_shares_add_to_100() -> None:
    """33, 33 and 33 may be thirds; 45, 35 and 15 are not a whole, 3.5 points off beyond rounding."""

    def pie(*values: str) -> list[dict[str, object]]:
        return [
            claim(f"s{at}", f"share {at}", value, unit="%", kind="share", group="modes")
            for at, value in enumerate(values)
        ]  # fmt: skip

    assert not audited(*pie("33", "33", "33")).remarks
    assert only(audited(*pie("45", "35", "15")), "shares_not_100").off == Fraction("3.5")


@pytest.mark.parametrize(
    ("mode", "value", "rule"),
    [
        ("road", "101", "speed_road"), ("road", "100", ""), ("rail", "120.6", "speed_rail"),
        ("rail", "82.4", ""), ("sea", "51", "speed_sea"), ("", "119", ""), ("road", "0.3", "speed_floor"),
    ],
)  # fmt: skip
def test_impossible_speeds(mode: str, value: str, rule: str) -> None:
    """Over 100 km/h by road, 120 by rail and 50 at sea, or below walking pace."""
    found = [r.rule.id for r in audited(claim("a", "swod_kmh", value, mode=mode, n=40)).remarks]
    assert found == ([rule] if rule else [])


def test_tiny_and_unstated_samples() -> None:
    """A sample of 4 is fewer than ten; a mean without n is noted once a source; volumes have no sample."""
    found = audited(
        claim("a", "tfi1_h", "4.2", n=4, year=2020), claim("b", "tfi1_h", "4.3", year=2021, source="s"),
        claim("c", "tfi1_h", "4.4", year=2022, source="s"), claim("d", "volume", "3.3", unit="Mt"),
    )  # fmt: skip
    assert only(found, "sample_small").claims[0].id == "a"
    assert [one.id for one in only(found, "sample_unstated").claims] == ["b", "c"]


def test_a_share_that_the_sample_cannot_give() -> None:
    """Of 7 shipments 2 are 28.6 and 3 are 42.9 per cent: 37 is neither; 43 is three."""
    row = claim("a", "on time", "37", unit="%", kind="share", n=7)
    assert only(audited(row), "share_of_n").off == Fraction(300, 7) - Fraction("37.5")
    assert not audited(row | {"value": "43"}).remarks


@pytest.mark.parametrize(
    ("value", "factor", "right"), [("516", 60, "8.6 h"), ("0.36", 24, "8.64 h"), ("86", 10, "8.6 h")]
)
def test_slips_of_unit(value: str, factor: int, right: str) -> None:
    """516 among 8.2 to 9.1 h are minutes, 0.36 are days, 86 lost its decimal point."""
    others = {2019: "8.2", 2020: "8.8", 2022: "9.1", 2023: "8.5"}
    rows = [claim(f"y{year}", "tfi1_h", v, year=year, n=90) for year, v in others.items()]
    found = audited(*rows, claim("odd", "tfi1_h", value, year=2021, n=90))
    said = only(found, "unit_slip").text("en")
    assert f"factor of {factor} " in said
    assert right in said
    assert not found.of("jump")


def test_a_slip_between_two_sources_is_named() -> None:
    """8.2 h and 492 of another source differ by 60; 8.2 of 2021 may be the other source's 2020."""
    a = claim("a", "tfi1_h", "8.2", year=2021, source="x", n=90)
    slip = audited(a, claim("b", "tfi1_h", "492", year=2021, source="y", n=90))
    assert "factor of 60" in only(slip, "conflicting_sources").text("en")
    year = audited(
        claim("a", "tfi1_h", "8.62", year=2021, source="x", n=90),
        claim("b", "tfi1_h", "7.9", year=2021, source="y", n=90),
        claim("c", "tfi1_h", "8.62", year=2020, source="y", n=90),
    )  # fmt: skip
    assert "figure of 2020" in only(year, "conflicting_sources").text("en")


def test_one_source_with_two_values() -> None:
    """A text says 35.9 and its table 35.4."""
    rows = [
        claim(key, "tfi1_h", v, year=2022, source="s", n=9999) for key, v in (("a", "35.4"), ("b", "35.9"))
    ]
    assert only(audited(*rows), "said_twice").off == Fraction("0.4")


def test_units_that_measure_something_else() -> None:
    """Hours given in km/h, and hours compared with dollars."""
    assert audited(claim("a", "tfi1_h", "5", unit="km/h", n=50)).of("unit_mismatch")
    found = audited(
        claim("a", "x", "5", unit="USD"), claim("b", "x", "6", unit="h", base="a", stated_change_pct="20")
    )
    assert only(found, "unit_mismatch")
    assert not audited(claim("a", "tfi1_h", "300", unit="min", n=50)).remarks


def test_values_that_cannot_be() -> None:
    """Hours below zero and a share above 100 per cent; -0.0 rounded is still zero."""
    assert audited(claim("a", "tfi1_h", "-3", n=50)).of("out_of_bounds")
    assert audited(claim("a", "part", "104", unit="%", kind="share")).of("out_of_bounds")
    assert not audited(claim("a", "part", "100.4", unit="%", kind="share", rounding="1")).remarks


def test_in_and_out_that_are_exchanged() -> None:
    """In 54.4, 61.8 and out 8.9, 11.4; a year with in 6.8 and out 78.0 fits when exchanged."""

    def rows(last_in: str, last_out: str) -> list[dict[str, object]]:
        table_of = {"in": ("54.4", "61.8", last_in), "out": ("8.9", "11.4", last_out)}
        return [
            claim(f"{way}{year}", "tfi1_h", value, direction=way, year=year, n=99)
            for way, values in table_of.items() for year, value in enumerate(values, start=2020)
        ]  # fmt: skip

    wrong = audited(*rows("6.8", "78.0"))
    assert {one.id for one in only(wrong, "swapped_directions").claims} == {"in2022", "out2022"}
    assert not wrong.of("jump")
    assert not audited(*rows("78.0", "6.8")).of("swapped_directions")


def test_comparisons_on_different_bases() -> None:
    """A quarter against a year, a later base, another quantity, another year than is said."""
    a = claim("a", "x", "10", year=2021)
    for cells in (
        {"year": 2022, "period": "Q1"}, {"year": 2020}, {"year": 2022, "subject": "other"},
        {"year": 2022, "base_year": 2020},
    ):  # fmt: skip
        row = claim("b", "x", "11", base="a", stated_change_pct="10") | cells
        only(audited(a, row), "basis")
    assert not audited(a, claim("b", "x", "11", base="a", stated_change_pct="10", year=2022)).remarks


def test_the_year_before_is_the_base_where_none_is_named() -> None:
    """A change without a base is held against the one figure of the year before."""
    rows = [claim("a", "x", "10.0", year=2021), claim("b", "x", "12.0", year=2022, stated_change_pct="10")]
    assert only(audited(*rows), "growth").claims[0].id == "a"


def test_every_rule_is_declared_whole_and_is_used() -> None:
    """Each rule has names and checks in three languages, a level, a source, and a unit for its tolerance."""
    levels = {"error", "warning", "note"}
    for rule in rules().values():
        assert rule.level in levels
        assert rule.certainty in {"certain", "suspicious"}
        assert len({*rule.names.values()}) == len({*rule.checks.values()}) == 3
        assert rule.source in {"daliz-derivation", "daliz-assumption"}
        assert (rule.quality == "assumed") == (rule.source == "daliz-assumption")
        assert bool(rule.tolerance) == bool(rule.tolerance_unit)
