"""Numbers, sentences and bars."""

import pytest

from annotation.validation.choices import Values
from profile_engine.live import FactorMove, Revaluation
from profile_engine.preferences import HUMAN, Agent, AgentKind, Setting
from profile_engine.scoring import tau14
from profile_engine.tally import PairTally
from profile_engine.taxonomy import FACTORS
from tui.agents import Roster
from tui.widgets.bars import bar_around, bar_left, bar_right, scale_for, share_bar
from tui.wording import agent_glyph, agent_name, left_out, moved, number, revalued, score_word, sentence

TITLES = {"length": "Length"}
WRITER = Agent("writer", AgentKind.GENERATOR)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.3433, "+.343"), (-0.05, "-.050"), (0.0, "+.000"), (1.0, "+1.00"), (-1.0, "-1.00"), (None, "-")],
)
def test_scores_carry_their_sign_and_no_idle_zero(value: float | None, shown: str) -> None:
    assert number(value) == shown


def test_people_are_told_how_often_they_chose_the_longer_one() -> None:
    # The counts of the 999 PandaLM pairs: 577 + 266 differ in length and have a majority for a side.
    score = tau14("length", PairTally(577, 266, 51, 63, 42), Setting.EVALUATION)
    assert sentence(HUMAN, score, "Length") == (
        "People chose the longer one in 577 of 843 pairs that differ in length; "
        "in 63 more no side was preferred."
    )
    assert left_out(score.excluded) == "51 factor tied, 42 both tied"


def test_a_generator_is_told_by_its_own_scores() -> None:
    score = tau14("length", PairTally(concordant=88, discordant=2, factor_ties=5), Setting.GENERATION)
    assert sentence(WRITER, score, "Length") == (
        "writer wrote the longer one for the higher score in 88 of 90 pairs that differ in length; "
        "in 5 more the two do not differ."
    )


def test_an_own_factor_keeps_its_name() -> None:
    score = tau14("tone", PairTally(3, 1), Setting.EVALUATION)
    said = sentence(HUMAN, score, "Tone of Voice")
    assert (
        said == "People chose the one with more Tone of Voice in 3 of 4 pairs that differ in Tone of Voice."
    )


def test_every_factor_of_the_taxonomy_has_a_sentence_of_its_own() -> None:
    for factor in FACTORS.values():
        said = sentence(HUMAN, tau14(factor.name, PairTally(2, 1), Setting.EVALUATION), factor.title)
        assert f"the one with more {factor.title}" not in said


@pytest.mark.parametrize(
    ("tally", "word"),
    [
        (PairTally(), "no pairs"),
        (PairTally(unavailable=4), "no values"),
        (PairTally(factor_ties=4), "all tied"),
        (PairTally(factor_ties=1, unavailable=4), "all tied"),
        (PairTally(3, 1), "+.500"),
    ],
)
def test_an_undefined_score_says_why_in_a_word(tally: PairTally, word: str) -> None:
    assert score_word(tau14("length", tally, Setting.EVALUATION)) == word


@pytest.mark.parametrize(
    ("move", "said"),
    [
        (FactorMove("length", 0.412, 0.405, 1, 1), "Length 0.412 → 0.405, rank 1"),
        (FactorMove("length", 0.38, 0.39, 4, 3), "Length 0.380 → 0.390, rank 4 → 3"),
        (FactorMove("length", 0.5, 0.5, 1, 2), "Length 0.500, rank 1 → 2"),
        (FactorMove("length", None, 1.0, None, 1), "Length undefined → 1.000, rank - → 1"),
    ],
)
def test_a_move_is_told_as_before_and_after(move: FactorMove, said: str) -> None:
    assert moved(move, TITLES) == said


def test_names_and_glyphs_of_agents() -> None:
    assert (agent_name(HUMAN), agent_glyph(HUMAN)) == ("people", "●")
    assert (agent_name(WRITER), agent_glyph(WRITER)) == ("writer", "▲")
    assert agent_glyph(Agent("sim", AgentKind.ANNOTATOR), Roster(frozenset({"sim:annotator"}))) == "~●"
    assert agent_name(Agent("a\x1b]0;t\x07\nb", AgentKind.JUDGE)) == "a␛]0;t␇ b"


@pytest.mark.parametrize(
    ("score", "right", "left"),
    [
        (0.5, "████    ", "    ████"),
        (0.5625, "████▌   ", "   ▌████"),  # on the left the half cell is reversed: it fills its right half
        (0.01, "▏       ", "       ▉"),  # a bar that is there at all can be seen
        (1.0, "████████", "████████"),
        (-0.5, "▒▒▒▒    ", "    ▒▒▒▒"),
        (-0.01, "▒       ", "       ▒"),
        (0.0, "        ", "        "),
        (None, "        ", "        "),
    ],
)
def test_bars_grow_by_eighths_of_a_cell(score: float | None, right: str, left: str) -> None:
    assert bar_right(score, 8).plain == right
    assert bar_left(score, 8).plain == left


def test_the_bar_around_an_axis_keeps_its_width() -> None:
    for score in (-1.0, -0.3, 0.0, 0.3, 1.0):
        assert bar_around(score, 3, 6).cell_length == 10


def test_the_scale_is_a_round_number_that_no_bar_exceeds() -> None:
    assert scale_for(0.343, None, -0.2) == 0.4
    assert scale_for(-0.62) == 0.75
    assert scale_for(None) == 1.0


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(0, 5, "┄┄┄┄"), (5, 5, "━━━━"), (3, 8, "━╸┄┄"), (999, 1000, "━━━╸"), (0, 0, "┄┄┄┄")],
)
def test_a_share_is_whole_only_when_nothing_is_missing(part: int, whole: int, shown: str) -> None:
    assert share_bar(part, whole, 4).plain == shown


def test_what_corrections_moved_is_said_without_terms_of_the_method() -> None:
    move = FactorMove("length", 0.4, 0.45, 2, 1)
    words = revalued(Revaluation(3, (move,)), {"length": "Length"}, Values.CORRECTED)
    assert words == (
        "Corrected values: two responses compare otherwise 3 times. Length 0.400 → 0.450, rank 2 → 1."
    )
