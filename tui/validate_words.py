"""What the Validate screen says: the value, how far and how right, what was stored."""

from types import MappingProxyType
from typing import Final

from textual.content import Content

from annotation.validation.design import Level
from annotation.validation.desk import ItemStanding
from annotation.validation.facts import FactMarks, revalue
from annotation.validation.items import ItemValue
from annotation.validation.judgements import JudgementEntry, JudgementKind, Ruling
from annotation.validation.report import Accuracy
from profile_engine.taxonomy import Factor
from tui.outside import OutsideText, safe
from tui.sides import Glyph
from tui.validating import OwnWork, Validating
from tui.wording import remarked

HIDDEN: Final = "─────"
"""Stands for a value that is not shown yet."""

QUESTIONS: Final = MappingProxyType(
    {
        "supported": "supported by the source?",
        "on_focus": "on the main focus?",
        "helpful": "helpful?",
        "misleading": "misleading?",
        "covered": "in the response?",
    }
)
"""What was asked of each fact."""


def question_of(item: ItemValue) -> str:
    """What was asked of the facts, for people; empty where nothing was."""
    asked = item.listed.question
    return "" if asked is None else QUESTIONS.get(asked, f"{factor_title(item.factor)}?")


def factor_title(factor: Factor) -> str:
    """A factor's title on one line, safe to show."""
    return " ".join(safe(factor.title).split())


def definition(factor: Factor) -> Content:
    """What the factor means."""
    return OutsideText(" ".join(factor.definition.split())).content()


def extractor(item: ItemValue) -> str:
    """Who says so: a model, else how the value was found."""
    return " ".join(safe(item.extracted.model or item.extracted.method).split())


def value_words(item: ItemValue) -> str:
    """The value as extracted; of a list with how many facts it has."""
    label = " ".join(safe(item.extracted_label).split())
    if item.fact is not None:
        return f"fact {item.fact + 1} {question_of(item)} {label}"
    if item.listed.facts:
        facts = len(item.listed.facts)
        return f"{label}, from {facts} {'fact' if facts == 1 else 'facts'}"
    return label


def corrected_words(item: ItemValue, marks: FactMarks) -> str:
    """The value that follows from the marks; empty where it is as extracted."""
    if item.fact is not None or not marks.changes(item.listed):
        return ""
    value = revalue(item.listed, (marks,))
    return "no facts are left" if value is None else f"{value:.3g}"


def validation_line(own: OwnWork) -> Content:
    """A validation in a list of several, and how far its validator is."""
    design, progress = own.info.design, own.progress
    things = "facts" if design.level is Level.FACT else "responses"
    told = f"{progress.done:,} of {progress.of:,} {things} judged"
    how = [told if progress.of else f"{things} all judged by others"]
    how += [f"by {design.stratify}"] if design.stratify else []
    how += ["blind first"] if design.blind_first else []
    how += [f"{design.validators} validators"] if design.validators > 1 else []
    name = Content.styled(factor_title(own.factor), "bold").truncate(28, ellipsis=True)
    return Content.assemble(name, f"  {', '.join(how)}")


def figures(work: Validating, width: int) -> Content:
    """How right the values are so far, by whom, with the interval; of verdicts too where there is room."""
    told = [one for one in work.accuracy if one.n]
    if not told:
        return Content("nothing judged yet")
    first = _figures(told[0], _by(work))
    line = Content(" │ ").join([first, *(Content(f"verdicts {_share(one)}") for one in told[1:])])
    return line if line.cell_length <= width else first.truncate(width, ellipsis=True)


def _by(work: Validating) -> str:
    return "by all" if work.kind is JudgementKind.ADJUDICATION else "by you"


def _figures(accuracy: Accuracy, by: str) -> Content:
    right = f"{accuracy.correct:,} of {accuracy.n - accuracy.cannot_tell:,} right"
    parts = [f"{by}: {right}", _share(accuracy)]
    if accuracy.needed_for_5_points is not None:
        more = accuracy.needed_for_5_points
        parts.append(f"±5 needs {more:,} more" if more else "±5 reached")
    return Content(" · ").join(map(Content, filter(None, parts)))


def _share(accuracy: Accuracy) -> str:
    share = accuracy.accuracy
    if share.value is None or share.interval is None:
        return ""
    return f"{share.value * 100:.1f} % [{share.interval.low * 100:.1f}, {share.interval.high * 100:.1f}]"


def remarks(standing: ItemStanding) -> tuple[str, ...]:
    """Flag, note and reason of an item, each with a glyph and a word."""
    said = (
        (standing.flagged, f"{Glyph.FLAG} flagged"),
        (bool(standing.note), f"{Glyph.NOTE} note"),
        (bool(standing.reason), "e reason"),
    )
    return tuple(words for there, words in said if there)


def right_words(entry: JudgementEntry) -> str:
    """What is right by an entry."""
    if entry.verdict is Ruling.CANNOT_TELL:
        return "cannot tell"
    right = entry.label or (f"{entry.value:.3g}" if entry.value is not None else "no facts are left")
    return " ".join(safe(right).split())


def ruled(entry: JudgementEntry) -> str:
    """What an entry says of the extraction and is right, in words."""
    right = right_words(entry)
    if entry.verdict is None:
        return "open again"
    if entry.kind is JudgementKind.BLIND or entry.verdict is Ruling.CANNOT_TELL:
        return right
    return f"correct: {right}" if entry.verdict is Ruling.CORRECT else f"wrong → {right}"


def told(entry: JudgementEntry) -> str:
    """What an entry did to its item."""
    if entry.kind is JudgementKind.REASON:
        return f"reason: {safe(entry.reason or 'none')}"
    if entry.kind is JudgementKind.BLIND and entry.verdict is not None:
        return f"your own answer {ruled(entry)}"
    return remarked(entry.kind, entry.set, entry.note) or ruled(entry)


def stored(entry: JudgementEntry, number: int) -> Content:
    """What the log took."""
    return Content(f"saved: item {number:,} {' '.join(told(entry).split())}")


def taken_back(entry: JudgementEntry, number: int) -> Content:
    """How an item stands after an undo."""
    again = "is " if entry.kind in (JudgementKind.SKIP, JudgementKind.FLAG) else ""
    return Content(f"taken back: item {number:,} {again}{' '.join(told(entry).split())}")


def all_done(work: Validating, following: OwnWork | None) -> Content:
    """What was done, and how to go on: to the validation that follows, if any has open items."""
    progress, adjudicating = work.progress, work.kind is JudgementKind.ADJUDICATION
    if adjudicating:
        what = "disputed items settled"
        leave = Content("a or escape goes back to your own items · o opens another validation")
    else:
        what = "items judged"
        leave = Content("a settles disputes · o opens another validation · escape goes back")
    if not progress.of:
        nothing = _no_disputes(work) if adjudicating else "No item of this draw is yours."
        return Content("\n").join([Content(nothing), Content(""), *_go_on(following), leave])
    lines = [
        Content.styled("All done", "bold $success"),
        Content(""),
        Content(f"{progress.done:,} of {progress.of:,} {what}"),
        *(
            _figures(one, f"verdicts {_by(work)}" if one.level is Level.FACT else _by(work))
            for one in work.accuracy
            if one.n
        ),
        Content(""),
        *_go_on(following),
        Content("u takes the last answer back and returns to it"),
        leave,
        Content("profile-tui validate report STUDY prints what everybody's answers come to"),
    ]
    return Content("\n").join(lines)


def _no_disputes(work: Validating) -> str:
    if work.info.design.validators == 1:
        return "No disputes: each item of this validation is for one person to judge."
    return "No disputes so far: no item has two judgements that differ."


def _go_on(following: OwnWork | None) -> list[Content]:
    if following is None:
        return []
    what = f"goes on to {factor_title(following.factor)}, {following.open:,} open"
    return [Content.assemble(("enter", "bold $primary"), f" {what}")]
