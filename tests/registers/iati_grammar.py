"""The grammar of IATI 2.03 activities as a table, made from the published XSD where that is at hand.

Each element by its path gets a pattern over its children, the type of its text, and its attributes. What is
shipped (daliz/io/iati/grammar.csv) is held against this by a test.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from lxml import etree

if TYPE_CHECKING:
    from pathlib import Path

X = "{http://www.w3.org/2001/XMLSchema}"
COLUMNS = ("element", "children", "text", "attributes", "any")


class Grammar:
    """Elements, types and attribute declarations of the two schema files."""

    def __init__(self, folder: Path) -> None:
        self.elements: dict[str, Any] = {}
        self.types: dict[str, Any] = {}
        self.attributes: dict[str, str] = {}
        self.rows: dict[str, tuple[str, str, str, str]] = {}
        for name in ("iati-activities-schema.xsd", "iati-common.xsd"):
            root = etree.parse(str(folder / name)).getroot()
            for one in root:
                if one.tag == X + "element":
                    self.elements[one.get("name")] = one
                elif one.tag == X + "attribute":
                    self.attributes[one.get("name")] = one.get("type")
                elif one.tag in (X + "complexType", X + "simpleType"):
                    self.types[one.get("name")] = one

    def table(self) -> str:
        """The CSV text."""
        self._element(self.elements["iati-activities"], "iati-activities")
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        for key, row in sorted(self.rows.items()):
            writer.writerow([key, *row])
        return out.getvalue()

    def _element(self, node: Any, path: str) -> None:
        if path in self.rows:
            return
        self.rows[path] = ("", "", "", "")
        kind = node.get("type")
        body = self.types.get(kind) if kind else node.find(X + "complexType")
        if body is None:
            text = _short(kind) if kind else "string"
            self.rows[path] = ("", text, "", "")
            return
        children, text, attributes, foreign = self._body(body, path)
        self.rows[path] = (children, text, ";".join(sorted(attributes)), foreign)

    def _body(self, body: Any, path: str) -> tuple[str, str, list[str], str]:
        simple = body.find(X + "simpleContent")
        if simple is not None:
            extension = simple.find(X + "extension")
            base = extension.get("base")
            text, attributes = _short(base), self._attributes(extension)
            if base in self.types:
                _, text, more, _ = self._body(self.types[base], path)
                attributes += more
            return "", text, attributes, ""
        complex_ = body.find(X + "complexContent")
        if complex_ is not None:
            extension = complex_.find(X + "extension")
            children, text, attributes, foreign = self._body(self.types[extension.get("base")], path)
            more, other = self._group(extension, path)
            return children + more, text, attributes + self._attributes(extension), foreign or other
        children, foreign = self._group(body, path)
        text = "mixed" if body.get("mixed") == "true" else "none"
        return children, text, self._attributes(body), foreign

    def _group(self, body: Any, path: str) -> tuple[str, str]:
        parts, foreign = [], ""
        for one in body:
            if one.tag in (X + "sequence", X + "choice"):
                inner, other = self._particles(one, path)
                parts.append(_times(inner, one))
                foreign = foreign or other
        return "".join(parts), foreign

    def _particles(self, group: Any, path: str) -> tuple[str, str]:
        parts, foreign = [], ""
        for one in group:
            if one.tag == X + "element":
                name = one.get("ref") or one.get("name")
                if one.get("ref"):
                    below, target = f"{path}/{name}", self.elements[name]
                else:
                    below, target = f"{path}/{name}", one
                self._element(target, below)
                parts.append(_times(f"(?:{name} )", one))
            elif one.tag in (X + "sequence", X + "choice"):
                inner, other = self._particles(one, path)
                parts.append(_times(f"(?:{inner})", one))
                foreign = foreign or other
            elif one.tag == X + "any":
                foreign = "yes"
        joined = "|".join(parts) if group.tag == X + "choice" else "".join(parts)
        return (f"(?:{joined})" if group.tag == X + "choice" else joined), foreign

    def _attributes(self, body: Any) -> list[str]:
        found = []
        for one in body.findall(X + "attribute"):
            name = one.get("name") or one.get("ref")
            use = "!" if one.get("use") == "required" else ""
            inline = one.find(f"{X}simpleType/{X}restriction")
            kind = one.get("type") or self.attributes.get(one.get("ref") or "")
            kind = kind or (inline.get("base") if inline is not None else "string")
            found.append(f"{name}{use}={_short(kind)}")
        if body.find(X + "anyAttribute") is not None:
            found.append("*=string")
        return found


def _short(kind: str | None) -> str:
    return (kind or "string").split(":")[-1]


def _times(pattern: str, node: Any) -> str:
    low, high = node.get("minOccurs", "1"), node.get("maxOccurs", "1")
    if (low, high) == ("1", "1"):
        return pattern
    end = "" if high == "unbounded" else high
    suffix = {("0", "1"): "?", ("0", ""): "*", ("1", ""): "+"}.get((low, end), f"{{{low},{end}}}")
    return (
        f"(?:{pattern}){suffix}"
        if not pattern.startswith("(?:") or pattern.count("(?:") > 1
        else pattern + suffix
    )
