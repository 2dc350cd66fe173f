"""The names of steps that are no kernels."""

from collections.abc import Callable
from typing import Any

from filterkit.steps.activate import ACTIVATIONS, Activate
from filterkit.steps.flatten import Flatten
from filterkit.steps.fuse import Fuse, Gray
from filterkit.steps.normalize import Normalize
from filterkit.steps.pool import POOLS, Pool
from filterkit.steps.step import Step

STEPS: dict[str, tuple[Callable[..., Step], dict[str, Any]]] = {
    **{name: (Activate, {"kind": name}) for name in ACTIVATIONS},
    **{f"{kind}-pool": (Pool, {"kind": kind}) for kind in POOLS},
    "fuse": (Fuse, {}),
    "normalize": (Normalize, {}),
    "gray": (Gray, {}),
    "flatten": (Flatten, {}),
}
"""What each name makes, and which settings the name has settled already."""
