"""Photographs for tests that need real ones; they skip where these are not at hand."""

from pathlib import Path

import cv2
import pytest

PHOTOS = Path(__file__).resolve().parents[2] / "shared" / "data" / "photos"


def photograph(name, rows=700, columns=900, scale=0.5):
    """The middle of a photograph, RGB, made smaller so that it has detail in every pixel."""
    found = sorted(PHOTOS.glob(f"{name}*.jpg"))
    if not found:
        pytest.skip("no photographs here")
    image = cv2.imread(str(found[0]))[..., ::-1]
    image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    top, left = (len(image) - rows) // 2, (image.shape[1] - columns) // 2
    return image[max(top, 0) :, max(left, 0) :][:rows, :columns].copy()
