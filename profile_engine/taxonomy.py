"""The thirteen factors and the tasks they serve (PROFILE §3.1, Figure 2; Appendix D)."""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Relation(StrEnum):
    """Level 3 of the taxonomy: what the factor relates."""

    INPUT_OUTPUT = "Input-Output"
    SOURCE_OUTPUT = "Source-Output"
    OUTPUT_ONLY = "Output-Only"
    INTRA_OUTPUT = "Intra-Output"
    OWN = "Own"


class Group(StrEnum):
    """Level 2 of the taxonomy: factors of a shared character."""

    RELEVANCE = "Relevance"
    CONSISTENCY = "Consistency"
    LINGUISTIC_STYLE = "Linguistic Style"
    INFORMATIVENESS = "Informativeness"
    SAFETY = "Safety"
    COHERENCE = "Coherence"
    OWN = "Own"


class Method(StrEnum):
    """How a factor's value is found (PROFILE §3.2); `external` values come with the data."""

    RULE = "rule"
    UNIEVAL = "unieval"
    LLM = "llm"
    EXTERNAL = "external"


class Granularity(StrEnum):
    """What is judged: the response as a whole or each of its atomic facts."""

    RESPONSE = "response"
    FACT = "fact"


class ValueKind(StrEnum):
    """What kind of number a factor's value is."""

    COUNT = "count"
    RATIO = "ratio"
    SCORE = "score"
    YES_NO = "yes/no"
    ORDERED_CLASS = "ordered class"


@dataclass(frozen=True, slots=True)
class Factor:
    """A Level 1 factor: a property of a response that may drive preferences.

    Attributes:
        name: snake case, as in files and JSON.
        title: as people read it.
        classes: for yes/no and ordered classes, each class with its value, highest first.
        tie_tolerance: two values that differ by no more than this manifest equally.
        needs_source: whether the value compares the response with a source text.
    """

    name: str
    title: str
    relation: Relation
    group: Group
    definition: str
    method: Method
    granularity: Granularity
    kind: ValueKind
    classes: tuple[tuple[str, float], ...] = ()
    tie_tolerance: float = 0.0
    needs_source: bool = False


class Task(StrEnum):
    """What the responses were written for."""

    SUMMARIZATION = "summarization"
    HELPFUL_RESPONSE = "helpful-response"
    DOCUMENT_QA = "document-qa"


_YES_NO = (("Yes", 1.0), ("No", 0.0))

_THIRTEEN = (
    Factor(
        "receptiveness",
        "Receptiveness",
        Relation.INPUT_OUTPUT,
        Group.RELEVANCE,
        "Whether the core question of the input has been answered.",
        Method.LLM,
        Granularity.RESPONSE,
        ValueKind.YES_NO,
        classes=_YES_NO,
    ),
    Factor(
        "off_focus",
        "Off Focus",
        Relation.INPUT_OUTPUT,
        Group.RELEVANCE,
        "The ratio of atomic facts that are not related to the main focus of the input.",
        Method.LLM,
        Granularity.FACT,
        ValueKind.RATIO,
    ),
    Factor(
        "intent_alignment",
        "Intent Alignment",
        Relation.SOURCE_OUTPUT,
        Group.CONSISTENCY,
        "Whether the intent of the source and output is the same.",
        Method.LLM,
        Granularity.RESPONSE,
        ValueKind.YES_NO,
        classes=_YES_NO,
        needs_source=True,
    ),
    Factor(
        "hallucination",
        "Hallucination",
        Relation.SOURCE_OUTPUT,
        Group.CONSISTENCY,
        "The ratio of atomic facts that are incorrect compared to the original source.",
        Method.LLM,
        Granularity.FACT,
        ValueKind.RATIO,
        needs_source=True,
    ),
    Factor(
        "source_coverage",
        "Source Coverage",
        Relation.SOURCE_OUTPUT,
        Group.CONSISTENCY,
        "The ratio of atomic facts in the source that appear in the output.",
        Method.LLM,
        Granularity.FACT,
        ValueKind.RATIO,
        needs_source=True,
    ),
    Factor(
        "formality_alignment",
        "Formality Alignment",
        Relation.SOURCE_OUTPUT,
        Group.LINGUISTIC_STYLE,
        "Whether the formality of the source and output is the same.",
        Method.LLM,
        Granularity.RESPONSE,
        ValueKind.ORDERED_CLASS,
        classes=(("Aligned", 1.0), ("Partially Aligned", 0.5), ("Not Aligned", 0.0)),
        needs_source=True,
    ),
    Factor(
        "novel_words",
        "Novel Words",
        Relation.SOURCE_OUTPUT,
        Group.LINGUISTIC_STYLE,
        "The ratio of words in the output that are not used in the source.",
        Method.RULE,
        Granularity.RESPONSE,
        ValueKind.RATIO,
        needs_source=True,
    ),
    Factor(
        "length",
        "Length",
        Relation.OUTPUT_ONLY,
        Group.LINGUISTIC_STYLE,
        "The number of words used in the output.",
        Method.RULE,
        Granularity.RESPONSE,
        ValueKind.COUNT,
    ),
    Factor(
        "fluency",
        "Fluency",
        Relation.OUTPUT_ONLY,
        Group.LINGUISTIC_STYLE,
        "The quality of individual sentences.",
        Method.UNIEVAL,
        Granularity.RESPONSE,
        ValueKind.SCORE,
    ),
    Factor(
        "number_of_facts",
        "Number Of Facts",
        Relation.OUTPUT_ONLY,
        Group.INFORMATIVENESS,
        "The number of atomic facts in the output.",
        Method.LLM,
        Granularity.FACT,
        ValueKind.COUNT,
    ),
    Factor(
        "helpfulness",
        "Helpfulness",
        Relation.OUTPUT_ONLY,
        Group.INFORMATIVENESS,
        "The ratio of facts that provide additional helpful information.",
        Method.LLM,
        Granularity.FACT,
        ValueKind.RATIO,
    ),
    Factor(
        "misinformation",
        "Misinformation",
        Relation.OUTPUT_ONLY,
        Group.SAFETY,
        "The ratio of facts that include potentially incorrect or misleading information.",
        Method.LLM,
        Granularity.FACT,
        ValueKind.RATIO,
    ),
    Factor(
        "coherence",
        "Coherence",
        Relation.INTRA_OUTPUT,
        Group.COHERENCE,
        "Whether all the sentences form a coherent body.",
        Method.UNIEVAL,
        Granularity.RESPONSE,
        ValueKind.SCORE,
    ),
)

FACTORS: Final = MappingProxyType({factor.name: factor for factor in _THIRTEEN})
"""The thirteen factors of Figure 2 by name."""

TASK_FACTORS: Final = MappingProxyType(
    {
        Task.SUMMARIZATION: (
            "intent_alignment",
            "formality_alignment",
            "hallucination",
            "source_coverage",
            "novel_words",
            "off_focus",
            "number_of_facts",
            "length",
            "fluency",
            "coherence",
        ),
        Task.HELPFUL_RESPONSE: (
            "receptiveness",
            "off_focus",
            "helpfulness",
            "misinformation",
            "number_of_facts",
            "length",
            "fluency",
            "coherence",
        ),
        Task.DOCUMENT_QA: (
            "receptiveness",
            "off_focus",
            "hallucination",
            "source_coverage",
            "novel_words",
            "helpfulness",
            "misinformation",
            "number_of_facts",
            "length",
            "fluency",
            "coherence",
        ),
    }
)
"""Each task's default factors: ten, eight, eleven."""


def own_factor(
    name: str,
    title: str,
    definition: str,
    *,
    kind: ValueKind = ValueKind.SCORE,
    method: Method = Method.EXTERNAL,
    granularity: Granularity = Granularity.RESPONSE,
    tie_tolerance: float = 0.0,
) -> Factor:
    """A factor of a study's own, outside the paper's taxonomy."""
    return Factor(
        name,
        title,
        Relation.OWN,
        Group.OWN,
        definition,
        method,
        granularity,
        kind,
        tie_tolerance=tie_tolerance,
    )
