"""CMYK and Lab become RGB: by plain formulas, or through the profile of a print."""

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from filterkit.pictures.picture import full_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

STRAIGHTENED = "its premultiplied transparency was made straight."

BAND = 64
"""Rows that are computed at a time, so that no picture stands in memory as float64."""

D50 = (0.96422, 1.0, 0.82521)
TO_SRGB = (
    (3.1338561, -1.6168667, -0.4906146),
    (-0.9787684, 1.9161415, 0.0334540),
    (0.0719453, -0.2289914, 1.4052427),
)
"""From XYZ under D50 to linear sRGB, adapted by Bradford's method; Lindbloom's figures."""

EDGE = 6 / 29
"""Below it, CIE's cube root is a straight line."""


def by_bands(
    convert: "Callable[[NDArray[Any]], NDArray[Any]]",
    stored: "NDArray[Any]",
    shape: Any,
    dtype: str,
) -> "NDArray[Any]":
    """Convert some rows at a time; whole numbers are rounded half to even and cut to the range.

    Numbers that are none, or become so large, make no noise here: whoever reads refuses them.
    """
    import numpy as np

    made = np.empty(shape, dtype)
    whole = made.dtype.kind == "u"
    with np.errstate(over="ignore", invalid="ignore"):
        for top in range(0, len(stored), BAND):
            band = convert(stored[top : top + BAND])
            made[top : top + BAND] = np.rint(band).clip(0, full_of(dtype)) if whole else band
    return made


def rgb_of_cmyk(stored: "NDArray[Any]") -> "NDArray[Any]":
    """Turn ink (rows, columns, 4) into light: what neither the colour nor the black takes away."""
    import numpy as np

    full = full_of(stored.dtype)

    def light(band: "NDArray[Any]") -> "NDArray[Any]":
        left: NDArray[Any] = full - band.astype(np.float64)
        product: NDArray[Any] = left[..., :3] * left[..., 3:]
        return product / full

    return by_bands(light, stored, (*stored.shape[:2], 3), str(stored.dtype))


def rgb_through_profile(stored: "NDArray[Any]", icc: bytes) -> "NDArray[Any] | None":
    """Turn ink of 8 bits into sRGB as its profile says; None where that is not one for CMYK."""
    import numpy as np
    from PIL import Image, ImageCms

    if icc[16:20] != b"CMYK" or stored.dtype != np.uint8:
        return None
    rows, columns = stored.shape[:2]
    inks = Image.frombytes("CMYK", (columns, rows), stored.tobytes())
    try:
        made = ImageCms.profileToProfile(
            inks,
            ImageCms.ImageCmsProfile(io.BytesIO(icc)),
            ImageCms.createProfile("sRGB"),
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            "RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError):
        return None
    return np.asarray(made)


def rgb_of_lab(stored: "NDArray[Any]", lightest: float) -> "NDArray[Any]":
    """Turn Lab under D50, of 8 or 16 bits, into sRGB; what lies beyond its colours is cut off.

    `lightest` is the number of the lightness 100; the others count from their middle.
    """
    import numpy as np

    full, unit = full_of(stored.dtype), 256 ** (stored.itemsize - 1)

    def light(band: "NDArray[Any]") -> "NDArray[Any]":
        numbers = band.astype(np.float64)
        middle = (numbers[..., 0] / lightest * 100 + 16) / 116
        first, second = (numbers[..., at] / unit - 128 for at in (1, 2))
        roots = np.stack([middle + first / 500, middle, middle - second / 200], axis=-1)
        linear = np.where(roots > EDGE, roots**3, 3 * EDGE**2 * (roots - 4 / 29))
        return full * _companded((linear * D50) @ np.transpose(TO_SRGB))

    return by_bands(light, stored, stored.shape, str(stored.dtype))


def _companded(linear: "NDArray[Any]") -> "NDArray[Any]":
    """Give sRGB's numbers of light."""
    import numpy as np

    linear = linear.clip(0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def straight(pixels: "NDArray[Any]", alpha: "NDArray[Any]") -> "NDArray[Any]":
    """Divide premultiplied colour by its alpha; where nothing shows it becomes black."""
    import numpy as np

    full, channels = full_of(pixels.dtype), pixels.shape[2]

    def divided(band: "NDArray[Any]") -> "NDArray[Any]":
        colour, shown = band[..., :channels] * full, band[..., channels:]
        quotient: NDArray[Any] = np.zeros(colour.shape)
        np.divide(colour, shown, out=quotient, where=shown > 0)
        return quotient

    both = np.concatenate([pixels, alpha[..., None]], axis=2)
    return by_bands(divided, both, pixels.shape, str(pixels.dtype))
