"""Minibatch descent: a few patches at a time, until what is held out becomes no better."""

import json
import math
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from filterkit.errors import ExamplesError
from filterkit.learning.checkpoint import Checkpoint, State
from filterkit.learning.objective import Objective, size_of
from filterkit.learning.options import MOST_MINIBATCHES, Learning
from filterkit.learning.solving import bound

Vector = NDArray[np.float64]

BATCH = 16
LOOK = 50
"""Steps from one look at what is held out to the next."""

LOOKED_AT = 8
"""Batches of held-out patches that a look takes in at the most."""

PATIENCE = 4
"""Looks without progress after which steps become shorter, from the best place on."""

SHORTER = 0.3
SHORTEST = 1e-3
"""Steps become shorter by that share, and descent ends when they are less than that one."""

BETTER = 0.999
"""Loss, as a share of the best one, that counts as progress."""

LOST = 1e4
"""Loss, as a share of that at the beginning, at which descent has diverged."""

ADAM_RATE = 0.02
"""First step of Adam, as a share of the size of the numbers."""

MOMENTUM = 0.9
TRIED = 100
"""Steps that each of several beginnings gets before the best one goes on."""


@dataclass(frozen=True)
class Training:
    """Descend on an objective, with Adam or with SGD and momentum."""

    objective: Objective
    how: Learning
    tell: Callable[[str], None] = lambda line: None

    @property
    def most(self) -> int:
        """Give the steps at the most."""
        return self.how.steps or MOST_MINIBATCHES

    def run(self, starts: Sequence[Vector], checkpoint: Checkpoint | None = None) -> State:
        """Try some beginnings, go on with the best, and end where no step makes it better."""
        with np.errstate(over="ignore", invalid="ignore"):  # it ends in a sentence, see _diverged
            return self._run(starts, checkpoint)

    def _run(self, starts: Sequence[Vector], checkpoint: Checkpoint | None) -> State:
        random = np.random.Generator(np.random.PCG64(self.how.seed))
        state = checkpoint.load(random, self._about) if checkpoint else None
        if state is None:
            tried = [State.at(self._bound(one)) for one in starts]
            if len(tried) > 1:
                for one in tried:
                    self._descend(one, random, min(TRIED, self.most))
            state = min(tried, key=lambda one: one.least)
            state.rate = 0.0
            if checkpoint:
                checkpoint.save(state, random, self._about)
        return self._descend(state, random, self.most, checkpoint)

    def _descend(
        self, state: State, random: np.random.Generator, most: int,
        checkpoint: Checkpoint | None = None,
    ) -> State:  # fmt: skip
        """Go on until the steps are used up, or have become shortest."""
        patches = self.objective.patches
        if not state.losses:
            self._look(state)
        state.rate = state.rate or self._rate(state)
        while state.step < most and state.share > SHORTEST:
            state.step += 1
            chosen = random.integers(len(patches.fitted), size=min(BATCH, len(patches.fitted)))
            batch = patches.batch([patches.fitted[at] for at in chosen])
            gradient = self.objective.gradient(state.numbers, batch)
            moved = state.numbers - self._move(state, gradient, state.rate * state.share)
            if not np.isfinite(moved).all():
                raise self._diverged(state)
            state.numbers = self._bound(moved)
            if state.step % LOOK == 0 or state.step == most:
                self._look(state)
                if checkpoint:
                    checkpoint.save(state, random, self._about)
        return state

    def _move(self, state: State, gradient: Vector, rate: float) -> Vector:
        """Give the step that the optimizer takes, and let it remember the gradient."""
        if self.how.optimizer == "sgd":
            state.first = MOMENTUM * state.first + gradient
            return rate * state.first
        state.first = 0.9 * state.first + 0.1 * gradient
        state.second = 0.999 * state.second + 0.001 * gradient**2
        spread = np.sqrt(state.second / (1 - 0.999**state.step))
        return np.asarray(rate * state.first / (1 - 0.9**state.step) / (spread + 1e-12))

    def _rate(self, state: State) -> float:
        """Derive the rate from the data: from the curvature, or for Adam from the numbers' size."""
        if self.how.optimizer == "sgd":
            batch = self.objective.patches.batch(self.objective.patches.fitted[:BATCH])
            return (1 - MOMENTUM) / self.objective.curvature(state.numbers, batch)
        return ADAM_RATE * size_of(state.numbers)

    def _bound(self, numbers: Vector) -> Vector:
        """Bring weights to what they must be."""
        if self.how.constrain is None:
            return numbers
        bounded = []
        for one in self.objective.model.unpacked(self.objective.weights(numbers)):
            maps, channels, rows, columns = one.kernel.shape
            taps = channels * rows * columns
            basis, origin = bound(self.how.constrain, taps, (rows, columns), (1.0, 1.0))
            flat = one.kernel.reshape(maps, taps)
            flat = origin + (flat - origin) @ basis @ basis.T
            bounded.append(one._replace(kernel=flat.reshape(one.kernel.shape)))
        return self.objective.numbers(self.objective.model.packed(bounded))

    def _look(self, state: State) -> None:
        """Judge by what is held out, keep the best, and notice when all is lost."""
        patches = self.objective.patches
        places = patches.held_out[: LOOKED_AT * BATCH]
        parts = [places[at : at + BATCH] for at in range(0, len(places), BATCH)]
        losses = [self.objective.loss(state.numbers, patches.batch(part)) for part in parts]
        loss = float(np.mean(losses))
        state.losses.append((state.step, loss))
        self.tell(f"step {state.step}: {255 * math.sqrt(loss):.4f} grey levels")
        if not math.isfinite(loss) or loss > LOST * max(state.losses[0][1], 1e-12):
            raise self._diverged(state)
        state.waited = 0 if loss < BETTER * state.least else state.waited + 1
        if loss < state.least:
            state.least, state.best = loss, state.numbers
        if state.waited >= PATIENCE:
            state.waited, state.share = 0, state.share * SHORTER
            state.numbers, state.first = state.best, np.zeros_like(state.first)

    def _diverged(self, state: State) -> ExamplesError:
        other = "adam" if self.how.optimizer == "sgd" else "sgd"
        return ExamplesError(
            f"the descent diverged after {state.step} steps: its weights grew without end.",
            f"--optimizer {other}, or --l2 0.001",
        )

    @cached_property
    def _about(self) -> str:
        """Tell apart what a checkpoint belongs to."""
        model, patches = self.objective.model, self.objective.patches
        # A row of sixteen tells pictures apart, and costs little.
        shown = [zlib.crc32(one[::16].tobytes()) for pair in patches.pairs for one in pair]
        how = [self.how.seed, self.how.optimizer, self.how.steps, self.how.l2, self.how.constrain]
        return json.dumps([str(model.step), how, shown])
