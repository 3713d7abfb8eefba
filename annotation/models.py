"""Models that people configured: a TOML file of their own, and one beside a study.

A model's key is never part of it, only the name of the environment variable that holds it.
"""

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from annotation.errors import StudyError
from profile_engine.backends.openai_chat import Ability

if TYPE_CHECKING:
    from profile_engine.backends.openai_chat import OpenAIChat

MODELS_VARIABLE: Final = "PROFILE_TUI_MODELS"
"""The environment variable that names another file of one's own."""

FOUND_OUT: Final = frozenset({"ability", "folds_system", "seconds"})
"""Fields that are found out of an endpoint, and hold for that one only."""

UNSET: Final = "unset"
"""Stands for a parameter that is left to the endpoint."""

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
# In capitals only, as such variables are: a key that was given in place of its variable's name is not stored.
_VARIABLE: Final = re.compile(r"[A-Z_][A-Z0-9_]{0,63}")


class ModelConfigError(StudyError):
    """A model is not configured, or not as it must be."""


class ModelKind(StrEnum):
    """What a model does: it answers chats, or gives responses a reward."""

    CHAT = "chat"
    REWARD = "reward"


def _no_secret(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError("an address begins with http:// or https://")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("an address holds no user, password or query: a key belongs into the environment")
    return url.rstrip("/")


def _variable_name(name: str) -> str:
    if not _VARIABLE.fullmatch(name):
        raise ValueError("the name of an environment variable, in capitals, not the key itself")
    return name


Parameter = Annotated[float, Field(ge=0, le=2)] | Literal["unset"]
Price = Annotated[float, Field(ge=0)]


class ConfiguredModel(BaseModel):
    """How a model is reached; the documentation prints the descriptions."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str = Field(description="what it is called here", exclude=True)
    kind: ModelKind = Field(default=ModelKind.CHAT, description="`chat`, or `reward` for a reward model")
    base_url: Annotated[str, AfterValidator(_no_secret)] = Field(
        description="the address of its OpenAI-compatible endpoint, which usually ends in /v1"
    )
    model: str = Field(min_length=1, max_length=200, description="what the endpoint calls it")
    key_env: Annotated[str, AfterValidator(_variable_name)] | None = Field(
        default=None, description="the environment variable that holds the key; none where none is needed"
    )
    temperature: Parameter = Field(default=0.6, description="or `unset`, to leave it to the endpoint")
    top_p: Parameter = Field(default=0.9, description="or `unset`")
    max_tokens: Annotated[int, Field(ge=1)] | Literal["unset"] = Field(
        default=1024, description="of an answer, or `unset`"
    )
    extra: dict[str, Any] = Field(
        default_factory=dict, description="further parameters of the request, such as a seed"
    )
    timeout: float = Field(default=120.0, gt=0, description="seconds of silence before a call is given up")
    price_in: Price | None = Field(default=None, description="of a million tokens sent")
    price_out: Price | None = Field(default=None, description="of a million tokens received")
    ability: Ability | None = Field(
        default=None, description="how it is held to JSON; found out by `models check` or a first run"
    )
    folds_system: bool = Field(
        default=False,
        description="whether instructions go into the first question, as it refuses a system turn; found out",
    )
    seconds: float | None = Field(default=None, gt=0, description="how long a call took, by `models check`")

    def chat(self) -> "OpenAIChat":
        """The model, ready to be called; raises ModelConfigError for a reward model."""
        from profile_engine.backends.openai_chat import OpenAIChat

        if self.kind is not ModelKind.CHAT:
            raise ModelConfigError(
                f"{self.name} is a reward model: it scores responses, it answers no questions"
            )
        return OpenAIChat(
            name=self.name,
            model=self.model,
            base_url=self.base_url,
            key_variable=self.key_env,
            temperature=None if self.temperature == UNSET else self.temperature,
            top_p=None if self.top_p == UNSET else self.top_p,
            max_tokens=None if self.max_tokens == UNSET else self.max_tokens,
            extra=self.extra,
            timeout=self.timeout,
            ability=self.ability,
            folds_system=self.folds_system,
        )


@dataclass(frozen=True, slots=True)
class ModelPreset:
    """A model of the paper, and what it needs to be reached."""

    title: str
    needs: str
    model: ConfiguredModel


@cache
def presets() -> Mapping[str, ModelPreset]:
    """The models of the paper, by name."""
    tables = tomllib.loads(files("annotation").joinpath("model_presets.toml").read_text("utf-8"))
    return {
        name: ModelPreset(table.pop("title"), table.pop("needs"), make_model(name, table))
        for name, table in tables.items()
    }


def make_model(name: str, fields: Mapping[str, object], where: str = "") -> ConfiguredModel:
    """Check a model's fields; raises ModelConfigError, which never repeats what was given."""
    if not _NAME.fullmatch(name):
        raise ModelConfigError(f"{where}a model's name is up to 40 of a-z, 0-9, dots, dashes and _")
    try:
        return ConfiguredModel.model_validate({**fields, "name": name})
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(part) for part in fault["loc"][:1])
        if fault["type"] == "extra_forbidden":
            known = ", ".join(field for field in ConfiguredModel.model_fields if field != "name")
            raise ModelConfigError(f"{where}{name}: it has no {key!r}; it may have {known}") from None
        told = fault["msg"].removeprefix("Value error, ")
        raise ModelConfigError(f"{where}{name}: {key}: {told}") from None


def own_models_path() -> Path:
    """The file of one's own."""
    from platformdirs import user_config_path

    named = os.environ.get(MODELS_VARIABLE)
    return Path(named) if named else user_config_path("profile-tui") / "models.toml"


def models_path_beside(study: str | Path) -> Path:
    """The file beside a study; raises ModelConfigError for a study that lies in no folder."""
    if "://" in str(study):
        raise ModelConfigError("a study on a server has nothing beside it: configure models for yourself")
    return Path(study).with_suffix(".models.toml")


class ModelBook:
    """The models of some files; where two have one of the same name, that of the first file counts."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = tuple(paths)

    @classmethod
    def of(cls, study: str | Path | None = None) -> Self:
        """One's own, after those beside a study."""
        beside = [] if study is None or "://" in str(study) else [models_path_beside(study)]
        return cls((*beside, own_models_path()))

    def models(self) -> Mapping[str, ConfiguredModel]:
        """All, by name; raises ModelConfigError."""
        found: dict[str, ConfiguredModel] = {}
        for path in self.paths:
            for name, table in _read(path).items():
                found.setdefault(name, make_model(name, table, f"{path}: "))
        return found

    def find(self, name: str) -> ConfiguredModel:
        """One of them; raises ModelConfigError."""
        models = self.models()
        if name not in models:
            known = ", ".join(models) or "none"
            raise ModelConfigError(
                f"no model {name!r}; there are {known}: add it with profile-tui models add {name} --base-url "
                "URL --model ID, or --preset"
            )
        return models[name]

    def add(self, model: ConfiguredModel, *, replace: bool = False) -> Path:
        """Write a model into the first file; raises ModelConfigError where it has one of that name."""
        path = self.paths[0]
        if model.name in _read(path) and not replace:
            raise ModelConfigError(f"{path} has a model {model.name} already; --replace changes it")
        fields = model.model_dump(mode="json", exclude_defaults=True)

        def enter(document: dict[str, Any]) -> None:
            document[model.name] = fields

        _edit(path, enter)
        return path

    def remove(self, name: str) -> Path:
        """Take a model out of the first file that has it."""
        self.find(name)
        path = self._path_of(name)
        _edit(path, lambda document: document.pop(name))
        return path

    def remember(self, chat: "OpenAIChat", seconds: float | None = None) -> None:
        """Note what was found out of a model; a file that cannot be written is left alone."""
        name = chat.identity.name
        model = self.find(name)
        found = {
            "ability": chat.ability and chat.ability.value,
            "folds_system": chat.folds_system,
            "seconds": seconds and round(seconds, 3),
        }
        news = {
            key: value for key, value in found.items() if value is not None and getattr(model, key) != value
        }
        if news:
            try:
                _edit(self._path_of(name), lambda document: document[name].update(news))
            except ModelConfigError:
                return

    def is_beside(self, name: str) -> bool:
        """Whether a model lies beside the study, and is found with the study only."""
        return self._path_of(name) != own_models_path()

    def _path_of(self, name: str) -> Path:
        return next(path for path in self.paths if name in _read(path))


def _read(path: Path) -> dict[str, Any]:
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ModelConfigError(f"{path}: cannot be read as TOML: {error}") from error
    if strange := [name for name, table in tables.items() if not isinstance(table, dict)]:
        raise ModelConfigError(f"{path}: {strange[0]} stands outside a table; write it beneath [NAME]")
    return tables


def _edit(path: Path, change: Any) -> None:  # noqa: ANN401 - any function of a document
    """Change a file as a whole or not at all, keeping the comments in it."""
    import tomlkit

    try:
        text = path.read_text("utf-8") if path.exists() else ""
        document = tomlkit.parse(text)
        change(document)
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=path.parent, encoding="utf-8", delete=False) as file:
            file.write(tomlkit.dumps(document))
        Path(file.name).replace(path)
    except OSError as error:
        raise ModelConfigError(f"{path}: cannot be written ({error.strerror or error})") from error
