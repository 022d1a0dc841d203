"""Write the hours at every border post as CSV: published, fitted or predicted, with the interval.

Run after `make up` or `make store`: `.venv/bin/python examples/border_hours.py > border_hours.csv`.
"""

from __future__ import annotations

import csv
import sys

from daliz.config import Settings
from daliz.errors import DalizError
from daliz.store import Store

COLUMNS = (
    "place", "name_en", "country", "mode", "direction", "service", "year", "basis", "published_h", "fitted_h",
    "opening_wait_h", "low_h", "high_h", "source",
)  # fmt: skip


def main() -> int:
    """Write one row a post, mode, direction, service and year; 2 when there is no store."""
    store = Store(Settings().store)
    try:
        places = {row["place"]: row for row in store.frame("places").iter_rows(named=True)}
        crossings = store.frame("crossings").rows(named=True)
        calibrations = store.frame("calibrations").sort("calibration").rows(named=True)
    except DalizError as error:
        print(error, file=sys.stderr)
        return error.exit_status
    posts = {(row[end], row["mode"]) for row in crossings for end in ("post_a", "post_b")}
    table = csv.DictWriter(sys.stdout, COLUMNS, extrasaction="ignore", lineterminator="\n")
    table.writeheader()
    for row in calibrations:
        if (row["place"], row["mode"]) in posts:
            place = places[row["place"]]
            hours = {name: round(value, 2) for name, value in row.items() if isinstance(value, float)}
            table.writerow(row | hours | {"name_en": place["name_en"], "country": place["country"]})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
