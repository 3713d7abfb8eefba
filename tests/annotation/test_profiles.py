"""A loaded profile against the study counted naively, and against one that followed every answer."""

import random
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from annotation.answers import AnswerKind, AnswerLog, NewAnswer
from annotation.errors import StudyError
from annotation.pairs import LabelState, PairFilter, find_pairs
from annotation.profiles import StudyProfile, load_profile
from annotation.store import tables
from annotation.study import PairView, Study
from profile_engine.errors import UnknownAgentError, UnknownFactorError
from profile_engine.preferences import MISSING, AgentKind, Aggregation, Preference, Setting
from profile_engine.taxonomy import own_factor
from tests.annotation.drafts import LEFT, RIGHT, TIE, Draft, label
from tests.annotation.synthetic import make_study

FACTOR = own_factor("wit", "Wit", "How funny it is.")


@pytest.fixture
def draft(study: Study) -> Draft:
    study.change_factor(FACTOR)
    return Draft(study)


def _pair_with_values(draft: Draft, left: float | None, right: float | None) -> int:
    source = draft.source("s")
    responses = [draft.response(source, side) for side in ("l", "r")]
    for response, value in zip(responses, (left, right), strict=True):
        draft.value(response, "wit", value, reason=None if value is not None else "failed")
    return draft.pair(source, *responses)


def _wit(profile: StudyProfile) -> list[int]:
    signs: list[int] = profile.manifestations[:, profile.factors.index("wit")].tolist()
    return signs


def test_missing_unavailable_and_tied_are_three_things(draft: Draft) -> None:
    _pair_with_values(draft, 2.0, 1.0)
    _pair_with_values(draft, 1.0, 1.0)
    _pair_with_values(draft, None, 1.0)
    draft.pairs(1)  # nobody has asked for its values yet
    assert _wit(load_profile(draft.study)) == [1, 0, MISSING, MISSING]
    counted = {count.factor: count for count in draft.study.summary().factors}["wit"]
    assert (counted.values, counted.unavailable, counted.method) == (5, 1, "hand-written")


def test_what_failed_is_counted_apart(draft: Draft) -> None:
    """Of three values that failed, one was found since, one turned out to be unavailable, one is still so."""
    found, unavailable, failed = (draft.study.pair(pair).left.id for pair in draft.pairs(3))
    draft.value(unavailable, "length", None, reason="failed: no answer")
    draft.value(failed, "length", None, reason="no source")
    draft.value(failed, "length", None, reason="failed: no answer", version="2")
    draft.value(found, "length", None, reason="failed: no answer")
    draft.value(found, "length", 3.0, version="2")
    draft.value(unavailable, "length", None, reason="no source", version="2")
    counted = {count.factor: count for count in draft.study.summary().factors}["length"]
    assert (counted.values, counted.unavailable, counted.failed, counted.settled) == (1, 1, 1, 3)


def test_the_last_value_stands(draft: Draft) -> None:
    pair = draft.study.pair(_pair_with_values(draft, 1.0, 2.0))
    draft.value(pair.left.id, "wit", 3.0, version="2")
    assert _wit(load_profile(draft.study)) == [1]
    assert draft.study.pair(pair.id).left.values["wit"].value == 3.0
    draft.value(pair.left.id, "wit", None, reason="no longer", version="3")
    assert _wit(load_profile(draft.study)) == [MISSING]
    counted = {count.factor: count for count in draft.study.summary().factors}["wit"]
    assert (counted.values, counted.unavailable) == (1, 1)


def test_a_tolerance_makes_ties(draft: Draft) -> None:
    _pair_with_values(draft, 1.0, 1.4)
    assert _wit(load_profile(draft.study)) == [-1]
    draft.study.change_factor(own_factor("wit", "Wit", "How funny it is.", tie_tolerance=0.5))
    assert _wit(load_profile(draft.study)) == [0]


def test_a_response_may_stand_in_several_pairs(draft: Draft) -> None:
    source = draft.source("s")
    first, second, third = (draft.response(source, text) for text in "abc")
    for response, value in ((first, 1.0), (second, 2.0), (third, 3.0)):
        draft.value(response, "wit", value)
    draft.pair(source, first, second)
    draft.pair(source, third, first)
    assert _wit(load_profile(draft.study)) == [-1, 1]


def test_generators_prefer_what_they_scored_higher(draft: Draft) -> None:
    """Same author and different scores; another author, no score or equal scores say nothing."""
    ann, bob = draft.agent("ann"), draft.agent("bob")
    judge = draft.agent("judge", AgentKind.JUDGE)
    source = draft.source("s")
    five, three, again, none, bobs, judged = (
        draft.response(source, text, agent, score)
        for text, agent, score in (
            ("5", ann, 5.0),
            ("3", ann, 3.0),
            ("3 too", ann, 3.0),
            ("-", ann, None),
            ("bob", bob, 1.0),
            ("judge", judge, 2.0),
        )
    )
    others = draft.response(source, "judge too", judge, 1.0)
    pairs = [
        draft.pair(source, left, right)
        for left, right in (
            (five, three),
            (three, five),
            (three, again),
            (five, none),
            (five, bobs),
            (judged, others),
        )
    ]
    (model,) = load_profile(draft.study).models
    assert (model.agent.name, model.agent.setting) == ("ann", Setting.GENERATION)
    assert model.preferences.tolist() == [1, -1, *[MISSING] * 4]
    verdicts = [[verdict.choice for verdict in draft.study.pair(pair).verdicts] for pair in pairs]
    assert verdicts == [[LEFT], [RIGHT], [], [], [], []]


def test_a_judge_without_a_verdict_was_asked(draft: Draft) -> None:
    pairs = draft.pairs(3)
    judge = draft.agent("judge", AgentKind.JUDGE)
    draft.verdict(pairs[0], judge, None, raw="garbage")
    draft.verdict(pairs[1], judge, TIE)
    (model,) = load_profile(draft.study).models
    assert model.preferences.tolist() == [MISSING, 0, MISSING]
    assert model.asked_without_answer == 1


def test_an_agent_may_be_told_its_setting(draft: Draft, log: AnswerLog) -> None:
    pairs = draft.pairs(1)
    draft.verdict(pairs[0], draft.agent("judge", AgentKind.JUDGE), LEFT)
    label(log, "anna", [(pairs[0], LEFT)])
    told = {"judge": Setting.IMPROVEMENT, "anna": Setting.GENERATION}
    draft.study.change_settings(draft.study.settings.model_copy(update={"agent_settings": told}))
    snapshot = load_profile(draft.study).live.snapshot
    settings = {agent.name: agent.setting for agent in snapshot.rankings}
    assert settings == {"human": Setting.EVALUATION, **told}


def test_the_setting_of_the_study_aggregates(draft: Draft, log: AnswerLog) -> None:
    (pair,) = draft.pairs(1)
    for name, choice in (("anna", LEFT), ("ben", LEFT), ("cleo", RIGHT)):
        label(log, name, [(pair, choice)])
    assert load_profile(draft.study).live.snapshot.people.pairs == 1
    assert load_profile(draft.study, Aggregation.EVERY_LABEL).live.snapshot.people.pairs == 3
    every_label = {"aggregation": Aggregation.EVERY_LABEL}
    draft.study.change_settings(draft.study.settings.model_copy(update=every_label))
    assert load_profile(draft.study).live.snapshot.people.pairs == 3


def test_following_equals_loading_again(tmp_path: Path) -> None:
    """Labels, changes and undos by three people, and a poll now and then."""
    chance = random.Random(5)
    with make_study(tmp_path / "study.db", pairs=40, labels_each=10) as study:
        log, followed = AnswerLog(study), load_profile(study)
        people = [count.annotator for count in study.summary().annotators]
        for _ in range(60):
            name = chance.choice(people)
            if chance.random() < 0.3:
                log.undo(name)
            else:
                log.save(NewAnswer(chance.randint(1, 40), name, choice=chance.choice(list(Preference))))
            if chance.random() < 0.4:
                followed.follow(log.since(followed.last_answer))
        followed.follow(log.since(followed.last_answer))
        again = load_profile(study)
        assert followed.last_answer == again.last_answer == study.summary().last_answer
        assert followed.live.snapshot.rankings == again.live.snapshot.rankings
        assert not followed.stale


def test_an_answer_to_a_new_pair_makes_the_profile_stale(draft: Draft, log: AnswerLog) -> None:
    draft.pairs(1)
    profile = load_profile(draft.study)
    (new,) = draft.pairs(1)
    label(log, "anna", [(new, LEFT)])
    assert profile.follow(log.since(profile.last_answer)) is None
    assert profile.stale
    with pytest.raises(StudyError, match=f"pair {new}"):
        profile.row(new)
    assert load_profile(draft.study).row(new) == 1


def test_an_empty_study_has_an_empty_profile(study: Study) -> None:
    profile = load_profile(study)
    assert profile.manifestations.shape == (0, len(study.factors))
    assert find_pairs(study, profile, PairFilter(text="x")).tolist() == []


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A study with a bit of everything."""
    study = make_study(tmp_path_factory.mktemp("made") / "study.db", pairs=60, labels_each=25)
    log = AnswerLog(study)
    for _ in range(3):
        log.save(NewAnswer(7, "person 1", choice=TIE))
    log.save(NewAnswer(8, "person 2", AnswerKind.FLAG, set=True))
    log.save(NewAnswer(9, "person 2", AnswerKind.FLAG, set=True))
    log.undo("person 2")
    return study


def _misaligned(pair: PairView, agent: str) -> bool:
    verdict = next((verdict.choice for verdict in pair.verdicts if verdict.agent == agent), None)
    return pair.human in (LEFT, RIGHT) and verdict is not None and verdict is not pair.human


def _involved(pair: PairView, agent: str) -> bool:
    authors = {pair.left.agent, pair.right.agent}
    told = {verdict.agent for verdict in pair.verdicts if verdict.choice is not None}
    return agent in authors | told | {said.annotator for said in pair.labels if said.choice is not None}


def _in_state(pair: PairView, state: LabelState) -> bool:
    labelled = any(said.choice is not None for said in pair.labels)
    return {
        LabelState.LABELLED: labelled,
        LabelState.UNLABELLED: not labelled,
        LabelState.NO_MAJORITY: labelled and pair.human is None,
        LabelState.FLAGGED: any(said.flagged for said in pair.labels),
    }[state]


def _differs(pair: PairView, factor: str) -> bool:
    values = [side.values[factor].value for side in (pair.left, pair.right) if factor in side.values]
    return len(values) == 2 and None not in values and values[0] != values[1]


def _passes(pair: PairView, wanted: PairFilter) -> bool:
    return (
        (wanted.agent is None or _involved(pair, wanted.agent))
        and (wanted.state is None or _in_state(pair, wanted.state))
        and (wanted.factor is None or _differs(pair, wanted.factor))
        and (wanted.misaligned_with is None or _misaligned(pair, wanted.misaligned_with))
        and (
            wanted.text is None
            or any(
                wanted.text.lower() in text.lower() for text in (pair.source, pair.left.text, pair.right.text)
            )
        )
    )


@pytest.mark.parametrize("agent", [None, "model 1", "judge 2", "person 3", "nobody"])
@pytest.mark.parametrize("state", [None, *LabelState])
def test_a_filter_passes_what_the_pair_itself_says(
    made: Study, agent: str | None, state: LabelState | None
) -> None:
    profile = load_profile(made)
    pairs = [made.pair(int(pair)) for pair in profile.pair_ids]
    for factor, other, text in product((None, "length"), (None, "judge 1", "model 2"), (None, "NUMBER 7.")):
        wanted = PairFilter(agent, state, factor, other, text)
        expected = [pair.id for pair in pairs if _passes(pair, wanted)]
        assert find_pairs(made, profile, wanted).tolist() == expected, wanted


def test_an_empty_filter_takes_all(made: Study) -> None:
    profile = load_profile(made)
    assert np.array_equal(find_pairs(made, profile, PairFilter()), profile.pair_ids)
    assert len(profile.pair_ids) == 60


def test_unknown_names_are_refused(made: Study) -> None:
    profile = load_profile(made)
    with pytest.raises(UnknownFactorError, match="beauty"):
        find_pairs(made, profile, PairFilter(factor="beauty"))
    with pytest.raises(UnknownAgentError, match="nobody"):
        find_pairs(made, profile, PairFilter(misaligned_with="nobody"))


def test_a_pair_is_read_in_seven_queries(made: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many labels and verdicts it has."""
    from sqlalchemy import Connection

    statements: list[object] = []
    execute = Connection.execute

    def count(self: Connection, statement: object, *args: object) -> object:
        statements.append(statement)
        return execute(self, statement, *args)  # type: ignore[call-overload]

    monkeypatch.setattr(Connection, "execute", count)
    assert len(made.pair(1).labels) == 3
    assert len(statements) == 7


def test_a_pair_that_is_not_there_is_refused(made: Study) -> None:
    with pytest.raises(StudyError, match="pair 1000 is not in this study"):
        made.pair(1000)


def test_a_summary_counts_what_the_tables_hold(made: Study) -> None:
    summary = made.summary()
    with made.reading() as connection:
        rows = {
            table.name: len(connection.execute(select(table)).all())
            for table in tables.metadata.sorted_tables
        }
    assert (summary.sources, summary.responses, summary.pairs) == (6, 120, 60)
    assert (rows["sources"], rows["responses"], rows["pairs"]) == (6, 120, 60)
    assert {count.annotator: count.labels for count in summary.annotators} == {
        f"person {number}": 25 for number in (1, 2, 3)
    }
    assert summary.labelled_pairs == 25
    assert summary.last_answer == rows["answers"] == 75 + 3 + 3
    # Verdicts on 60 pairs; on those whose index divided by 50 leaves the judge's id there is none.
    judges = {count.agent: (count.preferences, count.no_preference) for count in summary.agents[2:]}
    assert judges == {"judge 1": (58, 2), "judge 2": (58, 2)}
