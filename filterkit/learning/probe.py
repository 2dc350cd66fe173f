"""A chart to run through an editor: what comes back tells its kernel better than any photograph."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

SIDE = 512
CONTRASTS = ((4, 12), (40, 110))
"""Grey levels around the middle, in the four quarters: kernels of any strength find one where
little is clipped and much is above the rounding."""


def chart() -> NDArray[Any]:
    """Make the chart: white noise in colour, the same at every call, (1, 512, 512, 3), uint8."""
    random = np.random.Generator(np.random.PCG64(1980))
    noise = random.uniform(-1, 1, (SIDE, SIDE, 3))
    strength = np.kron(np.array(CONTRASTS), np.ones((SIDE // 2, SIDE // 2)))
    return np.rint(128 + noise * strength[..., None]).astype(np.uint8)[None]
