"""Units, constants and conversions that carry a name.

Question: what does a suffix mean, and how does one unit become another?
In and out: plain numbers.
Method: the unit is in the name (`_km _h _t _teu _usd _co2e_kg`); instants are aware and in UTC.
Limits: prices are converted between price years nowhere yet; the price year travels with the row.
"""

from __future__ import annotations

import datetime as dt
import math

HOURS_PER_DAY = 24.0
HOURS_PER_WEEK = 168.0
EARTH_RADIUS_KM = 6371.0088
"""Mean Earth radius, IUGG (GRS 80)."""

SHIPMENT_T = 20.0
"""Tonnes of the standard CPMM shipment to which payments at a post refer."""

UTC = dt.UTC

FIRST_YEAR, LAST_YEAR = 1990, 2100
"""Years for which calendars and rules mean anything."""


def parse_instant(text: str) -> dt.datetime:
    """An aware instant in UTC from ISO 8601; a time without zone is read as UTC, a day as its midnight.

    Raises
    ------
    ValueError
        when the text is not ISO 8601, or its year lies outside 1990 to 2100.
    """
    instant = dt.datetime.fromisoformat(text)
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        msg = f"a year between {FIRST_YEAR} and {LAST_YEAR}"
        raise ValueError(msg)
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return instant.astimezone(UTC)


def shipments(teu: float) -> int:
    """Number of standard shipments (one truck or one 40-foot box) that carry `teu`."""
    return max(1, math.ceil(teu / 2))


def lognormal_sigma(cv: float) -> float:
    """Sigma of the logarithm of a lognormal with coefficient of variation `cv`."""
    return math.sqrt(math.log1p(cv * cv))
