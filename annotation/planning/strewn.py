"""What is strewn in between the pairs of a plan: pairs with a known answer, and one's own once more."""

from dataclasses import dataclass
from random import Random
from typing import Final

from annotation.planning.design import PlanDesign

_WIDEST_GOLD: Final = 10
"""Labels from one pair with a known answer to the next, at most."""

_WIDEST_REPEAT: Final = 20


@dataclass(frozen=True, slots=True)
class Strewn:
    """Where things are strewn in for one annotator, in labels that they have given.

    Args:
        design: the plan's.
        golds: how many pairs with a known answer there are.
        work: how many pairs there are to label.
        number: of the annotator.
    """

    design: PlanDesign
    golds: int
    work: int
    number: int

    @property
    def any(self) -> bool:
        """Whether anything is."""
        return self.golds + self.design.repeats > 0

    def gold_order(self) -> list[int]:
        """In which order the pairs with a known answer come."""
        order = list(range(self.golds))
        self._random("order of gold").shuffle(order)
        return order

    def golds_due(self, labels: int) -> int:
        """How many pairs with a known answer have come after so many labels.

        One in each stretch of equal length, at a place drawn for it.
        """
        width = max(1, min(_WIDEST_GOLD, self.work // max(self.golds, 1)))
        random = self._random("places of gold")
        places = (min(width * nth + random.randint(1, width), self.work) for nth in range(self.golds))
        return sum(place <= labels for place in places)

    def repeated(self, nth: int, labelled: list[int], *, ending: bool) -> int | None:
        """The pair to be shown again next.

        It is drawn from the nth stretch of labels, and due when the next stretch is through as well; at the
        end as soon as the last label is one behind it.

        Args:
            nth: how many were shown again before.
            labelled: pairs in the order in which they were labelled.
            ending: whether nothing else is left.

        Returns:
            None where none is due.
        """
        width = self._repeat_width
        stretch = labelled[nth * width : (nth + 1) * width]
        due = self.repeats_due(len(labelled)) if ending else len(labelled) // width - 1
        if nth >= min(due, self.design.repeats):
            return None
        return self._random(f"repeat {nth}").choice(stretch)

    def repeats_due(self, labels: int) -> int:
        """How many pairs are shown again to whoever ends after so many labels."""
        return min(self.design.repeats, max(labels - 1, 0) // self._repeat_width)

    @property
    def _repeat_width(self) -> int:
        return max(1, min(_WIDEST_REPEAT, self.work // (self.design.repeats + 1)))

    def _random(self, what: str) -> Random:
        return Random(f"{self.design.seed}:{self.number}:{what}")
