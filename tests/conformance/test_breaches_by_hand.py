"""The breaches of a small log worked out by hand, one by one."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from made import (
    ABROAD,
    ASKED_AT,
    POST,
    at,
    checklist,
    event,
    events,
    frames,
    item,
    regime,
    small_log,
    small_regime,
)

from daliz.conformance import Conformance, Options, conform
from daliz.errors import BadValue, UnknownPlace
from daliz.schema import table

BREACHES = [
    # S1 did all in order and in time, but was promised for 13:00 and ended at 13:30.
    ("S1", "case", None, "deadline", None, None, 0.5, "no", ["S1-4"]),
    # S2 came on Monday 2 February at 09:00 UTC. Customs ran from 10:00 to 07:30 of Tuesday: open until
    # 13:00, so 3 h, and from 04:00 to 07:30, so 3.5 h: 6.5 h against 4. Plants 4 h against 3. In all 27.5 h
    # against 24.
    ("S2", "rail_customs", "customs", "late", 4.0, 6.5, 2.5, "no", ["S2-2"]),
    ("S2", "rail_phytosanitary", "phytosanitary", "late", 3.0, 4.0, 1.0, "no", ["S2-3"]),
    ("S2", "visit", None, "late", 24.0, 27.5, 3.5, "no", ["S2-1", "S2-4"]),
    # S3: 8 h of customs less 3 h in which the carrier mended its documents: 5 h against 4.
    ("S3", "rail_customs", "customs", "late", 4.0, 5.0, 1.0, "no", ["S3-3"]),
    # S4 left without a plant check, met customs twice and was washed, which no list asks for.
    ("S4", "rail_customs", "customs", "repeated", None, None, None, "no", ["S4-3"]),
    ("S4", "rail_phytosanitary", "phytosanitary", "skipped", None, None, None, "no", ["S4-1", "S4-5"]),
    ("S4", "wash", None, "unknown", None, None, None, "no", ["S4-4"]),
    # S5 was transloaded before customs.
    ("S5", "gauge_change_transload", "terminal_operator", "out_of_order", None, None, None, "no", ["S5-3"]),
    # S6 stands with customs since Friday 11:00 UTC: 2 h on Friday, 6 h on Monday, against 3 of the list of
    # March; 5 h over is past the 4.5 h of escalation. The visit: three days against 24 h. The case is a day
    # late.
    ("S6", "case", None, "deadline_open", None, None, 24.0, "no", ["S6-2"]),
    ("S6", "rail_customs", "customs", "late_open", 3.0, 8.0, 5.0, "yes", ["S6-2"]),
    ("S6", "visit", None, "late_open", 24.0, 72.0, 48.0, "no", ["S6-1", "S6-2"]),
    # S7 by the list of March: 3.5 h against 3. Its plants were checked in China, which counts since 10 March.
    ("S7", "rail_customs", "customs", "late", 3.0, 3.5, 0.5, "no", ["S7-2"]),
    # S8 was in China too, but not for its plants: the check was needed, and transloading has passed it over.
    ("S8", "rail_phytosanitary", "phytosanitary", "skipped", None, None, None, "no", ["S8-1", "S8-3"]),
    # S9: the end of its inspection was never logged, so nothing is said of it.
]


@pytest.fixture(scope="module")
def found() -> Conformance:
    """The small log judged on Monday 16 March, 10:00 UTC."""
    return conform(small_log(), small_regime(), frames(), ASKED_AT)


def test_the_breaches_are_those_found_by_hand(found: Conformance) -> None:
    """All fourteen and no other: shipment, code, party, kind, standard, hours counted and over, events."""
    columns = ("shipment", "code", "party", "kind", "sla_h", "counted_h", "over_h", "escalated", "events")
    rows = found.breaches.sort("shipment", "code", "kind").select(columns).rows()
    assert rows == BREACHES
    assert found.breaches["breach"].n_unique() == len(BREACHES)
    assert set(found.breaches["quality"]) == {"measured"}


def test_every_breach_leads_to_events_of_its_shipment(found: Conformance) -> None:
    """The ids of a breach are events of the log, of the same shipment."""
    whose = dict(small_log().select("event", "shipment").rows())
    for shipment, ids in found.breaches.select("shipment", "events").rows():
        assert ids
        assert {whose[one] for one in ids} == {shipment}


def test_counts_of_the_small_log(found: Conformance) -> None:
    """39 events: one retracted, one after the moment, one movement, 36 in 11 visits of which one is open."""
    counts = found.counts
    assert {name: counts[name] for name in ("events", "not_standing", "later", "movement", "in_visits")} == {
        "events": 39, "not_standing": 1, "later": 1, "movement": 1, "in_visits": 36,
    }  # fmt: skip
    assert (counts["visits"], counts["open"], counts["without_checklist"], counts["searched"]) == (
        11,
        1,
        2,
        1,
    )
    assert [counts[f"promise{name}"] for name in ("d", "_kept", "_broken", "_broken_open", "_open")] == [
        3,
        1,
        1,
        1,
        0,
    ]


def test_what_is_open_is_not_done(found: Conformance) -> None:
    """S6: customs is open with its hours so far, transloading without a begin; S9 has an unended step."""
    steps = found.steps.filter(pl.col("visit").str.starts_with("S6@")).select("code", "state", "counted_h")
    assert steps.rows() == [
        ("rail_arrival_inspection", "done", 1.0), ("rail_customs", "open", 8.0),
        ("gauge_change_transload", "open", None), ("rail_phytosanitary", "waived", None),
    ]  # fmt: skip
    nine = found.steps.filter(pl.col("visit").str.starts_with("S9@"))
    assert nine.select("state", "counted_h").row(0) == ("unended", None)
    visit = (
        found.visits.filter(pl.col("shipment") == "S6")
        .select("left", "open", "elapsed_h", "checklist")
        .row(0)
    )
    assert visit == (None, "yes", 72.0, "post-2")


def test_a_waived_check_names_its_proof(found: Conformance) -> None:
    """S7 was checked in China; S6 came from there in a log that is silent on China."""
    waived = found.steps.filter(pl.col("state") == "waived").select("visit", "events").rows()
    assert waived == [(f"S6@{POST}:rail:in:1", []), (f"S7@{POST}:rail:in:2", ["S7-cn"])]


def test_next_step_of_a_shipment_on_its_way(found: Conformance) -> None:
    """S6 is with customs, 5 h over; transloading waits for it. S1 is through. S0 is unknown."""
    (step,) = found.next_step("S6")
    assert (step.code, step.party, step.left_h, step.due, step.begun) == (
        "rail_customs", "customs", -5.0, None, at("03-13", "11:00"),
    )  # fmt: skip
    assert found.next_step("S1") == ()
    with pytest.raises(UnknownPlace):
        found.next_step("S0")


def test_time_left_ends_on_the_calendar() -> None:
    """On Friday at 12:00 UTC one hour of three is gone and one is left that day: due on Monday at 05:00."""
    asked = conform(small_log(), small_regime(), frames(), at("03-13", "12:00"))
    (step,) = asked.next_step("S6")
    assert (step.counted_h, step.left_h, step.due) == (1.0, 2.0, at("03-16", "05:00"))
    before = conform(small_log(), small_regime(), frames(), at("03-13", "11:00") - dt.timedelta(minutes=1))
    (step,) = before.next_step("S6")
    assert (step.code, step.left_h) == ("rail_arrival_inspection", 2.0 - 59 / 60)


def test_attainment_by_hand(found: Conformance) -> None:
    """Customs: nine judged, five within, three over, one open and over already; five ninths."""
    row = found.attainment("party").row(by_predicate=pl.col("key") == "customs", named=True)
    assert [row[name] for name in ("n", "within", "over", "open_over", "open")] == [9, 5, 3, 1, 0]
    assert row["share"] == pytest.approx(5 / 9)
    assert row["share_km"] == pytest.approx(5 / 9)
    assert (row["low"], row["high"]) == pytest.approx((0.2120, 0.8630), abs=1e-4)


def test_losses_by_hand(found: Conformance) -> None:
    """Customs: 2.5+1+5+0.5 h over and one hour repeated, 20 t at 0.50 USD: 100 USD; visits 51.5 h apart."""
    row = found.losses("step").row(by_predicate=pl.col("key") == "rail_customs", named=True)
    assert (row["n"], row["open"], row["over_h"], row["repeated_h"], row["usd"]) == (5, 1, 9.0, 1.0, 100.0)
    assert row["tonnes_assumed"] == 5
    visit = found.losses("step").row(by_predicate=pl.col("key") == "visit", named=True)
    assert (visit["n"], visit["visit_over_h"], visit["usd"]) == (0, 51.5, 0.0)
    assert found.sources == ("time-rail",)
    months = found.losses("period").sort("key").select("key", "over_h", "repeated_h", "unknown_h").rows()
    assert months == [("2026-02", 4.5, 1.0, 1.0), ("2026-03", 5.5, 0.0, 0.0)]
    assert found.losses("corridor").select("key", "over_h").rows() == [("middle", 10.0)]


def test_payments_of_steps_that_nobody_asked_for_are_lost() -> None:
    """30 official and 20 unofficial USD for a wash are lost, 9 000 KZT are counted and not converted."""
    list_ = regime(checklist("post", [item("rail_customs", "customs")]))
    log = events(
        [
            event("1", "S", "rail_customs", at("02-02", "04:00"), at("02-02", "05:00"), tonnes=40.0,
                  official_amount=70.0, official_currency="USD"),
            event("2", "S", "wash", at("02-02", "05:00"), at("02-02", "07:00"), tonnes=40.0,
                  official_amount=30.0,
                  official_currency="USD", unofficial_amount=20.0, unofficial_currency="USD"),
            event("3", "S", "wash", at("02-02", "07:00"), at("02-02", "07:30"), tonnes=40.0,
                  official_amount=9000.0, official_currency="KZT"),
        ]
    )  # fmt: skip
    row = conform(log, list_, frames()).losses("place").row(0, named=True)
    assert (row["unknown_h"], row["usd"]) == (2.5, 2.5 * 40 * 0.5)
    assert (row["official_usd"], row["unofficial_usd"], row["not_usd"]) == (30.0, 20.0, 1)


def test_the_checklist_is_that_of_the_day_at_the_place() -> None:
    """At 18:59 UTC of 28 February, 23:59 at the post, the old list holds; two minutes later the new one."""
    log = events(
        [
            event("1", "A", "rail_arrival_inspection", at("02-28", "18:59"), at("02-28", "19:30")),
            event("2", "B", "rail_arrival_inspection", at("02-28", "19:01"), at("02-28", "19:30")),
        ]
    )
    found = conform(log, small_regime(), frames()).visits.sort("shipment")["checklist"].to_list()
    assert found == ["post-1", "post-2"]
    assert [
        small_regime().valid(POST, "rail", "in", day).id  # type: ignore[union-attr]
        for day in (dt.date(2026, 2, 28), dt.date(2026, 3, 1))
    ] == found


def test_an_unknown_direction_is_taken_from_the_only_list() -> None:
    """With one list at the post a log without directions is judged; with two it is not, and so counted."""
    log = events(
        [event("1", "A", "rail_customs", at("02-02", "04:00"), at("02-02", "05:00"), direction=None)]
    )
    one = regime(checklist("in", [item("rail_customs", "customs")]))
    two = regime(
        checklist("in", [item("rail_customs", "customs")]),
        checklist("out", [item("rail_customs", "customs")], direction="out"),
    )
    assert conform(log, one, frames()).visits["checklist"].to_list() == ["in"]
    unjudged = conform(log, two, frames())
    assert unjudged.visits["checklist"].to_list() == [None]
    assert unjudged.counts["without_checklist"] == 1


def test_visits_end_at_movements_other_places_and_long_silences() -> None:
    """A movement, another place and 31 days without a word each begin a new visit; 29 days do not."""

    def stay(name: str, day: str, **more: object) -> dict[str, object]:
        return event(name, "A", "rail_customs", at(day, "04:00"), at(day, "05:00"), **more)

    rows = [
        stay("1", "01-01"), stay("2", "01-30"),
        stay("m", "01-31", place=None, distance_km=10.0), stay("3", "02-01"),
        stay("4", "02-02", place=ABROAD, direction="out"), stay("5", "02-03"), stay("6", "03-07"),
    ]  # fmt: skip
    many = regime(checklist("post", [item("rail_customs", "customs", most_times=9)]))
    found = conform(events(rows), many, frames())
    assert found.visits.sort("arrived").select("place", pl.col("arrived").dt.ordinal_day()).rows() == [
        (POST, 1), (POST, 32), (ABROAD, 33), (POST, 34), (POST, 66),
    ]  # fmt: skip
    assert conform(events(rows), many, frames(), options=Options(gap_h=24 * 40)).visits.height == 4
    with pytest.raises(BadValue):
        Options(gap_h=0)


def test_a_log_of_instants_measures_from_one_to_the_next() -> None:
    """Where the log tells ends alone a step lasts since the end before it; the first one has no hours."""
    items = [item("rail_customs", "customs", sla_h=2.0), item("rail_documents", "railway", sla_h=2.0)]
    plan = regime(checklist("post", items))
    log = events(
        [
            event("1", "A", "rail_customs", None, at("02-02", "04:00")),
            event("2", "A", "rail_documents", None, at("02-02", "07:00")),
        ]
    )
    found = conform(log, plan, frames())
    assert found.steps["counted_h"].to_list() == [None, 3.0]
    assert found.breaches.select("code", "over_h").rows() == [("rail_documents", 1.0)]
    assert found.attainment("step")["n"].to_list() == [1]


def test_goods_decide_what_is_needed() -> None:
    """A plant check for HS 07 is needed by onions, not by shoes, and not asked of goods that are not told."""
    plan = regime(
        checklist(
            "post", [item("rail_customs", "customs"), item("rail_phytosanitary", "phytosanitary", hs=["07"])]
        )
    )
    log = events(
        [
            event(name, name, "rail_customs", at("02-02", "04:00"), at("02-02", "05:00"))
            for name in ("onions", "shoes", "unknown")
        ]
    )
    told = Options(goods={"onions": "070310", "shoes": "640399"})
    later = at("05-01")
    found = conform(log, plan, frames(), later, told).breaches
    assert found.select("shipment", "kind").rows() == [("onions", "skipped")]


def test_simulated_events_make_simulated_answers() -> None:
    """One simulated event marks its breach, its visit and the whole answer."""
    plan = regime(checklist("post", [item("rail_customs", "customs", sla_h=0.5)]))
    log = events(
        [event("1", "A", "rail_customs", at("02-02", "04:00"), at("02-02", "05:00"), quality="simulated")]
    )
    found = conform(log, plan, frames())
    assert found.simulated
    assert found.breaches["quality"].to_list() == ["simulated"]
    for lang in ("kk", "ru", "en"):
        assert len(found.as_dict(lang)["notes"]) == 1


def test_an_empty_log_has_no_breaches() -> None:
    """No events, no visits, no division by nothing."""
    found = conform(table("events").empty(), small_regime(), frames())
    assert found.breaches.is_empty()
    assert found.steps.is_empty()
    assert found.visits.is_empty()
    assert found.attainment("place").is_empty()
    assert found.losses("place").is_empty()
    assert conform(small_log(), regime(), frames(), ASKED_AT).counts["without_checklist"] == 11
