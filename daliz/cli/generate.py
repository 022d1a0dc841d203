"""The command that simulates a log."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

import click

from daliz.cli.group import WordedCommand, json_option, lang_option
from daliz.cli.printing import print_json
from daliz.config import Settings
from daliz.i18n import text
from daliz.store import Store

DAY = click.DateTime(["%Y-%m-%d"])


@click.command("generate-log", cls=WordedCommand, help="cli.generate-log")
@click.option("--events", type=int, default=10_000, show_default=True, help="cli.opt_events")
@click.option("--seed", type=int, default=0, show_default=True, help="cli.opt_log_seed")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="cli.opt_log_file")
@click.option("--format", "form", type=click.Choice(["parquet", "csv"]), help="cli.opt_log_format")
@click.option("--start", type=DAY, help="cli.opt_log_start")
@click.option("--months", type=int, default=12, show_default=True, help="cli.opt_months")
@click.option("--pair", "pairs", type=(str, str, str), multiple=True, help="cli.opt_pair")
@click.option("--names", default="id", show_default=True, help="cli.opt_names")
@click.option("--breaches", type=float, default=0.02, show_default=True, help="cli.opt_breaches")
@click.option("--change", type=(str, str, DAY, float), help="cli.opt_change")
@click.option("--open-end", is_flag=True, help="cli.opt_open_end")
@click.option("--quiet", is_flag=True, help="cli.opt_quiet")
@json_option
@lang_option
def generate_log(
    events: int, seed: int, output: Path | None, form: str | None, start: dt.datetime | None, months: int,
    pairs: tuple[tuple[str, str, str], ...], names: str, breaches: float,
    change: tuple[str, str, dt.datetime, float] | None, open_end: bool, quiet: bool, as_json: bool, lang: str,
) -> None:  # fmt: skip
    """Simulate a log of events."""
    from daliz.rehearsal import SIMULATED, Change, Plan, generate, write_log
    from daliz.routing import Atlas

    form = form or ("csv" if output is not None and output.suffix == ".csv" else "parquet")
    path = output or Path(f"{SIMULATED}-{events}-{seed}.{form}")
    atlas = Atlas(Store(Settings().store))
    day = start.date() if start else dt.date(atlas.reference_date.year, 1, 1)
    planted = change and Change(change[0], change[1], change[2].date(), change[3])
    plan = Plan(pairs or None, names, breaches, planted, open_end)

    def heard(rows: int) -> None:
        if not (quiet or as_json):
            click.echo(f"  {text('generate.rows', lang, rows=f'{rows:,}', events=f'{events:,}')}", err=True)

    begun = time.perf_counter()
    rows = write_log(generate(atlas, events, seed, day, months, plan), path, form, heard)
    seconds = time.perf_counter() - begun
    if as_json:
        print_json(
            {"events": rows, "seed": seed, "file": str(path), "format": form, "quality": SIMULATED,
             "start": day.isoformat(), "months": months, "seconds": round(seconds, 2)}
        )  # fmt: skip
        return
    click.echo(text("generate.done", lang, rows=f"{rows:,}", path=path, seconds=f"{seconds:.0f}"))
