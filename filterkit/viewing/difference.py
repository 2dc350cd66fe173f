"""How two pictures differ, in lines for a terminal."""

from collections.abc import Iterator

from filterkit.applying.sources import Source
from filterkit.pictures.names import escaped
from filterkit.viewing.comparing import Difference
from filterkit.viewing.facing import Place
from filterkit.viewing.figures import Figure, number, rows_of, share

FRACTIONS = "compared as fractions of white"


def difference_lines(difference: Difference) -> list[str]:
    """Write whether two pictures are equal, and the figures beneath."""
    names = " and ".join(_names(difference))
    if difference.misfit:
        return [f"{names} {difference.misfit}"]
    figures = [*_of_kinds(difference)]
    if difference.sums.where:
        figures.extend(_of_differences(difference, difference.sums.where))
    return [f"{names} {_verdict(difference)}", "", *rows_of(figures)]


def heat_lines(difference: Difference, path: str) -> list[str]:
    """Say what the colours of a heat map mean."""
    frame = f", frame {difference.worst + 1}" if len(difference.frames) > 1 else ""
    if difference.equal:
        return [f"{escaped(path)}{frame}: all white, for the two {_verdict(difference)}"]
    largest, second = difference.sums.largest, _names(difference)[1]
    return [
        f"{escaped(path)}{frame}: orange where {second} is brighter, blue where darker, white "
        "where equal;",
        f"the deepest colour is {_level(largest)} {_unit(difference, largest)}, "
        f"half as deep is {_level(largest / 4)}",
    ]


def _names(difference: Difference) -> list[str]:
    return [Source(side.name).label for side in difference.sides]


def _verdict(difference: Difference) -> str:
    if not difference.equal:
        return "differ"
    if not difference.sums.largest:
        return "are equal"
    return f"are equal within {_level(difference.tolerance)} {_unit(difference)}"


def _unit(difference: Difference, count: float = 0) -> str:
    """Name what differences are counted in."""
    if difference.white == 1:
        return "where white is 1"
    return f"grey level{'s' * (count != 1)} of {difference.white:g}"


def _level(value: float) -> str:
    """Write a number with the digits that float32 has."""
    return f"{value:.7g}"


def _of_kinds(difference: Difference) -> Iterator[Figure]:
    first, second = difference.sides
    kinds = dict.fromkeys((first.kind, second.kind))
    frames = f"{first.frames} frames of " if first.frames > 1 else ""
    yield Figure("size", f"{frames}{first.rows}x{first.columns}", "")
    mixed = FRACTIONS if first.depth != second.depth else ""
    yield Figure("kind", " and ".join(kinds), "", mixed)


def _of_differences(difference: Difference, where: Place) -> Iterator[Figure]:
    sums, unit = difference.sums, "" if difference.white == 1 else "grey levels"
    yield Figure(
        "pixels equal", share(sums.equal / sums.pixels), "",
        f"{sums.pixels - sums.equal:,} of {sums.pixels:,} differ",
    )  # fmt: skip
    if difference.tolerance:
        yield Figure(
            "within tolerance", share(sums.within / sums.pixels), "",
            f"{sums.pixels - sums.within:,} are farther off than {_level(difference.tolerance)}",
        )  # fmt: skip
    largest = f"{_level(sums.largest)} {_unit(difference, sums.largest)}"
    yield Figure("largest difference", largest, "", _place(difference, where))
    yield Figure("mean difference", number(sums.mean, unit, ",.3g"), "")
    yield Figure("root mean square", number(sums.rms, unit, ",.3g"), "")
    yield Figure("PSNR", number(difference.psnr, "dB", ".2f", "beyond measure"), "")
    yield Figure("SSIM", _similarity(difference.ssim), "", "1 where nothing differs")


def _place(difference: Difference, where: Place) -> str:
    frame = f"frame {difference.worst + 1}, " if len(difference.frames) > 1 else ""
    place = f"{frame}row {where.row}, column {where.column}, {where.channel}"
    return f"{place}: {_level(where.first)} → {_level(where.second)}"


def _similarity(ssim: float | None) -> str:
    if ssim is None:
        return "too small for it"
    return "above 0.9999" if 0.99995 <= ssim < 1 else number(ssim, "", ".4f")
