"""What annotators are asked, by task, unless a study words it itself."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from profile_engine.taxonomy import Task


@dataclass(frozen=True, slots=True)
class Wording:
    """The question above every pair, and the text behind the key for instructions."""

    question: str
    instructions: str


WORDINGS: Final = MappingProxyType(
    {
        Task.SUMMARIZATION: Wording(
            "Which summary is better?",
            "“A good summary is a shorter piece of text that captures the essence of the original. It aims "
            "to accomplish the same purpose and convey the same key information as the original post.”\n\n"
            "Please choose the better summary.",
        ),
        Task.HELPFUL_RESPONSE: Wording(
            "Which response is more helpful?",
            "“A helpful response is a concise and efficient answer that directly addresses the user's "
            "question or task. It should provide accurate and relevant information without unnecessary "
            "elaboration.”\n\nPlease choose the more helpful response.",
        ),
        Task.DOCUMENT_QA: Wording(
            "Which answer is more useful?",
            "“A useful answer directly addresses the core question with accurate and relevant information. "
            "It should be coherent, free of errors or unsupported claims, and include helpful details while "
            "minimizing unnecessary or irrelevant content.”\n\n"
            "Please choose the more useful answer.",
        ),
    }
)
"""The paper's own words where it prints them (Appendix A and E.1), which people are not told."""
