"""The measures: what is divided by what, over which observations.

Question: how is each indicator of table `indicators` computed?
In and out: the relation of a grain in; expressions `top` and `bottom` of one observation out.
Method: an observation has a ratio top/bottom. The ratio of sums is sum(top)/sum(bottom), the mean of ratios
mean(top/bottom); where bottom is nothing, the sum is sum(top). `scope` says which observations the
indicator is about, `valid` which of these it can be computed for; the others are counted as left out.
Figures are kept in seconds, kilometres, tonnes and dollars; `scale` turns the result into the unit said.
Limits: `scale` applies after the division, so that whole seconds stay exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Expression = Callable[[Any], Any]

__all__ = ["MEASURES", "Measure"]

HOUR = 1 / 3600
SPEED = 3600.0


@dataclass(frozen=True)
class Measure:
    """One measure. `top`, `bottom`, `scope`, `valid` take the relation of the grain and give columns."""

    grain: str
    top: Expression
    bottom: Expression | None = None
    valid: Expression | None = None
    scope: Expression | None = None
    scale: float = 1.0


def _one(t: Any) -> Any:
    return t.simulated * 0 + 1


def _border(t: Any) -> Any:
    return t.border == 1


def _closed(t: Any) -> Any:
    return (t.open == 0) & (t.timed > 0)


def _complete(t: Any) -> Any:
    return t.complete == 1


def _paid(t: Any) -> Any:
    return (t.moneyed == 1) & (t.unconverted == 0)


def _per_500_km_20_t(usd: str) -> Expression:
    return lambda t: t[usd] * 500.0 * 20.0


MEASURES: dict[str, Measure] = {
    "tfi1": Measure("visit", lambda t: t.seconds, _one, _closed, _border, HOUR),
    "tfi2": Measure("visit", lambda t: t.official_usd, _one, _paid, _border),
    "tfi2_unofficial": Measure("visit", lambda t: t.unofficial_usd, _one, _paid, _border),
    "tfi3": Measure(
        "trip", lambda t: (t.carriage_usd + t.stop_usd) * 10_000.0, lambda t: t.km * t.tonnes,
        lambda t: (t.complete == 1) & (t.priced == 1) & (t.tonnes > 0),
    ),
    "swod": Measure("trip", lambda t: t.km, lambda t: t.moving_s, _complete, scale=SPEED),
    "swd": Measure("trip", lambda t: t.km, lambda t: t.moving_s + t.stop_s, _complete, scale=SPEED),
    "tfi4": Measure("trip", lambda t: t.km, lambda t: t.moving_s + t.stop_s, _complete, scale=SPEED),
    "delay_share": Measure("trip", lambda t: t.stop_s, lambda t: t.moving_s + t.stop_s, _complete),
}  # fmt: skip
