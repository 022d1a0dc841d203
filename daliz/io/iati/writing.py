"""Rows of the registers as IATI 2.03 activities.

Question: how do plans and projects go to a publisher of IATI data without losing a column?
In and out: frames by table in; a file of activities out.
Method: programmes, measures and projects are activities (hierarchy 1, 2 and 1); what the standard has a
place for goes there, and the whole row goes beside it in a namespace of ours. An activity that came from
elsewhere and was not changed here is written as it came; one that was changed keeps what we have no column
for.
Limits: an amount without a day has no place in a transaction and travels in our row alone; an activity
without any known day carries the day of the export, marked as unknown, because the standard asks for one.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from daliz.io.iati.codes import DATES, OWNED, STATUS_OF
from daliz.io.iati.grammar import order_of
from daliz.io.iati.reading import NAMESPACE, VERSION, rows_of
from daliz.model.registers import cells

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import polars as pl

    from daliz.schema import Row

__all__ = ["TABLES", "write"]

TABLES = (
    "programmes",
    "measures",
    "measure_links",
    "milestones",
    "measure_progress",
    "measure_evidence",
    "targets",
    "projects",
    "project_amounts",
    "plan_edits",
)
"""Tables whose rows an activity carries."""

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_OURS = f"{{{NAMESPACE}}}"
_TRANSACTIONS = {"pledged": "13", "committed": "2", "disbursed": "3"}
_TITLES = ("kk", "ru", "en")


def write(
    frames: Mapping[str, pl.DataFrame],
    path: Path,
    now: dt.datetime,
    publisher: str = "XM-DALIZ",
    carried: Mapping[str, str] | None = None,
) -> int:
    """Write the activities of `frames`; returns how many.

    Parameters
    ----------
    frames
        Tables of `TABLES`; one that is not there is empty.
    path
        File to write.
    now
        Instant of the export (UTC).
    publisher
        Identifier of the reporting organisation.
    carried
        Activities as they came, by key of the project.
    """
    from lxml import etree

    rows = {name: list(frames[name].iter_rows(named=True)) if name in frames else [] for name in TABLES}
    root = etree.Element("iati-activities", nsmap={"daliz": NAMESPACE})
    root.set("version", VERSION)
    root.set("generated-datetime", now.replace(microsecond=0).isoformat())
    count = 0
    for name, (key, _) in OWNED.items():
        for row in rows[name]:
            root.append(_whole(name, str(row[key]), row, rows, (publisher, now.date()), carried or {}))
            count += 1
    if not count:
        root.append(etree.Comment(" no activity "))
    etree.ElementTree(root).write(str(path), encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return count


def _whole(
    name: str,
    key: str,
    row: Row,
    rows: Mapping[str, list[Row]],
    by: tuple[str, dt.date],
    carried: Mapping[str, str],
) -> Any:
    """The activity of a row; as it came where nothing was changed."""
    from lxml import etree

    came = etree.fromstring(carried[key]) if name == "projects" and key in carried else None
    beside = _beside(name, key, rows)
    if came is not None and _same(came, row, beside, str(row["source"])):
        return came
    made = _made(name, key, row, beside, by)
    if came is not None:
        made.find("iati-identifier").text = came.findtext("iati-identifier")
        _keep(made, came)
    return made


def _same(came: Any, row: Row, beside: Mapping[str, list[Row]], source: str) -> bool:
    """Whether the rows say what the activity said when it came."""
    taken = rows_of(came, source)
    mine = [cells("projects", row), *(cells("project_amounts", one) for one in beside["project_amounts"])]
    theirs = [
        cells(table, one) for table in ("projects", "project_amounts") for one in taken.rows.get(table, [])
    ]
    return sorted(map(str, mine)) == sorted(map(str, theirs))


def _keep(made: Any, came: Any) -> None:
    """Children of the activity as it came that we do not model, each in its place."""
    ours = {child.tag for child in made}
    order = order_of()
    for child in came:
        if isinstance(child.tag, str) and child.tag not in ours:
            if child.tag not in order:
                made.append(child)
                continue
            place = order.index(child.tag)
            later = [one for one in made if one.tag in order and order.index(one.tag) > place]
            later[0].addprevious(child) if later else made.append(child)


def _beside(name: str, key: str, rows: Mapping[str, list[Row]]) -> dict[str, list[Row]]:
    """Rows of other tables that belong to one row."""
    found: dict[str, list[Row]] = {}
    for word in OWNED[name][1]:
        table, _, column = word.partition(":")
        found[table] = [row for row in rows[table] if str(row[column] or "") == key]
    kind = name.removesuffix("s")
    found["targets"] = [
        row for row in rows["targets"] if (row["subject_kind"], row["subject"]) == (kind, key)
    ]
    found["plan_edits"] = [
        row for row in rows["plan_edits"] if (row["subject_kind"], row["subject"]) == (kind, key)
    ]
    return found


def _made(name: str, key: str, row: Row, beside: Mapping[str, list[Row]], by: tuple[str, dt.date]) -> Any:
    from lxml import etree

    publisher, today = by
    root = etree.Element("iati-activity", nsmap={"daliz": NAMESPACE})
    root.set("hierarchy", "2" if name == "measures" else "1")
    root.set(_LANG, "kk")
    _child(root, "iati-identifier", f"{publisher}-{name}-{key}")
    _told(_child(root, "reporting-org", ref=publisher, type="40"), {"en": "Daliz"})
    titles = {lang: str(row[f"title_{lang}"]) for lang in _TITLES}
    _told(_child(root, "title"), titles)
    _told(_child(root, "description", type="1"), {"en": str(row["note"] or row["title_en"])})
    for role, word in _organisations(row):
        _told(_child(root, "participating-org", role=role, type="10" if role == "2" else "90"), {"en": word})
    status = row.get("stage") or row.get("declared_status") or "under_way"
    _child(root, "activity-status", code=STATUS_OF[str(status)])
    _dates(root, name, row, today)
    for state in _states(row):
        _child(root, "recipient-country", code=state)
    for one in (row.get("sector") or row.get("field") or "",):
        if one:
            _child(root, "sector", vocabulary="99", code=str(one))
    for word in (*(row.get("axes") or ()), *(row.get("areas") or ())):
        _child(root, "tag", vocabulary="99", code=str(word))
    for amount in beside.get("project_amounts", ()):
        _money(root, amount)
    for proof in beside.get("measure_evidence", ()):
        _document(root, proof)
    for relation, one in _related(name, row, publisher):
        _child(root, "related-activity", ref=one, type=relation)
    for target in beside["targets"]:
        _result(root, target)
    _ours(root, name, row)
    for table, rows in beside.items():
        for one in rows:
            _ours(root, table, one)
    return root


def _child(parent: Any, tag: str, text: str | None = None, **attributes: str) -> Any:
    from lxml import etree

    made = etree.SubElement(parent, tag)
    made.text = text
    for name, value in attributes.items():
        made.set(name.replace("_", "-"), value)
    return made


def _told(parent: Any, words: Mapping[str, str]) -> None:
    for lang, word in words.items():
        _child(parent, "narrative", _fit(word)).set(_LANG, lang)


def _fit(word: str) -> str:
    """Text that XML can hold."""
    return "".join(one if one in "\t\n\r" or ord(one) >= 32 else "\ufffd" for one in word)


def _organisations(row: Row) -> Iterator[tuple[str, str]]:
    """(role, name): who funds (1), who answers (2), who does it (4)."""
    sponsors = [str(one) for one in row.get("sponsors") or ()]
    body = row.get("body") or row.get("owner")
    states = _states(row)
    yield from (("1", one) for one in sponsors)
    yield from (("2", one) for one in states)
    if body:
        yield "4", str(body)
    if not (sponsors or states or body):
        yield "2", "–"


def _states(row: Row) -> list[str]:
    lead = [row["lead"]] if row.get("lead") else []
    rest = row.get("states") or row.get("partners") or []
    return list(dict.fromkeys([*lead, *rest]))


def _dates(root: Any, name: str, row: Row, today: dt.date) -> None:
    told = [(kind, row[column]) for kind, column in DATES.get(name, {}).items() if row[column] is not None]
    if name == "programmes":
        ends = (("1", row["year_from"], 1, 1), ("3", row["year_to"], 12, 31))
        told = [(kind, dt.date(year, month, day)) for kind, year, month, day in ends if year is not None]
    for kind, day in told:
        _child(root, "activity-date", type=kind, iso_date=day.isoformat())
    if not told:
        _child(root, "activity-date", type="1", iso_date=today.isoformat()).set(f"{_OURS}unknown", "yes")


def _money(root: Any, row: Row) -> None:
    if row["on"] is None or row["kind"] not in _TRANSACTIONS:
        return
    day = row["on"].isoformat()
    one = _child(root, "transaction")
    _child(one, "transaction-type", code=_TRANSACTIONS[row["kind"]])
    _child(one, "transaction-date", iso_date=day)
    _child(one, "value", format(row["value"], "f"), currency=str(row["currency"]), value_date=day)
    if row["financier"]:
        _told(_child(one, "provider-org"), {"en": str(row["financier"])})


def _document(root: Any, row: Row) -> None:
    if row["kind"] != "document" or not row["url"]:
        return
    one = _child(root, "document-link", format="text/html", url=str(row["url"]))
    _told(_child(one, "title"), {lang: str(row[f"title_{lang}"]) for lang in _TITLES})
    _child(one, "category", code="A09")
    if row["dated"] is not None:
        _child(one, "document-date", iso_date=row["dated"].isoformat())


def _related(name: str, row: Row, publisher: str) -> Iterator[tuple[str, str]]:
    if row.get("programme") and name != "programmes":
        yield "1", f"{publisher}-programmes-{row['programme']}"
    if row.get("parent"):
        yield "1", f"{publisher}-measures-{row['parent']}"


def _result(root: Any, row: Row) -> None:
    result = _child(root, "result", type="2")
    _told(_child(result, "title"), {"en": str(row["series"])})
    one = _child(result, "indicator", measure="5", ascending="true" if row["better"] == "higher" else "false")
    _told(_child(one, "title"), {"en": f"{row['series']} ({row['unit']})"})
    if row["baseline_value"] is not None and row["baseline_on"] is not None:
        on = row["baseline_on"]
        _child(one, "baseline", year=str(on.year), iso_date=on.isoformat(), value=repr(row["baseline_value"]))
    if row["target_value"] is not None and row["target_on"] is not None:
        period = _child(one, "period")
        start = row["baseline_on"] or row["target_on"]
        _child(period, "period-start", iso_date=start.isoformat())
        _child(period, "period-end", iso_date=row["target_on"].isoformat())
        _child(period, "target", value=repr(row["target_value"]))


def _ours(root: Any, name: str, row: Row) -> None:
    """The whole row in our namespace."""
    from lxml import etree

    one = etree.SubElement(root, f"{_OURS}row", table=name)
    for column, word in cells(name, row).items():
        cell = etree.SubElement(one, f"{_OURS}cell", name=column)
        cell.text = _fit(word)
