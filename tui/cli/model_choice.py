"""Which configured model is meant, and what it costs."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.errors import TuiError, UsageError

if TYPE_CHECKING:
    from annotation.extraction.spending import Prices
    from annotation.models import ConfiguredModel, ModelBook
    from annotation.study import Study
    from profile_engine.backends.openai_chat import OpenAIChat
    from tui.config import Config


@dataclass(frozen=True, slots=True)
class ChosenModel:
    """A model, and where its configuration is changed.

    Attributes:
        beside: the study, where the model is configured beside it.
    """

    model: "ConfiguredModel"
    beside: str | None = None

    def change(self, options: str) -> str:
        """The command that gives the model other options."""
        beside = "" if self.beside is None else f" --study {shlex.quote(self.beside)}"
        return f"profile-tui models add {self.model.name}{beside} {options} --replace"

    def prices(self, max_cost: float | None) -> "Prices":
        """What the model costs; raises UsageError where a limit is set and no price is known."""
        from annotation.extraction.spending import Prices

        model = self.model
        if max_cost is not None and model.price_in is None and model.price_out is None:
            raise UsageError(
                f"--max-cost: what {model.name} costs is not known: "
                f"{self.change('--price-in X --price-out Y')} says it"
            )
        return Prices(model.price_in or 0.0, model.price_out or 0.0)


def choose_model(
    study: "Study", book: "ModelBook", config: "Config", name: str | None, *, option: str = "--model"
) -> ChosenModel:
    """The chat model named, else the config's, else the only one that there is.

    Raises:
        UsageError: several could be meant.
        TuiError, ModelConfigError: there is none, or none of that name.
    """
    chosen = find_model(study, book, config, name)
    if chosen is not None:
        return chosen
    names = [model.name for model in chat_models(book)]
    if names:
        raise UsageError(f"{option}: which one? There are {', '.join(names)}")
    raise TuiError("no model is configured that could do it: profile-tui models presets lists some to add")


def find_model(study: "Study", book: "ModelBook", config: "Config", name: str | None) -> ChosenModel | None:
    """As `choose_model`; None where none is named and there is none, or more than one."""
    name = name or config.model
    models = chat_models(book)
    if name is not None:
        model = book.find(name)
    elif len(models) == 1:
        model = models[0]
    else:
        return None
    return ChosenModel(model, study.location if book.is_beside(model.name) else None)


def chat_models(book: "ModelBook") -> "list[ConfiguredModel]":
    """The models that answer questions."""
    from annotation.models import ModelKind

    return [model for model in book.models().values() if model.kind is ModelKind.CHAT]


@dataclass(frozen=True, slots=True)
class ModelAtHand:
    """A chosen model, ready to be called."""

    chosen: ChosenModel
    chat: "OpenAIChat"


@contextmanager
def model_at_hand(study: "Study", name: str | None, *, option: str = "--model") -> "Iterator[ModelAtHand]":
    """The model of `choose_model`; what is found out about its endpoint meanwhile is remembered."""
    from annotation.models import ModelBook
    from tui.config import load_config

    book = ModelBook.of(study.location)
    chosen = choose_model(study, book, load_config(), name, option=option)
    chat = chosen.model.chat()
    try:
        yield ModelAtHand(chosen, chat)
    finally:
        book.remember(chat)
