"""Sixteen values at once: the innermost steps of the lane kernels, written as vector instructions.

Question: how is one arc relaxed for sixteen sources or scenarios in a few instructions, on any processor?
In and out: int32 arrays whose last axis has `LANES` cells; they are changed in place.
Method: numba intrinsics that emit LLVM vector types, which the compiler turns into the widest instructions
the machine has. What numba makes of a loop over lanes by itself checks for overlap each time.
Limits: no bounds are checked; arrays must be C-contiguous; values are at most `FAR`, so sums of two fit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic as numba_intrinsic

__all__ = ["FAR", "LANES", "LIMIT", "WIDE", "longest_each", "pull", "push", "push_each", "relax", "triangle"]

LANES = 16
"""Scenarios worked on together."""
WIDE = 32
"""Sources worked on together."""
FAR = np.int32(2**30 - 1)
"""No way. Twice this fits into int32."""
LIMIT = np.int32(2**29 - 1)
"""Greatest length of a chain of upper arcs. The sum of two such is less than `FAR`: none is taken for it."""

_tools: Any = cgutils
intrinsic: Any = numba_intrinsic
"""What it makes is called with one argument less than it is declared with, which types cannot tell."""

_I32, _I64 = ir.IntType(32), ir.IntType(64)


def _data(context: Any, builder: Any, array_type: Any, value: Any) -> Any:
    array = context.make_array(array_type)(context, builder, value)
    return builder.bitcast(array.data, _I32.as_pointer())


def _pointer(builder: Any, base: Any, index: Any, lanes: int) -> Any:
    return builder.bitcast(builder.gep(base, [index]), ir.VectorType(_I32, lanes).as_pointer())


def _load(builder: Any, base: Any, index: Any, lanes: int) -> Any:
    pointer = _pointer(builder, base, index, lanes)
    value = builder.load(pointer)
    value.align = 4
    return value


def _store(builder: Any, value: Any, base: Any, index: Any, lanes: int) -> None:
    made = builder.store(value, _pointer(builder, base, index, lanes))
    made.align = 4


def _least(builder: Any, a: Any, b: Any) -> Any:
    return builder.select(builder.icmp_signed("<", a, b), a, b)


def _times(builder: Any, index: Any, count: int) -> Any:
    return builder.mul(index, ir.Constant(_I64, count))


def _splat(builder: Any, scalar: Any, lanes: int) -> Any:
    vector = ir.VectorType(_I32, lanes)
    one = builder.insert_element(ir.Constant(vector, ir.Undefined), scalar, ir.Constant(_I32, 0))
    mask = ir.Constant(ir.VectorType(_I32, lanes), [0] * lanes)
    return builder.shuffle_vector(one, ir.Constant(vector, ir.Undefined), mask)


@intrinsic
def triangle(typing, weight, lower, upper, third):  # type: ignore[no-untyped-def]
    """Shorten arc `third` (a to b) by the two below it (v to a: `lower`, v to b: `upper`), both ways.

    `weight`: int32[arcs, 2, LANES], up and down.
    """
    signature = types.void(weight, types.int64, types.int64, types.int64)

    def emit(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        value, lower, upper, third = arguments
        base = _data(context, builder, signature.args[0], value)
        half = ir.Constant(_I64, LANES)
        low, high, to = (_times(builder, at, 2 * LANES) for at in (lower, upper, third))
        for side, (first, second) in ((0, (True, False)), (1, (False, True))):
            # Up: a to v (down) and v to b (up). Down: b to v (down) and v to a (up).
            a = _load(builder, base, builder.add(low, half) if first else low, LANES)
            b = _load(builder, base, builder.add(high, half) if second else high, LANES)
            at = builder.add(to, half) if side else to
            _store(
                builder, _least(builder, _load(builder, base, at, LANES), builder.add(a, b)), base, at, LANES
            )
        return context.get_dummy_value()

    return signature, emit


def _of_arc(builder: Any, weights: Any, arc: Any, side: Any) -> Any:
    at = builder.add(_times(builder, arc, 2 * LANES), _times(builder, side, LANES))
    return _load(builder, weights, at, LANES)


@intrinsic
def pull(typing, value, row, head, weight, begin, end):  # type: ignore[no-untyped-def]
    """Row of `value` = least of itself and value[head[arc]] + weight[arc], for arcs from begin to end.

    `value`: int32[rows, WIDE]; `head`: int32[arcs]; `weight`: int32[arcs], one for all lanes.
    """
    signature = types.void(value, types.int64, head, weight, types.int64, types.int64)

    def emit(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        value, row, head, weight, begin, end = arguments
        base = _data(context, builder, signature.args[0], value)
        heads = _data(context, builder, signature.args[2], head)
        weights = _data(context, builder, signature.args[3], weight)

        held = _tools.alloca_once(builder, ir.VectorType(_I32, WIDE))
        own = _times(builder, row, WIDE)
        builder.store(_load(builder, base, own, WIDE), held)
        with _tools.for_range_slice(builder, begin, end, ir.Constant(_I64, 1), intp=_I64) as (arc, _):
            other = builder.sext(builder.load(builder.gep(heads, [arc])), _I64)
            length = _splat(builder, builder.load(builder.gep(weights, [arc])), WIDE)
            reach = builder.add(_load(builder, base, _times(builder, other, WIDE), WIDE), length)
            builder.store(_least(builder, builder.load(held), reach), held)
        _store(builder, builder.load(held), base, own, WIDE)
        return context.get_dummy_value()

    return signature, emit


@intrinsic
def push(typing, value, row, head, weight, begin, end):  # type: ignore[no-untyped-def]
    """value[head[arc]] = least of itself and the row + weight[arc], for arcs from begin to end.

    `value`: int32[rows, WIDE]; `head`: int32[arcs]; `weight`: int32[arcs], one for all lanes.
    """
    signature = types.void(value, types.int64, head, weight, types.int64, types.int64)

    def emit(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        value, row, head, weight, begin, end = arguments
        base = _data(context, builder, signature.args[0], value)
        heads = _data(context, builder, signature.args[2], head)
        weights = _data(context, builder, signature.args[3], weight)
        held = _load(builder, base, _times(builder, row, WIDE), WIDE)
        with _tools.for_range_slice(builder, begin, end, ir.Constant(_I64, 1), intp=_I64) as (arc, _):
            other = builder.sext(builder.load(builder.gep(heads, [arc])), _I64)
            length = _splat(builder, builder.load(builder.gep(weights, [arc])), WIDE)
            at = _times(builder, other, WIDE)
            reach = builder.add(held, length)
            _store(builder, _least(builder, _load(builder, base, at, WIDE), reach), base, at, WIDE)
        return context.get_dummy_value()

    return signature, emit


@intrinsic
def push_each(typing, value, row, to, weight, arc, side):  # type: ignore[no-untyped-def]
    """value[to] = least of itself and the row + weight[arc, side], lane by lane.

    `value`: int32[rows, LANES]; `weight`: int32[arcs, 2, LANES]; `side`: 0 up, 1 down.
    """
    signature = types.void(value, types.int64, types.int64, weight, types.int64, types.int64)

    def emit(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        value, row, to, weight, arc, side = arguments
        base = _data(context, builder, signature.args[0], value)
        weights = _data(context, builder, signature.args[3], weight)
        length = _of_arc(builder, weights, arc, side)
        reach = builder.add(_load(builder, base, _times(builder, row, LANES), LANES), length)
        at = _times(builder, to, LANES)
        _store(builder, _least(builder, _load(builder, base, at, LANES), reach), base, at, LANES)
        return context.get_dummy_value()

    return signature, emit


@intrinsic
def longest_each(typing, value, row, to, weight, arc, side):  # type: ignore[no-untyped-def]
    """Row = greatest of itself and value[to] + weight[arc, side] where that is a way, at most `LIMIT` + 1.

    Shapes as in `push_each`; what is found is the greatest length of a chain of arcs that begins at the row.
    """
    signature = types.void(value, types.int64, types.int64, weight, types.int64, types.int64)

    def emit(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        value, row, to, weight, arc, side = arguments
        base = _data(context, builder, signature.args[0], value)
        weights = _data(context, builder, signature.args[3], weight)
        vector = ir.VectorType(_I32, LANES)
        length = _of_arc(builder, weights, arc, side)
        ahead = builder.add(_load(builder, base, _times(builder, to, LANES), LANES), length)
        far = builder.icmp_signed(">=", length, ir.Constant(vector, [int(FAR)] * LANES))
        ahead = builder.select(far, ir.Constant(vector, [0] * LANES), ahead)
        ahead = _least(builder, ahead, ir.Constant(vector, [int(LIMIT) + 1] * LANES))
        at = _times(builder, row, LANES)
        held = _load(builder, base, at, LANES)
        _store(builder, builder.select(builder.icmp_signed(">", held, ahead), held, ahead), base, at, LANES)
        return context.get_dummy_value()

    return signature, emit


@intrinsic
def relax(typing, value, by, head, weight, side, begin, end, reach):  # type: ignore[no-untyped-def]
    """For 16 arcs at a time from begin: value[head] = reach + weight[arc, side] and by[head] = arc, if less.

    `value`, `by`: int32[n]; `head`: int32[arcs], no head twice; `weight`: int32[arcs, 2, 1]. Returns the
    first arc that was left, fewer than 16 before the end.
    """
    signature = types.int64(value, by, head, weight, types.int64, types.int64, types.int64, types.int32)

    def emit(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        value, by, head, weight, side, begin, end, reach = arguments
        bases = [
            _data(context, builder, kind, held)
            for kind, held in zip(signature.args[:4], (value, by, head, weight), strict=True)
        ]
        lanes = 16
        ints, wide = ir.VectorType(_I32, lanes), ir.VectorType(_I64, lanes)
        places = ir.VectorType(_I32.as_pointer(), lanes)
        bits = ir.VectorType(ir.IntType(1), lanes)
        name = builder.module
        suffix = f"v{lanes}i32.v{lanes}p0"
        gather = _tools.get_or_insert_function(
            name, ir.FunctionType(ints, [places, _I32, bits, ints]), f"llvm.masked.gather.{suffix}"
        )
        scatter = _tools.get_or_insert_function(
            name, ir.FunctionType(ir.VoidType(), [ints, places, _I32, bits]), f"llvm.masked.scatter.{suffix}"
        )
        steps = ir.Constant(ints, list(range(lanes)))
        whole = builder.and_(builder.sub(end, begin), ir.Constant(_I64, -lanes))
        stop = builder.add(begin, whole)
        length = _splat(builder, reach, lanes)
        all_on = ir.Constant(bits, [1] * lanes)
        align = ir.Constant(_I32, 4)

        def at(base: Any, offsets: Any) -> Any:
            begun = builder.ptrtoint(base, _I64)
            one = builder.insert_element(ir.Constant(wide, ir.Undefined), begun, ir.Constant(_I32, 0))
            mask = ir.Constant(ir.VectorType(_I32, lanes), [0] * lanes)
            all_begun = builder.shuffle_vector(one, ir.Constant(wide, ir.Undefined), mask)
            return builder.inttoptr(builder.add(all_begun, offsets), places)

        with _tools.for_range_slice(builder, begin, stop, ir.Constant(_I64, lanes), intp=_I64) as (arc, _):
            heads = _load(builder, bases[2], arc, lanes)
            offsets = builder.shl(builder.sext(heads, wide), ir.Constant(wide, [2] * lanes))
            both = _load(builder, bases[3], _times(builder, arc, 2), 2 * lanes)
            pick = ir.Constant(ir.VectorType(_I32, lanes), list(range(0, 2 * lanes, 2)))
            other = ir.Constant(ir.VectorType(_I32, lanes), list(range(1, 2 * lanes, 2)))
            ups = builder.shuffle_vector(both, ir.Constant(both.type, ir.Undefined), pick)
            downs = builder.shuffle_vector(both, ir.Constant(both.type, ir.Undefined), other)
            is_up = builder.icmp_signed("==", side, ir.Constant(_I64, 0))
            made = builder.add(length, builder.select(is_up, ups, downs))
            spots = at(bases[0], offsets)
            held = builder.call(gather, [spots, align, all_on, ir.Constant(ints, [0] * lanes)])
            less = builder.icmp_signed("<", made, held)
            builder.call(scatter, [made, spots, align, less])
            arcs = builder.add(_splat(builder, builder.trunc(arc, _I32), lanes), steps)
            builder.call(scatter, [arcs, at(bases[1], offsets), align, less])
        return stop

    return signature, emit
