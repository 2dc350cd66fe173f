"""Steps in a row and steps side by side; both are steps again."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from filterkit.errors import FilterError, ShapeError
from filterkit.steps.step import Member, Rendering, Shape, Step


def _steps(steps: Iterable[Step], whole: str) -> Iterator[Step]:
    """Yield the steps, a bank of one as its operand; else tell the call that reads a text."""
    given: list[object] = [*steps] if isinstance(steps, Iterable) else [steps]
    for one in [steps] if isinstance(steps, str) else given:
        if not isinstance(one, Step) or not isinstance(steps, Iterable):
            raise TypeError(
                f"{whole} is made of a list of steps, not of {one!r}: "
                'Pipeline.parse("edge | relu") reads a text.'
            )
        yield one.operands[0] if isinstance(one, Bank) and len(one.operands) == 1 else one


@dataclass(frozen=True)
class Bank(Step):
    """Give the same image to every operand and put the results side by side, as members."""

    operands: tuple[Step, ...]

    def __init__(self, operands: Iterable[Step]) -> None:
        flat: list[Step] = []
        for operand in _steps(operands, "a bank"):
            flat.extend(operand.operands if isinstance(operand, Bank) else [operand])
        if not flat:
            raise FilterError("a bank has at least one operand.")
        object.__setattr__(self, "operands", tuple(flat))

    def shape(self, shape: Shape) -> Shape:
        results = [operand.shape(shape) for operand in self.operands]
        first = results[0]
        for operand, result in zip(self.operands, results, strict=True):
            if (result.rows, result.columns) != (first.rows, first.columns):
                raise ShapeError(
                    f"the members of a bank have the same size, but {self.operands[0]} makes "
                    f"{first.rows}x{first.columns} and {operand} {result.rows}x{result.columns} "
                    f"(rows x columns) of {shape.rows}x{shape.columns}.",
                    "the same stride and padding in both",
                )
        members = [
            _named(member, operand, len(result.members))
            for operand, result in zip(self.operands, results, strict=True)
            for member in result.members
        ]
        return Shape(first.rows, first.columns, tuple(members))

    def __str__(self) -> str:
        return " & ".join(
            f"({one})" if isinstance(one, Pipeline) and " | " in str(one) else str(one)
            for one in self.operands
        )


def _named(member: Member, operand: Step, count: int) -> Member:
    """Name a member after its operand, and after itself where the operand has several."""
    name = str(operand) if count == 1 else f"{operand} {member.name}".strip()
    return member._replace(name=name)


@dataclass(frozen=True)
class Pipeline(Step):
    """Run steps one after the other.

    `name` is the catalogue name it came from, if any, and `render` overrides how the result is
    shown. Pipelines inside it that have neither are merged into it.
    """

    steps: tuple[Step, ...]
    render: Rendering | None = None
    name: str = field(default="", compare=False)

    def __init__(
        self, steps: Iterable[Step], render: Rendering | None = None, name: str = ""
    ) -> None:
        flat: list[Step] = []
        for step in _steps(steps, "a pipeline"):
            merges = isinstance(step, Pipeline) and not step.name and step.render is None
            flat.extend(step.steps if isinstance(step, Pipeline) and merges else [step])
        if not flat:
            raise FilterError("a pipeline has at least one step.")
        object.__setattr__(self, "steps", tuple(flat))
        object.__setattr__(self, "render", render)
        object.__setattr__(self, "name", name)

    @staticmethod
    def parse(text: str) -> "Pipeline":
        """Read a filter's expression: `edge:stride=2 | relu`. Raises FilterError."""
        import filterkit  # the front door again: names are looked up beyond the steps

        return filterkit.parse(text)

    def shape(self, shape: Shape) -> Shape:
        for step in self.steps:
            shape = step.shape(shape)
        if self.render is None:
            return shape
        members = tuple(member._replace(render=self.render) for member in shape.members)
        return replace(shape, members=members)

    def __str__(self) -> str:
        return self.name or " | ".join(str(step) for step in self.steps)


def walk(step: Step) -> Iterator[Step]:
    """Yield the steps that are neither bank nor pipeline, in the order in which they stand."""
    if isinstance(step, Pipeline):
        parts = step.steps
    elif isinstance(step, Bank):
        parts = step.operands
    else:
        yield step
        return
    for part in parts:
        yield from walk(part)
