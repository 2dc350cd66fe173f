"""A page of its own: one file that fetches nothing, light or dark as the reader has it."""

import base64
import html

import numpy as np
from numpy.typing import NDArray

from filterkit.pictures.codecs import encode
from filterkit.pictures.names import escaped
from filterkit.pictures.picture import Picture

STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1b1b1b; --soft: #5b5b5b; --line: #d5d5d5;
  --panel: #f4f4f2; --strong: #1b5e9e; }
@media (prefers-color-scheme: dark) { :root { --paper: #17181a; --ink: #ececec; --soft: #adadad;
  --line: #43464a; --panel: #232528; --strong: #8fc1f2; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem clamp(.75rem, 3vw, 2rem) 3rem; max-width: 75rem;
  background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: .5rem 0; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; overflow-wrap: anywhere; }
p { margin: .5rem 0; max-width: 45rem; }
.soft, figcaption, .matrix th, .matrix small { color: var(--soft); }
.notes { margin: 1rem 0; padding: .75rem 1rem .75rem 2rem; max-width: 47rem;
  background: var(--panel); border-left: .3rem solid var(--strong); }
table { border-collapse: collapse; }
.wide { overflow-x: auto; }
.figures th, .figures td { padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line);
  text-align: left; vertical-align: top; }
.figures td:nth-child(2) { font-variant-numeric: tabular-nums; min-width: 12rem; }
.figures th { white-space: nowrap; }
.figures td:nth-child(3) { color: var(--soft); }
.figures thead th { color: var(--soft); font-weight: normal; }
@media (max-width: 36rem) { .figures { font-size: .85rem; }
  .figures th { white-space: normal; }
  .figures td:nth-child(2) { min-width: 5rem; } }
.curve { display: block; width: 100%; max-width: 44rem; height: auto; font-size: 12px; }
.curve text { fill: var(--ink); }
.curve .frame { fill: var(--panel); stroke: var(--line); }
.curve .grid { stroke: var(--line); }
.curve .rounding { stroke: var(--ink); stroke-dasharray: 6 4; }
.curve polyline { fill: none; stroke: var(--strong); stroke-width: 2; }
.curve circle { fill: var(--strong); }
.kernels { display: flex; flex-wrap: wrap; gap: 1rem 1.5rem; align-items: flex-start; }
.kernel { display: flex; flex-wrap: wrap; gap: .75rem 1.5rem; align-items: flex-start;
  min-width: 0; max-width: 100%; margin: 0; }
.kernel figcaption { width: 0; min-width: 100%; }
.kernel img { max-width: 100%; height: auto; }
.matrix td, .matrix th { padding: .2rem .45rem; text-align: right; font-weight: normal;
  font-variant-numeric: tabular-nums; white-space: nowrap; }
.matrix tbody td { border: 1px solid var(--line); }
.matrix th, .matrix small { font-size: .75rem; vertical-align: middle; }
.matrix small { display: block; line-height: 1.1; }
.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr));
  gap: 1rem; }
.panels figure { margin: 0; }
.panels img { display: block; width: 100%; height: auto; }
img.pixels { image-rendering: pixelated; }
pre { margin: .5rem 0; padding: .75rem 1rem; background: var(--panel); overflow-x: auto;
  white-space: pre-wrap; overflow-wrap: anywhere; user-select: all; }
"""

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

PIXELS = 160
"""Columns below which a picture is enlarged with its pixels to be seen."""


def document(title: str, body: list[str], style: str = "") -> str:
    """Write a whole page around its parts; `style` is what only this page needs."""
    return "\n".join([
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{text(title)}</title>\n<style>{STYLE}{style}</style>\n</head>\n<body>\n<main>",
        *body,
        "</main>\n</body>\n</html>\n",
    ])  # fmt: skip


def text(plain: str) -> str:
    """Write text so that HTML takes it as nothing else, and no file name breaks the page."""
    return html.escape(escaped(plain))


def picture(image: NDArray[np.uint8], alternative: str, quality: int | None = None) -> str:
    """Put a picture (rows, columns, 1 or 3) into the page itself, with words in its place.

    It is a PNG, or a JPEG of that `quality`.
    """
    form = "png" if quality is None else "jpeg"
    content = base64.b64encode(encode(Picture(image[None]), form, quality)).decode()
    kind = ' class="pixels"' if image.shape[1] <= PIXELS else ""
    return (
        f'<img{kind} src="data:image/{form};base64,{content}" width="{image.shape[1]}" '
        f'height="{image.shape[0]}" alt="{text(alternative)}">'
    )
