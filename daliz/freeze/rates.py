"""What one kilometre, one handling and one step come to for a cargo.

Question: how long and how dear are movement, handling and the steps of a process for this cargo?
In and out: frames of a store and a `Cargo` in; hours, dollars, kg CO2e and `Step`s out.
Method: the row of a service for a state, else its row for everywhere; of the years of a step the newest
not after the vintage.
Limits: one service class per mode and query; tariffs in USD only.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from daliz.errors import BadValue
from daliz.model.frozen import Cargo, Step
from daliz.model.steps import concerns
from daliz.units import shipments

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import polars as pl

    from daliz.schema import Row

__all__ = ["Rates", "Steps"]


class Rates:
    """Speeds, tariffs and emission factors by service and state, `*` elsewhere."""

    def __init__(self, frames: Mapping[str, pl.DataFrame], cargo: Cargo) -> None:
        self.services = {row["service"]: row for row in frames["services"].iter_rows(named=True)}
        self.speeds = {(r["service"], r["country"]): r for r in frames["speeds"].iter_rows(named=True)}
        self.emissions = {(r["service"], r["country"]): r for r in frames["emissions"].iter_rows(named=True)}
        self.tariffs: dict[tuple[str, str], Row] = {}
        for row in frames["tariffs"].iter_rows(named=True):
            if row["currency"] == "USD":
                self.tariffs[row["service"], row["link"] or row["country"] or "*"] = row
        self.hubs = {row["kind"]: row for row in frames["hub_energy"].iter_rows(named=True)}
        countries = frames["countries"].iter_rows(named=True)
        grid = {row["country"]: row["grid_co2e_g_per_kwh"] for row in countries}
        self.grid_at = {row["place"]: grid[row["country"]] for row in frames["places"].iter_rows(named=True)}
        self.cargo = cargo

    def hub_co2e_kg(self, place: str, kind: str) -> float:
        """Emissions of one handling of the cargo at a place, on the power grid of its state."""
        hub = self.hubs.get(kind)
        if hub is None:
            return 0.0
        electric_kg = float(hub["electric_kwh_per_teu"]) * float(self.grid_at[place] or 0) / 1000
        return self.cargo.teu * (electric_kg + float(hub["diesel_co2e_kg_per_teu"]))

    def tonnes(self, service: str) -> float:
        """Tonnes moved: as given, else TEU times the payload of the service."""
        if self.cargo.tonnes is not None:
            return self.cargo.tonnes
        return self.cargo.teu * float(self.services[service]["payload_t_per_teu"])

    def of(self, table: Mapping[tuple[str, str], Row], service: str, *keys: str) -> Row | None:
        """First row that fits one of `keys`, else the row for everywhere."""
        for key in (*keys, "*"):
            if (service, key) in table:
                return table[service, key]
        return None

    def behind(self, service: str, country: str) -> tuple[Row | None, ...]:
        """All rows that figures of movement by a service in a state follow from."""
        tables = (self.speeds, self.tariffs, self.emissions)
        return self.services.get(service), *(self.of(table, service, country) for table in tables)

    def move_h(self, service: str, country: str, distance_km: float) -> tuple[float, Row]:
        """Hours of movement with rests and technical stops, and the speed row behind them."""
        speed = self.of(self.speeds, service, country)
        if speed is None:
            raise BadValue("error.no_speed", service=service, country=country)
        declared = self.services[service]
        running_h = distance_km / float(speed["speed_kmh"])
        rest = 24 / float(declared["daily_driving_h"])
        return running_h * rest + distance_km / 1000 * float(declared["stop_h_per_1000_km"]), speed

    def cost_usd(self, service: str, distance_km: float, *keys: str) -> tuple[float, str, str]:
        """Freight charge, its source and quality class; zero and assumed when no tariff is known."""
        tariff = self.of(self.tariffs, service, *keys)
        if tariff is None:
            return 0.0, "daliz-assumption", "assumed"
        amount, teu = float(tariff["amount"]), self.cargo.teu
        quantity = {
            "per_teu_km": teu * distance_km,
            "per_t_km": self.tonnes(service) * distance_km,
            "per_teu": teu,
            "per_truck": shipments(teu),
            "per_wagon": shipments(teu),
        }[str(tariff["unit"])]
        return amount * quantity, str(tariff["source"]), str(tariff["quality"])

    def co2e_kg(self, service: str, country: str, distance_km: float) -> float:
        """Well-to-wheel emissions of the cargo over the distance."""
        factor = self.of(self.emissions, service, country)
        if factor is None:
            return 0.0
        return float(factor["co2e_g_per_tkm"]) * self.tonnes(service) * distance_km / 1000


class Steps:
    """Steps of every process, as they count for the service, vintage and ground asked for."""

    def __init__(self, frames: Mapping[str, pl.DataFrame], cargo: Cargo) -> None:
        self._cargo = cargo
        self._codes = {row["code"]: row for row in frames["activity_codes"].iter_rows(named=True)}
        self._times = _vintage(frames["calibrated_steps"].iter_rows(named=True), cargo.vintage)
        self._values: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in frames["step_values"].sort("year").iter_rows(named=True):
            if cargo.vintage is None or row["year"] <= cargo.vintage or row["basis"] == "sla":
                self._values[row["procedure"], row["quantity"]].append(row)
        self._processes: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
        for row in frames["procedures"].sort("seq").iter_rows(named=True):
            self._processes[row["place"], row["mode"], row["direction"]].append(row)

    def process(self, place: str, mode: str, direction: str, service: str) -> tuple[Step, ...]:
        """Steps of one process for one service class, in order."""
        wanted = "*" if mode == "road" else service
        return tuple(
            step
            for row in self._processes.get((place, mode, direction), ())
            if concerns(row, wanted)
            if (step := self._step(row, wanted)) is not None
        )

    def _step(self, row: Row, service: str) -> Step | None:
        timed = self._times.get((str(row["procedure"]), service))
        if timed is None:
            return None
        mean_h, cv = float(timed["mean_h"]), float(timed["cv"])
        source, quality, basis, year = timed["source"], timed["quality"], timed["basis"], timed["year"]
        n = quarter = None
        if self._cargo.ground in ("sla", "measured"):
            for value in self._values.get((str(row["procedure"]), "time_h"), ()):
                if value["basis"] == self._cargo.ground:
                    mean_h = float(value["mean"])
                    source, quality, basis, year = (value[k] for k in ("source", "quality", "basis", "year"))
                    cv = cv if value["cv"] is None else float(value["cv"])
                    n, quarter = value.get("n"), value.get("quarter")
        cost, cost_quality = self._cost(row)
        return Step(
            str(row["procedure"]), str(row["place"]), str(row["code"]), str(row["party"]),
            float(row["probability"]), mean_h, cv, cost * float(row["probability"]),
            str(source), str(quality), cost_quality, str(basis), None if year is None else int(year),
            self._codes[row["code"]]["shared"] == "yes", n, quarter,
        )  # fmt: skip

    def _cost(self, row: Row) -> tuple[float, str]:
        """Official and unofficial payment of the whole cargo when the step occurs."""
        official = self._values.get((str(row["procedure"]), "official_usd"))
        unofficial = self._values.get((str(row["procedure"]), "unofficial_usd"))
        each = float(self._codes[row["code"]]["prior_cost_usd"])
        quality = "assumed"
        if official:
            each, quality = float(official[-1]["mean"]), str(official[-1]["quality"])
        if unofficial:
            each += float(unofficial[-1]["mean"])
        return each * shipments(self._cargo.teu), quality


def _vintage(rows: Iterable[Row], vintage: int | None) -> dict[tuple[str, str], Row]:
    """For each step and service the newest row not after the vintage, else the oldest there is."""
    best: dict[tuple[str, str], Row] = {}
    for row in rows:
        key = (str(row["procedure"]), str(row["service"]))
        held = best.get(key)
        if held is None or _newer(row["year"], held["year"], vintage):
            best[key] = row
    return best


def _newer(year: int | None, held: int | None, vintage: int | None) -> bool:
    if year is None or held is None:
        return held is None and year is not None
    if vintage is None:
        return year > held
    if (year <= vintage) != (held <= vintage):
        return year <= vintage
    return year > held if year <= vintage else year < held
