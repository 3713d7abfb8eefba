"""Access codes: how annotators get in where they are not known by their own terminal.

A code is shown once and never stored; the study keeps a random salt and the code's scrypt hash.
"""

import hmac
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import scrypt
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, insert, select

from annotation.errors import AnswerError
from annotation.store.annotators import add_annotator, alike, called, proper_name
from annotation.store.database import timestamp
from annotation.store.decisions import Matter, last_decision
from annotation.store.standing import is_last, people_erased, people_out
from annotation.store.tables import access_codes, agents
from annotation.study import Study
from profile_engine.preferences import AgentKind

ALPHABET: Final = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""Without characters that look or sound like others (I, L, O, U, 0, 1); sixteen of them are 78 bits."""

_GROUPS, _GROUP = 4, 4
_SALT_BYTES: Final = 16
_ROUNDS, _BLOCK, _PARALLEL, _MEMORY = 2**14, 8, 1, 2**26  # 16 MB and some 30 ms a try
_NOBODY: Final = bytes(_SALT_BYTES)


@dataclass(frozen=True, slots=True)
class Account:
    """An annotator as the list of accounts has them.

    Attributes:
        since: when the code that stands was made; None where there is none.
        absent: whether their answers do not count (withdrawn, erased, left out).
        consented: when they accepted the words of consent; None where they did not, or withdrew since.
    """

    name: str
    since: str | None
    absent: bool
    consented: str | None = None


def add(study: Study, name: str) -> str:
    """Make an annotator with a code, also of somebody who has labelled without one.

    Returns:
        The code, which is nowhere to be had again.

    Raises:
        AnswerError: an impossible name, or somebody who has a code.
    """
    [code] = add_all(study, [name]).values()
    return code


def add_all(study: Study, names: Iterable[str]) -> dict[str, str]:
    """The same of several people, all or none; codes by name."""
    with study.reading() as connection:
        names = tuple(dict.fromkeys(called(connection, name) for name in names))
    like = {alike(name): name for name in names}
    if twice := [name for name in names if like[alike(name)] != name]:
        raise AnswerError(
            f"{twice[0]!r} and {like[alike(twice[0])]!r} differ only by capitals, spaces or the like: "
            "give names that nobody takes for one"
        )
    return _issue(study, names, first=True)


def renew(study: Study, name: str) -> str:
    """Give an annotator another code; the one before no longer lets in.

    Raises:
        AnswerError: no such annotator.
    """
    return renew_all(study, [name])[name]


def renew_all(study: Study, names: Iterable[str]) -> dict[str, str]:
    """The same of several people, all or none; codes by name."""
    return _issue(study, tuple(dict.fromkeys(names)), first=False)


def check(study: Study, name: str | None, code: str) -> str | None:
    """Who a code lets in; takes as long for a wrong code, or for a name that nobody has, as for a right one.

    Args:
        study: an open one.
        name: None looks through the codes of all annotators.
        code: capitals or not, with or without hyphens.

    Returns:
        The annotator's name; None where it lets nobody in.
    """
    with study.reading() as connection:
        codes = [row for row in _standing(connection) if row.hash and _is(row.name, name)]
    found = None
    for row in codes:
        if hmac.compare_digest(_hash(code, bytes.fromhex(row.salt)), bytes.fromhex(row.hash)):
            found = str(row.name)
    if not codes:
        _hash(code, _NOBODY)
    return found


def _is(registered: str, name: str | None) -> bool:
    return name is None or registered in (name, proper_name(name))


def accounts(study: Study) -> tuple[Account, ...]:
    """Everybody who is registered, by name."""
    with study.reading() as connection:
        absent = set(connection.execute(people_out()).scalars())
        return tuple(
            Account(row.name, row.created, row.id in absent, _consented(connection, row.id))
            for row in _standing(connection)
        )


def _consented(connection: Connection, id_: int) -> str | None:
    said = last_decision(connection, id_, Matter.CONSENT)
    return said.created if said.event == "accepted" else None


def _issue(study: Study, names: Sequence[str], *, first: bool) -> dict[str, str]:
    codes = {name: _new_code() for name in names}
    hashed = {name: _Hashed.of(code) for name, code in codes.items()}  # takes its time: before the lock
    with study.writing() as connection:
        known = {row.name: row for row in _standing(connection)}
        for name in names:
            account = known.get(name)
            if account is None and first:
                called(connection, name)  # others may have come meanwhile
            if account is None and not first:
                raise AnswerError(f"{name} is no annotator of this study; study annotators list shows who is")
            if account is not None and account.erased:
                raise AnswerError(f"{name} was erased; choose another name")
            if account is not None and account.hash and first:
                raise AnswerError(f"{name} has a code; study annotators code gives another")
            connection.execute(
                insert(access_codes).values(
                    annotator_id=account.id if account is not None else add_annotator(connection, name),
                    salt=hashed[name].salt.hex(),
                    hash=hashed[name].hash.hex(),
                    created=timestamp(),
                )
            )
    return codes


@dataclass(frozen=True, slots=True)
class _Hashed:
    salt: bytes
    hash: bytes

    @classmethod
    def of(cls, code: str) -> "_Hashed":
        salt = secrets.token_bytes(_SALT_BYTES)
        return cls(salt, _hash(code, salt))


def _new_code() -> str:
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))


def _standing(connection: Connection) -> Sequence[Row[Any]]:
    """Every annotator with the code that stands."""
    stands = is_last(access_codes, "annotator_id")
    return connection.execute(
        select(
            agents.c.id,
            agents.c.name,
            access_codes.c.salt,
            access_codes.c.hash,
            access_codes.c.created,
            agents.c.id.in_(people_erased()).label("erased"),
        )
        .select_from(agents)
        .outerjoin(access_codes, and_(access_codes.c.annotator_id == agents.c.id, stands))
        .where(agents.c.kind == AgentKind.ANNOTATOR)
        .order_by(agents.c.name)
    ).all()


def _hash(code: str, salt: bytes) -> bytes:
    plain = "".join(character for character in code.upper() if character.isalnum())
    return scrypt(plain.encode(), salt=salt, n=_ROUNDS, r=_BLOCK, p=_PARALLEL, maxmem=_MEMORY)
