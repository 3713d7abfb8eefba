"""Which factors an extraction is to find, and what can find them."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui.cli.options import RULES, closest
from tui.errors import TuiError, UsageError

if TYPE_CHECKING:
    from annotation.extraction.quality import UniEvalScorer
    from annotation.extraction.run import Wanted
    from annotation.extraction.spending import Prices
    from annotation.models import ConfiguredModel, ModelBook
    from annotation.study import Study
    from profile_engine.backends.openai_chat import OpenAIChat
    from profile_engine.extraction.own import OwnFactors
    from profile_engine.taxonomy import Factor
    from tui.config import Config

UNIEVAL: Final = "unieval"
LLM: Final = "llm"
ALL: Final = "all"


@dataclass(frozen=True, slots=True)
class Choice:
    """Factors by method, and what finds them.

    Attributes:
        left_out: what was not asked for by name, and how to.
        beside: the study, where the model is configured beside it.
    """

    wanted: "Wanted"
    model: "ConfiguredModel | None"
    unieval: str | None
    left_out: tuple[str, ...]
    beside: str | None = None

    def scorer(self) -> "UniEvalScorer | None":
        """UniEval, not loaded yet."""
        from annotation.extraction.quality import UniEvalScorer

        return UniEvalScorer(self.unieval) if self.unieval and self.wanted.quality else None

    def chat(self) -> "OpenAIChat | None":
        """The model that judges, not called yet."""
        return self.model.chat() if self.model is not None and self.wanted.judged else None

    def change(self, options: str) -> str:
        """The command that gives the model other options."""
        name = "" if self.model is None else self.model.name
        beside = "" if self.beside is None else f" --study {shlex.quote(self.beside)}"
        return f"profile-tui models add {name}{beside} {options} --replace"

    def prices(self, max_cost: float | None) -> "Prices":
        """What the model costs; raises UsageError where a limit is set and no price is known."""
        from annotation.extraction.spending import Prices

        model = self.model
        if model is None or not self.wanted.judged:
            return Prices()
        if max_cost is not None and model.price_in is None and model.price_out is None:
            raise UsageError(
                f"--max-cost: what {model.name} costs is not known: "
                f"{self.change('--price-in X --price-out Y')} says it"
            )
        return Prices(model.price_in or 0.0, model.price_out or 0.0)


def choose(
    study: "Study",
    own: "OwnFactors",
    names: Sequence[str],
    book: "ModelBook",
    config: "Config",
    *,
    model: str | None,
    unieval: str | None,
) -> Choice:
    """Read `--factors`; without names, what rules and the configured models can find.

    Raises:
        UsageError: an unknown factor.
        TuiError: a factor that nothing here finds, or that needs a model and none is configured.
    """
    from annotation.extraction.run import Wanted
    from profile_engine.backends.unieval import DEFAULT_MODEL

    factors = _known(study, names)
    found, unknown = _findable(study, own, factors)
    named = [factor.name for factor in factors if factor.name in names]
    for factor in unknown:
        if factor.name in named:
            raise TuiError(
                f"--factors {factor.name}: nothing here finds it (method {factor.method}): import its values "
                "with profile-tui import --factor NAME=LEFT,RIGHT, or declare it in the study's factors file"
            )
    left_out = [f"{factor.name}: not declared in the study's factors file" for factor in unknown]
    wanted = Wanted.of(found)
    judge = _judge(book, config, model, needed=bool(names) and bool(wanted.judged))
    place = unieval or config.unieval or (DEFAULT_MODEL if names else None)
    if wanted.judged and judge is None:
        left_out.append(_left_out(wanted.judged, "a model that judges", "profile-tui models add --help"))
        wanted = Wanted(wanted.rules, wanted.quality)
    if wanted.quality and place is None:
        left_out.append(_left_out(wanted.quality, "UniEval", "--unieval FOLDER, or unieval in the config"))
        wanted = Wanted(wanted.rules, (), wanted.judged)
    beside = study.location if judge is not None and book.is_beside(judge.name) else None
    return Choice(wanted, judge, place, tuple(left_out), beside)


def _left_out(names: Sequence[str], needed: str, how: str) -> str:
    return f"{', '.join(names)}: left out, since {needed} is not configured ({how})"


def _known(study: "Study", names: Sequence[str]) -> "tuple[Factor, ...]":
    """The factors that are meant, in the study's order."""
    from profile_engine.taxonomy import Method

    factors = {factor.name: factor for factor in study.factors}
    methods = {RULES: Method.RULE, UNIEVAL: Method.UNIEVAL, LLM: Method.LLM}
    for name in names:
        if name not in (*methods, ALL, *factors):
            raise UsageError(
                f"--factors {name}: this study has no such factor: {closest(name, tuple(factors))}"
            )
    every = not names or ALL in names
    of_methods = {methods[name] for name in names if name in methods}
    return tuple(
        factor
        for name, factor in factors.items()
        if name in names or factor.method in of_methods or (every and factor.method is not Method.EXTERNAL)
    )


def _findable(
    study: "Study", own: "OwnFactors", factors: "Sequence[Factor]"
) -> "tuple[list[Factor], list[Factor]]":
    """Those that something here finds, and the others."""
    from profile_engine.extraction.plan import NUMBER_OF_FACTS
    from profile_engine.extraction.prompts.criteria import criteria_of
    from profile_engine.extraction.quality import Dimension
    from profile_engine.extraction.rules import RULES as BY_RULES

    declared = {factor.name for factor in own.factors}
    known = {*BY_RULES, *Dimension, *criteria_of(study.task), NUMBER_OF_FACTS, *declared}
    found = [factor for factor in factors if factor.name in known]
    return found, [factor for factor in factors if factor.name not in known]


def _judge(
    book: "ModelBook", config: "Config", model: str | None, *, needed: bool
) -> "ConfiguredModel | None":
    """The model named, else the config's, else the only one that there is."""
    name = model or config.model
    if name is not None:
        return book.find(name)
    judges = _judges(book.models())
    if len(judges) == 1:
        return judges[0]
    if not needed:
        return None
    if judges:
        raise UsageError(f"--model: which one? There are {', '.join(judge.name for judge in judges)}")
    raise TuiError("no model is configured that could judge: profile-tui models presets lists some to add")


def _judges(models: "Mapping[str, ConfiguredModel]") -> "list[ConfiguredModel]":
    from annotation.models import ModelKind

    return [model for model in models.values() if model.kind is ModelKind.CHAT]
