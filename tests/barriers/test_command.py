"""`daliz barriers` as a minister's office uses it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., subprocess.CompletedProcess[str]]


def test_the_barriers_of_a_state_on_a_day(ask_daliz: Run) -> None:
    """In October 2017 the checks on the border with Kyrgyzstan stood; two months on they did not."""
    stood = json.loads(ask_daliz("barriers", "--country", "kz", "--date", "2017-10-31", "--json").stdout)
    assert {row["barrier"] for row in stood["standing"]} == {"kz-kg-veterinary", "kz-kg-checks-2017"}
    gone = json.loads(ask_daliz("barriers", "--country", "KZ", "--date", "2017-12-31", "--json").stdout)
    assert {row["barrier"] for row in gone["standing"]} == {"kz-kg-veterinary"}
    assert gone["unknown_exposure"] == 1
    assert gone["removal"]["removed"] == 1


@pytest.mark.parametrize(("lang", "word"), [("ru", "охват неизвестен"), ("kk", "қамтуы белгісіз")])
def test_the_register_is_printed_in_the_readers_language(ask_daliz: Run, lang: str, word: str) -> None:
    """Names, kinds and what is not known are worded."""
    done = ask_daliz("barriers", "--lang", lang)
    assert done.returncode == 0, done.stderr
    assert word in done.stdout


def test_a_register_at_odds_is_status_one_and_a_bad_question_two(ask_daliz: Run, tmp_path: Path) -> None:
    """A life out of order is told and prints 1; an unknown state or file prints one sentence and 2."""
    file = tmp_path / "mine.csv"
    file.write_text(
        "barrier,name_en,name_ru,name_kk,kind,country,mode,reported,removed,status,owner,source,quality\n"
        "b1,Q,О,К,queue,KZ,road,2024-05-01,2024-01-01,removed,me,mine,assumed\n",
        encoding="utf-8",
    )
    done = ask_daliz("barriers", "--file", str(file), "--json")
    assert done.returncode == 1
    assert [row["row"] for row in json.loads(done.stdout)["findings"]] == ["b1"]
    for arguments in (("--country", "XX"), ("--file", "no.csv")):
        done = ask_daliz("barriers", *arguments)
        assert done.returncode == 2
        assert done.stdout == ""
        assert "Traceback" not in done.stderr
