"""The floors: imports go down, engines know arrays only, doors do no arithmetic."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import daliz

PACKAGE = Path(daliz.__file__).parent
ROOT = PACKAGE.parent
NUMERIC = {"numpy", "scipy", "numba", "pandas", "polars", "shapely"}
TABULAR = {"pandas", "polars", "shapely", "duckdb", "geopandas", "pyarrow"}


def imported(path: Path, anywhere: bool = True) -> set[str]:
    """Top-level packages that a module imports; `anywhere` counts those inside functions too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = ast.walk(tree) if anywhere else iter(tree.body)
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def modules(folder: str) -> list[Path]:
    """All Python files of one floor."""
    return sorted((PACKAGE / folder).rglob("*.py"))


def test_import_contracts_are_kept() -> None:
    """The declared contracts (floors, engines, doors) hold for every import of the package."""
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
        env={**os.environ, "NO_COLOR": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout
    assert "3 kept" in done.stdout


@pytest.mark.parametrize(
    "path", [*modules("cli"), *modules("server")], ids=lambda p: f"{p.parent.name}/{p.name}"
)
def test_doors_import_no_numbers(path: Path) -> None:
    """Command and server modules import no numeric package, not even inside a function."""
    assert imported(path) & NUMERIC == set()


@pytest.mark.parametrize("path", modules("engine"), ids=lambda p: p.name)
def test_engines_import_no_tables(path: Path) -> None:
    """Engine modules know arrays only."""
    assert imported(path) & TABULAR == set()


@pytest.mark.parametrize("path", modules("cli"), ids=lambda p: p.name)
def test_commands_start_light(path: Path) -> None:
    """On import a command module loads nothing that takes long: that waits until it is called."""
    assert imported(path, anywhere=False) & (NUMERIC | {"fastapi", "granian"}) == set()


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_every_module_says_what_it_is_for(path: Path) -> None:
    """Every module opens with a docstring whose first line is a sentence."""
    doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert doc
    assert doc.splitlines()[0].rstrip().endswith((".", "?"))


def test_nothing_imports_the_tests() -> None:
    """The package stands without its tests and its development tools."""
    tools = {"pytest", "hypothesis", "networkx", "schemathesis", "playwright", "httpx", "tests"}
    assert {str(path) for path in PACKAGE.rglob("*.py") if imported(path) & tools} == set()
