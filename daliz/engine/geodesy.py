"""Distances on the sphere, and where a point lies along a line known only by its ends and length.

Question: how far, and at which chainage?
In and out: degrees (WGS 84) and kilometres, as numpy arrays that broadcast.
Method: haversine on the mean radius. A line of true length L between nodes u and v can pass through
P only if d(u,P) + d(P,v) <= L: the locus is an ellipse with the nodes as foci, so feasibility and
chainage need no knowledge of the true shape.
Limits: the sphere is wrong by up to 0.5 per cent of the distance, less than the data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from daliz.units import EARTH_RADIUS_KM

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


def distance_km(lat_a: ArrayLike, lon_a: ArrayLike, lat_b: ArrayLike, lon_b: ArrayLike) -> Floats:
    """Great-circle distance in km; inputs in degrees, any broadcastable shapes.

    >>> round(float(distance_km(43.24, 76.94, 51.13, 71.43)))
    972
    """
    phi_a, phi_b = np.radians(lat_a), np.radians(lat_b)
    half_lat = (phi_b - phi_a) / 2
    half_lon = np.radians(np.subtract(lon_b, lon_a)) / 2
    chord = np.sin(half_lat) ** 2 + np.cos(phi_a) * np.cos(phi_b) * np.sin(half_lon) ** 2
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(chord, 0, 1))))


def off_chord_km(
    lat: float, lon: float, ends_a: tuple[Floats, Floats], ends_b: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    """Distance in km of one point from each chord, and the fraction of the foot along it.

    `ends_a` and `ends_b` are (lat, lon) arrays of shape (n,). Local plane at the point: good to
    about one per cent over the few hundred km that arcs reach.
    """
    scale = np.cos(np.radians(lat))
    km_per_deg = np.pi * EARTH_RADIUS_KM / 180
    ax, ay = (ends_a[1] - lon) * scale * km_per_deg, (ends_a[0] - lat) * km_per_deg
    bx, by = (ends_b[1] - lon) * scale * km_per_deg, (ends_b[0] - lat) * km_per_deg
    dx, dy = bx - ax, by - ay
    length_sq = dx * dx + dy * dy
    with np.errstate(invalid="ignore", divide="ignore"):
        fraction = np.where(length_sq > 0, -(ax * dx + ay * dy) / length_sq, 0.0)
    fraction = np.clip(fraction, 0.0, 1.0)
    return np.hypot(ax + fraction * dx, ay + fraction * dy), fraction


def sample_chords(
    lat_a: Floats, lon_a: Floats, lat_b: Floats, lon_b: Floats, spacing_km: float
) -> tuple[Floats, Floats, NDArray[np.int64], Floats]:
    """Inner points along straight chords, at most `spacing_km` apart.

    Returns lat, lon, the index of the chord each point belongs to, and its fraction along it.
    Chords shorter than the spacing give one point, their middle.
    """
    length = distance_km(lat_a, lon_a, lat_b, lon_b)
    count = np.maximum(1, np.ceil(length / spacing_km).astype(np.int64) - 1)
    chord = np.repeat(np.arange(len(length)), count)
    start = np.repeat(np.cumsum(count) - count, count)
    fraction = (np.arange(len(chord)) - start + 1) / (count[chord] + 1)
    lat = lat_a[chord] + fraction * (lat_b - lat_a)[chord]
    lon = lon_a[chord] + fraction * (lon_b - lon_a)[chord]
    return lat, lon, chord, fraction


def simplify(lat: Floats, lon: Floats, tolerance_km: float) -> NDArray[np.int64]:
    """Indices of the points kept by Douglas and Peucker's rule at `tolerance_km`; ends are kept."""
    keep = np.zeros(len(lat), dtype=bool)
    keep[[0, -1]] = True
    stack = [(0, len(lat) - 1)]
    while stack:
        first, last = stack.pop()
        if last - first < 2:
            continue
        inner = slice(first + 1, last)
        off, _ = _off_one_chord(lat[inner], lon[inner], (lat[first], lon[first]), (lat[last], lon[last]))
        worst = int(np.argmax(off))
        if off[worst] > tolerance_km:
            middle = first + 1 + worst
            keep[middle] = True
            stack += [(first, middle), (middle, last)]
    return np.flatnonzero(keep)


def _off_one_chord(
    lat: Floats, lon: Floats, end_a: tuple[float, float], end_b: tuple[float, float]
) -> tuple[Floats, Floats]:
    scale = np.cos(np.radians(end_a[0]))
    km_per_deg = np.pi * EARTH_RADIUS_KM / 180
    px, py = (lon - end_a[1]) * scale * km_per_deg, (lat - end_a[0]) * km_per_deg
    dx = (end_b[1] - end_a[1]) * scale * km_per_deg
    dy = (end_b[0] - end_a[0]) * km_per_deg
    length_sq = dx * dx + dy * dy
    fraction = np.zeros_like(px) if length_sq == 0 else np.clip((px * dx + py * dy) / length_sq, 0, 1)
    return np.hypot(px - fraction * dx, py - fraction * dy), fraction
