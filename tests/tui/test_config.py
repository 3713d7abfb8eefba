"""A person's own settings and the studies they opened lately."""

import json
from pathlib import Path

import pytest

from tui.config import Config, ConfigError, config_path, load_config
from tui.recent import MOST, RecentStudy, recent_path, recent_studies, remember


def write(text: str) -> Path:
    path = config_path()
    path.write_text(text, "utf-8")
    return path


def test_without_a_file_the_defaults_hold() -> None:
    assert load_config() == Config()


def test_every_key_can_be_set_and_says_what_it_is() -> None:
    write(
        'theme = "mono"\nannotator = "ada"\nreference = "gpt"\ncompare_with = "llama"\nwhat_moved = false\n'
    )
    assert load_config() == Config(
        theme="mono", annotator="ada", reference="gpt", compare_with="llama", what_moved=False
    )
    assert all(field.description for field in Config.model_fields.values())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            'colour = "red"',
            "key colour: unknown key; the keys are theme, annotator, reference, compare_with, model, "
            "unieval, what_moved",
        ),
        ('what_moved = "often"', "key what_moved: expected true or false"),
        ('annotator = ""', "key annotator: an annotator needs a name"),
        ('annotator = "human"', "key annotator: 'human' stands for all people together"),
        ('theme = "pink"', "key theme: no theme of this name; known: profile-dark, profile-light,"),
        (
            "annotator = 1\ncompare_with = 2",
            "key annotator: expected text; key compare_with: expected text",
        ),
        ("theme = ", "cannot be read as TOML"),
    ],
)
def test_what_cannot_be_used_is_named_with_file_and_key(text: str, problem: str) -> None:
    path = write(text)
    with pytest.raises(ConfigError) as refusal:
        load_config()
    message = str(refusal.value)
    assert message.startswith(f"{path}: ")
    assert problem in message
    assert "\n" not in message


def test_the_newest_study_is_on_top_and_each_is_there_once(tmp_path: Path) -> None:
    for name in ("a", "b", "a"):
        (tmp_path / f"{name}.db").touch()
        remember(str(tmp_path / f"{name}.db"), name)
    assert [study.name for study in recent_studies()] == ["a", "b"]


def test_studies_that_are_gone_are_left_out_but_servers_stay(tmp_path: Path) -> None:
    (tmp_path / "gone.db").touch()
    remember(str(tmp_path / "gone.db"), "gone")
    remember("postgresql://host/study", "far away")
    (tmp_path / "gone.db").unlink()
    assert [study.location for study in recent_studies()] == ["postgresql://host/study"]


def test_a_relative_path_is_found_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("here.db").touch()
    remember("here.db", "here")
    monkeypatch.chdir(tmp_path.parent)
    assert [study.location for study in recent_studies()] == [str(tmp_path / "here.db")]


def test_the_list_does_not_grow_without_end(tmp_path: Path) -> None:
    for number in range(MOST + 5):
        (tmp_path / f"{number}.db").touch()
        remember(str(tmp_path / f"{number}.db"), str(number))
    assert [study.name for study in recent_studies()] == [str(n) for n in reversed(range(5, MOST + 5))]
    assert list(recent_path().parent.iterdir()) == [recent_path()]


@pytest.mark.parametrize("text", ["", "{", '{"a": 1}', "[1]", '[{"location": "x"}]'])
def test_a_damaged_list_counts_as_empty_and_is_replaced(text: str, tmp_path: Path) -> None:
    recent_path().parent.mkdir(parents=True)
    recent_path().write_text(text)
    assert recent_studies() == ()
    remember("postgresql://host/study", "s")
    assert len(json.loads(recent_path().read_text())) == 1


def test_a_list_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    remember("postgresql://host/study", "s", blocked / "recent.json")
    assert recent_studies(blocked / "recent.json") == ()


def test_a_recent_study_has_what_the_list_shows() -> None:
    remember("postgresql://host/study", "s")
    [study] = recent_studies()
    assert isinstance(study, RecentStudy)
    assert study.opened.endswith("+00:00")
