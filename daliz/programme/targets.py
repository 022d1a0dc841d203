"""Targets of measures beside the latest observation: how much of the way is done.

Question: what has moved towards its target since the baseline?
In and out: rows of `targets` and a frame of `observations`, lazy or not, in; progress by target out.
Method: the conditions of a target are joined to the observations of its series, so that of millions of rows
only those asked for are kept; of one period the latest vintage counts. Progress is that of
`engine.earned.progress`.
Limits: a target without a baseline has no progress, only a distance.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import polars as pl

from daliz.engine.earned import progress

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from daliz.schema import Row

    Frame = pl.DataFrame | pl.LazyFrame

__all__ = ["conditions", "progressed"]


def conditions(where: str | None) -> dict[str, str]:
    """`name=value; name=value` as a dict."""
    pairs = (word.partition("=") for word in (where or "").split(";") if word.strip())
    return {name.strip(): value.strip() for name, _, value in pairs}


def progressed(targets: Sequence[Row], observations: Frame | None, at: dt.date) -> dict[str, Row]:
    """By target its latest value on a day, progress since the baseline, and whether it is met.

    Returns
    -------
    Rows with `value`, `on`, `n`, `low`, `high`, `quality`, `source` of the observation (None where there is
    none), `progress` and `met`.
    """
    latest = _latest(targets, observations, at)
    found: dict[str, Row] = {}
    for row in targets:
        seen = latest.get(str(row["target"]))
        value = None if seen is None else seen["value"]
        done = None
        if value is not None and row["baseline_value"] is not None and row["target_value"] is not None:
            share = progress(value, row["baseline_value"], row["target_value"])
            done = None if math.isnan(share) else share
        met = None
        if value is not None and row["target_value"] is not None:
            met = _met(value, row)
        kept = ("value", "on", "n", "low", "high", "quality", "source")
        found[str(row["target"])] = {
            **{name: None if seen is None else seen[name] for name in kept}, "progress": done, "met": met,
        }  # fmt: skip
    return found


def _latest(targets: Sequence[Row], observations: Frame | None, at: dt.date) -> dict[str, Row]:
    if observations is None or not targets:
        return {}
    asked = [
        (str(row["target"]), str(row["series"]), subject)
        for row in targets
        for subject in {str(row["subject"]), *conditions(row["where"]).values()}
    ]
    wanted = pl.LazyFrame(asked, schema=["target", "series", "subject"], orient="row")
    seen = (
        observations.lazy()
        .filter(pl.col("series").is_in(list({row[1] for row in asked})) & (pl.col("on") <= at))
        .filter(pl.col("vintage").is_null() | (pl.col("vintage") <= at))
        .join(wanted, on=["series", "subject"], how="inner")
        .sort("on", "vintage", nulls_last=False)
        .unique("target", keep="last", maintain_order=True)
        .collect()
    )
    return {str(row["target"]): row for row in seen.iter_rows(named=True)}


def _met(value: float, row: Row) -> bool:
    """Whether the aim holds; an equals sign means at least that good."""
    aim, comparator = float(row["target_value"]), row["comparator"] or "="
    if comparator == "=":
        comparator = "<=" if row["better"] == "lower" else ">="
    strict = value > aim if ">" in comparator else value < aim
    return strict or (value == aim and "=" in comparator)
