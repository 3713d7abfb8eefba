"""By whom an import's answers are."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from typing import Final

from annotation.importers.records import AnswerRecord
from annotation.store.annotators import alike, proper_name
from profile_engine.preferences import AgentKind

UNNAMED: Final = "unnamed"
"""The annotator of labels that nobody's name stands by; a second one on a pair is by `unnamed 2`."""


class AnswerNames:
    """Names of annotators as the study has them, or is to have them.

    Args:
        known: the agents of the study by name and kind, to which the import adds.
    """

    def __init__(self, known: Collection[tuple[str, str]]) -> None:
        self._known = known
        self._before = set(known)
        self._unnamed: Counter[int] = Counter()

    def by_name(self, answers: Sequence[AnswerRecord], pair_id: int | None) -> list[tuple[str, AnswerRecord]]:
        """Each answer on a pair with its annotator; None: a pair that the study does not have yet."""
        unnamed = 0 if pair_id is None else self._unnamed[pair_id]
        named = []
        for answer in answers:
            annotator = answer.annotator
            if annotator is None:
                unnamed += 1
                annotator = UNNAMED if unnamed == 1 else f"{UNNAMED} {unnamed}"
            named.append((self._called(annotator), answer))
        return named

    def count_unnamed(self, answers: Sequence[AnswerRecord], pair_id: int) -> None:
        """Keep in mind how many answers on a pair nobody's name stands by."""
        self._unnamed[pair_id] += sum(answer.annotator is None for answer in answers)

    @property
    def lookalikes(self) -> tuple[tuple[str, ...], ...]:
        """New annotators with those from whom only capitals, spaces or the like tell them."""
        groups: defaultdict[str, list[str]] = defaultdict(list)
        people = [(name, kind) for name, kind in self._known if kind == AgentKind.ANNOTATOR]
        for name, _ in people:
            groups[alike(name)].append(name)
        new = dict.fromkeys(alike(name) for name, kind in people if (name, kind) not in self._before)
        return tuple(tuple(groups[one]) for one in new if len(groups[one]) > 1)

    def _called(self, annotator: str) -> str:
        """As the study has the name, if it has it exactly so; else without space around it."""
        is_known = (annotator, AgentKind.ANNOTATOR) in self._known
        return annotator if is_known else proper_name(annotator)
