"""Flags made from the settings of steps, and of reading and writing: nothing is declared twice.

filter_options      --stride ... --pool       what FILTER leaves open
source_options      --files-from --include    which pictures a batch takes
output_options      -o -f                     where results go, in a batch with --name
writing_options     --format --render ...     how results are written
run_options         --jobs --resume ...       how a batch is run
reading_options     --frames --metadata ...   how pictures are read
message_options     -n -0 --json -q -v ...    what is said
"""

from collections.abc import Iterator
from dataclasses import fields

import click

from filterkit.applying.options import Reading, Writing
from filterkit.applying.template import FIELDS, USUAL
from filterkit.batching.options import Running
from filterkit.cli.completing import complete_input, complete_word
from filterkit.cli.help import Option, help_option
from filterkit.cli.screen import WHEN
from filterkit.filters.tools.known import READ
from filterkit.settings import Truth, kinds, written
from filterkit.steps.convolve import Convolve
from filterkit.steps.normalize import Normalize
from filterkit.steps.pool import POOLS

FILTER = "Filter (fills in what FILTER leaves open)"
SOURCES, OUTPUT, RUN, INPUT, MESSAGES = "Sources", "Output", "Run", "Input", "Messages"
GROUPS = (SOURCES, FILTER, OUTPUT, RUN, INPUT, MESSAGES)
FILLS = ("stride", "padding", "border", "dilation", "fusion", "bias", "flip")


def flag_of(owner: type, key: str, group: str, metavar: str = "") -> Option:
    """Make the flag of a setting."""
    kind = kinds(owner)[key]
    (declared,) = (one for one in fields(owner) if one.name == key)
    is_flag = isinstance(kind, Truth)
    words = kind.metavar.removesuffix("[:GAIN]").split("|")
    shown = declared.metadata["otherwise"] or written(declared.default)
    return Option(
        ["--" + key.replace("_", "-")], group=group,
        is_flag=is_flag or None,  # False would let click take the flag without its value
        metavar=metavar or kind.metavar or None, help=declared.metadata["help"],
        shown="" if is_flag else shown,
        shell_complete=complete_word(tuple(word for word in words if word.islower())),
    )  # fmt: skip


def filter_options() -> Iterator[Option]:
    """Make the flags that fill in what the filter leaves open."""
    for key in FILLS:
        yield flag_of(Convolve, key, FILTER)
    yield Option(
        ["--activation"], group=FILTER, metavar="NAME[:VALUE]",
        help="relu, leaky-relu:0.1, sigmoid, tanh, abs, ...",
    )  # fmt: skip
    yield Option(["--normalize"], group=FILTER, metavar=kinds(Normalize)["kind"].metavar)
    yield Option(["--pool"], group=FILTER, metavar="KIND[:SIZE][,stride=N]", help="|".join(POOLS))
    yield from_option()


def from_option() -> Option:
    """Make the flag that says whose kernel FILTER is."""
    return Option(
        ["--from"], group=FILTER, metavar="FORMAT", shell_complete=complete_word(READ),
        help="FILTER is a kernel of another tool: imagemagick, vips, ...",
    )  # fmt: skip


def source_options() -> Iterator[Option]:
    """Make the flags that say which pictures a batch takes."""
    yield Option(
        ["--files-from"], group=SOURCES, metavar="FILE|-", shell_complete=complete_input,
        help="further files, a name a line; with -0 each ends in a zero byte",
    )  # fmt: skip
    yield Option(
        ["--include"], group=SOURCES, metavar="PATTERN", multiple=True,
        help='only such names, "*.jpg" or "2024/*"; may be repeated',
    )  # fmt: skip
    yield Option(
        ["--exclude"], group=SOURCES, metavar="PATTERN", multiple=True,
        help="no such files or folders; may be repeated",
    )  # fmt: skip
    yield Option(
        ["--follow-links"], group=SOURCES, is_flag=True, help="take what symbolic links lead to"
    )


def output_options(names: str = USUAL, apart: bool = False) -> Iterator[Option]:
    """Make the flags that say where results go; `apart` has a folder and the names in it."""
    fields = "may hold " + " ".join(f"{{{field}}}" for field in FIELDS)
    if apart:
        yield Option(
            ["-o", "--output"], group=OUTPUT, metavar="FOLDER",
            help="the tree of the sources is mirrored in it", shell_complete=complete_input,
        )  # fmt: skip
        yield Option(
            ["--name"], group=OUTPUT, metavar="TEMPLATE", help=fields, shown=names, below=True
        )
    else:
        yield Option(
            ["-o", "--output"], group=OUTPUT, metavar="FILE|FOLDER/|-", help=fields,
            shown=f"{names} beside the input", below=True, shell_complete=complete_input,
        )  # fmt: skip
    yield Option(
        ["-f", "--force"], group=OUTPUT, is_flag=True, help="same as --on-exists overwrite"
    )


def writing_options(left_out: str = "") -> Iterator[Option]:
    """Make the flags that say how results are written."""
    for key in kinds(Writing):
        if key != left_out:
            yield flag_of(Writing, key, OUTPUT, "FORMAT" if key == "format" else "")


def run_options() -> Iterator[Option]:
    """Make the flags that say how a batch is run."""
    for key in kinds(Running):
        yield flag_of(Running, key, RUN, "N" if key == "jobs" else "")
    yield Option(
        ["--report"], group=RUN, metavar="FILE", shell_complete=complete_input,
        help="what becomes of each picture, as with --json",
    )  # fmt: skip


def reading_options(timeout: str = "none", threads: str = "all cores") -> Iterator[Option]:
    """Make the flags that say how pictures are read; what is given here is their default."""
    yield flag_of(Reading, "frames", INPUT)
    yield flag_of(Reading, "metadata", INPUT)
    yield flag_of(Reading, "strict", INPUT)
    yield Option(
        ["--timeout"], group=INPUT, metavar="SECONDS",
        help="a picture that takes longer is a failure", shown=timeout,
    )  # fmt: skip
    yield Option(["--max-pixels"], group=INPUT, metavar="N", beside=True)
    yield Option(["--threads"], group=INPUT, metavar="N", shown=threads, beside=True, last=True)


def color_option(group: str = OUTPUT) -> Option:
    """Make the flag that says whether there are colours in the terminal."""
    return Option(
        ["--color"], group=group, metavar="|".join(WHEN), default=WHEN[0], shown=WHEN[0],
        type=click.Choice(WHEN), help="in the terminal", shell_complete=complete_word(WHEN),
    )  # fmt: skip


def message_options() -> Iterator[Option]:
    """Make the flags that say what is said."""
    for names in (["-n", "--dry-run"], ["-0", "--null"], ["--json"], ["-q", "--quiet"],
                  ["-v", "--verbose"]):  # fmt: skip
        yield Option(names, group=MESSAGES, is_flag=True, beside=True)
    yield Option(["--debug"], group=MESSAGES, is_flag=True, beside=True, last=True)
    yield help_option(MESSAGES)
