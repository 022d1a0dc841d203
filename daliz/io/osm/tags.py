"""Readers of single OpenStreetMap values: what a mapper wrote, as a number or word of ours.

Question: what does `gauge=1520;1435`, `maxspeed=RU:urban` or `duration=PT5H` say in our units?
In and out: the text of one tag in; the value (None or empty where it says nothing) and the key of a
finding ("" where all was read) out. Nothing raises: a reader that does not understand says so.
Method: closed grammars by the tag pages of the OpenStreetMap wiki; numbers outside what is possible on
earth are not read. Words that say "no value here" (`none`, `unsigned`) are read and are empty.
Limits: conditional values (`maxspeed:conditional`) and values by lane are not looked at. Codes such as
`RU:urban` have a number only where `CODES_KMH` lists one; it is the limit of a car, as the sign would
say.

"""

from __future__ import annotations

import re

__all__ = [
    "CODES_KMH", "electrified", "gauges_mm", "height_m", "hours", "lorry", "numbers", "oneway", "speed_kmh",
    "tracks", "weight_t",
]  # fmt: skip

CODES_KMH = {
    "RU:living_street": 20.0, "RU:urban": 60.0, "RU:rural": 90.0, "RU:motorway": 110.0,
}  # fmt: skip
"""General limits behind codes, km/h: traffic rules of Russia, items 10.1 to 10.3. Others are findings."""

KMH = {"": 1.0, "km/h": 1.0, "kmh": 1.0, "kph": 1.0, "mph": 1.609344, "knots": 1.852}
TONNES = {
    "": 1.0, "t": 1.0, "ton": 1.0, "tons": 1.0, "tonnes": 1.0, "т": 1.0, "kg": 0.001, "st": 0.90718474,
    "lt": 1.0160469088, "lbs": 0.00045359237, "lb": 0.00045359237,
}  # fmt: skip
METRES = {"": 1.0, "m": 1.0, "м": 1.0, "cm": 0.01, "mm": 0.001, "ft": 0.3048}
HOURS = {
    "": 1 / 60, "min": 1 / 60, "mins": 1 / 60, "minute": 1 / 60, "minutes": 1 / 60, "h": 1.0, "hr": 1.0,
    "hrs": 1.0, "hour": 1.0, "hours": 1.0, "d": 24.0, "day": 24.0, "days": 24.0,
}  # fmt: skip
CURRENT = ("contact_line", "rail", "4th_rail", "ground-level_power_supply", "yes", "no")
UNSAID_SPEED = {"none", "signals", "variable", "walk", "unposted", "implicit"}
UNSAID_LIMIT = {"none", "no", "default", "unsigned", "below_default", "no_sign", "no_indications"}
LORRY = {
    **dict.fromkeys(("yes", "designated", "permissive", "official"), "yes"),
    **dict.fromkeys(("no", "agricultural", "forestry", "emergency", "military", "psv", "bus"), "no"),
    **dict.fromkeys(("destination", "delivery", "customers", "permit", "private", "discouraged", "local",
                     "restricted", "unknown", "conditional"), "limited"),
}  # fmt: skip
FORWARD = {
    **dict.fromkeys(("yes", "true", "1"), 1),
    **dict.fromkeys(("no", "false", "0", "reversible", "alternating", "recommended"), 0),
    **dict.fromkeys(("-1", "reverse"), -1),
}
"""Direction of a one-way; a reversible or alternating lane serves both ways in turn."""

_MM = re.compile(r"(\d{3,4})(?:\s*mm)?")
_QUANTITY = re.compile(r"(\d{1,9}(?:[.,]\d{1,9})?)\s*([^\W\d_/]*(?:/h)?)")
_FEET = re.compile(r"(\d{1,3})\s*(?:'|ft|′)\s*(?:(\d{1,2})\s*(?:\"|in|″|'')?)?")
_CODE = re.compile(r"[A-Z]{2}(?:-[A-Z]{2,3})?:[a-z0-9_:.]+")
_CLOCK = re.compile(r"(\d{1,3}):([0-5]\d)(?::([0-5]\d))?")
_ISO = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+)S)?)?")
_MIXED = re.compile(r"(\d{1,3})\s*h(?:ours?|rs?)?\s*(\d{1,2})\s*(?:m|min|mins|minutes)?")
_COUNT = re.compile(r"\d{1,2}")


def _words(raw: str, signs: str = ";,") -> list[str]:
    return [word.strip() for word in re.split(f"[{signs}]", raw) if word.strip()]


def _quantity(raw: str, units: dict[str, float], least: float, most: float) -> float | None:
    found = _QUANTITY.fullmatch(raw.strip().lower())
    if found is None or found[2] not in units:
        return None
    value = float(found[1].replace(",", ".")) * units[found[2]]
    return value if least <= value <= most else None


def gauges_mm(raw: str) -> tuple[tuple[int, ...], str]:
    """Track gauges in mm, in the order written, each once.

    `standard` is 1435 mm. `broad` is taken as 1520 mm, the broad gauge of this network's area, and is a
    finding; `narrow` names no number. Gauges outside 380 to 2140 mm are not read.
    """
    found: list[int] = []
    problem = ""
    for word in _words(raw.lower(), ";,/"):
        figure = _MM.fullmatch(word)
        if figure and 380 <= int(figure[1]) <= 2140:
            found.append(int(figure[1]))
        elif word == "standard":
            found.append(1435)
        elif word == "broad":
            found.append(1520)
            problem = problem or "osm.gauge_broad"
        else:
            problem = "osm.gauge_unread"
    return tuple(dict.fromkeys(found)), problem if found or problem else "osm.gauge_unread"


def electrified(raw: str) -> tuple[tuple[str, ...], str]:
    """How current is drawn, as words of the wiki; `no` beside another word is not read."""
    words = tuple(dict.fromkeys(word.lower() for word in _words(raw)))
    if not words or any(word not in CURRENT for word in words) or ("no" in words and len(words) > 1):
        return (), "osm.electrified_unread"
    return words, ""


def numbers(raw: str, unit: str, most: float) -> tuple[tuple[float, ...], str]:
    """Numbers of a list (voltage in V, frequency in Hz), `25 kV` too; those above `most` are not read."""
    known = {"": 1.0, unit.lower(): 1.0, f"k{unit.lower()}": 1000.0}
    found = [_quantity(word, known, 0.0, most) for word in _words(raw, ";")]
    good = tuple(dict.fromkeys(value for value in found if value is not None))
    return good, "" if found and len(good) == len(set(found)) else "osm.number_unread"


def tracks(raw: str) -> tuple[int | None, str]:
    """Number of tracks, 1 to 40."""
    value = int(raw) if _COUNT.fullmatch(raw.strip()) else 0
    return (value, "") if 1 <= value <= 40 else (None, "osm.tracks_unread")


def speed_kmh(raw: str) -> tuple[float | None, str, str]:
    """(km/h, code, finding): the lowest of a list; a code is kept, with a number where one is known."""
    values: list[float] = []
    code = problem = ""
    for word in _words(raw, ";"):
        value = _quantity(word, KMH, 1.0, 500.0)
        if value is not None:
            values.append(value)
        elif word.lower() in UNSAID_SPEED:
            code = word.lower()
        elif _CODE.fullmatch(word):
            code = word
            if word in CODES_KMH:
                values.append(CODES_KMH[word])
            else:
                problem = problem or "osm.maxspeed_code"
        else:
            problem = "osm.maxspeed_unread"
    said = values or code or problem
    return min(values, default=None), code, problem if said else "osm.maxspeed_unread"


def hours(raw: str) -> tuple[float | None, str]:
    """Duration in hours: `1:30`, `01:30:00`, `PT5H`, `P1DT2H`, `90` (minutes), `5 h`, `1h30`; to 30 days."""
    word = raw.strip()
    value: float | None = None
    if found := _CLOCK.fullmatch(word):
        value = int(found[1]) + int(found[2]) / 60 + int(found[3] or 0) / 3600
    elif (found := _ISO.fullmatch(word.upper())) and any(found.groups()):
        days, hour, minute, second = (float(part or 0) for part in found.groups())
        value = days * 24 + hour + minute / 60 + second / 3600
    elif found := _MIXED.fullmatch(word.lower()):
        value = int(found[1]) + int(found[2]) / 60
    else:
        value = _quantity(word, HOURS, 0.0, 720.0)
    return (value, "") if value and value <= 720 else (None, "osm.duration_unread")


def _limit(raw: str, units: dict[str, float], least: float, most: float) -> tuple[float | None, bool]:
    if raw.strip().lower() in UNSAID_LIMIT:
        return None, True
    found = [_quantity(word, units, least, most) for word in _words(raw, ";")]
    good = [value for value in found if value is not None]
    return min(good, default=None), bool(found) and len(good) == len(found)


def weight_t(raw: str) -> tuple[float | None, str]:
    """Greatest weight in t (from kg, short and long tons, pounds); the lowest of a list; to 1000 t."""
    value, read = _limit(raw, TONNES, 0.1, 1000.0)
    return value, "" if read else "osm.maxweight_unread"


def height_m(raw: str) -> tuple[float | None, str]:
    """Greatest height in m (`4.2 m`, `420 cm`, `13'6"`); the lowest of a list; 0.5 to 30 m."""
    feet = _FEET.fullmatch(raw.strip().lower())
    if feet and int(feet[2] or 0) < 12:
        value = int(feet[1]) * 0.3048 + int(feet[2] or 0) * 0.0254
        return (value, "") if 0.5 <= value <= 30 else (None, "osm.maxheight_unread")
    height, read = _limit(raw, METRES, 0.5, 30.0)
    return height, "" if read else "osm.maxheight_unread"


def lorry(raw: str) -> tuple[str, str]:
    """What an access word means to a lorry passing through: yes, no or limited ("" where it was not read)."""
    word = LORRY.get(raw.strip().lower(), "")
    return word, "" if word else "osm.access_unread"


def oneway(raw: str) -> tuple[int, str]:
    """1 along the way, -1 against it, 0 both."""
    way = FORWARD.get(raw.strip().lower())
    return (0, "osm.oneway_unread") if way is None else (way, "")
