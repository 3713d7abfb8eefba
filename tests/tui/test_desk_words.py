"""What stands on the frames of the desk."""

from dataclasses import replace
from pathlib import Path

import pytest

from annotation.study import PairView, StandingLabel, Verdict
from profile_engine.preferences import AgentKind, Preference
from tests.tui.desk_study import make_study
from tui.desk_words import frame_label

LEFT, TIE, RIGHT = Preference.LEFT, Preference.TIE, Preference.RIGHT


@pytest.fixture
def view(tmp_path: Path) -> PairView:
    with make_study(tmp_path / "desk.db") as study:
        return study.pair(1)


def labels(*choices: Preference | None) -> tuple[StandingLabel, ...]:
    return tuple(
        StandingLabel(f"person {n}", choice, sure=False, flagged=choice is None, note=None)
        for n, choice in enumerate(choices)
    )


def verdicts(*choices: Preference | None) -> tuple[Verdict, ...]:
    return tuple(Verdict(f"model {n}", AgentKind.JUDGE, choice) for n, choice in enumerate(choices))


@pytest.mark.parametrize(
    ("said", "told", "left", "right"),
    [
        ((LEFT, LEFT, RIGHT), (RIGHT,), " ● 2 of 3", " ● 1 of 3 ▲"),
        ((LEFT, TIE), (None, TIE), " ● 1 of 2", ""),
        ((None,), (LEFT, LEFT), " ▲▲", ""),
        ((RIGHT,), (LEFT,) * 7, " ▲×7", " ● 1 of 1"),
        ((), (), "", ""),
    ],
)
def test_a_frame_says_who_chose_its_response(
    view: PairView,
    said: tuple[Preference, ...],
    told: tuple[Preference, ...],
    left: str,
    right: str,
) -> None:
    view = replace(view, labels=labels(*said), verdicts=verdicts(*told))
    assert frame_label(view, LEFT).plain == f"◀ A{left} · score 4, writer-model"
    assert frame_label(view, RIGHT).plain == f"▶ B{right} · score 2, writer-model"
