"""`profile-tui study report`, `quality`, `leave-out`, `adjudicate`: real labels, and the paper's table."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotation.answers import AnswerLog, NewAnswer
from annotation.profiles import load_profile
from annotation.study import Study
from profile_engine.taxonomy import Task
from tests.annotation.drafts import LEFT, RIGHT, TIE, Draft, label
from tests.annotation.planning.planned import plan
from tests.annotation.results.appendix import MODELS, add_posts, let_label, quick_folder
from tests.tui.cli.conftest import Profile

HOSTILE = "\x1b[2J=1+1"


@pytest.fixture
def disputed(tmp_path: Path) -> Path:
    """Two pairs: 1-1-1 with a tie, and a majority for the left one."""
    path = tmp_path / "study.db"
    with Study.create(path, task=Task.SUMMARIZATION) as study:
        pairs, log = Draft(study).pairs(2), AnswerLog(study)
        for name, choices in (
            ("anna", (LEFT, LEFT)),
            (f"ben{HOSTILE}", (TIE, LEFT)),
            ("cleo", (RIGHT, RIGHT)),
        ):
            label(log, name, zip(pairs, choices, strict=True))
    return path


def test_people_of_pandalm(profile: Profile, shared_data: Path, tmp_path: Path) -> None:
    """As published: kappas of 0.852, 0.879 and 0.862, Fleiss' 0.864, and what majorities say."""
    path = tmp_path / "pandalm.db"
    assert profile("new", path, "--task", "helpful-response").code == 0
    assert profile("import", path, shared_data / "pandalm", "--card", "pandalm").code == 0
    document = profile("study", "report", path, "--format", "json").json
    agreement = document["agreement"]
    assert [one["kappa"] for one in agreement["pairwise_kappa"]] == pytest.approx(
        [0.852, 0.879, 0.862], abs=0.0005
    )
    assert agreement["fleiss_kappa"] == pytest.approx(0.864, abs=0.0005)
    assert (document["labels"], document["origins"]) == (2997, {"import": 2997})
    assert (agreement["single_label_pairs"], document["plan"], document["models"]) == (0, None, [])
    majority = {"left": 422, "right": 472, "tie": 105, "none": 0, "differing": 0}
    assert document["labellings"]["majority"] == majority
    table = profile("study", "report", path).out
    assert "No model scored responses of its own" in table
    assert re.search(r"annotator1 and annotator3\s+0\.8789\s+999\s+0", table)
    people = profile("study", "quality", path, "-f", "json").json["annotators"]
    # The share of pairs on which the other two agree and the third does too.
    assert [one["agreement"]["hits"] for one in people] == [agreement["unanimous"]["hits"]] * 3


@pytest.fixture(scope="module")
def papers_study() -> Iterator[Path]:
    """Appendix A's study without a plan yet."""
    with quick_folder() as folder:
        with Study.create(folder / "paper.db", task=Task.SUMMARIZATION, name="Appendix A") as study:
            add_posts(study)
        yield folder / "paper.db"


def test_the_papers_study_from_plan_to_table_4(profile: Profile, papers_study: Path) -> None:
    planned = profile("study", "plan", papers_study, "--paper")
    assert planned.code == 0, planned.err
    with Study.open(papers_study) as study:
        let_label(study, {"anna": 0.8, "ben": 0.7, "cleo": 0.6})
    document = profile("study", "report", papers_study, "--format", "json").json
    assert document["labels"] == 1620
    assert [(one["model"], one["pairs"], one["labels"]) for one in document["models"]] == [
        (model, 90, 270) for model in MODELS
    ]
    assert document["together"]["agree"] == sum(one["agree"] for one in document["models"])
    table = profile("study", "report", papers_study).out
    assert re.search(r"Model +τ +Agree\. \(%\) +95 % interval +Pairs +Labels\n", table)
    first, all_models = document["models"][0], document["together"]
    for one, pairs in ((first, "90"), (all_models, "540")):
        shown = f"{one['model']} +{one['tau']:.3f} +{100 * one['rate']:.1f} +\\[{100 * one['low']:.1f}, "
        assert re.search(shown + rf"{100 * one['high']:.1f}\] +{pairs} ", table), shown
    latex = profile("study", "report", papers_study, "--format", "latex").out
    assert r"Model & $\tau$ & Agree. (\%) & 95 \% interval & Pairs & Labels \\" in latex
    tau = f"{first['tau']:.3f}"
    in_latex = f"${tau}$" if first["tau"] < 0 else tau
    assert f"model 1 & {in_latex} & {100 * first['rate']:.1f} & [" in latex
    assert latex.count(r"\begin{tabular}") == latex.count(r"\end{tabular}") == 6
    rows = list(csv.DictReader(io.StringIO(profile("study", "report", papers_study, "-f", "csv").out)))
    assert [row["model"] for row in rows] == [*MODELS, "all models"]
    assert [float(row["rate"]) for row in rows] == [
        one["rate"] for one in (*document["models"], document["together"])
    ]


def test_labels_outside_of_the_plan_are_said(profile: Profile, disputed: Path) -> None:
    """Of two pairs with three labels each one is planned; the other's are left out, in one line."""
    with Study.open(disputed) as study:
        pairs = load_profile(study).pair_ids.tolist()
        plan(study, pairs[:1])
    assert profile("study", "report", disputed, "-f", "json").json["labels_outside_plan"] == 3
    table = profile("study", "report", disputed).out
    assert table.count("Left out: 3 labels on pairs that the plan does not have people label.\n") == 1
    assert "3 labels on the pairs of the plan" in table
    assert "Left out: 3 labels" in profile("study", "report", disputed, "--per-pair").out


def test_labels_that_say_nothing_of_agreement_are_said(profile: Profile, tmp_path: Path) -> None:
    """LL, and LR with a third label that was asked for because they differ."""
    path = tmp_path / "study.db"
    with Study.create(path, task=Task.SUMMARIZATION) as study:
        pairs, log = Draft(study).pairs(2), AnswerLog(study)
        plan(study, pairs, design={"annotators_per_pair": 3, "stop_when_decided": True})
        for name, choices in (("anna", (LEFT, LEFT)), ("ben", (LEFT, RIGHT)), ("cleo", (None, RIGHT))):
            said = zip(pairs, choices, strict=True)
            label(log, name, [(pair, choice) for pair, choice in said if choice is not None])
    report, agreement = profile("study", "report", path), profile("agreement", path)
    for out in (report.out, agreement.out):
        assert "Without 1 label that the plan asked for only where the first ones of a pair differ" in out
        assert re.search(r"Cohen's kappa, anna and ben\s+0\.0000\s+2\s+0", out)
    document = profile("study", "report", path, "-f", "json").json["agreement"]
    assert (document["labels_set_aside"], document["unanimous"]["hits"], document["unanimous"]["of"]) == (
        1,
        1,
        2,
    )
    assert profile("agreement", path, "-f", "json").json["labels_set_aside"] == 1


def test_every_pair_with_its_labels(profile: Profile, disputed: Path) -> None:
    rows = profile("study", "report", disputed, "--per-pair", "-f", "json").json["outcomes"]
    assert [(row["left"], row["tie"], row["right"], row["majority"]) for row in rows] == [
        (1, 1, 1, None),
        (2, 0, 1, "left"),
    ]
    assert rows[1]["dawid_skene_probability"] > 0.5
    listed = list(
        csv.DictReader(io.StringIO(profile("study", "report", disputed, "--per-pair", "-f", "csv").out))
    )
    assert [row["majority"] for row in listed] == ["", "left"]


def test_a_pair_is_settled(profile: Profile, disputed: Path) -> None:
    (pair,) = profile("study", "adjudicate", disputed, "-f", "json").json["pairs"]
    assert (pair["settled"], [one["choice"] for one in pair["labels"]]) == (None, ["left", "tie", "right"])
    chosen = ("study", "adjudicate", disputed, "--pair", pair["pair"], "--choice", "right", "--by", "dora")
    settled = profile(*chosen, "--note", "invents less", "-f", "json").json
    assert (settled["open"], settled["pairs"][0]["settled"], settled["pairs"][0]["note"]) == (
        0,
        "right",
        "invents less",
    )
    shown = profile("study", "adjudicate", disputed).out
    assert "Pairs without a majority: 1; 1 settled, 0 to settle, 0 still waiting for labels\n" in shown
    assert "\x1b[2J" not in shown
    document = profile("study", "report", disputed, "-f", "json").json
    assert document["settled"] == 1
    assert document["labellings"]["majority"]["none"] == 1
    assert document["labellings"]["adjudicated"] == {
        "left": 1,
        "right": 1,
        "tie": 0,
        "none": 0,
        "differing": 1,
    }
    again = profile(*chosen[:-3], "reopen", "--by", "dora", "-f", "json").json
    assert (again["open"], again["pairs"][0]["settled"]) == (1, None)


def test_pairs_that_wait_for_labels_are_not_told_as_disputed(profile: Profile, tmp_path: Path) -> None:
    """Three planned: 1-1-1, 1-1 that waits for its third, and one label against one that is settled."""
    path = tmp_path / "study.db"
    with Study.create(path, task=Task.SUMMARIZATION) as study:
        pairs, log = Draft(study).pairs(3), AnswerLog(study)
        plan(study, pairs, design={"annotators_per_pair": 3})
        label(log, "anna", [(pair, LEFT) for pair in pairs])
        label(log, "ben", [(pair, RIGHT) for pair in pairs])
        label(log, "cleo", [(pairs[0], TIE)])
    settle = ("study", "adjudicate", path, "--pair", pairs[2], "--choice", "left", "--by", "dora")
    assert profile(*settle).code == 0
    shown = profile("study", "adjudicate", path, "--list").out
    assert "Pairs without a majority: 3; 1 settled, 1 to settle, 1 still waiting for labels\n" in shown
    found = profile("study", "adjudicate", path, "-f", "json").json
    assert (found["open"], found["waiting"]) == (2, 1)


def test_no_number_is_next_to_nothing(profile: Profile, tmp_path: Path) -> None:
    """Nine of nine for the second side: the interval of none begins at 0, as CSV says."""
    path = tmp_path / "study.db"
    with Study.create(path, task=Task.SUMMARIZATION) as study:
        pairs, log = Draft(study).pairs(9), AnswerLog(study)
        log.register("anna")
        for pair in pairs:
            log.save(NewAnswer(pair, "anna", choice=RIGHT, shown_first=LEFT))
    (row,) = csv.DictReader(io.StringIO(profile("study", "quality", path, "-f", "csv").out))
    assert (row["first"], row["first_low"]) == ("0.0", "0.0")


def test_somebody_is_left_out_and_taken_in(profile: Profile, disputed: Path) -> None:
    done = profile("study", "leave-out", disputed, "cleo", "--reason", "in a hurry")
    assert (done.code, done.out) == (0, "")
    quality = {
        one["annotator"]: one
        for one in profile("study", "quality", disputed, "-f", "json").json["annotators"]
    }
    assert (quality["cleo"]["presence"], quality["cleo"]["reason"], quality["cleo"]["labels"]) == (
        "left_out",
        "in a hurry",
        2,
    )
    report = profile("study", "report", disputed)
    assert "Not counted: cleo, left out since" in report.out
    assert "4 labels in all" in report.out
    assert profile("study", "take-in", disputed, "cleo").code == 0
    assert profile("study", "report", disputed, "-f", "json").json["labels"] == 6


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("adjudicate", "--pair", "1"), "give --pair, --choice and --by"),
        (("adjudicate", "--pair", "1", "--choice", "left"), "give --pair, --choice and --by"),
        (("adjudicate", "--pair", "2", "--choice", "left", "--by", "dora"), "pair 2 has a majority"),
        (("leave-out", "zoe", "--reason", "x"), "'zoe' is no annotator"),
        (("take-in", "anna"), "not left out"),
    ],
)
def test_refusals(profile: Profile, disputed: Path, arguments: tuple[str, ...], says: str) -> None:
    action, *rest = arguments
    done = profile("study", action, disputed, *rest)
    assert done.code != 0
    assert says in done.err
    assert done.err.count("\n") == 1


def test_quality_in_every_format(profile: Profile, disputed: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(profile("study", "quality", disputed, "-f", "csv").out)))
    # On the first pair the other two differ, on the second too.
    assert (rows[0]["annotator"], rows[0]["agreement"], rows[0]["agreement_of"]) == ("anna", "", "0")
    assert [row["labels"] for row in rows] == ["2", "2", "2"]
    assert r"\begin{tabular}" in profile("study", "quality", disputed, "-f", "latex").out
    assert "\x1b[2J" not in profile("study", "quality", disputed).out


def test_a_study_without_labels_reports(profile: Profile, tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    assert profile("new", path, "--task", "summarization").code == 0
    for how in ("table", "json", "csv", "latex"):
        assert profile("study", "report", path, "-f", how).code == 0
        assert profile("study", "quality", path, "-f", how).code == 0
        assert profile("study", "adjudicate", path, "-f", how).code == 0


def test_a_report_before_disputed_pairs_are_done_is_cautious(profile: Profile, disputed: Path) -> None:
    with Study.open(disputed) as study:
        plan(study, [1, 2], design={"annotators_per_pair": 5, "stop_when_decided": True})
        label(AnswerLog(study), "dora", [(2, LEFT)])
    caution = "Caution: 1 pair of the plan not finished yet"
    assert caution in profile("study", "report", disputed).out
    assert profile("study", "report", disputed, "-f", "json").json["provisional"] is True
    with Study.open(disputed) as study:
        label(AnswerLog(study), "dora", [(1, LEFT)])
        label(AnswerLog(study), "emil", [(1, LEFT)])
    assert caution not in profile("study", "report", disputed).out
