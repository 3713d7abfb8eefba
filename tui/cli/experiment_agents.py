"""What the experiments that compare agents print: alignment, improvement, reward."""

from collections.abc import Iterator

from profile_engine.experiments.alignment import AlignedAgent, AlignmentResult
from profile_engine.experiments.improvement import ImprovementResult
from profile_engine.experiments.reward import RewardResult
from profile_engine.preferences import AgentKind, Setting
from profile_engine.ranking import FactorRanking
from tui.cli.experiment_cells import (
    AGREEMENT,
    CORRELATIONS,
    Titles,
    agreement_cells,
    alignment_of,
    correlation_cells,
    score_tables,
    tied_notes,
)
from tui.cli.output import Cell, Column, ResultTable
from tui.experiment_words import IN_SHORT, METHODS, ranking_name, reward_roles


def alignment_tables(result: AlignmentResult, titles: Titles) -> Iterator[ResultTable]:
    """Tables 1 and 6 to 9."""
    yield _table_1(result)
    agents = (one.ranking for one in result.agents if one.ranking.agent.kind is not AgentKind.IMPROVER)
    rankings = (result.people, *agents)
    yield from score_tables(rankings, titles)


def _table_1(result: AlignmentResult) -> ResultTable:
    by_name: dict[str, dict[Setting, AlignedAgent]] = {}
    for one in result.agents:
        if one.ranking.agent.kind is not AgentKind.IMPROVER:
            by_name.setdefault(one.ranking.agent.name, {})[one.ranking.agent.setting] = one
    settings = (Setting.GENERATION, Setting.EVALUATION)
    columns = tuple(
        Column(f"{IN_SHORT[setting]} {column.title}", f"{setting}_{column.key}", digits=3)
        for setting in settings
        for column in CORRELATIONS
    )
    rows = tuple(
        (
            name,
            *(cell for setting in settings for cell in correlation_cells(alignment_of(own.get(setting)))),
            *agreement_cells(own[Setting.EVALUATION].agreement if Setting.EVALUATION in own else None),
        )
        for name, own in by_name.items()
    )
    notes = tuple(
        f"{ranking_name(one.ranking)}: {one.alignment.reason}"
        for one in result.agents
        if one.alignment.reason
    )
    return ResultTable(
        "Factor-level preference alignment with people, and agreement on the responses (Table 1)",
        (Column("Model", "model"), *columns, *AGREEMENT),
        rows,
        (*notes, *tied_notes(result.tied)),
    )


def alignment_flat(result: AlignmentResult) -> ResultTable:
    """A row an agent, with all its scores and ranks."""
    factors = sorted(entry.score.factor for entry in result.people.factors)
    keys = ("agent", "kind", "setting", "pairs", "factors", "tau_b", "spearman", "pearson", "agree", "of")
    columns = (*keys, "reason", *(f"{what}_{factor}" for factor in factors for what in ("score", "rank")))

    def row(ranking: FactorRanking, against: tuple[Cell, ...]) -> tuple[Cell, ...]:
        entries = (ranking.of(factor) for factor in factors)
        agent = ranking.agent
        return (
            *(agent.name, agent.kind.value, agent.setting.value, ranking.pairs),
            *against,
            *(cell for entry in entries for cell in (entry.score.score, entry.rank)),
        )

    def against(one: AlignedAgent) -> tuple[Cell, ...]:
        found, agreement = one.alignment, one.agreement
        return (found.factors, *correlation_cells(found), agreement.agree, agreement.of, found.reason)

    return ResultTable(
        "alignment",
        tuple(Column(key, key) for key in columns),
        (row(result.people, (None,) * 7), *(row(one.ranking, against(one)) for one in result.agents)),
    )


def improvement_tables(result: ImprovementResult, titles: Titles) -> Iterator[ResultTable]:
    """Table 3."""
    yield ResultTable(
        "Factor-level alignment of improvements with the evaluator and with people (Table 3)",
        (
            Column("Generator", "generator"),
            Column("Method", "method"),
            Column("Evaluator", "evaluator"),
            Column("Δτ evaluator", "tau_evaluator", digits=3),
            Column("Δτ people", "tau_people", digits=3),
            Column("Pairs", "pairs"),
        ),
        tuple(
            (
                row.generator,
                METHODS[row.method],
                row.evaluator,
                correlation_cells(row.with_evaluator)[0],
                row.with_people.kendall,
                row.ranking.pairs,
            )
            for row in result.rows
        ),
        tuple(
            dict.fromkeys(
                f"{row.ranking.agent.name} against {who}: {found.reason}"
                for row in result.rows
                for who, found in (("people", row.with_people), (row.evaluator, row.with_evaluator))
                if found is not None and found.reason
            )
        ),
    )
    improvers = {row.ranking.agent: row.ranking for row in result.rows}
    yield from score_tables((result.people, *result.evaluators.values(), *improvers.values()), titles)


def reward_tables(result: RewardResult, _titles: Titles) -> Iterator[ResultTable]:
    """Figure 4."""
    rows: list[tuple[Cell, ...]] = []
    notes: list[str] = []
    for row in result.rows:
        for name, role, one in reward_roles(row):
            rows.append(
                (
                    name,
                    role,
                    row.name,
                    *correlation_cells(alignment_of(one)),
                    *agreement_cells(None if one is None else one.agreement),
                )
            )
            if one is not None and one.alignment.reason:
                notes.append(f"{name}, {role}: {one.alignment.reason}")
    yield ResultTable(
        "Reward models, the models trained on them, and people (Figure 4)",
        (
            Column("Model", "model"),
            Column("As", "role"),
            Column("Reward model", "reward_model"),
            *CORRELATIONS,
            *AGREEMENT,
        ),
        tuple(rows),
        (*notes, *tied_notes(result.tied)),
    )
