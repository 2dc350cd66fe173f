"""Kernels by formula: each family makes them from a few settings."""

from filterkit.filters.families.family import MOST_SIDE, Family
from filterkit.filters.families.laws import Laws
from filterkit.filters.families.oriented import Gabor, Line
from filterkit.filters.families.scales import Dog, Log
from filterkit.filters.families.sharpening import Emboss, HighBoost, Unsharp
from filterkit.filters.families.smoothing import Binomial, Box, Disk, Gaussian, Motion

__all__ = ["FAMILIES", "MOST_SIDE", "Family"]

FAMILIES: dict[str, type[Family]] = {
    "box": Box,
    "gaussian": Gaussian,
    "binomial": Binomial,
    "disk": Disk,
    "motion": Motion,
    "log": Log,
    "dog": Dog,
    "unsharp": Unsharp,
    "high-boost": HighBoost,
    "emboss": Emboss,
    "line": Line,
    "gabor": Gabor,
    "laws": Laws,
}
