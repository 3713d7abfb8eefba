"""A reward model that needs no weights, for tests and for trying things out."""

from collections.abc import Callable, Sequence

from profile_engine.ports import ModelIdentity, Reward


def count_words(_prompt: str, response: str) -> float:
    """Longer is better."""
    return float(len(response.split()))


class FakeRewardModel:
    """Rewards as a function of prompt and response says, and remembers what it was asked.

    Attributes:
        asked: every (prompt, response), in order.
        limit: prompts and responses of more words than this together count as truncated.
    """

    def __init__(self, taste: Callable[[str, str], float] = count_words, limit: int = 1024) -> None:
        self.limit = limit
        self.asked: list[tuple[str, str]] = []
        self._taste = taste

    @property
    def identity(self) -> ModelIdentity:
        """A name that no real model has."""
        return ModelIdentity("fake", "fake-reward", {"limit": self.limit})

    def reward(self, prompts: Sequence[str], responses: Sequence[str]) -> tuple[Reward, ...]:
        """One reward a (prompt, response), in order."""
        asked = list(zip(prompts, responses, strict=True))
        self.asked += asked
        return tuple(
            Reward(self._taste(*texts), len(" ".join(texts).split()) > self.limit) for texts in asked
        )
