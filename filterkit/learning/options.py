"""How kernels are learned: each choice declared once, as a step's are."""

from dataclasses import dataclass

from filterkit.settings import Choice, Number, Optional, Truth, Whole, read_settings, setting

AUTO = "auto"
"""The shape of a kernel whose size is to be found."""

OPTIMIZERS = ("nesterov", "gd", "adam", "exact", "sgd")
TRAINED_BY = ("adam", "sgd")
"""Ways to descend, and those of them that go by minibatches."""

MOST_STEPS = 100_000
MOST_MINIBATCHES = 5000
"""Steps of a linear shape, and of others, unless told otherwise."""

SHARES = ("per-channel", "mix")
CONSTRAINTS = ("symmetric", "zero-sum", "sum-one")
SPACES = ("auto", "srgb", "linear")


@dataclass(frozen=True)
class Learning:
    """Say how weights are shared among channels, found, bound and rounded."""

    share: str | None = setting(
        None, "a kernel for each channel, or every channel of all", Optional(Choice(SHARES)),
        "one kernel for all channels, or one each, added up, to one map",
    )  # fmt: skip
    optimizer: str | None = setting(
        None, "how to descend", Optional(Choice(OPTIMIZERS)),
        "nesterov, or adam",
    )  # fmt: skip
    steps: int | None = setting(
        None,
        "steps at the most",
        Optional(Whole()),
        f"{MOST_STEPS}; {MOST_MINIBATCHES} where not linear",
    )
    l2: float = setting(0.0, "penalty on the sum of squared weights", Number(least=0))
    constrain: str | None = setting(
        None, "what the weights must be", Optional(Choice(CONSTRAINTS)), "nothing"
    )
    snap: bool = setting(False, "look for whole weights and one divisor", Truth())
    space: str = setting("auto", "numbers as stored, or linear light", Choice(SPACES))
    seed: int = setting(0, "of the random numbers where the shape is not linear", Whole(0))

    def __post_init__(self) -> None:
        read_settings(self)
