"""`profile-tui experiment`: the paper's experiments on a study."""

from typing import TYPE_CHECKING, Annotated

import typer

from annotation.experiments.names import TRAINED_ON, ExperimentName
from profile_engine.experiments.choices import DRAWS, CorrelationMethod
from tui.cli.experiment_guidance import guidance
from tui.cli.experiment_options import AllPairsOption, DrawsOption, KeepTiesOption, SeedOption
from tui.cli.options import (
    AgentsOption,
    AggregationOption,
    FormatOption,
    PlainFormatOption,
    StudyArgument,
    assigned,
    closest,
)
from tui.cli.output import Column, Format, Result, ResultTable, publish, say
from tui.errors import TuiError, UsageError

if TYPE_CHECKING:
    from annotation.experiments.designs import Design
    from annotation.study import Study


def alignment(
    study: StudyArgument,
    aggregation: AggregationOption = None,
    keep_ties: KeepTiesOption = False,
    all_pairs: AllPairsOption = False,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Factor scores and ranks of every agent, and how close they come to people's.

    The paper's Tables 1 and 6 to 9, and Figure 3.

    Example: profile-tui experiment alignment study.db --format latex
    """
    from annotation.experiments.designs import AlignmentDesign
    from annotation.study import Study

    with Study.open(study) as opened:
        how = aggregation or opened.settings.aggregation
        _run(opened, ExperimentName.ALIGNMENT, AlignmentDesign(how, keep_ties, all_pairs), output_format)


def improvement(
    study: StudyArgument,
    aggregation: AggregationOption = None,
    keep_ties: KeepTiesOption = False,
    all_pairs: AllPairsOption = False,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """What improving with an evaluator's feedback favours, beside improving without.

    Factor scores of improvement, and their tau_b with those of the evaluator and of people: the paper's
    Table 3. `profile-tui improve` makes the improved responses.

    Example: profile-tui experiment improvement study.db
    """
    from annotation.experiments.designs import ImprovementDesign
    from annotation.study import Study

    with Study.open(study) as opened:
        how = aggregation or opened.settings.aggregation
        _run(opened, ExperimentName.IMPROVEMENT, ImprovementDesign(how, keep_ties, all_pairs), output_format)


def reward(
    study: StudyArgument,
    policy: Annotated[
        list[str] | None,
        typer.Option(
            "--policy",
            metavar="MODEL=RM",
            help="Which reward model a model was trained on; may be given again. Without any, "
            + " and ".join(f"{one}={other}" for one, other in TRAINED_ON.items())
            + ".",
            show_default=False,
        ),
    ] = None,
    aggregation: AggregationOption = None,
    keep_ties: KeepTiesOption = False,
    all_pairs: AllPairsOption = False,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Reward models and the models trained on them, against people.

    The paper's Figure 4.

    Example: profile-tui experiment reward study.db --policy tulu-ppo-13b-rm=rm-13b
    """
    from annotation.experiments.designs import RewardDesign
    from annotation.study import Study

    with Study.open(study) as opened:
        trained_on = _trained_on(opened, policy) if policy else dict(TRAINED_ON)
        how = aggregation or opened.settings.aggregation
        design = RewardDesign(how, keep_ties, all_pairs, trained_on)
        _run(opened, ExperimentName.REWARD, design, output_format)


def direct(
    study: StudyArgument,
    agent: AgentsOption = None,
    draws: DrawsOption = DRAWS,
    seed: SeedOption = 0,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Which score level is closest to what a model writes without scores.

    The paper's Table 10. Distances are standardized differences of factor values, their mean over factors.

    Example: profile-tui experiment direct study.db
    """
    from annotation.experiments.designs import DirectDesign
    from annotation.study import Study

    with Study.open(study) as opened:
        design = DirectDesign(tuple(agent or ()), draws, seed)
        _run(opened, ExperimentName.DIRECT, design, output_format)


def correlations(
    study: StudyArgument,
    agent: AgentsOption = None,
    method: Annotated[
        CorrelationMethod, typer.Option("--method", help="Of the values, or of their ranks.")
    ] = CorrelationMethod.PEARSON,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """How factor values go together in each author's responses.

    The paper's Figure 5.

    Example: profile-tui experiment correlations study.db --method spearman
    """
    from annotation.experiments.designs import CorrelationsDesign
    from annotation.study import Study

    with Study.open(study) as opened:
        design = CorrelationsDesign(tuple(agent or ()), method)
        _run(opened, ExperimentName.CORRELATIONS, design, output_format)


def list_kept(study: StudyArgument, output_format: PlainFormatOption = Format.TABLE) -> None:
    """List the experiments that were run, and what the others take.

    Example: profile-tui experiment list study.db
    """
    from annotation.experiments.log import list_experiments
    from annotation.experiments.needs import read_needs
    from annotation.staleness import read_ages
    from annotation.study import Study
    from tui.experiment_words import age_words

    with Study.open(study) as opened:
        every = list_experiments(opened)
        ages = read_ages(opened, every)
        kept = [
            {
                "id": one.id,
                "experiment": one.name.value,
                "created": one.created,
                "labels_then": None if (labels := ages[one.id].labels) is None else labels.then,
                "labels_now": None if labels is None else labels.now,
                "stale": ages[one.id].is_stale,
                "run_on": age_words(ages[one.id]),
            }
            for one in every
        ]
        needs = [
            {"experiment": name.value, "needs": need.what, "there": need.met, "command": need.command}
            for name, each in read_needs(opened).items()
            for need in each
        ]
    runs = tuple((one["id"], one["experiment"], one["created"], one["run_on"]) for one in kept)
    takes = tuple(
        (one["experiment"], one["needs"], "yes" if one["there"] else "no", one["command"]) for one in needs
    )
    columns = (Column("Experiment", "experiment"), Column("Takes", "needs"), Column("There", "there"))
    publish(
        Result(
            {"experiments": kept, "needs": needs},
            (
                ResultTable(
                    "Experiments that were run",
                    (
                        Column("Id", "id", counts=False),
                        columns[0],
                        Column("When", "created"),
                        Column("Run on", "run_on"),
                    ),
                    runs,
                ),
                ResultTable("What each takes", (*columns, Column("What brings it", "command")), takes),
            ),
        ),
        output_format,
    )


def show(
    study: StudyArgument,
    id_: Annotated[int, typer.Argument(metavar="ID", help="As `list` has it.", show_default=False)],
    again: Annotated[
        bool,
        typer.Option(
            "--again", help="Run it again on what it was run on, and say whether it comes to the same."
        ),
    ] = False,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Print an experiment that was run, as it came out then, and say whether the study has moved on since.

    Example: profile-tui experiment show study.db 3 --again
    """
    from annotation.experiments.log import find_experiment
    from annotation.experiments.running import repeat
    from annotation.staleness import read_ages
    from annotation.study import Study
    from tui.cli.experiment_results import printed
    from tui.experiment_words import age_words

    with Study.open(study) as opened:
        stored = find_experiment(opened, id_)
        repetition = repeat(opened, stored) if again else None
        publish(printed(opened, stored), output_format)
        told = age_words(read_ages(opened, [stored])[stored.id])
    if told:
        say(f"experiment {id_}: {told}")
    if repetition is None:
        return
    if not repetition.same:
        raise TuiError(f"experiment {id_} comes to something else now: {repetition.why}")
    say(f"experiment {id_}, run again on what it was run on, comes to the same.")


def _run(study: "Study", name: ExperimentName, design: "Design", output_format: Format) -> None:
    from annotation.experiments.running import run_experiment
    from tui.cli.experiment_results import printed, say_kept

    stored = run_experiment(study, name, design)
    publish(printed(study, stored), output_format)
    say_kept(stored)


def _trained_on(study: "Study", told: list[str]) -> dict[str, str]:
    from annotation.agents import study_agents
    from profile_engine.preferences import AgentKind

    names = tuple(dict.fromkeys(agent.name for agent in study_agents(study)))
    models = tuple(agent.name for agent in study_agents(study) if agent.kind is AgentKind.REWARD_MODEL)
    trained_on = {}
    for text in told:
        policy, reward_model = assigned(text, "--policy")
        if policy not in names:
            raise UsageError(f"--policy {text}: no agent {policy!r} here: {closest(policy, names)}")
        if reward_model not in models:
            raise UsageError(
                f"--policy {text}: no reward model {reward_model!r} here: {closest(reward_model, models)}"
            )
        trained_on[policy] = reward_model
    return trained_on


experiment = typer.Typer(
    help="Run the paper's experiments on a study.\n\nExample: profile-tui experiment alignment study.db",
    rich_markup_mode=None,
)

for _name, _action in (
    ("alignment", alignment),
    ("guidance", guidance),
    ("improvement", improvement),
    ("reward", reward),
    ("direct", direct),
    ("correlations", correlations),
    ("list", list_kept),
    ("show", show),
):
    experiment.command(_name)(_action)
