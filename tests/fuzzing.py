# ruff: noqa: T201 - it reports to a person
"""The long run of the fuzzer: python tests/fuzzing.py --minutes 10 [--seed N] [--target NAME].

Every input follows from the seed, its target and its number, so that a finding can be had again.
"""

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

from fuzz.reducing import reduced
from fuzz.running import run, told
from fuzz.targets import TARGETS

ROUND = 400
"""Inputs of each target in one round, after which the clock is looked at."""


def main():
    """Run rounds until the time is over, and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--target", action="append", choices=TARGETS, help="[all]")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--patience", type=float, default=20, help="seconds for one input")
    parser.add_argument("--save", default="fuzz-findings", help="folder for what is found")
    parser.add_argument("--reduce", metavar="FILE", help="make a finding as small as can be")
    given = parser.parse_args()
    if given.reduce:
        return reduce(Path(given.reduce), (given.target or [""])[0], given.patience)
    names = given.target or list(TARGETS)
    begun, first, broken, known = time.monotonic(), 0, [], Counter()
    done, refused = Counter(), Counter()
    while time.monotonic() - begun < given.minutes * 60:
        counts = dict.fromkeys(names, first + ROUND)
        found = run(given.seed, counts, given.processes, given.patience, given.save, first)
        done += found.done
        refused += found.refused
        broken += found.broken
        for one in found.broken:
            known[same := (one["target"], one["kind"], one["where"])] += 1
            if known[same] <= 2:
                print(told(one), flush=True)
        first += ROUND
    seconds = time.monotonic() - begun
    print(f"\n{'target':12} {'inputs':>9} {'read':>9} {'refused':>9} {'findings':>9}")
    for name in names:
        faults = sum(one["target"] == name for one in broken)
        total = done[name] + refused[name]
        print(f"{name:12} {total:9} {done[name]:9} {refused[name]:9} {faults:9}")
    total = done.total() + refused.total()
    print(f"{total} inputs in {seconds:.0f} seconds, {total / seconds:.0f} a second, "
          f"{len(broken)} findings of {len(known)} kinds, seed {given.seed}")  # fmt: skip
    return int(bool(broken))


def reduce(path, target, patience):
    """Print the smallest bytes that are wrong in the same way."""
    target = target or path.name.partition("-")[0]
    small = reduced(TARGETS[target].name, path.read_bytes(), patience)
    print(f"{len(small)} bytes: {small.hex()}\n{small!r}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
