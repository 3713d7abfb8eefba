"""Models with their weights in this process, on transformers and torch: what their backends share."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from functools import cache
from importlib import import_module
from math import isfinite
from types import ModuleType
from typing import Any

from profile_engine.ports import ModelError


class Device(StrEnum):
    """Where a model runs."""

    CUDA = "cuda"
    MPS = "mps"
    CPU = "cpu"


def require_torch(what: str) -> ModuleType:
    """Torch, where it and transformers are installed; else ModelError says that `what` needs them."""
    try:
        import_module("transformers")
        return import_module("torch")
    except ImportError as error:
        missing = error.name or "torch"
        raise ModelError(
            f"{what} needs {missing}, which is not installed: pip install '.[models]'"
        ) from error


@cache
def decide_threads() -> int:
    """Decide once a process that torch's is its only thread pool, of the usable cores; returns their number.

    OMP_NUM_THREADS and TOKENIZERS_PARALLELISM overrule it.
    """
    import torch

    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    if "OMP_NUM_THREADS" not in os.environ and hasattr(os, "sched_getaffinity"):
        torch.set_num_threads(min(torch.get_num_threads(), len(os.sched_getaffinity(0))))
    threads: int = torch.get_num_threads()
    return threads


def choose_device() -> Device:
    """CUDA, MPS or CPU: the first that this machine has."""
    import torch

    if torch.cuda.is_available():
        return Device.CUDA
    return Device.MPS if torch.backends.mps.is_available() else Device.CPU


@contextmanager
def loading(model: str, kind: str, example: str) -> Iterator[str]:
    """Load a model inside the block, which is given its place.

    Args:
        model: a folder, or a name at Hugging Face.
        kind: what it has to be, for people.
        example: a model of this kind at Hugging Face.

    Raises:
        ModelError: there is none; says how to fetch one.
    """
    _silence()
    try:
        yield os.path.expanduser(model)  # noqa: PTH111 - paths are objects above the engine only
    except ModelError:
        raise
    except Exception as error:  # transformers raises what its many parts raise
        raise ModelError(
            f"no {kind} at {model} ({first_line(error)}): where there is a network run"
            f" `hf download {example} --local-dir FOLDER` and give the path of FOLDER as the model"
        ) from error


def require_complete(model: str, report: Mapping[str, Any]) -> None:
    """Raise ModelError where the loading report of transformers says that weights were missing."""
    if report["missing_keys"]:
        raise ModelError(f"{model} lacks weights ({min(report['missing_keys'])}, ...): fetch it again")


@contextmanager
def computing(model: str, device: Device) -> Iterator[None]:
    """Compute inside the block; raises ModelError where torch breaks down, as without memory."""
    import torch

    try:
        with torch.inference_mode():
            yield
    except RuntimeError as error:
        raise ModelError(f"{model} broke down on {device}: {first_line(error)}") from error


def require_finite(model: str, numbers: Sequence[float]) -> None:
    """Raise ModelError where a model's answer is no number."""
    if not all(map(isfinite, numbers)):
        raise ModelError(f"{model} answers with no number: its weights are broken, fetch it again")


def first_line(error: Exception) -> str:
    """What an error says, in one line."""
    return str(error).strip().partition("\n")[0] or type(error).__name__


def _silence() -> None:
    """Keep the libraries' warnings and progress bars from being written across the screen."""
    from huggingface_hub.utils import logging as hub_logging
    from huggingface_hub.utils.tqdm import disable_progress_bars
    from transformers.utils import logging

    for library in (logging, hub_logging):
        library.set_verbosity_error()
    logging.disable_progress_bar()
    disable_progress_bars()
