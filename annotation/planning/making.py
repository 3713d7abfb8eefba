"""Making a plan: the draw, the order of its items, and what of it the study's settings follow."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select

from annotation.answers import Origin
from annotation.errors import PlanError
from annotation.planning.candidates import add_pair, read_candidates
from annotation.planning.cost import read_progress
from annotation.planning.design import PlanDesign
from annotation.planning.drawing import draw, place_of_source
from annotation.planning.gold import KnownAnswer
from annotation.planning.plan import Plan, Role, read_plan
from annotation.revision import Revision
from annotation.store.contents import seal_plan
from annotation.store.database import timestamp
from annotation.store.tables import answers, pairs, plan_items, plans, seats, sources
from annotation.study import Study
from annotation.validation.drawing import random_number
from annotation.wording import counted
from profile_engine.taxonomy import Task

__all__ = ["make_plan"]


def make_plan(
    study: Study, design: PlanDesign, known: Sequence[KnownAnswer] = (), *, replace: bool = False
) -> Plan:
    """Draw a plan's items and write it into the study; its settings follow.

    Pairs that the study does not have yet are made. Training comes first, in the order given; then source by
    source, gold among the others. Labels that are there already count for the pairs that are drawn.

    Args:
        study: takes the plan.
        design: what was decided.
        known: gold and training items; none of them is drawn.
        replace: whether this may take the place of a plan that people have begun with. Nothing they said
            is lost.

    Raises:
        PlanError: there is nothing to draw from, or less than asked for; or people have begun already.
        UnknownAgentError: no author is called so.
    """
    _check(study.task, design, known)
    with study.revising() as revision:
        connection = revision.connection
        if not replace:
            _require_not_begun(connection)
        work = _drawn(connection, design, known)
        if design.repeats > len(work):
            raise PlanError(f"{design.repeats} repeats: the plan has {counted(len(work), 'item')} to repeat")
        plan_id = _store(connection, design, _in_order(connection, design.seed, work, known))
        _follow(revision, design)
        plan = read_plan(connection)
    assert plan is not None
    assert plan.id == plan_id
    return plan


@dataclass(frozen=True, slots=True)
class _NewItem:
    pair_id: int
    pair_key: str
    source_key: str
    role: Role = Role.WORK
    known: KnownAnswer | None = None


def _check(task: Task, design: PlanDesign, known: Sequence[KnownAnswer]) -> None:
    if design.paper and task is not Task.SUMMARIZATION:
        raise PlanError(
            f"Appendix A is about summaries, and this study's task is {task}; plan without --paper"
        )
    if design.paper and known:
        raise PlanError("Appendix A has neither gold items nor a training round; leave them out")
    if not design.ties and any(answer.expected == 0 for answer in known):
        raise PlanError("a known answer is a tie, and the plan has no ties; choose a side")
    roles: dict[int, Role] = {}
    for answer in known:
        if answer.pair_id in roles:
            raise PlanError(
                f"pair {answer.pair_id} is a {answer.role} item twice or of two roles; name it once"
            )
        roles[answer.pair_id] = answer.role


def _require_not_begun(connection: Connection) -> None:
    standing = read_plan(connection)
    if standing is None:
        return
    said = connection.execute(
        select(func.count()).where(answers.c.choice.is_not(None), answers.c.origin != Origin.IMPORT)
    ).scalar_one()
    held = connection.execute(select(func.count()).select_from(seats)).scalar_one()
    if said or held:
        given = read_progress(connection, standing).labels
        wanted = counted(len(standing.work) * standing.design.annotators_per_pair, "label")
        begun = f"with {given:,} of {wanted} given" if said else "with pairs handed out"
        raise PlanError(
            f"plan {standing.id} stands {begun}; --replace makes another one, and no label is lost by that"
        )


def _drawn(connection: Connection, design: PlanDesign, known: Iterable[KnownAnswer]) -> list[_NewItem]:
    candidates = read_candidates(connection, design, {answer.pair_id for answer in known})
    there = len({one.source_id for one in candidates})
    if design.sources is not None and there < design.sources:
        raise PlanError(
            f"{counted(design.sources, 'source')} asked for; this study has pairs to draw of {there:,} only"
        )
    drawn = draw(candidates, design.pairs_per_source, design.seed, design.sources)
    return [_NewItem(add_pair(connection, one), one.key, one.source_key) for one in drawn]


def _in_order(
    connection: Connection, seed: int, work: Iterable[_NewItem], known: Sequence[KnownAnswer]
) -> list[_NewItem]:
    checked = _known_items(connection, known)
    training = [item for item in checked if item.role is Role.TRAINING]
    first_seen = {item.source_key: place for place, item in reversed(list(enumerate(training)))}
    rest = [*work, *(item for item in checked if item.role is Role.GOLD)]
    return [
        *sorted(training, key=lambda item: first_seen[item.source_key]),
        *sorted(
            rest,
            key=lambda item: (
                place_of_source(seed, item.source_key),
                random_number(seed, f"order {item.pair_key}"),
            ),
        ),
    ]


def _known_items(connection: Connection, known: Sequence[KnownAnswer]) -> list[_NewItem]:
    if not known:
        return []
    rows = connection.execute(
        select(pairs.c.id, pairs.c.key, sources.c.key.label("source_key"))
        .join(sources, sources.c.id == pairs.c.source_id)
        .where(pairs.c.id.in_([answer.pair_id for answer in known]))
    )
    found = {row.id: row for row in rows}
    for answer in known:
        if answer.pair_id not in found:
            raise PlanError(f"pair {answer.pair_id} is not in this study")
    return [
        _NewItem(
            answer.pair_id, found[answer.pair_id].key, found[answer.pair_id].source_key, answer.role, answer
        )
        for answer in known
    ]


def _store(connection: Connection, design: PlanDesign, items: Sequence[_NewItem]) -> int:
    key = connection.execute(
        insert(plans).values(design=design.model_dump(mode="json"), created=timestamp())
    ).inserted_primary_key
    assert key is not None
    connection.execute(
        insert(plan_items),
        [
            {
                "plan_id": key[0],
                "position": position,
                "pair_id": item.pair_id,
                "role": item.role,
                "expected": None if item.known is None else item.known.expected,
                "explanation": None if item.known is None else item.known.explanation,
            }
            for position, item in enumerate(items, start=1)
        ],
    )
    seal_plan(connection, key[0])
    return int(key[0])


def _follow(revision: Revision, design: PlanDesign) -> None:
    """The study's own settings, so that whoever labels outside a plan's seats is asked the same."""
    told = {
        "seed": design.seed,
        "allow_ties": design.ties,
        "minimum_seconds": design.minimum_seconds,
        **{key: text for key in ("question", "instructions") if (text := getattr(design, key))},
    }
    revision.change_settings(revision.settings.model_copy(update=told))
