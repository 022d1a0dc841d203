"""How statements of change, rate and level are worded in English, Russian and Kazakh.

Question: which words around numbers make a claim?
In and out: a language in; compiled patterns with named numbers (A base, B value, P per cent, Y0 and Y1 years,
S and T spans, V verb, C comparator, AU and BU units) out.
Method: a closed list of templates; a wording that is not among them is not understood, never approximated.
Limits: statements of one sentence; pronouns, tables in prose and fractions in words are not read.
"""

from __future__ import annotations

import re
from functools import cache

from daliz.auditor.quantities import spellings

__all__ = [
    "COMPARATORS",
    "GUARDS",
    "INDICATORS",
    "JOINTS",
    "KAZAKH",
    "SPAN_WORDS",
    "VERBS",
    "numbers",
    "patterns",
]

_NUMBER = {
    "en": r"[-\u2212+]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)",
    "ru": r"[-\u2212+]?(?:\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:,\d+)?|\d+(?:,\d+|\.(?!\d{3}(?!\d))\d+)?)",
}
_NUMBER["kk"] = _NUMBER["ru"]

VERBS = {
    "en": (
        r"rose|risen|rises|rising|increased|increases|grew|grown|climbed|went up|up|rise of|increase of",
        r"fell|fallen|falls|falling|dropped|declined|decreased|went down|shrank|sank|down|fall of|drop of",
    ),
    "ru": (
        r"вырос(?:ла|ло|ли)?|(?:увеличил|повысил|поднял)(?:ся|ась|ось|ись)|возрос(?:ла|ло|ли)?|раст[её]т|рост",
        (
            r"(?:снизил|понизил|сократил|уменьшил|опустил)(?:ся|ась|ось|ись)|упал(?:а|о|и)?"
            r"|пада(?:ет|л|ла|ло|ли)|снижа(?:ется|лся|лась|лось)|падение|снижение"
        ),
    ),
    "kk": (
        r"өсті|өсіп|өскен|артты|артып|көбейді|ұлғайды|көтерілді|жоғарылады",
        r"төмендеді|төмендеп|төмендеген|төмендейді|азайды|қысқарды|кеміді|түсті",
    ),
}
"""Verbs of rise and of fall, by language."""

KAZAKH = rf"\b(?:{'|'.join(VERBS['kk'])}|жылы|жылдан|болды|астам|дейін|бойы|сағат\w*)\b"
"""Words by which a Cyrillic sentence without letters of its own is known to be Kazakh."""

COMPARATORS = {
    "over": ">", "more than": ">", "above": ">", "at least": ">=", "under": "<", "less than": "<",
    "below": "<", "about": "~", "around": "~", "nearly": "~", "some": "~", "roughly": "~",
    "более": ">", "больше": ">", "свыше": ">", "не менее": ">=", "менее": "<", "меньше": "<",
    "около": "~", "примерно": "~", "почти": "~", "порядка": "~",
    "шамамен": "~", "астам": ">", "артық": ">", "көп": ">", "кем": "<",
}  # fmt: skip

SPAN_WORDS = {
    "a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "ten": 10, "twenty": 20, "thirty": 30,
    "одного": 1, "двух": 2, "два": 2, "две": 2, "трёх": 3, "трех": 3, "три": 3, "четырёх": 4, "пяти": 5,
    "десяти": 10, "двадцати": 20, "тридцати": 30,
    "бір": 1, "екі": 2, "үш": 3, "төрт": 4, "бес": 5, "он": 10, "жиырма": 20, "отыз": 30,
}  # fmt: skip

GUARDS = {
    "en": (
        r"\b(?:not|never|no longer|expected|forecast|planned|target|would|could|(?-i:may)|might|will)\b"
        r"|\b(?:should|if)\b|n't\b"
    ),
    "ru": r"\b(?:не(?! менее)|ни|ожида\w+|прогноз\w*|план\w*|целев\w+|мог\w*|бы|будет|будут|если|должн\w+)\b",
    "kk": r"\b(?:емес|жоқ|күтіл\w+|болжам\w*|жоспар\w*|мүмкін|болады|болмақ|егер|тиіс)\b",
}
"""Words of denial, forecast, plan and condition: what such a sentence says is not a published figure."""

INDICATORS = (
    (r"\bSWOD\b|speed without delay|скорост\w+ без задерж\w+|кідіріссіз жылдамды\w+", "swod_kmh"),
    (r"\bSWD\b|speed with delay|скорост\w+ с(?: уч[её]том)? задерж\w+|кідіріспен жылдамды\w+", "swd_kmh"),
    (
        r"\bTFI ?1\b|time to clear|border[- ]crossing time|врем\w+ пересечения|шекарадан өту уақыты\w*",
        "tfi1_h",
    ),
    (r"\bTFI ?2\b", "tfi2_usd"),
    (r"\bTFI ?3\b", "tfi3_usd"),
    (r"\bCaspian\b|\bsea level\b|\bКаспи\w+|\bуров\w+ моря|теңіз\w* деңгей\w*", "sea_level"),
)
"""Indicators that are known by name in a sentence; others are called as the sentence calls them."""

JOINTS = r"^(?:and|but|while|whereas|beside|и|а|но|тогда как|рядом с|және|ал|бірақ)\b"

_CENT = {"en": r"(?:%|per cent|percent)", "ru": r"(?:%|процент\w*)", "kk": r"(?:%|пайыз|процент)"}
_SPAN = {
    "en": r"(?:a|one|two|three|four|five|ten|twenty|thirty|\d+)\s+(?:decades?|years?)",
    "ru": (
        r"(?:одного|двух|два|две|тр[её]х|три|четырёх|пяти|десяти|двадцати|тридцати|\d+)"
        r"\s+(?:десятилети\w+|лет|года)"
    ),
    "kk": r"(?:бір|екі|үш|төрт|бес|он|жиырма|отыз|\d+)\s+(?:онжылдық|жыл)",
}
_FROM, _TO = r"-?(?:дан|ден|тан|тен|нан|нен)", r"-?(?:ға|ге|қа|ке|на|не)"
_CASE = r"(?:-?(?:ға|ге|қа|ке|на|не|ты|ті|ды|ді|ны|ні|дан|ден|тан|тен))?"
_OVER = {
    "en": r"over|more than|above|at least|under|less than|below|about|around|nearly|some|roughly",
    "ru": r"более|больше|свыше|не менее|менее|меньше|около|примерно|почти|порядка",
    "kk": r"шамамен",
}
_TEMPLATES = {
    "en": (
        (
            r"(?:<V>\s+)?(?:(?:by\s+)?<P>\s?<PC>,?\s+)?from\s+<A><AU>(?:\s+in\s+<Y0>)?"
            r"\s+to\s+<B><BU>(?:\s+in\s+<Y1>)?"
        ),
        r"<V>\s+(?:by\s+)?<P>\s?<PC>,?\s+to\s+<B><BU>(?:\s+in\s+<Y1>)?,?(?:\s+from\s+<A><AU>(?:\s+in\s+<Y0>)?)?",
        r"<V>\s+to\s+<B><BU>(?:\s+in\s+<Y1>)?,?\s+from\s+<A><AU>(?:\s+in\s+<Y0>)?",
        (r"(?:<V>\s+(?:by\s+)?)?<A><AU>\s+(?:a|per|every|each)\s+year"
        r"(?:\s+(?:for|over|during)\s+(?:the\s+(?:last|past)\s+)?<S>)?"),
        r"(?:<V>\s+(?:by\s+)?)?<A><AU>\s+since\s+<Y0>",
        (r"(?:is|was|were|are|averaged|averages|reached|stood at|amounted to|totalled|exceeded)\s+"
        r"(?:(?P<C><OVER>)\s+)?<A><AU>(?:\s+in\s+<Y1>)?"),
    ),
    "ru": (
        (r"(?:<V>\s+)?(?:на\s+<P>\s?<PC>,?\s+)?с\s+<A><AU>(?:\s+в\s+<Y0>\s+год[уа])?\s+до\s+<B><BU>"
        r"(?:\s+в\s+<Y1>\s+году)?"),
        (r"<V>\s+на\s+<P>\s?<PC>,?\s+(?:и\s+составил\w*\s+|до\s+)<B><BU>(?:\s+в\s+<Y1>\s+году)?"
        r"(?:,?\s+с\s+<A><AU>(?:\s+в\s+<Y0>\s+году)?)?"),
        (r"(?:<V>\s+(?:на\s+)?)?(?:по\s+)?<A><AU>\s+(?:в|за|каждый)\s+год"
        r"(?:\s+(?:в течение|на протяжении|за)\s+(?:последн\w+\s+)?<S>)?"),
        r"(?:<V>\s+(?:на\s+)?)?<A><AU>\s+с\s+<Y0>(?:\s+г(?:ода|\.))?",
        (r"(?:составил[аои]?|составляет|равн\w+|равняется|достиг(?:ла|ло|ли)?|был[аои]?|превысил[аои]?)\s+"
        r"(?:(?P<C><OVER>)\s+)?<A><AU>(?:\s+в\s+<Y1>\s+году)?"),
    ),
    "kk": (
        rf"<A><AU>{_FROM}\s+<B><BU>{_TO}(?:\s+дейін)?(?:\s+<P>\s?<PC>(?:{_TO})?)?(?:\s+<V>)?",
        rf"<P>\s?<PC>(?:{_TO})?\s+<V>,?\s+<A><AU>{_FROM}\s+<B><BU>{_TO}(?:\s+(?:дейін\s+)?жетті)?",
        rf"(?:<S>\s+бойы\s+)?жылына\s+<A><AU>{_CASE}(?:\s+<V>)?(?:\s+<T>\s+бойы)?",
        rf"<Y0>\s+жылдан\s+(?:бері|бастап)\s+<A><AU>{_CASE}(?:\s+<V>)?",
        (rf"(?:<Y1>\s+жылы\s+)?(?:(?P<C><OVER>)\s+)?<A><AU>{_CASE}(?:\s+(?P<D>астам|артық|көп|кем))?"
        r"\s+(?:болды|құрады|құрайды|жетті)"),
    ),
}  # fmt: skip


@cache
def numbers(lang: str) -> re.Pattern[str]:
    """Every number of a sentence, but not digits of a word such as TFI1."""
    return re.compile(rf"(?<![\w.,]){_NUMBER[lang]}")


@cache
def patterns(lang: str) -> tuple[re.Pattern[str], ...]:
    """The templates of one language, compiled."""
    units = "|".join(
        re.escape(word).replace(r"\ ", r"\s") for word in sorted(spellings(), key=len, reverse=True)
    )
    end = rf"(?={_CASE}(?!\w))" if lang == "kk" else r"(?!\w)"
    parts = {
        "<V>": rf"\b(?P<V>{'|'.join(VERBS[lang])})\b", "<PC>": _CENT[lang], "<OVER>": _OVER[lang],
        "<S>": f"(?P<S>{_SPAN[lang]})", "<T>": f"(?P<T>{_SPAN[lang]})",
        **{f"<{name}>": rf"(?<![\w.,])(?P<{name}>{_NUMBER[lang]})" for name in "ABP"},
        **{f"<{name}>": rf"(?P<{name}>(?:18|19|20)\d\d)(?!\d)" for name in ("Y0", "Y1")},
        **{f"<{name}>": rf"(?:\s?(?P<{name}>{units}){end})?" for name in ("AU", "BU")},
    }  # fmt: skip
    compiled = []
    for template in _TEMPLATES[lang]:
        whole = template
        for name, part in parts.items():
            whole = whole.replace(name, part)
        tail = r"(?!\w|[.,]\d)" if lang != "kk" else r"(?![.,]?\d)"
        compiled.append(re.compile(whole + tail, re.IGNORECASE))
    return tuple(compiled)
