"""Pictures that a terminal draws itself: what kitty, iTerm2 and their like are told.

https://sw.kovidgoyal.net/kitty/graphics-protocol/ and https://iterm2.com/documentation-images.html
"""

import base64
from collections.abc import Iterator

LETTER = 10
"""Pixels that a letter is taken to be wide, and half of those that it is high."""

CHUNK = 4096
"""Letters that kitty takes at once."""


def kitty(content: bytes, columns: int) -> Iterator[str]:
    """Yield what has kitty show a PNG as wide as so many letters, in silence (q=2)."""
    text = base64.b64encode(content).decode()
    for start in range(0, len(text), CHUNK):
        told = f"a=T,f=100,c={columns},q=2," if start == 0 else ""
        more = int(start + CHUNK < len(text))
        yield f"\033_G{told}m={more};{text[start : start + CHUNK]}\033\\"


def iterm(content: bytes, columns: int) -> Iterator[str]:
    """Yield what has iTerm2 show a PNG as wide as so many letters."""
    text = base64.b64encode(content).decode()
    told = f"inline=1;size={len(content)};width={columns};preserveAspectRatio=1"
    yield f"\033]1337;File={told}:{text}\a"


PROTOCOLS = {"kitty": kitty, "iterm": iterm}


def through_tmux(sequence: str) -> str:
    """Wrap what tmux is to hand on as it is; it does so where allow-passthrough is on."""
    doubled = sequence.replace("\033", "\033\033")
    return f"\033Ptmux;{doubled}\033\\"
