"""Charts and the map of the report, as drawings.

Question: how do measures by status, works by year and planned lines look at a glance?
In and out: plain rows in, SVG out.
Method: charts are Vega-Lite, drawn offline. The map is ours: lines on an Albers equal-area projection of
the region, open railways thin, planned ones by the year in which they should open.
Limits: the map draws railways and state borders as the data of the store have them; it takes no side in
any dispute.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from daliz.errors import BadValue
from daliz.i18n import text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from daliz.schema import Row

__all__ = ["bars", "network_map"]

FONT = "Libertinus Serif"
_PALETTE = ["#b3261e", "#e08a1e", "#8d6e9c", "#3f7cac", "#9db4c0", "#c9c9c9", "#5f6b73", "#2e7d4f", "#444444"]
_PLAIN = ["#1b4d6b", "#8fb3c9", "#c98b2e", "#6b8e5a", "#8d6e9c", "#5f6b73"]
_BOX = (38.0, 26.0, 90.0, 56.5)
"""West, south, east, north of the map, degrees."""
_WIDTH, _HEIGHT = 900, 520


def bars(
    rows: Sequence[Row],
    names: tuple[str, str, str],
    titles: tuple[str, str],
    order: Sequence[str] = (),
    height: int = 150,
) -> str:
    """Stacked bars: `names` are columns of bar, length and colour; `titles` of axis and colours."""
    try:
        import vl_convert
    except ImportError:
        raise BadValue("error.report_packages") from None
    bar, length, colour = names
    colours = list(order) or list(dict.fromkeys(str(row[colour]) for row in rows))
    shades = _PALETTE if order else _PLAIN
    used = [word for word in colours if any(row[colour] == word for row in rows)]
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "data": {"values": list(rows)},
        "width": 430,
        "height": height,
        "mark": "bar",
        "encoding": {
            "y": {
                "field": bar,
                "type": "nominal",
                "title": None,
                "sort": None,
                "axis": {"labelLimit": 420, "labelFontSize": 11},
            },
            "x": {
                "field": length,
                "type": "quantitative",
                "title": titles[0],
                "stack": "zero",
                "axis": {"tickMinStep": 1, "format": "d"},
            },
            "color": {
                "field": colour,
                "type": "nominal",
                "title": titles[1] or None,
                "legend": {"labelLimit": 300, "orient": "bottom", "columns": 4},
                "scale": {
                    "domain": used,
                    "range": [shades[colours.index(word) % len(shades)] for word in used],
                },
            },
            "order": {"field": "_order", "type": "ordinal"},
        },
        "config": {"font": FONT, "view": {"stroke": None}, "axis": {"gridColor": "#e4e4e4"}},
    }
    for row in spec["data"]["values"]:  # type: ignore[index]
        row["_order"] = colours.index(str(row[colour]))
    drawn: str = vl_convert.vegalite_to_svg(json.dumps(spec))
    return drawn


def network_map(
    legs: Iterable[Row], works: Mapping[str, Row], names: Sequence[tuple[str, float, float]], lang: str
) -> str:
    """Railways of the region: open ones thin, planned ones in colour with the year.

    Parameters
    ----------
    legs
        Rows of table `legs`.
    works
        Planned works by link.
    names
        Places to name: word, latitude, longitude.
    """
    thin, thick, told = [], [], _Labels()
    for word, latitude, longitude in names:
        x, y = _project(latitude, longitude)
        told.place(x, y, word)
    for row in legs:
        points = _drawn(row)
        if len(points) < 2:
            continue
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        if row["status"] not in ("planned", "construction"):
            thin.append(path)
            continue
        thick.append(f'<path d="{path}" class="{row["status"]}"/>')
        work = works.get(str(row["link"] or ""))
        year = row["open_from"] or (work["year_to"] if work else None)
        if year:
            told.year(*points[len(points) // 2], str(year))
    key = (
        f'<g transform="translate(16,{_HEIGHT - 58})"><line x2="28" class="open"/><text x="36" y="4">'
        f'{_safe(text("report.open_lines", lang))}</text><line y1="18" x2="28" y2="18" class="construction"/>'
        f'<text x="36" y="22">{_safe(text("report.under_construction", lang))}</text>'
        f'<line y1="36" x2="28" y2="36" class="planned"/><text x="36" y="40">'
        f"{_safe(text('report.planned_lines', lang))}</text></g>"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}">'
        f"<style>path,line{{fill:none;stroke:#9aa5ab;stroke-width:.7}} .construction{{stroke:#e08a1e;"
        f"stroke-width:2.6}} .planned{{stroke:#b3261e;stroke-width:2.2;stroke-dasharray:6 3}}"
        f'text{{font-family:"{FONT}";font-size:11px;fill:#333}} '
        ".year{font-weight:bold;fill:#7a1b15}</style>"
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#f7f9fa"/><path d="{"".join(thin)}"/>'
        f"{''.join(thick)}{''.join(told.drawn)}{key}</svg>"
    )


class _Labels:
    """Words on the map; a year that would lie on another word is left out."""

    def __init__(self) -> None:
        self.drawn: list[str] = []
        self._taken: list[tuple[float, float, float]] = []

    def place(self, x: float, y: float, word: str) -> None:
        """A place with its name."""
        if 0 <= x <= _WIDTH and 0 <= y <= _HEIGHT:
            self._taken.append((x + 4, y + 3, 6.0 * len(word)))
            self.drawn.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.2"/>'
                f'<text x="{x + 4:.1f}" y="{y + 3:.1f}">{_safe(word)}</text>'
            )

    def year(self, x: float, y: float, word: str) -> None:
        """The year of a line, where there is room."""
        for shift_x, shift_y in ((4, -4), (4, 14), (-30, -4), (-30, 14)):
            at_x, at_y = x + shift_x, y + shift_y
            if all(
                at_x + 28 < left or at_x > left + width or abs(at_y - base) > 11
                for left, base, width in self._taken
            ):
                self._taken.append((at_x, at_y, 28.0))
                self.drawn.append(f'<text x="{at_x:.1f}" y="{at_y:.1f}" class="year">{word}</text>')
                return


def _drawn(row: Row) -> list[tuple[float, float]]:
    """Points of a railway on the paper, those outside the map left out."""
    if row["mode"] != "rail" or not row["shape"]:
        return []
    words = (point.split() for point in str(row["shape"]).split(";") if point.strip())
    points = [_project(float(latitude), float(longitude)) for latitude, longitude in words]
    return [point for point in points if 0 <= point[0] <= _WIDTH and 0 <= point[1] <= _HEIGHT]


def _project(latitude: float, longitude: float) -> tuple[float, float]:
    """Albers equal-area conic with standard parallels 30 and 52 north, into the box of the map."""
    return _fit(*_albers(latitude, longitude))


def _albers(latitude: float, longitude: float) -> tuple[float, float]:
    one, two, middle = math.radians(30), math.radians(52), math.radians((_BOX[0] + _BOX[2]) / 2)
    n = (math.sin(one) + math.sin(two)) / 2
    c = math.cos(one) ** 2 + 2 * n * math.sin(one)
    rho = math.sqrt(max(c - 2 * n * math.sin(math.radians(latitude)), 0.0)) / n
    theta = n * (math.radians(longitude) - middle)
    return rho * math.sin(theta), -rho * math.cos(theta)


def _fit(x: float, y: float) -> tuple[float, float]:
    left, right = _albers(_BOX[1], _BOX[0])[0], _albers(_BOX[1], _BOX[2])[0]
    bottom, top = _albers(_BOX[1], (_BOX[0] + _BOX[2]) / 2)[1], _albers(_BOX[3], (_BOX[0] + _BOX[2]) / 2)[1]
    scale = min(_WIDTH / (right - left), _HEIGHT / (top - bottom))
    return (x - (left + right) / 2) * scale + _WIDTH / 2, _HEIGHT / 2 - (y - (bottom + top) / 2) * scale


def _safe(word: str) -> str:
    return word.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
