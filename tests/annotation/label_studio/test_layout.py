"""What goes to Label Studio: pages without markup from outside, blind tasks, predictions as shown."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from annotation.exporters.blinded import blinded_pairs
from annotation.label_studio.layout import instructions, labelling_config, prediction_of, task_of
from annotation.label_studio.pull import last_of_each
from annotation.label_studio.server import LabelStudioError, Server, Task
from annotation.study import Study
from profile_engine.preferences import AgentKind, Preference
from tests.annotation.drafts import Draft
from tests.annotation.importers.elsewhere import HOSTILE, fill


@pytest.mark.parametrize("ties", [True, False])
def test_a_page_names_every_part_once(ties: bool) -> None:
    page = ElementTree.fromstring(labelling_config(ties=ties))
    controls = {part.get("name"): part.tag for part in page.iter() if part.get("toName")}
    expected = {"preference": "Pairwise", "note": "TextArea"} | ({"tie": "Choices"} if ties else {})
    assert controls == expected
    objects = {part.get("name") for part in page.iter("Text")}
    (pairwise,) = page.iter("Pairwise")
    assert (pairwise.get("toName") or "").split(",") == ["response_1", "response_2"]
    assert objects == {"source", "response_1", "response_2"}
    assert [choice.get("value") for choice in page.iter("Choice")] == (["tie"] if ties else [])


def test_a_task_is_blind_and_its_texts_are_whole(study: Study, tmp_path: Path) -> None:
    fill(study, HOSTILE, tmp_path)
    for pair in blinded_pairs(study, None):
        task = task_of(pair, "Which is better?")
        assert set(task) == {"item", "question", "text", "response_1", "response_2"}
        assert "model x" not in json.dumps(task)
        assert pair.row["key"] not in json.dumps(task)
        sides = {pair.row[side]["text"] for side in ("left", "right")}
        assert {task["response_1"], task["response_2"]} == sides
        assert task["text"] == pair.row["source"]["text"]


def test_instructions_show_texts_as_they_are() -> None:
    shown = instructions("", "<script>x</script> & more\nline", " last ")
    assert shown == "<p>&lt;script&gt;x&lt;/script&gt; &amp; more<br>line</p><p>last</p>"
    assert instructions("", " ") == ""


@pytest.mark.parametrize("choice", [Preference.LEFT, Preference.RIGHT, Preference.TIE, None])
def test_a_prediction_is_turned_as_the_pair_is(
    study: Study, tmp_path: Path, choice: Preference | None
) -> None:
    fill(study, ["one", "two"], tmp_path)
    draft = Draft(study)
    judge = draft.agent("judge", AgentKind.JUDGE)
    for pair_id in (1, 2):
        draft.verdict(pair_id, judge, choice)
    pairs = list(blinded_pairs(study, None))
    assert {pair.first for pair in pairs} == {Preference.LEFT, Preference.RIGHT}
    for pair in pairs:
        prediction = prediction_of(pair, "judge")
        if choice is None:
            assert prediction is None
            continue
        assert prediction is not None
        value = prediction["result"][0]["value"]
        selected = {1: "left", -1: "right"}.get(choice * pair.first)
        assert value == ({"choices": ["tie"]} if selected is None else {"selected": selected})
        assert prediction_of(pair, "another") is None


def said(id_: int, user: int, minute: int, *, skipped: bool = False) -> dict[str, Any]:
    updated = f"2026-11-24T22:{minute:02}:00.000000Z"
    return {"id": id_, "completed_by": user, "updated_at": updated, "was_cancelled": skipped}


def test_the_last_annotation_of_a_user_and_pair(study: Study, tmp_path: Path) -> None:
    """A later one stands, a skip only where there is nothing else, and two tasks may be of one pair."""
    fill(study, ["one", "two"], tmp_path)
    first, second = blinded_pairs(study, None)
    tasks = [
        Task(1, first.id, [said(11, 1, 5), said(12, 1, 3), said(13, 2, 1, skipped=True)], frozenset()),
        Task(2, second.id, [said(21, 1, 2), said(22, 1, 9, skipped=True)], frozenset()),
        Task(3, first.id, [said(31, 1, 7)], frozenset()),
    ]
    rows, earlier = last_of_each(study, tasks)
    assert [row["annotation"]["id"] for row in rows] == [13, 21, 31]
    assert earlier == 3


def test_no_key_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    with pytest.raises(LabelStudioError, match="no key in NO_SUCH_KEY: set it"):
        Server("http://127.0.0.1:9", "NO_SUCH_KEY")
    with pytest.raises(LabelStudioError, match="ftp://x: a server's address begins with"):
        Server("ftp://x", "NO_SUCH_KEY")
