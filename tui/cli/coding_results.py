"""What `profile-tui validate` prints of coded feedback."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from annotation.study import Study
from annotation.validation.choices import Values
from annotation.validation.coding import CodingInfo, Codings
from annotation.validation.coding_report import CodingReport, report_coding
from tui.cli.output import Cell, Column, Result, ResultTable

_SETS: Final = tuple(
    Column(title, key)
    for title, key in (("Id", "id"), ("Texts from", "name"), ("Judge", "judge"), ("Texts", "texts"))
)


_FLAT: Final = tuple(Column(key, key) for key in ("id", "name", "judge", "coded", "coder", "factor", "texts"))
"""One row a factor of each coder, and of them together, where the coder is left empty."""


def taken(info: CodingInfo) -> Result:
    """A set of texts, ready to be coded."""
    return Result({"coding": _set_document(info)}, (_set_table("Ready to be coded", [info]),))


def sets_of(infos: Sequence[CodingInfo]) -> Result:
    """Sets of feedback texts."""
    return Result(
        {"codings": [_set_document(info) for info in infos]}, (_set_table("Feedback texts", infos),)
    )


def _set_document(info: CodingInfo) -> dict[str, Cell]:
    return {"id": info.id, "name": info.name, "judge": info.judge, "texts": info.texts}


def _set_table(title: str, infos: Sequence[CodingInfo]) -> ResultTable:
    return ResultTable(title, _SETS, tuple(tuple(_set_document(info).values()) for info in infos))


def coded(study: Study, coding_id: int | None, values: Values) -> Result:
    """Counts per factor of one set, or of all."""
    chosen = [info.id for info in Codings(study).all()] if coding_id is None else [coding_id]
    reports = [report_coding(study, one, values) for one in chosen]
    titles = {factor.name: factor.title for factor in study.factors}
    return Result(
        {"codings": [_document(one) for one in reports]},
        tuple(_table(one, titles) for one in reports) or (ResultTable("Nothing to code", _SETS, ()),),
        ResultTable(study.name, _FLAT, tuple(row for one in reports for row in _flat_rows(one))),
    )


def _document(one: CodingReport) -> dict[str, Any]:
    correlation = one.correlation
    return {
        "id": one.info.id,
        "name": one.info.name,
        "judge": one.info.judge,
        "texts": one.info.texts,
        "coded": one.coded,
        "counts": one.together,
        "by_coder": one.by_coder,
        "kappa": [
            {"a": pair.a, "b": pair.b, "factors": {name: kappa.value for name, kappa in pair.kappa.items()}}
            for pair in one.kappas
        ],
        "correlation": None
        if correlation is None
        else {
            "factors": correlation.factors,
            "spearman": correlation.spearman,
            "kendall": correlation.kendall,
            "reason": correlation.reason,
        },
    }


def _flat_rows(one: CodingReport) -> Iterator[tuple[Cell, ...]]:
    for coder, counts in ((None, one.together), *one.by_coder.items()):
        for name, count in counts.items():
            yield (one.info.id, one.info.name, one.info.judge, one.coded, coder, name, count)


def _table(one: CodingReport, titles: dict[str, str]) -> ResultTable:
    several = one.by_coder if len(one.by_coder) > 1 else {}
    columns = (
        Column("Factor", "factor"),
        Column("Texts", "texts"),
        *(Column(coder, coder) for coder in several),
        *(Column(f"κ {pair.a}, {pair.b}", f"kappa {pair.a} {pair.b}", digits=3) for pair in one.kappas),
    )
    rows: Iterator[tuple[Cell, ...]] = (
        (
            titles[name],
            count,
            *(counts[name] for counts in several.values()),
            *(pair.kappa[name].value for pair in one.kappas),
        )
        for name, count in one.together.items()
    )
    title = f"{one.info.id}. {one.info.name}: {one.coded} of {one.info.texts} texts coded"
    return ResultTable(title, columns, tuple(rows), tuple(_notes(one)))


def _notes(one: CodingReport) -> Iterator[str]:
    if len(one.by_coder) > 1:
        yield "A text counts where more than half of the people who coded it say that it mentions the factor."
    found = one.correlation
    if found is None:
        return
    if found.spearman is None or found.kendall is None:
        yield f"No correlation with the ranking of {one.info.judge}: {found.reason}."
    else:
        yield (
            f"With the factor scores of {one.info.judge}, {found.factors} factors: "
            f"ρ {found.spearman:.3f}, τ {found.kendall:.3f}."
        )
