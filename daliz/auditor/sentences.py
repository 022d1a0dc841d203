"""Sentences in English, Russian and Kazakh become claims, or are reported as not understood.

Question: which figures does this text state, about what, and which of its numbers were not read?
In and out: text in; `Heard` out: claims with the words they came from, and every sentence with a number, its
place in the text and what of it was read.
Method: the closed list of wordings of `daliz.auditor.phrases`; the longest match that begins first wins;
what is measured is the indicator named nearest before. Nothing is completed: a number outside all matches is
listed as unread, and a sentence of denial, forecast, plan or condition is not read at all.
Limits: a claim is about the state named in its sentence, if it is one and the year is stated, else about that
sentence alone, so that sentences about unnamed things are never held against each other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from daliz.auditor import phrases
from daliz.auditor.claims import Claim, Claims
from daliz.auditor.quantities import spellings
from daliz.i18n import text
from daliz.schema import read_table, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daliz.schema import Row

__all__ = ["Heard", "Sentence", "hear"]

_END = re.compile(r"[.!?…;](?=\s|$)|\n\s*\n|\n(?=\s*[-*•])")
_SHORT = re.compile(
    r"(?:\b(?:г|гг|тыс|млн|млрд|долл|руб|т|е|approx|incl|mn|bn|mln|vs|No)|\bт\.\s?[еп])$", re.IGNORECASE
)
_KAZAKH = re.compile(r"[әғқңөұүһі]", re.IGNORECASE)
_CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
_YEAR_ALONE = {
    "en": re.compile(r"\bin\s+((?:19|20)\d\d)(?!\d)", re.IGNORECASE),
    "ru": re.compile(r"\bв\s+((?:19|20)\d\d)\s+году", re.IGNORECASE),
    "kk": re.compile(r"((?:19|20)\d\d)\s+жылы", re.IGNORECASE),
}
_MODES = {
    "rail": r"\brail|\btrains?\b|железнодорож|железн\w+ дорог|\bж/д\b|теміржол",
    "road": r"\broad|\btrucks?\b|\blorr|автодорож|автомобил|автожол|автокөлік",
    "sea": r"\bsea (?!level)|\bships?\b|морск(?:ой|ая|ие) (?:путь|перевоз)|теңіз көлігі",
}
_DIRECTIONS = {"in": r"\binbound\b|на въезд|кіру бағыт", "out": r"\boutbound\b|на выезд|шығу бағыт"}
_MOST_WORDS = 8


@dataclass(frozen=True)
class Sentence:
    """A sentence with a number: its place in the text, its claims, and the numbers that were not read."""

    words: str
    start: int
    end: int
    claims: tuple[str, ...]
    unread: tuple[tuple[str, int, int], ...]
    refused: bool = False

    @property
    def status(self) -> str:
        """understood, partly or not."""
        if not self.claims:
            return "not"
        return "partly" if self.unread else "understood"

    def as_dict(self, lang: str) -> Row:
        """Plain data; why it was not understood is worded in `lang`."""
        reason = None
        if self.refused:
            reason = text("audit.heard_guard", lang)
        elif self.unread:
            words = ", ".join(word for word, _, _ in self.unread)
            reason = text("audit.heard_unread", lang, numbers=words)
        return {
            "text": self.words, "start": self.start, "end": self.end, "status": self.status,
            "claims": list(self.claims), "reason": reason,
            "unread": [{"text": word, "start": start, "end": end} for word, start, end in self.unread],
        }  # fmt: skip


@dataclass(frozen=True)
class Heard:
    """What was read from a text: the claims, and every sentence that has a number."""

    claims: Claims
    sentences: tuple[Sentence, ...]

    def as_dict(self, lang: str) -> Row:
        """Counts, the claims as rows, and the sentences."""
        counts = {
            status: sum(one.status == status for one in self.sentences)
            for status in ("understood", "partly", "not")
        }
        rows = [
            {name: value for name, value in claim.row.items() if value not in (None, "", [])}
            for claim in self.claims.all
        ]
        return {"counts": counts, "claims": rows, "list": [one.as_dict(lang) for one in self.sentences]}


def hear(words: str, name: str = "text") -> Heard:
    """The claims of a text.

    Examples
    --------
    >>> heard = hear("Rail TFI1 went up 15.7% from 57.2 to 67.4.")
    >>> [(claim.indicator, claim.value) for claim in heard.claims.all]
    [('tfi1_h', '57.2'), ('tfi1_h', '67.4')]
    """
    rows: list[Row] = []
    sentences = []
    for number, (start, end) in enumerate(_split(words), start=1):
        said = words[start:end]
        lang = _language(said)
        every = list(phrases.numbers(lang).finditer(said))
        if not every:
            continue
        if re.search(phrases.GUARDS[lang], said, re.IGNORECASE):
            unread = tuple((m.group(), start + m.start(), start + m.end()) for m in every)
            sentences.append(Sentence(said, start, end, (), unread, refused=True))
            continue
        found, read = _claims_of(said, lang, f"s{number}")
        unread = tuple(
            (m.group(), start + m.start(), start + m.end())
            for m in every if not any(a <= m.start() and m.end() <= b for a, b in read)
        )  # fmt: skip
        rows += found
        ids = tuple(str(row["claim"]) for row in found)
        sentences.append(Sentence(said, start, end, ids, unread))
    return Heard(Claims(name, tuple(Claim(row) for row in rows)), tuple(sentences))


def _split(words: str) -> Iterator[tuple[int, int]]:
    """Start and end of each sentence; a full stop after a short form does not end one."""
    start = 0
    for mark in (*_END.finditer(words), None):
        end = len(words) if mark is None else mark.start()
        if mark is not None and mark.group() == "." and _SHORT.search(words[start:end]):
            continue
        piece = words[start:end]
        lead = len(piece) - len(piece.lstrip(" \t\n\r-*•"))
        if piece.strip():
            yield start + lead, start + len(piece.rstrip())
        start = len(words) if mark is None else mark.end()


def _language(said: str) -> str:
    if _KAZAKH.search(said):
        return "kk"
    if not _CYRILLIC.search(said):
        return "en"
    return "kk" if re.search(phrases.KAZAKH, said, re.IGNORECASE) else "ru"


def _claims_of(said: str, lang: str, key: str) -> tuple[list[Row], list[tuple[int, int]]]:
    """Claims of one sentence and the stretches of it that were read."""
    matches = _matches(said, lang)
    spans = [m.span() for m in matches]
    lone = [m for m in _YEAR_ALONE[lang].finditer(said) if not any(a <= m.start() < b for a, b in spans)]
    year = int(lone[0].group(1)) if len(lone) == 1 else None
    rows: list[Row] = []
    read: list[tuple[int, int]] = []
    for at, m in enumerate(matches):
        trend = _trend(m, lang) or _shared(said, matches, at, lang)
        begin = matches[at - 1].end() if at else 0
        about = _about(said, begin, m.start(), key)
        found = _rows(m, lang, trend, f"{key}.{at + 1}")
        known = any(about["indicator"] == name for _, name in phrases.INDICATORS)
        if len(found) == 1 and found[0].get("kind") in ("level", "share") and not (known or found[0]["unit"]):
            found = []  # a bare number after a verb may count anything
        for row in found:
            row.update({name: value for name, value in about.items() if value})
            row["text"] = said
            if year is not None and row.get("year") is None and not row["claim"].endswith("a"):
                row["year"] = year
            state = _state(said) if row.get("year") is not None else ""
            row["subject"] = state or ("Caspian" if about["indicator"] == "sea_level" else key)
            row["period"] = "" if row.get("year") is not None else row.get("period", "")
        rows += found
        if found:
            read.append(m.span())
    if rows and year is not None:
        read.append(lone[0].span())
    return [_typed(row) for row in rows], read


def _matches(said: str, lang: str) -> list[re.Match[str]]:
    """Matches that do not overlap: the one that begins first, and of those the longest."""
    every = [m for pattern in phrases.patterns(lang) for m in pattern.finditer(said)]
    every.sort(key=lambda m: (m.start(), -m.end()))
    kept: list[re.Match[str]] = []
    for m in every:
        if not kept or m.start() >= kept[-1].end():
            kept.append(m)
    return kept


def _part(m: re.Match[str], name: str) -> str:
    return (m.groupdict().get(name) or "").strip()


def _trend(m: re.Match[str], lang: str) -> str:
    verb = _part(m, "V")
    if not verb:
        return ""
    return "rose" if re.fullmatch(phrases.VERBS[lang][0], verb, re.IGNORECASE) else "fell"


def _shared(said: str, matches: list[re.Match[str]], at: int, lang: str) -> str:
    """The verb of the pair that this one is joined to: the one before it, in Kazakh the one after it."""
    near = at + 1 if lang == "kk" else at - 1
    if not 0 <= near < len(matches) or not _part(matches[near], "B"):
        return ""
    first, second = sorted((matches[near], matches[at]), key=lambda m: m.start())
    between = said[first.end() : second.start()].strip()
    joined = between.startswith(",") or re.match(phrases.JOINTS, between, re.IGNORECASE)
    return _trend(matches[near], lang) if joined and len(between.split()) <= _MOST_WORDS else ""


def _number(printed: str, lang: str) -> str:
    plain = re.sub(r"[ \u00a0\u202f]", "", printed).replace("\u2212", "-")
    return plain.replace(",", "") if lang == "en" else plain.replace(",", ".")


def _unit(m: re.Match[str], *names: str) -> str:
    """The first printed unit of these; a unit printed once speaks for both numbers."""
    found = next((_part(m, name) for name in names if _part(m, name)), "")
    known = spellings().get(found.casefold()) or spellings().get(" ".join(found.casefold().split()))
    return known.sign if known else found


def _year(m: re.Match[str], name: str) -> int | None:
    return int(_part(m, name)) if _part(m, name) else None


def _rows(m: re.Match[str], lang: str, trend: str, key: str) -> list[Row]:
    """The claims of one match; none when it names neither a change nor a level for sure."""
    a, b = _part(m, "A"), _part(m, "B")
    if b:
        pct = _number(_part(m, "P"), lang) if _part(m, "P") else None
        if not trend:
            return []
        value: Row = {
            "claim": f"{key}b", "value": _number(b, lang), "unit": _unit(m, "BU", "AU"), "trend": trend,
            "stated_change_pct": pct, "year": _year(m, "Y1"), "period": "after",
        }  # fmt: skip
        if not a:
            return [value]
        base: Row = {
            "claim": f"{key}a", "value": _number(a, lang), "unit": _unit(m, "AU", "BU"),
            "year": _year(m, "Y0"), "period": "before",
        }  # fmt: skip
        return [base, value | {"base": f"{key}a"}]
    row: Row = {"claim": key, "value": _number(a, lang), "unit": _unit(m, "AU"), "trend": trend}
    span = _part(m, "S") or _part(m, "T")
    names = m.re.groupindex
    if "S" in names:
        return [row | {"kind": "rate", "span_years": _years(span) if span else None}] if row["unit"] else []
    if "Y0" in names:
        return [row | {"kind": "change", "from_year": _year(m, "Y0")}] if row["unit"] else []
    sign = phrases.COMPARATORS.get((_part(m, "C") or _part(m, "D")).casefold(), "=")
    if re.match(r"exceeded|превысил", m.group(), re.IGNORECASE):
        sign = ">"
    kind = "share" if row["unit"] == "%" else "level"
    return [row | {"kind": kind, "comparator": sign, "year": _year(m, "Y1"), "trend": ""}]


def _years(span: str) -> float:
    count, unit = span.casefold().split()
    number = phrases.SPAN_WORDS.get(count) or int(count)
    ten = unit.startswith(("decade", "десятилет", "онжылдық"))
    return float(number * 10 if ten else number)


def _about(said: str, begin: int, end: int, key: str) -> dict[str, str]:
    """Indicator, mode and direction named before a match, else anywhere in the sentence if only one is."""
    lead = said[begin:end]
    near = [
        (m.start(), name) for pattern, name in phrases.INDICATORS
        for m in re.finditer(pattern, lead, re.IGNORECASE)
    ]  # fmt: skip
    anywhere = {name for pattern, name in phrases.INDICATORS if re.search(pattern, said, re.IGNORECASE)}
    if near:
        indicator = max(near)[1]
    elif len(anywhere) == 1:
        indicator = next(iter(anywhere))
    else:
        indicator = _phrase(lead) or f"unnamed-{key}"
    modes = [mode for mode, pattern in _MODES.items() if re.search(pattern, said, re.IGNORECASE)]
    directions = [way for way, pattern in _DIRECTIONS.items() if re.search(pattern, said, re.IGNORECASE)]
    return {
        "indicator": indicator, "mode": modes[0] if len(modes) == 1 else "",
        "direction": directions[0] if len(directions) == 1 else "",
    }  # fmt: skip


def _phrase(lead: str) -> str:
    """The last words before a match, without joints and signs, as the name of what is measured."""
    clause = re.split(r"[,:;()«»\"“”]", lead.strip(' ,:;()«»"“”'))[-1].strip()
    clause = re.sub(phrases.JOINTS, "", clause, flags=re.IGNORECASE).strip()
    return " ".join(clause.split()[-_MOST_WORDS:])


@cache
def _states() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Stems of the names of states in three languages, from the shipped table."""
    found = []
    for path in sorted((Path(__file__).parent.parent / "data" / "countries").glob("*.csv")):
        rows, _ = read_table("countries", path)
        for row in rows:
            names = (str(row[name]) for name in ("name_en", "name_ru", "name_kk"))
            stems = {re.escape(re.sub(r"[аяьйы]$", "", name)) for name in names}
            found.append(
                (re.compile(rf"\b(?:{'|'.join(sorted(stems))})", re.IGNORECASE), str(row["country"]))
            )
    return tuple(found)


def _state(said: str) -> str:
    named = [key for pattern, key in _states() if pattern.search(said)]
    return named[0] if len(named) == 1 else ""


def _typed(row: Row) -> Row:
    """A row with every column of the declared table."""
    whole: Row = {
        column.name: column.parse("") if not column.required else None for column in table("claims").columns
    }
    return whole | {name: value for name, value in row.items() if value is not None}
