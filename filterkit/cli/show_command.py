"""filterkit show: everything there is to know of a filter, in a few lines."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from filterkit.cli.completing import complete_filter
from filterkit.cli.words import is_picture
from filterkit.errors import UsageError
from filterkit.filters.catalogue import files, find, open_file
from filterkit.filters.expression import read
from filterkit.filters.formats import FilterFile
from filterkit.filters.meaning import made
from filterkit.filters.names import STEPS
from filterkit.filters.tree import Atom, File, Name, looks_like_path
from filterkit.pictures.files import escaped

if TYPE_CHECKING:
    from filterkit.viewing.kernels import Facts


@click.argument("filter", shell_complete=complete_filter)
@click.option("--json", "as_json", is_flag=True, help="One object instead of text.")
@click.option("--debug", is_flag=True, hidden=True)
def show(filter: str, as_json: bool, debug: bool) -> None:
    """Show the matrix of FILTER, its sum, gain, rank and source, and where its file is."""
    if is_picture(filter) and not looks_like_path(Path(filter).suffix) and filter not in files():
        raise UsageError(
            f"{escaped(filter)} is a picture; show explains filters.",
            f"filterkit shape edge {filter}",
        )
    tree = read(filter)
    step = made(tree, filter)
    from filterkit.steps.convolve import Convolve
    from filterkit.steps.pipeline import walk
    from filterkit.viewing.kernels import Facts, matrix_lines

    file = _file_of(tree)
    facts = [Facts.of(one) for one in walk(step) if isinstance(one, Convolve)]
    if as_json:
        click.echo(json.dumps(_object(str(step), file, facts)))
        return
    lines = _heading(str(step), file)
    if file is not None and file.steps:
        lines.append(f"  {file.steps}")
    for one in facts:
        if len(facts) > 1 and one.step.origin is not None:
            lines.extend(["", f"  {one.step}"])
        lines.extend(["", *matrix_lines(one.step), "", *one.lines()])
    lines.extend(_ending(file))
    click.echo("\n".join(lines))


def _file_of(tree: object) -> FilterFile | None:
    """Give the file behind a filter that is a single name or path."""
    if not isinstance(tree, Atom):
        return None
    if isinstance(tree.what, File):
        return open_file(Path(tree.what.path))
    if isinstance(tree.what, Name) and tree.what.name not in STEPS and tree.what.name != "conv":
        return find(tree.what.name)
    return None


def _heading(name: str, file: FilterFile | None) -> list[str]:
    if file is None:
        step = STEPS.get(name.partition(":")[0])
        return [f"{name}: {step.title}" if step else name]
    lines = [f"{name}: {file.title}" if file.title else name]
    return [*lines, *click.wrap_text(file.about, 90, "  ", "  ").splitlines()]


def _ending(file: FilterFile | None) -> list[str]:
    if file is None:
        return []
    lines = ["", *click.wrap_text(file.source, 90, "  source  ", "          ").splitlines()]
    return [*lines, f"  file    {escaped(file.path)}"]


def _object(name: str, file: FilterFile | None, facts: "list[Facts]") -> dict[str, object]:
    about = {} if file is None else {
        "title": file.title, "about": file.about, "group": file.group, "source": file.source,
        "file": str(file.path),
    }  # fmt: skip
    return {"schema": 1, "filter": name, **about, "kernels": [one.object() for one in facts]}


command = click.command("show")(show)
