"""A log as columns of small numbers, grouped by shipment: the fast path of the corridor measures.

Question: how long, how dear and how fast was every passage, by post and by corridor, in fifty million
events, within a second?
In and out: arrays in; `Columns` (one row an event, shipments one after the other) and `Cells` out.
Method: `grouping` brings raw rows into shipments by a counting sort. `walk` passes over the events of blocks
of shipments, leaves one record a visit and one a part of a trip, and sorts these into cells; `figures` gives
each cell its sums, spread and quantiles. Threads release the lock; the blocks do not depend on their
number.
Limits: instants are whole seconds from 1970 to 2106, money whole cents of USD, lengths whole metres. Sums
of these are exact; sums of ratios and of tonne-kilometres are taken in an order that the data alone
decide, so that every figure is the same whatever the number of threads.
"""

from __future__ import annotations

from daliz.engine.logbook.columns import Columns, Flag, Kinds
from daliz.engine.logbook.figures import Cells, Stats, along_corridors, at_posts
from daliz.engine.logbook.grouping import RawColumns, dense_codes, greatest, group, shipment_ptr
from daliz.engine.logbook.walk import Cut, Records, tally

__all__ = [
    "Cells", "Columns", "Cut", "Flag", "Kinds", "RawColumns", "Records", "Stats", "along_corridors",
    "at_posts", "dense_codes", "greatest", "group", "shipment_ptr", "tally",
]  # fmt: skip
