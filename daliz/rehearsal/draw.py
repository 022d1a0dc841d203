"""Drawing trips by route: whole columns at a time, the same bytes for the same seed.

Question: which rows would a log hold if these trips ran over these months?
In and out: an `Atlas`, a number of events, a seed, a first day and months in; frames of raw rows out.
Method: the span is cut into slices; a slice draws departures, gives each a route, and for each route walks
the parts with all its trips at once. Hours are lognormal, one standard normal a trip is common to all its
parts with correlation `engine.spread.RHO`; movements on one service share the rest too. A wait for opening
ends when the clock of the post says so. Rows of a slice come in the order in which they begin.
Limits: a slice holds about `SLICE_ROWS` rows in memory. The log ends with the number of rows asked for, so
that its last trips break off. Times are whole seconds.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from daliz.engine.spread import RHO
from daliz.errors import BadValue
from daliz.model.events import RAW
from daliz.rehearsal.numbers import containers, wagons
from daliz.rehearsal.trips import MOST_TRIPS, MOVEMENT, Trip, trips
from daliz.units import lognormal_sigma

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    import polars as pl
    from numpy.typing import NDArray

    from daliz.model.hours import OpeningHours
    from daliz.rehearsal.trips import Part
    from daliz.routing import Atlas

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["COLUMNS", "SIMULATED", "Change", "Plan", "generate", "write_log"]

SIMULATED = "simulated"
"""Source key, actor and quality of every row."""

COLUMNS = (*RAW, "place")
"""Columns of a frame: those a log can fill, the place as our id, and the quality class."""

SLICE_ROWS = 1_000_000
EVENTS_PER_ROUTE = 500
FEWEST_ROUTES = 20
PLANTED = ("", "slow", "skipped", "repeated", "swapped")
SLOW_FACTOR = 6.0
TONNES = (14.0, 26.0)
"""Cargo of a trip is uniform between these; 20 t on average, the standard shipment."""
TEU = 2.0
DEADLINE_FACTOR = 1.5
"""A trip is promised within its mean hours times this."""
NAMES = ("id", "en", "ru", "kk")
MONTH_D = 30.4375
_MOST = 2_000_000_000
_S = 1_000_000


@dataclass(frozen=True)
class Change:
    """From `day` on, steps `code` at `place` take `factor` times their hours."""

    place: str
    code: str
    day: dt.date
    factor: float


@dataclass(frozen=True)
class Plan:
    """What is simulated beyond the ordinary.

    `pairs` are (from, to, mode) instead of the named corridors; `names` writes places as ids or in a
    language; `breaches` is the share of visits to a post in which one is planted (a step six times as
    long, left out, repeated, or changed with the next), named in the row's `extra`; `open_end` cuts the
    log at its last day: what has not begun is not there, what runs has no end.
    """

    pairs: tuple[tuple[str, str, str], ...] | None = None
    names: str = "id"
    breaches: float = 0.02
    change: Change | None = None
    open_end: bool = False


def generate(
    atlas: Atlas, events: int, seed: int, start: dt.date, months: int, plan: Plan | None = None
) -> Iterator[pl.DataFrame]:
    """Frames of `events` raw rows in all (columns `COLUMNS`), in the order in which the rows begin.

    The same arguments give the same rows. Fewer rows only where `open_end` cuts them off.

    Raises
    ------
    BadValue
        when a number is out of range or `names` is not a choice.
    NoRoute
        when no pair has a way.
    """
    plan = plan or Plan()
    _check(events, seed, months, plan)
    most = min(MOST_TRIPS, max(FEWEST_ROUTES, events // EVENTS_PER_ROUTE))
    drawer = _Drawer(atlas, trips(atlas, plan.pairs, most), seed, plan)
    first = dt.datetime.combine(start, dt.time(0), tzinfo=dt.UTC)
    return drawer.slices(events, first, months * MONTH_D * 24)


def _check(events: int, seed: int, months: int, plan: Plan) -> None:
    for option, number in (("events", events), ("months", months)):
        if not 0 < number < _MOST:
            raise BadValue("error.positive", option=option, value=number)
    if not 0 <= seed <= 2**31:
        raise BadValue("error.seed", value=seed)
    if plan.names not in NAMES:
        raise BadValue("error.choice", option="names", value=plan.names, allowed=", ".join(NAMES))
    if not 0 <= plan.breaches <= 1:
        raise BadValue("error.share", option="breaches", value=plan.breaches)


@dataclass(frozen=True)
class _Visit:
    """Columns of one stay at a post whose steps always happen, and the spare column for a repetition."""

    columns: tuple[int, ...]
    spare: int


@dataclass(frozen=True)
class _Route:
    """A trip as columns: parts with a spare one after each visit, and where its rows stand in the frame."""

    trip: Trip
    parts: tuple[Part, ...]
    visits: tuple[_Visit, ...]
    first_row: int


@dataclass(frozen=True)
class _Changed:
    """The parts of a route that a planted change touches, from when, and by how much."""

    parts: NDArray[np.bool_]
    from_s: int
    factor: float


class _Drawer:
    """Routes with their frame of constant cells, clocks as arrays, and the seed."""

    def __init__(self, atlas: Atlas, found: tuple[Trip, ...], seed: int, plan: Plan) -> None:
        self._atlas, self._seed, self._plan = atlas, seed, plan
        self.routes: list[_Route] = []
        row = 0
        for trip in found:
            parts, visits = _with_spares(trip.parts)
            self.routes.append(_Route(trip, parts, visits, row))
            row += len(parts)
        self._cells = self._constant_cells()
        self._mean_rows = sum(trip.rows for trip in found) / len(found)

    def slices(self, events: int, first: dt.datetime, span_h: float) -> Iterator[pl.DataFrame]:
        """All slices; the last is cut to the number of rows asked for."""
        count = max(1, round(events / SLICE_ROWS))
        last = int((first + dt.timedelta(hours=span_h)).timestamp())
        horizon_h = span_h + max(route.trip.hours for route in self.routes) * 8 + 24 * 60
        self._clocks: dict[OpeningHours, tuple[Ints, Ints]] = {}
        self._first, self._horizon_h = first, horizon_h
        begun_s, width_s = int(first.timestamp()), span_h * 3600 / count
        rows = trips_made = 0
        for number in range(count * 4):
            slot = min(number, count - 1)
            wanted = events * (number + 1) / count - rows if number < count else events - rows
            amount = max(1, round(wanted / self._mean_rows) + 1)
            random = np.random.default_rng([self._seed, number])
            frame = self._slice(random, amount, (begun_s + slot * width_s, width_s), (trips_made, last))
            trips_made += amount
            frame = self._numbered(frame.head(events - rows), rows)
            rows += frame.height
            yield frame
            if rows >= events or (number >= count - 1 and self._plan.open_end):
                return

    def _slice(
        self, random: np.random.Generator, amount: int, span: tuple[float, float], count: tuple[int, int]
    ) -> pl.DataFrame:
        """Rows of `amount` trips that depart within `span` (begin and width in seconds)."""
        import polars as pl

        begin_s, width_s = span
        made, last = count
        departs = np.sort(random.random(amount)) * width_s + begin_s
        route_of = random.integers(len(self.routes), size=amount)
        tonnes = np.round(random.uniform(*TONNES, amount), 1)
        found = []
        for number in np.unique(route_of).tolist():
            which = np.flatnonzero(route_of == number)
            found.append(self._walk(random, self.routes[number], which, departs[which]))
        trip, row, start, end, planted = (np.concatenate(column) for column in zip(*found, strict=True))
        order = np.argsort(start, kind="stable")
        if self._plan.open_end:
            order = order[start[order] < last]
        trip, row, start, end, planted = (column[order] for column in (trip, row, start, end, planted))
        serial = made + np.arange(amount)
        hours = np.array([route.trip.hours for route in self.routes])[route_of]
        kinds = np.array([route.trip.unit_kind for route in self.routes])[route_of]
        per_trip = pl.DataFrame(
            {
                "shipment": _texts("SIM{}-{:09d}", self._seed, serial),
                "consignment": _texts("SIMULATED-{}-{:09d}", self._seed, serial),
                "unit": _units(kinds, serial),
                "tonnes": tonnes,
                "deadline": ((departs + hours * DEADLINE_FACTOR * 3600).astype(np.int64)) * _S,
            }
        )
        instant = pl.Datetime("us", "UTC")
        running = pl.lit(self._plan.open_end) & (pl.col("end") >= last * _S)
        return (
            pl.concat([per_trip[trip], self._cells[row]], how="horizontal")
            .with_columns(start=pl.Series(start * _S), end=pl.Series(end * _S), planted=pl.Series(planted))
            .with_columns(
                pl.col("start", "deadline").cast(instant),
                end=pl.when(~running).then(pl.col("end")).cast(instant),
                extra=_extra(),
                official_currency=pl.when(pl.col("official_amount").is_not_null()).then(pl.lit("USD")),
            )
        )

    def _walk(
        self, random: np.random.Generator, route: _Route, which: Ints, departs_s: Floats
    ) -> tuple[Ints, Ints, Ints, Ints, NDArray[np.int8]]:
        """Rows of all trips of one route: trip, row of constant cells, begin and end (s), what is planted."""
        n, k = len(which), len(route.parts)
        parts = route.parts
        common = random.standard_normal((n, 1))
        own = random.standard_normal((n, k))
        shared: dict[str, int] = {}
        source = [shared.setdefault(part.factor, at) if part.factor else at for at, part in enumerate(parts)]
        sigma = np.array([lognormal_sigma(part.cv) for part in parts])
        normal = np.sqrt(RHO) * common + np.sqrt(1 - RHO) * own[:, source]
        hours = np.array([part.hours for part in parts]) * np.exp(sigma * normal - sigma**2 / 2)
        happens = random.random((n, k)) < np.array([part.probability for part in parts])
        column = np.tile(np.arange(k), (n, 1))
        planted = np.zeros((n, k), dtype=np.int8)
        for visit in route.visits:
            self._plant(random, visit, (hours, happens, column, planted))
        begin = np.empty((n, k), dtype=np.int64)
        end = np.empty((n, k), dtype=np.int64)
        changed = self._changed(parts)
        now = departs_s.copy()
        for at, part in enumerate(parts):
            begin[:, at] = now
            if part.clock is not None:
                now = now + self._until_open_s(part.clock, begin[:, at])
                happens[:, at] = now > begin[:, at]
            else:
                taken = hours[:, at] * 3600.0
                if changed is not None:
                    late = (begin[:, at] >= changed.from_s) & changed.parts[column[:, at]]
                    taken = np.where(late, taken * changed.factor, taken)
                now = np.where(happens[:, at], begin[:, at] + np.rint(taken), begin[:, at])
            end[:, at] = now
        trip, part_of = np.nonzero(happens)
        here = (trip, part_of)
        return which[trip], route.first_row + column[here], begin[here], end[here], planted[here]

    def _plant(
        self, random: np.random.Generator, visit: _Visit,
        drawn: tuple[Floats, NDArray[np.bool_], Ints, NDArray[np.int8]],
    ) -> None:  # fmt: skip
        """Plant at most one breach in this visit of each trip; arrays (trips, parts) are changed in place."""
        hours, happens, column, planted = drawn
        n = len(hours)
        hit = random.random(n) < self._plan.breaches
        kind = np.where(hit, random.integers(1, len(PLANTED), n), 0)
        always = np.array(visit.columns)
        position = random.integers(len(always) - 1, size=n)
        here, following = always[position], always[position + 1]
        for number, what in enumerate(PLANTED):
            rows = np.flatnonzero(kind == number) if what else np.empty(0, dtype=np.int64)
            a, b = here[rows], following[rows]
            if what == "slow":
                hours[rows, a] *= SLOW_FACTOR
                planted[rows, a] = number
            elif what == "skipped":
                happens[rows, a] = False
                planted[rows, b] = number
            elif what == "repeated":
                happens[rows, visit.spare] = True
                column[rows, visit.spare] = a
                hours[rows, visit.spare] = hours[rows, a]
                planted[rows, visit.spare] = number
            elif what == "swapped":
                column[rows, a], column[rows, b] = b, a
                hours[rows, a], hours[rows, b] = hours[rows, b], hours[rows, a]
                planted[rows, a] = number

    def _changed(self, parts: tuple[Part, ...]) -> _Changed | None:
        change = self._plan.change
        if change is None:
            return None
        mine = [part.place == change.place and part.activity == change.code for part in parts]
        return _Changed(np.array(mine), _midnight_s(change.day), change.factor)

    def _until_open_s(self, clock: OpeningHours, at_s: Ints) -> Ints:
        """Whole seconds from each instant until the clock is open."""
        if clock not in self._clocks:
            base = int(self._first.timestamp())
            spans = np.array(clock.open_h(self._first, self._horizon_h)).reshape(-1, 2) * 3600
            edges = np.rint(spans).astype(np.int64) + base
            self._clocks[clock] = edges[:, 0], edges[:, 1]
        begins, ends = self._clocks[clock]
        span = np.minimum(np.searchsorted(ends, at_s, side="right"), len(ends) - 1)
        return np.asarray(np.maximum(0, begins[span] - at_s))

    def _constant_cells(self) -> pl.DataFrame:
        """One row a part of each route: all cells that do not depend on the trip."""
        import polars as pl

        named, codes = self._atlas.gazetteer, self._atlas.codes
        lang = "en" if self._plan.names == "id" else self._plan.names
        rows = []
        for route in self.routes:
            always = {
                b: route.parts[a].activity
                for visit in route.visits
                for a, b in zip(visit.columns, visit.columns[1:], strict=False)
            }
            for at, part in enumerate(route.parts):
                code = codes.get(part.activity)
                name = part.place if self._plan.names == "id" else named.name(part.place, lang)
                rows.append(
                    {
                        "unit_kind": route.trip.unit_kind, "place": part.place,
                        "place_text": name,
                        "mode": None if part.mode in ("", "any") else part.mode,
                        "direction": part.direction, "service": part.service or route.trip.service,
                        "cargo_class": route.trip.cargo_class, "activity": part.activity,
                        "activity_text": MOVEMENT if code is None else code[f"name_{lang}"],
                        "zone": named.places[part.place]["timezone"],
                        "official_amount": round(part.usd, 2) if part.usd else None,
                        "distance_km": round(part.km, 3) if part.km else None, "teu": TEU,
                        "country": part.country, "extra_plain": _json(wait=part.wait, to=part.to),
                        "extra_skipped": _json(planted="skipped", step=always.get(at, "")),
                    }
                )  # fmt: skip
        schema = {
            name: pl.Float64 if name in ("official_amount", "distance_km", "teu") else pl.String
            for name in rows[0]
        }
        return pl.DataFrame(rows, schema=schema)

    def _numbered(self, frame: pl.DataFrame, before: int) -> pl.DataFrame:
        """The columns of a raw row, with the number of the row and what says that it is simulated."""
        import polars as pl

        empty = {
            name: pl.lit(None, dtype=pl.Float64 if name.endswith("_amount") else pl.String)
            for name in ("unofficial_amount", "unofficial_currency", "corrects")
        }
        number = pl.int_range(before + 1, before + frame.height + 1).cast(pl.String)
        labels = {name: pl.lit(SIMULATED) for name in ("actor", "source", "quality")}
        return frame.with_columns(
            **empty, **labels, log_id=pl.lit(f"{SIMULATED}-{self._seed}-") + number, locator=number
        ).select(COLUMNS)


def _with_spares(parts: tuple[Part, ...]) -> tuple[tuple[Part, ...], tuple[_Visit, ...]]:
    """Parts with a column of probability 0 after each visit of three sure steps or more."""
    from dataclasses import replace

    made: list[Part] = []
    visits: list[_Visit] = []
    sure: list[int] = []
    for at, part in enumerate(parts):
        made.append(part)
        if part.procedure and part.probability == 1:
            sure.append(len(made) - 1)
        following = parts[at + 1] if at + 1 < len(parts) else None
        if following is None or (following.place, following.direction) != (part.place, part.direction):
            if len(sure) >= 3:
                made.append(replace(made[sure[-1]], probability=0.0))
                visits.append(_Visit(tuple(sure), len(made) - 1))
            sure = []
    return tuple(made), tuple(visits)


def _midnight_s(day: dt.date) -> int:
    return int(dt.datetime.combine(day, dt.time(0), tzinfo=dt.UTC).timestamp())


def _texts(form: str, seed: int, serial: Ints) -> list[str]:
    return [form.format(seed, number) for number in serial.tolist()]


def _units(kinds: NDArray[np.str_], serial: Ints) -> NDArray[np.object_]:
    """Container numbers, wagon numbers or lorry plates by kind."""
    found = np.empty(len(serial), dtype=object)
    for kind, make in (
        ("container", containers),
        ("wagon", wagons),
        ("truck", lambda numbers: [f"SIM {number % 1_000_000:06d}" for number in numbers.tolist()]),
    ):
        which = kinds == kind
        found[which] = make(serial[which])
    return found


def _extra() -> pl.Expr:
    import polars as pl

    plain = [pl.lit(_json(planted=name)) for name in PLANTED]
    return (
        pl.when(pl.col("planted") == PLANTED.index("skipped"))
        .then(pl.col("extra_skipped"))
        .when(pl.col("planted") == PLANTED.index("slow"))
        .then(plain[PLANTED.index("slow")])
        .when(pl.col("planted") == PLANTED.index("repeated"))
        .then(plain[PLANTED.index("repeated")])
        .when(pl.col("planted") == PLANTED.index("swapped"))
        .then(plain[PLANTED.index("swapped")])
        .otherwise(pl.col("extra_plain"))
    )


def _json(**values: str) -> str | None:
    kept = {name: value for name, value in values.items() if value}
    return json.dumps(kept, ensure_ascii=False) if kept else None


def write_log(
    frames: Iterable[pl.DataFrame], path: Path, form: str = "parquet",
    heard: Callable[[int], None] | None = None,
) -> int:  # fmt: skip
    """Write frames to one Parquet or CSV file and give the number of rows; `heard` is told rows so far.

    The file is written beside its place and then renamed.

    Raises
    ------
    BadValue
        when the form is neither, or the file cannot be written.
    """
    if form not in ("parquet", "csv"):
        raise BadValue("error.choice", option="format", value=form, allowed="parquet, csv")
    beside = path.with_name(f".{path.name}.part")
    try:
        rows = (_write_parquet if form == "parquet" else _write_csv)(frames, beside, heard)
        beside.replace(path)
    except OSError as error:
        raise BadValue("error.unwritable", path=str(path), reason=error.strerror or str(error)) from None
    finally:
        beside.unlink(missing_ok=True)
    return rows


def _write_parquet(frames: Iterable[pl.DataFrame], path: Path, heard: Callable[[int], None] | None) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer, rows = None, 0
    try:
        for frame in frames:
            table = frame.to_arrow(compat_level=_plain_strings())
            if writer is None:
                schema = table.schema.with_metadata({"daliz.quality": SIMULATED})
                writer = pq.ParquetWriter(path, schema, compression="zstd", compression_level=1)
            writer.write_table(pa.Table.from_arrays(table.columns, schema=schema))
            rows += frame.height
            if heard is not None:
                heard(rows)
    finally:
        if writer is not None:
            writer.close()
    return rows


def _plain_strings() -> pl.CompatLevel:
    import polars as pl

    return pl.CompatLevel.oldest()


def _write_csv(frames: Iterable[pl.DataFrame], path: Path, heard: Callable[[int], None] | None) -> int:
    rows = 0
    with path.open("wb") as out:
        for frame in frames:
            frame.write_csv(out, include_header=rows == 0, datetime_format="%Y-%m-%dT%H:%M:%SZ")
            rows += frame.height
            if heard is not None:
                heard(rows)
    return rows
