"""A quality model that needs no weights, for tests and for trying things out."""

from collections.abc import Sequence
from hashlib import blake2b

from profile_engine.ports import BooleanQuestion, ModelIdentity, QualityScore


class FakeQualityModel:
    """Gives every text its own fixed score in [0, 1) and remembers what it was asked.

    Attributes:
        asked: the texts of every call, a list a call.
        limit: texts of more words than this count as truncated.
    """

    def __init__(self, limit: int = 1024) -> None:
        self.limit = limit
        self.asked: list[list[str]] = []

    @property
    def identity(self) -> ModelIdentity:
        """A name that no real model has."""
        return ModelIdentity("fake", "fake-quality", {"limit": self.limit})

    def score(self, questions: Sequence[BooleanQuestion]) -> tuple[QualityScore, ...]:
        """One score a question, in order, made of the question's text alone."""
        self.asked.append([question.text for question in questions])
        return tuple(self._score(question.text) for question in questions)

    def _score(self, text: str) -> QualityScore:
        digest = blake2b(text.encode(), digest_size=4).digest()
        return QualityScore(int.from_bytes(digest) / 2**32, len(text.split()) > self.limit)
