"""The columns of a logbook and the table of kinds that its rows point into.

Question: what is kept of an event, and in how many bytes?
In and out: plain holders of arrays.
Method: place, mode, direction, state and whether it is a movement are one code of two bytes (`kind`);
amounts that few rows have (metres, unofficial payments) stand in dense columns of their own that are read
along with the rows that carry the flag.
Limits: what a measure does not need (names, units, documents) stays in the event store.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntFlag
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Columns", "Flag", "Kinds"]


class Flag(IntFlag):
    """What is known of one event."""

    TIMED = 1
    OPEN = 2
    KM = 4
    OFFICIAL = 8
    UNOFFICIAL = 16
    UNCONVERTED = 32


@dataclass(frozen=True)
class Columns:
    """One row an event, by shipment and in order of begin, end and event.

    `begin_s` (n,) seconds since 1970, of the start or else the end; `seconds` (n,) until the end, 0 unless
    both are known; `kind` (n,) row of `Kinds`; `activity` (n,) code; `flags` (n,) of `Flag`;
    `official_cents` (n,) USD cents. `km_m` holds metres of the rows with `KM`, `unofficial_cents` those with
    `UNOFFICIAL`. Shipment s has the rows `ptr[s]:ptr[s+1]`, likewise `km_ptr` and `unofficial_ptr`; `tonnes`
    is NaN where unknown; `moneyed` says whether any of its rows names an amount.
    """

    begin_s: NDArray[np.uint32]
    seconds: NDArray[np.uint32]
    kind: NDArray[Any]
    activity: NDArray[Any]
    flags: NDArray[np.uint8]
    official_cents: NDArray[np.uint32]
    km_m: NDArray[np.uint32]
    unofficial_cents: NDArray[np.uint32]
    ptr: NDArray[np.int64]
    km_ptr: NDArray[np.int64]
    unofficial_ptr: NDArray[np.int64]
    tonnes: NDArray[np.float64]
    moneyed: NDArray[np.uint8]

    @property
    def events(self) -> int:
        """Rows."""
        return len(self.begin_s)

    @property
    def shipments(self) -> int:
        """Shipments."""
        return len(self.tonnes)

    @property
    def nbytes(self) -> int:
        """Bytes of all columns."""
        return sum(getattr(self, one.name).nbytes for one in fields(self))


@dataclass(frozen=True)
class Kinds:
    """What the code `kind` stands for, (k,) each; codes begin at 0 and -1 is none.

    `place` tells places apart, named or not; `known_place` is the same number, or -1 outside the network;
    `visit` tells place, mode and direction apart, `part` mode and state; `border` is 1 for a direction in
    or out.
    """

    move: NDArray[np.uint8]
    place: NDArray[np.int32]
    known_place: NDArray[np.int32]
    visit: NDArray[np.int32]
    part: NDArray[np.int32]
    border: NDArray[np.uint8]
