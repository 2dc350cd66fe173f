"""The pages of a TIFF: which directories are pages, and which pages are alike."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from filterkit.pictures.codecs import MOST_FRAMES
from filterkit.pictures.directory import Block, DamagedError, Directory
from filterkit.pictures.metadata import ORIENTATION
from filterkit.pictures.picture import Size
from filterkit.pictures.tiff.layout import Layout, Told, layout_of

COLUMNS = 256
SUBFILE, OLD_SUBFILE, FURTHER = 254, 255, 330
REDUCED, MASK = 1, 4
OLD_REDUCED = 2
ICC = 34675


class Page(NamedTuple):
    """Hold a page's directory and how its pixels lie."""

    directory: Directory
    layout: Layout


class Pages(NamedTuple):
    """Hold the pages of a file, and whether it has reduced copies or masks besides."""

    pages: list[Page]
    others: bool


def pages_of(block: Block) -> Pages:
    """Read the pages, one more than a picture may have frames at the most.

    A file of raw cameras begins with thumbnails, and the picture lies one level further down.
    """
    chain = _apart(block, _chain(block))
    if not chain:
        raise DamagedError("it has no page")
    full = [one for one in chain if not _is_reduced(block, one)]
    if not full:
        further = _apart(block, _further(block, chain[0]))
        full = [one for one in further if not _is_reduced(block, one)] or chain[:1]
    others = len(full) < len(chain) or any(FURTHER in page.entries for page in full)
    return Pages([Page(one, layout_of(block, one)) for one in full], others)


def _chain(block: Block) -> Iterator[Directory]:
    """Follow the directories from one to the next."""
    seen: set[int] = set()
    place = block.first
    while place and len(seen) <= MOST_FRAMES:
        if place in seen:
            raise DamagedError("its pages come back to an earlier one")
        seen.add(place)
        directory = block.directory(place)
        yield directory
        place = directory.next


def _further(block: Block, page: Directory) -> Iterator[Directory]:
    """Read the directories that a page has of its own."""
    for place in block.numbers(page.entries.get(FURTHER))[: MOST_FRAMES + 1]:
        yield block.directory(place)


def _apart(block: Block, directories: Iterator[Directory]) -> list[Directory]:
    """Read directories that do not lie over one another: a few bytes could be any number."""
    found, entries = [], 0
    for one in directories:
        found.append(one)
        entries += len(one.entries)
        if entries * block.entry_bytes > len(block.content):
            raise DamagedError("its pages lie over one another")
    return found


def _is_reduced(block: Block, directory: Directory) -> bool:
    """Tell whether a directory is a thumbnail, a smaller copy or a mask of a page.

    Thumbnails that go with EXIF often tell no size, but for the first directory that is damage.
    """
    told = Told(block, directory)
    kind = told.one(SUBFILE)
    return (
        bool(kind & (REDUCED | MASK))
        or told.one(OLD_SUBFILE) == OLD_REDUCED
        or COLUMNS not in directory.entries
    )


def runs(block: Block, pages: Sequence[Page]) -> list[list[Page]]:
    """Part pages into runs of such as can be frames of one picture."""
    return [list(run) for _, run in groupby(pages, lambda page: _likeness(block, page))]


def _likeness(block: Block, page: Page) -> tuple[Any, ...]:
    """Give what frames of one picture have in common."""
    layout = page.layout
    profile = page.directory.entries.get(ICC)
    return (
        layout.rows,
        layout.columns,
        layout.channels,
        layout.dtype,
        layout.alpha is None,
        Told(block, page.directory).one(ORIENTATION, 1),
        block.value(profile) if profile else b"",
    )


def size_of(block: Block, pages: Sequence[Page]) -> Size:
    """Give the size of pages, as runs."""
    sizes = [
        Size(len(run), run[0].layout.rows, run[0].layout.columns, run[0].layout.samples)
        for run in runs(block, pages)
    ]
    return sizes[0]._replace(further=tuple(sizes[1:]))
