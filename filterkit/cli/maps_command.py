"""filterkit maps: every feature map of every step, on a sheet, as files, or in the terminal."""

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from filterkit.applying.isolation import Worker, isolated
from filterkit.applying.options import Reading, Writing
from filterkit.applying.outputs import STDOUT, Target, targets
from filterkit.applying.places import check_folder, told
from filterkit.applying.sources import Source
from filterkit.applying.template import MAP_FIELDS, Template
from filterkit.cli.completing import complete_filter, complete_input
from filterkit.cli.errors import say
from filterkit.cli.given import filter_of, options_of, threads_of
from filterkit.cli.help import Command, Option, help_option
from filterkit.cli.main import warm
from filterkit.cli.mapping import (
    ARRAYS,
    FILES,
    LETTERS,
    NOTHING,
    SHEET,
    TABLE,
    Answer,
    MapsJob,
    work,
)
from filterkit.cli.options import (
    FILTER,
    INPUT,
    MESSAGES,
    OUTPUT,
    color_option,
    filter_options,
    flag_of,
)
from filterkit.cli.piped import await_picture
from filterkit.cli.report import print_object
from filterkit.cli.screen import screen
from filterkit.cli.words import shell
from filterkit.errors import FilterkitError, OutputIsInputError, UsageError
from filterkit.filters.meaning import look_up, made
from filterkit.pictures.files import write_bytes
from filterkit.pictures.formats import WRITTEN, format_of_ending
from filterkit.pictures.names import escaped
from filterkit.pictures.writing import make_folder

INTRO = """
  Show every feature map of every step: what FILTER makes of a picture, on its way.
  Without -o they are drawn in the terminal, or listed where the output is a pipe.

Examples:
  filterkit maps "edge | relu | max-pool:2" photo.jpg
  filterkit maps "sobel-x & sobel-y | fuse:l2" photo.jpg -o sheet.png
  filterkit maps edge photo.jpg --pool max:2 -o maps/       a file for each map
  filterkit maps sobel photo.jpg -o maps.npz                their raw numbers
"""


def maps(filter: str, input: str, **given: Any) -> int:
    """Settle everything first; then read, compute and draw in a process that may die of it."""
    tree, text = filter_of(filter, given)
    look_up(tree, text)
    source = Source.of(input)
    writing = options_of(Writing, given)
    become, target, pattern = _meant(given, source, writing)
    if target.skip and target.path:
        return _tell(Answer([], {}, (), b"", (target.path,)), source, str(tree), given)
    reading = replace(options_of(Reading, given), frames="first")
    job = MapsJob(
        source, made(tree, text), str(tree), reading, writing, threads_of(given), become,
        target, pattern, screen(sys.stdout, given["color"]), bool(given["json"]),
    )  # fmt: skip
    if source.text == "-":
        await_picture(bool(given["quiet"]))
    (answer,) = isolated(lambda: Worker(work, warm), [job], lambda job: job.source.label)
    if isinstance(answer, FilterkitError):
        raise answer
    return _tell(_saved(answer, target), source, str(tree), given)


def _meant(given: dict[str, Any], source: Source, writing: Writing) -> tuple[str, Target, str]:
    """Say what the maps become, in which file, or by which pattern in several."""
    output = given["output"]
    nowhere = Target(None, None)
    if output is None:
        seen = screen(sys.stdout, given["color"])
        letters = LETTERS if seen.terminal or seen.colours else TABLE
        return NOTHING if given["json"] else letters, nowhere, ""
    if output == STDOUT:
        raise UsageError("maps writes files, not a pipe.", "-o sheet.png, or --json")
    template = Template(output).checked("-o", MAP_FIELDS)
    several = template.uses("step") or template.uses("map")
    if output.endswith(("/", os.sep)) or Path(output).is_dir():
        output, kind = f"{output.rstrip('/' + os.sep)}/", "png"
    else:
        kind = _kind(output, several)
        if not several:
            target = _target(output, source, writing)
            return ARRAYS if kind == "npz" else SHEET, target, ""
    with told(output):
        check_folder(Path(f"{output}.").parent, given=True)
    return FILES, Target(None, kind, originals=(source.path,) if source.path else ()), output


def _target(output: str, source: Source, writing: Writing) -> Target:
    """Settle where the one file goes. Raises OutputError."""
    try:
        (target,) = targets([source], output, "", writing)
    except OutputIsInputError as error:
        raise OutputIsInputError(error.sentence, "another -o") from None
    return target


def _kind(output: str, several: bool) -> str:
    """Give the format of files, or of the one file, that `-o` names."""
    ending = ".png" if output.endswith("{ext}") else Path(output).suffix
    kind = format_of_ending(ending)
    if kind is None and not ending:
        raise UsageError(
            f"is {escaped(output)} a folder or a file?",
            f"-o {shell(output + '/')} or -o {shell(output + '.png')}",
        )
    numbers = kind is not None and WRITTEN[kind].numbers
    if kind is None or (numbers and not several and kind != "npz"):
        what = "a picture" if several else "a picture, an .npz or a folder"
        raise UsageError(
            f"-o names {what}, not {escaped(output)}.",
            f"-o {shell(str(Path(output).with_suffix('.npz' if numbers else '.png')))}",
        )
    return kind


def _saved(answer: Answer, target: Target) -> Answer:
    """Write the one file that was made."""
    if target.path is None:
        return answer
    make_folder(target.path.parent)
    write_bytes(target.path, answer.content, replace=target.replace)
    return answer._replace(written=(target.path,))


def _tell(answer: Answer, source: Source, filter: str, given: dict[str, Any]) -> int:
    """Print lines, paths or an object; notes go to stderr."""
    if given["json"]:
        written = [str(path) for path in answer.written]
        print_object(filter=filter, input=source.text, **answer.object, written=written)
    elif answer.lines:
        click.echo("\n".join(answer.lines), color=True)
    elif not given["quiet"]:
        for path in answer.written:
            click.echo(os.fsencode(path))
    for note in answer.notes if not given["quiet"] else ():
        say(f"{source.label}: {note}")
    return 0


def _options() -> Iterator[Option]:
    yield from filter_options()
    yield Option(["-o", "--output"], group=OUTPUT, metavar="FILE|FOLDER/",
                 shell_complete=complete_input,
                 help='sheet.png, maps.npz, maps/, "{step}-{map}.png"',
                 shown="the terminal")  # fmt: skip
    yield Option(["-f", "--force"], group=OUTPUT, is_flag=True, help="replace what is there")
    yield flag_of(Writing, "on_exists", OUTPUT)
    yield color_option()
    yield flag_of(Reading, "strict", INPUT)
    yield Option(["--max-pixels"], group=INPUT, metavar="N", beside=True)
    yield Option(["--threads"], group=INPUT, metavar="N", shown="all cores", beside=True, last=True)
    for names in (["--json"], ["-q", "--quiet"]):
        yield Option(names, group=MESSAGES, is_flag=True, beside=True)
    yield Option(["--debug"], group=MESSAGES, is_flag=True, beside=True, last=True)
    yield help_option(MESSAGES)


command = Command(
    "maps",
    callback=maps,
    intro=INTRO,
    groups=(FILTER, OUTPUT, INPUT, MESSAGES),
    params=[
        click.Argument(["filter"], metavar="FILTER", shell_complete=complete_filter),
        click.Argument(["input"], metavar="INPUT", shell_complete=complete_input),
        *_options(),
    ],
)
