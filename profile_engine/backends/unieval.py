"""UniEval on transformers: a T5 answers boolean questions (PROFILE §3.2; Zhong et al. 2022).

The score is the published one: P(Yes) / (P(Yes) + P(No)) at the first decoder step. What differs is the
work: inputs of like length share a batch, and the output layer is narrowed to the two words it is asked for.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import import_module
from math import isfinite
from types import ModuleType
from typing import TYPE_CHECKING, Final

from profile_engine.ports import BooleanQuestion, ModelError, ModelIdentity, QualityScore

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase, T5ForConditionalGeneration

DEFAULT_MODEL: Final = "MingZhong/unieval-sum"
"""The published evaluator of summaries, by its name at Hugging Face."""

PUBLISHED_LIMIT: Final = 1024
"""Tokens that the published scorer reads of an input."""

BATCH_TOKENS: Final = 4096
"""Tokens of one batch, padding included; a single longer input is a batch of its own."""

FULLNESS: Final = 0.992
"""The least share of real tokens in a batch."""


class Device(StrEnum):
    """Where the model runs."""

    CUDA = "cuda"
    MPS = "mps"
    CPU = "cpu"


@dataclass(frozen=True, slots=True)
class Batch:
    """Inputs that are scored together.

    Attributes:
        members: their positions among all inputs.
        width: tokens of the longest; the others are padded to it.
    """

    members: tuple[int, ...]
    width: int


def plan_batches(lengths: Sequence[int], budget: int = BATCH_TOKENS) -> tuple[Batch, ...]:
    """Cut inputs into batches, longest first, so that too long ones fail at once.

    Args:
        lengths: tokens of each input.
        budget: tokens of one batch, padding included.
    """
    batches: list[Batch] = []
    members: list[int] = []
    width = real = 0
    for position in sorted(range(len(lengths)), key=lambda position: -lengths[position]):
        padded, fuller = width * (len(members) + 1), real + lengths[position]
        if members and (padded > budget or fuller < FULLNESS * padded):
            batches.append(Batch(tuple(members), width))
            members, real = [], 0
        if not members:
            width = lengths[position]
        members.append(position)
        real += lengths[position]
    return (*batches, Batch(tuple(members), width)) if members else ()


class UniEvalModel:
    """A UniEval evaluator with its weights in memory; the `QualityModel` port.

    Attributes:
        device: where it runs.
    """

    def __init__(
        self,
        model: str = DEFAULT_MODEL,
        *,
        device: Device | None = None,
        limit: int = PUBLISHED_LIMIT,
        batch_tokens: int = BATCH_TOKENS,
    ) -> None:
        """Load a model.

        Args:
            model: a folder with a T5 and its tokenizer, or a name at Hugging Face.
            device: where to run; else CUDA, MPS or CPU, the first there is.
            limit: tokens read of an input; what goes beyond is cut off and reported.
            batch_tokens: tokens of one batch, padding included.

        Raises:
            ModelError: torch or transformers is missing, or the model is not there or is no UniEval.
        """
        decide_threads()
        self.device: Final = device or choose_device()
        self._name, self._limit, self._batch_tokens = model, limit, batch_tokens
        self._tokenizer, loaded = _load(model)
        self._answers = _narrow(loaded, _answer_tokens(self._tokenizer, model))
        self._answers.to(self.device)

    @property
    def identity(self) -> ModelIdentity:
        """The model's name or folder and how much it reads."""
        return ModelIdentity("unieval", self._name, {"limit": self._limit})

    def score(self, questions: Sequence[BooleanQuestion]) -> tuple[QualityScore, ...]:
        """One score a question, in order; independent of how the questions are batched (within 1e-5).

        Raises:
            ModelError: the device ran out of memory or the model broke down.
        """
        if not questions:
            return ()
        inputs = self._encode([question.text for question in questions])
        probabilities = [0.0] * len(inputs)
        for batch in plan_batches([len(tokens) for tokens in inputs], self._batch_tokens):
            answers = self._answer([inputs[position] for position in batch.members])
            for position, probability in zip(batch.members, answers, strict=True):
                probabilities[position] = probability
        truncated = self._truncated([question.text for question in questions], inputs)
        return tuple(map(QualityScore, probabilities, truncated))

    def _encode(self, texts: list[str]) -> list[list[int]]:
        tokens: list[list[int]] = self._tokenizer(texts, truncation=True, max_length=self._limit)["input_ids"]
        return tokens

    def _truncated(self, texts: list[str], inputs: list[list[int]]) -> list[bool]:
        # Only what fills the limit can have gone beyond it, and is worth reading to its end.
        return [
            len(tokens) >= self._limit and len(self._tokenizer(text)["input_ids"]) > self._limit
            for text, tokens in zip(texts, inputs, strict=True)
        ]

    def _answer(self, inputs: list[list[int]]) -> list[float]:
        """P(Yes) of each input of a batch."""
        import torch

        try:
            with torch.inference_mode():
                padded = self._tokenizer.pad({"input_ids": inputs}, return_tensors="pt").to(self.device)
                start = torch.full(
                    (len(inputs), 1), self._answers.config.decoder_start_token_id, device=self.device
                )
                logits = self._answers(**padded, decoder_input_ids=start, use_cache=False).logits[:, 0]
                # The softmax over the vocabulary cancels out of P(Yes) / (P(Yes) + P(No)).
                probabilities: list[float] = logits.softmax(dim=-1)[:, 0].tolist()
        except RuntimeError as error:
            raise ModelError(f"{self._name} broke down on {self.device}: {_first_line(error)}") from error
        if not all(map(isfinite, probabilities)):
            raise ModelError(f"{self._name} answers with no number: its weights are broken, fetch it again")
        return probabilities


@cache
def decide_threads() -> int:
    """Decide once a process that torch's is its only thread pool, of the usable cores; returns their number.

    OMP_NUM_THREADS and TOKENIZERS_PARALLELISM overrule it.
    """
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    torch = _torch()
    if "OMP_NUM_THREADS" not in os.environ and hasattr(os, "sched_getaffinity"):
        torch.set_num_threads(min(torch.get_num_threads(), len(os.sched_getaffinity(0))))
    threads: int = torch.get_num_threads()
    return threads


def choose_device() -> Device:
    """CUDA, MPS or CPU: the first that this machine has."""
    torch = _torch()
    if torch.cuda.is_available():
        return Device.CUDA
    return Device.MPS if torch.backends.mps.is_available() else Device.CPU


def _torch() -> ModuleType:
    try:
        import_module("transformers")
        return import_module("torch")
    except ImportError as error:
        missing = error.name or "torch"
        raise ModelError(
            f"UniEval needs {missing}, which is not installed: pip install 'profile-tui[models]'"
        ) from error


def _load(model: str) -> "tuple[PreTrainedTokenizerBase, T5ForConditionalGeneration]":
    """The tokenizer and the T5 of a folder or a name, complete and in full precision."""
    from transformers import AutoConfig, AutoTokenizer, T5ForConditionalGeneration

    _silence()
    place = os.path.expanduser(model)  # noqa: PTH111 - paths are objects above the engine only
    try:
        kind = AutoConfig.from_pretrained(place).model_type
        if kind != "t5":
            raise ModelError(f"{model} is a {kind} model, but UniEval is a T5: give a UniEval folder or name")
        tokenizer = AutoTokenizer.from_pretrained(place)
        loaded, report = T5ForConditionalGeneration.from_pretrained(place, output_loading_info=True)
    except ModelError:
        raise
    except Exception as error:  # transformers raises what its many parts raise
        raise ModelError(
            f"no UniEval model at {model} ({_first_line(error)}): where there is a network run"
            f" `hf download {DEFAULT_MODEL} --local-dir FOLDER` and give the path of FOLDER as the model"
        ) from error
    if report["missing_keys"]:
        raise ModelError(f"{model} lacks weights ({min(report['missing_keys'])}, ...): fetch it again")
    return tokenizer, loaded.float().eval()


def _silence() -> None:
    """Keep the libraries' warnings and progress bars from being written across the screen."""
    from huggingface_hub.utils import logging as hub_logging
    from huggingface_hub.utils.tqdm import disable_progress_bars
    from transformers.utils import logging

    for library in (logging, hub_logging):
        library.set_verbosity_error()
    logging.disable_progress_bar()
    disable_progress_bars()


def _answer_tokens(tokenizer: "PreTrainedTokenizerBase", model: str) -> tuple[int, int]:
    """The first tokens of Yes and of No, as the published scorer takes them."""
    yes, no = (tokenizer(word)["input_ids"][0] for word in ("Yes", "No"))
    if yes == no or tokenizer.unk_token_id in (yes, no):
        raise ModelError(f"{model} does not know the words Yes and No: it is no UniEval")
    return yes, no


def _narrow(model: "T5ForConditionalGeneration", tokens: tuple[int, int]) -> "T5ForConditionalGeneration":
    """Leave of the output layer the rows of two tokens; the model still scales what it feeds to them."""
    import torch

    rows = model.lm_head.weight.detach()[list(tokens)].clone()
    model.lm_head = torch.nn.Linear(rows.shape[1], len(tokens), bias=False)
    model.lm_head.weight = torch.nn.Parameter(rows, requires_grad=False)
    return model


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
