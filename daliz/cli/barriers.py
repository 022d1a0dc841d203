"""The command about non-tariff barriers."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from daliz.cli.group import WordedCommand, json_option, lang_option
from daliz.cli.printing import print_json, print_table
from daliz.config import Settings
from daliz.i18n import text
from daliz.store import Store

if TYPE_CHECKING:
    from daliz.schema import Row

TABLES = ("countries", "places", "crossings", "sources", "barriers")


@click.command("barriers", cls=WordedCommand, help="cli.barriers")
@click.option("--country", help="cli.opt_barrier_country")
@click.option("--file", type=click.Path(path_type=Path), help="cli.opt_barrier_file")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="cli.opt_regime_day")
@click.option(
    "--by",
    type=click.Choice(["country", "kind", "mode", "owner"]),
    default="country",
    show_default=True,
    help="cli.opt_barrier_by",
)
@json_option
@lang_option
def barriers(
    country: str | None, file: Path | None, day: dt.datetime | None, by: str, as_json: bool, lang: str
) -> None:
    """Barriers that stand, what they cost and how long they last; status 1 when the register is at odds."""
    from daliz.barriers import Register
    from daliz.errors import BadValue

    frames = Store(Settings().store).frames(TABLES)
    register = Register.from_file(file, frames) if file else Register.from_frames(frames)
    if country:
        code = country.upper()
        if code not in frames["countries"]["country"].to_list():
            raise BadValue("error.barriers_country", country=country)
        register = register.of_country(code)
    report = register.as_dict(day.date() if day else dt.datetime.now(dt.UTC).date(), lang, by)
    if as_json:
        print_json(report)
    else:
        _print(report, by, lang)
    if any(finding["level"] == "error" for finding in report["findings"]):
        raise SystemExit(1)


def _print(report: Row, by: str, lang: str) -> None:
    rows = [
        (
            row["name"],
            row["kind_text"],
            row["country"],
            row["reported"],
            row["age_days"],
            row["stage_text"],
            row["owner"],
            row["basis_text"] if row["hours"] is None else f"{row['hours']:,.0f}".replace(",", "\u202f"),
            row["quality"],
            row["source"],
        )
        for row in report["standing"]
    ]
    if rows:
        columns = (
            "bar_name",
            "kind",
            "bar_country",
            "bar_since",
            "days",
            "bar_stage",
            "bar_owner",
            "bar_hours",
            "quality",
            "source",
        )
        print_table("", columns, rows, lang)
    click.echo(text("barriers.count", lang, count=len(rows)))
    removal = report["removal"]
    if removal["n"]:
        click.echo(text("barriers.removal", lang, removed=removal["removed"], n=removal["n"]))
        groups = [
            (row[by], row["n"], row["removed"], *(_days(row[name]) for name in MEDIAN))
            for row in removal["groups"]
        ]
        groups.append(("", removal["n"], removal["removed"], *(_days(removal[name]) for name in MEDIAN)))
        medians = ("bar_group", "bar_n", "bar_ended", "bar_median", "bar_low", "bar_high")
        print_table("", medians, groups, lang)
        click.echo(text("barriers.log_rank", lang, p=f"{removal['log_rank']['p']:.2f}"))
    found = [
        (text(f"level.{row['level']}", lang), row["row"], row["message"], row["repair"])
        for row in report["findings"]
    ]
    if found:
        print_table("", ("level", "row", "message", "repair"), found, lang)


MEDIAN = ("median_days", "median_low_days", "median_high_days")


def _days(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}"
