"""Finding a field in a row and reading it as a text, a number or a side."""

import json
import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from enum import Enum
from typing import Any, Final

from annotation.importers.faults import NO_SUCH_FIELD, ONE_PERSON, BadValue, describe
from profile_engine.preferences import Preference, annotator_fault

Record = Mapping[str, Any]


class Absence(Enum):
    """Stands for a field that a row does not have, which is not the same as null."""

    ABSENT = "absent"


ABSENT: Final = Absence.ABSENT
EVERY: Final = "*"
"""The step of a path that takes every element of a list."""

_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d*)?", re.ASCII)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class FieldPath:
    """A dotted path into a row: `summaries.0.text`, `quotes.extract.*`; a whole key with dots goes first."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._steps = text.split(".")

    def get(self, record: Record) -> object:
        """The value at the path, ABSENT where the row has none."""
        value = record.get(self.text, ABSENT)
        if value is ABSENT and len(self._steps) > 1:
            value = _walk(record, self._steps)
        return value


def _walk(value: object, steps: Sequence[str]) -> object:
    for number, step in enumerate(steps):
        if step == EVERY and isinstance(value, list):
            rest = steps[number + 1 :]
            found = (_walk(element, rest) for element in value)
            return [element for element in found if element is not ABSENT]
        if isinstance(value, Mapping):
            value = value.get(step, ABSENT)
        elif isinstance(value, list) and step.isdecimal() and step.isascii():
            value = value[int(step)] if int(step) < len(value) else ABSENT
        else:
            return ABSENT
        if value is ABSENT:
            return ABSENT
    return value


class Oddity(Enum):
    """What is no error but worth a count."""

    SCALAR = "a number, true or false where a text belongs"
    REPAIRED = "a text with a NUL or half a surrogate pair, which no database stores"
    EMPTY = "a response without a word"
    HUMAN_TIE = "a label that calls the pair a tie, left out"


class Reading:
    """Reads values of one row after another and counts what is odd about them."""

    def __init__(self) -> None:
        self.counts: Counter[Oddity] = Counter()

    def text(self, value: object, field: str, what: str = "text") -> str:
        """A text; a scalar is taken as its JSON text."""
        if isinstance(value, str):
            return self.storable(value)
        if isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
            self.counts[Oddity.SCALAR] += 1
            return json.dumps(value)
        raise BadValue(field, what, _found(value))

    def optional_text(self, value: object, field: str) -> str | None:
        """A text, None where there is none or nothing but space."""
        if value is ABSENT or value is None or (isinstance(value, str) and not value.strip()):
            return None
        if isinstance(value, float) and math.isnan(value):
            return None
        if isinstance(value, str):
            return self.storable(value)
        if isinstance(value, bool | int | float):
            return json.dumps(value)
        raise BadValue(field, "text", _found(value))

    def name(self, value: object, field: str) -> str:
        """A text that names somebody or something; a scalar is taken as its JSON text."""
        name = self.optional_text(value, field)
        if name is None:
            raise BadValue(field, "a name", _found(value))
        return name

    def storable_within(self, value: object, field: str = "") -> object:
        """A JSON value with every text in it storable; raises BadValue for what is no finite number."""
        match value:
            case str():
                return self.storable(value)
            case dict():
                return {
                    self.storable(key): self.storable_within(content, f"{field}.{key}".lstrip("."))
                    for key, content in value.items()
                }
            case list():
                return [
                    self.storable_within(element, f"{field}.{index}") for index, element in enumerate(value)
                ]
            case float() if not math.isfinite(value):
                raise BadValue(field, "a finite number", describe(value))
            case _:
                return value

    def storable(self, text: str) -> str:
        """The text with every NUL and half surrogate pair replaced by U+FFFD."""
        if text.isascii():
            if "\x00" not in text:
                return text
        elif not _UNSTORABLE.search(text):
            return text
        self.counts[Oddity.REPAIRED] += 1
        return _UNSTORABLE.sub("\ufffd", text)


def number(value: object, field: str) -> float | None:
    """A finite number, None where there is none; a text that is one counts, as in CSV."""
    if value is ABSENT or value is None or value == "":
        return None
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            raise BadValue(field, "a number", describe(value)) from None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadValue(field, "a number", _found(value))
    if isinstance(value, float) and math.isnan(value):
        return None
    try:
        as_float = float(value)
    except OverflowError:
        as_float = math.inf
    if math.isinf(as_float):
        raise BadValue(field, "a finite number", describe(value)[:40])
    return as_float


def require_person(name: str | None, field: str) -> None:
    """Raise BadValue for a name that no annotator can have."""
    if name is not None and annotator_fault(name):
        raise BadValue(field, ONE_PERSON, describe(name))


def needed_number(value: object, field: str) -> float:
    """A finite number that must be there."""
    found = number(value, field)
    if found is None:
        raise BadValue(field, "a number", _found(value))
    return found


def raw_name(value: object) -> str | None:
    """How a value is written in a table of values: 1.0 and 1 are "1", true is "true"; None for no value."""
    match value:
        case bool():
            return str(value).lower()
        case float() if math.isnan(value):
            return None
        case float() if value.is_integer():
            return str(int(value))
        case int() | float():
            return str(value)
        case str():
            return value.strip() or None
        case _:
            return None


def side(value: object, field: str, values: Mapping[str, Preference]) -> Preference | None:
    """Which response a value prefers; None for null and empty."""
    name = raw_name(value)
    if name is None and (value is None or isinstance(value, str | float)):
        return None
    known = None if name is None else written_as(name, values)
    if known is None:
        expected = f"one of {', '.join(values)}"
        raise BadValue(field, expected, _found(value))
    return values[known]


def written_as(name: str, known: Collection[str]) -> str | None:
    """The known value that a raw name is: itself, or the same number, since tables write 1 as 1.0, too."""
    if name in known:
        return name
    number = _as_number(name)
    return None if number is None else next((one for one in known if _as_number(one) == number), None)


def _as_number(name: str) -> float | None:
    return float(name) if _NUMBER.fullmatch(name) else None


def compared(left: float, right: float) -> Preference:
    """The response with the higher number is preferred."""
    return Preference((left > right) - (left < right))


def _found(value: object) -> str:
    return NO_SUCH_FIELD if value is ABSENT else describe(value)
