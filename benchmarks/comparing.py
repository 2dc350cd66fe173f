"""Measure a row in process: check that the work is equal, then time it in turn."""

import cProfile
import io
import pstats
import sys

import numpy as np
from peers import present
from timing import medians, seconds

OURS = "filterkit"


def grey_levels(ours, theirs, margin):
    """Give the largest difference of two results in grey levels, or None for other shapes.

    A peer that worked on the upper rows only is compared with those, less its margins.
    """
    theirs = np.asarray(theirs)
    if theirs.dtype.kind == "f":
        ours, theirs = ours * np.float32(255), theirs * np.float32(255)
    rows, columns = (min(a, b) for a, b in zip(ours.shape[:2], theirs.shape[:2], strict=True))
    if ours.shape[2:] != theirs.shape[2:] or columns < ours.shape[1]:
        return None
    inside = np.s_[margin : rows - margin, margin : columns - margin]
    return float(np.abs(np.subtract(ours[inside], theirs[inside], dtype=np.float32)).max())


def measured(row, rounds):
    """Give the lines of the table that a row makes, one for each bar."""
    found = [peer for group in row.bars.values() for peer in group if present(peer.module)]
    calls = {peer.name: peer.call for peer in found} | {OURS: row.ours}
    row.ours()
    firsts, apart = {}, {}
    firsts[OURS], ours = seconds(row.ours)
    for peer in found:
        try:
            firsts[peer.name], theirs = seconds(peer.call)
        except (RuntimeError, ValueError, MemoryError) as error:
            print(f"{row.name}: {peer.name} is left out: {error}", file=sys.stderr)
            continue
        if peer.alike:
            apart[peer.name] = grey_levels(ours, theirs, peer.margin)
    del ours
    calls = {name: call for name, call in calls.items() if name in firsts}
    times = medians(calls, firsts, rounds)
    times |= {peer.name: times[peer.name] * peer.times for peer in found if peer.name in times}
    for bar, group in row.bars.items():
        names = [peer.name for peer in group if peer.name in times]
        yield line(row.name, bar, times, names, {name: apart.get(name, 0.0) for name in names})


def line(name, bar, times, names, apart):
    """Give a line: the fastest peer whose work is equal, and every peer's milliseconds."""
    equal = [peer for peer in names if apart[peer] is not None and apart[peer] <= 1.01]
    fastest = min(equal, key=times.__getitem__, default=None)
    return {
        "what": name,
        "bar": bar,
        "ratio": times[fastest] / times[OURS] if fastest else None,
        "ours ms": 1000 * times[OURS],
        "fastest": fastest,
        "peers ms": {peer: 1000 * times[peer] for peer in names},
        "not comparable": {peer: reason(apart[peer]) for peer in names if peer not in equal},
    }


def reason(apart):
    return "another shape" if apart is None else f"up to {apart:.3g} grey levels apart"


def profile(row, lines=6):
    """Say where filterkit's time goes in a row, on one thread: the own time of its functions."""
    profiler = cProfile.Profile()
    profiler.runcall(row.ours, threads=1)
    stats = pstats.Stats(profiler, stream=io.StringIO())
    costs = sorted(((own, name) for name, (_, _, own, _, _) in stats.stats.items()), reverse=True)
    return ", ".join(f"{short(name)} {own / stats.total_tt:.0%}" for own, name in costs[:lines])


def short(name):
    """Name a function as `module.function`, or as what is built in calls itself."""
    file, _, function = name
    module = file.rpartition("/")[2].removesuffix(".py")
    return function.strip("<>") if module in ("~", "") else f"{module}.{function}"
