"""A filter taken apart into its steps, one by one, each fed by those before it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

from filterkit.steps.pipeline import Bank, Pipeline
from filterkit.steps.step import Shape, Step

COLOURS = ("red", "green", "blue")
PICTURE = "picture"
"""What the first stage is called, in place of a step."""


@dataclass(frozen=True, eq=False)
class Stage:
    """Hold a step, the numbers of the stages that feed it, and what becomes of the picture there.

    Stage 0 is the picture itself. A bank is fed by its operands' last stages. `upto` is the filter
    up to this step and no further, in the form in which the whole is run, for another one may be
    rounded otherwise. `within` names the composed filter or the operand that the step stands in;
    in a list, `mark` stands before a step of an operand: & before its first, | before the others.
    """

    number: int
    step: Step
    inputs: tuple[int, ...]
    upto: Step | None
    shape: Shape
    within: str
    mark: str

    @property
    def title(self) -> str:
        """Give the text of the step."""
        return str(self.step) if self.inputs else PICTURE

    @property
    def is_bank(self) -> bool:
        """Tell whether it only puts results side by side."""
        return isinstance(self.step, Bank)

    def name_of(self, channel: int) -> str:
        """Name a channel: red, green or blue, or its member and number; a lone one has no name."""
        return f"number {channel}" if self.shape.flat else self._names[channel]

    @cached_property
    def _names(self) -> list[str]:
        names: list[str] = []
        for member in self.shape.members:
            own = [*COLOURS] if member.channels == 3 else (
                [str(n + 1) for n in range(member.channels)] if member.channels > 1 else [""]
            )  # fmt: skip
            names.extend(" ".join(part for part in (member.name, one) if part) for one in own)
        return names


def stages(step: Step, shape: Shape) -> list[Stage]:
    """Take a filter apart. Raises TooSmallError and its like where it does not fit."""
    step.shape(shape)
    found = [Stage(0, Step(), (), None, shape, "", "")]
    _add(found, step, 0, lambda end: end, "", "")
    return found


def _add(
    found: list[Stage], step: Step, source: int, behind: Callable[[Step], Step], within: str,
    mark: str,
) -> int:  # fmt: skip
    """Put the stages of a step behind stage `source`, and give the number of the last.

    `behind` puts an end of the filter behind what comes before it.
    """
    if isinstance(step, Pipeline):
        within = step.name if step.name and len(step.steps) > 1 else within
        for at, one in enumerate(step.steps):
            source = _add(found, one, source, partial(_cut, behind, step, at), within, mark)
            mark = mark[:-2] + "| " if mark.endswith("& ") else mark
        return source
    inputs: tuple[int, ...] = (source,)
    if isinstance(step, Bank):
        inputs = tuple(
            _add(found, one, source, behind, str(one), mark + "& ") for one in step.operands
        )
    shape = step.shape(found[source].shape)
    found.append(Stage(len(found), step, inputs, behind(step), shape, within, mark))
    return len(found) - 1


def _cut(behind: Callable[[Step], Step], whole: Pipeline, at: int, end: Step) -> Step:
    """Cut a pipeline off behind step number `at`, in whose place there is `end`."""
    last = at == len(whole.steps) - 1
    render = whole.render if last else None
    return behind(Pipeline([*whole.steps[:at], end], render, whole.name))
