"""Time things that do the same work: in turn, A B C A B C ..., because these machines are noisy.

A speed by itself tells nothing on such a machine; the ratio of two that ran side by side does.
"""

import argparse
import statistics
import subprocess
import time

PATIENCE = 4
"""What takes so many times as long as the fastest is not run again: its first run tells enough."""


def arguments(about, pairs=20):
    """Give the parser that every benchmark starts from."""
    parser = argparse.ArgumentParser(description=about.split("\n")[0])
    parser.add_argument("--pairs", type=int, default=pairs, help="rounds")
    parser.add_argument("--json", action="store_true")
    return parser


def seconds(call):
    """Call once and give the seconds that it took and what it gave."""
    begun = time.perf_counter()
    result = call()
    return time.perf_counter() - begun, result


def run(command):
    """Run a process that says nothing."""
    nothing = subprocess.DEVNULL
    subprocess.run(command, check=True, stdout=nothing, stdin=nothing, stderr=nothing)


def in_turn(calls, rounds):
    """Time calls in turn and give each one's list of seconds, round by round."""
    return [*zip(*[[seconds(call)[0] for call in calls] for _ in range(rounds)], strict=True)]


def medians(calls, firsts, rounds):
    """Give the median seconds of each call; `firsts` are of a run before, to warm up."""
    limit = PATIENCE * min(firsts.values())
    again = [name for name in calls if firsts[name] <= limit]
    times = in_turn([calls[name] for name in again], rounds)
    return firsts | {
        name: statistics.median(column) for name, column in zip(again, times, strict=True)
    }


def compared(what, bar, ours, theirs):
    """Give the row of two columns of seconds: the median ratio, ours / theirs."""
    return {
        "what": what,
        "bar": bar,
        "ratio": statistics.median(a / b for a, b in zip(ours, theirs, strict=True)),
        "ours ms": 1000 * statistics.median(ours),
        "theirs ms": 1000 * statistics.median(theirs),
    }


def print_compared(rows):
    for row in rows:
        print(
            f"{row['what']:50} {row['ratio']:5.2f}  (bar {row['bar']}; "
            f"{row['ours ms']:.0f} ms / {row['theirs ms']:.0f} ms)"
        )
