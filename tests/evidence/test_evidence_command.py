"""`daliz evidence`: one register or all, for people and for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from daliz.cli.evidence import evidence

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., subprocess.CompletedProcess[str]]


def test_json_of_the_whole_pack(run_daliz: Run) -> None:
    """All registers, the matrix and the disagreements; status 0."""
    done = run_daliz("evidence", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    rows = {row["id"]: row for row in found["commitments"]}
    assert len(rows) == 80
    assert (rows["C-33"]["value"], rows["C-33"]["unit"], rows["C-33"]["year_to"]) == (
        *(23300, "tonnes of uranium", 2024),
    )
    assert set(rows["C-33"]["gloss"]) == {"kk", "ru", "en"}
    assert rows["C-33"]["locator"]["lines"] == [7]
    counts = {name: len(found[name]) for name in ("systems", "risks", "criteria", "positions")}
    assert counts == {"systems": 83, "risks": 49, "criteria": 31, "positions": 25}
    assert found["matrix"]["summit"]["themes"][0]["count"] == 5


@pytest.mark.parametrize(
    ("register", "lang", "said"),
    [
        ("commitments", "ru", "более 50 мероприятий"),
        ("systems", "kk", "SYS-83"),
        ("risks", "kk", "R-49"),
        ("criteria", "en", "K-31"),
        ("positions", "ru", "83%"),
    ],
)
def test_a_register_is_printed_for_people(built_store: Path, register: str, lang: str, said: str) -> None:
    """One table per register in the language asked for, without a key or a brace left in it."""
    done = CliRunner(env={"DALIZ_STORE": str(built_store)}).invoke(evidence, [register, "--lang", lang])
    assert done.exit_code == 0, done.output
    assert said in " ".join(done.stdout.split())
    assert "evidence." not in done.stdout
    assert "{" not in done.stdout


def test_a_summary_is_printed_without_a_register(built_store: Path) -> None:
    """Counts, what no one number satisfies, and both matrices."""
    done = CliRunner(env={"DALIZ_STORE": str(built_store)}).invoke(evidence, ["--lang", "en"])
    assert done.exit_code == 0, done.output
    for said in ("44.7 billion USD (C-03-P2)", "11,000–16,000 km of railway", "CIS council"):
        assert said in done.stdout


def test_filters_of_the_command(run_daliz: Run) -> None:
    """A small-letter state code is understood; a state that no row names is refused with status 2."""
    done = run_daliz("evidence", "commitments", "--actor", "uz", "--topic", "gas", "--json")
    assert [row["id"] for row in json.loads(done.stdout)["commitments"]] == ["C-11"]
    refused = run_daliz("evidence", "--actor", "XX", "--lang", "ru")
    assert refused.returncode == 2
    assert "XX" in refused.stderr
    assert "Traceback" not in refused.stderr
