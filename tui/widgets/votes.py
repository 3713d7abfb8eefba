"""Who preferred what: the people together, each person, each model."""

from collections.abc import Iterable, Iterator
from typing import Final

from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from annotation.study import PairView, StandingLabel, Verdict
from annotation.tags import PairRemarks
from profile_engine.preferences import Agent, Preference
from tui.agents import Roster
from tui.outside import OutsideText
from tui.sides import SIDES, Glyph
from tui.wording import NOBODY, agent_glyph, distinct_name

_NAME: Final = 18
_REASON: Final = 40
_GAP: Final = "   "


class Votes(Widget):
    """One entry a voice, as many to a line as fit; what does not fit is counted."""

    DEFAULT_CSS = (
        "Votes { height: auto; max-height: 4; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }"
    )

    view: reactive[PairView | None] = reactive(None)
    roster: reactive[Roster] = reactive(NOBODY)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's
        """As many lines as the entries take."""
        return max(len(self._lines(width)), 1)

    def watch_view(self) -> None:
        """Take another height only where it differs."""
        if len(self._lines(self.size.width)) != self.size.height:
            self.refresh(layout=True)

    def render(self) -> Content:
        """The lines there is room for."""
        lines = self._lines(self.size.width)
        room = max(self.size.height, 1)
        shown = lines[:room]
        left_out = sum(len(line) for line in lines[room:])
        drawn = [Content(_GAP).join(line) for line in shown]
        if left_out:
            more = f" … {left_out} more"
            kept = drawn[-1].truncate(max(self.size.width - len(more), 1), ellipsis=True)
            drawn[-1] = Content.assemble(kept, (more, "$quiet"))
        return Content("\n").join(drawn)

    def _lines(self, width: int) -> list[list[Content]]:
        lines: list[list[Content]] = [[]]
        room = width
        for entry in [] if self.view is None else _entries(self.view, self.roster):
            need = entry.cell_length + (len(_GAP) if lines[-1] else 0)
            if need > room and lines[-1]:
                lines.append([])
                room, need = width, entry.cell_length
            lines[-1].append(entry)
            room -= need
        return lines


def _entries(view: PairView, roster: Roster) -> Iterator[Content]:
    yield _people(view)
    yield from _kept(view.remarks)
    for label in view.labels:
        yield _person(label)
    for verdict in view.verdicts:
        yield _model(verdict, roster)


def _kept(remarks: PairRemarks) -> Iterator[Content]:
    """What the researcher keeps of the pair."""
    for tag in remarks.tags:
        yield Content.assemble("#", OutsideText(tag).line(_NAME)).stylize("$text-accent")
    if remarks.note:
        yield Content.assemble((f"{Glyph.NOTE} ", "$text-accent"), OutsideText(remarks.note).line(_REASON))


def _people(view: PairView) -> Content:
    said = [label.choice for label in view.labels if label.choice is not None]
    if not said:
        return Content.assemble((f"{Glyph.PEOPLE} people ", "$people"), ("no label yet", "$quiet"))
    if view.human is None:
        return Content.assemble((f"{Glyph.PEOPLE} people ", "$people"), f"no majority of {len(said)}")
    votes = f" {said.count(view.human)} of {len(said)}"
    return Content.assemble((f"{Glyph.PEOPLE} people ", "bold $people"), _side(view.human), (votes, "$quiet"))


def _person(label: StandingLabel) -> Content:
    made = Glyph.MADE if label.simulated else ""
    parts: list[Content | tuple[str, str]] = [
        (f"{made}{Glyph.PEOPLE} ", "$people"),
        _name(label.annotator),
        (" ", ""),
    ]
    if label.choice is not None:
        parts.append(_side(label.choice))
    parts += [(word, "$quiet") for word in _remarks(label)]
    return Content.assemble(*parts)


def _remarks(label: StandingLabel) -> Iterable[str]:
    if label.sure:
        yield " sure"
    if label.flagged:
        yield f" {Glyph.FLAG} flagged"
    if label.note:
        yield f" {Glyph.NOTE} {OutsideText(label.note).line(_REASON)}"


def _model(verdict: Verdict, roster: Roster) -> Content:
    agent = Agent(verdict.agent, verdict.kind)
    said = Content.styled("no preference", "$quiet") if verdict.choice is None else _side(verdict.choice)
    glyph, name = agent_glyph(agent, roster), distinct_name(agent, roster, _NAME)
    why = OutsideText(" ".join((verdict.justification or "").split())).line(_REASON)
    reason = Content.assemble(" “", why, "”").stylize("$quiet") if why.plain else Content()
    return Content.assemble((f"{glyph} ", "$model"), name, " ", said, reason)


def _name(name: str) -> Content:
    return OutsideText(name).line(_NAME)


def _side(choice: Preference) -> Content:
    side = SIDES[choice]
    return Content.styled(side.lettered, side.style)
