"""Feature maps as files, one each, or as the arrays of one file; each has a name of its own."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from numpy.typing import NDArray

from filterkit.applying.filtering import raw
from filterkit.applying.job import Job
from filterkit.applying.naming import short
from filterkit.applying.note import Note
from filterkit.applying.paging import Page, array_of, encoded, members_of
from filterkit.applying.results import filtered, narrowed
from filterkit.applying.template import Template
from filterkit.pictures.formats import WRITTEN
from filterkit.pictures.picture import Picture
from filterkit.steps.step import Step
from filterkit.viewing.maps import beginning, layers_of, shape_of, source_of
from filterkit.viewing.stages import Stage


class Named(NamedTuple):
    """Name a member of a layer, or all of it: `name` is unique, `step` and `map` are parts of it.

    `members` are the numbers of those that it holds, from 0 on.
    """

    stage: Stage
    name: str
    step: str
    map: str
    members: tuple[int, ...]


def named(step: Step, picture: Picture, whole: bool = False) -> list[Named]:
    """Name what a filter makes of a picture, member by member, or layer by layer if `whole`."""
    every = layers_of(step, shape_of(picture))
    found: list[Named] = []
    for number, stage in enumerate(every):
        count = f"{number:0{len(str(len(every) - 1))}d}"
        text = count if stage.is_bank and not whole else f"{count}-{short(stage.title)}"
        members = stage.shape.members
        numbers = range(len(members))
        if whole:
            found.append(Named(stage, text, text, "all", tuple(numbers)))
            continue
        for at, member in enumerate(members):
            of_map = short(member.name) if member.name else str(at + 1)
            name = text if len(members) == 1 and not stage.is_bank else f"{text}-{of_map}"
            found.append(Named(stage, _unlike(name, found), text, of_map, (at,)))
    return found


def _unlike(name: str, others: Sequence[Named]) -> str:
    """Give a name, numbered if there is such a one already."""
    taken = {one.name for one in others}
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free


def paths(found: Sequence[Named], pattern: str, stem: str) -> list[Path]:
    """Give each its path: in a folder, whose name ends in /, or by a pattern."""
    if pattern.endswith("/"):
        return [Path(pattern, f"{one.name}.png") for one in found]
    values = {"stem": stem, "ext": ".png"}
    return [Path(Template(pattern, values).expand(step=one.step, map=one.map)) for one in found]


def files(
    step: Step, picture: Picture, found: Sequence[Named], job: Job
) -> Iterator[tuple[bytes, tuple[Note, ...]]]:
    """Yield the bytes of each file, as `filterkit apply` would write it, with notes on it."""
    kind = WRITTEN[job.target.format or "png"]
    picture = source_of(step, picture)
    for stage, group in groupby(found, key=lambda one: one.stage):
        result, notes = filtered(picture, kind, job._replace(filter=beginning(stage)))
        members = [part for _, part in members_of(result)]
        for one in group:
            part = result if len(one.members) == len(members) else members[one.members[0]]
            yield encoded([Page(part, picture)], kind, job), notes


def arrays(step: Step, picture: Picture, threads: int | None = None) -> dict[str, NDArray[Any]]:
    """Give the raw numbers of every member: (rows, columns), of several channels one more axis."""
    picture = source_of(step, picture)
    found: dict[str, NDArray[Any]] = {}
    for stage, group in groupby(named(step, picture), key=lambda one: one.stage):
        result = narrowed(raw(beginning(stage), picture, threads), picture)
        for one, (_, part) in zip(group, members_of(result), strict=True):
            found[one.name] = array_of(part)
    return found
