"""Figures as files: their text, their marks, and that the same figure is the same bytes."""

import re
import subprocess
import sys
from xml.etree import ElementTree as Xml

import pytest

from annotation.errors import StudyError
from annotation.reporting.drawing import draw, drawing_version
from annotation.reporting.figures import Figure, ScoreBars, Series
from tests.annotation.reporting.figures import BARS, EVERY, MATRIX, POINTS, SHARES
from tests.conftest import ROOT

SVG = "{http://www.w3.org/2000/svg}"


def svg(figure: Figure) -> Xml.Element:
    return Xml.fromstring(draw(figure)["svg"])


def texts(figure: Figure) -> list[str]:
    return ["".join(text.itertext()).strip() for text in svg(figure).iter(f"{SVG}text")]


@pytest.mark.parametrize("figure", EVERY, ids=lambda figure: figure.name)
def test_every_format_is_what_it_says_and_draws_no_picture(figure: Figure) -> None:
    files = draw(figure)
    assert set(files) == {"svg", "png", "pdf"}
    assert files["png"].startswith(b"\x89PNG\r\n")
    assert files["pdf"].startswith(b"%PDF-")
    drawn = Xml.fromstring(files["svg"])
    assert drawn.tag == f"{SVG}svg"
    assert list(drawn.iter(f"{SVG}image")) == []
    assert not re.search(rb"20\d\d-\d\d-\d\d|20\d{6}", files["svg"] + files["pdf"])


def test_another_process_draws_the_same_bytes() -> None:
    script = (
        "import hashlib\nfrom annotation.reporting.drawing import draw\n"
        "from tests.annotation.reporting.figures import EVERY\n"
        "for figure in EVERY:\n    for ending, content in draw(figure).items():\n"
        "        print(figure.name, ending, hashlib.sha256(content).hexdigest())\n"
    )
    printed = [
        subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert printed[0].stdout == printed[1].stdout
    assert len(printed[0].stdout.splitlines()) == 12


def test_bars_say_their_scores_their_ranks_and_what_is_undefined() -> None:
    said = texts(BARS)
    assert {"0.500", "-0.250", "0.123", "undefined"} <= set(said)
    assert {"A  people, evaluation", "B  gpt $x_1$ <b>"} <= {
        re.sub(r"^(.) +", r"\1  ", text) for text in said
    }
    assert [text for text in said if text in {"1", "2", "–"}] == ["1", "–", "2", "1"]


def test_a_longer_bar_is_a_higher_score() -> None:
    values = (0.8, 0.4, -0.2)
    drawn = svg(ScoreBars("b", "t", "c", ("x", "y", "z"), (Series("people", values),)))
    widths = []
    for path in drawn.iter(f"{SVG}path"):
        if "fill: #0072b2" in path.get("style", "") and (
            ends := re.findall(r"[ML] ([\d.]+)", path.get("d", ""))
        ):
            places = [float(end) for end in ends]
            widths.append(max(places) - min(places))
    bars = widths[: len(values)]
    assert bars[0] / bars[1] == pytest.approx(2, rel=1e-4)
    assert bars[1] / bars[2] == pytest.approx(2, rel=1e-4)


def test_no_colour_stands_alone() -> None:
    four = tuple(Series(f"agent {number}", (0.5,)) for number in range(4))
    hatched = svg(ScoreBars("b", "t", "c", ("x",), four))
    patterns = list(hatched.iter(f"{SVG}pattern"))
    assert len(patterns) == 3  # and the first is plain
    assert len({"".join(path.get("d", "") for path in each.iter(f"{SVG}path")) for each in patterns}) == 3
    marks = {path.get("d") for group in svg(POINTS).iter(f"{SVG}defs") for path in group.iter(f"{SVG}path")}
    assert len(marks) >= 3
    assert {"1.00", "-0.50", "–"} <= set(texts(MATRIX))


def test_what_has_no_value_says_so() -> None:
    assert "undefined" in texts(POINTS)
    said = texts(SHARES)
    assert "75.0 % of 90" in said
    assert "undefined" in said


def test_a_name_in_another_script_draws_without_a_word(
    recwarn: pytest.WarningsRecorder, caplog: pytest.LogCaptureFixture
) -> None:
    figure = ScoreBars("b", "t", "c", ("長さ",), (Series("模型", (0.5,)),))
    assert any("模型" in text for text in texts(figure))
    assert list(recwarn) == []
    assert caplog.records == []


def test_without_matplotlib_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(StudyError, match=r"pip install '\.\[report\]'$") as told:
        drawing_version()
    assert "\n" not in str(told.value)
