"""Everything that was said of a pair, in full: labels, verdicts, reasons, tags, notes."""

from collections.abc import Iterator, Sequence
from typing import Final

from annotation.study import PairView, Study
from annotation.views import Judging, read_judgings, read_pair
from profile_engine.preferences import Preference
from tui.sides import SIDES, Glyph
from tui.widgets.text_page import TextPage

_NOTHING: Final = "(nobody has said anything of this pair)"


def said_page(study: Study, pair_id: int) -> TextPage:
    """A page with all of it; blocks while it is read."""
    with study.reading() as connection:
        view, judgings = read_pair(connection, pair_id), read_judgings(connection, pair_id)
    text = "\n\n".join(_paragraphs(view, judgings))
    return TextPage(f"What was said of pair {pair_id}", text, _NOTHING)


def _paragraphs(view: PairView, judgings: Sequence[Judging]) -> Iterator[str]:
    if view.labels:
        yield "\n".join(_labels(view))
    for verdict in view.verdicts:
        lines = [f"{Glyph.MODEL} {verdict.agent} ({verdict.kind}): {_side(verdict.choice)}"]
        lines += [f"  {_one_line(text)}" for text in (verdict.justification, verdict.raw) if text]
        lines += [f"  {line}" for one in judgings if one.agent == verdict.agent for line in _judging(one)]
        yield "\n".join(lines)
    if view.remarks.tags:
        yield "Tags: " + ", ".join(view.remarks.tags)
    if view.remarks.note:
        yield f"{Glyph.NOTE} {view.remarks.note}"


def _labels(view: PairView) -> Iterator[str]:
    said = [label.choice for label in view.labels if label.choice is not None]
    if said:
        majority = "no majority" if view.human is None else _side(view.human)
        yield f"{Glyph.PEOPLE} people: {majority}, of {len(said)}"
    for label in view.labels:
        made = Glyph.MADE if label.simulated else ""
        sure = ", surely" if label.sure else ""
        flagged = f" {Glyph.FLAG} flagged" if label.flagged else ""
        yield f"  {made}{label.annotator}: {_side(label.choice)}{sure}{flagged}"
        if label.note:
            yield f"    {Glyph.NOTE} {_one_line(label.note)}"


def _judging(judging: Judging) -> Iterator[str]:
    condition = f" ({judging.condition})" if judging.condition else ""
    first = SIDES[judging.shown_first].letter
    yield f"shown {first} first{condition}: {_side(judging.choice)}"
    if text := judging.justification or judging.reason:
        yield f"  {_one_line(text)}"


def _side(choice: Preference | None) -> str:
    return "no choice" if choice is None else SIDES[choice].lettered


def _one_line(text: str) -> str:
    return " ".join(text.split())
