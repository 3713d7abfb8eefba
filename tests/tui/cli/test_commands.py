"""What each command does, on the demo study."""

import csv
import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.tui.cli.conftest import Profile
from tui.cli.demo import default_location
from tui.cli.instructions import WORDINGS
from tui.cli.program import COMMANDS


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)], ids=" ".join)
def test_help_has_purpose_and_example(command: list[str], profile: Profile) -> None:
    done = profile(*command, "--help")
    assert done.code == 0
    assert "Example: profile-tui" in done.out
    assert max(map(len, done.out.splitlines())) <= 80


def test_list_of_commands_cuts_no_purpose(profile: Profile) -> None:
    assert "..." not in profile("--help").out.partition("Commands:")[2]


def test_version(profile: Profile) -> None:
    assert profile("--version").out.startswith("profile-tui 0.")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shell_completion(shell: str) -> None:
    pretend = f"import shellingham; shellingham.detect_shell = lambda: ({shell!r}, '')"
    command = [sys.executable, "-c", f"{pretend}; from tui.cli import main; main()", "--show-completion"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "_PROFILE_TUI_COMPLETE" in shown.stdout


def test_demo_is_made_once_and_afresh_when_asked(profile: Profile) -> None:
    first = profile("demo", "--no-open")
    location = Path(first.out.strip())
    assert (first.code, location) == (0, default_location())
    assert profile("settings", location, "seed=7").code == 0
    again = profile("demo", "--no-open")
    assert again.err == ""
    assert _settings(profile, location)["seed"] == "7"
    assert profile("demo", "--no-open", "--fresh").code == 0
    assert _settings(profile, location)["seed"] == "0"
    assert [path.name for path in location.parent.iterdir()] == ["demo.db"]


def test_demo_ranks_all_ten_factors(profile: Profile, demo: Path) -> None:
    document = profile("rank", demo, "-f", "json", "--annotators").json
    kinds = {agent["agent"]: agent["kind"] for agent in document["agents"]}
    assert next(iter(kinds)) == "human"
    assert (kinds["expander"], kinds["sim-ada"]) == ("generator", "annotator")
    for agent in document["agents"]:
        assert [factor["reason"] for factor in agent["factors"]] == [None] * 10
    settings = {agent["agent"]: agent["setting"] for agent in document["agents"]}
    assert (settings["human"], settings["expander"]) == ("evaluation", "generation")


def test_new_takes_the_tasks_factors_and_words(profile: Profile, tmp_path: Path) -> None:
    for task, wording in WORDINGS.items():
        study = tmp_path / f"{task}.db"
        done = profile("new", study, "--task", task, "--no-ties", "--seed", "3", "--name", "mine")
        assert done.code == 0
        kept = _settings(profile, study)
        assert (kept["question"], kept["allow_ties"], kept["seed"]) == (wording.question, "false", "3")
        assert profile("rank", study, "-f", "json").json["study"] == "mine"


def test_new_takes_chosen_and_own_factors(profile: Profile, tmp_path: Path) -> None:
    study, words = tmp_path / "s.db", tmp_path / "words.txt"
    words.write_text("Read both.", "utf-8")
    own = "Politeness=Whether it says please."
    arguments = ("--factors", "length, fluency", "--own-factor", own, "--instructions-file", words)
    assert profile("new", study, "-t", "summarization", *arguments).code == 0
    (human,) = profile("rank", study, "-f", "json").json["agents"]
    assert sorted(factor["factor"] for factor in human["factors"]) == ["fluency", "length", "politeness"]
    assert {factor["reason"] for factor in human["factors"]} == {"no pair with a preference"}
    assert _settings(profile, study)["instructions"] == "Read both."


def test_settings_change_what_is_counted(profile: Profile, demo: Path) -> None:
    def length() -> tuple[int, int]:
        human = profile("rank", demo, "-f", "json", "-a", "human", "--factors", "length").json["agents"][0]
        return human["factors"][0]["counted"], human["factors"][0]["excluded_by"]["factor_tie"]

    counted, tied = length()
    done = profile("settings", demo, "tie_tolerance.length=5", "agent_settings.expander=evaluation")
    assert (done.code, done.out) == (0, "")
    now_counted, now_tied = length()
    assert now_tied > tied
    assert now_counted + now_tied == counted + tied
    agents = profile("rank", demo, "-f", "json", "-a", "expander").json["agents"]
    assert agents[0]["setting"] == "evaluation"
    assert profile("settings", demo, "agent_settings.expander=").code == 0
    assert "agent_settings.expander" not in _settings(profile, demo)


def test_a_wrong_change_changes_nothing(profile: Profile, demo: Path) -> None:
    before = _settings(profile, demo)
    assert profile("settings", demo, "seed=5", "tie_tolerance.length=1", "allow_ties=perhaps").code == 2
    assert _settings(profile, demo) == before


def test_rank_in_another_setting(profile: Profile, demo: Path) -> None:
    """The tallies behind both settings are the same; only what counts as a tie differs."""
    told = profile("rank", demo, "-f", "json", "-a", "expander", "--setting", "expander=evaluation").json
    plain = profile("rank", demo, "-f", "json", "-a", "expander").json
    evaluated = {factor["factor"]: factor for factor in told["agents"][0]["factors"]}
    assert told["agents"][0]["setting"] == "evaluation"
    for factor in plain["agents"][0]["factors"]:
        other = evaluated[factor["factor"]]
        assert (other["concordant"], other["discordant"]) == (factor["concordant"], factor["discordant"])
        assert other["excluded_by"]["factor_tie"] == factor["ties"]
    profile("settings", demo, "agent_settings.expander=evaluation")
    assert profile("rank", demo, "-f", "json", "-a", "expander").json == told


def test_rank_as_csv_holds_the_full_numbers(profile: Profile, demo: Path) -> None:
    rows = list(csv.DictReader(profile("rank", demo, "-f", "csv").out.splitlines()))
    document = profile("rank", demo, "-f", "json").json
    scores = [factor["score"] for agent in document["agents"] for factor in agent["factors"]]
    assert [float(row["score"]) for row in rows] == scores


@pytest.mark.parametrize("command", ["rank", "align", "agreement"])
def test_latex(command: str, profile: Profile, demo: Path) -> None:
    done = profile(command, demo, "-f", "latex")
    assert done.code == 0
    assert done.out.count(r"\begin{tabular}") == done.out.count(r"\bottomrule") > 0


def test_align_with_a_model(profile: Profile, demo: Path) -> None:
    document = profile("align", demo, "-f", "json", "--reference", "expander", "--annotators").json
    assert document["reference"] == "expander"
    names = [agent["agent"] for agent in document["agents"]]
    assert names == ["human", "tightener", "sim-ada", "sim-bo", "sim-cy"]
    assert {agent["factors"] for agent in document["agents"]} == {10}


def test_pairs_are_filtered_and_shown(profile: Profile, demo: Path) -> None:
    everything = profile("pairs", demo, "-f", "json", "--limit", "0").json
    assert everything["found"] == len(everything["pairs"]) == 240
    open_pairs = profile("pairs", demo, "-f", "json", "--state", "unlabelled", "--limit", "3")
    assert (open_pairs.json["found"], len(open_pairs.json["pairs"])) == (40, 3)
    assert "--limit 0" in open_pairs.err
    apart = profile("pairs", demo, "-f", "json", "--misaligned-with", "expander").json["pairs"]
    assert all(pair["human"] != pair["verdicts"][0]["choice"] for pair in apart)
    shown = profile("pairs", demo, "--id", apart[0]["pair"], "-f", "json").json
    assert len(shown["factors"]) == 10
    assert shown["left_text"] in profile("pairs", demo, "--id", apart[0]["pair"]).out


def test_extract_adds_nothing_twice(profile: Profile, demo: Path) -> None:
    done = profile("extract", demo, "--factors", "rules,length")
    assert done.code == 0
    assert sorted(done.err.splitlines()) == [
        "length: 0 values added, 120 had one already",
        "novel_words: 0 values added, 120 had one already",
    ]


def test_export(profile: Profile, demo: Path, tmp_path: Path) -> None:
    lines = profile("export", demo).out.splitlines()
    assert len([json.loads(line) for line in lines]) == 240
    trained = tmp_path / "train.jsonl"
    done = profile("export", demo, "-f", "dpo", "--to", trained)
    pairs = [json.loads(line) for line in trained.read_text("utf-8").splitlines()]
    assert {tuple(pair)[:3] for pair in pairs} == {("prompt", "chosen", "rejected")}
    assert f"{len(pairs)} pairs written" in done.err
    assert "40 left out: no label" in done.err


def test_an_export_is_imported_again(profile: Profile, demo: Path, tmp_path: Path) -> None:
    exported, study = tmp_path / "all.jsonl", tmp_path / "again.db"
    profile("export", demo, "--to", exported)
    profile("new", study, "--task", "summarization", "--name", "demo")
    assert profile("import", study, exported).code == 0
    assert profile("rank", study, "-f", "json").json == profile("rank", demo, "-f", "json").json


def test_config_names_its_file_and_keys(
    profile: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('annotator = "ada"\n', "utf-8")
    monkeypatch.setenv("PROFILE_TUI_CONFIG", str(path))
    document = profile("config", "-f", "json").json
    assert (document["path"], document["exists"]) == (str(path), True)
    assert {"key": "annotator", "value": "ada"}.items() <= document["keys"][1].items()


def test_doctor_on_a_sound_study(profile: Profile, demo: Path) -> None:
    done = profile("doctor", demo, "-f", "json")
    assert done.code == 0
    assert done.json["problems"] == []
    assert done.json["study"]["pairs"] == 240
    extras = {package["extra"] for package in done.json["packages"]}
    assert {None, "llm", "models", "label-studio", "postgres"} <= extras


def test_doctor_finds_what_is_wrong(profile: Profile, demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sqlite3.connect(demo) as damaged:
        damaged.execute("UPDATE pairs SET source_id = 2 WHERE id = 1")
    damaged.close()
    config = demo.with_name("config.toml")
    config.write_text("colour = 1", "utf-8")
    monkeypatch.setenv("PROFILE_TUI_CONFIG", str(config))
    done = profile("doctor", demo, "-f", "json")
    assert done.code == 1
    assert any("answer another source (1)" in problem for problem in done.json["problems"])
    assert any("unknown key 'colour'" in problem for problem in done.json["problems"])


def _settings(profile: Profile, study: Path) -> dict[str, str]:
    listed = profile("settings", study, "-f", "json").json["settings"]
    return {entry["key"]: entry["value"] for entry in listed}
