"""Colour in a terminal: a text on its paper, in as many colours as the terminal has, or none."""

from functools import lru_cache

Colour = tuple[int, int, int]

NONE, SOME, ALL = 0, 256, 1 << 24
"""How many colours a terminal has: none, those of xterm's table, or all."""

CUBE = (0, 95, 135, 175, 215, 255)
"""Levels of red, green and blue in xterm's table, from number 16 on."""

GREYS = tuple(range(8, 239, 10))
"""Levels of its greys, from number 232 on."""


def painted(
    text: str,
    colours: int,
    ink: Colour | None = None,
    paper: Colour | None = None,
    bold: bool = False,
) -> str:
    """Write a text in a colour on another, plainly where there are none."""
    codes = ["1"] if bold else []
    codes += [_code(38, ink, colours)] if ink is not None else []
    codes += [_code(48, paper, colours)] if paper is not None else []
    return f"\033[{';'.join(codes)}m{text}\033[0m" if colours and codes else text


def _code(layer: int, colour: Colour, colours: int) -> str:
    if colours == ALL:
        return f"{layer};2;{';'.join(map(str, colour))}"
    return f"{layer};5;{nearest(colour)}"


@lru_cache(4096)
def nearest(colour: Colour) -> int:
    """Find the colour of xterm's 256 that is nearest; its hue counts more than its brightness.

    The levels of the cube lie far apart. Each taken by itself, a pale orange would become pink.
    """
    return min(TABLE, key=lambda number: _apart(colour, TABLE[number]))


def _apart(one: Colour, other: Colour) -> int:
    """Tell how far apart colours are: red from green and green from blue four times as far."""
    red, green, blue = (a - b for a, b in zip(one, other, strict=True))
    return red**2 + green**2 + blue**2 + 4 * ((red - green) ** 2 + (green - blue) ** 2)


TABLE = {
    **{16 + at: (CUBE[at // 36], CUBE[at // 6 % 6], CUBE[at % 6]) for at in range(216)},
    **{232 + at: (level, level, level) for at, level in enumerate(GREYS)},
}
"""The numbers of xterm's colours that no theme changes, and what they are."""
