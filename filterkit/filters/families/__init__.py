"""Kernels by formula: each family makes them from a few settings."""

from collections.abc import Iterator, Mapping
from importlib import import_module

from filterkit.filters.families.family import MOST_SIDE, Family

__all__ = ["FAMILIES", "MOST_SIDE", "Family"]

HOMES = {
    "box": "smoothing.Box",
    "gaussian": "smoothing.Gaussian",
    "binomial": "smoothing.Binomial",
    "disk": "smoothing.Disk",
    "motion": "smoothing.Motion",
    "log": "scales.Log",
    "dog": "scales.Dog",
    "unsharp": "sharpening.Unsharp",
    "high-boost": "sharpening.HighBoost",
    "emboss": "sharpening.Emboss",
    "line": "oriented.Line",
    "gabor": "oriented.Gabor",
    "laws": "laws.Laws",
}
"""The module and the class of each family."""


class Families(Mapping[str, type[Family]]):
    """Map names to families, each loaded when it is asked for."""

    def __getitem__(self, name: str) -> type[Family]:
        module, _, family = HOMES[name].partition(".")
        found: type[Family] = getattr(import_module(f"{__name__}.{module}"), family)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(HOMES)

    def __len__(self) -> int:
        return len(HOMES)

    def __contains__(self, name: object) -> bool:
        return name in HOMES


FAMILIES = Families()
