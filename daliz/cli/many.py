"""Commands that ask many questions in one call: matrix and reach."""

from __future__ import annotations

from pathlib import Path

import click

from daliz.cli.group import WordedCommand, json_option, lang_option
from daliz.cli.printing import print_json, print_table
from daliz.config import Settings
from daliz.store import Store

MODE = click.Choice(["any", "rail", "road", "sea"])


@click.command("matrix", cls=WordedCommand, help="cli.matrix")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--mode", type=MODE, default="any", help="cli.opt_mode")
@click.option("--service", help="cli.opt_service")
@click.option("--teu", type=float, default=2.0, show_default=True, help="cli.opt_teu")
@click.option("--by", type=click.Choice(["hours", "usd", "co2e"]), default="hours", help="cli.opt_by")
@json_option
@lang_option
def matrix(file: Path, mode: str, service: str | None, teu: float, by: str, as_json: bool, lang: str) -> None:
    """Hours, cost and emissions of every pair."""
    from daliz.model.frozen import Cargo
    from daliz.routing import Atlas, many

    pairs = many.read_pairs(file)
    rows = many.matrix(Atlas(Store(Settings().store)), pairs, Cargo(teu=teu, mode=mode, service=service), by)
    if as_json:
        print_json({"pairs": rows, "by": by})
        return
    shown = [(r["from"], r["to"], r["time_mean_h"], r["cost_usd"], r["co2e_kg"]) for r in rows]
    print_table("", ("from", "to", "time_h", "cost", "co2e"), shown, lang)


@click.command("reach", cls=WordedCommand, help="cli.reach")
@click.argument("origin", metavar="FROM")
@click.option("--hours", type=float, help="cli.opt_hours")
@click.option("--usd", type=float, help="cli.opt_usd")
@click.option("--mode", type=MODE, default="any", help="cli.opt_mode")
@click.option("--service", help="cli.opt_service")
@click.option("--teu", type=float, default=2.0, show_default=True, help="cli.opt_teu")
@json_option
@lang_option
def reach(
    origin: str, hours: float | None, usd: float | None, as_json: bool, lang: str, **cargo: str
) -> None:
    """What lies within some hours or dollars."""
    from daliz.model.frozen import Cargo
    from daliz.routing import Atlas, many

    atlas = Atlas(Store(Settings().store))
    rows = many.reach(atlas, origin, Cargo(**cargo), hours, usd)  # type: ignore[arg-type]
    named = [row | {"name": atlas.gazetteer.name(row["place"], lang)} for row in rows]
    if as_json:
        print_json({"from": atlas.gazetteer.place(origin), "hours": hours, "usd": usd, "places": named})
        return
    shown = [(r["name"], r["time_mean_h"], r["cost_usd"], r["co2e_kg"]) for r in named]
    print_table("", ("place", "time_h", "cost", "co2e"), shown, lang)
