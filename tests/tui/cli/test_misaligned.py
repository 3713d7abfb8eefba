"""Misaligned pairs on the command line, and what is made of tagged ones."""

import csv
import json
from pathlib import Path

import pytest

from annotation.answers import AnswerLog
from annotation.study import Study
from annotation.tags import TagLog
from profile_engine.preferences import AgentKind
from profile_engine.taxonomy import Task
from tests.annotation.drafts import LEFT, RIGHT, TIE, Draft, label, three_of_one_name
from tests.tui.cli.conftest import Profile

HOSTILE = "=cmd|'/C calc'!A0\x1b]0;t\x07"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Six pairs of three posts; ann prefers the shorter response, the judge the longer one but once."""
    place = tmp_path / "study.db"
    with Study.create(place, task=Task.SUMMARIZATION) as made:
        draft = Draft(made)
        judge, writer = draft.agent("judge", AgentKind.JUDGE), draft.agent("=writer")
        pairs = []
        for number in range(6):
            if number % 2 == 0:
                source = draft.source(f"Text {number}", HOSTILE if not number else f"Post {number}")
            sides = [
                draft.response(source, f"{number} {side}", writer, score)
                for side, score in (("l", 5.0), ("r", 5.0 - number % 3))
            ]
            for side, length in zip(sides, (9, 1), strict=True):
                draft.value(side, "length", length)
            pairs.append(draft.pair(source, *sides))
            draft.verdict(pairs[-1], judge, TIE if number == 4 else LEFT)
        label(AnswerLog(made), "ann", [(pair, RIGHT if pair != pairs[5] else LEFT) for pair in pairs])
    return place


def ids(profile: Profile, study: Path, *options: object) -> list[int]:
    return sorted(pair["pair"] for pair in profile("misaligned", study, "-f", "json", *options).json["pairs"])


def test_what_is_listed(profile: Profile, study: Path) -> None:
    document = profile("misaligned", study, "--agent", "judge", "-f", "json").json
    assert (document["agent"], document["kind"], document["misaligned"]) == ("judge", "judge", 5)
    assert document["agreement"] == {"agree": 1, "of": 6}
    assert document["reason"] == "only 1 factor has a score on both sides, a correlation takes at least 2"
    last = document["pairs"][-1]  # a tie moved to a side comes less close than one side moved to the other
    assert (last["pair"], last["human"], last["model"], last["change"]) == (5, "right", "tie", None)
    # people (1-5)/6; the judge (5-0)/6 now, and (5-1)/6 once it chooses the shorter one there
    assert last["closer"] == pytest.approx(1 / 6)
    assert document["pairs"][0]["closer"] == pytest.approx(2 / 6)
    (why,) = document["pairs"][0]["why"]
    assert (why["factor"], why["more"], why["people_pull"], why["model_pull"]) == (
        "length",
        "left",
        "right",
        "left",
    )


def test_filters(profile: Profile, study: Path) -> None:
    judge = ("--agent", "judge")
    assert ids(profile, study, *judge) == [1, 2, 3, 4, 5]
    assert ids(profile, study, *judge, "--gap", 1) == [2, 3, 5]
    assert ids(profile, study, *judge, "--gap", 2) == [3]
    assert ids(profile, study, *judge, "--source", 2) == [3, 4]
    assert ids(profile, study, *judge, "--factor", "length") == [1, 2, 3, 4, 5]
    assert ids(profile, study, *judge, "--factor", "fluency") == []
    assert ids(profile, study, "--by", "score") == [2, 3, 5]
    assert ids(profile, study, *judge, "--limit", 2) == [1, 2]
    with Study.open(study) as opened:
        TagLog(opened).toggle(4, "paper")
    assert ids(profile, study, *judge, "--tag", "paper") == [4]
    assert ids(profile, study, *judge, "--tag", "else") == []


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ([], 2, "several models: say which, judge:judge or =writer:generator"),
        (["--agent", "judgge"], 2, "--agent: no agent 'judgge' here: did you mean judge?"),
        (["--agent", "judge", "--by", "score"], 2, "--agent: no agent 'judge' here"),
        (["--by", "reward"], 2, "no model that chooses by reward in this study"),
        (["--agent", "judge", "--factor", "wit"], 2, "no factor 'wit' in this study"),
        (["--agent", "judge", "--source", "x"], 1, "no source 'x' in this study"),
    ],
)
def test_what_is_refused(profile: Profile, study: Path, options: list[str], code: int, words: str) -> None:
    done = profile("misaligned", study, *options)
    assert (done.code, done.out) == (code, "") and words in done.err


def test_every_format_is_safe(profile: Profile, study: Path) -> None:
    judge = ("misaligned", study, "--agent", "judge")
    table = profile(*judge)
    assert "5 pairs on which people and judge (judge) disagree" in table.out and "\x1b" not in table.out
    assert "Length A: ● B, ▲ A" in table.out
    rows = list(csv.DictReader(profile(*judge, "-f", "csv").out.splitlines()))
    assert rows[0]["title"].startswith("'=cmd") and rows[0]["why"] == "length"
    assert r"\begin{tabular}" in profile(*judge, "-f", "latex").out
    assert profile(*judge, "--limit", 1).err == "Shown: the first 1 of 5 pairs; --limit 0 shows all.\n"


def test_agents_of_one_name_are_told_apart(profile: Profile, tmp_path: Path) -> None:
    place = tmp_path / "one.db"
    with Study.create(place, task=Task.SUMMARIZATION) as made:
        three_of_one_name(Draft(made))
    found = {by: ids(profile, place, "--by", by, "--agent", "gpt-4o") for by in ("judge", "score", "reward")}
    assert found == {"judge": [1], "score": [], "reward": [2]}
    assert "more than one agent" in profile("misaligned", place, "--agent", "gpt-4o").err


def test_tagged_pairs_are_exported(profile: Profile, study: Path, tmp_path: Path) -> None:
    with Study.open(study) as opened:
        TagLog(opened).toggle(1, "paper")
        TagLog(opened).toggle(6, "paper")
    tagged = ("export", study, "--tag", "paper", "--agent", "judge")
    lines = profile(*tagged, "-f", "examples").out.splitlines()
    assert [json.loads(line)["pair"] for line in lines] == [1, 6]
    out = tmp_path / "examples.md"
    assert "2 pairs written" in profile(*tagged, "-f", "markdown", "-o", out).err
    assert out.read_text().startswith("# study: people and judge:judge\n\n## Pair 1: ")
    done = profile("export", study, "-f", "factor-dpo", "--conversational")
    assert done.err == "5 pairs written\n1 left out: most people chose the other side\n"
    assert json.loads(done.out.splitlines()[0])["chosen"] == [{"role": "assistant", "content": "0 r"}]
    done = profile(*tagged, "-f", "factors")
    assert done.err.splitlines()[0] == "2 signals written"
    assert len(profile("export", study, "-f", "dpo", "--tag", "paper").out.splitlines()) == 2
    done = profile("export", study, "-f", "csv", "--tag", "paper")
    assert (done.code, done.out) == (2, "") and "--tag is for --format dpo or examples" in done.err
    again = tmp_path / "again.db"
    profile("new", again, "--task", "summarization")
    rows = tmp_path / "examples.jsonl"
    profile(*tagged, "-f", "examples", "-o", rows)
    assert "2 pairs" in profile("import", again, rows).err


def test_two_real_judges(profile: Profile, shared_data: Path, tmp_path: Path) -> None:
    place = tmp_path / "p.db"
    profile("new", place, "--task", "summarization")
    profile("import", place, "--card", "pandalm", "--path", shared_data / "pandalm")
    profile("extract", place, "--factors", "rules")
    for name, count in (("gpt-3.5-turbo", 882 - 692), ("pandalm-7b", 894 - 635)):
        document = profile("misaligned", place, "--agent", name, "--limit", 0, "-f", "json").json
        assert (document["misaligned"], document["found"], len(document["pairs"])) == (count,) * 3
