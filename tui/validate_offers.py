"""What the Validate screen offers to press, and who says what, at each step of an item."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from textual.content import Content

from annotation.validation.desk import ItemStanding
from annotation.validation.facts import FactMarks
from annotation.validation.items import ItemValue
from annotation.validation.judgements import JudgementEntry
from tui.outside import safe
from tui.sides import Glyph
from tui.validate_words import HIDDEN, corrected_words, extractor, ruled, value_words
from tui.widgets.verdict_bar import Offer

_CANNOT_TELL: Final = Offer("question_mark", "cannot tell", "?")
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
    if others:
        told = (f"{' '.join(safe(one.validator).split())} {ruled(one)}" for one in others)
        return Content.assemble(said, (f"  {Glyph.PEOPLE} " + " · ".join(told), "$people"))
    if standing.judgement is not None:
        return Content.assemble(said, (f"  judged {ruled(standing.judgement)}", "$people"))
    return said


def offers(item: ItemValue, standing: ItemStanding, *, shown: bool, wrong: bool) -> Offered:
    """What can be pressed now."""
    keep = (Offer("enter", "keep yours"),) if shown and standing.blind is not None else ()
    if item.fact is None and item.listed.facts:
        rest = "accept the rest" if shown else "done"
        asked = _VERDICTS if item.listed.question is not None else ()
        return Offered((Offer("y", rest), *keep, _CANNOT_TELL, _REASON), "", (*asked, *_FAULTS))
    rights = tuple(
        Offer(f"{place}", " ".join(safe(label).split())) for place, label in enumerate(item.choices, start=1)
    )
    if not shown:
        return Offered((_CANNOT_TELL,), "your answer", rights)
    answers = (Offer("y", "right"), Offer("x", "wrong"), *keep, _CANNOT_TELL, _REASON)
    if not rights:
        return Offered(answers, "x asks for the right number", ())
    return Offered(answers, "which is right?" if wrong else "x wrong →", rights)
