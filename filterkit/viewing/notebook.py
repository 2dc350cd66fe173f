"""Filters, kernels, pictures and feature maps as a notebook shows them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from filterkit.applying.array import check, picture_of
from filterkit.filters.meaning import parse
from filterkit.filters.names import STEPS
from filterkit.pictures import png
from filterkit.pictures.formats import FORMATS
from filterkit.pictures.picture import Picture
from filterkit.steps.convolve import Convolve
from filterkit.steps.kernel import Kernel, Unknown
from filterkit.steps.pipeline import Bank, Pipeline
from filterkit.steps.step import Step
from filterkit.viewing.document import text
from filterkit.viewing.feature_maps import Layer, Map
from filterkit.viewing.grid import Grid
from filterkit.viewing.heat import cell_of, diverging, heat, shares_of
from filterkit.viewing.inline import (
    BARE,
    LEFT,
    SOFT,
    block,
    figure,
    heading,
    image_tag,
    short,
    side_by_side,
    table,
)
from filterkit.viewing.kernels import Facts
from filterkit.viewing.maps import last_layer
from filterkit.viewing.matrices import Matrices, Matrix, matrices
from filterkit.viewing.stages import COLOURS
from filterkit.viewing.viewed import COLUMNS, MOST, viewed

SIDE, CELL = 240, 24
"""Pixels of a side of a feature map or a large kernel, and of a weight at the most."""

THIN = 12
"""Rows of a vector that is drawn as a picture."""


@dataclass(frozen=True, eq=False)
class FeatureMaps:
    """Hold what a filter makes of an image, map by map, and show them in a notebook.

    `numpy.asarray` gives the numbers (rows, columns, maps), full scale 1; `names` are those of the
    maps.
    """

    filter: Step
    layer: Layer

    @property
    def names(self) -> tuple[str, ...]:
        """Name every map; one that is alone has the filter's name."""
        return tuple(
            f"{one.name or self.filter} {colour}".strip()
            for one in self.layer.maps
            for colour in (COLOURS if one.numbers.shape[2] == 3 else ("",))
        )

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        numbers = np.concatenate([one.numbers for one in self.layer.maps], axis=2)
        return numbers.astype(dtype or np.float32, copy=False)

    def __repr__(self) -> str:
        return f"FeatureMaps({str(self.filter)!r}: {self.layer.size})"

    def _repr_html_(self) -> str:
        layer = self.layer
        hidden = len(layer.maps) - MOST
        facts = [layer.size, *(layer.legends if len(layer.legends) == 1 else [])]
        facts += [f"{hidden} more are not shown"] if hidden > 0 else []
        return block(
            heading(str(self.filter), " · ".join(facts)),
            side_by_side(_map(layer, one) for one in layer.maps[:MOST]),
        )


def feature_maps(array: NDArray[Any], filter: str | Step) -> FeatureMaps:
    """Run a filter over an image and give its feature maps, which show themselves in a notebook.

    `array` is one image, as `apply` takes it; alpha is no map. `numpy.asarray` of the result are
    the raw numbers (rows, columns, maps), and `names` those of the maps. Raises TypeError for
    several images.
    """
    check(array, filter)
    picture = picture_of(array)
    if picture.frames > 1:
        raise TypeError(f"feature maps are those of one image, not of {picture.frames}: array[0].")
    step = parse(filter) if isinstance(filter, str) else filter
    return FeatureMaps(step, last_layer(step, picture))


def notebook_html(thing: Kernel | Step | Picture) -> str:
    """Write what a notebook shows of a kernel, a step or a picture."""
    if isinstance(thing, Kernel):
        return block(_kernel(Convolve(thing)))
    if isinstance(thing, Picture):
        return block(_picture(thing))
    parts = list(_parts(thing))
    rows = "".join(
        f'<tr style="background:none"><td style="{LEFT}"><code>{text(short(name))}</code></td>'
        f'<td style="{LEFT}">{_meaning(step)}</td></tr>'
        for name, step in parts
    )
    whole = heading(str(thing)) if len(parts) > 1 else ""
    return block(whole, f'<table style="{BARE}"><tbody>{rows}</tbody></table>')


def notebook_png(picture: Picture) -> bytes:
    """Draw the first frame at 8 bit with its alpha, reduced if it is large, as PNG."""
    image, alpha = viewed(picture)
    return png.encode(Picture(image[None], None if alpha is None else alpha[None]))


def _parts(step: Step, indent: str = "") -> Iterator[tuple[str, Step]]:
    """Yield the steps of a pipeline with their names; those of an operand begin with & and |."""
    if isinstance(step, Pipeline):
        for one in step.steps:
            yield from _parts(one, indent)
            indent = indent[:-2] + "| " if indent.endswith("& ") else indent
    elif isinstance(step, Bank):
        for operand in step.operands:
            yield from _parts(operand, indent + "& ")
    else:
        yield indent + str(step), step


def _meaning(step: Step) -> str:
    """Show the kernel of a convolution, or say what another step does."""
    if isinstance(step, Convolve):
        return _kernel(step)
    name = str(step).partition(":")[0]
    return text(STEPS[name].title) if name in STEPS else ""


def _kernel(step: Convolve) -> str:
    """Show the matrices of a kernel, and its facts beneath."""
    if isinstance(step.kernel, Unknown):
        return f"a kernel of {text(str(step.kernel))} weights that are to be learned"
    found = matrices(step)
    facts = [Facts.of(step).said()[0].strip()]
    facts += [found.after] if found.after else []
    facts += [f"{found.hidden} more matrices are not shown"] if found.hidden else []
    return side_by_side(_matrix(found, one) for one in found.shown) + (
        f'<div style="{SOFT}">{text(" · ".join(facts))}</div>'
    )


def _matrix(found: Matrices, matrix: Matrix) -> str:
    """Write the numbers of a matrix on their colours, or draw it if they are too many."""
    shares = shares_of(matrix.weights, found.largest)
    if matrix.numbers:
        marks = np.zeros(shares.shape, np.uint8)
        return figure(table(Grid("", matrix.numbers, diverging(shares), marks)), matrix.name)
    cell = min(cell_of(shares.shape, SIDE), CELL)
    image = heat(matrix.weights, found.largest, cell)
    return figure(image_tag(image[:, :COLUMNS], matrix.told), matrix.name)


def _map(layer: Layer, one: Map) -> str:
    """Show a feature map as numbers if it is small, else as a picture."""
    several = [layer.legend(one)] if len(layer.legends) > 1 else []
    told = " · ".join([*([one.name] if one.name else []), one.told, *several])
    if one.readable:
        return figure(table(layer.grid(one)), told)
    image = layer.coloured(one, (SIDE, 4 * SIDE if layer.shape.flat else SIDE))
    image = image.repeat(THIN, axis=0) if layer.shape.flat else image
    return figure(image_tag(image, told), told, max(image.shape[1], SIDE // 2))


def _picture(picture: Picture) -> str:
    """Show the first frame, enlarged if it is tiny, and say what kind of picture it is."""
    depth = picture.depth if picture.depth == "float" else f"{picture.depth} bit"
    told = [f"{picture.rows}x{picture.columns}x{picture.channels}", depth]
    told += ["with alpha"] if picture.alpha is not None else []
    told += [FORMATS[picture.format].title] if picture.format in FORMATS else []
    told += [f"the first of {picture.all_frames} frames"] if picture.all_frames > 1 else []
    image, alpha = viewed(picture)
    times = max(SIDE // 2 // max(image.shape[:2]), 1)
    return figure(image_tag(image, ", ".join(told), alpha, times), " · ".join(told))
