"""Labelling with real keys on a real study: one press, committed, then the next item."""

from pathlib import Path
from threading import Event

import pytest

from annotation.answers import Answer, AnswerLog, NewAnswer, Origin
from annotation.settings import StudySettings
from annotation.study import Study
from profile_engine.preferences import Preference
from tests.tui.desk_study import POSTS, SECRETS, add_post, label, make_study
from tests.tui.label_task import AT_ONCE, WHO, annotate, entries, label_screen, press, press_early, ready
from tests.tui.waiting import opened, sees, settled, shown, until
from tui.app import Mode, ProfileApp
from tui.messages import LabelAsked
from tui.screens.help import HelpScreen
from tui.screens.label import LabelScreen
from tui.session import Role, Session
from tui.widgets.line_prompt import LinePrompt
from tui.widgets.text_page import TextPage


@pytest.mark.parametrize(
    ("key", "pressed", "sure"),
    [
        ("1", 1, False), ("a", 1, False), ("left", 1, False), ("A", 1, True), ("shift+left", 1, True),
        ("2", -1, False), ("b", -1, False), ("right", -1, False), ("B", -1, True), ("shift+right", -1, True),
        ("0", 0, False), ("t", 0, False), ("down", 0, False), ("T", 0, True), ("shift+down", 0, True),
    ],
)  # fmt: skip
async def test_one_press_stores_what_was_shown_and_the_canonical_answer(
    fast_study: Study, key: str, pressed: int, sure: bool
) -> None:
    app = annotate(fast_study)
    async with app.run_test() as pilot:
        screen = await ready(pilot, app)
        assert screen.item is not None
        first, pair_id = screen.item.first, screen.item.pair_id
        await press(pilot, app, key)
        (answer,) = AnswerLog(fast_study).since(0)
        assert (answer.pair_id, answer.annotator, answer.sure) == (pair_id, WHO, sure)
        assert answer.shown_first is first
        assert answer.shown_choice == pressed
        assert answer.choice == pressed * first  # turned back to the pair's own sides
        assert answer.seconds is not None and 0 < answer.seconds < 10
        assert screen.item.pair_id != pair_id


async def test_every_item_is_shown_once_and_then_it_says_so(fast_study: Study) -> None:
    app = annotate(fast_study)
    async with app.run_test() as pilot:
        await ready(pilot, app)
        for key in "1212":
            await ready(pilot, app)
            await pilot.press(key)
        screen = label_screen(app)
        await until(pilot, lambda: screen.has_class("-done"), "the end")
        assert sorted(pair for pair, _, _ in entries(fast_study)) == [1, 2, 3, 4]
        await sees(pilot, app, "4 of 4 items labelled")
        await pilot.press("u")
        await until(pilot, lambda: not screen.has_class("-done"), "back from the end")
        await ready(pilot, app)
        assert AnswerLog(fast_study).standing(WHO).labels.keys() == {1, 2, 3}


async def test_the_line_below_names_what_was_stored(fast_study: Study) -> None:
    app = annotate(fast_study)
    async with app.run_test() as pilot:
        await ready(pilot, app)
        screen = await press(pilot, app, "B")
        assert screen.choices.said.plain == "saved: item 1 ▶ 2 better, sure"
        await sees(pilot, app, "saved: item 1 ▶ 2 better, sure")


async def test_undo_goes_back_without_limit_also_after_a_restart(fast_study: Study) -> None:
    app = annotate(fast_study)
    async with app.run_test() as pilot:
        await ready(pilot, app)
        for key in "12f":
            screen = await press(pilot, app, key)
    app = annotate(fast_study)
    async with app.run_test() as pilot:
        screen = await ready(pilot, app)
        assert screen.item is not None and screen.item.number == 3
        await press(pilot, app, "u")
        assert screen.choices.said.plain == "taken back: item 3 is no longer flagged"
        await press(pilot, app, "u")
        assert screen.item.number == 2
        assert screen.choices.said.plain == "taken back: item 2 is open again"
        await press(pilot, app, "u")
        assert screen.item.number == 1
        assert AnswerLog(fast_study).standing(WHO).labels == {}
        await press(pilot, app, "u")
        assert screen.choices.said.plain == "nothing left to take back"


async def test_undo_of_a_changed_label_brings_the_first_back(fast_study: Study) -> None:
    log = AnswerLog(fast_study)
    log.register(WHO)
    app = annotate(fast_study)
    async with app.run_test() as pilot:
        screen = await ready(pilot, app)
        assert screen.item is not None
        pair_id = screen.item.pair_id
        await press(pilot, app, "1")
        before = log.standing(WHO).labels[pair_id]
        screen.post_message(LabelAsked(pair_id))
        await until(pilot, lambda: screen.item is not None and screen.item.pair_id == pair_id, "it again")
        await ready(pilot, app)
        await press(pilot, app, "2")
        assert log.standing(WHO).labels[pair_id] == -before
        await press(pilot, app, "u")
        assert log.standing(WHO).labels[pair_id] == before
        assert screen.choices.said.plain == "taken back: item 1 is again ◀ 1 better"


async def test_skipped_items_come_back_last(fast_study: Study) -> None:
    app = annotate(fast_study)
    async with app.run_test() as pilot:
        screen = await ready(pilot, app)
        numbers = []
        for key in "s12a":
            assert screen.item is not None
            numbers.append(screen.item.number)
            await press(pilot, app, key)
        assert [*numbers, screen.item and screen.item.number] == [1, 2, 3, 4, 1]


async def test_letters_of_a_note_stay_in_the_note(fast_study: Study) -> None:
    app = annotate(fast_study)
    async with app.run_test() as pilot:
        screen = await ready(pilot, app)
        item = screen.item
        await pilot.press("n")
        await opened(pilot, app, LinePrompt)
        await pilot.press("1", "a", "b", "left", "u", "T", "down", "s")
        assert entries(fast_study) == []
        await pilot.press("enter")
        await until(pilot, lambda: len(entries(fast_study)) == 1, "the note")
        assert AnswerLog(fast_study).standing(WHO).notes == {1: "1auTsb"}
        assert screen.item is item
        await ready(pilot, app)
        await sees(pilot, app, "✎ note")
        await pilot.press("n")
        await opened(pilot, app, LinePrompt)
        await pilot.press("x", "escape")
        await ready(pilot, app)
        assert AnswerLog(fast_study).standing(WHO).notes == {1: "1auTsb"}


async def test_what_is_shown_again_has_to_be_seen_first(tmp_path: Path) -> None:
    study = make_study(tmp_path / "again.db", settings=StudySettings(minimum_seconds=0.5))
    app = annotate(study)
    async with app.run_test() as pilot:
        screen = await ready(pilot, app)
        before = screen._showing
        await pilot.press("i")  # the instructions cover the item
        await opened(pilot, app, TextPage)
        await pilot.press("escape")
        await until(pilot, lambda: screen.is_current and screen._showing > before, "keys dead again")
        await press_early(pilot, screen, "1")
        await ready(pilot, app)
        assert entries(study) == []
        await press(pilot, app, "2")
        assert len(entries(study)) == 1


async def test_after_the_last_item_pairs_added_since_are_offered(fast_study: Study) -> None:
    app = annotate(fast_study, Role.RESEARCHER)
    async with app.run_test() as pilot:
        await ready(pilot, app)
        screen = label_screen(app)
        for key in "12ab":
            await ready(pilot, app)
            await pilot.press(key)
        await until(pilot, lambda: screen.has_class("-done"), "the end")
        add_post(fast_study, POSTS[0])
        await pilot.press("escape")
        await until(pilot, lambda: app.current_mode == Mode.STUDY, "the study")
        await pilot.pause()
        await pilot.press("l")
        await until(pilot, lambda: not screen.has_class("-done"), "the new pairs")
        assert screen.item is not None and (screen.item.number, screen.item.of) == (5, 6)


async def test_a_flag_goes_on_and_off_and_the_item_stays(fast_study: Study) -> None:
    app = annotate(fast_study)
    async with app.run_test() as pilot:
        screen = await ready(pilot, app)
        item = screen.item
        await press(pilot, app, "f")
        assert AnswerLog(fast_study).standing(WHO).flagged == {1}
        await sees(pilot, app, "⚑ flagged")
        await press(pilot, app, "f")
        assert AnswerLog(fast_study).standing(WHO).flagged == set()
        assert "⚑ flagged" not in shown(app)
        assert screen.item is item


async def test_the_instructions_tell_of_ties_and_take_no_more_room_than_they_need(fast_study: Study) -> None:
    app = annotate(fast_study)
    async with app.run_test() as pilot:
        await ready(pilot, app)
        await pilot.press("i")
        page = await opened(pilot, app, TextPage)
        await sees(pilot, app, "answer 0 for a tie")
        # Two lines, an empty one between them, and the frame.
        await until(pilot, lambda: page.pane.region.height == 5, "its height")


async def test_a_study_without_ties_says_so(tmp_path: Path) -> None:
    study = make_study(tmp_path / "no-ties.db", settings=StudySettings(minimum_seconds=0, allow_ties=False))
    app = annotate(study)
    async with app.run_test() as pilot:
        screen = await ready(pilot, app)
        assert "0 tie" not in shown(app)
        await sees(pilot, app, "no ties in this study")
        for key in ("0", "t", "down", "T"):
            await press(pilot, app, key)
        assert entries(study) == []
        assert "ties are not allowed" in screen.choices.said.plain
        await pilot.press("question_mark")
        await sees(pilot, app, "The first is better")
        assert "Neither is better" not in shown(app)
        await pilot.press("escape")
        await ready(pilot, app)
        await pilot.press("i")
        await opened(pilot, app, TextPage)
        await sees(pilot, app, "escape closes")
        assert "answer 0 for a tie" not in shown(app)
        await pilot.press("escape")
        await ready(pilot, app)
        await press(pilot, app, "1")
        assert len(entries(study)) == 1


async def test_an_annotator_sees_no_agent_no_score_and_no_ranking(fast_study: Study) -> None:
    label(fast_study, {1: Preference.LEFT, 2: Preference.RIGHT, 3: Preference.TIE})
    app = annotate(fast_study)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot, app)
        for key in ("1", "d", "f", "2", "u"):
            await press(pilot, app, key)
            await until(pilot, lambda: "which one?" in shown(app).casefold(), "the question")
            seen = shown(app).casefold()
            for secret in SECRETS:
                assert secret not in seen
        for key, page in (("i", TextPage), ("question_mark", HelpScreen)):
            await pilot.press(key)
            await opened(pilot, app, page)
            assert not any(secret in shown(app).casefold() for secret in SECRETS)
            await pilot.press("escape")
            await opened(pilot, app, LabelScreen)
        for key in ("r", "p", "l", "s"):  # no way to another screen
            await pilot.press(key)
        assert isinstance(app.screen, LabelScreen)
        assert app.snapshot is None and app.session.profile is None


async def test_a_researcher_sees_what_each_label_moved(fast_study: Study) -> None:
    app = annotate(fast_study, Role.RESEARCHER)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await ready(pilot, app)
        await until(pilot, lambda: app.snapshot is not None, "the profile")
        await press(pilot, app, "1")
        await press(pilot, app, "2")
        await until(pilot, lambda: "moved: " in shown(app), "what moved")
        await settled(pilot, app)
        assert "writer-model" not in shown(app) and "judge-model" not in shown(app)
        assert screen.moved.visible


async def test_what_moved_can_be_switched_off(fast_study: Study) -> None:
    app = annotate(fast_study, Role.RESEARCHER, what_moved=False)
    async with app.run_test() as pilot:
        await ready(pilot, app)
        await until(pilot, lambda: app.snapshot is not None, "the profile")
        before = app.snapshot
        await press(pilot, app, "1")
        await until(pilot, lambda: app.snapshot is not before, "the profile follows")
        await settled(pilot, app)
        assert "moved" not in shown(app)


async def test_a_researcher_without_a_name_is_asked_for_one(fast_study: Study) -> None:
    app = ProfileApp(Session(fast_study, Role.RESEARCHER), start=Mode.LABEL, tracebacks=True)
    async with app.run_test() as pilot:
        await opened(pilot, app, LinePrompt)
        prompt = app.screen
        assert isinstance(prompt, LinePrompt) and prompt.line.value  # the login name is offered
        prompt.line.value = ""
        await pilot.press(*"nina", "enter")
        await ready(pilot, app)
        await press(pilot, app, "1")
        assert [answer.annotator for answer in AnswerLog(fast_study).since(0)] == ["nina"]


async def test_an_annotator_leaves_with_escape_once_the_answer_is_on_disk(fast_study: Study) -> None:
    app = annotate(fast_study)
    async with app.run_test() as pilot:
        screen = await ready(pilot, app)
        await sees(pilot, app, "esc Leave")
        save, saving = app.session.save, Event()

        def slowly(answer: NewAnswer) -> Answer:
            saving.wait(60)
            return save(answer)

        app.session.save = slowly  # type: ignore[method-assign]
        await pilot.press("1", "escape")
        await until(pilot, lambda: screen._leaving, "who waits to leave")
        await pilot.pause(0.1)
        assert app.is_running and screen._leaving
        saving.set()
        await until(pilot, lambda: not app.is_running or app._exit, "the end")
    assert len(entries(fast_study)) == 1


async def test_where_all_is_done_it_also_says_that_nothing_is_left_to_take_back(fast_study: Study) -> None:
    log = AnswerLog(fast_study)
    log.register(WHO)
    for pair_id in range(1, 5):
        log.save(NewAnswer(pair_id, WHO, choice=Preference.LEFT, origin=Origin.IMPORT))
    app = annotate(fast_study)
    async with app.run_test(notifications=True) as pilot:
        await sees(pilot, app, "4 of 4 items labelled")
        await pilot.press("u")
        await sees(pilot, app, "nothing left to take back")


async def test_who_labels_in_two_terminals_is_told_and_does_nothing_twice(fast_study: Study) -> None:
    app = annotate(fast_study)
    async with app.run_test() as pilot:
        screen = await ready(pilot, app)
        other = AnswerLog(fast_study)  # as another process would
        for pair_id in (1, 2):
            other.save(NewAnswer(pair_id, WHO, choice=Preference.LEFT, shown_first=Preference.LEFT))
        await press(pilot, app, "2")
        assert (
            screen.choices.said.plain
            == "saved: item 1 ▶ 2 better · you also labelled it elsewhere: this stands"
        )
        assert screen.item is not None and screen.item.number == 3
        await press(pilot, app, "u")
        assert "is again" in screen.choices.said.plain
        await press(pilot, app, "1")
        assert screen.choices.said.plain == "saved: item 1 ◀ 1 better"


def naming(app: ProfileApp) -> bool:
    return any(screen.naming for screen in app._screen_stacks[Mode.LABEL] if isinstance(screen, LabelScreen))


async def test_who_gives_no_name_is_back_at_the_study_and_asked_again(fast_study: Study) -> None:
    app = ProfileApp(Session(fast_study, Role.RESEARCHER), start=Mode.STUDY, tracebacks=True)
    async with app.run_test() as pilot:
        for _ in range(2):
            await pilot.press("l")
            await opened(pilot, app, LinePrompt)
            await pilot.press("escape")
            await until(pilot, lambda: app.current_mode == Mode.STUDY, "back at the study")
            await until(pilot, lambda: not naming(app), "the question over")
            await pilot.pause(0.1)
            assert not isinstance(app.screen, LinePrompt)


async def test_differences_and_scrolling_leave_the_item_alone(fast_study: Study) -> None:
    app = annotate(fast_study)
    async with app.run_test() as pilot:
        screen = await ready(pilot, app)
        assert not screen.texts.first._spans
        await press(pilot, app, "d")
        await until(
            pilot, lambda: bool(screen.texts.first._spans and screen.texts.second._spans), "the marks"
        )
        await sees(pilot, app, "differences on")
        for key in ("space", "pagedown", "pageup", "backspace", "equals_sign"):
            await pilot.press(key)
        await until(pilot, lambda: not screen.texts.joined, "the two parted")
        assert entries(fast_study) == []


async def test_a_post_keeps_its_place_while_its_pairs_pass(tmp_path: Path) -> None:
    from dataclasses import replace

    from tests.tui.desk_study import POSTS

    long = [replace(POSTS[0], text="A line of the post.\n" * 200), POSTS[1]]
    study = make_study(tmp_path / "long.db", posts=long, settings=AT_ONCE)
    app = annotate(study)
    async with app.run_test() as pilot:
        screen = await ready(pilot, app)
        await until(pilot, lambda: screen.texts.source.max_scroll_y > 0, "laid out")
        page = screen.texts.source.size.height - 1
        await pilot.press("space", "space")
        await until(pilot, lambda: screen.texts.source.scroll_offset.y == 2 * page, "two pages down")
        place = screen.texts.source.scroll_offset.y
        await press(pilot, app, "1")
        assert screen.item is not None and screen.item.number == 2
        assert screen.texts.source.scroll_offset.y == place
        await press(pilot, app, "2")  # the next post
        await until(pilot, lambda: screen.texts.source.scroll_offset.y == 0, "its top")


async def test_long_responses_scroll_together_until_parted(tmp_path: Path) -> None:
    from tests.tui.desk_study import Post, Text

    pair = (Text("word " * 900, 1), Text("other " * 900, 2))
    study = make_study(tmp_path / "responses.db", posts=[Post("Long", "Short.", [pair])], settings=AT_ONCE)
    app = annotate(study)
    async with app.run_test() as pilot:
        screen = await ready(pilot, app)
        first, second = screen.texts.first, screen.texts.second
        await until(pilot, lambda: min(first.max_scroll_y, second.max_scroll_y) > 0, "laid out")
        for _ in range(20):  # a reader, too, presses again when the item was only just being laid out
            await pilot.press("pagedown")
            await pilot.pause()
            if first.scroll_offset.y:
                break
        await until(pilot, lambda: first.scroll_offset.y == second.scroll_offset.y > 0, "a page down")
        place = first.scroll_offset.y
        first.scroll_relative(y=3, animate=False)
        await until(pilot, lambda: second.scroll_offset.y == place + 3, "the other followed")
        await pilot.press("equals_sign")
        await until(pilot, lambda: not screen.texts.joined, "the two parted")
        first.scroll_relative(y=3, animate=False)
        await until(pilot, lambda: first.scroll_offset.y == place + 6, "scrolled alone")
        assert second.scroll_offset.y == place + 3
        await sees(pilot, app, "1 better")  # the choices stay in view
