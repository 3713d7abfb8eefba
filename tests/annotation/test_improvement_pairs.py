"""Nobody is asked which of two responses is the improved one: whoever made it has said so."""

from sqlalchemy import select

from annotation.answers import AnswerLog
from annotation.assignment import Worklist
from annotation.exporters.blinded import blinded_pairs
from annotation.people.progress import measure_people
from annotation.planning.design import PlanDesign
from annotation.planning.making import make_plan
from annotation.store.tables import pairs
from annotation.study import Study
from profile_engine.preferences import AgentKind
from tests.annotation.drafts import LEFT, Draft, label


def improve(draft: Draft) -> tuple[list[int], list[int]]:
    """Two sources with a pair each, and both its responses improved; pairs that are work, and the others."""
    improver = draft.agent("g by e", AgentKind.IMPROVER)
    work, others = [], []
    for number in range(2):
        source = draft.source(f"Post {number}.")
        initial = [draft.response(source, f"{side} {number}.") for side in ("Left", "Right")]
        improved = draft.response(source, f"Better {number}.", improver)
        others.append(draft.pair(source, improved, initial[0]))
        work.append(draft.pair(source, *initial))
        others.append(draft.pair(source, initial[1], improved))
    return work, others


def test_they_are_in_no_worklist_and_no_file_for_people_elsewhere(
    study: Study, draft: Draft, log: AnswerLog
) -> None:
    work, _ = improve(draft)
    log.register("anna")
    worklist = Worklist(study, "anna")
    assert worklist.total == 2
    items = [worklist.next(), worklist.next(work[0])]
    assert [item and item.pair_id for item in items] == work
    shown = [pair.row["key"] for pair in blinded_pairs(study, None)]
    with study.reading() as connection:
        keys = connection.execute(select(pairs.c.key).where(pairs.c.id.in_(work)).order_by(pairs.c.id))
        assert shown == list(keys.scalars())


def test_they_are_in_no_plan(study: Study, draft: Draft) -> None:
    work, _ = improve(draft)
    plan = make_plan(study, PlanDesign(pairs_per_source=3))
    assert {item.pair_id for item in plan.items} == set(work)


def test_they_are_no_work_that_is_left(study: Study, draft: Draft, log: AnswerLog) -> None:
    work, others = improve(draft)
    label(log, "anna", [(pair, LEFT) for pair in work])
    summary = study.summary()
    assert (summary.pairs, summary.work_pairs, summary.labelled_pairs) == (len(work) + len(others), 2, 2)
    assert measure_people(study).pairs == 2
