"""Raw rows of a log made into rows of table `events`, or sent to the quarantine with the reason.

Question: what does each row say in our words, and which rows say nothing that can be used?
In and out: a `Batch` in; rows of `events` without identity, and `Reject`s, out; their counts add up.
Method: column by column over the batch; each distinct name is resolved once. The first thing wrong with a
row is its reason; nothing is mended in silence except names one typing error away, which are listed.
Limits: a name that is near nothing of ours stays as the log has it, and the event has no place of ours.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from daliz.intake.clocks import instants, known_zone
from daliz.intake.numbers import bare, kind_of, right_digit
from daliz.model.events import INSTANTS, RAW, Batch, Reject
from daliz.schema import table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from daliz.intake.names import Meaning, Names
    from daliz.schema import Row

__all__ = ["Defaults", "Heard", "typed"]

QUALITIES = table("events")["quality"].values
_NUMBERS = ("official_amount", "unofficial_amount", "distance_km", "tonnes", "teu")
_ENUMS = ("unit_kind", "mode", "direction", "cargo_class")
_CURRENCY = r"^[A-Z]{3}$"
_COUNTRY = r"^[A-Z]{2}$"


@dataclass(frozen=True)
class Defaults:
    """What holds where a row is silent: the clock, the source key, and the class of the log."""

    zone: str | None = None
    source: str = "user-log"
    quality: str = "measured"


@dataclass
class Heard:
    """Names of the log and what was made of them, for the user to look at."""

    mended: dict[str, str] = field(default_factory=dict)
    asked: dict[str, tuple[str, ...]] = field(default_factory=dict)
    foreign_places: dict[str, int] = field(default_factory=dict)
    foreign_activities: dict[str, int] = field(default_factory=dict)


class _Faults:
    """The first fault of each row: column, reason and values."""

    def __init__(self, rows: int) -> None:
        self.of: dict[int, tuple[str, str, Row]] = {}
        self.rows = rows

    def add(self, at: int, column: str, reason: str, values: Row | None = None) -> None:
        self.of.setdefault(at, (column, reason, {"column": column, **(values or {})}))

    def where(self, wrong: pl.Series, column: str, reason: str, values: pl.Series | None = None) -> None:
        """Add a fault to each row where `wrong` holds; `values` are what the cells say."""
        for at in wrong.fill_null(value=False).arg_true().to_list():
            self.add(at, column, reason, {} if values is None else {"value": values[at]})


def typed(
    batch: Batch, names: Names, defaults: Defaults, heard: Heard, zones: Mapping[str, str]
) -> tuple[pl.DataFrame, list[Reject]]:
    """Rows of `events` (without event, file, format), and rejects, of one batch.

    `zones` gives the clock in use at each place of the network.
    """
    raw = batch.rows
    frame = raw.with_columns(pl.lit(None, dtype=pl.String).alias(n) for n in RAW if n not in raw.columns)
    frame = frame.with_columns(pl.col(pl.String).str.strip_chars().replace("", None))
    faults = _Faults(frame.height)
    frame = _enums(frame, faults)
    frame = _shipments(frame, faults)
    frame = _named(frame, names, heard, faults)
    frame = _timed(frame, defaults, zones, faults)
    frame = _numbered(frame, faults)
    frame = _units(frame, faults)
    frame = _labelled(frame, defaults, faults)
    _json_objects(frame, faults)
    rejects = [*batch.rejects, *_rejects(raw, faults)]
    kept = [at for at in range(frame.height) if at not in faults.of] if faults.of else None
    wanted = [column.name for column in table("events").columns if column.name in frame.columns]
    whole = frame.select(wanted)
    return (whole if kept is None else whole[kept]), rejects


def _rejects(raw: pl.DataFrame, faults: _Faults) -> Iterator[Reject]:
    for at, (column, reason, values) in sorted(faults.of.items()):
        row = {name: _plain(value) for name, value in raw.row(at, named=True).items() if value is not None}
        yield Reject(str(row.get("locator", at + 1)), column, reason, values, row)


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float) else str(value)


def _enums(frame: pl.DataFrame, faults: _Faults) -> pl.DataFrame:
    for name in _ENUMS:
        frame = frame.with_columns(pl.col(name).str.to_lowercase())
        allowed = [word for word in table("events")[name].values if word]
        wrong = frame[name].is_not_null() & ~frame[name].is_in(allowed)
        for at in wrong.fill_null(value=False).arg_true().to_list():
            faults.add(at, name, "finding.enum", {"value": frame[name][at], "allowed": ", ".join(allowed)})
    return frame.with_columns(pl.col("cargo_class").fill_null("any"))


def _shipments(frame: pl.DataFrame, faults: _Faults) -> pl.DataFrame:
    frame = frame.with_columns(shipment=pl.coalesce("shipment", "consignment", "unit"))
    faults.where(frame["shipment"].is_null(), "shipment", "finding.required")
    return frame


def _named(frame: pl.DataFrame, names: Names, heard: Heard, faults: _Faults) -> pl.DataFrame:
    """Columns `place` and `activity` from the names of the log, by mode."""
    frame = frame.with_columns(activity_text=pl.coalesce("activity_text", "activity"))
    faults.where(frame["activity_text"].is_null(), "activity", "finding.required")
    places = _meanings(frame, "place_text", names.place, heard, faults)
    activities = _meanings(frame, "activity_text", names.activity, heard, faults)
    return frame.with_columns(place=places, activity=pl.coalesce(activities, pl.col("activity_text")))


def _meanings(
    frame: pl.DataFrame, column: str, meaning: Callable[[str, str], Meaning], heard: Heard, faults: _Faults
) -> pl.Series:
    """Our ids for the names of a column, null where they are foreign or asked about."""
    pairs = frame.select(name=pl.col(column), mode=pl.col("mode").fill_null("")).with_row_index("at")
    foreign = heard.foreign_places if column == "place_text" else heard.foreign_activities
    ids: dict[tuple[str, str], str | None] = {}
    asked: dict[tuple[str, str], tuple[str, ...]] = {}
    for name, mode, count in pairs.drop_nulls("name").group_by("name", "mode").len().sort("name").iter_rows():
        one = meaning(name, mode)
        ids[name, mode] = one.id
        if one.how == "foreign":
            foreign[name] = foreign.get(name, 0) + count
        elif one.how == "mended":
            heard.mended[name] = str(one.id)
        elif one.how == "ask":
            heard.asked[name] = asked[name, mode] = one.candidates
    if asked:
        shown = column.removesuffix("_text")
        named = pairs.filter(pl.col("name").is_in([name for name, _ in asked]))
        for at, name, mode in named.iter_rows():
            if (name, mode) in asked:
                values: Row = {"value": name, "candidates": ", ".join(asked[name, mode])}
                faults.add(at, shown, "finding.which", values)
    known = pl.DataFrame(
        {"name": [n for n, _ in ids], "mode": [m for _, m in ids], "id": list(ids.values())},
        schema=dict.fromkeys(("name", "mode", "id"), pl.String),
    )
    return pairs.join(known, on=["name", "mode"], how="left", maintain_order="left")["id"]


def _timed(
    frame: pl.DataFrame, defaults: Defaults, zones: Mapping[str, str], faults: _Faults
) -> pl.DataFrame:
    for zone in frame["zone"].drop_nulls().unique().to_list():
        if not known_zone(zone):
            faults.where(frame["zone"] == zone, "zone", "finding.zone", frame["zone"])
    here = pl.col("place").replace_strict(zones, default=None, return_dtype=pl.String)
    clock = pl.coalesce(pl.col("zone"), here, pl.lit(defaults.zone, dtype=pl.String))
    frame = frame.with_columns(clock=clock)
    for name in INSTANTS:
        at, reason = instants(frame[name], frame["clock"])
        for key in reason.drop_nulls().unique().to_list():
            faults.where(reason == key, name, key, frame[name].cast(pl.String))
        frame = frame.with_columns(at.alias(name))
    neither = frame["start"].is_null() & frame["end"].is_null()
    faults.where(neither, "start", "finding.no_time")
    backward = (frame["end"] < frame["start"]).fill_null(value=False)
    for at in backward.arg_true().to_list():
        faults.add(at, "end", "finding.end_first", {"value": frame["end"][at], "start": frame["start"][at]})
    return frame.with_columns(zone=pl.coalesce("zone", "clock")).drop("clock")


def _numbered(frame: pl.DataFrame, faults: _Faults) -> pl.DataFrame:
    """Numbers, with blanks inside and a decimal comma allowed; every payment needs its currency."""
    for name in _NUMBERS:
        if frame[name].dtype == pl.String:
            text = pl.col(name).str.replace_all(r"[\s\u00a0\u202f]", "").str.replace(",", ".", literal=True)
            number = frame.select(text.cast(pl.Float64, strict=False)).to_series()
        else:
            number = frame[name].cast(pl.Float64)
        wrong = frame[name].is_not_null() & (number.is_null() | ~number.is_finite())
        faults.where(wrong, name, "finding.number", frame[name].cast(pl.String))
        column = table("events")[name]
        high = column.maximum if column.maximum is not None else float("inf")
        for at in (~number.is_between(0.0, high)).fill_null(value=False).arg_true().to_list():
            limits: Row = {"value": number[at], "min": 0, "max": "∞" if column.maximum is None else high}
            faults.add(at, name, "finding.range", limits)
        frame = frame.with_columns(number.alias(name))
    for kind in ("official", "unofficial"):
        amount, currency = frame[f"{kind}_amount"], frame[f"{kind}_currency"].str.to_uppercase()
        wrong = currency.is_not_null() & ~currency.str.contains(_CURRENCY)
        faults.where(wrong, f"{kind}_currency", "finding.currency", currency)
        faults.where((amount > 0) & currency.is_null(), f"{kind}_currency", "finding.no_currency")
        frame = frame.with_columns(currency.alias(f"{kind}_currency"))
    return frame


def _units(frame: pl.DataFrame, faults: _Faults) -> pl.DataFrame:
    """Container and wagon numbers with a right check digit; their kind by the form of the number."""
    numbers = frame["unit"].drop_nulls().unique().to_list()
    if not numbers:
        return frame
    bared = [bare(number) for number in numbers]
    digits = [right_digit(number) for number in bared]
    known = pl.DataFrame(
        {
            "unit": numbers, "bare": bared, "form": [kind_of(number) or None for number in bared],
            "digit": [
                None if digit is None or int(number[-1]) == digit else digit
                for number, digit in zip(bared, digits, strict=True)
            ],
        },
        schema={"unit": pl.String, "bare": pl.String, "form": pl.String, "digit": pl.Int64},
    )  # fmt: skip
    joined = frame.join(known, on="unit", how="left", maintain_order="left")
    # eight digits are a wagon of 1520 mm only where the log does not say that they are something else
    is_one = pl.col("form").is_not_null() & (pl.col("unit_kind").fill_null(pl.col("form")) == pl.col("form"))
    joined = joined.with_columns(is_one=is_one)
    wrong = joined["is_one"].fill_null(value=False) & joined["digit"].is_not_null()
    for at in wrong.arg_true().to_list():
        values: Row = {"value": joined["unit"][at], "digit": joined["digit"][at]}
        faults.add(at, "unit", "finding.check_digit", values)
    return joined.with_columns(
        unit=pl.when("is_one").then("bare").otherwise("unit"),
        unit_kind=pl.coalesce("unit_kind", pl.when("is_one").then("form")),
    ).drop("bare", "form", "digit", "is_one")


def _labelled(frame: pl.DataFrame, defaults: Defaults, faults: _Faults) -> pl.DataFrame:
    """State, source, class and standing; what says it is simulated stays so."""
    country = frame["country"].str.to_uppercase()
    faults.where(
        country.is_not_null() & ~country.str.contains(_COUNTRY), "country", "finding.country", country
    )
    of_place = pl.col("place").str.slice(0, 2).str.to_uppercase()
    told = pl.col("extra").str.json_path_match
    labels = [pl.col("quality"), *(told(path).replace("", None) for path in ("$.quality", "$.daliz.quality"))]
    is_simulated = pl.any_horizontal([label == "simulated" for label in labels])
    said = pl.when(is_simulated).then(pl.lit("simulated")).otherwise(pl.col("quality"))
    quality = frame.select(said.fill_null(defaults.quality).alias("quality"))["quality"]
    wrong = ~quality.is_in(QUALITIES)
    for at in wrong.arg_true().to_list():
        faults.add(at, "quality", "finding.enum", {"value": quality[at], "allowed": ", ".join(QUALITIES)})
    # a log that is simulated, or a row that is, never becomes anything better by being read
    if defaults.quality == "simulated":
        quality = pl.repeat("simulated", frame.height, dtype=pl.String, eager=True)
    # a declaration that an event was wrong never stands itself; with an event in its place it is corrected
    declared = pl.col("extra").str.json_path_match("$.declared")
    instead = pl.col("extra").str.json_path_match("$.declared.by[0]")
    wrong_kind = pl.when(instead.is_not_null()).then(pl.lit("corrected")).otherwise(pl.lit("retracted"))
    is_declared = pl.col("corrects").is_not_null() & declared.is_not_null()
    return frame.with_columns(
        country=pl.coalesce(country, of_place),
        source=pl.col("source").fill_null(defaults.source),
        quality=quality,
        status=pl.when(is_declared).then(wrong_kind).otherwise(pl.lit("stands")),
        extra=pl.col("extra"),
        locator=pl.col("locator").fill_null(""),
    )


def _json_objects(frame: pl.DataFrame, faults: _Faults) -> None:
    """What the log says beyond our columns must be a JSON object, since writers put it back."""
    for at in frame["extra"].is_not_null().arg_true().to_list():
        try:
            sound = isinstance(json.loads(frame["extra"][at]), dict)
        except (ValueError, RecursionError):
            sound = False
        if not sound:
            faults.add(at, "extra", "finding.extra")


def text_of(raw: Row) -> str:
    """A raw row as one line of JSON with its columns in order."""
    return json.dumps(raw, ensure_ascii=False, sort_keys=True, default=str)
