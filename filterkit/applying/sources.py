"""Where a picture comes from: a file, a pipe, one of our samples, or numbers written out."""

from dataclasses import dataclass
from pathlib import Path

from filterkit import shipped
from filterkit.errors import NoSuchInputError, UnsupportedInputError
from filterkit.pictures.files import escaped

SAMPLE = "sample:"
SAMPLE_FOLDER = shipped.folder("samples")


@dataclass(frozen=True)
class Source:
    """Name an input as it was given.

    `numbers` are the rows of a matrix that is written out, whose results are called `stem`. A file
    that was found in a folder has that as its `root`: below it no link is followed.
    """

    text: str
    numbers: tuple[tuple[float, ...], ...] | None = None
    stem: str = ""
    root: Path | None = None

    @classmethod
    def of(cls, text: str) -> "Source":
        """See what a word on the command line names. Raises FilterError, NoSuchInputError."""
        if text.startswith("[") and not is_there(text):
            return _matrix(text)
        if text.startswith(SAMPLE):
            sample_file(text)
            return cls(text, stem=text[len(SAMPLE) :])
        return cls(text, stem="stdin" if text == "-" else Path(text).stem)

    @property
    def label(self) -> str:
        """Name it in messages, with nothing in it that a terminal would obey."""
        return "stdin" if self.text == "-" else escaped(self.text)

    @property
    def path(self) -> Path | None:
        """Give the file that it is, or None for a pipe, a sample and a matrix."""
        named = self.text != "-" and not self.text.startswith(SAMPLE) and self.numbers is None
        return Path(self.text) if named else None

    @property
    def ending(self) -> str:
        """Give the ending that results keep: what is no file becomes a PNG."""
        if self.text.startswith(SAMPLE):
            return sample_file(self.text).suffix
        return self.path.suffix if self.path else ".png"

    @property
    def folder(self) -> Path:
        """Give the folder that results lie in: the file's own, else the current one."""
        return self.path.parent if self.path else Path()


def is_there(text: str) -> bool:
    """Tell whether there is a file; a text that can be no file's name is none."""
    try:
        return Path(text).exists()
    except OSError:  # too long, or in a folder that may not be looked into
        return False


def _matrix(text: str) -> Source:
    """Make a picture of numbers: each is taken as it is, 1 is white."""
    from filterkit.applying.naming import matrix_name
    from filterkit.filters.expression import read_matrix

    matrix = read_matrix(text)
    if any(isinstance(number, tuple) for row in matrix.numbers for number in row):
        raise UnsupportedInputError("a picture of numbers has rows and columns, and no more.")
    rows = tuple(tuple(float(number) for number in row) for row in matrix.numbers)
    return Source(text, numbers=rows, stem=matrix_name(matrix))


def samples() -> dict[str, Path]:
    """Map the names of the samples to their files."""
    found = sorted(SAMPLE_FOLDER.glob("*.*"))
    return {path.stem: path for path in found if path.suffix in (".png", ".jpg")}


def sample_file(text: str) -> Path:
    """Find the file of sample:NAME. Raises NoSuchInputError with the names there are."""
    name, known = text[len(SAMPLE) :], samples()
    if name not in known:
        raise NoSuchInputError(
            f"there is no sample '{escaped(name)}'; there are {', '.join(known)}.",
            f"{SAMPLE}{next(iter(known), 'zero')}",
        )
    return known[name]
