"""What the Label screen says: where one is, what was stored, what moved, what to do when all is done."""

from collections.abc import Iterable, Mapping
from typing import Final

from textual.content import Content

from annotation.answers import CHOICES, Answer, AnswerKind
from annotation.assignment import Item
from annotation.settings import StudySettings
from annotation.wording import counted
from profile_engine.live import FactorMove, ProfileChange
from profile_engine.preferences import Preference
from tui.labelling import Labelling
from tui.outside import OutsideText
from tui.sides import SIDES, Glyph
from tui.widgets.bars import share_bar
from tui.wording import moved, remarked

_BAR_CELLS: Final = 8
_REOPENED: Final = "should a pair become open again, it comes up here by itself"


def where(item: Item, done: int) -> Content:
    """Which item this is, how many are done as a bar, and which source it belongs to where that is told."""
    source = "" if item.source_number is None else f" · source {item.source_number:,} of {item.sources:,}"
    return Content.assemble(
        f"{item.number:,} of {item.of:,} ", share_bar(done, item.of, _BAR_CELLS, "$accent"), source
    )


def stored(answer: Answer, number: int, elsewhere: Iterable[Answer] = ()) -> Content:
    """What the log took, as the person said it; `elsewhere`: what they said meanwhile in another terminal."""
    if answer.kind in CHOICES and answer.shown_choice is not None:
        sure = ", sure" if answer.sure else ""
        twice = any(_labels(said, answer.pair_id) for said in elsewhere)
        also = " · you also labelled it elsewhere: this stands" if twice else ""
        return Content.assemble(f"saved: item {number:,} ", _choice(answer.shown_choice), sure, also)
    return Content(f"saved: item {number:,} {_state(answer)}")


def taken_back(answer: Answer, number: int) -> Content:
    """How an item stands after an undo."""
    if answer.kind in CHOICES and answer.shown_choice is not None:
        return Content.assemble(f"taken back: item {number:,} is again ", _choice(answer.shown_choice))
    return Content(f"taken back: item {number:,} is {_state(answer)}")


def _state(answer: Answer) -> str:
    return remarked(answer.kind, answer.set, answer.note) or "open again"


def _labels(answer: Answer, pair_id: int) -> bool:
    return answer.kind is AnswerKind.LABEL and answer.pair_id == pair_id and answer.undoes is None


def _choice(shown: Preference) -> Content:
    side = SIDES[shown]
    words = "tie" if shown is Preference.TIE else f"{side.number} better"
    return Content.styled(f"{side.arrow} {words}", f"bold {side.style}")


def remarks(*, flagged: bool, noted: bool, marked: bool) -> Content:
    """Flag and note of an item, each with a glyph and a word, and whether differences are marked."""
    said = (
        (marked, "differences on"),
        (flagged, f"{Glyph.FLAG} flagged"),
        (noted, f"{Glyph.NOTE} note"),
    )
    return Content.styled("  ".join(words for there, words in said if there), "$warning")


def refused(what: str, reason: str) -> Content:
    """Why something was not stored."""
    return Content.styled(f"{what}: {OutsideText(reason).line(300)}", "bold $text-error")


def what_moved(change: ProfileChange, titles: Mapping[str, str], width: int) -> Content:
    """The factors whose scores a label changed, the largest change first, and how many do not fit."""
    moves = [moved(move, titles) for move in sorted(change.moves, key=_distance, reverse=True)]
    for told in range(len(moves), 0, -1):
        more = f" … and {len(moves) - told} more" if told < len(moves) else ""
        line = Content("moved: " + " · ".join(moves[:told]) + more)
        if line.cell_length <= width:
            return line
    return Content(f"moved: {len(moves)} factors" if moves else "moved: nothing")


def _distance(move: FactorMove) -> float:
    if move.score_before is None or move.score_after is None:
        return 2.0
    return abs(move.score_after - move.score_before)


def all_done(labelling: Labelling, *, researcher: bool, refused: Content | None = None) -> Content:
    """What was done, and how to go on; first why the last entry was refused, if it was."""
    if labelling.total == 0 and labelling.planned is None:
        return Content("This study has no pairs yet.\n\nprofile-tui import brings them in.")
    elsewhere = 0 if labelling.planned is None else labelling.planned.held_elsewhere
    flags = f" · {labelling.flags:,} flagged" if labelling.flags else ""
    done = f"{labelling.done:,} of " if labelling.planned is None else ""
    items = counted(labelling.total if labelling.planned is None else labelling.done, "item")
    lines = (
        *((refused, Content("")) if refused else ()),
        *(_others_at_work(elsewhere) if elsewhere else (Content.styled("All done", "bold $success"),)),
        Content(""),
        Content(f"{done}{items} labelled{flags}"),
        Content(""),
        *(() if elsewhere or labelling.planned is None else (Content(_REOPENED),)),
        Content("u takes the last answer back and returns to it"),
        Content("escape goes back to the study" if researcher else "escape leaves; everything is saved"),
    )
    return Content("\n").join(lines)


def nothing_left(held: int, *, researcher: bool) -> Content:
    """What whoever has not begun is told at once where a plan has nothing for them; others hold `held`."""
    complete = Content.styled("Every pair has the labels it needs: nothing is left for you", "bold $success")
    lines = (
        *(_others_at_work(held) if held else (complete, Content(""), Content(_REOPENED))),
        Content(""),
        Content("escape goes back to the study" if researcher else "escape leaves"),
    )
    return Content("\n").join(lines)


def _others_at_work(pairs: int) -> tuple[Content, ...]:
    number = "one pair" if pairs == 1 else f"{pairs:,} pairs"
    return (
        Content.styled("No pair is left for you at the moment", "bold $success"),
        Content(f"others are at work on {number}: come back later, or wait here:"),
        Content("as soon as one is given back, it comes up by itself"),
    )


def instructions(settings: StudySettings) -> str:
    """What the study asks of whoever labels, ties included where they are allowed."""
    on_ties = "Where neither is better, answer 0 for a tie." if settings.allow_ties else ""
    return f"{settings.instructions}\n\n{on_ties}".strip()
