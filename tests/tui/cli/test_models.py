"""Models from the command line: added, checked, and their keys nowhere."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from profile_engine.backends.openai_chat import Ability
from tests.faulty_server import FaultyServer
from tests.tui.cli.conftest import Profile

SECRET = "sk-VerySecret-0123456789"


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with FaultyServer(answer=lambda body: '{"answer": "yes"}').in_thread() as serving:
        yield serving


def add(profile: Profile, server: FaultyServer, *more: str) -> None:
    done = profile("models", "add", "judge", "--base-url", server.base_url, "--model", "m-1", *more)
    assert (done.code, done.out) == (0, "")


def test_add_list_check_remove(
    profile: Profile, server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUDGE_KEY", SECRET)
    add(profile, server, "--key-env", "JUDGE_KEY", "--price-in", "1.5")
    (model,) = profile("models", "list", "-f", "json").json["models"]
    assert (model["name"], model["model"], model["key_env"]) == ("judge", "m-1", "JUDGE_KEY")
    assert (model["temperature"], model["ability"], model["price_in"]) == (0.6, None, 1.5)
    checked = profile("models", "check", "judge", "-f", "json")
    assert server.requests == 1
    assert server.authorizations == {f"Bearer {SECRET}"}
    assert checked.json["answered_by"] == "stub-2024"
    assert (checked.json["ability"], checked.json["counts_tokens"]) == ("json_schema", True)
    (model,) = profile("models", "list", "-f", "json").json["models"]
    assert model["ability"] == "json_schema"
    assert model["seconds"] > 0
    assert profile("models", "remove", "judge").code == 0
    assert profile("models", "list", "-f", "json").json["models"] == []


def test_what_an_endpoint_cannot_do_is_found_out(profile: Profile) -> None:
    """A server that answers 500 to JSON schemas and does not say why is asked until it is certain."""
    server = FaultyServer(
        answer=lambda body: '{"answer": "yes"}',
        abilities=[Ability.JSON_OBJECT, Ability.TEXT],
        inability=(500, "internal"),
    )
    with server.in_thread():
        add(profile, server)
        assert profile("models", "check", "judge", "-f", "json").json["ability"] == "json_object"


def test_a_check_asks_in_the_turns_of_an_extraction(profile: Profile) -> None:
    """An endpoint that refuses a system turn is found out, and remembered."""
    server = FaultyServer(
        answer=lambda body: '{"answer": "yes"}', no_system=(400, "Conversation roles must alternate")
    )
    with server.in_thread():
        add(profile, server)
        assert profile("models", "check", "judge", "-f", "json").json["folds_system"] is True
        (model,) = profile("models", "list", "-f", "json").json["models"]
        assert model["folds_system"] is True
        assert "no: it begins the first question" in profile("models", "check", "judge").out
    speakers = [[turn["role"] for turn in body["messages"]] for body in server.bodies]
    folded = ["user", "assistant", "user"]
    assert speakers == [["system", *folded], folded, folded]


def test_a_key_that_is_not_set_is_named(profile: Profile, server: FaultyServer) -> None:
    add(profile, server, "--key-env", "NO_SUCH_KEY")
    done = profile("models", "check", "judge")
    assert done.code == 1
    assert "NO_SUCH_KEY" in done.err
    assert server.requests == 0


@pytest.fixture
def echo() -> Iterator[FaultyServer]:
    """A server that answers with the key it was sent."""
    answer = f'{{"answer": "yes", "key": "{SECRET}"}}'
    with FaultyServer(answer=lambda body: answer, model=SECRET).in_thread() as serving:
        yield serving


def test_the_key_is_nowhere(
    profile: Profile, echo: FaultyServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, demo: Path
) -> None:
    """Not in any file and not in any output, also where the endpoint repeats it."""
    monkeypatch.setenv("JUDGE_KEY", SECRET)
    said = []
    add(profile, echo, "--key-env", "JUDGE_KEY", "--study", str(demo))
    for command in (
        ("models", "check", "judge", "--study", demo),
        ("models", "list", "--study", demo, "-f", "json"),
        ("extract", demo, "--factors", "llm", "--limit", "1", "--yes"),
        ("facts", demo, "--response", "1", "-f", "json"),
        ("export", demo, "--format", "jsonl", "--to", tmp_path / "out"),
        ("models", "add", "bad", "--base-url", f"http://u:{SECRET}@h/v1", "--model", "m"),
        ("models", "add", "bad", "--base-url", "http://h/v1", "--model", "m", "--key-env", SECRET),
    ):
        done = profile(*command)
        said.append(done.out + done.err)
    assert echo.authorizations == {f"Bearer {SECRET}"}
    assert SECRET not in "\n".join(said)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.name.endswith(".models.toml") for path in files)
    assert any(path.suffix == ".db" for path in files)
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []


def test_presets(profile: Profile) -> None:
    presets = profile("models", "presets", "-f", "json").json["presets"]
    assert len(presets) == 10
    added = profile("models", "add", "paper", "--preset", "mixtral-8x7b", "--base-url", "http://gpu:8000/v1")
    assert "vllm serve mistralai/Mixtral-8x7B-Instruct-v0.1" in added.err
    (model,) = profile("models", "list", "-f", "json").json["models"]
    assert model["base_url"] == "http://gpu:8000/v1"
    assert json.dumps(presets).isascii()


def test_a_hint_names_what_can_be_tried(profile: Profile, demo: Path) -> None:
    """A model beside a study is found there alone, and a reward model answers no questions."""
    beside = profile("models", "add", "judge", "--preset", "gpt-4o", "--study", demo)
    assert f"Try it with profile-tui models check judge --study {demo}\n" in beside.err
    reward = profile("models", "add", "reward", "--preset", "rm-13b")
    assert "It needs" in reward.err
    assert "Try it" not in reward.err


def test_what_is_not_given_stays(profile: Profile, server: FaultyServer) -> None:
    add(profile, server, "--price-in", "1.5", "--temperature", "0.2")
    profile("models", "check", "judge")
    assert profile("models", "add", "judge", "--max-tokens", "2048", "--replace").code == 0
    (model,) = profile("models", "list", "-f", "json").json["models"]
    assert (model["price_in"], model["temperature"], model["max_tokens"]) == (1.5, 0.2, 2048)
    assert model["ability"] == "json_schema"
    assert profile("models", "add", "judge", "--model", "m-2", "--replace").code == 0
    (model,) = profile("models", "list", "-f", "json").json["models"]
    assert (model["model"], model["price_in"], model["ability"], model["seconds"]) == ("m-2", 1.5, None, None)
    again = profile("models", "add", "judge", "--model", "m-3")
    assert (again.code, "--replace" in again.err) == (2, True)


def test_every_action_teaches(profile: Profile) -> None:
    listed = profile("models").out
    assert "None yet: profile-tui models add" in listed
    for action in ("list", "presets", "add", "check", "remove"):
        told = profile("models", action, "--help").out
        assert f"Example: profile-tui models {action}" in told
        assert max(map(len, told.splitlines())) <= 80
        assert ("--price-in" in told) is (action == "add")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["add"], 2, "NAME"),
        (["add", "judge"], 2, "give --base-url and --model, or --preset"),
        (["add", "judge", "--preset", "gpt-4"], 2, "did you mean gpt-4o?"),
        (["add", "judge", "--preset", "gpt-4o", "--temperature", "hot"], 2, "a number, or unset"),
        (["add", "Judge", "--preset", "gpt-4o"], 1, "name"),
        (["check", "nobody"], 1, "no model 'nobody'"),
        (["remove", "nobody"], 1, "no model 'nobody'"),
    ],
)
def test_refusals(profile: Profile, arguments: list[str], code: int, says: str) -> None:
    done = profile("models", *arguments)
    assert (done.code, done.out) == (code, "")
    assert says in done.err
    assert done.err.count("\n") == 1
