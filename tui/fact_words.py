"""Facts, verdicts and where they come from, in words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from textual.content import Content

from annotation.evidence import FactVerdict, JudgedFact, ValueRecord
from annotation.study import FactorValue
from annotation.validation.facts import SOURCE_COVERAGE
from profile_engine.extraction.plan import NUMBER_OF_FACTS
from profile_engine.taxonomy import Factor, Granularity, Method
from tui.fact_marks import (
    BAD,
    COUNTED_WHEN_NO,
    GOOD,
    UNKNOWN,
    FoundFact,
    ResponseFacts,
    verdict_glyph,
    verdict_word,
)
from tui.factor_rows import HAND_WRITTEN, shown_value
from tui.outside import OutsideText
from tui.sides import Glyph
from tui.wording import safe_name

Entry = FoundFact | ValueRecord
"""What can be selected: a fact, or a verdict on the response as a whole."""

NO_FACTS_YET: Final = "no facts yet: x on the Study screen finds them"

_LONGEST_FACT: Final = 400
_STYLES: Final = {GOOD: "$text-success", BAD: "$text-error", UNKNOWN: "$quiet"}


def entries(facts: ResponseFacts, factor: str, factors: Iterable[Factor]) -> tuple[Entry, ...]:
    """The facts behind a factor, why it has no value, and what was said of the response as a whole."""
    whole = {
        one.name
        for one in factors
        if one.method is Method.LLM and one.granularity is Granularity.RESPONSE and one.classes
    }
    behind = facts.behind(factor)
    why = _absence(facts, (factor,) if behind else (factor, NUMBER_OF_FACTS))
    said = (value for value in facts.evidence.values if value.stands and value.factor in whole)
    return (*behind, *([why] if why else []), *(value for value in said if value is not why))


def entry_line(entry: Entry, factor: str, titles: Mapping[str, str], width: int) -> Content:
    """An entry of the list: glyph, number and fact, and beneath it the verdicts."""
    if isinstance(entry, ValueRecord):
        said = OutsideText(entry.label or entry.reason or "").line(_LONGEST_FACT)
        title = titles.get(entry.factor, entry.factor)
        return _hanging(Content(f"  {UNKNOWN} "), Content.assemble((f"{title}: ", "$quiet"), said), width)
    glyph = fact_glyph(entry.fact, factor)
    head = Content.assemble((f"{glyph} ", _STYLES[glyph]), (f"{entry.number:>2} ", "bold"))
    lines = _hanging(head, OutsideText(entry.fact.text).line(_LONGEST_FACT), width)
    words = Content("  ").join(_verdict(verdict) for _, verdict in _ordered(entry.fact, factor))
    if not words:
        return lines
    last = lines.split("\n")[-1].cell_length
    room = width - last - words.cell_length
    return lines + (" " * room + words if room >= 2 else "\n" + " " * head.cell_length + words)  # noqa: PLR2004


def fact_glyph(fact: JudgedFact, factor: str) -> str:
    """What a factor's verdict says of a fact; of all verdicts the worst where it has none of its own."""
    own = fact.verdicts.get(factor)
    glyphs = {verdict_glyph(verdict) for verdict in ([own] if own else fact.verdicts.values())}
    return next((glyph for glyph in (BAD, GOOD) if glyph in glyphs), UNKNOWN)


def tally(found: Sequence[FoundFact], factor: str) -> str:
    """How many facts there are and how many the factor counts, such as `1 of 12 not supported`, if any."""
    verdicts = [fact.fact.verdicts[factor] for fact in found if factor in fact.fact.verdicts]
    of_source = "source " if factor == SOURCE_COVERAGE else ""
    noun = f"{of_source}fact" + ("s" if len(found) != 1 else "")
    if not found:
        return ""  # not to be told from facts that nobody knows
    if not verdicts:
        return f"{len(found)} {noun}"
    counted = "no" if verdicts[0].question in COUNTED_WHEN_NO else "yes"
    word = verdict_word(replace(verdicts[0], answer=counted))
    return f"{sum(verdict.answer == counted for verdict in verdicts)} of {len(found)} {noun} {word}"


def reasons(entry: Entry, facts: ResponseFacts, factor: str, titles: Mapping[str, str]) -> Content:
    """Every verdict on an entry with its justification, and which model, prompts and time it is of."""
    standing = {value.factor: value for value in facts.evidence.values if value.stands}
    if isinstance(entry, ValueRecord):
        return _whole_reason(entry, facts)
    blocks = [
        _reason(_named(titles.get(name, name), verdict), verdict.justification, standing.get(name))
        for name, verdict in _ordered(entry.fact, factor)
    ]
    return Content("\n").join(blocks or [Content.styled("no verdict on this fact yet", "$quiet")])


def _whole_reason(value: ValueRecord, facts: ResponseFacts) -> Content:
    """What a judge said of the response as a whole; of a value that failed what it said instead."""
    said = OutsideText(value.label or value.reason or "").line(_LONGEST_FACT)
    lines = [_reason(Content.styled(said.plain, "bold"), value.justification, value)]
    for reply in facts.evidence.unusable(value):
        lines += [Content.styled("It answered:", "$quiet"), OutsideText(reply.text).content()]
    return Content("\n").join(lines)


def heading(entry: Entry, titles: Mapping[str, str]) -> Content:
    """What stands over the reasons."""
    if isinstance(entry, ValueRecord):
        return Content(titles.get(entry.factor, entry.factor))
    return Content.assemble((f"{entry.number} ", "bold"), OutsideText(entry.fact.text).line(_LONGEST_FACT))


def _absence(facts: ResponseFacts, names: Iterable[str]) -> ValueRecord | None:
    """The first of some factors' values that there is not, for a reason."""
    standing = {value.factor: value for value in facts.evidence.values if value.stands}
    values = (standing[name] for name in names if name in standing)
    return next((value for value in values if value.value is None and value.reason), None)


def value_words(factor: Factor, value: FactorValue | None) -> str:
    """A factor's value, as the table of Pairs has it."""
    return "" if value is None else shown_value(factor, value)


def provenance(value: ValueRecord) -> str:
    """Which model found a value, by which prompts, and when."""
    who = f"{Glyph.MADE} by hand" if value.method == HAND_WRITTEN else value.method
    if value.model:
        answered = value.answered_by if value.answered_by not in (None, value.model) else None
        who = f"{Glyph.MODEL} {value.model}" + (f" (answered by {answered})" if answered else "")
    when = value.created.replace("T", " ").removesuffix("Z")
    version = f"version {value.version}" if value.version.isdecimal() else value.version
    return safe_name(f"{who} · {version} · {when} UTC")


def _named(title: str, verdict: FactVerdict) -> Content:
    glyph = verdict_glyph(verdict)
    return Content.assemble((f"{glyph} ", _STYLES[glyph]), (title, "bold"), f"  {verdict_word(verdict)}")


def _reason(said: Content, justification: str | None, value: ValueRecord | None) -> Content:
    lines = [said]
    if justification:
        lines += [OutsideText(justification).content()]
    if value is not None:
        lines += [
            Content.styled(note, "$quiet") for note in (*map(safe_name, value.notes), provenance(value))
        ]
    return Content("\n").join(lines)


def _verdict(verdict: FactVerdict) -> Content:
    glyph = verdict_glyph(verdict)
    return Content.assemble(
        (glyph, _STYLES[glyph]), (f" {verdict_word(verdict)}", "" if glyph == BAD else "$quiet")
    )


def _ordered(fact: JudgedFact, factor: str) -> Iterator[tuple[str, FactVerdict]]:
    """The verdicts, that of the factor first."""
    yield from ((name, verdict) for name, verdict in fact.verdicts.items() if name == factor)
    yield from ((name, verdict) for name, verdict in fact.verdicts.items() if name != factor)


def _hanging(head: Content, text: Content, width: int) -> Content:
    """Text behind a head, its other lines indented as far."""
    lines = text.wrap(max(width - head.cell_length, 8))
    indent = Content(" " * head.cell_length)
    return Content("\n").join([head + lines[0], *(indent + line for line in lines[1:])]) if lines else head
