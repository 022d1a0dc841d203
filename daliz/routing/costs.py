"""What an option costs and emits, line by line, each line with its source.

Question: what is paid on this way and to whom, what does waiting cost beside it, and what is emitted where?
In and out: an `Option`, its `Atlas` and `Cargo` in; `CostLine`s and `EmissionLine`s out, and the option
with its cost made the sum of the lines in the total.
Method: freight by service and state, handling by place, payments by crossing (official and unofficial
apart), then the rows of table `charges`. Each charge in the total either belongs to one arc (`searched`
adds it to the search criterion) or is the same for all ways between two places that take the same
hours and never falls when hours grow (`priced`). A way that another beats in hours and in dollars is
therefore beaten in the total too, and the cheapest way stays among those that the search returns.
Emissions follow ISO 14083 and GLEC v3: legs and hubs from well to wheel, rail by the share of electric
traction e as e * kWh/t-km * grid + (1 - e) * diesel.
Limits: hours are means, so a charge beyond free days leaves out its own spread. Neither idling in a
queue nor cooling (no reefers) is emitted; what happens before the first and after the last place is out.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from daliz.errors import BadTable, Finding
from daliz.freeze import Drawn
from daliz.i18n import text
from daliz.units import HOURS_PER_DAY, shipments

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import polars as pl

    from daliz.model.frozen import Arc, Cargo, FrozenNetwork, Step
    from daliz.routing.atlas import Atlas
    from daliz.routing.finder import Way
    from daliz.routing.option import Option
    from daliz.schema import Row

__all__ = [
    "CostLine", "EmissionLine", "cost_lines", "emission_lines", "priced", "searched", "with_charges",
]  # fmt: skip

TRIP_BASES = frozenset(
    {
        "per_trip", "per_shipment", "per_teu", "per_teu_day_over_trip", "per_cent_of_value",
        "per_cent_of_value_day",
    }
)  # fmt: skip
"""Paid on the trip as a whole: constant between two places, or growing with hours."""

ARC_BASES = frozenset({"per_shipment_crossing", "per_teu_crossing", "per_teu_day_over_port"})
"""Paid on one arc, whatever comes before and after it."""

SHOWN_BASES = frozenset({"per_t_h"})
"""Hours by mode hold waits for opening, which belong to no arc alone: never in the total."""


@dataclass(frozen=True)
class CostLine:
    """One line of a bill. `subject` is the service and state, place, crossing or charge it is about."""

    code: str
    subject: tuple[str, ...]
    usd: float
    in_total: bool
    source: str
    quality: str
    price_year: int | None
    valid_until: dt.date | None
    stale: bool

    def name(self, atlas: Atlas, lang: str) -> str:
        """What is paid for, in the reader's language."""
        gazetteer = atlas.gazetteer
        if self.code == "freight":
            service, where = _service_and_where(self.subject, atlas, lang)
            return text("cost.freight", lang, service=service, where=where)
        if self.code == "handling":
            return text("cost.handling", lang, place=gazetteer.name(self.subject[0], lang))
        if self.code == "handling_unofficial":
            return text("cost.handling_unofficial", lang, place=gazetteer.name(self.subject[0], lang))
        if self.code in ("border", "border_unofficial"):
            row = gazetteer.crossings[self.subject[0]]
            name = row.get(f"name_{lang}") or row["name_en"]
            if self.code == "border":
                return text("cost.border", lang, crossing=name)
            return text("cost.border_unofficial", lang, crossing=name)
        return str(_books(atlas).charges[self.subject[0]][f"name_{lang}"])

    def as_dict(self, atlas: Atlas, lang: str) -> Row:
        """Plain data for JSON."""
        return {
            "code": self.code, "name": self.name(atlas, lang), "subject": list(self.subject),
            "usd": round(self.usd, 2), "in_total": self.in_total, "source": self.source,
            "quality": self.quality, "price_year": self.price_year,
            "valid_until": None if self.valid_until is None else self.valid_until.isoformat(),
            "stale": self.stale, "remark": self._remark(lang),
        }  # fmt: skip

    def _remark(self, lang: str) -> str | None:
        said = [] if self.in_total else [text("cost.beside", lang)]
        if self.stale:
            said.append(text("cost.stale", lang))
        return "; ".join(said) or None


@dataclass(frozen=True)
class EmissionLine:
    """Emissions of one service in one state, or of one hub.

    `g_per_tkm` is None at a hub, `kg_per_t` on a leg; `electrified_share` and `grid_g_per_kwh` are those
    behind a rail factor of the state itself, None where the default of diesel traction stands.
    """

    kind: str
    subject: tuple[str, ...]
    distance_km: float
    co2e_kg: float
    g_per_tkm: float | None
    kg_per_t: float | None
    electrified_share: float | None
    grid_g_per_kwh: float | None
    source: str
    quality: str

    def name(self, atlas: Atlas, lang: str) -> str:
        """What emits, in the reader's language."""
        if self.kind == "hub":
            return text("emission.hub", lang, place=atlas.gazetteer.name(self.subject[0], lang))
        service, where = _service_and_where(self.subject, atlas, lang)
        return text("emission.leg", lang, service=service, where=where)

    def as_dict(self, atlas: Atlas, lang: str) -> Row:
        """Plain data for JSON."""
        return {
            "kind": self.kind, "name": self.name(atlas, lang), "subject": list(self.subject),
            "distance_km": round(self.distance_km, 1), "co2e_kg": round(self.co2e_kg, 2),
            "g_per_tkm": None if self.g_per_tkm is None else round(self.g_per_tkm, 2),
            "kg_per_t": None if self.kg_per_t is None else round(self.kg_per_t, 3),
            "electrified_share": self.electrified_share, "grid_g_per_kwh": self.grid_g_per_kwh,
            "source": self.source, "quality": self.quality,
        }  # fmt: skip

    @staticmethod
    def limits(lang: str) -> str:
        """What the lines count and what they leave out."""
        return text("emission.limits", lang)


def _service_and_where(subject: tuple[str, ...], atlas: Atlas, lang: str) -> tuple[str, str]:
    """Names of a service and of the state or the two ports that a movement is summed by."""
    service, first, last = subject
    named = str(atlas.services[service][f"name_{lang}"])
    if last:
        return named, f"{atlas.gazetteer.name(first, lang)} – {atlas.gazetteer.name(last, lang)}"
    return named, str(_books(atlas).countries[first][f"name_{lang}"])


class _Books:
    """Rows that bills are made from, by key; made once for the tables of a store."""

    def __init__(self, frames: Mapping[str, pl.DataFrame]) -> None:
        def rows(name: str, key: str) -> dict[str, Row]:
            return {str(row[key]): row for row in frames[name].iter_rows(named=True)}

        self._frames = frames
        self.charges = rows("charges", "charge")
        self.arc_rows = [row for row in self.charges.values() if row["basis"] in ARC_BASES]
        self.trip_rows = [row for row in self.charges.values() if row["basis"] not in ARC_BASES]
        _refuse_what_the_search_cannot_see(self.charges.values())
        self.countries = rows("countries", "country")
        self.places = rows("places", "place")
        self.customs = _customs(frames["crossings"])
        self.services = rows("services", "service")
        self.sources = rows("sources", "source")
        self.facilities = rows("facilities", "facility")
        self.hubs = rows("hub_energy", "kind")
        self.codes = rows("activity_codes", "code")

    @cached_property
    def links(self) -> dict[str, str]:
        """Sea link of each leg over one."""
        legs = self._frames["legs"]
        return {str(leg): str(link) for leg, link in zip(legs["leg"], legs["link"], strict=True) if link}

    @cached_property
    def tariffs(self) -> dict[tuple[str, str], Row]:
        """Tariffs in dollars by service and link, state or everywhere."""
        return {
            (str(row["service"]), str(row["link"] or row["country"] or "*")): row
            for row in self._frames["tariffs"].iter_rows(named=True)
            if row["currency"] == "USD"
        }

    @cached_property
    def emissions(self) -> dict[tuple[str, str], Row]:
        """Emission factors by service and state."""
        rows = self._frames["emissions"].iter_rows(named=True)
        return {(str(row["service"]), str(row["country"])): row for row in rows}

    @cached_property
    def paid(self) -> dict[tuple[str, str], list[Row]]:
        """Payments at each step, the oldest first."""
        paid: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in self._frames["step_values"].sort("year").iter_rows(named=True):
            if row["quantity"] != "time_h":
                paid[str(row["procedure"]), str(row["quantity"])].append(row)
        return paid

    def country(self, place: str) -> str:
        return str(self.places[place]["country"])

    def tonnes(self, cargo: Cargo, service: str) -> float:
        if cargo.tonnes is not None:
            return cargo.tonnes
        return cargo.teu * float(self.services[service]["payload_t_per_teu"])


def _refuse_what_the_search_cannot_see(rows: Iterable[Row]) -> None:
    """A charge in the total that depends on the way, yet on no arc of it, could hide the cheapest way."""
    findings = [
        Finding(
            "error", "charges", str(row["charge"]), "finding.charge_not_monotone",
            "repair.charge_not_monotone", {"basis": row["basis"]},
        )
        for row in rows
        if row["in_total"] == "yes"
        and (
            row["basis"] in SHOWN_BASES
            or (row["basis"] in TRIP_BASES and (row["modes"] or row["services"]))
        )
    ]  # fmt: skip
    if findings:
        raise BadTable(findings)


@lru_cache(maxsize=4)
def _books(atlas: Atlas) -> _Books:
    return _Books(atlas.frames)


def searched(
    frozen: FrozenNetwork, frames: Mapping[str, pl.DataFrame], like: FrozenNetwork | None = None
) -> FrozenNetwork:
    """`frozen` with the charges of single arcs added to the dollars that the search looks at.

    `like` is one made from tables of which most are these: an arc of both pays what it paid.
    """
    books = _Books(frames)
    paid: Mapping[int, float] = like.usd_by_arc if like and _charged_alike(like.drawn, books, frames) else {}
    usd = []
    for arc, own in zip(frozen.arcs, frozen.cost_usd, strict=True):
        held = paid.get(id(arc))
        if held is None:
            held = own + sum(amount for _, amount in _arc_charges(arc, books, frozen.cargo))
        usd.append(held)
    return replace(frozen, cost_usd=usd)


def _charged_alike(drawn: object, books: _Books, frames: Mapping[str, pl.DataFrame]) -> bool:
    """Whether charges of single arcs follow from the same rows as in another network."""
    if not isinstance(drawn, Drawn) or not drawn.same(frames, ("charges", "places")):
        return False
    return drawn.same(frames, ("crossings",)) or books.customs == _customs(drawn.frames["crossings"])


def _customs(crossings: pl.DataFrame) -> set[str]:
    """Crossings at which customs clear."""
    return set(crossings.filter(crossings["control"] == "customs")["crossing"])


def priced(atlas: Atlas, cargo: Cargo, origin: str, destination: str) -> Callable[[Way], float]:
    """What a way of `searched` costs in all; never less for a way with more hours and as many dollars."""
    books = _books(atlas)
    rows = [row for row in _trip_rows(books, origin, destination) if row["in_total"] == "yes"]

    def total(way: Way) -> float:
        return way.cost_usd + sum(_trip_usd(row, cargo, way.hours) for row in rows)

    return total


def cost_lines(option: Option, atlas: Atlas, cargo: Cargo) -> tuple[CostLine, ...]:
    """Every payment of the option, in the order of freight, handling, borders and charges."""
    books, day = _books(atlas), atlas.reference_date
    return (
        *_freight_lines(option.arcs, books, day),
        *_step_lines(option.arcs, books, cargo, day),
        *_charge_lines(option, books, cargo, day),
    )


def with_charges(option: Option, lines: Iterable[CostLine]) -> Option:
    """The option with its cost made the sum of the lines in the total."""
    return replace(option, cost_usd=sum(line.usd for line in lines if line.in_total))


def _stale(valid_until: dt.date | None, source: str, books: _Books, day: dt.date) -> bool:
    """Past its own last day, or its source past the day on which it should be read again."""
    recheck = books.sources[source]["recheck_by"] if source in books.sources else None
    return any(limit is not None and limit < day for limit in (valid_until, recheck))


def _subject(arc: Arc) -> tuple[str, str, str]:
    """What a movement is summed by: its service with the state, or with both ports at sea."""
    return (
        (arc.service, arc.from_place, arc.to_place) if arc.kind == "sea" else (arc.service, arc.country, "")
    )


def _freight_lines(arcs: Sequence[Arc], books: _Books, day: dt.date) -> Iterator[CostLine]:
    sums: dict[tuple[tuple[str, ...], str, str], float] = defaultdict(float)
    keys: dict[tuple[str, ...], str] = {}
    for arc in arcs:
        if arc.kind != "transfer" and arc.cost_usd:
            subject: tuple[str, ...] = _subject(arc)
            sums[subject, arc.tariff_source, arc.tariff_quality] += arc.cost_usd
            keys[subject] = books.links.get(arc.leg, "*") if arc.kind == "sea" else arc.country
    for (subject, source, quality), usd in sums.items():
        tariff = books.tariffs.get((subject[0], keys[subject])) or books.tariffs.get((subject[0], "*"))
        known = tariff if tariff is not None and tariff["source"] == source else None
        until = None if known is None else known["valid_until"]
        yield CostLine(
            "freight", subject, usd, True, source, quality,
            None if known is None else int(known["price_year"]), until, _stale(until, source, books, day),
        )  # fmt: skip


def _step_lines(arcs: Sequence[Arc], books: _Books, cargo: Cargo, day: dt.date) -> Iterator[CostLine]:
    """Handling at transfers by place and steps at borders by crossing; payments by class and source."""
    sums: dict[tuple[str, str, str, str, int | None], float] = defaultdict(float)
    for arc in arcs:
        code, subject = ("handling", arc.from_place) if arc.kind == "transfer" else ("border", arc.crossing)
        if arc.kind == "transfer" and arc.cost_usd:
            year = books.facilities.get(arc.leg, {}).get("price_year")
            sums[code, subject, arc.tariff_source, arc.tariff_quality, year] += arc.cost_usd
        for step in arc.steps:
            for payment in _payments(step, books, cargo):
                kind, usd, source, quality, year = payment
                sums[code + kind, subject, source, quality, year] += usd
    for (code, subject, source, quality, year), usd in sorted(
        sums.items(), key=lambda item: item[0][0].startswith("border")
    ):
        if usd:
            yield CostLine(
                code, (subject,), usd, True, source, quality, year, None, _stale(None, source, books, day)
            )


def _payments(step: Step, books: _Books, cargo: Cargo) -> list[tuple[str, float, str, str, int | None]]:
    """The expected payment of a step split into official and unofficial as the values behind it are."""
    newest: dict[str, Row | None] = {}
    for quantity in ("official_usd", "unofficial_usd"):
        rows = [
            row
            for row in books.paid.get((step.procedure, quantity), ())
            if cargo.vintage is None or row["year"] <= cargo.vintage or row["basis"] == "sla"
        ]
        newest[quantity] = rows[-1] if rows else None
    official, unofficial = newest["official_usd"], newest["unofficial_usd"]
    prior = float(books.codes[step.code]["prior_cost_usd"]) if step.code in books.codes else 0.0
    open_usd = prior if official is None else float(official["mean"])
    hidden_usd = 0.0 if unofficial is None else float(unofficial["mean"])
    hidden_share = hidden_usd / (open_usd + hidden_usd) if open_usd + hidden_usd else 0.0
    found: list[tuple[str, float, str, str, int | None]] = []
    if official is None:
        found.append(("", step.cost_usd * (1 - hidden_share), "daliz-assumption", "assumed", None))
    else:
        found.append(
            ("", step.cost_usd * (1 - hidden_share), str(official["source"]), str(official["quality"]),
             int(official["year"]))
        )  # fmt: skip
    if unofficial is not None:
        found.append(
            ("_unofficial", step.cost_usd * hidden_share, str(unofficial["source"]),
             str(unofficial["quality"]), int(unofficial["year"]))
        )  # fmt: skip
    return found


def _charge_lines(option: Option, books: _Books, cargo: Cargo, day: dt.date) -> Iterator[CostLine]:
    sums: dict[str, float] = defaultdict(float)
    for arc in option.arcs:
        for row, usd in _arc_charges(arc, books, cargo, shown=True):
            sums[str(row["charge"])] += usd
    for row in _trip_rows(books, option.arcs[0].from_place, option.arcs[-1].to_place):
        if row["basis"] in SHOWN_BASES:
            sums[str(row["charge"])] += _moving_usd(row, option, books, cargo)
        else:
            sums[str(row["charge"])] += _trip_usd(row, cargo, option.time_mean_h)
    for charge, row in books.charges.items():
        if sums.get(charge):
            yield CostLine(
                str(row["code"]), (charge,), sums[charge], row["in_total"] == "yes", str(row["source"]),
                str(row["quality"]), int(row["price_year"]), row["valid_until"],
                _stale(row["valid_until"], str(row["source"]), books, day),
            )  # fmt: skip


def _fits(names: Sequence[str], name: str) -> bool:
    return not names or name in names


def _days_over(hours: float, row: Row) -> float:
    return max(0.0, hours / HOURS_PER_DAY - float(row["free_days"] or 0))


def _arc_charges(
    arc: Arc, books: _Books, cargo: Cargo, *, shown: bool = False
) -> Iterator[tuple[Row, float]]:
    """Charges of one arc by itself; `shown` gives those outside the total too."""
    if arc.kind == "leg":
        return
    entered = books.country(arc.to_place)
    left = books.country(arc.from_place)
    for row in books.arc_rows:
        if row["in_total"] != "yes" and not shown:
            continue
        amount = float(row["amount"])
        if row["basis"] == "per_teu_day_over_port":
            if _fits(row["states"], left):
                yield row, amount * cargo.teu * _days_over(_port_hours(arc), row)
        elif (
            arc.crossing in books.customs
            and _fits(row["states"], entered)
            and _fits(row["partners"], left)
            and _fits(row["services"], arc.service)
            and _fits(row["modes"], arc.mode)
        ):
            quantity = cargo.teu if row["basis"] == "per_teu_crossing" else shipments(cargo.teu)
            yield row, amount * quantity


def _port_hours(arc: Arc) -> float:
    """Mean hours in the port on an arc: the port steps of a transfer, or the wait of a ship's departure."""
    if arc.kind == "sea":
        return arc.fixed_wait_h
    return sum(step.hours for step in arc.steps if step.code.startswith("port_"))


def _trip_rows(books: _Books, origin: str, destination: str) -> list[Row]:
    """Rows outside single arcs that a trip between two places pays."""
    start, end = books.country(origin), books.country(destination)
    return [
        row
        for row in books.trip_rows
        if _fits(row["states"], end)
        and _fits(row["partners"], start)
        and _pays(str(row["trip"]), books, start, end, str(books.places[destination]["kind"]))
    ]


def _pays(trip: str, books: _Books, start: str, end: str, kind: str) -> bool:
    blocs = [str(books.countries[state]["bloc"] or "none") for state in (start, end)]
    if trip == "customs":
        return start != end and (blocs[0] != blocs[1] or blocs[0] == "none")
    if trip == "eu_inland":
        return blocs[0] != "EU" and blocs[1] == "EU" and kind not in ("port", "border_post")
    return True


def _trip_usd(row: Row, cargo: Cargo, hours: float) -> float:
    """A charge of the trip as a whole: constant, or growing with `hours`."""
    amount, value = float(row["amount"]), cargo.value_usd or 0.0
    quantity = {
        "per_trip": 1.0,
        "per_shipment": float(shipments(cargo.teu)),
        "per_teu": cargo.teu,
        "per_teu_day_over_trip": cargo.teu * _days_over(hours, row),
        "per_cent_of_value": value / 100,
        "per_cent_of_value_day": value / 100 * hours / HOURS_PER_DAY,
    }
    return amount * quantity.get(str(row["basis"]), 0.0)


def _moving_usd(row: Row, option: Option, books: _Books, cargo: Cargo) -> float:
    """Tonnes times hours on the modes of the row, its waits and border steps included."""
    tonne_hours = 0.0
    for arc, wait_h in zip(option.arcs, option.waits_h, strict=True):
        if arc.kind != "transfer" and _fits(row["modes"], arc.mode):
            hours = arc.move_h + wait_h + sum(step.hours for step in arc.steps)
            tonne_hours += books.tonnes(cargo, arc.service) * hours
    return float(row["amount"]) * tonne_hours


def emission_lines(option: Option, atlas: Atlas, cargo: Cargo) -> tuple[EmissionLine, ...]:
    """Emissions by service and state in the order of the way, hubs where they are passed."""
    books = _books(atlas)
    service = next((arc.service for arc in option.arcs if arc.service), next(iter(books.services)))
    tonnes = books.tonnes(cargo, service)
    arcs: dict[tuple[str, tuple[str, ...]], list[Arc]] = defaultdict(list)
    for arc in option.arcs:
        hub = arc.kind == "transfer"
        if arc.co2e_kg or not hub:
            subject: tuple[str, ...] = (arc.from_place,) if hub else _subject(arc)
            arcs["hub" if hub else "leg", subject].append(arc)
    return tuple(
        _hub_line(what, group, books, tonnes) if kind == "hub" else _leg_line(what, group, books, cargo)
        for (kind, what), group in arcs.items()
    )


def _leg_line(subject: tuple[str, ...], arcs: Sequence[Arc], books: _Books, cargo: Cargo) -> EmissionLine:
    service, state = subject[0], arcs[0].country
    factor = books.emissions.get((service, state)) or books.emissions.get((service, "*"))
    km, co2e_kg = sum(arc.distance_km for arc in arcs), sum(arc.co2e_kg for arc in arcs)
    tkm = km * books.tonnes(cargo, service)
    own = factor is not None and factor["country"] == state and arcs[0].mode == "rail"
    country = books.countries[state] if own else {}
    return EmissionLine(
        "leg", subject, km, co2e_kg, co2e_kg * 1000 / tkm if tkm else None, None,
        country.get("electrified_share"), country.get("grid_co2e_g_per_kwh"),
        "daliz-assumption" if factor is None else str(factor["source"]),
        "assumed" if factor is None else str(factor["quality"]),
    )  # fmt: skip


def _hub_line(subject: tuple[str, ...], arcs: Sequence[Arc], books: _Books, tonnes: float) -> EmissionLine:
    facility = books.facilities.get(arcs[0].leg)
    hub = books.hubs["transhipment" if facility is None else str(facility["kind"])]
    co2e_kg = sum(arc.co2e_kg for arc in arcs)
    return EmissionLine(
        "hub", subject, 0.0, co2e_kg, None, co2e_kg / tonnes, None,
        books.countries[books.country(subject[0])]["grid_co2e_g_per_kwh"],
        str(hub["source"]), str(hub["quality"]),
    )  # fmt: skip
