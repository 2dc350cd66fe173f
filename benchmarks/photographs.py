"""The pictures that everything is measured on: photographs, or drawn ones where they are absent."""

from functools import cache
from pathlib import Path

import cv2
import numpy as np

PHOTOS = Path(__file__).resolve().parents[2] / "shared" / "data" / "photos"


def drawn(rows, columns):
    """Draw a picture with the detail of a photograph: soft shapes and a little grain."""
    rng = np.random.default_rng(0)
    coarse = rng.random((rows // 8 + 1, columns // 8 + 1, 3), np.float32)
    image = cv2.resize(coarse, (columns, rows), interpolation=cv2.INTER_CUBIC) * 220
    image += rng.normal(0, 3, image.shape).astype(np.float32)
    return np.clip(image, 0, 255).astype(np.uint8)


@cache
def sheet():
    """Give 24 megapixels, RGB of 8 bit: sixteen photographs, or a drawing."""
    files = sorted(PHOTOS.glob("*.jpg"))
    if not files:
        return drawn(4000, 6000)
    tiles = [
        cv2.resize(
            cv2.imread(str(file), cv2.IMREAD_COLOR_RGB), (1500, 1000), interpolation=cv2.INTER_AREA
        )
        for file in files
    ]
    tiles = [tiles[at % len(tiles)][:, :: 1 if at < len(tiles) else -1] for at in range(16)]
    return np.vstack([np.hstack(tiles[at : at + 4]) for at in range(0, 16, 4)])


@cache
def sized(rows, columns):
    """Give as much of the sheet as asked for, side by side with itself where it is too small."""
    whole = sheet()
    times = (-(-rows // len(whole)), -(-columns // whole.shape[1]), 1)
    return np.ascontiguousarray(np.tile(whole, times)[:rows, :columns])
