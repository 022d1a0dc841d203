"""The command about projects: stage, money, delay, concentration, beside what was declared."""

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


@click.command("projects", cls=WordedCommand, help="cli.projects")
@click.option("--at", type=DAY, help="cli.opt_plan_at")
@click.option("--state", default="", help="cli.opt_projects_state")
@click.option("--sector", default="", help="cli.opt_projects_sector")
@click.option("--stage", default="", help="cli.opt_projects_stage")
@json_option
@lang_option
def projects(at: dt.datetime | None, state: str, sector: str, stage: str, as_json: bool, lang: str) -> None:
    """The portfolio; status 1 when a row is at odds with another."""
    from daliz.portfolio import TABLES, Portfolio, report
    from daliz.store.registers import Registers

    day = at.date() if at else dt.datetime.now(dt.UTC).date()
    held = Portfolio.from_frames(Registers.beside(Settings().store).frames(TABLES))
    found = report(held.select(state.upper(), sector, stage), day, lang)
    if as_json:
        print_json(found)
    else:
        _print(found, lang)
    if any(finding["level"] == "error" for finding in found["findings"]):
        raise SystemExit(1)


def _print(found: Row, lang: str) -> None:
    rows: list[tuple[object, ...]] = [
        (row["title"], row["sector_text"], row["stage_text"], ", ".join(row["states"]),
         "; ".join(_amount(one) for one in row["amounts"] if one["kind"] == "estimate"),
         row["end_actual"] or row["end_planned"] or "–", "" if row["slip_d"] is None else str(row["slip_d"]))
        for row in found["projects"]
    ]  # fmt: skip
    print_table(
        text("portfolio.head", lang, day=found["on"]),
        ("pr_project", "pr_sector", "pr_stage", "pl_states", "pr_estimate", "pl_finish", "pr_slip"),
        rows,
        lang,
    )
    totals: list[tuple[object, ...]] = [
        (text(KINDS[row["kind"]], lang), _interval(row), row["currency"], row["price_year"] or "",
         row["projects"], text(f"quality.{row['quality']}", lang))
        for row in found["totals"]
    ]  # fmt: skip
    print_table(
        text("portfolio.totals", lang),
        ("pr_kind", "pr_sum", "pr_currency", "pr_prices", "pr_projects", "quality"),
        totals,
        lang,
    )
    declared: list[tuple[object, ...]] = [
        (row["commitment"], row["text"], f"{row['registered']:,.1f}", _interval(
            {"low": row["missing"]["least"], "high": row["missing"]["most"]}))
        for row in found["declared"]
    ]  # fmt: skip
    print_table(
        text("portfolio.declared", lang),
        ("ev_id", "pl_declared", "pl_registered", "pl_missing"),
        declared,
        lang,
    )
    focus: list[tuple[object, ...]] = [
        (text(GROUPS[name], lang), part["largest"], f"{part['share']:.0%}", f"{part['hhi']:.3f}",
         f"{part['effective']:.1f}")
        for name in GROUPS
        if (part := found["concentration"].get(name))
    ]  # fmt: skip
    if focus:
        print_table(
            text("portfolio.concentration", lang),
            ("pr_group", "pr_largest", "pr_share", "pr_hhi", "pr_effective"),
            focus,
            lang,
        )
    for finding in found["findings"]:
        click.echo(f"! {finding['row']}: {finding['message']}; {finding['repair']}")


KINDS = {
    "estimate": "portfolio.estimate",
    "pledged": "portfolio.pledged",
    "committed": "portfolio.committed",
    "disbursed": "portfolio.disbursed",
}

GROUPS = {"sponsor": "portfolio.by_sponsor", "sector": "portfolio.by_sector", "state": "portfolio.by_state"}


def _amount(row: Row) -> str:
    sign = "" if row["comparator"] == "=" else f"{row['comparator']} "
    return f"{sign}{row['value'] / 1e6:,.0f} M {row['currency']}".replace(",", "\u202f")


def _interval(row: Row) -> str:
    low, high = (None if one is None else f"{one:,.4g}" if one < 1e6 else f"{one / 1e6:,.0f} M"
                 for one in (row["low"], row["high"]))  # fmt: skip
    shown = f"≥ {low}" if high is None else str(low) if low == high else f"{low}–{high}"
    return shown.replace(",", "\u202f")
