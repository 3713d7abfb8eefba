"""The paper's figures beside a study's own."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from annotation.paper_figures import PaperFigures, PaperScores, PaperValidation, load_paper_figures
from annotation.reporting.drawing import MOST_SERIES
from annotation.reporting.figures import Points, ScoreBars, Series
from annotation.validation.population import YES_NO
from profile_engine.preferences import Setting
from profile_engine.ranking import FactorRanking
from profile_engine.taxonomy import FACTORS, TASK_FACTORS
from tui.cli.output import Cell, Column, ResultTable
from tui.cli.report_contents import Reported
from tui.cli.report_drafts import Draft, NamedTable

if TYPE_CHECKING:
    from annotation.validation.report import Accuracy
    from profile_engine.accuracy import Proportion

_PAPER: Final = "[paper]"

_ALIGNMENT: Final = (
    Column("Agent", "agent"),
    Column("From", "from"),
    Column("Setting", "setting"),
    Column("Factors", "factors"),
    Column("τ", "tau_b", digits=3),
    Column("ρ", "spearman", digits=3),
    Column("r", "pearson", digits=3),
    Column("Agreement", "agreement", digits=3),
)
_VALIDATION: Final = (
    Column("Factor", "factor"),
    Column("Level", "level"),
    Column("Measure", "measure"),
    Column("Paper", "paper", digits=3),
    Column("n", "of"),
    Column("Place", "place"),
    Column("Study", "study", digits=3),
    Column("n", "study_of"),
)


def paper_section(reported: Reported) -> Draft:
    """What the paper prints, with the study's figures of the same kind."""
    paper = load_paper_figures()
    compared = reported.comparisons()
    parts = (
        f"Figures of the paper {paper.title}; source: {paper.source}. {paper.note} Its data "
        "and its models are its own, not the study's.",
        *([_points(reported, paper)] if compared else []),
        NamedTable(reported.name("paper alignment table"), _alignment_table(reported, paper)),
        *_scores(reported, paper),
        NamedTable(reported.name("paper validation"), _validation_table(reported, paper)),
        NamedTable(reported.name("paper mentions"), _mentions_table(reported, paper)),
    )
    return Draft("paper", "The paper's figures", parts)


def _points(reported: Reported, paper: PaperFigures) -> Points:
    compared = reported.comparisons()
    rows = [reported.names[one.agent] for one in compared]
    taus: list[dict[Setting, float | None]] = [{one.agent.setting: one.alignment.kendall} for one in compared]
    taus += [
        {Setting.GENERATION: row.generation.tau, Setting.EVALUATION: row.evaluation.tau}
        for row in paper.alignments
    ]
    return Points(
        reported.name("paper alignment"),
        "Alignment with people, the study's agents and the paper's",
        f"Kendall's τ of factor scores with people's; {_PAPER}: Table 1, summarization.",
        (*rows, *(f"{row.model} {_PAPER}" for row in paper.alignments)),
        tuple(
            Series(f"τ in {setting}", tuple(one.get(setting) for one in taus))
            for setting in Setting
            if any(setting in one for one in taus)
        ),
    )


def _alignment_table(reported: Reported, paper: PaperFigures) -> ResultTable:
    rows: list[tuple[Cell, ...]] = [
        (
            reported.names[one.agent],
            "study",
            one.agent.setting.value,
            one.alignment.factors,
            one.alignment.kendall,
            one.alignment.spearman,
            one.alignment.pearson,
            one.agreement.rate,
        )
        for one in reported.comparisons()
    ]
    for row in paper.alignments:
        of = len(TASK_FACTORS[row.task])
        for setting, one, agreement in (
            (Setting.GENERATION, row.generation, None),
            (Setting.EVALUATION, row.evaluation, row.agreement),
        ):
            rows.append((row.model, row.place, setting.value, of, one.tau, one.rho, one.r, agreement))
    notes = tuple(
        f"{told.about}: {told.used.value} in {told.used.place}, {told.other.value} in {told.other.place}; "
        "the first is used."
        for told in paper.contradictions
    )
    return ResultTable("Alignment with people", _ALIGNMENT, tuple(rows), notes)


def _scores(reported: Reported, paper: PaperFigures) -> Iterator[str | ScoreBars | NamedTable]:
    told = [one for one in paper.factor_scores if one.task is reported.study.task]
    if not told:
        return
    known = {factor.name for factor in reported.study.factors}
    factors = [name for name in dict.fromkeys(name for one in told for name in one.scores) if name in known]
    people = [] if reported.people is None else [reported.people]
    generators = [one for one in reported.rankings if one.agent.setting is Setting.GENERATION]
    models = [one for one in told if one.setting is Setting.GENERATION]
    yield _bars(reported, factors, people, told)
    room = MOST_SERIES - len(models)
    of_models = [name for name in factors if any(name in one.scores for one in models)]
    for place in range(0, len(generators), room):
        yield _bars(reported, of_models, generators[place : place + room], models)
    series = _series(reported, factors, [*people, *generators], told)
    titles = tuple(reported.titles[name] for name in factors)
    columns = (Column("Factor", "factor"), *(Column(one.name, one.name, digits=3) for one in series))
    rows = tuple((title, *(one.values[place] for one in series)) for place, title in enumerate(titles))
    yield NamedTable(
        reported.name("paper scores table"), ResultTable("Factor scores that the paper names", columns, rows)
    )


def _bars(
    reported: Reported, factors: Sequence[str], study: Sequence[FactorRanking], told: Sequence[PaperScores]
) -> ScoreBars:
    return ScoreBars(
        reported.name("paper scores"),
        f"Factor scores that the paper names, {reported.study.task.value}",
        f"{_PAPER}: {', '.join(dict.fromkeys(one.place for one in told))}, where the text names them; the "
        "other factors' scores are lost.",
        tuple(reported.titles[name] for name in factors),
        _series(reported, factors, study, told),
        absent="not named",
    )


def _series(
    reported: Reported, factors: Sequence[str], study: Sequence[FactorRanking], told: Sequence[PaperScores]
) -> tuple[Series, ...]:
    """Of the study's agents, then of the paper's."""
    return (
        *(
            Series(
                f"{reported.names[one.agent]}, {one.agent.setting.value}",
                tuple(one.of(name).score.score for name in factors),
            )
            for one in study
        ),
        *(
            Series(f"{one.agent}, {one.setting.value} {_PAPER}", tuple(map(one.scores.get, factors)))
            for one in told
        ),
    )


def _validation_table(reported: Reported, paper: PaperFigures) -> ResultTable:
    from annotation.validation.report import report

    of_study = {
        (one.factor, one.level.value): one
        for told in report(reported.study)
        for one in told.accuracies
        if one.n
    }

    def row(one: PaperValidation) -> tuple[Cell, ...]:
        mine = of_study.get((one.factor, one.level))
        share = None if mine is None else _measured(mine, one.measure)
        return (
            FACTORS[one.factor].title,
            one.level,
            one.measure,
            one.share,
            one.of,
            one.place,
            None if share is None else share.value,
            None if share is None else share.n,
        )

    return ResultTable("Validation of the extraction", _VALIDATION, tuple(map(row, paper.validations)))


def _measured(mine: "Accuracy", measure: str) -> "Proportion | None":
    """What a validation has of a measure; precision is that of the facts that were extracted as such."""
    if measure == "accuracy":
        return mine.accuracy
    return next((one.precision for one in mine.classes if one.label == YES_NO[0]), None)


def _mentions_table(reported: Reported, paper: PaperFigures) -> ResultTable:
    from annotation.validation.coding import Codings
    from annotation.validation.coding_report import report_coding

    sets = [report_coding(reported.study, info.id, reported.values) for info in Codings(reported.study).all()]
    told = paper.mentions
    columns = (
        Column("Factor", "factor"),
        Column(f"Paper, of {told.texts} ({told.place})", "paper"),
        *(Column(f"{one.info.name}, of {one.coded}", f"coding {one.info.id}") for one in sets),
    )
    rows = tuple(
        (FACTORS[name].title, mentions, *(one.together.get(name) for one in sets))
        for name, mentions in told.mentions.items()
    )
    return ResultTable("Feedback texts that mention a factor", columns, rows)
