"""A sheet to draw on: lines, letters and pictures, by Pillow."""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Ink = tuple[int, int, int]
Place = tuple[float, float]

BLACK, WHITE = (0, 0, 0), (255, 255, 255)
UNKNOWN = {"×": "x", "→": "->", "−": "-", "≤": "<=", "≥": ">=", "≈": "~"}
"""Signs that Pillow's own font does not have."""


class Canvas:
    """Hold a white sheet, `rows` high and `columns` wide. Places are (row, column)."""

    def __init__(self, rows: int, columns: int) -> None:
        from PIL import Image, ImageDraw

        self._image = Image.new("RGB", (columns, rows), WHITE)
        self._draw = ImageDraw.Draw(self._image)

    def line(
        self, places: Sequence[Place], ink: Ink = BLACK, width: int = 1, dash: int = 0
    ) -> None:
        """Draw a line through places; `dash` breaks one between two places that share a row."""
        if not dash:
            self._draw.line([(column, row) for row, column in places], ink, width, "curve")
            return
        (row, left), (_, right) = places
        for start in range(round(left), round(right), 2 * dash):
            self._draw.line([(start, row), (min(start + dash, right), row)], ink, width)

    def frame(self, place: Place, size: Place, ink: Ink = BLACK, width: int = 1) -> None:
        """Draw a frame, `width` thick and within its size."""
        (row, column), (high, wide) = place, size
        self._draw.rectangle((column, row, column + wide, row + high), None, ink, width)

    def dot(self, place: Place, radius: float, ink: Ink = BLACK) -> None:
        """Draw a filled circle."""
        row, column = place
        self._draw.ellipse((column - radius, row - radius, column + radius, row + radius), fill=ink)

    def text(
        self, place: Place, text: str, letters: int = 16, ink: Ink = BLACK, anchor: str = "la"
    ) -> None:
        """Write a line, `letters` high; `anchor` is Pillow's: "mm" has its middle at the place."""
        row, column = place
        self._draw.text((column, row), _known(text), fill=ink, font=_font(letters), anchor=anchor)

    def put(self, place: tuple[int, int], image: "NDArray[Any]") -> None:
        """Lay a picture (rows, columns, 1 or 3) of 8 bit down, its first pixel at the place."""
        from PIL import Image

        row, column = place
        flat = image[..., 0] if image.shape[2] == 1 else image
        self._image.paste(Image.fromarray(flat), (column, row))

    def image(self) -> "NDArray[np.uint8]":
        """Give what was drawn, (rows, columns, 3)."""
        import numpy as np

        return np.array(self._image)


def width_of(text: str, letters: int) -> int:
    """Measure a line, in columns."""
    return int(_font(letters).getlength(_known(text))) + 1


def wrapped(text: str, letters: int, columns: int) -> list[str]:
    """Break a text into lines that fit, between words, or within one that is too long."""
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if width_of(longer, letters) <= columns:
            line = longer
            continue
        lines.extend([line] if line else [])
        line = word
        while width_of(line, letters) > columns:
            fits = max(
                at
                for at in range(1, len(line))
                if at == 1 or width_of(line[:at], letters) <= columns
            )
            lines.append(line[:fits])
            line = line[fits:]
    return [*lines, line] if line else lines


@lru_cache(16)
def _font(letters: int) -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(letters)


def _known(text: str) -> str:
    for sign, instead in UNKNOWN.items():
        text = text.replace(sign, instead)
    return text
