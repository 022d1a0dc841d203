"""The command that writes the monitoring report."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from daliz.cli.group import WordedCommand, json_option, lang_option
from daliz.cli.printing import print_json
from daliz.config import Settings
from daliz.errors import BadValue
from daliz.i18n import text

DAY = click.DateTime(["%Y-%m-%d"])


@click.command("report", cls=WordedCommand, help="cli.report")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("daliz-report.pdf"),
    show_default=True,
    help="cli.opt_report_output",
)
@click.option("--at", type=DAY, help="cli.opt_plan_at")
@click.option("--no-walk", is_flag=True, help="cli.opt_scorecard_walked")
@json_option
@lang_option
def report(output: Path, at: dt.datetime | None, no_walk: bool, as_json: bool, lang: str) -> None:
    """Write the report as PDF."""
    from daliz.report import monitoring_report

    if not output.parent.exists():
        raise BadValue("error.plan_folder", folder=str(output.parent))
    day = at.date() if at else dt.datetime.now(dt.UTC).date()
    made = monitoring_report(Settings().store, day, lang, walk=not no_walk).pdf()
    output.write_bytes(made)
    if as_json:
        print_json({"file": str(output), "bytes": len(made), "on": day.isoformat(), "lang": lang})
    else:
        click.echo(text("report.written", lang, path=output))
