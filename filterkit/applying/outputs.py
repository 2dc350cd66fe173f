"""Where the results go: every name is settled and checked before the first pixel is read."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from filterkit.applying.options import Writing
from filterkit.applying.sources import Source
from filterkit.applying.template import USUAL, Template
from filterkit.errors import (
    FilterkitError,
    OutputCollisionError,
    OutputExistsError,
    OutputIsInputError,
    UnwritableError,
    UsageError,
)
from filterkit.pictures.formats import FORMATS, format_of_ending
from filterkit.pictures.names import escaped, reason_of

STDOUT = "-"


@dataclass(frozen=True)
class Target:
    """Name an output: a path, in which {map} and {frame} may still stand, or a pipe.

    `skip` says that it is there and stays; `notes` what had to be decided otherwise;
    `originals` are the inputs whose names {map} or {frame} could make.
    """

    path: Path | None
    format: str | None
    replace: bool = False
    skip: bool = False
    notes: tuple[str, ...] = ()
    originals: tuple[Path, ...] = ()

    @property
    def is_template(self) -> bool:
        """Tell whether one picture becomes several files."""
        return self.path is not None and any(
            Template(str(self.path)).uses(field) for field in ("map", "frame")
        )


def targets(
    sources: Sequence[Source], output: str | None, slug: str, writing: Writing
) -> list[Target]:
    """Settle the output of every source. Raises UsageError or OutputError; nothing is written."""
    try:
        pattern = _pattern(sources, output, writing)
        if pattern == STDOUT:
            return [Target(None, writing.format)]
        found = [_named(source, pattern, slug, writing) for source in sources]
        _check_collisions(sources, found)
        return [
            _checked(target, source, sources, writing, output)
            for source, target in zip(sources, found, strict=True)
        ]
    except OSError as error:  # a name too long, a folder that may not be looked into
        where = escaped(error.filename or output or "the output")
        reason = reason_of(error).lower()
        raise UnwritableError(f"{where} could not be written: {reason}.", "another -o") from error


def _pattern(sources: Sequence[Source], output: str | None, writing: Writing) -> str:
    """Give the template that `-o` means; one without a folder stays beside the input."""
    if writing.in_place:
        if output is not None:
            raise UsageError("--in-place replaces the originals, and -o names other files.")
        return ""
    if output is None:
        return STDOUT if [one.text for one in sources] == ["-"] else ""
    if output == STDOUT:
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
    if not says_format and not Path(output).exists():
        raise UsageError(f"is {output} a folder or a file?", f"-o {output}/ or -o {output}.png")
    return output


def _named(source: Source, pattern: str, slug: str, writing: Writing) -> Target:
    """Name the output of one source."""
    if writing.in_place:
        if source.path is None:
            raise UsageError(f"{source.label} is no file that could be replaced.", "-o FILE")
        kind = format_of_ending(source.path.suffix)
        if writing.format not in (None, kind):
            raise UsageError(
                f"{source.label} would be {writing.format} under the same name.",
                "--format without --in-place",
            )
        return Target(source.path, kind, replace=True)
    ending = source.ending
    notes: tuple[str, ...] = ()
    if writing.format:
        usual = FORMATS[writing.format].endings
        ending = ending if ending.lower() in usual else usual[0]
    elif format_of_ending(ending) is None and (not pattern or Template(pattern).uses("ext")):
        notes = (f"{ending or 'that kind'} cannot be written; the result is a PNG.",)
        ending = ".png"
    values = {"stem": source.stem, "filter": slug, "ext": ending}
    if pattern:
        path = Path(Template(pattern).expand(**values))
    else:
        path = source.folder / Template(USUAL).expand(**values)
    kind = writing.format or format_of_ending(path.suffix)
    if kind is None and path.suffix:
        raise UsageError(
            f"{escaped(path)}: {path.suffix} names no format that can be written.",
            "one of " + " ".join(one.endings[0] for one in FORMATS.values()) + ", or --format",
        )
    return Target(path, kind, notes=notes)


def _check_collisions(sources: Sequence[Source], found: Sequence[Target]) -> None:
    """Refuse two results of one name."""
    seen: dict[str, Source] = {}
    for source, target in zip(sources, found, strict=True):
        key = os.path.normcase((target.path or Path()).absolute())
        if key in seen:
            raise OutputCollisionError(
                f"{seen[key].label} and {source.label} would both become "
                f"{escaped(target.path or '')}; nothing was written.",
                "-o FOLDER/{stem}-other{ext} for one of them",
            )
        seen[key] = source


def _checked(
    target: Target,
    source: Source,
    sources: Sequence[Source],
    writing: Writing,
    output: str | None,
) -> Target:
    """Settle what happens where the output exists, and refuse what cannot be written."""
    path = target.path
    if path is None or writing.in_place:
        return target
    originals = tuple(one.path for one in sources if one.path)
    if source.path and _same(path, source.path):
        raise OutputIsInputError(
            f"{escaped(path)} is the original.", "another -o, or --in-place to replace it"
        )
    if writing.on_exists not in ("skip", "number"):  # these leave what is there alone
        _refuse_original(path, originals)
    if path.is_dir():
        raise UnwritableError(f"{escaped(path)} is a folder.", f"-o {escaped(path)}/")
    _check_folder(path.parent, given=output is not None)
    if target.is_template:
        matches = _pattern_of(path).fullmatch
        could_be = (one for one in originals if matches(str(one.absolute())))
        return replace(target, originals=tuple(could_be))
    if _is_device(path):
        return target
    return _free(target, writing.on_exists)


def settle(paths: Sequence[Path], whole: Target, writing: Writing) -> list[Target]:
    """Settle the files that one picture becomes, all before the first is written.

    Names that fall together are numbered. Raises OutputExistsError, OutputIsInputError.
    """
    settled: list[Target] = []
    for path in paths:
        _refuse_original(path, whole.originals)
        target, taken = Target(path, None), [one.path for one in settled]
        on_exists = "number" if path in taken else writing.on_exists
        settled.append(_free(target, on_exists, taken))
    return settled


def _free(target: Target, on_exists: str, taken: Sequence[Path | None] = ()) -> Target:
    """Settle what happens where a path exists, or is taken already."""
    path = target.path
    if path is None or not (path.exists() or path.is_symlink() or path in taken):
        return target
    if on_exists == "error":
        raise exists(path)
    if on_exists == "number":
        free = (one for one in numbered(path) if one not in taken and not one.exists())
        return replace(target, path=next(free))
    return replace(target, replace=True, skip=on_exists == "skip")


def exists(path: Path) -> FilterkitError:
    """Say that an output is there already."""
    return OutputExistsError(
        f"{escaped(path)} exists; nothing was written.",
        "add -f to replace it, --on-exists number to keep both",
    )


def numbered(path: Path) -> Iterator[Path]:
    """Yield names beside a path: photo-2.png, photo-3.png, ..."""
    number = 2
    while True:
        yield path.with_name(f"{path.stem}-{number}{path.suffix}")
        number += 1


def _check_folder(folder: Path, given: bool) -> None:
    """Refuse a folder that cannot be written to; a missing one is made later."""
    there = next(one for one in (folder, *folder.parents) if one.exists() or one == one.parent)
    if not there.is_dir():
        raise UnwritableError(f"{escaped(there)} is a file, and a folder was needed.")
    if not os.access(there, os.W_OK | os.X_OK):
        if given:
            raise UnwritableError(f"{escaped(there)}: that folder cannot be written to.")
        raise UnwritableError(
            f"{escaped(there)}: that folder cannot be written to, "
            "and results go beside the picture.",
            "-o ./",
        )


def _refuse_original(path: Path, originals: Sequence[Path]) -> None:
    if any(_same(path, original) for original in originals):
        raise OutputIsInputError(
            f"{escaped(path)} is an original, and would become the result of another.",
            "-o FOLDER/, or --on-exists skip",
        )


def _pattern_of(path: Path) -> re.Pattern[str]:
    """Give what the names of a result match, whatever {map} and {frame} will be."""
    text = re.escape(str(path.absolute()))
    return re.compile(text.replace(r"\{map\}", ".+").replace(r"\{frame\}", "[0-9]+"))


def _same(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:
        return False


def _is_device(path: Path) -> bool:
    return path.is_char_device() or path.is_fifo() or path.is_block_device()
