"""The live profile equals a recomputation after whatever happened to it."""

from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profile_engine.errors import EngineError, UnknownAgentError, UnknownFactorError
from profile_engine.live import (
    AgentPreferences,
    FactorMove,
    Label,
    LiveProfile,
    NewSigns,
    ProfileSnapshot,
)
from profile_engine.preferences import HUMAN, MISSING, Agent, AgentKind, Aggregation, Preference, Setting
from profile_engine.tally import Signs

PAIRS, FACTORS = 6, ("length", "fluency", "coherence")
LEFT, TIE, RIGHT = Preference.LEFT, Preference.TIE, Preference.RIGHT
GENERATOR = Agent("gpt", AgentKind.GENERATOR)
JUDGE = Agent("gpt", AgentKind.JUDGE)

Step = tuple[str, int, Preference | None]


def random_signs(*shape: int) -> Signs:
    return np.random.default_rng(7).choice(
        np.array([-1, 0, 1, MISSING], np.int8), shape, p=[0.35, 0.2, 0.35, 0.1]
    )


MANIFESTATIONS = random_signs(PAIRS, len(FACTORS))
MODELS = (
    AgentPreferences(GENERATOR, random_signs(PAIRS)),
    AgentPreferences(JUDGE, random_signs(PAIRS + 1)[1:], asked_without_answer=2),
)


def standing(steps: list[Step]) -> dict[tuple[str, int], Preference]:
    said = {(annotator, pair): choice for annotator, pair, choice in steps}
    return {key: choice for key, choice in said.items() if choice is not None}


def recompute(steps: list[Step], aggregation: Aggregation) -> ProfileSnapshot:
    labels = [Label(annotator, pair, choice) for (annotator, pair), choice in standing(steps).items()]
    return LiveProfile(FACTORS, MANIFESTATIONS, MODELS, labels, aggregation).snapshot


def assert_same_rankings(one: ProfileSnapshot, other: ProfileSnapshot) -> None:
    assert list(one.rankings.items()) == list(other.rankings.items())
    assert one.labels == other.labels


steps_of_people = st.lists(
    st.tuples(
        st.sampled_from(["ann", "ben", "cid"]),
        st.integers(0, PAIRS - 1),
        st.sampled_from([*Preference, None]),
    ),
    max_size=25,
)


@given(steps_of_people, st.sampled_from(Aggregation), st.integers(0, 25))
def test_live_is_the_recomputation_count_for_count(
    steps: list[Step], aggregation: Aggregation, loaded: int
) -> None:
    labels = [Label(*step) for step in steps[:loaded] if step[2] is not None]  # type: ignore[arg-type]
    steps = [step for step in steps[:loaded] if step[2] is not None] + steps[loaded:]
    profile = LiveProfile(FACTORS, MANIFESTATIONS, MODELS, labels, aggregation)
    for count, step in enumerate(steps[len(labels) :], start=len(labels) + 1):
        assert_same_rankings(profile.record(*step), recompute(steps[:count], aggregation))
    assert_same_rankings(profile.snapshot, recompute(steps, aggregation))


new_signs = st.lists(
    st.tuples(
        st.sampled_from(FACTORS),
        st.integers(0, PAIRS - 1),
        st.sampled_from([-1, 0, 1, MISSING]),
    ),
    max_size=25,
)


@given(steps_of_people, new_signs, st.sampled_from(Aggregation))
def test_new_values_are_the_recomputation_count_for_count(
    steps: list[Step], signs: list[tuple[str, int, int]], aggregation: Aggregation
) -> None:
    """Labels and values change by turns."""
    changed = MANIFESTATIONS.copy()
    profile = LiveProfile(FACTORS, changed.copy(), MODELS, (), aggregation)
    for number, (factor, pair, sign) in enumerate(signs):
        for step in steps[number : number + 1]:
            profile.record(*step)
        before = profile.snapshot.people
        differs = int(changed[pair, FACTORS.index(factor)] != sign)
        changed[pair, FACTORS.index(factor)] = sign
        after = profile.revalue(NewSigns(factor, np.array([pair]), np.array([sign], np.int8)))
        labels = [Label(*key, choice) for key, choice in standing(steps[: number + 1]).items()]
        again = LiveProfile(FACTORS, changed, MODELS, labels, aggregation).snapshot
        assert_same_rankings(after, again)
        assert after.revaluation is not None
        assert after.revaluation.pairs == differs
        moved = {move.factor for move in after.revaluation.moves}
        assert moved == {
            name
            for name in FACTORS
            if (before.of(name).score.score, before.of(name).rank)
            != (after.people.of(name).score.score, after.people.of(name).rank)
        }


def test_new_values_are_refused_where_there_is_nothing() -> None:
    profile = LiveProfile(FACTORS, MANIFESTATIONS.copy())
    one = np.array([1], np.int8)
    with pytest.raises(UnknownFactorError, match="wit"):
        profile.revalue(NewSigns("wit", np.array([0]), one))
    with pytest.raises(EngineError, match="no pair 6"):
        profile.revalue(NewSigns("length", np.array([PAIRS]), one))


@given(steps_of_people, st.sampled_from(Aggregation))
def test_labels_in_bulk_are_the_labels_one_by_one(steps: list[Step], aggregation: Aggregation) -> None:
    people = {name: np.full(PAIRS, MISSING, np.int8) for name in ("ann", "ben", "cid")}
    for (annotator, pair), choice in standing(steps).items():
        people[annotator][pair] = choice
    bulk = LiveProfile(FACTORS, MANIFESTATIONS, MODELS, aggregation=aggregation, people=people)
    assert_same_rankings(bulk.snapshot, recompute(steps, aggregation))


@given(steps_of_people, st.sampled_from(Aggregation))
def test_withdrawing_every_label_leaves_nothing(steps: list[Step], aggregation: Aggregation) -> None:
    profile = LiveProfile(FACTORS, MANIFESTATIONS, MODELS, (), aggregation)
    empty = profile.snapshot
    for step in steps:
        profile.record(*step)
    for annotator, pair, _ in steps:
        profile.record(annotator, pair, None)
    assert_same_rankings(profile.snapshot, empty)
    assert set(profile.human_preferences().tolist()) == {MISSING}


@given(steps_of_people)
def test_every_label_by_itself_adds_up_the_annotators(steps: list[Step]) -> None:
    rankings = recompute(steps, Aggregation.EVERY_LABEL).rankings
    annotators = [ranking for agent, ranking in rankings.items() if agent.kind is AgentKind.ANNOTATOR]
    assert rankings[HUMAN].pairs == sum(ranking.pairs for ranking in annotators) == len(standing(steps))
    assert rankings[HUMAN].no_preference == 0
    for factor in FACTORS:
        together = rankings[HUMAN].of(factor).score
        each = [ranking.of(factor).score for ranking in annotators]
        assert together.concordant == sum(score.concordant for score in each)
        assert together.discordant == sum(score.discordant for score in each)
        assert together.ties == sum(score.ties for score in each)
        assert together.excluded.total == sum(score.excluded.total for score in each)


@given(steps_of_people)
def test_the_moves_are_the_differences_of_two_rankings(steps: list[Step]) -> None:
    profile = LiveProfile(FACTORS, MANIFESTATIONS)
    for annotator, pair, choice in steps:
        before = profile.snapshot.people
        after = profile.record(annotator, pair, choice)
        assert after.change is not None
        assert (after.change.annotator, after.change.pair) == (annotator, pair)
        moves = {move.factor: move for move in after.change.moves}
        order = [ranked.score.factor for ranked in after.people.factors]
        assert list(moves) == [factor for factor in order if factor in moves]
        for factor in FACTORS:
            was, now = before.of(factor), after.people.of(factor)
            if (was.rank, was.score.score) == (now.rank, now.score.score):
                assert factor not in moves
            else:
                assert moves[factor] == FactorMove(
                    factor, was.score.score, now.score.score, was.rank, now.rank
                )


def test_a_majority_arises_falls_and_turns() -> None:
    # One pair; the left response is longer.
    profile = LiveProfile(["length"], np.array([[1]], np.int8))

    def after(annotator: str, choice: Preference | None) -> tuple[float | None, int, int]:
        people = profile.record(annotator, 0, choice).of("human")
        return people.of("length").score.score, people.pairs, people.no_preference

    assert after("ann", LEFT) == (1.0, 1, 0)
    assert after("ben", RIGHT) == (None, 0, 1)  # one each: no majority
    assert after("cid", RIGHT) == (-1.0, 1, 0)
    assert after("ann", TIE) == (-1.0, 1, 0)
    assert after("cid", TIE) == (0.0, 1, 0)  # the people tie: T = 1
    assert after("ann", None) == (None, 0, 1)
    assert after("ben", None) == (0.0, 1, 0)
    assert after("cid", None) == (None, 0, 0)


def test_the_people_come_first_then_models_then_annotators_by_name() -> None:
    profile = LiveProfile(FACTORS, MANIFESTATIONS, MODELS)
    assert list(profile.snapshot.rankings) == [HUMAN, GENERATOR, JUDGE]
    profile.record("cid", 0, LEFT)
    snapshot = profile.record("ann", 1, TIE)
    annotators = [Agent("ann", AgentKind.ANNOTATOR), Agent("cid", AgentKind.ANNOTATOR)]
    assert list(snapshot.rankings) == [HUMAN, GENERATOR, JUDGE, *annotators]
    assert snapshot.people is snapshot.rankings[HUMAN]
    assert snapshot.labels == 2


def test_an_agent_is_found_by_its_address() -> None:
    snapshot = LiveProfile(FACTORS, MANIFESTATIONS, MODELS, [Label("ann", 0, LEFT)]).snapshot
    assert snapshot.of("ann").agent == Agent("ann", AgentKind.ANNOTATOR)
    assert snapshot.of("gpt:generation").agent == snapshot.of("gpt:generator").agent == GENERATOR
    assert snapshot.of("gpt:evaluation").no_preference == snapshot.of("gpt:judge").no_preference == 2
    with pytest.raises(UnknownAgentError, match="'gpt' is more than one agent: say gpt:generator or gpt:j"):
        snapshot.of("gpt")
    known = "no agent 'bard' here: choose from human, gpt:generator, gpt:judge, ann"
    with pytest.raises(UnknownAgentError, match=known):
        snapshot.of("bard")


def test_two_agents_of_one_name_and_setting_are_not_taken_for_each_other() -> None:
    rewarding = AgentPreferences(Agent("gpt", AgentKind.REWARD_MODEL), MODELS[1].preferences)
    snapshot = LiveProfile(FACTORS, MANIFESTATIONS, [*MODELS, rewarding]).snapshot
    assert snapshot.of("gpt:reward_model").agent == rewarding.agent
    with pytest.raises(UnknownAgentError, match="say gpt:judge or gpt:reward_model"):
        snapshot.of("gpt:evaluation")


def test_human_is_the_people_together_whatever_an_annotator_is_called() -> None:
    snapshot = LiveProfile(FACTORS, MANIFESTATIONS, labels=[Label("human", 0, LEFT)]).snapshot
    assert snapshot.of("human") is snapshot.people
    assert snapshot.of("human:annotator").agent.kind is AgentKind.ANNOTATOR


def test_a_name_that_reads_like_an_address_gives_way_to_the_address() -> None:
    odd = AgentPreferences(Agent("gpt:judge", AgentKind.JUDGE), MODELS[1].preferences)
    snapshot = LiveProfile(FACTORS, MANIFESTATIONS, [*MODELS, odd]).snapshot
    assert snapshot.of("gpt:judge").agent == JUDGE
    assert snapshot.of("gpt:judge:judge").agent == odd.agent


@pytest.mark.parametrize(("human", "ann"), [("human", "ann"), ("human:human", "ann:annotator")])
def test_a_told_setting_holds_for_people_too(human: str, ann: str) -> None:
    told = {human: Setting.GENERATION, ann: Setting.GENERATION}
    profile = LiveProfile(["length"], np.array([[0]], np.int8), settings=told)
    snapshot = profile.record("ann", 0, LEFT)
    assert snapshot.people.of("length").score.ties == snapshot.of("ann").of("length").score.ties == 1


def test_a_snapshot_does_not_change_when_labels_do() -> None:
    profile = LiveProfile(FACTORS, MANIFESTATIONS, MODELS)
    first = profile.record("ann", 0, LEFT)
    rankings = dict(first.rankings)
    profile.record("ann", 0, RIGHT)
    profile.record("ben", 1, RIGHT)
    assert dict(first.rankings) == rankings
    with pytest.raises(FrozenInstanceError):
        first.labels = 7  # type: ignore[misc]
    with pytest.raises(TypeError):
        first.rankings[HUMAN] = rankings[JUDGE]  # type: ignore[index]


def test_what_the_caller_gave_is_left_as_it_was() -> None:
    people = {"ann": np.zeros(PAIRS, np.int8)}
    profile = LiveProfile(FACTORS, MANIFESTATIONS, people=people)
    profile.record("ann", 0, LEFT)
    profile.human_preferences()[:] = 0
    assert people["ann"].tolist() == [0] * PAIRS
    assert profile.human_preferences().tolist() == [1] + [0] * (PAIRS - 1)


@pytest.mark.parametrize("pair", [-1, PAIRS])
def test_a_pair_that_is_not_there_is_refused(pair: int) -> None:
    profile = LiveProfile(FACTORS, MANIFESTATIONS)
    with pytest.raises(EngineError, match=f"no pair {pair}: there are 6"):
        profile.record("ann", pair, LEFT)
    with pytest.raises(EngineError, match=f"no pair {pair}: there are 6"):
        LiveProfile(FACTORS, MANIFESTATIONS, labels=[Label("ann", pair, LEFT)])


def test_what_does_not_fit_together_is_refused() -> None:
    with pytest.raises(EngineError, match="do not fit 2 factors"):
        LiveProfile(FACTORS[:2], MANIFESTATIONS)
    with pytest.raises(EngineError, match="2 preferences of gpt for 6 pairs"):
        LiveProfile(FACTORS, MANIFESTATIONS, [AgentPreferences(JUDGE, np.zeros(2, np.int8))])
    with pytest.raises(EngineError, match="gpt given twice"):
        LiveProfile(FACTORS, MANIFESTATIONS, [MODELS[0], MODELS[0]])
    with pytest.raises(EngineError, match="2 labels of ann for 6 pairs"):
        LiveProfile(FACTORS, MANIFESTATIONS, people={"ann": np.zeros(2, np.int8)})


def test_a_study_without_pairs_has_a_profile() -> None:
    snapshot = LiveProfile(FACTORS, np.zeros((0, 3), np.int8), aggregation=Aggregation.EVERY_LABEL).snapshot
    assert [ranked.score.reason for ranked in snapshot.people.factors] == ["no pair with a preference"] * 3
