"""`profile-tui rank`: which factors drive each agent's preferences."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from annotation.validation.choices import Values
from profile_engine.preferences import AgentKind, Aggregation, Setting
from tui.cli.moves import with_moves
from tui.cli.options import (
    AgentsOption,
    AggregationOption,
    FormatOption,
    StudyArgument,
    ValuesOption,
    assigned,
    closest,
    listed,
    one_agent,
)
from tui.cli.output import Cell, Column, Format, Result, ResultTable, publish
from tui.errors import UsageError

if TYPE_CHECKING:
    from annotation.study import Study
    from profile_engine.live import ProfileSnapshot
    from profile_engine.ranking import FactorRanking, RankedFactor
    from profile_engine.scoring import FactorScore
    from profile_engine.tally import PairTally

_COLUMNS: Final = (
    Column("#", "rank"),
    Column("Factor", "factor"),
    Column("Score", "score", digits=4),
    Column("C", "concordant"),
    Column("D", "discordant"),
    Column("T", "ties"),
    Column("Counted", "counted"),
    Column("Excluded", "excluded"),
)
_FLAT_COLUMNS: Final = (
    *(Column(key, key) for key in ("agent", "kind", "setting", "aggregation", "pairs")),
    *_COLUMNS,
    Column("reason", "reason"),
)


def rank(
    study: StudyArgument,
    agent: AgentsOption = None,
    annotators: Annotated[
        bool, typer.Option("--annotators", help="Rank each annotator as an agent too.")
    ] = False,
    aggregation: AggregationOption = None,
    values: ValuesOption = Values.RAW,
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--setting",
            metavar="NAME[:KIND]=SETTING",
            help="Score this agent in the setting generation, evaluation or improvement, this once; "
            "may be given again.",
            show_default=False,
        ),
    ] = None,
    factors: Annotated[
        str | None,
        typer.Option(
            "--factors", metavar="NAMES", help="Rank only these factors: names, by comma.", show_default=False
        ),
    ] = None,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Rank the factors that drive each agent's preferences.

    People come first, then models. C, D and T are the pairs that speak for, against, and for neither.

    Example: profile-tui rank study.db --annotators --format json
    """
    from annotation.profiles import load_profile
    from annotation.study import Study

    with Study.open(study) as opened:
        counted = aggregation or opened.settings.aggregation
        among = None if factors is None else _known_factors(opened, listed(factors))

        def chosen(snapshot: "ProfileSnapshot") -> list["FactorRanking"]:
            rankings = _in_settings(chosen_rankings(snapshot, agent or (), annotators), setting or ())
            rankings = rankings if among is None else [_among(ranking, among) for ranking in rankings]
            return explained(opened, rankings)

        profile = load_profile(opened, counted)
        rankings = chosen(profile.live.snapshot)
        if values is Values.CORRECTED:
            raw, rankings = rankings, chosen(profile.show(opened, values))
            titles = {factor.name: factor.title for factor in opened.factors}
            result = with_moves(ranked(opened, rankings, counted), raw, rankings, titles)
        else:
            result = ranked(opened, rankings, counted)
        publish(result, output_format)


def chosen_rankings(
    snapshot: "ProfileSnapshot", names: Sequence[str], annotators: bool
) -> list["FactorRanking"]:
    """The named agents' rankings; without names people's and models', and each annotator's if asked."""
    if names:
        return [snapshot.of(name) for name in names]
    return [
        ranking
        for agent, ranking in snapshot.rankings.items()
        if annotators or agent.kind is not AgentKind.ANNOTATOR
    ]


def _in_settings(rankings: Sequence["FactorRanking"], told: Sequence[str]) -> list["FactorRanking"]:
    settings = {ranking.agent: ranking.agent.setting for ranking in rankings}
    for text in told:
        name, value = assigned(text, "--setting")
        if value not in tuple(Setting):
            raise UsageError(f"--setting {text}: no setting {value!r}: choose {' or '.join(Setting)}")
        settings[one_agent(settings, name, f"--setting {text}")] = Setting(value)
    return [_in_setting(ranking, settings[ranking.agent]) for ranking in rankings]


def _in_setting(ranking: "FactorRanking", setting: Setting) -> "FactorRanking":
    from profile_engine.ranking import rank_factors
    from profile_engine.scoring import tau14

    if setting is ranking.agent.setting:
        return ranking
    scores = (tau14(entry.score.factor, _tally(entry.score), setting) for entry in ranking.factors)
    agent = replace(ranking.agent, told_setting=setting)
    return replace(ranking, agent=agent, factors=rank_factors(scores))


def _tally(score: "FactorScore") -> "PairTally":
    """The tally that a score was made of: each setting counts as ties what the other leaves out."""
    from profile_engine.tally import PairTally

    left_out = score.excluded
    evaluation = score.setting is Setting.EVALUATION
    return PairTally(
        concordant=score.concordant,
        discordant=score.discordant,
        factor_ties=left_out.factor_tie if evaluation else score.ties,
        preference_ties=score.ties if evaluation else left_out.preference_tie,
        both_ties=left_out.both_tie,
        unavailable=left_out.unavailable,
    )


def _known_factors(study: "Study", names: Sequence[str]) -> tuple[str, ...]:
    known = tuple(factor.name for factor in study.factors)
    for name in names:
        if name not in known:
            raise UsageError(f"--factors {name}: this study has no such factor: {closest(name, known)}")
    return tuple(names)


def _among(ranking: "FactorRanking", names: Sequence[str]) -> "FactorRanking":
    from profile_engine.ranking import rank_factors

    scores = (entry.score for entry in ranking.factors if entry.score.factor in names)
    return replace(ranking, factors=rank_factors(scores))


def explained(study: "Study", rankings: Sequence["FactorRanking"]) -> list["FactorRanking"]:
    """The same, and where a factor has no values why not."""
    from annotation.summary import why_unavailable

    def explain(score: "FactorScore") -> "FactorScore":
        why = (
            why_unavailable(connection, score.factor) if score.reason and score.excluded.unavailable else None
        )
        return replace(score, reason=f"{score.reason} ({why})") if why else score

    with study.reading() as connection:
        return [
            replace(
                ranking,
                factors=tuple(replace(entry, score=explain(entry.score)) for entry in ranking.factors),
            )
            for ranking in rankings
        ]


def ranked(study: "Study", rankings: Sequence["FactorRanking"], aggregation: Aggregation) -> Result:
    """Rankings, ready to be printed."""
    titles = {factor.name: factor.title for factor in study.factors}
    agents = [_agent_document(ranking, aggregation) for ranking in rankings]
    return Result(
        document={"study": study.name, "task": study.task.value, "agents": agents},
        tables=tuple(_agent_table(ranking, aggregation, titles) for ranking in rankings),
        flat=ResultTable(
            study.name,
            _FLAT_COLUMNS,
            tuple(
                (*(agent[column.key] for column in _FLAT_COLUMNS[:5]), *_row(entry), entry.score.reason)
                for ranking, agent in zip(rankings, agents, strict=True)
                for entry in ranking.factors
            ),
        ),
    )


def _agent_document(ranking: "FactorRanking", aggregation: Aggregation) -> dict[str, Any]:
    agent = ranking.agent
    return {
        "agent": agent.name,
        "kind": agent.kind.value,
        "setting": agent.setting.value,
        "aggregation": aggregation.value if agent.kind is AgentKind.HUMAN else None,
        "pairs": ranking.pairs,
        "no_preference": ranking.no_preference,
        "factors": [
            {
                **dict(zip((column.key for column in _COLUMNS), _row(entry), strict=True)),
                "excluded_by": asdict(entry.score.excluded),
                "reason": entry.score.reason,
            }
            for entry in ranking.factors
        ],
    }


def _row(entry: "RankedFactor") -> tuple[Cell, ...]:
    score = entry.score
    counts = (score.concordant, score.discordant, score.ties, score.counted, score.excluded.total)
    return (entry.rank, score.factor, score.score, *counts)


def _agent_table(ranking: "FactorRanking", aggregation: Aggregation, titles: dict[str, str]) -> ResultTable:
    from annotation.wording import counted

    agent = ranking.agent
    words = [agent.kind.value.replace("_", " "), agent.setting.value]
    if agent.kind is AgentKind.HUMAN:
        words = [aggregation.value.replace("_", " "), agent.setting.value]
    left_out = f", {ranking.no_preference:,} without a preference" if ranking.no_preference else ""
    rows = (_row(entry) for entry in ranking.factors)
    return ResultTable(
        f"{agent.name} ({', '.join(words)}): {counted(ranking.pairs, 'preference')}{left_out}",
        _COLUMNS,
        tuple((rank, titles[str(name)], *rest) for rank, name, *rest in rows),
        _reasons(ranking, titles),
    )


def _reasons(ranking: "FactorRanking", titles: dict[str, str]) -> tuple[str, ...]:
    """Why scores are undefined, each reason once."""
    factors: dict[str, list[str]] = {}
    for entry in ranking.factors:
        if entry.score.reason is not None:
            factors.setdefault(entry.score.reason, []).append(titles[entry.score.factor])
    return tuple(f"No score, {reason}: {', '.join(names)}" for reason, names in factors.items())
