"""What is asked of the router, and whether it can be asked.

Question: is this a question that has an answer?
In and out: words and numbers as a reader gives them in; a checked `Request`, or a refusal, out.
Method: closed sets and ranges; names are resolved later, against the network.
Limits: none of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from daliz.errors import BadValue
from daliz.model.frozen import Cargo

__all__ = ["GROUNDS", "MODES", "Request"]

MODES = ("any", "rail", "road", "sea")
GROUNDS = ("published", "measured", "sla")
LARGEST = 1e9
MOST_SHIPMENTS = 500
"""Most shipments of one day whose joint chance is told; of more cargo, the chance of this many is."""
_SEEDS = range(2**31 + 1)


@dataclass(frozen=True)
class Request:
    """What is asked. Names may be in any of three languages; instants are ISO 8601.

    `alternatives` is how many options beyond the best by each criterion are wanted; `shipments` how many
    leave together, None for one a lorry or 40-foot box of the cargo.
    """

    origin: str
    destination: str
    via: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    close: tuple[str, ...] = ()
    depart: str | None = None
    arrive_by: str | None = None
    cargo: Cargo = field(default_factory=Cargo)
    seed: int = 0
    alternatives: int = 0
    lang: str = "en"
    shipments: int | None = None

    def check(self) -> None:
        """Refuse what is out of range.

        Raises
        ------
        BadValue
            naming the option, its value and the repair.
        """
        cargo = self.cargo
        for option, value, allowed in (("mode", cargo.mode, MODES), ("with", cargo.ground, GROUNDS)):
            if value not in allowed:
                raise BadValue("error.choice", option=option, value=value, allowed=", ".join(allowed))
        for option, number in (("teu", cargo.teu), ("tonnes", cargo.tonnes), ("value-usd", cargo.value_usd)):
            if number is not None and not 0 < number < LARGEST:
                raise BadValue("error.positive", option=option, value=number)
        if self.seed not in _SEEDS:
            raise BadValue("error.seed", value=self.seed)
        if self.shipments is not None and not 1 <= self.shipments <= MOST_SHIPMENTS:
            raise BadValue("error.shipments", value=self.shipments, most=MOST_SHIPMENTS)
        if self.alternatives < 0:
            raise BadValue("error.positive", option="alternatives", value=self.alternatives)
