"""`profile-tui misaligned`: where a model and most people disagree, and what each pair adds to it."""

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from annotation.basis import Basis
from annotation.validation.choices import Values
from tui.cli.options import FormatOption, StudyArgument, ValuesOption, one_agent
from tui.cli.output import Cell, Column, Format, Result, ResultTable, publish, say
from tui.cli.pair_view import letters, side

if TYPE_CHECKING:
    from annotation.misaligned import MisalignedFilter, MisalignedPair, MisalignedPairs
    from annotation.profiles import StudyProfile
    from annotation.study import Study
    from profile_engine.misalignment import FactorPull

_TITLE_LENGTH: Final = 40
_COLUMNS: Final = (
    Column("Pair", "pair", counts=False),
    Column("Source", "title"),
    Column("People", "human"),
    Column("Model", "model"),
    Column("Gap", "gap"),
    Column("Change of τ", "change", digits=3),
    Column("Closer", "closer", digits=6),
    Column("Why", "why"),
    Column("Tags", "tags"),
)
_FLAT_COLUMNS: Final = tuple(
    Column(key, key)
    for key in (
        *("pair", "source", "title", "human", "model", "gap", "change", "tau_b", "closer", "reason"),
        *("why", "tags", "note"),
    )
)


def misaligned(
    study: StudyArgument,
    agent: Annotated[
        str | None,
        typer.Option(
            "--agent", "-a", metavar="NAME[:KIND]", help="The model.", show_default="the only one there is"
        ),
    ] = None,
    by: Annotated[
        Basis | None,
        typer.Option(
            "--by",
            help="How it chose: as a judge, by the scores it wrote for, or by reward.",
            show_default=False,
        ),
    ] = None,
    factor: Annotated[
        str | None, typer.Option("--factor", help="That differ in this factor.", show_default=False)
    ] = None,
    gap: Annotated[
        float | None,
        typer.Option(
            "--gap", min=0, help="Written by one model for scores at least so far apart.", show_default=False
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--source", metavar="ID", help="Of this source: its own id, or its number.", show_default=False
        ),
    ] = None,
    tag: Annotated[str | None, typer.Option("--tag", help="That carry this tag.", show_default=False)] = None,
    limit: Annotated[int, typer.Option("--limit", min=0, help="At most so many; 0 for all.")] = 20,
    values: ValuesOption = Values.RAW,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """List the pairs on which a model and most people disagree.

    Most people prefer a side, and the model does not prefer the same; its ties count. First come those that
    add most to the misalignment: what tau_b of the factor scores would gain if the model had chosen as people
    did.

    Example: profile-tui misaligned study.db --agent gpt-4o --by score --gap 2
    """
    from annotation.misaligned import MisalignedFilter, source_named
    from annotation.profiles import load_profile
    from annotation.study import Study

    with Study.open(study) as opened:
        source_id = None if source is None else source_named(opened, source)
        wanted = MisalignedFilter(factor, gap, source_id, tag)
        publish(_result(opened, load_profile(opened, values=values), agent, by, wanted, limit), output_format)


def _result(
    study: "Study",
    profile: "StudyProfile",
    name: str | None,
    by: Basis | None,
    wanted: "MisalignedFilter",
    limit: int,
) -> Result:
    from annotation.misaligned import comparable, find_misaligned, meant_model, read_backdrop
    from annotation.wording import counted
    from tui.wording import factor_titles

    agents = comparable(profile.live.snapshot.rankings, by)
    agent = one_agent(agents, name, "--agent") if name is not None else meant_model(agents, None, by)
    found = find_misaligned(study, profile, read_backdrop(study, profile), agent, wanted)
    pairs = found[: limit or len(found)]
    document = {
        "study": study.name,
        "agent": agent.name,
        "kind": agent.kind.value,
        "tau_b": found.alignment.kendall,
        "reason": found.alignment.reason,
        "agreement": {"agree": found.agreement.agree, "of": found.agreement.of},
        "misaligned": found.total,
        "found": len(found),
        "pairs": [_pair_document(pair) for pair in pairs],
    }
    titles = factor_titles(study.factors)
    title = f"{counted(len(found), 'pair')} on which people and {agent.name} ({agent.kind}) disagree"
    rows = tuple(_row(pair, titles) for pair in pairs)
    flat = tuple(_flat_row(pair) for pair in pairs)
    table = ResultTable(title, _COLUMNS, rows, tuple(_notes(found)))
    if len(pairs) < len(found):
        say(f"Shown: the first {len(pairs):,} of {counted(len(found), 'pair')}; --limit 0 shows all.")
    return Result(document, (table,), ResultTable(title, _FLAT_COLUMNS, flat))


def _notes(found: "MisalignedPairs") -> list[str]:
    alignment, agreement = found.alignment, found.agreement
    tau = f"undefined: {alignment.reason}" if alignment.kendall is None else f"{alignment.kendall:.3f}"
    return [
        f"tau_b of the factor scores is {tau}, people's ties kept, as on Alignment.",
        f"The choices agree on {agreement.agree:,} of {agreement.of:,}.",
        "Why: factors with the side that has more; ● for which side they speak by people's score, ▲ by the "
        "model's.",
    ]


def _row(pair: "MisalignedPair", titles: dict[str, str]) -> tuple[Cell, ...]:
    title = pair.title
    return (
        pair.id,
        title if len(title) <= _TITLE_LENGTH else title[: _TITLE_LENGTH - 1] + "…",
        letters([pair.people]),
        letters([pair.model]),
        pair.gap,
        pair.change,
        pair.closer,
        " · ".join(_why(pull, titles[pull.factor]) for pull in pair.pulls),
        ", ".join(pair.remarks.tags),
    )


def _why(pull: "FactorPull", title: str) -> str:
    more, people, model = (letters([one]) for one in (pull.more, pull.reference_side, pull.agent_side))
    return f"{title} {more}: ● {people}, ▲ {model}"


def _flat_row(pair: "MisalignedPair") -> tuple[Cell, ...]:
    document = _pair_document(pair)
    document["why"] = " ".join(pull.factor for pull in pair.pulls)
    document["tags"] = ", ".join(pair.remarks.tags)
    return tuple(document[column.key] for column in _FLAT_COLUMNS)


def _pair_document(pair: "MisalignedPair") -> dict[str, Any]:
    return {
        "pair": pair.id,
        "source": pair.source_id,
        "title": pair.title,
        "human": side(pair.people),
        "model": side(pair.model),
        "gap": pair.gap,
        "change": pair.change,
        "tau_b": pair.kendall,
        "closer": pair.closer,
        "reason": pair.reason,
        "why": [
            {
                "factor": pull.factor,
                "more": side(pull.more),
                "people_score": pull.reference,
                "model_score": pull.agent,
                "people_pull": side(pull.reference_side),
                "model_pull": side(pull.agent_side),
            }
            for pull in pair.pulls
        ],
        "tags": list(pair.remarks.tags),
        "note": pair.remarks.note,
    }
