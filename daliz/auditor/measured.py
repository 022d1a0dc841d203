"""Published figures beside what is measured.

Question: does a published value lie in the interval that our own logs give for the same quantity?
In and out: `Claims` and rows of measured indicators (indicator, subject, mode, direction, year, value, low,
high, n) in; remarks and the number of figures confirmed out.
Method: the printed interval against the measured one; outside means that no value is in both. A difference
that is a slip of unit or of direction is named.
Limits: an interval speaks for the shipments in the log; another sample may rightly differ.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from daliz.auditor.arithmetic import measure, slip
from daliz.auditor.claims import Claim
from daliz.auditor.interval import Interval, shown
from daliz.auditor.quantities import Said
from daliz.auditor.rules import Remark, rules
from daliz.errors import BadValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from daliz.auditor.claims import Claims

__all__ = ["beside"]

_NEEDED = ("indicator", "value", "low", "high")


def beside(claims: Claims, measured: Iterable[Mapping[str, Any]]) -> tuple[list[Remark], int, int]:
    """Remarks on figures outside the measured interval, how many lie inside, and how many had no measure.

    Raises
    ------
    BadValue
        when a measured row lacks a column, or its interval is not one; names the row.
    """
    by_key: dict[tuple[object, ...], tuple[Claim, Interval, Any]] = {}
    for number, row in enumerate(measured, start=1):
        claim, interval = _read(row, number)
        by_key[_key(claim)] = (claim, interval, row.get("n"))
    remarks, inside, alone = [], 0, 0
    for claim in claims.all:
        found = by_key.get(_key(claim)) if claim.kind in ("level", "mean", "share", "total") else None
        if found is None or found[0].unit.dimension != claim.unit.dimension:
            alone += 1
        elif claim.interval.meets(found[1]):
            inside += 1
        else:
            remarks.append(_outside(claim, *found, by_key))
    return remarks, inside, alone


def _read(row: Mapping[str, Any], number: int) -> tuple[Claim, Interval]:
    lacking = [column for column in _NEEDED if row.get(column) in (None, "")]
    if lacking:
        raise BadValue("error.audit_measured", row=number, column=", ".join(lacking))
    try:
        low, value, high = (Fraction(str(row[column])) for column in ("low", "value", "high"))
    except ValueError:
        raise BadValue("error.audit_measured", row=number, column="low, value, high") from None
    if not low <= value <= high:
        raise BadValue(
            "error.audit_interval", row=number, low=row["low"], value=row["value"], high=row["high"]
        )
    year = row.get("year")
    claim = Claim(
        {**row, "claim": f"measured:{number}", "year": None if year in (None, "") else int(str(year))}
    )
    return claim, Interval(low, high).times(claim.unit.factor)


def _key(claim: Claim) -> tuple[object, ...]:
    return (measure(claim), *claim.about[1:], claim.year, str(claim.get("period") or "").casefold())


def _outside(
    claim: Claim, found: Claim, interval: Interval, n: Any, by_key: Mapping[tuple[object, ...], Any]
) -> Remark:
    here = 1 / claim.unit.factor
    values: dict[str, object] = {
        "claim": claim, "value": claim.quoted(), "low": interval.times(here), "n": n or "–",
        "measured": shown(Fraction(str(found.row["value"])) * found.unit.factor * here),
        "unit": Said("", claim.unit.sign),
    }  # fmt: skip
    repair = "audit.repair_measured"
    turned = {"in": "out", "out": "in"}.get(str(claim.get("direction")))
    other = by_key.get((*_key(claim)[:3], turned, *_key(claim)[4:])) if turned else None
    measured_value = Interval.exactly(Fraction(str(found.row["value"])) * found.unit.factor)
    factor = slip(claim.interval, measured_value, claim.unit.dimension)
    if factor is not None:
        values["factor"], repair = factor, "audit.repair_factor"
    elif other is not None and claim.interval.meets(other[1]):
        repair = "audit.repair_turned"
    return Remark(
        rules()["against_measured"], (claim,), "audit.measured", repair, values, claim.stated,
        interval.times(here), claim.unit.sign,
    )  # fmt: skip
