"""Studies whose pairs are labelled elsewhere, and what comes back from there."""

import csv
import html
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select

from annotation.answers import AnswerKind, AnswerLog, NewAnswer
from annotation.exporters.mturk_file import export_mturk
from annotation.importers.elsewhere import Elsewhere, ElsewhereFormat
from annotation.importers.importing import ImportChoices, import_data
from annotation.importers.mapping import parse_map
from annotation.importers.report import ImportReport
from annotation.store import tables
from annotation.study import Study
from profile_engine.preferences import Preference
from tests.annotation.importers.contents import write_jsonl

MTURK = Elsewhere(ElsewhereFormat.MTURK)
ARGILLA = Elsewhere(ElsewhereFormat.ARGILLA)
PREFERENCE = Elsewhere(ElsewhereFormat.PREFERENCE)
DPO = Elsewhere(ElsewhereFormat.DPO)

HOSTILE = (
    "<script>alert(1)</script>",
    "</div></crowd-form><img src=x onerror=alert(1)>",
    "=cmd|' /C calc'!A0",
    "+1 \"quoted\", and 'quoted'",
    "-2\ttab\r\nline\nline",
    "@SUM(A1) ${response_2} &amp; &#39;",
    "é 漢字 🦜 \u202e",
    "nul \x00 here",
)
"""Texts that mean something to HTML, spreadsheets, MTurk or databases; stored with the NUL repaired."""

Choose = Callable[[Mapping[str, str]], str]
"""What a worker chooses of a row of a batch, as it is shown to them."""


def fill(study: Study, texts: Sequence[str], folder: Path) -> None:
    """A pair a text: it and something longer, by two models."""
    rows = [
        {
            "s": f"Post {n}: {text}",
            "a": f"{text} {n}",
            "b": f"{text} {n} longer",
            "x": "model x",
            "y": "model y",
        }
        for n, text in enumerate(texts)
    ]
    mapping = parse_map(["source=s", "left=a", "right=b", "left_agent=x", "right_agent=y"])
    import_data(study, mapping, [write_jsonl(folder / "pairs.jsonl", rows)])


def batch_of(study: Study, folder: Path) -> list[dict[str, str]]:
    """The rows of the study's batch for MTurk."""
    place = folder / "batch.csv"
    export_mturk(study, place)
    with place.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def longer(row: Mapping[str, str]) -> str:
    """The longer response, whichever is first; in studies of `fill` that is the right one."""
    first, second = (len(html.unescape(row[f"response_{n}"])) for n in (1, 2))
    return "first" if first > second else "second"


def assignments(
    batch: Iterable[Mapping[str, str]], workers: Sequence[str] = ("A1WORKER",), choose: Choose = longer
) -> list[dict[str, str]]:
    """The results of a batch that these workers have done, each row by all of them."""
    return [
        {
            "HITId": f"HIT{number}",
            "HITTypeId": "TYPE",
            "Title": "Which is better?",
            "AssignmentId": f"{worker}{number}",
            "WorkerId": worker,
            "AssignmentStatus": "Submitted",
            "AcceptTime": "Mon Nov 26 14:52:02 PST 2018",
            "SubmitTime": "Mon Nov 26 14:53:02 PST 2018",
            "WorkTimeInSeconds": "60",
            **{f"Input.{name}": value for name, value in row.items()},
            "Answer.choice": choose(row),
            "Answer.note": "",
            "Approve": "",
            "Reject": "",
        }
        for number, row in enumerate(batch)
        for worker in workers
    ]


def results(folder: Path, rows: Sequence[Mapping[str, str]], name: str = "results.csv") -> Path:
    """A file as MTurk writes it: every cell in quotes."""
    place = folder / name
    with place.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows)
    return place


def bring(study: Study, plan: Elsewhere, place: Path, choices: ImportChoices | None = None) -> ImportReport:
    """Import one file."""
    return import_data(study, plan, [place], choices=choices or ImportChoices())


def said(study: Study) -> list[dict[str, Any]]:
    """The log in its order, with names and the pairs' keys."""
    columns = (
        tables.agents.c.name,
        tables.pairs.c.key,
        *(tables.answers.c[name] for name in ("pair_id", "kind", "choice", "shown_first", "shown_choice")),
        *(tables.answers.c[name] for name in ("sure", "set", "note", "seconds", "origin", "created")),
    )
    joined = select(*columns).join_from(tables.answers, tables.pairs).join(tables.agents)
    with study.reading() as connection:
        return [dict(row._mapping) for row in connection.execute(joined.order_by(tables.answers.c.id))]


def people_answer(study: Study, notes: Sequence[str]) -> None:
    """Two people label every pair, each with a note; the third only skips and flags."""
    log = AnswerLog(study)
    for name in ("ann", "bob", "cy"):
        log.register(name)
    for number, note in enumerate(notes, start=1):
        side = Preference.LEFT if number % 2 else Preference.RIGHT
        log.save(NewAnswer(number, "ann", choice=side, shown_first=side, sure=True, seconds=number + 0.5))
        log.save(NewAnswer(number, "bob", choice=Preference.RIGHT, sure=False, shown_first=side))
        for name in ("ann", "bob"):
            log.save(NewAnswer(number, name, AnswerKind.NOTE, note=f"{name}: {note}".replace("\x00", "")))
        log.save(NewAnswer(number, "cy", AnswerKind.SKIP if number % 2 else AnswerKind.FLAG, set=True))
