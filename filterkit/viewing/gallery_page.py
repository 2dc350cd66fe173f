"""The catalogue over one picture, as a page: results, matrices, and commands to copy."""

import shlex
from collections.abc import Iterable, Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from filterkit.steps.convolve import Convolve
from filterkit.viewing.document import document, picture, text
from filterkit.viewing.gallery import Shown, Views
from filterkit.viewing.grid import Grid
from filterkit.viewing.heat import cell_of, diverging, heat, shares_of
from filterkit.viewing.kernels import aligned, short

STYLE = """
nav ul { list-style: none; margin: .5rem 0; padding: 0; }
nav li { margin: .25rem 0; }
a { color: var(--strong); }
nav a { display: inline-block; margin-right: .6rem; }
.cards { display: grid; gap: 1.25rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 22.2rem), 1fr)); }
.card { min-width: 0; padding: .75rem 1rem 1rem; background: var(--panel);
  border: 1px solid var(--line); border-radius: .25rem; }
.card h3 { margin: 0 0 .5rem; }
.card pre { background: var(--paper); padding: .5rem .75rem; }
.views { margin: 0; }
.views img { display: block; max-width: 100%; height: auto; margin-bottom: .5rem; }
.views img.pixels { width: 12rem; }
.cells { margin: .5rem 0; }
.cells td { padding: .15rem .3rem; text-align: right; border: 1px solid var(--line);
  font-variant-numeric: tabular-nums; white-space: nowrap; font-size: .8rem; }
.cells caption { text-align: left; white-space: nowrap; font-size: .85rem; color: var(--soft); }
.matrices { display: flex; flex-wrap: wrap; gap: 0 1rem; align-items: flex-end; }
.matrices figure { margin: .5rem 0; max-width: 100%; }
.matrices img { display: block; max-width: 100%; height: auto; }
.matrices figcaption { font-size: .85rem; }
summary { cursor: pointer; }
code { overflow-wrap: anywhere; }
"""

QUALITY = 85
"""Of the JPEGs, in which pictures lie that are not shown as they are."""

READABLE = (9, 40)
"""Rows of a matrix, and letters of its longest row, above which it is shown as a picture only."""

SIDE = 120
"""Pixels of a side of such a picture."""

HOW = (
    "Every filter was run over the whole picture, with its usual settings. Above is the result, "
    "reduced to fit; below is the part with the most detail, pixel by pixel: what a small kernel "
    "does is hardly seen in a reduced picture."
)
HOW_SMALL = "Every filter was run over the picture, with its usual settings."


def page(name: str, given: str, views: Views, size: str, shown: Sequence[Shown]) -> str:
    """Write one HTML file that needs nothing else.

    `name` is the picture's, `given` the same as the shell takes it, `size` rows x columns.
    """
    title = f"All filters over {name}"
    groups = [(group, list(ones)) for group, ones in groupby(shown, key=lambda one: one.group)]
    return document(title, [
        f"<h1>{text(title)}</h1>",
        f'<p class="soft">{len(shown)} filters, {text(size)} pixels (rows x columns). '
        f"{HOW_SMALL if views.part is None else HOW}</p>",
        _views(views, name),
        *_index(groups),
        *(line for group, ones in groups for line in _group(group, ones, given)),
    ], STYLE)  # fmt: skip


def _index(groups: Iterable[tuple[str, list[Shown]]]) -> list[str]:
    """Link to every filter."""
    lines = ['<nav aria-label="Filters"><ul>']
    for group, ones in groups:
        links = " ".join(f'<a href="#{_place(one)}">{text(one.name)}</a>' for one in ones)
        lines.append(f'<li><a href="#group-{group}"><strong>{group}</strong></a> {links}</li>')
    return [*lines, "</ul></nav>"]


def _place(one: Shown) -> str:
    """Give the name of a filter's place on the page."""
    return text("filter-" + one.name.replace(" ", "-"))


def _group(group: str, ones: Sequence[Shown], given: str) -> list[str]:
    cards = [line for one in ones for line in _card(one, given)]
    return [f'<h2 id="group-{group}">{group}</h2>', '<div class="cards">', *cards, "</div>"]


def _card(one: Shown, given: str) -> list[str]:
    """Show one filter: what it makes, what it is, how it is called."""
    title = f" {text(one.file.title)}" if one.file.title else ""
    command = f"filterkit apply {shlex.quote(one.name)} {given}"
    notes = [note[:1].upper() + note[1:] for note in (one.reason, *one.notes) if note]
    return [
        f'<article class="card" id="{_place(one)}">',
        f"<h3><code>{text(one.name)}</code>{title}</h3>",
        *([_views(one.views, f"{one.name}: {one.file.title}")] if one.views else []),
        *(f"<p>{text(note)}</p>" for note in notes),
        *([f'<p class="soft">{text(one.file.about)}</p>'] if one.file.about else []),
        *_matrices(one),
        f"<pre><code>{text(command)}</code></pre>",
        "</article>",
    ]


def _views(views: Views, name: str) -> str:
    """Show a picture whole, and the part of it."""
    if views.part is None:
        return f'<figure class="views">{picture(views.whole, name)}</figure>'
    whole = picture(views.whole, f"{name}; the whole, reduced", QUALITY)
    return (
        f'<figure class="views">{whole}'
        f"{picture(views.part, f'{name}; a part, pixel by pixel', QUALITY)}</figure>"
    )


def _matrices(one: Shown) -> list[str]:
    """Show what a filter is made of: its one matrix, or an expression and its matrices within."""
    lines = [f"<p><code>{text(one.meaning)}</code></p>"] if one.meaning else []
    drawn = [line for kernel in one.kernels for line in _kernel(kernel, len(one.kernels) > 1)]
    body = ['<div class="matrices">', *drawn, "</div>"] if drawn else []
    if len(one.kernels) > 1:
        summary = f"<summary>{len(one.kernels)} matrices</summary>"
        body = ["<details>", summary, *body, "</details>"]
    return [*lines, *body]


def _kernel(step: Convolve, named: bool) -> list[str]:
    """Show the matrices of a kernel, one for each map and channel."""
    maps, channels = step.laid.shape[:2]
    tables = []
    for number, channel in np.ndindex(maps, channels):
        parts = [
            step.name if named and step.origin else "",
            f"map {number + 1}" if maps > 1 else "",
            f"channel {channel + 1}" if channels > 1 else "",
            f"divided by {short(abs(step.divide))}" if abs(step.divide) != 1 else "",
        ]
        caption = ", ".join(part for part in parts if part)
        tables.append(_matrix(step.laid[number, channel], caption))
    return tables


def _matrix(weights: NDArray[np.float64], caption: str) -> str:
    """Write a matrix as a table whose cells are coloured, a large one as a picture."""
    rows, columns = weights.shape
    texts = [line.split() for line in aligned(weights)]
    longest = max(len(one) for row in texts for one in row) + 1
    if rows > READABLE[0] or columns * longest > READABLE[1]:
        told = f"{rows}x{columns} weights" + (f", {caption}" if caption else "")
        image = heat(weights, cell=cell_of(weights.shape, SIDE), marks=False)
        return f"<figure>{picture(image, told)}<figcaption>{text(told)}</figcaption></figure>"
    grid = Grid("", texts, diverging(shares_of(weights)), np.zeros(weights.shape, np.uint8))
    lines = [f"<caption>{text(caption)}</caption>"] if caption else []
    for row in range(rows):
        cells = (_cell(grid, row, column) for column in range(columns))
        lines.append(f"<tr>{''.join(cells)}</tr>")
    return f'<div class="wide"><table class="cells">{"".join(lines)}</table></div>'


def _cell(grid: Grid, row: int, column: int) -> str:
    red, green, blue = grid.papers[row, column].tolist()
    ink = "#fff" if grid.inks[row, column] else "#000"
    style = f"background:#{red:02x}{green:02x}{blue:02x};color:{ink}"
    return f'<td style="{style}">{grid.texts[row][column]}</td>'
