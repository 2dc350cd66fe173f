"""What is tried with the bytes, and what must hold afterwards.

A target makes an input from a random generator, and tries one: it passes, is refused by one of
our errors, or breaks a promise. Promises are asserted.
"""

from pathlib import Path
from typing import Any, NamedTuple, Protocol

from fuzz import grammar, seeds
from fuzz.mutating import mended, mutated

MOST_PIXELS = 1 << 20
"""The limit that every picture is read with; what is above costs no memory."""

FEW = 1 << 14
"""Pixels of a picture whose metadata is written again."""


class Target(Protocol):
    """Make inputs, and try them."""

    def content(self, rng: Any, index: int) -> bytes:
        """Give the input of a number."""

    def tried(self, content: bytes) -> None:
        """Raise a FilterkitError, or nothing, or whatever is wrong."""


class Reading(NamedTuple):
    """Read pictures of a format, and write their metadata again where that is cheap."""

    name: str

    def content(self, rng, index):
        found = seeds.pictures(self.name)
        if index < len(found):
            return found[index]
        return mended(rng, mutated(rng, found), found)

    def tried(self, content):
        from filterkit.pictures.codecs import FORMATS, decode, encode, sniff
        from filterkit.pictures.picture import Metadata

        picture = decode(content, "it", MOST_PIXELS)
        size = FORMATS[sniff(content)].codec.size(content)
        pages = (size, *size.further)
        assert size.pixels <= MOST_PIXELS, f"{size} is beyond the limit"
        for told, page in zip(pages, (picture, *picture.further), strict=True):
            assert page.frames == told.frames, f"{page.frames} frames, not {told.frames}"
            assert sorted((page.rows, page.columns)) == sorted((told.rows, told.columns))
        assert all(note.endswith(".") and note.isprintable() for note in picture.notes)
        if picture.metadata == Metadata() or size.pixels > FEW:
            return
        for other in ("png", "jpeg", "tiff", "webp"):
            written = attempt(encode, blank(picture, other), other)
            if written is not None:
                decode(written, "what was written", MOST_PIXELS)


def blank(picture, name):
    """Give a black picture that a format holds, with the metadata of another."""
    import numpy as np

    from filterkit.pictures.formats import FORMATS
    from filterkit.pictures.picture import Picture

    channels = 1 if picture.channels < 3 and 1 in FORMATS[name].channels else 3
    pixels = np.zeros((1, picture.rows, picture.columns, channels), np.uint8)
    return Picture(pixels, metadata=picture.metadata)


def attempt(what, *arguments):
    """Do something that one of our errors may refuse."""
    from filterkit.errors import FilterkitError

    try:
        return what(*arguments)
    except FilterkitError:
        return None


class FilterFiles:
    """Load filter files, write them again, and make filters of them."""

    name = "filter-file"

    def content(self, rng, index):
        found = seeds.filter_files()
        if index < len(found):
            ending, content = found[index]
        else:
            ending = rng.choice((".toml", ".toml", ".toml", ".npy", ".csv", ".txt", ".mat"))
            likes = [content for other, content in found if other == ending]
            content = mutated(rng, likes)
        return ending.encode() + b"\n" + content

    def tried(self, content):
        from filterkit.filters.formats import dump, heading, load
        from filterkit.filters.meaning import parse

        ending, _, body = content.partition(b"\n")
        path = Path("mine" + ending.decode())
        path.write_bytes(body)
        attempt(heading, path)
        file = load(path)
        written = attempt(dump, file)
        if written is not None:
            Path("again.toml").write_text(written, encoding="utf-8")
            again = load(Path("again.toml"))
            assert again == file.__class__(**{**vars(file), **_same(again, file)}), written
        checked(parse(f"./{path}"))


def _same(again, file):
    """Give what may differ: the name and the place, its own and its kernels'."""
    kernels = {
        name: one.__class__(**{**vars(one), "path": again.path})
        for name, one in file.kernels.items()
    }
    return {"name": again.name, "path": again.path, "kernels": kernels}


class Expressions:
    """Read expressions, make filters of them, and write them again."""

    name = "expression"

    def content(self, rng, index):
        found = seeds.expressions()
        if index < len(found):
            return found[index]
        if rng.random() < 0.5:
            return grammar.expression(rng).encode()
        pool = [*found, *(grammar.expression(rng).encode() for _ in range(4))]
        return mutated(rng, pool)

    def tried(self, content):
        from filterkit.applying.naming import slug
        from filterkit.filters.expression import read
        from filterkit.filters.meaning import made

        tree = read(content.decode(errors="surrogateescape"))
        assert read(str(tree)) == tree, str(tree)
        step = made(tree)
        name = slug(tree, "")
        assert 0 < len(name) <= 100 and not set(name) & set("/\\\0\n") and name != "..", name
        checked(step)


class ForeignKernels:
    """Read kernels of other tools, and write each again for all of them."""

    name = "foreign"

    def content(self, rng, index):
        if index < len(seeds.FOREIGN):
            name, text = seeds.FOREIGN[index]
        else:
            name = rng.choice(seeds.FOREIGN)[0]
            text = mutated(rng, [text for other, text in seeds.FOREIGN if other == name])
        return name.encode() + b"\n" + text

    def tried(self, content):
        from filterkit.filters.meaning import made
        from filterkit.filters.tools.known import HOMES, READ, tool
        from filterkit.filters.tools.reading import foreign
        from filterkit.filters.tools.writing import exported

        name, _, text = content.decode(errors="surrogateescape").partition("\n")
        step = made(foreign(text, name))
        checked(step)
        for other in HOMES:
            written = attempt(exported, step, tool(other))
            if written is not None and other in READ and other not in ("npy", "toml"):
                checked(made(foreign(written.content.decode(), other)))


def checked(step):
    """Insist that a filter's text is read as the same filter, and ask for its shape."""
    from filterkit.filters.meaning import parse
    from filterkit.steps.pipeline import Pipeline
    from filterkit.steps.step import Shape

    pipeline = step if isinstance(step, Pipeline) else Pipeline([step])
    text = str(pipeline)
    again = parse(text)
    assert again == pipeline, text
    assert str(again) == text, text
    attempt(step.shape, Shape.of(9, 11, 3))


TARGETS: dict[str, Target] = {
    one.name: one
    for one in (*map(Reading, seeds.NAMES), FilterFiles(), Expressions(), ForeignKernels())
}
