"""A contact sheet: several pictures side by side, each with its name beneath."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from filterkit.pictures.picture import full_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

GAP = 8
LABEL_SHARE = 0.045
"""The height of a label's letters, as a share of a picture's longer side."""

SMALLEST_LABEL, LARGEST_LABEL = 11, 40


def sheet(pictures: "Sequence[tuple[str, NDArray[Any]]]") -> "NDArray[Any]":
    """Lay pictures (rows, columns, 1 or 3) of one size and type on a white sheet.

    The sheet is grey if all of them are, and as nearly square as it goes.
    """
    import numpy as np

    first = pictures[0][1]
    rows, columns = first.shape[:2]
    channels = max(picture.shape[2] for _, picture in pictures)
    white = full_of(first.dtype)
    letters = int(min(max(LABEL_SHARE * max(rows, columns), SMALLEST_LABEL), LARGEST_LABEL))
    labels = [label(name, letters) for name, _ in pictures]
    wide = max(columns, *(one.shape[1] for one in labels))
    high = rows + labels[0].shape[0] + GAP // 2
    across = max(1, round(math.sqrt(len(pictures) * high / wide)))
    down = math.ceil(len(pictures) / across)
    size = (GAP + down * (high + GAP), GAP + across * (wide + GAP), channels)
    result = np.full(size, white, first.dtype)
    for number, ((_, picture), name) in enumerate(zip(pictures, labels, strict=True)):
        top = GAP + number // across * (high + GAP)
        left = GAP + number % across * (wide + GAP)
        result[top : top + rows, left : left + columns] = picture
        beneath = slice(top + rows + GAP // 2, top + high)
        result[beneath, left : left + name.shape[1]] = (name * white).astype(first.dtype)
    return result


def label(text: str, letters: int) -> "NDArray[np.float64]":
    """Draw a line of text, black on white, `letters` high: (rows, columns, 1), 0 ... 1."""
    import numpy as np
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default(letters)
    box = font.getbbox(text)
    canvas = Image.new("L", (math.ceil(box[2]) + 1, math.ceil(letters * 1.3)), 255)
    ImageDraw.Draw(canvas).text((0, 0), text, fill=0, font=font)
    return np.asarray(canvas, np.float64)[..., None] / 255
