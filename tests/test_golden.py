"""Every filter of the catalogue on a piece of a photograph, as it was looked at and found right.

`pytest tests/test_golden.py --regenerate` writes the pictures anew; look at them before you commit.
"""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from filterkit import Convolve, apply, parse, shipped
from filterkit.filters.catalogue import files
from filterkit.steps.pipeline import walk

GOLDEN = Path(__file__).parent / "golden" / "pictures"
SHIPPED = [name for name, path in files().items() if path.parent == shipped.folder("kernels")]
PIPELINES = {
    "colour-sobel": "sobel:fusion=keep",
    "pooled": "edge:stride=2 | relu | max-pool:2",
    "normalized": "gaussian:2 | sobel | normalize:minmax",
    "lines": "line:angle=(0,45,90,135) | fuse:max",
    "product": "blur:fusion=product",
}


def piece():
    """A piece of the rocket, with its tower, lights and sky."""
    path = shipped.folder("samples") / "photo.jpg"
    return np.asarray(Image.open(path))[200:296, 180:300]


def is_exact(text):
    """Tell whether whole weights and no root or curve are at work: then no pixel may differ."""
    convolutions = [step for step in walk(parse(text)) if isinstance(step, Convolve)]
    return all(one.kernel.integral and one.fused != "l2" for one in convolutions) and not any(
        kind in str(parse(text)) for kind in ("l2", "normalize", "sobel", "prewitt", "scharr")
    )


@pytest.mark.parametrize("name", [*SHIPPED, *PIPELINES])
def test_the_catalogue_makes_the_pictures_that_were_looked_at(name, request, tmp_path):
    text = PIPELINES.get(name, name)
    result = apply(piece(), text)
    path = GOLDEN / f"{name}.png"
    if request.config.getoption("--regenerate"):
        GOLDEN.mkdir(exist_ok=True)
        Image.fromarray(result.squeeze()).save(path, optimize=True)
    golden = np.asarray(Image.open(path)).reshape(result.shape)
    difference = np.abs(result.astype(int) - golden).max()
    if difference > (0 if is_exact(text) else 1):
        Image.fromarray(result.squeeze()).save(tmp_path / f"{name}.png")
        pytest.fail(f"{name} differs by {difference}; see {tmp_path}")
