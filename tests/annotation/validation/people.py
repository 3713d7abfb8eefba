"""People who validate by a script."""

from collections.abc import Callable

from annotation.study import Study
from annotation.validation.desk import ValidationDesk
from annotation.validation.items import ValidationItem
from annotation.validation.judgements import NewJudgement

Answer = Callable[[int, ValidationItem], NewJudgement]
"""What somebody says of an item, given how many they have seen before."""


def work(study: Study, validation_id: int, name: str, answer: Answer) -> ValidationDesk:
    """Judge all items in their order."""
    desk = ValidationDesk(study, validation_id, name)
    seen, item = 0, desk.next()
    while item is not None:
        desk.save(answer(seen, item))
        seen, item = seen + 1, desk.next(item.id)
    return desk


def another(item: ValidationItem) -> str:
    """A class that was not extracted."""
    return next(choice for choice in item.choices if choice != item.extracted_label)
