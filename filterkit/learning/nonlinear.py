"""Shapes that are not linear: where descent begins, what it looks at, and what it found."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from filterkit.engine.bands import Run
from filterkit.learning.checkpoint import Checkpoint, State
from filterkit.learning.examples import Example, Picture, Reader
from filterkit.learning.judging import Quality, compared, looks
from filterkit.learning.linear import fit, in_light, in_space, rounded
from filterkit.learning.model import Model, Vector, Weights
from filterkit.learning.objective import Objective
from filterkit.learning.options import Learning
from filterkit.learning.patches import Patches
from filterkit.learning.report import Report
from filterkit.learning.sought import Linear, Sharing, is_unknown
from filterkit.learning.training import Training
from filterkit.learning.whitening import coordinates
from filterkit.steps.activate import Activate
from filterkit.steps.convolve import Convolve
from filterkit.steps.pipeline import Pipeline, walk
from filterkit.steps.step import Rendering, Shape

Image = NDArray[Any]

PAIRS = 16
"""Pairs that patches are cut out of; of more, the seed chooses."""

STARTS = 4
"""Beginnings that are tried where nothing tells a good one."""

INVERSES: dict[str, Callable[[Image], Image]] = {
    "sigmoid": lambda numbers: np.log(numbers / (1 - numbers)),
    "tanh": np.arctanh,
    "softplus": lambda numbers: np.log(np.expm1(numbers)),
    "relu": lambda numbers: numbers,
    "leaky-relu": lambda numbers: numbers,
    "elu": lambda numbers: numbers,
}
"""What went into an activation, where its result lies between 0 and 1."""


class Found(NamedTuple):
    """Hold the pipeline that was learned, the state of its descent, and what it looked at."""

    pipeline: Pipeline
    state: State
    objective: Objective


def trained(
    readers: Sequence[Reader], shape: Pipeline, how: Learning, tell: Callable[[str], None],
    checkpoint: Checkpoint | None,
) -> tuple[Pipeline, Report]:  # fmt: skip
    """Learn the unknown kernels of any shape by minibatches."""
    space = "linear" if how.space == "linear" else "srgb"
    examples = [readers[at]() for at in _chosen(len(readers), how.seed)]
    first, rest = parted(shape)
    pairs = [prepared(one, first, space) for one in examples]
    before, after = pairs[0]
    model = Model.of(rest, Shape.of(*before.shape), after.shape[2], how.share or "")
    limits = (0.0, 1.0) if examples[0].after.image.dtype.kind == "u" else None
    patches = Patches.of(pairs, model.step)
    objective = Objective(model, patches, limits, coordinates(model, patches), how.l2)
    near = begun(examples[0], first, rest, model, how, space)
    starts = random_starts(objective, how) if near is None else [objective.numbers(near)]
    state = Training(objective, how, tell).run(starts, checkpoint)
    learned = model.with_numbers(rounded(objective.weights(state.best), 9))
    steps = learned.steps if isinstance(learned, Pipeline) else (learned,)
    pipeline = in_space(Pipeline([*(first.steps if first else ()), *steps]), space)
    pipeline = Pipeline(pipeline.steps, Rendering("clip"))
    return pipeline, _report(shape, Found(pipeline, state, objective), examples, how, space)


def _chosen(count: int, seed: int) -> list[int]:
    """Choose some pairs of many."""
    if count <= PAIRS:
        return [*range(count)]
    random = np.random.Generator(np.random.PCG64(seed))
    return sorted(random.choice(count, PAIRS, replace=False).tolist())


def parted(shape: Pipeline) -> tuple[Pipeline | None, Pipeline]:
    """Part a shape into what stands before its first unknown kernel, and the rest."""
    steps = list(shape.steps)
    at = next(n for n, step in enumerate(steps) if any(map(is_unknown, walk(step))))
    return (Pipeline(steps[:at]) if at else None), Pipeline(steps[at:])


def prepared(example: Example, first: Pipeline | None, space: str) -> tuple[Image, Image]:
    """Give a pair as float32 numbers, full scale 1, the known first steps done."""
    before, after = (scaled(picture, space) for picture in example)
    return (Run(first, before).numbers().astype(np.float32) if first else before), after


def scaled(picture: Picture, space: str) -> Image:
    """Give a picture as float32 numbers, full scale 1."""
    image = in_light(picture, space)
    return np.asarray(
        image.astype(np.float32) / np.float32(1 if space == "linear" else picture.full)
    )


def begun(
    example: Example, first: Pipeline | None, rest: Pipeline, model: Model, how: Learning,
    space: str,
) -> Vector | None:  # fmt: skip
    """Begin where the linear fit lies, if a lone kernel is followed by one activation."""
    if len(rest.steps) != 2 or not is_unknown(rest.steps[0]):
        return None
    unknown, activation = rest.steps
    if not isinstance(activation, Activate) or activation.kind not in INVERSES:
        return None
    linear = Linear.of(Pipeline([unknown]))
    if linear is None:
        return None
    before, after = prepared(example, first, space)
    with np.errstate(divide="ignore", invalid="ignore"):
        wanted = INVERSES[activation.kind](after)
    wanted = np.where((after > 0) & (after < 1), wanted, np.nan).astype(np.float32)
    inner = Example(Picture(before, "before"), Picture(wanted, "after"))
    sharing = Sharing.of(how.share or "", before.shape[2], after.shape[2])
    pipeline = fit([Reader.of(inner)], linear, sharing, Learning(optimizer="exact")).pipeline
    (step,) = pipeline.steps
    assert isinstance(step, Convolve)
    return model.packed([Weights(step.kernel.weights / step.divide, step.bias)])


def random_starts(objective: Objective, how: Learning) -> list[Vector]:
    """Draw weights that keep numbers about as large as they are (He et al., ICCV 2015)."""
    random = np.random.Generator(np.random.PCG64([how.seed, 1]))
    starts = []
    for _ in range(STARTS):
        sizes = [step.kernel.weights.shape for step in objective.model.learned]
        parts = [
            Weights(random.normal(0, np.sqrt(2 / np.prod(size[1:])), size), 0.0) for size in sizes
        ]
        starts.append(objective.numbers(objective.model.packed(parts)))
    return starts


def _report(
    shape: Pipeline, found: Found, examples: Sequence[Example], how: Learning, space: str
) -> Report:
    seen = looks(found.pipeline, [*map(Reader.of, examples)])
    quality = Quality.of(seen)
    patches = found.objective.patches
    wanted = patches.batch(patches.held_out[:128]).after
    variance = float(np.mean(np.var(wanted.reshape(-1, wanted.shape[-1]), axis=0)))
    level = 1 / examples[0].after.grain
    names = tuple(one.name for one in examples)
    return Report(
        shape=str(shape),
        sharing=how.share or "",
        space=space,
        examples=names,
        optimizer=how.optimizer or "adam",
        steps=found.state.step,
        losses=tuple((step, float(np.sqrt(loss)) * level) for step, loss in found.state.losses),
        windows=sum(int(np.prod(one.after.image.shape)) for one in examples),
        clipped=float(np.mean((wanted <= 0) | (wanted >= 1))) if found.objective.limits else 0.0,
        residual=float(np.sqrt(found.state.least)) * level,
        psnr=quality.psnr,
        exact=quality.exact,
        within_one=quality.within_one,
        r2=1 - found.state.least / max(variance, 1e-300),
        notes=tuple(note for picture in examples[0] for note in picture.notes),
        comparisons=(compared(names[0], seen[0]),),
    )
