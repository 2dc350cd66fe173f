"""Write a filter file: the small part of TOML that it needs."""

from typing import Any

from filterkit.errors import FilterFileError
from filterkit.filters.families import FAMILIES
from filterkit.filters.formats.file import FilterFile
from filterkit.filters.formats.weights import MOST_BYTES, Weights
from filterkit.settings import is_finite, kinds, written
from filterkit.steps.convolve import Convolve


def dump(file: FilterFile) -> str:
    """Write a filter file that `load` reads back equal, except for its name and place.

    Raises FilterFileError where the text would be larger than a filter file may be.
    """
    lines = ["schema = 1", *_pairs(file)]
    if file.family_settings:
        lines += ["", "[settings]", *_settings(FAMILIES[file.family], file.family_settings)]
    for name, kernel in file.kernels.items():
        lines += ["", f"[kernels.{name}]", *_pairs(kernel)]
        if kernel.family_settings:
            family = FAMILIES[kernel.family]
            lines += ["", f"[kernels.{name}.settings]", *_settings(family, kernel.family_settings)]
    text = "\n".join(lines) + "\n"
    if len(text.encode()) > MOST_BYTES:
        raise FilterFileError(
            f"{file.name}: these weights are too many for the text of a filter file.",
            "a .npy file, which is a filter as well",
        )
    return text


def _pairs(file: FilterFile) -> list[str]:
    """Write the keys of a file, or of one of its private kernels, but no tables."""
    texts = {key: getattr(file, key) for key in ("title", "about", "group", "source")}
    lines = [f"{key} = {_quoted(text)}" for key, text in texts.items() if text]
    if file.also:
        lines.append(f"also = [{', '.join(map(_quoted, file.also))}]")
    if file.weights is not None:
        lines.append(f"weights = {_nested(file.weights, '')}")
    meaning = {"family": file.family, "steps": file.steps}
    lines += [f"{key} = {_quoted(text)}" for key, text in meaning.items() if text]
    return lines + _settings(Convolve, file.settings)


def _settings(owner: type, settings: dict[str, Any]) -> list[str]:
    known = kinds(owner)
    lines = []
    for key, value in settings.items():
        text = known[key].write(value)
        bare = isinstance(value, bool) or is_finite(value) or text.isdigit()
        lines.append(f"{key} = {text if bare else _quoted(text)}")
    return lines


def _nested(part: Weights, indent: str) -> str:
    """Write nested lists, each row of numbers on a line of its own."""
    if not isinstance(part[0], list):
        return f"[{', '.join(_number(weight) for weight in part)}]"
    deeper = indent + "  "
    rows = "".join(f"{deeper}{_nested(row, deeper)},\n" for row in part)
    return f"[\n{rows}{indent}]"


def _number(weight: float) -> str:
    return str(weight) if isinstance(weight, int) else written(weight)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
