"""Which rows a band needs of every node, back to the picture, and the computing of just those."""

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from filterkit.engine.graph import Graph, Node
from filterkit.engine.statistics import Numbers
from filterkit.steps.normalize import Normalize
from filterkit.steps.window import where

Block = NDArray[Any]
Rows = tuple[int, int]
"""The first row and the last row + 1 of a run of neighbouring rows."""

Held = list[tuple[Rows, Block]]
Settled = dict[tuple[int, int], tuple[Numbers, Numbers]]
"""Shift and scale of a normalisation, by frame and node."""


def evaluate(
    graph: Graph,
    end: int,
    given: Mapping[int, Block],
    band: tuple[int, int, int],
    settled: Settled,
) -> Block:
    """Compute the rows of node `end` that a band asks for.

    `given` are whole results that are there already, that of node 0, the picture, among them.
    """
    frame, low, high = band
    asked = needed(graph, end, (low, high), given)
    held: dict[int, Held] = {}
    last_use = {
        used: at for at in sorted(asked) if at not in given for used in graph.nodes[at].inputs
    }
    for at in sorted(asked):
        node = graph.nodes[at]
        if at in given:
            held[at] = [(run, given[at][slice(*run)]) for run in asked[at]]
            continue
        held[at] = [(run, computed(graph, node, held, run)) for run in asked[at]]
        if isinstance(node.step, Normalize):
            shift, scale = settled[frame, at]
            held[at] = [(run, normalized(block, shift, scale)) for run, block in held[at]]
        for used in node.inputs:
            if last_use[used] == at:
                held.pop(used, None)
    return held[end][0][1]


def needed(graph: Graph, end: int, run: Rows, given: Container[int]) -> dict[int, list[Rows]]:
    """Give the runs of real rows that each node must compute, or give, for one run of `end`."""
    asked: dict[int, list[Rows]] = {end: [run]}
    for at in range(end, 0, -1):
        if at not in asked or at in given:
            continue
        node = graph.nodes[at]
        for used in node.inputs:
            rows = graph.nodes[used].shape.rows
            real = [
                part
                for low, high in asked[at]
                for part in real_runs(*node.step.needs(low, high, rows), rows, node.step.border)
            ]
            asked[used] = merged([*asked.get(used, []), *real])
    return asked


def real_runs(low: int, high: int, n: int, border: str) -> list[Rows]:
    """Give the runs of real rows, of n, that the positions low … high-1 show."""
    if low >= 0 and high <= n:
        return [(low, high)]
    return merged((row, row + 1) for row in {*where(low, high, n, border).clip(0).tolist()})


def merged(runs: Iterable[Rows]) -> list[Rows]:
    """Join runs that touch or overlap, in order."""
    result: list[Rows] = []
    for low, high in sorted(runs):
        if result and low <= result[-1][1]:
            result[-1] = (result[-1][0], max(high, result[-1][1]))
        else:
            result.append((low, high))
    return result


def computed(graph: Graph, node: Node, held: dict[int, Held], run: Rows) -> Block:
    """Compute one run of a node's rows from the rows held of its inputs."""
    blocks = []
    for used in node.inputs:
        rows = graph.nodes[used].shape.rows
        needs = node.step.needs(*run, rows)
        blocks.append(fetched(held[used], needs, rows, node))
    return node.compute(blocks, *run)


def fetched(held: Sequence[tuple[Rows, Block]], needs: Rows, n: int, node: Node) -> Block:
    """Give a block for the positions needed: a view inside, else what the border shows."""
    low, high = needs
    for (start, stop), block in held:
        if start <= low and high <= stop:
            return block[low - start : high - start]
    shown = where(low, high, n, node.step.border)
    rows = np.concatenate([np.arange(*run) for run, _ in held])
    whole = held[0][1] if len(held) == 1 else np.concatenate([block for _, block in held])
    gathered: Block = whole[np.searchsorted(rows, shown.clip(0))]
    if (shown < 0).any():
        gathered[shown < 0] = node.empty
    return gathered


def normalized(block: Block, shift: Numbers, scale: Numbers) -> Block:
    """Shift and scale every channel, in the block's own type."""
    shifted: Block = block - shift.astype(block.dtype)
    shifted *= scale.astype(block.dtype)
    return shifted
