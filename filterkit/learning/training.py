"""Shapes that are not linear: minibatches, and the backward pass of every step."""

from pathlib import Path
from typing import NamedTuple


class Checkpoint(NamedTuple):
    """Name the file that keeps what is known, and whether it is gone on from."""

    path: Path
    resume: bool = False
