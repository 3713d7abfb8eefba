"""Where the facts behind a response's values are said, and how they are marked in the texts."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from annotation.evidence import NAMES, FactVerdict, JudgedFact, ResponseEvidence, read_evidence
from annotation.study import Study
from annotation.validation.facts import SOURCE_COVERAGE
from profile_engine.extraction.facts import fact_spans
from profile_engine.extraction.plan import NUMBER_OF_FACTS
from profile_engine.extraction.rules import TextSpan
from profile_engine.taxonomy import Factor, Granularity
from tui.marks import PairMarks
from tui.outside import Mark, MarkStyle

GOOD: Final = "✓"
BAD: Final = "✗"
UNKNOWN: Final = "·"

_RAISED: Final = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_WORDS: Final = {
    "supported": ("supported", "not supported"),
    "on_focus": ("on focus", "off focus"),
    "helpful": ("helpful", "not helpful"),
    "misleading": ("misleading", "not misleading"),
    "covered": ("covered", "not covered"),
}
COUNTED_WHEN_NO: Final = frozenset({"supported", "on_focus"})
"""Questions whose factor is the share of facts answered no."""

_FAULTS: Final = frozenset({"misleading"})
"""Questions to which yes is what is wrong with a fact."""


@dataclass(frozen=True, slots=True)
class FoundFact:
    """A fact with its number among those of its text, and the passages that say it, for the eye."""

    number: int
    fact: JudgedFact
    in_response: TextSpan | None
    in_source: TextSpan | None


@dataclass(frozen=True, slots=True)
class ResponseFacts:
    """A response's evidence and its facts, and those of its source, as far as they are known."""

    evidence: ResponseEvidence
    own: tuple[FoundFact, ...]
    of_source: tuple[FoundFact, ...]

    def behind(self, factor: str) -> tuple[FoundFact, ...]:
        """The facts that a factor's value was made of; those of the response for other factors."""
        facts = self.of_source if factor == SOURCE_COVERAGE else self.own
        return tuple(found for found in facts if factor in found.fact.verdicts) or facts


@dataclass(frozen=True, slots=True)
class DeskMarks:
    """Marks of two responses and of their source."""

    responses: PairMarks
    source: tuple[Mark, ...]


def is_about_facts(factor: Factor) -> bool:
    """Whether the factor's value is made of facts."""
    return factor.granularity is Granularity.FACT or factor.name == NUMBER_OF_FACTS


def read_facts(study: Study, response_id: int) -> ResponseFacts:
    """Read what is known of a response and find its facts in the texts. Blocks."""
    evidence = read_evidence(study, response_id)
    return ResponseFacts(evidence, _find(evidence, evidence.facts), _find(evidence, evidence.source_facts))


def verdict_word(verdict: FactVerdict) -> str:
    """A verdict as people read it; the answer itself for a question of the study's own."""
    yes, no = _WORDS.get(verdict.question, ("yes", "no"))
    return yes if verdict.answer == "yes" else no


def verdict_glyph(verdict: FactVerdict | None) -> str:
    """Whether a verdict speaks for the fact, which is not the same as yes."""
    if verdict is None:
        return UNKNOWN
    return GOOD if (verdict.answer == "yes") is (verdict.question not in _FAULTS) else BAD


def mark_facts(left: ResponseFacts, right: ResponseFacts, factor: str) -> DeskMarks:
    """The facts behind a factor, in a pair's three texts."""
    responses = PairMarks(response_marks(left, factor), response_marks(right, factor))
    return DeskMarks(responses, source_marks(left, right, factor))


def response_marks(facts: ResponseFacts, factor: str) -> tuple[Mark, ...]:
    """The numbered facts where the response says them; of those of the source, the covered ones."""
    of_source = factor == SOURCE_COVERAGE
    said = [
        _Said(found.in_response, str(found.number), found.fact.verdicts.get(factor))
        for found in facts.behind(factor)
        if not of_source or is_covered(found)
    ]
    return tuple(_marks(said, MarkStyle.COVERED if of_source else MarkStyle.FACT))


def source_marks(left: ResponseFacts, right: ResponseFacts, factor: str) -> tuple[Mark, ...]:
    """What the responses cover of the source, and which of them does, numbered for Source Coverage."""
    covering = [[is_covered(found) for found in facts.behind(SOURCE_COVERAGE)] for facts in (left, right)]
    said = []
    for found, sides in zip(left.behind(SOURCE_COVERAGE), zip(*covering, strict=False), strict=False):
        who = "".join(letter for letter, covers in zip("ᴬᴮ", sides, strict=True) if covers)
        if who:
            number = str(found.number) if factor == SOURCE_COVERAGE else ""
            said.append(_Said(found.in_source, number + GOOD + who, None))
    return tuple(_marks(said, MarkStyle.COVERED))


def chosen_marks(
    chosen: FoundFact | None, left: ResponseFacts, right: ResponseFacts, *, at_left: bool, factor: str
) -> DeskMarks:
    """One fact lit in the texts: in the responses that say it, and in the source unless it is not there."""
    if chosen is None:
        return DeskMarks(PairMarks(), ())
    if factor == SOURCE_COVERAGE:
        here = [
            [
                found.in_response
                for found in facts.behind(factor)
                if _is_same(found, chosen) and is_covered(found)
            ]
            for facts in (left, right)
        ]
        return DeskMarks(PairMarks(*(_chosen(*spans) for spans in here)), _chosen(chosen.in_source))
    own = _chosen(chosen.in_response)
    supported = chosen.fact.verdicts.get(NAMES["supported"])
    source = () if verdict_glyph(supported) == BAD else _chosen(chosen.in_source)
    return DeskMarks(PairMarks(own, ()) if at_left else PairMarks((), own), source)


def is_covered(found: FoundFact) -> bool:
    """Whether a fact of the source is said in the response."""
    verdict = found.fact.verdicts.get(SOURCE_COVERAGE)
    return verdict is not None and verdict.answer == "yes"


def _find(evidence: ResponseEvidence, facts: Sequence[JudgedFact]) -> tuple[FoundFact, ...]:
    texts = [fact.text for fact in facts]
    found = zip(facts, fact_spans(evidence.text, texts), fact_spans(evidence.source, texts), strict=True)
    return tuple(FoundFact(number, *rest) for number, rest in enumerate(found, 1))


def _is_same(found: FoundFact, chosen: FoundFact) -> bool:
    return found.fact.text == chosen.fact.text


def _chosen(*spans: TextSpan | None) -> tuple[Mark, ...]:
    return tuple(Mark(span.start, span.end, MarkStyle.CHOSEN) for span in spans if span is not None)


@dataclass(frozen=True, slots=True)
class _Said:
    span: TextSpan | None
    name: str
    verdict: FactVerdict | None


def _marks(said: Iterable[_Said], style: MarkStyle) -> Iterator[Mark]:
    """A mark a passage; facts that begin at one word share a note."""
    by_start: dict[int, list[_Said]] = {}
    for one in said:
        if one.span is not None:
            by_start.setdefault(one.span.start, []).append(one)
    for start, here in by_start.items():
        note = "⁺".join(_note(one) for one in here)
        for place, one in enumerate(here):
            assert one.span is not None
            bad = verdict_glyph(one.verdict) == BAD
            yield Mark(start, one.span.end, MarkStyle.UNSUPPORTED if bad else style, "" if place else note)


def _note(said: _Said) -> str:
    bad = BAD if verdict_glyph(said.verdict) == BAD else ""
    return bad + said.name.translate(_RAISED)
