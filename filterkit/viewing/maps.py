"""Every feature map of every step of a filter, as the engine that runs the batch makes it."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from filterkit.applying.filtering import Result, mixes, raw, rendered
from filterkit.applying.paging import members_of
from filterkit.pictures.picture import Picture
from filterkit.steps.convolve import Convolve
from filterkit.steps.kernel import Kernel
from filterkit.steps.step import Shape, Step
from filterkit.viewing.feature_maps import Layer, Map
from filterkit.viewing.stages import COLOURS, Stage, stages

UNTOUCHED = Convolve(Kernel([[1]]), fusion="keep")
"""What makes of a picture itself."""


def layers_of(step: Step, shape: Shape) -> list[Stage]:
    """List the stages that are layers, that of the picture first.

    A bank is one layer, of all that its operands end with; what is before that in an operand has
    layers of its own in front of it.
    """
    every = stages(step, shape)
    ends = {at for one in every if one.is_bank for at in one.inputs}
    return [one for one in every if one.number not in ends or not one.inputs]


def beginning(stage: Stage) -> Step:
    """Give the filter up to a stage, rendered as its step says."""
    return stage.upto or UNTOUCHED


def layers(step: Step, picture: Picture, threads: int | None = None) -> Iterator[Layer]:
    """Compute one layer after the other; the last one is what `filterkit apply` makes."""
    picture = source_of(step, picture)
    for number, stage in enumerate(layers_of(step, shape_of(picture))):
        yield _layer(number, stage, picture, threads)


def last_layer(step: Step, picture: Picture) -> Layer:
    """Compute what `filterkit apply` makes, and no other layer."""
    *before, last = layers_of(step, shape_of(picture))
    return _layer(len(before), last, source_of(step, picture), None)


def shape_of(picture: Picture) -> Shape:
    """Give the shape that goes into a filter."""
    return Shape.of(picture.rows, picture.columns, picture.channels)


def _layer(number: int, stage: Stage, picture: Picture, threads: int | None) -> Layer:
    numbers = raw(beginning(stage), picture, threads)
    pixels = rendered(beginning(stage), picture, np.uint8, threads)
    maps = [] if numbers.shape.flat else list(_maps(numbers, pixels))
    maps = maps or [_vector(numbers, pixels)]
    return Layer(number, stage.title, stage.within, numbers.shape, maps)


def source_of(step: Step, picture: Picture) -> Picture:
    """Leave alpha away unless the whole filter makes all of its steps weigh colours by it."""
    return picture if mixes(step, picture) else replace(picture, alpha=None)


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
