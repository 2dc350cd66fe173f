"""filterkit diff: whether two pictures are the same, and if not, how far and where they differ."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click

from filterkit.applying.isolation import Worker, isolated
from filterkit.applying.options import Reading, Writing
from filterkit.applying.outputs import targets
from filterkit.applying.places import identity, refuse_original
from filterkit.applying.sources import Source
from filterkit.cli.completing import complete_input
from filterkit.cli.errors import say
from filterkit.cli.given import options_of
from filterkit.cli.help import Command, Option, help_option
from filterkit.cli.main import warm
from filterkit.cli.mistakes import check_two
from filterkit.cli.options import INPUT, MESSAGES, OUTPUT, flag_of
from filterkit.cli.report import print_object
from filterkit.errors import FilterkitError, OutputExistsError, OutputIsInputError, UsageError
from filterkit.filters.expression import read_value
from filterkit.pictures.files import write_bytes
from filterkit.pictures.formats import WRITTEN, format_of_ending
from filterkit.pictures.names import escaped
from filterkit.pictures.writing import make_folder
from filterkit.settings import Number

COMPARISON = "Comparison"

INTRO = """
  Compare two pictures: exit code 0 if they are equal, 1 if they differ, 2 for trouble.
  A, B  picture files; - is a pipe; sample:NAME is built in; "[0 1; 1 0]" is a picture too
  Only pixels count, those of all frames; what a file says besides, EXIF and delays, does not.
  Grey stands for three equal colours; without transparency a picture is opaque.
  Differences are counted in grey levels of the pictures' own depth; where depths differ, and of
  floating-point numbers, in parts of white, which is 1.

Examples:
  filterkit diff before.png after.png               how many pixels, how far, where; PSNR, SSIM
  filterkit diff before.png after.png -o heat.png   where, as a picture
  filterkit diff photo.png photo.jpg --tolerance 8  up to 8 grey levels are no difference
  filterkit diff -q old.png new.png || echo changed
"""


class DiffJob(NamedTuple):
    """Name the two pictures, and say what is wanted of their differences."""

    first: Source
    second: Source
    tolerance: float
    reading: Reading
    output: Path | None
    tell: bool


class Answer(NamedTuple):
    """Hold the verdict, and what is to be told and written."""

    equal: bool
    lines: list[str]
    object: dict[str, Any]
    notes: list[str]
    heat: bytes | None


def diff(pictures: tuple[str, ...], **given: Any) -> int:
    """Settle everything first; then compare, in a process that may die of it."""
    check_two(pictures)
    first, second = map(Source.of, pictures)
    number = Number(least=0).read("tolerance", read_value(given["tolerance"]))
    output = _output(first, second, given)
    tell = bool(given["json"]) or not given["quiet"]
    job = DiffJob(first, second, number, options_of(Reading, given), output, tell)
    (answer,) = isolated(lambda: Worker(work, warm), [job], label_of, leaving=True)
    if isinstance(answer, FilterkitError):
        raise answer
    return _told(answer, job, given)


def _output(first: Source, second: Source, given: dict[str, Any]) -> Path | None:
    """Settle where the heat map goes, before anything is read. Raises OutputError."""
    output = given["output"]
    if output is None:
        return None
    kind = WRITTEN.get(format_of_ending(Path(output).suffix) or "")
    if kind is None or kind.numbers or 3 not in kind.channels:
        raise UsageError(f"-o names a picture in colour, not {escaped(output)}.", "-o heat.png")
    writing = Writing(on_exists="overwrite" if given["force"] else "error")
    try:
        (target,) = targets([first], output, "diff", writing)
        if target.path and second.path:
            refuse_original(target.path, [identity(second.path)])
    except OutputExistsError as error:
        raise OutputExistsError(error.sentence, "add -f to replace it") from None
    except OutputIsInputError:
        raise OutputIsInputError(
            f"{escaped(output)} is one of the two pictures.", "another -o"
        ) from None
    return target.path


def work(job: DiffJob) -> Answer:
    """Read and compare, in the child."""
    from filterkit.applying.job import read
    from filterkit.applying.memory import keep
    from filterkit.viewing.comparing import compared, differ, heat_map
    from filterkit.viewing.difference import difference_lines, heat_lines

    keep()  # what each band needs: otherwise the system takes it back, a third of the time
    first, second = (read(source, job.reading) for source in (job.first, job.second))
    notes = [
        f"{source.label}: {note}"
        for source, picture in ((job.first, first), (job.second, second))
        for note in picture.notes
    ]
    if not (job.tell or job.output):
        return Answer(not differ(first, second, job.tolerance), [], {}, notes, None)
    names = (job.first.text, job.second.text)
    found = compared(first, second, names, job.tolerance, similarity=job.tell)
    lines, heat = difference_lines(found), None
    if job.output and not found.misfit:
        heat = _encoded(heat_map(first, second, found), job.output)
        lines += ["", *heat_lines(found, str(job.output))]
    return Answer(found.equal, lines, found.object(), notes, heat)


def _encoded(image: Any, path: Path) -> bytes:
    """Encode a heat map in the format that its name's ending says."""
    from filterkit.pictures.codecs import encode
    from filterkit.pictures.picture import Picture

    return encode(Picture(image[None]), format_of_ending(path.suffix) or "png")


def label_of(job: DiffJob) -> str:
    """Name a job in the sentence that tells of its death."""
    return f"{job.first.label} and {job.second.label}"


def _told(answer: Answer, job: DiffJob, given: dict[str, Any]) -> int:
    """Write the heat map, tell the rest, and give the exit code."""
    written = job.output if answer.heat is not None else None
    if written and answer.heat is not None:
        make_folder(written.parent)
        write_bytes(written, answer.heat, replace=given["force"])
    if given["json"]:
        print_object(**answer.object, written=[str(written)] if written else [])
    elif not given["quiet"]:
        click.echo("\n".join(answer.lines))
    for note in answer.notes if not given["quiet"] else ():
        say(note)
    if job.output and not written:
        say(f"{escaped(job.output)} was not drawn: no pixel lies opposite another.")
    return 0 if answer.equal else 1


def _options() -> Iterator[Option]:
    yield Option(["--tolerance"], group=COMPARISON, metavar="N", default="0", shown="0",
                 help="grey levels, or parts of white, that are no difference")  # fmt: skip
    yield Option(["-o", "--output"], group=OUTPUT, metavar="FILE", shell_complete=complete_input,
                 help="heat map: orange where B is brighter, blue where darker")  # fmt: skip
    yield Option(["-f", "--force"], group=OUTPUT, is_flag=True, help="replace what is there")
    for key in ("frames", "strict"):
        yield flag_of(Reading, key, INPUT)
    yield Option(["--max-pixels"], group=INPUT, metavar="N", beside=True, last=True)
    for names in (["--json"], ["-q", "--quiet"]):
        yield Option(names, group=MESSAGES, is_flag=True, beside=True)
    yield Option(["--debug"], group=MESSAGES, is_flag=True, beside=True, last=True)
    yield help_option(MESSAGES)


command = Command(
    "diff",
    callback=diff,
    intro=INTRO,
    groups=(COMPARISON, OUTPUT, INPUT, MESSAGES),
    params=[
        click.Argument(["pictures"], nargs=-1, metavar="A B", shell_complete=complete_input),
        *_options(),
    ],
)
