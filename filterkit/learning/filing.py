"""What was learned becomes a filter file, which tells where it comes from."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from filterkit.filters.formats import FilterFile, dump
from filterkit.learning.report import Report
from filterkit.settings import defaults
from filterkit.steps.convolve import Convolve, Origin
from filterkit.steps.pipeline import Bank, Pipeline
from filterkit.steps.step import Step


def filed(pipeline: Pipeline, report: Report, path: Path) -> str:
    """Write the text of a filter file for a pipeline."""
    about: dict[str, Any] = {
        "title": f"learned from {_names(report)}",
        "about": _about(report),
        "source": _source(report),
    }
    (first,) = pipeline.steps if len(pipeline.steps) == 1 else (None,)
    if isinstance(first, Convolve) and first.origin is None and pipeline.render is None:
        return dump(replace(_kernel(path.stem, path, first), **about))
    kernels: dict[str, FilterFile] = {}
    steps = _called(pipeline, kernels, path)
    render = {} if pipeline.render is None else {"render": pipeline.render}
    return dump(
        FilterFile(path.stem, path, steps=str(steps), kernels=kernels, settings=render, **about)
    )


def _called(step: Step, kernels: dict[str, FilterFile], path: Path) -> Step:
    """Give every kernel without a name one of its own, and put it among `kernels`."""
    if isinstance(step, Pipeline):
        return Pipeline([_called(one, kernels, path) for one in step.steps], name=step.name)
    if isinstance(step, Bank):
        return Bank(_called(one, kernels, path) for one in step.operands)
    if not isinstance(step, Convolve) or step.origin is not None:
        return step
    name = f"k{len(kernels) + 1}"
    kernels[name] = _kernel(name, path, step)
    return replace(step, origin=Origin(name, step))


def _kernel(name: str, path: Path, step: Convolve) -> FilterFile:
    weights = step.kernel.weights
    while len(weights) == 1 and weights.ndim > 2:
        weights = weights[0]
    plain = defaults(Convolve)
    settings: dict[str, Any] = {
        key: getattr(step, key) for key in plain if getattr(step, key) != plain[key]
    }
    return FilterFile(name, path, weights=weights.tolist(), settings=settings)


def _names(report: Report) -> str:
    first, *more = report.examples
    return f"{first} and {len(more)} more" if more else first


def _about(report: Report) -> str:
    return (
        f"Comes within {report.residual:.3g} grey levels (root mean square) of the pictures it was "
        f"learned from, and gives {100 * report.exact:.2f} % of their pixels exactly."
    )


def _source(report: Report) -> str:
    """Tell data, shape, steps, loss, and how well windows fit that were held out."""
    return (
        f"filterkit learn: {_names(report)}, {report.windows} windows; {report.shape}, "
        f"{report.sharing}, {report.space}; {report.steps} steps of {report.optimizer}; "
        f"residual {report.residual:.4g} grey levels; "
        f"{100 * report.r2:.4f} % of the variance of windows held out"
    )
