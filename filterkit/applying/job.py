"""One picture becomes one result: read, filter, write, and say what was lost on the way."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from filterkit.applying.chatter import heard
from filterkit.applying.note import Note
from filterkit.applying.options import Reading, Writing
from filterkit.applying.outputs import Target, settle
from filterkit.applying.sources import SAMPLE, Source, sample_file
from filterkit.errors import FilterkitError, OutOfMemoryError, UnreadableInputError
from filterkit.machine import limited
from filterkit.pictures.codecs import decode
from filterkit.pictures.files import escaped, read_bytes, read_stdin, write_bytes
from filterkit.pictures.formats import FORMATS, WRITTEN, Format, format_of_ending
from filterkit.pictures.opencv import ran_out
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
    """Tell what became of a job: the files written, or the bytes for a pipe, notes, and ways."""

    written: tuple[Path, ...] = ()
    content: bytes | None = None
    format: str = ""
    notes: tuple[Note, ...] = ()
    skipped: bool = False
    ways: tuple[str, ...] = ()


def run(job: Job, content: bytes | None = None) -> Outcome:
    """Do a job, in a process that does nothing else. Raises FilterkitError.

    `content` are the source's bytes, where they have been read already.
    """
    if job.target.skip:
        return Outcome((job.target.path,) if job.target.path else (), skipped=True)
    with _memory_told(job.source), limited(job.threads):
        return _done(job, content)


def _done(job: Job, content: bytes | None) -> Outcome:
    from filterkit.applying.paging import Page, files_of  # these load NumPy and OpenCV
    from filterkit.applying.results import filtered

    picture = read(job.source, job.reading, content)
    kind = WRITTEN[job.target.format or (picture.format if picture.format in WRITTEN else "png")]
    pages, notes = [], [Note(note) for note in job.target.notes]
    if job.target.path is not None:
        notes += map(Note, _misnamed(job.target.path, kind, escaped(job.target.path)))
    for page in (picture, *picture.further):
        result, more = filtered(page, kind, job)
        pages.append(Page(result, page))
        notes += [*(Note(note) for note in page.notes), *more]
    files = list(files_of(pages, kind, job))
    told = tuple(dict.fromkeys(notes))
    ways = tuple(dict.fromkeys(way for page in pages for way in page.result.ways))
    if job.target.path is None:
        return Outcome((), files[0][1], kind.name, told, ways=ways)
    paths = [path for path, _ in files if path is not None]
    settled = settle(paths, job.target, job.writing) if job.target.template else [job.target]
    written = [target.path for target in settled if target.path is not None]
    for target, path, (_, content) in zip(settled, written, files, strict=True):
        if not target.skip:
            write_bytes(path, content, replace=target.replace)
    skipped = all(target.skip for target in settled)
    return Outcome(tuple(written), None, kind.name, told, skipped, ways)


def warm() -> None:
    """Load what every job needs, while the parent still reads its arguments."""
    # NumPy's BLAS begins a thread for each core, which spins for as long as NumPy takes to load;
    # nothing here multiplies large matrices.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    import filterkit.applying.paging
    import filterkit.applying.results  # noqa: F401


def read(source: Source, reading: Reading, content: bytes | None = None) -> Picture:
    """Read a picture from wherever it comes, with what its decoder said. Raises InputError."""
    with heard() as said:
        picture = unheard(source, reading, content)
    if said and reading.strict:
        raise UnreadableInputError(
            f"{source.label} is damaged: {said[0]}.", "without --strict, for what can be read of it"
        )
    promised = _misnamed(source.path, FORMATS[picture.format], "it") if source.path else ()
    warned = (f"the decoder warned: {line}." for line in said)
    return replace(picture, notes=(*promised, *picture.notes, *warned))


def unheard(source: Source, reading: Reading, content: bytes | None = None) -> Picture:
    """Read a picture, whatever its decoder says: several threads may. Raises InputError."""
    if source.numbers is not None:
        return _numbers(source.numbers)
    with _memory_told(source):
        content = content_of(source, reading) if content is None else content
        return decode(content, source.label, reading.max_pixels, reading.frames)


def content_of(source: Source, reading: Reading) -> bytes:
    """Read the bytes of a source, as far as the limits allow. Raises InputError."""
    if source.text == "-":
        return read_stdin(reading.max_pixels, reading.frames)
    is_sample = source.text.startswith(SAMPLE)
    path = sample_file(source.text) if is_sample else Path(source.text)
    return read_bytes(path, reading.max_pixels, reading.frames, source.root)


def _misnamed(path: Path, kind: Format, name: str) -> Iterator[str]:
    """Say so where the ending of a file's name promises another format."""
    promised = format_of_ending(path.suffix)
    if promised is not None and WRITTEN[promised].codec is not kind.codec:
        yield f"{name} is {kind.title}, although its name ends in {escaped(path.suffix)}."


@contextmanager
def _memory_told(source: Source) -> Iterator[None]:
    """Say in a sentence, whoever it was that wanted more memory than there is."""
    try:
        yield
    except FilterkitError:
        raise
    except Exception as error:
        if not ran_out(error):
            raise
        raise OutOfMemoryError(
            f"{source.label}: this needs more memory than there is.", "a smaller picture"
        ) from None


def _numbers(rows: tuple[tuple[float, ...], ...]) -> Picture:
    import numpy as np

    return Picture(np.array(rows, np.float32)[None, :, :, None])
