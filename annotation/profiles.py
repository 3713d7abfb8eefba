"""From a study to a live profile."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from sqlalchemy import Column, ColumnElement, Connection, func, select, true

from annotation.agents import read_agents
from annotation.answers import Answer, AnswerKind
from annotation.errors import StudyError
from annotation.growth import Growth, read_growth
from annotation.response_values import ResponseValues, by_response, read_values
from annotation.store.columns import Columns, read_columns
from annotation.store.moment import Moment
from annotation.store.standing import label_stands, preference_stands
from annotation.store.tables import agents, answers, pairs, preferences, responses
from annotation.study import Study
from annotation.validation.choices import Values
from annotation.validation.corrections import read_corrections, responses_judged_since
from annotation.validation.judgements import last_judgement
from profile_engine.live import AgentPreferences, LiveProfile, ProfileSnapshot
from profile_engine.preferences import MISSING, AgentKind, Aggregation
from profile_engine.tally import Signs
from profile_engine.taxonomy import Factor


@dataclass(slots=True)
class StudyProfile:
    """A live profile and the arrays behind it, rows in the order of `pair_ids` (ascending).

    Attributes:
        pair_ids: int64, one a pair.
        source_ids: int64, the source of each pair.
        manifestations: pairs x factors.
        models: preferences of every model that has any, generators included (from their scores).
        last_answer: the log is followed up to this id.
        values: the factor values that `manifestations` follow from.
        last_judgement: corrections are followed up to this id of the log of judgements.
        growth: how far the study had grown.
        stale: something was added after loading (a pair that somebody answered, say); load again to see it.
    """

    pair_ids: npt.NDArray[np.int64]
    source_ids: npt.NDArray[np.int64]
    factors: tuple[str, ...]
    manifestations: Signs
    models: tuple[AgentPreferences, ...]
    live: LiveProfile
    last_answer: int
    values: ResponseValues
    last_judgement: int
    growth: Growth
    stale: bool = False

    def row(self, pair_id: int) -> int:
        """The row of a pair; raises StudyError for a pair that was not there at loading."""
        row = self._find(pair_id)
        if row is None:
            raise StudyError(
                f"pair {pair_id} is not in the study as it was read; read it again if the pair is new"
            )
        return row

    def follow(self, answers: Sequence[Answer]) -> ProfileSnapshot | None:
        """Record what was answered since.

        Args:
            answers: all that `AnswerLog.since(last_answer)` gives, also after an answer of one's own, since
                another person's may have come before it.

        Returns:
            The last snapshot; None when no label changed.
        """
        snapshot = None
        for answer in answers:
            self.last_answer = max(self.last_answer, answer.id)
            row = self._find(answer.pair_id)
            if row is None:
                self.stale = True
            elif answer.kind is AnswerKind.LABEL and answer.annotator not in self.growth.absent:
                snapshot = self.live.record(answer.annotator, row, answer.choice)
        return snapshot

    def show(self, study: Study, shown: Values) -> ProfileSnapshot:
        """Let raw or corrected values count from now on; the snapshot's `revaluation` says what moved."""
        with study.reading() as connection:
            corrections = read_corrections(connection) if shown is Values.CORRECTED else ()
            self.last_judgement = last_judgement(connection)
        self.values.shown = shown
        places = self.values.correct(corrections, self.values.corrected_responses)
        return self.live.revalue(*self.values.signs_at(places))

    def follow_corrections(self, study: Study) -> ProfileSnapshot | None:
        """Take in what was judged since; None where raw values count, or when that changed no value.

        Reads what is new in the log; O(pairs of the responses concerned x agents).
        """
        if self.values.shown is Values.RAW:
            return None
        with study.reading() as connection:
            newest = last_judgement(connection)
            if newest == self.last_judgement:
                return None
            judged = responses_judged_since(connection, self.last_judgement)
            corrections = read_corrections(connection, judged)
        self.last_judgement = newest
        places = self.values.correct(corrections, judged)
        return self.live.revalue(*self.values.signs_at(places)) if places else None

    def _find(self, pair_id: int) -> int | None:
        row = int(np.searchsorted(self.pair_ids, pair_id))
        return row if row < len(self.pair_ids) and self.pair_ids[row] == pair_id else None


def load_profile(
    study: Study,
    aggregation: Aggregation | None = None,
    values: Values = Values.RAW,
    at: Moment | None = None,
) -> StudyProfile:
    """Read a study into a live profile (100k pairs: about a second, memory in tens of MB).

    Missing, unavailable and tied stay apart: where a value is not there yet, or is unavailable for a reason,
    the manifestation is MISSING; where two values are equal it is 0.

    Args:
        study: read in one transaction, so that all of it is of one moment.
        aggregation: as the study's settings have it, unless given.
        values: whether corrections count.
        at: as the study was then; corrections are those of now.
    """
    with study.reading() as connection:
        reader = _Reader(study, connection, at)
        response_values = reader.values(study.factors)
        if values is Values.CORRECTED:
            response_values.shown = values
            response_values.correct(read_corrections(connection))
        manifestations = response_values.manifestations()
        judged = last_judgement(connection)
        models = tuple(reader.models())
        people = reader.people()
        last_answer = connection.execute(select(func.coalesce(func.max(answers.c.id), 0))).scalar_one()
        grown = read_growth(connection)
    factors = tuple(factor.name for factor in study.factors)
    live = LiveProfile(
        factors,
        manifestations,
        models,
        aggregation=aggregation or study.settings.aggregation,
        people=people,
        settings=study.settings.agent_settings,
    )
    pair_ids, source_ids = (np.ascontiguousarray(reader.pairs[name]) for name in ("id", "source"))
    return StudyProfile(
        pair_ids,
        source_ids,
        factors,
        manifestations,
        models,
        live,
        last_answer,
        response_values,
        judged,
        grown,
    )


class _Reader:
    """Reads one connection's state into arrays with one row a pair."""

    def __init__(self, study: Study, connection: Connection, at: Moment | None) -> None:
        self._connection = connection
        self._at = at
        self._agents = read_agents(connection, study.settings.agent_settings)
        self.pairs = read_columns(
            connection,
            select(pairs.c.id, pairs.c.source_id, pairs.c.left_id, pairs.c.right_id)
            .where(true() if at is None else pairs.c.id <= at.pairs)
            .order_by(pairs.c.id),
            [("id", "i8"), ("source", "i8"), ("left", "i8"), ("right", "i8")],
        )
        self._response_ids = np.unique(np.concatenate([self.pairs["left"], self.pairs["right"]]))
        self._left = np.searchsorted(self._response_ids, self.pairs["left"])
        self._right = np.searchsorted(self._response_ids, self.pairs["right"])

    def values(self, factors: Sequence[Factor]) -> ResponseValues:
        """The standing values of the responses of all pairs."""
        until = None if self._at is None else self._at.factor_values
        values = read_values(self._connection, factors, self._response_ids, until)
        return ResponseValues(tuple(factors), self._response_ids, self._left, self._right, values)

    def people(self) -> dict[str, Signs]:
        """Each annotator's standing labels."""
        said = self._said(answers.c.annotator_id, answers.c.pair_id, answers.c.choice, label_stands(self._at))
        return {agent.name: self._signs(said[id_]) for id_, agent in self._agents.items() if id_ in said}

    def models(self) -> Iterator[AgentPreferences]:
        """Every model that has a preference, or was asked for one."""
        told = preferences.c
        said = self._said(told.agent_id, told.pair_id, told.value, preference_stands(self._at))
        generated = self._generated()
        for id_, agent in self._agents.items():
            if id_ in said or id_ in generated:
                verdicts = said.get(id_, _NOTHING_SAID)
                signs = self._signs(verdicts, generated.get(id_))
                unanswered = int(np.count_nonzero(verdicts["sign"] == MISSING))
                yield AgentPreferences(agent, signs, unanswered)

    def _said(
        self, agent: Column[int], pair: Column[int], choice: Column[int], stands: ColumnElement[bool]
    ) -> dict[int, Columns]:
        statement = select(agent, pair, func.coalesce(choice, MISSING)).where(stands)
        table = read_columns(self._connection, statement, _SAID)
        return {int(one): table[table["agent"] == one] for one in np.unique(table["agent"])}

    def _signs(self, said: Columns, otherwise: Signs | None = None) -> Signs:
        signs = np.full(len(self.pairs), MISSING, np.int8) if otherwise is None else otherwise
        signs[np.searchsorted(self.pairs["id"], said["pair"])] = said["sign"]
        return signs

    def _generated(self) -> dict[int, Signs]:
        """What generators prefer: of two responses of their own the one they wrote to be the better one.

        Nothing where the scores are equal or absent.
        """
        written = read_columns(
            self._connection,
            select(responses.c.id, responses.c.agent_id, responses.c.score)
            .join(agents)
            .where(agents.c.kind == AgentKind.GENERATOR, responses.c.score.is_not(None)),
            [("response", "i8"), ("agent", "i8"), ("score", "f8")],
        )
        authors = by_response(self._response_ids, written, "agent", 0)
        scores = by_response(self._response_ids, written, "score", np.nan)
        author = np.where(authors[self._left] == authors[self._right], authors[self._left], 0)
        choice = np.sign(scores[self._left] - scores[self._right])
        preferring = np.unique(author[(author != 0) & (np.abs(choice) == 1)])
        return {
            int(agent): np.where((author == agent) & (choice != 0), choice, MISSING).astype(np.int8)
            for agent in preferring
        }


_SAID: Final = [("agent", "i8"), ("pair", "i8"), ("sign", "i1")]
_NOTHING_SAID: Final = np.empty(0, _SAID)
