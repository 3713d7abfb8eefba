"""Length and Novel Words of a corpus with five responses a source, against the naive transcription."""

import re
from dataclasses import dataclass

import numpy as np

from bench.report import best_of, print_table
from profile_engine.extraction.rules import NovelWordRule, NovelWords, length

SOURCES, LARGE, RESPONSES_A_SOURCE = 200, 20_000, 5
SOURCE_WORDS, RESPONSE_WORDS, VOCABULARY = 280, 45, 30_000


@dataclass(frozen=True, slots=True)
class Measured:
    """Both rule-based values of one response."""

    length: int
    novel: NovelWords


Corpus = list[tuple[str, list[str]]]


def vocabulary(rng: np.random.Generator) -> list[str]:
    """Made-up words with English endings, so that the stemmer has its usual work."""
    syllables = [c + v for c in "bcdfghjklmnprstvwz" for v in ("a", "e", "i", "o", "u", "ea", "or", "in")]
    endings = ["", "", "s", "ed", "ing", "ly", "ness", "ation", "er", "ful", "ities"]
    return [
        "".join(rng.choice(syllables, rng.integers(1, 4))) + str(rng.choice(endings))
        for _ in range(VOCABULARY)
    ]


def corpus(sources: int) -> Corpus:
    """Texts whose words follow Zipf's law; two thirds of a response's words come from its source."""
    rng = np.random.default_rng(0)
    known = np.array(vocabulary(rng), dtype=object)
    share = 1 / np.arange(1, VOCABULARY + 1)
    share /= share.sum()
    texts: Corpus = []
    for _ in range(sources):
        drawn = rng.choice(known, SOURCE_WORDS + RESPONSES_A_SOURCE * RESPONSE_WORDS // 3, p=share)
        source, own = drawn[:SOURCE_WORDS], drawn[SOURCE_WORDS:].reshape(RESPONSES_A_SOURCE, -1)
        responses = [
            ", ".join([*rng.choice(source, 2 * RESPONSE_WORDS // 3), *words]).capitalize() + "."
            for words in own
        ]
        texts.append((" ".join(source) + ".", responses))
    return texts


def naive(texts: Corpus) -> list[Measured]:
    """The rule of the paper, written down as it reads: every response with its source anew."""
    from nltk.stem.porter import PorterStemmer

    stemmer = PorterStemmer()
    found = []
    for source, responses in texts:
        for response in responses:
            words = re.sub(r"[^\w\s]", "", response).split()
            own = {stemmer.stem(word.lower()) for word in words}
            theirs = {stemmer.stem(word.lower()) for word in re.sub(r"[^\w\s]", "", source).split()}
            found.append(Measured(len(words), NovelWords(len(own - theirs), len(own))))
    return found


def by_rule(texts: Corpus) -> list[Measured]:
    """The engine's rules, beginning with nothing known."""
    rule = NovelWordRule()
    return [
        Measured(length(response), rule.measure(response, source))
        for source, responses in texts
        for response in responses
    ]


def main() -> None:
    small, large = corpus(SOURCES), corpus(LARGE)
    same = naive(small) == by_rule(small)
    naive_time, rule_time = best_of(1, lambda: naive(small)), best_of(3, lambda: by_rule(small))
    large_time = best_of(1, lambda: by_rule(large))
    count, large_count = SOURCES * RESPONSES_A_SOURCE, LARGE * RESPONSES_A_SOURCE
    print_table(
        f"Length and Novel Words, {RESPONSES_A_SOURCE} responses a source",
        ["", "naive", "by rule", "ratio", "values"],
        [
            (
                f"{count:,} responses",
                f"{naive_time:.2f} s",
                f"{rule_time:.3f} s",
                f"{naive_time / rule_time:.1f} x",
                "equal" if same else "DIFFERENT",
            ),
            (
                f"{large_count:,} responses",
                f"{naive_time / count * large_count:.0f} s (from the first row)",
                f"{large_time:.2f} s",
                f"{naive_time / count * large_count / large_time:.1f} x",
                "",
            ),
        ],
    )
