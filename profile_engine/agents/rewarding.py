"""What a reward model is told that a response answers."""

from types import MappingProxyType
from typing import Final

from profile_engine.taxonomy import Task

PROMPT_VERSION: Final = "1"
"""Raised with every change of the prompts."""

_PROMPTS: Final = MappingProxyType(
    {
        Task.SUMMARIZATION: "Write a summary of this post:\n\n{source}",
        Task.HELPFUL_RESPONSE: "{source}",
        Task.DOCUMENT_QA: "{source}",
    }
)


def reward_prompt(task: Task, source: str) -> str:
    """What somebody would say who wants a response to a source: the models are trained on such chats."""
    return _PROMPTS[task].replace("{source}", source)
