"""Labels of a crowd, weighted by how far each annotator can be trusted: Dawid-Skene and MACE.

Both find out at once what is true of the items and how good the annotators are, by expectation and
maximisation in turn. Both begin where everybody is equally good, so that nothing hangs on a seed.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from profile_engine.preferences import MISSING
from profile_engine.tally import Signs
from profile_engine.votes import CHOICES

Floats = npt.NDArray[np.float64]

_ROUNDS: Final = 500
_SETTLED: Final = 1e-5
"""The largest change of a probability at which nothing moves any more."""

_EQUAL: Final = 1e-9
"""How close two probabilities are when neither is the larger."""

_KNOWING_PRIOR: Final = 0.5
_STRATEGY_PRIOR: Final = 10.0
"""MACE's priors, Beta(1/2, 1/2) and Dirichlet(10, ..., 10), as Hovy et al. set them."""


class CrowdMethod(StrEnum):
    """How labels are weighted.

    DAWID_SKENE learns for each annotator how often they say what where what is true (Dawid & Skene, Applied
    Statistics 28, 1979). MACE learns how often each one knows, and what they say where they do not (Hovy,
    Berg-Kirkpatrick, Vaswani & Hovy, NAACL 2013).
    """

    DAWID_SKENE = "dawid_skene"
    MACE = "mace"


@dataclass(frozen=True, slots=True)
class CrowdVotes:
    """What was said, a row each.

    Attributes:
        annotators: who, numbered from 0; int64.
        items: of what, numbered from 0; int64.
        choices: values of `Preference`; int8.
    """

    annotators: npt.NDArray[np.int64]
    items: npt.NDArray[np.int64]
    choices: Signs


@dataclass(frozen=True, slots=True)
class CrowdLabels:
    """What is true by a method.

    Attributes:
        probabilities: items x `CHOICES`; a choice that nobody made has probability 0.
        skills: of each annotator: by Dawid-Skene how often they say what is true, by MACE how often they
            know it; None of annotators who said nothing.
        rounds: how many it took.
        settled: whether nothing moved any more in the last one.
    """

    method: CrowdMethod
    probabilities: Floats
    skills: tuple[float | None, ...]
    rounds: int
    settled: bool

    @property
    def choices(self) -> Signs:
        """The most probable choice of each item; MISSING without labels, or where two are as probable."""
        if not len(self.probabilities):
            return np.empty(0, np.int8)
        order = np.sort(self.probabilities, axis=1)
        signs = np.array([choice.value for choice in CHOICES], np.int8)[self.probabilities.argmax(axis=1)]
        return np.where(order[:, -1] - order[:, -2] > _EQUAL, signs, MISSING).astype(np.int8)


def weigh(method: CrowdMethod, votes: CrowdVotes) -> CrowdLabels:
    """Find out what is true of every item.

    Only choices that somebody made are possible answers. Takes O(labels) a round, 500 rounds at most.
    """
    said = _Said(votes)
    model: _DawidSkene | _Mace = _DawidSkene(said) if method is CrowdMethod.DAWID_SKENE else _Mace(said)
    truth, rounds, change = model.first_guess(), 0, np.inf
    while said.items and rounds < _ROUNDS and change >= _SETTLED:
        before, truth = truth, model.improve(truth)
        change = float(np.abs(truth - before).max())
        rounds += 1
    probabilities = np.zeros((said.items, len(CHOICES)))
    probabilities[:, said.classes] = truth
    known = np.bincount(said.annotator, minlength=said.annotators) > 0
    skills = tuple(float(one) if some else None for one, some in zip(model.skills(), known, strict=True))
    return CrowdLabels(method, probabilities, skills, rounds, change < _SETTLED or not said.items)


class _Said:
    """Votes with their choices numbered among those that occur, and sums over them."""

    def __init__(self, votes: CrowdVotes) -> None:
        self.annotator, self.item = votes.annotators, votes.items
        columns, self.choice = np.unique(votes.choices.astype(np.int64), return_inverse=True)
        self.classes: npt.NDArray[np.int64] = columns - CHOICES[0].value
        self.annotators = int(self.annotator.max(initial=-1)) + 1
        self.items = int(self.item.max(initial=-1)) + 1
        self.voted = np.eye(len(self.classes))[self.choice]

    def by_item(self, weights: Floats) -> Floats:
        """Sum rows of `weights` (votes x anything) over the votes of each item."""
        return _sum_by(self.item, weights, self.items)

    def by_annotator(self, weights: Floats) -> Floats:
        """Sum rows of `weights` (votes x anything) over the votes of each annotator."""
        return _sum_by(self.annotator, weights, self.annotators)

    def shares(self) -> Floats:
        """Items x classes: which part of an item's votes."""
        return _normalised(self.by_item(self.voted))


class _DawidSkene:
    """Maximum likelihood by EM (Dawid & Skene 1979, §3), from the shares of the votes on."""

    def __init__(self, said: _Said) -> None:
        self._said = said
        size = len(said.classes)
        self._prior = np.zeros(size)
        self._confusion = np.zeros((said.annotators, size, size))

    def first_guess(self) -> Floats:
        return self._said.shares()

    def improve(self, truth: Floats) -> Floats:
        """The classes' shares (2.4) and each annotator's confusion of them (2.3), then the truth (2.5)."""
        said = self._said
        self._prior = truth[truth.any(axis=1)].mean(axis=0)
        of_votes = truth[said.item]
        for choice in range(len(said.classes)):
            self._confusion[:, :, choice] = said.by_annotator(of_votes * said.voted[:, [choice]])
        self._confusion = _normalised(self._confusion)
        with np.errstate(divide="ignore"):  # what never happens has probability 0, whose logarithm is -inf
            likely = np.log(self._confusion[said.annotator, :, said.choice])
            return _posterior(np.log(self._prior), said, likely)

    def skills(self) -> Floats:
        skills: Floats = np.einsum("k,akk->a", self._prior, self._confusion)
        return skills


class _Mace:
    """Variational Bayes (Hovy et al. 2013, §2), from knowing half of the time on."""

    def __init__(self, said: _Said) -> None:
        self._said = said
        size = max(1, len(said.classes))
        self._knows = np.full(said.annotators, 0.5)
        self._guesses = np.full(said.annotators, 0.5)
        self._strategy = np.full((said.annotators, size), 1 / size)
        self._counts = np.zeros((said.annotators, 2))

    def first_guess(self) -> Floats:
        return self._infer()

    def improve(self, truth: Floats) -> Floats:
        """How often each vote was known and how often guessed, what that says of annotators, the truth."""
        said = self._said
        guessed = self._guesses[said.annotator] * self._strategy[said.annotator, said.choice]
        known_if_true = self._knows[said.annotator] / (self._knows[said.annotator] + guessed)
        known = truth[said.item, said.choice] * known_if_true
        strategies = said.by_annotator((1 - known)[:, np.newaxis] * said.voted)
        self._counts = said.by_annotator(np.stack([known, 1 - known], axis=1))
        self._knows, self._guesses = _variational(self._counts, _KNOWING_PRIOR).T
        self._strategy = _variational(strategies, _STRATEGY_PRIOR)
        return self._infer()

    def skills(self) -> Floats:
        """The mean of what the votes say of knowing, together with the prior."""
        known: Floats = self._counts[:, 0] + _KNOWING_PRIOR
        whole: Floats = self._counts.sum(axis=1) + 2 * _KNOWING_PRIOR
        return known / whole

    def _infer(self) -> Floats:
        said = self._said
        guessed = self._guesses[said.annotator] * self._strategy[said.annotator, said.choice]
        likely = guessed[:, np.newaxis] + self._knows[said.annotator, np.newaxis] * said.voted
        return _posterior(np.zeros(len(said.classes)), said, np.log(likely))


def _posterior(prior: Floats, said: _Said, likely: Floats) -> Floats:
    """Items x classes, from logarithms: of the prior, and of each vote's likelihood under each class.

    Items without votes stay without probability.
    """
    if not said.items:
        return np.zeros((0, len(said.classes)))
    logs = prior + said.by_item(likely)
    chances = np.exp(logs - logs.max(axis=1, keepdims=True))
    chances[np.bincount(said.item, minlength=said.items) == 0] = 0
    return _normalised(chances)


def _variational(counts: Floats, prior: float) -> Floats:
    """The geometric mean of a Dirichlet's shares: exp(psi(n + prior)) / exp(psi(sum of n + prior))."""
    from scipy.special import digamma

    posterior = counts + prior
    shares: Floats = np.exp(digamma(posterior) - digamma(posterior.sum(axis=1, keepdims=True)))
    return shares


def _sum_by(group: npt.NDArray[np.int64], weights: Floats, groups: int) -> Floats:
    columns = [np.bincount(group, column, groups) for column in weights.T]
    return np.stack(columns, axis=1) if columns else np.zeros((groups, 0))


def _normalised(weights: Floats) -> Floats:
    """Along the last axis; what sums to 0 stays 0."""
    totals = weights.sum(axis=-1, keepdims=True)
    shares: Floats = np.divide(weights, totals, out=np.zeros_like(weights), where=totals > 0)
    return shares
