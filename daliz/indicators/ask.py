"""Ask the log for indicators.

Question: what is an indicator worth here, by place, mode or quarter, and how sure is it?
In and out: a log, the tables of the network and a `Question` in; a `Result` out.
Method: counts and sums come from the declared measures (`store.measures`) on DuckDB or Spark; intervals,
shrinkage and suppression from `engine`. Cells of one mode, direction and period are the group
towards which a small cell is drawn. Each cell has its own seed, made of the question's and its name.
Limits: an interval says how another sample could have come out, not how far the log is from all traffic. What
is hidden in one answer may follow from another with a slightly different window: share one, not many.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from daliz.engine.bootstrap import Sample, interval
from daliz.engine.shrink import shrink
from daliz.engine.suppress import fixed_cells, suppress
from daliz.errors import BadValue
from daliz.indicators.inputs import given, small_tables
from daliz.indicators.result import Cell, Missing, Result
from daliz.schema import table
from daliz.store.measures import DIMENSIONS, MEASURES, Duck, Log, Window, cells

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    import polars as pl

    from daliz.schema import Row
    from daliz.store.measures.engines import Engine

    Events = pl.DataFrame | pl.LazyFrame | Sequence[Path]
    Frames = Mapping[str, pl.DataFrame]

__all__ = ["BY", "CPMM", "LEAST_SHARED", "Question", "measure"]

CPMM = ("tfi1", "tfi2", "tfi2_unofficial", "tfi3", "tfi3_unofficial", "tfi4", "swod", "swd", "delay_share")
"""What `cpmm` stands for."""

BY = tuple(dict.fromkeys(name for names in DIMENSIONS.values() for name in names))
"""Dimensions that a figure can be told apart by."""

LEAST_SHARED = 5
"""Cells of fewer observations are hidden when a result is shared."""

MOST_SAMPLED = 2_000_000
"""Above this many observations intervals are left out (the kernels of `engine` take over there)."""

_PERIODS = ("year", "quarter", "month")
_WITHIN = ("mode", "direction", "cause", *_PERIODS)
_SHAPES = ("ratio_of_sums", "mean_of_ratios", "p90_over_p50")


@dataclass(frozen=True)
class Question:
    """What is asked of a log.

    `keys` are indicators, `cpmm`, or nothing for all; `by` dimensions of `BY`; `since` and `until` the first
    and last day counted (by the last instant of an observation, UTC); `aggregation` how observations
    become one figure where the indicator leaves a choice; `share` hides small cells.
    """

    keys: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    since: dt.date | None = None
    until: dt.date | None = None
    aggregation: str | None = None
    share: bool = False
    least: int = LEAST_SHARED
    intervals: bool = True
    seed: int = 0

    @property
    def window(self) -> Window:
        """The days as seconds."""
        after = None if self.until is None else self.until + dt.timedelta(days=1)
        return Window(_midnight_s(self.since), _midnight_s(after))


def _midnight_s(day: dt.date | None) -> int | None:
    return None if day is None else int(dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC).timestamp())


def measure(
    events: Events, frames: Frames, question: Question,
    engine: Callable[[Events, Mapping[str, pl.DataFrame]], Engine] = Duck,
) -> Result:  # fmt: skip
    """The indicators asked for, with n, interval, shrinkage and quality.

    Parameters
    ----------
    events
        Rows of table `events`: a frame, a lazy frame, or Parquet files.
    frames
        Tables of the network (`indicators`, `activity_codes`, `fx_rates` and others), and `trade` if there
        is any. What is not there makes its indicators not computable.
    question
        What is asked.
    engine
        Makes the engine; DuckDB inside the program unless said otherwise.

    Raises
    ------
    BadValue
        for an unknown indicator, dimension or aggregation, or a window that ends before it begins.
    """
    rows = {str(row["indicator"]): row for row in frames["indicators"].iter_rows(named=True)}
    keys = _checked(question, rows)
    missing: list[Missing] = []
    with Log(engine(events, small_tables(frames))) as log:
        held = log.filled({need for key in keys for need in rows[key]["needs"] if _logged(need)})
        able = []
        for key in keys:
            lacking = _lacking(rows[key]["needs"], held, frames)
            wrong = tuple(name for name in question.by if name not in DIMENSIONS[MEASURES[key].grain])
            if lacking or wrong:
                missing.append(Missing(key, lacking, wrong))
            else:
                able.append(key)
        found = _found(log, able, rows, question)
        unconverted = _unconverted(log, question) if any(rows[k]["group"] == "cost" for k in able) else 0
    found, told = _shrunk(found), False
    if question.share:
        found, told = _shared(found, question, _parents(frames))
    return Result(
        tuple(one for one, _ in found), tuple(missing), {key: rows[key] for key in keys}, question.by,
        None if question.since is None else question.since.isoformat(),
        None if question.until is None else question.until.isoformat(),
        question.least if question.share else None, unconverted, told,
        _behind(able, rows, frames),
    )  # fmt: skip


def _checked(question: Question, rows: Mapping[str, Row]) -> list[str]:
    asked = [key for name in question.keys for key in (CPMM if name == "cpmm" else (name,))]
    for key in asked:
        _choose("indicator", key, rows)
    for name in question.by:
        _choose("by", name, BY)
    if question.since and question.until and question.until < question.since:
        raise BadValue("error.window", since=question.since, until=question.until)
    keys = list(dict.fromkeys(asked)) or list(rows)
    if question.aggregation is not None:
        allowed = dict.fromkeys(name for row in rows.values() for name in row["aggregations"])
        _choose("aggregation", question.aggregation, allowed)
    return keys


def _choose(option: str, value: str, allowed: Iterable[str]) -> None:
    if value not in allowed:
        from rapidfuzz import process

        near = [hit for hit, _, _ in process.extract(value, list(allowed), limit=8)]
        raise BadValue("error.choice", option=option, value=value, allowed=", ".join(near))


def _logged(need: str) -> bool:
    return need.partition(".")[0] in ("events", "trade")


def _lacking(needs: Sequence[str], held: set[str], frames: Frames) -> tuple[str, ...]:
    return tuple(need for need in needs if not (need in held if _logged(need) else given(frames, need)))


def _unconverted(log: Log, question: Question) -> int:
    """Rows of the log with an amount that no rate turns into dollars."""
    lines = log.base("lines")
    if question.window.since_s is not None:
        lines = lines.filter(lines.end_s >= question.window.since_s)
    if question.window.until_s is not None:
        lines = lines.filter(lines.end_s < question.window.until_s)
    return int(log.rows(lines.agg(rows=lines.unconverted.sum().cast("int64"))).item() or 0)


Found = list[tuple[Cell, float]]
"""Cells, each with the variance of the logarithm of its value by its own sample."""


def _found(log: Log, keys: Sequence[str], rows: Mapping[str, Row], question: Question) -> Found:

    found: Found = []
    for samples in log.samples(keys, question.by, question.window).values():
        frame = log.rows(cells(samples, question.by))
        drawn: dict[tuple[Any, ...], pl.DataFrame] = {}
        if question.intervals and 0 < frame["n"].sum() <= MOST_SAMPLED:
            wanted = samples.filter(samples.ok == 1).select(
                "indicator", *question.by, "cluster", "top", "bottom"
            )
            drawn = log.rows(wanted).partition_by(["indicator", *question.by], as_dict=True)
        for row in frame.iter_rows(named=True):
            at = tuple(row[name] for name in ("indicator", *question.by))
            found.append(_cell(row, rows[row["indicator"]], question, drawn.get(at)))
    order = {key: at for at, key in enumerate(keys)}
    return sorted(found, key=lambda one: (order[one[0].indicator], [str(v) for v in one[0].at.values()]))


def _cell(row: Row, declared: Row, question: Question, drawn: pl.DataFrame | None) -> tuple[Cell, float]:
    key, n, scale = str(row["indicator"]), int(row["n"]), MEASURES[str(row["indicator"])].scale
    allowed = declared["aggregations"]
    aggregation = str(question.aggregation if question.aggregation in allowed else allowed[0])
    at = {name: _worded(name, row[name]) for name in question.by}
    base = Cell(
        key, at, aggregation, None, n, row["shipments"], row["left_out"],
        quality=table("events")["quality"].values[int(row["weak"] or 0)],
    )  # fmt: skip
    if not n:
        return base, float("nan")
    value = _value(aggregation, row)
    unit = 1.0 if aggregation in _PURE else scale
    mean = row["ratios"] / n
    made = replace(
        base, value=None if value is None else value * unit,
        p50=row["p50"] * scale, p90=row["p90"] * scale,
        cv=None if row["sd"] is None or mean == 0 else row["sd"] / mean,
    )  # fmt: skip
    if drawn is not None and aggregation in _SHAPES:
        drawn = drawn.sort("cluster", "top", "bottom")
        codes = drawn["cluster"].rank("dense").cast(int).to_numpy().astype(np.int64)
        sample = Sample(drawn["top"].to_numpy(), drawn["bottom"].to_numpy(), codes)
        seed = zlib.crc32("|".join([str(question.seed), key, *map(str, at.values())]).encode())
        limits = interval(sample, aggregation, seed)
        if limits is not None:
            made = replace(made, low=limits.low * unit, high=limits.high * unit, method=limits.method)
    return made, _log_variance(aggregation, row)


_PURE = ("p90_over_p50", "max_over_mean", "concentration")
"""Aggregations whose result has no unit."""


def _value(aggregation: str, row: Row) -> float | None:
    top, bottom, n = row["top"], row["bottom"], row["n"]
    if aggregation == "ratio_of_sums":
        return float(top / bottom) if bottom else None
    if aggregation == "mean_of_ratios":
        return float(row["ratios"] / n)
    if aggregation == "p90_over_p50":
        return float(row["p90"] / row["p50"]) if row["p50"] else None
    if aggregation == "max_over_mean":
        return float(row["most"] * n / row["ratios"]) if row["ratios"] else None
    if aggregation == "concentration":
        return float(row["tt"] / top**2) if top else None
    return float(top)


def _log_variance(aggregation: str, row: Row) -> float:
    """Variance of the logarithm of the value (delta method); not a number where one observation stands."""
    n, top, bottom = row["n"], row["top"], row["bottom"]
    if n < 2 or not top:
        return float("nan")
    if aggregation == "mean_of_ratios":
        return float((row["sd"] * n / row["ratios"]) ** 2 / n) if row["ratios"] else float("nan")
    if aggregation != "ratio_of_sums":
        return float("nan")
    ratio = top / bottom
    residual = max(0.0, row["tt"] - 2 * ratio * row["tb"] + ratio**2 * row["bb"])
    return float(n / (n - 1) * residual / top**2)


def _worded(name: str, value: Any) -> str | None:
    if value is None or value == "":
        return None
    if name == "quarter":
        return f"{value // 10}-Q{value % 10}"
    if name == "month":
        return f"{value // 100}-{value % 100:02d}"
    return str(value)


def _shrunk(found: Found) -> Found:
    """Values drawn towards their group, where cells differ by more than what makes the group."""
    where: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for at, (cell, _) in enumerate(found):
        apart = [name for name in cell.at if name not in _WITHIN]
        if apart and cell.value is not None and cell.aggregation in _SHAPES[:2]:
            same = tuple(cell.at[name] for name in cell.at if name in _WITHIN)
            where[cell.indicator, cell.aggregation, *same].append(at)
    made = list(found)
    for members in where.values():
        group = [found[at] for at in members]
        drawn = shrink(
            np.array([cell.value for cell, _ in group], dtype=np.float64),
            np.array([variance for _, variance in group], dtype=np.float64),
            np.array([cell.n for cell, _ in group], dtype=np.int64), np.zeros(len(group), dtype=np.int64),
        )  # fmt: skip
        for at, value, weight in zip(members, drawn.value.tolist(), drawn.weight.tolist(), strict=True):
            made[at] = (replace(found[at][0], shrunk=value, weight=weight), found[at][1])
    return made


def _parents(frames: Frames) -> dict[str, dict[str, str]]:
    """Places by state and activities by cause: coarser tables that another may hold."""
    places, codes = frames.get("places"), frames.get("activity_codes")
    return {
        "place": {} if places is None else dict(places.select("place", "country").iter_rows()),
        "activity": {} if codes is None else dict(codes.select("code", "group").iter_rows()),
    }


def _shared(found: Found, question: Question, parents: Mapping[str, Mapping[str, str]]) -> tuple[Found, bool]:
    """Small cells, and those by which they could be worked out, without their figures.

    True beside them when the totals of the table alone would still tell a hidden cell.
    """
    told = False
    by_key: dict[str, list[int]] = defaultdict(list)
    for at, (cell, _) in enumerate(found):
        by_key[cell.indicator].append(at)
    made = list(found)
    for members in by_key.values():
        group = [found[at][0] for at in members]
        counts = np.array([min(cell.n or 0, cell.shipments or 0) for cell in group], dtype=np.int64)
        lines = _lines(group, question.by, parents)
        hidden = suppress(counts, lines, question.least)
        told |= bool(fixed_cells(hidden, lines).any())
        for at, cell, hide in zip(members, group, hidden.tolist(), strict=True):
            if hide:
                bare = Cell(cell.indicator, cell.at, cell.aggregation, None, None, suppressed=True,
                            quality=cell.quality)  # fmt: skip
                made[at] = (bare, float("nan"))
            else:
                made[at] = (replace(cell, shrunk=None, weight=None), found[at][1])
    return made, told


def _lines(
    group: Sequence[Cell], by: Sequence[str], parents: Mapping[str, Mapping[str, str]]
) -> list[np.ndarray[Any, np.dtype[np.int64]]]:
    """For each dimension and each coarser table along it, the line that a cell lies in."""
    lines = []
    for name in by:
        ups: list[Callable[[str], object]] = [lambda _value: ""]
        if parents.get(name):
            ups.append(lambda value, held=parents[name]: held.get(value, ""))  # type: ignore[misc]
        if name in ("quarter", "month"):
            ups.append(lambda value: value[:4])
        if name == "month":
            ups.append(lambda value: (value[:4], (int(value[5:] or 1) - 1) // 3))
        for up in ups:
            others = [
                (tuple(cell.at[other] for other in by if other != name), up(cell.at[name] or ""))
                for cell in group
            ]
            numbers = {key: at for at, key in enumerate(dict.fromkeys(others))}
            lines.append(np.array([numbers[key] for key in others], dtype=np.int64))
    return lines


def _behind(keys: Sequence[str], rows: Mapping[str, Row], frames: Frames) -> dict[str, Row]:
    """Tables of the network behind the figures, with their sources and weakest class."""
    classes = table("events")["quality"].values
    names = {need.partition(".")[0] for key in keys for need in rows[key]["needs"] if not _logged(need)}
    found: dict[str, Row] = {}
    for name in sorted(names):
        frame = frames[name]
        if "source" in frame.columns:
            weak = max((classes.index(q) for q in frame["quality"].unique().to_list()), default=0)
            found[name] = {"sources": sorted(frame["source"].unique().to_list()), "quality": classes[weak]}
    return found
