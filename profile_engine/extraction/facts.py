"""Where in a text an atomic fact is said."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from profile_engine.extraction.rules import TextSpan

_WORD: Final = re.compile(r"\w+(?:['’]\w+)*")
_ENDING: Final = re.compile(r"(?:['’]s?|(?<=\w{3})(?:ings?|ed|es|s|e|ly))$")
_FILLING: Final = frozenset(
    """
    a an and are as at be been but by can do does for from had has have he her his i in is it its me my not
    of on or our she so that the their them there they this to was we were what when which who will with
    would you your asks say says wants writer author poster person someone something user
    """.split()  # noqa: SIM905 - a list of 70 strings is no easier to read
)

_FILLING_WEIGHT: Final = 0.2
_STRANGER_COST: Final = 0.35
_SHORTEST_WITH_ENDING: Final = 4
_LEAST_SHARE: Final = 1 / 3


@dataclass(frozen=True, slots=True)
class _Word:
    stem: str
    span: TextSpan

    @property
    def weight(self) -> float:
        return _FILLING_WEIGHT if self.stem in _FILLING else 1.0


def fact_spans(text: str, facts: Sequence[str]) -> tuple[TextSpan | None, ...]:
    """Find each fact in a text, for the eye: the stretch of words that shares most with it.

    A fact is a paraphrase, so this is a guess by words alone; None where less than a third of what the
    fact says, its filling words aside, stands in any one place.
    """
    words = list(_words(text))
    often = Counter(word.stem for word in words)
    return tuple(_find(words, often, list(_words(fact))) for fact in facts)


def _words(text: str) -> Iterator[_Word]:
    for match in _WORD.finditer(text):
        word = match[0].casefold()
        stem = (
            word if word in _FILLING or len(word) < _SHORTEST_WITH_ENDING else _ENDING.sub("", word) or word
        )
        yield _Word(stem, TextSpan(*match.span()))


def _find(words: Sequence[_Word], often: Counter[str], fact: Sequence[_Word]) -> TextSpan | None:
    wanted = {word.stem: word.weight for word in fact}
    # A word that the text says over and over tells little about the place.
    gains = [
        wanted[word.stem] / often[word.stem] ** 0.5 if word.stem in wanted else -_STRANGER_COST * word.weight
        for word in words
    ]
    first, end = _best_stretch(gains)
    while first < end and words[end - 1].stem in _FILLING:
        end -= 1
    while first < end and words[first].stem in _FILLING:
        first += 1
    found = {word.stem for word in words[first:end]} & wanted.keys()
    share = sum(wanted[stem] for stem in found) / (sum(wanted.values()) or 1.0)
    return TextSpan(words[first].span.start, words[end - 1].span.end) if share >= _LEAST_SHARE else None


def _best_stretch(gains: Sequence[float]) -> tuple[int, int]:
    """The half-open range with the greatest sum (Kadane); empty where no gain is positive."""
    best = total = 0.0
    stretch, start = (0, 0), 0
    for position, gain in enumerate(gains):
        if total <= 0:
            total, start = 0.0, position
        total += gain
        if total > best:
            best, stretch = total, (start, position + 1)
    return stretch
