"""How preference data is written for trainers: as texts or messages, the prompt apart or not."""

from dataclasses import dataclass
from typing import Any, Final

from annotation.importers.preference import BETWEEN


@dataclass(frozen=True, slots=True)
class Shape:
    """How prompt and responses are written.

    Attributes:
        conversational: as lists of messages instead of texts.
        implicit: the prompt at the beginning of both responses instead of in a column of its own.
    """

    conversational: bool = False
    implicit: bool = False

    def columns(self, prompt: str, chosen: str, rejected: str) -> dict[str, Any]:
        """The columns that trainers read."""
        asked = self._said("user", prompt)
        answers = {"chosen": self._said("assistant", chosen), "rejected": self._said("assistant", rejected)}
        if not self.implicit:
            return {"prompt": asked, **answers}
        between = [] if self.conversational else BETWEEN
        return {name: asked + between + answer for name, answer in answers.items()}

    def _said(self, role: str, text: str) -> Any:  # noqa: ANN401 (a text or messages)
        return [{"role": role, "content": text}] if self.conversational else text


PLAIN: Final = Shape()
"""Texts, with a column for the prompt."""
