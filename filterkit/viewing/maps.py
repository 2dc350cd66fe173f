"""Every feature map of every step of a filter, as the engine that runs the batch makes it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np

from filterkit.applying.filtering import Result, mixes, raw, rendered
from filterkit.applying.paging import members_of
from filterkit.pictures.picture import Picture
from filterkit.steps.convolve import Convolve
from filterkit.steps.kernel import Kernel
from filterkit.steps.pipeline import Bank, Pipeline
from filterkit.steps.step import Step
from filterkit.viewing.feature_maps import Layer, Map

PICTURE = "picture"
"""What the first layer is called, in place of a step."""

COLOURS = ("red", "green", "blue")


class Place(NamedTuple):
    """Name a step of a filter, the composed filter or operand that it stands `within`, if any.

    `beginning` is the filter up to this step and no further, rendered as this step says.
    """

    step: str
    within: str
    beginning: Step
    is_bank: bool = False


def places(step: Step) -> list[Place]:
    """List the layers of a filter, that of the picture first.

    A bank is one layer, of all that its operands end with; what is before that in an operand has
    layers of its own in front of it.
    """
    untouched = Convolve(Kernel([[1]]), fusion="keep")
    return [Place(PICTURE, "", untouched), *_places(step, lambda end: end, "")]


def _places(step: Step, behind: Callable[[Step], Step], within: str) -> Iterator[Place]:
    """List the layers of a step; `behind` puts an end of its own behind what comes before it.

    Filters keep the form in which they are run, for another one may be rounded otherwise.
    """
    if isinstance(step, Pipeline):
        within = step.name if step.name and len(step.steps) > 1 else within
        for at, one in enumerate(step.steps):
            yield from _places(one, partial(_cut, behind, step, at), within)
        return
    if isinstance(step, Bank):
        for operand in step.operands:
            *inner, _ = _places(operand, behind, str(operand))
            yield from inner
    yield Place(str(step), within, behind(step), isinstance(step, Bank))


def _cut(behind: Callable[[Step], Step], whole: Pipeline, at: int, end: Step) -> Step:
    """Cut a pipeline off behind step number `at`, in whose place there is `end`."""
    last = at == len(whole.steps) - 1
    render = whole.render if last else None
    return behind(Pipeline([*whole.steps[:at], end], render, whole.name))


def layers(step: Step, picture: Picture, threads: int | None = None) -> Iterator[Layer]:
    """Compute one layer after the other; the last one is what `filterkit apply` makes."""
    picture = source_of(step, picture)
    for number, place in enumerate(places(step)):
        yield _layer(number, place, picture, threads)


def last_layer(step: Step, picture: Picture) -> Layer:
    """Compute what `filterkit apply` makes, and no other layer."""
    *before, last = places(step)
    return _layer(len(before), last, source_of(step, picture), None)


def _layer(number: int, place: Place, picture: Picture, threads: int | None) -> Layer:
    numbers = raw(place.beginning, picture, threads)
    pixels = rendered(place.beginning, picture, np.uint8, threads)
    maps = [] if numbers.shape.flat else list(_maps(numbers, pixels))
    maps = maps or [_vector(numbers, pixels)]
    return Layer(number, place.step, place.within, numbers.shape, maps)


def source_of(step: Step, picture: Picture) -> Picture:
    """Give the first frame; with its alpha where the whole filter makes its steps weigh by it."""
    alpha = None if picture.alpha is None else picture.alpha[:1]
    first = replace(picture, pixels=picture.pixels[:1], alpha=alpha, animation=None, further=())
    return first if mixes(step, first) else replace(first, alpha=None)


def _maps(numbers: Result, pixels: Result) -> Iterator[Map]:
    """Part the members, and a member's channels where they make no picture in colour."""
    alone = len(numbers.shape.members) == 1
    pairs = zip(members_of(numbers), members_of(pixels), strict=True)
    for (name, one), (_, shown) in pairs:
        name = "" if alone and not numbers.shape.members[0].name else name
        render = one.shape.members[0].render
        whole = Map(name, one.pixels[0], shown.pixels[0], render)
        channels = whole.numbers.shape[2]
        if channels == 1 or (channels == 3 and not whole.signed):
            yield whole
            continue
        names = COLOURS if channels == 3 else [f"channel {n + 1}" for n in range(channels)]
        for at, channel in enumerate(names):
            only = slice(at, at + 1)
            yield Map(
                f"{name} {channel}".strip(),
                whole.numbers[..., only],
                whole.pixels[..., only],
                render,
            )


def _vector(numbers: Result, pixels: Result) -> Map:
    """Lay a vector out in a row."""
    render = numbers.shape.members[0].render
    return Map("", numbers.pixels.reshape(1, -1, 1), pixels.pixels.reshape(1, -1, 1), render)
