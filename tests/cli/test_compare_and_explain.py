"""`daliz compare` and `daliz explain`: corridors side by side, terms in three languages."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import daliz.i18n
from daliz.explain import term, terms
from daliz.i18n import LANGUAGES, glossary

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from typing import Any

    import polars as pl

    Run = Callable[..., subprocess.CompletedProcess[str]]

TERMS = Path(daliz.i18n.__file__).parent / "terms.csv"
ROOT = Path(daliz.i18n.__file__).parent.parent


def answer(done: subprocess.CompletedProcess[str]) -> Any:
    """The JSON on standard output of a command that went well."""
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_compare_gives_two_corridors_by_component(run_daliz: Run) -> None:
    """Time, cost and emissions of each corridor are the sums of its components, with borders and P90."""
    found = answer(run_daliz("compare", "tc-altynkol-poti", "northern-altynkol-petropavl", "--json"))
    sides = found["corridors"]
    assert [side["corridor"] for side in sides] == ["tc-altynkol-poti", "northern-altynkol-petropavl"]
    for side in sides:
        for name, whole in (("hours", "time_mean_h"), ("cost_usd", "cost_usd"), ("co2e_kg", "co2e_kg")):
            total = sum(part[name] for part in side["components"])
            assert total == pytest.approx(side[whole], abs=0.5)
        assert side["p90_over_p50"] == pytest.approx(side["time_p90_h"] / side["time_p50_h"], abs=0.001)
        assert side["speed_kmh"] < side["speed_moving_kmh"]
        assert side["borders"]
    by_sea = {part["component"] for part in sides[0]["components"]}
    assert {"moving", "waiting_departure", "clearance", "gauge_change", "port"} <= by_sea
    assert "port" not in {part["component"] for part in sides[1]["components"]}
    assert sides[0]["borders"][0]["crossing"].endswith("rail")


def test_compare_says_what_is_counted_and_that_ends_differ(run_daliz: Run) -> None:
    """Notes say which branch was taken, that the ends differ and what is counted, in the language asked."""
    texts = []
    for lang in LANGUAGES:
        found = answer(run_daliz("compare", "Middle Corridor", "wcwe", "--json", "--lang", lang))
        assert found["corridors"][0]["branches"]
        assert len(found["notes"]) >= 2
        texts.append(found["counts"] + " ".join(found["notes"]))
    assert len(set(texts)) == len(LANGUAGES)
    assert all("{" not in text for text in texts)


def test_compare_finds_corridors_by_any_spelling(run_daliz: Run) -> None:
    """Dashes and languages do not matter, and the same question gives the same answer."""
    one = answer(run_daliz("compare", "Солтүстік – Оңтүстік", "TRACECA", "--json"))
    two = answer(run_daliz("compare", "north-south", "ТРАСЕКА", "--json"))
    for found in (one, two):
        for side in found["corridors"]:
            del side["asked"]
    assert one["corridors"] == two["corridors"]


def test_compare_refuses_one_corridor_and_unknown_ones(run_daliz: Run) -> None:
    """One name, five names and a name that is no corridor end with status 2 and a repair."""
    for names in (["wcwe"], ["wcwe"] * 5):
        done = run_daliz("compare", *names)
        assert done.returncode == 2
        assert "two to four" in done.stderr
    done = run_daliz("compare", "wcwe", "Nowhere – Nothing")
    assert done.returncode == 2
    assert "Nowhere" in done.stderr


def test_compare_prints_a_table(run_daliz: Run) -> None:
    """Without --json both corridors and their components stand in tables."""
    done = run_daliz("compare", "carec-4b", "carec-1a", "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert "border clearance" in done.stdout
    assert "CAREC 4b" in done.stdout


@pytest.mark.parametrize(
    ("word", "key"),
    [
        ("TFI1", "tfi1"), ("tfi 2", "tfi2"), ("SWOD", "swod"), ("swd", "swd"), ("P90", "p90"),
        ("медиана", "median"), ("ρ", "rho"), ("Парето", "pareto"), ("шартты түрде алынған", "assumed"),
        ("gauge change", "gauge_change"), ("gauge_change", "gauge_change"), ("жолтабан ені", "gauge"),
    ],
)  # fmt: skip
def test_a_term_is_found_by_any_spelling(word: str, key: str) -> None:
    """Keys, names in three languages and usual other names lead to the term."""
    assert term(word).key == key


def test_explain_gives_definition_formula_unit_source_and_code(run_daliz: Run) -> None:
    """`daliz explain TFI1 --json` holds all that the term needs, in the language asked for."""
    cards = [answer(run_daliz("explain", "TFI1", "--json", "--lang", lang)) for lang in LANGUAGES]
    assert len({card["definition"] for card in cards}) == len(LANGUAGES)
    for card in cards:
        assert card["unit"] == "h"
        assert set(card["definitions"]) == set(LANGUAGES)
        assert card["formula"]
        assert card["source"]
        assert "daliz/" in card["code"]


def test_explain_offers_the_nearest_term(run_daliz: Run) -> None:
    """An unknown word ends with status 2 and names near ones."""
    done = run_daliz("explain", "SWODD", "--lang", "en")
    assert done.returncode == 2
    assert "swod" in done.stderr


def test_explain_says_when_a_word_is_only_translated(run_daliz: Run) -> None:
    """A glossary word without a definition gives its three names and says that there is no more."""
    card = answer(run_daliz("explain", "tranche", "--json"))
    assert card["definition"] is None
    assert set(card["names"]) == set(LANGUAGES)


def test_every_word_of_the_glossary_is_a_term() -> None:
    """Nothing that the glossary knows is unknown to explain."""
    assert set(glossary()) <= set(terms())


def test_terms_are_whole(frames: dict[str, pl.DataFrame]) -> None:
    """Each term is defined in three languages, has a known source, and names files that exist."""
    with TERMS.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, strict=True))
    assert len({row["term"] for row in rows}) == len(rows) >= 50
    sources = set(frames["sources"]["source"].to_list())
    for row in rows:
        assert row["source"] in sources, row["term"]
        definitions = {row[f"definition_{lang}"] for lang in LANGUAGES}
        assert len(definitions) == len(LANGUAGES), row["term"]
        assert "" not in definitions, row["term"]
        assert all(row[f"name_{lang}"] for lang in LANGUAGES) != (row["term"] in glossary()), row["term"]
        for word in row["code"].replace(";", " ").replace(":", " ").split():
            if word.startswith("daliz/"):
                assert (ROOT.parent / word.rstrip(",")).exists(), row["term"]
