"""What can be wrong with a row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from annotation.errors import ImportFailure

NO_SUCH_FIELD: Final = "no such field"
"""What is found where a row has no field of that name."""

ONE_PERSON: Final = "one person's name (human stands for all people together)"
"""What is expected of an annotator's name."""

_SHOWN = 40


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was not taken: where it stands, which field, what was expected and found, what may help."""

    file: str
    line: int
    field: str
    expected: str
    found: str
    advice: str = ""

    def __str__(self) -> str:
        return (
            f"{self.file}, line {self.line}, field {self.field}: expected {self.expected}, found {self.found}"
        )


class BadValue(ImportFailure):
    """A value that a row cannot have; whoever knows the row turns it into a `BadRow`."""

    def __init__(self, field: str, expected: str, found: str, advice: str = "") -> None:
        super().__init__(f"field {field}: expected {expected}, found {found}")
        self.field = field
        self.expected = expected
        self.found = found
        self.advice = advice


class UnknownLabel(BadValue):
    """A label written in a way that has no meaning yet; `label_in` finds the label of any row."""

    def __init__(self, fault: BadValue, label_in: Callable[[Mapping[str, Any]], object]) -> None:
        super().__init__(fault.field, fault.expected, fault.found)
        self.label_in = label_in


def describe(value: object) -> str:
    """A value as a message names it: its kind, and itself where that is short."""
    match value:
        case None | bool():
            return "nothing" if value is None else str(value).lower()
        case int() | float():
            return f"the number {value}"
        case str():
            shown = value if len(value) <= _SHOWN else value[: _SHOWN - 1] + "…"
            return f"the text {shown!r}"
        case list() | tuple():
            return "a list"
        case dict():
            return "an object"
        case _:
            return f"a value of kind {type(value).__name__}"
