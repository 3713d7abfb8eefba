"""A person's own settings: one TOML file whose every key is a field of `Config`."""

import os
import tomllib
from pathlib import Path
from typing import Final

from platformdirs import user_config_path
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from annotation.wording import wrong_keys
from profile_engine.preferences import annotator_fault
from tui.errors import TuiError

CONFIG_VARIABLE: Final = "PROFILE_TUI_CONFIG"
"""The environment variable that names another config file."""


class ConfigError(TuiError):
    """The config file cannot be used; names file and key."""


class Config(BaseModel):
    """What a person decides for every study they open; the documentation prints the descriptions."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    theme: str | None = Field(
        default=None,
        description="the theme to start with: profile-dark, profile-light, colour-blind-safe, mono, ...",
    )
    annotator: str | None = Field(
        default=None,
        description="in whose name answers are saved; else the name you are logged in with",
    )
    reference: str = Field(default="human", description="the agent that others are aligned with")
    compare_with: str | None = Field(
        default=None, description="the model shown beside the reference; else the study's first model"
    )
    model: str | None = Field(
        default=None, description="the configured model that is asked; else the only one there is"
    )
    unieval: str | None = Field(
        default=None, description="UniEval: its folder, or its name at Hugging Face; else it is not asked"
    )
    what_moved: bool = Field(default=True, description="whether the ranking says what the last label moved")

    @field_validator("annotator")
    @classmethod
    def _possible(cls, annotator: str | None) -> str | None:
        if annotator is not None and (fault := annotator_fault(annotator)):
            raise ValueError(fault)
        return annotator

    @field_validator("theme")
    @classmethod
    def _known(cls, theme: str | None) -> str | None:
        if theme is not None:
            from tui.themes import theme_names

            if theme not in theme_names():
                raise ValueError(f"no theme of this name; known: {', '.join(theme_names())}")
        return theme


def config_path() -> Path:
    """Where the config file is, or would be."""
    named = os.environ.get(CONFIG_VARIABLE)
    return Path(named) if named else user_config_path("profile-tui") / "config.toml"


def load_config(path: Path | None = None) -> Config:
    """Read the config file; defaults where there is none. Raises ConfigError."""
    path = path or config_path()
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return Config()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as TOML: {error}") from error
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        raise ConfigError(f"{path}: {_problems(error)}") from error


def _problems(error: ValidationError) -> str:
    unknown = any(problem["type"] == "extra_forbidden" for problem in error.errors())
    known = f"; the keys are {', '.join(Config.model_fields)}" if unknown else ""
    return f"{wrong_keys(error)}{known}"
