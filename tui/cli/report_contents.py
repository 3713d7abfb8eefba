"""What a report on a study says: its sections, before anything is drawn."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from annotation.experiments.designs import GuidanceDesign
from annotation.experiments.guidance import RANDOM
from annotation.experiments.log import StoredExperiment, list_experiments
from annotation.profiles import StudyProfile, load_profile
from annotation.reporting.correlations import ValueCorrelations, correlate_values
from annotation.reporting.drawing import MOST_SERIES
from annotation.reporting.figures import Matrix, Points, ScoreBars, Series, Share, Shares
from annotation.staleness import Age, read_ages
from annotation.study import Study
from annotation.validation.choices import Values
from annotation.wording import counted
from profile_engine.accuracy import Interval
from profile_engine.preferences import Agent, AgentKind, Aggregation, short_names
from profile_engine.ranking import FactorRanking
from profile_engine.rates import Rate
from tui.agents import Roster
from tui.cli.align import aligned
from tui.cli.experiment_results import printed
from tui.cli.names import shortened
from tui.cli.output import Cell, Column, ResultTable
from tui.cli.rank import explained, ranked
from tui.cli.report_drafts import Draft, NamedTable, Part, file_names
from tui.cli.report_method import method_section
from tui.experiment_words import age_words
from tui.session import Comparison
from tui.wording import factor_titles

_NAME: Final = 30
"""Letters of an agent's name in a figure; tables have all of it."""
_MOST_AUTHORS: Final = 12
"""Authors whose factor values are correlated; data sets have up to a hundred."""


@dataclass(frozen=True, slots=True)
class Reported:
    """What is reported on.

    Attributes:
        rankings: the people together and models; those without a preference are left out.
        names: what each agent is called in figures; `~` before those that are simulated.
        name: makes names of files.
    """

    study: Study
    profile: StudyProfile
    aggregation: Aggregation
    values: Values
    rankings: tuple[FactorRanking, ...]
    names: dict[Agent, str]
    titles: dict[str, str]
    name: Callable[[str], str] = field(default_factory=file_names)

    @property
    def people(self) -> FactorRanking | None:
        """The ranking of the people together; None where nobody has labelled a pair."""
        return next((one for one in self.rankings if one.agent.kind is AgentKind.HUMAN), None)

    def comparisons(self) -> tuple[Comparison, ...]:
        """Every model against the people, where there are people."""
        from profile_engine.alignment import align, response_agreement

        people, live = self.people, self.profile.live
        if people is None:
            return ()
        chosen = live.preferences_of(people.agent)
        return tuple(
            Comparison(
                one.agent, align(people, one), response_agreement(chosen, live.preferences_of(one.agent))
            )
            for one in self.rankings
            if one is not people
        )


def read_reported(study: Study, aggregation: Aggregation | None, values: Values) -> Reported:
    """Read what is reported on, of one moment."""
    counted_by = aggregation or study.settings.aggregation
    profile = load_profile(study, counted_by, values)
    rankings = tuple(
        one
        for one in profile.live.snapshot.rankings.values()
        if one.pairs and one.agent.kind is not AgentKind.ANNOTATOR
    )
    roster = Roster.of(study.summary())
    whole = short_names(profile.live.snapshot.rankings)
    short = shortened(whole.values(), _NAME)
    names = {
        agent: ("~ " if roster.is_simulated(agent) else "") + short[name] for agent, name in whole.items()
    }
    return Reported(study, profile, counted_by, values, rankings, names, factor_titles(study.factors))


def sections(reported: Reported) -> Iterator[Draft]:
    """Every section that the study has something for, in their order."""
    study = reported.study
    people = reported.profile.live.snapshot.people
    yield method_section(study, people, reported.aggregation, reported.values, reported.titles, reported.name)
    if reported.rankings:
        yield _scores(reported)
    if reported.people is not None and len(reported.rankings) > 1:
        yield _alignment(reported)
    if reported.people is not None:
        yield _labels(reported)
    yield from _correlations(reported)
    yield from _validation(reported)
    yield from _experiments(reported)


def _scores(reported: Reported) -> Draft:
    parts: list[Part] = [*score_figures(reported), _score_table(reported)]
    result = ranked(reported.study, explained(reported.study, reported.rankings), reported.aggregation)
    for ranking, table in zip(reported.rankings, result.tables, strict=True):
        parts.append(NamedTable(reported.name(f"counts {reported.names[ranking.agent]}"), table))
    return Draft("scores", "Factor scores", tuple(parts))


def score_figures(reported: Reported) -> Iterator[ScoreBars]:
    """People beside a few models each, as many figures as it takes."""
    people = reported.people
    beside = [one for one in reported.rankings if one is not people]
    room = MOST_SERIES - (people is not None)
    groups = [beside[place : place + room] for place in range(0, len(beside), room)] or [[]]
    for number, group in enumerate(groups, start=1):
        shown = [*([] if people is None else [people]), *group]
        part = f" ({number} of {len(groups)})" if len(groups) > 1 else ""
        order = [entry.score.factor for entry in shown[0].factors]
        scored = [factor for factor in order if any(one.of(factor).score.score is not None for one in shown)]
        lacking = ", ".join(reported.titles[factor] for factor in order if factor not in scored)
        yield ScoreBars(
            reported.name("factor scores"),
            f"Factor scores and ranks{part}",
            f"Factors in the order of {reported.names[shown[0].agent]}. To the right of zero, responses with "
            "more of the factor are preferred; to the left of it, those with less."
            + (f" Without a score: {lacking}." if lacking else ""),
            tuple(reported.titles[factor] for factor in scored),
            tuple(
                Series(
                    f"{reported.names[one.agent]}, {one.agent.setting.value}",
                    tuple(one.of(factor).score.score for factor in scored),
                )
                for one in shown
            ),
            tuple(tuple(one.of(factor).rank for factor in scored) for one in shown),
        )


def _score_table(reported: Reported) -> NamedTable:
    """A column an agent, as the paper's Tables 6 to 8."""
    columns = (
        Column("Factor", "factor"),
        *(
            Column(f"{reported.names[one.agent]} ({one.agent.setting.value})", one.agent.address, digits=3)
            for one in reported.rankings
        ),
    )
    order = [entry.score.factor for entry in reported.rankings[0].factors]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (reported.titles[factor], *(one.of(factor).score.score for one in reported.rankings))
        for factor in order
    )
    return NamedTable(reported.name("scores"), ResultTable("Factor scores of every agent", columns, rows))


def _alignment(reported: Reported) -> Draft:
    people, compared = reported.people, reported.comparisons()
    assert people is not None
    others = [one for one in reported.rankings if one is not people]
    (table,) = aligned(reported.profile, people, others, reported.values).tables
    rows = tuple(f"{reported.names[one.agent]}, {one.agent.setting.value}" for one in compared)
    points = Points(
        reported.name("alignment"),
        "Alignment with people",
        "Correlation of each agent's factor scores with people's: Kendall's τ, Spearman's ρ, Pearson's r.",
        rows,
        (
            Series("τ", tuple(one.alignment.kendall for one in compared)),
            Series("ρ", tuple(one.alignment.spearman for one in compared)),
            Series("r", tuple(one.alignment.pearson for one in compared)),
        ),
    )
    shares = Shares(
        reported.name("agreement"),
        "Response-level agreement with people",
        "Pairs on which an agent prefers what people prefer, among those on which people prefer a side and "
        "the agent has a verdict; lines are Wilson's 95 % intervals.",
        "pairs in percent",
        tuple(
            _share(row, Rate(one.agreement.agree, one.agreement.of))
            for row, one in zip(rows, compared, strict=True)
        ),
    )
    return Draft(
        "alignment", "Alignment", (points, shares, NamedTable(reported.name("alignment table"), table))
    )


def _share(name: str, rate: Rate) -> Share:
    return Share(name, rate.value, *_ends(rate.interval), rate.of)


def _ends(interval: Interval | None) -> tuple[float | None, float | None]:
    return (None, None) if interval is None else (interval.low, interval.high)


def _labels(reported: Reported) -> Draft:
    from annotation.results.labels import Labelling
    from annotation.results.report import report_study
    from tui.cli import study_report

    found = report_study(reported.study)
    result = study_report.reported(found, reported.study.name, per_pair=False, all_kappas=False)
    figures: tuple[Shares, ...] = ()
    if found.models.each:
        short = shortened([one.model for one in found.models.each], _NAME)
        figures = (
            Shares(
                reported.name("people and models"),
                "How often people prefer what a model scored higher",
                "Pairs of a model's own responses on which more than half of the labels prefer the response "
                "that it wrote for the higher score (PROFILE Table 4); lines are Wilson's 95 % intervals.",
                "pairs in percent",
                tuple(
                    _share(short.get(one.model, one.model), one.agreement[Labelling.MAJORITY])
                    for one in (*found.models.each, found.models.together)
                ),
            ),
        )
    parts: list[Part] = [*figures]
    for table in result.tables:
        named = NamedTable(reported.name(f"people {table.columns[0].title}"), table)
        parts += [named] if table.rows else table.notes
    return Draft("people", "What people said", tuple(parts))


def _correlations(reported: Reported) -> Iterator[Draft]:
    found = [one for one in correlate_values(reported.study, reported.profile) if one.tells_anything]
    most = sorted(found, key=lambda one: one.responses, reverse=True)[:_MOST_AUTHORS]
    parts: list[Part] = [part for one in found if one in most for part in _correlation_parts(reported, one)]
    if len(found) > len(most):
        parts.append(f"Of {len(found)} authors the {len(most)} with the most responses are shown.")
    if parts:
        yield Draft("correlations", "Correlations of factor values", tuple(parts))


def _correlation_parts(reported: Reported, one: ValueCorrelations) -> Iterator[Matrix | NamedTable]:
    author = "all authors" if one.author is None else reported.names.get(one.author, one.author.name)
    labels = tuple(reported.titles[factor] for factor in one.factors)
    title = f"Correlations in {counted(one.responses, 'response')} of {author}"
    yield Matrix(
        reported.name(f"correlations {author}"),
        title,
        "Pearson's r of every two factors' values (PROFILE G.3): purple where both rise together, orange "
        "where one falls; – where a value is missing or does not vary.",
        labels,
        one.r,
    )
    columns = (Column("Factor", "factor"), *(Column(label, label, digits=3) for label in labels))
    rows = tuple((label, *values) for label, values in zip(labels, one.r, strict=True))
    yield NamedTable(reported.name(f"correlations {author} table"), ResultTable(title, columns, rows))


def _validation(reported: Reported) -> Iterator[Draft]:
    from annotation.validation.coding import Codings
    from annotation.validation.report import report
    from tui.cli.coding_results import coded
    from tui.cli.validation_results import reported as validations

    accuracies = [one for told in report(reported.study) for one in told.accuracies if one.n]
    tables = list(validations(reported.study, None).tables) if accuracies else []
    if Codings(reported.study).all():
        tables += coded(reported.study, None, reported.values).tables
    figures: tuple[Shares, ...] = ()
    if accuracies:
        figures = (
            Shares(
                reported.name("validation"),
                "Accuracy of the extraction",
                "Values that people judged to be right, with 95 % intervals (PROFILE D.3).",
                "values in percent",
                tuple(
                    Share(
                        f"{reported.titles[one.factor]}, {one.level.value}",
                        one.accuracy.value,
                        *_ends(one.accuracy.interval),
                        one.n - one.cannot_tell,
                    )
                    for one in accuracies
                ),
            ),
        )
    if tables:
        named = (NamedTable(reported.name(f"validation {table.title}"), table) for table in tables)
        yield Draft("validation", "Validation of the extraction", (*figures, *named))


def _experiments(reported: Reported) -> Iterator[Draft]:
    """Of those with one name and the same choices the newest."""
    newest: dict[str, StoredExperiment] = {}
    for one in list_experiments(reported.study):
        newest.setdefault(f"{one.name} {_choices(one, drawn=False)}", one)
    ages = read_ages(reported.study, newest.values())
    for one in sorted(newest.values(), key=lambda one: (one.name.value, one.id or 0)):
        yield _experiment(reported, one, ages[one.id])


def _choices(one: StoredExperiment, *, drawn: bool = True) -> str:
    """Without what a run draws itself, by the labels there are: pairs, and on request the random factor."""
    chosen: dict[str, Any] = one.document()["design"]["choices"]
    chosen.pop("before", None)  # follows from when it was kept
    if chosen.get("all_pairs") is False:
        del chosen["all_pairs"]
    if isinstance(one.design, GuidanceDesign):
        chosen["pairs"] = len(chosen.pop("pair_ids"))
        if not drawn:
            chosen["factors"].pop(RANDOM, None)
    return "; ".join(f"{key.replace('_', ' ')}: {_said(value)}" for key, value in chosen.items())


def _said(value: Any) -> str:  # noqa: ANN401 - JSON
    if isinstance(value, Mapping):
        return ", ".join(f"{key} = {_said(of)}" for key, of in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "all"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)


def _experiment(reported: Reported, one: StoredExperiment, age: Age) -> Draft:
    about = f"Experiment {one.id}, kept {one.created[:10]}; {_choices(one)}."
    told = age_words(age)
    tables = printed(reported.study, one).tables
    return Draft(
        f"experiment-{one.id}",
        f"Experiment: {one.name}",
        (
            about,
            *([f"Run on {told}." if age.labels is not None else f"{told.capitalize()}."] if told else []),
            *(NamedTable(reported.name(f"experiment {one.name} {table.title}"), table) for table in tables),
        ),
    )
