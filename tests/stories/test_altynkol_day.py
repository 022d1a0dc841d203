"""A day of a dispatcher in Almaty: one whole task through the command, in Kazakh."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from typing import Any

    Run = Callable[..., subprocess.CompletedProcess[str]]

KAZAKH = re.compile("[әғқңөұүһі]", re.IGNORECASE)


def _told(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_dispatcher_sends_a_box_from_altynkol_to_poti(run_daliz: Run) -> None:
    """From the state of the network to a way around a closed port, every word on the way is Kazakh.

    The dispatcher asks whether the network can be trusted, looks up the corridor and the border post,
    asks for a way by the Caspian, mistypes a name, and asks again when Aktau is shut by a storm.
    """
    kazakh = {"DALIZ_LANG": "kk"}

    report = _told(run_daliz("check", "--json", **kazakh))
    assert not [finding for finding in report["findings"] if finding["level"] == "error"]
    assert all(KAZAKH.search(finding["message"]) for finding in report["findings"])

    corridors = _told(run_daliz("corridors", "орта дәліз", "--json", **kazakh))["corridors"]
    by_altynkol = [row for row in corridors if "Алтынкөл" in [stop["name"] for stop in row["via"]]]
    assert by_altynkol
    assert all(row["connected"] for row in by_altynkol)

    card = _told(run_daliz("place", "алтынкөл", "--json", **kazakh))
    assert card["place"]["name"] == "Алтынкөл"
    inbound = next(
        process for process in card["processes"]
        if (process["mode"], process["direction"], process["service"]) == ("rail", "in", "wagonload")
    )  # fmt: skip
    assert inbound["calibration"]["published_h"] == 60
    assert sum(bool(KAZAKH.search(step["name"])) for step in inbound["steps"]) > len(inbound["steps"]) / 2

    by_aktau = ("--via", "Ақтау порты", "--via", "Алят", "--close", "Құрық порты", "--avoid", "Ресей")
    by_sea = _told(
        run_daliz("route", "Алтынкөл", "Поти", *by_aktau, "--avoid", "Түрікменстан", "--json", **kazakh)
    )
    best = by_sea["options"][0]
    sea = next(leg for leg in best["legs"] if leg["mode"] == "sea")
    assert (sea["from"], 20 <= sea["move_h"] <= 22) == ("Ақтау порты", True)
    assert best["countries"] == ["KZ", "AZ", "GE"]
    assert 9 <= best["time_mean_h"] / 24 <= 16
    known = _told(run_daliz("place", "Ақтау порты", "--json", **kazakh))["sources"]
    assert {
        step["source"] for leg in best["legs"] for step in leg["steps"] if step["place"] == "kz-aktau-port"
    } <= set(known)

    typo = run_daliz("route", "Алтынкөлл", "Поти", **kazakh)
    assert typo.returncode == 2
    assert "Алтынкөл" in typo.stderr
    assert KAZAKH.search(typo.stderr)

    shut = run_daliz("route", "Алтынкөл", "Поти", "--via", "Ақтау порты", "--close", "Ақтау порты", **kazakh)
    assert shut.returncode == 2
    assert KAZAKH.search(shut.stderr)
    around = _told(
        run_daliz(
            "route", "Алтынкөл", "Поти", "--close", "Ақтау порты", "--avoid", "Ресей", "--json", **kazakh
        )
    )
    for option in around["options"]:
        assert "RU" not in option["countries"]
        assert "kz-aktau-port" not in {
            leg[end] for leg in option["legs"] for end in ("from_place", "to_place")
        }

    people = run_daliz("route", "Алтынкөл", "Поти", **kazakh)
    assert people.returncode == 0
    assert KAZAKH.search(people.stdout)
    assert not re.search(r"\b(col|label|mode|quality)\.", people.stdout)
