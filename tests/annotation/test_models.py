"""Configured models: kept without their keys, and found again."""

from pathlib import Path

import pytest

from annotation.models import (
    ConfiguredModel,
    ModelBook,
    ModelConfigError,
    ModelKind,
    make_model,
    models_path_beside,
    presets,
)
from profile_engine.backends.openai_chat import Ability, OpenAIChat

FIELDS = {"base_url": "http://localhost:8000/v1", "model": "tiny"}


@pytest.fixture
def book(tmp_path: Path) -> ModelBook:
    return ModelBook((tmp_path / "study.models.toml", tmp_path / "own" / "models.toml"))


def test_every_model_of_the_paper_has_a_preset() -> None:
    found = presets()
    assert len(found) == 10
    assert {preset.model.model for preset in found.values()} >= {
        "gpt-4o-2024-05-13",
        "gpt-3.5-turbo-1106",
        "gemini-1.5-flash",
        "mistralai/Mixtral-8x7B-Instruct-v0.1",
        "allenai/tulu-v2.5-ppo-13b-uf-mean-13b-uf-rm",
        "allenai/tulu-v2.5-ppo-13b-uf-mean-70b-uf-rm",
        "allenai/tulu-v2.5-dpo-13b-uf-mean",
    }
    assert sum(preset.model.kind is ModelKind.REWARD for preset in found.values()) == 2
    assert all(preset.needs and preset.title for preset in found.values())


def test_the_paper_s_parameters_are_the_defaults() -> None:
    model = make_model("m", FIELDS)
    assert (model.temperature, model.top_p, model.max_tokens) == (0.6, 0.9, 1024)
    assert model.chat().identity.parameters == {"temperature": 0.6, "top_p": 0.9, "max_tokens": 1024}
    free = make_model("m", {**FIELDS, "temperature": "unset", "max_tokens": "unset", "extra": {"seed": 1}})
    assert free.chat().identity.parameters == {"top_p": 0.9, "seed": 1}


def test_what_is_added_is_found(book: ModelBook) -> None:
    model = make_model("judge", {**FIELDS, "key_env": "JUDGE_KEY", "price_in": 0.5})
    assert book.add(model) == book.paths[0]
    assert book.find("judge") == model
    with pytest.raises(ModelConfigError, match="--replace"):
        book.add(model)
    changed = model.model_copy(update={"price_in": 1.0})
    book.add(changed, replace=True)
    assert book.find("judge") == changed


def test_the_file_beside_the_study_comes_first(book: ModelBook) -> None:
    own = ModelBook(book.paths[1:])
    own.add(make_model("judge", {**FIELDS, "model": "own"}))
    own.add(make_model("other", FIELDS))
    book.add(make_model("judge", {**FIELDS, "model": "shared"}))
    assert book.find("judge").model == "shared"
    assert set(book.models()) == {"judge", "other"}
    assert book.remove("judge") == book.paths[0]
    assert book.find("judge").model == "own"


def test_comments_survive(book: ModelBook) -> None:
    path = book.paths[0]
    path.write_text('# ours\n[judge]  # the good one\nbase_url = "http://h/v1"\nmodel = "m"\n')
    book.add(make_model("second", FIELDS))
    chat = OpenAIChat(name="judge", model="m", base_url="http://h/v1", ability=Ability.JSON_OBJECT)
    book.remember(chat, 1.23456)
    text = path.read_text()
    assert "folds_system" not in text
    assert "# ours" in text
    assert "# the good one" in text
    assert (book.find("judge").ability, book.find("judge").seconds) == (Ability.JSON_OBJECT, 1.235)


def test_what_cannot_be_remembered_hurts_nobody(book: ModelBook, monkeypatch: pytest.MonkeyPatch) -> None:
    book.add(make_model("judge", FIELDS))

    def fail(*_: object) -> None:
        raise PermissionError(13, "denied")

    monkeypatch.setattr(Path, "replace", fail)
    book.remember(OpenAIChat(name="judge", model="m", base_url="http://h/v1", ability=Ability.TEXT))
    assert book.find("judge").ability is None


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"key_env": "sk-proj-verysecret"}, "name of an environment variable"),
        ({"key_env": "AIzaSyVerySecret"}, "name of an environment variable"),
        ({"base_url": "https://user:verysecret@host/v1"}, "no user, password or query"),
        ({"base_url": "https://host/v1?key=verysecret"}, "no user, password or query"),
        ({"base_url": "host/v1"}, "http"),
        ({"api_key": "verysecret"}, "it has no 'api_key'"),
        ({"temperature": 9}, "temperature"),
        ({"price_in": -1}, "price_in"),
    ],
)
def test_what_is_wrong_is_said_and_not_repeated(fields: dict[str, object], says: str) -> None:
    with pytest.raises(ModelConfigError, match=says) as refusal:
        make_model("m", {**FIELDS, **fields})
    assert "secret" not in str(refusal.value).lower()
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("name", ["", "A", "a b", "../x", "a" * 41])
def test_a_name_is_a_plain_word(name: str) -> None:
    with pytest.raises(ModelConfigError, match="name"):
        make_model(name, FIELDS)


@pytest.mark.parametrize("text", ["what = is this", "model = 'x'", "[judge]\nmodel = 'm'"])
def test_a_wrong_file_is_named(book: ModelBook, text: str) -> None:
    book.paths[0].write_text(text)
    with pytest.raises(ModelConfigError, match=r"study\.models\.toml"):
        book.models()


def test_a_reward_model_answers_no_questions() -> None:
    with pytest.raises(ModelConfigError, match="reward model"):
        presets()["rm-13b"].model.chat()


def test_a_study_on_a_server_has_nothing_beside_it() -> None:
    assert models_path_beside("a/study.db") == Path("a/study.models.toml")
    with pytest.raises(ModelConfigError):
        models_path_beside("postgresql://host/study")
    assert len(ModelBook.of("postgresql://host/study").paths) == 1


def test_every_field_is_documented() -> None:
    from tests.conftest import ROOT

    text = (ROOT / "docs" / "models.md").read_text("utf-8")
    assert [field for field in ConfiguredModel.model_fields if f"`{field}`" not in text] == []
    assert [name for name in presets() if f"`{name}`" not in text] == []
