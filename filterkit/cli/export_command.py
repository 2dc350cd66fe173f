"""filterkit export: a filter as a kernel of another tool, and theirs as ours."""

import os
import sys
from pathlib import Path
from typing import Any

import click

from filterkit.cli.completing import complete_filter, complete_input, complete_word
from filterkit.cli.errors import say
from filterkit.cli.given import check_free, filter_of
from filterkit.cli.help import Command, Option, help_option
from filterkit.cli.options import FILTER, MESSAGES, OUTPUT, from_option
from filterkit.cli.report import print_bytes
from filterkit.cli.words import shell
from filterkit.errors import UsageError
from filterkit.filters.meaning import made
from filterkit.filters.tools.known import HOMES, READ, tool
from filterkit.filters.tools.tool import Tool

CODE = " ".join(name for name in HOMES if name not in READ)
INTRO = f"""
  Write FILTER as a kernel of another tool. What the tool cannot hold is refused.
  FILTER  a filter as everywhere; with --from a kernel of another tool, or a file of it
  FORMAT  {" ".join(READ)}
          {CODE} (a function in Python, only --to)

Examples:
  magick photo.png -morphology Correlate "$(filterkit export sobel-x --to imagemagick)" out.png
  filterkit export gaussian:2 -o gaussian.mat               for vips conv
  filterkit export sharpen --to opencv > sharpen.py
  filterkit export "(0,1,0;1,-4,1;0,1,0)" --from gmic -o mine.toml
  filterkit apply Sobel:45 photo.jpg --from imagemagick     without a file between
"""


def export(filter: str, **given: Any) -> None:
    """Settle the format first; then write the kernel, or say what stands in the way."""
    path = Path(given["output"]) if given["output"] else None
    to = _tool(given["to"], path)
    if path is not None:
        check_free(path, given["force"])
    tree, text = filter_of(filter, given)
    step = made(tree, text)
    from filterkit.filters.tools.writing import exported

    found = exported(step, to)
    for note in found.notes:
        say(note)
    if path is not None:
        _save(path, found.content, given["force"])
        return
    if not _is_text(found.content) and sys.stdout is not None and sys.stdout.isatty():
        raise UsageError(
            f"{to.title} bytes are not written to a terminal.", f"-o kernel{to.ending}"
        )
    print_bytes(found.content)
    _hint(to, filter, given)


def _tool(name: str | None, path: Path | None) -> Tool:
    """Find the format: by its name, or by the ending of the file."""
    if name is not None:
        return tool(name)
    ending = path.suffix.lower() if path else ""
    of_ending = [one for one in map(tool, READ) if one.ending == ending != ""]
    if of_ending:
        return of_ending[0]
    raise UsageError(f"which format? --to is one of {', '.join(HOMES)}.", "--to imagemagick")


def _save(path: Path, content: bytes, force: bool) -> None:
    """Write the file, and its name on stdout."""
    from filterkit.pictures.writing import make_folder, write_bytes

    make_folder(path.parent)
    write_bytes(path, content, replace=force)
    click.echo(os.fsencode(path))


def _is_text(content: bytes) -> bool:
    return b"\0" not in content


def _hint(to: Tool, filter: str, given: dict[str, Any]) -> None:
    """On a terminal, show the line that runs what was written."""
    if sys.stdout is None or not sys.stdout.isatty() or to.ending == ".py":
        return
    whose = f" --from {given['from']}" if given["from"] else ""
    line = f"filterkit export {shell(filter)}{whose} --to {to.name}"
    if "FILE" in to.command:
        file = f"kernel{to.ending}"
        run = f"{line} -o {file} && {to.command.replace('FILE', file)}"
    else:
        run = to.command.replace("KERNEL", f"$({line})")
    say("this is how it is used:", run)


command = Command(
    "export",
    callback=export,
    intro=INTRO,
    groups=(FILTER, OUTPUT, MESSAGES),
    params=[
        click.Argument(["filter"], shell_complete=complete_filter),
        from_option(),
        Option(["--to"], group=OUTPUT, metavar="FORMAT", shown="by the ending of -o",
               shell_complete=complete_word(tuple(HOMES)), help="what to write"),
        Option(["-o", "--output"], group=OUTPUT, metavar="FILE", shown="stdout",
               shell_complete=complete_input, help="where to"),
        Option(["-f", "--force"], group=OUTPUT, is_flag=True, help="replace what is there"),
        Option(["--debug"], group=MESSAGES, is_flag=True, beside=True),
        help_option(MESSAGES),
    ],
)  # fmt: skip
