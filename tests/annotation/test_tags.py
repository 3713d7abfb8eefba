"""Tags and notes: what stands, what is taken back, what is refused."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from annotation.errors import StudyError
from annotation.store.model_tables import pair_tags
from annotation.study import Study
from annotation.tags import PairRemarks, Remark, TagLog, count_tags, read_remarks, remarked_pairs
from tests.annotation.drafts import Draft


def remarks(study: Study) -> dict[int, PairRemarks]:
    with study.reading() as connection:
        return read_remarks(connection)


def entries(study: Study) -> int:
    with study.reading() as connection:
        return connection.execute(select(func.count()).select_from(pair_tags)).scalar_one()


def test_the_last_word_stands_and_nothing_is_overwritten(draft: Draft) -> None:
    first, second, third = draft.pairs(3)
    log = TagLog(draft.study)
    log.toggle(first, "paper")
    log.toggle(first, "  a  long one ")
    log.note(second, " too long, and dull ")
    log.toggle(second, "paper")
    log.toggle(first, "paper")  # away again
    log.note(third, "x")
    log.note(third, "")
    assert remarks(draft.study) == {
        first: PairRemarks(("a long one",)),
        second: PairRemarks(("paper",), "too long, and dull"),
    }
    assert entries(draft.study) == 7
    assert draft.study.pair(second).remarks == PairRemarks(("paper",), "too long, and dull")
    assert draft.study.pair(third).remarks == PairRemarks()
    assert count_tags(remarks(draft.study)) == {"a long one": 1, "paper": 1}
    assert remarked_pairs(remarks(draft.study), "paper") == (second,)
    assert remarked_pairs(remarks(draft.study)) == (first, second)
    with pytest.raises(StudyError, match="no pair carries the tag 'x': there are a long one, paper"):
        remarked_pairs(remarks(draft.study), "x")


def test_undo_brings_back_step_by_step_what_stood_before(draft: Draft) -> None:
    (pair,) = draft.pairs(1)
    log = TagLog(draft.study)
    seen = [remarks(draft.study).get(pair)]
    steps: tuple[Callable[[], Remark], ...] = (
        lambda: log.note(pair, "one"),
        lambda: log.toggle(pair, "t"),
        lambda: log.note(pair, "two"),
        lambda: log.toggle(pair, "t"),
        lambda: log.note(pair, ""),
    )
    for step in steps:
        step()
        seen.append(remarks(draft.study).get(pair))
    while len(seen) > 1:
        assert remarks(draft.study).get(pair) == seen.pop()
        assert log.undo() is not None
    assert remarks(draft.study).get(pair) is None
    assert log.undo() is None
    assert entries(draft.study) == 10


def test_what_somebody_else_said_since_is_not_undone(draft: Draft) -> None:
    (pair,) = draft.pairs(1)
    mine, other = TagLog(draft.study), TagLog(draft.study)
    mine.note(pair, "mine")
    other.note(pair, "theirs")
    with pytest.raises(StudyError, match="changed elsewhere"):
        mine.undo()
    assert remarks(draft.study)[pair].note == "theirs"


@pytest.mark.parametrize(
    ("tag", "why"),
    [(" ", "needs a name"), ("x" * 81, "at most 80"), ("a\u202eb", "not seen")],
)
def test_what_is_no_tag_is_refused(draft: Draft, tag: str, why: str) -> None:
    (pair,) = draft.pairs(1)
    with pytest.raises(StudyError, match=why):
        TagLog(draft.study).toggle(pair, tag)
    assert entries(draft.study) == 0


def test_a_pair_that_is_not_there_is_refused(draft: Draft) -> None:
    with pytest.raises(StudyError, match="pair 9 is not in this study"):
        TagLog(draft.study).note(9, "x")
