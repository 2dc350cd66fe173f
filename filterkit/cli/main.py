"""The way in: `filterkit COMMAND ...`. Commands are loaded when they are called, and not before."""

import errno
import gc
import os
import signal
import sys
from types import FrameType
from typing import Any, NoReturn

from filterkit.applying.isolation import Worker
from filterkit.errors import UnwritableError
from filterkit.machine import cores

COMMANDS = {
    "apply": "run a filter over pictures",
    "batch": "run a filter over folders of pictures, on every core",
    "list": "all filters, samples, formats",
    "show": "matrix, sum, gain and source of a filter",
    "export": "a filter as a kernel of other tools, and theirs as filters",
    "shape": "sizes and costs of a filter, step by step",
    "explain": "how a filter works, number by number",
    "learn": "a filter from pictures before and after",
    "view": "pictures in the terminal, side by side",
    "maps": "every feature map of every step of a filter",
    "gallery": "all filters over one picture, as a page",
    "diff": "whether two pictures are equal, and how far and where not",
    "completion": "completion for bash, zsh, fish",
}
"""Each command and what it does; its code is in the module of that name."""

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
"""What a system says of a place that takes no more."""

MOST_BEGUN = 4
"""Processes that are begun before it is known how many pictures there are."""

QUIET_FLAGS = {"-h", "--help", "-n", "--dry-run"}


def main() -> NoReturn:
    """Run the command line and leave with its exit code, without tearing anything down."""
    gc.disable()  # until all is loaded: nothing of it is garbage
    _occupy_streams()
    arguments = sys.argv[1:]
    workers = _begun(arguments)
    signal.signal(signal.SIGTERM, _terminated)
    code = 70
    try:
        code = _run(arguments, [*workers])
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 70
    except Exception:  # what tells of errors has one itself
        import traceback

        traceback.print_exc()
    finally:
        for worker in workers:
            worker.close(wait=False)
        code = _flushed(code)
        os._exit(code)


def _begun(arguments: list[str]) -> list[Worker]:
    """Begin the processes that a command is going to need: they load OpenCV while it loads click.

    All are forked before there are threads, or anything else that they had better not inherit.
    """
    if QUIET_FLAGS & {*arguments}:
        return []
    command, few = arguments[0] if arguments else "", len(arguments) < 3
    if command == "explain" and len(arguments) > 1:
        return [Worker(run_explaining, warm_explaining)]
    if command == "apply" and not few:
        return [Worker(run_job, warm)]
    if command == "learn" and not few:
        return [Worker(run_learning, warm_learning)]
    if command == "batch" and not few:
        return [Worker(run_call, warm_batch) for _ in range(min(cores(), MOST_BEGUN))]
    return []


def run_job(job: Any) -> Any:
    """Do a job, in the child."""
    from filterkit.applying.job import run

    return run(job)


def warm() -> None:
    """Load what a job needs, in the child."""
    from filterkit.applying.job import warm

    warm()
    gc.freeze()  # what is loaded stays: no collection need look at it again
    gc.enable()


def run_learning(job: Any) -> Any:
    """Learn, in the child."""
    from filterkit.cli.learning import work

    return work(job)


def warm_learning() -> None:
    """Load what learning needs, in the child."""
    warm()
    import filterkit.learning.learning
    import filterkit.learning.reading
    import filterkit.viewing.learned  # noqa: F401

    gc.freeze()


def run_explaining(job: Any) -> Any:
    """Explain, in the child."""
    from filterkit.cli.explaining import work

    return work(job)


def warm_explaining() -> None:
    """Load what an explanation needs, in the child."""
    warm()
    import filterkit.viewing.as_text
    import filterkit.viewing.telling  # noqa: F401

    gc.freeze()


def run_call(request: Any) -> Any:
    """Do a task of a batch, in the child."""
    from filterkit.batching.local import called

    return called(request)


def warm_batch() -> None:
    """Load what a task of a batch needs, in the child."""
    from filterkit.batching.local import warm as warm_all

    warm_all()
    gc.freeze()
    gc.enable()


def _run(arguments: list[str], workers: list[Worker]) -> int:
    from filterkit.cli.errors import told

    debug = "--debug" in arguments
    try:
        from filterkit.cli.group import answered

        return answered(arguments, workers)
    except KeyboardInterrupt:
        if sys.stderr is not None:
            sys.stderr.write("filterkit: interrupted.\n")
        return 130
    except BrokenPipeError:
        return 141
    except Exception as error:
        if isinstance(error, OSError) and error.errno in FULL and error.filename is None:
            error = _unwritable(error)
        if debug:
            import traceback

            traceback.print_exc()
        return told(error, arguments)


def _unwritable(error: OSError) -> UnwritableError:
    """Say that stdout takes no more; files are written elsewhere, and name themselves."""
    return UnwritableError(f"stdout could not be written: {(error.strerror or '').lower()}.")


def _occupy_streams() -> None:
    """Put the null device where a standard stream is closed, lest a picture's file be opened there.

    What a library then says on stderr would go into the picture.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _terminated(number: int, frame: FrameType | None) -> NoReturn:
    sys.exit(128 + number)


def _flushed(code: int) -> int:
    """Flush what was written; a reader that went away is no fault of ours."""
    from filterkit.cli.errors import say

    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except BrokenPipeError:
            code = 141
        except OSError as error:
            if stream is sys.stdout and code != 5:  # else it has been told
                say(_unwritable(error).sentence)
            code = code or 5
    return code
