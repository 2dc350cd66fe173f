"""filterkit shape: which sizes a filter makes, and what it costs."""

import json
import re

import click

from filterkit.applying.isolation import Worker, isolated
from filterkit.applying.options import Reading
from filterkit.applying.sources import Source
from filterkit.cli.completing import complete_filter
from filterkit.cli.main import warm
from filterkit.errors import FilterkitError, UsageError
from filterkit.filters.expression import read
from filterkit.filters.meaning import look_up, made


@click.argument("filter", shell_complete=complete_filter)
@click.argument("size", metavar="SIZE|PICTURE")
@click.option("--json", "as_json", is_flag=True, help="One object instead of a table.")
@click.option("--debug", is_flag=True, hidden=True)
def shape(filter: str, size: str, as_json: bool, debug: bool) -> None:
    """List what FILTER makes of a picture, step by step: sizes, weights, multiplications.

    SIZE is ROWSxCOLUMNS or ROWSxCOLUMNSxCHANNELS. "sees" is the receptive field: how much of
    the picture one number of the result depends on.
    """
    tree = read(filter)
    look_up(tree, filter)
    rows, columns, channels = _size(size)
    from filterkit.steps.step import Shape
    from filterkit.viewing.shapes import summary, table, total

    lines = summary(made(tree, filter), Shape.of(rows, columns, channels))
    if as_json:
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


command = click.command("shape")(shape)
