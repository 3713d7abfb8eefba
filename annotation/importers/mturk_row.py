"""What a line of MTurk's results says, in whichever of its ways it is written."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any, Final

from annotation.importers.faults import BadValue, describe
from annotation.importers.fields import raw_name

_ANSWER: Final = "Answer."
_TASK_ANSWERS: Final = "Answer.taskAnswers"
_HOURS_FROM_UTC: Final = MappingProxyType({"PST": -8, "PDT": -7, "UTC": 0, "GMT": 0})
_SHA256: Final = re.compile("[0-9a-f]{64}")
_WORDS: Final = 6
_ZONE: Final = 4  # its place in "Mon Nov 26 14:53:02 PST 2018"


def item_of(record: Mapping[str, Any], said: Mapping[str, object]) -> object:
    """The pair's id: of the input, else as the page sent it back."""
    return record.get("Input.item") or said.get("item")


def answers_of(record: Mapping[str, Any]) -> dict[str, object]:
    """What the worker said by the name of the field, from columns of their own or from JSON in one."""
    said = {name.removeprefix(_ANSWER): value for name, value in record.items() if name.startswith(_ANSWER)}
    packed = said.pop("taskAnswers", None)
    if raw_name(packed) is None and not isinstance(packed, list | dict):
        return said
    try:
        unpacked = json.loads(packed) if isinstance(packed, str) else packed
    except (ValueError, RecursionError):
        raise BadValue(_TASK_ANSWERS, "JSON", describe(packed)) from None
    first = unpacked[0] if isinstance(unpacked, list) and len(unpacked) == 1 else unpacked
    if not isinstance(first, dict):
        raise BadValue(_TASK_ANSWERS, "an object, or a list with one", describe(unpacked))
    return said | first


def chosen(said: Mapping[str, object], field: str) -> str | None:
    """The value of a radio button or checkbox: itself, or the one that is true of several."""
    value = said.get(field)
    if isinstance(value, dict):
        options = value
    else:
        dotted = f"{field}."
        options = {name.removeprefix(dotted): one for name, one in said.items() if name.startswith(dotted)}
        if not options:
            return raw_name(value)
    on = [str(name) for name, is_on in options.items() if raw_name(is_on) in ("true", "True", "TRUE")]
    return on[0] if len(on) == 1 else None


def consent_version(consent: str | None) -> str | None:
    """The words that were accepted; None where something else came back."""
    return consent if consent is not None and _SHA256.fullmatch(consent) else None


def in_utc(told: str | None) -> str | None:
    """A time as the columns have it; None where it is written in no way known."""
    if told is None:
        return None
    try:
        at = datetime.fromisoformat(told)
    except ValueError:
        words = told.split()
        zone = words.pop(_ZONE) if len(words) == _WORDS else ""
        if zone not in _HOURS_FROM_UTC:
            return None
        try:
            at = datetime.strptime(" ".join(words), "%a %b %d %H:%M:%S %Y")
        except ValueError:
            return None
        at = at.replace(tzinfo=timezone(timedelta(hours=_HOURS_FROM_UTC[zone])))
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
