"""Routes over sailings with a timetable and posts that close on holidays."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl
import pytest

from daliz.model.frozen import Cargo
from daliz.routing import Request, route

if TYPE_CHECKING:
    from daliz.routing import Atlas


def test_a_timetable_sets_the_wait_for_the_ship(atlas: Atlas) -> None:
    """With one departure a week, on Friday 12:00 in Aktau (07:00 UTC), a Thursday's cargo waits for it."""
    mine = pl.col("sailing") == "aktau-alat-feeder"
    text = pl.when(mine).then(pl.lit("Fr 12:00")).otherwise(pl.col("timetable"))
    sailings = atlas.frames["sailings"].with_columns(text.alias("timetable"))
    sailings = sailings.filter((pl.col("link") != "sea-aktau-alat") | (pl.col("service") == "feeder"))
    timed = atlas.with_frames({**atlas.frames, "sailings": sailings})
    request = Request("Aktau port", "az-alat-port", cargo=Cargo(mode="sea"), depart="2026-12-03T07:00+00:00")
    option = route(timed, request).as_dict()["options"][0]
    assert option["legs"][0]["wait_h"] == pytest.approx(24.0)
    assert option["time_mean_h"] == pytest.approx(24.0 + option["legs"][0]["move_h"])


def test_a_holiday_closes_the_post_that_keeps_it(atlas: Atlas) -> None:
    """Torugart keeps the holidays of both states: on 1 October the lorry waits longer than a week later."""
    waits = []
    for day in ("2026-10-01", "2026-10-15"):
        request = Request(
            "cn-torugart", "kg-torugart", avoid=("KZ", "TJ", "MN", "RU", "kg-cn-irkeshtam-road"),
            cargo=Cargo(mode="road"), depart=f"{day}T04:00+00:00",
        )  # fmt: skip
        option = route(atlas, request).as_dict()["options"][0]
        waits.append(sum(leg["wait_h"] for leg in option["legs"]))
    assert dt.date(2026, 10, 1).weekday() == dt.date(2026, 10, 15).weekday()
    assert waits[0] > waits[1] + 24
