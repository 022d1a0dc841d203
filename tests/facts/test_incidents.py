"""Incidents and warnings by hand: rates, ratios, cuts of reporting, alarms, times."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from daliz.incidents import Incidents
from daliz.schema import table

AT = dt.date(2026, 11, 10)
DAY = dt.date.fromisoformat


def incident(key: str, occurred: str, **more: Any) -> dict[str, Any]:
    """A simulated cyber incident of KZ."""
    days = {k: DAY(v) for k, v in more.items() if k in ("reported", "closed")}
    return {
        "incident": key,
        "kind": "cyber",
        "type": "malware",
        "title": "simulated",
        "state": "KZ",
        "severity": 2,
        "source": "s",
        "quality": "simulated",
        "occurred": DAY(occurred),
        **more,
        **days,
    }


def exposure(year: int, value: float, **more: Any) -> dict[str, Any]:
    """A whole year of exposure of KZ."""
    return {
        "exposure": f"{year}{more}",
        "kind": "cyber",
        "state": "KZ",
        "from_on": dt.date(year, 1, 1),
        "to_on": dt.date(year, 12, 31),
        "value": value,
        "unit": "system years",
        "source": "s",
        "quality": "simulated",
        **more,
    }


def change(on: str) -> dict[str, Any]:
    """A change of reporting of cyber incidents of KZ."""
    return {
        "change": on,
        "kind": "cyber",
        "state": "KZ",
        "on": DAY(on),
        "title_kk": "x",
        "title_ru": "x",
        "title_en": "x",
        "source": "s",
        "quality": "simulated",
    }


def warning(key: str, issued: str, **times: str) -> dict[str, Any]:
    """A simulated warning."""
    at = {name: dt.datetime.fromisoformat(word).replace(tzinfo=dt.UTC) for name, word in times.items()}
    return {
        "warning": key,
        "hazard": "wind",
        "state": "KZ",
        "issuer": "centre",
        "addressee": "port",
        "issued": dt.datetime.fromisoformat(issued).replace(tzinfo=dt.UTC),
        "source": "s",
        "quality": "simulated",
        **at,
    }


def book(**rows: list[dict[str, Any]]) -> Incidents:
    """Registers with these rows."""
    names = ("incidents", "incident_exposures", "reporting_changes", "hazard_warnings")
    return Incidents.from_frames({name: table(name).frame(rows.get(name, [])) for name in names})


def test_a_rate_of_three_has_the_interval_of_garwood() -> None:
    """Three in 1.5 system years: 2 a year, between 0.6187 / 1.5 and 8.7673 / 1.5."""
    rows = [incident(str(at), f"2025-0{at}-01") for at in (1, 2, 3)]
    (row,) = book(incidents=rows, incident_exposures=[exposure(2025, 1.5)]).rates(AT)
    assert row["rate"] == 2.0
    assert (row["low"], row["high"]) == pytest.approx((0.6187 / 1.5, 8.7673 / 1.5), abs=1e-4)
    assert row["quality"] == "simulated"
    assert row["severity"] == {"1": 0, "2": 3, "3": 0, "4": 0, "5": 0}


def test_without_exposure_there_is_a_count_and_no_rate() -> None:
    """The count stands; the rate and its interval are not told, and nothing goes to the scorecard."""
    held = book(incidents=[incident("a", "2025-03-01")])
    (row,) = held.rates(AT)
    assert (row["n"], row["rate"], row["low"]) == (1, None, None)
    assert held.observations(AT) == []


def test_a_year_of_no_incident_is_a_rate_of_nothing_with_an_upper_end() -> None:
    """Exposure without incidents is known to be none, and not unknown."""
    (row,) = book(incident_exposures=[exposure(2025, 2.0)]).rates(AT)
    assert row["rate"] == 0.0
    assert row["high"] == pytest.approx(3.6889 / 2, abs=1e-4)


def test_only_states_with_exposure_count_towards_the_rate() -> None:
    """An incident of RU without exposure is counted and stands in no rate."""
    rows = [incident("a", "2025-03-01"), incident("b", "2025-03-01", state="RU")]
    (row,) = book(incidents=rows, incident_exposures=[exposure(2025, 1.0)]).rates(AT)
    assert (row["n"], row["counted"], row["rate"]) == (2, 1, 1.0)


def test_years_are_compared_exactly_and_never_over_a_change_of_reporting() -> None:
    """4 then 16 at one exposure is a ratio of 4 beyond chance; with a change in between nothing is told."""
    rows = [incident(f"a{at}", "2024-05-01") for at in range(4)]
    rows += [incident(f"b{at}", "2025-05-01") for at in range(16)]
    exposed = [exposure(2024, 1.0), exposure(2025, 1.0)]
    (one,) = book(incidents=rows, incident_exposures=exposed).ratios(AT)
    assert one["ratio"] == 4.0
    assert one["low"] > 1
    assert one["p"] < 0.02
    (cut,) = book(
        incidents=rows, incident_exposures=exposed, reporting_changes=[change("2025-02-01")]
    ).ratios(AT)
    assert cut["ratio"] is None
    assert cut["cut_by"] == ["2025-02-01"]


def test_an_unusual_month_is_told_and_a_short_history_is_said() -> None:
    """One a month for three years, then nine in October; after a change of reporting it is too short."""
    rows = [
        incident(f"{year}-{month}", f"{year}-{month:02d}-05")
        for year in (2023, 2024, 2025)
        for month in range(1, 13)
    ]
    rows += [incident(f"x{at}", "2026-10-07") for at in range(9)]
    (row,) = book(incidents=rows).alarms(AT)
    assert (row["month"], row["n"], row["status"]) == ("2026-10", 9, "unusual")
    (cut,) = book(incidents=rows, reporting_changes=[change("2026-01-01")]).alarms(AT)
    assert cut["status"] == "short"


def test_what_is_open_is_cut_off_and_not_left_out() -> None:
    """Closed after 10 and 20 days and one open for 40: half is closed after 20 days."""
    rows = [
        incident("a", "2026-09-01", closed="2026-09-11"),
        incident("b", "2026-09-01", closed="2026-09-21"),
        incident("c", "2026-10-01"),
    ]
    (row,) = book(incidents=rows).response(AT)
    assert (row["closed"]["median"], row["closed"]["open"], row["closed"]["n"]) == (20, 1, 3)


def test_times_from_warning_to_action_by_hand() -> None:
    """Acknowledged after 1 and 3 hours, acted after 5; one still waits and stands in the open list."""
    rows = [
        warning(
            "a",
            "2026-11-01 00:00",
            acknowledged="2026-11-01 01:00",
            acted="2026-11-01 05:00",
            closed="2026-11-02 00:00",
        ),
        warning("b", "2026-11-01 00:00", acknowledged="2026-11-01 03:00"),
    ]
    found = book(hazard_warnings=rows).answered(dt.datetime(2026, 11, 3, tzinfo=dt.UTC))
    assert found["acknowledged"]["median"] == 1.0
    assert found["acted"] == found["acted"] | {"median": 5.0, "open": 1}
    assert [row["warning"] for row in found["open"]] == ["b"]
    assert found["open"][0]["hours"] == 48.0


def test_rows_at_odds_are_findings() -> None:
    """Closed before it occurred, in days to come, an exposure and a warning the wrong way round."""
    held = book(
        incidents=[incident("a", "2026-05-01", closed="2026-04-01"), incident("b", "2027-01-01")],
        incident_exposures=[exposure(2025, 1.0, to_on=DAY("2024-01-01"))],
        hazard_warnings=[warning("w", "2026-11-01 10:00", acted="2026-11-01 09:00")],
    )
    assert [one.message for one in held.check(AT)] == [
        "finding.incident_order",
        "finding.incident_future",
        "finding.exposure_order",
        "finding.warning_order",
    ]


def test_the_command_on_an_empty_register(
    ask_daliz: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing registered says so, and how to begin."""
    monkeypatch.setenv("DALIZ_REGISTERS", str(tmp_path / "none"))
    done = ask_daliz("incidents", "--lang", "kk")
    assert done.returncode == 0
    assert "daliz plan template" in done.stdout
