"""Reward models on transformers: a sequence classifier with one label (PROFILE §5).

A response is read as the answer to its prompt: by the tokenizer's chat template where it has one, else the
two as a pair of texts.
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
from profile_engine.ports import ModelError, ModelIdentity, Reward

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

EXAMPLE: Final = "allenai/tulu-v2.5-13b-uf-rm"
"""A reward model of the paper, by its name at Hugging Face."""

MOST_TOKENS: Final = 4096
"""Tokens read of a prompt and its response at most, as the paper's reward models do."""

Tokens = dict[str, list[int]]


class TransformersReward:
    """A reward model with its weights in memory; the `RewardModel` port.

    Attributes:
        device: where it runs.
        limit: tokens read of a prompt and its response; what goes beyond is cut off the prompt's end.
    """

    def __init__(
        self,
        model: str,
        *,
        device: Device | None = None,
        limit: int | None = None,
        batch_tokens: int = BATCH_TOKENS,
    ) -> None:
        """Load a model, in the precision in which it was published.

        Args:
            model: a folder with a sequence classifier and its tokenizer, or a name at Hugging Face.
            device: where to run; else CUDA, MPS or CPU, the first there is.
            limit: tokens read; else what the model can, `MOST_TOKENS` at most.
            batch_tokens: tokens of one batch, padding included.

        Raises:
            ModelError: torch or transformers is missing, or the model is not there or is no reward model.
        """
        require_torch("a reward model")
        decide_threads()
        self.device: Final = device or choose_device()
        self._name = model
        self._tokenizer, loaded = _load(model)
        self.limit: Final = limit or _limit(self._tokenizer, loaded)
        self._batch_tokens = batch_tokens if _may_pad(self._tokenizer, loaded) else 1
        with computing(model, self.device):
            self._model = loaded.to(self.device)

    @property
    def identity(self) -> ModelIdentity:
        """The model's name or folder and how much it reads."""
        return ModelIdentity("reward", self._name, {"limit": self.limit})

    def reward(self, prompts: Sequence[str], responses: Sequence[str]) -> tuple[Reward, ...]:
        """One reward a (prompt, response), in order; independent of the batches (within 1e-5).

        Raises:
            ModelError: the device ran out of memory or the model broke down.
        """
        read = [self._encode(*texts) for texts in zip(prompts, responses, strict=True)]
        rewards = compute_batched(
            [len(tokens["input_ids"]) for tokens, _ in read],
            lambda members: self._rewards([read[position][0] for position in members]),
            self._batch_tokens,
        )
        return tuple(Reward(value, cut) for value, (_, cut) in zip(rewards, read, strict=True))

    def _rewards(self, inputs: list[Tokens]) -> list[float]:
        with computing(self._name, self.device):
            if len(inputs) == 1:  # nothing to pad, which not every model can
                import torch

                read = {name: torch.tensor([numbers]) for name, numbers in inputs[0].items()}
            else:
                read = dict(self._tokenizer.pad(inputs, return_tensors="pt"))
            on_device = {name: tensor.to(self.device) for name, tensor in read.items()}
            rewards: list[float] = self._model(**on_device).logits[:, 0].float().tolist()
        require_finite(self._name, rewards)
        return rewards

    def _encode(self, prompt: str, response: str) -> tuple[Tokens, bool]:
        """The tokens, and whether something was cut off: the prompt's end, then the response's."""
        tokens = self._read(prompt, response)
        cut = len(tokens["input_ids"]) > self.limit
        while prompt and (excess := len(tokens["input_ids"]) - self.limit) > 0:
            length = len(self._tokenizer(prompt, add_special_tokens=False)["input_ids"])
            prompt = prompt[: len(prompt) * max(0, length - excess) // max(1, length)]
            tokens = self._read(prompt, response)
        return {name: numbers[: self.limit] for name, numbers in tokens.items()}, cut

    def _read(self, prompt: str, response: str) -> Tokens:
        if not self._tokenizer.chat_template:
            return dict(self._tokenizer(prompt, response))
        chat = [{"role": "user", "content": prompt}, {"role": "assistant", "content": response}]
        try:
            text = self._tokenizer.apply_chat_template(chat, tokenize=False)
        except Exception as error:  # a template is a program of the model's makers
            raise ModelError(f"{self._name}: its chat template fails: {error}") from error
        return dict(self._tokenizer(text, add_special_tokens=False))


def _load(model: str) -> "tuple[PreTrainedTokenizerBase, PreTrainedModel]":
    """The tokenizer and the classifier of a folder or a name, complete."""
    from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer

    with loading(model, "reward model", EXAMPLE) as place:
        labels = AutoConfig.from_pretrained(place).num_labels
        if labels != 1:
            raise ModelError(f"{model} gives {labels} numbers, but a reward model gives one: give another")
        tokenizer = AutoTokenizer.from_pretrained(place)
        loaded, report = AutoModelForSequenceClassification.from_pretrained(
            place, dtype="auto", output_loading_info=True
        )
    require_complete(model, report)
    tokenizer.padding_side = "right"  # what stands left of a text would move it
    return tokenizer, loaded.eval()


def _limit(tokenizer: "PreTrainedTokenizerBase", model: "PreTrainedModel") -> int:
    """Tokens that both can read; a tokenizer that was told none says a number beyond all reason."""
    positions: int | None = getattr(model.config, "max_position_embeddings", None)
    limits: list[int] = [MOST_TOKENS, tokenizer.model_max_length, positions or MOST_TOKENS]
    return min(limits)


def _may_pad(tokenizer: "PreTrainedTokenizerBase", model: "PreTrainedModel") -> bool:
    """Whether a batch changes no reward.

    In half precision it changes the last digits; and a model that does not know the tokenizer's padding takes
    it for the text's end.
    """
    import torch

    known = tokenizer.pad_token_id is not None and tokenizer.pad_token_id == model.config.pad_token_id
    return known and model.dtype == torch.float32
