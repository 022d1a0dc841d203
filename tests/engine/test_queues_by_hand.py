"""Waits for servers against closed forms, Pollaczek and Khinchine, and a solved Markov chain."""

from __future__ import annotations

import math

import numpy as np
import pytest

from daliz.engine.queues import chance_to_wait, relative_wait, wait_h

LOADS = (0.1, 0.5, 0.85, 0.97)


def erlang_c_as_a_sum(servers: int, offered: float) -> float:
    """The formula as Erlang wrote it, with factorials."""
    top = offered**servers / math.factorial(servers) * servers / (servers - offered)
    return top / (sum(offered**k / math.factorial(k) for k in range(servers)) + top)


def wait_by_the_chain(arrivals: float, servers: int, service: float) -> float:
    """Mean wait from the balance of a birth-and-death chain cut off far out, by Little's law."""
    states = np.arange(4000)
    death = np.minimum(states[1:], servers) / service
    logs = np.concatenate([[0.0], np.cumsum(np.log(arrivals) - np.log(death))])
    chance = np.exp(logs - logs.max())
    chance /= chance.sum()
    return float((np.maximum(states - servers, 0) * chance).sum() / arrivals)


@pytest.mark.parametrize("load", LOADS)
def test_one_server_waits_as_the_closed_form_says(load: float) -> None:
    """M/M/1: the wait is rho / (1 - rho) services, and the chance to wait is rho."""
    assert chance_to_wait(1, load) == pytest.approx(load)
    assert wait_h(load / 3.0, 1, 3.0) == pytest.approx(3.0 * load / (1 - load))


@pytest.mark.parametrize("load", LOADS)
def test_two_servers_wait_as_the_closed_form_says(load: float) -> None:
    """M/M/2: the wait is rho squared over one less rho squared, in services."""
    assert wait_h(2 * load, 2, 1.0) == pytest.approx(load**2 / (1 - load**2))


@pytest.mark.parametrize("servers", [1, 2, 3, 7, 20])
@pytest.mark.parametrize("load", LOADS)
def test_the_chance_to_wait_is_erlangs(servers: int, load: float) -> None:
    """The recursion gives the sum with factorials."""
    offered = load * servers
    assert chance_to_wait(servers, offered) == pytest.approx(erlang_c_as_a_sum(servers, offered))


@pytest.mark.parametrize(("servers", "load"), [(1, 0.85), (3, 0.7), (5, 0.9), (12, 0.95)])
def test_the_wait_is_that_of_the_chain(servers: int, load: float) -> None:
    """The stationary birth-and-death chain, solved state by state, waits as long."""
    arrivals = load * servers / 2.5
    assert wait_h(arrivals, servers, 2.5) == pytest.approx(
        wait_by_the_chain(arrivals, servers, 2.5), rel=1e-9
    )


@pytest.mark.parametrize("cv", [0.0, 0.5, 2.0])
def test_one_server_of_any_service_waits_as_pollaczek_and_khinchine_say(cv: float) -> None:
    """M/G/1: arrivals times the second moment of service over twice the idle share."""
    arrivals, service = 0.2, 4.0
    second_moment = service**2 * (1 + cv**2)
    exact = arrivals * second_moment / (2 * (1 - arrivals * service))
    assert wait_h(arrivals, 1, service, cv_service=cv) == pytest.approx(exact)


def test_a_second_lane_shortens_the_wait_by_hand() -> None:
    """One lane at 85 per cent waits 17/3 services; two lanes at 42.5 wait .2204 of one: 3.9 per cent."""
    one, two = 0.85 / 0.15, 0.425**2 / (1 - 0.425**2)
    assert relative_wait(1, 1, 0.85) == pytest.approx(two / one)
    assert relative_wait(1, 1, 0.85, cv_service=0.3) == pytest.approx(two / one)


def test_a_thousand_servers_do_not_overflow() -> None:
    """Where factorials would overflow the recursion gives a chance between nothing and one."""
    assert 0 < chance_to_wait(1000, 950.0) < 1


@pytest.mark.parametrize(("servers", "offered"), [(1, 1.0), (2, 2.5), (0, 0.0), (1, -0.1)])
def test_a_load_that_never_settles_is_refused(servers: int, offered: float) -> None:
    """At or above capacity there is no mean wait."""
    with pytest.raises(ValueError, match="below the number of servers"):
        chance_to_wait(servers, offered)
