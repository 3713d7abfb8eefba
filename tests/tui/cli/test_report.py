"""`profile-tui report`: the page, the files, the same numbers as the other commands."""

import csv
import re
import sys
from collections import Counter
from io import StringIO
from pathlib import Path

import pytest
from sqlalchemy import insert, text

from annotation.answers import AnswerLog
from annotation.paper_figures import load_paper_figures
from annotation.store.model_tables import generations
from annotation.store.tables import agents
from annotation.study import Study
from annotation.validation.choices import Level
from annotation.validation.design import Design, Validations
from annotation.validation.items import ValidationItem
from annotation.validation.judgements import NewJudgement
from profile_engine.taxonomy import Task
from tests.annotation.validation.people import another, work
from tests.tui.cli.conftest import Profile
from tui.cli.report_drafts import file_names

EVIL = "\x1b]52;c;evil\x07<b onclick=x>$\\alpha$\u202e"


@pytest.fixture(scope="module")
def report(made_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's report with the paper's figures."""
    from tui.cli import run

    folder = tmp_path_factory.mktemp("report")
    assert run(["report", str(made_demo), "-o", str(folder), "--paper"]) == 0
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(path.read_text("utf-8"))))


def page(folder: Path) -> str:
    return (folder / "report.html").read_text("utf-8")


def test_every_figure_and_table_is_on_the_page_and_a_file(report: Path) -> None:
    linked = set(re.findall(r'href="((?:figures|tables)/[^"]+)"', page(report)))
    there = {str(path.relative_to(report)) for path in report.rglob("*") if path.is_file()}
    assert there == linked | {"report.html"}
    endings = Counter(path.rpartition(".")[2] for path in linked)
    assert endings["svg"] == endings["png"] == endings["pdf"] == page(report).count("<figure ") == 9
    assert endings["csv"] == endings["tex"] == page(report).count("<table")


def test_scores_are_those_of_rank(report: Path, profile: Profile, made_demo: Path) -> None:
    ranked = profile("rank", made_demo, "-f", "json").json["agents"]
    shown = rows(report / "tables" / "scores.csv")
    for agent in ranked:
        column = f"{agent['agent']}:{agent['kind']}"
        scores = sorted(factor["score"] for factor in agent["factors"])
        assert sorted(float(row[column]) for row in shown) == scores
        counts = rows(report / "tables" / f"counts-{agent['agent']}.csv")
        assert [(row["concordant"], row["discordant"], row["ties"]) for row in counts] == [
            (str(one["concordant"]), str(one["discordant"]), str(one["ties"])) for one in agent["factors"]
        ]
        for score in scores:
            assert f"{score:.3f}" in page(report)


def test_alignment_is_that_of_align(report: Path, profile: Profile, made_demo: Path) -> None:
    aligned = profile("align", made_demo, "-f", "csv").out
    assert (report / "tables" / "alignment-table.csv").read_text("utf-8") == aligned
    drawn = (report / "figures" / "agreement.svg").read_text("utf-8")
    for agent in profile("align", made_demo, "-f", "json").json["agents"]:
        rate = agent["agreement"]
        assert f"{100 * rate['rate']:.1f} % of {rate['of']}" in drawn


def test_the_method_says_what_was_counted_and_with_what(report: Path) -> None:
    told = page(report)
    assert "12 sources, 120 responses, 240 pairs of responses, 200 of them labelled" in told
    assert "3 annotators gave 600 labels" in told
    assert "3 of the annotators are simulated" in told
    assert re.search(r"profile-tui \d.*numpy \d.*scipy \d.*matplotlib \d", told)
    assert "hand-written" in told


def test_the_papers_figures_stand_beside_the_studys(report: Path, profile: Profile, made_demo: Path) -> None:
    shown = rows(report / "tables" / "paper-alignment-table.csv")
    assert len(shown) == 2 + 12
    assert Counter(row["from"] for row in shown) == {"study": 2, "Table 1": 12}
    best = max((row for row in shown if row["from"] == "Table 1"), key=lambda row: float(row["tau_b"]))
    assert (best["agent"], best["setting"], best["tau_b"], best["agreement"]) == (
        "GPT-4o",
        "evaluation",
        "0.822",
        "0.784",
    )
    assert "0.526 in Table 1, 0.524 in §4.3" in page(report)
    novel = next(
        row for row in rows(report / "tables" / "paper-scores-table.csv") if row["factor"] == "Novel Words"
    )
    assert [value for key, value in novel.items() if "[paper]" in key] == ["-0.167", "0.472", "0.56"]
    drawn = (report / "figures" / "paper-scores-2.svg").read_text("utf-8")
    for agent in profile("rank", made_demo, "-f", "json").json["agents"]:
        if agent["setting"] == "generation":
            of_study = novel[f"~ {agent['agent']}, generation"]
            [score] = (one["score"] for one in agent["factors"] if one["factor"] == "novel_words")
            assert float(of_study) == score
            assert f"{agent['agent']}, generation" in drawn
            assert "GPT-4o, generation [paper]" in drawn


def test_the_same_study_makes_the_same_bytes_and_others_files_stay(
    report: Path, profile: Profile, made_demo: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert profile("report", made_demo, "-o", tmp_path, "--paper").code == 0
    written = {
        path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()
    }
    assert written.pop(Path("mine.txt")) == b"mine"
    demo_and_data = {path for path in written if path.parts[0] not in {"figures", "tables", "report.html"}}
    ours = {path: content for path, content in written.items() if path not in demo_and_data}
    assert ours == {
        path.relative_to(report): path.read_bytes() for path in report.rglob("*") if path.is_file()
    }


def test_names_from_outside_are_shown_and_not_obeyed(profile: Profile, demo: Path, tmp_path: Path) -> None:
    with Study.open(demo) as study, study.writing() as connection:
        connection.execute(agents.update().where(agents.c.name == "expander").values(name=EVIL))
    folder = tmp_path / "out"
    assert profile("report", demo, "-o", folder).code == 0
    for path in folder.rglob("*"):
        if path.suffix in {".html", ".svg", ".tex"}:
            assert not set("\x1b\x07\u202e") & set(path.read_text("utf-8")), path
    assert "<b onclick" not in page(folder)
    assert "&lt;b onclick=x&gt;" in page(folder)
    assert all(re.fullmatch(r"[a-z0-9-]+\.\w+", path.name) for path in folder.rglob("*.*"))


def test_what_models_were_asked_is_told(profile: Profile, demo: Path, tmp_path: Path) -> None:
    told = {
        "version": "generate-1",
        "model": "gpt-x",
        "answered_by": "gpt-x-0613",
        "created": "2026-01-02T03:04",
    }
    with Study.open(demo) as study, study.writing() as connection:
        author = connection.execute(text("SELECT id FROM agents WHERE name = 'expander'")).scalar_one()
        for number, response in ((1, 1), (2, None)):
            connection.execute(
                insert(generations).values(
                    source_id=1,
                    agent_id=author,
                    purpose="scored",
                    number=number,
                    response_id=response,
                    **told,
                )
            )
    folder = tmp_path / "out"
    assert profile("report", demo, "-o", folder).code == 0
    (work,) = rows(folder / "tables" / "what-models-were-asked.csv")
    assert (work["what"], work["answered_by"], work["asked"], work["failed"]) == (
        "responses (scored)",
        "gpt-x-0613",
        "2",
        "1",
    )


def test_of_experiments_alike_the_newest_is_told(profile: Profile, demo: Path, tmp_path: Path) -> None:
    for _ in range(2):
        assert profile("experiment", "alignment", demo).code == 0
    assert profile("experiment", "correlations", demo).code == 0
    printed = profile("experiment", "show", demo, 2, "--format", "latex").out
    folder = tmp_path / "out"
    assert profile("report", demo, "-o", folder).code == 0
    told = page(folder)
    assert re.findall(r'<section id="(experiment-\d)">', told) == ["experiment-2", "experiment-3"]
    written = [
        path.read_text("utf-8") for path in sorted((folder / "tables").glob("experiment-alignment-*.tex"))
    ]
    assert written
    assert all(table.strip() in printed for table in written)


def test_validation_stands_beside_the_papers(profile: Profile, demo: Path, tmp_path: Path) -> None:
    """50 drawn as in D.3, every seventh but the last wrong: 43 right."""
    with Study.open(demo) as study:
        AnswerLog(study).register("anna")
        info = Validations(study).create(Design("intent_alignment", 50, seed=1))
        work(
            study,
            info.id,
            "anna",
            lambda seen, item: item.answered(
                "anna", label=another(item) if seen in range(0, 49, 7) else item.extracted_label, seconds=3.0
            ),
        )
    folder = tmp_path / "out"
    assert profile("report", demo, "-o", folder, "--paper").code == 0
    assert "86.0 % of 50" in (folder / "figures" / "validation.svg").read_text("utf-8")
    intent, tone, *_ = rows(folder / "tables" / "paper-validation.csv")
    assert [intent[key] for key in ("factor", "paper", "of", "study", "study_of")] == [
        "Intent Alignment",
        "0.86",
        "50",
        "0.86",
        "50",
    ]
    assert (tone["paper"], tone["study"]) == ("0.92", "")


def test_precision_stands_beside_the_papers(
    profile: Profile, demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the paper has it of Misinformation, which the demo lacks: of another factor with facts."""
    paper = load_paper_figures()
    [printed] = (one for one in paper.validations if one.measure == "precision")
    assert (printed.factor, printed.level, printed.share) == ("misinformation", "fact", 0.7)
    moved = printed.model_copy(update={"factor": "off_focus"})
    monkeypatch.setattr(
        "tui.cli.report_paper.load_paper_figures", lambda: paper.model_copy(update={"validations": (moved,)})
    )
    said: list[tuple[str, str]] = []

    def answer(seen: int, item: ValidationItem) -> NewJudgement:
        wrong = item.extracted_label == "yes" and seen % 3 == 0
        right = another(item) if wrong else item.extracted_label
        said.append((item.extracted_label, right))
        return item.answered("anna", label=right, seconds=3.0)

    with Study.open(demo) as study:
        AnswerLog(study).register("anna")
        work(study, Validations(study).create(Design("off_focus", 30, 1, Level.FACT)).id, "anna", answer)
    assert profile("report", demo, "-o", tmp_path / "out", "--paper").code == 0
    [row] = rows(tmp_path / "out" / "tables" / "paper-validation.csv")
    as_such = [right for extracted, right in said if extracted == "yes"]
    assert (row["measure"], row["study_of"]) == ("precision", str(len(as_such)))
    assert float(row["study"]) == pytest.approx(as_such.count("yes") / len(as_such))
    assert len(as_such) < len(said)  # else it would be the accuracy


def test_names_of_files_are_cut_between_words() -> None:
    name = file_names()
    title = "experiment reward Factor scores and ranks of people and of models"
    assert name(title) == "experiment-reward-factor-scores-and-ranks-of"
    assert name(title) == "experiment-reward-factor-scores-and-ranks-of-2"
    assert name("x" * 60) == "x" * 48
    assert name("a" * 24 + " " + "b" * 23 + " c") == "a" * 24 + "-" + "b" * 23


def test_an_empty_study_has_a_method_and_nothing_else(profile: Profile, tmp_path: Path) -> None:
    Study.create(tmp_path / "empty.db", task=Task.SUMMARIZATION).close()
    done = profile("report", tmp_path / "empty.db", "-o", tmp_path / "out", "--paper")
    assert done.code == 0
    assert "Nobody has labelled a pair" in page(tmp_path / "out")


def test_without_matplotlib_nothing_is_written(
    profile: Profile, demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    done = profile("report", demo, "-o", tmp_path / "out")
    assert done.code == 1
    assert done.err.strip().count("\n") == 0
    assert "pip install '.[report]'" in done.err
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_a_file_is_one_line(profile: Profile, demo: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    done = profile("report", demo, "-o", tmp_path / "out")
    assert done.code == 1
    assert done.err.strip().splitlines()[-1].startswith("profile-tui: ")
    assert "cannot be written" in done.err


def test_pandalm(profile: Profile, shared_data: Path, tmp_path: Path) -> None:
    study = tmp_path / "p.db"
    for command in (
        ("new", study, "--task", "summarization"),
        ("import", study, "--card", "pandalm", "--path", shared_data / "pandalm"),
        ("extract", study, "--factors", "rules"),
        ("report", study, "-o", tmp_path / "out"),
    ):
        assert profile(*command).code == 0
    human = rows(tmp_path / "out" / "tables" / "counts-human.csv")
    assert [(row["factor"], row["concordant"], row["discordant"], row["ties"]) for row in human[:2]] == [
        ("Length", "577", "266", "63"),
        ("Novel Words", "479", "262", "47"),
    ]
    drawn = (tmp_path / "out" / "figures" / "agreement.svg").read_text("utf-8")
    assert "78.5 % of 882" in drawn
    assert "71.0 % of 894" in drawn
