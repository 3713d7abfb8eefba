"""What the Adjudication screen says: what people said, what was stored, what to do when all is settled."""

from collections.abc import Iterable
from typing import Final

from textual.content import Content

from annotation.results.adjudication import Said
from annotation.results.desk import AdjudicationDesk, AdjudicationEntry, Step
from profile_engine.preferences import Preference
from tui.outside import OutsideText
from tui.sides import SIDES, Glyph
from tui.wording import remarked, safe_name

HIDDEN: Final = (
    "What people said stays hidden until you have chosen, so that it does not lead you; v shows it"
)
_NAME: Final = 16


def people_said(said: Iterable[Said], first: Preference) -> Content:
    """Who said what, by the sides as they are shown."""
    return Content(" · ").join(
        Content.assemble(
            OutsideText(safe_name(one.annotator)).line(_NAME), " ", _side(Preference(one.choice * first))
        )
        for one in said
    )


def remarks(note: str, *, marked: bool) -> Content:
    """Whether there is a note, and whether differences are marked."""
    said = (marked, "differences on"), (bool(note), f"{Glyph.NOTE} note")
    return Content.styled("  ".join(words for there, words in said if there), "$warning")


def stored(entry: AdjudicationEntry, number: int, first: Preference) -> Content:
    """What the log took, and now what people had said."""
    if entry.step is Step.CHOICE and entry.choice is not None:
        side = SIDES[Preference(entry.choice * first)]
        words = "tie" if entry.choice is Preference.TIE else f"{side.number} better"
        chosen = Content.styled(f"{side.arrow} {words}", f"bold {side.style}")
        return Content.assemble(f"saved: {number:,} ", chosen, " · they: ", people_said(entry.said, first))
    return Content(
        f"{number:,} is skipped" if entry.step is Step.SKIP else f"saved: {number:,} {_state(entry)}"
    )


def taken_back(entry: AdjudicationEntry, number: int | None) -> Content:
    """How a pair stands after an undo."""
    pair = f"{number:,}" if number is not None else f"pair {entry.pair_id:,}, which has a majority by now,"
    return Content(f"taken back: {pair} is {_state(entry)}")


def _state(entry: AdjudicationEntry) -> str:
    return remarked(entry.step, not entry.undone, entry.note) or "open again"


def _side(shown: Preference) -> Content:
    side = SIDES[shown]
    words = side.arrow if shown is Preference.TIE else f"{side.arrow} {side.number}"
    return Content.styled(words, f"bold {side.style}")


def all_settled(desk: AdjudicationDesk, said: Content) -> Content:
    """How many are settled, what is left alone, and how to go on."""
    if not desk.total and not desk.waiting:
        head = [Content.styled("No pair is without a majority", "bold $success")]
    else:
        head = [
            Content.styled("Nothing left to settle", "bold $success"),
            Content(f"{desk.done:,} of {desk.total:,} pairs without a majority are settled"),
        ]
    if desk.waiting:
        due = "pairs have no majority yet; their plan still wants labels that may bring one · w takes them up"
        head.append(Content(f"{desk.waiting:,} more {due}"))
    lines = [
        *head,
        Content(""),
        *([said, Content("")] if said.plain else []),
        Content("u takes the last choice back and returns to it · escape goes back"),
        Content("profile-tui study report STUDY shows what was settled beside the majority"),
    ]
    return Content("\n").join(lines)


def read_only(location: str) -> Content:
    """Why nothing can be settled."""
    return Content.assemble(
        ("This study is read-only: nothing can be settled in it.", "bold"),
        "\n",
        OutsideText(location).line(60),
        "\n\nescape goes back",
    )
