"""What must hold of any log: counts add up, nothing open is done, clocks never run ahead of time."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from made import ABROAD, CODES, POST, at, event, events, frames, small_regime

from daliz.conformance import Conformance, conform, conform_parts

FIRST = at("02-27", "15:00")
WORDS = (*CODES.values(), "wash", "movement")


@st.composite
def logs(draw: st.DrawFn) -> pl.DataFrame:
    """Up to thirty events of four shipments over a week in which the checklist changes."""
    rows = []
    for number in range(draw(st.integers(0, 30))):
        begin = FIRST + dt.timedelta(minutes=15 * draw(st.integers(0, 700)))
        end = draw(
            st.one_of(st.none(), st.integers(0, 200).map(lambda q, b=begin: b + dt.timedelta(minutes=15 * q)))
        )
        word = draw(st.sampled_from(WORDS))
        place: str | None = draw(st.sampled_from((POST, POST, POST, ABROAD, None)))
        more: dict[str, Any] = {
            "place": place, "direction": draw(st.sampled_from(("in", "in", "out", None))),
            "status": draw(st.sampled_from(("stands", "stands", "stands", "retracted"))),
            "distance_km": 100.0 if word == "movement" else None,
            "deadline": draw(st.one_of(st.none(), st.just(FIRST + dt.timedelta(days=3)))),
        }  # fmt: skip
        told = draw(st.booleans()) or end is None
        shipment = draw(st.sampled_from("ABCD"))
        rows.append(event(f"e{number}", shipment, word, begin if told else None, end, **more))
    return events(rows)


def judged(log: pl.DataFrame, days: float | None = 5.0) -> Conformance:
    """A log judged some days after its first possible event, or at its end."""
    asked = None if days is None else FIRST + dt.timedelta(days=days)
    return conform(log, small_regime(), frames(), asked)


@given(logs(), st.sampled_from((None, 2.0, 5.0, 40.0)))
@settings(max_examples=40, deadline=None)
def test_every_event_is_counted_once(log: pl.DataFrame, days: float | None) -> None:
    """Events are in one row of one visit, or movements, of no place, later, undated or not standing."""
    found = judged(log, days)
    counts = found.counts
    apart = ("not_standing", "undated", "later", "movement", "no_place", "in_visits")
    assert counts["events"] == log.height == sum(counts[name] for name in apart)
    ids = found.steps.filter(pl.col("state") != "waived").explode("events")["events"].drop_nulls()
    assert ids.len() == ids.n_unique() == counts["in_visits"]
    assert found.visits.height == counts["visits"]
    assert counts["promised"] == sum(
        counts[f"promise_{name}"] for name in ("kept", "broken", "broken_open", "open")
    )
    assert set(found.breaches["kind"]) <= {
        "late", "late_open", "skipped", "repeated", "out_of_order", "unknown", "deadline", "deadline_open",
    }  # fmt: skip


@given(logs(), st.sampled_from((None, 2.0, 5.0, 40.0)))
@settings(max_examples=40, deadline=None)
def test_nothing_open_is_done(log: pl.DataFrame, days: float | None) -> None:
    """A step without an end by the moment is never done, and a visit is open exactly when something is."""
    found = judged(log, days)
    steps = found.steps
    assert steps.filter((pl.col("state") == "done") & pl.col("ended").is_null()).is_empty()
    assert steps.filter(pl.col("state").is_in(["open", "unended"]) & pl.col("ended").is_not_null()).is_empty()
    waiting = set(steps.filter(pl.col("state") == "open")["visit"])
    open_visits = set(found.visits.filter(pl.col("open") == "yes")["visit"])
    assert waiting <= open_visits
    assert found.visits.filter((pl.col("open") == "yes") != pl.col("left").is_null()).is_empty()
    late = found.breaches.filter(pl.col("kind").is_in(["late", "late_open"]) & (pl.col("code") != "visit"))
    ended = dict(steps.explode("events").select("events", "ended").rows())
    for kind, ids in late.select("kind", "events").rows():
        assert (ended[ids[0]] is None) == (kind == "late_open")


@given(logs(), st.sampled_from((None, 5.0)))
@settings(max_examples=40, deadline=None)
def test_a_clock_never_runs_ahead_of_time(log: pl.DataFrame, days: float | None) -> None:
    """Counted hours lie between nothing and the hours that passed; hours over are counted less standard."""
    found = judged(log, days)
    timed = found.steps.drop_nulls("counted_h")
    assert (timed["counted_h"] >= 0).all()
    assert (timed["counted_h"] <= timed["elapsed_h"]).all()
    assert (found.visits["counted_h"] <= found.visits["elapsed_h"]).all()
    over = found.breaches.drop_nulls("sla_h")
    assert ((over["counted_h"] - over["sla_h"] - over["over_h"]).abs() < 1e-9).all()
    assert (found.breaches["over_h"].drop_nulls() > 0).all()


@given(logs())
@settings(max_examples=30, deadline=None)
def test_measures_add_up_to_the_steps(log: pl.DataFrame) -> None:
    """Attainment counts each judged step once in every grouping; hours over are those of the breaches."""
    found = judged(log)
    totals = {by: found.attainment(by)["n"].sum() for by in ("step", "party", "place", "period")}
    assert len(set(totals.values())) == 1
    for row in found.attainment("step").iter_rows(named=True):
        assert row["n"] == row["within"] + row["over"] + row["open_over"] + row["open"]
        assert row["share_km"] is None or 0 <= row["low_km"] <= row["share_km"] <= row["high_km"] <= 1
    late = found.breaches.filter(pl.col("kind").is_in(["late", "late_open"]))
    steps_h, visits_h = (
        late.filter((pl.col("code") == "visit") == whole)["over_h"].sum() for whole in (False, True)
    )
    losses = found.losses("place")
    assert abs(losses["over_h"].sum() - steps_h) < 1e-6
    assert abs(losses["visit_over_h"].sum() - visits_h) < 1e-6


@given(logs(), st.integers(1, 4))
@settings(max_examples=15, deadline=None)
def test_parts_say_what_the_whole_says(log: pl.DataFrame, parts: int) -> None:
    """Judged in parts of shipments a log gives the same counts, breaches and attainment."""
    whole = conform(log, small_regime(), frames())
    split = conform_parts(log.lazy(), small_regime(), frames(), parts=parts)
    assert split.counts == whole.counts
    assert split.breaches.sort("breach").equals(whole.breaches.sort("breach"))
    assert split.attainment("party").equals(whole.attainment("party"))


@given(logs(), st.randoms())
@settings(max_examples=15, deadline=None)
def test_the_order_of_rows_does_not_matter(log: pl.DataFrame, random: Any) -> None:
    """A shuffled file gives the same visits and as many breaches of each kind, ties of instants aside."""
    log = log.unique(["shipment", "start", "end"], maintain_order=True, keep="first")
    log = log.filter(pl.coalesce("start", "end").is_first_distinct())
    rows = list(range(log.height))
    random.shuffle(rows)
    one, two = judged(log), judged(log[rows])
    assert one.visits.equals(two.visits)
    assert one.breaches.equals(two.breaches)
