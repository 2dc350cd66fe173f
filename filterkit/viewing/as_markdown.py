"""Parts of an explanation as Markdown, to be put into notes and lessons."""

from collections.abc import Iterator, Sequence

from filterkit.viewing.as_text import text
from filterkit.viewing.parts import Heading, Part, Shown, Table, Words

COLUMNS = 96
"""Letters of a line of numbers, beyond which pages have to be scrolled."""

SPECIAL = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_<>|[]#&~"})
"""What would be taken for something else than itself."""


def markdown(parts: Sequence[Part]) -> str:
    """Write parts as Markdown; numbers are in blocks that keep their columns."""
    told = [part for part in parts if not (isinstance(part, Shown) and part.besides)]
    return "\n\n".join("\n".join(_written(part)) for part in told) + "\n"


def _written(part: Part) -> Iterator[str]:
    if isinstance(part, Heading):
        yield f"{'#' * part.level} {part.text.translate(SPECIAL)}"
    elif isinstance(part, Words):
        yield part.text.translate(SPECIAL)
    elif isinstance(part, Table):
        yield from _table(part)
    elif isinstance(part, Shown):
        yield f"({part.name}: shown in colour, and on a page)".translate(SPECIAL)
    else:
        yield from ("```text", *text([part], COLUMNS), "```")


def _table(part: Table) -> Iterator[str]:
    heads, *rows = ([cell.translate(SPECIAL) for cell in row] for row in part.rows)
    ends = ["---:" if at in part.right else "---" for at in range(len(heads))]
    for row in (heads, ends, *rows):
        yield f"| {' | '.join(row)} |"
