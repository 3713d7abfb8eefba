"""The shapes of the judge's answers: read leniently, never guessed."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, create_model, field_validator

from profile_engine.extraction.prompts.criteria import Criterion
from profile_engine.ports import AnswerSchema

_NEITHER_LETTER_NOR_DIGIT: Final = re.compile(r"[\W_]+")
_OTHER_NAMES: Final = {
    "true": "yes",
    "false": "no",
    "misaligned": "not aligned",
}  # "misaligned": Appendix D.1


class AtomicFacts(BaseModel):
    """The atomic facts of a text, each once."""

    facts: list[str]

    @field_validator("facts")
    @classmethod
    def _each_once(cls, facts: list[str]) -> list[str]:
        return list(dict.fromkeys(text for fact in facts if (text := " ".join(fact.split()))))


class Judgement(BaseModel):
    """The answer to one question; `decision` is one of its choices."""

    decision: str
    justification: str


class StatementJudgement(BaseModel):
    """The answers on one statement: beside its number, a field for each question."""

    number: int

    def on(self, criterion: Criterion) -> Judgement:
        """The answer to one question."""
        return _answer(self, criterion)


class StatementJudgements(BaseModel):
    """The answers on every statement."""

    verdicts: Sequence[StatementJudgement]


class ResponseJudgements(BaseModel):
    """The answers on a response as a whole: a field for each question."""

    def on(self, criterion: Criterion) -> Judgement:
        """The answer to one question."""
        return _answer(self, criterion)


FACTS_SCHEMA: Final = AnswerSchema(
    "atomic_facts",
    {
        "type": "object",
        "properties": {"facts": {"type": "array", "items": {"type": "string"}}},
        "required": ["facts"],
        "additionalProperties": False,
    },
)
"""What `AtomicFacts` is told to be."""


@cache
def statement_answer(criteria: tuple[Criterion, ...]) -> type[StatementJudgements]:
    """The type of an answer to questions asked of each statement."""
    row = create_model("StatementJudgement", __base__=StatementJudgement, **_fields(criteria))
    return create_model("StatementJudgements", __base__=StatementJudgements, verdicts=(list[row], ...))  # type: ignore[valid-type]


@cache
def response_answer(criteria: tuple[Criterion, ...]) -> type[ResponseJudgements]:
    """The type of an answer to questions asked of the response as a whole."""
    return create_model("ResponseJudgements", __base__=ResponseJudgements, **_fields(criteria))


@cache
def statement_schema(criteria: tuple[Criterion, ...]) -> AnswerSchema:
    """What `statement_answer` is told to be."""
    row = object_schema({"number": {"type": "integer"}, **_judgement_schemas(criteria)})
    return AnswerSchema("statement_judgements", object_schema({"verdicts": {"type": "array", "items": row}}))


@cache
def response_schema(criteria: tuple[Criterion, ...]) -> AnswerSchema:
    """What `response_answer` is told to be."""
    return AnswerSchema("response_judgements", object_schema(_judgement_schemas(criteria)))


def _answer(answers: BaseModel, criterion: Criterion) -> Judgement:
    judgement = getattr(answers, criterion.key)
    assert isinstance(judgement, Judgement)
    return judgement


def _fields(criteria: tuple[Criterion, ...]) -> dict[str, Any]:
    return {criterion.key: (_judgement(criterion.choices), ...) for criterion in criteria}


@cache
def _judgement(choices: tuple[str, ...]) -> type[Judgement]:
    """A judgement that is one of the choices, however its case and punctuation are."""
    known = {bare(choice): choice for choice in choices}

    def choose(decision: object) -> str:
        if decision in choices:
            return str(decision)
        plain = bare(str(decision))
        chosen = known.get(plain) or known.get(_OTHER_NAMES.get(plain, plain))
        if chosen is None:
            raise ValueError(f"it must be one of {', '.join(choices)}")
        return chosen

    return create_model(
        "Judgement", __base__=Judgement, decision=(Annotated[str, BeforeValidator(choose)], ...)
    )


def bare(text: str) -> str:
    """A text without case and punctuation."""
    return _NEITHER_LETTER_NOR_DIGIT.sub(" ", text).strip().casefold()


def _judgement_schemas(criteria: tuple[Criterion, ...]) -> dict[str, Any]:
    return {
        criterion.key: object_schema(
            {
                "decision": {"type": "string", "enum": list(criterion.choices)},
                "justification": {"type": "string"},
            }
        )
        for criterion in criteria
    }


def object_schema(properties: Mapping[str, Any]) -> dict[str, Any]:
    """An object with these members, all of them required and no others."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }
