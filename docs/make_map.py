"""Make the two pages of the documentation that are derived: `MAP.md` and `tables.md`.

Question: where is what, and which columns does a table have?
In and out: first docstring lines of `daliz/`, the floors in `pyproject.toml` and the declarations in
`daliz/schema/*.csv` in; two Markdown pages out.
Method: sources are parsed, not imported; `--check` writes nothing and fails when a page is stale.
Limits: one line a module; what a module does in detail is said in its own docstring.
"""

from __future__ import annotations

import argparse
import ast
import csv
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
COMMAND = "python docs/make_map.py"
MADE = f"<!-- made by {COMMAND}; do not edit -->"
ABOUT_MAP = (
    "One line a module, from the first line of its docstring. Floors stand as import-linter keeps them: "
    "a module imports only from floors below its own. Why they are these: [ADR 0001](adr/0001-floors.md)."
)
ABOUT_TABLES = (
    "Declared once in `daliz/schema/<table>.csv`; reading, checking, the store and this page follow from "
    "it. Curated tables are authored as `daliz/data/<table>/<region>.csv`; derived tables are made by "
    "`daliz build`. Lists are separated by semicolons; an empty cell takes the default."
)


def first_line(source: str) -> str:
    """First line of the docstring of a module, without its full stop."""
    text = ast.get_docstring(ast.parse(source)) or "(says nothing of itself)"
    return text.splitlines()[0].strip().rstrip(".")


def floors(root: Path) -> list[list[str]]:
    """Names of the modules of each floor, top floor first, as import-linter enforces them."""
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return [[name.strip() for name in re.split(r"[:|]", layer)] for layer in layers]


def map_page(root: Path) -> str:
    """The map: every module of the package by floor, with its first line."""
    package = root / "daliz"
    lines: dict[str, list[str]] = {}
    for path in sorted(package.rglob("*.py")):
        inside = path.relative_to(package)
        top = inside.parts[0].removesuffix(".py")
        entry = f"- `daliz/{inside.as_posix()}`: {first_line(path.read_text(encoding='utf-8'))}"
        lines.setdefault(top, []).append(entry)
    page = [MADE, "", "# Map of the package", "", ABOUT_MAP, ""]
    page += ["## The shop window", "", *lines.pop("__init__"), ""]
    stacked = floors(root)
    for number, names in enumerate(stacked):
        entries = [line for name in names for line in lines.pop(name, [])]
        if entries:
            page += [f"## Floor {len(stacked) - number - 1}: {', '.join(names)}", "", *entries, ""]
    for name, entries in sorted(lines.items()):
        page += [f"## Outside the floors: {name}", "", *entries, ""]
    return "\n".join(page).rstrip() + "\n"


def made_by(root: Path) -> dict[str, str]:
    """Whether each table is curated or derived, read from the tuples in `daliz/model/network.py`."""
    tree = ast.parse((root / "daliz/model/network.py").read_text(encoding="utf-8"))
    kinds: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            kind = {"CURATED": "curated", "DERIVED": "derived"}.get(node.targets[0].id)
            if kind:
                kinds |= dict.fromkeys(ast.literal_eval(node.value), kind)
    return kinds


def tables_page(root: Path) -> str:
    """Every declared table with its columns, curated tables first."""
    kinds = made_by(root)
    paths = sorted(
        (root / "daliz/schema").glob("*.csv"), key=lambda path: (kinds.get(path.stem, "z"), path.stem)
    )
    page = [MADE, "", "# Tables", "", ABOUT_TABLES, ""]
    for path in paths:
        with path.open(encoding="utf-8", newline="") as lines:
            columns = list(csv.DictReader(lines))
        page += [f"## {path.stem}", "", f"{kinds.get(path.stem, 'internal').capitalize()}.", ""]
        page += ["| column | type | required | allowed | description |", "|---|---|---|---|---|"]
        page += [_column(column) for column in columns]
        page.append("")
    return "\n".join(page).rstrip() + "\n"


def _column(column: dict[str, str]) -> str:
    kind = f"{column['type']}, {column['unit']}" if column["unit"] else column["type"]
    allowed = [f"`{word}`" for word in column["values"].split("|") if word]
    if column["min"] or column["max"]:
        allowed.append(f"{column['min'] or '…'} to {column['max'] or '…'}")
    if column["key"].startswith("fk:"):
        allowed.append(f"a row of `{column['key'][3:]}`")
    if column["default"]:
        allowed.append(f"default `{column['default']}`")
    name = f"**{column['column']}** (key)" if column["key"] == "pk" else column["column"]
    cells = [name, kind, column["required"], " ".join(allowed), column["description"]]
    return "| " + " | ".join(cell.replace("|", "\\|").replace("<", "&lt;") for cell in cells) + " |"


def pages(root: Path = ROOT) -> dict[str, str]:
    """File name to text of the derived pages."""
    return {"MAP.md": map_page(root), "tables.md": tables_page(root)}


def main(arguments: list[str] | None = None) -> int:
    """Write the pages, or with `--check` name those that are stale; 1 when any is."""
    parser = argparse.ArgumentParser(description="Make docs/MAP.md and docs/tables.md")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a page is stale")
    parser.add_argument("--into", type=Path, default=DOCS, help="folder of the pages")
    asked = parser.parse_args(arguments)
    stale = []
    for name, text in pages().items():
        path = asked.into / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if not asked.check:
            path.write_text(text, encoding="utf-8")
    if asked.check and stale:
        sys.stderr.write(f"stale: {', '.join(stale)}; run {COMMAND}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
