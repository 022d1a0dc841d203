"""What judged steps add up to: attainment, losses, and what changed.

Question: what share keeps its standard, where do hours and dollars go, and what is different now?
In and out: the narrow frames of `part` and tables `charges`, `corridors` in; frames with a row a group out.
Method: attainment is the share of decided cases (done, or open and over already) with the interval of Clopper
and Pearson; beside it the Kaplan-Meier estimate of being done within the standard, in which open cases that
are not over it are censored, not left out. Hours lost are those over the standard and all of repeated and
unknown steps; dollars are hours over times tonnes times the value of time of `charges` for the mode. What
changed is a difference of means beyond chance after Holm's correction over all cells with enough cases.
Limits: payments in other currencies than USD are counted and not converted. A place of several corridors
counts in each, so corridors do not add up. Hours of whole visits stand beside those of steps and are never
added.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Literal

import numpy as np

from daliz.conformance.judge import EXACT_H, VISIT
from daliz.engine.attain import difference, exact_interval, holm, share_by_standard
from daliz.errors import BadValue

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl
    from numpy.typing import NDArray

__all__ = ["BY", "FEWEST", "By", "Span", "attainment", "changed", "losses"]

By = Literal["step", "party", "place", "corridor", "period"]
BY: tuple[By, ...] = ("step", "party", "place", "corridor", "period")
FEWEST = 20
"""Cases in each period below which a difference is not tested; a choice of method, not a figure."""

Span = tuple[dt.datetime, dt.datetime]
"""From the first instant to before the second, both aware."""

_COLUMN = {"step": "code", "party": "party", "place": "place", "corridor": "corridor", "period": "period"}


def _keyed(frame: pl.DataFrame, by: By, corridors: pl.DataFrame) -> pl.DataFrame:
    """The frame with a column `key`: step, party, place, each of its corridors, month of arrival (UTC)."""
    import polars as pl

    if by not in BY:
        raise BadValue("error.conform_by", given=by, allowed=", ".join(BY))
    if by == "period":
        month = frame.select(
            pl.col("arrived").dt.year().cast(pl.Int32) * 12 + pl.col("arrived").dt.month() - 1
        )
        names = {m: f"{m // 12}-{m % 12 + 1:02d}" for m in month.to_series().unique().to_list()}
        return frame.with_columns(
            month.to_series().replace_strict(names, return_dtype=pl.Categorical).alias("key")
        )
    if by == "corridor":
        through = corridors.select(pl.col("corridor").alias("key"), pl.col("via").alias("place")).explode(
            "place"
        )
        through = through.unique(maintain_order=True).cast(pl.Categorical)
        return frame.join(through, on="place", how="left", maintain_order="left")
    return frame.with_columns(pl.col(_COLUMN[by]).alias("key"))


def _grouped(key: pl.Series) -> tuple[NDArray[np.int64], list[str | None]]:
    """Number of the group of each row, and the names of the groups in order, the nameless one last."""
    import polars as pl

    numbers = key.cast(pl.Categorical).to_physical()
    words = pl.DataFrame({"word": key, "number": numbers}).unique("number")
    words = words.with_columns(pl.col("word").cast(pl.String)).sort("word", nulls_last=True)
    known = words["number"].fill_null(int(numbers.max() or 0) + 1).to_numpy().astype(np.int64)  # type: ignore[arg-type]
    place = np.zeros(int(known.max(initial=0)) + 1, dtype=np.int64)
    place[known] = np.arange(len(known))
    at = numbers.fill_null(int(known.max(initial=0))).to_numpy()
    return place[at], words["word"].to_list()


def attainment(measured: pl.DataFrame, by: By, corridors: pl.DataFrame, level: float = 0.95) -> pl.DataFrame:
    """A row a group: `key`, counts, share of decided cases and the estimate with open cases, with intervals.

    Columns `n` judged = `within` + `over` + `open_over` + `open`; `share`, `low`, `high` of within over
    decided; `share_km`, `low_km`, `high_km` by Kaplan and Meier.
    """
    import polars as pl

    keyed = _keyed(measured.filter(pl.col("judged")), by, corridors)
    groups, names = _grouped(keyed["key"])
    late = keyed["over_h"].to_numpy() > EXACT_H
    still = keyed["open"].to_numpy()
    relative = np.where(
        late, 2.0, np.clip(keyed["counted_h"].to_numpy() / keyed["sla_h"].to_numpy(), 0.0, 1.0)
    )
    kinds = np.bincount(groups * 4 + still * 2 + late, minlength=4 * len(names)).reshape(-1, 4)
    within, over, waiting, open_over = (kinds[:, at] for at in range(4))
    decided = within + over + open_over
    low, high = exact_interval(within, decided, level)
    share, low_km, high_km = share_by_standard(groups, relative, ~still, len(names), level)
    with np.errstate(invalid="ignore"):
        plain = within / np.where(decided > 0, decided, np.nan)
    figures = {
        "share": plain,
        "low": low,
        "high": high,
        "share_km": share,
        "low_km": low_km,
        "high_km": high_km,
    }
    counts = {"n": kinds.sum(axis=1), "within": within, "over": over, "open_over": open_over, "open": waiting}
    return pl.DataFrame(
        [
            pl.Series("key", names, dtype=pl.String),
            *(pl.Series(name, values, dtype=pl.Int64) for name, values in counts.items()),
            *(pl.Series(name, values, dtype=pl.Float64).fill_nan(None) for name, values in figures.items()),
        ]
    )


def losses(
    lost: pl.DataFrame, by: By, frames: Mapping[str, pl.DataFrame]
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """A row a group, dearest first, and the keys of the sources of the value of time.

    Columns: `key`, `n` steps, `open` (their hours are lower bounds), `over_h` over the standard,
    `repeated_h` and
    `unknown_h` of steps not asked for, `visit_over_h` of whole visits (never added to the others), `usd` of
    the hours over, repeated and unknown, `official_usd` and `unofficial_usd` paid for steps not asked for,
    `not_usd` payments in other currencies, `tonnes_assumed` steps of unknown tonnes (20 t taken), `no_rate`
    steps of a mode without a value of time.
    """
    import polars as pl

    rates = frames["charges"].filter((pl.col("code") == "value_of_time") & (pl.col("basis") == "per_t_h"))
    rate = rates.explode("modes").select(pl.col("modes").alias("mode"), "amount").unique("mode", keep="first")
    steps = lost.join(
        rate.with_columns(pl.col("mode").cast(pl.Categorical)), on="mode", how="left", maintain_order="left"
    )
    whole = pl.col("kind") == VISIT
    hours = pl.col("hours").fill_nan(None)
    paid = [
        pl.when(pl.col(f"{name}_currency") == "USD")
        .then(pl.col(f"{name}_amount"))
        .otherwise(0.0)
        .sum()
        .alias(f"{name}_usd")
        for name in ("official", "unofficial")
    ]
    foreign = sum(
        (pl.col(f"{name}_amount").fill_null(0.0) > 0) & (pl.col(f"{name}_currency").fill_null("") != "USD")
        for name in ("official", "unofficial")
    )
    keyed = _keyed(steps, by, frames["corridors"]).with_columns(pl.col("key").cast(pl.String))
    rows = keyed.group_by("key").agg(
        (~whole).sum().cast(pl.Int64).alias("n"),
        (pl.col("open") & ~whole).sum().cast(pl.Int64).alias("open"),
        *(
            hours.filter(pl.col("kind") == kind).sum().alias(f"{kind}_h")
            for kind in ("over", "repeated", "unknown")
        ),
        hours.filter(whole).sum().alias("visit_over_h"),
        (hours * pl.col("tonnes") * pl.col("amount")).filter(~whole).sum().alias("usd"),
        *paid,
        foreign.sum().cast(pl.Int64).alias("not_usd"),  # type: ignore[union-attr]
        (pl.col("tonnes_assumed") & ~whole).sum().cast(pl.Int64).alias("tonnes_assumed"),
        (pl.col("amount").is_null() & ~whole).sum().cast(pl.Int64).alias("no_rate"),
    )
    ordered = rows.sort("usd", "over_h", "visit_over_h", "key", descending=[True, True, True, False])
    return ordered, tuple(sorted(set(rates["charge"].to_list())))


def changed(
    measured: pl.DataFrame, one: Span, two: Span, level: float = 0.05, fewest: int = FEWEST
) -> pl.DataFrame:
    """Steps of places whose hours differ between two periods of arrival, most certain first.

    A row for each place and step with `fewest` ended cases or more in both: `n_a`, `n_b`, `open_b`, `mean_a`,
    `mean_b`, differences of means and medians with 95 per cent intervals, `p`, `p_holm`, and `changed` where
    the latter is below `level`. Steps that are still open are counted and not measured: where many are, the
    later period looks better than it is.
    """
    import polars as pl

    for since, until in (one, two):
        if since >= until:
            raise BadValue("error.conform_period", since=since.isoformat(), until=until.isoformat())
    inside = [
        measured.filter((pl.col("arrived") >= since) & (pl.col("arrived") < until))
        for since, until in (one, two)
    ]
    samples: list[dict[tuple[str, str], np.ndarray[tuple[int], np.dtype[np.float64]]]] = []
    for frame in inside:
        ended = frame.filter(~pl.col("open")).select("place", "code", "counted_h")
        cells = ended.partition_by("place", "code", as_dict=True, maintain_order=True)
        samples.append({(str(k[0]), str(k[1])): v["counted_h"].to_numpy() for k, v in cells.items()})
    waiting = inside[1].filter(pl.col("open")).group_by(pl.col("place", "code").cast(pl.String)).len()
    open_b = {(row["place"], row["code"]): row["len"] for row in waiting.iter_rows(named=True)}
    rows = []
    for place, code in sorted(set(samples[0]) & set(samples[1])):
        a, b = samples[0][place, code], samples[1][place, code]
        if min(len(a), len(b)) < max(fewest, 2):
            continue
        found = difference(a, b)
        rows.append(
            {
                "place": place, "code": code, "n_a": len(a), "n_b": len(b),
                "open_b": open_b.get((place, code), 0), "mean_a": float(a.mean()), "mean_b": float(b.mean()),
                "mean_diff": found.mean, "mean_low": found.mean_low, "mean_high": found.mean_high,
                "median_diff": found.median, "median_low": found.median_low, "median_high": found.median_high,
                "p": found.p,
            }
        )  # fmt: skip
    whole, text, number = dict.fromkeys(("n_a", "n_b", "open_b"), pl.Int64), pl.String, pl.Float64
    figures = dict.fromkeys(
        (
            "mean_a",
            "mean_b",
            "mean_diff",
            "mean_low",
            "mean_high",
            "median_diff",
            "median_low",
            "median_high",
            "p",
        ),
        number,
    )
    table = pl.DataFrame(rows, schema={"place": text, "code": text, **whole, **figures})
    adjusted = pl.Series("p_holm", holm(table["p"].to_numpy()), dtype=number)
    return table.with_columns(adjusted, (adjusted < level).alias("changed")).sort(
        "p_holm", "p", "place", "code"
    )
