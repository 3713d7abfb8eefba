"""What the judge is asked, factor by factor (PROFILE Appendix D.2, in our own words).

Three readings of Appendix D are settled here. Intent Alignment, where D.2.3 prints the Off Focus prompt
once more, asks of the response as a whole whether its intent is the source's. Formality Alignment, whose
third class has two names, is Aligned, Partially Aligned or Not Aligned. Source Coverage, for which there
is no prompt, is the Hallucination check turned round: facts of the source against the response.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Final

from profile_engine.taxonomy import FACTORS, Task


class Part(StrEnum):
    """A text that a judge may be shown."""

    INPUT = "input"
    SOURCE = "source"
    OUTPUT = "output"


class Statements(StrEnum):
    """Whose atomic facts are judged one by one."""

    OUTPUT = "output"
    SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One question to the judge.

    Attributes:
        factor: whose value follows from the answers.
        key: the question's name in answers and in evidence.
        question: as the judge reads it, without the choices.
        shows: what the judge is shown beside the statements.
        statements: asked of each of these facts; of the response as a whole where None.
        choices: what may be answered.
        counted: the answer whose share is the value, for a question asked of each fact.
        version: raised with every change of the question or of what it is shown with.
    """

    factor: str
    key: str
    question: str
    shows: tuple[Part, ...]
    statements: Statements | None = None
    choices: tuple[str, ...] = ("yes", "no")
    counted: str = "yes"
    version: str = "1"


@dataclass(frozen=True, slots=True)
class Wording:
    """What a task calls its texts; `together` names input and source where they are one text."""

    input: str
    source: str
    output: str
    together: str

    def name(self, part: Part) -> str:
        """What a part is called."""
        return {Part.INPUT: self.input, Part.SOURCE: self.source, Part.OUTPUT: self.output}[part]


WORDINGS: Final[Mapping[Task, Wording]] = MappingProxyType(
    {
        Task.SUMMARIZATION: Wording("post", "post", "summary", "post"),
        Task.HELPFUL_RESPONSE: Wording("question", "question", "answer", "question"),
        Task.DOCUMENT_QA: Wording("question", "reference", "answer", "question and reference"),
    }
)
"""Each task's names for its texts."""


_OFF_FOCUS: Final = """\
Is the statement related to the main focus of the {input}? The main focus is the core subject that \
everything else in the {input} revolves around. A true detail beside that subject is not related."""
_HALLUCINATION: Final = """\
Does the information in the statement match the {source}? Answer yes if the {source} says it, in whatever \
words; answer no if the statement brings in a detail that the {source} does not mention, or contradicts \
it. What you know from elsewhere does not count."""
_SOURCE_COVERAGE: Final = """\
The statements are facts of the {source}. Is the statement in the {output}? Answer yes if the {output} \
says it, in whatever words; answer no if the {output} leaves it out or contradicts it."""
_HELPFULNESS: Final = """\
Does the statement give helpful information that goes beyond what is directly necessary to answer the \
{input}? What the {input} itself rules out does not help."""
_MISINFORMATION: Final = """\
Does the statement contain potentially incorrect or misleading information? That includes assumptions \
about the person who asks; medical, legal or financial advice; conspiracy theories; and claims to have \
done, or to be about to do, something in the real world."""
_RECEPTIVENESS: Final = """\
Does the {output} clearly address what the {input} asks? First work out the core question or purpose of \
the {input}, then decide whether the {output} serves as a proper answer to it."""
_INTENT_ALIGNMENT: Final = """\
Is the intent of the {output} the same as the intent of the {source}? First work out what the {source} \
wants to achieve (to ask for advice, to tell what happened, to complain, to warn), then what the {output} \
wants to achieve. Wrong or missing details do not matter here."""
_FORMALITY_ALIGNMENT: Final = """\
Is the {output} as formal as the {source}? First work out for each whether it is formal or informal. \
Choose Aligned if they match perfectly, Partially Aligned if they are of the same kind but one is somewhat \
more formal than the other, and Not Aligned if they do not match. Judge the tone alone: wrong or missing \
details do not matter."""

_CLASSES: Final = MappingProxyType(
    {factor.name: tuple(label for label, _ in factor.classes) for factor in FACTORS.values()}
)
_TEMPLATES: Final = (
    Criterion("off_focus", "on_focus", _OFF_FOCUS, (Part.INPUT,), Statements.OUTPUT, counted="no"),
    Criterion("hallucination", "supported", _HALLUCINATION, (Part.SOURCE,), Statements.OUTPUT, counted="no"),
    Criterion("helpfulness", "helpful", _HELPFULNESS, (Part.INPUT,), Statements.OUTPUT),
    Criterion("misinformation", "misleading", _MISINFORMATION, (), Statements.OUTPUT),
    Criterion("source_coverage", "covered", _SOURCE_COVERAGE, (Part.OUTPUT,), Statements.SOURCE),
    *(
        Criterion(factor, factor, question, shows, choices=_CLASSES[factor])
        for factor, question, shows in (
            ("receptiveness", _RECEPTIVENESS, (Part.INPUT, Part.OUTPUT)),
            ("intent_alignment", _INTENT_ALIGNMENT, (Part.SOURCE, Part.OUTPUT)),
            ("formality_alignment", _FORMALITY_ALIGNMENT, (Part.SOURCE, Part.OUTPUT)),
        )
    ),
)


@cache
def criteria_of(task: Task) -> Mapping[str, Criterion]:
    """The task's questions by factor: all of the thirteen that an LLM judges, but Number Of Facts."""
    wording = WORDINGS[task]
    return MappingProxyType({template.factor: _worded(template, wording) for template in _TEMPLATES})


def _worded(template: Criterion, wording: Wording) -> Criterion:
    question = template.question.format(input=wording.input, source=wording.source, output=wording.output)
    return replace(template, question=question)
