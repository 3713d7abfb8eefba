"""Rewards by a reward model, and its preferences: of each pair the response that it rewards more."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, func, insert, select, true, union

from annotation.deeds.asking import LACKS_KEPT, Lack
from annotation.deeds.places import agent_id_of, keep_agent, read_in_portions, require_same_model
from annotation.extraction.rules import Progress
from annotation.store.authors import is_work
from annotation.store.database import timestamp
from annotation.store.model_tables import rewards
from annotation.store.seals import sealing
from annotation.store.standing import FAILED, is_last, preference_stands
from annotation.store.tables import pairs, preferences, responses, sources
from annotation.study import Study
from profile_engine.agents.rewarding import PROMPT_VERSION, reward_prompt
from profile_engine.ports import ModelError, Reward, RewardModel
from profile_engine.preferences import Agent, AgentKind

EMPTY: Final = "empty response"
"""Why there is no reward of a response without a word."""

_PORTION: Final = 32
_SOURCES_AT_ONCE: Final = 500
_FAILURES_IN_A_ROW: Final = 3

_Text = tuple[int, str]
"""A source's id and a response to it: what a reward is of."""

_Said = tuple[float | None, str | None]
"""A reward, or the reason why there is none."""


@dataclass(frozen=True, slots=True)
class RewardingEstimate:
    """What a run will do.

    Attributes:
        responses: without a reward, those of equal texts counted each.
        failed_before: responses that could not be rewarded before, and are left out.
    """

    responses: int
    failed_before: int


@dataclass(slots=True)
class RewardingOutcome:
    """What a run did.

    Attributes:
        rewarded: responses that got a reward.
        unavailable: responses that can have none.
        failed: responses that could not be rewarded this time.
        lacks: the first of these.
        truncated: of the rewarded ones, those that went beyond the model's limit.
        preferences: pairs that were decided, ties included.
        ties: of these, equally rewarded.
        undecided: pairs with a response that can have no reward.
        stopped: asked to stop before the end.
    """

    rewarded: int = 0
    unavailable: int = 0
    failed: int = 0
    lacks: list[Lack] = field(default_factory=list)
    truncated: int = 0
    preferences: int = 0
    ties: int = 0
    undecided: int = 0
    stopped: bool = False


class Rewarding:
    """The rewards of one model for the responses of a study's pairs, those of improvements excepted."""

    def __init__(
        self, study: Study, name: str, model: str, *, limit: int | None = None, retry: bool = False
    ) -> None:
        """Name what is to be rewarded by whom.

        Args:
            study: gets rewards and preferences.
            name: of the agent.
            model: what goes into the provenance.
            limit: responses at most.
            retry: reward again what could not be rewarded before.
        """
        self.agent = Agent(name, AgentKind.REWARD_MODEL)
        self._study = study
        self._model = model
        self._limit = limit
        self._retry = retry
        self._in_a_row = 0

    def estimate(self) -> RewardingEstimate:
        """Count what a run will do; nothing is computed or stored."""
        with self._study.reading() as connection:
            require_same_model(connection, rewards, self.agent, self._model)
            waiting = _count(connection, self._is_open())
            failed = 0 if self._retry else _count(connection, self._has_failed())
        return RewardingEstimate(waiting if self._limit is None else min(waiting, self._limit), failed)

    def run(self, load: Callable[[], RewardModel], progress: Progress | None = None) -> RewardingOutcome:
        """Reward portion by portion, each stored with the preferences that follow in one transaction.

        Args:
            load: gives the model; called where there is something to reward.
            progress: told how many responses are done, and of how many; may ask to stop.

        Raises:
            ModelError: the model is not there, or fails again and again.
            StudyError: another process is at it, or the agent was another model before.
        """
        with self._study.claiming(f"rewarding with {self.agent.name}"):
            return self._run(load, progress or (lambda _done, _of: True))

    def _run(self, load: Callable[[], RewardModel], progress: Progress) -> RewardingOutcome:
        of, done = self.estimate().responses, 0
        outcome = RewardingOutcome()
        self._settle_all(outcome)  # pairs may have come since
        model: RewardModel | None = None
        for portion in self._portions():
            if not progress(done, of):
                outcome.stopped = True
                return outcome
            model = model or load()
            self._reward(model, portion, outcome)
            done += len(portion)
        progress(done, of)
        return outcome

    def _portions(self) -> Iterator[list[Row[Any]]]:
        c = responses.c
        wanted = select(c.source_id, c.id, c.text, sources.c.text.label("source")).join(sources)
        wanted = wanted.where(self._is_open()).order_by(c.source_id, c.id)
        rows = read_in_portions(self._study, wanted, (c.source_id, c.id), _PORTION, self._limit)
        return iter(lambda: list(islice(rows, _PORTION)), [])

    def _reward(self, model: RewardModel, portion: Sequence[Row[Any]], outcome: RewardingOutcome) -> None:
        known = self._known({row.source_id for row in portion})
        wanted = {(row.source_id, row.text): row.source for row in portion if row.text.strip()}
        new = self._ask(model, {text: source for text, source in wanted.items() if text not in known})
        found, created = known | new, timestamp()
        with self._study.writing() as connection:
            # Not before: a model that cannot be loaded leaves no agent behind.
            agent_id = keep_agent(connection, self.agent)
            rows = [
                _row(found.get((row.source_id, row.text), EMPTY))
                | {
                    "response_id": row.id,
                    "agent_id": agent_id,
                    "version": PROMPT_VERSION,
                    "model": self._model,
                    "created": created,
                }
                for row in portion
            ]
            connection.execute(insert(rewards), rows)
            self._settle(connection, agent_id, {row.source_id for row in portion}, outcome)
        _count_rewards(rows, outcome)
        outcome.truncated += sum(isinstance(one, Reward) and one.truncated for one in new.values())

    def _ask(self, model: RewardModel, wanted: Mapping[_Text, str]) -> dict[_Text, Reward | str]:
        """A reward each, or why there is none; what fails together is tried one by one."""
        if not wanted:
            return {}
        try:
            return dict(zip(wanted, self._rewards(model, wanted), strict=True))
        except ModelError as error:
            if len(wanted) > 1:
                return {text: self._ask(model, {text: source})[text] for text, source in wanted.items()}
            self._in_a_row += 1
            if self._in_a_row == _FAILURES_IN_A_ROW:
                raise
            return dict.fromkeys(wanted, f"{FAILED}{error}")

    def _rewards(self, model: RewardModel, wanted: Mapping[_Text, str]) -> Sequence[Reward]:
        prompts = [reward_prompt(self._study.task, source) for source in wanted.values()]
        found = model.reward(prompts, [text for _, text in wanted])
        self._in_a_row = 0
        return found

    def _known(self, source_ids: Collection[int]) -> dict[_Text, Reward | str]:
        """What responses of equal text have."""
        found = (
            select(responses.c.source_id, responses.c.text, rewards.c.reward)
            .join(responses, responses.c.id == rewards.c.response_id)
            .where(responses.c.source_id.in_(source_ids), rewards.c.reward.is_not(None))
            .where(rewards.c.agent_id == agent_id_of(self.agent), rewards.c.version == PROMPT_VERSION)
        )
        with self._study.reading() as connection:
            return {(row.source_id, row.text): Reward(row.reward, False) for row in connection.execute(found)}

    # Which responses

    def _is_open(self) -> ColumnElement[bool]:
        """Condition on `responses`: of a pair that is work, and to be rewarded."""
        return and_(responses.c.id.in_(_of_work()), ~(self._settled() if self._retry else self._has()))

    def _has_failed(self) -> ColumnElement[bool]:
        """Condition on `responses`: the same, and open for `retry` alone."""
        return and_(responses.c.id.in_(_of_work()), self._has(failed=True), ~self._settled())

    def _settled(self) -> ColumnElement[bool]:
        """Condition on `responses`: has a reward, or can have none."""
        return self._has(failed=False)

    def _has(self, *, failed: bool | None = None) -> ColumnElement[bool]:
        """Condition on `responses`: there is a row of this agent, any, or one that failed or did not."""
        c = rewards.c
        kind = true() if failed is None else _failed() if failed else ~_failed()
        return exists().where(
            c.response_id == responses.c.id,
            c.agent_id == agent_id_of(self.agent),
            c.version == PROMPT_VERSION,
            kind,
        )

    # What follows for pairs

    def _settle_all(self, outcome: RewardingOutcome) -> None:
        rewarded = select(responses.c.source_id).distinct().join(rewards)
        rewarded = rewarded.where(rewards.c.agent_id == agent_id_of(self.agent))
        with self._study.reading() as connection:
            source_ids = connection.execute(rewarded.order_by(responses.c.source_id)).scalars().all()
        for start in range(0, len(source_ids), _SOURCES_AT_ONCE):
            with self._study.writing() as connection:
                agent_id = keep_agent(connection, self.agent)
                self._settle(connection, agent_id, source_ids[start : start + _SOURCES_AT_ONCE], outcome)

    def _settle(
        self, connection: Connection, agent_id: int, source_ids: Iterable[int], outcome: RewardingOutcome
    ) -> None:
        """Store the preferences on pairs of these sources that follow and do not stand yet."""
        of_sources = responses.c.source_id.in_(source_ids)
        stand = select(rewards.c.response_id, rewards.c.reward, rewards.c.reason).join(responses)
        stand = stand.where(
            of_sources, rewards.c.agent_id == agent_id, is_last(rewards, "agent_id", "response_id")
        )
        settled = {
            row.response_id: (row.reward, row.reason)
            for row in connection.execute(stand)
            if not _is_failed(row.reason)
        }
        told = select(preferences.c.pair_id, preferences.c.value).join(pairs)
        told = told.where(
            pairs.c.source_id.in_(source_ids), preferences.c.agent_id == agent_id, preference_stands()
        )
        before = {row.pair_id: row.value for row in connection.execute(told)}
        created = timestamp()
        new = []
        for pair in connection.execute(select(pairs).where(pairs.c.source_id.in_(source_ids), is_work())):
            left, right = settled.get(pair.left_id), settled.get(pair.right_id)
            if left is None or right is None:
                continue
            value, raw = _preference(left, right)
            if pair.id not in before or before[pair.id] != value:
                new.append(
                    {"pair_id": pair.id, "agent_id": agent_id, "value": value, "raw": raw, "created": created}
                )
        if new:
            with sealing(connection, preferences):
                connection.execute(insert(preferences), new)
        outcome.undecided += sum(row["value"] is None for row in new)
        outcome.ties += sum(row["value"] == 0 for row in new)
        outcome.preferences += sum(row["value"] is not None for row in new)


def _of_work() -> Select[tuple[int]]:
    """The responses of pairs that are work."""
    sides = union(
        *(select(side.label("id")).where(is_work()) for side in (pairs.c.left_id, pairs.c.right_id))
    )
    return select(sides.subquery().c.id)


def _count(connection: Connection, condition: ColumnElement[bool]) -> int:
    number: int = connection.execute(select(func.count(responses.c.id)).where(condition)).scalar_one()
    return number


def _failed() -> ColumnElement[bool]:
    """Condition on `rewards`: it could not be had, and may be another time."""
    return and_(rewards.c.reward.is_(None), rewards.c.reason.startswith(FAILED))


def _is_failed(reason: str | None) -> bool:
    return reason is not None and reason.startswith(FAILED)


def _row(reward: Reward | str) -> dict[str, Any]:
    """A reward, or the reason why there is none."""
    if isinstance(reward, str):
        return {"reward": None, "reason": reward}
    return {"reward": reward.value, "reason": None}


def _preference(left: _Said, right: _Said) -> tuple[int | None, str]:
    """The sign of the difference, and in words what it follows from."""
    (one, why_none), (other, why_no_other) = left, right
    if one is None or other is None:
        return None, f"no reward: {why_none or why_no_other}"
    return (one > other) - (one < other), f"reward {one:.6g} against {other:.6g}"


def _count_rewards(rows: Sequence[Mapping[str, Any]], outcome: RewardingOutcome) -> None:
    for row in rows:
        if row["reward"] is not None:
            outcome.rewarded += 1
        elif _is_failed(row["reason"]):
            outcome.failed += 1
            reason = row["reason"].removeprefix(FAILED)
            outcome.lacks += [Lack(f"response {row['response_id']}", reason)][
                : LACKS_KEPT - len(outcome.lacks)
            ]
        else:
            outcome.unavailable += 1
