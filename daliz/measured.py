"""What was measured returns to the network: step times from the log, for routes that ask for them.

Question: what does a step take, as the log of last quarter has it, and how does the route change with it?
In and out: a log, the tables of the network and a span of days in; rows of table `step_values` (basis
measured, with n, year, quarter and cv) out; an atlas and such rows in, the atlas with them in force out.
Method: an observation is one step (place, mode, direction, activity, service where the log names it) of one
visit that is over; repeats of it within the visit are added up. A step has a row when at least `LEAST`
visits of the span name it. In force, a row takes the place of older measured rows of its step and
quantity; `--with measured` then uses it, and steps without one keep their ground. Payments of a measured step
are official and unofficial dollars apart, from visits whose amounts could all be converted.
Limits: how often a step occurs is not measured here, its probability stays. Other steps of a post keep their
share of the published total, so a post of which only some steps are measured mixes both. Simulated events are
refused unless asked for, and then every row says so.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daliz.errors import BadValue, Refused
from daliz.indicators.inputs import small_tables
from daliz.model.steps import concerns
from daliz.schema import table
from daliz.store.measures import Duck, Log

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import polars as pl

    from daliz.routing.atlas import Atlas
    from daliz.schema import Row

    Events = pl.DataFrame | pl.LazyFrame | Sequence[Path]

__all__ = ["LEAST", "Span", "in_force", "last_quarter", "measured"]

LEAST = 10
"""Visits that a step needs before the log speaks for it."""

_QUALITIES = table("events")["quality"].values
_SIMULATED = "simulated"


@dataclass(frozen=True)
class Span:
    """Days that count, both included, by the end of the step (UTC)."""

    since: dt.date
    until: dt.date

    def __post_init__(self) -> None:
        """Refuse a span that ends before it begins."""
        if self.until < self.since:
            raise BadValue("error.window", since=self.since, until=self.until)

    @property
    def days(self) -> tuple[dt.date, dt.date]:
        """First and last."""
        return self.since, self.until

    def __str__(self) -> str:
        return f"{self.since.isoformat()} – {self.until.isoformat()}"


def last_quarter(day: dt.date) -> Span:
    """The last quarter that was over before `day`."""
    start = dt.date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    end = start - dt.timedelta(days=1)
    return Span(dt.date(end.year, end.month - 2, 1), end)


def measured(
    events: Events,
    frames: Mapping[str, pl.DataFrame],
    span: Span,
    least: int = LEAST,
    simulated: bool = False,
) -> list[Row]:  # fmt: skip
    """Rows of `step_values` that the log of `span` gives for the steps of the network.

    Raises
    ------
    Refused
        when the log of the span is simulated and `simulated` is not asked for.
    """
    import polars as pl

    with Log(Duck(events, small_tables(frames))) as log:
        steps = log.stays("steps")
        since_s, until_s = _midnight_s(span.since), _midnight_s(span.until + dt.timedelta(days=1))
        rows = log.rows(steps.filter((steps.end_s >= since_s) & (steps.end_s < until_s)))
    rows = rows.filter(pl.col("open") == 0)
    made_up = pl.col("weak") == _QUALITIES.index(_SIMULATED)
    if not simulated:
        real = rows.filter(~made_up)
        if rows.height and not real.height:
            raise Refused("error.simulated_measured", span=str(span))
        rows = real
    seen: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows.iter_rows(named=True):
        seen[row["known_place"], row["mode"], row["direction"], row["activity"]].append(row)
    found: list[Row] = []
    for procedure in frames["procedures"].iter_rows(named=True):
        key = tuple(str(procedure[name]) for name in ("place", "mode", "direction", "code"))
        mine = [
            row for row in seen.get(key, ())
            if row["service"] is None or procedure["mode"] == "road" or concerns(procedure, row["service"])
        ]  # fmt: skip
        found += _values(str(procedure["procedure"]), mine, span, least)
    return found


def _midnight_s(day: dt.date) -> int:
    return int(dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC).timestamp())


def _values(procedure: str, rows: list[Row], span: Span, least: int) -> list[Row]:
    """Time and payments of one step, where enough visits name them."""
    timed = [row for row in rows if row["timed"] == 1]
    paid = [row for row in rows if row["moneyed"] == 1 and row["unconverted"] == 0]
    made = []
    for quantity, mine, values in (
        ("time_h", timed, [row["seconds"] / 3600 for row in timed]),
        ("official_usd", paid, [row["official_usd"] for row in paid]),
        ("unofficial_usd", paid, [row["unofficial_usd"] for row in paid]),
    ):
        if len(mine) >= least and (quantity != "unofficial_usd" or any(values)):
            made.append(_row(procedure, quantity, mine, values, span))
    return made


def _row(procedure: str, quantity: str, rows: list[Row], values: list[float], span: Span) -> Row:
    n, mean = len(values), sum(values) / len(values)
    spread = (sum((value - mean) ** 2 for value in values) / (n - 1)) ** 0.5 if n > 1 else 0.0
    quarter = (span.until.month - 1) // 3 + 1
    whole = span == Span(dt.date(span.until.year, 3 * quarter - 2, 1), _quarter_end(span.until))
    quality = _SIMULATED if any(_QUALITIES[row["weak"]] == _SIMULATED for row in rows) else "measured"
    return {
        "value": f"measured-{procedure}-{quantity.replace('_', '-')}-{span.until.isoformat()}",
        "procedure": procedure, "quantity": quantity, "basis": "measured", "mean": mean,
        "cv": min(spread / mean, 3.0) if mean else None, "year": span.until.year,
        "quarter": quarter if whole else None, "n": n, "source": _source(rows), "quality": quality,
        "note": f"{span}; {', '.join(sorted({str(row['source']) for row in rows}))}",
    }  # fmt: skip


def _quarter_end(day: dt.date) -> dt.date:
    month = (day.month - 1) // 3 * 3 + 3
    after = dt.date(day.year + month // 12, month % 12 + 1, 1)
    return after - dt.timedelta(days=1)


def _source(rows: Iterable[Row]) -> str:
    """Key of the source card: `log-` and the sources of the events."""
    names = "-".join(sorted({str(row["source"]) for row in rows})).lower()
    return "log-" + (re.sub(r"[^a-z0-9]+", "-", names).strip("-")[:60].strip("-") or "unnamed")


def in_force(atlas: Atlas, rows: Sequence[Row]) -> Atlas:
    """The atlas with measured rows counting; the one given is left as it is."""
    if not rows:
        return atlas
    frames = atlas.frames
    taken = {(row["procedure"], row["quantity"]) for row in rows}
    newest = {key: max(row["year"] for row in rows) for key in taken}
    kept = [
        row for row in frames["step_values"].to_dicts()
        if (key := (row["procedure"], row["quantity"])) not in taken
        or (row["basis"] != "measured" and (row["quantity"] == "time_h" or row["year"] < newest[key]))
    ]  # fmt: skip
    cards = {str(row["source"]): _card(row) for row in rows}
    sources = [row for row in frames["sources"].to_dicts() if row["source"] not in cards]
    return atlas.with_frames(
        {
            **frames,
            "step_values": table("step_values").frame([*kept, *rows]),
            "sources": table("sources").frame([*sources, *cards.values()]),
        }
    )


def _card(row: Row) -> Row:
    """The source card of a log: its own words, its days, and that it is simulated where it is."""
    label = "simulated event log" if row["quality"] == _SIMULATED else "event log"
    return {
        "source": row["source"], "citation": f"{label}: {row['note']}", "url": None, "licence": "own log",
        "retrieved": dt.date.fromisoformat(str(row["note"])[13:23]), "recheck_by": None, "note": row["note"],
    }  # fmt: skip
