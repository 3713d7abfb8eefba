"""One model in several settings is several agents: each by itself, wherever it is named."""

import csv
import io
import json

import pytest

from annotation.agents import study_agents
from annotation.exporters.csv_file import export_csv
from annotation.exporters.dpo_file import export_dpo
from annotation.exporters.pair_table import pair_frame
from annotation.pairs import PairFilter, find_pairs
from annotation.profiles import load_profile
from annotation.study import Study
from profile_engine.errors import UnknownAgentError
from profile_engine.preferences import HUMAN, AgentKind, Setting
from tests.annotation.drafts import LEFT, RIGHT, TIE, Draft, three_of_one_name

GENERATOR, JUDGE, REWARD_MODEL = "gpt-4o:generator", "gpt-4o:judge", "gpt-4o:reward_model"


@pytest.fixture
def pairs(draft: Draft) -> list[int]:
    return three_of_one_name(draft)


def test_a_pair_shows_the_verdict_of_each(study: Study, pairs: list[int]) -> None:
    verdicts = {verdict.kind: verdict.choice for verdict in study.pair(pairs[0]).verdicts}
    assert verdicts == {AgentKind.GENERATOR: LEFT, AgentKind.JUDGE: RIGHT, AgentKind.REWARD_MODEL: LEFT}
    of_second = {verdict.kind: verdict.choice for verdict in study.pair(pairs[1]).verdicts}
    assert of_second == {AgentKind.GENERATOR: RIGHT, AgentKind.JUDGE: RIGHT, AgentKind.REWARD_MODEL: TIE}


def test_a_later_verdict_of_the_same_agent_stands(study: Study, draft: Draft) -> None:
    (pair,) = draft.pairs(1)
    judge = draft.agent("judge", AgentKind.JUDGE)
    draft.verdict(pair, judge, LEFT)
    draft.verdict(pair, judge, RIGHT)
    assert [verdict.choice for verdict in study.pair(pair).verdicts] == [RIGHT]


@pytest.mark.parametrize(
    ("agent", "numbers"),
    [("gpt-4o", [0, 1, 2]), (GENERATOR, [0, 1]), (JUDGE, [0, 1, 2]), (REWARD_MODEL, [0, 1]), ("gpt", [])],
)
def test_a_name_filters_by_all_its_agents_an_address_by_one(
    study: Study, pairs: list[int], agent: str, numbers: list[int]
) -> None:
    found = find_pairs(study, load_profile(study), PairFilter(agent=agent))
    assert found.tolist() == [pairs[number] for number in numbers]


@pytest.mark.parametrize(("agent", "numbers"), [(GENERATOR, []), (JUDGE, [0]), (REWARD_MODEL, [1])])
def test_people_are_misaligned_with_one_agent(
    study: Study, pairs: list[int], agent: str, numbers: list[int]
) -> None:
    found = find_pairs(study, load_profile(study), PairFilter(misaligned_with=agent))
    assert found.tolist() == [pairs[number] for number in numbers]


def test_nobody_is_misaligned_with_a_name_of_several(study: Study, pairs: list[int]) -> None:
    with pytest.raises(UnknownAgentError, match=f"say {GENERATOR} or {JUDGE} or {REWARD_MODEL}"):
        find_pairs(study, load_profile(study), PairFilter(misaligned_with="gpt-4o"))


def test_each_has_a_ranking_of_its_own(study: Study, pairs: list[int]) -> None:
    """Generator: both pairs concordant. Judge: one of three against. Reward model: one for, one tie."""
    snapshot = load_profile(study).live.snapshot
    scores = {agent: snapshot.of(agent).of("length").score for agent in (GENERATOR, JUDGE, REWARD_MODEL)}
    counts = {agent: (score.concordant, score.discordant, score.ties) for agent, score in scores.items()}
    assert counts == {GENERATOR: (2, 0, 0), JUDGE: (2, 1, 0), REWARD_MODEL: (1, 0, 1)}
    assert [scores[agent].score for agent in scores] == [1.0, pytest.approx(1 / 3), 0.5]
    assert snapshot.of(GENERATOR).agent.setting is Setting.GENERATION


def test_a_setting_is_told_to_one_of_them(study: Study, pairs: list[int]) -> None:
    told = {REWARD_MODEL: Setting.GENERATION}
    study.change_settings(study.settings.model_copy(update={"agent_settings": told}))
    rankings = load_profile(study).live.snapshot.rankings
    settings = {agent.address: agent.setting for agent in rankings if agent.name == "gpt-4o"}
    assert settings == {
        GENERATOR: Setting.GENERATION,
        JUDGE: Setting.EVALUATION,
        REWARD_MODEL: Setting.GENERATION,
    }
    assert study_agents(study)[0] == HUMAN
    assert {agent.address: agent.setting for agent in study_agents(study)}.items() >= settings.items()


def test_a_table_has_a_column_for_each(study: Study, pairs: list[int]) -> None:
    stream = io.StringIO()
    export_csv(study, stream)
    table = list(csv.DictReader(io.StringIO(stream.getvalue())))
    assert [line[f"verdict {JUDGE}"] for line in table] == ["right", "right", "left"]
    assert [line[f"verdict {REWARD_MODEL}"] for line in table] == ["left", "tie", ""]
    assert f"verdict {JUDGE}" in pair_frame(study).columns


def test_a_name_that_one_judge_has_is_its_column(study: Study, draft: Draft) -> None:
    (pair,) = draft.pairs(1)
    draft.agent("gpt-4o")
    draft.verdict(pair, draft.agent("gpt-4o", AgentKind.JUDGE), LEFT)
    assert "verdict gpt-4o" in pair_frame(study).columns


@pytest.mark.parametrize(
    ("agent", "chosen"),
    [
        (GENERATOR, ["Left 1.", "Right 2."]),
        (JUDGE, ["Right 1.", "Right 2.", "Left 3."]),
        (REWARD_MODEL, ["Left 1."]),
        ("ann", ["Left 1.", "Right 2.", "Left 3."]),
    ],
)
def test_training_pairs_follow_one(study: Study, pairs: list[int], agent: str, chosen: list[str]) -> None:
    stream = io.StringIO()
    export_dpo(study, stream, agent)
    assert [json.loads(line)["chosen"] for line in stream.getvalue().splitlines()] == chosen


def test_training_pairs_do_not_follow_a_name_of_several(study: Study, pairs: list[int]) -> None:
    with pytest.raises(UnknownAgentError, match=f"'gpt-4o' is more than one agent: say {GENERATOR} or"):
        export_dpo(study, io.StringIO(), "gpt-4o")
