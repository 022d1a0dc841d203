"""Names to rows: places, crossings, corridors and countries by any spelling in any of three languages.

Question: what does the reader mean by this name?
In and out: frames and a name in; an id out, or an error with the nearest names.
Method: names are folded (case, dashes, quotes, spaces) and looked up by id, then by a name, then by an
alias; the nearest names are offered by rapidfuzz. Places of one town that share a name are one answer.
Limits: a name shared by places far apart is asked about, never guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from daliz.engine.geodesy import distance_km
from daliz.errors import AmbiguousPlace, UnknownPlace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import polars as pl

    from daliz.schema import Row

__all__ = ["Gazetteer", "fold"]

_NOISE = re.compile(r"[\s\-‐-―−'\"«»„“”‘’`.,()/]+")
_SAME_TOWN_KM = 30.0
_KIND_RANK = ("city", "station", "port", "dry_port", "terminal", "junction", "border_post")
_NEAREST = 5
_KINDS_IN_NAMES = frozenset(
    ("port", "terminal", "station", "порт", "терминал", "станция", "порты", "терминалы", "стансысы")
)


_TABLES = {"places": "place", "crossings": "crossing", "corridors": "corridor", "countries": "country"}


def fold(name: str) -> str:
    """A name without case, dashes, quotes, spaces and accents on Latin letters.

    >>> fold("«Солтүстік – Оңтүстік»") == fold("солтүстік-оңтүстік")
    True
    """
    latin = "".join(
        part
        for letter in name.casefold()
        for part in (
            unicodedata.normalize("NFD", letter)[0] if letter.isascii() or "À" <= letter <= "ɏ" else letter
        )
    )
    return _NOISE.sub("", latin.replace("ё", "е"))


@dataclass
class _Index:
    """Folded spelling to ids, by rank: id, name, alias."""

    by_rank: tuple[dict[str, list[str]], ...] = field(
        default_factory=lambda: (defaultdict(list), defaultdict(list), defaultdict(list))
    )

    def add(self, key: str, row: Row) -> None:
        spellings = (
            [key],
            [str(row[name]) for name in ("name_en", "name_ru", "name_kk")],
            _words(row.get("aliases")) + _codes(row) + _bare_names(row),
        )
        for rank, words in enumerate(spellings):
            for word in {fold(word) for word in words if word}:
                if key not in self.by_rank[rank][word]:
                    self.by_rank[rank][word].append(key)

    def find(self, name: str, fits: Callable[[str], bool] = lambda _: True) -> list[str]:
        """Ids by the best rank at which one of them fits; else by the best rank at all."""
        folded = fold(name)
        ranks = [table[folded] for table in self.by_rank if folded in table]
        fitting = ([key for key in keys if fits(key)] for keys in ranks)
        return next((keys for keys in fitting if keys), ranks[0] if ranks else [])

    def spellings(self) -> Iterable[tuple[str, list[str]]]:
        for table in self.by_rank[1:]:
            yield from table.items()


def _words(value: object) -> list[str]:
    return [str(word) for word in value] if isinstance(value, list) else []


def _codes(row: Mapping[str, object]) -> list[str]:
    return [str(row[name]) for name in ("unlocode", "esr") if row.get(name)]


def _bare_names(row: Row) -> list[str]:
    """Names without brackets or the kind of place: `Absheron terminal` is also called Absheron."""
    bare = []
    for language in ("en", "ru", "kk"):
        name = str(row[f"name_{language}"]).partition("(")[0].strip()
        words = [word for word in name.split() if word.casefold() not in _KINDS_IN_NAMES]
        bare.append(" ".join(words))
    return [name for name in bare if name]


_Table = tuple["pl.DataFrame", dict[str, "Row"], _Index]


def _read(frame: pl.DataFrame, key: str) -> _Table:
    rows = {row[key]: row for row in frame.iter_rows(named=True)}
    index = _Index()
    for name, row in rows.items():
        index.add(name, row)
    return frame, rows, index


class Gazetteer:
    """Lookups over the tables of one store; immutable once made."""

    def __init__(self, frames: Mapping[str, pl.DataFrame], like: Gazetteer | None = None) -> None:
        """Look-ups over these tables; of `like` what is about the very same ones."""
        self._tables = {
            table: (like and like.about(table, frames[table])) or _read(frames[table], key)
            for table, key in _TABLES.items()
        }
        self._index = {table: index for table, (_, _, index) in self._tables.items()}
        rows = {table: held for table, (_, held, _) in self._tables.items()}
        self.places, self.crossings = rows["places"], rows["crossings"]
        self.corridors, self.countries = rows["corridors"], rows["countries"]

    def about(self, table: str, frame: pl.DataFrame) -> _Table | None:
        """Rows and spellings of a table, where they are of this very frame."""
        held = self._tables[table]
        return held if held[0] is frame else None

    def place(self, name: str, mode: str = "any", lang: str | None = None) -> str:
        """Id of the place called `name`; of a town's places, one that `mode` serves.

        Raises
        ------
        UnknownPlace
            when nothing answers to the name; carries the nearest names.
        AmbiguousPlace
            when places far from each other share it; carries their ids.
        """
        found = self._index["places"].find(name, lambda key: mode in ("any", *self.places[key]["modes"]))
        if not found:
            raise UnknownPlace(
                "error.unknown_place", name=name, nearest=", ".join(self.nearest(name, lang)) or "–"
            )
        if len(found) > 1 and not self._one_town(found):
            listed = ", ".join(f"{key} ({self.places[key]['name_en']})" for key in found)
            raise AmbiguousPlace("error.ambiguous_place", name=name, candidates=listed)
        if mode != "any" and not any(mode in self.places[key]["modes"] for key in found):
            found = [key for key in self.town(found[0], name) if mode in self.places[key]["modes"]] or found
        serving = [key for key in found if mode in ("any", *self.places[key]["modes"])] or found
        return min(serving, key=lambda key: _KIND_RANK.index(self.places[key]["kind"]))

    def post(self, name: str, mode: str, state: str) -> str:
        """Id of the post called `name` on the side of `state`.

        Where only the side across bears the name, it is the post facing it; else as `place`.
        """
        found = self._index["places"].find(
            name, lambda key: mode in self.places[key]["modes"] and self.places[key]["country"] == state
        )
        there = [key for key in found if self.places[key]["country"] == state]
        posts = [key for key in there if self.places[key]["kind"] == "border_post"] or there
        if posts:
            return min(posts)
        across = self.place(name, mode)
        for row in self.crossings.values():
            sides = [str(row["post_a"]), str(row["post_b"])]
            if row["mode"] == mode and across in sides:
                facing = sides[1 - sides.index(across)]
                if self.places[facing]["country"] == state:
                    return facing
        return across

    def town(self, place: str, name: str) -> list[str]:
        """The place and those of the same town whose names begin with `name`: its port, its terminals."""
        folded, row = fold(name), self.places[place]
        return [
            key
            for key, other in self.places.items()
            if key == place
            or (
                other["country"] == row["country"]
                and any(fold(other[f"name_{lang}"]).startswith(folded) for lang in ("en", "ru", "kk"))
                and float(distance_km(row["lat"], row["lon"], other["lat"], other["lon"])) < _SAME_TOWN_KM
            )
        ]

    def _one_town(self, keys: list[str]) -> bool:
        first = self.places[keys[0]]
        return all(
            float(distance_km(first["lat"], first["lon"], self.places[k]["lat"], self.places[k]["lon"]))
            < _SAME_TOWN_KM
            for k in keys[1:]
        )

    def nearest(self, name: str, lang: str | None = None) -> list[str]:
        """Names closest in spelling, in kk or ru when asked for, else in the script of the question."""
        from rapidfuzz import fuzz, process

        choices = dict(self._index["places"].spellings())
        hits = process.extract(
            fold(name), choices.keys(), scorer=fuzz.WRatio, limit=4 * _NEAREST, score_cutoff=55
        )
        asked = name.casefold()
        script = "kk" if re.search("[әғқңөұүһі]", asked) else "ru" if re.search("[а-яё]", asked) else "en"
        column = f"name_{lang if lang in ('kk', 'ru') else script}"
        names: list[str] = []
        for spelling, _, _ in hits:
            for key in choices[spelling]:
                shown = str(self.places[key][column])
                if shown not in names:
                    names.append(shown)
        return names[:_NEAREST]

    def alike(self, name: str, cutoff: float) -> list[tuple[float, list[str]]]:
        """Ids of places spelled nearly so, by closeness (0 to 100) from the best, down to `cutoff`."""
        from rapidfuzz import fuzz, process

        choices = dict(self._index["places"].spellings())
        hits = process.extract(fold(name), choices.keys(), scorer=fuzz.ratio, limit=12, score_cutoff=cutoff)
        return [(closeness, choices[spelling]) for spelling, closeness, _ in hits]

    def search(self, query: str, limit: int = 8) -> list[str]:
        """Ids for a search box: prefix first, then inside a word, then near in spelling."""
        from rapidfuzz import fuzz, process

        folded = fold(query)
        if not folded:
            return []
        ranked: dict[str, float] = {}
        spellings = list(self._index["places"].spellings())
        for spelling, keys in spellings:
            score = 3.0 if spelling == folded else 2.0 if spelling.startswith(folded) else 0.0
            if not score and folded in spelling:
                score = 1.0
            if score:
                score -= len(spelling) / 1000
                for key in keys:
                    ranked[key] = max(ranked.get(key, 0), score)
        if len(ranked) < limit and len(folded) > 2:
            for spelling, closeness, at in process.extract(
                folded, [s for s, _ in spellings], scorer=fuzz.ratio, limit=3 * limit, score_cutoff=60
            ):
                del spelling
                for key in spellings[at][1]:
                    ranked.setdefault(key, closeness / 200)
        return sorted(ranked, key=lambda key: (-ranked[key], key))[:limit]

    def corridor(self, name: str) -> list[str]:
        """Ids of all corridors that answer to the name; empty when none does."""
        return self._index["corridors"].find(name)

    def targets(self, name: str, lang: str | None = None) -> dict[str, list[str]]:
        """What `name` may mean to be avoided or closed: ids by table (place, crossing, country).

        Raises
        ------
        UnknownPlace
            when no table knows the name.
        """
        found = {table: self._index[table].find(name) for table in ("countries", "crossings", "places")}
        found["places"] = list(
            dict.fromkeys(key for place in found["places"] for key in self.town(place, name))
        )
        if not any(found.values()):
            raise UnknownPlace(
                "error.unknown_place", name=name, nearest=", ".join(self.nearest(name, lang)) or "–"
            )
        return found

    def name(self, place: str, lang: str) -> str:
        """Name of a place in `lang`."""
        row = self.places[place]
        return str(row.get(f"name_{lang}") or row["name_en"])
