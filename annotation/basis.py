"""How a model came to its choice, apart from the store so that the command line may know it."""

from enum import StrEnum


class Basis(StrEnum):
    """How a model came to its choice between two responses."""

    JUDGE = "judge"
    SCORE = "score"
    REWARD = "reward"
