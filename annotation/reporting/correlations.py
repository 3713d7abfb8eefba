"""Correlations of factor values within what one author wrote (PROFILE G.3)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy import select

from annotation.profiles import StudyProfile
from annotation.store.authors import is_aside
from annotation.store.columns import read_columns
from annotation.store.tables import agents, responses
from annotation.study import Study
from profile_engine.experiments.choices import CorrelationMethod
from profile_engine.experiments.correlations import correlate
from profile_engine.preferences import Agent, AgentKind


@dataclass(frozen=True, slots=True)
class ValueCorrelations:
    """Pearson's r of every two factors over the responses of an author.

    Attributes:
        author: None for all responses of the study, whoever wrote them.
        factors: names, in the study's order; those without any value are left out.
        r: factors x factors; None where undefined.
    """

    author: Agent | None
    responses: int
    factors: tuple[str, ...]
    r: tuple[tuple[float | None, ...], ...]

    @property
    def tells_anything(self) -> bool:
        """Whether any two different factors correlate at all."""
        return any(value is not None for row, values in enumerate(self.r) for value in values[:row])


def correlate_values(study: Study, profile: StudyProfile) -> tuple[ValueCorrelations, ...]:
    """One for each author who is known, without initial responses; where none is, one for all together."""
    values = profile.values
    with study.reading() as connection:
        written = read_columns(
            connection,
            select(responses.c.id, responses.c.agent_id).where(
                responses.c.agent_id.is_not(None), ~is_aside()
            ),
            [("response", "i8"), ("author", "i8")],
        )
        rows = connection.execute(select(agents).order_by(agents.c.id)).all()
    by_id = {row.id: Agent(row.name, AgentKind(row.kind)) for row in rows}
    found = [
        _correlate(
            profile, author, np.isin(values.response_ids, written["response"][written["author"] == id_])
        )
        for id_, author in by_id.items()
    ]
    known = tuple(one for one in found if one.responses)
    return known or (_correlate(profile, None, np.ones(len(values.response_ids), np.bool_)),)


def _correlate(profile: StudyProfile, author: Agent | None, rows: npt.NDArray[np.bool_]) -> ValueCorrelations:
    values = profile.values.values[rows]
    present = [place for place in range(values.shape[1]) if not np.isnan(values[:, place]).all()]
    names = tuple(profile.factors[place] for place in present)
    found = correlate("", names, values[:, present], CorrelationMethod.PEARSON)
    r = tuple(tuple(cell.value for cell in cells) for cells in found.cells)
    return ValueCorrelations(author, int(rows.sum()), names, r)
