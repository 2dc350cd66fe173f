"""A step becomes a filter file, which says all of it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from filterkit.filters.formats.file import FilterFile
from filterkit.settings import defaults
from filterkit.steps.convolve import Convolve, Origin
from filterkit.steps.pipeline import Bank, Pipeline
from filterkit.steps.step import Step


def file_of_step(step: Step, path: Path, **about: Any) -> FilterFile:
    """Make the filter file of a step: one kernel as its weights, anything else as its steps.

    Kernels without a name become the file's own. `about` has title, about, group and source.
    """
    render = step.render if isinstance(step, Pipeline) else None
    inside = step.steps if isinstance(step, Pipeline) else (step,)
    if len(inside) == 1 and isinstance(inside[0], Convolve):
        alone = inside[0] if render is None else replace(inside[0], render=render)
        return replace(_kernel(path.stem, path, alone), **about)
    kernels: dict[str, FilterFile] = {}
    steps = str(_called(step, kernels, path))
    settings = {} if render is None else {"render": render}
    return FilterFile(path.stem, path, steps=steps, kernels=kernels, settings=settings, **about)


def _called(step: Step, kernels: dict[str, FilterFile], path: Path) -> Step:
    """Give every kernel that not everybody has a name of its own, and put it among `kernels`."""
    if isinstance(step, Pipeline):
        if step.name and _everywhere(step.name):
            return step
        return Pipeline([_called(one, kernels, path) for one in step.steps])
    if isinstance(step, Bank):
        return Bank(_called(one, kernels, path) for one in step.operands)
    if not isinstance(step, Convolve) or (step.origin and _everywhere(step.origin.name)):
        return step
    name = f"k{len(kernels) + 1}"
    kernels[name] = _kernel(name, path, step)
    return replace(step, origin=Origin(name, step))


def _everywhere(name: str) -> bool:
    """Tell whether a name means the same to every filterkit."""
    from filterkit.filters.catalogue import is_shipped  # which loads files, and so this package
    from filterkit.filters.expression import read

    return is_shipped(read(name))


def _kernel(name: str, path: Path, step: Convolve) -> FilterFile:
    weights = step.kernel.weights
    while len(weights) == 1 and weights.ndim > 2:
        weights = weights[0]
    plain = defaults(Convolve)
    settings: dict[str, Any] = {
        key: getattr(step, key) for key in plain if getattr(step, key) != plain[key]
    }
    return FilterFile(name, path, weights=weights.tolist(), settings=settings)
