"""One picture becomes one result: read, filter, write, and say what was lost on the way."""

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from filterkit.applying.note import Note
from filterkit.applying.options import Reading, Writing
from filterkit.applying.outputs import Target, settle
from filterkit.applying.sources import SAMPLE, Source, sample_file
from filterkit.errors import TooLargeError
from filterkit.pictures.codecs import decode
from filterkit.pictures.files import read_bytes, write_bytes
from filterkit.pictures.formats import FORMATS
from filterkit.pictures.picture import Picture
from filterkit.steps.step import Step


class Job(NamedTuple):
    """Name one picture, what is done to it, and where the result goes."""

    source: Source
    target: Target
    filter: Step
    reading: Reading = Reading()
    writing: Writing = Writing()
    threads: int | None = None


class Outcome(NamedTuple):
    """Tell what became of a job: the files written, or the bytes for a pipe, and notes."""

    written: tuple[Path, ...] = ()
    content: bytes | None = None
    format: str = ""
    notes: tuple[Note, ...] = ()
    skipped: bool = False


def run(job: Job) -> Outcome:
    """Do a job. Raises FilterkitError."""
    from filterkit.applying.results import files_of, filtered  # these load NumPy and OpenCV

    if job.target.skip:
        return Outcome((job.target.path,) if job.target.path else (), skipped=True)
    picture = read(job.source, job.reading)
    kind = job.target.format or (picture.format if picture.format in FORMATS else "png")
    try:
        result, notes = filtered(picture, FORMATS[kind], job)
    except MemoryError:
        raise TooLargeError(
            f"{job.source.label}: this needs more memory than there is.", "a smaller picture"
        ) from None
    files = list(files_of(result, picture, FORMATS[kind], job))
    notes = (*(Note(note) for note in (*picture.notes, *job.target.notes)), *notes)
    if job.target.path is None:
        return Outcome((), files[0][1], kind, notes)
    paths = [path for path, _ in files if path is not None]
    settled = settle(paths, job.target, job.writing) if job.target.is_template else [job.target]
    written = [target.path for target in settled if target.path is not None]
    for target, path, (_, content) in zip(settled, written, files, strict=True):
        if not target.skip:
            write_bytes(path, content, replace=target.replace)
    return Outcome(tuple(written), None, kind, notes, all(target.skip for target in settled))


def warm() -> None:
    """Load what every job needs, while the parent still reads its arguments."""
    import filterkit.applying.results  # noqa: F401


def read(source: Source, reading: Reading) -> Picture:
    """Read a picture from wherever it comes. Raises InputError."""
    if source.numbers is not None:
        return _numbers(source.numbers)
    if source.content is not None:
        content = source.content
    else:
        is_sample = source.text.startswith(SAMPLE)
        content = read_bytes(sample_file(source.text) if is_sample else Path(source.text))
    picture = decode(content, source.label, reading.max_pixels)
    return _chosen(picture, reading)


def _numbers(rows: tuple[tuple[float, ...], ...]) -> Picture:
    import numpy as np

    return Picture(np.array(rows, np.float32)[None, :, :, None])


def _chosen(picture: Picture, reading: Reading) -> Picture:
    """Leave the frames that were asked for."""
    if reading.frames == "all":
        return picture
    number = 1 if reading.frames == "first" else int(reading.frames)
    if number > picture.frames:
        from filterkit.errors import UnsupportedInputError

        raise UnsupportedInputError(f"there is no frame {number}; there are {picture.frames}.")
    alpha = None if picture.alpha is None else picture.alpha[number - 1 : number]
    return replace(picture, pixels=picture.pixels[number - 1 : number], alpha=alpha)
