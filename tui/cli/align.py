"""`profile-tui align`: how close each agent's preferences are to a reference's."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from annotation.validation.choices import Values
from profile_engine.preferences import short_names
from tui.cli.options import AgentsOption, AggregationOption, FormatOption, StudyArgument, ValuesOption
from tui.cli.output import Column, Format, Result, ResultTable, publish, say
from tui.cli.rank import chosen_rankings

if TYPE_CHECKING:
    from annotation.profiles import StudyProfile
    from profile_engine.ranking import FactorRanking

_COLUMNS: Final = (
    Column("Agent", "agent"),
    Column("Kind", "kind"),
    Column("Setting", "setting"),
    Column("Factors", "factors"),
    Column("τ", "tau_b", digits=3),
    Column("ρ", "spearman", digits=3),
    Column("r", "pearson", digits=3),
    Column("Agree", "agree"),
    Column("Of", "of"),
    Column("Rate", "rate", digits=3),
)


def align(
    study: StudyArgument,
    reference: Annotated[
        str,
        typer.Option(
            "--reference", "-r", metavar="NAME[:KIND]", help="The agent that the others are compared with."
        ),
    ] = "human",
    agent: AgentsOption = None,
    annotators: Annotated[bool, typer.Option("--annotators", help="Compare each annotator too.")] = False,
    aggregation: AggregationOption = None,
    values: ValuesOption = Values.RAW,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Compare the agents' rankings and choices with a reference's.

    Kendall's tau_b, Spearman's rho and Pearson's r of the factor scores, and the pairs on which both choose
    the same.

    Example: profile-tui align study.db --reference human --format csv
    """
    from annotation.profiles import load_profile
    from annotation.study import Study

    with Study.open(study) as opened:
        profile = load_profile(opened, aggregation, values)
        snapshot = profile.live.snapshot
        against = snapshot.of(reference)
        others = [
            ranking
            for ranking in chosen_rankings(snapshot, agent or (), annotators)
            if ranking.agent != against.agent
        ]
        publish(aligned(profile, against, others, values), output_format)
    if not others:
        say(
            f"As yet nobody is to be aligned with {against.agent.name}: models come with data that holds "
            "judges' verdicts, or responses that their author wrote for different scores; --annotators takes "
            "each annotator."
        )


def aligned(
    profile: "StudyProfile", reference: "FactorRanking", others: Sequence["FactorRanking"], values: Values
) -> Result:
    """How close others are to a reference, ready to be printed."""
    agents = [_agent_document(profile, reference, other) for other in others]
    names = tuple(column.key for column in _COLUMNS)
    rows = tuple(tuple({**agent, **agent["agreement"]}[name] for name in names) for agent in agents)
    undefined = tuple(
        f"{agent['agent']} ({agent['kind']}): {agent['reason']}" for agent in agents if agent["reason"]
    )
    against = reference.agent
    counted = ", corrected values" if values is Values.CORRECTED else ""
    title = f"Alignment with {short_names(profile.live.snapshot.rankings)[against]}{counted}"
    return Result(
        {
            "reference": against.name,
            "reference_kind": against.kind.value,
            "values": values.value,
            "agents": agents,
        },
        (ResultTable(title, _COLUMNS, rows, undefined),),
    )


def _agent_document(
    profile: "StudyProfile", reference: "FactorRanking", other: "FactorRanking"
) -> dict[str, Any]:
    from profile_engine.alignment import align as align_rankings
    from profile_engine.alignment import response_agreement

    alignment = align_rankings(reference, other)
    agreement = response_agreement(
        profile.live.preferences_of(reference.agent), profile.live.preferences_of(other.agent)
    )
    return {
        "agent": other.agent.name,
        "kind": other.agent.kind.value,
        "setting": other.agent.setting.value,
        "factors": alignment.factors,
        "tau_b": alignment.kendall,
        "spearman": alignment.spearman,
        "pearson": alignment.pearson,
        "agreement": {"agree": agreement.agree, "of": agreement.of, "rate": agreement.rate},
        "reason": alignment.reason,
    }
