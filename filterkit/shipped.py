"""Where the data files are that come with filterkit: kernels and samples."""

from pathlib import Path


def folder(name: str) -> Path:
    """Find a data folder: beside the code in an installed wheel, else beside the package."""
    package = Path(__file__).resolve().parent
    inside = package / name
    return inside if inside.is_dir() else package.parent / name
