"""Small T5 models with random weights and a tokenizer of their own, saved as a real one is."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from transformers import T5ForConditionalGeneration

CONTROL: Final = ("<pad>", "</s>", "<unk>")
QUESTION: Final = (
    "question: Is this a fluent paragraph? paragraph: coherent summary to the document? summary: document:"
    " response given dialogue history? response: history: Yes No"
)
_STORY: Final = "the dog ran home because it was late and cold they sat down with old friends nobody saw rain"
WORDS: Final = tuple(_STORY.split())
TINY: Final = {"d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_heads": 4}


def save_t5(
    folder: Path, words: Sequence[str] = WORDS, *, size: dict[str, int] | None = None, tied: bool = True
) -> None:
    """A T5 that knows the questions and these words; the seed is fixed."""
    from transformers.utils import logging

    logging.disable_progress_bar()
    build_t5(save_tokenizer(folder, words), size or TINY, tied=tied).save_pretrained(folder)


def build_t5(vocabulary: int, size: dict[str, int], *, tied: bool = True) -> "T5ForConditionalGeneration":
    """Random weights, wide enough that different texts score visibly differently."""
    import torch
    from transformers import T5Config, T5ForConditionalGeneration

    torch.manual_seed(7)
    config = T5Config(vocab_size=vocabulary, decoder_start_token_id=0, tie_word_embeddings=tied, **size)
    model = T5ForConditionalGeneration(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(1.5 if parameter.dim() > 1 else 1.0)
    return model


def save_tokenizer(folder: Path, words: Sequence[str] = WORDS, question: str = QUESTION) -> int:
    """Whole words, and the end token after them as T5 has it; returns the size of the vocabulary."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    vocabulary = {
        word: number for number, word in enumerate(dict.fromkeys((*CONTROL, *question.split(), *words)))
    }
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", vocabulary["</s>"])]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    ).save_pretrained(folder)
    return len(vocabulary)


def babble(length: int, seed: int) -> str:
    """A text of so many words."""
    return " ".join(random.Random(seed).choices(WORDS, k=length))
