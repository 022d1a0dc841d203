"""Single OpenStreetMap values: what mappers write, by hand and at random."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daliz.io.osm import tags as read
from daliz.io.osm.ways import Options, kind_of, line, row_of


@pytest.mark.parametrize(
    ("raw", "found", "problem"),
    [
        ("1520", (1520,), ""), ("1520;1435", (1520, 1435), ""), ("1435 mm", (1435,), ""),
        ("broad", (1520,), "osm.gauge_broad"), ("standard", (1435,), ""), ("wide", (), "osm.gauge_unread"),
    ],
)  # fmt: skip
def test_gauges(raw: str, found: tuple[int, ...], problem: str) -> None:
    assert read.gauges_mm(raw) == (found, problem)


@pytest.mark.parametrize(
    ("raw", "kmh", "code", "problem"),
    [
        ("60", 60.0, "", ""), ("40 mph", 64.37376, "", ""), ("60;40", 40.0, "", ""),
        ("RU:urban", 60.0, "RU:urban", ""), ("XX:rural", None, "XX:rural", "osm.maxspeed_code"),
        ("none", None, "none", ""), ("fast", None, "", "osm.maxspeed_unread"),
        ("900", None, "", "osm.maxspeed_unread"),
    ],
)  # fmt: skip
def test_speeds(raw: str, kmh: float | None, code: str, problem: str) -> None:
    assert read.speed_kmh(raw) == (pytest.approx(kmh) if kmh else kmh, code, problem)


@pytest.mark.parametrize(
    ("raw", "hours"),
    [("1:30", 1.5), ("01:30:00", 1.5), ("PT5H", 5.0), ("P1DT2H", 26.0), ("90", 1.5), ("5 h", 5.0),
     ("1h30", 1.5), ("PT90M", 1.5)],
)  # fmt: skip
def test_durations(raw: str, hours: float) -> None:
    assert read.hours(raw) == (pytest.approx(hours), "")


@pytest.mark.parametrize("raw", ["", "soon", "PT", "0", "99999 days", "1:75"])
def test_durations_that_say_nothing_are_findings(raw: str) -> None:
    assert read.hours(raw) == (None, "osm.duration_unread")


def test_limits_of_lorries() -> None:
    assert read.weight_t("7.5") == (7.5, "")
    assert read.weight_t("20000 lbs") == (pytest.approx(9.0718474), "")
    assert read.weight_t("heavy") == (None, "osm.maxweight_unread")
    assert read.height_m("13'6\"") == (pytest.approx(4.1148), "")
    assert read.height_m("4,2 m") == (pytest.approx(4.2), "")
    assert read.height_m("none") == (None, "")
    assert read.lorry("destination") == ("limited", "")
    assert read.lorry("perhaps") == ("", "osm.access_unread")
    assert read.oneway("-1") == (-1, "")


READERS = (
    read.gauges_mm, read.electrified, read.speed_kmh, read.hours, read.weight_t, read.height_m, read.lorry,
    read.oneway, read.tracks,
)  # fmt: skip


@given(st.sampled_from(READERS), st.one_of(st.text(max_size=20), st.from_regex(r"[0-9:;.,hPTm' ]{0,9}")))
def test_no_reader_raises_and_a_finding_is_a_key(reader: object, raw: str) -> None:
    """Whatever was written, the answer is a value or the key of what is wrong."""
    *_, problem = reader(raw)  # type: ignore[operator]
    assert problem == "" or problem.startswith("osm.")


@given(st.integers(1, 500), st.sampled_from(["", " km/h", "kmh"]))
def test_a_whole_speed_is_read_as_written(kmh: int, unit: str) -> None:
    assert read.speed_kmh(f"{kmh}{unit}") == (kmh, "", "")


def test_what_is_kept_and_what_is_counted_as_left_out() -> None:
    everything = Options()
    assert line({"railway": "rail"}, everything) == ("rail", "rail", "")
    assert line({"railway": "rail", "service": "yard"}, everything) == ("", "", "service=yard")
    assert line({"railway": "rail", "service": "yard"}, Options(side_tracks=True))[0] == "rail"
    assert line({"railway": "construction"}, everything) == ("", "", "railway=construction")
    assert line({"highway": "trunk_link"}, everything) == ("road", "trunk_link", "")
    assert line({"highway": "footway"}, everything) == ("", "", "highway=footway")
    assert line({"route": "ferry"}, Options(modes=("rail",))) == ("", "", "mode=ferry")
    assert kind_of({"barrier": "border_control"}) == "border_control"


def test_the_tag_that_speaks_of_lorries_most_closely_decides() -> None:
    row, unread = row_of({"highway": "primary", "hgv": "no", "access": "yes"}, "road", "primary")
    assert row["lorry"] == "no"
    assert not unread
    row, unread = row_of({"highway": "motorway", "maxspeed": "x", "gauge": "y"}, "road", "motorway")
    assert row["oneway"] == 1
    assert unread == [("maxspeed", "x", "osm.maxspeed_unread")]
