"""What was learned, as a page: how near it comes, the curve, the kernels, the pictures."""

import shlex

from filterkit.learning.report import Comparison, Report
from filterkit.steps.convolve import Convolve
from filterkit.steps.pipeline import Pipeline
from filterkit.viewing.beside import panels
from filterkit.viewing.curve import Curve, svg
from filterkit.viewing.document import document, picture, text
from filterkit.viewing.figures import figures, heading, named, number, sentences
from filterkit.viewing.heat import cell_of, heat
from filterkit.viewing.kernels import Facts
from filterkit.viewing.learned_sheet import sheet
from filterkit.viewing.matrices import Matrices, Matrix, matrices_of

__all__ = ["page", "sheet"]

LONGEST = 500
"""Letters of an expression that is still worth reading."""

SIDE, CELL = 240, 36
"""Pixels of a side that a kernel fills, and of one cell at the most."""

LEGEND = (
    "Orange with + adds, blue with - takes away, white does nothing; "
    "the deepest colour is the largest weight of the kernel."
)


def page(learned_filter: Pipeline, report: Report, file: str = "./mine.toml") -> str:
    """Write one HTML file that needs nothing else; `file` is the filter's own."""
    title = heading(report)
    return document(title, [
        f"<h1>{text(title)}</h1>",
        *_notes(report),
        *_use(file),
        *_figures(report),
        *_curve(report),
        *_kernels(learned_filter, report),
        *(line for one in report.comparisons for line in _comparison(one)),
    ])  # fmt: skip


def _notes(report: Report) -> list[str]:
    """Write the sentences there are to say, which come before any number."""
    lines = [f"<li>{text(note)}</li>" for note in sentences(report)]
    return ['<ul class="notes">', *lines, "</ul>"] if lines else []


def _use(file: str) -> list[str]:
    """Write the command that applies the filter."""
    command = f"filterkit apply {shlex.quote(file)} photo.png"
    return ["<h2>Use</h2>", f"<pre><code>{text(command)}</code></pre>"]


def _figures(report: Report) -> list[str]:
    rows = [
        f'<tr><th scope="row">{text(name)}</th><td>{text(value)}</td><td>{text(meaning)}</td></tr>'
        for name, value, meaning, _ in figures(report)
    ]
    return [
        "<h2>How near it comes</h2>",
        '<table class="figures"><thead><tr><th scope="col">figure</th><th scope="col">value</th>'
        '<th scope="col">what it means</th></tr></thead><tbody>',
        *rows,
        "</tbody></table>",
    ]


def _curve(report: Report) -> list[str]:
    """Draw the curve, and give its numbers to whom cannot see it."""
    curve = Curve.of(report.losses)
    rows = [
        f"<tr><td>{steps:,}</td><td>{number(loss, '', '.4g')}</td></tr>"
        for steps, loss in report.losses
    ]
    return [
        "<h2>The way down</h2>",
        '<p class="soft">Grey levels off, root mean square, after so many steps. '
        "At the dashed line lies what rounding to whole grey levels leaves.</p>",
        svg(curve),
        "<details><summary>The numbers of the curve</summary>",
        '<table class="figures"><thead><tr><th scope="col">steps</th>'
        '<th scope="col">grey levels</th></tr></thead><tbody>',
        *rows,
        "</tbody></table></details>",
    ]


def _kernels(learned_filter: Pipeline, report: Report) -> list[str]:
    """Draw all kernels, and write the filter as an expression if it is short."""
    expression = str(learned_filter)
    lines = ["<h2>Kernels</h2>", f'<p class="soft">{LEGEND}</p>']
    for one in matrices_of(learned_filter, report):
        lines.extend(_kernel(one))
    if len(expression) <= LONGEST:
        lines.append("<h3>As an expression</h3>")
        lines.append(f"<pre><code>{text(expression)}</code></pre>")
    return lines


def _kernel(kernel: Matrices) -> list[str]:
    facts = " · ".join(line.strip() for line in Facts.of(kernel.step).lines()[:2])
    after = f"After the sum of products: {kernel.after}." if kernel.after else ""
    hidden = f"{kernel.hidden} more matrices are in the filter file." if kernel.hidden else ""
    return [
        f"<h3>{text(_name(kernel.step))}</h3>",
        f'<p class="soft">{text(facts)}</p>',
        '<div class="kernels">',
        *(_matrix(one, kernel.largest) for one in kernel.shown),
        "</div>",
        *(f"<p>{text(line)}</p>" for line in (after, hidden) if line),
    ]


def _name(step: Convolve) -> str:
    """Name a convolution that was given by its name, a learned one by its size."""
    return step.name if step.origin else f"{step.kernel.rows}x{step.kernel.columns}, learned"


def _matrix(matrix: Matrix, largest: float) -> str:
    """Draw a matrix as numbers and as a picture, a large one only so."""
    cell = min(cell_of(matrix.weights.shape, SIDE), CELL)
    caption = f"<figcaption>{text(matrix.name)}</figcaption>" if matrix.name else ""
    image = picture(heat(matrix.weights, largest, cell), matrix.told)
    numbers = f'<div class="wide">{_numbers(matrix)}</div>' if matrix.numbers else ""
    return f'<figure class="kernel">{caption}{numbers}{image}</figure>'


def _numbers(matrix: Matrix) -> str:
    """Write a matrix as a table with the numbers of its rows and columns."""
    heads = "".join(f'<th scope="col">{n + 1}</th>' for n in range(matrix.weights.shape[1]))
    rows = []
    for at, (numbers, errors) in enumerate(zip(matrix.numbers, matrix.errors, strict=True), 1):
        cells = "".join(map(_cell, numbers, errors))
        rows.append(f'<tr><th scope="row">{at}</th>{cells}</tr>')
    return (
        f'<table class="matrix"><thead><tr><td></td>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _cell(number: str, error: str) -> str:
    if not error:
        return f"<td>{number}</td>"
    return f'<td title="standard error {error[1:]}">{number}<small>{error}</small></td>'


def _comparison(comparison: Comparison) -> list[str]:
    figures = [
        f"<figure>{picture(image, f'{name}: {about}')}"
        f"<figcaption><strong>{text(name)}</strong>: {text(about)}</figcaption></figure>"
        for name, image, about in panels(comparison)
    ]
    return [f"<h2>{text(named(comparison.name))}</h2>", '<div class="panels">', *figures, "</div>"]
