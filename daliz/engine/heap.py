"""A 4-ary heap on two arrays, for the searches.

Question: which item has the smallest key?
In and out: arrays of keys and items with room to grow, and the count of cells in use, in; the new count out.
Method: holes instead of swaps, four children a node: fewer cache misses than a binary heap.
Limits: keys are never lowered in place; a search pushes again and passes over what is out of date.
"""

from __future__ import annotations

from numba import njit


@njit(cache=True, inline="always")
def push(keys, items, size, key, item):  # type: ignore[no-untyped-def]
    """Put an item into the 4-ary heap: parents move down into the hole until the key fits."""
    hole = size
    while hole > 0:
        parent = (hole - 1) >> 2
        if keys[parent] <= key:
            break
        keys[hole] = keys[parent]
        items[hole] = items[parent]
        hole = parent
    keys[hole] = key
    items[hole] = item
    return size + 1


@njit(cache=True, inline="always")
def drop_top(keys, items, size):  # type: ignore[no-untyped-def]
    """Take the smallest off the 4-ary heap: the smallest child moves up until the last item fits."""
    size -= 1
    key, item = keys[size], items[size]
    hole = 0
    while True:
        first = 4 * hole + 1
        if first >= size:
            break
        child = first
        for other in range(first + 1, min(first + 4, size)):
            if keys[other] < keys[child]:
                child = other
        if keys[child] >= key:
            break
        keys[hole] = keys[child]
        items[hole] = items[child]
        hole = child
    keys[hole] = key
    items[hole] = item
    return size
