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
    """Find the colour of xterm's 256 that is nearest, as light, not as the eye weighs it."""
    cube = [min(range(6), key=lambda at: abs(CUBE[at] - level)) for level in colour]
    grey = min(range(24), key=lambda at: abs(3 * GREYS[at] - sum(colour)))
    of_cube = sum((CUBE[at] - level) ** 2 for at, level in zip(cube, colour, strict=True))
    of_grey = sum((GREYS[grey] - level) ** 2 for level in colour)
    return 232 + grey if of_grey < of_cube else 16 + 36 * cube[0] + 6 * cube[1] + cube[2]
