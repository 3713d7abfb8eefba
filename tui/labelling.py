"""One person's way through the items, without a widget: what comes next, read ahead; what stands."""

from contextlib import suppress

from annotation.answers import CHOICES, Answer, AnswerKind, NewAnswer, has_withdrawn
from annotation.assignment import Item, item_key
from annotation.errors import AnswerError, PlanReplacedError, StudyError, WithdrawnError
from annotation.planning.worklist import KnownItem, PlannedWorklist, open_worklist, read_plan_id
from profile_engine.preferences import Preference
from tui.ahead import ReadAhead
from tui.outside import safe
from tui.session import Session
from tui.sides import SIDES


class Labelling:
    """The items of one annotator. Worker threads call what reads; `ready` and `take` never wait for them.

    No lock is needed for that: of what both use, a mark is one byte of the worklist put in its place, and
    what was read ahead says which item it comes after.
    """

    def __init__(self, session: Session, annotator: str) -> None:
        self.annotator, self._study = annotator, session.study
        self._worklist = open_worklist(session.study, annotator)
        standing = session.log.standing(annotator)
        self._labelled, self._skipped = set(standing.labels), standing.skipped
        if self.planned is not None:
            self._labelled |= self.planned.done_keys
        self._flagged, self._notes = standing.flagged, standing.notes
        self._ahead = ReadAhead(self._worklist.peek, lambda item: item.key)

    @property
    def done(self) -> int:
        """Items with a label."""
        return self._worklist.done

    @property
    def total(self) -> int:
        """All items."""
        return self._worklist.total

    @property
    def flags(self) -> int:
        """Items with a flag."""
        return len(self._flagged)

    @property
    def planned(self) -> PlannedWorklist | None:
        """The items by the study's plan; None where it has none."""
        return self._worklist if isinstance(self._worklist, PlannedWorklist) else None

    @property
    def plan_id(self) -> int:
        """Of the plan by which these items come, 0 without one."""
        return 0 if self.planned is None else self.planned.plan.id

    def why_ended(self) -> AnswerError | None:
        """Why this way is over: another plan stands by now, or the person has withdrawn elsewhere."""
        with suppress(StudyError):
            if read_plan_id(self._study) != self.plan_id:
                return PlanReplacedError()
            with self._study.reading() as connection:
                if has_withdrawn(connection, self.annotator):
                    return WithdrawnError(self.annotator)
        return None

    def leave(self) -> None:
        """Give back what is held and not labelled."""
        if self.planned is not None:
            self.planned.leave()

    def is_flagged(self, pair_id: int) -> bool:
        """Whether a flag stands."""
        return pair_id in self._flagged

    def note(self, pair_id: int) -> str:
        """The note that stands, or nothing."""
        return self._notes.get(pair_id, "")

    def item(self, key: int) -> Item:
        """One item, done or not."""
        return self._worklist.item(key)

    def find(self, key: int | None) -> Item | None:
        """The item, or the next open one; raises AnswerError for a pair that is not in the list."""
        return self.next() if key is None else self.item(key)

    def next(self, after: int | None = None) -> Item | None:
        """The next open item; None when all are done."""
        return self._worklist.next(after)

    def after_refusal(self, item: Item) -> Item | None:
        """The item again, or another one where somebody else has its pair meanwhile.

        Raises:
            PlanReplacedError, WithdrawnError: this way is over.
        """
        if (ended := self.why_ended()) is not None:
            raise ended
        return item if self.planned is None else self.planned.after_refusal(item.key)

    def key_of(self, answer: Answer) -> int:
        """The item that an entry is about."""
        if self.planned is not None:
            return self.planned.key_of(answer.pair_id, answer.kind)
        return answer.pair_id

    def feedback(self, answer: Answer) -> str | None:
        """What a person in training is told after an answer; None after every other."""
        if self.planned is None or answer.kind is not AnswerKind.TRAINING:
            return None
        known = self.planned.training(answer.pair_id)
        return None if known is None else training_words(answer, known)

    def read_ahead(self, after: int) -> None:
        """Find out what comes after an item that is still open."""
        self._ahead.read(after)

    def ready(self, after: int) -> Item | None:
        """What was read ahead for this item; None when it has to be read now."""
        item = self._ahead.ready(after)
        return None if item is None or item.key in self._labelled else item  # meanwhile, elsewhere

    def take(self, answer: Answer) -> None:
        """Follow an entry of the log, an undo included."""
        pair = answer.pair_id
        if answer.kind is AnswerKind.FLAG:
            _put(self._flagged, pair, there=bool(answer.set))
        elif answer.kind is AnswerKind.NOTE:
            self._notes[pair] = answer.note or ""
        else:
            self._take_progress(answer)

    def _take_progress(self, answer: Answer) -> None:
        pair = answer.pair_id
        key = item_key(pair, answer.kind)
        if answer.kind in CHOICES:
            _put(self._labelled, key, there=answer.choice is not None)
        else:
            _put(self._skipped, pair, there=bool(answer.set))
        self._worklist.mark(key, labelled=key in self._labelled, skipped=key in self._skipped)


def labelled(
    item: Item,
    annotator: str,
    shown: Preference,
    *,
    sure: bool,
    seconds: float | None = None,
    plan: int | None = None,
) -> NewAnswer:
    """A label as it goes into the log: what was pressed turned round to the pair's own sides."""
    return NewAnswer(
        pair_id=item.pair_id,
        annotator=annotator,
        kind=item.kind,
        choice=canonical(item, shown),
        shown_first=item.first,
        sure=sure,
        seconds=seconds,
        plan=plan,
    )


def training_words(answer: Answer, known: KnownItem) -> str:
    """Whether the answer was the one expected, which that is as it was shown, and why."""
    if known.expected is None or answer.shown_first is None:
        said = "Thank you."
    elif answer.choice is known.expected:
        said = "✓ That is the expected answer."
    else:
        side = SIDES[Preference(known.expected * answer.shown_first)]
        words = "a tie" if known.expected is Preference.TIE else f"{side.arrow} {side.number} better"
        said = f"✗ The expected answer is another: {words}."
    return f"{said}\n\n{known.explanation}" if known.explanation else said


def canonical(item: Item, shown: Preference) -> Preference:
    """The pair's own side behind what was pressed (LEFT: the one shown first)."""
    return Preference(shown * item.first)


def login_name() -> str:
    """A name to offer whoever labels without having said theirs."""
    from getpass import getuser

    try:
        return safe(getuser())
    except (OSError, KeyError):  # a container may have a user without a name
        return "researcher"


def _put(pairs: set[int], pair: int, *, there: bool) -> None:
    if there:
        pairs.add(pair)
    else:
        pairs.discard(pair)
