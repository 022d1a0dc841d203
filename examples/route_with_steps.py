"""Print a route with every step at its borders, and on what ground each hour stands.

Run after `make up` or `make store`: `.venv/bin/python examples/route_with_steps.py Dostyk Poti`.
"""

from __future__ import annotations

import sys

from daliz.config import Settings
from daliz.errors import DalizError
from daliz.model.frozen import Cargo
from daliz.routing import Atlas, Request, route
from daliz.store import Store


def main(origin: str, destination: str) -> int:
    """Print the fastest way for two TEU by any mode; 2 when there is none."""
    try:
        atlas = Atlas(Store(Settings().store))
        answer = route(atlas, Request(origin, destination, cargo=Cargo(teu=2))).as_dict()
    except DalizError as error:
        print(error, file=sys.stderr)
        return error.exit_status
    option = answer["options"][0]
    print(f"{option['label']}: {option['time_mean_h']:.0f} h, {option['cost_usd']:.0f} USD")
    for leg in option["legs"]:
        waiting = f", waiting {leg['wait_h']:.1f} h" if leg["wait_h"] else ""
        print(f"{leg['mode']}: {leg['from']} to {leg['to']}, {leg['distance_km']:.0f} km{waiting}")
        for step in leg["steps"]:
            year = f" {step['year']}" if step["year"] else ""
            print(
                f"    {step['hours']:6.2f} h  {step['name']} at {step['place_name']}"
                f" ({step['quality']}, {step['source']}{year})"
            )
    for quality, share in option["share_by_quality"].items():
        print(f"{share:6.1%} of the hours {quality}")
    return 0


if __name__ == "__main__":
    arguments = sys.argv[1:] or ["Dostyk", "Poti"]
    if len(arguments) != 2:
        raise SystemExit("give two places: FROM TO")
    raise SystemExit(main(*arguments))
