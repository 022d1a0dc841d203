"""The group of commands about plans; each is imported when it is called."""

from __future__ import annotations

import importlib

import click

from daliz.cli.group import WordedGroup

COMMANDS = {
    "status": "daliz.cli.plan_status:status",
    "effect": "daliz.cli.plan_effect:effect",
    "import": "daliz.cli.plan_files:import_file",
    "export": "daliz.cli.plan_files:export_file",
    "quarantine": "daliz.cli.plan_files:quarantine",
    "template": "daliz.cli.plan_files:template",
}


class LazyCommands(WordedGroup):
    """Commands by import path."""

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


@click.group("plan", cls=LazyCommands, help="cli.plan")
def plan() -> None:
    """Plans."""
