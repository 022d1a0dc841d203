"""Time and cost over distance, as the log has them: the chart of UNESCAP with bands.

Question: how do hours and dollars grow along a corridor, and where do they jump?
In and out: a log, the tables of the network and a corridor in; a `Timeline` out.
Method: UNESCAP's time-cost-distance chart: slope while moving, a vertical step where cargo stays. Hours,
dollars and kilometres of a shipment count from its arrival at the origin. At each later place of the
corridor (in order, each once) the nearest-rank P10, P50 and P90 of arrival and of departure are shown with
the number of shipments behind them, and the median kilometres.
Limits: the band of a place is of the shipments seen there; where they thin out along the way the bands of two
places are of different shipments, which `n` shows. Dollars are the official ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from daliz.errors import BadValue, UnknownPlace
from daliz.i18n import text
from daliz.indicators.inputs import small_tables
from daliz.schema import table
from daliz.store.measures import Duck, Log

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    import polars as pl

    from daliz.indicators.ask import Events, Question
    from daliz.schema import Row

__all__ = ["Point", "Timeline", "timeline"]

RANKS = (10, 50, 90)


@dataclass(frozen=True)
class Point:
    """One place: kilometres from the origin (median); P10, P50, P90 of hours and dollars at both ends."""

    place: str
    distance_km: float
    n: int
    arrived_h: tuple[float, float, float]
    left_h: tuple[float, float, float]
    arrived_usd: tuple[float, float, float] | None
    left_usd: tuple[float, float, float] | None


@dataclass(frozen=True)
class Timeline:
    """The chart of one corridor from one origin."""

    corridor: str
    origin: str
    shipments: int
    points: tuple[Point, ...]
    quality: str

    @property
    def table(self) -> pd.DataFrame:
        """A row a place, pandas."""
        import pandas as pd

        return pd.DataFrame([_flat(point) for point in self.points])

    def as_dict(self, lang: str = "en") -> Row:
        """Plain data for JSON."""
        notes = [text("indicators.simulated", lang)] if self.quality == "simulated" else []
        return {
            "corridor": self.corridor, "origin": self.origin, "shipments": self.shipments,
            "quality": self.quality, "notes": notes, "points": [_flat(point) for point in self.points],
        }  # fmt: skip


def _flat(point: Point) -> Row:
    row: Row = {"place": point.place, "distance_km": round(point.distance_km, 1), "n": point.n}
    for name in ("arrived_h", "left_h", "arrived_usd", "left_usd"):
        values = getattr(point, name)
        for at, rank in enumerate(RANKS):
            row[f"{name}_p{rank}"] = None if values is None else round(values[at], 3)
    return row


def timeline(
    events: Events, frames: Mapping[str, pl.DataFrame], corridor: str, question: Question,
    origin: str | None = None, backward: bool = False,
) -> Timeline:  # fmt: skip
    """The chart of `corridor` from `origin`, else from the place where most of its shipments are first seen.

    `question` gives the window (by the day a shipment leaves a place). `backward` reads the corridor from its
    last place to its first.

    Raises
    ------
    UnknownPlace
        for a corridor that is not in the tables.
    BadValue
        when no shipment of the log runs along it, or the origin is not one of its places.
    """
    import polars as pl

    via = _via(frames, corridor, backward)
    with Log(Duck(events, small_tables(frames))) as log:
        points = log.stays("points")
        along = log.base("alongs")
        points = points.inner_join(along.filter(along.corridor == corridor), "shipment")
        if question.window.since_s is not None:
            points = points.filter(points.left_s >= question.window.since_s)
        if question.window.until_s is not None:
            points = points.filter(points.left_s < question.window.until_s)
        rows = log.rows(points.drop("done"))
    order = {place: at for at, place in enumerate(via)}
    rows = rows.filter(pl.col("known_place").is_in(via), pl.col("open") == 0)
    rows = rows.with_columns(
        pl.col("known_place").replace_strict(order, return_dtype=pl.Int64).alias("at")
    ).sort("shipment", "arrived_s", "run")
    if not rows.height:
        raise BadValue("error.no_shipments_along", corridor=corridor)
    start = origin or _busiest(rows, via)
    if start not in order:
        raise BadValue("error.not_on_corridor", place=start, corridor=corridor)
    first = rows.filter(pl.col("known_place") == start).unique("shipment", keep="first", maintain_order=True)
    base = first.select("shipment", from_s="arrived_s", from_km="km", from_usd="arrived_usd")
    seen = rows.join(base, on="shipment").filter(
        pl.col("arrived_s") >= pl.col("from_s"), pl.col("at") >= order[start]
    ).unique(["shipment", "known_place"], keep="first", maintain_order=True)  # fmt: skip
    made = [_point(place, seen.filter(pl.col("known_place") == place)) for place in via[order[start] :]]
    weak = int(seen["weak"].max() or 0)  # type: ignore[arg-type]
    return Timeline(
        corridor, start, base.height, tuple(point for point in made if point is not None),
        table("events")["quality"].values[weak],
    )  # fmt: skip


def _via(frames: Mapping[str, pl.DataFrame], corridor: str, backward: bool) -> list[str]:
    for row in frames["corridors"].iter_rows(named=True):
        if row["corridor"] == corridor:
            via = list(dict.fromkeys(row["via"]))
            return via[::-1] if backward else via
    raise UnknownPlace("error.unknown_corridor", name=corridor)


def _busiest(rows: pl.DataFrame, via: list[str]) -> str:
    """Where most shipments are first seen; of several the first along the corridor."""
    firsts = rows.unique("shipment", keep="first", maintain_order=True)["known_place"].to_list()
    return max(via, key=firsts.count)


def _point(place: str, rows: pl.DataFrame) -> Point | None:
    if not rows.height:
        return None
    paid = rows["unconverted"].max() == 0
    km = (rows["km"] - rows["from_km"]).to_list()
    hours = [((rows[name] - rows["from_s"]) / 3600).to_list() for name in ("arrived_s", "left_s")]
    usd = [(rows[name] - rows["from_usd"]).to_list() for name in ("arrived_usd", "left_usd")]
    return Point(
        place, _nearest(km, 50), rows.height, _band(hours[0]), _band(hours[1]),
        _band(usd[0]) if paid else None, _band(usd[1]) if paid else None,
    )  # fmt: skip


def _band(values: list[Any]) -> tuple[float, float, float]:
    low, middle, high = (_nearest(values, rank) for rank in RANKS)
    return low, middle, high


def _nearest(values: list[Any], per_cent: int) -> float:
    """Nearest rank, as the measures have it."""
    return float(sorted(values)[-(-len(values) * per_cent // 100) - 1])
