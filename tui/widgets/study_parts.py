"""The parts of the Study screen: what is in, what is done, the factor values, what to do next."""

from collections.abc import Sequence
from typing import Final

from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from annotation.people.crew import Place
from annotation.study import AgentCount, FactorCount, LabelCount, StudySummary
from annotation.wording import counted
from profile_engine.preferences import Agent
from profile_engine.taxonomy import Factor
from tui.agents import Roster
from tui.factor_rows import HAND_WRITTEN
from tui.next_step import next_step
from tui.outside import OutsideText
from tui.sides import Glyph
from tui.widgets.bars import share_bar
from tui.wording import PEOPLE, agent_glyph, distinct_name, factor_titles, safe_name

_TOLD: Final = frozenset(Place) - {Place.ANNOTATOR, Place.SIMULATED}
"""Places that are said beside a name."""

_NAME: Final = 20
_MODEL_NAME: Final = 30
_METHOD: Final = 10
_COLUMNS: Final = {"values": 10, "unavailable": 12, "failed": 9, "not yet": 9}
_SHORTEST_BAR: Final = 8
_LONGEST_BAR: Final = 30


class StudyPart(Widget):
    """A frame that draws the study's counts."""

    DEFAULT_CSS = """
    StudyPart {
        height: auto;
        text-wrap: nowrap;
        text-overflow: ellipsis;
    }
    """

    summary: reactive[StudySummary | None] = reactive(None, layout=True)

    def __init__(self, title: str, factors: Sequence[Factor] = (), *, id: str | None = None) -> None:
        super().__init__(id=id, classes="frame")
        self.border_title = title
        self._factors = factors

    def render(self) -> Content:
        """The counts, once they are there."""
        if self.summary is None:
            return Content.styled("counting …", "$quiet")
        return Content("\n").join(self.lines(self.summary))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """A line each; the width decides nothing."""
        return len(self.lines(self.summary)) if self.summary is not None else 1

    def lines(self, summary: StudySummary) -> list[Content]:
        """What to draw."""
        raise NotImplementedError


class Holdings(StudyPart):
    """What is in the study."""

    def lines(self, summary: StudySummary) -> list[Content]:
        """Counts of texts, then the agents."""
        width = self.content_size.width
        empty = f" ({summary.empty_responses:,} distinct empty)" if summary.empty_responses else ""
        rows = (
            ("sources", summary.sources),
            ("responses" + empty, summary.responses),
            ("pairs", summary.pairs),
        )
        lines = [_row(Content.styled(what, "$quiet"), f"{count:,}", width) for what, count in rows]
        models = [agent for agent in summary.agents if agent.kind not in PEOPLE]
        if not models:
            lines.append(Content.styled("no models: imports bring them", "$quiet"))
        roster = Roster.of(summary)
        return lines + [_row(_model(agent, roster), _spoken(agent), width) for agent in models]


class WorkDone(StudyPart):
    """What people have done."""

    def lines(self, summary: StudySummary) -> list[Content]:
        """The labelled pairs as a bar, then the annotators."""
        width = self.content_size.width
        share = f"{summary.labelled_pairs:,} of {summary.work_pairs:,}"
        lines = [
            _row(Content.styled("labelled pairs", "$quiet"), share, width),
            share_bar(summary.labelled_pairs, summary.work_pairs, width, "$people"),
        ]
        if not summary.annotators:
            lines.append(Content.styled("nobody has labelled: l begins", "$quiet"))
        places = summary.crew.places
        return lines + [
            _row(_person(person, places.get(person.annotator)), f"{person.labels:,}", width)
            for person in summary.annotators
        ]


class PlanAndPeople(StudyPart):
    """The plan where one stands, and who there is; `w` shows each."""

    def lines(self, summary: StudySummary) -> list[Content]:
        """A line each."""
        rows = [("people  ", summary.crew.in_words() if len(summary.crew) else "nobody yet")]
        if (plan := summary.plan) is not None:
            words = (
                f"{counted(plan.pairs, 'pair')} × {counted(plan.labels_a_pair, 'label')}: {plan.given:,} of "
                f"{plan.labels:,} given · {plan.at_work:,} at work"
            )
            rows.insert(0, ("plan    ", words))
        hints = ["  w shows who", ""]
        return [
            Content.assemble((what, "$quiet"), words, (hint, "$quiet"))
            for (what, words), hint in zip(rows, hints, strict=False)
        ]


class FactorValues(StudyPart):
    """How many responses have a value of each factor."""

    def lines(self, summary: StudySummary) -> list[Content]:
        """One line a factor."""
        counts = {count.factor: count for count in summary.factors}
        titles = factor_titles(self._factors)
        room = self.content_size.width - _NAME - _METHOD - sum(_COLUMNS.values()) - 2
        bar = min(room, _LONGEST_BAR) if room >= _SHORTEST_BAR else 0
        heads = f"{'':{_NAME}}{'method':{_METHOD}}" + "".join(
            head.rjust(width) for head, width in _COLUMNS.items()
        )
        return [Content.styled(heads, "$quiet")] + [
            _factor_line(titles[factor.name], factor, counts.get(factor.name), summary.responses, bar)
            for factor in self._factors
        ]


class NextThing(StudyPart):
    """What to do next, with its key or command."""

    def lines(self, summary: StudySummary) -> list[Content]:
        """One step."""
        step = next_step(summary, self._factors)
        label = "next  " if self.screen.has_class("-short") else ""
        return [
            Content.assemble(
                (label, "$quiet"), OutsideText(step.how).line().stylize("bold $primary"), f"  {step.what}"
            )
        ]


def _row(what: Content, value: str, width: int) -> Content:
    """Something on the left, its number on the right."""
    left = what.truncate(max(width - len(value) - 1, 1), ellipsis=True)
    return Content.assemble(left, " " * (width - left.cell_length - len(value)), value)


def _model(count: AgentCount, roster: Roster) -> Content:
    agent = Agent(count.agent, count.kind)
    return Content.assemble(
        (f"{agent_glyph(agent, roster)} ", "$model"), distinct_name(agent, roster, _MODEL_NAME)
    )


def _spoken(agent: AgentCount) -> str:
    if agent.preferences or agent.no_preference:
        none = f", {agent.no_preference:,} none" if agent.no_preference else ""
        return f"{agent.preferences:,} verdicts{none}"
    return f"{agent.responses:,} responses"


def _person(person: LabelCount, place: Place | None) -> Content:
    made = Glyph.MADE if person.simulated else ""
    name = OutsideText(safe_name(person.annotator)).line(30)
    told = f" {place}" if place in _TOLD else ""
    return Content.assemble((f"{made}{Glyph.PEOPLE} ", "$people"), name, (told, "$quiet"))


def _factor_line(title: str, factor: Factor, count: FactorCount | None, responses: int, bar: int) -> Content:
    count = count or FactorCount(factor.name, 0, 0)
    numbers = (count.values, count.unavailable, count.failed, responses - count.settled)
    name = Content(title).truncate(_NAME - 1, ellipsis=True)
    return Content.assemble(
        name,
        " " * (_NAME - name.cell_length),
        (_method(factor, count).ljust(_METHOD), "$quiet"),
        *map(_cell, numbers, _COLUMNS.values()),
        Content("  ") + share_bar(count.values, responses, bar) if bar else "",
    )


def _method(factor: Factor, count: FactorCount) -> str:
    """How values come about: by hand where they do, else as the factor is defined."""
    return f"{Glyph.MADE} by hand" if count.method == HAND_WRITTEN else factor.method.value


def _cell(number: int, width: int) -> tuple[str, str]:
    return (f"{number:,}".rjust(width), "" if number else "$quiet")
