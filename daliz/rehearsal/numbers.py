"""Numbers of simulated containers and wagons, with true check digits and prefixes that say what they are.

Question: which numbers can stand in a simulated log and still pass every check of a real one?
In and out: serial numbers, shape (n,), in; texts out.
Method: ISO 6346 (letters weigh 10 to 38 without the multiples of 11, powers of two by position, modulo 11,
10 counts as 0) and the eight-digit wagon numbers of the 1520 railways (digits times 2 and 1 in turn, digit
sums, up to the next ten).
Limits: owner codes begin with SI, which need not be free of real owners; the source of the row decides.
"""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

__all__ = ["containers", "wagons"]

_VALUES = dict(zip(string.ascii_uppercase, (v for v in range(10, 39) if v % 11), strict=True))
_OWNERS = tuple(f"SI{letter}U" for letter in "M" + string.ascii_uppercase.replace("M", ""))
_SERIALS = 1_000_000
_WAGON_SERIALS = 10_000_000


def containers(serial: Ints) -> list[str]:
    """Container numbers: SIMU and six digits, further owner codes beyond a million; then they recur."""
    owner = serial // _SERIALS % len(_OWNERS)
    number = serial % _SERIALS
    letters = np.array([sum(_VALUES[c] << at for at, c in enumerate(code)) for code in _OWNERS])
    total = letters[owner]
    for at in range(6):
        total = total + (number // 10 ** (5 - at) % 10 << (at + 4))
    check = total % 11 % 10
    return [
        f"{_OWNERS[o]}{n:06d}{c}"
        for o, n, c in zip(owner.tolist(), number.tolist(), check.tolist(), strict=True)
    ]


def wagons(serial: Ints) -> list[str]:
    """Wagon numbers of eight digits, the last a check digit."""
    number = serial % _WAGON_SERIALS
    total = np.zeros_like(number)
    for at in range(7):
        doubled = number // 10 ** (6 - at) % 10 * (2 if at % 2 == 0 else 1)
        total = total + doubled // 10 + doubled % 10
    check = (10 - total % 10) % 10
    return [f"{n:07d}{c}" for n, c in zip(number.tolist(), check.tolist(), strict=True)]
