"""Coding with real keys: one key a factor, several allowed, then the next text."""

from threading import Event

import pytest

from annotation.study import Study
from annotation.validation.coding import Codings
from annotation.validation.mentions import MentionEntry, MentionKind, NewMention, read_mentions
from tests.tui.validate.conftest import Open
from tests.tui.validate.pressing import press, ready, the_screen, write
from tests.tui.waiting import sees, shown, until
from tui.app import Mode
from tui.coding_texts import CodingTexts
from tui.screens.coding import CodingScreen

TEXTS = ("It keeps the intent and is formal.", "Too long.", "I like it.")


async def test_ticks_are_counted_live(sample: Study, judge: Open) -> None:
    Codings(sample).from_texts("reasons", TEXTS)
    names = [factor.name for factor in sample.factors]
    app = judge(Mode.CODING)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        assert TEXTS[0] in shown(app).replace("│", "")
        await press(pilot, app, "1", "2", "3", "3", "enter", "1", "enter")
        screen = the_screen(app)
        assert isinstance(screen, CodingScreen)
        assert screen.mentions.counts[names[0]] == 2
        assert screen.mentions.counts[names[1]] == 1
        assert not screen.mentions.counts.get(names[2])
        await press(pilot, app, "n")
        await write(pilot, app, "vague")
        await press(pilot, app, "enter")  # mentions none of the factors
        await sees(pilot, app, "All done")
        await press(pilot, app, "u")
        assert screen.bar.said.plain.startswith("taken back")
        await sees(pilot, app, "2 of 3")
    with sample.reading() as connection:
        said = [(one.kind, one.factors, one.undoes is not None) for one in read_mentions(connection)]
    assert said == [
        (MentionKind.MENTIONS, frozenset(names[:2]), False),
        (MentionKind.MENTIONS, frozenset(names[:1]), False),
        (MentionKind.NOTE, None, False),
        (MentionKind.MENTIONS, frozenset(), False),
        (MentionKind.MENTIONS, None, True),
    ]


async def test_a_note_asked_for_again_at_once_ticks_nothing(sample: Study, judge: Open) -> None:
    Codings(sample).from_texts("reasons", TEXTS)
    app = judge(Mode.CODING)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        await pilot.press("n", "escape", "n", "1", "2", "enter")
        await sees(pilot, app, "✎")
        screen = the_screen(app)
        assert isinstance(screen, CodingScreen) and screen.mentions.ticked == frozenset()
    with sample.reading() as connection:
        assert [one.note for one in read_mentions(connection)] == ["12"]


async def test_a_note_is_on_the_text_it_was_asked_for(
    sample: Study, judge: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    Codings(sample).from_texts("reasons", TEXTS)
    app, goes_on, save = judge(Mode.CODING), Event(), CodingTexts.save

    def wait(texts: CodingTexts, new: NewMention) -> MentionEntry:
        assert goes_on.wait(30)
        return save(texts, new)

    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        monkeypatch.setattr(CodingTexts, "save", wait)
        await pilot.press("enter", "n", "x")
        goes_on.set()
        screen = the_screen(app)
        assert isinstance(screen, CodingScreen)
        await until(pilot, lambda: screen._text is not None and screen._text.number == 2, "the next text")
        await write(pilot, app, "")
        await sees(pilot, app, "saved")
    with sample.reading() as connection:
        said = read_mentions(connection)
    assert [one.kind for one in said] == [MentionKind.MENTIONS, MentionKind.NOTE]
    assert said[0].text_id == said[1].text_id


async def test_says_what_to_do_without_texts(judge: Open) -> None:
    app = judge(Mode.CODING)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "validate code STUDY --judge" in shown(app), "what to do")


async def test_all_is_in_sight_also_with_a_flag_and_a_note(sample: Study, judge: Open) -> None:
    Codings(sample).from_texts("reasons", TEXTS)
    app = judge(Mode.CODING)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        await press(pilot, app, "f", "n")
        await write(pilot, app, "vague")
        await sees(pilot, app, "✎")
        await sees(pilot, app, "None is an answer, too.")


async def test_the_page_of_keys_names_the_factors(sample: Study, judge: Open) -> None:
    Codings(sample).from_texts("reasons", TEXTS)
    app = judge(Mode.CODING)
    async with app.run_test(size=(80, 50)) as pilot:
        await ready(pilot, app)
        await press(pilot, app, "question_mark")
        for key, factor in zip("123", sample.factors, strict=False):
            await sees(pilot, app, f"{key}  Tick: {factor.title}")
        assert shown(app).count("Tick: ") == len(sample.factors)
