"""What each command does, on the demo study."""

import csv
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from tests.annotation.importers.test_cards import write_card
from tests.conftest import ROOT
from tests.tui.cli.conftest import Profile
from tui.cli.demo import default_location
from tui.cli.instructions import WORDINGS
from tui.cli.program import app


def _commands() -> Iterator[list[str]]:
    """The program, every command, every action of one."""
    program: Any = get_command(app)
    yield []
    for name, command in program.commands.items():
        yield [name]
        yield from ([name, action] for action in getattr(command, "commands", {}))


@pytest.mark.parametrize("command", _commands(), ids=" ".join)
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


def test_fresh_replaces_nothing_but_the_demo(profile: Profile, tmp_path: Path) -> None:
    text, other, grown = (tmp_path / name for name in ("notes.txt", "demo.db", "grown.db"))
    text.write_text("mine", "utf-8")
    profile("new", other, "--task", "summarization")  # a study named after its file: demo
    assert profile("demo", "--no-open", "--at", grown).code == 0
    more = tmp_path / "more.csv"
    more.write_text("s,a,b\npost,one,two\n", "utf-8")
    profile("import", grown, more, "--map", "source=s", "--map", "left=a", "--map", "right=b")
    for place in (text, other, grown):
        before = place.read_bytes()
        done = profile("demo", "--no-open", "--fresh", "--at", place)
        assert (done.code, done.out, len(done.err.splitlines())) == (1, "", 1)
        assert "not the demo study, so --fresh does not replace it" in done.err
        assert place.read_bytes() == before
    beside = tmp_path / "new.db.making"
    beside.write_text("mine", "utf-8")
    assert profile("demo", "--no-open", "--fresh", "--at", tmp_path / "new.db").code == 0
    assert beside.read_text("utf-8") == "mine"
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"notes.txt", "demo.db", "grown.db", "more.csv", "new.db", "new.db.making"}


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
    assert "agent_settings.expander:generator" in _settings(profile, demo)
    assert profile("settings", demo, "agent_settings.expander=").code == 0
    assert not [key for key in _settings(profile, demo) if key.startswith("agent_settings")]


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


@pytest.mark.parametrize(
    ("rows", "why"),
    [("", "no rows in rows.jsonl"), ('{"s": 1}\n', "of 1 row none could be used: 1 bad")],
)
def test_an_import_of_nothing_is_none(profile: Profile, tmp_path: Path, rows: str, why: str) -> None:
    study, file = tmp_path / "s.db", tmp_path / "rows.jsonl"
    file.write_text(rows, "utf-8")
    profile("new", study, "--task", "summarization")
    arguments = ("--map", "source=s", "--map", "left=a", "--map", "right=b", "--factor", "tone=x,y")
    done = profile("import", study, file, *arguments, "--skip-bad")
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines()[-1] == f"profile-tui: nothing was imported: {why}"
    assert "tie_tolerance.tone" not in _settings(profile, study)


def test_a_card_of_another_task_is_told(profile: Profile, tmp_path: Path) -> None:
    study = tmp_path / "s.db"
    profile("new", study, "--task", "document-qa")
    folder = write_card(tmp_path / "mine")
    (folder / "pairs.jsonl").write_text('{"post": "p", "a": "x", "b": "y"}', "utf-8")
    done = profile("import", study, "--card", folder, "--path", folder)
    assert done.code == 0
    assert done.err.splitlines()[0].startswith("The card is of summarization, the study of document-qa")


def test_pairs_as_csv_cut_nothing_and_name_sides_in_words(profile: Profile, tmp_path: Path) -> None:
    study, rows = tmp_path / "s.db", tmp_path / "rows.jsonl"
    long = "a title of more than forty characters, to be cut for people"
    records = [
        {"s": "post", "a": "one", "b": "two", "l": "left", "t": long, "by": "gpt", "score": 4},
        {"s": "another post", "a": "three", "b": "four", "l": "tie"},
        {"s": "a third post", "a": "five", "b": "six", "l": None},
    ]
    rows.write_text("\n".join(map(json.dumps, records)), "utf-8")
    mapped = ("source=s", "left=a", "right=b", "label=l", "title=t", "left_agent=by", "left_score=score")
    profile("new", study, "--task", "summarization")
    assert profile("import", study, rows, *(part for one in mapped for part in ("--map", one))).code == 0
    first, second, third = csv.DictReader(profile("pairs", study, "-f", "csv").out.splitlines())
    assert (first["title"], second["title"]) == (long, "")
    assert (first["left_agent"], first["left_score"], first["right_agent"]) == ("gpt", "4.0", "")
    assert [row["human"] for row in (first, second, third)] == ["left", "tie", ""]
    assert [row["labels"] for row in (first, second, third)] == ["left", "tie", ""]
    assert "  A       A" in profile("pairs", study).out  # people see one set of words: A, B, =
    length = next(
        row
        for row in csv.DictReader(profile("pairs", study, "--id", "1", "-f", "csv").out.splitlines())
        if row["factor"] == "length"
    )
    assert (length["more"], length["reason"]) == ("", "not yet")


def test_tables_to_read_keep_their_keys_whole(profile: Profile, demo: Path) -> None:
    lines = profile("settings", demo).out.splitlines()
    assert max(map(len, lines)) <= 100
    assert sum(line.startswith("tie_tolerance.formality_alignment ") for line in lines) == 1


def test_align_says_what_brings_agents(profile: Profile, tmp_path: Path) -> None:
    study = tmp_path / "s.db"
    profile("new", study, "--task", "summarization")
    done = profile("align", study, "-f", "json")
    assert (done.code, done.json["agents"]) == (0, [])
    assert "nobody is to be aligned with human" in done.err
    assert profile("align", study).code == 0


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


def test_values_are_replaced_when_asked(profile: Profile, tmp_path: Path) -> None:
    study, first, later = (tmp_path / name for name in ("s.db", "first.csv", "later.csv"))
    first.write_text("s,a,b,x,y\npost,one,two,1,2\n", "utf-8")
    later.write_text("s,a,b,x,y\npost,one,two,3,2\n", "utf-8")
    words = ["--map", "source=s", "--map", "left=a", "--map", "right=b", "--factor", "own=x,y"]
    profile("new", study, "--task", "summarization")
    assert profile("import", study, first, *words).code == 0
    refused = profile("import", study, later, *words)
    assert (refused.code, "--replace-values" in refused.err) == (1, True)
    assert "1 factor value" in profile("import", study, later, *words, "--replace-values").err
    own = profile("pairs", study, "--id", "1", "-f", "json").json["factors"][-1]
    assert (own["left"], own["right"], own["more"]) == (3.0, 2.0, "left")


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
    assert any("key colour: unknown key" in problem for problem in done.json["problems"])


def test_damage_sends_nobody_in_circles(profile: Profile, demo: Path) -> None:
    content = bytearray(demo.read_bytes())
    content[4096:] = bytes(number * 7 % 251 for number in range(len(content) - 4096))
    demo.write_bytes(content)
    done = profile("doctor", demo)
    assert (done.code, done.out) == (1, "")
    assert "demo.db: the file is damaged; take an earlier copy" in done.err
    assert "doctor" not in done.err


def test_advice_on_a_study_that_is_not_there_works(
    profile: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    advice = profile("rank", "nosuch.db").err.partition("profile-tui new ")[2].partition(" (")[0]
    assert advice == "nosuch.db --task summarization"
    assert profile("new", *advice.split()).code == 0
    Path("data.csv").write_text("a,b\n1,2\n", "utf-8")
    assert "data.csv: not a study" in profile("rank", "data.csv").err


def _settings(profile: Profile, study: Path) -> dict[str, str]:
    listed = profile("settings", study, "-f", "json").json["settings"]
    return {entry["key"]: entry["value"] for entry in listed}
