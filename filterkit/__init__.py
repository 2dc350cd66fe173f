"""filterkit: small filters that slide over pictures, on the command line and in Python.

apply           a filter on an array
feature_maps    the maps that a filter makes of an array, to look at in a notebook
learn           a filter from examples, arrays before and after
Pipeline        Pipeline.parse("edge | relu"), a step like Convolve, Pool, Activate ...
Kernel          a matrix of weights
read_picture    a picture file and what it knows
write_picture   a picture to a file, whole or not at all
read_kernel     a kernel of another tool as a pipeline
write_kernel    a filter as a kernel of another tool

Names are loaded on first use: importing filterkit loads neither NumPy nor OpenCV.
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from filterkit.applying.array import apply as apply
    from filterkit.applying.array import run as run
    from filterkit.applying.files import read_picture as read_picture
    from filterkit.applying.files import write_picture as write_picture
    from filterkit.errors import FilterkitError as FilterkitError
    from filterkit.filters.meaning import parse as parse
    from filterkit.filters.tools.reading import read_kernel as read_kernel
    from filterkit.filters.tools.writing import write_kernel as write_kernel
    from filterkit.learning.learning import learn as learn
    from filterkit.pictures.picture import Animation as Animation
    from filterkit.pictures.picture import Metadata as Metadata
    from filterkit.pictures.picture import Picture as Picture
    from filterkit.steps.activate import Activate as Activate
    from filterkit.steps.convolve import Convolve as Convolve
    from filterkit.steps.flatten import Flatten as Flatten
    from filterkit.steps.fuse import Fuse as Fuse
    from filterkit.steps.fuse import Gray as Gray
    from filterkit.steps.kernel import Kernel as Kernel
    from filterkit.steps.normalize import Normalize as Normalize
    from filterkit.steps.pipeline import Bank as Bank
    from filterkit.steps.pipeline import Pipeline as Pipeline
    from filterkit.steps.pool import Pool as Pool
    from filterkit.viewing.notebook import feature_maps as feature_maps
    from filterkit.viewing.notebook import notebook_html as notebook_html
    from filterkit.viewing.notebook import notebook_png as notebook_png

_HOMES = {
    "apply": "applying.array",
    "run": "applying.array",
    "read_picture": "applying.files",
    "write_picture": "applying.files",
    "FilterkitError": "errors",
    "parse": "filters.meaning",
    "read_kernel": "filters.tools.reading",
    "write_kernel": "filters.tools.writing",
    "learn": "learning.learning",
    "Animation": "pictures.picture",
    "Metadata": "pictures.picture",
    "Picture": "pictures.picture",
    "Activate": "steps.activate",
    "Convolve": "steps.convolve",
    "Flatten": "steps.flatten",
    "Fuse": "steps.fuse",
    "Gray": "steps.fuse",
    "Kernel": "steps.kernel",
    "Normalize": "steps.normalize",
    "Bank": "steps.pipeline",
    "Pipeline": "steps.pipeline",
    "Pool": "steps.pool",
    "feature_maps": "viewing.notebook",
    "notebook_html": "viewing.notebook",
    "notebook_png": "viewing.notebook",
}

__all__ = [
    "Activate",
    "Animation",
    "Bank",
    "Convolve",
    "FilterkitError",
    "Flatten",
    "Fuse",
    "Gray",
    "Kernel",
    "Metadata",
    "Normalize",
    "Picture",
    "Pipeline",
    "Pool",
    "__version__",
    "apply",
    "feature_maps",
    "learn",
    "notebook_html",
    "notebook_png",
    "parse",
    "read_kernel",
    "read_picture",
    "run",
    "write_kernel",
    "write_picture",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'filterkit' has no attribute {name!r}")
    import importlib

    found = getattr(importlib.import_module(f"filterkit.{_HOMES[name]}"), name)
    globals()[name] = found
    return found
