"""Registers of one test: a folder of their own, over the shipped store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from daliz.store.registers import Registers

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def registers(built_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registers:
    """Empty registers beside the shipped rows; commands of the test see the same ones."""
    folder = tmp_path / "registers"
    monkeypatch.setenv("DALIZ_REGISTERS", str(folder))
    return Registers(built_store, folder)
