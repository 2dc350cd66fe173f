"""Random expressions: mostly ones that can be read, some that can not."""

from filterkit.filters.families import FAMILIES
from filterkit.filters.names import STEPS
from filterkit.settings import kinds
from filterkit.steps.convolve import Convolve
from fuzz.seeds import KERNELS

NAMES = (*sorted(path.stem for path in KERNELS.glob("*.toml")), *STEPS, "conv", "grey", "nope")
KEYS = {key for family in FAMILIES.values() for key in kinds(family)}
KEYS = (*sorted(KEYS | set(kinds(Convolve))), "kernel", "value", "kind", "nope")
WORDS = (
    "same", "valid", "zero", "wrap", "reflect", "sum", "keep", "l2", "max", "auto", "true", "no",
    "abs", "signed:0.5", "stretch", "clip:2", "l5e5", "zscore", "minmax", "edge", "dark", "1_0",
    "./a.toml", '"a b.npy"', '"x""y"', "nan", "inf", "é", "",
)  # fmt: skip
NUMBERS = (
    "0", "1", "2", "3", "5", "7", "-1", "0.5", "-.5", "1e3", "1e-9", "1e308", "1/3", "-2/7", "0/1",
    "4096", "4097", "99999999", "1e999", "3x3", "2X5", "0x0", "99999x99999", "+4", "1.", "1/0",
    "179.999", "0.1", "100", "1e16", "123456789012345678",
)  # fmt: skip


def expression(rng, depth=0):
    """Write a pipeline."""
    banks = [bank(rng, depth) for _ in range(rng.choice((1, 1, 1, 2, 3)))]
    return rng.choice((" | ", "|", "\n|\t")).join(banks)


def bank(rng, depth):
    return rng.choice((" & ", "&")).join(step(rng, depth) for _ in range(rng.choice((1, 1, 1, 2))))


def step(rng, depth):
    if depth < 4 and rng.random() < 0.15:
        return f"({expression(rng, depth + 1)})"
    what = matrix(rng) if rng.random() < 0.25 else rng.choice(NAMES)
    settings = [setting(rng, first=at == 0) for at in range(rng.choice((0, 0, 1, 1, 2, 3)))]
    return what + (":" + ",".join(settings) if settings else "")


def setting(rng, first):
    if first and rng.random() < 0.4:
        return value(rng)
    return f"{rng.choice(KEYS)}={value(rng)}"


def value(rng):
    chance = rng.random()
    if chance < 0.1:
        return "(" + ",".join(value(rng) for _ in range(rng.choice((1, 2, 3)))) + ")"
    if chance < 0.15:
        return matrix(rng)
    return rng.choice(NUMBERS if chance < 0.7 else WORDS)


def matrix(rng):
    rows, columns = rng.choice((1, 2, 3)), rng.choice((1, 2, 3))
    numbers = [[rng.choice(NUMBERS[:15]) for _ in range(columns)] for _ in range(rows)]
    if rng.random() < 0.1:
        numbers[0].append("1")
    if rng.random() < 0.7:
        return "[" + "; ".join(" ".join(row) for row in numbers) + "]"
    return "[" + ",".join("[" + ",".join(row) + "]" for row in numbers) + "]"
