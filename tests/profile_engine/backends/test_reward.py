"""What is said where torch is missing; nothing here needs torch."""

import sys
from types import ModuleType

import pytest

from profile_engine.backends.fake_reward import FakeRewardModel
from profile_engine.backends.reward import TransformersReward
from profile_engine.ports import ModelError, Reward


@pytest.mark.parametrize("package", ["torch", "transformers"])
def test_a_missing_package_is_named_with_the_way_to_get_it(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("torch", "transformers"):
        monkeypatch.setitem(sys.modules, name, None if name == package else ModuleType(name))
    with pytest.raises(ModelError, match=rf"a reward model needs {package}.*pip install '\.\[models\]'"):
        TransformersReward("any")


def test_the_fake_one_rewards_as_told() -> None:
    model = FakeRewardModel(limit=5)
    # Two and four words; with a prompt of two they are four and six.
    assert model.reward(["a b", "a b"], ["c d", "c d e f"]) == (Reward(2.0, False), Reward(4.0, True))
    assert model.asked == [("a b", "c d"), ("a b", "c d e f")]
