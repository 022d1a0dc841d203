"""Distances against closed forms and a published worked example; chords and lines by property."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daliz.engine.geodesy import distance_km, off_chord_km, sample_chords, simplify
from daliz.units import EARTH_RADIUS_KM

PROPERTY = settings(deadline=None, derandomize=True, max_examples=150)
KM_PER_DEG = math.pi * EARTH_RADIUS_KM / 180

latitudes = st.floats(-89.9, 89.9)
longitudes = st.floats(-180, 180)
points = st.tuples(latitudes, longitudes)


def test_distance_meets_the_worked_example_of_the_aviation_formulary() -> None:
    """Los Angeles to New York is 0.623585 radians: E. Williams, Aviation Formulary V1.47, worked examples."""
    km = float(distance_km(33 + 57 / 60, -(118 + 24 / 60), 40 + 38 / 60, -(73 + 47 / 60)))
    assert km / EARTH_RADIUS_KM == pytest.approx(0.623585, abs=1e-6)


@pytest.mark.parametrize(
    ("ends", "share_of_circle"),
    [
        ((0, 0, 0, 90), 1 / 4),
        ((0, 30, 90, 30), 1 / 4),
        ((-90, 0, 90, 0), 1 / 2),
        ((10, 20, -10, -160), 1 / 2),
        ((0, 179.5, 0, -179.5), 1 / 360),
        ((60, 0, 60, 180), 1 / 6),
        ((47, 77, 47, 77), 0),
    ],
    ids=[
        "equator",
        "meridian",
        "pole to pole",
        "antipodes",
        "over the date line",
        "over the pole",
        "nowhere",
    ],
)
def test_distance_is_the_share_of_a_great_circle(
    ends: tuple[float, float, float, float], share_of_circle: float
) -> None:
    """Where geometry gives the arc by hand, the distance is that share of the circumference."""
    assert float(distance_km(*ends)) == pytest.approx(
        share_of_circle * 2 * math.pi * EARTH_RADIUS_KM, abs=1e-3
    )


@PROPERTY
@given(points, points)
def test_distance_agrees_with_the_angle_between_vectors(
    a: tuple[float, float], b: tuple[float, float]
) -> None:
    """Haversine equals the arc between unit vectors, found by atan2 of cross and dot product."""

    def unit(lat: float, lon: float) -> np.ndarray:
        phi, lam = math.radians(lat), math.radians(lon)
        return np.array(
            [math.cos(phi) * math.cos(lam), math.cos(phi) * math.sin(lam), math.sin(phi)], dtype=np.float64
        )

    u, v = unit(*a), unit(*b)
    arc = math.atan2(float(np.linalg.norm(np.cross(u, v))), float(u @ v))
    assert float(distance_km(*a, *b)) == pytest.approx(arc * EARTH_RADIUS_KM, rel=1e-9, abs=1e-3)


@PROPERTY
@given(points, points, points)
def test_distance_is_a_metric(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> None:
    """There and back are equal, and no detour is shorter than the straight way."""
    assert float(distance_km(*a, *b)) == pytest.approx(float(distance_km(*b, *a)), abs=1e-6)
    assert float(distance_km(*a, *c)) <= float(distance_km(*a, *b)) + float(distance_km(*b, *c)) + 1e-3


def test_distance_broadcasts_to_a_matrix() -> None:
    """A column of points against a row of points gives every pair."""
    lat, lon = np.array([43.0, 51.0]), np.array([77.0, 71.0])
    table = distance_km(lat[:, None], lon[:, None], np.array([0.0, 43.0, 51.0]), np.array([0.0, 77.0, 71.0]))
    assert table.shape == (2, 3)
    assert table[0, 1] == 0
    assert table[1, 2] == 0
    assert table[0, 2] == pytest.approx(float(distance_km(43, 77, 51, 71)))


def test_off_chord_finds_the_foot_and_stays_between_the_ends() -> None:
    """The foot lies beside the point, for a point beyond at the nearer end; chords may have no length."""
    ends_a = (np.array([50.0, 50.0, 51.0]), np.array([70.0, 72.0, 71.0]))
    ends_b = (np.array([50.0, 50.0, 51.0]), np.array([72.0, 74.0, 71.0]))
    off, fraction = off_chord_km(50.5, 71.0, ends_a, ends_b)
    assert fraction[:2].tolist() == pytest.approx([0.5, 0.0])
    assert off[0] == pytest.approx(0.5 * KM_PER_DEG, rel=1e-9)
    assert off[1] == pytest.approx(float(distance_km(50.5, 71, 50, 72)), rel=0.01)
    assert off[2] == pytest.approx(0.5 * KM_PER_DEG, rel=1e-9)


chords = st.lists(
    st.tuples(st.floats(-60, 60), st.floats(-170, 170), st.floats(-1.5, 1.5), st.floats(-1.5, 1.5)),
    min_size=1,
    max_size=6,
)


@PROPERTY
@given(chords, st.floats(1, 60))
def test_chord_samples_leave_no_gap_wider_than_the_spacing(
    ends: list[tuple[float, float, float, float]], spacing_km: float
) -> None:
    """Ends and samples follow each other within the spacing, but for the few per cent a chord bends."""
    table = np.array(ends)
    lat_a, lon_a, lat_b, lon_b = (
        table[:, 0],
        table[:, 1],
        table[:, 0] + table[:, 2],
        table[:, 1] + table[:, 3],
    )
    lat, lon, chord, fraction = sample_chords(lat_a, lon_a, lat_b, lon_b, spacing_km)
    for number in range(len(ends)):
        mine = chord == number
        assert mine.any()
        assert np.all(np.diff(fraction[mine]) > 0)
        assert fraction[mine][0] > 0
        assert fraction[mine][-1] < 1
        way_lat = np.concatenate([[lat_a[number]], lat[mine], [lat_b[number]]])
        way_lon = np.concatenate([[lon_a[number]], lon[mine], [lon_b[number]]])
        gaps = distance_km(way_lat[:-1], way_lon[:-1], way_lat[1:], way_lon[1:])
        assert gaps.max() <= spacing_km * 1.06


def test_a_chord_shorter_than_the_spacing_gives_its_middle() -> None:
    """Short and zero chords are still looked at once, in the middle; a long one at even shares."""
    lat_a, lon_a = np.array([50.0, 50.0, 0.0]), np.array([70.0, 70.0, 10.0])
    lat_b, lon_b = np.array([50.2, 50.0, 4.0]), np.array([70.0, 70.0, 10.0])
    lat, _, chord, fraction = sample_chords(lat_a, lon_a, lat_b, lon_b, KM_PER_DEG * 1.001)
    assert chord.tolist() == [0, 1, 2, 2, 2]
    assert fraction.tolist() == pytest.approx([0.5, 0.5, 0.25, 0.5, 0.75])
    assert lat.tolist() == pytest.approx([50.1, 50.0, 1, 2, 3])


lines = st.lists(st.tuples(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5)), min_size=2, max_size=25)


def _off_the_line(lat: float, lon: float, ends: np.ndarray) -> float:
    """Least great-circle distance from a point to a fine sampling of one chord."""
    share = np.linspace(0, 1, 2001)
    way = ends[0] + share[:, None] * (ends[1] - ends[0])
    return float(distance_km(lat, lon, way[:, 0], way[:, 1]).min())


@PROPERTY
@given(lines, st.floats(0.5, 20))
def test_a_simplified_line_stays_within_the_tolerance(
    moves: list[tuple[float, float]], tolerance_km: float
) -> None:
    """Every dropped point lies within the tolerance of the chord that replaces it; both ends are kept."""
    line = np.array([48.0, 70.0]) + np.array(moves)
    kept = simplify(line[:, 0], line[:, 1], tolerance_km)
    assert kept[0] == 0
    assert kept[-1] == len(line) - 1
    assert np.all(np.diff(kept) > 0)
    for first, last in zip(kept[:-1], kept[1:], strict=True):
        for dropped in range(first + 1, last):
            off = _off_the_line(*line[dropped], line[[first, last]])
            assert off <= tolerance_km * 1.03 + 0.05


def test_simplify_keeps_corners_and_drops_points_in_line() -> None:
    """A right angle with points along its sides keeps its three corners only; a wide zigzag keeps all."""
    lat = np.array([50.0, 50.0, 50.0, 50.0, 50.3, 50.6])
    lon = np.array([70.0, 70.2, 70.5, 71.0, 71.0, 71.0])
    assert simplify(lat, lon, 0.5).tolist() == [0, 3, 5]
    zigzag = np.array([50.0, 50.1, 50.0, 50.1, 50.0])
    assert simplify(zigzag, np.linspace(70, 71, 5), 2.0).tolist() == [0, 1, 2, 3, 4]


def test_simplify_keeps_the_far_point_of_a_line_that_comes_back() -> None:
    """A spur out and back has a chord of no length; its tip is kept all the same."""
    assert simplify(np.array([50.0, 50.5, 50.0]), np.array([70.0, 70.0, 70.0]), 1.0).tolist() == [0, 1, 2]
