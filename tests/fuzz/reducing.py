"""A finding becomes as small as can be: parts are left out as long as it stays wrong."""

import os
import signal
import traceback
import warnings

from filterkit.errors import FilterkitError
from fuzz.child import warm
from fuzz.targets import TARGETS


def reduced(target, content, patience):
    """Leave out parts, first large ones, where the fault stays the same."""
    warnings.simplefilter("error")
    warm()
    wanted = fault(target, content, patience)
    if not wanted:
        raise SystemExit("there is nothing wrong with it.")
    size = len(content) // 2
    while size:
        at = 0
        while at < len(content):
            fewer = content[:at] + content[at + size :]
            if fault(target, fewer, patience) == wanted:
                content = fewer
            else:
                at += size
        size //= 2
    return content


def fault(target, content, patience):
    """Name what is wrong with an input, in a process of its own; nothing if all is well."""
    ours, theirs = os.pipe()
    process = os.fork()
    if process == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        signal.alarm(int(patience))
        os.write(theirs, _tried(target, content).encode())
        os._exit(0)
    os.close(theirs)
    with open(ours, "rb") as pipe:
        said = pipe.read().decode()
    _, status = os.waitpid(process, 0)
    return said if status == 0 else f"status {status}"


def _tried(target, content):
    try:
        TARGETS[target].tried(content)
    except FilterkitError:
        return ""
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} at {frame.filename}:{frame.lineno}"
    return ""
