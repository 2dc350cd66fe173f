"""The numbers of a TIFF's page as they are stored: put together from bits, segments and planes."""

from typing import TYPE_CHECKING, Any

from filterkit.pictures.directory import Block, DamagedError, Directory
from filterkit.pictures.tiff.kinds import BYTE_DIFFERENCES, DIFFERENCES
from filterkit.pictures.tiff.layout import FLOATING, SIGNED, UNSIGNED, Layout
from filterkit.pictures.tiff.segments import (
    Segments,
    knows_pixels,
    lines_of,
    pixels_of,
    segments_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

LETTERS = {UNSIGNED: "u", SIGNED: "i", FLOATING: "f"}


def samples_of(block: Block, page: Directory, layout: Layout) -> "NDArray[Any]":
    """Give (rows, columns, samples), as they are stored; YCbCr comes as RGB."""
    import numpy as np

    planes = [
        _assembled(_plane(block, page, segments, layout), layout)
        for segments in segments_of(block, page, layout)
    ]
    return planes[0] if len(planes) == 1 else np.concatenate(planes, axis=2)


def _plane(block: Block, page: Directory, segments: Segments, layout: Layout) -> "NDArray[Any]":
    """Give (stacked rows, columns, samples) of one plane's segments."""
    if knows_pixels(layout):
        return pixels_of(block, page, segments, layout)
    lines = lines_of(segments, layout)
    shape = (len(lines), layout.segment_columns, layout.plane_samples)
    if layout.predictor == BYTE_DIFFERENCES:
        return _from_byte_differences(lines, layout).reshape(shape)
    if layout.bits % 8:
        numbers = _from_bits(lines, layout.segment_columns * layout.plane_samples, layout.bits)
    else:
        # Three bytes come as bits do, but floating-point numbers as the others of whole bytes.
        order = ">" if (layout.numbers, layout.bits) == (UNSIGNED, 24) else block.order
        numbers = _from_bytes(lines, layout.bits // 8, order)
    numbers = numbers.reshape(shape)
    if layout.predictor == DIFFERENCES:
        numbers = _summed(numbers, layout.bits)
    return _typed(numbers, layout)


def _assembled(plane: "NDArray[Any]", layout: Layout) -> "NDArray[Any]":
    """Lay tiles side by side and cut off what lies beyond the picture."""
    if not layout.tiled:
        return plane
    rows, columns = layout.segment_rows, layout.segment_columns
    tiles = plane.reshape(layout.down, layout.across, rows, columns, -1).swapaxes(1, 2)
    whole = tiles.reshape(layout.down * rows, layout.across * columns, -1)
    return whole[: layout.rows, : layout.columns]


def _from_bytes(lines: "NDArray[Any]", size: int, order: str) -> "NDArray[Any]":
    """Read whole numbers of so many bytes."""
    import numpy as np

    if size == 3:
        wide = np.zeros((*lines.reshape(-1, 3).shape[:1], 4), np.uint8)
        wide[:, slice(0, 3) if order == "<" else slice(1, 4)] = lines.reshape(-1, 3)
        lines, size = wide, 4
    return lines.view(f"{order}u{size}").astype(f"u{size}", copy=False)


def _from_bits(lines: "NDArray[Any]", count: int, bits: int) -> "NDArray[Any]":
    """Read (rows, count) whole numbers of 1 to 15 bits that are packed, the highest bit first.

    Eight of them take `bits` bytes.
    """
    import numpy as np

    groups = -(-count // 8)
    padded = np.zeros((len(lines), groups * bits), np.uint8)
    padded[:, : lines.shape[1]] = lines
    parts = padded.reshape(len(lines), groups, bits)
    numbers = np.empty((len(lines), groups, 8), np.uint8 if bits <= 8 else np.uint16)
    for place in range(8):
        first, last = place * bits // 8, ((place + 1) * bits - 1) // 8
        value = np.zeros(parts.shape[:2], np.uint32)
        for at in range(first, last + 1):
            value = value << 8 | parts[..., at]
        numbers[..., place] = value >> (8 * (last + 1) - (place + 1) * bits) & (2**bits - 1)
    return numbers.reshape(len(lines), -1)[:, :count]


def _summed(numbers: "NDArray[Any]", bits: int) -> "NDArray[Any]":
    """Undo predictor 2: each number is kept as its difference from the one to its left."""
    import numpy as np

    summed: NDArray[Any] = np.cumsum(numbers, axis=1, dtype=numbers.dtype)
    return summed if bits == summed.itemsize * 8 else summed & (2**bits - 1)


def _from_byte_differences(lines: "NDArray[Any]", layout: Layout) -> "NDArray[Any]":
    """Undo predictor 3: a row's highest bytes come first, and each byte as a difference."""
    import numpy as np

    size, samples = layout.bits // 8, layout.plane_samples
    if layout.numbers != FLOATING:
        raise DamagedError("its predictor is one for floating-point numbers")
    summed = np.cumsum(lines.reshape(len(lines), -1, samples), axis=1, dtype=np.uint8)
    mixed = summed.reshape(len(lines), size, -1).swapaxes(1, 2)
    return _typed(
        _from_bytes(np.ascontiguousarray(mixed).reshape(len(lines), -1), size, ">"), layout
    )


def _typed(numbers: "NDArray[Any]", layout: Layout) -> "NDArray[Any]":
    """Take whole numbers for what they are."""
    if layout.numbers == UNSIGNED:
        return numbers
    if (layout.numbers, layout.bits) == (FLOATING, 24):
        return _from_24_bits(numbers)
    return numbers.view(f"{LETTERS[layout.numbers]}{numbers.itemsize}")


def _from_24_bits(numbers: "NDArray[Any]") -> "NDArray[Any]":
    """Read floating-point numbers of a sign, 7 bits of exponent and 16 of mantissa."""
    import numpy as np

    exponent = (numbers >> 16 & 127).astype(np.int32)
    mantissa = (numbers & 0xFFFF).astype(np.float32)
    normal = exponent > 0
    steps = mantissa + normal * np.float32(65536)
    value: NDArray[Any] = np.ldexp(steps, np.where(normal, exponent, 1) - 79)
    value[exponent == 127] = np.where(mantissa[exponent == 127], np.nan, np.inf)
    value[numbers >> 23 == 1] *= -1
    return value
