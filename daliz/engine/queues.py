"""Waiting for one of several servers.

Question: how long does an arrival wait for one of `servers` equal servers, first come first served?
In and out: numbers (arrivals an hour, servers, hours of service, coefficients of variation) in; hours out.
Method: Erlang's C formula (Erlang 1917; Gross, Shortle, Thompson and Harris, Fundamentals of Queueing
Theory, 4th ed., section 2.3) through the stable recursion of Erlang's B; for service that is not
exponential the approximation of Allen and Cunneen (Allen, Probability, Statistics and Queueing Theory,
2nd ed., section 5.7), exact for M/M/c and for M/G/1, where it is Pollaczek and Khinchine's formula.
Limits: the long run of a steady load below capacity; no closures, no balking, no batches of arrivals.
"""

from __future__ import annotations

__all__ = ["chance_to_wait", "relative_wait", "wait_h"]


def chance_to_wait(servers: int, offered: float) -> float:
    """Erlang's C: the chance that all `servers` are busy when `offered` (arrivals times service) is the load.

    Raises
    ------
    ValueError
        when the load is not below the number of servers, so that the queue never settles.

    Examples
    --------
    >>> round(chance_to_wait(2, 1.0), 6)
    0.333333
    """
    if servers < 1 or not 0 <= offered < servers:
        raise ValueError("the load must be below the number of servers")
    blocked = 1.0
    for count in range(1, servers + 1):
        blocked = offered * blocked / (count + offered * blocked)
    utilisation = offered / servers
    return blocked / (1 - utilisation * (1 - blocked))


def wait_h(
    arrivals_per_h: float,
    servers: int,
    service_h: float,
    cv_service: float = 1.0,
    cv_arrivals: float = 1.0,
) -> float:
    """Mean wait in hours before service; both coefficients of variation are 1 for M/M/c.

    Examples
    --------
    >>> wait_h(0.5, 1, 1.0)
    1.0
    """
    offered = arrivals_per_h * service_h
    exponential_h = chance_to_wait(servers, offered) * service_h / (servers - offered)
    return exponential_h * (cv_arrivals**2 + cv_service**2) / 2


def relative_wait(servers: int, added: int, utilisation: float, cv_service: float = 1.0) -> float:
    """Wait with `added` servers over the wait today, for the arrivals that keep `servers` busy today.

    Service lasts one unit of time: the ratio does not depend on its mean.
    """
    arrivals = utilisation * servers
    return wait_h(arrivals, servers + added, 1.0, cv_service) / wait_h(arrivals, servers, 1.0, cv_service)
