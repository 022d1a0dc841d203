"""What indicators need beside the log: small tables made from those of the network.

Question: which rates, causes, factors and capacities stand behind a figure, and are they there?
In and out: declared tables by name in; frames in the form of `store.measures.INPUTS` out.
Method: one function a table. A rate holds from its day to the next of its currency and at most a year; a
corridor holds the places it is drawn through; capacities count where their unit is TEU or vehicles
by time.
Limits: a capacity in wagons, trains or berths says nothing of TEU and is left out.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from typing import TYPE_CHECKING

from daliz.errors import BadTable
from daliz.schema import read_table, table
from daliz.store.measures import INPUTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    import polars as pl

    from daliz.schema import Row

    Frames = Mapping[str, pl.DataFrame]

__all__ = ["RATE_DAYS", "TABLES", "given", "read_trade", "small_tables"]

TABLES = (
    "indicators", "activity_codes", "fx_rates", "corridors", "emissions", "facilities", "hub_energy",
    "countries", "places", "crossings", "charges",
)  # fmt: skip
"""Tables of a store that indicators read."""

RATE_DAYS = 366
"""A rate older than this converts nothing."""

_ALWAYS_S = 10**11
_DAYS_OF = {"d": 1.0, "day": 1.0, "y": 365.0, "year": 365.0}
_TEU = re.compile(r"TEU\s*(?:/|an?)\s*(d|day|y|year)", re.IGNORECASE)
_LORRIES = re.compile(r"lorr|truck|vehicle", re.IGNORECASE)


def small_tables(frames: Frames) -> dict[str, pl.DataFrame]:
    """Every input but `events`; a table that is not among `frames` gives an empty one."""
    import polars as pl

    kinds = {"string": pl.String, "float64": pl.Float64, "int64": pl.Int64}
    made = {
        name: pl.DataFrame(make(frames), schema={c: kinds[k] for c, k in INPUTS[name].items()}, orient="row")
        for name, make in _MAKERS.items()
    }
    return made | {"trade": frames.get("trade", table("trade").empty())}


def given(frames: Frames, need: str) -> bool:
    """True when a table has rows, or a column `table.column` any value."""
    name, _, column = need.partition(".")
    if name not in frames or not frames[name].height:
        return False
    return not column or frames[name][column].drop_nulls().len() > 0


def read_trade(path: Path) -> pl.DataFrame:
    """Rows of table `trade` from a CSV file; BadTable names file, row, column and repair."""
    rows, findings = read_table("trade", path)
    if findings:
        raise BadTable(findings)
    return table("trade").frame(rows)


def _rows(frames: Frames, name: str) -> Iterable[Row]:
    return frames[name].iter_rows(named=True) if name in frames else ()


def _day_s(day: dt.date) -> int:
    return int(dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC).timestamp())


def _activities(frames: Frames) -> list[tuple[str, str]]:
    return [(row["code"], row["group"]) for row in _rows(frames, "activity_codes")]


def _rates(frames: Frames) -> list[tuple[str, int, int, float]]:
    found: dict[str, list[tuple[dt.date, float]]] = defaultdict(list)
    for row in _rows(frames, "fx_rates"):
        found[row["currency"]].append((row["valid_from"], float(row["units_per_usd"])))
    made = [("USD", -_ALWAYS_S, _ALWAYS_S, 1.0)]
    for currency, rates in found.items():
        if currency == "USD":
            continue
        rates.sort()
        ends = [day for day, _ in rates[1:]] + [dt.date.max]
        for (day, units), end in zip(rates, ends, strict=True):
            last = min(end, day + dt.timedelta(days=RATE_DAYS))
            made.append((currency, _day_s(day), _day_s(last), units))
    return made


def _corridor_places(frames: Frames) -> list[tuple[str, str]]:
    pairs = ((row["corridor"], place) for row in _rows(frames, "corridors") for place in row["via"])
    return list(dict.fromkeys(pairs))


def _factors(frames: Frames) -> list[tuple[str, str, float]]:
    rows = _rows(frames, "emissions")
    return [(row["service"], row["country"], float(row["co2e_g_per_tkm"])) for row in rows]


def _hubs(frames: Frames) -> list[tuple[str, float]]:
    """Kilograms of CO2e of one handling of a TEU; of several kinds of facility at a place their mean."""
    energy = {row["kind"]: row for row in _rows(frames, "hub_energy")}
    grid = {row["country"]: float(row["grid_co2e_g_per_kwh"] or 0) for row in _rows(frames, "countries")}
    state = {row["place"]: row["country"] for row in _rows(frames, "places")}
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for row in _rows(frames, "facilities"):
        hub = energy.get(row["kind"])
        if hub is not None and state.get(row["place"]) in grid:
            electric_kg = float(hub["electric_kwh_per_teu"]) * grid[state[row["place"]]] / 1000
            found[row["place"]][row["kind"]] = electric_kg + float(hub["diesel_co2e_kg_per_teu"])
    return [(place, sum(kinds.values()) / len(kinds)) for place, kinds in found.items()]


def _capacities(frames: Frames) -> list[tuple[str, float | None, float | None]]:
    teu: dict[str, float] = defaultdict(float)
    lorries: dict[str, float] = defaultdict(float)
    for row in _rows(frames, "facilities"):
        unit = _TEU.fullmatch(str(row["capacity_unit"] or "").strip())
        if unit and row["capacity"]:
            teu[row["place"]] += float(row["capacity"]) / _DAYS_OF[unit[1].lower()]
    for row in _rows(frames, "crossings"):
        if row["quota_per_day"] and row["mode"] == "road" and _LORRIES.search(str(row["quota_unit"] or "")):
            for post in (row["post_a"], row["post_b"]):
                lorries[post] += float(row["quota_per_day"])
    return [(place, teu.get(place), lorries.get(place)) for place in sorted({*teu, *lorries})]


def _sides(frames: Frames) -> list[tuple[str, str, str, str]]:
    made = []
    for row in _rows(frames, "crossings"):
        for out, into in ((row["post_a"], row["post_b"]), (row["post_b"], row["post_a"])):
            made.append((row["crossing"], row["mode"], out, into))
    return made


def _time_values(frames: Frames) -> list[tuple[str, float]]:
    found: dict[str, float] = {}
    for row in _rows(frames, "charges"):
        if row["basis"] == "per_t_h" and row["code"] == "value_of_time":
            found |= dict.fromkeys(row["modes"], float(row["amount"]))
    return list(found.items())


_MAKERS: dict[str, Callable[[Frames], Sequence[tuple[object, ...]]]] = {
    "activities": _activities, "rates": _rates, "corridor_places": _corridor_places, "factors": _factors,
    "hubs": _hubs, "capacities": _capacities, "sides": _sides, "time_values": _time_values,
}  # fmt: skip
