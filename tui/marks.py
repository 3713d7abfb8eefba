"""What to light up in the texts: the words behind a factor, and the words in which two texts differ."""

import re
from dataclasses import dataclass
from typing import Final

from profile_engine.extraction.rules import NovelWordRule
from tui.outside import Mark, MarkStyle

_WORD: Final = re.compile(r"\w+(?:['’]\w+)*")


@dataclass(frozen=True, slots=True)
class PairMarks:
    """Marks of two texts that stand side by side."""

    first: tuple[Mark, ...] = ()
    second: tuple[Mark, ...] = ()


NO_MARKS: Final = PairMarks()


def novel_words(first: str, second: str, source: str, rule: NovelWordRule) -> PairMarks:
    """The words of each text that the source does not have."""
    return PairMarks(_novel(first, source, rule), _novel(second, source, rule))


def word_differences(first: str, second: str) -> PairMarks:
    """The words of each text that the other does not have, whatever their case and order."""
    return PairMarks(_missing_from(second, first), _missing_from(first, second))


def occurrences(wanted: str, text: str) -> tuple[Mark, ...]:
    """Where the searched text stands, case ignored."""
    if not wanted:
        return ()
    found = re.finditer(re.escape(wanted), text, re.IGNORECASE)
    return tuple(Mark(match.start(), match.end(), MarkStyle.FOUND) for match in found)


def _novel(output: str, source: str, rule: NovelWordRule) -> tuple[Mark, ...]:
    return tuple(Mark(span.start, span.end, MarkStyle.NOVEL) for span in rule.spans(output, source))


def _missing_from(other: str, text: str) -> tuple[Mark, ...]:
    theirs = {word.casefold() for word in _WORD.findall(other)}
    return tuple(
        Mark(word.start(), word.end(), MarkStyle.DIFFERENT)
        for word in _WORD.finditer(text)
        if word[0].casefold() not in theirs
    )
