"""What the People screen says: each person in a row, one of them in full, how far the plan is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from textual.content import Content

from annotation.people.crew import Place
from annotation.people.progress import Figures, PlanProgress, Whereabouts, last_seen
from annotation.people.quality import AnnotatorQuality, Presence
from annotation.planning.cost import TimeBasis
from annotation.wording import counted
from profile_engine.rates import Rate
from tui.outside import OutsideText
from tui.sides import Glyph
from tui.widgets.bars import share_bar
from tui.wording import safe_name

HEADS: Final = ("annotator", "labels", "holds", "seen", "seconds", "gold", "others", "flags", "answers")
"""Of the table: labels done of those assigned, pairs held, when last seen, median seconds a label, known
answers found, labels that are what most of the others say, flagged pairs, whether the answers count."""

NOBODY: Final = (
    "Nobody has come yet.\n\n"
    "profile-tui study annotators add STUDY NAME  makes an annotator with a code\n"
    "profile-tui label STUDY --annotator NAME     labels in a terminal\n"
    "profile-tui serve STUDY                      labels in a browser"
)
_NAME: Final = 14
_NOT_YET: Final = "not yet"
_NONE: Final = "none"
_STEPS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
_NOW: Final = 10
_STATES: Final = {
    Presence.LEFT_OUT: "left out",
    Presence.WITHDRAWN: "withdrew",
    Presence.ERASED: "erased",
}
_BASIS: Final = {
    TimeBasis.MEASURED: "measured",
    TimeBasis.STATED: "as the plan states",
    TimeBasis.ASSUMED: "assumed",
}


@dataclass(frozen=True, slots=True)
class People:
    """What the screen shows of one moment."""

    figures: Figures
    whereabouts: Mapping[str, Whereabouts]
    now: datetime


def person_row(one: AnnotatorQuality, people: People) -> tuple[str, ...]:
    """One person, a cell for each of `HEADS`."""
    there = people.whereabouts.get(one.annotator)
    held = there.held if there is not None else 0
    made = Glyph.MADE if one.simulated else ""
    name = OutsideText(safe_name(one.annotator)).line(_NAME).plain
    return (
        f"{made}{Glyph.PEOPLE} {name}",
        f"{one.labels:,}/{_assigned(one, held, people.figures):,}",
        f"{held:,}",
        ago(last_seen(one.annotator, people.figures, people.whereabouts), people.now),
        _NOT_YET if one.seconds is None else f"{one.seconds:.1f}",
        _percent(one.gold) if _has_gold(one, people.figures) else _NONE,
        _percent(one.agreement),
        f"{one.flags:,}",
        _state(one, people.figures),
    )


def _assigned(one: AnnotatorQuality, held: int, figures: Figures) -> int:
    """Labels given and pairs held; without a plan everybody has all pairs."""
    return figures.pairs if figures.plan is None else one.labels + held


def _has_gold(one: AnnotatorQuality, figures: Figures) -> bool:
    return one.gold.of > 0 or (figures.plan is not None and figures.plan.golds > 0)


def _state(one: AnnotatorQuality, figures: Figures) -> str:
    if one.presence in _STATES:
        return _STATES[one.presence]
    place = figures.crew.places.get(one.annotator)
    if place in (Place.NOT_BEGUN, Place.JUDGE, Place.IMPORTED):
        return place
    return "consented" if one.annotator in figures.consented else "count"


def ago(then: datetime | None, now: datetime) -> str:
    """How long ago something was, in its largest unit; `now` within ten seconds."""
    if then is None:
        return "never"
    seconds = int((now - then).total_seconds())
    if seconds < _NOW:
        return "now"
    return next(f"{seconds // size} {unit}" for size, unit in _STEPS if seconds >= size)


def in_full(one: AnnotatorQuality) -> Content:
    """What the row has no room for: sides, consistency, notes, and why somebody does not count."""
    name = OutsideText(safe_name(one.annotator)).line(30).stylize("bold")
    figures = (
        f"first side {_counted(one.sides)} · same again {_counted(one.consistency)} · "
        f"others {_counted(one.agreement)} · gold {_counted(one.gold)}"
    )
    lines = [
        Content.assemble(name, f"  {counted(one.notes, 'note')}, {counted(one.skips, 'skip')}"),
        Content(figures),
    ]
    if one.absence is not None:
        reason = OutsideText(one.absence.reason or "no reason given").line(200)
        state = f"{_STATES[one.presence]} since {one.absence.since[:16].replace('T', ' ')}: "
        lines.append(Content.assemble((state, "$warning"), reason))
    else:
        lines.append(Content.styled("answers count · o leaves them out of every result", "$quiet"))
    return Content("\n").join(lines)


def plan_lines(figures: Figures, width: int) -> Content:
    """Who there is, and how far the plan is: labels, pairs, hours."""
    people = Content.assemble(("people  ", "$quiet"), figures.crew.in_words() if figures.people else "nobody")
    if figures.plan is None:
        none = "no plan: everybody labels every pair · profile-tui study plan STUDY makes one"
        return Content("\n").join((people, Content(none)))
    plan, bar = figures.plan, max(8, min(30, width - 34))
    done = plan.done
    undecided = f"{done.undecided:,} without a majority" + (" (d)" if done.undecided else "")
    spared = f" · {done.saved:,} spared" if done.saved else ""
    lines = (
        Content.assemble(
            ("labels  ", "$quiet"),
            f"{done.labels:,} of {plan.labels:,}{spared} ",
            share_bar(done.labels + done.saved, plan.labels, bar, "$people"),
        ),
        Content.assemble(
            ("pairs   ", "$quiet"),
            f"{done.items:,} of {plan.items:,} complete · {plan.decided:,} decided · {undecided}",
        ),
        Content.assemble(("left    ", "$quiet"), _left(plan)),
        people,
    )
    return Content("\n").join(lines)


def _left(plan: PlanProgress) -> str:
    wanted = max(0, plan.labels - plan.done.labels - plan.done.saved)
    if not wanted:
        return "nothing: the plan is complete"
    basis = _BASIS[plan.time.basis]
    return (
        f"about {hours(plan.hours)} for {counted(wanted, 'label')} at {plan.time.seconds:.1f} s each, {basis}"
    )


def hours(value: float) -> str:
    """Hours, or minutes below one."""
    if value >= 1:
        return f"{value:,.1f} hours"
    minutes = max(1, round(value * 60))
    return f"{minutes} minutes" if minutes > 1 else "a minute"


def _percent(rate: Rate) -> str:
    return _NOT_YET if rate.value is None else f"{rate.value:.0%}"


def _counted(rate: Rate) -> str:
    return _NOT_YET if rate.value is None else f"{rate.hits:,} of {rate.of:,}"
