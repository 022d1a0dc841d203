"""Procedures with times: what the steps of each post, port and terminal take, and on what ground.

Question: how many hours does each step take at this post, in this direction, for this service, in
this year, so that the published total is met?
In and out: curated frames in; rows of `calibrations` and `calibrated_steps` out.
Method: a step starts from the prior of its activity code times its weight, or from a value of its own.
Where CPMM publishes the hours of the post (TFI1, one side), all steps are tilted to that total
(`engine.calibrate`); the mean wait for opening is part of the total and is taken off first, so that a
wait met on the way is not counted a second time. CPMM speaks for general cargo: wagonload and road.
Block trains keep priors and operators' values. A post without a figure of its own is placed at the
published mean of its country, else of the region, and is of class assumed.
Limits: one total cannot tell the split between steps, which stays assumed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from daliz.engine.calibrate import Spread, spread, tilt
from daliz.model.hours import opening_hours
from daliz.model.steps import concerns

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from daliz.schema import Row

GENERAL_CARGO = {"rail": "wagonload", "road": "*", "sea": "ro_ro"}
"""Service class that CPMM's border times describe, by mode."""

SERVICES = {
    "rail": ("wagonload", "block_train"),
    "road": ("*",),
    "sea": ("feeder", "ro_ro", "rail_ferry", "deep_sea"),
}
"""Service classes whose processes may differ, by mode; a step with service * belongs to all of them."""

PINNED_LOG_SD = 0.03
OWN_LIMIT = 0.6
"""A mean of the country says nothing of a post whose own values alone make up this share of it."""

INSIDE_LIMIT = 0.6
"""A published total cannot hold a mean wait for opening above this share of it: carriers of the sample
came when the post was open, so the whole total is work and the wait comes on top."""


@dataclass(frozen=True)
class Step:
    """One step with its prior, ready to be tilted."""

    procedure: str
    code: str
    probability: float
    prior_h: float
    log_sd: float
    cv: float
    own: Row | None


@dataclass(frozen=True)
class Process:
    """The ordered steps of one place, mode, direction and service class."""

    place: str
    country: str
    mode: str
    direction: str
    service: str
    steps: tuple[Step, ...]
    opening_wait_h: float
    customs: bool

    @property
    def prior_h(self) -> float:
        """Expected hours before calibration, the wait for opening included."""
        return sum(step.probability * step.prior_h for step in self.steps) + self.opening_wait_h


def processes(frames: Mapping[str, pl.DataFrame]) -> list[Process]:
    """Every process of the curated tables, by service class."""
    codes = {row["code"]: row for row in frames["activity_codes"].iter_rows(named=True)}
    places = {row["place"]: row for row in frames["places"].iter_rows(named=True)}
    own = _own_values(frames)
    waits, customs = _post_facts(frames, places)
    grouped: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in frames["procedures"].iter_rows(named=True):
        grouped[row["place"], row["mode"], row["direction"]].append(row)
    made = []
    for (place, mode, direction), rows in sorted(grouped.items()):
        for service in SERVICES[mode]:
            mine = [r for r in rows if concerns(r, service)]
            steps = tuple(
                _step(row, codes[str(row["code"])], own.get(str(row["procedure"])))
                for row in sorted(mine, key=lambda r: (r["seq"], r["procedure"]))
            )
            if steps:
                made.append(
                    Process(
                        place, str(places[place]["country"]), mode, direction, service, steps,
                        waits.get((place, mode), 0.0), customs.get((place, mode), False),
                    )
                )  # fmt: skip
    return made


def _step(row: Row, code: Row, own: Row | None) -> Step:
    prior_h = float(code["prior_mean_h"]) * float(row["weight"])
    log_sd, cv = float(code["prior_log_sd"]), float(code["prior_cv"])
    if own is not None:
        prior_h, log_sd = float(own["mean"]), PINNED_LOG_SD
        cv = float(own["cv"]) if own["cv"] is not None else cv
    return Step(str(row["procedure"]), str(row["code"]), float(row["probability"]), prior_h, log_sd, cv, own)


def _own_values(frames: Mapping[str, pl.DataFrame]) -> dict[str, Row]:
    """The newest measured or published time of each step that has one; measured before published."""
    best: dict[str, Row] = {}
    for row in frames["step_values"].iter_rows(named=True):
        if row["quantity"] != "time_h" or row["basis"] not in ("measured", "published") or not row["mean"]:
            continue
        rank = (row["basis"] == "measured", row["year"])
        held = best.get(row["procedure"])
        if held is None or rank > (held["basis"] == "measured", held["year"]):
            best[row["procedure"]] = row
    return best


def _post_facts(
    frames: Mapping[str, pl.DataFrame], places: Mapping[str, Row]
) -> tuple[dict[tuple[str, str], float], dict[tuple[str, str], bool]]:
    waits: dict[tuple[str, str], float] = {}
    customs: dict[tuple[str, str], bool] = {}
    for row in frames["crossings"].iter_rows(named=True):
        for side in "ab":
            post = row[f"post_{side}"]
            hours = opening_hours(row[f"hours_{side}"], str(places[post]["timezone"]))
            waits[post, row["mode"]] = hours.mean_wait_h()
            customs[post, row["mode"]] = row["control"] == "customs"
    return waits, customs


@dataclass(frozen=True)
class Level:
    """A published total: value in hours, year, source, and whether it is the post's own."""

    value_h: float
    year: int
    source: str


def calibrate(frames: Mapping[str, pl.DataFrame]) -> tuple[list[Row], list[Row]]:
    """Rows of `calibrations` and of `calibrated_steps` for every process."""
    known = processes(frames)
    figures = _figures(frames)
    spreads = _spreads(known, figures)
    calibrations: list[Row] = []
    steps: list[Row] = []
    for process in known:
        general = process.service == GENERAL_CARGO[process.mode]
        own = figures.get(("post", process.place, process.mode, process.direction), []) if general else []
        level = _level(process, figures) if general and process.customs else None
        prediction = None
        if level is not None:
            prediction = spreads[process.mode].interval(level.value_h)
        for figure in own:
            calibrations.append(_fit(process, figure, "fitted", prediction, steps))
        if not own:
            if level is not None:
                calibrations.append(_fit(process, level, "predicted", prediction, steps))
            else:
                calibrations.append(_fit(process, None, "prior", None, steps))
    return calibrations, steps


def leave_one_out(frames: Mapping[str, pl.DataFrame]) -> list[Row]:
    """Each published post predicted without its own figures: published, level, low and high in hours."""
    known = processes(frames)
    figures = _figures(frames)
    rows: list[Row] = []
    for process in known:
        own = figures.get(("post", process.place, process.mode, process.direction), [])
        level = _level(process, figures)
        if process.service != GENERAL_CARGO[process.mode] or not own or level is None:
            continue
        others = [other for other in known if other.place != process.place]
        low, high = _spreads(others, figures)[process.mode].interval(level.value_h)
        rows.append(
            {"place": process.place, "mode": process.mode, "direction": process.direction,
             "published_h": own[-1].value_h, "level_h": level.value_h, "low_h": low, "high_h": high}
        )  # fmt: skip
    return rows


def _figures(frames: Mapping[str, pl.DataFrame]) -> dict[tuple[str, str, str, str], list[Level]]:
    figures: dict[tuple[str, str, str, str], list[Level]] = defaultdict(list)
    for row in frames["published_times"].sort("year").iter_rows(named=True):
        if row["indicator"] == "tfi1_h" and row["value"] > 0:
            key = (row["scope"], row["key"], row["mode"], row["direction"])
            figures[key].append(Level(row["value"], row["year"], row["source"]))
    return figures


def _level(process: Process, figures: Mapping[tuple[str, str, str, str], list[Level]]) -> Level | None:
    """The newest published mean that a post of this country, mode and direction belongs to."""
    for direction in (process.direction, "both"):
        found = figures.get(("country", process.country, process.mode, direction))
        if found:
            return found[-1]
    if process.country not in CPMM_STATES:
        return None
    regional = [
        figures[key] for key in figures if key[0] == "region" and key[2] == process.mode and key[3] == "both"
    ]
    return regional[0][-1] if regional else None


CPMM_STATES = frozenset({"AF", "AZ", "CN", "GE", "KZ", "KG", "MN", "PK", "TJ", "TM", "UZ"})
"""States that CPMM observes; its regional mean says nothing of posts elsewhere."""


def _spreads(
    known: list[Process], figures: Mapping[tuple[str, str, str, str], list[Level]]
) -> dict[str, Spread]:
    pairs: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for process in known:
        if process.service != GENERAL_CARGO[process.mode]:
            continue
        own = figures.get(("post", process.place, process.mode, process.direction))
        level = _level(process, figures)
        if own and level is not None:
            pairs[process.mode].append((own[-1].value_h, level.value_h))
    everything = [pair for values in pairs.values() for pair in values]
    return {
        mode: spread(*_columns(pairs[mode] if len(pairs[mode]) >= 4 else everything)) for mode in SERVICES
    }


def _columns(pairs: list[tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
    values = np.array(pairs, dtype=np.float64).reshape(-1, 2)
    return values[:, 0], values[:, 1]


def _fit(
    process: Process,
    level: Level | None,
    basis: str,
    interval: tuple[float, float] | None,
    steps: list[Row],
) -> Row:
    probability = np.array([step.probability for step in process.steps])
    prior_h = np.array([step.prior_h for step in process.steps])
    log_sd = np.array([step.log_sd for step in process.steps])
    fitted = prior_h
    own_h = sum(step.probability * step.prior_h for step in process.steps if step.own is not None)
    if level is not None and basis == "predicted" and own_h > OWN_LIMIT * level.value_h:
        level, basis = None, "prior"
    inside = level is None or process.opening_wait_h <= INSIDE_LIMIT * level.value_h
    wait_h = process.opening_wait_h if inside else 0.0
    if level is not None:
        fitted = tilt(probability, prior_h, log_sd, level.value_h - wait_h)
    total = float(probability @ fitted) + wait_h
    year = level.year if level is not None and basis == "fitted" else None
    source = level.source if level is not None else "daliz-assumption"
    for step, mean_h in zip(process.steps, fitted.tolist(), strict=True):
        steps.append(_calibrated(process, step, mean_h, basis, year, source))
    return {
        "calibration": f"{process.place}|{process.mode}|{process.direction}|{process.service}|{year or ''}",
        "place": process.place, "mode": process.mode, "direction": process.direction,
        "service": process.service, "year": year, "basis": basis,
        "published_h": level.value_h if level is not None and basis == "fitted" else None,
        "prior_h": process.prior_h, "opening_wait_h": process.opening_wait_h,
        "opening_wait_inside": "yes" if inside else "no",
        "fitted_h": total,
        "residual": total / level.value_h - 1 if level is not None and basis == "fitted" else None,
        "low_h": interval[0] if interval else None, "high_h": interval[1] if interval else None,
        "source": source,
    }  # fmt: skip


def _calibrated(
    process: Process, step: Step, mean_h: float, basis: str, year: int | None, source: str
) -> Row:
    if step.own is not None and abs(mean_h / step.prior_h - 1) < 0.1:
        ground, source, quality = step.own["basis"], step.own["source"], step.own["quality"]
    elif basis == "fitted":
        ground, quality = "derived", "derived"
    else:
        ground, quality = "assumed", "assumed"
    return {
        "calibrated": f"{step.procedure}|{process.service}|{year or ''}", "procedure": step.procedure,
        "service": process.service, "year": year, "mean_h": mean_h, "cv": step.cv,
        "basis": ground, "source": source, "quality": quality,
    }  # fmt: skip
