"""Where a long descent is, kept in a file, so that it can go on after an interruption."""

import io
import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from filterkit.errors import UsageError
from filterkit.pictures.names import escaped
from filterkit.pictures.writing import write_bytes

Vector = NDArray[np.float64]
ARRAYS = ("numbers", "first", "second", "best")
COUNTS = ("step", "least", "waited", "rate", "share", "losses")


@dataclass
class State:
    """Hold where a descent is, what its optimizer remembers, and the best that it has seen.

    It has `waited` so many looks for something better; steps have that `share` of the first ones,
    which have the `rate`, 0 where it is still to be derived.
    """

    numbers: Vector
    first: Vector
    second: Vector
    best: Vector
    step: int = 0
    least: float = np.inf
    waited: int = 0
    rate: float = 0.0
    share: float = 1.0
    losses: list[tuple[int, float]] = field(default_factory=list)

    @classmethod
    def at(cls, numbers: Vector) -> "State":
        """Begin somewhere."""
        return cls(numbers, np.zeros_like(numbers), np.zeros_like(numbers), numbers)


class Checkpoint(NamedTuple):
    """Name the file, and whether it is gone on from."""

    path: Path
    resume: bool = False

    def save(self, state: State, random: np.random.Generator, about: str) -> None:
        """Keep all that going on needs, whole or not at all; `about` is what it belongs to."""
        told = {key: getattr(state, key) for key in COUNTS}
        told |= {"about": about, "random": random.bit_generator.state}
        arrays = {key: getattr(state, key) for key in ARRAYS}
        buffer = io.BytesIO()
        np.savez(buffer, told=np.array(json.dumps(told)), allow_pickle=False, **arrays)
        write_bytes(self.path, buffer.getvalue(), replace=True)

    def load(self, random: np.random.Generator, about: str) -> State | None:
        """Give what was kept, if it is to be gone on from, and set the random numbers to it.

        Raises UsageError for a file that is none of ours, or belongs to something else.
        """
        if not self.resume or not self.path.exists():
            return None
        where = escaped(self.path)
        try:
            kept = np.load(io.BytesIO(self.path.read_bytes()), allow_pickle=False)
            told = json.loads(str(kept["told"]))
            arrays = {key: kept[key] for key in ARRAYS}
        except (OSError, EOFError, IndexError, ValueError, KeyError, zipfile.BadZipFile):
            raise UsageError(f"{where} is no checkpoint.", "without --resume") from None
        if told["about"] != about:
            raise UsageError(
                f"{where} is a checkpoint of another shape, seed or set of pictures.",
                "without --resume, or with what it was begun with",
            )
        random.bit_generator.state = told["random"]
        told["losses"] = [(int(step), float(loss)) for step, loss in told["losses"]]
        return State(**arrays, **{key: told[key] for key in COUNTS})
