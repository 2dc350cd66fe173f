"""What was learned, as a table in a terminal: the matrices, and how near it comes."""

from filterkit.learning.report import Report
from filterkit.steps.convolve import Convolve
from filterkit.steps.pipeline import Pipeline, walk
from filterkit.viewing.figures import figures, heading
from filterkit.viewing.kernels import matrix_lines, short


def learned_lines(filter: Pipeline, report: Report) -> list[str]:
    """Write the matrices, and the figures beneath."""
    lines = [heading(report)]
    for step in walk(filter):
        if isinstance(step, Convolve) and step.origin is None:
            lines.extend(["", *matrix_lines(step)])
            if step.bias:
                lines.append(f"  + {short(step.bias)}")
    table = figures(report)
    widths = [max(len(one[at]) for one in table) for at in range(2)]
    rows = (f"  {name:{widths[0]}}  {value:{widths[1]}}  {brief}".rstrip()
            for name, value, _, brief in table)  # fmt: skip
    return [*lines, "", *rows]
