"""All tools by their names; the code for one is loaded when it is asked for."""

import importlib
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
    "tsv": "csv",
    "cv2": "opencv",
    "pil": "pillow",
    "torch": "pytorch",
}

READ = tuple(name for name in HOMES if not HOMES[name].startswith("code."))
"""Those whose kernels are read as well."""


def tool(name: str, read: bool = False) -> "Tool":
    """Find a tool by its name. Raises UsageError that lists those there are."""
    word = name.lower()
    word = OTHER_WORDS.get(word, word)
    names = READ if read else tuple(HOMES)
    if word not in names:
        flag = "--from" if read else "--to"
        code = f"; {word} is code, which is only written" if word in HOMES else ""
        raise UsageError(f"{flag} is one of {', '.join(names)}, not '{name}'{code}.")
    module, _, attribute = HOMES[word].partition(":")
    found: Tool = getattr(importlib.import_module(f"{__package__}.{module}"), attribute)
    return found
