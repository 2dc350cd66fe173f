"""Where the results go: every name is settled and checked before the first pixel is read."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import count
from pathlib import Path

from filterkit.applying.options import Writing
from filterkit.applying.places import (
    Identity,
    check_folder,
    check_name,
    check_open,
    identity,
    refuse_original,
    told,
)
from filterkit.applying.sources import Source
from filterkit.applying.template import USUAL, Template
from filterkit.errors import OutputCollisionError, OutputIsInputError, UnwritableError, UsageError
from filterkit.pictures.formats import WRITTEN, format_of_ending
from filterkit.pictures.names import escaped
from filterkit.pictures.writing import descriptor, exists, is_stream, make_folder

STDOUT = "-"


@dataclass(frozen=True)
class Target:
    """Name an output: a path, or a pipe.

    `skip` says that it is there and stays; `notes` what had to be decided otherwise. Where one
    picture becomes several files, `template` makes their names of {map} and {frame}, which still
    stand in the path, and `originals` are the inputs that have such a name.
    """

    path: Path | None
    format: str | None
    replace: bool = False
    skip: bool = False
    notes: tuple[str, ...] = ()
    template: Template | None = None
    originals: tuple[Path, ...] = ()


def targets(
    sources: Sequence[Source], output: str | None, slug: str, writing: Writing
) -> list[Target]:
    """Settle the output of every source. Raises UsageError or OutputError; nothing is written."""
    with told(output):
        pattern = _pattern(sources, output, writing)
        if pattern == STDOUT:
            return [Target(None, writing.format)]
        found = [_named(source, pattern, slug, writing) for source in sources]
        _check_collisions(sources, found)
        originals = {one.path: identity(one.path) for one in sources if one.path}
        return [
            _checked(target, source, originals, writing, output)
            for source, target in zip(sources, found, strict=True)
        ]


def _pattern(sources: Sequence[Source], output: str | None, writing: Writing) -> str:
    """Give the template that `-o` means; one without a folder stays beside the input."""
    if writing.in_place:
        if output is not None:
            raise UsageError("--in-place replaces the originals, and -o names other files.")
        return ""
    if output is None:
        return STDOUT if [one.text for one in sources] == ["-"] else ""
    if output == STDOUT or descriptor(Path(output)) == 1:  # else paths told would follow it
        if len(sources) > 1:
            raise UsageError("a pipe takes one picture, not several.", "-o FOLDER/")
        return STDOUT
    template = Template(output).checked()
    if output.endswith(("/", os.sep)) or Path(output).is_dir():
        return str(Path(output) / USUAL)
    if len(sources) > 1 and not (template.uses("stem")):
        raise UsageError(
            f"{len(sources)} pictures cannot all become {output}.",
            f"-o {Path(output).stem}/ or -o {{stem}}{Path(output).suffix or '{ext}'}",
        )
    says_format = Path(output).suffix or template.uses("ext") or writing.format
    if not (says_format or Path(output).exists() or is_stream(Path(output))):
        raise UsageError(f"is {output} a folder or a file?", f"-o {output}/ or -o {output}.png")
    return output


def _named(source: Source, pattern: str, slug: str, writing: Writing) -> Target:
    """Name the output of one source: in its place, by a pattern, or beside it."""
    if not writing.in_place:
        beside = Template(USUAL, folder=str(source.folder))
        return named(source, Template(pattern) if pattern else beside, slug, writing)
    if source.path is None or is_stream(source.path):
        raise UsageError(f"{source.label} is no file that could be replaced.", "-o FILE")
    kind = format_of_ending(source.path.suffix)
    if writing.format not in (None, kind):
        raise UsageError(
            f"{source.label} would be {writing.format} under the same name.",
            "--format without --in-place",
        )
    return Target(source.path, kind, replace=True)


def named(source: Source, template: Template, slug: str, writing: Writing) -> Target:
    """Name the output of a source by a template. Raises UsageError."""
    ending = source.ending
    notes: tuple[str, ...] = ()
    if writing.format:
        usual = WRITTEN[writing.format].endings
        ending = ending if ending.lower() in usual else usual[0]
    elif format_of_ending(ending) is None and template.uses("ext"):
        notes = (f"{ending or 'that kind'} cannot be written; the result is a PNG.",)
        ending = ".png"
    template = replace(template, values={"stem": source.stem, "filter": slug, "ext": ending})
    path = Path(template.expand())
    kind = writing.format or format_of_ending(path.suffix)
    if kind is None and path.suffix:
        raise UsageError(
            f"{escaped(path)}: {path.suffix} names no format that can be written.",
            "one of " + " ".join(one.endings[0] for one in WRITTEN.values()) + ", or --format",
        )
    return Target(path, kind, notes=notes, template=template if template.unknown else None)


def _check_collisions(sources: Sequence[Source], found: Sequence[Target]) -> None:
    """Refuse two results of one name."""
    seen: dict[tuple[str, str], Source] = {}
    real = cache(os.path.realpath)  # most lie in one folder
    for source, target in zip(sources, found, strict=True):
        path = target.path or Path()
        key = real(path.parent), os.path.normcase(path.name)
        if key in seen:
            raise OutputCollisionError(
                f"{seen[key].label} and {source.label} would both become "
                f"{escaped(path)}; nothing was written.",
                "-o FOLDER/{stem}-other{ext} for one of them",
            )
        seen[key] = source


def _checked(
    target: Target,
    source: Source,
    originals: Mapping[Path, Identity | None],
    writing: Writing,
    output: str | None,
) -> Target:
    """Settle what happens where the output exists, and refuse what cannot be written."""
    path = target.path
    if path is None:
        return target
    if writing.in_place:
        check_folder(path.parent, given=True)
        return _unlinked(target)
    if is_stream(path) and not path.is_block_device():
        check_open(path)
        return target
    there = identity(path)
    if there and source.path and there == originals[source.path]:
        raise OutputIsInputError(
            f"{escaped(path)} is the original.", "another -o, or --in-place to replace it"
        )
    if writing.on_exists not in ("skip", "number"):  # these leave what is there alone
        refuse_original(path, originals.values())
    if target.template:
        check_folder(path.parent, given=True)
        matches = _pattern_of(target.template).fullmatch
        could_be = (one for one in originals if matches(str(one.absolute())))
        return replace(target, originals=tuple(could_be))
    check_name(path)
    if path.is_dir():
        raise UnwritableError(f"{escaped(path)} is a folder.", f"-o {escaped(path)}/")
    check_folder(path.parent, given=output is not None)
    return _unlinked(_free(target, writing.on_exists))


def settle(paths: Sequence[Path], whole: Target, writing: Writing) -> list[Target]:
    """Settle the files that one picture becomes, all before the first is written.

    Names that fall together are numbered. Raises OutputExistsError, OutputIsInputError.
    """
    settled: list[Target] = []
    with told(None):
        for path in paths:
            check_name(path)
            refuse_original(path, [identity(one) for one in whole.originals])
            target, taken = Target(path, None), [one.path for one in settled]
            on_exists = "number" if path in taken else writing.on_exists
            settled.append(_free(target, on_exists, taken))
    for folder in dict.fromkeys(path.parent for path in paths):
        make_folder(folder)
    return settled


def _free(target: Target, on_exists: str, taken: Sequence[Path | None] = ()) -> Target:
    """Settle what happens where a path exists, or is taken already."""
    path = target.path
    if path is None or not (os.path.lexists(path) or path in taken):
        return replace(target, replace=on_exists == "overwrite")
    if on_exists == "error":
        raise exists(path)
    if on_exists == "number":
        free = (one for one in numbered(path) if not (one in taken or os.path.lexists(one)))
        return replace(target, path=next(free))
    return replace(target, replace=on_exists == "overwrite", skip=on_exists == "skip")


def _unlinked(target: Target) -> Target:
    """Say that a link is going to be replaced, and not what it leads to."""
    if not (target.replace and target.path and target.path.is_symlink()):
        return target
    note = f"{escaped(target.path)} was a link; what it led to is unchanged."
    return replace(target, notes=(*target.notes, note))


def numbered(path: Path, first: int = 2) -> Iterator[Path]:
    """Yield names beside a path: photo-2.png, photo-3.png, ..."""
    for number in count(first):
        yield path.with_name(f"{path.stem}-{number}{path.suffix}")


def _pattern_of(template: Template) -> re.Pattern[str]:
    """Give what the names of a result match, whatever {map} and {frame} will be."""
    path = Path(template.expand(map="\0", frame="\0")).absolute()
    return re.compile(".+".join(re.escape(part) for part in str(path).split("\0")))
