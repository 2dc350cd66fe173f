"""Whether a shape makes pictures of the right size, and which shape would."""

from filterkit.errors import ExamplesError, TooSmallError
from filterkit.learning.examples import Example
from filterkit.settings import written
from filterkit.steps.convolve import Convolve
from filterkit.steps.pipeline import Pipeline, walk
from filterkit.steps.step import Shape
from filterkit.steps.window import Window

Size = tuple[int, int]


def insist(shape: Pipeline, example: Example, first: Example | None = None, name: str = "") -> None:
    """Raise ExamplesError unless a pair has the sizes that a shape makes, and is like the first."""
    before, after = example
    rows, columns, channels = before.image.shape
    try:
        made = shape.shape(Shape.of(rows, columns, channels))
    except TooSmallError as error:
        raise ExamplesError(f"{before.name}: {error.sentence}", error.advice) from None
    rows_asked = (one.kernel.rows for one in walk(shape) if isinstance(one, Convolve))
    asked = next((high for high in rows_asked if high > 1), 5)
    if (made.rows, made.columns) != after.image.shape[:2]:
        raise ExamplesError(
            f"{before.name} is {before.size} pixels (rows x columns), {after.name} {after.size}; "
            f"{name or shape} would make {made.rows}x{made.columns}.",
            _fitting((rows, columns), after.image.shape[:2], asked),
        )
    if first is None:
        return
    for one, other in zip(first, example, strict=True):
        kinds = [(picture.image.shape[2], picture.image.dtype) for picture in (one, other)]
        if kinds[0] != kinds[1]:
            raise ExamplesError(
                f"all pairs have one kind of pixels: {one.name} has {_kind(*kinds[0])}, "
                f"{other.name} {_kind(*kinds[1])}."
            )


def _kind(channels: int, dtype: object) -> str:
    return f"{channels} channel{'s' * (channels > 1)} of {dtype}"


def _fitting(size: Size, wanted: Size, asked: int) -> str:
    """Name a shape that makes the size that is wanted, `asked` rows if possible, or what to do."""
    if wanted[0] > size[0] or wanted[1] > size[1]:
        return "the two the other way round, if they are swapped"
    for stride in (1, 2, 3, 4):
        for padding in ("same", "valid", 1):
            for kernel in (asked, 5, 3, 7, 9, 11):
                window = Window.of(kernel, stride, padding)
                if (window.output(size[0]), window.output(size[1])) == wanted:
                    settings = [f"stride={written(stride)}"] * (stride > 1)
                    settings += [f"padding={padding}"] * (padding != "same")
                    return f"--filter {kernel}x{kernel}:{','.join(settings)}"
    return "pictures of one size"
