"""Whole numbers of any range become 8 or 16 bits, so that black stays black and white white."""

from typing import TYPE_CHECKING, Any

from filterkit.pictures.picture import FULL

if TYPE_CHECKING:
    from numpy.typing import NDArray


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
