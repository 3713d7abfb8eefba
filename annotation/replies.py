"""What models answered, kept in the study so that it is never paid for twice."""

from collections import OrderedDict
from typing import Final

from sqlalchemy import func, insert, select

from annotation.store.contents import storable
from annotation.store.database import timestamp
from annotation.store.tables import replies
from annotation.study import Study
from profile_engine.ports import ChatReply, ChatRequest, ModelIdentity

_BLOCK: Final = 256
_BLOCKS_AT_HAND: Final = 64


class StudyReplies:
    """The `ReplyStore` of a study, for the requests to one model.

    Keys are held in memory, 100 bytes a reply; texts are read in blocks, since what is asked again is
    asked in about the order in which it was asked before.
    """

    def __init__(self, study: Study, identity: ModelIdentity) -> None:
        self._study = study
        self._identity = identity
        self._ids: dict[bytes, int] = {}
        self._last = 0
        self._blocks: OrderedDict[int, dict[int, ChatReply]] = OrderedDict()
        self._catch_up()

    def __len__(self) -> int:
        return len(self._ids)

    def find(self, key: str) -> ChatReply | None:
        """The newest reply on record, also one that another process recorded meanwhile."""
        digest = bytes.fromhex(key)
        if digest not in self._ids:
            self._catch_up()
        id_ = self._ids.get(digest)
        return None if id_ is None else self._reply(id_)

    def keep(self, key: str, request: ChatRequest, reply: ChatReply) -> None:  # noqa: ARG002 - the port's
        """Record a reply; it is committed, on disk, when this returns."""
        with self._study.writing() as connection:
            made = connection.execute(
                insert(replies).values(
                    key=key,
                    text=storable(reply.text),
                    answered_by=storable(reply.model),
                    model=self._identity.model,
                    parameters=dict(self._identity.parameters),
                    prompt_tokens=reply.prompt_tokens,
                    completion_tokens=reply.completion_tokens,
                    finish_reason=reply.finish_reason,
                    created=timestamp(),
                )
            ).inserted_primary_key
        assert made is not None
        self._ids[bytes.fromhex(key)] = made[0]

    def _catch_up(self) -> None:
        found = select(replies.c.id, replies.c.key).where(replies.c.id > self._last).order_by(replies.c.id)
        with self._study.reading() as connection:
            for id_, key in connection.execute(found):
                self._ids[bytes.fromhex(key)] = self._last = id_

    def _reply(self, id_: int) -> ChatReply:
        number = id_ // _BLOCK
        block = self._blocks.get(number)
        if block is None or id_ not in block:  # the last block may have grown since it was read
            block = self._blocks[number] = self._read_block(number)
            if len(self._blocks) > _BLOCKS_AT_HAND:
                self._blocks.popitem(last=False)
        self._blocks.move_to_end(number)
        return block[id_]

    def _read_block(self, number: int) -> dict[int, ChatReply]:
        first = number * _BLOCK
        c = replies.c
        found = select(
            c.id, c.text, c.answered_by, c.prompt_tokens, c.completion_tokens, c.finish_reason
        ).where(c.id >= first, c.id < first + _BLOCK)
        with self._study.reading() as connection:
            return {row[0]: ChatReply(*row[1:]) for row in connection.execute(found)}


def count_replies(study: Study) -> int:
    """How many are on record."""
    with study.reading() as connection:
        number: int = connection.execute(select(func.count(replies.c.id))).scalar_one()
        return number
