"""The child's side of isolation: jobs are answered within limits, and never for a dead parent."""

import contextlib
import os
import pickle
import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, NoReturn

from filterkit.errors import FilterkitError

MOMENT = 1.0
"""Seconds that a process has for clearing its table."""

ENDING = [getattr(signal, one) for one in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, one)]
"""Signals at which it does so."""


class Ends:
    """Hold a process's two ends of the pipes to its partner: where it reads and where it writes."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self.incoming = open(incoming, "rb")  # noqa: SIM115 - it is open already
        self.outgoing = outgoing

    def send(self, content: Any) -> None:
        """Write a message; what is large in it is not copied on the way."""
        pickle.dump((content,), self)

    def write(self, part: "bytes | memoryview") -> None:
        """Write all of some bytes, as pickle asks for it."""
        view = memoryview(part)
        while view:
            view = view[os.write(self.outgoing, view) :]

    def receive(self) -> tuple[Any] | None:
        """Read a message, wrapped in a tuple, or None where the partner is gone."""
        try:
            message: tuple[Any] = pickle.load(self.incoming)
        except (EOFError, pickle.UnpicklingError):  # none begins, or it breaks off
            return None
        return message

    def hang_up(self) -> None:
        """Let the partner see that no more will come, also while another thread waits for it."""
        if self.incoming.closed:
            return
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, self.outgoing, inheritable=False)  # a number that is closed may be reused
        os.close(null)

    def close(self) -> None:
        """Close both; once is enough."""
        if not self.incoming.closed:
            self.incoming.close()
            os.close(self.outgoing)


def begin(incoming: int, outgoing: int) -> NoReturn:
    """Serve a parent that could not fork: the first message is what is to be done."""
    ends = Ends(incoming, outgoing)
    received = ends.receive()
    if received is None:
        os._exit(141)
    work, warm = received[0]
    serve(work, warm, ends)


def serve(work: Callable[[Any], Any], warm: Callable[[], None], ends: Ends) -> NoReturn:
    """Answer jobs until no more come; never return into the parent's code."""
    code = 70
    try:
        for number in ENDING:
            if signal.getsignal(number) is not signal.SIG_IGN:  # as behind nohup
                signal.signal(number, _interrupted)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        _close_all_but(ends.incoming.fileno(), ends.outgoing)
        failure = _answered(lambda _: warm(), None)  # a library that is missing, say
        _guard(ends)
        while (request := ends.receive()) is not None:
            ends.send(failure or _answered(work, *request))
        code = 0
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:  # the parent is gone
        code = 141
    finally:
        os._exit(code)


def _close_all_but(*ends: int) -> None:
    """Close what the parent opened for itself, and nothing that it was given.

    An open pipe of another child's would keep that one alive, and an open file keeps its lock.
    """
    kept = {0, 1, 2, *ends}
    try:
        numbers = [int(name) for name in os.listdir("/dev/fd")]  # noqa: PTH208 - numbers, no paths
    except OSError:
        numbers = [*range(256)]
    for number in {*numbers} - kept:
        with contextlib.suppress(OSError):  # the one that listed the folder
            if not os.get_inheritable(number):
                os.close(number)


def _guard(ends: Ends) -> None:
    """Take only what memory there is, leave no core behind, and do not outlive the parent."""
    import resource
    from _thread import start_new_thread  # threading's would wait until it runs

    from filterkit.applying import memory  # what it needs is loaded only now

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    memory.limit()
    start_new_thread(_watch, (ends.incoming.fileno(),))


def _watch(pipe: int) -> None:
    """Wait until nobody can write to a pipe any more, and then end all that is still at work."""
    import select

    poll = select.poll()
    poll.register(pipe, 0)  # nothing but its end
    poll.poll()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(MOMENT)
    os._exit(141)


def _interrupted(number: int, frame: FrameType | None) -> NoReturn:
    """Leave, and let no second signal disturb what is cleared away on the way."""
    for other in ENDING:
        signal.signal(other, _unheard)  # with SIG_IGN one that is under way would be a traceback
    raise KeyboardInterrupt


def _unheard(number: int, frame: FrameType | None) -> None:
    """Do nothing."""


def _answered(work: Callable[[Any], Any], job: Any) -> Any:
    """Give the answer to a job, or the exception, with its traceback as a note."""
    try:
        return work(job)
    except FilterkitError as error:
        return error
    except Exception as error:
        import traceback

        error.add_note(traceback.format_exc())
        with contextlib.suppress(Exception):
            pickle.loads(pickle.dumps(error))
            return error
        unsendable = RuntimeError(f"{type(error).__name__}: {error}")
        unsendable.add_note(traceback.format_exc())
        return unsendable
