"""The command that finds a way."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import click

from daliz.cli.group import WordedCommand, json_option, lang_option
from daliz.cli.printing import print_json, print_table
from daliz.config import Settings
from daliz.i18n import text
from daliz.store import Store

if TYPE_CHECKING:
    from daliz.schema import Row


@click.command("route", cls=WordedCommand, help="cli.route")
@click.argument("origin", metavar="FROM")
@click.argument("destination", metavar="TO")
@click.option("--mode", type=click.Choice(["any", "rail", "road", "sea"]), default="any", help="cli.opt_mode")
@click.option("--service", help="cli.opt_service")
@click.option("--via", multiple=True, help="cli.opt_via")
@click.option("--avoid", multiple=True, help="cli.opt_avoid")
@click.option("--close", multiple=True, help="cli.opt_close")
@click.option("--depart", help="cli.opt_depart")
@click.option("--arrive-by", help="cli.opt_arrive_by")
@click.option("--teu", type=float, default=2.0, show_default=True, help="cli.opt_teu")
@click.option("--tonnes", type=float, help="cli.opt_tonnes")
@click.option("--value-usd", type=float, help="cli.opt_value_usd")
@click.option("--hs", help="cli.opt_hs")
@click.option(
    "--with", "ground", type=click.Choice(["published", "measured", "sla"]), default="published",
    help="cli.opt_with",
)  # fmt: skip
@click.option("--vintage", type=int, help="cli.opt_vintage")
@click.option("--planned", is_flag=True, help="cli.opt_planned")
@click.option("--seed", type=int, default=0, show_default=True, help="cli.opt_seed")
@click.option("--alternatives", type=int, default=0, show_default=True, help="cli.opt_alternatives")
@json_option
@lang_option
def find_route(as_json: bool, **asked: Any) -> None:
    """Find options from FROM to TO."""
    from daliz.model.frozen import Cargo
    from daliz.routing import Atlas, Request, route

    cargo = Cargo(**{f.name: asked.pop(f.name) for f in fields(Cargo)})
    request = Request(cargo=cargo, **asked)
    answer = route(Atlas(Store(Settings().store)), request).as_dict()
    if as_json:
        print_json(answer)
    else:
        _print(answer, request.lang)


def _print(answer: Row, lang: str) -> None:
    for note in answer["notes"]:
        click.echo(f"! {note}")
    options: list[Row] = answer["options"]
    summary = [
        (
            option["label_text"], option["service_text"], option["time_mean_h"] / 24,
            f"{option['time_p50_h'] / 24:.1f}–{option['time_p90_h'] / 24:.1f}",
            option["cost_usd"], option["co2e_kg"], option["distance_km"],
            ", ".join(border["name"] for border in option["borders"]),
        )
        for option in options
    ]  # fmt: skip
    names = f"{answer['origin']['name']} – {answer['destination']['name']}"
    columns = ("option", "service", "days", "p50_p90", "cost", "co2e", "km", "borders")
    print_table(names, columns, summary, lang)
    for option in options:
        legs = [
            (
                text(f"mode.{leg['mode']}", lang), leg["from"], leg["to"], leg["distance_km"], leg["move_h"],
                leg["wait_h"], sum((step["hours"] for step in leg["steps"]), 0.0),
            )
            for leg in option["legs"]
        ]  # fmt: skip
        shares: dict[str, float] = option["share_by_quality"]
        share = ", ".join(f"{text(f'quality.{k}', lang)} {v:.0%}" for k, v in shares.items() if v)
        headings = ("mode", "from", "to", "km", "move_h", "wait_h", "steps_h")
        print_table(f"{option['label_text']} · {text('col.ground', lang)}: {share}", headings, legs, lang)
    click.echo(text("route.counts", lang))
