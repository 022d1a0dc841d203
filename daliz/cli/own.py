"""Commands for the user's own figures: add, list, remove, wrong."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import click

from daliz.cli.group import WordedCommand, json_option, lang_option, reader_language
from daliz.cli.printing import print_json, print_table
from daliz.config import Settings
from daliz.i18n import text
from daliz.store import Store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from daliz.own import Book
    from daliz.schema import Row


class WordedGroup(click.Group):
    """A group whose help is a catalogue key."""

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The help in the reader's language."""
        del ctx
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(text(self.help or "", reader_language()))


@click.group("own", cls=WordedGroup, help="cli.own")
def own() -> None:
    """Own figures."""


def _open() -> tuple[Book, Mapping[str, Any]]:
    from daliz.model.network import CURATED
    from daliz.own import Book, own_file

    store = Settings().store
    return Book.read(own_file(store)), Store(store).frames((*CURATED, "calibrated_steps"))


def _dated(day: dt.datetime | None) -> dt.date:
    return day.date() if day else dt.datetime.now(dt.UTC).date()


@own.command("add", cls=WordedCommand, help="cli.own_add")
@click.option("--kind", required=True, help="cli.opt_kind")
@click.option("--target", required=True, help="cli.opt_target")
@click.option("--quantity", required=True, help="cli.opt_quantity")
@click.option("--value", type=float, required=True, help="cli.opt_value")
@click.option("--note", required=True, help="cli.opt_note")
@click.option("--author", required=True, help="cli.opt_author")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="cli.opt_figure_date")
@json_option
@lang_option
def add(day: dt.datetime | None, as_json: bool, lang: str, **fields: Any) -> None:
    """Add a figure."""
    from daliz.own import Figure

    figure = Figure.read(fields | {"date": _dated(day)})
    book, frames = _open()
    key = book.add(figure, frames).id
    if as_json:
        print_json({"id": key})
    else:
        click.echo(text("own.added", lang, id=key, path=book.path))


@own.command("list", cls=WordedCommand, help="cli.own_list")
@json_option
@lang_option
def list_figures(as_json: bool, lang: str) -> None:
    """List figures and remarks; status 1 when a line of the file is broken."""
    from daliz.own import as_dict

    book, frames = _open()
    found = as_dict(book, frames, lang)
    if as_json:
        print_json(found)
    else:
        _print(found, lang)
    if book.broken:
        raise SystemExit(1)


def _print(found: Row, lang: str) -> None:
    figures = [
        (f["id"], f["target"], f["quantity"], f["value"], _ours(f["ours"]), f["author"], f["date"], f["note"])
        for f in found["figures"]
    ]
    remarks = [(r["id"], r["table"], r["row"], r["note"], r["author"], r["date"]) for r in found["remarks"]]
    if figures:
        columns = ("id", "target", "quantity", "value", "ours", "author", "date", "note")
        print_table("", columns, figures, lang)
    if remarks:
        print_table("", ("id", "table", "row", "note", "author", "date"), remarks, lang)
    if not figures and not remarks:
        click.echo(text("own.none", lang, path=found["file"]))
    for broken in found["broken"]:
        click.echo(text("own.broken", lang, path=found["file"], **broken), err=True)


def _ours(rows: list[Row]) -> str:
    return "; ".join(f"{row['value']:g} {row['unit']} ({row['quality']}, {row['source']})" for row in rows)


@own.command("remove", cls=WordedCommand, help="cli.own_remove")
@click.argument("key", metavar="ID")
@lang_option
def remove(key: str, lang: str) -> None:
    """Take back a figure or a remark."""
    book, _ = _open()
    book.remove(key)
    click.echo(text("own.removed", lang, id=key))


@own.command("wrong", cls=WordedCommand, help="cli.own_wrong")
@click.option("--table", required=True, help="cli.opt_table")
@click.option("--row", required=True, help="cli.opt_row")
@click.option("--note", required=True, help="cli.opt_note")
@click.option("--author", required=True, help="cli.opt_author")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="cli.opt_figure_date")
@json_option
@lang_option
def wrong(day: dt.datetime | None, as_json: bool, lang: str, **fields: Any) -> None:
    """Leave a note that a row is wrong."""
    from daliz.own import Remark

    remark = Remark.read(fields | {"date": _dated(day)})
    book, frames = _open()
    key = book.remark(remark, frames).id
    if as_json:
        print_json({"id": key})
    else:
        click.echo(text("own.added", lang, id=key, path=book.path))
