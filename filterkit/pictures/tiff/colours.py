"""The numbers of a TIFF's page become a picture's: black is 0, colours are RGB, alpha is straight.

Whole numbers of up to 16 bits are scaled so that full stays full; wider and signed ones have no
white that programs agree on, and become floating-point numbers as they are.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from filterkit.pictures.colour_spaces import (
    STRAIGHTENED,
    by_bands,
    rgb_of_cmyk,
    rgb_of_lab,
    rgb_through_profile,
    straight,
)
from filterkit.pictures.directory import Block, DamagedError, Directory
from filterkit.pictures.levels import as_they_are, refuse_inexact, scaled
from filterkit.pictures.picture import full_of
from filterkit.pictures.tiff.kinds import NUMBERS
from filterkit.pictures.tiff.layout import (
    ASSOCIATED,
    CIELAB,
    CMYK,
    FLOATING,
    ICCLAB,
    PALETTE,
    SIGNED,
    STORED,
    UNSIGNED,
    WHITE_IS_ZERO,
    Layout,
    Told,
    colour_map,
)
from filterkit.pictures.tiff.samples import samples_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEFT_OUT = "its extra channels, which are no transparency, were left out."
BY_FORMULA = "its CMYK colours were turned into RGB without a profile."
BY_PROFILE = "its CMYK colours were turned into sRGB through its profile."
FROM_LAB = "its Lab colours were turned into sRGB."

EVEN = (1, 2, 4, 8, 16)
"""Bits of numbers whose every step becomes as many steps of 8 or 16 bits."""


class Colours(NamedTuple):
    """Hold pixels (rows, columns, channels), alpha (rows, columns), what had to be done.

    `profiled` tells that the colours went through the file's profile, which holds no more.
    """

    pixels: "NDArray[Any]"
    alpha: "NDArray[Any] | None"
    notes: tuple[str, ...]
    profiled: bool


def colours_of(block: Block, page: Directory, layout: Layout, icc: bytes | None) -> Colours:
    """Read a page of a kind that is read."""
    import numpy as np

    stored = samples_of(block, page, layout)
    own, at = STORED[layout.photometric], layout.alpha
    if stored.shape[2] < max(own, 0 if at is None else at + 1):
        raise DamagedError(f"a pixel has {stored.shape[2]} numbers, fewer than it says")
    alpha = None if at is None else _alpha(stored[..., at], layout)
    colour, profiled = stored[..., :own], False
    if layout.photometric == PALETTE:
        pixels = _mapped(colour, colour_map(Told(block, page))[0], layout)
    elif layout.photometric in (CIELAB, ICCLAB):
        pixels = _from_lab(colour, layout)
    else:
        pixels = _numbers(colour, layout)
        if _is_associated(layout) and alpha is not None:
            pixels = straight(pixels, alpha)
    if layout.photometric == CMYK:
        printed = rgb_through_profile(pixels, icc or b"")
        profiled = printed is not None
        pixels = rgb_of_cmyk(pixels) if printed is None else printed
    pixels = np.ascontiguousarray(pixels)
    return Colours(pixels, alpha, tuple(_notes(layout, profiled)), profiled)


def _is_scaled(layout: Layout) -> bool:
    return layout.numbers == UNSIGNED and layout.bits <= 16


def _is_associated(layout: Layout) -> bool:
    at = layout.alpha
    return at is not None and layout.extras[at - STORED[layout.photometric]] == ASSOCIATED


def _numbers(stored: "NDArray[Any]", layout: Layout) -> "NDArray[Any]":
    """Give grey, RGB or CMYK in the type that they have as a picture."""
    import numpy as np

    dtype = np.dtype(layout.dtype)
    if layout.photometric == WHITE_IS_ZERO:
        turned = 2**layout.bits - 1 if layout.numbers == UNSIGNED else -1
        stored = stored ^ stored.dtype.type(turned)
    if _is_scaled(layout):
        return scaled(stored, 2**layout.bits - 1)
    if layout.bits == 64 and layout.numbers != FLOATING:
        refuse_inexact(stored, f"{layout.bits}-bit {NUMBERS[layout.numbers]}")
    return stored.astype(dtype, copy=False)


def _alpha(stored: "NDArray[Any]", layout: Layout) -> "NDArray[Any]":
    """Give transparency in the picture's type, where 1 is opaque also beside wide numbers."""
    import numpy as np

    dtype = str(layout.dtype)
    full, most = full_of(dtype), 2 ** (layout.bits - (layout.numbers == SIGNED)) - 1
    if layout.numbers == FLOATING or full == most:
        return np.ascontiguousarray(stored.astype(dtype, copy=False))
    return by_bands(lambda band: band * full / most, stored, stored.shape, dtype)


def _mapped(stored: "NDArray[Any]", levels: tuple[int, ...], layout: Layout) -> "NDArray[Any]":
    """Look colours up in a map, which has all reds, all greens, and all blues."""
    import numpy as np

    if len(levels) != 3 * 2**layout.bits:
        raise DamagedError(f"its palette has {len(levels)} numbers, not {3 * 2**layout.bits}")
    colours: NDArray[Any] = np.array(levels, layout.dtype).reshape(3, -1).T
    shown: NDArray[Any] = colours[stored[..., 0]]
    return shown


def _from_lab(stored: "NDArray[Any]", layout: Layout) -> "NDArray[Any]":
    """Turn CIE's Lab, whose colours have a sign, or ICC's, whose have a middle, into sRGB."""
    import numpy as np

    full = 2**layout.bits - 1
    if layout.photometric == ICCLAB:
        return rgb_of_lab(stored, full if layout.bits == 8 else 0xFF00)
    middle = 1 << layout.bits - 1
    return rgb_of_lab(stored ^ np.array([0, middle, middle], stored.dtype), full)


def _notes(layout: Layout, profiled: bool) -> Iterator[str]:
    """Say what had to be converted, and what was left out."""
    if layout.photometric == CMYK:
        yield BY_PROFILE if profiled else BY_FORMULA
    if layout.photometric in (CIELAB, ICCLAB):
        yield FROM_LAB
    numbers = f"{layout.bits}-bit {NUMBERS[layout.numbers]}"
    if not _is_scaled(layout) and layout.numbers != FLOATING:
        yield as_they_are(numbers)
    elif layout.numbers != FLOATING and layout.bits not in EVEN and layout.photometric != PALETTE:
        yield f"its {numbers} were scaled to {8 if layout.bits < 8 else 16} bits."
    if len(layout.extras) > (layout.alpha is not None):
        yield LEFT_OUT
    if _is_associated(layout):
        yield STRAIGHTENED
