"""Arithmetic with numbers of which only some digits are written: each is an interval."""

import math
import re

NUMBER = re.compile(r"(?<![\w.])(\d+)(?:\.(\d+))?(?:e([-+]?\d+))?")


class Interval:
    """Hold the lowest and the highest number that is meant."""

    def __init__(self, low, high):
        self.low, self.high = low, high

    def __add__(self, other):
        return Interval(self.low + other.low, self.high + other.high)

    def __neg__(self):
        return Interval(-self.high, -self.low)

    def __sub__(self, other):
        return self + -other

    def __mul__(self, other):
        ends = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
        return Interval(min(ends), max(ends))

    def __truediv__(self, other):
        if other.low <= 0 <= other.high:
            return Interval(-math.inf, math.inf)
        return self * Interval(1 / other.high, 1 / other.low)

    def __pow__(self, two):
        squares = [self.low**2, self.high**2]
        return Interval(0.0 if self.low <= 0 <= self.high else min(squares), max(squares))


def largest(*terms):
    return Interval(max(one.low for one in terms), max(one.high for one in terms))


def smallest(*terms):
    return -largest(*(-one for one in terms))


def root(term):
    return Interval(math.sqrt(max(term.low, 0)), math.sqrt(max(term.high, 0)))


def worked_out(text, loose):
    """Work out what is written; `loose` numbers may be off by half of their last digit."""

    def interval(found):
        number = float(found[0])
        half = 0.5 * 10.0 ** (int(found[3] or 0) - len(found[2] or "")) if loose and number else 0
        return f"Interval({number - 1.001 * half!r}, {number + 1.001 * half!r})"

    names = {"Interval": Interval, "max": largest, "min": smallest, "sqrt": root}
    code = NUMBER.sub(interval, text.replace("^2", "^")).replace("^", "**2")
    return eval(code, {"__builtins__": {}}, names)
