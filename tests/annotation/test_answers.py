"""The log against a plain model of it: a dict of what stands and a stack of what was done."""

from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation.answers import IMPORTED, AnswerKind, AnswerLog, NewAnswer
from annotation.errors import AnswerError
from annotation.integrity import check
from annotation.study import Study
from profile_engine.preferences import Preference
from profile_engine.taxonomy import Task
from tests.annotation.drafts import LEFT, RIGHT, TIE, Draft, label

PAIRS = (1, 2, 3)


@dataclass
class Model:
    """One annotator's answers, the way one would keep them without a log."""

    standing: dict[tuple[AnswerKind, int], object] = field(default_factory=dict)
    done: list[tuple[AnswerKind, int, object]] = field(default_factory=list)

    def save(self, answer: NewAnswer) -> None:
        thing = (answer.kind, answer.pair_id)
        self.done.append((*thing, self.standing.get(thing)))
        self.standing[thing] = answer.choice if answer.kind is AnswerKind.LABEL else answer.set or answer.note

    def undo(self) -> bool:
        if not self.done:
            return False
        kind, pair, before = self.done.pop()
        self.standing[kind, pair] = before
        return True

    def of(self, kind: AnswerKind) -> dict[int, object]:
        return {
            pair: value for (of, pair), value in self.standing.items() if of is kind and value is not None
        }


def _answers(annotator: str) -> st.SearchStrategy[NewAnswer]:
    pair = st.sampled_from(PAIRS)
    side = st.sampled_from([LEFT, RIGHT])
    kinds = st.sampled_from([AnswerKind.SKIP, AnswerKind.FLAG])
    return st.one_of(
        st.builds(
            lambda pair, choice, first: NewAnswer(pair, annotator, choice=choice, shown_first=first),
            pair,
            st.sampled_from(Preference),
            side,
        ),
        st.builds(
            lambda pair, kind, on: NewAnswer(pair, annotator, kind, set=on), pair, kinds, st.booleans()
        ),
        st.builds(
            lambda pair, note: NewAnswer(pair, annotator, AnswerKind.NOTE, note=note),
            pair,
            st.text(min_size=1),
        ),
    )


_STEPS = st.sampled_from(["anna", "ben"]).flatmap(
    lambda name: st.tuples(st.just(name), st.one_of(st.none(), _answers(name)))
)
"""Who, and what they answer; None: they undo."""


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_STEPS, max_size=12))
def test_the_log_stands_as_the_model_does(steps: list[tuple[str, NewAnswer | None]]) -> None:
    models = {"anna": Model(), "ben": Model()}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "study.db"
        with Study.create(path, task=Task.SUMMARIZATION) as study:
            Draft(study).pairs(len(PAIRS))
            for name in models:
                AnswerLog(study).register(name)
        # Opened again for every step: undo reaches back over restarts.
        for name, answer in steps:
            with Study.open(path) as study:
                if answer is None:
                    assert (AnswerLog(study).undo(name) is not None) == models[name].undo()
                else:
                    AnswerLog(study).save(answer)
                    models[name].save(answer)
        with Study.open(path) as study:
            for name, model in models.items():
                standing = AnswerLog(study).standing(name)
                assert standing.labels == model.of(AnswerKind.LABEL)
                assert standing.skipped == {pair for pair, on in model.of(AnswerKind.SKIP).items() if on}
                assert standing.flagged == {pair for pair, on in model.of(AnswerKind.FLAG).items() if on}
                assert standing.notes == model.of(AnswerKind.NOTE)
            assert check(study) == ()


def test_imported_labels_are_not_taken_back(draft: Draft, log: AnswerLog) -> None:
    """L(imported) R(pressed) undo -> L again; another undo finds nothing of one's own."""
    (pair,) = draft.pairs(1)
    log.register("anna")
    log.save(NewAnswer(pair, "anna", choice=LEFT, origin=IMPORTED))
    log.save(NewAnswer(pair, "anna", choice=RIGHT))
    assert log.undo("anna") is not None
    assert log.standing("anna").labels == {pair: LEFT}
    assert log.undo("anna") is None


def test_an_import_over_an_answer_is_not_undone_with_it(draft: Draft, log: AnswerLog) -> None:
    first, second = draft.pairs(2)
    label(log, "anna", [(first, LEFT), (second, LEFT)])
    log.save(NewAnswer(second, "anna", choice=RIGHT, origin=IMPORTED))
    undone = log.undo("anna")
    assert undone is not None
    assert undone.pair_id == first
    assert log.standing("anna").labels == {second: RIGHT}


def test_undo_has_no_limit(draft: Draft, log: AnswerLog) -> None:
    pairs = draft.pairs(4)
    label(log, "anna", ((pairs[number % 4], Preference(number % 3 - 1)) for number in range(200)))
    assert sum(log.undo("anna") is not None for _ in range(250)) == 200
    assert log.standing("anna").labels == {}


def test_a_label_clears_neither_flag_nor_note(draft: Draft, log: AnswerLog) -> None:
    (pair,) = draft.pairs(1)
    log.register("anna")
    log.save(NewAnswer(pair, "anna", AnswerKind.FLAG, set=True))
    log.save(NewAnswer(pair, "anna", AnswerKind.NOTE, note="odd"))
    log.save(NewAnswer(pair, "anna", choice=TIE))
    standing = log.standing("anna")
    assert (standing.labels, standing.flagged, standing.notes) == ({pair: TIE}, {pair}, {pair: "odd"})
    (said,) = draft.study.pair(pair).labels
    assert (said.choice, said.flagged, said.note) == (TIE, True, "odd")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (NewAnswer(99, "anna", choice=LEFT), "pair 99 is not in this study"),
        (NewAnswer(1, "zoe", choice=LEFT), "zoe is not an annotator"),
        (NewAnswer(1, "anna"), "no choice"),
        (NewAnswer(1, "anna", AnswerKind.SKIP), "set it or to clear it"),
        (NewAnswer(1, "anna", choice=LEFT, shown_first=TIE), "shown first"),
    ],
)
def test_what_cannot_be_taken_is_refused(draft: Draft, log: AnswerLog, answer: NewAnswer, says: str) -> None:
    draft.pairs(1)
    log.register("anna")
    with pytest.raises(AnswerError, match=says):
        log.save(answer)
    assert log.last_id() == 0


def test_a_study_may_forbid_ties(draft: Draft, log: AnswerLog) -> None:
    (pair,) = draft.pairs(1)
    draft.study.change_settings(draft.study.settings.model_copy(update={"allow_ties": False}))
    log.register("anna")
    with pytest.raises(AnswerError, match="no ties"):
        log.save(NewAnswer(pair, "anna", choice=TIE))


def test_registering_twice_makes_one_annotator(study: Study, log: AnswerLog) -> None:
    for _ in range(2):
        log.register("anna", simulated=True)
    assert [(a.annotator, a.simulated) for a in study.summary().annotators] == [("anna", True)]
    with pytest.raises(AnswerError, match="name"):
        log.register(" ")
