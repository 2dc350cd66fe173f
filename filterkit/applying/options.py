"""How pictures are read and results written: each choice declared once, as a step's are."""

import re
from dataclasses import dataclass
from typing import Any

from filterkit.errors import SettingError
from filterkit.pictures.codecs import MOST_PIXELS
from filterkit.pictures.formats import WRITTEN
from filterkit.settings import (
    Choice,
    Kind,
    Optional,
    Or,
    Truth,
    Whole,
    read_settings,
    setting,
    shown,
)
from filterkit.steps.step import Rendering, RenderingKind

COLOURS = {"white": "#ffffff", "black": "#000000", "gray": "#808080", "grey": "#808080"}


class Colour(Kind):
    """A colour: white, black, gray, or #rgb, #rrggbb."""

    @property
    def metavar(self) -> str:
        return "COLOR"

    def read(self, name: str, value: Any) -> tuple[int, int, int]:
        if isinstance(value, tuple):
            return (value[0], value[1], value[2])
        text = COLOURS.get(str(value).lower(), str(value).lower())
        if re.fullmatch(r"#[0-9a-f]{3}", text):
            text = "#" + "".join(digit * 2 for digit in text[1:])
        if not re.fullmatch(r"#[0-9a-f]{6}", text):
            raise SettingError(f"{name} is white, black, gray or #rrggbb, not {shown(value)}.")
        return (int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16))


class Percent(Whole):
    """A whole number from 1 to 100."""

    @property
    def metavar(self) -> str:
        return "1-100"

    def read(self, name: str, value: Any) -> int:
        number = super().read(name, value)
        if number > 100:
            raise SettingError(f"{name} is 100 or less, not {shown(value)}.")
        return number


@dataclass(frozen=True)
class Reading:
    """Say how pictures are read."""

    frames: str | int = setting("all", "", Or(("all", "first"), Whole(1)))
    metadata: str = setting("keep", "", Choice(("keep", "icc", "strip")))
    max_pixels: int = setting(MOST_PIXELS, "", Whole(1))
    strict: bool = setting(False, "a damaged picture is a failure", Truth())

    def __post_init__(self) -> None:
        read_settings(self)


@dataclass(frozen=True)
class Writing:
    """Say how results are written."""

    on_exists: str = setting("error", "", Choice(("error", "skip", "overwrite", "number")))
    in_place: bool = setting(False, "replace the originals", Truth())
    format: str | None = setting(
        None,
        "",
        Optional(Choice(tuple(WRITTEN), {"jpg": "jpeg", "tif": "tiff"})),
        "the output's ending, else the input's",
    )
    render: Rendering | None = setting(None, "", Optional(RenderingKind()), "the filter's")
    depth: str | None = setting(None, "", Optional(Choice(("8", "16", "float"))), "the input's")
    quality: int | None = setting(None, "", Optional(Percent()), "the input's, else 95")
    background: tuple[int, int, int] = setting(
        (255, 255, 255), "under transparency, where it cannot stay", Colour(), "white"
    )

    def __post_init__(self) -> None:
        read_settings(self)
