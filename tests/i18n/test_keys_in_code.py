"""Every key that the code names stands in the catalogue, with the values that its sentence asks for."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import daliz
from daliz.cli.group import COMMANDS
from daliz.conformance.measures import BY
from daliz.errors import Level
from daliz.i18n import catalogue
from daliz.io.sheets.form import COLUMNS, WORDS
from daliz.io.sheets.template import HELP_LINES
from daliz.io.workbook import TABLES as SHEETS
from daliz.io.workbook import fields
from daliz.schema import table

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(daliz.__file__).parent
KEY = re.compile(r"[a-z0-9]+\.[a-z0-9_]+( (rail|road))?")
REFUSALS = {"UnknownPlace", "AmbiguousPlace", "NoRoute", "BadValue", "MissingStore", "Refused"}
MODES = ("rail", "road")


@cache
def _trees() -> dict[str, ast.Module]:
    return {
        str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(ROOT.rglob("*.py"))
    }


def _nodes(kind: type[ast.AST], below: str = "") -> Iterator[tuple[str, ast.AST]]:
    for name, tree in _trees().items():
        if name.startswith(below):
            yield from ((f"{name}:{node.lineno}", node) for node in ast.walk(tree) if isinstance(node, kind))  # type: ignore[attr-defined]


def _namespaces() -> set[str]:
    return {key.partition(".")[0] for key in catalogue("en")}


def _literal(node: ast.AST | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _labels() -> Iterator[str]:
    """Labels of options: the keys by which the router files its best ways, and `alternative`."""
    yield "alternative"
    for _, node in _nodes(ast.Dict, "routing"):
        assert isinstance(node, ast.Dict)
        names = [_literal(key) for key in node.keys]
        if "fastest" in names:
            yield from filter(None, names)


def _called(node: ast.Call) -> str:
    """Name of a plain function called; methods such as `error.text(lang)` take no key."""
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _literal_keys() -> dict[str, str]:
    """Every string of the code that has the form of a key in a namespace of the catalogue, and where."""
    found: dict[str, str] = {}
    for where, node in _nodes(ast.Constant):
        value = _literal(node)
        if value and KEY.fullmatch(value) and value.partition(".")[0] in _namespaces():
            found.setdefault(value, where)
    for where, node in _nodes(ast.Call):
        assert isinstance(node, ast.Call)
        if _called(node) in {"text", *REFUSALS, "Finding", "_Misfit"} and node.args:
            keys = node.args[3:5] if _called(node) == "Finding" else node.args[:1]
            found.update({key: where for arg in keys if (key := _literal(arg))})
    return found


def _headings() -> Iterator[str]:
    """Columns of tables on the terminal: tuples handed to print_table, written there or named in the file."""
    for name, tree in _trees().items():
        if not name.startswith("cli"):
            continue
        calls = [
            node for node in ast.walk(tree) if isinstance(node, ast.Call) and _called(node) == "print_table"
        ]
        named = {node.args[1].id for node in calls if isinstance(node.args[1], ast.Name)}
        for call in calls:
            yield from _words(call.args[1])
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Assign)
                and {getattr(target, "id", "") for target in node.targets} & named
            ):
                yield from _words(node.value)


def _words(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Tuple):
        yield from (word for element in node.elts if (word := _literal(element)))


def _stages() -> Iterator[str]:
    """Names of build stages: arguments of progress(...); a mode in one stands for each mode."""
    for _, node in _nodes(ast.Call):
        if not (isinstance(node, ast.Call) and _called(node) == "progress" and node.args):
            continue
        if (stage := _literal(node.args[0])) is not None:
            yield stage
        elif isinstance(node.args[0], ast.JoinedStr):
            start = _literal(node.args[0].values[0])
            yield from (f"{start}{mode}" for mode in MODES)


def _computed_keys() -> set[str]:
    """Keys put together while the program runs, from the closed lists that they are made of."""
    qualities = table("events")["quality"].values
    modes = (*table("links")["mode"].values, "any", "transfer")
    return {
        *(f"cli.{name}" for name in COMMANDS),
        *(f"col.{column}" for column in _headings()),
        *(f"stage.{stage}" for stage in _stages()),
        *(f"level.{level}" for level in get_args(Level)),
        *(f"mode.{mode}" for mode in modes),
        *(f"quality.{quality}" for quality in qualities),
        *(f"label.{label}" for label in _labels()),
        *(f"repair.{key.removeprefix('finding.')}" for key in (*_misfits(), *_rejected())),
        *(f"breach.{kind}" for kind in table("breaches")["kind"].values),
        *(f"party.{party}" for party in table("checklist_items")["party"].values),
        *(f"conformby.{by}" for by in BY),
        *(f"form.{key}" for key in _form()),
        *(f"field.{column}" for column in fields()),
        *(f"sheet.{name}" for name in SHEETS),
    }


def _misfits() -> Iterator[str]:
    for _, node in _nodes(ast.Call, "schema"):
        if isinstance(node, ast.Call) and _called(node) == "_Misfit" and (key := _literal(node.args[0])):
            yield key


def _rejected() -> Iterator[str]:
    """Reasons for which a reader or the intake gives a row to the quarantine, each with its repair."""
    for below in ("io", "intake"):
        for _, node in _nodes(ast.Constant, below):
            if (value := _literal(node)) and KEY.fullmatch(value) and value.startswith("finding."):
                yield value


def _form() -> Iterator[str]:
    """Headers of the CPMM form, words of its lists and lines of its instruction."""
    yield from COLUMNS
    for column, values in WORDS.items():
        if column not in ("mode", "direction"):
            yield from (f"{column}_{value}" for value in values)
    yield from (f"help_{number}" for number in range(1, HELP_LINES + 1))


def test_every_key_in_the_code_is_in_the_catalogue() -> None:
    """Literal keys of text, refusals, findings and help all have a sentence."""
    found = _literal_keys()
    assert len(found) > 120
    assert {key: where for key, where in found.items() if key not in catalogue("en")} == {}


def test_every_key_put_together_is_in_the_catalogue() -> None:
    """Commands, headings, build stages, levels, modes, classes, labels and repairs of misfits have theirs."""
    computed = _computed_keys()
    assert {"col.borders", "stage.legs rail", "repair.slug", "cli.route"} <= computed
    assert sorted(computed - set(catalogue("en"))) == []


def test_the_keys_put_together_are_put_together_in_known_places_only() -> None:
    """A new f-string key must come with its closed list here."""
    starts = set()
    for _, node in _nodes(ast.JoinedStr):
        assert isinstance(node, ast.JoinedStr)
        start = _literal(node.values[0]) if node.values else None
        if start and start.endswith(".") and start[:-1] in _namespaces():
            starts.add(start[:-1])
    # A new computed key needs its closed list in _computed_keys first, then its prefix here.
    assert starts == {
        "cli", "col", "stage", "level", "mode", "quality", "label", "repair", "breach", "party",
        "conformby", "field", "sheet", "form",
    }  # fmt: skip


def test_no_word_is_dead() -> None:
    """Every sentence of the catalogue is said somewhere."""
    assert sorted(set(catalogue("en")) - set(_literal_keys()) - _computed_keys()) == []


def _asked_for(key: str) -> set[str]:
    entry = catalogue("en")[key]
    return set(re.findall(r"\{(\w+)\}", entry if isinstance(entry, str) else entry["other"]))


def _given(node: ast.Call) -> set[str] | None:
    """Names of the values that a call hands over; None when they are not spelled out there."""
    if _called(node) in {"Finding", "_Misfit"}:
        at = 5 if _called(node) == "Finding" else 1
        if len(node.args) <= at:
            return set()
        spelled = node.args[at]
        if not isinstance(spelled, ast.Dict) or None in spelled.keys:
            return None
        return {name for key in spelled.keys if (name := _literal(key))}
    if any(word.arg is None for word in node.keywords):
        return None
    return {str(word.arg) for word in node.keywords}


def test_every_sentence_gets_the_values_it_asks_for() -> None:
    """No reader sees a bare {name}: each call hands over all that its sentence names."""
    looked_at, short = 0, []
    for where, node in _nodes(ast.Call):
        assert isinstance(node, ast.Call)
        name = _called(node)
        if name not in {"text", *REFUSALS, "Finding", "_Misfit"} or not node.args:
            continue
        keys = [
            key for arg in (node.args[3:5] if name == "Finding" else node.args[:1]) if (key := _literal(arg))
        ]
        given = _given(node)
        if given is None or not keys:
            continue
        if name == "_Misfit":
            given |= {"column"}
            keys.append(f"repair.{keys[0].removeprefix('finding.')}")
        for key in keys:
            looked_at += 1
            missing = _asked_for(key) - given if key in catalogue("en") else set()
            if missing and not (name == "text" and len(node.args) == 1):
                short.append((where, key, sorted(missing)))
    assert looked_at > 100
    assert short == []
