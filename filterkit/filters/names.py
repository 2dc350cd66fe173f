"""The names that the code itself gives a meaning: steps that are no kernels, and families."""

from typing import Any, NamedTuple

from filterkit.filters.families import FAMILIES
from filterkit.settings import Kind, kinds
from filterkit.steps.activate import ACTIVATIONS, Activate
from filterkit.steps.flatten import Flatten
from filterkit.steps.fuse import Fuse, Gray
from filterkit.steps.normalize import Normalize
from filterkit.steps.pool import POOLS, Pool
from filterkit.steps.step import Step


class Reserved(NamedTuple):
    """Say what a name makes, which settings the name has settled already, and what it does."""

    make: type[Step]
    settled: dict[str, Any]
    title: str


STEPS = {
    **{name: Reserved(Activate, {"kind": name}, one.formula) for name, one in ACTIVATIONS.items()},
    **{
        f"{kind}-pool": Reserved(Pool, {"kind": kind}, f"the {title} of each window")
        for kind, title in POOLS.items()
    },
    "fuse": Reserved(Fuse, {}, "the members of a bank, or the channels, become one"),
    "normalize": Reserved(Normalize, {}, "each map by its own statistics"),
    "gray": Reserved(Gray, {}, "0.2126 R + 0.7152 G + 0.0722 B"),
    "flatten": Reserved(Flatten, {}, "one vector, in the order rows, columns, maps"),
}
"""The names of steps that are no kernels."""


def open_settings(name: str) -> dict[str, Kind]:
    """Give the settings that a step's name leaves open; a function without a value has none."""
    make, settled, _ = STEPS[name]
    if name in ACTIVATIONS and ACTIVATIONS[name].value is None:
        return {}
    return {key: kind for key, kind in kinds(make).items() if key not in settled}


def first_setting(name: str) -> str:
    """Give the setting that a bare value sets, or nothing."""
    known = kinds(FAMILIES[name]) if name in FAMILIES else {}
    return next(iter(open_settings(name) if name in STEPS else known), "")
