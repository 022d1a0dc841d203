"""The command of the front page: where each of the ten criteria stands."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import click

from daliz.cli.group import WordedCommand, json_option, lang_option
from daliz.cli.printing import print_json, print_table
from daliz.config import Settings
from daliz.i18n import text

if TYPE_CHECKING:
    from daliz.schema import Row

DAY = click.DateTime(["%Y-%m-%d"])


@click.command("scorecard", cls=WordedCommand, help="cli.scorecard")
@click.option("--at", type=DAY, help="cli.opt_scorecard_at")
@click.option("--baseline", type=DAY, help="cli.opt_scorecard_baseline")
@click.option("--no-walk", is_flag=True, help="cli.opt_scorecard_walked")
@json_option
@lang_option
def scorecard(
    at: dt.datetime | None, baseline: dt.datetime | None, no_walk: bool, as_json: bool, lang: str
) -> None:
    """The ten criteria; status 1 when a target names what nobody judges by."""
    from daliz.scorecard import scorecard_of

    day = at.date() if at else dt.datetime.now(dt.UTC).date()
    card = scorecard_of(Settings().store, day, baseline.date() if baseline else None, walk=not no_walk)
    report = card.as_dict(lang)
    if as_json:
        print_json(report)
    else:
        _print(report, lang)
    if report["findings"]:
        raise SystemExit(1)


def _print(report: Row, lang: str) -> None:
    total = len(report["criteria"])
    click.echo(text("scorecard.of_ten", lang, judged=report["judged"], total=total, day=report["on"]))
    for row in report["criteria"]:
        click.echo(f"\n{row['id']}  {row['title']}: {_status(row, lang)}")
        rows = [_line(one, lang) for one in row["results"] if one["value"] is not None]
        if rows:
            print_table("", COLUMNS, rows, lang)
        if row["settles"]:
            click.echo(text("scorecard.asks", lang, settles=row["settles"]))
    for finding in report["findings"]:
        click.echo(f"! {finding['row']}: {finding['message']}; {finding['repair']}")


COLUMNS = ("sc_measure", "sc_value", "sc_interval", "n", "sc_baseline", "sc_target", "sc_trend", "quality",
           "sc_status")  # fmt: skip


def _line(one: Row, lang: str) -> tuple[object, ...]:
    measure = one["measure"] + (f": {one['subject_name']}" if one["subject_name"] else "")
    trend, base, goal = one["trend"], one["baseline"], one["target"]
    unit = "" if one["unit"] == "1" else one["unit"]
    return (
        measure, f"{_figure(one['value'])} {unit}".strip(),
        _interval(one, lang),
        "" if one["n"] is None else str(one["n"]),
        "" if base is None else f"{_figure(base['value'])} ({base['on']})",
        "" if goal is None else f"{goal['comparator']} {_figure(goal['value'])}",
        "" if trend is None else f"{trend['per_year']:+.3g}",
        text(f"quality.{one['quality']}", lang), one["reason_text"] or one["status_text"],
    )  # fmt: skip


def _interval(one: Row, lang: str) -> str:
    if one["interval"] is not None:
        return f"{_figure(one['low'])}–{_figure(one['high'])}"
    return "" if one["status"] == "cannot_judge" else text("scorecard.no_interval", lang)


def _status(row: Row, lang: str) -> str:
    words = [row["status_text"]]
    if row["reason_text"]:
        words.append(row["reason_text"])
    if row["baseline"] and row["baseline"]["chosen"]:
        words.append(text("scorecard.chosen", lang))
    if row["stale"]:
        words.append(text("scorecard.stale", lang))
    return ": ".join(words[:2]) + "".join(f"; {word}" for word in words[2:])


def _figure(value: float | None) -> str:
    if value is None:
        return "–"
    shown = f"{value:,.0f}" if abs(value) >= 1e4 else f"{value:,.4g}"
    return shown.replace(",", "\u202f")
