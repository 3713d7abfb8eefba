"""Rows for studies that tests build by hand, in any database."""

from collections.abc import Iterable

from sqlalchemy import Table, insert

from annotation.answers import AnswerLog, NewAnswer
from annotation.store import tables
from annotation.store.database import timestamp
from annotation.store.seals import SEALED, sealing
from annotation.study import Study
from profile_engine.preferences import AgentKind, Preference

LEFT, TIE, RIGHT = Preference.LEFT, Preference.TIE, Preference.RIGHT


class Draft:
    """Adds to a study; returns the ids that the database gave."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self._added = 0

    def agent(self, name: str, kind: AgentKind = AgentKind.GENERATOR) -> int:
        return self._add(tables.agents, name=name, kind=kind, simulated=False)

    def source(self, text: str, title: str | None = None) -> int:
        return self._add(tables.sources, key=self._key(), text=text, title=title)

    def response(self, source: int, text: str, agent: int | None = None, score: float | None = None) -> int:
        return self._add(
            tables.responses, key=self._key(), source_id=source, agent_id=agent, score=score, text=text
        )

    def pair(self, source: int, left: int, right: int) -> int:
        return self._add(tables.pairs, key=self._key(), source_id=source, left_id=left, right_id=right)

    def value(
        self,
        response: int,
        factor: str,
        value: float | None,
        *,
        reason: str | None = None,
        version: str = "1",
    ) -> int:
        return self._add(
            tables.factor_values,
            response_id=response,
            factor=factor,
            value=value,
            reason=reason,
            method="hand-written",
            version=version,
            created=timestamp(),
        )

    def verdict(self, pair: int, agent: int, value: Preference | None, raw: str | None = None) -> int:
        return self._add(
            tables.preferences, pair_id=pair, agent_id=agent, value=value, raw=raw, created=timestamp()
        )

    def pairs(self, count: int, *, a_source: int = 2) -> list[int]:
        """Pairs with texts of their own, `a_source` of them for each source."""
        made = []
        for number in range(count):
            if number % a_source == 0:
                source = self.source(f"Source {number // a_source + 1}.")
            left, right = (self.response(source, f"{side} {number + 1}.") for side in ("Left", "Right"))
            made.append(self.pair(source, left, right))
        return made

    def _add(self, table: Table, **values: object) -> int:
        with self.study.writing() as connection, sealing(connection, *({table} & SEALED.keys())):
            key = connection.execute(insert(table).values(**values)).inserted_primary_key
        assert key is not None
        return int(key[0])

    def _key(self) -> str:
        self._added += 1
        return f"key {self._added}"


def three_of_one_name(draft: Draft) -> list[int]:
    """Three pairs of which gpt-4o wrote two, judged all, and rewarded two; ann has labelled all.

    On the pairs the generator prefers left, right, nothing; the judge right, right, left; the reward model
    left, neither, nothing; ann left, right, left. The left one is longer, shorter, longer.
    """
    writer, judge, rewarder = (
        draft.agent("gpt-4o", kind) for kind in (AgentKind.GENERATOR, AgentKind.JUDGE, AgentKind.REWARD_MODEL)
    )
    log, pairs = AnswerLog(draft.study), []
    for number, (left, right) in enumerate(((5, 2), (1, 4), (None, None)), start=1):
        source, author = draft.source(f"Source {number}."), None if left is None else writer
        one = draft.response(source, f"Left {number}.", author, left)
        other = draft.response(source, f"Right {number}.", author, right)
        pairs.append(draft.pair(source, one, other))
        for response, value in zip((one, other), ((3, 1), (1, 2), (5, 4))[number - 1], strict=True):
            draft.value(response, "length", value)
    for agent, choices in ((judge, (RIGHT, RIGHT, LEFT)), (rewarder, (LEFT, TIE))):
        for pair, choice in zip(pairs, choices, strict=False):
            draft.verdict(pair, agent, choice)
    label(log, "ann", zip(pairs, (LEFT, RIGHT, LEFT), strict=True))
    return pairs


def label(log: AnswerLog, annotator: str, choices: Iterable[tuple[int, Preference]]) -> None:
    """Register somebody and let them label."""
    log.register(annotator)
    for pair_id, choice in choices:
        log.save(NewAnswer(pair_id, annotator, choice=choice))
