"""Reading a text from left to right: signs, quoted texts and numbers, and errors with a place."""

import math
import re
from typing import TYPE_CHECKING

from filterkit.errors import ExpressionError

if TYPE_CHECKING:
    from fractions import Fraction


class Scanner:
    """Stand at a place in a text and move on."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def finish(self) -> None:
        """Insist that the text ends here."""
        self.space()
        if self.at < len(self.text):
            wrong = self.text[self.at]
            if wrong == ")":
                raise self.error("this parenthesis was never opened.")
            raise self.error(f"expected | or & between two steps, before '{self.glimpse()}'.")

    def error(self, sentence: str, place: int | None = None, advice: str = "") -> ExpressionError:
        """Make an error at a place, by default this one."""
        return ExpressionError(
            sentence, advice, self.text or " ", self.at if place is None else place
        )

    def glimpse(self) -> str:
        """Give the next word or sign, for a message."""
        found = re.match(r"[^\s,|&()\[\]:]{1,30}|.", self.text[self.at :], re.DOTALL)
        return found.group() if found else ""

    def space(self) -> None:
        """Skip white space."""
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def takes(self, sign: str) -> bool:
        """Skip white space and, where it comes next, a sign."""
        self.space()
        if self.text[self.at : self.at + 1] != sign:
            return False
        self.at += 1
        return True

    def quoted(self) -> str:
        """Read a text in double quotes; a doubled quote stands for one."""
        found = re.compile(r'"((?:[^"]|"")*)"').match(self.text, self.at)
        if not found:
            raise self.error("the quotation mark here is never closed.")
        if not found.group(1):
            raise self.error("there is nothing between the quotation marks.")
        self.at = found.end()
        return found.group(1).replace('""', '"')

    def whole(self, digits: str, place: int) -> int:
        """Make a whole number of digits, within reason."""
        if len(digits) > 15:
            raise self.error("that number is too large.", place)
        return int(digits)

    def number(self, word: str, place: int) -> "float | Fraction":
        """Make a number of a word that looks like one: an int, a float or a fraction."""
        if "/" in word:
            above, below = (self.number(part, place) for part in word.split("/"))
            if below == 0:
                raise self.error("a fraction cannot be divided by 0.", place)
            if isinstance(above, int) and isinstance(below, int):
                from fractions import Fraction

                fraction = Fraction(above, below)
                return fraction if fraction.denominator > 1 else fraction.numerator
            return above / below
        if re.fullmatch(r"[+-]?[0-9]{1,15}", word):
            return int(word)
        number = float(word)
        if not math.isfinite(number):
            raise self.error("that number is too large.", place)
        return int(number) if number == int(number) and abs(number) < 1e15 else number
