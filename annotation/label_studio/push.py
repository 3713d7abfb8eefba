"""A study's pairs as tasks of a Label Studio project."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select

from annotation.exporters.blinded import BlindedPair, blinded_pairs, standing_plan
from annotation.importers.study_pairs import StudyPairs
from annotation.label_studio.layout import instructions, labelling_config, prediction_of, task_of
from annotation.label_studio.projects import find_project, mark_of
from annotation.label_studio.server import LabelStudioError, Project, Server, Task, Told
from annotation.planning.plan import Plan, Role
from annotation.store.standing import preference_stands
from annotation.store.tables import agents, preferences
from annotation.study import Study
from annotation.wording import counted
from profile_engine.preferences import Preference

_SHORTEST_TITLE: Final = 3
_LONGEST_TITLE: Final = 50
_CHANGING: Final = ("label_config", "expert_instruction", "maximum_annotations", "show_collab_predictions")


@dataclass(frozen=True, slots=True)
class PushReport:
    """What is on the server now.

    Attributes:
        made: whether the project is new.
        tasks: added; `already` were there.
        predictions: added, to new tasks and to those that were there.
        notes: what else there is to know, a sentence each.
    """

    address: str
    title: str
    made: bool
    tasks: int
    already: int
    predictions: int
    notes: tuple[str, ...]

    def lines(self) -> tuple[str, ...]:
        """The report in sentences."""
        there = f", {self.already:,} already there" if self.already else ""
        said = [
            f"{'made' if self.made else 'found'} project {self.title!r}: {self.address}",
            f"{counted(self.tasks, 'task')} added{there}",
        ]
        if self.predictions:
            said.append(f"{counted(self.predictions, 'prediction')} added")
        return (*said, *self.notes)


def push(study: Study, server: Server, *, title: str | None, model: str | None, told: Told) -> PushReport:
    """Make the study's project, or add to it what is missing; pushing again doubles nothing.

    Tasks are the items of the plan in its order, training excepted, without a plan all pairs; which side is
    first is drawn.

    Args:
        study: has the pairs.
        server: takes them.
        title: of the project; None: the study's name.
        model: whose preferences are shown as predictions; None: nobody's.
        told: is told how far it is.

    Raises:
        LabelStudioError: the server refuses, the project is another's, or the model has judged no pair.
    """
    plan = standing_plan(study)
    _require_judge(study, model)
    mark = mark_of(study)
    project = find_project(server, mark, title)
    settings = _settings(study, plan, model)
    made = project is None
    if project is None:
        named = {"title": _title(title or study.name), "description": mark}
        project = server.make_project({**named, **settings})
    else:
        _adapt(server, project, settings)
    question = (plan.design.question if plan else "") or study.settings.question
    there = {} if made else _by_pair(study, server.tasks(project, told))
    pairs = list(blinded_pairs(study, plan))
    new = [pair for pair in pairs if pair.row["key"] not in there]
    tasks = [_with_prediction(pair, question, model) for pair in new]
    late = [] if model is None else list(_late_predictions(pairs, there, model))
    server.add_tasks(project, tasks, told)
    server.add_predictions(late, told)
    predicted = len(late) + sum("predictions" in task for task in tasks)
    address = f"{server.url}/projects/{project.id}/"
    already = len(pairs) - len(new)
    return PushReport(address, project.title, made, len(new), already, predicted, _notes(plan, model))


def _settings(study: Study, plan: Plan | None, model: str | None) -> dict[str, Any]:
    settings = study.settings
    ties = settings.allow_ties if plan is None else plan.design.ties
    texts = [settings.instructions]
    if plan is not None:
        design = plan.design
        texts = [design.warning, design.consent, design.instructions or settings.instructions]
    shown = instructions(*texts)
    overlap = {} if plan is None else {"maximum_annotations": plan.design.annotators_per_pair}
    return {
        "label_config": labelling_config(ties=ties),
        "expert_instruction": shown,
        "show_instruction": bool(shown),
        "show_skip_button": True,
        "enable_empty_annotation": False,
        "show_collab_predictions": model is not None,
        "sampling": "Sequential sampling",
        **overlap,
    }


def _adapt(server: Server, project: Project, settings: Mapping[str, Any]) -> None:
    """Change what the study has changed; predictions that are shown stay so."""
    changed = {
        name: settings[name]
        for name in _CHANGING
        if name in settings and settings[name] != project.settings.get(name)
    }
    if changed.get("show_collab_predictions") is False:
        del changed["show_collab_predictions"]
    if changed:
        server.change_project(project, changed)


def _by_pair(study: Study, tasks: Iterable[Task]) -> dict[str, tuple[Task, Preference]]:
    """Tasks that are there by the key of their pair, with the side that is first on each."""
    with study.reading() as connection:
        pairs = StudyPairs(connection)
        found = ((pairs.shown_as(task.item), task) for task in tasks)
        return {shown[0]: (task, shown[1]) for shown, task in found if shown is not None}


def _with_prediction(pair: BlindedPair, question: str, model: str | None) -> dict[str, Any]:
    prediction = None if model is None else prediction_of(pair, model)
    task: dict[str, Any] = {"data": task_of(pair, question)}
    return task if prediction is None else {**task, "predictions": [prediction]}


def _late_predictions(
    pairs: Iterable[BlindedPair], there: Mapping[str, tuple[Task, Preference]], model: str
) -> Iterable[dict[str, Any]]:
    """Of tasks that are there and have none of this model, with the sides as they are there."""
    for pair in pairs:
        task, first = there.get(pair.row["key"], (None, pair.first))
        if task is None or model in task.models:
            continue
        shown = pair if first == pair.first else BlindedPair(pair.id, first, pair.role, pair.row)
        prediction = prediction_of(shown, model)
        if prediction is not None:
            yield {"task": task.id, **prediction}


def _require_judge(study: Study, model: str | None) -> None:
    if model is None:
        return
    judged = select(agents.c.name).join(preferences).where(preference_stands()).distinct()
    with study.reading() as connection:
        known = sorted(connection.execute(judged).scalars())
    if model not in known:
        there = f"there are {', '.join(known)}" if known else "no model has judged any"
        raise LabelStudioError(f"{model} has judged no pair of this study: {there}")


def _title(name: str) -> str:
    return name.ljust(_SHORTEST_TITLE, "-")[:_LONGEST_TITLE]


def _notes(plan: Plan | None, model: str | None) -> tuple[str, ...]:
    notes = []
    if plan is None:
        notes.append("no plan: set in the project how many annotate each task (Settings, Quality)")
    else:
        training = sum(item.role is Role.TRAINING for item in plan.items)
        if training:
            notes.append(f"{training:,} left out: training, which needs an answer at once")
        if plan.design.consent:
            notes.append("the consent stands in the instructions: Label Studio does not ask for it")
    if model is not None:
        notes.append(f"people see what {model} prefers before they choose, and may follow it")
    return tuple(notes)
