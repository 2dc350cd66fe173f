"""Stub."""

from filterkit.filters.tools.laid import Laid


def all_rotations(kernel: Laid, flag: str) -> tuple[Laid, ...]:
    """Stub."""
    return (kernel,)
