"""Pictures are brought to the size of what they are shown on, for the eye alone.

Filters never see what is made here: it is stored values that are averaged, not light.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray


def fitted(image: "NDArray[Any]", rows: int, columns: int) -> "NDArray[Any]":
    """Bring (rows, columns, channels) of a picture's type to a size that fits, at least one pixel.

    A larger one is scaled down by the mean of the stored values; a smaller one is enlarged by a
    whole number, so that its pixels are seen.
    """
    high, wide = image.shape[:2]
    times = min(rows // high, columns // wide)
    if times:
        return image.repeat(times, axis=0).repeat(times, axis=1)
    share = min(rows / high, columns / wide)
    return _mean(image, max(round(high * share), 1), max(round(wide * share), 1))


def _mean(image: "NDArray[Any]", rows: int, columns: int) -> "NDArray[Any]":
    """Scale down to a size; OpenCV does so with four channels at once."""
    import cv2
    import numpy as np

    small = [
        cv2.resize(
            np.ascontiguousarray(image[..., first : first + 4]), (columns, rows),
            interpolation=cv2.INTER_AREA,
        ).reshape(rows, columns, -1)
        for first in range(0, image.shape[2], 4)
    ]  # fmt: skip
    return small[0] if len(small) == 1 else np.concatenate(small, axis=2)


def dimmed(image: "NDArray[Any]", alpha: "NDArray[Any]") -> "NDArray[Any]":
    """Multiply pixels (rows, columns, channels) by their opacity, in their own type."""
    import cv2

    from filterkit.pictures.picture import full_of

    shares = cv2.merge([alpha] * image.shape[2])
    dim: NDArray[Any] = cv2.multiply(image, shares, scale=1 / full_of(image.dtype))
    return dim.reshape(image.shape)
