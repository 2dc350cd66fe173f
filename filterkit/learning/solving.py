"""Sums become weights: means are taken out, constraints put in, and the errors told."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from filterkit.learning.descent import Descent, Quadratic, descend, undetermined
from filterkit.learning.moments import Moments
from filterkit.learning.options import MOST_STEPS, Learning

Matrix = NDArray[np.float64]
Size = tuple[int, int]


class Normal(NamedTuple):
    """Hold means and covariances of the taps, and of the taps with each target."""

    windows: float
    taps: Matrix
    targets: Matrix
    covariance: Matrix
    cross: Matrix
    variance: Matrix

    @classmethod
    def of(cls, moments: Moments) -> "Normal":
        """Take the means out of sums: the bias that is always fitted makes up for them."""
        table, taps = moments.table, moments.taps
        windows = max(moments.windows, 1.0)
        means = table[taps] / windows
        centred = table / windows - np.outer(means, means)
        return cls(
            windows, means[:taps], means[taps + 1 :], centred[:taps, :taps],
            centred[:taps, taps + 1 :], np.diagonal(centred)[taps + 1 :].clip(0),
        )  # fmt: skip

    def errors(self, weights: Matrix, bias: Matrix) -> Matrix:
        """Give the mean squared error of each target."""
        explained = np.einsum("to,tu,uo->o", weights, self.covariance, weights)
        spread = self.variance - 2 * (weights * self.cross).sum(axis=0) + explained
        offset = self.targets - self.taps @ weights - bias
        return np.asarray((spread + offset**2).clip(0))

    def bias(self, weights: Matrix) -> Matrix:
        """Give the bias that leaves no mean error."""
        return np.asarray(self.targets - self.taps @ weights)


class Solved(NamedTuple):
    """Hold the weights of one group, (taps, outputs), and how sure they are.

    `deviations` are standard errors; `mean_squares` and `held_out` mean squared errors of each
    output, `variance` those of its mean alone, held out too. `open_taps` are left open by the
    windows, whose `rank` and `condition` tell why.
    """

    weights: Matrix
    bias: Matrix
    deviations: Matrix
    mean_squares: Matrix
    held_out: Matrix
    variance: Matrix
    rank: int
    condition: float
    open_taps: NDArray[np.bool_]
    descents: tuple[Descent, ...]


def solved(
    fitted: Moments, held_out: Moments, size: Size, full: tuple[float, float], how: Learning
) -> Solved:
    """Find the weights of one group by descent on its sums."""
    normal = Normal.of(fitted)
    basis, origin = bound(how.constrain, len(normal.covariance), size, full)
    curvature = normal.covariance + how.l2 * full[0] ** 2 * np.eye(len(normal.covariance))
    descents, columns = [], []
    for slope, variance in zip(normal.cross.T, normal.variance, strict=True):
        function = Quadratic(curvature, slope, float(variance)).within(basis, origin)
        descent = descend(function, how.optimizer or "nesterov", how.steps or MOST_STEPS)
        descents.append(descent)
        columns.append(origin + basis @ descent.weights)
    weights = np.stack(columns, axis=1)
    bias = normal.bias(weights)
    rank, condition, open_taps = undetermined(normal.covariance)
    mean_squares = normal.errors(weights, bias)
    inverse = np.diagonal(np.linalg.pinv(normal.covariance, rcond=1e-12, hermitian=True)).clip(0)
    judged = Normal.of(held_out) if held_out.windows else normal
    return Solved(
        weights, bias, np.sqrt(np.outer(inverse, mean_squares) / normal.windows), mean_squares,
        judged.errors(weights, bias), judged.variance, rank, condition, open_taps, tuple(descents),
    )  # fmt: skip


def bound(
    constraint: str | None, taps: int, size: Size, full: tuple[float, float]
) -> tuple[Matrix, Matrix]:
    """Give an orthonormal basis of the weights that are allowed, and the point it starts from.

    symmetric  unchanged when rows, or columns, are put in reverse order
    zero-sum   all weights of an output add up to 0        sum-one  to 1
    """
    identity, nothing = np.eye(taps), np.zeros(taps)
    if constraint is None:
        return identity, nothing
    if constraint == "symmetric":
        at = np.arange(taps).reshape(-1, *size)
        mirrored = [at[:, ::-1], at[:, :, ::-1], at[:, ::-1, ::-1]]
        least = np.minimum.reduce([at, *mirrored]).ravel()
        orbits = identity[np.unique(least)][:, least].T
        return orbits / np.linalg.norm(orbits, axis=0), nothing
    across = np.linalg.qr(np.column_stack([np.ones(taps), identity]))[0][:, 1:taps]
    total = full[1] / full[0] if constraint == "sum-one" else 0.0
    return across, np.full(taps, total / taps)
