"""Edits in order, each kept whole or refused whole.

Question: what is the network after these edits?
In and out: frames and edits in; an `Edited` out.
Method: each edit works on a fork; when it is refused, or changes nothing, its fork is dropped and the
reason kept.
Limits: an edit sees what those before it did, so the order of rows matters where they meet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from daliz.errors import Finding
from daliz.gazetteer import Gazetteer
from daliz.scenario.bench import Bench, CannotAct, Change, Edited
from daliz.scenario.edits import TABLE, misuse, where
from daliz.scenario.roads import close, hours, slow
from daliz.scenario.ships import draught, price
from daliz.scenario.steps import add_capacity, add_step, remove_step

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import polars as pl

    from daliz.schema import Row

__all__ = ["apply"]

_ACTS = {
    "close": close, "slow": slow, "hours": hours, "remove_step": remove_step, "add_step": add_step,
    "add_capacity": add_capacity, "draught": draught, "price": price,
}  # fmt: skip


def apply(
    frames: Mapping[str, pl.DataFrame], edits: Iterable[Row], gazetteer: Gazetteer | None = None
) -> Edited:
    """New frames with the edits made; the frames given stay as they are.

    `gazetteer` is that of the frames, where it is at hand.

    Examples
    --------
    >>> edited = apply(atlas.frames, load(path))  # doctest: +SKIP
    >>> route(atlas.with_frames(edited.frames), request)  # doctest: +SKIP
    """
    gazetteer = gazetteer or Gazetteer(frames)
    now = dict(frames)
    changes: list[Change] = []
    findings: list[Finding] = []
    for edit in edits:
        if unfit := misuse(edit):
            findings += unfit
            continue
        bench = Bench(now, gazetteer, edit)
        try:
            _act(bench)
        except CannotAct as refused:
            findings += [finding for finding in bench.findings if finding.level != "note"]
            findings.append(
                Finding("error", TABLE, where(edit, refused.at), refused.message, refused.repair,
                        refused.values)
            )  # fmt: skip
            continue
        now = bench.frames
        changes += bench.changes
        findings += bench.findings
    return Edited(now, tuple(changes), tuple(findings))


def _act(bench: Bench) -> None:
    edit = bench.edit
    _ACTS[str(edit["action"])](bench)
    if not bench.changes:
        raise CannotAct(
            "finding.edit_no_change", "repair.edit_no_change", target=edit["target"], action=edit["action"]
        )
