"""Tagged and misaligned pairs: as examples, as Markdown that obeys nobody, as a training signal."""

import io
import json
import re
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from annotation.answers import AnswerLog
from annotation.errors import StudyError
from annotation.exporters.examples import Examples, choose_examples
from annotation.exporters.examples_file import export_examples
from annotation.exporters.markdown_file import export_markdown
from annotation.exporters.markdown_text import inline, quoted
from annotation.exporters.report import ExportReport
from annotation.exporters.signal_file import export_factor_dpo, export_factors
from annotation.tags import TagLog
from profile_engine.errors import UnknownAgentError
from profile_engine.preferences import AgentKind
from tests.annotation.drafts import LEFT, RIGHT, TIE, Draft, label

HOSTILE = (
    "<script>x</script> [a](http://x.y) **b** @team #1\n# head\n- item\n1. one\n\n\x1b]0;t\x07 \u202e end | c"
)


@pytest.fixture
def made(draft: Draft, log: AnswerLog) -> list[int]:
    """People prefer the longer response of pairs 1, 2, 5, the shorter of 3, neither of 4; 6 has no label.

    Length: people (3-1)/5. The judge takes the left one: the longer one of 1, 3, 5 and 6.
    """
    judge = draft.agent("judge", AgentKind.JUDGE)
    pairs = []
    for number, (left, right) in enumerate(((3, 1), (1, 2), (5, 4), (6, 3), (2, 1), (4, 1)), start=1):
        source = draft.source(HOSTILE if number == 1 else f"Source {number}.", f"Post *{number}*")
        sides = [draft.response(source, f"{number} {side}") for side in ("left", "right")]
        for side, value in zip(sides, (left, right), strict=True):
            draft.value(side, "length", value)
        pairs.append(draft.pair(source, *sides))
        draft.verdict(pairs[-1], judge, LEFT)
    label(log, "ann", zip(pairs, (LEFT, RIGHT, RIGHT, TIE, LEFT), strict=False))
    return pairs


def lines(report: ExportReport, stream: io.StringIO) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert len(found) == report.written
    return found


def chosen(draft: Draft, **how: Any) -> Examples:  # noqa: ANN401
    return choose_examples(draft.study, **how)


def test_which_pairs(draft: Draft, made: list[int]) -> None:
    assert sorted(chosen(draft, agent="judge").ids) == [made[1], made[2]]
    assert list(chosen(draft).ids) == []
    assert list(chosen(draft, otherwise_all=True).ids) == made
    log = TagLog(draft.study)
    log.toggle(made[4], "paper")
    log.note(made[0], "why")
    assert list(chosen(draft).ids) == [made[0], made[4]]
    assert list(chosen(draft, tag="paper", agent="judge").ids) == [made[4]]
    with pytest.raises(StudyError, match="no pair carries the tag 'nix': there are paper"):
        chosen(draft, tag="nix")
    with pytest.raises(UnknownAgentError, match="nobody"):
        chosen(draft, agent="nobody")


def test_examples_say_who_is_pulled_where(draft: Draft, made: list[int]) -> None:
    TagLog(draft.study).toggle(made[2], "paper")
    stream = io.StringIO()
    (line,) = lines(export_examples(chosen(draft, tag="paper", agent="judge"), stream), stream)
    assert (line["pair"], line["tags"], line["note"]) == (made[2], ["paper"], None)
    assert (line["people_choose"], line["model_chooses"], line["model"]) == ("right", "left", "judge")
    assert line["left"]["text"] == "3 left" and line["verdicts"][0]["choice"] == "left"
    (length,) = (factor for factor in line["factors"] if factor["factor"] == "length")
    assert length == {
        "factor": "length",
        "more": "left",
        "people_score": pytest.approx(2 / 5),
        "people_pull": "left",
        "model_score": pytest.approx(4 / 6),
        "model_pull": "left",
    }


def test_dpo_pairs_follow_peoples_factors_and_contradict_nobody(draft: Draft, made: list[int]) -> None:
    """People like the longer one by 2/5: chosen on 1, 2, 5 and on 6, where nobody said anything."""
    stream = io.StringIO()
    report = export_factor_dpo(chosen(draft, otherwise_all=True), stream)
    found = lines(report, stream)
    assert [line["chosen"] for line in found] == ["1 left", "2 right", "5 left", "6 left"]
    assert [line["rejected"] for line in found] == ["1 right", "2 left", "5 right", "6 right"]
    assert [line["margin"] for line in found] == pytest.approx([0.4] * 4)
    assert dict(report.left_out) == {"most people chose the other side": 1, "people chose neither": 1}
    assert found[0]["prompt"] == HOSTILE and len(made) == 6


@pytest.mark.usefixtures("made")
def test_each_factor_is_a_line(draft: Draft) -> None:
    stream = io.StringIO()
    report = export_factors(chosen(draft, agent="judge"), stream)
    found = lines(report, stream)
    assert {line["factor"] for line in found} == {"length"} and len(found) == 2
    assert report.left_out == {"no value on one side": 2 * (len(draft.study.factors) - 1)}
    assert {(line["manifestation"], line["people_pull"], line["model_pull"]) for line in found} == {
        (-1, "right", "right"),
        (1, "left", "left"),
    }


def test_markdown_shows_a_pair_as_the_paper_does(draft: Draft, made: list[int]) -> None:
    TagLog(draft.study).note(made[0], "a note\nof *two* lines")
    TagLog(draft.study).toggle(made[0], "paper")
    stream = io.StringIO()
    assert export_markdown(chosen(draft, agent="judge", tag="paper"), stream).written == 1
    text = stream.getvalue()
    assert r"## Pair 1: Post \*1\*" in text
    assert "**A** author not known [Length: 3] (preferred by people)\n\n> 1 left" in text
    assert "**B** author not known [Length: 1]\n\n> 1 right" in text
    assert "| Length | 3 | 1 | A | +0.400 | A | +0.667 | A |" in text
    assert "- judge:judge chose A\n- ann: A\n- judge (judge): A\n- Tags: paper\n- Note: a note of" in text
    html = MarkdownIt("gfm-like", {"linkify": False}).render(text)
    assert set(re.findall(r"<(\w+)", html)) <= {
        *(
            "h1",
            "h2",
            "p",
            "strong",
            "blockquote",
            "br",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "ul",
            "li",
        )
    }
    assert html.count("<h1") == html.count("<h2") == 1 and html.count("<ul") == 1


def plain(text: str) -> str:
    """What of a text is to be seen, without space, which the four separators of ASCII are taken for."""
    kept = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    spaced = re.sub(r"\s|⟨U\+001[C-F]⟩", "", text)
    return "".join(f"⟨U+{ord(one):04X}⟩" if unicodedata.category(one) in kept else one for one in spaced)


MARKUP = st.text(st.sampled_from(list("\\`*_{}[]()#+-.!|~^$=:<>&@1 9\n\r\tax'\"/w\x1b\u202e")), max_size=40)


@given(MARKUP | st.text(max_size=40))
def test_markdown_reads_as_the_text_and_formats_nothing(text: str) -> None:
    quote, line = quoted(text), inline(text)
    for source, allowed in ((quote, {"blockquote", "p", "br"}), (f"x {line}", {"p"})):
        tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(source)
        every = [token for block in tokens for token in (block, *(block.children or ()))]
        assert {token.tag for token in every if token.tag} <= allowed
        seen = "".join(token.content for token in every if token.type in ("text", "text_special"))
        expected = plain(text) if source is quote else "x" + plain(text)
        assert plain(seen) == expected
    assert "\n" not in line and "://" not in line.replace(r"\:", "") and "@" not in line + quote
