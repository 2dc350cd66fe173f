"""Parts of an explanation as a page: one file that fetches nothing."""

from collections.abc import Iterator, Sequence

from filterkit.viewing.document import document, picture, text
from filterkit.viewing.grid import ADDED, CHOSEN, MEANINGS, UNREAD, WINDOW, Grid
from filterkit.viewing.parts import Grids, Heading, Lines, Part, Shown, Table, Words

CLASSES = ((WINDOW, "under"), (ADDED, "added"), (CHOSEN, "chosen"), (UNREAD, "unread"))
"""The class of a cell for each of its marks."""

ENLARGED = 4
"""Pixels of the page for each pixel of a small picture."""

STYLE = """
.grids { display: flex; flex-wrap: wrap; gap: 1rem 2rem; align-items: flex-start; }
.grids figure { margin: .5rem 0; max-width: 100%; overflow-x: auto; }
.grid { border-collapse: separate; border-spacing: 3px; }
.grid th { padding: 0 .2rem; font-size: .75rem; font-weight: normal; color: var(--soft); }
.grid td, .key { min-width: 2.1rem; padding: .2rem .4rem; text-align: right; white-space: nowrap;
  font-variant-numeric: tabular-nums; border-radius: 2px; outline: 1px solid var(--line); }
.grid .under, .key.under { outline: 3px solid #d6006c; }
.grid .added, .key.added { font-style: italic; outline: 2px dashed var(--soft); }
.grid .under.added { outline: 3px dashed #d6006c; }
.grid .chosen, .key.chosen { font-weight: bold; outline: 4px double #009650;
  outline-offset: 1px; text-decoration: underline; }
.grid .unread, .key.unread { text-decoration: line-through; outline: 2px dotted var(--soft); }
.key { display: inline-block; min-width: 1.5rem; margin: 0 .5rem 0 1rem; text-align: center; }
.key:first-child { margin-left: 0; }
.sums { padding: .5rem 1rem; background: var(--panel); overflow-x: auto; user-select: auto;
  white-space: pre-wrap; overflow-wrap: normal; }
.numbers th, .numbers td { padding: .25rem 1rem .25rem 0; text-align: left;
  border-bottom: 1px solid var(--line); white-space: nowrap; }
.numbers .right { text-align: right; font-variant-numeric: tabular-nums; }
.numbers thead th { color: var(--soft); font-weight: normal; }
.shown { display: inline-block; margin: .5rem 1rem .5rem 0; max-width: 100%; }
.shown figcaption { width: 0; min-width: 100%; }
.shown img { max-width: 100%; height: auto; }
"""


def page(parts: Sequence[Part]) -> str:
    """Write parts as one HTML file."""
    title = next(part.text for part in parts if isinstance(part, Heading))
    return document(title, [line for part in parts for line in _written(part)], STYLE)


def _written(part: Part) -> Iterator[str]:
    if isinstance(part, Heading):
        yield f"<h{part.level}>{text(part.text)}</h{part.level}>"
    elif isinstance(part, Words):
        yield f"<p>{text(part.text)}</p>"
    elif isinstance(part, Lines):
        yield f'<pre class="sums">{"&#10;".join(map(text, part.lines))}</pre>'
    elif isinstance(part, Table):
        yield from _table(part)
    elif isinstance(part, Grids):
        yield '<div class="grids">'
        yield from (_grid(grid) for grid in part.grids)
        yield "</div>"
        yield from _legend(part)
    else:
        yield _shown(part)


def _table(part: Table) -> Iterator[str]:
    heads, *rows = part.rows
    kinds = [' class="right"' if at in part.right else "" for at in range(len(heads))]
    yield '<div class="wide"><table class="numbers"><thead><tr>'
    yield "".join(
        f'<th scope="col"{kind}>{text(head)}</th>' for kind, head in zip(kinds, heads, strict=True)
    )
    yield "</tr></thead><tbody>"
    for row in rows:
        cells = zip(kinds, row, strict=True)
        yield f"<tr>{''.join(f'<td{kind}>{text(cell)}</td>' for kind, cell in cells)}</tr>"
    yield "</tbody></table></div>"


def _grid(grid: Grid) -> str:
    """Write a grid as a table, with the numbers of rows and columns where it has them."""
    lines = [f"<figure><figcaption>{text(grid.name)}</figcaption>", '<table class="grid">']
    if grid.first is not None:
        columns = range(grid.first[1], grid.first[1] + len(grid.texts[0]))
        heads = "".join(f'<th scope="col">{column}</th>' for column in columns)
        lines.append(f"<thead><tr><td></td>{heads}</tr></thead>")
    lines.append("<tbody>")
    for at, cells in enumerate(_cells(grid)):
        head = "" if grid.first is None else f'<th scope="row">{grid.first[0] + at}</th>'
        lines.append(f"<tr>{head}{''.join(cells)}</tr>")
    return "\n".join([*lines, "</tbody></table></figure>"])


def _cells(grid: Grid) -> Iterator[list[str]]:
    rows = zip(grid.texts, grid.marks.tolist(), grid.papers.tolist(), grid.inks.tolist(),
               strict=True)  # fmt: skip
    for texts, marks, papers, inks in rows:
        yield [
            f'<td{_class(mark)} style="background:rgb{tuple(paper)};color:rgb({ink},{ink},{ink})">'
            f"{text(one)}</td>"
            for one, mark, paper, ink in zip(texts, marks, papers, inks, strict=True)
        ]


def _class(mark: int) -> str:
    names = " ".join(name for one, name in CLASSES if mark & one)
    said = ", ".join(MEANINGS[one] for one, _ in CLASSES if mark & one)
    return f' class="{names}" title="{said}"' if names else ""


def _legend(part: Grids) -> Iterator[str]:
    """Explain the marks that there are, beside a cell that has them."""
    there = {int(mark) for grid in part.grids for mark in grid.marks.flat}
    keys = [
        f'<span class="key {name}">0</span>{MEANINGS[mark]}'
        for mark, name in CLASSES if any(one & mark for one in there)
    ]  # fmt: skip
    if keys:
        yield f'<p class="soft">{" ".join(keys)}</p>'


def _shown(part: Shown) -> str:
    image = part.image.repeat(ENLARGED, axis=0).repeat(ENLARGED, axis=1)
    return (
        f'<figure class="shown"><figcaption>{text(part.name)}: {text(part.about)}</figcaption>'
        f"{picture(image, f'{part.name}: {part.about}')}</figure>"
    )
