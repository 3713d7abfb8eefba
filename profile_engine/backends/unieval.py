"""UniEval on transformers: a T5 answers boolean questions (PROFILE §3.2; Zhong et al. 2022).

The score is the published one: P(Yes) / (P(Yes) + P(No)) at the first decoder step. What differs is the
work: inputs of like length share a batch, and the output layer is narrowed to the two words it is asked for.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from profile_engine.backends.batches import BATCH_TOKENS, compute_batched
from profile_engine.backends.weights import (
    Device,
    choose_device,
    computing,
    decide_threads,
    loading,
    require_complete,
    require_finite,
    require_torch,
)
from profile_engine.ports import BooleanQuestion, ModelError, ModelIdentity, QualityScore

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase, T5ForConditionalGeneration

DEFAULT_MODEL: Final = "MingZhong/unieval-sum"
"""The published evaluator of summaries, by its name at Hugging Face."""

PUBLISHED_LIMIT: Final = 1024
"""Tokens that the published scorer reads of an input."""


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
        require_torch("UniEval")
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
        probabilities = compute_batched(
            [len(tokens) for tokens in inputs],
            lambda members: self._answer([inputs[position] for position in members]),
            self._batch_tokens,
        )
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

        with computing(self._name, self.device):
            padded = self._tokenizer.pad({"input_ids": inputs}, return_tensors="pt").to(self.device)
            start = torch.full(
                (len(inputs), 1), self._answers.config.decoder_start_token_id, device=self.device
            )
            logits = self._answers(**padded, decoder_input_ids=start, use_cache=False).logits[:, 0]
            # The softmax over the vocabulary cancels out of P(Yes) / (P(Yes) + P(No)).
            probabilities: list[float] = logits.softmax(dim=-1)[:, 0].tolist()
        require_finite(self._name, probabilities)
        return probabilities


def _load(model: str) -> "tuple[PreTrainedTokenizerBase, T5ForConditionalGeneration]":
    """The tokenizer and the T5 of a folder or a name, complete and in full precision."""
    from transformers import AutoConfig, AutoTokenizer, T5ForConditionalGeneration

    with loading(model, "UniEval model", DEFAULT_MODEL) as place:
        kind = AutoConfig.from_pretrained(place).model_type
        if kind != "t5":
            raise ModelError(f"{model} is a {kind} model, but UniEval is a T5: give a UniEval folder or name")
        tokenizer = AutoTokenizer.from_pretrained(place)
        loaded, report = T5ForConditionalGeneration.from_pretrained(place, output_loading_info=True)
    require_complete(model, report)
    return tokenizer, loaded.float().eval()


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
