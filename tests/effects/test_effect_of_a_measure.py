"""Did it work: series, verdicts, diagnostics and the command, on simulated figures with planted effects."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from daliz.effects import Monthly, judge_effect
from daliz.effects.expected import expected
from daliz.effects.series import from_observations, month_of
from daliz.i18n import LANGUAGES
from daliz.schema import table

if TYPE_CHECKING:
    import polars as pl

AT = month_of(dt.date(2025, 1, 1))


def series(
    months: int, effect: float, seed: int = 1, name: str = "", before: int = 24, drift: float = 0.0
) -> Monthly:
    """A simulated series of hours with an effect from January 2025."""
    rng = np.random.default_rng(seed)
    at = np.arange(AT - before, AT - before + months)
    values = 40 * np.exp(
        0.03 * rng.normal(size=months) + np.log1p(effect) * (at >= AT) + drift * (at - AT) * (at < AT)
    )
    return Monthly(name, at, values, np.full(months, 50), "h", "simulated")


def test_a_planted_cut_of_a_fifth_is_found() -> None:
    """Alone and beside four controls the interval holds -20 per cent and leaves nothing out."""
    controls = [series(36, 0.0, seed, f"c{seed}") for seed in range(2, 6)]
    for others in ((), controls):
        found = judge_effect(series(36, -0.2), AT, others)
        assert found.reason == ""
        assert found.moved
        assert found.low is not None
        assert found.high is not None
        assert found.low < -0.2 < found.high
        assert found.quality == "simulated"


def test_nothing_planted_is_no_clear_effect() -> None:
    """Without an effect nothing is claimed, and the smallest effect that would be seen is told."""
    found = judge_effect(series(36, 0.0), AT)
    assert found.moved is False
    assert found.smallest is not None
    assert 0.01 < found.smallest < 0.2


@pytest.mark.parametrize(
    ("months", "before", "reason"), [(12, 7, "few_before"), (27, 24, "few_after"), (0, 0, "no_series")]
)
def test_too_little_is_said_to_be_too_little(months: int, before: int, reason: str) -> None:
    """Seven months before, three after, or no figure at all: no number is told."""
    found = judge_effect(series(months, -0.2, before=before) if months else None, AT)
    assert found.reason == reason
    assert found.change is found.low is found.moved is None


def test_a_place_that_drifted_away_before_is_not_judged() -> None:
    """A rise of two per cent a month before the measure that no control shows breaks the comparison."""
    controls = [series(36, 0.0, seed, f"c{seed}") for seed in range(2, 6)]
    found = judge_effect(series(36, -0.2, drift=0.02), AT, controls)
    assert found.reason == "pre_trend"
    assert found.pre_trend_p is not None
    assert found.pre_trend_p < 0.05


def test_placebo_months_show_nothing_like_it() -> None:
    """Of the months before none shows a fall as large as the planted one."""
    found = judge_effect(series(60, -0.25, before=40), AT)
    assert found.placebos >= 20
    assert found.placebo_p is not None
    assert found.placebo_p < 0.1


def test_each_control_is_tried_as_the_place_of_the_measure() -> None:
    """With six controls none shows an effect as large: one in seven."""
    controls = [series(36, 0.0, seed, f"c{seed}") for seed in range(2, 8)]
    assert judge_effect(series(36, -0.3), AT, controls).place_p == pytest.approx(1 / 7)


def test_gaps_and_a_transition_are_left_out() -> None:
    """Months without a figure and the two months of transition are not filled in."""
    whole = series(36, -0.2)
    kept = np.ones(36, dtype=bool)
    kept[[5, 6, 30]] = False
    holed = Monthly("", whole.months[kept], whole.values[kept], whole.n[kept], "h", "simulated")
    found = judge_effect(holed, AT, transition=2)
    assert (found.before, found.after) == (22, 9)
    assert {row[0] for row in found.rows} == set(holed.months.tolist()) - {AT, AT + 1}


def test_values_at_nothing_are_judged_in_their_unit() -> None:
    """Counts that can be nothing have no logarithm: the change is in the unit."""
    one = series(36, -0.2)
    found = judge_effect(
        Monthly("", one.months, np.maximum(one.values - 40, 0.0), one.n, "h", "measured"), AT
    )
    assert not found.relative
    assert found.unit == "h"


def test_a_change_of_mix_is_noticed() -> None:
    """Three times as many observations a month after as before is told."""
    one = series(36, 0.0)
    counts = np.where(one.months >= AT, 150, 50)
    assert judge_effect(Monthly("", one.months, one.values, counts, "h", "measured"), AT).composition == 3.0


def test_observations_take_the_latest_vintage_of_a_month() -> None:
    """Two vintages of one month are one value: the later."""
    rows = [
        {
            "observation": str(at),
            "series": "s",
            "subject": "x",
            "on": dt.date(2025, 1, 31),
            "value": value,
            "vintage": dt.date(2025, month, 1),
            "source": "s",
            "quality": "published",
        }
        for at, (value, month) in enumerate([(5.0, 3), (7.0, 2)])
    ]
    frame = table("observations").frame(rows)
    found = from_observations(frame.iter_rows(named=True), "s", ["x", "y"])
    assert found["x"].values.tolist() == [5.0]
    assert "y" not in found


def test_the_edit_of_a_measure_promises_fewer_hours(frames: dict[str, pl.DataFrame], atlas: Any) -> None:
    """Taking the papers away at Dostyk makes a trip through it no slower and some trip faster."""
    edits = [row for row in frames["plan_edits"].iter_rows(named=True) if row["subject"] == "c-47"]
    found = expected(atlas, edits, "en")
    assert found.refused == ()
    assert found.trips
    assert found.hours_share is not None
    assert found.hours_share < 0
    assert all(row["hours_after"] <= row["hours_before"] + 1e-9 for row in found.trips)


@pytest.fixture
def registered(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Registers with simulated observations of a place and four others, and no log."""
    folder = tmp_path / "registers"
    folder.mkdir()
    rows = []
    for name, effect, seed in (("a", -0.2, 1), *((f"c{n}", 0.0, n) for n in range(2, 6))):
        one = series(36, effect, seed)
        rows += [
            {
                "observation": f"{name}{month}",
                "series": "hours",
                "subject": name,
                "on": dt.date(int(month) // 12, int(month) % 12 + 1, 28),
                "value": float(value),
                "unit": "h",
                "n": 50,
                "source": "simulated",
                "quality": "simulated",
            }
            for month, value in zip(one.months, one.values, strict=True)
        ]
    table("observations").frame(rows).write_parquet(folder / "observations.parquet")
    monkeypatch.setenv("DALIZ_REGISTERS", str(folder))
    monkeypatch.setenv("DALIZ_EVENTS", str(tmp_path / "none"))
    return folder


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_command_says_what_moved_and_how_surely(ask_daliz: Any, lang: str) -> None:
    """A simulated fall of a fifth: judged with its interval, said to be simulated, with what is expected."""
    asked = ("plan", "effect", "c-47", "--indicator", "hours", "--where", "place=a", "--at", "2025-01-01")
    walk = [] if lang == "kk" else ["--no-walk"]
    done = ask_daliz(*asked, "--controls", "c2,c3,c4,c5", *walk, "--json", "--lang", lang)
    found = json.loads(done.stdout)
    assert done.returncode == 0
    assert found["judged"]
    assert found["method"] == "did"
    assert found["low"] < -0.2 < found["high"] < 0
    assert found["quality"] == "simulated"
    if not walk:
        assert found["expected"]["trips"]
        assert found["expected"]["missing"]
    assert len(found["series"]) == 36
    shown = ask_daliz(*asked, "--no-walk", "--lang", lang).stdout
    assert "effects." not in shown
    assert "%" in shown


@pytest.mark.usefixtures("registered")
def test_what_is_not_known_is_refused_in_words(ask_daliz: Any) -> None:
    """No such measure, no day, no indicator: each names the repair; no figure says what settles it."""
    assert "c-47" in ask_daliz("plan", "effect", "c-4711").stderr
    assert "--at" in ask_daliz("plan", "effect", "c-47").stderr
    assert "--indicator" in ask_daliz("plan", "effect", "c-66", "--at", "2025-01-01").stderr
    done = ask_daliz(
        "plan",
        "effect",
        "c-47",
        "--indicator",
        "hours",
        "--where",
        "place=z",
        "--at",
        "2025-01-01",
        "--json",
        "--no-walk",
    )
    assert done.returncode == 1
    assert json.loads(done.stdout)["settles"]
