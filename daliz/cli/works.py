"""The command about national plans of works: by year, pace, and where they do not meet."""

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


@click.command("works", cls=WordedCommand, help="cli.works")
@click.option("--at", type=DAY, help="cli.opt_plan_at")
@json_option
@lang_option
def works(at: dt.datetime | None, as_json: bool, lang: str) -> None:
    """Works; status 1 when a row is wrong in itself (a plan without a partner is a warning)."""
    from daliz.docking import TABLES, Docking
    from daliz.store.registers import Registers

    day = at.date() if at else dt.datetime.now(dt.UTC).date()
    found = Docking.from_frames(Registers.beside(Settings().store).frames(TABLES)).as_dict(day, lang)
    if as_json:
        print_json(found)
    else:
        _print(found, lang)
    if any(finding["level"] == "error" for finding in found["findings"]):
        raise SystemExit(1)


def _print(found: Row, lang: str) -> None:
    years = [
        (row["year"], row["state"], row["class_text"], row["works"], _km(row))
        for row in found["by_year"]
    ]  # fmt: skip
    print_table(
        text("docking.by_year", lang), ("wk_year", "pl_state", "wk_class", "wk_works", "wk_km"), years, lang
    )
    titles = {row["work"]: row["title"] for row in found["works"]}
    pace = [
        (titles[row["work"]], f"{_number(row['done_km'])} / {_number(row['length_km'])}", row["by_year"],
         _number(row["km_a_year"]),
         text("docking.past", lang) if row["late"] else ("≤ " if row["at_most"] else "")
         + _number(row["km_a_year_asked"]))
        for row in found["pace"]
    ]  # fmt: skip
    print_table(
        text("docking.pace", lang), ("wk_work", "wk_done", "wk_by", "wk_pace", "wk_asked"), pace, lang
    )
    apart = [
        (titles[row["work"]], f"{row['state']} → {row['border_with']}", row["why_text"], row["years"] or "")
        for row in found["undocked"]
    ]  # fmt: skip
    if apart:
        print_table(
            text("docking.undocked", lang), ("wk_work", "wk_border", "pl_reason", "wk_gap"), apart, lang
        )
    for finding in found["findings"]:
        click.echo(f"! {finding['row']}: {finding['message']}; {finding['repair']}")


def _km(row: Row) -> str:
    if row["km_high"] == 0:
        return ""
    if row["km_high"] is None:
        return f"≥ {_number(row['km_low'])}"
    return ("" if row["km_low"] == row["km_high"] else "≤ ") + _number(row["km_high"])


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}".replace(",", "\u202f")
