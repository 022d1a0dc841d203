"""Check digits of containers and wagons.

Question: was this number written down rightly?
In and out: a number as the log has it in; its kind and the check digit it should have out.
Method: ISO 6346 for containers (letters count 10 to 38 without multiples of 11, weights 2^k, modulo 11);
for the eight digits of wagons of 1520 mm the digits of weights 2, 1, 2, ... add up to a multiple of ten.
Limits: numbers of other forms (lorries, vessels, wagons of other railways) are taken as they are.
"""

from __future__ import annotations

import re

__all__ = ["bare", "container_digit", "kind_of", "right_digit", "wagon_digit"]

_CONTAINER = re.compile(r"[A-Z]{3}[UJZR]\d{7}")
_WAGON = re.compile(r"\d{8}")
_LETTER = dict(
    zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", (value for value in range(10, 39) if value % 11), strict=True)
)


def bare(number: str) -> str:
    """The number without spaces and signs, in capitals."""
    return re.sub(r"[\s\-/.]", "", number).upper()


def kind_of(number: str) -> str:
    """Container or wagon by the form of a bare number; empty when it has neither."""
    if _CONTAINER.fullmatch(number):
        return "container"
    return "wagon" if _WAGON.fullmatch(number) else ""


def container_digit(ten: str) -> int:
    """Check digit of the first ten signs of a container number.

    >>> container_digit("CSQU305438")
    3
    """
    values = (_LETTER.get(sign, 0) if sign.isalpha() else int(sign) for sign in ten)
    return sum(value << place for place, value in enumerate(values)) % 11 % 10


def wagon_digit(seven: str) -> int:
    """Check digit of the first seven digits of a wagon of 1520 mm.

    >>> wagon_digit("5412336")
    9
    """
    products = (int(digit) * (2 - place % 2) for place, digit in enumerate(seven))
    return -sum(product // 10 + product % 10 for product in products) % 10


def right_digit(number: str) -> int | None:
    """The check digit that a bare number should have; None when its form has none."""
    kind = kind_of(number)
    if kind == "container":
        return container_digit(number[:10])
    return wagon_digit(number[:7]) if kind == "wagon" else None
