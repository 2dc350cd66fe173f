"""Laws' texture masks: each is one short vector laid down the rows times another across them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from filterkit.errors import SettingError
from filterkit.filters.families.family import Family
from filterkit.settings import Kind, setting, shown

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VECTORS = {
    "l3": (1, 2, 1),
    "e3": (-1, 0, 1),
    "s3": (-1, 2, -1),
    "l5": (1, 4, 6, 4, 1),
    "e5": (-1, -2, 0, 2, 1),
    "s5": (-1, 0, 2, 0, -1),
    "w5": (-1, 2, 0, -2, 1),
    "r5": (1, -4, 6, -4, 1),
}
"""Level, edge, spot, wave and ripple."""


class Mask(Kind):
    """Two vectors of equal length, as in l5e5."""

    @property
    def metavar(self) -> str:
        return "MASK"

    def read(self, name: str, value: Any) -> str:
        mask = str(value).lower()
        down, across = mask[:2], mask[2:]
        if down not in VECTORS or across not in VECTORS or down[1] != across[1]:
            raise SettingError(
                f"{name} is two of l5, e5, s5, w5, r5 or two of l3, e3, s3, as in l5e5, "
                f"not {shown(value)}."
            )
        return mask


@dataclass(frozen=True)
class Laws(Family):
    """Answer to a texture: the first vector goes down the rows, the second across the columns."""

    mask: str = setting("l5e5", "two vectors: level, edge, spot, wave, ripple", Mask())

    def weights(self) -> "NDArray[np.float64]":
        import numpy as np

        return np.outer(VECTORS[self.mask[:2]], VECTORS[self.mask[2:]]).astype(np.float64)
