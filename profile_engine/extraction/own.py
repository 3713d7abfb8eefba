"""Factors of a study's own, as data: a question to the judge, or a Python function.

They are declared as in a TOML file, one table a factor under `factors`:

    [factors.politeness]
    title = "Politeness"
    definition = "Whether the response is polite."
    question = "Is the response polite to the person who asks?"
    kind = "ordered class"
    classes = { "Polite" = 1.0, "Plain" = 0.5, "Rude" = 0.0 }

    [factors.hedging]
    title = "Hedging"
    definition = "The ratio of facts that are hedged."
    question = "Is the statement hedged, with words such as maybe or probably?"
    kind = "per fact"

    [factors.exclamations]
    title = "Exclamations"
    definition = "The number of exclamation marks."
    function = "our_factors:count_exclamations"
    kind = "count"
"""

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib import import_module
from typing import Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from profile_engine.errors import EngineError
from profile_engine.extraction.plan import OwnQuestion
from profile_engine.extraction.prompts.criteria import Criterion, Part, Statements
from profile_engine.extraction.rules import NO_SOURCE, Rule, RuleValue
from profile_engine.taxonomy import FACTORS, Factor, Granularity, Method, ValueKind, own_factor

OwnFunction = Callable[[str, str | None], object]
"""(output, source) -> a number, a truth value, a class, None, or a `RuleValue`."""

_YES_NO: Final = {"Yes": 1.0, "No": 0.0}
_FEWEST_CLASSES: Final = 2


class OwnFactorError(EngineError):
    """A factor of a study's own is not declared as it must be."""


class _Declaration(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(min_length=1)
    definition: str = Field(min_length=1)
    classes: dict[str, float] = Field(default_factory=dict)
    tie_tolerance: float = Field(default=0.0, ge=0)

    def class_values(self, kind: str) -> dict[str, float]:
        """The classes with their values, highest first."""
        if kind != ValueKind.ORDERED_CLASS:
            return _YES_NO if kind == ValueKind.YES_NO else {}
        return dict(sorted(self.classes.items(), key=lambda item: -item[1]))

    def check_classes(self, kind: str) -> None:
        if (kind == ValueKind.ORDERED_CLASS) != bool(self.classes):
            raise ValueError("`classes` belong to the kind `ordered class`, and it needs them")
        if self.classes and len({name.casefold() for name in self.classes}) < _FEWEST_CLASSES:
            raise ValueError("`classes` must be two at least")


class QuestionDeclaration(_Declaration):
    """A factor that a judge is asked about.

    Attributes:
        question: as the judge reads it.
        kind: `yes/no` and `ordered class` are asked of the response as a whole, `per fact` of each of its
            atomic facts: the value is the share of those with the answer `counted`.
        shows: what the judge is shown; by default the response and its input, for `per fact` the input.
        version: raise it to have the question asked again; by itself it follows from the declaration.
    """

    question: str = Field(min_length=1)
    kind: Literal["yes/no", "ordered class", "per fact"]
    shows: tuple[Part, ...] | None = None
    counted: Literal["yes", "no"] = "yes"
    version: str | None = Field(default=None, pattern=r"^[\w.-]{1,16}$")

    @model_validator(mode="after")
    def _has_classes(self) -> Self:
        self.check_classes(self.kind)
        if self.kind != "per fact" and self.shows == ():
            raise ValueError("`shows` is empty: a question of the response as a whole needs a text")
        return self

    def own_question(self, name: str) -> OwnQuestion:
        """The factor and what is asked."""
        classes = self.class_values(self.kind)
        per_fact = self.kind == "per fact"
        shows = (
            ((Part.INPUT,) if per_fact else (Part.INPUT, Part.OUTPUT)) if self.shows is None else self.shows
        )
        kind = ValueKind.RATIO if per_fact else ValueKind(self.kind)
        factor = own_factor(
            name,
            self.title,
            self.definition,
            kind=kind,
            method=Method.LLM,
            granularity=Granularity.FACT if per_fact else Granularity.RESPONSE,
            tie_tolerance=self.tie_tolerance,
        )
        criterion = Criterion(
            name,
            "answer",
            self.question,
            tuple(part for part in Part if part in shows),
            Statements.OUTPUT if per_fact else None,
            tuple(classes) or ("yes", "no"),
            self.counted,
            self.version or self._fingerprint(),
        )
        return OwnQuestion(
            replace(factor, classes=tuple(classes.items()), needs_source=Part.SOURCE in shows), criterion
        )

    def _fingerprint(self) -> str:
        asked = self.model_dump_json(include={"question", "kind", "shows", "counted", "classes"})
        return hashlib.sha256(asked.encode()).hexdigest()[:8]


class FunctionDeclaration(_Declaration):
    """A factor that a Python function finds.

    Attributes:
        function: `module:function`, importable; called with the response and its source (None where there
            is none).
        version: raise it when the function changes, to have it called again.
    """

    function: str = Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")
    kind: ValueKind = ValueKind.SCORE
    needs_source: bool = False
    version: str = Field(default="1", pattern=r"^[\w.-]{1,16}$")

    @model_validator(mode="after")
    def _has_classes(self) -> Self:
        self.check_classes(self.kind)
        return self

    def factor(self, name: str) -> Factor:
        """The factor."""
        factor = own_factor(
            name,
            self.title,
            self.definition,
            kind=self.kind,
            method=Method.RULE,
            tie_tolerance=self.tie_tolerance,
        )
        classes = tuple(self.class_values(self.kind).items())
        return replace(factor, classes=classes, needs_source=self.needs_source)


@dataclass(frozen=True, slots=True)
class OwnRule:
    """A factor of a study's own that a function finds.

    Attributes:
        rule: looks the function up when it is first called.
        load: looks it up now; raises OwnFactorError.
    """

    factor: Factor
    rule: Rule
    version: str
    load: Callable[[], OwnFunction]


@dataclass(frozen=True, slots=True)
class OwnFactors:
    """What a study declared."""

    questions: tuple[OwnQuestion, ...] = ()
    rules: tuple[OwnRule, ...] = ()

    @property
    def factors(self) -> tuple[Factor, ...]:
        """All of them: those that a judge is asked about, then those that a function finds."""
        return (*(one.factor for one in self.questions), *(one.factor for one in self.rules))


def find_function(reference: str) -> OwnFunction:
    """Import `module:function`; raises OwnFactorError."""
    module, _, name = reference.partition(":")
    try:
        function = getattr(import_module(module), name)
    except (Exception, SystemExit) as error:  # other people's code raises what it likes
        raise OwnFactorError(f"{reference} cannot be imported ({error}); is it beside the study?") from error
    if not callable(function):
        raise OwnFactorError(f"{reference} is not a function")
    found: OwnFunction = function
    return found


def declare_own(content: Mapping[str, Any], find: Callable[[str], OwnFunction] = find_function) -> OwnFactors:
    """Read declarations, as the TOML file holds them; `find` gives the function for `module:function`.

    Raises:
        OwnFactorError: what is wrong, and where.
    """
    tables = content.get("factors", {})
    strange = content.keys() - {"factors"}
    if strange or not isinstance(tables, Mapping):
        raise OwnFactorError(
            f"own factors are tables under `factors`, not `{min(strange, default='factors')}`"
        )
    questions: list[OwnQuestion] = []
    rules: list[OwnRule] = []
    for name, table in tables.items():
        declared = _declared(name, table)
        if isinstance(declared, QuestionDeclaration):
            questions.append(declared.own_question(name))
        else:
            factor = declared.factor(name)
            load = cache(partial(find, declared.function))
            rules.append(OwnRule(factor, _rule(factor, load), declared.version, load))
    return OwnFactors(tuple(questions), tuple(rules))


def _declared(name: str, table: object) -> QuestionDeclaration | FunctionDeclaration:
    if not (name.isidentifier() and name == name.lower()):
        raise OwnFactorError(f"factors.{name}: a name is lower-case letters, digits and _")
    if name in FACTORS:
        raise OwnFactorError(f"factors.{name}: one of the thirteen has this name; choose another")
    if not isinstance(table, Mapping) or ("question" in table) == ("function" in table):
        raise OwnFactorError(f"factors.{name}: give either a `question` or a `function`")
    kind = QuestionDeclaration if "question" in table else FunctionDeclaration
    try:
        return kind.model_validate(dict(table))
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = ".".join(map(str, ("factors", name, *fault["loc"])))
        raise OwnFactorError(f"{place}: {fault['msg'].removeprefix('Value error, ')}") from error


def _rule(factor: Factor, load: Callable[[], OwnFunction]) -> Rule:
    def measure(output: str, source: str | None) -> RuleValue:
        if factor.needs_source and not (source and source.strip()):
            return RuleValue(None, NO_SOURCE)
        function = load()
        try:
            result = function(output, source)
        except Exception as error:  # noqa: BLE001 - other people's code; its error is this response's reason
            return RuleValue(None, f"failed: {type(error).__name__}: {error}")
        return _value(factor, result)

    return measure


def _value(factor: Factor, result: object) -> RuleValue:
    if isinstance(result, RuleValue):
        return result
    if result is None:
        return RuleValue(None, "the function gives it none")
    if isinstance(result, str):
        known = {name.casefold(): value for name, value in factor.classes}
        value = known.get(result.casefold())
        return RuleValue(value, None if value is not None else f"failed: {result!r} is none of its classes")
    if isinstance(result, int | float) and math.isfinite(result):
        return RuleValue(float(result))
    return RuleValue(None, f"failed: {result!r} is no finite number")
