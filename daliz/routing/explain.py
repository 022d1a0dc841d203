"""Why one option beats another, what makes it risky, how it runs over distance, and what is not known.

Question: where do two options part in hours, dollars and emissions, and on which data does that rest?
In and out: `Option`s and the `Atlas` they came from in; `Difference`, `Handover`s, `Point`s, `Gap`s out.
Method: an option is cut into pieces, one for each movement, wait and step, which add up to its figures;
all four answers are sums over pieces. The chart is the time-cost-distance method of UNESCAP: slope while
moving, a vertical step where cargo stays; its band and the shares of spread come from the same seeded
draws as P50 and P90 of the option (`engine.spread`), each share being the covariance with the total.
Limits: the wait at a crossing is shown before the work there, though part of it may fall between the two
posts; what is charged over the whole trip has no place and stands at its end.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from daliz.engine.spread import cumulative_h, part_draws_h, spread_shares
from daliz.i18n import text
from daliz.routing.option import events, parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import TypeVar

    from numpy.typing import NDArray

    from daliz.model.frozen import Arc, Step
    from daliz.routing.atlas import Atlas
    from daliz.routing.option import Option
    from daliz.schema import Row

    K = TypeVar("K")

__all__ = ["COMPONENTS", "breakdown", "chart", "difference", "explained", "handovers", "missing"]

COMPONENTS = {
    "moving": "component.moving",
    "waiting_departure": "component.waiting_departure",
    "waiting_opening": "component.waiting_opening",
    "clearance": "component.clearance",
    "gauge_change": "component.gauge_change",
    "port": "component.port",
    "transfer": "component.transfer",
    "terminal": "component.terminal",
    "trip": "component.trip",
}
"""Components of an option and the keys of their names; `trip` is what the whole trip is charged with."""

_HANDOVERS = {
    "border": "handover.border",
    "sea": "handover.sea",
    "gauge_change": "component.gauge_change",
    "port": "component.port",
    "transfer": "component.transfer",
    "terminal": "component.terminal",
}
_GAPS = {
    "post_log": "missing.post_log",
    "payments": "missing.payments",
    "opening_hours": "missing.opening_hours",
    "timetable": "missing.timetable",
    "speed": "missing.speed",
    "sailing_time": "missing.sailing_time",
    "handling": "missing.handling",
    "tariff": "missing.tariff",
    "handling_charge": "missing.handling_charge",
}
_DIRECTIONS = {"in": "direction.in", "out": "direction.out", "through": "direction.through"}
_UNITS = (100, 100, 10)
"""Hundredths of an hour, cents and tenths of a kilogram: what a reader is shown."""
_NOTHING = 1e-9
_SHOWN_PLACES = 2


@dataclass(frozen=True)
class Piece:
    """One thing that takes time, money or emissions, in the order in which it happens.

    `place` is empty while cargo moves; `part` is the column of the draws that it is `share` of, or -1.
    """

    component: str
    arc: int
    mode: str
    service: str
    place: str
    state: str
    link: str
    code: str
    procedure: str
    km: float
    hours: float
    cost_usd: float
    co2e_kg: float
    quality: str
    cost_quality: str
    part: int
    share: float = 1.0

    @property
    def figures(self) -> tuple[float, float, float]:
        """Hours, USD and kg CO2e."""
        return self.hours, self.cost_usd, self.co2e_kg


def _pieces(option: Option, atlas: Atlas) -> list[Piece]:
    """An option as pieces that add up to its figures; columns of draws are numbered as `parts` does."""
    places, facilities = atlas.gazetteer.places, _facilities(atlas)
    moved_h: dict[str, float] = defaultdict(float)
    for arc in option.arcs:
        if arc.kind in ("leg", "crossing"):
            moved_h[arc.service] += arc.move_h
    columns = 0
    first_service = len(parts(option.arcs, option.waits_h)[0]) - len(moved_h)
    column_of = {service: first_service + at for at, service in enumerate(moved_h)}
    found: list[Piece] = []
    for number, (arc, wait_h) in enumerate(zip(option.arcs, option.waits_h, strict=True)):
        stay = _stay(arc, facilities)

        def piece(component: str, place: str, number: int = number, arc: Arc = arc) -> Piece:
            state = str(places[place]["country"]) if place else arc.country
            return Piece(
                component, number, arc.mode, arc.service, place, state, arc.leg, "", "",
                0.0, 0.0, 0.0, 0.0, "", "", -1,
            )  # fmt: skip

        move = replace(
            piece(stay, arc.to_place) if arc.kind == "transfer" else piece("moving", ""),
            km=arc.distance_km, hours=arc.move_h, cost_usd=arc.cost_usd, co2e_kg=arc.co2e_kg,
            quality=arc.quality, cost_quality=arc.tariff_quality,
        )  # fmt: skip
        if arc.kind in ("leg", "crossing"):
            whole_h = moved_h[arc.service]
            share = arc.move_h / whole_h if whole_h else 0.0
            move = replace(move, part=column_of[arc.service], share=share)
        elif arc.move_h > 0:
            move, columns = replace(move, part=columns), columns + 1
        waits: list[Piece] = []
        if wait_h > 0:
            departure_h = min(wait_h, arc.fixed_wait_h) if arc.kind == "crossing" else wait_h
            for component, hours in (
                ("waiting_departure", departure_h),
                ("waiting_opening", wait_h - departure_h),
            ):
                if hours > 0:
                    waits.append(
                        replace(
                            piece(component, arc.from_place), hours=hours, quality=arc.wait_quality,
                            part=columns, share=hours / wait_h,
                        )
                    )  # fmt: skip
            columns += 1
        before: list[Piece] = []
        after: list[Piece] = []
        for step in arc.steps:
            done = replace(
                piece(_step_component(step, stay, atlas), step.place), hours=step.hours,
                cost_usd=step.cost_usd, quality=step.quality, cost_quality=step.cost_quality,
                code=step.code, procedure=step.procedure, part=columns,
            )  # fmt: skip
            columns += 1
            (before if arc.kind == "crossing" and step.place == arc.from_place else after).append(done)
        found += [*waits, *before, move, *after]
    return [*found, *_rest(option, found)]


def _rest(option: Option, found: Sequence[Piece]) -> list[Piece]:
    """What the option counts beyond its arcs, as one piece at the destination."""
    hours, cost_usd, co2e_kg = (
        whole - math.fsum(values)
        for whole, values in zip(
            (option.time_mean_h, option.cost_usd, option.co2e_kg),
            zip(*(piece.figures for piece in found), strict=True),
            strict=True,
        )
    )
    if max(abs(hours), abs(cost_usd), abs(co2e_kg)) < 1e-6:
        return []
    last = option.arcs[-1].to_place
    return [
        Piece("trip", len(option.arcs) - 1, "", "", last, "", "", "", "", 0.0, hours, cost_usd, co2e_kg,
              "", "", -1)
    ]  # fmt: skip


@lru_cache(maxsize=4)
def _facilities(atlas: Atlas) -> dict[str, Row]:
    return {row["facility"]: row for row in atlas.frames["facilities"].iter_rows(named=True)}


@lru_cache(maxsize=4)
def _procedures(atlas: Atlas) -> dict[str, Row]:
    return {row["procedure"]: row for row in atlas.frames["procedures"].iter_rows(named=True)}


def _stay(arc: Arc, facilities: dict[str, Row]) -> str:
    """Component of what cargo goes through on an arc that is not movement."""
    if arc.kind == "crossing":
        return "clearance"
    if arc.kind == "departure":
        return "terminal"
    facility = facilities.get(arc.leg)
    if facility is None:
        return "port"
    modes = {str(facility["from_mode"]), str(facility["to_mode"])}
    if "sea" in modes:
        return "port"
    if modes == {"rail"}:
        return "gauge_change"
    return "terminal" if facility["kind"] == "intermodal_terminal" else "transfer"


def _step_component(step: Step, stay: str, atlas: Atlas) -> str:
    """Controls and documents in a port are clearance; everything else belongs to the stay."""
    if step.code.startswith("gauge_change"):
        return "gauge_change"
    if stay == "port" and atlas.codes[step.code]["group"] in ("control", "document"):
        return "clearance"
    return stay


def _draws(option: Option, pieces: Sequence[Piece], seed: int) -> NDArray[np.float64]:
    """Seeded draws of the hours of each piece, shape (DRAWS, pieces)."""
    shared = events(option.arcs, option.waits_h, option.day)
    drawn = part_draws_h(*parts(option.arcs, option.waits_h), seed=seed, events=shared)
    whole = np.zeros((drawn.shape[0], len(pieces)))
    for column, piece in enumerate(pieces):
        whole[:, column] = drawn[:, piece.part] * piece.share if piece.part >= 0 else piece.hours
    return whole


def breakdown(option: Option, atlas: Atlas) -> dict[str, tuple[float, float, float]]:
    """Hours, USD and kg CO2e by component, in the order of `COMPONENTS`; they add up to the option."""
    sums: dict[str, list[tuple[float, float, float]]] = {name: [] for name in COMPONENTS}
    for piece in _pieces(option, atlas):
        sums[piece.component].append(piece.figures)
    return {
        name: (math.fsum(f[0] for f in all_), math.fsum(f[1] for f in all_), math.fsum(f[2] for f in all_))
        for name, all_ in sums.items()
        if all_
    }


@dataclass(frozen=True)
class Line:
    """One leg or step where two options differ: what B takes more than A (negative: less).

    Figures are whole hundredths of an hour, cents and tenths of a kilogram. `kind` says what `where` is
    the id of: a place, a state moved through, or a sea link. `only_in` is a or b, or empty for both.
    """

    component: str
    kind: str
    where: str
    mode: str
    service: str
    code: str
    only_in: str
    units: tuple[int, int, int]


@dataclass(frozen=True)
class Difference:
    """Option B against option A. Lines, components and places each add up to `total` to the last digit."""

    a: Option
    b: Option
    total: tuple[int, int, int]
    lines: tuple[Line, ...]
    atlas: Atlas

    def by_component(self) -> list[tuple[str, tuple[int, int, int]]]:
        """Components with their part of the difference, the largest effect first."""
        return self._grouped(lambda line: line.component)

    def by_place(self) -> list[tuple[tuple[str, str], tuple[int, int, int]]]:
        """Places, states moved through and sea links with their part of it, the largest effect first."""
        return self._grouped(lambda line: (line.kind, line.where))

    def _grouped(self, key: Callable[[Line], K]) -> list[tuple[K, tuple[int, int, int]]]:
        groups: dict[K, list[Line]] = defaultdict(list)
        for line in self.lines:
            groups[key(line)].append(line)
        sums = [
            (name, (sum(p.units[0] for p in lines), sum(p.units[1] for p in lines),
                    sum(p.units[2] for p in lines)))
            for name, lines in groups.items()
        ]  # fmt: skip
        return sorted(sums, key=lambda item: (-self.effect(item[1]), str(item[0])))

    def effect(self, units: tuple[int, int, int]) -> float:
        """How much a part weighs: its hours, dollars and emissions, each over those of option A."""
        whole = (self.a.time_mean_h, self.a.cost_usd, self.a.co2e_kg)
        return sum(
            abs(part) / unit / max(of, _NOTHING) for part, unit, of in zip(units, _UNITS, whole, strict=True)
        )

    def sentence(self, lang: str) -> str:
        """One sentence: which option is sooner, by what, and what it costs for that."""
        sign = -1 if self.total[0] < 0 or (self.total[0] == 0 and self.total[1] <= 0) else 1
        winner, loser = (self.b, self.a) if sign < 0 else (self.a, self.b)
        names = {"winner": self._named(winner, lang), "loser": self._named(loser, lang)}
        hours, usd = abs(self.total[0]) / _UNITS[0], -sign * self.total[1] / _UNITS[1]
        by_hours, by_usd = self._main(0, sign, lang), self._main(1, 1 if self.total[1] > 0 else -1, lang)
        if self.total[0] == 0 and self.total[1] == 0:
            return text("difference.alike", lang, **names)
        if self.total[0] == 0:
            return text(
                "difference.cheaper", lang, usd=_number(abs(usd)), cost_main=by_usd[0],
                cost_where=by_usd[1], **names,
            )  # fmt: skip
        if self.total[1] == 0:
            return text(
                "difference.sooner", lang, hours=_number(hours), main=by_hours[0], where=by_hours[1],
                part=by_hours[2], **names,
            )  # fmt: skip
        if usd > 0:
            return text(
                "difference.sooner_dearer", lang, hours=_number(hours), main=by_hours[0], where=by_hours[1],
                part=by_hours[2], usd=_number(usd), cost_main=by_usd[0], cost_where=by_usd[1], **names,
            )  # fmt: skip
        return text(
            "difference.sooner_cheaper", lang, hours=_number(hours), main=by_hours[0], where=by_hours[1],
            part=by_hours[2], usd=_number(-usd), cost_main=by_usd[0], cost_where=by_usd[1], **names,
        )  # fmt: skip

    def _main(self, figure: int, sign: int, lang: str) -> tuple[str, str, str]:
        """Component that does most in the direction `sign`, the place that does most in it, its size."""
        sums: dict[str, int] = defaultdict(int)
        for line in self.lines:
            sums[line.component] += line.units[figure]
        if not sums:
            return "", "", ""
        component = max(sums, key=lambda name: sign * sums[name])
        inside = [line for line in self.lines if line.component == component]
        line = max(inside, key=lambda one: sign * one.units[figure])
        size = _number(abs(sums[component]) / _UNITS[figure])
        return text(COMPONENTS[component], lang), _where(self.atlas, line.kind, line.where, lang), size

    def _named(self, option: Option, lang: str) -> str:
        """Label of an option with the borders and seas that only it passes."""
        other = self.b if option is self.a else self.a
        passed = {_mark(arc) for arc in other.arcs}
        own = [arc for arc in option.arcs if _mark(arc) and _mark(arc) not in passed]
        gazetteer = self.atlas.gazetteer
        names = [
            _crossing_name(self.atlas, arc.crossing, lang) if arc.crossing
            else f"{gazetteer.name(arc.from_place, lang)} – {gazetteer.name(arc.to_place, lang)}"
            for arc in own[:_SHOWN_PLACES]
        ]  # fmt: skip
        label = " · ".join(text(f"label.{name}", lang) for name in option.label.split("+"))
        return f"{label} ({', '.join(names)})" if names else label

    def as_dict(self, lang: str) -> Row:
        """Plain data with names in `lang`; every figure is B less A."""
        atlas = self.atlas
        return {
            "a": self.a.label, "b": self.b.label,
            "sentence": self.sentence(lang),
            "total": _shown(self.total),
            "by_component": [
                {"component": name, "name": text(COMPONENTS[name], lang)} | _shown(units)
                for name, units in self.by_component()
            ],
            "by_place": [
                {"kind": kind, "where": where, "name": _where(atlas, kind, where, lang)} | _shown(units)
                for (kind, where), units in self.by_place()
            ],
            "lines": [
                {
                    "component": line.component, "component_name": text(COMPONENTS[line.component], lang),
                    "kind": line.kind, "where": line.where,
                    "name": _where(atlas, line.kind, line.where, lang), "mode": line.mode or None,
                    "service": line.service or None, "code": line.code or None,
                    "step": _code_name(atlas, line.code, lang), "only_in": line.only_in or None,
                }
                | _shown(line.units)
                for line in self.lines
            ],
        }  # fmt: skip


def _mark(arc: Arc) -> str:
    return arc.crossing or (arc.leg if arc.kind == "sea" else "")


def _number(value: float) -> str:
    return f"{value:,.0f}".replace(",", "\u202f") if abs(value) >= 10 else f"{value:.1f}"


def _shown(units: tuple[int, int, int]) -> Row:
    return {
        name: units[at] / _UNITS[at]
        for at, name in enumerate(("hours", "cost_usd", "co2e_kg"))
    }  # fmt: skip


def _code_name(atlas: Atlas, code: str, lang: str) -> str | None:
    return None if not code else str(atlas.codes[code].get(f"name_{lang}") or atlas.codes[code]["name_en"])


def _crossing_name(atlas: Atlas, crossing: str, lang: str) -> str:
    row = atlas.gazetteer.crossings[crossing]
    return str(row.get(f"name_{lang}") or row["name_en"])


@lru_cache(maxsize=4)
def _links(atlas: Atlas) -> dict[str, tuple[str, str]]:
    return {
        row["leg"]: (row["from_place"], row["to_place"]) for row in atlas.frames["legs"].iter_rows(named=True)
    }


def _where(atlas: Atlas, kind: str, where: str, lang: str) -> str:
    gazetteer = atlas.gazetteer
    if kind == "place":
        return gazetteer.name(where, lang)
    if kind == "state":
        row = gazetteer.countries[where]
        return str(row.get(f"name_{lang}") or row["name_en"])
    if where in atlas.trains:
        return str(atlas.trains[where][f"name_{lang}"])
    return " – ".join(gazetteer.name(end, lang) for end in _links(atlas)[where])


def _key(piece: Piece) -> tuple[str, str, str, str, str, str]:
    if piece.place:
        return piece.component, "place", piece.place, "", "", piece.code
    if piece.mode == "sea":
        return piece.component, "link", piece.link, piece.mode, piece.service, ""
    return piece.component, "state", piece.state, piece.mode, piece.service, ""


def difference(option_a: Option, option_b: Option, atlas: Atlas) -> Difference:
    """What `option_b` takes more than `option_a`, by leg and step; parts that are alike are left out.

    Land movement is one line for each state, mode and service. Figures are rounded so that the lines
    add up to the difference of the two figures that the reader is shown (largest remainder).
    """
    groups: dict[tuple[str, str, str, str, str, str], tuple[list[Piece], list[Piece]]] = {}
    for side, option in enumerate((option_a, option_b)):
        for piece in _pieces(option, atlas):
            groups.setdefault(_key(piece), ([], []))[side].append(piece)
    keys = list(groups)
    exact = [
        [
            math.fsum(piece.figures[figure] for piece in groups[key][1])
            - math.fsum(piece.figures[figure] for piece in groups[key][0])
            for key in keys
        ]
        for figure in range(3)
    ]
    shown_a, shown_b = (
        (option.time_mean_h, option.cost_usd, option.co2e_kg) for option in (option_a, option_b)
    )
    hours, usd, kg = (
        round(shown_b[figure] * unit) - round(shown_a[figure] * unit) for figure, unit in enumerate(_UNITS)
    )
    total = (hours, usd, kg)
    whole = [
        _apportioned([value * unit for value in exact[figure]], total[figure])
        for figure, unit in enumerate(_UNITS)
    ]
    lines = []
    for at, key in enumerate(keys):
        units = (whole[0][at], whole[1][at], whole[2][at])
        if any(units):
            mine, theirs = groups[key]
            lines.append(Line(*key, only_in="" if mine and theirs else "a" if mine else "b", units=units))
    found = Difference(option_a, option_b, total, (), atlas)
    ordered = sorted(
        lines, key=lambda line: (-found.effect(line.units), line.component, line.where, line.code)
    )
    return replace(found, lines=tuple(ordered))


def _apportioned(values: Sequence[float], total: int) -> list[int]:
    """Whole numbers next to `values` that add up to `total`; values that are nothing stay nothing."""
    floors = [math.floor(value) if abs(value) > 1e-6 else 0 for value in values]
    open_ = [at for at, value in enumerate(values) if abs(value) > 1e-6]
    short = total - sum(floors)
    order = sorted(open_, key=lambda at: floors[at] - values[at])
    if short < 0:
        order.reverse()
    for turn in range(abs(short) if order else 0):
        floors[order[turn % len(order)]] += 1 if short > 0 else -1
    return floors


@dataclass(frozen=True)
class Handover:
    """One place where cargo changes hands or vehicles, or crosses a border or a sea.

    `share_of_spread` is its part of the variance of the hours; `quality` the class most of its hours are.
    """

    kind: str
    where_kind: str
    where: str
    hours: float
    share_of_spread: float
    quality: str

    def as_dict(self, atlas: Atlas, lang: str) -> Row:
        """Plain data with names in `lang`."""
        crossing = self.where_kind == "crossing"
        return {
            "kind": self.kind, "kind_name": text(_HANDOVERS[self.kind], lang), "where": self.where,
            "name": _crossing_name(atlas, self.where, lang) if crossing
            else _where(atlas, self.where_kind, self.where, lang),
            "hours": round(self.hours, 2), "share_of_spread": round(self.share_of_spread, 4),
            "quality": self.quality,
        }  # fmt: skip


def handovers(option: Option, atlas: Atlas, seed: int = 0) -> tuple[Handover, ...]:
    """Transfers, gauge changes, seas and borders of an option, the riskiest first.

    Their shares of spread and that of land movement add up to 1.
    """
    pieces = _pieces(option, atlas)
    shares = spread_shares(_draws(option, pieces, seed))
    found = []
    for number, arc in enumerate(option.arcs):
        mine = [
            (piece, share)
            for piece, share in zip(pieces, shares.tolist(), strict=True)
            if piece.arc == number and piece.component != "trip" and (arc.kind == "sea" or piece.place)
        ]
        if arc.kind == "leg" or not mine:
            continue
        hours: dict[str, float] = defaultdict(float)
        for piece, _ in mine:
            hours[piece.quality] += piece.hours
        kind = {"crossing": "border", "sea": "sea"}.get(arc.kind) or _stay(arc, _facilities(atlas))
        where = {"crossing": ("crossing", arc.crossing), "sea": ("link", arc.leg)}
        found.append(
            Handover(
                kind, *where.get(arc.kind, ("place", arc.to_place)), math.fsum(hours.values()),
                math.fsum(share for _, share in mine), max(hours, key=lambda name: hours[name]),
            )
        )  # fmt: skip
    return tuple(sorted(found, key=lambda one: (-one.share_of_spread, one.where)))


@dataclass(frozen=True)
class Point:
    """A point of the time-cost-distance chart: sums from departure up to here.

    `component` is what the stretch before it was; with `place` it is a vertical step at that place.
    """

    km: float
    hours: float
    p10_h: float
    p90_h: float
    cost_usd: float
    co2e_kg: float
    place: str
    component: str
    step: bool

    def as_dict(self, atlas: Atlas, lang: str) -> Row:
        """Plain data with names in `lang`."""
        return {
            "km": round(self.km, 1), "hours": round(self.hours, 2), "p10_h": round(self.p10_h, 2),
            "p90_h": round(self.p90_h, 2), "cost_usd": round(self.cost_usd, 2),
            "co2e_kg": round(self.co2e_kg, 1), "place": self.place,
            "name": atlas.gazetteer.name(self.place, lang), "component": self.component or None,
            "component_name": text(COMPONENTS[self.component], lang) if self.component else None,
            "step": self.step,
        }  # fmt: skip


def chart(option: Option, atlas: Atlas, seed: int = 0) -> tuple[Point, ...]:
    """Points from departure to arrival; the last one holds the totals of the option.

    P10 and P90 are those of the hours up to each point, from the draws of the option.
    """
    pieces = _pieces(option, atlas)
    starts = [0] + [
        at for at, (one, two) in enumerate(zip(pieces, pieces[1:], strict=False), start=1)
        if not (one.place and one.place == two.place and one.component == two.component)
    ]  # fmt: skip
    columns = np.add.reduceat(_draws(option, pieces, seed), starts, axis=1)
    low, high = cumulative_h(columns)
    points = [Point(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, option.arcs[0].from_place, "", step=False)]
    for at, (start, end) in enumerate(zip(starts, [*starts[1:], len(pieces)], strict=True)):
        run, before = pieces[start:end], points[-1]
        points.append(
            Point(
                before.km + sum(piece.km for piece in run),
                before.hours + sum(piece.hours for piece in run),
                float(low[at]), float(high[at]),
                before.cost_usd + sum(piece.cost_usd for piece in run),
                before.co2e_kg + sum(piece.co2e_kg for piece in run),
                run[-1].place or option.arcs[run[-1].arc].to_place, run[-1].component,
                step=bool(run[-1].place),
            )
        )  # fmt: skip
    return tuple(points)


@dataclass(frozen=True)
class Gap:
    """Data that are assumed and carry part of an option; `kind` says what would settle them.

    `about` names the post and direction, the service and state, the crossing, link or facility.
    """

    kind: str
    about: tuple[str, ...]
    hours: float
    share_of_hours: float
    share_of_spread: float
    cost_usd: float
    share_of_cost: float

    @property
    def weight(self) -> float:
        """The largest of its three shares."""
        return max(self.share_of_hours, self.share_of_spread, self.share_of_cost)

    def settled_by(self, atlas: Atlas, lang: str) -> str:
        """What to get, in one phrase."""
        return text(_GAPS[self.kind], lang, **_about(self, atlas, lang))

    def as_dict(self, atlas: Atlas, lang: str) -> Row:
        """Plain data with names in `lang`."""
        return {
            "kind": self.kind, "about": list(self.about), "settled_by": self.settled_by(atlas, lang),
            "hours": round(self.hours, 2), "share_of_hours": round(self.share_of_hours, 4),
            "share_of_spread": round(self.share_of_spread, 4), "cost_usd": round(self.cost_usd, 2),
            "share_of_cost": round(self.share_of_cost, 4), "weight": round(self.weight, 4),
        }  # fmt: skip


def _about(gap: Gap, atlas: Atlas, lang: str) -> dict[str, str]:
    first, *others = gap.about
    if gap.kind in ("post_log", "payments"):
        mode, direction = others
        return {
            "place": atlas.gazetteer.name(first, lang), "mode": text(f"mode.{mode}", lang),
            "direction": text(_DIRECTIONS[direction], lang),
        }  # fmt: skip
    if gap.kind == "opening_hours":
        return {"crossing": _crossing_name(atlas, first, lang)}
    if gap.kind in ("speed", "tariff"):
        kind, where = others
        service = atlas.services[first]
        return {
            "service": str(service.get(f"name_{lang}") or service["name_en"]),
            "where": _where(atlas, kind, where, lang),
        }
    if gap.kind in ("handling", "handling_charge"):
        return {"place": atlas.gazetteer.name(first, lang)}
    return {"where": _where(atlas, "link", first, lang)}


def missing(option: Option, atlas: Atlas, seed: int = 0) -> tuple[Gap, ...]:
    """Assumed data under an option, those first that carry most of its hours, spread or cost."""
    pieces = _pieces(option, atlas)
    shares = spread_shares(_draws(option, pieces, seed)).tolist()
    sums: dict[tuple[str, tuple[str, ...]], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for piece, share in zip(pieces, shares, strict=True):
        arc = option.arcs[piece.arc]
        if piece.quality == "assumed" and piece.hours > 0:
            held = sums[_time_gap(piece, arc, atlas)]
            held[0] += piece.hours
            held[1] += share
        if piece.cost_quality == "assumed" and piece.cost_usd > 0:
            sums[_cost_gap(piece, arc, atlas)][2] += piece.cost_usd
    hours_whole, cost_whole = max(option.time_mean_h, _NOTHING), max(option.cost_usd, _NOTHING)
    gaps = [
        Gap(kind, about, hours, hours / hours_whole, spread, usd, usd / cost_whole)
        for (kind, about), (hours, spread, usd) in sums.items()
    ]
    return tuple(sorted(gaps, key=lambda gap: (-gap.weight, gap.kind, gap.about)))


def _time_gap(piece: Piece, arc: Arc, atlas: Atlas) -> tuple[str, tuple[str, ...]]:
    if piece.procedure:
        return "post_log", _process(piece, atlas)
    if piece.component == "waiting_opening":
        return "opening_hours", (arc.crossing,)
    if piece.component == "waiting_departure":
        return "timetable", (arc.leg,)
    if arc.kind == "sea":
        return "sailing_time", (arc.leg,)
    if arc.kind == "transfer":
        return "handling", (arc.to_place, arc.leg)
    return "speed", (arc.service, "state", arc.country)


def _cost_gap(piece: Piece, arc: Arc, atlas: Atlas) -> tuple[str, tuple[str, ...]]:
    if piece.procedure:
        return "payments", _process(piece, atlas)
    if arc.kind == "transfer":
        return "handling_charge", (arc.to_place, arc.leg)
    if arc.kind == "sea":
        return "tariff", (arc.service, "link", arc.leg)
    return "tariff", (arc.service, "state", arc.country)


def _process(piece: Piece, atlas: Atlas) -> tuple[str, ...]:
    row = _procedures(atlas).get(piece.procedure)
    if row is None:
        return piece.place, piece.mode, "through"
    return str(row["place"]), str(row["mode"]), str(row["direction"])


def explained(options: Iterable[Option], atlas: Atlas, seed: int, lang: str) -> Row:
    """What an answer says beside its figures: options one by one, and each against the first.

    `options[]` holds components, hand-overs, chart and missing data; `against_first[]` the differences.
    """
    listed = list(options)
    return {
        "against_first": [difference(listed[0], other, atlas).as_dict(lang) for other in listed[1:]],
        "options": [
            {
                "label": option.label,
                "components": [
                    {
                        "component": name, "name": text(COMPONENTS[name], lang), "hours": round(hours, 2),
                        "cost_usd": round(usd, 2), "co2e_kg": round(kg, 1),
                    }
                    for name, (hours, usd, kg) in breakdown(option, atlas).items()
                ],
                "handovers": [one.as_dict(atlas, lang) for one in handovers(option, atlas, seed)],
                "chart": [point.as_dict(atlas, lang) for point in chart(option, atlas, seed)],
                "missing": [gap.as_dict(atlas, lang) for gap in missing(option, atlas, seed)],
            }
            for option in listed
        ],
    }  # fmt: skip
