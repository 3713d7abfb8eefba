"""Texts that attack a terminal reach none, on the screens of validation either."""

import sys
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from annotation.settings import StudySettings
from annotation.store.tables import factor_values, responses, sources
from annotation.study import Study
from annotation.validation.coding import Codings
from annotation.validation.design import Design, Validations
from tests.conftest import ROOT
from tests.tui.desk_study import make_study
from tests.tui.terminal import HOSTILE, Terminal

APP = """
import sys
from annotation.study import Study
from tui.app import Mode, ProfileApp
from tui.session import Role, Session

with Study.open(sys.argv[1]) as study:
    ProfileApp(Session(study, Role.RESEARCHER, sys.argv[3]), start=Mode(sys.argv[2])).run()
"""

TEXTS = {name: text for name, text in HOSTILE.items() if name not in ("lone surrogate", "200 kB hostile")}
"""What a database can hold, and what does not take long."""


def _is_storable(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A study in which everything a validator reads is hostile: texts, facts, reasons, model, names."""
    path = tmp_path / "hostile.db"
    with make_study(path, settings=StudySettings(minimum_seconds=0.0)) as study:
        texts = [text for text in TEXTS.values() if _is_storable(text)]
        with study.writing() as connection:
            for number, text in enumerate(texts, start=100):
                source = {"id": number, "key": f"h{number}", "title": text[:80], "text": text}
                connection.execute(insert(sources), source)
                row = {"id": number, "key": f"h{number}", "source_id": number, "text": text}
                connection.execute(insert(responses), row)
                connection.execute(insert(factor_values), _value(number, text))
            connection.execute(update(sources).where(sources.c.id == 1).values(title="\x1b]0;owned\x07[/]"))
        _draw(study, texts)
    return path


def _value(response: int, text: str) -> dict[str, object]:
    facts = [{"text": text[:3000], "supported": True, "justification": text[:3000]}]
    return {
        "response_id": response,
        "factor": "hallucination",
        "value": 0.0,
        "method": "llm",
        "version": "1",
        "model": text[:60],
        "evidence": {"facts": facts, "justification": text[:3000]},
        "created": "2026-01-01T00:00:00Z",
    }


def _draw(study: Study, texts: list[str]) -> None:
    Validations(study).create(Design("hallucination", 500, 1))
    Codings(study).from_texts("[/]\x1b]0;owned\x07", [text for text in texts if text.strip()])


def open_screen(hostile: Path, tmp_path: Path, mode: str) -> Terminal:
    script = tmp_path / "judge.py"
    script.write_text(APP)
    return Terminal(
        [sys.executable, str(script), str(hostile), mode, "nina\x1b[8m"],
        columns=100,
        lines=30,
        env={"PYTHONPATH": str(ROOT)},
        cwd=ROOT,
    )


@pytest.mark.parametrize(("mode", "keys"), [("validate", "y"), ("coding", "1\r")])
def test_no_hostile_text_reaches_the_terminal(hostile: Path, tmp_path: Path, mode: str, keys: str) -> None:
    with open_screen(hostile, tmp_path, mode) as terminal:
        terminal.wait_for("choose")
        for number in range(3 * len(TEXTS)):  # a slow machine takes some presses for those of a held key
            if "All done" in terminal.display:
                break
            terminal.press(keys, before="pageup", quiet=0.16)
            assert terminal.foreign == [], number
        terminal.wait_for("All done")
        terminal.press("ctrl+q")
        assert terminal.wait_end() == 0
        assert terminal.foreign == []
