"""Replies are kept for good and found fast."""

import hashlib

import pytest

from annotation import replies
from annotation.replies import StudyReplies, count_replies
from annotation.study import Study
from profile_engine.ports import ChatMessage, ChatReply, ChatRequest, ModelIdentity, Speaker

IDENTITY = ModelIdentity("judge", "judge-1", {"temperature": 0.6})
REQUEST = ChatRequest((ChatMessage(Speaker.USER, "Is it?"),))


def key(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def test_what_is_kept_is_found(study: Study) -> None:
    store = StudyReplies(study, IDENTITY)
    reply = ChatReply("yes", "judge-1-0613", 10, 2, "stop")
    assert store.find(key(1)) is None
    store.keep(key(1), REQUEST, reply)
    store.keep(key(2), REQUEST, ChatReply("no", "judge-1"))
    for seen_by in (store, StudyReplies(study, IDENTITY)):
        assert seen_by.find(key(1)) == reply
        assert seen_by.find(key(2)) == ChatReply("no", "judge-1")
        assert seen_by.find(key(3)) is None
    assert count_replies(study) == 2


def test_the_newest_counts_and_the_older_stays(study: Study) -> None:
    store = StudyReplies(study, IDENTITY)
    for text in ("first", "second"):
        store.keep(key(1), REQUEST, ChatReply(text, "m"))
    for seen_by in (store, StudyReplies(study, IDENTITY)):
        found = seen_by.find(key(1))
        assert found is not None
        assert found.text == "second"
    assert count_replies(study) == 2


def test_it_is_on_disk_when_keep_returns(study: Study) -> None:
    StudyReplies(study, IDENTITY).keep(key(1), REQUEST, ChatReply("yes", "m"))
    with Study.open(study.location) as other:
        assert StudyReplies(other, IDENTITY).find(key(1)) == ChatReply("yes", "m")


def test_what_another_process_recorded_is_not_asked_again(study: Study) -> None:
    mine = StudyReplies(study, IDENTITY)
    with Study.open(study.location) as other:
        StudyReplies(other, IDENTITY).keep(key(1), REQUEST, ChatReply("theirs", "m"))
    assert mine.find(key(1)) == ChatReply("theirs", "m")


def test_blocks_reach_every_reply(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of 4, of which 2 are at hand: every reply is found, in any order, also one added since."""
    monkeypatch.setattr(replies, "_BLOCK", 4)
    monkeypatch.setattr(replies, "_BLOCKS_AT_HAND", 2)
    store = StudyReplies(study, IDENTITY)
    for number in range(30):
        store.keep(key(number), REQUEST, ChatReply(str(number), "m"))
        for known in (number, 0, number // 2):
            assert store.find(key(known)) == ChatReply(str(known), "m")


def test_any_text_can_be_kept(study: Study) -> None:
    store = StudyReplies(study, IDENTITY)
    store.keep(key(1), REQUEST, ChatReply("a\0b \ud800 ü", "m"))
    found = StudyReplies(study, IDENTITY).find(key(1))
    assert found is not None
    assert found.text == "a�b ? ü"
