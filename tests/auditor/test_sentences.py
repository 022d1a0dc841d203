"""Sentences in three languages become claims with their words, or are said not to be understood."""

from __future__ import annotations

import pytest

from daliz.auditor import audit, hear
from daliz.i18n import LANGUAGES

SWAP = {
    "en": "SWOD rose from 28.6 to 31.2 and SWD from 49.9 to 51.1.",
    "ru": "SWOD вырос с 28,6 до 31,2, а SWD с 49,9 до 51,1.",
    "kk": "SWOD 28,6-дан 31,2-ге, SWD 49,9-дан 51,1-ге дейін өсті.",
}
GROWTH = {
    "en": "Rail TFI1 went up 15.7% from 57.2 to 67.4 hours.",
    "ru": "По железной дороге TFI1 вырос на 15,7% с 57,2 до 67,4 часа.",
    "kk": "Теміржолдағы TFI1 57,2 сағаттан 67,4 сағатқа дейін 15,7%-ға өсті.",
}
HAIR = {
    "en": "SWD went up 8.3% to 23.4 from 21.5.",
    "ru": "SWD вырос на 8,3% до 23,4 с 21,5.",
    "kk": "SWD 8,3%-ға өсіп, 21,5-тен 23,4-ке жетті.",
}
SEA = {
    "en": "The Caspian falls by 20 cm a year for two decades. The sea level fell 2.3 m since 1996.",
    "ru": (
        "Каспий падает на 20 см в год в течение двух десятилетий. Уровень моря снизился на 2,3 м с 1996 года."
    ),
    "kk": (
        "Каспий екі онжылдық бойы жылына 20 см төмендеді. Теңіз деңгейі 1996 жылдан бері 2,3 м төмендеді."
    ),
}
every_language = pytest.mark.parametrize("lang", LANGUAGES)


def values(words: str) -> list[tuple[str, str]]:
    return [(claim.indicator, claim.value) for claim in hear(words).claims.all]


@every_language
def test_a_swap_is_heard(lang: str) -> None:
    """Four levels in two pairs, the second without its own verb, and one swap in both pairs."""
    heard = hear(SWAP[lang])
    assert values(SWAP[lang]) == [
        ("swod_kmh", "28.6"), ("swod_kmh", "31.2"), ("swd_kmh", "49.9"), ("swd_kmh", "51.1")
    ]  # fmt: skip
    assert {claim.get("trend") for claim in heard.claims.all} == {None, "rose"}
    (remark,) = audit(heard.claims).of("swapped_speeds")
    assert len(remark.claims) == 4
    assert [one.status for one in heard.sentences] == ["understood"]


@every_language
def test_growth_is_heard_in_either_order(lang: str) -> None:
    """Per cent before and after the levels; units printed once or twice; both figures are wrong."""
    heard = hear(GROWTH[lang])
    assert values(GROWTH[lang]) == [("tfi1_h", "57.2"), ("tfi1_h", "67.4")]
    assert heard.claims.all[1].get("stated_change_pct") == "15.7"
    assert {(claim.unit.sign, claim.get("mode")) for claim in heard.claims.all} == {("h", "rail")}
    assert audit(heard.claims).of("growth")
    assert values(HAIR[lang]) == [("swd_kmh", "21.5"), ("swd_kmh", "23.4")]
    (hair,) = audit(hear(HAIR[lang]).claims).of("growth")
    assert 0.0026 < float(hair.off or 0) < 0.0027


@every_language
def test_a_rate_and_a_change_are_heard_over_two_sentences(lang: str) -> None:
    """4 m implied beside 2.3 m, each claim with the sentence it came from."""
    heard = hear(SEA[lang])
    rate, change = heard.claims.all
    assert (rate.kind, rate.value, rate.unit.sign, rate.get("span_years")) == ("rate", "20", "cm", 20.0)
    assert (change.kind, change.value, change.unit.sign, change.get("from_year")) == (
        "change",
        "2.3",
        "m",
        1996,
    )
    (remark,) = audit(heard.claims).of("rate_times_span")
    assert remark.as_dict(lang)["follows"] == {"low": 3.9, "high": 4.1}
    assert str(rate.get("text")) in SEA[lang]


@pytest.mark.parametrize(
    ("words", "value", "unit", "sign", "year"),
    [
        ("In 2022 road TFI1 in Kyrgyzstan was 2.1 hours.", "2.1", "h", None, 2022),
        ("В 2022 году TFI1 в Казахстане составил 8,6 часа.", "8.6", "h", None, 2022),
        ("Қазақстанда TFI1 2022 жылы 8,6 сағатты құрады.", "8.6", "h", None, 2022),
        ("Trade reached over 50 bn USD in 2024.", "50", "billion USD", ">", 2024),
        ("Товарооборот превысил 50 млрд долларов в 2024 году.", "50", "billion USD", ">", 2024),
        ("Сауда 2024 жылы 50 млрд доллардан астам болды.", "50", "billion USD", ">", 2024),
        ("Volume stood at 1,850 t in 2021.", "1850", "t", None, 2021),
        ("Объём составил 1 850,5 т в 2021 году.", "1850.5", "t", None, 2021),
        ("On-time share was about 37 per cent.", "37", "%", "~", None),
    ],
)
def test_levels_and_bounds_are_heard(
    words: str, value: str, unit: str, sign: str | None, year: int | None
) -> None:
    """Value, unit, bound and year of one figure; decimal commas and thousands by language."""
    (claim,) = hear(words).claims.all
    found = claim.get("comparator") if claim.get("comparator") != "=" else None
    assert (claim.value, claim.unit.sign, found, claim.year) == (value, unit, sign, year)


def test_a_state_is_named_only_with_its_year() -> None:
    """One state and a year give a subject; without a year, or with two states, the sentence is its own."""
    assert hear("In 2022 TFI1 in Kyrgyzstan was 2.1 h.").claims.all[0].get("subject") == "KG"
    assert hear("TFI1 in Kyrgyzstan was 2.1 h.").claims.all[0].get("subject") == "s1"
    two = hear("In 2022 TFI1 between Kyrgyzstan and Kazakhstan was 2.1 h.").claims.all[0]
    assert two.get("subject") == "s1"


@pytest.mark.parametrize(
    "words",
    [
        "It is not true that TFI1 rose from 3 to 4 h.", "TFI1 is expected to be 3 h in 2030.",
        "TFI1 не вырос с 3 до 4 ч.", "Ожидается, что TFI1 составит 3 ч.", "TFI1 3 сағат болады деп күтілуде.",
        "There were 12 trains.", "From 8 to 12 hours.", "Trains take from 8 to 12 hours.",
        "Trade grew by 12.5% to USD 1,850 in 2023.", "Скорость 1.850 была хорошей.",
        "The average of 3 posts and 4 terminals is unknown.",
    ],
)  # fmt: skip
def test_what_is_not_understood_is_said_and_never_guessed(words: str) -> None:
    """Denials, forecasts, ranges, counts and unknown wordings give no claim; every number is listed."""
    heard = hear(words)
    assert heard.claims.all == ()
    (sentence,) = heard.sentences
    assert sentence.status == "not"
    assert sentence.unread
    for word, start, end in sentence.unread:
        assert words[start:end] == word
    assert all(sentence.as_dict(lang)["reason"] for lang in LANGUAGES)


def test_a_sentence_read_in_part_lists_the_rest() -> None:
    """The growth is read, the number of posts is not."""
    words = "TFI1 rose from 3.1 h to 4.2 h at 17 posts. No figure here."
    heard = hear(words)
    assert len(heard.claims.all) == 2
    (sentence,) = heard.sentences
    assert sentence.status == "partly"
    assert [word for word, _, _ in sentence.unread] == ["17"]
    assert words[sentence.start : sentence.end] == sentence.words


def test_a_range_does_not_borrow_a_verb() -> None:
    """In one sentence a growth is read and a range is not."""
    heard = hear("TFI1 rose from 3 h to 4 h because lorries that wait take from 8 to 12 hours there.")
    assert [claim.value for claim in heard.claims.all] == ["3", "4"]
    assert [word for word, _, _ in heard.sentences[0].unread] == ["8", "12"]


def test_sentences_about_unnamed_things_are_not_held_together() -> None:
    """Two levels of two sentences without subject or year do not conflict."""
    assert not audit(hear("TFI1 was 3.1 h. TFI1 was 9.4 h.").claims).of("conflicting_sources")
