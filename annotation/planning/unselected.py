"""Which labels were asked for whatever the others of their pair said."""

from collections import Counter

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, select

from annotation.planning.cost import least_labels
from annotation.planning.design import PlanDesign
from annotation.planning.plan import Role
from annotation.store.tables import plan_items, plans


def asked_anyway(connection: Connection, pairs: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which labels were asked for whatever the others of their pair said.

    A plan that stops where a pair is decided asks for a third label only where the first two differ, so that
    pairs with three are selected for disagreement and those with two for agreement: who flip coins would have
    an alpha of 0.2, and a Fleiss' kappa of 1 or -1/3. Only as many first labels as decide a pair at the
    earliest say how far people agree. Of several plans the newest that has a pair counts.

    Args:
        connection: a reading.
        pairs: id of the pair of each label, in the order in which the labels were given.
    """
    least = _least(connection)
    before: Counter[int] = Counter()
    asked = np.ones(len(pairs), bool)
    if not least:
        return asked
    for place, pair in enumerate(pairs.tolist()):
        asked[place] = pair not in least or before[pair] < least[pair]
        before[pair] += 1
    return asked


def _least(connection: Connection) -> dict[int, int]:
    """Labels that a pair gets in any case, for pairs that may get fewer than planned."""
    designs = {
        row.id: PlanDesign.model_validate(row.design)
        for row in connection.execute(select(plans.c.id, plans.c.design))
    }
    if not any(design.stop_when_decided for design in designs.values()):
        return {}
    items = select(plan_items.c.pair_id, plan_items.c.plan_id).where(plan_items.c.role == Role.WORK)
    newest = {
        row.pair_id: designs[row.plan_id] for row in connection.execute(items.order_by(plan_items.c.plan_id))
    }
    return {pair: least_labels(design) for pair, design in newest.items() if design.stop_when_decided}
