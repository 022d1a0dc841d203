"""`daliz regime` as an officer uses it: show, export, edit, check, compare."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., subprocess.CompletedProcess[str]]


def test_the_command_itself_starts_and_refuses_in_kazakh(run_daliz: Run) -> None:
    """From the console: an unknown place is one sentence in the reader's language and status 2."""
    done = run_daliz("regime", "show", "Достықы", DALIZ_LANG="kk")
    assert done.returncode == 2
    assert "Достық" in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_officer_exports_edits_checks_and_compares(ask_daliz: Run, tmp_path: Path) -> None:
    """A checklist goes out as YAML, is found clean, gets a stricter standard, and the difference is that."""
    file = tmp_path / "nur-zholy.yaml"
    done = ask_daliz("regime", "export", "kz-nur-zholy:road:in", "-o", str(file), "--date", "2026-01-01")
    assert done.returncode == 0, done.stderr
    checked = ask_daliz("regime", "check", str(file), "--json")
    assert checked.returncode == 0, checked.stdout
    assert json.loads(checked.stdout) == {"checklists": 1, "findings": []}
    same = ask_daliz("regime", "diff", "kz-nur-zholy:road:in@2026-01-01", str(file), "--json")
    assert same.returncode == 0, same.stdout
    assert json.loads(same.stdout)["same"] is True
    text = file.read_text(encoding="utf-8")
    assert "sla_h: 4.0" in text
    file.write_text(text.replace("sla_h: 4.0", "sla_h: 2.0"), encoding="utf-8")
    differs = ask_daliz("regime", "diff", "kz-nur-zholy:road:in@2026-01-01", str(file), "--json")
    assert differs.returncode == 1
    (change,) = json.loads(differs.stdout)["changes"]
    assert (change["kind"], change["code"], change["before"], change["after"]) == (
        "standard", "customs_clearance", 4.0, 2.0,
    )  # fmt: skip


def test_two_versions_of_a_place_are_compared_by_day(ask_daliz: Run) -> None:
    """At Dostyk the working of a container train went from 9 h to 4 h 15."""
    done = ask_daliz("regime", "diff", "Dostyk:rail:in@2015-06-01", "Dostyk:rail:in@2017-06-01", "--json")
    assert done.returncode == 1, done.stderr
    changes = json.loads(done.stdout)["changes"]
    assert [(one["kind"], one["before"], one["after"]) for one in changes] == [("standard", 9.0, 4.25)]


def test_two_states_show_the_controls_they_both_do(ask_daliz: Run) -> None:
    """Uzbekistan out and Kazakhstan in at Yallama: customs is done on both sides."""
    done = ask_daliz("regime", "diff", "uz-yallama:road:out", "kz-konysbaev:road:in", "--json")
    assert done.returncode == 1, done.stderr
    twice = {(row["from_place"], row["code"]) for row in json.loads(done.stdout)["duplicates"]}
    assert ("uz-yallama", "customs_clearance") in twice
    assert {place for place, _ in twice} == {"uz-yallama"}


@pytest.mark.parametrize(
    ("lang", "word"), [("en", "standard, h"), ("ru", "норматив, ч"), ("kk", "норматив, сағ")]
)
def test_a_place_is_shown_in_the_readers_language(ask_daliz: Run, lang: str, word: str) -> None:
    """Headings and steps are worded; the checklist is named with its days."""
    done = ask_daliz("regime", "show", "Алтынколь", "--lang", lang)
    assert done.returncode == 0, done.stderr
    assert word in done.stdout
    assert "kz-altynkol-rail-in-wagonload-law-3" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", "Nowhereville"),
        ("show", "kz-dostyk:water"),
        ("show", "kz-dostyk@2025-13-01"),
        ("show", "kz-almaty"),
        ("show", "no.yaml"),
        ("diff", "kz-dostyk", "no-folder/checklists.csv"),
        ("check", "no.yaml"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_status_two(
    ask_daliz: Run, arguments: tuple[str, ...]
) -> None:
    """One sentence on standard error, nothing on standard output, no traceback."""
    done = ask_daliz("regime", *arguments)
    assert done.returncode == 2, done.stdout
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_a_bad_file_is_told_by_line_and_the_status_is_one(ask_daliz: Run, tmp_path: Path) -> None:
    """A cell that does not fit, then a place that the network lacks."""
    file = tmp_path / "bad.yaml"
    lines = ["checklist: x", "place: kz-dostyk", "mode: road", "direction: in", "version: 1",
             "valid_from: soon", "source: smgs", "quality: published", "items:", "- code: customs_clearance",
             "  party: customs", "  mandatory: mandatory"]  # fmt: skip
    file.write_text("\n".join(lines), encoding="utf-8")
    done = ask_daliz("regime", "check", str(file), "--json", "--lang", "ru")
    assert done.returncode == 1
    (finding,) = json.loads(done.stdout)["findings"]
    assert finding["row"] == "bad.yaml:6:x:valid_from"
    lines[5], lines[1] = "valid_from: 2025-01-01", "place: kz-dostik"
    file.write_text("\n".join(lines), encoding="utf-8")
    done = ask_daliz("regime", "check", str(file), "--json")
    assert done.returncode == 1
    (finding,) = json.loads(done.stdout)["findings"]
    assert "kz-dostik" in finding["message"]
