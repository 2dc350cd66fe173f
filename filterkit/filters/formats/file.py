"""What a filter file says, as a value."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filterkit.filters.formats.weights import Weights
from filterkit.settings import kinds
from filterkit.steps.convolve import Convolve

GROUPS = ("blur", "sharpen", "edges", "lines", "emboss", "texture", "teaching")
SETTINGS = tuple(kinds(Convolve))


@dataclass(frozen=True)
class FilterFile:
    """Hold what a filter file says; exactly one of weights, family and steps is given.

    `weights` are nested lists, (rows, columns), (channels, rows, columns) or (maps, channels,
    rows, columns); `heading` leaves out those that lie in a file of numbers. `settings` are those
    of Convolve, `family_settings` the family's own: both hold canonical values, and only what the
    file gives. `kernels` are private, known to the file's own `steps` only.
    """

    name: str
    path: Path
    title: str = ""
    about: str = ""
    group: str = ""
    source: str = ""
    also: tuple[str, ...] = ()
    weights: Weights | None = None
    family: str = ""
    family_settings: dict[str, Any] = field(default_factory=dict)
    steps: str = ""
    kernels: dict[str, "FilterFile"] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
