"""The command `daliz`: a file per noun; a command is parse, call, print.

Exit status: 0 done, 1 findings or differences, 2 refused.
"""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Entry point of the console script."""
    from daliz.cli.group import daliz

    daliz()
