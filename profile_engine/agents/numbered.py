"""Texts by their numbers, out of whatever form a model gave them: read leniently, never guessed."""

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from profile_engine.extraction.structured import THOUGHTS, UnreadableJSONError, json_values

_NOUN: Final = r"(?:summary|response|answer)"
_BEGIN: Final = r"^[ \t#>*_(\[-]*+"
_END: Final = r"[ \t*_]*+(?:\([^()\n]{0,60}\))?[ \t*_]*+(?:[)\]]|[:.–—-]|$)[:)\]*_]*+[ \t]*"
_MARKS: Final = tuple(
    re.compile(pattern, re.IGNORECASE | re.MULTILINE)
    for pattern in (
        # The form that PROFILE E.1.1 asks some models for; it may stand within a line.
        rf"\bscore[ \t]+(\d+)[ \t]+{_NOUN}\**[ \t]*:\**",
        # As in "Score 2:", "**Score: 2/5**", "### Summary (score 2)" or "Response with a score of 2 -".
        rf"{_BEGIN}(?:{_NOUN}[ \t]+(?:with|for|of|at)?[ \t]*(?:an?|the)?[ \t]*\(?)?(?:score|rating)"
        rf"[ \t]*(?:of|=|:|\#|-)?[ \t*]*(\d+)(?:[ \t]*/[ \t]*\d+)?[ \t]*{_NOUN}?{_END}",
        # As in "Summary 2:" or "**Response #2**".
        rf"{_BEGIN}{_NOUN}[ \t]*(?:number|no\.?|\#)?[ \t]*(\d+){_END}",
    )
)
"""How a text begins in prose; the first kind that occurs in a reply is the one that counts."""

_LABEL: Final = re.compile(rf"\A[ \t*_]*(?:{_NOUN}|text)[ \t*_]*:[ \t*_]*", re.IGNORECASE)
_RULE: Final = re.compile(r"\n[ \t]*[-*_]{3,}[ \t]*\Z")
_NUMBER: Final = re.compile(r"\s*(?:score\s*)?(\d+)(?:\s*/\s*\d+)?\s*", re.IGNORECASE)
_KEY: Final = re.compile(rf"[\W_]*(?:score|{_NOUN})?[\W_]*(\d+)[\W_]*{_NOUN}?[\W_]*", re.IGNORECASE)
_NUMBER_KEYS: Final = ("score", "number", "rating")
_TEXT_KEYS: Final = ("text", "summary", "response", "answer", "content")

_Entry = tuple[int | None, str]


@dataclass(frozen=True, slots=True)
class Numbered:
    """Texts by number, and why there is none, by number."""

    texts: Mapping[int, str]
    reasons: Mapping[int, str]


def read_numbered(
    text: str, numbers: Collection[int], *, cut: bool = False, in_order: bool = False
) -> Numbered:
    """Read a reply that holds a text for each of some numbers.

    A number that is given twice with different texts has none, and a reply that has numbers which were not
    asked for has none at all, since nobody knows how it counts.

    Args:
        text: the reply.
        numbers: what was asked for.
        cut: whether the reply broke off: the last text is then not whole.
        in_order: whether a list without numbers will do, since the order means nothing.
    """
    text = THOUGHTS.sub("", text)
    entries = list(_from_json(text)) or list(_from_prose(text, cut))
    if in_order and len(entries) == len(numbers) and all(number is None for number, _ in entries):
        entries = [(number, one) for number, (_, one) in zip(sorted(numbers), entries, strict=True)]
    given: defaultdict[int, set[str]] = defaultdict(set)
    for number, one in entries:
        if number is not None and one.strip():
            given[number].add(one.strip())
    strange = sorted(given.keys() - set(numbers))
    if strange:
        why = f"the answer has numbers that were not asked for: {', '.join(map(str, strange[:10]))}"
        return Numbered({}, dict.fromkeys(numbers, why))
    texts = {number: next(iter(ones)) for number, ones in sorted(given.items()) if len(ones) == 1}
    missing = "the answer leaves it out" if given else "the answer holds no numbered texts"
    reasons = {
        number: "the answer has several different texts for it" if number in given else missing
        for number in numbers
        if number not in texts
    }
    return Numbered(texts, reasons)


def _from_json(text: str) -> Iterator[_Entry]:
    try:
        for value in json_values(text, []):
            yield from _entries(value)
    except UnreadableJSONError:
        for value in _whole_objects(text):
            yield from _entries(value)


def _whole_objects(text: str) -> Iterator[Any]:
    """The objects that are complete within JSON that is broken or cut off."""
    decoder, position = json.JSONDecoder(strict=False), 0
    while (start := text.find("{", position)) >= 0:
        try:
            value, position = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            position = start + 1
        else:
            yield value


def _entries(value: object, depth: int = 3) -> Iterator[_Entry]:
    if isinstance(value, str):
        yield None, value
    elif isinstance(value, list) and depth:
        for one in value:
            yield from _entries(one, depth - 1)
    elif isinstance(value, dict):
        text = next((value[key] for key in _TEXT_KEYS if isinstance(value.get(key), str)), None)
        if text is not None:
            yield next((_number(value[key]) for key in _NUMBER_KEYS if key in value), None), text
        elif depth:
            for key, one in value.items():
                yield from _member(key, one, depth - 1)


def _member(key: str, value: object, depth: int) -> Iterator[_Entry]:
    """An object may have the numbers as its keys."""
    numbered = _KEY.fullmatch(key)
    if numbered is None:
        yield from () if isinstance(value, str) else _entries(value, depth)
    else:
        yield from ((int(numbered[1]), text) for _, text in _entries(value, depth))


def _number(value: object) -> int | None:
    if isinstance(value, str) and (found := _NUMBER.fullmatch(value)):
        return int(found[1])
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if float(value).is_integer() else None


def _from_prose(text: str, cut: bool) -> Iterator[_Entry]:
    marks = next((found for mark in _MARKS if (found := list(mark.finditer(text)))), [])
    ends = [*(mark.start() for mark in marks), len(text)][1:]
    for mark, end in zip(marks, ends, strict=False):
        if cut and end == len(text):
            return
        one = _RULE.sub("", text[mark.end() : end].strip())
        yield int(mark[1]), without_label(one)


def without_label(text: str) -> str:
    """A text without a heading such as `Summary:` before it."""
    return _LABEL.sub("", text.strip())
