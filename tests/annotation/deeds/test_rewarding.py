"""Rewards come into the study once, and the preferences that follow from them."""

import random
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import select

from annotation.deeds import rewarding
from annotation.deeds.rewarding import EMPTY, Rewarding, RewardingOutcome
from annotation.errors import StudyError
from annotation.extraction.rules import extract_rules
from annotation.profiles import load_profile
from annotation.store.model_tables import rewards
from annotation.store.standing import FAILED
from annotation.store.tables import preferences
from annotation.study import Study
from profile_engine.backends.fake_reward import FakeRewardModel
from profile_engine.ports import ModelError, Reward, RewardModel
from profile_engine.preferences import AgentKind
from profile_engine.taxonomy import Task
from tests.annotation.drafts import Draft
from tests.annotation.killing import needs_fork, run_and_kill

TEXTS = ("One two.", "One two three.", "One.", "One two.")


def reward(
    study: Study, model: RewardModel, *, limit: int | None = None, retry: bool = False
) -> RewardingOutcome:
    return Rewarding(study, "rm", "some/rm", limit=limit, retry=retry).run(lambda: model)


def stored(study: Study) -> list[tuple[int, float | None, str | None]]:
    with study.reading() as connection:
        c = rewards.c
        return [
            tuple(row) for row in connection.execute(select(c.response_id, c.reward, c.reason).order_by(c.id))
        ]


def told(study: Study) -> list[tuple[int, int | None, str]]:
    with study.reading() as connection:
        c = preferences.c
        return [tuple(row) for row in connection.execute(select(c.pair_id, c.value, c.raw).order_by(c.id))]


@pytest.fixture
def made(draft: Draft) -> list[int]:
    """Two posts with four responses each, of which the first and the last are equal; six pairs each."""
    ids = []
    for number in range(2):
        source = draft.source(f"Post {number}.")
        ids += [draft.response(source, text) for text in TEXTS]
        own = ids[-4:]
        for left in range(4):
            for right in range(left + 1, 4):
                draft.pair(source, own[left], own[right])
    return ids


@pytest.mark.parametrize("portion", [1, 3, 32])
def test_the_longer_one_is_preferred_and_length_scores_one(
    study: Study, draft: Draft, made: list[int], monkeypatch: pytest.MonkeyPatch, portion: int
) -> None:
    monkeypatch.setattr(rewarding, "_PORTION", portion)
    model = FakeRewardModel()
    outcome = reward(study, model)
    assert stored(study) == [
        (id_, float(len(text.split())), None) for id_, text in zip(made, TEXTS * 2, strict=True)
    ]
    # Words 2, 3, 1, 2: the pairs in order are 2-3, 2-1, 2-2, 3-1, 3-2, 1-2.
    signs = [-1, 1, 0, 1, 1, -1]
    assert sorted((pair, value) for pair, value, _ in told(study)) == list(enumerate(signs * 2, start=1))
    assert told(study)[0][2] == "reward 2 against 3"
    assert (outcome.rewarded, outcome.preferences, outcome.ties, outcome.undecided) == (8, 12, 2, 0)
    assert sorted(model.asked) == sorted(set(model.asked)), "a text was rewarded twice"
    assert len(model.asked) == 6
    extract_rules(study, ["length"])
    length = load_profile(study).live.snapshot.of("rm").of("length").score
    assert (length.score, length.concordant, length.discordant, length.ties) == (1.0, 10, 0, 0)


def test_the_prompt_is_what_the_response_answers(study: Study, draft: Draft, made: list[int]) -> None:
    model = FakeRewardModel()
    reward(study, model)
    assert model.asked[0] == ("Write a summary of this post:\n\nPost 0.", "One two.")


def test_braces_in_a_post_are_read_as_they_are(study: Study, draft: Draft) -> None:
    source = draft.source("{source} {0} {x!r}")
    draft.pair(source, draft.response(source, "{response}"), draft.response(source, "b"))
    model = FakeRewardModel()
    reward(study, model)
    assert model.asked[0] == ("Write a summary of this post:\n\n{source} {0} {x!r}", "{response}")


def test_done_again_nothing_is_rewarded_and_the_model_not_even_loaded(
    study: Study, draft: Draft, made: list[int]
) -> None:
    reward(study, FakeRewardModel())
    before = stored(study), told(study)

    def load() -> RewardModel:
        raise AssertionError("loaded for nothing")

    run = Rewarding(study, "rm", "some/rm")
    assert run.estimate().responses == 0
    assert run.run(load).rewarded == 0
    assert (stored(study), told(study)) == before


def test_a_pair_that_came_later_is_decided_without_the_model(study: Study, draft: Draft) -> None:
    source = draft.source("Post.")
    one, two, three = (draft.response(source, "word " * length) for length in (3, 2, 1))
    draft.pair(source, one, two)
    draft.pair(source, two, three)
    reward(study, FakeRewardModel())
    late = draft.pair(source, three, one)
    model = FakeRewardModel()
    assert reward(study, model).preferences == 1
    assert model.asked == []
    assert told(study)[-1] == (late, -1, "reward 1 against 3")


def test_an_empty_response_has_no_reward_and_its_pair_no_preference(study: Study, draft: Draft) -> None:
    source = draft.source("Post.")
    pair = draft.pair(source, draft.response(source, " \n"), draft.response(source, "Words."))
    model = FakeRewardModel()
    outcome = reward(study, model)
    assert [(value, reason) for _, value, reason in stored(study)] == [(None, EMPTY), (1.0, None)]
    assert told(study) == [(pair, None, f"no reward: {EMPTY}")]
    assert (outcome.rewarded, outcome.unavailable, outcome.undecided) == (1, 1, 1)
    assert [text for _, text in model.asked] == ["Words."]
    assert reward(study, model, retry=True).unavailable == 0


def test_improvements_and_what_stands_in_no_pair_are_left_out(study: Study, draft: Draft) -> None:
    source = draft.source("Post.")
    improver = draft.agent("g by e", AgentKind.IMPROVER)
    one, two = draft.response(source, "One."), draft.response(source, "Two two.")
    draft.response(source, "Alone.")
    pair = draft.pair(source, one, two)
    draft.pair(source, draft.response(source, "Improved.", improver), one)
    reward(study, FakeRewardModel())
    assert [response for response, _, _ in stored(study)] == [one, two]
    assert [row[0] for row in told(study)] == [pair]


class Breaking(FakeRewardModel):
    """Breaks down where a text has one of these words in it, whatever else is rewarded with it."""

    def __init__(self, *words: str) -> None:
        super().__init__()
        self.words = words

    def reward(self, prompts: Sequence[str], responses: Sequence[str]) -> tuple[Reward, ...]:
        if any(word in text for word in self.words for text in responses):
            raise ModelError("broke down: out of memory")
        return super().reward(prompts, responses)


def test_what_fails_is_noted_and_done_again_when_asked(study: Study, draft: Draft, made: list[int]) -> None:
    outcome = reward(study, Breaking("three"))
    assert (outcome.rewarded, outcome.failed) == (6, 2)
    assert [(lack.of, lack.reason) for lack in outcome.lacks] == [
        (f"response {made[1]}", "broke down: out of memory"),
        (f"response {made[5]}", "broke down: out of memory"),
    ]
    assert [reason for _, _, reason in stored(study) if reason] == [f"{FAILED}broke down: out of memory"] * 2
    assert outcome.preferences == 6, "pairs of a response that failed wait"
    model = FakeRewardModel()
    run = Rewarding(study, "rm", "some/rm")
    assert (run.estimate().responses, run.estimate().failed_before) == (0, 2)
    assert reward(study, model).rewarded == 0
    again = reward(study, model, retry=True)
    assert (again.rewarded, again.failed, again.preferences) == (2, 0, 6)
    assert [text for _, text in model.asked] == ["One two three."] * 2
    assert Rewarding(study, "rm", "some/rm", retry=True).estimate().responses == 0


def test_a_model_that_always_fails_ends_the_run_and_stores_nothing(
    study: Study, draft: Draft, made: list[int]
) -> None:
    with pytest.raises(ModelError, match="out of memory"):
        reward(study, Breaking("One"))
    assert stored(study) == []


def test_a_limit_and_a_stop_are_heeded(
    study: Study, draft: Draft, made: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewarding, "_PORTION", 2)
    assert reward(study, FakeRewardModel(), limit=3).rewarded == 3
    calls: list[tuple[int, int]] = []

    def stop(done: int, of: int) -> bool:
        calls.append((done, of))
        return done < 2

    outcome = Rewarding(study, "rm", "some/rm").run(FakeRewardModel, stop)
    assert outcome.stopped
    assert calls == [(0, 5), (2, 5)]
    assert len(stored(study)) == 5
    assert not reward(study, FakeRewardModel()).stopped
    assert len(stored(study)) == 8


def test_what_was_cut_is_counted(study: Study, draft: Draft, made: list[int]) -> None:
    # The prompt has eight words, the longest response three.
    assert reward(study, FakeRewardModel(limit=10)).truncated == 2


def test_one_name_is_one_model(study: Study, draft: Draft, made: list[int]) -> None:
    reward(study, FakeRewardModel())
    with pytest.raises(StudyError, match="rm has been the model some/rm in this study and is other/rm now"):
        Rewarding(study, "rm", "other/rm").run(FakeRewardModel)


class Slow(FakeRewardModel):
    """Writes down what it is asked, outside of the study."""

    def __init__(self, log: Path) -> None:
        super().__init__()
        self._log = log

    def reward(self, prompts: Sequence[str], responses: Sequence[str]) -> tuple[Reward, ...]:
        with self._log.open("a") as file:
            file.writelines(f"{text}\n" for text in responses)
        time.sleep(0.01)
        return super().reward(prompts, responses)


@needs_fork
def test_killed_at_any_moment_it_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewarding, "_PORTION", 4)
    path, log, chance = tmp_path / "study.db", tmp_path / "asked", random.Random(5)
    with Study.create(path, task=Task.SUMMARIZATION) as study:
        Draft(study).pairs(60)

    def work() -> None:
        with Study.open(path) as study:
            reward(study, Slow(log))

    def load() -> None:
        Study.open(path).close()  # imports what that takes

    kills = sum(run_and_kill(load, work, chance.uniform(0.02, 0.2)) for _ in range(6))
    assert kills
    with Study.open(path) as study:
        reward(study, Slow(log))
        assert len(stored(study)) == 120
        assert sorted(row[0] for row in told(study)) == list(range(1, 61))
    asked = log.read_text().splitlines()
    # Only the portion under way when a process was killed may be rewarded once more.
    assert len(asked) - len(set(asked)) <= 4 * kills
