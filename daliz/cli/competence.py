"""The command about training and research."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from daliz.cli.group import WordedCommand, json_option, lang_option
from daliz.cli.printing import print_json, print_table
from daliz.config import Settings
from daliz.i18n import text

if TYPE_CHECKING:
    from daliz.schema import Row


@click.command("competence", cls=WordedCommand, help="cli.competence")
@json_option
@lang_option
def competence(as_json: bool, lang: str) -> None:
    """Training and research; status 1 when a row is at odds with itself."""
    from daliz.competence import TABLES, Competence
    from daliz.store.registers import Registers

    found = Competence.from_frames(Registers.beside(Settings().store).frames(TABLES)).as_dict(lang)
    if as_json:
        print_json(found)
    else:
        _print(found, lang)
    if found["findings"]:
        raise SystemExit(1)


def _print(found: Row, lang: str) -> None:
    programmes = [
        (row["title"], row["cluster_text"], ", ".join(row["states"]), row["host"] or "", row["source"])
        for row in found["programmes"]
    ]
    print_table("", ("pl_programme", "cp_cluster", "pl_states", "cp_host", "source"), programmes, lang)
    totals = [
        (
            row["state"],
            row["cluster_text"],
            str(row["year"] or "–"),
            *(_people(row[name]) for name in ("places", "covered", "enrolled", "completed")),
            text(f"quality.{row['quality']}", lang),
        )
        for row in found["totals"]
    ]
    print_table(
        text("competence.people", lang),
        (
            "pl_state",
            "cp_cluster",
            "wk_year",
            "cp_places",
            "cp_covered",
            "cp_enrolled",
            "cp_completed",
            "quality",
        ),
        totals,
        lang,
    )
    research = [
        (
            str(row["year"] or "–"),
            row["currency"],
            f"{row['spend']:,.0f}",
            "–" if row["share"] is None else f"{row['share']:.0%}",
        )
        for row in found["research"]
    ]
    if research:
        print_table(
            text("competence.research", lang),
            ("wk_year", "pr_currency", "pr_sum", "cp_local"),
            research,
            lang,
        )
    for finding in found["findings"]:
        click.echo(f"! {finding['row']}: {finding['message']}; {finding['repair']}")


def _people(told: Row | None) -> str:
    if told is None:
        return "–"
    if told["high"] is None:
        return f"> {told['low']:,.0f}".replace(",", "\u202f")
    shown = f"{told['high']:,.0f}" if told["low"] == told["high"] else f"≤ {told['high']:,.0f}"
    return shown.replace(",", "\u202f")
