"""A pipeline made ready for one picture: a list of nodes, each fed by nodes before it.

Banks become nodes with several inputs, and a step that stands twice on the same input is
computed once. Numbers stay in the file's own units as long as every step allows it.
"""

from collections.abc import Callable, Container, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from filterkit.engine.algebra import simplified
from filterkit.engine.convolving import Convolving
from filterkit.engine.coverage import (
    CoveredConvolve,
    CoveredConvolving,
    Premultiply,
    Unpremultiply,
)
from filterkit.engine.definition import activate
from filterkit.engine.fusing import Block, gray, join_members
from filterkit.engine.matrix import is_faster
from filterkit.engine.pooling import Pooling, empty
from filterkit.engine.scale import Scale
from filterkit.steps.activate import Activate
from filterkit.steps.convolve import Convolve
from filterkit.steps.flatten import Flatten
from filterkit.steps.fuse import Fuse, Gray
from filterkit.steps.normalize import Normalize
from filterkit.steps.pipeline import Bank, Pipeline
from filterkit.steps.pool import Pool
from filterkit.steps.step import Shape, Step

Compute = Callable[[Sequence[Block], int, int], Block]


class Node(NamedTuple):
    """Hold one step on its inputs: the result's shape and scale, and how rows are computed.

    Its cost a row is the least with so many `rows` at once. `told` says in which ways kernels are
    laid, and why. `empty` is what added positions of its input hold.
    """

    step: Step
    inputs: tuple[int, ...]
    shape: Shape
    scale: Scale
    compute: Compute
    rows: int = 1
    told: tuple[str, ...] = ()
    empty: float = 0.0


class Graph:
    """Hold the nodes in the order in which they are computed; node 0 is the picture itself."""

    def __init__(self, step: Step, shape: Shape, scale: Scale) -> None:
        self.nodes = [Node(Step(), (), shape, scale, lambda blocks, low, high: blocks[0])]
        self.known: dict[tuple[Step, tuple[int, ...]], int] = {}
        self.shape = step.shape(shape)
        self.end = self._add(simplified(step), 0)

    def _add(self, step: Step, at: int) -> int:
        """Put a step on the result of node `at` and give the node that holds its result."""
        if isinstance(step, Pipeline):
            for one in step.steps:
                at = self._add(one, at)
            return at
        if isinstance(step, Bank):
            return self._node(step, tuple(self._add(one, at) for one in step.operands))
        if isinstance(step, Fuse) and isinstance(self.nodes[at].step, Bank):
            return self._node(step, self.nodes[at].inputs)  # side by side they need not be laid
        return self._node(step, (at,))

    def _node(self, step: Step, inputs: tuple[int, ...]) -> int:
        if (step, inputs) not in self.known:
            sources = [self.nodes[at] for at in inputs]
            shape = _side_by_side(sources)
            shape = shape if isinstance(step, Bank) else step.shape(shape)
            ready = prepared(step, sources)
            blank = empty(step, sources[0].scale)
            self.nodes.append(Node(step, inputs, shape, *ready, blank))
            self.known[step, inputs] = len(self.nodes) - 1
        return self.known[step, inputs]

    @property
    def products(self) -> int:
        """Count what matrix products multiply, over the whole picture."""
        return sum(
            node.shape.rows * node.shape.columns * node.step.kernel.weights.size
            for node in self.nodes
            if isinstance(node.step, Convolve) and is_faster(node.step)
        )

    def upstream(self, end: int, given: Container[int] = ()) -> set[int]:
        """Give the nodes that node `end` is computed from, itself included, if some are given."""
        used = {end}
        for at in range(end, 0, -1):
            if at in used and at not in given:
                used.update(self.nodes[at].inputs)
        return used

    def reach(self, end: int, rows: int) -> int:
        """Count the rows of the picture that so many rows of node `end` read."""
        low = {end: 0}
        high = {end: rows}
        for at in range(end, 0, -1):
            if at not in low:
                continue
            for used in self.nodes[at].inputs:
                first, last = self.nodes[at].step.needs(
                    low[at], high[at], self.nodes[used].shape.rows
                )
                low[used] = min(low.get(used, first), first)
                high[used] = max(high.get(used, last), last)
        return high[0] - low[0]


def _side_by_side(sources: Sequence[Node]) -> Shape:
    members = tuple(member for source in sources for member in source.shape.members)
    return replace(sources[0].shape, members=members)


class Ready(NamedTuple):
    """Hold what a step needs of its input: see Node."""

    scale: Scale
    compute: Compute
    rows: int = 1
    told: tuple[str, ...] = ()


def prepared(step: Step, sources: Sequence[Node]) -> Ready:
    """Make a step ready for its input."""
    source = sources[0]
    shape, scale = source.shape, source.scale
    if isinstance(step, Bank):
        return Ready(*_prepared_bank([node.scale for node in sources]))
    if isinstance(step, Fuse):
        return Ready(*_prepared_fuse(step, sources))
    if isinstance(step, Pool):
        pooling = Pooling(step, shape, scale)
        return Ready(pooling.scale, lambda blocks, low, high: pooling(blocks[0], low, high))
    if isinstance(step, (Convolve, CoveredConvolve)):
        made: Convolving | CoveredConvolving
        if isinstance(step, Convolve):
            made = Convolving(step, shape, scale)
        else:
            made = CoveredConvolving(step, shape, scale)
        return Ready(
            made.scale, lambda blocks, low, high: made(blocks[0], low, high), made.rows, made.told
        )
    return Ready(*_prepared_pointwise(step, shape, scale))


def _prepared_pointwise(step: Step, shape: Shape, scale: Scale) -> tuple[Scale, Compute]:
    """Prepare what treats every pixel by itself (and flatten, which only lays them out anew)."""
    if isinstance(step, Activate):
        if not step.homogeneous:
            return scale.unit(), lambda blocks, low, high: activate(step, scale.units(blocks[0]))
        after = scale.grown(1.0, whole=step.kind != "leaky-relu")
        return after, lambda blocks, low, high: activate(step, scale.numbers(blocks[0]))
    if isinstance(step, Gray):
        held = scale.holding(Gray.DIVIDE)
        return held.grown(1.0, whole=False), lambda blocks, low, high: gray(
            held.numbers(blocks[0]), shape.spans()
        )
    if isinstance(step, (Premultiply, Unpremultiply)):
        after = scale.grown(1.0, whole=False)
        return after, lambda blocks, low, high: step.compute(blocks[0], scale)
    if isinstance(step, Flatten):
        return scale, lambda blocks, low, high: blocks[0].reshape(1, 1, -1)
    if isinstance(step, Normalize):  # shifted and scaled by the statistics that bands.py gathers
        return scale.unit(), lambda blocks, low, high: scale.numbers(blocks[0])
    raise TypeError(f"{type(step).__name__} is no step that the engine knows.")


def _prepared_fuse(step: Fuse, sources: Sequence[Node]) -> tuple[Scale, Compute]:
    """Join members, which come in one block or, as the operands of a bank, in several."""
    common, alike = _in_one_unit([source.scale for source in sources])
    count = sum(len(source.shape.members) for source in sources)
    count = count if count > 1 else sources[0].shape.channels
    held = common.holding(count, count) if step.kind in ("sum", "mean") else common
    after = held.grown(count, whole=step.kind not in ("mean", "l2"))
    numbers, after = (held.numbers, after) if step.homogeneous else (common.units, common.unit())

    def compute(blocks: Sequence[Block], low: int, high: int) -> Block:
        members = [
            numbers(block[..., span])
            for source, block in zip(sources, alike(blocks), strict=True)
            for span in source.shape.spans()
        ]
        return join_members(step.kind, members)

    return after, compute


def _prepared_bank(scales: Sequence[Scale]) -> tuple[Scale, Compute]:
    """Put results side by side."""
    after, alike = _in_one_unit(scales)
    return after, lambda blocks, low, high: np.concatenate(
        alike(blocks), axis=-1, dtype=after.dtype
    )


def _in_one_unit(
    scales: Sequence[Scale],
) -> tuple[Scale, Callable[[Sequence[Block]], Sequence[Block]]]:
    """Bring numbers into one unit: the file's where all are in it, else full scale 1."""
    if len(scales) == 1:
        return scales[0], lambda blocks: blocks
    same = len({scale.full for scale in scales}) == 1
    after = replace(
        scales[0] if same else scales[0].unit(),
        peak=max(scale.peak for scale in scales),
        whole=same and all(scale.whole for scale in scales),
        dtype=np.result_type(*[scale.dtype for scale in scales]),
        pixels=False,
    )
    return after, lambda blocks: [
        scale.numbers(block) if same else scale.units(block)
        for scale, block in zip(scales, blocks, strict=True)
    ]
