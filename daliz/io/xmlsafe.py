"""XML of strangers without entities, and text of ours that XML can hold.

Question: how is XML read so that it can neither reach other files nor grow, and written so that nothing
breaks out of its attribute?
In and out: a stream in, an incremental parser out; text in, escaped text out.
Method: lxml with entities, network, document types and huge nodes off; a declared document type is
refused before anything of it is used. Line ends and tabs are escaped, so that an attribute keeps them.
Limits: characters that XML 1.0 does not have become U+FFFD.
"""

from __future__ import annotations

import re
from typing import IO, TYPE_CHECKING, Any

from daliz.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["escaped", "refuse_doctype", "walked"]

_ESCAPE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\t": "&#9;", "\r": "&#13;"}
)
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def walked(stream: IO[bytes], tags: tuple[str, ...] | None = None) -> Iterator[tuple[str, Any]]:
    """(start or end, element) of a document as it is read; of elements with one of `tags`, or of all.

    A document that is damaged or cut off raises lxml's XMLSyntaxError at the place.
    """
    from lxml import etree

    found: Iterator[tuple[str, Any]] = etree.iterparse(
        stream, events=("start", "end"), tag=tags, resolve_entities=False, no_network=True, load_dtd=False,
        huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    return found


def refuse_doctype(root: Any, file: str) -> None:
    """Raise Refused when the document of `root` declares a document type."""
    document = root.getroottree().docinfo
    if document.internalDTD is not None or document.externalDTD is not None:
        raise Refused("error.log_doctype", file=file)


def escaped(text: object) -> str:
    """Text for an attribute or an element.

    >>> escaped('a<b>"c"')
    'a&lt;b&gt;&quot;c&quot;'
    """
    return _UNFIT.sub("\ufffd", str(text)).translate(_ESCAPE)
