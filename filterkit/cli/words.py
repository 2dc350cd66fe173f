"""What a word on the command line looks like: a filter, a picture, half a matrix."""

import re
from pathlib import Path

from filterkit.errors import FilterError
from filterkit.filters.catalogue import files
from filterkit.filters.expression import read
from filterkit.filters.names import STEPS
from filterkit.filters.tree import Atom, Name
from filterkit.pictures.formats import FORMATS
from filterkit.pictures.names import escaped

PICTURE_ENDINGS = {ending for one in FORMATS.values() for ending in one.endings}

TORN = re.compile(r"\[[^\]]*$")
"""The beginning of a matrix that the shell split."""


def is_filter(text: str) -> bool:
    """Tell whether a word can be read as a filter whose names are known."""
    try:
        tree = read(text)
    except FilterError:
        return False
    names = {*files(), *STEPS, "conv"}
    atoms = [tree] if isinstance(tree, Atom) else list(getattr(tree, "parts", ()))
    return all(
        not (isinstance(one, Atom) and isinstance(one.what, Name)) or one.what.name in names
        for one in atoms
    )


def is_picture(text: str) -> bool:
    """Tell whether a word looks like a picture's name."""
    return Path(text).suffix.lower() in PICTURE_ENDINGS


def shell(word: str) -> str:
    """Write a word as one would type it: in double quotes where the shell would do things to it."""
    if re.fullmatch(r"[\w@%+=:,./{}-]+", word):
        return word
    return '"' + re.sub(r'(["\\$`])', r"\\\1", escaped(word)) + '"'
