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
    import cv2

    share = min(rows / high, columns / wide)
    size = (max(round(wide * share), 1), max(round(high * share), 1))
    small: NDArray[Any] = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return small.reshape(*small.shape[:2], -1)


def dimmed(image: "NDArray[Any]", alpha: "NDArray[Any]") -> "NDArray[Any]":
    """Multiply pixels (rows, columns, channels) by their opacity, in their own type."""
    import cv2

    from filterkit.pictures.picture import full_of

    shares = cv2.merge([alpha] * image.shape[2])
    dim: NDArray[Any] = cv2.multiply(image, shares, scale=1 / full_of(image.dtype))
    return dim.reshape(image.shape)
