"""What a good response is, by task, and how a source is shown (PROFILE Appendix E.1.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from profile_engine.extraction.prompts.criteria import WORDINGS
from profile_engine.extraction.prompts.fences import Section
from profile_engine.taxonomy import Task


@dataclass(frozen=True, slots=True)
class Brief:
    """A task as an agent is told it.

    Attributes:
        description: what a good response is.
        output: what a response is called, and several of them.
        source: what a source is called where all of it is there, and where its documents are not.
    """

    description: str
    output: str
    outputs: str
    source: str
    source_alone: str

    def section(self, text: str, *, with_documents: bool = True) -> Section:
        """A source between its marks."""
        return Section(self.source_name(with_documents).replace(" ", "-"), text)

    def source_name(self, with_documents: bool) -> str:
        """What a source is called."""
        return self.source if with_documents else self.source_alone


def _brief(task: Task, description: str, output: str, outputs: str) -> Brief:
    wording = WORDINGS[task]
    return Brief(description, output, outputs, wording.together, wording.input)


BRIEFS: Final[Mapping[Task, Brief]] = MappingProxyType(
    {
        Task.SUMMARIZATION: _brief(
            Task.SUMMARIZATION,
            "A good summary is a shorter piece of text that captures the essence of the original. It aims to "
            "accomplish the same purpose and convey the same key information as the original post.",
            "summary",
            "summaries",
        ),
        Task.HELPFUL_RESPONSE: _brief(
            Task.HELPFUL_RESPONSE,
            "A helpful response is a concise and efficient answer that directly addresses the user's "
            "question or task. It should provide accurate and relevant information without unnecessary "
            "elaboration.",
            "response",
            "responses",
        ),
        Task.DOCUMENT_QA: _brief(
            Task.DOCUMENT_QA,
            "A useful answer directly addresses the core question with accurate and relevant information. It "
            "should be coherent, free of errors or unsupported claims, and include helpful details while "
            "minimizing unnecessary or irrelevant content.",
            "response",
            "responses",
        ),
    }
)
"""Each task's description, as the appendix prints them."""
