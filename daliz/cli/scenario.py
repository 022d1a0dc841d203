"""Commands about scenarios: check a file of edits, apply it and show the difference."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from daliz.cli.group import WordedCommand, WordedGroup, json_option, lang_option
from daliz.cli.printing import print_findings, print_json, print_table
from daliz.config import Settings
from daliz.i18n import text
from daliz.store import Store

if TYPE_CHECKING:
    from daliz.scenario import Edited
    from daliz.schema import Row

MOST_SHOWN = 40


@click.group("scenario", cls=WordedGroup, help="cli.scenario")
def scenario() -> None:
    """Scenarios."""


@scenario.command("check", cls=WordedCommand, help="cli.scenario_check")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@lang_option
def check_scenario(file: Path, as_json: bool, lang: str) -> None:
    """Check a scenario file against the store; status 1 when something is an error."""
    from daliz.routing import Atlas
    from daliz.scenario import apply, read

    edits, findings = read(file)
    refusals = [] if findings else apply(Atlas(Store(Settings().store)).frames, edits).refusals
    found = [*findings, *refusals]
    if as_json:
        print_json({"edits": len(edits), "findings": [finding.as_dict(lang) for finding in found]})
    else:
        print_findings(found, lang)
        if not found:
            click.echo(text("scenario.clean", lang, count=len(edits)))
    if any(finding.level == "error" for finding in found):
        raise SystemExit(1)


@scenario.command("apply", cls=WordedCommand, help="cli.scenario_apply")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--from", "origin", help="cli.opt_from")
@click.option("--to", "destination", help="cli.opt_to")
@click.option("--mode", type=click.Choice(["any", "rail", "road", "sea"]), default="any", help="cli.opt_mode")
@click.option("--service", help="cli.opt_service")
@click.option("--via", multiple=True, help="cli.opt_via")
@click.option("--teu", type=float, default=2.0, show_default=True, help="cli.opt_teu")
@click.option("--depart", help="cli.opt_depart")
@click.option("--seed", type=int, default=0, show_default=True, help="cli.opt_seed")
@json_option
@lang_option
def apply_scenario(file: Path, as_json: bool, lang: str, **asked: Any) -> None:
    """Apply a scenario, and compare a trip with today; status 1 when an edit was refused."""
    from daliz.errors import BadValue
    from daliz.model.frozen import Cargo
    from daliz.routing import Atlas, Request
    from daliz.scenario import apply, compare, load
    from daliz.views import touched

    atlas = Atlas(Store(Settings().store))
    edited = apply(atlas.frames, load(file))
    report = edited.as_dict(lang) | touched(atlas, edited, lang)
    if (asked["origin"] is None) != (asked["destination"] is None):
        raise BadValue("error.scenario_pair")
    if asked["origin"] is not None:
        cargo = Cargo(**{name: asked.pop(name) for name in ("mode", "service", "teu")})
        report |= compare(atlas, edited, Request(cargo=cargo, lang=lang, **asked)).as_dict()
    if as_json:
        print_json(report)
    else:
        _print(report, edited, lang)
    if any(finding.level == "error" for finding in edited.refusals):
        raise SystemExit(1)


def _print(report: Row, edited: Edited, lang: str) -> None:
    rows = [list(change.values()) for change in report["changes"]]
    if rows:
        columns = ("edit", "table", "row", "kind", "column", "before", "after")
        print_table("", columns, rows[:MOST_SHOWN], lang)
    if len(rows) > MOST_SHOWN:
        click.echo(text("check.more", lang, count=len(rows) - MOST_SHOWN))
    print_findings((*edited.refusals, *edited.notes), lang)
    if report.get("no_way"):
        click.echo(text("scenario.no_way", lang, reason=report["no_way"]))
    if report["corridors"]:
        named = "; ".join(row["name"] for row in report["corridors"])
        click.echo(text("scenario.corridors", lang, names=named))
    shown = [
        (
            row["label_text"],
            *(_cell(row, figure) for figure in ("time_mean_h", "time_p90_h", "cost_usd", "co2e_kg")),
            "; ".join([*(f"+ {n}" for n in row["borders_gained"]), *(f"− {n}" for n in row["borders_lost"])]),
        )
        for row in report.get("differences", [])
    ]
    if shown:
        names = f"{report['origin']['name']} – {report['destination']['name']}"
        print_table(names, ("option", "hours", "p90_h", "cost", "co2e", "borders"), shown, lang)


def _cell(row: Row, figure: str) -> str:
    """Today, the scenario and the difference in one cell."""
    return f"{row['today'][figure]:.0f} → {row['edited'][figure]:.0f} ({row['difference'][figure]:+.0f})"
