"""filterkit gallery: the whole catalogue over one picture, as a page or in the terminal."""

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import click

from filterkit.applying.isolation import Worker, isolated
from filterkit.applying.options import Reading
from filterkit.applying.sources import Source
from filterkit.cli.completing import complete_input
from filterkit.cli.errors import say
from filterkit.cli.given import check_free, options_of, threads_of
from filterkit.cli.help import Command, Option, help_option
from filterkit.cli.main import warm
from filterkit.cli.options import INPUT, MESSAGES, OUTPUT, color_option, flag_of
from filterkit.cli.piped import await_picture
from filterkit.cli.report import print_object
from filterkit.cli.screen import Screen, screen
from filterkit.cli.words import shell
from filterkit.errors import FilterkitError, UsageError
from filterkit.machine import limited
from filterkit.pictures.files import write_bytes
from filterkit.pictures.names import escaped
from filterkit.pictures.writing import make_folder

INTRO = """
  Run every filter of the catalogue over one picture: a page with the results, the
  matrices, and commands to copy. The page is one file that fetches nothing.
  Without -o the results are drawn in the terminal, or listed in a pipe.

Examples:
  filterkit gallery photo.jpg -o page.html
  filterkit gallery sample:photo
"""


class GalleryJob(NamedTuple):
    """Name the picture, and what is made of it."""

    source: Source
    reading: Reading
    threads: int | None
    screen: Screen
    as_json: bool
    as_page: bool


class Answer(NamedTuple):
    """Hold what was made: lines, an object, or a page."""

    lines: list[str]
    object: dict[str, Any]
    page: bytes
    notes: tuple[str, ...]


def gallery(input: str, **given: Any) -> int:
    """Settle everything first; then read, filter and draw in a process that may die of it."""
    source = Source.of(input)
    path = Path(given["output"]) if given["output"] is not None else None
    if path is not None:
        _check(path, source, given["force"])
    reading = replace(options_of(Reading, given), frames="first")
    seen = screen(sys.stdout, given["color"])
    job = GalleryJob(
        source, reading, threads_of(given), seen, bool(given["json"]), path is not None
    )
    if source.text == "-":
        await_picture(bool(given["quiet"]))
    (answer,) = isolated(lambda: Worker(work, warm), [job], lambda job: job.source.label)
    if isinstance(answer, FilterkitError):
        raise answer
    if path is not None:
        make_folder(path.parent)
        write_bytes(path, answer.page, replace=given["force"])
    if given["json"]:
        print_object(input=source.text, **answer.object, written=[str(path)] if path else [])
    elif answer.lines:
        click.echo("\n".join(answer.lines), color=True)
    elif path is not None and not given["quiet"]:
        click.echo(os.fsencode(path))
    for note in answer.notes if not given["quiet"] else ():
        say(f"{source.label}: {note}")
    return 0


def _check(path: Path, source: Source, force: bool) -> None:
    """Refuse, before anything is computed, what could not be written in the end."""
    if path.suffix not in (".html", ".htm"):
        raise UsageError(
            f"-o names a page that ends in .html, not {escaped(path)}.",
            f"-o {shell(str(path.with_suffix('.html')))}" if path.name else "-o page.html",
        )
    check_free(path, force, source.path)


def work(job: GalleryJob) -> Answer:
    """Run every filter, in the child, and draw what is asked for."""
    from filterkit.applying.job import read
    from filterkit.viewing import gallery_text
    from filterkit.viewing.gallery import gallery, original
    from filterkit.viewing.gallery_page import page

    with limited(job.threads):
        picture = read(job.source, job.reading)
        shown = list(gallery(picture, job.threads))
        content, lines = "", []
        if job.as_page:
            given = shell("photo.jpg" if job.source.text == "-" else job.source.text)
            size = f"{picture.rows}x{picture.columns}"
            content = page(job.source.label, given, original(picture), size, shown)
        elif not job.as_json and (job.screen.terminal or job.screen.colours):
            lines = list(gallery_text.drawn(shown, job.screen.columns, job.screen.colours))
        elif not job.as_json:
            lines = gallery_text.table(shown)
    told = {"filters": gallery_text.objects(shown)}
    return Answer(lines, told, content.encode(), picture.notes)


def _options() -> Iterator[Option]:
    yield Option(["-o", "--output"], group=OUTPUT, metavar="FILE", shell_complete=complete_input,
                 help="the page, page.html", shown="the terminal")  # fmt: skip
    yield Option(["-f", "--force"], group=OUTPUT, is_flag=True, help="replace what is there")
    yield color_option()
    yield flag_of(Reading, "strict", INPUT)
    yield Option(["--max-pixels"], group=INPUT, metavar="N", beside=True)
    yield Option(["--threads"], group=INPUT, metavar="N", shown="all cores", beside=True, last=True)
    for names in (["--json"], ["-q", "--quiet"]):
        yield Option(names, group=MESSAGES, is_flag=True, beside=True)
    yield Option(["--debug"], group=MESSAGES, is_flag=True, beside=True, last=True)
    yield help_option(MESSAGES)


command = Command(
    "gallery",
    callback=gallery,
    intro=INTRO,
    groups=(OUTPUT, INPUT, MESSAGES),
    params=[
        click.Argument(["input"], metavar="INPUT", shell_complete=complete_input),
        *_options(),
    ],
)
