"""Units as they are printed in three languages, and what dimension each has.

Question: are these two figures of one dimension, and what is one in the unit of the other?
In and out: a unit as printed or a name such as `tfi1_h` in; a `Unit` with its factor out.
Method: a closed list of spellings; factors are exact fractions of the base unit of the dimension.
Limits: a unit that is not in the list is compared only with itself; currencies are not converted.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from daliz.i18n import text

__all__ = ["SLIPS", "Said", "Unit", "spellings", "unit_of"]


_WORDS = {
    "h": "audit.unit_h", "min": "audit.unit_min", "d": "audit.unit_d", "km/h": "audit.unit_kmh",
    "m/s": "audit.unit_ms", "km/d": "audit.unit_kmd", "mm": "audit.unit_mm", "cm": "audit.unit_cm",
    "m": "audit.unit_m", "km": "audit.unit_km", "t": "audit.unit_t", "kt": "audit.unit_kt",
    "Mt": "audit.unit_mt", "thousand": "audit.unit_thousand", "million": "audit.unit_million",
    "billion": "audit.unit_billion",
}  # fmt: skip


@dataclass(frozen=True)
class Said:
    """A number with its unit, or a unit alone, to be worded in the reader's language."""

    number: str
    unit: str

    def word(self, lang: str) -> str:
        """`57.2 h` in English, `57.2 ч` in Russian."""
        signs = [text(_WORDS[sign], lang) if sign in _WORDS else sign for sign in self.unit.split()]
        return " ".join((self.number, *signs)).strip()


@dataclass(frozen=True)
class Unit:
    """A unit: its sign, its dimension, and how many base units of the dimension it is."""

    sign: str
    dimension: str
    factor: Fraction


_UNITS = {
    ("time", "h", "1"): "hour hours hr hrs ч час часа часов сағ сағат",
    ("time", "min", "1/60"): "minute minutes мин минут минуты минута",
    ("time", "d", "24"): "day days сут сутки суток день дня дней тәулік күн",
    ("length", "m", "1"): "metre metres meter meters м метр метра метров",
    ("length", "cm", "1/100"): "centimetre centimetres centimeters см сантиметр сантиметра сантиметров",
    ("length", "mm", "1/1000"): "millimetre millimetres мм миллиметров",
    ("length", "km", "1000"): "kilometre kilometres kilometers км километр километра километров шақырым",
    ("speed", "km/h", "1"): "kmh kph км/ч км/час км/сағ",
    ("speed", "m/s", "18/5"): "м/с",
    ("speed", "km/d", "1/24"): "km/day км/сут км/сутки км/тәулік",
    ("mass", "t", "1"): "tonne tonnes ton tons т тонн тонна тонны",
    ("mass", "kt", "1000"): "тыс.т",
    ("mass", "Mt", "1000000"): "млн.т",
    ("money", "USD", "1"): "$ usd dollars долл долларов доллара доллар",
    ("boxes", "TEU", "1"): "teu дфэ",
    ("share", "%", "1"): "% pct percent процент процента процентов пайыз пайызды",
    ("points", "pp", "1"): "п.п.",
}
_MULTIPLES = {
    Fraction(1000): ("thousand", "тыс", "тысяч", "мың"),
    Fraction(10**6): ("million", "mn", "mln", "млн", "миллион", "миллиона", "миллионов"),
    Fraction(10**9): ("billion", "bn", "bln", "млрд", "миллиард", "миллиарда", "миллиардов"),
}
_SUFFIXES = {
    "h": "h", "min": "min", "d": "d", "kmh": "km/h", "usd": "USD", "km": "km", "m": "m", "cm": "cm",
    "t": "t", "teu": "TEU", "pct": "%",
}  # fmt: skip
SLIPS = {
    "time": (60, 24, 1000, 100, 10), "length": (1000, 100, 10), "speed": (24, 1000, 100, 10),
    "mass": (1000, 100, 10), "money": (1000, 100, 10), "boxes": (1000, 100, 10), "share": (100, 10),
}  # fmt: skip
"""Factors that a slip of unit or of the decimal point leaves, by dimension."""


@cache
def spellings() -> dict[str, Unit]:
    """Every spelling of every unit, in small letters; `Mt` and `mt` are one."""
    found: dict[str, Unit] = {}
    for (dimension, sign, size), words in _UNITS.items():
        unit = Unit(sign, dimension, Fraction(size))
        for word in (sign.casefold(), *words.split()):
            found[word] = unit
    found["per cent"] = found["%"]
    for factor, names in _MULTIPLES.items():
        for name in names:
            for word, unit in list(found.items()):
                if unit.factor == 1 and unit.dimension in ("mass", "money", "boxes"):
                    big = Unit(f"{_short(factor)} {unit.sign}", unit.dimension, factor)
                    found[f"{name} {word}"] = big
            found[name] = Unit(_short(factor), "count", factor)
    return found


def _short(factor: Fraction) -> str:
    return {1000: "thousand", 10**6: "million", 10**9: "billion"}[int(factor)]


def unit_of(printed: str | None, indicator: str) -> Unit:
    """The unit as printed, else that in the name of the indicator (`tfi1_h`); without both, a bare count."""
    text = " ".join((printed or "").replace("\u00a0", " ").casefold().split()).rstrip(".")
    text = text.removesuffix("/year").removesuffix("/y").removesuffix(" a year")
    if text:
        return spellings().get(text) or Unit(text, text, Fraction(1))
    sign = _SUFFIXES.get(indicator.rpartition("_")[2]) if "_" in indicator else None
    return spellings()[sign.casefold()] if sign else Unit("", "count", Fraction(1))
