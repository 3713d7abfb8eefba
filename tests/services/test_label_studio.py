"""Pairs to a real Label Studio server, people who label there, and annotations back."""

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from annotation.answers import AnswerKind
from annotation.planning.plan import Role
from annotation.study import Study
from profile_engine.preferences import AgentKind, Preference
from profile_engine.taxonomy import Task
from tests.annotation.drafts import Draft
from tests.annotation.importers.elsewhere import HOSTILE, fill, said
from tests.annotation.planning.planned import overlap, plan
from tests.services.chromium import Chromium, running_chromium
from tests.services.label_studio_server import (
    KEY,
    PASSWORD,
    Annotator,
    LabelStudio,
    noted,
    preferred,
    tied,
)
from tests.services.program import Program, Ran
from tests.services.test_browser import until

pytestmark = pytest.mark.service

GOLD_PAIR = 3
HASHED = re.compile("worker [0-9a-f]{16}")

Command = Callable[..., Ran]


@pytest.fixture
def planned(tmp_path: Path) -> Study:
    """Eight pairs of hostile texts by two models, one of them gold, to be labelled twice each."""
    study = Study.create(tmp_path / "study.db", task=Task.SUMMARIZATION)
    fill(study, HOSTILE, tmp_path)
    told = {"annotators_per_pair": 2, "instructions": "Read <b>both</b> & choose.", "consent": "I agree."}
    plan(study, range(1, 9), {GOLD_PAIR: Role.GOLD}, design=told)
    return study


@pytest.fixture
def command(program: Program, planned: Study, label_studio: LabelStudio) -> Command:
    """`command("push")` runs `profile-tui label-studio push STUDY --url URL`."""

    def run(action: str, *more: object, study: Study = planned, url: str = label_studio.url) -> Ran:
        return program("label-studio", action, study.location, "--url", url, *more)

    return run


def project_of(pushed: Ran) -> int:
    found = re.search(r"/projects/(\d+)/", pushed.err)
    assert found, pushed.err
    return int(found[1])


def longer(task: Any) -> str:  # noqa: ANN401
    """The longer response, wherever it stands; in studies of `fill` that is the right one."""
    data = task["data"] if isinstance(task, dict) else task.data
    return "left" if len(data["response_1"]) > len(data["response_2"]) else "right"


def work(person: Annotator, project: int, seconds: float = 12.5) -> dict[int, int]:
    """Prefer the longer response of every task that is shown; annotations by task."""
    done: dict[int, int] = {}
    while (task := person.next(project)) is not None:
        assert task["id"] not in done
        note = noted(f"of {task['data']['item']}")
        done[task["id"]] = person.annotate(task["id"], preferred(longer(task)), note, seconds=seconds)
    return done


def test_tasks_are_blind_and_nothing_is_sent_twice(
    command: Command, planned: Study, label_studio: LabelStudio
) -> None:
    draft = Draft(planned)
    judge = draft.agent("a judge", AgentKind.JUDGE)
    for pair in range(1, 8):
        draft.verdict(pair, judge, Preference.TIE if pair == 1 else Preference.RIGHT)
    pushed = command("push")
    assert pushed.code == 0, pushed.err
    assert "8 tasks added" in pushed.err
    assert "consent stands in the instructions" in pushed.err
    project = project_of(pushed)
    tasks = label_studio.tasks(project)
    fields = {"item", "question", "text", "response_1", "response_2"}
    assert [set(task.data) for task in tasks] == [fields] * 8
    assert {longer(task) for task in tasks} == {"left", "right"}
    assert "model x" not in json.dumps([task.data for task in tasks])
    assert {task.data["text"].partition(": ")[2] for task in tasks} == {
        text.replace("\x00", "\ufffd") for text in HOSTILE
    }
    settings = label_studio.client.projects.get(id=project)
    assert (settings.title, settings.maximum_annotations) == ("study", 2)
    assert "&lt;b&gt;both&lt;/b&gt; &amp; choose." in settings.expert_instruction
    assert set(settings.parsed_label_config) == {"preference", "tie", "note"}

    again = command("push", "--predictions", "a judge")
    assert "0 tasks added, 8 already there" in again.err
    assert "7 predictions added" in again.err
    assert "prediction" not in command("push", "--predictions", "a judge").err.partition("people see")[0]
    shown: Counter[bool] = Counter()
    for task in label_studio.tasks(project):
        for prediction in task.predictions:
            value = prediction.result[0]["value"]
            shown[value.get("selected") == longer(task) or value.get("choices") == ["tie"]] += 1
    assert shown == {True: 7}


def test_annotations_become_answers_of_their_users(
    command: Command, planned: Study, label_studio: LabelStudio, program: Program
) -> None:
    project = project_of(command("push"))
    anna, bea, cleo = (label_studio.join(f"{name}@example.org") for name in ("anna", "bea", "cleo"))
    first = work(anna, project)
    assert list(first) == sorted(first)  # the plan's order
    assert len(first) == 8
    tasks = list(first)
    skipped = bea.annotate(tasks[0], seconds=1, skip=True)
    bea.annotate(tasks[1], tied(), seconds=3)
    for task in tasks[2:]:
        bea.annotate(task, preferred("left"), seconds=2)
    assert cleo.next(project)["id"] == tasks[0]  # type: ignore[index]  # all others have two
    pulled = command("pull", "--format", "json")
    assert pulled.code == 0, pulled.err
    assert (pulled.json["labels"], pulled.json["left_out"]) == (13, {"skipped": 1})
    answers = said(planned)
    people = {one["user"]: one["annotator"] for one in pulled.json["annotators"]}
    assert set(people) == {"anna@example.org", "bea@example.org"}
    assert all(HASHED.fullmatch(name) for name in people.values())
    of_anna = [answer for answer in answers if answer["name"] == people["anna@example.org"]]
    choices = [answer for answer in of_anna if answer["kind"] != AnswerKind.NOTE]
    assert {(answer["choice"], answer["seconds"]) for answer in choices} == {(Preference.RIGHT, 12.5)}
    assert Counter(answer["kind"] for answer in of_anna) == {"label": 7, "gold": 1, "note": 8}
    assert [answer["pair_id"] for answer in choices] == list(range(1, 9))
    assert {answer["shown_first"] for answer in choices} == {1, -1}
    assert all(answer["shown_choice"] == answer["choice"] * answer["shown_first"] for answer in choices)
    items = {task.id: task.data["item"] for task in label_studio.tasks(project)}
    notes = [answer["note"] for answer in of_anna if answer["kind"] == AnswerKind.NOTE]
    assert notes == [f"of {items[task]}" for task in first]
    of_bea = {answer["pair_id"]: answer for answer in answers if answer["name"] == people["bea@example.org"]}
    assert of_bea[2]["choice"] == Preference.TIE
    assert {pair: of_bea[pair]["choice"] for pair in range(4, 9)} == {
        pair: of_bea[pair]["shown_first"] for pair in range(4, 9)
    }
    assert 1 not in of_bea
    assert overlap(planned) == {1: 1, **dict.fromkeys((2, 4, 5, 6, 7, 8), 2)}
    _changes_come_as_changes(command, planned, (anna, first), (bea, skipped))
    assert program("verify", planned.location).code == 0
    planned.close()  # before its file is read: that would take SQLite's locks away
    assert b"example.org" not in Path(planned.location).read_bytes()


def _changes_come_as_changes(
    command: Command, study: Study, anna: tuple[Annotator, dict[int, int]], bea: tuple[Annotator, int]
) -> None:
    """Nothing twice; a change there is a change here, also back again; a skip that is taken up counts."""
    before = said(study)
    assert "Nothing new" in command("pull").err
    assert said(study) == before
    person, first = anna
    annotation = next(iter(first.values()))  # of pair 1: tasks stand in the plan's order
    right = next(answer for answer in before if answer["pair_id"] == 1)["shown_choice"]
    sides = {1: "left", -1: "right"}
    for change in (-right, right):
        person.change(annotation, preferred(sides[change]), noted("another"))
        assert json.loads(command("pull", "--format", "json").out)["labels"] == 1
        last = [answer for answer in said(study) if answer["kind"] == AnswerKind.LABEL][-1]
        assert (last["pair_id"], last["shown_choice"]) == (1, change)
        assert "Nothing new" in command("pull").err
    assert overlap(study)[1] == 1
    other, skipped = bea
    other.client.annotations.update(id=skipped, result=[preferred("left")], was_cancelled=False)
    assert command("pull", "--format", "json").json["labels"] == 1
    assert overlap(study)[1] == 2
    other.client.annotations.update(id=skipped, result=[], was_cancelled=True)
    assert "1 label came in before the annotation was skipped" in command("pull").err


def test_what_makes_no_sense_is_one_line(
    command: Command,
    planned: Study,
    label_studio: LabelStudio,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    nothing_yet = command("pull")
    assert nothing_yet.code == 1
    assert "is of this study; profile-tui label-studio push makes it" in nothing_yet.err
    project = project_of(command("push", "--project", "Mine"))
    assert "no annotations yet" in command("pull").err
    dora = label_studio.join("dora@example.org")
    tasks = [task.id for task in label_studio.tasks(project)]
    both = dora.annotate(tasks[0], preferred("left"), tied(), seconds=1)
    dora.annotate(tasks[1], preferred("left"), seconds=1)
    refused = command("pull")
    assert (refused.code, refused.out) == (1, "")
    told = f"annotation {both} of task {tasks[0]}: expected one of left, right, tie, found left and tie"
    assert told in refused.err
    assert said(planned) == []
    assert "1 label added" in command("pull", "--skip-bad").err

    with Study.create(tmp_path / "other.db", task=Task.SUMMARIZATION) as other:
        fill(other, ["one"], tmp_path)
        for action in ("push", "pull"):
            foreign = command(action, "--project", "Mine", study=other)
            assert "project 'Mine'" in foreign.err
            assert "is not of this study" in foreign.err
    away = command("pull", url="http://127.0.0.1:9")
    assert "no Label Studio at http://127.0.0.1:9: " in away.err
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", f"{KEY[:-1]}0")
    wrong = command("push")
    assert "does not accept the key in LABEL_STUDIO_API_KEY" in wrong.err
    assert "no key in NOWHERE" in command("push", "--key-env", "NOWHERE").err
    for ran in (refused, foreign, away, wrong):
        assert ran.code == 1
        assert ran.err.count("\n") == 1
        assert KEY[:-1] not in ran.err


def test_the_page_in_chromium(
    command: Command, planned: Study, label_studio: LabelStudio, tmp_path: Path
) -> None:
    """What a person sees and clicks on; what their page sends comes in."""
    project = project_of(command("push"))
    emma = label_studio.join("emma@example.org")
    texts = label_studio.tasks(project)[0].data
    with running_chromium(tmp_path / "chromium") as chromium:
        chromium.driver.get(f"{label_studio.url}/user/login/")
        chromium.find("input[name=email]").send_keys(emma.email)
        chromium.find("input[name=password]").send_keys(PASSWORD)
        chromium.find("form button[type=submit]").click()
        until(lambda: "/user/login" not in chromium.driver.current_url, "emma is in")
        chromium.driver.get(f"{label_studio.url}/projects/{project}/data?labeling=1")
        until(lambda: len(shown_texts(chromium)) == 3, "the pair")
        chromium.settled()
        chromium.press(Keys.ESCAPE)  # the instructions
        chromium.settled()
        shown = [text.text for text in shown_texts(chromium)]
        assert shown == [texts[name] for name in ("text", "response_1", "response_2")]
        tmp_path.joinpath("page.png").write_bytes(chromium.picture())
        shown_texts(chromium)[2].click()
        chromium.find("textarea").send_keys("a note")
        chromium.find("[aria-label='Submit current annotation']").click()
        until(lambda: len(label_studio.tasks(project)[0].annotations) == 1, "it is on the server")
    assert command("pull", "--format", "json").json["labels"] == 1
    label, note = said(planned)
    assert (label["shown_choice"], label["pair_id"], note["note"]) == (Preference.RIGHT, 1, "a note")
    assert label["seconds"] > 0


def shown_texts(chromium: Chromium) -> list[WebElement]:
    """Source and responses on the page."""
    found: list[WebElement] = chromium.driver.find_elements(By.CSS_SELECTOR, ".lsf-richtext__container")
    return found
