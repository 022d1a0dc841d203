"""Words in Kazakh, Russian and English.

Question: how does a key become a sentence in the reader's language, and how are Kazakh words sorted?
In and out: `text(key, lang, **values)` gives a sentence; `kk_sort_key(word)` gives a sort key.
Method: gettext catalogues `words/<topic>.<lang>.po` are the source; `<lang>.json` are exported from
them (`python -m daliz.i18n`) so that neither the program nor the page parses `.po` at start.
Plural rules are those of CLDR for the three languages.
Limits: a missing key is shown as the key itself and fails a test, never the program.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

__all__ = ["LANGUAGES", "catalogue", "glossary", "kk_sort_key", "name_column", "text"]

LANGUAGES = ("kk", "ru", "en")
_FOLDER = Path(__file__).parent
_KK_ALPHABET = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"


@cache
def catalogue(lang: str) -> dict[str, str | dict[str, str]]:
    """All messages of one language: a sentence, or sentences by plural category."""
    path = _FOLDER / f"{lang}.json"
    if not path.exists():
        return {}
    loaded: dict[str, str | dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def text(key: str, lang: str = "en", **values: object) -> str:
    """The sentence for `key` in `lang`, filled with `values`; `count` chooses the plural form."""
    entry = catalogue(lang).get(key)
    if entry is None:
        entry = catalogue("en").get(key, key)
    if isinstance(entry, dict):
        count = values.get("count", 0)
        category = plural_category(int(count) if isinstance(count, int | float) else 0, lang)
        entry = entry.get(category) or entry["other"]
    if not values:
        return entry
    return entry.format_map(_Lenient(values))


class _Lenient(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def plural_category(count: int, lang: str) -> str:
    """CLDR plural category of a whole number: one, few, many or other."""
    if lang != "ru":
        return "one" if count == 1 else "other"
    last, last_two = count % 10, count % 100
    if last == 1 and last_two != 11:
        return "one"
    if 2 <= last <= 4 and not 12 <= last_two <= 14:
        return "few"
    return "many"


def name_column(lang: str) -> str:
    """Column that holds a row's name in `lang`."""
    return f"name_{lang if lang in LANGUAGES else 'en'}"


def kk_sort_key(word: str) -> tuple[tuple[int, int], ...]:
    """Sort key by the Kazakh Cyrillic alphabet, upper and lower case together.

    Spaces and signs come first, letters of other alphabets last.
    """
    order = {letter: place for place, letter in enumerate(_KK_ALPHABET)}
    return tuple((1, order[c]) if c in order else (2 if c.isalpha() else 0, ord(c)) for c in word.casefold())


@cache
def glossary() -> dict[str, dict[str, str]]:
    """Terms by key with their words in kk, ru and en."""
    import csv

    with (_FOLDER / "glossary.csv").open(encoding="utf-8", newline="") as lines:
        return {row["key"]: row for row in csv.DictReader(lines)}
