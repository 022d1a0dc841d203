"""The same cells by the declared measures (Ibis on DuckDB)."""

from __future__ import annotations

from typing import Any

import polars as pl

KINDS = {"string": pl.String, "float64": pl.Float64, "int64": pl.Int64}
ASKED = {
    "posts": (("tfi1", "tfi2", "tfi2_unofficial"), ("place", "mode", "direction", "month")),
    "corridors": (("tfi3", "swod", "swd", "delay_share"), ("mode", "country", "corridor", "month")),
}


def cells(measures: Any, frame: pl.DataFrame, rates: pl.DataFrame, places: pl.DataFrame) -> dict[str, Any]:
    """Cells by name of the table and by indicator and dimensions."""
    small = {
        name: pl.DataFrame(schema={column: KINDS.get(kind, pl.String) for column, kind in columns.items()})
        for name, columns in measures.INPUTS.items()
        if name != "events"
    }
    small |= {"rates": rates, "corridor_places": places}
    found = {}
    with measures.Log(measures.Duck(frame, small)) as log:
        for name, (keys, by) in ASKED.items():
            samples = log.samples(keys, by, measures.Window())
            (rows,) = (log.rows(measures.cells(one, by)) for one in samples.values())
            found[name] = {tuple(row[d] for d in ("indicator", *by)): row for row in rows.to_dicts()}
    return found
