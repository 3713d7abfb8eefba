"""Labelling by a plan: consent, instructions, training, what is handed out and given back, withdrawing."""

from pathlib import Path

import pytest
from sqlalchemy import select
from textual.pilot import Pilot

from annotation.answers import AnswerKind, AnswerLog
from annotation.people.consent import Consent, consent_to_ask, withdraw
from annotation.planning.plan import Role
from annotation.store.tables import participation
from annotation.study import Study
from profile_engine.preferences import Preference
from tests.annotation.drafts import LEFT, RIGHT
from tests.annotation.planning.planned import Clock, Person, held, overlap, plan
from tests.tui.desk_study import make_study
from tests.tui.label_task import AT_ONCE, WHO, annotate, entries, label_screen, press, ready
from tests.tui.waiting import opened, sees, until
from tui.app import Mode, ProfileApp
from tui.key_gate import HELD_SECONDS
from tui.screens.consent import ConsentScreen, WithdrawScreen
from tui.screens.label import LabelScreen
from tui.session import Role as SessionRole
from tui.widgets.line_prompt import LinePrompt
from tui.widgets.text_page import TextPage

PAIRS = (1, 2, 3, 4)


@pytest.fixture
def planned(tmp_path: Path) -> Study:
    """Four pairs of two posts, all to be labelled, by one person each."""
    study = make_study(tmp_path / "planned.db", settings=AT_ONCE.model_copy(update={"instructions": ""}))
    study.change_settings(study.settings.model_copy(update={"allow_ties": False}))
    plan(study, PAIRS, design={"annotators_per_pair": 1})
    return study


def said(study: Study) -> list[tuple[str, str | None]]:
    with study.reading() as connection:
        rows = connection.execute(select(participation.c.event, participation.c.version)).all()
        return [(row.event, row.version) for row in rows]


async def page(pilot: Pilot[None], app: ProfileApp, kind: type) -> None:
    await until(pilot, lambda: isinstance(app.screen, kind), f"the {kind.__name__}")


async def press_last(pilot: Pilot[None], key: str) -> None:
    """Answer an item after which none comes."""
    await pilot.press("pageup", key)


async def test_consent_and_instructions_come_before_the_first_item_and_once(tmp_path: Path) -> None:
    study = make_study(tmp_path / "consent.db", settings=AT_ONCE)
    plan(study, PAIRS, design={"consent": "You may stop at any time.", "warning": "Posts about [b]loss[/b]."})
    app = annotate(study)
    async with app.run_test() as pilot:
        await page(pilot, app, ConsentScreen)
        await sees(pilot, app, "Warning: Posts about [b]loss[/b].")
        await sees(pilot, app, "You may stop at any time.")
        await pilot.press("1", "enter", "space")
        assert isinstance(app.screen, ConsentScreen)
        assert held(study) == 0  # nothing is handed out yet
        await pilot.press("y")
        await page(pilot, app, TextPage)
        await sees(pilot, app, "Take the [b]shorter[/b].")
        await pilot.press("escape")
        await ready(pilot, app)
        await press(pilot, app, "1")
    words = Consent("You may stop at any time.", "Posts about [b]loss[/b].")
    assert said(study) == [("accepted", words.version)]
    assert len(overlap(study)) == 1
    app = annotate(study)
    async with app.run_test() as pilot:
        await ready(pilot, app)
        assert isinstance(app.screen, LabelScreen)
    assert len(said(study)) == 1


async def test_who_declines_leaves_and_nothing_is_written(tmp_path: Path) -> None:
    study = make_study(tmp_path / "declined.db", settings=AT_ONCE)
    plan(study, PAIRS, design={"consent": "Do you?"})
    app = annotate(study)
    async with app.run_test() as pilot:
        await page(pilot, app, ConsentScreen)
        await pilot.press("escape")
        await until(pilot, lambda: not app.is_running, "the end")
    assert said(study) == [] and held(study) == 0
    app = annotate(study, SessionRole.RESEARCHER)
    async with app.run_test() as pilot:
        for _ in range(2):
            await page(pilot, app, ConsentScreen)
            await pilot.press("escape")
            await until(pilot, lambda: app.current_mode == Mode.STUDY, "back at the study")
            await pilot.press("l")


async def test_changed_words_are_asked_again(tmp_path: Path) -> None:
    study = make_study(tmp_path / "changed.db", settings=AT_ONCE)
    plan(study, PAIRS, design={"consent": "One"})
    AnswerLog(study).register(WHO)
    first = consent_to_ask(study, WHO)
    assert first is not None
    from annotation.people.consent import accept_consent

    accept_consent(study, WHO, first)
    assert consent_to_ask(study, WHO) is None
    plan(study, PAIRS, design={"consent": "Two"})
    second = consent_to_ask(study, WHO)
    assert second is not None and second.version != first.version


async def test_pairs_are_handed_out_and_given_back_on_leaving(planned: Study) -> None:
    app = annotate(planned)
    async with app.run_test() as pilot:
        await ready(pilot, app)
        assert held(planned, WHO) == 2
        await press(pilot, app, "1")
        assert held(planned, WHO) == 1
        await press(pilot, app, "u")
        assert held(planned, WHO) == 2
        await press(pilot, app, "2")
        await pilot.press("escape")
        await until(pilot, lambda: not app.is_running, "the end")
    assert (held(planned), len(overlap(planned))) == (0, 1)


@pytest.mark.parametrize("key", ["ctrl+q"])
async def test_whatever_way_the_app_is_left_pairs_are_given_back(planned: Study, key: str) -> None:
    app = annotate(planned)
    async with app.run_test() as pilot:
        await ready(pilot, app)
        await pilot.press(key)
        await until(pilot, lambda: not app.is_running, "the end")
    assert held(planned) == 0


async def test_a_researcher_who_leaves_and_comes_back_goes_on(planned: Study) -> None:
    app = annotate(planned, SessionRole.RESEARCHER)
    async with app.run_test() as pilot:
        await ready(pilot, app)
        await press(pilot, app, "1")
        await pilot.press("escape")
        await until(pilot, lambda: app.current_mode == Mode.STUDY and held(planned) == 0, "left")
        await pilot.press("l")
        await until(pilot, lambda: held(planned) == 1, "the rest of the post")
        screen = await ready(pilot, app)
        assert screen.item is not None and screen.item.number == 2


async def test_it_ends_quietly_where_others_hold_what_is_left(planned: Study) -> None:
    ben = Person(planned, "ben", Clock())
    ben.next()
    app = annotate(planned)
    async with app.run_test() as pilot:
        await ready(pilot, app)
        await press(pilot, app, "1")
        await press_last(pilot, "2")
        await sees(pilot, app, "No pair is left for you at the moment")
        await sees(pilot, app, "others are at work on 2 pairs: come back later")
        await sees(pilot, app, "2 items labelled")
        await sees(pilot, app, "it comes up by itself")
        ben.worklist.leave()
        await ready(pilot, app)  # without a key
        assert label_screen(app).item is not None


async def test_who_comes_when_every_pair_has_its_labels_is_told_at_once(tmp_path: Path) -> None:
    study = make_study(tmp_path / "complete.db", settings=AT_ONCE)
    roles = {1: Role.TRAINING}
    plan(study, PAIRS, roles, design={"annotators_per_pair": 1, "consent": "Do you?"})
    ben = Person(study, "ben", Clock())
    ben.work(3)
    for role in SessionRole:
        app = annotate(study, role)
        async with app.run_test(size=(80, 24)) as pilot:
            await sees(pilot, app, "No pair is left for you at the moment")
            await sees(pilot, app, "others are at work on one pair: come back later")
            assert isinstance(app.screen, LabelScreen) and app.session.annotator == WHO
    ben.work()
    app = annotate(study)
    async with app.run_test(size=(80, 24)) as pilot:
        await sees(pilot, app, "Every pair has the labels it needs: nothing is left for you")
        await pilot.press("1", "u", "i")
        await page(pilot, app, TextPage)
        await pilot.press("escape")
        await opened(pilot, app, LabelScreen)
        await sees(pilot, app, "nothing is left for you")
        plan(study, PAIRS, roles, design={"annotators_per_pair": 2, "consent": "Do you?"})
        await page(pilot, app, ConsentScreen)  # without a key
        await pilot.press("y")
        await page(pilot, app, TextPage)
    assert set(said(study)) == {("accepted", Consent("Do you?", "").version)}
    app = annotate(study)
    async with app.run_test(size=(80, 24)) as pilot:
        await page(pilot, app, TextPage)
        await pilot.press("escape", "pageup")
        screen = await ready(pilot, app)
        assert screen.item is not None and screen.item.kind is AnswerKind.TRAINING
        await pilot.press("escape")
        await until(pilot, lambda: not app.is_running, "the end")


async def test_what_opens_again_comes_up_where_all_was_done(planned: Study) -> None:
    ben = Person(planned, "ben", Clock())
    ben.work(3)
    ben.worklist.leave()
    app = annotate(planned)
    async with app.run_test() as pilot:
        await ready(pilot, app)
        await press_last(pilot, "1")
        await sees(pilot, app, "All done")
        await sees(pilot, app, "should a pair become open again, it comes up here by itself")
        with Study.open(planned.location) as elsewhere:
            withdraw(elsewhere, "ben")
        await ready(pilot, app)
        assert label_screen(app).item is not None


async def test_a_pair_that_others_have_by_now_is_refused_and_left(planned: Study) -> None:
    app = annotate(planned)
    async with app.run_test() as pilot:
        screen = await ready(pilot, app)
        assert screen.item is not None
        lost = screen.item.pair_id
        clock = Clock()  # years ahead of the app's
        ben = Person(planned, "ben", clock)
        ben.item = ben.worklist.item(lost)
        ben.answer()
        await press(pilot, app, "1")
        await until(pilot, lambda: screen.item is not None and screen.item.pair_id != lost, "another")
        assert f"not saved: pair {lost} is with others now" in screen.choices.said.plain
        assert [pair for pair, _, _ in entries(planned)] == [lost]
        await ready(pilot, app)
        await press(pilot, app, "1")
        assert len(overlap(planned)) == 2


async def test_a_last_answer_that_was_refused_is_not_all_done_without_a_word(planned: Study) -> None:
    app = annotate(planned)
    async with app.run_test() as pilot:
        screen = await ready(pilot, app)
        ben = Person(planned, "ben", Clock())  # years ahead: what the other holds is open again
        for pair in PAIRS:
            ben.item = ben.worklist.item(pair)
            ben.answer()
        await pilot.press("1")
        await until(pilot, lambda: screen.has_class("-done"), "the end")
        await sees(pilot, app, "not saved: pair")
        assert {one.annotator for one in AnswerLog(planned).since(0)} == {"ben"}


def replan(study: Study) -> None:
    """What `study plan --replace` does elsewhere: the other post alone, no ties, another consent."""
    with Study.open(study.location) as elsewhere:
        elsewhere.change_settings(elsewhere.settings.model_copy(update={"allow_ties": False}))
        plan(elsewhere, PAIRS[2:], design={"consent": "The new words", "annotators_per_pair": 1})


@pytest.fixture
def with_ties(tmp_path: Path) -> Study:
    """The first post is to be labelled, and ties are allowed."""
    study = make_study(tmp_path / "ties.db", settings=AT_ONCE.model_copy(update={"instructions": ""}))
    plan(study, PAIRS[:2], design={"annotators_per_pair": 1})
    return study


async def go_in_anew(pilot: Pilot[None], app: ProfileApp) -> None:
    """Accept the words of the new plan, and see that it is the one that is worked by."""
    await page(pilot, app, ConsentScreen)
    await sees(pilot, app, "The new words")
    assert entries(app.session.study) == [] and held(app.session.study) == 0
    await pilot.press("y")
    screen = await ready(pilot, app)
    assert screen.item is not None and screen.item.pair_id in PAIRS[2:]
    await sees(pilot, app, "1 of 2")
    await press(pilot, app, "0")
    assert "ties are not allowed" in screen.choices.said.plain
    await press(pilot, app, "1")
    assert set(overlap(app.session.study)) <= set(PAIRS[2:])
    assert len(overlap(app.session.study)) == 1


@pytest.mark.parametrize("key", ["0", "s"])
async def test_nothing_is_saved_by_a_plan_that_was_replaced(
    with_ties: Study, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setattr("tui.screens.taking_part._LOOK", 3600)  # the press comes first
    app = annotate(with_ties)
    async with app.run_test() as pilot:
        await page(pilot, app, TextPage)
        await pilot.press("escape")
        screen = await ready(pilot, app)
        replan(with_ties)
        await pilot.press("pageup", key)
        await until(pilot, lambda: "not saved" in screen.choices.said.plain, "refused")
        assert "the study has another plan by now" in screen.choices.said.plain
        await go_in_anew(pilot, app)


async def test_another_plan_is_noticed_without_a_key(
    with_ties: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.screens.taking_part._LOOK", 0.05)
    app = annotate(with_ties)
    async with app.run_test() as pilot:
        await page(pilot, app, TextPage)
        await pilot.press("escape")
        screen = await ready(pilot, app)
        replan(with_ties)
        await page(pilot, app, ConsentScreen)
        assert "the study has another plan by now" in screen.choices.said.plain
        await go_in_anew(pilot, app)


async def test_what_was_said_by_the_plan_before_stays_and_changed_instructions_are_shown(
    with_ties: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.screens.taking_part._LOOK", 0.05)
    app = annotate(with_ties)
    async with app.run_test(size=(120, 40)) as pilot:
        await page(pilot, app, TextPage)
        await pilot.press("escape")
        await ready(pilot, app)
        screen = await press(pilot, app, "1")
        await sees(pilot, app, "w Withdraw")
        monkeypatch.setattr("tests.annotation.planning.planned.timestamp", lambda: "2090-01-02T03:04:05Z")
        with Study.open(with_ties.location) as elsewhere:
            told = {"instructions": "Take the longer."}
            elsewhere.change_settings(elsewhere.settings.model_copy(update=told))
            plan(elsewhere, PAIRS[2:], design={**told, "annotators_per_pair": 1})
        await page(pilot, app, TextPage)
        await sees(pilot, app, "Take the longer.")
        await pilot.press("escape")
        await ready(pilot, app)
        assert screen.item is not None
        before, shown_now = AnswerLog(with_ties).last(), screen.item.pair_id
        await press(pilot, app, "u")
        assert "not taken back: pair" in screen.choices.said.plain
        assert "is from before this plan" in screen.choices.said.plain
        assert (AnswerLog(with_ties).last(), screen.item.pair_id) == (before, shown_now)


async def test_a_note_that_is_being_typed_stays_with_its_pair(
    with_ties: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.screens.taking_part._LOOK", 0.05)
    app = annotate(with_ties)
    async with app.run_test() as pilot:
        await page(pilot, app, TextPage)
        await pilot.press("escape")
        screen = await ready(pilot, app)
        assert screen.item is not None
        noted = screen.item.pair_id
        await pilot.press("n")
        await opened(pilot, app, LinePrompt)
        await pilot.press(*"why")
        replan(with_ties)
        await pilot.pause(0.3)  # the prompt stays, whatever is noticed beneath it
        await pilot.press("enter")
        await page(pilot, app, ConsentScreen)
        await until(pilot, lambda: bool(entries(with_ties)), "the note is saved")
    assert AnswerLog(with_ties).standing(WHO).notes == {noted: "why"}


async def test_a_plan_that_comes_while_consent_is_being_read_is_asked_for_too(with_ties: Study) -> None:
    plan(with_ties, PAIRS[:2], design={"consent": "The old words", "annotators_per_pair": 1})
    app = annotate(with_ties)
    async with app.run_test() as pilot:
        await page(pilot, app, ConsentScreen)
        await sees(pilot, app, "The old words")
        replan(with_ties)
        await pilot.press("y")
        await page(pilot, app, TextPage)
        await pilot.press("escape")
        await sees(pilot, app, "The new words")
        await pilot.press("y")
        screen = await ready(pilot, app)
        assert screen.item is not None and screen.item.pair_id in PAIRS[2:]


async def test_training_tells_what_was_expected_and_why(tmp_path: Path) -> None:
    study = make_study(tmp_path / "training.db", settings=AT_ONCE.model_copy(update={"instructions": ""}))
    roles = {1: Role.TRAINING, 2: Role.TRAINING, 3: Role.GOLD}
    plan(study, PAIRS, roles, explanation="It says [b]more[/b].")
    app = annotate(study)
    async with app.run_test() as pilot:
        await page(pilot, app, TextPage)  # of the instructions: ties are allowed
        await pilot.press("escape")
        for right in (True, False):
            await _train(pilot, app, right=right)
        await ready(pilot, app)
        await press(pilot, app, "1")
    kinds = [kind for _, kind, _ in entries(study)]
    assert kinds[:2] == [AnswerKind.TRAINING] * 2 and len(kinds) == 3


async def _train(pilot: Pilot[None], app: ProfileApp, *, right: bool) -> None:
    """Answer an item of the training round, and read what is said of it."""
    screen = await ready(pilot, app)
    item = screen.item
    assert item is not None and item.kind is AnswerKind.TRAINING
    choice = Preference((LEFT if right else RIGHT) * item.first)
    await pilot.press("pageup", "1" if choice is LEFT else "2")
    await page(pilot, app, TextPage)
    await sees(pilot, app, "It says [b]more[/b].")
    arrow = "◀ 1" if item.first is LEFT else "▶ 2"
    other = f"✗ The expected answer is another: {arrow} better."
    await sees(pilot, app, "✓ That is the expected answer." if right else other)
    await pilot.press("escape")
    await until(pilot, lambda: screen.item is not item and app.screen is screen, "the next item")


async def test_withdrawing_takes_a_confirmation_and_takes_everything_out(planned: Study) -> None:
    app = annotate(planned)
    async with app.run_test() as pilot:
        await ready(pilot, app)
        await press(pilot, app, "1")
        await pilot.press("question_mark")
        await sees(pilot, app, "Take everything you answered out of the study")
        await pilot.press("escape")
        await ready(pilot, app)
        await pilot.press("w")
        await page(pilot, app, WithdrawScreen)
        await pilot.press("escape")
        await ready(pilot, app)
        assert said(planned) == []
        await pilot.press("w")
        await page(pilot, app, WithdrawScreen)
        await sees(pilot, app, "Withdraw from this study?")
        await pilot.press("y")
        await until(pilot, lambda: not app.is_running, "the end")
    assert said(planned) == [("withdrawn", None)]
    assert (overlap(planned), held(planned)) == ({}, 0)
    assert Person(planned, "ben", Clock()).work() != []
    app = annotate(planned)
    async with app.run_test() as pilot:
        await page(pilot, app, ConsentScreen)
        await sees(pilot, app, "You have withdrawn from this study")


@pytest.mark.parametrize("key", [None, "1", "u"])
async def test_who_was_withdrawn_elsewhere_is_asked_whether_they_take_part_again(
    planned: Study, key: str | None
) -> None:
    """With a key and without one; nothing is written, and nothing is said to be done."""
    app = annotate(planned)
    async with app.run_test() as pilot:
        await ready(pilot, app)
        await press(pilot, app, "1")
        await ready(pilot, app)
        with Study.open(planned.location) as elsewhere:
            withdraw(elsewhere, WHO)
        written = AnswerLog(planned).last()
        if key is not None:
            await pilot.press("pageup", key)
        await page(pilot, app, ConsentScreen)
        await sees(pilot, app, "You have withdrawn from this study")
        assert AnswerLog(planned).last() == written


async def test_idle_time_is_not_counted(planned: Study) -> None:
    app = annotate(planned)
    async with app.run_test() as pilot:
        screen = await ready(pilot, app)
        screen.time.start(screen._painted_at - 3600)  # the item has been there for an hour
        await press(pilot, app, "1")
        (answer,) = AnswerLog(planned).since(0)
        assert answer.seconds is not None and HELD_SECONDS < answer.seconds <= 61
