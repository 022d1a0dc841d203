"""The command that serves the observatory."""

from __future__ import annotations

import datetime as dt

import click

from daliz.cli.group import WordedCommand, lang_option
from daliz.cli.printing import progress
from daliz.config import Settings
from daliz.i18n import text
from daliz.store import Store


@click.command("up", cls=WordedCommand, help="cli.up")
@click.option("--host", default="127.0.0.1", show_default=True, help="cli.opt_host")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="cli.opt_port")
@click.option("--no-browser", is_flag=True, help="cli.opt_no_browser")
@lang_option
def up(host: str, port: int, no_browser: bool, lang: str) -> None:
    """Serve the observatory on this machine."""
    from daliz.server.serve import page_is_built, refuse_strangers, serve

    refuse_strangers(host, port)
    settings = Settings()
    store = Store(settings.store)
    if not store.exists:
        from daliz.build import build

        build(store, settings.cache, dt.datetime.now(dt.UTC).date(), progress=progress(lang, quiet=False))
    if not page_is_built():
        click.echo(text("up.no_page", lang), err=True)
    url = f"http://{host}:{port}/?lang={lang}"
    click.echo(text("up.serving", lang, url=url), err=True)
    serve(settings.store, host, port, None if no_browser or not page_is_built() else url)
