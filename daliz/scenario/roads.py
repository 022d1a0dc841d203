"""Closing, slowing and setting hours.

Question: which legs, crossings, links and sailings are shut or slower, and when do posts open?
In and out: an edit on a bench in; changed cells on the bench out, or a refusal.
Method: `close` sets status closed on everything that runs over the target; `slow` multiplies
legs.time_factor on land and sailing_h at sea; `hours` sets the clock of a post, class assumed.
Limits: a state slows its rail and roads with the legs over its borders, its sea only when the mode says
so; new hours leave the work at the post as long as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from daliz.scenario.bench import CannotAct
from daliz.scenario.target import legs_of, resolve

if TYPE_CHECKING:
    from daliz.scenario.bench import Bench
    from daliz.scenario.target import Target

__all__ = ["close", "hours", "slow"]

_CLOSED = {"status": "closed"}


def close(bench: Bench) -> None:
    """Shut what runs over a place, crossing, link, leg, sailing, state or corridor."""
    target = resolve(bench)
    if target.kind == "sailing":
        bench.put("sailings", dict.fromkeys(target.keys, _CLOSED))
        return
    legs = _some_legs(bench, target)
    crossings, links = _named(legs, "crossing"), _named(legs, "link")
    bench.put("legs", dict.fromkeys(legs["leg"].to_list(), _CLOSED))
    bench.put("crossings", dict.fromkeys(crossings, _CLOSED))
    bench.put("links", dict.fromkeys(links, _CLOSED))
    bench.put("sailings", dict.fromkeys(_sailings(bench, links), _CLOSED))


def slow(bench: Bench) -> None:
    """Multiply the moving time on a state's network, a crossing, link, leg, sailing or corridor."""
    target, factor = resolve(bench), float(bench.edit["factor"])
    if target.kind == "sailing":
        sailings = list(target.keys)
    else:
        legs = _some_legs(bench, target)
        sea = legs.filter(pl.col("mode") == "sea")
        if target.kind == "country" and bench.edit["mode"] != "sea":
            sea = sea.clear()
        land = legs.filter(pl.col("mode") != "sea")
        bench.put(
            "legs",
            {
                leg: {"time_factor": (held or 1.0) * factor}
                for leg, held in zip(land["leg"], land["time_factor"], strict=True)
                if factor != 1
            },
        )
        sailings = _sailings(bench, _named(sea, "link"))
    hours_of = {row["sailing"]: float(row["sailing_h"]) for row in bench.rows("sailings")}
    bench.put("sailings", {sailing: {"sailing_h": hours_of[sailing] * factor} for sailing in sailings})


def hours(bench: Bench) -> None:
    """Set the opening hours of both posts of a crossing, or of one post at all its crossings."""
    target = resolve(bench)
    fresh = str(bench.edit["hours"])
    cells: dict[str, dict[str, object]] = {}
    for row in bench.rows("crossings"):
        if bench.edit["mode"] not in (None, row["mode"]):
            continue
        sides = [
            side for side in "ab"
            if (row["crossing"] if target.kind == "crossing" else row[f"post_{side}"]) in target.keys
        ]  # fmt: skip
        if any(row[f"hours_{side}"] != fresh for side in sides):
            cells[str(row["crossing"])] = {
                **{f"hours_{side}": fresh for side in sides}, "hours_quality": "assumed",
            }  # fmt: skip
    bench.put("crossings", cells)


def _some_legs(bench: Bench, target: Target) -> pl.DataFrame:
    legs = legs_of(bench, target)
    if legs.is_empty():
        raise CannotAct(
            "finding.edit_nothing", "repair.edit_nothing",
            target=bench.edit["target"], action=bench.edit["action"],
        )  # fmt: skip
    return legs


def _named(legs: pl.DataFrame, column: str) -> list[str]:
    return sorted(legs[column].drop_nulls().unique().to_list())


def _sailings(bench: Bench, links: list[str]) -> list[str]:
    frame = bench.frames["sailings"]
    return list(frame.filter(pl.col("link").is_in(links))["sailing"])
