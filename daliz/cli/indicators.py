"""The command that measures corridors from the log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from daliz.cli.group import WordedCommand, json_option, lang_option
from daliz.cli.printing import print_json, print_table
from daliz.config import Settings
from daliz.errors import MissingStore, UnknownPlace
from daliz.i18n import name_column, text
from daliz.store import Store

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from daliz.indicators import Question, Result
    from daliz.schema import Row

DAY = click.DateTime(formats=["%Y-%m-%d"])
AGGREGATIONS = click.Choice(["ratio_of_sums", "mean_of_ratios"])


@click.command("indicators", cls=WordedCommand, help="cli.indicators")
@click.argument("keys", nargs=-1, metavar="[list|cpmm|KEY]...")
@click.option("--by", default="", help="cli.opt_indicators_by")
@click.option("--since", type=DAY, help="cli.opt_since")
@click.option("--until", type=DAY, help="cli.opt_until")
@click.option("--aggregation", type=AGGREGATIONS, help="cli.opt_aggregation")
@click.option("--share", is_flag=True, help="cli.opt_share")
@click.option("--seed", type=int, default=0, show_default=True, help="cli.opt_seed")
@click.option("--trade", type=click.Path(path_type=Path), help="cli.opt_trade")
@click.option("--along", help="cli.opt_along")
@click.option("--origin", help="cli.opt_origin")
@click.option("--backward", is_flag=True, help="cli.opt_backward")
@json_option
@lang_option
def indicators(
    keys: tuple[str, ...], by: str, since: dt.datetime | None, until: dt.datetime | None,
    trade: Path | None, as_json: bool, lang: str, **asked: Any,
) -> None:  # fmt: skip
    """Measure corridors."""
    from daliz.indicators import Question, measure
    from daliz.indicators.inputs import TABLES, read_trade

    frames = Store(Settings().store).frames(TABLES)
    if keys == ("list",):
        _print_list(frames, as_json, lang)
        return
    along, origin, backward = (asked.pop(name) for name in ("along", "origin", "backward"))
    words = ("quarter" if word == "period" else word for word in by.replace(" ", "").split(",") if word)
    first, last = (None if day is None else day.date() for day in (since, until))
    question = Question(keys, tuple(dict.fromkeys(words)), first, last, **asked)
    if trade is not None:
        frames["trade"] = read_trade(trade)
    events = _events(needed=trade is None)
    if along:
        _print_chart(events, frames, (along, origin, backward), question, as_json, lang)
        return
    found = measure(events, frames, question)
    if as_json:
        print_json(found.as_dict(lang))
    else:
        _print(found, lang)


def _events(needed: bool) -> Any:
    from daliz.store.events import EventStore

    log = EventStore.beside(Settings().store)
    if needed and not log.parts():
        raise MissingStore("error.no_events", folder=str(log.folder))
    return log.scan()


def _print_list(frames: Mapping[str, Any], as_json: bool, lang: str) -> None:
    rows: list[Row] = frames["indicators"].to_dicts()
    if as_json:
        print_json({"indicators": rows})
        return
    shown = [(row["indicator"], row["group"], row[name_column(lang)], row["unit"]) for row in rows]
    print_table("", ("indicator", "group", "name", "unit"), shown, lang)


def _print(found: Result, lang: str) -> None:
    for note in found.notes(lang):
        click.echo(f"! {note}")
    plain = found.as_dict(lang)
    shown = [
        (
            row["indicator"], " · ".join(str(row[name] or "–") for name in found.by), _figure(row["value"]),
            row["unit"], "–" if row["n"] is None else row["n"], _pair(row["low"], row["high"]),
            _figure(row["p50"]), _figure(row["p90"]), _figure(row["cv"]), _figure(row["shrunk"]),
            text(f"quality.{row['quality']}", lang),
        )
        for row in plain["cells"]
    ]  # fmt: skip
    columns = ("indicator", "at", "value", "unit", "n", "interval", "p50", "p90", "cv", "shrunk", "quality")
    if shown:
        print_table("", columns, shown, lang)
    else:
        click.echo(text("indicators.nothing", lang))
    for one in plain["not_computable"]:
        click.echo(f"{one['indicator']}: {one['reason']}")


def _print_chart(
    events: Any, frames: Mapping[str, Any], where: tuple[str, str | None, bool],
    question: Question, as_json: bool, lang: str,
) -> None:  # fmt: skip
    from daliz.gazetteer import Gazetteer
    from daliz.indicators import timeline

    names = Gazetteer(frames)
    corridors = names.corridor(where[0])
    if not corridors:
        raise UnknownPlace("error.unknown_corridor", name=where[0])
    origin = None if where[1] is None else names.place(where[1], lang=lang)
    found = timeline(events, frames, corridors[0], question, origin, where[2]).as_dict(lang)
    if as_json:
        print_json(found)
        return
    for note in found["notes"]:
        click.echo(f"! {note}")
    shown = [
        (names.name(row["place"], lang), row["distance_km"], row["n"],
         *(" / ".join(_figure(row[f"{part}_p{rank}"]) for rank in (10, 50, 90))
           for part in ("arrived_h", "left_h", "left_usd")))
        for row in found["points"]
    ]  # fmt: skip
    print_table(found["corridor"], ("place", "km", "n", "arrived_h", "departed_h", "left_usd"), shown, lang)


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:,.4g}".replace(",", "\u202f")


def _pair(low: float | None, high: float | None) -> str:
    return "–" if low is None else f"{_figure(low)} … {_figure(high)}"
