"""Times between activities that stray from what is usual.

Question: between which activities of a case did more or less time pass than in the other cases?
In and out: cases as runs of (activity, begin, end) in; a profile (mean and standard deviation of the time
from the end of one activity to the begin of a later one) and the pairs beyond k of them out.
Method: temporal profiles of Stertz, Mangler and Rinderle-Ma (Temporal Conformance Checking at Runtime
based on Time-infused Process Models, 2020): all pairs of events i before j of a case with end_i <= begin_j;
sample standard deviation, 0 where a pair was seen once. Two passes over the pairs: one for the profile
(moments around the first value seen), one for the deviations.
Limits: pairs grow with the square of the length of a case; activities are few (a table of all pairs is held).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Deviations", "Profile", "temporal_deviations", "temporal_profile"]


class Profile(NamedTuple):
    """Tables [activities, activities]: number of pairs, mean and standard deviation in seconds."""

    n: NDArray[np.int64]
    mean_s: NDArray[np.float64]
    sd_s: NDArray[np.float64]


class Deviations(NamedTuple):
    """Pairs beyond the limits: positions of both events, seconds between them, distance in deviations.

    The distance is infinite where all other pairs took the same time.
    """

    source: NDArray[np.int64]
    target: NDArray[np.int64]
    passed_s: NDArray[np.float64]
    zeta: NDArray[np.float64]


def temporal_profile(
    first: NDArray[np.int64],
    activity: NDArray[np.int32],
    begin_s: NDArray[np.float64],
    end_s: NDArray[np.float64],
    activities: int,
) -> Profile:
    """Usual times between activities.

    Parameters
    ----------
    first
        int64[cases + 1]: events of case i are `first[i]:first[i + 1]`, sorted by begin and end.
    activity
        int32[n], below `activities`.
    begin_s, end_s
        float64[n], seconds since any instant.
    activities
        Number of activities.

    Examples
    --------
    >>> first, kinds = np.array([0, 2, 4]), np.array([0, 1, 0, 1], np.int32)
    >>> at = np.array([0.0, 10.0, 100.0, 120.0])
    >>> temporal_profile(first, kinds, at, at, 2).mean_s[0, 1]
    np.float64(15.0)
    """
    n = np.zeros((activities, activities), dtype=np.int64)
    pivot, one, two = (np.zeros((activities, activities)) for _ in range(3))
    _gather(first, activity, begin_s, end_s, n, pivot, one, two)
    some = np.maximum(n, 1)
    variance = np.maximum(two - one * one / some, 0.0) / np.maximum(n - 1, 1)
    return Profile(n, pivot + one / some, np.where(n > 1, np.sqrt(variance), 0.0))


@njit(cache=True)
def _gather(first, activity, begin_s, end_s, n, pivot, one, two):  # type: ignore[no-untyped-def]
    for case in range(len(first) - 1):
        for i in range(first[case], first[case + 1]):
            for j in range(i + 1, first[case + 1]):
                passed = begin_s[j] - end_s[i]
                if passed < 0:
                    continue
                a, b = activity[i], activity[j]
                if n[a, b] == 0:
                    pivot[a, b] = passed
                n[a, b] += 1
                passed -= pivot[a, b]
                one[a, b] += passed
                two[a, b] += passed * passed


def temporal_deviations(
    first: NDArray[np.int64],
    activity: NDArray[np.int32],
    begin_s: NDArray[np.float64],
    end_s: NDArray[np.float64],
    profile: Profile,
    k: float = 6.0,
) -> Deviations:
    """Pairs of events whose time lies beyond `k` standard deviations from the mean of their activities.

    Arguments are those of `temporal_profile`; a pair of activities without a profile is not judged.
    """
    low = np.where(profile.n > 0, profile.mean_s - k * profile.sd_s, -np.inf)
    high = np.where(profile.n > 0, profile.mean_s + k * profile.sd_s, np.inf)
    room = 1024
    while True:
        source, target, passed_s = (
            np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room)
        )  # fmt: skip
        found = _beyond(first, activity, begin_s, end_s, low, high, source, target, passed_s)
        if found <= room:
            break
        room = found
    source, target, passed_s = source[:found], target[:found], passed_s[:found]
    pair = activity[source], activity[target]
    sd = profile.sd_s[pair]
    far = np.abs(passed_s - profile.mean_s[pair])
    zeta = np.divide(far, sd, out=np.full(found, np.inf), where=sd > 0)
    return Deviations(source, target, passed_s, zeta)


@njit(cache=True)
def _beyond(first, activity, begin_s, end_s, low, high, source, target, passed_s):  # type: ignore[no-untyped-def]
    found = 0
    for case in range(len(first) - 1):
        for i in range(first[case], first[case + 1]):
            a = activity[i]
            for j in range(i + 1, first[case + 1]):
                passed = begin_s[j] - end_s[i]
                if passed < 0:
                    continue
                b = activity[j]
                if passed < low[a, b] or passed > high[a, b]:
                    if found < len(source):
                        source[found] = i
                        target[found] = j
                        passed_s[found] = passed
                    found += 1
    return found
