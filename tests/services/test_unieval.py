"""The true loading and scoring code on small T5 models, against the published scorer on the same weights."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from profile_engine.backends.unieval import UniEvalModel
from profile_engine.backends.weights import Device, choose_device, decide_threads
from profile_engine.extraction.quality import Dimension, QualityItem, quality_values
from profile_engine.ports import BooleanQuestion, ModelError
from tests.services.tiny_t5 import TINY, babble, build_t5, save_t5, save_tokenizer

pytestmark = pytest.mark.service

TOLERANCE = 1e-5


@pytest.fixture(scope="module", params=[True, False], ids=["tied", "untied"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved model; with a tied embedding the decoder's output is scaled, otherwise not."""
    place = tmp_path_factory.mktemp("t5")
    save_t5(place, tied=request.param)
    return place


@pytest.fixture(scope="module")
def tied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("tied")
    save_t5(place)
    return place


def score_as_published(folder: Path, texts: Sequence[str], batch_size: int = 8) -> list[float]:
    """A plain transcription of the published scorer (Zhong et al. 2022)."""
    import torch
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSeq2SeqLM.from_pretrained(folder).eval()
    yes, no = (tokenizer(word)["input_ids"][0] for word in ("Yes", "No"))
    scores: list[float] = []
    for start in range(0, len(texts), batch_size):
        batch = list(texts[start : start + batch_size])
        with torch.no_grad():
            read = tokenizer(batch, max_length=1024, truncation=True, padding=True, return_tensors="pt")
            target = tokenizer(["No"] * len(batch), return_tensors="pt")["input_ids"][:, :1]
            output = model(input_ids=read["input_ids"], attention_mask=read["attention_mask"], labels=target)
            chances = output.logits.view(-1, model.config.vocab_size).softmax(dim=1)
        positive, negative = chances[:, yes], chances[:, no]
        scores += (positive / (positive + negative)).tolist()
    return scores


def ask(model: UniEvalModel, texts: Sequence[str]) -> list[float]:
    return [score.probability for score in model.score([BooleanQuestion(text) for text in texts])]


TEXTS = [babble(length, seed) for seed, length in enumerate((3, 40, 3, 7, 700, 41, 42, 1, 9, 300, 40, 1500))]


def test_scores_are_the_published_ones_in_the_order_asked(folder: Path) -> None:
    found = ask(UniEvalModel(str(folder)), TEXTS)
    assert found == pytest.approx(score_as_published(folder, TEXTS), abs=TOLERANCE)
    assert max(found) - min(found) > 0.05  # the weights tell texts apart, so that a mix-up would show


def test_a_score_does_not_depend_on_its_batch(folder: Path) -> None:
    model = UniEvalModel(str(folder))
    alone = [ask(model, [text])[0] for text in TEXTS]
    assert ask(model, TEXTS) == pytest.approx(alone, abs=TOLERANCE)
    assert ask(model, TEXTS[::-1]) == pytest.approx(alone[::-1], abs=TOLERANCE)
    narrow = UniEvalModel(str(folder), batch_tokens=1)
    assert ask(narrow, TEXTS) == pytest.approx(alone, abs=TOLERANCE)


def test_padding_is_not_read(tied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = UniEvalModel(str(tied))
    alone = [ask(model, [text])[0] for text in TEXTS]
    monkeypatch.setattr("profile_engine.backends.batches.FULLNESS", 0.0)
    assert ask(model, TEXTS[:10]) == pytest.approx(alone[:10], abs=TOLERANCE)


def test_what_goes_beyond_the_limit_is_cut_as_published_and_reported(tied: Path) -> None:
    model = UniEvalModel(str(tied))
    # The end token counts: 1023 words fill the limit of 1024.
    texts = [babble(1022, 1), babble(1023, 1), babble(1024, 1), babble(3000, 1)]
    scores = model.score([BooleanQuestion(text) for text in texts])
    assert [score.truncated for score in scores] == [False, False, True, True]
    assert scores[1].probability == pytest.approx(scores[2].probability, abs=TOLERANCE)
    found = [score.probability for score in scores]
    assert found == pytest.approx(score_as_published(tied, texts), abs=TOLERANCE)


def test_another_limit_is_obeyed(tied: Path) -> None:
    model = UniEvalModel(str(tied), limit=10)
    assert [score.truncated for score in model.score([BooleanQuestion(babble(n, 1)) for n in (9, 10)])] == [
        False,
        True,
    ]
    assert model.identity.parameters == {"limit": 10}


def test_values_of_responses_come_from_the_published_questions(tied: Path) -> None:
    output, source = "the dog ran home. It was late and cold.", babble(60, 5)
    (values,) = quality_values([QualityItem(output, source)], UniEvalModel(str(tied)))
    first, second, coherence = score_as_published(
        tied,
        [
            "question: Is this a fluent paragraph? </s> paragraph: the dog ran home.",
            "question: Is this a fluent paragraph? </s> paragraph: It was late and cold.",
            "question: Is this a coherent summary to the document? </s> summary: "
            f"{output} </s> document: {source}",
        ],
    )
    assert values[Dimension.FLUENCY].value == pytest.approx((first + second) / 2, abs=TOLERANCE)
    assert values[Dimension.COHERENCE].value == pytest.approx(coherence, abs=TOLERANCE)


def test_no_questions_no_scores(tied: Path) -> None:
    assert UniEvalModel(str(tied)).score([]) == ()


def test_the_layout_of_the_published_models_loads(tmp_path: Path) -> None:
    """A sentencepiece model and a pickled state, as UniEval was published, without `tokenizer.json`."""
    import sentencepiece
    import torch

    (tmp_path / "corpus.txt").write_text("\n".join([*(babble(12, seed) for seed in range(400)), "Yes No"]))
    sentencepiece.SentencePieceTrainer.train(
        input=str(tmp_path / "corpus.txt"),
        model_prefix=str(tmp_path / "spiece"),
        vocab_size=50,
        hard_vocab_limit=False,
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
        user_defined_symbols=["▁Yes", "▁No"],
        minloglevel=2,
    )
    (tmp_path / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "T5Tokenizer", "eos_token": "</s>", "extra_ids": 100})
    )
    model = build_t5(256, TINY)
    torch.save(model.state_dict(), tmp_path / "pytorch_model.bin")
    model.config.save_pretrained(tmp_path)
    found = ask(UniEvalModel(str(tmp_path)), TEXTS[:4])
    assert found == pytest.approx(score_as_published(tmp_path, TEXTS[:4]), abs=TOLERANCE)


def test_the_device_is_the_best_there_is_and_readable(tied: Path) -> None:
    import torch

    assert UniEvalModel(str(tied)).device is choose_device()
    assert (choose_device() is Device.CUDA) == torch.cuda.is_available()
    assert UniEvalModel(str(tied), device=Device.CPU).device is Device.CPU


def test_threads_are_decided_once(tied: Path) -> None:
    import torch

    UniEvalModel(str(tied))
    decided = decide_threads()
    assert os.environ["TOKENIZERS_PARALLELISM"] == "false"
    torch.set_num_threads(1)
    try:
        UniEvalModel(str(tied))
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(decided)


def test_a_missing_model_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    for name in ("nobody/no-such-unieval", str(tmp_path / "absent")):
        with pytest.raises(
            ModelError, match="hf download MingZhong/unieval-sum --local-dir FOLDER"
        ) as caught:
            UniEvalModel(name)
        assert name in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_folder_that_is_no_unieval_is_refused(tmp_path: Path, tied: Path) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    with pytest.raises(ModelError, match="no UniEval model at"):
        UniEvalModel(str(tmp_path))
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(ModelError, match="is a bert model"):
        UniEvalModel(str(tmp_path))
    wordless = tmp_path / "wordless"
    build_t5(save_tokenizer(wordless, question="Is this"), TINY).save_pretrained(wordless)
    with pytest.raises(ModelError, match="does not know the words Yes and No"):
        UniEvalModel(str(wordless))

    for name, change in {"lacks": None, "weights are broken": torch.nan}.items():
        broken = tmp_path / name
        save_t5(broken)
        weights = load_file(broken / "model.safetensors")
        norm = weights.pop("decoder.final_layer_norm.weight")
        if change is not None:
            weights["decoder.final_layer_norm.weight"] = torch.full_like(norm, change)
        save_file(weights, broken / "model.safetensors", metadata={"format": "pt"})
        with pytest.raises(ModelError, match=name):
            UniEvalModel(str(broken)).score([BooleanQuestion("Is this")])


def test_a_breakdown_is_a_model_error(tied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = UniEvalModel(str(tied))

    def run_out_of_memory(**_: object) -> None:
        raise RuntimeError("out of memory\nat length")

    monkeypatch.setattr(model._answers, "forward", run_out_of_memory)
    with pytest.raises(ModelError, match=r"broke down on \w+: out of memory$"):
        model.score([BooleanQuestion("Is this")])
