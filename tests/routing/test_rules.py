"""Who may pass with what: bans by goods, state and day, and what is scarce on the way."""

from __future__ import annotations

import csv
import datetime as dt
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hand_made import CROSSINGS, DAY, arc, atlas_of, option, rule, step, world

import daliz
from daliz.model.frozen import Arc, Cargo
from daliz.routing import Request, route
from daliz.routing.rules import availability, binding, blocked, in_doubt, rules_met, said
from daliz.schema import load_folder

if TYPE_CHECKING:
    from daliz.routing import Atlas

DATA = Path(daliz.__file__).parent / "data"
WAY = (
    arc("leg", "rail", "kz-almaty", "kz-post"),
    arc("crossing", "rail", "kz-post", "ru-moscow", crossing="kz-ru-rail"),
    arc("leg", "rail", "ru-moscow", "ru-port"),
    arc("crossing", "rail", "ru-moscow", "by-brest", crossing="ru-by-rail"),
    arc("crossing", "rail", "by-brest", "pl-post", crossing="by-pl-rail"),
    arc("leg", "rail", "pl-post", "pl-warsaw"),
)
SHUT_TO_CARRIERS = re.compile(r"carrier|lorr|trailer|driver|operator|registered|visa", re.IGNORECASE)


def shut(
    rows: list[dict[str, Any]],
    *trip: str,
    hs: str | None = None,
    day: dt.date = DAY,
    arcs: tuple[Arc, ...] = WAY,
) -> dict[int, str]:
    """Blocked arcs of the way from Kazakhstan over Russia and Belarus to Poland."""
    start, end = trip or ("KZ", "PL")
    return blocked(atlas_of(eligibility=rows), arcs, Cargo(hs=hs), start, end, day)


def test_a_transit_ban_closes_arcs_of_a_state_on_the_way_only() -> None:
    """Transit over Russia shuts the arcs that touch Russia; a trip that starts or ends there is open."""
    rows = [rule("no-transit", "transit", ["RU"])]
    assert shut(rows) == dict.fromkeys((1, 2, 3), "no-transit")
    assert shut(rows, "RU", "PL") == {}
    assert shut(rows, "KZ", "RU") == {}


def test_an_import_ban_closes_the_borders_of_the_destination() -> None:
    """What may not enter Poland stops at its border; the same goods on the way to Germany pass."""
    rows = [rule("no-import", "import", ["PL"])]
    assert shut(rows) == {4: "no-import"}
    assert shut(rows, "KZ", "DE") == {}


def test_an_export_ban_closes_the_borders_of_the_origin() -> None:
    """What may not leave Kazakhstan stops at its border, moves inside it, and enters it freely."""
    rows = [rule("no-export", "export", ["KZ"])]
    assert shut(rows) == {1: "no-export"}
    assert shut(rows, "RU", "PL") == {}
    assert shut(rows, "KZ", "KZ") == {}


def test_an_export_ban_by_road_leaves_the_railway_open() -> None:
    """Coal may not leave by road; the lorry to the railhead and the train over the border are open."""
    rows = [rule("coal", "export", ["KZ"], modes=["road"], hs=["2701"])]
    arcs = (
        arc("leg", "road", "kz-almaty", "kz-post"),
        arc("crossing", "road", "kz-post", "ru-moscow", crossing="kz-ru-road"),
        arc("crossing", "rail", "kz-post", "ru-moscow", crossing="kz-ru-rail"),
    )
    assert shut(rows, "KZ", "RU", hs="270112", arcs=arcs) == {1: "coal"}


def test_a_border_rule_closes_the_crossings_of_a_pair_both_ways() -> None:
    """A border shut between Poland and Belarus stops what comes from Kazakhstan too, in both directions."""
    rows = [rule("shut", "border", ["PL"], partner=["BY"])]
    back = arc("crossing", "rail", "pl-post", "by-brest", crossing="by-pl-rail")
    assert shut(rows) == {4: "shut"}
    assert shut(rows, "PL", "KZ", arcs=(back,)) == {0: "shut"}
    assert shut([rule("road", "border", ["PL"], partner=["BY"], modes=["road"])]) == {}


def test_a_rule_with_goods_binds_only_a_code_that_begins_with_one() -> None:
    """A ban on 8542 shuts 854231 however it is written, not 8543, and not a cargo without a code."""
    rows = [rule("chips", "transit", ["RU"], hs=["8542", "88"])]
    assert set(shut(rows, hs="8542.31").values()) == {"chips"}
    assert set(shut(rows, hs="88").values()) == {"chips"}
    assert shut(rows, hs="8543") == {}
    assert shut(rows) == {}


def test_a_short_code_that_may_be_listed_is_in_doubt() -> None:
    """Under a ban on 854231 the code 8542 shuts nothing and is in doubt; 854231 and 8543 are not."""
    atlas = atlas_of(eligibility=[rule("chips", "transit", ["RU"], hs=["854231"])])
    doubts = {
        hs: len(in_doubt(atlas, Cargo(hs=hs), "PL", "KZ", DAY)) for hs in ("8542", "854231", "8543", None)
    }
    assert doubts == {"8542": 1, "854231": 0, "8543": 0, None: 0}
    assert blocked(atlas, WAY, Cargo(hs="8542"), "PL", "KZ", DAY) == {}
    (row,) = in_doubt(atlas, Cargo(hs="8542"), "PL", "KZ", DAY)
    assert said(row, "in_doubt", Cargo(hs="8542"), "en").startswith("rule chips may bind")


def test_a_partner_binds_on_its_side() -> None:
    """A ban on exports of Poland through Russia shuts the way from Poland, not the way to it."""
    one_side = [rule("r", "transit", ["RU"], partner=["PL"], partner_side="origin")]
    either = [rule("r", "transit", ["RU"], partner=["PL"])]
    elsewhere = [rule("r", "transit", ["RU"], partner=["LT"])]
    assert shut(one_side, "PL", "KZ")
    assert not shut(one_side, "KZ", "PL")
    assert shut(either, "KZ", "PL")
    assert not shut(elsewhere, "KZ", "PL")


def test_a_rule_holds_from_its_first_day_to_its_last() -> None:
    """A rule of May 2025 shuts on its first and last day and neither before nor after."""
    rows = [rule("may", "transit", ["RU"], valid_from=dt.date(2025, 5, 1), valid_until=dt.date(2025, 5, 31))]
    for day, closed in (
        ("2025-04-30", False),
        ("2025-05-01", True),
        ("2025-05-31", True),
        ("2025-06-01", False),
    ):
        assert bool(shut(rows, day=dt.date.fromisoformat(day))) is closed, day


@pytest.mark.parametrize("action", ["licence", "escort", "limit"])
def test_papers_and_limits_are_shown_and_close_nothing(action: str) -> None:
    """A licence, an escort or a limit shuts no arc and is met by an option that goes there."""
    atlas = atlas_of(eligibility=[rule("papers", "transit", ["RU"], action=action, modes=["rail"])])
    assert blocked(atlas, WAY, Cargo(), "KZ", "PL", DAY) == {}
    assert [row["rule"] for row in rules_met(atlas, option(*WAY), Cargo(), DAY)] == ["papers"]
    assert rules_met(atlas, option(WAY[0]), Cargo(), DAY) == ()


def shipped() -> Atlas:
    """The small world under the rules that ship."""
    frames, _ = load_folder(DATA)
    small = atlas_of()
    return small.with_frames({**small.frames, "eligibility": frames["eligibility"]})


def test_ordinary_transit_is_open_under_the_shipped_rules() -> None:
    """A container without a code goes from Kazakhstan over Russia and Belarus to Poland and back."""
    atlas = shipped()
    back = tuple(arc(a.kind, a.mode, a.to_place, a.from_place, crossing=a.crossing) for a in reversed(WAY))
    assert blocked(atlas, WAY, Cargo(), "KZ", "PL", DAY) == {}
    assert blocked(atlas, back, Cargo(), "PL", "KZ", DAY) == {}
    assert blocked(atlas, WAY, Cargo(hs="940360"), "KZ", "PL", DAY) == {}


@pytest.mark.parametrize(
    ("hs", "start", "end", "named"),
    [
        ("8542310000", "PL", "KZ", "eu-ru-transit-dual-use"),
        ("841370", "PL", "KZ", "eu-ru-transit-industrial"),
        ("880730", "DE", "KZ", "eu-ru-transit-advanced-technology"),
        ("440710", "RU", "PL", "eu-ru-wood-import"),
        ("310420", "BY", "PL", "eu-by-goods"),
        ("0406", "PL", "RU", "ru-food-import"),
    ],
)
def test_listed_goods_are_shut_with_the_rule_named(hs: str, start: str, end: str, named: str) -> None:
    """Listed goods are stopped on the northern way, and the rule that stops them is named."""
    atlas = shipped()
    assert named in blocked(atlas, WAY, Cargo(hs=hs), start, end, DAY).values()
    assert named in {row["rule"] for row in binding(atlas, Cargo(hs=hs), start, end, DAY)}


def test_shipped_bans_are_about_cargo_not_carriers() -> None:
    """No ban speaks of carriers, vehicles or people; a ban without goods is a shut border or barred trade."""
    with (DATA / "eligibility" / "common.csv").open(encoding="utf-8", newline="") as lines:
        bans = [row for row in csv.DictReader(lines) if row["action"] == "ban"]
    for row in bans:
        if row["hs"]:
            aside = ("exempt", "turned back")
            assert not SHUT_TO_CARRIERS.search(row["note"]) or any(word in row["note"] for word in aside), row
        else:
            assert row["movement"] == "border" or row["partner"], row


def test_a_road_border_shut_by_a_rule_of_last_year_is_open_again() -> None:
    """Poland and Belarus were shut on 20 September 2025 and are not on the reference date."""
    atlas = shipped()
    on_the_day = blocked(atlas, WAY, Cargo(), "KZ", "PL", dt.date(2025, 9, 20))
    assert on_the_day == {4: "pl-by-closure-2025"}


def test_quotas_and_shortages_are_listed_in_the_order_of_the_way() -> None:
    """A crossing of 650 lorries a day and a wait for wagons of 24 h are two entries with their class."""
    rows = world()["crossings"]
    for row in rows:
        if row["crossing"] == "cn-kz-road":
            row.update(quota_per_day=650.0, quota_unit="trucks", quality="published", note="queue")
    waits = arc(
        "crossing", "rail", "by-brest", "pl-post", crossing="by-pl-rail",
        steps=(step("rail_customs", 3.0), step("rail_no_wagons", 24.0, place="by-brest")),
    )  # fmt: skip
    way = option(arc("crossing", "road", "cn-post", "kz-post", crossing="cn-kz-road"), waits)
    quota, shortage = availability(way, atlas_of(crossings=rows))
    assert (quota.kind, quota.subject, quota.per_day, quota.unit) == ("quota", "cn-kz-road", 650.0, "trucks")
    assert (quota.quality, quota.note) == ("published", "queue")
    assert (shortage.kind, shortage.subject, shortage.hours) == ("rail_no_wagons", "by-brest", 24.0)
    assert shortage.quality == "published"
    said = quota.as_dict(atlas_of(crossings=rows), "en")["text"]
    assert said == "cn-kz-road: at most 650 trucks a day; no queue is counted for it"


def test_a_quota_names_the_queue_counted_for_it_and_adds_none(atlas: Atlas) -> None:
    """Over Nur Zholy the note tells the hours of the queueing steps of both posts, already in the way."""
    asked = Request("kz-nur-zholy", "cn-khorgos-road", cargo=Cargo(mode="road"))
    found = route(atlas, asked).options[0]
    (quota,) = [one for one in availability(found, atlas) if one.kind == "quota"]
    done = [one for each in found.arcs for one in each.steps]
    queue = [one.hours for one in done if one.code == "waiting_queue"]
    assert quota.hours == pytest.approx(sum(queue))
    assert quota.hours > 1
    moved = sum(each.move_h for each in found.arcs)
    assert found.time_mean_h == pytest.approx(moved + sum(one.hours for one in done) + sum(found.waits_h))
    assert f"{quota.hours:.1f}" in quota.as_dict(atlas, "kk")["text"]


def test_two_waits_for_one_thing_at_one_place_are_one_entry() -> None:
    """Two waits of 24 and 6 h that always occur are one of 30 h."""
    twice = (step("rail_no_wagons", 24.0), step("rail_no_wagons", 6.0))
    (found,) = availability(option(arc("leg", "rail", "kz-almaty", "kz-aktau", steps=twice)), atlas_of())
    assert (found.hours, found.probability) == (30.0, 1.0)


def test_a_way_without_limits_has_none() -> None:
    """Crossings without a quota and steps that wait for nothing scarce give no entry."""
    assert availability(option(*WAY), atlas_of()) == ()
    assert "by-pl-rail" in CROSSINGS
