"""Checklists as files that an officer edits: YAML with one checklist a document, or CSV tables.

Question: what does this file say, and where exactly does it not fit?
In and out: a path in; the three tables as frames and findings out. A regime in; YAML text out.
Method: YAML is read as a tree of marked nodes and every value by the declared column, so that each refusal
names line, item, column and repair, and neither `no` nor a date changes its meaning on the way. A document
with the key `checklist` holds its columns and `items`; one with the key `recognition` is an agreement.
Within a checklist an item need not repeat what follows from it: its own id, its place in the list, and
source and quality where they are those of the checklist.
Limits: comments in a file that is read and written again are lost; anchors and tags of YAML are not used.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from daliz.errors import BadValue, Finding
from daliz.schema import Row, read_table, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import polars as pl
    from yaml.nodes import MappingNode, Node

    from daliz.regime.holder import Regime

__all__ = ["MOST_BYTES", "read", "write"]

MOST_BYTES = 5_000_000
"""Longest file that is read; all checklists of the network, derived ones too, take a quarter of it."""

_YAML = (".yaml", ".yml")
_NAMES = ("checklists", "checklist_items", "recognitions")


def read(path: Path) -> tuple[dict[str, pl.DataFrame], list[Finding]]:
    """The three tables of a file or folder, and what does not fit in it.

    Raises
    ------
    BadValue
        when nothing that could be a regime is there, or it cannot be read.
    """
    if path.is_dir() or path.suffix.casefold() == ".csv":
        rows, findings = _from_csv(path)
    elif path.suffix.casefold() in _YAML:
        rows, findings = _Reader(path).tables()
    else:
        raise BadValue("error.regime_file", path=str(path))
    if not findings:  # rows left out for a cell are missed by no other row
        findings += _keys(rows)
    frames = {name: table(name).frame(rows[name]) for name in _NAMES}
    return frames, findings


def _from_csv(path: Path) -> tuple[dict[str, list[Row]], list[Finding]]:
    folder = path if path.is_dir() else path.parent
    rows: dict[str, list[Row]] = {}
    findings: list[Finding] = []
    seen = False
    for name in _NAMES:
        files = [
            one for one in (folder / f"{name}.csv", *sorted((folder / name).glob("*.csv"))) if one.is_file()
        ]
        rows[name] = []
        for one in files:
            fresh, misfits = read_table(name, one)
            rows[name] += [row | {"_where": f"{row['_file']}:{row['_row']}"} for row in fresh]
            findings += misfits
        seen = seen or bool(files)
    if not seen:
        raise BadValue("error.regime_file", path=str(path))
    return rows, findings


def _keys(rows: Mapping[str, list[Row]]) -> Iterator[Finding]:
    """Ids said twice, and items of a checklist that is not there."""
    for name in _NAMES:
        key = table(name).primary
        home: dict[object, object] = {}
        for row in rows[name]:
            if row[key] in home:
                values = {"column": key, "value": row[key], "other": home[row[key]]}
                yield _finding(name, f"{row['_where']}:{key}", "finding.duplicate", values)
            home.setdefault(row[key], row["_where"])
    lists = {row["checklist"] for row in rows["checklists"]}
    for row in rows["checklist_items"]:
        if row["checklist"] not in lists:
            values = {"column": "checklist", "value": row["checklist"], "target": "checklists"}
            yield _finding("checklist_items", f"{row['_where']}:checklist", "finding.dangling", values)


def _finding(name: str, where: str, message: str, values: Mapping[str, object]) -> Finding:
    repair = _REPAIRS.get(message) or f"repair.{message.removeprefix('finding.')}"
    return Finding("error", name, where, message, repair, values)


_REPAIRS = {
    "finding.regime_document": "repair.regime_document",
    "finding.regime_items": "repair.regime_items",
    "finding.regime_nested": "repair.regime_nested",
}


class _Reader:
    """The documents of one YAML file as typed rows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: dict[str, list[Row]] = {name: [] for name in _NAMES}
        self.findings: list[Finding] = []

    def tables(self) -> tuple[dict[str, list[Row]], list[Finding]]:
        from yaml.nodes import MappingNode

        for node in self._documents():
            fields = self._fields(node) if isinstance(node, MappingNode) else {}
            if "checklist" in fields:
                self._checklist(fields, node)
            elif "recognition" in fields:
                row = self._row("recognitions", fields, node, {})
                self.rows["recognitions"] += [row] if row else []
            else:
                self._say("checklists", node, "", "", "finding.regime_document", {})
        return self.rows, self.findings

    def _documents(self) -> list[Node]:
        import yaml

        try:
            if self.path.stat().st_size > MOST_BYTES:
                raise BadValue("error.regime_large", path=str(self.path), most=MOST_BYTES)
            text = self.path.read_bytes().decode("utf-8-sig")
            nodes = [node for node in yaml.compose_all(text, Loader=yaml.SafeLoader) if node is not None]
        except OSError as error:
            raise BadValue("error.regime_read", path=str(self.path), reason=error.strerror) from None
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            raise BadValue("error.regime_yaml", path=str(self.path), line=line) from None
        except (yaml.YAMLError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            line = mark.line + 1 if mark else 1
            raise BadValue("error.regime_yaml", path=str(self.path), line=line) from None
        if not nodes:
            raise BadValue("error.regime_empty", path=str(self.path))
        return nodes

    def _fields(self, node: MappingNode) -> dict[str, Node]:
        fields: dict[str, Node] = {}
        for key, value in node.value:
            name = str(key.value)
            if name in fields:
                self._say("checklists", key, "", name, "finding.column_twice", {})
            fields[name] = value
        return fields

    def _checklist(self, fields: dict[str, Node], node: Node) -> None:
        from yaml.nodes import MappingNode, SequenceNode

        items = fields.pop("items", None)
        row = self._row("checklists", fields, node, {})
        name = _scalar(fields["checklist"])
        if row:
            self.rows["checklists"].append(row)
        if items is None:
            return
        listed = items.value if isinstance(items, SequenceNode) else None
        if listed is None:
            self._say("checklists", items, name, "items", "finding.regime_items", {})
            return
        for seq, item in enumerate(listed, start=1):
            if not isinstance(item, MappingNode):
                self._say("checklist_items", item, f"{name}/{seq}", "", "finding.regime_items", {})
                continue
            given = self._fields(item)
            code = _scalar(given["code"]) if "code" in given else str(seq)
            ours = {"checklist": name, "item": f"{name}-{code}", "seq": str(seq)}
            ours |= {one: _scalar(fields[one]) for one in ("source", "quality") if one in fields}
            typed = self._row("checklist_items", given, item, ours)
            if typed:
                self.rows["checklist_items"].append(typed)

    def _row(self, name: str, fields: Mapping[str, Node], node: Node, ours: Mapping[str, str]) -> Row | None:
        """A typed row, or None after a finding for each value that does not fit."""
        declared = table(name)
        label = ours.get("item") or (_scalar(fields[declared.primary]) if declared.primary in fields else "")
        before = len(self.findings)
        known = {column.name for column in declared.columns}
        for word in fields:
            if word not in known:
                self._say(name, fields[word], label, word, "finding.unknown_column", {})
        row: Row = {}
        for column in declared.columns:
            at = fields.get(column.name)
            try:
                text = ours.get(column.name, "") if at is None else _cell(at)
                row[column.name] = column.parse(text)
            except _Nested:
                self._say(name, at or node, label, column.name, "finding.regime_nested", {})
            except ValueError as misfit:  # the schema says its key first and holds the values beside it
                values = getattr(misfit, "values", {})
                self._say(name, at or node, label, column.name, str(misfit.args[0]), values)
        where = f"{self.path.name}:{node.start_mark.line + 1}:{label}"
        return row | {"_where": where} if len(self.findings) == before else None

    def _say(
        self, name: str, node: Node, label: str, column: str, message: str, values: Mapping[str, object]
    ) -> None:
        where = f"{self.path.name}:{node.start_mark.line + 1}:{label}:{column}"
        self.findings.append(_finding(name, where, message, {"column": column, **values}))


class _Nested(ValueError):
    """A value that is itself a list of lists or a mapping."""


def _scalar(node: Node) -> str:
    return str(node.value) if isinstance(node.value, str) else ""


def _cell(node: Node) -> str:
    """The text of a value as a cell of the table holds it; a list joined by semicolons."""
    from yaml.nodes import ScalarNode, SequenceNode

    if isinstance(node, ScalarNode):
        return "" if node.tag.endswith(":null") else str(node.value)
    if isinstance(node, SequenceNode) and all(isinstance(one, ScalarNode) for one in node.value):
        return ";".join(str(one.value) for one in node.value)
    raise _Nested


def write(regime: Regime) -> str:
    """YAML text of a regime: a document for each checklist and each agreement."""
    import yaml

    documents: list[Row] = []
    for one in regime.checklists:
        shared = {name: one.row[name] for name in ("source", "quality")}
        document = _plain("checklists", one.row, {})
        document["items"] = [_item(one.id, seq, item, shared) for seq, item in enumerate(one.items, start=1)]
        documents.append(document)
    documents += [_plain("recognitions", row, {}) for row in regime.recognitions]
    text: str = yaml.safe_dump_all(
        documents,
        sort_keys=False,
        allow_unicode=True,
        width=110,
        explicit_start=True,
        default_flow_style=False,
    )
    return text


def _item(name: str, seq: int, item: Row, shared: Mapping[str, object]) -> Row:
    ours = {"checklist": name, "item": f"{name}-{item['code']}", "seq": seq, **shared}
    return _plain("checklist_items", item, ours)


def _plain(name: str, row: Mapping[str, Any], ours: Mapping[str, object]) -> Row:
    """The columns that say more than the default and than what follows from the document."""
    plain: Row = {}
    for column in table(name).columns:
        value = row[column.name]
        if value in (None, []) or (column.name in ours and ours[column.name] == value):
            continue
        if column.default and not column.required and value == column.parse(""):
            continue
        plain[column.name] = value if isinstance(value, list | int | float | dt.date) else str(value)
    return plain
