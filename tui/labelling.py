"""One person's way through the items, without a widget: what comes next, read ahead; what stands."""

from annotation.answers import Answer, AnswerKind, NewAnswer
from annotation.assignment import Item, Worklist
from profile_engine.preferences import Preference
from tui.ahead import ReadAhead
from tui.outside import safe
from tui.session import Session


class Labelling:
    """The items of one annotator. Worker threads call what reads; `ready` and `take` never wait for them.

    No lock is needed for that: of what both use, a mark is one byte of the worklist put in its place, and
    what was read ahead says which item it comes after.
    """

    def __init__(self, session: Session, annotator: str) -> None:
        self.annotator = annotator
        self._worklist = Worklist(session.study, annotator)
        standing = session.log.standing(annotator)
        self._labelled, self._skipped = set(standing.labels), standing.skipped
        self._flagged, self._notes = standing.flagged, standing.notes
        self._ahead = ReadAhead(self._worklist.next, lambda item: item.pair_id)

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

    def is_flagged(self, pair_id: int) -> bool:
        """Whether a flag stands."""
        return pair_id in self._flagged

    def note(self, pair_id: int) -> str:
        """The note that stands, or nothing."""
        return self._notes.get(pair_id, "")

    def item(self, pair_id: int) -> Item:
        """One item, done or not."""
        return self._worklist.item(pair_id)

    def find(self, pair_id: int | None) -> Item | None:
        """The item of a pair, or the next open one; raises AnswerError for a pair that is not in the list."""
        return self.next() if pair_id is None else self.item(pair_id)

    def next(self, after: int | None = None) -> Item | None:
        """The next open item; None when all are done."""
        return self._worklist.next(after)

    def read_ahead(self, after: int) -> None:
        """Find out what comes after an item that is still open."""
        self._ahead.read(after)

    def ready(self, after: int) -> Item | None:
        """What was read ahead for this item; None when it has to be read now."""
        item = self._ahead.ready(after)
        return None if item is None or item.pair_id in self._labelled else item  # meanwhile, elsewhere

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
        if answer.kind is AnswerKind.SKIP:
            _put(self._skipped, pair, there=bool(answer.set))
        else:
            _put(self._labelled, pair, there=answer.choice is not None)
        self._worklist.mark(pair, labelled=pair in self._labelled, skipped=pair in self._skipped)


def labelled(
    item: Item, annotator: str, shown: Preference, *, sure: bool, seconds: float | None = None
) -> NewAnswer:
    """A label as it goes into the log: what was pressed turned round to the pair's own sides."""
    return NewAnswer(
        pair_id=item.pair_id,
        annotator=annotator,
        choice=canonical(item, shown),
        shown_first=item.first,
        sure=sure,
        seconds=seconds,
    )


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
