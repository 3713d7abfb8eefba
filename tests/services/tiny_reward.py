"""Small reward models with random weights and a tokenizer of their own, saved as real ones are."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.services.tiny_t5 import WORDS

if TYPE_CHECKING:
    from transformers import PreTrainedModel

CONTROL: Final = ("<pad>", "</s>", "<unk>", "<|user|>", "<|assistant|>", "[CLS]", "[SEP]")
TASK_WORDS: Final = ("Write", "a", "summary", "of", "this", "post:")
TEMPLATE: Final = (
    "{% for m in messages %}<|{{ m.role }}|> {{ m.content }} {% if m.role == 'assistant' %}</s>{% endif %}"
    "{% endfor %}"
)
POSITIONS: Final = 256


def save_llama(folder: Path, *, padding: bool = True, labels: int = 1, half: bool = False) -> None:
    """A causal one with a chat template, as those of the paper; without `padding` it knows no such token."""
    import torch
    from transformers import LlamaConfig, LlamaForSequenceClassification

    vocabulary = _save_tokenizer(folder, template=TEMPLATE, pair=False)
    torch.manual_seed(5)
    config = LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=POSITIONS,
        num_labels=labels,
        pad_token_id=0 if padding else None,
    )
    _save(LlamaForSequenceClassification(config), folder, half=half)


def save_bert(folder: Path) -> None:
    """One that reads prompt and response as a pair, each with a type of its own."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    vocabulary = _save_tokenizer(folder, template=None, pair=True)
    torch.manual_seed(5)
    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=POSITIONS,
        num_labels=1,
        pad_token_id=0,
    )
    _save(BertForSequenceClassification(config), folder)


def _save(model: "PreTrainedModel", folder: Path, *, half: bool = False) -> None:
    """Weights wide enough that different texts are rewarded visibly differently."""
    import torch
    from transformers.utils import logging

    logging.disable_progress_bar()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(8.0 if parameter.dim() > 1 else 1.0)
    (model.half() if half else model).save_pretrained(folder)


def _save_tokenizer(folder: Path, *, template: str | None, pair: bool) -> int:
    """Whole words; returns the size of the vocabulary."""
    from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    words = dict.fromkeys((*CONTROL, *TASK_WORDS, *WORDS))
    vocabulary = {word: number for number, word in enumerate(words)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.add_special_tokens([AddedToken(word) for word in CONTROL])
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    if pair:
        tokenizer.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]",
            pair="[CLS] $A [SEP] $B:1 [SEP]:1",
            special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])],
        )
    names = ["input_ids", "attention_mask", *(["token_type_ids"] if pair else [])]
    made = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        eos_token="</s>",
        unk_token="<unk>",
        model_input_names=names,
        padding_side="left",  # as of a model that was made to write
    )
    made.chat_template = template
    made.save_pretrained(folder)
    return len(vocabulary)
