"""The command that asks many scenarios about many pairs."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from daliz.cli.group import WordedCommand, json_option, lang_option
from daliz.cli.printing import print_findings, print_json, print_table
from daliz.config import Settings
from daliz.i18n import text

if TYPE_CHECKING:
    from collections.abc import Callable

    from daliz.batch import Done, Event
    from daliz.batch.run import Spread

FILE = click.Path(path_type=Path)
STOPPED = 130
"""Exit status after Ctrl-C, as shells have it."""
MANY = 8
"""Scenarios from which more than one process is started unasked."""


@click.command("batch", cls=WordedCommand, help="cli.batch")
@click.argument("scenarios", type=FILE)
@click.argument("pairs", type=FILE)
@click.option("-o", "--output", "out", type=FILE, required=True, help="cli.opt_batch_out")
@click.option("--mode", type=click.Choice(["any", "rail", "road", "sea"]), default="any", help="cli.opt_mode")
@click.option("--service", help="cli.opt_service")
@click.option("--teu", type=float, default=2.0, show_default=True, help="cli.opt_teu")
@click.option("--by", type=click.Choice(["hours", "usd", "co2e"]), default="hours", help="cli.opt_by")
@click.option("--jobs", type=click.IntRange(1, 512), help="cli.opt_batch_jobs")
@click.option("--spark", is_flag=True, help="cli.opt_batch_spark")
@click.option("--quiet", is_flag=True, help="cli.opt_batch_quiet")
@json_option
@lang_option
def batch(
    scenarios: Path, pairs: Path, out: Path, mode: str, service: str | None, teu: float, by: str,
    jobs: int | None, spark: bool, quiet: bool, as_json: bool, lang: str,
) -> None:  # fmt: skip
    """Compute every scenario over every pair."""
    from daliz.batch import Question, read_scenarios, run, stopped_at
    from daliz.batch.parallel import spread
    from daliz.model.frozen import Cargo
    from daliz.routing.many import read_pairs

    asked = read_scenarios(scenarios)
    question = Question(
        Settings().store.absolute(), asked, read_pairs(pairs), Cargo(teu=teu, mode=mode, service=service), by
    )
    several = (os.cpu_count() or 1) if len(asked) > MANY else 1
    try:
        done = run(question, out, _listener(lang, quiet), _spark() if spark else spread(jobs or several))
    except KeyboardInterrupt:
        finished, total = stopped_at(out)
        click.echo(text("batch.stopped", lang, done=finished, total=total), err=True)
        raise SystemExit(STOPPED) from None
    _print(done, as_json, lang)
    if done.quarantine is not None:
        raise SystemExit(1)


def _spark() -> Spread:
    from daliz.errors import BadValue

    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise BadValue("error.batch_no_spark") from None
    from daliz.batch.cluster import over_spark

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # else workers are the first python3 of PATH
    return over_spark(SparkSession.builder.appName("daliz-batch").getOrCreate())


def _listener(lang: str, quiet: bool) -> Callable[[Event], None]:
    """What is said on standard error: what was found there, and a count on a terminal."""
    shown = not quiet and sys.stderr.isatty()

    def hear(event: Event) -> None:
        if quiet:
            return
        if event.kind == "resumed":
            click.echo(text("batch.resumed", lang, done=event.done, total=event.total), err=True)
        elif event.kind == "anew":
            click.echo(text("batch.anew", lang), err=True)
        elif shown:
            words = text("batch.progress", lang, done=event.done, total=event.total)
            click.echo(f"\r  {words}", nl=event.kind == "finished", err=True)

    return hear


def _print(done: Done, as_json: bool, lang: str) -> None:
    found = [finding for findings in done.findings.values() for finding in findings]
    if as_json:
        print_json(
            {
                "output": str(done.out),
                "rows": sum(done.counts.values()),
                "status": dict(done.counts),
                "quarantine": None if done.quarantine is None else str(done.quarantine),
                "findings": [finding.as_dict(lang) for finding in found],
            }
        )
        return
    named = {
        "ok": text("batch.ok", lang), "no_way": text("batch.no_way", lang),
        "refused_edit": text("batch.refused_edit", lang),
    }  # fmt: skip
    rows = [(named[status], count) for status, count in done.counts.items()]
    print_table(str(done.out), ("batch_status", "batch_rows"), rows, lang)
    print_findings(found, lang)
    if done.quarantine is not None:
        click.echo(text("batch.quarantine", lang, path=str(done.quarantine)))
