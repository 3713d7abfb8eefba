"""Misaligned pairs of models whose preferences are known, and of two real judges."""

from pathlib import Path

import pytest

from annotation.answers import AnswerLog
from annotation.basis import Basis
from annotation.errors import StudyError
from annotation.extraction import extract_rules
from annotation.importers.card import load_card
from annotation.importers.importing import import_data
from annotation.misaligned import (
    MisalignedFilter,
    MisalignedPairs,
    find_misaligned,
    meant_model,
    read_backdrop,
    source_named,
)
from annotation.profiles import load_profile
from annotation.study import Study
from annotation.tags import TagLog
from profile_engine.errors import UnknownAgentError, UnknownFactorError
from profile_engine.preferences import AgentKind, Preference
from profile_engine.taxonomy import Task
from tests.annotation.drafts import LEFT, RIGHT, TIE, Draft, label

LENGTHS = ((3, 1), (1, 2), (4, 4), (2, 5), (6, 1), (1, 3))
"""Of the two responses of each pair, which stand three to a source."""


def misaligned(study: Study, name: str, wanted: MisalignedFilter | None = None) -> MisalignedPairs:
    profile = load_profile(study)
    agent = meant_model(profile.live.snapshot.rankings, name)
    return find_misaligned(study, profile, read_backdrop(study, profile), agent, wanted or MisalignedFilter())


@pytest.fixture
def stubs(draft: Draft, log: AnswerLog) -> list[int]:
    """People prefer the shorter response; models by what they are called.

    `longer` takes the longer one, neither of two as long; `first` the left one; `shorter` does as people.
    `writer` wrote pairs 1 to 4, the longer one for 5, the shorter for 2; of pair 3 the right one for 4, the
    left for 3. Number Of Facts is 1 on the left and 0 on the right throughout.
    """
    writer = draft.agent("writer")
    judges = {name: draft.agent(name, AgentKind.JUDGE) for name in ("longer", "first", "shorter")}
    rewarder = draft.agent("longer", AgentKind.REWARD_MODEL)
    pairs, people = [], []
    for number, (left, right) in enumerate(LENGTHS):
        if number % 3 == 0:
            source = draft.source(f"Source {number}.\nWith a second line.", "Two" if number else None)
        author = writer if number < 4 else None
        scores = (5.0, 2.0) if left > right else (2.0, 5.0) if left < right else (3.0, 4.0)
        sides = [
            draft.response(source, f"{number} {side}", author, score if author else None)
            for side, score in zip("lr", scores, strict=True)
        ]
        for side, length, facts in zip(sides, (left, right), (1, 0), strict=True):
            draft.value(side, "length", length)
            draft.value(side, "number_of_facts", facts)
        pair = draft.pair(source, *sides)
        longer = Preference((left > right) - (left < right))
        shorter = Preference(-longer) if longer else RIGHT
        for name, choice in (("longer", longer), ("first", LEFT), ("shorter", shorter)):
            draft.verdict(pair, judges[name], choice)
        if number < 2:
            draft.verdict(pair, rewarder, longer)
        people.append((pair, shorter))
        pairs.append(pair)
    label(log, "ann", people)
    return pairs


def test_longer_is_better_is_misaligned_wherever_people_say_shorter(draft: Draft, stubs: list[int]) -> None:
    """tau_14 of Length: people -5/5, the judge 5/5; of Number Of Facts (3-3)/6 and (2-3)/6."""
    found = misaligned(draft.study, "longer:judge")
    assert sorted(pair.id for pair in found) == stubs  # its tie on pair 3 is one of them
    assert (found.agreement.agree, found.agreement.of, found.total) == (0, 6, 6)
    by_id = {pair.id: pair for pair in found}
    assert [by_id[pair].model for pair in stubs] == [LEFT, RIGHT, TIE, RIGHT, LEFT, RIGHT]
    assert [by_id[pair].people for pair in stubs] == [RIGHT, LEFT, RIGHT, LEFT, RIGHT, LEFT]
    # The facts of the left one speak neither way for people, and a little against it for the judge.
    why = [[pull.factor for pull in by_id[pair].pulls] for pair in stubs]
    assert why == [["length"], both := ["length", "number_of_facts"], [], both, ["length"], both]
    assert [by_id[pair].gap for pair in stubs] == [3.0, 3.0, 1.0, 3.0, None, None]
    first = by_id[stubs[0]]
    assert (first.title, by_id[stubs[3]].title) == ("Source 0. With a second line.", "Two")
    assert (first.pulls[0].reference_side, first.pulls[0].agent_side) == (RIGHT, LEFT)


def test_a_model_that_prefers_what_people_prefer_is_misaligned_nowhere(
    draft: Draft, stubs: list[int]
) -> None:
    found = misaligned(draft.study, "shorter")
    assert len(stubs) == 6 and list(found) == [] and found.agreement.rate == 1
    assert found.alignment.kendall == 1


def test_first_is_better_is_misaligned_where_the_right_one_is_preferred(
    draft: Draft, stubs: list[int]
) -> None:
    found = misaligned(draft.study, "first")
    assert sorted(pair.id for pair in found) == [stubs[0], stubs[2], stubs[4]]
    # Facts: the judge 6/6, people (3-3)/6; Length: the judge (2-3)/5, people -5/5.
    assert found.found.agent.tolist()[found.found.factors.index("number_of_facts")] == 1
    assert [[pull.factor for pull in pair.pulls] for pair in found] == [
        ["number_of_facts", "length"],
        ["number_of_facts", "length"],
        ["number_of_facts"],
    ]


def test_a_generator_by_its_scores_and_a_reward_model_by_its_rewards(draft: Draft, stubs: list[int]) -> None:
    found = misaligned(draft.study, "writer")
    assert sorted(pair.id for pair in found) == [
        stubs[0],
        stubs[1],
        stubs[3],
    ]  # of pair 3 as people
    assert sorted(pair.id for pair in misaligned(draft.study, "longer:reward_model")) == stubs[:2]


def test_filters(draft: Draft, stubs: list[int]) -> None:
    def ids(wanted: MisalignedFilter) -> list[int]:
        found = misaligned(draft.study, "longer:judge", wanted)
        assert found.total == 6
        assert [found.place(pair.id) for pair in found] == list(range(len(found)))
        return sorted(pair.id for pair in found)

    assert ids(MisalignedFilter(factor="length")) == [pair for pair in stubs if pair != stubs[2]]
    assert ids(MisalignedFilter(gap=2)) == [stubs[0], stubs[1], stubs[3]]
    assert ids(MisalignedFilter(gap=1)) == stubs[:4]
    second = draft.study.pair(stubs[3]).source_id
    assert ids(MisalignedFilter(source=second)) == stubs[3:]
    TagLog(draft.study).toggle(stubs[4], "paper")
    assert ids(MisalignedFilter(tag="paper")) == [stubs[4]]
    assert ids(MisalignedFilter(tag="paper", gap=1)) == []
    with pytest.raises(UnknownFactorError, match="beauty"):
        ids(MisalignedFilter(factor="beauty"))


def test_which_model_is_meant(draft: Draft, stubs: list[int]) -> None:
    agents = load_profile(draft.study).live.snapshot.rankings
    assert meant_model(agents, "longer", Basis.REWARD).kind is AgentKind.REWARD_MODEL
    assert meant_model(agents, None, Basis.SCORE).name == "writer"
    with pytest.raises(UnknownAgentError, match="longer:judge or longer:reward_model"):
        meant_model(agents, "longer")
    with pytest.raises(UnknownAgentError, match="several models: say which, longer:judge or first:judge"):
        meant_model(agents, None, Basis.JUDGE)
    with pytest.raises(UnknownAgentError, match="no model in this study"):
        meant_model([agent for agent in agents if agent.kind is AgentKind.HUMAN], None)
    assert source_named(draft.study, "1") == draft.study.pair(stubs[0]).source_id
    with pytest.raises(StudyError, match="no source 'x'"):
        source_named(draft.study, "x")


def test_two_real_judges(shared_data: Path, tmp_path: Path) -> None:
    """882 - 692 and 894 - 635: a judge's tie on a pair with a majority for a side is a disagreement."""
    with Study.create(tmp_path / "p.db", task=Task.SUMMARIZATION) as study:
        import_data(study, load_card("pandalm"), [shared_data / "pandalm"])
        extract_rules(study)
        for name, agree, of in (("gpt-3.5-turbo", 692, 882), ("pandalm-7b", 635, 894)):
            found = misaligned(study, name)
            assert (len(found), found.total) == (of - agree, of - agree)
            assert len(found) == {"gpt-3.5-turbo": 190, "pandalm-7b": 259}[name]
            assert (found.agreement.agree, found.agreement.of) == (agree, of)
            assert all(pair.people in (LEFT, RIGHT) and pair.model != pair.people for pair in found)
            assert [pair.closer for pair in found] == sorted((pair.closer for pair in found), reverse=True)
