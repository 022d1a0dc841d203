"""The measures of visits and trips written out row by row in plain Python, to hold the kernels against."""

from __future__ import annotations

import datetime as dt
import math
import statistics
from collections import defaultdict
from itertools import groupby
from typing import Any

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
Row = dict[str, Any]
Cells = dict[tuple[Any, ...], dict[str, Any]]


def _s(instant: dt.datetime) -> int:
    return (instant - EPOCH) // dt.timedelta(seconds=1)


def _usd(row: Row, kind: str, rates: list[tuple[str, int, int, float]]) -> tuple[float, bool]:
    """Dollars and whether the amount could not be converted."""
    amount = row[f"{kind}_amount"]
    if not amount:
        return 0.0, False
    for currency, from_s, to_s, units in rates:
        if currency == row[f"{kind}_currency"] and from_s <= row["end_s"] < to_s:
            return amount / units, False
    return 0.0, True


def _lines(events: list[Row], rates: list[tuple[str, int, int, float]]) -> dict[str, list[Row]]:
    shipments: dict[str, list[Row]] = defaultdict(list)
    for event in events:
        if event["status"] != "stands":
            continue
        row = dict(event)
        row["begin_s"] = _s(event["start"] or event["end"])
        row["end_s"] = _s(event["end"] or event["start"])
        row["timed"] = event["start"] is not None and event["end"] is not None
        row["seconds"] = row["end_s"] - row["begin_s"] if row["timed"] else 0
        row["open"] = event["end"] is None
        row["at"] = event["place"] or event["place_text"] or ""
        row["move"] = event["activity"] == "move"
        row["official"], lost = _usd(row, "official", rates)
        row["unofficial"], also = _usd(row, "unofficial", rates)
        row["lost"] = lost or also
        shipments[event["shipment"]].append(row)
    for rows in shipments.values():
        rows.sort(key=lambda row: (row["begin_s"], row["end_s"], row["event"]))
    return shipments


def _month(rows: list[Row]) -> int:
    last = EPOCH + dt.timedelta(seconds=max(row["end_s"] for row in rows))
    return last.year * 100 + last.month


def _visits(rows: list[Row]) -> list[list[Row]]:
    """Runs cut where the place changes and at movements, then by mode and direction."""
    found = []
    run: list[Row] = []
    for row in [*rows, None]:
        if run and (row is None or row["move"] or row["at"] != run[-1]["at"]):
            by = {(r["mode"] or "", r["direction"] or "") for r in run}
            found += [[r for r in run if (r["mode"] or "", r["direction"] or "") == key] for key in by]
            run = []
        if row is not None and not row["move"]:
            run.append(row)
    return found


def cells(
    events: list[Row], corridor_places: list[tuple[str, str]], rates: list[tuple[str, int, int, float]]
) -> tuple[Cells, Cells]:
    """Cells at posts and along corridors: indicator and dimensions to figures."""
    posts: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
    along: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
    for rows in _lines(events, rates).values():
        moneyed = any(
            row["official_amount"] is not None or row["unofficial_amount"] is not None for row in rows
        )
        for visit in _visits(rows):
            direction = visit[0]["direction"] or ""
            if direction not in ("in", "out"):
                continue
            key = (visit[0]["at"], visit[0]["mode"] or "", direction, _month(visit))
            whole = not any(r["open"] for r in visit) and any(r["timed"] for r in visit)
            paid = moneyed and not any(r["lost"] or r["open"] for r in visit)
            for indicator, ok, top in (
                ("tfi1", whole, sum(r["seconds"] for r in visit)),
                ("tfi2", paid, math.fsum(r["official"] for r in visit)),
                ("tfi2_unofficial", paid, math.fsum(r["unofficial"] for r in visit)),
            ):
                posts[indicator, *key].append((ok, top, 1.0))
        known = {row["place"] for row in rows if row["place"] is not None}
        held = defaultdict(int)
        for corridor, place in corridor_places:
            held[corridor] += place in known
        runs_along = [c for c, count in held.items() if count >= 2 and count * 100 >= 50 * len(known)]
        tonnes = max((row["tonnes"] for row in rows if row["tonnes"] is not None), default=None)

        def by(row: Row) -> tuple[str, str]:
            return row["mode"] or "", row["country"] or ""

        for key, group in groupby(sorted(rows, key=by), by):
            mine = list(group)
            moves = [r for r in mine if r["move"]]
            full = [r for r in moves if r["timed"] and r["distance_km"] is not None]
            km, moving = math.fsum(r["distance_km"] for r in full), sum(r["seconds"] for r in full)
            stop = sum(r["seconds"] for r in mine if not r["move"])
            complete = (
                len(moves) > 0 and len(full) == len(moves) and km > 0 and moving > 0
                and not any(r["open"] for r in mine)
            )  # fmt: skip
            priced = complete and any(r["official_amount"] is not None for r in moves)
            priced = priced and not any(r["lost"] for r in mine) and (tonnes or 0) > 0
            usd = math.fsum(r["official"] for r in mine)
            for corridor in runs_along:
                cell = (*key, corridor, _month(mine))
                for indicator, ok, top, bottom in (
                    ("tfi3", priced, usd, km * (tonnes or 0)),
                    ("swod", complete, km, moving),
                    ("swd", complete, km, moving + stop),
                    ("delay_share", complete, stop, moving + stop),
                ):
                    along[indicator, *cell].append((ok, top, bottom))
    return _figures(posts), _figures(along)


def _figures(samples: dict[tuple[Any, ...], list[Any]]) -> Cells:
    made = {}
    for key, rows in samples.items():
        good = [(top, bottom) for ok, top, bottom in rows if ok]
        ratios = sorted(top / bottom for top, bottom in good)
        n = len(ratios)
        made[key] = {
            "n": n, "left_out": len(rows) - n,
            "top": math.fsum(top for top, _ in good), "bottom": math.fsum(bottom for _, bottom in good),
            "ratios": math.fsum(ratios), "sd": statistics.stdev(ratios) if n > 1 else None,
            "least": ratios[0] if n else None, "most": ratios[-1] if n else None,
        } | {
            f"p{q}": ratios[-(-n * q // 100) - 1] if n else None for q in (10, 50, 90)
        }  # fmt: skip
    return made
