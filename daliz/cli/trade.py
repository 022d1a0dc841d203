"""The command about the structure of trade."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from daliz.cli.group import WordedCommand, json_option, lang_option
from daliz.cli.printing import print_json, print_table
from daliz.config import Settings
from daliz.i18n import text

if TYPE_CHECKING:
    from daliz.schema import Row


@click.command("trade", cls=WordedCommand, help="cli.trade")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--among", default="", help="cli.opt_trade_among")
@click.option("--year", "years", type=int, multiple=True, help="cli.opt_trade_year")
@json_option
@lang_option
def trade(file: Path | None, among: str, years: tuple[int, ...], as_json: bool, lang: str) -> None:
    """Trade of FILE, or of the registers; status 1 when a row is at odds with itself."""
    from daliz.store.registers import Registers
    from daliz.trade import TABLES, Trade, read, report

    registers = Registers.beside(Settings().store)
    frames = registers.frames(TABLES)
    frames["trade"] = registers.frame("trade") if file is None else read(file)
    held = Trade.from_frames(frames)
    if among:
        held = held.among(among.upper().replace(";", ",").replace(" ", "").split(","))
    found = report(held, lang, years)
    if as_json:
        print_json(found)
    else:
        _print(found, lang)
    if any(finding["level"] == "error" for finding in found["findings"]):
        raise SystemExit(1)


def _print(found: Row, lang: str) -> None:
    if not found["years"]:
        click.echo(text("trade.empty", lang))
    shares = [
        (
            text("trade.hva" if purpose == "hva" else "trade.raw", lang),
            row["name"],
            row["version"],
            str(row["year"] or "–"),
            _share(row),
            text(f"quality.{row['quality']}", lang),
        )
        for purpose in ("hva", "raw")
        for row in found[purpose]
    ]
    print_table(
        text("trade.lists", lang),
        ("tr_what", "tr_list", "tr_version", "wk_year", "pr_share", "quality"),
        shares,
        lang,
    )
    focus = [
        (
            row["year"],
            row["reporter"],
            text(FLOWS[row["flow"]], lang),
            text(BY[row["by"]], lang),
            row["largest"],
            f"{row['share']:.0%}",
            f"{row['hhi']:.3f}",
            f"{row['effective']:.1f}",
        )
        for row in found["concentration"]
    ]
    if focus:
        print_table(
            text("trade.concentration", lang),
            (
                "wk_year",
                "tr_reporter",
                "tr_flow",
                "pr_group",
                "pr_largest",
                "pr_share",
                "pr_hhi",
                "pr_effective",
            ),
            focus,
            lang,
        )
    declared = [
        (
            row["commitment"],
            row["text"],
            ", ".join(row["states"]),
            "; ".join(
                f"{'<' if one['strict'] else '≤'} {one['at_most']:.0%} ({one['commitment']})"
                for one in row["share_of"]
            ),
            row["source"],
        )
        for row in found["declared"]
    ]
    print_table(
        text("trade.declared", lang),
        ("ev_id", "pl_declared", "pl_states", "tr_part", "source"),
        declared,
        lang,
    )
    for finding in found["findings"]:
        click.echo(f"! {finding['row']}: {finding['message']}; {finding['repair']}")


FLOWS = {"export": "trade.export", "import": "trade.import"}
BY = {"partner": "trade.by_partner", "chapter": "trade.by_chapter"}


def _share(row: Row) -> str:
    if row["low"] is None:
        return "–"
    return f"{row['low']:.1%}" if row["low"] == row["high"] else f"{row['low']:.1%}–{row['high']:.1%}"
