"""The peer of row `vector-tile`, in an environment of its own: DuckDB with its spatial extension.

`python spatial_peer.py FOLDER` loads segments (x0, y0, x1, y1 in EPSG:3857 metres, float64 .npy), sorts them
along a Hilbert curve with bounding columns, and answers lines of `z x y` with seconds and the tile in hex.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import duckdb
import duckdb_extension_spatial
import numpy as np

folder = Path(sys.argv[1])
extension = next(Path(duckdb_extension_spatial.__file__).parent.rglob("*.duckdb_extension"))
base = duckdb.connect(config={"allow_unsigned_extensions": "true"})
base.execute(f"LOAD '{extension}'")
base.execute("SET threads = 2")
segments = np.load(folder / "segments.npy")
columns = {name: segments[:, at].copy() for at, name in enumerate(("x0", "y0", "x1", "y1"))}
base.register("raw", columns)
base.execute(
    "CREATE TABLE segs AS SELECT ST_MakeLine(ST_Point(x0, y0), ST_Point(x1, y1)) AS geom,"
    " least(x0, x1) AS a, least(y0, y1) AS b, greatest(x0, x1) AS c, greatest(y0, y1) AS d FROM raw"
    " ORDER BY ST_Hilbert((x0 + x1) / 2, (y0 + y1) / 2,"
    " {'min_x': -20037508, 'min_y': -20037508, 'max_x': 20037508, 'max_y': 20037508}::BOX_2D)"
)
print("ready", flush=True)
SIDE = 20037508.342789244
for asked in sys.stdin:
    zoom, column, row = (int(word) for word in asked.split())
    width = 2 * SIDE / 2**zoom
    left, top = -SIDE + column * width, SIDE - row * width
    reach = width * 64 / 4096
    begun = time.perf_counter()
    tile = base.execute(
        "SELECT ST_AsMVT({'geom': g}, 'lines', 4096, 'geom') FROM (SELECT ST_AsMVTGeom(geom,"
        " ST_Extent(ST_MakeEnvelope(?, ?, ?, ?)), 4096, 64, true) AS g FROM segs"
        " WHERE a <= ? AND c >= ? AND b <= ? AND d >= ?) WHERE g IS NOT NULL",
        [
            left,
            top - width,
            left + width,
            top,
            left + width + reach,
            left - reach,
            top + reach,
            top - width - reach,
        ],
    ).fetchone()
    print(time.perf_counter() - begun, bytes(tile[0] or b"").hex(), flush=True)
