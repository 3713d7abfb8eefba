"""What several people say of the same pairs, and what they say together."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from profile_engine.errors import EngineError
from profile_engine.preferences import MISSING, Preference
from profile_engine.tally import Signs

CHOICES: Final = (Preference.RIGHT, Preference.TIE, Preference.LEFT)
"""The columns of a ballot: how many people prefer the right response, neither, the left one."""


def majority_choice(ballot: Sequence[int]) -> int:
    """The choice of more than half of a pair's people (two of three), else MISSING; a tie is a choice too.

    Args:
        ballot: votes in the order of `CHOICES`.
    """
    half = sum(ballot) // 2
    for choice, votes in zip(CHOICES, ballot, strict=True):
        if votes > half:
            return choice.value
    return MISSING


def majority_of(choices: Collection[int | None]) -> Preference | None:
    """The choice of more than half of a pair's people, of whom None stands for those without one."""
    sign = majority_choice([sum(choice == said for said in choices) for choice in CHOICES])
    return None if sign == MISSING else Preference(sign)


def majority_signs(ballots: npt.NDArray[np.int16]) -> Signs:
    """`majority_choice` of many pairs at once.

    Args:
        ballots: pairs x `CHOICES`.

    Returns:
        One sign a pair; MISSING where no choice has more than half, or nobody voted.
    """
    half = ballots.sum(axis=1) // 2
    signs = np.full(len(ballots), MISSING, np.int8)
    for column, choice in enumerate(CHOICES):
        signs[ballots[:, column] > half] = choice.value
    return signs


@dataclass(frozen=True, slots=True)
class SignChange:
    """One pair's sign before and after; MISSING is none."""

    before: int
    after: int


@dataclass(frozen=True, slots=True)
class VoteChange:
    """What one vote changed: the annotator's own sign, and the majority's."""

    vote: SignChange
    majority: SignChange


class Votes:
    """One vote at most by each annotator on each pair, and the majority that follows every change.

    Attributes:
        by_annotator: one sign a pair, of those who voted at all.
        majority: one sign a pair.
        undecided: pairs with votes but no majority.
    """

    def __init__(self, pairs: int, by_annotator: Mapping[str, Signs]) -> None:
        for annotator, signs in by_annotator.items():
            if signs.shape != (pairs,):
                raise EngineError(
                    f"{len(signs)} labels of {annotator} for {pairs} pairs: give one sign a pair"
                )
        self.by_annotator = {name: signs for name, signs in by_annotator.items() if (signs != MISSING).any()}
        self._ballots = np.zeros((pairs, len(CHOICES)), np.int16)
        for signs in self.by_annotator.values():
            for column, choice in enumerate(CHOICES):
                self._ballots[:, column] += signs == choice.value
        self.majority = majority_signs(self._ballots)
        self.undecided = int(np.count_nonzero(self._ballots.any(axis=1) & (self.majority == MISSING)))

    def cast(self, annotator: str, pair: int, after: int) -> VoteChange:
        """Enter, change or (MISSING) withdraw one vote; the time does not depend on the number of pairs."""
        if annotator not in self.by_annotator:
            self.by_annotator[annotator] = np.full(len(self.majority), MISSING, np.int8)
        votes, ballot = self.by_annotator[annotator], self._ballots[pair].tolist()
        before, majority_before = int(votes[pair]), int(self.majority[pair])
        self.undecided -= majority_before == MISSING and any(ballot)
        for sign, step in ((before, -1), (after, 1)):
            if sign != MISSING:
                ballot[CHOICES.index(Preference(sign))] += step
        majority_after = majority_choice(ballot)
        self.undecided += majority_after == MISSING and any(ballot)
        votes[pair] = after
        self._ballots[pair] = ballot
        self.majority[pair] = majority_after
        return VoteChange(SignChange(before, after), SignChange(majority_before, majority_after))

    def forget(self, annotator: str) -> None:
        """Drop an annotator whose votes are all withdrawn."""
        del self.by_annotator[annotator]
