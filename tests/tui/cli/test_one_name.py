"""One model in several settings on the command line: each agent is named, counted and told by itself."""

import csv
from pathlib import Path

import pytest

from annotation.study import Study
from profile_engine.preferences import AgentKind
from profile_engine.taxonomy import Task
from tests.annotation.drafts import LEFT, Draft, three_of_one_name
from tests.tui.cli.conftest import Profile

ADDRESSES = ["gpt-4o:generator", "gpt-4o:judge", "gpt-4o:reward_model"]


@pytest.fixture
def study(tmp_path: Path) -> Path:
    place = tmp_path / "study.db"
    with Study.create(place, task=Task.SUMMARIZATION) as made:
        three_of_one_name(Draft(made))
    return place


def test_rank_and_align_tell_them_apart(profile: Profile, study: Path) -> None:
    ranked = profile("rank", study, "-f", "json").json["agents"][1:]
    assert [(one["agent"], one["kind"], one["setting"], one["pairs"]) for one in ranked] == [
        ("gpt-4o", "generator", "generation", 2),
        ("gpt-4o", "judge", "evaluation", 3),
        ("gpt-4o", "reward_model", "evaluation", 2),
    ]
    aligned = profile("align", study, "-f", "json").json["agents"]
    # ann prefers left, right, left; an agent's tie is a disagreement
    agreement = [(one["kind"], one["agreement"]["agree"], one["agreement"]["of"]) for one in aligned]
    assert agreement == [("generator", 2, 2), ("judge", 2, 3), ("reward_model", 1, 2)]
    rows = list(csv.DictReader(profile("align", study, "-f", "csv").out.splitlines()))
    assert [(row["agent"], row["kind"]) for row in rows] == [(one["agent"], one["kind"]) for one in aligned]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_chooses_one(profile: Profile, study: Path, address: str) -> None:
    kind = address.partition(":")[2]
    for command in ("rank", "align"):
        (chosen,) = profile(command, study, "-f", "json", "--agent", address).json["agents"]
        assert (chosen["agent"], chosen["kind"]) == ("gpt-4o", kind)
    document = profile("align", study, "-f", "json", "--reference", address).json
    assert (document["reference"], document["reference_kind"]) == ("gpt-4o", kind)
    assert kind not in [agent["kind"] for agent in document["agents"]]
    assert f"Alignment with {address}" in profile("align", study, "--reference", address).out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["rank", "--agent", "gpt-4o"], 2),
        (["align", "--reference", "gpt-4o"], 2),
        (["align", "--agent", "gpt-4o"], 2),
        (["pairs", "--misaligned-with", "gpt-4o"], 2),
        (["export", "--format", "dpo", "--agent", "gpt-4o"], 2),
        (["rank", "--setting", "gpt-4o=generation"], 2),
        (["settings", "agent_settings.gpt-4o=generation"], 2),
    ],
)
def test_a_name_of_several_is_refused_with_the_addresses(
    profile: Profile, study: Path, arguments: list[str], code: int
) -> None:
    done = profile(arguments[0], study, *arguments[1:])
    assert (done.code, done.out, len(done.err.splitlines())) == (code, "", 1)
    assert f"say {' or '.join(ADDRESSES)}" in done.err


def test_a_setting_is_told_to_one(profile: Profile, study: Path) -> None:
    def settings(*arguments: str) -> dict[str, str]:
        agents = profile("rank", study, "-f", "json", *arguments).json["agents"]
        return {agent["kind"]: agent["setting"] for agent in agents}

    usual = {"human": "evaluation", "generator": "generation", "judge": "evaluation"}
    told = usual | {"reward_model": "generation"}
    assert settings("--setting", "gpt-4o:reward_model=generation") == told
    assert profile("settings", study, "agent_settings.gpt-4o:reward_model=generation").code == 0
    assert settings() == told
    assert profile("settings", study, "agent_settings.gpt-4o:reward_model=").code == 0
    assert settings() == usual | {"reward_model": "evaluation"}


def test_a_tie_tolerance_changes_what_is_counted(profile: Profile, study: Path) -> None:
    """Lengths differ by 2, -1 and 1; the judge prefers right, right, left."""

    def counts() -> tuple[int, int, int]:
        wanted = ("--agent", "gpt-4o:judge", "--factors", "length")
        (length,) = profile("rank", study, "-f", "json", *wanted).json["agents"][0]["factors"]
        return length["concordant"], length["discordant"], length["excluded_by"]["factor_tie"]

    assert counts() == (2, 1, 0)
    assert profile("settings", study, "tie_tolerance.length=1").code == 0
    assert counts() == (0, 1, 2)
    assert profile("settings", study, "tie_tolerance.length=2").code == 0
    assert counts() == (0, 0, 3)
    assert profile("settings", study, "tie_tolerance.length=0").code == 0
    assert counts() == (2, 1, 0)


def test_a_setting_told_by_name_does_not_pass_on_to_who_comes_later(profile: Profile, study: Path) -> None:
    assert profile("settings", study, "agent_settings.ann=generation").code == 0
    with Study.open(study) as opened:
        draft = Draft(opened)
        draft.verdict(1, draft.agent("ann", AgentKind.JUDGE), LEFT)
    agents = profile("rank", study, "-f", "json", "--annotators").json["agents"]
    of_ann = {agent["kind"]: agent["setting"] for agent in agents if agent["agent"] == "ann"}
    assert of_ann == {"annotator": "generation", "judge": "evaluation"}


def test_a_pair_names_each(profile: Profile, study: Path) -> None:
    shown = profile("pairs", study, "--id", "1")
    assert all(address in shown.out for address in ADDRESSES)
    told = profile("pairs", study, "--id", "1", "-f", "json").json["verdicts"]
    kinds = [(verdict["kind"], verdict["choice"]) for verdict in told]
    assert kinds == [("generator", "left"), ("judge", "right"), ("reward_model", "left")]
    found = profile("pairs", study, "-f", "json", "--misaligned-with", "gpt-4o:judge").json
    assert [pair["pair"] for pair in found["pairs"]] == [1]


def test_an_export_brings_them_back(profile: Profile, study: Path, tmp_path: Path) -> None:
    exported, again = tmp_path / "all.jsonl", tmp_path / "again.db"
    assert profile("export", study, "--to", exported).code == 0
    profile("new", again, "--task", "summarization", "--name", "study")
    assert profile("import", again, exported).code == 0
    assert profile("rank", again, "-f", "json").json == profile("rank", study, "-f", "json").json
