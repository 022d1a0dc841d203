"""Emissions by leg and hub worked out by hand after ISO 14083, and rail factors from shares and grids."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from hand_made import arc, atlas_of, option, world

import daliz
from daliz.freeze import freeze
from daliz.model.frozen import Cargo
from daliz.routing import Atlas, Request, route
from daliz.routing.costs import emission_lines

DATA = Path(daliz.__file__).parent / "data"
TWO = Cargo(teu=2.0)
KWH_PER_TKM = {"block_train": 0.0251, "wagonload": 0.0194}
DIESEL_G_PER_KWH = 90.4 * 3.6 / 0.37
"""Well-to-wheel grams for the work of one kWh at the wheel: 90.4 g a MJ, 37 per cent efficiency."""
MIXTURE = re.compile(r"([\d.]+) x [\d.]+ Wh/t-km x ([\d.]+) g/kWh \+ ([\d.]+) x [\d.]+ g/t-km")
HUBS = [
    {"hub": kind, "kind": kind, "electric_kwh_per_teu": kwh, "diesel_co2e_kg_per_teu": kg, "source": "book",
     "quality": "assumed"}
    for kind, kwh, kg in (("port_terminal", 4.4, 0.0), ("transhipment", 8.8, 0.0), ("ro_ro_berth", 0.0, 1.5))
]  # fmt: skip
TERMINAL = {
    "facility": "aktau-terminal", "place": "kz-aktau", "kind": "port_terminal", "from_mode": "sea",
    "to_mode": "road", "handling_h": 5.0, "handling_cv": 0.5, "source": "book", "quality": "published",
}  # fmt: skip
FACTORS = [
    {"emission": f"f-{state}", "service": "block_train", "country": state, "co2e_g_per_tkm": g,
     "source": "book", "quality": "derived"}
    for state, g in (("KZ", 20.0), ("*", 22.1))
]  # fmt: skip


def shipped(name: str) -> list[dict[str, str]]:
    """Rows of a shipped table as they are written."""
    with (DATA / name / "common.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_legs_of_one_service_and_state_are_one_line() -> None:
    """28 t over 2000 km with 1120 kg is 20 g a t-km, with the share and grid of the state beside it."""
    way = option(
        arc("leg", "rail", "kz-almaty", "kz-post", co2e_kg=560.0),
        arc("leg", "rail", "kz-post", "kz-aktau", co2e_kg=560.0),
    )
    (line,) = emission_lines(way, atlas_of(emissions=FACTORS, hub_energy=HUBS), TWO)
    assert (line.kind, line.distance_km, line.co2e_kg) == ("leg", 2000.0, 1120.0)
    assert line.g_per_tkm == pytest.approx(20.0)
    assert (line.electrified_share, line.grid_g_per_kwh) == (0.5, 500.0)


def test_a_state_without_a_factor_of_its_own_shows_no_share() -> None:
    """Where the default of diesel traction stands, no electric share is claimed."""
    way = option(arc("leg", "rail", "pl-post", "pl-warsaw", co2e_kg=618.8))
    (line,) = emission_lines(way, atlas_of(emissions=FACTORS, hub_energy=HUBS), TWO)
    assert line.g_per_tkm == pytest.approx(22.1)
    assert (line.electrified_share, line.grid_g_per_kwh) == (None, None)


def test_a_hub_is_a_line_of_its_own_with_kilograms_a_tonne() -> None:
    """4.4 kg at a terminal for 28 t is 0.157 kg a tonne, on the grid of the state."""
    way = option(
        arc("leg", "rail", "kz-almaty", "kz-aktau", co2e_kg=560.0),
        arc("transfer", "transfer", "kz-aktau", "kz-aktau", leg="aktau-terminal", co2e_kg=4.4),
        arc("sea", "sea", "kz-aktau", "az-alat", co2e_kg=300.0),
    )
    atlas = atlas_of(emissions=FACTORS, hub_energy=HUBS, facilities=[TERMINAL])
    lines = emission_lines(way, atlas, TWO)
    assert [line.kind for line in lines] == ["leg", "hub", "leg"]
    assert lines[1].kg_per_t == pytest.approx(4.4 / 28)
    assert lines[1].grid_g_per_kwh == 500.0
    assert sum(line.co2e_kg for line in lines) == pytest.approx(way.co2e_kg)
    assert lines[1].name(atlas, "en") == "Handling at kz-aktau"


def test_the_search_counts_hubs() -> None:
    """A frozen transfer of 2 TEU at a terminal emits 2 x 4.4 kWh x 0.5 kg, and ship to ship twice that."""
    rows = {**world(), "facilities": [TERMINAL], "hub_energy": HUBS}
    frozen = freeze(atlas_of(**rows).frames, TWO)
    found = {arc.leg: co2e for arc, co2e in zip(frozen.arcs, frozen.co2e_kg, strict=True)}
    assert found["aktau-terminal"] == pytest.approx(2 * 4.4 * 0.5)
    assert found["transhipment"] == pytest.approx(2 * 8.8 * 0.5)


def test_waiting_emits_nothing() -> None:
    """Neither idling in a queue nor cooling is assumed: hours of waiting change no emission."""
    train = arc("leg", "rail", "kz-almaty", "kz-post", co2e_kg=560.0)
    atlas = atlas_of(emissions=FACTORS, hub_energy=HUBS)
    calm, delayed = (emission_lines(option(train, waits_h=(h,)), atlas, TWO) for h in (0.0, 500.0))
    assert calm == delayed


@pytest.mark.parametrize(
    "row", [r for r in shipped("emissions") if r["country"] != "*"], ids=lambda r: r["emission"]
)
def test_rail_factors_follow_the_share_of_electric_traction(row: dict[str, str]) -> None:
    """A rail factor is share x kWh/t-km x grid + (1 - share) x diesel, the grid from the table of states."""
    state = next(r for r in shipped("countries") if r["country"] == row["country"])
    named = MIXTURE.search(row["note"])
    assert named, "the note gives the arithmetic"
    share, grid, rest = (float(part) for part in named.groups())
    assert share + rest == pytest.approx(1)
    assert grid == float(state["grid_co2e_g_per_kwh"])
    if state["electrified_share"]:
        assert share == float(state["electrified_share"])
    service = row["service"]
    by_hand = share * KWH_PER_TKM[service] * grid + rest * KWH_PER_TKM[service] * DIESEL_G_PER_KWH
    assert float(row["co2e_g_per_tkm"]) == pytest.approx(by_hand, abs=0.051)


def test_every_kind_of_facility_has_a_hub_figure() -> None:
    """No transfer goes without emissions: each kind of facility that ships, and transhipment, has a row."""
    kinds = {
        row["kind"]
        for path in (DATA / "facilities").glob("*.csv")
        for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    }
    assert kinds | {"transhipment"} <= {row["kind"] for row in shipped("hub_energy")}


def test_emission_lines_of_the_shipped_network_add_up(atlas: Atlas) -> None:
    """The lines are the emissions of the option, and the ports of the Caspian are among the hubs."""
    for found in route(atlas, Request("Altynkol", "Poti", cargo=TWO)).options:
        lines = emission_lines(found, atlas, TWO)
        assert sum(line.co2e_kg for line in lines) == pytest.approx(found.co2e_kg, rel=1e-9)
        assert all(0 < (line.g_per_tkm or line.kg_per_t or 0) < 120 for line in lines)
        if any(a.kind == "sea" for a in found.arcs):
            assert any(line.kind == "hub" for line in lines)
