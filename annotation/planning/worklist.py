"""The items of one annotator of a plan: training, then pairs to label, with others strewn in."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

from sqlalchemy import Connection, Select, select
from sqlalchemy.exc import IntegrityError

from annotation.answers import CHOICES, AnswerKind, rehearse
from annotation.assignment import (
    Item,
    Worklist,
    annotator_id,
    annotator_number,
    item_key,
    read_texts,
)
from annotation.errors import AnswerError
from annotation.planning.blocks import Blocks
from annotation.planning.hand import Hand
from annotation.planning.plan import Role
from annotation.planning.seats import (
    OCCUPIED,
    Clock,
    SeatState,
    StandingPlan,
    WorkItem,
    give_back,
    is_decided,
    rehearse_seats,
    standing_plan,
    standing_plan_id,
    take_seats,
    utc_now,
)
from annotation.planning.strewn import Strewn
from annotation.sides import first_side
from annotation.store.standing import answer_stands, label_stands, skip_stands
from annotation.store.tables import answers, plan_items, seats
from annotation.study import Study
from profile_engine.preferences import Preference


@dataclass(frozen=True, slots=True)
class KnownItem:
    """An item of a plan with a known answer, canonical, and what a person in training is told."""

    pair_id: int
    position: int
    kind: AnswerKind
    expected: Preference | None
    explanation: str | None


_TRIES: Final = 5


def open_worklist(study: Study, annotator: str, clock: Clock = utc_now) -> "Worklist | PlannedWorklist":
    """The annotator's items: all of the study, or by its plan where one stands.

    Raises:
        AnswerError: the annotator is not registered.
    """
    with study.reading() as connection:
        plan = standing_plan(connection)
    return Worklist(study, annotator) if plan is None else PlannedWorklist(study, annotator, plan, clock)


def read_plan_id(study: Study) -> int:
    """The id of the plan that stands, 0 where nothing is planned."""
    with study.reading() as connection:
        return connection.execute(select(standing_plan_id())).scalar_one()


class PlannedWorklist:
    """The items of one annotator of a plan, in the order in which they were and will be shown.

    What `next` gives is theirs: pairs are handed out source by source, and held until they are labelled,
    given back by `leave`, or the plan's time for them is over. `peek` hands nothing out.
    """

    def __init__(self, study: Study, annotator: str, plan: StandingPlan, clock: Clock = utc_now) -> None:
        self._study, self.plan, self._clock = study, plan, clock
        # What hands out is called from several threads; `mark` is not, and never waits for it.
        self._lock = Lock()
        self._to_hold = False
        self.held_elsewhere = 0
        with study.reading() as connection:
            self._id = annotator_id(connection, annotator)
            self._number = annotator_number(connection, self._id)
            self._blocks = Blocks(connection, plan, self._id, self._number, clock())
            known = list(_known_items(connection, plan))
            self._known = {one.pair_id: one for one in known}
            golds = len(self._golds())
            self._training_count = len(known) - golds
            self._strewn = Strewn(plan.design, golds, len(self._blocks), self._number)
            self._hand = Hand()
            self._load(connection)
            rehearse_seats(connection)
            rehearse(connection)
        self._labels_told = self._labels_known = self._labels()
        self._source_count = self._blocks.sources

    def _golds(self) -> list[int]:
        return [pair_id for pair_id, one in self._known.items() if one.kind is AnswerKind.GOLD]

    def _load(self, connection: Connection) -> None:
        """What this person has done, holds and has put off; training comes before all of it."""
        for pair_id, one in self._known.items():
            if one.kind is AnswerKind.TRAINING:
                self._add(pair_id, one.kind, self._side_of(one))
        for row in connection.execute(_own_choices(self._id)):
            kind = AnswerKind(row.kind)
            if self._is_of_plan(row.pair_id, kind):
                self._add(row.pair_id, kind, _side(row.shown_first))
                self.mark(item_key(row.pair_id, kind), labelled=True)
        for pair_id, shown_first, state in connection.execute(_own_seats(self._id, self.plan)):
            if pair_id not in self._hand.kinds:
                self._add(pair_id, AnswerKind.LABEL, _side(shown_first))
                self._to_hold = self._to_hold or state == SeatState.HELD
        for pair_id in connection.execute(_own_skips(self._id)).scalars():
            if self._blocks.has(pair_id) and pair_id not in self._hand.kinds:
                self._add(pair_id, AnswerKind.LABEL, None)
            self.mark(pair_id, labelled=pair_id in self._hand.done, skipped=True)

    def _is_of_plan(self, pair_id: int, kind: AnswerKind) -> bool:
        if kind in (AnswerKind.LABEL, AnswerKind.REPEAT):
            return self._blocks.has(pair_id)
        return pair_id in self._known and self._known[pair_id].kind is kind

    # How far

    @property
    def done(self) -> int:
        """Items with a choice."""
        return len(self._hand.done)

    @property
    def total(self) -> int:
        """What was and will be handed out, strewn in or not, as was known one source before.

        A total that fell as what comes next is found out would tell a pair that is shown again at the end.
        """
        labels = max(self._labels_told, self._labels_in_hand())
        golds = max(self._golds_in_hand(), self._strewn.golds_due(labels))
        repeats = max(self._hand.repeats, self._strewn.repeats_due(labels - self._hand.unrepeatable))
        return self._training_count + labels + golds + repeats

    def _labels(self) -> int:
        return self._labels_in_hand() + self._blocks.left(self._hand.put_off)

    def _labels_in_hand(self) -> int:
        return len(self._hand) - self._training_count - self._golds_in_hand() - self._hand.repeats

    def _golds_in_hand(self) -> int:
        return sum(key in self._hand.kinds for key in self._golds())

    def mark(self, key: int, *, labelled: bool, skipped: bool = False) -> None:
        """Follow an answer; an item that was not handed out here changes nothing."""
        again = item_key(key, AnswerKind.REPEAT)
        if key > 0 and labelled and again in (self._hand.open if skipped else self._hand.put_off):
            key, labelled = again, False  # it was shown again, and skipped then, or not after all
        self._hand.mark(key, labelled=labelled, skipped=skipped)

    @property
    def done_keys(self) -> set[int]:
        """The items with a choice."""
        return set(self._hand.done)

    def key_of(self, pair_id: int, kind: AnswerKind) -> int:
        """The item that an entry is about: what is not a choice is of the pair shown again, if it was."""
        again = item_key(pair_id, AnswerKind.REPEAT)
        if kind in CHOICES or again not in self._hand.kinds:
            return item_key(pair_id, kind)
        return again

    def training(self, pair_id: int) -> "KnownItem | None":
        """What is known of a pair of the training round."""
        known = self._known.get(pair_id)
        return known if known is not None and known.kind is AnswerKind.TRAINING else None

    # From item to item

    def next(self, after: int | None = None) -> Item | None:
        """The next item for this person; hands out the pairs of the next source where need be.

        Args:
            after: `Item.key` of the one before; None starts from the first.

        Returns:
            None when nothing is left, `held_elsewhere` aside.

        Raises:
            PlanReplacedError: it was looked whether something can be handed out, and another plan stands.
        """
        with self._lock:
            self._hold()
            self._forgo_decided(after)
            key = self._next_key(after)
            return None if key is None else self._read(key)

    def peek(self, after: int) -> Item | None:
        """The next item among those handed out already; None where `next` has to find out."""
        with self._lock:
            self._forgo_decided(after)
            key = self._in_hand(after)
            return None if key is None or key == after else self._read(key)

    def item(self, key: int) -> Item:
        """One item, done or not; a pair that is not this person's is held for them if it can be.

        Raises:
            AnswerError: the pair is not in the study.
        """
        with self._lock:
            if key in self._golds() and key not in self._hand.kinds:
                self._add(key, AnswerKind.GOLD, self._side_of(self._known[key]))
            elif self._blocks.has(key) and (key not in self._hand.kinds or key in self._hand.put_off):
                self._take(self._blocks.items([key]))
            return self._read(key)

    def after_refusal(self, key: int) -> Item | None:
        """The item again, or the next one where others have it meanwhile."""
        with self._lock:
            lost = key in self._hand.open
            self._to_hold = True
            self._hold()
            lost = lost and key not in self._hand.kinds
            found = self._next_key(key) if lost else key
            return None if found is None else self._read(found)

    def leave(self) -> int:
        """Give back what is held and not labelled; how many pairs that is."""
        with self._lock, self._study.writing() as connection:
            self._to_hold = True
            return give_back(connection, self._id)

    def _next_key(self, after: int | None) -> int | None:
        if (in_hand := self._in_hand(after)) is not None:
            return in_hand
        self._follow_others()
        finders: tuple[Callable[[], int | None], ...] = (
            lambda: self._strew(ending=False),
            lambda: self._hand_out(after),
            lambda: self._strew(ending=True),
            lambda: self._hand.first(self._hand.put_off_of(strewn=True), after),
        )
        found = next((key for find in finders if (key := find()) is not None), None)
        if found is None:
            self._labels_told = self._labels_known = self._labels()
        return found

    def _follow_others(self) -> None:
        """Between two sources, whatever comes next: a total that moved only before pairs would tell them."""
        with self._study.reading() as connection:
            self._blocks.follow(connection, self._clock())
        self._labels_told, self._labels_known = self._labels_known, self._labels()

    def _in_hand(self, after: int | None) -> int | None:
        """The next open item that was handed out; training comes before everything else."""
        training = [key for key, one in self._known.items() if one.kind is AnswerKind.TRAINING]
        for keys in (self._hand.open, self._hand.put_off):
            if to_do := [key for key in training if key in keys]:
                return self._hand.first(to_do, after)
        return self._hand.first(list(self._hand.open), after)

    # Handing out

    def _add(self, pair_id: int, kind: AnswerKind, shown_first: Preference | None) -> int:
        source = self._blocks.source_of(pair_id) if kind is AnswerKind.LABEL else None
        return self._hand.add(pair_id, kind, shown_first, source)

    def _side_of(self, known: "KnownItem") -> Preference:
        return first_side(self.plan.design.seed, known.position, self._number)

    def _strew(self, *, ending: bool) -> int | None:
        """What is due between two sources: a pair with a known answer, or one's own once more."""
        golds = self._golds()
        unseen = [golds[place] for place in self._strewn.gold_order() if golds[place] not in self._hand.kinds]
        if unseen and self._strewn.golds_due(len(self._hand.labelled)) > len(golds) - len(unseen):
            return self._add(unseen[0], AnswerKind.GOLD, self._side_of(self._known[unseen[0]]))
        again = self._strewn.repeated(self._hand.repeats, self._hand.repeatable(), ending=ending)
        if again is None:
            return None
        return self._add(again, AnswerKind.REPEAT, Preference(-self._hand.first_sides[again]))

    def _hand_out(self, after: int | None) -> int | None:
        """Take the next block: of what was seen, then of what is read anew, then what was skipped."""
        keys = self._take_block()
        if not keys:
            with self._study.reading() as connection:
                self._blocks.refresh(connection, self._clock())
            self.held_elsewhere = self._blocks.held_elsewhere
            skipped = self._hand.put_off_of(strewn=False)
            keys = self._take_block() or self._take(self._blocks.items(skipped))
        self._source_count = self._blocks.sources
        return self._hand.first(keys, after)

    def _take_block(self) -> list[int]:
        for places in self._blocks.to_try(list(self._hand.put_off)):
            if keys := self._take(self._blocks.make(places)):
                return keys
            self._blocks.close(places)
        return []

    def _take(self, items: Sequence[WorkItem]) -> list[int]:
        for _ in range(_TRIES):
            try:
                with self._study.writing() as connection:
                    taken = take_seats(connection, self.plan, self._id, items, self._clock())
            except IntegrityError:  # somebody was faster, in a way that the transaction did not keep out
                continue
            self._blocks.take([seat.pair_id for seat in taken])
            return [self._add(seat.pair_id, AnswerKind.LABEL, seat.shown_first) for seat in taken]
        raise AnswerError("others are taking the same pairs at the same moment; try again")

    def _hold(self) -> None:
        """Make sure of what was handed out before; what others have by now is this person's no more."""
        if not self._to_hold:
            return
        open_ = [key for key in self._hand.open if self._hand.kinds[key] is AnswerKind.LABEL]
        for key in set(open_) - set(self._take(self._blocks.items(open_))):
            if key in self._hand.open:  # and was not labelled just now
                self._hand.drop(key)
        self._to_hold = False

    def _forgo_decided(self, now_shown: int | None) -> None:
        """Give back, where the plan stops there, what others have decided since it was handed out.

        What is before this person stays theirs: they may be about to answer.
        """
        design = self.plan.design
        keys = [key for key in self._hand.open if self._hand.kinds[key] is AnswerKind.LABEL]
        if not design.stop_when_decided or not keys:
            return
        said: defaultdict[int, list[int]] = defaultdict(list)
        with self._study.reading() as connection:
            for pair_id, choice in connection.execute(_labels_of(keys)):
                said[pair_id].append(choice)
        decided = [
            key for key in keys if key != now_shown and is_decided(said[key], design.annotators_per_pair)
        ]
        if not decided:
            return
        with self._study.writing() as connection:
            for item in self._blocks.items(decided):
                give_back(connection, self._id, item_id=item.id)
        for key in decided:
            if key in self._hand.open:  # and was not labelled just now
                self._hand.drop(key)

    # Reading

    def _read(self, key: int) -> Item:
        pair_id, kind = abs(key), self._hand.kinds.get(key, AnswerKind.LABEL)
        first = self._hand.first_sides.get(key) or first_side(self.plan.design.seed, pair_id, self._number)
        with self._study.reading(once=True) as connection:
            texts = read_texts(connection, pair_id, first)
        number = self._hand.places.get(key, len(self._hand)) + 1
        return Item(
            pair_id=pair_id,
            source_id=texts.source_id,
            title=texts.title,
            source=texts.source,
            first_text=texts.first,
            second_text=texts.second,
            first=first,
            number=number,
            of=max(self.total, number),
            # An item that is strewn in would stand out by its source.
            source_number=None if self._strewn.any else self._hand.source_number(key),
            sources=None if self._strewn.any else max(self._source_count, 1),
            kind=kind,
        )


def _side(sign: int | None) -> Preference | None:
    return None if sign is None else Preference(sign)


def _known_items(connection: Connection, plan: StandingPlan) -> Iterator[KnownItem]:
    rows = connection.execute(
        select(plan_items)
        .where(plan_items.c.plan_id == plan.id, plan_items.c.role != Role.WORK)
        .order_by(plan_items.c.position)
    )
    for row in rows:
        kind = AnswerKind.GOLD if row.role == Role.GOLD else AnswerKind.TRAINING
        yield KnownItem(row.pair_id, row.position, kind, _side(row.expected), row.explanation)


def _own_choices(id_: int) -> Select[Any]:
    """One's choices that stand, whether or not they count, in the order in which they were first made."""
    return (
        select(answers.c.pair_id, answers.c.kind, answers.c.shown_first)
        .where(answers.c.annotator_id == id_, answers.c.kind.in_(CHOICES), answers.c.choice.is_not(None))
        .where(answer_stands())
        .order_by(answers.c.id)
    )


def _own_seats(id_: int, plan: StandingPlan) -> Select[Any]:
    return (
        select(plan_items.c.pair_id, seats.c.shown_first, seats.c.state)
        .join(plan_items)
        .where(plan_items.c.plan_id == plan.id, seats.c.annotator_id == id_)
        .where(OCCUPIED)
        .order_by(seats.c.id)
    )


def _labels_of(pair_ids: Sequence[int]) -> Select[Any]:
    return select(answers.c.pair_id, answers.c.choice).where(answers.c.pair_id.in_(pair_ids), label_stands())


def _own_skips(id_: int) -> Select[Any]:
    return select(answers.c.pair_id).where(answers.c.annotator_id == id_, skip_stands())
