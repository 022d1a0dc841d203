"""IATI 2.03 activities as rows of the registers.

Question: which programmes, measures and projects does a file of activities hold?
In and out: a file in; a `Taken` out.
Method: activities are read one at a time. One that breaks the standard is refused with line and repair.
One of ours gives back its rows, with titles and days as the activity now has them. Any other becomes a
project with its amounts, and the whole of it is carried so that an export writes it again.
Limits: code lists are not checked; countries by percentage and results of others are carried, not modelled.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from daliz.errors import BadValue
from daliz.io.iati.codes import DATES, STAGE_OF
from daliz.io.iati.grammar import ROOT, problems
from daliz.io.xmlsafe import refuse_doctype, walked
from daliz.model.registers import Refusal, Taken, slug
from daliz.schema import typed

if TYPE_CHECKING:
    from pathlib import Path

    from daliz.schema import Row

__all__ = ["NAMESPACE", "read"]

NAMESPACE = "https://daliz.org/ns/registers"
_OURS = f"{{{NAMESPACE}}}"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
VERSION = "2.03"

_SECTORS = {
    "21020": "road",
    "21030": "rail",
    "21040": "port",
    "21061": "terminal",
    "210": "other",
    "22": "digital",
    "2311": "other",
    "23510": "nuclear",
    "2351": "nuclear",
    "23": "power",
    "24": "other",
    "11": "education",
    "14": "water",
    "32": "industry",
    "33": "border",
}
"""DAC purpose codes by prefix to our sectors; the longest prefix decides."""

_AMOUNTS = {"2": "committed", "3": "disbursed", "11": "committed", "12": "pledged", "13": "pledged"}
"""IATI transaction types to kinds of amount."""


def read(path: Path, source: str) -> Taken:
    """Rows of a file of activities.

    Parameters
    ----------
    path
        The file.
    source
        Source key of rows that name none of their own.

    Raises
    ------
    BadValue
        when it is no XML, no file of IATI activities, or of another version of the standard.
    """
    from lxml.etree import XMLSyntaxError

    taken = Taken()
    try:
        with path.open("rb") as stream:
            events = walked(stream, (ROOT, "iati-activity"))
            _, root = next(events, (None, None))
            if root is None or root.tag != ROOT:
                raise BadValue("error.iati_root", path=str(path))
            refuse_doctype(root, path.name)
            if root.get("version") != VERSION:
                raise BadValue("error.iati_version", path=str(path), found=root.get("version") or "–")
            for event, element in events:
                if event == "end" and element.tag == "iati-activity":
                    _activity(element, path.name, source, taken)
                    element.clear(keep_tail=False)
                    while element.getprevious() is not None:
                        del root[0]
    except XMLSyntaxError as error:
        raise BadValue("error.iati_xml", path=str(path), why=str(error)) from None
    return taken


def rows_of(element: Any, source: str) -> Taken:
    """Rows of one activity that keeps to the standard."""
    taken = Taken()
    _rows(element, "", source, taken)
    return taken


def _activity(element: Any, file: str, source: str, taken: Taken) -> None:
    identifier = (element.findtext("iati-identifier") or "").strip()
    wrong = next(problems(element), None)
    if wrong is not None or not identifier:
        line = wrong.line if wrong else element.sourceline or 0
        name = f"{wrong.path.partition('iati-activity')[2]}/{wrong.name}" if wrong else "/iati-identifier"
        taken.refused.append(
            Refusal(
                "iati-activity",
                file,
                str(line),
                name.lstrip("/"),
                {"activity": _text_of(element)},
                wrong.message if wrong else "finding.iati_missing",
                wrong.repair if wrong else "repair.iati_missing",
                {"name": name.lstrip("/"), "value": wrong.value if wrong else ""},
            )
        )
        return
    _rows(element, file, source, taken)


def _rows(element: Any, file: str, source: str, taken: Taken) -> None:
    ours = element.findall(f"{_OURS}row")
    if not ours:
        _foreign(element, file, source, taken)
        return
    for row in ours:
        name = row.get("table") or ""
        raw = {cell.get("name") or "": cell.text or "" for cell in row}
        if row is ours[0]:
            raw |= _changed(element, name)
        made, misfits = typed(name, raw)
        if misfits:
            column, message, values = misfits[0]
            taken.refused.append(
                Refusal(
                    name,
                    file,
                    str(row.sourceline or 0),
                    column,
                    raw,
                    message,
                    f"repair.{message.removeprefix('finding.')}",
                    {"column": column, **{key: str(value) for key, value in values.items()}},
                )
            )
        else:
            taken.add(name, made)


def _changed(element: Any, name: str) -> dict[str, str]:
    """Titles and days as the activity now has them: another program may have changed them."""
    found = {f"title_{lang}": word for lang, word in _narratives(element.find("title")).items() if lang}
    for one in element.findall("activity-date"):
        column = DATES.get(name, {}).get(one.get("type"))
        if column and one.get(f"{_OURS}unknown") is None:
            found[column] = one.get("iso-date")[:10]
    return found


def _narratives(element: Any) -> dict[str, str]:
    """Texts by language; that of no language under nothing."""
    if element is None:
        return {}
    default = next((one.get(_LANG) for one in element.iterancestors() if one.get(_LANG)), "")
    return {
        (one.get(_LANG) or default or "").lower()[:2]: (one.text or "").strip()
        for one in element.findall("narrative")
    }


def _foreign(element: Any, file: str, source: str, taken: Taken) -> None:
    identifier = (element.findtext("iati-identifier") or "").strip()
    key = slug(identifier)
    told = _narratives(element.find("title"))
    words = next((told[lang] for lang in ("en", "ru", "kk", "", *told) if told.get(lang)), identifier)
    raw: dict[str, str] = {
        "project": key,
        "source": source,
        "quality": "published",
        **{f"title_{lang}": told.get(lang) or words for lang in ("kk", "ru", "en")},
        "sector": _sector(element),
        "stage": STAGE_OF.get(element.find("activity-status").get("code"), "idea"),
        "states": ";".join(
            dict.fromkeys(one.get("code").strip().upper() for one in element.findall("recipient-country"))
        )
        or "XX",
        "sponsors": ";".join(
            next(iter(_narratives(one).values()), one.get("ref") or "").replace(";", ",")
            for one in element.findall("participating-org")
            if one.get("role") == "1"
        ),
        "note": identifier,
    }
    for one in element.findall("activity-date"):
        column = DATES["projects"].get(one.get("type"))
        if column:
            raw[column] = one.get("iso-date")[:10]
    row, misfits = typed("projects", raw)
    if misfits:
        column, message, values = misfits[0]
        taken.refused.append(
            Refusal(
                "projects",
                file,
                str(element.sourceline or 0),
                column,
                raw,
                message,
                f"repair.{message.removeprefix('finding.')}",
                {"column": column, **{key: str(value) for key, value in values.items()}},
            )
        )
        return
    taken.add("projects", row)
    for amount in _amounts(element, key, source):
        taken.add("project_amounts", amount)
    taken.carried["iati", key] = _text_of(element)


def _sector(element: Any) -> str:
    """Our sector of the first DAC purpose code; other where there is none."""
    codes = [
        one.get("code").strip()
        for one in element.findall("sector")
        if one.get("vocabulary", "1") in ("1", "2")
    ]
    fitting = [prefix for code in codes[:1] for prefix in _SECTORS if code.startswith(prefix)]
    return _SECTORS[max(fitting, key=len)] if fitting else "other"


def _amounts(element: Any, key: str, source: str) -> list[Row]:
    default = element.get("default-currency") or ""
    found: list[Row] = []
    places = [
        *(("estimate", one, None) for one in element.findall("budget")),
        *(
            (
                _AMOUNTS.get(one.find("transaction-type").get("code").strip()),
                one,
                one.find("transaction-date"),
            )
            for one in element.findall("transaction")
        ),
    ]
    for number, (kind, one, day) in enumerate(places, 1):
        value = one.find("value")
        currency = value.get("currency") or default
        if kind is None or not currency:
            continue
        on = day.get("iso-date") if day is not None else value.get("value-date")
        provider = one.find("provider-org")
        row, misfits = typed(
            "project_amounts",
            {
                "amount": f"{key}-iati-{number}",
                "project": key,
                "kind": kind,
                "value": (value.text or "").strip(),
                "currency": currency,
                "on": (on or "")[:10],
                "source": source,
                "quality": "published",
                "financier": next(iter(_narratives(provider).values()), "") if provider is not None else "",
            },
        )
        if not misfits:
            found.append(row)
    return found


def _text_of(element: Any) -> str:
    from lxml import etree

    tail, element.tail = element.tail, None
    word: str = etree.tostring(element, encoding="unicode")
    element.tail = tail
    return word


def day_of(word: str) -> dt.date:
    """An ISO day."""
    return dt.date.fromisoformat(word[:10])
