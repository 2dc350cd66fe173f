"""HTML whose every element has its style in itself, for pages that are not ours: notebooks.

Where a colour means something, paper and ink are both given; all else is left to the page, be it
light or dark.
"""

import base64
from collections.abc import Iterable

from filterkit.pictures import png
from filterkit.pictures.picture import Picture
from filterkit.viewing.document import text
from filterkit.viewing.grid import Grid
from filterkit.viewing.viewed import Image

LONGEST = 200
"""Letters of an expression that are shown."""

SOFT = "opacity:.75;font-size:90%"
FONT = "font:13px ui-monospace,monospace"
CELLS = f"padding:2px 7px;min-width:1.4em;text-align:right;border:1px solid #8a8a8a;{FONT}"
BARE = "border:none;border-collapse:collapse;margin:4px 0;background:transparent"
LEFT = "border:none;text-align:left;vertical-align:top;padding:4px 14px 4px 0;background:none"
SIDE_BY_SIDE = "display:flex;flex-wrap:wrap;gap:14px 20px;align-items:flex-start"


def block(*parts: str) -> str:
    """Put parts beneath each other; what is too wide can be scrolled."""
    return f'<div style="overflow-x:auto">{"".join(parts)}</div>'


def heading(name: str, facts: str = "") -> str:
    """Write the expression of a filter, and a few facts behind it."""
    about = f' <span style="{SOFT}">{text(facts)}</span>' if facts else ""
    return f'<div style="margin:4px 0"><code>{text(short(name))}</code>{about}</div>'


def short(expression: str) -> str:
    """Cut an expression that is too long to be read."""
    return expression if len(expression) <= LONGEST else expression[: LONGEST - 1] + "…"


def side_by_side(blocks: Iterable[str]) -> str:
    """Put blocks beside each other, as many as fit."""
    return f'<div style="{SIDE_BY_SIDE}">{"".join(blocks)}</div>'


def figure(shown: str, told: str = "", wide: int = 0) -> str:
    """Put a caption beneath, no wider than what is shown where that is known."""
    width = f";max-width:{wide}px" if wide else ""
    caption = f'<div style="{SOFT}{width}">{text(told)}</div>' if told else ""
    return f'<div style="margin:0">{shown}{caption}</div>'


def table(grid: Grid) -> str:
    """Write numbers in cells, each on its paper in an ink that is read on it."""
    rows = zip(grid.texts, grid.papers.tolist(), grid.inks.tolist(), strict=True)
    lines = [
        "".join(
            f'<td style="{CELLS};background:rgb{tuple(paper)};color:rgb({ink},{ink},{ink})">'
            f"{text(number)}</td>"
            for number, paper, ink in zip(texts, papers, inks, strict=True)
        )
        for texts, papers, inks in rows
    ]
    body = "".join(f'<tr style="background:none">{line}</tr>' for line in lines)
    return f'<table style="{BARE}"><tbody>{body}</tbody></table>'


def image_tag(image: Image, told: str, alpha: Image | None = None, times: int = 1) -> str:
    """Put a picture into the HTML itself, every pixel `times` as large."""
    content = png.encode(Picture(image[None], None if alpha is None else alpha[None]))
    rows, columns = (size * times for size in image.shape[:2])
    return (
        f'<img src="data:image/png;base64,{base64.b64encode(content).decode()}" width="{columns}" '
        f'height="{rows}" alt="{text(told)}" style="margin:4px 0;max-width:100%;height:auto'
        f'{";image-rendering:pixelated" if times > 1 else ""}">'
    )
