"""The command that finds a line over the whole ground, from any point to any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from daliz.cli.group import WordedCommand, json_option, lang_option
from daliz.cli.many import MODE
from daliz.cli.printing import print_json, print_table
from daliz.config import Settings
from daliz.i18n import text
from daliz.store import Store

if TYPE_CHECKING:
    from daliz.gazetteer import Gazetteer
    from daliz.routing.ground import Line, Stretch

_FIGURES = ("km", "hours", "usd", "co2e_kg")
_KINDS = {
    "along": "line.along", "crossing": "line.crossing", "sea": "line.sea", "transfer": "line.transfer",
}  # fmt: skip


@click.command("line", cls=WordedCommand, help="cli.line")
@click.argument("origin", metavar="FROM")
@click.argument("destination", metavar="TO")
@click.option(
    "--by", type=click.Choice(["km", "hours", "usd", "co2e"]), default="hours", help="cli.opt_line_by"
)
@click.option("--alternatives", type=click.IntRange(0, 9), default=0, help="cli.opt_alternatives")
@click.option("--close", multiple=True, help="cli.opt_line_close")
@click.option("--mode", type=MODE, default="any", help="cli.opt_mode")
@click.option("--service", help="cli.opt_service")
@click.option("--teu", type=float, default=2.0, show_default=True, help="cli.opt_teu")
@click.option("--geojson", "as_geojson", is_flag=True, help="cli.opt_geojson")
@json_option
@lang_option
def find_line(
    origin: str, destination: str, by: str, alternatives: int, close: tuple[str, ...], mode: str,
    service: str | None, teu: float, as_geojson: bool, as_json: bool, lang: str,
) -> None:  # fmt: skip
    """The best line over every rail and road, and others; status 1 when nothing leads there."""
    from daliz import views
    from daliz.model.frozen import Cargo
    from daliz.routing import Atlas
    from daliz.routing.ground import Ground

    store = Store(Settings().store)
    atlas = Atlas(store)
    ground = Ground(store, atlas, Cargo(mode=mode, service=service, teu=teu))
    lines = ground.lines(origin, destination, by, alternatives + 1, close)
    if as_geojson:
        print_json({"type": "FeatureCollection", "features": [views.line_feature(line) for line in lines]})
    elif as_json:
        print_json({"by": by, "lines": [views.line_row(line, atlas, lang) for line in lines]})
    else:
        for number, line in enumerate(lines, start=1):
            _print(number, line, atlas.gazetteer, lang)
        click.echo(text("line.limits" if lines else "line.none", lang))
    if not lines:
        raise SystemExit(1)


def _print(number: int, line: Line, gazetteer: Gazetteer, lang: str) -> None:
    title = text(
        "line.title", lang, number=number, km=round(line.total("km")), hours=round(line.total("hours")),
        usd=round(line.total("usd")), co2e=round(line.total("co2e_kg")),
    )  # fmt: skip
    rows = [
        (
            text(_KINDS[stretch.arc.kind if stretch.arc else "along"], lang),
            text(f"mode.{stretch.mode}", lang) if stretch.mode in ("rail", "road", "sea") else "",
            stretch.country,
            _ends(stretch, gazetteer, lang),
            *(float(getattr(stretch, name)) for name in _FIGURES),
        )
        for stretch in line.stretches
    ]
    print_table(
        title, ("line_kind", "mode", "country", "places", "distance", "time_h", "cost", "co2e"), rows, lang
    )


def _ends(stretch: Stretch, gazetteer: Gazetteer, lang: str) -> str:
    names = [gazetteer.name(place, lang) for place in (*stretch.places[:1], *stretch.places[1:][-1:])]
    return " – ".join(names)
