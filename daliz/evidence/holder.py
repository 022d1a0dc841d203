"""The evidence pack as a typed holder: what was declared, where, by whom, and what the record says beside it.

Question: which systems, commitments, risks, criteria and positions do the source articles hold, on
which line, how firmly, and where does the public record say otherwise?
In and out: the curated tables `evidence_*` in; rows, filters, disagreements, findings and plain data out.
Method: a row is told in our own words in three languages with its locator; rows of the public record stand
beside the declared ones by key, and their numbers are compared as intervals, parts after adding them up.
Limits: the words of the articles are not shipped, only where they stand; a statement is kept as it was made,
not judged for truth.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

from daliz.errors import BadValue, Finding
from daliz.evidence.matrix import Matrix, theme_text
from daliz.i18n import LANGUAGES, text
from daliz.model.quantity import Quantity, years_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import polars as pl

    from daliz.schema import Row

__all__ = ["REGISTERS", "TABLES", "Evidence"]

REGISTERS = {
    "commitments": "commitment",
    "systems": "system",
    "risks": "risk",
    "criteria": "criterion",
    "positions": "position",
}
"""The five registers and the key column of each."""

TABLES = (
    "countries", "sources", "evidence_documents", "evidence_voices",
    *(f"evidence_{name}" for name in REGISTERS),
)  # fmt: skip
"""Tables that `Evidence.from_frames` asks for."""

_WORDS = {
    "declared": "evidence.declared",
    "public_record": "evidence.public_record",
    "example": "evidence.example",
    "none": "evidence.year_none",
    "quote": "evidence.year_quote",
    "nearby": "evidence.year_nearby",
    "inferred": "evidence.year_inferred",
    "same": "evidence.relation_same",
    "part": "evidence.relation_part",
    "context": "evidence.relation_context",
}

_PLAIN = (
    "kind", "comparator", "value", "value_max", "unit", "year_from", "year_to", "dated", "year_basis",
    "front", "horizon", "actors", "forum", "part", "topic", "themes", "areas", "verdict", "priority", "parts",
    "subject", "same_as", "beside", "relation", "monitorable", "provenance", "caveat_source", "source",
    "quality",
)  # fmt: skip
"""Columns that go into plain data as they are."""

_TOLD = ("name", "gloss", "stance", "actor_note", "indicator", "caveat")
"""Columns told in three languages; None where a row has no such words."""


@dataclass(frozen=True)
class Evidence:
    """Rows of the five registers with the documents, voices and sources they point at; nothing changes."""

    commitments: tuple[Row, ...]
    systems: tuple[Row, ...]
    risks: tuple[Row, ...]
    criteria: tuple[Row, ...]
    positions: tuple[Row, ...]
    documents: Mapping[str, Row]
    voices: Mapping[str, Row]
    sources: Mapping[str, Row]
    countries: Mapping[str, Row]

    @classmethod
    def from_frames(cls, frames: Mapping[str, pl.DataFrame]) -> Evidence:
        """The pack of a network or of a curated folder; KeyError when a table of `TABLES` is missing."""

        def keyed(name: str, key: str) -> dict[str, Row]:
            return {row[key]: row for row in frames[name].iter_rows(named=True)}

        registers = {name: tuple(frames[f"evidence_{name}"].iter_rows(named=True)) for name in REGISTERS}
        return cls(
            **registers,
            documents=keyed("evidence_documents", "document"),
            voices=keyed("evidence_voices", "voice"),
            sources=keyed("sources", "source"),
            countries=keyed("countries", "country"),
        )

    def select(
        self, actor: str = "", topic: str = "", monitorable: str = "", provenance: str = ""
    ) -> Evidence:
        """Rows that meet every condition given; an empty one is not asked.

        Parameters
        ----------
        actor
            State (ISO 3166-1 alpha-2) among the actors of a row.
        topic
            Topic of a row, or one of its themes.
        monitorable
            yes, partly or no; systems and positions are not judged by it and fall out.
        provenance
            declared, public_record or example.

        Raises
        ------
        BadValue
            when no row of the pack has such an actor, topic or theme; names the states or themes there are.
        """
        rows = [row for name in REGISTERS for row in getattr(self, name)]
        themes = {theme for row in rows for theme in row["themes"]}
        topics = {row.get("topic") for row in rows}
        states = {state for row in rows for state in row["actors"]}
        if topic and topic not in themes | topics:
            raise BadValue("error.evidence_topic", value=topic, known=", ".join(sorted(themes)))
        if actor and actor not in states:
            raise BadValue("error.evidence_actor", value=actor, known=", ".join(sorted(states)))

        def met(row: Row) -> bool:
            return (
                (not actor or actor in row["actors"])
                and (not topic or topic in (row.get("topic"), *row["themes"]))
                and (not monitorable or row.get("monitorable") == monitorable)
                and (not provenance or row["provenance"] == provenance)
            )

        kept: dict[str, Any] = {name: tuple(filter(met, getattr(self, name))) for name in REGISTERS}
        return replace(self, **kept)

    def matrix(self, forum: str = "", part: str = "") -> Matrix:
        """Themes by voice, of one forum (summit, cis) and part of an article (table ...), or of all."""
        positions = [
            row
            for row in self.positions
            if (not forum or row["forum"] == forum) and (not part or row["part"] == part)
        ]
        return Matrix.of(positions, self.commitments)

    def beside(self, commitment: str) -> tuple[Row, ...]:
        """Rows of the public record that stand beside a declared one."""
        return tuple(row for row in self.commitments if row["beside"] == commitment)

    def disagreements(self) -> list[Row]:
        """Declared numbers and those of the record that no one number satisfies, pair by pair.

        Rows that tell the same thing are compared one by one, with the declared one and with each other;
        parts are added up first. Each found has `declared`, `ids` of both sides, their `quantities`, the
        `gap` between them (0 when only the bound differs: over 21 and 21) and the `relation`.
        """
        found = []
        for row in self.commitments:
            if row["beside"] or (own := Quantity.of(row)) is None:
                continue
            companions: dict[str, list[tuple[str, Quantity]]] = defaultdict(list)
            for other in self.beside(row["commitment"]):
                number = Quantity.of(other)
                if number is not None and number.unit == own.unit:
                    companions[other["relation"]].append((other["commitment"], number))
            told: list[tuple[tuple[str, ...], Quantity]] = [((row["commitment"],), own)]
            told += [((key,), number) for key, number in companions["same"]]
            pairs = [(a, b, "same") for at, a in enumerate(told) for b in told[at + 1 :]]
            if parts := companions["part"]:
                whole = reduce(add, [number for _, number in parts])
                pairs.append((told[0], (tuple(key for key, _ in parts), whole), "part"))
            found += [
                {"declared": row["commitment"], "ids": [list(a[0]), list(b[0])], "relation": relation,
                 "quantities": (a[1], b[1]), "gap": a[1].gap(b[1])}
                for a, b, relation in pairs
                if a[1].contradicts(b[1])
            ]  # fmt: skip
        return found

    def check(self) -> list[Finding]:
        """Rows that do not hang together: no place in a document, a number without a bound ..."""
        return [
            finding
            for name, key in REGISTERS.items()
            for row in getattr(self, name)
            for finding in self._misfits(f"evidence_{name}", row[key], row)
        ]

    def _misfits(self, where: str, key: str, row: Row) -> Iterator[Finding]:
        def found(message: str, repair: str, **values: object) -> Finding:
            return Finding("error", where, key, message, repair, values)

        lines = [*row.get("lines", ()), *row.get("themes_lines", ()), *(row.get("stance_lines") or ())]
        if row["provenance"] == "declared" and not (row["document"] and lines):
            yield found("finding.evidence_locator", "repair.evidence_locator")
        for document, named in ((row["document"], lines), (row.get("also_document"), row.get("also_lines"))):
            last = self.documents[document]["line_count"] if document else 0
            for line in named or ():
                if document and not (line.isdigit() and 1 <= int(line) <= last):
                    yield found("finding.evidence_line", "repair.evidence_line", line=line, last=last)
        for state in row["actors"]:
            if state not in self.countries:
                yield found("finding.evidence_actor", "repair.evidence_actor", actor=state)
        yield from self._misfit_numbers(where, key, row)

    def _misfit_numbers(self, where: str, key: str, row: Row) -> Iterator[Finding]:
        if "comparator" not in row:
            return
        years = [year for year in (row.get("year_from"), row.get("year_to")) if year is not None]
        bound = row["comparator"] != "none"
        if bound != (row["value"] is not None or (bound and bool(years))):
            yield Finding(
                "error", where, key, "finding.evidence_comparator", "repair.evidence_comparator",
                {"comparator": row["comparator"]},
            )  # fmt: skip
        if row["value"] is not None:
            ranged = row["comparator"] == "range"
            low, high = row["value"], row["value_max"]
            if ranged != (high is not None) or (high is not None and high <= low):
                values = {"low": low, "high": "–" if high is None else high}
                yield Finding("error", where, key, "finding.evidence_range", "repair.evidence_range", values)
            if not row["unit"]:
                yield Finding("error", where, key, "finding.evidence_unit", "repair.evidence_unit")
        if len(years) == 2 and years[0] > years[1]:
            values = {"first": years[0], "last": years[1]}
            yield Finding("error", where, key, "finding.evidence_years", "repair.evidence_years", values)

    def as_dict(self, lang: str, only: str = "") -> Row:
        """Plain data: one register (`only`) or all, with the matrix of positions and the disagreements."""
        names = [only] if only else list(REGISTERS)
        told: Row = {
            name: [self._plain(row, REGISTERS[name], lang) for row in getattr(self, name)] for name in names
        }
        if "commitments" in names:
            told["disagreements"] = [_plain_pair(pair, lang) for pair in self.disagreements()]
        if "positions" in names:
            told["matrix"] = {
                "summit": self.matrix("summit", "table").as_dict(lang),
                "cis": self.matrix("cis", "paragraph").as_dict(lang),
                "all": self.matrix().as_dict(lang),
            }
        told["documents"] = [
            {**row, "published": str(row["published"]) if row["published"] else None,
             "name": _told(row, "name")}
            for row in self.documents.values()
        ]  # fmt: skip
        told["counts"] = {name: len(getattr(self, name)) for name in names}
        told["findings"] = [finding.as_dict(lang) for finding in self.check()]
        return told

    def _plain(self, row: Row, key: str, lang: str) -> Row:
        plain: Row = {"id": row[key]}
        plain |= {stem: _told(row, stem) for stem in _TOLD if f"{stem}_en" in row}
        plain |= {name: row[name] for name in _PLAIN if name in row}
        for name in ("value", "value_max"):
            if (number := plain.get(name)) is not None and number == int(number):
                plain[name] = int(number)
        quantity = Quantity.of(row)
        if "comparator" in row:
            plain["value_text"] = quantity.text(lang) if quantity else None
        if "year_basis" in row:
            plain["years_text"] = years_text(row, lang) or None
            plain["year_basis_text"] = text(_WORDS[row["year_basis"]], lang)
        if "themes_en" in row:
            plain["themes_gloss"] = _told(row, "themes")
        plain["themes_text"] = [theme_text(theme, lang) for theme in row["themes"]]
        plain["provenance_text"] = text(_WORDS[row["provenance"]], lang)
        speaker = row.get("proposer") or row.get("speaker")
        plain["voice"] = {"voice": speaker, **_names(self.voices[speaker])} if speaker else None
        return plain | self._located(row)

    def _located(self, row: Row) -> Row:
        if row["document"] is None:
            source = self.sources[row["source"]]
            return {
                "locator": {"source": row["source"], "citation": source["citation"], "url": source["url"]}
            }
        if "themes_lines" in row:
            stance = self._place(row["document"], row["stance_lines"]) if row["stance_lines"] else None
            return {"locator": self._place(row["document"], row["themes_lines"]), "stance_locator": stance}
        locator = self._place(row["document"], row["lines"])
        if row.get("also_document"):
            locator["also"] = self._place(row["also_document"], row["also_lines"])
        return {"locator": locator}

    def _place(self, document: str, lines: list[str]) -> Row:
        row = self.documents[document]
        return {
            "document": document, "file": row["file"], "lines": [int(line) for line in lines],
            "text": f"{row['mark']}:{', '.join(lines)}",
        }  # fmt: skip


def _told(row: Row, stem: str) -> dict[str, str] | None:
    """Words of a row in the three languages; None where it has none."""
    words = {lang: row[f"{stem}_{lang}"] for lang in LANGUAGES}
    return words if words["en"] else None


def _names(row: Row) -> dict[str, str]:
    return {lang: row[f"name_{lang}"] for lang in LANGUAGES}


def _plain_pair(pair: Row, lang: str) -> Row:
    first, second = pair["quantities"]
    return {
        "declared": pair["declared"], "relation": pair["relation"],
        "relation_text": text(_WORDS[pair["relation"]], lang), "ids": pair["ids"],
        "values": [first.text(lang), second.text(lang)], "gap": pair["gap"],
    }  # fmt: skip
