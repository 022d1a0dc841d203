"""Text tables and Excel sheets as lines of cells.

Question: what stands in the cells of this file, and which lines cannot be read?
In and out: a path in; lines (number, cells) in order and rejects out.
Method: the encoding is found by reading the whole file once (UTF-16 by its mark, UTF-8, else Windows-1251
where the words come out Cyrillic); the delimiter by the header. A line whose quotes do not close is
rejected alone and reading goes on behind it. Excel through calamine; merged cells show their value in
each cell; an archive that unpacks beyond a limit is refused before it is opened.
Limits: numbers of lines are those of the file as an editor shows it. Old `.xls` files are not read.
"""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import io
import re
import zipfile
from collections import deque
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from daliz.errors import BadValue, Refused
from daliz.io.streams import opened
from daliz.model.events import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["DELIMITERS", "Line", "excel_lines", "find_delimiter", "find_encoding", "shown", "text_lines"]

DELIMITERS = (",", ";", "\t", "|")

_CELL = 1 << 20
_SHOWN = 100_000
_UNPACKED = 1 << 30
_UNPACKED_TIMES = 200
_CYRILLIC_WORD = re.compile(r"[^\W\d_]*[\u0400-\u04ff][^\W\d_]*")
_SURROGATE = re.compile("[\udc80-\udcff]")
_EXCEL_EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001


@dataclass(frozen=True)
class Line:
    """One line of a table: its number in the file and its cells (text; from Excel also typed)."""

    number: int
    cells: list[object]


def find_encoding(path: Path) -> str:
    """The encoding of a text file.

    Raises
    ------
    BadValue
        with row and byte, when the file is neither UTF-8 nor UTF-16 with a mark nor Windows-1251.
    """
    with opened(path) as stream:
        head = stream.read(4)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    decoder = codecs.getincrementaldecoder("utf-8")()
    row, byte, wide = 1, 0, False
    with opened(path) as stream:
        while True:
            chunk = stream.read(1 << 20)
            held = len(decoder.getstate()[0])
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                sound = error.object[: error.start]
                wide = wide or len(sound.decode("utf-8")) < len(sound)
                row += sound.count(b"\n")
                byte += error.start - held + 1
                break
            wide = wide or len(text) < len(chunk)
            row, byte = row + chunk.count(b"\n"), byte + len(chunk)
            if not chunk:
                return "utf-8-sig"
    if wide:
        return "utf-8-sig"
    if _is_windows(path):
        return "cp1251"
    raise BadValue("error.table_encoding", file=path.name, row=row, byte=byte)


def _is_windows(path: Path) -> bool:
    """Whether the words that are not ASCII come out Cyrillic from letter to letter."""
    sound = strange = 0
    with opened(path) as stream:
        for raw in stream:
            try:
                text = raw.decode("cp1251")
            except UnicodeDecodeError:
                return False
            if text.isascii():
                continue
            for word in _CYRILLIC_WORD.findall(text):
                if re.search("[A-Za-z]", word) or not re.search("[а-яё]|^[А-ЯЁ]+$", word):
                    strange += 1
                else:
                    sound += 1
    return sound > 9 * strange


def find_delimiter(header: str) -> str:
    """The delimiter that stands most often in a header outside quotes; a comma where there is none."""
    bare = re.sub(r'"[^"]*"', "", header)
    return max(DELIMITERS, key=lambda sign: (bare.count(sign), -DELIMITERS.index(sign)))


class _Lines:
    """Physical lines with their numbers, which can be put back."""

    def __init__(self, stream: IO[bytes], encoding: str) -> None:
        errors = "surrogateescape" if encoding == "utf-8-sig" else "strict"
        self.source = io.TextIOWrapper(stream, encoding=encoding, errors=errors, newline="")
        self.back: deque[str] = deque()
        self.number = 0
        self.taken: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self.back.popleft() if self.back else self.source.readline(_CELL * 4)
        if not line:
            raise StopIteration
        self.number += 1
        if "\0" in line:
            line = line.replace("\0", "\ufffd")
        self.taken.append(line)
        return line

    def retry(self) -> str:
        """Put all lines but the first of the record back; the first one."""
        first, *others = self.taken
        self.back.extendleft(reversed(others))
        self.number -= len(others)
        self.taken = []
        return first


def text_lines(path: Path, encoding: str, delimiter: str | None = None) -> Iterator[Line | Reject]:
    """Lines of a text table, the header first; lines without a cell are passed over."""
    csv.field_size_limit(_CELL)
    with opened(path) as stream:
        lines = _Lines(stream, encoding)
        reader = None
        while True:
            try:
                if reader is None:
                    sign = delimiter or _delimiter(lines)
                    reader = csv.reader(lines, delimiter=sign, strict=True)
                before = lines.number
                cells = next(reader)
            except StopIteration:
                return
            except UnicodeError:
                raise BadValue("error.table_encoding", file=path.name, row=lines.number + 1, byte=0) from None
            except csv.Error:
                number = before + 1
                first = lines.retry()
                reader = csv.reader(lines, delimiter=sign, strict=True)
                yield Reject(f"row {number}", "", "finding.quote", {}, {"line": _printable(first)})
                continue
            taken, lines.taken = lines.taken, []
            if not any(cells):
                continue
            if any(_SURROGATE.search(line) for line in taken if not line.isascii()):
                text = "".join(taken)
                found = _SURROGATE.search(text)
                at = len(text[: found.start()].encode("utf-8", errors="surrogateescape")) + 1 if found else 0
                yield Reject(
                    f"row {before + 1}", "", "finding.bytes", {"byte": at}, {"line": _printable(text)}
                )
                continue
            yield Line(before + 1, list(cells))


def _delimiter(lines: _Lines) -> str:
    first = next(lines)
    lines.retry()
    lines.back.appendleft(first)
    lines.number -= 1
    return find_delimiter(first)


def _printable(text: str) -> str:
    text = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return (
        text.rstrip("\r\n")
        .encode("utf-8", errors="surrogateescape")
        .decode("utf-8", errors="backslashreplace")
    )


def excel_lines(path: Path) -> Iterator[tuple[str, list[Line]]]:
    """Each sheet of a workbook: its name and its lines, typed as Excel types them.

    Raises
    ------
    BadValue
        when the file is no workbook.
    Refused
        when its archive unpacks beyond the limit.
    """
    import python_calamine

    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
            packed = sum(entry.compress_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError):
        raise BadValue("error.log_other", file=path.name, format="Excel") from None
    if unpacked > _UNPACKED or (unpacked > 1 << 26 and unpacked > _UNPACKED_TIMES * max(packed, 1)):
        raise Refused("error.log_bomb", file=path.name, times=_UNPACKED_TIMES)
    try:
        with python_calamine.CalamineWorkbook.from_path(str(path)) as book:
            for name in book.sheet_names:
                sheet = book.get_sheet_by_name(name)
                yield name, _sheet(sheet)
    except (python_calamine.CalamineError, OSError, ValueError):
        raise BadValue("error.log_broken", file=path.name, where="Excel") from None


def _sheet(sheet: object) -> list[Line]:
    grid = [list(row) for row in sheet.to_python(skip_empty_area=False)]  # type: ignore[attr-defined]
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():  # type: ignore[attr-defined]
        for row in range(top, min(bottom, len(grid) - 1) + 1):
            for column in range(left, min(right, len(grid[row]) - 1) + 1):
                grid[row][column] = grid[top][left]
    return [Line(number, row) for number, row in enumerate(grid, start=1) if any(cell != "" for cell in row)]


def shown(cell: object) -> str:
    """A cell as text: instants as ISO 8601, whole numbers without a point, blanks trimmed."""
    if isinstance(cell, dt.datetime):
        return cell.isoformat(timespec="microseconds" if cell.microsecond else "seconds")
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    if isinstance(cell, dt.timedelta):
        return (_EXCEL_EPOCH + cell).isoformat(timespec="seconds")
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    return str(cell).strip()
