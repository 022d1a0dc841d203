"""Events of a day on the network that ships: one storm for all options and shipments, one answer a query."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from daliz.engine.spread import part_draws_h
from daliz.errors import BadValue
from daliz.model.frozen import Cargo
from daliz.routing import Request, route
from daliz.routing.option import events, parts

if TYPE_CHECKING:
    from daliz.routing import Atlas, Option

BY_SEA = Request("Altynkol", "Poti", via=("Aktau port", "Alat port"), depart="2026-12-03", seed=5)
DUE = replace(BY_SEA, arrive_by="2026-12-18")


def met(option: Option, seed: int) -> dict[int, np.ndarray]:
    """Whether and how long each event of the day lasts, relative to its mean, by number of the event."""
    shared = events(option.arcs, option.waits_h, option.day)
    spread = parts(option.arcs, option.waits_h)
    drawn = part_draws_h(*spread, seed=seed, events=shared)
    return {
        stream: drawn[:, at] / spread[0][at] for at, stream in enumerate(shared.stream) if stream >= 0
    }  # fmt: skip


def test_options_through_one_port_meet_the_same_day(atlas: Atlas) -> None:
    """What two options meet at the same place and activity is the same draw in both, wherever on the way."""
    options = route(atlas, BY_SEA).options
    assert len(options) >= 2
    one, other = met(options[0], 5), met(options[1], 5)
    both = set(one) & set(other)
    assert len(both) >= 2
    for stream in both:
        assert np.allclose(one[stream], other[stream])


def test_another_day_is_another_draw(atlas: Atlas) -> None:
    """The events of the next day have streams of their own."""
    option = route(atlas, BY_SEA).options[0]
    today = set(events(option.arcs, option.waits_h, option.day).stream) - {-1}
    tomorrow = set(events(option.arcs, option.waits_h, option.day + 1).stream) - {-1}
    assert today
    assert not today & tomorrow


def test_weather_restriction_and_queue_are_events_and_controls_are_not(atlas: Atlas) -> None:
    """Steps of the declared codes are shared; a customs check of one shipment is not."""
    codes = {row["code"]: row["shared"] for row in atlas.frames["activity_codes"].to_dicts()}
    assert {"port_weather", "rail_entry_restriction", "waiting_queue"} <= {
        c for c, s in codes.items() if s == "yes"
    }
    arcs = [arc for option in route(atlas, BY_SEA).options for arc in option.arcs]
    steps = [step for arc in arcs for step in arc.steps]
    assert {step.shared for step in steps} == {True, False}
    assert all(step.shared == (codes[step.code] == "yes") for step in steps)


def test_the_same_query_gives_the_same_answer_after_any_other(atlas: Atlas) -> None:
    """Asked again after another trip, day and seed, the answer is the same to the last digit."""
    first = route(atlas, DUE).as_dict()
    route(atlas, replace(DUE, seed=9, depart="2026-12-04"))
    route(atlas, Request("Almaty", "Tashkent"))
    assert route(atlas, DUE).as_dict() == first


def test_all_boxes_of_a_day_are_on_time_more_often_than_apart(atlas: Atlas) -> None:
    """Three 40-foot boxes (6 TEU): the joint chance lies between the product and the chance of one."""
    answer = route(atlas, replace(DUE, cargo=Cargo(teu=6.0)))
    assert answer.shipments == 3
    for option in answer.options:
        assert option.on_time is not None
        assert option.all_on_time is not None
        assert option.all_on_time <= option.on_time
        if 0.1 < option.on_time < 0.9:
            assert option.all_on_time > option.on_time**3 + 0.02
    told = [option["all_on_time"] for option in answer.as_dict()["options"]]
    assert told == [option.all_on_time for option in answer.options]


def test_one_shipment_or_no_due_time_has_no_joint_chance(atlas: Atlas) -> None:
    """Two TEU are one shipment, and without a due time there is nothing to be late for."""
    assert {option.all_on_time for option in route(atlas, DUE).options} == {None}
    without = replace(BY_SEA, cargo=Cargo(teu=6.0))
    assert {option.all_on_time for option in route(atlas, without).options} == {None}
    asked = route(atlas, replace(DUE, shipments=4))
    assert asked.shipments == 4
    assert None not in {option.all_on_time for option in asked.options}


@pytest.mark.parametrize("shipments", [0, -1, 501])
def test_a_senseless_number_of_shipments_is_refused(atlas: Atlas, shipments: int) -> None:
    """None, less than none and more than are drawn are refused with the range."""
    with pytest.raises(BadValue) as refused:
        route(atlas, replace(DUE, shipments=shipments))
    assert "500" in refused.value.text("kk")
