"""A child that tries inputs one after the other, and may crash, hang or grow at any of them.

Its command line is the seed, the file in which it notes the number of the input it is at, and the
jobs: TARGET:FIRST:LAST:STEP ... What breaks a promise is told on stdout, an object a line.
"""

import faulthandler
import hashlib
import json
import mmap
import os
import random
import resource
import struct
import sys
import traceback
import warnings

from filterkit.errors import FilterkitError
from fuzz.targets import TARGETS

PLACE = struct.Struct("<qq")
"""The number of a job, and of the input in it."""

GROWN = 400 << 20
"""Bytes that one input may cost; a picture at the limit costs a quarter of that."""

ADDRESSES = 6 << 30
KINDS = ("done", "refused")
OURS = 99
"""The exit code of a mistake in the fuzzer itself."""


def main(seed, note, *jobs):
    """Do the jobs, and tell at the end how many inputs were read and how many refused."""
    faulthandler.enable(open(f"{note}.trace", "w"))  # noqa: SIM115 - open as long as the process
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, ADDRESSES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("error")
    warm()
    with open(note, "r+b") as file:
        progress = mmap.mmap(file.fileno(), PLACE.size)
    for number, job in enumerate(jobs):
        name, *span = job.split(":")
        counts = dict.fromkeys(KINDS, 0)
        for index in range(*map(int, span)):
            PLACE.pack_into(progress, 0, number, index)
            counts[one(seed, name, index)] += 1
        tell(job=number, target=name, **counts)
    PLACE.pack_into(progress, 0, len(jobs), 0)


def warm():
    """Load all there is, and let nothing start threads of its own."""
    import cv2
    import PIL.Image
    import tifffile  # noqa: F401

    cv2.setNumThreads(1)
    PIL.Image.init()


def one(seed, name, index):
    """Try one input; tell if it breaks a promise."""
    target = TARGETS[name]
    content = content_of(seed, name, index)
    before = peak()
    try:
        target.tried(content)
        result = "done"
    except FilterkitError:
        result = "refused"
    except Exception as error:
        result = "refused"
        fault(name, index, content, type(error).__name__, str(error), traceback.format_exc())
    grown = peak() - before
    if grown > GROWN:
        fault(name, index, content, "memory", f"{grown >> 20} MiB", "")
    return result


def content_of(seed, name, index):
    """Make the input of a number; it is always the same one."""
    return TARGETS[name].content(random.Random(f"{seed}:{name}:{index}"), index)


def fault(name, index, content, kind, what, trace):
    """Tell of a broken promise; where it was broken tells it from others."""
    ours = [line.strip() for line in trace.splitlines() if "/filterkit/" in line]
    where = ours[-1].partition("/filterkit/")[2] if ours else ""
    told = {"kind": kind, "what": what[:300], "where": where, "trace": trace[-3000:]}
    digest = hashlib.sha256(content).hexdigest()[:12]
    tell(target=name, index=index, digest=digest, **told)


def tell(**content):
    sys.stdout.write(json.dumps(content) + "\n")
    sys.stdout.flush()


def peak():
    """Give the most memory that was ever in use, in bytes, and begin anew."""
    try:
        with open("/proc/self/clear_refs", "w") as reset, open("/proc/self/status") as status:
            lines = dict(line.split(":", 1) for line in status)
            reset.write("5")
        return int(lines["VmHWM"].split()[0]) << 10
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


if __name__ == "__main__":
    code = OURS
    try:
        main(*sys.argv[1:])
        sys.stdout.flush()
        code = 0
    except Exception:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)
