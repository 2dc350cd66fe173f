"""What is done to each of many pictures, and how its result is called in the mirrored tree."""

from dataclasses import dataclass, replace
from pathlib import Path

from filterkit.applying.job import Job
from filterkit.applying.options import Reading, Writing
from filterkit.applying.outputs import Target, named
from filterkit.applying.template import Template
from filterkit.batching.finding import Found
from filterkit.batching.plan import Planned
from filterkit.batching.work import Task
from filterkit.errors import UsageError
from filterkit.pictures.names import escaped
from filterkit.steps.step import Step

NAME = "{stem}{ext}"


@dataclass(frozen=True)
class Batch:
    """Hold a filter with its slug, the folder of the results, a template of names, and options.

    Raises UsageError for a template that leads out of the folder.
    """

    filter: Step
    slug: str
    folder: Path
    name: str = NAME
    reading: Reading = Reading()
    writing: Writing = Writing()

    def __post_init__(self) -> None:
        Template(self.name).checked("--name")
        path = Path(self.name)
        if path.is_absolute() or ".." in path.parts:
            raise UsageError(
                f"--name {escaped(self.name)} leads out of the folder of the results.",
                "a name below it, such as {filter}/{stem}{ext}",
            )
        if path == Path() or self.name.endswith("/"):
            raise UsageError(
                f"--name {escaped(self.name)} names a folder, and no file in it.",
                f"--name {escaped(path / NAME)}",
            )

    @property
    def unknown(self) -> tuple[str, ...]:
        """Give the fields of the template whose values are known once a picture is read."""
        return Template(self.name, dict.fromkeys(("stem", "filter", "ext"), "")).unknown

    def path(self, found: Found) -> Path:
        """Name the result of a picture; {map} and {frame} may still stand in it."""
        path = self.target(found).path
        assert path is not None  # a template names a file
        return path

    def target(self, found: Found) -> Target:
        """Settle the result of a picture. Raises UsageError."""
        template = Template(self.name, folder=str(self.folder / found.place.parent))
        return named(found.source, template, self.slug, self.writing)

    def task(self, planned: Planned, threads: int | None) -> Task:
        """Make the task of a planned picture."""
        target = self.target(planned.found)
        if target.template is None:  # else {map} and {frame} still stand in its path
            target = replace(target, path=planned.target)
        over = self.writing.on_exists == "overwrite"
        job = Job(
            planned.found.source, replace(target, replace=over), self.filter, self.reading,
            self.writing, threads,
        )  # fmt: skip
        return Task(job, self.name, planned.past, self.folder)
