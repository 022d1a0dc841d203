"""Which cells must be hidden so that none of them can be worked out.

Question: a table is shared and cells of few shipments are hidden; which more must be hidden, so that no
hidden cell follows from totals that others hold?
In and out: counts and line memberships of k cells in; a mask of hidden cells out.
Method: a *line* is a set of cells whose total may be known (all cells that differ in one dimension alone).
First every cell below the threshold is hidden. Then, in each line with hidden and shown cells, the
smallest shown ones are hidden too until the hidden hold two cells and the threshold together. Last, hidden
cells that the totals of all lines still fix (their row of the null space is nil) take a neighbour with them,
until none is fixed or nothing near is left to hide.
Limits: exact recovery is excluded, bounds are not; groups above `MOST_SOLVED` hidden cells that hang together
are hidden with all the cells of their lines instead of being solved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]

__all__ = ["MOST_SOLVED", "fixed_cells", "suppress"]

MOST_SOLVED = 600
_NIL = 1e-9


def suppress(n: Ints, lines: Sequence[Ints], threshold: int) -> Bools:
    """Mask of the cells to hide, shape (k,).

    Parameters
    ----------
    n
        Observations of each cell, shape (k,).
    lines
        For each way of adding up, the number of the line that each cell belongs to, shape (k,) each.
    threshold
        Cells below it are hidden.
    """
    hidden = n < threshold
    if not hidden.any():
        return hidden
    narrow_first = sorted(lines, key=lambda way: -len(np.unique(way)))
    while True:
        before = int(hidden.sum())
        for way in narrow_first:
            _fill(n, way, hidden, threshold)
        if int(hidden.sum()) == before:
            fixed = fixed_cells(hidden, lines)
            if not _unfix(n, lines, hidden, fixed):
                return hidden


def _fill(n: Ints, way: Ints, hidden: Bools, threshold: int) -> None:
    """Hide the smallest shown cells of a line until its hidden ones cannot be told apart."""
    for line in np.unique(way[hidden]):
        cells = np.flatnonzero(way == line)
        shown = cells[~hidden[cells]]
        for cell in shown[np.argsort(n[shown], kind="stable")]:
            held = cells[hidden[cells]]
            if len(held) >= 2 and n[held].sum() >= threshold:
                break
            hidden[cell] = True


def _unfix(n: Ints, lines: Sequence[Ints], hidden: Bools, fixed: Bools) -> bool:
    """Hide the smallest shown neighbour of a fixed cell; False when there is none left to hide."""
    for cell in np.flatnonzero(fixed):
        near = np.zeros(len(n), dtype=bool)
        for way in lines:
            near |= way == way[cell]
        near &= ~hidden
        if near.any():
            shown = np.flatnonzero(near)
            hidden[shown[np.argmin(n[shown])]] = True
            return True
    return False


def fixed_cells(hidden: Bools, lines: Sequence[Ints]) -> Bools:
    """Hidden cells that the totals of all lines and the shown cells determine, shape (k,).

    A line that holds one cell alone is that cell's own total and is not counted as a way to it: it is
    hidden with the cell.
    """
    cells = np.flatnonzero(hidden)
    fixed = np.zeros(len(hidden), dtype=bool)
    rows, columns, row = [], [], 0
    for way in lines:
        size = np.bincount(way)
        for line in np.unique(way[cells]):
            if size[line] < 2:
                continue
            inside = np.flatnonzero(way[cells] == line)
            rows += [row] * len(inside)
            columns += inside.tolist()
            row += 1
    if not row:
        return fixed
    sums = csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(row, len(cells)))
    count, part = connected_components(sums.T @ sums, directed=False)
    for one in range(count):
        inside = np.flatnonzero(part == one)
        if len(inside) > MOST_SOLVED:
            continue
        block = sums[:, inside].toarray()
        block = block[block.any(axis=1)]
        if len(block):
            _, values, basis = np.linalg.svd(block)
            rank = int(np.sum(values > _NIL * values[0]))
            fixed[cells[inside]] = (np.abs(basis[rank:]) < _NIL).all(axis=0)
    return fixed
