"""What was learned, as a table in a terminal: the matrices, and how near it comes."""

from filterkit.learning.report import Report
from filterkit.steps.convolve import Convolve
from filterkit.steps.pipeline import Pipeline, walk
from filterkit.viewing.figures import figures, heading, rows_of
from filterkit.viewing.kernels import matrix_lines, short


def learned_lines(filter: Pipeline, report: Report) -> list[str]:
    """Write the matrices, and the figures beneath."""
    lines = [heading(report)]
    for step in walk(filter):
        if isinstance(step, Convolve) and step.origin is None:
            lines.extend(["", *matrix_lines(step)])
            if step.bias:
                lines.append(f"  + {short(step.bias)}")
    return [*lines, "", *rows_of(figures(report))]
