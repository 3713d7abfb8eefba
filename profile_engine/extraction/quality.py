"""Fluency and Coherence: UniEval's boolean questions and what their answers add up to (PROFILE §3.2).

The wording is the published one, since the model was trained on it: Fluency asks of each sentence alone;
Coherence asks of the response with its source, as a summary of a document where the task is summarization
and as a response in a dialogue elsewhere (of the published wordings the one that fits a question and its
answer; `MingZhong/unieval-dialog` is trained on it).
"""

import re
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import fmean
from types import MappingProxyType
from typing import Final

from profile_engine.extraction.rules import NO_SOURCE
from profile_engine.ports import BooleanQuestion, ModelError, QualityModel, QualityScore
from profile_engine.taxonomy import Task

QUESTIONS_VERSION: Final = "1"
"""Goes into the provenance of every value found by these questions."""

Progress = Callable[[int, int], bool]
"""Told (done, of), in characters to be read, before each portion and at the end; False asks to stop."""


class Dimension(StrEnum):
    """What UniEval is asked about; the value is the factor's name."""

    FLUENCY = "fluency"
    COHERENCE = "coherence"


@dataclass(frozen=True, slots=True)
class QualityItem:
    """A response and what it was written for; the source is None or empty where there is none."""

    output: str
    source: str | None = None


@dataclass(frozen=True, slots=True)
class QualityValue:
    """What UniEval found.

    Attributes:
        value: in [0, 1]; None where the response has no value.
        reason: why not, readable.
        detail: `questions` behind the value and how many of them were `truncated` at the model's limit.
    """

    value: float | None
    reason: str | None = None
    detail: Mapping[str, int] = field(default_factory=dict)


_FLUENT: Final = "question: Is this a fluent paragraph? </s> paragraph: {output}"
_COHERENT_SUMMARY: Final = (
    "question: Is this a coherent summary to the document? </s> summary: {output} </s> document: {source}"
)
_COHERENT_RESPONSE: Final = (
    "question: Is this a coherent response given the dialogue history?"
    " </s> response: {output} </s> dialogue history: {source}"
)
_COHERENT: Final[Mapping[Task, str]] = MappingProxyType(
    {
        Task.SUMMARIZATION: _COHERENT_SUMMARY,
        Task.HELPFUL_RESPONSE: _COHERENT_RESPONSE,
        Task.DOCUMENT_QA: _COHERENT_RESPONSE,
    }
)

# A text must not end its own part of the question: the tokenizer would read these as control tokens.
_CONTROL_TOKEN: Final = re.compile(r"<(?=/s>|pad>|unk>|extra_id_\d+>)")

# Characters between two calls of `progress`: some 10,000 tokens, seconds of work on most machines.
_PORTION: Final = 40_000


@dataclass(frozen=True, slots=True)
class _Plan:
    """The questions behind one value, or why there are none."""

    questions: tuple[str, ...] = ()
    reason: str | None = None


def quality_values(
    items: Sequence[QualityItem],
    model: QualityModel,
    *,
    task: Task = Task.SUMMARIZATION,
    dimensions: Sequence[Dimension] = tuple(Dimension),
    progress: Progress | None = None,
    scores: MutableMapping[str, QualityScore] | None = None,
) -> tuple[Mapping[Dimension, QualityValue], ...]:
    """Score responses, asking each question once however many responses and dimensions share it.

    Args:
        items: the responses.
        model: answers the questions.
        task: decides the wording.
        dimensions: what to find.
        progress: told how far it is; may ask to stop.
        scores: answers had before, by question text; new ones are added, so that one mapping over several
            calls keeps a text from being scored twice.

    Returns:
        One mapping an item, in order; a value that a stop left unfinished is absent.

    Raises:
        ModelError: the model failed, or the sentence splitter is not installed.
    """
    scores = {} if scores is None else scores
    plans = [{dimension: _plan(dimension, item, task) for dimension in dimensions} for item in items]
    new = {text for plan in plans for one in plan.values() for text in one.questions if text not in scores}
    _ask(sorted(new, key=lambda text: (len(text), text)), model, progress, scores)
    return tuple(
        {dimension: value for dimension, one in plan.items() if (value := _evaluate(one, scores)) is not None}
        for plan in plans
    )


def split_sentences(text: str) -> tuple[str, ...]:
    """The sentences of an English text, without white space around them."""
    try:
        from sentencex import segment
    except ImportError as error:
        raise ModelError("Fluency needs the sentence splitter sentencex: pip install '.[models]'") from error
    return tuple(stripped for sentence in segment("en", text) if (stripped := sentence.strip()))


def _plan(dimension: Dimension, item: QualityItem, task: Task) -> _Plan:
    output, source = _plain(item.output), _plain(item.source or "")
    if not output:
        return _Plan(reason="the response is empty")
    if dimension is Dimension.FLUENCY:
        return _Plan(tuple(_FLUENT.format(output=sentence) for sentence in split_sentences(output)))
    if not source:
        return _Plan(reason=NO_SOURCE)
    return _Plan((_COHERENT[task].format(output=output, source=source),))


def _plain(text: str) -> str:
    return _CONTROL_TOKEN.sub("< ", text.strip())


def _ask(
    texts: Sequence[str],
    model: QualityModel,
    progress: Progress | None,
    scores: MutableMapping[str, QualityScore],
) -> None:
    """Fill in the scores, portion by portion; texts of similar length share a portion."""
    done, of = 0, sum(map(len, texts))
    for portion in _portions(texts):
        if progress is not None and not progress(done, of):
            return
        answers = model.score([BooleanQuestion(text) for text in portion])
        scores.update(zip(portion, answers, strict=True))
        done += sum(map(len, portion))
    if progress is not None:
        progress(done, of)


def _portions(texts: Sequence[str]) -> Iterator[list[str]]:
    portion: list[str] = []
    room = _PORTION
    for text in texts:
        if portion and len(text) > room:
            yield portion
            portion, room = [], _PORTION
        portion.append(text)
        room -= len(text)
    if portion:
        yield portion


def _evaluate(plan: _Plan, scores: Mapping[str, QualityScore]) -> QualityValue | None:
    """The mean over the plan's questions; None where a stop left one of them unanswered."""
    if plan.reason is not None:
        return QualityValue(None, plan.reason)
    found = [scores[text] for text in plan.questions if text in scores]
    if len(found) < len(plan.questions):
        return None
    truncated = sum(score.truncated for score in found)
    return QualityValue(
        fmean(score.probability for score in found),
        detail={"questions": len(found), "truncated": truncated},
    )
