"""filterkit shape: which sizes a filter makes, and what it costs."""

import json
import re
from collections.abc import Iterator
from typing import Any

import click

from filterkit.applying.isolation import Worker, isolated
from filterkit.applying.options import Reading
from filterkit.applying.sources import Source
from filterkit.cli.completing import complete_filter, complete_input
from filterkit.cli.given import filter_of
from filterkit.cli.help import Command, Option, help_option
from filterkit.cli.main import warm
from filterkit.cli.options import FILTER, MESSAGES, filter_options
from filterkit.errors import FilterkitError, UsageError
from filterkit.filters.meaning import look_up, made

INTRO = """
  List what FILTER makes of a picture, step by step: sizes, weights, multiplications.
  SIZE    ROWSxCOLUMNS or ROWSxCOLUMNSxCHANNELS; or a picture
  "sees" is the receptive field: how much of the picture one number depends on.
  "never read" are rows and columns that no window reaches.

Examples:
  filterkit shape "edge:stride=2 | relu | max-pool:2" photo.jpg
  filterkit shape stroke-right 28x28 --padding valid --pool max:2
"""


def shape(filter: str, size: str, **given: Any) -> None:
    """Tell sizes and costs, without reading more than a picture's size."""
    tree, text = filter_of(filter, given)
    look_up(tree, text)
    rows, columns, channels = _size(size)
    from filterkit.steps.step import Shape
    from filterkit.viewing.shapes import summary, table, total

    lines = summary(made(tree, text), Shape.of(rows, columns, channels))
    if given["json"]:
        found = {"steps": [line.object() for line in lines], "total": total(lines)}
        click.echo(json.dumps({"schema": 1, "filter": str(tree), **found}))
    else:
        click.echo("\n".join(table(lines)))


def _size(text: str) -> tuple[int, int, int]:
    """Read a size, or that of a picture."""
    found = re.fullmatch(r"([0-9]{1,7})x([0-9]{1,7})(?:x([0-9]{1,4}))?", text.lower())
    if not found:
        return _measured(text)
    rows, columns, channels = int(found[1]), int(found[2]), int(found[3] or 1)
    if 0 in (rows, columns, channels):
        raise UsageError(f"a picture of {text} has no pixels.", "480x640")
    return rows, columns, channels


def _measured(text: str) -> tuple[int, int, int]:
    """Read a picture, in a process that may die of it, and give its size."""
    (answer,) = isolated(lambda: Worker(size_of_picture, warm), [text], lambda job: str(job))
    if isinstance(answer, FilterkitError):
        raise answer
    rows, columns, channels = answer
    return rows, columns, channels


def size_of_picture(text: str) -> tuple[int, int, int]:
    """Give the rows, columns and channels of a picture."""
    from filterkit.applying.job import read as read_picture

    picture = read_picture(Source.of(text), Reading())
    return picture.rows, picture.columns, picture.channels


def _options() -> Iterator[Option]:
    yield from filter_options()
    yield Option(["--json"], group=MESSAGES, is_flag=True, beside=True)
    yield Option(["--debug"], group=MESSAGES, is_flag=True, beside=True, last=True)
    yield help_option(MESSAGES)


command = Command(
    "shape",
    callback=shape,
    intro=INTRO,
    groups=(FILTER, MESSAGES),
    params=[
        click.Argument(["filter"], metavar="FILTER", shell_complete=complete_filter),
        click.Argument(["size"], metavar="SIZE|PICTURE", shell_complete=complete_input),
        *_options(),
    ],
)
