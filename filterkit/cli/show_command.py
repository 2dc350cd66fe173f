"""filterkit show: everything there is to know of a filter, in a few lines or as a picture."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from filterkit.cli.completing import complete_filter, complete_input, complete_word
from filterkit.cli.given import check_free, filter_of
from filterkit.cli.help import Command, Option, help_option
from filterkit.cli.options import FILTER, MESSAGES, OUTPUT, from_option
from filterkit.cli.report import print_text
from filterkit.cli.screen import WHEN, screen
from filterkit.cli.words import is_picture, shell
from filterkit.errors import UsageError
from filterkit.filters.catalogue import file_of, files
from filterkit.filters.formats import FilterFile
from filterkit.filters.meaning import made
from filterkit.filters.names import STEPS
from filterkit.filters.tree import looks_like_path
from filterkit.pictures.files import escaped
from filterkit.pictures.formats import format_of_ending

if TYPE_CHECKING:
    from filterkit.viewing.kernels import Facts

INTRO = """
  Show what FILTER is made of: the matrix, its sum, gain, rank and symmetry, what it does to
  waves of every frequency, its source, and where its file is.

Examples:
  filterkit show sobel-x
  filterkit show "gaussian:2 | edge"
  filterkit show ./mine.toml -o mine.png       all of it as one picture, with heat maps
  filterkit show "[1 2 1; 2 4 2; 1 2 1]" --color always | less -R
"""

LONG = 100
"""Letters of a title; a matrix that is longer has what was typed for a title, if that is not."""


def show(filter: str, **given: Any) -> None:
    """Say it in lines, as an object, or as a picture."""
    picture = is_picture(filter) and not given["from"]
    if picture and not looks_like_path(Path(filter).suffix) and filter not in files():
        raise UsageError(
            f"{escaped(filter)} is a picture; show explains filters.",
            f"filterkit view {shell(filter)}",
        )
    path = _path(given)
    tree, text = filter_of(filter, given)
    step = made(tree, text)
    from filterkit.steps.convolve import Convolve
    from filterkit.steps.pipeline import walk
    from filterkit.viewing.kernels import Facts

    file = file_of(tree)
    name = str(step)
    if len(name) > LONG > len(filter):  # another tool's name for a large matrix
        name = escaped(filter)
    facts = [Facts.of(one) for one in walk(step) if isinstance(one, Convolve)]
    if path is not None:
        _draw(path, name, file, facts, given["force"])
    if given["as_json"]:
        written = [str(path)] if path else []
        click.echo(json.dumps({**_object(str(step), file, facts), "written": written}))
    elif path is not None:
        click.echo(os.fsencode(path))
    else:
        _say(_lines(name, file, facts, given["color"]))


def _path(given: dict[str, Any]) -> Path | None:
    """Settle where the picture goes, if one is asked for."""
    if given["output"] is None:
        return None
    path = Path(given["output"])
    if format_of_ending(path.suffix) is None:
        raise UsageError(
            f"-o names a picture, and {escaped(path)} has the ending of none that can be written.",
            f"-o {shell(path.with_suffix('.png').name)}",
        )
    check_free(path, given["force"])
    return path


def _draw(
    path: Path, name: str, file: FilterFile | None, facts: "list[Facts]", force: bool
) -> None:
    """Write all of it as one picture."""
    from filterkit.applying.files import write_picture
    from filterkit.pictures.picture import Picture
    from filterkit.pictures.writing import make_folder
    from filterkit.viewing.filter_sheet import sheet

    if not facts:
        raise UsageError(f"{escaped(name)} has no kernel to draw.", f"filterkit show {shell(name)}")
    about, source = (file.about, file.source) if file else ("", "")
    image = sheet(_title(name, file), about, facts, source)
    make_folder(path.parent)
    write_picture(Picture(image[None]), path, replace=force)


def _lines(name: str, file: FilterFile | None, facts: "list[Facts]", color: str) -> Iterator[str]:
    """Yield the lines of the text; on a terminal with colours, the matrices are heat maps."""
    from filterkit.viewing.kernels import matrix_lines

    seen = screen(sys.stdout, color)
    yield _title(name, file)
    if file is not None:
        yield from _wrapped(file.about, "  ", "  ")
    if file is not None and file.steps:
        yield f"  {file.steps}"
    for one in facts:
        if len(facts) > 1 and one.step.origin is not None:
            yield from ["", f"  {one.step}"]
        yield from ["", *matrix_lines(one.step, seen.colours, seen.columns), "", *one.lines()]
    if file is not None:
        yield from ["", *_wrapped(file.source, "  source  ", "          ")]
        yield f"  file    {escaped(file.path)}"


def _wrapped(text: str, first: str, others: str) -> list[str]:
    return click.wrap_text(text, 90, first, others).splitlines()


def _say(lines: Iterator[str]) -> None:
    """Print the lines."""
    print_text("\n".join(lines) + "\n")


def _title(name: str, file: FilterFile | None) -> str:
    if file is not None:
        return f"{name}: {file.title}" if file.title else name
    step = STEPS.get(name.partition(":")[0])
    return f"{name}: {step.title}" if step else name


def _object(name: str, file: FilterFile | None, facts: "list[Facts]") -> dict[str, object]:
    about = {} if file is None else {
        "title": file.title, "about": file.about, "group": file.group, "source": file.source,
        "file": str(file.path),
    }  # fmt: skip
    return {"schema": 1, "filter": name, **about, "kernels": [one.object() for one in facts]}


command = Command(
    "show",
    callback=show,
    intro=INTRO,
    groups=(FILTER, OUTPUT, MESSAGES),
    params=[
        click.Argument(["filter"], shell_complete=complete_filter),
        from_option(),
        Option(["-o", "--output"], group=OUTPUT, metavar="FILE", shell_complete=complete_input,
               help="all of it as one picture, in any format that is written"),
        Option(["-f", "--force"], group=OUTPUT, is_flag=True, help="replace what is there"),
        Option(["--color"], group=OUTPUT, metavar="|".join(WHEN), type=click.Choice(WHEN),
               default="auto", shell_complete=complete_word(WHEN), shown="auto",
               help="matrices as heat maps"),
        Option(["--json", "as_json"], group=MESSAGES, is_flag=True, beside=True),
        Option(["--debug"], group=MESSAGES, is_flag=True, beside=True),
        help_option(MESSAGES),
    ],
)  # fmt: skip
