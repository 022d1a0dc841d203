"""What an IATI 2.03 activity may look like, and what is wrong with one that does not.

Question: does a file keep to the structure of the standard, and if not, where and how is it mended?
In and out: an element and its path in; problems with line, place and repair out.
Method: the table grammar.csv holds, for each element by its path, a pattern over its children, the type of
its text and its attributes, as the published schema has them (a test compares the two where the schema is
at hand).
Limits: structure and types, not code lists; elements of other namespaces are let through where the standard
allows them.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ROOT", "Problem", "order_of", "problems"]

ROOT = "iati-activities"
ACTIVITY = "iati-activities/iati-activity"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: line, path of the element, attribute or child, keys of message, repair."""

    line: int
    path: str
    name: str
    message: str
    repair: str
    value: str = ""


@dataclass(frozen=True)
class _Rule:
    children: re.Pattern[str]
    names: tuple[str, ...]
    text: str
    attributes: dict[str, tuple[str, bool]]
    foreign: bool


@cache
def _rules() -> dict[str, _Rule]:
    with (Path(__file__).parent / "grammar.csv").open(encoding="utf-8", newline="") as lines:
        return {row["element"]: _rule(row) for row in csv.DictReader(lines)}


def _rule(row: dict[str, str]) -> _Rule:
    attributes = {}
    for word in filter(None, row["attributes"].split(";")):
        name, _, kind = word.partition("=")
        attributes[name.rstrip("!")] = (kind, name.endswith("!"))
    pattern = row["children"]
    names = tuple(dict.fromkeys(re.findall(r"\(\?:([a-z-]+) \)", pattern)))
    return _Rule(re.compile(pattern), names, row["text"], attributes, bool(row["any"]))


def order_of(path: str = ACTIVITY) -> tuple[str, ...]:
    """Names of the children of an element in the order of the standard."""
    return _rules()[path].names


def problems(element: Any, path: str = ACTIVITY) -> Iterator[Problem]:
    """Everything that is wrong with an element and what is below it."""
    rule = _rules()[path]
    yield from _attributes(element, path, rule)
    if rule.text not in ("none", "mixed"):
        value = (element.text or "").strip()
        if not _fits(value, rule.text):
            yield Problem(element.sourceline or 0, path, "", "finding.iati_value", "repair.iati_value", value)
    elif rule.text == "none" and _words(element):
        yield Problem(
            element.sourceline or 0, path, "", "finding.iati_text", "repair.iati_text", _words(element)
        )
    seen = []
    for child in element:
        if not isinstance(child.tag, str):
            continue
        if child.tag.startswith("{"):
            if not rule.foreign:
                yield Problem(
                    child.sourceline or 0, path, child.tag, "finding.iati_foreign", "repair.iati_foreign"
                )
            continue
        if f"{path}/{child.tag}" not in _rules():
            yield Problem(
                child.sourceline or 0, path, child.tag, "finding.iati_unknown", "repair.iati_unknown"
            )
            return
        seen.append(child.tag)
        yield from problems(child, f"{path}/{child.tag}")
    if not rule.children.fullmatch("".join(f"{name} " for name in seen)):
        yield _misplaced(element, path, rule, seen)


def _words(element: Any) -> str:
    parts = [element.text or "", *((child.tail or "") for child in element)]
    return "".join(parts).strip()


def _misplaced(element: Any, path: str, rule: _Rule, seen: list[str]) -> Problem:
    """Which child is missing, there too often, or out of order: the first that the pattern cannot take."""
    line = element.sourceline or 0
    for name in rule.names:
        without = rule.children.fullmatch("".join(f"{one} " for one in seen if one != name))
        if name not in seen and without is None and f"(?:{name} )" in rule.children.pattern:
            tried = sorted([*seen, name], key=rule.names.index)
            if rule.children.fullmatch("".join(f"{one} " for one in tried)):
                return Problem(line, path, name, "finding.iati_missing", "repair.iati_missing")
    ordered = sorted(seen, key=rule.names.index)
    if rule.children.fullmatch("".join(f"{one} " for one in ordered)):
        first = next(one for one, other in zip(seen, ordered, strict=True) if one != other)
        return Problem(line, path, first, "finding.iati_order", "repair.iati_order", ", ".join(rule.names))
    often = next((one for one in seen if seen.count(one) > 1), seen[0] if seen else rule.names[0])
    return Problem(line, path, often, "finding.iati_children", "repair.iati_children", ", ".join(rule.names))


def _attributes(element: Any, path: str, rule: _Rule) -> Iterator[Problem]:
    line = element.sourceline or 0
    for name, (_, needed) in rule.attributes.items():
        if needed and name not in element.attrib:
            yield Problem(line, path, f"@{name}", "finding.iati_missing", "repair.iati_missing")
    for name, value in element.attrib.items():
        plain = "xml:lang" if name == _XML_LANG else name
        if plain in rule.attributes:
            if not _fits(value, rule.attributes[plain][0]):
                yield Problem(line, path, f"@{plain}", "finding.iati_value", "repair.iati_value", value)
        elif not (plain.startswith("{") and "*" in rule.attributes):
            yield Problem(line, path, f"@{plain}", "finding.iati_unknown", "repair.iati_unknown", value)


_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
_DATE = re.compile(r"(-?\d{4,})-(\d{2})-(\d{2})(Z|[+-]\d{2}:\d{2})?")
_TIME = re.compile(r"T(\d{2}):(\d{2}):(\d{2})(\.\d+)?(Z|[+-]\d{2}:\d{2})?")


def _fits(value: str, kind: str) -> bool:
    word = value.strip()
    if kind == "decimal":
        return bool(_DECIMAL.fullmatch(word))
    if kind in ("int", "positiveInteger", "nonNegativeInteger"):
        whole = bool(re.fullmatch(r"[+-]?\d+", word))
        return whole and (kind == "int" or int(word) >= (1 if kind == "positiveInteger" else 0))
    if kind == "boolean":
        return word in ("true", "false", "1", "0")
    if kind == "date":
        return _is_date(word)
    if kind == "dateTime":
        day, mark, clock = word.partition("T")
        return bool(mark) and _is_date(day) and bool(_TIME.fullmatch(mark + clock))
    return True


def _is_date(word: str) -> bool:
    found = _DATE.fullmatch(word)
    if not found:
        return False
    try:
        dt.date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return False
    return True
