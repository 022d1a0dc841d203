"""Before and after: the same question asked of the network of today and of the scenario.

Question: what does the scenario do to the best way by each criterion?
In and out: an atlas, an edited network and a request in; a `Comparison` with one difference a label out.
Method: the router answers twice; options are paired by what they are best at (fastest, cheapest, cleanest,
surest), and pairs that are the same two options are one row.
Limits: further alternatives have no counterpart and are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from daliz.errors import BadTable, NoRoute
from daliz.i18n import text
from daliz.routing import Answer, Atlas, Option, Request, route
from daliz.scenario.run import apply

if TYPE_CHECKING:
    from collections.abc import Iterable

    from daliz.scenario.bench import Edited
    from daliz.schema import Row

__all__ = ["Comparison", "Difference", "compare", "differences", "under"]

_FIGURES = ("time_mean_h", "time_p90_h", "cost_usd", "co2e_kg")
_NO_COUNTERPART = "alternative"


@dataclass(frozen=True)
class Difference:
    """The option with one label (or several, by plus signs) today and in the scenario."""

    label: str
    today: Option
    edited: Option

    @property
    def borders_gained(self) -> tuple[str, ...]:
        """Crossings passed in the scenario and not today."""
        return tuple(key for key in _borders(self.edited) if key not in _borders(self.today))

    @property
    def borders_lost(self) -> tuple[str, ...]:
        """Crossings passed today and not in the scenario."""
        return tuple(key for key in _borders(self.today) if key not in _borders(self.edited))

    def as_dict(self, atlas: Atlas, lang: str) -> Row:
        """Figures of both, their difference (scenario less today), borders gained and lost by name."""

        def name(key: str) -> str:
            row = atlas.gazetteer.crossings[key]
            return str(row.get(f"name_{lang}") or row["name_en"])

        both = {
            when: {figure: round(float(getattr(option, figure)), 2) for figure in _FIGURES}
            | {"borders": [name(key) for key in _borders(option)]}
            for when, option in (("today", self.today), ("edited", self.edited))
        }
        return {
            "label": self.label,
            "label_text": " · ".join(text(f"label.{word}", lang) for word in self.label.split("+")),
            **both,
            "difference": {
                figure: round(getattr(self.edited, figure) - getattr(self.today, figure), 2)
                for figure in _FIGURES
            },
            "borders_gained": [name(key) for key in self.borders_gained],
            "borders_lost": [name(key) for key in self.borders_lost],
        }


@dataclass(frozen=True)
class Comparison:
    """Both answers and their differences; `edited` is None when the scenario leaves no way."""

    today: Answer
    edited: Answer | None
    refusal: NoRoute | None
    differences: tuple[Difference, ...]

    def as_dict(self) -> Row:
        """Plain data, worded in the language of the request."""
        lang, atlas = self.today.request.lang, self.today.atlas
        whole = self.today.as_dict()
        return {
            **{key: whole[key] for key in ("origin", "destination", "depart", "reference_date", "seed")},
            "no_way": None if self.refusal is None else self.refusal.text(lang),
            "differences": [difference.as_dict(atlas, lang) for difference in self.differences],
        }


def under(atlas: Atlas, edits: Iterable[Row]) -> Atlas:
    """The atlas as edits change it; the one given is left as it is.

    Raises
    ------
    BadTable
        when an edit cannot act; each with row, column and repair.
    """
    edited = apply(atlas.frames, edits, atlas.gazetteer)
    refused = [finding for finding in edited.refusals if finding.level == "error"]
    if refused:
        raise BadTable(refused)
    return atlas.with_frames(edited.frames)


def compare(atlas: Atlas, edited: Edited, request: Request) -> Comparison:
    """Ask `request` of `atlas` and of the same atlas with the edited frames.

    Raises
    ------
    NoRoute
        when there is no way today; a scenario that leaves none is part of the answer.
    """
    today = route(atlas, request)
    try:
        after = route(atlas.with_frames(edited.frames), request)
    except NoRoute as refusal:
        return Comparison(today, None, refusal, ())
    return Comparison(today, after, None, tuple(differences(today, after)))


def differences(today: Answer, edited: Answer) -> list[Difference]:
    """One difference a label, in the order of today's options."""
    after = {label: option for option in edited.options for label in option.label.split("+")}
    pairs: dict[tuple[int, int], tuple[list[str], Option, Option]] = {}
    for option in today.options:
        for label in option.label.split("+"):
            if label in after and label != _NO_COUNTERPART:
                pair = (id(option), id(after[label]))
                pairs.setdefault(pair, ([], option, after[label]))[0].append(label)
    return [Difference("+".join(labels), option, other) for labels, option, other in pairs.values()]


def _borders(option: Option) -> list[str]:
    return list(dict.fromkeys(arc.crossing for arc in option.arcs if arc.crossing))
