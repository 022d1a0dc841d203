"""The command about the state of plans on a day."""

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
STATUS = click.Choice(
    ["overdue", "at_risk", "done_unproven", "under_way", "not_started", "undated", "suspended", "done",
     "cancelled"]
)  # fmt: skip


@click.command("status", cls=WordedCommand, help="cli.plan_status")
@click.option("--at", type=DAY, help="cli.opt_plan_at")
@click.option("--programme", default="", help="cli.opt_plan_programme")
@click.option("--state", default="", help="cli.opt_plan_state")
@click.option("--status", "only", type=STATUS, help="cli.opt_plan_only")
@json_option
@lang_option
def status(
    at: dt.datetime | None, programme: str, state: str, only: str | None, as_json: bool, lang: str
) -> None:
    """Plans on a day; status 1 when a measure is overdue or a row is at odds with another."""
    from daliz.programme import TABLES, Plan
    from daliz.store.registers import Registers

    registers = Registers.beside(Settings().store)
    frames = registers.frames([name for name in TABLES if name != "observations"])
    plan = Plan.from_frames({**frames, "observations": registers.scan("observations")})
    day = at.date() if at else dt.datetime.now(dt.UTC).date()
    found = plan.select(programme, state.upper()).status(day)
    late = any(one.rule.status == "overdue" for one in found.measures)
    report = (found.of(only) if only else found).as_dict(lang)
    if as_json:
        print_json(report)
    else:
        _print(report, lang)
    if late or any(finding["level"] == "error" for finding in report["findings"]):
        raise SystemExit(1)


def _print(report: Row, lang: str) -> None:
    rows = [
        (row["title"], row["kind_text"], _years(row), row["declared_text"] or "", row["registered"],
         _missing(row, lang))
        for row in report["programmes"]
    ]  # fmt: skip
    print_table(
        text("programme.head", lang, day=report["on"]),
        ("pl_programme", "pl_kind", "pl_years", "pl_declared", "pl_registered", "pl_missing"),
        rows,
        lang,
    )
    measures = [
        (row["measure"], row["title"], ", ".join(filter(None, [row["lead"], *(row["partners"] or ())])),
         row["due"] or "–", row["status_text"], row["reason"])
        for row in report["measures"]
    ]  # fmt: skip
    print_table(
        "", ("pl_measure", "pl_title", "pl_states", "pl_due", "pl_status", "pl_reason"), measures, lang
    )
    if report["critical_path"]:
        path = [
            (row["measure"], row["title"], row["start"], row["finish"]) for row in report["critical_path"]
        ]
        print_table(
            text("programme.critical", lang), ("pl_measure", "pl_title", "pl_start", "pl_finish"), path, lang
        )
    if report["earned"]:
        worth = [
            (row["subject"], row["unit"], row["spi_t"], row["spi"], row["cpi"], row["finish"],
             "–".join(filter(None, [row["finish_low"], row["finish_high"]])))
            for row in report["earned"]
        ]  # fmt: skip
        print_table(
            text("programme.earned", lang),
            ("pl_measure", "pl_unit", "pl_spi_t", "pl_spi", "pl_cpi", "pl_finish", "pl_between"),
            worth,
            lang,
        )
    load = [(row["state"], row["leads"], row["shares"], row["overdue"]) for row in report["load"]]
    if load:
        print_table(
            text("programme.load", lang), ("pl_state", "pl_leads", "pl_shares", "pl_overdue"), load, lang
        )
    for finding in report["findings"]:
        click.echo(f"! {finding['row']}: {finding['message']}; {finding['repair']}")


def _years(row: Row) -> str:
    ends = [str(year) if year else "" for year in (row["year_from"], row["year_to"])]
    return "–".join(ends) if any(ends) else ""


def _missing(row: Row, lang: str) -> str:
    """Declared measures that are not registered: an interval, never a guess."""
    gap = row["missing"]
    if gap is None:
        return ""
    if gap["most"] is None:
        return text("programme.at_least", lang, number=f"{gap['least']:.0f}")
    return f"{gap['least']:.0f}" if gap["least"] == gap["most"] else f"{gap['least']:.0f}–{gap['most']:.0f}"
