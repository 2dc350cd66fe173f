"""Where a picture comes from: a file, a pipe, one of our samples, or numbers on the command line."""

from dataclasses import dataclass
from pathlib import Path

from filterkit import shipped
from filterkit.errors import NoSuchInputError, UnsupportedInputError
from filterkit.filters.tree import Matrix

SAMPLE = "sample:"
SAMPLE_FOLDER = shipped.folder("samples")


@dataclass(frozen=True)
class Source:
    """Name an input as it was given; `content` is what came through a pipe."""

    text: str
    content: bytes | None = None

    @property
    def label(self) -> str:
        """Name it in messages, with nothing in it that a terminal would obey."""
        from filterkit.pictures.files import escaped

        return "stdin" if self.text == "-" else escaped(self.text)

    @property
    def path(self) -> Path | None:
        """Give the file's path, or None for a pipe, a sample and a matrix."""
        return None if self.text == "-" or self.sample or self.matrix else Path(self.text)

    @property
    def sample(self) -> str:
        """Give the name of a sample, or nothing."""
        return self.text[len(SAMPLE) :] if self.text.startswith(SAMPLE) else ""

    @property
    def matrix(self) -> Matrix | None:
        """Give the numbers of a matrix that is written out, or None."""
        from filterkit.filters.expression import read_matrix

        if not self.text.startswith("[") or Path(self.text).exists():
            return None
        return read_matrix(self.text)

    @property
    def stem(self) -> str:
        """Give the name that results are called after."""
        from filterkit.applying.naming import matrix_name

        matrix = self.matrix
        if matrix is not None:
            return matrix_name(matrix)
        return "stdin" if self.text == "-" else self.sample or Path(self.text).stem

    @property
    def ending(self) -> str:
        """Give the ending that results keep: a matrix is shown as a PNG."""
        if self.sample:
            return sample_file(self.sample).suffix
        return self.path.suffix if self.path else ".png"

    @property
    def folder(self) -> Path:
        """Give the folder that results lie in: the file's own, else the current one."""
        return self.path.parent if self.path else Path()


def samples() -> dict[str, Path]:
    """Map the names of the samples to their files."""
    found = sorted(SAMPLE_FOLDER.glob("*.*"))
    return {path.stem: path for path in found if path.suffix in (".png", ".jpg")}


def sample_file(name: str) -> Path:
    """Find a sample. Raises NoSuchInputError with the names there are."""
    known = samples()
    if name not in known:
        raise NoSuchInputError(
            f"there is no sample '{name}'; there are {', '.join(known)}.",
            f"{SAMPLE}{next(iter(known), 'zero')}",
        )
    return known[name]


def matrix_pixels(matrix: Matrix) -> list[list[float]]:
    """Give the numbers of a matrix as a picture's rows; each is taken as it is, 1 is white."""
    if any(isinstance(row, tuple) and row and isinstance(row[0], tuple) for row in matrix.numbers):
        raise UnsupportedInputError("a picture of numbers has rows and columns, and no more.")
    return [[float(number) for number in row] for row in matrix.numbers]
