"""Simulated logs: trips over the real network with the steps of the tables, for demonstration and load.

Question: what would the log of a corridor look like, at any size, when the truth behind it is known?
In and out: an `Atlas`, a number of events, a seed and a span of days in; frames of raw event rows out, and
a file of them by `write_log`.
Method: `trips` routes the typical pairs of the named corridors once; `draw` samples trips by route, whole
columns at a time: departures, steps with their probabilities and lognormal hours (one common factor a
trip, as in the router), opening hours, payments, numbers with check digits, planted breaches.
Limits: a simulation of the tables, never a measurement: quality, source, actor and every number say
`simulated`. Trips do not queue for each other; fares and payments are the tables' means.
"""

from __future__ import annotations

from daliz.rehearsal.draw import SIMULATED, Change, Plan, generate, write_log
from daliz.rehearsal.trips import Trip, trips

__all__ = ["SIMULATED", "Change", "Plan", "Trip", "generate", "trips", "write_log"]
