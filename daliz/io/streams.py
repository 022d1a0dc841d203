"""Files of strangers opened with a guard, and files of ours written whole or not at all.

Question: how is a log opened so that a hostile one cannot fill the machine, and written so that a
killed program leaves the old file?
In and out: a path in; a binary stream out, unpacked where the file is gzip.
Method: a gzip stream is counted while it is read and refused once it has grown beyond `MOST_TIMES` its
size and `SMALL_BYTES`; writing goes to a file beside the target, which then takes its name.
Limits: the guard knows gzip; what is inside (XML, JSON) is guarded by its reader.
"""

from __future__ import annotations

import gzip
import io
import os
import tempfile
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from daliz.errors import BadValue, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MOST_TIMES", "SMALL_BYTES", "opened", "plain_head", "written"]

MOST_TIMES = 200
"""A gzip file may unpack to this many times its size: event logs reach 20 to 60."""

SMALL_BYTES = 1 << 28
"""Unpacked size below which the ratio is not looked at: 256 MiB."""

_GZIP = b"\x1f\x8b"


class _Counted(io.RawIOBase):
    """A gzip stream that refuses to grow without end."""

    def __init__(self, packed: IO[bytes], name: str, size: int) -> None:
        self._stream = gzip.GzipFile(fileobj=packed)
        self._name, self._most, self._seen = name, max(SMALL_BYTES, MOST_TIMES * size), 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        data = self._stream.read(len(view))
        self._seen += len(data)
        if self._seen > self._most:
            raise Refused("error.log_bomb", file=self._name, times=MOST_TIMES)
        view[: len(data)] = data
        return len(data)


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The bytes of a file, unpacked where it is gzip.

    Raises
    ------
    BadValue
        when the file cannot be opened, or its gzip stream breaks off.
    Refused
        when it unpacks beyond the guard.
    """
    path = Path(path)
    try:
        packed = path.open("rb")
    except OSError:
        raise BadValue("error.log_unreadable", file=path.name) from None
    with packed:
        is_gzip = packed.read(2) == _GZIP
        packed.seek(0)
        if not is_gzip:
            yield packed
            return
        try:
            yield cast(
                "IO[bytes]", io.BufferedReader(_Counted(packed, path.name, path.stat().st_size), 1 << 16)
            )
        except (EOFError, gzip.BadGzipFile, zlib.error):
            raise BadValue("error.log_broken", file=path.name, where=f"gzip:{packed.tell()}") from None


def plain_head(head: bytes) -> bytes:
    """The first bytes of a file as they are once unpacked; what cannot be unpacked is returned as it is."""
    if not head.startswith(_GZIP):
        return head
    try:
        return zlib.decompressobj(31).decompress(head, 1 << 16)
    except zlib.error:
        return head


@contextmanager
def written(path: Path) -> Iterator[IO[bytes]]:
    """A stream that becomes `path` when it is closed without an error; gzip where the name ends in .gz."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    fresh = Path(name)
    try:
        with os.fdopen(handle, "wb") as plain:
            if path.suffix == ".gz":
                with gzip.GzipFile(filename="", fileobj=plain, mode="wb", mtime=0) as packed:
                    yield cast("IO[bytes]", packed)
            else:
                yield plain
        fresh.chmod(0o644)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
