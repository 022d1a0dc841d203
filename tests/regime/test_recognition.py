"""Checks of the neighbour that stand for ours, and controls done twice, summed by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from regime_made import DAY, crossing, frames, recognition

from daliz.regime import Regime, duplicates, waived
from daliz.regime.recognition import Passage, between, passages

OVER = Passage("aa-bb-road", "road", "aa-post", "bb-post", "AA", "BB")


def free(*rows: dict[str, Any], hs: str = "", cargo_class: str = "any", day: dt.date = DAY) -> list[str]:
    regime = Regime.from_frames(frames(recognitions=list(rows)))
    return [row["code"] for row in waived(regime, OVER, day, hs, "*", cargo_class)]


def test_an_agreement_waives_the_step_it_names() -> None:
    """The entering post need not do what the agreement accepts from the other side."""
    regime = Regime.from_frames(frames(recognitions=[recognition("vet", "veterinary")]))
    assert waived(regime, OVER, DAY) == [
        {
            "item": "bb-post-road-in-v1-veterinary", "code": "veterinary", "recognition": "vet",
            "partner_code": "veterinary", "valid_from": dt.date(2020, 1, 1), "valid_to": None, "source": "s",
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"status": "signed"},
        {"status": "proposed"},
        {"country": "AA", "partner": "BB"},
        {"modes": ["rail"]},
        {"valid_from": dt.date(2025, 3, 2)},
        {"valid_to": dt.date(2025, 2, 28)},
        {"code": "phytosanitary"},
        {"hs": ["02"]},
        {"cargo_class": "dangerous"},
    ],
)
def test_an_agreement_that_does_not_fit_waives_nothing(change: dict[str, Any]) -> None:
    """Not in force, the other way, another mode, too early, too late, no such step, goods not known."""
    assert free(recognition("vet", "veterinary") | change) == []


def test_an_agreement_for_some_goods_waives_for_those() -> None:
    """Prefixes of the HS code decide, and the cargo class where one is named."""
    for_meat = recognition("vet", "veterinary", hs=["02", "0401"])
    assert free(for_meat, hs="020130") == ["veterinary"]
    assert free(for_meat, hs="040210") == []
    assert free(recognition("vet", "veterinary", cargo_class="perishable"), cargo_class="perishable") == [
        "veterinary"
    ]


def test_controls_done_twice_are_summed_by_hand() -> None:
    """From Aa to Bb: customs 4 h and 6 h (the later vintage), guards .5 and 1, vets .1 * 2 and .5 * 3."""
    regime = Regime.from_frames(frames())
    twice = duplicates(frames(), regime, DAY)
    told = [(row["from_place"], row["code"], row["out_h"], row["in_h"], row["smaller_h"]) for row in twice]
    assert told == [
        ("aa-post", "customs_clearance", 4.0, 6.0, 4.0),
        ("aa-post", "border_security", 0.5, 1.0, 0.5),
        ("aa-post", "veterinary", pytest.approx(0.2), pytest.approx(1.5), pytest.approx(0.2)),
    ]


def test_a_waived_control_is_not_done_twice_and_a_partly_waived_one_is() -> None:
    """An agreement for all goods takes the control off the list; one for some goods is named beside it."""
    rows = [recognition("all", "customs_clearance"), recognition("meat", "veterinary", hs=["02"])]
    twice = duplicates(frames(), Regime.from_frames(frames(recognitions=rows)), DAY)
    assert [(row["code"], row["partly"]) for row in twice] == [
        ("border_security", None),
        ("veterinary", "meat"),
    ]


def test_a_closed_crossing_and_a_closed_direction_are_no_passage() -> None:
    """Planned and closed crossings are passed over; one way is one passage."""
    rows = [crossing("road", directions="a_to_b"), crossing("rail", status="closed")]
    assert list(passages(frames(crossings=rows))) == [OVER]


def test_two_sides_of_one_crossing_show_what_they_both_do() -> None:
    """For the posts of a crossing the controls done twice are told, for a post and itself none."""
    regime = Regime.from_frames(frames())
    out, into = regime.at("aa-post", DAY), regime.at("bb-post", DAY)
    assert len(between(frames(), regime, out, into, DAY)) == 3
    assert between(frames(), regime, out, out, DAY) == []
