"""Checks of the neighbour that stand for ours, and controls that are still done twice.

Question: which own steps does an agreement make needless at this border, for which goods, and which controls
do both sides carry out all the same, at what cost in hours?
In and out: a `Regime`, a `Passage` from one post to the other and a day in; rows out. For the whole network
its frames in and a row for each control done twice out.
Method: the entering state accepts checks of the state that was left; an agreement counts while it is in
force. A control is done twice when the checklists of both posts name the same activity of the group `control`
and no agreement for all goods waives it; its hours are the calibrated mean times the share of shipments that
pass it.
Limits: a joint check on one spot counts as done twice until an agreement says that one stands for both.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daliz.model.steps import concerns

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping

    import polars as pl

    from daliz.regime.holder import Checklist, Regime
    from daliz.schema import Row

    _Hours = dict[tuple[str, str, str, str], dict[str, float]]

__all__ = ["Passage", "between", "duplicates", "passages", "waived"]

_SERVICES = {"rail": ("wagonload", "block_train"), "road": ("*",)}
_WORKING = ("open", "limited")


@dataclass(frozen=True)
class Passage:
    """A crossing in one direction: the post that is left, the post that is entered, and their states."""

    crossing: str
    mode: str
    from_place: str
    to_place: str
    from_country: str
    to_country: str


def passages(frames: Mapping[str, pl.DataFrame]) -> Iterator[Passage]:
    """Every crossing that works, in each direction in which freight may pass."""
    country = dict(zip(frames["places"]["place"], frames["places"]["country"], strict=True))
    for row in frames["crossings"].iter_rows(named=True):
        if row["status"] not in _WORKING:
            continue
        for first, second, way in (("post_a", "post_b", "a_to_b"), ("post_b", "post_a", "b_to_a")):
            if row["directions"] in ("both", way):
                a, b = row[first], row[second]
                yield Passage(row["crossing"], row["mode"], a, b, country[a], country[b])


def waived(
    regime: Regime,
    passage: Passage,
    day: dt.date,
    hs: str = "",
    service: str = "*",
    cargo_class: str = "any",
) -> list[Row]:
    """Steps of the entering post that a check of the state left stands for.

    Parameters
    ----------
    regime, passage, day
        Checklists with agreements, the border, and the day of arrival.
    hs
        HS code of the goods; empty where unknown: then only agreements for all goods count.
    service, cargo_class
        What the shipment is.

    Returns
    -------
    Rows with `item`, `code`, `recognition`, `partner_code`, `valid_from`, `valid_to` and `source`.
    """
    mine = regime.valid(passage.to_place, passage.mode, "in", day, service, cargo_class)
    if mine is None:
        return []
    found = []
    for row in _agreements(regime, passage, day):
        item = mine.item(row["code"])
        goods = not row["hs"] or (hs and any(hs.startswith(prefix) for prefix in row["hs"]))
        if item is not None and goods and row["cargo_class"] in ("any", cargo_class):
            found.append(
                {"item": item["item"], "code": row["code"]}
                | {
                    name: row[name]
                    for name in ("recognition", "partner_code", "valid_from", "valid_to", "source")
                }
            )
    return found


def _agreements(regime: Regime, passage: Passage, day: dt.date) -> Iterator[Row]:
    """Agreements by which the state entered accepts checks of the state left on that day."""
    for row in regime.recognitions:
        if (
            row["status"] == "in_force"
            and row["country"] == passage.to_country
            and row["partner"] == passage.from_country
            and (not row["modes"] or passage.mode in row["modes"])
            and row["valid_from"] <= day
            and (row["valid_to"] is None or day <= row["valid_to"])
        ):
            yield row


def duplicates(
    frames: Mapping[str, pl.DataFrame], regime: Regime, day: dt.date, only: Passage | None = None
) -> list[Row]:
    """Controls that both sides of a crossing carry out, the most hours first.

    Parameters
    ----------
    frames
        Tables of a built network (`places`, `crossings`, `procedures`, `activity_codes`, `calibrated_steps`).
    regime, day
        Checklists with agreements, and the day they are asked for.
    only
        One passage instead of all.

    Returns
    -------
    Rows with the passage, `service`, `code`, `out_h` and `in_h` (hours expected a shipment, None where no
    step of that code is timed), `smaller_h` (what one check for both would spare at least) and `partly`
    (an agreement that waives it for some goods only).
    """
    codes = frames["activity_codes"]
    controls = {code for code, group in codes.select("code", "group").iter_rows() if group == "control"}
    hours = _expected_h(frames)
    found: list[Row] = []
    for passage in [only] if only else list(passages(frames)):
        for service in _SERVICES[passage.mode]:
            found += _twice(regime, passage, day, service, controls, hours)
    return sorted(found, key=lambda row: (-(row["smaller_h"] or 0.0), row["crossing"], row["code"]))


def between(
    frames: Mapping[str, pl.DataFrame],
    regime: Regime,
    old: Iterable[Checklist],
    new: Iterable[Checklist],
    day: dt.date,
) -> list[Row]:
    """Controls done twice where one set of checklists leaves a post and the other enters that across."""
    sides = [
        {(each.row["place"], each.row["mode"], each.row["direction"]) for each in side} for side in (old, new)
    ]
    found: list[Row] = []
    for passage in passages(frames):
        left = (passage.from_place, passage.mode, "out")
        entered = (passage.to_place, passage.mode, "in")
        if any(left in one and entered in other for one, other in (sides, sides[::-1])):
            found += duplicates(frames, regime, day, passage)
    return found


def _twice(
    regime: Regime, passage: Passage, day: dt.date, service: str, controls: set[str], hours: _Hours
) -> Iterator[Row]:
    out = regime.valid(passage.from_place, passage.mode, "out", day, service)
    into = regime.valid(passage.to_place, passage.mode, "in", day, service)
    if out is None or into is None:
        return
    free = {row["code"] for row in waived(regime, passage, day, "", service)}
    partly = {row["code"]: row["recognition"] for row in _agreements(regime, passage, day)}
    for item in into.items:
        code = item["code"]
        if code not in controls or code in free or out.item(code) is None:
            continue
        out_h = hours.get((passage.from_place, passage.mode, "out", service), {}).get(code)
        in_h = hours.get((passage.to_place, passage.mode, "in", service), {}).get(code)
        yield vars(passage) | {
            "service": service, "code": code, "out_h": out_h, "in_h": in_h,
            "smaller_h": None if out_h is None or in_h is None else min(out_h, in_h),
            "partly": partly.get(code),
        }  # fmt: skip


def _expected_h(frames: Mapping[str, pl.DataFrame]) -> _Hours:
    """Mean hours times the share of shipments, by process with service and by code; the latest vintage."""
    mean: dict[tuple[str, str], tuple[int, float]] = {}
    for row in frames["calibrated_steps"].iter_rows(named=True):
        key, vintage = (row["procedure"], row["service"]), (row["year"] or 0, row["mean_h"])
        mean[key] = max(mean.get(key, vintage), vintage)
    hours: _Hours = defaultdict(lambda: defaultdict(float))
    for row in frames["procedures"].iter_rows(named=True):
        for service in _SERVICES.get(row["mode"], ()):
            timed = mean.get((row["procedure"], service))
            if timed and concerns(row, service):
                process = (row["place"], row["mode"], row["direction"], service)
                hours[process][row["code"]] += timed[1] * row["probability"]
    return hours
