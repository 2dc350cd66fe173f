"""The units in which numbers run through a pipeline, and how large they can become.

Numbers run in the file's own units, 0 … 255 or 0 … 65535, as long as every step allows it:
whole pixels times whole weights are then whole sums, exact in float32 below 2^24 and in float64
above, and one division at the end rounds once.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

FLOAT32_WHOLE = 2.0**24
"""Below this, float32 holds every whole number."""


@dataclass(frozen=True)
class Scale:
    """Describe the numbers at one place of a pipeline.

    `full` is what white is, `peak` bounds the size of whole numbers, `whole` says whether they
    are whole, and `dtype` is the floating type in which they are computed. `pixels` says that
    blocks hold them as the file does, in 8 or 16 bit.
    """

    full: float
    peak: float
    whole: bool
    dtype: "np.dtype[Any]"
    pixels: bool = False

    @classmethod
    def of(cls, image: NDArray[Any]) -> "Scale":
        """Describe an image: pixels of 8 or 16 bit, or floating numbers."""
        if image.dtype == np.uint8 or image.dtype == np.uint16:
            full = float(np.iinfo(image.dtype).max)
            return cls(full, full, True, np.dtype(np.float32), pixels=True)
        dtype = np.dtype(np.float64 if image.dtype == np.float64 else np.float32)
        return cls(1.0, 1.0, False, dtype)

    @property
    def itemsize(self) -> int:
        """Count the bytes of a number in a block."""
        return (1 if self.full == 255 else 2) if self.pixels else self.dtype.itemsize

    def holding(self, gain: float, divide: float = 1.0) -> "Scale":
        """Give the scale in which sums up to `gain` times the numbers are held exactly."""
        largest = (self.peak if self.whole else self.full) * gain
        if max(largest, self.full * abs(divide)) < FLOAT32_WHOLE or self.full == 1.0:
            return self
        return replace(self, dtype=np.dtype(np.float64))

    def grown(self, gain: float, whole: bool = True) -> "Scale":
        """Give the scale after numbers grew by `gain`, and stayed whole or did not."""
        return replace(self, peak=self.peak * gain, whole=self.whole and whole, pixels=False)

    def unit(self) -> "Scale":
        """Give the scale after a division by full scale."""
        return replace(self, full=1.0, peak=1.0, whole=False, pixels=False)

    def numbers(self, block: NDArray[Any]) -> NDArray[Any]:
        """Convert a block to the floating type."""
        return block.astype(self.dtype, copy=False)

    def units(self, block: NDArray[Any]) -> NDArray[Any]:
        """Convert a block to the floating type and divide it by full scale."""
        numbers = self.numbers(block)
        return numbers if self.full == 1.0 else numbers / self.dtype.type(self.full)
