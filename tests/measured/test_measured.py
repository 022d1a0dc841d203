"""Measured step times return to the network: counted, labelled, in force only where asked."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from daliz.errors import BadValue, Refused
from daliz.measured import LEAST, Span, in_force, last_quarter, measured
from daliz.model.frozen import Cargo
from daliz.routing import Request, route
from daliz.schema import table

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from daliz.routing import Atlas, Option

    Run = Callable[..., subprocess.CompletedProcess[str]]

SPAN = Span(dt.date(2026, 7, 1), dt.date(2026, 9, 30))
CARGO = Cargo(ground="measured")
ASKED = Request("Altynkol", "Poti", avoid=("Russia", "Turkmenistan"), via=("Aktau port",), cargo=CARGO)


def some_step(atlas: Atlas) -> tuple[Option, Any, Any]:
    """An option over the Caspian, a sure step of it, and the row of its procedure."""
    option = route(atlas, ASKED).options[0]
    step = next(s for arc in option.arcs if arc.kind == "crossing" for s in arc.steps if s.probability == 1)
    (row,) = atlas.frames["procedures"].filter(procedure=step.procedure).to_dicts()
    return option, step, row


def visits(row: dict[str, Any], hours: list[float], **cells: Any) -> pl.DataFrame:
    """One visit a value: the step of `row`, a day apart in the summer of 2026."""
    made = []
    for number, taken in enumerate(hours):
        start = dt.datetime(2026, 7, 1, tzinfo=dt.UTC) + dt.timedelta(days=number)
        made.append(
            {"event": f"e{number}", "shipment": f"s{number}", "activity": row["code"], "place": row["place"],
             "mode": row["mode"], "direction": row["direction"], "country": row["place"][:2].upper(),
             "start": start, "end": start + dt.timedelta(hours=taken), "status": "stands",
             "quality": "measured", "source": "customs-office", "format": "csv", "file": "f", "locator": "1"}
            | cells
        )  # fmt: skip
    return table("events").frame(made)


def test_a_step_has_a_row_from_enough_visits(atlas: Atlas) -> None:
    """Mean, cv of the sample, n, year and quarter of ten visits; nine give no row."""
    _, _, row = some_step(atlas)
    hours = [1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    found = [
        r for r in measured(visits(row, hours), atlas.frames, SPAN) if r["procedure"] == row["procedure"]
    ]
    (time,) = found
    assert (time["quantity"], time["basis"], time["quality"]) == ("time_h", "measured", "measured")
    assert (time["mean"], time["n"], time["year"], time["quarter"]) == (5.5, 10, 2026, 3)
    assert time["cv"] == pytest.approx((82.5 / 9) ** 0.5 / 5.5)
    assert time["source"] == "log-customs-office"
    assert len(hours) == LEAST
    assert measured(visits(row, hours[:9]), atlas.frames, SPAN) == []
    assert table("step_values").frame(found).height == 1


def test_repeats_in_a_visit_add_up_and_other_days_do_not_count(atlas: Atlas) -> None:
    """A step done twice in one visit takes the sum; other days and open steps are not seen."""
    _, _, row = some_step(atlas)
    once = visits(row, [4.0] * 10)
    again = once.with_columns(
        event=pl.col("event") + "b", start=pl.col("end"), end=pl.col("end") + dt.timedelta(hours=1)
    )
    (time,) = measured(pl.concat([once, again]), atlas.frames, SPAN)
    assert (time["mean"], time["n"]) == (5.0, 10)
    earlier = Span(dt.date(2026, 4, 1), dt.date(2026, 6, 30))
    assert measured(once, atlas.frames, earlier) == []
    still = once.with_columns(end=pl.lit(None, dtype=once.schema["end"]))
    assert measured(still, atlas.frames, SPAN) == []


def test_payments_come_back_apart(atlas: Atlas) -> None:
    """Official 30 and unofficial 5 dollars a visit are two rows, never one of 35."""
    _, _, row = some_step(atlas)
    money = {"official_amount": 30.0, "official_currency": "USD", "unofficial_amount": 5.0,
             "unofficial_currency": "USD"}  # fmt: skip
    found = {r["quantity"]: r["mean"] for r in measured(visits(row, [2.0] * 12, **money), atlas.frames, SPAN)}
    assert found == {"time_h": 2.0, "official_usd": 30.0, "unofficial_usd": 5.0}


def test_the_route_changes_with_the_log_and_the_step_shows_n_and_date(atlas: Atlas) -> None:
    """20 h measured: ways that keep the post take so much longer, the fastest leaves it."""
    option, step, row = some_step(atlas)
    rows = measured(visits(row, [20.0] * 14), atlas.frames, SPAN)
    now = in_force(atlas, rows)
    answer = route(now, ASKED)
    ways = {tuple(arc.leg for arc in o.arcs): o.time_mean_h for o in route(atlas, ASKED).options}
    kept = [o for o in answer.options if tuple(arc.leg for arc in o.arcs) in ways]
    assert kept
    for one in kept:
        was = ways[tuple(arc.leg for arc in one.arcs)]
        assert one.time_mean_h == pytest.approx(was + 20 - step.mean_h, abs=1e-6)
    crossed = {arc.crossing for arc in option.arcs} - {arc.crossing for arc in answer.options[0].arcs}
    ends = {
        place for arc in option.arcs if arc.crossing in crossed for place in (arc.from_place, arc.to_place)
    }
    assert row["place"] in ends
    shown = [
        s for o in answer.as_dict()["options"] for leg in o["legs"] for s in leg["steps"]
        if s["place"] == row["place"] and s["code"] == row["code"] and s["quality"] == "measured"
    ]  # fmt: skip
    assert shown
    assert {(s["n"], s["year"], s["quarter"], s["basis"]) for s in shown} == {(14, 2026, 3, "measured")}
    card = now.sources[shown[0]["source"]]
    assert "2026-07-01 – 2026-09-30" in card["citation"]
    assert card["retrieved"] == dt.date(2026, 9, 30)
    assert route(atlas, ASKED).options[0] == option


def test_without_being_asked_the_log_changes_nothing(atlas: Atlas) -> None:
    """Measured rows in force leave the hours of a route on published ground as they are."""
    _, _, row = some_step(atlas)
    now = in_force(atlas, measured(visits(row, [90.0] * 14), atlas.frames, SPAN))
    asked = Request(ASKED.origin, ASKED.destination, via=ASKED.via, avoid=ASKED.avoid)
    assert [o.time_mean_h for o in route(now, asked).options] == [
        o.time_mean_h for o in route(atlas, asked).options
    ]


def test_simulated_logs_are_refused_unless_asked_for_and_then_say_so(atlas: Atlas) -> None:
    """Only simulated events: refused in the reader's language; asked for: every row and step is labelled."""
    _, _, row = some_step(atlas)
    fake = visits(row, [2.0] * 14, quality="simulated")
    with pytest.raises(Refused) as refusal:
        measured(fake, atlas.frames, SPAN)
    assert "смоделирован" in refusal.value.text("ru")
    rows = measured(fake, atlas.frames, SPAN, simulated=True)
    assert {r["quality"] for r in rows} == {"simulated"}
    answer = route(in_force(atlas, rows), ASKED).as_dict()
    steps = [s for o in answer["options"] for leg in o["legs"] for s in leg["steps"]]
    assert any(s["quality"] == "simulated" for s in steps)
    assert any(o["share_by_quality"].get("simulated", 0) > 0 for o in answer["options"])
    real = pl.concat([visits(row, [3.0] * 10), fake.with_columns(shipment=pl.col("shipment") + "x")])
    (mixed,) = measured(real, atlas.frames, SPAN)
    assert (mixed["mean"], mixed["n"], mixed["quality"]) == (3.0, 10, "measured")


def test_last_quarter_is_the_one_that_was_over() -> None:
    """Of any day of November the third quarter; of New Year's Day the fourth of the year before."""
    assert last_quarter(dt.date(2026, 11, 23)) == SPAN
    assert last_quarter(dt.date(2026, 1, 1)) == Span(dt.date(2025, 10, 1), dt.date(2025, 12, 31))
    assert last_quarter(dt.date(2026, 4, 1)) == Span(dt.date(2026, 1, 1), dt.date(2026, 3, 31))
    with pytest.raises(BadValue, match="2026-01-01"):
        Span(dt.date(2026, 1, 2), dt.date(2026, 1, 1))


@pytest.fixture
def log_beside(tmp_path: Path, atlas: Atlas) -> Path:
    """An event store with fourteen visits of one step of the route, read in as a user reads a log."""
    from daliz.store.events import EventStore

    _, _, row = some_step(atlas)
    folder = tmp_path / "events"
    with EventStore(folder).writing("a" * 16, "log.csv", "csv") as writer:
        writer.add(visits(row, [20.0] * 14))
    return folder


def test_route_with_measured_reads_the_log_beside_the_store(run_daliz: Run, log_beside: Path) -> None:
    """`daliz route --with measured` takes the last quarter of the log, says so, and names n in the step."""
    asked = (
        "route",
        "Altynkol",
        "Poti",
        "--via",
        "Aktau port",
        "--avoid",
        "Russia",
        "--avoid",
        "Turkmenistan",
    )
    done = run_daliz(*asked, "--with", "measured", "--measured-since", "2026-07-01", "--measured-until",
                     "2026-09-30", "--json", DALIZ_EVENTS=str(log_beside))  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert "2026-07-01 – 2026-09-30" in answer["notes"][0]
    steps = [s for o in answer["options"] for leg in o["legs"] for s in leg["steps"]]
    assert (14, 2026, 3) in {(s["n"], s["year"], s["quarter"]) for s in steps}


def test_route_refuses_days_without_a_log_or_ground(run_daliz: Run, tmp_path: Path) -> None:
    """Days of measurement need --with measured and a log; both refusals name the repair."""
    nothing = str(tmp_path / "none")
    alone = run_daliz("route", "Altynkol", "Poti", "--measured-since", "2026-07-01", DALIZ_EVENTS=nothing)
    assert alone.returncode == 2
    assert "--with measured" in alone.stderr
    empty = run_daliz("route", "Altynkol", "Poti", "--with", "measured", "--measured-since", "2026-07-01",
                      DALIZ_EVENTS=nothing)  # fmt: skip
    assert empty.returncode == 2
    assert "daliz events import" in empty.stderr
