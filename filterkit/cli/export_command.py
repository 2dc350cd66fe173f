"""filterkit export: a filter as a kernel of another tool, and theirs as ours."""

import os
import sys
from pathlib import Path
from shutil import which
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
from filterkit.pictures.names import escaped

CODE = " ".join(name for name in HOMES if name not in READ)
INTRO = f"""
  Write FILTER as a kernel of another tool. What the tool cannot hold is refused.
  FILTER  a filter as everywhere; with --from a kernel of another tool, or a file of it
  FORMAT  {" ".join(READ)}
          {CODE} (a function in Python, only --to)

Examples:
  K=$(filterkit export sobel-x --to imagemagick)
  magick photo.png -channel RGB -morphology Correlate "$K" out.png
  filterkit export gaussian:2 -o gaussian.mat               for vips conv
  filterkit export sharpen --to opencv > sharpen.py
  filterkit export "(0,1,0;1,-4,1;0,1,0)" --from gmic -o mine.toml
  filterkit apply Sobel:45 photo.jpg --from imagemagick     without a file between
"""


def export(filter: str, **given: Any) -> None:
    """Settle the format first; then write the kernel, or say what stands in the way."""
    path = _path(given["output"])
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
    watched = sys.stdout is not None and sys.stdout.isatty()
    if watched and b"\0" in found.content:
        raise UsageError(
            f"{to.title} bytes are not written to a terminal.", f"-o kernel{to.ending}"
        )
    print_bytes(found.content)
    if watched:
        _hint(to, filter, given)


def _path(output: str | None) -> Path | None:
    """Give the file that is to be written; - is stdout."""
    if output in (None, "-"):
        return None
    path = Path(output)
    if output.endswith("/") or path.is_dir():
        raise UsageError(
            f"{escaped(output)} is a folder; export writes one file.",
            f"-o {shell(str(path / 'kernel.csv'))}",
        )
    return path


def _tool(name: str | None, path: Path | None) -> Tool:
    """Find the format: by its name, or by the ending of the file."""
    ending = path.suffix.lower() if path else ""
    of_ending = next((one for one in map(tool, READ) if one.ending == ending != ""), None)
    found = tool(name) if name is not None else of_ending
    if found is None:
        raise UsageError(f"which format? --to is one of {', '.join(HOMES)}.", "--to imagemagick")
    if path is not None and of_ending not in (None, found):
        raise UsageError(
            f"{escaped(path)} is named like {of_ending.kernel}, and --to says {found.name}.",
            "one of the two",
        )
    return found


def _save(path: Path, content: bytes, force: bool) -> None:
    """Write the file, and its name on stdout."""
    from filterkit.pictures.writing import make_folder, write_bytes

    make_folder(path.parent)
    write_bytes(path, content, replace=force)
    click.echo(os.fsencode(path))


def _hint(to: Tool, filter: str, given: dict[str, Any]) -> None:
    """Show the line that runs what was written, where the filter is short enough to be typed."""
    if to.ending == ".py" or filter == "-" or len(filter) > 60 or not filter.isprintable():
        return
    whose = f" --from {given['from']}" if given["from"] else ""
    line = f"filterkit export {shell(filter)}{whose} --to {to.name}"
    file = f"kernel{to.ending}"
    run = to.command.replace("KERNEL", f"$({line})").replace("FILE", file)
    if run.startswith("magick ") and which("convert") and not which("magick"):
        run = run.replace("magick", "convert", 1)  # as ImageMagick 6 calls itself
    say("this is how it is used:", f"{line} -o {file} && {run}" if "FILE" in to.command else run)


command = Command(
    "export",
    callback=export,
    intro=INTRO,
    groups=(FILTER, OUTPUT, MESSAGES),
    params=[
        click.Argument(["filter"], shell_complete=complete_filter),
        from_option(),
        Option(["--to"], group=OUTPUT, metavar="FORMAT", shown="by -o: .mat .csv .npy .toml",
               shell_complete=complete_word(tuple(HOMES)), help="what to write"),
        Option(["-o", "--output"], group=OUTPUT, metavar="FILE|-", shown="stdout",
               shell_complete=complete_input, help="where to"),
        Option(["-f", "--force"], group=OUTPUT, is_flag=True, help="replace what is there"),
        Option(["--debug"], group=MESSAGES, is_flag=True, beside=True),
        help_option(MESSAGES),
    ],
)  # fmt: skip
