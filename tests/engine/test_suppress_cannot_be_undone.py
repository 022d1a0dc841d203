"""Hidden cells cannot be worked out from what is shown and all totals, as an attacker would try."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from daliz.engine import suppress as module
from daliz.engine.suppress import fixed_cells, suppress

if TYPE_CHECKING:
    import pytest


def ways(shape: tuple[int, ...], keep: np.ndarray) -> list[np.ndarray]:
    """Lines of a table along each of its dimensions, for the cells that are there."""
    at = np.indices(shape).reshape(len(shape), -1)[:, keep]
    made = []
    for axis in range(len(shape)):
        others = np.delete(at, axis, axis=0)
        numbers = {key: n for n, key in enumerate(dict.fromkeys(map(tuple, others.T)))}
        made.append(np.array([numbers[tuple(key)] for key in others.T], dtype=np.int64))
    return made


def attacked(n: np.ndarray, hidden: np.ndarray, lines: list[np.ndarray]) -> np.ndarray:
    """Cells that somebody who holds every total and every shown cell finds by least squares.

    A cell is found when the least-norm solution is the truth for it whatever the truth is: it is asked
    twice with different contents.
    """
    cells = np.flatnonzero(hidden)
    rows = [way[cells] == line for way in lines for line in np.unique(way[cells])
            if (way == line).sum() > 1]  # fmt: skip
    if not rows:
        return np.zeros(len(n), dtype=bool)
    matrix = np.array(rows, dtype=float)
    found = np.ones(len(cells), dtype=bool)
    for seed in (1, 2):
        truth = np.random.default_rng(seed).uniform(1, 100, len(cells))
        guess = np.linalg.lstsq(matrix, matrix @ truth, rcond=None)[0]
        found &= np.isclose(guess, truth, rtol=1e-7)
    mask = np.zeros(len(n), dtype=bool)
    mask[cells[found]] = True
    return mask


def test_one_small_cell_takes_its_smallest_neighbour_with_it() -> None:
    """A row of 3, 40, 9, 70: hiding 3 alone gives it away by subtraction, so 9 goes too."""
    n = np.array([3, 40, 9, 70])
    assert suppress(n, [np.zeros(4, dtype=int)], 5).tolist() == [True, False, True, False]


def test_two_small_cells_whose_sum_is_small_take_a_third() -> None:
    """1 and 2 together are three shipments: their sum would be shown, so a third is hidden."""
    hidden = suppress(np.array([1, 2, 50, 9]), [np.zeros(4, dtype=int)], 5)
    assert hidden.tolist() == [True, True, False, True]


def test_a_table_needs_a_cycle() -> None:
    """In a 3 by 3 table one small cell needs three more, at the corners of a rectangle."""
    n = np.array([[2, 30, 31], [32, 33, 34], [35, 36, 37]]).ravel()
    lines = ways((3, 3), np.ones(9, dtype=bool))
    hidden = suppress(n, lines, 5)
    assert hidden.sum() == 4
    assert not fixed_cells(hidden, lines).any()


def test_a_bridge_between_two_cycles_is_found() -> None:
    """Two rectangles joined by one cell: each line hides two or more, and that cell is still fixed."""
    grid = np.zeros((4, 4), dtype=bool)
    grid[:2, :2] = grid[2:, 2:] = True
    grid[1, 2] = True
    lines = ways((4, 4), np.ones(16, dtype=bool))
    fixed = fixed_cells(grid.ravel(), lines)
    assert np.flatnonzero(fixed).tolist() == [6]


def test_nothing_small_hides_nothing() -> None:
    """A table of large cells stays as it is."""
    assert not suppress(np.array([5, 6, 7]), [np.zeros(3, dtype=int)], 5).any()


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**31), rows=st.integers(1, 5), columns=st.integers(2, 6), deep=st.integers(1, 3)
)  # fmt: skip
def test_no_table_gives_a_hidden_cell_away(seed: int, rows: int, columns: int, deep: int) -> None:
    """In tables with holes every small cell is hidden, and none is found while a shown one could cover it.

    Where a table is so small that its totals fix it whatever is hidden, all that hangs together is hidden.
    """
    rng = np.random.default_rng(seed)
    shape = (rows, columns, deep)
    keep = rng.random(np.prod(shape)) < 0.85
    n = rng.geometric(0.08, int(keep.sum()))
    lines = ways(shape, keep)
    hidden = suppress(n, lines, 5)
    assert hidden[n < 5].all()
    found = attacked(n, hidden, lines)
    assert (found == fixed_cells(hidden, lines)).all()
    for cell in np.flatnonzero(found):
        assert all(hidden[way == way[cell]].all() for way in lines)


def test_without_the_last_step_the_attacker_wins_sometimes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The attack is real: with the null-space step switched off it finds cells in some of 300 tables."""
    monkeypatch.setattr(module, "_unfix", lambda *_: False)
    found = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        n = rng.geometric(0.08, 30)
        lines = ways((5, 6), np.ones(30, dtype=bool))
        found += bool(attacked(n, suppress(n, lines, 5), lines).any())
    assert found > 0
