"""Which pairs people label: a reproducible draw, balanced over the gaps between scores.

Of five responses scored 1 to 5, four pairs have a gap of 1, three of 2, two of 3 and one of 4: a draw at
random would hardly ever show people the best beside the worst. So each pick takes a gap that was drawn least
so far, first of this agent, then of all; among the pairs of that gap again what was drawn least; and what
then is left to chance is decided by a random number that belongs to the pair and the seed
(`annotation.validation.drawing`).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from annotation.validation.drawing import random_number


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pair that may be drawn.

    Attributes:
        source_key: what the source is called in every copy of the study.
        key: what the pair is: its own key where it came ready-made, else those of its two responses.
        agent: whose two responses these are; "" where pairs come ready-made.
        scores: that their author gave them, ascending; None where it gave none.
        pair_id: None: the study does not have the pair yet.
    """

    source_id: int
    source_key: str
    key: str
    left_id: int
    right_id: int
    agent: str = ""
    scores: tuple[float, float] | None = None
    pair_id: int | None = None

    @property
    def gap(self) -> float | None:
        """How far apart the scores are."""
        return None if self.scores is None else round(self.scores[1] - self.scores[0], 9)


def draw(
    candidates: Iterable[Candidate], pairs_per_source: int, seed: int, sources: int | None = None
) -> list[Candidate]:
    """Draw so many pairs of each agent and source, or all there are, in the order in which they stand.

    Pairs of one source stand together; sources and the pairs of each follow in a random order.

    Args:
        candidates: all pairs.
        pairs_per_source: for each agent.
        seed: same seed, same candidates, same draw, whatever their ids.
        sources: how many; those with the most to draw first, then at random. None: all.
    """
    groups = _grouped(candidates)
    chosen = _chosen_sources(groups, pairs_per_source, seed, sources)
    balance = _Balance(seed)
    # The smallest go first: they have no choice, and what they lack the others make up for.
    for group in sorted(groups, key=lambda group: (len(group), _place(seed, group[0]), group[0].agent)):
        if group[0].source_key in chosen:
            balance.pick(group, pairs_per_source)
    return sorted(balance.drawn, key=lambda one: (_place(seed, one), random_number(seed, f"order {one.key}")))


def place_of_source(seed: int, source_key: str) -> tuple[int, str]:
    """Where a source stands among the others of a plan."""
    return random_number(seed, f"source {source_key}"), source_key


def _place(seed: int, candidate: Candidate) -> tuple[int, str]:
    return place_of_source(seed, candidate.source_key)


def _grouped(candidates: Iterable[Candidate]) -> list[list[Candidate]]:
    """The pairs of one agent and source together."""

    def whose(candidate: Candidate) -> tuple[str, str]:
        return candidate.source_key, candidate.agent

    return [list(group) for _, group in groupby(sorted(candidates, key=whose), whose)]


def _chosen_sources(
    groups: Sequence[Sequence[Candidate]], pairs_per_source: int, seed: int, sources: int | None
) -> set[str]:
    to_draw: Counter[str] = Counter()
    for group in groups:
        to_draw[group[0].source_key] += min(len(group), pairs_per_source)
    ranked = sorted(to_draw, key=lambda key: (-to_draw[key], place_of_source(seed, key)))
    return set(ranked[:sources])


class _Balance:
    """What was drawn so far, and how often each gap and each pair of scores."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._times: Counter[object] = Counter()
        self.drawn: list[Candidate] = []

    def pick(self, group: Sequence[Candidate], number: int) -> None:
        """Draw from the pairs of one agent and source."""
        left = {one: self._by_chance(one) for one in group}
        for _ in range(min(number, len(group))):
            picked = min(left, key=lambda one: self._merit(one, *left[one]))
            del left[picked]
            self.drawn.append(picked)
            self._times.update(
                ((picked.agent, picked.gap), picked.gap, (picked.agent, picked.scores), picked.scores)
            )

    def _by_chance(self, candidate: Candidate) -> tuple[int, int]:
        """What decides between gaps that were drawn equally often, and then between pairs."""
        gap = f"gap {candidate.gap} {candidate.agent} {candidate.source_key}"
        return random_number(self._seed, gap), random_number(self._seed, candidate.key)

    def _merit(self, one: Candidate, gap_chance: int, pair_chance: int) -> tuple[int, ...]:
        """The least is drawn: what came least often so far, most important first."""
        times = self._times
        of_gap = times[one.agent, one.gap], times[one.gap], gap_chance
        return (*of_gap, times[one.agent, one.scores], times[one.scores], pair_chance)
