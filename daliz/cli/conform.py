"""The command that judges the logs against the regime."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from daliz.cli.group import WordedCommand, json_option, lang_option
from daliz.cli.printing import print_json, print_table
from daliz.config import Settings
from daliz.errors import BadValue
from daliz.i18n import text
from daliz.store import Store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from daliz.conformance import Conformance, NextStep, Options
    from daliz.conformance.measures import By
    from daliz.regime import Regime
    from daliz.schema import Row

MOST_SHOWN = 40
SHOWN_ID = 8
"""Digits of the id of an event that tell it apart for the eye; JSON has all."""

DAY = click.DateTime(["%Y-%m-%d"])


@click.command("conform", cls=WordedCommand, help="cli.conform")
@click.option("--place", help="cli.opt_conform_place")
@click.option("--since", type=DAY, help="cli.opt_conform_since")
@click.option("--until", type=DAY, help="cli.opt_conform_until")
@click.option("--shipment", help="cli.opt_conform_shipment")
@click.option(
    "--by",
    type=click.Choice(["step", "party", "place", "corridor", "period"]),
    default="step",
    show_default=True,
    help="cli.opt_conform_by",
)
@click.option("--regime", "file", type=click.Path(path_type=Path), help="cli.opt_conform_regime")
@click.option("--at", "asked", help="cli.opt_conform_at")
@click.option("--case-end", help="cli.opt_conform_case_end")
@json_option
@lang_option
def conform_log(by: str, file: Path | None, asked: str | None, as_json: bool, lang: str, **kept: Any) -> None:
    """Judge the event store."""
    from daliz.model.network import CURATED
    from daliz.regime import Regime

    frames = Store(Settings().store).frames(CURATED)
    regime = Regime.from_frames(frames)
    if file:
        regime = Regime.from_file(file).over(regime)
    found = _judge(kept, regime, frames, _moment(asked))
    report = found.as_dict(lang, cast("By", by), None if as_json else MOST_SHOWN)
    following = found.next_step(kept["shipment"]) if kept["shipment"] else ()
    if as_json:
        print_json(_plain(report | {"next": [_step(one) for one in following]}))
        return
    _print(report, found, by, lang)
    if following:
        names = found.names(lang)
        print_table(text("conform.next", lang), NEXT, [_next(one, names) for one in following], lang)


NEXT = ("step", "party", "begun", "counted_h", "sla_h", "left_h", "due")
GROUPS = (
    "group", "steps", "within", "over_count", "open_count", "share", "share_open", "over_h", "extra_h",
    "loss_usd",
)  # fmt: skip
BREACHES = (
    "breach_kind",
    "shipment",
    "place",
    "step",
    "party",
    "sla_h",
    "counted_h",
    "over_h",
    "events",
)


def _judge(
    kept: dict[str, Any], regime: Regime, frames: Mapping[str, Any], at: dt.datetime | None
) -> Conformance:
    """The answer for one shipment whole, for the whole log in parts."""
    from daliz.conformance import conform, conform_parts
    from daliz.errors import UnknownPlace
    from daliz.store.events import EventStore

    events = EventStore.beside(Settings().store).scan()
    shipment = kept["shipment"]
    if shipment:
        mine = events.filter(shipment=shipment).collect()
        if mine.is_empty():
            raise UnknownPlace("error.unknown_shipment", name=shipment)
        return conform(mine, regime, frames, at, _options(kept, mine, frames))
    return conform_parts(events, regime, frames, at, _options(kept, events, frames))


def _options(kept: dict[str, Any], events: Any, frames: Mapping[str, Any]) -> Options:
    from daliz.conformance import Options, Window, case_ends
    from daliz.gazetteer import Gazetteer

    place = Gazetteer(frames).place(kept["place"]) if kept["place"] else None
    since, until = (kept[name].replace(tzinfo=dt.UTC) if kept[name] else None for name in ("since", "until"))
    window = Window(place, since, until + dt.timedelta(days=1) if until else None)
    ends = None
    if kept["case_end"]:
        told = events.lazy().select("shipment", "extra", "zone").collect()
        ends = case_ends(told, kept["case_end"])
    return Options(case_ends=ends, window=window)


def _moment(asked: str | None) -> dt.datetime | None:
    from daliz.units import parse_instant

    if asked is None:
        return None
    try:
        return parse_instant(asked)
    except ValueError:
        raise BadValue("error.conform_at", value=asked) from None


def _print(report: Row, found: Conformance, by: str, lang: str) -> None:
    counts = found.counts
    click.echo(text("conform.events", lang, count=counts.get("in_visits", 0), events=counts.get("events", 0)))
    click.echo(text("conform.visits", lang, count=counts.get("visits", 0), at=report["at"]))
    if counts.get("promised"):
        click.echo(
            text("conform.promises", lang, count=counts["promised"], kept=counts["promise_kept"],
                 broken=counts["promise_broken"], broken_open=counts["promise_broken_open"],
                 still_open=counts["promise_open"])
        )  # fmt: skip
    for note in report["notes"]:
        click.echo(note)
    groups = _groups(report)
    if groups:
        print_table(text(f"conformby.{by}", lang), GROUPS, groups, lang)
        click.echo(text("conform.how", lang, sources=", ".join(report["value_of_time"]) or "–"))
    if report["breaches"]:
        print_table(
            text("conform.breaches", lang), BREACHES, [_breach(row) for row in report["breaches"]], lang
        )
    total = sum(report["breaches_by_kind"].values())
    if total > MOST_SHOWN:
        click.echo(text("check.more", lang, count=total - MOST_SHOWN))
    if not total:
        click.echo(text("conform.no_breaches", lang))


def _groups(report: Row) -> list[tuple[object, ...]]:
    """A line a group: attainment and losses side by side."""
    kept = {row["key"]: row for row in report["attainment"]}
    lost = {row["key"]: row for row in report["losses"]}
    keys = sorted({*kept, *lost}, key=lambda key: (-(lost.get(key) or {}).get("over_h", 0.0), str(key)))
    return [_group(kept.get(key) or {}, lost.get(key) or {}) for key in keys]


def _group(kept: Row, lost: Row) -> tuple[object, ...]:
    name = kept.get("name") or lost.get("name") or kept.get("key") or lost.get("key") or "–"
    over_h = lost.get("visit_over_h") if lost.get("key") == "visit" else lost.get("over_h")
    extra = [lost.get(f"{kind}_h") for kind in ("repeated", "unknown")]
    return (
        name, kept.get("n"), kept.get("within"), (kept.get("over") or 0) + (kept.get("open_over") or 0),
        kept.get("open"), _percent(kept, ""), _percent(kept, "_km"), over_h,
        sum(hours or 0.0 for hours in extra) if lost else None, lost.get("usd"),
    )  # fmt: skip


def _percent(row: Row, suffix: str) -> str | None:
    """A share and its interval: `88 % (80–94)`."""
    if row.get(f"share{suffix}") is None:
        return None
    share, low, high = (100 * row[f"{name}{suffix}"] for name in ("share", "low", "high"))
    return f"{share:.0f} % ({low:.0f}–{high:.0f})"


def _breach(row: Row) -> tuple[object, ...]:
    return (
        row["kind_name"], row["shipment"], row["place_name"] or row["place"], row["code_name"] or row["code"],
        row["party_name"], row["sla_h"], row["counted_h"], row["over_h"],
        ", ".join(f"{event[:SHOWN_ID]}…" for event in row["events"]),
    )  # fmt: skip


def _next(one: NextStep, names: Mapping[str, str]) -> tuple[object, ...]:
    return (
        names.get(one.code, one.code), names.get(one.party, one.party), one.begun and one.begun.isoformat(),
        one.counted_h, one.sla_h, one.left_h, one.due and one.due.isoformat(),
    )  # fmt: skip


def _step(one: NextStep) -> Row:
    return dict(vars(one))


def _plain(value: Any) -> Any:
    """Instants as text, so that JSON can carry them."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, dt.datetime) else value
