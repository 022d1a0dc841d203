"""Three catalogues that say the same: keys, values, plural forms, the Kazakh alphabet, the glossary."""

from __future__ import annotations

import csv
import re
from itertools import pairwise
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.pofile import read_po

import daliz.i18n
from daliz.i18n import (
    LANGUAGES,
    catalogue,
    glossary,
    kk_sort_key,
    name_column,
    plural_category,
    text,
)
from daliz.i18n.__main__ import export

FOLDER = Path(daliz.i18n.__file__).parent
CATEGORIES = {"kk": {"one", "other"}, "ru": {"one", "few", "many", "other"}, "en": {"one", "other"}}
KAZAKH_ALPHABET = list("АӘБВГҒДЕЁЖЗИЙКҚЛМНҢОӨПРСТУҰҮФХҺЦЧШЩЪЫІЬЭЮЯ")
"""The 42 letters of the Kazakh Cyrillic alphabet, in order."""

every_language = pytest.mark.parametrize("lang", LANGUAGES)


def _forms(entry: str | dict[str, str]) -> list[str]:
    return [entry] if isinstance(entry, str) else list(entry.values())


def _placeholders(sentence: str) -> set[str]:
    return set(re.findall(r"\{([^{}]*)\}", sentence))


@every_language
def test_a_catalogue_has_the_keys_of_english(lang: str) -> None:
    """No key is missing and none is left over."""
    assert catalogue("en")
    assert sorted(catalogue(lang)) == sorted(catalogue("en"))


@every_language
def test_a_sentence_has_the_placeholders_of_english(lang: str) -> None:
    """Every form of a sentence names the same values as English does, each a plain name."""
    for key, entry in catalogue(lang).items():
        wanted = _placeholders(_forms(catalogue("en")[key])[0])
        for form in _forms(entry):
            assert _placeholders(form) == wanted, f"{lang} {key}"
            assert form.count("{") == form.count("}") == len(re.findall(r"\{[a-z0-9_]+\}", form)), (
                f"{lang} {key}"
            )


@every_language
def test_no_sentence_is_empty_and_none_is_fuzzy(lang: str) -> None:
    """Every message of the .po is translated, once, and not marked as a guess."""
    messages, written = [], []
    for path in sorted((FOLDER / "words").glob(f"*.{lang}.po")):
        with path.open("rb") as lines:
            messages += [message for message in read_po(lines, abort_invalid=True) if message.id]
        written += re.findall(r'^msgid "(.+)"$', path.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(written) == len(set(written)) == len(messages)
    for message in messages:
        assert not message.fuzzy, message.id
        for form in [message.string] if isinstance(message.string, str) else message.string:
            assert form.strip() == form != "", f"{lang} {message.id}"


@every_language
def test_the_json_is_the_export_of_the_po(lang: str) -> None:
    """What the program reads is what `python -m daliz.i18n` makes of the source today."""
    assert (FOLDER / f"{lang}.json").read_text(encoding="utf-8") == export(FOLDER, lang)


@every_language
def test_a_counted_sentence_has_the_forms_of_its_language(lang: str) -> None:
    """A message is counted in all three languages or in none, with all forms of each."""
    for key, entry in catalogue(lang).items():
        assert isinstance(entry, dict) == isinstance(catalogue("en")[key], dict), key
        if isinstance(entry, dict):
            assert set(entry) == CATEGORIES[lang], f"{lang} {key}"


def test_a_message_that_counts_nouns_is_counted() -> None:
    """`{count}` before a noun needs plural forms; only a bare count after an ellipsis does not."""
    counting = [key for key, entry in catalogue("ru").items() if "count" in _placeholders(_forms(entry)[0])]
    assert "error.bad_table" in counting
    assert [key for key in counting if not isinstance(catalogue("ru")[key], dict)] == ["check.more"]


@every_language
def test_plural_categories_are_those_of_cldr(lang: str) -> None:
    """For 0 to 1200 the category is the one Babel reads from CLDR."""
    rule = Locale(lang).plural_form
    assert [plural_category(n, lang) for n in range(1201)] == [rule(n) for n in range(1201)]


@pytest.mark.parametrize(
    ("lang", "count", "sentence"),
    [
        ("kk", 1, "1 жол кесте сызбасына сай емес"),
        ("kk", 2, "2 жол кесте сызбасына сай емес"),
        ("kk", 5, "5 жол кесте сызбасына сай емес"),
        ("kk", 21, "21 жол кесте сызбасына сай емес"),
        ("ru", 1, "1 строка нарушает схему таблицы"),
        ("ru", 2, "2 строки нарушают схему таблицы"),
        ("ru", 5, "5 строк нарушают схему таблицы"),
        ("ru", 21, "21 строка нарушает схему таблицы"),
        ("en", 1, "1 row breaks its table"),
        ("en", 2, "2 rows break their tables"),
        ("en", 5, "5 rows break their tables"),
        ("en", 21, "21 rows break their tables"),
    ],
)
def test_plural_forms_of_a_sentence(lang: str, count: int, sentence: str) -> None:
    """One, two, five and twenty-one rows, as each language says them."""
    assert text("error.bad_table", lang, count=count) == sentence


def test_text_fills_only_what_it_is_given() -> None:
    """Values are put in as they are, braces in them included; a value not given shows its name."""
    assert "{store}" in text("error.no_store", "en", stray=1)
    filled = text("error.unknown_place", "ru", name="{nearest}", nearest="A")
    assert "{nearest}" in filled
    assert text("error.unknown_place", "ru", name="A", nearest="B") != filled


def test_a_key_that_is_missing_is_shown_and_an_unknown_language_is_english() -> None:
    """The program never stops for a word."""
    assert text("no.such_key", "kk") == "no.such_key"
    assert text("check.clean", "fr") == catalogue("en")["check.clean"]


def test_the_name_column_of_a_language() -> None:
    """Names stand in name_kk, name_ru and name_en; any other language reads English."""
    assert [name_column(lang) for lang in (*LANGUAGES, "fr")] == ["name_kk", "name_ru", "name_en", "name_en"]


def test_the_kazakh_alphabet_sorts_in_its_order() -> None:
    """All 42 letters, small and capital, shuffled by code point, come back in the order of the alphabet."""
    assert len(KAZAKH_ALPHABET) == 42
    assert sorted(sorted(KAZAKH_ALPHABET), key=kk_sort_key) == KAZAKH_ALPHABET
    small = [letter.lower() for letter in KAZAKH_ALPHABET]
    assert sorted(sorted(small), key=kk_sort_key) == small
    assert all(kk_sort_key(a) == kk_sort_key(b) for a, b in zip(KAZAKH_ALPHABET, small, strict=True))


def test_kazakh_places_sort_as_a_reader_expects() -> None:
    """Special letters stand beside their plain ones, not after Я; a word stands before its longer kin."""
    wanted = [
        *("Ақ", "Ақсай", "Ақтау", "Алматы", "Әйтекеби", "Достық", "Ерейментау", "Жезқазған", "Көкшетау"),
        *("Құрық", "Қызылорда", "Орал", "Өскемен", "Тараз", "Ұзынағаш", "Үштөбе", "Шымкент", "Ішкі"),
        "Яныкурган",
    ]
    assert sorted(sorted(wanted), key=kk_sort_key) == wanted
    assert all(kk_sort_key(a) < kk_sort_key(b) for a, b in pairwise(wanted))


def test_the_parts_of_a_name_sort_word_by_word() -> None:
    """A space ends a word, so that a first word stands before the longer words that begin with it."""
    assert sorted(["Ақтау", "Ақ жол", "Ақ"], key=kk_sort_key) == ["Ақ", "Ақ жол", "Ақтау"]


def test_every_term_of_the_glossary_has_three_words() -> None:
    """No key twice, no empty word, and Kazakh words use Kazakh letters, not Latin look-alikes."""
    with (FOLDER / "glossary.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, strict=True))
    assert list(glossary()) == [row["key"] for row in rows]
    assert len({row["key"] for row in rows}) == len(rows) > 100
    for row in rows:
        assert None not in row
        for lang in LANGUAGES:
            assert row[lang].strip() == row[lang] != "", f"{lang} {row['key']}"
        for lang in ("kk", "ru"):
            for word in re.findall(r"\w+", row[lang]):
                mixed = re.search(r"[A-Za-z]", word) and re.search(r"[А-яЁёӘәҒғҚқҢңӨөҰұҮүҺһІі]", word)
                assert not mixed, f"{lang} {row['key']}: {word}"
        assert not re.search(r"[ӘәҒғҚқҢңӨөҰұҮүҺһІі]", row["ru"]), row["key"]


@pytest.mark.parametrize("lang", ["kk", "ru"])
def test_no_word_mixes_alphabets(lang: str) -> None:
    """A Latin letter inside a Cyrillic word cannot be searched for; none stands in a sentence."""
    for key, entry in catalogue(lang).items():
        for form in _forms(entry):
            for word in re.findall(r"[^\W\d_]+", re.sub(r"\{[a-z0-9_]+\}", " ", form)):
                latin, cyrillic = re.search(r"[A-Za-z]", word), re.search(r"[\u0400-\u04ff]", word)
                assert not (latin and cyrillic), f"{lang} {key}: {word}"


def test_kazakh_sentences_are_not_russian() -> None:
    """No Kazakh sentence of more than one word is a copy of the Russian one."""
    copies = [
        key for key, entry in catalogue("kk").items()
        if entry == catalogue("ru")[key] and len(re.findall(r"[\u0400-\u04ff]{2,}", _forms(entry)[0])) > 1
    ]  # fmt: skip
    assert copies == []
