"""Rows for the tests of readers and writers: gathered, as intake leaves them, and made up."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

from daliz.io.carry import moment
from daliz.model.events import INSTANTS, RAW
from daliz.schema import table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from daliz.model.events import Batch, Reject
    from daliz.schema import Row

FLOATS = [column.name for column in table("events").columns if column.type == "float"]


def gathered(batches: Iterable[Batch]) -> tuple[list[Row], list[Reject]]:
    """All rows and rejects; each batch has the columns of a raw row in order."""
    rows: list[Row] = []
    rejects: list[Reject] = []
    for batch in batches:
        assert tuple(batch.rows.columns) == RAW
        rows += batch.rows.to_dicts()
        rejects += batch.rejects
    return rows, rejects


def taken_in(rows: list[Row], **made: object) -> list[Row]:
    """Raw rows with the types that rows of `events` have: aware instants in UTC, numbers."""
    done = []
    for row in rows:
        typed = dict(row)
        for name in INSTANTS:
            at = moment(row[name]) if isinstance(row[name], str) else row[name]
            if at is not None:
                at = at if at.tzinfo else at.replace(tzinfo=dt.UTC)
                typed[name] = at.astimezone(dt.UTC)
        for name in FLOATS:
            typed[name] = None if row[name] is None else float(row[name])
        done.append({"quality": "measured", "status": "stands", "cargo_class": "any", **typed, **made})
    return done


def said(row: Row, *without: str) -> Row:
    """What a raw row says, whatever the form of its numbers and instants; its place in the file left out."""
    typed = taken_in([row])[0]
    typed["extra"] = json.loads(row["extra"]) if row.get("extra") else None
    gone = {"locator", "quality", "status", *without}
    kept = {name: value for name, value in typed.items() if name not in gone and value is not None}
    return {name: value for name, value in kept.items() if (name, value) != ("cargo_class", "any")}


def full_row(number: int = 1, **changed: object) -> Row:
    """A raw row with every column of ours filled, Kazakh words and hostile text among them."""
    row: Row = dict.fromkeys(RAW)
    row.update(
        shipment=f"S-{number}",
        consignment="ЖҚ 12/7",
        unit="MSKU1234565",
        unit_kind="container",
        place_text="Қорғас <өткізу> & «бекет»",
        mode="road",
        direction="out",
        service="express",
        cargo_class="perishable",
        activity="customs_clearance",
        activity_text="Кедендік рәсімдеу\n2-кезең",
        start=f"2025-03-{number:02d}T09:00:00.000+05:00",
        end=f"2025-03-{number:02d}T14:30:12.345678+05:00",
        zone="+05:00",
        official_amount="15000.5",
        official_currency="KZT",
        unofficial_amount="0.0",
        unofficial_currency="USD",
        distance_km="12.25",
        tonnes="20.0",
        teu="2.0",
        deadline="2025-04-01T00:00:00.000+05:00",
        actor="=cmd|'/c calc'!A0",
        country="KZ",
        source="office-1",
        corrects="old-1",
        log_id=f"id-{number}",
        locator=f"row {number}",
        extra='{"columns":{"Пломба":"№ 7","+lane":"-4"},"epcis":{"a":[1,{"b":null}]}}',
    )
    row.update(changed)
    return row
