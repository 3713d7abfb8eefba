"""Rewards from the command line; the true model is in `tests/services`."""

import shlex
from pathlib import Path

import pytest

from annotation.agents import study_agents
from annotation.study import Study
from profile_engine.backends import reward as backend
from profile_engine.backends.fake_reward import FakeRewardModel
from profile_engine.backends.weights import Device
from profile_engine.ports import ModelError
from profile_engine.taxonomy import Task
from tests.annotation.drafts import Draft
from tests.tui.cli.conftest import Profile


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "study.db"
    with Study.create(path, task=Task.SUMMARIZATION) as made:
        draft = Draft(made)
        source = draft.source("A post.")
        one, two, empty = (draft.response(source, text) for text in ("Two words.", "Three words here.", " "))
        draft.pair(source, one, two)
        draft.pair(source, two, empty)
    return path


class Loaded(FakeRewardModel):
    """Stands in for the model in memory."""

    device = Device.CPU

    def __init__(self, place: str) -> None:
        super().__init__()
        self.places.append(place)

    places: list[str] = []  # noqa: RUF012 - of all of them


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The places from which models are loaded."""
    Loaded.places = []
    monkeypatch.setattr(backend, "TransformersReward", Loaded)
    return Loaded.places


def test_a_folder_rewards_under_its_name(
    profile: Profile, study: Path, loaded: list[str], tmp_path: Path
) -> None:
    folder = tmp_path / "My RM"
    folder.mkdir()
    foreseen = profile("reward", study, "--model", folder, "--dry-run")
    assert foreseen.out == f"By My RM ({folder}): 3 responses\n"
    assert loaded == []
    done = profile("reward", study, "--model", folder)
    assert done.code == 0
    assert loaded == [str(folder)]
    assert done.err.splitlines() == [
        f"By My RM ({folder}): 3 responses",
        f"Loading {folder}",
        "My RM: 2 responses rewarded on cpu, 1 empty",
        "1 preference; 1 pair without",
    ]
    again = profile("reward", study, "--model", folder)
    assert again.err.splitlines()[0] == "Nothing to reward: My RM has rewarded all of it"
    assert len(loaded) == 1
    assert profile("extract", study, "--factors", "rules").code == 0
    (ranking,) = profile("rank", study, "--agent", "My RM", "-f", "json").json["agents"]
    (length,) = [one for one in ranking["factors"] if one["factor"] == "length"]
    assert (ranking["setting"], length["score"]) == ("evaluation", 1.0)


def test_two_folders_of_one_name_are_not_one_model(
    profile: Profile, study: Path, loaded: list[str], tmp_path: Path
) -> None:
    one, other = tmp_path / "a" / "rm", tmp_path / "b" / "rm"
    for folder in (one, other):
        folder.mkdir(parents=True)
    assert profile("reward", study, "--model", one, "--limit", "1").code == 0
    refused = profile("reward", study, "--model", other)
    assert (refused.code, loaded) == (1, [str(one)])
    (line,) = refused.err.splitlines()
    assert f"rm has been the model {one} in this study and is {other} now" in line
    assert line.endswith(f"profile-tui models add NAME --preset rm-13b --model {shlex.quote(str(other))}")
    assert profile("models", "add", "rm-b", "--preset", "rm-13b", "--model", other).code == 0
    assert profile("reward", study, "--model", "rm-b").code == 0
    assert loaded == [str(one), str(other)]


def test_the_paper_s_models_are_presets(profile: Profile, study: Path, loaded: list[str]) -> None:
    for name, size in (("rm-13b", "13b"), ("rm-70b", "70b")):
        assert profile("reward", study, "--model", name).code == 0
        assert loaded[-1] == f"allenai/tulu-v2.5-{size}-uf-rm"


def test_a_chat_model_is_refused(profile: Profile, study: Path) -> None:
    done = profile("reward", study, "--model", "gpt-4o")
    assert (done.code, done.out) == (2, "")
    assert "it answers chats" in done.err


def test_a_model_that_is_not_there_is_told_in_one_line(
    profile: Profile, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(_place: str) -> None:
        raise ModelError("a reward model needs torch, which is not installed: pip install '.[models]'")

    monkeypatch.setattr(backend, "TransformersReward", absent)
    done = profile("reward", study, "--model", "some/rm")
    assert done.code == 1
    assert done.err.splitlines()[-1].endswith("pip install '.[models]'")
    assert "Traceback" not in done.err
    with Study.open(study) as opened:
        assert [agent.name for agent in study_agents(opened)] == ["human"], "it has done nothing here"
