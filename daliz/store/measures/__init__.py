"""Measures of the corridors, each declared once as an Ibis expression.

Question: from which rows of the log does a figure come, whichever engine adds them up?
In and out: table `events` and small tables in; samples and cells of every measure out, on DuckDB, Spark or
PostgreSQL.
Method: `relations` turns events into visits and trips, `grains` into observations, `declared` says what
is divided by what, `engines` runs it. A quantile is the nearest rank: of n ratios in order, the one whose
rank is the least not below q*n; ranks are whole numbers, so every engine finds the same one.
Limits: exact where numbers are whole (counts, seconds); sums of fractions agree to 1e-9.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Self

import ibis

from daliz.store.measures.declared import GROUPS, MEASURES
from daliz.store.measures.engines import Duck, Engine, Spark
from daliz.store.measures.grains import BUILDERS, DIMENSIONS
from daliz.store.measures.relations import BASES, INPUTS, inputs, points, steps, whole_s

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import polars as pl

    from daliz.store.measures.declared import Expression, Measure

__all__ = ["DIMENSIONS", "GROUPS", "INPUTS", "MEASURES", "Duck", "Log", "Spark", "Window"]

QUANTILES = {"p10": 10, "p50": 50, "p90": 90}
"""Column to per cent."""


def observations(keys: Sequence[str], rows: Any, by: Sequence[str]) -> Any:
    """One row an observation and measure: dimensions, cluster, whether it counts, top, bottom, ratio.

    Each row of the grain is told once for each measure, so that the log is read once for all of them.
    """
    told = rows.mutate(indicator=ibis.array([ibis.literal(key) for key in keys]).unnest())

    def chosen(part: Callable[[Measure], Any]) -> Any:
        return ibis.cases(*((told.indicator == key, part(MEASURES[key])) for key in keys))

    def held(part: Expression | None) -> Any:
        return ibis.literal(True) if part is None else part(told).fill_null(False)

    made = told.select(
        "indicator", *by, "cluster", weak=told.weak.cast("int64"),
        mine=chosen(lambda one: held(one.scope)), ok=chosen(lambda one: held(one.valid)),
        top=chosen(lambda one: one.top(told).cast("float64")),
        bottom=chosen(lambda one: ibis.literal(1.0) if one.bottom is None
                      else one.bottom(told).cast("float64")),
    )  # fmt: skip
    made = made.filter(made.mine).drop("mine")
    counts = made.ok & made.top.notnull() & (made.bottom > 0).fill_null(False)
    made = made.mutate(ok=counts.ifelse(1, 0).cast("int64"))
    made = made.mutate(
        top=(made.ok == 1).ifelse(made.top, 0.0), bottom=(made.ok == 1).ifelse(made.bottom, 0.0)
    )
    return made.mutate(ratio=(made.ok == 1).ifelse(made.top / made.bottom, 0.0))


def cells(samples: Any, by: Sequence[str]) -> Any:
    """Counts, sums and nearest ranks of each indicator and cell, over the observations that count."""
    inside = ["indicator", *by, "ok"]
    made = samples.mutate(
        rank=ibis.row_number().over(ibis.window(group_by=inside, order_by="ratio")).cast("int64"),
        among=samples.count().over(ibis.window(group_by=inside)).cast("int64"),
        tt=samples.top * samples.top, bb=samples.bottom * samples.bottom, tb=samples.top * samples.bottom,
        counted=(samples.ok == 1).ifelse(samples.cluster, ibis.null("string")),
        rated=(samples.ok == 1).ifelse(samples.ratio, ibis.null("float64")),
    )  # fmt: skip
    rank, among = made["rank"], made.among
    at = {name: (rank * 100 < among * q) & (among * q <= (rank + 1) * 100) for name, q in QUANTILES.items()}
    return made.group_by("indicator", *by).agg(
        n=made.ok.sum().cast("int64"), left_out=(1 - made.ok).sum().cast("int64"),
        shipments=made.counted.nunique().cast("int64"),
        top=made.top.sum(), bottom=made.bottom.sum(), tt=made.tt.sum(), bb=made.bb.sum(), tb=made.tb.sum(),
        ratios=made.ratio.sum(), sd=made.rated.std(how="sample"), most=made.rated.max(),
        weak=made.weak.max().cast("int64"),
        **{name: here.ifelse(made.rated, ibis.null("float64")).max() for name, here in at.items()},
    )  # fmt: skip


@dataclass(frozen=True)
class Window:
    """From the first second of `since_s` to before `until_s` (UTC); None is open."""

    since_s: int | None = None
    until_s: int | None = None


class Log:
    """A log on an engine, with its relations made as they are needed; close it when done."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._tables: dict[str, Any] = dict(inputs())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.close()

    def base(self, name: str) -> Any:
        """One of the relations `lines`, `visits`, `parts`, `alongs`, made once."""
        for base in BASES:
            if base not in self._tables:
                self._tables[base] = self._engine.keep(base, _base(base))
            if base == name:
                break
        return self._tables[name]

    def stays(self, of: str) -> Any:
        """`points` (visits along the way) or `steps` (activities of visits), to filter and fetch."""
        self.base("lines")
        return {"points": points, "steps": steps}[of](self._tables)

    def rows(self, expression: Any) -> pl.DataFrame:
        """The rows of any expression over the tables and relations of this log."""
        return self._engine.fetch(expression)

    def filled(self, needs: Iterable[str]) -> set[str]:
        """Of `table.column` needs, those that hold any value; of `table` needs, those with rows."""
        asked: dict[str, list[str]] = defaultdict(list)
        for need in needs:
            name, _, column = need.partition(".")
            asked[name].append(column)
        found: set[str] = set()
        for name, columns in asked.items():
            rows = self._tables[name]
            named = sorted({column for column in columns if column})
            counts = self._engine.fetch(
                rows.agg(rows_=rows.count().cast("int64"),
                         **{f"c_{column}": rows[column].count().cast("int64") for column in named})
            ).row(0, named=True)  # fmt: skip
            found |= {f"{name}.{column}" for column in named if counts[f"c_{column}"]}
            found |= {name} if counts["rows_"] else set()
        return found

    def samples(self, keys: Sequence[str], by: Sequence[str], window: Window) -> dict[str, Any]:
        """Observations of the measures `keys` by grain."""
        grouped: dict[str, list[str]] = defaultdict(list)
        for key in keys:
            grouped[MEASURES[key].grain].append(key)
        made = {}
        for grain, mine in grouped.items():
            rows = self._grain(grain, tuple(by), window)
            made[grain] = observations(mine, rows, by)
        return made

    def _grain(self, grain: str, by: tuple[str, ...], window: Window) -> Any:
        tables = self._tables
        if grain.startswith("trade"):
            if grain != "trade_growth":
                tables = {**tables, "trade": _in_years(tables["trade"], window)}
        else:
            for name in BASES:
                self.base(name)
        return _within(BUILDERS[grain](tables, by), grain, window)


@cache
def _base(name: str) -> Any:
    """The expression of one kept relation over the inputs and the relations before it."""
    tables = dict(inputs())
    for base in BASES:
        if base == name:
            break
        tables[base] = ibis.table(_base(base).schema(), name=base)
    return BASES[name](tables)


def _within(rows: Any, grain: str, window: Window) -> Any:
    """Rows whose last instant (for trade: whose year) lies in the window."""
    if grain.startswith("trade"):
        return _in_years(rows, window) if grain == "trade_growth" else rows
    if window.since_s is not None:
        rows = rows.filter(whole_s(rows.done) >= window.since_s)
    if window.until_s is not None:
        rows = rows.filter(whole_s(rows.done) < window.until_s)
    return rows


def _in_years(rows: Any, window: Window) -> Any:
    if window.since_s is not None:
        rows = rows.filter(rows.year >= dt.datetime.fromtimestamp(window.since_s, dt.UTC).year)
    if window.until_s is not None:
        rows = rows.filter(rows.year <= dt.datetime.fromtimestamp(window.until_s - 1, dt.UTC).year)
    return rows
