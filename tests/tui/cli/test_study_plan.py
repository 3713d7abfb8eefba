"""`study plan` and `study show` on the command line."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from annotation.answers import AnswerLog, NewAnswer
from annotation.planning.plan import read_plan
from annotation.study import Study
from profile_engine.preferences import Preference
from profile_engine.taxonomy import Task
from tests.annotation.planning.posts import add_posts
from tests.tui.cli.conftest import Profile
from tui.cli.instructions import WORDINGS

LEFT, RIGHT = Preference.LEFT, Preference.RIGHT


@pytest.fixture
def posts(tmp_path: Path) -> Path:
    """Thirty-one posts, six models, five scores."""
    path = tmp_path / "posts.db"
    with Study.create(path, task=Task.SUMMARIZATION) as study:
        add_posts(study, 31, 6)
    return path


def plan_of(path: Path) -> Any:  # noqa: ANN401
    with Study.open(path) as study, study.reading() as connection:
        return read_plan(connection)


def settings_of(path: Path) -> Any:  # noqa: ANN401
    with Study.open(path) as study:
        return study.settings


def test_the_papers_plan(profile: Profile, posts: Path) -> None:
    done = profile("study", "plan", posts, "--paper", "--seconds-per-item", 90, "--format", "json")
    found = done.json
    assert (found["sources"], found["items"], found["labels"]) == (30, 540, 1_620)
    assert found["score_gaps"] == {"1": 135, "2": 135, "3": 135, "4": 135}
    assert (found["annotators_at_least"], found["gold"], found["extra_answers"]) == (3, 0, 0)
    assert found["time"] == {
        "seconds_per_label": 90,
        "median_seconds": None,
        "basis": "stated",
        "measured_labels": 0,
        "hours": 40.5,
        "hours_each": 13.5,
    }
    assert found["cost"] == {
        "pay": 405,
        "fee": 81,
        "total": 486,
        "pay_per_hour": 10,
        "pay_floor": 0,
        "below_floor": False,
    }
    kept = {"country": "US", "approval_rate": 95, "approved_tasks": 5_000}
    assert (found["design"]["qualifications"], found["design"]["stop_when_decided"]) == (kept, False)
    assert "A good summary is a shorter piece of text" in found["design"]["instructions"]
    settings = settings_of(posts)
    assert (settings.allow_ties, settings.question) == (False, "Which summary is better?")
    assert settings.instructions == WORDINGS[Task.SUMMARIZATION].instructions
    table = profile("study", "show", posts).out
    for words in (
        "1,620 (540 x 3)",
        "$405.00 ($0.25 each)",
        "$81.00 (20%)",
        "$486.00",
        "5,000 approved HITs",
    ):
        assert words in table


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--ties", "yes"], "Appendix A has ties no, not yes"),
        (["--annotators-per-pair", "2"], "annotators_per_pair 3, not 2"),
        (["--stop-when-decided"], "stop_when_decided no, not yes"),
        (["--agents", "model 1,model 2"], "6 agents, not 2"),
        (["--instructions", "Choose."], "--instructions: --paper has Appendix A's"),
    ],
)
def test_what_contradicts_the_paper(profile: Profile, posts: Path, options: list[str], said: str) -> None:
    done = profile("study", "plan", posts, "--paper", *options)
    assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert said in done.err
    assert plan_of(posts) is None


def test_the_paper_needs_posts_and_models(profile: Profile, demo: Path) -> None:
    done = profile("study", "plan", demo, "--paper")
    assert (done.code, len(done.err.splitlines())) == (1, 1)
    assert "6 models with scored responses: there are 2 (expander, tightener)" in done.err
    assert "there are 12, 18 too few" in done.err


def test_options_reach_the_design(profile: Profile, posts: Path, tmp_path: Path) -> None:
    consent = tmp_path / "consent.md"
    consent.write_text("You agree.\n", "utf-8")
    done = profile(
        *("study", "plan", posts, "--pairs-per-source", 2, "--annotators-per-pair", 5, "--sources", 4),
        *("--agents", "model 1, model 2", "--agents", "model 3", "--ties", "no", "--pay", 0.1, "--fee", 0.4),
        *("--pay-floor", 12, "--seconds-per-item", 36, "--minimum-seconds", 2, "--hold-minutes", 10),
        *("--stop-when-decided", "--repeats", 3, "--question", "Which?", "--instructions", "Choose one."),
        *("--consent", consent, "--warning", "Sad posts.", "--seed", 8),
    )
    assert done.code == 0, done.err
    design = plan_of(posts).design
    assert (design.pairs_per_source, design.annotators_per_pair, design.sources) == (2, 5, 4)
    assert design.agents == ("model 1", "model 2", "model 3")
    assert (design.ties, design.pay, design.fee, design.pay_floor) == (False, 0.1, 0.4, 12)
    assert (design.seconds_per_item, design.minimum_seconds, design.hold_minutes) == (36, 2, 10)
    assert (design.stop_when_decided, design.repeats, design.seed) == (True, 3, 8)
    assert (design.question, design.instructions) == ("Which?", "Choose one.")
    assert (design.consent, design.warning, design.paper) == ("You agree.", "Sad posts.", False)
    assert "120 (24 x 5), at least 72" in done.out
    assert "Warning: $10.00 an hour is below the floor of $12.00; pay $0.12 a label." in done.out
    assert "36 s (as stated; nothing was measured yet)" in done.out
    assert "3 repeated: 15 answers of 5" in done.out
    assert (settings_of(posts).seed, settings_of(posts).question) == (8, "Which?")


def test_the_fee_is_said_to_be_mturks_of_many(profile: Profile, posts: Path) -> None:
    """$0.10 for each of 558 x 10 labels, and 40 % of them."""
    many = ("study", "plan", posts, "--annotators-per-pair", 10, "--pay", 0.1)
    told = r"platform fee +\$223\.20 \(40%: MTurk takes that from ten annotators a pair on\)"
    assert re.search(told, profile(*many).out)
    assert re.search(r"platform fee +\$111\.60 \(20%\)", profile(*many, "--fee", 0.2).out)
    assert "0.4 from ten annotators a pair on" in " ".join(profile("study", "plan", "--help").out.split())


def test_an_assumption_is_named_as_one(profile: Profile, posts: Path) -> None:
    done = profile("study", "plan", posts, "--no-ties")
    assert "60 s (an assumption: nothing was measured" in done.out
    assert plan_of(posts).design.ties is False
    again = profile("study", "plan", posts)
    assert (again.code, plan_of(posts).design.ties) == (0, False)  # as the study has it by now


def test_gold_and_training(profile: Profile, demo: Path, tmp_path: Path) -> None:
    gold, training, wrong = tmp_path / "gold.jsonl", tmp_path / "training.csv", tmp_path / "wrong.csv"
    gold.write_text('{"pair": 4, "expected": "left"}\n{"pair": 5, "expected": "tie"}\n', "utf-8")
    training.write_text("pair,expected,explanation\n9,right,It is shorter.\n", "utf-8")
    wrong.write_text("pair,expected\n9,best\n0,left\n9,left\n", "utf-8")
    found = profile("study", "plan", demo, "--gold", gold, "--training", training, "-f", "json").json
    assert (found["gold"], found["training"], found["extra_answers"]) == (2, 1, 9)
    refused = profile("study", "plan", demo, "--gold", wrong)
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.splitlines() == [
        "wrong.csv, line 2, field expected: expected one of left, right, tie, found the text 'best'",
        "wrong.csv, line 3, field pair: expected a pair of this study, found the text '0'",
        "profile-tui: wrong.csv: 2 rows are wrong; nothing was planned",
    ]
    tied = profile("study", "plan", demo, "--gold", gold, "--ties", "no")
    assert "gold.jsonl, line 2, field expected: expected one of left, right, found the text 'tie'" in tied.err
    assert plan_of(demo).id == 1


def test_an_explanation_that_names_a_side_is_warned_of_and_planned(
    profile: Profile, demo: Path, tmp_path: Path
) -> None:
    gold, training = tmp_path / "gold.jsonl", tmp_path / "training.csv"
    gold.write_text('{"pair": 4, "expected": "left", "explanation": "The other is made up."}\n', "utf-8")
    training.write_text("pair,expected,explanation\n9,right,The first one rambles.\n8,left,Short.\n", "utf-8")
    done = profile("study", "plan", demo, "--gold", gold, "--training", training)
    assert done.code == 0
    (line,) = [line for line in done.err.splitlines() if line.startswith("warning: ")]
    assert line.startswith("warning: training.csv, training pair 9: its explanation says 'The first one'")
    assert [item.pair_id for item in plan_of(demo).items[:2]] == [9, 8]


def test_another_plan_wants_a_word_once_there_are_labels(profile: Profile, posts: Path) -> None:
    assert profile("study", "plan", posts).code == 0
    with Study.open(posts) as study:
        log = AnswerLog(study)
        pairs = [item.pair_id for item in plan_of(posts).items[:2]]
        for name, choice in (("ann", LEFT), ("bob", RIGHT), ("cam", LEFT)):
            log.register(name)
            for pair in pairs[: 1 if name == "cam" else 2]:
                log.save(NewAnswer(pair, name, choice=choice, seconds=20))
    refused = profile("study", "plan", posts, "--seed", 5)
    assert refused.code == 1
    assert "plan 1 stands with 5 of 1,674 labels given; --replace makes another one" in refused.err
    shown = profile("study", "show", posts, "--format", "json").json
    assert shown["progress"] == {"labels": 5, "items": 1, "undecided": 0, "saved": 0}
    time = shown["time"]
    assert (shown["plan"], time["basis"], time["seconds_per_label"], time["measured_labels"]) == (
        1,
        "assumed",
        60,
        5,
    )
    table = profile("study", "show", posts).out
    assert "60 s (an assumption: measured 5 labels of 10 that are needed; --seconds-per-item" in table
    assert "1 of 558" in table
    assert "5 of 1,674" in table
    replaced = profile("study", "plan", posts, "--replace")
    assert replaced.code == 0
    assert "5 labels of these pairs are there already and count, so" in replaced.out


def test_typical_and_mean_seconds_are_told_apart(profile: Profile, posts: Path) -> None:
    """Nine labels of 10 s and one of 110 s: hours and pay for an hour go by 20 s, not by what is typical."""
    paid = ("--pay", 0.05, "--pay-floor", 10, "--seconds-per-item", 10)
    assert "Warning" not in profile("study", "plan", posts, *paid).out
    with Study.open(posts) as study:
        log, pairs = AnswerLog(study), [item.pair_id for item in plan_of(posts).items[:10]]
        log.register("ann")
        for pair, seconds in zip(pairs, [10] * 9 + [110], strict=True):
            log.save(NewAnswer(pair, "ann", choice=LEFT, seconds=seconds))
    shown = profile("study", "show", posts).out
    assert "20.0 s (the mean of 10 measured labels; their median is 10.0 s)" in shown
    assert "Warning: $9.00 an hour is below the floor of $10.00; pay $0.06 a label." in shown
    time = profile("study", "show", posts, "-f", "json").json["time"]
    assert (time["seconds_per_label"], time["median_seconds"], time["measured_labels"]) == (20, 10, 10)


def test_nothing_is_planned(profile: Profile, demo: Path) -> None:
    done = profile("study", "show", demo)
    assert done.code == 1
    assert "nothing is planned; make a plan with profile-tui study plan" in done.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--ties", "yes", "--no-ties"], "contradict each other"),
        (["--instructions", "nowhere.txt"], "--instructions nowhere.txt: there is no such file"),
        (["--consent", " "], "--consent: a file or a text, not an empty one"),
        (["--seconds-per-item", "0"], "seconds_per_item 0.0: expected a number above 0"),
        (["--pay", "inf"], "pay inf: expected a finite number"),
        (["--agents", "nobody"], "no agent 'nobody' here"),
    ],
)
def test_bad_use_is_one_line(profile: Profile, demo: Path, options: list[str], said: str) -> None:
    done = profile("study", "plan", demo, *options)
    assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert said in done.err


def test_a_long_text_is_no_file(profile: Profile, demo: Path) -> None:
    assert profile("study", "plan", demo, "--instructions", "Read both. " * 500).code == 0
    assert plan_of(demo).design.instructions.startswith("Read both.")


def test_what_others_wrote_does_no_harm(profile: Profile, demo: Path) -> None:
    hostile = "\x1b[2J[/]\u202e"
    assert profile("study", "plan", demo, "--instructions", hostile, "--warning", hostile).code == 0
    for form in ("table", "json"):
        shown = profile("study", "show", demo, "--format", form).out
        assert not {"\x1b", "\u202e"} & set(shown)


def test_real_pairs_without_scores(profile: Profile, tmp_path: Path, shared_data: Path) -> None:
    path = tmp_path / "webgpt.db"
    assert profile("new", path, "--task", "document-qa").code == 0
    rows = shared_data / "webgpt" / "comparisons134.jsonl"
    mapping = ("source=question", "left=answer_0", "right=answer_1")
    given = [part for one in mapping for part in ("--map", one)]
    assert profile("import", path, rows, *given).code == 0
    found = profile("study", "plan", path, "--sources", 8, "-f", "json").json
    assert (found["sources"], found["items"], found["labels"], found["score_gaps"]) == (8, 8, 24, {})
    assert json.loads(profile("study", "show", path, "-f", "json").out)["progress"]["labels"] == 0


def test_data_without_scores_is_told_what_there_will_not_be(profile: Profile, tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("post,a,b,who,one,two\np,long,short,m,5,1\n", "utf-8")
    texts = [part for one in ("source=post", "left=a", "right=b") for part in ("--map", one)]
    scored = ("left_agent=who", "right_agent=who", "left_score=one", "right_score=two")
    for name, more in (("plain.db", ()), ("scored.db", scored)):
        study = tmp_path / name
        assert profile("new", study, "--task", "summarization").code == 0
        mapped = [part for one in more for part in ("--map", one)]
        assert profile("import", study, rows, *texts, *mapped).code == 0
        out = " ".join(profile("study", "plan", study).out.split())
        assert ("no τ and no agreement with models" in out) is (not more)
        assert ("--map left_score=FIELD" in out) is (not more)


def test_a_source_with_line_breaks_stays_in_its_row(profile: Profile, tmp_path: Path) -> None:
    study, rows = tmp_path / "lines.db", tmp_path / "rows.csv"
    rows.write_text('post,a,b\n"one\n\ntwo\tthree",long,short\n', "utf-8")
    assert profile("new", study, "--task", "summarization").code == 0
    fields = [part for one in ("source=post", "left=a", "right=b") for part in ("--map", one)]
    assert profile("import", study, rows, *fields).code == 0
    (row,) = [line for line in profile("pairs", study).out.splitlines() if "one" in line]
    assert "one two three" in row


def test_people_are_not_told_where_instructions_come_from() -> None:
    assert not [wording for wording in WORDINGS.values() if "PROFILE" in wording.instructions]
