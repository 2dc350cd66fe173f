"""The kernels that ImageMagick knows by name, as numbers: Sobel:45, Gaussian:0x2, Disk:3.5."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import zip_longest
from typing import NamedTuple

from filterkit.errors import FilterError, SettingError, UnknownNameError
from filterkit.filters.tools.imagemagick.formulas import (
    binomial,
    blur,
    comet,
    difference_of_gaussians,
    gaussian,
    laplacian_of_gaussian,
)
from filterkit.filters.tools.imagemagick.rotating import expanded
from filterkit.filters.tools.imagemagick.shapes import (
    cross,
    diamond,
    disk,
    octagon,
    plus,
    rectangle,
    ring,
    square,
    unity,
)
from filterkit.filters.tools.imagemagick.tables import COMPASS, compass, frei_chen, laplacian
from filterkit.filters.tools.laid import Laid
from filterkit.filters.tools.numbers import quoted
from filterkit.settings import Number, shown


class Argument(NamedTuple):
    """Name one of the numbers behind a kernel's name, and what stands for it where it is missing.

    A number that is `needed` has nothing to stand for it.
    """

    name: str
    missing: float | None = 0.0
    kind: Number = Number()
    needed: bool = False


class Named(NamedTuple):
    """Say what makes a kernel of its numbers, and whether a flag turns it."""

    make: Callable[..., Laid | tuple[Laid, ...]]
    takes: tuple[Argument, ...]
    turns: bool = True


POSITIVE = Number(least=0)
RADIUS = Argument("radius", 0.0, POSITIVE)
SIGMA = Argument("sigma", None, POSITIVE, needed=True)
ANGLE = Argument("angle")
KIND = Argument("kind")
SCALE = Argument("scale", 1.0)
SHAPE = (RADIUS, SCALE)

KERNELS = {
    "Unity": Named(unity, (SCALE,)),
    "Gaussian": Named(gaussian, (RADIUS, SIGMA), turns=False),
    "DoG": Named(
        difference_of_gaussians,
        (RADIUS, SIGMA, Argument("second sigma", 0.0, POSITIVE)),
        turns=False,
    ),
    "LoG": Named(laplacian_of_gaussian, (RADIUS, SIGMA), turns=False),
    "Blur": Named(blur, (RADIUS, SIGMA, ANGLE)),
    "Comet": Named(comet, (Argument("width", 0.0, POSITIVE), SIGMA, ANGLE)),
    "Binomial": Named(binomial, (RADIUS,)),
    "Laplacian": Named(laplacian, (KIND,), turns=False),
    **{name: Named(partial(compass, name), (ANGLE,)) for name in COMPASS},
    "FreiChen": Named(frei_chen, (KIND, ANGLE)),
    "Diamond": Named(diamond, SHAPE, turns=False),
    "Square": Named(square, SHAPE, turns=False),
    "Rectangle": Named(
        rectangle,
        tuple(Argument(name, None, POSITIVE) for name in ("columns", "rows", "column", "row")),
    ),
    "Disk": Named(disk, SHAPE, turns=False),
    "Octagon": Named(octagon, SHAPE),
    "Plus": Named(plus, SHAPE, turns=False),
    "Cross": Named(cross, SHAPE, turns=False),
    "Ring": Named(ring, (RADIUS, Argument("second radius", 0.0, POSITIVE), SCALE)),
}
"""ImageMagick's kernels that are weights. Those that it takes to be alike from all sides never
turn, whatever their weights are."""

PATTERNS = {
    "Peaks": "LoG:0x1.5, which answers to spots",
    "Edges": "Sobel or Kirsch, which answer to edges",
    "Corners": "Laplacian:3, which answers to corners and crossings",
    "Diagonals": "filterkit's line:angle=(45,135), which answers to oblique lines",
    "LineEnds": "filterkit's line, which answers to lines",
    "LineJunctions": "filterkit's line, which answers to lines",
    "Ridges": "filterkit's line, which answers to lines",
    "ConvexHull": "skimage.morphology.convex_hull_image, in Python",
    "ThinSE": "skimage.morphology.thin, in Python",
    "Skeleton": "skimage.morphology.skeletonize, in Python",
}
"""Kernels of ImageMagick for HitAndMiss, Thinning and Thicken, and what comes near."""

DISTANCES = ("Chebyshev", "Manhattan", "Octagonal", "Euclidean")
"""Kernels of ImageMagick for Distance."""


def named(name: str, arguments: Sequence[float | None] = (), flag: str = "") -> tuple[Laid, ...]:
    """Make a kernel of ImageMagick, or the list of kernels that its name or flag stands for.

    `arguments` are the numbers in the order of ImageMagick's geometry, rho, sigma, xi, psi, None
    where one is missing. `flag` is @, > or <, as in `rotating.expanded`. Capitals, hyphens and
    underscores of the name do not matter. Holes of a shape weigh 0. Raises UnknownNameError,
    FilterError for a kernel that is no sum of products or cannot be turned, and SettingError for
    a number that it cannot have.
    """
    name = _spelled(name)
    kernel = KERNELS[name]
    made = kernel.make(*_filled(name, kernel.takes, arguments))
    kernels = made if isinstance(made, tuple) else (made,)
    if not flag:
        return kernels
    if len(kernels) > 1:
        raise FilterError(
            f"{flag} turns no list, and this {name} is one of {len(kernels)} kernels.",
            f"{name}:11{flag} for the first of them",
        )
    if kernel.turns:
        return expanded(kernels[0], flag)
    return kernels * 4 if flag == "<" else kernels


def _spelled(name: str) -> str:
    """Find a name as ImageMagick writes it, or say why it makes no filter."""
    spellings = {known.lower(): known for known in (*KERNELS, *PATTERNS, *DISTANCES)}
    bare = name.lower().replace("-", "").replace("_", "")
    found = spellings.get(bare)
    if found is None:
        raise _unknown(name, bare, spellings)
    if found in PATTERNS:
        raise FilterError(
            f"{found} is a pattern that is found or missed, with pixels that do not count, and no "
            "sum of products.",
            PATTERNS[found],
        )
    if found in DISTANCES:
        raise FilterError(
            f"{found} measures distances, of which the least counts, and is no sum of products.",
            "cv2.distanceTransform, in Python",
        )
    return found


def _unknown(name: str, bare: str, spellings: dict[str, str]) -> UnknownNameError:
    """Say that there is no such kernel, and which come nearest."""
    from difflib import get_close_matches  # only a mistake needs it

    near = [spellings[match] for match in get_close_matches(bare, spellings, n=2)]
    hint = f"; the nearest {'is' if len(near) == 1 else 'are'} {', '.join(near)}" if near else ""
    return UnknownNameError(
        f"ImageMagick has no kernel '{quoted(name)}'{hint}.", f"one of {', '.join(KERNELS)}"
    )


def _filled(
    name: str, takes: tuple[Argument, ...], arguments: Sequence[float | None]
) -> Iterator[float | None]:
    """Yield the numbers a kernel takes, each checked, or what stands for it where it is missing."""
    for extra in filter(None, arguments[len(takes) :]):
        names = ", ".join(one.name for one in takes)
        raise SettingError(
            f"{name} takes {names} and no more: {shown(extra)} would mean nothing.",
            f"{name}:{names}",
        )
    for one, given in zip_longest(takes, arguments[: len(takes)]):
        if given is not None:
            yield one.kind.read(f"the {one.name} of {name}", given)
        elif one.needed:
            raise SettingError(
                f"{name} needs a {one.name}, its second number; ImageMagick takes 0 instead, which "
                "blurs nothing.",
                f"{name}:0x2",
            )
        else:
            yield one.missing
