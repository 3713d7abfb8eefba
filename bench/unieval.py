"""UniEval as it is run here against the published scheme: padding, and CPU seconds on the same weights.

The published scheme (Zhong et al. 2022) scores one dimension after the other, eight inputs a batch in the
order they come, padded to the longest. Pair by pair, it is called anew for the two responses of each pair.
"""

import random
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

from bench.report import print_table
from profile_engine.backends.batches import plan_batches
from profile_engine.backends.fake_quality import FakeQualityModel
from profile_engine.backends.unieval import UniEvalModel
from profile_engine.extraction.quality import Dimension, QualityItem, quality_values
from profile_engine.ports import BooleanQuestion
from tests.services.tiny_t5 import save_t5

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase, T5ForConditionalGeneration

POSTS, TIMED_POSTS, RESPONSES_A_POST = 200, 20, 5
PUBLISHED_BATCH, PUBLISHED_LIMIT = 8, 1024
ROUNDS = 3
WORDS: Final = tuple(f"w{number}" for number in range(2000))
# Large enough that the time goes into arithmetic, as it does with the published weights.
SIZE: Final = {"d_model": 256, "d_kv": 32, "d_ff": 1024, "num_layers": 4, "num_heads": 8}


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a scheme lets the model read."""

    real: int = 0
    padded: int = 0

    def __add__(self, other: "Tokens") -> "Tokens":
        return Tokens(self.real + other.real, self.padded + other.padded)


@dataclass(frozen=True, slots=True)
class Comparison:
    """CPU seconds of both schemes, and the largest difference of their scores."""

    published: float
    here: float
    difference: float


def invent_responses(posts: int) -> list[QualityItem]:
    """Posts of about 350 tokens and five summaries of one to five sentences each, as in Reddit TL;DR."""
    chance = random.Random(12)
    items = []
    for _ in range(posts):
        length = int(min(900, max(80, chance.lognormvariate(5.85, 0.45))))
        post = " ".join(chance.choices(WORDS, k=length))
        items += [QualityItem(invent_summary(chance), post) for _ in range(RESPONSES_A_POST)]
    return items


def invent_summary(chance: random.Random) -> str:
    lengths = [int(min(60, max(4, chance.lognormvariate(2.9, 0.4)))) for _ in range(chance.randint(1, 5))]
    return " ".join(f"It {' '.join(chance.choices(WORDS, k=length))} ." for length in lengths)


def list_questions(items: Sequence[QualityItem], dimension: Dimension) -> list[str]:
    """The questions of one dimension, response by response."""
    questions: list[str] = []
    for item in items:
        model = FakeQualityModel()
        quality_values([item], model, dimensions=[dimension])
        questions += [text for call in model.asked for text in call]
    return questions


def count_tokens(text: str) -> int:
    """As the benchmark's tokenizer cuts: words and the end."""
    return len(text.split()) + 1


def pad_as_published(items: Sequence[QualityItem]) -> Tokens:
    total = Tokens()
    for dimension in Dimension:
        for batch in batches_of_eight(list_questions(items, dimension)):
            lengths = [count_tokens(text) for text in batch]
            total += Tokens(sum(lengths), len(lengths) * max(lengths))
    return total


def pad_pair_by_pair(items: Sequence[QualityItem]) -> Tokens:
    """Each response is read with each of its rivals."""
    total = Tokens()
    for first in range(0, len(items), RESPONSES_A_POST):
        for pair in combinations(items[first : first + RESPONSES_A_POST], 2):
            total += pad_as_published(pair)
    return total


def pad_as_planned(items: Sequence[QualityItem]) -> Tokens:
    """As the engine asks and the backend plans, portion by portion."""
    model, total = FakeQualityModel(), Tokens()
    quality_values(items, model)
    for portion in model.asked:
        lengths = [count_tokens(text) for text in portion]
        for batch in plan_batches(lengths):
            real = sum(lengths[position] for position in batch.members)
            total += Tokens(real, len(batch.members) * batch.width)
    return total


def batches_of_eight(texts: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(texts)
    while batch := list(islice(rest, PUBLISHED_BATCH)):
        yield batch


def score_as_published(
    questions: Sequence[Sequence[str]],
    tokenizer: "PreTrainedTokenizerBase",
    model: "T5ForConditionalGeneration",
) -> list[float]:
    """The published scorer's work, given the questions of each dimension."""
    import torch

    yes, no = (tokenizer(word)["input_ids"][0] for word in ("Yes", "No"))
    scores: list[float] = []
    for batch in (batch for texts in questions for batch in batches_of_eight(texts)):
        with torch.no_grad():
            read = tokenizer(
                batch, max_length=PUBLISHED_LIMIT, truncation=True, padding=True, return_tensors="pt"
            )
            labels = torch.full((len(batch), 1), no)
            logits = model(**read, labels=labels).logits.view(-1, model.config.vocab_size)
            positive, negative = logits.softmax(dim=1)[:, yes], logits.softmax(dim=1)[:, no]
            scores += (positive / (positive + negative)).tolist()
    return scores


def cpu_seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def compare(items: Sequence[QualityItem], folder: Path) -> Comparison:
    """Both schemes on the same weights in turns; medians."""
    import torch
    from transformers import AutoTokenizer, T5ForConditionalGeneration

    here = UniEvalModel(str(folder))
    # A thread that waits for another spins, and its spinning would count as work.
    torch.set_num_threads(1)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = T5ForConditionalGeneration.from_pretrained(folder).eval()
    questions = [list_questions(items, dimension) for dimension in Dimension]
    published = score_as_published(questions, tokenizer, model)
    ours = here.score([BooleanQuestion(text) for texts in questions for text in texts])
    rounds = [
        (
            cpu_seconds(lambda: score_as_published(questions, tokenizer, model)),
            cpu_seconds(lambda: quality_values(items, here)),
        )
        for _ in range(ROUNDS)
    ]
    difference = max(abs(one - other.probability) for one, other in zip(published, ours, strict=True))
    before, after = zip(*rounds, strict=True)
    return Comparison(median(before), median(after), difference)


def report_padding() -> None:
    items = invent_responses(POSTS)
    here = pad_as_planned(items)
    schemes = {
        "pair by pair": pad_pair_by_pair(items),
        "published": pad_as_published(items),
        "here": here,
    }
    print_table(
        f"UniEval, {len(items):,} responses of {POSTS} posts: tokens to read {here.real:,}",
        ["", "padded", "to real", "to published"],
        [
            (
                name,
                f"{tokens.padded:,}",
                f"{tokens.padded / here.real:.3f}",
                f"{tokens.padded / schemes['published'].padded:.2f}",
            )
            for name, tokens in schemes.items()
        ],
    )


def report_seconds() -> None:
    items = invent_responses(TIMED_POSTS)
    with tempfile.TemporaryDirectory() as folder:
        save_t5(Path(folder), WORDS, size=SIZE)
        found = compare(items, Path(folder))
    print_table(
        f"UniEval, the same weights, one thread, {len(items)} responses",
        ["", "published", "here", "ratio", "scores differ by"],
        [
            (
                "CPU seconds",
                f"{found.published:.1f}",
                f"{found.here:.1f}",
                f"{found.here / found.published:.2f} x",
                f"{found.difference:.0e} at most",
            )
        ],
    )


def main() -> None:
    report_padding()
    try:
        import torch  # noqa: F401 - the rest needs it
    except ImportError:
        print("CPU seconds of UniEval: not measured without torch: pip install '.[models]'")
        return
    report_seconds()
