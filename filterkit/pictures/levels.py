"""Whole numbers become those of a picture, and nothing of them is lost.

Up to 16 bits they are scaled, so that black stays black and white white. Wider and signed ones
have no white that programs agree on: they become floating-point numbers as they are.
"""

from typing import TYPE_CHECKING, Any

from filterkit.errors import UnsupportedInputError
from filterkit.pictures.picture import FULL

if TYPE_CHECKING:
    from numpy.typing import NDArray

SURE = 2**53
"""Up to here float64 holds every whole number."""


def scaled(stored: "NDArray[Any]", most: int, dtype: str = "") -> "NDArray[Any]":
    """Scale numbers of 0 ... `most` to all of a type, rounded half to even.

    Unless told it is uint8, above 255 uint16. Raises ValueError for a number above `most`.
    """
    import numpy as np

    dtype = dtype or ("uint8" if most <= 255 else "uint16")
    if stored.dtype == dtype and most == FULL[dtype]:
        return stored
    highest = int(stored.max(initial=0))
    if highest > most:
        raise ValueError(f"one of its numbers is {highest}, and {most} is white")
    # No quotient lies as near to a half as a rounding error, so these are the exact ones.
    levels = np.rint(np.arange(most + 1) * FULL[dtype] / most).astype(dtype)
    made: NDArray[Any] = levels[stored]
    return made


def as_they_are(numbers: str) -> str:
    """Say that such numbers are floating-point ones now."""
    return f"its {numbers} became floating-point numbers, as they are: 1 is white."


def refuse_inexact(stored: "NDArray[Any]", numbers: str) -> None:
    """Refuse whole numbers of 64 bits of which float64 would drop the last digits."""
    import numpy as np

    sizes = np.abs(stored).view(np.uint64)  # the smallest number's size is right only there
    lowest = sizes & (~sizes + np.uint64(1))
    wrong = int((sizes // np.maximum(lowest, 1) > SURE).sum())
    if wrong:
        raise UnsupportedInputError(
            f"of its {numbers}, {wrong} are larger than floating-point numbers hold exactly.",
            "convert it to floating point first",
        )
