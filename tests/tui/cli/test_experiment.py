"""`profile-tui experiment`: the paper's tables in every format, kept and printed again."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from annotation.answers import AnswerLog, NewAnswer
from annotation.experiments.designs import GuidanceDesign
from annotation.experiments.log import list_experiments
from annotation.study import Study
from profile_engine.preferences import Preference
from tests.annotation.experiments.guided_study import JUDGE, judge_by_length, make_guided_study
from tests.annotation.experiments.study import FOR_LONG, POSTS, make_tried_study
from tests.faulty_server import FaultyServer
from tests.judge_server import request_of
from tests.tui.cli.conftest import Profile

NAMES = ("alignment", "improvement", "reward", "direct", "correlations")


@pytest.fixture
def tried(tmp_path: Path) -> Path:
    path = tmp_path / "tried.db"
    make_tried_study(path).close()
    return path


@pytest.mark.parametrize("name", NAMES)
def test_what_was_kept_is_printed_as_it_was(profile: Profile, tried: Path, name: str) -> None:
    for form in ("table", "json", "csv", "latex"):
        done = profile("experiment", name, tried, "--format", form)
        assert done.code == 0
        assert not re.search(r"\bnan\b", done.out, re.IGNORECASE)
        number = len(profile("experiment", "list", tried, "-f", "json").json["experiments"])
        assert f"Kept as experiment {number}" in done.err
        shown = profile("experiment", "show", tried, number, "--again", "--format", form)
        assert shown.out == done.out
        assert "comes to the same" in shown.err


def test_table_1_has_a_row_a_model(profile: Profile, tried: Path) -> None:
    table = profile("experiment", "alignment", tried).out
    lines = [line.split() for line in table.splitlines()]
    assert ["writer", "1.000", "1.000", "1.000", "–", "–", "–", "–", "–"] in lines
    agree = f"{100 * (FOR_LONG + 1) / POSTS:.1f}"
    assert ["rm", "–", "–", "–", "1.000", "1.000", "1.000", agree, str(POSTS)] in lines
    rows = list(csv.DictReader(io.StringIO(profile("experiment", "alignment", tried, "-f", "csv").out)))
    assert [row["agent"] for row in rows][:2] == ["human", "writer"]
    assert float(rows[0]["score_length"]) == pytest.approx(1 / 3)
    assert rows[0]["score_coherence"] == ""


def test_a_run_says_that_labels_came_since(profile: Profile, tried: Path) -> None:
    profile("experiment", "alignment", tried)
    assert "experiment 1: 12 labels then as now\n" in profile("experiment", "show", tried, 1).err
    with Study.open(tried) as study:
        log = AnswerLog(study)
        log.register("Cy")
        log.save(NewAnswer(1, "Cy", choice=Preference.LEFT))
    told = "12 labels then, 13 now: run it again"
    assert told in profile("experiment", "show", tried, 1).err
    assert told in profile("experiment", "list", tried).out
    [listed] = profile("experiment", "list", tried, "-f", "json").json["experiments"]
    assert (listed["labels_then"], listed["labels_now"], listed["stale"]) == (12, 13, True)


def test_policies_are_told_and_checked(profile: Profile, tried: Path) -> None:
    done = profile("experiment", "reward", tried, "--policy", "writer=rm", "-f", "json")
    [row] = done.json["result"]["rows"]
    assert [policy["name"] for policy in row["policies"]] == ["writer"]
    assert done.json["design"]["choices"]["trained_on"] == {"writer": "rm"}
    for told, why in (
        ("wrtier=rm", "no agent 'wrtier' here: did you mean writer?"),
        ("writer=critic", "no reward model 'critic' here: there are rm"),
        ("writer", "write it as KEY=VALUE"),
    ):
        refused = profile("experiment", "reward", tried, "--policy", told)
        assert refused.code == 2
        assert why in refused.err


def test_a_label_of_an_erased_person_is_missed(profile: Profile, tried: Path) -> None:
    """What stands in the study no longer cannot be run again; that is said."""
    profile("experiment", "alignment", tried)
    with Study.open(tried) as study, study.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER factor_values_no_delete")
        connection.exec_driver_sql("DELETE FROM factor_values WHERE factor = 'length'")
    again = profile("experiment", "show", tried, 1, "--again")
    assert again.code == 1
    assert "comes to something else now: what it was run on is not in the study any more" in again.err
    assert "0.333" in again.out


def test_pairs_that_people_find_equal_are_left_out_unless_kept(profile: Profile, tried: Path) -> None:
    with Study.open(tried) as study:
        log = AnswerLog(study)
        for person in ("Ada", "Bo"):
            log.save(NewAnswer(1, person, choice=Preference.TIE))
    assert "1 pair left out, as people find both equal" in profile("experiment", "alignment", tried).out
    kept = profile("experiment", "alignment", tried, "--keep-ties", "-f", "json").json
    assert kept["result"]["tied"] == 0
    assert kept["result"]["people"]["pairs"] == POSTS


def test_what_is_lacking_is_said_with_its_command(profile: Profile, demo: Path) -> None:
    refused = profile("experiment", "improvement", demo)
    assert refused.code == 1
    assert "takes improved responses, which are not here yet: profile-tui improve STUDY" in refused.err
    needs = profile("experiment", "list", demo, "-f", "json").json["needs"]
    assert {need["command"] for need in needs if need["experiment"] == "direct" and not need["there"]} == {
        "profile-tui generate STUDY --model NAME --direct",
        "profile-tui extract STUDY",
    }
    assert profile("experiment", "show", demo, 7).code == 1


@pytest.fixture
def guided(profile: Profile, tmp_path: Path) -> Iterator[Path]:
    """A study and a judge of its own behind a real loopback server."""

    def answer(body: Mapping[str, Any]) -> str:
        return judge_by_length(request_of(body))

    path = tmp_path / "guided.db"
    make_guided_study(path).close()
    with FaultyServer(answer=answer).in_thread() as serving:
        profile("models", "add", JUDGE, "--base-url", serving.base_url, "--model", "m-1", "--price-out", "2")
        yield path


def test_guidance_is_counted_asked_kept_and_printed_again(profile: Profile, guided: Path) -> None:
    dry = profile("experiment", "guidance", guided, "--model", JUDGE, "--pairs", 20, "--dry-run")
    assert dry.code == 0
    assert "Guide_Mis: Length" in dry.err
    assert "Calls: 60" in dry.out
    refused = profile("experiment", "guidance", guided, "--model", JUDGE, "--pairs", 20)
    assert refused.code == 2
    assert "60 calls would be made: --yes makes them without asking" in refused.err
    done = profile("experiment", "guidance", guided, "--model", JUDGE, "--pairs", 20, "--yes")
    assert done.code == 0
    table = [re.split(r"\s{2,}", line.strip()) for line in done.out.splitlines()]
    [baseline] = [row for row in table if row[0] == "no guidance" and "–" in row[1]]
    [mis] = [row for row in table if row[:2] == ["Guide_Mis", "Length"]]
    assert float(baseline[2]) + float(mis[2]) == pytest.approx(100)
    shown = profile("experiment", "show", guided, 1, "--again")
    assert shown.out == done.out
    assert "comes to the same" in shown.err
    latex = profile("experiment", "show", guided, 1, "-f", "latex").out
    assert r"Guide\_Mis & Length" in latex


def test_a_report_says_in_words_how_a_judge_was_guided(
    profile: Profile, guided: Path, tmp_path: Path
) -> None:
    """Run twice it comes to the same, and is shown once."""
    for _ in range(2):
        guidance = ("experiment", "guidance", guided, "--model", JUDGE, "--pairs", 20, "--yes")
        assert profile(*guidance).code == 0
    assert profile("report", guided, "-o", tmp_path / "report").code == 0
    page = (tmp_path / "report" / "report.html").read_text("utf-8")
    assert page.count("<h2>Experiment: guidance</h2>") == 1
    [about] = re.findall("<p>(Experiment 2, kept .*?)</p>", page)
    for words in ("no guidance = none", "Guide_Mis = length", "draws: 2000; seed: 0; pairs: 20."):
        assert words in about
    assert "before" not in about
    assert "judgements (no guidance)" in page


def test_a_factor_to_guide_on_is_checked(profile: Profile, guided: Path) -> None:
    refused = profile("experiment", "guidance", guided, "--model", JUDGE, "--factor", "lenght")
    assert refused.code == 2
    assert "no such factor: did you mean length?" in refused.err


def test_of_a_judge_guided_twice_the_report_has_the_newest(
    profile: Profile, guided: Path, tmp_path: Path
) -> None:
    """Labels that came between move the pairs that are drawn, which are no option."""
    ask = ("experiment", "guidance", guided, "--model", JUDGE, "--pairs", 20, "--yes")
    assert profile(*ask).code == 0
    with Study.open(guided) as study:
        log = AnswerLog(study)
        for pair in range(1, 9):
            log.save(NewAnswer(pair, "Ada", choice=Preference.TIE))
    assert profile(*ask).code == 0
    with Study.open(guided) as study:
        before, after = (one.design for one in reversed(list_experiments(study)))
        assert isinstance(before, GuidanceDesign)
        assert isinstance(after, GuidanceDesign)
        assert before.pair_ids != after.pair_ids
        AnswerLog(study).save(NewAnswer(1, "Ada", choice=Preference.LEFT))
    assert profile("report", guided, "-o", tmp_path / "out").code == 0
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert re.findall(r'<section id="(experiment-\d)">', page) == ["experiment-2"]
    assert "pairs: 20" in page
    assert "run it again" in page
