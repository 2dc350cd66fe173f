"""Every error a user of filterkit can meet, in one tree.

Each says in one sentence where it happened, what was seen and what would be right;
`advice` is what to try next. `code` is stable and stands in `--json`; the texts are not.

    FilterkitError
    ├── UsageError               usage             a command or function was called wrongly
    ├── FilterError              filter            the filter cannot be used as it is written
    │   ├── ExpressionError      expression        its text cannot be read
    │   ├── UnknownNameError     unknown-name      no filter of that name
    │   ├── SettingError         setting           a setting cannot have that value
    │   ├── FilterFileError      filter-file       a filter file is wrong
    │   └── ShapeError           shape             the members of a bank do not fit together
    ├── InputError               input             a picture cannot be used
    │   ├── NoSuchInputError     no-such-file
    │   ├── UnreadableInputError unreadable        truncated, corrupt or no picture at all
    │   ├── UnsupportedInputError unsupported      a kind of picture that is not read
    │   ├── TooLargeError        too-large         more pixels than allowed
    │   ├── TooSmallError        too-small         smaller than the window
    │   ├── ChannelsError        channels          its channels do not fit the kernel's
    │   ├── ExamplesError        examples          nothing can be learned from the pictures
    │   ├── OutOfMemoryError     out-of-memory     it needs more memory than there is
    │   ├── DecoderDiedError     crashed           the process that read it died
    │   └── DecoderHungError     timeout           it took longer than allowed
    ├── NothingMatchedError      nothing-matched
    ├── OutputError              output            a result cannot be written
    │   ├── OutputExistsError    exists
    │   ├── OutputIsInputError   output-is-input
    │   ├── OutputCollisionError collision         two results would have one name
    │   ├── CannotHoldError      cannot-hold       the format cannot hold the result
    │   ├── InUseError           in-use            another run writes to that folder
    │   └── UnwritableError      unwritable        permission, missing device, name too long
    │       └── DiskError        disk              the disk is full, or fails: nothing goes on
    └── ExtraMissingError        extra             an optional part is not installed
"""

from typing import Self


class FilterkitError(Exception):
    """Tell the user in one sentence what went wrong, and in `advice` what to try."""

    code = "error"

    def __init__(self, sentence: str, advice: str = "") -> None:
        super().__init__(sentence, advice)
        self.sentence = sentence
        self.advice = advice

    def __str__(self) -> str:
        return self.sentence


class UsageError(FilterkitError):
    """The command or function was called wrongly."""

    code = "usage"


class FilterError(FilterkitError):
    """The filter cannot be used as it is written.

    Where the place is known, the text of the filter is shown with a caret under `place`.
    """

    code = "filter"

    def __init__(
        self, sentence: str, advice: str = "", expression: str = "", place: int = 0
    ) -> None:
        super().__init__(sentence, advice)
        self.args = (sentence, advice, expression, place)
        self.expression = expression
        self.place = place

    def at(self, expression: str, place: int) -> Self:
        """Give the same error with its place, unless it has one already."""
        return (
            self if self.expression else type(self)(self.sentence, self.advice, expression, place)
        )

    def __str__(self) -> str:
        if not self.expression:
            return self.sentence
        start = self.expression.rfind("\n", 0, self.place) + 1
        line = self.expression[start:].split("\n", 1)[0]
        return f"{self.sentence}\n  {line}\n  {' ' * (self.place - start)}^"


class ExpressionError(FilterError):
    """The text of a filter cannot be read."""

    code = "expression"


class UnknownNameError(FilterError):
    """There is no filter of that name."""

    code = "unknown-name"


class SettingError(FilterError):
    """A setting cannot have that value."""

    code = "setting"


class FilterFileError(FilterError):
    """A filter file is wrong."""

    code = "filter-file"


class ShapeError(FilterError):
    """The members of a bank do not fit together."""

    code = "shape"


class InputError(FilterkitError):
    """A picture cannot be used."""

    code = "input"


class NoSuchInputError(InputError):
    """The picture is not there."""

    code = "no-such-file"


class UnreadableInputError(InputError):
    """The picture is truncated, corrupt, or no picture at all."""

    code = "unreadable"


class UnsupportedInputError(InputError):
    """That kind of picture is not read."""

    code = "unsupported"


class TooLargeError(InputError):
    """The picture has more pixels than allowed."""

    code = "too-large"


class TooSmallError(InputError):
    """The picture is smaller than the window."""

    code = "too-small"


class ChannelsError(InputError):
    """The picture's channels do not fit the kernel's."""

    code = "channels"


class ExamplesError(InputError):
    """Nothing can be learned from the pictures."""

    code = "examples"


class OutOfMemoryError(InputError):
    """The picture, or what is to be made of it, needs more memory than there is."""

    code = "out-of-memory"


class DecoderDiedError(InputError):
    """The process that read the picture died."""

    code = "crashed"


class DecoderHungError(InputError):
    """The picture took longer than allowed."""

    code = "timeout"


class NothingMatchedError(FilterkitError):
    """No picture was found."""

    code = "nothing-matched"


class OutputError(FilterkitError):
    """A result cannot be written."""

    code = "output"


class OutputExistsError(OutputError):
    """The output is there already."""

    code = "exists"


class OutputIsInputError(OutputError):
    """The output is the original."""

    code = "output-is-input"


class OutputCollisionError(OutputError):
    """Two results would have one name."""

    code = "collision"


class CannotHoldError(OutputError):
    """The output's format cannot hold the result."""

    code = "cannot-hold"


class UnwritableError(OutputError):
    """The output's place cannot be written to."""

    code = "unwritable"


class DiskError(UnwritableError):
    """The output's disk is full or fails, so that no other output can be written either."""

    code = "disk"


class InUseError(OutputError):
    """Another run writes to the outputs' folder."""

    code = "in-use"


class ExtraMissingError(FilterkitError):
    """An optional part is not installed."""

    code = "extra"
