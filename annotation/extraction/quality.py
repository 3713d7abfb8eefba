"""Fluency and Coherence by UniEval, each question asked once."""

from collections import ChainMap, deque
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from sqlalchemy import select

from annotation.cluster import Here, Workplace
from annotation.extraction.rules import ExtractionReport, Progress
from annotation.extraction.values import (
    NewValue,
    OpenResponse,
    Origin,
    count_responses,
    is_any_open,
    is_open,
    open_factors,
    read_open,
    store_values,
    why_none,
)
from annotation.store.tables import factor_values, responses
from annotation.study import Study
from profile_engine.extraction.quality import (
    QUESTIONS_VERSION,
    Dimension,
    QualityItem,
    QualityValue,
    quality_values,
)
from profile_engine.ports import BooleanQuestion, ModelIdentity, QualityScore
from profile_engine.taxonomy import Method

if TYPE_CHECKING:
    from profile_engine.backends.unieval import UniEvalModel

_PORTION: Final = 500


class Scorer(Protocol):
    """Scores questions, wherever that is done; sent to a cluster as it is."""

    @property
    def model(self) -> str:
        """What goes into the provenance."""
        ...

    @property
    def device(self) -> str | None:
        """Where it runs, for people to know; None where that is elsewhere."""
        ...

    def __call__(self, questions: Sequence[str]) -> Sequence[QualityScore]:
        """One score a question; raises ModelError."""
        ...


@dataclass(frozen=True, slots=True)
class UniEvalScorer:
    """UniEval by name or folder, loaded once a process when it is first asked."""

    place: str

    @property
    def model(self) -> str:
        """A folder's name without the way to it, which is nobody else's business."""
        folder = Path(self.place).expanduser()
        return folder.resolve().name if folder.is_dir() else self.place

    def __call__(self, questions: Sequence[str]) -> Sequence[QualityScore]:
        """One score a question."""
        return self.load().score([BooleanQuestion(text) for text in questions])

    def load(self) -> "UniEvalModel":
        """The model in memory; raises ModelError where it or torch is missing."""
        return _loaded(self.place)

    @property
    def device(self) -> str | None:
        """Where it runs; None until it was asked something here."""
        return _DEVICES.get(self.place)


@cache
def _loaded(place: str) -> "UniEvalModel":
    from profile_engine.backends.unieval import UniEvalModel

    model = UniEvalModel(place)
    _DEVICES[place] = model.device.value
    return model


_DEVICES: Final[dict[str, str]] = {}


def quality_origin(scorer: Scorer) -> Origin:
    """What is noted with every value."""
    return Origin(Method.UNIEVAL, QUESTIONS_VERSION, scorer.model)


def extract_quality(
    study: Study,
    scorer: Scorer,
    factors: Sequence[str] = tuple(Dimension),
    progress: Progress | None = None,
    *,
    place: Workplace | None = None,
    limit: int | None = None,
) -> tuple[ExtractionReport, ...]:
    """Score every response that has no value of this model and these questions yet.

    Args:
        study: gets the values, portion by portion.
        scorer: the model.
        factors: which of Fluency and Coherence.
        progress: told how many responses are done, and of how many; may ask to stop.
        place: where the questions are scored; the groups are the same wherever, and so are the scores.
        limit: responses at most.

    Raises:
        ModelError: the model is not there, or failed.
    """
    origins = {factor: quality_origin(scorer) for factor in factors}
    every = count_responses(study, responses.c.id.is_not(None))
    before = {factor: count_responses(study, is_open(factor, origins[factor])) for factor in factors}
    run = _Run(study, scorer, origins, place or Here())
    stopped = not run.extract(limit, progress or _go_on)
    return tuple(
        ExtractionReport(
            factor,
            run.added[factor],
            run.unavailable[factor],
            every - before[factor],
            stopped,
            run.truncated[factor],
        )
        for factor in factors
    )


def _go_on(_done: int, _of: int) -> bool:
    return True


class _Scores(MutableMapping[str, QualityScore]):
    """Scores by question; holds a digest in place of the text, which may be a whole post."""

    def __init__(self) -> None:
        self._scores: dict[bytes, QualityScore] = {}

    def __getitem__(self, text: str) -> QualityScore:
        return self._scores[_digest(text)]

    def __setitem__(self, text: str, score: QualityScore) -> None:
        self._scores[_digest(text)] = score

    def __delitem__(self, text: str) -> None:
        del self._scores[_digest(text)]

    def __contains__(self, text: object) -> bool:
        return isinstance(text, str) and _digest(text) in self._scores

    def __iter__(self) -> Iterator[str]:
        raise TypeError("the texts are not kept")

    def __len__(self) -> int:
        return len(self._scores)


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


@dataclass(slots=True)
class _Asking:
    """A quality model that notes what it is asked, group by group; its answers mean nothing."""

    groups: list[tuple[str, ...]] = field(default_factory=list)

    @property
    def identity(self) -> ModelIdentity:
        return ModelIdentity("asking", "asking")

    def score(self, questions: Sequence[BooleanQuestion]) -> Sequence[QualityScore]:
        if questions:
            self.groups.append(tuple(question.text for question in questions))
        return [QualityScore(0.0, truncated=False)] * len(questions)


@dataclass(slots=True)
class _Waiting:
    """Responses whose questions are under way."""

    responses: tuple[OpenResponse, ...]
    wanted: Mapping[int, frozenset[str]]
    groups: int
    left: int

    @property
    def share(self) -> float:
        return 1 - self.left / self.groups if self.groups else 1.0


class _Run:
    def __init__(self, study: Study, scorer: Scorer, origins: Mapping[str, Origin], place: Workplace) -> None:
        self.added = dict.fromkeys(origins, 0)
        self.unavailable = dict.fromkeys(origins, 0)
        self.truncated = dict.fromkeys(origins, 0)
        self._study = study
        self._scorer = scorer
        self._origins = origins
        self._place = place
        self._scores = _Scores()
        self._asked = _Scores()  # under way: they must not be asked twice, and have no score yet
        self._waiting: deque[_Waiting] = deque()
        self._done = 0

    def extract(self, limit: int | None, progress: Progress) -> bool:
        """Whether it went to the end."""
        open_now = count_responses(self._study, is_any_open(self._origins))
        of = open_now if limit is None else min(limit, open_now)
        for group, scores in self._place.map(self._scorer, self._groups(limit)):
            for text, score in zip(group, scores, strict=True):
                self._scores[text] = score
                del self._asked[text]
            self._waiting[0].left -= 1
            self._finish_portions()
            started = self._waiting[0] if self._waiting else None
            far = round(started.share * len(started.responses)) if started else 0
            if not progress(self._done + far, of):
                while self._waiting:
                    self._finish(self._waiting.popleft())
                return False
        self._finish_portions()
        progress(self._done, of)
        return True

    def _groups(self, limit: int | None) -> Iterator[tuple[str, ...]]:
        """What is to be scored, in the groups in which the engine asks."""
        for portion in read_open(self._study, is_any_open(self._origins), _PORTION, limit):
            wanted = self._without_twins(portion, open_factors(self._study, self._origins, portion))
            asking = _Asking()
            known = ChainMap[str, QualityScore](self._asked, self._scores)
            for dimensions, lacking in _by_wanted(portion, wanted):
                quality_values(
                    _items(lacking), asking, task=self._study.task, dimensions=dimensions, scores=known
                )
            self._waiting.append(_Waiting(portion, wanted, len(asking.groups), len(asking.groups)))
            yield from asking.groups
            self._finish_portions()  # where nothing was to be asked

    def _finish_portions(self) -> None:
        while self._waiting and not self._waiting[0].left:
            self._finish(self._waiting.popleft())

    def _finish(self, portion: _Waiting) -> None:
        """Store what is known of a portion: all of it, or after a stop what was scored in time."""
        for dimensions, lacking in _by_wanted(portion.responses, portion.wanted):
            found = quality_values(
                _items(lacking),
                _Asking(),
                task=self._study.task,
                dimensions=dimensions,
                progress=lambda _done, _of: False,
                scores=self._scores,
            )
            self._store(
                [
                    NewValue(
                        response.id,
                        dimension,
                        value.value,
                        reason=why_none(response, value.reason),
                        evidence=value.detail,
                    )
                    for response, values in zip(lacking, found, strict=True)
                    for dimension, value in values.items()
                ]
            )
        self._done += len(portion.responses)

    def _store(self, values: Sequence[NewValue]) -> None:
        store_values(self._study, self._origins, values)
        for value in values:
            counts = self.unavailable if value.value is None else self.added
            counts[value.factor] += 1
            self.truncated[value.factor] += bool((value.evidence or {}).get("truncated"))

    def _without_twins(
        self, portion: Sequence[OpenResponse], wanted: Mapping[int, frozenset[str]]
    ) -> Mapping[int, frozenset[str]]:
        """Take over what a response of the same text to the same source has; returns what is left."""
        known = self._known_values({response.source_id for response in portion})
        copies = [
            NewValue(response.id, factor, twin.value, reason=twin.reason, evidence=twin.detail)
            for response in portion
            for factor in wanted[response.id]
            if (twin := known.get((response.source_id, response.text, factor))) is not None
        ]
        self._store(copies)
        copied = {(copy.response_id, copy.factor) for copy in copies}
        return {
            id_: frozenset(factor for factor in factors if (id_, factor) not in copied)
            for id_, factors in wanted.items()
        }

    def _known_values(self, source_ids: set[int]) -> Mapping[tuple[int, str, str], QualityValue]:
        origin = next(iter(self._origins.values()))
        c = factor_values.c
        found = (
            select(responses.c.source_id, responses.c.text, c.factor, c.value, c.reason, c.evidence)
            .join(responses, responses.c.id == c.response_id)
            .where(responses.c.source_id.in_(source_ids), c.factor.in_(self._origins))
            .where(c.method == origin.method, c.version == origin.version, c.model == origin.model)
        )
        with self._study.reading() as connection:
            return {
                (source, text, factor): QualityValue(value, reason, evidence or {})
                for source, text, factor, value, reason, evidence in connection.execute(found)
            }


def _by_wanted(
    portion: Sequence[OpenResponse], wanted: Mapping[int, frozenset[str]]
) -> Iterator[tuple[tuple[Dimension, ...], list[OpenResponse]]]:
    """Responses that lack the same dimensions together, so that what they have is not scored again."""
    for factors in sorted(filter(None, set(wanted.values())), key=sorted):
        dimensions = tuple(dimension for dimension in Dimension if dimension.value in factors)
        yield dimensions, [response for response in portion if wanted[response.id] == factors]


def _items(portion: Sequence[OpenResponse]) -> list[QualityItem]:
    return [QualityItem(response.text, response.input) for response in portion]
