"""Patterns of names such as scans/**/*.tif, whatever the case of their letters."""

import os
import re
from collections.abc import Callable, Iterable, Sequence
from fnmatch import translate
from functools import cache
from pathlib import Path

WILD = re.compile(r"[*?\[]")
ANY_DEPTH = "**"

Matcher = Callable[[str], re.Match[str] | None]


@cache
def matcher(pattern: str) -> Matcher:
    """Make what compares a pattern with a text; its * takes in slashes too."""
    return re.compile(translate(pattern), re.IGNORECASE).match


def matches(patterns: Iterable[Matcher], place: Path) -> bool:
    """Tell whether any pattern fits a place in the tree, or the name there alone."""
    return any(one(place.name) or one(place.as_posix()) for one in patterns)


def ending_of(pattern: str) -> set[str]:
    """Give the ending that a pattern asks for by its very letters, if it does."""
    last = os.path.basename(pattern)  # noqa: PTH119 - "**" is no path
    ending = Path(last).suffix
    return set() if WILD.search(ending or last) else {ending.lower()}


def fits(parts: Sequence[str], names: Sequence[str], leads: bool = False) -> bool:
    """Tell whether a pattern fits the names of a path, or of a folder that it lies in.

    What `leads` to others fits too if it could do so for them.
    """
    if not parts or not names:
        return leads or not parts
    if parts[0] == ANY_DEPTH:
        return fits(parts[1:], names, leads) or fits(parts, names[1:], leads)
    return bool(matcher(parts[0])(names[0])) and fits(parts[1:], names[1:], leads)
