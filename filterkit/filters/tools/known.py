"""All tools by their names; the code for one is loaded when it is asked for."""

import importlib
import re
from typing import TYPE_CHECKING

from filterkit.errors import UsageError

if TYPE_CHECKING:
    from filterkit.filters.tools.tool import Tool

HOMES = {
    "imagemagick": "imagemagick.strings:TOOL",
    "graphicsmagick": "graphicsmagick:TOOL",
    "vips": "vips:TOOL",
    "ffmpeg": "ffmpeg:TOOL",
    "gimp": "gimp:TOOL",
    "gmic": "gmic:TOOL",
    "csv": "plain:CSV",
    "npy": "plain:NPY",
    "toml": "plain:TOML",
    "numpy": "code.numpy:TOOL",
    "scipy": "code.scipy:TOOL",
    "opencv": "code.opencv:TOOL",
    "pillow": "code.pillow:TOOL",
    "pytorch": "code.pytorch:TOOL",
}
"""Where each is; the names are the words of --to and --from."""

OTHER_WORDS = {
    "magick": "imagemagick",
    "im": "imagemagick",
    "gm": "graphicsmagick",
    "libvips": "vips",
    "gegl": "gimp",
    "g'mic": "gmic",
    "cv2": "opencv",
    "pil": "pillow",
    "torch": "pytorch",
}

READ = tuple(name for name in HOMES if not HOMES[name].startswith("code."))
"""Those whose kernels are read as well."""

LOOKS = {
    "imagemagick": r"\d+(x\d+)?(\+\d+\+\d+)?\s*[@<>]?:",
    "ffmpeg": r"(format=\w+,)?convolution=",
    "gimp": r"gegl:convolution-matrix|[a-e][1-5]=",
    "gmic": r"\([-+\d.,;eE\s]+\)\s*$",
}
"""How a kernel of each begins, which no filter of ours does."""


def guessed(text: str) -> str:
    """Name the tool whose kernel a text seems to be, or nothing."""
    return next((name for name, form in LOOKS.items() if re.match(form, text.strip())), "")


def tool(name: str, read: bool = False) -> "Tool":
    """Find a tool by its name. Raises UsageError that names the nearest or all."""
    word = name.lower()
    word = OTHER_WORDS.get(word, word)
    names = READ if read else tuple(HOMES)
    if word not in names:
        if word in HOMES:
            raise UsageError(f"{word} is code, and only written; there are {', '.join(names)}.")
        from filterkit.filters.formats.reading import nearest  # only a mistake needs it

        raise UsageError(f"there is no format {name!r}; {nearest(word, names)}")
    module, _, attribute = HOMES[word].partition(":")
    found: Tool = getattr(importlib.import_module(f"{__package__}.{module}"), attribute)
    return found
