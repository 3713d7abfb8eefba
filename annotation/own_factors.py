"""A study's own factors: a TOML file beside it, and the Python functions that the file names."""

import sys
import tomllib
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from annotation.errors import StudyError
from annotation.study import Study
from profile_engine.errors import EngineError
from profile_engine.extraction.own import OwnFactorError, OwnFactors, OwnFunction, declare_own, find_function


class FactorFileError(StudyError):
    """A file of own factors cannot be used; names the file."""


def factors_path(study: str | Path) -> Path | None:
    """The file beside a study; None for a study that lies in no folder."""
    return None if "://" in str(study) else Path(study).with_suffix(".factors.toml")


def read_own_factors(study: Study, path: Path | None = None) -> OwnFactors:
    """Read the file beside a study, or a named one, and make its factors factors of the study.

    No function is imported before its first call.

    Raises:
        FactorFileError: the file cannot be read, declares something wrongly, or is named and not there.
    """
    beside = factors_path(study.location)
    if path is None and (beside is None or not beside.is_file()):
        return OwnFactors()
    file = path or beside
    assert file is not None
    try:
        content = tomllib.loads(file.read_text("utf-8"))
        own = declare_own(content, _finder(file.parent))
    except OSError as error:
        raise FactorFileError(f"{file}: cannot be read: {error.strerror}; check the path") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FactorFileError(f"{file}: cannot be read as TOML: {error}") from error
    except EngineError as error:
        raise FactorFileError(f"{file}: {error}") from error
    known = {factor.name: factor for factor in study.factors}
    for factor in own.factors:
        if known.get(factor.name) != factor and not study.read_only:
            study.change_factor(factor)
    return own


def _finder(folder: Path) -> Callable[[str], OwnFunction]:
    """Finds `module:function` in a module beside the file, else in one that is installed."""

    def find(reference: str) -> OwnFunction:
        module, _, name = reference.partition(":")
        path = folder.joinpath(*module.split(".")).with_suffix(".py")
        if not path.is_file():
            return find_function(reference)
        function = getattr(_load(path), name, None)
        if not callable(function):
            raise OwnFactorError(f"{path} has no function {name}")
        found: OwnFunction = function
        return found

    return find


def _load(path: Path) -> ModuleType:
    """A module of its own for each file, so that two studies may have files of one name."""
    name = f"own_factors:{path.resolve()}"
    if name in sys.modules:
        return sys.modules[name]
    spec = spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    loaded = module_from_spec(spec)
    try:
        spec.loader.exec_module(loaded)
    except (Exception, SystemExit) as error:  # other people's code raises what it likes
        raise OwnFactorError(f"{path}: {type(error).__name__}: {error}") from error
    sys.modules[name] = loaded
    return loaded
