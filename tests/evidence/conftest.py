"""The shipped evidence pack, read from the curated folder without a store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from daliz.build import curated_folder
from daliz.evidence import TABLES, Evidence
from daliz.schema import read_table, table

if TYPE_CHECKING:
    import polars as pl


@pytest.fixture(scope="session")
def evidence_frames() -> dict[str, pl.DataFrame]:
    """The tables that the pack is made of, as they ship."""
    return {
        name: table(name).frame(
            [
                row
                for path in sorted((curated_folder() / name).glob("*.csv"))
                for row in read_table(name, path)[0]
            ]
        )
        for name in TABLES
    }


@pytest.fixture(scope="session")
def pack(evidence_frames: dict[str, pl.DataFrame]) -> Evidence:
    """The shipped pack."""
    return Evidence.from_frames(evidence_frames)
