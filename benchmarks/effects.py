"""The planted-effect study: whether the method finds what is there, and only that.

Series of months with a trend, a yearly wave and errors that remember the month before are simulated with an
effect of known size; 1,000 seeds for each length and memory. `python -m benchmarks.effects` writes the table
of docs/effects.md: how often nothing is rejected, how often the interval holds the truth, and power. It times
nothing; the seeds are fixed, so that the table is the same on every machine.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from daliz.engine.interrupted import design, fit_ar1

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from daliz.engine.interrupted import Fit

SEEDS = 1000
LENGTHS = ((16, 8), (24, 12), (40, 20))
MEMORIES = (0.0, 0.3, 0.6)
EFFECTS = (0.0, 0.05, 0.10, 0.20)
NOISE, TREND_A_YEAR, WAVE = 0.08, 0.03, 0.05
"""Standard deviation of a month, rise a year and height of the wave, all on the scale of logarithms."""


def noise(memory: float, months: int, seeds: int, seed: int) -> NDArray[np.float64]:
    """Errors of one lag with standard deviation `NOISE`, float64[months, seeds]."""
    rng = np.random.default_rng([seed, months, round(100 * memory)])
    shocks = rng.normal(size=(months, seeds))
    errors = np.empty_like(shocks)
    errors[0] = shocks[0]
    for month in range(1, months):
        errors[month] = memory * errors[month - 1] + np.sqrt(1 - memory**2) * shocks[month]
    return NOISE * errors


def interrupted(
    effect: float, memory: float, before: int, after: int, seeds: int = SEEDS
) -> dict[str, float]:
    """One cell of the study of a single series: rejection, coverage, median half-width."""
    months = before + after
    times = np.arange(months, dtype=np.float64)
    wave = WAVE * np.sin(2 * np.pi * times / 12)
    clean = TREND_A_YEAR * times / 12 + wave + np.log1p(-effect) * (times >= before)
    values = clean[:, None] + noise(memory, months, seeds, 1)
    columns, contrast = design(times, before, season=True, slope=False)
    return _cell(fit_ar1(values, columns, contrast, times), effect)


def difference(
    effect: float, memory: float, before: int, after: int, controls: int = 4, seeds: int = SEEDS
) -> dict[str, float]:
    """One cell of the study of a place beside the mean of others: shared trend and wave fall away."""
    months = before + after
    times = np.arange(months, dtype=np.float64)
    treated = noise(memory, months, seeds, 2) + (np.log1p(-effect) * (times >= before))[:, None]
    others = sum(noise(memory, months, seeds, 10 + number) for number in range(controls)) / controls
    columns, contrast = design(times, before, season=False, slope=False, trend=False)
    return _cell(fit_ar1(treated - others, columns, contrast, times), effect)


def _cell(fit: Fit, effect: float) -> dict[str, float]:
    half, truth = fit.half_width(), np.log1p(-effect)
    return {
        "rejected": float((np.abs(fit.estimate) > half).mean()),
        "covered": float((np.abs(fit.estimate - truth) <= half).mean()),
        "half": float(np.median(half)),
    }


def table(seeds: int = SEEDS) -> list[tuple[str, int, int, float, float, float, float, float]]:
    """Rows of the study: method, months before and after, memory, effect, rejected, covered, half-width."""
    rows = []
    for name, study in (("ITS", interrupted), ("DiD", difference)):
        for before, after in LENGTHS:
            for memory in MEMORIES:
                for effect in EFFECTS:
                    cell = study(effect, memory, before, after, seeds=seeds)
                    rows.append(
                        (name, before, after, memory, effect, cell["rejected"], cell["covered"], cell["half"])
                    )
    return rows


ABOUT = f"""# What the effect of a measure can show

Made by `python -m benchmarks.effects`; the seeds are fixed.

{SEEDS} simulated series for each row: errors of one lag with a standard deviation of {NOISE:.0%} a month,
a trend of {TREND_A_YEAR:.0%} a year and a yearly wave of {WAVE:.0%}, all on the scale of logarithms.
An effect of 10% lowers the series by 10% from the month of the measure on. ITS: one series with trend, wave
and memory; DiD: the series less the mean of four others, with memory. Rejected: the 95% interval leaves
nothing out; where the effect is 0% this is the share of false finds, else the power. Covered: the interval
holds the truth.

| method | months before, after | memory | effect | rejected | covered | median half-width |
|---|---|---|---|---|---|---|
"""


def page(rows: list[tuple[str, int, int, float, float, float, float, float]]) -> str:
    """The page docs/effects.md."""
    lines = []
    for name, before, after, memory, effect, *shares in rows:
        rejected, covered, half = shares[0], shares[1], np.expm1(shares[2])
        lines.append(
            f"| {name} | {before}, {after} | {memory} | {effect:.0%} "
            f"| {rejected:.1%} | {covered:.1%} | {half:.1%} |\n"
        )
    return ABOUT + "".join(lines)


if __name__ == "__main__":
    text = page(table())
    Path(__file__).parent.parent.joinpath("docs/effects.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)
