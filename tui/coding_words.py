"""What the Coding screen says: how far, what was stored, what to do when all is done."""

from collections.abc import Iterable

from textual.content import Content

from annotation.validation.coding import CodingInfo, TextStanding
from annotation.validation.mentions import MentionEntry, MentionKind
from profile_engine.taxonomy import Factor
from tui.coding_texts import CodingTexts
from tui.outside import OutsideText
from tui.sides import Glyph
from tui.wording import factor_titles, remarked


def coding_line(info: CodingInfo) -> Content:
    """A set of texts in a list of several."""
    name = OutsideText(info.name).line(40).stylize("bold")
    return Content.assemble(name, f"  {info.texts:,} texts")


def remarks(standing: TextStanding) -> tuple[str, ...]:
    """Flag and note of a text, each with a glyph and a word."""
    said = ((standing.flagged, f"{Glyph.FLAG} flagged"), (bool(standing.note), f"{Glyph.NOTE} note"))
    return tuple(words for there, words in said if there)


def stored(entry: MentionEntry, number: int, factors: Iterable[Factor]) -> Content:
    """What the log took."""
    if entry.kind is MentionKind.MENTIONS and entry.factors is not None:
        titles = factor_titles(factors)
        named = ", ".join(title for name, title in titles.items() if name in entry.factors)
        return Content(f"saved: text {number:,} mentions {named or 'none of the factors'}")
    return Content(f"saved: text {number:,} {_state(entry)}")


def taken_back(entry: MentionEntry, number: int) -> Content:
    """How a text stands after an undo."""
    return Content(f"taken back: text {number:,} is {_state(entry)}")


def _state(entry: MentionEntry) -> str:
    answered = "open again" if entry.factors is None else "coded as before"
    return remarked(entry.kind, entry.set, entry.note) or answered


def all_coded(texts: CodingTexts, factors: Iterable[Factor]) -> Content:
    """What came out, and how to go on."""
    titles = factor_titles(factors)
    width = max(map(len, titles.values()), default=0)
    lines = [
        Content.styled("All done", "bold $success"),
        Content(f"{texts.done:,} of {texts.total:,} texts coded"),
        Content(""),
        *(Content(f"{titles[name]:<{width}} {count:>5,}") for name, count in texts.counts().items() if count),
        Content(""),
        Content("u takes the last answer back and returns to it · escape goes back"),
        Content("profile-tui validate coded STUDY prints the results"),
    ]
    return Content("\n").join(lines)
