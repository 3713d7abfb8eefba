"""Which factors an extraction is to find, and what can find them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui.cli.options import RULES, closest
from tui.errors import TuiError, UsageError

if TYPE_CHECKING:
    from annotation.extraction.quality import UniEvalScorer
    from annotation.extraction.run import Wanted
    from annotation.extraction.spending import Prices
    from annotation.models import ModelBook
    from annotation.study import Study
    from profile_engine.backends.openai_chat import OpenAIChat
    from profile_engine.extraction.own import OwnFactors
    from profile_engine.taxonomy import Factor
    from tui.cli.model_choice import ChosenModel
    from tui.config import Config

UNIEVAL: Final = "unieval"
LLM: Final = "llm"
ALL: Final = "all"


@dataclass(frozen=True, slots=True)
class Choice:
    """Factors by method, and what finds them.

    Attributes:
        judge: the model that judges.
        left_out: what was not asked for by name, and how to.
    """

    wanted: "Wanted"
    judge: "ChosenModel | None"
    unieval: str | None
    left_out: tuple[str, ...]

    def scorer(self) -> "UniEvalScorer | None":
        """UniEval, not loaded yet."""
        from annotation.extraction.quality import UniEvalScorer

        return UniEvalScorer(self.unieval) if self.unieval and self.wanted.quality else None

    def chat(self) -> "OpenAIChat | None":
        """The model that judges, not called yet."""
        return self.judge.model.chat() if self.judge is not None and self.wanted.judged else None

    def prices(self, max_cost: float | None) -> "Prices":
        """What the model costs; raises UsageError where a limit is set and no price is known."""
        from annotation.extraction.spending import Prices

        return Prices() if self.judge is None or not self.wanted.judged else self.judge.prices(max_cost)


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
    from tui.cli.model_choice import choose_model, find_model

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
    find = choose_model if names and wanted.judged else find_model
    judge = find(study, book, config, model)
    place = unieval or config.unieval or (DEFAULT_MODEL if names else None)
    if wanted.judged and judge is None:
        left_out.append(_left_out(wanted.judged, "a model that judges", "profile-tui models add --help"))
        wanted = Wanted(wanted.rules, wanted.quality)
    if wanted.quality and place is None:
        left_out.append(_left_out(wanted.quality, "UniEval", "--unieval FOLDER, or unieval in the config"))
        wanted = Wanted(wanted.rules, (), wanted.judged)
    return Choice(wanted, judge, place, tuple(left_out))


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
