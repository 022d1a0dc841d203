"""Did a measure move an indicator: estimate, interval, diagnostics, or why it cannot be judged.

Question: by how many per cent did the indicator change when the measure was done, beyond trend and season?
In and out: the series where the measure acts, series of places without it, and the month of the measure
in; an `Effect` out.
Method: values above nothing are taken as logarithms, so that the effect is a share of what would have
been; else as they are. Alone: an interrupted series. With controls: the series less the mean of the
controls. Memory and interval by `engine.interrupted`. Placebo months are all months before, each treated
as if the measure had come then.
Limits: what else came at the same time is part of the effect; such measures are named, not taken out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from daliz.engine.interrupted import Fit, design, fit_ar1, ljung_box

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from daliz.effects.series import Monthly

    Floats = NDArray[np.float64]

__all__ = ["LEAST_AFTER", "LEAST_BEFORE", "Effect", "judge_effect"]

LEAST_BEFORE, LEAST_AFTER = 8, 4
"""Fewest months with a figure before and after, below which nothing is said."""

_SEASON = 24
_PLACEBOS = 5
_COMPOSITION = 2.0
_OUTLIER = 4.0
_WHITE_P = 0.01
_TREND_P = 0.05


@dataclass(frozen=True)
class Effect:
    """What may be said.

    `reason` is empty when it can be judged, else no_series, few_before, few_after, pre_trend.
    `change` with `low` and `high` is a share of what would have been (or in the unit, where `relative` is
    False). `table` columns: month, observed, fitted, without (what would have been), and its interval.
    """

    method: str
    reason: str
    relative: bool
    unit: str
    before: int
    after: int
    change: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    memory: float | None = None
    smallest: float | None = None
    white_p: float | None = None
    pre_trend_p: float | None = None
    placebo_p: float | None = None
    placebos: int = 0
    place_p: float | None = None
    seasonal: bool = False
    outliers: tuple[int, ...] = ()
    composition: float | None = None
    rows: tuple[tuple[int, float, float, float, float, float], ...] = ()
    controls: tuple[str, ...] = ()
    quality: str = "measured"

    @property
    def moved(self) -> bool | None:
        """Whether the interval leaves nothing out; None where it cannot be judged."""
        if self.low is None or self.high is None:
            return None
        return self.low > 0 or self.high < 0


def judge_effect(
    series: Monthly | None, at: int, controls: Sequence[Monthly] = (), transition: int = 0
) -> Effect:
    """The effect of a measure whose first month is `at`; `transition` months from there are left out."""
    method = "did" if controls else "its"
    if series is None or not len(series.months):
        return Effect(method, "no_series", True, "", 0, 0)
    kept = (series.months < at) | (series.months >= at + transition)
    months, values, counts = series.months[kept], series.values[kept], series.n[kept]
    names = tuple(one.name for one in controls)
    if controls:
        months, values, counts, others = _shared(months, values, counts, controls)
    relative = (
        bool(len(values)) and bool((values > 0).all()) and all((one.values > 0).all() for one in controls)
    )
    before, after = int((months < at).sum()), int((months >= at).sum())
    quality = _weakest([series.quality, *(one.quality for one in controls)])
    base = {
        "method": method,
        "relative": relative,
        "unit": series.unit,
        "before": before,
        "after": after,
        "controls": names,
        "quality": quality,
    }
    if before < LEAST_BEFORE or after < LEAST_AFTER:
        return Effect(reason="few_before" if before < LEAST_BEFORE else "few_after", **base)  # type: ignore[arg-type]
    shared = (np.log(others) if relative else others).mean(axis=0) if controls else np.zeros(len(values))
    return _judged((values, shared), counts, months, at, base, controls)


def _judged(
    data: tuple[Floats, Floats],
    counts: NDArray[np.int64],
    months: NDArray[np.int64],
    at: int,
    base: dict[str, object],
    controls: Sequence[Monthly],
) -> Effect:
    values, shared = data
    relative, alone = bool(base["relative"]), not controls
    y = (np.log(values) if relative else values) - shared
    times = months.astype(np.float64)
    fit, columns, level = _fit(y, times, at, alone)
    pre = times < at
    pre_p = None if alone else _trend_p(y[pre], times[pre])
    estimate, half = float(fit.estimate[0]), float(fit.half_width()[0])

    def share(value: float) -> float:
        return math.expm1(value) if relative else value

    placebo = _placebo(y, times, at, alone, estimate)
    enough = float(special.stdtrit(fit.df[0], 0.975) + special.stdtrit(fit.df[0], 0.8)) * float(fit.se[0])
    fitted = columns @ fit.beta[:, 0]
    without = fitted - columns[:, level] * fit.beta[level, 0]
    after_n, before_n = counts[~pre & (counts > 0)], counts[pre & (counts > 0)]
    mix = float(np.median(after_n) / np.median(before_n)) if len(after_n) and len(before_n) else None
    return Effect(
        reason="pre_trend" if pre_p is not None and pre_p < _TREND_P else "",
        change=share(estimate),
        low=share(estimate - half),
        high=share(estimate + half),
        p=float(fit.p[0]),
        memory=float(fit.memory[0]),
        smallest=share(enough),
        white_p=ljung_box(fit.innovations[:, 0], 6),
        pre_trend_p=pre_p,
        placebo_p=placebo[0],
        placebos=placebo[1],
        place_p=_place_p(controls, at, estimate, relative),
        seasonal=alone and len(times) >= _SEASON,
        outliers=tuple(months[np.abs(fit.innovations[:, 0]) > _OUTLIER].tolist()),
        composition=mix,
        rows=_rows(months, values, (fitted + shared, without + shared), np.where(pre, 0.0, half), relative),
        **base,  # type: ignore[arg-type]
    )


def _fit(y: Floats, times: Floats, at: float, alone: bool) -> tuple[Fit, Floats, int]:
    columns, contrast = design(times, at, season=alone, slope=False, trend=alone)
    return fit_ar1(y, columns, contrast, times), columns, int(np.flatnonzero(contrast)[0])


def _trend_p(y: Floats, times: Floats) -> float | None:
    """Chance of such a slope before the measure when there is none, of the difference to the controls."""
    if len(y) < LEAST_BEFORE:
        return None
    columns = np.column_stack([np.ones(len(y)), (times - times.mean()) / 12])
    return float(fit_ar1(y, columns, np.array([0.0, 1.0]), times).p[0])


def _placebo(y: Floats, times: Floats, at: int, alone: bool, estimate: float) -> tuple[float | None, int]:
    """Share of months before, each treated as that of the measure, with an effect as large; and how many."""
    pre = times < at
    found = []
    for month in times[pre]:
        early = times[pre]
        if (early < month).sum() >= LEAST_BEFORE and (early >= month).sum() >= LEAST_AFTER:
            found.append(float(_fit(y[pre], early, float(month), alone)[0].estimate[0]))
    if len(found) < _PLACEBOS:
        return None, len(found)
    larger = sum(abs(one) >= abs(estimate) for one in found)
    return (larger + 1) / (len(found) + 1), len(found)


def _place_p(controls: Sequence[Monthly], at: int, estimate: float, relative: bool) -> float | None:
    """Share of places with an effect as large when each control is treated as that of the measure."""
    if len(controls) < _PLACEBOS:
        return None
    found = []
    for number, one in enumerate(controls):
        others = [other for at_, other in enumerate(controls) if at_ != number]
        months, values, _, rest = _shared(one.months, one.values, one.n, others)
        if (months < at).sum() < LEAST_BEFORE or (months >= at).sum() < LEAST_AFTER:
            continue
        y = np.log(values) - np.log(rest).mean(axis=0) if relative else values - rest.mean(axis=0)
        found.append(float(_fit(y, months.astype(np.float64), at, alone=False)[0].estimate[0]))
    return (sum(abs(one) >= abs(estimate) for one in found) + 1) / (len(found) + 1) if found else None


def _shared(
    months: NDArray[np.int64], values: Floats, counts: NDArray[np.int64], controls: Sequence[Monthly]
) -> tuple[NDArray[np.int64], Floats, NDArray[np.int64], Floats]:
    """Months that the place and every control have, with the values of all."""
    common = months
    for one in controls:
        common = np.intersect1d(common, one.months)
    mine = np.isin(months, common)
    others = [one.values[np.isin(one.months, common)] for one in controls]
    rest = np.array(others, dtype=np.float64).reshape(len(controls), len(common))
    return months[mine], values[mine], counts[mine], rest


def _rows(
    months: NDArray[np.int64], values: Floats, lines: tuple[Floats, Floats], half: Floats, relative: bool
) -> tuple[tuple[int, float, float, float, float, float], ...]:
    """Observed, fitted, and what would have been with its interval after, in the unit of the indicator."""
    fitted, without = lines
    shown = [fitted, without, without - half, without + half]
    columns = [np.exp(line) if relative else line for line in shown]
    return tuple(
        (int(months[at]), float(values[at]), *(float(line[at]) for line in columns))  # type: ignore[misc]
        for at in range(len(months))
    )


def _weakest(classes: Sequence[str]) -> str:
    order = ("measured", "published", "derived", "assumed", "simulated")
    return max(classes, key=order.index)
