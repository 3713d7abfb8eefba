"""Numbers and wrong values in words, the same wherever the study speaks."""

from collections.abc import Iterator
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

_TAGS: Final = frozenset({"pairs", "responses"})
_FIELD_SPECS: Final = frozenset({"str", "First", "Split"})
_MOST_TOLD: Final = 6
_WORDS: Final = MappingProxyType(
    {
        "missing": "missing",
        "extra_forbidden": "unknown key",
        "bool_type": "expected true or false",
        "bool_parsing": "expected true or false",
        "int_type": "expected a whole number",
        "int_parsing": "expected a whole number",
        "int_from_float": "expected a whole number",
        "int_parsing_size": "expected a smaller number",
        "float_type": "expected a number",
        "float_parsing": "expected a number",
        "finite_number": "expected a finite number",
        "greater_than": "expected a number above {gt:g}",
        "greater_than_equal": "expected a number from {ge:g} up",
        "less_than_equal": "expected a number up to {le:g}",
        "string_type": "expected text",
        "string_too_short": "expected text, not an empty one",
        "too_short": "expected one at least",
        "dict_type": "expected a table",
        "model_type": "expected a table",
        "model_attributes_type": "expected a table",
        "list_type": "expected a list",
        "tuple_type": "expected a list",
        "literal_error": "expected {expected}",
        "enum": "expected {expected}",
        "union_tag_invalid": "expected {expected_tags}",
        "union_tag_not_found": "its {discriminator} is missing",
    }
)
"""What is wrong, by pydantic's name of the error."""


def counted(number: int, thing: str) -> str:
    """How many there are of something that takes an s: `1 row`, `2,997 labels`."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def people(number: int) -> str:
    """How many people: `1 person`, `1,200 people`."""
    return f"{number:,} {'person' if number == 1 else 'people'}"


def wrong_keys(error: "ValidationError", whole: str = "the file") -> str:
    """Every key that is wrong, and why: `key source: missing; key lft: unknown key`."""
    told: dict[str, str] = {}
    for problem in error.errors(include_url=False):
        key, said = _place(problem, whole), what_is_wrong(problem)
        told.setdefault(key, "expected the name of a field" if _is_field_spec(problem) else said)
    said_of = [f"key {key}: {said}" for key, said in told.items()]
    more = [f"and {len(said_of) - _MOST_TOLD} more"] if len(said_of) > _MOST_TOLD else []
    return "; ".join([*said_of[:_MOST_TOLD], *more])


def what_is_wrong(problem: "ErrorDetails") -> str:
    """One thing that pydantic refuses, in plain words."""
    context: dict[str, Any] = problem.get("ctx", {})
    if "error" in context:
        return str(context["error"])
    words = _WORDS.get(problem["type"])
    return words.format_map(context) if words else " ".join(problem["msg"].lower().split())


def _place(problem: "ErrorDetails", whole: str) -> str:
    return ".".join(_key_parts(problem)) or whole


def _key_parts(problem: "ErrorDetails") -> Iterator[str]:
    """The way to the key; the tags of the mapping's layouts and a field's ways to be named are no keys."""
    for part in problem["loc"]:
        if part in _FIELD_SPECS:
            return
        if part not in _TAGS:
            yield str(part)


def _is_field_spec(problem: "ErrorDetails") -> bool:
    return not _FIELD_SPECS.isdisjoint(problem["loc"])
