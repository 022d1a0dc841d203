"""The command about incidents and warnings."""

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


@click.command("incidents", cls=WordedCommand, help="cli.incidents")
@click.option("--at", type=DAY, help="cli.opt_plan_at")
@click.option("--kind", type=click.Choice(["cyber", "environmental"]), help="cli.opt_incidents_kind")
@click.option("--state", default="", help="cli.opt_incidents_state")
@json_option
@lang_option
def incidents(at: dt.datetime | None, kind: str | None, state: str, as_json: bool, lang: str) -> None:
    """Incidents; status 1 when a month is unusual or a row is at odds with itself."""
    from daliz.incidents import TABLES, Incidents
    from daliz.store.registers import Registers

    day = at.date() if at else dt.datetime.now(dt.UTC).date()
    held = Incidents.from_frames(Registers.beside(Settings().store).frames(TABLES))
    found = held.of(kind or "", state.upper()).as_dict(day, lang)
    if as_json:
        print_json(found)
    else:
        _print(found, lang)
    if found["findings"] or any(row["status"] == "unusual" for row in found["alarms"]):
        raise SystemExit(1)


def _print(found: Row, lang: str) -> None:
    if not found["n"] and not found["warnings"]["n"]:
        click.echo(text("incidents.empty", lang))
        return
    rates = [
        (
            row["kind_text"],
            row["year"],
            row["n"],
            "–" if row["rate"] is None else f"{row['rate']:.3g} ({row['low']:.3g}–{row['high']:.3g})",
            "" if row["unit"] is None else f"1 / {row['unit']}",
            " ".join(f"{name}:{count}" for name, count in row["severity"].items() if count),
            text(f"quality.{row['quality']}", lang),
        )
        for row in found["rates"]
    ]
    print_table(
        text("incidents.rates", lang, day=found["on"]),
        ("in_kind", "wk_year", "n", "in_rate", "pl_unit", "in_severity", "quality"),
        rates,
        lang,
    )
    alarms = [
        (
            row["kind_text"],
            row["state"],
            row["month"],
            row["n"],
            "–" if row["upper"] is None else f"{row['upper']:.1f}",
            row["status_text"],
        )
        for row in found["alarms"]
    ]
    if alarms:
        print_table(
            text("incidents.early", lang),
            ("in_kind", "pl_state", "in_month", "n", "in_upper", "pl_status"),
            alarms,
            lang,
        )
    answered = found["warnings"]
    if answered["n"]:
        times = [
            (text(WARNINGS[name], lang), _hours(answered[name]), answered[name]["open"]) for name in WARNINGS
        ]
        print_table(text("incidents.warnings", lang), ("in_step", "in_hours", "in_open"), times, lang)
    for finding in found["findings"]:
        click.echo(f"! {finding['row']}: {finding['message']}; {finding['repair']}")


WARNINGS = {
    "acknowledged": "incidents.acknowledged",
    "acted": "incidents.acted",
    "acknowledged_to_acted": "incidents.acknowledged_to_acted",
}


def _hours(half: Row) -> str:
    if half["median"] is None:
        return "–"
    ends = [f"{one:.1f}" if one is not None else "…" for one in (half["low"], half["high"])]
    return f"{half['median']:.1f} ({'–'.join(ends)})"
