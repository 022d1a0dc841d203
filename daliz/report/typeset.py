"""From plain pieces to a typeset page: text, tables, figures and pictures as the source of a typst document.

Question: how do words and figures become a PDF without a word of theirs being taken for a command?
In and out: pieces in; the bytes of a PDF, or of pictures of its pages, out.
Method: typst, with its own fonts only, so that the same report is the same on every machine. Every word
goes in as a string literal. The look is `style.typ`.
Limits: fonts are those that typst carries; they hold Kazakh, Russian and English.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from daliz.errors import BadValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Sheet", "literal"]

_STYLE = Path(__file__).with_name("style.typ")


def literal(word: object) -> str:
    r"""Text as a string literal of typst.

    >>> literal('a "b" #c')
    '"a \\\\"b\\\\" #c"'
    """
    text = str(word).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{text}"'


@dataclass
class Sheet:
    """A document in the making; pieces are added in order."""

    title: str
    subtitle: str
    footer: str
    lang: str
    body: list[str] = field(default_factory=list)
    pictures: dict[str, str] = field(default_factory=dict)

    def heading(self, word: str, level: int = 1) -> None:
        """A heading."""
        self.body.append(f"#heading(level: {level}, {literal(word)})")

    def words(self, word: str) -> None:
        """A paragraph."""
        self.body.append(f"#{literal(word)}\n")

    def note(self, word: str) -> None:
        """A paragraph in small print."""
        self.body.append(f"#note({literal(word)})\n")

    def figures(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Large figures with what they are."""
        told = ", ".join(f"({literal(figure)}, {literal(what)})" for figure, what in pairs)
        self.body.append(f"#figures({told})\n#v(6pt)")

    def table(self, heads: Sequence[str], rows: Iterable[Sequence[object]], widths: str = "") -> None:
        """A table whose head repeats on every page."""
        columns = widths or f"({', '.join(['auto'] * (len(heads) - 1))}, 1fr)"
        cells = [f"[#{literal(word)}]" for row in rows for word in row]
        head = ", ".join(f"[#{literal(word)}]" for word in heads)
        self.body.append(
            f"#table(columns: {columns}, table.header({head}),\n  {', '.join(cells)}{',' if cells else ''})"
        )

    def picture(self, svg: str, alt: str, width: str = "100%") -> None:
        """A drawing; `alt` says in words what it shows."""
        name = f"picture-{len(self.pictures) + 1}.svg"
        self.pictures[name] = svg
        self.body.append(f"#image({literal(name)}, width: {width}, alt: {literal(alt)})\n")

    def pdf(self) -> bytes:
        """The document as PDF."""
        made = self._compile("pdf")
        return made if isinstance(made, bytes) else made[0]

    def pages(self, ppi: float = 72.0) -> list[bytes]:
        """Pictures of the pages (PNG)."""
        made = self._compile("png", ppi)
        return [made] if isinstance(made, bytes) else list(made)

    def _compile(self, form: Literal["pdf", "png"], ppi: float | None = None) -> bytes | list[bytes]:
        try:
            import typst
        except ImportError:
            raise BadValue("error.report_packages") from None
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            shutil.copy(_STYLE, folder / "style.typ")
            for picture, svg in self.pictures.items():
                (folder / picture).write_text(svg, encoding="utf-8")
            (folder / "main.typ").write_text(self.source(), encoding="utf-8")
            made: Any = typst.compile(
                str(folder / "main.typ"), format=form, ppi=ppi, ignore_system_fonts=True
            )
            return bytes(made) if isinstance(made, bytes) else list(made)

    def source(self) -> str:
        """The typst source."""
        head = ", ".join(
            f"{name}: {literal(word)}"
            for name, word in (("title", self.title), ("subtitle", self.subtitle), ("footer", self.footer),
                               ("language", self.lang))
        )  # fmt: skip
        return "\n".join(['#import "style.typ": *', f"#show: report.with({head})", *self.body, ""])
