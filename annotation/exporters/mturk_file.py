"""Amazon Mechanical Turk: the input file of a batch, the page it is shown on, and who may work on it."""

import csv
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from annotation.errors import StudyError
from annotation.exporters.blinded import blinded_pairs, standing_plan
from annotation.exporters.mturk_layout import VARIABLES, escaped, layout
from annotation.exporters.report import ExportReport
from annotation.exporters.still_wanted import StillWanted, still_wanted
from annotation.exporters.target import opened
from annotation.people.consent import Consent
from annotation.planning.design import Qualifications
from annotation.planning.plan import Plan, Role
from annotation.pseudonyms import Pseudonyms
from annotation.study import Study
from annotation.wording import counted

LONGEST_PAGE: Final = 65_535
"""Bytes of a page that MTurk takes."""


def export_mturk(study: Study, target: Path, *, crowd_elements: bool = False) -> ExportReport:
    """Write a batch: the input file, and beside it the page and, where the plan has some, the qualifications.

    A row is an item of the plan that still wants labels, training excepted, without a plan a pair. Texts are
    escaped.

    Args:
        study: has the pairs.
        target: the input file, a CSV; the others have its name with endings of their own.
        crowd_elements: whether the page uses Amazon's elements, with a script from Amazon.

    Raises:
        StudyError: a file cannot be written, or there is nothing to ask.
    """
    plan = standing_plan(study)
    page = _page(study, plan, crowd_elements)
    beside = {".html": page}
    if plan is not None and plan.design.qualifications is not None:
        asked = qualification_requirements(plan.design.qualifications)
        beside[".qualifications.json"] = json.dumps(asked, indent=2) + "\n"
    places = {target.with_suffix(ending): content for ending, content in beside.items()}
    if target in places:
        raise StudyError(
            f"{target}: the batch's file is a CSV, with the page beside it; name it {target.stem}.csv"
        )
    wanted = None if plan is None else still_wanted(study, plan)
    if wanted is not None and not wanted.plan.items:
        raise StudyError("every pair has its labels: there is nothing to ask, and nothing was written")
    written, too_long = _write_batch(study, None if wanted is None else wanted.plan, target, page)
    for place, content in places.items():
        with opened(place) as stream:
            stream.write(content)
    notes = [f"beside it: {', '.join(place.name for place in places)}"]
    if wanted is not None:
        notes += _to_set(wanted)
    if too_long:
        notes.append(f"{counted(too_long, 'row')} too long: MTurk takes pages of {LONGEST_PAGE:,} bytes")
    training = 0 if plan is None else sum(item.role is Role.TRAINING for item in plan.items)
    left_out = {
        "training, which needs an answer at once": training,
        "no more labels wanted": 0 if wanted is None else wanted.complete,
    }
    return ExportReport(written, {why: count for why, count in left_out.items() if count}, tuple(notes))


def qualification_requirements(asked: Qualifications) -> list[dict[str, Any]]:
    """Who may take part, as MTurk's API wants it (`QualificationRequirements` of `CreateHIT`)."""
    numbers = (
        ("000000000000000000L0", "GreaterThanOrEqualTo", math.ceil(asked.approval_rate)),
        ("00000000000000000040", "GreaterThan", asked.approved_tasks),
    )
    shown = {"ActionsGuarded": "DiscoverPreviewAndAccept"}
    country = {"Comparator": "EqualTo", "LocaleValues": [{"Country": asked.country}]}
    return [
        {"QualificationTypeId": "00000000000000000071", **country, **shown},
        *(
            {
                "QualificationTypeId": kind,
                "Comparator": comparator,
                "IntegerValues": [value],
                **shown,
            }
            for kind, comparator, value in numbers
        ),
    ]


def _page(study: Study, plan: Plan | None, crowd_elements: bool) -> str:
    settings = study.settings
    if plan is None:
        return layout(
            settings.question,
            settings.instructions,
            ties=settings.allow_ties,
            crowd_elements=crowd_elements,
        )
    design = plan.design
    return layout(
        design.question or settings.question,
        design.instructions or settings.instructions,
        ties=design.ties,
        consent=design.consent,
        warning=design.warning,
        consent_version=Consent(design.consent, design.warning).version,
        crowd_elements=crowd_elements,
    )


def _write_batch(study: Study, plan: Plan | None, target: Path, page: str) -> tuple[int, int]:
    """How many rows were written, and how many of them are longer than MTurk takes."""
    written = too_long = 0
    with study.reading() as connection:
        names = Pseudonyms.of_study(connection)
    with opened(target) as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(VARIABLES)
        for pair in blinded_pairs(study, plan):
            item = names.shown_pair(pair.row["key"], pair.first, pair.role)
            cells = [item, *map(escaped, (pair.source, pair.response_1, pair.response_2))]
            writer.writerow(cells)
            written += 1
            too_long += len(page) + sum(map(len, cells)) > LONGEST_PAGE
    return written, too_long


def _to_set(wanted: StillWanted) -> Iterator[str]:
    """What there is to know where a batch is made of the files."""
    design = wanted.plan.design
    yield f"{counted(sum(wanted.labels.values()), 'label')} wanted"
    pay = f", ${design.pay:.2f} each" if design.pay else ""
    most = wanted.most or design.annotators_per_pair
    yield f"to set there: {counted(most, 'assignment')} a HIT{pay}"
    if fewer := wanted.about_fewer():
        yield fewer
    if design.stop_when_decided:
        yield (
            "a batch cannot stop early: every row gets all its assignments, also once they decide it; "
            "batches with one assignment a HIT, each exported after the one before came in, can"
        )
