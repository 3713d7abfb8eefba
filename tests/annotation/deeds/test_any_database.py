"""What models do comes into a file as into a database on a server."""

from sqlalchemy import func, select

from annotation.deeds.asking import AskingRun
from annotation.deeds.generation import Generation
from annotation.deeds.judgement import Judgement
from annotation.deeds.orders import read_position
from annotation.store.tables import pairs
from annotation.study import Study
from profile_engine.agents.generating import Purpose
from profile_engine.taxonomy import Task
from tests.annotation.deeds.stub_models import judge_that, the_first, writer
from tests.annotation.drafts import Draft


def test_generated_and_judged_in_any_database(location: str) -> None:
    with Study.create(location, task=Task.SUMMARIZATION) as study:
        Draft(study).source("One post.")
        for purpose in (Purpose.SCORED, Purpose.DIRECT):
            chat = writer()
            assert AskingRun(study, Generation(study, chat.identity, purpose), chat).run().is_whole
            assert (
                AskingRun(study, Generation(study, chat.identity, purpose, retry=True), chat).run().items == 0
            )
        judge = judge_that(the_first)
        deed = Judgement(study, judge.identity, swap=True, limit=4)
        assert AskingRun(study, deed, judge).run().made == 8
        retrying = Judgement(study, judge.identity, swap=True, retry=True)
        assert AskingRun(study, retrying, judge).run().made == 12
        assert read_position(study, deed.agent).both.first_twice.hits == 10
        with study.reading() as connection:
            assert connection.execute(select(func.count(pairs.c.id))).scalar_one() == 10
