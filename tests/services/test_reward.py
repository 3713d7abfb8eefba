"""The true loading and rewarding code on small models, against transformers called plainly, one by one."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from sqlalchemy import select

from annotation.store.tables import preferences
from annotation.study import Study
from profile_engine.backends.reward import TransformersReward
from profile_engine.backends.weights import Device, choose_device
from profile_engine.ports import ModelError, Reward
from profile_engine.taxonomy import Task
from tests.annotation.drafts import Draft
from tests.services.program import Program
from tests.services.tiny_reward import POSITIONS, save_bert, save_llama
from tests.services.tiny_t5 import babble

pytestmark = pytest.mark.service

TOLERANCE = 1e-5
PROMPTS = [babble(length, seed) for seed, length in enumerate((3, 40, 3, 7, 90, 41, 42, 1, 9, 60))]
RESPONSES = [babble(length, 50 + seed) for seed, length in enumerate((9, 2, 30, 7, 11, 8, 9, 1, 25, 9))]
TEXTS = list(zip(PROMPTS, RESPONSES, strict=True))


def save_without_padding(folder: Path) -> None:
    save_llama(folder, padding=False)


@pytest.fixture(scope="module", params=[save_llama, save_bert, save_without_padding])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("reward")
    save: Callable[[Path], None] = request.param
    save(place)
    return place


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("llama")
    save_llama(place)
    return place


def reward_plainly(folder: Path, prompt: str, response: str) -> float:
    """As a model's card shows it: one text at a time."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    if tokenizer.chat_template:
        chat = [{"role": "user", "content": prompt}, {"role": "assistant", "content": response}]
        read = tokenizer(
            tokenizer.apply_chat_template(chat, tokenize=False), add_special_tokens=False, return_tensors="pt"
        )
    else:
        read = tokenizer(prompt, response, return_tensors="pt")
    with torch.no_grad():
        reward: float = model(**read).logits[0, 0].item()
    return reward


def values(rewards: Sequence[Reward]) -> list[float]:
    return [reward.value for reward in rewards]


def test_rewards_are_those_of_the_model_called_plainly(folder: Path) -> None:
    found = values(TransformersReward(str(folder)).reward(PROMPTS, RESPONSES))
    plain = [reward_plainly(folder, *texts) for texts in TEXTS]
    assert found == pytest.approx(plain, abs=TOLERANCE)
    assert max(found) - min(found) > 0.05  # the weights tell texts apart, so that a mix-up would show


def test_a_reward_does_not_depend_on_its_batch(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = TransformersReward(str(folder))
    alone = [values(model.reward([prompt], [response]))[0] for prompt, response in TEXTS]
    monkeypatch.setattr("profile_engine.backends.batches.FULLNESS", 0.0)  # all in one, however unlike
    assert values(model.reward(PROMPTS, RESPONSES)) == pytest.approx(alone, abs=TOLERANCE)
    assert values(model.reward(PROMPTS[::-1], RESPONSES[::-1])) == pytest.approx(alone[::-1], abs=TOLERANCE)


def test_in_half_precision_as_well(tmp_path: Path) -> None:
    save_llama(tmp_path, half=True)
    model = TransformersReward(str(tmp_path))
    alone = [values(model.reward([prompt], [response]))[0] for prompt, response in TEXTS]
    assert values(model.reward(PROMPTS, RESPONSES)) == alone


def test_what_goes_beyond_the_limit_is_cut_off_the_prompt_and_reported(folder: Path) -> None:
    model = TransformersReward(str(folder))
    assert model.limit == POSITIONS
    response = babble(20, 3)
    # Three tokens go around the two texts.
    fits, long = babble(POSITIONS - 23, 8), babble(POSITIONS, 8)
    rewards = model.reward([fits, long, long], [response, response, babble(300, 1)])
    assert [reward.truncated for reward in rewards] == [False, True, True]
    begins_alike = long.split()
    assert rewards[1].value in [
        pytest.approx(reward_plainly(folder, " ".join(begins_alike[:words]), response), abs=TOLERANCE)
        for words in range(POSITIONS - 30, POSITIONS - 22)
    ]


def test_nothing_to_reward(llama: Path) -> None:
    assert TransformersReward(str(llama)).reward([], []) == ()


def test_the_device_is_the_best_there_is_and_readable(llama: Path) -> None:
    assert TransformersReward(str(llama)).device is choose_device()
    assert TransformersReward(str(llama), device=Device.CPU).device is Device.CPU


def test_a_missing_model_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    for name in ("nobody/no-such-model", str(tmp_path / "absent")):
        with pytest.raises(
            ModelError, match=r"hf download allenai/tulu-v2\.5-13b-uf-rm --local-dir FOLDER"
        ) as caught:
            TransformersReward(name)
        assert name in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_folder_that_is_no_reward_model_is_refused(tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    with pytest.raises(ModelError, match="no reward model at"):
        TransformersReward(str(tmp_path))
    save_llama(tmp_path / "two", labels=2)
    with pytest.raises(ModelError, match="gives 2 numbers, but a reward model gives one"):
        TransformersReward(str(tmp_path / "two"))
    for name, change in {"lacks": None, "weights are broken": torch.nan}.items():
        broken = tmp_path / name
        save_llama(broken)
        weights = load_file(broken / "model.safetensors")
        head = weights.pop("score.weight")
        if change is not None:
            weights["score.weight"] = torch.full_like(head, change)
        save_file(weights, broken / "model.safetensors", metadata={"format": "pt"})
        with pytest.raises(ModelError, match=name):
            TransformersReward(str(broken)).reward(["the dog"], ["ran home"])


def test_a_breakdown_is_a_model_error(llama: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = TransformersReward(str(llama))

    def run_out_of_memory(**_: object) -> None:
        raise RuntimeError("out of memory\nat length")

    monkeypatch.setattr(model._model, "forward", run_out_of_memory)
    with pytest.raises(ModelError, match=r"broke down on \w+: out of memory$"):
        model.reward(["the dog"], ["ran home"])


def test_a_study_from_the_command_line(llama: Path, tmp_path: Path, program: Program) -> None:
    """The preferences are those of the model called plainly, whatever ran with what."""
    path = tmp_path / "study.db"
    with Study.create(path, task=Task.HELPFUL_RESPONSE) as study:
        draft = Draft(study)
        texts = {}
        for number in range(5):
            prompt = babble(20 + number, number)
            source = draft.source(prompt)
            said = [babble(9, 7 * number + side) for side in (1, 2)]
            pair = draft.pair(source, *(draft.response(source, text) for text in said))
            texts[pair] = [reward_plainly(llama, prompt, text) for text in said]
    done = program("reward", path, "--model", llama)
    assert done.code == 0, done.err
    assert f"{llama.name}: 10 responses rewarded on {choose_device()}" in done.err
    with Study.open(path) as study, study.reading() as connection:
        rows = connection.execute(select(preferences.c.pair_id, preferences.c.value))
        found = {row.pair_id: row.value for row in rows}
    assert found == {pair: 1 if left > right else -1 for pair, (left, right) in texts.items()}
