"""Stub."""

from collections.abc import Sequence

from filterkit.filters.tools.laid import Laid


def named(name: str, arguments: Sequence[float | None]) -> tuple[Laid, ...]:
    """Stub."""
    return ()
