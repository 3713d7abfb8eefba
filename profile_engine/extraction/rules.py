"""Rule-based factors: Length and Novel Words (PROFILE §3.2, Appendix D)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Final

RULES_VERSION: Final = "1"
"""Goes into the provenance of every rule-based value."""

NO_SOURCE: Final = "no source"
"""Why there is no value of a factor that compares a response with its source, whoever finds it."""

_NEITHER_WORD_NOR_SPACE: Final = re.compile(r"[^\w\s]+")
_WORD_IN_TOKEN: Final = re.compile(r"\w(?:\S*\w)?")
_SOURCES_AT_HAND: Final = 64


@dataclass(frozen=True, slots=True)
class NovelWords:
    """Unique stems of the output that the source does not have, of all its unique stems.

    `ratio` is None for an output without words.
    """

    novel: int
    of: int

    @property
    def ratio(self) -> float | None:
        """Share of the unique stems that are novel."""
        return self.novel / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class TextSpan:
    """Half-open range of character offsets in a text."""

    start: int
    end: int


def words(text: str) -> list[str]:
    """Drop what is neither a Unicode word character nor white space, then split on white space."""
    return _NEITHER_WORD_NOR_SPACE.sub("", text).split()


def length(text: str) -> int:
    """Number of words."""
    return len(words(text))


class _Stems(dict[str, str]):
    """Word -> stem of its lower case; a word is stemmed once, when it is first asked for."""

    def __init__(self) -> None:
        from nltk.stem.porter import PorterStemmer

        super().__init__()
        self._stemmer = PorterStemmer()

    def __missing__(self, word: str) -> str:
        lower = word.lower()
        stem: str = self[lower] if lower != word else self._stemmer.stem(word)
        self[word] = stem
        return stem


class NovelWordRule:
    """Novel Words with each distinct word stemmed once and each source's stems kept while it is at hand."""

    def __init__(self) -> None:
        self._stems: _Stems | None = None
        self._source_stems = lru_cache(_SOURCES_AT_HAND)(self._unique_stems)

    def measure(self, output: str, source: str) -> NovelWords:
        """Count the novel stems of an output."""
        stems = self._unique_stems(output)
        return NovelWords(len(stems - self._source_stems(source)), len(stems))

    def spans(self, output: str, source: str) -> tuple[TextSpan, ...]:
        """Where the novel words stand in the output, in order, without punctuation around them."""
        known, stems = self._source_stems(source), self._stem_of()
        return tuple(
            TextSpan(*token.span())
            for token in _WORD_IN_TOKEN.finditer(output)
            if stems[_NEITHER_WORD_NOR_SPACE.sub("", token[0])] not in known
        )

    def _unique_stems(self, text: str) -> frozenset[str]:
        return frozenset(map(self._stem_of().__getitem__, set(words(text))))

    def _stem_of(self) -> _Stems:
        if self._stems is None:
            self._stems = _Stems()
        return self._stems


@dataclass(frozen=True, slots=True)
class RuleValue:
    """What a rule found.

    Attributes:
        value: None where the response has no value.
        reason: why not, readable.
        detail: counts behind the value, by name.
    """

    value: float | None
    reason: str | None = None
    detail: Mapping[str, int] = field(default_factory=dict)


Rule = Callable[[str, str | None], RuleValue]
"""(output, source) -> value; the source is None or empty where there is none."""


def extract_length(output: str, source: str | None) -> RuleValue:  # noqa: ARG001 - one signature for all rules
    """Length: the number of words, 0 for an empty response."""
    return RuleValue(float(length(output)))


_NOVEL_WORDS: Final = NovelWordRule()


def extract_novel_words(output: str, source: str | None) -> RuleValue:
    """Novel Words: the ratio, with the counts `novel` and `of` as detail."""
    if not source or source.isspace():
        return RuleValue(None, NO_SOURCE)
    found = _NOVEL_WORDS.measure(output, source)
    reason = None if found.of else "the response has no words"
    return RuleValue(found.ratio, reason, {"novel": found.novel, "of": found.of})


RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {"length": extract_length, "novel_words": extract_novel_words}
)
"""Every factor that is found by a rule."""
