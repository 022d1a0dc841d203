"""Numbers as Kazakh prose writes them: 4,5 миллиардтан, 16 мың, екінші, үшжақты, III, 2-3."""

from __future__ import annotations

import re

SCALES = {"мың": 1e3, "миллион": 1e6, "миллиард": 1e9}
WORDS = {
    "бір": 1, "екі": 2, "үш": 3, "төрт": 4, "бес": 5, "алты": 6, "жеті": 7, "сегіз": 8, "тоғыз": 9, "он": 10,
    "алғашқы": 1,
}  # fmt: skip
ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4, "V": 5}
OVER = ("астам", "асты", "асады", "артық")
"""Words by which a number becomes a lower bound."""

_ENDING = r"(?:інші|ыншы|нші|ншы|жақты|еуі|ден|дан|тен|тан|нен|нан|ы|і|дік|дық)?"
_DIGITS = re.compile(r"(\d+(?:[ \u00a0]\d{3})*(?:,\d+)?)(?:-\w+)?(?:\s+(мың|миллион|миллиард)\w*)?")
_WORD = re.compile(rf"\b({'|'.join(sorted(WORDS, key=len, reverse=True))}){_ENDING}\b")


def numbers(phrase: str) -> list[float]:
    """All numbers of a phrase in absolute units, digits first, then words, then Roman digits.

    >>> numbers("4,5 миллиардтан астам"), numbers("16 мың шақырым"), numbers("екінші саммит")
    ([4500000000.0], [16000.0], [2.0])
    """
    found = [
        float(re.sub(r"[ \u00a0]", "", digits).replace(",", ".")) * SCALES.get(scale, 1.0)
        for digits, scale in _DIGITS.findall(phrase)
    ]
    found += [float(WORDS[word]) for word in _WORD.findall(phrase.lower())]
    found += [float(ROMAN[word]) for word in re.findall(r"\b[IV]+\b", phrase) if word in ROMAN]
    return found


def bounded_below(phrase: str) -> bool:
    """Whether the phrase says "more than"."""
    return any(re.search(rf"\b{word}", phrase) for word in OVER)
