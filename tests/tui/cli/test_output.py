"""Every format says the same, and none lets a text's control bytes through."""

import csv
import json

import pytest

from tui.cli.output import Column, Format, Passage, Result, ResultTable, as_json, as_latex, only, publish
from tui.errors import UsageError

HOSTILE = "\x1b]52;c;aGk=\x07 \x9b2J \u202eabc \x7f [/bold] [link=x]"
NAMES = (Column("Agent", "agent"), Column("Score", "score", digits=4))


def result(agent: str, score: float | None) -> Result:
    table = ResultTable("Scores", NAMES, ((agent, score),), ("a note",))
    return Result({"agents": [{"agent": agent, "score": score}]}, (table,))


@pytest.mark.parametrize("wanted", Format)
def test_no_control_byte_gets_through(wanted: Format, capsys: pytest.CaptureFixture[str]) -> None:
    hostile = result(HOSTILE, 0.5)
    publish(Result(hostile.document, hostile.tables, passages=(Passage(HOSTILE, HOSTILE),)), wanted)
    printed = capsys.readouterr().out
    assert "aGk=" in printed
    assert [character for character in printed if character in "\x1b\x07\x9b\x7f\u202e"] == []


def test_json_keeps_text_and_full_numbers() -> None:
    assert json.loads(as_json({"name": HOSTILE, "score": 1 / 3})) == {"name": HOSTILE, "score": 1 / 3}


def test_json_never_holds_nan() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        as_json({"score": float("nan")})


def test_csv_guards_formulas_and_keeps_full_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    publish(result("=1+1", 1 / 3), Format.CSV)
    header, row = csv.reader(capsys.readouterr().out.splitlines())
    assert header == ["agent", "score"]
    assert row[0].lstrip("'") == "=1+1"
    assert row[0] != "=1+1"
    assert float(row[1]) == 1 / 3


def test_table_rounds_and_says_where_there_is_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    publish(result("human", 0.34326), Format.TABLE)
    publish(result("human", None), Format.TABLE)
    printed = capsys.readouterr().out
    assert "0.3433" in printed
    assert "–" in printed
    assert "a note" in printed


def test_table_is_not_cut_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    publish(result("x" * 500, 0.5), Format.TABLE)
    assert "x" * 500 in capsys.readouterr().out


def test_latex_is_escaped() -> None:
    latex = as_latex(result(r"gpt_4o & 50% {x} \y ~^", -0.5).tables[0])
    assert (
        r"gpt\_4o \& 50\% \{x\} \textbackslash{}y \textasciitilde{}\textasciicircum{} & $-0.5000$ \\" in latex
    )
    assert latex.index(r"\toprule") < latex.index(r"\midrule") < latex.index(r"\bottomrule")


def test_formats_a_command_lacks_are_refused() -> None:
    with pytest.raises(UsageError, match="choose table or json"):
        only(Format.LATEX, Format.TABLE, Format.JSON)
