"""Vector loops that plain numba cannot promise: int8 products, sums in a fixed order, a bit for each hit.

They are written as LLVM instructions and called from kernels like functions. With numba switched off
they are plain Python.
"""

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from llvmlite import binding, ir
from numba import config, types
from numba.core import cgutils
from numba.extending import intrinsic

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK: Final = 64
"""Rows whose int8 dot products are taken at once: four vectors of sixteen."""
LOW_STEPS: Final = 254
"""Steps of a query's low byte that make one step of its high byte."""
_I8, _I32, _I64, _F32, _F64 = ir.IntType(8), ir.IntType(32), ir.IntType(64), ir.FloatType(), ir.DoubleType()
_LANES: Final = 8
_WIDE: Final = 16
_SUMS: Final = 4
_LINES: Final = 4
_LINE_BYTES: Final = 64


def _has_int8_dot() -> bool:
    """Whether the processor that kernels are compiled for multiplies 64 pairs of bytes at once."""
    if config.DISABLE_JIT:
        return False
    if config.CPU_NAME or config.CPU_FEATURES:  # compiled for another processor on request
        return "+avx512vnni" in (config.CPU_FEATURES or "")
    try:
        features = binding.get_host_cpu_features()
    except RuntimeError:
        return False
    return bool(features.get("avx512vnni")) and bool(features.get("avx512f"))


HAS_INT8_DOT: Final = _has_int8_dot()


def _element(context: Any, builder: Any, array_type: Any, array: Any, indices: list[Any]) -> Any:
    """Address of an element of a C-contiguous array."""
    fields = context.make_array(array_type)(context, builder, array)
    return cgutils.get_item_pointer2(
        context,
        builder,
        fields.data,
        cgutils.unpack_tuple(builder, fields.shape),
        cgutils.unpack_tuple(builder, fields.strides),
        array_type.layout,
        indices,
    )


def _is_array(given: Any, dtype: Any, ndim: int) -> bool:
    return (
        isinstance(given, types.Array) and given.dtype == dtype and given.ndim == ndim and given.layout == "C"
    )


def _dot_code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """32 partial sums, added up in a fixed order: the same bits on every processor.

    A product of two float32 is exact in float64, so that it does not matter either whether the
    processor multiplies and adds in one step.
    """
    matrix, row, query, length = args
    vector = ir.VectorType(_F64, _LANES)
    narrow = ir.VectorType(_F32, _LANES)
    zero = ir.Constant(_I64, 0)
    left = _element(context, builder, signature.args[0], matrix, [row, zero])
    right = _element(context, builder, signature.args[2], query, [zero])
    step = ir.Constant(_I64, _LANES * _SUMS)
    whole = builder.mul(builder.sdiv(length, step), step)
    slots = [cgutils.alloca_once_value(builder, ir.Constant(vector, [0.0] * _LANES)) for _ in range(_SUMS)]
    for slot in slots:
        builder.store(ir.Constant(vector, [0.0] * _LANES), slot)
    with cgutils.for_range_slice(builder, zero, whole, step, _I64) as (place, _):
        for number, slot in enumerate(slots):
            at = builder.add(place, ir.Constant(_I64, number * _LANES))
            x = builder.load(builder.bitcast(builder.gep(left, [at]), narrow.as_pointer()), align=4)
            q = builder.load(builder.bitcast(builder.gep(right, [at]), vector.as_pointer()), align=8)
            product = builder.fmul(builder.fpext(x, vector), q, flags=("contract",))
            builder.store(builder.fadd(builder.load(slot), product, flags=("contract",)), slot)
    sums = [builder.load(slot) for slot in slots]
    while len(sums) > 1:
        sums = [builder.fadd(a, b) for a, b in zip(sums[::2], sums[1::2], strict=True)]
    total = cgutils.alloca_once(builder, _F64)
    lanes = [builder.extract_element(sums[0], ir.Constant(_I32, lane)) for lane in range(_LANES)]
    while len(lanes) > 1:
        lanes = [builder.fadd(a, b) for a, b in zip(lanes[::2], lanes[1::2], strict=True)]
    builder.store(lanes[0], total)
    with cgutils.for_range_slice(builder, whole, length, ir.Constant(_I64, 1), _I64) as (place, _):
        x = builder.fpext(builder.load(builder.gep(left, [place])), _F64)
        product = builder.fmul(x, builder.load(builder.gep(right, [place])), flags=("contract",))
        builder.store(builder.fadd(builder.load(total), product, flags=("contract",)), total)
    return builder.load(total)


def _int8_code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """Four vectors of sixteen rows, each against a high and a low byte of the query's codes."""
    head, block, codes, query, offset, out, start = args
    lanes = ir.VectorType(_I32, 16)
    octets = ir.VectorType(_I8, 64)
    name = "llvm.x86.avx512.vpdpbusd.512"
    module = builder.module
    dot = module.globals.get(name) or ir.Function(
        module, ir.FunctionType(lanes, [lanes, octets, octets]), name=name
    )
    zero, one = ir.Constant(_I64, 0), ir.Constant(_I64, 1)
    n_groups = cgutils.unpack_tuple(
        builder, context.make_array(signature.args[0])(context, builder, head).shape
    )[1]
    rows = _element(context, builder, signature.args[0], head, [block, zero, zero])
    high = _element(context, builder, signature.args[2], codes, [query, zero, zero])
    low = _element(context, builder, signature.args[2], codes, [query, one, zero])
    into = _element(context, builder, signature.args[5], out, [query, start])

    def spread(value: Any) -> Any:
        first = builder.insert_element(ir.Constant(lanes, ir.Undefined), value, ir.Constant(_I32, 0))
        return builder.shuffle_vector(first, ir.Constant(lanes, ir.Undefined), ir.Constant(lanes, [0] * 16))

    before = builder.block
    body = builder.append_basic_block("groups")
    after = builder.append_basic_block("rows")
    builder.branch(body)
    builder.position_at_end(body)
    group = builder.phi(_I64)
    group.add_incoming(zero, before)
    sums = [builder.phi(lanes) for _ in range(8)]
    quads = [
        builder.bitcast(spread(builder.load(builder.gep(place, [group]), align=4)), octets)
        for place in (high, low)
    ]
    added = []
    for number in range(4):
        at = builder.add(builder.mul(group, ir.Constant(_I64, BLOCK)), ir.Constant(_I64, 16 * number))
        place = builder.bitcast(builder.gep(rows, [at]), octets.as_pointer())
        four = builder.load(place, align=4)
        added += [
            builder.call(dot, [total, four, quad])
            for total, quad in zip(sums[2 * number :], quads, strict=False)
        ]
    following = builder.add(group, one)
    group.add_incoming(following, body)
    for total, new in zip(sums, added, strict=True):
        total.add_incoming(ir.Constant(lanes, [0] * 16), before)
        total.add_incoming(new, body)
    builder.cbranch(builder.icmp_signed("<", following, n_groups), body, after)
    builder.position_at_end(after)
    steps, less = spread(ir.Constant(_I32, LOW_STEPS)), spread(builder.trunc(offset, _I32))
    for number in range(4):
        total = builder.add(builder.mul(added[2 * number], steps), added[2 * number + 1])
        place = builder.gep(into, [ir.Constant(_I64, 16 * number)])
        builder.store(builder.sub(total, less), builder.bitcast(place, lanes.as_pointer()), align=4)
    return context.get_dummy_value()


def _dot_float32_code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """64 partial sums, then the rest one by one; the order of the sums is nobody's promise."""
    matrix, row, query, length = args
    vector = ir.VectorType(_F32, _WIDE)
    zero, step = ir.Constant(_I64, 0), ir.Constant(_I64, _WIDE * _SUMS)
    left = _element(context, builder, signature.args[0], matrix, [row, zero])
    right = _element(context, builder, signature.args[2], query, [zero])
    whole = builder.mul(builder.sdiv(length, step), step)
    slots = [cgutils.alloca_once_value(builder, ir.Constant(vector, [0.0] * _WIDE)) for _ in range(_SUMS)]
    for slot in slots:
        builder.store(ir.Constant(vector, [0.0] * _WIDE), slot)
    with cgutils.for_range_slice(builder, zero, whole, step, _I64) as (place, _):
        for number, slot in enumerate(slots):
            at = builder.add(place, ir.Constant(_I64, number * _WIDE))
            x, q = (
                builder.load(builder.bitcast(builder.gep(side, [at]), vector.as_pointer()), align=4)
                for side in (left, right)
            )
            product = builder.fmul(x, q, flags=("contract",))
            builder.store(builder.fadd(builder.load(slot), product, flags=("contract",)), slot)
    sums = [builder.load(slot) for slot in slots]
    while len(sums) > 1:
        sums = [builder.fadd(a, b) for a, b in zip(sums[::2], sums[1::2], strict=True)]
    lanes = [builder.extract_element(sums[0], ir.Constant(_I32, lane)) for lane in range(_WIDE)]
    while len(lanes) > 1:
        lanes = [builder.fadd(a, b) for a, b in zip(lanes[::2], lanes[1::2], strict=True)]
    total = cgutils.alloca_once(builder, _F32)
    builder.store(lanes[0], total)
    with cgutils.for_range_slice(builder, whole, length, ir.Constant(_I64, 1), _I64) as (place, _):
        x, q = (builder.load(builder.gep(side, [place])) for side in (left, right))
        builder.store(builder.fadd(builder.load(total), builder.fmul(x, q)), total)
    return builder.load(total)


def _hits_code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """Bounds of 64 rows in the order that the rounding of plain loops has, compared all at once."""
    codes, place, gains, tails, row, figures, least = args
    lanes = ir.VectorType(_F32, BLOCK)

    def load(number: int, array: Any, at: Any, vector: Any) -> Any:
        start = _element(context, builder, signature.args[number], array, [at])
        return builder.load(builder.bitcast(start, vector.as_pointer()), align=4)

    def spread(value: Any) -> Any:
        first = builder.insert_element(ir.Constant(lanes, ir.Undefined), value, ir.Constant(_I32, 0))
        zeros = ir.Constant(ir.VectorType(_I32, BLOCK), [0] * BLOCK)
        return builder.shuffle_vector(first, ir.Constant(lanes, ir.Undefined), zeros)

    step, slack, rest = (
        spread(
            builder.load(_element(context, builder, signature.args[5], figures, [ir.Constant(_I64, number)]))
        )
        for number in range(3)
    )
    sums = builder.sitofp(load(0, codes, place, ir.VectorType(_I32, BLOCK)), lanes)
    outside = builder.fadd(builder.fmul(rest, load(3, tails, row, lanes)), slack)
    inside = builder.fadd(builder.fmul(sums, step), outside)
    bounds = builder.fmul(load(2, gains, row, lanes), inside)
    return builder.bitcast(builder.fcmp_ordered(">=", bounds, spread(least)), _I64)


def _first_code(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
    return builder.cttz(args[0], ir.Constant(ir.IntType(1), 0))


def _prefetch_code(context: Any, builder: Any, signature: Any, args: Any, lines: int = _LINES) -> Any:
    """Ask for the first cache lines of a row: a hint, without any other effect."""
    matrix, row = args
    octet = _I8.as_pointer()
    start = builder.bitcast(
        _element(context, builder, signature.args[0], matrix, [row, ir.Constant(_I64, 0)]), octet
    )
    kind = ir.FunctionType(ir.VoidType(), [octet, _I32, _I32, _I32])
    hint = builder.module.declare_intrinsic("llvm.prefetch", [octet], kind)
    flags = [ir.Constant(_I32, flag) for flag in (0, 3, 1)]  # to be read, soon again, data
    for line in range(lines):
        builder.call(hint, [builder.gep(start, [ir.Constant(_I64, line * _LINE_BYTES)]), *flags])
    return context.get_dummy_value()


def _prefetch_typing(_context: Any, matrix: Any, row: Any) -> Any:
    if isinstance(matrix, types.Array) and matrix.ndim == 2 and matrix.layout == "C":
        return types.void(matrix, types.int64), _prefetch_code
    return None


def _prefetch_line_code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    return _prefetch_code(context, builder, signature, args, 1)


def _prefetch_line_typing(_context: Any, matrix: Any, row: Any) -> Any:
    known = _prefetch_typing(_context, matrix, row)
    return known and (known[0], _prefetch_line_code)


def _hits_typing(
    _context: Any, codes: Any, place: Any, gains: Any, tails: Any, row: Any, figures: Any, least: Any
) -> Any:
    arrays = _is_array(codes, types.int32, 1) and all(
        _is_array(each, types.float32, 1) for each in (gains, tails, figures)
    )
    if arrays:
        places = (types.int64, gains, tails, types.int64, figures, types.float32)
        return types.uint64(codes, *places), _hits_code
    return None


def _hits_python(
    codes: "NDArray[np.int32]",
    place: int,
    gains: "NDArray[np.float32]",
    tails: "NDArray[np.float32]",
    row: int,
    figures: "NDArray[np.float32]",
    least: "np.float32",
) -> np.uint64:
    rows, step, slack, rest = slice(row, row + BLOCK), *figures[:3]
    inside = codes[place : place + BLOCK].astype(np.float32) * step + (rest * tails[rows] + slack)
    hits = np.packbits(gains[rows] * inside >= least, bitorder="little")
    return np.uint64(int.from_bytes(hits.tobytes(), "little"))


def _first_typing(_context: Any, _bits: Any) -> Any:
    return types.int64(types.uint64), _first_code


def _first_python(bits: np.uint64) -> int:
    return (int(bits) & -int(bits)).bit_length() - 1 if bits else BLOCK


def _prefetch_python(_matrix: "NDArray[Any]", _row: int) -> None:
    """Nothing: a hint."""


def _dot_typing(_context: Any, matrix: Any, row: Any, query: Any, length: Any) -> Any:
    if _is_array(matrix, types.float32, 2) and _is_array(query, types.float64, 1):
        return types.float64(matrix, types.int64, query, types.int64), _dot_code
    return None


def _dot_float32_typing(_context: Any, matrix: Any, row: Any, query: Any, length: Any) -> Any:
    if _is_array(matrix, types.float32, 2) and _is_array(query, types.float32, 1):
        return types.float32(matrix, types.int64, query, types.int64), _dot_float32_code
    return None


def _int8_typing(
    _context: Any, head: Any, block: Any, codes: Any, query: Any, offset: Any, out: Any, start: Any
) -> Any:
    arrays = _is_array(head, types.uint32, 3) and _is_array(codes, types.int32, 3)
    if arrays and _is_array(out, types.int32, 2):
        places = (types.int64, codes, types.int64, types.int64, out, types.int64)
        return types.void(head, *places), _int8_code
    return None


def _int8_python(*_: object) -> None:
    """Stand in where there is no such instruction: callers ask ``HAS_INT8_DOT`` first."""
    raise RuntimeError("int8_block needs the int8 dot-product instruction; use the portable loop")


def _dot_python(matrix: "NDArray[np.float32]", row: int, query: "NDArray[np.float64]", length: int) -> float:
    return float(np.dot(matrix[row, :length].astype(np.float64), query[:length]))


def _dot_float32_python(
    matrix: "NDArray[np.float32]", row: int, query: "NDArray[np.float32]", length: int
) -> np.float32:
    return np.float32(np.dot(matrix[row, :length], query[:length]))


dot_float64 = _dot_python if config.DISABLE_JIT else intrinsic(_dot_typing)
"""``dot_float64(matrix, row, query, length)``: inner product of a float32 row with a float64 query."""

dot_float32 = _dot_float32_python if config.DISABLE_JIT else intrinsic(_dot_float32_typing)
"""``dot_float32(matrix, row, query, length)``: the same of a float32 query, in single precision."""

int8_block = _int8_python if config.DISABLE_JIT else intrinsic(_int8_typing)
"""``int8_block(head, block, codes, query, offset, out, start)``: codes of 64 rows times a query's.

Writes 64 integers, less ``offset``, to ``out[query, start:]``.
"""

block_hits = _hits_python if config.DISABLE_JIT else intrinsic(_hits_typing)
"""``block_hits(codes, place, gains, tails, row, figures, least)``: which of 64 rows may reach ``least``.

Bit i is set where ``gains[row + i] * (codes[place + i] * figures[0] + (figures[2] * tails[row + i] +
figures[1]))`` is at least ``least``, all in float32.
"""

first_bit = _first_python if config.DISABLE_JIT else intrinsic(_first_typing)
"""``first_bit(bits)``: place of the lowest bit that is set, 64 where none is."""

prefetch_line = _prefetch_python if config.DISABLE_JIT else intrinsic(_prefetch_line_typing)
"""``prefetch_line(matrix, row)``: the same of one cache line of 64 bytes."""

prefetch_row = _prefetch_python if config.DISABLE_JIT else intrinsic(_prefetch_typing)
"""``prefetch_row(matrix, row)``: have the start of a row brought into the cache meanwhile."""
