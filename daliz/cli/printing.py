"""Tables, JSON and progress on the terminal."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from daliz.i18n import text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from daliz.errors import Finding


def print_json(data: object) -> None:
    """Indented JSON, letters as they are."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], lang: str) -> None:
    """A table with headings from the catalogue; numbers to the right."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title or None, title_justify="left", header_style="bold")
    listed = [list(row) for row in rows]
    for at, column in enumerate(columns):
        numeric = bool(listed) and all(isinstance(row[at], int | float) for row in listed)
        table.add_column(text(f"col.{column}", lang), justify="right" if numeric else "left", overflow="fold")
    for row in listed:
        table.add_row(*[_shown(cell) for cell in row])
    width = None if sys.stdout.isatty() else 160
    Console(width=width, highlight=False).print(table)


def _shown(cell: object) -> str:
    if isinstance(cell, float):
        return f"{cell:,.1f}".replace(",", "\u202f")
    return "" if cell is None else str(cell)


def print_findings(findings: Iterable[Finding], lang: str) -> None:
    """Findings as a table; nothing when there are none."""
    rows = [list(finding.as_dict(lang).values()) for finding in findings]
    for row in rows:
        row[0] = text(f"level.{row[0]}", lang)
    if rows:
        print_table("", ("level", "table", "row", "message", "repair"), rows, lang)


def progress(lang: str, quiet: bool) -> Callable[[str], None]:
    """A listener that names each stage on standard error, or says nothing."""

    def say(stage: str) -> None:
        if not quiet:
            click.echo(f"  {text(f'stage.{stage}', lang)} …", err=True)

    return say


def counter(lang: str, quiet: bool) -> Callable[[int], None]:
    """A listener that keeps one line of how many rows were read, on a terminal; else says nothing."""
    shown = not quiet and sys.stderr.isatty()

    def count(rows: int) -> None:
        if shown:
            click.echo(f"\r  {text('intake.reading', lang, count=rows)}", nl=False, err=True)

    return count
