"""filterkit view: pictures in the terminal, side by side."""

import os
import sys
from collections.abc import Iterator
from typing import Any

import click

from filterkit.applying.isolation import Worker, isolated
from filterkit.applying.options import Reading
from filterkit.applying.sources import Source
from filterkit.cli.completing import complete_input, complete_word
from filterkit.cli.errors import exit_code, say
from filterkit.cli.given import options_of
from filterkit.cli.help import Command, Option, help_option
from filterkit.cli.main import warm
from filterkit.cli.mistakes import check_pictures
from filterkit.cli.options import INPUT, MESSAGES, color_option, flag_of
from filterkit.cli.piped import await_picture
from filterkit.cli.report import code_of
from filterkit.cli.screen import screen
from filterkit.errors import FilterkitError, UnwritableError, UsageError
from filterkit.filters.expression import read_value
from filterkit.settings import Whole
from filterkit.viewing.protocols import PROTOCOLS
from filterkit.viewing.room import Look, Room, Row, Seen, Tile, fit

SCREEN = "Screen"

INTRO = """
  Show pictures in the terminal, side by side; arrays of up to 16x16 as numbers in cells.
  IMG  picture files; - is a pipe; sample:NAME is built in; "[0 1 0; 1 0 1]" is a picture too
  Raw numbers of both signs, as in sobel.npy, are blue below 0 and orange above.

Examples:
  filterkit view photo.jpg
  filterkit view photo.jpg photo.edge.jpg           before and after
  filterkit view "[0 1 1; 1 0 0; 1 0 0]"            numbers, in the greys that they stand for
  filterkit apply sobel-x photo.jpg --format npy -o - | filterkit view -
"""

HOW = ("auto", *PROTOCOLS, "blocks")
"""What --protocol takes."""

AROUND = 5
"""Lines of a screen that words above and beneath a picture, and the shell's own, need."""

WIDEST = 1000


def view(images: tuple[str, ...], **given: Any) -> int:
    """Look at one picture after the other, and draw a row whenever it is full."""
    check_pictures(images)
    if sys.stdout is None:
        raise UnwritableError("stdout is closed; there is nothing to show pictures on.")
    if given["frames"] == "all":
        raise UsageError("view shows one frame of each picture.", "--frames first, or a number")
    reading = options_of(Reading, {**given, "frames": given["frames"] or "first"})
    sources = [Source.of(text) for text in images or ("-",)]
    wall = Wall(sources, reading, room_of(len(sources), given))
    if any(source.text == "-" for source in sources):
        await_picture()
    for answer in isolated(lambda: Worker(work, warm), wall.jobs(), label_of, leaving=True):
        wall.take(answer)
    return code_of(wall.failures, wall.some_hang)


class Wall:
    """Hang pictures beside each other, in the order in which they come."""

    def __init__(self, sources: list[Source], reading: Reading, room: Room) -> None:
        self.sources = sources
        self.reading = reading
        self.room = room
        self.failures: dict[int, int] = {}
        self.some_hang = False
        self._coming: tuple[Tile, ...] = ()

    def jobs(self) -> Iterator[Look | Row]:
        """Yield what is to be done next; it follows from what was taken before."""
        row: list[Tile] = []
        for source in self.sources:
            yield Look(source, self.reading, self.room)
            together = fit([*row, *self._coming], self.room.columns)
            for number, tile in enumerate(self._coming):
                apart = number == 0 and not together  # maps of one file stay together
                if row and (apart or not fit([*row, tile], self.room.columns)):
                    yield Row(tuple(row), self.room)
                    row = []
                row.append(tile)
        if row:
            yield Row(tuple(row), self.room)

    def take(self, answer: Seen | str | FilterkitError) -> None:
        """Take what was seen of an input, print a row that was drawn, or say what failed."""
        if isinstance(answer, str):
            text = ("\n" if self.some_hang else "") + answer + "\n"
            click.echo(text.encode(sys.stdout.encoding or "utf-8", "replace"), nl=False)
            self.some_hang = True
        elif isinstance(answer, Seen):
            self._coming = answer.tiles
            for note in answer.notes:
                say(note)
        else:
            self._coming = ()
            code = exit_code(answer)
            self.failures[code] = self.failures.get(code, 0) + 1
            say(str(answer), answer.advice)


def work(job: Look | Row) -> Seen | str:
    """Look at an input, or draw a row, in the child."""
    from filterkit.viewing.laying import laid_out
    from filterkit.viewing.view import look

    return look(job) if isinstance(job, Look) else laid_out(job)


def label_of(job: Look | Row) -> str:
    """Name a job in the sentence that tells of its death."""
    return job.source.label if isinstance(job, Look) else "view"


def room_of(pictures: int, given: dict[str, Any]) -> Room:
    """See how much room there is for each of so many pictures, and how they are drawn there.

    In a pipe there is no end below: a picture may be four times as high as it is wide.
    """
    seen = screen(sys.stdout, given["color"])
    width = given["width"]
    columns = seen.columns
    if width:
        columns = Whole(most=WIDEST).read("--width", read_value(width))
    rows = max(seen.rows - AROUND, AROUND) if seen.terminal else 2 * columns
    protocol = seen.protocol if given["protocol"] == "auto" else given["protocol"]
    tmux = bool(os.environ.get("TMUX"))
    return Room(rows, columns, pictures, seen.colours, protocol, tmux)


def _options() -> Iterator[Option]:
    yield color_option(SCREEN)
    yield Option(["--protocol"], group=SCREEN, metavar="|".join(HOW), default="auto", shown="auto",
                 shell_complete=complete_word(HOW), type=click.Choice(HOW))  # fmt: skip
    yield Option(
        ["--width"], group=SCREEN, metavar="N", help="columns to fill", shown="the screen's"
    )
    yield Option(["--frames"], group=INPUT, metavar="first|N", shown="first", beside=True)
    yield Option(["--max-pixels"], group=INPUT, metavar="N", beside=True, last=True)
    yield flag_of(Reading, "strict", INPUT)
    yield Option(["--debug"], group=MESSAGES, is_flag=True, beside=True)
    yield help_option(MESSAGES)


command = Command(
    "view",
    callback=view,
    intro=INTRO,
    groups=(SCREEN, INPUT, MESSAGES),
    params=[
        click.Argument(["images"], nargs=-1, metavar="[IMG]...", shell_complete=complete_input),
        *_options(),
    ],
)
