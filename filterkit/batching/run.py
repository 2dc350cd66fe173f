"""A plan is carried out on an executor: bounded, journaled, and never ended by one picture.

Pictures are drawn from the plan as others end, so that a million need no more memory than ten.
One that took its process with it is tried once more, alone, at the end.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    wait,
)
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import NamedTuple

from filterkit.applying.job import Outcome
from filterkit.batching.journal import Journal, Record
from filterkit.batching.plan import Plan, Planned
from filterkit.batching.work import Answer, Task, work
from filterkit.errors import (
    DecoderDiedError,
    DecoderHungError,
    DiskError,
    FilterkitError,
    OutOfMemoryError,
    UnwritableError,
)
from filterkit.pictures.names import escaped
from filterkit.pictures.parts import clear

PER_JOB = 2
"""Tasks handed over for each that runs: one runs, one waits."""

BEGUN = 64
"""Pictures whose beginning is written down at once, with one flush to the disk."""

TICK = 0.2
"""Seconds after which who looks on is told that nothing has ended."""

DEATHS = (DecoderDiedError, DecoderHungError, BrokenExecutor, CancelledError)
LOST = (DecoderDiedError, DecoderHungError, OutOfMemoryError)
"""What may be the fault of others that ran beside a picture."""


class Ended(NamedTuple):
    """Tell what became of a picture: its outcome, or the error."""

    planned: Planned
    outcome: Outcome | None = None
    error: FilterkitError | None = None


@dataclass
class Run:
    """Carry out a plan; going through it yields what ends, and None now and then if nothing does.

    `task` makes the task of a picture for a number of jobs at a time, `executor` what does so many.
    After a full disk, or with `fail_fast` after any failure, `stopped` holds the error, and only
    what has been begun is still ended.
    """

    plan: Plan
    journal: Journal
    task: Callable[[Planned, int], Task]
    executor: Callable[[int], Executor]
    jobs: int
    fail_fast: bool = False
    stopped: FilterkitError | None = None
    waiting: "dict[Future[Answer], Planned]" = field(default_factory=dict)

    def __iter__(self) -> Generator[Ended | None, None, None]:
        lost: list[Planned] = []
        for ended in self._through(self.plan, self.jobs):
            if ended is not None and isinstance(ended.error, LOST):
                planned = ended.planned
                lost.append(planned if planned.past else self._begun_once(planned))
            else:
                yield self._heeded(ended)
        for planned in lost:
            if self.stopped is None:
                for ended in self._through([planned], 1):
                    yield self._heeded(ended)

    @property
    def current(self) -> Planned | None:
        """Give the picture that has been at work for longest."""
        return next(iter(self.waiting.values()), None)

    def _heeded(self, ended: Ended | None) -> Ended | None:
        """Stop after an error that should stop the run."""
        error = ended and ended.error
        if isinstance(error, DiskError) or (error and self.fail_fast):
            self.stopped = error
        return ended

    def _through(self, plan: Iterable[Planned], jobs: int) -> Iterator[Ended | None]:
        """Hand tasks over, a few more than run at a time, and yield what ends."""
        executor = self.executor(jobs)
        drawn, stale = self._drawn(plan), deque[Planned]()
        try:
            while True:
                while len(self.waiting) < jobs * PER_JOB and self.stopped is None:
                    planned = stale.popleft() if stale else next(drawn, None)
                    if planned is None:
                        break
                    if self._stays(planned):
                        yield Ended(planned, Outcome((planned.target,), skipped=True))
                    else:
                        self.waiting[_handed(executor, self.task(planned, jobs))] = planned
                if not self.waiting:
                    break
                yield from self._ended(stale)
            executor.shutdown()
        except BaseException:  # interrupted, perhaps, or there is no journal to write to
            executor.shutdown(wait=False, cancel_futures=True)
            for planned in self.waiting.values():
                clear(planned.target.parent)
            raise

    def _ended(self, stale: deque[Planned]) -> Iterator[Ended | None]:
        """Wait a moment and yield what has ended; what is out of date is to be done anew."""
        done, _ = wait(self.waiting, TICK, FIRST_COMPLETED)
        if not done:
            yield None
        for future in [one for one in self.waiting if one in done]:  # in the order of the plan
            planned = self.waiting.pop(future)
            error = CancelledError() if future.cancelled() else future.exception()
            if error is not None:
                told = _told(error, escaped(planned.found.path))
                self._forget(planned, told)
                yield Ended(planned, error=told)
                continue
            answer = future.result()
            if answer.outcome is not None:
                self._remember(planned, answer)
                yield Ended(planned, answer.outcome)
            elif self.stopped is None:
                self.journal.begin([self._begun(planned)])
                stale.append(self._begun_once(planned))

    def _drawn(self, plan: Iterable[Planned]) -> Iterator[Planned]:
        """Yield pictures when it is written down that they are begun.

        A result that an earlier run made is judged first; one that stays is none of ours.
        """
        rest = iter(plan)
        while chunk := list(islice(rest, BEGUN)):
            new = (one for one in chunk if one.past is None and not self._stays(one))
            self.journal.begin(self._begun(one) for one in new)
            yield from chunk

    def _stays(self, planned: Planned) -> bool:
        return self.plan.on_exists == "skip" and planned.there and planned.past is None

    def _begun(self, planned: Planned) -> Record:
        return self.plan.record_of(planned)

    def _begun_once(self, planned: Planned) -> Planned:
        return planned._replace(past=self._begun(planned))

    def _forget(self, planned: Planned, error: FilterkitError) -> None:
        """Leave nothing behind, and no claim to what somebody else may put there."""
        if isinstance(error, LOST):
            clear(planned.target.parent)
        elif planned.past is None and not isinstance(error, UnwritableError):
            self.journal.end(replace(self._begun(planned), outputs=()))

    def _remember(self, planned: Planned, answer: Answer) -> None:
        if answer.digest:
            begun = self._begun(planned)
            self.journal.end(
                replace(begun, recipe=answer.recipe, digest=answer.digest, outputs=answer.outputs)
            )


def _told(error: BaseException, where: str) -> FilterkitError:
    """Say an error in our words, with the name of the picture."""
    kind = type(error).__name__
    if isinstance(error, DecoderHungError):
        return DecoderHungError(f"{where}: {error}.", "a longer --timeout, if it needs that")
    if isinstance(error, DecoderDiedError):
        return DecoderDiedError(f"{where}: {error}.")
    if isinstance(error, FilterkitError):
        return error
    if isinstance(error, DEATHS):
        told: FilterkitError = DecoderDiedError(f"{where}: whoever was to do it is gone ({kind}).")
    else:
        told = FilterkitError(
            f"{where}: this is a bug in filterkit: {kind}: {error}.",
            "the same with --debug, and report what it prints",
        )
    told.__cause__ = error
    return told


def _handed(executor: Executor, task: Task) -> "Future[Answer]":
    """Hand a task over; an executor that takes none is one more way to be lost."""
    try:
        return executor.submit(work, task)
    except RuntimeError as error:
        future: Future[Answer] = Future()
        future.set_exception(error if isinstance(error, BrokenExecutor) else CancelledError())
        return future
