"""The child's part of filterkit maps: it reads, computes, draws, and writes what are many files."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from filterkit.applying.options import Reading, Writing
from filterkit.applying.outputs import Target
from filterkit.applying.sources import Source
from filterkit.cli.screen import Screen
from filterkit.machine import limited
from filterkit.pictures.codecs import encode
from filterkit.pictures.names import escaped
from filterkit.steps.step import Step

if TYPE_CHECKING:
    from filterkit.pictures.picture import Picture
    from filterkit.viewing.feature_maps import Layer

SHEET, ARRAYS, FILES, TABLE, LETTERS, NOTHING = (
    "sheet", "arrays", "files", "table", "letters", "nothing",
)  # fmt: skip
"""What maps can become, besides an object."""

ALPHA = "transparency is no feature map: it is left out."


class MapsJob(NamedTuple):
    """Name the picture, the filter, and what its maps become: `target` or `pattern` says where.

    An object that tells of them is made where `told`.
    """

    source: Source
    filter: Step
    title: str
    reading: Reading
    writing: Writing
    threads: int | None
    become: str
    target: Target
    pattern: str
    screen: Screen
    told: bool


class Answer(NamedTuple):
    """Hold what was made of maps: lines, an object, the bytes of a file, or the files written."""

    lines: list[str]
    object: dict[str, Any]
    notes: tuple[str, ...]
    content: bytes
    written: tuple[Path, ...]


def work(job: MapsJob) -> Answer:
    """Make of a filter's maps what is asked for."""
    from filterkit.applying.job import read
    from filterkit.viewing import maps_text

    with limited(job.threads):
        picture = read(job.source, job.reading)
        notes = [*picture.notes, *([ALPHA] if picture.alpha is not None else [])]
        written = _written(job, picture, notes) if job.become == FILES else []
        content = _content(job, picture)
        lines = _lines(job, picture)
        told = {"steps": maps_text.objects(_layers(job, picture))} if job.told else {}
    return Answer(lines, told, tuple(dict.fromkeys(notes)), content, tuple(written))


def _layers(job: MapsJob, picture: "Picture") -> "Iterator[Layer]":
    from filterkit.viewing.maps import layers

    return layers(job.filter, picture, job.threads)


def _lines(job: MapsJob, picture: "Picture") -> list[str]:
    """Draw on the screen, or write a table."""
    from filterkit.viewing import maps_text
    from filterkit.viewing.protocols import LETTER, PROTOCOLS

    if job.become == TABLE:
        return maps_text.table(_layers(job, picture))
    if job.become != LETTERS:
        return []
    if job.screen.protocol in PROTOCOLS:
        drawn = _sheet(job, picture)
        columns = min(drawn.columns // LETTER, job.screen.columns)
        return ["".join(PROTOCOLS[job.screen.protocol](encode(drawn, "png"), columns))]
    rows, columns, colours, *_ = job.screen
    return list(maps_text.drawn(_layers(job, picture), rows, columns, colours))


def _content(job: MapsJob, picture: "Picture") -> bytes:
    """Draw a sheet, or gather arrays, and give the bytes of the file."""
    if job.become == ARRAYS:
        from filterkit.pictures.npz import encode_arrays
        from filterkit.viewing.maps_files import arrays

        return encode_arrays(arrays(job.filter, picture, job.threads))
    if job.become == SHEET:
        return encode(_sheet(job, picture), job.target.format or "png")
    return b""


def _sheet(job: MapsJob, picture: "Picture") -> "Picture":
    from filterkit.pictures.picture import Picture
    from filterkit.viewing.maps_sheet import sheet

    title = f"{escaped(job.title)} · {job.source.label}"
    return Picture(sheet(title, _layers(job, picture))[None])


def _written(job: MapsJob, picture: "Picture", notes: list[str]) -> list[Path]:
    """Write a file for each map, all of whose names are settled before one is computed."""
    from filterkit.applying.job import Job
    from filterkit.applying.outputs import settle
    from filterkit.applying.template import Template
    from filterkit.pictures.files import write_bytes
    from filterkit.viewing.maps_files import files, named, paths

    whole = not job.pattern.endswith("/") and not Template(job.pattern).uses("map")
    found = named(job.filter, picture, whole)
    targets = settle(paths(found, job.pattern, job.source.stem), job.target, job.writing)
    how = Job(job.source, job.target, job.filter, job.reading, job.writing, job.threads)
    made = files(job.filter, picture, found, how)
    for one, target, (content, told) in zip(found, targets, made, strict=True):
        notes += [f"{one.step}: {note.sentence}" for note in told if not note.hint]
        if target.path is not None and not target.skip:
            write_bytes(target.path, content, replace=target.replace)
    return [target.path for target in targets if target.path is not None]
