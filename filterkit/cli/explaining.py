"""The child's part of filterkit explain: it reads, works numbers out, and draws them."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from filterkit.applying.options import Reading
from filterkit.applying.sources import Source
from filterkit.steps.step import Step

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from filterkit.pictures.picture import Picture
    from filterkit.viewing.explaining import Explanation


class ExplainJob(NamedTuple):
    """Name the filter, the picture, the number that is followed, and the forms that are wanted.

    `form` is text, markdown, json, image (the numbers alone, to walk through) or empty.
    """

    filter: Step
    source: Source
    reading: Reading
    at: tuple[int, int, int] | None
    form: str
    columns: int
    colours: int
    html: Path | None = None
    gif: Path | None = None


class Answer(NamedTuple):
    """Hold the explanation in the forms that were asked for, and what is to be said beside it."""

    text: str
    object: dict[str, Any]
    files: list[tuple[Path, bytes]]
    notes: tuple[str, ...]
    image: "NDArray[Any] | None" = None


def work(job: ExplainJob) -> Answer:
    """Read the picture and explain."""
    import numpy as np

    from filterkit.applying.job import content_of, read
    from filterkit.pictures.formats import FORMATS

    told = job.source.numbers is None
    content = content_of(job.source, job.reading) if told else None
    picture = read(job.source, job.reading, content)
    frames = FORMATS[picture.format].codec.size(content).all_frames if content else 1
    notes = (*picture.notes, *_left_aside(picture, frames))
    np.seterr(all="ignore")  # numbers that become infinite are shown so
    image = numbers_of(picture)
    if job.form == "image":
        return Answer("", {}, [], notes, image)
    found = explanation_of(job, image)
    return Answer(_text(found, job), _object(found, job), [*_files(found, job)], notes)


def numbers_of(picture: "Picture") -> "NDArray[Any]":
    """Give the image to explain: pixels as they are, those of a small drawing as 0 and 1."""
    import numpy as np

    from filterkit.viewing.grid import LARGE

    image: NDArray[Any] = picture.pixels[0]
    if max(image.shape[:2]) <= LARGE and np.isin(image, (0, picture.full)).all():
        image = (image > 0).astype(np.float32)
    return image


def explanation_of(job: ExplainJob, image: "NDArray[Any]") -> "Explanation":
    """Make the explanation that a job asks for."""
    from filterkit.viewing.explaining import Explanation
    from filterkit.viewing.worked import Place

    return Explanation(job.filter, image, job.source.label, Place(*job.at) if job.at else None)


def _left_aside(picture: "Picture", frames: int) -> Iterator[str]:
    if frames > 1:
        yield f"the first of its {frames} frames is explained."
    if picture.alpha is not None and not (picture.alpha == picture.full).all():
        yield "its transparency is left aside."


def _text(explanation: "Explanation", job: ExplainJob) -> str:
    from filterkit.viewing.as_markdown import markdown
    from filterkit.viewing.as_text import text
    from filterkit.viewing.telling import told

    if job.form == "markdown":
        return markdown(told(explanation))
    if job.form == "text":
        return "\n".join(text(told(explanation), job.columns, job.colours)) + "\n"
    return ""


def _object(explanation: "Explanation", job: ExplainJob) -> dict[str, Any]:
    return explanation.object() if job.form == "json" else {}


def _files(explanation: "Explanation", job: ExplainJob) -> Iterator[tuple[Path, bytes]]:
    if job.html:
        from filterkit.viewing.as_page import page
        from filterkit.viewing.telling import told

        yield job.html, page(told(explanation)).encode()
    if job.gif:
        from filterkit.pictures.codecs import encode
        from filterkit.viewing.film import film

        yield job.gif, encode(film(explanation), "gif", None)
