"""How large a kernel may become: asked before anything of that size is made."""

from filterkit.errors import SettingError
from filterkit.settings import written
from filterkit.steps.kernel import MOST_WEIGHTS


def check(rows: int, columns: int, cause: str) -> None:
    """Raise SettingError, `cause` before it, where there would be too many weights."""
    if rows * columns > MOST_WEIGHTS:
        raise SettingError(
            f"{cause} makes more weights than the {MOST_WEIGHTS} that a kernel has at most."
        )


def half_of(radius: float) -> int:
    """Count the weights to each side of the middle, of a square kernel: the radius' whole part."""
    half = int(radius)
    check(2 * half + 1, 2 * half + 1, f"a radius of {written(radius)}")
    return half
