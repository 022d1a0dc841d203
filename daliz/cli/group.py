"""The command group: commands are imported when they are called, errors are said in the reader's language."""

from __future__ import annotations

import importlib
import os
import sys

import click

from daliz import __version__
from daliz.errors import DalizError
from daliz.i18n import LANGUAGES, text

COMMANDS = {
    "up": "daliz.cli.serve:up",
    "build": "daliz.cli.network:build_network",
    "warm": "daliz.cli.network:warm",
    "check": "daliz.cli.network:check_network",
    "diff": "daliz.cli.network:diff_networks",
    "corridors": "daliz.cli.network:corridors",
    "place": "daliz.cli.network:place",
    "route": "daliz.cli.route:find_route",
    "compare": "daliz.cli.explain:compare",
    "explain": "daliz.cli.explain:explain",
    "line": "daliz.cli.line:find_line",
    "matrix": "daliz.cli.many:matrix",
    "reach": "daliz.cli.many:reach",
    "scenario": "daliz.cli.scenario:scenario",
    "batch": "daliz.cli.batch:batch",
    "own": "daliz.cli.own:own",
    "indicators": "daliz.cli.indicators:indicators",
    "events": "daliz.cli.events:events",
    "regime": "daliz.cli.regime:regime",
    "conform": "daliz.cli.conform:conform_log",
    "barriers": "daliz.cli.barriers:barriers",
    "generate-log": "daliz.cli.generate:generate_log",
    "audit": "daliz.cli.audit:audit_file",
    "evidence": "daliz.cli.evidence:evidence",
    "plan": "daliz.cli.plan:plan",
    "projects": "daliz.cli.projects:projects",
    "works": "daliz.cli.works:works",
    "incidents": "daliz.cli.incidents:incidents",
    "competence": "daliz.cli.competence:competence",
    "trade": "daliz.cli.trade:trade",
    "scorecard": "daliz.cli.scorecard:scorecard",
    "report": "daliz.cli.report:report",
    "import": "daliz.cli.osm:import_files",
}


def reader_language(arguments: list[str] | None = None) -> str:
    """Language of help and errors: `--lang`, else `DALIZ_LANG`, else the locale, else English."""
    words = sys.argv[1:] if arguments is None else arguments
    for at, word in enumerate(words):
        given = word.partition("=")[2] if word.startswith("--lang=") else ""
        if word == "--lang" and at + 1 < len(words):
            given = words[at + 1]
        if given in LANGUAGES:
            return given
    for variable in ("DALIZ_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        start = os.environ.get(variable, "")[:2]
        if start in LANGUAGES:
            return start
    return "en"


class WordedCommand(click.Command):
    """A command whose help and option help are catalogue keys."""

    def get_short_help_str(self, limit: int = 80) -> str:
        """First words of the help in the reader's language."""
        del limit
        return text(self.help or "", reader_language())

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The help in the reader's language."""
        del ctx
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(text(self.help or "", reader_language()))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Option help in the reader's language."""
        lang = reader_language()
        for parameter in self.params:
            if isinstance(parameter, click.Option) and parameter.help:
                parameter.help = text(parameter.help, lang)
        super().format_options(ctx, formatter)


class WordedGroup(WordedCommand, click.Group):
    """A group whose help is a catalogue key."""


class LazyGroup(click.Group):
    """Commands by import path, so that `daliz --help` imports none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order a newcomer needs them."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command that was asked for."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, worded without importing them."""
        del ctx
        lang = reader_language()
        with formatter.section("Commands"):
            formatter.write_dl([(name, text(f"cli.{name}", lang)) for name in COMMANDS])

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What the program is for, in the reader's language."""
        del ctx
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(text("cli.app", reader_language()))

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; a refusal is one message on standard error and status 2."""
        try:
            return super().invoke(ctx)
        except DalizError as error:
            click.echo(f"daliz: {error.text(reader_language())}", err=True)
            ctx.exit(error.exit_status)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="daliz")
def daliz() -> None:
    """Freight corridors."""


def json_option(command: click.decorators.FC) -> click.decorators.FC:
    """`--json`."""
    return click.option("--json", "as_json", is_flag=True, help="cli.opt_json")(command)


def lang_option(command: click.decorators.FC) -> click.decorators.FC:
    """`--lang`."""
    return click.option("--lang", type=click.Choice(LANGUAGES), default=reader_language, help="cli.opt_lang")(
        command
    )
