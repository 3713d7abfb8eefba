"""What in a row is the source, the responses, their authors, the labels and the verdicts."""

import csv
import re
from collections.abc import Iterable
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from annotation.errors import ImportFailure
from profile_engine.preferences import AgentKind, Preference

SIDES: Final = {"left": Preference.LEFT, "right": Preference.RIGHT, "tie": Preference.TIE}
"""How files and the command line name a preference."""

_PAIR_FIELDS: Final = ("left", "right", "id", "title", "source_id", "left_agent", "right_agent")
_SCORE_FIELDS: Final = ("left_score", "right_score", "left_id", "right_id")
_LABEL_FIELDS: Final = ("label", "annotator")


class Strict(BaseModel):
    """A part of a card; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class First(Strict):
    """The first of several fields that a row has."""

    first: tuple[str, ...] = Field(min_length=1)


class Split(Strict):
    """One part of a field that joins several: `bloom-7b_llama-7b` split at `_`."""

    field: str
    split: str = Field(min_length=1)
    part: int = Field(ge=0)


FieldSpec = str | First | Split


def listed(value: object) -> object:
    """A single value as a list of one, so that a card may leave out the brackets."""
    return value if isinstance(value, list | tuple) else (value,)


def _side(value: object) -> object:
    if isinstance(value, str):
        if value not in SIDES:
            raise ValueError(f"expected left, right or tie, found {value!r}")
        return SIDES[value]
    return value


Side = Annotated[Preference, BeforeValidator(_side)]
Parts = Annotated[tuple[FieldSpec, ...], BeforeValidator(listed), Field(min_length=1)]
SideValues = Annotated[dict[str, Side], Field(min_length=1)]


def _plain_sides() -> dict[str, Preference]:
    return dict(SIDES)


class LabelMapping(Strict):
    """One person's label: a field with its values, or two numbers of which the higher is preferred.

    Attributes:
        annotator: a name that holds for all rows.
        annotator_field: the field that names the person. Without either, the k-th label on a pair
            is by `people`, `people 2`, ...
    """

    field: FieldSpec | None = None
    values: SideValues = Field(default_factory=_plain_sides)
    higher_of: tuple[FieldSpec, FieldSpec] | None = None
    annotator: str | None = None
    annotator_field: FieldSpec | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.field is None) == (self.higher_of is None):
            raise ValueError("a label has either `field` or `higher_of`")
        if self.annotator is not None and self.annotator_field is not None:
            raise ValueError("a label has either `annotator` or `annotator_field`")
        return self


class JudgeMapping(Strict):
    """A model's verdicts, in the same row or in a file of their own.

    Attributes:
        file: the role of the verdicts' file; None: they stand in the pair's row.
        join: the field that both files share.
        no_preference: values that say the model gave no verdict.
    """

    agent: str
    kind: AgentKind = AgentKind.JUDGE
    file: str | None = None
    join: str | None = None
    field: FieldSpec
    values: SideValues
    no_preference: tuple[str, ...] = ()
    justification: FieldSpec | None = None

    @model_validator(mode="after")
    def _joined(self) -> Self:
        if (self.file is None) != (self.join is None):
            raise ValueError("`file` and `join` go together")
        return self


class FactorMapping(Strict):
    """A factor whose values come with the data: a field of the left and one of the right response."""

    name: str
    left: FieldSpec
    right: FieldSpec
    title: str | None = None
    definition: str | None = None


class DomainMapping(Strict):
    """The field that says which part of a data set a row is of, and the part taken unless told otherwise."""

    field: FieldSpec
    default: str


class PairMapping(Strict):
    """A row is a pair.

    Attributes:
        source: the parts of the source text, joined by a blank line, empty ones left out.
        documents: texts that the source text ends with where there are any, such as quotes of a web page.
        id: the data set's own id of the pair. Without it a pair is the same where both responses are.
    """

    layout: Literal["pairs"] = "pairs"
    source: Parts
    documents: Annotated[tuple[FieldSpec, ...], BeforeValidator(listed)] = ()
    source_id: FieldSpec | None = None
    title: FieldSpec | None = None
    id: FieldSpec | None = None
    left: FieldSpec
    right: FieldSpec
    left_agent: FieldSpec | None = None
    right_agent: FieldSpec | None = None
    left_score: FieldSpec | None = None
    right_score: FieldSpec | None = None
    left_id: FieldSpec | None = None
    right_id: FieldSpec | None = None
    labels: tuple[LabelMapping, ...] = ()
    judges: tuple[JudgeMapping, ...] = ()
    factors: tuple[FactorMapping, ...] = ()
    domain: DomainMapping | None = None


class SourceFile(Strict):
    """Sources in a file of their own (role `sources`)."""

    key: str
    text: Parts
    title: FieldSpec | None = None
    facts: FieldSpec | None = None


class LabelFile(Strict):
    """Labels in a file of their own (role `labels`), which name two responses by their ids."""

    left: FieldSpec
    right: FieldSpec
    annotator: FieldSpec
    choice: FieldSpec
    values: SideValues = Field(default_factory=_plain_sides)


class RatingMapping(Strict):
    """How somebody rated the response of the row; two ratings of one person make a label."""

    annotator: FieldSpec
    rating: FieldSpec


class ResponseMapping(Strict):
    """A row is a response; all responses of one source, or of one agent for one source, make pairs.

    Attributes:
        source: the parts of the source text, unless `source_file` says where the sources are.
        source_id: the data set's id of the source; with `source_file`, the key to it.
        within: whose responses make pairs.
        values: the field that holds factor values by the factors' names.
        evidence: factor -> fields that are kept as the evidence of its value.
        method: how the values were found.
        ratings: without it every two responses make a pair, with it every two that one person rated.
    """

    layout: Literal["responses"]
    source: Annotated[tuple[FieldSpec, ...], BeforeValidator(listed)] = ()
    source_id: FieldSpec | None = None
    source_file: SourceFile | None = None
    title: FieldSpec | None = None
    text: FieldSpec
    id: FieldSpec | None = None
    agent: FieldSpec | None = None
    score: FieldSpec | None = None
    within: Literal["agent", "source"] = "source"
    values: FieldSpec | None = None
    evidence: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    method: str = "external"
    ratings: RatingMapping | None = None
    label_file: LabelFile | None = None

    @model_validator(mode="after")
    def _has_source(self) -> Self:
        if bool(self.source) == (self.source_file is not None):
            raise ValueError("sources are either `source` or `source_file`")
        if self.source_file is not None and self.source_id is None:
            raise ValueError("`source_file` needs `source_id`, the field that names the source")
        if self.label_file is not None and self.id is None:
            raise ValueError("`label_file` needs `id`, the field that names the response")
        return self


AnyMapping = Annotated[PairMapping | ResponseMapping, Field(discriminator="layout")]


def parse_map(
    assignments: Iterable[str], *, labels: str | None = None, factors: Iterable[str] = ()
) -> PairMapping:
    """A mapping from the command line's words: `source=prompt`, `0=left,1=right`, `name=LEFT,RIGHT`.

    Raises:
        ImportFailure: what is wrong with which word.
    """
    fields = _assigned(assignments)
    source = fields.pop("source", [])
    single = {key: values[0] for key, values in fields.items()}
    label = single.pop("label", None)
    annotator = single.pop("annotator", None)
    if label is None and (labels is not None or annotator is not None):
        raise ImportFailure("labels and annotators need the field of the label: --map label=FIELD")
    return PairMapping(
        source=tuple(source),
        labels=()
        if label is None
        else (LabelMapping(field=label, values=_parse_labels(labels), annotator_field=annotator),),
        factors=tuple(_parse_factor(factor) for factor in factors),
        **single,  # type: ignore[arg-type]  # pydantic checks what mypy cannot see
    )


def _assigned(assignments: Iterable[str]) -> dict[str, list[str]]:
    known = ("source", *_PAIR_FIELDS, *_SCORE_FIELDS, *_LABEL_FIELDS)
    fields: dict[str, list[str]] = {}
    for assignment in assignments:
        key, equals, field = (part.strip() for part in assignment.partition("="))
        if not equals or not field:
            raise ImportFailure(f"--map {assignment}: expected KEY=FIELD, such as source=prompt")
        if key not in known:
            raise ImportFailure(f"--map {assignment}: unknown key {key!r}; known are {', '.join(known)}")
        if key in fields and key != "source":
            raise ImportFailure(f"--map {assignment}: {key} is given twice")
        fields.setdefault(key, []).append(_unquoted(field))
    for key in ("source", "left", "right"):
        if key not in fields:
            raise ImportFailure(f"--map {key}=FIELD is missing; source, left and right are needed")
    return fields


def _parse_labels(labels: str | None) -> dict[str, Preference]:
    if labels is None:
        return _plain_sides()
    values: dict[str, Preference] = {}
    for assignment in labels.split(","):
        raw, equals, name = (part.strip() for part in assignment.rpartition("="))
        if raw == "" and equals == "":
            raw = name
        if not equals or name not in SIDES:
            raise ImportFailure(
                f"--labels {labels}: expected VALUE=left, VALUE=right or VALUE=tie, found {assignment!r}"
            )
        values[raw] = SIDES[name]
    return values


def _parse_factor(factor: str) -> FactorMapping:
    title, equals, rest = factor.partition("=")
    columns = next(csv.reader([rest]), [])
    if not equals or len(columns) != len(("left", "right")) or not all(columns):
        raise ImportFailure(f"--factor {factor}: expected NAME=LEFT FIELD,RIGHT FIELD")
    left, right = (_unquoted(column.strip()) for column in columns)
    return FactorMapping(name=factor_name(title), title=title.strip(), left=left, right=right)


def factor_name(title: str) -> str:
    """A factor's name in snake case; raises ImportFailure where nothing is left of it."""
    name = re.sub(r"\W+", "_", title.strip().lower()).strip("_")
    if not name:
        raise ImportFailure(f"{title!r} cannot name a factor: it has no letter and no digit")
    return name


def _unquoted(text: str) -> str:
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    return text[1:-1] if quoted else text
