"""Identifiers of GS1: one canonical form of an EPC URI or a Digital Link, and what the reader sees of it.

Question: do two identifiers name the same thing, and which container, shipment or consignment is it?
In and out: a URI in; the constrained canonical GS1 Digital Link, an element string such as
`(00)106141412345678908`, or a container number out; None where it is no GS1 identifier.
Method: Tag Data Standard 2.0 (EPC, class and pattern URIs) and GS1 Digital Link URI Syntax 1.2 section
4.11, reduced to the finest key as CBV 2.0 section 8.9 rule 18 wants; check digits by modulo 10, those of
containers by ISO 6346.
Limits: EPC schemes without an application identifier (bic, imovn, usdod, adi, gid) have no Digital Link.
A web address whose path looks like a Digital Link is taken for one, as the rule says.
"""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["canonical", "check_digit", "container", "element_string"]

_HOME = "https://id.gs1.org/"
_GCP = re.compile(r"[0-9]{6,12}")
_SERIAL = re.compile(r"[!%-;=?A-Z_a-z\"&]{1,40}")

_EPC: dict[str, tuple[str, int, str]] = {
    "sgtin": ("01", 13, "21"), "upui": ("01", 13, "235"), "lgtin": ("01", 13, "10"),
    "itip": ("8006", 13, "21"),
    "sscc": ("00", 17, ""), "sgln": ("414", 12, "254"), "pgln": ("417", 12, ""), "grai": ("8003", 12, "+"),
    "gdti": ("253", 12, "+"), "sgcn": ("255", 12, "+"), "gsrn": ("8018", 17, ""), "gsrnp": ("8017", 17, ""),
    "gsin": ("402", 16, ""), "giai": ("8004", 0, ""), "ginc": ("401", 0, ""), "cpi": ("8010", 0, "8011"),
}  # fmt: skip
"""EPC scheme to its application identifier, the digits before the check digit (0: none) and the qualifier
that its serial takes (`+`: the serial follows the key at once)."""

_INDICATOR = {"sgtin", "upui", "lgtin", "itip", "sscc"}
_SHORT = {
    "gtin": "01", "itip": "8006", "cpid": "8010", "gln": "414", "party": "417", "gsrnp": "8017",
    "gsrn": "8018",
    "gcn": "255", "sscc": "00", "gdti": "253", "ginc": "401", "gsin": "402", "grai": "8003", "giai": "8004",
    "cpv": "22", "lot": "10", "ser": "21",
}  # fmt: skip
_KEYS: dict[str, tuple[re.Pattern[str], tuple[str, ...]]] = {
    "00": (re.compile(r"[0-9]{18}"), ()),
    "01": (re.compile(r"[0-9]{14}|[0-9]{13}|[0-9]{12}|[0-9]{8}"), ("21", "235", "10")),
    "253": (re.compile(r"[0-9]{13}.{0,34}"), ()),
    "255": (re.compile(r"[0-9]{13,25}"), ()),
    "401": (re.compile(r"[0-9]{4}.{1,56}"), ()),
    "402": (re.compile(r"[0-9]{17}"), ()),
    "414": (re.compile(r"[0-9]{13}"), ("254",)),
    "417": (re.compile(r"[0-9]{13}"), ()),
    "8003": (re.compile(r"[0-9]{14}.{0,32}"), ()),
    "8004": (re.compile(r"[0-9]{4}.{1,56}"), ()),
    "8006": (re.compile(r"[0-9]{18}"), ("21", "10")),
    "8010": (re.compile(r"[0-9]{4}.{1,56}"), ("8011",)),
    "8017": (re.compile(r"[0-9]{18}"), ()),
    "8018": (re.compile(r"[0-9]{18}"), ()),
}
"""Primary key to the form of its value and the qualifiers that refine it, finest first."""

_LINK = re.compile(r"https?://[^/?#]+((?:/[^/?#]*)+)", re.IGNORECASE)
_ISO_6346 = re.compile(r"[A-Z]{3}[UJZR][0-9]{7}")


def check_digit(digits: str) -> str:
    """GS1 check digit of digits without it (General Specifications, section 7.9.1).

    >>> check_digit("629104150021")
    '3'
    """
    total = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


@lru_cache(maxsize=16384)
def canonical(uri: str) -> str | None:
    """The constrained canonical GS1 Digital Link of a URI; None where it is no GS1 identifier.

    >>> canonical("urn:epc:id:sscc:0614141.1234567890")
    'https://id.gs1.org/00/106141412345678908'
    """
    if uri.startswith("urn:epc:"):
        return _from_urn(uri)
    return _from_link(uri) if uri.startswith("http") else None


def _from_urn(uri: str) -> str | None:  # noqa: PLR0911 - each form that does not fit leaves at once
    parts = uri.split(":", 4)
    if len(parts) < 5 or parts[2] not in {"id", "class", "idpat"} or parts[3] not in _EPC:
        return None
    scheme, (company, dot, rest) = parts[3], parts[4].partition(".")
    if not dot or not _GCP.fullmatch(company):
        return None
    key, length, qualifier = _EPC[scheme]
    if length == 0:
        return _assigned(scheme, key, company, rest)
    reference, dot, serial = rest.partition(".")
    digits = company + reference
    if not re.fullmatch(r"[0-9]*", reference) or len(digits) != length:
        return None
    if bool(dot) != bool(qualifier) or (qualifier and not _SERIAL.fullmatch(serial)):
        return None
    if scheme in _INDICATOR:
        digits = reference[:1] + company + reference[1:]
    value = ("0" if scheme == "grai" else "") + digits
    value += check_digit(value)
    if scheme == "itip":
        piece, _, serial = serial.partition(".")
        total, _, serial = serial.partition(".")
        if not re.fullmatch(r"[0-9]{4}", piece + total) or not serial:
            return None
        value += piece + total
    if parts[2] == "idpat" and serial.endswith("*"):
        serial = ""
    if not qualifier or not serial or (scheme == "sgln" and serial == "0"):
        return f"{_HOME}{key}/{value}"
    return (
        f"{_HOME}{key}/{value}{serial}" if qualifier == "+" else f"{_HOME}{key}/{value}/{qualifier}/{serial}"
    )


def _assigned(scheme: str, key: str, company: str, rest: str) -> str | None:
    """Keys whose reference is free text: giai, ginc, cpi."""
    if scheme != "cpi":
        return f"{_HOME}{key}/{company}{rest}" if _SERIAL.fullmatch(rest) else None
    reference, dot, serial = rest.rpartition(".")
    if not dot or not _SERIAL.fullmatch(reference):
        return None
    if serial == "*":
        return f"{_HOME}{key}/{company}{reference}"
    return f"{_HOME}{key}/{company}{reference}/8011/{serial}" if re.fullmatch(r"[0-9]+", serial) else None


def _from_link(uri: str) -> str | None:
    found = _LINK.match(uri)
    if found is None:
        return None
    steps = found.group(1).split("/")[1:]
    for place in range(len(steps) - 1):
        key = _SHORT.get(steps[place], steps[place])
        if key not in _KEYS or not _KEYS[key][0].fullmatch(steps[place + 1]):
            continue
        value = steps[place + 1].zfill(14) if key == "01" else steps[place + 1]
        rest = steps[place + 2 :]
        named = {_SHORT.get(name, name): rest[at + 1] for at, name in enumerate(rest[:-1]) if at % 2 == 0}
        for qualifier in _KEYS[key][1]:
            if named.get(qualifier):
                return f"{_HOME}{key}/{value}/{qualifier}/{named[qualifier]}"
        return f"{_HOME}{key}/{value}"
    return None


@lru_cache(maxsize=16384)
def element_string(uri: str) -> tuple[str, str] | None:
    """Application identifier and element string of a GS1 identifier: ("00", "(00)106141412345678908")."""
    link = canonical(uri)
    if link is None:
        return None
    steps = link[len(_HOME) :].split("/")
    return steps[0], "".join(f"({key}){value}" for key, value in zip(steps[::2], steps[1::2], strict=False))


@lru_cache(maxsize=16384)
def container(uri: str) -> str | None:
    """Number of the container that a URI names: an EPC of scheme bic, or an end that passes ISO 6346.

    A number of scheme bic is given back even when its check digit is wrong, so that it can be refused.

    >>> container("urn:epc:id:bic:CSQU3054383")
    'CSQU3054383'
    """
    if uri.startswith("urn:epc:id:bic:"):
        return uri[15:].upper()
    end = uri[-11:]
    if _ISO_6346.fullmatch(end) and _iso_6346_digit(end) == end[-1] and not uri[-12:-11].isalpha():
        return end
    return None


def _iso_6346_digit(number: str) -> str:
    """Check digit of ISO 6346: letters count 10 to 38 without multiples of 11, weights are powers of 2."""
    total = sum(_VALUE[sign] << place for place, sign in enumerate(number[:10]))
    return str(total % 11 % 10)


_SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_VALUE = dict(zip(_SIGNS, (value for value in range(39) if value == 0 or value % 11), strict=True))
