"""What the Validate screen offers to press, and who says what, at each step of an item."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from textual.content import Content

from annotation.validation.desk import ItemStanding
from annotation.validation.facts import FactMarks
from annotation.validation.items import ItemValue
from annotation.validation.judgements import JudgementEntry, Ruling
from tui.outside import OutsideText, safe
from tui.sides import Glyph
from tui.validate_words import HIDDEN, corrected_words, extractor, right_words, ruled, value_words
from tui.widgets.verdict_bar import Offer

_CANNOT_TELL: Final = "cannot tell"
_NAME_WIDTH: Final = 8
"""Two people's names and three classes fit into the narrowest terminal."""
_REASON: Final = Offer("e", "reason")
_VERDICTS: Final = (
    Offer("space", "turn"),
    Offer("1", "yes"),
    Offer("2", "no"),
    Offer("0", "unsure"),
)
_FAULTS: Final = (
    Offer("p", "split"),
    Offer("g", "merged"),
    Offer("r", "not there"),
    Offer("m", "missing"),
)


@dataclass(frozen=True, slots=True)
class Offered:
    """Two lines of the verdict bar."""

    answers: tuple[Offer, ...]
    lead: str
    rights: tuple[Offer, ...]


def claim(
    item: ItemValue,
    standing: ItemStanding,
    marks: FactMarks,
    others: Sequence[JudgementEntry],
    *,
    shown: bool,
) -> Content:
    """Who says what: the extraction, the person before they saw it, validators who differ."""
    made = item.extracted.method == "hand-written"
    who = f"{Glyph.MADE if made else Glyph.MODEL} {extractor(item)} says"
    hue = "$simulated" if made else "$model"
    if not shown:
        return Content.assemble((who, hue), f"  {HIDDEN}  ", ("first your own answer", "$quiet"))
    said = Content.assemble((who, hue), "  ", (value_words(item), "bold"))
    if right := corrected_words(item, marks):
        said = Content.assemble(said, (f"  you: {right}", "bold $warning"))
    elif standing.blind is not None and standing.blind.verdict is not None:
        said = Content.assemble(said, (f"  you said {ruled(standing.blind)}", "$people"))
    if others and standing.adjudication is not None:
        return Content.assemble(said, (f"  settled {ruled(standing.adjudication)}", "$people"))
    if others and not item.choices:  # else their names stand beside what they chose
        told = (f"{_name(one)} {ruled(one)}" for one in others)
        return Content.assemble(said, (f"  {Glyph.PEOPLE} " + " · ".join(told), "$people"))
    if standing.judgement is not None:
        agreed = standing.judgement.verdict is Ruling.CORRECT
        own = "right" if agreed else right_words(standing.judgement)
        return Content.assemble(said, (f"  you: {own}", "$people"))
    return said


def offers(
    item: ItemValue,
    standing: ItemStanding,
    others: Sequence[JudgementEntry],
    *,
    shown: bool,
    wrong: bool,
    erred: bool,
) -> Offered:
    """What can be pressed now; beside each class who of those that differ says so.

    Args:
        item: what is judged.
        standing: what was said of it.
        others: validators who differ.
        shown: whether the extracted value is.
        wrong: whether the right value is to come next.
        erred: whether the extraction was said to be wrong, so that there is a reason to give.
    """
    unable = [one for one in others if one.verdict is Ruling.CANNOT_TELL]
    unsure = Offer("question_mark", _CANNOT_TELL + _named(unable), "?")
    keep = (Offer("enter", "keep yours"),) if shown and standing.blind is not None else ()
    reason = (_REASON,) if erred else ()
    if item.fact is None and item.listed.facts:
        rest = "accept the rest" if shown else "done"
        verdicts = _VERDICTS if item.listed.question is not None else ()
        return Offered((Offer("y", rest), *keep, unsure, *reason), "", (*verdicts, *_FAULTS))
    rights = tuple(
        Offer(f"{place}", " ".join(safe(label).split()) + _named(one for one in others if one.label == label))
        for place, label in enumerate(item.choices, start=1)
    )
    if not shown:
        return Offered((unsure,), "your answer" if rights else "x asks for your number", rights)
    answers = (Offer("y", "right"), Offer("x", "wrong"), *keep, unsure, *reason)
    if not rights:
        return Offered(answers, "x asks for the right number", ())
    asked = "which one?" if others else "which is right?"
    return Offered(answers, asked if wrong else "x wrong →", rights)


def _named(entries: Iterable[JudgementEntry]) -> str:
    names = [_name(one) for one in entries]
    return f" ({', '.join(names)})" if names else ""


def _name(entry: JudgementEntry) -> str:
    return OutsideText(" ".join(entry.validator.split())).line(_NAME_WIDTH).plain
