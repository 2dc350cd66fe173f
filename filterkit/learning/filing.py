"""What was learned becomes a filter file, which tells where it comes from."""

from pathlib import Path

from filterkit.filters.formats import dump
from filterkit.filters.formats.filing import file_of_step
from filterkit.learning.report import Report
from filterkit.steps.pipeline import Pipeline


def filed(pipeline: Pipeline, report: Report, path: Path) -> str:
    """Write the text of a filter file for a pipeline."""
    about = {
        "title": f"learned from {_names(report)}",
        "about": _about(report),
        "source": _source(report),
    }
    return dump(file_of_step(pipeline, path, **about))


def _names(report: Report) -> str:
    first, *more = report.examples
    return f"{first} and {len(more)} more" if more else first


def _about(report: Report) -> str:
    return (
        f"Comes within {report.residual:.3g} grey levels (root mean square) of the pictures it was "
        f"learned from, and gives {100 * report.exact:.2f} % of their pixels exactly."
    )


def _source(report: Report) -> str:
    """Tell data, shape, steps, loss, and how well windows fit that were held out."""
    return (
        f"filterkit learn: {_names(report)}, {report.windows} windows; {report.shape}, "
        f"{report.sharing}, {report.space}; {report.steps} steps of {report.optimizer}; "
        f"residual {report.residual:.4g} grey levels; "
        f"{100 * report.r2:.4f} % of the variance of windows held out"
    )
