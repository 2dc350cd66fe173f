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

COMMANDS = {
    "apply": "run a filter over pictures",
    "list": "all filters, samples, formats",
    "show": "matrix, sum, gain and source of a filter",
    "shape": "sizes and costs of a filter, step by step",
    "completion": "completion for bash, zsh, fish",
}
"""Each command and what it does; its code is in the module of that name."""

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
"""What a system says of a place that takes no more."""

QUIET_FLAGS = {"-h", "--help", "-n", "--dry-run"}


def main() -> NoReturn:
    """Run the command line and leave with its exit code, without tearing anything down."""
    gc.disable()  # until all is loaded: nothing of it is garbage
    _occupy_streams()
    arguments = sys.argv[1:]
    worker = None
    if arguments[:1] == ["apply"] and len(arguments) > 2 and not QUIET_FLAGS & {*arguments}:
        worker = Worker(run_job, warm)  # it loads OpenCV while click is loaded here
    signal.signal(signal.SIGTERM, _terminated)
    code = 70
    try:
        code = _run(arguments, worker)
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 70
    except Exception:  # what tells of errors has one itself
        import traceback

        traceback.print_exc()
    finally:
        if worker is not None:
            worker.close(wait=False)
        code = _flushed(code)
        os._exit(code)


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


def _run(arguments: list[str], worker: Worker | None) -> int:
    from filterkit.cli.errors import told

    debug = "--debug" in arguments
    try:
        from filterkit.cli.group import answered

        return answered(arguments, worker)
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
